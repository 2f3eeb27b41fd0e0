"""The records of the case schema (事例の様式): strict, valid from then on.

What the fields mean for a payment is left to ``case_tables``, the product's own names to ``cases``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal  # Any: JSON, before pydantic has checked it

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exposure.errors import Text
from exposure.policy.phrases import head_called, unknown_head
from exposure.policy.vocabulary import INTERRUPTION_HEADS, MOST_YEN
from exposure.records import RuleError
from exposure.yen import counter_of, parse_number

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)


def read_day(value: object) -> object:
    """Read an ISO day, strictly."""
    text = Text("YYYY-MM-DD の日付にしてください", "expected a date YYYY-MM-DD")
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        raise RuleError(text)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise RuleError(text) from None
    if day.year not in _YEARS:
        raise RuleError(text)
    return day


def _count(value: object, counters: str) -> object:
    if isinstance(value, str):
        try:
            number = parse_number(value)
        except ValueError:
            number = None
        if number is None or counter_of(value) not in ("", *counters):
            example = "10万円" if _YEN in counters else f"10,000{counters[:1]}"
            text = Text(
                f"数か金額にしてください（例 1000、{example}）",
                f"expected a number, as 1000 or {example}",
            )
            raise RuleError(text)
        value = number
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_YEN:
        raise RuleError(
            Text(
                f"0以上{MOST_YEN:,}以下の整数にしてください",
                f"expected a whole number from 0 to {MOST_YEN:,}",
            )
        )
    return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise RuleError(Text("true か false にしてください", "expected true or false"))
    return value


def _head(value: object) -> object:
    name = head_called(value) if isinstance(value, str) else None
    if name is None:
        raise RuleError(unknown_head(str(value)[:40]))
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
            raise RuleError(Text("この損害項目に必要です", f"needed for head {self.head}"), name)
        for name in sorted(given - allowed):
            raise RuleError(Text("この損害項目には使えません", f"not for head {self.head}"), name)
        if self.outage_hours is not None and self.head not in INTERRUPTION_HEADS:
            text = Text("この損害項目には使えません", f"not for head {self.head}")
            raise RuleError(text, "outage_hours")
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
                raise RuleError(text, name)
        return self


class Period(_Record):
    """The policy period."""

    start: Day
    end: Day

    @model_validator(mode="after")
    def _order(self) -> Period:
        if self.end < self.start:
            raise RuleError(Text("開始日より前です", f"before the start ({self.start})"), "end")
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
