"""The table of assumptions: every row, unit, prior, grade and source."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.parameters import Override
from exposure.output.content.evidence import assumption_cells, assumption_document


def shown(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exposure.cli", "show", "assumptions", *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_assumption_has_a_row(lang: str) -> None:
    cells = assumption_cells(load_assumptions(), lang)  # type: ignore[arg-type]
    assert [row[0].split("\n")[0] for row in cells] == list(load_assumptions().names())
    assert all(all(row[:5]) for row in cells)


def test_the_command_prints_the_table_and_the_document() -> None:
    document = json.loads(shown("--json").stdout)
    assert document["schema"] == "exposure/assumptions/1"
    by_name = {row["name"]: row for row in document["assumptions"]}
    assert by_name["event.reporting_threshold"]["value"] == 1000
    assert by_name["litigation.bar_scale"]["value"][-1]["up_to"] == "inf"
    printed = shown("--lang", "en").stdout
    assert "claims.rate.court" in printed
    assert "lognormal(sd_log10=0.5)" in printed


def test_options_of_a_plan_mean_nothing_here() -> None:
    done = shown("--endorse", "card", "--lang", "en")
    assert done.returncode == 2
    assert "means nothing for the assumptions" in done.stderr


def test_a_changed_value_is_marked() -> None:
    changed = load_assumptions().with_overrides({"size.nu": Override(value=0.5, reason="x")})
    row = next(row for row in assumption_cells(changed, "en") if row[0].startswith("size.nu"))
    assert row[0].startswith("size.nu (changed)")
    assert row[1] == "0.5"
    assert row[3] == "point"
    entry = next(r for r in assumption_document(changed)["assumptions"] if r["name"] == "size.nu")
    assert entry["value"] == 0.17
    assert entry["override"]["value"] == 0.5
