"""The report in its formats: complete, literal, equal to the digit, the same bytes twice."""

from __future__ import annotations

import dataclasses
import html
import io
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support import result_sample

import exposure as ex
from exposure.errors import DataError
from exposure.inputs.study_file import study_from_mapping
from exposure.labels import labels
from exposure.output import folder
from exposure.output.charts.style import name_of
from exposure.output.content import Cell, Charts, Prose, Report, Section, Table
from exposure.output.content.report import report_of
from exposure.output.content.words import view_name
from exposure.output.folder import formats_of, render, write_folder
from exposure.output.pdf import typeset, write_pdf, write_summary
from exposure.output.pictures import Pictures
from exposure.output.printed import columns_of, phrases
from exposure.output.workbook import write_workbook
from exposure.result.record import Result
from exposure.study.pipeline import run_study

openpyxl = pytest.importorskip("openpyxl")
pypdf = pytest.importorskip("pypdf")

NAMES = {
    "formula": '=HYPERLINK("x")',
    "script": "<script>alert(1)</script>",
    "typst": '#panic("x") *b* $1$ [c] @d _e_ `f`',
    "path": "../../etc",
    "long": "長" * 200,
    "hebrew": "מרפאה אאובה",
    "kanji": "髙﨑㈱𠮷葛󠄀",
}
EVERYONE = " ".join(name for key, name in NAMES.items() if key not in ("long", "formula"))
CASES: dict[str, dict[str, Any]] = {
    "sufficient": {},
    "short": {"verdict": "short"},
    "differs": {"verdict": "short", "differs": True},
    "programme": {"verdict": "programme", "scale": 30},
    "no_insurance": {"verdict": "no_insurance"},
    "tiny": {"scale": 0.003},
    "without band": {"banded": False},
}


def study_result(name: str, **client: Any) -> Result:
    """A real study, small enough for a test."""
    raw = {
        "study": {"name": "検討", "loss_years": 2000, "seed": 1},
        "client": {"name": name, "records": 3000, **client},
        "plan": [
            {"id": "nipponkoa_2006/F", "premium": 420_000, "label": f"{name[:60]} F"},
            {"id": "aiu_2015@limit=100000000"},
        ],
    }
    return run_study(study_from_mapping(raw, "test")).record


@pytest.fixture(scope="module")
def result() -> Result:
    return study_result(EVERYONE)


@pytest.fixture(scope="module")
def report(result: Result) -> Report:
    return report_of(result)


@pytest.fixture(scope="module")
def files(result: Result) -> dict[str, bytes]:
    return render(result, ("json", "html", "pdf", "xlsx"), ("ja",))


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> list[str]:
    return pages_of(files["report_ja.pdf"])


@pytest.fixture(scope="module")
def book(files: dict[str, bytes]) -> Any:
    return openpyxl.load_workbook(io.BytesIO(files["report_ja.xlsx"]))


def pages_of(pdf: bytes) -> list[str]:
    found = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return [squeezed(page.extract_text()).replace("〜", "～") for page in found]


def squeezed(text: str) -> str:
    # An extractor leaves the places where a line may break in the text.
    return re.sub(r"[\s\u200b]+", "", text)


def nearly(number: float) -> str:
    return f"{number:.12g}"


def tables(sections: tuple[Section, ...]) -> list[Table]:
    return [b for s in sections for b in s.flat() if isinstance(b, Table)]


def cells(sections: tuple[Section, ...]) -> list[Cell]:
    return [cell for table in tables(sections) for row in table.rows for cell in row.cells]


def words_of(sections: tuple[Section, ...]) -> list[str]:
    """Every sentence, heading and cell."""
    found = [section.heading for section in sections]
    for section in sections:
        for block in section.flat():
            plain = dataclasses.asdict(block)
            found += [str(plain[k]) for k in ("text", "title", "beside") if plain.get(k)]
            if block.type == "items":
                found += [words for one in plain["items"] for words in (one["lead"], one["text"])]
            if block.type == "bullets":
                found += list(plain["items"])
            if block.type == "tiles":
                found += [
                    w for t in plain["tiles"] for w in (t["heading"], t["figure"], *t["notes"])
                ]
    shown = cells(sections)
    return found + [c.text for c in shown] + [c.band for c in shown if c.band]


# --- what is in it --------------------------------------------------------------------------------


def test_two_pages_come_first_then_the_annex_and_what_the_workbook_alone_holds(
    report: Report,
) -> None:
    by_part: dict[str, list[str]] = {}
    for section in report.sections:
        by_part.setdefault(section.part, []).append(section.name)
    assert by_part["answer"] == ["answer", "grounds"]
    assert by_part["annex"] == [
        "losses", "breakdown", "plans", "limits", "cover", "sensitivity", "incidents", "terms",
        "readings", "judgements", "market", "method", "sources",
    ]  # fmt: skip
    assert {"unpaid", "all_limits", "all_terms", "all_readings", "assumptions"} <= set(
        by_part["workbook"]
    )
    order = [section.part for section in report.sections]
    assert order == sorted(order, key=["answer", "annex", "workbook"].index)


def test_every_row_has_as_many_cells_as_the_table_has_columns(report: Report) -> None:
    for table in tables(report.sections):
        for row in table.rows:
            is_whole = row.part or row.merged or len(row.cells) == len(table.columns)
            assert is_whole, (
                f"{table.caption}: a row of {len(row.cells)} cells, {row.cells[0].text!r}, "
                f"under {len(table.columns)} columns"
            )
            assert not row.merged or len(row.cells) == 2


def test_every_chart_of_the_report_can_be_drawn(report: Report) -> None:
    from exposure.output import pictures as module

    for name in report.charts():
        known = name in module._OF_ALL or name.partition("-")[0] in module._OF_VIEW
        assert known, f"exposure/output/pictures.py draws no {name!r}"


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", CASES)
def test_the_answer_of_every_verdict_is_two_pages_that_say_the_answer(case: str, lang: Any) -> None:
    one = result_sample.complete(**CASES[case])
    report = report_of(one, lang)
    pdf = write_summary(one, lang, report=report)
    assert len(pdf) < 400_000
    found = pages_of(pdf)
    assert len(found) == 2
    statement = one.recommendation.statement.say(lang)
    assert squeezed(statement) in found[0]
    outside = {"ja": "この試算に含まないもの", "en": "Notinthesefigures"}[lang]
    assert outside in found[0]
    last = {"ja": "費目ごとの枠", "en": "Sublimit"}[lang]
    assert last in found[1]


def test_the_box_says_the_five_lines_of_the_record(result: Result, report: Report) -> None:
    from exposure.result.lines import overall_of

    box = next(block for block in report.sections[0].flat() if block.type == "box")
    table = next(block for block in box.blocks if isinstance(block, Table))
    for column, (name, view) in enumerate(result.regimes.items(), start=1):
        lines = overall_of({name: view}, result.thresholds, same=True).lines.ja
        for row, line in zip(table.rows, lines, strict=True):
            cell = row.cells[1] if row.merged else row.cells[column]
            head = row.cells[0].text
            assert line.startswith(head)
            figures = re.findall(r"[\d.,]+(?:万|億)?円|\d+%", line)
            assert figures == re.findall(r"[\d.,]+(?:万|億)?円|\d+%", f"{head}　{cell.text}")


def test_at_most_six_candidates_stand_beside_each_other(report: Report) -> None:
    table = next(t for t in tables(report.sections[:1]) if t.rows[0].cells[0].text == "保険なし")
    assert 2 <= len(table.rows) <= 6
    assert sum(row.marked for row in table.rows) == 1


def test_the_reader_is_asked_for_a_quotation_a_cure_and_own_funds() -> None:
    short = report_of(result_sample.complete(verdict="short"))
    items = next(b for b in short.sections[0].flat() if b.type == "items")
    asked = " ".join(item.lead + item.text for item in items.items)
    assert items.numbered
    assert 3 <= len(items.items) <= 4
    assert "見積り年42万円" in asked
    assert "対応費用の枠を1億円にする" in asked
    assert "手元資金5,000万円" in asked


def test_trials_are_told_in_counts() -> None:
    one = report_of(result_sample.complete())
    said = " ".join(words_of(one.sections[:1]))
    assert "200通り" in said
    assert "55通り" in said
    assert "最良となる確率" not in said
    assert "%で同じ結論" not in said


def test_without_trials_a_sentence_says_so() -> None:
    said = " ".join(words_of(report_of(result_sample.build(banded=False)).sections[:1]))
    assert "まだ試していません" in said


def test_what_stays_adds_up_to_what_is_retained() -> None:
    one = result_sample.complete()
    table = next(
        t for t in tables(report_of(one).sections[1:2]) if t.rows[-1].cells[0].text.endswith("計")
    )
    for column in (1, 2):
        parts = [row.cells[column].value or 0 for row in table.rows]
        assert sum(parts[:-1]) == pytest.approx(parts[-1])
    assert len(table.rows) <= 7


def test_a_small_client_and_a_large_one_are_told_in_words_of_their_size() -> None:
    tiny = words_of(report_of(result_sample.complete(scale=0.003)).sections[:1])
    large = words_of(report_of(result_sample.complete(scale=300)).sections[:1])
    assert any("億円" in words for words in large)
    assert not any("億円の" in words for words in tiny)


# --- formats --------------------------------------------------------------------------------------


def test_the_pdf_is_the_two_pages_and_an_annex_of_about_ten(pages: list[str]) -> None:
    assert 4 <= len(pages) <= 13
    assert "どれほど確かか" in pages[0]
    assert "身代金" in pages[0]
    assert "言葉の意味" in pages[1]
    assert "技術資料" in pages[2]


def test_the_pdf_extracts_as_japanese_and_says_what_the_content_says(
    pages: list[str], report: Report
) -> None:
    text = "".join(pages)
    for words in words_of(report.printed()):
        assert squeezed(words).replace("〜", "～") in text


def test_the_pdf_is_tagged_titled_and_brings_its_fonts(files: dict[str, bytes]) -> None:
    for name in ("report_ja.pdf", "summary_ja.pdf"):
        reader = pypdf.PdfReader(io.BytesIO(files[name]))
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"].startswith("ja")
        assert reader.metadata is not None
        assert str(reader.metadata.title).startswith("個人情報漏えい")
        assert reader.metadata.creation_date is None
        fonts = {
            font.get_object()["/BaseFont"]
            for page in reader.pages
            for font in page["/Resources"].get("/Font", {}).values()
        }
        assert any("NotoSansJP" in font for font in fonts)
        assert all("+" in font for font in fonts)


def test_every_chart_says_in_words_what_it_shows(result: Result, report: Report) -> None:
    for section in report.printed():
        for block in section.flat():
            if isinstance(block, Charts):
                assert len(block.names) == len(block.captions) == len(block.spoken)
                assert all(block.spoken)
    spoken = report.spoken()
    view = result.regimes["court"]
    assert view.named is not None
    assert name_of(view.named, "ja") in spoken["who_pays"]
    assert f"{view.named.large_breach.paid:.0%}" in spoken["who_pays"]
    assert "最大級" in spoken["breach"]
    assert "年に1度" in spoken["retained-court"] or "ほぼない" in spoken["retained-court"]


def test_alt_texts_reach_the_pdf(files: dict[str, bytes], report: Report) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["summary_ja.pdf"]))
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node and not isinstance(node["/K"], int):
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    wanted = [
        words
        for section in report.sections[:2]
        for block in section.flat()
        if isinstance(block, Charts)
        for words in block.spoken
    ]
    assert found == wanted


def test_pages_say_of_historical_wordings_that_they_are(result: Result, pages: list[str]) -> None:
    assert any(plan.historical for plan in result.regimes["court"].plans)
    assert all("過去の版" in page for page in pages)


def test_a_report_without_historical_plans_says_nothing_of_editions() -> None:
    one = result_sample.build()
    new = {
        name: dataclasses.replace(
            view, plans=[dataclasses.replace(plan, historical=False) for plan in view.plans]
        )
        for name, view in one.regimes.items()
    }
    report = report_of(dataclasses.replace(one, regimes=new))
    assert report.notice == ""
    assert not any("過去の版" in words for words in words_of(report.sections))


def test_page_and_workbook_say_what_the_content_says(
    files: dict[str, bytes], book: Any, report: Report
) -> None:
    page = squeezed(html.unescape(re.sub(r"<[^>]*>", "", files["report_ja.html"].decode())))
    for words in words_of(report.printed()):
        assert squeezed(words) in page
    written = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    for words in (cell.text for cell in cells(report.sections)):
        assert any(words in cell for cell in written) or re.search(r"\d", words), words


def test_numbers_in_the_workbook_are_those_of_the_result(book: Any, result: Result) -> None:
    # The file format keeps 16 digits.
    numbers = {
        nearly(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, float | int)
    }
    for view in result.regimes.values():
        mean = view.ground_up.annual.mean
        assert {nearly(x) for x in (mean.value, mean.low, mean.high) if x is not None} <= numbers
        for plan in view.plans:
            for one in (plan.worth, plan.retained.annual.mean, plan.cut_by_limits.annual):
                assert one.value is None or nearly(one.value) in numbers
            assert {nearly(x) for x in plan.unpaid_by_reason.values() if x} <= numbers


def test_bands_stand_in_the_workbook() -> None:
    banded = result_sample.complete()
    sheets = openpyxl.load_workbook(io.BytesIO(write_workbook(banded)))
    numbers = {
        nearly(cell.value)
        for sheet in sheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, float | int)
    }
    for view in banded.regimes.values():
        for low, high in [p.worth.band for p in view.plans if p.worth.band is not None]:
            assert {nearly(low or 0), nearly(high or 0)} <= numbers


def test_the_ends_of_the_sensitivity_are_not_called_an_interval() -> None:
    sheets = openpyxl.load_workbook(io.BytesIO(write_workbook(result_sample.complete())))
    heads = [str(cell.value) for row in sheets["感度分析"].iter_rows() for cell in row]
    assert not any("90%区間" in words for words in heads)
    assert any(words.startswith("総費用") and "5%点" in words for words in heads)
    assert any(words.startswith("総費用") and "95%点" in words for words in heads)


def test_the_workbook_has_charts_and_no_formula_from_words(book: Any) -> None:
    charts = {sheet.title: len(sheet._charts) for sheet in book if sheet._charts}
    assert charts == {"費目・原因": 2, "払われない額": 2, "曲線の数値": 4}
    for sheet in book:
        for row in sheet.iter_rows():
            assert not any(cell.hyperlink for cell in row)


def test_the_same_result_gives_the_same_bytes(
    result: Result, files: dict[str, bytes], report: Report
) -> None:
    assert write_workbook(result, report=report) == files["report_ja.xlsx"]
    assert write_pdf(result, report=report) == files["report_ja.pdf"]
    assert write_summary(result, report=report) == files["summary_ja.pdf"]


def test_the_result_is_written_as_its_document(files: dict[str, bytes], result: Result) -> None:
    from exposure.result.document import result_from

    assert result_from(json.loads(files["result.json"])) == result


def test_charts_are_drawn_when_they_are_first_needed_and_once(
    result: Result, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exposure.output import pictures as module

    drawn: list[str] = []
    plain = module._axes

    def counted(result: Result, name: str, lang: Any) -> Any:
        drawn.append(name)
        return plain(result, name, lang)

    monkeypatch.setattr(module, "_axes", counted)
    pictures = Pictures(result, report)
    assert drawn == []
    write_summary(result, report=report, pictures=pictures)
    first = list(drawn)
    assert 0 < len(first) == len(set(first)) < len(report.charts())
    write_summary(result, report=report, pictures=pictures)
    assert drawn == first
    render(result, ("json", "xlsx"), ("ja",))
    assert drawn == first


@pytest.mark.parametrize("key", NAMES)
def test_any_client_name_is_printed_as_it_is(key: str, result: Result, tmp_path: Path) -> None:
    name = NAMES[key]
    renamed = dataclasses.replace(result, client={**result.client, "name": name})
    report = report_of(renamed)
    inside = tmp_path / "inside"
    written = write_folder(inside, renamed, ("json",), ("ja",))
    assert [path.parent for path in written] == [inside]
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    sources = [section for section in report.sections if section.name == "sources"]
    pdf = pypdf.PdfReader(io.BytesIO(typeset(report, [*sources], None)))
    plain = name.replace("\U000e0100", "")
    assert plain in str(pdf.metadata.title) if pdf.metadata else False
    if key != "hebrew":  # an extractor returns it in the order of the eye
        printed = squeezed(pdf.pages[0].extract_text())
        # A variation selector picks a glyph and is no letter of its own.
        assert squeezed(name).replace("󠄀", "") in printed.replace("󠄀", "")
    bare = dataclasses.replace(report, sections=report.sections[:1])
    sheet = openpyxl.load_workbook(io.BytesIO(write_workbook(renamed, report=bare))).worksheets[0]
    heading = str(sheet.cell(1, 1).value)
    assert (heading.endswith(name), sheet.cell(1, 1).data_type) == (True, "s")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_hostile_and_long_names_of_plans_stay_whole_literal_and_inert(lang: Any) -> None:
    hostile = f'<script>alert("漏")</script>=1+1 #panic() {"長い名前の特約" * 8}'
    one = result_sample.build()
    named = {
        name: dataclasses.replace(
            view,
            plans=[dataclasses.replace(p, label=hostile, label_en=hostile) for p in view.plans],
        )
        for name, view in one.regimes.items()
    }
    changed = dataclasses.replace(one, regimes=named)
    report = report_of(changed, lang)
    found = pages_of(write_summary(changed, lang, report=report))
    assert len(found) == 2
    assert squeezed(hostile) in found[0]
    from exposure.output.html import write_html

    page = write_html(changed, lang, report=report)
    assert "<script>alert" not in page
    assert page.count("<script") == 2  # data and the page's own


def test_a_name_without_any_space_breaks_instead_of_running_over_the_next_column() -> None:
    endless = "ThisNameHasNoSpaceWhatsoever" * 3
    one = result_sample.build()
    named = {
        name: dataclasses.replace(
            view, plans=[dataclasses.replace(p, label=endless) for p in view.plans]
        )
        for name, view in one.regimes.items()
    }
    pdf = write_summary(dataclasses.replace(one, regimes=named))
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert endless not in page
    assert endless in squeezed(page)


def test_a_fingerprint_is_printed_so_that_it_can_be_copied(
    result: Result, files: dict[str, bytes]
) -> None:
    found = pypdf.PdfReader(io.BytesIO(files["report_ja.pdf"])).pages
    assert any(result.study.inputs_sha256 in page.extract_text() for page in found)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_reason_that_differs_in_amounts_alone_is_said_once(lang: Any) -> None:
    from exposure.result.lines import reasons_said, recommendation_reason

    one = result_sample.build()
    regimes = {}
    for (name, view), worth in zip(one.regimes.items(), (3.1e5, 2.0e5), strict=True):
        plan = dataclasses.replace(
            view.named, worth=dataclasses.replace(view.named.worth, value=worth)
        )
        rest = [plan if p.id == plan.id else p for p in view.plans]
        reason = recommendation_reason("sufficient", plan, view.need, one.thresholds, passes=None)
        choice = dataclasses.replace(view.recommendation, verdict="sufficient", reason=reason)
        regimes[name] = dataclasses.replace(view, plans=rest, recommendation=choice)
    said = reasons_said(regimes, one.thresholds, lang)
    assert len(said) == 1
    assert {"ja": "年31万円／20万円", "en": "JPY 310k / JPY 200k"}[lang] in said[0]
    # Another answer in one view: each has its own sentence, with the name of its view.
    court = regimes["court"]
    other = recommendation_reason(
        "no_insurance", court.named, court.need, one.thresholds, passes=None
    )
    choice = dataclasses.replace(court.recommendation, verdict="no_insurance", reason=other)
    regimes["court"] = dataclasses.replace(court, recommendation=choice)
    apart = reasons_said(regimes, one.thresholds, lang)
    assert [line.split({"ja": "：", "en": ": "}[lang])[0] for line in apart] == [
        view_name(name, lang) for name in regimes
    ]


def test_a_share_of_large_breaches_below_one_percent_never_reads_as_nothing() -> None:
    from exposure.result.lines import share_text
    from exposure.result.record import Figure

    assert [share_text(Figure(x, None, None)) for x in (0.0, 0.004, 0.26)] == [
        "0%", "<1%", "26%",
    ]  # fmt: skip


def test_english_pages_have_no_full_width_stroke_between_figures() -> None:
    one = report_of(result_sample.complete(), "en")
    assert not [words for words in words_of(one.sections) if re.search(r"[\dkMB%]／", words)]


def test_an_assumption_that_moves_what_no_plan_pays_is_told_by_the_total_cost() -> None:
    from exposure.inputs.assumptions import load_assumptions
    from exposure.result.record import Outcome, TornadoBar, Words
    from exposure.study.sensitivity import question_of

    name = "claims.rate.brochure"
    record = load_assumptions().record(name)
    low, high = (Outcome(x, cost, 2.0e6, "a") for x, cost in ((0.03, 2.4e6), (0.3, 4.5e6)))
    bar = TornadoBar(name, Words(*record.label), record.unit, low, high, 2.1e6, False, None)
    said = question_of(bar, low, record, {})
    assert "総費用は年240万円～450万円" in said.ja
    assert "the total cost is JPY 2.4M to JPY 4.5M a year" in said.en
    hardly = dataclasses.replace(bar, low=dataclasses.replace(low, worth=1.93e6))
    assert "総費用は年240万円～450万円" in question_of(hardly, low, record, {}).ja
    moved = dataclasses.replace(bar, low=dataclasses.replace(low, worth=1.0e6))
    assert "価値は年100万円～200万円" in question_of(moved, low, record, {}).ja
    flips = dataclasses.replace(
        moved, changes_plan=True, flips_at=0.0864, high=dataclasses.replace(high, plan=None)
    )
    said = question_of(flips, low, record, {})
    assert "約8.6%（漏えい人数に対する割合）を上回ると、答えは保険なし" in said.ja
    assert "Above about 8.6% (share of persons leaked) the answer is no insurance." in said.en
    # It is the low end that answers otherwise.
    low_end = dataclasses.replace(flips, low=flips.high, high=flips.low)
    said = question_of(low_end, low, record, {})
    assert "約8.6%（漏えい人数に対する割合）を下回ると、答えは保険なし" in said.ja
    assert "Below about 8.6%" in said.en


def test_an_assumption_of_the_other_view_alone_has_no_range_of_amounts() -> None:
    from exposure.inputs.assumptions import load_assumptions
    from exposure.result.record import Outcome, TornadoBar, Words
    from exposure.study.sensitivity import question_of

    name = "price.median.basic.brochure"
    record = load_assumptions().record(name)
    low, high = (Outcome(x, 2.4e6, 1.7e6, plan) for x, plan in ((6100.0, "a"), (16_000.0, "b")))
    bar = TornadoBar(name, Words(*record.label), record.unit, low, high, 0.0, True, 13_000.0)
    said = question_of(bar, low, record, {})
    assert "240万円～240万円" not in said.ja
    assert "この見方の額をほとんど動かしません。約1.3万円／請求者を上回ると、答えはb" in said.ja
    assert "hardly moves the amounts of this view. Above about JPY 13k per claimant" in said.en


def test_a_table_that_takes_more_than_a_part_of_a_page_may_break(report: Report) -> None:
    from exposure.output.content.blocks import Column, Row
    from exposure.output.pdf import _table

    def rows(n: int, words: str) -> dict[str, object]:
        made = Table("", (Column("", width=1),), tuple(Row((Cell(words),)) for _ in range(n)))
        return _table(made, 1.0)

    assert rows(10, "短い")["together"]
    assert not rows(20, "短い")["together"]
    assert not rows(10, "長" * 300)["together"]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", ["sufficient", "programme", "tiny"])
def test_no_page_but_the_last_ends_with_a_third_of_it_empty(case: str, lang: Any) -> None:
    """A chart is left whole and moves on; whatever is longer runs over the page."""
    made = write_pdf(result_sample.complete(**CASES[case]), lang)
    foot = 15 / 25.4 * 72  # points of the margin, where the notice stands
    for page in pypdf.PdfReader(io.BytesIO(made)).pages[:-1]:
        lines: list[float] = []

        def see(text: str, cm: Any, tm: Any, *_: Any, lines: list[float] = lines) -> None:
            height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            if text.strip() and height > foot:
                lines.append(height)

        page.extract_text(visitor_text=see)
        assert min(lines) - foot < (float(page.mediabox.height) - foot) / 3


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_causes_and_heads_of_the_cover_have_the_yen_of_the_whole_run(lang: Any) -> None:
    result = result_sample.complete()
    for view in result.regimes.values():  # as on fewer years
        assert view.cover is not None
        assert view.cover.gaps is not None
        for one in view.cover.gaps.causes:
            for part in ("loss", "covered", "capped", "excluded"):
                object.__setattr__(one, part, getattr(one, part) * 0.9)
    (section,) = (s for s in report_of(result, lang).sections if s.name == "causes")
    for table, view in zip(tables([section]), result.regimes.values(), strict=True):
        losses = [row.cells[1].value for row in table.rows]
        own = sorted(one.mean for one in view.ground_up.by_cause.values())
        assert sorted(losses) == pytest.approx(own)  # type: ignore[type-var]
        for row in table.rows:
            assert sum(cell.value or 0 for cell in row.cells[2:]) == pytest.approx(1.0)


def test_a_plan_is_no_tie_of_itself_and_ties_are_those_of_what_is_named() -> None:
    def said(*ties: str) -> str:
        result = result_sample.complete(**CASES["programme"])
        for name, view in result.regimes.items():
            choice = dataclasses.replace(view.recommendation, ties=list(ties))
            result.regimes[name] = dataclasses.replace(view, recommendation=choice)
        return str(report_of(result).sections)

    best = "aiu_2015+execution_double+cyber@limit=500000000"
    assert "節約額の差" in said(best, "nipponkoa_2006/D")
    assert "節約額の差" not in said(best)
    assert "節約額の差" not in said("nipponkoa_2006/D")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", CASES)
def test_no_column_of_the_annex_is_empty(case: str, lang: Any) -> None:
    sections = report_of(result_sample.complete(**CASES[case]), lang).printed()
    for table in tables(sections):
        rows = [row for row in table.rows if not (row.part or row.merged)]
        for i, column in enumerate(table.columns):
            shown = {row.cells[i].text for row in rows}
            assert shown - {"", "－"}, (table.caption, column.heading)


def test_without_a_band_nothing_but_the_glossary_speaks_of_it() -> None:
    bare = report_of(result_sample.complete(banded=False))
    said = words_of(tuple(s for s in bare.printed() if s.name not in ("grounds", "sensitivity")))
    assert not [words for words in said if "5～95%" in words]
    told = words_of(report_of(result_sample.complete()).printed())
    assert [words for words in told if words.startswith("（ ）")]


def test_losses_read_the_same_in_every_table_of_the_annex() -> None:
    one = result_sample.complete()
    cover = next(s for s in report_of(one).printed() if s.name == "cover")
    gaps = [t for t in tables((cover,)) if t.caption.startswith("費目ごとの補償")]
    for table, view in zip(gaps, one.regimes.values(), strict=True):
        loss = {row.cells[0].text: row.cells[1].value for row in table.rows}
        for head, amount in view.ground_up.by_head.items():
            assert loss.get(labels("head")[head].ja, amount) == amount
        for row in table.rows:
            paid, cut, outside = (cell.value or 0 for cell in row.cells[2:5])
            assert paid + cut + outside == pytest.approx(1)


@pytest.mark.parametrize(
    ("case", "own"), [("programme", "保険計画が必要"), ("no_insurance", "保険なし")]
)
def test_other_answers_are_others_than_the_one_given(case: str, own: str) -> None:
    one = result_sample.complete(**CASES[case])
    views = {}
    for name, view in one.regimes.items():
        trials = view.recommendation.trials
        assert trials is not None
        counts = {"programme": 90, "none": 70, view.plans[0].id: 40}
        choice = dataclasses.replace(
            view.recommendation, trials=dataclasses.replace(trials, by_plan=counts)
        )
        views[name] = dataclasses.replace(view, recommendation=choice)
    said = words_of(report_of(dataclasses.replace(one, regimes=views)).sections[:1])
    others = next(words for words in said if words.startswith("ほかの結論"))
    assert own not in others
    assert name_of(one.regimes["court"].plans[0], "ja") in others


def test_an_answer_more_frequent_than_the_one_given_stands_first() -> None:
    """30 draws give the answer, 100 another plan and 20 a third: the first is not hidden."""
    one = result_sample.complete()
    views = {}
    for name, view in one.regimes.items():
        trials = view.recommendation.trials
        own = view.recommendation.plan
        assert trials is not None and own is not None
        more, less = [plan.id for plan in view.plans if plan.id != own][:2]
        other = dataclasses.replace(trials, same=30, by_plan={own: 30, more: 100, less: 20})
        choice = dataclasses.replace(view.recommendation, trials=other)
        views[name] = dataclasses.replace(view, recommendation=choice)
    said = words_of(report_of(dataclasses.replace(one, regimes=views)).sections[:1])
    (first,) = [words for words in said if words.startswith("この結論より多いもの")]
    (rest,) = [words for words in said if words.startswith("ほかの結論で多いもの")]
    assert "100通り" in first and "20通り" not in first and "両方の見積り" in first
    assert "20通り" in rest and "100通り" not in rest


def test_a_breach_told_stands_beside_the_mean_of_its_size(report: Report) -> None:
    (section,) = [one for one in report.sections if one.name == "incidents"]
    said = " ".join(words_of((section,)))
    assert "この規模の漏えいの平均では、損害額の" in said


def test_an_assumption_that_asks_for_a_programme_says_so() -> None:
    one = result_sample.complete()
    views = {}
    for name, view in one.regimes.items():
        found = view.sensitivity
        assert found is not None
        bar = dataclasses.replace(
            found.parameters[1],
            high=dataclasses.replace(found.parameters[1].high, plan="programme"),
        )
        views[name] = dataclasses.replace(
            view, sensitivity=dataclasses.replace(found, parameters=[bar])
        )
    section = next(
        s for s in report_of(dataclasses.replace(one, regimes=views), "en").sections
        if s.name == "sensitivity"
    )  # fmt: skip
    answers = [row.cells[-1].text for t in tables((section,)) for row in t.rows if not row.part]
    assert any("→ a programme" in answer for answer in answers)
    assert not any("no insurance" in answer for answer in answers)


def test_figures_of_a_table_have_the_room_they_take_on_paper() -> None:
    from exposure.output.content.blocks import Column, Row
    from exposure.output.pdf import _widths

    made = Table(
        "",
        (Column("plan", width=20), Column("cut", numeric=True), Column("paid", numeric=True)),
        (Row((Cell("a"), Cell("JPY 13.9M"), Cell("▲1,234万円"))),),
        small=True,
    )
    shares = _widths(made, 0.5)
    assert sum(shares) == pytest.approx(1)
    # Small print has about 146 half-width columns across a page, 73 across half of it.
    assert shares[1] * 73 >= 9
    assert shares[2] * 73 >= 11
    assert shares[0] > max(shares[1:])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("case", CASES)
def test_words_of_the_first_page_are_as_large_as_they_read(case: str, lang: Any) -> None:
    one = result_sample.complete(**CASES[case])
    page = pypdf.PdfReader(io.BytesIO(write_summary(one, lang))).pages[0]
    letters: dict[float, int] = {}

    def count(text: str, matrix: Any, line: Any, font: Any, size: float) -> None:
        points = round(abs(size * line[3] * matrix[3]), 1)
        letters[points] = letters.get(points, 0) + len(text.strip())

    page.extract_text(visitor_text=count)
    assert max(letters, key=lambda points: letters[points]) >= 6.5


def test_a_character_no_font_has_becomes_the_printers_mark(result: Result) -> None:
    named = dataclasses.replace(result, client={**result.client, "name": "絵文字\U0001fae0社"})
    report = report_of(named)
    sources = [section for section in report.sections if section.name == "sources"]
    pdf = pypdf.PdfReader(io.BytesIO(typeset(report, sources, None)))
    assert "絵文字〓社" in pdf.pages[0].extract_text()


@pytest.mark.parametrize(
    ("name", "printed"),
    [("葛\U000e0100城市民病院", "葛城市民病院"), ("辻\U000e0101製菓", "辻製菓"),
     ("☎\ufe0f電話局", "☎電話局"), ("한국상사", "HANGUGSANGSA"), ("简氏", "[U+7B80]氏")],
)  # fmt: skip
def test_a_name_beyond_the_font_prints_as_near_as_it_can(
    name: str, printed: str, result: Result
) -> None:
    report = report_of(dataclasses.replace(result, client={**result.client, "name": name}))
    sources = [section for section in report.sections if section.name == "sources"]
    pdf = pypdf.PdfReader(io.BytesIO(typeset(report, sources, None)))
    text = pdf.pages[0].extract_text()
    assert squeezed(printed) in squeezed(text)
    assert "〓" not in text


def test_parts_the_result_does_not_have_are_left_out_with_a_sentence() -> None:
    one = result_sample.build("例", banded=False)
    view = one.regimes["court"]
    choice = dataclasses.replace(
        view.recommendation, plan=None, verdict="no_insurance", best_on_market=None,
        flip_premium=None, flips_to=None, alternatives=[], ties=[], next_step=None,
    )  # fmt: skip
    bare = dataclasses.replace(
        one,
        regimes={
            "court": dataclasses.replace(view, plans=[], ladders=[], recommendation=choice)
        },
        readings=[], judgements=[], sources=[],
    )  # fmt: skip
    report = report_of(bare)
    said = " ".join(words_of(report.sections))
    assert "比較するプランがありません" in said
    assert "感度分析を行っていません" in said
    assert "判断による前提はありません" in said
    assert {"incidents", "terms", "size", "sizing", "market", "cover", "unpaid"} & {
        section.name for section in report.sections
    } == set()
    assert render(bare, ("json", "html", "pdf", "xlsx"), ("ja",)).keys() == {
        "result.json", "report_ja.html", "report_ja.pdf", "summary_ja.pdf", "report_ja.xlsx",
    }  # fmt: skip


# --- language -------------------------------------------------------------------------------------


def test_the_english_report_has_no_japanese_of_its_own(result: Result) -> None:
    english = dataclasses.replace(
        result,
        client={**result.client, "name": "Aoba"},
        regimes={
            name: dataclasses.replace(
                view, plans=[dataclasses.replace(p, label="P", label_en="P") for p in view.plans]
            )
            for name, view in result.regimes.items()
        },
    )
    report = report_of(english, "en")
    # Readings and terms quote the words they read; titles of documents stay as they are.
    quoted = ("readings", "all_readings", "sources", "incidents", "all_incidents")
    read = tuple(s for s in report.sections if s.name not in quoted)
    kana = re.compile("[\u3040-\u30ff]")
    assert [words for words in words_of(read) if kana.search(words) and "“" not in words] == []


ENGLISH = ("event", "incident", "leak ")
JAPANESE = ("自己保有額", "限度額充足度", "経済的コスト", "内枠限度額", "賠償前提", "事故発生年")


def test_one_word_for_one_thing_in_what_the_report_itself_says() -> None:
    kinds = {name: text for kind in ("report", "chart") for name, text in labels(kind).items()}
    for name, text in kinds.items():
        assert not any(word in text.ja for word in JAPANESE), (name, text.ja)
        words = text.en.lower()
        assert "economic cost" not in words
        assert "limit adequacy" not in words
        if not name.startswith(("explorer.", "market.", "sheet.", "readings.", "glossary.")):
            assert not any(word in words for word in ENGLISH), (name, text.en)


def test_negative_amounts_have_their_mark() -> None:
    from exposure.amounts import format_yen
    from exposure.output.printed import about

    assert format_yen(-35_000) == "▲3.5万円"
    assert about(-880_000) == "▲88万円"
    assert "-" not in format_yen(-1.2e8)


def test_amounts_with_a_band_of_a_factor_have_two_digits() -> None:
    report = report_of(result_sample.complete())
    for cell in cells(report.printed()):
        if cell.band and cell.kind == "yen":
            digits = re.sub(r"[^\d.]", "", cell.text).replace(".", "").strip("0")
            assert len(digits) <= 2, cell.text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("手元に残る損害（年間平均）", ["手元に", "残る", "損害", "（年間平均）"]),
        ("漏えい発生時", ["漏えい", "発生時"]),
        ("危機管理コンサルティング費用", ["危機管理", "コンサルティング", "費用"]),
        ("お詫び状作成・送付費用", ["お詫び状作成・", "送付費用"]),
        ("日本興亜2006 パターンF", ["日本興亜2006 ", "パターンF"]),
        ("算定方法（試算例）：時間単価", ["算定方法", "（試算例）：", "時間単価"]),
        ("「費用部分」の支払限度額", ["「費用部分」の", "支払限度額"]),
        ("paid by the insurer", ["paid ", "by ", "the ", "insurer"]),
        ("超える年", ["超える年"]),
        ("", []),
    ],
)
def test_words_are_not_broken_inside(text: str, pieces: list[str]) -> None:
    assert phrases(text) == pieces
    assert "".join(phrases(text)) == text


# --- folder ---------------------------------------------------------------------------------------


def test_charts_of_the_content_are_all_drawn_by_name(report: Report) -> None:
    named = [b for s in report.printed() for b in s.flat() if isinstance(b, Charts)]
    assert len(report.charts()) == len(set(report.charts())) == sum(len(b.names) for b in named)


def test_formats_are_all_those_installed_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert formats_of(None) == ("json", "html", "pdf", "xlsx")
    assert formats_of("pdf,json") == ("json", "pdf")
    with pytest.raises(DataError, match="choose from json, html, pdf, xlsx"):
        formats_of("docx")
    monkeypatch.setattr(folder, "_missing", lambda name: ["typst"] if name == "pdf" else [])
    assert formats_of(None) == ("json", "html", "xlsx")
    assert "breach-exposure[report]" in str(folder.skipped_formats())
    with pytest.raises(DataError, match=r"breach-exposure\[report\]"):
        formats_of("pdf")


# --- the workbook works --------------------------------------------------------------------------

TRIED: dict[str, Any] = {
    "study": {"loss_years": 1000, "seed": 3},
    "client": {"records": 50_000, "liquidity": 20_000_000},
    "plan": [
        {"id": "nipponkoa_2006/C", "premium": 200_000},
        {"id": "nipponkoa_2006/F", "premium": 420_000},
        {"id": "sompo_alive_leak_limited"},
    ],
}


class Sheet:
    """What a spreadsheet program makes of the few formulas of the trial, after cells changed."""

    def __init__(self, sheet: Any, **changed: float | None) -> None:
        self.cells = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}
        self.cells |= changed

    def value(self, name: str) -> Any:
        held = self.cells.get(name)
        if not isinstance(held, str) or not held.startswith("="):
            return held
        shape = r'=IF\((AND\((?:ISNUMBER\([^()]*\),?)+\)|ISNUMBER\([^()]*\)),(.*),""\)'
        found = re.fullmatch(shape, held)
        assert found is not None, held
        condition, then = (self.python(part) for part in found.groups())
        known = {
            "cell": self.value,
            "rows": lambda column, a, b: [self.value(f"{column}{n}") for n in range(a, b + 1)],
            "ISNUMBER": lambda one: isinstance(one, int | float),
            "AND": lambda *all_of: all(all_of),
            "RANK": lambda one, of, _: 1 + sum(isinstance(x, float) and x < one for x in of),
        }
        return eval(then, known) if eval(condition, known) else ""

    @staticmethod
    def python(formula: str) -> str:
        code = re.sub(r"\$([A-Z]+)\$(\d+):\$\1\$(\d+)", r"rows('\1',\2,\3)", formula)
        return re.sub(r"\$([A-Z]+)\$(\d+)", r"cell('\1\2')", code)


def trial_of(lang: Any = "ja", **changed: Any) -> tuple[Result, Any]:
    record = run_study(study_from_mapping({**TRIED, **changed}, "test")).record
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(record, lang)))
    return record, book["試算" if lang == "ja" else "Trial"]


@pytest.fixture(scope="module")
def trial() -> tuple[Result, Any]:
    return trial_of()


# Columns of the first view and of the second, as the sheet heads them.
COLUMNS = {
    "brochure": dict(zip(("worth", "net", "total", "rank", "bad", "left"), "EFGHIJ", strict=True)),
    "court": dict(zip(("worth", "net", "total", "rank", "bad", "left"), "NOPQRS", strict=True)),
}


def test_the_trial_says_what_the_result_says(trial: tuple[Result, Any]) -> None:
    record, found = trial
    sheet = Sheet(found)
    for regime, columns in COLUMNS.items():
        view = record.regimes[regime]
        bare = sheet.value(f"{columns['total']}9")
        assert bare == pytest.approx(view.no_insurance.total_cost.value)
        for row, plan in enumerate(view.plans, 10):
            assert plan.total_cost is not None
            assert sheet.value(f"{columns['worth']}{row}") == pytest.approx(plan.worth.value)
            assert sheet.value(f"{columns['total']}{row}") == pytest.approx(plan.total_cost.value)
            kept = plan.retained.annual.var["0.99"].value
            assert kept is not None
            assert sheet.value(f"{columns['left']}{row}") == 20_000_000 - kept


def test_another_premium_and_cost_in_the_trial_give_what_the_library_says(
    trial: tuple[Result, Any],
) -> None:
    record, found = trial
    plans = [plan.id for plan in record.regimes["court"].plans]
    premiums = {name: 100_000.0 * (len(plans) - n) for n, name in enumerate(plans)}
    stated = {f"B{10 + n}": premiums[name] for n, name in enumerate(plans)}
    # A quotation follows the first view; a technical premium is of the view, and so stated twice.
    sheet = Sheet(found, B5=0.12, **stated, K12=premiums[plans[2]])
    client = ex.Client.model_validate({**TRIED["client"], "cost_of_liquidity": 0.12})
    for regime, columns in COLUMNS.items():
        losses = ex.simulate(TRIED, regime=regime)
        frame = ex.compare(losses, plans, premiums=premiums, client=client)
        for row, name in enumerate(plans, 10):
            total, worth = frame.loc[name, "total_cost"], frame.loc[name, "worth"]
            assert sheet.value(f"{columns['total']}{row}") == pytest.approx(total)
            assert sheet.value(f"{columns['worth']}{row}") == pytest.approx(worth)
            assert sheet.value(f"{columns['net']}{row}") == pytest.approx(worth - premiums[name])
            assert sheet.value(f"{columns['rank']}{row}") == frame.loc[name, "rank"]


def test_a_plan_without_a_premium_has_no_rank_and_takes_none(trial: tuple[Result, Any]) -> None:
    sheet = Sheet(trial[1], B10=None)
    assert [sheet.value(f"{column}10") for column in "FGH"] == ["", "", ""]
    ranks = [sheet.value(f"H{row}") for row in range(11, 10 + len(trial[0].regimes["court"].plans))]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))


def test_formulas_stand_on_the_trial_alone_and_name_nothing_but_cells() -> None:
    raw = {**TRIED, "plan": [{**TRIED["plan"][0], "label": "=1+1"}, *TRIED["plan"][1:]]}
    record = run_study(study_from_mapping(raw, "test")).record
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(record)))
    shape = r"=IF\((AND\()?(ISNUMBER\(\$[A-Z]+\$\d+\),?)+\)?,[-+*/(),:$A-Z0-9]*,\"\"\)"
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert sheet.title == "試算"
                    assert re.fullmatch(shape, cell.value), cell.value
    assert "=1+1" in {cell.value for cell in book["試算"]["A"]}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_workbook_has_its_words_in_cells_they_fit_and_calls_itself_by_name(lang: Any) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(result_sample.complete(), lang)))
    arrows = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                words = cell.value if isinstance(cell.value, str) else ""
                assert not re.search("表計算ファイル|the workbook", words), words
                if re.fullmatch(r"(JPY )?[\d.,万億円kMB]+ → (JPY )?[\d.,万億円kMB]+", words):
                    arrows += cell.alignment.horizontal == "right"
                    if cell.alignment.horizontal == "right":
                        width = sheet.column_dimensions[cell.column_letter].width
                        assert columns_of(words) <= width, words
    assert arrows


def test_ten_million_yen_in_a_workbook_have_their_comma() -> None:
    from exposure.output.workbook_sheets import number_format

    for amount in (10_000_000, 20_854_000, 99_999_000):
        assert number_format("yen", amount, "ja").startswith('0","000"."0,"万円"')
    assert number_format("yen", 9_999_000, "ja").startswith('0"."0,"万円"')
    assert number_format("share", 11.74, "ja") == "#,##0%"


def test_every_figure_stands_once_in_one_table(trial: tuple[Result, Any]) -> None:
    record, _ = trial
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(record, "en")))
    sheet = book["All figures"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert all(row[2] for row in rows if row[1])
    keys = [tuple(word or "" for word in row[:4]) for row in rows]
    assert len(set(keys)) == len(keys)
    found = dict(zip(keys, (row[4] for row in rows), strict=True))
    for regime, view in record.regimes.items():
        name = view_name(regime, "en")
        need = found[name, "", "", "need.liability"]
        assert need == pytest.approx(view.need.liability.value)
        for plan in view.plans:
            key = (name, plan.id, plan.label_en, "retained.annual.var.0.99")
            assert found[key] == pytest.approx(plan.retained.annual.var["0.99"].value)
    assert sheet.auto_filter.ref == f"A3:I{sheet.max_row}"
    assert sheet.freeze_panes == "A4"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_client_without_a_name_is_not_addressed(lang: Any) -> None:
    study = study_from_mapping(
        {"study": {"loss_years": 1000}, "client": {"records": 3000}, "plan": [
            {"id": "nipponkoa_2006/A"}
        ]}, "test", "any_file",
    )  # fmt: skip
    record = run_study(study).record
    report = report_of(record, lang)
    assert "name" not in record.client and report.subject == ""
    made = render(record, ("html", "pdf", "xlsx"), (lang,))
    page = made[f"report_{lang}.html"].decode()
    title = re.search("<title>(.*?)</title>", page)
    assert title and title[1] == report.title
    front = "\n".join(pages_of(made[f"report_{lang}.pdf"])[:2])
    sheets = openpyxl.load_workbook(io.BytesIO(made[f"report_{lang}.xlsx"]))
    cells = [str(sheet["A1"].value) for sheet in sheets.worksheets]
    for said in (page, front, *cells):
        assert "御中" not in said and "any_file" not in said
        assert not said.endswith("–")


# --- the workbook on paper, and in a spreadsheet program -----------------------------------------

MOST_PAGES = 25
OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this computer")


def converted(content: bytes, kind: str, folder_: Path) -> bytes:
    """What a spreadsheet program makes of a workbook, its formulas worked out."""
    assert OFFICE is not None
    path = folder_ / "book.xlsx"
    path.write_bytes(content)
    profile = f"-env:UserInstallation={(folder_ / 'profile').as_uri()}"
    out = folder_ / "out"
    command = [OFFICE, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return (out / f"book.{kind}").read_bytes()


def pages_stated(book: Any) -> int:
    """Pages that the sheets of a workbook are fitted to; the file leaves out a one."""
    setups = [sheet.page_setup for sheet in book]
    assert all(sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in book)
    fits = [(one.fitToWidth, one.fitToHeight) for one in setups]
    assert all(0 not in fit for fit in fits), "a sheet of any number of pages"
    return sum((1 if w is None else w) * (1 if h is None else h) for w, h in fits)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_workbook_prints_on_few_pages(case: str, lang: Any) -> None:
    made = write_workbook(result_sample.complete(**CASES[case]), lang)
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert pages_stated(book) <= MOST_PAGES
    lists = {sheet.title: sheet for sheet in book if sheet.auto_filter.ref}
    assert "全数値" in lists or "All figures" in lists
    for sheet in lists.values():
        # The heads of a list stay in view; where more is there than a page, the page says so.
        head = int(re.findall(r"\d+", sheet.auto_filter.ref)[0])
        assert int(re.findall(r"\d+", sheet.freeze_panes)[0]) == head + 1
        last = int(re.findall(r"\d+", sheet.print_area)[-1])
        note = sheet.oddHeader.left.text or ""
        assert bool(note) == (last < sheet.max_row)
    for sheet in book:
        if sheet._charts:  # beside or above its numbers, and within what is printed
            bottom = int(re.findall(r"\d+", sheet.print_area)[-1])
            assert all(chart.anchor._from.row < bottom for chart in sheet._charts)


def test_sentences_on_pictures_stand_only_where_the_pictures_are() -> None:
    made = result_sample.complete()
    notes = {
        after.text
        for section in report_of(made).sections
        for before, after in pairwise(section.flat())
        if isinstance(before, Charts) and isinstance(after, Prose) and after.style == "small"
    }
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(made)))
    written = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert notes
    assert not notes & written


@needs_office
def test_the_pages_of_a_workbook_are_those_it_states(tmp_path: Path) -> None:
    made = write_workbook(result_sample.complete())
    found = pypdf.PdfReader(io.BytesIO(converted(made, "pdf", tmp_path))).pages
    assert len(found) == pages_stated(openpyxl.load_workbook(io.BytesIO(made)))
    words = [page.extract_text() for page in found]
    assert not any("###" in text for text in words)  # a number wider than its column
    assert all(text.strip() for text in words)


@needs_office
def test_a_spreadsheet_program_works_the_trial_out_as_the_library_does(tmp_path: Path) -> None:
    record, _ = trial_of()
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(record)))
    sheet = book["試算"]
    plans = [plan.id for plan in record.regimes["court"].plans]
    # Quotations follow the first view, a technical premium stands in each.
    premiums = dict(zip(plans, (310_000, 150_000, 60_000), strict=True))
    for cell, premium in zip(("B10", "B11", "K12"), premiums.values(), strict=True):
        sheet[cell].value = premium
    stream = io.BytesIO()
    book.save(stream)
    worked_out = converted(stream.getvalue(), "xlsx", tmp_path)
    found = openpyxl.load_workbook(io.BytesIO(worked_out), data_only=True)["試算"]
    losses = ex.simulate(TRIED, regime="court")
    client = ex.Client.model_validate(TRIED["client"])
    frame = ex.compare(losses, plans, premiums=premiums, client=client)
    for row, name in enumerate(plans, 10):
        for key, column in (("worth", "N"), ("total_cost", "P"), ("rank", "Q")):
            assert found[f"{column}{row}"].value == pytest.approx(frame.loc[name, key]), (name, key)
