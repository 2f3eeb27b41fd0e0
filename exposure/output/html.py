"""One result as one self-contained HTML page: no script, no address to fetch, charts inline.

Prints the content of the report; computes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html as entities
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON, and Jinja2's template

from exposure.errors import Lang
from exposure.output.content import Report, heads, report_of
from exposure.output.pictures import drawn
from exposure.output.webfont import subset_data_uri

if TYPE_CHECKING:
    from markupsafe import Markup

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_NAMESPACE = re.compile(r' xmlns(:xlink)?="[^"]*"')
# No words of a client's can be one of these: their brackets are escaped.
_STYLE, _DIGEST = "<style-sheet>", "<style-digest>"
_FAMILY = re.compile(r' font-family="[^"]*"')


def write_html(
    result: Mapping[str, Any],
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Mapping[str, str] | None = None,
) -> str:
    """Return the report of one result as an HTML page (報告書).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    lang : {"ja", "en"}
        Language.
    report, pictures : optional
        Its content and charts, if they are there already.

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
    from markupsafe import Markup

    report = report_of(result, lang) if report is None else report
    pictures = drawn(result, report.charts(), lang) if pictures is None else pictures
    # Text in a picture is escaped by the one who drew it; nothing of the client's is markup.
    inline = {name: Markup(_inline(svg)) for name, svg in pictures.items()}
    context = {
        "report": report,
        "pictures": inline,
        "heads": heads,
        "notice": report.notice,
    }
    template = _template("report.html.j2")
    # The characters of the page decide which part of the font it carries, so the style comes last.
    page: str = template.render(context, style=Markup(_STYLE), style_hash=Markup(_DIGEST))
    style = _style(report, page)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return page.replace(_STYLE, style).replace(_DIGEST, digest)


def _template(name: str) -> Any:  # Any: Jinja2 is imported only here
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    ).get_template(name)


def _inline(svg: str) -> str:
    """Return a picture for use within a page, whose own font it takes."""
    return re.sub(r"\n\s*", "\n", _FAMILY.sub("", _NAMESPACE.sub("", svg)))


def _style(report: Report, page: str) -> Markup:
    """Return the style sheet with the plans' colours and the part of the font the page needs."""
    from markupsafe import Markup

    body = page[page.index("<body>") :]
    words = entities.unescape(re.sub(r"<[^>]*>", "", body)) + report.title + report.subject
    faces = "".join(
        f'@font-face {{ font-family: "Report Sans"; font-weight: {weight}; '
        f'src: url("{subset_data_uri(name, words)}") format("woff"); }}\n'
        for name, weight in (("Regular", "normal"), ("Bold", "bold"))
    )
    discs = "".join(
        f".plan-{number} {{ background: {colour}; }}\n"
        for number, colour in enumerate(report.colours, start=1)
    )
    sheet = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    return Markup(faces + sheet + discs)
