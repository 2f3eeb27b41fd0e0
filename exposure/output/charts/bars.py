"""Bars in rows and columns, and the names of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any  # Any: properties of a patch

from exposure.output.charts.frame import Frame, loosened
from exposure.output.charts.style import look

if TYPE_CHECKING:
    from matplotlib.patches import Rectangle


def bars(
    frame: Frame, boxes: Iterable[tuple[float, float, float, float]], **properties: Any
) -> list[Rectangle]:
    """Draw bars and return the first, for the key.

    Each is left, bottom, width and height. Unlike `Axes.bar` this looks at no limits: the chart
    sets them, and setting them anew with each bar takes longer than drawing.
    """
    from matplotlib.patches import Rectangle

    drawn = [
        Rectangle((left, bottom), width, height, **properties)
        for left, bottom, width, height in boxes
    ]
    for patch in drawn:
        frame.ax.add_artist(patch)
    return drawn[:1]


def row_bars(
    frame: Frame,
    rows: Sequence[float],
    widths: Sequence[float],
    *,
    lefts: Sequence[float] | None = None,
    thick: float | None = None,
    **properties: Any,
) -> list[Rectangle]:
    """Draw a bar in each row and return the first, for the key."""
    high = look()["draw"]["bar"] if thick is None else thick
    starts = [0.0] * len(rows) if lefts is None else lefts
    return bars(
        frame,
        ((x, y - high / 2, width, high) for x, y, width in zip(starts, rows, widths, strict=True)),
        **properties,
    )


def beside(frame: Frame, x: float, y: float, words: str, size: float) -> None:
    """Write a figure beside the end of a bar, for which the limits of the axes leave room."""
    frame.ax.text(
        x, y, words, va="center_baseline", fontsize=size, in_layout=False,
        transform=frame.shifted(2 * 2, 0, frame.ax.transData),
    )  # fmt: skip


def rows_named(frame: Frame, names: Sequence[str]) -> None:
    """Name the rows of a bar chart, first row on top, without marks or grid between."""
    frame.ax.tick_params(axis="y", length=0)
    frame.ax.grid(visible=False, axis="y")
    frame.ax.set_yticks(range(len(names)), names)
    loosened(frame.ax.get_yticklabels())
    frame.ax.set_ylim(len(names) - 1 / 2, -1 / 2)
