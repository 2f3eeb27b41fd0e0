"""A book of clients on processes of this machine and on a Dask cluster of local workers.

Every run starts anew, in processes of its own; each must write the same bytes, also where a worker
is killed in the middle.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

CLIENTS = 12
LOSS_YEARS = 2000
_KILL_AFTER = 1 / 3  # of the clients
_PATIENCE = 1800  # seconds


@dataclass(frozen=True)
class BookRun:
    """How one way of running the book went.

    Parameters
    ----------
    name : str
    clients : int
    seconds, cpu : float
        From the start of the command to its end; processor time of all its processes. [s]
    same : bool
        Every file has the bytes of the first run.
    """

    name: str
    clients: int
    seconds: float
    cpu: float
    same: bool


def runs(clients: int = CLIENTS, loss_years: int = LOSS_YEARS) -> Iterator[BookRun]:
    """Run the book in each way, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = folder / "clients.csv"
        rows = [f"C{k:04d},client {k},{1000 + 5000 * k}" for k in range(clients)]
        listed.write_text("\n".join(["client_id,name,records", *rows]), encoding="utf-8")
        first: dict[str, str] = {}
        for label, workers, is_cluster, kill in (
            ("2 processes", 2, False, False),
            ("Dask, 2 workers", 2, True, False),
            ("Dask, 4 workers", 4, True, False),
            ("Dask, 4 workers, one killed", 4, True, True),
        ):
            out = folder / label
            command = [sys.executable, "-m", "exposure.cli", "batch", str(listed)]
            command += ["--out", str(out), "--loss-years", str(loss_years), "--formats", "json"]
            if is_cluster:
                with cluster(workers) as (address, started):
                    seconds, cpu = _timed([*command, "--scheduler", address], out, started, kill)
            else:
                seconds, cpu = _timed([*command, "--workers", str(workers)], out, (), kill)
            found = _hashes(out)
            first = first or found
            yield BookRun(label, clients, seconds, cpu, found == first)


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and workers of one thread each; yield its address and the workers."""
    dask, quiet = [sys.executable, "-m", "dask"], ["--no-dashboard"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []
    try:
        scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), *quiet]
        started.append(_start(scheduler))
        worker = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", *quiet]
        started += [_start(worker) for _ in range(workers)]
        _wait_for(address, workers)
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait_for(address: str, workers: int) -> None:
    from distributed import Client

    with Client(address, timeout=_PATIENCE, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=_PATIENCE)


def _timed(
    command: Sequence[str], out: Path, workers: Sequence[subprocess.Popen[bytes]], kill: bool
) -> tuple[float, float]:
    """Run a command; return its seconds and those of the processors, workers included."""
    before = {worker.pid: _cpu(worker.pid) for worker in workers}
    own = os.times()
    start = time.monotonic()
    with _start(command) as process:
        if kill:
            _wait_until_done(out, process)
            lost = _cpu(workers[-1].pid)
            workers[-1].kill()
        assert process.wait(timeout=_PATIENCE) == 0
    seconds = time.monotonic() - start
    now = os.times()
    spent = now.children_user + now.children_system - own.children_user - own.children_system
    alive = workers[:-1] if kill else workers
    spent += sum(_cpu(worker.pid) - before[worker.pid] for worker in alive)
    return seconds, spent + (lost - before[workers[-1].pid] if kill else 0.0)


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _wait_until_done(out: Path, process: subprocess.Popen[bytes]) -> None:
    while len(list(out.glob("*/result.json"))) < CLIENTS * _KILL_AFTER:
        assert process.poll() is None
        time.sleep(0.1)


def _hashes(out: Path) -> dict[str, str]:
    """Return the hash of every file but the registry, which knows the time."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith("registry.sqlite")
    }


def lines(found: Iterator[BookRun]) -> Iterator[str]:
    """Yield the table of the runs, line by line."""
    yield "| book | clients | s | clients a minute | CPU s a client | same bytes |\n"
    yield "|---|---|---|---|---|---|\n"
    for one in found:
        pace = 60 * one.clients / one.seconds
        figures = f"{one.seconds:.0f} | {pace:.0f} | {one.cpu / one.clients:.2f}"
        yield f"| {one.name} | {one.clients} | {figures} | {'yes' if one.same else 'NO'} |\n"
