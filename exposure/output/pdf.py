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
    Cell,
    Charts,
    Column,
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

_MOST_LINES = 14  # of a table that stays on one page
_MOST_WHOLE = 100  # rows of a table whose names stay whole
_NAME = 40  # letters of what is a name rather than a sentence
# Small print across a page: half-width columns, and what a figure and the sides of a cell take.
_PAGE_COLUMNS = 146
_CELL_COLUMNS = 1.8
_DIGIT = 1.1  # a figure is wider than half a Japanese character
_SMALL = 0.92  # small print beside the other, as the template sets them
_TEMPLATE = Path(__file__).resolve().parent / "templates" / "report.typ"


def write_pdf(
    result: Result,
    lang: Lang = "ja",
    *,
    report: Report | None = None,
    pictures: Pictures | None = None,
) -> bytes:
    """Return the report of one result as a PDF: the two pages and the annex (報告書).

    ``report`` and ``pictures`` are its content and charts, if they are there already.

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
                "part": section.part,
                "blocks": [_block(block) for block in section.blocks],
            }
            for section in sections
        ],
    }
    return drawable(json.dumps(document, ensure_ascii=False))


def _block(block: Block, room: float = 1.0) -> dict[str, object]:
    """Return a block as the template reads it; ``room`` is its share of the width of a page."""
    plain: dict[str, object] = {"type": block.type}
    if isinstance(block, Box):
        inner = [_block(one, room) for one in block.blocks]
        return plain | {"title": phrases(block.title), "tone": block.tone, "blocks": inner}
    if isinstance(block, Side):
        rooms = [room * width / sum(block.widths) for width in block.widths]
        inside = [
            [_block(one, own) for one in column]
            for column, own in zip(block.columns, rooms, strict=True)
        ]
        return plain | {"columns": inside, "widths": block.widths}
    if isinstance(block, Table):
        return plain | _table(block, room)
    return plain | dataclasses.asdict(block)


def _widths(table: Table, room: float) -> list[float]:
    """Return the shares of the width its columns have: no figure breaks, words have the rest."""
    whole = sum(column.width for column in table.columns)
    wanted = [column.width / whole for column in table.columns]
    across = _PAGE_COLUMNS * room * (1 if table.small else _SMALL)
    least = [(_least(table, i) * _DIGIT + _CELL_COLUMNS) / across for i in range(len(wanted))]
    short = sum(max(need - width, 0) for need, width in zip(least, wanted, strict=True))
    spare = sum(max(width - need, 0) for need, width in zip(least, wanted, strict=True))
    given = min(short / spare, 1) if spare else 0
    return [
        need if width < need else width - (width - need) * given
        for need, width in zip(least, wanted, strict=True)
    ]


def _least(table: Table, column: int) -> int:
    """Return what cannot be broken in a column: a word of its heading, and its figures."""
    head = table.columns[column]
    words = max(map(columns_of, phrases(head.heading)), default=0)
    if not head.numeric:
        return words
    cells = (row.cells[column] for row in table.rows if not (row.part or row.merged))
    return max([words, *(columns_of(cell.text + cell.tag) for cell in cells)])


def _lines(table: Table, widths: Sequence[float]) -> int:
    """Return about how many lines a table takes: a row as many as its fullest cell."""
    rooms = [max(_PAGE_COLUMNS * width - _CELL_COLUMNS, 1) for width in widths]
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


def _is_name(column: Column, cell: Cell) -> bool:
    return not column.numeric and len(cell.text) <= _NAME


def _table(table: Table, room: float) -> dict[str, object]:
    shares = _widths(table, room)
    # Names break between phrases, but for those of a list that is long anyway.
    whole = len(table.rows) <= _MOST_WHOLE
    # Only what stands out is written for a cell: most of thousands are plain words.
    shown = ("text", "band", "badge", "tag", "code", "indent", "strong")
    rows = [
        {
            "part": row.part,
            "marked": row.marked,
            "merged": row.merged,
            "cells": [
                {name: value for name in shown if (value := getattr(cell, name))}
                | ({"parts": phrases(cell.text)} if whole and _is_name(column, cell) else {})
                for column, cell in zip(table.columns, row.cells, strict=False)
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
    columns = [
        {"width": share, "numeric": column.numeric}
        for share, column in zip(shares, table.columns, strict=True)
    ]
    return {
        "caption": table.caption,
        "small": table.small,
        "together": _lines(table, shares) <= _MOST_LINES,
        "columns": columns,
        "heads": first,
        "rows": rows,
    }
