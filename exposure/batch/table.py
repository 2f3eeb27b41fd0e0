"""A sheet of cells as a person sees it, put together cell by cell within fixed bounds (表).

Knows addresses, merged and hidden cells and what a number shows; not where the cells come from nor
what they mean.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from exposure.batch.cell_formats import CellFormat
from exposure.errors import Text

# What a cell can hold once dates and numbers are told apart from text; blank cells are None.
Cell = str | int | float | bool | datetime.date | datetime.timedelta | None
Place = tuple[int, int]

_LETTERS = 26
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_EXACT = 2.0**53
_MOST_ROWS = 2**18
_MOST_COLUMNS = 2**10
_MOST_CELLS = 2**20
_MOST_AREA = 2**22  # with the blanks before them
_DAY_ONE = datetime.datetime(1899, 12, 30)
_DAY_ONE_1904 = datetime.datetime(1904, 1, 1)
_NO_LEAP_DAY = 60  # day of 1900-02-29, which spreadsheets count and the calendar does not


class SheetError(Exception):
    """A file that is not read, with the reason in both languages (読めない表).

    Parameters
    ----------
    text : Text
    where : str
        Sheet and cell; empty for the whole file.
    """

    def __init__(self, text: Text, where: str = "") -> None:
        self.text, self.where = text, where
        super().__init__(text.en)


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
    errors : mapping of place to str
        Cells with an error for a value, such as ``#N/A``; empty where a formula has no value.
    formats : mapping of place to CellFormat
        Of the numbers that show other than the file holds.
    hidden_rows, hidden_columns : frozenset of int
    is_hidden : bool
        Whether the whole sheet is.
    is_text : bool
        Whether the file holds texts only, as CSV does.
    """

    where: str
    rows: tuple[tuple[Cell, ...], ...]
    covered: Mapping[Place, Place] = field(default_factory=dict)
    errors: Mapping[Place, str] = field(default_factory=dict)
    formats: Mapping[Place, CellFormat] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    is_hidden: bool = False
    is_text: bool = False

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


def place_of(address: str) -> Place | None:
    """Return row and column of an address, from 0; None if it is none.

    Examples
    --------
    >>> place_of("C7"), place_of("XFD1048576"), place_of("")
    ((6, 2), (1048575, 16383), None)
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


class SheetBuilder:
    """Puts a sheet together, and refuses what no client list is (表の組み立て).

    Parameters
    ----------
    where : str
        File and sheet.
    is_hidden : bool
        Whether the sheet is.

    Examples
    --------
    >>> builder = SheetBuilder("[a.xlsx]S")
    >>> builder.put((0, 1), "x")
    >>> builder.sheet().rows
    ((None, 'x'),)
    """

    def __init__(self, where: str, is_hidden: bool = False) -> None:
        self.where, self.is_hidden = where, is_hidden
        self._cells: dict[int, dict[int, Cell]] = {}
        self._errors: dict[Place, str] = {}
        self._formats: dict[Place, CellFormat] = {}
        self._merged: list[tuple[Place, Place]] = []
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._count = 0

    def put(self, at: Place, value: Cell) -> None:
        """Set a cell; blank texts are None."""
        if isinstance(value, str) and not value.strip():
            return
        self._take(at)
        self._cells.setdefault(at[0], {})[at[1]] = value

    def put_number(
        self, at: Place, number: float, shown: CellFormat, *, is_1904: bool = False
    ) -> None:
        """Set a cell to a number, or to the day it counts; whole numbers become integers."""
        if shown.is_date:
            day = _day(number, is_1904)
            self.put(at, day)
            if not isinstance(day, datetime.date):
                self._formats[at] = shown
            return
        is_whole = abs(number) < _EXACT and number == int(number)
        self.put(at, int(number) if is_whole else number)
        if not shown.is_plain:
            self._formats[at] = shown

    def fail(self, at: Place, error: str) -> None:
        """Set a cell to an error, empty for a formula without a value."""
        self._take(at)
        self._errors[at] = error

    def merge(self, top: Place, bottom: Place) -> None:
        """Make a range one cell."""
        self._count_one(top)
        self._merged.append((top, bottom))

    def hide_rows(self, first: int, last: int) -> None:
        """Mark rows as hidden."""
        if len(self._hidden_rows) < _MOST_ROWS:
            self._hidden_rows.update(range(max(first, 0), min(last + 1, _MOST_ROWS)))

    def hide_columns(self, first: int, last: int) -> None:
        """Mark columns as hidden."""
        if len(self._hidden_columns) < _MOST_COLUMNS:
            self._hidden_columns.update(range(max(first, 0), min(last + 1, _MOST_COLUMNS)))

    def _take(self, at: Place) -> None:
        if not (0 <= at[0] < _MOST_ROWS and 0 <= at[1] < _MOST_COLUMNS):
            text = Text(
                f"一覧は{_MOST_ROWS:,}行・{_MOST_COLUMNS:,}列までです。"
                "ここにある値を消すか、一覧を分けて保存し直してください",
                f"a list has at most {_MOST_ROWS:,} rows and {_MOST_COLUMNS:,} columns; delete the "
                "value here, or split the list, and save the file again",
            )
            raise SheetError(text, f"{self.where}!{column_letters(at[1])}{at[0] + 1}")
        self._count_one(at)

    def _count_one(self, at: Place) -> None:
        self._count += 1
        if self._count > _MOST_CELLS:
            self._refuse_size(at)

    def _refuse_size(self, at: Place) -> None:
        text = Text(
            f"セルが多すぎます（{_MOST_CELLS:,}個まで）。一覧を分けるか、余分な値を消してください",
            f"more than {_MOST_CELLS:,} cells; split the list or delete what is not part of it",
        )
        raise SheetError(text, f"{self.where}!{column_letters(at[1])}{at[0] + 1}")

    def sheet(self) -> Sheet:
        """Return the finished sheet."""
        width: dict[int, int] = {row: max(cells) + 1 for row, cells in self._cells.items()}
        for row, column in self._errors:
            width[row] = max(width.get(row, 0), column + 1)
        if sum(width.values()) > _MOST_AREA:
            self._refuse_size((max(width), 0))
        rows = tuple(
            tuple(self._cells.get(row, {}).get(column) for column in range(width.get(row, 0)))
            for row in range(max(width, default=-1) + 1)
        )
        return Sheet(
            self.where,
            rows,
            self._covered(len(rows), max(width.values(), default=0)),
            self._errors,
            self._formats,
            frozenset(self._hidden_rows),
            frozenset(self._hidden_columns),
            self.is_hidden,
        )

    def _covered(self, n_rows: int, n_columns: int) -> dict[Place, Place]:
        covered: dict[Place, Place] = {}
        for first, last in self._merged:
            for row in range(first[0], min(last[0] + 1, n_rows)):
                for column in range(first[1], min(last[1] + 1, n_columns)):
                    self._count_one(first)
                    if (row, column) != first:
                        covered[row, column] = first
        return covered


def _day(number: float, is_1904: bool) -> Cell:
    """Return the day a spreadsheet counts; a number beyond the calendar stays one."""
    first = _DAY_ONE_1904 if is_1904 else _DAY_ONE
    shift = 1 if not is_1904 and number < _NO_LEAP_DAY else 0
    try:
        moment = first + datetime.timedelta(days=number + shift)
    except (OverflowError, ValueError):
        return number
    return moment if moment.time() != datetime.time.min else moment.date()
