import math

import numpy as np
import pytest
from model_reference import model_of, one_year_of_counts

from exposure.arrays import Years
from exposure.errors import DataError
from exposure.model.counts import arrange_groups, count_tables, discovery_times, draw_counts
from exposure.model.frequency import frailty_sizes, residual_size, total_size
from exposure.model.history import CountMixture, prior_counts, updated_counts
from exposure.model.size_cells import share_above

LAM = np.array([0.02, 0.01, 0.05])
K_G = np.array([2.0, 1.0, 0.5])
POINTS = 400


@pytest.mark.parametrize(
    ("mean", "share", "expected"),
    [
        (9_322 / 17_793, 1_866 / 17_793, 0.043),  # certified companies, FY2024
        (685 / 3_700, 372 / 3_700, 0.103),  # listed companies, eight years
    ],
)
def test_the_total_size_of_a_population_is_that_of_the_published_counts(
    mean: float, share: float, expected: float
) -> None:
    assert total_size(mean, share) == pytest.approx(expected, abs=0.0005)


def test_size_and_industry_leave_a_residual_size_of_0_62() -> None:
    assert residual_size(0.10, 0.6, 2.0) == pytest.approx(0.62, abs=0.005)


def test_mistake_3_a_rate_of_one_population_needs_a_conversion_to_the_sizes_of_another() -> None:
    with pytest.raises(DataError, match=r"frequency\.population.*converted"):
        model_of({"frequency.conversion": "none"})
    same: dict[str, object] = {"frequency.population": "media_survey"}
    assert model_of({"frequency.conversion": "none", **same}).rates.total > 0


def test_the_base_rate_is_the_published_one_by_the_threshold_rule() -> None:
    # 0.0109 above 1,000 persons ÷ 0.24 at 30,000 records.
    model = model_of(records=30_000)
    shares = model.rates.by_cause.sum(axis=0) / model.rates.total
    above = share_above(model.sizes, shares, 1000)
    assert above == pytest.approx(0.24, abs=0.01)
    assert model.rates.total * above == pytest.approx(0.0109, abs=0.0005)


def test_the_two_levels_hold_no_more_than_the_residual() -> None:
    k_s, k_g = frailty_sizes(0.62, 1.0)
    assert k_g == pytest.approx(3.26, abs=0.005)
    assert (1 + 1 / k_s) * (1 + 1 / k_g) == pytest.approx(1 + 1 / 0.62)
    assert frailty_sizes(0.62, 0.5) == (0.62, math.inf)


def test_more_events_than_companies_with_one_are_no_poisson() -> None:
    with pytest.raises(ValueError, match="Poisson"):
        total_size(0.1, 0.2)


def test_the_rate_follows_section_2_2() -> None:
    # 0.045 at 30,000 records; external 0.203 + 0.018 + 0.005 of incidents, exponent 0.6.
    rates = model_of(records=300_000).rates
    external = 0.045 * 0.226 * 10**0.6
    assert rates.by_group[0] == pytest.approx(external, rel=1e-9)
    assert model_of(records=30_000).rates.total == pytest.approx(0.045, rel=1e-9)


def test_a_perfect_score_lowers_the_external_rate_by_at_most_30_percent() -> None:
    neutral = model_of({"frequency.delta.external": 0.713}).rates.by_group
    best = model_of({"frequency.delta.external": 0.713}, questionnaire_score=1.0).rates.by_group
    assert best[0] / neutral[0] == pytest.approx(0.70, abs=0.001)
    np.testing.assert_allclose(best[1:], neutral[1:])


def test_vendor_events_add_to_the_others_and_have_their_mix_of_causes() -> None:
    rates = model_of(outsourced_share=1.0).rates
    own = rates.by_cause.sum(axis=0) - rates.by_cause[2]
    np.testing.assert_allclose(rates.by_cause[2], 0.24 * own)


def test_a_client_without_any_rate_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to simulate"):
        model_of({"frequency.m.*": 1e-320, "frequency.base": 1e-300})


@pytest.mark.parametrize(
    ("events", "expected"),
    [([0, 0, 0], (0.685, 0.685, 0.247)), ([0, 0, 6], (1.86, 1.86, 5.37))],
)
def test_small_things_stay_small_in_the_history(
    events: list[int], expected: tuple[float, ...]
) -> None:
    # Printed: (0.68, 0.68, 0.24) and (1.86, 1.86, 5.4).
    lam = np.array([0.02, 0.01, 0.30])
    after = updated_counts(lam, 1.0, K_G, events, 3.0, points=POINTS)
    np.testing.assert_allclose(after.mean / lam, expected, atol=0.006)


@pytest.mark.parametrize(("events", "expected"), [(0, 0.0435), (1, 0.0870), (2, 0.1304)])
def test_the_plain_update_is_the_textbook_one(events: int, expected: float) -> None:
    after = updated_counts(np.array([0.05]), math.inf, 1.0, events, 3.0, points=POINTS)
    assert after.mean[0] == pytest.approx(expected, abs=5e-5)
    # Predictive probability of no event: ((b + T)/(b + T + 1))^(k + x), b = k/λ = 20.
    assert after.empty_probability == pytest.approx((23 / 24) ** (1 + events))


def test_a_total_is_the_mixture_of_its_splits() -> None:
    lam = np.array([0.02, 0.30])
    k_g = np.array([2.0, 0.5])
    splits = [
        updated_counts(lam, math.inf, k_g, [a, 2 - a], 3.0, points=POINTS).mean for a in range(3)
    ]
    # Negative binomial probabilities of 0, 1, 2 events in three years, by hand.
    p1 = [(2 / 2.06) ** 2 * w for w in (1, 2 * 0.06 / 2.06, 3 * (0.06 / 2.06) ** 2)]
    p2 = [(0.5 / 1.4) ** 0.5 * w for w in (1, 0.5 * 0.9 / 1.4, 0.375 * (0.9 / 1.4) ** 2)]
    weight = np.array([p1[a] * p2[2 - a] for a in range(3)])
    expected = weight @ np.array(splits) / weight.sum()
    np.testing.assert_allclose(
        updated_counts(lam, math.inf, k_g, 2, 3.0, points=POINTS).mean, expected
    )


def test_a_long_total_sampled_agrees_with_its_splits_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lam = np.array([0.02, 0.01, 0.30])
    listed = updated_counts(lam, 1.0, K_G, 6, 3.0, points=POINTS)
    monkeypatch.setattr("exposure.model.history._MOST_ROWS", 1)
    sampled = updated_counts(lam, 1.0, K_G, 6, 3.0, points=POINTS)
    np.testing.assert_allclose(sampled.mean, listed.mean, rtol=0.01)
    assert sampled.empty_probability == pytest.approx(listed.empty_probability, rel=0.005)


def test_no_history_is_not_a_history_of_nothing() -> None:
    unknown = model_of().counts.mean.sum()
    assert model_of(incidents_last_3_years=0).counts.mean.sum() < unknown
    assert unknown == pytest.approx(model_of().rates.total, rel=0.002)


def test_a_history_of_groups_that_cannot_happen_is_refused() -> None:
    with pytest.raises(DataError, match="rate is 0"):
        model_of(incidents_by_group={"vendor": 1})


def test_the_probability_of_no_event_is_the_printed_one() -> None:
    assert prior_counts(LAM, 1.0, K_G, points=POINTS).empty_probability == pytest.approx(
        0.92961, abs=5e-6
    )


def test_the_grid_of_the_shared_level_is_the_assumption_and_doubling_it_moves_nothing() -> None:
    one, two, usual = (
        model_of({"run.history_grid_points": n}, incidents_last_3_years=2).counts
        for n in (1, 2 * POINTS, POINTS)
    )
    assert usual.weight.size < two.weight.size
    assert two.mean.sum() == pytest.approx(usual.mean.sum(), rel=0.002)
    assert two.empty_probability == pytest.approx(usual.empty_probability, rel=0.0005)
    # A single point is no shared level at all, so that two events say less of the third.
    assert one.mean.sum() < 0.9 * usual.mean.sum()


def test_poisson_stays_available() -> None:
    counts = prior_counts(LAM, math.inf, math.inf, points=POINTS)
    assert counts.empty_probability == pytest.approx(math.exp(-0.08))
    assert model_of(
        {"frequency.k_residual": math.inf, "frequency.k_s": math.inf}
    ).empty_probability == pytest.approx(math.exp(-model_of().rates.total))


def _moments(counts: CountMixture, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(seed)
    years, single, several = draw_counts(count_tables(counts), n, rng)
    m = several.shape[1]
    by_group = several.sum(axis=1) + np.bincount(single[m:], minlength=several.shape[0])
    total = np.concatenate([several.sum(axis=0), np.ones(n - m)])
    assert years.n_events == total.sum()
    return by_group / n, total, float(((several[0] > 0) & (several[-1] > 0)).sum() / n)


def test_conditional_counts_agree_with_all_years_drawn_plainly() -> None:
    # Mistake 10: means with and without the empty years agree, within 4 standard errors.
    rng = np.random.default_rng(11)
    lam = [0.3, 0.1, 0.8]
    plain = np.array([one_year_of_counts(rng, lam, 1.0, K_G.tolist()) for _ in range(40_000)])
    counts = prior_counts(np.array(lam), 1.0, K_G, points=POINTS)
    mean, total, both = _moments(counts, 40_000, 12)
    some = 1 - counts.empty_probability
    se = plain.std(axis=0) / 200
    assert (np.abs(mean * some - plain.mean(axis=0)) < 4 * math.sqrt(2) * se).all()
    all_events = plain.sum(axis=1)
    se_square = (all_events**2.0).std() / 200
    assert abs((total**2).mean() * some - (all_events**2).mean()) < 4 * math.sqrt(2) * se_square
    expected_both = ((plain[:, 0] > 0) & (plain[:, 2] > 0)).mean()
    assert both * some == pytest.approx(expected_both, abs=4 * math.sqrt(2 * 0.12 / 40_000))
    assert abs((all_events == 0).mean() - counts.empty_probability) < 4 * 0.5 / 200


@pytest.mark.parametrize("lam", [50.0, 2.0, 0.05, 1e-6])
def test_counts_have_the_right_mean_at_every_rate(lam: float) -> None:
    counts = prior_counts(np.array([lam / 2, 0.0, lam / 2]), 1.0, 3.26, points=POINTS)
    mean, total, _ = _moments(counts, 20_000, 5)
    assert mean[1] == 0
    some = 1 - counts.empty_probability
    # The median of each cell of Θ stands for the cell: the mean is 0.1 % low.
    se = total.std() / math.sqrt(20_000) * some
    assert abs(mean.sum() * some - counts.mean.sum()) < 4 * se + 1e-5 * lam
    assert counts.mean.sum() == pytest.approx(lam, rel=0.001)


def test_too_many_events_for_the_recursion_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        prior_counts(np.array([1000.0]), math.inf, math.inf, points=POINTS)


def test_groups_of_a_year_come_in_random_order() -> None:
    n = 20_000
    single = np.zeros(n, dtype=np.int8)
    several = np.repeat(np.array([[2], [1]]), n, axis=1)
    group = arrange_groups(Years((n, n, n)), single, several, np.random.default_rng(2))
    for j in range(3):
        share = group[j * n : (j + 1) * n].mean()
        assert abs(share - 1 / 3) < 4 * math.sqrt(2 / 9 / n)
    assert (group.reshape(3, n).sum(axis=0) == 1).all()


def test_discoveries_are_ordered_uniforms() -> None:
    n = 20_000
    times = discovery_times(Years((n, n, n)), np.random.default_rng(3)).reshape(3, n)
    assert (np.diff(times, axis=0) >= 0).all()
    # Means 1/4, 2/4, 3/4 and variances 3/80, 4/80, 3/80 of three ordered uniforms.
    np.testing.assert_allclose(times.mean(axis=1), [0.25, 0.5, 0.75], atol=4 * 0.2236 / 141)
    np.testing.assert_allclose(times.var(axis=1), [0.0375, 0.05, 0.0375], rtol=0.05)


def test_counts_of_many_rows_have_the_exact_mean() -> None:
    """As many rows as a client with incidents has: their places do not fit into small integers."""
    lam, years = np.array([0.1, 0.2, 0.3, 0.2, 0.2]), 40_000
    counts = prior_counts(lam, 1.0, 2.0, points=14_000)
    drawn, _, _ = draw_counts(count_tables(counts), years, np.random.default_rng(1))
    expected = lam.sum() / (1 - counts.empty_probability)
    of_year = np.array(drawn.sizes).sum() / years
    # E[N²] is at most λ + λ²(1 + 1)(1 + ½) = 4, and bounds the variance, given an event.
    error = math.sqrt(4 / (1 - counts.empty_probability) / years)
    assert of_year == pytest.approx(expected, abs=4 * error)
