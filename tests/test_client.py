"""The client record, as files and spreadsheets hand it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import SHARES, Client, data_of_industry, data_to_state
from exposure.inputs.fields import fields, heading_key
from exposure.inputs.names import industries, industry_of
from exposure.inputs.parameters import Override
from exposure.records import RuleError, problems_from


def problem(raw: Mapping[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Client.model_validate(raw)
    (found,) = problems_from(caught.value, "a", known=Client)
    return found.say("en")


@pytest.mark.parametrize(
    ("written", "records"),
    [
        (1, 1),
        (1_000_000_000, 1_000_000_000),
        (100_000.0, 100_000),
        ("１２万件", 120_000),
        ("1,250,000", 1_250_000),
        ("120万人", 1_200_000),
        (np.int64(7), 7),
        (np.float32(7.0), 7),
    ],
)
def test_records_are_read_as_people_write_them(written: object, records: int) -> None:
    assert Client.model_validate({"records": written}).records == records


@pytest.mark.parametrize(
    "written",
    [0, -1, 1_000_000_001, 1.5, True, None, float("nan"), float("inf"), "多数", "", [1]],
)
def test_records_that_are_no_count_are_refused(written: object) -> None:
    line = problem({"records": written})
    assert line.startswith("a: records = ")
    assert "expected a whole number of persons from 1 to 1,000,000,000" in line


def test_records_are_required() -> None:
    assert problem({}) == "a: records: required, but missing"


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize(
    "written",
    [
        -0.1,
        1.2,
        1.0000001,
        1.99,
        100.5,
        10**400,
        float("nan"),
        float("inf"),
        True,
        np.True_,
        "many",
        "120%",
        "-5%",
        "1.5",
        "101",
        "nan",
        "1_0",
        "",
        "%",
        [],
    ],
)
def test_a_share_outside_the_unit_interval_is_refused(name: str, written: object) -> None:
    assert "expected a share in [0, 1]" in problem({"records": 10, name: written})


@pytest.mark.parametrize(
    ("written", "share"),
    [(0, 0.0), (1, 1.0), ("30%", 0.3), ("0.25", 0.25), (95, 0.95), ("95", 0.95), ("９５％", 0.95),
     (95.5, 0.955), (2, 0.02), (100, 1.0), ("100%", 1.0), ("1%", 0.01), ("1", 1.0), ("0.5%", 0.005),
     (np.int64(95), 0.95), (np.float32(0.5), 0.5), ("95 %", 0.95)],
)  # fmt: skip
def test_shares_may_be_numbers_or_percentages_in_text(written: object, share: float) -> None:
    assert Client.model_validate({"records": 10, "card_share": written}).card_share == share


@pytest.mark.parametrize("written", [0, 1, 0.0, 1.0, "100%"])
def test_an_adequacy_target_excludes_its_ends(written: object) -> None:
    assert "between 0 and 1" in problem({"records": 10, "adequacy_target": written})


@pytest.mark.parametrize(
    ("stated", "own_funds"),
    [
        ({"tolerance": "500万"}, 5_000_000),
        ({"liquidity": 5_000_000, "tolerance": "５００万円"}, 5_000_000),
        ({"liquidity": None, "tolerance": 3}, 3),
        ({"liquidity": 3, "tolerance": None}, 3),
    ],
)
def test_own_funds_go_by_two_names(stated: Mapping[str, Any], own_funds: int) -> None:
    client = Client.model_validate({"records": 10, **stated})
    assert client.liquidity == own_funds
    assert Client.model_validate(client.model_dump()) == client
    assert "tolerance" not in client.model_dump()


def test_own_funds_stated_twice_and_not_alike_are_refused_with_all_else_that_is_wrong() -> None:
    both = {"liquidity": "1億", "tolerance": 3}
    assert problem({"records": 10, **both}) == (
        "a: liquidity = 100,000,000 / 3: liquidity and tolerance are one and the same; "
        "state one of them"
    )
    with pytest.raises(ValidationError) as caught:
        Client.model_validate({"records": -1, **both})
    assert len(problems_from(caught.value, "a", known=Client)) == 2


@pytest.mark.parametrize(("key", "other"), [("liquidity", "tolerance"), ("tolerance", "liquidity")])
@pytest.mark.parametrize("alone", [True, False])
def test_own_funds_that_are_no_amount_are_refused_under_the_name_written(
    key: str, other: str, alone: bool
) -> None:
    stated = {key: "多数"} if alone else {key: "多数", other: 5}
    assert problem({"records": 10, **stated}).startswith(f'a: {key} = "多数": expected a whole')


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("medical", "medical_welfare"),
        ("medical_welfare", "medical_welfare"),
        ("Medical-Welfare", "medical_welfare"),
        ("医療・福祉", "medical_welfare"),
        ("医療、福祉", "medical_welfare"),
        ("クリニック", "medical_welfare"),
        ("小売業", "wholesale_retail"),
        ("卸売", "wholesale_retail"),
        ("金融業，保険業", "finance_insurance"),
        ("ｻｰﾋﾞｽ業", "services"),
        ("service", "services"),
        ("edu", "education"),
    ],
)
def test_an_unambiguous_beginning_names_the_industry(written: str, key: str) -> None:
    assert industry_of(written) == key


def test_an_ambiguous_beginning_names_the_candidates() -> None:
    with pytest.raises(RuleError, match="compound_services, construction"):
        industry_of("co")


@pytest.mark.parametrize("written", ["", "　", "宇宙"])
def test_an_unknown_industry_lists_the_known_ones(written: str) -> None:
    with pytest.raises(RuleError, match="known: public_service"):
        industry_of(written)


def test_a_misspelt_industry_suggests_the_nearest() -> None:
    assert 'did you mean "medical_welfare"?' in problem({"records": 1, "industry": "medcal"})


def test_every_label_and_key_of_an_industry_finds_it() -> None:
    for key, name in industries().items():
        for written in (key, name.label.ja, name.label.en, *name.also):
            assert industry_of(written) == key


@pytest.mark.parametrize(
    "name", ["髙﨑商店", "A&B <b>\"'=SUM(1)</b>", "﨑" * 200, "株式会社　青葉", "-rf /", "😀"]
)
def test_a_name_may_hold_anything_printable(name: str) -> None:
    assert Client.model_validate({"records": 1, "name": name}).name == name


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\tb", "a\u2028b", "\u202eabc", "\ud800"])
def test_line_breaks_and_control_characters_are_refused(name: str) -> None:
    assert "remove line breaks and control characters" in problem({"records": 1, "name": name})


@pytest.mark.parametrize("name", ["", "   ", "あ" * 201])
def test_a_name_is_neither_blank_nor_endless(name: str) -> None:
    assert "expected 1 to 200 characters, not blank" in problem({"records": 1, "name": name})


def test_databases_may_overlap_but_not_fall_short() -> None:
    assert Client.model_validate({"records": 10, "databases": [8, 5]}).databases == (8, 5)
    assert problem({"records": 10, "databases": [4, 5]}) == (
        "a: databases: the databases hold fewer persons than records (10)"
    )
    assert "expected a list of counts" in problem({"records": 10, "databases": 10})


def test_a_history_by_group_agrees_with_the_total() -> None:
    stated = {"records": 10, "incidents_by_group": {"external": 1, "error": 2}}
    assert Client.model_validate(stated).history == 3
    line = problem({**stated, "incidents_last_3_years": 4})
    assert line == (
        "a: incidents_by_group: the counts by group sum to 3, not to incidents_last_3_years"
    )
    assert 'unknown cause group "extrnal"' in problem(
        {"records": 10, "incidents_by_group": {"extrnal": 1}}
    )


def test_no_history_differs_from_a_history_of_none() -> None:
    assert Client(records=1).history is None
    assert Client.model_validate({"records": 1, "incidents_last_3_years": 0}).history == 0


def test_data_subjects_are_parts_of_one_whole() -> None:
    line = problem({"records": 10, "employee_share": 0.6, "officer_share": 0.5})
    assert "employee_share, officer_share, corporate_share must sum to 1 or less" in line


def test_unstated_shares_come_from_the_assumptions_and_stated_ones_stay() -> None:
    changed = {"client.card_share": Override(value=0.2, reason="業界の目安")}
    assumptions = load_assumptions().with_overrides(changed)
    client = Client.model_validate({"records": 1, "entrusted_share": 0.7})
    full = client.with_defaults(assumptions)
    assert (full.card_share, full.entrusted_share, full.abroad_share) == (0.2, 0.7, 0.0)
    assert full.questionnaire_score == 0.5


def test_a_client_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Client(records=1).records = 2  # type: ignore[misc]  # that it fails is the point


def test_every_client_field_has_a_label_and_a_heading() -> None:
    assert set(fields("client")) == set(Client.model_fields)
    for key, field in fields("client").items():
        for heading in (key, field.label.ja, field.label.en, *field.also):
            assert heading_key(heading) == key, heading


@pytest.mark.parametrize(
    ("heading", "key"),
    [("会社名", "name"), ("業種", "industry"), ("売上高", "revenue"), ("件数", "records"),
     (" Records ", "records"), ("incidents last 3 years", "incidents_last_3_years")],
)  # fmt: skip
def test_column_headings_in_both_languages(heading: str, key: str) -> None:
    assert heading_key(heading) == key


def test_another_record_count_keeps_what_is_held_apart() -> None:
    shop = Client(records=1_200_000, databases=(900_000, 400_000), card_share=0.3)
    for count in (1, 7, 1000, 999_999, 1_200_000, 10_000_000):
        other = shop.with_records(count)
        assert other.records == count
        assert other.databases is not None
        assert [round(held / count, 2) for held in other.databases] == [0.75, 0.33] or count < 10
        assert other.model_copy(update={"records": 1, "databases": None}) == shop.model_copy(
            update={"records": 1, "databases": None}
        )
    assert shop.with_records(1_200_000) == shop
    assert Client(records=10).with_records(20).databases is None


def test_medical_clients_hold_sensitive_data_unless_they_say_otherwise() -> None:
    known = load_assumptions()
    clinic = Client(records=1000, industry="medical_welfare")
    assert clinic.with_defaults(known).sensitive_share == 1.0
    (note,) = data_of_industry(clinic, known)
    # The run says what it takes for granted, and by which law.
    assert note.ja.startswith("要配慮個人情報の割合：申告がないため100%")
    assert "病歴" in note.ja
    assert "law" in note.en
    stated = Client(records=1000, industry="medical_welfare", sensitive_share=0.2)
    assert stated.with_defaults(known).sensitive_share == 0.2
    assert data_of_industry(stated, known) == []


@pytest.mark.parametrize(
    ("industry", "asked"),
    [
        ("wholesale_retail", ["sensitive_share", "card_share"]),
        ("finance_insurance", ["sensitive_share", "card_share", "income_share", "my_number_share"]),
        ("medical_welfare", []),
        ("manufacturing", ["sensitive_share"]),
        (None, ["sensitive_share"]),
    ],
)
def test_what_a_trade_is_likely_to_hold_is_asked_and_never_assumed(
    industry: str | None, asked: list[str]
) -> None:
    known = load_assumptions()
    client = Client(records=1000, industry=industry)
    filled = client.with_defaults(known)
    assert (filled.card_share, filled.income_share, filled.my_number_share) == (0.0, 0.0, 0.0)
    notes = data_to_state(client, known)
    labels = [fields("client")[name].label.ja for name in asked]
    assert [note.ja.partition("：")[0] for note in notes] == labels
    assert not [note for note in notes if "_share" in note.ja + note.en]  # a client reads them
    stated = Client.model_validate(
        {"records": 1000, "industry": industry, **dict.fromkeys(asked, 0.5)}
    )
    assert data_to_state(stated, known) == []
