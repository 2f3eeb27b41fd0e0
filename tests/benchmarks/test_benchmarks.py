"""Every benchmark runs, at a size that takes no time, and its workload has the right answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.benchmarks import compound, goals, quasi, report, scaling, study

FEW = 200_000


@pytest.mark.slow
def test_every_goal_is_measured_but_that_against_other_packages() -> None:
    central, found = goals.goals(goals.SMOKE)
    measured = list(found)
    assert "1,000 loss years" in central
    (bytes_alike,) = (one for one in measured if one.name.startswith("same bytes"))
    assert bytes_alike.found == 0
    assert [one.name for one in measured if one.found is None] == [
        one.name for one in measured if "peer" in one.name
    ]
    assert len({one.name for one in measured}) == len(measured)
    assert {one.line().count("|") for one in measured} == {goals.HEADER.split("\n")[0].count("|")}


@pytest.mark.parametrize(
    ("found", "at_least", "is_met"),
    [(2.0, False, True), (2.1, False, False), (1.9, True, False), (2.0, True, True)],
)
def test_a_goal_is_met_or_missed(found: float, at_least: bool, is_met: bool) -> None:
    goal = goals.Goal("name", found, 2, "C", at_least=at_least)
    assert goal.is_met is is_met
    assert ("missed" in goal.line()) is not is_met


def test_a_goal_of_nothing_is_missed_by_no_factor() -> None:
    assert "met" in goals.Goal("name", 0.0, 0, "bytes").line()
    assert "| missed |" in goals.Goal("name", 3.0, 0, "bytes").line()


def test_the_exponent_is_the_slope() -> None:
    assert scaling.Series("", "", (1, 2, 4), (3.0, 12.0, 48.0)).exponent == pytest.approx(2)


@pytest.mark.slow
def test_every_growth_is_measured() -> None:
    for one in scaling.series(scaling.SMOKE):
        assert min(one.seconds) > 0
        assert one.line().count("|") == scaling.HEADER.split("\n")[0].count("|")


def test_every_benchmark_gives_a_line() -> None:
    columns = report.HEADER.splitlines()[0].count("|") - 1
    names = []
    for row in report.rows(report.SMOKE):
        assert row.seconds > 0
        assert len(row.cells()) == columns
        names.append(row.name.split()[0])
    assert set(names) == {"W1", "W2", "W3", "W3u", "import", "exposure"}
    assert len(list(report.memory_rows(report.SMOKE))) == 3


@pytest.mark.parametrize("rate", [0.05, 2.0])
def test_w1_is_near_the_exact_answer(rate: float) -> None:
    case = compound.Case(rate, compound.W1, 10**6)
    seeds = np.array([case.ours(seed)() for seed in range(1, 5)])
    mean, error = seeds.mean(axis=0), seeds.std(axis=0, ddof=1) / math.sqrt(len(seeds))
    gross = rate * compound.MEDIAN * math.exp(compound.SIGMA**2 / 2)
    # Few seeds tell their own spread poorly; the exact figures are printed to four digits.
    for found, exact, own in zip(mean, (gross, *compound.EXACT[rate]), error, strict=True):
        assert abs(found - exact) < 5 * own + 0.002 * exact


@pytest.mark.parametrize("layers", [compound.W1, compound.W2])
def test_the_twin_answers_the_same_question(layers: tuple[tuple[float, float], ...]) -> None:
    case = compound.Case(2.0, layers, FEW)
    ours, twin = np.array(case.ours()()), np.array(case.twin()())
    assert ours.shape == twin.shape
    assert np.abs(ours / twin - 1).max() < 0.2


def test_the_study_has_24_plans_at_the_rate_asked() -> None:
    case = study.case(0.05, 1000)
    assert len(case.plans) == len({plan.id for plan in case.plans}) == 24
    assert math.isclose(float(case.model.events_per_year.sum()), 0.05, rel_tol=1e-6)


def test_the_floor_repeats_the_draws_of_the_simulation() -> None:
    case = study.case(0.5, 1000)
    calls = study.recorded(case.ours(0, measured=False))
    assert {"random", "standard_normal", "binomial"} <= {name for name, _, _ in calls}


def test_quasi_monte_carlo_is_measured_on_every_workload() -> None:
    found = list(quasi.rows(300, 3))
    assert {gain.workload for gain in found} == {
        "W1, W2 λ=0.05", "W1, W2 λ=2", "W3 λ=0.05", "W3 λ=2",
    }  # fmt: skip
    assert {"VaR 99", "TVaR 99"} <= {gain.figure for gain in found}
    assert all(gain.low <= gain.at_equal_events <= gain.high for gain in found)
    assert quasi.HEADER.splitlines()[0].count("|") == quasi.line(found[0]).count("|")


def test_points_fill_the_cube_evenly_in_random_order() -> None:
    """1,024 scrambled points fall one each into 1,024 equal cells, of either dimension."""
    points = quasi.Points(2, seed=1).next(1024)
    for u in points:
        assert np.array_equal(np.sort((u * 1024).astype(int)), np.arange(1024))
        assert abs(np.corrcoef(u, np.arange(1024))[0, 1]) < 0.15


@pytest.mark.parametrize("rate", [0.05, 2.0])
def test_points_leave_the_answers_as_they_are(rate: float) -> None:
    """The mean ceded of W1 is within 5 errors of the exact one; W3 is that of plain sampling."""
    case = compound.Case(rate, compound.W1, 2**16)
    name = "mean paid, 300 xs 10"
    means = [quasi.compound_answer(case, seed, quasi=True)[name] for seed in range(1, 7)]
    error = np.std(means, ddof=1) / math.sqrt(len(means))
    assert abs(np.mean(means) / 1e6 - compound.EXACT[rate][2]) < 5 * error / 1e6
    real = study.case(rate, round(2000 / min(rate, 1)))
    both = [
        [quasi.study_answer(real, seed, way)["mean"] for seed in range(1, 9)]
        for way in (False, True)
    ]
    spread = math.hypot(*(np.std(one, ddof=1) for one in both)) / math.sqrt(8)
    assert abs(np.mean(both[0]) - np.mean(both[1])) < 5 * spread


@pytest.mark.benchmark
def test_all_benchmarks_at_full_size() -> None:
    for row in report.rows(report.Size(repeats=2)):
        assert row.twin is None or row.twin > 1, row
