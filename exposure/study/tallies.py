"""Count what each plan does with one block of simulated years (区画ごとの集計).

Plans that differ in their limits alone are counted once under the widest of these limits; each plan
then changes what its tighter limits change, in the few years in which they can. What the counts
mean is left to ``measures``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.measures.adequacy import Tally
from exposure.policy.bound import Bound, pay_bound, pay_widest
from exposure.policy.eligible import EligibleCache
from exposure.policy.plans import Plan
from exposure.policy.terms import ROOT, PolicyPeriod
from exposure.study.binding import PER_UNIT
from exposure.study.families import (
    FamilyCount,
    TakenUp,
    any_of,
    cut_by,
    lost,
    terms_of,
    used_up,
)
from exposure.tables import LossTable


@dataclass(frozen=True)
class PlanCount:
    """What one plan does with a block, from its family and its bound years.

    Parameters
    ----------
    plan : Plan
    family : FamilyCount
    bound : Bound
    """

    plan: Plan
    family: FamilyCount
    bound: Bound

    @cached_property
    def cut(self) -> dict[str, BoolArray]:
        """Bound events that each limit cuts, by cover."""
        return cut_by(self.bound.payments)

    def _cut_by(self, names: tuple[str, ...]) -> BoolArray:
        return any_of(self.cut, names, self.bound.events.size)

    @cached_property
    def paid(self) -> FloatArray:
        """Payments of each bound year. [JPY]."""
        return self._paid_by(ROOT) if self.bound.payments else np.zeros(0)

    def _paid_by(self, name: str) -> FloatArray:
        payable, whole = (self.bound.payments[one].payable for one in (name, ROOT))
        if name != ROOT and payable is whole:
            return self.paid
        return self.bound.years.sum(payable)

    def retained(self, out: FloatArray) -> None:
        """Write the loss the client keeps in each year. [JPY]."""
        place = self.bound.place
        out[:] = self.family.retained
        out[place] = self.family.gross[place] - self.paid

    def paid_each_year(self, out: FloatArray) -> None:
        """Write the payments of each year. [JPY]."""
        out[:] = self.family.paid
        out[self.bound.place] = self.paid

    def paid_total(self) -> float:
        """Return the payments of all years. [JPY]."""
        wide = float(self.family.paid[self.bound.place].sum())
        return self.family.paid_total - wide + float(self.paid.sum())

    @cached_property
    def _event(self) -> tuple[BoolArray, Tally]:
        return self.family.cases.under(self.bound, self._cut_by(tuple(self.cut)))

    def event(self) -> Tally:
        """Return covered events, and those in which no limit bit."""
        return self._event[1]

    def year(self) -> Tally:
        """Return years with a covered event, and those in which no limit bit."""
        bound, (covered, enough) = self.bound, self.family.counted
        whole = self.family.year
        if not bound.place.size:
            return whole
        short = self.family.cases.covered[bound.events] & ~self._event[0]
        now = covered[bound.place] & ~bound.years.any(short)
        change = int(np.count_nonzero(now)) - int(np.count_nonzero(enough[bound.place]))
        return Tally(whole.n_ok + change, whole.n)

    def exhausted(self) -> Tally:
        """Return the years in which the overall limit was used to the last yen."""
        wide = self.family.widest.table.plan
        covers = self.plan.wording.plan.limit_covers
        # Outside the bound years a tighter limit is not used up.
        same = tuple(name for name in covers if _asked(self.plan, name) == _asked(wide, name))
        used, number = self.family.used_up(same)
        place = self.bound.place
        if place.size:
            own = np.zeros(place.size, dtype=np.bool_)
            for name in covers:
                own |= used_up(self.bound.payments[name], self.bound.years, self._paid_by(name))
            number += int(np.count_nonzero(own)) - int(np.count_nonzero(used[place]))
        return Tally(number, self.family.years.n_years)

    def unpaid(self) -> Mapping[str, float]:
        """Return the unpaid loss of all events by reason. [JPY]."""
        total = dict(self.family.unpaid)
        if not self.bound.place.size:
            return total
        for reason, amount in self.family.lost(self.bound.events).items():
            total[reason] -= amount
        for reason, before, after in terms_of(self.plan, self.bound.payments, changing=True):
            total[reason] += lost(before, after)
        return total

    def cuts(self) -> dict[str, int]:
        """Return the events that each limit cuts, by the names of ``binding.cuts``."""
        found: dict[str, int] = {}
        for name, payment in self.family.widest.table.payments.items():
            own = self.family.own.get(name)
            if own is not None and own.capped is not None:
                found[name + PER_UNIT] = own.n_capped
            limited = self.plan.layer(name).is_limited and not payment.is_empty
            if limited or name in self.family.cut:
                found[name] = self._n_cut(name)
        return found

    def _n_cut(self, name: str) -> int:
        number = self.family.n_cut.get(name, 0)
        if name in self.family.cut and self.bound.place.size:
            number -= int(np.count_nonzero(self.family.cut[name][self.bound.events]))
        return number + (int(np.count_nonzero(self.cut[name])) if name in self.cut else 0)

    def sections(self) -> dict[str, Tally]:
        """Return the events each section covers, and those within every limit of the section."""
        found: dict[str, Tally] = {}
        for section in self.plan.sections:
            if self.plan.layer(section).attached:
                names, cases = self.family.section(self.plan, section)
                found[section] = cases.under(self.bound, self._cut_by(names))[1]
        return found


def _asked(plan: Plan, name: str) -> tuple[bool, float]:
    """Return the limit that says whether a cover is used up, and whether it is of the period."""
    layer = plan.layer(name)
    of_period = math.isfinite(layer.period_limit)
    return of_period, layer.period_limit if of_period else layer.event_limit


def counts(
    asked: Sequence[tuple[Plan, Plan]],
    losses: LossTable,
    gross: FloatArray | None,
    period: PolicyPeriod,
) -> Iterator[PlanCount]:
    """Count what each plan does with a block, in the order given (プランごとの集計).

    Parameters
    ----------
    asked : sequence of (Plan, Plan)
        From `exposure.policy.bound.with_widest`.
    losses : LossTable
        Of the block.
    gross : (n_years,) array, or None
        Needed for what is retained. [JPY]
    period : PolicyPeriod
    """
    cache = EligibleCache()
    known: dict[int, TakenUp] = {}
    families: dict[int, FamilyCount] = {}
    for plan, widest in asked:
        if id(widest) not in families:
            paid = pay_widest(widest, losses, period, cache)
            families[id(widest)] = FamilyCount(paid, gross, known)
        family = families[id(widest)]
        yield PlanCount(plan, family, pay_bound(plan, family.widest))
