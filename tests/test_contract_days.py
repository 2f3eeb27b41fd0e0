"""Days that a contract names reach the simulation as they reach a real claim."""

from __future__ import annotations

from datetime import date

import numpy as np

from exposure.arrays import Years
from exposure.lazy import Shared
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import EventTable, LossItem, LossTable

GENERIC = (
    "galileo_generic@limit_per_event=100000000@cost_limit_per_event=1@response_period_days=180"
)
PERIOD = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))


def one_claim(leaked: str, discovered: str) -> LossTable:
    days = {
        "leaked_on": np.array([leaked], dtype="datetime64[D]"),
        "discovered_on": np.array([discovered], dtype="datetime64[D]"),
        "claim_made_on": np.array(["2026-09-01"], dtype="datetime64[D]"),
    }
    return LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([5e6])),))


def test_a_leak_before_this_year_counts_where_the_first_contract_is_older() -> None:
    losses = one_claim("2026-02-01", "2026-05-01")
    assert pay(plan(GENERIC), losses, PERIOD).paid.tolist() == [0.0]
    renewed = plan(GENERIC + "@first_inception=2024-04-01")
    assert pay(renewed, losses, PERIOD).paid.tolist() == [5e6]


def test_the_retroactive_date_of_the_contract_cuts_earlier_discoveries() -> None:
    losses = one_claim("2026-04-02", "2026-05-01")
    assert pay(plan("aiu_2015@limit=100000000"), losses, PERIOD).paid.tolist() == [5e6]
    later = plan("aiu_2015@limit=100000000@retroactive_date=2026-05-02")
    assert pay(later, losses, PERIOD).paid.tolist() == [0.0]
    same_day = plan("aiu_2015@limit=100000000@retroactive_date=2026-05-01")
    assert pay(same_day, losses, PERIOD).paid.tolist() == [5e6]


def test_plans_of_different_days_do_not_share_what_they_take_up() -> None:
    losses, shared = one_claim("2026-02-01", "2026-05-01"), Shared()
    renewed = plan(GENERIC + "@first_inception=2024-04-01")
    assert pay(plan(GENERIC), losses, PERIOD, shared=shared).paid.tolist() == [0.0]
    assert pay(renewed, losses, PERIOD, shared=shared).paid.tolist() == [5e6]
