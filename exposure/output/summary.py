"""The workbook of a book of clients: a sortable table, charts, the accumulation (summary.xlsx).

Picks and restates what finished rows hold; how they are written is left to `output.summary`.

Computes nothing but the order of the clients in a chart.

Restates finished rows as live numbers. Text of users is written as text, never as a formula.
"""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exposure.amounts import exact_share
from exposure.batch.portfolio import BookRegime, Portfolio, TailPart
from exposure.batch.task import RegimeRow, Row
from exposure.errors import Lang, Text
from exposure.inputs.names import industries
from exposure.labels import label
from exposure.result.document import figures_in, part_of
from exposure.result.lines import basis_name, verdict_name
from exposure.result.record import RegimeFigures

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet


LEVEL = "0.99"

YEN, SHARE, RATE, FIGURE = "#,##0", "0.0%", "0.0000", "#,##0.####"

Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """A column of a table of clients: heading, number format (empty for text) and values."""

    heading: str
    number: str
    values: list[Value]


@dataclass(frozen=True)
class ShownRegime:
    """One regime of a row as the workbook shows it: cells by name, every figure by its path."""

    cells: Mapping[str, Value]
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Shown:
    """The part of a row that the workbook shows, so that a long book fits in memory (表示行)."""

    client_id: str
    name: str | None
    vendor: str | None
    status: str
    error: tuple[Text, ...]
    flags: Sequence[str]
    client: Mapping[str, Value]
    regimes: Mapping[str, ShownRegime]
    lines: Sequence[str]


_OF_CLIENT = ("industry", "records", "revenue")


def shown_of(row: Row, lang: Lang) -> Shown:
    """Return the part of a row that the workbook shows.

    Examples
    --------
    >>> shown_of(Row("A1", "甲", None, "failed"), "ja").client
    {'industry': None, 'records': None, 'revenue': None}
    """
    done = row.summary
    stated = {} if done is None else done.client
    lines = () if done is None else getattr(done.recommendation.lines, lang)
    return Shown(
        client_id=row.client_id,
        name=row.name,
        vendor=row.vendor,
        status=row.status,
        error=row.error,
        flags=() if done is None else done.flags,
        client={key: _cell(stated.get(key)) for key in _OF_CLIENT},
        regimes={name: _shown_regime(part, lang) for name, part in row.regimes.items()},
        lines=lines,
    )


def _cell(stated: object) -> Value:
    return stated if isinstance(stated, float | int | str) else None


def _shown_regime(part: RegimeRow, lang: Lang) -> ShownRegime:
    choice, premium, plan = part.recommendation, part.premium, part.figures
    annual = part.ground_up.annual
    named = None if part.label is None else part.label.say(lang)
    short = choice.short_of
    cells: dict[str, Value] = {
        "need_liability": part.need.liability.value,
        "need_costs": part.need.costs.value,
        "verdict": verdict_name(choice.verdict, lang),
        "plan": named if choice.plan else label("summary", "no_plan", lang),
        "best_on_market": named,
        "limit": choice.limit,
        "premium": None if premium is None else premium.amount,
        "basis": None if premium is None else basis_name(premium.basis, lang),
        "worth": None if part.worth is None else part.worth.value,
        "share_paid": None,
        "loss_ratio": None,
        "short_of": short[0].label.say(lang) if short else None,
        "events_per_year": part.frequency.events_per_year,
        "annual_mean": annual.mean.value,
        "annual_tail": annual.var[LEVEL].value if LEVEL in annual.var else None,
        "retained_mean": None,
        "retained_tail": None,
        "reason": choice.reason.say(lang),
    }
    if plan is not None:
        ratio, kept = plan.implied_loss_ratio, plan.retained.annual
        cells |= {
            "share_paid": plan.share_paid.value,
            "loss_ratio": None if ratio is None else ratio.value,
            "retained_mean": kept.mean.value,
            "retained_tail": kept.var[LEVEL].value if LEVEL in kept.var else None,
        }
    # By type, not by name: what is added to the record stands in the table.
    figures = dict(figures_in(part_of(RegimeFigures, part))) | dict(figures_in(plan, "plan"))
    return ShownRegime(cells, {path: one.value for path, one in figures.items()})


def columns_of(rows: Sequence[Shown], lang: Lang) -> Iterator[Column]:
    """Return the columns of the table of clients, those of each regime side by side (顧客別の表).

    Examples
    --------
    >>> [column.heading for column in columns_of([], "ja")][:2]
    ['顧客番号', '会社名']
    """

    def said(name: str) -> str:
        return label("summary", name, lang).format(level=exact_share(float(LEVEL)))

    known = {key: name.label.say(lang) for key, name in industries().items()}
    yield Column(said("client_id"), "", [row.client_id for row in rows])
    yield Column(said("name"), "", [row.name for row in rows])
    yield Column(said("status"), "", [said(row.status) for row in rows])
    flags = ["、".join(label("flag", flag, lang) for flag in row.flags) for row in rows]
    yield Column(said("flags"), "", [*flags])
    yield Column(said("vendor"), "", [row.vendor for row in rows])
    yield Column(said("industry"), "", [known.get(str(row.client["industry"])) for row in rows])
    yield Column(said("records"), YEN, [row.client["records"] for row in rows])
    yield Column(said("revenue"), YEN, [row.client["revenue"] for row in rows])
    for regime in regimes_of(rows):
        before = f"{label('regime', regime, lang)}: "
        parts = [row.regimes.get(regime) for row in rows]
        for name, number in _NUMBERS.items():
            cells = [None if part is None else part.cells[name] for part in parts]
            yield Column(before + said(name), number, cells)
    for place, words in enumerate(
        ("line_need", "line_plan", "line_price", "line_effect", "line_stays")
    ):
        lines = [row.lines[place] if len(row.lines) > place else None for row in rows]
        yield Column(said(words), "", [*lines])
    errors = ["; ".join(text.say(lang) for text in row.error) for row in rows]
    yield Column(said("error"), "", [*errors])


def figure_columns(rows: Sequence[Shown], lang: Lang) -> Iterator[Column]:
    """Return the columns of the table of all figures, one row per client and regime (全数値).

    The heading of a figure is its path in the record; those of the plan named begin with ``plan``.
    """

    def said(name: str) -> str:
        return label("summary", name, lang)

    parts = [(row, regime, part) for row in rows for regime, part in row.regimes.items()]
    plans = [part.cells["best_on_market"] for _, _, part in parts]
    yield Column(said("client_id"), "", [row.client_id for row, _, _ in parts])
    yield Column(said("name"), "", [row.name for row, _, _ in parts])
    yield Column(said("regime"), "", [label("regime", regime, lang) for _, regime, _ in parts])
    yield Column(said("figures_plan"), "", plans)
    for path in dict.fromkeys(path for _, _, part in parts for path in part.figures):
        yield Column(path, FIGURE, [part.figures.get(path) for _, _, part in parts])


def regimes_of(rows: Sequence[Row] | Sequence[Shown]) -> tuple[str, ...]:
    """Return the regimes that any row has.

    Examples
    --------
    >>> regimes_of([Row("A1", "甲", None, "failed")])
    ()
    """
    return tuple(dict.fromkeys(regime for row in rows for regime in row.regimes))


_NUMBERS = {
    "need_liability": YEN,
    "need_costs": YEN,
    "verdict": "",
    "plan": "",
    "best_on_market": "",
    "limit": YEN,
    "premium": YEN,
    "basis": "",
    "worth": YEN,
    "share_paid": SHARE,
    "loss_ratio": SHARE,
    "short_of": "",
    "events_per_year": RATE,
    "annual_mean": YEN,
    "annual_tail": YEN,
    "retained_mean": YEN,
    "retained_tail": YEN,
    "reason": "",
}


WIDE, NARROW = 34, 16


class Writer:
    """Writes into the sheets of one workbook."""

    def __init__(self, workbook: Workbook, lang: Lang) -> None:
        self.book = workbook
        self.lang = lang
        self.head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.bad = workbook.add_format({"bg_color": "#F4CCCC"})
        self.formats = {
            number: workbook.add_format({"num_format": number} if number else {})
            for number in ("", YEN, SHARE, RATE, FIGURE)
        }

    def said(self, name: str, **values: object) -> str:
        """Return a label of the summary, filled in."""
        return label("summary", name, self.lang).format(**values)

    def chart(self, kind: str, subtype: str | None = None) -> Chart:
        """Return a new chart, not placed yet."""
        found = self.book.add_chart({"type": kind, "subtype": subtype})
        assert found is not None  # it is None for an unknown kind alone
        return found

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, number: str = "") -> None:
        """Write a value as what it is; text is never read as a formula, a link or a number."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif math.isfinite(value):
            sheet.write_number(row, column, value, self.formats[number])

    def titled(self, sheet: Worksheet, top: int, title: str, headings: Sequence[str]) -> None:
        """Write a title and the headings below it."""
        sheet.write_string(top, 0, title, self.head)
        for number, heading in enumerate(headings):
            sheet.write_string(top + 1, number, heading, self.head)


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


def _place(sheet: Worksheet, chart: Chart, title: str, top: int, last: int) -> int:
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
    return _place(sheet, chart, title, top, span.stop)


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
    return _place(sheet, chart, title, top, span.stop)


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
    return _place(sheet, chart, title, top, span.stop)


# A workbook carries its date of creation; a fixed one keeps equal content equal to the byte.
CREATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def summary_workbook(rows: Iterable[Row], book: Portfolio | None, lang: Lang) -> bytes:
    """Return the workbook of a book of clients (一覧のブック).

    Parameters
    ----------
    rows : iterable of Row
        Gone through once, only what is shown is kept.
    book : Portfolio or None
    lang : str
        ``ja`` or ``en``.

    Returns
    -------
    bytes
        The same for the same content.
    """
    import xlsxwriter

    shown = [shown_of(row, lang) for row in rows]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, dict(OPTIONS)) as workbook:
        workbook.set_properties({"created": CREATED})
        writer = Writer(workbook, lang)
        _clients(writer, shown)
        write_charts(writer, shown, book)
        if book is not None:
            write_accumulation(writer, book)
        _table(writer, "figures", list(figure_columns(shown, lang)), frozen=4)
        _notes(writer, book)
    return stream.getvalue()


def _table(writer: Writer, name: str, columns: Sequence[Column], frozen: int) -> Worksheet:
    """Write a sheet that holds one sortable table."""
    sheet = writer.book.add_worksheet(writer.said(name))
    last = max(len(columns[0].values), 1)
    headings = [{"header": c.heading, "header_format": writer.head} for c in columns]
    sheet.add_table(
        0, 0, last, len(columns) - 1, {"columns": headings, "name": name, "style": None}
    )
    for number, column in enumerate(columns):
        sheet.set_column(number, number, NARROW if column.number else WIDE)
        for row, value in enumerate(column.values, start=1):
            writer.put(sheet, row, number, value, column.number)
    sheet.freeze_panes(1, frozen)
    return sheet


def _clients(writer: Writer, rows: Sequence[Shown]) -> None:
    columns = list(columns_of(rows, writer.lang))
    sheet = _table(writer, "clients", columns, frozen=2)
    level = exact_share(float(LEVEL))
    barred = (writer.said("annual_mean"), writer.said("annual_tail", level=level))
    last = max(len(rows), 1)
    for number, column in enumerate(columns):
        if column.heading.endswith(barred):
            sheet.conditional_format(1, number, last, number, {"type": "data_bar"})
        if column.heading == writer.said("status"):
            rule = {
                "type": "cell",
                "criteria": "!=",
                "value": f'"{writer.said("done")}"',
                "format": writer.bad,
            }
            sheet.conditional_format(1, number, last, number, rule)
        if column.heading == writer.said("flags"):
            rule = {"type": "no_blanks", "format": writer.book.add_format({"bold": True})}
            sheet.conditional_format(1, number, last, number, rule)


def _notes(writer: Writer, book: Portfolio | None) -> None:
    sheet = writer.book.add_worksheet(writer.said("notes"))
    sheet.set_column(0, 0, 3 * WIDE)
    lines = [
        writer.said(name)
        for name in ("note_estimates", "note_regimes", "note_quantiles", "note_figures")
    ]
    if book is not None:
        lines.append(writer.said("note_worst", level=exact_share(book.level)))
        rate, hit = book.vendor_rate, exact_share(book.hit_probability)
        lines.append(writer.said("note_shared", rate=f"{rate:g}", hit=hit))
        if book.clients_missing:
            missing = ", ".join(book.clients_missing)
            lines.append(writer.said("note_missing", clients=missing))
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
