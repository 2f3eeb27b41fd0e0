"""Read an Excel or CSV file as plain sheets of cells, or say in one line why it cannot be read.

Knows file formats and cell addresses, not what the cells mean.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from exposure.batch.cells import Cell, Sheet, SheetBuilder, SheetError, column_letters
from exposure.errors import DataError, Problem, Text
from exposure.files import reason_of, shown_path

__all__ = ["SUFFIXES", "Cell", "Sheet", "column_letters", "read_sheets"]

_NOT_A_WORKBOOK = Text(
    "Excelブック（.xlsx）として読めません。Excelで開いて保存し直してください",
    "not a readable Excel workbook (.xlsx); open it in Excel and save it again",
)
_MOST_BYTES = 2**26
_FEW = 2**5  # lines looked at for what separates the cells
_GUARDED = re.compile(r'="([^"]*)"')  # what keeps Excel from taking 001 for a number
_HALF_KANA = re.compile(r"[\uff61-\uff9f]")
_KANA_KANJI = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


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
    return (dataclasses.replace(sheet, is_text=True),)


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
    from exposure.batch.workbooks import read_workbook

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
