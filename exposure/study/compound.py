"""Bring your own distributions: losses of any frequency and severity (複合分布).

The result is a loss table like any other, to be paid by the same plans and measured alike.
"""

from __future__ import annotations

import datetime
from typing import Any  # Any: a frozen distribution of scipy, which has no common type

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import load_assumptions
from exposure.streams import stream
from exposure.tables import EventTable, LossItem, LossTable

_WHERE = "simulate_compound"
_PIECE = 2**14  # amounts that stay in the cache from the draw to the last step
_MOST_EVENTS = (
    2**20
)  # of one year; what is more likely than never beyond it is not a count of leaks


def simulate_compound(
    frequency: Any,
    severity: Any,
    *,
    loss_years: int,
    seed: int,
    head: str = "damages",
    inception: datetime.date | None = None,
) -> LossTable:
    """Simulate years with events of given frequency and severity (複合分布の模擬計算).

    Only years with at least one event are drawn; the probability of the others is known exactly and
    goes with the table.

    Parameters
    ----------
    frequency : frozen discrete distribution of ``scipy.stats``
        Events in a year: ``poisson(0.05)``, ``nbinom(…)``, ``binom(…)``.
    severity : frozen distribution of ``scipy.stats``
        Yen of an event, 0 or more; rounded to whole yen. [JPY]
    loss_years : int
        Simulated years with at least one event. [year]
    seed : int
    head : str
        Loss head of the amounts.
    inception : date, optional
        First day of the policy year, on which everything is discovered, reported and claimed.

    Raises
    ------
    DataError
        If a year never has an event, or an amount is not a number of 0 or more.

    Examples
    --------
    >>> from scipy import stats
    >>> losses = simulate_compound(
    ...     stats.poisson(0.05), stats.lognorm(1.8, scale=20e6), loss_years=1000, seed=1
    ... )
    >>> losses.events.years.n_years, round(losses.events.empty_probability, 4)
    (1000, 0.9512)
    """
    empty = float(frequency.cdf(0))
    if not 0 <= empty < 1 or loss_years < 1:
        text = Text(
            "事故のある年がなければ計算できません",
            "expected some probability of a year with an event",
        )
        raise DataError(Problem(_WHERE, "frequency", text, empty))
    sizes = _sizes(frequency, empty, loss_years, stream(seed, "compound.frequency"))
    years = Years(sizes)
    amount = _amounts(severity, years.n_events, stream(seed, "compound.severity"))
    if not (amount.min() >= 0 and amount.max() < np.inf):
        text = Text("0以上の有限の金額にしてください", "expected finite amounts of 0 or more")
        raise DataError(Problem(_WHERE, "severity", text, float(amount.min())))
    day = np.datetime64(inception or load_assumptions().date("run.inception"), "D")
    days = ("leaked_on", "discovered_on", "notified_on", "claim_made_on")
    events = EventTable(
        years=years,
        facts={**dict.fromkeys(days, day), "reported_to_authority": True},
        empty_probability=empty,
    )
    return LossTable(events, (LossItem(head, amount),))


def _amounts(severity: Any, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw amounts in whole yen; a lognormal piece by piece in the cache, with the same numbers."""
    if getattr(getattr(severity, "dist", None), "name", None) != "lognorm":
        amount = np.array(severity.rvs(size=n, random_state=rng), dtype=np.float64)
        return np.rint(amount, out=amount)
    given = dict(zip(("s", "loc", "scale"), severity.args, strict=False)) | severity.kwds
    amount = np.empty(n)
    for start in range(0, n, _PIECE):
        piece = amount[start : start + _PIECE]
        rng.standard_normal(out=piece)
        piece *= given["s"]
        np.exp(piece, out=piece)
        piece *= given.get("scale", 1)
        piece += given.get("loc", 0)
        np.rint(piece, out=piece)
    return amount


def _sizes(
    frequency: Any, empty: float, loss_years: int, rng: np.random.Generator
) -> tuple[int, ...]:
    """Draw how many years have more than j events: one multinomial instead of a draw per year."""
    ends = 2 ** np.arange(_MOST_EVENTS.bit_length())
    (enough,) = np.nonzero(frequency.sf(ends) <= np.finfo(np.float64).eps * (1 - empty))
    last = int(ends[enough[0]]) if enough.size else _MOST_EVENTS
    counts = np.arange(1, last + 1)
    share = frequency.pmf(counts) / (1 - empty)
    drawn: IntArray = rng.multinomial(loss_years, share / share.sum())
    more = np.cumsum(drawn[::-1])[::-1]
    return tuple(int(size) for size in more[more > 0])
