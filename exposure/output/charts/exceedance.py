"""Loss exceedance: how much, how rarely, and how sure; before insurance and after each plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal  # Any: a result read from JSON

import numpy as np

from exposure.errors import Lang
from exposure.output.charts.frame import Frame, open_frame, plan_key, rarity_axis, yen_axis
from exposure.output.charts.layout import axes_points, basis, fitted, framed, label_ends, place
from exposure.output.charts.style import look, plan_colour, plan_number
from exposure.output.printed import print_yen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Curve = Mapping[str, list[float]]


def loss_exceedance_chart(
    result: Mapping[str, Any],
    regime: str,
    *,
    scope: Literal["annual", "event"] = "annual",
    ax: Axes | None = None,
    lang: Lang = "ja",
) -> Axes:
    """Draw the loss before insurance against how rarely it is exceeded (超過確率曲線).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    regime : str
        ``brochure`` or ``court``.
    scope : {"annual", "event"}
        Per year (total and largest event), or one event given a breach.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    Axes
        The axes drawn on; a curve's interval is shaded.

    Examples
    --------
    >>> curve = {"probability": [0.5, 0.01], "loss": [1e5, 1e7],
    ...          "low": [9e4, 9e6], "high": [2e5, 2e7]}
    >>> ground = {"event": {"mean": {"value": 1e6, "low": 1e6, "high": 1e6}, "quantiles": {}},
    ...           "curves": {"event": curve}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": {"ground_up": ground}}}
    >>> loss_exceedance_chart(result, "court", scope="event").get_yscale()
    'log'
    """
    ground = result["regimes"][regime]["ground_up"]
    names = ("aep", "oep") if scope == "annual" else ("event",)
    with open_frame(ax, lang) as frame:
        ticks, colour = look()["ticks"], look()["colour"]
        hues = dict(zip(names, (colour["first"], colour["second"]), strict=False))
        furthest = ticks["furthest"]["event" if scope == "event" else "loss"]
        curves = {name: _as_far_as(ground["curves"][name], furthest) for name in names}
        for name, curve in curves.items():
            _draw_curve(frame, curve, hues[name], "--" if name == "oep" else "-")
        _axes_of_rarity(frame, list(curves.values()), scope)
        frame.ax.set_ylabel(frame.text(f"axis.{scope}_loss"))
        framed(frame, f"loss_{scope}.title", basis(frame, result, regime, "interval"))
        if scope == "annual":
            _marks(frame, ground["annual"]["aep"], ticks["mark_years"], float, "in_years")
        else:
            quantiles, levels = ground["event"]["quantiles"], ticks["mark_levels"]
            _marks(frame, quantiles, levels, lambda p: 1 / (1 - float(p)), "of_events")
        named = [(curve, frame.text(name), hues[name]) for name, curve in curves.items()]
        _label_ends(frame, named)
        return fitted(frame)


def retained_curves_chart(
    result: Mapping[str, Any],
    regime: str,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    key: bool = True,
) -> Axes:
    """Draw what each plan leaves with the client, against how rarely it is exceeded (自己保有額).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    regime : str
        ``brochure`` or ``court``.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.
    key : bool
        Name the plans below the chart.

    Returns
    -------
    Axes
        The axes drawn on; the dotted black curve is the loss without insurance. The recommended
        plan, or the nearest, and the plan of each product that leaves least are drawn in colour,
        the others in grey.

    Examples
    --------
    >>> curve = {"probability": [0.05, 0.01], "loss": [1e5, 1e7],
    ...          "low": [9e4, 9e6], "high": [2e5, 2e7]}
    >>> plan = {"id": "a", "label": "A", "retained": {"curve": curve}}
    >>> view = {"ground_up": {"curves": {"aep": curve}}, "plans": [plan]}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": view}}
    >>> len(retained_curves_chart(result, "court").lines)
    2
    """
    view = result["regimes"][regime]
    plans = sorted(view["plans"], key=lambda plan: str(plan["id"]))
    with open_frame(ax, lang) as frame:
        total, cycle = look()["colour"]["total"], look()["stroke"]["cycle"]
        furthest = look()["ticks"]["furthest"]["retained"]
        without = _as_far_as(view["ground_up"]["curves"]["aep"], furthest)
        _draw_curve(frame, without, total, ":")
        named = [(without, frame.text("no_insurance"), total)]
        shown = _shown(view, plans)
        for plan in sorted(plans, key=lambda plan: plan in shown):
            number, colour = plan_number(result, plan["id"]), plan_colour(result, plan["id"])
            curve = _as_far_as(plan["retained"]["curve"], furthest)
            if plan not in shown:
                _draw_faint(frame, curve)
                continue
            _draw_curve(frame, curve, colour, cycle[(number - 1) % (len(cycle) - 1)])
            named.append((curve, str(number), colour))
        _axes_of_rarity(frame, [curve for curve, _, _ in named], "annual")
        frame.ax.set_ylabel(frame.text("axis.retained"))
        notes = ["interval", *(["others_grey"] if len(shown) < len(plans) else [])]
        keys = plan_key(frame, result, shown) if key else ()
        framed(frame, "retained.title", basis(frame, result, regime, *notes), keys)
        _label_ends(frame, named)
        return fitted(frame)


def _shown(view: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the plans worth a colour: too many curves cannot be told apart."""
    if len(plans) <= look()["draw"]["most_curves"]:
        return list(plans)
    recommendation = view.get("recommendation", {})
    wanted = {recommendation.get("plan") or recommendation.get("nearest")}
    for product in {plan["product"] for plan in plans}:
        own = [plan for plan in plans if plan["product"] == product]
        wanted.add(min(own, key=lambda p: float(p["retained"]["annual"]["mean"]["value"]))["id"])
    return [plan for plan in plans if plan["id"] in wanted]


def _draw_faint(frame: Frame, curve: _Curve) -> None:
    """Draw a curve for comparison only."""
    rarity, loss = 1 / np.asarray(curve["probability"], float), np.asarray(curve["loss"], float)
    frame.ax.plot(
        rarity[loss > 0],
        loss[loss > 0],
        color=look()["colour"]["faint"],
        linewidth=look()["draw"]["thin"],
    )


def _label_ends(frame: Frame, named: list[tuple[_Curve, str, str]]) -> None:
    """Write the name of each curve that shows at its end."""
    label_ends(
        frame,
        [(*_end(curve), name, colour) for curve, name, colour in named if any(curve["loss"])],
    )


def _draw_curve(frame: Frame, curve: _Curve, colour: str, stroke: str) -> None:
    """Draw one curve and shade its interval; zero has no place on a log axis."""
    rarity = 1 / np.asarray(curve["probability"], dtype=float)
    loss, low, high = (np.asarray(curve[name], dtype=float) for name in ("loss", "low", "high"))
    shown = loss > 0
    floor = look()["draw"]["floor"]
    frame.ax.fill_between(
        rarity[shown],
        np.maximum(low[shown], floor),
        np.maximum(high[shown], floor),
        color=colour,
        alpha=look()["draw"]["band_alpha"],
        linewidth=0,
    )
    frame.ax.plot(rarity[shown], loss[shown], color=colour, linestyle=stroke)


def _as_far_as(curve: _Curve, furthest: float) -> _Curve:
    """Return the part of a curve that a chart shows, cut at the edge of the chart."""
    rarity = [1 / p for p in curve["probability"]]
    inside = [i for i, n in enumerate(rarity) if n < furthest]
    if not inside or max(rarity) <= furthest:
        return curve
    cut = {
        name: [
            *(curve[name][i] for i in inside),
            float(np.interp(np.log(furthest), np.log(rarity), curve[name])),
        ]
        for name in ("loss", "low", "high")
    }
    return {"probability": [*(curve["probability"][i] for i in inside), 1 / furthest], **cut}


def _end(curve: _Curve) -> tuple[float, float]:
    """Return the rarest point of a curve."""
    rarest = int(np.argmin(curve["probability"]))
    return 1 / curve["probability"][rarest], curve["loss"][rarest]


def _axes_of_rarity(frame: Frame, curves: list[_Curve], scope: str) -> None:
    """Set up the axes: yen in decades upward, one in n years (or events) to the right."""
    draw, ticks = look()["draw"], look()["ticks"]
    furthest = max(1 / min(curve["probability"]) for curve in curves)
    if scope == "annual":
        rarity_axis(frame, "once_in_years", ticks["return_period"], furthest)
        nearest = min(ticks["return_period"])
        frame.ax.set_xlabel(frame.text("axis.return_period"))
    else:
        rarity_axis(frame, "one_in_events", ticks["one_in"], furthest)
        nearest = min(1 / max(curve["probability"]) for curve in curves)
        frame.ax.set_xlabel(frame.text("axis.one_in_events"))
    yen_axis(frame, "y", log=True)
    largest = max((max(curve["high"]) for curve in curves), default=0)
    smallest = min((x for curve in curves for x in curve["loss"] if x > 0), default=draw["floor"])
    bottom = max(smallest / draw["headroom"], draw["floor"])
    frame.ax.set_xlim(nearest, furthest)
    frame.ax.set_ylim(bottom, max(largest, bottom * 2) * draw["headroom"])


def _marks(
    frame: Frame,
    estimates: Mapping[str, Mapping[str, float]],
    names: list[str],
    rarity: Any,  # Any: float or a function of the same shape
    words: str,
) -> None:
    """Mark some printed points of the curve, and write their amounts where there is room."""
    draw, colour = look()["draw"], look()["colour"]
    width, height = axes_points(frame)
    written: list[tuple[float, float]] = []
    for name in names:
        if name not in estimates or estimates[name]["value"] < draw["floor"]:
            continue
        n, amount = rarity(name), estimates[name]["value"]
        frame.ax.plot(
            [n], [amount], marker="o", markersize=draw["marker"], color=colour["ink"],
            clip_on=False,
        )  # fmt: skip
        across, up = place(frame, n, amount)
        at = (across * width, up * height)
        room = (draw["label_width"], draw["gap"])
        if any(abs(at[0] - x) < room[0] and abs(at[1] - y) < room[1] for x, y in written):
            continue
        written.append(at)
        low = at[1] < draw["gap"] + draw["offset"]  # below the point it would lie on the axis
        frame.ax.annotate(
            frame.text(words, n=f"{n:,.0f}", amount=print_yen(estimates[name], frame.lang)),
            xy=(n, amount), xytext=(draw["offset"], 0 if low else -draw["offset"]),
            textcoords="offset points", va="bottom" if low else "top", fontsize=draw["small"],
            annotation_clip=False,
        )  # fmt: skip
