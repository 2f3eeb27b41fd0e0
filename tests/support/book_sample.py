"""A book whose clients take a moment each, for tests of the engine; can be run as a program.

``python book_sample.py DIR N`` works N clients out on two processes. The files of a client hang on
its inputs alone. Prints the peak memory of itself and of its largest process.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from exposure.batch.book import BookResult, run_book
from exposure.batch.client_list import ListedClient
from exposure.batch.engine import OpenPool, local_pool
from exposure.batch.portfolio import NAME as BOOK_YEARS
from exposure.batch.portfolio import BookYears, Portfolio, pack_years
from exposure.batch.task import Answer, Book, ClientSummary, Row, Task, row_document
from exposure.errors import Text
from exposure.files import to_json
from exposure.result.document import to_plain
from exposure.result.record import Lines, Overall, Words

MOMENT = 0.04
REGIMES = ("brochure", "court")


def clients(n: int, **changed: int) -> list[ListedClient]:
    """Return n clients; ``C003=500`` changes the records of one."""
    ids = [f"C{i:03d}" for i in range(n)]
    return [
        ListedClient(key, f"list!{i}", None, {"name": f"顧客{i}", "records": changed.get(key, 100)})
        for i, key in enumerate(ids)
    ]


def render(document: Mapping[str, Any], formats: Sequence[str], langs: Sequence[str]) -> Any:
    raise NotImplementedError


def book(**settings: Any) -> Book:
    return Book({"study": settings}, ("json",), ("ja",), render, code="the same")


def work(task: Task) -> Answer:
    """Answer with files that hang on the client alone; as its id says, end or fail instead."""
    time.sleep(MOMENT)
    name, records = task.client.client_id, int(task.client.fields["records"])
    if name.startswith("ENDS"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("ONCE"):
        mark = Path(str(task.client.fields["name"]))
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("BAD"):
        return Answer("refused", error=(Text("不備", "bad input"),))
    content = (f"{name} {records}\n" * 2000).encode()
    years = BookYears(
        np.array([records % 7], dtype=np.int32), np.array([False]), np.full((2, 1), float(records))
    )
    files = {"result.json": content, BOOK_YEARS: pack_years(years, REGIMES)}
    packed_files = {key: zlib.compress(value) for key, value in files.items()}
    said = Overall(True, Words("", ""), Lines([], []))
    return Answer("done", packed_files, ClientSummary({"records": records}, "", {}, said, []))


def summarise(rows: Iterable[Row], added: Portfolio | None) -> bytes:
    return to_json([[row_document(row) for row in rows], to_plain(added)]).encode()


def run(
    folder: Path, listed: Sequence[ListedClient], pool: OpenPool, **settings: Any
) -> BookResult:
    return run_book(listed, book(**settings), folder, pool, summarise, work=work)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but the registry, by its place."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("registry.sqlite")
    }


if __name__ == "__main__":
    run(Path(sys.argv[1]), clients(int(sys.argv[2])), local_pool(2))
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        sys.stdout.write(f"{resource.getrusage(who).ru_maxrss} ")
