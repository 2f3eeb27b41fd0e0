"""The closed vocabulary in which every wording is said: covers, conditions, limits, exclusions.

Records of data, checked when they are built and valid from then on. Reading files and applying
patches is left to ``plans``; paying is left to ``payout``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal  # Any: values before pydantic has checked them

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exposure.errors import Lang
from exposure.tables import CATEGORIES, DATES, FLAGS

# The heads of the case schema (損害・費用の項目), in the order of its table.
HEADS: tuple[str, ...] = (
    "damages",
    "entrustor_costs",
    "entrustor_condolence",
    "card_misuse_damages",
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
)
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


def _one_of(names: tuple[str, ...]) -> BeforeValidator:
    def check(value: object) -> object:
        if value not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return value

    return BeforeValidator(check)


def _whole_yen(value: object) -> object:
    if value is None:
        return float("inf")
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError("whole yen, 0 or more")
    if value < 0 or (value != float("inf") and value != int(value)):
        raise ValueError("whole yen, 0 or more")
    return float(value)


def _percent(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError("a percentage from 0 to 100")
    return Fraction(str(value)) / 100


Head = Annotated[str, _one_of(HEADS)]
Yen = Annotated[float, BeforeValidator(_whole_yen)]
Share = Annotated[Fraction, BeforeValidator(_percent)]
DayName = Annotated[
    str,
    _one_of(
        (
            *DATES,
            "security_deemed_on",
            "period.start",
            "period.end",
            "first_inception",
            "retroactive_date",
        )
    ),
]


class Record(BaseModel):
    """A record read from a policy file: frozen, and no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Label(Record):
    """A name in both languages."""

    ja: str
    en: str

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
    days: int | None = Field(default=None, ge=0)
    months: int | None = Field(default=None, ge=0)
    any_of: tuple[tuple[Condition, ...], ...] = ()
    heads: tuple[Head, ...] = ()
    clause: str = ""

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
            raise ValueError("exactly one of fact, any, stated, date, any_of")
        if self.fact is not None:
            known = CATEGORIES.get(self.fact, (True, False) if self.fact in FLAGS else ())
            if not known:
                raise ValueError(f"fact: one of {', '.join([*CATEGORIES, *FLAGS])}")
            if not self.among or any(value not in known for value in self.among):
                raise ValueError(f"among: one or more of {', '.join(map(str, known))}")
        for flag in self.any:
            if flag not in FLAGS:
                raise ValueError(f"any: one or more of {', '.join(FLAGS)}")
        if self.date is not None:
            tests = [
                self.within is not None,
                any(bound is not None for bound in (self.not_before, self.not_after, self.before)),
                self.days is not None,
                self.months is not None,
            ]
            if sum(tests) != 1 or ((tests[2] or tests[3]) != (self.of is not None)):
                raise ValueError(
                    "date: within, not_before/not_after/before, or days/months with of"
                )
        return self


class Exclusion(Record):
    """An exclusion (免責事由): whom it reaches, and what lifts it.

    ``unless`` lists exceptions, ``exception:cover`` for one that helps in that cover only;
    ``saved_in`` names for a cover the day whose being known saves its costs; ``only_with`` names
    for a cover another exclusion that must be established too.
    """

    reaches: tuple[str, ...]
    unless: tuple[str, ...] = ()
    saved_in: Mapping[str, DayName] = {}
    only_with: Mapping[str, str] = {}
    clause: str = ""


class Limit(Record):
    """A limit (支払限度額): an amount, or a share of a cover's limit, at most an amount."""

    rate_percent: Share | None = None
    of: str | None = None
    at_most: Yen = float("inf")


class UnitCap(Record):
    """At most so many yen per person or corporation (1名・1法人あたりの限度額)."""

    amount: Yen
    heads: tuple[Head, ...] = Field(min_length=1)
    clause: str = ""


def _limit(value: Any) -> Any:  # Any: as read from TOML
    return value if isinstance(value, dict | Limit) else {"at_most": value}


LimitField = Annotated[Limit, BeforeValidator(_limit)]


class Cover(Record):
    """One limit of the brochure and what falls under it (担保).

    Fields stand in the order in which they are applied.
    """

    label: Label
    clause: str = ""
    attached: bool = True
    within: str | None = None
    heads: tuple[Head, ...] = ()
    benefit: Mapping[str, Yen] = {}
    require: Mapping[str, Condition] = {}
    per_unit: Mapping[str, UnitCap] = {}
    deductible: Yen = 0.0
    indemnity_percent: Share = Fraction(1)
    own_share_percent: Share = Fraction(0)
    outside: str | None = None
    ratio_limit: Literal["available", "event"] = "available"
    limit: LimitField | None = None
    event_limit: LimitField | None = None
    period_limit: LimitField | None = None

    @property
    def indemnity_ratio(self) -> Fraction:
        """Share paid (縮小てん補割合), own share taken off."""
        return self.indemnity_percent * (1 - self.own_share_percent)

    @model_validator(mode="after")
    def _no_double_limit(self) -> Cover:
        if self.limit is not None and (self.event_limit or self.period_limit):
            raise ValueError("either limit, or event_limit and period_limit")
        if any(unit not in BENEFIT_UNITS for unit in self.benefit):
            raise ValueError(f"benefit: units are {', '.join(BENEFIT_UNITS)}")
        return self


class Alternative(Record):
    """Another reading of an arguable wording, as a patch."""

    label: Label
    set: Mapping[str, Any] = {}  # Any: checked when the patched plan is built
    add: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()


class Reading(Record):
    """How an unclear wording is read (約款・案内の解釈)."""

    question: Label
    choice: Label
    why: Label
    clause: str = ""
    alternative: Mapping[str, Alternative] = {}


class Choice(Record):
    """Something the contract or the client decides (契約で定める事項・特約の付帯).

    ``patch`` holds, for an option, what attaching it changes; ``"$value"`` in it stands for the
    chosen value, ``"$limit"`` and the like for contract terms.
    """

    label: Label
    kind: Literal["yen", "percent", "days", "date", "flag", "one_of"]
    values: tuple[int | str, ...] = ()
    means: Mapping[str, Any] = {}  # Any: what a word among the values stands for in the patch
    optional: bool = False
    default: Any = None  # Any: of the kind named
    needs: tuple[str, ...] = ()
    clause: str = ""
    set: Mapping[str, Any] = {}
    add: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()


class PremiumBand(Record):
    """Annual premium for revenue up to and including a bound (売上高区分)."""

    revenue_up_to: Yen
    premium: Yen


class PremiumTable(Record):
    """A printed premium table (保険料表)."""

    clause: str
    months: int = Field(ge=1)
    bands: tuple[PremiumBand, ...]


class Identity(Record):
    """Who sells the plan, in which edition, from which document (商品の出典)."""

    product: str
    label: Label
    insurer: Label
    edition: Label
    source: str
    historical: bool = True
    limit: LimitField | None = None
    limit_covers: tuple[str, ...] = Field(min_length=1)
    prior: Mapping[str, str] = {}
    case_plan: str | None = None
    clause: str = ""


class Day(Record):
    """A day worked out from others (みなし日): incidents soon after one count as of its day."""

    date: DayName
    same_day_within_days: int = Field(ge=0)
    clause: str = ""


class Wording(Record):
    """A policy file after all patches, before its limits are resolved."""

    plan: Identity
    cover: Mapping[str, Cover]
    exclusion: Mapping[str, Exclusion] = {}
    exception: Mapping[str, Label] = {}
    derive: Mapping[str, Day] = {}
    premium: PremiumTable | None = None


class PolicyPeriod(Record):
    """The policy period and the days the contract names (保険期間); both days inclusive."""

    start: date
    end: date
    first_inception: date | None = None
    retroactive_date: date | None = None
