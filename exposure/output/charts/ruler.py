"""How large words are in a picture: measured once, whatever chart they stand in.

Leaves the places of things to `layout` and the files to `save`.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TextIO

from exposure.output.charts.style import look

if TYPE_CHECKING:
    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.figure import Figure

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
def _measured(words: str, fonts: tuple[str, ...], weight: str | int) -> tuple[float, float, float]:
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
            width, height, descent = _measured(s, tuple(prop.get_family()), prop.get_weight())
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
