"""A report as an Excel workbook, of one result or of a book: live numbers and native charts.

A client's words are written as text, never as formulas or links; equal results give equal bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exposure.batch.portfolio import Portfolio
from exposure.batch.task import Row
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import ladder_name, look, view_colour, views_of
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
)
from exposure.output.content.book_summary import summary_report
from exposure.output.content.report import report_of
from exposure.output.content.words import text_of, titled, view_name
from exposure.output.printed import columns_of
from exposure.output.workbook_sheets import (
    Book,
    Placed,
    number_format,
    open_workbook,
    set_height,
    write_figures,
    write_list,
    write_trial,
)
from exposure.result.record import Curve, Ladder, Result

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet


_PLAIN: Mapping[str, object] = {}


def add_charts(book: Book, result: Result) -> None:
    """Add a sheet of curves, and charts to the sheets that hold their numbers (図).

    Parameters
    ----------
    book : Book
        With the tables already written.
    result : Result
    """
    _curves(book, result)
    for section, charts in (
        ("breakdown_tables", _bars(book, result)),
        ("unpaid", _stack_chart(book, result)),
    ):
        if charts:
            placed = book.placed[section]
            sheet = book.workbook.get_worksheet_by_name(placed[0].sheet)
            assert sheet is not None  # the table was written into it
            _insert(sheet, placed[-1].last + 2, charts)
            sheet.fit_to_pages(1, 1)  # so that no chart is cut


def _insert(sheet: Worksheet, row: int, charts: Sequence[Chart]) -> None:
    """Set charts side by side, two in a row."""
    book = look()["workbook"]
    for i, chart in enumerate(charts):
        chart.set_legend({"position": "bottom"})
        place = {
            "x_scale": book["chart_width"],
            "y_scale": book["chart_height"],
            "x_offset": (i % 2) * book["chart_room"],
            "object_position": 2,  # rows that grow leave its size as it is
        }
        sheet.insert_chart(row + (i // 2) * book["chart_rows"], 0, chart, place)


def _chart(workbook: Workbook, kind: str, subtype: str | None = None) -> Chart:
    """Return a new chart, not placed yet."""
    found = workbook.add_chart({"type": kind, "subtype": subtype})
    assert found is not None  # it is None for an unknown kind alone
    return found


def _name_chart(
    chart: Chart,
    title: str,
    across: str = "",
    up: str = "",
    *,
    x: Mapping[str, object] = _PLAIN,
    y: Mapping[str, object] = _PLAIN,
) -> Chart:
    """Give a chart its title and axes."""
    book = look()["workbook"]
    grid = {"visible": True, "line": {"color": look()["rc"]["grid.color"]}}
    plain = {"name_font": {"bold": False, "size": book["axis"]}, "num_font": {"size": book["axis"]}}
    chart.set_title({"name": title, "name_font": {"size": book["title"]}})
    chart.set_x_axis({"name": across, "major_gridlines": {"visible": False}, **plain, **x})
    chart.set_y_axis({"name": up, "major_gridlines": grid, **plain, **y})
    return chart


def _in_rows(chart: Chart, title: str, axis: str, number: str = "#,##0") -> Chart:
    """Give a chart of bars its title and axes: first row on top, numbers along the bottom."""
    grid = {"visible": True, "line": {"color": look()["rc"]["grid.color"]}}
    numbers = {"num_format": number, "major_gridlines": grid}
    rows = {
        "reverse": True, "crossing": "max", "interval_unit": 1,
        "major_gridlines": {"visible": False}, "major_tick_mark": "none",
    }  # fmt: skip
    return _name_chart(chart, title, axis, x=numbers, y=rows)


def _curves(book: Book, result: Result) -> None:
    """Write the curves into a sheet of their own, under their charts."""
    lang, workbook = book.lang, book.workbook
    sheet = book.sheet(text_of("sheet.curves", lang), upright=True)
    name, views = str(sheet.name), views_of(result)
    with_ladders = [regime for regime in views if result.regimes[regime].ladders]
    rows = math.ceil((2 + len(with_ladders)) / 2) * look()["workbook"]["chart_rows"]
    axes = tuple(label("chart", f"axis.{which}", lang) for which in ("rarity", "loss"))
    charts = []
    at = 0
    for kind, title in (("aep", "loss_annual.title"), ("event", "loss_event.title")):
        chart = _chart(workbook, "scatter", "smooth")
        for regime in views_of(result):
            curves = result.regimes[regime].ground_up.curves
            curve: Curve = curves.aep if kind == "aep" else curves.event
            words = view_name(regime, lang)
            rarity = [1 / p for p in curve.probability]
            above = f"{label('chart', title, lang)} – {words}"
            cells = _write_pair(book, sheet, (rows, at), (above, *axes), rarity, curve.loss)
            chart.add_series(_series(name, at, at + 1, cells, words, view_colour(regime)))
            at += 2
        logarithmic = {"log_base": look()["ticks"]["decade"]}
        charts.append(
            _name_chart(
                chart, label("chart", title, lang), *axes,
                x={**logarithmic, "min": 1, "num_format": "#,##0"},
                y={**logarithmic, "min": look()["draw"]["floor"], "num_format": "#,##0"},
            )
        )  # fmt: skip
    for regime in with_ladders:
        ladders = result.regimes[regime].ladders
        charts.append(_ladders(book, sheet, (rows, at), regime, ladders))
        at += 2 * len(ladders)
    _insert(sheet, 0, charts)


def _ladders(
    book: Book, sheet: Worksheet, at: tuple[int, int], regime: str, ladders: Sequence[Ladder]
) -> Chart:
    """Write and chart the share every product pays, against its limit."""
    lang = book.lang
    chart = _chart(book.workbook, "scatter", "straight_with_markers")
    regime_name = view_name(regime, lang)
    axes = tuple(label("chart", f"axis.{which}", lang) for which in ("limit", "share_paid"))
    colours = [*look()["colour"]["plans"], *look()["colour"]["curves"]]
    for number, (colour, one) in enumerate(zip(colours, ladders, strict=False)):
        words = ladder_name(one, lang)
        above = f"{words} – {regime_name}"
        limits = [step.limit for step in one.steps]
        shares = [step.share_paid.value or 0.0 for step in one.steps]
        place = (at[0], at[1] + 2 * number)
        cells = _write_pair(book, sheet, place, (above, *axes), limits, shares)
        chart.add_series(_series(str(sheet.name), place[1], place[1] + 1, cells, words, colour))
    least = min(step.limit for one in ladders for step in one.steps)
    return _name_chart(
        chart,
        f"{label('chart', 'by_limit.title', lang)} – {regime_name}",
        *axes,
        x={"log_base": look()["ticks"]["decade"], "min": least, "num_format": "#,##0"},
        y={"min": 0, "max": 1, "num_format": "0%"},
    )


def _write_pair(
    book: Book,
    sheet: Worksheet,
    place: tuple[int, int],
    headings: tuple[str, ...],
    x: Sequence[float],
    y: Sequence[float],
) -> tuple[int, int]:
    """Write two columns of numbers under what they are; return their first and last row."""
    top, at = place
    above, *names = headings
    head, room = book.head(), look()["workbook"]
    for row in (top, top + 1):
        sheet.set_row(row, room["heading_lines"] * room["line_height"])
    sheet.write_string(top, at, above, head)
    sheet.write_blank(top, at + 1, None, head)
    sheet.set_column(at, at + 1, room["amount_width"])
    for column, (name, numbers) in enumerate(zip(names, (x, y), strict=True), start=at):
        sheet.write_string(top + 1, column, name, head)
        for row, number in enumerate(numbers, start=top + 2):
            style = book.style(num_format="#,##0" if max(numbers) > 1 else "0.0%")
            sheet.write_number(row, column, number, style)
    return top + 2, top + 1 + len(x)


def _series(
    sheet: str, across: int, up: int, rows: tuple[int, int], name: str, colour: str
) -> dict[str, object]:
    """Return a curve: the columns of its places across and up, its first and last row."""
    first, last = rows
    return {
        "name": name,
        "categories": [sheet, first, across, last, across],
        "values": [sheet, first, up, last, up],
        "line": {"color": colour, "width": 2},
        "marker": {"type": "none"},
    }


def _bars(book: Book, result: Result) -> list[Chart]:
    """Chart heads and causes from their tables, one series per view."""
    lang, placed = book.lang, book.placed.get("breakdown_tables", ())
    charts = []
    for where, title in zip(placed, ("breakdown.heads", "breakdown.causes"), strict=False):
        chart = _chart(book.workbook, "bar")
        mean = text_of("breakdown.mean", lang)
        own = [at for n, at in where.fields.items() if where.table.columns[n].group == mean]
        for regime, at in zip(views_of(result), own, strict=False):
            chart.add_series(
                {
                    "name": view_name(regime, lang),
                    "categories": [where.sheet, where.first, 0, where.last, 0],
                    "values": [where.sheet, where.first, at, where.last, at],
                    "fill": {"color": view_colour(regime)},
                    "gap": look()["workbook"]["bar_gap"],
                }
            )
        charts.append(_in_rows(chart, text_of(title, lang), label("chart", "axis.loss", lang)))
    return charts


def _stack_chart(book: Book, result: Result) -> list[Chart]:
    """Chart what is paid and what not, by reason, from the tables."""
    lang, placed = book.lang, book.placed.get("unpaid", ())
    charts = []
    segments = look()["reason"]
    names = {label("reason", reason, lang): reason for reason in labels("reason")}
    for where, regime in zip(placed, views_of(result), strict=False):
        chart = _chart(book.workbook, "bar", "stacked")
        numbers = list(where.fields)[:-1]  # the last column is the total of what is not paid
        for number in numbers:
            at, heading = where.fields[number], where.table.columns[number].heading
            chart.add_series(
                {
                    "name": heading,
                    "categories": [where.sheet, where.first, 0, where.last, 0],
                    "values": [where.sheet, where.first, at, where.last, at],
                    "fill": {"color": segments[names.get(heading, "paid")]},
                    "border": {"color": look()["colour"]["light"]},
                    "gap": look()["workbook"]["bar_gap"],
                }
            )
        title = f"{text_of('unpaid.heading', lang)} – {view_name(regime, lang)}"
        charts.append(_in_rows(chart, title, label("chart", "axis.loss", lang)))
    return charts


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
    report = report_of(result, lang) if report is None else report
    stream = io.BytesIO()
    workbook = open_workbook(stream, report.title)
    book = Book(workbook, lang, report.notice)
    for section in report.sections:
        # A section of pictures alone has nothing for a sheet.
        if any(not isinstance(block, Charts) for block in section.flat()):
            _write_section(book, report, section, _TITLE_ROWS)
        if section.name == "grounds":
            write_trial(book, result, report.subject)
    write_figures(book, result, report.subject)
    add_charts(book, result)
    workbook.close()
    return stream.getvalue()


def summary_workbook(rows: Iterable[Row], together: Portfolio | None, lang: Lang) -> bytes:
    """Return the workbook of a book of clients (一括処理の一覧, summary.xlsx).

    Parameters
    ----------
    rows : iterable of Row
        Gone through once, only what is shown is kept.
    together : Portfolio or None
        What the clients are together; None if no client has a result.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    bytes
        Equal content gives equal bytes.

    Examples
    --------
    >>> summary_workbook([], None, "ja")[:2]
    b'PK'
    """
    report = summary_report(rows, together, lang)
    stream = io.BytesIO()
    workbook = open_workbook(stream, report.title)
    book = Book(workbook, lang, report.notice)
    for section in report.sections:
        first = section.blocks[0] if section.blocks else None
        if isinstance(first, Table) and first.names:
            write_list(book, section, first)
        elif section.name == "charts":
            _write_charted(book, report, section)
        else:
            _write_section(book, report, section, _TITLE_ROWS)
    workbook.close()
    return stream.getvalue()


def _write_charted(book: Book, report: Report, section: Section) -> None:
    """Write tables and above them the chart of each, on one upright page."""
    room = math.ceil(len(section.blocks) / 2) * look()["workbook"]["chart_rows"]
    sheet = _write_section(book, report, section, _TITLE_ROWS + room)
    placed = book.placed.get(section.name, ())
    charts = [_chart_of(book, where) for where in placed]
    _insert(sheet, _TITLE_ROWS, charts)
    for chart, where in zip(charts, placed, strict=True):
        if len(where.table.columns) <= 2:  # one series, which its axis names
            chart.set_legend({"none": True})
    sheet.set_portrait()


def _chart_of(book: Book, where: Placed) -> Chart:
    """Return the chart of a table: curves over a first column of numbers, bars beside its names."""
    heads, fields, title = where.table.columns, where.fields, where.table.caption
    axis = label("chart", "axis.loss", book.lang)
    colours = [view_colour(heads[-1].view), *look()["colour"]["curves"]]
    if 0 in fields:
        chart = _chart(book.workbook, "scatter", "straight_with_markers")
        for (number, at), colour in zip(list(fields.items())[1:], colours, strict=False):
            rows, name = (where.first, where.last), heads[number].heading
            chart.add_series(_series(where.sheet, fields[0], at, rows, name, colour))
        decade = {"log_base": look()["ticks"]["decade"], "num_format": "#,##0"}
        least = min(row.cells[0].value or 1 for row in where.table.rows)
        x, y = {**decade, "min": least}, {"num_format": "#,##0"}
        return _name_chart(chart, title, heads[0].heading, axis, x=x, y=y)
    chart = _chart(book.workbook, "bar")
    ((number, at),) = fields.items()
    chart.add_series(
        {
            "name": heads[number].heading,
            "categories": [where.sheet, where.first, 0, where.last, 0],
            "values": [where.sheet, where.first, at, where.last, at],
            "fill": {"color": colours[0]},
            "gap": look()["workbook"]["bar_gap"],
        }
    )
    share = where.table.rows[0].cells[number].kind == "share"
    return _in_rows(
        chart, title, heads[number].heading if share else axis, "0%" if share else "#,##0"
    )


def _write_section(book: Book, report: Report, section: Section, row: int) -> Worksheet:
    """Write a section into a sheet of its own, under its title and from a row on."""
    name = text_of(f"sheet.{section.name}", book.lang)
    sheet = book.sheet(name, titled(section.heading, report.subject))
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
    return sheet


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
    set_height(sheet, line.row, [(line.text, width)])
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
            set_height(sheet, row, [(cell.text, _width(table, i)) for i, cell in words])
        row += 1
    where = Placed(str(sheet.name), first, row - 1, fields, table)
    book.placed.setdefault(section.name, []).append(where)
    return row


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
        style = book.style(text_wrap=True, align="left", indent=indent, **ground)
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
