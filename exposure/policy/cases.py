"""Real claims: read in the case schema, every problem at once, and adjusted (支払事例).

Turns a case into the same tables as a simulated year, and has them paid by the same
``interpreter``. Spreading a section's payment over its heads is presentation only.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import (
    Any,  # Any: JSON, before it has been checked
    TypedDict,
    final,
)

import numpy as np
from pydantic import ValidationError

from exposure.errors import DataError, ExposureError, Problem, Text
from exposure.files import read_json, shown_path, unknown_key
from exposure.policy.assignment import candidates
from exposure.policy.case_schema import (
    CaseRecord,
    Incident,
    Item,
    Period,
    PremiumRecord,
    empty_item,
    loss_of,
    losses_of,
    read_day,
)
from exposure.policy.catalogue import SHIPPED, Catalogue, Product, products
from exposure.policy.choices import Value, check_choice, parse_choice, parse_id
from exposure.policy.drafts import usual_plan
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.plan import Plan, build_plan, choices_in, require_filled
from exposure.policy.premiums import printed_premium
from exposure.policy.vocabulary import HEADS, MOST_YEN, PolicyPeriod, PremiumTable
from exposure.records import RuleError, problems_from
from exposure.tables import LossItem, LossTable


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
    options = _contract_values(record.options, source.options, where, f"{place}.options", problems)
    terms = dict(record.policy)
    try:
        period = Period.model_validate(terms.pop("period", None))
    except ValidationError as error:
        problems += problems_from(error, where, f"{place}.policy.period", known=Period)
        period = None
    contract = _contract_values(terms, source.contract, where, f"{place}.policy", problems)
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


def _contract_values(
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
        read = parse_choice if isinstance(value, str) else check_choice
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


# Beyond this many ways to assign the doubtful items of an incident, the case is refused.
_MOST_WAYS = 2**12


class HeadAnswer(TypedDict):
    """One loss head of an incident, in whole yen."""

    loss: int
    eligible: int
    paid: int
    uninsured: int


class SectionAnswer(TypedDict):
    """One section of an incident, in whole yen."""

    payable: int
    paid: int


class IncidentAnswer(TypedDict):
    """One incident, in whole yen."""

    heads: dict[str, HeadAnswer]
    sections: dict[str, SectionAnswer]
    total: int
    uninsured: int


@final
class CaseAnswer(TypedDict):
    """A payout case, answered."""

    id: str
    incidents: list[IncidentAnswer]
    total: int
    uninsured: int


@final
class PremiumAnswer(TypedDict):
    """A premium case, answered."""

    id: str
    premium: int | None


def adjust(case: Case | PremiumCase) -> CaseAnswer | PremiumAnswer:
    """Answer one case (支払保険金の算定).

    Returns
    -------
    dict
        The case's ``id`` and the fields of ``expected`` in the case schema.
    """
    if isinstance(case, PremiumCase):
        table = PremiumTable.model_validate(case.product.raw["premium"])
        return {"id": case.id, "premium": printed_premium(table, case.revenue, case.months)}
    return answer_of(case, settle(case))


def settle(case: Case) -> PayoutTable:
    """Pay a case, each doubtful item under the rider that pays the insured most (A-5).

    Incidents are adjusted in order, so the best assignment is found incident by incident.
    """
    losses = case.losses
    doubtful = {
        number: candidates(case.plan, item.claimable_under, item.head)
        for number, item in enumerate(losses.items)
        if item.claimable_under
    }
    if not doubtful:
        return pay(case.plan, losses, case.period, case.used)
    if math.prod(len(names) for names in doubtful.values()) <= _MOST_WAYS:
        found = pay(case.plan, losses, case.period, case.used).assignment
        items: list[LossItem] = []
        assigned: dict[int, str] = {}
        for number, item in enumerate(losses.items):
            if number not in doubtful:
                items.append(item)
                continue
            for name, part in found.parts(number, item):
                assigned[len(items)] = name
                items.append(part)
        placed = replace(losses, items=tuple(items))
        return pay(case.plan, placed, case.period, case.used, assigned)
    return _one_by_one(case, doubtful)


def _one_by_one(case: Case, doubtful: Mapping[int, tuple[str, ...]]) -> PayoutTable:
    """Pay a case with too many ways to try all of them together, one incident after the other."""
    items: list[LossItem] = []
    own: dict[int, dict[int, tuple[str, ...]]] = {}
    for number, item in enumerate(case.losses.items):
        if number not in doubtful:
            items.append(item)
            continue
        for i in np.flatnonzero(item.amount).tolist():
            own.setdefault(i, {})[len(items)] = doubtful[number]
            items.append(item.of_events(np.arange(item.amount.size) == i))
    apart = replace(case, losses=replace(case.losses, items=tuple(items)))
    # What a later incident is put under changes nothing of an earlier one.
    assigned = {number: names[0] for of_one in own.values() for number, names in of_one.items()}
    for i in sorted(own):
        assigned |= _best_assignment(apart, i, own[i], assigned)
    return pay(case.plan, apart.losses, case.period, case.used, assigned)


def _best_assignment(
    case: Case, i: int, doubtful: Mapping[int, tuple[str, ...]], others: Mapping[int, str]
) -> Mapping[int, str]:
    ways = math.prod(len(names) for names in doubtful.values())
    if ways > _MOST_WAYS:
        text = Text("複数の特約に当たる損害項目が多すぎます", "too many items under several riders")
        raise DataError(Problem(case.id, f"incidents[{i + 1}].claimable_under", text, ways))
    if ways == 1:
        return {number: names[0] for number, names in doubtful.items()}
    best, most = {}, -1.0
    for way in itertools.product(*doubtful.values()):
        assigned = dict(zip(doubtful, way, strict=True))
        paid = pay(case.plan, case.losses, case.period, case.used, {**others, **assigned}).paid[i]
        if paid > most:
            best, most = assigned, paid
    return best


def answer_of(case: Case, table: PayoutTable) -> CaseAnswer:
    """Return what was paid for a case in the form of the case schema."""
    paid = {name: amounts.astype(int) for name, amounts in table.paid_by_section().items()}
    incidents: list[IncidentAnswer] = []
    for i in range(case.losses.events.n_events):
        heads = _heads(case, table, i, {name: int(amounts[i]) for name, amounts in paid.items()})
        total = int(table.paid[i])
        incidents.append(
            {
                "heads": heads,
                "sections": {
                    name: {
                        "payable": _payable(case, table, name, i, int(amounts[:i].sum())),
                        "paid": int(amounts[i]),
                    }
                    for name, amounts in paid.items()
                },
                "total": total,
                "uninsured": sum(head["loss"] for head in heads.values()) - total,
            }
        )
    return {
        "id": case.id,
        "incidents": incidents,
        "total": sum(incident["total"] for incident in incidents),
        "uninsured": sum(incident["uninsured"] for incident in incidents),
    }


def _payable(case: Case, table: PayoutTable, name: str, i: int, paid_before: int) -> int:
    """Return what a section would pay alone, its limit run down by what it really paid before."""
    payment = table.payments[name]
    left = payment.layer.period_limit - case.used.get(name, 0.0) - paid_before
    return int(min(payment.after_event_limit[i], max(left, 0.0)))


def _heads(
    case: Case, table: PayoutTable, i: int, by_section: Mapping[str, int]
) -> dict[str, HeadAnswer]:
    heads: dict[str, HeadAnswer] = {}
    for number in case.placed[i]:
        item = case.losses.items[number]
        entry = heads.setdefault(item.head, {"loss": 0, "eligible": 0, "paid": 0, "uninsured": 0})
        entry["loss"] += int(item.amount[i])
    for section, paid in by_section.items():
        eligible = _eligible_by_head(table, section, i)
        for head, amount in eligible.items():
            heads[head]["eligible"] += amount
        for head, amount in _paid_by_head(table, section, i, eligible, paid).items():
            heads[head]["paid"] += amount
    for entry in heads.values():
        entry["uninsured"] = entry["loss"] - entry["paid"]
    return heads


def _eligible_by_head(table: PayoutTable, name: str, i: int) -> dict[str, int]:
    """Return what a cover takes up by head, after the sublimits inside it."""
    payment = table.payments[name]
    eligible: dict[str, int] = {}
    for item, taken_up in payment.own.by_item:
        if item.amount[i] > 0:
            eligible[item.head] = eligible.get(item.head, 0) + int(taken_up[i])
    for inner in payment.layer.inner:
        within = _eligible_by_head(table, inner, i)
        if table.payments[inner].layer.cover is not None and _is_sublimit(table, inner):
            within = spread(int(table.payments[inner].payable[i]), within)
        for head, amount in within.items():
            eligible[head] = eligible.get(head, 0) + amount
    return eligible


def _is_sublimit(table: PayoutTable, name: str) -> bool:
    cover = table.payments[name].layer.cover
    plain = cover is not None and cover.deductible == 0 and cover.indemnity_ratio == 1
    return plain and name not in table.plan.wording.plan.limit_covers and cover.outside is None  # type: ignore[union-attr]  # plain says it is there


def _paid_by_head(
    table: PayoutTable, name: str, i: int, eligible: Mapping[str, int], paid: int
) -> dict[str, int]:
    """Spread a payment over heads, cover by cover where nothing outside them was cut."""
    inner = {
        part: int(table.payments[part].payable[i]) for part in table.payments[name].layer.inner
    }
    own: dict[str, int] = {}
    for item, taken_up in table.payments[name].own.by_item:
        if item.amount[i] > 0:
            own[item.head] = own.get(item.head, 0) + int(taken_up[i])
    in_full = sum(inner.values()) + sum(own.values()) == paid
    if inner and in_full:
        result = own
        for part, payable in inner.items():
            of_part = _eligible_by_head(table, part, i)
            for head, yen in _paid_by_head(table, part, i, of_part, payable).items():
                result[head] = result.get(head, 0) + yen
        return result
    return spread(paid, eligible)


def spread(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Spread whole yen in proportion to weights (X-2): largest remainder first, then listed order.

    Examples
    --------
    >>> spread(1_000_000, {"call_centre": 800_000, "regulatory_report": 700_000})
    {'call_centre': 533333, 'regulatory_report': 466667}
    """
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, 0)
    parts = {name: total * weight // whole for name, weight in weights.items()}
    rest = total - sum(parts.values())
    order = sorted(weights, key=lambda name: -(total * weights[name] % whole))
    for name in order[:rest]:
        parts[name] += 1
    return parts
