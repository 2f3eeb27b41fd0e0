"""Native charts of the workbook, drawn by the reader's own spreadsheet from its live numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import ladder_name, look, view_colour, views_of
from exposure.output.content import Report
from exposure.output.content.words import text_of, view_name
from exposure.result.record import Curve, Ladder, Result

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

    from exposure.output.workbook import Placed

_PLAIN: Mapping[str, object] = {}


def add_charts(
    workbook: Workbook, placed: Mapping[str, Sequence[Placed]], result: Result, report: Report
) -> None:
    """Add a sheet of curves and the charts of tables and curves (図).

    Parameters
    ----------
    workbook : xlsxwriter.Workbook
    placed : mapping of str to sequence of Placed
        Tables already written, by section.
    result : Result
    report : Report
    """
    lang = report.lang
    charts = [
        *_curves(workbook, result, report),
        *_bars(workbook, placed.get("breakdown_tables", ()), result, lang),
        *_stacked(workbook, placed.get("unpaid", ()), result, lang),
    ]
    sheet = workbook.add_worksheet(text_of("sheet.charts", lang))
    sheet.hide_gridlines(2)
    _on_pages(sheet, report.notice, tall=1)
    book = look()["workbook"]
    size = {"x_scale": book["chart_width"], "y_scale": book["chart_height"]}
    for i, chart in enumerate(charts):
        chart.set_legend({"position": "bottom"})
        row, column = (i // 2) * book["chart_rows"], (i % 2) * book["chart_columns"]
        sheet.insert_chart(row, column, chart, size)


def _on_pages(sheet: Worksheet, notice: str, tall: int) -> None:
    """Print a sheet on upright pages, as many as it takes or one, so that no chart is cut."""
    sheet.set_portrait()
    sheet.set_paper(look()["workbook"]["a4"])
    sheet.fit_to_pages(1, tall)
    sheet.set_footer(f"&L{notice.replace('&', '&&')[: look()['workbook']['footer']]}&R&P / &N")


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


def _curves(workbook: Workbook, result: Result, report: Report) -> list[Chart]:
    """Write the curves into a sheet of their own and chart them."""
    lang = report.lang
    sheet = workbook.add_worksheet(text_of("sheet.curves", lang))
    name, book = text_of("sheet.curves", lang), look()["workbook"]
    sheet.freeze_panes(2, 0)
    _on_pages(sheet, report.notice, tall=0)
    heading = workbook.add_format({**book["font"], "bold": True, "text_wrap": True})
    for row in (0, 1):
        sheet.set_row(row, book["heading_lines"] * book["line_height"], heading)
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
            count = _write_pair(sheet, at, (above, *axes), rarity, curve.loss)
            chart.add_series(_series(name, at, count, words, view_colour(regime)))
            at += 2
        logarithmic = {"log_base": look()["ticks"]["decade"]}
        charts.append(
            _titled(
                chart, label("chart", title, lang), *axes,
                x={**logarithmic, "min": 1, "num_format": "#,##0"},
                y={**logarithmic, "min": look()["draw"]["floor"], "num_format": "#,##0"},
            )
        )  # fmt: skip
    for regime in views_of(result):
        ladders = result.regimes[regime].ladders
        if ladders:
            charts.append(_ladders(workbook, sheet, at, regime, ladders, lang))
            at += 2 * len(ladders)
    return charts


def _ladders(
    workbook: Workbook,
    sheet: Worksheet,
    at: int,
    regime: str,
    ladders: Sequence[Ladder],
    lang: Lang,
) -> Chart:
    """Write and chart the share every product pays, against its limit."""
    chart = _chart(workbook, "scatter", "straight_with_markers")
    regime_name = view_name(regime, lang)
    axes = tuple(label("chart", f"axis.{which}", lang) for which in ("limit", "share_paid"))
    colours = [*look()["colour"]["plans"], *look()["colour"]["curves"]]
    for colour, one in zip(colours, ladders, strict=False):
        words = ladder_name(one, lang)
        above = f"{words} – {regime_name}"
        limits = [step.limit for step in one.steps]
        shares = [step.share_paid.value or 0.0 for step in one.steps]
        count = _write_pair(sheet, at, (above, *axes), limits, shares)
        chart.add_series(_series(text_of("sheet.curves", lang), at, count, words, colour))
        at += 2
    least = min(step.limit for one in ladders for step in one.steps)
    return _titled(
        chart,
        f"{label('chart', 'by_limit.title', lang)} – {regime_name}",
        *axes,
        x={"log_base": look()["ticks"]["decade"], "min": least, "num_format": "#,##0"},
        y={"min": 0, "max": 1, "num_format": "0%"},
    )


def _write_pair(
    sheet: Worksheet, at: int, headings: tuple[str, ...], x: Sequence[float], y: Sequence[float]
) -> int:
    """Write two columns of numbers under what they are and return how many there are."""
    above, *names = headings
    sheet.write_string(0, at, above)
    for column, name in enumerate(names, start=at):
        sheet.write_string(1, column, name)
    sheet.set_column(at, at + 1, look()["workbook"]["number_width"])
    for row, (a, b) in enumerate(zip(x, y, strict=True), start=2):
        sheet.write_number(row, at, a)
        sheet.write_number(row, at + 1, b)
    return len(x)


def _series(sheet: str, at: int, count: int, name: str, colour: str) -> dict[str, object]:
    return {
        "name": name,
        "categories": [sheet, 2, at, count + 1, at],
        "values": [sheet, 2, at + 1, count + 1, at + 1],
        "line": {"color": colour, "width": 2},
        "marker": {"type": "none"},
    }


def _bars(workbook: Workbook, placed: Sequence[Placed], result: Result, lang: Lang) -> list[Chart]:
    """Chart heads and causes from their tables, one series per view."""
    charts = []
    for where, title in zip(placed, ("breakdown.heads", "breakdown.causes"), strict=False):
        chart = _chart(workbook, "bar")
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


def _stacked(
    workbook: Workbook, placed: Sequence[Placed], result: Result, lang: Lang
) -> list[Chart]:
    """Chart what is paid and what not, by reason, from the tables."""
    charts = []
    segments = look()["reason"]
    names = {label("reason", reason, lang): reason for reason in labels("reason")}
    for where, regime in zip(placed, views_of(result), strict=False):
        chart = _chart(workbook, "bar", "stacked")
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
