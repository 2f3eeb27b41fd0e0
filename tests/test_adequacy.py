import numpy as np

from exposure.arrays import Years
from exposure.measures.adequacy import Tally, adequacy, event_tally
from exposure.measures.intervals import wilson_interval
from exposure.policy.plan import plan
from exposure.result.record import CutByLimits, Figure, TermCut, Words
from exposure.study.assembly import shortfalls

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


def test_what_cures_a_sublimit_is_not_a_sum_the_plan_has() -> None:
    built = plan("aiu_2015+execution_double@limit=1000000000")
    amount = Figure(1e6, None, None)
    terms = ("liability", "execution", "entrustor_condolence")
    by_term = [TermCut(name, Words(name, name), amount, amount, amount) for name in terms]
    cuts = CutByLimits(amount, amount, amount, by_term)

    def cures(**needed: float) -> list[str]:
        return [one.cure.en for one in shortfalls(built, cuts, 0.1, needed, [built])]

    raised = "ask insurers to raise this limit alone"
    assert cures(liability=2.3e8, costs=2.7e8) == [
        raised, "ask insurers for a cost limit of JPY 270M", raised,
    ]  # fmt: skip
    liability = "ask insurers for a liability limit of JPY 1.1B"
    assert cures(liability=1.1e9, costs=5e7) == [liability, raised, liability]
