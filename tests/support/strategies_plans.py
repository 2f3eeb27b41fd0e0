"""Random plans in the vocabulary of policy files, with random years of events.

Plans are plain mappings as read from TOML: trees of covers with every field, limits that are shares
of other limits, exclusions with exceptions. Amounts are small, so that limits meet losses often.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from exposure.arrays import Years
from exposure.policy.catalogue import product_from
from exposure.policy.plan import Plan, build_plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.tables import CATEGORIES, NOT_STATED, EventTable, LossItem, LossTable

Raw = dict[str, Any]
START, END = date(2024, 1, 1), date(2024, 12, 31)
PERIOD: dict[str, date | None] = {
    "start": START,
    "end": END,
    "first_inception": None,
    "retroactive_date": date(2023, 7, 1),
}
NAMES = ("a", "b", "c", "d", "e")
GIFTS = ("condolence", "condolence_shipping", "entrustor_condolence", "condolence_corporate")
STANDSTILL = "business_interruption"
HEADS = (
    "damages", "litigation_costs", "call_centre", "apology_ads", "court_attendance", STANDSTILL,
    *GIFTS,
)  # fmt: skip
FLAGS = ("reported_to_authority", "own_notice", "media_report", "letters_sent", "consent")
EVENT_DAYS = ("leaked_on", "discovered_on", "notified_on", "claim_made_on", "noncoverage_known_on")
EXCLUSIONS = ("x1", "x2")
EXCEPTIONS = ("y1", "y2")

yen = st.one_of(st.integers(0, 40), st.sampled_from((0, 10, 99, 100, 101, 1000)))
percents = st.sampled_from((0, 10, 33, 50, 90, 95, 100))


def _label(name: str) -> dict[str, str]:
    return {"ja": name, "en": name}


@st.composite
def _conditions(draw: st.DrawFn, depth: int = 0) -> Raw:
    kinds = ["fact", "flag", "any", "stated", "within", "bounds", "before", "days", "months"]
    kind = draw(st.sampled_from([*kinds, "any_of"] if depth == 0 else kinds))
    day = draw(st.sampled_from(EVENT_DAYS))
    condition: Raw
    if kind == "fact":
        name = draw(
            st.sampled_from(("leak_status", "data_subject", "claim_country", "form", "attack"))
        )
        values = st.lists(st.sampled_from(CATEGORIES[name]), min_size=1, unique=True)
        condition = {"fact": name, "among": draw(values)}
    elif kind == "flag":
        among = draw(st.sampled_from(([True], [False], [True, False])))
        condition = {"fact": draw(st.sampled_from(FLAGS)), "among": among}
    elif kind == "any":
        condition = {"any": draw(st.lists(st.sampled_from(FLAGS), min_size=1, unique=True))}
    elif kind == "stated":
        condition = {"stated": day}
    elif kind == "within":
        condition = {"date": day, "within": "period", "or_unstated": draw(st.booleans())}
    elif kind == "bounds":
        bounds = draw(
            st.sampled_from((("not_before",), ("not_after",), ("not_before", "not_after")))
        )
        others = st.sampled_from((*EVENT_DAYS, "first_inception", "retroactive_date", "period.end"))
        condition = {"date": day, "or_unstated": draw(st.booleans())}
        condition |= {bound: draw(others) for bound in bounds}
    elif kind == "before":
        condition = {"date": day, "before": draw(st.sampled_from(EVENT_DAYS))}
    elif kind in ("days", "months"):
        condition = {"date": "incurred_on", kind: draw(st.integers(0, 13)), "of": day}
    else:
        every = st.lists(_conditions(depth=1), min_size=1, max_size=2)
        condition = {"any_of": draw(st.lists(every, min_size=1, max_size=2))}
    if depth == 0 and draw(st.booleans()):
        condition["heads"] = draw(st.lists(st.sampled_from(HEADS), min_size=1, unique=True))
    return condition


@st.composite
def _limits(draw: st.DrawFn, of: tuple[str, ...]) -> Any:
    if of and draw(st.booleans()):
        limit = {"rate_percent": draw(percents), "of": draw(st.sampled_from(of))}
        return limit | ({"at_most": draw(yen)} if draw(st.booleans()) else {})
    return draw(yen)


@st.composite
def _covers(draw: st.DrawFn, outside: bool) -> dict[str, Raw]:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    where = {head: draw(st.sampled_from((*names, ""))) for head in HEADS}
    covers: dict[str, Raw] = {}
    for i, name in enumerate(names):
        earlier = names[:i]
        cover: Raw = {"label": _label(name)}
        if earlier and draw(st.booleans()):
            cover["within"] = draw(st.sampled_from(earlier))
        cover["heads"] = [head for head, taken in where.items() if taken == name]
        if draw(st.integers(0, 9)) == 0:
            cover["attached"] = False
        asked = draw(st.lists(_conditions(), max_size=2))
        cover["require"] = {f"r{k}": condition for k, condition in enumerate(asked)}
        gifts = [head for head in cover["heads"] if head in GIFTS]
        if gifts and draw(st.booleans()):
            capped = draw(st.lists(st.sampled_from(gifts), min_size=1, unique=True))
            cover["per_unit"] = {"gift": {"amount": draw(yen), "heads": capped}}
        if STANDSTILL in cover["heads"] and draw(st.booleans()):
            cover["waiting_hours"] = draw(st.integers(0, 24))
        if draw(st.booleans()):
            cover["deductible"] = draw(st.one_of(yen, yen.map("{:,}円".format)))
        if draw(st.booleans()):
            cover["indemnity_percent"] = draw(percents)
        if draw(st.integers(0, 3)) == 0:
            cover["own_share_percent"] = draw(percents)
        if cover["heads"] == ["court_attendance"] and draw(st.booleans()):
            cover["benefit"] = {"officer_day": draw(yen), "employee_day": draw(yen)}
        kind = draw(st.sampled_from(("none", "limit", "event", "period", "both")))
        if kind == "limit":
            cover["limit"] = draw(_limits(earlier))
        if kind in ("event", "both"):
            cover["event_limit"] = draw(_limits(earlier))
        if kind in ("period", "both"):
            cover["period_limit"] = draw(_limits(earlier))
        others = [c for c in earlier if c not in _around(name, {**covers, name: cover})]
        if outside and others and draw(st.integers(0, 2)) == 0:
            cover["outside"] = draw(st.sampled_from(others))
            cover["ratio_limit"] = draw(st.sampled_from(("available", "event")))
        covers[name] = cover
        if not _can_be_paid(covers):
            del cover["outside"], cover["ratio_limit"]
    return covers


def _can_be_paid(covers: Mapping[str, Raw]) -> bool:
    """Say whether some order pays inner covers, and what a cover stands outside of, first."""
    waiting = set(covers)
    while waiting:
        ready = {
            name
            for name in waiting
            if covers[name].get("outside") not in waiting
            and not any(covers[other].get("within") == name for other in waiting)
        }
        if not ready:
            return False
        waiting -= ready
    return True


def _around(name: str, covers: Mapping[str, Raw]) -> list[str]:
    path = [name]
    while covers[path[-1]].get("within"):
        path.append(covers[path[-1]]["within"])
    return path


@st.composite
def wordings(draw: st.DrawFn, outside: bool = True, conditions: bool = True) -> Raw:
    """Draw a policy as the mapping that TOML would give."""
    covers = draw(_covers(outside))
    plan: Raw = {
        "product": "random",
        "label": _label("random"),
        "short": _label("random"),
        "insurer": _label("nobody"),
        "edition": _label("none"),
        "source": "none",
        "limit_covers": ["plan"],
    }
    kind = draw(st.sampled_from(("none", "limit", "event", "period", "both")))
    if kind == "limit":
        plan["limit"] = draw(yen)
    if kind in ("event", "both"):
        plan["event_limit"] = draw(yen)
    if kind in ("period", "both"):
        plan["period_limit"] = draw(yen)
    raw: Raw = {"plan": plan, "cover": covers, "exception": {}}
    raw["exception"] = {name: _label(name) for name in EXCEPTIONS}
    names = st.sampled_from(list(covers))
    raw["exclusion"] = {}
    for key in EXCLUSIONS:
        exclusion: Raw = {"reaches": draw(st.lists(names, min_size=1, unique=True))}
        if draw(st.booleans()):
            exclusion["unless"] = [draw(st.sampled_from(("y1", "y2", f"y1:{draw(names)}")))]
        if draw(st.integers(0, 3)) == 0:
            exclusion["saved_in"] = {draw(names): "noncoverage_known_on"}
        if draw(st.integers(0, 3)) == 0:
            exclusion["only_with"] = {draw(names): "x2"}
        raw["exclusion"][key] = exclusion
    if not conditions:
        raw["exclusion"] = {}
        for cover in covers.values():
            cover["require"] = {}
    return raw


def built(raw: Raw) -> Plan:
    """Build the plan of a drawn wording."""
    return build_plan(product_from(raw, "random", "random"), None, {}, {})


def period() -> PolicyPeriod:
    """Give the policy period of drawn events."""
    return PolicyPeriod(**PERIOD)


# --- events ------------------------------------------------------------------------------------

days = st.one_of(
    st.none(), st.integers(-3, 14).map(lambda n: date(2024, 1, 30) + timedelta(days=n))
)


@st.composite
def _items(draw: st.DrawFn, head: str) -> Raw:
    item: Raw = {"head": head, "units": None, "per_unit": None, "before": None}
    item |= {"officer_days": None, "employee_days": None, "outage_hours": None}
    if head in GIFTS:
        item["units"], item["per_unit"] = draw(st.integers(0, 5)), draw(st.integers(0, 60))
        item["amount"] = item["units"] * item["per_unit"]
        if head == "condolence_shipping":
            item["before"] = draw(st.integers(0, 40))
    elif head == "court_attendance":
        item["officer_days"], item["employee_days"] = (
            draw(st.integers(0, 3)),
            draw(st.integers(0, 3)),
        )
        item["amount"] = 20 * item["officer_days"] + 10 * item["employee_days"]
    else:
        item["amount"] = draw(yen)
    if head == STANDSTILL:
        item["outage_hours"] = draw(st.integers(0, 48))
    item["facts"] = {
        "incurred_on": draw(days),
        "consent": draw(st.integers(0, 3)) != 0,
        "form": draw(st.sampled_from(("cash", "cash", "points"))),
    }
    item["exclusions"] = {key for key in EXCLUSIONS if draw(st.integers(0, 7)) == 0}
    item["exceptions"] = {key for key in EXCEPTIONS if draw(st.integers(0, 7)) == 0}
    return item


@st.composite
def _events(draw: st.DrawFn, heads: tuple[str, ...]) -> Raw:
    facts: Raw = {name: draw(days) for name in EVENT_DAYS}
    facts |= {flag: draw(st.booleans()) for flag in FLAGS if flag != "consent"}
    facts["leak_status"] = draw(st.sampled_from(("leak", "leak", "leak", "suspected")))
    facts["attack"] = draw(st.sampled_from(CATEGORIES["attack"]))
    facts["data_subject"] = draw(st.sampled_from(("customer", "customer", "officer")))
    return {
        "facts": facts,
        "exclusions": {key for key in EXCLUSIONS if draw(st.integers(0, 7)) == 0},
        "exceptions": {key for key in EXCEPTIONS if draw(st.integers(0, 7)) == 0},
        "items": [draw(_items(head)) for head in heads],
    }


@st.composite
def years(draw: st.DrawFn, most_events: int = 3) -> list[list[Raw]]:
    """Draw one to three years of events; every event has the same heads, some at zero."""
    heads = tuple(draw(st.lists(st.sampled_from(HEADS), min_size=1, max_size=6)))
    year = st.lists(_events(heads), min_size=1, max_size=most_events)
    return draw(st.lists(year, min_size=1, max_size=3))


def table_of(drawn: list[list[Raw]]) -> tuple[LossTable, list[tuple[int, int]]]:
    """Lay years out as tables; also say which (year, event) each row is."""
    order = sorted(range(len(drawn)), key=lambda i: -len(drawn[i]))
    longest = len(drawn[order[0]])
    rows = [(i, j) for j in range(longest) for i in order if len(drawn[i]) > j]
    sizes = tuple(sum(len(year) > j for year in drawn) for j in range(longest))
    events = [drawn[i][j] for i, j in rows]
    slots = [
        _column([event["items"][k] for event in events]) for k in range(len(events[0]["items"]))
    ]
    table = EventTable(
        years=Years(sizes),
        facts={
            name: _fact(name, [e["facts"][name] for e in events]) for name in events[0]["facts"]
        },
        exclusions={key: np.array([key in e["exclusions"] for e in events]) for key in EXCLUSIONS},
        exceptions={key: np.array([key in e["exceptions"] for e in events]) for key in EXCEPTIONS},
    )
    return LossTable(table, tuple(slots)), rows


def _fact(name: str, values: list[Any]) -> Any:
    if name in CATEGORIES:
        return np.array([CATEGORIES[name].index(value) for value in values], dtype=np.int8)
    if name.endswith("_on"):
        return np.array([value or NOT_STATED for value in values], dtype="datetime64[D]")
    return np.array(values, dtype=np.bool_)


def _column(items: list[Raw]) -> LossItem:
    def numbers(name: str) -> Any:
        given = [item[name] for item in items]
        return None if given[0] is None else np.array(given, dtype=np.float64)

    return LossItem(
        head=items[0]["head"],
        amount=np.array([item["amount"] for item in items], dtype=np.float64),
        units=numbers("units"),
        per_unit=numbers("per_unit"),
        per_unit_before=numbers("before"),
        facts={n: _fact(n, [item["facts"][n] for item in items]) for n in items[0]["facts"]},
        exclusions={k: np.array([k in item["exclusions"] for item in items]) for k in EXCLUSIONS},
        exceptions={k: np.array([k in item["exceptions"] for item in items]) for k in EXCEPTIONS},
        officer_days=numbers("officer_days"),
        employee_days=numbers("employee_days"),
        outage_hours=numbers("outage_hours"),
    )
