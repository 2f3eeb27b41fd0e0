"""Laying the incidents of a case out as one policy year, in the tables of a simulated one."""

from __future__ import annotations

from collections.abc import Sequence
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


def losses_of(incidents: Sequence[Incident]) -> tuple[LossTable, tuple[int, ...]]:
    """Lay the incidents out as one policy year, each loss item as a column of its own."""
    n = len(incidents)
    items: list[LossItem] = []
    incident_of: list[int] = []
    for i, incident in enumerate(incidents):
        for item in incident.items:
            for loss_item in _loss_items(item, i, n):
                items.append(loss_item)
                incident_of.append(i)
    events = EventTable(
        years=Years((1,) * n),
        facts=_facts(incidents),
        exclusions=_established([incident.exclusions for incident in incidents]),
        exceptions=_established([incident.exceptions for incident in incidents]),
    )
    return LossTable(events, tuple(items)), tuple(incident_of)


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


def _loss_items(item: Item, incident: int, n: int) -> list[LossItem]:
    def column(value: float) -> FloatArray:
        array = np.zeros(n)
        array[incident] = value
        return array

    facts: dict[str, Fact] = {
        "consent": item.consent,
        "direct_cause_location": item.direct_cause_location,
        "incurred_on": np.datetime64(item.incurred_on, "D") if item.incurred_on else NOT_STATED,
    }
    for name in ("form", "recipient", "settled_by", "claim"):
        facts[name] = CATEGORIES[name].index(getattr(item, name))
    found = []
    before = 0
    for head, amount in loss_of(item):
        units = per_unit = None
        if item.head in ("condolence", "entrustor_condolence"):
            units = column(item.persons or 0)
            each = item.per_person if head == item.head else item.shipping_per_person
            per_unit = column(each or 0)
        elif item.head == "condolence_corporate":
            units, per_unit = column(item.corporations or 0), column(item.per_corporation or 0)
        found.append(
            LossItem(
                head=head,
                amount=column(amount),
                units=units,
                per_unit=per_unit,
                per_unit_before=column(before) if before else None,
                facts=facts,
                exclusions=dict.fromkeys(item.exclusions, True),
                exceptions=dict.fromkeys(item.exceptions, True),
                officer_days=column(item.officer_days or 0),
                employee_days=column(item.employee_days or 0),
                outage_hours=None if item.outage_hours is None else column(item.outage_hours),
                claimable_under=item.claimable_under,
            )
        )
        before = item.per_person or 0
    return found
