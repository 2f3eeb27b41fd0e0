"""The number of processes changes nothing but the time."""

from __future__ import annotations

import multiprocessing
import os
from functools import cache
from typing import Any

from exposure.inputs.study_file import study_from_mapping
from exposure.simulation.large_tables import together
from exposure.simulation.machine import in_order, same_processes
from exposure.study.answer import Setting, needed_plans, prepare
from exposure.study.uncertainty import Draw, DrawTask, draw_answers


def setting() -> Setting:
    return prepare(
        study_from_mapping(
            {
                "study": {"loss_years": 1000},
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
        said += [name, one.client, one.plans, one.annual.values.tobytes()]
    return said


@cache
def task() -> DrawTask:
    found = setting()
    return DrawTask(found, needed_plans(found.offers), loss_years=300)


def draws(parts: list[tuple[int, ...]], workers: int) -> list[Any]:
    return [bits(one) for some in in_order(draw_answers, task(), parts, workers) for one in some]


def test_parameter_draws_are_the_same_on_any_number_of_processes() -> None:
    """More processes are tried with the whole result, in ``test_same_numbers``."""
    parts = together(range(8), 10_000)
    assert len(parts) > 1
    assert draws(parts, 2) == draws(parts, 1)


def test_parameter_draws_are_the_same_however_many_are_paid_together() -> None:
    assert draws([tuple(range(8))], 1) == draws([(number,) for number in range(8)], 1)


def who(shared: int, piece: int) -> tuple[int, int]:
    return os.getpid(), shared + piece


def test_work_of_one_kind_after_another_is_done_by_the_same_processes() -> None:
    with same_processes(2, at_once=True):
        first = list(in_order(who, 0, [*range(40)], 2))
        then = list(in_order(who, 100, [*range(40)], 2))
    assert [value for _, value in first + then] == [*range(40), *range(100, 140)]
    workers = {process for process, _ in first + then}
    assert os.getpid() not in workers and len(workers) <= 2
    assert not multiprocessing.active_children()


def test_an_inner_request_for_processes_starts_no_others() -> None:
    with same_processes(2), same_processes(2):
        found = list(in_order(who, 0, [*range(40)], 2))
    assert len({process for process, _ in found}) <= 2
