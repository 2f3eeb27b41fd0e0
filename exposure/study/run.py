"""Run a study from its file to its result (検討の実行)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any  # Any: plain data on its way to JSON

import numpy as np

import exposure
from exposure.files import data_path, read_toml, sha256_of
from exposure.inputs.study_file import StudyFile
from exposure.measures.choice import Choice
from exposure.model.build import BreachModel
from exposure.policy.drafts import catalogue_of
from exposure.study.annex import with_annex
from exposure.study.headline import Plain
from exposure.study.influence import by_effect, sensitivity_result
from exposure.study.plans import ComparedPlan
from exposure.study.result import regime_result
from exposure.study.sensitivity import sensitivity_of
from exposure.study.setting import Setting, prepared
from exposure.study.simulation import Progress, RegimeYears, simulate_study
from exposure.study.sizing import size_limits, size_task
from exposure.study.statements import judgements_of, overall, readings_of, sources_of
from exposure.study.steps import steps_from, steps_result
from exposure.study.uncertainty import all_draws, with_uncertainty

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "exposure/result/1"
_STAGES = 2 + 2  # the study itself, the parameter draws, the sensitivity, the record counts


@dataclass(frozen=True)
class StudyResult:
    """A finished study (検討の結果).

    Parameters
    ----------
    document : mapping
        Content of ``result.json``.
    study : StudyFile
    model : BreachModel
    plans : tuple of ComparedPlan
    years : mapping of str to RegimeYears
        The simulated years, by regime.
    """

    document: dict[str, Any]
    study: StudyFile
    model: BreachModel
    plans: tuple[ComparedPlan, ...]
    years: dict[str, RegimeYears]

    def to_frame(self) -> pd.DataFrame:
        """Return the plans compared, one row per regime and plan (プランの比較表)."""
        from exposure.study.compared import result_frame

        return result_frame(self.document)


def run_study(
    study: StudyFile,
    where: str = "study",
    progress: Progress | None = None,
    *,
    band: bool = False,
    workers: int = 1,
) -> StudyResult:
    """Simulate, pay, compare and recommend for one client (検討の実行).

    Parameters
    ----------
    study : StudyFile
    where : str
        Name of the study file, for messages.
    progress : callable, optional
        Called with work done and work in all.
    band : bool
        Also draw the parameters: bands, stability of the recommendation, sensitivity. Takes about
        ten times as long.
    workers : int
        Processes for that part; their number changes nothing but the time.

    Raises
    ------
    ExposureError
        If a plan or an assumption of the study cannot be.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping(
    ...     {"study": {"loss_years": 1000}, "client": {"records": 3000}}, "example"
    ... )
    >>> sorted(run_study(study).document["regimes"])
    ['brochure', 'court']
    """
    setting = prepared(study, where)
    model = setting.model_of(setting.assumptions)
    years = simulate_study(
        model,
        study.study.regimes,
        setting.plans,
        setting.ladder_plans,
        loss_years=study.study.loss_years,
        seed=study.study.seed,
        progress=staged(progress, 0, _STAGES if band else 1),
    )
    parts = {
        regime: regime_result(model, of_regime, setting.compared, setting.ladders, setting.asked)
        for regime, of_regime in years.items()
    }
    choices = {regime: choice for regime, (_, choice) in parts.items()}
    results = {regime: part for regime, (part, _) in parts.items()}
    for regime, steps in next_steps(setting, model, choices).items():
        results[regime]["comparison"]["next_steps"] = steps
    document = _document(setting, results, choices)
    with_annex(document, setting, model, years)
    if band:
        _add_uncertainty(setting, document, choices, workers, progress)
    return StudyResult(document, study, model, setting.compared, years)


def _add_uncertainty(
    setting: Setting,
    document: dict[str, Any],
    choices: Mapping[str, Choice],
    workers: int,
    progress: Progress | None,
) -> None:
    """Write what the parameter draws and the sensitivity analysis say into a result."""
    draws = all_draws(setting, workers, staged(progress, 1, _STAGES))
    sensitivity = sensitivity_of(setting, choices, workers, staged(progress, 2, _STAGES))
    for regime, part in document["regimes"].items():
        choice = choices[regime]
        with_uncertainty(part, regime, choice, draws, setting)
        plan = choice.plan or choice.nearest
        if plan is not None:
            part["sensitivity"] = sensitivity_result(sensitivity, regime, plan, setting)
    document["judgements"] = by_effect(document["judgements"], sensitivity.effects)
    document["size"] = limits_by_records(
        setting, choices, workers, staged(progress, _STAGES - 1, _STAGES)
    )


def limits_by_records(
    setting: Setting,
    choices: Mapping[str, Choice],
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Plain]:
    """Return the limit that other numbers of records would ask of the plan in question.

    The plan is that of the first regime; a product with a single limit has no rows.

    Parameters
    ----------
    setting : Setting
    choices : mapping of str to Choice
        By regime.
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with work done and work in all.
    """
    named = next((c.plan or c.nearest for c in choices.values() if c.plan or c.nearest), None)
    if named is None:
        return []
    counts = [int(count) for count in setting.assumptions.values("measure.record_grid")]
    built = next(one.plan for one in setting.compared if one.plan.id == named)
    task = size_task(counts, setting.study, built)
    if len(task.rungs.plans) < 2:
        return []
    rows = size_limits(task, workers=workers, progress=progress)
    return [row.to_plain() for row in rows]


def staged(progress: Progress | None, stage: int, stages: int) -> Progress | None:
    """Return the progress of one stage of several as progress of the whole.

    Examples
    --------
    >>> staged(lambda done, total: print(done, total), 1, 3)(5, 10)
    15 30
    """
    if progress is None:
        return None
    return lambda done, total: progress(stage * total + done, stages * total)


def next_steps(
    setting: Setting, model: BreachModel, choices: Mapping[str, Choice]
) -> dict[str, list[Plain]]:
    """Return, for each regime, what one change of its recommended or nearest plan would buy."""
    built = {one.plan.id: one.plan for one in setting.compared}
    named = {regime: choice.plan or choice.nearest for regime, choice in choices.items()}
    bases = {regime: built[name] for regime, name in named.items() if name is not None}
    limits = setting.assumptions.values("measure.limit_grid")
    steps = {base.id: steps_from(base, limits) for base in bases.values()}
    tried = {base.id: base for base in bases.values()}
    tried |= {step.plan.id: step.plan for each in steps.values() for step in each}
    settings = setting.study.study
    most = setting.assumptions.whole("run.step_loss_years")
    years = simulate_study(
        model,
        list(bases),
        list(tried.values()),
        (),
        loss_years=min(settings.loss_years, most),
        seed=settings.seed,
        by_reason=False,
    )
    return {
        regime: steps_result(base, steps[base.id], list(tried), years[regime], setting.asked)
        for regime, base in bases.items()
    }


def _document(
    setting: Setting, regimes: dict[str, Plain], choices: Mapping[str, Choice]
) -> dict[str, Any]:
    study, assumptions, compared = setting.study, setting.assumptions, setting.compared
    return {
        "schema": SCHEMA,
        "study": {
            "name": study.study.name,
            "seed": study.study.seed,
            "loss_years": study.study.loss_years,
            "versions": {"exposure": exposure.__version__, "numpy": np.__version__},
            "inputs_sha256": inputs_hash(study, compared),
            "policies": catalogue_of(study.policies).hashes,
        },
        "client": study.client.model_dump(mode="json", exclude_none=True),
        "regimes": regimes,
        "recommendation": overall(choices, compared),
        "readings": readings_of(compared),
        "judgements": judgements_of(assumptions),
        "sources": sources_of(assumptions, compared),
    }


def inputs_hash(study: StudyFile, compared: tuple[ComparedPlan, ...]) -> str:
    """Return one hash of everything the result depends on, but for the versions of the code."""
    wordings = {one.plan.product: one.plan.source for one in compared}
    return sha256_of(
        [
            study.model_dump(mode="json"),
            [one.plan.id for one in compared],
            study.in_force().document(),
            read_toml(data_path("names.toml")),
            [dict(wordings[name].raw) for name in sorted(wordings)],
        ]
    )
