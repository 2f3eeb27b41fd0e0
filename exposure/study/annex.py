"""What a report adds to the figures: terms, sourced assumptions, the market, sizes, convergence.

Premiums that somebody printed or was quoted, and every shipped product beside the client's plans:
what it leaves uncovered of the client's own losses, and what the market could ask for it at the
recommended limits.

Restates plans, assumptions and simulated years as plain data; decides nothing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.sources import PrintedPremium, printed_premiums
from exposure.labels import label
from exposure.measures.market_premium import market_estimate
from exposure.model.build import BreachModel
from exposure.policy.catalogue import Product, product, products
from exposure.policy.choices import Value
from exposure.policy.description import LIMITS, CoverSheet, Row, sheet_of
from exposure.policy.drafts import usual_plan
from exposure.policy.plan import Choices, Layer, Plan
from exposure.policy.premiums import Quote, market, premium_of
from exposure.policy.vocabulary import ROOT, Label
from exposure.result import record
from exposure.result.document import to_record
from exposure.result.record import (
    Incident,
    Market,
    MarketOffer,
    MarketPremium,
    MarketProduct,
    Result,
    SourcedAssumption,
    Terms,
    Words,
)
from exposure.simulation.figures import Plain, finite
from exposure.simulation.loss_years import policy_period
from exposure.study.answer import Setting, StudyAnswer
from exposure.study.assembly import sources_named, uncovered_heads, words_of
from exposure.study.cover import cover_of
from exposure.study.incidents import first_block, incidents
from exposure.study.offers import limit_term, limits_of, section_limit


def market_of(result: Result, setting: Setting) -> Market:
    """Return what is known of the market beside the client's plans (市場の情報).

    The result tells the client's mean loss by head, and the limits to estimate premiums at.
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

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> shop = Client(records=3000, industry="wholesale_retail", revenue=30_000_000)
    >>> [(one.kind, one.premium) for one in offers_near(shop, load_assumptions())]
    [('published', 20000.0), ('published', 30000.0), ('quote', 129380.0)]
    """
    sold = [plan for name in products() for plan in _as_printed(name)]
    tables = [plan for plan in sold if plan.wording.premium is not None]
    told = {market().source, *(plan.wording.plan.source for plan in tables)}
    reach = assumptions.value("premium.extrapolation")
    return [
        *(one for plan in tables for one in _published_offer(plan, client)),
        *(
            _printed_offer(point)
            for point in printed_premiums()
            if point.source not in told and _concerns(point, client, reach)
        ),
        *(_quoted_offer(one) for one in market().quote if client.industry in (None, one.industry)),
    ]


def _published_offer(plan: Plan, client: Client) -> Iterator[MarketOffer]:
    """Yield the premium of the table in a wording, if it has one for the client's revenue."""
    table, revenue, identity = plan.wording.premium, client.revenue, plan.wording.plan
    amount = premium_of(plan, revenue, client.industry)
    if table is None or revenue is None or amount is None:
        return
    yield MarketOffer(
        name=words_of(plan.label),
        kind="published",
        premium=float(amount),
        revenue=min(b.revenue_up_to for b in table.bands if revenue <= b.revenue_up_to),
        limit=finite(plan.headline_limit),
        cost_limit=finite(section_limit(plan, "costs")),
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


def _printed_offer(point: PrintedPremium) -> MarketOffer:
    def name(lang: str) -> str:
        return _note_text(
            "name", lang, product=_note_text(f"product.{point.source}", lang),
            trade=_note_text(f"trade.{point.trade}", lang),
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


def _quoted_offer(quote: Quote) -> MarketOffer:
    return MarketOffer(
        name=words_of(quote.trade),
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
    ways = _as_printed(source.name)
    identity, whole = ways[0].wording.plan, math.fsum(by_head.values())
    left = min(
        (uncovered_heads(one, by_head) for one in ways), key=lambda of: math.fsum(of.values())
    )
    limits = None if wanted is None else _limits(source, wanted)
    estimate = None
    if limits is not None:
        estimate = market_estimate(client.revenue, client.industry, *limits, assumptions)
    return MarketProduct(
        product=source.name,
        label=words_of(identity.label),
        insurer=words_of(identity.insurer),
        edition=words_of(identity.edition),
        historical=identity.historical,
        template=bool(source.blanks),
        uncovered={head: amount / whole for head, amount in left.items() if amount > 0},
        limit=None if limits is None else limits[0],
        cost_limit=None if limits is None else limits[1],
        estimate=None
        if estimate is None
        else MarketPremium(estimate.value, estimate.low, estimate.high),
    )


@functools.cache
def _as_printed(name: str) -> tuple[Plan, ...]:
    """Return a shipped product in every pattern, at every limit its wording prints."""
    return tuple(_ways(product(name)))


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
        return Words(_note_text(code, "ja", **ja), _note_text(code, "en", **en))

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


def _note_text(code: str, lang: str, /, **values: str) -> str:
    return label("market", code, "ja" if lang == "ja" else "en").format(**values)


def with_annex(result: Result, setting: Setting, model: BreachModel, answer: StudyAnswer) -> Result:
    """Return a result with sizes, convergence, incidents, terms and market (付録)."""
    study, assumptions = setting.study.study, setting.assumptions
    offers = {offer.id: offer for offer in answer.priced.offers}
    block, period = first_block(model, study.loss_years, study.seed), policy_period(model)
    rarities = assumptions.values("report.incident_rarity")
    products = {offer.plan.product: offer.plan for offer in reversed(offers.values())}
    regimes = {}
    for regime, part in result.regimes.items():
        chosen = None if part.named is None else offers[part.named.id].plan
        if chosen is not None:  # what a dispute is worth is asked of the plan in question
            products[chosen.product] = chosen
        losses = block.losses(regime)
        told = [] if chosen is None else incidents(losses, period, chosen, rarities)
        of_each = [products[name] for name in sorted(products)]
        ends = cover_of(losses, period, chosen, of_each, setting.measure)
        details = answer.regimes[regime].details
        regimes[regime] = replace(
            part,
            ground_up=replace(part.ground_up, size=details.size),
            convergence=details.convergence,
            incidents=to_record(list[Incident], told),
            cover=to_record(record.Cover, ends),
        )
    known = market_of(result, setting)
    cited = {source.key for source in result.sources}
    behind = {one.source for one in known.offers} | wording_sources()
    return replace(
        result,
        regimes=regimes,
        sources=[*result.sources, *sources_named(behind - cited)],
        terms=to_record(list[Terms], [terms_of(one.id, one.plan) for one in offers.values()]),
        assumptions=to_record(list[SourcedAssumption], sourced_assumptions(assumptions)),
        market=known,
    )


def terms_of(identifier: str, built: Plan) -> Plain:
    """Return the terms of a plan, cover by cover, with clauses and edition (プランの条件).

    ``identifier`` is that of the plan in the result.

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> terms = terms_of("A", plan("nipponkoa_2006/A"))
    >>> terms["edition"]["ja"], terms["covers"][0]["conditions"][0]["text"]["ja"]
    ('2006年2月版', '最初の損害賠償請求日が保険期間内')
    """
    sheet = sheet_of(built)
    identity = built.wording.plan
    covers = [cover for cover in sheet.covers if cover.attached]
    return {
        "id": identifier,
        "product": built.product,
        "product_label": identity.label.model_dump(),
        "insurer": identity.insurer.model_dump(),
        "edition": identity.edition.model_dump(),
        "source": identity.source,
        "historical": identity.historical,
        "clause": identity.clause,
        "chosen": _contract_rows(built),
        "limit": finite(min(built.layer(ROOT).event_limit, built.layer(ROOT).period_limit)),
        "figures": _terms(sheet.figures),
        "covers": [_cover(built.layer(cover.name), cover) for cover in covers],
        "exclusions": _exclusions(covers),
    }


def _contract_rows(built: Plan) -> list[Plain]:
    """Return what the contract and the client decide, with the clause that leaves it to them."""
    source = built.source
    rows = []
    for choices, values in (
        (source.contract, built.contract),
        (source.options, built.options),
    ):
        for name, choice in choices.items():
            value = values[name]
            if value is None or value is False:
                continue
            shown = value if isinstance(value, int | float | bool) else str(value)
            rows.append(
                {
                    "label": choice.label.model_dump(),
                    "kind": choice.kind,
                    "value": shown,
                    "clause": choice.clause,
                }
            )
    return rows


def _terms(rows: Sequence[Row]) -> list[Plain]:
    """Return terms in words, all but limits that are an amount: those are numbers of the record."""
    return [
        {
            "name": row.key,
            "label": row.name._asdict(),
            "text": row.value._asdict(),
            "clause": row.clause,
        }
        for row in rows
        if row.amount is not None or row.key not in LIMITS
    ]


def _cover(layer: Layer, cover: CoverSheet) -> Plain:
    return {
        "name": cover.name,
        "label": cover.label._asdict(),
        "depth": cover.depth - 1,
        "clause": cover.clause,
        "heads": list(cover.heads),
        "event_limit": finite(layer.event_limit),
        "period_limit": finite(layer.period_limit),
        "figures": _terms(cover.figures),
        "conditions": _terms(cover.conditions),
    }


def _exclusions(covers: Sequence[CoverSheet]) -> list[Plain]:
    """Return the exclusions of some covers, each once, with what is particular to which cover."""
    reached: dict[str, list[tuple[str, Row]]] = {}
    for cover in covers:
        for row in cover.exclusions:
            reached.setdefault(row.key, []).append((cover.name, row))
    found: list[Plain] = []
    for name, rows in reached.items():
        first, texts = rows[0][1], dict.fromkeys(row.value for _, row in rows if row.value.ja)
        found.append(
            {
                "name": name,
                "label": first.name._asdict(),
                "clause": first.clause,
                "covers": [cover for cover, _ in rows],
                "exceptions": [
                    {
                        "covers": [cover for cover, row in rows if row.value == text],
                        "text": text._asdict(),
                    }
                    for text in texts
                ],
            }
        )
    return found


def sourced_assumptions(assumptions: Assumptions) -> list[Plain]:
    """Return every assumption that has a source, with its grade (出典のある前提)."""
    values = assumptions.document()
    return [
        {
            "name": record.name,
            "label": record.label._asdict(),
            "value": values[record.name],
            "unit": record.unit,
            "grade": record.grade,
            "source": record.source,
            "row": record.row,
        }
        for record in assumptions.records.values()
        if not record.is_judgement
    ]
