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
from exposure.simulation.figures import Measure
from tests.benchmarks.naive_losses import Events
from tests.benchmarks.naive_plans import LIABILITY, SECTIONS, Sheet

Triple = tuple[float, float, float]  # value, low, high
UNSOLD = (*LIABILITY, "business_interruption", "fines")  # no cost cover sells them


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


def _curve(ordered: FloatArray, measure: Measure) -> dict[str, Any]:
    n = ordered.size
    most = max(int(np.count_nonzero(ordered)), 4)
    above = np.unique(np.geomspace(3, most - 1, measure.curve_points).astype(int))[::-1]
    p = tuple((1 - above / n).tolist())
    return {"probability": above / n, "loss": _quantiles(ordered, p, measure.level)}


def _annual(ordered: FloatArray, measure: Measure) -> dict[str, Any]:
    return {
        "mean": _mean(ordered, measure.level),
        "var": _quantiles(ordered, measure.annual_levels, measure.level),
        "tvar": _tail_means(ordered, measure.annual_levels, measure.level),
    }


def ground_up(events: Events, gross: FloatArray, measure: Measure) -> dict[str, Any]:
    """Measure the losses before insurance: by event and by year, by head and by cause."""
    n, total, level = events.n_years, events.total, measure.level
    largest = np.zeros(n)
    starts = np.unique(events.first)
    largest[events.year[starts]] = np.maximum.reduceat(total, starts)
    annual, largest, event = np.sort(gross), np.sort(largest), np.sort(total)
    periods = [1 - 1 / period for period in measure.return_periods]
    counts = np.bincount(events.cause)
    return {
        "event": {
            "mean": _mean(event, level),
            "quantiles": _quantiles(event, measure.event_levels, level),
        },
        "kinds": [
            _kind(total[flag], total.size, measure) for flag in (~events.attack, events.attack)
        ],
        "annual": {
            **_annual(annual, measure),
            "oep": _quantiles(largest, periods, level),
            "aep": _quantiles(annual, periods, level),
        },
        "need": {
            "liability": _needed(events, LIABILITY, measure),
            "costs": _needed(events, [h for h in events.costs if h not in UNSOLD], measure),
        },
        "total_cost": _cost(gross, annual, measure)[1],
        "own_funds": _return_period(gross, measure),
        "by_head": {head: amount.sum() / n for head, amount in events.costs.items()},
        "by_cause": (np.bincount(events.cause, total) / n, counts / total.size),
        "curves": [_curve(one, measure) for one in (annual, largest, event)],
    }


def _kind(losses: FloatArray, n: int, measure: Measure) -> dict[str, Any]:
    return {
        "share": _wilson(losses.size, n, measure.level),
        "mean": _mean(losses, measure.level),
        "quantiles": _quantiles(np.sort(losses), measure.kind_levels, measure.level),
    }


def _needed(events: Events, heads: Sequence[str], measure: Measure) -> Triple:
    """Return the larger of the breach and the year that a section has to bear."""
    loss = np.sum([events.costs[head] for head in heads], axis=0)
    year = np.sort(events.by_year(loss))
    (once,) = _quantiles(np.sort(loss), [measure.need_breach_level], measure.level)
    (rare,) = _quantiles(year, [1 - 1 / measure.need_return_period], measure.level)
    return max(once[0], rare[0]), max(once[1], rare[1]), max(once[2], rare[2])


def _return_period(annual: FloatArray, measure: Measure) -> Triple:
    """Return how rarely a year costs more than the own funds; ``inf`` where none does."""
    above = int(np.count_nonzero(annual > measure.own_funds.amount))
    share, low, high = _wilson(above, annual.size, measure.level)
    with np.errstate(divide="ignore"):
        value, longest, shortest = (1 / np.array([share, low, high])).tolist()
    return value, shortest, longest


def plan_result(sheet: Sheet, gross: FloatArray, measure: Measure) -> dict[str, Any]:
    """Measure one plan at premium 0."""
    events, level = sheet.events, measure.level
    n = events.n_years
    paid = events.by_year(sheet.paid)
    retained = gross - paid
    ordered = np.sort(retained)
    covered, limited = _any(sheet.covered, events), _any(sheet.cut, events)
    enough = covered & ~limited
    years = events.any_by_year(covered)
    good_years = years & ~events.any_by_year(covered & limited)
    cost, held = _cost(retained, ordered, measure)
    bare, _ = _cost(gross, np.sort(gross), measure)
    left = events.total - sheet.paid
    dear = events.total >= np.quantile(events.total, 1 - measure.dear_share, method="inverted_cdf")
    nothing = int(np.count_nonzero(sheet.paid[dear] <= 0))
    return {
        "paid": _mean(paid, level),
        "share_paid": _ratio(paid, gross, level),
        "no_payment": _wilson(nothing, int(dear.sum()), level),
        "retained": {**_annual(ordered, measure), "curve": _curve(ordered, measure)},
        "event_retained": _quantiles(np.sort(left), measure.event_levels, level),
        "own_funds": _return_period(retained, measure),
        "adequacy": {
            "event": _wilson(int(enough.sum()), int(covered.sum()), level),
            "year": _wilson(int(good_years.sum()), int(years.sum()), level),
            "section": _by_section(sheet, level),
        },
        "exhausted": _wilson(int(sheet.used.sum()), n, level),
        "unpaid_by_reason": {reason: yen / n for reason, yen in sheet.unpaid.items()},
        "cut_by_limits": {
            term: _cut(sheet, terms, covered, level)
            for term, terms in {"all": list(sheet.above), **{t: [t] for t in sheet.above}}.items()
        },
        "worth": _mean(bare - cost, level),
        "total_cost": held,
        "technical": paid.mean() / (1 - measure.loading),
    }


def _any(flags: Mapping[str, BoolArray], events: Events) -> BoolArray:
    found = np.zeros(events.total.size, dtype=bool)
    for flag in flags.values():
        found |= flag
    return found


def _by_section(sheet: Sheet, level: float) -> dict[str, Triple]:
    found = {}
    for section, names in SECTIONS[sheet.product].items():
        covered = _any({k: v for k, v in sheet.covered.items() if k in names}, sheet.events)
        ends = {k: v for k, v in sheet.cut.items() if k.partition(".")[0] in names}
        enough = covered & ~_any(ends, sheet.events)
        found[section] = _wilson(int(enough.sum()), int(covered.sum()), level)
    return found


def _cut(
    sheet: Sheet, terms: Sequence[str], covered: BoolArray, level: float
) -> tuple[Triple, Triple, float]:
    """Return what limits cut: yen a year, share of the covered breaches, yen where they do."""
    amount = np.sum([sheet.above[term] for term in terms], axis=0)
    n_cut = int(np.count_nonzero(amount > 0))
    return (
        _mean(sheet.events.by_year(amount), level),
        _wilson(n_cut, int(covered.sum()), level),
        amount.sum() / max(n_cut, 1),
    )


def _ratio(part: FloatArray, whole: FloatArray, level: float) -> Triple:
    """Return the share of two totals of the same years, with the error of a ratio of means."""
    share = part.sum() / whole.sum()
    _, low, high = _mean(part - share * whole, level)
    half = (high - low) / 2 / whole.mean()
    return share, share - half, share + half


def _cost(values: FloatArray, ordered: FloatArray, measure: Measure) -> tuple[FloatArray, Triple]:
    """Return what every year costs to bear, and the mean of that."""
    c, p = measure.cost.liquidity_cost, measure.cost.tail_level
    var = ordered[int(np.ceil(ordered.size * p - 1e-6)) - 1]
    cost = (1 - c) * values + c / (1 - p) * np.maximum(values - var, 0.0) + c * var
    return cost, _mean(cost, measure.level)
