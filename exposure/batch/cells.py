"""Cells of a sheet as a person sees them: number formats, and a table within fixed bounds (表).

A person sees the number as its format shows it, the file holds another. Knows addresses, merged and
hidden cells and the language of formats (ECMA-376, part 1, 18.8.31); not where the cells come from
nor what they mean.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from exposure.amounts import parse_number
from exposure.errors import Text

_LONGEST = 2**8  # what Excel allows is a little less

_COUNTERS = re.compile(r"[円人件名台社口¥￥\s()（）+\-−△▲]|JPY")

_COUNTED = re.compile(r"[円人件名台社口¥￥]|JPY")

_YEN = ("円", "¥", "￥", "JPY")

_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"?          # words in quotes
    | [\\!](?P<escaped>.)         # one character as it stands
    | [_*].                       # room as wide as a character; a character to fill up with
    | \[(?P<bracket>[^\]]*)\]     # colour, condition, currency, elapsed time
    | (?P<general>general|G/標準)
    | (?P<exponent>E[+-])
    | (?P<digits>[0#?.,]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_SECTIONS = re.compile(r'(?:[^;"\\!]|"[^"]*"?|[\\!].)+|(?<=;)(?=;)|^(?=;)', re.DOTALL)

_CONDITION = re.compile(r"\[[<>=]")

_CALENDAR = frozenset("ymdhsgeba年月日時分秒")

# Formats that a file names by number and does not spell out (18.8.30).
_BUILT_IN: Mapping[int, str] = MappingProxyType(
    {1: "0", 2: "0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 49: "@"}
)

_BUILT_IN_DAYS = (range(14, 23), range(27, 37), range(45, 48), range(50, 59))


@dataclass(frozen=True)
class CellFormat:
    """What a number format shows of the number it is for (表示形式の意味).

    Parameters
    ----------
    is_percent : bool
        1 is shown as 100 %.
    is_date : bool
        The number counts days.
    divisor : int
        What the number is divided by before it is shown; 1 for nothing.
    unit : str
        ``千``, ``百万``, … written behind the number, or ``%`` that does not multiply it.
    counter : str
        What it is said to count: ``円``, ``件``, ``人``, …; empty where nothing is said.
    width : int
        Digits shown at least, with zeros in front; 0 for none.
    strange : str
        Words in the format that change the meaning in a way not known here.
    """

    is_percent: bool = False
    is_date: bool = False
    divisor: int = 1
    unit: str = ""
    counter: str = ""
    width: int = 0
    strange: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether the number means what the file holds."""
        return self == _PLAIN


_PLAIN = CellFormat()


@functools.cache
def built_in_format(number: int) -> str:
    """Return a format that files know by its number alone; days as days, all others plain.

    Examples
    --------
    >>> built_in_format(10), built_in_format(14), built_in_format(38)
    ('0.00%', 'yyyy/m/d', 'General')
    """
    if any(number in days for days in _BUILT_IN_DAYS):
        return "yyyy/m/d"
    return _BUILT_IN.get(number, "General")


@functools.lru_cache(maxsize=2**10)
def read_format(code: str) -> CellFormat:
    """Return what a format code says of positive numbers (表示形式の読み取り).

    ``code`` is as in a workbook, such as ``#,##0,"千円"``.

    Examples
    --------
    >>> read_format("0.0%").is_percent, read_format("#,##0,").divisor
    (True, 1000)
    >>> read_format('#,##0"千円"').unit, read_format("0!.0,").divisor
    ('千', 10000)
    >>> read_format('"約"0').strange, read_format("_ * #,##0_ ;_ * -#,##0_ ").is_plain
    ('約', True)
    """
    if len(code) > _LONGEST:
        return CellFormat(strange=code[:_LONGEST])
    sections = _SECTIONS.findall(code) or [code]
    if _CONDITION.search(code):
        meanings = {_section(section) for section in sections}
        return meanings.pop() if len(meanings) == 1 else CellFormat(strange=code)
    return _section(sections[0])


def _section(code: str) -> CellFormat:
    core, words, is_percent, is_date = "", "", False, False
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup, match[match.lastgroup] if match.lastgroup else ""
        if kind in ("quoted", "escaped"):
            # A point set between digits moves the point of what is shown (0!.0, shows 万).
            is_point = text in (".", "．") and core[-1:] in tuple("0#?")
            core, words = (core + "!", words) if is_point else (core, words + text)
        elif kind == "bracket":
            is_date = is_date or text.casefold().strip("hms") == ""
            words += text[1:].partition("-")[0] if text.startswith("$") else ""
        elif kind == "digits":
            core += text
        elif kind == "other":
            is_percent = is_percent or text in "%％"
            is_date = is_date or text.casefold() in _CALENDAR
            words += "" if text in "%％/:@" else text
    if is_date:
        return CellFormat(is_date=True)
    unit, strange = _unit_of(words)
    return CellFormat(
        is_percent, False, _divisor(core), unit, _counter_of(words), _width(core), strange
    )


def _divisor(core: str) -> int:
    """Return what commas behind the last digit and a point set by hand divide by."""
    whole = core.partition(".")[0]
    commas = len(whole) - len(whole.rstrip(","))
    if "." in core:
        commas += len(core) - len(core.rstrip(","))
    moved = sum(sign in "0#?" for sign in core.partition("!")[2])
    return int(1000**commas * 10**moved)


def _width(core: str) -> int:
    is_padded = len(core) > 1 and set(core) == {"0"}
    return len(core) if is_padded else 0


def _counter_of(words: str) -> str:
    """Return what the words of a format say the number counts."""
    said = _COUNTED.findall(words)
    return "円" if any(word in _YEN for word in said) else said[-1] if said else ""


def _unit_of(words: str) -> tuple[str, str]:
    """Return the unit that the words of a format state, or the words that are none."""
    rest = _COUNTERS.sub("", words)
    if not rest or rest in ("%", "％"):
        return ("%" if rest else ""), ""
    try:
        parse_number(f"1{rest}")
    except ValueError:
        return "", words.strip()
    return (rest, "") if not rest.isdigit() else ("", words.strip())


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

    ``where`` names sheet and cell; it is empty for the whole file.
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
            self._merged_places(len(rows), max(width.values(), default=0)),
            self._errors,
            self._formats,
            frozenset(self._hidden_rows),
            frozenset(self._hidden_columns),
            self.is_hidden,
        )

    def _merged_places(self, n_rows: int, n_columns: int) -> dict[Place, Place]:
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
