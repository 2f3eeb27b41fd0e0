"""Peak memory of a piece of work above what the imports need, in a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KIB = 1024.0
_CODE = """
from tests.benchmarks import memory, study
case = study.case({rate}, 1000)
case.ours()()
before = memory.peak()
case = study.case({rate}, {policy_years})
case.ours()()
print(memory.peak() - before)
"""


def peak() -> float:
    """Return the most memory this process has held. [MB]."""
    # Not what getrusage says: a process starts there with the peak of the one that started it.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return float(kibibytes) * _KIB / 1e6


def above_imports(rate: float, policy_years: int) -> float:
    """Return the memory of W3 above that of a tiny run, which has imported everything. [MB]."""
    return float(output(_CODE.format(rate=rate, policy_years=policy_years)))


def child_seconds(code: str) -> float:
    """Return the CPU time of a fresh interpreter that runs some code. [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output(code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def wall_seconds(code: str) -> float:
    """Return the time on the wall of a fresh interpreter that runs some code. [s]."""
    start = time.perf_counter()
    output(code)
    return time.perf_counter() - start


def output(code: str) -> str:
    """Return what a fresh interpreter prints that runs some code."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
