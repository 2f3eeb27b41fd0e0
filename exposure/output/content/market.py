"""What is known of the market, as far as it concerns the client: facts with source and grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.content.assumptions import publisher_of
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
from exposure.output.content.words import DASH, exact_cell, said, text_of
from exposure.shares import exact_share
from exposure.yen import format_yen

_View = Mapping[str, Any]


def market(result: _View, lang: Lang) -> Section | None:
    """Return the market facts (市場の情報), or None if the result lacks them."""
    facts = result.get("market")
    if facts is None:
        return None
    blocks: list[Block] = [Prose(text_of("market.note", lang), "warning")]
    if facts["premiums"]:
        blocks.append(_premiums(result, facts["premiums"], lang))
    else:
        blocks.append(Prose(text_of("market.no_premium", lang)))
    if facts["other_quotes"]:
        trades = _listed((said(one, lang) for one in facts["other_quotes"]), lang)
        blocks.append(Prose(text_of("market.others", lang, trades=trades), "small"))
    blocks += [_products(result, facts["products"], lang), Bullets(_sentences(facts, lang))]
    grades = _listed((label("grade", grade, lang) for grade in labels("grade")), lang)
    blocks.append(Prose(text_of("assumptions.note", lang, grades=grades), "small"))
    return Section("market", text_of("market.heading", lang), tuple(blocks))


def _listed(parts: Any, lang: Lang) -> str:  # Any: texts from a generator
    return ("、" if lang == "ja" else "; ").join(parts)


def _premiums(result: _View, premiums: Sequence[_View], lang: Lang) -> Table:
    rows = tuple(
        Row(
            (
                Cell(text_of(f"market.{one['kind']}", lang, what=said(one["name"], lang))),
                Cell(_conditions(one, lang)),
                exact_cell(one["premium"], lang),
                _source(result, one, lang),
                Cell(one["grade"]),
            )
        )
        for one in premiums
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
            widths=[1.9, 2.6, 0.9, 1.2, 0.5],
        ),
        rows,
        small=True,
    )


def _conditions(one: _View, lang: Lang) -> str:
    """Say for whom and for which limits a premium was printed or quoted."""
    parts = []
    for name in (
        "edition",
        "revenue",
        "revenue_up_to",
        "limit",
        "liability_limit",
        "cost_limit",
        "profit_limit",
    ):
        value = one.get(name)
        if value and name != "edition":
            parts.append(text_of(f"market.{name}", lang, amount=format_yen(value, lang)))
        elif value:
            parts.append(said(value, lang))
    if "deductible" in one:
        free = text_of("market.no_deductible", lang)
        amount = format_yen(one["deductible"], lang)
        with_it = text_of("terms.deductible", lang, amount=amount)
        parts.append(with_it if one["deductible"] else free)
    if one.get("discount_share"):
        parts.append(text_of("market.discount", lang, p=exact_share(one["discount_share"])))
    return _listed(parts, lang)


def _source(result: _View, fact: _View, lang: Lang) -> Cell:
    titles = {source["key"]: source for source in result["sources"]}
    source = titles.get(fact["source"])
    # The title stands in the list of sources; a table has room for who says so, and where.
    name = fact["source"] if source is None else publisher_of(source, lang)
    return Cell(name, code=fact["clause"])


def _products(result: _View, products: Sequence[_View], lang: Lang) -> Table:
    rows = tuple(
        Row(
            (
                Cell(said(one["seller"], lang)),
                Cell(said(one["name"], lang)),
                Cell(said(one["territory"], lang)),
                Cell(text_of("market.ended", lang) if one["stand_alone_ended"] else DASH),
                _source(result, one, lang),
                Cell(one["grade"]),
            )
        )
        for one in products
    )
    return Table(
        text_of("market.products", lang),
        columns(
            text_of("market.seller", lang),
            text_of("market.product", lang),
            text_of("market.territory", lang),
            text_of("market.remark", lang),
            text_of("assumptions.source", lang),
            text_of("assumptions.grade", lang),
            widths=[1.3, 1.7, 1.5, 1.1, 1.1, 0.5],
        ),
        rows,
        small=True,
    )


def _sentences(facts: _View, lang: Lang) -> tuple[str, ...]:
    depends, option, other = facts["depends"], facts["profit_option"], facts["differences"]
    return (
        text_of("market.depends", lang, on=said(depends["on"], lang), **_where(depends)),
        text_of(
            "market.differences",
            lang,
            scope=said(other["scope"], lang),
            price=said(other["price"], lang),
            **_where(other),
        ),
        text_of(
            "market.profit_option",
            lang,
            label=said(option["label"], lang),
            covers=said(option["covers"], lang),
            **_where(option),
        ),
    )


def _where(fact: _View) -> dict[str, str]:
    return {"clause": fact["clause"], "grade": fact["grade"]}
