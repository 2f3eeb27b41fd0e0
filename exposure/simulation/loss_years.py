"""Simulate a client's years block by block and push them through every plan.

Keeps what the measures need and drops the events of a block when it is done, so that memory does
not grow with the detail. What the numbers mean is left to ``measures``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from exposure.arrays import BoolArray, FloatArray, IntArray, Years
from exposure.inputs.names import NeedSection, is_attack, need_section
from exposure.lazy import FREED_KEPT, Shared, keep_freed_memory, lazy
from exposure.measures.adequacy import Tally
from exposure.model.build import BreachModel
from exposure.model.losses import blocks
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import REASONS, PolicyPeriod
from exposure.simulation.machine import bytes_needed, require_room
from exposure.simulation.tallies import NO_CUTS, PlanCount, TermCuts, counts
from exposure.tables import Annual, LossTable

Progress = Callable[[int, int], None]

_SECTIONS: tuple[NeedSection, ...] = ("liability", "costs")

_NONE = Tally(0, 0)

# Of the events expected there is room for a few more; memory that is never written to costs none.
_MARGIN = 1 + 1 / 2**4

_FLAG = np.dtype(np.bool_).itemsize / np.dtype(np.float64).itemsize  # of a number


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
    cuts : mapping of str to TermCuts
        What each limit cuts, by the cover that has it.
    all_cuts : TermCuts
        What the limits cut together.
    event_retained : (n_events,) array, or None
        What each breach leaves with the client; None where it was not asked for. [JPY]
    """

    retained: FloatArray
    paid_total: float
    unpaid: dict[str, float]
    event: Tally
    year: Tally
    exhausted: Tally
    sections: dict[str, Tally]
    cuts: dict[str, TermCuts]
    all_cuts: TermCuts
    event_retained: FloatArray | None


@dataclass(frozen=True)
class SectionYears:
    """Gross loss of one section of a policy (区分ごとの損害).

    Parameters
    ----------
    annual : (n_years,) array
        [JPY]
    events : (n_events,) array
        Breaches without such a loss count as 0. [JPY]
    """

    annual: FloatArray
    events: FloatArray


@dataclass(frozen=True)
class RegimeYears:
    """The simulated years under one regime (賠償前提ごとの模擬結果).

    Parameters
    ----------
    gross, largest : (n_years,) array
        Annual sum and largest event. [JPY]
    events : (n_events,) array
        Loss of each event. [JPY]
    sections : mapping of str to SectionYears
        The part of liability and of response costs.
    attack : (n_events,) array of bool, or None
        Attacks, as against slips; None where the cause is not known.
    persons : (n_events,) array, or None
        Persons leaked; None where they are not known. [person]
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
    sections: dict[NeedSection, SectionYears]
    attack: BoolArray | None
    persons: FloatArray | None
    by_head: dict[str, float]
    by_cause: dict[str, float]
    count_by_cause: dict[str, int]
    plans: tuple[PlanYears, ...]
    ladder: tuple[tuple[Tally, Tally], ...]
    empty_probability: float

    @lazy
    def _shared(self) -> Shared:
        return Shared()

    def dearest(self, share: float) -> IntArray:
        """Return the places of the dearest breaches, found once for all plans. (n,) array."""

        def find() -> IntArray:
            least = np.quantile(self.events, 1 - share, method="inverted_cdf")
            return np.flatnonzero(self.events >= least)

        return self._shared.once(share, find)

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
    first_block: int = 0,
    progress: Progress | None = None,
    by_reason: bool = True,
    by_event: bool | None = None,
) -> dict[str, RegimeYears]:
    """Simulate loss years and pay them under every plan (模擬計算).

    Parameters
    ----------
    regimes : sequence of str
        Each on the same events and response costs.
    plans, ladder : sequence of Plan
        Plans measured in full, and plans of which only the adequacy is asked.
    loss_years : int
        Simulated policy years with at least one event. [year]
    first_block : int
        As `first` of `exposure.model.losses.blocks`.
    progress : callable, optional
        Called with loss years done and loss years in all.
    by_reason : bool
        Also add up what is unpaid by reason, and count by section.
    by_event : bool, optional
        Also keep what each breach leaves with the client; where it is not said, as by reason.

    Raises
    ------
    DataError
        If the years would not fit into memory, before any is drawn.
    """
    keep_freed_memory()
    period = policy_period(model)
    by_event = by_reason if by_event is None else by_event
    require_room(bytes_of_study(model, loss_years, len(plans), len(regimes), by_event=by_event))
    n_events = loss_years * model.events_per_loss_year
    collected = {
        regime: _Collector(plans, ladder, loss_years, n_events, by_reason, by_event)
        for regime in regimes
    }
    for block in blocks(model, loss_years, seed, first_block):
        for regime in regimes:
            collected[regime].take(block.losses(regime), period)
        if progress is not None:
            progress(block.done + block.n_years, loss_years)
    return {
        regime: collector.finish(model.empty_probability) for regime, collector in collected.items()
    }


def bytes_of_study(
    model: BreachModel, loss_years: int, plans: int, regimes: int, *, by_event: bool
) -> float:
    """Return about what the years of a study take (必要メモリの見積り). [byte].

    Of every loss year the gross sum, the largest event, both sections and what each plan leaves; of
    every event its loss, both sections and its persons, whether it is an attack, and what each plan
    leaves if that is asked. With them what the allocator keeps of the blocks that are done.

    Parameters
    ----------
    loss_years : int
        [year]
    by_event : bool
        What plans leave of each event is kept.
    """
    sections = len(_SECTIONS)
    of_event = 2 + sections + (plans if by_event else 0) + _FLAG
    return FREED_KEPT + bytes_needed(
        loss_years,
        model.events_per_loss_year,
        of_year=2 + sections + plans,
        of_event=of_event,
        regimes=regimes,
    )


def years_of(losses: LossTable, plans: Sequence[Plan], period: PolicyPeriod) -> RegimeYears:
    """Pay one table of losses under every plan (損害表の支払).

    The losses are of one block and one regime, or one's own.
    """
    years = losses.events.years
    collector = _Collector(plans, (), years.n_years, years.n_events, by_reason=True, by_event=True)
    collector.take(losses, period)
    return collector.finish(losses.events.empty_probability)


def policy_period(model: BreachModel) -> PolicyPeriod:
    """Return the policy period of the simulated years; the client buys on its first day."""
    start = model.inception.astype(object)
    return PolicyPeriod(start=start, end=model.last_day.astype(object), first_inception=start)


_Number = TypeVar("_Number", np.float64, np.bool_)


class _OfEvents(Generic[_Number]):
    """A column of all events, filled block by block: of no block is there a second copy."""

    def __init__(self, expected: float, kind: type[_Number]) -> None:
        self._room: NDArray[_Number] = np.empty(round(_MARGIN * expected), dtype=kind)
        self._n = 0
        self.is_known = False

    def add(self, block: NDArray[_Number]) -> None:
        """Put a block behind those before; where there is too little room, find more."""
        end = self._n + block.size
        if end > self._room.size:
            room = np.empty(round(_MARGIN * end), dtype=self._room.dtype)
            room[: self._n] = self.values
            self._room = room
        self._room[self._n : end] = block
        self._n = end
        self.is_known = True

    @property
    def values(self) -> NDArray[_Number]:
        """All blocks so far. (n_events,) array."""
        found: NDArray[_Number] = self._room[: self._n]
        return found


class _PlanCollector:
    """Adds up the blocks of one plan."""

    def __init__(self, n_years: int, n_events: float, by_reason: bool, by_event: bool) -> None:
        self.by_reason = by_reason
        self.done = 0
        self.retained = np.empty(n_years)
        self.paid_total = 0.0
        self.unpaid = dict.fromkeys(REASONS, 0.0)
        self.event = self.year = self.exhausted = _NONE
        self.sections: dict[str, Tally] = {}
        self.cuts: dict[str, TermCuts] = {}
        self.all_cuts = NO_CUTS
        self.events = _OfEvents(n_events, np.float64) if by_event else None

    def take(self, count: PlanCount, gross: FloatArray, total: FloatArray) -> None:
        retained = self.retained[self.done : self.done + gross.size]
        np.subtract(gross, count.paid, out=retained)
        self.done += gross.size
        self.paid_total += count.paid_total()
        self.event += count.event()
        self.year += count.year()
        self.exhausted += count.exhausted()
        self.all_cuts += count.all_cuts()
        for term, cut in count.cuts().items():
            self.cuts[term] = self.cuts.get(term, NO_CUTS) + cut
        if self.events is not None:
            self.events.add(count.retained(total))
        if self.by_reason:
            for reason, amount in count.unpaid().items():
                self.unpaid[reason] += amount
            for section, tally in count.sections().items():
                self.sections[section] = self.sections.get(section, _NONE) + tally

    def finish(self) -> PlanYears:
        return PlanYears(
            retained=self.retained,
            paid_total=self.paid_total,
            unpaid=self.unpaid,
            event=self.event,
            year=self.year,
            exhausted=self.exhausted,
            sections=self.sections,
            cuts=self.cuts,
            all_cuts=self.all_cuts,
            event_retained=None if self.events is None else self.events.values,
        )


class _SectionCollector:
    """Adds up the blocks of one section of the gross loss."""

    def __init__(self, n_years: int, n_events: float) -> None:
        self.done = 0
        self.annual = np.empty(n_years)
        self.events = _OfEvents(n_events, np.float64)

    def take(self, parts: Sequence[FloatArray], years: Years) -> None:
        total = np.zeros(years.n_events)
        for part in parts:
            total += part
        self.events.add(total)
        self.annual[self.done : self.done + years.n_years] = years.sum(total)
        self.done += years.n_years

    def finish(self) -> SectionYears:
        return SectionYears(self.annual, self.events.values)


class _Collector:
    """Adds up the blocks of one regime."""

    def __init__(
        self,
        plans: Sequence[Plan],
        ladder: Sequence[Plan],
        n_years: int,
        n_events: float,
        by_reason: bool,
        by_event: bool,
    ) -> None:
        self.done = 0
        self.gross, self.largest = np.empty(n_years), np.empty(n_years)
        self.events = _OfEvents(n_events, np.float64)
        self.sections = {name: _SectionCollector(n_years, n_events) for name in _SECTIONS}
        self.attack = _OfEvents(n_events, np.bool_)
        self.persons = _OfEvents(n_events, np.float64)
        self.by_head: dict[str, float] = {}
        self.by_cause: dict[str, float] = {}
        self.count_by_cause: dict[str, int] = {}
        self.plans = [_PlanCollector(n_years, n_events, by_reason, by_event) for _ in plans]
        self.ladder = [(_NONE, _NONE)] * len(ladder)
        self.asked = (*plans, *ladder)

    def take(self, losses: LossTable, period: PolicyPeriod) -> None:
        years, total = losses.events.years, losses.total()
        gross = years.sum(total)
        self.gross[self.done : self.done + years.n_years] = gross
        self.largest[self.done : self.done + years.n_years] = years.max(total)
        self.done += years.n_years
        self.events.add(total)
        self._count(losses, total)
        for k, count in enumerate(counts(self.asked, losses, period)):
            if k < len(self.plans):
                self.plans[k].take(count, gross, total)
            else:
                event, year = self.ladder[k - len(self.plans)]
                both = event + count.event(), year + count.year()
                self.ladder[k - len(self.plans)] = both

    def _count(self, losses: LossTable, total: FloatArray) -> None:
        by_head = losses.by_head()
        for head, amount in by_head.items():
            self.by_head[head] = self.by_head.get(head, 0.0) + float(amount.sum())
        for name, section in self.sections.items():
            parts = [amount for head, amount in by_head.items() if need_section(head) == name]
            section.take(parts, losses.events.years)
        events = losses.events
        if events.persons is not None:
            self.persons.add(events.persons)
        if events.cause is None:  # losses of one's own need not say it
            return
        names = events.cause_names
        kinds = np.array([is_attack(name) for name in names], dtype=np.bool_)
        self.attack.add(kinds[events.cause])
        counts = np.bincount(events.cause, minlength=len(names))
        amounts = np.bincount(events.cause, weights=total, minlength=len(names))
        for cause, count, amount in zip(names, counts.tolist(), amounts.tolist(), strict=True):
            self.count_by_cause[cause] = self.count_by_cause.get(cause, 0) + count
            self.by_cause[cause] = self.by_cause.get(cause, 0.0) + amount

    def finish(self, empty_probability: float) -> RegimeYears:
        return RegimeYears(
            gross=self.gross,
            largest=self.largest,
            events=self.events.values,
            sections={name: section.finish() for name, section in self.sections.items()},
            attack=self.attack.values if self.attack.is_known else None,
            persons=self.persons.values if self.persons.is_known else None,
            by_head=self.by_head,
            by_cause=self.by_cause,
            count_by_cause=self.count_by_cause,
            plans=tuple(collector.finish() for collector in self.plans),
            ladder=tuple(self.ladder),
            empty_probability=empty_probability,
        )
