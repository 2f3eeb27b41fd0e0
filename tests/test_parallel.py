"""The number of processes changes nothing but the time."""

from __future__ import annotations

from typing import Any

import numpy as np

from exposure.inputs.study_file import study_from_mapping
from exposure.study.draws import Draw, drawn
from exposure.study.parallel import in_order
from exposure.study.setting import Setting, prepared


def setting() -> Setting:
    return prepared(
        study_from_mapping(
            {
                "client": {"records": 3000},
                "plan": [{"id": "nipponkoa_2006/B"}, {"id": "aiu_2015@limit=50000000"}],
            },
            "test",
        )
    )


def bits(draw: Draw) -> Any:
    """Return everything a draw says, arrays byte by byte."""
    said: list[Any] = [dict(draw.parameters), draw.events_per_year, draw.empty_probability]
    for name, one in draw.regimes.items():
        arrays = one.annual.values, one.retained_cost, one.tvar, one.adequacy, one.qualifies
        said += [name, one.figures, *(np.asarray(part).tobytes() for part in arrays)]
    return said


def test_parameter_draws_are_the_same_on_any_number_of_processes() -> None:
    """More processes are tried with the whole result, in ``test_same_numbers``."""
    found, numbers = setting(), list(range(8))
    alone = [bits(one) for one in in_order(drawn, found, numbers, 1)]
    assert [bits(one) for one in in_order(drawn, found, numbers, 2)] == alone
