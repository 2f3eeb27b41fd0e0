"""Ends of bands drawn with repeated seeds: how far they move, and whose they are."""

from __future__ import annotations

import numpy as np
import pytest

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.parameters import Override
from exposure.model.build import build_model
from exposure.simulation.figures import measure_of, needs_of, worth_values
from exposure.simulation.loss_years import simulate_study
from exposure.validation import coverage
from exposure.validation.checks import settings
from exposure.validation.coverage import BandTask, band_checks, band_ends, upper_ends_moved

DRAWS, YEARS, SEED = 5, 120, 3


def few_draws() -> BandTask:
    given = {
        "run.parameter_draws": DRAWS, "run.draw_loss_years": YEARS, "run.draw_tail_years": 1,
    }  # fmt: skip
    overrides = {name: Override(value=n, reason="test") for name, n in given.items()}
    known = load_assumptions().with_overrides(overrides)
    return BandTask(Client(records=30_000, industry="medical"), known, 0.995)


def test_ends_are_those_of_draws_simulated_one_by_one() -> None:
    """The slow way: one model, one table, one figure at a time, quantiles by numpy."""
    task = few_draws()
    known = task.assumptions
    measure = measure_of(task.client, known)
    rows = []
    for number in range(DRAWS):
        own = known.draw(SEED, number, DRAWS)
        client = task.client.with_defaults(own)
        model = build_model(client, own, known.date("run.inception"))
        years = simulate_study(
            model, coverage.REGIMES, (), (), loss_years=YEARS, seed=SEED, first_block=number
        )
        row = []
        for regime in coverage.REGIMES:
            gross = years[regime].annual(years[regime].gross)
            worst = np.sort(gross.values)[::-1]
            # The worst 1 in 200 of all years: so many loss years, the last of them in part.
            n = 0.005 / (1 - gross.empty_probability) * YEARS
            tail = worst[: int(n)].sum() + (n - int(n)) * worst[int(n)]
            need = needs_of(years[regime], measure)
            row += [gross.mean, tail / n, need.liability.value, need.costs.value]
            row.append(worth_values(years[regime], measure)[0])
        rows.append(row)
    low, high = known.values("measure.band")
    expected = np.quantile(np.array(rows), [low, high], axis=0).T
    np.testing.assert_allclose(band_ends(task, SEED), expected, rtol=1e-12)


def test_the_same_end_twice_moves_by_nothing_and_figures_count_by_their_square() -> None:
    still, moved = [[0.0, 10.0]] * 3, [[0.0, 8.0], [0.0, 10.0], [0.0, 12.0]]
    assert upper_ends_moved(np.stack([still, still], axis=1)) == 0
    # One end does not move, the other by 2 of 10: √((0 + 0.2²) / 2).
    assert upper_ends_moved(np.stack([still, moved], axis=1)) == pytest.approx(0.02**0.5)


def test_few_repeats_may_show_more_than_is_true() -> None:
    """χ² with 10 degrees of freedom exceeds 29.588 once in a thousand (any table)."""
    assert coverage._chance_factor(6, 0.001) == pytest.approx((29.588 / 10) ** 0.5, rel=1e-4)


def test_bands_less_precise_than_stated_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends that move by a fifth more than the tolerance of so many repeats, and as much less."""
    stated = settings()["band"]
    most = stated["precision"] * coverage._chance_factor(2, stated["chance"])

    for share, is_inside in ((1.2, False), (0.8, True)):
        # Two ends x apart have the standard deviation x / √2; the bands are 1 wide on average.
        apart = share * most * 2**0.5

        def ends(task: BandTask, seed: int, apart: float = apart) -> np.ndarray:
            return np.array([[0.0, 1 + (seed % 2 - 0.5) * apart]])

        monkeypatch.setattr(coverage, "band_ends", ends)
        checks = band_checks(load_assumptions(), repeats=2, seed=1)
        assert len(checks) == len(stated["client"]) == 3
        assert {check.inside for check in checks} == {is_inside}
