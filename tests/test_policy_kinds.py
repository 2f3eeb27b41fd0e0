"""Policy files as brokers write them: odd but legal wordings, each paid as worked out by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from exposure.files import toml_file_of
from exposure.policy.cases import Case, answer_of, case_from, settle
from exposure.policy.drafts import catalogue_of, policy_problems
from tests.support.own_policy import WORDING

NAMED = """
[plan]
product = "own"
label   = { ja = "商品", en = "Product" }
short   = { ja = "商品", en = "Product" }
insurer = { ja = "甲", en = "A" }
edition = { ja = "版", en = "edition" }
source  = "brochure"
limit_covers = ["a"]
[sources.brochure]
title = "案内"
publisher = "甲"
"""
LABEL = 'label = { ja = "名", en = "name" }\n'
DAY = "2026-06-01"
PERIOD = {"start": "2026-04-01", "end": "2027-03-31"}
Items = dict[str, Any]


def cover(name: str, terms: str) -> str:
    return f"[cover.{name}]\n{LABEL}{terms}\n"


def term(name: str, terms: str) -> str:
    return f"[contract.{name}]\n{LABEL}{terms}\n"


def option(name: str, terms: str) -> str:
    return f'[option.{name}]\n{LABEL}kind = "flag"\ndefault = false\n{terms}\n'


DAMAGES, CALLS = 'heads = ["damages"]\n', 'heads = ["call_centre"]\n'
LIMIT = term("limit", 'kind = "yen"')
RIDER = option(
    "x", 'add = { "cover.a.heads" = ["consulting"] }\nremove = ["exclusion.war_or_riot"]'
)
WAR = '[exclusion]\nwar_or_riot = { reaches = ["a"] }\n'

# Name: wording, events (losses by head, facts), payments, what the case states besides.
KINDS: dict[str, tuple[str, list[Items], list[int], Items]] = {
    "8M twice: 5M an event, 7M a period": (
        cover("a", DAMAGES + 'event_limit = "500万円"\nperiod_limit = "700万円"'),
        [{"damages": 8_000_000}] * 2, [5_000_000, 2_000_000], {},
    ),
    "(1,000,003 - 100,000) x 90 %, fractions dropped": (
        cover("a", DAMAGES + 'deductible = "１０万円"\nindemnity_percent = 90'),
        [{"damages": 1_000_003}], [810_002], {},
    ),
    "90 % of it, of which 12.5 % stays": (
        cover("a", DAMAGES + "indemnity_percent = 90\nown_share_percent = 12.5"),
        [{"damages": 1_000_000}], [787_500], {},
    ),
    "three covers inside each other: 1.0 + min(0.9 + min(3.0, 1.0), 1.5) under 2.0": (
        cover("a", DAMAGES + "limit = 2_000_000")
        + cover("b", 'within = "a"\nheads = ["consulting"]\nlimit = 1_500_000')
        + cover("c", 'within = "b"\n' + CALLS + "limit = 1_000_000"),
        [{"damages": 1_000_000, "consulting": 900_000, "call_centre": 3_000_000}], [2_000_000], {},
    ),
    "costs a tenth of the limit, at most 20M": (
        LIMIT + cover("a", DAMAGES + 'limit = "$limit"')
        + cover("b", CALLS + 'limit = { rate_percent = 10, of = "a", at_most = "2,000万円" }'),
        [{"damages": 10**9, "call_centre": 50_000_000}], [320_000_000],
        {"policy": {"limit": 300_000_000}},
    ),
    "a set by pattern, its deductible too": (
        f'[pattern.S]\n{LABEL}set = {{ "cover.a.limit" = "1億円" }}\n'
        f'[pattern.M]\n{LABEL}set = {{ "cover.a.limit" = "3億円", "cover.a.deductible" = 1 }}\n'
        + cover("a", DAMAGES + "limit = 0\ndeductible = 0"),
        [{"damages": 200_000_000}], [199_999_999], {"plan": "M"},
    ),
    "a rider adds a head and takes an exclusion off": (
        RIDER + cover("a", DAMAGES) + WAR,
        [{"damages": 100, "consulting": 50, "exclusions": ["war_or_riot"]}], [150],
        {"options": {"x": True}},
    ),
    "without the rider the exclusion holds": (
        RIDER + cover("a", DAMAGES) + WAR,
        [{"damages": 100, "consulting": 50, "exclusions": ["war_or_riot"]}], [0], {},
    ),
    "one rider stands in the place of another": (
        option("d", 'set = { "cover.a.limit" = 200 }')
        + option("t", 'replaces = ["d"]\nset = { "cover.a.limit" = 300 }')
        + cover("a", DAMAGES + "limit = 100"),
        [{"damages": 1_000}], [300], {"options": {"d": True, "t": True}},
    ),
    "30 outside a limit of 100 that 200 is claimed of": (
        cover("a", DAMAGES + "limit = 100")
        + cover("d", 'heads = ["litigation_costs"]\noutside = "a"'),
        [{"damages": 200, "litigation_costs": 30}], [115], {},
    ),
    "12 of 48 hours are the insured's": (
        cover("a", 'heads = ["business_interruption"]\nwaiting_hours = 12'),
        [{"business_interruption": 4_800_000, "outage_hours": 48}], [3_600_000], {},
    ),
    "within as many days as the contract says": (
        term("span", 'kind = "days"')
        + cover("a", CALLS)
        + '[cover.a.require]\nw = { date = "incurred_on", days = "$span", of = "discovered_on" }\n',
        [{"call_centre": 10, "incurred_on": "2026-07-01"},
         {"call_centre": 7, "incurred_on": "2026-07-02"}],
        [10, 0], {"policy": {"span": 30}},
    ),
    "a cost limit up to the liability limit, full-width digits in the ladder": (
        term("limit", 'kind = "one_of"\nvalues = ["1億円", "３億円"]')
        + term("cost", 'kind = "yen"\nat_most = "$limit"\ndefault = "1,000万円"')
        + cover("a", DAMAGES + 'limit = "$limit"') + cover("b", CALLS + 'limit = "$cost"'),
        [{"damages": 400_000_000, "call_centre": 20_000_000}], [310_000_000],
        {"policy": {"limit": 300_000_000}},
    ),
    "10 trillion yen": (
        cover("a", DAMAGES + 'limit = "10兆円"'), [{"damages": 10**13 - 1}], [10**13 - 1], {},
    ),
}  # fmt: skip
# The limit of the whole, of an event or a period: 50 of costs and 80 of damages, then 80 more.
for key, paid in {"limit": [100, 0], "event_limit": [100, 80], "period_limit": [100, 0]}.items():
    whole = cover("c", CALLS) + cover("a", DAMAGES) + f'[plan]\n{key} = "$limit"\n'
    KINDS[f"the whole: {key}"] = (
        LIMIT + whole, [{"damages": 80, "call_centre": 50}, {"damages": 80}], paid,
        {"policy": {"limit": 100}},
    )  # fmt: skip


def text_of(wording: str) -> str:
    """Give the policy file; further keys of [plan] go where the table is."""
    wording, _, more = wording.partition("[plan]\n")
    return NAMED.replace("[sources", f"{more}[sources") + wording


@pytest.mark.parametrize("name", KINDS)
def test_a_wording_pays_what_is_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    wording, events, expected, stated = KINDS[name]
    path = tmp_path / "own.toml"
    path.write_text(text_of(wording), encoding="utf-8")
    assert policy_problems(path) == []
    among = catalogue_of([toml_file_of(tomllib.loads(text_of(wording)), "own.toml")])
    of_items = ("incurred_on", "outage_hours")
    incidents = []
    for event in events:
        facts = {key: value for key, value in event.items() if key == "exclusions"}
        more = {key: value for key, value in event.items() if key in of_items}
        losses = {key: value for key, value in event.items() if key not in {**facts, **more}}
        items = [{"head": head, "amount": yen, **more} for head, yen in losses.items()]
        days = dict.fromkeys(("leaked_on", "discovered_on", "notified_on", "claim_made_on"), DAY)
        incidents.append({**days, **facts, "items": items})
    raw = {"id": "x", "product": "own", "incidents": incidents, **stated}
    raw["policy"] = {"period": PERIOD, **stated.get("policy", {})}
    case = case_from(raw, "cases", "x", among)
    assert isinstance(case, Case)
    answer = answer_of(case, settle(case))
    paid = [sum(part["paid"] for part in one["sections"].values()) for one in answer["incidents"]]
    assert paid == expected


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig"])
def test_a_file_may_begin_with_a_mark_of_its_coding(coding: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(WORDING.replace("\n", "\r\n").encode(coding))
    assert policy_problems(path) == []


@pytest.mark.parametrize("coding", ["cp932", "utf-16"])
def test_a_file_in_another_coding_is_one_line(coding: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(WORDING.encode(coding))
    (found,) = policy_problems(path)
    assert "UTF-8" in found.say("en")
    assert found.where.endswith("own.toml")
