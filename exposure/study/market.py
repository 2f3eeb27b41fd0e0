"""What is known of the market, as far as it concerns the client (市場の情報).

Premiums that somebody printed or was quoted, and every shipped product beside the client's plans:
what it leaves uncovered of the client's own losses, and what the market could ask for it at the
recommended limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.reference import PrintedPremium, printed_premiums
from exposure.labels import label
from exposure.measures.market_premium import market_estimate
from exposure.policy.catalogue import Product, product, products
from exposure.policy.choices import Value
from exposure.policy.drafts import usual_plan
from exposure.policy.market import Quote, market
from exposure.policy.plans import Choices, Plan
from exposure.policy.premium import premium_of
from exposure.policy.vocabulary import Label
from exposure.result.record import (
    Market,
    MarketOffer,
    MarketPremium,
    MarketProduct,
    Result,
    Words,
)
from exposure.study.headline import plain
from exposure.study.plans import limit_term, limits_of, section_limit
from exposure.study.result import uncovered_heads
from exposure.study.setting import Setting


def market_of(result: Result, setting: Setting) -> Market:
    """Return what is known of the market beside the client's plans (市場の情報).

    Parameters
    ----------
    result : Result
        For the client's mean loss by head, and the limits to estimate premiums at.
    setting : Setting
    """
    client, assumptions = setting.study.client, setting.assumptions
    by_head: dict[str, float] = {}
    for part in result.regimes.values():
        for head, amount in part.ground_up.by_head.items():
            by_head[head] = by_head.get(head, 0.0) + amount
    named = [part.named for part in result.regimes.values()]
    wanted = max(
        ((one.limit, one.cost_limit or 0.0) for one in named if one is not None and one.limit),
        default=None,
    )
    shipped = [product(name) for name in products()]
    return Market(
        offers=offers_near(client, assumptions),
        products=[
            _product(one, by_head, wanted, client, assumptions)
            for one in sorted(shipped, key=lambda one: (one.historical, one.name))
        ],
        notes=_notes(client),
    )


# --- premiums ------------------------------------------------------------------------------------


def offers_near(client: Client, assumptions: Assumptions) -> list[MarketOffer]:
    """Return the printed and quoted premiums that concern a client (保険料の例).

    Those of its industry at a revenue near its own (``premium.extrapolation``), and those of a
    product sold to every industry for its revenue. A quotation of the article is shown at any
    revenue, and to a client whose industry is not known.

    Parameters
    ----------
    client : Client
    assumptions : Assumptions

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> shop = Client(records=3000, industry="wholesale_retail", revenue=30_000_000)
    >>> [(one.kind, one.premium) for one in offers_near(shop, load_assumptions())]
    [('published', 20000.0), ('published', 30000.0), ('quote', 129380.0)]
    """
    sold = [plan for name in products() for plan in _ways(product(name))]
    tables = [plan for plan in sold if plan.wording.premium is not None]
    told = {market().source, *(plan.wording.plan.source for plan in tables)}
    reach = assumptions.value("premium.extrapolation")
    return [
        *(one for plan in tables for one in _published(plan, client)),
        *(
            _printed(point)
            for point in printed_premiums()
            if point.source not in told and _concerns(point, client, reach)
        ),
        *(_quoted(one) for one in market().quote if client.industry in (None, one.industry)),
    ]


def _published(plan: Plan, client: Client) -> Iterator[MarketOffer]:
    """Yield the premium of the table in a wording, if it has one for the client's revenue."""
    table, revenue, identity = plan.wording.premium, client.revenue, plan.wording.plan
    amount = premium_of(plan, revenue, client.industry)
    if table is None or revenue is None or amount is None:
        return
    yield MarketOffer(
        name=_words(plan.label),
        kind="published",
        premium=float(amount),
        revenue=min(b.revenue_up_to for b in table.bands if revenue <= b.revenue_up_to),
        limit=plain(plan.headline_limit),
        cost_limit=plain(section_limit(plan, "costs")),
        source=identity.source,
        grade="A",
    )


def _concerns(point: PrintedPremium, client: Client, reach: float) -> bool:
    if point.industry != client.industry:
        return False
    if math.isnan(point.revenue):
        return True
    if client.revenue is None:
        return False
    if point.revenue_from is not None and point.revenue_from < client.revenue <= point.revenue:
        return True
    return 1 / reach <= client.revenue / point.revenue <= reach


def _printed(point: PrintedPremium) -> MarketOffer:
    def name(lang: str) -> str:
        return _said(
            "name", lang, product=_said(f"product.{point.source}", lang),
            trade=_said(f"trade.{point.trade}", lang),
        )  # fmt: skip

    def known(amount: float) -> float | None:
        return None if math.isnan(amount) else amount

    return MarketOffer(
        name=Words(name("ja"), name("en")),
        kind="published",
        premium=point.premium,
        revenue=known(point.revenue),
        limit=known(point.liability_limit),
        cost_limit=known(point.cost_limit),
        source=point.source,
        grade=point.grade,  # type: ignore[arg-type]  # a test reads every row
    )


def _quoted(quote: Quote) -> MarketOffer:
    return MarketOffer(
        name=_words(quote.trade),
        kind="quote",
        premium=quote.premium,
        revenue=quote.revenue,
        limit=quote.liability_limit,
        cost_limit=quote.cost_limit,
        source=market().source,
        grade=quote.grade,
    )


# --- products ------------------------------------------------------------------------------------


def _product(
    source: Product,
    by_head: Mapping[str, float],
    wanted: tuple[float, float] | None,
    client: Client,
    assumptions: Assumptions,
) -> MarketProduct:
    """Set a shipped product or template beside the client's plans.

    Without endorsements, and in the pattern that covers most. A template may cover heads that
    stand on no page seen; they count as uncovered.
    """
    ways = list(_ways(source))
    identity, whole = ways[0].wording.plan, sum(by_head.values())
    left = min((uncovered_heads(one, by_head) for one in ways), key=lambda of: sum(of.values()))
    limits = None if wanted is None else _limits(source, wanted)
    estimate = None
    if limits is not None:
        estimate = market_estimate(client.revenue, client.industry, *limits, assumptions)
    return MarketProduct(
        product=source.name,
        label=_words(identity.label),
        insurer=_words(identity.insurer),
        edition=_words(identity.edition),
        historical=identity.historical,
        template=bool(source.blanks),
        uncovered={head: amount / whole for head, amount in left.items() if amount > 0},
        limit=None if limits is None else limits[0],
        cost_limit=None if limits is None else limits[1],
        estimate=None
        if estimate is None
        else MarketPremium(estimate.value, estimate.low, estimate.high),
    )


def _ways(source: Product, limit: float | None = None) -> Iterator[Plan]:
    """Yield a product in every pattern and at a limit, or at every limit its wording prints."""
    term = limit_term(source)
    terms: list[dict[str, Value]] = [{}]
    if term is not None and limit is not None:
        terms = [{term: int(one)} for one in limits_of(source, term, (limit,))]
    patterns: list[str | None] = [*source.patterns] or [None]
    for pattern in patterns:
        for stated in terms:
            built = usual_plan(source, Choices(source.name, pattern, {}, stated, {}))
            if built is not None:
                yield built


def _limits(source: Product, wanted: tuple[float, float]) -> tuple[float, float] | None:
    """Return the limits of a product for a client who wants some; None if it has none so high.

    Where the limit of the costs is for the contract to state, it is the one wanted.
    """
    limit, cost_limit = wanted
    high = [plan for plan in _ways(source, limit) if plan.headline_limit >= limit]
    if not high:
        return None
    plan = min(high, key=lambda one: one.headline_limit)
    at = plan.headline_limit
    if any(blank.key.startswith(f"contract.{limit_term(source)}.") for blank in source.blanks):
        at = limit  # a step between those seen
    own = section_limit(plan, "costs")
    return at, min(cost_limit if own <= 0 or _states_costs(source) else own, at)


def _states_costs(source: Product) -> bool:
    """Say whether a limit other than that of the plan is left to the contract."""
    left = {f"${name}" for name in source.open_choices} - {f"${limit_term(source)}"}
    return any(
        cover.get(key) in left
        for cover in source.raw["cover"].values()
        for key in ("limit", "event_limit", "period_limit")
        if isinstance(cover.get(key), str)
    )


def wording_sources() -> frozenset[str]:
    """Return the sources of the shipped wordings (約款の出典)."""
    return frozenset(str(product(name).raw["plan"]["source"]) for name in products())


# --- notes ---------------------------------------------------------------------------------------


def _notes(client: Client) -> list[Words]:
    """Return what the market article says in general, and which quotations are left out."""
    facts = market()

    def note(code: str, /, **labels: Label) -> Words:
        ja = {key: one.ja for key, one in labels.items()}
        en = {key: one.en for key, one in labels.items()}
        return Words(_said(code, "ja", **ja), _said(code, "en", **en))

    notes = [note("estimate"), note("depends", on=facts.premium_depends.on)]
    others = [one.trade for one in facts.quote if client.industry not in (None, one.industry)]
    if others:
        trades = Label(
            ja="／".join(one.ja for one in others), en=" / ".join(one.en for one in others)
        )
        notes.append(note("other_quotes", trades=trades))
    differences, option = facts.differences, facts.profit_option
    notes.append(note("differences", scope=differences.scope, price=differences.price))
    notes.append(note("profit_option", label=option.label, covers=option.covers))
    notes += [
        note(
            "ended" if one.stand_alone_ended else "sold",
            seller=one.seller,
            name=one.name,
            territory=one.territory,
        )
        for one in facts.product
    ]
    return notes


def _said(code: str, lang: str, /, **values: str) -> str:
    return label("market", code, "ja" if lang == "ja" else "en").format(**values)


def _words(words: Label) -> Words:
    return Words(words.ja, words.en)
