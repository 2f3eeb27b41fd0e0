"""A report as an Excel workbook, of one result or of a book: live numbers and native charts.

A client's words are written as text, never as formulas or links; equal results give equal bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exposure.batch.portfolio import Portfolio
from exposure.batch.task import Row
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import ladder_name, look, view_colour, views_of
from exposure.output.content import (
    Block,
    Box,
    Bullets,
    Cell,
    Charts,
    Column,
    Heading,
    Items,
    Listing,
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
    Page,
    Placed,
    number_format,
    open_workbook,
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


# The sheets in order: the sections each has for paper, and those below or alone for the screen.
_SHEETS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("answer",), ()),
    (("grounds",), ()),
    (("since",), ()),
    (("losses",), ("all_levels",)),
    (("breakdown", "breakdown_tables"), ()),
    (("causes", "size"), ()),
    (("plans",), ("all_plans",)),
    (("unpaid",), ()),
    (("limits",), ()),
    (("cover",), ()),
    (("sensitivity",), ("all_sensitivity",)),
    (("incidents",), ("all_incidents",)),
    (("terms",), ("all_terms",)),
    (("readings",), ("all_readings",)),
    (("market",), ()),
    (("method", "sources"), ("convergence",)),
    (("sizing",), ()),
    ((), ("all_limits",)),
    ((), ("all_judgements",)),
    ((), ("assumptions",)),
)


def _insert_beside(page: Page, charts: Sequence[Chart]) -> None:
    """Set charts one below the other, to the right of the tables."""
    room = look()["workbook"]
    column, row = len(page.widths) + 1, _TITLE_ROWS + 1
    for chart in charts:
        chart.set_legend({"position": "bottom"})
        size = {"x_scale": room["chart_width"], "y_scale": room["chart_height"]}
        page.sheet.insert_chart(row, column, chart, {**size, "object_position": 2})
        row += room["chart_rows"]
    if charts:
        page.row = max(page.row, row)
        page.widths += [room["plain_width"]] * (1 + room["chart_columns"])


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
    sheet = book.sheet(text_of("sheet.curves", lang))
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
    columns = 2 * look()["workbook"]["chart_columns"] * look()["workbook"]["plain_width"]
    # The numbers below are the charts' own.
    sheet.print_area(0, 0, rows - 1, math.ceil(columns / look()["workbook"]["amount_width"]) - 1)
    sheet.fit_to_pages(1, 1)


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


def _bar_series(where: Placed, at: int, name: str, colour: str) -> dict[str, object]:
    """Return bars of a column of a table, beside the names in its first."""
    return {
        "name": name,
        "categories": [where.sheet, where.first, 0, where.last, 0],
        "values": [where.sheet, where.first, at, where.last, at],
        "fill": {"color": colour},
        "gap": look()["workbook"]["bar_gap"],
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
            chart.add_series(_bar_series(where, at, view_name(regime, lang), view_colour(regime)))
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
            series = _bar_series(where, at, heading, segments[names.get(heading, "paid")])
            chart.add_series({**series, "border": {"color": look()["colour"]["light"]}})
        title = f"{text_of('unpaid.heading', lang)} – {view_name(regime, lang)}"
        charts.append(_in_rows(chart, title, label("chart", "axis.loss", lang)))
    return charts


_TITLE_ROWS = 2


def write_workbook(result: Result, lang: Lang = "ja", *, report: Report | None = None) -> bytes:
    """Return the report of one result as a workbook (報告書の表計算ファイル).

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
    charts = {"breakdown": _bars, "unpaid": _stack_chart}
    there = {s.name: s for s in report.sections if any(True for _ in _blocks(s))}
    named = {name for on_paper, on_screen in _SHEETS for name in (*on_paper, *on_screen)}
    named.add("judgements")  # the first of all judgements, which have a sheet
    others = [((name,), ()) for name in there if name not in named]
    for on_paper, on_screen in (*_SHEETS, *others):
        own = [there[name] for name in on_paper if name in there]
        below = [there[name] for name in on_screen if name in there]
        name = (*on_paper, *on_screen)[0]
        if own or below:
            page = _write_sheet(book, report, name, own, below)
            if name in charts:
                _insert_beside(page, charts[name](book, result))
            if own:
                book.print_whole(page)
            else:
                book.print_first(page)
        if name == "grounds":
            write_trial(book, result, report.subject)
    write_figures(book, result, report.subject)
    _curves(book, result)
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
        if isinstance(first, Listing):
            write_list(book, section, first)
        elif section.name == "charts":
            _write_charted(book, report, section)
        else:
            book.print_whole(_write_sheet(book, report, section.name, [section]))
    workbook.close()
    return stream.getvalue()


def _write_charted(book: Book, report: Report, section: Section) -> None:
    """Write tables and above them the chart of each, which are printed on one page."""
    room = look()["workbook"]
    rows = _TITLE_ROWS + math.ceil(len(section.blocks) / 2) * room["chart_rows"]
    page = _write_sheet(book, report, section.name, [section], top=rows)
    placed = book.placed.get(section.name, ())
    charts = [_chart_of(book, where) for where in placed]
    _insert(page.sheet, _TITLE_ROWS, charts)
    for chart, where in zip(charts, placed, strict=True):
        if len(where.table.columns) <= 2:  # one series, which its axis names
            chart.set_legend({"none": True})
    while sum(page.widths) < 2 * room["chart_columns"] * room["plain_width"]:
        page.widths.append(room["plain_width"])
    page.printed = rows
    book.print_whole(page)


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
    chart.add_series(_bar_series(where, at, heads[number].heading, colours[0]))
    share = where.table.rows[0].cells[number].kind == "share"
    return _in_rows(
        chart, title, heads[number].heading if share else axis, "0%" if share else "#,##0"
    )


def _write_sheet(
    book: Book,
    report: Report,
    name: str,
    sections: Sequence[Section],
    on_screen: Sequence[Section] = (),
    top: int = _TITLE_ROWS,
) -> Page:
    """Write sections into a sheet, under its title and from a row on.

    Those for the screen stand below what is printed, or are a list of which a page is printed.
    """
    heading = (*sections, *on_screen)[0].heading
    sheet = book.sheet(text_of(f"sheet.{name}", book.lang), titled(heading, report.subject))
    page = Page(sheet, top)
    is_list = not sections
    tables = [
        (_listed(block, book.lang) if is_list else block, section.part != "workbook")
        for section in (*sections, *on_screen)
        for block in _blocks(section)
        if isinstance(block, Table)
    ]
    places, page.widths = _lay_out(tables)
    sentences = any(not isinstance(b, Table) for one in sections for b in _blocks(one))
    missing = look()["workbook"]["prose_width"] - sum(page.widths)
    if sentences and missing > 0:
        page.widths.append(missing)
    laid_out = zip([table for table, _ in tables], places, strict=True)
    for column, width in enumerate(page.widths):
        sheet.set_column(column, column, width)
    if name == "answer":
        for fact, value in report.facts:
            sheet.write_string(page.row, 0, fact, book.style(font_color="#56626D"))
            sheet.write_string(page.row, 1, value, book.style(bold=True))
            page.row += 1
        page.row += 1
    for number, section in enumerate((*sections, *on_screen)):
        if sections and number == len(sections):
            page.printed = page.row
            page.row += 2
            words = text_of("sheet.on_screen", book.lang)
            sheet.write_string(page.row, 0, words, book.style(bold=True, bg_color="#FFF6CC"))
            page.row += 1
        elif number and section.heading != heading:
            size = look()["workbook"]["title"]
            page.row += 1
            sheet.write_string(page.row, 0, section.heading, book.style(bold=True, font_size=size))
            page.row += 1
        _write_blocks(book, page, section, laid_out)
    if is_list:
        (where,) = book.placed[on_screen[0].name]
        sheet.autofilter(where.first - 1, 0, where.last, places[0][-1].last)
    _freeze(page, [w for one in (*sections, *on_screen) for w in book.placed.get(one.name, ())])
    return page


def _blocks(section: Section) -> Iterator[Block]:
    """Yield what a section has for a sheet: no pictures, nor what is said below one about it."""
    below = False
    for block in section.flat():
        is_note = below and isinstance(block, Prose) and block.style == "small"
        if not (isinstance(block, Charts) or is_note):
            yield block
        below = isinstance(block, Charts)


def _listed(table: Table, lang: Lang) -> Table:
    """Return a table whose parts stand in a first column, to sort and to filter by."""
    if not any(row.part for row in table.rows):
        return table
    rows, part = [], Cell("")
    for row in table.rows:
        if row.part:
            part = row.cells[0]
        else:
            rows.append(replace(row, cells=(part, *row.cells)))
    return replace(
        table, columns=(Column(text_of("sheet.part", lang)), *table.columns), rows=tuple(rows)
    )


def _freeze(page: Page, tables: Sequence[Placed]) -> None:
    """Keep the names in view, and the headings of a sheet of one table."""
    top = 1
    if len(tables) == 1 and page.height(tables[0].first) <= look()["workbook"]["frozen_height"]:
        top, page.head = tables[0].first, tables[0].first - 1
    names = 1 if len(page.widths) > look()["workbook"]["few_columns"] else 0
    page.sheet.freeze_panes(top, names)


def _write_blocks(
    book: Book, page: Page, section: Section, laid_out: Iterator[tuple[Table, Sequence[_Place]]]
) -> None:
    """Write the blocks of a section one below the other."""
    caption = ""
    for block in _blocks(section):
        if caption and isinstance(block, Prose | Bullets | Items):
            page.row += 1
            _write_caption(book, page, caption)
            caption = ""
        if isinstance(block, Prose):
            elsewhere, here = (text_of(f"workbook.{name}", book.lang) for name in ("it", "here"))
            _write_line(book, page, block.text.replace(elsewhere, here))
        elif isinstance(block, Box):
            _write_line(book, page, block.title, bold=True)
        elif isinstance(block, Bullets | Items | Tiles):
            for item in _lines(block, book.lang):
                _write_line(book, page, item)
        elif isinstance(block, Heading):
            caption = block.text
        elif isinstance(block, Table):
            page.row += 1
            _write_table(book, page, section, *next(laid_out), caption)
            page.row += 1
            caption = ""


def _write_line(book: Book, page: Page, text: str, *, bold: bool = False) -> None:
    """Write a sentence; one that is longer than the tables are wide is broken within them."""
    room = look()["workbook"]
    last, width = 0, page.widths[0]
    while last + 1 < len(page.widths) and width + page.widths[last + 1] <= room["text_width"]:
        last += 1
        width += page.widths[last]
    style = book.style(text_wrap=True, bold=bold)
    if columns_of(text) <= room["fill"] * width:
        page.sheet.write_string(page.row, 0, text, book.style(bold=bold))
    elif last:
        page.sheet.merge_range(page.row, 0, page.row, last, text, style)
    else:
        page.sheet.write_string(page.row, 0, text, style)
    page.fit([(text, width)])
    page.row += 1


def _lines(block: Bullets | Items | Tiles, lang: Lang) -> list[str]:
    """Return the lines of a list."""
    mark, colon = ("・", "：") if lang == "ja" else ("• ", ": ")
    if isinstance(block, Bullets):
        return [f"{mark}{item}" for item in block.items]
    if isinstance(block, Items):
        return [f"{mark}{item.lead}{colon}{item.text}" for item in block.items]
    return [f"{t.heading}{colon}{t.figure}  {' '.join(t.notes)}" for t in block.tiles]


def _write_caption(book: Book, page: Page, caption: str) -> None:
    """Write a heading."""
    page.sheet.write_string(page.row, 0, caption, book.style(bold=True, font_color="#0B4F7D"))
    page.row += 1


# --- tables --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Columns of a sheet, first and last, that show one part of a column of a table."""

    column: int
    part: str
    first: int
    last: int


def _lay_out(
    tables: Sequence[tuple[Table, bool]],
) -> tuple[list[list[_Place]], list[float]]:
    """Return where the columns of each table stand on their sheet, and how wide its columns are.

    All share the columns of the table that has most; of one with fewer the cells of long words
    reach over several. One that stands on paper leaves the intervals to the table of all figures.
    """
    room = look()["workbook"]
    parts = [
        [(j, part) for j in range(len(table.columns)) for part in _spread(table, j, brief=brief)]
        for table, brief in tables
    ]
    most = max((len(own) for own in parts), default=0)
    widths = [0.0] * most
    places: list[list[_Place]] = []
    for (table, _), own in zip(tables, parts, strict=True):
        wanted = [_wanted(table, j, part) for j, part in own]
        spans = [1] * len(own)
        for _ in range(most - len(own)):
            narrow = [
                width / span if k else 0.0
                for k, (width, span) in enumerate(zip(wanted, spans, strict=True))
            ]
            widest = max(range(len(own)), key=narrow.__getitem__)
            if narrow[widest] > room["number_width"]:
                spans[widest] += 1
        at, found = 0, []
        for (j, part), width, span in zip(own, wanted, spans, strict=True):
            found.append(_Place(j, part, at, at + span - 1))
            for column in range(at, at + span):
                widths[column] = max(widths[column], width / span)
            at += span
        places.append(found)
    return places, widths


def _wanted(table: Table, column: int, part: str) -> float:
    """Return how wide a part of a column would be: its longest words, within bounds."""
    room = look()["workbook"]
    cells = [row.cells[column] for row in table.rows if not row.part and len(row.cells) > column]
    if part != "text":
        exact = any(cell.kind == "exact" for cell in cells)
        # Figures in words, as from one end to the other, do not break.
        said = [columns_of(cell.text) for cell in cells if part == "value" and cell.value is None]
        least = room["exact_width" if exact else "number_width"]
        return float(max(least, min(max(said, default=0) / room["fill"], room["most_width"])))
    heads = [columns_of(table.columns[column].heading)] if not column else []
    longest = max(
        [*heads, *(columns_of(_words(cell)) + 2 * cell.indent for cell in cells)], default=0
    )
    share = table.columns[column].width / sum(one.width for one in table.columns)
    least, bound = room["number_width"], min(share * room["text_width"], room["most_width"])
    if not column:
        least, bound = room["least_name"], room["most_name"]
    return float(min(max(longest / room["fill"], least), max(bound, least)))


def _words(cell: Cell) -> str:
    """Return the words of a cell with its number in the short list and what is set apart."""
    words = f"{cell.badge} {cell.text}" if cell.badge else cell.text
    return f"{words} [{cell.tag}]" if cell.tag else words


def _spread(table: Table, column: int, *, brief: bool) -> tuple[str, ...]:
    """Return what a column of the report becomes: words, a number, a number with its range."""
    cells = [row.cells[column] for row in table.rows if not row.part and len(row.cells) > column]
    if all(cell.value is None and cell.low is None for cell in cells):
        return ("text",)
    numbers: tuple[str, ...] = ("value",)
    # Ends that are no interval of the simulation stand in no other table.
    ranged = any(cell.low is not None for cell in cells)
    if ranged and (not brief or table.columns[column].ends is not None):
        numbers = ("value", "low", "high")
    if any(cell.band_low is not None for cell in cells):
        numbers = (*numbers, "band_low", "band_high")
    # Names stand beside their numbers, unless they are nothing but these.
    named = column == 0 and any(cell.value is None for cell in cells)
    return ("text", *numbers) if named else numbers


def _write_table(
    book: Book,
    page: Page,
    section: Section,
    table: Table,
    places: Sequence[_Place],
    heading: str,
) -> None:
    """Write one table under its caption."""
    caption = " – ".join(dict.fromkeys(part for part in (heading, table.caption) if part))
    if caption:
        _write_caption(book, page, caption)
    fields = _write_heads(book, page, table, places)
    named = {place.column for place in places if place.part == "text"}
    first = page.row
    for line in table.rows:
        if line.part:
            style = book.style(bold=True, bg_color="#F4F6F8")
            page.sheet.write_string(page.row, 0, line.cells[0].text, style)
        else:
            ground = {"bg_color": "#EEF5FA"} if line.marked else {}
            words = []
            for place in places:
                if place.column < len(line.cells):
                    cell = line.cells[place.column]
                    _write_cell(book, page, place, cell, ground, named=place.column in named)
                    if place.part == "text":
                        words.append((_words(cell), page.across(place.first, place.last)))
            page.fit(words)
        page.row += 1
    where = Placed(str(page.sheet.name), first, page.row - 1, fields, table)
    book.placed.setdefault(section.name, []).append(where)


def _write_heads(book: Book, page: Page, table: Table, places: Sequence[_Place]) -> dict[int, int]:
    """Write the headings and return the column of each live number."""
    fields, texts = {}, []
    both = {place.column for place in places if place.part == "text"}
    for place in places:
        column, part = table.columns[place.column], place.part
        words = " / ".join(w for w in (column.group, column.heading) if w)
        if part not in ("text", "value") or (part == "value" and place.column in both):
            words = f"{words} {_part_named(column, part, book.lang)}".strip()
        align = "right" if place.first and part != "text" else "left"
        indent = 1 if place.first and part == "text" else 0
        page.write(place.first, place.last, words, book.head(align=align, indent=indent))
        texts.append((words, page.across(place.first, place.last)))
        if part == "value":
            fields[place.column] = place.first
    page.fit(texts)
    page.row += 1
    return fields


def _part_named(column: Column, part: str, lang: Lang) -> str:
    """Return what a live number beside the words of a column is."""
    if column.ends is not None and part in ("low", "high"):
        return column.ends[part == "high"]
    return text_of(f"sheet.{part}", lang)


def _write_cell(
    book: Book, page: Page, place: _Place, cell: Cell, ground: Mapping[str, str], *, named: bool
) -> None:
    """Write words as words and numbers as numbers."""
    part, first = place.part, place.first
    if part == "text":
        # Words beside a number would touch it.
        indent = cell.indent if first == 0 else 1
        style = book.style(text_wrap=True, align="left", indent=indent, **ground)
        page.write(first, place.last, _words(cell), style)
        if cell.code:
            page.sheet.write_comment(page.row, first, cell.code)
        return
    number: float | None = getattr(cell, part)
    if number is None:
        words = cell.text if part == "value" and not named else ""
        style = book.style(text_wrap=True, align="right", **ground)
        page.sheet.write_string(page.row, first, words, style)
        return
    shown = number_format(cell.kind, number, book.lang)
    page.sheet.write_number(page.row, first, number, book.style(num_format=shown, **ground))
