"""One client of a book, worked out in whatever process it lands in, and its row (1社の処理).

Everything estimated of a client, and of the plan named, is taken over by its type: what is added to
`RegimeFigures` or `PlanFigures` stands in the row and in every table made of it.

The answer holds every file of the client and its row of the summary; whoever asked writes them.
"""

from __future__ import annotations

import functools
import time
import traceback
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import (
    Any,  # Any: content of a study file
    Literal,
)

from exposure.batch.client_list import ListedClient
from exposure.batch.portfolio import NAME as BOOK_YEARS
from exposure.batch.portfolio import years_of_client
from exposure.errors import NO_MEMORY, DataError, ExposureError, Lang, Problem, Text, lacks_memory
from exposure.files import sha256_of
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.result.document import code_hash, part_of, to_plain
from exposure.result.record import (
    Figure,
    Frequency,
    GroundUpFigures,
    Overall,
    PlanFigures,
    PlanResult,
    Premium,
    Recommendation,
    RegimeFigures,
    RegimeResult,
    Result,
    Words,
)
from exposure.study.pipeline import run_study

FLAGS: tuple[str, ...] = (
    "programme",
    "no_insurance",
    "short",
    "regimes_differ",
    "premium_estimated",
    "own_funds_exceeded",
    "past_incidents",
    "answers_missing",
)

_ANSWERS = ("industry", "revenue", "employees", "incidents_last_3_years")


@dataclass(frozen=True, kw_only=True)
class RegimeRow(RegimeFigures):
    """One regime of a client: its figures, and those of the plan named or best on the market."""

    frequency: Frequency
    recommendation: Recommendation
    label: Words | None
    premium: Premium | None
    worth: Figure | None
    figures: PlanFigures | None


@dataclass(frozen=True)
class ClientSummary:
    """What the summary says of a client that was worked out (顧客の要約).

    Parameters
    ----------
    client : dict
        As read.
    recommendation : Overall
        The statement over all regimes, and the five lines.
    flags : list of str
        Names of ``FLAGS``.
    """

    client: dict[str, object]
    inputs_sha256: str
    regimes: dict[str, RegimeRow]
    recommendation: Overall
    flags: list[str]


@dataclass(frozen=True)
class Row:
    """A row of the summary (一覧の1行).

    Parameters
    ----------
    status : str
        ``done``, ``refused`` or ``failed``.
    error : tuple of Text
        What went wrong, a line each.
    summary : ClientSummary or None
        None unless it is done.
    """

    client_id: str
    name: str | None
    vendor: str | None
    status: str
    error: tuple[Text, ...] = ()
    summary: ClientSummary | None = None

    @property
    def regimes(self) -> Mapping[str, RegimeRow]:
        """Its regimes; none unless it is done."""
        return {} if self.summary is None else self.summary.regimes


def row_document(row: Row) -> dict[str, object]:
    """Return a row as it stands in ``summary.json``.

    Examples
    --------
    >>> row_document(Row("A1", "甲", None, "failed", (Text("誤り", "error"),)))["error"]
    [{'ja': '誤り', 'en': 'error'}]
    """
    found: dict[str, object] = {
        "client_id": row.client_id,
        "name": row.name,
        "vendor": row.vendor,
        "status": row.status,
        "error": [text._asdict() for text in row.error],
    }
    if row.summary is not None:
        found |= {one.name: to_plain(getattr(row.summary, one.name)) for one in fields(row.summary)}
    return found


def summary_of(result: Result) -> ClientSummary:
    """Return what the summary says of a client (顧客の要約)."""
    return ClientSummary(
        client=result.client,
        inputs_sha256=result.study.inputs_sha256,
        regimes={name: _regime(part) for name, part in result.regimes.items()},
        recommendation=result.recommendation,
        flags=_flags(result),
    )


def _regime(part: RegimeResult) -> RegimeRow:
    named = part.named
    own = replace(part_of(RegimeFigures, part), ground_up=part_of(GroundUpFigures, part.ground_up))
    return RegimeRow(
        **{one.name: getattr(own, one.name) for one in fields(RegimeFigures)},
        frequency=part.frequency,
        recommendation=part.recommendation,
        label=None if named is None else Words(named.label, named.label_en),
        premium=None if named is None else named.premium,
        worth=None if named is None else named.worth,
        figures=None if named is None else plan_figures_of(named),
    )


def plan_figures_of(plan: PlanResult) -> PlanFigures:
    """Return every figure of a plan, without the curve and the lists that only a report shows."""
    found = part_of(PlanFigures, plan)
    return replace(
        found,
        retained=replace(found.retained, curve=None),
        cut_by_limits=replace(found.cut_by_limits, by_term=[]),
        limit_adequacy=replace(found.limit_adequacy, by_section=[]),
    )


def _flags(result: Result) -> list[str]:
    parts, client = list(result.regimes.values()), result.client
    verdicts = {part.recommendation.verdict for part in parts}
    named = [part.named for part in parts]
    tests = [part.recommendation.own_funds for part in parts]
    is_set = {
        "programme": "programme" in verdicts,
        "no_insurance": "no_insurance" in verdicts,
        "short": "short" in verdicts,
        "regimes_differ": not result.recommendation.same_plan,
        "premium_estimated": any(
            plan is not None and plan.premium.basis not in ("quoted", "published") for plan in named
        ),
        "own_funds_exceeded": any(test is not None and test.missing > 0 for test in tests),
        "past_incidents": bool(
            client.get("incidents_last_3_years") or client.get("incidents_by_group")
        ),
        "answers_missing": any(client.get(answer) is None for answer in _ANSWERS),
    }
    return [flag for flag in FLAGS if is_set[flag]]


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
