"""Adjusting real claims (保険金支払事例): the answer to a case in the form of the case schema.

Pays with the same interpreter as the simulation. Spreading a section's payment over its heads is
presentation only (X-2).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, final

import numpy as np

from exposure.errors import DataError, Problem, Text
from exposure.policy.assignment import candidates
from exposure.policy.cases import Case, PremiumCase
from exposure.policy.payout import PayoutTable, pay
from exposure.policy.premium import printed_premium
from exposure.policy.terms import PremiumTable
from exposure.tables import LossItem

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
