"""Random contract terms, options and earlier payments, with the small draws behind them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from support.strategies_tables import PATTERNS

Record = dict[str, Any]


# --- small draws -----------------------------------------------------------------------------


def often(rng: random.Random, probability: float) -> bool:
    return rng.random() < probability


def amount(rng: random.Random, marks: Sequence[int]) -> int:
    """Draw a mark or one yen beside it, a part of a mark, or something small."""
    mark = rng.choice(marks)
    way = rng.randint(0, 9)
    if way <= 3:
        return max(0, mark + rng.randint(-1, 1))
    if way <= 6:
        return rng.randint(0, mark)
    if way == 7:
        return mark // 2 + rng.randint(0, 1)
    if way == 8:
        return rng.randint(0, 2 * mark)
    return rng.randint(0, 1000)


def used(rng: random.Random, limit: int) -> int:
    """Draw an earlier payment within a limit, often near it."""
    return min(
        limit, max(0, rng.choice((0, 1, limit // 2, limit - 1, limit, rng.randint(0, limit))))
    )


def near(rng: random.Random, marks: Sequence[date]) -> date:
    return rng.choice(marks) + timedelta(days=rng.randint(-1, 1))


def iso(when: date | None) -> str | None:
    return None if when is None else when.isoformat()


def year_after(first: date) -> date:
    """Give the day a year later, 1 March for 29 February."""
    if (first.month, first.day) == (2, 29):
        return date(first.year + 1, 3, 1)
    return first.replace(year=first.year + 1)


def _period(rng: random.Random, years: Sequence[int]) -> tuple[date, date]:
    start = date(rng.choice(years), rng.choice((1, 4, 4, 10)), 1)
    if often(rng, 0.2):
        start += timedelta(days=rng.randint(0, 27))
    return start, year_after(start) - timedelta(days=1)


# --- contract terms --------------------------------------------------------------------------


def _galileo_terms(rng: random.Random) -> Record:
    start, end = _period(rng, (2023, 2024))
    limit = rng.choice((10_000_000, 50_000_000, 100_000_000, 99_999_999))
    cost_limit = rng.choice((1_000_000, 10_000_000, 30_000_000))
    aggregate = rng.choice((None, None, limit, limit + limit // 2, 2 * limit))
    cost_aggregate = rng.choice((None, None, cost_limit, cost_limit + cost_limit // 2))
    deductible = rng.choice((0, 0, 100_000, 1_000_000))
    rate = rng.choice((100, 100, 90, 95, 80))
    prior = {}
    if often(rng, 0.35):
        prior = {
            "damages": used(rng, aggregate or limit),
            "cost": used(rng, cost_aggregate or cost_limit),
        }
    return {
        "plan": "standard",
        "options": {"pre_inception_leak": often(rng, 0.5)} if often(rng, 0.5) else {},
        "policy": {
            "period": {"start": iso(start), "end": iso(end)},
            "first_inception": iso(rng.choice((start, start, start - timedelta(days=365)))),
            "limit_per_event": limit,
            "limit_aggregate": aggregate,
            "deductible": deductible,
            "cost_limit_per_event": cost_limit,
            "cost_limit_aggregate": cost_aggregate,
            "cost_rate_percent": rate,
            "response_period_days": rng.choice((90, 180, 365)),
        },
        "prior_paid": prior,
        "marks": {
            "liability": (limit, limit + deductible, deductible + 1, limit // 2, 2 * limit),
            "cost": (cost_limit, cost_limit * 100 // rate, cost_limit // 2, cost_limit // 4),
        },
    }


def _sompo_terms(rng: random.Random) -> Record:
    start, end = _period(rng, (2022, 2023))
    prior = {}
    if often(rng, 0.35):
        cost = used(rng, 1_000_000)
        prior = {"liability": min(used(rng, 100_000_000), 100_000_000 - cost), "cost": cost}
    return {
        "plan": "standard",
        "options": {},
        "policy": {"period": {"start": iso(start), "end": iso(end)}},
        "prior_paid": prior,
        "marks": {
            "liability": (100_000_000, 99_000_000, 50_000_000, 1_000_000),
            "cost": (1_000_000, 500_000, 250_000, 100_000),
        },
    }


def _nipponkoa_terms(rng: random.Random) -> Record:
    start, end = _period(rng, (2006, 2007, 2008))
    plan = rng.choice("ABCDEF")
    limit, cost_limit = PATTERNS[plan]
    prior = {}
    if often(rng, 0.35):
        liability = used(rng, limit)
        entrustor = min(used(rng, limit // 10), liability)
        prior = {
            "liability": liability,
            "cost": used(rng, cost_limit),
            "entrustor": entrustor,
            "dispute": min(used(rng, 10_000_000), liability - entrustor),
        }
    return {
        "plan": plan,
        "options": {},
        "policy": {"period": {"start": iso(start), "end": iso(end)}},
        "prior_paid": prior,
        "marks": {
            "liability": (limit, limit // 2, limit // 10, 10_000_000),
            "cost": (cost_limit, cost_limit * 100 // 95, cost_limit // 2, cost_limit // 5),
        },
    }


def _aiu_options(rng: random.Random) -> Record:
    options: Record = {}
    execution = often(rng, 0.85)
    if not execution or often(rng, 0.3):
        options["execution"] = execution
    if execution:
        for rider in ("execution_double", "execution_own_share_waiver"):
            if often(rng, 0.3):
                options[rider] = True
    for rider in ("consulting_double", "card", "dispatch"):
        if often(rng, 0.4):
            options[rider] = often(rng, 0.8)
    if often(rng, 0.7):
        options["cyber"] = often(rng, 0.9)
    if often(rng, 0.5):
        options["corporate_info"] = rng.choice((10_000_000, 30_000_000, "same"))
    if often(rng, 0.5):
        options["ip"] = rng.choice((10_000_000, 30_000_000))
    return options


def _aiu_own_limits(limit: int, options: Record) -> Record:
    double = 2 if options.get("execution_double") else 1
    corporate = options.get("corporate_info", 0)
    return {
        "consulting": 10_000_000 if options.get("consulting_double") else 5_000_000,
        "execution": double * min(50_000_000, limit // 10) if options.get("execution", True) else 0,
        "cyber": 3_000_000 if options.get("cyber") else 0,
        "liability": limit,
        "corporate_info": limit if corporate == "same" else corporate,
        "ip": options.get("ip", 0),
    }


def _aiu_terms(rng: random.Random) -> Record:
    start, end = _period(rng, (2016, 2019))
    limit = rng.choice((10_000_000, 50_000_000, 100_000_000, 300_000_000, 499_999_990, 600_000_000))
    options = _aiu_options(rng)
    limits = _aiu_own_limits(limit, options)
    prior: Record = {}
    if often(rng, 0.35):
        left = limit
        for section, own in limits.items():
            if own and often(rng, 0.5):
                prior[section] = min(used(rng, own), left)
                left -= prior[section]
        if "liability" in prior and often(rng, 0.5):
            sublimit = min(limit // 5, 100_000_000)
            prior["entrustor_condolence"] = min(used(rng, sublimit), prior["liability"])
    deductible = rng.choice((0, 0, 100_000, 1_000_000))
    execution = min(50_000_000, limit // 10)
    return {
        "plan": "base",
        "options": options,
        "policy": {
            "period": {"start": iso(start), "end": iso(end)},
            "limit": limit,
            "deductible": deductible,
            "own_share_percent": rng.choice((0, 0, 5, 10)),
            "retroactive_date": iso(rng.choice((None, None, start, start - timedelta(days=366)))),
        },
        "prior_paid": prior,
        "marks": {
            "liability": (limit, limit // 2, limit // 5, limit // 10, deductible + 1),
            "cost": (execution, execution * 10 // 9, execution // 2, 2 * execution),
            "consulting": (5_000_000, 10_000_000, 2_500_000),
            "cyber_response": (3_333_333, 3_000_000, 1_000_000),
            "corporate": (10_000_000, 30_000_000, limit),
        },
    }


TERMS: dict[str, Callable[[random.Random], Record]] = {
    "galileo_generic": _galileo_terms,
    "sompo_alive_leak_limited": _sompo_terms,
    "nipponkoa_2006": _nipponkoa_terms,
    "aiu_2015": _aiu_terms,
}
