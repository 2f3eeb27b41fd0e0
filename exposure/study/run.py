"""Run a study from its file to its result (検討の実行)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any  # Any: content of result.json

import numpy as np

import exposure
from exposure.errors import own_language
from exposure.files import data_path, read_toml, sha256_of
from exposure.inputs.study_file import StudyFile
from exposure.model.build import BreachModel
from exposure.policy.drafts import catalogue_of
from exposure.result.document import to_plain, typed
from exposure.result.lines import overall_of
from exposure.result.notebook import result_html, result_line
from exposure.result.record import (
    SCHEMA,
    Composition,
    PolicyFile,
    Result,
    SizeRow,
    StudyFacts,
    Versions,
)
from exposure.study.annex import with_annex
from exposure.study.answer import StudyAnswer, answer_of
from exposure.study.influence import by_effect, sensitivity_result
from exposure.study.plans import Offer
from exposure.study.result import large_breaches, regime_result
from exposure.study.sensitivity import sensitivity_of
from exposure.study.setting import Setting, prepared
from exposure.study.simulation import Progress, RegimeYears
from exposure.study.sizing import size_limits, size_task
from exposure.study.statements import (
    judgements_of,
    notices_of,
    readings_of,
    sources_of,
    thresholds_of,
)
from exposure.study.uncertainty import all_draws, with_uncertainty

if TYPE_CHECKING:
    import pandas as pd

_WITH_BAND = ("study", "parameter draws", "sensitivity", "other record counts")
_STAGES = len(_WITH_BAND)


@dataclass(frozen=True, repr=False)
class StudyResult:
    """A finished study (検討の結果).

    Parameters
    ----------
    record : Result
        The typed record; ``document`` is the content of ``result.json``.
    study : StudyFile
    model : BreachModel
    answer : StudyAnswer
        The simulated years and the figures behind the record.
    """

    record: Result
    study: StudyFile
    model: BreachModel
    answer: StudyAnswer

    @property
    def document(self) -> dict[str, Any]:
        """Content of ``result.json``."""
        document: dict[str, Any] = to_plain(self.record)
        return document

    @property
    def years(self) -> dict[str, RegimeYears]:
        """The simulated years, by regime."""
        return {regime: measured.years for regime, measured in self.answer.regimes.items()}

    def __repr__(self) -> str:
        return f"<StudyResult {result_line(self.record)}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the answer in words, the plans side by side."""
        return result_html(self.record, own_language())

    def to_frame(self) -> pd.DataFrame:
        """Return the plans compared, one row per regime and plan (プランの比較表)."""
        from exposure.study.compared import result_frame

        return result_frame(self.record)


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
        Also draw the parameters: bands, how often the answer stays, sensitivity.
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
    stages = _STAGES if band else 1
    answer = answer_of(setting, model, staged(progress, 0, stages))
    large = {regime: large_breaches(regime, answer, setting, model) for regime in answer.regimes}
    result = with_annex(result_of(setting, answer, model, large), setting, model, answer)
    if band:
        result = _with_uncertainty(result, setting, answer, workers, progress)
    return StudyResult(result, study, model, answer)


def _with_uncertainty(
    result: Result,
    setting: Setting,
    answer: StudyAnswer,
    workers: int,
    progress: Progress | None,
) -> Result:
    """Return a result with what the parameter draws and the sensitivity analysis say."""
    draws = all_draws(setting, answer, workers, staged(progress, 1, _STAGES))
    found = sensitivity_of(setting, answer, workers, staged(progress, 2, _STAGES))
    regimes = {}
    for regime, part in result.regimes.items():
        part = with_uncertainty(part, regime, answer, draws, setting)
        regimes[regime] = replace(
            part, sensitivity=sensitivity_result(found, regime, setting, answer)
        )
    size = limits_by_records(setting, answer, workers, staged(progress, 3, _STAGES))
    judgements = by_effect(result.judgements, found.effects)
    return replace(result, regimes=regimes, judgements=judgements, size=list(size))


def limits_by_records(
    setting: Setting,
    answer: StudyAnswer,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[SizeRow, ...]:
    """Return what other numbers of records would need, and buy of the product named (件数別).

    At the counts of ``measure.record_grid`` and the client's own, without drawing parameters; of
    the plan recommended in the first regime that has one, with its endorsements.

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with work done and work in all.
    """
    names = [one.best_on_market for one in answer.decision.answers.values()]
    name = next((one for one in names if one is not None), None)
    plans = {offer.id: offer.plan for offer in answer.priced.offers}
    counts = {int(count) for count in setting.assumptions.values("measure.record_grid")}
    counts.add(setting.study.client.records)
    study = setting.study
    if name is None:
        return ()
    given = study.model_copy(
        update={"study": study.study.model_copy(update={"endorsements": "as_given"})}
    )
    task = size_task(sorted(counts), given, [plans[name]])
    return size_limits(task, band=False, workers=workers, progress=progress)


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


def result_of(
    setting: Setting,
    answer: StudyAnswer,
    model: BreachModel,
    large: Mapping[str, Mapping[str, Composition]] | None = None,
) -> Result:
    """Return the record of an answer, without its annex (検討結果).

    Parameters
    ----------
    setting : Setting
    answer : StudyAnswer
    model : BreachModel
    large : mapping of str to mapping of str to Composition, optional
        By regime and plan, who pays in a large breach.
    """
    regimes = {
        regime: regime_result(regime, answer, setting, model, (large or {}).get(regime))
        for regime in answer.regimes
    }
    study, assumptions = setting.study, setting.assumptions
    thresholds = thresholds_of(assumptions)
    plans = [offer.plan for offer in answer.priced.offers]
    client: dict[str, object] = study.client.model_dump(mode="json", exclude_none=True)
    return Result(
        schema=SCHEMA,
        study=StudyFacts(
            name=study.study.name,
            seed=study.study.seed,
            loss_years=study.study.loss_years,
            versions=Versions(exposure.__version__, np.__version__),
            inputs_sha256=inputs_hash(study, setting.offers),
            policies=typed(list[PolicyFile], catalogue_of(study.policies).hashes),
        ),
        client=client,
        own_funds=setting.measure.own_funds,
        thresholds=thresholds,
        regimes=regimes,
        recommendation=overall_of(regimes, thresholds, same=answer.decision.same_plan),
        readings=readings_of(plans),
        judgements=judgements_of(assumptions),
        sources=sources_of(assumptions, plans),
        notices=notices_of(setting),
    )


def inputs_hash(study: StudyFile, offers: tuple[Offer, ...]) -> str:
    """Return one hash of everything the result depends on, but for the versions of the code."""
    wordings = {offer.plan.product: offer.plan.source for offer in offers}
    return sha256_of(
        [
            study.model_dump(mode="json"),
            [offer.id for offer in offers],
            study.in_force().document(),
            read_toml(data_path("names.toml")),
            [dict(wordings[name].raw) for name in sorted(wordings)],
        ]
    )
