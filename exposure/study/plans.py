"""The plans a study compares: those it names, or all shipped ones, with what is known of premiums.

Which plans exist is left to ``policy``; a premium that nobody quoted or printed is never invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal  # Any: a study as read from a file

from exposure.errors import DataError, ExposureError, PlanError, Problem
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import (
    PlanChoice,
    StudyFile,
    plan_twice,
    policies_of,
    study_from_mapping,
)
from exposure.policy.catalogue import SHIPPED, Catalogue, Product
from exposure.policy.choices import PlanId, identifier_of, parse_id
from exposure.policy.drafts import catalogue_of
from exposure.policy.plans import Plan, plan
from exposure.policy.premium import premium_of
from exposure.policy.terms import ROOT, Label

# Contract terms that set a plan's limit, and the aggregate that goes with each.
_LIMIT_TERMS = {"limit": "", "limit_per_event": "limit_aggregate"}

PremiumBasis = Literal["quoted", "published", "on_enquiry"]


@dataclass(frozen=True)
class ComparedPlan:
    """A plan of the comparison and its premium (比較するプラン).

    Parameters
    ----------
    plan : Plan
    label : Label
        What the client reads.
    premium : int or None
        Per year; None where it is on enquiry (別途ご照会). [JPY/year]
    basis : str
        ``quoted`` to the client, ``published`` in the product's table, or ``on_enquiry``.
    """

    plan: Plan
    label: Label
    premium: int | None
    basis: PremiumBasis


@dataclass(frozen=True)
class Ladder:
    """One product at each limit it is sold at, or at a grid of limits where it is free.

    Parameters
    ----------
    product : str
    label : Label
    plans : tuple of Plan
        The whole product rebuilt at each limit, in ascending order.
    """

    product: str
    label: Label
    plans: tuple[Plan, ...]

    @property
    def limits(self) -> tuple[float, ...]:
        """The limits. [JPY]."""
        return tuple(step.headline_limit for step in self.plans)


def compared_plans(
    study: StudyFile, assumptions: Assumptions, where: str = "plan"
) -> tuple[ComparedPlan, ...]:
    """Build every plan of a study (比較するプランの組み立て).

    Parameters
    ----------
    study : StudyFile
        Without plans, every shipped product is compared, and those of its own policy files: all
        patterns, or a grid of limits.
    assumptions : Assumptions
        In force; for the grid of limits.
    where : str
        Name of the study file, for messages.

    Raises
    ------
    PlanError
        With the problems of all plans.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> [c.plan.id for c in compared_plans(study, load_assumptions())][:2]
    ['aiu_2015@limit=10000000', 'aiu_2015@limit=30000000']
    """
    among = catalogue_of(study.policies)
    choices = study.plans or tuple(
        PlanChoice(id=identifier) for identifier in default_plans(assumptions, among)
    )
    problems: list[Problem] = []
    compared: list[ComparedPlan] = []
    for number, choice in enumerate(choices, start=1):
        place = f"{where}: plan[{number}].id"
        try:
            compared.append(_compared(choice, study.client, place, among))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    return _told_apart(choices, compared, where)


def _told_apart(
    choices: Sequence[PlanChoice], compared: Sequence[ComparedPlan], where: str
) -> tuple[ComparedPlan, ...]:
    """Put its label behind the identifier of each plan that stands twice (見積りの区別)."""
    times = Counter(one.plan.id for one in compared)
    problems: list[Problem] = []
    found: list[ComparedPlan] = []
    for number, (choice, one) in enumerate(zip(choices, compared, strict=True), start=1):
        if times[one.plan.id] > 1:
            if choice.label is None:
                problems.append(Problem(where, f"plan[{number}].label", plan_twice(one.plan.id)))
                continue
            one = replace(one, plan=replace(one.plan, id=f"{one.plan.id}#{choice.label}"))
        if one.plan.id in {other.plan.id for other in found}:
            text = plan_twice(one.plan.id)
            problems.append(Problem(where, f"plan[{number}].label", text, choice.label or ""))
        found.append(one)
    if problems:
        raise PlanError(problems)
    return tuple(found)


def _compared(choice: PlanChoice, client: Client, where: str, among: Catalogue) -> ComparedPlan:
    built = plan(choice.id, where, among)
    label = Label(ja=choice.label, en=choice.label) if choice.label else built.label
    if choice.premium is not None:
        return ComparedPlan(built, label, choice.premium, "quoted")
    printed = premium_of(built, client.revenue, client.industry)
    return ComparedPlan(built, label, printed, "on_enquiry" if printed is None else "published")


def checked_study(
    raw: Mapping[str, Any], where: str, name: str, folder: Path | None = None
) -> StudyFile:
    """Read a study with its plans; what is wrong with either is said together.

    Parameters
    ----------
    raw, where, name, folder
        As in `exposure.inputs.study_file.study_from_mapping`.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    try:
        return study_from_mapping(raw, where, name, folder)
    except DataError as error:
        raise DataError([*error.problems, *plan_problems(raw, where, folder)]) from None


def plan_problems(
    raw: Mapping[str, object], where: str, folder: Path | None = None
) -> list[Problem]:
    """Return what is wrong with the plans of a study that cannot be read as a whole.

    Parameters
    ----------
    raw : mapping
        As read from the file.
    where : str
        Name of the study file.
    folder : path, optional
        That policy files are named from.

    Examples
    --------
    >>> [p.key for p in plan_problems({"plan": [{"id": "aiu_2015"}]}, "study.toml")]
    ['@limit']
    """
    entries = raw.get("plan")
    found: list[Problem] = []
    try:
        among = catalogue_of(policies_of(raw, where, folder)[0])
    except ExposureError as error:
        return list(error.problems)
    for number, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        identifier = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(identifier, str):
            try:
                plan(identifier, f"{where}: plan[{number}].id", among)
            except ExposureError as error:
                found += error.problems
    return found


def default_plans(assumptions: Assumptions, among: Catalogue = SHIPPED) -> tuple[str, ...]:
    """Return the identifiers of all products that need no more than a limit; never a template."""
    found: list[str] = []
    for name in among.names:
        source = among.product(name)
        if source.blanks:
            continue
        open_choices = list(source.open_choices)
        if source.patterns:
            found += [f"{name}/{pattern}" for pattern in source.patterns]
        elif not open_choices:
            found.append(name)
        elif open_choices == ["limit"]:
            limits = limits_of(source, "limit", assumptions.values("measure.limit_grid"))
            found += [f"{name}@limit={limit:.0f}" for limit in limits]
    return tuple(found)


def limit_term(source: Product) -> str | None:
    """Return the term of the contract that sets the limit of a product (限度額を定める項目).

    It is the one that the limit of the plan, or of a cover that sizes it, refers to.

    Examples
    --------
    >>> limit_term(SHIPPED.product("galileo_generic")), limit_term(SHIPPED.product("aiu_2015"))
    ('limit_per_event', 'limit')
    """
    identity, covers = source.raw["plan"], source.raw["cover"]
    stated = [term for term in _LIMIT_TERMS if term in source.contract]
    for name in identity["limit_covers"]:
        terms = identity if name == ROOT else covers.get(name, {})
        stated += [
            value[1:]
            for value in (terms.get("limit"), terms.get("event_limit"))
            if isinstance(value, str) and value[1:] in source.contract
        ]
    return next(iter(stated), None)


def limits_of(source: Product, term: str, grid: Sequence[float]) -> tuple[float, ...]:
    """Return the limits a product is offered at: those its wording prints, or else a grid.

    Examples
    --------
    >>> limits_of(SHIPPED.product("aiu_2015"), "limit", (1e8, 3e8))
    (100000000.0, 300000000.0)
    """
    choice = source.contract[term]
    if choice.kind != "one_of":
        return tuple(grid)
    return tuple(sorted(float(value) for value in choice.values if not isinstance(value, str)))


def with_example_choices(
    identifier: str, grid: Sequence[float], among: Catalogue = SHIPPED
) -> tuple[str, tuple[str, ...]]:
    """Return an identifier with choices left open made as an example (例としての契約条件).

    A printed ladder gives its middle, a free limit that of the grid.

    Parameters
    ----------
    identifier : str
    grid : sequence of float
        Of limits. [JPY]
    among : Catalogue

    Returns
    -------
    str, tuple of str
        The identifier, and the choices for which there is no example.

    Examples
    --------
    >>> with_example_choices("aiu_2015", (1e7, 1e8, 1e9))
    ('aiu_2015@limit=100000000', ())
    """
    parts = parse_id(identifier)
    source = among.product(parts.product)
    term, choices, missing = limit_term(source), dict(parts.choices), []
    for name, choice in source.open_choices.items():
        values = limits_of(source, name, grid if name == term else ())
        if name in choices:
            continue
        if values:
            choices[name] = f"{values[len(values) // 2]:.0f}"
        elif choice.values:
            choices[name] = str(choice.values[0])
        else:
            missing.append(name)
    pattern = parts.pattern or next(iter(source.patterns), None)
    return identifier_of(replace(parts, pattern=pattern, choices=choices)), tuple(missing)


def ladders(compared: Sequence[ComparedPlan], limits: Sequence[float]) -> tuple[Ladder, ...]:
    """Rebuild each product of the comparison at every limit it can have (限度額を変えた組み立て).

    Everything but the limit stays as in the product's first plan of the comparison, sublimits that
    are shares of the limit move with it. A product with a single limit has no ladder.

    Parameters
    ----------
    compared : sequence of ComparedPlan
    limits : sequence of float
        Tried where the limit is free. [JPY]
    """
    first: dict[str, Plan] = {}
    for one in compared:
        first.setdefault(one.plan.product, one.plan)
    found = (ladder(built, limits) for built in first.values())
    return tuple(one for one in found if len(one.plans) > 1)


def ladder(
    of: str | Plan, limits: Sequence[float], where: str = "plan", among: Catalogue = SHIPPED
) -> Ladder:
    """Build one product at every limit it can have (限度額を変えた組み立て).

    Parameters
    ----------
    of : str or Plan
        A plan or its identifier; pattern and limit, if it states them, are what varies.
    limits : sequence of float
        Tried where the limit is free and its wording prints none. [JPY]
    where : str
        What to call the place of the identifier in messages.
    among : Catalogue
        The products there are to choose from, for an identifier.

    Raises
    ------
    PlanError
        If the identifier names no plan.

    Examples
    --------
    >>> ladder("aiu_2015", (1e8, 3e8)).limits
    (100000000.0, 300000000.0)
    >>> len(ladder("nipponkoa_2006/B", ()).plans)
    6
    """
    built: dict[float, Plan] = {}
    for step in ladder_ids(of, limits, where, among):
        rung = plan(step, where, among) if isinstance(of, str) else of.variant(step, where)
        # Where another term caps the limit, higher ones change nothing.
        built.setdefault(rung.headline_limit, rung)
    steps = tuple(built[limit] for limit in sorted(built))
    return Ladder(steps[0].product, steps[0].wording.plan.label, steps)


def ladder_ids(
    of: str | Plan, limits: Sequence[float], where: str = "plan", among: Catalogue = SHIPPED
) -> tuple[str, ...]:
    """Return the identifiers of a plan at each of its possible limits.

    An aggregate limit stated beside the limit per event moves with it, in proportion.

    Examples
    --------
    >>> ladder_ids("galileo_generic@limit_per_event=10@limit_aggregate=20", (100.0,))
    ('galileo_generic@limit_per_event=100@limit_aggregate=200',)
    """
    identifier = of if isinstance(of, str) else of.id
    parts = parse_id(identifier, where)
    source = among.product(parts.product, where) if isinstance(of, str) else of.source
    if source.patterns:
        return tuple(identifier_of(replace(parts, pattern=pattern)) for pattern in source.patterns)
    term = limit_term(source)
    if term is None:
        return (identifier,)
    return tuple(
        identifier_of(_at_limit(parts, term, limit)) for limit in limits_of(source, term, limits)
    )


def _at_limit(parts: PlanId, term: str, limit: float) -> PlanId:
    choices = dict(parts.choices)
    aggregate, stated = _LIMIT_TERMS.get(term, ""), choices.get(term, "")
    if aggregate in choices and stated.isdigit() and choices[aggregate].isdigit():
        moved = int(limit) * int(choices[aggregate]) // max(int(stated), 1)
        choices[aggregate] = str(moved)
    choices[term] = f"{limit:.0f}"
    return replace(parts, choices=choices)
