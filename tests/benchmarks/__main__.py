"""Run all benchmarks and write their table: ``python -m tests.benchmarks [--peers PYTHON]``.

With ``--quasi`` print what quasi-Monte Carlo sampling would gain, and nothing else.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

import numpy as np
import scipy

from tests.benchmarks import quasi, report


def main() -> None:
    """Print each figure as it is ready; write the table at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--peers", type=Path, help="interpreter that has the packages compared")
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks/README.md"))
    parser.add_argument("--repeats", type=int, default=report.Size.repeats)
    parser.add_argument("--quasi", action="store_true", help="measure quasi-Monte Carlo instead")
    asked = parser.parse_args()
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
    text = f"# Benchmarks\n\n{size.policy_years:,} policy years; {versions}. "
    text += "What is measured, and how: `tests/benchmarks/README.md`.\n\n" + report.HEADER
    sys.stdout.write(text)
    for row in report.rows(size, asked.peers):
        sys.stdout.write(report.line(row))
        sys.stdout.flush()
        text += report.line(row)
    text += "\n| memory above the imports | MB |\n|---|---|\n"
    for name, megabytes in report.memory_rows(size):
        sys.stdout.write(f"| {name} | {megabytes:.0f} |\n")
        text += f"| {name} | {megabytes:.0f} |\n"
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
