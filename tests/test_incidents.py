"""Breaches told in a report: the same arithmetic, to the word, as a claim of the same breach."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pytest
from support import result_sample
from support.model_reference import model_of

from exposure.arrays import Years
from exposure.output.content.plan_terms import incidents as section_of
from exposure.policy.assignment import losses_for
from exposure.policy.cases import Case, case_from
from exposure.policy.explanation import explain_case
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.simulated_cases import cases_from
from exposure.policy.vocabulary import PolicyPeriod
from exposure.result.document import to_record
from exposure.result.record import Explanation, Incident, Line, OverallLimit, Result, Words
from exposure.simulation.loss_years import policy_period
from exposure.study.incidents import first_block, tell_breach
from exposure.tables import EventTable, LossItem, LossTable

PLANS = (
    "nipponkoa_2006/F",
    "sompo_alive_leak_limited",
    "aiu_2015+execution_double+card+cyber@limit=300000000@deductible=100000@own_share_percent=10",
    "galileo_generic@limit_per_event=100000000@limit_aggregate=100000000"
    "@cost_limit_per_event=10000000@cost_limit_aggregate=10000000@response_period_days=180",
)
MODEL = model_of(industry="medical", incidents_last_3_years=1, revenue=500_000_000)
BLOCK = first_block(MODEL, 400, 3)
LOSSES = {regime: BLOCK.losses(regime) for regime in ("brochure", "court")}


def lines_of(explanation: dict[str, Any]) -> list[tuple[str, str, str]]:
    both = explanation["losses"] + explanation["lines"]
    return [(line["text"]["ja"], line["text"]["en"], line["clause"]) for line in both]


def largest(losses: LossTable, n: int) -> list[int]:
    return [int(at) for at in np.argsort(losses.total())[::-1][:n]]


@pytest.mark.parametrize("identifier", PLANS)
@pytest.mark.parametrize("regime", ["brochure", "court"])
def test_a_breach_is_told_in_the_words_of_exposure_explain(identifier: str, regime: str) -> None:
    chosen, period = plan(identifier), policy_period(MODEL)
    for at in largest(LOSSES[regime], 6):
        one = losses_for(chosen, LOSSES[regime].only(at))
        story = tell_breach(chosen, one, period)
        raw = next(cases_from(chosen, LOSSES[regime].only(at), period.start, period.end))
        case = case_from(raw, "cases", "case")
        assert isinstance(case, Case)
        page = explain_case(case).incidents[0]
        expected = [(x.text.ja, x.text.en, x.clause) for x in (*page.losses, *page.lines)]
        assert lines_of(story["explanation"]) == expected
        assert story["explanation"]["total"] == page.total == story["paid"]
        assert story["explanation"]["unpaid"] == {k: v for k, v in page.unpaid.items() if v}
        assert sum(story["explanation"]["unpaid"].values()) == story["retained"]
        # What the simulation itself paid for the breach, had it been alone in its year.
        assert story["paid"] == pay(chosen, one, period).paid[0]
        assert story["loss"] == one.total()[0]


def test_a_reading_the_case_schema_cannot_name_is_told_all_the_same() -> None:
    chosen, period = plan("nipponkoa_2006/A@reading.N-4=per_event"), policy_period(MODEL)
    for at in largest(LOSSES["court"], 5):
        one = losses_for(chosen, LOSSES["court"].only(at))
        assert tell_breach(chosen, one, period)["paid"] == pay(chosen, one, period).paid[0]


def test_a_head_that_no_product_insures_is_a_loss_that_no_cover_takes() -> None:
    period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    items = (LossItem("damages", np.array([3e6])), LossItem("fines", np.array([2e6])))
    days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    losses = LossTable(EventTable(Years((1,)), days), items)
    story = tell_breach(plan("nipponkoa_2006/F"), losses, period)
    assert lines_of(story["explanation"])[:3] == [
        ("a)損害賠償金：3,000,000円", "a) Damages: JPY 3,000,000", ""),
        ("b)課徴金・制裁金：2,000,000円", "b) Fines and surcharges: JPY 2,000,000", ""),
        (
            "b)課徴金・制裁金：このプランの補償の対象外 → 0円",
            "b) Fines and surcharges: no cover of this plan takes it → JPY 0",
            "",
        ),
    ]
    assert story["explanation"]["unpaid"] == {"not_covered": 2_000_000}
    assert (story["paid"], story["retained"], story["not_covered"]) == (3e6, 2e6, 2e6)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_report_prints_every_line_with_its_clause(lang: Any) -> None:
    chosen, period = plan("nipponkoa_2006/F"), policy_period(MODEL)
    at = largest(LOSSES["court"], 1)[0]
    story = tell_breach(chosen, losses_for(chosen, LOSSES["court"].only(at)), period)
    incident = to_record(Incident, {"one_in": 100.0, "plan": chosen.id, **story})
    section = section_of(with_incidents(incident), ["court"], lang)
    assert section is not None
    table = next(block for block in section.blocks if block.type == "table")
    printed = [tuple(cell.text for cell in row.cells) for row in table.rows if not row.part]
    folded = {"ja": "ほか", "en": "further items"}[lang]
    explanation = story["explanation"]
    for line in explanation["losses"] + explanation["lines"]:
        said = line["text"][lang]
        if line["kind"] == "title":
            said = f"【{said}】" if lang == "ja" else f"[{said}]"
        # Items that get nothing, or next to nothing, stand together.
        assert (said, line["clause"]) in printed or any(folded in words for words, _ in printed)
    assert any(clause.startswith("L") for _, clause in printed)
    total = f"{story['paid']:,.0f}"
    assert any(total in words for words, _ in printed)


def test_items_that_get_nothing_stand_together_and_what_is_paid_stands_alone() -> None:
    def line(amount: int | None, n: int) -> Line:
        return Line("item", 1, Words(f"第{n}項 {amount}円", f"item {n}"), amount, f"L{n}")

    lines = [line(5_000_000, 1), line(0, 2), line(0, 3), line(0, 4), line(7, 5)]
    incident = Incident(
        one_in=100.0, plan="p", cause=None, persons=1.0, claimants=0.0, heads={}, loss=5e6,
        not_covered=0.0, covers=[], overall=OverallLimit(None, 5e6, 0.0), paid=5e6, retained=0.0,
        explanation=Explanation([line(5_000_000, 1), line(7, 2)], lines, {}, 5_000_000),
    )  # fmt: skip
    section = section_of(with_incidents(incident), ["court"], "ja")
    assert section is not None
    table = next(block for block in section.blocks if block.type == "table")
    printed = [row.cells[0].text for row in table.rows]
    assert printed == [
        "損害額", "第1項 5000000円", "ほか1件（少額） 計7円", "損害額の合計：5,000,000円",
        "支払保険金の計算", "第1項 5000000円", "ほか3件（対象外・期間外など）→ 0円", "第5項 7円",
        "したがって、合計5,000,000円が保険金として支払われます。",
    ]  # fmt: skip


def with_incidents(*incidents: Incident) -> Result:
    bare = result_sample.build()
    view = dataclasses.replace(bare.regimes["court"], incidents=list(incidents))
    return dataclasses.replace(bare, regimes={"court": view})


def test_a_result_without_the_arithmetic_has_no_such_part() -> None:
    assert section_of(with_incidents(), ["court"], "ja") is None
