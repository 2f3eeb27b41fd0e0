"""A book of clients as a report: every client, charts, what they are together, every figure (一覧).

Restates finished rows and computes nothing but the order of the clients in a chart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exposure.amounts import exact_share
from exposure.batch.portfolio import BookRegime, Portfolio, TailPart
from exposure.batch.task import RegimeRow, Row
from exposure.errors import Lang, Text
from exposure.inputs.names import industries
from exposure.labels import label
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Kind,
    Listing,
    Report,
    Section,
    Table,
    Value,
    columns,
)
from exposure.output.content.blocks import Row as Line
from exposure.output.content.words import amount_cell, join, probability_cell, text_of, view_name
from exposure.output.printed import print_years
from exposure.result.document import figures_in, part_of
from exposure.result.lines import basis_name, verdict_name
from exposure.result.record import RegimeFigures

LEVEL = "0.99"

_NO_CELL = Cell("")


def summary_report(rows: Iterable[Row], book: Portfolio | None, lang: Lang) -> Report:
    """Return everything the summary of a book says, for its workbook (一括処理の一覧の内容).

    Parameters
    ----------
    rows : iterable of Row
        Gone through once, only what is shown is kept.
    book : Portfolio or None
        What the clients are together; None if no client has a result.

    Examples
    --------
    >>> report = summary_report([Row("A1", "甲", None, "failed")], None, "en")
    >>> [section.heading for section in report.sections], report.subject
    (['Clients', 'Charts', 'All figures', 'Notes'], 'clients: 1')
    """
    shown = [shown_of(row, lang) for row in rows]
    blocks: dict[str, Sequence[Block]] = {
        "clients": (client_table(shown, lang),),
        "charts": tuple(_chart_tables(shown, book, lang)),
        "book": () if book is None else tuple(_together(book, lang)),
        "figures": (figure_table(shown, lang),),
        "notes": (Bullets(tuple(_notes(book, lang))),),
    }
    sections = tuple(
        Section(name, text_of(f"sheet.{name}", lang), tuple(own), part="workbook")
        for name, own in blocks.items()
        if name != "book" or own
    )
    subject = _label("subject", lang, count=f"{len(shown):,}")
    return Report(
        lang, _label("title", lang), subject, (), sections, _label("note_estimates", lang)
    )


def _label(name: str, lang: Lang, /, **parts: object) -> str:
    return label("summary", name, lang).format(**parts)


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
        client={key: _stated(stated.get(key)) for key in _OF_CLIENT},
        regimes={name: _shown_regime(part, lang) for name, part in row.regimes.items()},
        lines=lines,
    )


def _stated(value: object) -> Value:
    return value if isinstance(value, float | int | str) else None


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
    finite = {p: one.value for p, one in figures.items() if _finite(one.value) is not None}
    return ShownRegime(cells, finite)


# --- lists, to sort and to filter ----------------------------------------------------------------

# What is shown of a client under each view, and what kind of number it is. The unit of an amount is
# in the heading, so that a column of them can be sorted and copied.
_OF_VIEW: Mapping[str, Kind] = {
    "need_liability": "number",
    "need_costs": "number",
    "verdict": "text",
    "plan": "text",
    "best_on_market": "text",
    "limit": "number",
    "premium": "number",
    "basis": "text",
    "worth": "number",
    "share_paid": "share",
    "loss_ratio": "share",
    "short_of": "text",
    "events_per_year": "number",
    "annual_mean": "number",
    "annual_tail": "number",
    "retained_mean": "number",
    "retained_tail": "number",
    "reason": "text",
}

_WITH_BARS = ("annual_mean", "annual_tail")

_LINES = ("line_need", "line_plan", "line_price", "line_effect", "line_stays")


def client_table(rows: Sequence[Shown], lang: Lang) -> Listing:
    """Return the list of clients, the figures of each view side by side (顧客別の表).

    Beside the name stands whether there is a result, and if not, why.

    Examples
    --------
    >>> [column.heading for column in client_table([], "ja").columns][:4]
    ['顧客番号', '会社名', '状態', 'できなかった理由']
    """
    level, views = exact_share(float(LEVEL)), views_of(rows)
    first = ("client_id", "name", "status", "error", "vendor", "industry")
    numeric = ("records", "revenue")
    heads = [Column(_label(name, lang)) for name in first]
    heads += [Column(_label(name, lang), numeric=True) for name in numeric]
    heads += [
        Column(
            f"{view_name(view, lang)}: {_label(name, lang, level=level)}",
            numeric=kind != "text",
            view=view,
            bars=name in _WITH_BARS,
        )
        for view in views
        for name, kind in _OF_VIEW.items()
    ]
    heads += [Column(_label(name, lang)) for name in ("flags", *_LINES)]
    words: list[Kind] = ["text"] * len(first)
    kinds = words + ["number"] * len(numeric) + [*_OF_VIEW.values()] * len(views)
    kinds += ["text"] * (1 + len(_LINES))
    marked = frozenset(n for n, row in enumerate(rows) if row.status != "done")
    lines = tuple(_client(row, views, lang) for row in rows)
    return Listing(tuple(heads), tuple(kinds), lines, names=3, marked=marked)


def _client(row: Shown, views: Sequence[str], lang: Lang) -> tuple[Value, ...]:
    stated = str(row.client["industry"])
    known = industries()
    cells: list[Value] = [
        row.client_id,
        row.name,
        _label(row.status, lang),
        "; ".join(text.say(lang) for text in row.error),
        row.vendor,
        known[stated].label.say(lang) if stated in known else None,
        row.client["records"],
        row.client["revenue"],
    ]
    for view in views:
        part = row.regimes.get(view)
        cells += [None if part is None else _finite(part.cells[name]) for name in _OF_VIEW]
    cells.append(join([label("flag", flag, lang) for flag in row.flags], lang))
    cells += [row.lines[i] if i < len(row.lines) else None for i in range(len(_LINES))]
    return tuple(cells)


def figure_table(rows: Sequence[Shown], lang: Lang) -> Listing:
    """Return every figure, a row for each client and view (全数値).

    The heading of a figure is its path in the record; those of the plan named begin with ``plan``.
    """
    parts = [(row, view, part) for row in rows for view, part in row.regimes.items()]
    paths = tuple(dict.fromkeys(path for _, _, part in parts for path in part.figures))
    words = ("client_id", "name", "regime", "figures_plan")
    heads = [Column(_label(name, lang)) for name in words]
    heads += [Column(path, numeric=True) for path in paths]
    views = {view: view_name(view, lang) for view in views_of(rows)}
    lines = tuple(
        (
            row.client_id,
            row.name,
            views[view],
            part.cells["best_on_market"],
            *map(part.figures.get, paths),
        )
        for row, view, part in parts
    )
    kinds: list[Kind] = ["text"] * len(words)
    kinds += ["number"] * len(paths)
    return Listing(tuple(heads), tuple(kinds), lines, names=len(words), on_screen=True)


def _finite(value: Value) -> Value:
    """Return a value of a list; a spreadsheet has no infinite numbers."""
    return value if value is None or isinstance(value, str) or math.isfinite(value) else None


def _cell(value: Value, kind: Kind = "number") -> Cell:
    """Return a value as a cell; its numbers are read in the workbook alone and have no words."""
    if isinstance(value, str):
        return Cell(value)
    number = _finite(value)
    return _NO_CELL if number is None else Cell("", value=float(number), kind=kind)


def views_of(rows: Sequence[Row] | Sequence[Shown]) -> tuple[str, ...]:
    """Return the views that any row has.

    Examples
    --------
    >>> views_of([Row("A1", "甲", None, "failed")])
    ()
    """
    return tuple(dict.fromkeys(view for row in rows for view in row.regimes))


# --- charts, and the clients together ------------------------------------------------------------

_SHOWN = 20


def _chart_tables(rows: Sequence[Shown], book: Portfolio | None, lang: Lang) -> Iterator[Table]:
    """Yield what is charted, of each kind one table for each view."""
    views = views_of(rows)
    for view in views:
        yield _largest(rows, view, lang)
    if book is not None:
        for view in views:
            yield _curve(book.regimes[view], view, lang)
        for view in views:
            if any(one.share_of_tail > 0 for one in book.regimes[view].vendors):
                yield _vendors(book.regimes[view], view, lang)


def _largest(rows: Sequence[Shown], view: str, lang: Lang) -> Table:
    path = "ground_up.annual.mean"
    found = [(row.name, row.regimes[view].figures.get(path)) for row in rows if view in row.regimes]
    largest = sorted(found, key=lambda pair: -(pair[1] or 0.0))[:_SHOWN]
    lines = [(_cell(name), amount_cell(mean, lang)) for name, mean in largest]
    heads = columns(_label("name", lang), _label("mean_loss", lang), numeric=[1])
    return _table("largest", view, heads, lines, lang)


def _curve(part: BookRegime, view: str, lang: Lang) -> Table:
    names = ("return_period", "together", "apart")
    together, apart = part.annual.aep, part.if_vendors_were_not_shared.aep
    lines = [
        (
            Cell(print_years(float(period), lang), value=float(period), kind="number"),
            amount_cell(together[period].value, lang),
            amount_cell(apart[period].value, lang),
        )
        for period in together
    ]
    heads = columns(*(_label(name, lang) for name in names), numeric=[1, 2])
    return _table("curve", view, heads, lines, lang)


def _vendors(part: BookRegime, view: str, lang: Lang) -> Table:
    heads = columns(_label("vendor", lang), _label("share_of_tail", lang), numeric=[1])
    lines = [
        (_cell(one.vendor), probability_cell(one.share_of_tail, lang))
        for one in part.vendors[:_SHOWN]
        if one.share_of_tail > 0
    ]
    return _table("vendors", view, heads, lines, lang)


def _table(
    name: str, view: str, heads: tuple[Column, ...], lines: Sequence[tuple[Cell, ...]], lang: Lang
) -> Table:
    caption = _label(name, lang, regime=view_name(view, lang))
    own = tuple(replace(head, view=view) if head.numeric else head for head in heads)
    return Table(caption, own, tuple(Line(cells) for cells in lines))


def _together(book: Portfolio, lang: Lang) -> Iterator[Table]:
    """Yield what the clients are together, and who is behind the worst years (集積)."""
    hit = book.clients_hit
    counts = [(_label("mean", lang), hit.mean)]
    counts += [
        (_label("quantile", lang, level=exact_share(float(p))), count)
        for p, count in hit.quantiles.items()
    ]
    heads = columns("", _label("n_clients", lang), numeric=[1])
    lines = tuple(Line((Cell(name), _cell(count))) for name, count in counts)
    yield Table(_label("clients_hit", lang), heads, lines)
    for view, part in book.regimes.items():
        yield _amounts(part, view, lang)
        yield _behind(part, view, exact_share(book.level), lang)


def _amounts(part: BookRegime, view: str, lang: Lang) -> Table:
    sides = (part.annual, part.if_vendors_were_not_shared)
    amounts = [(_label("mean", lang), [side.mean.value for side in sides])]
    for name, levels in (("VaR", [s.var for s in sides]), ("TVaR", [s.tvar for s in sides])):
        amounts += [
            (f"{name} {exact_share(float(p))}", [of[p].value for of in levels]) for p in levels[0]
        ]
    lines = [(Cell(name), *(amount_cell(x, lang) for x in both)) for name, both in amounts]
    heads = columns("", _label("together", lang), _label("apart", lang), numeric=[1, 2])
    return _table("annual", view, heads, lines, lang)


def _behind(part: BookRegime, view: str, level: str, lang: Lang) -> Table:
    names = ("client_id", "name", "vendor", "tail", "share_of_tail", "shared_tail", "in_year")
    found: list[tuple[tuple[str | None, ...], TailPart]] = [
        ((one.client_id, one.name, one.vendor), one) for one in part.tail_clients
    ]
    found.append(((_label("others", lang), None, None), part.other_clients))
    lines = [
        (
            *(_cell(word) for word in words),
            amount_cell(one.tail, lang),
            probability_cell(one.share_of_tail, lang),
            amount_cell(one.shared_tail, lang),
            amount_cell(one.in_year, lang),
        )
        for words, one in found
    ]
    heads = columns(*(_label(name, lang, level=level) for name in names), numeric=[3, 4, 5, 6])
    return _table("behind", view, heads, lines, lang)


def _notes(book: Portfolio | None, lang: Lang) -> Iterator[str]:
    for name in ("estimates", "regimes", "quantiles", "figures", "headings"):
        yield _label(f"note_{name}", lang)
    if book is not None:
        yield _label("note_worst", lang, level=exact_share(book.level))
        rate, hit = book.vendor_rate, exact_share(book.hit_probability)
        yield _label("note_shared", lang, rate=f"{rate:g}", hit=hit)
        if book.clients_missing:
            yield _label("note_missing", lang, clients=join(book.clients_missing, lang))
