"""Limit adequacy against the limit, with the plans on their product's curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.output.charts.frame import (
    Frame,
    open_frame,
    percent_axis,
    plan_key,
    wrapped,
    yen_axis,
)
from exposure.output.charts.layout import badges, basis, fitted, framed
from exposure.output.charts.style import look, name_of, plan_colour, plan_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def limit_adequacy_chart(
    result: Mapping[str, Any],
    regime: str,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    key: bool = True,
) -> Axes:
    """Draw how often no limit bites, against the limit (限度額充足度).

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
        Curves are products, numbered discs plans, the dashed line the target if there is one.

    Examples
    --------
    >>> share = {"value": 0.9, "low": 0.89, "high": 0.91}
    >>> plan = {"id": "a", "label": "A", "limit": 1e8, "limit_adequacy": {"event": share}}
    >>> curve = {"product": "a", "label": "A", "limit": [1e7, 1e8], "event": [share, share]}
    >>> view = {"plans": [plan], "adequacy_curves": [curve], "recommendation": {"target": 0.95}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": view}}
    >>> float(limit_adequacy_chart(result, "court").get_ylim()[1])
    1.0
    """
    view = result["regimes"][regime]
    plans = [plan for plan in view["plans"] if plan["limit"] is not None]
    with open_frame(ax, lang) as frame:
        handles = _products(frame, view["adequacy_curves"])
        yen_axis(frame, "x", log=True)
        limits = [x for curve in view["adequacy_curves"] for x in curve["limit"]]
        limits += [plan["limit"] for plan in plans]
        if limits:
            room = look()["draw"]["headroom"]
            frame.ax.set_xlim(min(limits) / room, max(limits) * room)
        percent_axis(frame, "y")
        shares = [share["low"] for curve in view["adequacy_curves"] for share in curve["event"]]
        shares += [plan["limit_adequacy"]["event"]["low"] for plan in plans]
        frame.ax.set_ylim(max(0, min(shares, default=0) - look()["draw"]["below_adequacy"]), 1)
        frame.ax.set_xlabel(frame.text("axis.limit"))
        frame.ax.set_ylabel(frame.text("axis.adequacy"))
        _target(frame, view["recommendation"].get("target"))
        keys = [*(plan_key(frame, result, plans) if key else []), *handles]
        framed(frame, "adequacy.title", basis(frame, result, regime, "interval"), keys)
        badges(
            frame,
            [
                (
                    plan["limit"],
                    plan["limit_adequacy"]["event"]["value"],
                    plan_number(result, plan["id"]),
                    plan_colour(result, plan["id"]),
                )
                for plan in plans
            ],
        )
        return fitted(frame)


def _products(frame: Frame, curves: list[Mapping[str, Any]]) -> list[Any]:
    """Draw the curve of each product with its interval; one fixed limit is a point."""
    draw, greys, cycle = look()["draw"], look()["colour"]["curves"], look()["stroke"]["cycle"]
    handles: list[Any] = []
    for i, curve in enumerate(curves):
        if len(curve["limit"]) < 2:
            continue
        colour = greys[i % len(greys)]
        low, high = ([share[side] for share in curve["event"]] for side in ("low", "high"))
        frame.ax.fill_between(
            curve["limit"], low, high, color=colour, alpha=draw["band_alpha"], linewidth=0
        )
        handles += frame.ax.plot(
            curve["limit"],
            [share["value"] for share in curve["event"]],
            color=colour,
            linestyle=cycle[i % len(cycle)],
            label=wrapped(name_of(curve, frame.lang), draw["key_wrap"]),
        )
    return handles


def _target(frame: Frame, target: float | None) -> None:
    """Draw the adequacy the client asks for."""
    if target is None:
        return
    colour, draw = look()["colour"]["second"], look()["draw"]
    frame.ax.axhline(target, color=colour, linestyle="--", linewidth=draw["thin"] * 2)
    frame.ax.annotate(
        frame.text("target", p=f"{target:.0%}"), xy=(1, target), xycoords=("axes fraction", "data"),
        xytext=(2, 0), textcoords="offset points", va="center", color=colour,
        fontsize=draw["small"], annotation_clip=False,
    )  # fmt: skip
