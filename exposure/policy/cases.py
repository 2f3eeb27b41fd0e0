"""Reading real claims in the case schema (事例): strict, every problem of a file at once.

Turns a case into the same tables as a simulated year. What is paid is left to ``payout``, the
answer to ``claims``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any  # Any: JSON, before it has been checked

from pydantic import ValidationError

from exposure.errors import DataError, ExposureError, Problem, Text
from exposure.files import read_json, shown_path, unknown_key
from exposure.policy.case_records import (
    CaseRecord,
    Incident,
    Item,
    Period,
    PremiumRecord,
    empty_item,
    read_day,
)
from exposure.policy.case_tables import loss_of, losses_of
from exposure.policy.catalogue import SHIPPED, Catalogue, Product, products
from exposure.policy.choices import Value, check_choice, parse_id, typed
from exposure.policy.drafts import usual_plan
from exposure.policy.plans import Plan, build_plan, choices_in, require_filled
from exposure.policy.terms import PolicyPeriod
from exposure.policy.vocabulary import HEADS, MOST_YEN
from exposure.records import RuleError, problems_from
from exposure.tables import LossTable


@dataclass(frozen=True)
class Case:
    """A case ready to be paid (事例).

    ``placed`` names for every incident the loss items of ``losses`` that are its own, in order.
    """

    id: str
    plan: Plan
    period: PolicyPeriod
    used: Mapping[str, float]
    losses: LossTable
    placed: tuple[tuple[int, ...], ...]
    record: CaseRecord


@dataclass(frozen=True)
class PremiumCase:
    """A premium look-up."""

    id: str
    product: Product
    revenue: int
    months: int


def read_cases(path: Path | str, among: Catalogue = SHIPPED) -> list[Case | PremiumCase]:
    """Read a file of cases; nothing is answered unless all of them are good.

    Parameters
    ----------
    path : path
    among : Catalogue
        The products there are to choose from.

    Raises
    ------
    DataError
        With one problem per line, naming the case id and the field.
    """
    where = shown_path(path)
    document = read_json(path)
    if not isinstance(document, list):
        raise DataError(
            Problem(where, "", Text("事例の配列にしてください", "expected a list of cases"))
        )
    cases: list[Case | PremiumCase] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, entry in enumerate(document, start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        place = name if isinstance(name, str) and name else f"[{number}]"
        if place in seen:
            text = Text("idが重複しています", "duplicate id")
            problems.append(Problem(where, place, text))
        seen.add(place)
        try:
            cases.append(case_from(entry, where, place, among))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return cases


def empty_case(identifier: str, period: PolicyPeriod, among: Catalogue = SHIPPED) -> dict[str, Any]:
    """Return a case to fill in for a plan (事例のひな形).

    Its loss items are the heads that the plan covers; terms of the contract that the identifier
    leaves open stand as ``"?"`` with their name, and are refused until they are filled in.

    Parameters
    ----------
    identifier : str
        Of a plan; its choices need not all be made.
    period : PolicyPeriod
    among : Catalogue
        The products there are to choose from.

    Raises
    ------
    PlanError
        If the identifier names no plan.

    Examples
    --------
    >>> case = empty_case("nipponkoa_2006/F", PolicyPeriod.year_from(date(2026, 4, 1)))
    >>> case["plan"], case["incidents"][0]["items"][0]
    ('F', {'head': 'damages', 'amount': 0})
    """
    parts = parse_id(identifier)
    source = among.product(parts.product)
    require_filled(source)
    chosen, _ = choices_in(identifier, source)
    built = usual_plan(source, chosen)
    assert built is not None  # it has no blanks
    pattern = chosen.pattern
    if pattern is None and source.patterns:
        pattern = "?" + "・".join(source.patterns)
    terms: dict[str, Any] = {}
    for name, choice in source.contract.items():
        value = chosen.contract.get(name, choice.default)
        is_open = value is None and not choice.optional
        shown = f"?{choice.label.ja}" if is_open else value
        terms[name] = shown.isoformat() if isinstance(shown, date) else shown
    incident: dict[str, Any] = dict.fromkeys(_TEMPLATE_DAYS, None)
    incident |= dict.fromkeys(_TEMPLATE_FLAGS, False)
    return {
        "id": "1",
        "product": source.name,
        "plan": pattern or source.case_plan,
        "options": {name: value for name, value in built.options.items() if value is not None},
        "policy": {
            "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
            **terms,
        },
        "prior_paid": {},
        "incidents": [
            {**incident, "items": [empty_item(head) for head in HEADS if built.takes(head)]}
        ],
    }


_TEMPLATE_DAYS = ("leaked_on", "discovered_on", "notified_on", "claim_made_on")
_TEMPLATE_FLAGS = ("reported_to_authority", "own_notice", "media_report", "letters_sent")


def case_from(
    entry: object, where: str, place: str, among: Catalogue = SHIPPED
) -> Case | PremiumCase:
    """Build one case from a JSON object."""
    premium = isinstance(entry, dict) and entry.get("kind") == "premium"
    model: type[CaseRecord] | type[PremiumRecord] = PremiumRecord if premium else CaseRecord
    try:
        record = model.model_validate(entry)
    except ValidationError as error:
        raise DataError(problems_from(error, where, place, known=model)) from None
    if record.product not in among.names:
        raise DataError(
            Problem(
                where,
                f"{place}.product",
                unknown_key("", "", record.product[:40], among.names).expected,
                record.product,
            )
        )
    source = among.product(record.product)
    if isinstance(record, PremiumRecord):
        if source.raw.get("premium") is None:
            text = Text("保険料表のない商品です", "this product has no premium table")
            raise DataError(Problem(where, f"{place}.product", text, record.product))
        return PremiumCase(record.id, source, record.revenue, record.months)
    return _payout_case(record, source, where, place)


def _payout_case(record: CaseRecord, source: Product, where: str, place: str) -> Case:
    require_filled(source, f"{where}: {place}")
    problems: list[Problem] = []
    options = _chosen(record.options, source.options, where, f"{place}.options", problems)
    terms = dict(record.policy)
    try:
        period = Period.model_validate(terms.pop("period", None))
    except ValidationError as error:
        problems += problems_from(error, where, f"{place}.policy.period", known=Period)
        period = None
    contract = _chosen(terms, source.contract, where, f"{place}.policy", problems)
    pattern = record.plan if source.patterns else None
    if source.patterns and record.plan not in source.patterns:
        listed = ", ".join(source.patterns)
        text = Text(f"型を選んでください: {listed}", f"choose a pattern: {listed}")
        problems.append(Problem(where, f"{place}.plan", text, record.plan or ""))
    if not source.patterns and record.plan not in (None, source.case_plan):
        text = Text(
            f"「{source.case_plan}」にするか、省いてください",
            f'expected "{source.case_plan}", or nothing',
        )
        problems.append(Problem(where, f"{place}.plan", text, record.plan))
    prior = source.raw["plan"].get("prior", {})
    problems += [
        unknown_key(where, f"{place}.prior_paid.{key}", key, prior)
        for key in record.prior_paid
        if key not in prior
    ]
    if not record.incidents:
        text = Text("1件以上の事故が必要です", "needs at least one incident")
        problems.append(Problem(where, f"{place}.incidents", text))
    problems += _item_problems(record, where, place, source)
    if problems or period is None:
        raise DataError(problems)
    plan = build_plan(source, pattern, options, contract, where=f"{where}: {place}")
    losses, placed = losses_of(record.incidents)
    return Case(
        id=record.id,
        plan=plan,
        period=PolicyPeriod(
            start=period.start,
            end=period.end,
            first_inception=plan.contract.get("first_inception"),
            retroactive_date=plan.contract.get("retroactive_date"),
        ),
        used={prior[key]: float(amount) for key, amount in record.prior_paid.items()},
        losses=losses,
        placed=placed,
        record=record,
    )


def _chosen(
    given: Mapping[str, Any],
    choices: Mapping[str, Any],
    where: str,
    place: str,
    problems: list[Problem],
) -> dict[str, Value]:
    chosen: dict[str, Value] = {}
    for name, value in given.items():
        if name not in choices:
            problems.append(unknown_key(where, f"{place}.{name}", name, choices))
            continue
        if choices[name].kind == "date" and value is not None:
            try:
                value = read_day(value)
            except RuleError as error:
                problems.append(Problem(where, f"{place}.{name}", error.text, value))
                continue
        if isinstance(value, str) and value.startswith("?"):
            text = Text("空欄です。書き込んでください", "left blank; fill it in")
            problems.append(Problem(where, f"{place}.{name}", text, value))
            continue
        read = typed if isinstance(value, str) else check_choice
        value, expected = read(choices[name], value)
        if expected is not None:
            problems.append(Problem(where, f"{place}.{name}", expected, given[name]))
        else:
            chosen[name] = value
    return chosen


@lru_cache(maxsize=1)
def _shipped_ids() -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of all exclusions and of all exceptions of all shipped products."""
    raw = [SHIPPED.product(name).raw for name in products()]
    return (
        frozenset(key for one in raw for key in one.get("exclusion", {})),
        frozenset(key for one in raw for key in one.get("exception", {})),
    )


def _item_problems(record: CaseRecord, where: str, place: str, source: Product) -> list[Problem]:
    covers = source.raw["cover"]
    shipped = _shipped_ids()
    # What is established of an incident is so under whatever policy; each case may name any.
    known = (
        shipped[0] | set(source.raw.get("exclusion", {})),
        shipped[1] | set(source.raw.get("exception", {})),
    )
    problems: list[Problem] = []
    total = 0
    for i, incident in enumerate(record.incidents, start=1):
        at = f"{place}.incidents[{i}]"
        problems += _id_problems(incident, where, at, known)
        for k, item in enumerate(incident.items, start=1):
            problems += _id_problems(item, where, f"{at}.items[{k}]", known)
            problems += [
                _unknown_id(where, f"{at}.items[{k}].claimable_under", name, covers)
                for name in item.claimable_under
                if name not in covers
            ]
            total += sum(amount for _, amount in loss_of(item))
    if total > MOST_YEN:
        text = Text(
            f"損害の合計は{MOST_YEN:,}円までです", f"losses may add up to {MOST_YEN:,} yen at most"
        )
        problems.append(Problem(where, f"{place}.incidents", text, total))
    return problems


def _id_problems(
    record: Incident | Item, where: str, at: str, known: tuple[frozenset[str], frozenset[str]]
) -> list[Problem]:
    exclusions, exceptions = known
    problems = [
        _unknown_id(where, f"{at}.exclusions", key, exclusions)
        for key in record.exclusions
        if key not in exclusions
    ]
    return problems + [
        _unknown_id(where, f"{at}.exceptions", key, exceptions)
        for key in record.exceptions
        if key not in exceptions
    ]


def _unknown_id(where: str, place: str, name: str, known: Iterable[str]) -> Problem:
    return Problem(where, place, unknown_key("", "", name, known).expected, name)
