"""One result as an Excel workbook: the report's tables as live numbers, with native charts.

A client's words are written as text, never as formulas or links; equal results give equal bytes.
"""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.output.charts.style import look
from exposure.output.content import (
    Box,
    Bullets,
    Cell,
    Charts,
    Heading,
    Items,
    Prose,
    Report,
    Section,
    Table,
    Tiles,
    report_of,
)
from exposure.output.content.words import text_of
from exposure.output.printed import columns_of
from exposure.output.workbook_charts import add_charts
from exposure.output.workbook_trial import write_figures, write_trial
from exposure.result.record import Result

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# The first moment a zip archive can state: a workbook has to say when it was made.
_CREATED = datetime.datetime(1980, 1, 1)  # the file format knows no zones
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS = {
    "yen": {"ja": '#,##0"円"', "en": '"JPY "#,##0'},
    "share": {"ja": "0.0%", "en": "0.0%"},
    "number": {"ja": "#,##0.####", "en": "#,##0.####"},
}
_TITLE_ROWS = 2
_A4 = 9  # as the file format numbers paper sizes


@dataclass
class Placed:
    """Where a table stands in its sheet: rows of the first and last line, columns of each field.

    ``fields`` maps the number of a table column to the column of its live number.
    """

    sheet: str
    first: int
    last: int
    fields: dict[int, int]
    table: Table


@dataclass
class Book:
    """A workbook being written."""

    workbook: Workbook
    lang: Lang
    styles: dict[str, Format] = field(default_factory=dict)
    placed: dict[str, list[Placed]] = field(default_factory=dict)

    def style(self, **properties: object) -> Format:
        """Return a format, made once."""
        key = repr(sorted(properties.items()))
        if key not in self.styles:
            given = {"valign": "top", **look()["workbook"]["font"], **properties}
            self.styles[key] = self.workbook.add_format(given)
        return self.styles[key]


def write_workbook(result: Result, lang: Lang = "ja", *, report: Report | None = None) -> bytes:
    """Return the report of one result as a workbook (報告書の表計算ファイル).

    Parameters
    ----------
    result : Result
    lang : {"ja", "en"}
        Language.
    report : Report, optional
        Its content, if it is there already.

    Returns
    -------
    bytes
        Equal results give equal bytes.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> write_workbook(ex.run(study, loss_years=200).record)[:2]
    b'PK'
    """
    import xlsxwriter

    report = report_of(result, lang) if report is None else report
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, _OPTIONS)
    workbook.set_properties({"title": report.title, "created": _CREATED})
    book = Book(workbook, lang)
    for section in report.sections:
        # A section of pictures alone has nothing for a sheet.
        if any(not isinstance(block, Charts) for block in section.flat()):
            _write_section(book, report, section)
        if section.name == "grounds":
            write_trial(book, result, lang, report.subject, footer(report.notice))
    write_figures(book, result, lang, report.subject, footer(report.notice))
    add_charts(workbook, book.placed, result, report)
    workbook.close()
    return stream.getvalue()


def _write_section(book: Book, report: Report, section: Section) -> None:
    name = text_of(f"sheet.{section.name}", book.lang)
    sheet = book.workbook.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(footer(report.notice))
    sheet.set_column(0, 0, look()["workbook"]["name_width"])
    title = book.style(bold=True, font_size=look()["workbook"]["heading"])
    sheet.write_string(0, 0, f"{section.heading} – {report.subject}", title)
    row = _TITLE_ROWS
    if section.name == "answer":
        for name, value in report.facts:
            sheet.write_string(row, 0, name, book.style(font_color="#56626D"))
            sheet.write_string(row, 1, value, book.style(bold=True))
            row += 1
        row += 1
    sheet.freeze_panes(1, 1)
    widths: dict[int, int] = {}
    caption = ""
    for block in section.flat():
        if caption and isinstance(block, Prose | Bullets | Items):
            row = _write_caption(book, sheet, row + 1, caption)
            caption = ""
        if isinstance(block, Prose):
            sheet.write_string(row, 0, block.text, book.style())
            row += 1
        elif isinstance(block, Box):
            sheet.write_string(row, 0, block.title, book.style(bold=True))
            row += 1
        elif isinstance(block, Bullets | Items | Tiles):
            for item in _lines(block, book.lang):
                sheet.write_string(row, 0, item, book.style())
                row += 1
        elif isinstance(block, Heading):
            caption = block.text
        elif isinstance(block, Table):
            row = _write_table(book, sheet, name, section, block, row + 1, caption, widths) + 1
            caption = ""
    for column, width in widths.items():
        sheet.set_column(column, column, width)


def footer(notice: str) -> str:
    """Return the foot of a printed sheet; what the file format cannot hold is left out."""
    return f"&L{notice.replace('&', '&&')[: look()['workbook']['footer']]}&R&P / &N"


def _lines(block: Bullets | Items | Tiles, lang: Lang) -> list[str]:
    """Return the lines of a list."""
    mark, colon = ("・", "：") if lang == "ja" else ("• ", ": ")
    if isinstance(block, Bullets):
        return [f"{mark}{item}" for item in block.items]
    if isinstance(block, Items):
        return [f"{mark}{item.lead}{colon}{item.text}" for item in block.items]
    return [f"{t.heading}{colon}{t.figure}  {' '.join(t.notes)}" for t in block.tiles]


def _write_caption(book: Book, sheet: Worksheet, row: int, caption: str) -> int:
    """Write a heading and return the row after it."""
    sheet.write_string(row, 0, caption, book.style(bold=True, font_color="#0B4F7D"))
    return row + 1


def _write_table(
    book: Book,
    sheet: Worksheet,
    name: str,
    section: Section,
    table: Table,
    row: int,
    heading: str,
    widths: dict[int, int],
) -> int:
    """Write one table and return the row after it."""
    caption = " – ".join(dict.fromkeys(part for part in (heading, table.caption) if part))
    if caption:
        row = _write_caption(book, sheet, row, caption)
    spread = [
        _spread(table, j, printed=section.name == "answer") for j in range(len(table.columns))
    ]
    fields = _write_heads(book, sheet, table, spread, row, widths)
    first = row = row + 1
    for line in table.rows:
        if line.part:
            sheet.write_string(
                row, 0, line.cells[0].text, book.style(bold=True, bg_color="#F4F6F8")
            )
        else:
            ground = {"bg_color": "#EEF5FA"} if line.marked else {}
            column = 0
            for cell, parts in zip(line.cells, spread, strict=False):
                for part in parts:
                    printed = len(parts) > 1 and parts[0] == "text"
                    _write_cell(book, sheet, row, column, cell, part, ground, printed=printed)
                    column += 1
            _set_height(sheet, row, [(c.text, i) for i, c in enumerate(line.cells)])
        row += 1
    where = Placed(str(sheet.name), first, row - 1, fields, table)
    book.placed.setdefault(section.name, []).append(where)
    return row


def _set_height(sheet: Worksheet, row: int, texts: Sequence[tuple[str, int]]) -> None:
    """Make a row as high as its longest wrapped text; not every spreadsheet does it by itself."""
    book = look()["workbook"]
    widths = [book["word_width"] if place else 2 * book["name_width"] for _, place in texts]
    lines = max(
        math.ceil(columns_of(text) / width) for (text, _), width in zip(texts, widths, strict=True)
    )
    if lines > 1:
        sheet.set_row(row, lines * book["line_height"])


def _spread(table: Table, column: int, *, printed: bool) -> tuple[str, ...]:
    """Return what a column of the report becomes: words, a number, a number with its interval."""
    cells = [row.cells[column] for row in table.rows if not row.part and len(row.cells) > column]
    if all(cell.value is None and cell.low is None for cell in cells):
        return ("text",)
    numbers: tuple[str, ...] = ("value",)
    if any(cell.low is not None for cell in cells):
        numbers = ("value", "low", "high")
    if any(cell.band_low is not None for cell in cells):
        numbers = (*numbers, "band_low", "band_high")
    return ("text", *numbers) if printed or column == 0 else numbers


def _write_heads(
    book: Book,
    sheet: Worksheet,
    table: Table,
    spread: Sequence[tuple[str, ...]],
    row: int,
    widths: dict[int, int],
) -> dict[int, int]:
    """Write the headings and return the column of each live number."""
    style = book.style(bold=True, bg_color="#DCE6EE", text_wrap=True, bottom=1)
    look_of, lines = look()["workbook"], 2
    fields, at = {}, 0
    for number, (column, parts) in enumerate(zip(table.columns, spread, strict=True)):
        for part in parts:
            words = " / ".join(w for w in (column.group, column.heading) if w)
            if part not in ("text", "value") or (part == "value" and "text" in parts):
                words = f"{words} {text_of(f'sheet.{part}', book.lang)}".strip()
            sheet.write_string(row, at, words, style)
            if at:
                wanted = look_of["word_width" if part == "text" else "number_width"]
                widths[at] = max(widths.get(at, 0), wanted)
                lines = max(lines, math.ceil((columns_of(words) + 2) / wanted))
            if part == "value":
                fields[number] = at
            at += 1
    sheet.set_row(row, lines * look_of["line_height"])
    return fields


def _write_cell(
    book: Book,
    sheet: Worksheet,
    row: int,
    column: int,
    cell: Cell,
    part: str,
    ground: Mapping[str, str],
    *,
    printed: bool,
) -> None:
    """Write words as words and numbers as numbers."""
    if part == "text":
        words = f"{cell.badge} {cell.text}" if cell.badge else cell.text
        words += f" [{cell.tag}]" if cell.tag else ""
        wrapped = column > 0
        style = book.style(text_wrap=wrapped, indent=cell.indent, **ground)
        sheet.write_string(row, column, words, style)
        if cell.code:
            sheet.write_comment(row, column, cell.code)
        return
    number = {
        "value": cell.value,
        "low": cell.low,
        "high": cell.high,
        "band_low": cell.band_low,
        "band_high": cell.band_high,
    }[part]
    if number is None:
        words = cell.text if part == "value" and not printed else ""
        sheet.write_string(row, column, words, book.style(**ground))
        return
    shown = _FORMATS.get(cell.kind, _FORMATS["number"])[book.lang]
    sheet.write_number(row, column, number, book.style(num_format=shown, **ground))
