"""The book as a whole in its summary: all losses together, and who is behind them (集積)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exposure.batch.portfolio import BookRegime, Portfolio, TailPart
from exposure.labels import label
from exposure.output.summary_columns import RATE, SHARE, YEN, Value
from exposure.output.summary_sheet import NARROW, WIDE, Writer
from exposure.shares import exact_share

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


def write_accumulation(writer: Writer, book: Portfolio) -> None:
    """Write what the clients are together, and who is behind the worst years (集積)."""
    sheet = writer.book.add_worksheet(writer.said("book"))
    sheet.set_column(0, 1, WIDE)
    sheet.set_column(2, 6, NARROW)
    level = exact_share(book.level)
    writer.titled(sheet, 0, writer.said("clients_hit"), ("", writer.said("n_clients")))
    writer.put(sheet, 2, 0, writer.said("mean"))
    writer.put(sheet, 2, 1, book.clients_hit.mean, RATE)
    top = 3
    for p, count in book.clients_hit.quantiles.items():
        writer.put(sheet, top, 0, exact_share(float(p)))
        writer.put(sheet, top, 1, count, YEN)
        top += 1
    for regime, part in book.regimes.items():
        top = _amounts(writer, sheet, part, regime, top + 1)
        top = _behind(writer, sheet, part, top + 1, level)


def _amounts(writer: Writer, sheet: Worksheet, part: BookRegime, regime: str, top: int) -> int:
    title = writer.said("curve", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, ("", writer.said("together"), writer.said("apart")))
    sides = (part.annual, part.if_vendors_were_not_shared)
    lines = [(writer.said("mean"), [side.mean.value for side in sides])]
    for name, levels in (("VaR", [s.var for s in sides]), ("TVaR", [s.tvar for s in sides])):
        lines += [
            (f"{name} {exact_share(float(p))}", [of[p].value for of in levels]) for p in levels[0]
        ]
    for row, (heading, amounts) in enumerate(lines, start=top + 2):
        writer.put(sheet, row, 0, heading)
        for column, amount in enumerate(amounts, start=1):
            writer.put(sheet, row, column, amount, YEN)
    return top + 2 + len(lines)


def _behind(writer: Writer, sheet: Worksheet, part: BookRegime, top: int, level: str) -> int:
    names = ("client_id", "name", "vendor", "tail", "share_of_tail", "shared_tail")
    headings = [writer.said(name) for name in names] + [writer.said("in_year", level=level)]
    for column, heading in enumerate(headings):
        sheet.write_string(top, column, heading, writer.head)
    rest = part.other_clients
    rows: list[tuple[tuple[Value, ...], TailPart]] = [
        ((one.client_id, one.name, one.vendor), one) for one in part.tail_clients
    ]
    rows.append(((writer.said("others"), "", None), rest))
    numbers = ("", "", "", YEN, SHARE, YEN, YEN)
    for row, (words, one) in enumerate(rows, start=top + 1):
        values = (*words, one.tail, one.share_of_tail, one.shared_tail, one.in_year)
        for column, (value, number) in enumerate(zip(values, numbers, strict=True)):
            writer.put(sheet, row, column, value, number)
    return top + 1 + len(rows)
