"""Count what plans do with one block of simulated years (区画ごとの集計).

What no limit changes is counted once for all plans that differ in their limits alone; each plan
then adds what its limits change, in the few years in which they can. What the counts mean is left
to ``measures``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exposure.arrays import BoolArray, FloatArray, Years
from exposure.measures.adequacy import Tally
from exposure.policy.bound import Bound, Unlimited, pay_bound, pay_unlimited
from exposure.policy.eligible import Eligible, EligibleCache
from exposure.policy.payout import Payment
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, PolicyPeriod
from exposure.study.binding import PER_UNIT, within
from exposure.tables import LossTable


@dataclass(frozen=True)
class TakenUp:
    """What one cover takes up of a block, as yes or no and in sums; no limit changes it.

    Parameters
    ----------
    covered : (n_events,) array of bool
        The cover responds.
    capped : (n_events,) array of bool, or None
        A cap per unit cuts the event; None if there is no cap.
    unpaid : tuple of float
        Of all events: excluded, outside the window, above a cap per unit. [JPY]
    """

    covered: BoolArray
    capped: BoolArray | None
    unpaid: tuple[float, float, float]


def taken_up(own: Eligible) -> TakenUp:
    """Count what one cover takes up."""
    capped = None if own.capped is own.in_window else own.capped < own.in_window
    steps = (own.loss, own.covered), (own.covered, own.in_window), (own.in_window, own.capped)
    excluded, window, per_unit = (_lost(before, after) for before, after in steps)
    return TakenUp(own.covered > 0, capped, (excluded, window, per_unit))


def _lost(before: FloatArray, after: FloatArray) -> float:
    """Return what a step takes away in all. Whole yen add up exactly in any order. [JPY]."""
    return 0.0 if after is before else float(before.sum()) - float(after.sum())


@dataclass(frozen=True)
class Cases:
    """Events a cover or plan responds to, and those of them that no limit cuts.

    Parameters
    ----------
    covered, enough : (n_events,) array of bool
    """

    covered: BoolArray
    enough: BoolArray

    @cached_property
    def tally(self) -> Tally:
        """Tally of all events."""
        return Tally(int(np.count_nonzero(self.enough)), int(np.count_nonzero(self.covered)))

    def less(self, cut: BoolArray, bound: Bound) -> Tally:
        """Return the tally if limits cut these of the bound events."""
        lost = int(np.count_nonzero(self.enough[bound.events] & cut))
        return Tally(self.tally.n_ok - lost, self.tally.n)


class FamilyCount:
    """One block under plans that differ in their limits alone.

    Parameters
    ----------
    unlimited : Unlimited
    gross : (n_years,) array, or None
        Needed for what is retained. [JPY]
    known : dict
        What covers take up, by identity, shared by all families of the block.
    """

    def __init__(
        self, unlimited: Unlimited, gross: FloatArray | None, known: dict[int, TakenUp]
    ) -> None:
        self.unlimited, self._gross, self._known = unlimited, gross, known
        self.years: Years = unlimited.table.losses.events.years
        self._sections: dict[str, Cases] = {}

    @property
    def gross(self) -> FloatArray:
        """Loss of each year. (n_years,) array [JPY]."""
        assert self._gross is not None  # given wherever it is asked for
        return self._gross

    @cached_property
    def own(self) -> dict[str, TakenUp]:
        """What each cover takes up; covers without losses are left out."""
        found: dict[str, TakenUp] = {}
        for name, payment in self.unlimited.table.payments.items():
            if payment.own.is_empty:
                continue
            key = id(payment.own)
            if key not in self._known:
                self._known[key] = taken_up(payment.own)
            found[name] = self._known[key]
        return found

    @cached_property
    def cases(self) -> Cases:
        """Events that any cover responds to."""
        return self._cases(tuple(self.own))

    def _cases(self, names: tuple[str, ...]) -> Cases:
        covered = np.zeros(self.years.n_events, dtype=np.bool_)
        cut = np.zeros(self.years.n_events, dtype=np.bool_)
        for name in names:
            if name in self.own:
                covered |= self.own[name].covered
                capped = self.own[name].capped
                if capped is not None:
                    cut |= capped
        return Cases(covered, covered & ~cut)

    def section(self, plan: Plan, name: str) -> tuple[tuple[str, ...], Cases]:
        """Return a section with the covers inside it, and the events it responds to."""
        names = within(plan, name)
        if name not in self._sections:
            self._sections[name] = self._cases(names)
        return names, self._sections[name]

    @cached_property
    def paid(self) -> FloatArray:
        """Payments of each year. (n_years,) array [JPY]."""
        table = self.unlimited.table
        for name, demand in self.unlimited.demand.items():
            payment = table.payments[name]
            # A cover that alone is paid hands its sums on as they are.
            if payment.after_ratio is table.paid and not table.plan.is_reference(name):
                return demand
        return self.years.sum(table.paid)

    @cached_property
    def paid_total(self) -> float:
        """Payments of all years. [JPY]."""
        return float(self.paid.sum())

    @cached_property
    def retained(self) -> FloatArray:
        """Loss the client keeps in each year. (n_years,) array [JPY]."""
        return self.gross - self.paid

    @cached_property
    def counted(self) -> tuple[BoolArray, BoolArray]:
        """Years with a covered event, and those of them in which all had enough."""
        cases = self.cases
        covered = self.years.any(cases.covered)
        return covered, covered & ~self.years.any(cases.covered & ~cases.enough)

    @cached_property
    def year(self) -> Tally:
        """Tally of the years."""
        covered, enough = self.counted
        return Tally(int(np.count_nonzero(enough)), int(np.count_nonzero(covered)))

    @cached_property
    def own_terms(self) -> tuple[tuple[str, FloatArray], ...]:
        """What deductibles and shares leave unpaid, event by event. [JPY]."""
        return tuple(
            (reason, before - after)
            for payment in self.unlimited.table.payments.values()
            for reason, before, after in _own_terms(payment)
            if after is not before
        )

    @cached_property
    def unpaid(self) -> dict[str, float]:
        """Unpaid loss of all events by reason, without limits. [JPY]."""
        total = dict.fromkeys(REASONS, 0.0)
        total["not_covered"] += float(self.unlimited.table.not_covered.sum())
        for own in self.own.values():
            for reason, amount in zip(("excluded", "window", "per_unit"), own.unpaid, strict=True):
                total[reason] += amount
        for reason, amounts in self.own_terms:
            total[reason] += float(amounts.sum())
        return total


def _own_terms(payment: Payment) -> tuple[tuple[str, FloatArray, FloatArray], ...]:
    return (
        ("deductible", payment.eligible, payment.after_deductible),
        ("share", payment.after_deductible, payment.after_share),
    )


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
        return {
            name: payment.payable < payment.after_share
            for name, payment in self.bound.payments.items()
            if payment.payable is not payment.after_share
        }

    @cached_property
    def any_cut(self) -> BoolArray:
        """Bound events that some limit cuts."""
        return self._cut_by(tuple(self.cut))

    def _cut_by(self, names: tuple[str, ...]) -> BoolArray:
        found = np.zeros(self.bound.events.size, dtype=np.bool_)
        for name in names:
            if name in self.cut:
                found |= self.cut[name]
        return found

    @cached_property
    def paid(self) -> FloatArray:
        """Payments of each bound year. [JPY]."""
        return self.bound.years.sum(self.bound.payments[self.plan.layers[-1].name].payable)

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
        free = float(self.family.paid[self.bound.place].sum())
        return self.family.paid_total - free + float(self.paid.sum())

    def event(self) -> Tally:
        """Return covered events, and those in which no limit bit."""
        return self.family.cases.less(self.any_cut, self.bound)

    def year(self) -> Tally:
        """Return years with a covered event, and those in which no limit bit."""
        bound, (_, enough) = self.bound, self.family.counted
        covered = self.family.cases.covered[bound.events]
        lost = enough[bound.place] & bound.years.any(covered & self.any_cut)
        before = self.family.year
        return Tally(before.n_ok - int(np.count_nonzero(lost)), before.n)

    def exhausted(self) -> Tally:
        """Return the years in which the overall limit was used to the last yen."""
        years = self.bound.years
        used = np.zeros(years.n_years, dtype=np.bool_)
        for name in self.plan.wording.plan.limit_covers:
            payment = self.bound.payments[name]
            if math.isfinite(payment.layer.period_limit):
                used |= years.sum(payment.payable) >= payment.layer.period_limit
            elif math.isfinite(payment.layer.event_limit):
                used |= years.any(payment.payable >= payment.layer.event_limit)
        return Tally(int(np.count_nonzero(used)), self.family.years.n_years)

    def unpaid(self) -> Mapping[str, float]:
        """Return the unpaid loss of all events by reason. [JPY]."""
        total = dict(self.family.unpaid)
        for reason, amounts in self.family.own_terms:
            total[reason] -= float(amounts[self.bound.events].sum())
        overall = self.plan.wording.plan.limit_covers
        for name, payment in self.bound.payments.items():
            for reason, before, after in _own_terms(payment):
                total[reason] += _lost(before, after)
            # The ratio cuts what is paid outside a limit because damages exceed that limit.
            total["limit"] += _lost(payment.after_share, payment.after_ratio)
            limit = "limit" if name in overall else "sublimit"
            total[limit] += _lost(payment.after_ratio, payment.payable)
        return total

    def cuts(self) -> dict[str, int]:
        """Return the events that each limit cuts, by the names of ``binding.cuts``."""
        found: dict[str, int] = {}
        for name in self.bound.payments:
            own = self.family.own.get(name)
            if own is not None and own.capped is not None:
                found[name + PER_UNIT] = int(np.count_nonzero(own.capped))
            if name in self.cut:
                found[name] = int(np.count_nonzero(self.cut[name]))
        return found

    def sections(self) -> dict[str, Tally]:
        """Return the events each section covers, and those within every limit of the section."""
        found: dict[str, Tally] = {}
        for section in self.plan.sections:
            if self.plan.layer(section).attached:
                names, cases = self.family.section(self.plan, section)
                found[section] = cases.less(self._cut_by(names), self.bound)
        return found


def counts(
    asked: Sequence[tuple[Plan, object]],
    losses: LossTable,
    gross: FloatArray | None,
    period: PolicyPeriod,
) -> Iterator[PlanCount]:
    """Count what each plan does with a block, in the order given (プランごとの集計).

    Parameters
    ----------
    asked : sequence of (Plan, object)
        Each with the key of its family.
    losses : LossTable
        Of the block.
    gross : (n_years,) array, or None
        Needed for what is retained. [JPY]
    period : PolicyPeriod
    """
    cache = EligibleCache()
    known: dict[int, TakenUp] = {}
    families: dict[object, FamilyCount] = {}
    for plan, key in asked:
        if key not in families:
            families[key] = FamilyCount(pay_unlimited(plan, losses, period, cache), gross, known)
        family = families[key]
        yield PlanCount(plan, family, pay_bound(plan, family.unlimited))
