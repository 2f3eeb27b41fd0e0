"""What a client of a book costs beside its bare simulation, and memory as the book grows.

Run by hand: ``pytest tests/test_batch_speed.py -m benchmark -s``. Processor time, which other work
on the machine disturbs least.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from exposure.batch.client_list import ListedClient
from exposure.batch.task import Book, Task, work_out
from exposure.output.folder import render
from exposure.simulation.loss_years import simulate_study
from exposure.study.answer import answer_of, prepare

LOSS_YEARS = 200_000
PROGRAM = """
import resource, sys
from pathlib import Path
from exposure.cli import main
assert main(["batch", *sys.argv[1:], "--loss-years", "1000", "--formats", "json"]) == 0
# Its own peak: what getrusage says of a process begins with that of the one that started it.
own = next(one for one in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in one)
print(int(own.split()[1]) // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def client(vendor: str | None) -> ListedClient:
    fields = {"name": "青葉", "records": 100_000, "industry": "medical", "outsourced_share": 0.3}
    return ListedClient("A1", "list!2", vendor, fields)


@pytest.mark.benchmark
def test_cost_of_a_client() -> None:
    book = Book({"study": {"loss_years": LOSS_YEARS}}, ("json",), ("ja",), render)
    quick = Book({"study": {"loss_years": 1000}}, ("json",), ("ja",), render)
    work_out(Task(quick, client("V"), "warm"))
    study = book.study_of(client(None))
    setting = prepare(study)
    model = setting.model_of(setting.assumptions)
    plans = answer_of(setting, model).plans

    def bare() -> None:
        simulate_study(
            model, study.study.regimes, plans, (),
            loss_years=LOSS_YEARS, seed=study.study.seed,
        )  # fmt: skip

    found = {
        "bare simulation": seconds(bare),
        "client, result.json": seconds(lambda: work_out(Task(book, client(None), "a"))),
        "client that names a vendor": seconds(lambda: work_out(Task(book, client("V"), "b"))),
        "fixed cost (1,000 loss years)": seconds(lambda: work_out(Task(quick, client(None), "c"))),
    }
    reference = found["bare simulation"]
    for name, cost in found.items():
        sys.stdout.write(f"{name}: {cost:.2f} CPU s, {cost / reference:.2f} x\n")


@pytest.mark.benchmark
@pytest.mark.parametrize("n", [10, 1000])
def test_memory_of_a_book(n: int, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    rows = [f"C{i:05d},顧客{i},{1000 + 37 * i},{'給与' if i % 2 else ''}" for i in range(n)]
    path.write_text("\n".join(["client_id,name,records,vendor", *rows]), encoding="utf-8")
    arguments = [str(path), "--out", str(tmp_path / "out"), "--workers", "2"]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    peaks = done.stdout.splitlines()[-1]
    sys.stdout.write(f"{n} clients: parent and largest worker {peaks} MB, ")
    sys.stdout.write(f"{time.monotonic() - started:.0f} s\n")
