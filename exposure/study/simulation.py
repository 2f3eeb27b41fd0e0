"""Simulate a client's years block by block and push them through every plan.

Keeps what the measures need and drops the events of a block when it is done, so that memory does
not grow with the detail. What the numbers mean is left to ``measures``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.measures.adequacy import Tally, event_tally, year_tally
from exposure.model.build import BreachModel
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses, response_costs
from exposure.policy.payout import EligibleCache, PayoutTable, pay
from exposure.policy.plans import Plan
from exposure.policy.simulated import losses_for
from exposure.policy.terms import REASONS, PolicyPeriod
from exposure.study.binding import any_cut, cuts, within
from exposure.tables import Annual, LossTable

# Years of a block: few enough that its arrays stay in the cache. The streams are numbered by block,
# so another size is another simulation.
BLOCK_YEARS = 2**14

Progress = Callable[[int, int], None]
_NONE = Tally(0, 0)


@dataclass(frozen=True)
class PlanYears:
    """What a plan did with the simulated years (プランの模擬結果).

    Parameters
    ----------
    retained : (n_years,) array
        Annual loss the client keeps. [JPY]
    paid_total : float
        Payments of all loss years together. [JPY]
    unpaid : mapping of str to float
        Unpaid loss of all loss years together, by reason. [JPY]
    event, year : Tally
        Covered breaches, and years with one, in which no limit bit.
    exhausted : Tally
        Loss years in which the overall limit was used up.
    sections : mapping of str to Tally
        Breaches each section covers, and those within every limit of the section.
    cuts : mapping of str to int
        Covered breaches that each limit cuts, by the names of ``binding.cuts``.
    """

    retained: FloatArray
    paid_total: float
    unpaid: dict[str, float]
    event: Tally
    year: Tally
    exhausted: Tally
    sections: dict[str, Tally]
    cuts: dict[str, int]

    @property
    def cut_shares(self) -> dict[str, float]:
        """Share of the covered breaches that each limit cuts. [-]."""
        return {term: count / max(self.event.n, 1) for term, count in self.cuts.items()}


@dataclass(frozen=True)
class RegimeYears:
    """The simulated years under one regime (賠償前提ごとの模擬結果).

    Parameters
    ----------
    gross, largest : (n_years,) array
        Annual sum and largest event. [JPY]
    events : (n_events,) array
        Loss of each event. [JPY]
    by_head, by_cause : mapping of str to float
        Loss of all years together. [JPY]
    count_by_cause : mapping of str to int
        Events of each cause.
    plans : tuple of PlanYears
        In the order of the plans given.
    ladder : tuple of (Tally, Tally)
        Per event and per year, of the plans of which only the adequacy is asked.
    """

    gross: FloatArray
    largest: FloatArray
    events: FloatArray
    by_head: dict[str, float]
    by_cause: dict[str, float]
    count_by_cause: dict[str, int]
    plans: tuple[PlanYears, ...]
    ladder: tuple[tuple[Tally, Tally], ...]
    empty_probability: float

    def annual(self, values: FloatArray) -> Annual:
        """Attach the probability of the empty years to a vector over the loss years."""
        return Annual(values, self.empty_probability)


def simulate_study(
    model: BreachModel,
    regimes: Sequence[str],
    plans: Sequence[Plan],
    ladder: Sequence[Plan],
    *,
    loss_years: int,
    seed: int,
    progress: Progress | None = None,
    by_reason: bool = True,
) -> dict[str, RegimeYears]:
    """Simulate loss years and pay them under every plan (模擬計算).

    Parameters
    ----------
    model : BreachModel
    regimes : sequence of str
        Each on the same events and response costs.
    plans, ladder : sequence of Plan
        Plans measured in full, and plans of which only the adequacy is asked.
    loss_years : int
        Simulated policy years with at least one event. [year]
    seed : int
    progress : callable, optional
        Called with loss years done and loss years in all.
    by_reason : bool
        Also add up what is unpaid by reason, and count by section and by limit.

    Returns
    -------
    dict of str to RegimeYears
    """
    period = policy_period(model)
    collected = {regime: _Collector(len(plans), len(ladder), by_reason) for regime in regimes}
    done = 0
    for block in range(-(-loss_years // BLOCK_YEARS)):
        n_years = min(BLOCK_YEARS, loss_years - done)
        events = simulate_events(model, n_years, seed, block)
        response = response_costs(model, events, seed, block)
        for regime in regimes:
            losses = price_losses(model, events, regime, seed, block, response)
            collected[regime].take(losses, plans, ladder, period)
        done += n_years
        if progress is not None:
            progress(done, loss_years)
    return {
        regime: collector.finish(model.empty_probability) for regime, collector in collected.items()
    }


def years_of(
    model: BreachModel, losses: LossTable, plans: Sequence[Plan], ladder: Sequence[Plan]
) -> RegimeYears:
    """Pay one table of losses under every plan (1区画の支払).

    Parameters
    ----------
    model : BreachModel
    losses : LossTable
        Of one block and one regime.
    plans, ladder : sequence of Plan
        As in `simulate_study`.
    """
    collector = _Collector(len(plans), len(ladder), by_reason=True)
    collector.take(losses, plans, ladder, policy_period(model))
    return collector.finish(model.empty_probability)


def policy_period(model: BreachModel) -> PolicyPeriod:
    """Return the policy period of the simulated years; the client buys on its first day."""
    start = model.inception.astype(object)
    return PolicyPeriod(start=start, end=model.last_day.astype(object), first_inception=start)


@dataclass
class _PlanCollector:
    by_reason: bool
    retained: list[FloatArray] = field(default_factory=list)
    paid_total: float = 0.0
    unpaid: dict[str, float] = field(default_factory=lambda: dict.fromkeys(REASONS, 0.0))
    event: Tally = _NONE
    year: Tally = _NONE
    exhausted: Tally = _NONE
    sections: dict[str, Tally] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)

    def take(self, table: PayoutTable, gross: FloatArray) -> None:
        years = table.losses.events.years
        paid = years.sum(table.paid)
        self.retained.append(gross - paid)
        self.paid_total += float(paid.sum())
        flags = cuts(table)
        covered, cut = table.is_covered(), any_cut(flags, years.n_events)
        self.event += event_tally(~cut, covered)
        self.year += year_tally(~cut, covered, years)
        self.exhausted += Tally(int(np.count_nonzero(_used_up(table))), years.n_years)
        if self.by_reason:
            self._count_terms(table, flags)

    def _count_terms(self, table: PayoutTable, flags: dict[str, BoolArray]) -> None:
        for reason, amount in table.unpaid_by_reason().items():
            self.unpaid[reason] += float(amount.sum())
        for term, flag in flags.items():
            self.cuts[term] = self.cuts.get(term, 0) + int(np.count_nonzero(flag))
        n_events = table.losses.events.n_events
        for section in table.plan.sections:
            if not table.plan.layer(section).attached:
                continue
            names = within(table.plan, section)
            own = {term: flag for term, flag in flags.items() if term.partition(".")[0] in names}
            covered = np.zeros(n_events, dtype=np.bool_)
            for name in names:
                covered |= table.payments[name].own.covered > 0
            tally = event_tally(~any_cut(own, n_events), covered)
            self.sections[section] = self.sections.get(section, _NONE) + tally

    def finish(self) -> PlanYears:
        return PlanYears(
            retained=np.concatenate(self.retained),
            paid_total=self.paid_total,
            unpaid=self.unpaid,
            event=self.event,
            year=self.year,
            exhausted=self.exhausted,
            sections=self.sections,
            cuts=self.cuts,
        )


def _used_up(table: PayoutTable) -> BoolArray:
    """Say for each year whether the overall limit was used to the last yen."""
    years = table.losses.events.years
    used = np.zeros(years.n_years, dtype=np.bool_)
    for name in table.plan.wording.plan.limit_covers:
        payment = table.payments[name]
        if np.isfinite(payment.layer.period_limit):
            used |= years.sum(payment.payable) >= payment.layer.period_limit
        elif np.isfinite(payment.layer.event_limit):
            used |= years.any(payment.payable >= payment.layer.event_limit)
    return used


def _tallies(table: PayoutTable, before: tuple[Tally, Tally]) -> tuple[Tally, Tally]:
    years = table.losses.events.years
    covered, enough = table.is_covered(), ~any_cut(cuts(table), years.n_events)
    return (
        before[0] + event_tally(enough, covered),
        before[1] + year_tally(enough, covered, years),
    )


class _Collector:
    """Adds up the blocks of one regime."""

    def __init__(self, n_plans: int, n_ladder: int, by_reason: bool) -> None:
        self.gross: list[FloatArray] = []
        self.largest: list[FloatArray] = []
        self.events: list[FloatArray] = []
        self.by_head: dict[str, float] = {}
        self.by_cause: dict[str, float] = {}
        self.count_by_cause: dict[str, int] = {}
        self.plans = [_PlanCollector(by_reason) for _ in range(n_plans)]
        self.ladder = [(_NONE, _NONE)] * n_ladder

    def take(
        self,
        losses: LossTable,
        plans: Sequence[Plan],
        ladder: Sequence[Plan],
        period: PolicyPeriod,
    ) -> None:
        years, total = losses.events.years, losses.total()
        gross = years.sum(total)
        self.gross.append(gross)
        self.largest.append(years.max(total))
        self.events.append(total)
        self._count(losses, total)
        cache = EligibleCache()
        for plan, collector in zip(plans, self.plans, strict=True):
            collector.take(pay(plan, losses_for(plan, losses), period, cache=cache), gross)
        for k, plan in enumerate(ladder):
            table = pay(plan, losses_for(plan, losses), period, cache=cache)
            self.ladder[k] = _tallies(table, self.ladder[k])

    def _count(self, losses: LossTable, total: FloatArray) -> None:
        for head, amount in losses.by_head().items():
            self.by_head[head] = self.by_head.get(head, 0.0) + float(amount.sum())
        events = losses.events
        assert events.cause is not None  # simulated events have a cause
        names = events.cause_names
        counts = np.bincount(events.cause, minlength=len(names))
        amounts = np.bincount(events.cause, weights=total, minlength=len(names))
        for name, count, amount in zip(names, counts.tolist(), amounts.tolist(), strict=True):
            self.count_by_cause[name] = self.count_by_cause.get(name, 0) + count
            self.by_cause[name] = self.by_cause.get(name, 0.0) + amount

    def finish(self, empty_probability: float) -> RegimeYears:
        return RegimeYears(
            gross=np.concatenate(self.gross),
            largest=np.concatenate(self.largest),
            events=np.concatenate(self.events),
            by_head=self.by_head,
            by_cause=self.by_cause,
            count_by_cause=self.count_by_cause,
            plans=tuple(collector.finish() for collector in self.plans),
            ladder=tuple(self.ladder),
            empty_probability=empty_probability,
        )
