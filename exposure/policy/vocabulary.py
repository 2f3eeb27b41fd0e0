"""The names of the vocabulary and what a wording can ask: heads, reasons, conditions, exclusions.

Value types of the policy files and the records below the covers; the covers themselves are in
``terms``, whether a condition holds is left to ``conditions``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exposure.errors import Lang, Text
from exposure.files import by_likeness
from exposure.labels import labels
from exposure.records import RuleError
from exposure.tables import CATEGORIES, DATES, FLAGS

# The heads of the case schema (損害・費用の項目), in the order of its table.
HEADS: tuple[str, ...] = (
    "damages",
    "entrustor_costs",
    "entrustor_condolence",
    "card_misuse_damages",
    "card_reissue",
    "litigation_costs",
    "dispute_response_costs",
    "recourse_preservation_costs",
    "emergency_costs",
    "cooperation_costs",
    "court_attendance",
    "corporate_info_damages",
    "corporate_info_litigation_costs",
    "ip_damages",
    "ip_litigation_costs",
    "press_conference",
    "apology_ads",
    "consulting",
    "legal_consultation",
    "apology_letters",
    "call_centre",
    "condolence",
    "condolence_shipping",
    "condolence_corporate",
    "investigation",
    "recourse_claim_costs",
    "temporary_staff",
    "overtime_travel",
    "cyber_response",
    "certification",
    "misuse_monitoring",
    "containment",
    "recurrence_prevention",
    "data_restoration",
    "system_repair",
    "regulatory_report",
    "regulatory_proceedings",
    "recurrence_plan",
    "pci_assessment",
    "third_party_interruption",
    "business_interruption",
    "extra_expense",
)
# Heads of business that stands still: theirs is a waiting time (待機時間) in hours.
INTERRUPTION_HEADS = ("third_party_interruption", "business_interruption", "extra_expense")
# Work that is billed under one head is insured under another by wordings that do not name it.
INSURED_AS: Mapping[str, str] = {"cyber_response": "investigation"}
UNITS = ("person", "corporation")
BENEFIT_UNITS = ("officer_day", "employee_day")
ROOT = "plan"

REASONS: tuple[str, ...] = (
    "not_covered",
    "excluded",
    "window",
    "per_unit",
    "deductible",
    "share",
    "sublimit",
    "limit",
)


# Whole numbers up to here, and their products with a share, are exact in binary fractions.
MOST_YEN = 10**13
# A window ends within the calendar that days are reckoned in (the year 9999).
MOST_DAYS, MOST_MONTHS = 10**6, 10**4


def _one_of(names: tuple[str, ...]) -> Callable[[object], object]:
    def check(value: object) -> object:
        if value not in names:
            # What it may have meant comes first, where the eye falls on a long list.
            raise RuleError(_choose(by_likeness(value, names) if isinstance(value, str) else names))
        return value

    return check


_ONE_HEAD = _one_of(HEADS)


def _head(value: object) -> object:
    if value not in HEADS:
        for name, text in labels("head").items():
            if name in HEADS and value == text.ja:
                said = Text(f"費目の名前「{name}」で書いてください", f'expected its name, "{name}"')
                raise RuleError(said)
    return _ONE_HEAD(value)


def _no_such_term(value: object) -> None:
    """Refuse a ``"$name"`` that has not become a value: the contract has no such term."""
    if isinstance(value, str) and value.startswith("$"):
        name = value.removeprefix("$")
        raise RuleError(Text(f"[contract.{name}] がありません", f"there is no [contract.{name}]"))


def _choose(names: Iterable[object]) -> Text:
    listed = ", ".join(map(str, names))
    return Text(f"次のどれかにしてください: {listed}", f"expected one of {listed}")


def whole_yen(value: object) -> float:
    """Return an amount of a policy file, or refuse it (金額)."""
    whole = Text(
        "0以上の整数（円）か「10万円」の形にしてください",
        "expected whole yen, 0 or more, or 10万円",
    )
    _no_such_term(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleError(whole)
    # Comparisons with NaN are false, so a NaN fails here too.
    if not value >= 0 or (value != float("inf") and value != value // 1):
        raise RuleError(whole)
    if MOST_YEN < value < float("inf"):
        raise RuleError(
            Text(f"{MOST_YEN:,}円以下にしてください", f"expected {MOST_YEN:,} yen at most")
        )
    return float(value)


def _percent(value: object) -> object:
    _no_such_term(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= float(str(value)) <= 100:
        raise RuleError(
            Text("0から100の百分率にしてください", "expected a percentage from 0 to 100")
        )
    return Fraction(str(value)) / 100


Head = Annotated[str, BeforeValidator(_head)]
Yen = Annotated[float, BeforeValidator(whole_yen)]
Share = Annotated[Fraction, BeforeValidator(_percent)]
DayName = Annotated[
    str,
    BeforeValidator(
        _one_of(
            (
                *DATES,
                "security_deemed_on",
                "period.start",
                "period.end",
                "first_inception",
                "retroactive_date",
            )
        )
    ),
]


class Record(BaseModel):
    """A record read from a policy file: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Label(Record):
    """A name in both languages."""

    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def say(self, lang: Lang) -> str:
        """Return the name in one language."""
        return self.ja if lang == "ja" else self.en


class Condition(Record):
    """One thing that must be true for a loss to be paid (支払いの要件).

    Exactly one form: a ``fact`` ``among`` values; ``any`` of some flags; a day ``stated``; a
    ``date`` ``within`` the period, ``not_before``, ``not_after`` or ``before`` another day, or
    within ``days`` or ``months`` ``of`` a day; or ``any_of`` several lists of conditions. ``heads``
    restricts the condition to some heads. A window is a condition on the day a cost arose (期間).
    """

    fact: str | None = None
    among: tuple[str | bool, ...] = ()
    any: tuple[str, ...] = ()
    stated: DayName | None = None
    date: DayName | None = None
    within: Literal["period"] | None = None
    not_before: DayName | None = None
    not_after: DayName | None = None
    before: DayName | None = None
    or_unstated: bool = False
    of: DayName | None = None
    days: int | None = Field(default=None, ge=0, le=MOST_DAYS, strict=True)
    months: int | None = Field(default=None, ge=0, le=MOST_MONTHS, strict=True)
    any_of: tuple[tuple[Condition, ...], ...] = ()
    heads: tuple[Head, ...] = ()
    clause: str = ""

    @property
    def days_asked(self) -> tuple[str, ...]:
        """Names of the days the condition looks at."""
        own = (self.stated, self.date, self.not_before, self.not_after, self.before, self.of)
        nested = (day for way in self.any_of for part in way for day in part.days_asked)
        return (*(day for day in own if day is not None), *nested)

    @property
    def facts_asked(self) -> frozenset[str]:
        """Names of the attributes the condition looks at, days apart."""
        nested = (part.facts_asked for way in self.any_of for part in way)
        own = () if self.fact is None else (self.fact,)
        return frozenset((*own, *self.any)).union(*nested)

    @property
    def is_window(self) -> bool:
        """Whether this is about the day a cost arose."""
        return self.date == "incurred_on" and (self.days is not None or self.months is not None)

    @model_validator(mode="after")
    def _one_form(self) -> Condition:
        forms = [
            self.fact is not None,
            bool(self.any),
            self.stated is not None,
            self.date is not None,
            bool(self.any_of),
        ]
        if sum(forms) != 1:
            raise RuleError(
                Text(
                    "fact, any, stated, date, any_of のうち一つだけ書いてください",
                    "expected exactly one of fact, any, stated, date, any_of",
                )
            )
        if self.fact is not None:
            known = CATEGORIES.get(self.fact, (True, False) if self.fact in FLAGS else ())
            if not known:
                raise RuleError(_choose([*CATEGORIES, *FLAGS]), "fact")
            if not self.among or any(value not in known for value in self.among):
                raise RuleError(_choose(known), "among")
        for flag in self.any:
            if flag not in FLAGS:
                raise RuleError(_choose(FLAGS), "any")
        if self.date is None and any(
            bound is not None
            for bound in (
                self.within,
                self.not_before,
                self.not_after,
                self.before,
                self.of,
                self.days,
                self.months,
            )
        ):
            raise RuleError(
                Text("日付の条件には date が必要です", "a condition on a day needs date"), "date"
            )
        if self.date is not None:
            tests = [
                self.within is not None,
                any(bound is not None for bound in (self.not_before, self.not_after, self.before)),
                self.days is not None,
                self.months is not None,
            ]
            if sum(tests) != 1 or ((tests[2] or tests[3]) != (self.of is not None)):
                raise RuleError(
                    Text(
                        "within、not_before・not_after・before、days・months と of の"
                        "いずれか一組を書いてください",
                        "expected within, or not_before/not_after/before, or days/months with of",
                    ),
                    "date",
                )
        return self


class Exclusion(Record):
    """An exclusion (免責事由): whom it reaches, and what lifts it.

    ``unless`` lists exceptions, ``exception:cover`` for one that helps in that cover only;
    ``saved_in`` names for a cover the day whose being known saves its costs; ``only_with`` names
    for a cover another exclusion that must be established too. ``label`` names an exclusion that no
    shipped wording has.
    """

    label: Label | None = None
    reaches: tuple[str, ...]
    unless: tuple[str, ...] = ()
    saved_in: Mapping[str, DayName] = {}
    only_with: Mapping[str, str] = {}
    clause: str = ""
