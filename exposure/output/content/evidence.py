"""What the answer rests on: assumptions, judgements, sources, facts of the market."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any  # Any: plain values of a document

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.parameters import Assumption
from exposure.inputs.priors import FeeBracket
from exposure.labels import label, labels
from exposure.output.charts.style import compared_plans, look
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Prose,
    Row,
    Section,
    Table,
    columns,
    filled,
)
from exposure.output.content.words import (
    amount_cell,
    in_language,
    join,
    known,
    limit_cell,
    opened,
    plan_cell,
    plan_in,
    premium_cell,
    sentence,
    stated,
    text_of,
    value_cell,
    view_name,
)
from exposure.output.printed import DASH, about, join_range, print_percent
from exposure.result.record import (
    Judgement,
    MarketOffer,
    MarketPremium,
    MarketProduct,
    Result,
    Source,
)

# Settings of the program: what they are decides no loss, so a client is not asked to read them.
_SETTINGS = ("run", "report", "portfolio")


def judgements(result: Result, lang: Lang) -> Section:
    """Return the judgements that move the answer most, and what was changed (判断による前提)."""
    rows = _relevant(result)
    weighed = any(row.effect for row in rows)
    most = look()["draw"]["most_judgements"]
    first = [row for i, row in enumerate(rows) if row.override or (row.effect and i < most)]
    notes = [text_of("judgements.note" if rows else "judgements.missing", lang)]
    if rows and not weighed:
        notes.append(text_of("judgements.unweighed", lang))
    if rest := len(rows) - len(first):
        name = "judgements.others" if first else "judgements.where"
        notes.append(text_of(name, lang, n=rest))
    blocks: list[Block] = [Prose(sentence(notes, lang), "small")]
    if first:
        name = "judgements.first" if weighed else "judgements.changed"
        lines = [Row(_cells(row, lang, weighed)) for row in first]
        blocks.append(_table(text_of(name, lang), lines, lang, weighed))
    return Section("judgements", text_of("judgements.heading", lang), tuple(blocks))


def all_judgements(result: Result, lang: Lang) -> Section | None:
    """Return every judgement for the workbook, in the same order (すべての判断)."""
    rows = _relevant(result)
    if not rows:
        return None
    weighed = any(row.effect for row in rows)
    lines = []
    for part, own in groupby(rows, key=lambda row: _part(row.name)):
        lines.append(Row((Cell(known("part", part, lang)),), part=True))
        lines += [Row(_cells(row, lang, weighed)) for row in own]
    table = _table(text_of("judgements.all", lang), lines, lang, weighed)
    heading = text_of("judgements.heading", lang)
    return Section("all_judgements", heading, (table,), part="workbook")


def _relevant(result: Result) -> list[Judgement]:
    """Return the judgements, those to read first: changed for the client, then what moves most."""
    found = [row for row in result.judgements if row.override or _part(row.name) not in _SETTINGS]
    return sorted(found, key=lambda row: (not row.override, -(row.effect or 0.0)))


def _part(name: str) -> str:
    return name.partition(".")[0]


def _cells(row: Judgement, lang: Lang, weighed: bool) -> tuple[Cell, ...]:
    tag = text_of("judgements.override", lang) if row.override else ""
    cells = [
        Cell(opened(in_language(row.label, lang)), tag=tag),
        value_cell(row.value, row.unit, lang),
        Cell(opened(in_language(row.note, lang))),
    ]
    if weighed:
        cells.append(amount_cell(row.effect, lang))
    return tuple(cells)


def _table(caption: str, rows: Sequence[Row], lang: Lang, weighed: bool) -> Table:
    names = ["name", "value", "why", *(["effect"] if weighed else [])]
    headings = columns(
        *(text_of(f"judgements.{name}", lang) for name in names),
        numeric=[3] if weighed else [],
        widths=[1.8, 1.1, 2.8, *([0.8] if weighed else [])],
    )
    return Table(caption, headings, tuple(rows), small=True)


def assumption_section(result: Result, lang: Lang) -> Section | None:
    """Return the assumptions that have a source, for the workbook (出典のある前提)."""
    rows = result.assumptions
    if not rows:
        return None
    titles = {source.key: source for source in result.sources}
    parts = [part for part in labels("part") if any(_part(row.name) == part for row in rows)]
    lines = []
    for part in parts:
        lines.append(Row((Cell(known("part", part, lang)),), part=True))
        lines += [
            Row(
                (
                    Cell(in_language(row.label, lang), code=row.name),
                    value_cell(row.value, row.unit, lang),
                    Cell(row.grade),
                    Cell(cite_in_short(titles.get(row.source), row.source, lang), code=row.row),
                )
            )
            for row in rows
            if _part(row.name) == part
        ]
    heading = text_of("assumptions.heading", lang)
    table = Table(
        heading,
        columns(
            text_of("judgements.name", lang),
            text_of("judgements.value", lang),
            text_of("assumptions.grade", lang),
            text_of("assumptions.source", lang),
            widths=[1.8, 1.3, 0.4, 2.6],
        ),
        tuple(lines),
        small=True,
    )
    note = Prose(text_of("assumptions.note", lang, grades=grades(lang)), "small")
    return Section("assumptions", heading, (note, table), part="workbook")


def grades(lang: Lang) -> str:
    """Say what the grades of a source mean."""
    return ("、" if lang == "ja" else "; ").join(label("grade", g, lang) for g in labels("grade"))


def citation(source: Source, lang: Lang) -> str:
    """Return a source as a reader finds it; in English with the original title.

    Examples
    --------
    >>> one = Source("aiu", "漏洩保険", "AIU損害保険", 2015, "Leak insurance", "AIU Insurance")
    >>> citation(one, "ja")
    'AIU損害保険「漏洩保険」2015年'
    >>> citation(one, "en")
    'AIU Insurance, “Leak insurance” (original title: 漏洩保険), 2015'
    """
    if lang == "ja":
        year = "" if source.year is None else f"{source.year}年"
        return f"{source.publisher}「{source.title}」{year}"
    original = "" if source.title_en == source.title else f" (original title: {source.title})"
    year = "" if source.year is None else f", {source.year}"
    return f"{source.publisher_en}, “{source.title_en}”{original}{year}"


def cite_in_short(source: Source | None, key: str, lang: Lang) -> str:
    """Return a source as a table cites it; the original title stands in the list of sources.

    Examples
    --------
    >>> one = Source("aiu", "漏洩保険", "AIU損害保険", 2015, "Leak insurance", "AIU Insurance")
    >>> cite_in_short(one, "aiu", "en"), cite_in_short(None, "aiu", "en")
    ('AIU Insurance, “Leak insurance”, 2015', 'aiu')
    """
    if source is None:
        return key
    return citation(replace(source, title=source.title_en if lang == "en" else source.title), lang)


def sources(result: Result, lang: Lang) -> Section:
    """Return the sources (出典)."""
    block: Block = Prose(text_of("sources.missing", lang))
    if result.sources:
        block = Bullets(tuple(opened(citation(one, lang)) for one in result.sources), small=True)
    return Section("sources", text_of("sources.heading", lang), (block,))


_MOST = 3  # heads named of what a product leaves uncovered


def market(result: Result, lang: Lang) -> Section | None:
    """Return the market facts (市場の情報), or None if the result lacks them."""
    facts = result.market
    if facts is None:
        return None
    blocks: list[Block] = [Prose(text_of("market.note", lang), "warning")]
    if facts.offers:
        blocks.append(_offers(result, facts.offers, lang))
    else:
        blocks.append(Prose(text_of("market.no_premium", lang)))
    plans = [plan for view in result.regimes.values() for plan in view.plans]
    if any(p.implied_loss_ratio and p.implied_loss_ratio.value is not None for p in plans):
        blocks.append(_own(result, lang))
    compared = {plan.product for view in result.regimes.values() for plan in view.plans}
    others = [one for one in facts.products if one.product not in compared]
    if others:
        blocks.append(_products(others, lang))
    if facts.notes:
        blocks.append(Bullets(tuple(in_language(note, lang) for note in facts.notes)))
    blocks.append(Prose(text_of("assumptions.note", lang, grades=grades(lang)), "small"))
    return Section("market", text_of("market.heading", lang), tuple(blocks))


def _offers(result: Result, offers: Sequence[MarketOffer], lang: Lang) -> Table:
    titles = {source.key: source for source in result.sources}
    alike: dict[tuple[str, ...], list[float]] = {}
    for one in offers:
        what = text_of(f"market.{one.kind}", lang, what=in_language(one.name, lang))
        source = cite_in_short(titles.get(one.source), one.source, lang)
        alike.setdefault((what, _conditions(one, lang), source, one.grade), []).append(one.premium)
    rows = tuple(
        Row((Cell(what), Cell(conditions), _from_to(premiums, lang), Cell(source), Cell(grade)))
        for (what, conditions, source, grade), premiums in alike.items()
    )
    return Table(
        text_of("market.premiums", lang),
        columns(
            text_of("market.what", lang),
            text_of("market.conditions", lang),
            text_of("market.premium", lang),
            text_of("assumptions.source", lang),
            text_of("assumptions.grade", lang),
            numeric=[2],
            widths=[1.9, 1.8, 1.1, 2.2, 0.4],
        ),
        rows,
        small=True,
    )


def _from_to(premiums: Sequence[float], lang: Lang) -> Cell:
    """Return what is asked under the same conditions: one premium, or from which to which."""
    low, high = min(premiums), max(premiums)
    words = join_range(stated(low, lang), stated(high, lang), lang)
    return Cell(words, value=low if low == high else None, kind="exact")


def _conditions(one: MarketOffer, lang: Lang) -> str:
    """Say for whom and for which limits a premium was printed or quoted."""
    parts = [
        text_of(f"market.{name}", lang, amount=format_yen(value, lang))
        for name, value in (
            ("revenue", one.revenue),
            ("limit", one.limit),
            ("cost_limit", one.cost_limit),
        )
        if value
    ]
    return join(parts, lang) or DASH


def _own(result: Result, lang: Lang) -> Table:
    """Return the premiums of the plans compared, and what they would be paid out of them."""
    views = tuple(result.regimes.items())
    first = views[0][0]
    rows = []
    for plan in compared_plans(result, first):
        across = [plan_in(other, plan.id) for _, other in views]
        ratios = [None if one is None else one.implied_loss_ratio for one in across]
        estimate = plan.premium.market
        # Quotations move an estimate away from the range that printed premiums give it.
        unmoved = estimate is not None and plan.premium.amount == estimate.value
        rows.append(
            Row(
                (
                    plan_cell(result, plan, lang),
                    premium_cell(plan, lang),
                    _range(estimate if unmoved else None, lang),
                    *(Cell(print_percent(None if one is None else one.value)) for one in ratios),
                )
            )
        )
    named = [
        text_of("market.loss_ratio", lang, view=view_name(regime, lang)) for regime, _ in views
    ]
    headings = columns(
        text_of("plans.plan", lang),
        text_of("market.premium", lang),
        text_of("market.range", lang),
        *named,
        numeric=range(1, 3 + len(named)),
        widths=[2.2, 1.3, 1.3, *(1.2 for _ in named)],
    )
    return filled(Table(text_of("market.own", lang), headings, tuple(rows), small=True))


def _products(products: Sequence[MarketProduct], lang: Lang) -> Table:
    rows = tuple(
        Row(
            (
                Cell(in_language(one.label, lang), tag=_kind(one, lang)),
                Cell(in_language(one.insurer, lang)),
                Cell(in_language(one.edition, lang)),
                Cell(_uncovered(one, lang)),
                Cell(_limits(one, lang)),
                amount_cell(None if one.estimate is None else one.estimate.value, lang),
                _range(one.estimate, lang),
            )
        )
        for one in products
    )
    headings = columns(
        text_of("market.product", lang),
        text_of("market.seller", lang),
        text_of("market.edition", lang),
        text_of("market.uncovered", lang),
        text_of("market.estimate_limits", lang),
        text_of("market.estimate", lang),
        text_of("market.range", lang),
        numeric=[5, 6],
        widths=[1.4, 1.1, 1.1, 1.9, 0.9, 0.7, 0.9],
    )
    return filled(Table(text_of("market.products", lang), headings, rows, small=True))


def _kind(one: MarketProduct, lang: Lang) -> str:
    """Return what a product is besides one sold today in a wording read in full."""
    tags = {"market.template": one.template, "market.historical": one.historical}
    return join([text_of(name, lang) for name, holds in tags.items() if holds], lang)


def _uncovered(one: MarketProduct, lang: Lang) -> str:
    """Return all that a product does not cover, and its largest heads, as shares of the loss."""
    heads = sorted(one.uncovered, key=lambda head: -one.uncovered[head])[:_MOST]
    parts = [f"{known('head', h, lang)} {print_percent(one.uncovered[h])}" for h in heads]
    if not parts:
        return DASH
    whole = print_percent(sum(one.uncovered.values()))
    return text_of("market.uncovered_in_all", lang, share=whole, heads=join(parts, lang))


def _limits(one: MarketProduct, lang: Lang) -> str:
    """Return the limits an estimate is for, of liability and of costs."""
    if one.estimate is None:
        return DASH
    return f"{limit_cell(one.limit, lang).text}{text_of('market.and', lang)}" + (
        limit_cell(one.cost_limit, lang).text
    )


def _range(estimate: MarketPremium | None, lang: Lang) -> Cell:
    if estimate is None or estimate.low is None or estimate.high is None:
        return Cell(DASH)
    return Cell(join_range(about(estimate.low, lang), about(estimate.high, lang), lang))


# --- every assumption, for who asks for no report ------------------------------------------------

_DIGITS = 10  # significant, as written in the files


def assumption_document(assumptions: Assumptions) -> dict[str, Any]:
    """Return the table as plain data (前提の一覧、JSON).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> rows = assumption_document(load_assumptions())["assumptions"]
    >>> row = next(row for row in rows if row["name"] == "claims.rate.brochure")
    >>> row["value"], row["unit"], row["prior"], row["grade"]
    (0.1, 'share of B', 'lognormal(sd_log10=0.3)', 'C')
    """
    return {
        "schema": "exposure/assumptions/1",
        "assumptions": [_row(record) for record in assumptions.records.values()],
    }


def _row(record: Assumption) -> dict[str, Any]:
    override = record.override
    return {
        "name": record.name,
        "label": record.label._asdict(),
        "value": _plain(record.value),
        "unit": record.unit,
        "range": record.range,
        "prior": record.prior,
        "grade": record.grade,
        "source": record.source,
        "row": record.row,
        "note": record.note._asdict(),
        **(
            {}
            if override is None
            else {
                "override": {
                    "value": _plain(override.value),
                    "prior": override.prior,
                    "reason": override.reason,
                }
            }
        ),
    }


def _plain(value: Any) -> Any:  # Any: a value of any kind an assumption has
    """Return a value that JSON can hold: no limit is the word inf."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, FeeBracket):
        return {key: _plain(part) for key, part in asdict(value).items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value


def assumption_cells(assumptions: Assumptions, lang: Lang) -> list[tuple[str, ...]]:
    """Return the cells of the table, a row for every assumption (前提の一覧).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> cells = assumption_cells(load_assumptions(), "ja")
    >>> next(row for row in cells if "size.nu" in row[0])[1:5]
    ('0.17', '確率', 'beta(1, 5)', 'C')
    """
    rows: list[tuple[str, ...]] = []
    for record in assumptions.records.values():
        changed = record.override is not None
        prior = record.override.prior if record.override is not None else record.prior
        place = f"{record.source} / {record.row}" if record.row else record.source
        mark = label("notice", "changed", lang) if changed else ""
        rows.append(
            (
                f"{record.name}{mark}\n{record.label.say(lang)}",
                shown_value(record.in_use),
                label("unit", record.unit, lang),
                prior,
                record.grade,
                place if not any(record.note) else f"{place}\n{record.note.say(lang)}",
            )
        )
    return rows


def shown_value(value: object) -> str:
    """Return a value as people write it.

    Examples
    --------
    >>> shown_value(100000.0), shown_value(("a", "b"))
    ('100,000', 'a, b')
    """
    if isinstance(value, tuple):
        return ", ".join(shown_value(item) for item in value)
    if isinstance(value, FeeBracket):
        rate, constant = shown_value(value.rate), shown_value(value.constant)
        return f"≤ {shown_value(value.up_to)}: {rate} x + {constant}"
    if isinstance(value, float):
        return f"{value:,.{_DIGITS}g}"
    return str(value)


def assumption_table(assumptions: Assumptions, lang: Lang) -> Table:
    """Return the table of all assumptions (前提の一覧)."""
    names = (
        "judgements.name",
        "judgements.value",
        "assumptions.unit",
        "assumptions.prior",
        "assumptions.grade",
        "assumptions.source.note",
    )
    rows = (Row(tuple(map(Cell, cells))) for cells in assumption_cells(assumptions, lang))
    return Table("", columns(*(text_of(name, lang) for name in names)), tuple(rows))
