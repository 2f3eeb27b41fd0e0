"""How the time grows with years, events, plans, records, clients and processes.

Each series changes one thing alone. The exponent is the slope of log time over log size: 1 where
twice as much takes twice as long, 0 where it takes no longer.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from exposure.simulation.loss_years import simulate_study
from exposure.study.answer import answer_of, prepare
from exposure.study.uncertainty import all_draws
from tests.benchmarks import goals, memory, study
from tests.benchmarks.clock import best_times


@dataclass(frozen=True)
class Series:
    """Times of one kind of work at several sizes.

    Parameters
    ----------
    name, unit : str
        What is changed.
    sizes, seconds : tuple of float
        [unit], [s]
    """

    name: str
    unit: str
    sizes: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """Slope of log time over log size. [-]."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    def line(self) -> str:
        """Return the line of the table."""
        both = zip(self.sizes, self.seconds, strict=True)
        points = ", ".join(f"{size:,.0f}: {seconds:.2f}" for size, seconds in both)
        return f"| {self.name} | {self.unit} | {points} | {self.exponent:.2f} |\n"


HEADER = "| what grows | | seconds | exponent |\n|---|---|---|---|\n"


@dataclass(frozen=True)
class Sizes:
    """The sizes of every series, and how often each is measured."""

    loss_years: tuple[int, ...] = (25_000, 50_000, 100_000, 200_000)
    rates: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    plans: tuple[int, ...] = (1, 6, 12, 24)
    records: tuple[int, ...] = (1000, 10_000, 100_000, 1_000_000)
    clients: tuple[int, ...] = (5, 10, 20, 40)
    processes: tuple[int, ...] = (1, 2)
    of_each: int = 25_000
    decision: goals.Decision = field(default_factory=goals.Decision)
    repeats: int = 3


SMOKE = Sizes(
    loss_years=(200, 400), rates=(0.5, 1.0), plans=(1, 2), records=(1000, 2000), clients=(1, 2),
    of_each=200, decision=goals.SMOKE, repeats=1,
)  # fmt: skip


def series(sizes: Sizes) -> Iterator[Series]:
    """Measure every series, one after the other."""
    yield _simulated(
        "loss years, 24 plans, λ=0.5", "years", sizes,
        {years: _study(0.5, years) for years in sizes.loss_years},
    )  # fmt: skip
    by_events: dict[float, Callable[[], object]] = {}
    for rate in sizes.rates:
        case = _case(rate, sizes.of_each)
        by_events[case.events()] = case.ours(measured=False)
    yield _simulated("events in as many years, 24 plans", "events", sizes, by_events)
    yield _simulated(
        "plans, λ=0.5", "plans", sizes,
        {n: _study(0.5, sizes.of_each, n) for n in sizes.plans},
    )  # fmt: skip
    yield _simulated(
        "records of the client", "persons", sizes,
        {records: _client(sizes, records) for records in sizes.records},
    )  # fmt: skip
    yield _clients(sizes)
    yield _processes(sizes)


def _simulated(
    name: str, unit: str, sizes: Sizes, work: Mapping[float, Callable[[], object]]
) -> Series:
    best = best_times({str(size): piece for size, piece in work.items()}, sizes.repeats)
    return Series(name, unit, tuple(work), tuple(best[str(size)] for size in work))


def _case(rate: float, loss_years: int) -> study.Case:
    """Return W3 at a rate with so many loss years."""
    found = study.case(rate, 1000)
    years = round(loss_years / (1 - found.model.empty_probability))
    return replace(found, policy_years=years)


def _study(rate: float, loss_years: int, plans: int = len(study.PLANS)) -> Callable[[], object]:
    return _case(rate, loss_years).ours(plans, measured=False)


def _client(sizes: Sizes, records: int) -> Callable[[], object]:
    clinic = sizes.decision.study()
    of = clinic.model_copy(update={"client": clinic.client.model_copy(update={"records": records})})
    setting = prepare(of)
    model = setting.model_of(setting.assumptions)
    plans = [offer.plan for offer in setting.offers if offer.is_stated]
    return lambda: simulate_study(
        model, of.study.regimes, plans, (), loss_years=sizes.of_each, seed=1
    )


def _clients(sizes: Sizes) -> Series:
    """Measure whole books of small clients, start, summary and accumulation included."""
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for n in sizes.clients:
            path = Path(name) / f"{n}.csv"
            rows = [f"C{k:05d},client {k},{1000 + 37 * k}" for k in range(n)]
            path.write_text("\n".join(["client_id,name,records", *rows]), encoding="utf-8")
            arguments = ["batch", str(path), "--out", str(Path(name) / str(n)), "--workers", "1"]
            arguments += ["--loss-years", "1000", "--formats", "json"]
            code = f"from exposure.cli import main\nassert main({arguments!r}) == 0"
            seconds.append(memory.child_seconds(code))
    return Series("clients of a book, 1,000 loss years", "clients", sizes.clients, tuple(seconds))


def _processes(sizes: Sizes) -> Series:
    """Measure the band on several processes: time on the wall, which other work disturbs."""
    setting = prepare(sizes.decision.study())
    answer = answer_of(setting, setting.model_of(setting.assumptions))
    seconds = [_wall(lambda n=n: all_draws(setting, answer, n)) for n in sizes.processes]  # type: ignore[misc]  # n is bound
    return Series(
        "processes for the band (time on the wall)", "processes", sizes.processes, tuple(seconds)
    )


def _wall(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
