"""What is known of the market, as far as it concerns the client: facts with source and grade."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Lang
from exposure.output.charts.style import ordered_plans
from exposure.output.content.assumptions import cited_briefly, grades
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Prose,
    Row,
    Section,
    Table,
    columns,
)
from exposure.output.content.words import (
    amount_cell,
    exact_cell,
    known,
    limit_cell,
    listed,
    plan_cell,
    plan_in,
    premium_cell,
    said,
    text_of,
    view_name,
)
from exposure.output.printed import DASH, print_percent
from exposure.result.record import MarketOffer, MarketPremium, MarketProduct, Result
from exposure.yen import format_yen

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
    blocks.append(_own(result, lang))
    if facts.products:
        blocks.append(_products(facts.products, lang))
    if facts.notes:
        blocks.append(Bullets(tuple(said(note, lang) for note in facts.notes)))
    blocks.append(Prose(text_of("assumptions.note", lang, grades=grades(lang)), "small"))
    return Section("market", text_of("market.heading", lang), tuple(blocks))


def _offers(result: Result, offers: Sequence[MarketOffer], lang: Lang) -> Table:
    titles = {source.key: source for source in result.sources}
    rows = tuple(
        Row(
            (
                Cell(text_of(f"market.{one.kind}", lang, what=said(one.name, lang))),
                Cell(_conditions(one, lang)),
                exact_cell(one.premium, lang),
                Cell(cited_briefly(titles.get(one.source), one.source, lang)),
                Cell(one.grade),
            )
        )
        for one in offers
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
            widths=[1.9, 2.4, 0.9, 1.6, 0.5],
        ),
        rows,
        small=True,
    )


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
    return listed(parts, lang) or DASH


def _own(result: Result, lang: Lang) -> Table:
    """Return the premiums of the plans compared, and what they would be paid out of them."""
    views = tuple(result.regimes.items())
    first, view = views[0]
    rows = []
    for plan in ordered_plans(result, first):
        if plan.tried and plan is not view.named:
            continue
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
    return Table(
        text_of("market.own", lang),
        columns(
            text_of("market.product", lang),
            text_of("market.premium", lang),
            text_of("market.range", lang),
            *named,
            numeric=range(1, 3 + len(named)),
        ),
        tuple(rows),
        small=True,
    )


def _products(products: Sequence[MarketProduct], lang: Lang) -> Table:
    rows = tuple(
        Row(
            (
                Cell(said(one.label, lang), tag=_kind(one, lang)),
                Cell(said(one.insurer, lang)),
                Cell(said(one.edition, lang)),
                Cell(_uncovered(one, lang)),
                Cell(_limits(one, lang)),
                amount_cell(None if one.estimate is None else one.estimate.value, lang),
                _range(one.estimate, lang),
            )
        )
        for one in products
    )
    return Table(
        text_of("market.products", lang),
        columns(
            text_of("market.product", lang),
            text_of("market.seller", lang),
            text_of("market.edition", lang),
            text_of("market.uncovered", lang),
            text_of("market.estimate_limits", lang),
            text_of("market.estimate", lang),
            text_of("market.range", lang),
            numeric=[5, 6],
            widths=[1.4, 1.1, 1.1, 1.9, 0.9, 0.7, 0.9],
        ),
        rows,
        small=True,
    )


def _kind(one: MarketProduct, lang: Lang) -> str:
    """Return what a product is besides one sold today in a wording read in full."""
    tags = {"market.template": one.template, "market.historical": one.historical}
    return listed([text_of(name, lang) for name, holds in tags.items() if holds], lang)


def _uncovered(one: MarketProduct, lang: Lang) -> str:
    """Return all that a product does not cover, and its largest heads, as shares of the loss."""
    heads = sorted(one.uncovered, key=lambda head: -one.uncovered[head])[:_MOST]
    parts = [f"{known('head', h, lang)} {print_percent(one.uncovered[h])}" for h in heads]
    if not parts:
        return DASH
    whole = print_percent(sum(one.uncovered.values()))
    return text_of("market.uncovered_in_all", lang, share=whole, heads=listed(parts, lang))


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
    ends = (limit_cell(float(f"{x:.2g}"), lang).text for x in (estimate.low, estimate.high))
    low, high = ends
    return Cell(text_of("range", lang, low=low, high=high))
