"""Single breaches worked through a plan: simulated ones, a wording's proof, a printed scenario.

Chooses breaches at stated rarities among those that are alone in their year, and writes each as a
real claim, which the interpreter pays and explains as it does any other. Printed losses are paid at
rising limits, the whole product rebuilt at each, until no sublimit cuts them. The wording decides;
nothing here knows a figure of it. What the terms are is left to ``policy.description``; what a
breach costs, to ``study.cover``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exposure.amounts import format_yen
from exposure.arrays import IntArray
from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.sources import load_sources
from exposure.inputs.study_file import StudyFile
from exposure.labels import LANGS, phrase
from exposure.model.build import BreachModel
from exposure.model.losses import Block, blocks
from exposure.policy.assignment import losses_for
from exposure.policy.case_schema import Incident, losses_of
from exposure.policy.cases import Case, read_cases
from exposure.policy.catalogue import SHIPPED, Catalogue, plain_sheet
from exposure.policy.choices import parse_id, text_of
from exposure.policy.description import stand_in
from exposure.policy.drafts import usual_plan
from exposure.policy.explanation import IncidentExplanation, Line, explain_events
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.payments import Payment
from exposure.policy.plan import Plan, choices_in, plan
from exposure.policy.simulated_cases import incidents_from
from exposure.policy.vocabulary import HEADS, ROOT, PolicyPeriod
from exposure.simulation.figures import Plain, finite
from exposure.simulation.tallies import cuts, term_label
from exposure.study.cover import BreachLosses, UncoveredHeads, breach_losses, find_uncovered
from exposure.study.offers import ladder_ids, with_example_choices
from exposure.tables import LossItem, LossTable


def first_block(model: BreachModel, loss_years: int, seed: int) -> Block:
    """Return the first block of a study, drawn again (最初の区画の事故)."""
    return next(blocks(model, loss_years, seed))


def incidents(
    losses: LossTable, period: PolicyPeriod, plan: Plan, rarities: Sequence[float]
) -> list[Plain]:
    """Tell some breaches of the study through a plan (想定事故の例).

    Parameters
    ----------
    losses : LossTable
        Of `first_block`, under one regime.
    period : PolicyPeriod
        They fall into.
    rarities : sequence of float
        One breach that one in so many exceeds, for each of these numbers.

    Returns
    -------
    list of mapping
        Fewer than asked for if the study has too few breaches.
    """
    named = losses_for(plan, losses)
    return [
        {"one_in": float(rarity), "plan": plan.id, **tell_breach(plan, named.only(at), period)}
        for rarity, at in zip(rarities, _choose(named, rarities), strict=False)
    ]


def worked_payment(
    plan: Plan, losses: LossTable, period: PolicyPeriod, rarity: float
) -> IncidentExplanation:
    """Work out what a plan pays for one simulated breach, line by line (支払いの例).

    Parameters
    ----------
    losses : LossTable
        Simulated, under the heads of the model.
    rarity : float
        One breach in so many is larger.
    """
    named = losses_for(plan, losses)
    (at,) = _choose(named, (rarity,))
    return explain_events(pay(plan, as_claim(plan, named.only(at), period), period), period)[0]


def _choose(losses: LossTable, rarities: Sequence[float]) -> list[int]:
    """Return the breach at each rarity among those that are alone in their year."""
    years, total = losses.events.years, losses.total()
    first = years.sizes[1] if len(years.sizes) > 1 else 0
    alone: IntArray = np.arange(first, years.n_years)
    order = alone[np.argsort(total[alone], kind="stable")]
    places = [int((1 - 1 / rarity) * order.size) for rarity in rarities if rarity <= order.size]
    return [int(order[place]) for place in places]


def tell_breach(plan: Plan, losses: LossTable, period: PolicyPeriod) -> Plain:
    """Return what a plan does with one simulated breach, as it would with a claim (支払の内訳).

    ``losses`` are of one event, under the heads of the plan.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> from exposure.tables import EventTable
    >>> days = {"claim_made_on": np.full(1, np.datetime64("2026-05-01"))}
    >>> losses = LossTable(EventTable(Years((1,)), days), (LossItem("damages", np.array([2e7])),))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> story = tell_breach(plan("nipponkoa_2006/A"), losses, period)
    >>> story["loss"], story["paid"], story["covers"][0]["unpaid"]
    (20000000.0, 10000000.0, {'limit': 10000000.0})
    >>> story["explanation"]["lines"][2]["text"]["en"]
    'JPY 20,000,000 > JPY 10,000,000 (limit) → JPY 10,000,000'
    """
    events = losses.events
    claim = as_claim(plan, losses, period)
    table = pay(plan, claim, period)
    amounts = {head: float(amount[0]) for head, amount in claim.by_head().items() if amount[0] > 0}
    loss = math.fsum(amounts.values())
    cause = None if events.cause is None else events.cause_names[int(events.cause[0])]
    return {
        "cause": cause,
        "persons": None if events.persons is None else float(events.persons[0]),
        "claimants": None if events.claimants is None else float(events.claimants[0]),
        "heads": amounts,
        "loss": loss,
        "not_covered": float(table.not_covered[0]),
        "covers": [
            _cover(payment)
            for payment in table.payments.values()
            if payment.layer.name != ROOT and payment.own.loss[0] + payment.due.eligible[0] > 0
        ],
        "overall": _overall(table),
        "paid": float(table.paid[0]),
        "retained": loss - float(table.paid[0]),
        "explanation": _explanation(explain_events(table, period)[0]),
    }


def as_claim(plan: Plan, losses: LossTable, period: PolicyPeriod) -> LossTable:
    """Return one simulated breach as a claim in the case schema states it (事例としての事故).

    What is spent over time becomes two items, inside the plan's window and after it. Heads that no
    product insures have no name in the schema and are added as they are.

    ``losses`` are of one event, under the heads of the plan.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> from exposure.tables import EventTable
    >>> items = LossItem("damages", np.array([5.0])), LossItem("fines", np.array([7.0]))
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> losses = LossTable(EventTable(Years((1,)), {}), items)
    >>> [item.head for item in as_claim(plan("nipponkoa_2006/A"), losses, period).items]
    ['damages', 'fines']
    """
    insurable = tuple(item for item in losses.items if item.head in HEADS)
    others = tuple(
        LossItem(item.head, item.amount) for item in losses.items if item.head not in HEADS
    )
    written = incidents_from(plan, replace(losses, items=insurable), period)
    claim, _ = losses_of([Incident.model_validate(incident) for incident in written])
    return replace(claim, items=claim.items + others)


def _explanation(page: IncidentExplanation) -> Plain:
    return {
        "losses": [_line(line) for line in page.losses],
        "lines": [_line(line) for line in page.lines],
        "unpaid": {reason: amount for reason, amount in page.unpaid.items() if amount},
        "total": page.total,
    }


def _line(line: Line) -> Plain:
    return {
        "kind": line.kind,
        "depth": line.depth,
        "text": line.text._asdict(),
        "amount": line.amount,
        "clause": line.clause,
    }


def _cover(payment: Payment) -> Plain:
    """Return what one cover takes up, cuts and pays."""
    own, cover = payment.own, payment.layer.cover
    assert cover is not None  # only the plan itself has none
    unpaid: dict[str, float] = {}
    for step in payment.steps():
        cut = float(step.before[0] - step.after[0])
        if cut > 0:
            unpaid[step.reason] = unpaid.get(step.reason, 0.0) + cut
    inner = float(payment.due.eligible[0] - own.capped[0])
    return {
        "cover": payment.layer.name,
        "label": cover.label.model_dump(),
        "clause": cover.clause,
        "within": cover.within,
        "loss": float(own.loss[0]),
        "inner": inner,
        "limit": finite(min(payment.layer.event_limit, payment.layer.period_limit)),
        "unpaid": unpaid,
        "payable": float(payment.payable[0]),
    }


def _overall(table: PayoutTable) -> Plain:
    """Return what the limit of the whole plan does with the sum of the sections."""
    whole = table.payments[ROOT]
    return {
        "limit": finite(min(whole.layer.event_limit, whole.layer.period_limit)),
        "payable": float(whole.due.eligible[0]),
        "unpaid": float(whole.due.eligible[0] - whole.payable[0]),
    }


@dataclass(frozen=True)
class Proof:
    """What a wording leaves out, and what it pays for one breach (約款の校正刷り).

    Parameters
    ----------
    plan : Plan
        As named, choices left open made as an example.
    missing : tuple of str
        Choices that must be made before a payment can be worked.
    breach : BreachLosses
        Where the breach of the worked payment is from.
    one_in : int
        One breach in so many is larger.
    worked : IncidentExplanation or None
        None while choices are missing, and for a template, which pays nothing before it is filled.
    """

    plan: Plan
    uncovered: UncoveredHeads
    missing: tuple[str, ...]
    breach: BreachLosses
    one_in: int
    worked: IncidentExplanation | None

    def to_plain(self) -> Plain:
        """Return both as ``exposure show --json`` prints them."""
        return {
            "uncovered": self.uncovered.to_plain(),
            "worked": None
            if self.worked is None
            else {
                "plan": self.plan.id,
                "records": self.breach.records,
                "regime": self.breach.regime,
                "one_in": self.one_in,
                **plain_sheet(self.worked),
            },
        }


def proof_of(
    identifier: str, among: Catalogue = SHIPPED, study: StudyFile | None = None
) -> Proof | None:
    """Read a wording back (約款の校正); None for a template that says too little to be built.

    Parameters
    ----------
    identifier : str
        Of a plan; its choices need not all be made.
    study : StudyFile, optional
        Whose breaches; an average organisation without one.

    Raises
    ------
    PlanError
        If the identifier names no plan.

    Examples
    --------
    >>> proof = proof_of("nipponkoa_2006/F")
    >>> proof.worked is not None, "system_repair" in proof.uncovered.heads
    (True, True)
    >>> template = proof_of("sompo_cyber")
    >>> template.worked is None, "system_repair" in template.uncovered.heads
    (True, True)
    """
    assumptions = load_assumptions() if study is None else study.in_force()
    grid = assumptions.values("measure.limit_grid")
    example, missing = with_example_choices(identifier, grid, among)
    source = among.product(parse_id(identifier).product)
    for name in missing:
        example += f"@{name}={text_of(stand_in(source.contract[name]))}"
    if source.blanks:
        built, missing = usual_plan(source, choices_in(example, source)[0]), ()
        if built is None:
            return None
    else:
        built = plan(example, among=among)
    losses = breach_losses(study)
    # In the middle of those told in a report: large enough to reach limits, and no rarity.
    rarities = assumptions.values("report.incident_rarity")
    one_in, breach = int(rarities[len(rarities) // 2]), losses[0]
    worked = None
    if not missing and not source.blanks:
        worked = worked_payment(built, breach.table, breach.period, one_in)
    return Proof(built, find_uncovered(built, losses), missing, breach, one_in, worked)


@dataclass(frozen=True)
class PrintedScenario:
    """A printed scenario (案内書の損害想定).

    Parameters
    ----------
    persons : int
        Records leaked in it. [person]
    case : Case
        Its losses, under the product that prints it.
    assumptions : mapping of str to value
        Under which the model gives these losses for every leak.
    """

    persons: int
    case: Case
    assumptions: Mapping[str, object]


@functools.cache
def printed_scenarios() -> dict[str, PrintedScenario]:
    """Return the printed scenario of each product that has one (損害想定の一覧).

    Raises
    ------
    DataError
        If an entry names a case or a source that is not there.

    Examples
    --------
    >>> scenario = printed_scenarios()["aiu_2015"]
    >>> scenario.persons, float(scenario.case.losses.total()[0])
    (100000, 154000000.0)
    """
    path = data_path("printed_scenarios.toml")
    where = shown_path(path)
    found, problems = {}, []
    for name, entry in read_toml(path).items():
        cases = {case.id: case for case in read_cases(data_path("cases", f"{name}.json"))}
        case = cases.get(entry["case"])
        if not isinstance(case, Case):
            text = Text("この事例がありません", "there is no such case")
            problems.append(Problem(where, f"{name}.case", text, entry["case"]))
        elif entry["source"] not in load_sources():
            text = Text("出所が data/sources.toml にありません", "not in data/sources.toml")
            problems.append(Problem(where, f"{name}.source", text))
        else:
            found[name] = PrintedScenario(int(entry["persons"]), case, entry.get("assumptions", {}))
    if problems:
        raise DataError(problems)
    return found


@dataclass(frozen=True)
class Enough:
    """Where the sublimits stop cutting a printed scenario (内枠が足りる限度額).

    Parameters
    ----------
    limit : float
        Smallest limit at which no sublimit cuts. [JPY]
    term : str
        The sublimit that cuts just below it, as `exposure.simulation.tallies.cuts` names it.
    plan : Plan
        At that limit.
    loss, unpaid : float
        Of the scenario, at that limit. [JPY]
    """

    limit: float
    term: str
    plan: Plan
    loss: float
    unpaid: float


def enough_for(identifier: str, case: Case, limits: Sequence[float]) -> Enough | None:
    """Find the smallest limit at which no sublimit cuts a case (内枠が足りる限度額).

    Parameters
    ----------
    identifier : str
        Of a product whose limit is free, with any endorsements.
    limits : sequence of float
        The search goes from zero to the largest of them. [JPY]

    Returns
    -------
    Enough or None
        None if no sublimit ever cuts, or one still does at the largest limit.

    Examples
    --------
    >>> found = enough_for("aiu_2015", printed_scenarios()["aiu_2015"].case, (1e9,))
    >>> found.limit, found.term, found.unpaid
    (315000000.0, 'execution', 3500000.0)
    """
    low, high = 0, int(max(limits, default=0.0))
    if not _cutting(identifier, case, low) or _cutting(identifier, case, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _cutting(identifier, case, middle):
            low = middle
        else:
            high = middle
    built, table = _pay_case(identifier, case, high)
    loss = float(case.losses.total().sum())
    term = _cutting(identifier, case, low)[0]
    return Enough(float(high), term, built, loss, loss - float(table.paid.sum()))


def _pay_case(identifier: str, case: Case, limit: int) -> tuple[Plan, PayoutTable]:
    built = plan(ladder_ids(identifier, (limit,))[0])
    return built, pay(built, case.losses, case.period, case.used)


def _cutting(identifier: str, case: Case, limit: int) -> list[str]:
    """Return the sublimits that cut the case at a limit."""
    built, table = _pay_case(identifier, case, limit)
    overall = built.wording.plan.limit_covers
    return [term for term, flag in cuts(table).items() if term not in overall and flag.any()]


def scenario_text(identifier: str, product: str, records: int, limits: Sequence[float]) -> Text:
    """Return what the printed scenario says, where it is about as many persons; else nothing.

    Examples
    --------
    >>> scenario_text("aiu_2015", "aiu_2015", 1000, (1e9,)).en
    ''
    """
    scenario = printed_scenarios().get(product)
    if scenario is None or scenario.persons != records:
        return Text("", "")
    found = enough_for(identifier, scenario.case, limits)
    if found is None:
        return Text("", "")
    loss, limit, unpaid = (
        Text(*(format_yen(yen, lang) for lang in LANGS))
        for yen in (found.loss, found.limit, found.unpaid)
    )
    return phrase(
        "answer",
        "scenario",
        records=f"{records:,}",
        loss=loss,
        limit=limit,
        unpaid=unpaid,
        term=term_label(found.plan, found.term),
    )
