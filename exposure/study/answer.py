"""The answer of a study: simulate, price, decide, under all regimes together (検討の答え).

First few years choose between sets of endorsements, then all years measure what is left. What the
figures say in words is left to `exposure.result.lines`, the record to `exposure.study.result`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exposure.measures.decision import Case, Decision, decide
from exposure.model.build import BreachModel
from exposure.policy.plans import Plan
from exposure.result.record import PlanFigures
from exposure.study.candidates import (
    Priced,
    case_of,
    needed_plans,
    priced_offers,
    worth_looking_at,
)
from exposure.study.headline import AllFigures, Measure, bare_of, regime_figures
from exposure.study.plans import Offer, rungs_of
from exposure.study.room import require_room
from exposure.study.setting import Setting
from exposure.study.simulation import Progress, RegimeYears, bytes_of_study, simulate_study


@dataclass(frozen=True)
class Rungs:
    """One product along its limits, with one set of endorsements (限度額の段階)."""

    product: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Measured:
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

    priced: Priced
    rungs: tuple[Rungs, ...]
    plans: tuple[Plan, ...]
    regimes: Mapping[str, Measured]
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
    first = _simulated(setting, model, first_plans, few, _part(progress, 0, total), detailed=False)
    rough = replace(setting.measure, with_intervals=False)
    figures = {regime: _figures(years, first_plans, rough) for regime, years in first.items()}
    by_plan = {regime: _by_plan(first_plans, found) for regime, found in figures.items()}
    priced = priced_offers(setting.offers, by_plan, setting.study.client, setting.assumptions)
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
    years_of = _simulated(
        setting, model, chosen, settings.loss_years, _part(progress, few, total), detailed=True
    )
    return decided(setting, priced, rungs, chosen, years_of)


def decided(
    setting: Setting,
    priced: Priced,
    rungs: tuple[Rungs, ...],
    plans: tuple[Plan, ...],
    years_of: Mapping[str, RegimeYears],
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
    """
    regimes = measured(setting.measure, priced, plans, years_of)
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
    priced: Priced,
    plans: Sequence[Plan],
    years_of: Mapping[str, RegimeYears],
) -> dict[str, Measured]:
    """Measure simulated years, and say what the rule decides on (計算結果の指標).

    Parameters
    ----------
    measure : Measure
    priced : Priced
    plans : sequence of Plan
        In the order of the years.
    years_of : mapping of str to RegimeYears
    """
    regimes: dict[str, Measured] = {}
    for regime, years in years_of.items():
        figures = _figures(years, plans, measure)
        var = bare_of(years, measure).var
        case = case_of(regime, priced, figures, _by_plan(plans, figures), measure, var)
        regimes[regime] = Measured(years, figures, case)
    return regimes


def _simulated(
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
