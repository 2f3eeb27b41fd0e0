import math

import numpy as np
import pytest
from support.model_reference import model_of, one_year_of_counts
from support.population_sizes import residual_size, total_size

from exposure.arrays import Years
from exposure.errors import DataError
from exposure.model.counts import arrange_groups, count_tables, discovery_times, draw_counts
from exposure.model.frequency import (
    CountMixture,
    frailty_sizes,
    history_probability,
    prior_counts,
    update_counts,
)
from exposure.model.sizes import probability_of_at_least

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


def certified(n: int = 4001) -> tuple[np.ndarray, np.ndarray]:
    """Records of certified companies, LN(10,000, 2), as a fine grid with weights."""
    z = np.linspace(-8, 8, n)
    weight = np.exp(-(z**2) / 2)
    return 10_000 * np.exp(2 * z), weight / weight.sum()


@pytest.mark.parametrize("epsilon", [0.0, 0.2, 0.44, 0.6])
def test_certified_companies_have_the_published_rate_of_attacks_on_average(epsilon: float) -> None:
    values: dict[str, object] = {"frequency.epsilon.external": epsilon}
    held, weight = certified()
    at_reference = model_of(values, records=30_000).rates.by_group[0]
    average = weight @ (at_reference * (held / 30_000) ** epsilon)
    assert average == pytest.approx(0.018, rel=1e-6)


def test_the_anchored_rates_at_the_reference_size() -> None:
    rates = model_of(records=30_000).rates.by_group
    assert rates[0] == pytest.approx(0.01982, abs=5e-6)
    assert rates[1] == pytest.approx(0.00234)
    assert rates[3:].sum() == pytest.approx(0.0655, abs=5e-5)


@pytest.mark.parametrize("values", [{}, {"size.sigma": 2.2, "size.alpha.error": 0.2}])
def test_certified_companies_have_the_published_large_leaks_of_the_rest(
    values: dict[str, object],
) -> None:
    # β_rest is solved: other sizes give another rate, and the same leaks above 1,000 persons.
    model = model_of(values, records=30_000)
    held, weight = certified()
    total = 0.0
    exponent = {"error": 0.3, "physical": 0.0, "other": 0.3}
    for cause, code in enumerate(model.groups.group_of_cause.tolist()):
        group = model.groups.groups[code]
        if group in exponent:
            rate = model.rates.by_cause[code, cause] * (held / 30_000) ** exponent[group]
            total += weight @ (rate * probability_of_at_least(model.sizes, cause, 1001.0, held))
    # The grid has a step of its own where holders of 1,000 begin.
    assert total == pytest.approx(0.0082, rel=1e-3)


def test_the_rates_of_the_printed_sizes() -> None:
    # Printed: events, and attacks, of a client of each size.
    for records, total, external in (
        (1_000, 0.046, 0.0044), (10_000, 0.068, 0.012), (100_000, 0.120, 0.034),
        (300_000, 0.165, 0.055), (1_000_000, 0.241, 0.093), (3_000_000, 0.348, 0.150),
        (10_000_000, 0.532, 0.255),
    ):  # fmt: skip
        rates = model_of(records=records).rates
        assert rates.total == pytest.approx(total, rel=0.012)
        assert rates.by_group[0] == pytest.approx(external, rel=0.025)


def test_above_a_thousand_persons_certified_companies_have_0_0165_leaks_a_year() -> None:
    # .0082 of the rest, .0075 attacks, .0007 by insiders: P(B > 1,000 | attack) is .42.
    model = model_of(records=30_000)
    held, weight = certified()
    above = {"external": 0.0, "insider": 0.0}
    for cause, code in enumerate(model.groups.group_of_cause.tolist()):
        group = model.groups.groups[code]
        if group in above:
            rate = model.rates.by_cause[code, cause] * (held / 30_000) ** 0.44
            above[group] += weight @ (
                rate * probability_of_at_least(model.sizes, cause, 1001.0, held)
            )
    assert above["external"] == pytest.approx(0.0075, abs=1e-4)
    assert above["external"] / 0.018 == pytest.approx(0.42, abs=0.005)
    assert above["insider"] == pytest.approx(0.0007, abs=5e-5)


def test_the_reference_size_moves_no_attack() -> None:
    # β_ins is stated at it, and the shares of the causes within the rest hold at it.
    here, there = (model_of({"frequency.n_ref": n}).rates.by_group for n in (30_000, 60_000))
    assert here[0] == pytest.approx(there[0], rel=1e-9)


def test_each_survey_implies_a_rate_inside_the_prior() -> None:
    from exposure.inputs.assumptions import cause_mixes, load_assumptions, under_each

    name = "frequency.external.certified"
    found = under_each(load_assumptions(), cause_mixes(), lambda a: a.value(name))
    assert found == {"mix_certified": 0.018, "mix_jnsa_2018": 0.011, "mix_listed_2025": 0.024}
    low, high = (load_assumptions().at_quantile(name, q).value(name) for q in (0.05, 0.95))
    # Printed: .0093-.035.
    assert (low, high) == (pytest.approx(0.0093, abs=5e-5), pytest.approx(0.0348, abs=5e-4))
    assert low < min(found.values()) < max(found.values()) < high
    # The first version: 0.0109 leaks above 1,000 persons ÷ 0.24, 22.6 % of them attacks at 30,000
    # records and an exponent of 0.6.
    assert 0.0109 / 0.24 * 0.226 * 3**-0.6 * math.exp(0.6**2 * 4 / 2) == pytest.approx(
        0.011, abs=1e-4
    )


def test_the_two_levels_hold_no_more_than_the_residual() -> None:
    k_s, k_g = frailty_sizes(0.62, 1.0)
    assert k_g == pytest.approx(3.26, abs=0.005)
    assert (1 + 1 / k_s) * (1 + 1 / k_g) == pytest.approx(1 + 1 / 0.62)
    assert frailty_sizes(0.62, 0.5) == (0.62, math.inf)


def test_more_events_than_companies_with_one_are_no_poisson() -> None:
    with pytest.raises(ValueError, match="Poisson"):
        total_size(0.1, 0.2)


def test_the_causes_of_a_class_have_their_shares_among_themselves() -> None:
    # A = 0.018 at LN(10,000, 2): 0.018 × 30^0.44 × exp(−0.44² × 2); 0.203 of 0.226 is access.
    rates = model_of(records=300_000).rates
    external = 0.018 * 30**0.44 * math.exp(-(0.44**2) * 2)
    assert rates.by_group[0] == pytest.approx(external, rel=1e-9)
    access = list(model_of().groups.causes).index("unauthorised_access")
    assert rates.by_cause[0, access] == pytest.approx(external * 0.203 / 0.226, rel=1e-9)


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
    anchored = ("external.certified", "rest.certified_over_1000", "insider.base")
    with pytest.raises(DataError, match="nothing to simulate"):
        model_of({"frequency.m.*": 1e-320, **{f"frequency.{name}": 1e-300 for name in anchored}})


@pytest.mark.parametrize(
    ("events", "expected"),
    [([0, 0, 0], (0.685, 0.685, 0.247)), ([0, 0, 6], (1.86, 1.86, 5.37))],
)
def test_small_things_stay_small_in_the_history(
    events: list[int], expected: tuple[float, ...]
) -> None:
    # Printed: (0.68, 0.68, 0.24) and (1.86, 1.86, 5.4).
    lam = np.array([0.02, 0.01, 0.30])
    after = update_counts(lam, 1.0, K_G, events, 3.0, points=POINTS)
    np.testing.assert_allclose(after.mean / lam, expected, atol=0.006)


@pytest.mark.parametrize(("events", "expected"), [(0, 0.0435), (1, 0.0870), (2, 0.1304)])
def test_the_plain_update_is_the_textbook_one(events: int, expected: float) -> None:
    after = update_counts(np.array([0.05]), math.inf, 1.0, events, 3.0, points=POINTS)
    assert after.mean[0] == pytest.approx(expected, abs=5e-5)
    # Predictive probability of no event: ((b + T)/(b + T + 1))^(k + x), b = k/λ = 20.
    assert after.empty_probability == pytest.approx((23 / 24) ** (1 + events))


def test_a_total_is_the_mixture_of_its_splits() -> None:
    lam = np.array([0.02, 0.30])
    k_g = np.array([2.0, 0.5])
    splits = [
        update_counts(lam, math.inf, k_g, [a, 2 - a], 3.0, points=POINTS).mean for a in range(3)
    ]
    # Negative binomial probabilities of 0, 1, 2 events in three years, by hand.
    p1 = [(2 / 2.06) ** 2 * w for w in (1, 2 * 0.06 / 2.06, 3 * (0.06 / 2.06) ** 2)]
    p2 = [(0.5 / 1.4) ** 0.5 * w for w in (1, 0.5 * 0.9 / 1.4, 0.375 * (0.9 / 1.4) ** 2)]
    weight = np.array([p1[a] * p2[2 - a] for a in range(3)])
    expected = weight @ np.array(splits) / weight.sum()
    np.testing.assert_allclose(
        update_counts(lam, math.inf, k_g, 2, 3.0, points=POINTS).mean, expected
    )


def test_a_long_total_sampled_agrees_with_its_splits_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lam = np.array([0.02, 0.01, 0.30])
    listed = update_counts(lam, 1.0, K_G, 6, 3.0, points=POINTS)
    monkeypatch.setattr("exposure.model.frequency._MOST_ROWS", 1)
    sampled = update_counts(lam, 1.0, K_G, 6, 3.0, points=POINTS)
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


@pytest.mark.parametrize(("events", "shape"), [(0, 0.5), (3, 0.5), (12, 2.0)])
def test_the_probability_of_a_history_is_that_of_the_negative_binomial(
    events: int, shape: float
) -> None:
    from scipy.stats import nbinom

    rate, years = np.array([0.4]), 3.0
    few, many = history_probability(rate, math.inf, shape, events, years, points=1)
    law = nbinom(shape, shape / (shape + 1.2))
    assert few == pytest.approx(law.cdf(events), abs=1e-9)
    assert many == pytest.approx(law.sf(events - 1), abs=1e-9)


def test_the_probability_of_a_history_is_that_of_simulated_years() -> None:
    rng, n = np.random.default_rng(17), 200_000
    shared = rng.gamma(1.0, 1.0, n)
    groups = rng.gamma(K_G, 1 / K_G, (n, 3))
    total = rng.poisson(3.0 * LAM * shared[:, None] * groups).sum(axis=1)
    for events in (0, 1, 3):
        few, many = history_probability(LAM, 1.0, K_G, events, 3.0, points=POINTS)
        for found, seen in ((few, total <= events), (many, total >= events)):
            p = seen.mean()
            assert abs(found - p) < 4 * math.sqrt(p * (1 - p) / n) + 3e-4


def test_a_history_that_contradicts_the_rates_is_said() -> None:
    from exposure.inputs.assumptions import load_assumptions
    from exposure.inputs.client import Client
    from exposure.model.build import history_note

    known = load_assumptions()
    for events in (0, 1, 3):
        client = Client(records=100_000, incidents_last_3_years=events)
        assert history_note(client, known) is None
    assert history_note(Client(records=100_000), known) is None
    note = history_note(Client(records=100_000, incidents_last_3_years=100), known)
    assert note is not None
    assert "100件" in note.ja
    # 0.12 a year: 0.36 expected in three.
    assert "0.36" in note.ja
    assert "0.36" in note.en
    by_group = Client(records=100_000, incidents_by_group={"error": 100})
    assert history_note(by_group, known) is not None
