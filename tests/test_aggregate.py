import math

import numpy as np
import pytest
from scipy.special import ndtr
from support.exact_layer import (
    aggregate_limited_mean,
    aggregate_quantile,
    aggregate_stop_loss,
    binomial,
    negative_binomial,
    poisson,
)

from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import mean_interval
from exposure.tables import Annual
from exposure.validation.exact import (
    CountLaw,
    compound_fft,
    compound_panjer,
    count_pgf,
    discretise,
    lognormal_limited_mean,
)

# NegBin(mean 0.3, k ½) events of min(LN(ln 2 million, 2), 1 billion) yen.
MU, SIGMA, CAP = math.log(2e6), 2.0, 1e9
STEP, POINTS = 2e5, 2**17
LAW = negative_binomial(0.3, 0.5)
LEVELS = (0.9, 0.95, 0.99, 0.995, 0.999)
VAR = (3.8e6, 14.0e6, 83.4e6, 148.4e6, 466.0e6)
LIMITED = {10e6: 0.9954e6, 100e6: 2.8278e6, 300e6: 3.6020e6}
LAWS = (poisson(0.7), negative_binomial(0.7, 0.4), binomial(3, 0.25))


def capped_lognormal(x):
    return lognormal_limited_mean(np.minimum(x, CAP), MU, SIGMA)


@pytest.fixture(scope="module")
def severity():
    return discretise(capped_lognormal, STEP, POINTS)


@pytest.fixture(scope="module")
def mean():
    return float(capped_lognormal(np.array([math.inf]))[0])


@pytest.fixture(scope="module")
def exact(severity, mean):
    return compound_fft(LAW, severity, STEP, mean)


def test_discretisation_keeps_the_mean_where_rounding_does_not(severity, mean):
    assert mean == pytest.approx(13_740_655, abs=0.5)
    grid = STEP * np.arange(POINTS)
    assert float(severity @ grid) == pytest.approx(mean, rel=1e-12)
    edges = np.minimum(grid + STEP / 2, CAP)
    with np.errstate(divide="ignore"):
        reached = np.where(grid + STEP / 2 >= CAP, 1.0, ndtr((np.log(edges) - MU) / SIGMA))
    rounded = np.diff(reached, prepend=0.0)
    assert float(rounded @ grid) == pytest.approx(13_739_340, abs=0.5)


def test_fourier_equals_panjer(exact, severity, mean):
    recursion = compound_panjer(LAW, severity, STEP, mean)
    assert np.abs(exact.probability - recursion.probability).max() < 1e-12
    assert recursion.mean == exact.mean == pytest.approx(0.3 * mean)


def test_quantiles_and_limited_means_are_the_reference_results(exact):
    assert [aggregate_quantile(exact, p) for p in LEVELS] == pytest.approx(VAR)
    for limit, expected in LIMITED.items():
        assert aggregate_limited_mean(exact, limit) == pytest.approx(expected, abs=50)
        assert aggregate_stop_loss(exact, limit) == pytest.approx(exact.mean - expected, abs=50)


def test_error_statement_of_the_reference_case(exact):
    assert exact.severity_beyond == 0.0
    assert exact.aliasing < 1e-20


def test_first_two_moments_are_those_of_the_compound_sum(exact):
    # Var S = λ E[X²] + λ² E[X]²/k, with E[X²] = ∫ 2x P(X > x) dx in closed form.
    grid = STEP * np.arange(POINTS)
    first = float(exact.probability @ grid)
    variance = float(exact.probability @ grid**2) - first**2
    z = (math.log(CAP) - MU) / SIGMA
    second = math.exp(2 * MU + 2 * SIGMA**2) * ndtr(z - 2 * SIGMA) + CAP**2 * ndtr(-z)
    mean = exact.mean / 0.3
    assert first == pytest.approx(exact.mean, rel=1e-10)
    # The grid spreads a loss between two points, which adds at most step²/4 to E[X²].
    added = variance - (0.3 * second + 0.3**2 * mean**2 / 0.5)
    assert 0 <= added <= 0.3 * STEP**2 / 4


def simulated(n, rng):
    """Loss years only: counts of one event or more."""
    empty = (0.5 / 0.8) ** 0.5
    draws = 2 * round(n / (1 - empty))
    counts = rng.negative_binomial(0.5, 0.5 / 0.8, draws)
    counts = counts[counts > 0][:n]
    events = np.minimum(rng.lognormal(MU, SIGMA, counts.sum()), CAP)
    year = np.repeat(np.arange(n), counts)
    return Annual(np.bincount(year, events, n), empty)


def test_simulation_agrees_with_the_exact_distribution():
    annual = simulated(200_000, np.random.default_rng(2024))
    # All five quantiles inside 99.9 % intervals: fails for one seed in 200.
    measures = tail_measures(annual, LEVELS, level=0.999, largest_share=0.05)
    for estimate, expected in zip(measures.var, VAR, strict=True):
        # The reference stands on a grid of 200,000 yen.
        assert estimate.low - STEP <= expected <= estimate.high
    weight = 1 - annual.empty_probability
    for limit, expected in LIMITED.items():
        paid = mean_interval(np.minimum(annual.values, limit), level=0.9999, largest_share=1.0)
        assert weight * paid.low <= expected <= weight * paid.high


@pytest.mark.parametrize("law", LAWS)
def test_sum_of_ones_is_the_count(law):
    # One event costs one step: P(S = j) = P(K = j).
    severity = np.zeros(64)
    severity[1] = 1.0
    count = compound_panjer(law, severity, 1.0, 1.0).probability
    assert np.abs(compound_fft(law, severity, 1.0, 1.0).probability - count).max() < 1e-14
    k = np.arange(64)
    assert count.sum() == pytest.approx(1.0)
    assert count @ k == pytest.approx(law.mean)
    spread = 0.0 if math.isinf(law.size) else law.mean**2 / law.size
    assert count @ k**2 - law.mean**2 == pytest.approx(law.mean + spread)


def test_laws_have_their_printed_probabilities():
    severity = np.array([0.0, 1.0, 0.0, 0.0])
    found = [compound_panjer(law, severity, 1.0, 1.0).probability[:3] for law in LAWS]
    assert found[0] == pytest.approx([math.exp(-0.7) * x for x in (1, 0.7, 0.245)])
    q = 0.4 / 1.1
    assert found[1] == pytest.approx(
        [q**0.4 * x for x in (1, 0.4 * (1 - q), 0.4 * 1.4 / 2 * (1 - q) ** 2)]
    )
    assert found[2] == pytest.approx([27 / 64, 27 / 64, 9 / 64])


def test_generating_function_of_each_law():
    assert count_pgf(poisson(2.0), np.array([0.5]))[0] == pytest.approx(math.exp(-1))
    assert count_pgf(CountLaw(2.0, 1.0), np.array([0.5]))[0] == pytest.approx(0.5)
    assert count_pgf(binomial(3, 0.5), np.array([0.5]))[0] == pytest.approx(0.75**3)


def test_recursion_with_free_events():
    # Half of the events cost nothing: thinning a Poisson.
    severity = np.array([0.5, 0.5] + [0.0] * 30)
    found = compound_panjer(poisson(2.0), severity, 1.0, 0.5)
    expected = [math.exp(-1) / math.factorial(j) for j in range(10)]
    assert found.probability[:10] == pytest.approx(expected)


def test_lognormal_limited_mean_in_closed_form():
    # LN(0, 1) limited at 1: e^{½} Φ(−1) + ½.
    expected = math.exp(0.5) * 0.15865525393145707 + 0.5
    found = lognormal_limited_mean(np.array([0.0, 1.0, math.inf]), 0.0, 1.0)
    assert found == pytest.approx([0.0, expected, math.exp(0.5)])


def test_exponential_severity_with_geometric_counts_is_exponential_again():
    # Geometric counts (k = 1, mean m): S > x with probability m/(1+m) e^{−x/(1+m)}.
    m, step, n = 0.5, 0.01, 2**13
    severity = discretise(lambda x: -np.expm1(-x), step, n)
    found = compound_fft(negative_binomial(m, 1.0), severity, step, 1.0)
    for x in (0.5, 2.0, 8.0):
        above = m / (1 + m) * math.exp(-x / (1 + m))
        assert aggregate_stop_loss(found, x) == pytest.approx(above * (1 + m), rel=1e-4)
        # Half a step of rounding on a density of about above / (1 + m).
        assert aggregate_quantile(found, 1 - above) == pytest.approx(x, abs=2 * step)


def test_what_one_event_loses_beyond_the_grid_is_stated():
    # Exponential on a grid of 4 steps of 1: beyond it lies LEV(4) − LEV(3) = e^{−3} − e^{−4}.
    severity = discretise(lambda x: -np.expm1(-x), 1.0, 4)
    found = compound_fft(poisson(0.1), severity, 1.0, 1.0)
    assert found.severity_beyond == pytest.approx(math.exp(-3) - math.exp(-4))
    assert aggregate_quantile(found, 0.999999) == math.inf
    # What is missing counts as the limit, so that the limited mean is not too low.
    missing = 1 - found.probability.sum()
    assert missing > 0.002
    inside = found.probability @ np.arange(4.0)
    assert aggregate_limited_mean(found, 9.0) == pytest.approx(inside + 9 * missing)


def test_aliasing_bound_holds_and_notices_a_grid_too_short():
    severity = np.zeros(8)
    severity[4] = 1.0
    found = compound_fft(poisson(1.0), severity, 1.0, 4.0)
    # Two events or more leave the grid: 1 − 2/e.
    assert 1 - 2 / math.e < found.aliasing < 1.0
    assert compound_fft(poisson(9.0), severity, 1.0, 4.0).aliasing == 1.0


@pytest.mark.parametrize("law", LAWS)
def test_aliasing_bound_is_never_below_the_mass_beyond(law):
    long, short = np.zeros(512), np.zeros(16)
    long[2] = short[2] = 1.0
    beyond = compound_panjer(law, long, 1.0, 2.0).probability[16:].sum()
    assert compound_fft(law, short, 1.0, 2.0).aliasing >= beyond - 1e-15


def test_events_that_cost_nothing_cost_nothing_together():
    for compound in (compound_fft, compound_panjer):
        found = compound(poisson(3.0), np.array([1.0, 0.0, 0.0, 0.0]), 1.0, 0.0)
        assert found.probability == pytest.approx([1.0, 0.0, 0.0, 0.0])
        assert found.aliasing == 0.0


@pytest.mark.slow
def test_rank_intervals_of_the_simulation_cover_the_exact_quantiles():
    rng = np.random.default_rng(99)
    covered = np.zeros(len(LEVELS))
    repeats = 400
    for _ in range(repeats):
        measures = tail_measures(simulated(10_000, rng), LEVELS, level=0.95, largest_share=0.05)
        covered += [
            e.low - STEP <= expected <= e.high
            for e, expected in zip(measures.var, VAR, strict=True)
        ]
    # 95 % with a standard error of 1.1 points; the grid widens the interval at the low levels.
    assert ((covered / repeats >= 0.915) & (covered / repeats <= 0.995)).all()
