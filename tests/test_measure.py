"""A new measure stands everywhere once it is in the record and in the headline.

The recipe of CONTRIBUTING.md is followed on a copy of the package: a field of the record and a line
of the headline for a plan, and the same for a client with a threshold of its own, which is a row of
the assumptions. Nothing else of the copy is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_result import BASE, FEW

from exposure.files import data_path

PACKAGE = Path(__file__).parents[1] / "exposure"
# A plan pays in this share of the loss years; so many of the breaches cost more than that amount.
PAYING, BREACH, COSTLY = "paying_share", "costly_share", "costly_breach"
THRESHOLD = 1_000_000
ROW = f"""
["measure.{COSTLY}"]
label = {{ ja = "高額な漏えいとみなす額", en = "cost from which a breach is dear" }}
value = {THRESHOLD}
unit = "JPY"
range = "positive"
prior = "point"
grade = "J"
source = "judgement"
note = {{ ja = "例", en = "an example" }}
"""
ADDED = {
    "result/record.py": [
        ("    probability_limit_exhausted: Figure\n", f"    {PAYING}: Figure\n"),
        ("    need: Need\n    no_insurance: NoInsurance\n", f"    {BREACH}: Figure\n"),
    ],
    "simulation/figures.py": [
        ("    dear_share: float\n", f"    {COSTLY}: float\n"),
        (
            '        dear_share=value("measure.dear_share"),\n',
            f'        {COSTLY}=value("measure.{COSTLY}"),\n',
        ),
        (
            "        probability_limit_exhausted=figure("
            "_times(exhausted, 1 - years.empty_probability)),\n",
            f"        {PAYING}=figure(\n"
            "            wilson_interval(\n"
            "                int(np.count_nonzero(of_plan.retained < years.gross)),\n"
            "                years.gross.size,\n"
            "                level=measure.level,\n"
            "            )\n"
            "        ),\n",
        ),
        (
            "        plans=plan_figures_of(years, plans, measure),\n",
            f"        {BREACH}=figure(\n"
            "            wilson_interval(\n"
            f"                int(np.count_nonzero(years.events > measure.{COSTLY})),\n"
            "                years.events.size,\n"
            "                level=measure.level,\n"
            "            )\n"
            "        ),\n",
        ),
    ],
}
LOOK = f"""
import io, json, sys
import exposure as ex
from exposure.batch.task import ClientSummary, Row, row_document, summary_of
from exposure.inputs.study_file import study_from_mapping
from exposure.output.workbook import summary_workbook
from exposure.result.document import result_from, result_schema, to_plain, to_record
from exposure.study.pipeline import result_frame
from exposure.study.pipeline import run_study
from openpyxl import load_workbook

assert ex.__file__.startswith(sys.argv[1]), ex.__file__
result = run_study(study_from_mapping(json.load(sys.stdin), "test"), band=True)
again = result_from(json.loads(json.dumps(result.document)))
years = result.years["court"]
plan = next(one for one in result.record.regimes["court"].plans if one.id == "nipponkoa_2006/F")
place = [one.id for one in result.answer.plans].index(plan.id)
paying = years.plans[place].retained < years.gross
exact = float(paying.mean()), float((years.events > {THRESHOLD}).mean())
kept = to_record(ClientSummary, to_plain(summary_of(again)))
row = Row("A1", "甲", None, "done", summary=kept)
book = load_workbook(io.BytesIO(summary_workbook([row], None, "en")))
heads, *cells = book["All figures"].iter_rows(values_only=True)
frame = result_frame(again)
losses = ex.simulate(result.study, regime="court")
compared = ex.compare(losses, ["nipponkoa_2006/F"])
schema = result_schema()["$defs"]
json.dump({{
    "exact": exact,
    "document": next(
        one for one in result.document["regimes"]["court"]["plans"] if one["id"] == plan.id
    )["{PAYING}"],
    "regime": result.document["regimes"]["court"]["{BREACH}"],
    "frame": frame.loc[("court", plan.id), "{PAYING}"],
    "compared": compared.loc[plan.id, "{PAYING}"],
    "row": row_document(row)["regimes"]["court"],
    "named": result.record.regimes["court"].named.{PAYING}.value,
    "sheet": [dict(zip(heads, one)) for one in cells],
    "schema": ["{PAYING}" in schema["PlanResult"]["required"],
               "{BREACH}" in schema["RegimeResult"]["required"]],
}}, sys.stdout)
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a study says that was run with the copy."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "exposure", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data").mkdir()
    for path in data_path().iterdir():
        if path.name != "assumptions":
            (folder / "data" / path.name).symlink_to(path)
    shutil.copytree(data_path("assumptions"), folder / "data" / "assumptions")
    with (folder / "data" / "assumptions" / "measure.toml").open("a", encoding="utf-8") as rows:
        rows.write(ROW)
    for name, additions in ADDED.items():
        path = folder / "exposure" / name
        text = path.read_text(encoding="utf-8")
        for after, line in additions:
            assert text.count(after) == 1, (name, after)
            text = text.replace(after, after + line)
        path.write_text(text, encoding="utf-8")
    study = {**BASE, "assumptions": FEW}
    made = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder)],
        input=json.dumps(study),
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    yield json.loads(made.stdout)


def test_a_new_measure_stands_in_the_result_and_its_schema(seen: dict[str, Any]) -> None:
    paying, breach = seen["exact"]
    assert 0 < paying <= 1
    assert seen["document"]["value"] == paying
    assert seen["document"]["low"] <= paying <= seen["document"]["high"]
    assert seen["regime"]["value"] == pytest.approx(breach, rel=1e-12)
    assert seen["schema"] == [True, True]


def test_a_new_measure_has_a_band_from_the_draws(seen: dict[str, Any]) -> None:
    for figure in (seen["document"], seen["regime"]):
        low, high = figure["band"]
        assert 0 < low < high
    assert seen["document"]["band"][1] <= 1


def test_a_new_measure_is_a_column_of_both_comparisons(seen: dict[str, Any]) -> None:
    paying, _ = seen["exact"]
    assert seen["frame"] == paying
    # The same years, simulated and paid again.
    assert seen["compared"] == paying


def test_a_new_measure_stands_in_the_row_and_the_workbook_of_the_book(seen: dict[str, Any]) -> None:
    row, sheet = seen["row"], seen["sheet"]
    assert row[BREACH] == seen["regime"]
    assert row["figures"][PAYING]["value"] == seen["named"]
    assert row["figures"][PAYING]["band"] is not None
    assert [one["Client number"] for one in sheet] == ["A1", "A1"]  # one line for each regime
    shown = [(one[BREACH], one[f"plan.{PAYING}"]) for one in sheet]
    assert (row[BREACH]["value"], seen["named"]) in shown
    assert shown[0] != shown[1]
