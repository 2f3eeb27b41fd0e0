"""Distributions of one's own: both makes of SciPy, and one line for what cannot be drawn from."""

from __future__ import annotations

import datetime
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

import exposure as ex
from exposure.errors import DataError
from exposure.inputs.fields import fields
from exposure.inputs.names import head_of
from exposure.policy.vocabulary import HEADS
from exposure.simulation import compound

ONCE = stats.poisson(1)
FIVE = stats.uniform(5e6, 0)  # always five million


def drawn(frequency: Any = ONCE, severity: Any = FIVE, **arguments: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ex.simulate_compound(
            frequency, severity, **{"loss_years": 100, "seed": 1, **arguments}
        )


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"head": "damage"}, "head"),
        ({"head": None}, "head"),
        ({"seed": 1.5}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": None}, "seed"),
        ({"seed": float("nan")}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"loss_years": 0}, "loss_years"),
        ({"loss_years": 2.5}, "loss_years"),
        ({"loss_years": "many"}, "loss_years"),
        ({"loss_years": np.array([1, 2])}, "loss_years"),
        ({"inception": "April"}, "inception"),
        ({"inception": 5}, "inception"),
        ({"inception": np.datetime64("NaT", "D")}, "inception"),
        ({"frequency": None}, "frequency"),
        ({"frequency": 0.05}, "frequency"),
        ({"frequency": stats.poisson}, "frequency"),
        ({"frequency": stats.poisson([1, 2])}, "frequency"),
        ({"frequency": stats.poisson(float("nan"))}, "frequency"),
        ({"frequency": stats.poisson(-1)}, "frequency"),
        ({"frequency": stats.poisson(0)}, "frequency"),
        ({"frequency": stats.poisson(2, loc=0.5)}, "frequency"),
        ({"frequency": stats.poisson(2, loc=-1)}, "frequency"),
        ({"frequency": stats.poisson(3e6)}, "frequency"),
        ({"frequency": stats.gamma(2)}, "frequency"),
        ({"severity": 5e6}, "severity"),
        ({"severity": stats.lognorm}, "severity"),
        ({"severity": stats.lognorm(-1, scale=1e6)}, "severity"),
        ({"severity": stats.lognorm([1, 2], scale=1e6)}, "severity"),
        ({"severity": stats.lognorm(1, scale=-1)}, "severity"),
        ({"severity": stats.uniform(float("nan"), 1)}, "severity"),
        ({"severity": stats.uniform([1, 2], 1)}, "severity"),
        ({"severity": stats.norm()}, "severity"),
        ({"severity": stats.cauchy()}, "severity"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(arguments: dict[str, Any], key: str) -> None:
    with pytest.raises(DataError) as refused:
        drawn(**arguments)
    (line,) = refused.value.lines("en")
    assert line.startswith(f"simulate_compound: {key}")
    assert len(refused.value.lines("ja")) == 1


def test_all_that_is_wrong_is_said_together() -> None:
    with pytest.raises(DataError) as refused:
        drawn(seed=-1, loss_years=0, head="damage")
    assert len(refused.value.problems) == 3


def test_numbers_and_heads_are_read_as_people_write_them() -> None:
    plain = drawn(loss_years=10_000, seed=4)
    other = drawn(loss_years="1万", seed=np.int64(4), head="損害賠償金")
    assert other.total().tolist() == plain.total().tolist()
    assert list(other.by_head()) == ["damages"]
    day = datetime.datetime(2026, 7, 1, 23, tzinfo=datetime.UTC)
    for first in (day, "2026-07-01", np.datetime64("2026-07-01")):
        assert drawn(inception=first).events.facts["claim_made_on"] == np.datetime64("2026-07-01")


@pytest.mark.parametrize(
    ("frequency", "p0"),
    [
        (stats.poisson(0.05), np.exp(-0.05)),
        (stats.binom(3, 0.2), 0.8**3),
        (stats.nbinom(2, 0.9), 0.9**2),
        (stats.poisson(2, loc=1), 0.0),
        (stats.zipf(2), 0.0),
        (stats.poisson(1e-12), 1 - 1e-12),
    ],
)
def test_the_empty_years_are_those_of_the_distribution(frequency: Any, p0: float) -> None:
    losses = drawn(frequency, loss_years=2000)
    assert losses.events.empty_probability == pytest.approx(p0, abs=1e-15)
    events = losses.events.n_events / 2000 * (1 - p0)
    if np.isfinite(frequency.var()):
        spread = 5 * np.sqrt(frequency.var() * (1 - p0) / 2000)
        assert events == pytest.approx(frequency.mean(), abs=spread + 1e-12)


newer = pytest.mark.skipif(
    not hasattr(stats, "make_distribution"), reason="this SciPy has one make of distributions"
)


@newer
def test_the_newer_make_of_distributions_is_drawn_from() -> None:
    # Made in the test, so that it is collected where SciPy does not have them.
    poisson = stats.make_distribution(stats.poisson)(mu=0.5)
    old, new = drawn(stats.poisson(0.5)), drawn(poisson)
    assert new.events.years == old.events.years
    assert new.events.empty_probability == old.events.empty_probability
    amounts = drawn(poisson, stats.Uniform(a=1e6, b=2e6), loss_years=2000).total()
    assert 1e6 <= amounts.min() < 1.01e6 and 1.99e6 < amounts.max() <= 2e6
    assert amounts.mean() == pytest.approx(1.5e6, rel=0.02)
    mixed = stats.Mixture([stats.Uniform(a=1.0, b=2.0), stats.Uniform(a=9.0, b=10.0)])
    assert set(drawn(poisson, mixed).total().tolist()) <= {1.0, 2.0, 9.0, 10.0}


@newer
@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: {"frequency": stats.Normal()}, "frequency"),
        (lambda: {"frequency": stats.make_distribution(stats.poisson)(mu=-1)}, "frequency"),
        (lambda: {"severity": stats.Normal()}, "severity"),
        (lambda: {"severity": stats.Uniform(a=2, b=1)}, "severity"),
        (lambda: {"severity": stats.Uniform(a=[1, 2], b=3)}, "severity"),
    ],
)
def test_the_newer_make_is_refused_in_one_line_too(make: Any, key: str) -> None:
    with pytest.raises(DataError, match=f"^simulate_compound: {key}") as refused:
        drawn(**make())
    assert len(refused.value.problems) == 1


def test_events_that_do_not_fit_into_memory_are_refused_before_they_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("exposure.simulation.machine.bytes_available", lambda: 1e6)
    with pytest.raises(DataError, match="memory"):
        drawn(stats.poisson(10_000), loss_years=1000)
    with pytest.raises(DataError, match="memory"):
        ex.simulate({"client": {"records": 3000}}, loss_years=20_000)


def test_losses_of_ones_own_need_no_assumptions_of_the_model() -> None:
    """Reading them takes far longer than a workload of 50,000 years."""
    code = (
        "import exposure as ex; from scipy import stats; "
        "from exposure.inputs.assumptions import load_assumptions; "
        "losses = ex.simulate_compound(stats.poisson(0.05), stats.expon(), loss_years=9, seed=1); "
        "ex.pay_years([ex.plan('nipponkoa_2006/B')], losses); "
        "print(load_assumptions.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


@pytest.mark.parametrize("name", ["loss_years", "seed"])
def test_a_number_taken_without_a_look_at_its_range_is_within_it(name: str) -> None:
    _, most = fields("study")[name].range
    assert most >= compound._SMALL


def test_a_head_taken_without_a_look_at_its_names_is_one() -> None:
    assert [head_of(head) for head in HEADS] == list(HEADS)
