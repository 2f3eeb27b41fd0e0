"""The slow reference against the adjudicated cases and against sums done by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.reference import adjudicate, disagreements
from support.reference_common import corresponding_day, spread

CASES = Path(__file__).parents[1] / "data" / "cases"
PUBLIC = [
    case for path in sorted(CASES.glob("*.json")) for case in json.loads(path.read_text("utf-8"))
]
PAYOUTS = [case for case in PUBLIC if case.get("kind") != "premium"]
PREMIUMS = [case for case in PUBLIC if case.get("kind") == "premium"]


@pytest.mark.parametrize("case", PAYOUTS, ids=lambda case: case["id"])
def test_public_case_is_adjudicated_to_the_yen(case: dict[str, Any]) -> None:
    got = adjudicate(case)
    assert disagreements(case, got, case["expected"]) == []
    # X-2 is informative; the reference follows it all the same.
    assert got == case["expected"]


@pytest.mark.parametrize("case", PREMIUMS, ids=lambda case: case["id"])
def test_public_premium_case(case: dict[str, Any]) -> None:
    assert adjudicate(case) == {"id": case["id"], **case["expected"]}


def test_disagreements_name_what_differs() -> None:
    case = next(case for case in PAYOUTS if case["id"] == "NIP-002")
    got = adjudicate({**case, "plan": "B"})
    assert disagreements(case, got, case["expected"]) == [
        "total: 13000000 is not 15000000",
        "uninsured: 2500000 is not 500000",
        "incident 0: total: 13000000 is not 15000000",
        "incident 0: liability.payable: 13000000 is not 15000000",
        "incident 0: liability.paid: 13000000 is not 15000000",
        "incident 0: entrustor heads: 3000000 is not 5000000",
    ]


# --- helpers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2006, 6, 1), date(2007, 6, 1)),
        (date(2008, 2, 29), date(2009, 2, 28)),
        (date(2007, 2, 28), date(2008, 2, 28)),
    ],
)
def test_corresponding_day(first: date, last: date) -> None:
    assert corresponding_day(first) == last


def test_spread_gives_the_odd_yen_to_the_largest_remainder_then_the_first_listed() -> None:
    assert spread(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert spread(5, {"a": 1, "b": 2}) == {"a": 2, "b": 3}
    assert spread(0, {"a": 0}) == {"a": 0}


# --- one small case of each product ----------------------------------------------------------


def galileo(*incidents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    policy = {
        "period": {"start": "2024-04-01", "end": "2025-03-31"},
        "first_inception": "2023-04-01",
        "limit_per_event": 1000,
        "limit_aggregate": None,
        "deductible": 0,
        "cost_limit_per_event": 1000,
        "cost_limit_aggregate": None,
        "cost_rate_percent": 100,
        "response_period_days": 180,
    }
    facts = {
        "leaked_on": "2024-05-20",
        "discovered_on": "2024-06-01",
        "claim_made_on": "2024-08-01",
        "reported_to_authority": True,
    }
    return build("galileo_generic", "standard", policy, facts, incidents, changes)


def sompo(*incidents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    policy = {"period": {"start": "2023-10-01", "end": "2024-09-30"}}
    return build("sompo_alive_leak_limited", "standard", policy, {}, incidents, changes)


def nipponkoa(*incidents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    policy = {"period": {"start": "2006-04-01", "end": "2007-03-31"}}
    facts = {
        "notified_on": "2006-06-01",
        "claim_made_on": "2006-09-01",
        "reported_to_authority": True,
    }
    return build("nipponkoa_2006", "A", policy, facts, incidents, changes)


def aiu(*incidents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    policy = {
        "period": {"start": "2016-01-01", "end": "2016-12-31"},
        "limit": 100_000_000,
        "deductible": 0,
        "own_share_percent": 0,
        "retroactive_date": None,
    }
    facts = {
        "discovered_on": "2016-02-01",
        "security_discovered_on": "2016-02-01",
        "claim_made_on": "2016-06-01",
        "reported_to_authority": True,
    }
    return build("aiu_2015", "base", policy, facts, incidents, changes)


def build(
    product: str,
    plan: str,
    policy: dict[str, Any],
    facts: dict[str, Any],
    incidents: tuple[dict[str, Any], ...],
    changes: dict[str, Any],
) -> dict[str, Any]:
    return {
        "id": "hand",
        "product": product,
        "plan": changes.get("plan", plan),
        "options": changes.get("options", {}),
        "policy": policy | changes.get("policy", {}),
        "prior_paid": changes.get("prior_paid", {}),
        "incidents": [facts | incident for incident in incidents],
    }


def cost(head: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"head": head, "amount": amount, **more}


def totals(case: dict[str, Any]) -> list[int]:
    return [incident["total"] for incident in adjudicate(case)["incidents"]]


def eligible(case: dict[str, Any]) -> dict[str, int]:
    heads = adjudicate(case)["incidents"][0]["heads"]
    return {head: amounts["eligible"] for head, amounts in heads.items()}


# --- Galileo ---------------------------------------------------------------------------------


def test_galileo_ratio_uses_the_limit_left_of_the_aggregate() -> None:
    # 1,000 of 1,500 used: 500 left against damages of 800, 500/800 of 81 = 50.6
    items = [cost("damages", 800), cost("litigation_costs", 81)]
    case = galileo({"items": items}, policy={"limit_aggregate": 1500}, prior_paid={"damages": 1000})
    assert totals(case) == [550]


def test_galileo_ratio_drops_the_fraction_for_each_head() -> None:
    # 1000/1500 of 100 and of 200: 66 + 133, not 200
    items = [
        cost("damages", 1500),
        cost("litigation_costs", 100),
        cost("dispute_response_costs", 200),
    ]
    assert totals(galileo({"items": items})) == [1199]


def test_galileo_ratio_counts_only_damages_of_the_policy() -> None:
    items = [
        cost("damages", 900),
        cost("damages", 900, consent=False),
        cost("litigation_costs", 100),
    ]
    assert totals(galileo({"items": items})) == [1000]


def test_galileo_deductible_spares_dispute_costs() -> None:
    items = [cost("damages", 40), cost("litigation_costs", 30)]
    assert totals(galileo({"items": items}, policy={"deductible": 50})) == [30]


@pytest.mark.parametrize(("day", "paid"), [("2024-11-28", 100), ("2024-11-29", 0)])
def test_galileo_response_period_ends_on_day_180(day: str, paid: int) -> None:
    assert totals(galileo({"items": [cost("call_centre", 100, incurred_on=day)]})) == [paid]


@pytest.mark.parametrize(
    ("leaked", "discovered", "option", "paid"),
    [
        ("2023-04-01", "2024-06-01", False, 10),  # first inception: liability, no cost
        ("2023-03-31", "2024-06-01", False, 0),
        ("2023-03-31", "2024-06-01", True, 15),  # G-6: discovery takes the leak's place
        ("2023-03-31", "2024-03-31", True, 10),  # discovered before this period: no costs
        ("2023-03-31", "2023-03-31", True, 0),  # come to light before the first inception
        ("2023-04-01", "2024-06-01", True, 10),  # a leak between: the option is not for it
    ],
)
def test_galileo_days_of_leak_and_discovery(
    leaked: str, discovered: str, option: bool, paid: int
) -> None:
    incident = {
        "leaked_on": leaked,
        "discovered_on": discovered,
        "items": [cost("damages", 10), cost("call_centre", 5)],
    }
    assert totals(galileo(incident, options={"pre_inception_leak": option})) == [paid]


def test_galileo_cost_rate_comes_before_the_limit() -> None:
    case = galileo({"items": [cost("call_centre", 1105)]}, policy={"cost_rate_percent": 90})
    assert totals(case) == [994]


@pytest.mark.parametrize(
    "fact",
    [
        {"leak_status": "suspected"},
        {"deceased": True},
        {"data_subject": "employee"},
        {"data_subject": "corporate"},
        {"data_location": "overseas"},
    ],
)
def test_galileo_information_out_of_both_parts(fact: dict[str, Any]) -> None:
    items = [cost("damages", 10), cost("call_centre", 5)]
    assert totals(galileo({"items": items, **fact})) == [0]


# --- SOMPO -----------------------------------------------------------------------------------


def test_sompo_sending_counts_inside_the_thousand_yen() -> None:
    item = {"head": "condolence", "persons": 3, "per_person": 980, "shipping_per_person": 50}
    assert eligible(sompo({"items": [item]})) == {"condolence": 2940, "condolence_shipping": 60}


@pytest.mark.parametrize(
    ("form", "paid"),
    [("cash", 500), ("goods", 500), ("own_voucher", 500), ("points", 0), ("digital", 0)],
)
def test_sompo_gifts_must_be_tangible(form: str, paid: int) -> None:
    item = {"head": "condolence", "persons": 1, "per_person": 500, "form": form}
    assert totals(sompo({"items": [item]})) == [paid]


def test_sompo_earlier_payments_of_both_parts_use_the_shared_amount() -> None:
    items = [cost("damages", 9_000_000), cost("call_centre", 900_000)]
    case = sompo({"items": items}, prior_paid={"liability": 95_000_000, "cost": 400_000})
    sections = adjudicate(case)["incidents"][0]["sections"]
    assert sections == {
        "liability": {"payable": 5_000_000, "paid": 4_000_000},
        "cost": {"payable": 600_000, "paid": 600_000},
    }


def test_sompo_officers_data_and_prevention_elsewhere() -> None:
    items = [cost("damages", 10), cost("call_centre", 5)]
    assert totals(sompo({"items": items, "data_subject": "officer"})) == [10]
    items = [cost("recurrence_prevention", 7, direct_cause_location=False)]
    assert totals(sompo({"items": items})) == [0]


@pytest.mark.parametrize(
    ("revenue", "months", "premium"),
    [(50_000_001, 12, 30_000), (500_000_000, 12, 109_000), (200_000_000, 4, 15_000)],
)
def test_sompo_premium(revenue: int, months: int, premium: int) -> None:
    case = {
        "id": "P",
        "kind": "premium",
        "product": "sompo_alive_leak_limited",
        "revenue": revenue,
        "months": months,
    }
    assert adjudicate(case) == {"id": "P", "premium": premium}


# --- Nipponkoa -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notified", "ordered", "paid"),
    [
        ("2006-06-01", "2007-06-01", 95),
        ("2006-06-01", "2007-06-02", 0),
        ("2006-06-01", "2006-05-31", 0),
        ("2008-02-29", "2009-02-28", 95),
        ("2008-02-29", "2009-03-01", 0),
        (None, None, 0),
    ],
)
def test_nipponkoa_twelve_months(notified: str | None, ordered: str | None, paid: int) -> None:
    item = cost("apology_ads", 100, incurred_on=ordered)
    assert totals(nipponkoa({"notified_on": notified, "items": [item]})) == [paid]


def test_nipponkoa_press_coverage_by_others_confirms_nothing() -> None:
    items = [cost("investigation", 100), cost("press_conference", 100)]
    incident = {"reported_to_authority": False, "media_report": True, "items": items}
    assert totals(nipponkoa(incident)) == [95]


def test_nipponkoa_ninety_five_percent_drops_the_fraction_once() -> None:
    items = [cost("apology_ads", 10), cost("call_centre", 11)]
    assert totals(nipponkoa({"items": items})) == [19]  # 21 x 95% = 19.95


@pytest.mark.parametrize(
    ("more", "paid"),
    [
        ({}, 475),
        ({"form": "digital"}, 475),
        ({"form": "points"}, 0),
        ({"form": "points", "shipping_per_person": 100}, 95),
        ({"recipient": "employee_non_customer", "shipping_per_person": 100}, 95),
    ],
)
def test_nipponkoa_condolence(more: dict[str, Any], paid: int) -> None:
    item = {"head": "condolence", "persons": 1, "per_person": 900, **more}
    assert totals(nipponkoa({"items": [item]})) == [paid]


def test_nipponkoa_entrustor_sublimit_runs_through_the_period_inside_the_limit() -> None:
    incident = {"items": [cost("entrustor_costs", 700_000)]}
    case = nipponkoa(incident, incident, prior_paid={"liability": 400_000, "entrustor": 200_000})
    assert totals(case) == [700_000, 100_000]


def test_nipponkoa_exceptions_lift_from_either_level() -> None:
    item = cost("damages", 100, exceptions=["liable_without_contract"])
    assert totals(nipponkoa({"exclusions": ["contractual_increase"], "items": [item]})) == [100]
    item = cost("damages", 100, exclusions=["public_authority_seizure"])
    assert totals(nipponkoa({"exceptions": ["fire_or_evacuation"], "items": [item]})) == [100]


# --- AIU -------------------------------------------------------------------------------------


def test_aiu_deductible_then_own_share_then_court_attendance_in_full() -> None:
    items = [
        cost("damages", 1_000_001),
        {"head": "court_attendance", "officer_days": 1, "employee_days": 1},
    ]
    case = aiu({"items": items}, policy={"deductible": 100_000, "own_share_percent": 10})
    # (1,000,001 - 100,000) x 90% = 810,000.9; 75,000 in full
    assert totals(case) == [885_000]


def test_aiu_court_attendance_follows_the_claim() -> None:
    item = {"head": "court_attendance", "officer_days": 2, "claim": "ip"}
    assert totals(aiu({"items": [item]})) == [0]
    assert totals(aiu({"items": [item]}, options={"ip": 10_000_000})) == [100_000]


@pytest.mark.parametrize(("known", "paid"), [("2016-03-01", 10), ("2016-03-02", 30), (None, 0)])
def test_aiu_consulting_is_saved_until_noncoverage_is_known(known: str | None, paid: int) -> None:
    items = [
        cost("consulting", 10, incurred_on="2016-03-01"),
        cost("consulting", 20, incurred_on="2016-03-02"),
        cost("investigation", 40),
    ]
    incident = {
        "items": items,
        "exclusions": ["officer_crime_or_intent"],
        "noncoverage_known_on": known,
    }
    assert totals(aiu(incident)) == [paid]


def test_aiu_later_consulting_is_out_without_any_exclusion() -> None:
    item = cost("consulting", 10, incurred_on="2016-03-02")
    assert totals(aiu({"items": [item], "noncoverage_known_on": "2016-03-01"})) == [0]


@pytest.mark.parametrize(
    ("days", "paid"),
    [
        (["2016-12-10", "2017-02-08"], [90, 90]),  # day 60
        (["2016-12-10", "2017-02-09"], [90, 0]),  # day 61
        (["2016-12-31", "2017-02-01", "2017-03-15"], [90, 90, 0]),  # no chain of deemed days
        (["2015-12-20", "2016-01-10"], [0, 0]),  # deemed found before the period
    ],
)
def test_aiu_sixty_days_of_security_incidents(days: list[str], paid: list[int]) -> None:
    incidents = [
        {"security_discovered_on": day, "items": [cost("cyber_response", 100)]} for day in days
    ]
    assert totals(aiu(*incidents, options={"cyber": True})) == paid


def test_aiu_deemed_day_opens_the_ninety_days() -> None:
    # deemed 1 February: day 90 is 1 May 2016
    items = [
        cost("cyber_response", 100, incurred_on="2016-05-01"),
        cost("cyber_response", 1000, incurred_on="2016-05-02"),
    ]
    second = {"security_discovered_on": "2016-03-01", "items": items}
    case = aiu({"items": []}, second, options={"cyber": True})
    assert totals(case) == [0, 90]


def test_aiu_assignment_takes_what_pays_most() -> None:
    # consulting is nearly used up (100 left), cyber pays 90%: the large item goes to cyber
    under = ["consulting", "cyber"]
    items = [
        cost("cyber_response", 100, claimable_under=under),
        cost("cyber_response", 1000, claimable_under=under),
    ]
    case = aiu({"items": items}, options={"cyber": True}, prior_paid={"consulting": 4_999_900})
    assert totals(case) == [1000]


def test_aiu_assignment_reckons_with_a_closed_rider() -> None:
    item = cost("investigation", 100, claimable_under=["cyber", "execution"])
    assert totals(aiu({"items": [item]})) == [90]


def test_aiu_entrustor_condolence_runs_down_by_what_was_taken_as_loss() -> None:
    # 20% of 1,000,000 = 200,000; the deductible comes after it
    incident = {
        "items": [{"head": "entrustor_condolence", "persons": 300, "per_person": 600}],
    }
    case = aiu(incident, incident, policy={"limit": 1_000_000, "deductible": 10_000})
    assert totals(case) == [140_000, 40_000]


@pytest.mark.parametrize(
    ("options", "paid"),
    [
        ({}, 0),
        ({"card": True}, 60),
        ({"dispatch": True}, 0),
        ({"card": True, "dispatch": True}, 60),
    ],
)
def test_aiu_card_losses_by_an_own_employee(options: dict[str, Any], paid: int) -> None:
    items = [
        cost("card_misuse_damages", 40),
        cost("damages", 20, exclusions=["card_number_misuse"]),
    ]
    assert totals(aiu({"items": items}, options=options)) == [paid]


def test_aiu_card_losses_by_a_dispatched_worker_stay_out() -> None:
    items = [
        cost("card_misuse_damages", 40),
        cost("damages", 20, exclusions=["card_number_misuse"]),
        cost("damages", 3),
        cost("consulting", 5),
    ]
    incident = {"items": items, "exclusions": ["dispatched_worker_act"]}
    assert totals(aiu(incident, options={"card": True, "dispatch": True})) == [8]


def test_aiu_unapproved_settlements_are_no_damages() -> None:
    items = [
        cost("damages", 1, consent=False),
        cost("entrustor_costs", 2, consent=False),
        {"head": "entrustor_condolence", "persons": 1, "per_person": 4, "consent": False},
        cost("litigation_costs", 8, consent=False),
        cost("consulting", 16, consent=False),
    ]
    assert totals(aiu({"items": items})) == [24]


@pytest.mark.parametrize(
    ("settled_by", "consent", "paid"),
    [
        ("judgment", False, 10),
        ("arbitration", True, 10),
        ("court_settlement", False, 0),
        ("adr", True, 10),
        ("out_of_court", True, 0),
    ],
)
def test_aiu_ways_of_settling_an_ip_claim(settled_by: str, consent: bool, paid: int) -> None:
    item = cost("ip_damages", 10, settled_by=settled_by, consent=consent)
    assert totals(aiu({"items": [item]}, options={"ip": 10_000_000})) == [paid]


@pytest.mark.parametrize(
    ("fact", "paid"),
    [
        ({"leak_status": "suspected"}, 9 + 900_000),
        ({"data_subject": "corporate"}, 9 + 9000 + 900_000),
        ({"business_location": "overseas"}, 9),
        ({"claim_country": "US"}, 9 + 90 + 900),
        ({"approved_consultant": False}, 9 + 9000 + 90_000 + 900_000),
        ({"discovered_on": "2015-12-31"}, 9 + 9000 + 90_000 + 900_000),
        ({"discovered_on": "2015-12-30"}, 9 + 900_000),  # before the retroactive date
        ({"own_notice": True, "reported_to_authority": False}, 9 + 900 + 9000 + 90_000 + 900_000),
    ],
)
def test_aiu_conditions_close_their_own_riders(fact: dict[str, Any], paid: int) -> None:
    items = [
        cost("cyber_response", 10),
        cost("call_centre", 100),
        cost("consulting", 900),
        cost("corporate_info_damages", 9000),
        cost("damages", 90_000),
        cost("ip_damages", 900_000),
    ]
    options = {"cyber": True, "corporate_info": "same", "ip": 10_000_000}
    case = aiu({"items": items, **fact}, options=options, policy={"retroactive_date": "2015-12-31"})
    assert totals(case) == [paid]


def test_aiu_double_and_waiver_together() -> None:
    options = {"execution_double": True, "execution_own_share_waiver": True}
    items = [cost("call_centre", 20_000_001)]
    assert totals(aiu({"items": items}, options=options)) == [20_000_000]
