"""One joint draw of the parameters, and the answer it gives (パラメータの抽出).

Every draw has loss years of its own. On the same years all draws would be wrong in the same
direction, as far as a thousand years are, and more draws would not help; on their own the errors
cancel in what the draws say together, which is left to `exposure.study.uncertainty`. The whole rule
runs on each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exposure.measures.decision import Answer, decide
from exposure.policy.plans import Plan
from exposure.study.answer import StudyAnswer, measured
from exposure.study.headline import AllFigures, with_premium
from exposure.study.setting import Setting
from exposure.study.simulation import RegimeYears
from exposure.study.stacked import simulate_models
from exposure.tables import Annual


@dataclass(frozen=True)
class DrawnRegime:
    """What one draw gives under one regime (抽出ごとの結果).

    Parameters
    ----------
    figures : AllFigures
        Of the offers, in their order, with the premiums used.
    annual : Annual
        Gross loss of its years. [JPY]
    costs : mapping of str to float
        Total cost of every offer. [JPY/year]
    uninsured : float
        Total cost without insurance. [JPY/year]
    answer : Answer
    """

    figures: AllFigures
    annual: Annual
    costs: Mapping[str, float]
    uninsured: float
    answer: Answer


@dataclass(frozen=True)
class Draw:
    """One joint draw (パラメータの1組).

    Parameters
    ----------
    parameters : mapping of str to float
        The values drawn.
    events_per_year, empty_probability : float
        [1/year], [-]
    regimes : mapping of str to DrawnRegime
    """

    parameters: Mapping[str, float]
    events_per_year: float
    empty_probability: float
    regimes: Mapping[str, DrawnRegime]


@dataclass(frozen=True)
class DrawTask:
    """What all draws have in common (抽出の設問).

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
        At the central parameters, without its years: its offers are what the draws choose from.
    loss_years : int
        Of each draw. [year]
    """

    setting: Setting
    answer: StudyAnswer
    loss_years: int


def drawn(task: DrawTask, numbers: Sequence[int]) -> list[Draw]:
    """Draw all parameters some times and run the study on them (パラメータの抽出と試算).

    Parameters
    ----------
    task : DrawTask
    numbers : sequence of int
        Of the draws, 0 or more; the same number gives the same parameters.
    """
    setting, seed = task.setting, task.setting.study.study.seed
    of = setting.assumptions.whole("run.parameter_draws")
    drawn = [setting.assumptions.drawn(seed, number, of) for number in numbers]
    models = [setting.model_of(assumptions) for assumptions in drawn]
    plans = tuple({offer.plan.id: offer.plan for offer in task.answer.priced.offers}.values())
    years = simulate_models(
        models, setting.study.study.regimes, plans,
        loss_years=task.loss_years, seed=seed, numbers=numbers, by_event=True,
    )  # fmt: skip
    return [
        Draw(
            parameters=dict(assumptions.replaced),
            events_per_year=float(model.events_per_year.sum()),
            empty_probability=float(model.empty_probability),
            regimes=_regimes(task, plans, of_draw),
        )
        for assumptions, model, of_draw in zip(drawn, models, years, strict=True)
    ]


def _regimes(
    task: DrawTask, plans: tuple[Plan, ...], years: Mapping[str, RegimeYears]
) -> dict[str, DrawnRegime]:
    """Measure the years of one draw, and let the rule decide on them."""
    setting, offers = task.setting, task.answer.priced.offers
    rough = replace(setting.measure, with_intervals=False)
    found = measured(rough, task.answer.priced, plans, years)
    decision = decide({regime: one.case for regime, one in found.items()}, setting.rules)
    place = {plan.id: k for k, plan in enumerate(plans)}
    regimes = {}
    for regime, own in found.items():
        answer = decision.answers[regime]
        figures = own.figures
        of_offers = [
            with_premium(figures.plans[place[offer.plan.id]], answer.prices[offer.id])
            for offer in offers
        ]
        uninsured = own.case.uninsured_cost
        costs = {
            one.id: uninsured - one.worth + answer.prices[one.id].amount
            for one in own.case.candidates
        }
        regimes[regime] = DrawnRegime(
            figures=replace(figures, plans=of_offers),
            annual=own.years.annual(own.years.gross),
            costs=costs,
            uninsured=uninsured,
            answer=answer,
        )
    return regimes
