"""One result as a PDF: tagged, fonts embedded, the same bytes for the same result.

The words reach the typesetter as data, never as markup, so that a client's name prints as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: a result read from JSON, and blocks on their way to JSON

from exposure.errors import Lang
from exposure.files import temporary_folder
from exposure.memory import require_memory
from exposure.output.charts.style import drawable, font_folders
from exposure.output.content import Block, Charts, Report, Table, heads, report_of
from exposure.output.content.words import text_of
from exposure.output.pictures import drawn, spoken

_TEMPLATE = Path(__file__).resolve().parent / "templates" / "report.typ"


def write_pdf(
    result: Mapping[str, Any],
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Mapping[str, str] | None = None,
) -> bytes:
    """Return the report of one result as a PDF (報告書).

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
    bytes
        Equal results give equal bytes.

    Examples
    --------
    >>> import json
    >>> result = json.loads(open("tests/data/result_sample.json").read())  # doctest: +SKIP
    >>> write_pdf(result)[:4]  # doctest: +SKIP
    b'%PDF'
    """
    import typst

    report = report_of(result, lang) if report is None else report
    pictures = drawn(result, report.charts(), lang) if pictures is None else pictures
    with temporary_folder() as place:
        main = place / "report.typ"
        main.write_bytes(_TEMPLATE.read_bytes())
        (place / "report.json").write_text(_document(report), encoding="utf-8")
        for name, svg in pictures.items():
            (place / f"{name}.svg").write_text(svg, encoding="utf-8")
        require_memory()
        made: bytes | None = typst.compile(
            str(main),
            root=str(place),
            font_paths=[str(path) for path in font_folders()],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
        )
    assert made is not None  # there is no output path to write to
    return made


def _document(report: Report) -> str:
    """Return the report as the template reads it, in characters the fonts can draw."""
    lang = report.lang
    document = {
        "lang": lang,
        "title": report.title,
        "subject": report.subject,
        "facts": report.facts,
        "colours": report.colours,
        "notice": text_of("plans.historical", lang),
        "sections": [
            {
                "heading": section.heading,
                "page": section.page,
                "blocks": [_block(block, lang) for block in section.blocks],
            }
            for section in report.sections
        ],
    }
    return drawable(json.dumps(document, ensure_ascii=False, default=vars))


def _block(block: Block, lang: Lang) -> dict[str, Any]:
    plain = {"type": block.type, **vars(block)}
    if isinstance(block, Table):
        plain["heads"] = heads(block)
        plain["rows"] = [
            vars(row) | {"cells": [_cell(vars(cell)) for cell in row.cells]} for row in block.rows
        ]
    elif isinstance(block, Charts):
        plain["spoken"] = [spoken(name, lang) for name in block.names]
    return plain


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is printed of a cell; the live number is the workbook's."""
    shown = ("text", "note", "band", "badge", "tag", "code", "indent")
    return {name: cell[name] for name in shown if cell[name]}
