"""Some of the events of a block, by their places (事故の選択).

Most heads concern some of the events. Gathering from their places and scattering to them is several
times faster than any work through a mask. What chooses them is left to others.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.tables import Flag

# Places of events, ascending; True for all of them, False for none.
Chosen: TypeAlias = IntArray | bool


def chosen(flag: Flag) -> Chosen:
    """Return the places of the flagged events.

    Examples
    --------
    >>> chosen(np.array([False, True, True])), chosen(True)
    (array([1, 2]), True)
    """
    return flag.nonzero()[0] if isinstance(flag, np.ndarray) else bool(flag)


def flagged(events: Chosen, n_events: int) -> Flag:
    """Return the flags of chosen events; the converse of `chosen`.

    Examples
    --------
    >>> flagged(np.array([1, 2]), 3)
    array([False,  True,  True])
    """
    if isinstance(events, bool):
        return events
    flags: BoolArray = np.zeros(n_events, dtype=np.bool_)
    flags[events] = True
    return flags


def picked(values: FloatArray | float, events: Chosen) -> FloatArray | float:
    """Return the values of chosen events; one that holds for every event stays as it is.

    Examples
    --------
    >>> picked(np.array([5.0, 6.0, 7.0]), np.array([1, 2]))
    array([6., 7.])
    """
    if isinstance(events, bool) or not isinstance(values, np.ndarray):
        return values
    return values.take(events)


def placed(values: FloatArray | float, events: Chosen, n_events: int) -> FloatArray:
    """Return values at chosen events and 0 elsewhere. (n_events,) array.

    Parameters
    ----------
    values : (n_chosen,) array or float
    events : chosen events
    n_events : int

    Examples
    --------
    >>> placed(5.0, np.array([1, 2]), 3)
    array([0., 5., 5.])
    """
    if events is True:
        return values if isinstance(values, np.ndarray) else np.full(n_events, values)
    column = np.zeros(n_events)
    if events is not False:
        column[events] = values
    return column
