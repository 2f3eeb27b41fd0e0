"""Run a study from its file to its result, and set its plans side by side (検討の実行)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import (
    TYPE_CHECKING,
    Any,  # Any: content of result.json
)

import numpy as np

import exposure
from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, sha256_of
from exposure.inputs.study_file import StudyFile
from exposure.labels import head_kinds
from exposure.lazy import lazy
from exposure.measures.decision import Price
from exposure.model.build import BreachModel
from exposure.policy.drafts import catalogue_of
from exposure.policy.plan import Plan
from exposure.result.document import Found, Simulated, Stage, result_html, to_plain, to_record
from exposure.result.lines import overall_of
from exposure.result.record import (
    SCHEMA,
    Composition,
    CutByLimits,
    Figure,
    PolicyFile,
    Result,
    SizeRow,
    StudyFacts,
    Versions,
)
from exposure.simulation.figures import Measure, finite, plan_figures_of, with_premium
from exposure.simulation.loss_years import Progress, RegimeYears, simulate_study
from exposure.simulation.machine import same_processes
from exposure.study.annex import with_annex
from exposure.study.answer import Setting, StudyAnswer, answer_of, prepare
from exposure.study.assembly import (
    judgements_of,
    large_breaches,
    notices_of,
    readings_of,
    regime_result,
    sources_of,
    thresholds_of,
)
from exposure.study.offers import Offer, section_limit
from exposure.study.sensitivity import by_effect, sensitivity_of, sensitivity_result
from exposure.study.sizing import size_limits, size_task
from exposure.study.uncertainty import DRAWS, all_draws, with_uncertainty

if TYPE_CHECKING:
    import pandas as pd


def comparison_frame(
    years: RegimeYears,
    plans: Sequence[Plan],
    measure: Measure,
    premiums: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return one row per plan, all paid on the same losses (プランの比較表).

    Parameters
    ----------
    years : RegimeYears
        Of the losses, under the plans.
    plans : sequence of Plan
        In the order of the years.
    premiums : mapping of str to float, optional
        By plan identifier, where one is known. [JPY/year]

    Returns
    -------
    DataFrame
        Every figure of a result, by the path of its name; ``total_cost`` and ``rank`` where there
        is a premium; ``binding_term``, the limit that cuts the most.

    Raises
    ------
    DataError
        If the losses are of one year: it has no spread to measure.
    """
    import pandas as pd

    if years.gross.size < 2:
        text = Text(
            "事故のある保険年度が2年以上必要です。1年だけでは比べられません",
            "two years with an event are needed; one alone measures nothing",
        )
        raise DataError(Problem("compare", "losses", text))

    rows = []
    for plan, figures in zip(plans, plan_figures_of(years, plans, measure), strict=True):
        premium = (premiums or {}).get(plan.id)
        if premium is not None:
            figures = with_premium(figures, Price(premium, "quoted"))
        values = figure_values(figures)
        values |= {"total_cost": None} if premium is None else {}
        rows.append(
            {
                "label": plan.label.ja,
                "limit": finite(plan.headline_limit),
                "cost_limit": finite(section_limit(plan, "costs")),
                "premium": np.nan if premium is None else premium,
                **values,
                "binding_term": _binding_term(figures.cut_by_limits),
            }
        )
    frame = pd.DataFrame(rows, index=pd.Index([plan.id for plan in plans], name="plan"))
    frame["total_cost"] = frame["total_cost"].astype(float)
    frame["rank"] = frame["total_cost"].rank(method="min")
    return frame


def _binding_term(cut: CutByLimits) -> str | None:
    """Return the limit that cuts the most in a year, if any cuts at all."""
    cutting = [term for term in cut.by_term if term.annual.value]
    return max(cutting, key=lambda term: term.annual.value or 0.0).label.ja if cutting else None


def result_frame(result: Result) -> pd.DataFrame:
    """Return the plans of a finished result, one row per regime and plan.

    Every figure of a plan is a column, by the path of its name in the record.
    """
    import pandas as pd

    rows = [
        {
            "regime": regime,
            "plan": plan.id,
            "label": plan.label,
            "limit": plan.limit,
            "cost_limit": plan.cost_limit,
            "premium": plan.premium.amount,
            "premium_basis": plan.premium.basis,
            **figure_values(plan),
            "recommended": plan.id == part.recommendation.plan,
        }
        for regime, part in result.regimes.items()
        for plan in part.plans
    ]
    frame = pd.DataFrame(rows)
    return frame.set_index(["regime", "plan"]) if rows else frame


def figure_values(node: object, path: str = "") -> dict[str, float | None]:
    """Return every figure in a record by its path, without intervals (指標の一覧).

    Examples
    --------
    >>> from exposure.result.record import AnnualMean, Figure, Paid
    >>> figure_values(Paid(AnnualMean(Figure(5.0, 4.0, 6.0))))
    {'annual_mean': 5.0}
    """
    if isinstance(node, Figure):
        return {path: node.value}
    found: dict[str, float | None] = {}
    if isinstance(node, Mapping):
        parts = [(str(key), child) for key, child in node.items()]
    elif dataclasses.is_dataclass(node):
        parts = [(one.name, getattr(node, one.name)) for one in dataclasses.fields(node)]
    else:
        return found
    for name, child in parts:
        found |= figure_values(child, f"{path}_{name}" if path else name)
    return found


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
        The figures behind the record, and the simulated years.
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

    @lazy
    def years(self) -> Mapping[str, RegimeYears]:
        """The simulated years, by regime; drawn again where an earlier run had simulated them."""
        settings = self.study.study
        return self.answer.years or simulate_study(
            self.model, settings.regimes, self.answer.plans, (),
            loss_years=settings.loss_years, seed=settings.seed,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<StudyResult {self.record.in_short}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the answer in words, the plans side by side."""
        return result_html(self.record)

    def to_frame(self) -> pd.DataFrame:
        """Return the plans compared, one row per regime and plan (プランの比較表)."""
        return result_frame(self.record)


def run_study(
    study: StudyFile,
    where: str = "study",
    progress: Progress | None = None,
    *,
    band: bool = False,
    workers: int = 1,
    simulated: Simulated | None = None,
) -> StudyResult:
    """Simulate, pay, compare and recommend for one client (検討の実行).

    Parameters
    ----------
    where : str
        Name of the study file, for messages.
    progress : callable, optional
        Called with work done and work in all.
    band : bool
        Also draw the parameters: bands, how often the answer stays, sensitivity.
    workers : int
        Processes for that part; their number changes nothing but the time.
    simulated : Simulated, optional
        What earlier runs have simulated from the same `simulation_inputs`; what this one does is
        added. It changes nothing but the time.

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
    stages, known = _STAGES if band else 1, Simulated() if simulated is None else simulated
    with same_processes(workers if band else 1, at_once=not known.knows(DRAWS)):
        setting = prepare(study, where)
        model = setting.model_of(setting.assumptions)
        answer = answer_of(setting, model, stage_progress(progress, 0, stages), known)
        large = large_breaches(setting, answer, model, known)
        result = with_annex(result_of(setting, answer, model, large), setting, model, answer)
        if band:
            result = _with_uncertainty(result, setting, answer, workers, progress, known)
    return StudyResult(result, study, model, answer)


def _with_uncertainty(
    result: Result,
    setting: Setting,
    answer: StudyAnswer,
    workers: int,
    progress: Progress | None,
    simulated: Simulated,
) -> Result:
    """Return a result with what the parameter draws and the sensitivity analysis say."""
    parts = [stage_progress(progress, stage, _STAGES) for stage in range(_STAGES)]
    draws = all_draws(setting, answer, workers, parts[1], simulated)
    found = sensitivity_of(setting, answer, workers, parts[2], simulated)
    regimes = {}
    for regime, part in result.regimes.items():
        part = with_uncertainty(part, regime, answer, draws, setting)
        regimes[regime] = replace(
            part, sensitivity=sensitivity_result(found, regime, setting, answer)
        )
    size = limits_by_records(setting, answer, workers, parts[3], simulated)
    judgements = by_effect(result.judgements, found.effects)
    return replace(result, regimes=regimes, judgements=judgements, size=list(size))


def limits_by_records(
    setting: Setting,
    answer: StudyAnswer,
    workers: int = 1,
    progress: Progress | None = None,
    simulated: Simulated | None = None,
) -> tuple[SizeRow, ...]:
    """Return what other numbers of records would need, and buy of the product named (件数別).

    At the counts of ``measure.record_grid`` and the client's own, without drawing parameters; of
    the plan recommended in the first regime that has one, with its endorsements.
    """
    names = [one.best_on_market for one in answer.decision.answers.values()]
    name = next((one for one in names if one is not None), None)
    plans = {offer.id: offer.plan for offer in answer.priced.offers}
    counts = {int(count) for count in setting.assumptions.values("measure.record_grid")}
    counts.add(setting.study.client.records)
    study = setting.study
    if name is None:
        return ()
    given = study.with_settings(endorsements="as_given")

    def simulate(_: Sequence[int], __: Sequence[str]) -> list[Found[list[SizeRow], None]]:
        task = size_task(sorted(counts), given, [plans[name]])
        rows = size_limits(task, band=False, workers=workers, progress=progress)
        return [Found([*rows], {})]

    known = Simulated() if simulated is None else simulated
    return tuple(known.at(SIZES, [plans[name].id], [], simulate)[0].client)


SIZES = Stage("sizes", list[SizeRow], type(None))


def stage_progress(progress: Progress | None, stage: int, stages: int) -> Progress | None:
    """Return the progress of one stage of several as progress of the whole.

    Examples
    --------
    >>> stage_progress(lambda done, total: print(done, total), 1, 3)(5, 10)
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
    *,
    brief: bool = False,
) -> Result:
    """Return the record of an answer, without its annex (検討結果).

    Parameters
    ----------
    large : mapping of str to mapping of str to Composition, optional
        By regime and plan, who pays in a large breach.
    brief : bool
        For whoever shows the answer while it is changed: leave out at which quotations it turns,
        what the reader must know of the inputs, and their hash.
    """
    regimes = {
        regime: regime_result(
            regime, answer, setting, model, (large or {}).get(regime), brief=brief
        )
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
            inputs_sha256="" if brief else inputs_hash(study, setting.offers),
            policies=to_record(list[PolicyFile], catalogue_of(study.policies).hashes),
        ),
        client=client,
        own_funds=setting.measure.own_funds,
        thresholds=thresholds,
        regimes=regimes,
        recommendation=overall_of(regimes, thresholds, same=answer.decision.same_plan),
        readings=readings_of(plans),
        judgements=judgements_of(assumptions),
        sources=sources_of(assumptions, plans),
        notices=[] if brief else notices_of(setting),
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
            dict(head_kinds()),
            [dict(wordings[name].raw) for name in sorted(wordings)],
        ]
    )


def simulation_inputs(study: StudyFile) -> dict[str, object]:
    """Return what the simulation of a study depends on: all but names, plans and premiums.

    What is simulated of a plan is told apart by its identifier; how often it is quoted, and at what
    premium, plays no part.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> def of(premium):
    ...     plan = {"id": "nipponkoa_2006/B", "premium": premium}
    ...     return study_from_mapping({"client": {"records": 3000}, "plan": [plan]}, "example")
    >>> simulation_inputs(of(300_000)) == simulation_inputs(of(400_000))
    True
    """
    plain = study.model_dump(mode="json")
    for part in (plain["study"], plain["client"]):
        del part["name"]
    del plain["plans"]
    return plain
