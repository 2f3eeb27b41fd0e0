"""The validation report as one self-contained HTML page (検証報告書).

Prints what `exposure.validation` found; computes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: a document read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.yen import format_yen

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_DIGITS = 4  # significant, of a figure that is no amount
_LEVELS = 3  # significant, of an amount


def validation_html(document: Mapping[str, Any], lang: Lang = "ja") -> str:
    """Return the validation report as an HTML page (検証報告書).

    Parameters
    ----------
    document : mapping
        Content of ``validation.json``.
    lang : {"ja", "en"}
        Language.

    Examples
    --------
    >>> page = validation_html(
    ...     {"version": "1", "profile": "fast", "seed": 1, "summary": {}, "checks": [], "use": [],
    ...      "back_tests": [], "level": [], "fitted": [], "sanity": {"rows": [], "facts": []},
    ...      "repeated": [], "mixes": {"records": 1, "rows": []}}
    ... )
    >>> page[:15]
    '<!DOCTYPE html>'
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    template = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    ).get_template("validation.html.j2")
    page: str = template.render(
        document=document,
        lang=lang,
        style=Markup(style),
        style_hash=digest,
        say=lambda name: label("validation", name, lang),
        regime=lambda name: label("regime", name, lang),
        number=number,
        yen=lambda amount: format_yen(amount, lang, _LEVELS),
        percent=percent,
        sections=[name for name in labels("validation") if name in document["summary"]],
    )
    return page


def percent(share: float) -> str:
    """Return a counted share as people read it.

    Examples
    --------
    >>> percent(0.8975)
    '89.8%'
    """
    return f"{share:.1%}"


def number(value: float | None) -> str:
    """Return a figure as people read it.

    Examples
    --------
    >>> number(12949.3), number(0.92961), number(None)
    ('12,949', '0.9296', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    shown = f"{value:.{_DIGITS}g}"
    many = float(shown).is_integer() and len(f"{abs(value):.0f}") >= _DIGITS
    return f"{value:,.0f}" if many else shown
