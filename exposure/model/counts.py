"""Draw the number of events of each loss year, group by group (保険年度ごとの事故件数).

Only years with at least one event are drawn; the probability of the others is exact. What rates and
histories mean is left to `exposure.model.frequency` and `exposure.model.frequency`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray, Years
from exposure.model.frequency import CountMixture


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
        np.ascontiguousarray(single),
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
    >>> from exposure.model.frequency import prior_counts
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
        first += u >= reached.take(row)
    luck = rng.random(n_years)
    year, group, further_luck = _further_groups(tables, first, row, rng)
    # All counts are inverted together: the longest takes as many steps as it has events.
    counts = _at_least_one(
        tables,
        np.concatenate([first, group]),
        np.concatenate([row, row.take(year)]),
        np.concatenate([luck, further_luck]),
    )
    count, further = counts[:n_years], counts[n_years:]
    total = count + np.bincount(year, further, n_years).astype(np.int64)
    (several,) = np.nonzero(total > 1)
    m = several.size
    order = several.take(_most_first(total.take(several)))
    place = np.zeros(n_years, dtype=np.int64)
    place[order] = np.arange(m)
    by_group = np.zeros((tables.first_group.shape[0], m), dtype=np.int64)
    by_group[first.take(order), np.arange(m)] = count.take(order)
    by_group[group, place.take(year)] = further
    # Years with one event give way to the others; the rest keep their place and their luck.
    single = first.copy()
    (displaced,) = np.nonzero(total[:m] == 1)
    single[several.compress(several >= m)] = first.take(displaced)
    return Years(_sizes(n_years, total.take(order))), single, by_group


def _most_first(total: IntArray) -> IntArray:
    """Return the order in which totals fall; equal ones stay as they are."""
    # Narrow integers are sorted in one pass.
    return np.argsort(-total.astype(_narrowest(total)), kind="stable")


def _narrowest(count: IntArray) -> np.dtype[np.signedinteger]:
    """Return the narrowest integers that hold counts and their negatives."""
    return np.min_scalar_type(-1 - count.max(initial=0))


def _sizes(n_years: int, several: IntArray) -> tuple[int, ...]:
    """Return how many years have more than 0, 1, 2, … events."""
    if not several.size:
        return (n_years,)
    tally = np.bincount(several)
    beyond = np.cumsum(tally[::-1])[::-1]
    return (n_years, *(int(size) for size in beyond[2:]))


def _further_groups(
    tables: CountTables, first: CodeArray, row: IntArray, rng: np.random.Generator
) -> tuple[IntArray, CodeArray, FloatArray]:
    """Draw which groups after the first have events: years, groups and the luck of their counts."""
    n_groups, n_rows = tables.first_group.shape
    none = tables.none_after.take((first.astype(np.int64) + 1) * n_rows + row)
    (index,) = np.nonzero(rng.random(first.size) >= none)
    before, row = first.take(index), row.take(index)
    pending: BoolArray = np.ones(index.size, dtype=np.bool_)
    years, groups, luck = [], [], []
    for code in range(1, n_groups):
        zero = tables.counts.zero.take(row * n_groups + code)
        none = tables.none_after[code].take(row)
        # While the further event is still to come, the groups left are not all empty.
        none *= pending
        some = 1 - none
        some += some == 0
        zero -= none
        zero /= some
        (hit,) = np.nonzero((before < code) & (rng.random(index.size) >= zero))
        pending[hit] = False
        years.append(index.take(hit))
        groups.append(np.full(hit.size, code, dtype=np.int8))
        luck.append(rng.random(hit.size))
    if not years:
        return index, before, np.empty(0)
    return np.concatenate(years), np.concatenate(groups), np.concatenate(luck)


def _at_least_one(tables: CountTables, group: CodeArray, row: IntArray, u: FloatArray) -> IntArray:
    """Return counts of groups that have an event, by inversion of numbers in [0, 1)."""
    n_groups, n_rows = tables.first_group.shape
    probability = tables.single.take(group.astype(np.int64) * n_rows + row)
    count = np.ones(row.size, dtype=np.int64)
    (index,) = np.nonzero(u >= probability)
    u, probability = u.take(index), probability.take(index)
    cell = row.take(index) * n_groups + group.take(index)
    linear, ratio = tables.counts.linear.take(cell), tables.counts.ratio.take(cell)
    reached = probability
    least = np.finfo(float).eps ** 2
    a = 1
    while index.size:
        probability = probability * (linear + a * ratio) / (a + 1)
        reached = reached + probability
        a += 1
        count[index] = a
        # A term that no longer moves the sum ends the search: u has rounding of its own.
        (left,) = np.nonzero((u >= reached) & ((probability > least) | (a < linear)))
        index, u, probability = index.take(left), u.take(left), probability.take(left)
        reached, linear, ratio = reached.take(left), linear.take(left), ratio.take(left)
    return count


def arrange_groups(
    years: Years, single: CodeArray, several: IntArray, rng: np.random.Generator
) -> CodeArray:
    """Put the groups of each year's events in random order (群の発生順).

    All but the generator come from `draw_counts`.

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
    # Events left of the groups up to each.
    left = several.astype(_narrowest(several.sum(axis=0)))
    for up_to, own in pairwise(left):
        own += up_to
    used = 0
    for part in years.slices():
        size = min(part.stop - part.start, m)
        left = left[:, :size]
        place = (u[used : used + size] * left[-1]).astype(left.dtype)
        used += size
        beyond = place >= left[:-1]
        group[part.start : part.start + size] = beyond.view(np.int8).sum(axis=0, dtype=np.int8)
        left[:-1] -= (~beyond).view(np.int8)
        left[-1] -= 1
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
    total = np.repeat(np.arange(sizes.size - 1.0, 0, -1), np.diff(sizes[::-1]))
    gone = np.zeros(0)
    for j, part in enumerate(years.slices()):
        share = times[part]
        early = share[: int(sizes[j + 1])]
        np.negative(early, out=early)
        np.log1p(early, out=early)
        early /= total[: early.size] - j
        np.expm1(early, out=early)
        np.negative(early, out=early)
        if j:
            gone = gone[: share.size]
            share *= 1 - gone
            share += gone
        gone = share
    return np.minimum(times, np.nextafter(1, 0), out=times)
