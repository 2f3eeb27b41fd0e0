"""Many scenarios in one table: parameter draws and the like, paid together (複数の前提の一括計算).

Each scenario is a model with as many loss years as the others, all on the same random numbers.
Events are drawn and priced for each, then stacked into one table and paid under every plan once;
what a plan does is told apart by year. Every figure is that of the scenario simulated alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.measures.adequacy import Tally
from exposure.measures.pairs import each_year, pairs_of_rows
from exposure.memory import keep_freed_memory
from exposure.model.build import BreachModel
from exposure.model.losses import BLOCK_YEARS, blocks
from exposure.policy.plans import Plan
from exposure.policy.terms import REASONS, PolicyPeriod
from exposure.study.block import Cut
from exposure.study.joined import stacked
from exposure.study.simulation import (
    PlanYears,
    RegimeYears,
    policy_period,
    simulate_study,
    years_of,
)
from exposure.study.tallies import NO_CUTS, PlanCount, TermCuts, counts
from exposure.tables import LossTable

_STACKED_EVENTS = 2**15  # of one table: its arrays share the cache of a core


def simulate_scenarios(
    models: Sequence[BreachModel],
    regimes: Sequence[str],
    plans: Sequence[Plan],
    *,
    loss_years: int,
    seed: int,
) -> list[dict[str, RegimeYears]]:
    """Simulate the same loss years under several models and pay them (複数の前提の模擬計算).

    Parameters
    ----------
    models : sequence of BreachModel
        With the same policy period.
    regimes : sequence of str
    plans : sequence of Plan
    loss_years : int
        Of each model. [year]
    seed : int

    Returns
    -------
    list of dict of str to RegimeYears
        As `exposure.study.simulation.simulate_study` gives them one by one, without what is unpaid
        by reason.
    """
    keep_freed_memory()
    found: list[dict[str, RegimeYears]] = []
    batch: list[_Scenario] = []
    for model in models:
        if loss_years > BLOCK_YEARS:
            found.append(
                simulate_study(
                    model, regimes, plans, (), loss_years=loss_years, seed=seed, by_reason=False
                )
            )
            continue
        (block,) = blocks(model, loss_years, seed)
        one = _Scenario(model, {regime: block.losses(regime) for regime in regimes})
        if batch and sum(other.n_events for other in batch) + one.n_events > _STACKED_EVENTS:
            found += _paid(batch, regimes, plans)
            batch = []
        batch.append(one)
    return found + (_paid(batch, regimes, plans) if batch else [])


@dataclass(frozen=True)
class _Scenario:
    """One model with the losses of its years, by regime."""

    model: BreachModel
    losses: Mapping[str, LossTable]

    @property
    def n_events(self) -> int:
        """Number of events, the same under every regime."""
        return next(iter(self.losses.values())).events.n_events


def _paid(
    batch: Sequence[_Scenario], regimes: Sequence[str], plans: Sequence[Plan]
) -> list[dict[str, RegimeYears]]:
    """Pay the losses of some scenarios as one table, regime by regime."""
    period = policy_period(batch[0].model)
    found: list[dict[str, RegimeYears]] = [{} for _ in batch]
    for regime in regimes:
        tables = [one.losses[regime] for one in batch]
        bare = [years_of(table, (), period) for table in tables]
        of_plans = zip(*_plan_years(tables, bare, plans, period), strict=True)
        for one, years, paid in zip(found, bare, of_plans, strict=True):
            one[regime] = replace(years, plans=paid)
    return found


def _plan_years(
    tables: Sequence[LossTable],
    bare: Sequence[RegimeYears],
    plans: Sequence[Plan],
    period: PolicyPeriod,
) -> Iterator[list[PlanYears]]:
    """Yield for each plan what it does in every scenario."""
    # How rare a year with an event is differs between scenarios, and is nothing to a policy.
    alike = [
        replace(table, events=replace(table.events, empty_probability=0.0)) for table in tables
    ]
    whole, place = stacked(alike)
    rows = place.reshape(len(tables), -1)
    gross = np.array([years.gross for years in bare])
    for count in counts(plans, whole, period):
        yield _told_apart(count, rows, gross)


def _told_apart(count: PlanCount, rows: IntArray, gross: FloatArray) -> list[PlanYears]:
    """Return what a plan does in every scenario, from what it does in each year of all of them."""
    paid = count.paid[rows]
    retained = gross - paid
    enough, covered = count.cases.enough[rows], count.cases.covered[rows]
    n_ok, n = enough.sum(axis=1).tolist(), covered.sum(axis=1).tolist()
    hit = covered > 0
    years = hit.sum(axis=1).tolist()
    years_ok = (hit & (enough == covered)).sum(axis=1).tolist()
    used = count.used_up()[rows].sum(axis=1).tolist()
    pairs = pairs_of_rows(enough, covered)
    payments = count.table.payments
    cuts = {
        name: _term_cuts([count.cover_cuts[name]], count, rows)
        for name, payment in payments.items()
        if payment.can_be_cut
    }
    all_cuts = _term_cuts(list(count.cover_cuts.values()), count, rows)
    return [
        PlanYears(
            retained=retained[k],
            paid_total=total,
            unpaid=dict.fromkeys(REASONS, 0.0),
            event=Tally(n_ok[k], n[k], pairs[k]),
            year=Tally(years_ok[k], years[k]),
            exhausted=Tally(used[k], rows.shape[1]),
            sections={},
            cuts={name: of_rows[k] for name, of_rows in cuts.items()},
            all_cuts=all_cuts[k],
            event_retained=None,
        )
        for k, total in enumerate(paid.sum(axis=1).tolist())
    ]


def _term_cuts(cuts: Sequence[Cut], count: PlanCount, rows: IntArray) -> list[TermCuts]:
    """Return what the limits of some covers cut together in every scenario."""
    by_year = [cut.by_year for cut in cuts if cut.by_year is not None]
    flags = [cut.flag for cut in cuts if cut.flag is not None]
    if not by_year and not flags:
        return [NO_CUTS] * len(rows)
    amount = np.zeros(rows.shape)
    for part in by_year:
        amount += part[rows]
    number = np.zeros(len(rows), dtype=np.int64)
    if flags:
        cut = np.logical_or.reduce(flags)
        number = each_year(cut, count.block.years)[rows].sum(axis=1)
    found = zip(
        amount.sum(axis=1).tolist(),
        np.square(amount).sum(axis=1).tolist(),
        number.tolist(),
        strict=True,
    )
    return [TermCuts(*one) for one in found]
