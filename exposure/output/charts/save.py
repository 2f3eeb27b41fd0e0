"""Charts as SVG text and PNG bytes: equal input gives equal bytes, a missing glyph is an error."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from exposure.output.charts.frame import TIP, figure_of
from exposure.output.charts.layout import at_points, every_glyph, svg_renderer
from exposure.output.charts.style import chart_style, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TIP = re.compile(rf'<g id="{TIP}([^"]*)">')
_FONT = re.compile(r"(?:(?P<weight>bold|\d+) )?(?P<size>[\d.]+)px (?P<family>.+)")


def to_png(ax: Axes, dpi: float | None = None) -> bytes:
    """Return the figure of the axes as a PNG image.

    Parameters
    ----------
    dpi : float, optional
        Dots per inch; those of print if left out.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> to_png(Figure().add_subplot())[1:4]
    b'PNG'
    """
    stream = io.BytesIO()
    with chart_style(), every_glyph():
        figure_of(ax).savefig(
            stream,
            format="png",
            metadata={"Software": None},
            dpi=dpi or look()["rc"]["savefig.dpi"],
        )
    return stream.getvalue()


@dataclass(frozen=True)
class Picture:
    """A chart that a notebook shows by itself (ノートブックに表示する図)."""

    png: bytes = field(repr=False)

    def _repr_png_(self) -> bytes:
        return self.png


def picture(ax: Axes) -> Picture:
    """Return a chart for a notebook to show.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> picture(Figure().add_subplot()).png[1:4]
    b'PNG'
    """
    return Picture(to_png(ax, dpi=look()["explorer"]["dpi"]))


def to_svg(ax: Axes, name: str, title: str = "", *, outlines: bool = True) -> str:
    """Return the figure of the axes as an SVG document.

    There is no date, no style sheet and no style attribute, so that the picture may stand in a page
    whose policy allows neither.

    Parameters
    ----------
    ax : Axes
        Axes of the chart.
    name : str
        Prefix of every id in the picture; give each picture of a page its own.
    title : str
        What a screen reader says.
    outlines : bool
        Draw text as outlines, for a picture that stands alone; otherwise text stays text, for a
        page that brings the fonts along.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> svg = to_svg(Figure().add_subplot(), "one", "空の図")
    >>> svg.startswith("<svg"), 'id="one-' in svg, "style=" in svg
    (True, True, False)
    """
    import matplotlib as mpl

    stream, figure = io.StringIO(), figure_of(ax)
    salted = mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path" if outlines else "none"})
    with chart_style(), salted, every_glyph(), at_points(figure):
        renderer = svg_renderer(stream, figure.bbox.width, figure.bbox.height)
        figure.draw(renderer)
        renderer.finalize()  # type: ignore[no-untyped-call]  # Matplotlib has no types here
    return _tidy(stream.getvalue(), name, title)


def _tidy(svg: str, name: str, title: str) -> str:
    """Drop prolog, metadata and style sheet; prefix ids; turn style attributes into plain ones."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = _TIP.sub(lambda found: f"<g><title>{found.group(1)}</title>", svg)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r' style="([^"]*)"', lambda found: _attributes(found.group(1)), svg)
    head, rest = svg.split(">", 1)
    # What Matplotlib's style sheet says of every element; children inherit it.
    head += ' stroke-linejoin="round" stroke-linecap="butt" role="img"'
    return f"{head}><title>{escape(title)}</title>{rest}" if title else f"{head}>{rest}"


def _attributes(style: str) -> str:
    """Return ``a: b; c: d`` as `` a="b" c="d"``; a font is taken apart, as it is no attribute."""
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    found = []
    for key, value in pairs:
        key, value = key.strip(), value.strip().replace("&quot;", "'")
        font = _FONT.fullmatch(value) if key == "font" else None
        if font is None:
            found.append(f' {key}="{value}"')
        else:
            weight = f' font-weight="{font["weight"]}"' if font["weight"] else ""
            family = font["family"].replace('"', "'")
            found.append(f'{weight} font-size="{font["size"]}" font-family="{family}"')
    return "".join(found)
