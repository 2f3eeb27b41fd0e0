"""The case schema (事例の様式): its strict records, and a case laid out as one policy year.

The product's own names are left to ``cases``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import (
    Annotated,
    Any,  # Any: JSON, before pydantic has checked it
    Literal,
)

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exposure.amounts import parse_counted
from exposure.arrays import FloatArray, Years
from exposure.errors import Text
from exposure.policy.catalogue import product
from exposure.policy.phrases import find_head, unknown_head
from exposure.policy.vocabulary import INTERRUPTION_HEADS, MOST_YEN
from exposure.records import RuleError
from exposure.tables import CATEGORIES, NOT_STATED, EventTable, Fact, LossItem, LossTable

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")

_YEARS = range(1900, 2200)


def read_day(value: object) -> object:
    """Read an ISO day, strictly."""
    text = Text("YYYY-MM-DD の日付にしてください", "expected a date YYYY-MM-DD")
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise RuleError(*text)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise RuleError(*text) from None
    if day.year not in _YEARS:
        raise RuleError(*text)
    return day


def _count(value: object, counters: str) -> object:
    if isinstance(value, str):
        try:
            value = parse_counted(value, counters)
        except ValueError:
            example = "10万円" if _YEN in counters else f"10,000{counters[:1]}"
            text = Text(
                f"数か金額にしてください（例 1000、{example}）",
                f"expected a number, as 1000 or {example}",
            )
            raise RuleError(*text) from None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_YEN:
        raise RuleError(
            f"0以上{MOST_YEN:,}以下の整数にしてください",
            f"expected a whole number from 0 to {MOST_YEN:,}",
        )
    return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise RuleError("true か false にしてください", "expected true or false")
    return value


def _head(value: object) -> object:
    name = find_head(value) if isinstance(value, str) else None
    if name is None:
        raise RuleError(*unknown_head(str(value)[:40]))
    return name


Day = Annotated[date, BeforeValidator(read_day)]

_YEN = "円"

Yen = Annotated[int, BeforeValidator(lambda value: _count(value, _YEN))]

Persons = Annotated[int, BeforeValidator(lambda value: _count(value, "名人件"))]

Corporations = Annotated[int, BeforeValidator(lambda value: _count(value, "社件"))]

Count = Annotated[int, BeforeValidator(lambda value: _count(value, ""))]

YesNo = Annotated[bool, BeforeValidator(_flag)]

Ids = tuple[Annotated[str, Field(min_length=1, max_length=80)], ...]


_BY_UNIT = {
    "condolence": ("persons", "per_person"),
    "entrustor_condolence": ("persons", "per_person"),
    "condolence_corporate": ("corporations", "per_corporation"),
}

_DAYS = ("officer_days", "employee_days")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Record):
    """One loss item of a claim."""

    head: Annotated[str, BeforeValidator(_head)]
    amount: Yen | None = None
    persons: Persons | None = None
    per_person: Yen | None = None
    shipping_per_person: Yen | None = None
    corporations: Corporations | None = None
    per_corporation: Yen | None = None
    officer_days: Count | None = None
    employee_days: Count | None = None
    outage_hours: Count | None = None
    form: Literal["cash", "goods", "third_party_voucher", "own_voucher", "points", "digital"] = (
        "cash"
    )
    recipient: Literal["customer", "employee_non_customer"] = "customer"
    incurred_on: Day | None = None
    consent: YesNo = True
    exclusions: Ids = ()
    exceptions: Ids = ()
    claimable_under: Ids = ()
    settled_by: Literal["judgment", "arbitration", "court_settlement", "adr", "out_of_court"] = (
        "judgment"
    )
    claim: Literal["personal_info", "corporate_info", "ip"] = "personal_info"
    direct_cause_location: YesNo = True

    @model_validator(mode="after")
    def _amounts(self) -> Item:
        given = {
            name
            for name in ("amount", *sum(_BY_UNIT.values(), ()), *_DAYS, "shipping_per_person")
            if getattr(self, name) is not None
        }
        if self.head in _BY_UNIT:
            needed, allowed = set(_BY_UNIT[self.head]), set(_BY_UNIT[self.head])
            if self.head == "condolence":
                allowed.add("shipping_per_person")
        elif self.head == "court_attendance":
            needed, allowed = set(), set(_DAYS)
            if not given:
                needed = {"officer_days"}
        else:
            needed = allowed = {"amount"}
        for name in sorted(needed - given):
            raise RuleError("この損害項目に必要です", f"needed for head {self.head}", name)
        for name in sorted(given - allowed):
            raise RuleError("この損害項目には使えません", f"not for head {self.head}", name)
        if self.outage_hours is not None and self.head not in INTERRUPTION_HEADS:
            text = Text("この損害項目には使えません", f"not for head {self.head}")
            raise RuleError(*text, "outage_hours")
        return self


def empty_item(head: str) -> dict[str, str | int]:
    """Return a loss item of nothing, with the fields its head is counted in (損害項目のひな形).

    Examples
    --------
    >>> empty_item("condolence")
    {'head': 'condolence', 'persons': 0, 'per_person': 0}
    """
    fields = _BY_UNIT.get(head, ("amount",))
    if head == "court_attendance":
        fields = _DAYS
    return {"head": head, **dict.fromkeys(fields, 0)}


class Incident(_Record):
    """One accident and one claim."""

    items: tuple[Item, ...]
    leak_status: Literal["leak", "suspected"] = "leak"
    leaked_on: Day | None = None
    discovered_on: Day | None = None
    notified_on: Day | None = None
    claim_made_on: Day | None = None
    security_discovered_on: Day | None = None
    noncoverage_known_on: Day | None = None
    reported_to_authority: YesNo = False
    own_notice: YesNo = False
    media_report: YesNo = False
    letters_sent: YesNo = False
    attack: Literal["none_alleged", "confirmed", "proved_none"] = "none_alleged"
    outside_alert: YesNo = False
    data_subject: Literal["customer", "employee", "officer", "corporate"] = "customer"
    deceased: YesNo = False
    data_location: Literal["JP", "overseas"] = "JP"
    business_location: Literal["JP", "overseas"] = "JP"
    claim_country: Annotated[str, Field(min_length=1, max_length=40)] = "JP"
    entrusted: YesNo = False
    approved_consultant: YesNo = True
    exclusions: Ids = ()
    exceptions: Ids = ()

    @model_validator(mode="after")
    def _order_of_days(self) -> Incident:
        for name in ("discovered_on", "notified_on", "claim_made_on"):
            later = getattr(self, name)
            if self.leaked_on is not None and later is not None and later < self.leaked_on:
                text = Text(
                    f"漏えいの日（{self.leaked_on}）より前です",
                    f"before the day of the leak ({self.leaked_on})",
                )
                raise RuleError(*text, name)
        return self


class Period(_Record):
    """The policy period."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def _order(self) -> Period:
        if self.end < self.start:
            raise RuleError("開始日より前です", f"before the start ({self.start})", "end")
        return self


class CaseRecord(_Record):
    """A payout case as it stands in a file."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    product: str
    plan: str | None = None
    options: Mapping[str, Any] = {}  # Any: checked against the product
    policy: Mapping[str, Any]
    prior_paid: Mapping[str, Yen] = {}
    incidents: tuple[Incident, ...]
    expected: Any = None
    reason: Any = None
    clause: Any = None
    readings: Any = None
    tags: Any = None
    kind: Literal["payout"] = "payout"


class PremiumRecord(_Record):
    """A premium look-up as it stands in a file."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Literal["premium"]
    product: str
    revenue: Yen
    months: Annotated[int, Field(ge=1, le=12, strict=True)] = 12
    expected: Any = None
    reason: Any = None
    clause: Any = None
    readings: Any = None
    tags: Any = None


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
        exclusions=_flags_by_id([incident.exclusions for incident in incidents]),
        exceptions=_flags_by_id([incident.exceptions for incident in incidents]),
    )
    items = tuple(column.item(n) for column in columns)
    return LossTable(events, items), tuple(
        tuple(number[id(column)] for column in of_one) for of_one in placed
    )


def _flags_by_id(ids: Sequence[Sequence[str]]) -> dict[str, Any]:
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
