"""Count one block of simulated years, once for all plans (区画ごとの集計).

What a cover takes up, cuts and pays is counted for the cover, however many plans have it. What the
counts of a whole plan are is left to ``tallies``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray, Years
from exposure.lazy import Shared, lazy
from exposure.measures.adequacy import Tally
from exposure.measures.pairs import Counts, CoveredYears, each_year
from exposure.policy.assignment import losses_for
from exposure.policy.payments import Eligible, Payment
from exposure.policy.payout import PayoutTable, pay
from exposure.policy.plans import Plan
from exposure.policy.terms import PolicyPeriod
from exposure.tables import LossTable


@dataclass(frozen=True)
class TakenUp:
    """What one cover takes up of a block, as yes or no and in sums.

    Parameters
    ----------
    covered : (n_events,) array of bool
        The cover responds.
    capped : (n_events,) array of bool, or None
        A cap per unit cuts the event; None if there is no cap.
    unpaid : mapping of str to float
        Of all events, by reason. [JPY]
    """

    covered: BoolArray
    capped: BoolArray | None
    unpaid: dict[str, float]

    @lazy
    def n_capped(self) -> int:
        """Number of events that a cap per unit cuts."""
        return 0 if self.capped is None else int(np.count_nonzero(self.capped))


@dataclass(frozen=True)
class Cut:
    """What the terms of one cover leave unpaid of what it takes up.

    Parameters
    ----------
    flag : (n_events,) array of bool, or None
        A limit cuts the event; None if none of them does.
    limits : float
        Of all years, because of the limits. [JPY]
    by_year : (n_years,) array, or None
        Of each year, because of the limits; None if they take nothing. [JPY]
    unpaid : mapping of str to float
        Of all events, because of other terms, by reason. [JPY]
    """

    flag: BoolArray | None
    limits: float
    by_year: FloatArray | None
    unpaid: dict[str, float]

    @lazy
    def squares(self) -> float:
        """Sum of the squares of what the limits take of each year. [JPY²]."""
        return 0.0 if self.by_year is None else float(np.square(self.by_year).sum())

    @lazy
    def number(self) -> int:
        """Number of events that a limit cuts."""
        return 0 if self.flag is None else int(np.count_nonzero(self.flag))


@dataclass(frozen=True)
class Cases:
    """Events of each year that some covers respond to, and those they leave whole.

    Parameters
    ----------
    enough, covered : (n_years,) array
        [event]
    tally : Tally
        Of all events.
    """

    enough: Counts
    covered: Counts
    tally: Tally

    @lazy
    def year(self) -> Tally:
        """Tally of the years with a covered event, and those in which all had enough."""
        counted = self.covered > 0
        whole = counted & (self.enough == self.covered)
        return Tally(int(np.count_nonzero(whole)), int(np.count_nonzero(counted)))


class BlockCount:
    """One block of years, paid and counted under any number of plans.

    Parameters
    ----------
    losses : LossTable
        Of the block.
    period : PolicyPeriod
    """

    def __init__(self, losses: LossTable, period: PolicyPeriod) -> None:
        self.losses, self.period = losses, period
        self.years: Years = losses.events.years
        self._shared = Shared()

    def paid(self, plan: Plan) -> PayoutTable:
        """Pay the block under a plan."""
        named = losses_for(plan, self.losses, self._shared)
        return pay(plan, named, self.period, shared=self._shared)

    def total(self, amount: FloatArray) -> float:
        """Return the total of events or years; an array that is kept is added up once. [JPY]."""
        return self._shared.once("total", lambda: float(amount.sum()), amount)

    def taken_up(self, own: Eligible) -> TakenUp:
        """Count what one cover takes up."""
        return self._shared.once("taken up", lambda: self._taken_up(own), own)

    def _taken_up(self, own: Eligible) -> TakenUp:
        capped = None if own.capped is own.in_window else own.capped < own.in_window
        unpaid = {
            "excluded": self._lost(own.loss, own.covered),
            "window": self._lost(own.covered, own.in_window),
            "per_unit": self._lost(own.in_window, own.capped),
        }
        return TakenUp(own.covered > 0, capped, unpaid)

    def _lost(self, before: FloatArray, after: FloatArray) -> float:
        """Return what a step takes away in all. Whole yen add up exactly in any order. [JPY]."""
        return 0.0 if after is before else self.total(before) - self.total(after)

    def cut(self, payment: Payment) -> Cut:
        """Count what the terms of one cover leave unpaid."""
        return self._shared.once("cut", lambda: self._cut(payment), payment)

    def _cut(self, payment: Payment) -> Cut:
        due = payment.due
        if not (due.has_terms or payment.is_reached):
            return Cut(None, 0.0, None, {})  # without a look at any event
        unpaid = {
            "deductible": self._lost(due.eligible, due.after_deductible),
            "share": self._lost(due.after_deductible, due.after_share),
            # The ratio cuts what is paid outside a limit because damages exceed that limit.
            "limit": self._lost(due.after_share, due.after_ratio),
        }
        uncut = payment.payable is due.after_share
        flag = None if uncut else payment.payable < due.after_share
        limits = self._lost(due.each_year, payment.each_year)
        by_year = due.each_year - payment.each_year if limits else None
        return Cut(flag, limits, by_year, unpaid)

    def cut_events(self, cuts: Sequence[Cut]) -> int:
        """Return the number of events that a limit of any of some covers cuts."""
        cutting = [cut for cut in cuts if cut.flag is not None]

        def count() -> int:
            flags = [cut.flag for cut in cutting]
            return int(np.count_nonzero(_any_of(flags, self.years.n_events)))

        return self._shared.once("cut events", count, *cutting)

    def used_up(self, payment: Payment) -> BoolArray:
        """Say in which years a cover pays its limit to the last yen. (n_years,) array."""
        return self._shared.once("used up", lambda: self._used_up(payment), payment)

    def _used_up(self, payment: Payment) -> BoolArray:
        layer = payment.layer
        if math.isfinite(layer.period_limit):
            return payment.each_year >= layer.period_limit
        if math.isfinite(layer.event_limit):
            return self.years.any(payment.payable >= layer.event_limit)
        return np.zeros(self.years.n_years, dtype=np.bool_)

    def cases(self, owns: Sequence[TakenUp], cuts: Sequence[Cut]) -> Cases:
        """Count the events that some covers respond to, and those that their limits leave whole.

        Parameters
        ----------
        owns, cuts : sequence
            From `taken_up` and `cut`, of these covers.
        """
        cuts = [cut for cut in cuts if cut.flag is not None]
        key = "cases", len(owns)
        return self._shared.once(key, lambda: self._cases(owns, cuts), *owns, *cuts)

    def _cases(self, owns: Sequence[TakenUp], cuts: Sequence[Cut]) -> Cases:
        asked = self._shared.once("asked", lambda: self._asked(owns), *owns)
        whole = asked.uncapped
        if cuts:
            whole = whole & ~_any_of([cut.flag for cut in cuts], whole.size)
        enough = each_year(whole, self.years)
        pairs = asked.several.pairs(enough[: self.years.n_several])
        tally = Tally(int(np.count_nonzero(whole)), asked.number, pairs)
        return Cases(enough, asked.covered, tally)

    def _asked(self, owns: Sequence[TakenUp]) -> _Asked:
        covered = _any_of([own.covered for own in owns], self.years.n_events)
        capped = _any_of([own.capped for own in owns], covered.size)
        by_year = each_year(covered, self.years)
        several = CoveredYears(by_year[: self.years.n_several])
        return _Asked(covered & ~capped, by_year, several, int(np.count_nonzero(covered)))


@dataclass(frozen=True)
class _Asked:
    """Covered events without a cap that cuts them; all by year, where several, in number."""

    uncapped: BoolArray
    covered: Counts
    several: CoveredYears
    number: int


def _any_of(flags: Sequence[BoolArray | None], n_events: int) -> BoolArray:
    found = np.zeros(n_events, dtype=np.bool_)
    for flag in flags:
        if flag is not None:
            found |= flag
    return found
