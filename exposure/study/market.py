"""What is known of the market, as far as it concerns the client (市場の情報).

Picks the facts whose conditions the client meets and restates them as plain data. Nothing is
priced: these are figures somebody else was quoted or an insurer printed.
"""

from __future__ import annotations

from exposure.inputs.client import Client
from exposure.policy.catalogue import product, products
from exposure.policy.market import Quote, market
from exposure.policy.premium import printed_premium
from exposure.policy.terms import Identity, PremiumTable
from exposure.result.record import Market
from exposure.study.answer import StudyAnswer
from exposure.study.headline import Plain, plain
from exposure.study.setting import Setting


def market_facts(client: Client) -> Plain:
    """Return the market facts that concern a client (市場の情報).

    Quotes of other industries are left out, and so is a printed premium for other revenues.

    Parameters
    ----------
    client : Client

    Returns
    -------
    mapping
        ``premiums``, the trades of the ``other_quotes`` left out, ``depends``, ``products``,
        ``profit_option`` and ``differences``, each with source, clause and grade.

    Examples
    --------
    >>> shop = Client(records=3000, industry="wholesale_retail", revenue=30_000_000)
    >>> [(one["kind"], one["premium"]) for one in market_facts(shop)["premiums"]]
    [('published', 20000.0), ('quote', 129380.0)]
    """
    facts = market()
    source = {"source": facts.source}
    quotes = [one for one in facts.quote if client.industry in (None, one.industry)]
    others = [one for one in facts.quote if one not in quotes]
    return {
        "premiums": [*_published(client.revenue), *(_quote(one) | source for one in quotes)],
        "other_quotes": [one.trade.model_dump() for one in others],
        "depends": facts.premium_depends.model_dump() | source,
        "products": [one.model_dump() | source for one in facts.product],
        "profit_option": facts.profit_option.model_dump() | source,
        "differences": facts.differences.model_dump() | source,
    }


def _published(revenue: float | None) -> list[Plain]:
    """Return the premiums that insurers printed for a revenue, product by product."""
    raw = {name: product(name).raw for name in products()}
    priced = [one for one in raw.values() if one.get("premium") is not None]
    if revenue is None:
        return []
    read = (
        (Identity.model_validate(one["plan"]), PremiumTable.model_validate(one["premium"]))
        for one in priced
    )
    found = ((identity, table, printed_premium(table, revenue)) for identity, table in read)
    return [
        {
            "kind": "published",
            "name": identity.label.model_dump(),
            "edition": identity.edition.model_dump(),
            "revenue_up_to": next(
                b.revenue_up_to for b in table.bands if revenue <= b.revenue_up_to
            ),
            "limit": None if identity.limit is None else plain(identity.limit.at_most),
            "premium": float(amount),
            "source": identity.source,
            "clause": table.clause,
            "grade": "A",
        }
        for identity, table, amount in found
        if amount is not None
    ]


def _quote(quote: Quote) -> Plain:
    return {
        "kind": "quote",
        "name": quote.trade.model_dump(),
        "industry": quote.industry,
        "revenue": quote.revenue,
        "liability_limit": quote.liability_limit,
        "cost_limit": quote.cost_limit,
        "profit_limit": quote.profit_limit,
        "deductible": quote.deductible,
        "discount_share": float(quote.discount_percent),
        "premium": quote.premium,
        "clause": quote.clause,
        "grade": quote.grade,
    }


def market_of(setting: Setting, answer: StudyAnswer) -> Market | None:
    """Return what is known of the market beside the client's plans (市場の情報)."""
    del setting, answer
    return None
