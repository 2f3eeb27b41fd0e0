"""What each uncertain figure does to the answer, and how a reader sees it (感度分析).

Every uncertain parameter is tried at both ends of its range on few years; those that move the
recommended plan most are tried again on more years with the whole rule, and where they change the
answer the value at which it changes is looked for. Structural choices, the model with one choice
made otherwise, stand apart and are never averaged in. All points use the same random numbers. What
a point gives is simulated without premiums and may be taken over from an earlier run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions, cause_mixes, scenarios
from exposure.inputs.parameters import Assumption, Override
from exposure.labels import LANGS, labels, phrase
from exposure.measures.decision import Answer, decide
from exposure.model.build import BreachModel, Parts
from exposure.policy.plan import Plan
from exposure.result.document import Found, Simulated, Stage
from exposure.result.lines import setting_words, yen_words
from exposure.result.record import (
    Judgement,
    Outcome,
    Question,
    Sensitivity,
    StructuralBar,
    TornadoBar,
    Words,
)
from exposure.simulation.figures import (
    ClientValues,
    PlanValues,
    Values,
    values_of,
    worth_values,
)
from exposure.simulation.large_tables import simulate_models, together
from exposure.simulation.loss_years import Progress, RegimeYears
from exposure.simulation.machine import in_order
from exposure.study.answer import Setting, StudyAnswer, cases_of

_POISSON = ("frequency.k_s", "frequency.k_residual")

SCALE = "litigation.scale."

_REASON = "感度分析"

_LITTLE = 2**4  # a worth that moves by less than this part of it hardly moves

_SAME = 1 / 2**9  # shares nearer than this are the same mix, rounded


@dataclass(frozen=True)
class Form:
    """The model with one choice made otherwise (構造の別案).

    Parameters
    ----------
    values : mapping of str to float or str
        Assumptions set otherwise.
    use_history : bool
        Whether the client's past incidents update the rate.
    """

    name: str
    label: Text
    values: Mapping[str, float | str]
    use_history: bool = True


def forms_of(setting: Setting) -> tuple[Form, ...]:
    """Return the forms worth trying for a study (構造の別案).

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> from exposure.study.answer import prepare
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> [form.name for form in forms_of(prepare(study))][:2]
    ['poisson', 'litigation.scale.brochure=old_scale']
    """
    assumptions = setting.assumptions
    found = [Form("poisson", phrase("answer", "form.poisson"), dict.fromkeys(_POISSON, math.inf))]
    if setting.study.client.history is not None:
        ignored = phrase("answer", "form.no_history")
        found.append(Form("no_history", ignored, {}, use_history=False))
    for regime in setting.study.study.regimes:
        name = f"{SCALE}{regime}"
        record = assumptions.record(name)
        for scale in record.choices:
            if scale != record.in_use:
                chosen = labels("choice")[scale]
                text = phrase("answer", "form.scale", what=record.label, choice=chosen)
                found.append(Form(f"{name}={scale}", text, {name: scale}))
    if assumptions.choice("price.model") != "jo" and not _all_claim(assumptions):
        found.append(Form("price_jo", phrase("answer", "form.price_jo"), {"price.model": "jo"}))
    found += _other_mixes(assumptions)
    return tuple(found)


def _all_claim(assumptions: Assumptions) -> bool:
    """Say whether everybody claims in court, with which the JNSA formula may not be combined."""
    rates = ("claims.rate.court", "claims.demand_rate.court")
    return any(assumptions.value(name) == 1 for name in rates)


def _other_mixes(assumptions: Assumptions) -> list[Form]:
    """Return the rates of attacks by other surveys than the one in force (頻度の別案)."""
    forms = []
    for name in cause_mixes():
        scenario = scenarios()[name]
        values = {key: float(setting.value) for key, setting in scenario.settings.items()}
        apart = max(abs(value - assumptions.value(key)) for key, value in values.items())
        if apart > _SAME:
            text = phrase("answer", "form.attacks", scenario=scenario.label)
            forms.append(Form(name, text, values))
    return forms


def with_values(assumptions: Assumptions, values: Mapping[str, float | str]) -> Assumptions:
    """Return the assumptions with some values set otherwise, held fixed.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> with_values(load_assumptions(), {"claims.rate.brochure": 0.2}).value("claims.rate.brochure")
    0.2
    """
    if not values:
        return assumptions
    return assumptions.with_overrides(
        {name: Override(value=value, reason=_REASON) for name, value in values.items()}
    )


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
    """What is simulated at every point (感度分析の設問)."""

    setting: Setting
    plans: tuple[Plan, ...]
    loss_years: int


@dataclass(frozen=True)
class Asked:
    """What is asked at the points, and how they are worked out (感度分析の進め方).

    Parameters
    ----------
    answer : StudyAnswer
        At the centre.
    reference : mapping of str to str
        The offer in question under each regime.
    workers : int
        Processes.
    progress : callable
        Called with points done and points in all.
    """

    setting: Setting
    answer: StudyAnswer
    reference: Mapping[str, str]
    simulated: Simulated
    workers: int
    progress: Progress


@dataclass(frozen=True)
class SensitivityAnalysis:
    """What the points gave (感度分析の結果).

    Parameters
    ----------
    bars : mapping of str to list of TornadoBar
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

    bars: Mapping[str, list[TornadoBar]]
    forms: Mapping[str, tuple[tuple[Form, Outcome], ...]]
    centre: Mapping[str, Outcome]
    reference: Mapping[str, str]
    effects: Mapping[str, Mapping[str, float]]


def sensitivity_of(
    setting: Setting,
    answer: StudyAnswer,
    workers: int = 1,
    progress: Progress | None = None,
    simulated: Simulated | None = None,
) -> SensitivityAnalysis:
    """Try every uncertain parameter and structural choice (感度分析).

    Parameters
    ----------
    answer : StudyAnswer
        At the central parameters.
    progress : callable, optional
        Called with points done and points in all.
    """
    found = answer.decision.answers
    reference = {regime: one.best_on_market for regime, one in found.items() if one.best_on_market}
    most = setting.assumptions.whole("run.tornado_parameters")
    names = setting.assumptions.uncertain()
    forms = forms_of(setting)
    asked = Asked(
        setting,
        answer,
        reference,
        Simulated() if simulated is None else simulated,
        workers,
        progress or (lambda done, total: None),
    )
    total = 2 * len(names) + 2 * most * len(reference) + len(forms) + 1
    ends = [point for name in names for point in _ends(setting, name)]
    screened = _screened(asked, ends, total)
    effects = {regime: _effects(names, screened, regime) for regime in reference}
    kept = _most_influential(names, screened, reference, most)
    points = [Point("", "", {})]
    points += [point for name in kept for point in _ends(setting, name)]
    points += [Point(form.name, form.name, {}, form) for form in forms]
    outcomes = _decided(asked, points, len(ends), total)
    asked.progress(total, total)
    centre, rest = outcomes[0], outcomes[1:]
    by_name = {name: (rest[2 * k], rest[2 * k + 1]) for k, name in enumerate(kept)}
    flips = _flips(asked, centre, by_name, total)
    bars = {regime: _bars(setting, centre[regime], by_name, regime, flips) for regime in reference}
    of_forms = rest[2 * len(kept) :]
    structural = {
        regime: tuple(
            (form, outcome[regime]) for form, outcome in zip(forms, of_forms, strict=True)
        )
        for regime in reference
    }
    return SensitivityAnalysis(bars, structural, centre, reference, effects)


def _ends(setting: Setting, name: str) -> list[Point]:
    return [_at(setting, name, level) for level in setting.assumptions.values("measure.band")]


def _at(setting: Setting, name: str, level: float) -> Point:
    moved = setting.assumptions.at_quantile(name, level)
    return Point(name, moved.value(name), moved.replaced)


# Total cost without insurance and what each plan is worth, by regime. [JPY/year]
Worths = Found[dict[str, float], dict[str, float]]

SCREENING = Stage("screening", dict[str, float], dict[str, float])
POINTS = Stage("points", dict[str, ClientValues], dict[str, PlanValues])


def _screened(asked: Asked, points: Sequence[Point], total: int) -> list[Mapping[str, Outcome]]:
    """Return what the plans in question are worth at some points, and nothing else."""
    years = asked.setting.assumptions.whole("run.screen_loss_years")
    plans = {offer.id: offer.plan for offer in asked.answer.priced.offers}
    chosen = {name: plans[name] for name in asked.reference.values()}
    found = _at_points(asked, SCREENING, worths_at, points, [*chosen.values()], years, 0, total)
    return [
        {
            regime: _outcome(
                asked, point, regime, one.client[regime], one.plans[plans[name].id][regime], name
            )
            for regime, name in asked.reference.items()
        }
        for point, one in zip(points, found, strict=True)
    ]


def _decided(
    asked: Asked, points: Sequence[Point], before: int, total: int
) -> list[Mapping[str, Outcome]]:
    """Run the whole rule at some points."""
    setting, priced = asked.setting, asked.answer.priced
    years = setting.assumptions.whole("run.tornado_loss_years")
    plans = [offer.plan for offer in priced.offers]
    found = _at_points(asked, POINTS, values_at, points, plans, years, before, total)
    outcomes: list[Mapping[str, Outcome]] = []
    for point, values in zip(points, found, strict=True):
        cases = cases_of(priced, values, setting.measure)
        decision = decide(cases, setting.rules)
        of_point = {}
        for regime, name in asked.reference.items():
            worth = next(one.worth for one in cases[regime].candidates if one.id == name)
            cost = cases[regime].uninsured_cost
            named = answer_name(decision.answers[regime])
            of_point[regime] = _outcome(asked, point, regime, cost, worth, named)
        outcomes.append(of_point)
    return outcomes


_C = TypeVar("_C")
_P = TypeVar("_P")


def _at_points(
    asked: Asked,
    stage: Stage[_C, _P],
    work: Callable[[Task, Sequence[Point]], list[Found[_C, _P]]],
    points: Sequence[Point],
    plans: Sequence[Plan],
    loss_years: int,
    before: int,
    total: int,
) -> list[Found[_C, _P]]:
    """Return what is simulated at some points under some plans, or was before."""
    by_id = {plan.id: plan for plan in plans}

    def simulate(places: Sequence[int], missing: Sequence[str]) -> list[Found[_C, _P]]:
        task = Task(asked.setting, tuple(by_id[name] for name in missing), loss_years)
        pieces = together([points[place] for place in places], loss_years)
        found: list[Found[_C, _P]] = []
        for some in in_order(work, task, pieces, asked.workers):
            found += some
            asked.progress(min(before + len(found), total), total)
        return found

    return asked.simulated.at(stage, [_name_of(point) for point in points], [*by_id], simulate)


def _name_of(point: Point) -> str:
    """Return what tells one point from every other of the study."""
    form = "" if point.form is None else point.form.name
    return " ".join([form, *(f"{name}={float(at)!r}" for name, at in point.replaced.items())])


def worths_at(task: Task, points: Sequence[Point]) -> list[Worths]:
    """Return what plans are worth at some points, by regime (感度分析の点での保険の価値)."""
    found = []
    for years_of in _years_at(task, points):
        client: dict[str, float] = {}
        plans: dict[str, dict[str, float]] = {plan.id: {} for plan in task.plans}
        for regime, years in years_of.items():
            client[regime], worths = worth_values(years, task.setting.measure)
            for plan, worth in zip(task.plans, worths, strict=True):
                plans[plan.id][regime] = worth
        found.append(Found(client, plans))
    return found


def values_at(task: Task, points: Sequence[Point]) -> list[Values]:
    """Return what the rule needs to know at some points (感度分析の点での選定に使う値)."""
    measure = replace(task.setting.measure, with_intervals=False)
    return [values_of(years, task.plans, measure) for years in _years_at(task, points)]


def _years_at(task: Task, points: Sequence[Point]) -> list[dict[str, RegimeYears]]:
    parts, settings = Parts(), task.setting.study.study
    return simulate_models(
        [_model_at(task.setting, point, parts) for point in points],
        settings.regimes,
        task.plans,
        loss_years=task.loss_years,
        seed=settings.seed,
    )


def _model_at(setting: Setting, point: Point, parts: Parts) -> BreachModel:
    assumptions = Assumptions(setting.assumptions.records, point.replaced)
    if point.form is None:
        return setting.model_of(assumptions, parts=parts)
    assumptions = with_values(assumptions, point.form.values)
    return setting.model_of(assumptions, use_history=point.form.use_history)


def _outcome(
    asked: Asked, point: Point, regime: str, uninsured: float, worth: float, named: str
) -> Outcome:
    price = asked.answer.decision.answers[regime].prices[asked.reference[regime]]
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
    asked: Asked, centre: Mapping[str, Outcome], ends: _Ends, total: int
) -> dict[tuple[str, str], float | str]:
    """Look for the values at which the answer of a regime changes, by halving the way to an end."""
    levels = asked.setting.assumptions.values("measure.band")
    open_: dict[tuple[str, str], tuple[float, float]] = {}
    for name, both in ends.items():
        for regime in asked.reference:
            for level, end in zip(levels, both, strict=True):
                if end[regime].plan != centre[regime].plan:
                    # From the middle of the prior to the end: quantiles, not values.
                    open_.setdefault((regime, name), (0.5, level))
    found: dict[tuple[str, str], float | str] = {}
    for _ in range(_HALVINGS):
        wanted = {(name, (inside + outside) / 2) for (_, name), (inside, outside) in open_.items()}
        points = {one: _at(asked.setting, *one) for one in sorted(wanted)}
        tried = dict(zip(points, _decided(asked, [*points.values()], total, total), strict=True))
        for (regime, name), (inside, outside) in list(open_.items()):
            middle = (inside + outside) / 2
            outcome = tried[name, middle][regime]
            changed = outcome.plan != centre[regime].plan
            open_[regime, name] = (inside, middle) if changed else (middle, outside)
            if changed or (regime, name) not in found:
                found[regime, name] = outcome.setting
    return found


def _bars(
    setting: Setting,
    centre: Outcome,
    ends: _Ends,
    regime: str,
    flips: Mapping[tuple[str, str], float | str],
) -> list[TornadoBar]:
    found = []
    for name, (low, high) in ends.items():
        record = setting.assumptions.record(name)
        costs = [centre.cost, low[regime].cost, high[regime].cost]
        changes = any(one[regime].plan != centre.plan for one in (low, high))
        found.append(
            TornadoBar(
                name=name,
                label=Words(*record.label),
                unit=record.unit,
                low=low[regime],
                high=high[regime],
                swing=max(costs) - min(costs),
                changes_plan=changes,
                flips_at=flips.get((regime, name)) if changes else None,
            )
        )
    return sorted(found, key=lambda bar: (not bar.changes_plan, -bar.swing, bar.name))


def sensitivity_result(
    found: SensitivityAnalysis, regime: str, setting: Setting, answer: StudyAnswer
) -> Sensitivity | None:
    """Return one regime's sensitivity analysis as the record has it (感度分析).

    Returns
    -------
    Sensitivity or None
        None where nothing is sold to the client.
    """
    if regime not in found.reference:
        return None
    whole, centre = setting.assumptions.whole, found.centre[regime]
    low, high = setting.assumptions.values("measure.band")
    names = {offer.id: offer.label for offer in answer.priced.offers}
    bars = found.bars[regime]
    return Sensitivity(
        reference=found.reference[regime],
        ends=(low, high),
        loss_years=whole("run.tornado_loss_years"),
        screened=len(found.effects[regime]),
        screen_loss_years=whole("run.screen_loss_years"),
        centre=centre,
        parameters=bars,
        structural=_structural(found, regime),
        ask_first=[
            Question(
                bar.name,
                bar.label,
                question_of(bar, centre, setting.assumptions.record(bar.name), names),
            )
            for bar in bars[: whole("measure.first_questions")]
        ],
    )


def _structural(found: SensitivityAnalysis, regime: str) -> list[StructuralBar]:
    """Return the other regimes and the other forms of the model, each against the centre."""
    centre = found.centre[regime]
    tried = [
        (f"regime={other}", labels("regime")[other], outcome)
        for other, outcome in found.centre.items()
        if other != regime
    ]
    tried += [
        (form.name, form.label, outcome)
        for form, outcome in found.forms[regime]
        if _matters(form.name, regime)
    ]
    bars = [
        StructuralBar(
            name=name,
            label=Words(*label),
            outcome=outcome,
            swing=abs(outcome.cost - centre.cost),
            changes_plan=outcome.plan != centre.plan,
        )
        for name, label, outcome in tried
    ]
    return sorted(bars, key=lambda bar: (not bar.changes_plan, -bar.swing))


def _matters(form: str, regime: str) -> bool:
    """Say whether a form of the model bears on a regime: some are of one regime alone."""
    name = form.partition("=")[0]
    return not name.startswith(SCALE) or name == f"{SCALE}{regime}"


def question_of(
    bar: TornadoBar, centre: Outcome, record: Assumption, names: Mapping[str, object]
) -> Words:
    """Say what an assumption does, and from which value another answer holds (確かめたい前提).

    Parameters
    ----------
    centre : Outcome
        With every assumption at its own value.
    record : Sourced
        The assumption.
    names : mapping of str to label
        Of the plans, by id.
    """
    worth, cost = (
        sorted(getattr(end, name) for end in (bar.low, bar.high)) for name in ("worth", "cost")
    )
    is_cost = worth[1] - worth[0] < worth[1] / _LITTLE  # it moves what no plan pays
    low, high = (yen_words(amount) for amount in (cost if is_cost else worth))
    name = "question.cost" if is_cost else "question.worth"
    if low.ja == high.ja or low.en == high.en:  # it moves the other view alone
        name = "question.still"
    said = phrase("answer", name, what=bar.label, low=low, high=high)
    if bar.changes_plan and bar.flips_at is not None:
        value = Text(*(setting_words(bar.flips_at, record.unit, lang) for lang in LANGS))
        below = bar.low.plan != centre.plan
        to = _named(bar.low.plan if below else bar.high.plan, names)
        name = "question.below" if below else "question.above"
        said = phrase("answer", name, said=said, value=value, to=to)
    return Words(*said)


def _named(plan: str | None, names: Mapping[str, object]) -> Text:
    if plan == "programme":
        return phrase("answer", "turns.programme")
    if plan is None or plan == "none":
        return phrase("answer", "turns.none")
    label = names.get(plan)
    return Text(getattr(label, "ja", plan), getattr(label, "en", plan))


def by_effect(
    judgements: Sequence[Judgement], effects: Mapping[str, Mapping[str, float]]
) -> list[Judgement]:
    """Put the effect on each judgement and order them by it (影響の大きい順).

    ``effects`` is by regime: how far each uncertain parameter moves the cost. [JPY/year]

    Returns
    -------
    list of Judgement
        With the largest effect over the regimes; None for what was not varied, at the end.

    Examples
    --------
    >>> of = lambda name: Judgement(name, Words("", ""), 1.0, "", "", False)
    >>> rows = by_effect([of("a"), of("b"), of("c")], {"court": {"a": 1.0, "c": 2.0}})
    >>> [(row.name, row.effect) for row in rows]
    [('c', 2.0), ('a', 1.0), ('b', None)]
    """
    largest: dict[str, float] = {}
    for effect in effects.values():
        for name, amount in effect.items():
            largest[name] = max(amount, largest.get(name, 0.0))
    found = [replace(one, effect=largest.get(one.name)) for one in judgements]
    return sorted(found, key=lambda one: (one.effect is None, -(one.effect or 0.0)))
