"""Charts: what they draw is what the result says, in fonts that have every character."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import matplotlib as mpl
import pytest
import result_sample
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from exposure.output import charts
from exposure.output.charts.frame import wrapped
from exposure.output.charts.layout import spread
from exposure.output.charts.style import look

RESULT = result_sample.complete()
Chart = Callable[..., Axes]
CHARTS: dict[str, Chart] = {
    "annual": charts.loss_exceedance_chart,
    "event": lambda *a, **k: charts.loss_exceedance_chart(*a, scope="event", **k),
    "retained": charts.retained_curves_chart,
    "adequacy": charts.limit_adequacy_chart,
    "paid": charts.paid_retained_chart,
    "head": charts.cost_by_head_chart,
    "cause": charts.cost_by_cause_chart,
    "premium": charts.premium_vs_retained_chart,
    "size": charts.breach_size_chart,
    "convergence": charts.convergence_chart,
    "tornado": charts.tornado_chart,
}
EVENT_CHARTS = {"event", "adequacy", "size"}
SEGMENTS = look()["segment"]
LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


@cache
def drawn(name: str, lang: str = "ja") -> Axes:
    """Draw each chart once for all tests that only look at it."""
    return CHARTS[name](RESULT, "court", lang=lang)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_title_says_per_year_or_given_a_breach(name: str, lang: str) -> None:
    figure = drawn(name, lang).figure
    title = figure.get_suptitle()
    given = {"ja": "漏えい発生時", "en": "given a breach"}[lang]
    annual = {"ja": "年間", "en": "per year"}[lang]
    assert (given in title) == (name in EVENT_CHARTS)
    assert (annual in title) == (name not in EVENT_CHARTS)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_says_its_regime_and_the_years_it_rests_on(name: str) -> None:
    note = drawn(name).figure.get_supxlabel().replace("\n", "")
    if name == "size":
        return
    assert note.startswith("裁判実績前提。事故発生年200,000年分のシミュレーション。")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_draws_on_the_axes_it_is_given(name: str) -> None:
    figure = Figure(figsize=(8, 6), layout="constrained")
    ax = figure.add_subplot()
    assert CHARTS[name](RESULT, "brochure", ax=ax) is ax
    assert "シミュレーション" in ax.get_xlabel().replace("\n", "")
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_leaves_global_settings_alone(name: str) -> None:
    before = dict(mpl.rcParams)
    CHARTS[name](RESULT, "court")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", CHARTS)
def test_equal_input_gives_equal_bytes(name: str) -> None:
    first, second = (
        charts.to_svg(ax, name, outlines=False)
        for ax in (drawn(name), CHARTS[name](RESULT, "court"))
    )
    assert first == second


@pytest.mark.parametrize("name", CHARTS)
def test_text_lies_within_the_picture(name: str) -> None:
    for lang in ("ja", "en"):
        figure = drawn(name, lang).figure
        within = figure.bbox.padded(1)
        laid_out = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
        written = [text.get_window_extent() for text in figure.axes[0].texts]
        box = Bbox.union([laid_out, *written])
        assert within.x0 <= box.x0 <= box.x1 <= within.x1
        assert within.y0 <= box.y0 <= box.y1 <= within.y1


@pytest.mark.parametrize("name", CHARTS)
def test_title_axes_key_and_note_do_not_overlap(name: str) -> None:
    ax = drawn(name)
    figure = ax.figure
    parts = [figure._suptitle, ax, *figure.legends, figure._supxlabel]
    boxes = [part.get_tightbbox() for part in parts]
    for upper, lower in itertools.pairwise(boxes):
        assert lower.y1 <= upper.y0 + 1


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_names_of_axes_do_not_lie_on_their_tick_labels(name: str, lang: str) -> None:
    ax = drawn(name, lang)
    for axis in (ax.xaxis, ax.yaxis):
        for tick in axis.get_ticklabels():
            name_box, tick_box = axis.label.get_window_extent(), tick.get_window_extent()
            assert not name_box.overlaps(tick_box) or not tick.get_text()


@pytest.mark.parametrize("name", ["adequacy", "annual", "retained", "premium"])
@pytest.mark.parametrize("width", [3.4, 7.0])
def test_a_chart_within_a_figure_of_any_width_stays_legible(name: str, width: float) -> None:
    figure = Figure(figsize=(width, 3), layout="constrained")
    ax = CHARTS[name](RESULT, "court", ax=figure.add_subplot())
    figure.draw_without_rendering()
    assert ax.get_window_extent().width > figure.bbox.width / 4
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 7


def test_segments_differ_in_hatch_or_clearly_in_grey() -> None:
    segments = [drawn_as["colour"] for drawn_as in SEGMENTS.values()]
    greys = [sum(w * c for w, c in zip(LUMA, to_rgb(colour), strict=True)) for colour in segments]
    hatches = [drawn_as["hatch"] for drawn_as in SEGMENTS.values()]
    for (one, a), (other, b) in itertools.combinations(zip(hatches, greys, strict=True), 2):
        assert one != other or abs(a - b) > 1 / 8


def test_a_pair_of_bars_differs_in_grey() -> None:
    hues = {bar.get_facecolor() for bar in drawn("cause").patches}
    events, loss = (sum(w * c for w, c in zip(LUMA, hue[:3], strict=True)) for hue in hues)
    assert abs(events - loss) > 1 / 8


def test_money_signs_in_a_name_are_no_formula() -> None:
    mean = {"value": 9e5, "low": 8e5, "high": 1e6}
    plan = {"id": "a", "label": "A $1$ B", "premium": {"amount": 3e5, "basis": "quoted"}}
    plan |= {"retained": {"annual": {"mean": mean}}}
    result = {"study": {"loss_years": 1000}, "regimes": {"court": {"plans": [plan]}}}
    svg = charts.to_svg(charts.premium_vs_retained_chart(result, "court"), "one", outlines=False)
    assert ">1 A $1$ B</text>" in svg


def test_words_are_as_wide_as_their_characters() -> None:
    from matplotlib.font_manager import FontProperties

    from exposure.output.charts.ruler import ruler

    font = FontProperties(family=["Noto Sans JP"], size=10)
    one, two = (ruler().get_text_width_height_descent("円" * n, font, False)[0] for n in (1, 2))
    assert two - one == pytest.approx(10, rel=0.01)  # a full-width character is a square


def test_what_is_drawn_once_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.textpath import text_to_path

    measured: list[str] = []
    plain = text_to_path.get_text_width_height_descent

    def counted(words: str, *rest: Any) -> Any:
        measured.append(words)
        return plain(words, *rest)

    charts.to_svg(CHARTS["head"](RESULT, "court"), "one", outlines=False)
    monkeypatch.setattr(text_to_path, "get_text_width_height_descent", counted)
    charts.to_svg(CHARTS["head"](RESULT, "court"), "one", outlines=False)
    assert measured == []


def test_a_png_is_an_image() -> None:
    image = imread(io.BytesIO(charts.to_png(charts.cost_by_head_chart(RESULT, "court"))))
    assert image.shape[2] == 4


def test_curves_are_those_of_the_result() -> None:
    ax = drawn("annual")
    curves = RESULT["regimes"]["court"]["ground_up"]["curves"]
    for line, name in zip(ax.lines, ("aep", "oep"), strict=False):
        assert line.get_ydata().tolist() == [float(x) for x in curves[name]["loss"]]
        assert line.get_xdata() == pytest.approx([1 / p for p in curves[name]["probability"]])


def test_a_curve_is_cut_at_the_edge_of_the_chart() -> None:
    from exposure.output.charts.exceedance import _as_far_as

    curve = {"probability": [0.1, 0.01, 0.0001], "loss": [1.0, 2.0, 4.0]}
    curve |= {"low": [1.0, 1.0, 3.0], "high": [2.0, 3.0, 5.0]}
    cut = _as_far_as(curve, 1000.0)
    assert cut["probability"] == [0.1, 0.01, 0.001]
    assert cut["loss"] == pytest.approx([1.0, 2.0, 3.0])
    assert cut["high"] == pytest.approx([2.0, 3.0, 4.0])
    assert _as_far_as(curve, 10_000.0) is curve


def test_decades_of_yen_are_labelled() -> None:
    ax = drawn("annual")
    ax.figure.draw_without_rendering()
    shown = {text.get_text() for text in ax.get_yticklabels()}
    assert {"10万円", "100万円", "1,000万円", "1億円"} <= shown


def test_years_are_labelled_with_their_probability() -> None:
    ax = drawn("annual")
    assert [text.get_text() for text in ax.get_xticklabels()] == [
        "10年に1度\n10%", "100年に1度\n1%", "1,000年に1度\n0.1%", "10,000年に1度\n0.01%",
    ]  # fmt: skip


def test_a_percentage_is_printed_with_the_decimals_of_its_step() -> None:
    from exposure.output.charts.frame import open_frame, percent_axis

    with open_frame(None, "ja") as frame:
        percent_axis(frame, "y")
        frame.ax.set_ylim(0.9, 0.92)
    shown = [text.get_text() for text in frame.ax.get_yticklabels()]
    assert shown == ["90%", "90.5%", "91%", "91.5%", "92%"]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_names_of_many_sizes_do_not_touch(lang: str) -> None:
    result = result_sample.build()
    ends = [0, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
    bands = [{"above": a, "up_to": b, "share": 0.125} for a, b in itertools.pairwise(ends)]
    size = {"events": 10, "full_share": 0.125, "bands": bands}
    result["regimes"]["court"]["ground_up"]["size"] = size
    ax = charts.breach_size_chart(result, "court", lang=lang)
    boxes = [text.get_window_extent() for text in ax.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_an_amount_near_the_axis_is_written_above_its_point() -> None:
    result = result_sample.build()
    low = {"value": 110_000, "low": 100_000, "high": 120_000}
    result["regimes"]["court"]["ground_up"]["annual"]["aep"]["50"] = low
    ax = charts.loss_exceedance_chart(result, "court")
    (words,) = (text for text in ax.texts if text.get_text().startswith("50年に1度"))
    assert words.get_window_extent().y0 >= ax.get_window_extent().y0


def test_of_curves_that_end_together_the_first_is_named_on_top() -> None:
    result = result_sample.build()
    curves = result["regimes"]["court"]["ground_up"]["curves"]
    curves["oep"] = curves["aep"]
    ax = charts.loss_exceedance_chart(result, "court")
    above, below = (text.get_position()[1] for text in ax.texts[-2:])
    assert above > below


def test_a_curve_of_no_loss_is_left_out_of_a_log_axis() -> None:
    zero = {"probability": [0.1, 0.01], "loss": [0, 0], "low": [0, 0], "high": [0, 0]}
    plan = {"id": "a", "label": "A", "retained": {"curve": zero}}
    view = {"ground_up": {"curves": {"aep": zero}}, "plans": [plan]}
    result = {"study": {"loss_years": 10}, "regimes": {"court": view}}
    assert charts.to_png(charts.retained_curves_chart(result, "court"))


def test_paid_and_unpaid_add_up_to_the_same_bar_for_every_plan() -> None:
    ax = drawn("paid")
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches][-8:]
    gross = RESULT["regimes"]["court"]["ground_up"]["annual"]["mean"]["value"]
    assert ends == pytest.approx([gross] * 8)


def test_a_reason_that_never_occurs_is_not_in_the_key() -> None:
    shown = words(drawn("paid").figure)
    assert "内枠限度額" in shown
    assert "免責金額" not in shown


def test_adequacy_shows_plans_on_products_and_the_target() -> None:
    ax = drawn("adequacy")
    shown = words(ax.figure)
    assert "目標 95%" in shown
    assert {str(n) for n in range(1, 9)} <= {text.get_text() for text in ax.texts}


def test_adequacy_without_a_target_or_a_limit_draws_neither() -> None:
    result = result_sample.build()
    view = result["regimes"]["court"]
    del view["recommendation"]["target"]
    for plan in view["plans"]:
        plan["limit"] = None
    view["adequacy_curves"] = []
    ax = charts.limit_adequacy_chart(result, "court")
    assert "目標" not in words(ax.figure)
    assert [text.get_text() for text in ax.texts] == []


def test_only_plans_with_a_premium_are_set_against_it() -> None:
    ax = drawn("premium")
    assert {text.get_text() for text in ax.texts} == {"1", "2", "4", "6", "7", "8"}


def test_without_any_premium_the_chart_says_so() -> None:
    result: dict[str, Any] = {"study": {"loss_years": 10}, "regimes": {"court": {"plans": []}}}
    assert "要照会" in words(charts.premium_vs_retained_chart(result, "court").figure)


def test_a_plan_has_one_colour_everywhere() -> None:
    plan = "nipponkoa_2006/F"
    number, colour = charts.plan_number(RESULT, plan), charts.plan_colour(RESULT, plan).lower()
    discs = drawn("adequacy").texts
    disc = next(text for text in discs if text.get_text() == str(number))
    box = disc.get_bbox_patch()
    assert box is not None
    assert to_hex(box.get_facecolor()) == colour
    lines = charts.retained_curves_chart(RESULT, "court").lines
    assert colour in {to_hex(line.get_color()) for line in lines}


def test_svg_has_no_date_style_script_or_unprefixed_id() -> None:
    import re

    svg = charts.to_svg(drawn("paid"), "one", "<表題>")
    assert not re.search(r"<metadata|<style|style=|<script|<text|dc:date", svg)
    assert all(name.startswith("one-") for name in re.findall(r'\bid="([^"]*)"', svg))
    assert all(name.startswith("one-") for name in re.findall(r'(?:href="|url\()#([^")]*)', svg))
    assert "<title>&lt;表題&gt;</title>" in svg


def test_a_character_no_font_has_is_an_error_naming_it() -> None:
    with charts.chart_style():
        ax = Figure().add_subplot()
        ax.set_title("\U0001fae0")
    with pytest.raises(ValueError, match=r"U\+1FAE0"):
        charts.to_png(ax)


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_fonts_have_the_characters_of_names(weight: str) -> None:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(charts.font_path(weight)))
    wanted = "髙﨑㈱𠮷￥〜～①⑳㈱㈲№℡ⅠⅩあアｱＡA０0々〆ヶー−－彅曻龢栁濵德邊邉齋齊"
    assert [c for c in wanted if not font.get_char_index(ord(c))] == []


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_fonts_have_every_kanji_of_jis_levels_1_to_4(weight: str) -> None:
    from matplotlib.ft2font import FT2Font

    known = set(FT2Font(str(charts.font_path(weight))).get_charmap())
    kanji = []
    for lead in range(0xB0, 0xFF):
        for trail in range(0xA1, 0xFF):
            for head in (b"", b"\x8f"):
                try:
                    kanji.append((head + bytes([lead, trail])).decode("euc_jis_2004"))
                except UnicodeDecodeError:
                    continue
    ideographs = [c for c in kanji if len(c) == 1 and "\u4e00" <= c <= "\u9fff"]
    assert len(ideographs) > 6355
    assert [c for c in ideographs if ord(c) not in known] == []


def test_labels_are_moved_apart_in_their_order() -> None:
    assert spread([0.0, 1.0, 1.0, 50.0], 10.0) == pytest.approx([-28 / 3, 2 / 3, 32 / 3, 50.0])
    assert spread([], 1.0) == []


def test_lines_break_before_a_joint_and_never_before_closing_marks() -> None:
    assert wrapped("AIU2015 3億円＋実行費用倍額", 24) == "AIU2015 3億円\n＋実行費用倍額"
    assert wrapped("あいうえお。", 10) == "あいうえお。"
