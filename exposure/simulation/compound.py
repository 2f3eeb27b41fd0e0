"""Bring your own distributions: losses of any frequency and severity (複合分布).

The result is a loss table like any other, to be paid by the same plans and measured alike.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # Any: a distribution of scipy, of which there are two makes

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import first_day
from exposure.inputs.fields import fields, whole_number
from exposure.inputs.names import head_of
from exposure.policy.vocabulary import HEADS
from exposure.records import RuleError
from exposure.simulation.machine import bytes_needed, require_room
from exposure.simulation.own_losses import day_of
from exposure.streams import stream
from exposure.tables import EventTable, LossItem, LossTable

_WHERE = "simulate_compound"

_PIECE = 2**14  # amounts that stay in the cache from the draw to the last step

_MOST_EVENTS = 2**20  # of one year; what is likely beyond it is not a count of leaks

_LOST = 1 / 2**20  # of the probability of the counts: rounding, and what lies beyond the most

# A whole number within every range: reading the ranges takes longer than the rest of a first call.
_SMALL = 2**20
_DAYS = ("leaked_on", "discovered_on", "notified_on", "claim_made_on")


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
    frequency : discrete distribution of ``scipy.stats``
        Events in a year, 0 or more: ``poisson(0.05)``, ``nbinom(…)``, ``Binomial(n=…, p=…)``.
    severity : distribution of ``scipy.stats``
        Yen of an event, 0 or more; rounded to whole yen. Frozen, or of the newer make
        (``Uniform(a=…, b=…)``, ``make_distribution``). [JPY]
    loss_years : int
        Simulated years with at least one event. [year]
    seed : int
    head : str
        Loss head of the amounts, by its name or in Japanese.
    inception : date, optional
        First day of the policy year, on which everything is discovered, reported and claimed.

    Raises
    ------
    DataError
        If an argument is not what it should be, a year never has an event, an amount is not a
        number of 0 or more, or the events would not fit into memory.

    Examples
    --------
    >>> from scipy import stats
    >>> losses = simulate_compound(
    ...     stats.poisson(0.05), stats.lognorm(1.8, scale=20e6), loss_years=1000, seed=1
    ... )
    >>> losses.events.years.n_years, round(losses.events.empty_probability, 4)
    (1000, 0.9512)
    """
    n_years, start, name, day = _arguments(loss_years, seed, head, inception)
    with _refusing("frequency"):
        empty, share = _counts(frequency)
    _require_amounts(severity)
    years = Years(_sizes(share, n_years, stream(start, "compound.frequency")))
    require_room(bytes_needed(years.n_years, years.n_events / years.n_years, of_year=2, of_event=2))
    with _refusing("severity"):
        amount = _amounts(severity, years.n_events, stream(start, "compound.severity"))
        is_good = amount.shape == (years.n_events,) and amount.min() >= 0 and amount.max() < np.inf
        worst = float(amount.min()) if amount.size else 0.0
    if not is_good:
        text = Text("0以上の有限の金額にしてください", "expected finite amounts of 0 or more")
        raise DataError(Problem(_WHERE, "severity", text, worst))
    events = EventTable(
        years=years,
        facts={**dict.fromkeys(_DAYS, day), "reported_to_authority": True},
        empty_probability=empty,
    )
    return LossTable(events, (LossItem(name, amount),))


def _arguments(
    loss_years: Any, seed: Any, head: Any, inception: Any
) -> tuple[int, int, str, np.datetime64]:
    """Return the plain arguments, or all that is wrong with them."""
    problems = []
    whole = {}
    for key, given, least in (("loss_years", loss_years, 1), ("seed", seed, 0)):
        if type(given) is int and least <= given <= _SMALL:
            whole[key] = given
            continue
        field = fields("study")[key].model_copy(update={"minimum": least})
        try:
            plain = given.item() if isinstance(given, np.generic) else given
            whole[key] = whole_number(plain, field)
        except RuleError as error:
            problems.append(Problem(_WHERE, key, error.text, given))
    called = head if isinstance(head, str) else str(head)
    name = called if called in HEADS else ""
    try:
        name = name or head_of(called)
    except RuleError as error:
        problems.append(Problem(_WHERE, "head", error.text, head))
    first = first_day() if inception is None else inception
    day = day_of(first)
    if day is None or np.isnat(day):
        text = Text("日付にしてください", "expected a date")
        problems.append(Problem(_WHERE, "inception", text, inception))
    if problems or day is None:
        raise DataError(problems)
    return whole["loss_years"], whole["seed"], name, day


@contextmanager
def _refusing(key: str) -> Iterator[None]:
    """Say in one line what a distribution raises; its warnings of overflow say nothing more."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            yield
    except DataError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        text = Text(
            f"1つの分布として使えません（{reason}）", f"not usable as one distribution ({reason})"
        )
        raise DataError(Problem(_WHERE, key, text)) from None


def _counts(frequency: Any) -> tuple[float, FloatArray]:
    """Return the probability of an empty year, and of each count in a year that has events."""
    expected = Text(
        "事故の件数（0以上の整数）の離散分布にしてください。例: scipy.stats.poisson(0.05)",
        "expected a discrete distribution of counts 0, 1, 2, …, such as scipy.stats.poisson(0.05)",
    )
    if not all(hasattr(frequency, name) for name in ("cdf", "pmf")):
        raise DataError(Problem(_WHERE, "frequency", expected, type(frequency).__name__))
    below, empty = (float(frequency.cdf(count)) for count in (-1, 0))
    if np.isnan(empty) or below > 0:
        raise DataError(Problem(_WHERE, "frequency", expected))
    if not empty < 1:
        text = Text(
            "事故のある年がなければ計算できません",
            "expected some probability of a year with an event",
        )
        raise DataError(Problem(_WHERE, "frequency", text, empty))
    beyond = frequency.sf if hasattr(frequency, "sf") else frequency.ccdf
    ends = 2 ** np.arange(_MOST_EVENTS.bit_length())
    (enough,) = np.nonzero(beyond(ends) <= np.finfo(np.float64).eps * (1 - empty))
    last = int(ends[enough[0]]) if enough.size else _MOST_EVENTS
    share: FloatArray = np.asarray(frequency.pmf(np.arange(1, last + 1)))
    some = float(beyond(0))
    # A continuous distribution, or one of counts between whole numbers, has nothing here.
    if not abs(share.sum() - some) <= _LOST * some:
        text = expected
        if float(beyond(_MOST_EVENTS)) > _LOST * some:
            text = Text(
                f"1年の事故が{_MOST_EVENTS:,}件を超える分布は扱えません",
                f"expected at most {_MOST_EVENTS:,} events in a year",
            )
        raise DataError(Problem(_WHERE, "frequency", text))
    return empty, share / (1 - empty)


def _require_amounts(severity: Any) -> None:
    """Raise if a severity cannot be drawn from, or has parameters that are none."""
    if not (hasattr(severity, "rvs") or hasattr(severity, "sample")):
        text = Text(
            "金額の分布にしてください。例: scipy.stats.lognorm(1.8, scale=20e6)",
            "expected a distribution of amounts, such as scipy.stats.lognorm(1.8, scale=20e6)",
        )
        raise DataError(Problem(_WHERE, "severity", text, type(severity).__name__))
    with _refusing("severity"):
        # Wrong parameters are accepted when they are frozen, and refused at the first draw; it must
        # be made by the distribution itself, with numbers of its own.
        _drawn(severity, 1, np.random.default_rng(0)).reshape(1)


def _amounts(severity: Any, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw amounts in whole yen; a lognormal piece by piece in the cache, with the same numbers."""
    if getattr(getattr(severity, "dist", None), "name", None) != "lognorm":
        amount = _drawn(severity, n, rng)
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


def _drawn(severity: Any, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw amounts by the method of either make of distribution."""
    if hasattr(severity, "rvs"):
        return np.array(severity.rvs(size=n, random_state=rng), dtype=np.float64)
    return np.array(severity.sample(shape=n, rng=rng), dtype=np.float64)


def _sizes(share: FloatArray, loss_years: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Draw how many years have more than j events: one multinomial instead of a draw per year."""
    drawn: IntArray = rng.multinomial(loss_years, share / share.sum())
    more = np.cumsum(drawn[::-1])[::-1]
    return tuple(int(size) for size in more[more > 0])
