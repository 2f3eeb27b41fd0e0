"""The plans a study could buy: those it names, or all shipped ones, each with endorsements.

Which plans exist is left to ``policy``, which premium is used to the measures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any  # Any: a study as read from a file

from exposure.errors import DataError, ExposureError, PlanError, Problem
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.names import NeedSection, need_section
from exposure.inputs.study_file import PlanChoice, StudyFile, study_from_mapping
from exposure.policy.catalogue import product, products
from exposure.policy.choices import PlanId, identifier_of, parse_id
from exposure.policy.plans import Plan, plan
from exposure.policy.premium import printed_premium
from exposure.policy.terms import ROOT, Label

# Contract terms that set a plan's limit, and the aggregate that goes with each.
_LIMIT_TERMS = {"limit": "", "limit_per_event": "limit_aggregate"}


@dataclass(frozen=True)
class Offer:
    """A plan that could be bought, and what is known of its premium (候補のプラン).

    Parameters
    ----------
    id : str
        In the result: the plan's identifier, with the label appended where another offer has it.
    plan : Plan
    label : Label
        What the client reads.
    product : str
        The plan's product; of two insurers quoting one wording each is a product of its own.
    series : str
        The same for offers that differ in the endorsements the program tries alone.
    tried : tuple of str
        Endorsements whose premium can be estimated and that the offer has.
    without_tariff : tuple of str
        Those of them that only have a technical premium.
    is_stated : bool
        The study names it as it is.
    quoted, published : float, or None
        Quoted to the client, or printed for its revenue. [JPY/year]
    is_sold : bool
        The wording lets this client buy it.
    """

    id: str
    plan: Plan
    label: Label
    product: str
    series: str
    tried: tuple[str, ...]
    without_tariff: tuple[str, ...]
    is_stated: bool
    quoted: float | None
    published: float | None
    is_sold: bool

    @property
    def limit(self) -> float:
        """The most it pays for liability. [JPY]."""
        return self.plan.headline_limit

    @property
    def cost_limit(self) -> float:
        """The most it pays for response costs of one event. [JPY]."""
        return section_limit(self.plan, "costs")

    @property
    def order(self) -> tuple[str, float, float, int, str]:
        """By product, then by amount: the order of every table, chart and key."""
        return self.plan.product, self.limit, self.cost_limit, len(self.tried), self.id


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


def offers_of(study: StudyFile, assumptions: Assumptions, where: str = "plan") -> tuple[Offer, ...]:
    """Build every plan of a study, and each with every set of endorsements (候補の組み立て).

    Parameters
    ----------
    study : StudyFile
        Without plans, every shipped product is offered: all its patterns, or a grid of limits.
    assumptions : Assumptions
        In force; for the grid of limits.
    where : str
        Name of the study file, for messages.

    Raises
    ------
    PlanError
        With the problems of all plans.

    Notes
    -----
    An endorsement is tried if its wording says how it is priced, and only by a study that does not
    take plans ``as_given``.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> offers = offers_of(study, load_assumptions())
    >>> offers[0].id, len({offer.series for offer in offers})
    ('aiu_2015@limit=10000000', 15)
    """
    choices = study.plans or tuple(
        PlanChoice(id=identifier) for identifier in default_plans(assumptions)
    )
    ids = [choice.id for choice in choices]
    found: dict[tuple[str, frozenset[str]], Offer] = {}
    problems: list[Problem] = []
    for number, choice in enumerate(choices, start=1):
        place = f"{where}: plan[{number}].id"
        own = f"#{choice.label}" if ids.count(choice.id) > 1 else ""
        try:
            offer = _offer(study, choice, choice.id, own, place, is_stated=True)
        except ExposureError as error:
            problems += error.problems
            continue
        found[offer.series, frozenset(offer.tried)] = offer
    if problems:
        raise PlanError(problems)
    if study.study.endorsements == "tried":
        for number, choice in enumerate(choices, start=1):
            own = f"#{choice.label}" if ids.count(choice.id) > 1 else ""
            for identifier in endorsed_ids(choice.id):
                bare = PlanChoice(id=identifier)
                try:
                    offer = _offer(study, bare, identifier, own, f"{where}: plan[{number}].id")
                except PlanError:
                    continue  # endorsements that cannot stand together
                found.setdefault((offer.series, frozenset(offer.tried)), offer)
    return tuple(sorted(found.values(), key=lambda offer: offer.order))


def endorsed_ids(identifier: str) -> tuple[str, ...]:
    """Return a plan with every set of the endorsements that can be priced, none among them.

    Examples
    --------
    >>> len(endorsed_ids("aiu_2015+card@limit=100000000"))
    16
    >>> endorsed_ids("nipponkoa_2006/F")
    ('nipponkoa_2006/F',)
    """
    parts = parse_id(identifier)
    options = product(parts.product).options
    priced = [name for name, option in options.items() if option.priced and not option.default]
    given = tuple(name for name in parts.endorsements if name not in priced)
    found = []
    for size in range(len(priced) + 1):
        for chosen in combinations(priced, size):
            endorsements = (*given, *chosen)
            found.append(identifier_of(replace(parts, endorsements=endorsements)))
    return tuple(found)


def _offer(
    study: StudyFile,
    choice: PlanChoice,
    identifier: str,
    own: str,
    where: str,
    *,
    is_stated: bool = False,
) -> Offer:
    built = plan(identifier, where)
    parts = parse_id(identifier, where)
    options = product(parts.product, where).options
    tried = tuple(
        name
        for name, option in options.items()
        if option.priced and not option.default and name in parts.endorsements
    )
    rest = tuple(name for name in parts.endorsements if name not in tried)
    label = built.label
    if choice.label:
        label = Label(ja=choice.label, en=choice.label)
    elif own:
        label = Label(ja=f"{label.ja}（{own[1:]}）", en=f"{label.en} ({own[1:]})")
    revenue, table = study.client.revenue, built.wording.premium
    printed = printed_premium(table, revenue) if table and revenue is not None else None
    most = built.wording.plan.sold_up_to_revenue
    return Offer(
        id=identifier + own,
        plan=built,
        label=label,
        product=parts.product + own,
        series=identifier_of(replace(parts, endorsements=rest)) + own,
        tried=tried,
        without_tariff=tuple(name for name in tried if options[name].priced == "technical"),
        is_stated=is_stated,
        quoted=None if choice.premium is None else float(choice.premium),
        published=None if printed is None else float(printed),
        is_sold=most is None or revenue is None or revenue <= most,
    )


def rungs_of(offer: Offer, limits: Sequence[float], study: StudyFile) -> tuple[Offer, ...]:
    """Return an offer at every limit its product can have, itself among them (限度額を変えた候補).

    Parameters
    ----------
    offer : Offer
    limits : sequence of float
        Tried where the limit is free. [JPY]
    study : StudyFile
        Of the client.
    """
    found: dict[tuple[float, float], Offer] = {(offer.limit, offer.cost_limit): offer}
    for identifier in ladder_ids(offer.plan.id, limits):
        step = _offer(study, PlanChoice(id=identifier), identifier, "", "plan")
        found.setdefault((step.limit, step.cost_limit), step)
    return tuple(found[amounts] for amounts in sorted(found))


def section_limit(built: Plan, section: NeedSection) -> float:
    """Return the most a plan pays for one section of one event (区分ごとの支払限度額).

    Parameters
    ----------
    built : Plan
    section : str
        ``liability`` or ``costs``.

    Examples
    --------
    >>> section_limit(plan("nipponkoa_2006/F"), "costs")
    30000000.0
    >>> section_limit(plan("aiu_2015+execution_double@limit=1000000000"), "costs")
    105000000.0
    """
    most: dict[str, float] = {}
    for layer in built.layers:  # inside out
        own = 0.0
        if layer.cover is not None and layer.attached:
            named = any(need_section(head) == section for head in layer.cover.heads)
            own = math.inf if named else 0.0
        inner = math.fsum(most[name] for name in layer.inner if math.isfinite(most[name]))
        if any(math.isinf(most[name]) for name in layer.inner):
            inner = math.inf
        most[layer.name] = min(layer.event_limit, layer.period_limit, own + inner)
    return most[ROOT]


def checked_study(raw: Mapping[str, Any], where: str, name: str) -> StudyFile:
    """Read a study with its plans; what is wrong with either is said together.

    Parameters
    ----------
    raw, where, name
        As in `exposure.inputs.study_file.study_from_mapping`.

    Raises
    ------
    DataError
        With every problem of the file.
    """
    try:
        return study_from_mapping(raw, where, name)
    except DataError as error:
        raise DataError([*error.problems, *plan_problems(raw, where)]) from None


def plan_problems(raw: Mapping[str, object], where: str) -> list[Problem]:
    """Return what is wrong with the plans of a study that cannot be read as a whole.

    Parameters
    ----------
    raw : mapping
        As read from the file.
    where : str
        Name of the study file.

    Examples
    --------
    >>> [p.key for p in plan_problems({"plan": [{"id": "aiu_2015"}]}, "study.toml")]
    ['@limit']
    """
    entries = raw.get("plan")
    found: list[Problem] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        identifier = entry.get("id") if isinstance(entry, dict) else None
        if isinstance(identifier, str):
            try:
                plan(identifier, f"{where}: plan[{number}].id")
            except ExposureError as error:
                found += error.problems
    return found


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


def ladder(identifier: str, limits: Sequence[float], where: str = "plan") -> Ladder:
    """Build one product at every limit it can have (限度額を変えた組み立て).

    Parameters
    ----------
    identifier : str
        Of a plan; pattern and limit, if it states them, are what varies.
    limits : sequence of float
        Tried where the limit is free. [JPY]
    where : str
        What to call the place of the identifier in messages.

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
    for step in ladder_ids(identifier, limits, where):
        rung = plan(step, where)
        # Where another term caps the limit, higher ones change nothing.
        built.setdefault(rung.headline_limit, rung)
    steps = tuple(built[limit] for limit in sorted(built))
    return Ladder(steps[0].product, steps[0].wording.plan.label, steps)


def ladder_ids(identifier: str, limits: Sequence[float], where: str = "plan") -> tuple[str, ...]:
    """Return the identifiers of a plan at each of its possible limits.

    An aggregate limit stated beside the limit per event moves with it, in proportion.

    Examples
    --------
    >>> ladder_ids("galileo_generic@limit_per_event=10@limit_aggregate=20", (100.0,))
    ('galileo_generic@limit_per_event=100@limit_aggregate=200',)
    """
    parts = parse_id(identifier, where)
    source = product(parts.product, where)
    if source.patterns:
        return tuple(identifier_of(replace(parts, pattern=pattern)) for pattern in source.patterns)
    term = next((name for name in _LIMIT_TERMS if name in source.contract), None)
    if term is None:
        return (identifier,)
    return tuple(identifier_of(_at_limit(parts, term, limit)) for limit in limits)


def _at_limit(parts: PlanId, term: str, limit: float) -> PlanId:
    choices = dict(parts.choices)
    aggregate, stated = _LIMIT_TERMS[term], choices.get(term, "")
    if aggregate in choices and stated.isdigit() and choices[aggregate].isdigit():
        moved = int(limit) * int(choices[aggregate]) // max(int(stated), 1)
        choices[aggregate] = str(moved)
    choices[term] = f"{limit:.0f}"
    return replace(parts, choices=choices)
