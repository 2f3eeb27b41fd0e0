"""What does not fit is refused before it starts; what is interrupted leaves nothing behind."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_batch import write_list

import exposure as ex
from exposure.errors import DataError
from exposure.inputs.study_file import study_from_mapping
from exposure.lazy import FREED_KEPT
from exposure.policy.plan import plan
from exposure.simulation.loss_years import bytes_of_study, simulate_study
from exposure.simulation.machine import _hold_interrupts, bytes_needed, in_order, require_room
from exposure.study import answer
from exposure.study.answer import prepare

LONGEST_WAIT = 300  # seconds; a busy machine takes its time
TIME_LEFT = r"\d:\d\d:\d\d"  # progress shows one after two steps of the work

STUDY = """
[study]
loss_years = 3_000_000
[client]
records = 100_000
[[plan]]
id = "nipponkoa_2006/B"
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and what it wrote to each stream."""

    code: int
    said: str
    complained: str


def interrupted(arguments: list[str], sign: str) -> Ended:
    """Run a command on a terminal and press Ctrl-C once its progress shows a sign.

    A terminal sends the signal to every process of the command, those starting included.
    """
    watched, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "exposure.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown = ""
        while re.search(sign, shown) is None:
            more = read(watched)
            assert more, shown
            shown += more
        os.killpg(process.pid, signal.SIGINT)
        while more := read(watched):
            shown += more
        assert process.stdout is not None  # a pipe
        said = process.stdout.read()
        code = process.wait(timeout=LONGEST_WAIT)
    os.close(watched)
    return Ended(code, said, shown)


def read(terminal: int) -> str:
    """Return what is new on a terminal; nothing once nobody writes there any more."""
    ready, _, _ = select.select([terminal], [], [], LONGEST_WAIT)
    assert ready, "nothing for a long time"
    with suppress(OSError):  # Linux says so when the last writer has gone
        return os.read(terminal, 2**16).decode("utf-8", errors="replace")
    return ""


@pytest.mark.parametrize("band", [False, True])
def test_an_interrupted_run_leaves_no_output_and_exits_cleanly(tmp_path: Path, band: bool) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(STUDY, encoding="utf-8")
    options = ["--band", "--loss-years", "2000"] if band else ["--no-band"]
    ended = interrupted(["run", str(study), "--out", str(out), *options], TIME_LEFT)
    assert ended.code == 130
    assert "模擬計算" in ended.complained and "中断しました" in ended.complained
    assert "Traceback" not in ended.complained
    assert ended.said == ""
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_an_interrupted_sizing_says_no_more_than_that() -> None:
    ended = interrupted(["size", "--records", "1000", "--product", "aiu_2015"], TIME_LEFT)
    assert ended.code == 130
    assert "限度額の試算" in ended.complained and "中断しました" in ended.complained
    assert "Traceback" not in ended.complained
    assert ended.said == ""


def test_an_interrupted_book_keeps_whole_clients_and_no_summary(tmp_path: Path) -> None:
    n, out = 40, tmp_path / "out"
    book = write_list(tmp_path / "clients.xlsx", n)
    options = ["--loss-years", "1000", "--formats", "json", "--workers", "2"]
    ended = interrupted(["batch", str(book), "--out", str(out), *options], rf"[1-9]\d*/{n}")
    assert ended.code == 130
    assert "同じコマンドで続きから再開できます" in ended.complained.replace("\r\n", "")
    assert "Traceback" not in ended.complained
    assert ended.said == ""
    written = [path for path in out.rglob("*") if path.is_file()]
    assert not [path for path in written if path.name.startswith((".", "summary", "portfolio"))]
    results = [path for path in written if path.name == "result.json"]
    assert 1 <= len(results) < n
    for path in results:
        assert "recommendation" in json.loads(path.read_text(encoding="utf-8"))


def test_a_pool_left_early_ends_its_processes_at_once() -> None:
    """What they are at would take far longer than the test may."""
    start = time.perf_counter()
    with pytest.raises(RuntimeError, match="early"):
        for _ in in_order(slept, None, [0.0] + 15 * [1000.0], workers=2):
            raise RuntimeError("early")
    assert time.perf_counter() - start < LONGEST_WAIT


def slept(shared: None, seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_interrupts_wait_until_a_process_has_started() -> None:
    """The signal comes on the way, is heard after it, and not by what starts there."""
    heard = "import signal; print(signal.SIGINT in signal.pthread_sigmask(0, []))"
    with pytest.raises(KeyboardInterrupt), _hold_interrupts():
        signal.raise_signal(signal.SIGINT)
        child = subprocess.run([sys.executable, "-c", heard], capture_output=True, check=True)
    assert child.stdout.strip() == b"True"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_years_that_do_not_fit_are_refused_before_any_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("years were drawn")

    monkeypatch.setattr(answer, "simulate_study", drawn)
    with pytest.raises(DataError, match="does not fit into memory"):
        ex.run({"client": {"records": 3000}}, loss_years=10**13)


@pytest.mark.parametrize("by_event", [False, True])
def test_the_need_is_that_of_the_vectors_kept(by_event: bool) -> None:
    """Within a tenth: how many events there are is known on average alone."""
    setting = prepare(study_from_mapping({"client": {"records": 100_000}}, "test"))
    model = setting.model_of(setting.assumptions)
    plans = [plan("nipponkoa_2006/B"), plan("nipponkoa_2006/F"), plan("aiu_2015@limit=50000000")]
    found = simulate_study(
        model, ("court",), plans, (), loss_years=20_000, seed=1, by_reason=by_event
    )["court"]
    of_year = [found.gross, found.largest, *(one.annual for one in found.sections.values())]
    of_event = [found.events, found.persons, *(one.events for one in found.sections.values())]
    of_year += [one.retained for one in found.plans]
    of_event += [one.event_retained for one in found.plans if by_event]
    of_event.append(found.attack)
    kept = sum(one.nbytes for one in of_year) + sum(one.nbytes for one in of_event)
    stated = bytes_of_study(model, 20_000, 3, 1, by_event=by_event)
    assert stated - FREED_KEPT == pytest.approx(kept, rel=0.1)


def test_need_and_room_by_hand() -> None:
    """Two regimes, 10 years, 3 events each: 7 + 3 × 4 numbers of 8 bytes a year."""
    need = bytes_needed(10, 3.0, of_year=7, of_event=4, regimes=2)
    assert need == 2 * 10 * 19 * 8
    require_room(need, available=need)
    with pytest.raises(DataError) as caught:
        require_room(5e9, available=2e9)
    assert "5,000 MB" in str(caught.value) and "2,000 MB" in str(caught.value)
