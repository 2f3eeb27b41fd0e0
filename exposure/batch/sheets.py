"""Read an Excel or CSV file as plain sheets of cells, or say in one line why it cannot be read.

Knows file formats and cell addresses, not what the cells mean.
"""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass, field
from pathlib import Path

from exposure.errors import DataError, Problem, Text
from exposure.files import shown_path

# What a cell can hold once dates and numbers are told apart from text; blank cells are None.
Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None
Place = tuple[int, int]

_NOT_A_WORKBOOK = Text(
    "Excelブック（.xlsx）として読めません。Excelで開いて保存し直してください",
    "not a readable Excel workbook (.xlsx); open it in Excel and save it again",
)
_LETTERS = 26
_EXACT = 2.0**53


@dataclass(frozen=True)
class Sheet:
    """One sheet of cells (シート).

    Parameters
    ----------
    where : str
        File and sheet, as messages name them: ``[book.xlsx]Sheet`` or ``list.csv``.
    rows : tuple of tuple of cells
        From the first row and column on; rows may differ in length.
    covered : mapping of place to place
        For the cells a merged range hides, its first cell; row and column count from 0.
    broken : frozenset of places
        Formulas that have no value, or an error for one.
    """

    where: str
    rows: tuple[tuple[Cell, ...], ...]
    covered: dict[Place, Place] = field(default_factory=dict)
    broken: frozenset[Place] = frozenset()

    def cell(self, row: int, column: int) -> Cell:
        """Return a cell, None beyond the edge."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def place(self, row: int, column: int) -> str:
        """Return the address of a cell as messages name it.

        Examples
        --------
        >>> Sheet("list.csv", ()).place(3, 4)
        'list.csv!E4'
        """
        return f"{self.where}!{column_letters(column)}{row + 1}"


def column_letters(column: int) -> str:
    """Return the letters of a column that counts from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(25), column_letters(26), column_letters(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_sheets(path: Path | str) -> tuple[Sheet, ...]:
    """Read every sheet of a workbook, or the one of a CSV file (表の読み込み).

    Parameters
    ----------
    path : path
        ``.xlsx`` (also ``.xlsm``, ``.xls``, ``.ods``), or ``.csv`` in UTF-8, Shift_JIS or UTF-16.

    Raises
    ------
    DataError
        If the file cannot be read as what it is called.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.casefold())
    if reader is None:
        expected = Text(
            "Excel（.xlsx）かCSV（.csv）を指定してください", "expected an .xlsx or .csv file"
        )
        raise DataError(Problem(shown_path(path), "", expected))
    return reader(path, _payload(path))


def _payload(path: Path) -> bytes:
    try:
        payload = path.read_bytes()
    except FileNotFoundError:
        text = Text("ファイルがありません", "no such file")
    except IsADirectoryError:
        text = Text("フォルダではなくファイルを指定してください", "expected a file, found a folder")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        text = Text(f"ファイルを開けません（{reason}）", f"cannot be opened ({reason})")
    else:
        if payload:
            return payload
        text = Text("ファイルが空です", "the file is empty")
    raise DataError(Problem(shown_path(path), "", text))


def _csv(path: Path, payload: bytes) -> tuple[Sheet, ...]:
    where = path.name
    text = _decoded(payload, where)
    if "\0" in text:
        expected = Text("文字のCSVではありません", "not a CSV file of text")
        raise DataError(Problem(where, f"byte {payload.find(0)}", expected))
    try:
        rows = tuple(
            tuple(cell if cell.strip() else None for cell in row)
            for row in csv.reader(io.StringIO(text, newline=""), strict=True)
        )
    except csv.Error as error:
        expected = Text(f"CSVとして読めません（{error}）", f"not valid CSV ({error})")
        raise DataError(Problem(where, "", expected)) from None
    return (Sheet(where, rows),)


def _decoded(payload: bytes, where: str) -> str:
    """Decode text as Excel writes it: UTF-8, UTF-16 with its mark, or the Japanese code page."""
    is_wide = payload.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp932"):
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError as error:
            first = error.start
    expected = Text(
        "UTF-8でもShift_JISでも読めない文字があります",
        "neither UTF-8 nor Shift_JIS text from here on",
    )
    raise DataError(Problem(where, f"byte {first}", expected))


def _workbook(path: Path, payload: bytes) -> tuple[Sheet, ...]:
    from python_calamine import CalamineWorkbook

    from exposure.batch.formulas import broken_formulas

    where = path.name
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(payload))
        return tuple(
            _sheet(f"[{where}]{name}", book.get_sheet_by_name(name), broken)
            for name, broken in broken_formulas(payload, book.sheet_names).items()
        )
    except DataError:
        raise
    except BaseException as error:
        # The reader answers a broken file with exceptions of its own, a panic among them.
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | GeneratorExit):
            raise
        raise DataError(Problem(where, "", _NOT_A_WORKBOOK)) from None


def _sheet(where: str, sheet: object, broken: frozenset[Place]) -> Sheet:
    rows = tuple(
        tuple(_cell(value) for value in row)
        for row in sheet.to_python(skip_empty_area=False)  # type: ignore[attr-defined]  # untyped library
    )
    covered: dict[Place, Place] = {}
    # Kinds of workbook that know no merged cells have none; older readers do not tell.
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
        for row in range(top, min(bottom, len(rows)) + 1):
            for column in range(left, min(right, len(rows[0]) if rows else 0) + 1):
                if (row, column) != (top, left):
                    covered[row, column] = (top, left)
    return Sheet(where, rows, covered, broken)


def _cell(value: object) -> Cell:
    """Return a cell's value; whole numbers, which a workbook holds as fractions, as integers."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and abs(value) < _EXACT and value == int(value):
        return int(value)
    known = (bool, int, float, datetime.date, datetime.time, datetime.timedelta)
    return value if isinstance(value, known) else str(value)


_READERS = {
    ".csv": _csv,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".ods": _workbook,
}
