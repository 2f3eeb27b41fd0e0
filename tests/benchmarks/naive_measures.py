"""The measures of a study as one writes them first: one full sort of every vector of all years.

Shares no code with the package. Leaves out what costs no time: names, labels and sentences.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.study.headline import Asked
from tests.benchmarks.naive_losses import Events
from tests.benchmarks.naive_plans import SECTIONS, Sheet

Triple = tuple[float, float, float]  # value, low, high


@functools.lru_cache(maxsize=64)
def _ranks(n: int, p: tuple[float, ...], level: float) -> tuple[IntArray, IntArray]:
    tail = (1 - level) / 2
    low = stats.binom.ppf(tail, n, p).astype(int)
    return low, stats.binom.ppf(1 - tail, n, p).astype(int) + 1


def _quantiles(ordered: FloatArray, p: Sequence[float], level: float) -> list[Triple]:
    n = ordered.size
    rank = np.ceil(n * np.array(p) - 1e-6).astype(int)
    low, high = _ranks(n, tuple(p), level)
    padded = np.concatenate(([0.0], ordered, [np.inf]))
    found = padded[rank], padded[np.minimum(low, n + 1)], padded[np.minimum(high, n + 1)]
    return list(zip(*(one.tolist() for one in found), strict=True))


def _mean(values: FloatArray, level: float) -> Triple:
    half = stats.norm.ppf((1 + level) / 2) * values.std(ddof=1) / np.sqrt(values.size)
    return values.mean(), values.mean() - half, values.mean() + half


def _tail_means(ordered: FloatArray, p: Sequence[float], level: float) -> list[Triple]:
    n, z, found = ordered.size, stats.norm.ppf((1 + level) / 2), []
    for one in p:
        rank = int(np.ceil(n * one - 1e-6))
        excess = ordered[rank:] - ordered[rank - 1]
        variance = ((excess**2).sum() - excess.sum() ** 2 / n) / (n - 1)
        half = z * np.sqrt(variance / n) / (1 - one)
        tvar = ordered[rank - 1] + excess.sum() / n / (1 - one)
        found.append((tvar, tvar - half, tvar + half))
    return found


def _wilson(ok: int, n: int, level: float) -> Triple:
    if n == 0:
        return 0.0, 0.0, 1.0
    z, share = stats.norm.ppf((1 + level) / 2), ok / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return share, centre - half, centre + half


def _curve(ordered: FloatArray, asked: Asked) -> dict[str, Any]:
    n = ordered.size
    most = max(int(np.count_nonzero(ordered)), 4)
    above = np.unique(np.geomspace(3, most - 1, asked.curve_points).astype(int))[::-1]
    p = tuple((1 - above / n).tolist())
    return {"probability": above / n, "loss": _quantiles(ordered, p, asked.level)}


def _annual(ordered: FloatArray, asked: Asked) -> dict[str, Any]:
    return {
        "mean": _mean(ordered, asked.level),
        "var": _quantiles(ordered, asked.annual_levels, asked.level),
        "tvar": _tail_means(ordered, asked.annual_levels, asked.level),
    }


def ground_up(events: Events, asked: Asked) -> dict[str, Any]:
    """Measure the losses before insurance: by event and by year, by head and by cause."""
    n, total = events.n_years, events.total
    largest = np.zeros(n)
    starts = np.unique(events.first)
    largest[events.year[starts]] = np.maximum.reduceat(total, starts)
    annual, largest, event = np.sort(events.by_year(total)), np.sort(largest), np.sort(total)
    periods = [1 - 1 / period for period in asked.return_periods]
    counts = np.bincount(events.cause)
    return {
        "event": {
            "mean": _mean(event, asked.level),
            "quantiles": _quantiles(event, asked.event_levels, asked.level),
        },
        "annual": {
            **_annual(annual, asked),
            "oep": _quantiles(largest, periods, asked.level),
            "aep": _quantiles(annual, periods, asked.level),
        },
        "by_head": {head: amount.sum() / n for head, amount in events.costs.items()},
        "by_cause": (np.bincount(events.cause, total) / n, counts / total.size),
        "curves": [_curve(one, asked) for one in (annual, largest, event)],
    }


def plan_result(
    sheet: Sheet, product: str, gross: FloatArray, premium: float | None, asked: Asked
) -> tuple[dict[str, Any], FloatArray, FloatArray]:
    """Measure one plan; also what it leaves of every year, and the cost of that."""
    events, level = sheet.events, asked.level
    n = events.n_years
    paid = events.by_year(sheet.paid)
    retained = gross - paid
    ordered = np.sort(retained)
    covered, cut = _any(sheet.covered, events), _any(sheet.cut, events)
    enough = covered & ~cut
    years = events.any_by_year(covered)
    good_years = years & ~events.any_by_year(covered & cut)
    cost, held = _cost(retained, ordered, asked)
    figures = {
        "paid": _mean(paid, level),
        "retained": {**_annual(ordered, asked), "curve": _curve(ordered, asked)},
        "adequacy": {
            "event": _wilson(int(enough.sum()), int(covered.sum()), level),
            "year": _wilson(int(good_years.sum()), int(years.sum()), level),
            "section": _by_section(sheet, product, level),
        },
        "exhausted": _wilson(int(sheet.used.sum()), n, level),
        "unpaid_by_reason": {reason: yen / n for reason, yen in sheet.unpaid.items()},
        "binding": {term: flag.sum() / max(covered.sum(), 1) for term, flag in sheet.cut.items()},
        "economic_cost": _shifted(_mean(cost, level), held + (premium or 0.0)),
        "technical_price": paid.mean() / (1 - asked.loading),
    }
    return figures, retained, cost + held


def _any(flags: Mapping[str, BoolArray], events: Events) -> BoolArray:
    found = np.zeros(events.total.size, dtype=bool)
    for flag in flags.values():
        found |= flag
    return found


def _by_section(sheet: Sheet, product: str, level: float) -> dict[str, Triple]:
    found = {}
    for section, names in SECTIONS[product].items():
        covered = _any({k: v for k, v in sheet.covered.items() if k in names}, sheet.events)
        ends = {k: v for k, v in sheet.cut.items() if k.partition(".")[0] in names}
        enough = covered & ~_any(ends, sheet.events)
        found[section] = _wilson(int(enough.sum()), int(covered.sum()), level)
    return found


def _cost(retained: FloatArray, ordered: FloatArray, asked: Asked) -> tuple[FloatArray, float]:
    """Spread the cost of retained risk over the years; and what is added to every year."""
    c, p = asked.constraints.liquidity_cost, asked.constraints.tail_level
    var = ordered[int(np.ceil(ordered.size * p - 1e-6)) - 1]
    return (1 - c) * retained + c / (1 - p) * np.maximum(retained - var, 0.0), c * var


def _shifted(one: Triple, by: float) -> Triple:
    return one[0] + by, one[1] + by, one[2] + by


def difference(first: FloatArray, second: FloatArray, level: float) -> Triple:
    """Compare two vectors of the same years."""
    return _mean(first - second, level)
