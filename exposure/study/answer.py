"""The answer of a study: look up, simulate, price, decide, for all views together (検討の答え).

Which plans could be bought is settled in `exposure.study.offers`, which of them wins in
`exposure.measures.decision`.

First few years choose between sets of endorsements, then all years measure what is left. What is
simulated and measured knows no premium and may be taken over from an earlier run
(`exposure.result.document.Simulated`); prices and the rule come after it. What the figures say in
words is left to `exposure.result.lines`, the record to `exposure.study.assembly`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from exposure.errors import PlanError
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile
from exposure.measures.cost import technical_premium
from exposure.measures.decision import Candidate, Case, Decision, Rules, decide
from exposure.measures.market_premium import MarketEstimate, market_estimate
from exposure.model.build import BreachModel, Parts, build_model
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.plan import Plan
from exposure.result.document import Simulated, Stage
from exposure.simulation.figures import (
    ClientValues,
    Details,
    Measure,
    PlanDetails,
    PlanValues,
    RegimeDetails,
    Values,
    details_of,
    measure_of,
    values_in,
    values_of,
)
from exposure.simulation.loss_years import Progress, RegimeYears, bytes_of_study, simulate_study
from exposure.simulation.machine import require_room
from exposure.study.offers import Offer, offers_of, rungs_of, section_limit


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
    shape : float, or None
        Relative to other offers; None where the limit is nil or there is none. [-]
    estimate : MarketEstimate or None
        None where no tariff reaches. [JPY/year]
    """

    shape: float | None
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
    if not 0 < limit < math.inf:
        return Tariff(None, None)
    value = assumptions.value
    shape = (limit / value("premium.limit")) ** value("premium.limit_exponent")
    if costs > 0:
        usual = value("premium.cost_share") * limit
        shape *= (costs / usual) ** value("premium.cost_exponent")
    estimate = market_estimate(client.revenue, client.industry, limit, costs, assumptions)
    return Tariff(float(shape), estimate)


@dataclass(frozen=True)
class PricedOffers:
    """Offers with what the rule needs to know of their premiums besides the figures.

    Parameters
    ----------
    tariffs : mapping of str to Tariff
        By offer.
    rider_shares : mapping of str to mapping of str to float
        By regime and offer: the part of the payment that is of riders without a tariff. [-]
    """

    offers: tuple[Offer, ...]
    tariffs: Mapping[str, Tariff]
    rider_shares: Mapping[str, Mapping[str, float]]

    def only(self, ids: Sequence[str]) -> PricedOffers:
        """Return some of the offers, in their order."""
        wanted = frozenset(ids)
        return replace(self, offers=tuple(one for one in self.offers if one.id in wanted))


def price_offers(
    offers: Sequence[Offer],
    values: Values,
    client: Client,
    assumptions: Assumptions,
) -> PricedOffers:
    """Work out what the premiums of offers rest on (保険料の根拠).

    ``values`` are those of the offers and of each without its riders.
    """
    shares: dict[str, dict[str, float]] = {}
    for regime in values.client:
        shares[regime] = {}
        for offer in offers:
            whole = values.plans[offer.plan.id][regime].paid
            bare = values.plans[without_riders(offer).id][regime].paid
            shares[regime][offer.id] = max(whole - bare, 0.0) / whole if whole > 0 else 0.0
    tariffs = {offer.id: tariff_of(offer, client, assumptions) for offer in offers}
    return PricedOffers(tuple(offers), tariffs, shares)


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


def cases_of(priced: PricedOffers, values: Values, measure: Measure) -> dict[str, Case]:
    """Return by regime what the rule decides on (選定の入力)."""
    return {regime: _case(regime, priced, values, measure) for regime in values.client}


def _case(regime: str, priced: PricedOffers, values: Values, measure: Measure) -> Case:
    candidates = []
    for offer in priced.offers:
        own = values.plans[offer.plan.id][regime]
        technical = technical_premium(own.paid, measure.loading)
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
                worth=own.worth,
                mean=own.mean,
                var=own.var,
                tvar=own.tvar,
                cut=own.cut,
            )
        )
    bare, own_funds = values.client[regime], measure.own_funds
    return Case(
        candidates=tuple(candidates),
        uninsured_cost=bare.uninsured_cost,
        uninsured_var=bare.uninsured_var,
        liability=bare.liability,
        costs=bare.costs,
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


@dataclass(frozen=True)
class Setting:
    """A study with everything looked up and built (検討の設定).

    Assumptions are those in force, overrides included.
    """

    study: StudyFile
    assumptions: Assumptions
    offers: tuple[Offer, ...]
    measure: Measure
    rules: Rules

    def model_of(
        self, assumptions: Assumptions, *, use_history: bool = True, parts: Parts | None = None
    ) -> BreachModel:
        """Return the client's model under given assumptions; parts as in `build_model`."""
        make, inception = self.study.client.with_defaults, self.study.study.inception
        client = make(assumptions) if parts is None else parts.once("client", assumptions, make)
        return build_model(client, assumptions, inception, use_history=use_history, parts=parts)


def prepare(study: StudyFile, where: str = "study") -> Setting:
    """Look up and build all that a study needs (検討の準備).

    Raises
    ------
    ExposureError
        If a plan or an assumption of the study cannot be.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping(
    ...     {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/A"}]}, "example"
    ... )
    >>> [offer.id for offer in prepare(study).offers]
    ['nipponkoa_2006/A']
    """
    assumptions = study.in_force()
    return Setting(
        study=study,
        assumptions=assumptions,
        offers=offers_of(study, assumptions, where),
        measure=measure_of(study.client, assumptions),
        rules=rules_of(assumptions),
    )


@dataclass(frozen=True)
class Rungs:
    """One product along its limits, with one set of endorsements (限度額の段階)."""

    product: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class RegimeMeasures:
    """One regime, simulated and measured (賠償前提ごとの計算結果).

    Parameters
    ----------
    plans : mapping of str to PlanDetails
        By plan identifier.
    case : Case
        What the rule decides on.
    """

    details: RegimeDetails
    plans: Mapping[str, PlanDetails]
    case: Case


@dataclass(frozen=True)
class StudyAnswer:
    """The answer with everything it rests on (検討の答え).

    Parameters
    ----------
    priced : PricedOffers
        The offers the rule chose from.
    rungs : tuple of Rungs
        Each product along its limits.
    plans : tuple of Plan
        Simulated: of the offers and of the rungs, each once.
    at_technical : Decision
        The same at the technical premium of every plan not quoted or published.
    years : mapping of str to RegimeYears
        The simulated years of all plans, by regime; none where any were taken over.
    """

    priced: PricedOffers
    rungs: tuple[Rungs, ...]
    plans: tuple[Plan, ...]
    regimes: Mapping[str, RegimeMeasures]
    decision: Decision
    at_technical: Decision
    years: Mapping[str, RegimeYears] = field(default_factory=dict)

    @property
    def cases(self) -> dict[str, Case]:
        """What the rule decides on, by regime."""
        return {regime: measured.case for regime, measured in self.regimes.items()}


FEW = Stage("few years", dict[str, ClientValues], dict[str, PlanValues])
ALL = Stage("all years", dict[str, RegimeDetails], dict[str, PlanDetails])


def answer_of(
    setting: Setting,
    model: BreachModel,
    progress: Progress | None = None,
    simulated: Simulated | None = None,
) -> StudyAnswer:
    """Simulate, price and decide (検討の計算)."""
    known = Simulated() if simulated is None else simulated
    settings = setting.study.study
    few = min(settings.loss_years, setting.assumptions.whole("run.candidate_loss_years"))
    total = few + settings.loss_years
    first = _few_years(setting, model, few, known, _part(progress, 0, total))
    priced = price_offers(setting.offers, first, setting.study.client, setting.assumptions)
    cases = cases_of(priced, first, setting.measure)
    priced = priced.only(worth_looking_at(cases, setting.rules, setting.offers))
    rungs = _rungs(setting, cases, decide(cases, setting.rules))
    plans = {offer.plan.id: offer.plan for offer in priced.offers}
    for steps in rungs:
        plans.update({offer.plan.id: offer.plan for offer in steps.offers})
    chosen = tuple(plans.values())
    details, years = _all_years(setting, model, chosen, known, _part(progress, few, total))
    if progress is not None:
        progress(total, total)
    return decide_on(setting, priced, rungs, chosen, details, years)


def _few_years(
    setting: Setting,
    model: BreachModel,
    loss_years: int,
    simulated: Simulated,
    progress: Progress | None,
) -> Values:
    """Measure all offers on few years, for the rule alone."""
    settings, by_id = setting.study.study, {one.id: one for one in needed_plans(setting.offers)}
    stated = len({offer.plan.id for offer in setting.offers if offer.is_stated})
    rough = replace(setting.measure, with_intervals=False)

    def simulate(_: Sequence[int], missing: Sequence[str]) -> list[Values]:
        # Asked before any year is drawn; what is tried beside the plans stated is not yet known.
        require_room(
            bytes_of_study(model, settings.loss_years, stated, len(settings.regimes), by_event=True)
        )
        plans = [by_id[name] for name in missing]
        years = _simulate(setting, model, plans, loss_years, progress, detailed=False)
        return [values_of(years, plans, rough)]

    return simulated.at(FEW, [""], [*by_id], simulate)[0]


def _all_years(
    setting: Setting,
    model: BreachModel,
    plans: Sequence[Plan],
    simulated: Simulated,
    progress: Progress | None,
) -> tuple[Details, Mapping[str, RegimeYears]]:
    """Measure plans on all years; and return these, if none of the plans was known before."""
    study, by_id = setting.study, {plan.id: plan for plan in plans}
    drawn: dict[str, RegimeYears] = {}

    def simulate(_: Sequence[int], missing: Sequence[str]) -> list[Details]:
        some = [by_id[name] for name in missing]
        years = _simulate(setting, model, some, study.study.loss_years, progress, detailed=True)
        if len(some) == len(plans):
            drawn.update(years)
        return [details_of(years, some, setting.measure, study.client, setting.assumptions)]

    (found,) = simulated.at(ALL, [""], [*by_id], simulate)
    return found, drawn


def decide_on(
    setting: Setting,
    priced: PricedOffers,
    rungs: tuple[Rungs, ...],
    plans: tuple[Plan, ...],
    details: Details,
    years: Mapping[str, RegimeYears],
) -> StudyAnswer:
    """Decide on what was simulated and measured (計算結果からの決定).

    Parameters
    ----------
    details : Details
        Of these plans.
    years : mapping of str to RegimeYears
        That they were measured on, where they are at hand.
    """
    cases = cases_of(priced, values_in(details, setting.measure), setting.measure)
    return StudyAnswer(
        priced=priced,
        rungs=rungs,
        plans=plans,
        regimes={
            regime: RegimeMeasures(
                of_client,
                {name: of_plan[regime] for name, of_plan in details.plans.items()},
                cases[regime],
            )
            for regime, of_client in details.client.items()
        },
        decision=decide(cases, setting.rules),
        at_technical=decide(cases, setting.rules, at_technical=True),
        years=years,
    )


def _simulate(
    setting: Setting,
    model: BreachModel,
    plans: Sequence[Plan],
    loss_years: int,
    progress: Progress | None,
    *,
    detailed: bool,
) -> dict[str, RegimeYears]:
    return simulate_study(
        model,
        setting.study.study.regimes,
        plans,
        (),
        loss_years=loss_years,
        seed=setting.study.study.seed,
        progress=progress,
        by_reason=detailed,
    )


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)


def _rungs(setting: Setting, cases: Mapping[str, Case], decision: Decision) -> tuple[Rungs, ...]:
    """Return every product along its limits, with the endorsements of its best plan."""
    offers = {offer.id: offer for offer in setting.offers}
    limits = setting.assumptions.values("measure.limit_grid")
    saved: dict[str, float] = {}
    for regime, case in cases.items():
        prices = decision.answers[regime].prices
        for one in case.candidates:
            if one.is_sold and one.id in decision.shared_kept:
                saved[one.id] = saved.get(one.id, 0.0) + one.worth - prices[one.id].amount
    best: dict[str, str] = {}
    for name in sorted(saved, key=lambda name: (-saved[name], name)):
        best.setdefault(offers[name].product, name)
    named = {answer.best_on_market for answer in decision.answers.values()}
    for name in sorted(name for name in named if name is not None):
        best[offers[name].product] = name
    found = []
    for product, name in sorted(best.items()):
        steps = rungs_of(offers[name], limits, setting.study)
        if len(steps) > 1:
            found.append(Rungs(product, steps))
    return tuple(found)
