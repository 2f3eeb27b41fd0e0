"""Draw the number of events of each loss year, group by group (保険年度ごとの事故件数).

Only years with at least one event are drawn; the probability of the others is exact. What rates and
histories mean is left to `exposure.model.frequency` and `exposure.model.history`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray, Years
from exposure.model.history import CountMixture


@dataclass(frozen=True)
class CountTables:
    """What drawing counts needs, worked out once per client (件数の抽選表).

    Parameters
    ----------
    counts : CountMixture
        The distribution drawn from.
    row_given_event : (n_rows,) array
        Probability of each row, given at least one event. [-]
    first_group : (n_groups, n_rows) array
        Cumulative probability of the first group, in order of the codes, that has an event. [-]
    single : (n_groups, n_rows) array
        Probability that a group with events has exactly one. [-]
    none_after : (n_groups + 1, n_rows) array
        Probability that no group from this code on has an event. [-]
    """

    counts: CountMixture
    row_given_event: FloatArray
    first_group: FloatArray
    single: FloatArray
    none_after: FloatArray
    empty_probability: float


def count_tables(counts: CountMixture) -> CountTables:
    """Work out the tables of `draw_counts`."""
    zero = counts.zero.T
    n_groups, n_rows = zero.shape
    none_after = np.ones((n_groups + 1, n_rows))
    for group in reversed(range(n_groups)):
        none_after[group] = none_after[group + 1] * zero[group]
    none_before = np.ones((n_groups, n_rows))
    none_before[1:] = np.cumprod(zero[:-1], axis=0)
    some = -np.expm1(np.log(none_after[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.cumsum(none_before * (1 - zero), axis=0) / some
        single = zero * counts.linear.T / (1 - zero)
    first[-1] = 1.0
    single = np.where(zero < 1, single, 1.0)
    weight = counts.weight * some
    return CountTables(
        counts,
        weight / weight.sum(),
        np.ascontiguousarray(first),
        single,
        none_after,
        counts.empty_probability,
    )


def draw_counts(
    tables: CountTables, n_years: int, rng: np.random.Generator
) -> tuple[Years, CodeArray, IntArray]:
    """Draw loss years, ordered by their number of events (事故件数の抽選).

    Parameters
    ----------
    tables : CountTables
        From `count_tables`.
    n_years : int
        Loss years, each with at least one event.
    rng : numpy.random.Generator

    Returns
    -------
    years : Years
    single : (n_years,) array of int8
        Group of the only event of a year; meaningless for the first ``m`` years.
    several : (n_groups, m) array
        Events by group of the ``m`` years with two or more events, most first.

    Notes
    -----
    The shared level is drawn given at least one event. The first group with an event follows in one
    draw, and after it each further one, so that the many years with one event cost little.

    Examples
    --------
    >>> from exposure.model.history import prior_counts
    >>> tables = count_tables(prior_counts(np.array([0.05, 0.0]), 1.0, 2.0, points=400))
    >>> years, single, several = draw_counts(tables, 1000, np.random.default_rng(1))
    >>> years.n_years, set(single.tolist())
    (1000, {0})
    >>> int(several.sum()) + 1000 - several.shape[1] == years.n_events
    True
    """
    row = np.repeat(
        np.arange(tables.row_given_event.size), rng.multinomial(n_years, tables.row_given_event)
    )
    u = rng.random(n_years)
    first = np.zeros(n_years, dtype=np.int8)
    for reached in tables.first_group[:-1]:
        first += u >= reached[row]
    count = _at_least_one(tables, first, row, rng)
    total = count.copy()
    more = _further_groups(tables, first, row, rng)
    for _, index, further in more:
        total[index] += further

    (several,) = np.nonzero(total > 1)
    m = several.size
    order = several[np.argsort(-total[several], kind="stable")]
    place = np.full(n_years, -1)
    place[order] = np.arange(m)
    by_group = np.zeros((tables.first_group.shape[0], m), dtype=np.int64)
    by_group[first[order], np.arange(m)] = count[order]
    for code, index, further in more:
        by_group[code, place[index]] += further
    # Years with one event give way to the others; the rest keep their place and their luck.
    single = first.copy()
    (displaced,) = np.nonzero(total[:m] == 1)
    single[several[several >= m]] = first[displaced]
    return Years(_sizes(n_years, total[order])), single, by_group


def _sizes(n_years: int, several: IntArray) -> tuple[int, ...]:
    """Return how many years have more than 0, 1, 2, … events."""
    if not several.size:
        return (n_years,)
    tally = np.bincount(several)
    beyond = np.cumsum(tally[::-1])[::-1]
    return (n_years, *(int(size) for size in beyond[2:]))


def _further_groups(
    tables: CountTables, first: CodeArray, row: IntArray, rng: np.random.Generator
) -> list[tuple[int, IntArray, IntArray]]:
    """Draw the events of groups after the first; a list of group, years and counts."""
    n_groups, n_rows = tables.first_group.shape
    none = tables.none_after.ravel()[(first.astype(np.int64) + 1) * n_rows + row]
    (index,) = np.nonzero(rng.random(first.size) >= none)
    before, row = first[index], row[index]
    pending: BoolArray = np.ones(index.size, dtype=np.bool_)
    found = []
    for code in range(1, n_groups):
        zero = tables.counts.zero[row, code]
        none = tables.none_after[code, row]
        # While the further event is still to come, the groups left are not all empty.
        some = np.where(pending & (none < 1), 1 - none, 1.0)
        p_zero = np.where(pending, (zero - none) / some, zero)
        (hit,) = np.nonzero((before < code) & (rng.random(index.size) >= p_zero))
        pending[hit] = False
        group = np.full(hit.size, code, dtype=np.int8)
        found.append((code, index[hit], _at_least_one(tables, group, row[hit], rng)))
    return found


def _at_least_one(
    tables: CountTables, group: CodeArray, row: IntArray, rng: np.random.Generator
) -> IntArray:
    """Draw counts of a group, given that it has an event, by inversion."""
    n_rows = tables.first_group.shape[1]
    u = rng.random(row.size)
    probability = tables.single.ravel()[group.astype(np.int64) * n_rows + row]
    count = np.ones(row.size, dtype=np.int64)
    (index,) = np.nonzero(u >= probability)
    u, probability = u[index], probability[index]
    linear = tables.counts.linear[row[index], group[index]]
    ratio = tables.counts.ratio[row[index], group[index]]
    reached = probability
    a = 1
    while index.size:
        count[index] += 1
        probability = probability * (linear + a * ratio) / (a + 1)
        reached = reached + probability
        a += 1
        # A term that no longer moves the sum ends the search: u has rounding of its own.
        (left,) = np.nonzero(
            (u >= reached) & ((probability > np.finfo(float).eps ** 2) | (a < linear))
        )
        index, u, probability, reached = index[left], u[left], probability[left], reached[left]
        linear, ratio = linear[left], ratio[left]
    return count


def arrange_groups(
    years: Years, single: CodeArray, several: IntArray, rng: np.random.Generator
) -> CodeArray:
    """Put the groups of each year's events in random order (群の発生順).

    Parameters
    ----------
    years, single, several
        From `draw_counts`.
    rng : numpy.random.Generator

    Returns
    -------
    (n_events,) array of int8
        Group of every event, by ordinal.

    Examples
    --------
    A year with one event of each of two groups, and a year with one event:

    >>> single = np.array([0, 1], dtype=np.int8)
    >>> rng = np.random.default_rng(0)
    >>> order = arrange_groups(Years((2, 1)), single, np.array([[1], [1]]), rng)
    >>> sorted(order[[0, 2]].tolist()), int(order[1])
    ([0, 1], 1)
    """
    m = several.shape[1]
    u = rng.random(m + years.n_events - years.n_years)
    group = np.empty(years.n_events, dtype=np.int8)
    group[: years.n_years] = single
    reached = np.cumsum(several, axis=0)
    used = 0
    for part in years.slices():
        size = min(part.stop - part.start, m)
        left = reached[:, :size]
        position = u[used : used + size] * left[-1]
        used += size
        code = (position >= left[:-1]).sum(axis=0)
        group[part.start : part.start + size] = code
        for g in range(left.shape[0]):
            left[g] -= code <= g
    return group


def discovery_times(years: Years, rng: np.random.Generator) -> FloatArray:
    """Draw when in the year each event is discovered, in order (発覚の時期).

    Given their number, events are uniform in the policy year; they are drawn as order statistics,
    so that nothing need be sorted.

    Returns
    -------
    (n_events,) array
        Share of the year gone, in [0, 1); increasing within a year. [-]

    Examples
    --------
    >>> times = discovery_times(Years((2, 1)), np.random.default_rng(0))
    >>> bool(0 <= times[0] <= times[2] < 1)
    True
    """
    times = rng.random(years.n_events)
    sizes = np.array((*years.sizes, 0))
    total = np.repeat(np.arange(sizes.size - 1, 0, -1), np.diff(sizes[::-1]))
    gone = np.zeros(years.n_years)
    for j, part in enumerate(years.slices()):
        size = part.stop - part.start
        ahead = int(sizes[j + 1])
        share = times[part]
        share[:ahead] = -np.expm1(np.log1p(-share[:ahead]) / (total[:ahead] - j))
        share *= 1 - gone[:size]
        share += gone[:size]
        gone[:size] = share
    return np.minimum(times, np.nextafter(1, 0), out=times)
