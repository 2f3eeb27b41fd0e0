"""What brochures say that a wording must be able to say: each field with an example by hand."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.strategies_plans import HEADS, built, period, table_of, wordings, years

from exposure.arrays import Years
from exposure.errors import ExposureError, PlanError
from exposure.policy.assignment import losses_for
from exposure.policy.case_schema import Incident, losses_of
from exposure.policy.cases import Case, adjust, case_from
from exposure.policy.catalogue import Catalogue, product_from
from exposure.policy.explanation import explain_events
from exposure.policy.interpreter import pay
from exposure.policy.plan import Plan, build_plan
from exposure.policy.premiums import premium_of
from exposure.policy.simulated_cases import cases_from
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import NOT_STATED, EventTable, LossItem, LossTable, code_of

START, END = date(2026, 4, 1), date(2027, 3, 31)
YEAR = PolicyPeriod(start=START, end=END)
DAY = np.datetime64("2026-06-01")


def label(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def wording(covers: dict[str, Any], **more: Any) -> dict[str, Any]:
    plan = {
        "product": "own", "label": label("own"), "short": label("own"), "insurer": label("x"),
        "edition": label("x"), "source": "aiu_2015_10", "limit_covers": ["plan"],
        **more.pop("plan", {}),
    }  # fmt: skip
    named = {name: {"label": label(name), **terms} for name, terms in covers.items()}
    return {"plan": plan, "cover": named, **more}


def plan_of(raw: dict[str, Any], pattern: str | None = None, **contract: Any) -> Plan:
    return build_plan(product_from(raw, "own", "own.toml"), pattern, {}, contract)


def claims(raw: dict[str, Any], *incidents: dict[str, Any]) -> list[int]:
    days = {"leaked_on": "2026-06-01", "discovered_on": "2026-06-01", "claim_made_on": "2026-06-01"}
    records = [Incident.model_validate({**days, **one}) for one in incidents]
    return [int(paid) for paid in pay(plan_of(raw), losses_of(records)[0], YEAR).paid]


# The limit of the whole, for an event and for the period apart.


def test_a_period_limit_of_the_whole_is_the_liability_limit_of_the_period() -> None:
    """Tokio: all payments of the contract stay inside the period limit of the liability part."""
    raw = wording(
        {
            "cost": {"heads": ["investigation"], "limit": 30_000_000},
            "liability": {"heads": ["damages"], "limit": 50_000_000},
        },
        plan={"period_limit": {"rate_percent": 100, "of": "liability"}},
    )
    items = [{"head": "investigation", "amount": 20_000_000}, {"head": "damages", "amount": 1}]
    later = [{"head": "damages", "amount": 60_000_000}]
    # 20,000,001 of the first leave 29,999,999 of fifty millions.
    assert claims(raw, {"items": items}, {"items": later}) == [20_000_001, 29_999_999]


def test_an_event_limit_of_the_whole_starts_anew_with_each_event() -> None:
    raw = wording({"a": {"heads": ["damages"]}}, plan={"event_limit": 10, "period_limit": 15})
    one = {"items": [{"head": "damages", "amount": 12}]}
    assert claims(raw, one, one, one) == [10, 5, 0]
    lines = explain_events(
        pay(plan_of(raw), losses_of([Incident.model_validate(one)])[0], YEAR), YEAR
    )
    assert lines[0].total == 10
    assert any("limit of the whole plan" in line.text.en for line in lines[0].lines)


def test_a_limit_stands_once() -> None:
    with pytest.raises(PlanError, match=r"plan\.limit: expected either limit"):
        plan_of(wording({"a": {"heads": ["damages"]}}, plan={"limit": 1, "period_limit": 1}))


# Letters sent.

BRAND = wording(
    {
        "brand": {
            "heads": ["call_centre", "apology_letters"],
            "deductible": "10万円",
            "limit": {"rate_percent": 10, "of": "liability"},
            "require": {"apology": {"any": ["own_notice", "letters_sent"]}},
        },
        "liability": {"heads": ["damages"], "limit": "1億円"},
    }
)


def test_brand_costs_are_paid_after_a_letter() -> None:
    """Hospital association: 12 million of costs, 100,000 off, a tenth of 100 million at most."""
    items = [
        {"head": "damages", "amount": 50_000_000},
        {"head": "call_centre", "amount": 12_000_000},
    ]
    assert claims(BRAND, {"items": items, "letters_sent": True}) == [60_000_000]
    assert claims(BRAND, {"items": items}) == [50_000_000]


def test_in_the_simulation_letters_are_sent_where_they_cost_something() -> None:
    letters = LossItem("apology_letters", np.array([0.0, 500_000.0]))
    desk = LossItem("call_centre", np.array([1_000_000.0, 1_000_000.0]))
    losses = LossTable(EventTable(Years((2,)), {}), (letters, desk))
    chosen = plan_of(BRAND)
    assert pay(chosen, losses_for(chosen, losses), YEAR).paid.tolist() == [0, 1_400_000]
    # A wording that does not ask is not told.
    other = plan_of(wording({"a": {"heads": ["call_centre"]}}))
    assert "letters_sent" not in losses_for(other, losses).events.facts


# Alleged attacks.

ALARM = {
    "emergency": {
        "heads": ["emergency_costs"], "indemnity_percent": 90, "limit": "1,000万円",
        "require": {"alarm": {"fact": "attack", "among": ["proved_none"]}},
    },
    "cut_off": {
        "heads": ["containment"],
        "require": {
            "alert": {
                "any_of": [
                    [{"fact": "attack", "among": ["confirmed"]}],
                    [{"fact": "attack", "among": ["proved_none"]},
                     {"fact": "outside_alert", "among": [True]}],
                ]
            }
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # Tokio: 90 % of 12 million, 10 million at most; the cut-off only after an outside alert.
        ({"attack": "proved_none"}, 10_000_000),
        ({"attack": "proved_none", "outside_alert": True}, 12_000_000),
        ({"attack": "confirmed"}, 2_000_000),
        ({}, 0),
    ],
)
def test_an_alleged_attack_may_prove_none(facts: dict[str, Any], expected: int) -> None:
    items = [
        {"head": "emergency_costs", "amount": 12_000_000},
        {"head": "containment", "amount": 2_000_000},
    ]
    assert claims(wording(ALARM), {"items": items, **facts}) == [expected]


def test_in_the_simulation_a_security_incident_was_an_attack() -> None:
    found = np.array([DAY, NOT_STATED], dtype="datetime64[D]")
    spent = LossItem("containment", np.array([5.0, 5.0]))
    losses = LossTable(EventTable(Years((2,)), {"security_discovered_on": found}), (spent,))
    chosen = plan_of(wording(ALARM))
    named = losses_for(chosen, losses)
    confirmed, none = code_of("attack", "confirmed"), code_of("attack", "none_alleged")
    assert np.asarray(named.events.facts["attack"]).tolist() == [confirmed, none]
    assert pay(chosen, named, YEAR).paid.tolist() == [5, 0]


# Business that stands still.

STANDSTILL = wording(
    {
        "profit": {"heads": ["business_interruption", "extra_expense"], "waiting_hours": 12},
        "liability": {"heads": ["damages", "third_party_interruption"]},
    }
)


@pytest.mark.parametrize(
    ("head", "hours", "expected"),
    [
        # A million over 48 hours, the first 12 apart: 36/48.
        ("business_interruption", 48, 750_000),
        ("extra_expense", 36, 666_666),
        ("business_interruption", 12, 0),
        ("business_interruption", 5, 0),
        ("business_interruption", None, 1_000_000),
        ("third_party_interruption", 48, 1_000_000),  # a cover without a waiting time
    ],
)
def test_nothing_is_paid_for_the_waiting_time(head: str, hours: int | None, expected: int) -> None:
    item = {"head": head, "amount": 1_000_000}
    if hours is not None:
        item["outage_hours"] = hours
    assert claims(STANDSTILL, {"items": [item]}) == [expected]
    table = pay(plan_of(STANDSTILL), losses_of([Incident(items=(item,))])[0], YEAR)  # type: ignore[arg-type]  # read from JSON
    assert int(table.unpaid_by_reason()["window"][0]) == 1_000_000 - expected
    (page,) = explain_events(table, YEAR)
    waited = [line.text.en for line in page.lines if line.kind == "waiting"]
    assert bool(waited) == (hours is not None and head != "third_party_interruption")


def test_a_simulated_standstill_waits_along_its_profile_and_comes_back_from_a_case() -> None:
    """Mean 5 days: e^(-12/(24 x 5)) = 0.904837 of a million lies after the first 12 hours."""
    item = LossItem("business_interruption", np.array([1e6]), spending_mean_days=5.0)
    losses = LossTable(EventTable(Years((1,)), {"discovered_on": DAY}), (item,))
    source = product_from(STANDSTILL, "own", "own.toml")
    chosen = build_plan(source, None, {}, {})
    assert pay(chosen, losses_for(chosen, losses), YEAR).paid.tolist() == [904_837]
    among = Catalogue({"own": source})
    written = next(cases_from(chosen, losses, START, END))
    case = case_from(written, "x", "x", among)
    assert isinstance(case, Case)
    answer: Any = adjust(case)
    assert answer["total"] == written["expected"]["total"] == 904_837


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": ["damages"], "waiting_hours": 12}, "needs one of third_party_interruption"),
        ({"heads": ["extra_expense"], "waiting_hours": -1}, "waiting_hours"),
        ({"heads": ["extra_expense"], "waiting_hours": "12"}, "waiting_hours"),
    ],
)
def test_a_waiting_time_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ExposureError, match=message):
        plan_of(wording({"a": change}))


def test_hours_are_those_of_a_standstill() -> None:
    with pytest.raises(ValueError, match="not for head damages"):
        Incident.model_validate({"items": [{"head": "damages", "amount": 1, "outage_hours": 2}]})


def test_what_card_companies_claim_can_be_covered() -> None:
    raw = wording({"cards": {"heads": ["card_reissue", "pci_assessment"], "limit": 10}})
    items = [{"head": "card_reissue", "amount": 7}, {"head": "pci_assessment", "amount": 9}]
    assert claims(raw, {"items": items}) == [10]


# Choices with bounds, and a limit bound to another.


def bounded(**bounds: Any) -> dict[str, Any]:
    return wording(
        {
            "cost": {"heads": ["call_centre"], "limit": "$cost_limit"},
            "liability": {"heads": ["damages"], "limit": "$limit"},
        },
        contract={
            "limit": {"label": label("limit"), "kind": "yen"},
            "cost_limit": {"label": label("costs"), "kind": "yen", **bounds},
        },
    )


@pytest.mark.parametrize(
    ("bounds", "costs", "message"),
    [
        # Chambers 2014, set E: costs of 50 million at most.
        ({"at_most": "5,000万円"}, 50_000_000, None),
        ({"at_most": "5,000万円"}, 50_000_001, "@cost_limit = .*expected 50,000,000 at most"),
        ({"at_most": "$limit"}, 100_000_000, None),
        ({"at_most": "$limit"}, 100_000_001, "expected 100,000,000 at most"),
        ({"at_least": 1_000_000}, 999_999, "expected 1,000,000 or more"),
        ({"at_most": "$limti"}, 1, 'unknown key; did you mean "\\$limit"'),
    ],
)
def test_a_choice_has_bounds(bounds: dict[str, Any], costs: int, message: str | None) -> None:
    raw = bounded(**bounds)
    if message is None:
        assert plan_of(raw, limit=100_000_000, cost_limit=costs).layer("cost").event_limit == costs
        return
    with pytest.raises(PlanError, match=message):
        plan_of(raw, limit=100_000_000, cost_limit=costs)


def test_a_cost_limit_is_the_lower_of_its_own_and_the_liability_limit() -> None:
    """Tokio, oldest edition: the lower of the liability limit per claim and 100 million."""
    raw = wording(
        {
            "cost": {
                "heads": ["call_centre"],
                "limit": {"rate_percent": 100, "of": "liability", "at_most": "1億円"},
            },
            "liability": {"heads": ["damages"], "limit": "$limit"},
        },
        contract={"limit": {"label": label("limit"), "kind": "yen"}},
    )
    for limit, expected in ((50_000_000, 50_000_000), (300_000_000, 100_000_000)):
        assert plan_of(raw, limit=limit).layer("cost").event_limit == expected


# Amounts as they are printed.


@pytest.mark.parametrize("amount", ["10万円", "１０万円", "100,000円", 100_000, "10万"])
def test_amounts_are_read_as_printed(amount: Any) -> None:
    raw = wording({"a": {"heads": ["damages"], "deductible": amount}})
    assert plan_of(raw).layer("a").cover.deductible == 100_000  # type: ignore[union-attr]  # it has one


def test_a_printed_ladder_is_one_of_amounts() -> None:
    raw = bounded()
    raw["contract"]["limit"] |= {"kind": "one_of", "values": ["3,000万円", "1億円"]}
    source = product_from(raw, "own", "own.toml")
    assert source.contract["limit"].values == (30_000_000, 100_000_000)


@pytest.mark.parametrize("amount", ["十万円", "100", "10万円まで", "-10万円"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(PlanError, match=r"cover\.a\.deductible = .*expected whole yen"):
        plan_of(wording({"a": {"heads": ["damages"], "deductible": amount}}))


# Premium tables by several keys.

# Tax accountants' rider of 2005: limits of 5, 10, 30 and 50 million, and two, three or four heads.
LADDER = {
    "500万円": (11_960, 17_940, 23_920),
    "1,000万円": (14_880, 22_320, 29_760),
    "3,000万円": (19_440, 29_160, 38_880),
    "5,000万円": (21_600, 32_400, 43_200),
}


def by_two_keys() -> dict[str, Any]:
    bands = [
        {"when": {"limit": limit, "heads": str(2 + k)}, "premium": premium}
        for limit, row in LADDER.items()
        for k, premium in enumerate(row)
    ]
    return wording(
        {"liability": {"heads": ["damages"], "limit": "$limit"}},
        contract={
            "limit": {"label": label("limit"), "kind": "one_of", "values": list(LADDER)},
            "heads": {"label": label("heads"), "kind": "one_of", "values": ["2", "3", "4"]},
        },
        premium={"clause": "table", "months": 12, "bands": bands},
    )


def test_a_premium_is_looked_up_by_several_keys() -> None:
    raw = by_two_keys()
    assert premium_of(plan_of(raw, limit=10_000_000, heads="3"), 1e8) == 22_320
    assert premium_of(plan_of(raw, limit=50_000_000, heads="4"), 1e8) == 43_200
    assert premium_of(plan_of(raw, limit=50_000_000, heads="4"), None) is None


def test_a_premium_by_trade_and_revenue() -> None:
    """Sompo's plan 1 at 500 million: retail 93,000, construction 62,000; no other trade here."""
    raw = wording(
        {"liability": {"heads": ["damages"], "limit": "1億円"}},
        premium={
            "clause": "table",
            "months": 12,
            "bands": [
                {
                    "when": {"industry": "wholesale_retail"},
                    "revenue_up_to": "5億円",
                    "premium": 93_000,
                },
                {"when": {"industry": "construction"}, "revenue_up_to": "5億円", "premium": 62_000},
            ],
        },
    )
    chosen = plan_of(raw)
    assert premium_of(chosen, 4e8, "construction") == 62_000
    assert premium_of(chosen, 4e8, "wholesale_retail") == 93_000
    assert premium_of(chosen, 6e8, "construction") is None
    assert premium_of(chosen, 4e8, None) is None


# More cover never pays less.


@st.composite
def improved(draw: st.DrawFn, raw: dict[str, Any]) -> dict[str, Any]:
    """Draw a wording with no lower limit or share, no shorter window and no further exclusion."""
    better: dict[str, Any] = copy.deepcopy(raw)
    extra = st.integers(0, 50)

    def raised(limit: Any) -> Any:
        if isinstance(limit, dict):
            found = {**limit, "rate_percent": min(limit["rate_percent"] + draw(extra), 100)}
            return found | (
                {"at_most": limit["at_most"] + draw(extra)} if "at_most" in limit else {}
            )
        return limit + draw(extra)

    free = [h for h in HEADS if not any(h in c["heads"] for c in better["cover"].values())]
    for terms in (better["plan"], *better["cover"].values()):
        for key in ("limit", "event_limit", "period_limit"):
            if key in terms:
                if draw(st.integers(0, 3)) == 0:
                    del terms[key]
                else:
                    terms[key] = raised(terms[key])
    for cover in better["cover"].values():
        if free and draw(st.booleans()):
            cover["heads"].append(free.pop())
        if "deductible" in cover and draw(st.booleans()):
            del cover["deductible"]
        if "indemnity_percent" in cover:
            cover["indemnity_percent"] = min(cover["indemnity_percent"] + draw(extra), 100)
        if "own_share_percent" in cover:
            cover["own_share_percent"] = max(cover["own_share_percent"] - draw(extra), 0)
        if "waiting_hours" in cover:
            cover["waiting_hours"] = max(cover["waiting_hours"] - draw(st.integers(0, 6)), 0)
        for key in list(cover["require"]):
            condition = cover["require"][key]
            if draw(st.integers(0, 4)) == 0:
                del cover["require"][key]
            elif condition.get("date") == "incurred_on" and "of" in condition:
                condition[next(k for k in ("days", "months") if k in condition)] += draw(extra)
        for cap in cover.get("per_unit", {}).values():
            cap["amount"] += draw(extra)
    for key in list(better["exclusion"]):
        if draw(st.booleans()):
            del better["exclusion"][key]
    for exclusion in better["exclusion"].values():
        exclusion["only_with"] = {
            cover: other
            for cover, other in exclusion.get("only_with", {}).items()
            if other in better["exclusion"] or other == "x2"
        }
    return better


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=wordings(outside=False), drawn=years(most_events=1), data=st.data())
def test_a_wording_that_covers_more_never_pays_less(
    raw: dict[str, Any], drawn: list[list[Any]], data: st.DataObject
) -> None:
    better = data.draw(improved(raw))
    table, _ = table_of(drawn)
    before = pay(built(raw), table, period()).paid
    after = pay(built(better), table, period()).paid
    assert (after >= before).all()
