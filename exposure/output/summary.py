"""The workbook of a book of clients: a sortable table, charts, the accumulation (summary.xlsx).

Restates finished rows as live numbers; computes nothing but their order in a chart. Text of users
is written as text, never as a formula.
"""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: rows as plain data, and objects of an untyped library

from exposure.errors import Lang
from exposure.inputs.names import industries
from exposure.labels import label

# A workbook carries its date of creation; a fixed one keeps equal content equal to the byte.
CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}

_LEVEL = "0.99"
_SHOWN = 20
_YEN, _SHARE, _RATE = "#,##0", "0.0%", "0.0000"
_WIDE, _NARROW = 34, 16


@dataclass(frozen=True)
class Column:
    """A column of the table of clients: heading, number format (empty for text) and value."""

    heading: str
    number: str
    values: list[Any]


def summary_workbook(
    rows: Iterable[Mapping[str, Any]], book: Mapping[str, Any] | None, lang: Lang
) -> bytes:
    """Return the workbook of a book of clients (一覧のブック).

    Parameters
    ----------
    rows : iterable of mapping
        Content of ``summary.json``; gone through once, only what is shown is kept.
    book : mapping or None
        Content of ``portfolio.json``.
    lang : str
        ``ja`` or ``en``.

    Returns
    -------
    bytes
        The same for the same content.
    """
    import xlsxwriter

    shown = [_shown(row, lang) for row in rows]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, dict(OPTIONS)) as workbook:
        workbook.set_properties({"created": CREATED})
        writer = _Writer(workbook, lang)
        writer.clients(shown)
        writer.charts(shown, book)
        if book is not None:
            writer.accumulation(book)
        writer.notes(book)
    return stream.getvalue()


def percent(level: float | str) -> str:
    """Return a level as a percentage.

    Examples
    --------
    >>> percent("0.995"), percent(0.99)
    ('99.5%', '99%')
    """
    return f"{float(level):.10%}".rstrip("%").rstrip("0").rstrip(".") + "%"


_KEPT = ("client_id", "name", "vendor", "status", "flags", "error")
_KEPT_OF_CLIENT = ("industry", "records", "revenue")


def _shown(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the part of a row that the workbook shows, so that a long book fits in memory."""
    client = row.get("client", {})
    return {
        **{key: row[key] for key in _KEPT if key in row},
        "client": {key: client.get(key) for key in _KEPT_OF_CLIENT},
        "regimes": {name: _shown_regime(p, lang) for name, p in row.get("regimes", {}).items()},
    }


def _shown_regime(part: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    choice = part["recommendation"]
    return {
        "events_per_year": part["events_per_year"],
        "annual_mean": _at(part, ("annual_mean", "value")),
        "annual_tail": _at(part, ("annual_var", _LEVEL, "value")),
        "plan": choice["label" if lang == "ja" else "label_en"],
        "limit": choice["limit"],
        "premium": choice["premium"],
        "retained_mean": _at(choice, ("retained_mean", "value")),
        "retained_tail": _at(choice, ("retained_var", _LEVEL, "value")),
        "limit_adequacy": _at(choice, ("limit_adequacy", "value")),
        "reason": choice["reason"][lang],
    }


def _columns(rows: Sequence[Mapping[str, Any]], lang: Lang) -> Iterator[Column]:
    def said(name: str) -> str:
        return label("summary", name, lang).format(level=percent(_LEVEL))

    def client(row: Mapping[str, Any], key: str) -> Any:
        return row.get("client", {}).get(key)

    known = {key: name.label.say(lang) for key, name in industries().items()}
    yield Column(said("client_id"), "", [row["client_id"] for row in rows])
    yield Column(said("name"), "", [row["name"] for row in rows])
    yield Column(said("status"), "", [said(row["status"]) for row in rows])
    flags = ["、".join(label("flag", f, lang) for f in row.get("flags", ())) for row in rows]
    yield Column(said("flags"), "", flags)
    yield Column(said("vendor"), "", [row["vendor"] for row in rows])
    yield Column(said("industry"), "", [known.get(client(row, "industry")) for row in rows])
    yield Column(said("records"), _YEN, [client(row, "records") for row in rows])
    yield Column(said("revenue"), _YEN, [client(row, "revenue") for row in rows])
    for regime in _regimes(rows):
        parts = [row.get("regimes", {}).get(regime) for row in rows]
        before = f"{label('regime', regime, lang)}: "
        for name, number, values in _regime_columns(parts, lang):
            yield Column(before + said(name), number, values)
    yield Column(said("error"), "", ["; ".join(e[lang] for e in row["error"]) for row in rows])


def _regimes(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(regime for row in rows for regime in row.get("regimes", ())))


_NUMBERS = {
    "events_per_year": _RATE,
    "annual_mean": _YEN,
    "annual_tail": _YEN,
    "plan": "",
    "limit": _YEN,
    "premium": _YEN,
    "retained_mean": _YEN,
    "retained_tail": _YEN,
    "limit_adequacy": _SHARE,
    "reason": "",
}


def _regime_columns(
    parts: Sequence[Mapping[str, Any] | None], lang: Lang
) -> Iterator[tuple[str, str, list[Any]]]:
    enquiry, none = (label("summary", name, lang) for name in ("on_enquiry", "no_plan"))
    for name, number in _NUMBERS.items():
        values = [None if part is None else part[name] for part in parts]
        if name == "premium":
            amounts = [None if value is None else value["amount"] for value in values]
            values = [
                enquiry if value is not None and amount is None else amount
                for value, amount in zip(values, amounts, strict=True)
            ]
        elif name == "plan":
            values = [
                none if part is not None and value is None else value
                for part, value in zip(parts, values, strict=True)
            ]
        yield name, number, values


def _at(document: Any, path: Sequence[str]) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, workbook: Any, lang: Lang) -> None:
        self.book = workbook
        self.lang = lang
        self.head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.bad = workbook.add_format({"bg_color": "#F4CCCC"})
        self.formats = {
            number: workbook.add_format({"num_format": number} if number else {})
            for number in ("", _YEN, _SHARE, _RATE)
        }

    def said(self, name: str, **values: object) -> str:
        return label("summary", name, self.lang).format(**values)

    def put(self, sheet: Any, row: int, column: int, value: Any, number: str = "") -> None:
        """Write a value as what it is; text is never read as a formula, a link or a number."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif math.isfinite(value):
            sheet.write_number(row, column, value, self.formats[number])

    def clients(self, rows: Sequence[Mapping[str, Any]]) -> None:
        sheet = self.book.add_worksheet(self.said("clients"))
        columns = list(_columns(rows, self.lang))
        last = max(len(rows), 1)
        headings = [{"header": c.heading, "header_format": self.head} for c in columns]
        sheet.add_table(
            0, 0, last, len(columns) - 1, {"columns": headings, "name": "clients", "style": None}
        )
        for number, column in enumerate(columns):
            sheet.set_column(number, number, _NARROW if column.number else _WIDE)
            for row, value in enumerate(column.values, start=1):
                self.put(sheet, row, number, value, column.number)
            if column.heading.endswith(
                (self.said("annual_mean"), self.said("annual_tail", level=percent(_LEVEL)))
            ):
                sheet.conditional_format(1, number, last, number, {"type": "data_bar"})
            if column.heading == self.said("status"):
                rule = {
                    "type": "cell",
                    "criteria": "!=",
                    "value": f'"{self.said("done")}"',
                    "format": self.bad,
                }
                sheet.conditional_format(1, number, last, number, rule)
            if column.heading == self.said("flags"):
                rule = {"type": "no_blanks", "format": self.book.add_format({"bold": True})}
                sheet.conditional_format(1, number, last, number, rule)
        sheet.freeze_panes(1, 2)

    def charts(self, rows: Sequence[Mapping[str, Any]], book: Mapping[str, Any] | None) -> None:
        """Write what the charts show as live numbers, and the charts beside them."""
        sheet = self.book.add_worksheet(self.said("charts"))
        sheet.set_column(0, 0, _WIDE)
        sheet.set_column(1, 2, _NARROW)
        top = 0
        for regime in _regimes(rows):
            top = self._largest(sheet, rows, regime, top)
            if book is not None:
                top = self._curve(sheet, book["regimes"][regime], regime, top)
                top = self._vendors(sheet, book["regimes"][regime], regime, top)

    def _titled(self, sheet: Any, top: int, title: str, headings: Sequence[str]) -> None:
        sheet.write_string(top, 0, title, self.head)
        for number, heading in enumerate(headings):
            sheet.write_string(top + 1, number, heading, self.head)

    def _series(self, sheet: Any, chart: Any, title: str, rows: range, column: int) -> None:
        name = sheet.get_name()
        chart.add_series(
            {
                "name": title,
                "categories": [name, rows.start, 0, rows.stop - 1, 0],
                "values": [name, rows.start, column, rows.stop - 1, column],
            }
        )

    def _placed(self, sheet: Any, chart: Any, title: str, top: int, last: int) -> int:
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_size({"width": 720, "height": 400})
        sheet.insert_chart(top, 4, chart)
        return max(last, top + 21) + 2

    def _largest(self, sheet: Any, rows: Sequence[Mapping[str, Any]], regime: str, top: int) -> int:
        found = [
            (row["name"], row["regimes"][regime]["annual_mean"])
            for row in rows
            if regime in row.get("regimes", ())
        ]
        shown = sorted(found, key=lambda pair: -pair[1])[:_SHOWN]
        title = self.said("largest", regime=label("regime", regime, self.lang))
        self._titled(sheet, top, title, (self.said("name"), self.said("annual_mean")))
        for i, (name, mean) in enumerate(shown, start=top + 2):
            self.put(sheet, i, 0, name)
            self.put(sheet, i, 1, mean, _YEN)
        chart = self.book.add_chart({"type": "bar"})
        span = range(top + 2, top + 2 + len(shown))
        self._series(sheet, chart, self.said("annual_mean"), span, 1)
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"none": True})
        return self._placed(sheet, chart, title, top, span.stop)

    def _curve(self, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
        title = self.said("curve", regime=label("regime", regime, self.lang))
        headings = ("return_period", "together", "apart")
        self._titled(sheet, top, title, [self.said(name) for name in headings])
        together = part["annual"]["aep"]
        apart = part["if_vendors_were_not_shared"]["aep"]
        for i, period in enumerate(together, start=top + 2):
            self.put(sheet, i, 0, float(period), _YEN)
            self.put(sheet, i, 1, together[period]["value"], _YEN)
            self.put(sheet, i, 2, apart[period]["value"], _YEN)
        chart = self.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
        span = range(top + 2, top + 2 + len(together))
        self._series(sheet, chart, self.said("together"), span, 1)
        self._series(sheet, chart, self.said("apart"), span, 2)
        chart.set_x_axis({"name": self.said("return_period"), "log_base": 10, "min": 10})
        chart.set_y_axis({"name": self.said("loss"), "num_format": _YEN})
        return self._placed(sheet, chart, title, top, span.stop)

    def _vendors(self, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
        vendors = part["vendors"][:_SHOWN]
        if not vendors:
            return top
        title = self.said("vendors", regime=label("regime", regime, self.lang))
        self._titled(sheet, top, title, (self.said("vendor"), self.said("share_of_tail")))
        for i, one in enumerate(vendors, start=top + 2):
            self.put(sheet, i, 0, one["vendor"])
            self.put(sheet, i, 1, one["share_of_tail"], _SHARE)
        chart = self.book.add_chart({"type": "bar"})
        span = range(top + 2, top + 2 + len(vendors))
        self._series(sheet, chart, self.said("share_of_tail"), span, 1)
        chart.set_y_axis({"reverse": True})
        chart.set_legend({"none": True})
        return self._placed(sheet, chart, title, top, span.stop)

    def accumulation(self, book: Mapping[str, Any]) -> None:
        sheet = self.book.add_worksheet(self.said("book"))
        sheet.set_column(0, 1, _WIDE)
        sheet.set_column(2, 6, _NARROW)
        level = percent(book["level"])
        self._titled(sheet, 0, self.said("clients_hit"), ("", self.said("n_clients")))
        self.put(sheet, 2, 0, self.said("mean"))
        self.put(sheet, 2, 1, book["clients_hit"]["mean"], _RATE)
        top = 3
        for p, count in book["clients_hit"]["quantiles"].items():
            self.put(sheet, top, 0, percent(p))
            self.put(sheet, top, 1, count, _YEN)
            top += 1
        for regime, part in book["regimes"].items():
            top = self._amounts(sheet, part, regime, top + 1)
            top = self._behind(sheet, part, top + 1, level)

    def _amounts(self, sheet: Any, part: Mapping[str, Any], regime: str, top: int) -> int:
        title = self.said("curve", regime=label("regime", regime, self.lang))
        self._titled(sheet, top, title, ("", self.said("together"), self.said("apart")))
        sides = (part["annual"], part["if_vendors_were_not_shared"])
        lines = [(self.said("mean"), [side["mean"]["value"] for side in sides])]
        for kind, name in (("var", "VaR"), ("tvar", "TVaR")):
            for p in part["annual"][kind]:
                amounts = [side[kind][p]["value"] for side in sides]
                lines.append((f"{name} {percent(p)}", amounts))
        for row, (heading, amounts) in enumerate(lines, start=top + 2):
            self.put(sheet, row, 0, heading)
            for column, amount in enumerate(amounts, start=1):
                self.put(sheet, row, column, amount, _YEN)
        return top + 2 + len(lines)

    def _behind(self, sheet: Any, part: Mapping[str, Any], top: int, level: str) -> int:
        names = ("client_id", "name", "vendor", "tail", "share_of_tail", "shared_tail")
        headings = [self.said(name) for name in names] + [self.said("in_year", level=level)]
        for column, heading in enumerate(headings):
            sheet.write_string(top, column, heading, self.head)
        rest = part["other_clients"]
        other = {**rest, "client_id": self.said("others"), "name": "", "vendor": None}
        for row, one in enumerate((*part["tail_clients"], other), start=top + 1):
            for column, name in enumerate((*names, "in_year")):
                number = _SHARE if name == "share_of_tail" else _YEN
                self.put(sheet, row, column, one[name], number)
        return top + 2 + len(part["tail_clients"])

    def notes(self, book: Mapping[str, Any] | None) -> None:
        sheet = self.book.add_worksheet(self.said("notes"))
        sheet.set_column(0, 0, 3 * _WIDE)
        lines = [self.said(name) for name in ("note_estimates", "note_regimes", "note_quantiles")]
        if book is not None:
            lines.append(self.said("note_worst", level=percent(book["level"])))
            rate, hit = book["vendor_rate"], percent(book["hit_probability"])
            lines.append(self.said("note_shared", rate=f"{rate:g}", hit=hit))
            if book["clients_missing"]:
                missing = ", ".join(book["clients_missing"])
                lines.append(self.said("note_missing", clients=missing))
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line)
