"""The goals for a whole decision: what each part costs in times of the central simulation, C.

C is the simulation of the clinic: all loss years, both regimes, every plan the answer compares.
Everything is processor time of one run of this module, so that ratios can be compared.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exposure.batch.client_list import ListedClient
from exposure.batch.task import Book, Task, work_out
from exposure.files import data_path, read_toml, to_toml
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.output.folder import FORMATS, render
from exposure.simulation.loss_years import bytes_of_study, simulate_study
from exposure.study import live
from exposure.study.answer import answer_of, prepare
from exposure.study.pipeline import limits_by_records, run_study
from exposure.study.sensitivity import sensitivity_of
from exposure.study.uncertainty import all_draws
from tests.benchmarks import memory
from tests.benchmarks.clock import best_times

CLINIC = data_path("studies", "clinic.toml")
_MEGABYTE = 1e6
_MILLISECOND = 1e-3
_RUN = """
import sys
from exposure.cli import main
sys.exit(main({arguments!r}))
"""
_REPORT = """
import json, sys, time
from pathlib import Path
from exposure.output.folder import FORMATS, render
from exposure.result.document import result_from
result = result_from(json.loads(Path({path!r}).read_text("utf-8")))
for _ in range(2):
    start = time.process_time()
    render(result, FORMATS, ("ja",))
    print(time.process_time() - start)
"""
_COLD = """
import time
import exposure as ex
from tests.benchmarks import compound
ex.simulate_compound, ex.pay_years  # imported before the clock runs, as others are
work = compound.Case(0.05, compound.W1, {policy_years}).ours()
start = time.process_time()
work()
print(time.process_time() - start)
"""
_LARGE = """
from tests.benchmarks import goals, memory
goals.large_study(1000)
before = memory.peak()
goals.large_study({loss_years})
print(memory.peak() - before)
"""


@dataclass(frozen=True)
class Decision:
    """How large a decision is measured, and how often.

    Parameters
    ----------
    loss_years : int
        Of the clinic. [year]
    overrides : mapping of str to int
        Assumptions in place of those shipped, to make it small.
    repeats : int
    cold_years, large_years : int
        Policy years of W1 in one cold call; loss years of the study whose memory is measured.
    """

    loss_years: int = 200_000
    overrides: Mapping[str, int] | None = None
    repeats: int = 3
    cold_years: int = 10**6
    large_years: int = 10**7

    def raw(self) -> dict[str, Any]:
        """Return the clinic as a plain mapping."""
        raw = dict(read_toml(CLINIC))
        raw["study"] = {**raw["study"], "loss_years": self.loss_years}
        raw["assumptions"] = {
            name: {"value": value, "reason": "benchmark"}
            for name, value in (self.overrides or {}).items()
        }
        return raw

    def study(self) -> StudyFile:
        """Return the clinic as a study."""
        return study_from_mapping(self.raw(), "clinic")


FEW = {
    "run.parameter_draws": 3,
    "run.draw_loss_years": 50,
    "run.draw_tail_years": 1,
    "run.screen_loss_years": 50,
    "run.tornado_loss_years": 50,
    "run.tornado_parameters": 1,
    "run.size_loss_years": 50,
    "run.size_draws": 3,
    "run.size_draw_loss_years": 50,
}
SMOKE = Decision(1000, FEW, 1, 1000, 2000)


@dataclass(frozen=True)
class Goal:
    """One goal and what was measured; at most ``most`` of ``unit`` is wanted.

    Parameters
    ----------
    name : str
    found : float, or None
        None where it could not be measured.
    most : float
        At least, where ``at_least`` is true.
    """

    name: str
    found: float | None
    most: float
    unit: str
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where it was not measured."""
        if self.found is None:
            return None
        return self.found >= self.most if self.at_least else self.found <= self.most

    def line(self) -> str:
        """Return the line of the table."""
        sign = "≥" if self.at_least else "≤"
        wanted = f"{sign} {self.most:g} {self.unit}"
        if self.found is None:
            return f"| {self.name} | {wanted} | – | not measured |\n"
        verdict = "met"
        if not self.is_met:
            by = f", {self.found / self.most:.2f} × the goal" if self.most else ""
            verdict = f"missed{by}"
        return f"| {self.name} | {wanted} | {self.found:.3g} {self.unit} | {verdict} |\n"


HEADER = "| | goal | measured | |\n|---|---|---|---|\n"


def goals(
    size: Decision, peer_seconds: Callable[[], float] | None = None
) -> tuple[str, Iterator[Goal]]:
    """Return what C is, and every goal as it is measured.

    Parameters
    ----------
    size : Decision
    peer_seconds : callable, optional
        CPU time of the fastest other package on W1 at λ = 0.05. [s]
    """
    study = size.study()
    setting = prepare(study)
    model = setting.model_of(setting.assumptions)
    answer = answer_of(setting, model)

    def central() -> None:
        simulate_study(
            model, study.study.regimes, answer.plans, (),
            loss_years=size.loss_years, seed=study.study.seed,
        )  # fmt: skip

    client = ListedClient("A1", "list!2", None, study.client.model_dump(exclude_none=True))
    shared = {name: part for name, part in size.raw().items() if name in ("plan", "assumptions")}
    shared["study"] = {"loss_years": size.loss_years, "seed": study.study.seed}
    book = Book(shared, ("json",), ("ja",), render)
    full = replace(book, formats=FORMATS)
    of_book = book.study_of(client)
    work: dict[str, Callable[[], object]] = {
        "C": central,
        "band": lambda: all_draws(setting, answer),
        "sensitivity": lambda: sensitivity_of(setting, answer),
        "sizes": lambda: limits_by_records(setting, answer),
        "own": lambda: run_study(of_book),
        "book": lambda: _worked_out(Task(book, client, "key")),
        "book, all formats": lambda: _worked_out(Task(full, client, "key")),
    }
    best = best_times(work, size.repeats)
    c = best["C"]
    said = f"C = {c:.2f} CPU s: {size.loss_years:,} loss years, {len(answer.plans)} plans"
    return said, _goals(size, study, best, peer_seconds)


def _goals(
    size: Decision,
    study: StudyFile,
    best: Mapping[str, float],
    peer_seconds: Callable[[], float] | None,
) -> Iterator[Goal]:
    c = best["C"]
    yield Goal("same bytes: BLAS threads 1, 2, 4; one processor", _differing(), 0, "files differ")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "clinic.toml"
        path.write_text(to_toml(size.raw()), encoding="utf-8")
        quick = _run_seconds(path, Path(name) / "quick", "--no-band", "--formats", "json")
        whole = _run_seconds(path, Path(name) / "whole")
        again = _run_seconds(path, Path(name) / "whole", "--lang", "en")
        first, following = (
            float(one) / c
            for one in memory.output(
                _REPORT.format(path=str(Path(name) / "whole" / "result.json"))
            ).split()
        )
    yield Goal("`run --no-band --formats json`, start included", quick / c, 2, "C")
    yield Goal("band of the parameter draws", best["band"] / c, 4, "C")
    yield Goal("sensitivity", best["sensitivity"] / c, 4, "C")
    yield Goal("sizes by records", best["sizes"] / c, 3, "C")
    yield Goal("full default decision, 1 language, 3 formats", whole / c, 16, "C")
    yield Goal("report, first in the process", first, 3, "C")
    yield Goal("report, next in the process", following, 1, "C")
    yield Goal("the same again in the other language, start included", again / c, 4, "C")
    yield Goal(
        "client of a book beyond its study, JSON", (best["book"] - best["own"]) / c, 0.3, "C"
    )
    beyond = (best["book, all formats"] - best["own"]) / c
    yield Goal("the same, all formats", beyond, 1.5, "C")
    yield from _explorer(study, size)
    cold = float(memory.output(_COLD.format(policy_years=size.cold_years)))
    ratio = None if peer_seconds is None else peer_seconds() / cold
    name = f"W1 λ=0.05, one cold call ({cold:.4f} s), against the fastest peer"
    yield Goal(name, ratio, 25, "×", at_least=True)
    held = float(memory.output(_LARGE.format(loss_years=size.large_years)))
    stated = large_bytes(size.large_years) / _MEGABYTE
    yield Goal(
        f"memory of {size.large_years:,} loss years ({held:.0f} MB), of what is asked for first",
        held / stated, 1, "×",
    )  # fmt: skip


def _worked_out(task: Task) -> None:
    answer = work_out(task)  # which never raises
    assert answer.status == "done", answer.error


def _differing() -> float:
    """Return how many of some runs on other threads and processors write other bytes."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "clinic.toml"
        path.write_text(to_toml(SMOKE.raw()), encoding="utf-8")
        one_processor = {min(os.sched_getaffinity(0))}
        for threads, processors in ((1, None), (2, None), (4, None), (4, one_processor)):
            out = Path(name) / f"{threads}{processors}"
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(threads)}
            subprocess.run(
                [sys.executable, "-m", "exposure.cli", *_arguments(path, out)],
                env=environment,
                preexec_fn=_on(processors),
                stdout=subprocess.DEVNULL,
                check=True,
            )
            found.append(hashlib.sha256((out / "result.json").read_bytes()).hexdigest())
    return sum(one != found[0] for one in found)


def _on(processors: set[int] | None) -> Callable[[], None] | None:
    return None if processors is None else lambda: os.sched_setaffinity(0, processors)


def _arguments(path: Path, out: Path) -> list[str]:
    return ["run", str(path), "--out", str(out), "--formats", "json"]


def _run_seconds(path: Path, out: Path, *options: str) -> float:
    """Return the CPU time of one command in a process of its own, its workers included. [s]."""
    arguments = ["run", str(path), "--out", str(out), *options]
    return memory.child_seconds(_RUN.format(arguments=arguments))


def _explorer(study: StudyFile, size: Decision) -> Iterator[Goal]:
    """Measure the explorer: the first answer, and one after a slider or a premium was moved."""
    hand = live.live(study)
    plan = live.recommended_plan(hand)
    assert plan is not None
    value = study.in_force().value
    liability = tuple(
        (regime, value(f"{live.RATE}.{regime}"), value(f"{live.PRICE}.{regime}"))
        for regime in study.study.regimes
    )
    records = study.client.records

    def first() -> None:
        live.answer(live.live(study), live.Question(records, plan, liability))

    moved = iter(range(1, 10**6))

    def slider() -> None:
        live.answer(hand, live.Question(records + next(moved), plan, liability))

    def premium() -> None:
        live.answer(hand, live.Question(records, plan, liability, ((plan, next(moved)),)))

    best = best_times({"first": first, "slider": slider, "premium": premium}, size.repeats)
    yield Goal("explorer, records moved", best["slider"] / _MILLISECOND, 50, "ms")
    yield Goal("explorer, premium moved", best["premium"] / _MILLISECOND, 50, "ms")
    yield Goal("explorer, first answer", best["first"] / _MILLISECOND, 300, "ms")


def large_study(loss_years: int) -> None:
    """Simulate so many loss years of the clinic under one plan and one regime."""
    setting = prepare(Decision(1000).study())
    model = setting.model_of(setting.assumptions)
    simulate_study(
        model, ["court"], [setting.offers[0].plan], (), loss_years=loss_years, seed=1
    )  # fmt: skip


def large_bytes(loss_years: int) -> float:
    """Return what the program asks for before it starts on `large_study`. [byte]."""
    setting = prepare(Decision(1000).study())
    model = setting.model_of(setting.assumptions)
    return bytes_of_study(model, loss_years, 1, 1, by_event=True)


def of_rows(rows: Mapping[str, Any], held: Mapping[str, float]) -> Iterator[Goal]:
    """Return the goals that the other tables answer.

    Parameters
    ----------
    rows : mapping of str to report.Row
        By name.
    held : mapping of str to float
        Memory above the imports, by its line. [MB]
    """
    for name, row in rows.items():
        if name.startswith("W3 ") and row.floor is not None:
            yield Goal(f"{name}, of its own draws", row.floor, 6, "×")
        if name.startswith("W3 λ=0.5"):
            yield Goal("further plan at λ=0.5, per event", row.per_plan, 35, "ns")
        if name.startswith("W3 ") and row.twin is not None:
            least = 10 if "λ=0.05" in name else 4
            yield Goal(f"{name}, naive twin takes", row.twin, least, "×", at_least=True)
    yield Goal(
        "`import exposure`, of `import numpy`",
        rows["import exposure"].seconds / rows["import numpy"].seconds, 1.5, "×",
    )  # fmt: skip
    yield Goal("`exposure --help`", rows["exposure --help"].seconds, 0.5, "s")
    for name, megabytes in held.items():
        if "λ=0.05" in name:
            yield Goal(f"memory, {name}", megabytes, 250 if "10,000,000" in name else 100, "MB")
