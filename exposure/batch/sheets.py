"""Read an Excel or CSV file as plain sheets of cells, or say in one line why it cannot be read.

Knows file formats and cell addresses, not what the cells mean (`exposure.batch.headings`).
Table readers lay out every cell up to the last one, and drop what decides how a number is read:
its format, errors, what is hidden. Here an ``.xlsx`` or ``.ods`` file is read as the stream of XML
it is, ``.xls`` by `xlrd`, in memory and time that any file is held to.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any  # Any: records of an untyped library
from xml.parsers import expat

from exposure.batch.cells import (
    CellFormat,
    Place,
    Sheet,
    SheetBuilder,
    SheetError,
    built_in_format,
    place_of,
    read_format,
)
from exposure.errors import DataError, Problem, Text
from exposure.files import reason_of, shown_path

_NOT_A_WORKBOOK = Text(
    "Excelブック（.xlsx）として読めません。Excelで開いて保存し直してください",
    "not a readable Excel workbook (.xlsx); open it in Excel and save it again",
)
_MOST_BYTES = 2**26
_FEW = 2**5  # lines looked at for what separates the cells
_GUARDED = re.compile(r'="([^"]*)"')  # what keeps Excel from taking 001 for a number
_HALF_KANA = re.compile(r"[\uff61-\uff9f]")
_KANA_KANJI = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_MOST_UNPACKED = 2**26  # bytes of XML in all
_MOST_TAGS = 2**23
_MOST_STYLES = 2**16
_MOST_PACKED = 2**25  # bytes of a file
_CHUNK = 2**16
_LONGEST = 2**15
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_THOUSAND = 1000

_TOO_LONG = Text(
    f"{_LONGEST:,}文字を超えるセルがあります。短くして保存し直してください",
    f"a cell with more than {_LONGEST:,} characters; shorten it and save the file again",
)
_PASSWORD = Text(
    "パスワードで保護されています。パスワードを外して保存し直してください",
    "protected by a password; save it again without one",
)
_TOO_LARGE = Text(
    "大きすぎて読めません。顧客一覧だけのブックにしてください",
    "too large to be read; keep nothing but the client list in it",
)
_BINARY = Text(
    "バイナリ ブック（.xlsb）です。Excelブック（.xlsx）で保存し直してください",
    "a binary workbook (.xlsb); save it as an Excel workbook (.xlsx)",
)
_NO_BOOK = Text(
    "Excelブックではありません（文字のファイルの名前を変えたもののようです）。"
    "Excelで開いて .xlsx か .csv で保存し直してください",
    "not a workbook but text under another name; open it in Excel and save it as .xlsx or .csv",
)

Attributes = Mapping[str, str]


def read_sheets(path: Path | str) -> tuple[Sheet, ...]:
    """Read every sheet of a workbook, or the one of a CSV file (表の読み込み).

    It is ``.xlsx`` (also ``.xlsm``, ``.xls``, ``.ods``), or ``.csv`` in UTF-8, Shift_JIS or UTF-16.

    Raises
    ------
    DataError
        If the file cannot be read as what it is called.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.casefold())
    if reader is None:
        expected = Text(
            "Excel（.xlsx、.xls、.ods）かCSV（.csv）を指定してください",
            "expected an .xlsx, .xls, .ods or .csv file",
        )
        raise DataError(Problem(shown_path(path), "", expected))
    return reader(path, _payload(path))


def _payload(path: Path) -> bytes:
    try:
        if path.exists() and not (path.is_dir() or stat.S_ISREG(path.stat().st_mode)):
            text = Text("ふつうのファイルを指定してください", "expected an ordinary file")
            raise DataError(Problem(shown_path(path), "", text))
        with path.open("rb") as stream:
            payload = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        text = Text("ファイルがありません", "no such file")
    except IsADirectoryError:
        text = Text("フォルダではなくファイルを指定してください", "expected a file, found a folder")
    except (OSError, ValueError) as error:
        why = reason_of(error)
        text = Text(f"ファイルを開けません（{why.ja}）", f"cannot be opened ({why.en})")
    else:
        if 0 < len(payload) <= _MOST_BYTES:
            return payload
        text = Text("ファイルが空です", "the file is empty")
        if payload:
            size = f"{_MOST_BYTES // 2**20} MB"
            text = Text(
                f"ファイルが大きすぎます（{size}まで）。顧客一覧だけにしてください",
                f"the file is larger than {size}; keep nothing but the client list",
            )
    raise DataError(Problem(shown_path(path), "", text))


def _csv(path: Path, payload: bytes) -> tuple[Sheet, ...]:
    where = path.name
    text = _decode(payload, where)
    if "\0" in text:
        expected = Text("文字のCSVではありません", "not a CSV file of text")
        raise DataError(Problem(where, f"byte {payload.find(0)}", expected))
    separator = _other_separator(text)
    if separator is not None:
        expected = Text(
            f"{separator.ja}区切りです。コンマ区切り（CSV）か .xlsx で保存し直してください",
            f"separated by {separator.en}; save it with commas (CSV) or as .xlsx",
        )
        raise DataError(Problem(where, "", expected))
    builder = SheetBuilder(where)
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True)):
            for column, cell in enumerate(cells):
                guarded = _GUARDED.fullmatch(cell)
                builder.put((row, column), guarded[1] if guarded else cell)
        sheet = builder.sheet()
    except csv.Error as error:
        expected = Text(f"CSVとして読めません（{error}）", f"not valid CSV ({error})")
        raise DataError(Problem(where, "", expected)) from None
    except SheetError as error:
        raise DataError(Problem(error.where, "", error.text)) from None
    return (replace(sheet, is_text=True),)


def _other_separator(text: str) -> Text | None:
    """Return what separates the cells, if that is no comma."""
    lines = [line for line in text[: 2**16].splitlines() if line.strip()][:_FEW]
    for sign, name in (("\t", Text("タブ", "tabs")), (";", Text("セミコロン（;）", "semicolons"))):
        more = sum(line.count(sign) >= 2 and line.count(sign) > line.count(",") for line in lines)
        if more > len(lines) / 2:
            return name
    return None


def _decode(payload: bytes, where: str) -> str:
    """Decode text as Excel writes it: UTF-8, UTF-16 with its mark, or the Japanese code page."""
    is_wide = payload.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ("utf-16",) if is_wide else ("utf-8-sig", "cp932")
    other = None if is_wide else _other_encoding(payload)
    first = 0
    for encoding in () if other else encodings:
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError as error:
            first = error.start
    if other:
        expected = Text(
            f"文字コードが {other} のようです。UTF-8かShift_JISで保存し直してください",
            f"the encoding seems to be {other}; save it as UTF-8 or Shift_JIS",
        )
        raise DataError(Problem(where, "", expected))
    expected = Text(
        "UTF-8でもShift_JISでも読めない文字があります",
        "neither UTF-8 nor Shift_JIS text from here on",
    )
    raise DataError(Problem(where, f"byte {first}", expected))


def _other_encoding(payload: bytes) -> str | None:
    """Return the name of an encoding that is none of ours, if the text seems to be in it."""
    start = payload[: 2**16]
    if b"\x1b$" in start:
        return "ISO-2022-JP"
    zeros = start.count(0)
    if zeros and max(start[::2].count(0), start[1::2].count(0)) == zeros > len(start) / (2 * 2 * 2):
        return "UTF-16"
    if _as_text(payload, "utf-8") is not None:
        return None
    japanese, page = _as_text(payload, "euc_jp"), _as_text(payload, "cp932")
    if japanese is None:
        return None
    # Bytes of EUC-JP pass for half-width kana in Shift_JIS.
    is_kana = page is None or len(_HALF_KANA.findall(page)) > len(_KANA_KANJI.findall(page))
    return "EUC-JP" if is_kana and _KANA_KANJI.search(japanese) else None


def _as_text(payload: bytes, encoding: str) -> str | None:
    try:
        return payload.decode(encoding)
    except UnicodeDecodeError:
        return None


def _workbook(path: Path, payload: bytes) -> tuple[Sheet, ...]:
    where = path.name
    try:
        return read_workbook(payload, where)
    except SheetError as error:
        raise DataError(Problem(error.where or where, "", error.text)) from None
    except Exception:
        # A damaged file is answered with whatever its reader stumbled over.
        raise DataError(Problem(where, "", _NOT_A_WORKBOOK)) from None


_READERS: Mapping[str, Callable[[Path, bytes], tuple[Sheet, ...]]] = {
    ".csv": _csv,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".ods": _workbook,
}
SUFFIXES: tuple[str, ...] = tuple(_READERS)


# --- workbooks -------------------------------------------------------------------------------


def read_workbook(payload: bytes, name: str) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook, whatever its kind (ブックの全シート).

    Parameters
    ----------
    payload : bytes
        Of an ``.xlsx``, ``.xlsm``, ``.xls`` or ``.ods`` file; told apart by content.
    name : str
        Of the file, for messages.

    Raises
    ------
    SheetError
        If it is protected, too large, or holds a cell too far out.
    Exception
        Of the libraries, if it is broken; the caller says so.
    """
    if len(payload) > _MOST_PACKED:
        raise SheetError(_TOO_LARGE)
    if payload.startswith(_OLE):
        if _ENCRYPTED in payload:
            raise SheetError(_PASSWORD)
        return _old_sheets(payload, name)
    if not payload.startswith(b"PK"):
        is_text = b"\0" not in payload[:_CHUNK]
        if is_text:
            raise SheetError(_NO_BOOK)
        return _old_sheets(payload, name)
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        package = _Package(archive)
        if "content.xml" in package.names:
            return _open_document(package, name)
        if "xl/workbook.bin" in package.names:
            raise SheetError(_BINARY)
        return _spreadsheet(package, name)


@dataclass
class _Package:
    """The parts of a zipped workbook, with how much of them may still be unpacked."""

    archive: zipfile.ZipFile
    left: int = _MOST_UNPACKED
    tags_left: int = _MOST_TAGS
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = frozenset(self.archive.namelist())

    def feed(self, part: str, start: Callable[[str, Attributes], None],
             end: Callable[[str], None] | None = None,
             text: Callable[[str], None] | None = None) -> None:  # fmt: skip
        """Send a part to handlers of its tags and words, tags without their namespace."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        tags = 0

        def start_local(tag: str, found: Attributes) -> None:
            nonlocal tags
            tags += 1
            if found and ":" in "".join(found):
                found = {_local(name): value for name, value in found.items()}
            start(_local(tag), found)

        parser.StartElementHandler = start_local
        if end is not None:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        # Workbooks declare no entities; a file that does is out for memory.
        parser.StartDoctypeDeclHandler = _refuse_entities
        if self.archive.getinfo(part).flag_bits & 1:
            raise SheetError(_PASSWORD)
        with self.archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                self.left -= len(chunk)
                if self.left < 0 or self.tags_left < tags:
                    raise SheetError(_TOO_LARGE)
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
        self.tags_left -= tags


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


class _Words:
    """The text of a cell as it comes in pieces, held to a length."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.left = _LONGEST

    def add(self, piece: str) -> None:
        self.left -= len(piece)
        if self.left < 0:
            raise SheetError(_TOO_LONG)
        self.pieces.append(piece)

    def __str__(self) -> str:
        return "".join(self.pieces)


def _refuse_entities(*_: object) -> None:
    text = Text(
        "ブックにないはずの宣言（DOCTYPE）があります。Excelで開いて保存し直してください",
        "a declaration that no workbook has (DOCTYPE); open it in Excel and save it again",
    )
    raise SheetError(text)


# --- .xlsx (ECMA-376, part 1) ---------------------------------------------------------------


def _spreadsheet(package: _Package, name: str) -> tuple[Sheet, ...]:
    root = _relations(package, "", "")
    main = next((t for kind, t in root.values() if kind == "officeDocument"), "xl/workbook.xml")
    folder, _, file = main.rpartition("/")
    targets = _relations(package, folder, file)
    listed: list[tuple[str, str, bool]] = []
    is_1904 = False

    def start(tag: str, found: Attributes) -> None:
        nonlocal is_1904
        if tag == "sheet":
            listed.append((found["name"], found["id"], found.get("state", "visible") != "visible"))
        elif tag == "workbookPr":
            is_1904 = found.get("date1904") in ("1", "true")

    package.feed(main, start)
    parts = dict(targets.values())
    formats = _formats(package, parts.get("styles", ""))
    words = _shared_words(package, parts.get("sharedStrings", ""))
    sheets = []
    for title, relation, is_hidden in listed:
        kind, part = targets.get(relation, ("", ""))
        if kind == "worksheet":
            reader = _WorksheetReader(f"[{name}]{title}", is_hidden, formats, words, is_1904)
            package.feed(part, reader.start, reader.end, reader.text)
            sheets.append(reader.builder.sheet())
    return tuple(sheets)


def _relations(package: _Package, folder: str, file: str) -> dict[str, tuple[str, str]]:
    """Return kind and part of what a part refers to, by the name it has there."""
    part = f"{folder}/_rels/{file}.rels".lstrip("/")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, said: Attributes) -> None:
        if tag == "Relationship" and said.get("TargetMode") != "External":
            target = said["Target"]
            path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            found[said["Id"]] = (said["Type"].rpartition("/")[2], path.lstrip("/"))

    if part in package.names:
        package.feed(part, start)
    return found


def _formats(package: _Package, part: str) -> list[CellFormat]:
    """Return the number format of each cell style."""
    codes: dict[int, str] = {}
    formats: list[CellFormat] = []
    inside = ""

    def start(tag: str, found: Attributes) -> None:
        nonlocal inside
        if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
            inside = tag
        elif tag == "numFmt" and inside != "dxfs":
            codes[int(found["numFmtId"])] = found["formatCode"]
        elif tag == "xf" and inside == "cellXfs":
            number = int(found.get("numFmtId", 0))
            code = codes.get(number)
            formats.append(read_format(built_in_format(number) if code is None else code))
            if len(formats) > _MOST_STYLES:
                raise SheetError(_TOO_LARGE)

    if part in package.names:
        package.feed(part, start)
    return formats


def _shared_words(package: _Package, part: str) -> list[str]:
    """Return the table of texts, without the readings (ふりがな) that Excel keeps beside them."""
    words: list[str] = []
    current = _Words()
    inside: list[str] = []

    def start(tag: str, _: Attributes) -> None:
        inside.append(tag)

    def end(tag: str) -> None:
        nonlocal current
        inside.pop()
        if tag == "si":
            words.append(_unescape(str(current)))
            current = _Words()

    def text(found: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside:
            current.add(found)

    if part in package.names:
        package.feed(part, start, end, text)
    return words


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _WorksheetReader:
    """Takes the tags of one worksheet and hands its cells to a builder."""

    def __init__(
        self,
        where: str,
        is_hidden: bool,
        formats: list[CellFormat],
        words: list[str],
        is_1904: bool,
    ) -> None:
        self.builder = SheetBuilder(where, is_hidden)
        self.formats, self.words, self.is_1904 = formats, words, is_1904
        self.row, self.column = -1, -1
        self.cell: Attributes = {}
        self.inside = ""
        self.words_of: dict[str, _Words] = {}
        self.is_reading = False

    def start(self, tag: str, found: Attributes) -> None:
        if tag == "c":
            at = place_of(found.get("r", ""))
            self.row, self.column = at if at else (self.row, self.column + 1)
            self.cell, self.words_of = found, {}
        elif tag == "row":
            self.row, self.column = int(found.get("r", self.row + 2)) - 1, -1
            if found.get("hidden") in ("1", "true"):
                self.builder.hide_rows(self.row, self.row)
        elif tag == "col" and found.get("hidden") in ("1", "true"):
            self.builder.hide_columns(int(found["min"]) - 1, int(found["max"]) - 1)
        elif tag == "mergeCell":
            first, _, last = found["ref"].partition(":")
            top, bottom = place_of(first), place_of(last or first)
            if top and bottom:
                self.builder.merge(top, bottom)
        elif tag == "rPh":
            self.is_reading = True
        self.inside = tag
        if tag in ("v", "t", "f"):
            self.words_of.setdefault(tag, _Words())

    def end(self, tag: str) -> None:
        if tag == "c":
            self._put()
        elif tag == "rPh":
            self.is_reading = False
        self.inside = ""

    def text(self, found: str) -> None:
        if self.inside in ("v", "t") and not self.is_reading:
            self.words_of[self.inside].add(found)

    def _put(self) -> None:
        at, kind = (self.row, self.column), self.cell.get("t", "n")
        value = str(self.words_of.get("v", ""))
        if kind == "inlineStr" or (kind != "s" and "t" in self.words_of):
            self.builder.put(at, _unescape(str(self.words_of.get("t", ""))))
        elif kind == "e":
            self.builder.fail(at, value or "#")
        elif not value:
            # An empty text is a value: it means "not stated", as the formula decided.
            if "f" in self.words_of and kind != "str":
                self.builder.fail(at, "")
        elif kind == "s":
            self.builder.put(at, self.words[int(value)])
        elif kind in ("str", "d"):
            self.builder.put(at, _unescape(value))
        elif kind == "b":
            self.builder.put(at, value == "1")
        else:
            style = int(self.cell.get("s", 0))
            shown = self.formats[style] if style < len(self.formats) else CellFormat()
            self.builder.put_number(at, float(value), shown, is_1904=self.is_1904)


# --- .ods (OpenDocument 1.3, part 3) --------------------------------------------------------


def _open_document(package: _Package, name: str) -> tuple[Sheet, ...]:
    is_secret = False

    def start(tag: str, _: Attributes) -> None:
        nonlocal is_secret
        is_secret = is_secret or tag == "encryption-data"

    if "META-INF/manifest.xml" in package.names:
        package.feed("META-INF/manifest.xml", start)
    if is_secret:
        raise SheetError(_PASSWORD)
    reader = _OpenReader(name)
    for part in ("styles.xml", "content.xml"):
        if part in package.names:
            package.feed(part, reader.start, reader.end, reader.text)
    return tuple(builder.sheet() for builder in reader.builders)


class _OpenReader:
    """Takes the tags of an OpenDocument spreadsheet and hands its cells to builders."""

    _NOT_SHOWN = frozenset(
        ("annotation", "ruby-text", "tracked-changes", "shapes", "frame", "custom-shape")
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.builders: list[SheetBuilder] = []
        self.codes: dict[str, str] = {}
        self.style_codes: dict[str, str] = {}
        self.hidden_tables: set[str] = set()
        self.style = self.number_style = ""
        self.row = self.column = self.table_column = 0
        self.row_repeats = 1
        self.cell: Attributes | None = None
        self.words = _Words()
        self.has_paragraph = False
        self.skipped = 0
        self.cells: list[tuple[int, int, Attributes, str]] = []
        self.column_styles: list[tuple[int, int, str]] = []

    def start(self, tag: str, found: Attributes) -> None:
        if self.skipped or tag in self._NOT_SHOWN:
            self.skipped += 1
            return
        action = getattr(self, f"_start_{tag.replace('-', '_')}", None)
        if action is not None:
            action(found)
        elif tag.endswith("-style") and "name" in found:
            self.number_style = found["name"]
            mark = {"percentage-style": "%", "date-style": "yyyy", "time-style": "yyyy"}.get(tag)
            self.codes[self.number_style] = mark or ""

    def _start_style(self, found: Attributes) -> None:
        self.style = found.get("name", "")
        self.style_codes[self.style] = found.get("data-style-name", "")

    def _start_table_properties(self, found: Attributes) -> None:
        if found.get("display") == "false":
            self.hidden_tables.add(self.style)

    def _start_number(self, found: Attributes) -> None:
        if self.number_style:
            factor = float(found.get("display-factor", 1))
            commas = 0
            while factor >= _THOUSAND and commas < len("兆億万千"):
                factor, commas = factor / _THOUSAND, commas + 1
            digits = "0" * min(int(found.get("min-integer-digits", 1)), len("1234567")) or "0"
            self.codes[self.number_style] += digits + "," * commas

    def _start_table(self, found: Attributes) -> None:
        is_hidden = found.get("style-name", "") in self.hidden_tables
        where = f"[{self.name}]{found.get('name', '')}"
        self.builders.append(SheetBuilder(where, is_hidden))
        self.row = self.table_column = 0
        self.column_styles = []

    def _start_table_column(self, found: Attributes) -> None:
        last = self.table_column + int(found.get("number-columns-repeated", 1)) - 1
        if self.builders and found.get("visibility", "visible") != "visible":
            self.builders[-1].hide_columns(self.table_column, last)
        style = found.get("default-cell-style-name", "")
        self.column_styles.append((self.table_column, last, style))
        self.table_column = last + 1

    def _start_table_row(self, found: Attributes) -> None:
        self.column = 0
        self.row_repeats = int(found.get("number-rows-repeated", 1))
        self.cells = []
        if self.builders and found.get("visibility", "visible") != "visible":
            self.builders[-1].hide_rows(self.row, self.row + self.row_repeats - 1)

    def _start_table_cell(self, found: Attributes) -> None:
        self.cell, self.words, self.has_paragraph = found, _Words(), False

    _start_covered_table_cell = _start_table_cell

    def _start_p(self, _: Attributes) -> None:
        if self.has_paragraph:
            self.text("\n")
        self.has_paragraph = self.cell is not None

    def _start_s(self, found: Attributes) -> None:
        self.text(" " * min(int(found.get("c", 1)), _CHUNK))

    def _start_line_break(self, _: Attributes) -> None:
        self.text("\n")

    def _start_tab(self, _: Attributes) -> None:
        self.text("\t")

    def text(self, found: str) -> None:
        if self.skipped:
            return
        if self.cell is not None and self.has_paragraph:
            self.words.add(found)
        elif self.cell is None and self.number_style and found.strip():
            self.codes[self.number_style] += "" if found == "%" else f'"{found}"'

    def end(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif tag in ("table-cell", "covered-table-cell") and self.cell is not None:
            self._end_cell()
        elif tag == "table-row" and self.builders:
            self._end_row()
        elif tag.endswith("-style"):
            self.number_style = ""

    def _end_cell(self) -> None:
        assert self.cell is not None  # set by the tag that ends here
        repeats = int(self.cell.get("number-columns-repeated", 1))
        shown = str(self.words)
        is_stated = shown or "value-type" in self.cell or "formula" in self.cell
        if is_stated or "number-columns-spanned" in self.cell:
            self.cells.append((self.column, repeats, self.cell, shown))
        self.column += repeats
        self.cell = None

    def _end_row(self) -> None:
        for row in range(self.row, self.row + (self.row_repeats if self.cells else 0)):
            for first, repeats, found, shown in self.cells:
                for column in range(first, first + repeats):
                    self._put((row, column), found, shown)
        self.row += self.row_repeats

    def _put(self, at: Place, found: Attributes, shown: str) -> None:
        builder, kind = self.builders[-1], found.get("value-type", "")
        width = int(found.get("number-columns-spanned", 1))
        height = int(found.get("number-rows-spanned", 1))
        if (width, height) != (1, 1):
            builder.merge(at, (at[0] + height - 1, at[1] + width - 1))
        is_error = kind == "error" or shown.startswith(("#", "Err:"))
        if "formula" in found and (is_error or not (kind or shown)):
            builder.fail(at, shown)
        elif kind in ("float", "percentage", "currency") and "value" in found:
            builder.put_number(at, float(found["value"]), self._format(at, found))
        elif kind == "boolean":
            builder.put(at, found.get("boolean-value") == "true")
        elif kind:
            said = found.get("date-value") or found.get("time-value") or found.get("string-value")
            builder.put(at, said or shown)
        elif shown:
            builder.put(at, shown)

    def _format(self, at: Place, found: Attributes) -> CellFormat:
        default = next((s for a, b, s in self.column_styles if a <= at[1] <= b), "")
        style = found.get("style-name") or default
        code = self.codes.get(self.style_codes.get(style, ""), "")
        currency = found.get("currency", "JPY")
        if found["value-type"] == "currency" and currency != "JPY":
            return CellFormat(strange=currency)
        if found["value-type"] == "percentage" and "%" not in code:
            return CellFormat(is_percent=True)
        return read_format(code)


# --- .xls (BIFF, by xlrd) -------------------------------------------------------------------


def _old_sheets(payload: bytes, name: str) -> tuple[Sheet, ...]:
    import xlrd

    try:
        book = xlrd.open_workbook(
            file_contents=_old_stream(payload),
            formatting_info=True,
            ragged_rows=True,
            logfile=io.StringIO(),
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise SheetError(_PASSWORD) from None
        raise
    return tuple(_old_sheet(book, page, f"[{name}]{page.name}") for page in book.sheets())


def _old_stream(payload: bytes) -> bytes:
    """Return the records of an old workbook, out of the compound file around them.

    `xlrd` follows the chains of a damaged compound file round and round; `olefile` does not.
    """
    import olefile

    if not payload.startswith(_OLE):
        return payload
    with olefile.OleFileIO(io.BytesIO(payload)) as compound:
        stream = next(name for name in ("Workbook", "Book") if compound.exists(name))
        found: bytes = compound.openstream(stream).read()
    return found


def _old_sheet(book: Any, page: Any, where: str) -> Sheet:
    import xlrd

    builder = SheetBuilder(where, page.visibility != 0)
    for row in range(page.nrows):
        for column, cell in enumerate(page.row(row)):
            at = (row, column)
            if cell.ctype == xlrd.XL_CELL_TEXT:
                builder.put(at, cell.value)
            elif cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                key = book.xf_list[cell.xf_index].format_key
                shown = read_format(book.format_map[key].format_str)
                is_1904 = bool(book.datemode)
                builder.put_number(at, float(cell.value), shown, is_1904=is_1904)
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                builder.put(at, bool(cell.value))
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                builder.fail(at, xlrd.error_text_from_code.get(cell.value, "#"))
    for top, bottom, left, right in page.merged_cells:
        builder.merge((top, left), (bottom - 1, right - 1))
    for row, information in page.rowinfo_map.items():
        if information.hidden:
            builder.hide_rows(row, row)
    for column, information in page.colinfo_map.items():
        if information.hidden:
            builder.hide_columns(column, column)
    return builder.sheet()
