"""The report in three formats: complete, literal, equal to the digit, the same bytes twice."""

from __future__ import annotations

import copy
import dataclasses
import io
import re
from pathlib import Path
from typing import Any

import pytest
import result_sample

from exposure.errors import DataError
from exposure.inputs.study_file import study_from_mapping
from exposure.output import folder
from exposure.output.content import Cell, Charts, Report, Table, report_of
from exposure.output.folder import formats_of, rendered, write_folder
from exposure.output.pdf import write_pdf
from exposure.output.workbook import write_workbook
from exposure.study.run import run_study

openpyxl = pytest.importorskip("openpyxl")
pypdf = pytest.importorskip("pypdf")

NAMES = {
    "formula": '=HYPERLINK("x")',
    "script": "<script>alert(1)</script>",
    "typst": '#panic("x") *b* $1$ [c] @d _e_ `f`',
    "path": "../../etc",
    "long": "長" * 200,
    "hebrew": "מרפאה אאובה",
    "kanji": "髙﨑㈱𠮷",
}
EVERYONE = " ".join(name for key, name in NAMES.items() if key not in ("long", "formula"))


def study_result(name: str, **client: Any) -> dict[str, Any]:
    """A real study, small enough for a test."""
    raw = {
        "study": {"name": "検討", "loss_years": 2000, "seed": 1},
        "client": {"name": name, "records": 3000, **client},
        "plan": [
            {"id": "nipponkoa_2006/F", "premium": 420_000, "label": f"{name[:60]} F"},
            {"id": "aiu_2015@limit=100000000"},
        ],
    }
    return run_study(study_from_mapping(raw, "test")).document


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return study_result(EVERYONE)


@pytest.fixture(scope="module")
def report(result: dict[str, Any]) -> Report:
    return report_of(result)


@pytest.fixture(scope="module")
def files(result: dict[str, Any]) -> dict[str, bytes]:
    return rendered(result, ("json", "html", "pdf", "xlsx"), ("ja",))


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> list[str]:
    found = pypdf.PdfReader(io.BytesIO(files["report_ja.pdf"])).pages
    return [squeezed(page.extract_text()).replace("〜", "～") for page in found]


@pytest.fixture(scope="module")
def book(files: dict[str, bytes]) -> Any:
    return openpyxl.load_workbook(io.BytesIO(files["report_ja.xlsx"]))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def nearly(number: float) -> str:
    return f"{number:.12g}"


def only_answer(report: Report) -> Report:
    """The first page alone, which has no charts."""
    return dataclasses.replace(report, sections=report.sections[:1])


def tables(report: Report) -> list[Table]:
    return [b for s in report.sections for b in s.blocks if isinstance(b, Table)]


def cells(report: Report) -> list[Cell]:
    return [cell for table in tables(report) for row in table.rows for cell in row.cells]


def test_the_report_has_every_part(report: Report) -> None:
    assert [section.name for section in report.sections] == [
        "answer", "losses", "breakdown", "size", "plans", "unpaid", "cover", "market",
        "sensitivity", "incidents", "terms", "readings", "judgements", "assumptions", "sources",
        "method",
    ]  # fmt: skip


def test_every_row_has_as_many_cells_as_the_table_has_columns(report: Report) -> None:
    for table in tables(report):
        for row in table.rows:
            assert row.part or len(row.cells) == len(table.columns)


def test_the_first_page_of_the_pdf_is_the_answer(pages: list[str]) -> None:
    assert "結論" in pages[0]
    assert "どれほど確かか" in pages[0]
    assert "身代金" in pages[0]
    assert "損害額の分布" in pages[1]


def test_the_pdf_extracts_as_japanese_and_says_what_the_content_says(
    pages: list[str], report: Report
) -> None:
    text = "".join(pages)
    for cell in cells(report):
        assert squeezed(cell.text).replace("〜", "～") in text


def test_the_pdf_is_tagged_titled_and_brings_its_fonts(files: dict[str, bytes]) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files["report_ja.pdf"]))
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
    assert any("NotoSansJP" in name for name in fonts)
    assert all("+" in name for name in fonts)


def test_every_page_of_the_pdf_says_that_the_wordings_are_historical(pages: list[str]) -> None:
    assert all("過去の版" in page for page in pages)


def test_page_and_workbook_say_what_the_content_says(
    files: dict[str, bytes], book: Any, report: Report
) -> None:
    import html

    page = squeezed(html.unescape(re.sub(r"<[^>]*>", "", files["report_ja.html"].decode())))
    words = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    for cell in cells(report):
        assert squeezed(cell.text) in page
    for section in report.sections[:1]:
        for block in section.blocks:
            if isinstance(block, Table):
                shown = [c.text for row in block.rows for c in row.cells if not c.badge]
                assert set(shown) <= words | {""}


def test_numbers_in_the_workbook_are_those_of_the_result(book: Any, result: dict[str, Any]) -> None:
    # The file format keeps 16 digits.
    numbers = {
        nearly(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, float | int)
    }
    for view in result["regimes"].values():
        mean = view["ground_up"]["annual"]["mean"]
        assert {nearly(mean[side]) for side in ("value", "low", "high")} <= numbers
        for plan in view["plans"]:
            assert nearly(plan["retained"]["annual"]["mean"]["value"]) in numbers
            assert nearly(plan["limit_adequacy"]["event"]["value"]) in numbers
            assert {nearly(x) for x in plan["unpaid_by_reason"].values() if x} <= numbers


def test_a_heading_of_the_workbook_stands_before_what_it_heads(book: Any) -> None:
    column = [row[0].value for row in book["想定事故"].iter_rows()]
    heading = next(i for i, words in enumerate(column) if words and "規模の事故 –" in words)
    assert str(column[heading + 1]).startswith("原因は")


def test_the_workbook_has_charts_and_no_formula(book: Any) -> None:
    assert len(book["図"]._charts) >= 6
    for sheet in book:
        for row in sheet.iter_rows():
            assert not any(cell.data_type == "f" or cell.hyperlink for cell in row)


def test_the_same_result_gives_the_same_bytes(
    result: dict[str, Any], files: dict[str, bytes], report: Report
) -> None:
    assert write_workbook(result, report=report) == files["report_ja.xlsx"]
    assert write_pdf(result, report=report) == files["report_ja.pdf"]


@pytest.mark.parametrize("key", NAMES)
def test_any_client_name_is_printed_as_it_is(
    key: str, result: dict[str, Any], tmp_path: Path
) -> None:
    name = NAMES[key]
    renamed = copy.deepcopy(result)
    renamed["client"]["name"] = name
    report = report_of(renamed)
    bare = only_answer(report)
    inside = tmp_path / "inside"
    written = write_folder(inside, renamed, ("json",), ("ja",))
    assert [path.parent for path in written] == [inside]
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    pdf = pypdf.PdfReader(io.BytesIO(write_pdf(renamed, report=bare, pictures={})))
    assert name in str(pdf.metadata.title) if pdf.metadata else False
    if key != "hebrew":  # an extractor returns it in the order of the eye
        assert squeezed(name) in squeezed(pdf.pages[0].extract_text())
    sheet = openpyxl.load_workbook(io.BytesIO(write_workbook(renamed, report=bare))).worksheets[0]
    fact = next(row for row in sheet.iter_rows() if row[0].value == "顧客")[1]
    assert (fact.value, fact.data_type) == (name, "s")


def test_a_character_no_font_has_becomes_the_printers_mark() -> None:
    result = study_result("絵文字\U0001fae0社")
    bare = only_answer(report_of(result))
    text = pypdf.PdfReader(io.BytesIO(write_pdf(result, report=bare))).pages[0].extract_text()
    assert "絵文字〓社" in text


@pytest.mark.parametrize(
    ("name", "printed"),
    [("葛\U000e0100城市民病院", "葛城市民病院"), ("辻\U000e0101製菓", "辻製菓"),
     ("☎\ufe0f電話局", "☎電話局"), ("한국상사", "HANGUGSANGSA"), ("简氏", "[U+7B80]氏")],
)  # fmt: skip
def test_a_name_beyond_the_font_prints_as_near_as_it_can(name: str, printed: str) -> None:
    result = study_result(name)
    bare = only_answer(report_of(result))
    text = pypdf.PdfReader(io.BytesIO(write_pdf(result, report=bare))).pages[0].extract_text()
    assert squeezed(printed) in squeezed(text)
    assert "〓" not in text


def test_parts_the_result_does_not_have_are_left_out_with_a_sentence() -> None:
    bare = result_sample.build("例")
    del bare["regimes"]["brochure"]
    view = bare["regimes"]["court"]
    view["plans"], view["adequacy_curves"] = [], []
    view["recommendation"].update(plan=None, limit=None, probability_best=None, regret=None)
    for key in ("readings", "judgements", "sources"):
        bare[key] = []
    report = report_of(bare)
    said = "".join(b.text for s in report.sections for b in s.blocks if hasattr(b, "text"))
    assert "比較するプランがありません" in said
    assert "感度分析を行っていません" in said
    assert "判断による前提はありません" in said
    assert {"incidents", "terms", "size", "sizing"} & {s.name for s in report.sections} == set()
    assert rendered(bare, ("json", "html", "pdf", "xlsx"), ("ja",)).keys() == {
        "result.json", "report_ja.html", "report_ja.pdf", "report_ja.xlsx",
    }  # fmt: skip


def test_the_english_report_has_no_japanese_of_its_own(result: dict[str, Any]) -> None:
    english = copy.deepcopy(result)
    english["client"]["name"] = "Aoba"
    for view in english["regimes"].values():
        for plan in view["plans"]:
            plan["label"] = plan["label_en"] = "Plan"
    report = report_of(english, "en")
    # Readings quote the words they read.
    read = dataclasses.replace(
        report, sections=tuple(s for s in report.sections if s.name != "readings")
    )
    shown = [cell.text for cell in cells(read)] + [c.note for c in cells(read)]
    shown += [b.text for s in read.sections for b in s.blocks if hasattr(b, "text")]
    kana = re.compile("[\u3040-\u30ff]")
    # Titles of Japanese documents stay as they are.
    assert [words for words in shown if kana.search(words) and "“" not in words] == []


def test_charts_of_the_content_are_all_drawn_by_name(report: Report) -> None:
    named = [b for s in report.sections for b in s.blocks if isinstance(b, Charts)]
    assert len(report.charts()) == len(set(report.charts())) == sum(len(b.names) for b in named)


def test_formats_are_all_those_installed_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert formats_of(None) == ("json", "html", "pdf", "xlsx")
    assert formats_of("pdf,json") == ("json", "pdf")
    with pytest.raises(DataError, match="choose from json, html, pdf, xlsx"):
        formats_of("docx")
    monkeypatch.setattr(folder, "_missing", lambda name: ["typst"] if name == "pdf" else [])
    assert formats_of(None) == ("json", "html", "xlsx")
    assert "breach-exposure[report]" in str(folder.skipped())
    with pytest.raises(DataError, match=r"breach-exposure\[report\]"):
        formats_of("pdf")
