"""The record of a finished study, put together from its answer (検討結果の組み立て).

Arranges what the answer and the measures know; nothing here measures, or depends on a clock, a user
or a path.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.names import heads
from exposure.inputs.parameters import Assumption
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.labels import phrase
from exposure.lazy import Shared
from exposure.measures.cost import technical_premium
from exposure.measures.decision import Answer, Flip, flip_price, wins_below
from exposure.measures.market_premium import MarketEstimate
from exposure.model.build import BreachModel, client_notes
from exposure.model.losses import blocks
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.policy.plan import Plan
from exposure.policy.premiums import market_sources
from exposure.policy.vocabulary import INSURED_AS, Label, PolicyPeriod
from exposure.result.document import Found, Simulated, Stage
from exposure.result.lines import cure_text, next_step_text, own_funds_cure, recommendation_reason
from exposure.result.record import (
    Alternative,
    AtTechnical,
    Composition,
    CutByLimits,
    Frequency,
    GroundUp,
    Judgement,
    Ladder,
    LadderStep,
    MarketPremium,
    NextStep,
    Notice,
    OwnFundsTest,
    PlanResult,
    Premium,
    Reading,
    Recommendation,
    RegimeResult,
    Remainder,
    Shortfall,
    Source,
    Thresholds,
    Value,
    Words,
)
from exposure.simulation.figures import (
    Measure,
    finite,
    level_name,
    value_of,
    with_premium,
)
from exposure.simulation.loss_years import policy_period
from exposure.simulation.tallies import term_section
from exposure.study.answer import RegimeMeasures, Rungs, Setting, StudyAnswer
from exposure.study.offers import Offer, section_limit
from exposure.tables import LossTable


def thresholds_of(assumptions: Assumptions) -> Thresholds:
    """Return where the words of the answer change (表示の境目)."""
    return Thresholds(
        least_liability=assumptions.value("report.least_liability"),
        least_costs=assumptions.value("report.least_costs"),
        doubtful_loss_ratio=assumptions.value("report.doubtful_loss_ratio"),
    )


def readings_of(plans: Sequence[Plan]) -> list[Reading]:
    """Return the readings adopted for the products compared, each once (約款の解釈)."""
    found: dict[tuple[str, str], Reading] = {}
    for one in plans:
        for code, reading in one.all_readings.items():
            selected = one.readings.get(code, "adopted")
            chosen = reading.choice
            if selected != "adopted":
                chosen = reading.alternative[selected].label
            key = (one.product, f"{code}={selected}")
            found[key] = Reading(
                product=one.product,
                code=code,
                question=words_of(reading.question),
                choice=words_of(chosen),
                why=words_of(reading.why),
            )
    return list(found.values())


def judgements_of(assumptions: Assumptions) -> list[Judgement]:
    """Return what rests on judgement or was changed for the client (判断による前提)."""
    return [
        Judgement(
            name=one.name,
            label=Words(*one.label),
            value=_shown(one),
            unit=one.unit,
            note=one.override.reason if one.override else Words(*one.note),
            override=one.override is not None,
        )
        for one in assumptions.judgements()
        if one.override is not None or not one.is_setting
    ]


def notices_of(setting: Setting) -> list[Notice]:
    """Return what the reader must know of the inputs (入力についての注意).

    What is assumed of the client, what it should be asked, and a history that does not fit.
    """
    notes = client_notes(setting.study.client, setting.assumptions)
    return [Notice(f"client.{k}", Words(*note)) for k, note in enumerate(notes, start=1)]


def words_of(label: Label) -> Words:
    """Return a label of a policy file as the record has it."""
    return Words(label.ja, label.en)


def _shown(record: Assumption) -> Value:
    """Return the value in use as plain data; JSON knows no infinity."""
    stated = record.override or record
    value = stated.model_dump(mode="json")["value"]
    infinite = isinstance(value, float) and not math.isfinite(value)
    shown: Value = str(value) if infinite else value
    return shown


def sources_of(assumptions: Assumptions, plans: Sequence[Plan]) -> list[Source]:
    """Return the sources cited by assumptions, wordings and market facts (出典)."""
    cited = {record.source for record in assumptions.records.values()} - {JUDGEMENT}
    cited |= {one.wording.plan.source for one in plans}
    cited |= market_sources()
    own = {
        key: Source(
            key=key,
            title=citation.title,
            publisher=citation.publisher,
            year=citation.year,
            title_en=citation.title,
            publisher_en=citation.publisher,
        )
        for one in plans
        for key, citation in one.source.sources.items()
        if key in cited
    }
    return [*sources_named(cited), *own.values()]


def sources_named(keys: Collection[str]) -> list[Source]:
    """Return the shipped sources of some keys, in the order of their file (出典)."""
    return [
        Source(
            key=key,
            title=source.title,
            publisher=source.publisher,
            year=source.year,
            title_en=source.title_en or source.title,
            publisher_en=source.publisher_en or source.publisher,
        )
        for key, source in load_sources().items()
        if key in keys
    ]


def regime_result(
    regime: str,
    answer: StudyAnswer,
    setting: Setting,
    model: BreachModel,
    large: Mapping[str, Composition] | None = None,
    *,
    brief: bool = False,
) -> RegimeResult:
    """Return one regime's part of the result (賠償前提ごとの結果).

    Parameters
    ----------
    large : mapping of str to Composition, optional
        By plan, from `large_breaches`; what is not there stays empty.
    brief : bool
        Do not look for the quotations at which the answer turns.
    """
    details = answer.regimes[regime].details
    nothing = Composition(0.0, 0.0, 0.0, 0.0, 0.0)
    plans = [
        _plan_result(offer, regime, answer, setting, (large or {}).get(offer.plan.id, nothing))
        for offer in answer.priced.offers
    ]
    own = details.figures
    return RegimeResult(
        **{one.name: getattr(own, one.name) for one in fields(own) if one.name != "ground_up"},
        frequency=Frequency(
            events_per_year=float(model.events_per_year.sum()),
            probability_of_no_event=details.empty_probability,
        ),
        ground_up=GroundUp(
            **{one.name: getattr(own.ground_up, one.name) for one in fields(own.ground_up)},
            by_head=details.by_head,
            by_cause=details.by_cause,
            curves=details.curves,
        ),
        plans=plans,
        ladders=[_ladder(rungs, answer, answer.regimes[regime]) for rungs in answer.rungs],
        recommendation=_recommendation(regime, answer, setting, plans, brief=brief),
    )


# --- plans ---------------------------------------------------------------------------------------


def _plan_result(
    offer: Offer, regime: str, answer: StudyAnswer, setting: Setting, large: Composition
) -> PlanResult:
    measured, measure = answer.regimes[regime], setting.measure
    details = measured.plans[offer.plan.id]
    price = answer.decision.answers[regime].prices[offer.id]
    candidate = next(one for one in measured.case.candidates if one.id == offer.id)
    figures = with_premium(details.figures, price)
    figures = replace(figures, cut_by_limits=largest_first(figures.cut_by_limits))
    return PlanResult(
        **{name: getattr(figures, name) for name in figures.__dataclass_fields__},
        id=offer.id,
        label=offer.label.ja,
        label_en=offer.label.en,
        product=offer.plan.product,
        pattern=offer.plan.pattern,
        endorsements=list(offer.plan.endorsements),
        limit=finite(offer.limit),
        cost_limit=finite(offer.cost_limit),
        tried=not offer.is_stated,
        historical=offer.plan.wording.plan.historical,
        premium=Premium(
            amount=None if price.basis == "not_sold" else price.amount,
            basis=price.basis,
            market=_market(answer.priced.tariffs[offer.id].estimate, candidate.rider),
            technical=technical_premium(value_of(figures.paid.annual.mean), measure.loading),
        ),
        unpaid_by_reason=details.unpaid,
        stays=_stays(offer.plan, details.unpaid, measured.details.by_head, figures.cut_by_limits),
        large_breach=large,
    )


def _market(estimate: MarketEstimate | None, rider: float) -> MarketPremium | None:
    if estimate is None:
        return None
    ends = (estimate.value, estimate.low, estimate.high)
    value, low, high = (end + rider for end in ends)
    return MarketPremium(value, low, high)


def largest_first(cuts: CutByLimits) -> CutByLimits:
    """Return the limits that cut anything, the dearest first; the others are left out."""
    cutting = [one for one in cuts.by_term if value_of(one.annual) > 0]
    return replace(cuts, by_term=sorted(cutting, key=lambda one: -value_of(one.annual)))


def uncovered_heads(plan: Plan, by_head: Mapping[str, float]) -> dict[str, float]:
    """Return the heads that no cover of a plan takes, the dearest first (補償のない費目).

    Examples
    --------
    >>> from exposure.policy.plan import plan
    >>> uncovered_heads(plan("nipponkoa_2006/F"), {"damages": 5.0, "system_repair": 2.0})
    {'system_repair': 2.0}
    """
    left = {
        head: amount
        for head, amount in by_head.items()
        if plan.takes(head) is None and plan.takes(INSURED_AS.get(head, head)) is None
    }
    return dict(sorted(left.items(), key=lambda entry: -entry[1]))


def _stays(
    plan: Plan, unpaid: Mapping[str, float], by_head: Mapping[str, float], cuts: CutByLimits
) -> list[Remainder]:
    """Return what stays with the client by what leaves it there, the dearest first."""
    found = [
        Remainder(head, Words(*heads()[head].label), amount)
        for head, amount in uncovered_heads(plan, by_head).items()
    ]
    found += [
        Remainder(
            one.term,
            Words(*phrase("answer", "stays.above", term=one.label)),
            value_of(one.annual),
        )
        for one in cuts.by_term
    ]
    found += [
        Remainder(name, Words(*phrase("answer", f"stays.{name}")), unpaid[name])
        for name in _REASONS
    ]
    return sorted((one for one in found if one.annual > 0), key=lambda one: -one.annual)


_REASONS = ("excluded", "window", "per_unit", "deductible", "share")


LARGE = Stage("large breaches", type(None), dict[str, Composition])


def large_breaches(
    setting: Setting, answer: StudyAnswer, model: BreachModel, simulated: Simulated
) -> dict[str, dict[str, Composition]]:
    """Return by regime and plan who pays in a breach that one in a hundred exceeds (だれが払うか).

    The breaches near that quantile, each met with untouched limits.
    """
    by_id = {plan.id: plan for plan in answer.plans}

    def simulate(
        _: Sequence[int], missing: Sequence[str]
    ) -> list[Found[None, dict[str, Composition]]]:
        large = _large_breaches([by_id[name] for name in missing], answer, setting, model)
        return [Found(None, {name: {at: large[at][name] for at in large} for name in missing})]

    (found,) = simulated.at(LARGE, [""], [*by_id], simulate)
    return {
        regime: {name: of_plan[regime] for name, of_plan in found.plans.items()}
        for regime in answer.regimes
    }


def _large_breaches(
    plans: Sequence[Plan], answer: StudyAnswer, setting: Setting, model: BreachModel
) -> dict[str, dict[str, Composition]]:
    wanted = setting.assumptions.whole("report.large_breaches")
    near = {
        regime: _LargeBreaches(plans, *measured.details.large)
        for regime, measured in answer.regimes.items()
    }
    study, period, open_regimes = setting.study.study, policy_period(model), [*near]
    for block in blocks(model, study.loss_years, study.seed):
        for regime in open_regimes:
            near[regime].take(block.losses(regime), period)
        open_regimes = [regime for regime in open_regimes if near[regime].found < wanted]
        if not open_regimes:
            break
    return {regime: one.shares() for regime, one in near.items()}


class _LargeBreaches:
    """Adds up who pays in the breaches between two amounts, plan by plan."""

    def __init__(self, plans: Sequence[Plan], low: float, high: float) -> None:
        self.plans, self.low, self.high = plans, low, high
        self.found = 0
        self.sums: dict[str, list[FloatArray]] = {plan.id: [] for plan in plans}

    def take(self, losses: LossTable, period: PolicyPeriod) -> None:
        total = losses.total()
        near = np.flatnonzero((total >= self.low) & (total <= self.high))
        self.found += near.size
        if not near.size:
            return
        some, shared = losses.apart(near), Shared()
        for plan in self.plans:
            table = pay(plan, losses_for(plan, some, shared), period, shared=shared)
            unpaid = table.unpaid_by_reason()
            self.sums[plan.id].append(_composition(unpaid, table.paid, some.total()))

    def shares(self) -> dict[str, Composition]:
        return {
            name: _shares(self.found, *np.sum(parts, axis=0).tolist())
            for name, parts in self.sums.items()
        }


def _composition(
    unpaid: Mapping[str, FloatArray], paid: FloatArray, total: FloatArray
) -> FloatArray:
    by = {name: float(amount.sum()) for name, amount in unpaid.items()}
    limits = by["sublimit"] + by["limit"]
    excluded = by["not_covered"] + by["excluded"] + by["window"]
    own = by["deductible"] + by["share"] + by["per_unit"]
    return np.array([float(total.sum()), float(paid.sum()), limits, excluded, own])


def _shares(
    n: int, total: float, paid: float, limits: float, excluded: float, own: float
) -> Composition:
    """Return the mean loss of so many breaches, and which share of it each part is."""
    if total <= 0:
        return Composition(0.0, 0.0, 0.0, 0.0, 0.0)
    return Composition(total / n, paid / total, limits / total, excluded / total, own / total)


def _ladder(rungs: Rungs, answer: StudyAnswer, measured: RegimeMeasures) -> Ladder:
    known = {offer.plan.id: offer.id for offer in answer.priced.offers}
    label = rungs.offers[0].plan.wording.plan.short
    steps = []
    for offer in rungs.offers:
        figures = measured.plans[offer.plan.id].figures
        steps.append(
            LadderStep(
                plan=known.get(offer.plan.id),
                label=words_of(offer.label),
                limit=offer.limit,
                cost_limit=finite(offer.cost_limit),
                share_paid=figures.share_paid,
                worth=figures.worth,
                adequacy=figures.limit_adequacy.event,
                cut_by_limits=figures.cut_by_limits.annual,
            )
        )
    # As in the names of its plans: what is part of the product anyway is not named.
    options = rungs.offers[0].plan.source.options
    named = rungs.offers[0].plan.endorsements
    endorsements = [name for name in named if options[name].default is not True]
    return Ladder(rungs.product, words_of(label), endorsements, steps)


# --- recommendation ------------------------------------------------------------------------------


def _recommendation(
    regime: str, answer: StudyAnswer, setting: Setting, plans: Sequence[PlanResult], *, brief: bool
) -> Recommendation:
    decision, cases, rules = answer.decision, answer.cases, setting.rules
    found, technical = decision.answers[regime], answer.at_technical.answers[regime]
    need = answer.regimes[regime].details.figures.need
    by_id = {plan.id: plan for plan in plans}
    best = None if found.best_on_market is None else by_id[found.best_on_market]
    flip = Flip(None, None) if brief else flip_price(cases, rules, decision, regime)
    offers = {offer.id: offer for offer in answer.priced.offers}
    short: list[Shortfall] = []
    if best is not None and found.verdict in ("short", "programme"):
        needed = {"liability": value_of(need.liability), "costs": value_of(need.costs)}
        own = offers[best.id]
        rungs = [one.offers for one in answer.rungs if one.product == own.product]
        others = [offer.plan for offer in rungs[0]] if rungs else []
        short = shortfalls(own.plan, best.cut_by_limits, rules.short_share, needed, others)
    step = None if best is None else _next_step(offers[best.id], answer, regime)
    thresholds = thresholds_of(setting.assumptions)
    reason = recommendation_reason(
        found.verdict, best, need, thresholds, passes=found.passes_own_funds
    )
    return Recommendation(
        plan=found.plan,
        verdict=found.verdict,
        limit=None if found.plan is None else by_id[found.plan].limit,
        reason=reason,
        flip_premium=flip.amount,
        flips_to=flip.to,
        best_on_market=found.best_on_market,
        at_technical=AtTechnical(technical.plan, technical.verdict),
        alternatives=[
            Alternative(plan.id, wins_below(cases, rules, decision, regime, plan.id))
            for plan in (() if brief else plans)
            if plan.id in found.kept and plan.id != found.best_on_market
        ],
        short_of=short,
        ties=list(found.ties),
        next_step=step,
        own_funds=_own_funds(found, best, answer, regime, setting.measure),
        trials=None,
        regret=None,
    )


def shortfalls(
    plan: Plan,
    cuts: CutByLimits,
    least_share: float,
    needed: Mapping[str, float],
    others: Sequence[Plan],
) -> list[Shortfall]:
    """Return the limits that cut most, the dearest first, with what would cure them (不足).

    Parameters
    ----------
    cuts : CutByLimits
        The dearest first.
    least_share : float
        A limit that cuts less than this share of all that is cut is left out. [-]
    needed : mapping of str to float
        Needed limits, by section. [JPY]
    others : sequence of Plan
        Plans of the product, the smallest first.
    """
    least = least_share * value_of(cuts.annual)
    found = []
    for cut in cuts.by_term:
        if value_of(cut.annual) < least:
            continue
        section = term_section(plan, cut.term)
        larger = [
            other
            for other in others
            if cut.term in {layer.name for layer in other.layers}
            and _term_limit(other, cut.term) > _term_limit(plan, cut.term)
        ]
        name = Words(larger[0].label.ja, larger[0].label.en) if larger else None
        part = "costs" if section == "costs" else "liability"
        held = section_limit(plan, "costs") if part == "costs" else plan.headline_limit
        cure = cure_text(section, name, needed[part] if needed[part] > held else None)
        found.append(Shortfall(cut.term, cut.label, section, cut.annual, cut.when_cut, cure))
    return found


def _term_limit(plan: Plan, term: str) -> float:
    layer = plan.layer(term)
    return min(layer.event_limit, layer.period_limit)


def _next_step(offer: Offer, answer: StudyAnswer, regime: str) -> NextStep | None:
    """Return the next limit of a plan's product: what it adds to the worth and to the premium."""
    plans = answer.regimes[regime].plans
    steps = next((rungs.offers for rungs in answer.rungs if rungs.product == offer.product), ())
    above = [one for one in steps if (one.limit, one.cost_limit) > (offer.limit, offer.cost_limit)]
    if not above:
        return None
    following = above[0]

    def worth(of: Offer) -> float:
        return value_of(plans[of.plan.id].figures.worth)

    more = worth(following) - worth(offer)
    prices = answer.decision.answers[regime].prices
    known = prices.get(following.id)
    premium = None if known is None else finite(known.amount - prices[offer.id].amount)
    label = words_of(following.label)
    return NextStep(following.id, more, premium, next_step_text(label, more, premium))


def _own_funds(
    found: Answer,
    best: PlanResult | None,
    answer: StudyAnswer,
    regime: str,
    measure: Measure,
) -> OwnFundsTest | None:
    if not measure.own_funds.stated:
        return None
    funds = measure.own_funds.amount
    if best is None or found.plan is None:
        held = answer.regimes[regime].case.uninsured_var
        missing = max(held - funds, 0.0)
        return OwnFundsTest(held, missing, None, own_funds_cure(None, missing))
    level = level_name(measure.cost.tail_level)
    held = value_of(best.retained.annual.var[level])
    missing = max(held - funds, 0.0)
    term = best.stays[0] if best.stays else None
    return OwnFundsTest(
        held, missing, None if term is None else term.code, own_funds_cure(term, missing)
    )
