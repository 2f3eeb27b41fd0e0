"""What a number format says about a cell: per cent, thousands left out, a unit (表示形式).

A person sees the number as its format shows it, the file holds another. Knows the language of
formats (ECMA-376, part 1, 18.8.31), not what the cells mean.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exposure.yen import parse_number

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

    Parameters
    ----------
    code : str
        As in a workbook, such as ``#,##0,"千円"``.

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
