"""Mean and spread taken stretch by stretch, against exact rational arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest

from exposure.measures import intervals as module
from exposure.measures.intervals import (
    mean_interval,
    moments,
    normal_interval,
    standard_error,
    stretches,
)


def exact(values: np.ndarray) -> tuple[Fraction, Fraction]:
    """Return the sum of values and the sum of squared deviations, without any rounding."""
    amounts = [Fraction(value) for value in values.tolist()]
    total = sum(amounts, Fraction(0))
    return total, sum((x * x for x in amounts), Fraction(0)) - total * total / len(amounts)


@pytest.mark.parametrize("n", [2, 7, 8, 9, 50])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_moments_of_stretches_are_those_of_the_whole(n, shift, monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 8)
    values = np.rint(np.random.default_rng(n).lognormal(5.0, 2.0, n)) + shift
    total, squares = exact(values)
    found = moments(values)
    assert (found.n, Fraction(found.total)) == (n, total)
    # 1e9 against a spread of about a thousand: twelve digits would be lost in sums of squares.
    assert found.squares == pytest.approx(float(squares), rel=1e-12)


def test_moments_of_a_difference_are_those_of_the_vector_of_differences(monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 8)
    rng = np.random.default_rng(1)
    first, second = (np.rint(rng.lognormal(10.0, 2.0, 30)) for _ in range(2))
    assert moments(first, second) == moments(first - second)


def test_a_constant_difference_has_no_spread(monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 8)
    values = np.arange(30.0)
    found = moments(values + 7.0, values)
    assert found.squares == 0.0
    assert normal_interval(found, level=0.9).high == 7.0


def test_the_vectors_are_left_as_they_are():
    first, second = np.array([5.0, 9.0]), np.array([4.0, 6.0])
    moments(first, second)
    moments(first)
    assert (first.tolist(), second.tolist()) == ([5.0, 9.0], [4.0, 6.0])


def test_standard_error_is_that_of_the_textbook():
    # Deviations −2, 0, 2: variance 8 / 2, over three values.
    assert standard_error(np.array([2.0, 4.0, 6.0])) == pytest.approx(math.sqrt(4 / 3))


def test_one_value_has_no_spread():
    with pytest.raises(ValueError, match=r"1 value\(s\) say nothing about their spread"):
        moments(np.array([1.0]))


def test_the_largest_of_signed_values_counts_by_its_size():
    # 6 of 6 + 2 + 4 is half of what is there, whatever its sign.
    assert not mean_interval(np.array([-6.0, 2.0, 4.0]), level=0.9, largest_share=0.5).reliable
    assert mean_interval(np.array([-6.0, 2.0, 4.0]), level=0.9, largest_share=0.51).reliable


def test_stretches_cover_every_value_once(monkeypatch):
    monkeypatch.setattr(module, "_STRETCH", 4)
    assert list(stretches(9)) == [slice(0, 4), slice(4, 8), slice(8, 9)]
    assert list(stretches(0)) == []
