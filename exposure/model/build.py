"""Compile a client and the assumptions into a model to draw from (モデルの組み立て).

The one place where parameters are looked up by name; drawing and pricing work on the result.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar  # Any: parts of any kind

import numpy as np

from exposure.arrays import CodeArray, FloatArray, sum_of_products
from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client, data_of_industry, data_to_state
from exposure.inputs.names import VENDOR, Groups, load_groups
from exposure.labels import phrase
from exposure.model.attributes import AttributeModel, attribute_model
from exposure.model.claims import ClaimModel, claim_model
from exposure.model.costs import (
    REPAIR,
    CostHead,
    Examination,
    cost_heads,
    examination_of,
    recovery_head,
)
from exposure.model.counts import CountTables, count_tables
from exposure.model.curves import Edges, build_guide
from exposure.model.frequency import (
    CountMixture,
    Rates,
    cause_rates,
    history_probability,
    prior_counts,
    update_counts,
)
from exposure.model.sizes import SizeModel, size_model

REGIMES = ("brochure", "court")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Timing:
    """Days between the stations of a leak (日数).

    Parameters
    ----------
    discovery_log, discovery_sd : (n_groups,) array
        Ln of the median lag from leak to discovery, and its ln-sd. [ln days]
    notice_lag_days : float
        From discovery to the written notice to the insurer. [day]
    demand, suit : tuple of float
        Ln of the median and ln-sd of the lag from discovery to a claim. [ln days]
    """

    discovery_log: FloatArray
    discovery_sd: FloatArray
    notice_lag_days: float
    demand: tuple[float, float]
    suit: tuple[float, float]


@dataclass(frozen=True)
class CauseCells:
    """Causes that can happen, laid out group by group (群内の原因の抽選表).

    Parameters
    ----------
    edges : Edges
        Code of the group + cumulative share of the cause within it. [-]
    cause : (n_cells,) array of int8
        Code of the cause of each cell.
    """

    edges: Edges
    cause: CodeArray


@dataclass(frozen=True)
class Recourse:
    """Recourse of entrustors (委託元からの求償).

    Parameters
    ----------
    fault_share, omega : float
        Share of the entrustor's costs the client bears, and of persons it writes to itself. [-]
    heads : tuple of str
        Cost heads an entrustor has as well.
    """

    fault_share: float
    omega: float
    heads: tuple[str, ...]


@dataclass(frozen=True)
class BreachModel:
    """All that is needed to draw and price the leaks of one client (事故モデル).

    Parameters
    ----------
    inception : numpy.datetime64
        First day of the policy year.
    period_days : int
        Days in the policy year. [day]
    rates : Rates
        Before the client's own history.
    counts : CountMixture
        After it.
    recovery : CostHead
        What recovering from ransomware costs, with outside help.
    recovery_in_house : float
        Share of it that remains without. [-]
    """

    inception: np.datetime64
    period_days: int
    groups: Groups
    rates: Rates
    counts: CountMixture
    count_tables: CountTables
    cause_cells: CauseCells
    sizes: SizeModel
    attributes: AttributeModel
    timing: Timing
    costs: tuple[CostHead, ...]
    examined: Examination
    recovery: CostHead
    recovery_in_house: float
    recourse: Recourse
    claims: Mapping[str, ClaimModel]
    year_load: float

    @property
    def empty_probability(self) -> float:
        """Probability p₀ of a year without a leak. [-]."""
        return self.counts.empty_probability

    @property
    def events_per_year(self) -> FloatArray:
        """Expected leaks of each group, after the client's history. (n_groups,) array [1/year]."""
        return self.counts.mean

    @property
    def events_per_loss_year(self) -> float:
        """Expected leaks of a year that has one. [1/year]."""
        return float(self.events_per_year.sum()) / (1 - self.empty_probability)

    @property
    def last_day(self) -> np.datetime64:
        """Last day of the policy year."""
        return self.inception + np.timedelta64(self.period_days - 1, "D")


@dataclass(frozen=True)
class _Noting(Assumptions):
    """Assumptions that note which of them were looked up."""

    noted: set[str] = field(default_factory=set)

    def value(self, name: str) -> float:
        self.noted.add(self.key(name))
        return super().value(name)


@dataclass(frozen=True)
class _Part:
    """A part of a model, and all it was made from."""

    made: Any
    assumptions: _Noting
    of: tuple[object, ...]

    def holds(self, assumptions: Assumptions, of: tuple[object, ...]) -> bool:
        """Whether it would be made again the same."""
        own = self.assumptions
        if assumptions.records is not own.records:
            return False
        if any(one is not other for one, other in zip(of, self.of, strict=True)):
            return False
        moved = assumptions.replaced.keys() | own.replaced.keys()
        return all(
            assumptions.value(name) == Assumptions.value(own, name) for name in moved & own.noted
        )


class Parts:
    """Parts of the first model that was built, for others that differ from it little (部品).

    A part is taken over where no assumption it looked up has another value and the parts it rests
    on are taken over as well; what is drawn from the same parts is then the same.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> parts, known, client = Parts(), load_assumptions(), Client(records=500)
    >>> first, second = (
    ...     build_model(client, one, datetime.date(2026, 4, 1), parts=parts)
    ...     for one in (known, known.at_quantile("size.sigma", 0.9))
    ... )
    >>> first.costs is second.costs, first.sizes is second.sizes
    (True, False)
    """

    def __init__(self) -> None:
        self._first: dict[str, _Part] = {}

    def once(
        self,
        name: str,
        assumptions: Assumptions,
        make: Callable[[Assumptions], _T],
        *of: object,
    ) -> _T:
        """Return a part, made from assumptions and other objects if the first does not serve."""
        first = self._first.get(name)
        if first is None:
            noting = _Noting(assumptions.records, assumptions.replaced)
            made = make(noting)
            self._first[name] = _Part(made, noting, of)
            return made
        if first.holds(assumptions, of):
            taken: _T = first.made
            return taken
        return make(assumptions)


def build_model(
    client: Client,
    assumptions: Assumptions,
    inception: datetime.date,
    *,
    use_history: bool = True,
    parts: Parts | None = None,
) -> BreachModel:
    """Compile the model of one client (モデルの組み立て).

    Parameters
    ----------
    inception : datetime.date
        First day of the policy year, which ends the day before the anniversary.
    use_history : bool
        Whether the client's past incidents, if stated, update the rate.
    parts : Parts, optional
        Of models of the same client object that differ in few assumptions.

    Raises
    ------
    DataError
        If no event can happen, or the history contradicts the rates.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> client = Client(name="例", records=100_000)
    >>> model = build_model(client, load_assumptions(), datetime.date(2026, 4, 1))
    >>> str(model.last_day), 0.8 < model.empty_probability < 1
    ('2027-03-31', True)
    """
    groups = load_groups()
    start = np.datetime64(inception, "D")

    def part(name: str, make: Callable[[Assumptions], _T], *of: object) -> _T:
        if parts is None:
            return make(assumptions)
        return parts.once(name, assumptions, make, client, *of)

    rates = part("rates", lambda a: cause_rates(client, a))
    counts = part(
        "counts", lambda a: _counts(client, a, rates, groups, use_history), rates, use_history
    )
    costs = part("costs", cost_heads)
    (repair,) = (head for head in costs if head.head == REPAIR)
    return BreachModel(
        inception=start,
        period_days=int((np.datetime64(_anniversary(inception), "D") - start).astype(int)),
        groups=groups,
        rates=rates,
        counts=counts,
        count_tables=part("count_tables", lambda _: count_tables(counts), counts),
        cause_cells=part("cause_cells", lambda _: cause_cells(rates), rates),
        sizes=part("sizes", lambda a: size_model(client, a)),
        attributes=part("attributes", lambda a: attribute_model(client, a)),
        timing=part("timing", lambda a: _timing(a, groups)),
        costs=costs,
        examined=part("examined", lambda a: examination_of(client, a)),
        recovery=part("recovery", lambda a: recovery_head(client, repair, a), costs),
        recovery_in_house=part("in_house", lambda a: a.value("cost.ransomware.in_house")),
        recourse=part("recourse", _recourse),
        claims={regime: part(regime, partial(claim_model, regime)) for regime in REGIMES},
        year_load=part("year_load", lambda a: a.value("event.loading.year.Y")),
    )


def _recourse(assumptions: Assumptions) -> Recourse:
    return Recourse(
        assumptions.value("recourse.fault_share"),
        assumptions.value("recourse.omega"),
        assumptions.words("recourse.heads"),
    )


def _anniversary(day: datetime.date) -> datetime.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        # 29 February: the anniversary is the day after the last of February.
        return datetime.date(day.year + 1, day.month + 1, 1)


def _counts(
    client: Client, assumptions: Assumptions, rates: Rates, groups: Groups, use_history: bool
) -> CountMixture:
    by_group, total = client.incidents_by_group, client.incidents_last_3_years
    points = assumptions.whole("run.history_grid_points")
    if not use_history or (by_group is None and total is None):
        return prior_counts(rates.by_group, rates.size_shared, rates.size_group, points=points)
    years = assumptions.value("frequency.history_years")
    counted = np.array([assumptions.value(f"frequency.tau.{group}") for group in groups.groups])
    events = total if by_group is None else [by_group.get(group, 0) for group in groups.groups]
    if events is None:
        raise ValueError("no history")
    return update_counts(
        rates.by_group,
        rates.size_shared,
        rates.size_group,
        events,
        counted * years,
        points=points,
    )


def client_notes(client: Client, assumptions: Assumptions) -> list[Text]:
    """Say what a run took for granted of a client, should be asked, and does not fit (確認事項).

    The client is as it was stated, before defaults are filled in.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> clinic = Client(records=1000, industry="medical_welfare", incidents_last_3_years=100)
    >>> [note.en.split()[0] for note in client_notes(clinic, load_assumptions())]
    ['Share', '100']
    """
    against = history_note(client, assumptions)
    return [
        *data_of_industry(client, assumptions),
        *data_to_state(client, assumptions),
        *([against] if against else []),
    ]


def history_note(client: Client, assumptions: Assumptions) -> Text | None:
    """Say that a client's history contradicts the rates, if it does (事故歴と前提の食い違い).

    The rates are updated all the same; a reader should know that they are not of this client.

    Returns
    -------
    Text or None
        None if no history is stated, or it is not surprising.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> known = load_assumptions()
    >>> history_note(Client(records=3000, incidents_last_3_years=1), known) is None
    True
    >>> print(history_note(Client(records=3000, incidents_last_3_years=100), known).en[:62])
    100 leaks in 3 years contradict the rates, which expect 0.16:
    """
    events = client.history
    if events is None:
        return None
    value, groups = assumptions.value, load_groups()
    rates = cause_rates(client, assumptions)
    years = value("frequency.history_years")
    exposure = years * np.array([value(f"frequency.tau.{group}") for group in groups.groups])
    few, many = history_probability(
        rates.by_group,
        rates.size_shared,
        rates.size_group,
        events,
        exposure,
        points=assumptions.whole("run.history_grid_points"),
    )
    if min(few, many) >= value("frequency.history_surprise"):
        return None
    expected = f"{sum_of_products(rates.by_group, exposure):.2g}"
    bound = f"{value('frequency.history_surprise'):.1%}"
    return phrase(
        "notice",
        "history",
        years=f"{years:g}",
        events=f"{events:,}",
        expected=expected,
        bound=Text(bound, bound.replace("%", " %")),
    )


def cause_cells(rates: Rates) -> CauseCells:
    """Lay out the causes of each group on the line, the groups one unit apart."""
    cumulative = np.cumsum(rates.by_cause, axis=1)
    total = cumulative[:, -1:]
    cumulative = cumulative / np.where(total > 0, total, 1)
    # Sums of shares may miss 1 by a rounding error, which no draw may fall into.
    cumulative[cumulative >= cumulative[:, -1:]] = 1.0
    possible = rates.by_cause > 0
    edges = (cumulative + np.arange(len(cumulative))[:, None])[possible]
    return CauseCells(build_guide(edges), np.nonzero(possible)[1].astype(np.int8))


def _timing(assumptions: Assumptions, groups: Groups) -> Timing:
    value = assumptions.value
    lags = [value(f"date.discovery_lag.{group}") for group in groups.groups]
    return Timing(
        discovery_log=np.log(lags),
        discovery_sd=np.array([value(f"date.discovery_lag_sd.{g}") for g in groups.groups]),
        notice_lag_days=value("date.notice_lag"),
        demand=(float(np.log(value("date.claim_lag.demand"))), value("date.claim_lag_sd.demand")),
        suit=(float(np.log(value("date.claim_lag.suit"))), value("date.claim_lag_sd.suit")),
    )


def vendor_code(groups: Groups) -> int:
    """Return the code of the vendor group."""
    return groups.groups.index(VENDOR)
