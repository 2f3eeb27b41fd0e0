"""The shipped font cut down to the characters of one page, so that the page carries it along."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from exposure.output.charts.style import font_path


def subset_data_uri(weight: str, characters: str) -> str:
    """Return a font with just these characters, as a ``data:`` address (埋め込みフォント).

    Characters the font does not have are left to the reader's own fonts.

    Parameters
    ----------
    weight : str
        ``Regular`` or ``Bold``.
    characters : str
        Text to be written, in any order.

    Examples
    --------
    >>> subset_data_uri("Bold", "円").startswith("data:font/woff;base64,")
    True
    """
    return _subset(weight, "".join(sorted(set(characters))))


@lru_cache(maxsize=16)
def _subset(weight: str, characters: str) -> str:
    from fontTools import subset  # type: ignore[import-untyped]  # it ships no types

    options = subset.Options(flavor="woff", recalc_timestamp=False)
    # What shifts letters by a hair takes as long to cut down as all of their shapes.
    options.drop_tables += ["GDEF", "GPOS", "GSUB"]
    stream = io.BytesIO()
    with subset.load_font(str(font_path(weight)), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        subset.save_font(font, stream, options)
    return "data:font/woff;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
