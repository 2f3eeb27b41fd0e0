"""The wheel carries everything along, and works where nothing is known of the checkout."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.own_policy import written

wheels = pytest.importorskip("hatchling.builders.wheel")

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90.0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = wheels.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    site = folder / "site"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(site)
    return site


@pytest.fixture
def environment(installed: Path, tmp_path: Path) -> dict[str, str]:
    own = {"PYTHONPATH": str(installed), "HOME": str(tmp_path), "JUPYTER_PLATFORM_DIRS": "1"}
    return {**os.environ, **own}


def test_the_wheel_holds_every_file_that_is_no_module(installed: Path) -> None:
    kept = {path.relative_to(ROOT / "data") for path in (ROOT / "data").rglob("*.*")}
    packed = {path.relative_to(installed / "exposure" / "_data") for path in data_of(installed)}
    assert packed == {path for path in kept if path.suffix in SUFFIXES}
    for name in ("_notebooks/explorer.ipynb", "output/templates/report.typ", "py.typed"):
        assert (installed / "exposure" / name).is_file(), name


SUFFIXES = (".toml", ".csv", ".json", ".md")


def data_of(installed: Path) -> Iterator[Path]:
    return (path for path in (installed / "exposure" / "_data").rglob("*.*") if path.is_file())


def test_the_wheel_runs_its_own_code_on_its_own_data(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    script = (
        "import sys, exposure; from exposure.cli import main; from exposure.files import data_path;"
        "print(exposure.__file__); sys.exit(main(['check', str(data_path())]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))


def test_the_wheel_takes_a_policy_file_of_ones_own(
    environment: dict[str, str], tmp_path: Path
) -> None:
    study, policy, cases = written(tmp_path / "study")
    for command in (
        ["run", str(study), "--no-band", "--formats", "json", "--out", "out"],
        ["payout", str(cases), "--policy", str(policy), "--json"],
        ["show", "rei_2026@limit=1億", "--policy", str(policy)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "exposure.cli", *command],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert "rei_2026" in (tmp_path / "out" / "result.json").read_text(encoding="utf-8")


def test_the_explorer_of_the_wheel_answers(environment: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("voila")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "study.toml").write_text(
        '[client]\nrecords = 1_000\n[[plan]]\nid = "nipponkoa_2006/A"\n', encoding="utf-8"
    )
    command = ["-m", "exposure.cli", "explore", "study.toml", "--no-browser", f"--port={port}"]
    said = tmp_path / "said"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment, cwd=tmp_path, stdout=stream, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        page = fetched(said, process)
    finally:
        process.terminate()
        process.wait(timeout=30)
    # A notebook that failed has no widget to show.
    assert "application/vnd.jupyter.widget-view+json" in page


def fetched(said: Path, process: subprocess.Popen[bytes]) -> str:
    """Fetch the page whose address the explorer says, with the secret in it."""
    until = time.monotonic() + PATIENCE
    while not (words := said.read_text(encoding="utf-8").split()):
        assert process.poll() is None, "the explorer did not start"
        assert time.monotonic() < until, "the explorer did not answer"
        time.sleep(0.2)
    with urllib.request.urlopen(words[0], timeout=PATIENCE) as answer:
        text: str = answer.read().decode("utf-8")
        return text
