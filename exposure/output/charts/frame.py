"""What the charts share: a place to draw, titles and notes, yen axes, labels kept apart."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON, and artists of a legend

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import (
    chart_style,
    look,
    name_of,
    plan_colour,
    plan_number,
)
from exposure.yen import format_yen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import Transform

_NOT_FIRST = "、。，．・：；）」』】〕ー～〜＋%円年月日々ゃゅょっァィゥェォャュョッ"

_JOINTS = " ＋+（(／/"


@dataclass(frozen=True)
class Frame:
    """Axes to draw on, and whether the chart has the whole figure to itself.

    ``height`` is that of an own figure without its key. [inch]
    """

    ax: Axes
    own: bool
    lang: Lang
    height: float = 0.0

    @property
    def figure(self) -> Figure:
        """The figure of the axes."""
        figure = self.ax.get_figure(root=True)
        if figure is None:
            raise ValueError("the axes belong to no figure")
        return figure

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
def open_frame(ax: Axes | None, lang: Lang, rows: float | None = None) -> Iterator[Frame]:
    """Lend the axes given, or those of a new figure, in the style of the package.

    ``rows`` is what the rows of a bar chart need of the height of a new figure. [inch]
    """
    with chart_style():
        if ax is None:
            yield _new_frame(lang, rows)
        else:
            _lend_fonts(ax)
            yield Frame(ax, own=False, lang=lang)


def _new_frame(lang: Lang, rows: float | None) -> Frame:
    from matplotlib.figure import Figure

    figure = Figure()
    if rows is not None:
        figure.set_figheight(rows + look()["draw"]["head_room"])
    return Frame(figure.add_subplot(), own=True, lang=lang, height=figure.get_figheight())


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
        axis.set_major_locator(LogLocator(base=look()["ticks"]["decade"]))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(_even_steps(frame, which))
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_yen(value, frame.lang)))


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
    loosened(frame.ax.get_xticklabels())


def loosened(texts: Iterable[Text]) -> None:
    """Keep the lines of each text apart."""
    for text in texts:
        text.set_linespacing(look()["draw"]["leading"])


def wrapped(text: str, columns: int) -> str:
    r"""Break a line so that no part is wider than so many half-width columns (半角換算).

    No part begins with a closing bracket, a small kana or a mark that must not start a line.

    Examples
    --------
    >>> wrapped("個人情報漏えい対応保険（Ｆ型）", 22)
    '個人情報漏えい対応保険\n（Ｆ型）'
    """
    lines: list[str] = []
    current = ""
    for character in text:
        if columns_of(current + character) > columns and character not in _NOT_FIRST:
            cut = _break(current)
            lines.append(current[:cut])
            current = current[cut:]
        current += character
    return "\n".join(line.strip() for line in [*lines, current])


def columns_of(text: str) -> int:
    """Return the width of a text in half-width columns (半角換算の文字数).

    Examples
    --------
    >>> columns_of("AIU保険")
    7
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _break(line: str) -> int:
    """Return where to break a full line: before the last joint of its second half, or its end."""
    joints = [i for i, c in enumerate(line) if c in _JOINTS and i > len(line) / 2]
    return joints[-1] if joints else len(line)


def plan_name(
    frame: Frame, result: Mapping[str, Any], plan: Mapping[str, Any], columns: int
) -> str:
    """Return a plan's number and name, wrapped."""
    return wrapped(f"{plan_number(result, plan['id'])} {name_of(plan, frame.lang)}", columns)


def plan_key(
    frame: Frame, result: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """Return the legend entries that tell plan numbers and colours."""
    from matplotlib.lines import Line2D

    draw = look()["draw"]
    return [
        Line2D(
            [], [], linestyle="none", marker="o", markersize=draw["marker"] + 2,
            color=plan_colour(result, plan["id"]),
            label=plan_name(frame, result, plan, draw["key_wrap"]),
        )
        for plan in sorted(plans, key=lambda plan: str(plan["id"]))
    ]  # fmt: skip
