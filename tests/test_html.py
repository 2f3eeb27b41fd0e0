"""The HTML page: self-contained, literal, inert, and answering with the result's own figures."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support import browser, result_sample

from exposure.output.charts.style import compared_plans
from exposure.output.content.report import report_of
from exposure.output.html import write_html
from exposure.output.pictures import Pictures
from exposure.output.printed import (
    print_band,
    print_share,
    print_share_range,
    print_yen,
    print_yen_range,
)
from exposure.result.record import Figure

ATTACK = '<script>alert("漏")</script>'
RESULT = result_sample.complete("髙﨑㈱" + ATTACK)


@pytest.fixture(scope="module")
def page() -> str:
    return write_html(RESULT, "ja")


class Outline(HTMLParser):
    """Tags, attributes and visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.ids: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.ids += [str(value) for name, value in attrs if name == "id"]
        if tag in ("svg", "style", "script"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.text += data


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    return parser


# --- what it is -----------------------------------------------------------------------------------


def test_a_client_name_prints_literally(page: str, outline: Outline) -> None:
    assert ATTACK not in page
    assert "髙﨑㈱" + ATTACK in outline.text


def test_nothing_is_fetched_and_nothing_handles_an_event_in_an_attribute(
    page: str, outline: Outline
) -> None:
    assert not {"link", "img", "iframe", "object", "form", "base"} & set(outline.tags)
    assert not [name for name in outline.names if name.startswith("on")]
    assert "style" not in outline.names
    bare = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"https?:|//[a-z]+\.", bare)
    assert not re.search(r'(?:href|src)="(?!#)', page)


def test_the_policy_allows_this_one_style_sheet_and_this_one_script(page: str) -> None:
    def digest(pattern: str) -> str:
        found = re.findall(pattern, page, flags=re.DOTALL)
        assert len(found) == 1
        return base64.b64encode(hashlib.sha256(found[0].encode("utf-8")).digest()).decode()

    style, script = digest(r"<style>(.*?)</style>"), digest(r"<script>(.*?)</script>")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy.group(1) == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )


def test_the_script_and_the_page_are_small(page: str) -> None:
    script = re.search(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert script is not None
    assert len(script.group(1).encode()) < 8_000
    assert len(page.encode()) < 1_000_000


def test_ids_are_unique_and_every_reference_has_one(page: str, outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    wanted = set(re.findall(r'(?:href="|url\()#([^")]+)', page))
    assert wanted <= set(outline.ids)


def test_contents_name_every_section_and_the_annex_can_be_folded(page: str) -> None:
    report = report_of(RESULT)
    nav = page[page.index("<nav") : page.index("</nav>")]
    for section in report.printed():
        assert f'<a href="#{section.name}">{section.heading}</a>' in nav
        inside = page[page.index(f'<section id="{section.name}"') :]
        folded = inside[: inside.index("</section>")].count("<details open>")
        assert folded == (section.part == "annex")


def test_what_needs_the_script_is_hidden_without_it_and_everything_else_shows(page: str) -> None:
    hidden = re.findall(r"<(\w+)[^>]* hidden>", page)
    assert sorted(hidden) == ["div", "li", "section"]
    style = page[page.index("<style>") : page.index("</style>")]
    assert "nav, .tries { display: none !important; }" in style
    assert "@media screen and (max-width" in style
    assert not re.search(r"@media \(max-width", style)


def test_marks_have_titles(page: str) -> None:
    titles = re.findall(r"<g><title>([^<]+)</title>", page)
    assert len(titles) > 50
    assert any("試算例 2.4" in title or "試算例 240万円" in title for title in titles)


@pytest.mark.parametrize(
    "wanted",
    [
        "御中", "結論", "判断の材料", "候補の比較", "お決めいただきたいこと", "どれほど確かか",
        "約11年に1回", "1年に起きる確率 9%", "9,400万円～3.2億円",
        "42万円", "見積り",
        "A-3", "免責金額と自己負担割合の適用順序", "変更", "請求する人の割合（試算例）",
        "AIU損害保険「個人情報漏洩保険（2016年1月以降補償開始用）」2015年",
        "20260401", "200,000年分", "numpy 2.4.0",
        "過去の版", "身代金", "休診による減収",
    ],
)  # fmt: skip
def test_the_page_says(outline: Outline, wanted: str) -> None:
    assert wanted in re.sub(r"\s+", "", outline.text) or wanted in outline.text


def test_equal_results_give_equal_pages(page: str) -> None:
    assert write_html(result_sample.complete("髙﨑㈱" + ATTACK), "ja") == page


def test_data_cannot_end_the_element_that_holds_it() -> None:
    from exposure.output.html import _json

    assert "</" not in _json({"name": "</script><b>"})
    assert json.loads(_json({"name": "</script>"})) == {"name": "</script>"}


def test_the_script_gets_the_figures_of_the_result(page: str) -> None:
    found = data_of(page)
    view = RESULT.regimes["court"]
    assert found["bare"]["court"] == view.no_insurance.total_cost.value
    for plan in found["plans"]:
        own = view.plan(plan["id"])
        cost = found["bare"]["court"] - plan["worth"]["court"] + plan["premium"]
        # What the page adds up is what the record says, to the digits of a double.
        assert plan["worth"]["court"] == own.worth.value
        assert own.total_cost is not None
        assert cost == pytest.approx(own.total_cost.value, rel=0.02)
    for ladder, own_ladder in zip(found["ladders"], view.ladders, strict=True):
        shares = [step["share"]["court"] for step in ladder["steps"]]
        assert shares == [step.share_paid.value for step in own_ladder.steps]


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page)
    assert found is not None
    document: dict[str, Any] = json.loads(found.group(1))
    return document


def test_a_real_plan_costs_what_the_page_adds_up() -> None:
    from exposure.inputs.study_file import study_from_mapping
    from exposure.study.pipeline import run_study

    raw = {
        "study": {"loss_years": 2000, "seed": 3},
        "client": {"records": 20_000, "revenue": 500_000_000},
        "plan": [{"id": "nipponkoa_2006/D", "premium": 120_000}],
    }
    record = run_study(study_from_mapping(raw, "test")).record
    page = write_html(record, report=report_of(record))
    found = data_of(page)
    for name, view in record.regimes.items():
        for plan in found["plans"]:
            own = view.plan(plan["id"])
            if own.premium.amount is None or own.total_cost is None:
                continue
            cost = found["bare"][name] - plan["worth"][name] + own.premium.amount
            assert cost == pytest.approx(own.total_cost.value)


# --- in a browser ---------------------------------------------------------------------------------

LOADED = "document.readyState === 'complete' && document.querySelector('main footer') !== null"
needs_browser = pytest.mark.skipif(browser.installed() is None, reason="no browser is installed")


@pytest.fixture(scope="module")
def tab(page: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("websocket")
    if browser.installed() is None:
        pytest.skip("no browser is installed")
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(page, encoding="utf-8")
    with browser.page(f"file://{folder / 'page.html'}", folder / "profile") as one:
        one.wait(LOADED)
        yield one


def number(one: Any, script: str) -> float:
    return float(one.value(script))


@needs_browser
def test_another_premium_changes_total_cost_and_rank_to_those_of_the_library(tab: Any) -> None:
    plan = RESULT.regimes["court"].plans[2]
    box = f"document.querySelector('[data-premium-of=\"{plan.id}\"]')"
    cell = f"{box}.closest('tr').querySelector('td[data-view=\"court\"]')"
    for typed, premium in (("100,000", 1e5), ("１２０万", 1.2e6), ("0.5億円", 5e7)):
        tab.value(f"{box}.value = '{typed}'; {box}.dispatchEvent(new Event('input'))")
        bare = RESULT.regimes["court"].no_insurance.total_cost.value or 0
        wanted = bare - (plan.worth.value or 0) + premium
        assert number(tab, f"{cell}.dataset.value") == pytest.approx(wanted)
    rank = tab.value(f"{cell}.nextElementSibling.textContent")
    shown = compared_plans(RESULT, "court")  # the others are in the workbook
    assert rank == str(len(shown) + 1)  # dearest, behind no insurance
    tab.value(f"{box}.value = 'x'; {box}.dispatchEvent(new Event('input'))")
    assert tab.value(f"{box}.getAttribute('aria-invalid')") == "true"
    assert tab.value(f"{cell}.textContent") == "－"


@needs_browser
def test_the_slider_shows_the_steps_of_the_ladder(tab: Any) -> None:
    steps = RESULT.regimes["brochure"].ladders[1].steps
    tab.value("document.getElementById('product').selectedIndex = 1")
    tab.value("document.getElementById('product').dispatchEvent(new Event('change'))")
    assert number(tab, "document.getElementById('limit').max") == len(steps) - 1
    for i in (0, len(steps) - 1):
        tab.value(f"document.getElementById('limit').value = {i}")
        tab.value("document.getElementById('limit').dispatchEvent(new Event('input'))")
        for name, wanted in (("share", steps[i].share_paid), ("worth", steps[i].worth)):
            shown = f"document.querySelector('[data-{name}=\"brochure\"]').dataset.value"
            assert number(tab, shown) == pytest.approx(wanted.value)


@needs_browser
def test_a_view_can_be_hidden_but_never_both(tab: Any) -> None:
    click = "document.querySelector('[data-show-view=\"{}\"]').click()"
    shown = "getComputedStyle(document.querySelector('td[data-view=\"{}\"]')).display"
    tab.value(click.format("court"))
    assert tab.value(shown.format("court")) == "none"
    assert tab.value(shown.format("brochure")) != "none"
    tab.value(click.format("brochure"))
    assert tab.value(shown.format("brochure")) != "none"
    tab.value(click.format("court"))
    assert tab.value(shown.format("court")) != "none"


@needs_browser
def test_the_annex_is_folded_a_link_opens_it_and_print_shows_all(tab: Any) -> None:
    opened = "document.querySelectorAll('details[open]').length"
    assert tab.value(opened) == 0
    tab.value("location.hash = '#losses'")
    tab.wait(f"{opened} === 1")
    tab.value("dispatchEvent(new Event('beforeprint'))")
    assert tab.value(f"{opened} === document.querySelectorAll('details').length")
    tab.value("dispatchEvent(new Event('afterprint'))")
    assert tab.value(opened) == 1


@needs_browser
def test_a_plan_left_out_disappears_from_the_tables(tab: Any) -> None:
    plan = RESULT.regimes["court"].plans[0].id
    box = "document.querySelector('#premiums tbody tr input[type=checkbox]')"
    rows = f"Array.from(document.querySelectorAll('tr[data-plan=\"{plan}\"]'))"
    assert tab.value(f"{rows}.length") > 0
    tab.value(f"{box}.click()")
    assert tab.value(f"{rows}.every((row) => row.hidden)")
    tab.value(f"{box}.click()")
    assert tab.value(f"{rows}.every((row) => !row.hidden)")


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(tab: Any, width: int) -> None:
    tab.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
        mobile=width < 500,
    )  # fmt: skip
    assert tab.value("document.documentElement.scrollWidth") <= width
    # The names of rows of the first table are words, not columns of letters.
    lines = "document.querySelector('.box tbody th').getClientRects().length"
    assert tab.value(lines) <= 2
    tab.call("Emulation.clearDeviceMetricsOverride")


@needs_browser
def test_on_a_phone_no_column_of_a_table_is_a_letter_wide(tab: Any) -> None:
    tab.call(
        "Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1,
        mobile=True,
    )  # fmt: skip
    tab.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    narrow = (
        "Array.from(document.querySelectorAll('.scroll > table > tbody td:not(.number)'))"
        ".filter((one) => one.offsetWidth > 0 && one.textContent.length > 9"
        " && one.offsetWidth < 90).length"
    )
    assert tab.value(narrow) == 0
    tab.value("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
    tab.call("Emulation.clearDeviceMetricsOverride")


@needs_browser
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_on_a_phone_premiums_and_ranks_stand_side_by_side_in_low_rows(
    lang: Any, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(write_html(RESULT, lang), encoding="utf-8")
    with browser.page(path.as_uri(), tmp_path / "profile") as one:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        one.call("Emulation.setDeviceMetricsOverride", **size)
        one.wait("document.querySelectorAll('#premiums tbody tr').length")
        assert one.value("document.documentElement.scrollWidth") == 390
        rows = "[...document.querySelectorAll('#premiums tbody tr')]"
        edges = one.value(f"{rows}.map(r => r.lastChild.getBoundingClientRect().right)")
        assert max(edges) <= 390
        # The name on a line or two, its figures on another.
        style = "getComputedStyle(document.querySelector('#premiums td'))"
        line = one.value(f"parseFloat({style}.lineHeight)")
        assert max(one.value(f"{rows}.map(r => r.getBoundingClientRect().height)")) < 5 * line


@needs_browser
def test_premium_and_limit_on_the_page_answer_as_the_library_does(tmp_path: Path) -> None:
    """Total cost and rank with all premiums given, in both views."""
    pytest.importorskip("websocket")
    import exposure as ex
    from exposure.inputs.study_file import study_from_mapping

    ids = ("nipponkoa_2006/B", "nipponkoa_2006/D", "nipponkoa_2006/F")
    premiums = dict(zip(ids, (300_000.0, 150_000.0, 420_000.0), strict=True))
    raw = {
        "study": {"loss_years": 2000, "seed": 3},
        "client": {"records": 100_000, "industry": "medical", "revenue": 500_000_000},
        "plan": [{"id": name, "premium": 10_000} for name in ids],
    }
    study = study_from_mapping(raw, "test")
    record = ex.run(study).record
    (tmp_path / "page.html").write_text(write_html(record, "ja"), encoding="utf-8")
    with browser.page(f"file://{tmp_path / 'page.html'}", tmp_path / "profile") as one:
        one.wait(LOADED)
        for name, premium in premiums.items():
            box = f"document.querySelector('[data-premium-of=\"{name}\"]')"
            one.value(f"{box}.value = '{premium:.0f}'; {box}.dispatchEvent(new Event('input'))")
        for view in ("brochure", "court"):
            losses = ex.simulate(study.client, regime=view, loss_years=2000, seed=3)
            frame = ex.compare(losses, ids, premiums=premiums, client=study.client)
            ranks = {}
            for name in ids:
                cell = (
                    f"document.querySelector('[data-premium-of=\"{name}\"]')"
                    f".closest('tr').querySelector('td[data-view=\"{view}\"]')"
                )
                cost = frame.loc[name, "total_cost"]
                assert number(one, f"{cell}.dataset.value") == pytest.approx(cost)
                ranks[name] = number(one, f"{cell}.nextElementSibling.textContent")
            assert sorted(ids, key=lambda name: ranks[name]) == list(
                frame.sort_values("rank").index
            )
            (ladder,) = record.regimes[view].ladders
            steps = {step.plan: i for i, step in enumerate(ladder.steps)}
            for name in ids:
                one.value(f"document.getElementById('limit').value = {steps[name]}")
                one.value("document.getElementById('limit').dispatchEvent(new Event('input'))")
                for shown, column in (("share", "share_paid"), ("worth", "worth")):
                    stated = f"document.querySelector('[data-{shown}=\"{view}\"]').dataset.value"
                    assert number(one, stated) == pytest.approx(frame.loc[name, column])


@needs_browser
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_printed_the_first_page_holds_the_whole_answer(lang: Any, tmp_path: Path) -> None:
    import io

    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("websocket")
    report = report_of(RESULT, lang)
    (tmp_path / "page.html").write_text(write_html(RESULT, lang), encoding="utf-8")
    with browser.page(f"file://{tmp_path / 'page.html'}", tmp_path / "profile") as one:
        one.wait(LOADED)
        answer = one.call("Page.printToPDF", preferCSSPageSize=True)
    printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(answer["data"])))
    second = re.sub(r"\s", "", printed.pages[1].extract_text())
    assert second.startswith(re.sub(r"\s", "", report.printed()[1].heading))


@needs_browser
def test_a_long_name_leaves_the_title_its_lines(tmp_path: Path) -> None:
    pytest.importorskip("websocket")
    named = result_sample.complete("Supercalifragilistic" * 6)
    (tmp_path / "page.html").write_text(write_html(named, "ja"), encoding="utf-8")
    with browser.page(f"file://{tmp_path / 'page.html'}", tmp_path / "profile") as one:
        one.wait(LOADED)
        lines = (
            "(h => h.getBoundingClientRect().height / parseFloat(getComputedStyle(h).lineHeight))"
            "(document.querySelector('h1'))"
        )
        assert number(one, lines) < 3


@needs_browser
def test_printed_the_page_is_about_as_long_as_the_report(tab: Any, tmp_path: Path) -> None:
    import io

    pypdf = pytest.importorskip("pypdf")
    answer = tab.call("Page.printToPDF", preferCSSPageSize=True)
    printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(answer["data"])))
    assert len(printed.pages) <= 12
    text = "".join(re.sub(r"\s", "", page.extract_text()) for page in printed.pages)
    assert "損害額の水準" in text
    assert "乱数シード20260401" in text
    assert "条件を変えて確かめる" not in text


@needs_browser
def test_without_scripts_everything_reads(page: str, tmp_path: Path) -> None:
    pytest.importorskip("websocket")
    # As a reader sees it whose browser runs no script: the policy allows none.
    still = re.sub(r"script-src 'sha256-[^']*'", "script-src 'none'", page)
    (tmp_path / "still.html").write_text(still, encoding="utf-8")
    with browser.page(f"file://{tmp_path / 'still.html'}", tmp_path / "profile") as one:
        one.wait(LOADED)
        closed = "document.querySelectorAll('details:not([open])').length"
        assert one.value(closed) == 0
        assert one.value("document.querySelector('section.tries').hidden")
        figures = "document.querySelectorAll('figure svg').length"
        assert one.value(figures) == len(report_of(RESULT).charts())


# --- figures as they are printed ------------------------------------------------------------------


def test_a_band_over_parameters_is_printed_to_two_digits(page: str) -> None:
    band = RESULT.regimes["court"].ground_up.annual.mean.band
    assert f"（{print_band(band)}）" in page


@pytest.mark.parametrize(
    ("value", "low", "high", "amount", "interval"),
    [
        (15_432_100, 15_230_000, 15_630_000, "1,540万円", "1,520～1,560万円"),
        (15_432_100, 14_000_000, 17_000_000, "1,500万円", "1,400～1,700万円"),
        (96_000_000, 86_000_000, 106_000_000, "1億円", "9,000万円～1.1億円"),
        (94_000_000, 93_500_000, 94_500_000, "9,400万円", "9,350～9,450万円"),
        (0, 0, 0, "0円", "0円"),
        (1_234_567, 1_234_567, 1_234_567, "123万円", "123万円"),
    ],
)
def test_amounts_have_the_digits_their_interval_supports(
    value: float, low: float, high: float, amount: str, interval: str
) -> None:
    estimate = Figure(value, low, high)
    assert print_yen(estimate) == amount
    assert print_yen_range(estimate) == interval


def test_amounts_with_a_wide_band_have_two_digits() -> None:
    assert print_yen(Figure(305_516_677, 2.99e8, 3.1e8, (1.1e8, 9.4e8))) == "3.1億円"
    assert print_band((1.1e8, 9.4e8)) == "1.1～9.4億円"
    assert print_yen(Figure(83_600, 83_000, 84_200, (67_000, 120_000)), "en") == "JPY 84k"


@pytest.mark.parametrize(
    ("value", "low", "high", "share", "interval"),
    [
        (0.953, 0.951, 0.955, "95.3%", "95.1–95.5%"),
        (0.95, 0.90, 0.99, "95%", "90–99%"),
        (0.9997, 0.9992, 0.9999, "99.97%", "99.92–99.99%"),
        (0.00001, 0.0, 0.00002, "<0.01%", "0.00–<0.01%"),
        (1.0, 0.9998, 1.0, "100.00%", "99.98–100.00%"),
    ],
)
def test_shares_have_the_decimals_their_interval_supports(
    value: float, low: float, high: float, share: str, interval: str
) -> None:
    estimate = Figure(value, low, high)
    assert print_share(estimate, "en") == share
    assert print_share_range(estimate, "en") == interval


def test_numbers_of_lines_and_days_do_not_break_at_their_strokes() -> None:
    from exposure.output.html import _unbroken

    assert _unbroken("L838-854, <b> 2026-09-01 (A-10)") == (
        '<span class="once">L838-854</span>, &lt;b&gt; '
        '<span class="once">2026-09-01</span> (<span class="once">A-10</span>)'
    )
    assert _unbroken("leak-limited cover, 5-fold") == "leak-limited cover, 5-fold"


def test_the_font_is_cut_once_for_one_set_of_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    from fontTools import subset

    cut: list[str] = []
    plain = subset.save_font

    def counted(*args: Any) -> Any:
        cut.append("")
        return plain(*args)

    report = report_of(RESULT)
    pictures = Pictures(RESULT, report)
    write_html(RESULT, report=report, pictures=pictures)
    monkeypatch.setattr(subset, "save_font", counted)
    write_html(RESULT, report=report, pictures=pictures)
    assert cut == []
