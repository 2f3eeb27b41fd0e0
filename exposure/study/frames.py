"""Event losses of your own as a loss table, to be paid and measured like simulated ones.

A frame has one row per event and loss head, as ``LossTable.to_frame`` makes it. Which columns it
may have is fixed here; writing files is left to `exposure.study.export`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any  # Any: cells of a frame, before they are checked

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.errors import DataError, Problem, Text
from exposure.files import nearest
from exposure.inputs.names import heads
from exposure.tables import CATEGORIES, DATES, FLAGS, EventTable, Fact, LossItem, LossTable

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("year", "event_id", "head", "ground_up")
_AMOUNTS = ("ground_up", "persons", "claimants", "units", "per_unit")
_DAYS = "spending_mean_days"
_OPTIONAL = ("cause", *_AMOUNTS, _DAYS)
_PAID = ("plan", "paid", "retained")
_WHERE = "losses_from_frame"


def losses_from_frame(frame: pd.DataFrame, empty_probability: float = 0.0) -> LossTable:
    """Read event losses of your own, to be paid and measured like simulated ones (損害の読み込み).

    Parameters
    ----------
    frame : DataFrame
        One row per event and head, with the columns ``year``, ``event_id``, ``head`` and
        ``ground_up`` [JPY]. Any fact of the case schema, ``cause``, ``persons`` and ``claimants``
        may follow, the same in all rows of an event. Money given by head has ``units`` and
        ``per_unit``; ``spending_mean_days``, the same in all rows of a head, says how fast it is
        spent, or else it counts as spent within every window. Events of a year stand in the order
        of their first rows. An exported ``yelt`` is such a frame; its rows of plans are left out.
        Exclusions (免責事由) cannot be stated and do not apply.
    empty_probability : float
        Probability of a year without an event; such years are not in the frame. [-]

    Returns
    -------
    LossTable

    Raises
    ------
    DataError
        With every problem of the frame, naming row and column.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"year": [7, 7], "event_id": ["a", "b"], "head": ["damages", "damages"],
    ...      "ground_up": [3e6, 1e6]}
    ... )
    >>> losses = losses_from_frame(frame, empty_probability=0.95)
    >>> losses.events.years.sum(losses.total())
    array([4000000.])
    """
    if "plan" in frame:
        # What a plan pays is the other team's to check, not to read.
        of_plans = frame["plan"].notna() & (frame["plan"] != "")
        frame = frame[~of_plans].drop(columns=[c for c in _PAID if c in frame])
    problems = _column_problems(frame)
    if not 0 <= empty_probability < 1:
        text = Text("0以上1未満にしてください", "expected a number in [0, 1)")
        problems.append(Problem(_WHERE, "empty_probability", text, empty_probability))
    if not problems:
        problems = _cell_problems(frame)
    if problems:
        raise DataError(problems)
    place, years = _arranged(frame)
    n = years.n_events
    first = np.full(n, -1, dtype=np.int64)
    rows = np.arange(len(frame))
    first[place[::-1]] = rows[::-1]
    facts: dict[str, Fact] = {
        name: _fact(name, frame[name].to_numpy()[first])
        for name in (*FLAGS, *CATEGORIES, *DATES)
        if name in frame
    }
    cause, names = None, ()
    if "cause" in frame:
        found, code = np.unique(frame["cause"].astype(str).to_numpy()[first], return_inverse=True)
        cause, names = code.astype(np.int8), tuple(found.tolist())
    events = EventTable(
        years=years,
        facts=facts,
        empty_probability=float(empty_probability),
        cause=cause,
        cause_names=names,
        persons=_of_events(frame, "persons", first),
        claimants=_of_events(frame, "claimants", first),
    )
    return LossTable(events, tuple(_items(frame, place, n)))


def _of_events(frame: pd.DataFrame, name: str, first: IntArray) -> FloatArray | None:
    if name not in frame:
        return None
    values: FloatArray = frame[name].to_numpy(dtype=np.float64)[first]
    return values


def _column_problems(frame: pd.DataFrame) -> list[Problem]:
    known = (*REQUIRED, *_OPTIONAL, *FLAGS, *CATEGORIES, *DATES)
    problems = [
        Problem(_WHERE, name, Text("この列が必要です", "this column is needed"))
        for name in REQUIRED
        if name not in frame
    ]
    for name in map(str, frame.columns):
        if name not in known:
            near = nearest(name, known)
            hint = Text(
                f"知らない列です。「{near}」ではありませんか" if near else "知らない列です",
                f'unknown column; did you mean "{near}"?' if near else "unknown column",
            )
            problems.append(Problem(_WHERE, name, hint))
    if not frame.columns.is_unique:
        text = Text("同じ名前の列が2つあります", "two columns of one name")
        problems.append(Problem(_WHERE, "columns", text))
    if ("units" in frame) != ("per_unit" in frame):
        text = Text("units と per_unit は一緒に必要です", "units and per_unit go together")
        problems.append(Problem(_WHERE, "units", text))
    if not problems and frame.empty:
        text = Text("1行以上必要です", "at least one row is needed")
        problems.append(Problem(_WHERE, "", text))
    return problems


def _cell_problems(frame: pd.DataFrame) -> list[Problem]:
    problems: list[Problem] = []
    whole_yen = Text("0以上の整数（円）にしてください", "expected whole yen, 0 or more")
    for name in _AMOUNTS:
        if name in frame:
            problems += _refused(frame, name, _is_whole, whole_yen)
    if _DAYS in frame:
        text = Text("0より大きい日数か空欄にしてください", "expected days above 0, or nothing")
        problems += _refused(frame, _DAYS, lambda value: value is None or not value <= 0, text)
    listed = Text("知らない損害項目です", "unknown loss head")
    problems += _refused(frame, "head", lambda value: value in heads(), listed)
    day = Text("日付にしてください", "expected a date")
    for name in (*FLAGS, *CATEGORIES, *DATES):
        if name in FLAGS and name in frame:
            text = Text("真偽値にしてください", "expected true or false")
            problems += _refused(frame, name, lambda v: isinstance(v, bool | np.bool_), text)
        elif name in CATEGORIES and name in frame:
            values = CATEGORIES[name]
            text = Text(f"次のどれか: {', '.join(values)}", f"expected one of {', '.join(values)}")
            problems += _refused(frame, name, values.__contains__, text)
        elif name in frame:
            problems += _refused(frame, name, _is_day, day)
    for name in ("year", "event_id"):
        text = Text("空欄にできません", "must not be empty")
        problems += _refused(frame, name, lambda value: value == value and value is not None, text)
    return problems or _event_problems(frame)


def _refused(frame: pd.DataFrame, name: str, good: Any, text: Text) -> list[Problem]:
    """Return the first cell of a column that is not good, and how many there are."""
    # Any: a test of one cell, whatever it holds
    wrong = [row for row, value in enumerate(frame[name].tolist()) if not good(value)]
    if not wrong:
        return []
    found = frame[name].tolist()[wrong[0]]
    more = Text(
        f"（ほか{len(wrong) - 1}行）" if len(wrong) > 1 else "",
        f" ({len(wrong) - 1} more rows)" if len(wrong) > 1 else "",
    )
    where = f"row {wrong[0]}, {name}"
    return [Problem(_WHERE, where, Text(text.ja + more.ja, text.en + more.en), found)]


def _is_whole(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer):
        return False
    number = float(value)
    return np.isfinite(number) and number >= 0 and number == int(number)


def _is_day(value: object) -> bool:
    try:
        return not isinstance(value, int | bool) and np.datetime64(str(value), "D") is not None
    except ValueError:
        return str(value) in ("None", "nan", "")


def _event_problems(frame: pd.DataFrame) -> list[Problem]:
    """Return what contradicts itself: an event in two years, facts or heads that differ."""
    by_event = frame.groupby("event_id", sort=False)
    problems = []
    same = [
        name
        for name in ("year", "cause", "persons", "claimants", *FLAGS, *CATEGORIES, *DATES)
        if name in frame
    ]
    for name in same:
        several = by_event[name].nunique(dropna=False)
        if (several > 1).any():
            event = several.index[(several > 1).to_numpy()][0]
            text = Text(
                "1つの事故の中では同じ値にしてください",
                "expected one value for all rows of an event",
            )
            problems.append(Problem(_WHERE, f"event_id {event}, {name}", text))
    twice = frame.duplicated(["event_id", "head"])
    if twice.any():
        row = int(np.flatnonzero(twice.to_numpy())[0])
        text = Text("同じ事故の同じ項目が2行あります", "this head is there twice for its event")
        problems.append(Problem(_WHERE, f"row {row}, head", text, str(frame["head"].iloc[row])))
    return problems


def _arranged(frame: pd.DataFrame) -> tuple[IntArray, Years]:
    """Return the place of each row's event in the table, events of a year by ordinal."""
    import pandas as pd

    event, _ = pd.factorize(frame["event_id"])
    year, _ = pd.factorize(frame["year"])
    n_events, n_years = int(event.max()) + 1, int(year.max()) + 1
    first = np.full(n_events, -1, dtype=np.int64)
    rows = np.arange(len(frame))
    first[event[::-1]] = rows[::-1]
    year_of = year[first]
    count = np.bincount(year_of, minlength=n_years)
    by_count = np.argsort(-count, kind="stable")
    rank = np.empty(n_years, dtype=np.int64)
    rank[by_count] = np.arange(n_years)
    # Events are numbered by first row, so a stable sort by year leaves them in their order.
    by_year = np.argsort(year_of, kind="stable")
    start = np.concatenate(([0], np.cumsum(count)[:-1]))
    ordinal = np.empty(n_events, dtype=np.int64)
    ordinal[by_year] = np.arange(n_events) - start[year_of[by_year]]
    sizes = tuple(int((count > j).sum()) for j in range(int(count.max())))
    offset = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    place: IntArray = offset[ordinal] + rank[year_of]
    return place[event], Years(sizes)


def _fact(name: str, values: Any) -> Fact:  # Any: an array of whatever the column holds
    if name in FLAGS:
        return np.asarray(values, dtype=np.bool_)
    if name in CATEGORIES:
        codes: Mapping[str, int] = {value: k for k, value in enumerate(CATEGORIES[name])}
        return np.array([codes[value] for value in values.tolist()], dtype=np.int8)
    return np.asarray(values, dtype="datetime64[D]")


def _items(frame: pd.DataFrame, place: IntArray, n_events: int) -> list[LossItem]:
    """Return one item per head, in the order in which the heads first appear."""
    items = []
    head = frame["head"].to_numpy()
    for name in dict.fromkeys(head.tolist()):
        rows = head == name

        def filled(column: str, rows: Any = rows) -> FloatArray:  # Any: a mask of the frame's rows
            values = np.zeros(n_events)
            values[place[rows]] = frame[column].to_numpy(dtype=np.float64)[rows]
            return values

        units = per_unit = None
        if "units" in frame and frame["units"].to_numpy(dtype=np.float64)[rows].any():
            units, per_unit = filled("units"), filled("per_unit")
        days = frame[_DAYS].to_numpy(dtype=np.float64)[rows] if _DAYS in frame else np.array([])
        items.append(
            LossItem(
                str(name),
                filled("ground_up"),
                units=units,
                per_unit=per_unit,
                spending_mean_days=float(days[0]) if days.size and days[0] > 0 else None,
            )
        )
    return items
