"""What the charts share: a place to draw, titles and notes, yen axes, labels kept apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias  # Any: properties of a patch

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import (
    chart_style,
    look,
    name_of,
    option_number,
    plan_colour,
    view_colour,
)
from exposure.output.printed import columns_of, phrases
from exposure.result.record import PlanResult, Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import Transform

# What the id of a mark begins with if it is a sentence for the reader; `save` makes it a title.
TIP = "tip:"
Stroke: TypeAlias = Literal["-", "--", "-."]
# Lines differ in stroke as well, for print in black and white.
STROKES: tuple[Stroke, ...] = ("-", "--", "-.")
_NOT_FIRST = "、。，．・：；）」』】〕ー～〜＋%円年月日々ゃゅょっァィゥェォャュョッ"


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes stand in."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    return figure


@dataclass(frozen=True)
class Frame:
    """Axes to draw on, and whether the chart has the whole figure to itself.

    ``height`` is that of an own figure without its key, ``rows`` that of the axes of a bar chart,
    0 for any other. [inch] A ``bare`` chart stands under a heading that says what it is, and has
    neither title nor note of its own.
    """

    ax: Axes
    own: bool
    lang: Lang
    height: float = 0.0
    bare: bool = False
    rows: float = 0.0

    @property
    def figure(self) -> Figure:
        """The figure of the axes."""
        return figure_of(self.ax)

    @property
    def room(self) -> float:
        """Which part of the width of an own figure words have, at most all of it."""
        if self.own:
            return 1.0
        inches = self.ax.get_window_extent().width / self.figure.dpi
        return float(min(1.0, inches / look()["rc"]["figure.figsize"][0]))

    def shifted(self, across: float, up: float, start: Transform) -> Transform:
        """Return coordinates moved by so many points, whatever the size of the figure."""
        from matplotlib.transforms import ScaledTranslation

        inch = look()["draw"]["points_per_inch"]
        return start + ScaledTranslation(across / inch, up / inch, self.figure.dpi_scale_trans)

    def text(self, name: str, **parts: object) -> str:
        """Return a chart's words with their parts filled in."""
        return label("chart", name, self.lang).format(**parts)

    def yen(self, amount: float) -> str:
        """Return an amount as printed in a chart."""
        digits = look()["draw"]["digits"]
        return format_yen(float(f"{amount:.{digits}g}"), self.lang, digits)

    def share(self, share: float) -> str:
        """Return a share as printed in a chart; a small one never reads as nothing."""
        if 0 < share < 1 / look()["draw"]["per_cent"]:
            return self.text("below_one_percent")
        return f"{share:.0%}"


@contextmanager
def open_frame(
    ax: Axes | None, lang: Lang, rows: float | None = None, *, bare: bool = False
) -> Iterator[Frame]:
    """Lend the axes given, or those of a new figure, in the style of the package.

    ``rows`` is what the rows of a bar chart need of the height of a new figure. [inch]
    """
    with chart_style():
        if ax is None:
            yield _new_frame(lang, rows, bare)
        else:
            _lend_fonts(ax)
            yield Frame(ax, own=False, lang=lang, bare=bare)


def _new_frame(lang: Lang, rows: float | None, bare: bool) -> Frame:
    from matplotlib.figure import Figure

    figure, draw = Figure(), look()["draw"]
    if rows is not None:
        figure.set_figheight(rows + draw["bare_room" if bare else "head_room"])
    height = figure.get_figheight()
    ax = figure.add_subplot()
    return Frame(ax, own=True, lang=lang, height=height, bare=bare, rows=rows or 0.0)


def _lend_fonts(ax: Axes) -> None:
    """Give axes that were made in another style type that has Japanese, of the size of charts."""
    from matplotlib import rcParams

    families = rcParams["font.family"]
    ax.tick_params(axis="x", labelfontfamily=families, labelsize=rcParams["xtick.labelsize"])
    ax.tick_params(axis="y", labelfontfamily=families, labelsize=rcParams["ytick.labelsize"])
    for text in (ax.xaxis.label, ax.yaxis.label):
        text.set_fontfamily(families)
        text.set_fontsize(rcParams["axes.labelsize"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_fontfamily(families)


def yen_axis(frame: Frame, which: str, log: bool = False) -> None:
    """Label an axis in 円・万円・億円; on a log axis at every decade."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis = frame.ax.xaxis if which == "x" else frame.ax.yaxis
    if log:
        (frame.ax.set_xscale if which == "x" else frame.ax.set_yscale)("log")
        axis.set_major_locator(
            LogLocator(base=look()["ticks"]["decade"], numticks=look()["ticks"]["decades"])
        )
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(_even_steps(frame, which))
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_yen(value, frame.lang)))


def floor_of(amounts: Sequence[float]) -> float:
    """Return the smallest yen a log axis of these amounts shows: less of a small client.

    Examples
    --------
    >>> floor_of([5e6]), floor_of([4e7]), floor_of([2e10, 3e4]), floor_of([])
    (10000.0, 40000.0, 100000.0, 100000.0)
    """
    draw = look()["draw"]
    most = max(amounts, default=float(draw["floor"] * draw["depth"]))
    return float(min(max(most / draw["depth"], draw["floor_small"]), draw["floor"]))


def percent_axis(frame: Frame, which: str) -> None:
    """Label an axis of probabilities or shares in percent, with the decimals the steps need."""
    from matplotlib.ticker import FuncFormatter

    axis = frame.ax.xaxis if which == "x" else frame.ax.yaxis
    axis.set_major_locator(_even_steps(frame, which))
    per_cent = look()["draw"]["per_cent"]
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * per_cent:.4g}%"))


def _even_steps(frame: Frame, which: str) -> MaxNLocator:
    """Return a handful of round steps, fewer where the axes are narrow."""
    from matplotlib.ticker import MaxNLocator

    ticks = look()["ticks"]
    most = ticks["linear"] * frame.room if which == "x" else ticks["linear"]
    return MaxNLocator(nbins=max(2, round(most)), steps=ticks["steps"])


def _percent_of(n: int) -> str:
    """Return 1/n in percent with just the decimals that a power of ten needs."""
    decimals = max(0, math.ceil(math.log10(n)) - 2)
    return f"{1 / n:.{decimals}%}"


def rarity_axis(frame: Frame, word: str, ticks: Sequence[int], furthest: float) -> None:
    """Label a log axis of one-in-n, with the probability underneath."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    frame.ax.set_xscale("log")
    shown = [n for n in ticks if n <= round(furthest, 2)]  # 1 / 0.001 may fall short of 1,000
    if frame.room < look()["draw"]["narrow"]:
        shown = shown[::-2][::-1]
    words = [frame.text(word, n=f"{n:,}", p=_percent_of(n)) for n in shown]
    frame.ax.xaxis.set_major_locator(FixedLocator(shown))
    frame.ax.xaxis.set_major_formatter(FixedFormatter(words))
    frame.ax.xaxis.set_minor_locator(NullLocator())
    space_lines(frame.ax.get_xticklabels())


def space_lines(texts: Iterable[Text]) -> None:
    """Keep the lines of each text apart."""
    for text in texts:
        text.set_linespacing(look()["draw"]["leading"])


def wrap(text: str, columns: int) -> str:
    r"""Break a line between words so that no part is wider than so many half-width columns (改行).

    A word that is wider than a line is broken where it must be; no part begins with a closing
    bracket, a small kana or a mark that must not start a line.

    Examples
    --------
    >>> wrap("個人情報漏えい対応保険（Ｆ型）", 22)
    '個人情報漏えい対応保険\n（Ｆ型）'
    """
    lines: list[str] = []
    current = ""
    for phrase in phrases(text):
        if current and columns_of((current + phrase).rstrip()) > columns:
            lines.append(current)
            current = ""
        current += phrase
        while columns_of(current.rstrip()) > columns:
            cut = _most(current, columns)
            lines.append(current[:cut])
            current = current[cut:]
    return "\n".join(line.strip() for line in [*lines, current] if line.strip())


def _most(line: str, columns: int) -> int:
    """Return how many characters of a word without joints a line takes, at least one."""
    cut = next((i for i in range(1, len(line)) if columns_of(line[: i + 1]) > columns), len(line))
    while cut < len(line) and line[cut] in _NOT_FIRST:
        cut += 1
    return cut


def plan_name(result: Result, plan: PlanResult, columns: int, lang: Lang) -> str:
    """Return a plan's name, wrapped; a short-listed one is told by its number."""
    number = option_number(result, plan.id)
    front = label("chart", "option", lang).format(n=number) + " " if number else ""
    lines = wrap(front + name_of(plan, lang), columns).split("\n")
    most = look()["draw"]["most_lines"]
    # A chart has room for so much of a name; tables have it whole.
    return "\n".join(lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + "…"])


def plan_key(frame: Frame, result: Result, plans: Sequence[PlanResult]) -> list[Line2D]:
    """Return the legend entries of plans that have a colour."""
    from matplotlib.lines import Line2D

    draw = look()["draw"]
    return [
        Line2D(
            [], [], color=plan_colour(result, plan.id), linestyle=plan_stroke(result, plan),
            label=plan_name(result, plan, draw["key_wrap"], frame.lang),
        )
        for plan in plans
        if option_number(result, plan.id)
    ]  # fmt: skip


def plan_stroke(result: Result, plan: PlanResult) -> Stroke:
    """Return the stroke of a short-listed plan's line, so that colour is not all that tells it."""
    return STROKES[(option_number(result, plan.id) - 1) % len(STROKES)]


def add_tip(artist: Artist, words: str) -> None:
    """Let a mark say what it is where a reader points at it (図の吹き出し)."""
    artist.set_gid(TIP + words)


def sides(n: int, step: float) -> list[float]:
    """Return where the marks of n views stand about the middle of their row, the first one above.

    Examples
    --------
    >>> sides(1, 0.2), sides(2, 0.2)
    ([0.0], [-0.2, 0.2])
    """
    return [0.0] if n == 1 else [step * (2 * i - (n - 1)) for i in range(n)]


def band_bar(
    frame: Frame, x: Sequence[float], y: Sequence[float], view: str, **properties: Any
) -> list[Line2D]:
    """Draw the band of the assumptions, thick and pale, and return it."""
    draw = look()["draw"]
    return frame.ax.plot(
        x, y, color=view_colour(view), alpha=draw["band_alpha"] * 2, linewidth=draw["band"],
        solid_capstyle="butt", **properties,
    )  # fmt: skip


def view_mark(
    frame: Frame, x: float, y: float, view: str, size: float, **properties: Any
) -> Line2D:
    """Draw the mark of a view, and return it."""
    (mark,) = frame.ax.plot(
        [x], [y], marker=look()["view"][view]["marker"], color=view_colour(view), markersize=size,
        **properties,
    )  # fmt: skip
    return mark


def is_seen(frame: Frame, lows: Sequence[float | None], highs: Sequence[float | None]) -> bool:
    """Say whether an upright band is anywhere thicker than the line it lies under.

    A note that speaks of a band nobody can see only sends the reader looking for it. The limits of
    the axis are set before; what lies outside them is no part of the band.
    """
    import numpy as np

    bottom, top = frame.ax.get_ylim()
    ends = np.array([lows, highs], dtype=float).T
    ends = np.clip(ends[~np.isnan(ends).any(axis=1)], bottom, top)
    low, high = (
        frame.ax.transData.transform(np.column_stack([np.ones(len(ends)), ends[:, k]]))[:, 1]
        for k in (0, 1)
    )
    points = look()["draw"]["points_per_inch"] / frame.figure.dpi
    thickest = float(np.max((high - low) * points, initial=0.0))
    least: float = look()["rc"]["lines.linewidth"] * look()["draw"]["seen"]
    return thickest > least


def own_funds_line(frame: Frame, result: Result) -> list[str]:
    """Draw what the client can bear in a year where the panel reaches to it; return the notes."""
    (low, high), amount = frame.ax.get_ylim(), result.own_funds.amount
    if not low < amount < high:
        return []
    frame.ax.axhline(
        amount, color=look()["colour"]["warn"], linestyle=(0, (5, 2)),
        linewidth=look()["draw"]["thin"] * 2,
    )  # fmt: skip
    return ["own_funds" if result.own_funds.stated else "own_funds_example"]


def columns_in(frame_of: object, *wanted: str) -> pd.DataFrame:
    """Return a frame of plans that has the columns a chart draws.

    Raises
    ------
    ValueError
        If it lacks one.
    """
    table: pd.DataFrame = frame_of  # type: ignore[assignment]  # told by its columns before
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise ValueError(f"the frame has no column {', '.join(missing)}; see exposure.compare")
    return table


def bars(
    frame: Frame, boxes: Iterable[tuple[float, float, float, float]], **properties: Any
) -> list[Rectangle]:
    """Draw bars and return them.

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
    return drawn


def row_bars(
    frame: Frame,
    rows: Sequence[float],
    widths: Sequence[float],
    *,
    lefts: Sequence[float] | None = None,
    thick: float | None = None,
    **properties: Any,
) -> list[Rectangle]:
    """Draw a bar in each row and return them."""
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


def name_rows(frame: Frame, names: Sequence[str]) -> None:
    """Name the rows of a bar chart, first row on top, without marks or grid between."""
    frame.ax.tick_params(axis="y", length=0)
    frame.ax.grid(visible=False, axis="y")
    frame.ax.set_yticks(range(len(names)), names)
    space_lines(frame.ax.get_yticklabels())
    frame.ax.set_ylim(max(len(names), 1) - 1 / 2, -1 / 2)
