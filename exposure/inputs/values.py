"""Which values an assumption may take, by its range: numbers, words, dates, fee scales.

Turns what TOML holds into a value, or says what was expected. Which assumption has which range is
data.
"""

from __future__ import annotations

import datetime
import math
import sys
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from exposure.errors import Text
from exposure.inputs.fields import plain_number, share_of
from exposure.records import RuleError
from exposure.yen import parse_number


@dataclass(frozen=True)
class FeeBracket:
    """One line of a fee scale (報酬基準の1行): ``rate × x + constant`` for x up to a bound.

    Parameters
    ----------
    up_to : float
        Largest amount of the line; ``inf`` in the last. [JPY]
    rate : float
        [-]
    constant : float
        [JPY]
    """

    up_to: float
    rate: float
    constant: float


Value: TypeAlias = (
    float | str | datetime.date | tuple[float, ...] | tuple[str, ...] | tuple[FeeBracket, ...]
)
Range: TypeAlias = Literal[
    "probability", "nonnegative", "positive", "at_least_one", "real", "loading", "shape",
    "whole", "choice", "words", "date", "brackets",
]  # fmt: skip
Bounds: TypeAlias = tuple[float, float]

_NO_LIMIT = (-math.inf, math.inf)
_BOUNDS: Mapping[str, Bounds] = {
    "probability": (0.0, 1.0),
    "loading": (-1.0, 1.0),
    "nonnegative": (0.0, math.inf),
    "whole": (0.0, math.inf),
    "positive": (0.0, math.inf),
    "shape": (0.0, math.inf),
    "at_least_one": (1.0, math.inf),
}
_OPEN_BELOW = ("positive", "shape")

_EXPECTED: Mapping[str, Text] = {
    "probability": Text("0以上1以下の数値にしてください", "expected a number in [0, 1]"),
    "loading": Text("-1以上1以下の数値にしてください", "expected a number in [-1, 1]"),
    "nonnegative": Text("0以上の数値にしてください", "expected a number of 0 or more"),
    "positive": Text("0より大きい数値にしてください", "expected a number above 0"),
    "shape": Text(
        "0より大きい数値にしてください（infも可）", "expected a number above 0; inf is allowed"
    ),
    "at_least_one": Text("1以上の数値にしてください", "expected a number of 1 or more"),
    "real": Text("数値にしてください", "expected a number"),
    "whole": Text("0以上の整数にしてください", "expected a whole number of 0 or more"),
    "words": Text("文字列の並びにしてください", "expected a list of words"),
    "date": Text("日付を YYYY-MM-DD で入力してください", "expected a date as YYYY-MM-DD"),
    "brackets": Text(
        "up_to、rate、constant の表を、up_to の小さい順に並べてください（最後は inf）",
        "expected tables of up_to, rate and constant, up_to rising to inf",
    ),
}


def bounds_of(range_: str) -> Bounds:
    """Return the ends of a range of numbers.

    Examples
    --------
    >>> bounds_of("probability")
    (0.0, 1.0)
    """
    return _BOUNDS.get(range_, _NO_LIMIT)


def checked_value(raw: object, range_: str, choices: tuple[str, ...] = ()) -> Value:
    """Return a value of the right kind, or say what was expected.

    Parameters
    ----------
    raw : object
        As read from TOML: a number, ``{ numerator, denominator }``, a list, a word or a date.
    range_ : str
        One of the ranges of the assumption files.
    choices : tuple of str
        Words allowed, for the range ``choice``.

    Raises
    ------
    RuleError
        If the value is not in its range.

    Examples
    --------
    >>> checked_value({"numerator": 3, "denominator": 4}, "probability")
    0.75
    >>> checked_value(1.2, "probability")
    Traceback (most recent call last):
    exposure.records.RuleError: expected a number in [0, 1]
    """
    if range_ == "choice":
        if isinstance(raw, str) and raw in choices:
            return raw
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise RuleError(Text(f"次のいずれかにしてください: {listed}", f"expected one of {listed}"))
    special = _SPECIAL.get(range_)
    value: Value | None
    if special is not None:
        value = special(raw)
    elif isinstance(raw, list | tuple):
        numbers = [_number(item, range_) for item in raw]
        known = tuple(number for number in numbers if number is not None)
        value = known if known and len(known) == len(numbers) else None
    else:
        value = _number(raw, range_)
    if value is None:
        raise RuleError(_EXPECTED[range_])
    return value


def as_typed(raw: object, range_: str) -> object:
    """Return a value as a person writes it in the form `checked_value` takes (値の読み取り).

    Text that is a number becomes one, and a probability in per cent a share. What cannot be read
    is returned as it is, to be refused.

    Examples
    --------
    >>> as_typed("5万", "nonnegative"), as_typed("5%", "probability"), as_typed(95, "probability")
    (50000, 0.05, 0.95)
    >>> as_typed("half", "probability"), as_typed(1.5, "probability")
    ('half', 1.5)
    """
    if range_ == "choice" or range_ in _SPECIAL:
        return raw
    if isinstance(raw, list | tuple):
        return [as_typed(one, range_) for one in raw]
    if range_ == "probability":
        share = share_of(raw)
        return raw if share is None else share
    if isinstance(raw, str):
        for read in (parse_number, float):
            with suppress(ValueError):
                return read(unicodedata.normalize("NFKC", raw))
    return raw


def _number(raw: object, range_: str) -> float | None:
    if isinstance(raw, Mapping):
        return _ratio(raw, range_)
    number = plain_number(raw)
    if number is None or (isinstance(number, int) and abs(number) > sys.float_info.max):
        return None
    if not math.isfinite(number) and not (range_ == "shape" and number == math.inf):
        return None
    if range_ == "whole" and number != int(number):
        return None
    low, high = bounds_of(range_)
    if not low <= number <= high or (range_ in _OPEN_BELOW and number == low):
        return None
    return float(number)


def _ratio(raw: Mapping[str, object], range_: str) -> float | None:
    if set(raw) != {"numerator", "denominator"}:
        return None
    top, bottom = _number(raw["numerator"], "real"), _number(raw["denominator"], "positive")
    return None if top is None or bottom is None else _number(top / bottom, range_)


def _words(raw: object) -> tuple[str, ...] | None:
    if isinstance(raw, list | tuple) and all(isinstance(word, str) for word in raw):
        return tuple(raw)
    return None


def _date(raw: object) -> datetime.date | None:
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        return raw
    return None


def _brackets(raw: object) -> tuple[FeeBracket, ...] | None:
    if not isinstance(raw, list | tuple) or not raw:
        return None
    scale: list[FeeBracket] = []
    for line in raw:
        if not isinstance(line, Mapping) or set(line) != {"up_to", "rate", "constant"}:
            return None
        up_to = _number(line["up_to"], "shape")
        rate, constant = _number(line["rate"], "probability"), _number(line["constant"], "real")
        if up_to is None or rate is None or constant is None:
            return None
        scale.append(FeeBracket(up_to, rate, constant))
    ends = [line.up_to for line in scale]
    return tuple(scale) if ends == sorted(set(ends)) and math.isinf(ends[-1]) else None


_SPECIAL: Mapping[str, Callable[[object], Value | None]] = {
    "words": _words,
    "date": _date,
    "brackets": _brackets,
}
