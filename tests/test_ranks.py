"""Ranks of order statistics, counted by hand."""

import numpy as np
import pytest

from exposure.measures.tails import counts_above, ranks_at


def test_a_level_up_to_the_probability_of_no_loss_is_an_amount_of_nothing():
    # Of ten years nine are empty; 0.95 is half of the loss years, 0.99 nine tenths of them.
    found = ranks_at(100, 0.9, np.array([0.5, 0.9, 0.95, 0.99]))
    assert found.sought.tolist() == [[0, 0, 50, 90]]
    assert found.lowest == 50
    assert found.weight == pytest.approx([0.2, 1.0, 2.0, 10.0])


def test_rounding_of_a_level_moves_no_rank():
    # 0.95 × 100 is 95 and not 95.00000000000001.
    assert ranks_at(100, 0.0, np.array([0.95])).sought.tolist() == [[95]]
    assert ranks_at(100, 0.0, np.array([0.951])).sought.tolist() == [[96]]


def test_equal_levels_share_the_start_of_their_tail():
    found = ranks_at(10, 0.0, np.array([0.5, 0.9, 0.5]))
    assert (found.starts.tolist(), found.tail.tolist()) == ([5, 9], [0, 1, 0])


def test_known_ranks_go_before_those_of_the_levels():
    found = ranks_at(10, 0.0, np.array([0.3, 0.6]), level=0.9, known=np.array([4, 7]))
    assert found.sought[0].tolist() == [4, 7]
    # The 5 and 95 % quantiles of Binomial(10, p) are 1 and 5 for p = 0.3, and 3 and 8 for 0.6.
    assert found.sought[1:].tolist() == [[1, 3], [6, 9]]
    assert found.lowest == 1


def test_a_curve_has_no_more_points_than_there_are_observations():
    assert counts_above(2, 5, 0.9).tolist() == [1]
    assert counts_above(6, 100, 0.9).tolist() == [5, 4, 3]


def test_no_curve_of_one_year():
    with pytest.raises(ValueError, match=r"1 loss year\(s\) make no curve"):
        counts_above(1, 5, 0.9)
