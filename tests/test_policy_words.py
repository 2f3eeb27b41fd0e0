"""The vocabulary in words, and corners of the policy floor no wording of today reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from test_policy_errors import LABEL, built, changed, draft, good

from exposure.arrays import Years
from exposure.errors import DataError, PlanError, Text
from exposure.policy.assignment import losses_for
from exposure.policy.cases import Case, adjust, case_from
from exposure.policy.catalogue import catalogue, historical_note, product_from
from exposure.policy.conditions import is_excluded
from exposure.policy.description import Figures, describe
from exposure.policy.explanation import explain_case
from exposure.policy.interpreter import pay
from exposure.policy.phrases import condition, yen
from exposure.policy.plan import plan
from exposure.policy.simulated_cases import cases_from
from exposure.policy.vocabulary import Condition, Exclusion, Label, PolicyPeriod
from exposure.tables import EventTable, LossItem, LossTable

DAY = np.datetime64("2016-06-01")
YEAR = PolicyPeriod(start=DAY.astype(object), end=DAY.astype(object))


@pytest.mark.parametrize(
    ("asked", "ja", "en"),
    [
        (
            {"fact": "consent", "among": [True]},
            "保険会社の同意・承認",
            "Insurer's consent",
        ),
        (
            {"fact": "deceased", "among": [False]},
            "本人の死亡でないこと",
            "not: Persons concerned are dead",
        ),
        ({"fact": "deceased", "among": [True, False]}, "本人の死亡を問わない", None),
        ({"fact": "data_location", "among": ["JP", "overseas"]}, "情報の所在地を問わない", None),
        (
            {"date": "claim_made_on", "days": 30, "of": "leaked_on"},
            "最初の損害賠償請求日が漏えい日から30日以内",
            None,
        ),
        (
            {"date": "incurred_on", "months": 12, "of": "notified_on"},
            None,
            "costs arising within 12 months of: Notice to the insurer",
        ),
        ({"date": "leaked_on", "before": "period.start"}, "漏えい日が保険始期日より前", None),
        ({"stated": "notified_on"}, "保険会社への通知日があること", None),
    ],
)
def test_conditions_in_words(asked: dict[str, Any], ja: str | None, en: str | None) -> None:
    said = condition(Condition.model_validate(asked), {})
    assert ja in (None, said.ja)
    assert en in (None, said.en)


def test_no_limit_is_said_in_words() -> None:
    assert yen(float("inf")).say("en") == "unlimited"
    assert Label(ja="甲", en="A").say("ja") == "甲"
    assert Label(ja="甲", en="A").say("en") == "A"


def test_a_current_wording_has_no_warning() -> None:
    raw = changed("plan.historical", True)
    assert historical_note(product_from(raw, "draft", "draft.toml")) is not None
    assert historical_note(product_from(draft(), "draft", "draft.toml")) is None


def test_stated_contract_terms_are_shown_in_their_units() -> None:
    chosen = {
        row.key: row.value.ja
        for row in describe(
            "galileo_generic@response_period_days=90@cost_rate_percent=80"
            "@first_inception=2020-04-01@limit_per_event=5000000"
        ).chosen
    }
    assert chosen["response_period_days"] == "90日"
    assert chosen["cost_rate_percent"] == "80%"
    assert chosen["first_inception"] == "2020-04-01"
    assert chosen["limit_per_event"] == "500万円"


def test_a_limit_written_as_a_table_is_shown_as_an_amount() -> None:
    sheet = describe("aiu_2015@limit=10000000@corporate_info=same")
    cover = next(cover for cover in sheet.covers if cover.name == "corporate_info")
    last = cover.figures[-1]
    assert (last.value.ja, last.amount) == (
        "「契約全体」の支払限度額の100%",
        Text("1,000万円", "JPY 10,000,000"),
    )


def test_an_unknown_field_among_the_clauses_is_refused() -> None:
    with pytest.raises(PlanError, match="no such field: limits"):
        built(changed("cover.a.clauses", {"limits": "p.1"}))


def test_an_exclusion_of_the_event_is_found_without_an_item() -> None:
    events = EventTable(Years((1,)), {}, {"war": True, "flood": True}, {"peace": True})
    rule = Exclusion(reaches=("a",), only_with={"a": "flood"})
    assert is_excluded((("war", rule),), ("a",), events, None, YEAR) is True
    lifted = Exclusion(reaches=("a",), unless=("peace",))
    assert is_excluded((("war", lifted),), ("a",), events, None, YEAR) is False


def test_a_sending_keeps_no_cap_of_a_gift_that_counts_nobody() -> None:
    gift = LossItem("condolence", np.array([5.0]))
    sending = LossItem("condolence_shipping", np.array([5.0]), per_unit_before=np.array([9.0]))
    table = LossTable(EventTable(Years((1,)), {}), (gift, sending))
    assert losses_for(built(draft()), table).items[1].per_unit_before is None


def test_too_many_ways_to_assign_are_refused_rather_than_guessed() -> None:
    raw = good("aiu_2015")
    raw["options"] = {"cyber": True}
    doubtful = {"amount": 1, "claimable_under": ["execution", "cyber", "consulting"]}
    raw["incidents"][0]["items"] = [{"head": "investigation", **doubtful} for _ in range(8)]
    with pytest.raises(DataError, match=r"T-1.*claimable_under"):
        adjust(case_from(raw, "cases", "T-1"))


def test_the_ratio_of_the_full_limit_is_explained_with_it() -> None:
    raw = good("galileo_generic")
    raw["incidents"][0]["items"] = [
        {"head": "damages", "amount": 2_000},
        {"head": "litigation_costs", "amount": 100},
    ]
    lines = [line.text.ja for line in explain_case(case_from(raw, "c", "c")).incidents[0].lines]  # type: ignore[arg-type]  # a payout case
    assert "100円 × 限度額1,000円 ÷ 法律上の損害賠償金2,000円 = 50円" in lines


def test_a_plan_may_state_its_limit_per_event_or_for_the_period_alone() -> None:
    raw = draft()
    raw["cover"]["a"] = {"label": LABEL, "heads": ["damages"], "limit": {"at_most": 100}}
    assert built(raw).layer("a").period_limit == 100
    table = LossTable(EventTable(Years((1,)), {}), (LossItem("damages", np.array([150.0])),))
    frame = pay(built(raw), table, YEAR).to_frame()
    assert frame["paid"].tolist() == [100]
    assert frame.index.name == "event_id"


def test_another_reading_of_the_ratio_is_explained_with_the_full_limit() -> None:
    raw = good("galileo_generic")
    raw["policy"] |= {"limit_aggregate": 1_000}
    raw["prior_paid"] = {"damages": 400}
    raw["incidents"][0]["items"] = [
        {"head": "damages", "amount": 2_000},
        {"head": "litigation_costs", "amount": 100},
    ]
    case = case_from(raw, "c", "c")
    assert isinstance(case, Case)
    other = plan(
        "galileo_generic@limit_per_event=1000@limit_aggregate=1000@cost_limit_per_event=1000"
        "@response_period_days=180@reading.G-3=full_limit"
    )

    def ratio(of: Case) -> str:
        lines = explain_case(of).incidents[0].lines
        return next(line.text.en for line in lines if line.kind == "ratio")

    assert ratio(case).startswith("JPY 100 × limit JPY 600 ÷ Damages JPY 2,000 = JPY 30")
    assert ratio(replace(case, plan=other)).startswith("JPY 100 × limit JPY 1,000 ÷")


def test_an_amount_in_a_table_is_said_as_an_amount() -> None:
    source = product_from(draft(), "draft", "draft.toml")
    words = Figures(built(draft()), draft(), source, set(), {})
    assert words.value("limit", {"at_most": 10_000}).ja == "1万円"


def test_a_sending_alone_is_split_at_the_end_of_the_window() -> None:
    sending = LossItem(
        "condolence_shipping",
        np.array([80_000.0]),
        units=np.array([1_000.0]),
        per_unit=np.array([80.0]),
        spending_mean_days=180.0,
    )
    facts = {"discovered_on": DAY, "reported_to_authority": True}
    table = LossTable(EventTable(Years((1,)), facts), (sending,))
    start, end = date(2016, 4, 1), date(2017, 3, 31)
    case = next(cases_from(plan("aiu_2015@limit=100000000"), table, start, end))
    gift = {"head": "condolence", "per_person": 0, "shipping_per_person": 80}
    assert case["incidents"][0]["items"] == [
        {**gift, "persons": 632, "incurred_on": "2016-06-01"},
        {**gift, "persons": 368, "incurred_on": "2016-11-29"},
    ]


def test_blanks_of_shipped_templates_say_in_both_languages_what_to_look_up() -> None:
    blanks = [blank["wanted"] for entry in catalogue() for blank in entry["blanks"]]
    assert any(wanted["en"] for wanted in blanks)
    for wanted in blanks:
        assert wanted["en"].isascii(), wanted
        assert bool(wanted["ja"]) == bool(wanted["en"]), wanted
