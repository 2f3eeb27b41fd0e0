"""The answer of a study: look up, simulate, price, decide, for all views together (検討の答え).

Which plans could be bought is settled in `exposure.study.offers`, which of them wins in
`exposure.measures.decision`.

First few years choose between sets of endorsements, then all years measure what is left. What the
figures say in words is left to `exposure.result.lines`, the record to `exposure.study.assembly`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
from exposure.result.record import PlanFigures
from exposure.simulation.figures import (
    AllFigures,
    Measure,
    bare_of,
    level_name,
    measure_of,
    regime_figures,
    value_of,
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
    offers : tuple of Offer
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
    figures: Mapping[str, Mapping[str, PlanFigures]],
    client: Client,
    assumptions: Assumptions,
) -> PricedOffers:
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
    return PricedOffers(tuple(offers), tariffs, shares)


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
    priced: PricedOffers,
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


@dataclass(frozen=True)
class Setting:
    """A study with everything looked up and built (検討の設定).

    Parameters
    ----------
    study : StudyFile
    assumptions : Assumptions
        In force, overrides included.
    offers : tuple of Offer
    measure : Measure
    rules : Rules
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

    Parameters
    ----------
    study : StudyFile
    where : str
        Name of the study file, for messages.

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
    years : RegimeYears
    figures : AllFigures
        Plans in the order of `StudyAnswer.plans`.
    case : Case
        What the rule decides on.
    """

    years: RegimeYears
    figures: AllFigures
    case: Case


@dataclass(frozen=True)
class StudyAnswer:
    """The answer with everything it rests on (検討の答え).

    Parameters
    ----------
    priced : Priced
        The offers the rule chose from.
    rungs : tuple of Rungs
        Each product along its limits.
    plans : tuple of Plan
        Simulated: of the offers and of the rungs, each once.
    regimes : mapping of str to Measured
    decision : Decision
    at_technical : Decision
        The same at the technical premium of every plan not quoted or published.
    """

    priced: PricedOffers
    rungs: tuple[Rungs, ...]
    plans: tuple[Plan, ...]
    regimes: Mapping[str, RegimeMeasures]
    decision: Decision
    at_technical: Decision

    @property
    def cases(self) -> dict[str, Case]:
        """What the rule decides on, by regime."""
        return {regime: measured.case for regime, measured in self.regimes.items()}


def answer_of(
    setting: Setting, model: BreachModel, progress: Progress | None = None
) -> StudyAnswer:
    """Simulate, price and decide (検討の計算).

    Parameters
    ----------
    setting : Setting
    model : BreachModel
    progress : callable, optional
        Called with loss years done and loss years in all.
    """
    settings, whole = setting.study.study, setting.assumptions.whole
    few = min(settings.loss_years, whole("run.candidate_loss_years"))
    total = few + settings.loss_years
    stated = len({offer.plan.id for offer in setting.offers if offer.is_stated})
    # Asked before any year is drawn; what is tried beside the plans stated is not yet known.
    require_room(
        bytes_of_study(model, settings.loss_years, stated, len(settings.regimes), by_event=True)
    )
    first_plans = needed_plans(setting.offers)
    first = _simulate(setting, model, first_plans, few, _part(progress, 0, total), detailed=False)
    rough = replace(setting.measure, with_intervals=False)
    figures = {regime: _figures(years, first_plans, rough) for regime, years in first.items()}
    by_plan = {regime: _by_plan(first_plans, found) for regime, found in figures.items()}
    priced = price_offers(setting.offers, by_plan, setting.study.client, setting.assumptions)
    cases = {
        regime: case_of(
            regime, priced, figures[regime], by_plan[regime], rough, bare_of(years, rough).var
        )
        for regime, years in first.items()
    }
    priced = priced.only(worth_looking_at(cases, setting.rules, setting.offers))
    rungs = _rungs(setting, cases, decide(cases, setting.rules))
    plans = {offer.plan.id: offer.plan for offer in priced.offers}
    for steps in rungs:
        plans.update({offer.plan.id: offer.plan for offer in steps.offers})
    chosen = tuple(plans.values())
    years_of = _simulate(
        setting, model, chosen, settings.loss_years, _part(progress, few, total), detailed=True
    )
    return decide_on(setting, priced, rungs, chosen, years_of)


def decide_on(
    setting: Setting,
    priced: PricedOffers,
    rungs: tuple[Rungs, ...],
    plans: tuple[Plan, ...],
    years_of: Mapping[str, RegimeYears],
    figures: Mapping[str, AllFigures] | None = None,
) -> StudyAnswer:
    """Measure simulated years and decide on them (計算結果からの決定).

    Parameters
    ----------
    setting : Setting
    priced : Priced
    rungs : tuple of Rungs
    plans : tuple of Plan
        In the order of the years.
    years_of : mapping of str to RegimeYears
    figures : mapping of str to AllFigures, optional
        By regime, where these years are measured already.
    """
    regimes = measured(setting.measure, priced, plans, years_of, figures)
    cases = {regime: one.case for regime, one in regimes.items()}
    return StudyAnswer(
        priced=priced,
        rungs=rungs,
        plans=plans,
        regimes=regimes,
        decision=decide(cases, setting.rules),
        at_technical=decide(cases, setting.rules, at_technical=True),
    )


def measured(
    measure: Measure,
    priced: PricedOffers,
    plans: Sequence[Plan],
    years_of: Mapping[str, RegimeYears],
    known: Mapping[str, AllFigures] | None = None,
) -> dict[str, RegimeMeasures]:
    """Measure simulated years, and say what the rule decides on (計算結果の指標).

    Parameters
    ----------
    measure : Measure
    priced : Priced
    plans : sequence of Plan
        In the order of the years.
    years_of : mapping of str to RegimeYears
    known : mapping of str to AllFigures, optional
        By regime, where these years are measured already.
    """
    regimes: dict[str, RegimeMeasures] = {}
    for regime, years in years_of.items():
        figures = _figures(years, plans, measure) if known is None else known[regime]
        var = bare_of(years, measure).var
        case = case_of(regime, priced, figures, _by_plan(plans, figures), measure, var)
        regimes[regime] = RegimeMeasures(years, figures, case)
    return regimes


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


def _figures(years: RegimeYears, plans: Sequence[Plan], measure: Measure) -> AllFigures:
    return regime_figures(years, plans, measure)


def _by_plan(plans: Sequence[Plan], figures: AllFigures) -> dict[str, PlanFigures]:
    return {plan.id: found for plan, found in zip(plans, figures.plans, strict=True)}


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
