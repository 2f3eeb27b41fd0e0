import numpy as np

from exposure.arrays import Years
from exposure.measures.adequacy import Tally, adequacy, event_tally
from exposure.measures.intervals import wilson_interval

# Six breaches of four years: years 0 and 1 have two. One breach is not covered.
YEARS = Years((4, 2))
OK = np.array([True, True, False, True, False, True])
COVERED = np.array([True, True, True, False, True, True])


def test_event_adequacy_is_given_a_covered_breach():
    assert event_tally(OK, COVERED) == Tally(3, 5)
    assert adequacy(event_tally(OK, COVERED), level=0.9) == wilson_interval(3, 5, level=0.9)


def test_blocks_of_years_add_up_to_the_whole():
    whole = event_tally(OK, COVERED)
    blocks = event_tally(OK[:2], COVERED[:2]) + event_tally(OK[2:], COVERED[2:])
    assert blocks == whole
    assert adequacy(blocks, level=0.9) == adequacy(event_tally(OK, COVERED), level=0.9)


def test_a_plan_that_covers_nothing_is_adequate_in_nothing():
    estimate = adequacy(event_tally(OK, np.zeros(6, dtype=bool)), level=0.9)
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 1.0)
