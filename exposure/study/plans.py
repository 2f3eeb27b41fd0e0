"""The plans a study compares: those it names, or all shipped ones, with what is known of premiums.

Which plans exist is left to ``policy``; a premium that nobody quoted or printed is never invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from exposure.errors import ExposureError, PlanError, Problem
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.study_file import PlanChoice, StudyFile
from exposure.policy.catalogue import product, products
from exposure.policy.choices import parse_id
from exposure.policy.plans import Plan, plan
from exposure.policy.premium import printed_premium
from exposure.policy.terms import Label

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
        Without plans, every shipped product is compared: all its patterns, or a grid of limits.
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
    choices = study.plans or tuple(
        PlanChoice(id=identifier) for identifier in default_plans(assumptions)
    )
    problems: list[Problem] = []
    compared: list[ComparedPlan] = []
    for number, choice in enumerate(choices, start=1):
        try:
            compared.append(_compared(choice, study.client.revenue, f"{where}: plan[{number}].id"))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    return tuple(compared)


def _compared(choice: PlanChoice, revenue: float | None, where: str) -> ComparedPlan:
    built = plan(choice.id, where)
    label = Label(ja=choice.label, en=choice.label) if choice.label else built.label
    if choice.premium is not None:
        return ComparedPlan(built, label, choice.premium, "quoted")
    table = built.wording.premium
    printed = printed_premium(table, revenue) if table and revenue is not None else None
    return ComparedPlan(built, label, printed, "on_enquiry" if printed is None else "published")


def default_plans(assumptions: Assumptions) -> tuple[str, ...]:
    """Return the identifiers of all shipped products that need no more than a limit."""
    found: list[str] = []
    for name in products():
        source = product(name)
        open_choices = [
            key
            for key, choice in source.contract.items()
            if choice.default is None and not choice.optional
        ]
        if source.patterns:
            found += [f"{name}/{pattern}" for pattern in source.patterns]
        elif not open_choices:
            found.append(name)
        elif open_choices == ["limit"]:
            limits = assumptions.values("measure.limit_grid")
            found += [f"{name}@limit={limit:.0f}" for limit in limits]
    return tuple(found)


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
    found = []
    for name, built in first.items():
        steps = ladder_ids(built, limits)
        if len(steps) > 1:
            plans = sorted((plan(step) for step in steps), key=lambda p: p.headline_limit)
            found.append(Ladder(name, built.wording.plan.label, tuple(plans)))
    return tuple(found)


def ladder_ids(built: Plan, limits: Sequence[float]) -> tuple[str, ...]:
    """Return the identifiers of a plan at each of its possible limits."""
    source = product(built.product)
    parts = parse_id(built.id)
    attached = "".join(f"+{name}" for name in parts.endorsements)
    if source.patterns:
        chosen = "".join(f"@{key}={value}" for key, value in parts.choices.items())
        return tuple(f"{source.name}/{pattern}{attached}{chosen}" for pattern in source.patterns)
    term = limit_term(built)
    if term is None:
        return (built.id,)
    others = "".join(f"@{key}={value}" for key, value in parts.choices.items() if key != term)
    return tuple(f"{source.name}{attached}@{term}={limit:.0f}{others}" for limit in limits)


def limit_term(built: Plan) -> str | None:
    """Return the contract term that sets the plan's limit, if the contract leaves it free."""
    for term in ("limit", "limit_per_event"):
        if term in built.contract:
            return term
    return None
