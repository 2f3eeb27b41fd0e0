"""No figure with a unit, rate, probability or threshold stands in Python."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "exposure"

# Technical constants: none is a figure of the model, and none moves a result beyond rounding.
TECHNICAL: dict[str, tuple[set[float], str]] = {
    "batch/cells.py": (
        {9, 10, 11, 14, 23, 27, 37, 45, 48, 49, 50, 59, 1000, 26, 60, 12, 30, 1899, 1904},
        "numbers of built-in formats; decimal notation; letters; how spreadsheets count days",
    ),
    "batch/client_list.py": ({80, 20, 15}, "longest text and list in a message, Excel's digits"),
    "batch/engine.py": ({12, 5}, "digits of a hash; seconds to wait for an answer"),
    "batch/headings.py": ({50, 0.75}, "rows looked at for headings; nearness of spellings"),
    "batch/registry.py": (
        {10, 12, 19, 30},
        "seconds between signs of life, digits of an id; seconds to wait for the database",
    ),
    "batch/portfolio.py": ({5}, "decimals kept of stored shares"),
    "batch/sheets.py": ({16, 1000}, "hexadecimal and decimal notation"),
    "cli.py": ({130, 80}, "exit code of an interruption; longest word shown"),
    "files.py": ({0.6, 0o666, 255, 50, 4}, "nearness of spellings; file mode; lengths of names"),
    "errors.py": ({80, 5, 100}, "longest text and most lines of a message"),
    "inputs/fields.py": ({100}, "per cent"),
    "inputs/priors.py": ({1.6448536269514722, 10}, "upper 5 % point of the normal; ln 10"),
    "inputs/study_file.py": ({60, 8}, "longest folder name, digits of its mark"),
    "measures/decision.py": ({1.25, 24, 1e-4}, "steps and precision of the search for a price"),
    "model/attributes.py": ({6, 8, 100}, "skewness, tables kept, where a normal serves"),
    "model/calibration.py": ({6}, "decimals stored"),
    "model/fits.py": ({3, 4, 6}, "places in a vector of parameters; decimals stored"),
    "model/sizes.py": ({8}, "tables kept"),
    "policy/case_schema.py": ({1900, 2200, 12, 40, 200, 80}, "plausible dates, lengths"),
    "policy/cases.py": ({40}, "longest text shown in a message"),
    "policy/catalogue.py": ({32}, "plans kept"),
    "policy/choices.py": ({100, 6}, "per cent, digits"),
    "policy/drafts.py": ({32}, "files kept"),
    "policy/explanation.py": ({100}, "per cent"),
    "policy/form.py": ({12, 100}, "months of a year, per cent"),
    "policy/gaps.py": ({3}, "items listed in a message"),
    "policy/payments.py": ({24}, "hours of a day"),
    "policy/phrases.py": ({10}, "decimal notation"),
    "policy/plan.py": ({256}, "plans kept"),
    "policy/vocabulary.py": ({10, 100, 3}, "most yen a whole number holds; lengths"),
    "result/lines.py": (
        {10, 10_000, 1e-9},
        "decimal notation, rounding, what is printed as a few thousand yen",
    ),
    "amounts.py": (
        {10, 3, 4},
        "decimals to which binary fractions are exact; digits printed; powers of ten of 万 and 億",
    ),
    "api.py": ({3}, "calls between a warning and whom it is for"),
    "study/table_files.py": ({3, 4}, "codes of the ORD standard"),
    "study/live.py": ({16}, "studies kept"),
    "simulation/machine.py": ({1e6}, "bytes of a megabyte"),
    "study/pipeline.py": ({3}, "stages of a run"),
    "study/sensitivity.py": ({0.5, 4}, "middle of a prior, halvings on the way to its end"),
    "study/since.py": ({3}, "causes listed in a sentence"),
}  # fmt: skip
# Layout and pictures: sizes of columns, margins and pages, never of a loss.
LAYOUT = ("output",)


def figures(source: str) -> set[float]:
    """The numbers of a module other than 0, 1, 2, their negatives and exponents of two."""
    tree = ast.parse(source)
    exponents = {
        id(node.right)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Pow)
        and isinstance(node.left, ast.Constant)
        and node.left.value == 2
    }
    squares = {
        id(node.right)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and node.value not in (0, 1, 2)
        and id(node) not in exponents | squares
    }


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in LAYOUT
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_figure_stands_in_code(path: Path) -> None:
    allowed, _ = TECHNICAL.get(path.relative_to(PACKAGE).as_posix(), (set(), ""))
    found = figures(path.read_text(encoding="utf-8")) - allowed
    assert found == set(), "put it into data/, as a row of data/assumptions with unit and source"


def test_a_figure_is_found() -> None:
    assert figures("rate = 0.045\nx = 2**14 - 1") == {0.045}


def test_every_exception_has_its_reason_and_its_module() -> None:
    for name, (values, reason) in TECHNICAL.items():
        assert values
        assert reason
        assert values <= figures((PACKAGE / name).read_text(encoding="utf-8")), name
