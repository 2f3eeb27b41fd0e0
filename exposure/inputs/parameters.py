"""One assumption with unit, prior, grade and source, and what ties several together (前提条件).

Holds the record and what makes it coherent, knows the three rules that involve more than one
parameter, and draws parameters so that the rules hold. The collection of all assumptions is left to
``assumptions``, single parameters to ``priors``.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import (
    Any,  # Any: values as read from TOML, before they are checked
    Literal,
)

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from exposure.arrays import FloatArray
from exposure.errors import Text
from exposure.inputs.priors import (
    Prior,
    Range,
    Value,
    bounds_of,
    check_value,
    fits,
    parse_prior,
    quantiles,
)
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.records import RuleError
from exposure.streams import stream


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

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, raw: object) -> object:
        if isinstance(raw, Override):
            return raw
        if not isinstance(raw, Mapping):
            raise RuleError(
                '{ value = …, reason = "…" } の形で書いてください',
                'expected { value = ..., reason = "..." }',
            )
        if "value" not in raw and any(isinstance(part, Mapping) for part in raw.values()):
            raise RuleError(
                '名前全体を引用符で囲んでください（例 "claims.rate.brochure"）',
                'put the whole name in quotes, as "claims.rate.brochure"',
            )
        return raw

    @field_validator("reason")
    @classmethod
    def _says_why(cls, reason: str) -> str:
        if not reason.strip():
            raise RuleError("変更の理由を書いてください", "state the reason for the change")
        return reason


class Assumption(BaseModel):
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
    source, row : str
        Key of ``data/sources.toml`` or ``judgement``; where in it.
    note : Text
        The reason, in both languages or in neither.
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
    note: Text = Text("", "")
    override: Override | None = None

    @field_validator("label", "note", mode="before")
    @classmethod
    def _is_bilingual(cls, raw: object) -> object:
        if isinstance(raw, str):
            raise RuleError(
                '{ ja = "…", en = "…" } の形で書いてください', 'expected { ja = "...", en = "..." }'
            )
        return raw

    @model_validator(mode="after")
    def _is_coherent(self) -> Assumption:
        if self.override is None:
            try:
                checked = check_value(self.value, self.range, self.choices)
            except RuleError as error:
                raise RuleError(*error.text, "value") from None
            object.__setattr__(self, "value", checked)
        check_prior(self.prior, self.value)
        if self.source != JUDGEMENT and self.source not in load_sources():
            raise RuleError(
                "出所が data/sources.toml にありません",
                "this source is not in data/sources.toml",
                "source",
            )
        if any(self.note) != all(self.note):
            raise RuleError(
                "日本語と英語の両方で書いてください", "say it in both ja and en", "note"
            )
        if self.source == JUDGEMENT and not any(self.note):
            raise RuleError("判断の理由を書いてください", "a judgement needs its reason", "note")
        if self.source != JUDGEMENT and not self.row:
            raise RuleError("出所のどこかを書いてください", "say where in the source", "row")
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
    def is_setting(self) -> bool:
        """Whether it says how the program computes and prints, and nothing about the world."""
        return self.name.startswith(_SETTINGS)

    @property
    def is_judgement(self) -> bool:
        """Whether a report lists it among the judgements."""
        return self.grade == "J" or self.override is not None


_SETTINGS = (
    "run.",
    "report.",
    "portfolio.",
    "measure.annual_levels",
    "measure.first_questions",
    "measure.band",
    "measure.curve_points",
    "measure.event_levels",
    "measure.information_groups",
    "measure.interval_level",
    "measure.kind_levels",
    "measure.known_parameters",
    "measure.largest_share",
    "measure.limit_grid",
    "measure.record_grid",
    "measure.return_periods",
)


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
        raise RuleError(*error.text, "prior") from None
    possible = fits(prior, value) if isinstance(value, float) else prior.is_point
    if not possible:
        raise RuleError(
            "この値にこの事前分布は使えません", "this value cannot have this prior", "prior"
        )


SHARES = "cause.share."

RESIDUAL, SHARED = "frequency.k_residual", "frequency.k_s"

BOUND, EFFECTS = "frequency.delta_bound", "frequency.delta."

_LOADINGS: Mapping[str, tuple[str, ...]] = {
    "price": ("event.loading.price.Z_law", "event.loading.price.Z_org"),
    "costs": ("event.loading.costs.Z_org", "event.loading.costs.Z_pub"),
}

_YEAR_LOADING = "event.loading.year.Y"

_LAST = float(np.nextafter(1.0, 0.0))


_SUM_TO_ONE = Text(
    "原因別の件数割合（cause.share.*）の合計を1にしてください",
    "the shares cause.share.* must sum to 1",
)

_TOO_LOADED = Text(
    "連動の係数の二乗和は、取りうる範囲の全体で1未満にしてください",
    "the squares of the loadings must sum to less than 1 over their whole range",
)

_TOO_LITTLE_LEFT = Text(
    f"{SHARED} は {RESIDUAL} 以上にしてください（ばらつきの合計を超えられません）",
    f"{SHARED} must be at least {RESIDUAL}: one level cannot vary more than the total",
)

_TOO_STRONG = Text(
    f"評点の効き目は {BOUND} 以下にしてください", f"the effect of the score is at most {BOUND}"
)


def _number(records: Mapping[str, Assumption], name: str) -> float:
    value = records[name].in_use
    return value if isinstance(value, float) else math.nan


def contradictions(records: Mapping[str, Assumption]) -> list[tuple[str, Text]]:
    """Return the rules that do not hold, each with the name of a parameter to change.

    Returns
    -------
    list of (str, Text)
        Empty if everything fits together.
    """
    found: list[tuple[str, Text]] = []
    if not math.isclose(math.fsum(_number(records, name) for name in _shares(records)), 1.0):
        found.append((SHARES + "*", _SUM_TO_ONE))
    for names in _LOADINGS.values():
        largest = [_largest(records[name]) for name in (*names, _YEAR_LOADING)]
        if math.fsum(size**2 for size in largest) >= 1.0:
            found.append((names[0], _TOO_LOADED))
    if _number(records, SHARED) < _number(records, RESIDUAL):
        found.append((SHARED, _TOO_LITTLE_LEFT))
    found += [
        (name, _TOO_STRONG)
        for name in records
        if name.startswith(EFFECTS) and _largest(records[name]) > _number(records, BOUND)
    ]
    return found


def _largest(record: Assumption) -> float:
    """Return the largest size a parameter can take: of its value, or of its uniform prior."""
    value = record.in_use
    prior = record.prior_in_use
    ends = prior.numbers if prior.family == "uniform" else (value,)
    return max(abs(end) for end in ends if isinstance(end, float))


def _shares(records: Mapping[str, Assumption]) -> list[str]:
    return [name for name in records if name.startswith(SHARES)]


def _dirichlet_shape(prior: Prior, share: float) -> float:
    weight, floor = prior.numbers
    return weight * share + floor


def bounds_given_others(records: Mapping[str, Assumption], name: str) -> tuple[float, float]:
    """Return the range of a parameter, the others being as they are.

    The shared level of the frailty cannot vary more than the total does, so each of the two bounds
    the other.

    Parameters
    ----------
    name : str
        Of one of them.
    """
    low, high = _within(records, name, {})
    return float(low), float(high)


def _within(
    records: Mapping[str, Assumption], name: str, drawn: Mapping[str, FloatArray]
) -> tuple[FloatArray | float, FloatArray | float]:
    low: FloatArray | float
    high: FloatArray | float
    low, high = bounds_of(records[name].range)
    if name == SHARED:
        low = np.maximum(low, drawn.get(RESIDUAL, _number(records, RESIDUAL)))
    if name == RESIDUAL:
        high = np.minimum(high, drawn.get(SHARED, _number(records, SHARED)))
    return low, high


def levels_of(names: Iterable[str], seed: int, n: int) -> dict[str, FloatArray]:
    """Return where in their priors the parameters of n joint draws lie (ラテン超方格).

    A Latin hypercube: of the n draws of a parameter one lies in each of n equal parts of its prior,
    so that means and ends of bands vary less than with draws free of each other. Each parameter has
    a stream of its own, keyed by its name: one more moves no other.

    Returns
    -------
    dict of str to (n,) array
        In [0, 1). [-]

    Examples
    --------
    >>> sorted((4 * levels_of(["size.sigma"], seed=1, n=4)["size.sigma"]).astype(int).tolist())
    [0, 1, 2, 3]
    """
    found = {}
    for name in names:
        rng = stream(seed, f"parameters/{name}")
        part = rng.permutation(n)
        # Rounding may carry the last of them to 1, where many priors have no end.
        found[name] = np.minimum((part + rng.random(n)) / n, _LAST)
    return found


def draw_jointly(
    records: Mapping[str, Assumption], levels: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Return n values for every uncertain parameter (同時抽出).

    Parameters
    ----------
    levels : mapping of str to (n,) array
        Uniform draws in [0, 1) for every parameter with a prior; independent draws give joint
        draws of the priors, conditioned on the rules of this module. [-]
    """
    values: dict[str, FloatArray] = {}
    for name in levels:
        record = records[name]
        prior = record.prior_in_use
        if prior.family == "dirichlet" or name == SHARED:
            continue
        low, high = bounds_of(record.range)
        # The total is drawn freely and the shared level above it, unless the latter is fixed.
        if name == RESIDUAL and SHARED not in levels:
            low, high = bounds_given_others(records, RESIDUAL)
        values[name] = quantiles(prior, _number(records, name), levels[name], low, high)
    if SHARED in levels:
        least, most = _within(records, SHARED, values)
        prior = records[SHARED].prior_in_use
        values[SHARED] = quantiles(prior, _number(records, SHARED), levels[SHARED], least, most)
    return values | _draw_shares(records, levels)


def _draw_shares(
    records: Mapping[str, Assumption], levels: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Draw the uncertain shares as a Dirichlet; shares held fixed keep their part of the whole."""
    from scipy import special

    weights: dict[str, FloatArray] = {}
    for name in _shares(records):
        prior = records[name].prior_in_use
        if prior.family == "dirichlet":
            shape = _dirichlet_shape(prior, _number(records, name))
            weights[name] = np.asarray(special.gammaincinv(shape, levels[name]), np.float64)
    part = math.fsum(_number(records, name) for name in weights)
    total = sum(weights.values())
    return {name: part * weight / total for name, weight in weights.items()}


def shares_at_quantile(records: Mapping[str, Assumption], name: str, q: float) -> dict[str, float]:
    """Return the shares with one at a quantile of its prior and the others in proportion.

    Parameters
    ----------
    name : str
        Of the share.
    q : float
        Probability. [-]
    """
    from scipy import special

    free = [n for n in _shares(records) if records[n].prior_in_use.family == "dirichlet"]
    values = {n: _number(records, n) for n in free}
    part = math.fsum(values.values())
    shapes = {n: _dirichlet_shape(records[n].prior_in_use, values[n]) for n in free}
    others = math.fsum(shapes.values()) - shapes[name]
    share = part * float(special.betaincinv(shapes[name], others, q)) if others else part
    rest = part - values[name]
    return {n: share if n == name else values[n] * (part - share) / rest for n in free}
