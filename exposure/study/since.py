"""What moved since an earlier result of the client, cause by cause (前回の結果からの変化).

An earlier result says what its client, assumptions and premiums were, but not the code and the
wordings it ran on. Its inputs are therefore run again on today's: what that alone moves is put down
to program and wording; from there each kind of input is changed by itself. All runs have the years
and the seed of the new study.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from exposure.errors import DataError, ExposureError, Lang, Text
from exposure.files import read_json, shown_path
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.fields import fields
from exposure.inputs.parameters import Assumption, Override
from exposure.inputs.study_file import StudyFile
from exposure.labels import LANGS, phrase
from exposure.labels import label as label_of
from exposure.model.build import build_model
from exposure.policy.drafts import catalogue_of
from exposure.policy.phrases import join_texts
from exposure.policy.plan import Plan
from exposure.policy.plan import plan as build
from exposure.records import problems_from
from exposure.result.document import result_from
from exposure.result.lines import effect_name, held_lines, plan_words, since_lines
from exposure.result.record import (
    Effect,
    Figure,
    Held,
    Moved,
    PlanResult,
    RegimeResult,
    RegimeSince,
    Result,
    Since,
    Value,
    Words,
)
from exposure.simulation.figures import measure_of, plan_figures_of, value_of
from exposure.simulation.loss_years import simulate_study

# What of the client is changed together, since one makes no sense without the other.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "records": ("records", "databases"),
    "history": ("incidents_last_3_years", "incidents_by_group"),
}
_IDLE = ("name", "adequacy_target")  # of the client, and without effect on any figure
_BAD_YEAR = "0.99"


@dataclass(frozen=True)
class _Inputs:
    """What a figure rests on, apart from program and wording."""

    client: Client
    assumptions: Assumptions


@dataclass
class _Runs:
    """Worth and cost of last time's plans under other inputs, each worked out once."""

    made: _Made
    plans: Sequence[Plan]
    kept: list[tuple[_Inputs, dict[str, dict[str, tuple[float, float]]] | None]] = field(
        default_factory=list
    )

    def of(self, inputs: _Inputs) -> dict[str, dict[str, tuple[float, float]]] | None:
        """Return worth and cost without premium by regime and plan; None if inputs do not fit."""
        for known, found in self.kept:
            if known == inputs:
                return found
        try:
            found = self._figures(inputs)
        except (ExposureError, ValidationError):
            found = None
        self.kept.append((inputs, found))
        return found

    def _figures(self, inputs: _Inputs) -> dict[str, dict[str, tuple[float, float]]]:
        settings = self.made.study.study
        client = inputs.client.with_defaults(inputs.assumptions)
        model = build_model(client, inputs.assumptions, settings.inception)
        measure = replace(measure_of(inputs.client, inputs.assumptions), with_intervals=False)
        years = simulate_study(
            model,
            settings.regimes,
            self.plans,
            (),
            loss_years=settings.loss_years,
            seed=settings.seed,
            by_reason=False,
        )
        return {
            regime: {
                plan.id: (value_of(one.worth), value_of(_stated(one.total_cost)))
                for plan, one in zip(
                    self.plans, plan_figures_of(of_regime, self.plans, measure), strict=True
                )
            }
            for regime, of_regime in years.items()
        }


def _stated(figure: Figure | None) -> Figure:
    """Return a figure that a plan at premium 0 always has."""
    assert figure is not None
    return figure


def earlier_result(path: Path | str) -> Result:
    """Read an earlier result from its file (前回の結果の読込み).

    Raises
    ------
    DataError
        If there is none, or if it is of another edition.

    Examples
    --------
    >>> from exposure.errors import DataError
    >>> try:
    ...     earlier_result("no_such_result.json")
    ... except DataError as error:
    ...     print(error.lines("en")[0])
    no_such_result.json: no such file
    """
    where = shown_path(path)
    found = result_from(read_json(path), where)
    _client_of(found, where)
    return found


@dataclass(frozen=True)
class _Made:
    """A result and the study it answers."""

    record: Result
    study: StudyFile


def with_since(record: Result, study: StudyFile, earlier: Result) -> Result:
    """Return a result with what moved since an earlier one (前回からの変化).

    Parameters
    ----------
    study : StudyFile
        That the record answers.
    earlier : Result
        Of the same client, as a rule a year before.

    Raises
    ------
    DataError
        If the earlier result describes no client.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> from exposure.study.pipeline import run_study
    >>> def of(records):
    ...     raw = {"client": {"records": records}, "plan": [{"id": "nipponkoa_2006/B"}]}
    ...     raw["study"] = {"loss_years": 1000}
    ...     return run_study(study_from_mapping(raw, "example"))
    >>> now = of(6000)
    >>> since = with_since(now.record, now.study, of(3000).record).since
    >>> [effect.code for effect in since.regimes["court"].held.effects]
    ['records', 'premium']
    """
    return replace(record, since=_since(_Made(record, study), earlier))


def _since(made: _Made, earlier: Result) -> Since:
    record = made.record
    plans = _plans_of(made, earlier)
    runs = _Runs(made, tuple({plan.id: plan for plan in plans.values()}.values()))
    regimes: dict[str, RegimeSince] = {}
    for name, now in record.regimes.items():
        before = earlier.regimes.get(name)
        if before is not None:
            held = _held(made, earlier, name, plans, runs)
            regimes[name] = _regime(before, now, held)
    return Since(
        study=earlier.study,
        lines=since_lines(earlier.study.name, regimes),
        lines_before=earlier.recommendation.lines,
        regimes=regimes,
    )


def _regime(before: RegimeResult, now: RegimeResult, held: Held | None) -> RegimeSince:
    old, new = before.named, now.named
    return RegimeSince(
        plan_before=None if old is None else old.id,
        plan_after=None if new is None else new.id,
        label_before=None if old is None else plan_words(old),
        label_after=None if new is None else plan_words(new),
        verdict_before=before.recommendation.verdict,
        verdict_after=now.recommendation.verdict,
        limit=_moved("limit", "JPY", _limit(old), _limit(new)),
        figures=[
            _moved(code, unit, then, today)
            for (code, unit, then), (_, _, today) in zip(
                _figures_of(before), _figures_of(now), strict=True
            )
        ],
        held=held,
    )


def _limit(plan: PlanResult | None) -> float | None:
    return None if plan is None else plan.limit


def _moved(code: str, unit: str, before: float | None, after: float | None) -> Moved:
    return Moved(code, effect_name(code), unit, before, after)


def _figures_of(one: RegimeResult) -> list[tuple[str, str, float | None]]:
    """Return what is set side by side: the losses, the needed limits, the plan named."""
    plan, annual = one.named, one.ground_up.annual
    found: list[tuple[str, str, float | None]] = [
        ("mean", "JPY/year", annual.mean.value),
        ("bad_year", "JPY", annual.var[_BAD_YEAR].value if _BAD_YEAR in annual.var else None),
        ("need_liability", "JPY", one.need.liability.value),
        ("need_costs", "JPY", one.need.costs.value),
        ("no_insurance", "JPY/year", one.no_insurance.total_cost.value),
    ]
    kept = None if plan is None else plan.retained.annual.var.get(_BAD_YEAR)
    total = None if plan is None else plan.total_cost
    return [
        *found,
        ("premium", "JPY/year", None if plan is None else plan.premium.amount),
        ("worth", "JPY/year", None if plan is None else plan.worth.value),
        ("total_cost", "JPY/year", None if total is None else total.value),
        ("share_paid", "share", None if plan is None else plan.share_paid.value),
        ("retained", "JPY", None if kept is None else kept.value),
    ]


# --- last time's plan ----------------------------------------------------------------------------


def _plans_of(made: _Made, earlier: Result) -> dict[str, Plan]:
    """Return the plans that the earlier result names, by their ids there; those still to be had."""
    among = catalogue_of(made.study.policies)
    found: dict[str, Plan] = {}
    for regime in made.record.regimes:
        named = earlier.regimes[regime].named if regime in earlier.regimes else None
        if named is None:
            continue
        try:
            found[named.id] = build(_without_label(named.id), among=among)
        except ExposureError:
            continue  # said of the plan: it is no longer to be had
    return found


def _without_label(identifier: str) -> str:
    """Return the id of the plan itself, of one of two quotations for it."""
    return identifier.partition("#")[0]


def _held(
    made: _Made, earlier: Result, regime: str, plans: Mapping[str, Plan], runs: _Runs
) -> Held | None:
    old = earlier.regimes[regime].named
    if old is None:
        return None
    worth, cost = old.worth.value, None if old.total_cost is None else old.total_cost.value
    built = plans.get(old.id)
    if built is None:
        return Held(
            old.id,
            plan_words(old),
            _moved("worth", "JPY/year", worth, None),
            _moved("total_cost", "JPY/year", cost, None),
            [],
        )
    then, now = _then(made, earlier), _now(made)
    after = runs.of(now)
    assert after is not None  # the study itself ran on them
    new_worth, new_held = after[regime][built.id]
    premium = _premium_now(made.record.regimes[regime], old)
    new_cost = None if premium is None else new_held + premium
    return Held(
        old.id,
        plan_words(old),
        _moved("worth", "JPY/year", worth, new_worth),
        _moved("total_cost", "JPY/year", cost, new_cost),
        _effects(made, earlier, regime, built, old, then, now, runs, premium),
    )


def _premium_now(regime: RegimeResult, old: PlanResult) -> float | None:
    same = [one for one in regime.plans if one.id == old.id]
    same += [one for one in regime.plans if _without_label(one.id) == _without_label(old.id)]
    return same[0].premium.amount if same else None


def _effects(
    made: _Made,
    earlier: Result,
    regime: str,
    built: Plan,
    old: PlanResult,
    then: _Inputs,
    now: _Inputs,
    runs: _Runs,
    premium: float | None,
) -> list[Effect]:
    """Return what each cause alone does, and what is left for them together."""
    again, after = runs.of(then), runs.of(now)
    assert after is not None
    end = after[regime][built.id]
    old_worth, old_total, old_premium = old.worth.value, old.total_cost, old.premium.amount
    held = None
    if old_total is not None and old_total.value is not None and old_premium is not None:
        held = old_total.value - old_premium
    found: list[Effect] = []
    base = None if again is None else again[regime][built.id]
    if base is not None:
        program = _effect(
            "program",
            _program_detail(made.record, earlier, old),
            None if old_worth is None else base[0] - old_worth,
            None if held is None else base[1] - held,
        )
        found.append(program)
        for code, detail, inputs in _steps(then, now, earlier):
            alone = runs.of(inputs)
            step = None if alone is None else alone[regime][built.id]
            found.append(
                _effect(
                    code,
                    detail,
                    None if step is None else step[0] - base[0],
                    None if step is None else step[1] - base[1],
                )
            )
    if premium is not None and old_premium is not None and premium != old_premium:
        found.append(
            _effect("premium", held_lines(old_premium, premium), 0.0, premium - old_premium)
        )
    rest_worth = None if old_worth is None else end[0] - old_worth
    rest_cost = None if held is None else end[1] - held
    for one in found:
        if rest_worth is not None:
            rest_worth -= one.worth or 0.0
        if rest_cost is not None and one.code != "premium":
            rest_cost -= one.total_cost or 0.0
    together = _effect("together", Words("", ""), rest_worth, rest_cost)
    return [one for one in (*found, together) if _is_felt(one)]


def _effect(code: str, detail: Words, worth: float | None, total_cost: float | None) -> Effect:
    return Effect(code, effect_name(code), detail, worth, total_cost)


def _is_felt(one: Effect) -> bool:
    """Say whether a cause is worth a line: not where it moved nothing by half a yen."""
    least = 1 / 2
    amounts = (one.worth, one.total_cost)
    if one.code in ("program", "together"):
        return any(amount is not None and abs(amount) >= least for amount in amounts)
    return True


def _then(made: _Made, earlier: Result) -> _Inputs:
    """Return the inputs of the earlier result, as far as today's program still knows them."""
    client = _client_of(earlier)
    assumptions = _now(made).assumptions
    for name, value in _values_of(earlier).items():
        if name in assumptions.records and _is_other(assumptions.records[name], value):
            stated = math.inf if value == "inf" else value
            override = {name: Override(value=stated, reason="earlier result")}
            try:
                assumptions = assumptions.with_overrides(override)
            except ExposureError:
                continue  # it cannot be said any more: left to the program
    return _Inputs(client, assumptions)


def _client_of(earlier: Result, where: str = "result.json") -> Client:
    """Return the client of an earlier result; fields that are no more are left to the program."""
    known = {name: value for name, value in earlier.client.items() if name in Client.model_fields}
    try:
        return Client.model_validate(known)
    except ValidationError as error:
        raise DataError(problems_from(error, where, "client", known=Client)) from None


def _now(made: _Made) -> _Inputs:
    return _Inputs(made.study.client, made.study.in_force())


def _values_of(result: Result) -> dict[str, Value]:
    """Return the assumptions of a result that say something of the world, by name."""
    found: dict[str, Value] = {one.name: one.value for one in result.assumptions}
    return found | {one.name: one.value for one in result.judgements}


def _is_other(record: Assumption, value: Value) -> bool:
    stated: object = (record.override or record).model_dump(mode="json")["value"]
    if isinstance(stated, float) and not math.isfinite(stated):
        stated = str(stated)
    return bool(stated != value)


def _steps(then: _Inputs, now: _Inputs, earlier: Result) -> list[tuple[str, Words, _Inputs]]:
    """Return what changed of the inputs, each part with the earlier inputs but for that part."""
    found: list[tuple[str, Words, _Inputs]] = []
    changed = [
        name
        for name, at in _values_of(earlier).items()
        if name in now.assumptions.records and _is_other(now.assumptions.records[name], at)
    ]
    if changed:
        detail = _listed([now.assumptions.records[name].label for name in changed])
        found.append(("assumptions", detail, _Inputs(then.client, now.assumptions)))
    old, new = (one.client.model_dump(exclude_none=True) for one in (then, now))
    parts = dict(_PARTS)
    parts["client"] = tuple(
        name
        for name in Client.model_fields
        if name not in _IDLE and all(name not in of for of in _PARTS.values())
    )
    for code, names in parts.items():
        moved = [name for name in names if old.get(name) != new.get(name)]
        if not moved:
            continue
        mixed = {name: value for name, value in old.items() if name not in names}
        mixed |= {name: new[name] for name in names if name in new}
        try:
            client = Client.model_validate(mixed)
        except ValidationError:
            continue  # the parts fit only together: left to what they do together
        found.append((code, _client_detail(moved, old, new), _Inputs(client, then.assumptions)))
    return found


_MOST = 3


def _listed(parts: Sequence[Text]) -> Words:
    """Return the first of what moved, and how many more there are."""
    said = join_texts(parts[:_MOST], phrase("answer", "comma"))
    if len(parts) > _MOST:
        said = phrase("answer", "since.more", said=said, n=len(parts) - _MOST)
    return Words(*said)


def _client_detail(
    moved: Sequence[str], old: Mapping[str, object], new: Mapping[str, object]
) -> Words:
    """Say what of the client changed: from what to what."""
    found = []
    for name in moved:
        label = fields("client")[name].label if name in fields("client") else Text(name, name)
        then, today = (
            Text(*(_shown(name, one.get(name), lang) for lang in LANGS)) for one in (old, new)
        )
        found.append(phrase("answer", "since.moved", what=label, before=then, after=today))
    return _listed(found)


def _shown(name: str, value: object, lang: Lang) -> str:
    """Return a fact of the client as a reader knows it."""
    if value is None:
        return "–"
    if name == "industry" and isinstance(value, str):
        return label_of("industry", value, lang)
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _program_detail(now: Result, earlier: Result, old: PlanResult) -> Words:
    """Say what of program, wording and draw is known to differ."""
    before, after = earlier.study, now.study
    found = [
        phrase("answer", "since.moved", what=what, before=then, after=today)
        for what, then, today in (
            ("exposure", before.versions.exposure, after.versions.exposure),
            ("numpy", before.versions.numpy, after.versions.numpy),
            (
                phrase("answer", "since.loss_years"),
                f"{before.loss_years:,}",
                f"{after.loss_years:,}",
            ),
            (phrase("answer", "since.seed"), str(before.seed), str(after.seed)),
        )
        if then != today
    ]
    terms = [
        next((one for one in result.terms if one.id == old.id), None) for result in (earlier, now)
    ]
    if all(one is not None for one in terms) and terms[0] != terms[1]:
        found.append(phrase("answer", "since.wording"))
    return _listed(found)
