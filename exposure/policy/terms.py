"""The closed vocabulary in which every wording is said: covers, limits, options, readings.

Records of data, checked when they are built and valid from then on. Reading files and applying
patches is left to ``plans``; paying is left to ``payout``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal  # Any: values before pydantic has checked them

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from exposure.errors import Text
from exposure.policy.vocabulary import (
    BENEFIT_UNITS,
    HEADS,
    INTERRUPTION_HEADS,
    MOST_DAYS,
    REASONS,
    ROOT,
    Condition,
    DayName,
    Exclusion,
    Head,
    Label,
    Record,
    Share,
    Yen,
    whole_yen,
)
from exposure.records import RuleError

# What a case calls a product without patterns, unless its policy file says otherwise.
CASE_PLAN = "standard"

__all__ = ["CASE_PLAN", "HEADS", "REASONS", "ROOT", "Condition", "Exclusion", "Label", "Record"]


class Limit(Record):
    """A limit (支払限度額): an amount, or a share of a cover's limit, at most an amount."""

    rate_percent: Share | None = None
    of: str | None = None
    at_most: Yen = float("inf")

    @model_validator(mode="after")
    def _share_of_something(self) -> Limit:
        if (self.rate_percent is None) != (self.of is None):
            raise RuleError(
                Text(
                    "rate_percent と of は一緒に書いてください",
                    "rate_percent and of go together",
                )
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
        raise RuleError(Text(f"「{twice[0]}」が二度あります", f'"{twice[0]}" stands twice'))
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
                Text(f"項目名ではありません: {unknown[0]}", f"no such field: {unknown[0]}"),
                "clauses",
            )
        if self.waiting_hours and not set(self.heads) & set(INTERRUPTION_HEADS):
            listed = ", ".join(INTERRUPTION_HEADS)
            text = Text(f"次の費目がある担保だけに使えます: {listed}", f"needs one of {listed}")
            raise RuleError(text, "waiting_hours")
        if any(unit not in BENEFIT_UNITS for unit in self.benefit):
            units = ", ".join(BENEFIT_UNITS)
            raise RuleError(
                Text(f"使える単位は: {units}", f"expected units among {units}"), "benefit"
            )
        return self


def _refuse_double_limit(terms: Cover | Identity) -> None:
    if terms.limit is not None and (terms.event_limit or terms.period_limit):
        raise RuleError(
            Text(
                "limit か、event_limit・period_limit のどちらかにしてください",
                "expected either limit, or event_limit and period_limit",
            ),
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
            raise RuleError(text, "values")
        least, most = self.at_least, self.at_most
        if isinstance(least, int) and isinstance(most, int) and least > most:
            text = Text("at_most 以下にしてください", "expected at_most or less")
            raise RuleError(text, "at_least")
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
