"""The HTML page: self-contained, literal, and the same numbers as the result."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
import result_sample

from exposure.output.content import report_of
from exposure.output.html import write_html
from exposure.output.printed import print_share, print_share_range, print_yen, print_yen_range

ATTACK = '<script>alert("漏")</script>'


@pytest.fixture(scope="module")
def page() -> str:
    return write_html(result_sample.build("髙﨑㈱" + ATTACK), "ja")


def svgs(page: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>\n?", page, flags=re.DOTALL)


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
        if tag in ("svg", "style"):
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


def test_a_client_name_prints_literally(page: str, outline: Outline) -> None:
    assert ATTACK not in page
    assert "髙﨑㈱" + ATTACK in outline.text


def test_no_script_no_handler_no_address(page: str, outline: Outline) -> None:
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(outline.tags)
    assert not [name for name in outline.names if name.startswith("on")]
    assert "style" not in outline.names
    assert not re.search(r"https?:|//[a-z]", re.sub(r"base64,[A-Za-z0-9+/=]+", "", page))
    assert not re.search(r'(?:href|src)="(?!#)', page)


def test_the_policy_allows_this_one_style_sheet_and_nothing_else(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode("utf-8")).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy.group(1) == (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_ids_are_unique_and_every_reference_has_one(page: str, outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    wanted = set(re.findall(r'(?:href="|url\()#([^")]+)', page))
    assert wanted <= set(outline.ids)


def test_both_regimes_stand_side_by_side_in_every_row_of_charts(outline: Outline) -> None:
    assert outline.tags.count("figure") == 16
    assert "保険会社パンフレット前提" in outline.text
    assert "裁判実績前提" in outline.text


@pytest.mark.parametrize(
    "wanted",
    [
        "1,540万円", "1,520～1,560万円",  # mean annual loss, brochure: 15.4 M within 1.5 %
        "635万円",  # court
        "1年に1件以上起きる確率", "8.6%",
        "要照会", "420,000円",
        "限度額充足度の目標", "95%",
        "A-3", "免責金額と自己負担割合の適用順序", "AIU 個人情報漏洩保険（2015年版）",
        "請求する人の割合（パンフレット前提）", "変更", "claims.rate.brochure",
        "AIU損害保険「個人情報漏洩保険（2016年1月以降補償開始用）」2015年",
        "20260401", "200,000年", "numpy 2.4.0",
        "身代金", "事業の中断",
    ],
)  # fmt: skip
def test_the_page_says(outline: Outline, wanted: str) -> None:
    assert wanted in outline.text


def test_equal_results_give_equal_pages(page: str) -> None:
    # Charts are compared on their own; here only the page around them is made again.
    result = result_sample.build("髙﨑㈱" + ATTACK)
    figures = dict(zip(report_of(result).charts(), svgs(page), strict=True))
    assert write_html(result, "ja", pictures=figures) == page


def test_a_band_over_parameters_is_printed() -> None:
    result = result_sample.build()
    mean = result["regimes"]["court"]["ground_up"]["annual"]["mean"]
    mean["band"] = [2_140_000, 18_400_000]
    report = report_of(result)
    assert "［210万円～1,800万円］" in write_html(
        result, report=report, pictures=dict.fromkeys(report.charts(), "")
    )


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
    estimate = {"value": value, "low": low, "high": high}
    assert print_yen(estimate) == amount
    assert print_yen_range(estimate) == interval


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
    estimate = {"value": value, "low": low, "high": high}
    assert print_share(estimate, "en") == share
    assert print_share_range(estimate, "en") == interval
