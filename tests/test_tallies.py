"""Counting a cover once for all plans must give what paying each plan alone gives, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.strategies_plans import built, period, table_of, wordings, years, yen

from exposure.arrays import BoolArray, Years
from exposure.measures.adequacy import Tally, event_tally
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.payments import Eligible
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import REASONS
from exposure.simulation.tallies import BlockCount, PlanCount, counts, cuts
from exposure.tables import EventTable, LossTable

QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def used_up(table: PayoutTable) -> Tally:
    of = table.losses.events.years
    used = np.zeros(of.n_years, dtype=np.bool_)
    for name in table.plan.wording.plan.limit_covers:
        payment = table.payments[name]
        if np.isfinite(payment.layer.period_limit):
            used |= of.sum(payment.payable) >= payment.layer.period_limit
        elif np.isfinite(payment.layer.event_limit):
            used |= of.any(payment.payable >= payment.layer.event_limit)
    return Tally(int(used.sum()), of.n_years)


def section_tally(table: PayoutTable, section: str) -> Tally:
    n_events, flags = table.losses.events.n_events, cuts(table)
    covered, cut = np.zeros((2, n_events), dtype=np.bool_)
    for name in table.plan.covers_by_section[section]:
        covered |= table.payments[name].own.covered > 0
        for term in (name, f"{name}.per_unit"):
            cut |= flags.get(term, np.False_)
    return event_tally(~cut, covered, table.losses.events.years)


def check_cuts(table: PayoutTable, count: PlanCount) -> None:
    """Compare what limits cut with the difference before and after them, event by event."""
    of, flags = table.losses.events.years, cuts(table)
    limited = {name: one for name, one in table.payments.items() if one.can_be_cut}
    found = count.cuts()
    assert found.keys() == limited.keys()
    whole, any_limit = np.zeros(of.n_years), np.zeros(of.n_events, dtype=np.bool_)
    for name, payment in limited.items():
        by_year = of.sum(payment.due.after_share) - of.sum(payment.payable)
        assert found[name].amount == by_year.sum()
        assert np.isclose(found[name].squares, np.square(by_year).sum())
        assert found[name].events == flags[name].sum()
        whole += by_year
        any_limit |= flags[name]
    assert count.all_cuts().amount == whole.sum()
    assert np.isclose(count.all_cuts().squares, np.square(whole).sum())
    assert count.all_cuts().events == any_limit.sum()


def year_tally(enough: BoolArray, covered: BoolArray, of: Years) -> Tally:
    counted, failed = of.any(covered), of.any(covered & ~enough)
    return Tally(int((counted & ~failed).sum()), int(counted.sum()))


def check(plan: Plan, losses: LossTable, count: PlanCount) -> None:
    """Compare every figure with the one from paying all years."""
    table = pay(plan, losses_for(plan, losses), period())
    of = losses.events.years
    paid = of.sum(table.paid)
    assert count.paid.tobytes() == paid.tobytes()
    assert count.paid_total() == paid.sum()
    covered, enough = (
        table.is_covered(),
        ~np.any([np.zeros(of.n_events, bool), *cuts(table).values()], axis=0),
    )
    assert count.event() == event_tally(enough, covered, of)
    assert count.year() == year_tally(enough, covered, of)
    assert count.exhausted() == used_up(table)
    unpaid = {reason: float(amount.sum()) for reason, amount in table.unpaid_by_reason().items()}
    assert count.unpaid() == unpaid
    assert list(count.unpaid()) == list(REASONS)
    check_cuts(table, count)
    attached = plan.covers_by_section
    assert count.sections() == {name: section_tally(table, name) for name in attached}


def without_facts(losses: LossTable) -> LossTable:
    """Leave to the items only what simulated ones have, so that they are added up early."""
    items = (replace(one, facts={}, exclusions={}, exceptions={}) for one in losses.items)
    return replace(losses, items=tuple(items))


@QUICK
@given(wordings(), years(), st.booleans())
def test_counts_are_those_of_paying_every_year(
    raw: dict[str, Any], drawn: list[Any], simulated: bool
) -> None:
    plan, (losses, _) = built(raw), table_of(drawn)
    if simulated:
        losses = without_facts(losses)
    (count,) = counts([plan], losses, period())
    check(plan, losses, count)


limits = st.one_of(yen.map(float), st.just(np.inf))


def with_limits(plan: Plan, drawn: list[float]) -> Plan:
    """Give every cover limits of its own, for the event and for the period."""
    n = len(plan.layers)
    pairs = zip(plan.layers, drawn[:n], drawn[n : 2 * n], strict=True)
    layers = (replace(one, event_limit=e, period_limit=p) for one, e, p in pairs)
    return replace(plan, layers=tuple(layers))


@QUICK
@given(wordings(), years(), st.data())
def test_plans_that_differ_in_their_limits_are_counted_as_if_each_were_alone(
    raw: dict[str, Any], drawn: list[Any], data: st.DataObject
) -> None:
    losses, plan = without_facts(table_of(drawn)[0]), built(raw)
    each = st.lists(limits, min_size=2 * len(plan.layers), max_size=2 * len(plan.layers))
    plans = [plan, *(with_limits(plan, data.draw(each)) for _ in range(2))]
    for count, plan in zip(counts(plans, losses, period()), plans, strict=True):
        check(plan, losses, count)


def test_totals_of_arrays_that_come_and_go_are_their_own() -> None:
    block = BlockCount(LossTable(EventTable(Years((2,)), {}), ()), period())
    totals = [block.total(np.full(2, float(k))) for k in range(50)]
    assert totals == [2.0 * k for k in range(50)]


def test_what_is_counted_of_records_that_come_and_go_is_their_own() -> None:
    block = BlockCount(LossTable(EventTable(Years((4,)), {}), ()), period())

    def covered(n: int) -> int:
        loss = np.where(np.arange(4) < n, 10.0, 0.0)
        return int(block.taken_up(Eligible(loss, loss, loss, loss, ())).covered.sum())

    assert [covered(k % 5) for k in range(50)] == [k % 5 for k in range(50)]
