"""Charts that help pick a plan: who pays, what stays, which limit, what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.frame import (
    STROKES,
    Frame,
    add_tip,
    band_bar,
    columns_in,
    is_seen,
    name_rows,
    open_frame,
    own_funds_line,
    percent_axis,
    plan_key,
    plan_name,
    plan_stroke,
    row_bars,
    sides,
    view_mark,
    wrap,
    yen_axis,
)
from exposure.output.charts.layout import arrange, basis, fit_axes
from exposure.output.charts.loss_charts import as_far_as, view_key
from exposure.output.charts.style import (
    candidates,
    compared_plans,
    drawable,
    is_frame,
    ladder_name,
    look,
    name_of,
    named_views,
    option_number,
    ordered_plans,
    plan_colour,
    result_of,
    shortlist,
    view_colour,
    view_of,
)
from exposure.output.printed import about, columns_of, print_percent, print_years, print_yen
from exposure.result.lines import basis_name
from exposure.result.record import (
    Composition,
    Curve,
    Figure,
    Ladder,
    LadderStep,
    PlanResult,
    Premium,
    Result,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


_LARGE = "0.99"  # the breach of which one in a hundred is larger

# Which reasons of the record stand together where a reader counts to four.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "limits": ("sublimit", "limit"),
    "excluded": ("not_covered", "excluded", "window"),
    "own_share": ("deductible", "share", "per_unit"),
}


# --- who pays ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bar:
    """One bar of who pays: its name, its parts as shares of the loss, and the loss."""

    name: str
    parts: Mapping[str, float]
    gross: float


def who_pays_chart(
    result: object,
    regime: str | None = None,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    bare: bool = False,
) -> Axes:
    """Draw who pays in a breach as large as one in a hundred, plan by plan (だれが払うか).

    Parameters
    ----------
    regime : str, optional
        All views under each plan if left out.

    Returns
    -------
    Axes
        Bars of 100 %: paid, cut by limits, outside the wording, own share.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> tuple(map(float, who_pays_chart(ex.run(study, loss_years=200), "court").get_xlim()))
    (0.0, 1.0)
    """
    found = result_of(result)
    views = named_views(found, regime)
    draw = look()["draw"]
    plans = _known(found, candidates(found), views)
    names = [plan_name(found, plan, draw["wrap_plan"], lang) for plan in plans]
    height = max(
        len(plans) * draw["plan_row"] * (1 if len(views) == 1 else 1.15), _rows_height(names)
    )
    with open_frame(ax, lang, height, bare=bare) as frame:
        rows, bars_ = [], []
        for i, plan in enumerate(plans):
            for view, aside in zip(views, sides(len(views), draw["pair"] / 2), strict=True):
                own = next((p for p in found.regimes[view].plans if p.id == plan.id), None)
                if own is not None:
                    rows.append((i + aside, view))
                    bars_.append(_Bar(plan.id, _parts(own.large_breach), own.large_breach.gross))
        thick = draw["bar"] if len(views) == 1 else draw["pair"]
        handles = _stack_bars(frame, [y for y, _ in rows], bars_, thick)
        if len(views) > 1:
            for y, view in rows:
                _view_beside(frame, y, view)
        name_rows(frame, names)
        if len(views) > 1:
            frame.ax.tick_params(axis="y", pad=_view_width(frame, views))
        _colour_names(frame, found, plans)
        _whole(frame)
        notes = [*basis(frame, found, views), _sizes(frame, found, views)]
        return arrange(frame, "who_pays.title", notes, handles, len(handles))


def _known(result: Result, names: Sequence[str], views: Sequence[str]) -> list[PlanResult]:
    """Return the plans of these names, each as the first view that has it holds it."""
    found = {p.id: p for view in reversed(views) for p in result.regimes[view].plans}
    return [found[name] for name in names if name in found]


def _parts(whole: Composition) -> dict[str, float]:
    return {
        "paid": whole.paid,
        "limits": whole.limits,
        "excluded": whole.excluded,
        "own_share": whole.own_share,
    }


def _view_beside(frame: Frame, y: float, view: str) -> None:
    """Write the name of a view at the left end of its bar."""
    frame.ax.text(
        0, y, label("regime", f"{view}.short", frame.lang), ha="right", va="center_baseline",
        fontsize=look()["draw"]["number"], color=view_colour(view), fontweight="bold",
        transform=frame.shifted(-2, 0, frame.ax.transData), in_layout=False,
    )  # fmt: skip


def _view_width(frame: Frame, views: Sequence[str]) -> float:
    """Return how much room the names of the views take, in points."""
    draw = look()["draw"]
    names = [label("regime", f"{view}.short", frame.lang) for view in views]
    return float(max(map(columns_of, names)) * draw["number"] / 2 + draw["pad"] * 2)


def _colour_names(frame: Frame, result: Result, plans: Sequence[PlanResult]) -> None:
    """Let the names of short-listed plans stand out in their colour."""
    for text, plan in zip(frame.ax.get_yticklabels(), plans, strict=True):
        if option_number(result, plan.id):
            text.set_color(plan_colour(result, plan.id))
            text.set_fontweight("bold")


def _sizes(frame: Frame, result: Result, views: Sequence[str]) -> str:
    """Say how large the breaches are that the chart is about."""
    return frame.text("who_pays.size", sizes=sizes_of(result, views, frame.lang))


def sizes_of(result: Result, views: Sequence[str], lang: Lang) -> str:
    """Return the size of the largest breach in a hundred, view by view."""
    between = "、" if lang == "ja" else ", "
    parts = []
    for view in views:
        one = result.regimes[view].ground_up.event.quantiles.get(_LARGE)
        if one is not None and one.value is not None:
            parts.append(f"{label('regime', view, lang)} {about(one.value, lang)}")
    return between.join(parts)


def _stack_bars(
    frame: Frame, rows: Sequence[float], bars_: Sequence[_Bar], thick: float
) -> list[Artist]:
    """Draw bars of shares side by side, a figure in each that is wide enough; return the key."""
    draw, colour = look()["draw"], look()["colour"]
    lefts: list[float] = [0.0] * len(rows)
    handles: list[Artist] = []
    for name, drawn_as in look()["segment"].items():
        widths = [max(bar.parts[name], 0.0) for bar in bars_]
        if not any(widths):
            continue
        words = frame.text(f"part.{name}")
        drawn = row_bars(
            frame, rows, widths, lefts=lefts, thick=thick, facecolor=drawn_as["colour"],
            hatch=drawn_as["hatch"], edgecolor=colour["light"], linewidth=draw["thin"], label=words,
        )  # fmt: skip
        handles += drawn[:1]
        for patch, y, left, width, bar in zip(drawn, rows, lefts, widths, bars_, strict=True):
            share, amount = print_percent(width), about(width * bar.gross, frame.lang)
            add_tip(patch, f"{words} {frame.text('amount_share', amount=amount, p=share)}")
            if width * frame.room >= draw["least_share"] * 2:
                _figure_in(frame, left + width / 2, y, share, dark=name == "paid")
        lefts = [a + b for a, b in zip(lefts, widths, strict=True)]
    return handles


def _figure_in(frame: Frame, x: float, y: float, words: str, *, dark: bool) -> None:
    """Write a figure into a segment, on a ground that keeps it legible."""
    colour, draw = look()["colour"], look()["draw"]
    box = None if dark else {"facecolor": colour["light"], "edgecolor": "none", "pad": 0.6}
    frame.ax.text(
        x, y, words, ha="center", va="center_baseline", fontsize=draw["number"],
        color=colour["light"] if dark else colour["ink"], bbox=box, in_layout=False,
        fontweight="bold" if dark else "normal",
    )  # fmt: skip


def _whole(frame: Frame) -> None:
    """Set up an axis from nothing to everything."""
    frame.ax.set_xlim(0, 1)
    percent_axis(frame, "x")
    frame.ax.set_xticks([0, 1 / 2, 1])


def paid_retained_chart(
    result: object, regime: str | None = None, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw what each plan pays of the mean annual loss, what not, and why (未払の理由).

    Parameters
    ----------
    result : Result, mapping or DataFrame
        A finished study, the content of ``result.json``, or what ``exposure.compare`` returned.
    regime : str, optional
        The first view if left out.

    Returns
    -------
    Axes
        A bar of 100 % for each plan of the study, by product and then by amount.

    Examples
    --------
    >>> import pandas as pd
    >>> means = {"paid_annual_mean": [7e5], "retained_annual_mean": [3e5]}
    >>> frame = pd.DataFrame({"label": ["A"], **means})
    >>> [round(bar.get_width(), 2) for bar in paid_retained_chart(frame).patches]
    [0.7, 0.3]
    """
    draw = look()["draw"]
    if is_frame(result):
        return _compare(result, ax, lang)
    found = result_of(result)
    view = named_views(found, regime)[0]
    plans = compared_plans(found, view)
    names = _all_names(found, plans, lang)
    mean = found.regimes[view].ground_up.annual.mean.value or 0.0
    with open_frame(ax, lang, _rows_height(names)) as frame:
        bars_ = [_Bar(plan.id, _mean_parts(plan), mean) for plan in plans]
        handles = _stack_bars(frame, range(len(plans)), bars_, draw["bar"])
        name_rows(frame, names)
        _colour_names(frame, found, plans)
        _whole(frame)
        frame.ax.set_xlabel(frame.text("axis.share_of_loss", amount=about(mean, lang)))
        notes = basis(frame, found, [view])
        return arrange(frame, "paid.title", notes, handles, len(handles))


def _rows_height(names: Sequence[str]) -> float:
    """Return how high rows of these names are: many stand closer, long names need lines. [inch]."""
    draw = look()["draw"]
    base = draw["plan_row"] if len(names) <= draw["many_plans"] else draw["close_row"]
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return float(len(names) * max(base, lines * draw["name_line"]))


def _all_names(result: Result, plans: Sequence[PlanResult], lang: Lang) -> list[str]:
    return [plan_name(result, plan, look()["draw"]["wrap_long"], lang) for plan in plans]


def _mean_parts(plan: PlanResult) -> dict[str, float]:
    """Return what becomes of the mean loss, by the four parts a reader can count."""
    parts = {
        name: sum(plan.unpaid_by_reason.get(reason, 0.0) for reason in reasons)
        for name, reasons in GROUPS.items()
    }
    paid = plan.paid.annual.mean.value or 0.0
    whole = paid + sum(parts.values()) or 1.0
    return {"paid": paid / whole, **{name: amount / whole for name, amount in parts.items()}}


def _compare(frame_of: object, ax: Axes | None, lang: Lang) -> Axes:
    """Draw paid and retained of a frame of plans, one bar each, in the order of the frame."""
    wanted = ("label", "paid_annual_mean", "retained_annual_mean")
    table = columns_in(frame_of, *wanted)
    draw = look()["draw"]
    with open_frame(ax, lang, len(table) * draw["plan_row"]) as frame:
        bars_ = []
        for name, paid, kept in zip(*(table[column] for column in wanted), strict=True):
            whole = float(paid + kept) or 1.0
            parts = {"paid": float(paid) / whole, "own_share": float(kept) / whole}
            bars_.append(_Bar(str(name), {"limits": 0.0, "excluded": 0.0, **parts}, whole))
        handles = _stack_bars(frame, range(len(bars_)), bars_, draw["bar"])
        name_rows(frame, [wrap(drawable(bar.name), draw["wrap_long"]) for bar in bars_])
        _whole(frame)
        return arrange(frame, "paid.title", [frame.text("compared")], handles)


# --- what stays --------------------------------------------------------------------------------


def retained_curves_chart(
    result: object,
    regime: str,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    bare: bool = False,
    key: bool = True,
) -> Axes:
    """Draw what stays with the client in bad years, against its own funds (手元に残る損害).

    Returns
    -------
    Axes
        Dotted without insurance, in colour the short-listed plans; the same scale in every view.
        A mark stands where a line crosses the own funds, with how rarely that happens.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> retained_curves_chart(ex.run(study, loss_years=500), "court").get_xscale()
    'log'
    """
    found = result_of(result)
    view = view_of(found, regime)
    ticks, draw, colour = look()["ticks"], look()["draw"], look()["colour"]
    furthest = ticks["furthest"]["retained"]
    plans = [p for p in _known(found, shortlist(found), [regime]) if p.retained.curve is not None]
    with open_frame(ax, lang, bare=bare) as frame:
        gross = as_far_as(view.ground_up.curves.aep, furthest)
        frame.ax.plot(*_points(gross), color=colour["total"], linestyle=":")
        for plan in reversed(plans):
            curve = as_far_as(plan.retained.curve or gross, furthest)
            frame.ax.plot(
                *_points(curve), color=plan_colour(found, plan.id),
                linestyle=plan_stroke(found, plan),
            )  # fmt: skip
        top = _top(found, furthest)
        nearest = min(ticks["own_funds"])
        shown = [n for n in ticks["own_funds"] if n <= furthest]
        if frame.room < draw["narrow"]:
            shown = shown[::-2][::-1]
        frame.ax.set_xscale("log")
        frame.ax.set_xlim(nearest, furthest)
        frame.ax.set_xticks(shown, [f"{n:,}" for n in shown])
        frame.ax.set_xticks([], minor=True)
        yen_axis(frame, "y")
        frame.ax.set_ylim(0, top)
        frame.ax.set_xlabel(frame.text("axis.once_in"))
        if not bare:
            frame.ax.set_ylabel(frame.text("axis.retained"))
        notes = own_funds_line(frame, found)
        _crossings(frame, found, regime, plans)
        keys = [_line_key(frame), *plan_key(frame, found, plans)] if key else []
        arrange(frame, "retained.title", basis(frame, found, [regime], *notes), keys)
        return fit_axes(frame)


def _points(curve: Curve) -> tuple[list[float], list[float]]:
    return [1 / p for p in curve.probability], list(curve.loss)


def _top(result: Result, furthest: float) -> float:
    """Return how high the panels go: the same in every view, so that they can be compared.

    High enough for the own funds and for what the short-listed plans leave in rare years; without
    insurance the line may leave the panel. Not so high that the own funds, which the panel is
    about, lie on its floor, but never below what one year in a hundred costs without insurance.
    """
    draw = look()["draw"]
    shown = shortlist(result)
    curves = [
        plan.retained.curve
        for view in result.regimes.values()
        for plan in view.plans
        if plan.id in shown and plan.retained.curve is not None
    ]
    gross = [view.ground_up.curves.aep for view in result.regimes.values()]
    rare = max((_at(curve, furthest / 2) for curve in curves or gross), default=0.0)
    least = result.own_funds.amount * draw["headroom"] ** 2
    bad = max(_at(curve, look()["ticks"]["bad_year"]) for curve in gross) * draw["headroom"]
    legible = max(result.own_funds.amount / draw["least_funds"], bad)
    top = max(min(max(rare, least * 2), max(_at(c, furthest) for c in gross)), least)
    return min(top, legible) or 1.0


def _at(curve: Curve, years: float) -> float:
    """Return the loss of a curve at its last point no rarer than so many years."""
    points = zip(curve.probability, curve.loss, strict=True)
    return max((loss for p, loss in points if 1 / p <= years), default=0.0)


def _line_key(frame: Frame) -> Artist:
    from matplotlib.lines import Line2D

    words = frame.text("no_insurance")
    return Line2D([], [], color=look()["colour"]["total"], linestyle=":", label=words)


def _crossings(frame: Frame, result: Result, regime: str, plans: Sequence[PlanResult]) -> None:
    """Mark where each line crosses the own funds, and write how rarely a year is worse."""
    view, draw = view_of(result, regime), look()["draw"]
    amount = result.own_funds.amount
    low, high = frame.ax.get_xlim()
    marks = [(view.no_insurance.own_funds_return_period, look()["colour"]["total"],
              frame.text("no_insurance"))]  # fmt: skip
    marks += [
        (p.own_funds_return_period, plan_colour(result, p.id),
         frame.text("option", n=option_number(result, p.id)))
        for p in plans
    ]  # fmt: skip
    inside = [
        (one.value, hue, name) for one, hue, name in marks
        if one.value is not None and low < one.value <= high
    ]  # fmt: skip
    if not 0 < amount < frame.ax.get_ylim()[1]:
        return
    for years, hue, name in inside:
        (mark,) = frame.ax.plot(
            [years], [amount], marker="o", markersize=draw["marker"], color=hue, clip_on=False,
            zorder=draw["front"],
        )  # fmt: skip
        add_tip(mark, f"{name} {print_years(years, frame.lang)}")
    # Where they cross is said in the corner that curves leave free, not beside marks that may
    # touch each other.
    name = "crossings" if result.own_funds.stated else "crossings_example"
    over = wrap(frame.text(name, amount=frame.yen(amount)), draw["corner_wrap"]).split("\n")
    lines = [(words, look()["colour"]["warn"]) for words in over]
    lines += [(f"{name}  {print_years(one.value, frame.lang)}", hue) for one, hue, name in marks]
    for i, (words, hue) in enumerate(lines):
        frame.ax.text(
            0, 1, words, ha="left", va="top", fontsize=draw["small"], color=hue, in_layout=False,
            fontweight="bold", transform=frame.shifted(
                draw["offset"], -i * draw["gap"] - 2, frame.ax.transAxes
            ),
            bbox={"facecolor": look()["colour"]["light"], "edgecolor": "none", "pad": 0.4},
        )  # fmt: skip


# --- which limit -------------------------------------------------------------------------------


def share_by_limit_chart(
    result: object,
    regime: str,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    bare: bool = False,
    key: bool = True,
) -> Axes:
    """Draw which share of the loss comes back, against the limit bought (限度額と支払割合).

    Returns
    -------
    Axes
        A line for each product; grey is what no limit brings back, even if none cut anything.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> ax = share_by_limit_chart(ex.run(study, loss_years=200), "court")
    >>> tuple(map(float, ax.get_ylim()))
    (0.0, 1.0)
    """
    found = result_of(result)
    ladders = view_of(found, regime).ladders
    colour, draw = look()["colour"], look()["draw"]
    with open_frame(ax, lang, bare=bare) as frame:
        best = _most_any_limit_pays(found, regime)
        frame.ax.axhspan(best, 1, color=colour["beyond"], zorder=0, linewidth=0)
        handles = _rungs(frame, found, ladders, lambda step: step.share_paid)
        frame.ax.set_ylim(0, 1)
        percent_axis(frame, "y")
        frame.ax.text(
            0, 1, frame.text("beyond", p=print_percent(1 - best)), ha="left", va="top",
            fontsize=draw["small"], color=colour["note"], in_layout=False,
            transform=frame.shifted(2 * 2, -2, frame.ax.transAxes),
        )  # fmt: skip
        if not bare:
            frame.ax.set_ylabel(frame.text("axis.share_paid"))
        keys = handles if key else []
        return arrange(frame, "by_limit.title", basis(frame, found, [regime]), keys)


def _most_any_limit_pays(result: Result, regime: str) -> float:
    """Return the share of the loss that is paid where no limit cuts, at the most of all products.

    What is paid and what limits cut add up to what the wording covers, whatever the limit.
    """
    view = view_of(result, regime)
    whole = view.ground_up.annual.mean.value or 0.0
    covered = [
        (step.share_paid.value or 0.0) + (step.cut_by_limits.value or 0.0) / whole
        for one in view.ladders
        for step in one.steps
        if whole
    ]
    return min(max(covered, default=0.0), 1.0)


def limit_adequacy_chart(
    result: object, regime: str, *, ax: Axes | None = None, lang: Lang = "ja", key: bool = True
) -> Axes:
    """Draw how often no limit cuts a payment, against the limit (限度額に削られない割合).

    A diagnostic: it counts covered breaches only, and not yen.

    Returns
    -------
    Axes
        A line for each product, with its 90 % interval, told where it can be seen; the axis starts
        at zero in every view.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> ax = limit_adequacy_chart(ex.run(study, loss_years=200), "court")
    >>> tuple(map(float, ax.get_ylim()))
    (0.0, 1.0)
    """
    found = result_of(result)
    ladders = view_of(found, regime).ladders
    with open_frame(ax, lang) as frame:
        frame.ax.set_ylim(0, 1)
        seen = False
        for one in ladders:
            limits = [step.limit for step in one.steps]
            lows = [step.adequacy.low or 0.0 for step in one.steps]
            highs = [step.adequacy.high or 1.0 for step in one.steps]
            frame.ax.fill_between(
                limits, lows, highs, linewidth=0, color=_product_colour(found, one),
                alpha=look()["draw"]["band_alpha"],
            )  # fmt: skip
            seen = is_seen(frame, lows, highs) or seen
        handles = _rungs(frame, found, ladders, lambda step: step.adequacy)
        percent_axis(frame, "y")
        frame.ax.set_ylabel(frame.text("axis.adequacy"))
        keys = handles if key else []
        notes = basis(frame, found, [regime], *(["interval"] if seen else []))
        return arrange(frame, "adequacy.title", notes, keys)


def _product_colour(result: Result, ladder: Ladder) -> str:
    """Return the colour of the short-listed plan of a product; grey if it has none."""
    for name in shortlist(result):
        for view in result.regimes.values():
            for plan in view.plans:
                if plan.id == name and plan.product == ladder.product:
                    return plan_colour(result, name)
    return str(look()["colour"]["grey"])


def _rungs(
    frame: Frame, result: Result, ladders: Sequence[Ladder], height: Callable[[LadderStep], Figure]
) -> list[Artist]:
    """Draw a line for each product along its limits, and return the key.

    Of one product several lines differ in stroke.
    """
    handles: list[Artist] = []
    draw = look()["draw"]
    seen: dict[str, int] = {}
    limits = sorted({step.limit for one in ladders for step in one.steps})
    for one in ladders:
        stroke = STROKES[seen.setdefault(one.product, 0) % len(STROKES)]
        seen[one.product] += 1
        (line,) = frame.ax.plot(
            [step.limit for step in one.steps], [height(step).value or 0.0 for step in one.steps],
            color=_product_colour(result, one), linestyle=stroke, marker="o",
            markersize=draw["marker"] - 1,
        )  # fmt: skip
        add_tip(line, ladder_name(one, frame.lang))
        line.set_label(wrap(ladder_name(one, frame.lang), draw["key_wrap"]))
        handles.append(line)
    yen_axis(frame, "x", log=True)
    if limits:
        shown = _apart(limits, look()["ticks"]["apart_limits"] / frame.room)
        words = [frame.yen(n) for n in shown]
        frame.ax.set_xticks(shown, words)
        frame.ax.set_xlim(limits[0] / draw["headroom"], limits[-1] * draw["headroom"])
    frame.ax.set_xlabel(frame.text("axis.limit"))
    return handles


def _apart(values: Sequence[float], factor: float) -> list[float]:
    """Return the values that stand far enough from the one before to be named."""
    found: list[float] = []
    for value in values:
        if not found or value >= found[-1] * factor:
            found.append(value)
    return found


# --- what it is worth --------------------------------------------------------------------------


def worth_chart(
    result: object, *, ax: Axes | None = None, lang: Lang = "ja", bare: bool = False
) -> Axes:
    """Draw the most one should pay for each plan, beside its premium (保険料の上限).

    Returns
    -------
    Axes
        A mark for the worth in each view with the band of the assumptions; an upright stroke for
        the premium used.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> len(worth_chart(ex.run(study, loss_years=200)).get_yticklabels()) >= 1
    True
    """
    found = result_of(result)
    views, draw = named_views(found, None), look()["draw"]
    plans = compared_plans(found, views[0])
    names = _all_names(found, plans, lang)
    with open_frame(ax, lang, _rows_height(names), bare=bare) as frame:
        reach: list[float] = []
        strokes: list[Artist] = []
        for view, aside in zip(views, sides(len(views), draw["pair"] / 2), strict=True):
            own = {p.id: p for p in found.regimes[view].plans}
            listed = [(i + aside, own[p.id]) for i, p in enumerate(plans) if p.id in own]
            for y, plan in listed:
                reach += _worth(frame, plan, y, view)
            premiums = [plan.premium for _, plan in listed]
            strokes += _premiums(frame, [y for y, _ in listed], premiums, len(views))
            reach += [one.amount for one in premiums if one.amount is not None]
        handles = [*view_key(frame, views), *strokes[:1]]
        name_rows(frame, names)
        _colour_names(frame, found, plans)
        yen_axis(frame, "x")
        frame.ax.set_xlim(0, max(reach, default=1.0) * (1 + draw["room"]) or 1)
        frame.ax.set_xlabel(frame.text("axis.per_year"))
        banded = any(p.worth.band is not None for p in plans)
        notes = basis(frame, found, views, *(["band"] if banded else []))
        return arrange(frame, "worth.title", notes, handles, len(handles) or 1)


def _worth(frame: Frame, plan: PlanResult, y: float, view: str) -> list[float]:
    """Draw what a plan is worth in one view, and return what it reaches to."""
    worth = plan.worth
    if worth.value is None:
        return []
    reach = [worth.value]
    low, high = worth.band or (None, None)
    if low is not None and high is not None:
        reach += [low, high]
        band_bar(frame, (low, high), (y, y), view)
    mark = view_mark(frame, worth.value, y, view, look()["draw"]["marker"])
    words = frame.text("worth_of", amount=print_yen(worth, frame.lang))
    add_tip(mark, f"{label('regime', view, frame.lang)} {words}")
    return reach


def _premiums(
    frame: Frame, rows: Sequence[float], premiums: Sequence[Premium], reach: int
) -> list[Artist]:
    """Draw the premium used of a plan in each row, and return what explains it.

    Strokes of the same premium in ``reach`` views of a plan meet and are one.
    """
    draw, ink = look()["draw"], look()["colour"]["ink"]
    handles: list[Artist] = []
    for y, premium in zip(rows, premiums, strict=True):
        amount = premium.amount
        if amount is None:
            continue
        (stroke,) = frame.ax.plot(
            [amount] * 2, [y - draw["pair"] / reach, y + draw["pair"] / reach], color=ink,
            linewidth=draw["thin"] * 2, label=frame.text("premium_used"),
        )  # fmt: skip
        basis_ = basis_name(premium.basis, frame.lang)
        handles = [stroke]
        add_tip(stroke, f"{frame.text('premium_used')} {about(amount, frame.lang)} ({basis_})")
    return handles


def premium_vs_retained_chart(
    result: object,
    regime: str | None = None,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    key: bool = True,
) -> Axes:
    """Draw the premium of each plan against the mean annual loss it leaves (保険料と残る損害).

    Parameters
    ----------
    result : Result, mapping or DataFrame
        A finished study, the content of ``result.json``, or what ``exposure.compare`` returned.
    regime : str, optional
        The first view if left out.

    Returns
    -------
    Axes
        Full marks are premiums quoted or published, open ones estimates; short-listed plans have
        their colour. Without any premium the chart says so.

    Examples
    --------
    >>> import pandas as pd
    >>> known = {"premium": [3e5], "retained_annual_mean": [9e5]}
    >>> frame = pd.DataFrame({"label": ["A"], **known})
    >>> len(premium_vs_retained_chart(frame).lines)
    1
    """
    if is_frame(result):
        return _premiums_of(result, ax, lang)
    found = result_of(result)
    view = named_views(found, regime)[0]
    plans = [p for p in ordered_plans(found, view) if p.premium.amount is not None]
    draw = look()["draw"]
    with open_frame(ax, lang) as frame:
        points = []
        for plan in plans:
            mean = plan.retained.annual.mean.value or 0.0
            amount = plan.premium.amount or 0.0
            firm = plan.premium.basis in ("quoted", "published")
            hue = plan_colour(found, plan.id)
            (mark,) = frame.ax.plot(
                [amount], [mean], marker="o", markersize=draw["marker"] + 1, color=hue,
                markerfacecolor=hue if firm else look()["colour"]["light"], linestyle="none",
            )  # fmt: skip
            add_tip(mark, name_of(plan, lang))
            points.append((amount, mean))
        notes = basis(frame, found, [view], *(["firm"] if plans else []))
        keys = plan_key(frame, found, plans) if key else []
        return _against(frame, points, notes, keys)


def _premiums_of(frame_of: object, ax: Axes | None, lang: Lang) -> Axes:
    """Draw premium and retained mean of a frame of plans."""
    table = columns_in(frame_of, "label", "premium", "retained_annual_mean")
    known = table[table["premium"].notna()]
    with open_frame(ax, lang) as frame:
        points = []
        for row in known.itertuples():
            points.append((float(row.premium), float(row.retained_annual_mean)))  # type: ignore[arg-type]
            (mark,) = frame.ax.plot(
                *([x] for x in points[-1]), marker="o", color=look()["colour"]["first"],
                linestyle="none",
            )  # fmt: skip
            add_tip(mark, drawable(str(row.label)))
        return _against(frame, points, [frame.text("compared")], [])


def _against(
    frame: Frame,
    points: Sequence[tuple[float, float]],
    notes: Sequence[str],
    keys: Sequence[Artist],
) -> Axes:
    """Set up premium against what stays, from nothing up."""
    room = 1 + look()["draw"]["room"]
    for which in ("x", "y"):
        yen_axis(frame, which)
    frame.ax.set_xlabel(frame.text("axis.premium"))
    frame.ax.set_ylabel(frame.text("axis.retained_mean"))
    if points:
        frame.ax.set_xlim(0, max(x for x, _ in points) * room or 1)
        frame.ax.set_ylim(0, max(y for _, y in points) * room or 1)
    else:
        words = frame.text("no_premium")
        frame.ax.text(1 / 2, 1 / 2, words, ha="center", transform=frame.ax.transAxes)
    arrange(frame, "premium.title", notes, keys)
    return fit_axes(frame)
