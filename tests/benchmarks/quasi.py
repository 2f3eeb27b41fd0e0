"""Randomised quasi-Monte Carlo against plain sampling: what it does to the spread of the answers.

Owen-scrambled Sobol' points take the place of the variates that matter most, in random order, so
that they know nothing of the number of events in a year. Everything else stays as it is. Both ways
are repeated with other seeds; the figure is the variance of plain answers over that of the others,
with as many events, and in the time both take. Not part of the package: see the README for why.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import ndtri
from scipy.stats import qmc

import exposure as ex
from exposure import streams
from exposure.arrays import FloatArray
from exposure.measures.tails import ranks_at, tail_values
from exposure.model.sizes import beta_nodes
from exposure.simulation.loss_years import simulate_study
from exposure.tables import Annual, LossItem
from tests.benchmarks import compound, study

LEVEL = 0.99
LOSS_YEARS = 2**14
REPEATS = 100
DIMENSIONS = ("cause", "level", "size", "rate")

EACH = " of plan "

Answer = dict[str, float]


@dataclass(frozen=True)
class Gain:
    """How many times the variance of plain sampling is that of quasi-Monte Carlo."""

    workload: str
    figure: str
    at_equal_events: float
    low: float  # ends of its 90 % interval, or of what it is for each plan
    high: float
    time: float  # of quasi-Monte Carlo, in times of plain

    @property
    def at_equal_time(self) -> float:
        """The same, had both the time of plain sampling."""
        return self.at_equal_events / self.time


class Points:
    """Scrambled Sobol' points, each lot in random order."""

    def __init__(self, dimensions: int, seed: int) -> None:
        self._sobol = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        self._order = np.random.default_rng([seed, 1])

    def next(self, n: int) -> FloatArray:
        """Return the next points, (dimensions, n), inside the open unit cube."""
        with warnings.catch_warnings():
            # Lots are as large as they are: no number of events is a power of two.
            warnings.simplefilter("ignore", UserWarning)
            points = self._sobol.random(n)
        inside = np.clip(points, np.finfo(float).tiny, np.nextafter(1, 0))
        return np.ascontiguousarray(inside[self._order.permutation(n)].T)


def compound_answer(case: compound.Case, seed: int, quasi: bool) -> Answer:
    """Answer W1 and W2 with plain amounts, or with amounts at Sobol' points."""
    plans = [compound.layer(*terms) for terms in (*compound.W1, *compound.W2)]
    frequency = stats.poisson(case.rate)
    if quasi:
        # Amounts that cost no time to draw keep the place of those at the points.
        losses = ex.simulate_compound(
            frequency, stats.uniform(0, 0), loss_years=case.loss_years, seed=seed
        )
        (u,) = Points(1, seed).next(losses.events.n_events)
        amount = np.rint(np.exp(compound.SIGMA * ndtri(u)) * compound.MEDIAN * compound.MILLION)
        losses = replace(losses, items=(LossItem("damages", amount),))
    else:
        severity = stats.lognorm(compound.SIGMA, scale=compound.MEDIAN * compound.MILLION)
        losses = ex.simulate_compound(frequency, severity, loss_years=case.loss_years, seed=seed)
    paid = ex.pay_years(plans, losses)
    return {
        **_tail(losses.annual()),
        "mean paid, 300 xs 10": paid[0].paid.mean,
        "mean paid, 2000 xs 10": paid[-1].paid.mean,
        "limit used up, 50 xs 10": paid[1].probability_exhausted,
        "limit used up, 300 xs 10": paid[0].probability_exhausted,
    }


def study_answer(case: study.Case, seed: int, quasi: bool) -> Answer:
    """Answer W3 with all its plans, or with cause, size and claim rate at Sobol' points."""
    plans = case.plans
    with _points_for(case, seed) if quasi else _as_it_is():
        years = simulate_study(
            case.model, [study.REGIME], plans, (), loss_years=case.loss_years, seed=seed
        )[study.REGIME]
    answer = _tail(years.annual(years.gross))
    for plan, done in zip(plans, years.plans, strict=True):
        left = _tail(years.annual(done.retained))
        answer |= {
            f"mean paid{EACH}{plan.id}": done.paid_total / years.gross.size,
            f"VaR 99 left{EACH}{plan.id}": left["VaR 99"],
            f"TVaR 99 left{EACH}{plan.id}": left["TVaR 99"],
            f"limit used up{EACH}{plan.id}": done.exhausted.n_ok / done.exhausted.n,
            f"limits enough{EACH}{plan.id}": done.event.n_ok / done.event.n,
        }
    return answer


def _tail(annual: Annual) -> Answer:
    ranks = ranks_at(annual.values.size, annual.empty_probability, np.array([LEVEL]))
    var, tvar = tail_values(annual.values, ranks)
    return {"mean": annual.mean, "VaR 99": float(var[0]), "TVaR 99": float(tvar[0])}


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@contextmanager
def _points_for(case: study.Case, seed: int) -> Iterator[None]:
    """Let the streams that matter most hand out Sobol' points."""
    claims = case.model.claims[study.REGIME]
    mean = claims.demand.level
    quantile = beta_nodes(claims.kappa, claims.kappa * (1 - mean) / mean)
    points, plain, lots = Points(len(DIMENSIONS), seed), streams.stream, dict[int, FloatArray]()

    def at(dimension: str, block: int, n: int) -> FloatArray:
        if block not in lots:
            lots.clear()
            lots[block] = points.next(n)
        return lots[block][DIMENSIONS.index(dimension)]

    def rate(block: int, n: int) -> FloatArray:
        return np.interp(ndtri(at("rate", block, n)), *quantile)

    # A beta variate is drawn as a ratio of gammas; x and 1 − x have the ratio x.
    draws: dict[str, dict[str, Callable[..., FloatArray]]] = {
        "cause": {"random": lambda b, n: at("cause", b, n)},
        "size": {
            "random": lambda b, n: at("level", b, n),
            "standard_normal": lambda b, n: ndtri(at("size", b, n)),
        },
        "claims.demand.rate": {"standard_gamma": lambda b, shape, n: rate(b, n)},
        "claims.demand.rate_rest": {"standard_gamma": lambda b, shape, n: 1 - rate(b, n)},
    }

    def pointed(seed: int, purpose: str, block: int = 0) -> Any:
        if purpose not in draws:
            return plain(seed, purpose, block)
        return _Handing({name: _of(block, draw) for name, draw in draws[purpose].items()})

    users = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("exposure.") and getattr(module, "stream", None) is plain
    ]
    for module in users:
        module.stream = pointed  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in users:
            module.stream = plain  # type: ignore[attr-defined]


def _of(block: int, draw: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    return lambda *asked: draw(block, *asked)


class _Handing:
    """A generator that hands out what it is given."""

    def __init__(self, draws: dict[str, Callable[..., FloatArray]]) -> None:
        for name, draw in draws.items():
            setattr(self, name, draw)


def gains(workload: str, answer: Callable[[int, bool], Answer], repeats: int) -> Iterator[Gain]:
    """Repeat both ways with other seeds and compare the variances of each figure."""
    answers: dict[bool, list[Answer]] = {False: [], True: []}
    best = {False: float("inf"), True: float("inf")}
    for seed in range(1, repeats + 1):
        for quasi in (False, True):
            start = time.process_time()
            answers[quasi].append(answer(seed, quasi))
            best[quasi] = min(best[quasi], time.process_time() - start)
    ratios: dict[str, list[float]] = {}
    for figure in answers[False][0]:
        plain, other = (
            np.var([one[figure] for one in answers[quasi]], ddof=1) for quasi in (False, True)
        )
        if plain > 0 and other > 0:
            ratios.setdefault(figure.partition(EACH)[0], []).append(float(plain / other))
    spread = float(stats.f.ppf(0.95, repeats - 1, repeats - 1))
    for figure, found in ratios.items():
        middle = float(np.exp(np.mean(np.log(found))))
        ends = (middle / spread, middle * spread) if len(found) == 1 else (min(found), max(found))
        name = figure if len(found) == 1 else f"{figure}, {len(found)} plans"
        yield Gain(workload, name, middle, *ends, best[True] / best[False])


def rows(loss_years: int, repeats: int) -> Iterator[Gain]:
    """Measure all workloads with about so many loss years each."""
    for rate in (0.05, 2.0):
        policy_years = round(loss_years / -np.expm1(-rate))
        case = compound.Case(rate, compound.W2, policy_years)
        yield from gains(
            f"W1, W2 λ={rate:g}", lambda s, q, case=case: compound_answer(case, s, q), repeats
        )
    for rate in (0.05, 2.0):
        empty = study.case(rate, 1000).model.empty_probability
        real = study.case(rate, round(loss_years / (1 - empty)))
        yield from gains(
            f"W3 λ={rate:g}", lambda s, q, case=real: study_answer(case, s, q), repeats
        )


HEADER = (
    "| | figure | variance ratio | from – to | time | at equal time |\n|---|---|---|---|---|---|\n"
)


def line(gain: Gain) -> str:
    """Return one line of the table."""
    return (
        f"| {gain.workload} | {gain.figure} | {gain.at_equal_events:.1f} | "
        f"{gain.low:.1f}–{gain.high:.1f} | {gain.time:.2f} × | {gain.at_equal_time:.1f} |\n"
    )
