"""Pictures inside a page: outlines of characters are written once and shared by all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NAMESPACE = re.compile(r' xmlns(:xlink)?="[^"]*"')
_EMPTY = re.compile(r"<defs>\s*</defs>\s*")


def share_glyphs(pictures: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Move the character outlines of SVG pictures into one place (文字の輪郭の共有).

    Parameters
    ----------
    pictures : mapping of str to str
        SVG documents by the prefix of their ids, as `charts.to_svg` returns them.

    Returns
    -------
    shared : str
        An invisible SVG element that must stand in the same page.
    pictures : dict of str to str
        The pictures without outlines of their own and without namespaces, for use within HTML.

    Examples
    --------
    >>> svg = ('<svg xmlns="n"><defs><path id="a-Noto-1f" d="M 0"/></defs>'
    ...        '<use xlink:href="#a-Noto-1f"/></svg>')
    >>> shared, pictures = share_glyphs({"a": svg})
    >>> pictures["a"]
    '<svg><use xlink:href="#Noto-1f"/></svg>'
    >>> 'id="Noto-1f"' in shared
    True
    """
    outlines: dict[str, str] = {}
    lean = {}
    for prefix, svg in pictures.items():
        # Matplotlib names an outline by font and glyph, so equal names are equal outlines.
        glyph = re.compile(rf'<path id="{re.escape(prefix)}-((?:Noto|DejaVu)[^"]*)"([^>]*)/>\s*')
        found = dict(glyph.findall(svg))
        outlines.update(found)
        svg = _EMPTY.sub("", glyph.sub("", svg))
        svg = re.sub(rf'href="#{re.escape(prefix)}-((?:Noto|DejaVu)[^"]*)"', r'href="#\1"', svg)
        lean[prefix] = re.sub(r"\n\s*", "\n", _NAMESPACE.sub("", svg))
    paths = "".join(f'<path id="{name}"{rest}/>' for name, rest in sorted(outlines.items()))
    shared = (
        f'<svg class="glyphs" width="0" height="0" aria-hidden="true"><defs>{paths}</defs></svg>'
    )
    return shared, lean
