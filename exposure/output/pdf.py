"""One report as a PDF: tagged, fonts embedded, the same bytes for the same result.

The words reach the typesetter as data, never as markup, so that a client's name prints as it is.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exposure.errors import Lang
from exposure.files import temporary_folder
from exposure.lazy import require_memory
from exposure.output.charts.style import drawable, font_folders
from exposure.output.content import (
    Block,
    Box,
    Charts,
    Report,
    Section,
    Side,
    Table,
    heads,
)
from exposure.output.content.report import report_of
from exposure.output.content.words import text_of
from exposure.output.pictures import Pictures
from exposure.output.printed import columns_of, phrases
from exposure.result.record import Result

_MOST_LINES = 32  # of a table that stays on one page
_PAGE_COLUMNS = (
    130  # half-width columns of small print across a page, gaps between columns left out
)
_TEMPLATE = Path(__file__).resolve().parent / "templates" / "report.typ"


def write_pdf(
    result: Result,
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Pictures | None = None,
) -> bytes:
    """Return the report of one result as a PDF: the two pages and the annex (報告書).

    Parameters
    ----------
    result : Result
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
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> write_summary(ex.run(study, loss_years=200).record)[:4]
    b'%PDF'
    """
    report = report_of(result, lang) if report is None else report
    pictures = Pictures(result, report) if pictures is None else pictures
    return typeset(report, report.printed(), pictures)


def write_summary(
    result: Result,
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Pictures | None = None,
) -> bytes:
    """Return the two pages a board reads as a PDF (2ページの要約); as `write_pdf`."""
    report = report_of(result, lang) if report is None else report
    pictures = Pictures(result, report) if pictures is None else pictures
    return typeset(report, _answer(report), pictures)


def draw_summary(result: Result, lang: Lang = "ja", *, ppi: int) -> list[bytes]:
    """Return the two pages a board reads as PNG pictures (2ページの画像).

    Parameters
    ----------
    result : Result
    lang : {"ja", "en"}
        Language.
    ppi : int
        Dots per inch.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> [page[1:4] for page in draw_summary(ex.run(study, loss_years=200).record, ppi=20)]
    [b'PNG', b'PNG']
    """
    report = report_of(result, lang)
    made = _compile(report, _answer(report), Pictures(result, report), format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _answer(report: Report) -> list[Section]:
    return [section for section in report.sections if section.part == "answer"]


def typeset(report: Report, sections: Sequence[Section], pictures: Pictures | None) -> bytes:
    """Set sections of a report on paper."""
    made = _compile(report, sections, pictures, pdf_standards=["ua-1"])
    assert isinstance(made, bytes)
    return made


def _compile(
    report: Report,
    sections: Sequence[Section],
    pictures: Pictures | None,
    **wanted: Any,  # Any: options of the typesetter, which has a type for each kind of file
) -> bytes | list[bytes]:
    import typst

    with temporary_folder() as place:
        main = place / "report.typ"
        main.write_bytes(_TEMPLATE.read_bytes())
        (place / "report.json").write_text(_document(report, sections), encoding="utf-8")
        for name in _charts(sections):
            assert pictures is not None  # a report without charts needs none
            (place / f"{name}.svg").write_text(pictures[name], encoding="utf-8")
        require_memory()
        made: Any = typst.compile(
            str(main),
            root=str(place),
            font_paths=[str(path) for path in font_folders()],
            ignore_system_fonts=True,
            **wanted,
        )
    assert isinstance(made, bytes | list)  # there is no output path to write to
    return made


def _charts(sections: Sequence[Section]) -> list[str]:
    return [
        name
        for section in sections
        for block in section.flat()
        if isinstance(block, Charts)
        for name in block.names
    ]


def _document(report: Report, sections: Sequence[Section]) -> str:
    """Return the report as the template reads it, in characters the fonts can draw."""
    lang = report.lang
    document = {
        "lang": lang,
        "title": report.title,
        "title-phrases": phrases(report.title),
        "subject": report.subject,
        "annex": text_of("annex", lang),
        "facts": report.facts,
        "notice": report.notice,
        "sections": [
            {
                "name": section.name,
                "heading": section.heading,
                "page": section.page,
                "part": section.part,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in sections
        ],
    }
    return drawable(json.dumps(document, ensure_ascii=False))


def _block(block: Block) -> dict[str, object]:
    """Return a block as the template reads it."""
    plain: dict[str, object] = {"type": block.type}
    if isinstance(block, Box):
        inner = [_block(one) for one in block.blocks]
        return plain | {"title": phrases(block.title), "tone": block.tone, "blocks": inner}
    if isinstance(block, Side):
        inside = [[_block(one) for one in column] for column in block.columns]
        return plain | {"columns": inside, "widths": block.widths}
    if isinstance(block, Table):
        return plain | _table(block)
    return plain | dataclasses.asdict(block)


def _lines(table: Table) -> int:
    """Return about how many lines a table takes: a row as many as its fullest cell."""
    whole = sum(column.width for column in table.columns)
    rooms = [max(_PAGE_COLUMNS * column.width / whole, 1) for column in table.columns]
    return sum(
        max(
            (
                math.ceil(columns_of(cell.text + cell.band + cell.tag) / room) + bool(cell.code)
                for cell, room in zip(row.cells, rooms, strict=False)
            ),
            default=1,
        )
        or 1
        for row in table.rows
    )


def _table(table: Table) -> dict[str, object]:
    # Only what stands out is written for a cell: most of thousands are plain words.
    shown = ("text", "band", "badge", "tag", "code", "indent", "strong")
    rows = [
        {
            "part": row.part,
            "marked": row.marked,
            "merged": row.merged,
            "cells": [
                {name: value for name in shown if (value := getattr(cell, name))}
                for cell in row.cells
            ],
        }
        for row in table.rows
    ]
    first = [
        [
            {
                "across": head.across,
                "down": head.down,
                "numeric": head.numeric,
                "phrases": phrases(head.text),
            }
            for head in line
        ]
        for line in heads(table)
    ]
    widths = [{"width": column.width, "numeric": column.numeric} for column in table.columns]
    return {
        "caption": table.caption,
        "small": table.small,
        "together": _lines(table) <= _MOST_LINES,
        "columns": widths,
        "heads": first,
        "rows": rows,
    }
