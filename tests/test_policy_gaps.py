"""The cover-gap table and the worth of disputes, by hand and against the payments themselves."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from support.strategies_plans import built, period, table_of, wordings, years

from exposure.arrays import Years
from exposure.policy.assignment import losses_for
from exposure.policy.gaps import Gap, cover_gaps, dispute_worth, head_payments, with_riders
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import EventTable, LossItem, LossTable

YEAR = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
DAY = np.datetime64("2026-06-01")
AIU = "aiu_2015@limit=100000000"


def item(head: str, *amounts: float) -> LossItem:
    return LossItem(head, np.array(amounts, dtype=np.float64))


def losses(*items: LossItem, empty: float = 0.5, **facts: Any) -> LossTable:
    events = EventTable(
        Years((2,)),
        {"discovered_on": DAY, "claim_made_on": DAY, "security_discovered_on": DAY, **facts},
        empty_probability=empty,
        cause=np.array([0, 1], dtype=np.int8),
        cause_names=("theft", "worm_virus"),
    )
    return LossTable(events, items)


def by_key(gaps: tuple[Gap, ...]) -> dict[Any, Any]:
    return {
        (gap.head, gap.cause): (gap.loss, gap.covered, gap.capped, gap.excluded) for gap in gaps
    }


def test_gaps_by_hand() -> None:
    # Two loss years that together have probability one half: each event counts a quarter.
    table = losses(
        item("call_centre", 20_000_000, 4_000_000),
        item("apology_letters", 0, 4_000_000),
        item("certification", 8, 0),
        reported_to_authority=np.array([True, True]),
    )
    gaps = cover_gaps(pay(plan(AIU), table, YEAR), YEAR)
    assert by_key(gaps) == {
        # 90% of 20 million is cut to 10% of 100 million.
        ("call_centre", "theft"): (5_000_000, 2_500_000, 2_500_000, 0),
        ("call_centre", "worm_virus"): (1_000_000, 900_000, 100_000, 0),
        ("apology_letters", "worm_virus"): (1_000_000, 900_000, 100_000, 0),
        ("certification", "theft"): (2, 0, 0, 2),
    }
    tail = np.array([True, False])
    in_tail = cover_gaps(pay(plan(AIU), table, YEAR), YEAR, years=tail, by_cause=False)
    assert by_key(in_tail)["call_centre", None] == (20_000_000, 10_000_000, 10_000_000, 0)
    nothing = cover_gaps(pay(plan(AIU), table, YEAR), YEAR, years=np.array([False, False]))
    assert nothing == ()


def test_what_a_rider_would_pay_is_reported_under_the_head_as_simulated() -> None:
    chosen = plan(AIU)
    simulated = losses(
        item("cyber_response", 2_000_000, 0),
        item("card_misuse_damages", 400_000, 0),
        item("consulting", 0, 8_000_000),
    )
    base = pay(chosen, losses_for(chosen, simulated), YEAR)
    riders = with_riders(chosen, simulated, YEAR)
    assert {"card", "cyber", "consulting_double", "ip=10000000", "corporate_info=same"} <= set(
        riders
    )
    assert "execution" not in riders
    gaps = {
        gap.head: gap for gap in cover_gaps(base, YEAR, riders, by_cause=False, named=simulated)
    }
    # Neither reported nor in the media, so nothing is paid as an investigation.
    assert gaps["cyber_response"].covered == 0
    assert gaps["cyber_response"].by_rider["cyber"] == 1_800_000 / 4
    assert gaps["card_misuse_damages"].by_rider["card"] == 400_000 / 4
    assert gaps["consulting"].by_rider["consulting_double"] == 3_000_000 / 4
    assert gaps["consulting"].by_rider["cyber"] == 0


def test_a_rider_that_needs_another_is_left_out_without_it() -> None:
    table = losses(item("damages", 1, 1))
    assert "execution_double" not in with_riders(plan(f"{AIU}@execution=false"), table, YEAR)
    riders = with_riders(plan(f"{AIU}+card@execution=false"), table, YEAR)
    assert "execution" in riders
    assert "card" not in riders


def test_a_fixed_benefit_beyond_the_loss_leaves_nothing_negative() -> None:
    days = np.array([1.0, 0.0])
    court = LossItem(
        "court_attendance", np.array([10.0, 0.0]), officer_days=days, employee_days=0 * days
    )
    part = head_payments(pay(plan(AIU), losses(court), YEAR), YEAR)["court_attendance"]
    assert part.paid.tolist() == [50_000, 0]
    assert part.capped.tolist() == [0, 0]


def test_disputes_are_worth_what_the_other_reading_pays_more() -> None:
    table = losses(item("call_centre", 4_000_000, 0), own_notice=np.array([True, False]))
    found = {
        (one.code, one.name): one.worth
        for one in dispute_worth(plan(f"{AIU}@reading.A-2=notice_counts"), table, YEAR)
    }
    assert found["A-2", "notice_counts"] == 3_600_000 / 4
    assert found["A-6", "per_claim"] == 0
    assert dispute_worth(plan("nipponkoa_2006/F"), table, YEAR)[0].alternative.en.startswith(
        "per event"
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(wordings(), years())
def test_the_parts_of_random_plans_add_up(raw: dict[str, Any], drawn: list[list[Any]]) -> None:
    raw = copy.deepcopy(raw)
    for cover in raw["cover"].values():
        cover.pop("benefit", None)
    table, _ = table_of(drawn)
    paid = pay(built(raw), table, period())
    parts = head_payments(paid, period()).values()
    assert sum(part.paid.sum() for part in parts) == pytest.approx(paid.paid.sum())
    for part in parts:
        assert part.loss == pytest.approx(part.paid + part.capped + part.excluded)
        assert (part.excluded >= -1e-9).all()
        assert (part.capped >= 0).all()
