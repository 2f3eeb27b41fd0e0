"""The examples that brochures print, and hand-worked ones where none is printed, to the yen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import reference_market as twin
from support.wordings_filled import HERE, filled, read

from exposure.inputs.assumptions import load_assumptions
from exposure.policy.cases import Case, CaseAnswer, answer_of, case_from, settle
from exposure.policy.catalogue import Catalogue, product, products
from exposure.policy.choices import parse_id
from exposure.study.offers import default_plans

DAY = "2016-06-01"
PERIOD = {"start": "2016-01-01", "end": "2016-12-31"}


def entries(kind: str) -> list[Any]:
    return [
        pytest.param(name, entry, id=f"{name}: {entry['name']}")
        for name in products()
        for entry in (read(name).get(kind, []) if (HERE / f"{name}.toml").exists() else [])
    ]


def answered(name: str, entry: dict[str, Any], turn: int = 0, **terms: int) -> CaseAnswer:
    source = filled(name, turn)
    incident = {
        "leaked_on": DAY,
        "discovered_on": DAY,
        "notified_on": DAY,
        "claim_made_on": DAY,
        "items": entry["losses"],
        **dict.fromkeys(entry.get("flags", []), True),
        **entry.get("facts", {}),
    }
    raw = {
        "id": entry["name"],
        "product": name,
        "plan": entry.get("pattern") or source.case_plan,
        "policy": {"period": PERIOD, **entry.get("policy", {}), **terms},
        "incidents": [incident],
    }
    case = case_from(raw, name, entry["name"], Catalogue({name: source}))
    assert isinstance(case, Case)
    return answer_of(case, settle(case))


@pytest.mark.parametrize("name", products())
def test_every_policy_has_an_example(name: str) -> None:
    assert (HERE / f"{name}.toml").exists(), f"add tests/wordings/{name}.toml"
    assert read(name)["example"]


@pytest.mark.parametrize("name", products())
def test_every_blank_is_filled_in_for_the_examples(name: str) -> None:
    assert {blank.key for blank in product(name).blanks} == set(read(name).get("fill", {}))
    assert not filled(name).blanks


def test_the_default_list_holds_no_wording_with_a_blank() -> None:
    compared = {parse_id(one).product for one in default_plans(load_assumptions())}
    assert compared == {"aiu_2015", "nipponkoa_2006", "sompo_alive_leak_limited"}
    blank = {name for name in products() if product(name).blanks}
    assert blank.isdisjoint(compared)
    assert len(blank) == 8


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(("name", "entry"), entries("example"))
def test_example_pays_as_printed(name: str, entry: dict[str, Any], turn: int) -> None:
    answer = answered(name, entry, turn)
    sections = answer["incidents"][0]["sections"]
    paid = {section: amounts["paid"] for section, amounts in sections.items()}
    expected = dict(entry["paid"])
    assert answer["total"] == expected.pop("total")
    assert {section: paid[section] for section in expected} == expected
    assert sum(paid.values()) == answer["total"]


@pytest.mark.parametrize(("name", "entry"), entries("scenario"))
def test_scenario_pays_by_limit(name: str, entry: dict[str, Any]) -> None:
    for limit, expected in entry["paid"].items():
        answer = answered(name, entry, **{entry["key"]: int(limit)})
        assert answer["total"] == expected, limit
        assert answer["total"] + answer["uninsured"] == entry["loss"]


# Random years, against the slow twins.

AMOUNTS = st.integers(0, 60).map(lambda n: n * 777_777)
UNSEEN = {
    "condolence": 1_000, "cost_deductible": 0, "cost_percent": 100, "other_percent": 100,
    "other_limit": 100_000_000,
}  # fmt: skip
CHOSEN = {
    "ms_protector_2015": {"cost_limit": 20_000_000, "cost_deductible": 100_000},
    "nichibyo_leak": {},
    "jcci_leak_2014": {},
    "dataproace_2014": {"cost_limit": 20_000_000},
    "tokio_cyber": {"cost_limit": 60_000_000},
    "aioi_cyber": {"cost_limit": 50_000_000, "cost_deductible": 100_000},
    "sompo_cyber": {},
    "ms_cyber_protector": {"cost_limit": 20_000_000},
}
AIOI_COSTS = {"consulting", "apology_ads", "apology_letters", "condolence", "data_restoration"}
AIOI_CLAIMS = {"damages", "litigation_costs", "third_party_interruption"}
TWINS: dict[str, Any] = {
    "ms_protector_2015": twin.ms_protector,
    "nichibyo_leak": twin.nichibyo,
    "jcci_leak_2014": twin.jcci,
    "dataproace_2014": twin.dataproace,
    "tokio_cyber": twin.tokio,
    "sompo_cyber": twin.sompo,
    "ms_cyber_protector": twin.ms_cyber,
    "aioi_cyber": twin.two_parts(AIOI_COSTS, AIOI_CLAIMS, {"per_person": 500}),
}
HEADS_DRAWN = sorted(
    {"damages", "litigation_costs", "entrustor_costs", "corporate_info_damages", "consulting"}
    | {"apology_ads", "apology_letters", "press_conference", "call_centre", "card_reissue"}
    | {"investigation", "containment", "emergency_costs", "legal_consultation"}
    | {"third_party_interruption", "data_restoration", "ip_damages"}
)


@st.composite
def drawn_items(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        gift = {"persons": draw(st.integers(0, 40_000)), "per_person": draw(st.integers(0, 2_000))}
        return {"head": "condolence", **gift, "form": draw(st.sampled_from(("goods", "points")))}
    if kind == 1:
        each = draw(st.integers(0, 100_000))
        return {"head": "condolence_corporate", "corporations": 30, "per_corporation": each}
    return {"head": draw(st.sampled_from(HEADS_DRAWN)), "amount": draw(AMOUNTS)}


@st.composite
def drawn_incidents(draw: st.DrawFn) -> dict[str, Any]:
    flags = ("own_notice", "letters_sent", "outside_alert")
    return {
        **dict.fromkeys(("leaked_on", "discovered_on", "notified_on", "claim_made_on"), DAY),
        **{flag: draw(st.booleans()) for flag in flags},
        "leak_status": draw(st.sampled_from(("leak", "leak", "suspected"))),
        "claim_country": draw(st.sampled_from(("JP", "JP", "overseas"))),
        "business_location": draw(st.sampled_from(("JP", "JP", "overseas"))),
        "attack": draw(st.sampled_from(("none_alleged", "confirmed", "proved_none"))),
        "items": draw(st.lists(drawn_items(), max_size=6)),
    }


def test_every_wording_read_in_part_has_a_twin() -> None:
    assert set(TWINS) == {name for name in products() if product(name).blanks}


@pytest.mark.parametrize("name", TWINS)
@settings(max_examples=60, deadline=None)
@given(incidents=st.lists(drawn_incidents(), min_size=1, max_size=3), data=st.data())
def test_the_slow_twin_pays_alike(
    name: str, incidents: list[dict[str, Any]], data: st.DataObject
) -> None:
    source = filled(name)
    terms: dict[str, Any] = dict(CHOSEN[name])
    if "limit" in source.contract:
        terms["limit"] = data.draw(st.sampled_from((20_000_000, 100_000_000)))
    if "deductible" in source.contract:
        terms["deductible"] = data.draw(st.sampled_from((0, 100_000)))
    pattern = data.draw(st.sampled_from(list(source.patterns) or [source.case_plan]))
    raw = {
        "id": "x", "product": name, "plan": pattern, "policy": {"period": PERIOD, **terms},
        "incidents": incidents,
    }  # fmt: skip
    case = case_from(raw, name, "x", Catalogue({name: source}))
    assert isinstance(case, Case)
    answer = answer_of(case, settle(case))
    unseen = dict(UNSEEN)
    for key, value in read(name)["fill"].items():
        if key.endswith("per_unit.condolence.amount"):
            unseen["condolence"] = value[0]
        if key == "cover.cost.indemnity_percent":
            unseen["cost_percent"] = value[0]
    expected = TWINS[name]({**raw, "policy": terms}, {**unseen, **CHOSEN[name]})
    sections = [incident["sections"] for incident in answer["incidents"]]
    assert [
        {part: of["paid"] for part, of in one.items() if part in expected[0]} for one in sections
    ] == expected
    assert answer["total"] == sum(sum(parts.values()) for parts in expected)
