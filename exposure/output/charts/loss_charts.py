"""Losses before insurance: what a breach costs, how much how rarely, of what, how many persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from exposure.arrays import FloatArray
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.frame import (
    Frame,
    add_tip,
    band_bar,
    bars,
    beside,
    floor_of,
    is_seen,
    name_rows,
    open_frame,
    own_funds_line,
    percent_axis,
    rarity_axis,
    row_bars,
    sides,
    space_lines,
    view_mark,
    wrap,
    yen_axis,
)
from exposure.output.charts.layout import arrange, at_points, basis, fit_axes, ruler
from exposure.output.charts.style import look, named_views, result_of, view_colour, view_of
from exposure.output.printed import (
    about,
    columns_of,
    print_band,
    print_count,
    print_percent,
    print_probability,
    print_yen,
)
from exposure.result.record import Band, Curve, Figure, Result

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox


# --- one breach --------------------------------------------------------------------------------


def breach_cost_chart(
    result: object, *, ax: Axes | None = None, lang: Lang = "ja", bare: bool = False
) -> Axes:
    """Draw what one breach costs at three sizes, in both views (漏えい1件の損害額).

    Returns
    -------
    Axes
        A mark is the estimate, the thick pale bar behind it the band of the assumptions.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> breach_cost_chart(ex.run(study, loss_years=200)).get_xscale()
    'log'
    """
    found = result_of(result)
    levels, draw, colour = look()["ticks"]["mark_levels"], look()["draw"], look()["colour"]
    views = named_views(found, None)
    with open_frame(ax, lang, len(levels) * draw["breach_row"], bare=bare) as frame:
        for i in range(0, len(levels), 2):
            frame.ax.axhspan(i - 1 / 2, i + 1 / 2, color=colour["row"], zorder=0, linewidth=0)
        shown: list[float] = []
        for regime, aside in zip(views, sides(len(views), look()["draw"]["side"]), strict=True):
            for i, level in enumerate(levels):
                one = found.regimes[regime].ground_up.event.quantiles.get(level)
                if one is not None and one.value:
                    shown += _dot(frame, one, one.value, i + aside, regime)
        name_rows(frame, [frame.text(f"size_of.{level}") for level in levels])
        yen_axis(frame, "x", log=True)
        if shown:
            room = (
                draw["headroom"] ** 3
            )  # an amount is written over its mark, half of it to the left
            frame.ax.set_xlim(min(shown) / room, max(shown) * room)
        frame.ax.set_ylim(len(levels) - 1 / 2, -draw["bar"])
        notes = basis(frame, found, views, *(["band"] if _banded(found, views) else []))
        arrange(frame, "breach.title", notes, view_key(frame, views))
        return fit_axes(frame)


def _banded(result: Result, views: Sequence[str]) -> bool:
    return any(result.regimes[v].ground_up.event.mean.band is not None for v in views)


def _dot(frame: Frame, estimate: Figure, value: float, y: float, regime: str) -> list[float]:
    """Draw an estimate with its band and its amount, and return what it reaches to."""
    draw, reach = look()["draw"], [value]
    band = estimate.band
    if band is not None and band[0]:
        ends = (band[0], band[1] if band[1] is not None else value)
        band_bar(frame, ends, (y, y), regime)
        reach += ends
    mark = view_mark(frame, value, y, regime, draw["marker"] + 1, zorder=draw["front"])
    words = about(value, frame.lang)
    add_tip(mark, _tip_of(frame, regime, words, band))
    frame.ax.text(
        value, y, words, ha="center", va="bottom", fontsize=draw["small"], fontweight="bold",
        color=view_colour(regime), zorder=draw["front"],
        transform=frame.shifted(0, draw["band"] / 2, frame.ax.transData), in_layout=False,
    )  # fmt: skip
    return reach


def _tip_of(frame: Frame, regime: str, amount: str, band: Band | None) -> str:
    """Return what a mark says: view, amount and band."""
    words = f"{label('regime', regime, frame.lang)} {amount}"
    shown = print_band(band, frame.lang)
    return f"{words} {frame.text('band_of', band=shown)}" if shown else words


def view_key(frame: Frame, views: Sequence[str]) -> list[Artist]:
    """Return the legend entries that tell the views, if there are several."""
    from matplotlib.lines import Line2D

    if len(views) < 2:
        return []
    drawn = look()["view"]
    return [
        Line2D(
            [], [], linestyle="none", marker=drawn[v]["marker"], color=drawn[v]["colour"],
            label=label("regime", v, frame.lang),
        )
        for v in views
    ]  # fmt: skip


# --- how much, how rarely ----------------------------------------------------------------------


def loss_exceedance_chart(
    result: object,
    regime: str | None = None,
    *,
    scope: Literal["annual", "event"] = "annual",
    ax: Axes | None = None,
    lang: Lang = "ja",
) -> Axes:
    """Draw the loss before insurance against how rarely it is exceeded (超過確率曲線).

    Parameters
    ----------
    result : Result, mapping or curve
        A finished study or the content of ``result.json``; or an exceedance curve of losses of
        one's own (anything with ``probability``, ``loss``, ``low`` and ``high``).
    regime : str, optional
        All views in one panel if left out.
    scope : {"annual", "event"}
        The total of a year, or one breach.

    Returns
    -------
    Axes
        Shaded: the 90 % interval. Thick bars: the band of the assumptions. The dashed red line of
        a year is what the client can bear.

    Examples
    --------
    >>> from exposure.result.record import Curve
    >>> own = Curve([0.5, 0.01], [1e5, 1e7], [9e4, 9e6], [2e5, 2e7])
    >>> loss_exceedance_chart(own, scope="event").get_yscale()
    'log'
    """
    if _is_curve(result):
        return _own_curve(_curve_of(result), scope, ax, lang)
    found = result_of(result)
    views = named_views(found, regime)
    with open_frame(ax, lang) as frame:
        furthest = look()["ticks"]["furthest"]["event" if scope == "event" else "loss"]
        curves = {v: _curve(found, v, scope, furthest) for v in views}
        for view, curve in curves.items():
            line = _draw_curve(frame, curve, view_colour(view), look()["view"][view]["stroke"])
            add_tip(line, label("regime", view, lang))
        _axes_of_rarity(frame, list(curves.values()), scope)
        frame.ax.set_ylabel(frame.text(f"axis.{scope}_loss"))
        notes = ["interval"] if any(_is_vague(frame, one) for one in curves.values()) else []
        if scope == "annual":
            notes += own_funds_line(frame, found)
        notes += _bands(frame, found, views, scope)
        arrange(frame, f"loss_{scope}.title", basis(frame, found, views, *notes),
               curve_key(frame, views))  # fmt: skip
        taken: list[Bbox] = []
        for view in views:
            _marks(frame, found, view, scope, taken)
        return fit_axes(frame)


def _is_vague(frame: Frame, curve: Curve) -> bool:
    """Say whether the interval of a curve can be seen."""
    return is_seen(frame, curve.low, curve.high)


def _is_curve(given: object) -> bool:
    return all(hasattr(given, name) for name in ("probability", "loss", "low", "high"))


def _curve_of(given: object) -> Curve:
    """Return any exceedance curve as one of the record."""
    columns = {
        name: [float(x) for x in np.asarray(getattr(given, name), dtype=float)]
        for name in ("probability", "loss", "low", "high")
    }
    return Curve(columns["probability"], columns["loss"], [*columns["low"]], [*columns["high"]])


def _own_curve(curve: Curve, scope: str, ax: Axes | None, lang: Lang) -> Axes:
    """Draw a curve that is of no study."""
    with open_frame(ax, lang) as frame:
        _draw_curve(frame, curve, look()["colour"]["first"], "-")
        _axes_of_rarity(frame, [curve], scope)
        frame.ax.set_ylabel(frame.text(f"axis.{scope}_loss"))
        notes = [frame.text("interval")] if _is_vague(frame, curve) else []
        arrange(frame, f"loss_{scope}.title", notes)
        return fit_axes(frame)


def _curve(result: Result, regime: str, scope: str, furthest: float) -> Curve:
    curves = view_of(result, regime).ground_up.curves
    return as_far_as(curves.aep if scope == "annual" else curves.event, furthest)


def curve_key(frame: Frame, views: Sequence[str]) -> list[Artist]:
    """Return the legend entries of one curve a view."""
    from matplotlib.lines import Line2D

    drawn = look()["view"]
    return [
        Line2D(
            [], [], color=drawn[v]["colour"], linestyle=drawn[v]["stroke"],
            label=label("regime", v, frame.lang),
        )
        for v in views
        if len(views) > 1
    ]  # fmt: skip


def _bands(frame: Frame, result: Result, views: Sequence[str], scope: str) -> list[str]:
    """Draw the band of the assumptions at the points marked, thick and pale."""
    drawn: list[Artist] = []
    bottom = frame.ax.get_ylim()[0]
    for view, aside in zip(views, sides(len(views), look()["draw"]["side"]), strict=True):
        for rarity, one in _points(result, view, scope).items():
            if one is None or one.band is None or one.band[0] is None or one.band[1] is None:
                continue
            x = rarity * (1 + aside / 2)
            ends = [max(end, bottom) for end in one.band if end is not None]
            drawn += band_bar(frame, (x, x), ends, view, zorder=1)
    return ["band"] if drawn else []


def _draw_curve(frame: Frame, curve: Curve, colour: str, stroke: str) -> Artist:
    """Draw one curve and shade its interval; zero has no place on a log axis."""
    rarity = 1 / np.asarray(curve.probability, dtype=float)
    loss, low, high = (np.asarray(c, dtype=float) for c in (curve.loss, curve.low, curve.high))
    shown = loss > 0
    floor = floor_of(list(curve.loss))
    frame.ax.fill_between(
        rarity[shown], np.maximum(low[shown], floor), np.maximum(high[shown], floor), color=colour,
        alpha=look()["draw"]["band_alpha"], linewidth=0,
    )  # fmt: skip
    (line,) = frame.ax.plot(rarity[shown], loss[shown], color=colour, linestyle=stroke)
    return line


def as_far_as(curve: Curve, furthest: float) -> Curve:
    """Return the part of a curve that a chart shows, cut at the edge of the chart.

    Examples
    --------
    >>> curve = Curve([0.1, 0.01, 0.0001], [1.0, 2.0, 4.0], [1.0, 1.0, 3.0], [2.0, 3.0, 5.0])
    >>> as_far_as(curve, 1000.0).probability
    [0.1, 0.01, 0.001]
    """
    rarity = [1 / p for p in curve.probability]
    inside = [i for i, n in enumerate(rarity) if n < furthest]
    if not inside or max(rarity) <= furthest:
        return curve

    def cut(column: Sequence[float | None]) -> list[float]:
        known = np.asarray(column, dtype=float)
        edge = float(np.interp(np.log(furthest), np.log(rarity), known))
        return [*(float(known[i]) for i in inside), edge]

    return Curve(
        [*(curve.probability[i] for i in inside), 1 / furthest],
        cut(curve.loss),
        [*cut(curve.low)],
        [*cut(curve.high)],
    )


def _axes_of_rarity(frame: Frame, curves: Sequence[Curve], scope: str) -> None:
    """Set up the axes: yen in decades upward, one in n years (or breaches) to the right."""
    draw, ticks = look()["draw"], look()["ticks"]
    furthest = max(1 / min(curve.probability) for curve in curves)
    if scope == "annual":
        rarity_axis(frame, "once_in_years", ticks["return_period"], furthest)
        nearest = min(ticks["return_period"])
        frame.ax.set_xlabel(frame.text("axis.return_period"))
    else:
        rarity_axis(frame, "one_in_events", ticks["one_in"], furthest)
        nearest = min(1 / max(curve.probability) for curve in curves)
        frame.ax.set_xlabel(frame.text("axis.one_in_events"))
    yen_axis(frame, "y", log=True)
    highs = [x for curve in curves for x in curve.high if x is not None and np.isfinite(x)]
    largest = max(highs, default=0.0)
    frame.ax.set_xlim(nearest, max(furthest, nearest * 2))
    bottom = _bottom(curves, nearest)
    frame.ax.set_ylim(bottom, max(largest, bottom * 2) * draw["headroom"])


def _bottom(curves: Sequence[Curve], nearest: float) -> float:
    """Return where a log axis of losses starts: well below the first loss it shows."""
    floor = floor_of([x for curve in curves for x in curve.loss])
    first = [
        x
        for c in curves
        for p, x in zip(c.probability, c.loss, strict=True)
        if x > 0 and 1 / p >= nearest
    ]
    return max(min(first, default=floor) / 2, floor)


def _points(result: Result, regime: str, scope: str) -> dict[float, Figure | None]:
    """Return some printed points of a curve, by how rare they are."""
    ground, ticks = view_of(result, regime).ground_up, look()["ticks"]
    if scope == "annual":
        return {float(n): ground.annual.aep.get(n) for n in ticks["mark_years"]}
    return {1 / (1 - float(p)): ground.event.quantiles.get(p) for p in ticks["mark_levels"]}


def _marks(frame: Frame, result: Result, regime: str, scope: str, taken: list[Bbox]) -> None:
    """Mark some printed points of the curve, and write their amounts where there is room."""
    draw, bottom = look()["draw"], frame.ax.get_ylim()[0]
    for n, one in _points(result, regime, scope).items():
        if one is None or one.value is None or one.value < bottom:
            continue
        amount = one.value
        mark = view_mark(frame, n, amount, regime, draw["marker"], clip_on=False)
        words = "in_years" if scope == "annual" else "of_events"
        add_tip(mark, frame.text(words, n=f"{n:,.0f}", amount=print_yen(one, frame.lang)))
        _write_beside(frame, (n, amount), print_yen(one, frame.lang), regime, taken)


def _write_beside(
    frame: Frame, at: tuple[float, float], words: str, regime: str, taken: list[Bbox]
) -> None:
    """Write an amount beside its mark where it meets no curve and no other; else leave it out.

    The upper curve has its amounts above it, the lower one below, as far as there is room.
    """
    draw = look()["draw"]
    aside = draw["offset"]
    above = ((-aside, aside, "right", "bottom"), (aside, aside, "left", "bottom"))
    below = ((aside, -aside, "left", "top"), (2 * aside, 2, "left", "bottom"))
    with at_points(frame.figure):
        lines = _drawn_points(frame)
        panel = frame.ax.get_window_extent(ruler())
        for x, y, ha, va in above if regime == "brochure" else below:
            text = frame.ax.annotate(
                words, xy=at, xytext=(x, y), textcoords="offset points", va=va, ha=ha,
                color=view_colour(regime), fontsize=draw["small"], annotation_clip=False,
            )  # fmt: skip
            box = text.get_window_extent(ruler())
            inside = ((lines > box.min) & (lines < box.max)).all(axis=1).any()
            free = panel.x0 < box.x0 and panel.y0 <= box.y0 and box.x1 <= frame.figure.bbox.x1
            if free and not inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                return
            text.remove()


def _drawn_points(frame: Frame) -> FloatArray:
    """Return points close to each other on every line of a chart but its thick bands. [point]."""
    found = []
    for line in frame.ax.lines:
        ends = line.get_transform().transform(np.asarray(line.get_xydata(), dtype=float))
        if len(ends) > 1 and line.get_linewidth() < look()["draw"]["band"]:
            length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ends, axis=0).T))])
            even = np.arange(0.0, length[-1], 2.0)
            found.append(np.column_stack([np.interp(even, length, ends[:, k]) for k in (0, 1)]))
    return np.concatenate(found) if found else np.empty((0, 2))


# --- of what -----------------------------------------------------------------------------------


def cost_by_head_chart(
    result: object, regime: str | None = None, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw the mean annual loss of the largest heads (費目別の損害額).

    Parameters
    ----------
    regime : str, optional
        All views in one panel if left out.

    Returns
    -------
    Axes
        A bar for each view and head, the smaller heads together last.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> rows = cost_by_head_chart(ex.run(study, loss_years=200)).get_yticklabels()
    >>> len(rows) <= 7
    True
    """
    found = result_of(result)
    views = named_views(found, regime)
    amounts = {v: found.regimes[v].ground_up.by_head for v in views}
    draw = look()["draw"]
    names = {n for by_name in amounts.values() for n, x in by_name.items() if x > 0}
    order = sorted(names, key=lambda n: (-max(a.get(n, 0.0) for a in amounts.values()), n))
    first, rest = order[: draw["most_heads"]], order[draw["most_heads"] :]
    asides = sides(len(views), draw["pair"] / 2)
    n = len(first) + bool(rest)
    with open_frame(ax, lang, n * draw["row"] * (1 + len(views)) / 2) as frame:
        handles, longest = [], 0.0
        for view, aside in zip(views, asides, strict=True):
            own = amounts[view]
            widths = [own.get(name, 0.0) for name in first]
            widths += [sum(own.get(name, 0.0) for name in rest)] if rest else []
            whole = sum(own.values()) or 1
            thick = draw["bar"] if len(views) == 1 else draw["pair"]
            rows = [i + aside for i in range(n)]
            drawn = row_bars(
                frame, rows, widths, thick=thick, facecolor=view_colour(view),
                hatch=look()["view"][view]["hatch"], edgecolor=look()["colour"]["light"],
                linewidth=0, label=label("regime", view, lang),
            )  # fmt: skip
            handles += drawn[:1]
            for bar, y, amount in zip(drawn, rows, widths, strict=True):
                share = frame.share(amount / whole)
                words = frame.text("amount_share", amount=about(amount, lang), p=share)
                add_tip(bar, f"{label('regime', view, lang)} {words}")
                beside(frame, amount, y, words, draw["number"])
            longest = max([longest, *widths])
        shown = [label("head", name, lang) for name in first]
        shown += [frame.text("others", n=len(rest))] if rest else []
        name_rows(frame, [wrap(name, draw["wrap"]) for name in shown])
        yen_axis(frame, "x")
        frame.ax.set_xlim(0, (longest or 1) * (1 + draw["room_words"]))
        frame.ax.set_xlabel(frame.text("axis.mean"))
        keys = handles if len(views) > 1 else []
        return arrange(frame, "head.title", basis(frame, found, views), keys)


def cost_by_cause_chart(
    result: object, regime: str | None = None, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how often each cause strikes and which share of the loss it makes (原因別の割合).

    Parameters
    ----------
    regime : str, optional
        The first view if left out: the causes hardly differ.

    Returns
    -------
    Axes
        Two bars for each of the largest causes, the others together last.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> float(cost_by_cause_chart(ex.run(study, loss_years=200), "court").get_xlim()[0])
    0.0
    """
    found = result_of(result)
    view = named_views(found, regime)[0]
    by_cause = found.regimes[view].ground_up.by_cause
    order = sorted(by_cause, key=lambda cause: (-by_cause[cause].mean, cause))
    whole = sum(by_cause[cause].mean for cause in order) or 1
    draw, colour = look()["draw"], look()["colour"]
    causes, rest = order[: draw["most_heads"]], order[draw["most_heads"] :]
    often = [by_cause[c].share_of_events for c in causes]
    dear = [by_cause[c].mean / whole for c in causes]
    if rest:
        often.append(sum(by_cause[c].share_of_events for c in rest))
        dear.append(sum(by_cause[c].mean for c in rest) / whole)
    kinds = {
        "share_of_events": (often, colour["pale"], -1),
        "share_of_loss": (dear, colour["first"], 1),
    }
    with open_frame(ax, lang, len(often) * draw["row"] * 1.5) as frame:
        handles = []
        for name, (shares, hue, side) in kinds.items():
            rows = [i + side * draw["pair"] / 2 for i in range(len(shares))]
            words = frame.text(name)
            drawn = row_bars(frame, rows, shares, thick=draw["pair"], color=hue, label=words)
            handles += drawn[:1]
            for bar, y, share in zip(drawn, rows, shares, strict=True):
                add_tip(bar, f"{words} {print_probability(share, lang)}")
                beside(frame, share, y, print_percent(share), draw["number"])
        names = [label("cause", cause, lang) for cause in causes]
        names += [frame.text("other_causes", n=len(rest))] if rest else []
        name_rows(frame, [wrap(name, draw["wrap"]) for name in names])
        percent_axis(frame, "x")
        longest = max(max(shares, default=1) for shares, _, _ in kinds.values())
        frame.ax.set_xlim(0, longest * (1 + draw["room"] / frame.room))
        frame.ax.set_xlabel(frame.text("axis.share"))
        return arrange(frame, "cause.title", basis(frame, found, [view]), handles)


# --- how many persons --------------------------------------------------------------------------


def breach_size_chart(
    result: object, regime: str | None = None, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how many persons a breach concerns, the breach of everything apart (漏えい人数の分布).

    Parameters
    ----------
    regime : str, optional
        Sizes do not depend on it.

    Returns
    -------
    Axes
        One bar per size band; the last one is the probability that all records leak.

    Raises
    ------
    ValueError
        If the result does not hold the sizes.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> float(breach_size_chart(ex.run(study, loss_years=200), "court").get_ylim()[0])
    0.0
    """
    found = result_of(result)
    size = found.regimes[named_views(found, regime)[0]].ground_up.size
    if size is None:
        raise ValueError("the result holds no sizes of breaches")
    draw, colour = look()["draw"], look()["colour"]
    shares = [one.value or 0.0 for one in (*(b.share for b in size.bands), size.full_share)]
    hues = [colour["first"]] * len(size.bands) + [colour["second"]]
    with open_frame(ax, lang) as frame:
        for i, (share, hue) in enumerate(zip(shares, hues, strict=True)):
            bars(frame, [(i - draw["bar"] / 2, 0, draw["bar"], share)], color=hue)
            frame.ax.annotate(
                print_percent(share), xy=(i, share), xytext=(0, 2),
                textcoords="offset points", ha="center", va="bottom", fontsize=draw["small"],
            )  # fmt: skip
        ends = [print_count(band.up_to, lang) for band in size.bands]
        names = [frame.text("size.band", n=end) for end in ends]
        names.append(frame.text("size.full", n=ends[-1] if ends else "1"))
        _name_columns(frame, names)
        percent_axis(frame, "y")
        frame.ax.set_xlim(-draw["bar"], len(shares) - 1 + draw["bar"])
        frame.ax.set_ylim(0, max(shares) * (1 + draw["room"]))
        frame.ax.set_xlabel(frame.text("axis.persons"))
        frame.ax.set_ylabel(frame.text("axis.share_of_events"))
        notes = [frame.text("size.note", n=f"{size.events:,}")]
        return arrange(frame, "size.title", notes)


def _name_columns(frame: Frame, names: Sequence[str]) -> None:
    """Name the bars underneath, over several lines and in smaller type where there are many."""
    frame.ax.tick_params(axis="x", length=0)
    frame.ax.grid(visible=False, axis="x")
    draw, rc = look()["draw"], look()["rc"]
    wide = rc["figure.figsize"][0] * draw["points_per_inch"] * draw["axes_share"] * frame.room
    size, room = rc["xtick.labelsize"], wide / max(len(names), 1)
    if _widest(names) * size / 2 > room:
        names = [name.replace(" ", "\n") for name in names]
    size = min(size, 2 * room / _widest(names))
    frame.ax.set_xticks(range(len(names)), names, fontsize=size)
    space_lines(frame.ax.get_xticklabels())


def _widest(names: Sequence[str]) -> int:
    """Return the width of the widest line, in half-width columns."""
    return max((columns_of(line) for name in names for line in name.split("\n")), default=1)


# --- how sure ----------------------------------------------------------------------------------


def convergence_chart(
    result: object, regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how mean and tail of the annual loss settle as years are added (計算の収束).

    Returns
    -------
    Axes
        Each figure relative to its final value, with its interval.

    Raises
    ------
    ValueError
        If the result does not hold the run.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> convergence_chart(ex.run(study, loss_years=20_000), "court").get_xlabel() != ""
    True
    """
    found = result_of(result)
    run = view_of(found, regime).convergence
    if run is None:
        raise ValueError("the result does not say how its figures settled")
    draw, colour = look()["draw"], look()["colour"]
    shown = {
        "convergence.mean": (run.mean, colour["first"], "-"),
        "convergence.var": (run.var, colour["second"], "--"),
    }
    with open_frame(ax, lang) as frame:
        handles: list[Artist] = []
        for name, (figures, hue, stroke) in shown.items():
            rows = [
                (n, one.value, one.low, one.high)
                for n, one in zip(run.years, figures, strict=True)
                if one.value is not None and one.low is not None and one.high is not None
            ]
            if not rows or not rows[-1][1]:
                continue
            final = rows[-1][1]
            years = [n for n, *_ in rows]
            frame.ax.fill_between(
                years, [low / final for _, _, low, _ in rows], [up / final for *_, up in rows],
                color=hue, alpha=draw["band_alpha"], linewidth=0,
            )  # fmt: skip
            words = frame.text(name, p=f"{float(run.level):.0%}")
            handles += frame.ax.plot(
                years, [value / final for _, value, _, _ in rows], color=hue, linestyle=stroke,
                marker="o", markersize=draw["marker"], label=words,
            )  # fmt: skip
        percent_axis(frame, "y")
        frame.ax.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        frame.ax.set_xlabel(frame.text("axis.loss_years"))
        frame.ax.set_ylabel(frame.text("axis.relative"))
        notes = basis(frame, found, [regime], "interval")
        return arrange(frame, "convergence.title", notes, handles)
