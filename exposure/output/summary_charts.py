"""The charts of a book's summary, and the live numbers they show (グラフ).

Computes nothing but the order of the clients in a chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exposure.batch.portfolio import BookRegime, Portfolio
from exposure.labels import label
from exposure.output.summary_columns import SHARE, YEN, Shown, regimes_of
from exposure.output.summary_sheet import NARROW, WIDE, Writer

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

_SHOWN = 20


def write_charts(writer: Writer, rows: Sequence[Shown], book: Portfolio | None) -> None:
    """Write what the charts show as live numbers, and the charts beside them."""
    sheet = writer.book.add_worksheet(writer.said("charts"))
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 2, NARROW)
    top = 0
    for regime in regimes_of(rows):
        top = _largest(writer, sheet, rows, regime, top)
        if book is not None:
            top = _curve(writer, sheet, book.regimes[regime], regime, top)
            top = _vendors(writer, sheet, book.regimes[regime], regime, top)


def _series(sheet: Worksheet, chart: Chart, title: str, rows: range, column: int) -> None:
    name = sheet.name
    chart.add_series(
        {
            "name": title,
            "categories": [name, rows.start, 0, rows.stop - 1, 0],
            "values": [name, rows.start, column, rows.stop - 1, column],
        }
    )


def _placed(sheet: Worksheet, chart: Chart, title: str, top: int, last: int) -> int:
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_size({"width": 720, "height": 400})
    sheet.insert_chart(top, 4, chart)
    return max(last, top + 21) + 2


def _largest(writer: Writer, sheet: Worksheet, rows: Sequence[Shown], regime: str, top: int) -> int:
    path = "ground_up.annual.mean"
    found = [(row.name, row.regimes[regime].figures[path]) for row in rows if regime in row.regimes]
    shown = sorted(found, key=lambda pair: -(pair[1] or 0.0))[:_SHOWN]
    title = writer.said("largest", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, (writer.said("name"), writer.said("annual_mean")))
    for i, (name, mean) in enumerate(shown, start=top + 2):
        writer.put(sheet, i, 0, name)
        writer.put(sheet, i, 1, mean, YEN)
    chart = writer.chart("bar")
    span = range(top + 2, top + 2 + len(shown))
    _series(sheet, chart, writer.said("annual_mean"), span, 1)
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return _placed(sheet, chart, title, top, span.stop)


def _curve(writer: Writer, sheet: Worksheet, part: BookRegime, regime: str, top: int) -> int:
    title = writer.said("curve", regime=label("regime", regime, writer.lang))
    headings = ("return_period", "together", "apart")
    writer.titled(sheet, top, title, [writer.said(name) for name in headings])
    together, apart = part.annual.aep, part.if_vendors_were_not_shared.aep
    for i, period in enumerate(together, start=top + 2):
        writer.put(sheet, i, 0, float(period), YEN)
        writer.put(sheet, i, 1, together[period].value, YEN)
        writer.put(sheet, i, 2, apart[period].value, YEN)
    chart = writer.chart("scatter", "straight_with_markers")
    span = range(top + 2, top + 2 + len(together))
    _series(sheet, chart, writer.said("together"), span, 1)
    _series(sheet, chart, writer.said("apart"), span, 2)
    chart.set_x_axis({"name": writer.said("return_period"), "log_base": 10, "min": 10})
    chart.set_y_axis({"name": writer.said("loss"), "num_format": YEN})
    return _placed(sheet, chart, title, top, span.stop)


def _vendors(writer: Writer, sheet: Worksheet, part: BookRegime, regime: str, top: int) -> int:
    vendors = part.vendors[:_SHOWN]
    if not vendors:
        return top
    title = writer.said("vendors", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, (writer.said("vendor"), writer.said("share_of_tail")))
    for i, one in enumerate(vendors, start=top + 2):
        writer.put(sheet, i, 0, one.vendor)
        writer.put(sheet, i, 1, one.share_of_tail, SHARE)
    chart = writer.chart("bar")
    span = range(top + 2, top + 2 + len(vendors))
    _series(sheet, chart, writer.said("share_of_tail"), span, 1)
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return _placed(sheet, chart, title, top, span.stop)
