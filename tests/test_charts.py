"""Charts: what they draw is what the result says, in fonts that have every character."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from support import result_sample

import exposure as ex
from exposure.output import charts
from exposure.output.charts import loss_charts, plan_charts, sureness
from exposure.output.charts.frame import wrap
from exposure.output.charts.style import (
    candidates,
    compared_plans,
    look,
    option_number,
    ordered_plans,
    plan_ids,
    result_of,
    shortlist,
)
from exposure.result.document import to_plain
from exposure.result.record import Curve, Result

RESULT = result_sample.complete()
Chart = Callable[..., Axes]
# Charts of one view take its name; charts of both put them into one panel.
OF_VIEW: dict[str, Chart] = {
    "retained": charts.retained_curves_chart,
    "by_limit": charts.share_by_limit_chart,
    "adequacy": charts.limit_adequacy_chart,
    "convergence": charts.convergence_chart,
    "tornado": charts.tornado_chart,
}
OF_BOTH: dict[str, Chart] = {
    "breach": charts.breach_cost_chart,
    "annual": charts.loss_exceedance_chart,
    "event": lambda r, **k: charts.loss_exceedance_chart(r, scope="event", **k),
    "head": charts.cost_by_head_chart,
    "cause": charts.cost_by_cause_chart,
    "size": charts.breach_size_chart,
    "who_pays": charts.who_pays_chart,
    "paid": charts.paid_retained_chart,
    "worth": charts.worth_chart,
    "premium": charts.premium_vs_retained_chart,
    "stability": charts.stability_chart,
    "records": charts.limit_by_records_chart,
}
CHARTS: dict[str, Chart] = {
    **{name: lambda r, d=draw, **k: d(r, "court", **k) for name, draw in OF_VIEW.items()},
    **OF_BOTH,
}
EVENT_CHARTS = {"breach", "event", "who_pays", "adequacy", "size"}
BOTH_SCOPES = {"records"}
LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


@cache
def drawn(name: str, lang: str = "ja") -> Axes:
    """Draw each chart once for all tests that only look at it."""
    return CHARTS[name](RESULT, lang=lang)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(w * c for w, c in zip(LUMA, linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# --- every chart ----------------------------------------------------------------------------------


def test_every_chart_is_handed_out_and_tried_here() -> None:
    modules = (loss_charts, plan_charts, sureness)
    written = {name for module in modules for name in vars(module) if name.endswith("_chart")}
    out = {name for name in charts.__all__ if name.endswith("_chart")}
    assert written == out, "exposure/output/charts/__init__.py: a chart is missing in __all__"
    tried = {getattr(draw, "__name__", "") for draw in (*OF_VIEW.values(), *OF_BOTH.values())}
    assert out <= tried, "a chart is missing in OF_VIEW or OF_BOTH of this file"


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_title_says_per_year_or_given_a_breach(name: str, lang: str) -> None:
    title = drawn(name, lang).figure.get_suptitle().replace("\n", " ")
    given = {"ja": "漏えい発生時", "en": "given a breach"}[lang]
    annual = {"ja": "年間", "en": "per year"}[lang]
    assert (given in title) == (name in EVENT_CHARTS)
    assert (annual in title) == (name not in EVENT_CHARTS)


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"size", "records"}))
def test_a_chart_says_its_views_and_the_years_it_rests_on(name: str) -> None:
    note = drawn(name).figure.get_supxlabel().replace("\n", "")
    assert "裁判例" in note or "試算例" in note
    years = "20,000" if name == "tornado" else "200,000"  # every assumption on fewer years
    assert f"漏えいのあった年{years}年分のシミュレーション。" in note


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"stability"}))
def test_a_chart_draws_on_the_axes_it_is_given(name: str) -> None:
    figure = Figure(figsize=(8, 6), layout="constrained")
    ax = figure.add_subplot()
    assert CHARTS[name](RESULT, ax=ax) is ax
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_leaves_global_settings_alone(name: str) -> None:
    before = dict(mpl.rcParams)
    CHARTS[name](RESULT)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", CHARTS)
def test_equal_input_gives_equal_bytes(name: str) -> None:
    first, second = (
        charts.to_svg(ax, name, outlines=False) for ax in (drawn(name), CHARTS[name](RESULT))
    )
    assert first == second


@pytest.mark.parametrize("name", CHARTS)
def test_text_lies_within_the_picture(name: str) -> None:
    for lang in ("ja", "en"):
        figure = drawn(name, lang).figure
        within = figure.bbox.padded(1)
        with charts.chart_style():  # letters are as wide as they are printed, not as on a screen
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
def test_names_of_ticks_touch_neither_each_other_nor_the_name_of_the_axis(
    name: str, lang: str
) -> None:
    ax = drawn(name, lang)
    for axis in (ax.xaxis, ax.yaxis):
        ticks = [tick for tick in axis.get_ticklabels() if tick.get_text()]
        with charts.chart_style():
            boxes = [tick.get_window_extent() for tick in ticks]
            inside = [box for box in boxes if box.overlaps(ax.get_tightbbox())]
        for one, other in itertools.pairwise(inside):
            assert not one.padded(-1).overlaps(other.padded(-1)), [t.get_text() for t in ticks]
        if axis.label.get_text():
            named = axis.label.get_window_extent()
            assert not any(named.padded(-1).overlaps(box) for box in inside)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_at_half_the_width_of_a_page_no_word_is_smaller_than_six_points(
    name: str, lang: str
) -> None:
    figure = drawn(name, lang).figure
    half = (210 - 2 * 14 - 5) / 2 / 25.4  # inches: A4 less its margins and a gutter
    shrunk = half / figure.get_figwidth()
    sizes = [t.get_fontsize() * shrunk for t in figure.findobj(Text) if t.get_text().strip()]
    assert min(sizes) >= 6


@pytest.mark.parametrize("name", ["by_limit", "annual", "retained", "premium"])
@pytest.mark.parametrize("width", [3.4, 7.0])
def test_a_chart_within_a_figure_of_any_width_stays_legible(name: str, width: float) -> None:
    figure = Figure(figsize=(width, 3), layout="constrained")
    ax = CHARTS[name](RESULT, ax=figure.add_subplot())
    figure.draw_without_rendering()
    assert ax.get_window_extent().width > figure.bbox.width / 4
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 6


def test_marks_say_what_they_are_where_a_reader_points_at_them() -> None:
    svg = charts.to_svg(drawn("who_pays"), "one", outlines=False)
    titles = re.findall(r"<title>([^<]*)</title>", svg)
    plan = RESULT.regimes["brochure"].plan(shortlist(RESULT)[0])
    assert f"保険が払う 2.8億円（{plan.large_breach.paid:.0%}）" in titles
    assert "tip:" not in svg


# --- what a chart takes ---------------------------------------------------------------------------


def test_a_chart_takes_a_result_its_document_or_what_holds_it() -> None:
    @dataclasses.dataclass
    class Study:
        record: Result

    one = charts.to_svg(charts.cost_by_head_chart(RESULT), "one")
    assert charts.to_svg(charts.cost_by_head_chart(to_plain(RESULT)), "one") == one
    assert charts.to_svg(charts.cost_by_head_chart(Study(RESULT)), "one") == one


@pytest.mark.parametrize("name", OF_VIEW)
def test_a_wrong_view_is_told_the_right_ones(name: str) -> None:
    with pytest.raises(ValueError, match="no view 'curt'; it has 'brochure', 'court'"):
        OF_VIEW[name](RESULT, "curt")


def test_what_is_no_result_is_refused_with_what_is_wanted() -> None:
    with pytest.raises(TypeError, match="expected a result"):
        charts.who_pays_chart([1, 2])


def test_own_losses_are_drawn_from_their_curve() -> None:
    curve = Curve([0.5, 0.1, 0.01], [1e5, 1e6, 1e7], [9e4, 9e5, 9e6], [2e5, 2e6, 2e7])
    ax = charts.loss_exceedance_chart(curve)
    assert ax.lines[0].get_ydata().tolist() == [1e5, 1e6, 1e7]


def test_frames_of_compared_plans_are_drawn_and_a_wrong_frame_says_what_it_lacks() -> None:
    # Pattern A pays up to 10 million of a claim: 14 of the 16 million; F pays all.
    own = ex.losses_from_frame([(1, 12_000_000), (2, 4_000_000)], 0.5)
    frame = ex.compare(own, ["nipponkoa_2006/A", "nipponkoa_2006/F"], premiums={
        "nipponkoa_2006/F": 100_000,
    })  # fmt: skip
    ax = charts.paid_retained_chart(frame)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([14 / 16, 1, 2 / 16, 0])
    assert len(charts.premium_vs_retained_chart(frame).lines) == 1
    with pytest.raises(ValueError, match="no column retained_annual_mean"):
        charts.paid_retained_chart(frame.drop(columns="retained_annual_mean"))


def test_frames_of_sizes_are_drawn_as_the_rows_they_are_made_of() -> None:
    frame = ex.size([500, 2000], product="nipponkoa_2006", band=False)
    of_court = frame[frame["regime"] == "court"]
    lines = charts.limit_by_records_chart(frame).lines
    assert [list(line.get_xdata()) for line in lines] == [[500, 2000]] * 4
    assert list(lines[3].get_ydata()) == of_court["need_costs"].tolist()
    first = charts.rows_of_sizes(frame)[0].need.costs
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.value < first.high  # type: ignore[operator]  # costs are never nothing
    with pytest.raises(ValueError, match="no column need_costs"):
        charts.limit_by_records_chart(frame.drop(columns="need_costs"))


# --- colours --------------------------------------------------------------------------------------


def test_white_on_a_plans_colour_and_a_views_colour_on_white_read_at_four_and_a_half_to_one() -> (
    None
):
    colours = look()["colour"]
    assert 1 <= len(colours["plans"]) <= 3
    text = [
        *colours["plans"], colours["first"], colours["ink"], colours["note"], colours["warn"],
        colours["second"], look()["segment"]["paid"]["colour"],
    ]  # fmt: skip
    for colour in [*text, *(view["colour"] for view in look()["view"].values())]:
        assert contrast(colour, "white") >= 4.5, colour
    for view in look()["view"].values():  # amounts stand on the shaded rows too
        assert contrast(view["colour"], colours["row"]) >= 4.5, view


def test_segments_and_views_differ_in_hatch_or_clearly_in_grey() -> None:
    for group in (look()["segment"], look()["view"]):
        kinds = [(drawn_as["hatch"], luminance(drawn_as["colour"])) for drawn_as in group.values()]
        for (one, a), (other, b) in itertools.combinations(kinds, 2):
            assert one != other or abs(a - b) > 1 / 8


def test_at_most_three_plans_have_a_colour_and_all_others_are_grey() -> None:
    for case in ({}, {"differs": True, "verdict": "short"}, {"verdict": "no_insurance"}):
        result = result_sample.build(**case)
        coloured = {plan for plan in plan_ids(result) if option_number(result, plan)}
        assert 1 <= len(coloured) <= 3
        assert coloured == set(shortlist(result))
        grey = {charts.plan_colour(result, plan) for plan in plan_ids(result)} - {
            charts.plan_colour(result, plan) for plan in coloured
        }
        assert grey == {look()["colour"]["grey"]}
        assert len({charts.plan_colour(result, plan) for plan in coloured}) == len(coloured)


def test_the_recommended_plan_is_the_first_option_and_among_the_candidates() -> None:
    named = RESULT.regimes["brochure"].recommendation.plan
    assert shortlist(RESULT)[0] == named
    assert candidates(RESULT)[0] == named
    assert len(candidates(RESULT)) <= 5
    products = {RESULT.regimes["court"].plan(name).product for name in candidates(RESULT)}
    assert products == {plan.product for plan in RESULT.regimes["court"].plans}


def test_plans_stand_by_product_and_then_by_amount() -> None:
    order = [(plan.product, plan.limit) for plan in ordered_plans(RESULT, "court")]
    for _, own in itertools.groupby(order, key=lambda pair: pair[0]):
        limits = [limit for _, limit in own]
        assert limits == sorted(limits)
    assert len(list(itertools.groupby(order, key=lambda pair: pair[0]))) == 3


# --- what is drawn --------------------------------------------------------------------------------


def test_curves_are_those_of_the_result_up_to_one_in_a_thousand() -> None:
    ax = drawn("annual")
    for line, view in zip(ax.lines, ("brochure", "court"), strict=False):
        curve = RESULT.regimes[view].ground_up.curves.aep
        shown = [i for i, p in enumerate(curve.probability) if p >= 0.001]
        assert line.get_ydata().tolist() == pytest.approx([curve.loss[i] for i in shown])
        assert line.get_xdata() == pytest.approx([1 / curve.probability[i] for i in shown])


def test_the_axis_of_losses_starts_near_the_first_loss_shown() -> None:
    large = result_sample.build(scale=300)
    low, high = charts.loss_exceedance_chart(large).get_ylim()
    curves = [view.ground_up.curves.aep for view in large.regimes.values()]
    first = min(x for c in curves for p, x in zip(c.probability, c.loss, strict=True) if p <= 0.1)
    assert low == pytest.approx(max(first / 2, 1e5))
    assert high >= max(
        x for c in curves for p, x in zip(c.probability, c.loss, strict=True) if p >= 0.001
    )


def test_bands_are_drawn_where_the_result_has_them() -> None:
    with_band = "".join(drawn("breach").figure.get_supxlabel().split())
    assert "太い帯" in with_band
    bare = charts.breach_cost_chart(result_sample.build(banded=False))
    assert "太い帯" not in bare.figure.get_supxlabel()
    assert len(bare.lines) == 6
    assert len(drawn("breach").lines) == 12
    # At the points marked of a year and of a breach: three of each view.
    for scope in ("annual", "event"):
        with_band, without = (
            charts.loss_exceedance_chart(result_sample.build(banded=banded), scope=scope)  # type: ignore[arg-type]
            for banded in (True, False)
        )
        assert "太い帯" in "".join(with_band.figure.get_supxlabel().split())
        assert "太い帯" not in "".join(without.figure.get_supxlabel().split())
        assert len(with_band.lines) > len(without.lines)


def test_beside_what_is_best_of_a_programme_stand_the_plans_of_most_worth() -> None:
    result = result_sample.build(verdict="programme", scale=30)
    first = next(iter(result.regimes.values()))
    listed = shortlist(result)
    rest = [first.plan(name) for name in candidates(result) if name not in listed]
    shown = {plan.product for plan in map(first.plan, listed)}
    for plan in rest:
        same = [one for one in first.plans if one.product == plan.product]
        if plan.product not in shown:
            assert plan.worth.value == max(one.worth.value or 0.0 for one in same)
            shown.add(plan.product)


def test_the_breach_chart_prints_two_digits_at_every_mark() -> None:
    printed = {text.get_text() for text in drawn("breach").texts}
    assert printed == {"240万円", "180万円", "3,600万円", "1,600万円", "3.2億円", "9,400万円"}


def test_who_pays_shares_add_up_to_the_whole_in_every_row() -> None:
    ax = drawn("who_pays")
    rows: dict[float, float] = {}
    for bar in ax.patches:
        rows[round(bar.get_y(), 6)] = rows.get(round(bar.get_y(), 6), 0.0) + bar.get_width()
    assert len(rows) == 2 * len(candidates(RESULT))
    assert list(rows.values()) == pytest.approx([1.0] * len(rows))
    plan = RESULT.regimes["brochure"].plan(candidates(RESULT)[0])
    assert ax.patches[0].get_width() == pytest.approx(plan.large_breach.paid)


def test_of_the_mean_year_every_bar_is_the_whole_loss_and_its_reasons_are_grouped() -> None:
    ax = charts.paid_retained_chart(RESULT, "court")
    plans = compared_plans(RESULT, "court")
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches][-len(plans) :]
    assert ends == pytest.approx([1.0] * len(plans))
    first = plans[0]
    whole = (first.paid.annual.mean.value or 0) + sum(first.unpaid_by_reason.values())
    cut = first.unpaid_by_reason["limit"] + first.unpaid_by_reason["sublimit"]
    assert ax.patches[len(plans)].get_width() == pytest.approx(cut / whole)


def test_retained_curves_share_their_scale_and_mark_the_crossings_of_the_own_funds() -> None:
    brochure, court = (charts.retained_curves_chart(RESULT, v) for v in ("brochure", "court"))
    assert brochure.get_ylim() == court.get_ylim()
    shown = {text.get_text() for text in brochure.texts}
    view = RESULT.regimes["brochure"]
    years = view.no_insurance.own_funds_return_period.value
    assert years == 200
    assert "保険なし  200年に1度" in shown
    assert "手元資金5,000万円を超える年" in shown
    marks = [line for line in brochure.lines if line.get_marker() == "o"]
    assert {float(line.get_ydata()[0]) for line in marks} == {RESULT.own_funds.amount}


def test_own_funds_stand_clear_of_the_floor_unless_a_bad_year_needs_the_room() -> None:
    from exposure.output.charts.plan_charts import _at

    for scale in (1.0, 0.02):
        one = result_sample.build(scale=scale)
        top = charts.retained_curves_chart(one, "court").get_ylim()[1]
        bad = max(_at(view.ground_up.curves.aep, 100) for view in one.regimes.values())
        assert top >= bad
        assert one.own_funds.amount / top >= 0.1 - 1e-9 or top <= bad * look()["draw"]["headroom"]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", ["breach", "event"])
def test_amounts_beside_the_first_marks_do_not_run_over_the_axis(name: str, lang: str) -> None:
    ax = CHARTS[name](RESULT, lang=lang)
    ax.figure.draw_without_rendering()
    left = ax.get_window_extent().x0
    bottom = ax.get_window_extent().y0
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert all(box.x0 >= left and box.y0 >= bottom - 1 for box in boxes)


@pytest.mark.parametrize("name", ["paid", "worth"])
def test_a_single_plan_has_a_row_as_high_as_one_of_several(name: str) -> None:
    first = {
        regime: dataclasses.replace(view, plans=view.plans[:1])
        for regime, view in RESULT.regimes.items()
    }
    few = CHARTS[name](dataclasses.replace(RESULT, regimes=first))
    row = few.get_position().height * few.figure.get_figheight()
    assert row == pytest.approx(look()["draw"]["plan_row"], rel=0.02)


def test_own_funds_that_are_an_example_say_so() -> None:
    example = result_sample.build(scale=0.5)
    shown = [text.get_text() for text in charts.retained_curves_chart(example, "court").texts]
    assert "手元資金2,500万円（例）を超える年" in "".join(shown)


def test_shares_by_limit_are_those_of_the_ladders_and_grey_is_what_no_limit_brings_back() -> None:
    ax = charts.share_by_limit_chart(RESULT, "court")
    ladders = RESULT.regimes["court"].ladders
    for line, ladder in zip(ax.lines, ladders, strict=True):
        assert line.get_xdata().tolist() == [step.limit for step in ladder.steps]
        assert line.get_ydata().tolist() == [step.share_paid.value for step in ladder.steps]
    # Grey begins above what limits cut as well: a larger limit brings that back.
    mean = RESULT.regimes["court"].ground_up.annual.mean.value or 0
    covered = max(
        (step.share_paid.value or 0) + (step.cut_by_limits.value or 0) / mean
        for one in ladders
        for step in one.steps
    )
    best = max(step.share_paid.value or 0 for one in ladders for step in one.steps)
    assert best < covered < 1
    assert ax.patches[0].get_y() == pytest.approx(covered)
    assert f"少なくとも{1 - covered:.0%}" in words(ax.figure)


def test_worth_is_drawn_for_every_view_with_the_premium_beside_it() -> None:
    ax = drawn("worth")
    xs = {float(line.get_xdata()[0]) for line in ax.lines}
    for view in RESULT.regimes:
        for plan in compared_plans(RESULT, view):
            assert plan.worth.value in xs
            assert plan.premium.amount in xs


def test_a_premium_that_rests_on_the_view_is_drawn_beside_the_worth_of_that_view() -> None:
    plan = RESULT.regimes["court"].plans[0]
    other = dataclasses.replace(plan, premium=dataclasses.replace(plan.premium, amount=777_000.0))
    view = RESULT.regimes["court"]
    view = dataclasses.replace(view, plans=[other, *view.plans[1:]])
    ax = charts.worth_chart(dataclasses.replace(RESULT, regimes={**RESULT.regimes, "court": view}))
    strokes = {float(line.get_xdata()[0]): line.get_ydata() for line in ax.lines}
    row = [one.id for one in compared_plans(RESULT, "court")].index(plan.id)
    assert all(y >= row for y in strokes[777_000.0])
    assert all(y <= row for y in strokes[plan.premium.amount])


def test_of_many_plans_an_annex_draws_those_that_matter_and_fits_a_page() -> None:
    views = {
        name: dataclasses.replace(
            view,
            plans=[
                *view.plans,
                *(
                    dataclasses.replace(view.plans[3], id=f"own/{i}", tried=i % 3 == 0)
                    for i in range(60)
                ),
            ],
        )
        for name, view in RESULT.regimes.items()
    }
    many = dataclasses.replace(RESULT, regimes=views)
    found = [plan.id for plan in compared_plans(many, "court")]
    assert len(found) == look()["draw"]["most_plans"]
    assert set(candidates(many)) <= set(found)
    assert not any(plan.tried for plan in compared_plans(many, "court")
                   if plan.id not in candidates(many))  # fmt: skip
    half = (210 - 2 * 14 - 5) / 2 / 25.4
    for chart in (charts.worth_chart, charts.paid_retained_chart):
        for lang in ("ja", "en"):
            figure = chart(many, lang=lang).figure
            printed = figure.get_figheight() * half / figure.get_figwidth()
            assert printed < (297 - 13 - 15 - 20) / 25.4


@pytest.mark.parametrize("scale", [0.003, 1.0, 30.0])
@pytest.mark.parametrize("scope", ["annual", "event"])
def test_no_amount_beside_a_curve_runs_over_a_line(scope: Any, scale: float) -> None:
    one = result_sample.build(scale=scale, banded=False)
    ax = charts.loss_exceedance_chart(one, scope=scope, lang="en")
    with charts.chart_style():
        ax.figure.draw_without_rendering()
        boxes = [text.get_window_extent().padded(-1) for text in ax.texts]
    assert boxes or scale < 1
    for line in ax.lines:
        path = line.get_path().transformed(line.get_transform())
        if len(path.vertices) > 1:
            assert not any(path.intersects_bbox(box, filled=False) for box in boxes)
    for a, b in itertools.combinations(boxes, 2):
        assert not a.overlaps(b)


def test_a_note_speaks_of_an_interval_where_it_can_be_seen() -> None:
    def noted(half: float) -> bool:
        views = {}
        for name, view in RESULT.regimes.items():
            ladders = [
                dataclasses.replace(
                    one,
                    steps=[
                        dataclasses.replace(
                            step,
                            adequacy=dataclasses.replace(
                                step.adequacy, value=0.6, low=0.6 - half, high=0.6 + half
                            ),
                        )
                        for step in one.steps
                    ],
                )
                for one in view.ladders
            ]
            views[name] = dataclasses.replace(view, ladders=ladders)
        drawn_ = charts.limit_adequacy_chart(dataclasses.replace(RESULT, regimes=views), "court")
        return "90%区間" in drawn_.figure.get_supxlabel().replace("\n", "")

    assert not noted(0.001)
    assert noted(0.1)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_amounts_at_the_ends_of_bars_do_not_run_over_the_names(lang: Any, scale: float) -> None:
    view = RESULT.regimes["court"]
    found = view.sensitivity
    assert found is not None

    def scaled(end: Any) -> Any:
        return dataclasses.replace(end, cost=end.cost * scale)

    bars = [
        dataclasses.replace(
            bar, low=scaled(bar.low), high=scaled(bar.high),
            label=dataclasses.replace(
                bar.label, ja="★漏えい範囲が分からず全員に通知する確率（外部攻撃）",
                en="probability that everyone is notified, external attack",
            ),
        )
        for bar in found.parameters
    ]  # fmt: skip
    long = dataclasses.replace(found, parameters=bars, centre=scaled(found.centre))
    views = {**RESULT.regimes, "court": dataclasses.replace(view, sensitivity=long)}
    ax = charts.tornado_chart(dataclasses.replace(RESULT, regimes=views), "court", lang=lang)
    with charts.chart_style():
        ax.figure.draw_without_rendering()
        panel = ax.get_window_extent()
        boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == 2 * len(bars)
    assert all(panel.x0 <= box.x0 and box.x1 <= ax.figure.bbox.x1 for box in boxes)


def test_the_losses_of_a_small_office_have_an_axis_they_fill() -> None:
    low, high = charts.loss_exceedance_chart(result_sample.build(scale=0.003)).get_ylim()
    assert 10_000 <= low < 100_000 < high


def test_stability_counts_add_up_to_all_trials() -> None:
    ax = drawn("stability")
    trials = RESULT.regimes["court"].recommendation.trials
    assert trials is not None
    assert [bar.get_width() for bar in ax.patches[3:6]] == [
        trials.same, trials.one_step, trials.other
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no trials"):
        charts.stability_chart(result_sample.build(banded=False))


def test_what_changes_the_answer_stands_on_top_and_both_ends_are_printed() -> None:
    ax = drawn("tornado")
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names[0].startswith("★")
    assert not any(name.startswith("★") for name in names[1:])
    printed = [text.get_text() for text in ax.texts]
    assert {"66万円", "150万円", "210万円"} <= set(printed)


def test_needed_limits_by_records_are_drawn_by_section_and_view() -> None:
    ax = drawn("records")
    rows = [row for row in RESULT.size or [] if row.regime == "court"]
    assert len(ax.lines) == 4
    assert ax.lines[1].get_ydata().tolist() == [row.need.liability.value for row in rows]
    assert ax.lines[3].get_ydata().tolist() == [row.need.costs.value for row in rows]
    with pytest.raises(ValueError, match="no rows"):
        charts.limit_by_records_chart([])


def test_the_smaller_heads_and_causes_stand_together_last() -> None:
    for name, by in (("head", "その他4費目"), ("cause", "その他5原因")):
        rows = [text.get_text() for text in drawn(name).get_yticklabels()]
        assert len(rows) == 7
        assert rows[-1] == by


def test_decades_of_yen_are_labelled() -> None:
    ax = drawn("event")
    ax.figure.draw_without_rendering()
    shown = {text.get_text() for text in ax.get_yticklabels()}
    assert {"100万円", "1,000万円", "1億円"} <= shown


def test_a_percentage_is_printed_with_the_decimals_of_its_step() -> None:
    from exposure.output.charts.frame import open_frame, percent_axis

    with open_frame(None, "ja") as frame:
        percent_axis(frame, "y")
        frame.ax.set_ylim(0.9, 0.92)
    shown = [text.get_text() for text in frame.ax.get_yticklabels()]
    assert shown == ["90%", "90.5%", "91%", "91.5%", "92%"]


def test_a_curve_of_no_loss_is_left_out_of_a_log_axis() -> None:
    zero = Curve([0.1, 0.01], [0, 0], [0, 0], [0, 0])
    assert charts.to_png(charts.loss_exceedance_chart(zero))


def test_a_result_without_plans_draws_what_it_has() -> None:
    result = result_sample.build()
    bare = {
        name: dataclasses.replace(view, plans=[], ladders=[])
        for name, view in result.regimes.items()
    }
    empty = dataclasses.replace(result, regimes=bare)
    for draw in (charts.who_pays_chart, charts.worth_chart, charts.premium_vs_retained_chart):
        assert charts.to_png(draw(empty))
    for draw in (charts.retained_curves_chart, charts.share_by_limit_chart):
        assert charts.to_png(draw(empty, "court"))


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_names_of_many_sizes_do_not_touch(lang: str) -> None:
    from exposure.result.record import Figure, Persons, SizeBand

    ends = [0, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
    eighth = Figure(0.125, 0.1, 0.15)
    bands = [SizeBand(a, b, eighth) for a, b in itertools.pairwise(ends)]
    view = RESULT.regimes["court"]
    ground = dataclasses.replace(view.ground_up, size=Persons(10, eighth, {}, eighth, bands))
    changed = dataclasses.replace(
        RESULT, regimes={"court": dataclasses.replace(view, ground_up=ground)}
    )
    ax = charts.breach_size_chart(changed, "court", lang=lang)
    boxes = [text.get_window_extent() for text in ax.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


# --- words and fonts ------------------------------------------------------------------------------


def test_money_signs_in_a_name_are_no_formula() -> None:
    view = RESULT.regimes["court"]
    plans = [dataclasses.replace(plan, label="A $1$ B") for plan in view.plans]
    changed = dataclasses.replace(RESULT, regimes={"court": dataclasses.replace(view, plans=plans)})
    svg = charts.to_svg(charts.who_pays_chart(changed, "court"), "one", outlines=False)
    assert "A $1$ B</text>" in svg


def test_words_are_as_wide_as_their_characters() -> None:
    from matplotlib.font_manager import FontProperties

    from exposure.output.charts.layout import ruler

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

    charts.to_svg(CHARTS["head"](RESULT), "one", outlines=False)
    monkeypatch.setattr(text_to_path, "get_text_width_height_descent", counted)
    charts.to_svg(CHARTS["head"](RESULT), "one", outlines=False)
    assert measured == []


def test_a_png_is_an_image() -> None:
    image = imread(io.BytesIO(charts.to_png(charts.cost_by_head_chart(RESULT, "court"))))
    assert image.shape[2] == 4


def test_svg_has_no_date_style_script_or_unprefixed_id() -> None:
    svg = charts.to_svg(drawn("paid"), "one", "<表題>")
    assert not re.search(r"<metadata|<style|style=|<script|<text|dc:date", svg)
    assert all(name.startswith("one-") for name in re.findall(r'\bid="([^"]*)"', svg))
    assert all(name.startswith("one-") for name in re.findall(r'(?:href="|url\()#([^")]*)', svg))
    assert "<title>&lt;表題&gt;</title>" in svg


@pytest.mark.parametrize("name", CHARTS)
def test_a_picture_is_small(name: str) -> None:
    assert len(charts.to_svg(drawn(name), name, outlines=False)) < 40_000


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
    wanted = "髙﨑㈱𠮷葛￥〜～①⑳㈱㈲№℡ⅠⅩあアｱＡA０0々〆ヶー−－彅曻龢栁濵德邊邉齋齊"
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


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("個人情報漏えい対応保険（Ｆ型）", 22, ["個人情報漏えい対応保険", "（Ｆ型）"]),
        (
            "AIU 2015 5億円＋実行費用倍額＋サイバー",
            24,
            ["AIU 2015 5億円＋", "実行費用倍額＋サイバー"],
        ),
        ("Nipponkoa pattern F", 12, ["Nipponkoa", "pattern F"]),
        ("あ" * 10, 8, ["ああああ", "ああああ", "ああ"]),
        ("短い", 20, ["短い"]),
        ("", 20, [""]),
    ],
)
def test_names_break_between_words_and_fit(text: str, columns: int, lines: list[str]) -> None:
    assert wrap(text, columns).split("\n") == lines


def test_a_plan_has_one_colour_in_every_chart() -> None:
    plan = shortlist(RESULT)[0]
    colour = charts.plan_colour(RESULT, plan).lower()
    curves = {
        to_hex(line.get_color()) for line in charts.retained_curves_chart(RESULT, "court").lines
    }
    names = {to_hex(text.get_color()) for text in drawn("who_pays").get_yticklabels()}
    assert colour in curves
    assert colour in names


def test_a_record_passes_through_unchanged() -> None:
    assert result_of(RESULT) is RESULT
