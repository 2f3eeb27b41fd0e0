"""What each uncertain figure does to the answer, one at a time (感度分析).

Every uncertain parameter is tried at both ends of its range on few years; those that move the
recommended plan most are tried again on more years with the whole rule, and where they change the
answer the value at which it changes is looked for. Structural choices stand apart. All points use
the same random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from exposure.inputs.assumptions import Assumptions
from exposure.measures.decision import Answer, decide
from exposure.model.build import BreachModel, Parts
from exposure.policy.plans import Plan
from exposure.result.record import Outcome
from exposure.study.answer import StudyAnswer, measured
from exposure.study.candidates import Priced
from exposure.study.headline import worth_values
from exposure.study.parallel import in_order
from exposure.study.setting import Setting
from exposure.study.simulation import Progress, RegimeYears
from exposure.study.stacked import simulate_models, together
from exposure.study.structure import Form, forms_of, with_values


@dataclass(frozen=True)
class Point:
    """One setting of the model at which the answer is asked (感度分析の点).

    Parameters
    ----------
    name : str
        Parameter or structural choice; empty for the centre.
    shown : float or str
        Value of the parameter, or the alternative.
    replaced : mapping of str to float
        Parameters moved.
    form : Form or None
        Structural choice made otherwise.
    """

    name: str
    shown: float | str
    replaced: Mapping[str, float]
    form: Form | None = None


@dataclass(frozen=True)
class Task:
    """What is asked at every point (感度分析の設問).

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
        At the centre, without its years.
    reference : mapping of str to str
        The offer in question under each regime.
    loss_years : int
    in_full : bool
        With all offers, or with those in question alone.
    """

    setting: Setting
    answer: StudyAnswer
    reference: Mapping[str, str]
    loss_years: int
    in_full: bool


@dataclass(frozen=True)
class Bar:
    """What one parameter does to the answer of one regime (感応度).

    Parameters
    ----------
    name : str
    low, high : Outcome
    swing : float
        Widest distance of the total cost, the centre among them. [JPY/year]
    changes_plan : bool
    flips_at : float or str or None
        Value from which another answer holds.
    """

    name: str
    low: Outcome
    high: Outcome
    swing: float
    changes_plan: bool
    flips_at: float | str | None


@dataclass(frozen=True)
class Sensitivity:
    """What the points gave (感度分析の結果).

    Parameters
    ----------
    bars : mapping of str to tuple of Bar
        By regime; those that change the answer first, then by what they do to the cost.
    forms : mapping of str to tuple of (Form, Outcome)
        By regime, the structural choices.
    centre : mapping of str to Outcome
        By regime.
    reference : mapping of str to str
        The offer in question under each regime.
    effects : mapping of str to mapping of str to float
        By regime: how far each uncertain parameter moves the cost of the plan. [JPY/year]
    """

    bars: Mapping[str, tuple[Bar, ...]]
    forms: Mapping[str, tuple[tuple[Form, Outcome], ...]]
    centre: Mapping[str, Outcome]
    reference: Mapping[str, str]
    effects: Mapping[str, Mapping[str, float]]


def sensitivity_of(
    setting: Setting,
    answer: StudyAnswer,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sensitivity:
    """Try every uncertain parameter and structural choice (感度分析).

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
        At the central parameters.
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with points done and points in all.
    """
    found = answer.decision.answers
    reference = {regime: one.best_on_market for regime, one in found.items() if one.best_on_market}
    whole, most = setting.assumptions.whole, setting.assumptions.whole("run.tornado_parameters")
    names = setting.assumptions.uncertain()
    forms = forms_of(setting)
    total = 2 * len(names) + 2 * most * len(reference) + len(forms) + 1
    bare = replace(answer, regimes={})
    screening = Task(setting, bare, reference, whole("run.screen_loss_years"), in_full=False)
    ends = [point for name in names for point in _ends(setting, name)]
    screened = _outcomes(screening, ends, workers, progress, 0, total)
    effects = {regime: _effects(names, screened, regime) for regime in reference}
    kept = _most_influential(names, screened, reference, most)
    points = [Point("", "", {})]
    points += [point for name in kept for point in _ends(setting, name)]
    points += [Point(form.name, form.name, {}, form) for form in forms]
    full = Task(setting, bare, reference, whole("run.tornado_loss_years"), in_full=True)
    outcomes = _outcomes(full, points, workers, progress, len(ends), total)
    centre, rest = outcomes[0], outcomes[1:]
    by_name = {name: (rest[2 * k], rest[2 * k + 1]) for k, name in enumerate(kept)}
    flips = _flips(full, centre, by_name, workers)
    bars = {regime: _bars(centre[regime], by_name, regime, flips) for regime in reference}
    of_forms = rest[2 * len(kept) :]
    structural = {
        regime: tuple(
            (form, outcome[regime]) for form, outcome in zip(forms, of_forms, strict=True)
        )
        for regime in reference
    }
    return Sensitivity(bars, structural, centre, reference, effects)


def _ends(setting: Setting, name: str) -> list[Point]:
    return [_at(setting, name, level) for level in setting.assumptions.values("measure.band")]


def _at(setting: Setting, name: str, level: float) -> Point:
    moved = setting.assumptions.at_quantile(name, level)
    return Point(name, moved.value(name), moved.replaced)


def _outcomes(
    task: Task,
    points: list[Point],
    workers: int,
    progress: Progress | None = None,
    before: int = 0,
    total: int = 0,
) -> list[Mapping[str, Outcome]]:
    found: list[Mapping[str, Outcome]] = []
    for outcomes in in_order(outcomes_at, task, together(points, task.loss_years), workers):
        found += outcomes
        if progress is not None:
            progress(before + len(found), total)
    return found


def outcomes_at(task: Task, points: Sequence[Point]) -> list[dict[str, Outcome]]:
    """Return the answer at some points, by regime."""
    setting = task.setting
    priced = task.answer.priced
    if not task.in_full:
        priced = priced.only(tuple(set(task.reference.values())))
    plans = tuple({offer.plan.id: offer.plan for offer in priced.offers}.values())
    parts = Parts()
    years = simulate_models(
        [_model_at(setting, point, parts) for point in points],
        setting.study.study.regimes,
        plans,
        loss_years=task.loss_years,
        seed=setting.study.study.seed,
    )
    asked = _decided if task.in_full else _of_reference
    return [
        asked(task, point, priced, plans, of_point)
        for point, of_point in zip(points, years, strict=True)
    ]


def _model_at(setting: Setting, point: Point, parts: Parts) -> BreachModel:
    assumptions = Assumptions(setting.assumptions.records, point.replaced)
    if point.form is None:
        return setting.model_of(assumptions, parts=parts)
    assumptions = with_values(assumptions, point.form.values)
    return setting.model_of(assumptions, use_history=point.form.use_history)


def _decided(
    task: Task,
    point: Point,
    priced: Priced,
    plans: Sequence[Plan],
    years: Mapping[str, RegimeYears],
) -> dict[str, Outcome]:
    """Run the whole rule at a point."""
    measure = replace(task.setting.measure, with_intervals=False)
    found = measured(measure, priced, plans, years)
    cases = {regime: one.case for regime, one in found.items()}
    decision = decide(cases, task.setting.rules)
    outcomes = {}
    for regime, name in task.reference.items():
        worth = next(one.worth for one in cases[regime].candidates if one.id == name)
        cost = cases[regime].uninsured_cost
        named = answer_name(decision.answers[regime])
        outcomes[regime] = _outcome(task, point, regime, cost, worth, named)
    return outcomes


def _of_reference(
    task: Task,
    point: Point,
    priced: Priced,
    plans: Sequence[Plan],
    years: Mapping[str, RegimeYears],
) -> dict[str, Outcome]:
    """Measure at a point what the plans in question are worth, and nothing else."""
    place = {plan.id: k for k, plan in enumerate(plans)}
    plan_of = {offer.id: offer.plan.id for offer in priced.offers}
    outcomes = {}
    for regime, name in task.reference.items():
        cost, worths = worth_values(years[regime], task.setting.measure)
        worth = worths[place[plan_of[name]]]
        outcomes[regime] = _outcome(task, point, regime, cost, worth, name)
    return outcomes


def _outcome(
    task: Task, point: Point, regime: str, uninsured: float, worth: float, named: str
) -> Outcome:
    price = task.answer.decision.answers[regime].prices[task.reference[regime]]
    return Outcome(
        setting=point.shown, cost=uninsured - worth + price.amount, worth=worth, plan=named
    )


def answer_name(answer: Answer) -> str:
    """Return what an answer names: a plan, ``none`` or ``programme``."""
    if answer.plan is not None:
        return answer.plan
    return "programme" if answer.verdict == "programme" else "none"


def _effects(
    names: Sequence[str], screened: Sequence[Mapping[str, Outcome]], regime: str
) -> dict[str, float]:
    costs = [outcome[regime].cost for outcome in screened]
    return {name: abs(costs[2 * k + 1] - costs[2 * k]) for k, name in enumerate(names)}


def _most_influential(
    names: Sequence[str],
    screened: Sequence[Mapping[str, Outcome]],
    regimes: Mapping[str, str],
    most: int,
) -> list[str]:
    """Return the parameters that move cost or worth most under any regime, in their order."""
    kept: set[str] = set()
    for regime in regimes:
        cost = _effects(names, screened, regime)
        worths = [outcome[regime].worth for outcome in screened]
        worth = {name: abs(worths[2 * k + 1] - worths[2 * k]) for k, name in enumerate(names)}
        half = math.ceil(most / 2)
        by_cost = sorted(names, key=lambda name: -cost[name])[:half]
        by_worth = [name for name in sorted(names, key=lambda n: -worth[n]) if name not in by_cost]
        kept |= {*by_cost, *by_worth[: most - half]}
    return [name for name in names if name in kept]


_Ends = Mapping[str, tuple[Mapping[str, Outcome], Mapping[str, Outcome]]]
_HALVINGS = 4


def _flips(
    task: Task, centre: Mapping[str, Outcome], ends: _Ends, workers: int
) -> dict[tuple[str, str], float | str]:
    """Look for the values at which the answer of a regime changes, by halving the way to an end."""
    levels = task.setting.assumptions.values("measure.band")
    open_: dict[tuple[str, str], tuple[float, float]] = {}
    for name, both in ends.items():
        for regime in task.reference:
            for level, end in zip(levels, both, strict=True):
                if end[regime].plan != centre[regime].plan:
                    # From the middle of the prior to the end: quantiles, not values.
                    open_.setdefault((regime, name), (0.5, level))
    found: dict[tuple[str, str], float | str] = {}
    for _ in range(_HALVINGS):
        wanted = {(name, (inside + outside) / 2) for (_, name), (inside, outside) in open_.items()}
        points = {one: _at(task.setting, *one) for one in sorted(wanted)}
        tried = dict(zip(points, _outcomes(task, list(points.values()), workers), strict=True))
        for (regime, name), (inside, outside) in list(open_.items()):
            middle = (inside + outside) / 2
            outcome = tried[name, middle][regime]
            changed = outcome.plan != centre[regime].plan
            open_[regime, name] = (inside, middle) if changed else (middle, outside)
            if changed or (regime, name) not in found:
                found[regime, name] = outcome.setting
    return found


def _bars(
    centre: Outcome,
    ends: _Ends,
    regime: str,
    flips: Mapping[tuple[str, str], float | str],
) -> tuple[Bar, ...]:
    found = []
    for name, (low, high) in ends.items():
        costs = [centre.cost, low[regime].cost, high[regime].cost]
        changes = any(one[regime].plan != centre.plan for one in (low, high))
        flip = flips.get((regime, name)) if changes else None
        found.append(Bar(name, low[regime], high[regime], max(costs) - min(costs), changes, flip))
    return tuple(sorted(found, key=lambda bar: (not bar.changes_plan, -bar.swing, bar.name)))
