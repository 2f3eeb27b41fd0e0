"""Reading real claims in the case schema (事例): strict, every problem of a file at once.

Turns a case into the same tables as a simulated year. What is paid is left to ``payout``, the answer
to ``claims``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal  # Any: JSON, before pydantic has checked it

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from exposure.arrays import Years
from exposure.errors import DataError, ExposureError, Problem, Text
from exposure.files import read_json, shown_path, unknown_key
from exposure.policy.catalogue import product, products
from exposure.policy.choices import Value, check_choice
from exposure.policy.plans import Plan, build_plan
from exposure.policy.terms import HEADS, PolicyPeriod
from exposure.records import RuleError, problems_from
from exposure.tables import CATEGORIES, NOT_STATED, EventTable, Fact, LossItem, LossTable

MOST_YEN = 10**13
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEARS = range(1900, 2200)


def _day(value: object) -> object:
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


def _count(value: object) -> object:
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
    if value not in HEADS:
        near = unknown_key("", "", str(value)[:40], HEADS).expected
        raise RuleError(Text(near.ja.replace("項目", "損害項目"), near.en.replace("key", "head")))
    return value


Day = Annotated[date, BeforeValidator(_day)]
Count = Annotated[int, BeforeValidator(_count)]
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
    amount: Count | None = None
    persons: Count | None = None
    per_person: Count | None = None
    shipping_per_person: Count | None = None
    corporations: Count | None = None
    per_corporation: Count | None = None
    officer_days: Count | None = None
    employee_days: Count | None = None
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
        return self


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
    plan: str
    options: Mapping[str, Any] = {}  # Any: checked against the product
    policy: Mapping[str, Any]
    prior_paid: Mapping[str, Count] = {}
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
    revenue: Count
    months: Annotated[int, Field(ge=1, le=12, strict=True)] = 12
    expected: Any = None
    reason: Any = None
    clause: Any = None
    readings: Any = None
    tags: Any = None


@dataclass(frozen=True)
class Case:
    """A case ready to be paid (事例).

    ``items`` names for every loss item of ``losses`` its incident and its place there.
    """

    id: str
    plan: Plan
    period: PolicyPeriod
    used: Mapping[str, float]
    losses: LossTable
    incident_of: tuple[int, ...]
    record: CaseRecord


@dataclass(frozen=True)
class PremiumCase:
    """A premium look-up."""

    id: str
    product: str
    revenue: int
    months: int


def read_cases(path: Path | str) -> list[Case | PremiumCase]:
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
            cases.append(case_from(entry, where, place))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return cases


def case_from(entry: object, where: str, place: str) -> Case | PremiumCase:
    """Build one case from a JSON object."""
    premium = isinstance(entry, dict) and entry.get("kind") == "premium"
    model: type[CaseRecord] | type[PremiumRecord] = PremiumRecord if premium else CaseRecord
    try:
        record = model.model_validate(entry)
    except ValidationError as error:
        raise DataError(problems_from(error, where, place, known=model)) from None
    if record.product not in products():
        raise DataError(
            Problem(
                where,
                f"{place}.product",
                unknown_key("", "", record.product[:40], products()).expected,
                record.product,
            )
        )
    if isinstance(record, PremiumRecord):
        if product(record.product).raw.get("premium") is None:
            text = Text("保険料表のない商品です", "this product has no premium table")
            raise DataError(Problem(where, f"{place}.product", text, record.product))
        return PremiumCase(record.id, record.product, record.revenue, record.months)
    return _payout_case(record, where, place)


def _payout_case(record: CaseRecord, where: str, place: str) -> Case:
    source = product(record.product)
    problems: list[Problem] = []
    options = _chosen(record.options, source.options, where, f"{place}.options", problems)
    terms = dict(record.policy)
    try:
        period = Period.model_validate(terms.pop("period", None))
    except ValidationError as error:
        problems += problems_from(error, where, f"{place}.policy.period", known=Period)
        period = None
    contract = _chosen(terms, source.contract, where, f"{place}.policy", problems)
    case_plan = source.raw["plan"].get("case_plan")
    pattern = record.plan if source.patterns else None
    if not source.patterns and record.plan != case_plan:
        text = Text(f"「{case_plan}」にしてください", f'expected "{case_plan}"')
        problems.append(Problem(where, f"{place}.plan", text, record.plan))
    prior = source.raw["plan"].get("prior", {})
    problems += [
        unknown_key(where, f"{place}.prior_paid", key, prior)
        for key in record.prior_paid
        if key not in prior
    ]
    if not record.incidents:
        text = Text("1件以上の事故が必要です", "needs at least one incident")
        problems.append(Problem(where, f"{place}.incidents", text))
    problems += _item_problems(record, where, place, source.raw["cover"])
    if problems or period is None:
        raise DataError(problems)
    plan = build_plan(source, pattern, options, contract, where=f"{where}: {place}")
    losses, incident_of = _losses(record.incidents)
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
        incident_of=incident_of,
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
                value = _day(value)
            except RuleError as error:
                problems.append(Problem(where, f"{place}.{name}", error.text, value))
                continue
        value, expected = check_choice(choices[name], value)
        if expected is not None:
            problems.append(Problem(where, f"{place}.{name}", expected, given[name]))
        else:
            chosen[name] = value
    return chosen


def known_exclusions() -> set[str]:
    """Return the ids of all exclusions of all shipped products."""
    return {key for name in products() for key in product(name).raw.get("exclusion", {})}


def known_exceptions() -> set[str]:
    """Return the ids of all exceptions of all shipped products."""
    return {key for name in products() for key in product(name).raw.get("exception", {})}


def _item_problems(
    record: CaseRecord, where: str, place: str, covers: Mapping[str, Any]
) -> list[Problem]:
    sections = [name for name, cover in covers.items() if "within" not in cover]
    problems: list[Problem] = []
    total = 0
    for i, incident in enumerate(record.incidents, start=1):
        at = f"{place}.incidents[{i}]"
        problems += _id_problems(incident, where, at)
        for k, item in enumerate(incident.items, start=1):
            problems += _id_problems(item, where, f"{at}.items[{k}]")
            problems += [
                unknown_key(where, f"{at}.items[{k}].claimable_under", name, sections)
                for name in item.claimable_under
                if name not in sections
            ]
            total += sum(amount for _, amount in loss_of(item))
    if total > MOST_YEN:
        text = Text(
            f"損害の合計は{MOST_YEN:,}円までです", f"losses may add up to {MOST_YEN:,} yen at most"
        )
        problems.append(Problem(where, f"{place}.incidents", text, total))
    return problems


def _id_problems(record: Incident | Item, where: str, at: str) -> list[Problem]:
    problems = [
        unknown_key(where, f"{at}.exclusions", key, known_exclusions())
        for key in record.exclusions
        if key not in known_exclusions()
    ]
    return problems + [
        unknown_key(where, f"{at}.exceptions", key, known_exceptions())
        for key in record.exceptions
        if key not in known_exceptions()
    ]


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


def _losses(incidents: Sequence[Incident]) -> tuple[LossTable, tuple[int, ...]]:
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
    for name in ("leak_status", "data_subject", "data_location", "business_location"):
        codes = [CATEGORIES[name].index(getattr(incident, name)) for incident in incidents]
        facts[name] = np.array(codes, dtype=np.int8)
    abroad = [int(incident.claim_country != "JP") for incident in incidents]
    facts["claim_country"] = np.array(abroad, dtype=np.int8)
    for name in (
        "reported_to_authority",
        "own_notice",
        "media_report",
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
    def column(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
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
                claimable_under=item.claimable_under,
            )
        )
        before = item.per_person or 0
    return found
