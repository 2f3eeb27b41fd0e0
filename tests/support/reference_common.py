"""Tiny helpers of the slow reference: days, losses of an item, facts, spreading whole yen."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Record = dict[str, Any]


def day(text: str | None) -> date | None:
    """Read an ISO day; an absent or null day stays None."""
    return None if text is None else date.fromisoformat(text)


def in_period(when: date | None, policy: Record) -> bool:
    """Say whether a day falls in the policy period, both ends inclusive; no day, no."""
    start, end = day(policy["period"]["start"]), day(policy["period"]["end"])
    assert start is not None and end is not None
    return when is not None and start <= when <= end


def within_days(when: date | None, first: date | None, days: int) -> bool:
    """X-4: the first day is day 0, day n is in, day n+1 out; an item without a day is in."""
    if when is None:
        return True
    return first is not None and first <= when <= first + timedelta(days=days)


def corresponding_day(first: date) -> date:
    """N-5: the same calendar day a year later; the end of February where there is none."""
    year = first.year + 1
    last = calendar.monthrange(year, first.month)[1]
    return date(year, first.month, min(first.day, last))


def losses_of(item: Record) -> dict[str, int]:
    """Give the loss of one item by head, before any condition."""
    head = item["head"]
    if head == "condolence":
        losses = {head: item["persons"] * item["per_person"]}
        if "shipping_per_person" in item:
            losses["condolence_shipping"] = item["persons"] * item["shipping_per_person"]
        return losses
    if head == "entrustor_condolence":
        return {head: item["persons"] * item["per_person"]}
    if head == "condolence_corporate":
        return {head: item["corporations"] * item["per_corporation"]}
    if head == "court_attendance":
        # 004 L794-795: the tariff itself is taken as the loss.
        return {head: 50_000 * item.get("officer_days", 0) + 25_000 * item.get("employee_days", 0)}
    return {head: item["amount"]}


def facts(incident: Record, item: Record, key: str) -> set[str]:
    """Join the ids stated for the whole incident with those stated for the item alone."""
    return set(incident.get(key, [])) | set(item.get(key, []))


def add(amounts: dict[str, int], head: str, amount: int) -> None:
    """Add to a head, keeping the order of first appearance."""
    amounts[head] = amounts.get(head, 0) + amount


def spread(total: int, weights: dict[str, int]) -> dict[str, int]:
    """X-2: in proportion to the weights, whole yen, largest remainder first, ties as listed."""
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, 0)
    exact = {head: Fraction(total * weight, whole) for head, weight in weights.items()}
    shares = {head: int(value) for head, value in exact.items()}
    by_remainder = sorted(exact, key=lambda head: shares[head] - exact[head])
    for head in by_remainder[: total - sum(shares.values())]:
        shares[head] += 1
    return shares


def percent(amount: int, rate: int) -> int:
    """X-1: take a whole percentage and drop the fraction of a yen."""
    return int(Fraction(amount * rate, 100))


def incident_result(
    losses: dict[str, int],
    eligible: dict[str, dict[str, int]],
    paid: list[dict[str, int]],
    sections: Record,
) -> Record:
    """Lay out one incident as `expected` does."""
    heads = {}
    for head, loss in losses.items():
        head_paid = sum(amounts.get(head, 0) for amounts in paid)
        heads[head] = {
            "loss": loss,
            "eligible": sum(amounts.get(head, 0) for amounts in eligible.values()),
            "paid": head_paid,
            "uninsured": loss - head_paid,
        }
    total = sum(section["paid"] for section in sections.values())
    uninsured = sum(losses.values()) - total
    return {"heads": heads, "sections": sections, "total": total, "uninsured": uninsured}


def case_result(incidents: list[Record]) -> Record:
    """Sum the incidents of a case."""
    return {
        "incidents": incidents,
        "total": sum(incident["total"] for incident in incidents),
        "uninsured": sum(incident["uninsured"] for incident in incidents),
    }
