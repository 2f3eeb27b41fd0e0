"""The registry of a folder: what it remembers, and that one batch at a time uses it."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from exposure.batch.registry import NAME, Run, hold_folder, open_registry
from exposure.errors import DataError, Text

RUN = Run("key", "A001", "done", {"result.json": "00"}, '{"a": "円"}', (), "", 1.5, "2026-01-01")


def test_a_run_is_found_by_its_inputs_after_closing(tmp_path: Path) -> None:
    with open_registry(tmp_path) as registry:
        registry.keep(RUN)
    with open_registry(tmp_path) as registry:
        assert registry.find("key") == RUN
        assert registry.find("other") is None


def test_a_run_of_the_same_inputs_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    failed = Run("key", "A001", "failed", {}, "", (Text("誤り", "error"),), "trace")
    with open_registry(tmp_path) as registry:
        registry.keep(failed)
        assert registry.find("key") == failed
        registry.keep(RUN)
        assert registry.find("key") == RUN


def test_all_files_ever_written_for_a_client_are_known(tmp_path: Path) -> None:
    with open_registry(tmp_path) as registry:
        registry.keep(RUN)
        registry.keep(Run("2", "A001", "done", {"report_ja.html": "11"}))
        registry.keep(Run("3", "B001", "done", {"other": "11"}))
        assert registry.files_of("A001") == {"result.json", "report_ja.html"}


def test_the_registry_keeps_its_journal_ahead(tmp_path: Path) -> None:
    with open_registry(tmp_path) as registry:
        assert registry.connection.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    "content", [b"not a registry at all" * 50, b"SQLite format 3\0" + b"x" * 200]
)
def test_a_damaged_registry_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(DataError, match="damaged"), open_registry(tmp_path):
        pass


def test_a_registry_of_another_version_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / NAME)
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(DataError, match="another version"), open_registry(tmp_path):
        pass


def test_a_file_in_the_place_of_the_folder_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DataError, match="cannot be made"), open_registry(tmp_path / "out"):
        pass


def test_a_second_batch_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    with (
        open_registry(tmp_path) as first,
        hold_folder(first),
        open_registry(tmp_path) as second,
        pytest.raises(DataError, match=f"process {os.getpid()} on"),
        hold_folder(second),
    ):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with open_registry(tmp_path) as registry, hold_folder(registry):
            pass


def test_the_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal\n"
        "from pathlib import Path\n"
        "from exposure.batch.registry import open_registry\n"
        "from exposure.batch.registry import hold_folder\n"
        "with open_registry(Path(sys.argv[1])) as registry, hold_folder(registry):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    with open_registry(tmp_path) as registry:
        assert registry.connection.execute("select count(*) from lock").fetchone() == (1,)
        with hold_folder(registry):
            pass


def owned(folder: Path, host: str, process: int, born: str, beat: float) -> None:
    with open_registry(folder) as registry, registry.connection:
        registry.connection.execute(
            "insert into lock values (1, ?, ?, ?, '2026-01-01', ?)", (host, process, born, beat)
        )


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system tells no birth")
def test_a_later_process_of_the_same_number_does_not_hold_the_lock(tmp_path: Path) -> None:
    owned(tmp_path, socket.gethostname(), os.getpid(), "another birth", 0.0)
    with open_registry(tmp_path) as registry, hold_folder(registry):
        pass


def test_another_machine_holds_the_lock_while_it_beats(tmp_path: Path) -> None:
    import time

    owned(tmp_path, "another-host", 1, "", time.time())
    with (
        open_registry(tmp_path) as registry,
        pytest.raises(DataError, match="process 1 on another-host"),
        hold_folder(registry),
    ):
        pass


def test_another_machine_that_fell_silent_does_not(tmp_path: Path) -> None:
    owned(tmp_path, "another-host", 1, "", 0.0)
    with open_registry(tmp_path) as registry, hold_folder(registry):
        pass
