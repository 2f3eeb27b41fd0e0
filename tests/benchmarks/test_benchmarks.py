"""Every benchmark runs, at a size that takes no time, and its workload has the right answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.benchmarks import compound, report, study

FEW = 200_000


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
    assert len(case.setting.plans) == len({plan.id for plan in case.setting.plans}) == 24
    assert math.isclose(float(case.model.events_per_year.sum()), 0.05, rel_tol=1e-6)


def test_the_floor_repeats_the_draws_of_the_simulation() -> None:
    case = study.case(0.5, 1000)
    calls = study.recorded(case.ours(0, measured=False))
    assert {"random", "standard_normal", "binomial"} <= {name for name, _, _ in calls}


@pytest.mark.benchmark
def test_all_benchmarks_at_full_size() -> None:
    for row in report.rows(report.Size(repeats=2)):
        assert row.twin is None or row.twin > 1, row
