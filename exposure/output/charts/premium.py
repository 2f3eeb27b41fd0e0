"""Premium against what stays with the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.output.charts.frame import open_frame, plan_key, yen_axis
from exposure.output.charts.layout import badges, basis, fitted, framed
from exposure.output.charts.style import look, plan_colour, plan_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def premium_vs_retained_chart(
    result: Mapping[str, Any],
    regime: str,
    *,
    ax: Axes | None = None,
    lang: Lang = "ja",
    key: bool = True,
) -> Axes:
    """Draw the premium of each plan against the mean annual loss it leaves (保険料と自己保有額).

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
        Plans whose premium is on enquiry are not drawn; without any premium the chart says so. The
        dashed line joins the efficient plans: no other is cheaper and leaves less.

    Examples
    --------
    >>> mean = {"value": 9e5, "low": 8e5, "high": 1e6}
    >>> plan = {"id": "a", "label": "A", "premium": {"amount": 3e5, "basis": "quoted"},
    ...         "retained": {"annual": {"mean": mean}}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": {"plans": [plan]}}}
    >>> [text.get_text() for text in premium_vs_retained_chart(result, "court").texts]
    ['1']
    """
    plans = [p for p in result["regimes"][regime]["plans"] if p["premium"]["amount"] is not None]
    draw = look()["draw"]
    with open_frame(ax, lang) as frame:
        marks = []
        for plan in plans:
            premium, mean = plan["premium"]["amount"], plan["retained"]["annual"]["mean"]
            colour = plan_colour(result, plan["id"])
            frame.ax.plot([premium] * 2, [mean["low"], mean["high"]], color=colour)
            marks.append((premium, mean["value"], plan_number(result, plan["id"]), colour))
        efficient = _efficient(marks)
        if len(efficient) > 1:
            frame.ax.plot(
                [x for x, _ in efficient], [y for _, y in efficient],
                color=look()["colour"]["grey"], linestyle="--", linewidth=draw["thin"] * 2,
            )  # fmt: skip
        for which in ("x", "y"):
            yen_axis(frame, which)
        frame.ax.set_xlabel(frame.text("axis.premium"))
        frame.ax.set_ylabel(frame.text("axis.retained_mean"))
        if plans:
            frame.ax.set_xlim(0, max(x for x, _, _, _ in marks) * (1 + draw["room"]) or 1)
            frame.ax.set_ylim(0, max(y for _, y, _, _ in marks) * (1 + draw["room"]) or 1)
        else:
            frame.ax.text(
                1 / 2, 1 / 2, frame.text("no_premium"), ha="center", transform=frame.ax.transAxes
            )
        notes = basis(frame, result, regime, *_notes(plans, efficient))
        framed(frame, "premium.title", notes, plan_key(frame, result, plans) if key else ())
        badges(frame, marks)
        return fitted(frame)


def _efficient(marks: Sequence[tuple[float, float, int, str]]) -> list[tuple[float, float]]:
    """Return the points of the plans that no other beats in premium and retained loss."""
    found: list[tuple[float, float]] = []
    for x, y, _, _ in sorted(marks):
        if not found or y < found[-1][1]:
            found.append((x, y))
    return found


def _notes(
    plans: Sequence[Mapping[str, Any]], efficient: Sequence[tuple[float, float]]
) -> list[str]:
    if not plans:
        return []
    return ["bars", "efficient"] if len(efficient) > 1 else ["bars"]
