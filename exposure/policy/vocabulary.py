"""The closed vocabulary of every wording: names, conditions, covers, limits, options.

Records of data, checked when they are built and valid from then on. Whether a condition holds is
left to ``conditions``, reading files to ``catalogue``, patches to ``choices``, paying to
``interpreter``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import (
    Annotated,
    Any,  # Any: values before pydantic has checked them
    Literal,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from exposure.errors import Lang, Text
from exposure.files import by_likeness
from exposure.labels import head_kinds, labels
from exposure.records import RuleError
from exposure.tables import CATEGORIES, DATES, FLAGS

# The heads that cases and wordings may name (損害・費用の項目).
HEADS = tuple(name for name, kind in head_kinds().items() if kind != "penalty")

# Heads of business that stands still: theirs is a waiting time (待機時間) in hours.
INTERRUPTION_HEADS = ("third_party_interruption", "business_interruption", "extra_expense")

# Work that is billed under one head is insured under another by wordings that do not name it.
INSURED_AS: Mapping[str, str] = {"cyber_response": "investigation"}

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
            raise RuleError(
                *_choose(by_likeness(value, names) if isinstance(value, str) else names)
            )
        return value

    return check


_ONE_HEAD = _one_of(HEADS)


def _head(value: object) -> object:
    if value not in HEADS:
        for name, text in labels("head").items():
            if name in HEADS and value == text.ja:
                said = Text(f"費目の名前「{name}」で書いてください", f'expected its name, "{name}"')
                raise RuleError(*said)
    return _ONE_HEAD(value)


def _no_such_term(value: object) -> None:
    """Refuse a ``"$name"`` that has not become a value: the contract has no such term."""
    if isinstance(value, str) and value.startswith("$"):
        name = value.removeprefix("$")
        raise RuleError(f"[contract.{name}] がありません", f"there is no [contract.{name}]")


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
        raise RuleError(*whole)
    # Comparisons with NaN are false, so a NaN fails here too.
    if not value >= 0 or (value != float("inf") and value != value // 1):
        raise RuleError(*whole)
    if MOST_YEN < value < float("inf"):
        raise RuleError(f"{MOST_YEN:,}円以下にしてください", f"expected {MOST_YEN:,} yen at most")
    return float(value)


def _percent(value: object) -> object:
    _no_such_term(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= float(str(value)) <= 100:
        raise RuleError("0から100の百分率にしてください", "expected a percentage from 0 to 100")
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
                "fact, any, stated, date, any_of のうち一つだけ書いてください",
                "expected exactly one of fact, any, stated, date, any_of",
            )
        if self.fact is not None:
            known = CATEGORIES.get(self.fact, (True, False) if self.fact in FLAGS else ())
            if not known:
                raise RuleError(*_choose([*CATEGORIES, *FLAGS]), "fact")
            if not self.among or any(value not in known for value in self.among):
                raise RuleError(*_choose(known), "among")
        for flag in self.any:
            if flag not in FLAGS:
                raise RuleError(*_choose(FLAGS), "any")
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
                "日付の条件には date が必要です", "a condition on a day needs date", "date"
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
                    "within、not_before・not_after・before、days・months と of の"
                    "いずれか一組を書いてください",
                    "expected within, or not_before/not_after/before, or days/months with of",
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


# What a case calls a product without patterns, unless its policy file says otherwise.
CASE_PLAN = "standard"


class Limit(Record):
    """A limit (支払限度額): an amount, or a share of a cover's limit, at most an amount."""

    rate_percent: Share | None = None
    of: str | None = None
    at_most: Yen = float("inf")

    @model_validator(mode="after")
    def _share_of_something(self) -> Limit:
        if (self.rate_percent is None) != (self.of is None):
            raise RuleError(
                "rate_percent と of は一緒に書いてください", "rate_percent and of go together"
            )
        return self


class UnitCap(Record):
    """At most so many yen per person or corporation (1名・1法人あたりの限度額)."""

    amount: Yen
    heads: tuple[Head, ...] = Field(min_length=1)
    clause: str = ""


def _limit(value: Any) -> Any:  # Any: as read from TOML
    # Refused as the limit it is, not as a part of a table that nobody wrote.
    return value if isinstance(value, dict | Limit) else {"at_most": whole_yen(value)}


LimitField = Annotated[Limit, BeforeValidator(_limit)]


def _each_once(heads: tuple[str, ...]) -> tuple[str, ...]:
    twice = [head for i, head in enumerate(heads) if head in heads[:i]]
    if twice:
        raise RuleError(f"「{twice[0]}」が二度あります", f'"{twice[0]}" stands twice')
    return heads


class Cover(Record):
    """One limit of the brochure and what falls under it (担保).

    Fields stand in the order in which they are applied. ``clauses`` says for single fields where
    they are printed, if not where the cover is.
    """

    label: Label
    clause: str = ""
    clauses: Mapping[str, str] = {}
    attached: bool = True
    within: str | None = None
    heads: Annotated[tuple[Head, ...], AfterValidator(_each_once)] = ()
    benefit: Mapping[str, Yen] = {}
    require: Mapping[str, Condition] = {}
    waiting_hours: int = Field(default=0, ge=0, le=MOST_DAYS, strict=True)
    per_unit: Mapping[str, UnitCap] = {}
    deductible: Yen = 0.0
    indemnity_percent: Share = Fraction(1)
    own_share_percent: Share = Fraction(0)
    outside: str | None = None
    ratio_limit: Literal["available", "event"] = "available"
    limit: LimitField | None = None
    event_limit: LimitField | None = None
    period_limit: LimitField | None = None

    def clause_of(self, *fields: str) -> str:
        """Return where the first of some fields is printed (条項)."""
        return next((self.clauses[name] for name in fields if name in self.clauses), self.clause)

    @property
    def indemnity_ratio(self) -> Fraction:
        """Share paid (縮小てん補割合), own share taken off."""
        return self.indemnity_percent * (1 - self.own_share_percent)

    @model_validator(mode="after")
    def _no_double_limit(self) -> Cover:
        _refuse_double_limit(self)
        unknown = [name for name in self.clauses if name not in Cover.model_fields]
        if unknown:
            raise RuleError(
                f"項目名ではありません: {unknown[0]}", f"no such field: {unknown[0]}", "clauses"
            )
        if self.waiting_hours and not set(self.heads) & set(INTERRUPTION_HEADS):
            listed = ", ".join(INTERRUPTION_HEADS)
            text = Text(f"次の費目がある担保だけに使えます: {listed}", f"needs one of {listed}")
            raise RuleError(*text, "waiting_hours")
        if any(unit not in BENEFIT_UNITS for unit in self.benefit):
            units = ", ".join(BENEFIT_UNITS)
            raise RuleError(f"使える単位は: {units}", f"expected units among {units}", "benefit")
        return self


def _refuse_double_limit(terms: Cover | Identity) -> None:
    if terms.limit is not None and (terms.event_limit or terms.period_limit):
        raise RuleError(
            "limit か、event_limit・period_limit のどちらかにしてください",
            "expected either limit, or event_limit and period_limit",
            "limit",
        )


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
    chosen value, ``"$limit"`` and the like for contract terms. ``at_least`` and ``at_most`` bound a
    number, by a figure or by another contract term. Where two attached options change the same
    thing, one of them must name the other in ``replaces``; it then stands in its place. ``priced``
    says how the premium of an option can be estimated, so that the program may try it: by the
    ``limits`` it moves, or at its ``technical`` premium where it has no tariff.
    """

    label: Label
    kind: Literal["yen", "percent", "days", "date", "flag", "one_of"]
    values: tuple[int | str, ...] = ()
    means: Mapping[str, Any] = {}  # Any: what a word among the values stands for in the patch
    at_least: int | str | None = None
    at_most: int | str | None = None
    optional: bool = False
    default: Any = None  # Any: of the kind named
    needs: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    priced: Literal["limits", "technical"] | None = None
    clause: str = ""
    set: Mapping[str, Any] = {}
    add: Mapping[str, Any] = {}
    remove: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_chosen(self) -> Choice:
        if self.kind == "one_of" and not self.values:
            text = Text("選べる値を並べてください", "expected the values to choose from")
            raise RuleError(*text, "values")
        least, most = self.at_least, self.at_most
        if isinstance(least, int) and isinstance(most, int) and least > most:
            text = Text("at_most 以下にしてください", "expected at_most or less")
            raise RuleError(*text, "at_least")
        return self


class PremiumBand(Record):
    """Annual premium for revenue up to and including a bound (売上高区分).

    ``when`` names the choices it holds for, where a table has several keys: ``pattern``,
    ``industry``, contract terms and options with their values.
    """

    when: Mapping[str, bool | int | str] = {}
    revenue_up_to: Yen = float("inf")
    premium: Yen


class PremiumTable(Record):
    """A printed premium table (保険料表), by revenue and other keys."""

    clause: str
    months: int = Field(ge=1)
    bands: tuple[PremiumBand, ...] = Field(min_length=1)


class Identity(Record):
    """Who sells the plan, in which edition, from which document (商品の出典)."""

    product: str
    label: Label
    short: Label
    insurer: Label
    edition: Label
    source: str
    historical: StrictBool = False
    sold_up_to_revenue: Yen | None = None
    limit: LimitField | None = None
    event_limit: LimitField | None = None
    period_limit: LimitField | None = None
    limit_covers: tuple[str, ...] = Field(min_length=1)
    prior: Mapping[str, str] = {}
    case_plan: str = CASE_PLAN
    clause: str = ""

    @model_validator(mode="after")
    def _no_double_limit(self) -> Identity:
        _refuse_double_limit(self)
        return self


class Day(Record):
    """A day worked out from others (みなし日): incidents soon after one count as of its day."""

    date: DayName
    same_day_within_days: int = Field(ge=0, le=MOST_DAYS, strict=True)
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

    @classmethod
    def year_from(cls, start: date) -> PolicyPeriod:
        """Return the policy year that begins on a day (1年の保険期間).

        It ends the day before the anniversary, which 29 February has on 1 March.

        Examples
        --------
        >>> PolicyPeriod.year_from(date(2024, 2, 29)).end
        datetime.date(2025, 2, 28)
        """
        try:
            anniversary = start.replace(year=start.year + 1)
        except ValueError:
            anniversary = date(start.year + 1, start.month + 1, 1)
        return cls(start=start, end=anniversary - timedelta(days=1), first_inception=start)
