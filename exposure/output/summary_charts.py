"""The charts of a book's summary, and the live numbers they show (グラフ).

Computes nothing but the order of the clients in a chart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: rows as plain data, and objects of an untyped library

from exposure.labels import label
from exposure.output.summary_columns import SHARE, YEN, regimes_of
from exposure.output.summary_sheet import NARROW, WIDE, Writer

_SHOWN = 20


def write_charts(
    writer: Writer, rows: Sequence[Mapping[str, Any]], book: Mapping[str, Any] | None
) -> None:
    """Write what the charts show as live numbers, and the charts beside them."""
    sheet = writer.book.add_worksheet(writer.said("charts"))
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 2, NARROW)
    top = 0
    for regime in regimes_of(rows):
        top = _largest(writer, sheet, rows, regime, top)
        if book is not None:
            top = _curve(writer, sheet, book["regimes"][regime], regime, top)
            top = _vendors(writer, sheet, book["regimes"][regime], regime, top)


def _series(writer: Writer, sheet: Any, chart: Any, title: str, rows: range, column: int) -> None:
    name = sheet.get_name()
    chart.add_series(
        {
            "name": title,
            "categories": [name, rows.start, 0, rows.stop - 1, 0],
            "values": [name, rows.start, column, rows.stop - 1, column],
        }
    )


def _placed(writer: Writer, sheet: Any, chart: Any, title: str, top: int, last: int) -> int:
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_size({"width": 720, "height": 400})
    sheet.insert_chart(top, 4, chart)
    return max(last, top + 21) + 2


def _largest(
    writer: Writer, sheet: Any, rows: Sequence[Mapping[str, Any]], regime: str, top: int
) -> int:
    found = [
        (row["name"], row["regimes"][regime]["annual_mean"])
        for row in rows
        if regime in row.get("regimes", ())
    ]
    shown = sorted(found, key=lambda pair: -pair[1])[:_SHOWN]
    title = writer.said("largest", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, (writer.said("name"), writer.said("annual_mean")))
    for i, (name, mean) in enumerate(shown, start=top + 2):
        writer.put(sheet, i, 0, name)
        writer.put(sheet, i, 1, mean, YEN)
    chart = writer.book.add_chart({"type": "bar"})
    span = range(top + 2, top + 2 + len(shown))
    _series(writer, sheet, chart, writer.said("annual_mean"), span, 1)
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return _placed(writer, sheet, chart, title, top, span.stop)


def _curve(writer: Writer, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
    title = writer.said("curve", regime=label("regime", regime, writer.lang))
    headings = ("return_period", "together", "apart")
    writer.titled(sheet, top, title, [writer.said(name) for name in headings])
    together = part["annual"]["aep"]
    apart = part["if_vendors_were_not_shared"]["aep"]
    for i, period in enumerate(together, start=top + 2):
        writer.put(sheet, i, 0, float(period), YEN)
        writer.put(sheet, i, 1, together[period]["value"], YEN)
        writer.put(sheet, i, 2, apart[period]["value"], YEN)
    chart = writer.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    span = range(top + 2, top + 2 + len(together))
    _series(writer, sheet, chart, writer.said("together"), span, 1)
    _series(writer, sheet, chart, writer.said("apart"), span, 2)
    chart.set_x_axis({"name": writer.said("return_period"), "log_base": 10, "min": 10})
    chart.set_y_axis({"name": writer.said("loss"), "num_format": YEN})
    return _placed(writer, sheet, chart, title, top, span.stop)


def _vendors(writer: Writer, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
    vendors = part["vendors"][:_SHOWN]
    if not vendors:
        return top
    title = writer.said("vendors", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, (writer.said("vendor"), writer.said("share_of_tail")))
    for i, one in enumerate(vendors, start=top + 2):
        writer.put(sheet, i, 0, one["vendor"])
        writer.put(sheet, i, 1, one["share_of_tail"], SHARE)
    chart = writer.book.add_chart({"type": "bar"})
    span = range(top + 2, top + 2 + len(vendors))
    _series(writer, sheet, chart, writer.said("share_of_tail"), span, 1)
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    return _placed(writer, sheet, chart, title, top, span.stop)
