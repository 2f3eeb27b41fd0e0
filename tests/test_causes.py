import numpy as np
import pytest
from scipy.stats import chisquare
from support.model_reference import model_of

from exposure.inputs.names import load_groups
from exposure.model.events import simulate_events
from exposure.streams import Luck

# Shares of incidents of the 2018 survey, in the order of the names file; they count within attacks,
# leaks by insiders and the rest.
SHARES = {
    "misoperation": 0.246,
    "management_error": 0.122,
    "loss_misplacement": 0.262,
    "theft": 0.038,
    "unauthorised_access": 0.203,
    "unauthorised_take_out": 0.023,
    "misconfiguration": 0.036,
    "insider_crime": 0.029,
    "bug_security_hole": 0.018,
    "worm_virus": 0.005,
    "other_unknown": 0.018,
}


def test_every_cause_has_its_group() -> None:
    groups = load_groups()
    assert set(groups.causes) == set(SHARES)
    assert set(groups.groups) == {"external", "insider", "vendor", "physical", "error", "other"}
    assert not groups.is_in("vendor").any()


@pytest.mark.parametrize("outsourced", [0.0, 1.0])
def test_causes_are_drawn_by_incidents_not_by_persons(outsourced: float) -> None:
    # Mistake 1; at the reference size the shares within a class are those of the survey, at vendors
    # as well.
    model = model_of(records=30_000, outsourced_share=outsourced)
    table = simulate_events(model, 60_000, Luck(4)).table
    assert table.cause is not None
    observed = np.bincount(table.cause, minlength=11)
    groups = load_groups()
    share = np.array([SHARES[cause] for cause in table.cause_names])
    expected = share.copy()
    attack, insider = groups.is_in("external"), groups.is_in("insider")
    for members, rate in ((attack, 0.01982), (insider, 0.00234), (~(attack | insider), 0.0655)):
        expected[members] *= rate / share[members].sum() / (0.01982 + 0.00234 + 0.0655)
    # Events of a year share their frailty; Pearson's statistic is tested at 1 in 10,000.
    assert chisquare(observed, expected * observed.sum()).pvalue > 1e-4
    assert observed[table.cause_names.index("unauthorised_access")] / observed.sum() < 0.25


def test_drawing_causes_by_persons_would_multiply_the_mean_by_thirteen() -> None:
    # 2013: 78.7 % of persons and 4.7 % of incidents; 485, 449 and 199 of 1,388, the rest lumped.
    p = np.array([485, 449, 199]) / 1388
    access = 0.047
    p = np.append(p, [access, 1 - p.sum() - access])
    s = np.array([0.0, 0.0, 0.0, 0.787, 0.0])
    only_access = s[3] ** 2 / p[3]
    assert only_access == pytest.approx(13.2, abs=0.1)
