"""Run all benchmarks and write their tables: ``python -m tests.benchmarks [--peers PYTHON]``.

With ``--quasi`` print what quasi-Monte Carlo sampling would gain, with ``--cluster`` what a book of
clients takes on a Dask cluster of local workers, and nothing else.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy

from tests.benchmarks import cluster, goals, quasi, report, scaling


def main() -> None:
    """Print each figure as it is ready; write the table at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--peers", type=Path, help="interpreter that has the packages compared")
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/README.md"))
    parser.add_argument("--repeats", type=int, default=report.Size.repeats)
    parser.add_argument("--quasi", action="store_true", help="measure quasi-Monte Carlo instead")
    parser.add_argument("--cluster", action="store_true", help="measure a Dask cluster instead")
    asked = parser.parse_args()
    if asked.cluster:
        for line in cluster.lines(cluster.runs()):
            sys.stdout.write(line)
            sys.stdout.flush()
        return
    if asked.quasi:
        sys.stdout.write(quasi.HEADER)
        for gain in quasi.rows(quasi.LOSS_YEARS, quasi.REPEATS):
            sys.stdout.write(quasi.line(gain))
            sys.stdout.flush()
        return
    size = report.Size(repeats=asked.repeats)
    versions = (
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    )
    text = ""
    for part in _parts(size, asked.peers, versions):
        sys.stdout.write(part)
        sys.stdout.flush()
        text += part
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")


def _parts(size: report.Size, peers: Path | None, versions: str) -> Iterator[str]:
    """Yield the text of the page, each line as it is ready."""
    yield f"# Benchmarks\n\n{size.policy_years:,} policy years; {versions}. "
    yield "What is measured, and how: `tests/benchmarks/README.md`.\n\n" + report.HEADER
    rows: dict[str, report.Row] = {}
    for row in report.rows(size, peers):
        rows[row.name] = row
        yield report.line(row)
    yield "\n| memory above the imports | MB |\n|---|---|\n"
    held: dict[str, float] = {}
    for name, megabytes in report.memory_rows(size):
        held[name] = megabytes
        yield f"| {name} | {megabytes:.0f} |\n"
    yield "\n## Goals\n\n"
    fastest = None if peers is None else lambda: report.fastest_peer(peers, size)
    central, found = goals.goals(goals.Decision(repeats=max(size.repeats // 2, 1)), fastest)
    yield f"{central}.\n\n" + goals.HEADER
    for goal in itertools.chain(found, goals.of_rows(rows, held)):
        yield goal.line()
    yield "\n## Growth\n\n" + scaling.HEADER
    for one in scaling.series(scaling.Sizes()):
        yield one.line()


if __name__ == "__main__":
    main()
