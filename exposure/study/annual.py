"""Many plans on one large table of losses: what each pays year by year (プランごとの年間支払).

For tables that are drawn or brought whole; they are paid piece by piece in the cache. A study pays
as it simulates and needs more than sums, which `exposure.study.simulation` collects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any  # Any: columns of several kinds, each cut the same way

import numpy as np

from exposure.arrays import FloatArray, Years
from exposure.lazy import lazy
from exposure.measures.adequacy import Tally
from exposure.memory import keep_freed_memory
from exposure.policy.plans import Plan
from exposure.policy.terms import PolicyPeriod
from exposure.study.tallies import PlanCount, counts
from exposure.tables import Annual, LossTable, combined

_PIECE_EVENTS = 2**16  # of one piece: its arrays share the cache of a core


@dataclass(frozen=True, repr=False)
class PaidYears:
    """What one plan pays, year by year (年間支払保険金).

    Parameters
    ----------
    plan : Plan
    total : float
        Payments of all loss years. [JPY]
    exhausted : Tally
        Loss years in which the overall limit was used to the last yen.
    empty_probability : float
        Probability of a year without an event, which costs nothing. [-]

    Examples
    --------
    See `exposure.pay_years`.
    """

    plan: Plan
    total: float
    exhausted: Tally
    empty_probability: float
    _table: PaidTable = field(compare=False)
    _row: int = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"<PaidYears {self.plan.id!r}: {self.exhausted.n:,} loss years, "
            f"mean {self.mean:,.0f} JPY/year>"
        )

    @property
    def mean(self) -> float:
        """Mean payment of a year, empty ones included. [JPY]."""
        return (1.0 - self.empty_probability) * (self.total / self.exhausted.n)

    @property
    def probability_exhausted(self) -> float:
        """Probability that the overall limit is used up in a year, empty ones included. [-]."""
        return (1 - self.empty_probability) * self.exhausted.n_ok / self.exhausted.n

    @lazy
    def paid(self) -> Annual:
        """Payments of each loss year; of all plans when one is first asked for. [JPY]."""
        return Annual(self._table.values[self._row], self.empty_probability)


@dataclass(frozen=True)
class PaidTable:
    """Losses and the plans they are paid under (プランごとの支払の一覧).

    Parameters
    ----------
    plans : sequence of Plan
    losses : LossTable
    period : PolicyPeriod
    """

    plans: Sequence[Plan]
    losses: LossTable
    period: PolicyPeriod

    @lazy
    def values(self) -> FloatArray:
        """Payments of each loss year. (n_plans, n_years) array [JPY]."""
        # To fill this much memory takes longer than to pay: who asks for totals goes without.
        values = np.empty((len(self.plans), self.losses.events.years.n_years))
        for k, years, count in self.in_pieces():
            values[k, years] = count.paid
        return values

    def in_pieces(self) -> Iterator[tuple[int, slice, PlanCount]]:
        """Yield the number of a plan, some years, and what the plan does with them."""
        done = 0
        for piece in pieces(self.losses):
            years = slice(done, done + piece.events.years.n_years)
            for k, count in enumerate(counts(self.plans, piece, self.period)):
                yield k, years, count
            done = years.stop


def paid_years(
    plans: Sequence[Plan], losses: LossTable, period: PolicyPeriod
) -> tuple[PaidYears, ...]:
    """Pay one table of losses under several plans (年間支払保険金).

    Parameters
    ----------
    plans : sequence of Plan
    losses : LossTable
    period : PolicyPeriod
    """
    keep_freed_memory()
    table = PaidTable(tuple(plans), losses, period)
    total, used = [0.0] * len(plans), [Tally(0, 0)] * len(plans)
    for k, _, count in table.in_pieces():
        total[k] += count.paid_total()
        used[k] += count.exhausted()
    p0 = losses.events.empty_probability
    return tuple(PaidYears(plan, total[k], used[k], p0, table, k) for k, plan in enumerate(plans))


def pieces(losses: LossTable, most_events: int = _PIECE_EVENTS) -> Iterator[LossTable]:
    """Cut a table into pieces of consecutive years (一覧の分割).

    Parameters
    ----------
    losses : LossTable
    most_events : int
        Events of a piece, unless one year has more.

    Examples
    --------
    >>> from exposure.tables import EventTable, LossItem
    >>> item = LossItem("damages", np.array([1.0, 2.0, 3.0, 4.0]))
    >>> whole = LossTable(EventTable(Years((3, 1)), {}), (item,))
    >>> [piece.items[0].amount.tolist() for piece in pieces(whole, most_events=2)]
    [[1.0, 4.0], [2.0, 3.0]]
    """
    years = losses.events.years
    if years.n_events <= most_events:
        yield losses
        return
    starts = [part.start for part in years.slices()]
    first = 0
    while first < years.n_years:
        last = _last(years, first, most_events)
        sizes = tuple(min(last, size) - first for size in years.sizes if size > first)
        cuts = [
            slice(start + first, start + first + size)
            for start, size in zip(starts, sizes, strict=False)
        ]
        yield combined([losses], Years(sizes), partial(_cut, cuts))
        first = last


def _last(years: Years, first: int, most_events: int) -> int:
    """Return the year before which a piece ends; the first year has the most events."""
    events = sum(size > first for size in years.sizes)
    return min(first + max(most_events // events, 1), years.n_years)


def _cut(cuts: Sequence[slice], parts: Sequence[Any]) -> Any:
    """Return the rows of some slices of a column."""
    return np.concatenate([parts[0][part] for part in cuts])
