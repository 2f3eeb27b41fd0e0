"""Where things stand in a chart, and how large words are: no overlap, labels kept apart."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import pairwise
from typing import (
    TYPE_CHECKING,
    Any,  # Any: artists of a legend
    TextIO,
)

from exposure.labels import label
from exposure.output.charts.frame import Frame, wrap
from exposure.output.charts.style import look
from exposure.result.record import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox


_MISSING = re.compile(r"Glyph (\d+)")


@contextmanager
def every_glyph() -> Iterator[None]:
    """Turn a glyph that no font has into an error that names the character (欠字の検出).

    Raises
    ------
    ValueError
        If a character cannot be drawn with the shipped fonts.

    Examples
    --------
    >>> with every_glyph():
    ...     warnings.warn("Glyph 12354 missing from font(s) Noto Sans JP.", stacklevel=1)
    Traceback (most recent call last):
    ...
    ValueError: the shipped fonts cannot draw 'あ' (U+3042)
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph .* missing from")
        try:
            yield
        except UserWarning as warning:
            found = _MISSING.search(str(warning))
            if found is None:
                raise
            code = int(found.group(1))
            message = f"the shipped fonts cannot draw {chr(code)!r} (U+{code:04X})"
            raise ValueError(message) from None


@contextmanager
def at_points(figure: Figure) -> Iterator[None]:
    """Let a pixel of the figure be a point, as it is in an SVG document."""
    before, figure.dpi = figure.dpi, look()["draw"]["points_per_inch"]
    try:
        yield
    finally:
        figure.dpi = before


@lru_cache(maxsize=4096)
def _measure(words: str, fonts: tuple[str, ...], weight: str | int) -> tuple[float, float, float]:
    """Return width, height and descent of a line of type of size 1."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with every_glyph():
        found: tuple[float, float, float] = text_to_path.get_text_width_height_descent(
            words, FontProperties(family=fonts, weight=weight, size=1), False
        )
    return found


@cache
def _line(fonts: tuple[str, ...], weight: str | int) -> tuple[float, float, float] | None:
    """Return how far a line of type of size 1 goes up and down, and the gap to the next."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=fonts, weight=weight)))
    head, line = font.get_sfnt_table("head"), font.get_sfnt_table("OS/2")
    if head is None or line is None:
        return None
    em = head["unitsPerEm"]
    return line["sTypoAscender"] / em, -line["sTypoDescender"] / em, line["sTypoLineGap"] / em


@cache
def _renderer_class() -> type[RendererSVG]:
    from matplotlib.backends.backend_svg import RendererSVG

    class Renderer(RendererSVG):
        """Writes SVG; knows how large words are from the charts drawn before."""

        def get_text_width_height_descent(
            self, s: str, prop: Any, ismath: Any
        ) -> tuple[float, float, float]:
            size = prop.get_size_in_points()
            width, height, descent = _measure(s, tuple(prop.get_family()), prop.get_weight())
            return width * size, height * size, descent * size

        def _get_font_height_metrics(self, prop: Any) -> tuple[float | None, ...]:
            # Where Matplotlib does not ask this, it looks the font up again for every text.
            line = _line(tuple(prop.get_family()), prop.get_weight())
            if line is None:
                return None, None, None
            return tuple(part * prop.get_size_in_points() for part in line)

    return Renderer


def svg_renderer(stream: TextIO, width: float, height: float) -> RendererSVG:
    """Return what draws into an SVG document of this size, in points."""
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    return _renderer_class()(width, height, stream, metadata=nothing)


@cache
def ruler() -> RendererSVG:
    """Return a renderer to measure with; what it draws goes nowhere."""
    return svg_renderer(io.StringIO(), 1, 1)


def arrange(
    frame: Frame,
    title: str,
    notes: Sequence[str],
    keys: Sequence[Any] = (),
    columns: int | None = None,
) -> Axes:
    """Put the title above, the notes and the key below, and give everything its place."""
    separator = "" if frame.lang == "ja" else " "
    draw, room = look()["draw"], frame.room
    columns = columns or draw["key_columns"]
    if frame.bare:
        _draw_key(frame, keys, max(1, round(columns * room)))
        return _settle(frame)
    wide = draw["note_wrap"] if frame.own else draw["note_wrap_inside"]
    note = wrap(separator.join(notes), round(wide * room))
    from matplotlib import rcParams

    if frame.own:
        words = wrap(frame.text(title), round(draw["title_wrap"] * room))
        frame.figure.suptitle(words, x=0, ha="left", va="top", linespacing=draw["leading"])
        frame.figure.supxlabel(
            note, x=0, y=0, ha="left", va="bottom", linespacing=draw["leading"],
            fontsize=draw["small"], color=look()["colour"]["note"],
        )  # fmt: skip
    else:
        words = wrap(frame.text(title), round(draw["title_wrap"] * room))
        frame.ax.set_title(words, fontfamily=rcParams["font.family"])
        frame.ax.set_xlabel(f"{frame.ax.get_xlabel()}\n{note}")
    _draw_key(frame, keys, max(1, round(columns * room)))
    return _settle(frame)


def basis(
    frame: Frame, result: Result, regimes: Sequence[str], *notes: str, loss_years: int | None = None
) -> list[str]:
    """Return what a chart rests on (前提とシミュレーション年数), and further notes by name."""
    years = f"{loss_years or result.study.loss_years:,}"
    between = "・" if frame.lang == "ja" else ", "
    views = between.join(label("regime", regime, frame.lang) for regime in regimes)
    return [frame.text("years", regime=views, n=years), *(frame.text(name) for name in notes)]


def _draw_key(frame: Frame, handles: Sequence[Any], columns: int) -> None:
    """Explain the marks under the chart and left of it, never over it."""
    if not handles:
        return
    if frame.own:
        while not _fits(frame, _legend(frame, handles, columns)) and columns > 1:
            columns -= 1
            frame.figure.legends[0].remove()
        return
    _hang(frame, handles, columns)


def _legend(frame: Frame, handles: Sequence[Any], columns: int) -> Legend:
    return frame.figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 0), ncols=columns,
        borderaxespad=0, borderpad=0,
    )  # fmt: skip


def _fits(frame: Frame, legend: Legend) -> bool:
    """Say whether a key is no wider than its figure."""
    with at_points(frame.figure):
        return bool(legend.get_window_extent(ruler()).width <= frame.figure.bbox.width)


def _hang(frame: Frame, handles: Sequence[Any], columns: int) -> None:
    """Hang the key below the axis labels of axes within a larger figure."""
    figure, draw = frame.figure, look()["draw"]
    figure.draw_without_rendering()
    axes, points = frame.ax.get_window_extent(), draw["points_per_inch"] / figure.dpi
    # The key hangs below the axis labels, wherever the layout moves the axes afterwards.
    labels = [axis.get_tightbbox() for axis in (frame.ax.xaxis, frame.ax.yaxis)]
    left = min([axes.x0, *(box.x0 for box in labels if box is not None)]) - axes.x0
    below = min([axes.y0, *(box.y0 for box in labels if box is not None)]) - axes.y0
    corner = frame.shifted(left * points, below * points - draw["offset"], frame.ax.transAxes)
    frame.ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, 0), ncols=columns, borderaxespad=0,
        borderpad=0, bbox_transform=corner,
    )  # fmt: skip


def _settle(frame: Frame) -> Axes:
    """Give title, axes, key and note of an own figure their places, without overlap.

    Measures every text once, which a general layout engine would do several times over.
    """
    if not frame.own:
        return frame.ax
    figure, pad, per_inch = frame.figure, look()["draw"]["pad"], look()["draw"]["points_per_inch"]
    with at_points(figure):
        title = _height(figure._suptitle)  # type: ignore[attr-defined]  # no public getter
        note = _height(figure._supxlabel)  # type: ignore[attr-defined]  # no public getter
        key = sum(_height(legend) for legend in figure.legends)
        width, height = figure.bbox.width, frame.height * per_inch + key
        figure.set_figheight(height / per_inch)
        if figure._suptitle is not None:  # type: ignore[attr-defined]  # no public getter
            figure._suptitle.set_y(1)  # type: ignore[attr-defined]  # no public getter
        for _ in range(2):  # what reaches beyond the axes depends on how wide they are
            left, under, right, over = _beyond(frame)
            under += sum(part + pad for part in (note, key) if part) + pad
            over += title + pad * (2 if title else 1) if not frame.bare else pad / 2
            if frame.rows:  # rows have their height, whatever stands above and below them
                height = frame.rows * per_inch + under + over
                figure.set_figheight(height / per_inch)
            frame.ax.set_position(
                (
                    (left + 1) / width,
                    under / height,
                    max(width - left - right - pad - 1, pad) / width,
                    max(height - under - over, pad) / height,
                )
            )
            if left < width / 2 - width / 2**3:
                break
        if figure.legends:
            figure.legends[0].set_bbox_to_anchor((0, (note + pad) / height), figure.transFigure)
        _thin_labels(frame)
    return frame.ax


def _thin_labels(frame: Frame) -> None:
    """Name fewer steps of a yen axis whose names would touch."""
    from matplotlib.ticker import MaxNLocator

    axis = frame.ax.xaxis
    locator = axis.get_major_locator()
    if not isinstance(locator, MaxNLocator):
        return
    steps = look()["ticks"]["linear"]
    while steps > 1 and _touch(axis):
        steps -= 1
        locator.set_params(nbins=steps)


def _touch(axis: Axis) -> bool:
    boxes = [box for box in _extents(axis.get_ticklabels()) if box.width]
    ordered = sorted(boxes, key=lambda box: float(box.x0))
    apart = look()["draw"]["pad"]
    return any(one.x1 + apart > other.x0 for one, other in pairwise(ordered))


def _beyond(frame: Frame) -> tuple[float, float, float, float]:
    """Return how far words reach beyond the axes: left, below, right, above, in points."""
    ax, axes = frame.ax, frame.ax.get_window_extent()
    across, up = (_tick_labels(axis) or axes for axis in (ax.xaxis, ax.yaxis))
    # Hung on once for all: an axis left to itself measures its ticks again whenever it is drawn.
    drop = across.y0 - axes.y0 - ax.xaxis.labelpad
    ax.xaxis.set_label_coords(1 / 2, 0, frame.shifted(0, drop, ax.transAxes))
    aside = up.x0 - axes.x0 - ax.yaxis.labelpad
    ax.yaxis.set_label_coords(0, 1 / 2, frame.shifted(aside, 0, ax.transAxes))
    boxes = [axes, across, up, *_extents([ax.xaxis.label, ax.yaxis.label, *ax.texts])]
    return (
        axes.x0 - min(box.x0 for box in boxes),
        axes.y0 - min(box.y0 for box in boxes),
        max(box.x1 for box in boxes) - axes.x1,
        max(box.y1 for box in boxes) - axes.y1,
    )


def _tick_labels(axis: Axis) -> Bbox | None:
    """Return where the tick labels of an axis stand."""
    axis.set_label_coords(0, 0)
    axis.label.set_visible(False)
    found = axis.get_tightbbox(ruler())
    axis.label.set_visible(True)
    return found


def _extents(texts: Sequence[Text]) -> list[Bbox]:
    boxes = (text.get_tightbbox(ruler()) for text in texts if text.get_in_layout())
    return [box for box in boxes if box is not None]


def fit_axes(frame: Frame) -> Axes:
    """Draw the axes of an own figure in until no word beside them leaves it."""
    if frame.own:
        with at_points(frame.figure):
            whole, pad = frame.figure.bbox.width, look()["draw"]["pad"]
            furthest = max((box.x1 for box in _extents(frame.ax.texts)), default=0.0)
            x, y, width, height = frame.ax.get_position().bounds
            beyond = max(furthest - (whole - pad), 0.0)
            frame.ax.set_position((x, y, max(width - beyond / whole, pad / whole), height))
    return frame.ax


def _height(artist: Any) -> float:  # Any: text or legend
    return 0.0 if artist is None else float(artist.get_window_extent(ruler()).height)
