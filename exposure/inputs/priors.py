"""Which values an assumption may take, and how uncertain it is (値の範囲と事前分布).

Turns what TOML holds into a value, or says what was expected. A prior is a short text such as
``lognormal(sd_log=0.5)``; ``v`` in it stands for the parameter's value. Which assumption has which
range and prior is data; drawing them jointly is left to ``parameters``.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,  # Any: of whatever precision
    ClassVar,
    Literal,
    TypeAlias,
)

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from exposure.amounts import parse_counted
from exposure.arrays import FloatArray
from exposure.errors import Text
from exposure.inputs.fields import plain_number, share_of
from exposure.records import RuleError


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

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    up_to: Annotated[float, Field(strict=True, gt=0.0)]
    rate: Annotated[float, Field(strict=True, ge=0.0, le=1.0)]
    constant: Annotated[float, Field(strict=True, allow_inf_nan=False)]


_SCALE = TypeAdapter(Annotated[tuple[FeeBracket, ...], Field(min_length=1)])

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


def check_value(raw: object, range_: str, choices: tuple[str, ...] = ()) -> Value:
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
    >>> check_value({"numerator": 3, "denominator": 4}, "probability")
    0.75
    >>> check_value(1.2, "probability")
    Traceback (most recent call last):
    exposure.records.RuleError: expected a number in [0, 1]
    """
    if range_ == "choice":
        if isinstance(raw, str) and raw in choices:
            return raw
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise RuleError(f"次のいずれかにしてください: {listed}", f"expected one of {listed}")
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
        raise RuleError(*_EXPECTED[range_])
    return value


# What a number may say that it counts, by the first word of its unit.
_COUNTERS = {"JPY": "円", "persons": "名人件", "years": "年", "devices": "台", "events": "件"}


def as_typed(raw: object, range_: str, unit: str = "") -> object:
    """Return a value as a person writes it in the form `check_value` takes (値の読み取り).

    Text that is a number becomes one, and a probability in per cent a share. What cannot be read,
    or counts something other than the unit, is returned as it is, to be refused.

    Examples
    --------
    >>> as_typed("5万", "nonnegative"), as_typed("5%", "probability"), as_typed(95, "probability")
    (50000, 0.05, 0.95)
    >>> as_typed("5万円", "nonnegative", "JPY / day"), as_typed("5万人", "nonnegative", "JPY / day")
    (50000, '5万人')
    >>> as_typed("half", "probability"), as_typed(1.5, "probability")
    ('half', 1.5)
    """
    if range_ == "choice" or range_ in _SPECIAL:
        return raw
    if isinstance(raw, list | tuple):
        return [as_typed(one, range_, unit) for one in raw]
    if range_ == "probability":
        share = share_of(raw)
        return raw if share is None else share
    if isinstance(raw, str):
        text = unicodedata.normalize("NFKC", raw)
        with suppress(ValueError):
            return parse_counted(text, _COUNTERS.get(unit.partition(" ")[0], ""))
        with suppress(ValueError):
            return float(text)
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
    try:
        scale = _SCALE.validate_python(raw)
    except ValidationError:
        return None
    ends = [line.up_to for line in scale]
    return scale if ends == sorted(set(ends)) and math.isinf(ends[-1]) else None


_SPECIAL: Mapping[str, Callable[[object], Value | None]] = {
    "words": _words,
    "date": _date,
    "brackets": _brackets,
}


# Upper 5 % point of the standard normal: 90 % of a lognormal lies within a factor of its median.
_NORMAL_95 = 1.6448536269514722


_NUMBER = r"(-?\d+(?:\.\d+)?)"

_FORMS: Mapping[str, str] = {
    "point": r"point",
    "lognormal": rf"lognormal\(sd_log={_NUMBER}\)",
    "lognormal10": rf"lognormal\(sd_log10={_NUMBER}\)",
    "lognormal90": rf"lognormal\(factor90={_NUMBER}\)",
    "normal": rf"normal\(sd={_NUMBER}\)",
    "logit_normal": rf"logit-normal\(sd={_NUMBER}\)",
    "uniform": rf"uniform\({_NUMBER}, {_NUMBER}\)",
    "beta": rf"beta\({_NUMBER}, {_NUMBER}\)",
    "beta_around": rf"beta\({_NUMBER} v, {_NUMBER} - {_NUMBER} v\)",
    "gamma": rf"gamma\({_NUMBER}, {_NUMBER}\)",
    "dirichlet": rf"dirichlet\({_NUMBER} v \+ {_NUMBER}\)",
    "discrete": rf"discrete\({_NUMBER}: {_NUMBER}, {_NUMBER}: {_NUMBER}\)",
}

_KNOWN = (
    "point, lognormal(sd_log=s), lognormal(sd_log10=s), lognormal(factor90=f), normal(sd=s), "
    "logit-normal(sd=s), uniform(a, b), beta(a, b), beta(n v, n - n v), gamma(a, b), "
    "dirichlet(n v + c), discrete(a: p, b: 1 - p)"
)


@dataclass(frozen=True)
class Prior:
    """A prior distribution (事前分布), relative to the value of its parameter.

    Parameters
    ----------
    family : str
        ``point`` for a parameter without uncertainty, else the name of the distribution.
    numbers : tuple of float
        Its figures, in the order written.
    """

    family: str
    numbers: tuple[float, ...] = ()

    @property
    def is_point(self) -> bool:
        """Whether the parameter is never drawn."""
        return self.family == "point"


@functools.cache
def parse_prior(text: str) -> Prior:
    """Read a prior strictly.

    It has one of the forms of the message below, with figures in place of the letters but ``v``.

    Raises
    ------
    RuleError
        If the text is not a prior, or its figures cannot be.

    Examples
    --------
    >>> parse_prior("beta(10 v, 10 - 10 v)")
    Prior(family='beta_around', numbers=(10.0,))
    >>> parse_prior("point").is_point
    True
    """
    for family, form in _FORMS.items():
        match = re.fullmatch(form, text)
        if match is None:
            continue
        numbers = tuple(float(number) for number in match.groups())
        if family == "beta_around" and len(set(numbers)) > 1:
            break
        prior = Prior(family, numbers[:1] if family == "beta_around" else numbers)
        if not _is_possible(prior):
            raise RuleError(
                "分布の数値が不正です（ばらつきは正、下限は上限より小さく）",
                "impossible figures: spreads must be positive, bounds in order",
            )
        return prior
    raise RuleError(
        f"事前分布の形が違います。使えるのは: {_KNOWN}", f"expected a prior such as {_KNOWN}"
    )


def _is_possible(prior: Prior) -> bool:
    if prior.family == "uniform":
        return prior.numbers[0] < prior.numbers[1]
    if prior.family == "discrete":
        low, p, high, rest = prior.numbers
        return low < high and p > 0 and rest > 0 and math.isclose(p + rest, 1)
    if prior.family == "lognormal90":
        return prior.numbers[0] > 1.0
    return all(number > 0.0 for number in prior.numbers)


def fits(prior: Prior, value: float) -> bool:
    """Say whether a value can be the centre of a prior.

    Examples
    --------
    >>> fits(parse_prior("lognormal(sd_log=0.5)"), 0.0), fits(parse_prior("uniform(0, 2)"), 1.0)
    (False, True)
    """
    if prior.family in ("lognormal", "lognormal10", "lognormal90"):
        return 0.0 < value < math.inf
    if prior.family in ("beta_around", "logit_normal", "dirichlet"):
        return 0.0 < value < 1.0
    if prior.family == "beta":
        return 0.0 <= value <= 1.0
    if prior.family == "gamma":
        return 0.0 < value < math.inf
    if prior.family == "uniform":
        return prior.numbers[0] <= value <= prior.numbers[1]
    if prior.family == "discrete":
        return value in prior.numbers[::2]
    return prior.is_point or math.isfinite(value)


def quantile(
    prior: Prior, value: float, q: float, low: float = -math.inf, high: float = math.inf
) -> float:
    """Return a quantile of a prior, given that the parameter lies between two bounds.

    Parameters
    ----------
    prior : Prior
        Not a Dirichlet, whose members are not free of each other.
    value : float
        Value of the parameter: median of the lognormals and the logit-normal, mean of the normal
        and of ``beta(n v, n - n v)``.
    q : float
        Probability. [-]
    low, high : float
        The prior is conditioned on this range, not cut off at it.

    Examples
    --------
    >>> round(quantile(parse_prior("uniform(0, 2)"), 1.0, 0.75), 6)
    1.5
    >>> round(quantile(parse_prior("uniform(0, 2)"), 1.0, 0.75, high=1.0), 6)
    0.75
    >>> round(quantile(parse_prior("lognormal(factor90=2)"), 10.0, 0.95), 6)
    20.0
    >>> [quantile(parse_prior("discrete(500: 0.8, 1000: 0.2)"), 500.0, q) for q in (0.5, 0.95)]
    [500.0, 1000.0]
    """
    return float(quantiles(prior, value, np.asarray(q), low, high))


def quantiles(
    prior: Prior,
    value: float,
    q: FloatArray,
    low: FloatArray | float = -math.inf,
    high: FloatArray | float = math.inf,
) -> FloatArray:
    """Return quantiles of a prior, each given that the parameter lies between two bounds.

    Parameters
    ----------
    prior, value
        As in `quantile`.
    q : (n,) array
        [-]
    low, high : (n,) array or float

    Examples
    --------
    >>> quantiles(parse_prior("uniform(0, 2)"), 1.0, np.array([0.25, 0.75]), high=np.array([2, 1]))
    array([0.5 , 0.75])
    """
    if prior.is_point:
        return np.full(q.shape, value)
    if prior.family == "discrete":
        first, p, second, _ = prior.numbers
        return np.where(q < p, first, second)
    cdf, inverse = _distribution(prior, value)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(np.isfinite(low), cdf(np.asarray(low, dtype=np.float64)), 0.0)
        upto = np.where(np.isfinite(high), cdf(np.asarray(high, dtype=np.float64)), 1.0)
    found = inverse(below + q * (upto - below))
    # Rounding may carry a quantile a hair over its bound; the range was conditioned on above.
    inside: FloatArray = np.clip(found, low, high)
    return inside


_Function = Callable[[FloatArray], NDArray[np.floating[Any]]]


def _distribution(prior: Prior, value: float) -> tuple[_Function, _Function]:
    """Return the distribution function of a prior and its inverse."""
    from scipy import special

    first = prior.numbers[0]
    if prior.family in ("lognormal", "lognormal10", "lognormal90"):
        scale = {"lognormal": 1.0, "lognormal10": math.log(10.0)}
        sd = (
            math.log(first) / _NORMAL_95
            if prior.family == "lognormal90"
            else first * scale[prior.family]
        )
        return (
            lambda x: np.where(x > 0, special.ndtr(np.log(x / value) / sd), 0.0),
            lambda q: value * np.exp(sd * special.ndtri(q)),
        )
    if prior.family == "normal":
        return (
            lambda x: special.ndtr((x - value) / first),
            lambda q: value + first * special.ndtri(q),
        )
    if prior.family == "logit_normal":
        centre = float(special.logit(value))
        return (
            lambda x: special.ndtr((special.logit(x) - centre) / first),
            lambda q: special.expit(centre + first * special.ndtri(q)),
        )
    if prior.family == "uniform":
        second = prior.numbers[1]
        return (
            lambda x: np.clip((x - first) / (second - first), 0.0, 1.0),
            lambda q: first + q * (second - first),
        )
    if prior.family == "gamma":
        rate = prior.numbers[1]
        return (
            lambda x: special.gammainc(first, rate * np.maximum(x, 0.0)),
            lambda q: special.gammaincinv(first, q) / rate,
        )
    a, b = prior.numbers if prior.family == "beta" else (first * value, first * (1.0 - value))
    return (
        lambda x: special.betainc(a, b, np.clip(x, 0.0, 1.0)),
        lambda q: special.betaincinv(a, b, q),
    )
