"""Native charts of the workbook, drawn by the reader's own spreadsheet from its live numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import ladder_name, look, view_colour, views_of
from exposure.output.content.words import text_of, view_name
from exposure.output.workbook_sheet import Book
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
        ("unpaid", _stacked(book, result)),
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


def _titled(
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


def _in_rows(chart: Chart, title: str, lang: Lang) -> Chart:
    """Give a chart of bars its title and axes: first row on top, amounts along the bottom."""
    grid = {"visible": True, "line": {"color": look()["rc"]["grid.color"]}}
    amounts = {"num_format": "#,##0", "major_gridlines": grid}
    rows = {
        "reverse": True, "crossing": "max", "interval_unit": 1,
        "major_gridlines": {"visible": False}, "major_tick_mark": "none",
    }  # fmt: skip
    return _titled(chart, title, label("chart", "axis.loss", lang), x=amounts, y=rows)


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
            chart.add_series(_series(name, cells, words, view_colour(regime)))
            at += 2
        logarithmic = {"log_base": look()["ticks"]["decade"]}
        charts.append(
            _titled(
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
        chart.add_series(_series(str(sheet.name), cells, words, colour))
    least = min(step.limit for one in ladders for step in one.steps)
    return _titled(
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
) -> tuple[int, int, int]:
    """Write two columns of numbers under what they are; return first and last row, and column."""
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
    return top + 2, top + 1 + len(x), at


def _series(sheet: str, cells: tuple[int, int, int], name: str, colour: str) -> dict[str, object]:
    first, last, at = cells
    return {
        "name": name,
        "categories": [sheet, first, at, last, at],
        "values": [sheet, first, at + 1, last, at + 1],
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
        charts.append(_in_rows(chart, text_of(title, lang), lang))
    return charts


def _stacked(book: Book, result: Result) -> list[Chart]:
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
        charts.append(_in_rows(chart, title, lang))
    return charts
