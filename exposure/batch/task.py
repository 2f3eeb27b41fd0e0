"""One client of a book, worked out in whatever process it lands in (1社の処理).

The answer holds every file of the client and its row of the summary; whoever asked writes them.
"""

from __future__ import annotations

import functools
import time
import traceback
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal  # Any: content of a study file

from exposure.batch.client_list import ListedClient
from exposure.batch.code import code_hash
from exposure.batch.sample import NAME as BOOK_YEARS
from exposure.batch.sample import years_of_client
from exposure.batch.summary_row import ClientSummary, summary_of
from exposure.errors import (
    NO_MEMORY,
    DataError,
    ExposureError,
    Lang,
    Problem,
    Text,
    lacks_memory,
)
from exposure.files import sha256_of
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.result.record import Result
from exposure.study.run import run_study

Status = Literal["done", "refused", "failed"]
Render = Callable[[Result, Sequence[str], Sequence[Lang]], Mapping[str, bytes]]

_FAST = 1  # level of compression: the answer crosses a network, its reader waits


@dataclass(frozen=True)
class Book:
    """What all clients of a book have in common (共通の設定).

    Parameters
    ----------
    study : mapping
        Settings, plans and assumptions as a study file states them, policy files read; no client.
    formats : tuple of str
        Of the reports.
    langs : tuple of str
        A report in each.
    render : callable
        Makes the files of a result; importable by name in another process.
    band : bool
        Whether the parameters are drawn too, as ``run --band`` does.
    code : str
        Of ``code_hash``: every process must run the same.
    """

    study: Mapping[str, Any]
    formats: tuple[str, ...]
    langs: tuple[Lang, ...]
    render: Render
    band: bool = False
    code: str = field(default_factory=code_hash)

    def study_of(self, client: ListedClient) -> StudyFile:
        """Return the study of one client: what ``run`` would read from a file of the same words."""
        return study_from_mapping({**self.study, "client": dict(client.fields)}, client.place)


@dataclass(frozen=True)
class Task:
    """A client to work out (処理する顧客)."""

    book: Book
    client: ListedClient
    key: str


@dataclass(frozen=True)
class Answer:
    """What became of a client (処理の結果).

    Parameters
    ----------
    status : str
        ``done``, ``refused`` for bad input, ``failed`` for anything unforeseen.
    files : mapping of str to bytes
        Compressed content by file name.
    summary : ClientSummary or None
        What the summary says of the client; None unless it is done.
    error : tuple of Text
        What went wrong, a line each.
    detail : str
        Where it went wrong in the program.
    seconds : float
        Processor time. [s]
    """

    status: Status
    files: Mapping[str, bytes] = field(default_factory=dict)
    summary: ClientSummary | None = None
    error: tuple[Text, ...] = ()
    detail: str = ""
    seconds: float = 0.0


def input_key(book: Book, client: ListedClient) -> str:
    """Return one hash of everything a client's files depend on (入力の指紋).

    Spelling does not matter: ``１２万`` and ``120,000`` are the same input.
    """
    stated = Client.model_validate(dict(client.fields)).model_dump(mode="json", exclude_none=True)
    # Where a policy file stands makes no difference, what it says does.
    shared = {**book.study, "policy": [file.sha256 for file in book.study.get("policy", ())]}
    common = [shared, list(book.formats), list(book.langs), book.band, book.code]
    return sha256_of([*common, client.client_id, client.vendor, stated])


def work_out(task: Task) -> Answer:
    """Run a client's study and render its files; always answers, never raises (1社の計算)."""
    started = time.process_time()
    try:
        files, summary = _files(task)
    except ExposureError as error:
        said = tuple(Text(p.say("ja"), p.say("en")) for p in error.problems)
        return Answer("refused", error=said, seconds=time.process_time() - started)
    except Exception as error:
        name = f"{type(error).__name__}: {error}".splitlines()[0]
        if lacks_memory(error):
            return Answer("failed", error=(NO_MEMORY,), seconds=time.process_time() - started)
        said = (Text(f"想定外の誤りです（{name}）", f"unforeseen error ({name})"),)
        detail = traceback.format_exc()
        return Answer("failed", error=said, detail=detail, seconds=time.process_time() - started)
    packed = {name: zlib.compress(content, _FAST) for name, content in files.items()}
    return Answer("done", packed, summary, seconds=time.process_time() - started)


@functools.cache
def _own_code() -> str:
    """Return the hash of the code of this process, which does not change while it runs."""
    return code_hash()


def _files(task: Task) -> tuple[dict[str, bytes], ClientSummary]:
    if task.book.code != _own_code():
        text = Text(
            "作業プロセスの exposure が呼び出し側と違う版です。同じ版を入れてください",
            "a worker runs another version of exposure than the caller; install the same",
        )
        raise DataError(Problem(task.client.client_id, "", text))
    study = task.book.study_of(task.client)
    result = run_study(study, task.client.place, band=task.book.band)
    files = dict(task.book.render(result.record, task.book.formats, task.book.langs))
    files[BOOK_YEARS] = years_of_client(
        result, task.client.client_id, task.client.vendor, study.in_force()
    )
    return files, summary_of(result.record)
