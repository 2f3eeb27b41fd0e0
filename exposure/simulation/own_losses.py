"""Event losses of your own as a loss table, to be paid and measured like simulated ones.

A frame has one row per event and loss head, as ``LossTable.to_frame`` makes it, or one row per
event with a year and an amount. Which columns it may have and how its cells are read is fixed
here; writing files is left to `exposure.study.table_files`.
"""

from __future__ import annotations

import datetime
import numbers
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import (
    TYPE_CHECKING,
    Any,  # Any: cells of a frame, before they are checked
    TypeVar,
)

import numpy as np

from exposure.amounts import parse_counted
from exposure.arrays import BoolArray, DateArray, FloatArray, IntArray, Years
from exposure.errors import DataError, Problem, Text
from exposure.files import nearest
from exposure.inputs.fields import fields, share_of
from exposure.inputs.names import head_of
from exposure.labels import labels
from exposure.policy.vocabulary import REASONS
from exposure.records import RuleError
from exposure.tables import CATEGORIES, DATES, FLAGS, NOT_STATED, EventTable, LossItem, LossTable

if TYPE_CHECKING:
    import pandas as pd


REQUIRED = ("year", "ground_up")

UNPAID = "unpaid_"

PAID = ("plan", "paid", "retained", "covered", *(f"{UNPAID}{reason}" for reason in REASONS))

_FACTS = (*FLAGS, *CATEGORIES, *DATES)

_WHOLE = ("ground_up", "persons", "claimants", "units", "per_unit", "officer_days", "employee_days")

_OF_EVENT = ("persons", "claimants")

# What a number may say that it counts.
_COUNTERS = {
    "ground_up": "円",
    "per_unit": "円",
    "persons": "名人件",
    "claimants": "名人件",
    "units": "名人件社",
}

_SPENDING = "spending_mean_days"

_EMPTY = "empty_probability"

_IDS = {"exclusions": "exclusion", "exceptions": "exception"}

_WHERE = "losses_from_frame"

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?")

_YES_OR_NO = {"true": True, "false": False}

_T = TypeVar("_T")


def losses_from_frame(
    frame: pd.DataFrame | Mapping[str, Sequence[Any]] | Sequence[Any],
    empty_probability: float | None = None,
    *,
    head: str = "damages",
) -> LossTable:
    """Read event losses of your own, to be paid and measured like simulated ones (損害の読み込み).

    Parameters
    ----------
    frame : DataFrame, mapping of str to list, or list of (year, amount)
        One row per event and head with ``year`` and ``ground_up`` [JPY]; Japanese column names
        (年度, 損害額, …) and heads (損害賠償金, …) are read too. Without ``event_id`` each row is
        an event of its own; without ``head`` all are of the one head. ``cause``, ``persons``,
        ``claimants``, any fact of the case schema, and ``exclusions`` and ``exceptions`` (ids, a
        space between them) may follow, the same in all rows of an event; an empty cell is not
        stated. Money given by head has ``units`` and ``per_unit`` [JPY], attendance in court
        ``officer_days`` and ``employee_days``; ``spending_mean_days``, the same in all rows of a
        head, says how fast it is spent, or else it counts as spent within every window. Events of
        a year stand in the order of their first rows. A day with a time zone is the local day.
        An exported ``yelt`` is such a frame; its rows of plans are left out.
    empty_probability : float, optional
        Probability of a year without an event; such years are not in the frame. If left out, that
        of the column of this name, or else 0. [-]
    head : str
        Loss head of a frame without such a column.

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
    >>> losses_from_frame(frame, empty_probability=0.95).total()
    array([3000000., 1000000.])
    >>> losses_from_frame([(2024, "300万"), (2025, 1_000_000)]).total()
    array([3000000., 1000000.])
    """
    rows = _Rows(_as_frame(frame))
    default = rows.default_head(head)
    chance = rows.probability(empty_probability)
    if not rows.problems:
        rows.read(default)
    if rows.problems:
        raise DataError(rows.problems)
    place, years = _arrange(rows.event, rows.year)
    n = years.n_events
    first = np.full(n, -1, dtype=np.int64)
    first[place[::-1]] = np.arange(place.size)[::-1]
    cause: Any = None  # Any: codes of one byte or eight
    names: tuple[str, ...] = ()
    if rows.cause is not None:
        found, code = np.unique(rows.cause[first], return_inverse=True)
        # The codes of a model fit into a byte; causes of one's own may be more.
        byte = found.size <= np.iinfo(np.int8).max
        cause, names = code.astype(np.int8 if byte else np.int64), tuple(found.tolist())
    persons, claimants = (
        rows.number[name][first] if name in rows.number else None for name in _OF_EVENT
    )
    events = EventTable(
        years=years,
        facts={name: values[first] for name, values in rows.fact.items()},
        exclusions={name: flag[first] for name, flag in rows.established["exclusions"].items()},
        exceptions={name: flag[first] for name, flag in rows.established["exceptions"].items()},
        empty_probability=chance,
        cause=cause,
        cause_names=names,
        persons=persons,
        claimants=claimants,
    )
    return LossTable(events, tuple(_items(rows, place, n)))


def _as_frame(given: Any) -> pd.DataFrame:
    """Return what was given as a frame with the columns' names of this module."""
    import pandas as pd

    expected = Text(
        "データフレームか、(年度, 金額) の並びにしてください",
        "expected a data frame, or a list of (year, amount)",
    )
    if isinstance(given, pd.DataFrame):
        frame = given.reset_index(drop=True)
    elif isinstance(given, pd.Series):
        frame = pd.DataFrame({"year": given.index, "ground_up": given.to_numpy()})
    elif isinstance(given, Mapping):
        try:
            frame = pd.DataFrame(dict(given))
        except (TypeError, ValueError):
            raise DataError(Problem(_WHERE, "frame", expected)) from None
    elif isinstance(given, Sequence | np.ndarray) and not isinstance(given, str | bytes):
        pairs = [list(row) if isinstance(row, Sequence | np.ndarray) else [] for row in given]
        if any(len(pair) != len(REQUIRED) for pair in pairs):
            raise DataError(Problem(_WHERE, "frame", expected))
        columns = list(zip(*pairs, strict=True)) or [(), ()]
        frame = pd.DataFrame(dict(zip(REQUIRED, columns, strict=True)))
    else:
        raise DataError(Problem(_WHERE, "frame", expected, type(given).__name__))
    frame.columns = pd.Index([_column_of(str(name)) for name in frame.columns])
    if frame.columns.is_unique and "plan" in frame:
        # Gross rows have no plan; what the plans paid is the other team's to check, not to read.
        gross = _Cells(frame["plan"]).blank
        frame = frame[gross].drop(columns=[c for c in PAID if c in frame]).reset_index(drop=True)
    return frame


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def _spellings() -> Mapping[str, str]:
    """Return the name of a column by each way it is written."""
    known = {
        _plain(spelling): name
        for name, field in fields("loss").items()
        for spelling in (name, field.label.ja, field.label.en, *field.also)
    }
    for name in _FACTS:
        for spelling in (name, *labels("fact")[name]):
            known.setdefault(_plain(spelling), name)
    return known


def _column_of(heading: str) -> str:
    return _spellings().get(_plain(heading), heading)


def _is_blank(value: object) -> bool:
    """Say whether a cell is empty, whichever way pandas says so."""
    if value is None or isinstance(value, str):
        return value is None or not value.strip()
    # Neither a missing number nor a missing day is equal to itself; the missing value of pandas
    # says neither yes nor no.
    same = value == value
    return same is not True and not (isinstance(same, np.bool_ | np.ndarray) and np.all(same))


class _Cells:
    """A column of a frame, in which every distinct cell is looked at once."""

    def __init__(self, column: pd.Series[Any]) -> None:
        import pandas as pd

        kind = column.dtype.kind
        self.plain: FloatArray | None = None
        if isinstance(column.dtype, np.dtype) and kind in "iuf":
            self.plain = column.to_numpy(dtype=np.float64)
        if kind in "iufbM" or isinstance(column.dtype, pd.StringDtype):
            place, distinct = pd.factorize(column)
            # What is missing has no place of its own, and gets the last.
            self.cells: list[Any] = [*pd.Series(distinct).tolist(), None]
            self.place: IntArray = np.where(place < 0, len(distinct), place).astype(np.int64)
        else:
            self.cells, self.place = _distinct(column.tolist())

    @cached_property
    def blank(self) -> BoolArray:
        """Say which rows are empty."""
        if self.plain is not None:
            return np.isnan(self.plain)
        blank: BoolArray = self.each(_is_blank, True)
        return blank

    def each(self, of: Callable[[Any], _T | None], missing: Any) -> Any:
        """Return what each row's cell is read as; those that cannot be as missing."""
        if of is _number and self.plain is not None:
            return self.plain
        found = [of(cell) for cell in self.cells]
        return np.array([missing if one is None else one for one in found])[self.place]

    def __getitem__(self, row: int) -> Any:
        return self.cells[self.place[row]]


def _distinct(column: list[Any]) -> tuple[list[Any], IntArray]:
    """Return the distinct cells of a column, and the place of each row's among them."""
    cells: list[Any] = []
    place = np.empty(len(column), dtype=np.int64)
    known: dict[tuple[type, Any], int] = {}
    for row, cell in enumerate(column):
        new = len(cells)
        try:
            # Yes is not one, though it equals it.
            place[row] = known.setdefault((type(cell), cell), new)
        except TypeError:  # a list or the like, which is nothing to be read anyway
            place[row] = new
        if place[row] == new:
            cells.append(cell)
    return cells, place


@dataclass
class _Rows:
    """The cells of a frame, read column by column; what is wrong with them is collected."""

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        self.problems: list[Problem] = _column_problems(self.frame)
        self.columns: dict[str, _Cells] = {}
        if not self.problems:
            self.columns = {str(name): _Cells(self.frame[name]) for name in self.frame.columns}
            self.problems += _lacking(self.columns.get("lacks"))
        self.number: dict[str, FloatArray] = {}
        self.fact: dict[str, Any] = {}  # Any: an array of days, codes or flags
        self.established: dict[str, dict[str, BoolArray]] = {name: {} for name in _IDS}
        self.spending: FloatArray | None = None
        self.cause: Any = None  # Any: an array of words

    def default_head(self, head: object) -> str:
        """Return the head of a frame that has no such column."""
        try:
            return head_of(head if isinstance(head, str) else str(head))
        except RuleError as error:
            self.problems.append(Problem(_WHERE, "head", error.text, head))
            return ""

    def probability(self, given: float | None) -> float:
        """Return the probability of an empty year, as given or as the column says."""
        found: list[object] = [0.0 if given is None else given]
        if given is None and _EMPTY in self.columns:
            found = [cell for cell in self.columns[_EMPTY].cells if not _is_blank(cell)] or found
        if len(found) > 1:
            text = Text("すべての行で同じ値にしてください", "expected one value for all rows")
            self.problems.append(Problem(_WHERE, _EMPTY, text, found[1]))
            return 0.0
        number = share_of(found[0])
        if number is None or not 0 <= number < 1:
            text = Text("0以上1未満にしてください", "expected a number in [0, 1)")
            self.problems.append(Problem(_WHERE, _EMPTY, text, found[0]))
            return 0.0
        return number

    def read(self, head: str) -> None:
        """Read all columns, then look for what contradicts itself."""
        self.year, self.event = self._keys("year"), self._keys("event_id")
        self.head, quiet = self._heads(head)
        for name in self.columns:
            if name in _WHOLE:
                self._read_whole(name, quiet)
            elif name in _FACTS:
                self._read_fact(name)
            elif name in _IDS:
                self._read_ids(name)
            elif name == _SPENDING:
                self._read_spending()
            elif name == "cause":
                words = self.columns[name].each(lambda v: "" if _is_blank(v) else str(v), "")
                self.cause = words if (words != "").any() else None
        if not self.problems:
            self._contradictions(quiet)

    def _keys(self, name: str) -> IntArray:
        """Return numbers for the years or events, by first appearance."""
        if name not in self.columns:
            return np.arange(len(self.frame))
        column = self.columns[name]
        is_key = column.each(lambda v: isinstance(v, str | numbers.Real | datetime.date), False)
        text = Text("番号か名前が必要です", "expected a number or a name")
        self._refuse(name, ~is_key | column.blank, text)
        if self.problems:
            return np.arange(len(self.frame))
        number = {cell: k for k, cell in enumerate(dict.fromkeys(column.cells))}
        return np.array([number[cell] for cell in column.cells])[column.place]

    def _heads(self, default: str) -> tuple[Any, BoolArray]:
        """Return the head of each row, and which rows only say that there was an event."""
        n = len(self.frame)
        if "head" not in self.columns:
            return np.full(n, default, dtype=object), np.zeros(n, dtype=np.bool_)
        column, amounts = self.columns["head"], self.columns["ground_up"]
        quiet = column.blank & (amounts.blank | (amounts.each(_yen, np.nan) == 0))
        names = []
        for place, cell in enumerate(column.cells):
            try:
                names.append("" if _is_blank(cell) else head_of(str(cell)))
            except RuleError as error:
                names.append("")
                self._refuse("head", column.place == place, error.text)
        text = Text("損害項目が必要です", "expected a loss head")
        self._refuse("head", column.blank & ~quiet, text)
        return np.array(names, dtype=object)[column.place], quiet

    def _read_whole(self, name: str, quiet: BoolArray) -> None:
        column = self.columns[name]
        counters = _COUNTERS.get(name, "")
        values, blank = column.each(lambda v: _number(v, counters), np.nan), column.blank
        with np.errstate(invalid="ignore"):
            good = np.isfinite(values) & (values >= 0) & (values == np.floor(values))
        if name == "ground_up":
            good |= blank & quiet
        elif name not in _OF_EVENT or blank.all():
            good |= blank
        text = Text("0以上の整数にしてください", "expected a whole number, 0 or more")
        if name in ("ground_up", "per_unit"):
            text = Text("0以上の整数（円）にしてください", "expected whole yen, 0 or more")
        self._refuse(name, ~good, text)
        if name not in _OF_EVENT or not blank.all():
            self.number[name] = np.where(blank, 0.0, values)

    def _read_fact(self, name: str) -> None:
        column = self.columns[name]
        if name in DATES:
            days = _local_days(self.frame[name])
            if days is None:
                days = column.each(day_of, NOT_STATED)
            text = Text("日付にしてください", "expected a date")
            self._refuse(name, np.isnat(days) & ~column.blank, text)
            self.fact[name] = days
        elif name in FLAGS:
            text = Text("真偽値にしてください", "expected true or false")
            self._refuse(name, column.each(lambda v: _flag(v) is None, True) & ~column.blank, text)
            self.fact[name] = column.each(_flag, FLAGS[name])
        else:
            codes = _codes(name)
            found = column.each(
                lambda v: codes.get(_plain(v)) if isinstance(v, str) else None, len(codes)
            )
            listed = ", ".join(CATEGORIES[name])
            text = Text(f"次のどれか: {listed}", f"expected one of {listed}")
            unknown = found == len(codes)
            self._refuse(name, unknown & ~column.blank, text)
            self.fact[name] = np.where(unknown, 0, found).astype(np.int8)

    def _read_ids(self, name: str) -> None:
        column, known = self.columns[name], labels(_IDS[name])
        words = [v.replace(",", " ").split() if isinstance(v, str) else [] for v in column.cells]
        good = [all(word in known for word in of) for of in words]
        is_text = column.each(lambda v: isinstance(v, str), False)
        text = Text(
            "知らない名前です。空白で区切って並べてください", "unknown id; separate ids by a space"
        )
        wrong = ~np.array(good)[column.place] | (~is_text & ~column.blank)
        self._refuse(name, wrong, text)
        self.established[name] = {
            word: np.array([word in of for of in words])[column.place]
            for word in dict.fromkeys(word for of in words for word in of)
        }

    def _read_spending(self) -> None:
        column = self.columns[_SPENDING]
        days = column.each(_number, np.nan)
        with np.errstate(invalid="ignore"):
            wrong = ~column.blank & ~(np.isfinite(days) & (days > 0))
        text = Text("0より大きい日数か空欄にしてください", "expected days above 0, or nothing")
        self._refuse(_SPENDING, wrong, text)
        self.spending = days

    def _refuse(self, name: str, wrong: BoolArray, text: Text) -> None:
        """Note the first wrong cell of a column, and how many there are."""
        (rows,) = np.nonzero(wrong)
        if not rows.size:
            return
        more = Text(
            f"（ほか{rows.size - 1}行）" if rows.size > 1 else "",
            f" ({rows.size - 1} more rows)" if rows.size > 1 else "",
        )
        both = Text(text.ja + more.ja, text.en + more.en)
        found = self.columns[name][rows[0]]
        self.problems.append(Problem(_WHERE, f"row {rows[0]}, {name}", both, found))

    def _contradictions(self, quiet: BoolArray) -> None:
        """Note what contradicts itself: an event in two years, facts or heads that differ."""
        first = np.full(int(self.event.max()) + 1, -1, dtype=np.int64)
        first[self.event[::-1]] = np.arange(self.event.size)[::-1]
        of_event: dict[str, Any] = {"year": self.year, "cause": self.cause}
        of_event |= {name: self.number[name] for name in _OF_EVENT if name in self.number}
        of_event |= self.fact
        for name, flags in self.established.items():
            of_event |= {f"{name} ({word})": flag for word, flag in flags.items()}
        for name, values in of_event.items():
            if values is None:
                continue
            values = values.view(np.int64) if values.dtype.kind == "M" else values
            (differ,) = np.nonzero(values != values[first[self.event]])
            if differ.size:
                event = self.columns["event_id"][differ[0]]
                text = Text(
                    "1つの事故の中では同じ値にしてください",
                    "expected one value for all rows of an event",
                )
                self.problems.append(Problem(_WHERE, f"event_id {event}, {name}", text))
        names, head = np.unique(self.head.astype(str), return_inverse=True)
        pair = self.event * names.size + head
        _, once = np.unique(pair, return_index=True)
        if once.size < pair.size:
            row = int(np.setdiff1d(np.arange(pair.size), once)[0])
            text = Text("同じ事故の同じ項目が2行あります", "this head is there twice for its event")
            self.problems.append(Problem(_WHERE, f"row {row}, head", text, str(self.head[row])))
        if self.spending is not None:
            self._spending_of_heads(quiet)

    def _spending_of_heads(self, quiet: BoolArray) -> None:
        assert self.spending is not None
        for name in dict.fromkeys(self.head[~quiet].tolist()):
            days = self.spending[(self.head == name) & ~quiet]
            if np.unique(days).size > 1:
                text = Text(
                    "1つの項目の中では同じ値にしてください",
                    "expected one value for all rows of a head",
                )
                self.problems.append(Problem(_WHERE, f"{name}, {_SPENDING}", text))


def _column_problems(frame: pd.DataFrame) -> list[Problem]:
    known = (*fields("loss"), *_FACTS)
    problems = [
        Problem(_WHERE, name, Text("この列が必要です", "this column is needed"))
        for name in REQUIRED
        if name not in frame
    ]
    for name in map(str, frame.columns):
        if name not in known:
            near = nearest(name, (*known, *_spellings()))
            hint = Text(
                f"知らない列です。「{near}」ではありませんか" if near else "知らない列です",
                f'unknown column; did you mean "{near}"?' if near else "unknown column",
            )
            problems.append(Problem(_WHERE, name, hint))
    if not frame.columns.is_unique:
        twice = ", ".join(dict.fromkeys(frame.columns[frame.columns.duplicated()]))
        text = Text("同じ列が2つあります", "two columns that mean the same")
        problems.append(Problem(_WHERE, "columns", text, twice))
    if ("units" in frame) != ("per_unit" in frame):
        text = Text("units と per_unit は一緒に必要です", "units and per_unit go together")
        problems.append(Problem(_WHERE, "units", text))
    if not problems and frame.empty:
        text = Text("1行以上必要です", "at least one row is needed")
        problems.append(Problem(_WHERE, "", text))
    return problems


def _lacking(column: _Cells | None) -> list[Problem]:
    """Return the problem of a frame that says itself what it lacks."""
    lacks = [] if column is None else [str(cell) for cell in column.cells if not _is_blank(cell)]
    if not lacks:
        return []
    text = Text(
        "この表には支払に必要な情報がありません。もとの損害の一覧（LossTable）を使ってください",
        "the table lacks what a payment needs: use the loss table it was made of",
    )
    return [Problem(_WHERE, "lacks", text, ", ".join(lacks))]


def _number(value: object, counters: str = "") -> float | None:
    """Return a cell as a number, as a sheet or a Japanese office writes it, or None.

    Counters are those that a number may bear: ``円`` for an amount, none for one that is bare.
    """
    if isinstance(value, str):
        try:
            return float(parse_counted(value, counters))
        except (ValueError, OverflowError):
            return _decimal(value)
    if isinstance(value, bool | np.bool_) or _is_blank(value):
        return None
    try:
        return float(value)  # type: ignore[arg-type]  # whatever has a number
    except (TypeError, ValueError, OverflowError):
        return None


def _yen(value: object) -> float | None:
    return _number(value, _COUNTERS["ground_up"])


def _decimal(value: str) -> float | None:
    try:
        return float(unicodedata.normalize("NFKC", value))
    except ValueError:
        return None


def _flag(value: object) -> bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return _YES_OR_NO.get(_plain(value)) if isinstance(value, str) else None


@cache
def _codes(name: str) -> Mapping[str, int]:
    """Return the code of a category by each way its value is written."""
    return {
        _plain(spelling): code
        for code, value in enumerate(CATEGORIES[name])
        for spelling in (value, *labels("fact")[f"{name}.{value}"])
    }


def _local_days(column: pd.Series[Any]) -> DateArray | None:
    """Return a column of times as the days the clocks there showed; None if it is no such."""
    if column.dtype.kind != "M":
        return None
    zone = getattr(column.dtype, "tz", None)
    local = column if zone is None else column.dt.tz_localize(None)
    return local.to_numpy().astype("datetime64[D]")


def day_of(value: object) -> np.datetime64 | None:
    """Return the day a person or a program means, on the clock there, or None (日付の読み取り).

    Examples
    --------
    >>> day_of("2025-04-01T00:30:00+09:00"), day_of("2025年4月1日")
    (np.datetime64('2025-04-01'), np.datetime64('2025-04-01'))
    """
    if _is_blank(value):  # the missing day of pandas is a date as well
        return None
    if isinstance(value, datetime.date):
        # A time of day with a zone keeps the day it was there.
        return np.datetime64(datetime.date(value.year, value.month, value.day), "D")
    if isinstance(value, np.datetime64):
        day_alone: np.datetime64 = value.astype("datetime64[D]")
        return day_alone
    if not isinstance(value, str):
        return None
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", value).strip())
    try:
        year, month, day = map(int, found.groups()) if found else (0, 0, 0)
        return np.datetime64(datetime.date(year, month, day), "D")
    except ValueError:
        return None


def _arrange(event: IntArray, year: IntArray) -> tuple[IntArray, Years]:
    """Return the place of each row's event in the table, events of a year by ordinal."""
    n_events, n_years = int(event.max()) + 1, int(year.max()) + 1
    first = np.full(n_events, -1, dtype=np.int64)
    first[event[::-1]] = np.arange(event.size)[::-1]
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
    # Years by their number of events: how many have more than j is a sum from the end.
    with_exactly = np.bincount(count, minlength=int(count.max()) + 1)
    sizes = tuple(int(size) for size in np.cumsum(with_exactly[::-1])[::-1][1:])
    offset = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    place: IntArray = offset[ordinal] + rank[year_of]
    return place[event], Years(sizes)


def _items(rows: _Rows, place: IntArray, n_events: int) -> list[LossItem]:
    """Return one item per head, in the order in which the heads first appear."""
    items = []
    for name in dict.fromkeys(rows.head.tolist()):
        if not name:
            continue
        (of_head,) = np.nonzero(rows.head == name)

        def filled(column: str, of_head: IntArray = of_head) -> FloatArray | None:
            if column not in rows.number or not rows.number[column][of_head].any():
                return None
            values = np.zeros(n_events)
            values[place[of_head]] = rows.number[column][of_head]
            return values

        units, per_unit = filled("units"), filled("per_unit")
        amount = filled("ground_up")
        days = np.nan if rows.spending is None else rows.spending[of_head[0]]
        items.append(
            LossItem(
                str(name),
                np.zeros(n_events) if amount is None else amount,
                units=units,
                per_unit=np.zeros(n_events) if units is not None and per_unit is None else per_unit,
                officer_days=filled("officer_days"),
                employee_days=filled("employee_days"),
                spending_mean_days=float(days) if days > 0 else None,
            )
        )
    return items
