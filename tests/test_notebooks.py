"""Every notebook runs from top to bottom, and is kept as it was run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_CELLS = 25


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def parameters(notebook: Any) -> list[Any]:
    return [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]


def named(paths: list[Path]) -> Any:
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


def test_the_notebooks_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:2] for path in NOTEBOOKS if path.name[:2].isdigit()]
    assert numbers == [f"{i:02d}" for i in range(1, len(numbers) + 1)]
    assert len(numbers) >= 5


@named(NOTEBOOKS)
def test_a_notebook_is_short_and_has_one_parameters_cell(path: Path) -> None:
    notebook = read(path)
    assert len(notebook.cells) <= MOST_CELLS
    assert len(parameters(notebook)) == 1
    source = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "def " not in source


@named([path for path in NOTEBOOKS if path.name[:2].isdigit()])
def test_a_notebook_opens_with_the_answer_and_ends_with_its_limits(path: Path) -> None:
    cells = read(path).cells
    assert cells[0].source.startswith("# ")
    assert "**短い答え**" in cells[0].source
    assert "## 結論と限界" in cells[-1].source


@named([path for path in NOTEBOOKS if path.name[:2].isdigit()])
def test_a_notebook_is_kept_executed_without_errors_or_paths(path: Path) -> None:
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
    text = path.read_text(encoding="utf-8")
    assert "/home/" not in text
    assert str(FOLDER.parent) not in text


@pytest.mark.notebooks
@named(NOTEBOOKS)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    (cell,) = parameters(notebook)
    cell.source += "\nloss_years = 2_000\n"
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
