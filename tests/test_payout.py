"""What is paid: each step by hand, the public cases, the slow twins, properties on random plans."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reference import PRODUCTS, adjudicate, disagreements
from support.reference_vocabulary import pay_years
from support.strategies import cases, random_case
from support.strategies_plans import NAMES, PERIOD, built, period, table_of, wordings, years

from exposure.arrays import Years
from exposure.files import data_path
from exposure.lazy import Shared
from exposure.policy.cases import Case, adjust, case_from, read_cases
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import EventTable, LossItem, LossTable, code_of

PERIOD_OF_2025 = PolicyPeriod(start=date(2025, 1, 1), end=date(2025, 12, 31))
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
INFINITE = float("inf")
DAY = np.datetime64("2024-06-01")
ITEM_AT = ("condolence", "condolence_shipping")


def amounts(*values: float) -> Any:
    return np.array(values, dtype=np.float64)


def wording(covers: dict[str, Any], **plan_terms: Any) -> dict[str, Any]:
    label = {"ja": "x", "en": "x"}
    return {
        "plan": {
            "product": "x",
            "label": label,
            "short": label,
            "insurer": label,
            "edition": label,
            "source": "x",
            "limit_covers": ["plan"],
            **plan_terms,
        },
        "cover": {name: {"label": label, **cover} for name, cover in covers.items()},
        "exception": {"returned": label},
    }


def losses(*items: LossItem, sizes: tuple[int, ...] = (1,), **facts: Any) -> LossTable:
    return LossTable(EventTable(Years(sizes), facts), items)


def paid(raw: dict[str, Any], table: LossTable, **used: float) -> list[float]:
    result: list[float] = pay(built(raw), table, period(), used).paid.tolist()
    return result


def one(cover: dict[str, Any], table: LossTable) -> list[float]:
    return paid(wording({"a": {"heads": ["call_centre"], **cover}}), table)


# --- each step by hand -------------------------------------------------------------------------


def test_the_deductible_is_taken_from_each_event_and_never_below_zero() -> None:
    item = LossItem("call_centre", amounts(50, 250))
    assert one({"deductible": 100}, losses(item, sizes=(2,))) == [0, 150]


def test_the_share_is_exact_where_binary_fractions_are_not() -> None:
    item = LossItem("call_centre", amounts(16_000_000, 19, 99))
    assert one({"indemnity_percent": 95}, losses(item, sizes=(3,))) == [15_200_000, 18, 94]


def test_deductible_then_share_then_limit() -> None:
    item = LossItem("call_centre", amounts(1_100))
    terms = {"deductible": 100, "own_share_percent": 10, "limit": 850}
    assert one(terms, losses(item)) == [850]
    assert one({**terms, "limit": 950}, losses(item)) == [900]


@pytest.mark.parametrize(("damages", "expected"), [(50, 150), (100, 200), (200, 150)])
def test_what_is_outside_a_limit_is_cut_by_limit_over_damages(
    damages: float, expected: float
) -> None:
    raw = wording(
        {
            "a": {"heads": ["damages"], "event_limit": 100},
            "b": {"heads": ["litigation_costs"], "outside": "a"},
        }
    )
    table = losses(
        LossItem("damages", amounts(damages)), LossItem("litigation_costs", amounts(100))
    )
    assert paid(raw, table) == [expected]


def test_the_ratio_uses_what_is_left_of_the_limit_unless_the_reading_says_otherwise() -> None:
    covers: dict[str, Any] = {
        "a": {"heads": ["damages"], "limit": 100},
        "b": {"heads": ["litigation_costs"], "outside": "a"},
    }
    table = losses(
        LossItem("damages", amounts(60, 80)),
        LossItem("litigation_costs", amounts(0, 20)),
        sizes=(1, 1),
    )
    assert paid(wording(covers), table) == [60, 40 + 20 * 40 // 80]
    covers["b"]["ratio_limit"] = "event"
    assert paid(wording(covers), table) == [60, 40 + 20]


def test_a_cover_outside_a_limit_keeps_its_deductible_and_share() -> None:
    raw = wording(
        {
            "a": {"heads": ["damages"], "event_limit": 100},
            "b": {
                "heads": ["litigation_costs"],
                "outside": "a",
                "deductible": 20,
                "indemnity_percent": 50,
            },
        }
    )
    table = losses(LossItem("damages", amounts(200)), LossItem("litigation_costs", amounts(120)))
    assert paid(raw, table) == [100 + (120 - 20) // 2 // 2]


@pytest.mark.parametrize(
    ("spent", "expected"),
    [("2024-06-01", 7), ("2024-11-28", 7), ("2024-11-29", 0), ("2024-05-31", 0), ("NaT", 7)],
)
def test_day_180_is_in_the_window_and_day_181_is_out(spent: str, expected: float) -> None:
    window = {"w": {"date": "incurred_on", "days": 180, "of": "discovered_on"}}
    item = LossItem("call_centre", amounts(7), facts={"incurred_on": np.datetime64(spent, "D")})
    assert one({"require": window}, losses(item, discovered_on=DAY)) == [expected]


@pytest.mark.parametrize(
    ("opened", "last"),
    [
        ("2023-06-01", "2024-06-01"),
        ("2023-02-28", "2024-02-28"),
        ("2024-02-29", "2025-02-28"),
        ("2023-12-31", "2024-12-31"),
    ],
)
def test_twelve_months_end_with_the_corresponding_day(opened: str, last: str) -> None:
    window = {"w": {"date": "incurred_on", "months": 12, "of": "notified_on"}}
    end = np.datetime64(last)
    for day, expected in ((end, 7), (end + np.timedelta64(1, "D"), 0)):
        item = LossItem("call_centre", amounts(7), facts={"incurred_on": day})
        table = losses(item, notified_on=np.datetime64(opened))
        assert one({"require": window}, table) == [expected]


def test_a_given_day_needs_the_day_that_opens_its_window() -> None:
    window = {"w": {"date": "incurred_on", "days": 180, "of": "discovered_on"}}
    item = LossItem("call_centre", amounts(7), facts={"incurred_on": DAY})
    assert one({"require": window}, losses(item)) == [0]


def test_the_spending_profile_gives_the_share_inside_the_window() -> None:
    window = {"w": {"date": "incurred_on", "days": 10, "of": "notified_on"}}
    # Mean 10 days: 1 - e^-1 = 0.6321205... of the cost arises within 10 days.
    item = LossItem("call_centre", amounts(1_000_000), spending_mean_days=10.0)
    assert one({"require": window}, losses(item, notified_on=DAY)) == [632_120]
    assert one({"require": window}, losses(item)) == [0]
    gift = LossItem(
        "condolence",
        amounts(1_000 * 900),
        units=amounts(1_000),
        per_unit=amounts(900),
        spending_mean_days=10.0,
    )
    cover = {"heads": ["condolence"], "require": window}
    cover["per_unit"] = {"p": {"amount": 500, "heads": ["condolence"]}}
    # Whole persons inside: 632 of 1,000.
    assert paid(wording({"a": cover}), losses(gift, notified_on=DAY)) == [632 * 500]


def test_an_incident_within_sixty_days_counts_as_found_the_same_day() -> None:
    raw = wording(
        {
            "a": {
                "heads": ["cyber_response"],
                "require": {"d": {"date": "security_deemed_on", "within": "period"}},
            }
        }
    )
    raw["derive"] = {
        "security_deemed_on": {"date": "security_discovered_on", "same_day_within_days": 60}
    }
    found = np.array(["2024-12-20", "2025-02-18", "2025-02-19"], dtype="datetime64[D]")
    item = LossItem("cyber_response", amounts(1, 2, 4))
    assert paid(raw, losses(item, sizes=(1, 1, 1), security_discovered_on=found)) == [1, 2, 0]


def test_the_period_limit_runs_down_over_the_events_of_a_year() -> None:
    item = LossItem("call_centre", amounts(60, 30, 50, 30))
    table = losses(item, sizes=(2, 1, 1))
    assert one({"period_limit": 100}, table) == [60, 30, 40, 0]
    assert one({"event_limit": 40}, table) == [40, 30, 40, 30]
    raw = wording({"a": {"heads": ["call_centre"], "limit": 100}})
    assert paid(raw, table, a=30) == [60, 30, 10, 0]


def test_a_shared_limit_counts_what_any_section_was_paid_before() -> None:
    raw = wording({"a": {"heads": ["call_centre"]}, "b": {"heads": ["damages"]}}, limit=100)
    table = losses(LossItem("call_centre", amounts(50)), LossItem("damages", amounts(50)))
    assert paid(raw, table, a=30, b=20) == [50]
    plan_paid = pay(built(raw), table, period(), {"a": 30, "b": 20}).paid_by_section()
    assert {name: part.tolist() for name, part in plan_paid.items()} == {"a": [50], "b": [0]}


def test_the_cap_per_person_leaves_room_for_the_sending_only_where_both_share_it() -> None:
    def table() -> LossTable:
        gift = LossItem("condolence", amounts(3 * 800), units=amounts(3), per_unit=amounts(800))
        sending = LossItem(
            "condolence_shipping",
            amounts(3 * 500),
            units=amounts(3),
            per_unit=amounts(500),
            per_unit_before=amounts(800),
        )
        return losses(gift, sending)

    def capped(heads: list[str]) -> list[float]:
        cap = {"p": {"amount": 1_000, "heads": heads}}
        return paid(wording({"a": {"heads": list(ITEM_AT), "per_unit": cap}}), table())

    assert capped(list(ITEM_AT)) == [3 * 1_000]
    assert capped(["condolence"]) == [3 * 800 + 3 * 500]


def test_a_fixed_benefit_replaces_the_loss() -> None:
    item = LossItem(
        "court_attendance", amounts(1), officer_days=amounts(2), employee_days=amounts(3)
    )
    terms = {"heads": ["court_attendance"], "benefit": {"officer_day": 50, "employee_day": 25}}
    assert paid(wording({"a": terms}), losses(item)) == [175]
    nobody = LossItem("court_attendance", amounts(1))
    assert paid(wording({"a": terms}), losses(nobody)) == [0]


@pytest.mark.parametrize(
    ("exclusion", "facts", "exceptions", "expected"),
    [
        ({}, ["theft"], [], 0),
        ({}, [], [], 7),
        ({"unless": ["returned"]}, ["theft"], ["returned"], 7),
        ({"unless": ["returned:a"]}, ["theft"], ["returned"], 7),
        ({"unless": ["returned:b"]}, ["theft"], ["returned"], 0),
        ({"only_with": {"a": "war"}}, ["theft"], [], 7),
        ({"only_with": {"a": "war"}}, ["theft", "war"], [], 0),
        ({"only_with": {"b": "war"}}, ["theft"], [], 0),
        ({"saved_in": {"a": "discovered_on"}}, ["theft"], [], 7),
        ({"saved_in": {"a": "claim_made_on"}}, ["theft"], [], 0),
    ],
)
@pytest.mark.parametrize("of_item", [False, True])
def test_exclusions_reach_unless_something_lifts_them(
    exclusion: dict[str, Any], facts: list[str], exceptions: list[str], expected: int, of_item: bool
) -> None:
    raw = wording({"a": {"heads": ["call_centre"]}, "b": {"heads": ["damages"]}})
    raw["exclusion"] = {"theft": {"reaches": ["a"], **exclusion}}
    marks = {
        "exclusions": dict.fromkeys(facts, True),
        "exceptions": dict.fromkeys(exceptions, True),
    }
    item = LossItem("call_centre", amounts(7), **(marks if of_item else {}))
    events = EventTable(Years((1,)), {"discovered_on": DAY}, **({} if of_item else marks))
    assert paid(raw, LossTable(events, (item,))) == [expected]


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ({"fact": "consent", "among": [True]}, {}, 7),
        ({"fact": "consent", "among": [True, False]}, {"consent": False}, 7),
        ({"fact": "deceased", "among": [False]}, {"deceased": True}, 0),
        ({"fact": "form", "among": ["cash", "goods"]}, {"form": code_of("form", "goods")}, 7),
        ({"fact": "form", "among": ["cash"]}, {"form": code_of("form", "points")}, 0),
        ({"any": ["own_notice", "media_report"]}, {"media_report": True}, 7),
        ({"any": ["own_notice", "media_report"]}, {}, 0),
        ({"stated": "claim_made_on"}, {}, 0),
        ({"date": "claim_made_on", "within": "period"}, {"claim_made_on": DAY}, 7),
        ({"date": "claim_made_on", "within": "period"}, {}, 0),
        ({"date": "leaked_on", "not_before": "retroactive_date"}, {"leaked_on": DAY}, 7),
        ({"date": "leaked_on", "not_before": "retroactive_date", "or_unstated": True}, {}, 7),
        ({"date": "leaked_on", "not_after": "claim_made_on"}, {"leaked_on": DAY}, 7),
        ({"date": "leaked_on", "before": "period.start"}, {"leaked_on": DAY}, 0),
    ],
)
def test_conditions_by_hand(
    condition: dict[str, Any], facts: dict[str, Any], expected: int
) -> None:
    table = losses(LossItem("call_centre", amounts(7)), **facts)
    assert one({"require": {"c": condition}}, table) == [expected]


def test_a_head_no_attached_cover_takes_stays_with_the_insured() -> None:
    raw = wording({"a": {"heads": ["call_centre"], "attached": False}})
    table = pay(built(raw), losses(LossItem("call_centre", amounts(7))), period())
    assert table.paid.tolist() == [0]
    assert table.unpaid_by_reason()["not_covered"].tolist() == [7]
    assert not table.is_covered().any()


def test_every_yen_unpaid_has_the_reason_that_cut_it() -> None:
    covers = {
        "a": {
            "heads": ["call_centre", "condolence", "apology_ads"],
            "require": {
                "w": {"date": "incurred_on", "days": 1, "of": "discovered_on"},
                "c": {"fact": "consent", "among": [True], "heads": ["apology_ads"]},
            },
            "per_unit": {"p": {"amount": 500, "heads": ["condolence"]}},
            "deductible": 100,
            "own_share_percent": 10,
            "limit": 5_000,
        }
    }
    table = losses(
        LossItem("call_centre", amounts(9_000)),
        LossItem("call_centre", amounts(40), facts={"incurred_on": DAY + np.timedelta64(2, "D")}),
        LossItem("condolence", amounts(3 * 700), units=amounts(3), per_unit=amounts(700)),
        LossItem("apology_ads", amounts(30), facts={"consent": False}),
        LossItem("system_repair", amounts(8)),
        discovered_on=DAY,
    )
    paid_out = pay(built(wording(covers, limit=4_000)), table, period())
    # 9,000 + 1,500 - 100 = 10,400; 90% is 9,360; sublimit 5,000; limit 4,000.
    assert paid_out.paid.tolist() == [4_000]
    reasons = {name: part.tolist()[0] for name, part in paid_out.unpaid_by_reason().items()}
    assert reasons == {
        "not_covered": 8,
        "excluded": 30,
        "window": 40,
        "per_unit": 600,
        "deductible": 100,
        "share": 1_040,
        "sublimit": 4_360,
        "limit": 1_000,
    }
    assert paid_out.is_covered().tolist() == [True]
    assert paid_out.is_within_limits().tolist() == [False]


# --- the public cases and the slow twins -------------------------------------------------------


def shipped() -> list[Any]:
    return [
        pytest.param(raw, id=raw["id"])
        for path in sorted(data_path("cases").glob("*.json"))
        for raw in json.loads(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("raw", shipped())
def test_public_case_is_paid_to_the_yen(raw: dict[str, Any]) -> None:
    answer: Any = adjust(case_from(raw, "cases", raw["id"]))
    assert answer.pop("id") == raw["id"]
    if raw.get("kind") == "premium":
        assert answer == raw["expected"]
    else:
        assert disagreements(raw, answer, raw["expected"]) == []
        if not raw["readings"]:
            assert answer["incidents"][0]["sections"] == raw["expected"]["incidents"][0]["sections"]


@pytest.mark.parametrize("product", PRODUCTS)
def test_random_cases_are_paid_as_the_slow_twin_reads_the_wording(product: str) -> None:
    for seed in range(400):
        case = random_case(product, seed)
        answer: Any = adjust(case_from(case, "cases", "case"))
        assert disagreements(case, answer, adjudicate(case)) == [], seed


@pytest.mark.parametrize("product", PRODUCTS)
@QUICK
@given(st.data())
def test_drawn_cases_are_paid_as_the_slow_twin_reads_the_wording(
    product: str, data: st.DataObject
) -> None:
    case = data.draw(cases(product))
    answer: Any = adjust(case_from(case, "cases", "case"))
    assert disagreements(case, answer, adjudicate(case)) == []


@QUICK
@given(wordings(), years(), st.dictionaries(st.sampled_from(NAMES), st.integers(0, 120)))
def test_random_plans_pay_as_the_twin_of_the_vocabulary(
    raw: dict[str, Any], drawn: list[list[Any]], used: dict[str, int]
) -> None:
    used = {name: amount for name, amount in used.items() if name in raw["cover"]}
    table, rows = table_of(drawn)
    fast = pay(built(raw), table, period(), used)
    slow = list(pay_years(raw, drawn, PERIOD, used))
    unpaid = sum(fast.unpaid_by_reason().values())
    for row, (i, j) in enumerate(rows):
        event = slow[i][j]
        assert fast.paid[row] == event["paid"]
        for name, step in event["covers"].items():
            assert fast.payments[name].payable[row] == step["payable"], name
        assert np.asarray(unpaid)[row] == event["loss"] - event["paid"]


# --- properties on random plans ----------------------------------------------------------------


def annual(raw: dict[str, Any], table: LossTable) -> Any:
    return table.events.years.sum(pay(built(raw), table, period()).paid)


def without_benefits(raw: dict[str, Any]) -> dict[str, Any]:
    raw = copy.deepcopy(raw)
    for cover in raw["cover"].values():
        cover.pop("benefit", None)
    return raw


@QUICK
@given(wordings(), years())
def test_nothing_is_paid_beyond_the_claim_or_the_limits(
    raw: dict[str, Any], drawn: list[list[Any]]
) -> None:
    table, _ = table_of(drawn)
    result = pay(built(without_benefits(raw)), table, period())
    assert (result.paid >= 0).all()
    assert (result.paid <= table.total()).all()
    for payment in result.payments.values():
        assert (payment.payable >= 0).all()
        assert (payment.payable <= payment.due.eligible).all()
        in_year = table.events.years.sum(payment.payable)
        assert (in_year <= payment.layer.period_limit).all()
        assert (payment.payable <= payment.layer.event_limit).all()
    for reason, amount in result.unpaid_by_reason().items():
        assert (amount >= 0).all(), reason
    by_section = sum(result.paid_by_section().values(), np.zeros(len(result.paid)))
    assert (by_section == result.paid).all()
    assert ((result.paid > 0) <= result.is_covered()).all()


@QUICK
@given(wordings(), years(), st.integers(0, 300), st.integers(0, 300))
def test_raising_the_limit_of_the_plan_never_lowers_a_year(
    raw: dict[str, Any], drawn: list[list[Any]], limit: int, more: int
) -> None:
    table, _ = table_of(drawn)
    for apart in ("event_limit", "period_limit"):
        raw["plan"].pop(apart, None)
    raw["plan"]["limit"] = limit
    low = annual(raw, table)
    raw["plan"]["limit"] = limit + more
    assert (annual(raw, table) >= low).all()


@QUICK
@given(wordings(outside=False), years(most_events=1), st.data())
def test_raising_any_limit_never_lowers_a_year_with_one_event(
    raw: dict[str, Any], drawn: list[list[Any]], data: st.DataObject
) -> None:
    table, _ = table_of(drawn)
    limits = [
        (name, field)
        for name, cover in raw["cover"].items()
        for field in ("limit", "event_limit", "period_limit")
        if isinstance(cover.get(field), int)
    ]
    low = annual(raw, table)
    if limits:
        name, field = data.draw(st.sampled_from(limits))
        raw["cover"][name][field] += data.draw(st.integers(0, 200))
    assert (annual(raw, table) >= low).all()


def test_with_several_events_a_higher_inner_limit_can_lower_the_year() -> None:
    # The first event uses up the inner period limit, then meets the outer event limit.
    def of(inner_event_limit: int) -> list[float]:
        inner = {
            "heads": ["call_centre"],
            "within": "a",
            "event_limit": inner_event_limit,
            "period_limit": 100,
        }
        raw = wording({"a": {"event_limit": 50}, "b": inner})
        return paid(raw, losses(LossItem("call_centre", amounts(100, 100)), sizes=(1, 1)))

    assert of(50) == [50, 50]
    assert of(100) == [50, 0]


def test_with_a_ratio_a_higher_limit_inside_the_damages_can_lower_the_event() -> None:
    # More damages under the limit mean a smaller share of the costs paid outside it.
    def of(sublimit: int) -> float:
        covers = {
            "a": {"event_limit": 100},
            "b": {"heads": ["damages"], "within": "a", "event_limit": sublimit},
            "c": {"heads": ["litigation_costs"], "outside": "a"},
        }
        table = losses(
            LossItem("damages", amounts(200)), LossItem("litigation_costs", amounts(1_000))
        )
        return paid(wording(covers), table)[0]

    assert of(100) == 1_100
    assert of(200) == 600


@QUICK
@given(wordings(), years(), st.randoms(use_true_random=False))
def test_reordering_the_years_permutes_what_they_are_paid(
    raw: dict[str, Any], drawn: list[list[Any]], rng: Any
) -> None:
    def by_year(some: list[list[Any]]) -> list[list[float]]:
        table, rows = table_of(some)
        result = pay(built(raw), table, period()).paid
        found: list[list[float]] = [[0.0] * len(year) for year in some]
        for row, (i, j) in enumerate(rows):
            found[i][j] = float(result[row])
        return found

    order = list(range(len(drawn)))
    rng.shuffle(order)
    before = by_year(drawn)
    assert by_year([drawn[i] for i in order]) == [before[i] for i in order]


@QUICK
@given(wordings(), years())
def test_sharing_results_changes_nothing(raw: dict[str, Any], drawn: list[list[Any]]) -> None:
    table, _ = table_of(drawn)
    shared = Shared()
    chosen = built(raw)
    first = pay(chosen, table, period(), shared=shared)
    again = pay(chosen, table, period(), shared=shared)
    assert (first.paid == again.paid).all()
    assert (first.paid == pay(chosen, table, period()).paid).all()


def two_covers() -> dict[str, Any]:
    """Say a plan with damages up to 100 yen, and litigation costs."""
    name = {"ja": "名", "en": "name"}
    return {
        "plan": {
            "product": "x",
            **dict.fromkeys(("label", "short", "insurer", "edition"), name),
            "limit_covers": ["a"],
            "source": "none",
        },
        "cover": {
            "a": {"label": name, "heads": ["damages"], "limit": 100},
            "b": {"label": name, "heads": ["litigation_costs"]},
        },
    }


def test_covers_paid_outside_a_limit_do_not_share_with_others() -> None:
    items = LossItem("damages", np.array([50.0])), LossItem("litigation_costs", np.array([40.0]))
    table, shared = LossTable(EventTable(Years((1,)), {}), items), Shared()
    outside = two_covers()
    outside["cover"]["b"] |= {"outside": "a", "ratio_limit": "event"}
    for raw in (two_covers(), outside):
        assert pay(built(raw), table, period(), shared=shared).paid.tolist() == [90.0]


def test_rules_of_deemed_days_do_not_share_their_days() -> None:
    # Found within 60 days of the other, in the period before, the second counts as found there.
    days = np.array(["2024-12-20", "2025-01-10"], dtype="datetime64[D]")
    events = EventTable(Years((1, 1)), {"discovered_on": days})
    table = LossTable(events, (LossItem("damages", np.array([50.0, 40.0])),))
    paid, shared = [], Shared()
    for within in (0, 60):
        raw = two_covers()
        raw["derive"] = {
            "security_deemed_on": {"date": "discovered_on", "same_day_within_days": within}
        }
        raw["cover"]["a"]["require"] = {"day": {"date": "security_deemed_on", "within": "period"}}
        alone = pay(built(raw), table, PERIOD_OF_2025).paid.tolist()
        assert pay(built(raw), table, PERIOD_OF_2025, shared=shared).paid.tolist() == alone
        paid.append(alone)
    assert paid == [[0.0, 40.0], [0.0, 0.0]]


def test_what_is_paid_is_not_the_losses_to_write_to() -> None:
    losses = LossTable(EventTable(Years((1,)), {}), (LossItem("damages", np.array([50.0])),))
    table = pay(built(two_covers()), losses, period())
    with pytest.raises(ValueError, match="read-only"):
        table.paid[0] = 0.0
    assert losses.items[0].amount.tolist() == [50.0]


def test_tables_and_periods_do_not_share_their_payments() -> None:
    shared, plan = Shared(), built(two_covers())
    for yen in range(50):
        items = (LossItem("damages", np.full(1 + yen % 3, float(yen))),)
        table = LossTable(EventTable(Years((1 + yen % 3,)), {}), items)
        paid = pay(plan, table, period(), shared=shared).paid
        assert paid.tolist() == [float(yen)] * (1 + yen % 3)


def test_covers_share_nothing_of_another_period_or_of_other_facts() -> None:
    days = {"discovered_on": np.array(["2025-01-10"], dtype="datetime64[D]")}
    raw = two_covers()
    raw["cover"]["a"]["require"] = {"day": {"date": "discovered_on", "within": "period"}}
    plan, shared, amount = built(raw), Shared(), np.array([50.0])
    told = LossTable(EventTable(Years((1,)), days), (LossItem("damages", amount),))
    late = {"discovered_on": np.datetime64("2031-01-10")}
    other = replace(told, items=(replace(told.items[0], facts=late),))
    before = PERIOD_OF_2025.model_copy(
        update={"start": date(2023, 1, 1), "end": date(2023, 12, 31)}
    )
    paid = [
        pay(plan, losses, of, shared=shared).paid.tolist()
        for losses, of in ((told, PERIOD_OF_2025), (told, before), (other, PERIOD_OF_2025))
    ]
    assert paid == [[50.0], [0.0], [0.0]]


# --- properties of the shipped products --------------------------------------------------------


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_case_file_split_in_two_pays_the_same(product: str, tmp_path: Path) -> None:
    drawn = [random_case(product, seed) for seed in range(20)]

    def answers(some: list[Any], name: str) -> list[Any]:
        path = tmp_path / name
        path.write_text(json.dumps(some), encoding="utf-8")
        return [adjust(case) for case in read_cases(path)]

    whole = answers(drawn, "all.json")
    assert whole == answers(drawn[:7], "first.json") + answers(drawn[7:], "second.json")


@pytest.mark.parametrize("product", PRODUCTS)
def test_incidents_of_one_case_split_with_prior_payments_pay_the_same(product: str) -> None:
    split = 0
    for seed in range(300):
        case = random_case(product, seed)
        # Deemed days and the 10% and 20% sublimits look at earlier incidents themselves.
        heads = {item["head"] for incident in case["incidents"] for item in incident["items"]}
        special = {"entrustor_costs", "entrustor_condolence", "dispute_response_costs"}
        if len(case["incidents"]) < 2 or case["options"].get("cyber") or heads & special:
            continue
        whole: Any = adjust(case_from(case, "cases", "case"))
        first = {**case, "incidents": case["incidents"][:1]}
        before: Any = adjust(case_from(first, "cases", "case"))
        prior = dict(case["prior_paid"])
        for section in before["incidents"][0]["sections"]:
            key = "damages" if section == "liability" and product == "galileo_generic" else section
            if key == "damages":
                damages = before["incidents"][0]["heads"].get("damages", {"paid": 0})
                prior[key] = prior.get(key, 0) + damages["paid"]
            else:
                amount = before["incidents"][0]["sections"][section]["paid"]
                prior[key] = prior.get(key, 0) + amount
        rest: Any = adjust(
            case_from({**case, "incidents": case["incidents"][1:], "prior_paid": prior}, "c", "c")
        )
        totals = [incident["total"] for incident in before["incidents"] + rest["incidents"]]
        assert totals == [incident["total"] for incident in whole["incidents"]], seed
        split += 1
    assert split > 5


def test_a_case_can_span_what_a_simulated_year_spans() -> None:
    case = case_from(random_case("nipponkoa_2006", 3), "cases", "case")
    assert isinstance(case, Case)
    assert case.losses.events.years.n_years == 1


def test_a_plan_pays_a_table_as_large_as_a_simulation() -> None:
    item = LossItem("damages", np.full(1_000, 4e8))
    table = losses(item, sizes=(900, 100), claim_made_on=np.datetime64("2006-06-01"))
    terms = PolicyPeriod(start=date(2006, 1, 1), end=date(2006, 12, 31))
    result = pay(plan("nipponkoa_2006/F"), table, terms)
    assert table.events.years.sum(result.paid).tolist() == [3e8] * 900
