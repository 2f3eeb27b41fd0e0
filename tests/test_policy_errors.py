"""Malformed policies and cases: one line per problem, both languages, nothing half-answered."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from support.reference import PRODUCTS
from support.strategies import random_case

from exposure.cli import main
from exposure.errors import PlanError
from exposure.files import read_toml
from exposure.policy.catalogue import Product, policy_files, product, product_from
from exposure.policy.plan import Plan, build_plan, plan

LABEL = {"ja": "例", "en": "example"}


def draft() -> dict[str, Any]:
    return {
        "plan": {
            "product": "draft",
            "label": LABEL,
            "short": LABEL,
            "insurer": LABEL,
            "edition": LABEL,
            "source": "draft",
            "limit_covers": ["a"],
        },
        "cover": {
            "a": {"label": LABEL, "heads": ["damages"], "limit": 100},
            "b": {"label": LABEL, "heads": ["call_centre"], "within": "a"},
        },
        "exclusion": {"war": {"reaches": ["a"], "unless": ["peace"]}},
        "exception": {"peace": LABEL},
        "option": {
            "double": {
                "label": LABEL,
                "kind": "flag",
                "default": False,
                "set": {"cover.a.limit": 200},
            },
            "triple": {
                "label": LABEL,
                "kind": "flag",
                "default": False,
                "set": {"cover.a.limit": 300},
            },
        },
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    raw = draft()
    *front, last = path.split(".")
    node = raw
    for part in front:
        node = node.setdefault(part, {})
    node[last] = value
    return raw


def built(raw: dict[str, Any], **options: Any) -> Plan:
    return build_plan(product_from(raw, "draft", "draft.toml"), None, options, {})


def test_the_draft_itself_is_good() -> None:
    assert built(draft()).headline_limit == 100


WRONG = [
    ("cover.b.within", "c", "cover.b.within"),
    ("cover.b.within", "b", "cover.b.within: goes in a circle"),
    ("cover.b.outside", "c", "cover.b.outside"),
    ("cover.b.outside", "a", "cover.b.outside .*must name a cover that does not itself need"),
    ("cover.b.limit", {"rate_percent": 10, "of": "c"}, "cover.b.limit.of"),
    ("cover.a.limit", {"rate_percent": 10, "of": "a"}, "limits go in a circle"),
    ("cover.b.limit", {"rate_percent": 10}, "rate_percent and of go together"),
    ("cover.b.heads", ["damages"], 'head "damages" is in cover "a" too'),
    ("cover.b.heads", ["demages"], "cover.b.heads"),
    ("cover.b.indemnity_percent", 110, "indemnity_percent = 110: expected a percentage"),
    ("cover.b.own_share_percent", True, "expected a percentage"),
    ("cover.b.deductible", -1, "deductible = -1: expected whole yen, 0 or more"),
    ("cover.b.deductible", 1.5, "expected whole yen, 0 or more"),
    ("cover.b.deductible", float("nan"), "expected whole yen, 0 or more"),
    ("cover.b.deductible", "100", "expected whole yen, 0 or more"),
    ("cover.b.deductible", True, "expected whole yen, 0 or more"),
    ("cover.b.deductible", 10**14, "expected 10,000,000,000,000 yen at most"),
    ("cover.b.deductable", 1, 'unknown key; did you mean "deductible"'),
    ("cover.b.event_limit", 1, None),
    ("cover.a.event_limit", 1, "either limit, or event_limit and period_limit"),
    ("cover.b.benefit", {"day": 1}, "expected units among officer_day, employee_day"),
    ("cover.b.require", {"r": {}}, "exactly one of fact, any, stated, date, any_of"),
    ("cover.b.require", {"r": {"fact": "weather", "among": ["rain"]}}, "cover.b.require.r.fact"),
    ("cover.b.require", {"r": {"fact": "form", "among": ["rain"]}}, "cover.b.require.r.among"),
    ("cover.b.require", {"r": {"fact": "form"}}, "cover.b.require.r.among"),
    ("cover.b.require", {"r": {"any": ["rain"]}}, "cover.b.require.r.any"),
    ("cover.b.require", {"r": {"stated": "rain"}}, "cover.b.require.r.stated"),
    ("cover.b.require", {"r": {"date": "leaked_on"}}, "cover.b.require.r.date"),
    ("cover.b.require", {"r": {"date": "leaked_on", "days": 3}}, "cover.b.require.r.date"),
    ("cover.b.require", {"r": {"any": ["consent"], "days": 3}}, "a condition on a day needs date"),
    ("cover.b.per_unit", {"p": {"amount": 500, "heads": []}}, "at least 1 item"),
    ("cover.plan", {"label": LABEL}, "this name cannot be used"),
    ("exclusion.war.reaches", ["c"], "exclusion.war.reaches"),
    ("exclusion.war.unless", ["piece"], 'did you mean "peace"'),
    ("plan.limit_covers", ["c"], "plan.limit_covers"),
    ("plan.prior", {"cost": "c"}, "plan.prior.cost"),
    ("plan.insurer", "X", "plan.insurer"),
    ("covers", {}, 'unknown key; did you mean "cover"'),
    ("option.double.needs", ["tripel"], "option.double.needs"),
    ("option.double.kind", "colour", "option.double.kind"),
    ("pattern", {"A": {"set": {}}}, "pattern.A.label"),
    ("pattern", {"A": {"label": LABEL}}, "choose a pattern: A"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_a_malformed_policy_is_refused_with_its_place(
    path: str, value: Any, message: str | None
) -> None:
    raw = changed(path, value)
    if message is None:
        built(raw)
        return
    with pytest.raises(PlanError, match=message) as caught:
        built(raw)
    assert len(set(caught.value.lines("ja"))) == len(caught.value.lines("en"))
    assert all(line.startswith("draft.toml") for line in caught.value.lines())


def test_all_problems_of_a_policy_come_at_once() -> None:
    raw = changed("cover.b.heads", ["demages"])
    raw["cover"]["a"]["limit"] = -1
    raw["plan"]["limit_covers"] = []
    with pytest.raises(PlanError) as caught:
        built(raw)
    assert len(caught.value.problems) == 3


def test_a_policy_needs_a_plan_and_covers() -> None:
    with pytest.raises(PlanError, match=r"\[cover\] is needed"):
        product_from({"plan": draft()["plan"]}, "draft", "draft.toml")


def test_paying_in_a_circle_over_three_covers_is_refused() -> None:
    raw = draft()
    raw["cover"]["c"] = {"label": LABEL, "outside": "a"}
    raw["cover"]["b"]["outside"] = "c"
    with pytest.raises(PlanError, match="does not itself need"):
        built(raw)


# --- endorsements on one path ---------------------------------------------------------------------


def test_two_endorsements_on_one_path_are_refused_unless_one_replaces_the_other() -> None:
    assert built(draft(), double=True).layer("a").event_limit == 200
    with pytest.raises(PlanError, match=r"option\.double.* same place"):
        built(draft(), double=True, triple=True)
    raw = changed("option.triple.replaces", ["double"])
    assert built(raw, double=True, triple=True).layer("a").event_limit == 300
    raw["option"]["double"]["replaces"] = ["triple"]
    with pytest.raises(PlanError, match="two options replace each other"):
        built(raw, double=True)


def test_a_change_below_a_changed_path_is_a_collision_too() -> None:
    raw = changed("option.triple.set", {})
    raw["option"]["triple"]["remove"] = ["cover.a"]
    with pytest.raises(PlanError, match="same place"):
        built(raw, double=True, triple=True)


def test_two_endorsements_may_both_add_to_a_list() -> None:
    raw = changed("option.double.set", {})
    raw["option"]["triple"]["set"] = {}
    raw["option"]["double"]["add"] = {"cover.a.heads": ["apology_ads"]}
    raw["option"]["triple"]["add"] = {"cover.a.heads": ["press_conference"]}
    heads = built(raw, double=True, triple=True).layer("a").cover
    assert heads is not None
    assert heads.heads == ("damages", "apology_ads", "press_conference")


def test_the_order_of_unrelated_endorsements_does_not_matter() -> None:
    names = ["card", "cyber", "consulting_double", "execution_double"]
    forth = plan("aiu_2015@limit=100000000" + "".join(f"+{name}" for name in names))
    back = plan("aiu_2015@limit=100000000" + "".join(f"+{name}" for name in reversed(names)))
    assert forth.layers == back.layers
    raw = read_toml(next(path for path in policy_files() if path.stem == "aiu_2015"))
    raw["option"] = dict(reversed(raw["option"].items()))
    turned = build_plan(
        product_from(raw, "aiu_2015", "x"), None, dict.fromkeys(names, True), {"limit": 100_000_000}
    )
    assert turned.layers == forth.layers


def test_an_empty_patch_changes_nothing() -> None:
    raw = changed("option.nothing", {"label": LABEL, "kind": "flag", "default": False})
    assert built(raw, nothing=True).layers == built(draft()).layers


# --- identifiers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("", "product/pattern"),
        ("aiu_2051", 'did you mean "aiu_2015"'),
        ("zzz", "known: aioi_cyber, aiu_2015"),
        ("nipponkoa_2006", "choose a pattern: A, B, C, D, E, F"),
        ("nipponkoa_2006/Z", "choose a pattern"),
        ("aiu_2015/A@limit=1", "this product has no patterns"),
        ("aiu_2015", "choose @limit="),
        ("aiu_2015@limit=-1", "expected a whole number from 0 to 10,000,000,000,000"),
        ("aiu_2015@limit=20兆", "from 0 to 10,000,000,000,000"),
        ("aiu_2015@limit=1@limit=2", "each once"),
        ("aiu_2015@limit=1@own_share_percent=101", "a percentage from 0 to 100"),
        ("aiu_2015@limit=1@own_share_percent=much", "a percentage from 0 to 100"),
        ("aiu_2015@limit=1@retroactive_date=2015-13-01", "expected a date"),
        ("aiu_2015@limit=1+cads", "unknown key"),
        ("aiu_2015@limit=1+ip", "choose @ip= one of 10000000, 30000000"),
        ("aiu_2015@limit=1@ip=5", "expected one of 10000000, 30000000"),
        ("aiu_2015@limit=1@card=yes", "expected true or false"),
        ("aiu_2015@limit=1+card@card=false", "attached and detached at once"),
        ("aiu_2015@limit=1@execution=false+execution_double", "not possible without the crisis"),
        ("aiu_2015@limits=1", 'did you mean "limit"'),
        ("aiu_2015@limit=1@reading.Z-9=x", "reading.Z-9"),
        ("aiu_2015@limit=1@reading.A-2=x", "expected one of notice_counts, adopted"),
    ],
)
def test_an_identifier_that_cannot_be_is_refused(identifier: str, message: str) -> None:
    with pytest.raises(PlanError, match=message.replace("(", r"\(")):
        plan(identifier)


@pytest.mark.parametrize(
    ("identifier", "limit"),
    [
        ("aiu_2015@limit=300000000@retroactive_date=null@own_share_percent=2.5", 3e8),
        ("aiu_2015@limit=300000000@retroactive_date=2015-01-01@corporate_info=same", 3e8),
        ("nipponkoa_2006/F@reading.N-4=per_event", 3e8),
        ("nipponkoa_2006/F@reading.N-4=adopted", 3e8),
        ("sompo_alive_leak_limited@reading.S-1=per_event", 1e8),
    ],
)
def test_an_identifier_names_what_it_builds(identifier: str, limit: float) -> None:
    chosen = plan(identifier)
    assert chosen.headline_limit == limit
    assert plan(chosen.id).layers == chosen.layers


def test_a_plan_names_the_endorsements_it_has() -> None:
    assert plan("aiu_2015+card@limit=1@ip=10000000").endorsements == ("execution", "card", "ip")


# --- malformed cases ------------------------------------------------------------------------


def good(product_name: str = "nipponkoa_2006") -> dict[str, Any]:
    terms: dict[str, Any] = {
        "nipponkoa_2006": {},
        "sompo_alive_leak_limited": {},
        "aiu_2015": {"limit": 100_000_000},
        "galileo_generic": {
            "limit_per_event": 1_000,
            "cost_limit_per_event": 1_000,
            "response_period_days": 180,
        },
    }
    case_plan = {"nipponkoa_2006": "F", "aiu_2015": "base"}.get(product_name, "standard")
    return {
        "id": "T-1",
        "product": product_name,
        "plan": case_plan,
        "options": {},
        "policy": {
            "period": {"start": "2016-04-01", "end": "2017-03-31"},
            **terms[product_name],
        },
        "incidents": [
            {
                "leaked_on": "2016-05-10",
                "discovered_on": "2016-05-31",
                "notified_on": "2016-06-01",
                "claim_made_on": "2016-09-01",
                "items": [{"head": "damages", "amount": 1_000}],
            }
        ],
    }


def with_field(case: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    case = copy.deepcopy(case)
    node: Any = case
    *front, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in front:
        node = node[part]
    if value is KeyError:
        del node[last]
    else:
        node[last] = value
    return case


ITEM = "incidents.0.items.0"
BAD: list[tuple[str, Any, str]] = [
    ("policy.period", KeyError, "policy.period"),
    ("policy.period.end", KeyError, "policy.period.end"),
    ("policy.period.end", "2016-03-31", "policy.period.end"),
    ("policy.period.start", "2016-4-1", "policy.period.start"),
    ("policy.period.start", "0016-04-01", "policy.period.start"),
    ("policy.period.start", 20160401, "policy.period.start"),
    ("policy.period.start", "2016-02-30", "policy.period.start"),
    ("policy.period.days", 3, "policy.period.days"),
    ("policy", KeyError, "policy"),
    ("policy", [], "policy"),
    ("policy.limit", 100, "policy.limit"),
    ("plan", "G", "plan"),
    ("plan", None, "plan"),
    ("product", "nipponkoa_2060", "product"),
    ("product", KeyError, "product"),
    ("options", {"cyber": True}, "options.cyber"),
    ("options", None, "options"),
    ("prior_paid", {"cots": 1}, "prior_paid.cots"),
    ("prior_paid", {"cost": -1}, "prior_paid.cost"),
    ("incidents", [], "incidents"),
    ("incidents", {}, "incidents"),
    ("incidents.0.items", KeyError, "incidents[1].items"),
    ("incidents.0.leaked_on", "2016-06-15", "incidents[1].discovered_on"),
    ("incidents.0.leak_status", "rumour", "incidents[1].leak_status"),
    ("incidents.0.claim_country", 3, "incidents[1].claim_country"),
    ("incidents.0.own_notice", 1, "incidents[1].own_notice"),
    ("incidents.0.own_notise", True, "incidents[1].own_notise"),
    ("incidents.0.exclusions", ["fraud"], "incidents[1].exclusions"),
    ("incidents.0.exceptions", ["fraud"], "incidents[1].exceptions"),
    ("incidents.0.exclusions", "war_or_riot", "incidents[1].exclusions"),
    (f"{ITEM}.head", "demages", "incidents[1].items[1].head"),
    (f"{ITEM}.head", ["damages"], "incidents[1].items[1].head"),
    (f"{ITEM}.amount", -1, "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", 1.5, "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", True, "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", "about 1000", "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", "20兆円", "incidents[1].items[1].amount"),
    (f"{ITEM}.head", "賠償金かな", "incidents[1].items[1].head"),
    (f"{ITEM}.amount", None, "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", 10**30, "incidents[1].items[1].amount"),
    (f"{ITEM}.amount", 10**13 + 1, "incidents[1].items[1].amount"),
    (f"{ITEM}.persons", 3, "incidents[1].items[1].persons"),
    (f"{ITEM}.incurred_on", "soon", "incidents[1].items[1].incurred_on"),
    (f"{ITEM}.claimable_under", ["cots"], "incidents[1].items[1].claimable_under"),
    (ITEM, {"head": "condolence", "persons": 3}, "incidents[1].items[1].per_person"),
    (ITEM, {"head": "court_attendance"}, "incidents[1].items[1].officer_days"),
    (
        ITEM,
        {"head": "condolence", "persons": 10**7, "per_person": 10**7},
        "incidents",
    ),
    (ITEM, 5, "incidents[1].items[1]"),
    ("id", 5, "id"),
    ("id", "", "id"),
    ("extra", 1, "extra"),
    (
        "policy",
        {"period": {"start": {"a": {"b": [[[]]]}}, "end": "2017-03-31"}},
        "policy.period.start",
    ),
]


@pytest.mark.parametrize(("path", "value", "field"), BAD)
def test_a_malformed_case_is_one_line_with_id_and_field(
    path: str, value: Any, field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = with_field(good(), path, value)
    fine = {**good(), "id": "fine"}
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps([fine, bad]), encoding="utf-8")
    for command in (["payout", str(cases), "--json"], ["payout", str(cases), "--lang", "en"]):
        assert main(command) == 2
        out, err = capsys.readouterr()
        assert out == ""
        place = "T-1" if path != "id" else "[2]"
        assert len(err.splitlines()) == 1, err
        assert f"{cases}: {place}" in err
        assert field in err
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("product_name", "path", "value", "field"),
    [
        ("aiu_2015", "options", {"ip": 5}, "options.ip"),
        ("aiu_2015", "options", {"card": "yes"}, "options.card"),
        ("aiu_2015", "options", {"execution": False, "execution_double": True}, "execution_double"),
        ("aiu_2015", "policy.limit", KeyError, "limit"),
        ("aiu_2015", "policy.limit", True, "policy.limit"),
        ("aiu_2015", "policy.limit", "about 100", "policy.limit"),
        ("aiu_2015", "policy.retroactive_date", "2016", "policy.retroactive_date"),
        ("aiu_2015", "policy.own_share_percent", 120, "policy.own_share_percent"),
        ("aiu_2015", "plan", "standard", "plan"),
        ("galileo_generic", "options", {"cyber": True}, "options.cyber"),
        ("galileo_generic", "policy.response_period_days", -1, "policy.response_period_days"),
        ("sompo_alive_leak_limited", "policy.deductible", 1, "policy.deductible"),
    ],
)
def test_options_and_terms_are_checked_against_the_product(
    product_name: str,
    path: str,
    value: Any,
    field: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps([with_field(good(product_name), path, value)]), encoding="utf-8")
    assert main(["payout", str(cases), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "T-1" in err
    assert field in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected a list of cases"),
        ("[1]", "[1]"),
        ("[{}]", "[1].incidents"),
        ("[", "not valid JSON"),
        ('[{"id": NaN}]', "NaN is not a JSON number"),
        ('[{"id": "a", "id": "b"}]', "duplicate key"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"id": ' + "1" * 5000 + "}]", "not valid JSON"),
        ('[{"kind": "premium", "id": "P"}]', "P.revenue"),
        (
            '[{"kind": "premium", "id": "P", "product": "aiu_2015", "revenue": 1}]',
            "no premium table",
        ),
        (
            '[{"kind": "premium", "id": "P", "product": "sompo_alive_leak_limited",'
            ' "revenue": 1, "months": 13}]',
            "P.months",
        ),
        ('[{"kind": "gift", "id": "P"}]', "P.kind"),
    ],
)
def test_a_file_that_is_no_list_of_cases_is_refused(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text, encoding="utf-8")
    assert main(["payout", str(path), "--json", "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert all(line.startswith(str(path)) for line in err.splitlines())


def test_duplicate_ids_and_all_problems_come_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    other = with_field(with_field(good(), f"{ITEM}.amount", -1), "plan", "G")
    other["id"] = "T-2"
    path.write_text(json.dumps([good(), good(), other]), encoding="utf-8")
    assert main(["payout", str(path), "--json", "--lang", "en"]) == 2
    err = capsys.readouterr().err.splitlines()
    assert any("T-1" in line and "duplicate id" in line for line in err)
    assert any("T-2.incidents[1].items[1].amount = -1" in line for line in err)


def test_exclusions_of_another_product_are_accepted_without_effect() -> None:
    from exposure.policy.cases import adjust, case_from

    raw = with_field(good(), "incidents.0.exclusions", ["natural_disaster"])
    assert adjust(case_from(raw, "x", "y")) == adjust(case_from(good(), "x", "y"))


@pytest.mark.parametrize("name", PRODUCTS)
def test_random_changes_of_good_cases_never_end_in_a_traceback(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = [None, -1, 1.5, True, "x", [], {}, 10**30, "2016-13-01", [[[]]]]
    path = tmp_path / "cases.json"
    for seed in range(6):
        case = random_case(name, seed)
        for place, value in ((f, v) for f in list(case) for v in values):
            path.write_text(json.dumps([{**case, place: value}]), encoding="utf-8")
            assert main(["payout", str(path), "--json"]) in (0, 2)
    capsys.readouterr()


def test_a_shipped_product_is_read_once() -> None:
    assert isinstance(product("aiu_2015"), Product)
    assert product("aiu_2015") is product("aiu_2015")
