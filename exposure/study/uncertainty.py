"""How sure the answer is: joint draws of the parameters, and the whole rule on each (不確実性).

Every draw has loss years of its own. On the same years all draws would be wrong in the same
direction, as far as a thousand years are, and more draws would not help; on their own the errors
cancel in what the draws say together, which is left to `exposure.study.uncertainty`. The whole rule
runs on each.

Puts the band over the parameter draws beside every figure, counts how often the answer stays, and
says what a wrong choice costs and what it would be worth to know more.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from exposure.arrays import FloatArray
from exposure.measures.cost import band, predictive, regrets, value_of_knowing
from exposure.measures.decision import Answer, decide
from exposure.policy.plan import Plan
from exposure.result.record import (
    Band,
    Figure,
    Knowing,
    Predictive,
    RegimeResult,
    Stability,
    TermCut,
    Trials,
    Words,
)
from exposure.simulation.figures import AllFigures, with_premium
from exposure.simulation.large_tables import draw_years, simulate_models, together
from exposure.simulation.loss_years import Progress, RegimeYears
from exposure.simulation.machine import in_order, spared_objects
from exposure.streams import stream
from exposure.study.answer import Setting, StudyAnswer, measured
from exposure.study.offers import Offer
from exposure.tables import Annual


@dataclass(frozen=True)
class RegimeDraw:
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
    regimes: Mapping[str, RegimeDraw]


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


def draw_answers(task: DrawTask, numbers: Sequence[int]) -> list[Draw]:
    """Draw all parameters some times and run the study on them (パラメータの抽出と試算).

    Parameters
    ----------
    task : DrawTask
    numbers : sequence of int
        Of the draws, 0 or more; the same number gives the same parameters.
    """
    setting, seed = task.setting, task.setting.study.study.seed
    of = setting.assumptions.whole("run.parameter_draws")
    drawn = [setting.assumptions.draw(seed, number, of) for number in numbers]
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
) -> dict[str, RegimeDraw]:
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
        regimes[regime] = RegimeDraw(
            figures=replace(figures, plans=of_offers),
            annual=own.years.annual(own.years.gross),
            costs=costs,
            uninsured=uninsured,
            answer=answer,
        )
    return regimes


_T = TypeVar("_T")


def all_draws(
    setting: Setting, answer: StudyAnswer, workers: int = 1, progress: Progress | None = None
) -> list[Draw]:
    """Draw the parameters as often as the assumptions ask, and run the study on each draw.

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
        At the central parameters.
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with draws done and draws in all.
    """
    total = setting.assumptions.whole("run.parameter_draws")
    p0 = next(iter(answer.regimes.values())).years.empty_probability
    loss_years = draw_years(setting.assumptions, setting.measure, p0, "run.draw_loss_years")
    task = DrawTask(setting, replace(answer, regimes={}), loss_years)
    found: list[Draw] = []
    with spared_objects() as spare:
        for draws in in_order(draw_answers, task, together(range(total), loss_years), workers):
            found += draws
            spare()
            if progress is not None:
                progress(len(found), total)
    return found


def with_uncertainty(
    part: RegimeResult,
    regime: str,
    answer: StudyAnswer,
    draws: Sequence[Draw],
    setting: Setting,
) -> RegimeResult:
    """Return one regime's part of the result with bands and stability.

    Parameters
    ----------
    part : RegimeResult
    regime : str
    answer : StudyAnswer
        At the central parameters.
    draws : sequence of Draw
    setting : Setting
    """
    low, high = setting.assumptions.values("measure.band")
    ends = low, high
    own = [draw.regimes[regime] for draw in draws]
    offers = answer.priced.offers
    place = {offer.id: k for k, offer in enumerate(offers)}
    plans = [
        with_bands(plan, [one.figures.plans[place[plan.id]] for one in own], ends)
        for plan in part.plans
    ]
    figures = [one.figures for one in own]
    central = answer.decision.answers[regime]
    return replace(
        with_bands(part, figures, ends),
        frequency=replace(
            part.frequency,
            events_per_year_band=_band([draw.events_per_year for draw in draws], ends),
            probability_of_no_event_band=_band([draw.empty_probability for draw in draws], ends),
        ),
        plans=plans,
        stability=_stability(draws, own, setting),
        recommendation=replace(
            part.recommendation,
            trials=trials_of(central, [one.answer for one in own], offers),
            regret=_regret(central, own),
        ),
    )


def with_bands(node: _T, draws: Sequence[object], ends: tuple[float, float]) -> _T:
    """Return a record with a band beside every figure, from the same record of every draw.

    Fields are met by name, entries of mappings by key and limits by their term; what the draws do
    not have keeps its figure without a band.

    Parameters
    ----------
    node : record, mapping, sequence or figure
    draws : sequence
        The same of every draw; records may have fewer fields.
    ends : tuple of float
        Levels of the ends of the band. [-]

    Examples
    --------
    >>> of = lambda value: Figure(value, None, None)
    >>> with_bands({"a": of(2.0)}, [{"a": of(1.0)}, {"a": of(3.0)}], (0.0, 1.0))["a"].band
    (1.0, 3.0)
    """
    return _add_bands(node, draws, ends)  # type: ignore[return-value]  # the same kind as the node


def _add_bands(node: object, draws: Sequence[object], ends: tuple[float, float]) -> object:
    if any(draw is None for draw in draws) or not draws:
        return node
    if isinstance(node, Figure):
        values = [draw.value for draw in draws if isinstance(draw, Figure)]
        return replace(node, band=_band(values, ends))
    if isinstance(node, Mapping):
        return {
            key: _add_bands(child, [_entry(draw, key) for draw in draws], ends)
            for key, child in node.items()
        }
    if isinstance(node, list) and node and isinstance(node[0], TermCut):
        of_draws = [{cut.term: cut for cut in draw} for draw in draws]  # type: ignore[attr-defined]
        return [_add_bands(cut, [draw.get(cut.term) for draw in of_draws], ends) for cut in node]
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = dataclasses.fields(node)
        changed = {
            one.name: _add_bands(
                getattr(node, one.name), [getattr(draw, one.name, None) for draw in draws], ends
            )
            for one in fields
        }
        return replace(node, **changed)
    return node


def _entry(draw: object, key: object) -> object:
    return draw.get(key) if isinstance(draw, Mapping) else None


def _band(values: Sequence[float | None], ends: tuple[float, float]) -> Band | None:
    """Return the ends of a band; an amount that no year of a draw reaches counts as infinite."""
    if not values:
        return None
    known = np.array([np.inf if value is None else value for value in values])
    low, high = np.sort(known)[_places(known.size, ends)] if np.isinf(known).any() else band(
        known, ends
    )  # fmt: skip
    return _end(low), _end(high)


def _places(n: int, ends: tuple[float, float]) -> list[int]:
    return [min(round(level * (n - 1)), n - 1) for level in ends]


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- how often the answer stays --------------------------------------------------------------


def trials_of(central: Answer, drawn: Sequence[Answer], offers: Sequence[Offer]) -> Trials:
    """Count how often the draws give the same answer, one step off, or another (試算の件数).

    Parameters
    ----------
    central : Answer
    drawn : sequence of Answer
    offers : sequence of Offer

    Notes
    -----
    The same plan with other endorsements, or the next smaller or larger limit of the product, is
    one step. Where the answer is a programme, what counts is that it stays one.
    """
    by_id = {offer.id: offer for offer in offers}
    counts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for answer in drawn:
        names[_name(answer)] += 1
        counts[_distance(central, answer, by_id)] += 1
    ordered = dict(sorted(names.items(), key=lambda entry: (-entry[1], entry[0])))
    return Trials(counts["same"], counts["one_step"], counts["other"], ordered)


def _name(answer: Answer) -> str:
    if answer.plan is not None:
        return answer.plan
    return "programme" if answer.verdict == "programme" else "none"


def _distance(central: Answer, other: Answer, offers: Mapping[str, Offer]) -> str:
    if _name(central) == _name(other):
        return "same"
    if central.plan is None or other.plan is None:
        return "other"
    own, others = offers[central.plan], offers[other.plan]
    if own.product != others.product:
        return "other"
    steps = sorted(
        {
            (one.limit, one.plan.pattern or "")
            for one in offers.values()
            if one.product == own.product
        }
    )
    places = [steps.index((one.limit, one.plan.pattern or "")) for one in (own, others)]
    return "one_step" if abs(places[0] - places[1]) <= 1 else "other"


def _choices(own: Sequence[RegimeDraw]) -> tuple[list[str], FloatArray]:
    """Return what one can do, no insurance among it, and what it costs in every draw."""
    names = ["", *own[0].costs]
    cost = np.array([[one.uninsured, *(one.costs[name] for name in names[1:])] for one in own])
    sold = np.isfinite(cost).all(axis=0)
    return [name for name, is_sold in zip(names, sold, strict=True) if is_sold], cost[:, sold]


def _regret(central: Answer, own: Sequence[RegimeDraw]) -> float | None:
    """Return what choosing now costs a year on average against knowing the draw. [JPY/year]."""
    names, cost = _choices(own)
    chosen = central.plan or (central.best_on_market if central.verdict == "programme" else "")
    if chosen not in names:
        return None
    return float(regrets(cost)[names.index(chosen)])


def _stability(draws: Sequence[Draw], own: Sequence[RegimeDraw], setting: Setting) -> Stability:
    levels = setting.measure.annual_levels
    pooled = predictive([one.annual for one in own], levels)
    names = [f"{level:g}" for level in levels]
    _, cost = _choices(own)
    return Stability(
        draws=len(draws),
        loss_years=own[0].annual.values.size,
        predictive=Predictive(
            pooled.mean,
            dict(zip(names, pooled.var, strict=True)),
            dict(zip(names, pooled.tvar, strict=True)),
        ),
        perfect_information=float(regrets(cost).min()),
        knowing=_knowing(draws, cost, setting),
    )


def _knowing(draws: Sequence[Draw], cost: FloatArray, setting: Setting) -> list[Knowing]:
    """Return the parameters worth knowing most, and what each would save a year on average.

    What a parameter without any influence would seem to save is taken off: with few draws in a
    group chance looks like knowledge.
    """
    bins = min(setting.assumptions.whole("measure.information_groups"), len(draws) // 2)
    if cost.shape[1] < 2 or bins < 2:
        return []
    rng = stream(setting.study.study.seed, "parameters.shuffled")
    shuffles = setting.assumptions.whole("measure.information_groups")
    noise = [value_of_knowing(rng.random(len(draws)), cost, bins=bins) for _ in range(shuffles)]
    chance = float(np.mean(noise))
    saved: dict[str, float] = {}
    for name in draws[0].parameters:
        of_draws = np.array([draw.parameters[name] for draw in draws])
        saved[name] = value_of_knowing(of_draws, cost, bins=bins) - chance
    most = setting.assumptions.whole("measure.known_parameters")
    ordered = sorted(saved, key=lambda name: -saved[name])[:most]
    return [
        Knowing(name, Words(*setting.assumptions.record(name).label), saved[name])
        for name in ordered
        if saved[name] > 0
    ]
