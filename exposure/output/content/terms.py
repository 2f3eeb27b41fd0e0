"""The terms of each plan with clause and edition, and the readings adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exposure.errors import Lang, Text
from exposure.output.charts.style import shortlist
from exposure.output.content.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Prose,
    Row,
    Section,
    Table,
    columns,
)
from exposure.output.content.words import known, limit_cell, listed, plan_cell, said, text_of
from exposure.output.printed import DASH
from exposure.policy import figures
from exposure.policy.phrases import round_yen
from exposure.result.record import CoverTerms, PlanResult, Reading, Result, Terms, Words
from exposure.shares import exact_share
from exposure.yen import format_yen


def terms(result: Result, lang: Lang) -> Section | None:
    """Return the terms of the short-listed plans, product by product, or None without them."""
    listed_plans = shortlist(result)
    found = [one for one in result.terms if one.id in listed_plans]
    return _terms(result, found, lang, excluded=False)


def all_terms(result: Result, lang: Lang) -> Section | None:
    """Return the terms of every plan, for the workbook (すべてのプランの条件)."""
    section = _terms(result, result.terms, lang, excluded=True)
    if section is None:
        return None
    return Section("all_terms", section.heading, section.blocks, part="workbook")


def _terms(result: Result, found: Sequence[Terms], lang: Lang, *, excluded: bool) -> Section | None:
    if not found:
        return None
    plans = {plan.id: plan for view in result.regimes.values() for plan in view.plans}
    blocks: list[Block] = [Prose(text_of("terms.lines", lang), "small")]
    for product in dict.fromkeys(one.product for one in found):
        own = [one for one in found if one.product == product]
        first = own[0]
        name = "terms.edition.historical" if first.historical else "terms.edition"
        blocks += [
            Heading(said(first.product_label, lang)),
            Prose(
                text_of(
                    name,
                    lang,
                    insurer=said(first.insurer, lang),
                    edition=said(first.edition, lang),
                    clause=first.clause,
                ),
                "small",
            ),
            _covers(own, lang),
            _limits(result, own, plans, lang),
        ]
        listing = _exclusions(own, lang)
        if listing and excluded:
            blocks.append(Prose(listing, "small"))
    if not excluded:
        blocks.append(Prose(text_of("terms.exclusions.where", lang), "small"))
    return Section("terms", text_of("terms.heading", lang), tuple(blocks))


def _all_covers(own: Sequence[Terms]) -> list[CoverTerms]:
    """Return every cover that some plan of a product has, in the order of the fullest plan."""
    fullest = sorted(own, key=lambda one: -len(one.covers))
    found: dict[str, CoverTerms] = {}
    for one in fullest:
        for cover in one.covers:
            found.setdefault(cover.name, cover)
    return list(found.values())


def _covers(own: Sequence[Terms], lang: Lang) -> Table:
    covers = _all_covers(own)
    rows = [
        Row(
            (
                Cell(said(cover.label, lang), indent=cover.depth),
                Cell(listed([known("head", head, lang) for head in cover.heads], lang)),
                Cell(_conditions(cover, covers, lang)),
                Cell(cover.clause),
            )
        )
        for cover in covers
    ]
    return Table(
        text_of("terms.covers", lang),
        columns(
            text_of("terms.cover", lang),
            text_of("terms.heads", lang),
            text_of("terms.conditions", lang),
            text_of("terms.clause", lang),
            widths=[1.5, 2.2, 1.8, 1.1],
        ),
        tuple(rows),
        small=True,
    )


def _text(words: Words | str) -> Text:
    return Text(said(words, "ja"), said(words, "en"))


def _conditions(cover: CoverTerms, own: Sequence[CoverTerms], lang: Lang) -> str:
    """Say share, deductible, caps, windows and fixed benefits, as ``exposure show`` does."""
    parts = []
    if cover.deductible:
        amount = round_yen(cover.deductible).say(lang)
        parts.append(f"{figures.name_of('deductible').say(lang)} {amount}")
    if cover.indemnity_ratio != 1:
        ratio = exact_share(cover.indemnity_ratio)
        parts.append(f"{figures.name_of('indemnity_percent').say(lang)} {ratio}")
    parts += [figures.cap_text(cap).say(lang) for cap in cover.per_unit]
    parts += [text_of("terms.window", lang, n=one.days) for one in cover.window_days]
    parts += [figures.benefit_text(unit, day).say(lang) for unit, day in cover.benefit.items()]
    share = cover.limit_share
    if share is not None:
        of, rate = _text(share.of), exact_share(share.rate)
        words = figures.limit_share_text(of, rate, share.at_most).say(lang)
        parts.append(text_of("terms.share", lang, share=words))
    if cover.outside is not None:
        other = next((one.label for one in own if one.name == cover.outside), cover.outside)
        parts.append(figures.outside_text(_text(other)).say(lang))
    return ("。" if lang == "ja" else "; ").join(parts) or DASH


def _limits(
    result: Result, own: Sequence[Terms], plans: Mapping[str, PlanResult], lang: Lang
) -> Table:
    """Return the limits of every plan of a product, cover by cover."""
    covers = [
        cover
        for cover in _all_covers(own)
        if any(other.event_limit for one in own if (other := _cover_of(one, cover.name)))
    ]
    rows = []
    for one in own:
        plan = plans.get(one.id)
        cells = [Cell(one.id) if plan is None else plan_cell(result, plan, lang)]
        cells.append(limit_cell(one.limit, lang))
        for cover in covers:
            found = _cover_of(one, cover.name)
            if found is None:
                cells.append(Cell(text_of("terms.without", lang)))
                continue
            event, period = found.event_limit, found.period_limit
            cell = limit_cell(event if event is not None else period, lang)
            if event is not None and period is not None and event != period:
                note = text_of("terms.period", lang, amount=format_yen(period, lang))
                cell = Cell(cell.text, code=note, value=event, kind="yen")
            cells.append(cell)
        rows.append(Row(tuple(cells), plan=one.id))
    return Table(
        text_of("terms.limits", lang),
        (
            Column(text_of("plans.plan", lang), width=2.0),
            Column(text_of("terms.whole", lang), numeric=True),
            *(Column(said(cover.label, lang), numeric=True) for cover in covers),
        ),
        tuple(rows),
        small=True,
    )


def _cover_of(one: Terms, name: str) -> CoverTerms | None:
    return next((cover for cover in one.covers if cover.name == name), None)


def _exclusions(own: Sequence[Terms], lang: Lang) -> str:
    named = {exclusion.name: exclusion.clause for one in own for exclusion in one.exclusions}
    if not named:
        return ""
    opened, closed = ("（", "）") if lang == "ja" else (" (", ")")
    parts = [f"{known('exclusion', n, lang)}{opened}{c}{closed}" for n, c in named.items()]
    return text_of("terms.exclusions", lang, listed=("、" if lang == "ja" else "; ").join(parts))


def readings(result: Result, lang: Lang) -> Section:
    """Return the readings adopted for the short-listed products (採用した解釈)."""
    products = {
        plan.product
        for view in result.regimes.values()
        for plan in view.plans
        if plan.id in shortlist(result)
    }
    found = [one for one in result.readings if one.product in products]
    return Section("readings", text_of("readings.heading", lang), _readings(result, found, lang))


def all_readings(result: Result, lang: Lang) -> Section:
    """Return every reading, for the workbook (すべての解釈)."""
    blocks = _readings(result, result.readings, lang)
    return Section("all_readings", text_of("readings.heading", lang), blocks, part="workbook")


def _readings(result: Result, found: Sequence[Reading], lang: Lang) -> tuple[Block, ...]:
    blocks: list[Block] = [Prose(text_of("readings.note", lang), "small")]
    if not found:
        return (*blocks, Prose(text_of("readings.missing", lang)))
    rows = tuple(
        Row(
            (
                Cell(one.code),
                Cell(_product(result, one.product, lang)),
                Cell(said(one.question, lang)),
                Cell(said(one.choice, lang)),
                Cell(said(one.why, lang)),
            )
        )
        for one in found
    )
    names = ("code", "product", "question", "choice", "why")
    headings = columns(
        *(text_of(f"readings.{name}", lang) for name in names), widths=[0.45, 1.5, 1.9, 1.9, 1.9]
    )
    blocks.append(Table("", headings, rows, small=True))
    return tuple(blocks)


def _product(result: Result, product: str, lang: Lang) -> str:
    """Return the name of the product a reading belongs to."""
    for one in result.terms:
        if one.product == product:
            return said(one.product_label, lang)
    for view in result.regimes.values():
        for ladder in view.ladders:
            if ladder.product == product:
                return said(ladder.label, lang)
    return product
