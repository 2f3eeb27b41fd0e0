import math

import numpy as np
import pytest
from scipy.special import bdtr

from exposure.measures.intervals import (
    Estimate,
    batch_means,
    binomial_quantile,
    is_spread,
    mean_interval,
    moments,
    normal_interval,
    normal_quantile,
    quantile_ranks,
    require_paired,
    standard_error,
    tail_mean_error,
    wilson_interval,
)
from exposure.tables import Annual


@pytest.mark.parametrize(
    ("n", "p", "low", "high"),
    [
        (10_000, 0.95, 9457, 9543),
        (10_000, 0.99, 9880, 9920),
        (10_000, 0.995, 9936, 9964),
        (100_000, 0.995, 99456, 99544),
    ],
)
def test_ranks_are_those_of_the_binomial_law(n, p, low, high):
    found_low, found_high = quantile_ranks(n, np.array([p]), level=0.95)
    assert (found_low.tolist(), found_high.tolist()) == ([low], [high])


@pytest.mark.parametrize(("p", "coverage"), [(0.95, 0.952), (0.99, 0.956), (0.995, 0.953)])
def test_exact_coverage_of_the_ranks_is_as_published(p, coverage):
    (low,), (high,) = quantile_ranks(10_000, np.array([p]), level=0.95)
    # The interval covers when at least l and fewer than u values lie below the quantile.
    assert bdtr(high - 1, 10_000, p) - bdtr(low - 1, 10_000, p) == pytest.approx(coverage, abs=5e-4)


@pytest.mark.parametrize("n", [1, 2, 7, 30])
@pytest.mark.parametrize("q", [0.025, 0.05, 0.51, 0.9, 0.975])
def test_binomial_quantile_equals_adding_up_the_probabilities(n, q):
    p = np.array([1e-9, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9])

    def plain(share):
        total = 0.0
        for count in range(n + 1):
            total += math.comb(n, count) * share**count * (1 - share) ** (n - count)
            if total >= q:
                return count
        return n

    assert binomial_quantile(q, n, p).tolist() == [plain(share) for share in p.tolist()]


def test_small_samples_have_no_order_statistic_beyond_the_quantile():
    low, high = quantile_ranks(3, np.array([0.01, 0.99]), level=0.9)
    assert low.tolist() == [0, 3]
    assert high.tolist() == [1, 4]


def test_wilson_interval_of_a_published_example():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81/263, 15/148, 0/20, 1/29.
    table = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (n_ok, n), ends in table.items():
        estimate = wilson_interval(n_ok, n, level=0.95)
        assert estimate.value == n_ok / n
        assert (estimate.low, estimate.high) == pytest.approx(ends, abs=5e-5)


def test_wilson_interval_of_all_successes_reaches_one_and_not_beyond():
    estimate = wilson_interval(50, 50, level=0.9)
    assert estimate.value == estimate.high == 1.0
    assert 0.9 < estimate.low < 1.0


def test_without_a_trial_nothing_is_known_and_no_target_is_met():
    assert wilson_interval(0, 0, level=0.9) == Estimate(0.0, 0.0, 1.0, reliable=False)


def test_mean_interval_by_hand():
    # Values 2, 4, 6: variance 4, standard error 2/√3.
    estimate = mean_interval(np.array([2.0, 4.0, 6.0]), level=0.95, largest_share=0.6)
    half = 1.959963984540054 * 2 / math.sqrt(3)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((4, 4 - half, 4 + half))
    assert estimate.reliable


def test_mean_is_not_reliable_if_one_value_carries_it():
    assert not mean_interval(np.array([2.0, 4.0, 6.0]), level=0.95, largest_share=0.5).reliable
    assert is_spread(0.0, 0.0, 0.05)


def test_one_value_has_no_standard_error():
    with pytest.raises(ValueError, match="two are needed"):
        standard_error(np.array([1.0]))


def test_tail_error_is_the_formula_of_manistre_and_hancock_for_continuous_amounts():
    # Uniform amounts on a grid; VaR is an order statistic, the tail the 50 values above it.
    n, p = 1000, 0.95
    amounts = np.arange(1.0, n + 1)
    var, tail = amounts[949], amounts[950:]
    excess = tail - var
    ours = tail_mean_error(n, 1 / (1 - p), float(excess.sum()), float((excess**2).sum()))
    printed = math.sqrt((tail.var() + p * (tail.mean() - var) ** 2) / (n * (1 - p)))
    # Ours divides by n − 1 in the variance of the sample.
    assert ours == pytest.approx(printed * math.sqrt(n / (n - 1)), rel=1e-12)


def test_the_difference_on_the_same_years_is_far_sharper_than_the_plans():
    first, second = np.array([10.0, 20.0, 30.0, 40.0]), np.array([8.0, 18.0, 28.0, 34.0])
    # Differences 2, 2, 2, 6: mean 3, sd 2, se 1; a quarter of it over all years.
    paired = normal_interval(moments(first, second), 0.25, level=0.95)
    half = 0.25 * normal_quantile(0.95)
    assert (paired.value, paired.low, paired.high) == pytest.approx(
        (0.75, 0.75 - half, 0.75 + half)
    )


@pytest.mark.parametrize("other", [Annual(np.zeros(3), 0.5), Annual(np.zeros(2), 0.4)])
def test_plans_on_different_years_are_not_compared(other):
    with pytest.raises(ValueError, match="same simulated years"):
        require_paired(Annual(np.zeros(2), 0.5), other)


def test_batch_means_use_the_t_distribution():
    # Two batches, 90 %: t with one degree of freedom is tan(0.45 π).
    estimate = batch_means(np.array([9.0, 11.0]), level=0.9)
    assert (estimate.low, estimate.high) == pytest.approx(
        (10 - math.tan(0.45 * math.pi), 10 + math.tan(0.45 * math.pi))
    )


def _wilson_coverage(repeats, rng):
    n_ok = rng.binomial(400, 0.95, size=repeats)
    intervals = [wilson_interval(int(count), 400, level=0.95) for count in n_ok]
    return np.mean([estimate.low <= 0.95 <= estimate.high for estimate in intervals])


def _rank_coverage(repeats, rng):
    (low,), (high,) = quantile_ranks(1000, np.array([0.9]), level=0.95)
    samples = np.sort(rng.random((repeats, 1000)), axis=1)
    return np.mean((samples[:, low - 1] <= 0.9) & (samples[:, high - 1] >= 0.9))


@pytest.mark.parametrize("coverage", [_wilson_coverage, _rank_coverage])
def test_intervals_cover_as_often_as_they_say(coverage):
    # 93–97 % of 1,000 repeats; a true coverage of 95 % fails this once in 300 seeds.
    assert 0.93 <= coverage(1000, np.random.default_rng(11)) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("coverage", [_wilson_coverage, _rank_coverage])
def test_intervals_cover_as_often_as_they_say_in_many_repeats(coverage):
    # Discrete intervals cover 94.5–96 % exactly; the standard error is 0.2 points.
    assert 0.94 <= coverage(10_000, np.random.default_rng(12)) <= 0.966


@pytest.mark.slow
def test_the_mean_of_a_far_capped_tail_is_covered_too_rarely_and_marked():
    rng = np.random.default_rng(13)
    mu, sigma, repeats = 0.0, 3.0, 2000
    mean = math.exp(mu + sigma**2 / 2)
    covered = marked = 0
    for _ in range(repeats):
        estimate = mean_interval(rng.lognormal(mu, sigma, 2000), level=0.95, largest_share=0.05)
        covered += estimate.low <= mean <= estimate.high
        marked += not estimate.reliable
    assert covered / repeats < 0.90
    assert marked / repeats > 0.80
