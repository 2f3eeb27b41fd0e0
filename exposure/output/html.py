"""Reports as self-contained HTML pages: nothing to fetch, charts inline, a small script.

The script folds the annex, switches views, chooses plans and answers for limits and premiums the
result already holds; without it, and in print, everything shows. Prints the content of the report;
computes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html as entities
import io
import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: Jinja2's template, and what goes into it as data
)

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.output.charts.style import compared_plans, font_path, ladder_name, name_of, views_of
from exposure.output.content import Report, heads
from exposure.output.content.report import report_of
from exposure.output.content.words import text_of, view_name
from exposure.output.pictures import Pictures
from exposure.output.printed import phrases
from exposure.result.record import Result

if TYPE_CHECKING:
    from markupsafe import Markup


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


_TEMPLATES = Path(__file__).resolve().parent / "templates"

_STROKES = re.compile(r"\w+(?:-\w*\d)+")  # as L838-854 and 2026-09-01
_NAMESPACE = re.compile(r' xmlns(:xlink)?="[^"]*"')

# No words of a client's can be one of these: their brackets are escaped.
_STYLE, _DIGEST = "<style-sheet>", "<style-digest>"

_FAMILY = re.compile(r' font-family="[^"]*"')


def write_html(
    result: Result,
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Pictures | None = None,
) -> str:
    """Return the report of one result as an HTML page (報告書).

    ``report`` and ``pictures`` are its content and charts, if they are there already.

    Returns
    -------
    str
        The page; equal results give equal pages.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> write_html(ex.run(study, loss_years=200).record)[:15]
    '<!DOCTYPE html>'
    """
    from markupsafe import Markup

    report = report_of(result, lang) if report is None else report
    pictures = Pictures(result, report) if pictures is None else pictures
    # Text in a picture is escaped by the one who drew it; nothing of the client's is markup.
    inline = {name: Markup(_inline(pictures[name])) for name in report.charts()}
    return page_of(report, inline, trial=_trial(result, lang), views=_views(result, lang))


def page_of(
    report: Report,
    pictures: dict[str, Markup],
    *,
    trial: dict[str, Any] | None = None,
    views: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a report as a page; ``trial`` is what its script may work with, if anything."""
    from markupsafe import Markup

    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8") if trial is not None else ""
    context = {
        "report": report,
        "sections": report.printed(),
        "pictures": pictures,
        "heads": heads,
        "broken": _breakable,
        "unbroken": _unbroken,
        "say": lambda key, /, **parts: text_of(key, report.lang, **parts),
        "trial": trial,
        "data": Markup(_json(trial)) if trial is not None else "",
        "views": views,
        "script": Markup(script),
        "script_hash": _digest(script),
    }
    template = _template("report.html.j2")
    # The characters of the page decide which part of the font it carries, so the style comes last.
    page: str = template.render(context, style=Markup(_STYLE), style_hash=Markup(_DIGEST))
    style = _style(report, page)
    return page.replace(_STYLE, style).replace(_DIGEST, _digest(style))


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _json(document: dict[str, Any]) -> str:
    """Return data for a script element: nothing in it can end the element."""
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _template(name: str) -> Any:  # Any: Jinja2 is imported only here
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    ).get_template(name)


def _breakable(text: str) -> Markup:
    """Return words between which alone a line may break."""
    from markupsafe import Markup, escape

    return Markup("<wbr>").join(escape(phrase) for phrase in phrases(text))


def _unbroken(text: str) -> Markup:
    """Return words whose numbers of lines and days do not break at their strokes."""
    from markupsafe import Markup, escape

    return Markup(_STROKES.sub(r'<span class="once">\g<0></span>', str(escape(text))))


def _inline(svg: str) -> str:
    """Return a picture for use within a page, whose own font it takes."""
    return re.sub(r"\n\s*", "\n", _FAMILY.sub("", _NAMESPACE.sub("", svg)))


def _style(report: Report, page: str) -> Markup:
    """Return the style sheet with the part of the font that the page needs."""
    from markupsafe import Markup

    body = page[page.index("<body>") :]
    words = entities.unescape(re.sub(r"<[^>]*>", "", body)) + report.title + report.subject
    faces = "".join(
        f'@font-face {{ font-family: "Report Sans"; font-weight: {weight}; '
        f'src: url("{subset_data_uri(name, words)}") format("woff"); }}\n'
        for name, weight in (("Regular", "normal"), ("Bold", "bold"))
    )
    sheet = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    return Markup(faces + sheet)


# --- what the script works with ------------------------------------------------------------------


def _views(result: Result, lang: Lang) -> list[tuple[str, str]]:
    return [(view, view_name(view, lang)) for view in views_of(result)]


def _trial(result: Result, lang: Lang) -> dict[str, Any]:
    """Return the figures of limits and premiums that the page may try, as the result holds them.

    A plan's total cost at another premium is the cost of no insurance, less its worth, plus the
    premium: the definition, so that the page gives the figure of the library.
    """
    views = views_of(result)
    plans = [
        {
            "id": plan.id,
            "name": name_of(plan, lang),
            "premium": plan.premium.amount,
            "worth": {v: _worth(result, v, plan.id) for v in views},
        }
        for plan in compared_plans(result, views[0])
        if plan.premium.basis != "not_sold"
    ]
    return {
        "lang": lang,
        "views": [{"name": v, "label": view_name(v, lang)} for v in views],
        "bare": {v: result.regimes[v].no_insurance.total_cost.value for v in views},
        "plans": plans,
        "ladders": _ladders(result, views, lang),
    }


def _worth(result: Result, view: str, plan: str) -> float | None:
    return next((p.worth.value for p in result.regimes[view].plans if p.id == plan), None)


def _ladders(result: Result, views: Sequence[str], lang: Lang) -> list[dict[str, Any]]:
    """Return each product along its limits, the figures of every view beside each other."""
    found = []
    for i, ladder in enumerate(result.regimes[views[0]].ladders):
        own = {v: result.regimes[v].ladders[i] for v in views}
        steps = [
            {
                "limit": format_yen(step.limit, lang),
                "costs": "" if step.cost_limit is None else format_yen(step.cost_limit, lang),
                "share": {v: own[v].steps[j].share_paid.value for v in views},
                "worth": {v: own[v].steps[j].worth.value for v in views},
            }
            for j, step in enumerate(ladder.steps)
        ]
        if len(steps) > 1:
            found.append({"name": ladder_name(ladder, lang), "steps": steps})
    return found
