"""Days that count as one: the quick way for days in order against the plain one for any days."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure.arrays import Years
from exposure.policy.conditions import add_deemed_days
from exposure.policy.vocabulary import Day
from exposure.tables import EventTable

RULE = {"deemed": Day(date="discovered_on", same_day_within_days=60)}


def deemed(year: list[int | None]) -> list[int | None]:
    """Return what one year's days, numbers or unstated, count as."""
    days = np.array(["NaT" if d is None else d for d in year], dtype="datetime64[D]")
    events = EventTable(Years((1,) * len(year)), {"discovered_on": days})
    found = add_deemed_days(events, RULE).facts["deemed"]
    return [None if np.isnat(day) else int(day.astype(int)) for day in found]


def one_by_one(year: list[int | None]) -> list[int | None]:
    """Take the day of the first earlier event at most 60 days before."""
    found: list[int | None] = []
    for day in year:
        bases = (b for b in found if day is not None and b is not None and 0 <= day - b <= 60)
        found.append(next(bases, day))
    return found


def test_sixty_days_run_from_the_first_of_a_row_and_the_sixty_first_starts_anew() -> None:
    assert deemed([10, 70, 71, None, 130, 132]) == [10, 10, 71, None, 71, 132]


def test_days_out_of_order_look_at_every_earlier_day() -> None:
    assert deemed([100, 30, 150, 85]) == [100, 30, 100, 30]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.booleans()), min_size=1, max_size=8), st.booleans()
)
def test_any_days_count_as_a_loop_says(steps: list[tuple[int, bool]], ordered: bool) -> None:
    days = list(accumulate(step for step, _ in steps)) if ordered else [s for s, _ in steps]
    year = [None if unstated else day for day, (_, unstated) in zip(days, steps, strict=True)]
    assert deemed(year) == one_by_one(year)
