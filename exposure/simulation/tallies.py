"""Count what each plan does with one block of simulated years (プランごとの集計).

What a cover takes up, cuts and pays is counted once for all plans that have it; a plan puts
together what its covers were counted to do. Says which limits cut, and what they are called; what
the counts mean is left to ``measures``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exposure.arrays import BoolArray, FloatArray, Years
from exposure.errors import Text
from exposure.inputs.names import need_section
from exposure.labels import phrase
from exposure.lazy import Shared, lazy
from exposure.measures.adequacy import Counts, CoveredYears, Tally, each_year
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.payments import Eligible, Payment, Step, add_up
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import REASONS, ROOT, Label, PolicyPeriod
from exposure.tables import LossTable


@dataclass(frozen=True)
class Uptake:
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


@dataclass(frozen=True)
class Cut:
    """What the terms of one cover leave unpaid of what it takes up.

    Parameters
    ----------
    flag : (n_events,) array of bool, or None
        A limit cuts the event; None if none of them does.
    limits : float
        Of all years, because of its own limits. [JPY]
    by_year : (n_years,) array, or None
        Of each year, because of its own limits and of that it stands outside of, which cuts it
        pro rata; None if they take nothing. [JPY]
    unpaid : mapping of str to float
        Of all events, because of other terms, by reason; ``limit`` is what is cut pro rata. [JPY]
    """

    flag: BoolArray | None
    limits: float
    by_year: FloatArray | None
    unpaid: dict[str, float]

    @property
    def amount(self) -> float:
        """What limits take of all years, its own and that it stands outside of. [JPY]."""
        return self.limits + self.unpaid.get("limit", 0.0)

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
    n_years : int
        With a covered event.
    tally : Tally
        Of all events.
    """

    enough: Counts
    covered: Counts
    n_years: int
    tally: Tally

    @lazy
    def year(self) -> Tally:
        """Tally of the years with a covered event, and those in which all had enough."""
        short = int(np.count_nonzero(self.enough != self.covered))
        return Tally(self.n_years - short, self.n_years)


class BlockCount:
    """One block of years, paid and counted under any number of plans."""

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

    def taken_up(self, own: Eligible) -> Uptake:
        """Count what one cover takes up."""
        return self._shared.once("taken up", lambda: self._taken_up(own), own)

    def _taken_up(self, own: Eligible) -> Uptake:
        capped = own.caps.cuts if own.caps.changes else None
        return Uptake(own.covered > 0, capped, self._lost_by_reason(own.steps()))

    def _lost_by_reason(self, steps: Iterable[Step]) -> dict[str, float]:
        return {step.reason: self._lost(step.before, step.after) for step in steps}

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
        unpaid = self._lost_by_reason(due.steps()) if due.has_terms else {}
        limits_step = payment.limits
        flag = limits_step.cuts if limits_step.changes else None
        limits = self._lost(due.each_year, payment.each_year)
        by_year = due.each_year - payment.each_year if limits else None
        if unpaid.get("limit"):
            pro_rata = self.years.sum(due.after_share) - self.years.sum(due.after_ratio)
            by_year = pro_rata if by_year is None else by_year + pro_rata
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

    def cases(self, owns: Sequence[Uptake], cuts: Sequence[Cut]) -> Cases:
        """Count the events that some covers respond to, and those that their limits leave whole.

        ``owns`` and ``cuts`` come from `taken_up` and `cut`, of these covers.
        """
        cuts = [cut for cut in cuts if cut.flag is not None]
        key = "cases", len(owns)
        return self._shared.once(key, lambda: self._cases(owns, cuts), *owns, *cuts)

    def _cases(self, owns: Sequence[Uptake], cuts: Sequence[Cut]) -> Cases:
        asked = self._shared.once("asked", lambda: self._asked(owns), *owns)
        whole = asked.uncapped
        if cuts:
            whole = whole & ~_any_of([cut.flag for cut in cuts], whole.size)
        enough = each_year(whole, self.years)
        pairs = asked.several.pairs(enough[: self.years.n_several])
        tally = Tally(int(np.count_nonzero(whole)), asked.number, pairs)
        return Cases(enough, asked.covered, asked.n_years, tally)

    def _asked(self, owns: Sequence[Uptake]) -> _CoveredEvents:
        covered = _any_of([own.covered for own in owns], self.years.n_events)
        capped = _any_of([own.capped for own in owns], covered.size)
        by_year = each_year(covered, self.years)
        several = CoveredYears(by_year[: self.years.n_several])
        return _CoveredEvents(
            covered & ~capped, by_year, several,
            int(np.count_nonzero(covered)), int(np.count_nonzero(by_year)),
        )  # fmt: skip


@dataclass(frozen=True)
class _CoveredEvents:
    """Covered events without a cap that cuts them; all by year, where several, in number."""

    uncapped: BoolArray
    covered: Counts
    several: CoveredYears
    number: int
    n_years: int


def _any_of(flags: Sequence[BoolArray | None], n_events: int) -> BoolArray:
    found = np.zeros(n_events, dtype=np.bool_)
    for flag in flags:
        if flag is not None:
            found |= flag
    return found


# --- plans --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TermCuts:
    """What a limit cuts of many years (限度額で削られる額).

    Parameters
    ----------
    amount, squares : float
        Sum over the years, and sum of the squares of each year's. [JPY], [JPY²]
    events : int
        Covered events that it cuts.
    """

    amount: float
    squares: float
    events: int

    def __add__(self, other: TermCuts) -> TermCuts:
        """Return what is cut of both."""
        return TermCuts(
            self.amount + other.amount, self.squares + other.squares, self.events + other.events
        )


NO_CUTS = TermCuts(0.0, 0.0, 0)


@dataclass(frozen=True)
class PlanCount:
    """What one plan does with a block (プランの集計)."""

    plan: Plan
    table: PayoutTable
    block: BlockCount

    @property
    def paid(self) -> FloatArray:
        """Payments of each year. (n_years,) array [JPY]."""
        return self.table.payments[ROOT].each_year

    def paid_total(self) -> float:
        """Return the payments of all years. [JPY]."""
        return self.block.total(self.paid)

    @lazy
    def _owns(self) -> dict[str, Uptake]:
        """What each cover takes up; covers without losses are left out."""
        return {
            name: self.block.taken_up(payment.own)
            for name, payment in self.table.payments.items()
            if not payment.own.is_empty
        }

    @lazy
    def cover_cuts(self) -> dict[str, Cut]:
        """What the terms of each cover leave unpaid; covers without losses are left out."""
        return {
            name: self.block.cut(payment)
            for name, payment in self.table.payments.items()
            if not payment.is_empty
        }

    @lazy
    def cases(self) -> Cases:
        """Covered events of each year, and those in which no limit bit."""
        return self.block.cases(list(self._owns.values()), list(self.cover_cuts.values()))

    def event(self) -> Tally:
        """Return covered events, and those in which no limit bit."""
        return self.cases.tally

    def year(self) -> Tally:
        """Return years with a covered event, and those in which no limit bit."""
        return self.cases.year

    def sections(self) -> dict[str, Tally]:
        """Return the events each section covers, and those within every limit of the section."""
        found: dict[str, Tally] = {}
        for section, names in self.plan.covers_by_section.items():
            owns = [self._owns[name] for name in names if name in self._owns]
            cuts = [self.cover_cuts[name] for name in names if name in self.cover_cuts]
            found[section] = self.block.cases(owns, cuts).tally
        return found

    def exhausted(self) -> Tally:
        """Return the years in which the overall limit was used to the last yen."""
        used = self.used_up()
        return Tally(int(np.count_nonzero(used)), used.size)

    def used_up(self) -> BoolArray:
        """Say in which years the overall limit was used to the last yen. (n_years,) array."""
        first, *others = self.plan.wording.plan.limit_covers
        used = self.block.used_up(self.table.payments[first])
        for name in others:
            used = used | self.block.used_up(self.table.payments[name])
        return used

    def unpaid(self) -> dict[str, float]:
        """Return the unpaid loss of all events by reason. [JPY]."""
        found = dict.fromkeys(REASONS, 0.0)
        found["not_covered"] += self.block.total(self.table.not_covered)
        for name, cut in self.cover_cuts.items():
            found[self.table.payments[name].layer.limit_reason] += cut.limits
        parts = [own.unpaid for own in self._owns.values()]
        parts += [cut.unpaid for cut in self.cover_cuts.values()]
        for part in parts:
            for reason, amount in part.items():
                found[reason] += amount
        return found

    def retained(self, total: FloatArray) -> FloatArray:
        """Return what each event leaves with the client. (n_events,) array [JPY]."""
        return total - self.table.paid

    def cuts(self) -> dict[str, TermCuts]:
        """Return what each limit cuts; caps per person or company are no limits here."""
        return {
            name: TermCuts(
                self.cover_cuts[name].amount,
                self.cover_cuts[name].squares,
                self.cover_cuts[name].number,
            )
            for name, payment in self.table.payments.items()
            if payment.can_be_cut
        }

    def all_cuts(self) -> TermCuts:
        """Return what all limits cut together."""
        cutting = list(self.cover_cuts.values())
        by_year = [cut.by_year for cut in cutting if cut.by_year is not None]
        if not by_year:
            return TermCuts(0.0, 0.0, self.block.cut_events(cutting))
        total = add_up(by_year)
        amount = math.fsum(cut.amount for cut in cutting)
        return TermCuts(amount, float(np.square(total).sum()), self.block.cut_events(cutting))


def counts(plans: Sequence[Plan], losses: LossTable, period: PolicyPeriod) -> Iterator[PlanCount]:
    """Count what each plan does with a block, in the order given (プランごとの集計)."""
    block = BlockCount(losses, period)
    for plan in plans:
        yield PlanCount(plan, block.paid(plan), block)


# --- limits that cut ----------------------------------------------------------------------------


PER_UNIT = ".per_unit"


def cuts(table: PayoutTable) -> dict[str, BoolArray]:
    """Say for each limit of a plan which events it cuts (限度額に達した事故).

    Returns
    -------
    dict of str to (n_events,) array of bool
        By the name of the cover; ``NAME.per_unit`` for its caps per person or corporation. Limits
        that the plan does not have, or that have nothing to cut, are left out.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.interpreter import pay
    >>> from exposure.policy.plan import plan
    >>> from exposure.policy.vocabulary import PolicyPeriod
    >>> from exposure.tables import EventTable, LossItem, LossTable
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> cuts(pay(plan("nipponkoa_2006/A"), losses, period))["liability"]
    array([ True])
    """
    found: dict[str, BoolArray] = {}
    for name, payment in table.payments.items():
        if payment.own.caps.changes:
            found[name + PER_UNIT] = payment.own.caps.cuts
        if payment.can_be_cut:
            found[name] = payment.limits.cuts
    return found


def term_section(plan: Plan, term: str) -> str:
    """Return the section a limit belongs to: ``liability``, ``costs`` or ``overall``.

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> term_section(plan("nipponkoa_2006/A"), "cost"), term_section(plan("nipponkoa_2006/A"), ROOT)
    ('costs', 'overall')
    """
    if term == ROOT:
        return "overall"
    inside = [layer for layer in plan.layers if term in layer.path and layer.cover is not None]
    named = {need_section(head) for layer in inside if layer.cover for head in layer.cover.heads}
    if named == {"costs"}:
        return "costs"
    return "overall" if "costs" in named else "liability"


def term_label(plan: Plan, term: str) -> Text:
    """Return what a client reads for a limit (限度額の名称).

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> term_label(plan("aiu_2015@limit=100000000"), "execution")
    Text(ja='「危機管理実行費用」の支払限度額', en='the limit of "Crisis execution"')
    """
    name = term.removesuffix(PER_UNIT)
    if name == ROOT:
        return phrase("wording", "term.whole")
    cover = plan.wording.cover[name]
    if term.endswith(PER_UNIT):
        return _limit_label("per_unit", cover.label)
    if cover.outside is not None:
        return _limit_label("outside", cover.label, plan.wording.cover[cover.outside].label)
    return _limit_label("limit", cover.label)


@lru_cache  # some hundred draws ask for the same few
def _limit_label(kind: str, cover: Label, of: Label | None = None) -> Text:
    return phrase("wording", f"term.{kind}", cover=cover, of=of)
