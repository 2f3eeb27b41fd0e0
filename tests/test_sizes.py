import math
from itertools import pairwise

import numpy as np
import pytest
from support.model_reference import model_of, size_of_one_event

from exposure.model.sizes import beta_nodes, draw_sizes, expected_persons, probability_of_at_least
from exposure.streams import Luck
from exposure.validation.expected import size_cells

# With the reach of full losses above 100,000 records; without it, the last two.
REFERENCE = {1_000: 269, 10_000: 1_579, 100_000: 12_949, 1_000_000: 81_319, 10_000_000: 444_542}
WITHOUT_REACH = {100_000: 12_949, 1_000_000: 120_703, 10_000_000: 1_159_900}
REACH = (100_000.0, 0.4)


def _values(sigma: float = 2) -> dict[str, object]:
    values: dict[str, object] = {"size.a": 4, "size.b": 2, "size.sigma": sigma}
    for cause in model_of().groups.causes:
        values |= {f"size.rho.{cause}": 0.4, f"size.m.{cause}": 4}
    for group in ("external", "insider", "physical", "error", "other"):
        values[f"size.alpha.{group}"] = 0.25
    return values


@pytest.mark.parametrize(("records", "persons"), REFERENCE.items())
def test_the_closed_form_gives_the_printed_means(records: int, persons: int) -> None:
    found = expected_persons(records, 0.4, 0.25, (4, 2), 4, 2, REACH)
    assert found == pytest.approx(persons, abs=0.5)


@pytest.mark.parametrize(("records", "persons"), WITHOUT_REACH.items())
def test_without_a_reach_everything_that_is_held_may_be_lost(records: int, persons: int) -> None:
    found = expected_persons(records, 0.4, 0.25, (4, 2), 4, 2)
    assert found == pytest.approx(persons, rel=1e-4)
    cells = size_cells(model_of({**_values(), "size.reach.gamma": 0}, records=records).sizes, 0, ())
    assert cells.probability[cells.persons == records].sum() == pytest.approx(0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("records", "share"), [(10_000, 0.1), (100_000, 0.1), (1_000_000, 0.03981), (10**7, 0.01585)]
)
def test_all_records_are_lost_as_often_as_hangs_together(records: int, share: float) -> None:
    # P(B = N) = ρα min(1, (K/N)^γ) in the system; local leaks of a small holder aside.
    model = model_of({**_values(), "size.m.misoperation": 0}, records=records)
    n = 400_000
    b = draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(7)).persons
    assert abs((b == records).mean() - share) < 4 * math.sqrt(share / n) + 1e-4
    held = np.array([float(records)])
    cells = size_cells(model.sizes, 0, ())
    assert cells.probability[cells.persons == records].sum() == pytest.approx(share, abs=2e-4)
    assert probability_of_at_least(model.sizes, 0, 2.0, held)[0] <= 1


def test_a_million_of_ten_millions_is_lost_in_nine_per_cent() -> None:
    # ρ [a + (1 − a) P(N^V ≥ t)] with a = 0.25 × 0.1^0.4.
    sizes = model_of(_values(), records=10_000_000).sizes
    held = np.array([1e7])
    assert probability_of_at_least(sizes, 0, 1e6, held)[0] == pytest.approx(0.09448, abs=2e-5)
    cells = size_cells(sizes, 0, (1_000_000,))
    above = cells.probability[cells.persons >= 1_000_000].sum()
    assert above == pytest.approx(0.09448, abs=2e-5)
    n = 400_000
    b = draw_sizes(sizes, np.zeros(n, dtype=np.int8), Luck(9)).persons
    assert abs((b >= 1_000_000).mean() - 0.09448) < 4 * math.sqrt(0.0945 / n)
    # Nobody loses more than he holds.
    assert probability_of_at_least(sizes, 0, 1e6, np.array([999_999.0]))[0] == 0


@pytest.mark.parametrize(("records", "persons"), REFERENCE.items())
def test_cells_give_the_printed_means(records: int, persons: int) -> None:
    cells = size_cells(model_of(_values(), records=records).sizes, 0, (1000.0,))
    assert cells.probability.sum() == pytest.approx(1)
    assert cells.probability @ cells.persons == pytest.approx(persons, abs=1 + 2e-4 * persons)


def test_sizes_have_the_atom_and_the_mean_of_the_formula() -> None:
    # Mistake 2: at a million records P(B = N) = 0.1 × 0.1^0.4 and E[B]/N = 0.081, not 0.016.
    model = model_of(_values(), records=1_000_000)
    n = 200_000
    sizes = draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(7))
    b = sizes.persons
    assert abs((b == 1_000_000).mean() - 0.03981) < 4 * math.sqrt(0.0398 / n)
    assert abs(b.mean() - 81_319) < 4 * b.std() / math.sqrt(n)
    assert b.mean() / 1_000_000 == pytest.approx(0.081, abs=0.003)
    assert (b == np.floor(b)).all()
    assert b.min() >= 1


@pytest.mark.parametrize("records", [5_000, 3_000_000])
def test_sizes_agree_with_the_plain_draw(records: int) -> None:
    rng = np.random.default_rng(8)
    n = 20_000
    plain = np.array(
        [size_of_one_event(rng, records, 0.4, 0.25, (4, 2), 4, 2, REACH) for _ in range(n)],
        dtype=float,
    )
    model = model_of(_values(), records=records)
    drawn = draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(9)).persons
    for limit in (10, 100, 1_000, 4_999, 150_000, 2_999_999):
        p = (plain <= limit).mean()
        assert abs((drawn <= limit).mean() - p) < 4 * math.sqrt(2 * p * (1 - p) / n) + 1e-9, limit


def test_no_size_falls_when_more_is_held() -> None:
    cause = np.random.default_rng(1).integers(0, 11, 20_000).astype(np.int8)
    sizes = [
        draw_sizes(model_of(records=r).sizes, cause, Luck(3)).persons
        for r in (1_000, 10_000, 50_000, 60_000, 100_000, 150_000, 1_000_000, 10**7, 10**8)
    ]
    for smaller, larger in pairwise(sizes):
        assert (larger >= smaller).all()
        assert (larger > smaller).any()


@pytest.mark.parametrize("records", [1, 100_000_000])
def test_extreme_records(records: int) -> None:
    model = model_of(records=records)
    cause = np.random.default_rng(1).integers(0, 11, 20_000).astype(np.int8)
    sizes = draw_sizes(model.sizes, cause, Luck(3))
    assert sizes.persons.max() == records
    assert sizes.persons.min() == 1
    assert (sizes.notified >= sizes.persons).all()


def test_a_share_of_partial_leaks_is_told_to_everyone() -> None:
    model = model_of(_values(), records=1_000_000)
    n = 100_000
    sizes = draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(7))
    more = sizes.notified > sizes.persons
    # ν (ρ − P(B = N)) = 0.17 × (0.4 − 0.0398), all of them with B_n = N.
    assert abs(more.mean() - 0.0612) < 4 * math.sqrt(0.0612 / n)
    assert (sizes.notified[more] == 1_000_000).all()


def test_several_databases_bound_local_and_most_system_events() -> None:
    everything = {**_values(), "size.reach.gamma": 0}
    model = model_of(everything, records=1_000_000, databases=[810_000, 250_000])
    n = 100_000
    b = draw_sizes(model.sizes, np.zeros(n, dtype=np.int8), Luck(7)).persons
    # Attraction √810,000 : √250,000 = 9 : 5; all of them with probability 0.1.
    assert abs((b == 1_000_000).mean() - 0.1 * 0.1) < 4 * math.sqrt(0.01 / n)
    assert abs((b == 810_000).mean() - 0.1 * 0.9 * 9 / 14) < 4 * math.sqrt(0.06 / n)
    one = model_of(_values(), records=1_000_000)
    whole = draw_sizes(one.sizes, np.zeros(n, dtype=np.int8), Luck(7)).persons
    alone = model_of(_values(), records=1_000_000, databases=[1_000_000])
    same = draw_sizes(alone.sizes, np.zeros(n, dtype=np.int8), Luck(7)).persons
    np.testing.assert_array_equal(whole, same)


@pytest.mark.parametrize(("a", "b"), [(4.0, 2.0), (0.7, 3.0), (40.0, 0.5)])
def test_the_beta_quantile_is_good_to_four_digits(a: float, b: float) -> None:
    from scipy.special import betaincinv, ndtri

    normal, share = beta_nodes(a, b)
    u = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(np.interp(ndtri(u), normal, share), betaincinv(a, b, u), atol=2e-4)
