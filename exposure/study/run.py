"""Run a study from its file to its result (検討の実行)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any  # Any: plain data on its way to JSON

import numpy as np

import exposure
from exposure.files import data_path, read_toml, sha256_of
from exposure.inputs.study_file import StudyFile
from exposure.model.build import BreachModel, build_model
from exposure.policy.catalogue import product
from exposure.study.plans import ComparedPlan, Ladder, compared_plans, ladders
from exposure.study.result import (
    asked_of,
    judgements_of,
    overall,
    readings_of,
    regime_result,
    sources_of,
)
from exposure.study.simulation import RegimeYears, simulate_study

SCHEMA = "exposure/result/1"


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


def run_study(
    study: StudyFile,
    where: str = "study",
    progress: Callable[[int, int], None] | None = None,
) -> StudyResult:
    """Simulate, pay, compare and recommend for one client (検討の実行).

    Parameters
    ----------
    study : StudyFile
    where : str
        Name of the study file, for messages.
    progress : callable, optional
        Called with loss years done and loss years in all.

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
    assumptions = study.in_force()
    client = study.client.with_defaults(assumptions)
    compared = compared_plans(study, assumptions, where)
    steps = ladders(compared, assumptions.values("measure.limit_grid"))
    model = build_model(client, assumptions, study.study.inception)
    years = simulate_study(
        model,
        study.study.regimes,
        [one.plan for one in compared],
        [plan for ladder in steps for plan in ladder.plans],
        loss_years=study.study.loss_years,
        seed=study.study.seed,
        progress=progress,
    )
    document = _document(study, compared, steps, model, years)
    return StudyResult(document, study, model, compared, years)


def _document(
    study: StudyFile,
    compared: tuple[ComparedPlan, ...],
    steps: tuple[Ladder, ...],
    model: BreachModel,
    years: dict[str, RegimeYears],
) -> dict[str, Any]:
    assumptions = study.in_force()
    asked = asked_of(study.client, assumptions)
    parts = {
        regime: regime_result(model, of_regime, compared, steps, asked)
        for regime, of_regime in years.items()
    }
    return {
        "schema": SCHEMA,
        "study": {
            "name": study.study.name,
            "seed": study.study.seed,
            "loss_years": study.study.loss_years,
            "versions": {"exposure": exposure.__version__, "numpy": np.__version__},
            "inputs_sha256": inputs_hash(study, compared),
        },
        "client": study.client.model_dump(mode="json", exclude_none=True),
        "regimes": {regime: part for regime, (part, _) in parts.items()},
        "recommendation": overall({r: choice for r, (_, choice) in parts.items()}, compared),
        "readings": readings_of(compared),
        "judgements": judgements_of(assumptions),
        "sources": sources_of(assumptions, compared),
    }


def inputs_hash(study: StudyFile, compared: tuple[ComparedPlan, ...]) -> str:
    """Return one hash of everything the result depends on, but for the versions of the code."""
    wordings = sorted({one.plan.product for one in compared})
    return sha256_of(
        [
            study.model_dump(mode="json"),
            [one.plan.id for one in compared],
            study.in_force().document(),
            read_toml(data_path("names.toml")),
            [dict(product(name).raw) for name in wordings],
        ]
    )
