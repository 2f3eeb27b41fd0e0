"""Laying the incidents of a case out as one policy year, in the tables of a simulated one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any  # Any: flags by id

import numpy as np

from exposure.arrays import FloatArray, Years
from exposure.policy.case_records import Incident, Item
from exposure.policy.catalogue import product
from exposure.tables import CATEGORIES, NOT_STATED, EventTable, Fact, LossItem, LossTable

_TARIFF_COVER = "court"


def tariff() -> tuple[int, int]:
    """Return the yen per day in court of officer and employee (裁判所出頭費用). [JPY/day]."""
    benefit = product("aiu_2015").raw["cover"][_TARIFF_COVER]["benefit"]
    return int(benefit["officer_day"]), int(benefit["employee_day"])


def loss_of(item: Item) -> list[tuple[str, int]]:
    """Return the heads and yen of one item; a gift's sending is a head of its own."""
    if item.head in ("condolence", "entrustor_condolence"):
        persons = item.persons or 0
        parts = [(item.head, persons * (item.per_person or 0))]
        if item.shipping_per_person is not None:
            parts.append(("condolence_shipping", persons * item.shipping_per_person))
        return parts
    if item.head == "condolence_corporate":
        return [(item.head, (item.corporations or 0) * (item.per_corporation or 0))]
    if item.head == "court_attendance":
        officer, employee = tariff()
        days = (item.officer_days or 0) * officer + (item.employee_days or 0) * employee
        return [(item.head, days)]
    return [(item.head, item.amount or 0)]


def losses_of(incidents: Sequence[Incident]) -> tuple[LossTable, tuple[tuple[int, ...], ...]]:
    """Lay the incidents out as one policy year (事故の並び).

    Items of different incidents share a column where all that a wording asks of them is the same,
    so that many incidents need few columns. Within an incident every item has a column of its own,
    in the order in which they are listed.

    Parameters
    ----------
    incidents : sequence of Incident

    Returns
    -------
    LossTable, tuple of tuple of int
        The losses, and for every incident the columns of its items.
    """
    n = len(incidents)
    columns: list[_Column] = []
    placed: list[list[_Column]] = []
    for i, incident in enumerate(incidents):
        place = 0
        placed.append([])
        for item in incident.items:
            for part in _parts(item):
                free = (k for k in range(place, len(columns)) if columns[k].kind == part.kind)
                k = next(free, None)
                if k is None:
                    # Right behind the item before, which keeps the order of every incident.
                    columns.insert(place, _Column(part.kind))
                    k = place
                columns[k].parts[i] = part
                placed[-1].append(columns[k])
                place = k + 1
    number = {id(column): k for k, column in enumerate(columns)}
    events = EventTable(
        years=Years((1,) * n),
        facts=_facts(incidents),
        exclusions=_established([incident.exclusions for incident in incidents]),
        exceptions=_established([incident.exceptions for incident in incidents]),
    )
    items = tuple(column.item(n) for column in columns)
    return LossTable(events, items), tuple(
        tuple(number[id(column)] for column in of_one) for of_one in placed
    )


def _established(ids: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {
        key: np.array([key in of_one for of_one in ids]) for key in {k for of in ids for k in of}
    }


def _facts(incidents: Sequence[Incident]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for name in ("leak_status", "data_subject", "data_location", "business_location", "attack"):
        codes = [CATEGORIES[name].index(getattr(incident, name)) for incident in incidents]
        facts[name] = np.array(codes, dtype=np.int8)
    abroad = [int(incident.claim_country != "JP") for incident in incidents]
    facts["claim_country"] = np.array(abroad, dtype=np.int8)
    for name in (
        "reported_to_authority",
        "own_notice",
        "media_report",
        "letters_sent",
        "outside_alert",
        "deceased",
        "entrusted",
        "approved_consultant",
    ):
        facts[name] = np.array([getattr(incident, name) for incident in incidents])
    for name in (
        "leaked_on",
        "discovered_on",
        "notified_on",
        "claim_made_on",
        "security_discovered_on",
        "noncoverage_known_on",
    ):
        days = [getattr(incident, name) or NOT_STATED for incident in incidents]
        facts[name] = np.array(days, dtype="datetime64[D]")
    return facts


@dataclass(frozen=True)
class _Kind:
    """What items of one column have in common."""

    head: str
    asked: tuple[int, ...]
    consent: bool
    direct_cause_location: bool
    is_dated: bool
    by_unit: bool
    is_sent: bool
    is_outage: bool
    exclusions: frozenset[str]
    exceptions: frozenset[str]
    claimable_under: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """One loss of an incident: an item, or the sending of a gift."""

    kind: _Kind
    amount: int
    units: int
    each: int
    before: int
    item: Item


_ASKED = ("form", "recipient", "settled_by", "claim")


def _parts(item: Item) -> Iterator[_Part]:
    """Split an item into its losses; the sending of a gift comes after the gift."""
    before = 0
    by_person = item.head in ("condolence", "entrustor_condolence")
    by_corporation = item.head == "condolence_corporate"
    for head, amount in loss_of(item):
        units = (item.persons if by_person else item.corporations) or 0
        each = item.per_corporation if by_corporation else item.per_person
        if head != item.head:
            each = item.shipping_per_person
        kind = _Kind(
            head=head,
            asked=tuple(CATEGORIES[name].index(getattr(item, name)) for name in _ASKED),
            consent=item.consent,
            direct_cause_location=item.direct_cause_location,
            is_dated=item.incurred_on is not None,
            by_unit=by_person or by_corporation,
            is_sent=before > 0,
            is_outage=item.outage_hours is not None,
            exclusions=frozenset(item.exclusions),
            exceptions=frozenset(item.exceptions),
            claimable_under=item.claimable_under,
        )
        yield _Part(kind, amount, units, each or 0, before, item)
        before = item.per_person or 0


@dataclass
class _Column:
    """The losses of one kind, at most one for each incident."""

    kind: _Kind
    parts: dict[int, _Part] = field(default_factory=dict)

    def item(self, n: int) -> LossItem:
        """Return the column as an item of a loss table of n events."""

        def column(value: Callable[[_Part], float | None]) -> FloatArray:
            array = np.zeros(n)
            for i, part in self.parts.items():
                array[i] = value(part) or 0
            return array

        kind = self.kind
        days: Fact = NOT_STATED
        if kind.is_dated:
            days = np.full(n, NOT_STATED)
            for i, part in self.parts.items():
                days[i] = np.datetime64(part.item.incurred_on, "D")
        facts: dict[str, Fact] = {
            "consent": kind.consent,
            "direct_cause_location": kind.direct_cause_location,
            "incurred_on": days,
            **dict(zip(_ASKED, kind.asked, strict=True)),
        }
        return LossItem(
            head=kind.head,
            amount=column(lambda part: part.amount),
            units=column(lambda part: part.units) if kind.by_unit else None,
            per_unit=column(lambda part: part.each) if kind.by_unit else None,
            per_unit_before=column(lambda part: part.before) if kind.is_sent else None,
            facts=facts,
            exclusions=dict.fromkeys(sorted(kind.exclusions), True),
            exceptions=dict.fromkeys(sorted(kind.exceptions), True),
            officer_days=column(lambda part: part.item.officer_days),
            employee_days=column(lambda part: part.item.employee_days),
            outage_hours=column(lambda part: part.item.outage_hours) if kind.is_outage else None,
            claimable_under=kind.claimable_under,
        )
