"""One figure, one set of digits: page, tables, sentences, workbook, terminal and result.json."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest
from test_result import FEW

from exposure.cli import main
from exposure.errors import Lang
from exposure.files import to_json
from exposure.inputs.study_file import study_from_mapping
from exposure.output.content import Cell, Report, Row, Table, report_of
from exposure.output.content.sensitivity import sizing
from exposure.output.folder import rendered
from exposure.output.printed import print_share, print_yen
from exposure.study.run import run_study

openpyxl = pytest.importorskip("openpyxl")
pypdf = pytest.importorskip("pypdf")

PLANS = [
    {"id": "nipponkoa_2006/A", "premium": 50_000},
    {"id": "nipponkoa_2006/F", "premium": 420_000},
    {"id": "aiu_2015@limit=300000000", "premium": 600_000},
]


def document(target: float) -> dict[str, Any]:
    """A study with bands, sensitivity and recommended limits, small enough for a test."""
    raw = {
        "study": {"name": "検討", "loss_years": 3000, "seed": 5},
        "client": {
            "name": "見本", "records": 100_000, "industry": "medical", "adequacy_target": target,
            "revenue": 400_000_000,
        },
        "plan": PLANS,
        "assumptions": FEW,
    }  # fmt: skip
    found = run_study(study_from_mapping(raw, "test"), band=True).document
    # What reaches the reader has been written and read again.
    read: dict[str, Any] = json.loads(to_json(found))
    return read


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return document(0.3)


@pytest.fixture(scope="module")
def missed() -> dict[str, Any]:
    """No plan meets 99.99 %."""
    return document(0.9999)


@pytest.fixture(scope="module")
def files(result: dict[str, Any]) -> dict[str, bytes]:
    return rendered(result, ("json", "html", "pdf", "xlsx"), ("ja", "en"))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).replace("〜", "～")


def cells(report: Report) -> list[Cell]:
    blocks = [block for section in report.sections for block in section.blocks]
    tables = [block for block in blocks if isinstance(block, Table)]
    return [cell for table in tables for row in table.rows for cell in row.cells]


def rows_of(report: Report, section: str) -> list[Row]:
    found = next(one for one in report.sections if one.name == section)
    return [row for block in found.blocks if isinstance(block, Table) for row in block.rows]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_figure_its_interval_and_band_stand_in_pdf_and_page(
    result: dict[str, Any], files: dict[str, bytes], lang: Lang
) -> None:
    pages = pypdf.PdfReader(io.BytesIO(files[f"report_{lang}.pdf"])).pages
    pdf = squeezed("".join(page.extract_text() for page in pages))
    markup = re.sub(r"<[^>]*>", " ", files[f"report_{lang}.html"].decode())
    page = squeezed(html.unescape(markup))
    for cell in cells(report_of(result, lang)):
        for words in (cell.text, cell.note, cell.band, cell.code):
            assert squeezed(words) in page
            assert squeezed(words) in pdf


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_live_number_stands_in_the_workbook_and_prints_as_the_report_does(
    result: dict[str, Any], files: dict[str, bytes], lang: Lang
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files[f"report_{lang}.xlsx"]))
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    numbers = {f"{x:.12g}" for x in values if isinstance(x, int | float)}
    for cell in cells(report_of(result, lang)):
        for number in (cell.value, cell.low, cell.high):
            assert number is None or f"{number:.12g}" in numbers


def test_the_tables_print_the_estimates_of_the_result(result: dict[str, Any]) -> None:
    report = report_of(result)
    said = {cell.text for row in rows_of(report, "plans") for cell in row.cells}
    notes = {cell.band for row in rows_of(report, "plans") for cell in row.cells}
    target = result["regimes"]["court"]["recommendation"]["target"]
    for view in result["regimes"].values():
        for plan in view["plans"]:
            assert print_share(plan["limit_adequacy"]["event"], "ja", target) in said
            assert print_yen(plan["retained"]["annual"]["mean"]) in said
            assert print_yen(plan["economic_cost"]) in said
            assert plan["limit_adequacy"]["event"]["band"]
    assert len(notes - {""}) > 1


def test_the_first_page_repeats_the_tables_digit_for_digit(result: dict[str, Any]) -> None:
    report = report_of(result)
    elsewhere = {
        (cell.text, cell.note, cell.band)
        for section in ("losses", "plans")
        for row in rows_of(report, section)
        for cell in row.cells
    }
    first = [
        cell for row in rows_of(report, "answer") for cell in row.cells if cell.low is not None
    ]
    assert len(first) >= 16
    assert {(cell.text, cell.note, cell.band) for cell in first} <= elsewhere


def test_a_range_of_limits_is_open_where_none_may_be_enough() -> None:
    limit = {"value": 3e8, "low": 1e8, "high": 3e8, "band": [1e8, None]}
    row = {"records": 10, "regime": "court", "limit": limit, "adequacy": 0.96}
    (table,) = (b for b in sizing({"size": [row], "regimes": {}}, "ja").blocks if b.type == "table")
    assert [cell.text for cell in table.rows[0].cells[2:5]] == [
        "3億円", "1億円～3億円", "1億円以上"
    ]  # fmt: skip


def test_recommended_limits_and_their_adequacy_are_those_of_the_rows(
    result: dict[str, Any],
) -> None:
    rows = rows_of(report_of(result), "sizing")
    assert len(rows) == len(result["size"]) > 2
    for row, source in zip(rows, result["size"], strict=True):
        share = print_share(source["adequacy"], "ja", 0.3)
        assert row.cells[-1].text == share
        assert (row.cells[4].text == "") == (not (source["limit"] or {}).get("band"))
        # The sentence beside the limit names the same share.
        assert f"限度額充足度（1事故）は{share}で" in source["reason"]["ja"]


def adequacy_printed(result: dict[str, Any], regime: str, lang: Lang) -> dict[str, str]:
    """Limit adequacy per event as the table of plans prints it, by plan."""
    report = report_of({**result, "regimes": {regime: result["regimes"][regime]}}, lang)
    section = next(one for one in report.sections if one.name == "plans")
    table = [block for block in section.blocks if isinstance(block, Table)][1]
    return {row.cells[0].text: row.cells[1].text for row in table.rows}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sentence_and_the_table_name_the_same_share_of_the_plan_that_misses(
    missed: dict[str, Any], lang: Lang
) -> None:
    for regime, view in missed["regimes"].items():
        nearest = view["recommendation"]["nearest"]
        name = next(plan["label"] for plan in view["plans"] if plan["id"] == nearest)
        if lang == "en":
            name = next(plan["label_en"] for plan in view["plans"] if plan["id"] == nearest)
        shown = adequacy_printed(missed, regime, lang)[name]
        sentence = view["recommendation"]["reason"][lang]
        assert shown in sentence
        assert [x for x in re.findall(r"[\d.]+%", sentence) if x not in ("99.99%", shown)] == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sentence_and_the_table_name_the_same_cost_of_the_plan_recommended(
    result: dict[str, Any], lang: Lang
) -> None:
    for view in result["regimes"].values():
        chosen = view["recommendation"]["plan"]
        plan = next(plan for plan in view["plans"] if plan["id"] == chosen)
        sentence = view["recommendation"]["reason"][lang]
        assert print_yen(plan["economic_cost"], lang) in sentence


def test_what_misses_its_target_by_a_hair_does_not_read_as_having_met_it(
    result: dict[str, Any],
) -> None:
    near = json.loads(json.dumps(result))
    view = near["regimes"]["court"]
    view["recommendation"]["target"] = 0.95
    for plan in view["plans"]:
        plan["limit_adequacy"]["event"] |= {"value": 0.9496, "low": 0.92, "high": 0.97}
    assert set(adequacy_printed(near, "court", "ja").values()) == {"94.96%"}
    # A target is printed with all its digits.
    view["recommendation"]["target"] = 0.955
    only = {**near, "regimes": {"court": view}}
    rows = rows_of(report_of(only), "answer")
    target = next(row for row in rows if row.cells[0].text == "限度額充足度の目標")
    assert target.cells[1].text == "95.5%"


def test_the_terminal_says_the_recommendation_of_the_first_page(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(
        '[study]\nloss_years = 1000\n[client]\nrecords = 3000\n[[plan]]\nid = "nipponkoa_2006/A"\n'
    )
    out = tmp_path / "out"
    assert main(["run", str(study), "--out", str(out), "--formats", "json", "--no-band"]) == 0
    found = json.loads((out / "result.json").read_text())
    assert found["recommendation"]["statement"]["ja"] in capsys.readouterr().out


def test_the_size_table_prints_the_digits_of_its_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["size", "--records", "1000", "--product", "nipponkoa_2006", "--target", "0.6"]
    assert main([*asked, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert main(asked) == 0
    printed = capsys.readouterr().out
    for row in rows:
        assert print_share(row["adequacy"], "ja", 0.6) in printed
