"""The book as a whole in its summary: all losses together, and who is behind them (集積)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # Any: plain data, and objects of an untyped library

from exposure.labels import label
from exposure.output.summary_columns import RATE, SHARE, YEN
from exposure.output.summary_sheet import NARROW, WIDE, Writer
from exposure.shares import exact_share


def write_accumulation(writer: Writer, book: Mapping[str, Any]) -> None:
    """Write what the clients are together, and who is behind the worst years (集積)."""
    sheet = writer.book.add_worksheet(writer.said("book"))
    sheet.set_column(0, 1, WIDE)
    sheet.set_column(2, 6, NARROW)
    level = exact_share(float(book["level"]))
    writer.titled(sheet, 0, writer.said("clients_hit"), ("", writer.said("n_clients")))
    writer.put(sheet, 2, 0, writer.said("mean"))
    writer.put(sheet, 2, 1, book["clients_hit"]["mean"], RATE)
    top = 3
    for p, count in book["clients_hit"]["quantiles"].items():
        writer.put(sheet, top, 0, exact_share(float(p)))
        writer.put(sheet, top, 1, count, YEN)
        top += 1
    for regime, part in book["regimes"].items():
        top = _amounts(writer, sheet, part, regime, top + 1)
        top = _behind(writer, sheet, part, top + 1, level)


def _amounts(writer: Writer, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
    title = writer.said("curve", regime=label("regime", regime, writer.lang))
    writer.titled(sheet, top, title, ("", writer.said("together"), writer.said("apart")))
    sides = (part["annual"], part["if_vendors_were_not_shared"])
    lines = [(writer.said("mean"), [side["mean"]["value"] for side in sides])]
    for kind, name in (("var", "VaR"), ("tvar", "TVaR")):
        for p in part["annual"][kind]:
            amounts = [side[kind][p]["value"] for side in sides]
            lines.append((f"{name} {exact_share(float(p))}", amounts))
    for row, (heading, amounts) in enumerate(lines, start=top + 2):
        writer.put(sheet, row, 0, heading)
        for column, amount in enumerate(amounts, start=1):
            writer.put(sheet, row, column, amount, YEN)
    return top + 2 + len(lines)


def _behind(writer: Writer, sheet: Any, part: Mapping[str, Any], top: int, level: str) -> int:
    names = ("client_id", "name", "vendor", "tail", "share_of_tail", "shared_tail")
    headings = [writer.said(name) for name in names] + [writer.said("in_year", level=level)]
    for column, heading in enumerate(headings):
        sheet.write_string(top, column, heading, writer.head)
    rest = part["other_clients"]
    other = {**rest, "client_id": writer.said("others"), "name": "", "vendor": None}
    for row, one in enumerate((*part["tail_clients"], other), start=top + 1):
        for column, name in enumerate((*names, "in_year")):
            number = SHARE if name == "share_of_tail" else YEN
            writer.put(sheet, row, column, one[name], number)
    return top + 2 + len(part["tail_clients"])
