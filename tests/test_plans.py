"""The catalogue and the terms of a plan: every figure, clause and reading, open choices named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exposure.cli import main
from exposure.files import data_path
from exposure.policy.catalogue import plain_sheet, product, products
from exposure.policy.description import CoverSheet, PlanSheet, describe


def cover(sheet: PlanSheet, name: str) -> CoverSheet:
    return next(cover for cover in sheet.covers if cover.name == name)


def figure(rows: Any, key: str) -> Any:
    return next(row for row in rows if row.key == key)


HISTORICAL = (
    "aiu_2015", "nipponkoa_2006", "ms_protector_2015", "jcci_leak_2014", "dataproace_2014",
)  # fmt: skip


@pytest.mark.parametrize("name", products())
def test_every_product_is_shown_with_its_open_choices(name: str) -> None:
    sheet = describe(name)
    required = {
        key for key, c in product(name).contract.items() if c.default is None and not c.optional
    }
    assert {row.key for row in sheet.open_choices} == required
    assert [row.key for row in sheet.options] == list(product(name).options)
    assert {row.key for row in sheet.readings} == set(product(name).readings)
    assert (sheet.note is not None) == (name in HISTORICAL)
    for section in sheet.covers:
        assert section.clause
        for row in (*section.conditions, *section.exclusions):
            assert row.clause, (section.name, row.key)
            assert row.name.ja != row.key, row.key


def test_open_terms_are_named_and_stated_ones_are_resolved() -> None:
    open_limit = figure(cover(describe("aiu_2015"), "execution").figures, "limit")
    assert open_limit.value.ja == "「契約全体」の支払限度額の10%か5,000万円の低い方"
    sheet = describe("aiu_2015+execution_double@limit=300000000")
    stated = figure(cover(sheet, "execution").figures, "limit")
    assert stated.value.ja == "「契約全体」の支払限度額の20%か1億円の低い方"
    assert stated.amount == ("6,000万円", "JPY 60,000,000")
    assert stated.clause == "L818-820 (A-1)"
    assert figure(sheet.figures, "limit").value.en == "JPY 300,000,000"


def test_without_a_pattern_the_figures_of_all_are_shown() -> None:
    limit = figure(cover(describe("nipponkoa_2006"), "cost").figures, "limit")
    assert limit.value.ja.startswith("型による（パターンA 100万円、パターンB 300万円")
    entrustor = figure(cover(describe("nipponkoa_2006"), "entrustor").figures, "limit")
    assert entrustor.amount is None
    limit = figure(cover(describe("nipponkoa_2006/C"), "entrustor").figures, "limit")
    assert limit.value.ja == "「賠償責任部分」の支払限度額の10%"
    assert limit.amount == ("500万円", "JPY 5,000,000")


def test_an_open_window_is_named() -> None:
    sheet = describe("galileo_generic")
    window = figure(cover(sheet, "cost").conditions, "window")
    assert window.value.ja == "発覚日から契約で定める（事故対応期間（発覚から））以内に生じた費用"
    stated = describe("galileo_generic@response_period_days=90")
    window = figure(cover(stated, "cost").conditions, "window")
    assert window.value.en == "costs arising within 90 days of: Day of discovery"


def test_a_reading_can_be_switched() -> None:
    adopted = figure(describe("sompo_alive_leak_limited").readings, "S-1")
    assert adopted.value.ja.startswith("1事故かつ保険期間中通算")
    other = describe("sompo_alive_leak_limited@reading.S-1=per_event")
    assert figure(other.readings, "S-1").value.ja.startswith("1事故ごと")
    assert "period_limit" not in {row.key for row in cover(other, "cost").figures}


def test_the_premium_table_is_shown() -> None:
    rows = describe("sompo_alive_leak_limited").premium
    assert (rows[0].name.ja, rows[0].value.ja) == ("売上高5,000万円以下", "2万円（12か月分）")
    assert rows[-1].value.ja == "別途ご照会"


def test_the_commands_print_and_write_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plans", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["product"] for entry in entries] == list(products())
    aiu = next(entry for entry in entries if entry["product"] == "aiu_2015")
    assert [c["name"] for c in aiu["contract"] if c["required"]] == ["limit"]
    assert (
        main(["show", "aiu_2015", "--endorse", "card", "--set", "limit=300000000", "--json"]) == 0
    )
    sheet = json.loads(capsys.readouterr().out)
    assert sheet.pop("uncovered")["heads"]
    assert sheet.pop("worked")["total"] > 0
    assert sheet == plain_sheet(describe("aiu_2015+card@limit=300000000"))
    assert main(["show", "aiu_2015", "--set", "reading.A-4=share_applies", "--lang", "en"]) == 0
    assert "share applies" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("command", [["plans"], *(["show", name] for name in products())])
def test_the_tables_say_their_source(
    command: list[str], lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert product(command[-1] if len(command) > 1 else "aiu_2015").raw["plan"]["source"] in out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["show", "aiu_2051"], 'did you mean "aiu_2015"'),
        (["show", "aiu_2015", "--set", "limit"], "expected PATH=VALUE"),
        (["show", "aiu_2015", "--set", "limit=x"], "expected a whole number"),
        (["show", "aiu_2015", "--endorse", "cad"], "did you mean"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    command: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


def test_every_shipped_plan_names_a_known_source() -> None:
    import tomllib

    known = tomllib.loads(data_path("sources.toml").read_text(encoding="utf-8"))
    for name in products():
        assert product(name).raw["plan"]["source"] in known
