"""The tables the stages hand on: events with their attributes, losses head by head, annual amounts.

The one place where the loss model and the policies meet. A simulated year and a real claim have the
same shape here, so that one interpreter pays both. Holds data and restatements of it; drawing,
paying and measuring are left to others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias  # Any: columns of several types

import numpy as np

from exposure.arrays import BoolArray, CodeArray, DateArray, FloatArray, IntArray, Years

if TYPE_CHECKING:
    import pandas as pd

Fact: TypeAlias = BoolArray | CodeArray | DateArray | bool | int | np.datetime64
Flag: TypeAlias = BoolArray | bool

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
        Codes into ``cause_names`` and ``group_names``; None in a real claim.
    persons, notified : (n_events,) array, or None
        Persons leaked B and notified B_n. [person]
    claimants : (n_events,) array, or None
        Persons who claim, with or without a suit; depends on the regime. [person]
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
    spending_mean_days : float, or None
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
    spending_mean_days: float | None = None
    claimable_under: tuple[str, ...] = ()

    def only(self, place: IntArray | slice) -> LossItem:
        """Return the item of some events.

        Examples
        --------
        >>> LossItem("damages", np.arange(3.0)).only(np.array([2])).amount
        array([2.])
        """
        counted = ("amount", "units", "per_unit", "per_unit_before")
        days = ("officer_days", "employee_days", "outage_hours")
        return replace(
            self,
            **_by_id(self, place),
            **{name: rows(getattr(self, name), place) for name in (*counted, *days)},
        )

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


@dataclass(frozen=True)
class LossTable:
    """The yen of every event, item by item (損害の一覧); a policy sees it before it is added up."""

    events: EventTable
    items: tuple[LossItem, ...]

    def only(self, event: int) -> LossTable:
        """Return one event as a table of its own, alone in its year (1件の事故).

        Examples
        --------
        >>> losses = LossTable(EventTable(Years((2,)), {}), (LossItem("damages", np.arange(2.0)),))
        >>> losses.only(1).items[0].amount
        array([1.])
        """
        found, place = self.events, slice(event, event + 1)
        columns = ("cause", "group", "persons", "notified", "claimants")
        events = replace(
            found,
            years=Years((1,)),
            **_by_id(found, place),
            **{name: rows(getattr(found, name), place) for name in columns},
        )
        return LossTable(events, tuple(item.only(place) for item in self.items))

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
        """Return one row per event and head that costs something (損害の一覧表).

        Examples
        --------
        >>> losses = LossTable(EventTable(Years((1,)), {}), (LossItem("damages", np.array([5.0])),))
        >>> losses.to_frame().to_dict("records")
        [{'year': 0, 'event_id': 0, 'head': 'damages', 'ground_up': 5.0}]
        """
        import pandas as pd

        rows = [
            (head, amount, np.flatnonzero(amount > 0)) for head, amount in self.by_head().items()
        ]
        event = np.concatenate([index for _, _, index in rows])
        columns: dict[str, object] = {
            "year": self.events.years.year_of_event()[event],
            "event_id": event,
        }
        if self.events.cause is not None:
            columns["cause"] = np.array(self.events.cause_names)[self.events.cause[event]]
        for name in ("persons", "claimants"):
            values = getattr(self.events, name)
            if values is not None:
                columns[name] = values[event]
        columns["head"] = np.repeat([head for head, _, _ in rows], [i.size for _, _, i in rows])
        columns["ground_up"] = np.concatenate([amount[index] for _, amount, index in rows])
        order = np.lexsort((event, self.events.years.year_of_event()[event]))
        return pd.DataFrame(columns).iloc[order].reset_index(drop=True)


def rows(column: Any, place: IntArray | slice) -> Any:
    """Return some rows of a column; a scalar holds for every event, and None for none.

    Examples
    --------
    >>> rows(np.array([1.0, 2.0]), np.array([1])), rows(True, np.array([1]))
    (array([2.]), True)
    """
    return column if column is None or np.ndim(column) == 0 else column[place]


def _by_id(record: EventTable | LossItem, place: IntArray | slice) -> dict[str, Any]:
    return {
        name: {key: rows(column, place) for key, column in getattr(record, name).items()}
        for name in ("facts", "exclusions", "exceptions")
    }


@dataclass(frozen=True)
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
