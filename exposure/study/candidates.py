"""From figures to the candidates of the rule: premiums, riders without a tariff, kept sets (候補).

Which plans could be bought is settled in `exposure.study.plans`, which of them wins in
`exposure.measures.decision`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exposure.errors import PlanError
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.measures.cost import technical_premium
from exposure.measures.decision import Candidate, Case, Decision, Rules, decide
from exposure.measures.market_premium import MarketEstimate, market_estimate
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.plans import Plan
from exposure.result.record import PlanFigures
from exposure.study.headline import AllFigures, Measure, level_name, value_of
from exposure.study.plans import Offer, section_limit


def rules_of(assumptions: Assumptions) -> Rules:
    """Return the figures of the rule from the assumptions (規則の数値)."""
    value = assumptions.value
    return Rules(
        worth_share=value("measure.worth_share"),
        endorsement_share=value("measure.endorsement_share"),
        short_share=value("measure.short_share"),
        programme_multiple=value("measure.programme_multiple"),
        sold_liability=value("measure.sold_liability"),
        sold_costs=value("measure.sold_costs"),
        most_scaling=value("measure.most_scaling"),
    )


@dataclass(frozen=True)
class Tariff:
    """The market estimate of an offer without its riders that have no tariff (相場の目安).

    Parameters
    ----------
    shape : float
        Relative to other offers. [-]
    estimate : MarketEstimate or None
        None where no tariff reaches. [JPY/year]
    """

    shape: float
    estimate: MarketEstimate | None

    @property
    def amount(self) -> float | None:
        """The estimate itself. [JPY/year]."""
        return None if self.estimate is None else self.estimate.value


def without_riders(offer: Offer) -> Plan:
    """Return the offer without the endorsements that have no tariff."""
    if not offer.without_tariff:
        return offer.plan
    parts = parse_id(offer.plan.id)
    rest = tuple(name for name in parts.endorsements if name not in offer.without_tariff)
    return offer.plan.variant(identifier_of(replace(parts, endorsements=rest)))


def tariff_of(offer: Offer, client: Client, assumptions: Assumptions) -> Tariff:
    """Return the market estimate of an offer's tariff part (相場の目安)."""
    bare = without_riders(offer)
    limit = bare.headline_limit
    costs = min(section_limit(bare, "costs"), limit)
    value = assumptions.value
    shape = (limit / value("premium.limit")) ** value("premium.limit_exponent")
    if costs > 0:
        usual = value("premium.cost_share") * limit
        shape *= (costs / usual) ** value("premium.cost_exponent")
    estimate = market_estimate(client.revenue, client.industry, limit, costs, assumptions)
    return Tariff(float(shape), estimate)


@dataclass(frozen=True)
class Priced:
    """Offers with what the rule needs to know of their premiums besides the figures.

    Parameters
    ----------
    offers : tuple of Offer
    tariffs : mapping of str to Tariff
        By offer.
    rider_shares : mapping of str to mapping of str to float
        By regime and offer: the part of the payment that is of riders without a tariff. [-]
    """

    offers: tuple[Offer, ...]
    tariffs: Mapping[str, Tariff]
    rider_shares: Mapping[str, Mapping[str, float]]

    def only(self, ids: Sequence[str]) -> Priced:
        """Return some of the offers, in their order."""
        wanted = frozenset(ids)
        return replace(self, offers=tuple(one for one in self.offers if one.id in wanted))


def priced_offers(
    offers: Sequence[Offer],
    figures: Mapping[str, Mapping[str, PlanFigures]],
    client: Client,
    assumptions: Assumptions,
) -> Priced:
    """Work out what the premiums of offers rest on (保険料の根拠).

    Parameters
    ----------
    offers : sequence of Offer
    figures : mapping of str to mapping of str to PlanFigures
        By regime and plan identifier, of the offers and of each without its riders.
    client : Client
    assumptions : Assumptions
    """
    shares: dict[str, dict[str, float]] = {}
    for regime, of_regime in figures.items():
        shares[regime] = {}
        for offer in offers:
            whole = _paid(of_regime[offer.plan.id])
            bare = _paid(of_regime[without_riders(offer).id])
            shares[regime][offer.id] = max(whole - bare, 0.0) / whole if whole > 0 else 0.0
    tariffs = {offer.id: tariff_of(offer, client, assumptions) for offer in offers}
    return Priced(tuple(offers), tariffs, shares)


def _paid(figures: PlanFigures) -> float:
    return value_of(figures.paid.annual.mean)


def needed_plans(offers: Sequence[Offer]) -> tuple[Plan, ...]:
    """Return the plans of offers, and each without its riders, each once."""
    found = {offer.plan.id: offer.plan for offer in offers}
    for offer in offers:
        try:
            bare = without_riders(offer)
        except PlanError:  # another endorsement needs the rider: then it is priced as a whole
            bare = offer.plan
        found.setdefault(bare.id, bare)
    return tuple(found.values())


def case_of(
    regime: str,
    priced: Priced,
    figures: AllFigures,
    plans: Mapping[str, PlanFigures],
    measure: Measure,
    uninsured_var: float,
) -> Case:
    """Return what the rule decides on under one regime (選定の入力).

    Parameters
    ----------
    regime : str
    priced : Priced
    figures : AllFigures
    plans : mapping of str to PlanFigures
        By plan identifier.
    measure : Measure
    uninsured_var : float
        Annual loss without insurance at the level of the cost. [JPY]
    """
    level = level_name(measure.cost.tail_level)
    candidates = []
    for offer in priced.offers:
        own = plans[offer.plan.id]
        tail, paid = own.retained.annual, _paid(own)
        technical = technical_premium(paid, measure.loading)
        tariff = priced.tariffs[offer.id]
        candidates.append(
            Candidate(
                id=offer.id,
                product=offer.product,
                series=offer.series,
                endorsements=len(offer.tried),
                limit=offer.limit,
                cost_limit=min(offer.cost_limit, offer.limit),
                shape=tariff.shape,
                tariff=tariff.amount,
                rider=priced.rider_shares[regime][offer.id] * technical,
                technical=technical,
                quoted=offer.quoted,
                published=offer.published,
                is_sold=offer.is_sold,
                worth=value_of(own.worth),
                mean=value_of(tail.mean),
                var=value_of(tail.var[level]),
                tvar=value_of(tail.tvar[level]),
                cut=value_of(own.cut_by_limits.annual),
            )
        )
    own_funds = measure.own_funds
    return Case(
        candidates=tuple(candidates),
        uninsured_cost=value_of(figures.no_insurance.total_cost),
        uninsured_var=uninsured_var,
        liability=value_of(figures.need.liability),
        costs=value_of(figures.need.costs),
        own_funds=own_funds.amount if own_funds.stated else None,
    )


def worth_looking_at(cases: Mapping[str, Case], rules: Rules, offers: Sequence[Offer]) -> list[str]:
    """Return the offers that a closer look could name: stated, or kept by rule 1 (残す候補).

    The sets of endorsements that are kept at the premiums used and at technical ones, by each
    regime and by all.
    """
    named = {offer.id for offer in offers if offer.is_stated}
    for at_technical in (False, True):
        found: Decision = decide(cases, rules, at_technical=at_technical)
        named |= set(found.shared_kept)
        for answer in found.answers.values():
            named |= set(answer.kept)
    return [offer.id for offer in offers if offer.id in named]
