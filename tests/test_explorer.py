"""The live explorer: its answers are the library's, without a browser and in one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest

from exposure.files import data_path
from exposure.inputs.study_file import study_from_mapping
from exposure.output.explorer import Explorer, explorer
from exposure.study.run import run_study

pytest.importorskip("ipywidgets")

YEARS = 2000
STUDY: dict[str, Any] = {
    "study": {"name": "試し", "seed": 7, "loss_years": YEARS},
    "client": {"records": 10_000},
    "plan": [{"id": "aiu_2015@limit=100000000"}, {"id": "nipponkoa_2006/B"}],
}


def made() -> Explorer:
    return explorer(study_from_mapping(STUDY, "test"), loss_years=YEARS)


def expected(plan: str, records: int, rate: float, regime: str = "brochure") -> float:
    """What the library says of one plan, by the ordinary road."""
    raw = {
        "study": {**STUDY["study"], "regimes": [regime]},
        "client": {"records": records},
        "plan": [{"id": plan}],
        "assumptions": {f"claims.rate.{regime}": {"value": rate, "reason": "試し"}},
    }
    document = run_study(study_from_mapping(raw, "test")).document
    value: float = document["regimes"][regime]["plans"][0]["limit_adequacy"]["event"]["value"]
    return value


def stated(one: Explorer) -> float:
    text = one.outputs["answer"].value
    return float(text.split("data-value='")[1].split("'")[0])


def test_the_answer_is_that_of_an_ordinary_run() -> None:
    one = made()
    at = one.controls
    assert stated(one) == expected(at["limit"].value, 10_000, at["claim_rate"].value)
    at["records"].value = 30_000
    at["claim_rate"].value = 0.02
    assert stated(one) == expected(at["limit"].value, 30_000, 0.02)
    at["product"].value = "nipponkoa_2006"
    at["limit"].value = "nipponkoa_2006/F"
    assert stated(one) == expected("nipponkoa_2006/F", 30_000, 0.02)


def test_nothing_is_drawn_again_that_did_not_change() -> None:
    one = made()
    kept = one.live.kept
    assert (len(kept["events"]), len(kept["losses"])) == (1, 1)
    one.controls["limit"].value = one.controls["limit"].options[0][1]
    assert (len(kept["events"]), len(kept["losses"])) == (1, 1)
    one.controls["claim_rate"].value = 0.03
    assert (len(kept["events"]), len(kept["losses"])) == (1, 2)
    one.controls["records"].value = 1_000
    assert (len(kept["events"]), len(kept["losses"])) == (2, 3)


def test_the_regime_brings_its_own_claim_rate_and_price() -> None:
    one = made()
    before = one.controls["claim_rate"].value
    one.controls["regime"].value = "court"
    assert one.controls["claim_rate"].value < before
    assert stated(one) == expected(
        one.controls["limit"].value, 10_000, one.controls["claim_rate"].value, "court"
    )


def test_endorsements_and_deductible_are_those_of_the_product() -> None:
    one = made()
    at = one.controls
    assert "execution_double" in [name for _, name in at["endorsements"].options]
    at["endorsements"].value = ("execution_double",)
    at["deductible"].value = 1_000_000
    assert "+execution_double" in at["limit"].value
    assert "@deductible=1000000" in at["limit"].value
    at["product"].value = "nipponkoa_2006"
    assert at["deductible"].disabled


def test_an_answer_comes_with_pictures() -> None:
    one = made()
    for name in ("adequacy", "retained"):
        assert one.outputs[name].value[1:4] == b"PNG"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    study = tmp_path / "study.toml"
    study.write_text(
        '[study]\nseed = 7\n[client]\nrecords = 10_000\n[[plan]]\nid = "aiu_2015@limit=100000000"\n'
    )
    command = [sys.executable, "-m", "exposure.cli", "explore", str(study), "--no-browser"]
    quiet = {**os.environ, "JUPYTER_PLATFORM_DIRS": "1", "HOME": str(tmp_path)}
    process = subprocess.Popen(
        [*command, f"--port={port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=quiet,
        cwd=tmp_path,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        until = time.monotonic() + 90
        while True:
            assert process.poll() is None, "the explorer did not start"
            assert time.monotonic() < until, "the explorer did not answer"
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.skipif(browser.installed() is None, reason="no Chromium on this computer")
def test_moving_sliders_in_a_browser_states_what_the_library_computes(
    server: str, tmp_path: Path
) -> None:
    pytest.importorskip("websocket")
    pytest.importorskip("voila")
    value = "(document.querySelector('.adequacy') || {dataset: {}}).dataset.value"
    slider = "document.querySelectorAll('[role=slider]')[{}].focus()"
    picture = "document.querySelector('img').src"
    with browser.page(server, tmp_path / "profile") as page:
        first = page.wait(value)
        drawn = page.value(picture)
        page.value(slider.format(0))  # records: one step up
        page.press("ArrowRight")
        second = page.wait(f"{value} != '{first}' && {value}")
        page.wait(f"{picture} != '{drawn}'")
        page.value(slider.format(3))  # claim rate: one step up
        page.press("ArrowRight")
        third = page.wait(f"{value} != '{second}' && {value}")
    one = explorer(_study_of(7))
    assert float(first) == stated(one)
    one.controls["records"].value = 30_000
    assert float(second) == stated(one)
    rate = one.controls["claim_rate"]
    rate.value = rate.value * 10**rate.step
    assert float(third) == pytest.approx(stated(one))


def _study_of(seed: int) -> Any:
    raw = {
        "study": {"seed": seed},
        "client": {"records": 10_000},
        "plan": [{"id": "aiu_2015@limit=100000000"}],
    }
    return study_from_mapping(raw, "test")


def test_the_command_says_what_is_wrong_with_a_study(tmp_path: Path) -> None:
    from exposure.cli import main

    bad = tmp_path / "bad.toml"
    bad.write_text("[client]\nrecords = 0\n")
    assert main(["explore", str(bad), "--no-browser"]) == 2
    assert data_path("studies", "clinic.toml").is_file()
