"""What the charts share: a place to draw, titles and notes, yen axes, labels kept apart."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON, and artists of a legend

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import look, name_of, plan_colour, plan_number
from exposure.yen import format_yen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NOT_FIRST = "、。，．・：；）」』】〕ー～〜＋%円年月日々ゃゅょっァィゥェォャュョッ"

_JOINTS = " ＋+（(／/"


@dataclass(frozen=True)
class Frame:
    """Axes to draw on, and whether the chart has the whole figure to itself."""

    ax: Axes
    own: bool
    lang: Lang

    @property
    def figure(self) -> Figure:
        """The figure of the axes."""
        figure = self.ax.get_figure(root=True)
        if figure is None:
            raise ValueError("the axes belong to no figure")
        return figure

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


def open_frame(ax: Axes | None, lang: Lang, rows: float | None = None) -> Frame:
    """Return the axes given, or the axes of a new figure; ``rows`` sets its height [inch]."""
    if ax is not None:
        _lend_fonts(ax)
        return Frame(ax, own=False, lang=lang)
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    if rows is not None:
        figure.set_figheight(rows + look()["draw"]["head_room"])
    return Frame(figure.add_subplot(), own=True, lang=lang)


def _lend_fonts(ax: Axes) -> None:
    """Give axes that were made in another style the fonts that have Japanese."""
    from matplotlib import rcParams

    families = rcParams["font.family"]
    ax.tick_params(labelfontfamily=families)
    for text in (ax.xaxis.label, ax.yaxis.label, ax.title):
        text.set_fontfamily(families)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_offset_text().set_fontfamily(families)


def headed(
    frame: Frame, title: str, notes: Sequence[str], result: Mapping[str, Any], regime: str
) -> None:
    """Put the title above, and below it what the chart rests on (前提とシミュレーション年数)."""
    years = f"{result['study']['loss_years']:,}"
    basis = frame.text("years", regime=label("regime", regime, frame.lang), n=years)
    separator = "" if frame.lang == "ja" else " "
    note = separator.join([basis, *(frame.text(name) for name in notes)])
    note = wrapped(note, look()["draw"]["note_wrap"])
    size, colour = look()["draw"]["small"], look()["colour"]["note"]
    from matplotlib import rcParams

    if frame.own:
        frame.figure.suptitle(frame.text(title), x=0, ha="left")
        frame.figure.supxlabel(note, x=0, ha="left", fontsize=size, color=colour)
    else:
        frame.ax.set_title(frame.text(title), fontfamily=rcParams["font.family"])
        frame.ax.set_xlabel(f"{frame.ax.get_xlabel()}\n{note}")


def keyed(frame: Frame, handles: Sequence[Any], columns: int) -> None:
    """Explain the marks under the chart and left of it, never over it."""
    if not handles:
        return
    from matplotlib.transforms import ScaledTranslation

    figure, per_inch = frame.figure, look()["draw"]["points_per_inch"]
    if frame.own:
        lines = math.ceil(len(handles) / columns) * look()["draw"]["key_line"]
        figure.set_figheight(figure.get_figheight() + lines / per_inch)
    figure.draw_without_rendering()
    axes = frame.ax.get_window_extent()
    # The key hangs below the axis labels, wherever the layout moves the axes afterwards.
    labels = [axis.get_tightbbox() for axis in (frame.ax.xaxis, frame.ax.yaxis)]
    left = min([axes.x0, *(box.x0 for box in labels if box is not None)]) - axes.x0
    below = min([axes.y0, *(box.y0 for box in labels if box is not None)]) - axes.y0
    drop = below / figure.dpi - look()["draw"]["offset"] / per_inch
    hang = ScaledTranslation(left / figure.dpi, drop, figure.dpi_scale_trans)
    frame.ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=columns, borderaxespad=0,
        borderpad=0, bbox_transform=frame.ax.transAxes + hang,
    )  # fmt: skip


def yen_axis(frame: Frame, which: str, log: bool = False) -> None:
    """Label an axis in 円・万円・億円; on a log axis at every decade."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    axis = frame.ax.xaxis if which == "x" else frame.ax.yaxis
    if log:
        (frame.ax.set_xscale if which == "x" else frame.ax.set_yscale)("log")
        axis.set_major_locator(LogLocator(base=look()["ticks"]["decade"]))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(
            MaxNLocator(nbins=look()["ticks"]["linear"], steps=look()["ticks"]["steps"])
        )
    axis.set_major_formatter(FuncFormatter(lambda value, _: format_yen(value, frame.lang)))


def percent_axis(frame: Frame, which: str) -> None:
    """Label an axis of probabilities or shares in percent."""
    from matplotlib.ticker import PercentFormatter

    axis = frame.ax.xaxis if which == "x" else frame.ax.yaxis
    axis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))


def _percent_of(n: int) -> str:
    """Return 1/n in percent with just the decimals that a power of ten needs."""
    decimals = max(0, math.ceil(math.log10(n)) - 2)
    return f"{1 / n:.{decimals}%}"


def rarity_axis(frame: Frame, word: str, ticks: Sequence[int], furthest: float) -> None:
    """Label a log axis of one-in-n, with the probability underneath."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    frame.ax.set_xscale("log")
    shown = [n for n in ticks if n <= round(furthest, 2)]  # 1 / 0.001 may fall short of 1,000
    words = [frame.text(word, n=f"{n:,}", p=_percent_of(n)) for n in shown]
    frame.ax.xaxis.set_major_locator(FixedLocator(shown))
    frame.ax.xaxis.set_major_formatter(FixedFormatter(words))
    frame.ax.xaxis.set_minor_locator(NullLocator())


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
        if _columns(current + character) > columns and character not in _NOT_FIRST:
            cut = _break(current)
            lines.append(current[:cut])
            current = current[cut:]
        current += character
    return "\n".join(line.strip() for line in [*lines, current])


def _columns(text: str) -> int:
    """Return the width of a text in half-width columns."""
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


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move labels apart until none is nearer to its neighbour than ``gap``, in their order.

    Examples
    --------
    >>> spread([0.0, 0.0, 10.0], 2.0)
    [-1.0, 1.0, 10.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[tuple[float, list[int]]] = []
    for i in order:
        centre, members = wanted[i], [i]
        while groups:
            before, others = groups[-1]
            if centre - before >= gap * (len(members) + len(others)) / 2:
                break
            groups.pop()
            total = before * len(others) + centre * len(members)
            members = others + members
            centre = total / len(members)
        groups.append((centre, members))
    placed = [0.0] * len(wanted)
    for centre, members in groups:
        for rank, i in enumerate(members):
            placed[i] = centre + gap * (rank - (len(members) - 1) / 2)
    return placed


def axes_points(frame: Frame) -> tuple[float, float]:
    """Return the width and height of the axes as laid out now. [point]."""
    figure = frame.figure
    if frame.own:
        figure.draw_without_rendering()
    box = frame.ax.get_window_extent()
    points = look()["draw"]["points_per_inch"] / figure.dpi
    return box.width * points, box.height * points


def place(frame: Frame, x: float, y: float) -> tuple[float, float]:
    """Return where data stand within the axes, in fractions of them."""
    point = frame.ax.transData.transform((x, y))
    fraction = frame.ax.transAxes.inverted().transform(point)
    return float(fraction[0]), float(fraction[1])


def label_ends(frame: Frame, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each curve's name at its end, moved apart, with a thin line to the end.

    Each end is x, y, name and colour.
    """
    draw = look()["draw"]
    height = axes_points(frame)[1]
    spots = [place(frame, x, y) for x, y, _, _ in ends]
    levels = spread([at * height for _, at in spots], draw["gap"])
    above = max(0.0, max(levels, default=0.0) - height)
    levels = [level - above for level in levels]
    aside = 1 + draw["offset"] * 2 / height
    for (x, y, name, colour), level in zip(ends, levels, strict=True):
        line = {
            "arrowstyle": "-", "color": colour, "linewidth": draw["thin"], "shrinkA": 0,
            "shrinkB": 0, "relpos": (0, 1 / 2),
        }  # fmt: skip
        frame.ax.annotate(
            name, xy=(x, y), xycoords="data", xytext=(aside, level / height),
            textcoords="axes fraction", va="center", fontsize=draw["small"], arrowprops=line,
            annotation_clip=False,
        )  # fmt: skip


def badges(frame: Frame, marks: Sequence[tuple[float, float, int, str]]) -> None:
    """Draw plan numbers in discs at their points, aside with a thin line where they would collide.

    Each mark is x, y, number and colour.
    """
    draw, light = look()["draw"], look()["colour"]["light"]
    width, height = axes_points(frame)
    step = draw["badge"] + 1
    placed: list[tuple[float, float]] = []
    for x, y, number, colour in sorted(marks, key=lambda mark: (mark[0], mark[1])):
        across, up = place(frame, x, y)
        at = (across * width, up * height)
        start = at[0]
        while any(abs(at[0] - a) < step and abs(at[1] - b) < step for a, b in placed):
            at = (at[0] + step, at[1])
        placed.append(at)
        line = None
        if at[0] > start:
            frame.ax.plot([x], [y], marker="o", markersize=2, color=colour)
            line = {"arrowstyle": "-", "color": colour, "linewidth": draw["thin"]}
        disc = {
            "boxstyle": "circle,pad=0.25", "facecolor": colour, "edgecolor": light,
            "linewidth": draw["thin"],
        }  # fmt: skip
        frame.ax.annotate(
            str(number), xy=(x, y), xytext=(at[0] - start, 0), textcoords="offset points",
            ha="center", va="center_baseline", fontsize=draw["number"], fontweight="bold",
            color=light, bbox=disc, arrowprops=line, zorder=draw["front"], annotation_clip=False,
        )  # fmt: skip
