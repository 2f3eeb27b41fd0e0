"""Count what each plan does with one block of simulated years (プランごとの集計).

Puts together what its covers were counted to do. What the counts mean is left to ``measures``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exposure.arrays import FloatArray
from exposure.measures.adequacy import Tally
from exposure.policy.payout import Payment, PayoutTable
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, ROOT, PolicyPeriod
from exposure.study.binding import PER_UNIT, within
from exposure.study.block import BlockCount, Cases
from exposure.tables import LossTable


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
    def n_years(self) -> int:
        """Number of loss years."""
        return self.block.years.n_years

    @property
    def paid(self) -> FloatArray:
        """Payments of each year. (n_years,) array [JPY]."""
        return self.block.each_year(self.table.payments[ROOT])

    def paid_total(self) -> float:
        """Return the payments of all years. [JPY]."""
        return self.block.total(self.table.paid)

    @cached_property
    def _payments(self) -> list[Payment]:
        return [payment for payment in self.table.payments.values() if not payment.is_empty]

    @cached_property
    def _cases(self) -> Cases:
        return self.block.cases(self._payments)

    def event(self) -> Tally:
        """Return covered events, and those in which no limit bit."""
        return self._cases.tally

    def year(self) -> Tally:
        """Return years with a covered event, and those in which no limit bit."""
        return self._cases.year

    def sections(self) -> dict[str, Tally]:
        """Return the events each section covers, and those within every limit of the section."""
        found: dict[str, Tally] = {}
        for section in self.plan.sections:
            if self.plan.layer(section).attached:
                part = [self.table.payments[name] for name in within(self.plan, section)]
                found[section] = self.block.cases(part).tally
        return found

    def exhausted(self) -> Tally:
        """Return the years in which the overall limit was used to the last yen."""
        covers = self.plan.wording.plan.limit_covers
        used = [self.block.used_up(self.table.payments[name]) for name in covers]
        return Tally(int(np.count_nonzero(np.any(used, axis=0))), self.n_years)

    def unpaid(self) -> dict[str, float]:
        """Return the unpaid loss of all events by reason. [JPY]."""
        overall = self.plan.wording.plan.limit_covers
        found = dict.fromkeys(REASONS, 0.0)
        found["not_covered"] += self.block.total(self.table.not_covered)
        for payment in self._payments:
            cut = self.block.cut(payment)
            found["limit" if payment.layer.name in overall else "sublimit"] += cut.limits
            parts = [cut.unpaid]
            if not payment.own.is_empty:
                parts.append(self.block.taken_up(payment.own).unpaid)
            for part in parts:
                for reason, amount in part.items():
                    found[reason] += amount
        return found

    def cuts(self) -> dict[str, int]:
        """Return the events that each limit cuts, by the names of ``binding.cuts``."""
        found: dict[str, int] = {}
        for name, payment in self.table.payments.items():
            if not payment.own.is_empty:
                own = self.block.taken_up(payment.own)
                if own.capped is not None:
                    found[name + PER_UNIT] = own.n_capped
            if payment.can_be_cut:
                found[name] = self.block.cut(payment).number
        return found


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
