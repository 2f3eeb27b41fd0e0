"""Run the benchmarks at a given size and lay their figures out as a table."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import compound, memory, study
from tests.benchmarks.clock import best_times

PEERS = ("lossmodels", "open-riskpy")
HELP = "import sys; sys.argv = ['exposure', '--help']; from exposure.cli import main; main()"


@dataclass(frozen=True)
class Size:
    """How large and how often: policy years, draws of the band and their years, rounds."""

    policy_years: int = 10**6
    large: int = 10**7
    draws: int = 200
    draw_years: int = 20_000
    repeats: int = 5
    rates: tuple[float, ...] = (0.05, 0.5, 2.0)


SMOKE = Size(policy_years=2000, large=4000, draws=2, draw_years=100, repeats=1, rates=(0.5,))


@dataclass(frozen=True)
class Row:
    """One line of the table; ratios are of CPU times taken in turns."""

    name: str
    seconds: float
    twin: float | None = None
    floor: float | None = None
    per_event: float | None = None
    per_plan: float | None = None
    peers: str = ""

    def cells(self) -> list[str]:
        """Return the line as text."""
        figures = (
            (self.seconds, "{:.4f}"),
            (self.twin, "{:.1f} ×"),
            (self.floor, "{:.1f} ×"),
            (self.per_event, "{:.0f}"),
            (self.per_plan, "{:.1f}"),
        )
        shown = ["–" if value is None else form.format(value) for value, form in figures]
        return [self.name, *shown, self.peers or "–"]


def rows(size: Size, peers: Path | None = None) -> Iterator[Row]:
    """Run every benchmark and yield its line as it is ready."""
    for name, layers in (("W1", compound.W1), ("W2", compound.W2)):
        for rate in (0.05, 2.0):
            yield _compound_row(name, compound.Case(rate, layers, size.policy_years), size, peers)
    for rate in size.rates:
        yield _study_row(rate, size)
    yield _band_row(size)
    yield from _start_rows(size)


def memory_rows(size: Size) -> Iterator[tuple[str, float]]:
    """Yield what W3 holds above the imports. [MB]."""
    for policy_years in (size.policy_years, size.large):
        megabytes = memory.above_imports(0.05, policy_years)
        yield f"W3 λ=0.05, {policy_years:,} policy years, 24 plans", megabytes
    yield f"W3 λ=2, {size.policy_years:,} policy years", memory.above_imports(2, size.policy_years)


def _compound_row(name: str, case: compound.Case, size: Size, peers: Path | None) -> Row:
    work = {"ours": case.ours(), "twin": case.twin(), "floor": case.floor()}
    for piece in work.values():
        piece()
    best = dict.fromkeys(work, float("inf"))
    others: dict[str, float] = {}
    for _ in range(size.repeats):
        best = {key: min(best[key], found) for key, found in best_times(work, 1).items()}
        for package in PEERS if peers else ():
            found = peer_seconds(peers, package, name, case)
            others[package] = min(others.get(package, found), found)
    ours, events = best["ours"], case.events()
    return Row(
        f"{name} λ={case.rate:g}",
        ours,
        twin=best["twin"] / ours,
        floor=ours / best["floor"],
        per_event=1e9 * ours / events,
        per_plan=1e9 * ours / events / len(case.layers),
        peers=", ".join(f"{package} {took / ours:.1f} ×" for package, took in others.items()),
    )


def peer_seconds(python: Path | None, package: str, workload: str, case: compound.Case) -> float:
    """Return the CPU time of another package, under its own interpreter. [s]."""
    script = Path(__file__).with_name("peers.py")
    asked = [package, workload, str(case.rate), str(case.policy_years), "3"]
    command = [str(python), str(script), *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def fastest_peer(python: Path, size: Size) -> float:
    """Return the CPU time of the fastest other package on W1 at λ = 0.05. [s]."""
    case = compound.Case(0.05, compound.W1, size.policy_years)
    return min(peer_seconds(python, package, "W1", case) for package in PEERS)


def _study_row(rate: float, size: Size) -> Row:
    case = study.case(rate, size.policy_years)
    n_plans, events = len(study.PLANS), case.events()
    best = best_times(
        {
            "all": case.ours(),
            "paid": case.ours(measured=False),
            "one": case.ours(1, measured=False),
            "floor": case.floor(),
            "twin": case.twin(),
        },
        max(size.repeats // 2, 1),
    )
    extra = (best["paid"] - best["one"]) / (n_plans - 1)
    return Row(
        f"W3 λ={rate:g}, measures included",
        best["all"],
        twin=best["twin"] / best["all"],
        floor=best["all"] / best["floor"],
        per_event=1e9 * best["all"] / events,
        per_plan=1e9 * extra / events,
    )


def _band_row(size: Size) -> Row:
    """Compare the band with as many events simulated plainly, under one plan."""
    plain = study.case(0.05, size.policy_years)
    found = best_times(
        {
            "band": study.band(0.05, size.draws, size.draw_years),
            "plain": plain.ours(1, measured=False),
        },
        1,
    )
    years = size.draws * size.draw_years
    alike = found["plain"] * years / plain.loss_years
    return Row(
        f"W3u {size.draws} × {size.draw_years:,}",
        found["band"],
        per_event=1e9 * found["band"] / years,
        peers=f"{found['band'] / alike:.1f} × as many plain events under one plan",
    )


def _start_rows(size: Size) -> Iterator[Row]:
    codes = {"numpy": "import numpy", "exposure": "import exposure", "help": HELP}
    best = dict.fromkeys(codes, float("inf"))
    for _ in range(size.repeats):
        for name, code in codes.items():
            best[name] = min(best[name], memory.child_seconds(code))
    # What numpy takes beside the interpreter's own start is left in both.
    yield Row("import numpy", best["numpy"])
    yield Row("import exposure", best["exposure"])
    yield Row("exposure --help", best["help"])


HEADER = (
    "| | CPU [s] | naive twin takes | of its own draws | ns per event | ns per event and plan "
    "| others take |\n|---|---|---|---|---|---|---|\n"
)


def line(row: Row) -> str:
    """Return one line of the table."""
    return "| " + " | ".join(row.cells()) + " |\n"
