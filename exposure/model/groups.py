"""The causes of a leak and the groups they fall into (原因と原因群).

Names and the map of causes to groups are data; the order of the codes is the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from exposure.arrays import BoolArray, CodeArray, IntArray
from exposure.inputs import names

VENDOR = "vendor"


@dataclass(frozen=True)
class Groups:
    """Causes, groups and which cause belongs to which group (原因群).

    Parameters
    ----------
    causes, groups : tuple of str
        Names in the order of their codes.
    group_of_cause : (n_causes,) array
        Code of the group of each cause; no cause belongs to ``vendor``, whose events have a cause
        of another group.
    """

    causes: tuple[str, ...]
    groups: tuple[str, ...]
    group_of_cause: IntArray

    def is_in(self, *names: str) -> BoolArray:
        """Say for each cause whether its group is one of those named. (n_causes,) array."""
        wanted = [self.groups.index(name) for name in names]
        return np.isin(self.group_of_cause, wanted)


@cache
def load_groups() -> Groups:
    """Read the causes and groups (原因・原因群の名前).

    Examples
    --------
    >>> groups = load_groups()
    >>> groups.groups[groups.group_of_cause[groups.causes.index("theft")]]
    'physical'
    """
    group_names = tuple(names.groups())
    causes = names.causes()
    of_cause = np.array([group_names.index(str(cause.group)) for cause in causes.values()])
    of_cause.flags.writeable = False
    return Groups(tuple(causes), group_names, of_cause)


def attacks(cause: IntArray | CodeArray) -> BoolArray:
    """Say which leaks are attacks or thefts from inside; the others are slips (攻撃・持ち出し).

    Between the two kinds lies the median of all leaks, which is typical of neither.

    Parameters
    ----------
    cause : (n_events,) array
        Codes of the causes.

    Examples
    --------
    >>> causes = load_groups().causes
    >>> named = ("theft", "worm_virus", "insider_crime")
    >>> attacks(np.array([causes.index(name) for name in named]))
    array([False,  True,  True])
    """
    found: BoolArray = load_groups().is_in("external", "insider").take(cause)
    return found
