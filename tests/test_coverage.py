"""Nominal 90 % intervals hold the value of a far longer run about nine times in ten."""

from __future__ import annotations

import pytest

from exposure.inputs.study_file import study_from_mapping
from exposure.study.coverage import Experiment, coverage
from exposure.study.plans import ladder
from exposure.study.setting import prepared

# Near the adequacy of pattern D, so that the recommended limit is hard to tell.
TARGET = 0.75


def experiment(loss_years: int) -> Experiment:
    raw = {"client": {"records": 100_000}, "plan": [{"id": "nipponkoa_2006/A"}]}
    rungs = ladder("nipponkoa_2006", ())
    setting = prepared(study_from_mapping(raw, "test"))
    return Experiment(setting, "court", rungs, TARGET, level=0.99, loss_years=loss_years)


def test_few_repeats_cover_about_as_often_as_they_should() -> None:
    """36 repeats at 0.9: 26 or fewer happen less than once in a thousand seeds."""
    found = coverage(experiment(2000), repeats=36, truth_years=100_000)
    assert set(found) == {"var", "tvar", "adequacy", "limit"}
    for name, share in found.items():
        assert share.value > 26 / 36, name


@pytest.mark.slow
def test_intervals_cover_85_to_95_percent_over_400_repeats() -> None:
    found = coverage(experiment(10_000), repeats=400, truth_years=2_000_000)
    for name in ("var", "tvar", "adequacy"):
        assert 0.85 <= found[name].value <= 0.95, (name, found[name])
    # The limit is one of six: its interval covers at least as often as it says.
    assert found["limit"].value >= 0.85
