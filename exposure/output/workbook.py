"""One result as an Excel workbook: the report's tables as live numbers, with native charts.

A client's words are written as text, never as formulas or links; equal results give equal bytes.
"""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.output.charts.style import look
from exposure.output.content import (
    Box,
    Bullets,
    Cell,
    Charts,
    Column,
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
from exposure.output.workbook_sheet import Book, Placed, number_format
from exposure.output.workbook_trial import write_figures, write_trial
from exposure.result.record import Result

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

# The first moment a zip archive can state: a workbook has to say when it was made.
_CREATED = datetime.datetime(1980, 1, 1)  # the file format knows no zones
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_TITLE_ROWS = 2


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
    book = Book(workbook, lang, report.notice)
    for section in report.sections:
        # A section of pictures alone has nothing for a sheet.
        if any(not isinstance(block, Charts) for block in section.flat()):
            _write_section(book, report, section)
        if section.name == "grounds":
            write_trial(book, result, report.subject)
    write_figures(book, result, report.subject)
    add_charts(book, result)
    workbook.close()
    return stream.getvalue()


def _write_section(book: Book, report: Report, section: Section) -> None:
    name = text_of(f"sheet.{section.name}", book.lang)
    sheet = book.sheet(name, f"{section.heading} – {report.subject}")
    row = _TITLE_ROWS
    if section.name == "answer":
        for name, value in report.facts:
            sheet.write_string(row, 0, name, book.style(font_color="#56626D"))
            sheet.write_string(row, 1, value, book.style(bold=True))
            row += 1
        row += 1
    sheet.freeze_panes(1, 1)
    widths: dict[int, float] = {}
    lines: list[_Line] = []
    caption = ""
    for block in section.flat():
        if caption and isinstance(block, Prose | Bullets | Items):
            row = _write_caption(book, sheet, row + 1, caption)
            caption = ""
        if isinstance(block, Prose):
            lines.append(_Line(row, block.text))
            row += 1
        elif isinstance(block, Box):
            lines.append(_Line(row, block.title, bold=True))
            row += 1
        elif isinstance(block, Bullets | Items | Tiles):
            for item in _lines(block, book.lang):
                lines.append(_Line(row, item))
                row += 1
        elif isinstance(block, Heading):
            caption = block.text
        elif isinstance(block, Table):
            row = _write_table(book, sheet, section, block, row + 1, caption, widths) + 1
            caption = ""
    for column, width in widths.items():
        sheet.set_column(column, column, width)
    width = look()["workbook"]["name_width"] + sum(widths.values())
    if not widths:
        width = look()["workbook"]["text_width"]
        sheet.set_column(0, 0, width)
    for line in lines:
        _write_line(book, sheet, line, max(widths, default=0), width)
    book.spread_pages(sheet, width)


@dataclass(frozen=True)
class _Line:
    """A sentence in a row of its own."""

    row: int
    text: str
    bold: bool = False


def _write_line(book: Book, sheet: Worksheet, line: _Line, last: int, width: float) -> None:
    """Write a sentence; one that is longer than the tables are wide is broken within them."""
    style = book.style(text_wrap=True, bold=line.bold)
    if columns_of(line.text) <= look()["workbook"]["fill"] * width:
        sheet.write_string(line.row, 0, line.text, book.style(bold=line.bold))
        return
    _set_height(sheet, line.row, [(line.text, width)])
    if last:
        sheet.merge_range(line.row, 0, line.row, last, line.text, style)
    else:
        sheet.write_string(line.row, 0, line.text, style)


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
    section: Section,
    table: Table,
    row: int,
    heading: str,
    widths: dict[int, float],
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
            column, words = 0, []
            for i, (cell, parts) in enumerate(zip(line.cells, spread, strict=False)):
                words += [(i, cell)] if parts[0] == "text" else []
                for part in parts:
                    printed = len(parts) > 1 and parts[0] == "text"
                    _write_cell(book, sheet, row, column, cell, part, ground, printed=printed)
                    column += 1
            _set_height(sheet, row, [(cell.text, _width(table, i)) for i, cell in words])
        row += 1
    where = Placed(str(sheet.name), first, row - 1, fields, table)
    book.placed.setdefault(section.name, []).append(where)
    return row


def _set_height(sheet: Worksheet, row: int, texts: Sequence[tuple[str, float]]) -> None:
    """Make a row as high as its longest wrapped text; not every spreadsheet does it by itself."""
    fill = look()["workbook"]["fill"]
    lines = max((math.ceil(columns_of(text) / (fill * width)) for text, width in texts), default=1)
    if lines > 1:
        sheet.set_row(row, lines * look()["workbook"]["line_height"])


def _width(table: Table, column: int) -> float:
    """Return how wide a column of words is, by its share of the width on paper."""
    book = look()["workbook"]
    if column == 0:
        return float(book["name_width"])
    share = table.columns[column].width / sum(one.width for one in table.columns)
    return float(min(max(share * book["text_width"], book["number_width"]), book["most_width"]))


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
    widths: dict[int, float],
) -> dict[int, int]:
    """Write the headings and return the column of each live number."""
    look_of, lines = look()["workbook"], 2
    fields, at = {}, 0
    for number, (column, parts) in enumerate(zip(table.columns, spread, strict=True)):
        for part in parts:
            words = " / ".join(w for w in (column.group, column.heading) if w)
            if part not in ("text", "value") or (part == "value" and "text" in parts):
                words = f"{words} {_part_named(column, part, book.lang)}".strip()
            is_number = at and part != "text"
            sheet.write_string(row, at, words, book.head(align="right" if is_number else "left"))
            if at:
                wanted = _width(table, number) if part == "text" else look_of["number_width"]
                widths[at] = max(widths.get(at, 0), wanted)
                lines = max(lines, math.ceil((columns_of(words) + 2) / wanted))
            if part == "value":
                fields[number] = at
            at += 1
    sheet.set_row(row, lines * look_of["line_height"])
    return fields


def _part_named(column: Column, part: str, lang: Lang) -> str:
    """Return what a live number beside the words of a column is."""
    if column.ends is not None and part in ("low", "high"):
        return column.ends[part == "high"]
    return text_of(f"sheet.{part}", lang)


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
        # Words beside a number would touch it.
        indent = cell.indent if column == 0 else 1
        style = book.style(text_wrap=True, indent=indent, **ground)
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
        sheet.write_string(row, column, words, book.style(text_wrap=True, align="right", **ground))
        return
    shown = number_format(cell.kind, number, book.lang)
    sheet.write_number(row, column, number, book.style(num_format=shown, **ground))
