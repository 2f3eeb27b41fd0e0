"""Count what each plan does with one block of simulated years (プランごとの集計).

Puts together what its covers were counted to do. What the counts mean is left to ``measures``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.lazy import lazy
from exposure.measures.adequacy import Tally
from exposure.policy.payout import PayoutTable
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, ROOT, PolicyPeriod
from exposure.study.block import BlockCount, Cases, Cut, TakenUp
from exposure.tables import LossTable


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
    """What one plan does with a block (プランの集計).

    Parameters
    ----------
    plan : Plan
    table : PayoutTable
        Of the block.
    block : BlockCount
    """

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
    def _owns(self) -> dict[str, TakenUp]:
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
        overall = self.plan.wording.plan.limit_covers
        found = dict.fromkeys(REASONS, 0.0)
        found["not_covered"] += self.block.total(self.table.not_covered)
        for name, cut in self.cover_cuts.items():
            found["limit" if name in overall else "sublimit"] += cut.limits
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
                self.cover_cuts[name].limits,
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
        total = by_year[0] if len(by_year) == 1 else np.sum(by_year, axis=0)
        amount = sum(cut.limits for cut in cutting)
        return TermCuts(amount, float(np.square(total).sum()), self.block.cut_events(cutting))


def counts(plans: Sequence[Plan], losses: LossTable, period: PolicyPeriod) -> Iterator[PlanCount]:
    """Count what each plan does with a block, in the order given (プランごとの集計).

    Parameters
    ----------
    plans : sequence of Plan
    losses : LossTable
        Of the block.
    period : PolicyPeriod
    """
    block = BlockCount(losses, period)
    for plan in plans:
        yield PlanCount(plan, block.paid(plan), block)
