"""The plans a study could buy: those it names, or all shipped ones, each with endorsements.

Which plans exist is left to ``policy``, which premium is used to the measures.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any  # Any: a study as read from a file

from exposure.errors import DataError, ExposureError, PlanError, Problem
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.names import NeedSection, need_section
from exposure.inputs.study_file import (
    PlanChoice,
    StudyFile,
    plan_twice,
    policies_of,
    study_from_mapping,
)
from exposure.lazy import lazy
from exposure.policy.catalogue import SHIPPED, Catalogue, Product
from exposure.policy.choices import PlanId, identifier_of, parse_id
from exposure.policy.drafts import catalogue_of
from exposure.policy.plan import Plan, plan
from exposure.policy.premiums import premium_of
from exposure.policy.vocabulary import ROOT, Label

# Contract terms that set a plan's limit, and the aggregate that goes with each.
_LIMIT_TERMS = {"limit": "", "limit_per_event": "limit_aggregate"}


@dataclass(frozen=True)
class Offer:
    """A plan that could be bought, and what is known of its premium (候補のプラン).

    Parameters
    ----------
    id : str
        In the result: the plan's identifier, with the label appended where another offer has it.
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

    @lazy
    def limit(self) -> float:
        """The most it pays for liability. [JPY]."""
        return self.plan.headline_limit

    @lazy
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

    ``plans`` has the whole product rebuilt at each limit, in ascending order.
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
        Without plans, every shipped product is offered, and those of its own policy files: all
        patterns, or a grid of limits.
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
    among = catalogue_of(study.policies)
    choices = study.plans or tuple(
        PlanChoice(id=identifier) for identifier in default_plans(assumptions, among)
    )
    built: list[Plan] = []
    problems: list[Problem] = []
    for number, choice in enumerate(choices, start=1):
        try:
            built.append(plan(choice.id, f"{where}: plan[{number}].id", among))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise PlanError(problems)
    marks = _marks(choices, built, where)
    found: dict[tuple[str, frozenset[str]], Offer] = {}
    for choice, one, mark in zip(choices, built, marks, strict=True):
        offer = _offer(study, choice, one, mark, is_stated=True)
        found[offer.series, frozenset(offer.tried)] = offer
    if study.study.endorsements == "tried":
        for choice, one, mark in zip(choices, built, marks, strict=True):
            bare = PlanChoice(id=choice.id, label=choice.label if mark else None)
            for endorsed in plans_with_endorsements(one):
                offer = _offer(study, bare, endorsed, mark)
                found.setdefault((offer.series, frozenset(offer.tried)), offer)
    return tuple(sorted(found.values(), key=lambda offer: offer.order))


def _marks(choices: Sequence[PlanChoice], built: Sequence[Plan], where: str) -> list[str]:
    """Return what tells plans of one identifier apart: their labels (見積りの区別)."""
    times = Counter(one.id for one in built)
    problems: list[Problem] = []
    found: list[str] = []
    seen: set[str] = set()
    for number, (choice, one) in enumerate(zip(choices, built, strict=True), start=1):
        mark = f"#{choice.label}" if times[one.id] > 1 and choice.label else ""
        if times[one.id] > 1 and (not mark or one.id + mark in seen):
            problems.append(Problem(where, f"plan[{number}].label", plan_twice(one.id)))
        seen.add(one.id + mark)
        found.append(mark)
    if problems:
        raise PlanError(problems)
    return found


def plans_with_endorsements(of: Plan) -> tuple[Plan, ...]:
    """Return a plan with every set of the endorsements that can be priced, none among them.

    Sets that cannot stand together are left out.

    Examples
    --------
    >>> len(plans_with_endorsements(plan("aiu_2015+card@limit=100000000")))
    16
    >>> [one.id for one in plans_with_endorsements(plan("nipponkoa_2006/F"))]
    ['nipponkoa_2006/F']
    """
    parts = parse_id(of.id)
    options = of.source.options
    priced = [name for name, option in options.items() if option.priced and not option.default]
    given = tuple(name for name in parts.endorsements if name not in priced)
    found = []
    for size in range(len(priced) + 1):
        for chosen in combinations(priced, size):
            identifier = identifier_of(replace(parts, endorsements=(*given, *chosen)))
            try:
                found.append(of.variant(identifier))
            except PlanError:
                continue
    return tuple(found)


def _offer(
    study: StudyFile, choice: PlanChoice, built: Plan, mark: str, *, is_stated: bool = False
) -> Offer:
    parts, options = parse_id(built.id), built.source.options
    tried = tuple(
        name
        for name, option in options.items()
        if option.priced and not option.default and name in parts.endorsements
    )
    rest = tuple(name for name in parts.endorsements if name not in tried)
    label = built.label
    if choice.label and is_stated:
        label = Label(ja=choice.label, en=choice.label)
    elif mark:
        label = Label(ja=f"{label.ja}（{choice.label}）", en=f"{label.en} ({choice.label})")
    revenue = study.client.revenue
    printed = premium_of(built, revenue, study.client.industry)
    most = built.wording.plan.sold_up_to_revenue
    return Offer(
        id=built.id + mark,
        plan=built,
        label=label,
        product=parts.product + mark,
        series=identifier_of(replace(parts, endorsements=rest)) + mark,
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
    limits : sequence of float
        Tried where the limit is free. [JPY]
    study : StudyFile
        Of the client.
    """
    found: dict[tuple[float, float], Offer] = {(offer.limit, offer.cost_limit): offer}
    for built in ladder(offer.plan, limits).plans:
        step = _offer(study, PlanChoice(id=built.id), built, "")
        found.setdefault((step.limit, step.cost_limit), step)
    return tuple(found[amounts] for amounts in sorted(found))


def section_limit(built: Plan, section: NeedSection) -> float:
    """Return the most a plan pays for one section of one event (区分ごとの支払限度額).

    ``section`` is ``liability`` or ``costs``.

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


def check_study(
    raw: Mapping[str, Any], where: str, name: str, folder: Path | None = None
) -> StudyFile:
    """Read a study with its plans; what is wrong with either is said together.

    Arguments are as in `exposure.inputs.study_file.study_from_mapping`.

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
    grid : sequence of float
        Of limits. [JPY]

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
