"""Count what plans that differ in their limits alone do with one block of years (区画ごとの集計).

What no limit changes, and what the widest of their limits do. What each plan's own limits change is
added in ``tallies``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray, Years
from exposure.measures.adequacy import Tally, event_tally
from exposure.measures.pairs import Counts, changed_pairs, several
from exposure.policy.bound import Bound, Widest
from exposure.policy.eligible import Eligible, added
from exposure.policy.payout import Payment
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, ROOT
from exposure.study.binding import within


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

    @cached_property
    def n_capped(self) -> int:
        """Number of events that a cap per unit cuts."""
        return 0 if self.capped is None else int(np.count_nonzero(self.capped))


def taken_up(own: Eligible) -> TakenUp:
    """Count what one cover takes up."""
    capped = None if own.capped is own.in_window else own.capped < own.in_window
    steps = (own.loss, own.covered), (own.covered, own.in_window), (own.in_window, own.capped)
    excluded, window, per_unit = (lost(before, after) for before, after in steps)
    return TakenUp(own.covered > 0, capped, (excluded, window, per_unit))


def lost(before: FloatArray, after: FloatArray) -> float:
    """Return what a step takes away in all. Whole yen add up exactly in any order. [JPY]."""
    return 0.0 if after is before else float(before.sum()) - float(after.sum())


@dataclass(frozen=True)
class Cases:
    """Events a cover or plan responds to, and those of them that its limits leave whole.

    Parameters
    ----------
    covered : (n_events,) array of bool
    uncapped : (n_events,) array of bool
        Covered events that no cap per unit cuts.
    enough : (n_events,) array of bool
        Those of them that the widest limits do not cut either.
    years : Years
        Which event belongs to which year.
    """

    covered: BoolArray
    uncapped: BoolArray
    enough: BoolArray
    years: Years

    @cached_property
    def tally(self) -> Tally:
        """Tally of all events under the widest limits."""
        return event_tally(self.enough, self.covered, self.years)

    @cached_property
    def by_year(self) -> tuple[Counts, Counts]:
        """Events with enough, and covered events, of each year with more than one event."""
        return several(self.enough, self.years), several(self.covered, self.years)

    def under(self, bound: Bound, cut: BoolArray) -> tuple[BoolArray, Tally]:
        """Return which bound events have enough if limits cut these, and the tally of all."""
        if not bound.place.size:
            return cut, self.tally
        enough = self.uncapped[bound.events] & ~cut
        change = int(np.count_nonzero(enough)) - int(np.count_nonzero(self.enough[bound.events]))
        now = several(enough, bound.years)
        # Years come in order of their number of events, bound ones too.
        before, covered = (count[bound.place[: now.size]] for count in self.by_year)
        pairs = self.tally.pairs + changed_pairs(before, now, covered)
        return enough, Tally(self.tally.n_ok + change, self.tally.n, pairs)


class FamilyCount:
    """One block under the widest limits of plans that differ in their limits alone.

    Parameters
    ----------
    widest : Widest
    gross : (n_years,) array, or None
        Needed for what is retained. [JPY]
    known : dict
        What covers take up, by identity, shared by all families of the block.
    """

    def __init__(self, widest: Widest, gross: FloatArray | None, known: dict[int, TakenUp]) -> None:
        self.widest, self._gross, self._known = widest, gross, known
        self.years: Years = widest.table.losses.events.years
        self._sections: dict[str, Cases] = {}
        self._used: dict[tuple[str, ...], tuple[BoolArray, int]] = {}

    @property
    def gross(self) -> FloatArray:
        """Loss of each year. (n_years,) array [JPY]."""
        assert self._gross is not None  # given wherever it is asked for
        return self._gross

    @cached_property
    def own(self) -> dict[str, TakenUp]:
        """What each cover takes up; covers without losses are left out."""
        found: dict[str, TakenUp] = {}
        for name, payment in self.widest.table.payments.items():
            if payment.own.is_empty:
                continue
            key = id(payment.own)
            if key not in self._known:
                self._known[key] = taken_up(payment.own)
            found[name] = self._known[key]
        return found

    @cached_property
    def cut(self) -> dict[str, BoolArray]:
        """Events that each limit cuts, by cover."""
        return cut_by(self.widest.table.payments)

    @cached_property
    def n_cut(self) -> dict[str, int]:
        """Number of events that each limit cuts, by cover."""
        return {name: int(np.count_nonzero(flag)) for name, flag in self.cut.items()}

    @cached_property
    def cases(self) -> Cases:
        """Events that any cover responds to."""
        return self._cases(tuple(self.widest.table.payments))

    def _cases(self, names: tuple[str, ...]) -> Cases:
        n_events = self.years.n_events
        covered, capped = np.zeros(n_events, dtype=np.bool_), np.zeros(n_events, dtype=np.bool_)
        for name in names:
            if name in self.own:
                covered |= self.own[name].covered
                own = self.own[name].capped
                if own is not None:
                    capped |= own
        uncapped = covered & ~capped
        enough = uncapped & ~any_of(self.cut, names, n_events)
        return Cases(covered, uncapped, enough, self.years)

    def section(self, plan: Plan, name: str) -> tuple[tuple[str, ...], Cases]:
        """Return a section with the covers inside it, and the events it responds to."""
        names = within(plan, name)
        if name not in self._sections:
            self._sections[name] = self._cases(names)
        return names, self._sections[name]

    @cached_property
    def paid(self) -> FloatArray:
        """Payments of each year. (n_years,) array [JPY]."""
        return self.widest.paid(ROOT)

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

    def used_up(self, names: tuple[str, ...]) -> tuple[BoolArray, int]:
        """Return the years in which any of these limits is used to the last yen, and how many."""
        if names not in self._used:
            used = np.zeros(self.years.n_years, dtype=np.bool_)
            for name in names:
                payment = self.widest.table.payments[name]
                used |= used_up(payment, self.years, self.widest.paid(name))
            self._used[names] = used, int(np.count_nonzero(used))
        return self._used[names]

    def lost(self, events: IntArray) -> dict[str, float]:
        """Return what terms that limits can change leave unpaid of some events. [JPY]."""
        return {reason: float(amount[events].sum()) for reason, amount in self._lost.items()}

    @cached_property
    def _lost(self) -> dict[str, FloatArray]:
        found: dict[str, list[FloatArray]] = {}
        table = self.widest.table
        for reason, before, after in terms_of(table.plan, table.payments, changing=True):
            if after is not before:
                found.setdefault(reason, []).append(before - after)
        return {reason: added(amounts) for reason, amounts in found.items()}

    @cached_property
    def unpaid(self) -> dict[str, float]:
        """Unpaid loss of all events by reason. [JPY]."""
        total = dict.fromkeys(REASONS, 0.0)
        total["not_covered"] += float(self.widest.table.not_covered.sum())
        for own in self.own.values():
            for reason, amount in zip(("excluded", "window", "per_unit"), own.unpaid, strict=True):
                total[reason] += amount
        for reason, before, after in terms_of(self.widest.table.plan, self.widest.table.payments):
            total[reason] += lost(before, after)
        return total


def cut_by(payments: Mapping[str, Payment]) -> dict[str, BoolArray]:
    """Say which events each limit cuts, by cover; covers without a limit are left out."""
    return {
        name: payment.payable < payment.after_share
        for name, payment in payments.items()
        if payment.payable is not payment.after_share
    }


def any_of(flags: Mapping[str, BoolArray], names: tuple[str, ...], size: int) -> BoolArray:
    """Say where any of the flags so named is set."""
    found = np.zeros(size, dtype=np.bool_)
    for name in names:
        if name in flags:
            found |= flags[name]
    return found


def terms_of(
    plan: Plan, payments: Mapping[str, Payment], *, changing: bool = False
) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Yield each term after the caps per unit: its reason, and the yen before and after it.

    If ``changing``, only terms that depend on the limits of some cover.
    """
    overall = plan.wording.plan.limit_covers
    for name, payment in payments.items():
        if not (changing and payment.layer.is_innermost):
            yield "deductible", payment.eligible, payment.after_deductible
            yield "share", payment.after_deductible, payment.after_share
            # The ratio cuts what is paid outside a limit because damages exceed that limit.
            yield "limit", payment.after_share, payment.after_ratio
        yield "limit" if name in overall else "sublimit", payment.after_ratio, payment.payable


def used_up(payment: Payment, years: Years, paid: FloatArray) -> BoolArray:
    """Say in which years a cover pays its limit to the last yen. (n_years,) array."""
    layer = payment.layer
    if math.isfinite(layer.period_limit):
        return paid >= layer.period_limit
    if math.isfinite(layer.event_limit):
        return years.any(payment.payable >= layer.event_limit)
    return np.zeros(years.n_years, dtype=np.bool_)
