"""The arithmetic written out: it ends where the payment ends and reads like the brochure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.reference import PRODUCTS
from support.strategies import random_case

from exposure.cli import main
from exposure.files import data_path
from exposure.policy.cases import Case, answer_of, case_from, settle
from exposure.policy.explanation import CaseExplanation, explain_case

CASES = str(data_path("cases", "nipponkoa_2006.json"))


def explained(raw: dict[str, Any]) -> tuple[Case, CaseExplanation]:
    case = case_from(raw, "cases", "case")
    assert isinstance(case, Case)
    return case, explain_case(case)


def public(case_id: str) -> CaseExplanation:
    for path in data_path("cases").glob("*.json"):
        for raw in json.loads(path.read_text(encoding="utf-8")):
            if raw["id"] == case_id:
                return explained(raw)[1]
    raise AssertionError(case_id)


def said(page: CaseExplanation, lang: Any = "ja") -> list[str]:
    return [line.text.say(lang) for incident in page.incidents for line in incident.lines]


def test_the_printed_example_is_explained_as_the_brochure_prints_it() -> None:
    assert said(public("NIP-001")) == [
        "賠償責任部分の保険金の額",
        "a)20,000,000円",
        "20,000,000円 < 300,000,000円（支払限度額）",
        "支払額 20,000,000円",
        "費用部分の保険金の額",
        "b)10,000,000円 + c)5,000,000円 + d)1,000,000円 = 16,000,000円",
        "16,000,000円 × 95% = 15,200,000円",
        "15,200,000円 < 30,000,000円（支払限度額）",
        "支払額 15,200,000円",
        "20,000,000円 + 15,200,000円 = 35,200,000円",
    ]


def test_the_entrusted_example_shows_its_sublimit() -> None:
    lines = said(public("NIP-002"), "en")
    assert "JPY 5,500,000 > JPY 5,000,000 (limit) → JPY 5,000,000" in lines
    assert "JPY 5,000,000 + a) JPY 10,000,000 = JPY 15,000,000" in lines


def test_the_ratio_the_deductible_and_the_cap_are_written_out() -> None:
    lines = said(public("GAL-009"))
    assert "50,500,000円 − 免責金額1,000,000円 = 49,500,000円" in lines
    ratio = "10,100,000円 × 限度額50,000,000円 ÷ 法律上の損害賠償金50,500,000円 = 10,000,000円"
    assert ratio in lines
    lines = said(public("SOM-052"))
    assert "a)見舞金・見舞品費用：1名につき1,000円まで 1,000円 × 30名 = 30,000円" in lines


def test_a_loss_says_how_it_is_made_up_and_when_it_was_spent() -> None:
    raw = {
        **random_case("nipponkoa_2006", 1),
        "incidents": [
            {
                "notified_on": "2007-06-01",
                "items": [
                    {"head": "call_centre", "amount": 7, "incurred_on": "2007-07-01"},
                    {
                        "head": "condolence", "persons": 3, "per_person": 500,
                        "incurred_on": "2007-08-01",
                    },
                    {"head": "damages", "amount": 5},
                ],
            }
        ],
    }  # fmt: skip
    losses = [line.text for line in explained(raw)[1].incidents[0].losses]
    assert [text.ja for text in losses] == [
        "a)コールセンター費用：7円（2007-07-01支出）",
        "b)見舞金・見舞品費用：1,500円（500円 × 3名、2007-08-01支出）",
        "c)損害賠償金：5円",
    ]
    assert losses[1].en.endswith("(JPY 500 × 3 persons, spent 2007-08-01)")


def test_what_is_left_of_a_limit_is_shown_for_later_incidents() -> None:
    lines = said(public("SOM-022"))
    left = "600,000円 > 300,000円（残りの限度額、1,000,000円 − 支払済み700,000円） → 300,000円"
    assert left in lines


def test_what_keeps_an_item_from_being_paid_is_named_with_its_clause() -> None:
    raw = {
        **random_case("nipponkoa_2006", 1),
        "incidents": [
            {
                "notified_on": "2007-06-01",
                "claim_made_on": "2020-01-01",
                "exclusions": ["war_or_riot"],
                "items": [
                    {"head": "damages", "amount": 5},
                    {"head": "call_centre", "amount": 7, "incurred_on": "2009-01-01"},
                    {"head": "system_repair", "amount": 9},
                ],
            }
        ],
    }
    _, page = explained(raw)
    lines = {(line.kind, line.clause) for line in page.incidents[0].lines if line.amount == 0}
    assert {
        ("excluded", "L284"),
        ("not_met", "L117"),
        ("not_met", "L146-149 (N-8)"),
        ("window", "L144, L151-161 (N-5)"),
        ("not_met", ""),
    } <= lines
    assert page.total == 0
    assert page.incidents[0].unpaid["not_covered"] == 9


@pytest.mark.parametrize("product", PRODUCTS)
def test_explanations_of_random_cases_end_where_the_payment_ends(product: str) -> None:
    for seed in range(60):
        case, page = explained(random_case(product, seed))
        answer = answer_of(case, settle(case))
        assert (page.total, page.uninsured) == (answer["total"], answer["uninsured"])
        for incident, told in zip(page.incidents, answer["incidents"], strict=True):
            assert sum(incident.unpaid.values()) == told["uninsured"]
            assert sum(line.amount or 0 for line in incident.losses) == incident.total + sum(
                incident.unpaid.values()
            )
            payable = [
                line.amount for line in incident.lines if line.kind == "payable" and not line.depth
            ]
            due = sum(amount or 0 for amount in payable)
            assert due >= incident.total
            assert all(line.text.ja and line.text.en for line in incident.lines)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_command_prints_one_case_or_all(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", CASES, "--case", "NIP-001", "--lang", lang]) == 0
    one = capsys.readouterr().out
    assert "16,000,000" in one
    assert "NIP-002" not in one
    assert main(["explain", CASES, "--lang", lang]) == 0
    assert len(capsys.readouterr().out) > len(one)
    assert main(["explain", str(data_path("cases", "sompo_alive_premium.json"))]) == 0
    assert "20,000円" in capsys.readouterr().out


def test_an_unknown_case_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", CASES, "--case", "NIP-0001", "--lang", "en"]) == 2
    err = capsys.readouterr().err
    assert "--case" in err
    assert "did you mean" in err


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_table_of_payments_shows_each_case(
    lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["payout", CASES, "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert "NIP-001" in out
    assert "35,200,000" in out
