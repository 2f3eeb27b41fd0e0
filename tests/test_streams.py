"""Every purpose and block has a stream of its own, whatever the size of the seed."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from exposure.streams import stream


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**70])
@pytest.mark.parametrize("block", [0, 3])
def test_a_stream_is_that_of_its_seed_purpose_and_block(seed: int, block: int) -> None:
    words = [seed, zlib.crc32(b"size"), block]
    plain = np.random.Generator(np.random.SFC64(np.random.SeedSequence(words)))
    np.testing.assert_array_equal(stream(seed, "size", block).random(5), plain.random(5))


def test_streams_differ_in_seed_purpose_and_block() -> None:
    asked = [(1, "size", 0), (2, "size", 0), (1, "price", 0), (1, "size", 1)]
    assert len({stream(*one).random() for one in asked}) == len(asked)


def test_a_stream_asked_for_again_starts_anew() -> None:
    first, again = stream(1, "size"), stream(1, "size")
    drawn = first.random(3)
    np.testing.assert_array_equal(drawn, again.random(3))
    assert first.random() != drawn[0]
