"""The random cases: valid, repeatable, near the boundaries; the reference keeps its promises."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reference import PRODUCTS, adjudicate, disagreements
from support.strategies import cases, random_case
from support.strategies_tables import EXCLUSIONS, HEADS_OF, ITEM_EXCLUSIONS, PATTERNS

SEEDS = range(500)


def check_bounds(case: dict[str, Any], got: dict[str, Any]) -> None:
    assert len(got["incidents"]) == len(case["incidents"])
    for incident in got["incidents"]:
        for amounts in incident["heads"].values():
            assert 0 <= amounts["paid"] <= amounts["eligible"] <= amounts["loss"]
            assert amounts["uninsured"] == amounts["loss"] - amounts["paid"]
        for section in incident["sections"].values():
            assert 0 <= section["paid"] <= section["payable"]
        by_head = sum(amounts["paid"] for amounts in incident["heads"].values())
        by_section = sum(section["paid"] for section in incident["sections"].values())
        assert by_head == by_section == incident["total"]
    assert got["total"] == sum(incident["total"] for incident in got["incidents"])
    assert got["uninsured"] == sum(incident["uninsured"] for incident in got["incidents"])


def paid_in(case: dict[str, Any], got: dict[str, Any], section: str) -> int:
    now: int = sum(incident["sections"][section]["paid"] for incident in got["incidents"])
    return now + int(case["prior_paid"].get(section, 0))


@pytest.mark.parametrize("product", PRODUCTS)
def test_random_cases_are_paid_within_their_losses(product: str) -> None:
    for seed in SEEDS:
        case = random_case(product, seed)
        check_bounds(case, adjudicate(case))


def test_limits_of_the_period_hold() -> None:
    for seed in SEEDS:
        case = random_case("aiu_2015", seed)
        got = adjudicate(case)
        sections = got["incidents"][0]["sections"]
        assert sum(paid_in(case, got, section) for section in sections) <= case["policy"]["limit"]
        assert paid_in(case, got, "consulting") <= 10_000_000
        assert paid_in(case, got, "cyber") <= 3_000_000
        case = random_case("sompo_alive_leak_limited", seed)
        got = adjudicate(case)
        assert paid_in(case, got, "cost") <= 1_000_000
        assert paid_in(case, got, "cost") + paid_in(case, got, "liability") <= 100_000_000
        case = random_case("nipponkoa_2006", seed)
        got = adjudicate(case)
        liability, cost = PATTERNS[case["plan"]]
        assert paid_in(case, got, "liability") <= liability
        assert paid_in(case, got, "cost") <= cost


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_seed_gives_the_same_case_and_the_case_is_left_alone(product: str) -> None:
    case = random_case(product, 7)
    got = adjudicate(case)
    assert case == random_case(product, 7)
    assert got == adjudicate(case)
    assert disagreements(case, got, adjudicate(case)) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_random_cases_reach_every_head_and_exclusion_and_often_pay(product: str) -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        case = random_case(product, seed)
        seen["paid"] += adjudicate(case)["total"] > 0
        for incident in case["incidents"]:
            seen.update(incident.get("exclusions", []))
            for item in incident["items"]:
                seen.update([item["head"], *item.get("exclusions", [])])
    assert seen["paid"] > len(SEEDS) / 2
    expected = {*HEADS_OF[product], *EXCLUSIONS[product], *ITEM_EXCLUSIONS[product]}
    assert expected <= set(seen)


def test_random_aiu_options_are_possible_together() -> None:
    for seed in SEEDS:
        case = random_case("aiu_2015", seed)
        options, prior = case["options"], case["prior_paid"]
        if not options.get("execution", True):
            assert not options.get("execution_double", False)
            assert not options.get("execution_own_share_waiver", False)
        inner = prior.get("entrustor_condolence", 0)
        assert inner <= prior.get("liability", 0)
        assert sum(prior.values()) - inner <= case["policy"]["limit"]


@pytest.mark.parametrize("product", PRODUCTS)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_drawn_cases_are_paid_within_their_losses(product: str, data: st.DataObject) -> None:
    case = data.draw(cases(product))
    check_bounds(case, adjudicate(case))
