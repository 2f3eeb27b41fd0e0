"""The number of processes changes nothing but the time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exposure.inputs.study_file import study_from_mapping
from exposure.study.answer import answer_of
from exposure.study.draws import Draw, DrawTask, drawn
from exposure.study.parallel import in_order
from exposure.study.setting import Setting, prepared


def setting() -> Setting:
    return prepared(
        study_from_mapping(
            {
                "study": {"loss_years": 2000},
                "client": {"records": 3000},
                "plan": [{"id": "nipponkoa_2006/B"}, {"id": "aiu_2015@limit=50000000"}],
            },
            "test",
        )
    )


def task() -> DrawTask:
    found = setting()
    answer = answer_of(found, found.model_of(found.assumptions))
    return DrawTask(found, replace(answer, regimes={}), 2000)


def bits(draw: Draw) -> Any:
    """Return everything a draw says, arrays byte by byte."""
    said: list[Any] = [dict(draw.parameters), draw.events_per_year, draw.empty_probability]
    for name, one in draw.regimes.items():
        said += [name, one.figures, one.annual.values.tobytes(), one.annual.empty_probability]
        said += [dict(one.costs), one.uninsured, one.answer]
    return said


def test_parameter_draws_are_the_same_on_any_number_of_processes() -> None:
    """More processes are tried with the whole result, in ``test_same_numbers``."""
    found, numbers = task(), [(0, 1), (2,), (3, 4, 5), (6, 7)]
    alone = [bits(one) for draws in in_order(drawn, found, numbers, 1) for one in draws]
    assert len({said[1] for said in alone}) == 8
    assert [bits(one) for draws in in_order(drawn, found, numbers, 2) for one in draws] == alone
    # Nor does it matter which draws are worked out together.
    (together,) = in_order(drawn, found, [tuple(range(8))], 1)
    assert [bits(one) for one in together] == alone
