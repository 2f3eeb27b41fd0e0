"""Guided look-ups answer as the plain searches of NumPy do, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from exposure.model.curves import build_guide, edges_reached, line_through, on_line

EDGES = {
    "one": np.array([0.5]),
    "the same": np.array([1.0, 1.0, 1.0]),
    "even": np.linspace(-3, 3, 50),
    "crowded": np.concatenate([np.geomspace(1e-12, 1, 40), [1.0, 1.0, 2.0, 2.0 + 1e-15]]),
    "random": np.sort(np.random.default_rng(1).standard_normal(3000)),
}


def around(edges: np.ndarray) -> np.ndarray:
    """Return the edges, their neighbours among floats, and numbers between and beyond."""
    between = np.random.default_rng(2).uniform(edges[0] - 1, edges[-1] + 1, 5000)
    return np.concatenate(
        [edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), between, [-1e9, 1e9]]
    )


@pytest.mark.parametrize("edges", EDGES.values(), ids=EDGES.keys())
def test_edges_reached_are_those_of_a_binary_search(edges: np.ndarray) -> None:
    x = around(edges)
    np.testing.assert_array_equal(
        edges_reached(build_guide(edges), x), np.searchsorted(edges, x, side="right")
    )


def test_nothing_is_looked_up_in_an_empty_block() -> None:
    assert edges_reached(build_guide(EDGES["even"]), np.empty(0)).size == 0


@pytest.mark.parametrize("name", ["even", "random"])
def test_a_line_has_the_heights_of_plain_interpolation(name: str) -> None:
    points = EDGES[name]
    heights = np.cumsum(np.random.default_rng(3).random(points.size))
    x = around(points)
    np.testing.assert_allclose(
        on_line(line_through(points, heights), x), np.interp(x, points, heights), rtol=1e-14
    )
