"""One result as one self-contained HTML page: no script, no address to fetch, charts inline.

Arranges what `printed` and `charts` make of the result; computes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON, and the context of a template

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output import charts
from exposure.output.answer import answer, plan_views, text_of
from exposure.output.inline import share_glyphs
from exposure.output.printed import print_probability
from exposure.output.webfont import subset_data_uri
from exposure.yen import format_yen

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_html(result: Mapping[str, Any], lang: Lang = "ja") -> str:
    """Return the report of one result as an HTML page (報告書).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    str
        The page; equal results give equal pages.

    Examples
    --------
    >>> import json
    >>> result = json.loads(open("tests/data/result_sample.json").read())  # doctest: +SKIP
    >>> write_html(result)[:15]  # doctest: +SKIP
    '<!DOCTYPE html>'
    """
    context = _context(result, lang)
    template = _template("report.html.j2")
    # The characters of the page decide which part of the font it carries, so it is written twice.
    draft = template.render(context, style="", style_hash="")
    style = _style(result, draft)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    from markupsafe import Markup

    page: str = template.render(context, style=Markup(style), style_hash=digest)
    return page


def _template(name: str) -> Any:  # Any: Jinja2 is imported only here
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    ).get_template(name)


def _context(result: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Gather everything the page prints."""
    regimes = [name for name in labels("regime") if name in result["regimes"]]
    study = result["study"]
    empty = max(result["regimes"][r]["frequency"]["probability_of_no_event"] for r in regimes)
    glyphs, rows = _charts(result, regimes, lang)
    return {
        "result": result,
        "lang": lang,
        "regimes": regimes,
        "label": label,
        "t": lambda name, **parts: text_of(name, lang, **parts),
        "said": lambda words: words if isinstance(words, str) else words[lang],
        "value": lambda value: _value(value, lang),
        "product": lambda reading: _product(result, reading, lang),
        "client": _client(result["client"], lang),
        "answer": answer(result, regimes, lang),
        "views": plan_views(result, regimes, lang),
        "reasons": list(labels("reason")),
        "glyphs": glyphs,
        "charts": rows,
        "method": text_of(
            "method.text",
            lang,
            n=f"{study['loss_years']:,}",
            empty=print_probability(empty, lang),
        ),
        "reproduce": text_of(
            "reproduce.line",
            lang,
            seed=study["seed"],
            n=f"{study['loss_years']:,}",
            hash=study["inputs_sha256"],
            **study["versions"],
        ),
    }


def _style(result: Mapping[str, Any], page: str) -> str:
    """Return the style sheet with the plans' colours and the part of the font the page needs."""
    words = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
    faces = "".join(
        f'@font-face {{ font-family: "Report Sans"; font-weight: {weight}; '
        f'src: url("{subset_data_uri(name, words)}") format("woff"); }}\n'
        for name, weight in (("Regular", "normal"), ("Bold", "bold"))
    )
    discs = "".join(
        f".plan-{charts.plan_number(result, plan)} "
        f"{{ background: {charts.plan_colour(result, plan)}; }}\n"
        for plan in charts.plan_ids(result)
    )
    return faces + (_TEMPLATES / "report.css").read_text(encoding="utf-8") + discs


def _charts(
    result: Mapping[str, Any], regimes: Sequence[str], lang: Lang
) -> tuple[Markup, list[list[Markup]]]:
    """Draw every chart for every regime; a row holds one chart for all regimes.

    Comes with the outlines of characters that all of them share.
    """
    from markupsafe import Markup

    drawn = _drawings(result, regimes, lang)
    pictures = {
        f"{name}-{regime}": charts.to_svg(
            draw(regime),
            f"{name}-{regime}",
            f"{label('chart', _TITLES[name], lang)} – {label('regime', regime, lang)}",
        )
        for name, draw in drawn.items()
        for regime in regimes
    }
    shared, pictures = share_glyphs(pictures)
    # Text in a picture is outlines, or escaped; nothing of the client's is markup.
    rows = [[Markup(pictures[f"{name}-{regime}"]) for regime in regimes] for name in drawn]
    return Markup(shared), rows


def _drawings(
    result: Mapping[str, Any], regimes: Sequence[str], lang: Lang
) -> dict[str, Callable[[str], Axes]]:
    """Return the charts that have something to show, in the order of the page."""
    drawn: dict[str, Callable[[str], Axes]] = {
        "loss-annual": lambda r: charts.loss_exceedance_chart(result, r, lang=lang),
        "loss-event": lambda r: charts.loss_exceedance_chart(result, r, scope="event", lang=lang),
        "head": lambda r: charts.cost_by_head_chart(result, r, lang=lang),
        "cause": lambda r: charts.cost_by_cause_chart(result, r, lang=lang),
    }
    plans = [plan for regime in regimes for plan in result["regimes"][regime]["plans"]]
    if plans:
        drawn["paid"] = lambda r: charts.paid_retained_chart(result, r, lang=lang)
        drawn["adequacy"] = lambda r: charts.limit_adequacy_chart(result, r, lang=lang)
        drawn["retained"] = lambda r: charts.retained_curves_chart(result, r, lang=lang)
    if any(plan["premium"]["amount"] is not None for plan in plans):
        drawn["premium"] = lambda r: charts.premium_vs_retained_chart(result, r, lang=lang)
    return drawn


_TITLES = {
    "loss-annual": "loss_annual.title",
    "loss-event": "loss_event.title",
    "head": "head.title",
    "cause": "cause.title",
    "paid": "paid.title",
    "adequacy": "adequacy.title",
    "retained": "retained.title",
    "premium": "premium.title",
}


def _client(client: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    """Return what is known of the client, in the order of the labels."""
    rows = []
    for key in labels("report"):
        kind, _, field = key.partition(".")
        if kind != "client" or client.get(field) is None:
            continue
        value = client[field]
        if field == "revenue":
            shown = format_yen(value, lang)
        elif field == "industry" and value in labels("industry"):
            shown = label("industry", value, lang)
        elif f"unit.{field}" in labels("report"):
            shown = text_of(f"unit.{field}", lang, n=f"{value:,}")
        else:
            shown = str(value)
        rows.append((text_of(key, lang), shown))
    return rows


def _value(value: object, lang: Lang) -> str:
    """Return the value of an assumption as people write it."""
    if isinstance(value, list):
        return ", ".join(_value(item, lang) for item in value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return text_of("none", lang) if value is None else str(value)


def _product(result: Mapping[str, Any], reading: Mapping[str, Any], lang: Lang) -> str:
    """Return the name of the product a reading belongs to."""
    name = str(reading.get("product") or reading["plan"])
    for regime in result["regimes"].values():
        for curve in regime["adequacy_curves"]:
            if curve["product"] == name:
                return charts.name_of(curve, lang)
        for plan in regime["plans"]:
            if plan["id"] == name:
                return charts.name_of(plan, lang)
    return name
