"""One product under changing assumptions, fast: nothing is simulated twice that did not change.

Breaches and response costs depend on the records alone, losses also on claim rate and price,
payments on everything but the limit looked at: all limits of a product are paid together, so that
moving along them costs nothing. Each stage is kept for the settings last used.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar  # Any: what the stages keep

from exposure.inputs.parameters import Override
from exposure.inputs.study_file import PlanChoice, StudyFile
from exposure.model.build import BreachModel
from exposure.model.events import SimulatedEvents, simulate_events
from exposure.model.losses import BLOCK_YEARS, ResponseCosts, price_losses, response_costs
from exposure.policy.catalogue import SHIPPED, Catalogue
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.drafts import catalogue_of
from exposure.policy.plan import Plan
from exposure.policy.plan import plan as build
from exposure.result.record import PlanResult, Result
from exposure.simulation.figures import Details, details_of, values_in
from exposure.simulation.loss_years import RegimeYears, policy_period, years_of
from exposure.streams import Luck
from exposure.study.answer import (
    Rungs,
    Setting,
    answer_of,
    decide_on,
    needed_plans,
    prepare,
    price_offers,
)
from exposure.study.offers import Ladder, default_plans, ladder
from exposure.study.pipeline import result_of
from exposure.tables import LossTable

_T = TypeVar("_T")
_KEPT = 16
RATE, PRICE = "claims.rate", "price.median.basic"
_SENSITIVE_PRICE = "price.median.sensitive"

# Claim rate and price per person of basic data, by regime; other prices keep their ratio to it.
Liability = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Question:
    """What the controls say (試す条件).

    Parameters
    ----------
    records : int
        [person]
    plan : str
        Identifier of the plan.
    liability : tuple of (str, float, float)
        By regime: share of the persons concerned who claim, and median price per person of basic
        data. [-], [JPY]
    premiums : tuple of (str, int)
        Plans and what they are tried at, in place of the study's quotations. [JPY/year]
    """

    records: int
    plan: str
    liability: Liability
    premiums: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What follows (試した結果).

    Parameters
    ----------
    result : Result
        Of the product at all its limits, under all regimes.
    plan : str
        The plan asked for.
    """

    result: Result
    plan: str

    def figures(self, regime: str) -> PlanResult:
        """Return the figures of the plan asked for."""
        return self.result.regimes[regime].plan(self.plan)


@dataclass
class Live:
    """A study under the hand: the stages kept for the settings last used (対話的な試算)."""

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


def recommended_plan(live: Live) -> str | None:
    """Return the plan the explorer opens on: the answer on its own years (最初のプラン).

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> raw = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> recommended_plan(live(study_from_mapping(raw, "example"), 500))
    'nipponkoa_2006/B'
    """
    setting = prepare(live.study.with_settings(loss_years=live.loss_years))
    found = answer_of(setting, setting.model_of(setting.assumptions)).decision.answers
    names = [one.plan or one.best_on_market for one in found.values()]
    first = next((name for name in names if name is not None), None)
    offers = {offer.id: offer.plan.id for offer in setting.offers}
    return None if first is None else offers[first]


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
    for offer in prepare(study).offers:
        if offer.is_stated:
            found.setdefault(offer.plan.product, offer.plan.id)
    among = catalogue_of(study.policies)
    for identifier in default_plans(study.in_force(), among):
        name = parse_id(identifier).product
        if name in among.own:
            found.setdefault(name, identifier)
    return found


def vary_plan(
    base: str, endorsements: tuple[str, ...], deductible: int | None, among: Catalogue = SHIPPED
) -> str:
    """Return the identifier of a plan with other endorsements and deductible.

    Examples
    --------
    >>> vary_plan("aiu_2015@limit=100", ("card",), 5)
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

    Raises
    ------
    ExposureError
        If the plan cannot be.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> raw = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> hand = live(study_from_mapping(raw, "example"), 500)
    >>> liability = (("brochure", 0.1, 5000.0), ("court", 0.0002, 10_000.0))
    >>> said = Question(3000, "nipponkoa_2006/B", liability)
    >>> answer(hand, said).figures("court").id
    'nipponkoa_2006/B'
    """
    built = plan_of(live, question.plan)
    steps = steps_of(live, built.id)
    names = tuple(step.id for step in steps.plans)
    key = question.records, question.liability, names, question.premiums
    result = live.once("result", key, lambda: _result(live, question, steps))
    return Answer(result, built.id)


def _result(live: Live, question: Question, steps: Ladder) -> Result:
    """Pay and measure one product at all its limits, under all regimes."""
    setting, model = live.once(
        "model", (question.records, question.liability), lambda: _setting(live, question)
    )
    quoted = {choice.id: choice.premium for choice in live.study.plans} | dict(question.premiums)
    choices = tuple(PlanChoice(id=one.id, premium=quoted.get(one.id)) for one in steps.plans)
    study = setting.study.with_settings(endorsements="as_given", loss_years=live.loss_years)
    study = study.model_copy(update={"plans": choices})
    own = prepare(study)
    plans = needed_plans(own.offers)
    names = tuple(plan.id for plan in plans)

    def paid() -> tuple[dict[str, RegimeYears], Details]:
        years: dict[str, RegimeYears] = {
            regime: years_of(_losses(live, question, model, regime), plans, policy_period(model))
            for regime in study.study.regimes
        }
        return years, details_of(years, plans, own.measure, study.client, own.assumptions)

    # What is paid hangs on no premium.
    years, details = live.once("paid", (question.records, question.liability, names), paid)
    values = values_in(details, own.measure)
    priced = price_offers(own.offers, values, study.client, own.assumptions)
    rungs = (Rungs(steps.product, own.offers),)
    return result_of(own, decide_on(own, priced, rungs, plans, details, years), model, brief=True)


def _setting(live: Live, question: Question) -> tuple[Setting, BreachModel]:
    """Return the study with the records asked for, and its model."""
    client = live.study.client.with_records(question.records)
    overrides = dict(live.study.assumptions)
    stated_value = live.study.in_force().value
    for regime, rate, price in question.liability:
        overrides[f"{RATE}.{regime}"] = Override(value=rate, reason="explorer")
        overrides[f"{PRICE}.{regime}"] = Override(value=price, reason="explorer")
        # A client may hold sensitive data alone: its price moves in proportion.
        ratio = price / stated_value(f"{PRICE}.{regime}")
        sensitive = stated_value(f"{_SENSITIVE_PRICE}.{regime}") * ratio
        overrides[f"{_SENSITIVE_PRICE}.{regime}"] = Override(value=sensitive, reason="explorer")
    study = live.study.model_copy(update={"client": client, "assumptions": overrides})
    setting = prepare(study.model_copy(update={"plans": (PlanChoice(id=question.plan),)}))
    return setting, setting.model_of(setting.assumptions)


def _losses(live: Live, question: Question, model: BreachModel, regime: str) -> LossTable:
    luck = Luck(live.study.study.seed)

    def drawn() -> tuple[SimulatedEvents, ResponseCosts]:
        events = simulate_events(model, live.loss_years, luck)
        return events, response_costs(model, events, luck)

    events, response = live.once("events", question.records, drawn)
    own = next(one for one in question.liability if one[0] == regime)
    return live.once(
        "losses",
        (question.records, own),
        lambda: price_losses(model, events, regime, luck, response),
    )


def plan_of(live: Live, identifier: str) -> Plan:
    """Return a plan, built once."""
    return live.once("plan", identifier, lambda: build(identifier, among=live.products))
