"""One assumption: its value with unit, allowed range, prior, grade and source (前提条件の1項目).

Holds the record and what makes a value allowed. The collection of all assumptions, overrides and
draws are left to ``assumptions``.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias  # Any: values as read from TOML, before they are checked

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from exposure.errors import Text
from exposure.inputs.priors import Prior, fits, parse_prior
from exposure.inputs.sources import JUDGEMENT, load_sources
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


def _number(raw: object, range_: str) -> float | None:
    if isinstance(raw, Mapping):
        return _ratio(raw, range_)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    if not math.isfinite(raw) and not (range_ == "shape" and raw == math.inf):
        return None
    if range_ == "whole" and raw != int(raw):
        return None
    low, high = bounds_of(range_)
    if not low <= raw <= high or (range_ in _OPEN_BELOW and raw == low):
        return None
    return float(raw)


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


class Override(BaseModel):
    """What a study says instead of a default (顧客・コンサルタントによる変更).

    Parameters
    ----------
    value : number, list, word or date
        In the unit and range of the assumption.
    reason : str
        Why; printed in the report.
    prior : str
        Uncertainty of the new value. Left out, the value is held fixed when parameters are drawn.
    date : date or None
        When it was decided.

    Examples
    --------
    >>> Override(value=0.05, reason="顧問弁護士の見解").reason
    '顧問弁護士の見解'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any  # its kind depends on the assumption it replaces, which checks it
    reason: str
    prior: str = "point"
    date: datetime.date | None = None

    @field_validator("reason")
    @classmethod
    def _says_why(cls, reason: str) -> str:
        if not reason.strip():
            raise RuleError(Text("変更の理由を書いてください", "state the reason for the change"))
        return reason


class Sourced(BaseModel):
    """An assumption with everything a reviewer asks about it (前提条件).

    Parameters
    ----------
    name : str
        Dotted; ``*`` stands for every group, industry or head without a row of its own.
    label : Text
        Shown to people.
    value : number, tuple, str or date
        The default, in ``unit``.
    unit, range : str
        What it measures, and which values it may take.
    choices : tuple of str
        For the range ``choice``.
    members : str or None
        Which names ``*`` stands for: a category of ``data/names.toml``.
    prior : str
        Its uncertainty, as ``priors.parse_prior`` reads it.
    grade : str
        A primary statistic, B secondary report, C one case or one insurer, J judgement.
    source, row, note : str
        Key of ``data/sources.toml`` or ``judgement``; where in it; the reason.
    override : Override or None
        Kept beside the default, never over it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: Text
    value: Any  # narrowed to Value by the validator below
    unit: str = Field(min_length=1)
    range: Range
    choices: tuple[str, ...] = ()
    members: Literal["group", "cause", "head", "industry"] | None = None
    prior: str
    grade: Literal["A", "B", "C", "J"]
    source: str
    row: str = ""
    note: str = ""
    override: Override | None = None

    @model_validator(mode="after")
    def _is_coherent(self) -> Sourced:
        if self.override is None:
            try:
                checked = checked_value(self.value, self.range, self.choices)
            except RuleError as error:
                raise RuleError(error.text, "value") from None
            object.__setattr__(self, "value", checked)
        check_prior(self.prior, self.value)
        if self.source != JUDGEMENT and self.source not in load_sources():
            raise RuleError(
                Text(
                    "出所が data/sources.toml にありません",
                    "this source is not in data/sources.toml",
                ),
                "source",
            )
        if self.source == JUDGEMENT and not self.note:
            raise RuleError(
                Text("判断の理由を書いてください", "a judgement needs its reason"), "note"
            )
        if self.source != JUDGEMENT and not self.row:
            raise RuleError(Text("出所のどこかを書いてください", "say where in the source"), "row")
        return self

    @property
    def in_use(self) -> Value:
        """The value the model uses: the override if there is one, else the default."""
        used: Value = self.value if self.override is None else self.override.value
        return used

    @property
    def prior_in_use(self) -> Prior:
        """The uncertainty of the value in use."""
        return parse_prior(self.prior if self.override is None else self.override.prior)

    @property
    def is_judgement(self) -> bool:
        """Whether a report lists it among the judgements."""
        return self.grade == "J" or self.override is not None


def check_prior(text: str, value: Value) -> None:
    """Refuse a prior that cannot belong to a value.

    Raises
    ------
    RuleError
        If the text is no prior, or the value cannot be its centre.

    Examples
    --------
    >>> check_prior("lognormal(sd_log=1)", 0.0)
    Traceback (most recent call last):
    exposure.records.RuleError: this value cannot have this prior
    """
    try:
        prior = parse_prior(text)
    except RuleError as error:
        raise RuleError(error.text, "prior") from None
    possible = fits(prior, value) if isinstance(value, float) else prior.is_point
    if not possible:
        raise RuleError(
            Text("この値にこの事前分布は使えません", "this value cannot have this prior"), "prior"
        )
