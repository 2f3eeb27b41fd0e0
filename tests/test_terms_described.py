"""Whatever a wording says, ``show``, the record and the report say: field by field, none forgotten.

Each case states one field of the vocabulary otherwise than a small wording does; what is printed
must then be otherwise too. A field that the vocabulary gains and no case names fails here.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from support import result_sample

from exposure.output.content.plan_terms import all_terms
from exposure.output.content.wording import plan_sheet
from exposure.policy.catalogue import Catalogue, product_from
from exposure.policy.description import describe
from exposure.policy.plan import build_plan
from exposure.policy.vocabulary import (
    Alternative,
    Choice,
    Condition,
    Cover,
    Day,
    Exclusion,
    Identity,
    Limit,
    PremiumBand,
    PremiumTable,
    Reading,
    UnitCap,
    Wording,
)
from exposure.result.document import to_record
from exposure.result.record import Terms
from exposure.study.annex import terms_of


def label(text: str) -> dict[str, str]:
    return {"ja": text, "en": text}


def wording() -> dict[str, Any]:
    """Return a wording in which every kind of term stands once."""
    condition = {"date": "incurred_on", "days": 30, "of": "discovered_on", "clause": "p.3"}
    return {
        "plan": {
            "product": "own", "label": label("own"), "short": label("own"), "source": "own",
            "insurer": label("insurer"), "edition": label("edition"), "limit_covers": ["a"],
        },
        "cover": {
            "a": {"label": label("A"), "heads": ["damages"], "limit": 1000},
            "b": {
                "label": label("B"), "within": "a", "limit": 400, "outside": "c",
                "heads": ["call_centre", "business_interruption", "court_attendance"],
                "per_unit": {"gift": {"amount": 5, "heads": ["call_centre"]}},
                "require": {"window": condition},
            },
            "c": {"label": label("C"), "heads": ["condolence"], "limit": 300},
        },
        "exclusion": {"war": {"reaches": ["a"]}, "flood": {"reaches": ["a"]}},
        "exception": {"peace": label("peace"), "calm": label("calm")},
        "derive": {"security_deemed_on": {"date": "security_discovered_on",
                                          "same_day_within_days": 60, "clause": "p.1"}},
        "premium": {"clause": "p.2", "months": 12, "bands": [{"premium": 9}]},
        "contract": {"own": {"label": label("choice"), "kind": "yen", "default": 7}},
        "option": {
            "more": {"label": label("more"), "kind": "flag", "default": False},
            "most": {"label": label("most"), "kind": "flag", "default": False},
        },
        "reading": {
            "X-9": {
                "question": label("question"), "choice": label("choice"), "why": label("why"),
                "alternative": {"other": {"label": label("other")}},
            },
        },
    }  # fmt: skip


NEW, GONE = label("new"), None

# By field: place and value. What only ``show`` prints is marked: charts and limits of the report
# have their own clauses and premiums.
COVER = "cover.a"
CASES: dict[type, dict[str, list[tuple[str, Any]]]] = {
    Wording: {
        "plan": [("plan.label", NEW)],
        "cover": [("cover.d", {"label": NEW, "heads": ["apology_ads"]})],
        "exclusion": [("exclusion.new", {"reaches": ["a"], "label": NEW})],
        "exception": [("exclusion.war.unless", ["peace"])],
        "derive": [("derive", GONE)],
        "premium": [("premium", GONE)],
    },
    Identity: {
        "label": [("plan.label", NEW)],
        "insurer": [("plan.insurer", NEW)],
        "edition": [("plan.edition", NEW)],
        "source": [("plan.source", "new")],
        "historical": [("plan.historical", True)],
        "sold_up_to_revenue": [("plan.sold_up_to_revenue", 10**9)],
        "limit": [("plan.limit", 900)],
        "event_limit": [("plan.event_limit", 900)],
        "period_limit": [("plan.period_limit", 900)],
        "clause": [("plan.clause", "p.9")],
    },
    Cover: {
        "label": [(f"{COVER}.label", NEW)],
        "clause": [(f"{COVER}.clause", "p.9")],
        "clauses": [("cover.b.clauses", {"outside": "p.8"})],
        "attached": [("cover.c.attached", False)],
        "within": [("cover.b.within", GONE)],
        "heads": [(f"{COVER}.heads", ["damages", "litigation_costs"])],
        "benefit": [("cover.b.benefit", {"officer_day": 5})],
        "require": [("cover.b.require", {})],
        "waiting_hours": [("cover.b.waiting_hours", 8)],
        "per_unit": [("cover.b.per_unit", {})],
        "deductible": [(f"{COVER}.deductible", 10)],
        "indemnity_percent": [(f"{COVER}.indemnity_percent", 90)],
        "own_share_percent": [(f"{COVER}.own_share_percent", 10)],
        "outside": [("cover.b.outside", GONE)],
        "ratio_limit": [("cover.b.ratio_limit", "event")],
        "limit": [(f"{COVER}.limit", 2000)],
        "event_limit": [(f"{COVER}.limit", GONE), (f"{COVER}.event_limit", 500)],
        "period_limit": [(f"{COVER}.limit", GONE), (f"{COVER}.period_limit", 500)],
    },
    UnitCap: {
        "amount": [("cover.b.per_unit.gift.amount", 6)],
        "heads": [("cover.b.per_unit.gift.heads", ["court_attendance"])],
        "clause": [("cover.b.per_unit.gift.clause", "p.9")],
    },
    Limit: {
        "rate_percent": [("cover.b.limit", {"rate_percent": 20, "of": "c"})],
        "of": [("cover.b.limit", {"rate_percent": 10, "of": "a"})],
        "at_most": [("cover.b.limit", {"rate_percent": 10, "of": "c", "at_most": 7})],
    },
    Condition: {
        "fact": [("cover.b.require.window", {"fact": "consent", "among": [True]})],
        "among": [("cover.b.require.window", {"fact": "consent", "among": [False]})],
        "any": [("cover.b.require.window", {"any": ["own_notice"]})],
        "stated": [("cover.b.require.window", {"stated": "notified_on"})],
        "date": [("cover.b.require.window.date", "claim_made_on")],
        "within": [("cover.b.require.window", {"date": "leaked_on", "within": "period"})],
        "not_before": [
            ("cover.b.require.window", {"date": "leaked_on", "not_before": "notified_on"})
        ],
        "not_after": [
            ("cover.b.require.window", {"date": "leaked_on", "not_after": "notified_on"})
        ],
        "before": [("cover.b.require.window", {"date": "leaked_on", "before": "notified_on"})],
        "or_unstated": [("cover.b.require.window.or_unstated", True)],
        "of": [("cover.b.require.window.of", "notified_on")],
        "days": [("cover.b.require.window.days", 31)],
        "months": [("cover.b.require.window.days", GONE), ("cover.b.require.window.months", 3)],
        "any_of": [("cover.b.require.window", {"any_of": [[{"any": ["own_notice"]}]]})],
        "heads": [("cover.b.require.window.heads", ["call_centre"])],
        "clause": [("cover.b.require.window.clause", "p.9")],
    },
    Exclusion: {
        "label": [("exclusion.war.label", NEW)],
        "reaches": [("exclusion.war.reaches", ["b"])],
        "unless": [("exclusion.war.unless", ["calm"])],
        "saved_in": [("exclusion.war.saved_in", {"a": "discovered_on"})],
        "only_with": [("exclusion.war.only_with", {"a": "flood"})],
        "clause": [("exclusion.war.clause", "p.9")],
    },
    Day: {
        "date": [("derive.security_deemed_on.date", "discovered_on")],
        "same_day_within_days": [("derive.security_deemed_on.same_day_within_days", 61)],
        "clause": [("derive.security_deemed_on.clause", "p.9")],
    },
    PremiumTable: {
        "clause": [("premium.clause", "p.9")],
        "months": [("premium.months", 6)],
        "bands": [("premium.bands", [{"premium": 8}])],
    },
    PremiumBand: {
        "when": [("premium.bands", [{"premium": 9, "when": {"own": 7}}])],
        "revenue_up_to": [("premium.bands", [{"premium": 9, "revenue_up_to": 50}])],
        "premium": [("premium.bands", [{"premium": 8}])],
    },
    Choice: {
        "label": [("contract.own.label", NEW)],
        "kind": [("contract.own.kind", "days")],
        "values": [("contract.own.default", GONE), ("contract.own.values", [7, 8])],
        "at_least": [("contract.own.default", GONE), ("contract.own.at_least", 3)],
        "at_most": [("contract.own.default", GONE), ("contract.own.at_most", 30)],
        "optional": [("contract.own.default", GONE), ("contract.own.optional", True)],
        "default": [("contract.own.default", 8)],
        "needs": [("option.more.needs", ["most"])],
        "clause": [("option.more.clause", "p.9")],
    },
    Reading: {
        "question": [("reading.X-9.question", NEW)],
        "choice": [("reading.X-9.choice", NEW)],
        "why": [("reading.X-9.why", NEW)],
        "clause": [("reading.X-9.clause", "p.9")],
        "alternative": [("reading.X-9.alternative", {})],
    },
    Alternative: {"label": [("reading.X-9.alternative.other.label", NEW)]},
}  # fmt: skip

# Said elsewhere or nowhere: names for files, charts and cases; which limit sizes the plan; patches,
# which are seen in what they change; how an option is priced.
ELSEWHERE: dict[type, set[str]] = {
    Identity: {"product", "short", "limit_covers", "prior", "case_plan"},
    Choice: {"means", "replaces", "priced", "set", "add", "remove"},
    Alternative: {"set", "add", "remove"},
}
PAIRS = [(model, field) for model, fields in CASES.items() for field in fields]
# Of the record: premium, choices not attached and readings stand in its other parts.
OF_TERMS = [
    (model, field)
    for model, field in PAIRS
    if model not in (PremiumTable, PremiumBand, Choice, Reading, Alternative)
    and (model, field) != (Wording, "premium")
]
# The tables of the report have one clause for a cover, and the report names sources by number.
NO_PLACE = {
    (Identity, "source"), (Cover, "clauses"), (UnitCap, "clause"), (Condition, "clause"),
    (Day, "clause"),
}  # fmt: skip


def changed(model: type, field: str) -> dict[str, Any]:
    raw = copy.deepcopy(wording())
    for place, value in CASES[model][field]:
        *front, last = place.split(".")
        node = raw
        for key in front:
            node = node[key]
        if value is GONE:
            del node[last]
        else:
            node[last] = value
    return raw


def shown(raw: dict[str, Any]) -> str:
    among = Catalogue({"own": product_from(raw, "own", "own.toml")})
    sheet = describe("own", among)
    return repr([list(plan_sheet(sheet, lang)) for lang in ("ja", "en")])


def kept(raw: dict[str, Any]) -> Terms:
    plan = build_plan(product_from(raw, "own", "own.toml"), None, {}, {})
    return to_record(list[Terms], [terms_of("own", plan)])[0]


def reported(raw: dict[str, Any]) -> str:
    result = dataclasses.replace(result_sample.build(), terms=[kept(raw)])
    return repr([all_terms(result, lang) for lang in ("ja", "en")])


@pytest.mark.parametrize("model", CASES)
def test_every_field_of_the_vocabulary_has_a_case(model: type) -> None:
    fields = set(model.model_fields)  # type: ignore[attr-defined]  # a record of pydantic
    assert set(CASES[model]) | ELSEWHERE.get(model, set()) == fields


@pytest.mark.parametrize(("model", "field"), PAIRS)
def test_what_a_wording_says_is_shown(model: type, field: str) -> None:
    assert shown(changed(model, field)) != shown(wording())


@pytest.mark.parametrize(("model", "field"), OF_TERMS)
def test_what_a_wording_says_is_in_the_record(model: type, field: str) -> None:
    assert kept(changed(model, field)) != kept(wording())


@pytest.mark.parametrize(("model", "field"), [one for one in OF_TERMS if one not in NO_PLACE])
def test_what_a_wording_says_is_in_the_report(model: type, field: str) -> None:
    assert reported(changed(model, field)) != reported(wording())
