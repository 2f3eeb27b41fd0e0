"""The tables the stages hand on: events, losses head by head, annual amounts, and places.

The one place where the loss model and the policies meet. A simulated year and a real claim have the
same shape here, so that one interpreter pays both. Holds data and restatements of it; drawing,
paying and measuring are left to others.

Most heads concern some of the events. Gathering from their places and scattering to them is several
times faster than any work through a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,  # Any: columns of several types
    TypeAlias,
    TypeVar,
)

import numpy as np

from exposure.arrays import BoolArray, CodeArray, DateArray, FloatArray, IntArray, Years

if TYPE_CHECKING:
    import pandas as pd


Fact: TypeAlias = BoolArray | CodeArray | DateArray | bool | int | np.datetime64

Flag: TypeAlias = BoolArray | bool

R = TypeVar("R", "EventTable", "LossItem")


# Marks a field that is one number where it is the same for all events, and else a column.
_EITHER = "by_event_where_it_differs"


# Values of the attributes that are not yes or no, in the order of their codes. The names are those
# of the case schema; the first value is the default of a claim that does not say.
CATEGORIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "leak_status": ("leak", "suspected"),
        "data_subject": ("customer", "employee", "officer", "corporate"),
        "data_location": ("JP", "overseas"),
        "business_location": ("JP", "overseas"),
        "claim_country": ("JP", "overseas"),
        "form": ("cash", "goods", "third_party_voucher", "own_voucher", "points", "digital"),
        "recipient": ("customer", "employee_non_customer"),
        "settled_by": ("judgment", "arbitration", "court_settlement", "adr", "out_of_court"),
        "claim": ("personal_info", "corporate_info", "ip"),
        "attack": ("none_alleged", "confirmed", "proved_none"),
    }
)

FLAGS: Mapping[str, bool] = MappingProxyType(
    {
        "reported_to_authority": False,
        "own_notice": False,
        "media_report": False,
        "letters_sent": False,
        "outside_alert": False,
        "deceased": False,
        "entrusted": False,
        "approved_consultant": True,
        "consent": True,
        "direct_cause_location": True,
    }
)

DATES: tuple[str, ...] = (
    "leaked_on",
    "discovered_on",
    "notified_on",
    "claim_made_on",
    "security_discovered_on",
    "noncoverage_known_on",
    "incurred_on",
)

# What kind of attack a leak is (攻撃の種類), in the order of its codes.
ATTACK_TYPES = ("none", "intrusion", "ransomware")

NOT_STATED = np.datetime64("NaT", "D")


def code_of(attribute: str, value: str) -> int:
    """Return the code of a category.

    Examples
    --------
    >>> code_of("data_subject", "officer")
    2
    """
    return CATEGORIES[attribute].index(value)


@dataclass(frozen=True)
class EventTable:
    """Events of many loss years, or of one real policy period (事故の一覧).

    Parameters
    ----------
    years : Years
        Which event belongs to which year; events of a year stand in order of discovery.
    facts : mapping of str to (n_events,) array or scalar
        Attributes by the names of the case schema: flags (``FLAGS``) as booleans, categories
        (``CATEGORIES``) as codes, days (``DATES``) as ``datetime64[D]`` with NaT for "not stated".
        A scalar holds for every event; an absent name has the schema's default.
    exclusions : mapping of str to (n_events,) array or bool
        Exclusions (免責事由) whose facts are established, by id.
    exceptions : mapping of str to (n_events,) array or bool
        Exceptions that lift an exclusion, by id.
    empty_probability : float
        Probability of a policy year without any event; such years are not in the table. [-]
    cause, group : (n_events,) array of int8, or None
        Codes into ``cause_names`` and ``group_names``, wider than a byte where there are more
        names than it counts; None in a real claim.
    persons, notified : (n_events,) array, or None
        Persons leaked B and notified B_n. [person]
    claimants : (n_events,) array, or None
        Persons who claim, with or without a suit; depends on the regime. [person]
    attack_type : (n_events,) array of int8, or None
        Codes into ``ATTACK_TYPES``; None in a real claim.
    tech : (n_events,) array of bool, or None
        Whether outside help is called after an attack on the client's own systems.
    """

    years: Years
    facts: Mapping[str, Fact]
    exclusions: Mapping[str, Flag] = field(default_factory=dict)
    exceptions: Mapping[str, Flag] = field(default_factory=dict)
    empty_probability: float = 0.0
    cause: CodeArray | None = None
    group: CodeArray | None = None
    persons: FloatArray | None = None
    notified: FloatArray | None = None
    claimants: FloatArray | None = None
    attack_type: CodeArray | None = None
    tech: BoolArray | None = None
    cause_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.years.n_events


@dataclass(frozen=True)
class LossItem:
    """One loss item of every event (損害・費用の項目).

    Parameters
    ----------
    head : str
        Loss head by the names of the case schema.
    amount : (n_events,) array
        Whole yen; 0 where an event has no such item. [JPY]
    units, per_unit : (n_events,) array, or None
        For money given by head: number of persons or corporations, and yen for each. [JPY]
    per_unit_before : (n_events,) array, or None
        Yen per unit that another item of the same gift (見舞品と送料) has taken of a cap. [JPY]
    facts, exclusions, exceptions
        As in `EventTable`, for this item alone.
    officer_days, employee_days : (n_events,) array, or None
        Days in court (裁判所出頭日数) of officers and of employees. [day]
    outage_hours : (n_events,) array, or None
        How long business stood still (休止時間); 0 where it is not stated. [h]
    spending_mean_days : float or (n_events,) array, or None
        In the simulation: mean of the exponential spending profile after discovery. None: the day
        is ``incurred_on`` of the facts, or within every window. [day]
    claimable_under : tuple of str
        Sections that could each take the item; empty if the head decides.
    """

    head: str
    amount: FloatArray
    units: FloatArray | None = None
    per_unit: FloatArray | None = None
    per_unit_before: FloatArray | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    exclusions: Mapping[str, Flag] = field(default_factory=dict)
    exceptions: Mapping[str, Flag] = field(default_factory=dict)
    officer_days: FloatArray | None = None
    employee_days: FloatArray | None = None
    outage_hours: FloatArray | None = None
    spending_mean_days: FloatArray | float | None = field(default=None, metadata={_EITHER: True})
    claimable_under: tuple[str, ...] = ()

    def only(self, place: IntArray | slice) -> LossItem:
        """Return the item of some events.

        Examples
        --------
        >>> LossItem("damages", np.arange(3.0)).only(np.array([2])).amount
        array([2.])
        """
        columns: dict[str, Any] = {
            name: column[place]
            for name, column in vars(self).items()
            if isinstance(column, np.ndarray) and column.ndim
        }
        for name, known in vars(self).items():
            if isinstance(known, Mapping) and known:
                columns[name] = {key: rows(flag, place) for key, flag in known.items()}
        return replace(self, **columns)

    def of_events(self, here: BoolArray) -> LossItem:
        """Return the item with nothing in all other events.

        Examples
        --------
        >>> LossItem("damages", np.array([1.0, 2.0])).of_events(np.array([False, True])).amount
        array([0., 2.])
        """

        def kept(column: FloatArray | None) -> FloatArray | None:
            return None if column is None else np.where(here, column, 0.0)

        return replace(
            self,
            amount=np.where(here, self.amount, 0.0),
            units=kept(self.units),
            officer_days=kept(self.officer_days),
            employee_days=kept(self.employee_days),
            outage_hours=kept(self.outage_hours),
        )


@dataclass(frozen=True, repr=False)
class LossTable:
    """The yen of every event, item by item (損害の一覧); a policy sees it before it is added up."""

    events: EventTable
    items: tuple[LossItem, ...]

    def __repr__(self) -> str:
        years = self.events.years
        return (
            f"<LossTable {self.events.n_events:,} events in {years.n_years:,} loss years, "
            f"{len(self.items)} items>"
        )

    def only(self, event: int) -> LossTable:
        """Return one event as a table of its own, alone in its year (1件の事故).

        Examples
        --------
        >>> losses = LossTable(EventTable(Years((2,)), {}), (LossItem("damages", np.arange(2.0)),))
        >>> losses.only(1).items[0].amount
        array([1.])
        """
        return self.apart(np.array([event]))

    def apart(self, place: IntArray) -> LossTable:
        """Return some events, each alone in a year of its own (事故を1件ずつの年に分ける).

        Examples
        --------
        >>> losses = LossTable(EventTable(Years((2,)), {}), (LossItem("damages", np.arange(2.0)),))
        >>> losses.apart(np.array([1, 0])).annual().values
        array([1., 0.])
        """
        return combine([self], Years((place.size,)), lambda parts: rows(parts[0], place))

    def total(self) -> FloatArray:
        """Return the gross loss of each event. (n_events,) array [JPY]."""
        if not self.items:
            return np.zeros(self.events.n_events)
        total = self.items[0].amount.copy()
        for item in self.items[1:]:
            total += item.amount
        return total

    def by_head(self) -> dict[str, FloatArray]:
        """Return the gross loss of each event by head. [JPY]."""
        heads: dict[str, FloatArray] = {}
        for item in self.items:
            heads[item.head] = heads[item.head] + item.amount if item.head in heads else item.amount
        return heads

    def annual(self) -> Annual:
        """Return the gross loss of each loss year, ready to be measured (年間損害).

        Examples
        --------
        >>> events = EventTable(Years((1,)), {}, empty_probability=0.5)
        >>> LossTable(events, (LossItem("damages", np.array([5.0])),)).annual().mean
        2.5
        """
        alone = len(self.items) == 1
        total = self.items[0].amount if alone else self.total()
        return Annual(self.events.years.sum(total), self.events.empty_probability)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per event and loss item, with what a plan asks of them (損害の一覧表).

        `exposure.losses_from_frame` reads the frame back to the same payments.

        Returns
        -------
        DataFrame
            ``year``, ``event_id``, ``head`` and ``ground_up`` [JPY]; ``cause``, ``persons`` and
            ``claimants`` where they are known; then, where the table has them, ``units``,
            ``per_unit`` [JPY], ``officer_days``, ``employee_days`` and ``spending_mean_days`` of
            the item, and of the event its facts but those that are the default of all,
            ``exclusions`` and ``exceptions`` (ids, a space between them) and
            ``empty_probability``. An event that costs nothing has one row without a head.
            ``lacks`` names what one row an item cannot say; such a frame is not read back.

        Examples
        --------
        >>> losses = LossTable(EventTable(Years((1,)), {}), (LossItem("damages", np.array([5.0])),))
        >>> losses.to_frame().to_dict("records")
        [{'year': 0, 'event_id': 0, 'head': 'damages', 'ground_up': 5.0}]
        """
        import pandas as pd

        events = self.events
        places = [np.flatnonzero(_occurs(item)) for item in self.items]
        without = np.ones(events.n_events, dtype=np.bool_)
        for place in places:
            without[place] = False
        event = np.concatenate([*places, np.flatnonzero(without)])
        year = events.years.year_of_event()[event]
        order = np.lexsort((event, year))
        event = event[order]
        sizes = [*(place.size for place in places), int(np.count_nonzero(without))]
        which = np.repeat(np.arange(len(sizes)), sizes)[order]

        columns: dict[str, object] = {"year": year[order], "event_id": event}
        if events.cause is not None:
            columns["cause"] = _words(events.cause_names)[events.cause[event]]
        for name in ("persons", "claimants"):
            values = getattr(events, name)
            if values is not None:
                columns[name] = values[event]
        columns["head"] = _words([*(item.head for item in self.items), ""])[which]
        columns["ground_up"] = self._by_row("amount", event, which)
        for name in _COUNTED:
            if any(getattr(item, name) is not None for item in self.items):
                columns[name] = self._by_row(name, event, which)
        spending = [item.spending_mean_days for item in self.items]
        if any(days is not None for days in spending):
            days = [np.nan if days is None else days for days in (*spending, None)]
            columns["spending_mean_days"] = np.array(days)[which]
        columns |= _fact_columns(events, event)
        for name in ("exclusions", "exceptions"):
            ids = _established_ids(getattr(events, name), event)
            if ids is not None:
                columns[name] = ids
        if events.empty_probability:
            columns["empty_probability"] = np.full(event.size, events.empty_probability)
        if lacks := self._lacks():
            columns["lacks"] = _words([" ".join(lacks)]).repeat(event.size)
        return pd.DataFrame(columns)

    def _by_row(self, name: str, event: IntArray, which: IntArray) -> FloatArray:
        """Return a column of the items for rows of the frame; 0 where an item has none."""
        values = np.zeros(event.size)
        for k, item in enumerate(self.items):
            column = getattr(item, name)
            if column is not None:
                (rows_of,) = np.nonzero(which == k)
                values[rows_of] = column[event[rows_of]]
        return values

    def _lacks(self) -> list[str]:
        """Name what a frame of one row an event and head cannot say of this table."""
        heads = [item.head for item in self.items]
        found = {
            "item_facts": any(i.facts or i.exclusions or i.exceptions for i in self.items),
            "claimable_under": any(item.claimable_under for item in self.items),
            "repeated_heads": len(set(heads)) < len(heads),
        }
        return [name for name, is_lacking in found.items() if is_lacking]


_COUNTED = ("units", "per_unit", "officer_days", "employee_days")


def _occurs(item: LossItem) -> BoolArray:
    """Say which events have an item: it costs something, or is paid by the day."""
    there: BoolArray = item.amount > 0
    for days in (item.officer_days, item.employee_days):
        if days is not None:
            there = there | (days > 0)
    return there


def _words(names: Sequence[str]) -> Any:
    """Return words as an array that a data frame shares instead of copying them."""
    return np.array([*names], dtype=object)


def _fact_columns(events: EventTable, event: IntArray) -> dict[str, object]:
    """Return the facts of rows as words, days and yes or no; what all have by default is left out.

    Which columns there are depends on the table's make alone, so that blocks fit together.
    """
    columns: dict[str, object] = {}
    for name, fact in events.facts.items():
        values = np.broadcast_to(np.asarray(fact), events.n_events)
        default = FLAGS.get(name, NOT_STATED if name in DATES else 0)
        if np.ndim(fact) == 0 and (fact == default or (name in DATES and np.isnat(fact))):
            continue
        if name in CATEGORIES:
            columns[name] = _words(CATEGORIES[name])[values[event]]
        elif name in DATES:
            columns[name] = values[event].astype("datetime64[D]").astype("datetime64[s]")
        else:
            columns[name] = values[event].astype(np.bool_)
    return columns


def _established_ids(flags: Mapping[str, Flag], event: IntArray) -> Any:
    """Return the ids that hold for each row, a space between them, or None where none can."""
    able = {name: flag for name, flag in flags.items() if np.ndim(flag) or flag}
    if not able:
        return None
    found = np.full(event.size, "", dtype=object)
    for name, flag in able.items():
        (here,) = np.nonzero(np.asarray(flag)[event] if np.ndim(flag) else np.ones(event.size))
        found[here] = [f"{before} {name}".strip() for before in found[here]]
    return found


def rows(column: Any, place: IntArray | slice) -> Any:
    """Return some rows of a column; a scalar holds for every event, and None for none.

    Examples
    --------
    >>> rows(np.array([1.0, 2.0]), np.array([1])), rows(True, np.array([1]))
    (array([2.]), True)
    """
    return column if column is None or np.ndim(column) == 0 else column[place]


def with_columns(records: Sequence[R], put: Callable[[list[Any]], Any]) -> R:
    """Return one record whose columns are made of the columns of several, whatever these are.

    Parameters
    ----------
    records : sequence of EventTable or LossItem
        Of one model, with the same columns. What is no column is that of the first.
    put : callable
        Of the parts of one column, one from each record, at least one of them an array; returns the
        column. Scalars that differ are parts, too; one that holds in all of them stays as it is.

    Raises
    ------
    ValueError
        If only some of the records have a column, or they differ in what is no column.

    Examples
    --------
    >>> item = LossItem("damages", np.arange(2.0), facts={"deceased": np.array([True, False])})
    >>> both = with_columns([item, item], np.concatenate)
    >>> both.amount, both.facts["deceased"]
    (array([0., 1., 0., 1.]), array([ True, False,  True, False]))
    """
    changes: dict[str, Any] = {}
    for one in fields(records[0]):
        found = [getattr(record, one.name) for record in records]
        if isinstance(found[0], Mapping):
            if any(other.keys() != found[0].keys() for other in found):
                raise ValueError(f"the tables differ in what they know of {one.name}")
            changes[one.name] = {
                name: _column([of[name] for of in found], put) for name in found[0]
            }
        elif any(isinstance(part, np.ndarray) for part in found):
            either = one.metadata.get(_EITHER) and not any(part is None for part in found)
            if not either and not all(isinstance(part, np.ndarray) for part in found):
                raise ValueError(f"only some of the tables have {one.name}")
            changes[one.name] = put(found)
        elif not isinstance(found[0], Years) and any(part != found[0] for part in found):
            if not one.metadata.get(_EITHER) or any(part is None for part in found):
                raise ValueError(f"the tables differ in their {one.name}")
            changes[one.name] = put(found)
    return replace(records[0], **changes)


def shape_of(table: LossTable) -> Hashable:
    """Return what tables must have in common to be combined: their items and columns (表の形).

    Examples
    --------
    >>> events = EventTable(Years((1,)), {})
    >>> one, other = (LossTable(events, (LossItem(head, np.ones(1)),)) for head in "ab")
    >>> shape_of(one) == shape_of(one), shape_of(one) == shape_of(other)
    (True, False)
    """
    records: tuple[EventTable | LossItem, ...] = (table.events, *table.items)
    return tuple(tuple(map(_shape, vars(record).values())) for record in records)


def _shape(value: Any) -> Hashable:
    kind = type(value)
    if kind is np.ndarray or kind is float:
        return "number"
    if isinstance(value, Mapping):
        return tuple(value)
    return None if kind is Years else value


def _column(parts: list[Any], put: Callable[[list[Any]], Any]) -> Any:
    if any(isinstance(part, np.ndarray) and part.ndim for part in parts):
        return put(parts)
    same = all(part is parts[0] or part == parts[0] for part in parts)
    return parts[0] if same else put(parts)


def combine(
    tables: Sequence[LossTable], years: Years, put: Callable[[list[Any]], Any]
) -> LossTable:
    """Return one table whose columns are made of the columns of several (表の結合・分割).

    Parameters
    ----------
    tables : sequence of LossTable
        With the same items in the same order.
    years : Years
        Of the events of the new table.
    put : callable
        As in `with_columns`.
    """
    events = with_columns([table.events for table in tables], put)
    items = zip(*(table.items for table in tables), strict=True)
    return LossTable(replace(events, years=years), tuple(with_columns(one, put) for one in items))


@dataclass(frozen=True, repr=False)
class Annual:
    """Annual amounts of the loss years, with the probability of the years that are not there.

    The only thing measures accept, so that nobody can forget the empty years.

    Parameters
    ----------
    values : (n_years,) array
        [JPY]
    empty_probability : float
        Probability p₀ of a year without an event, which costs nothing. [-]

    Examples
    --------
    >>> Annual(np.array([10.0, 30.0]), 0.5).mean
    10.0
    """

    values: FloatArray
    empty_probability: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.empty_probability < 1.0:
            raise ValueError(f"empty probability {self.empty_probability} is not in [0, 1)")

    def __repr__(self) -> str:
        return f"<Annual {self.values.size:,} loss years, mean {self.mean:,.0f} JPY/year>"

    @property
    def mean(self) -> float:
        """Mean over all years, empty ones included. [JPY]."""
        return float((1.0 - self.empty_probability) * self.values.mean())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per loss year; the empty years are not there (年間損害の一覧表).

        Examples
        --------
        >>> Annual(np.array([10.0, 30.0]), 0.5).to_frame()["loss"].tolist()
        [10.0, 30.0]
        """
        import pandas as pd

        return pd.DataFrame({"loss": self.values}).rename_axis("year")


# Places of events, ascending; True for all of them, False for none.
Places: TypeAlias = IntArray | bool


def places_of(flag: Flag) -> Places:
    """Return the places of the flagged events.

    Examples
    --------
    >>> places_of(np.array([False, True, True])), places_of(True)
    (array([1, 2]), True)
    """
    return flag.nonzero()[0] if isinstance(flag, np.ndarray) else bool(flag)


def flags_at(events: Places, n_events: int) -> Flag:
    """Return the flags of chosen events; the converse of `places_of`.

    Examples
    --------
    >>> flags_at(np.array([1, 2]), 3)
    array([False,  True,  True])
    """
    if isinstance(events, bool):
        return events
    flags: BoolArray = np.zeros(n_events, dtype=np.bool_)
    flags[events] = True
    return flags


def gather(values: FloatArray | float, events: Places) -> FloatArray | float:
    """Return the values of chosen events; one that holds for every event stays as it is.

    Examples
    --------
    >>> gather(np.array([5.0, 6.0, 7.0]), np.array([1, 2]))
    array([6., 7.])
    """
    if isinstance(events, bool) or not isinstance(values, np.ndarray):
        return values
    return values.take(events)


def scatter(values: FloatArray | float, events: Places, n_events: int) -> FloatArray:
    """Return values at chosen events and 0 elsewhere. (n_events,) array.

    Parameters
    ----------
    values : (n_chosen,) array or float
    events : chosen events

    Examples
    --------
    >>> scatter(5.0, np.array([1, 2]), 3)
    array([0., 5., 5.])
    """
    if events is True:
        return values if isinstance(values, np.ndarray) else np.full(n_events, values)
    column = np.zeros(n_events)
    if events is not False:
        column[events] = values
    return column
