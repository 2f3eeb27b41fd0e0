"""A second slow twin: the vocabulary of policy files, one event at a time, in plain integers.

Written from the definitions of the fields (``data/policies/README.md``), not from any product. It
takes the mapping as read from TOML and events as plain dictionaries:

``{"facts": {…}, "exclusions": set, "exceptions": set, "items": [item, …]}`` with items
``{"head", "amount", "units", "per_unit", "before", "facts", "exclusions", "exceptions",
"officer_days", "employee_days", "outage_hours"}``; days are ``date`` or None.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Raw = Mapping[str, Any]
Event = dict[str, Any]
DEFAULTS: dict[str, Any] = {
    "leak_status": "leak",
    "data_subject": "customer",
    "data_location": "JP",
    "business_location": "JP",
    "claim_country": "JP",
    "form": "cash",
    "recipient": "customer",
    "settled_by": "judgment",
    "claim": "personal_info",
    "approved_consultant": True,
    "consent": True,
    "direct_cause_location": True,
    "attack": "none_alleged",
}
INTERRUPTIONS = ("third_party_interruption", "business_interruption", "extra_expense")
INFINITE = 10**30


class Policy:
    """One policy, its running limits, and the period."""

    def __init__(self, raw: Raw, period: Mapping[str, date | None], used: Mapping[str, int]):
        self.raw, self.period, self.used = raw, period, used
        self.covers: dict[str, Raw] = raw["cover"]
        self.left: dict[str, int] = {}

    # --- the tree ---

    def around(self, name: str) -> list[str]:
        """Give the cover and what it stands in, inside out."""
        path = [name]
        while self.covers[path[-1]].get("within"):
            path.append(self.covers[path[-1]]["within"])
        return path

    def inside(self, name: str) -> list[str]:
        return [c for c, terms in self.covers.items() if (terms.get("within") or "plan") == name]

    def attached(self, name: str) -> bool:
        return all(self.covers[part].get("attached", True) for part in self.around(name))

    def limits(self, name: str) -> tuple[int, int]:
        """Give the limit of one event and that of the period."""
        terms = self.raw["plan"] if name == "plan" else self.covers[name]
        if "limit" in terms:
            return self.amount(terms["limit"]), self.amount(terms["limit"])
        return self.amount(terms.get("event_limit")), self.amount(terms.get("period_limit"))

    def amount(self, limit: Any) -> int:
        if limit is None:
            return INFINITE
        if not isinstance(limit, dict):
            return in_yen(limit)
        most = in_yen(limit.get("at_most", INFINITE))
        if "of" not in limit:
            return int(most)
        base = min(self.limits(limit["of"]))
        share = base if base == INFINITE else int(Fraction(base * limit["rate_percent"], 100))
        return min(share, most)

    def start_year(self) -> None:
        for name in ("plan", *self.covers):
            used = self.used.get(name, 0)
            if name == "plan":
                used = sum(self.used.get(section, 0) for section in self.inside("plan"))
            self.left[name] = max(self.limits(name)[1] - used, 0)

    # --- one event ---

    def pay(self, event: Event) -> dict[str, Any]:
        self.event, self.result = event, dict[str, dict[str, int]]()
        total = self.pay_cover("plan")
        loss = sum(item["amount"] for item in event["items"])
        return {"paid": total, "loss": loss, "covers": self.result}

    def pay_cover(self, name: str) -> int:
        if name in self.result:
            return self.result[name]["payable"]
        terms: Raw = {} if name == "plan" else self.covers[name]
        inner = sum(self.pay_cover(part) for part in self.inside(name))
        by_head: dict[str, int] = {}
        for item in self.event["items"]:
            if name != "plan" and self.taken_by(item) == name:
                taken = self.taken_up(name, item)
                by_head[item["head"]] = by_head.get(item["head"], 0) + taken
        eligible = inner + sum(by_head.values())
        after_deductible = max(eligible - in_yen(terms.get("deductible", 0)), 0)
        ratio = Fraction(terms.get("indemnity_percent", 100), 100)
        ratio *= 1 - Fraction(terms.get("own_share_percent", 0), 100)
        amount = int(after_deductible * ratio)
        if terms.get("outside"):
            parts = [amount]
            if in_yen(terms.get("deductible", 0)) == 0 and ratio == 1 and not self.inside(name):
                parts = list(by_head.values())
            amount = sum(self.in_ratio(terms, part) for part in parts)
        event_limit, _ = self.limits(name)
        available = min(event_limit, self.left[name])
        payable = min(amount, event_limit, self.left[name])
        if self.left[name] < INFINITE // 2:
            self.left[name] -= payable
        self.result[name] = {"eligible": eligible, "payable": payable, "available": available}
        return payable

    def in_ratio(self, terms: Raw, amount: int) -> int:
        """Cut by limit ÷ claim of the cover it is paid outside of, where the claim is more."""
        other = terms["outside"]
        self.pay_cover(other)
        claim = self.result[other]["eligible"]
        room = self.result[other]["available"]
        if terms.get("ratio_limit") == "event":
            room = self.limits(other)[0]
        return amount if claim <= room else amount * room // claim

    def taken_by(self, item: Event) -> str | None:
        for name, terms in self.covers.items():
            if item["head"] in terms.get("heads", ()) and self.attached(name):
                return name
        return None

    def taken_up(self, name: str, item: Event) -> int:
        """Give what a cover takes up of an item: conditions, exclusions, window, cap per unit."""
        path = self.around(name)
        if any(self.excluded(key, path, item) for key in self.raw.get("exclusion", {})):
            return 0
        for part in path:
            for condition in self.covers[part].get("require", {}).values():
                asked = condition.get("heads") or [item["head"]]
                if item["head"] in asked and not self.holds(condition, item):
                    return 0
        terms = self.covers[name]
        amount: int = item["amount"]
        waiting, hours = terms.get("waiting_hours", 0), item.get("outage_hours") or 0
        if terms.get("benefit"):
            amount = sum(yen * (item[f"{unit}s"] or 0) for unit, yen in terms["benefit"].items())
        if waiting and hours and item["head"] in INTERRUPTIONS:
            amount = amount * max(hours - waiting, 0) // hours
        for cap in terms.get("per_unit", {}).values():
            if item["head"] in cap["heads"] and item["units"] is not None:
                most = cap["amount"]
                if len(cap["heads"]) > 1:
                    most = max(most - (item["before"] or 0), 0)
                amount = min(amount, item["units"] * min(item["per_unit"], most))
        return amount

    def excluded(self, key: str, path: list[str], item: Event) -> bool:
        exclusion = self.raw["exclusion"][key]
        if not set(path) & set(exclusion["reaches"]):
            return False
        facts = self.event["exclusions"] | item["exclusions"]
        lifting = self.event["exceptions"] | item["exceptions"]
        if key not in facts:
            return False
        for cover, other in exclusion.get("only_with", {}).items():
            if cover in path and other not in facts:
                return False
        for exception in exclusion.get("unless", ()):
            name, _, only_in = exception.partition(":")
            if name in lifting and (not only_in or only_in in path):
                return False
        return not any(
            cover in path and self.day(day, item) is not None
            for cover, day in exclusion.get("saved_in", {}).items()
        )

    # --- conditions ---

    def fact(self, name: str, item: Event) -> Any:
        if name in item["facts"]:
            return item["facts"][name]
        return self.event["facts"].get(name, DEFAULTS.get(name))

    def day(self, name: str, item: Event) -> date | None:
        if name == "first_inception":
            return self.period["first_inception"] or self.period["start"]
        if name in ("period.start", "period.end", "retroactive_date"):
            return self.period[name.removeprefix("period.")]
        found: date | None = self.fact(name, item)
        return found

    def holds(self, condition: Raw, item: Event) -> bool:
        if "any_of" in condition:
            return any(all(self.holds(c, item) for c in every) for every in condition["any_of"])
        if "any" in condition:
            return any(self.fact(flag, item) or False for flag in condition["any"])
        if "fact" in condition:
            value = self.fact(condition["fact"], item)
            return (False if value is None else value) in condition["among"]
        if "stated" in condition:
            return self.day(condition["stated"], item) is not None
        return self.dated(condition, item)

    def dated(self, condition: Raw, item: Event) -> bool:
        when = self.day(condition["date"], item)
        if when is None:
            return condition["date"] == "incurred_on" or condition.get("or_unstated", False)
        if condition.get("within"):
            start, end = self.period["start"], self.period["end"]
            assert start is not None and end is not None
            return start <= when <= end
        if "of" in condition:
            opened = self.day(condition["of"], item)
            return opened is not None and opened <= when <= last_day(condition, opened)
        if "before" in condition:
            other = self.day(condition["before"], item)
            return other is not None and when < other
        first = self.day(condition["not_before"], item) if "not_before" in condition else None
        last = self.day(condition["not_after"], item) if "not_after" in condition else None
        return (first is None or when >= first) and (last is None or when <= last)


def in_yen(figure: int | str) -> int:
    """Read an amount; one in words is a whole number of 万円 or of 円."""
    if not isinstance(figure, str):
        return int(figure)
    number = figure.removesuffix("円")
    return int(number[:-1]) * 10_000 if number.endswith("万") else int(number.replace(",", ""))


def last_day(condition: Raw, opened: date) -> date:
    """Give the last day of a window: the n-th day after, or the corresponding day."""
    if "days" in condition:
        return opened + timedelta(days=condition["days"])
    months = opened.month - 1 + condition["months"]
    year, month = opened.year + months // 12, months % 12 + 1
    return date(year, month, min(opened.day, calendar.monthrange(year, month)[1]))


def with_deemed_days(raw: Raw, year: list[Event]) -> list[Event]:
    """Add the deemed days: found soon after an earlier event counts as found on its day."""
    year = [{**event, "facts": dict(event["facts"])} for event in year]
    for name, rule in raw.get("derive", {}).items():
        opened: list[date] = []
        for event in year:
            when = event["facts"].get(rule["date"])
            event["facts"][name] = when
            if when is None:
                continue
            near = timedelta(days=rule["same_day_within_days"])
            base = [day for day in opened if timedelta() <= when - day <= near]
            if base:
                event["facts"][name] = base[0]
            else:
                opened.append(when)
    return year


def pay_years(
    raw: Raw, years: list[list[Event]], period: Mapping[str, date | None], used: Mapping[str, int]
) -> Iterator[list[dict[str, Any]]]:
    """Pay every year from full limits, its events in order."""
    policy = Policy(raw, period, used)
    for year in years:
        policy.start_year()
        yield [policy.pay(event) for event in with_deemed_days(raw, year)]
