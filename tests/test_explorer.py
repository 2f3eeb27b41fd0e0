"""The live explorer: its answers are the library's, without a browser and in one."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import browser

from exposure.errors import DataError
from exposure.files import data_path, notebook_path
from exposure.inputs.study_file import study_from_mapping
from exposure.output.content.words import amount_cell, yen_cell
from exposure.output.explorer import Explorer, explorer
from exposure.study.live import answer
from exposure.study.pipeline import run_study

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
        "study": {**STUDY["study"], "regimes": [regime], "endorsements": "as_given"},
        "client": {"records": records},
        "plan": [{"id": plan}],
        "assumptions": {f"claims.rate.{regime}": {"value": rate, "reason": "試し"}},
    }
    document = run_study(study_from_mapping(raw, "test")).document
    plans = document["regimes"][regime]["plans"]
    value: float = next(one for one in plans if one["id"] == plan)["share_paid"]["value"]
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


def test_it_opens_on_the_plan_and_limit_that_are_recommended() -> None:
    raw = {
        "study": STUDY["study"],
        "client": {"records": 100_000, "incidents_last_3_years": 2},
        "plan": [
            {"id": "aiu_2015@limit=100000000", "premium": 5_000_000},
            {"id": "nipponkoa_2006/A", "premium": 40_000},
            {"id": "nipponkoa_2006/E", "premium": 300_000},
        ],
    }
    study = study_from_mapping(raw, "test")
    record = run_study(study).record
    (plan,) = {view.recommendation.plan for view in record.regimes.values()}
    one = explorer(study, loss_years=YEARS)
    assert plan is not None
    assert plan.startswith("nipponkoa_2006/")  # not that of the first product in the list
    assert (one.recommended, one.controls["limit"].value) == (plan, plan)
    assert stated(one) == record.regimes["brochure"].plan(plan).share_paid.value


def test_worth_and_premium_stand_under_both_views_and_follow_the_controls() -> None:
    one = made()
    at = one.controls
    said = []
    for records in (10_000, 30_000):
        at["records"].value = records
        found = answer(one.live, one.question())
        text = one.outputs["answer"].value
        for regime in ("brochure", "court"):
            plan = found.figures(regime)
            assert yen_cell(plan.worth, "ja").text in text
            assert amount_cell(plan.premium.amount, "ja").text in text
            assert plan.worth.value is not None
            assert plan.premium.amount is not None
            assert amount_cell(plan.worth.value - plan.premium.amount, "ja").text in text
        pictures = [one.outputs[name].value for name in ("by_limit", "retained")]
        said.append((text, *pictures))
    assert all(before != after for before, after in zip(*said, strict=True))
    at["limit"].value = at["limit"].options[0][1]
    assert one.outputs["by_limit"].value != said[1][1]
    assert one.outputs["retained"].value != said[1][2]
    assert one.outputs["answer"].value != said[1][0]
    at["regime"].value = "court"
    assert one.outputs["by_limit"].value != said[1][1]
    assert one.outputs["answer"].value != said[1][0]


def test_a_premium_tried_moves_cost_rank_and_answer_to_those_of_the_library() -> None:
    plans = ["nipponkoa_2006/B", "nipponkoa_2006/C", "nipponkoa_2006/F"]
    raw = {**STUDY, "plan": [{"id": name} for name in plans]}
    one = explorer(study_from_mapping(raw, "test"), loss_years=YEARS)
    at = one.controls
    at["limit"].value = "nipponkoa_2006/F"
    stated = [name for _, name in at["limit"].options]
    seen = []
    for typed, premium in (("", None), ("90万", 900_000), ("40,000", 40_000)):
        at["premium"].value = typed
        quoted = {"nipponkoa_2006/F": premium} if premium else {}
        wanted = run_study(
            study_from_mapping(
                {
                    "study": {**STUDY["study"], "endorsements": "as_given"},
                    "client": STUDY["client"],
                    "plan": [
                        {"id": name, **({"premium": quoted[name]} if name in quoted else {})}
                        for name in stated
                    ],
                },
                "test",
            )
        ).record
        text = one.outputs["answer"].value
        for regime, view in wanted.regimes.items():
            plan = view.plan("nipponkoa_2006/F")
            found = answer(one.live, one.question()).figures(regime)
            assert found.premium == plan.premium
            assert found.total_cost == plan.total_cost
            assert plan.total_cost is not None
            assert amount_cell(plan.total_cost.value, "ja").text in text
            costs = sorted(p.total_cost.value for p in view.plans if p.total_cost is not None)
            rank = 1 + costs.index(plan.total_cost.value)
            assert f"{rank} / {len(costs)}" in text
        assert wanted.recommendation.statement.ja in text
        seen.append(text)
    assert len(set(seen)) == len(seen)


def test_a_premium_stays_with_its_plan_and_a_wrong_one_is_said() -> None:
    one = made()
    at = one.controls
    at["product"].value = "nipponkoa_2006"
    at["limit"].value = "nipponkoa_2006/B"
    at["premium"].value = "1万2千"
    first = at["limit"].value
    assert one.tried == {first: 12_000}
    at["limit"].value = "nipponkoa_2006/F"
    assert at["premium"].value == ""
    at["premium"].value = "many"
    assert "many" in one.outputs["answer"].value
    at["limit"].value = first
    assert at["premium"].value == "12,000"
    at["premium"].value = ""
    assert one.tried == {}


def test_products_are_named_as_their_plans_are() -> None:
    for lang in ("ja", "en"):
        one = explorer(study_from_mapping(STUDY, "test"), lang=lang, loss_years=YEARS)
        for name, product in one.controls["product"].options:
            one.controls["product"].value = product
            assert f">{name}" in one.outputs["answer"].value
            assert len(name) < 30  # as long as the list is wide


def test_nothing_is_drawn_again_that_did_not_change() -> None:
    one = made()
    kept = one.live.kept
    # Losses are kept for each view of liability.
    assert (len(kept["events"]), len(kept["losses"])) == (1, 2)
    one.controls["limit"].value = one.controls["limit"].options[0][1]
    assert (len(kept["events"]), len(kept["losses"])) == (1, 2)
    one.controls["claim_rate"].value = 0.03
    assert (len(kept["events"]), len(kept["losses"])) == (1, 3)
    one.controls["records"].value = 1_000
    assert (len(kept["events"]), len(kept["losses"])) == (2, 5)


def test_the_regime_brings_its_own_claim_rate_and_price() -> None:
    one = made()
    before = one.controls["claim_rate"].value
    one.controls["regime"].value = "court"
    assert one.controls["claim_rate"].value < before
    assert stated(one) == expected(
        one.controls["limit"].value, 10_000, one.controls["claim_rate"].value, "court"
    )


def test_the_price_moves_what_a_client_with_sensitive_data_alone_loses() -> None:
    client = {"records": 10_000, "industry": "medical", "sensitive_share": 1}
    one = explorer(study_from_mapping({**STUDY, "client": client}, "test"), loss_years=YEARS)
    at = one.controls
    before = stated(one)
    at["price"].value = at["price"].value * 4
    reason = {"reason": "試し"}
    raw = {
        "study": {**STUDY["study"], "regimes": ["brochure"], "endorsements": "as_given"},
        "client": client,
        "plan": [{"id": at["limit"].value}],
        # Four times the 10,000 yen that the brochures pay for either kind of data.
        "assumptions": {
            f"price.median.{kind}.brochure": {"value": 40_000, **reason}
            for kind in ("basic", "sensitive")
        },
    }
    record = run_study(study_from_mapping(raw, "test")).record
    wanted = record.regimes["brochure"].plan(at["limit"].value).share_paid.value
    assert stated(one) == pytest.approx(wanted)
    assert stated(one) != before


def test_what_a_product_does_not_have_is_not_shown() -> None:
    one = made()
    at = one.controls
    assert {at[name].layout.display for name in ("deductible", "endorsements")} == {None}
    at["product"].value = "nipponkoa_2006"
    assert {at[name].layout.display for name in ("deductible", "endorsements")} == {"none"}
    assert at["limit"].layout.display is None


def test_in_english_no_word_is_japanese() -> None:
    notebook = json.loads(notebook_path("explorer.ipynb").read_text(encoding="utf-8"))
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["code", "code"]
    one = explorer(study_from_mapping(STUDY, "test"), lang="en", loss_years=YEARS)
    said = [str(part) for part in texts_of(one.box)]
    assert any("Try other conditions" in words for words in said)
    assert not re.search("[ぁ-んァ-ヶ一-龠]", " ".join(said))


def texts_of(widget: Any) -> Iterator[Any]:
    """Everything that a widget and those inside it say."""
    for child in getattr(widget, "children", ()):
        yield from texts_of(child)
    for name in ("value", "description", "_options_labels"):
        said = getattr(widget, name, "")
        if isinstance(said, str | tuple):
            yield said


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
    for name in ("by_limit", "retained"):
        assert one.outputs[name].value[1:4] == b"PNG"


@pytest.fixture(scope="module")
def server_folder() -> Iterator[Path]:
    """A folder with a short name: the address of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="x", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[str]:
    """The address of an explorer that is running, as its user is told it."""
    yield from running(server_folder)


@pytest.fixture
def crowded_server() -> Iterator[str]:
    """One of its own: pages that a test opens stay open, and there are only so many."""
    with tempfile.TemporaryDirectory(prefix="x", ignore_cleanup_errors=True) as folder:
        yield from running(Path(folder))


def running(folder: Path, temporary: Path | None = None) -> Iterator[str]:
    pytest.importorskip("voila")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    study = folder / "study.toml"
    study.write_text(
        '[study]\nseed = 7\n[client]\nrecords = 10_000\n[[plan]]\nid = "aiu_2015@limit=100000000"\n'
    )
    command = [sys.executable, "-m", "exposure.cli", "explore", str(study), "--no-browser"]
    quiet = {
        **os.environ,
        "JUPYTER_PLATFORM_DIRS": "1",
        "HOME": str(folder),
        "TMPDIR": str(temporary or folder),
    }
    said = folder / "said"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [*command, f"--port={port}"],
            stdout=stream,
            stderr=subprocess.DEVNULL,
            env=quiet,
            cwd=folder,
        )
    try:
        until = time.monotonic() + 300
        while not (words := said.read_text(encoding="utf-8").split()):
            assert process.poll() is None, "the explorer did not start"
            assert time.monotonic() < until, "the explorer did not answer"
            time.sleep(0.2)
        assert words[0].startswith(f"http://127.0.0.1:{port}/?token=")
        # What others see of a process holds no secret.
        seen = Path(f"/proc/{process.pid}/cmdline")
        assert not seen.exists() or words[0][-20:].encode() not in seen.read_bytes()
        yield words[0]
    finally:
        process.terminate()
        process.wait(timeout=30)


def fetched(address: str, *, cookie: str = "", **headers: str) -> tuple[int, bytes, str]:
    """Fetch a page: its status, its content and the cookie it sets."""
    stated = {**headers, "Cookie": cookie} if cookie else headers
    named = {name.replace("_", "-"): value for name, value in stated.items()}
    request = urllib.request.Request(address, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
            kept = "; ".join(one.partition(";")[0] for one in cookies)
            return answer.status, answer.read(), kept
    except urllib.error.HTTPError as error:
        return error.code, error.read(), ""


def test_nobody_but_the_user_gets_anything(server: str) -> None:
    place, _, token = server.partition("?token=")
    host = place.split("/")[2]
    port = host.partition(":")[2]
    own = f"exposure-{port}={token}"
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    kernel = "api/kernels/00000000-0000-0000-0000-000000000000"
    for path in ("", "voila/static/voila.js", kernel, f"{kernel}/channels", "voila/files/x.png",
                 "login", "nowhere", "voila/api/shutdown/x"):  # fmt: skip
        assert fetched(place + path)[:2] == (403, b"403\n"), path
        assert fetched(f"{place}{path}?token={wrong}")[:2] == (403, b"403\n")
        assert fetched(place + path, cookie=f"exposure-{port}={wrong}")[0] == 403
        assert fetched(f"{place}{path}?token={token}", Host="evil.example")[0] == 403
        assert fetched(f"{place}{path}?token={token}", Host=f"evil.example:{port}")[0] == 403
        assert fetched(f"{place}{path}?token={token}", Origin="http://evil.example")[0] == 403
        assert fetched(place + path, cookie=own, Origin="null")[0] == 403
    assert fetched(place + "voila/static/voila.js", cookie=own)[0] == 200
    assert fetched(place + "voila/static/voila.js", cookie=own, Origin=f"http://{host}")[0] == 200


def test_a_page_talks_to_its_kernel_and_others_do_not(server: str) -> None:
    websocket = pytest.importorskip("websocket")
    place, _, token = server.partition("?token=")
    host = place.split("/")[2]
    status, page, kept = fetched(server)
    assert status == 200 and token in kept
    found = re.search(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", page)
    assert found is not None
    channels = f"ws://{host}/api/kernels/{found[0].decode()}/channels"
    connect = websocket.create_connection
    connect(channels, cookie=kept, timeout=30).close()
    for options in ({}, {"cookie": kept, "origin": "http://evil.example"},
                    {"cookie": kept, "host": "evil.example"}):  # fmt: skip
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            connect(channels, timeout=30, **options)


def test_kernels_talk_by_files_that_only_their_user_reaches(
    server: str, server_folder: Path
) -> None:
    """What they send goes to no port: everybody can listen to one without its key."""
    assert fetched(server)[0] == 200
    folders = list(server_folder.glob("voila_*"))
    assert sum(len(list(folder.glob("*-ipc-*"))) for folder in folders) >= 5
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders)


def test_the_name_of_the_temporary_folder_may_be_long(tmp_path: Path) -> None:
    """The kernels then talk in another folder, which is their user's alone as well."""
    temporary = tmp_path / ("あ" * 40) / ("x" * 100)
    temporary.mkdir(parents=True)
    others = set(Path("/tmp").glob("voila_*"))
    for address in running(tmp_path, temporary):
        status, page, _ = fetched(address)
        assert (status, b"<title>" in page) == (200, True)
        assert not list(temporary.glob("voila_*"))
        new = set(Path("/tmp").glob("voila_*")) - others
        assert all(folder.stat().st_mode & 0o077 == 0 for folder in new)


def test_no_place_for_the_sockets_of_kernels_is_said(tmp_path: Path) -> None:
    pytest.importorskip("voila")
    from exposure.output.explorer_server import folder_for_sockets

    long = tmp_path / ("x" * 90)
    long.mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        folder_for_sockets([str(long), str(tmp_path / "file"), "/no/such"])
    assert caught.value.lines("en") == [
        "TMPDIR: name a folder with a short name that can be written to, such as /tmp"
    ]


def test_a_kernel_nobody_uses_ends_by_itself() -> None:
    pytest.importorskip("voila")
    from exposure.output.explorer_server import _Kernels

    async def left_alone() -> tuple[int, int]:
        kernels = _Kernels(cull_idle_timeout=1, cull_interval=1)
        try:
            await kernels.start_kernel()
            before = len(kernels.list_kernel_ids())
            for _ in range(300):
                if not kernels.list_kernel_ids():
                    break
                await asyncio.sleep(0.1)
            return before, len(kernels.list_kernel_ids())
        finally:
            await kernels.shutdown_all()

    assert _Kernels().cull_idle_timeout > 0
    assert asyncio.run(left_alone()) == (1, 0)


@pytest.mark.skipif(browser.installed() is None, reason="no Chromium on this computer")
def test_moving_sliders_in_a_browser_states_what_the_library_computes(
    server: str, tmp_path: Path
) -> None:
    pytest.importorskip("websocket")
    pytest.importorskip("voila")
    value = "(document.querySelector('.share-paid') || {dataset: {}}).dataset.value"
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


def test_there_are_only_so_many_pages(crowded_server: str) -> None:
    statuses = [fetched(crowded_server)[0] for _ in range(8)]
    assert statuses[-1] == 503
    assert set(statuses) <= {200, 503}
