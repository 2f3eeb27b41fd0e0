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
from exposure.output.content import Cell, Report, Row, Table
from exposure.output.content.report import report_of
from exposure.output.folder import render
from exposure.output.printed import about, print_percent, print_yen
from exposure.result.document import result_from, to_plain
from exposure.result.record import Result
from exposure.study.pipeline import run_study

openpyxl = pytest.importorskip("openpyxl")
pypdf = pytest.importorskip("pypdf")

PLANS = [
    {"id": "nipponkoa_2006/A", "premium": 50_000},
    {"id": "nipponkoa_2006/F", "premium": 420_000},
    {"id": "aiu_2015@limit=300000000", "premium": 600_000},
]


@pytest.fixture(scope="module")
def result() -> Result:
    """A study with bands and sensitivity, small enough for a test."""
    raw = {
        "study": {"name": "検討", "loss_years": 3000, "seed": 5},
        "client": {
            "name": "見本", "records": 100_000, "industry": "medical", "revenue": 400_000_000,
        },
        "plan": PLANS,
        "assumptions": FEW,
    }  # fmt: skip
    found = run_study(study_from_mapping(raw, "test"), band=True).record
    # What reaches the reader has been written and read again.
    return result_from(json.loads(to_json(to_plain(found))))


@pytest.fixture(scope="module")
def files(result: Result) -> dict[str, bytes]:
    return render(result, ("json", "html", "pdf", "xlsx"), ("ja", "en"))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text).replace("〜", "～")


def tables(report: Report, *, printed: bool = False) -> list[Table]:
    sections = report.printed() if printed else report.sections
    return [block for s in sections for block in s.flat() if isinstance(block, Table)]


def cells(report: Report, *, printed: bool = False) -> list[Cell]:
    return [c for table in tables(report, printed=printed) for row in table.rows for c in row.cells]


def rows_of(report: Report, section: str) -> list[Row]:
    found = next(one for one in report.sections if one.name == section)
    return [row for block in found.flat() if isinstance(block, Table) for row in block.rows]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_figure_and_its_band_stand_in_pdf_and_page(
    result: Result, files: dict[str, bytes], lang: Lang
) -> None:
    pages = pypdf.PdfReader(io.BytesIO(files[f"report_{lang}.pdf"])).pages
    pdf = squeezed("".join(page.extract_text() for page in pages))
    markup = re.sub(r"<[^>]*>", " ", files[f"report_{lang}.html"].decode())
    page = squeezed(html.unescape(markup))
    for cell in cells(report_of(result, lang), printed=True):
        for words in (cell.text, cell.band, cell.tag, cell.code):
            assert squeezed(words) in page
            assert squeezed(words) in pdf


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_live_number_its_interval_and_band_stand_in_the_workbook(
    result: Result, files: dict[str, bytes], lang: Lang
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files[f"report_{lang}.xlsx"]))
    values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    numbers = {f"{x:.12g}" for x in values if isinstance(x, int | float)}
    for cell in cells(report_of(result, lang)):
        for number in (cell.value, cell.low, cell.high, cell.band_low, cell.band_high):
            assert number is None or f"{number:.12g}" in numbers


def test_the_tables_print_the_estimates_of_the_result(result: Result) -> None:
    report = report_of(result)
    said = {cell.text for row in rows_of(report, "plans") for cell in row.cells}
    bands = {cell.band for row in rows_of(report, "plans") for cell in row.cells}
    for view in result.regimes.values():
        for plan in view.plans:
            assert print_yen(plan.worth) in said
            assert print_yen(plan.retained.annual.mean) in said
            assert plan.total_cost is None or print_yen(plan.total_cost) in said
            assert print_percent(plan.share_paid.value) in said
            assert plan.worth.band is not None
    assert len(bands - {""}) > 1


def test_the_first_page_names_the_figures_of_the_tables(result: Result) -> None:
    report = report_of(result)
    table = next(
        t
        for s in report.sections[:1]
        for t in s.flat()
        if isinstance(t, Table) and t.rows[0].cells[0].text == "保険なし"
    )
    views = list(result.regimes.values())
    for row in table.rows[1:]:
        plans = [view.plan(row.plan) for view in views]
        worths = [about(plan.worth.value or 0) for plan in plans]
        shares = [print_percent(plan.share_paid.value) for plan in plans]
        for cell, wanted in ((row.cells[3], worths), (row.cells[4], shares)):
            digits = [re.sub(r"[^\d.<>]", "", words) for words in wanted]
            shown = [re.sub(r"[^\d.<>]", "", words) for words in re.split("／| / ", cell.text)]
            assert shown == (digits if len(set(wanted)) > 1 else digits[:1])


def test_the_terminal_says_the_five_lines_of_the_first_page(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(
        '[study]\nloss_years = 1000\n[client]\nrecords = 3000\n[[plan]]\nid = "nipponkoa_2006/A"\n'
    )
    out = tmp_path / "out"
    assert main(["run", str(study), "--out", str(out), "--formats", "json", "--no-band"]) == 0
    found = json.loads((out / "result.json").read_text())
    printed = squeezed(capsys.readouterr().out)
    for line in found["recommendation"]["lines"]["ja"]:
        assert squeezed(line) in printed


def test_a_summary_is_written_beside_the_report(files: dict[str, bytes]) -> None:
    assert {"summary_ja.pdf", "summary_en.pdf", "report_ja.pdf", "report_en.pdf"} <= set(files)
    for lang in ("ja", "en"):
        summary = pypdf.PdfReader(io.BytesIO(files[f"summary_{lang}.pdf"])).pages
        report = pypdf.PdfReader(io.BytesIO(files[f"report_{lang}.pdf"])).pages
        assert len(summary) == 2
        for one, other in zip(summary, report, strict=False):
            first, second = (
                re.sub(r"\d+/\d+$", "", squeezed(p.extract_text())) for p in (one, other)
            )
            assert first == second
        assert len(files[f"summary_{lang}.pdf"]) < 400_000
        assert len(files[f"report_{lang}.html"]) < 1_000_000
