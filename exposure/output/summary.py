"""The workbook of a book of clients: a sortable table, charts, the accumulation (summary.xlsx).

Restates finished rows as live numbers. Text of users is written as text, never as a formula.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from exposure.batch.portfolio import Portfolio
from exposure.batch.summary_row import Row
from exposure.errors import Lang
from exposure.output.summary_accumulation import write_accumulation
from exposure.output.summary_charts import write_charts
from exposure.output.summary_columns import (
    LEVEL,
    Column,
    Shown,
    columns_of,
    figure_columns,
    shown_of,
)
from exposure.output.summary_sheet import NARROW, WIDE, Writer
from exposure.shares import exact_share

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

# A workbook carries its date of creation; a fixed one keeps equal content equal to the byte.
CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def summary_workbook(rows: Iterable[Row], book: Portfolio | None, lang: Lang) -> bytes:
    """Return the workbook of a book of clients (一覧のブック).

    Parameters
    ----------
    rows : iterable of Row
        Gone through once, only what is shown is kept.
    book : Portfolio or None
    lang : str
        ``ja`` or ``en``.

    Returns
    -------
    bytes
        The same for the same content.
    """
    import xlsxwriter

    shown = [shown_of(row, lang) for row in rows]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, dict(OPTIONS)) as workbook:
        workbook.set_properties({"created": CREATED})
        writer = Writer(workbook, lang)
        _clients(writer, shown)
        write_charts(writer, shown, book)
        if book is not None:
            write_accumulation(writer, book)
        _table(writer, "figures", list(figure_columns(shown, lang)), frozen=4)
        _notes(writer, book)
    return stream.getvalue()


def _table(writer: Writer, name: str, columns: Sequence[Column], frozen: int) -> Worksheet:
    """Write a sheet that holds one sortable table."""
    sheet = writer.book.add_worksheet(writer.said(name))
    last = max(len(columns[0].values), 1)
    headings = [{"header": c.heading, "header_format": writer.head} for c in columns]
    sheet.add_table(
        0, 0, last, len(columns) - 1, {"columns": headings, "name": name, "style": None}
    )
    for number, column in enumerate(columns):
        sheet.set_column(number, number, NARROW if column.number else WIDE)
        for row, value in enumerate(column.values, start=1):
            writer.put(sheet, row, number, value, column.number)
    sheet.freeze_panes(1, frozen)
    return sheet


def _clients(writer: Writer, rows: Sequence[Shown]) -> None:
    columns = list(columns_of(rows, writer.lang))
    sheet = _table(writer, "clients", columns, frozen=2)
    level = exact_share(float(LEVEL))
    barred = (writer.said("annual_mean"), writer.said("annual_tail", level=level))
    last = max(len(rows), 1)
    for number, column in enumerate(columns):
        if column.heading.endswith(barred):
            sheet.conditional_format(1, number, last, number, {"type": "data_bar"})
        if column.heading == writer.said("status"):
            rule = {
                "type": "cell",
                "criteria": "!=",
                "value": f'"{writer.said("done")}"',
                "format": writer.bad,
            }
            sheet.conditional_format(1, number, last, number, rule)
        if column.heading == writer.said("flags"):
            rule = {"type": "no_blanks", "format": writer.book.add_format({"bold": True})}
            sheet.conditional_format(1, number, last, number, rule)


def _notes(writer: Writer, book: Portfolio | None) -> None:
    sheet = writer.book.add_worksheet(writer.said("notes"))
    sheet.set_column(0, 0, 3 * WIDE)
    lines = [
        writer.said(name)
        for name in ("note_estimates", "note_regimes", "note_quantiles", "note_figures")
    ]
    if book is not None:
        lines.append(writer.said("note_worst", level=exact_share(book.level)))
        rate, hit = book.vendor_rate, exact_share(book.hit_probability)
        lines.append(writer.said("note_shared", rate=f"{rate:g}", hit=hit))
        if book.clients_missing:
            missing = ", ".join(book.clients_missing)
            lines.append(writer.said("note_missing", clients=missing))
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
