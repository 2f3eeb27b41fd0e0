"""Which assumption moves the answer most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.output.charts.bars import row_bars, rows_named
from exposure.output.charts.frame import open_frame, wrapped, yen_axis
from exposure.output.charts.layout import basis, framed
from exposure.output.charts.style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def tornado_chart(
    result: Mapping[str, Any], regime: str, *, ax: Axes | None = None, lang: Lang = "ja"
) -> Axes:
    """Draw how far each assumption moves the yearly cost of the plan in question (感度分析).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``, of a study with its sensitivity analysis.
    regime : str
        ``brochure`` or ``court``.
    ax : Axes, optional
        Where to draw; a new figure if left out.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    Axes
        The most influential assumption on top; a star where the recommended plan changes.

    Examples
    --------
    >>> bar = {"label": {"ja": "率", "en": "rate"}, "changes_plan": False,
    ...        "ends": [{"cost": 1e6}, {"cost": 4e6}]}
    >>> found = {"centre": {"cost": 2e6}, "parameters": [bar], "ends": [0.05, 0.95]}
    >>> result = {"study": {"loss_years": 90}, "regimes": {"court": {"sensitivity": found}}}
    >>> [float(bar.get_width()) for bar in tornado_chart(result, "court").patches]
    [-1000000.0, 2000000.0]
    """
    found, draw, colour = result["regimes"][regime]["sensitivity"], look()["draw"], look()["colour"]
    centre = float(found["centre"]["cost"])
    bars = [b for b in found["parameters"] if all(e["cost"] is not None for e in b["ends"])]
    bars = sorted(bars, key=_reach, reverse=True)[: draw["most_bars"]]
    starred = any(bar["changes_plan"] for bar in bars)
    with open_frame(ax, lang, len(bars) * draw["row"] * 2) as frame:
        handles = []
        for place, (name, hue) in enumerate(
            (("low", colour["light_fill"]), ("high", colour["first"]))
        ):
            widths = [float(bar["ends"][place]["cost"]) - centre for bar in bars]
            handles += row_bars(
                frame, range(len(bars)), widths, lefts=[centre] * len(bars), color=hue,
                label=frame.text(f"tornado.{name}"),
            )  # fmt: skip
        frame.ax.axvline(centre, color=colour["ink"], linewidth=draw["thin"])
        names = [("★" if bar["changes_plan"] else "") + bar["label"][lang] for bar in bars]
        rows_named(frame, [wrapped(name, draw["wrap_long"]) for name in names])
        yen_axis(frame, "x")
        ends = [centre, *(float(end["cost"]) for bar in bars for end in bar["ends"])]
        room = (max(ends) - min(ends)) * draw["margin"] or 1
        frame.ax.set_xlim(min(ends) - room, max(ends) + room)
        frame.ax.set_xlabel(frame.text("axis.cost"))
        notes = basis(frame, result, regime, *(["tornado.changes"] if starred else []))
        return framed(frame, "tornado.title", notes, handles)


def _reach(bar: Mapping[str, Any]) -> float:
    """Return how far a bar goes from end to end."""
    ends = [float(end["cost"]) for end in bar["ends"]]
    return max(ends) - min(ends)
