"""What does not fit is refused before it starts; what is interrupted leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import exposure as ex
from exposure.errors import DataError
from exposure.study.room import bytes_needed, require_room

STUDY = """
[study]
loss_years = 3_000_000
[client]
records = 100_000
[[plan]]
id = "nipponkoa_2006/B"
"""


@pytest.mark.parametrize("band", [False, True])
def test_an_interrupted_run_leaves_no_output_and_exits_cleanly(tmp_path: Path, band: bool) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(STUDY, encoding="utf-8")
    loss_years = ["--loss-years", "2000"] if band else []
    command = [sys.executable, "-m", "exposure.cli", "run", str(study), "--out", str(out)]
    process = subprocess.Popen(
        [*command, *loss_years, *(["--band"] if band else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said + complained
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_years_that_do_not_fit_are_refused_before_any_is_drawn() -> None:
    start = time.perf_counter()
    with pytest.raises(DataError, match="does not fit into memory"):
        ex.run({"client": {"records": 3000}}, loss_years=10**13)
    assert time.perf_counter() - start < 10


def test_need_and_room_by_hand() -> None:
    """Two regimes, 10 years, 3 events each: 2 + 5 + 2 × 3 numbers of 8 bytes a year."""
    need = bytes_needed(10, 3.0, plans=5, regimes=2)
    assert need == 2 * 10 * 13 * 8
    require_room(need, available=need)
    with pytest.raises(DataError) as caught:
        require_room(5e9, available=2e9)
    assert "5,000 MB" in str(caught.value) and "2,000 MB" in str(caught.value)
