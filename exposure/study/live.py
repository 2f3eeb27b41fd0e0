"""One plan under changing assumptions, fast: nothing is simulated twice that did not change.

Breaches and response costs depend on the records alone, losses also on regime, claim rate and
price, payments on everything. Each stage is kept for the settings last used.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar  # Any: a result as plain data

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.sourced import Override
from exposure.inputs.study_file import StudyFile
from exposure.measures.adequacy import adequacy
from exposure.measures.sizing import RecommendedLimit, recommended_limit
from exposure.model.build import BreachModel, build_model
from exposure.model.events import SimulatedEvents, simulate_events
from exposure.model.losses import BLOCK_YEARS, price_losses, response_costs
from exposure.policy.catalogue import SHIPPED, Catalogue
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.drafts import catalogue_of
from exposure.policy.plans import Plan
from exposure.policy.plans import plan as build
from exposure.streams import Luck
from exposure.study.headline import asked_of
from exposure.study.plans import ComparedPlan, Ladder, default_plans, ladder
from exposure.study.result import regime_result
from exposure.study.setting import prepared
from exposure.study.simulation import years_of
from exposure.tables import LossTable

_T = TypeVar("_T")
_KEPT = 16
RATE, PRICE = "claims.rate", "price.median.basic"


@dataclass(frozen=True)
class Question:
    """What the controls say (試す条件).

    Parameters
    ----------
    records : int
        [person]
    regime : str
        ``brochure`` or ``court``.
    plan : str
        Identifier of the plan.
    claim_rate : float
        Share of the persons concerned who claim, under this regime. [-]
    price : float
        Median price per person of basic data, under this regime. [JPY]
    """

    records: int
    regime: str
    plan: str
    claim_rate: float
    price: float


@dataclass(frozen=True)
class Answer:
    """What follows (試した結果).

    Parameters
    ----------
    document : mapping
        Content of a ``result.json`` with one regime and one plan, for the charts.
    plan : mapping
        The plan's figures in it.
    recommended : RecommendedLimit
        Smallest limit of the product that meets the target.
    target : float
        Limit adequacy asked for. [-]
    """

    document: dict[str, Any]
    plan: dict[str, Any]
    recommended: RecommendedLimit
    target: float


@dataclass
class Live:
    """A study under the hand: the stages kept for the settings last used (対話的な試算).

    Parameters
    ----------
    study : StudyFile
    loss_years : int
        At most one block. [year]
    """

    study: StudyFile
    loss_years: int
    kept: dict[str, dict[Hashable, Any]] = field(default_factory=dict)

    @property
    def products(self) -> Catalogue:
        """The products there are to choose from, the study's own included."""
        return catalogue_of(self.study.policies)

    def once(self, stage: str, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what a stage gives for a key, made only if it is not kept."""
        found = self.kept.setdefault(stage, {})
        if key not in found:
            found[key] = make()
            while len(found) > _KEPT:
                del found[next(iter(found))]
        return found[key]  # type: ignore[no-any-return]  # what was put there by make


def live(study: StudyFile, loss_years: int | None = None) -> Live:
    """Return a study to be tried out (対話的な試算の準備).

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> live(study, 100).loss_years
    100
    """
    most = study.in_force().whole("report.live_loss_years") if loss_years is None else loss_years
    return Live(study, min(most, BLOCK_YEARS))


def bases(study: StudyFile) -> dict[str, str]:
    """Return for each product of a study the plan its variations start from.

    Products of its own policy files are among them, whether a plan names them or not.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> raw = {"client": {"records": 30}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> bases(study_from_mapping(raw, "example"))
    {'nipponkoa_2006': 'nipponkoa_2006/B'}
    """
    found: dict[str, str] = {}
    for one in prepared(study).compared:
        found.setdefault(one.plan.product, one.plan.id)
    among = catalogue_of(study.policies)
    for identifier in default_plans(study.in_force(), among):
        name = parse_id(identifier).product
        if name in among.own:
            found.setdefault(name, identifier)
    return found


def varied(
    base: str, endorsements: tuple[str, ...], deductible: int | None, among: Catalogue = SHIPPED
) -> str:
    """Return the identifier of a plan with other endorsements and deductible.

    Examples
    --------
    >>> varied("aiu_2015@limit=100", ("card",), 5)
    'aiu_2015+card@limit=100@deductible=5'
    """
    parts = parse_id(base)
    choices = dict(parts.choices)
    if deductible is not None and "deductible" in among.product(parts.product).contract:
        choices["deductible"] = str(deductible)
    return identifier_of(replace(parts, endorsements=endorsements, choices=choices))


def steps_of(live: Live, identifier: str) -> Ladder:
    """Return a plan at every limit it is sold at, or at the grid of limits."""
    limits = live.study.in_force().values("measure.limit_grid")
    return live.once("ladder", identifier, lambda: ladder(identifier, limits, among=live.products))


def answer(live: Live, question: Question) -> Answer:
    """Answer a question, drawing only what its changes ask for (試算).

    Parameters
    ----------
    live : Live
    question : Question

    Raises
    ------
    ExposureError
        If the plan cannot be.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> raw = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> hand = live(study_from_mapping(raw, "example"), 500)
    >>> asked = Question(3000, "court", "nipponkoa_2006/B", 0.001, 5000.0)
    >>> answer(hand, asked).plan["id"]
    'nipponkoa_2006/B'
    """
    built = live.once("plan", question.plan, lambda: build(question.plan, among=live.products))
    losses, model = _losses(live, question)
    steps = steps_of(live, built.id)
    asked = asked_of(live.study.client, live.study.in_force())
    compared = (ComparedPlan(built, built.label, None, "on_enquiry"),)
    years = years_of(model, losses, [built], steps.plans)
    part, _ = regime_result(model, years, compared, (steps,), asked)
    limits = [step.headline_limit for step in steps.plans]
    enough = [adequacy(event, level=asked.level) for event, _ in years.ladder]
    document = {
        "study": {"loss_years": live.loss_years, "seed": live.study.study.seed},
        "regimes": {question.regime: part},
    }
    target = asked.constraints.target
    recommended = recommended_limit(limits, enough, target)
    return Answer(document, part["plans"][0], recommended, target)


def _losses(live: Live, question: Question) -> tuple[LossTable, BreachModel]:
    seed = live.study.study.seed
    events, response, _ = live.once("events", question.records, lambda: _events(live, question))
    key = (question.records, question.regime, question.claim_rate, question.price)

    def priced() -> tuple[LossTable, BreachModel]:
        model = _model(live, question)
        return price_losses(model, events, question.regime, Luck(seed), response), model

    return live.once("losses", key, priced)


def _events(live: Live, question: Question) -> tuple[SimulatedEvents, Any, BreachModel]:
    model = _model(live, question)
    events = simulate_events(model, live.loss_years, Luck(live.study.study.seed))
    return events, response_costs(model, events, Luck(live.study.study.seed)), model


def _model(live: Live, question: Question) -> BreachModel:
    assumptions = assumptions_of(live.study, question)
    client = live.study.client.model_copy(update={"records": question.records})
    study = live.study.study
    return build_model(client.with_defaults(assumptions), assumptions, study.inception)


def assumptions_of(study: StudyFile, question: Question) -> Assumptions:
    """Return the assumptions of a study with the claim rate and the price of a question."""
    return study.in_force().with_overrides(
        {
            f"{RATE}.{question.regime}": Override(value=question.claim_rate, reason="explorer"),
            f"{PRICE}.{question.regime}": Override(value=question.price, reason="explorer"),
        }
    )


def plan_of(live: Live, identifier: str) -> Plan:
    """Return a plan, built once."""
    return live.once("plan", identifier, lambda: build(identifier, among=live.products))
