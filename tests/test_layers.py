"""The house of ARCHITECTURE.md: imports go down only, and the front door is light."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "exposure"

FLOORS = {
    "cli": 11,
    "commands": 10,
    "output": 9,
    "api": 8,
    "batch": 8,
    "validation": 8,
    "study": 7,
    "simulation": 6,
    "result": 5,
    "measures": 4,
    "policy": 3,
    "model": 2,
    "inputs": 1,
}
FORBIDDEN = {
    ("policy", "model"),
    ("policy", "inputs"),
    ("measures", "policy"),
    ("measures", "model"),
}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def floor_of(module: str) -> int:
    return FLOORS.get(room_of(module), 0)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name == "exposure" or name.startswith("exposure.")}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    name = ".".join(("exposure", *path.relative_to(PACKAGE).with_suffix("").parts))
    if name == "exposure.__init__":
        return  # the front door names every floor, lazily
    for other in imported_by(path):
        if room_of(other) == "":
            continue
        assert floor_of(other) <= floor_of(name), f"{name} imports {other} from a floor above"
        assert (room_of(name), room_of(other)) not in FORBIDDEN, f"{name} imports {other}"


def test_no_name_of_a_module_stands_twice() -> None:
    stems = [path.stem for path in modules() if path.stem != "__init__"]
    assert {stem for stem in stems if stems.count(stem) > 1} == set()
    assert len(stems) <= 150


def imports_at_run_time(tree: ast.AST) -> Iterator[ast.ImportFrom]:
    """Yield what is imported at the top and within functions, but not for the types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            yield node
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports_at_run_time(node)


def test_imports_within_functions_are_seen_and_those_for_types_are_not() -> None:
    text = """
from exposure.top import a
if TYPE_CHECKING:
    from exposure.types import b
def f():
    if x:
        from exposure.inner import c
"""
    found = [node.module for node in imports_at_run_time(ast.parse(text))]
    assert found == ["exposure.top", "exposure.inner"]


def test_no_modules_load_each_other_in_a_circle() -> None:
    names = {
        ".".join(("exposure", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in modules()
    }
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        graph[name] = set()
        for node in imports_at_run_time(ast.parse(path.read_text(encoding="utf-8"))):
            if node.module in names:
                found = {f"{node.module}.{alias.name}" for alias in node.names} & names.keys()
                graph[name] |= found or {node.module}
    graphlib.TopologicalSorter(graph).prepare()  # raises where there is one


def test_every_room_has_a_floor_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in modules():
        if path.stem == "__init__":
            continue
        assert re.search(rf"`{path.stem}`", text), f"ARCHITECTURE.md does not mention {path.stem}"


def test_every_file_named_in_the_architecture_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)`", text)
    assert len(named) > 20
    assert [name for name in named if "/" in name and not (PACKAGE / name).exists()] == []


def test_the_front_door_loads_numpy_and_nothing_heavier() -> None:
    script = (
        "import sys, exposure; "
        "names = {'matplotlib', 'pandas', 'scipy', 'pydantic', 'rich', 'jinja2'}; "
        "heavy = names & set(sys.modules); "
        "print(sorted(heavy))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_help_imports_no_numerical_library() -> None:
    script = (
        "import sys; from exposure.cli import build_parser; build_parser('ja').format_help(); "
        "heavy = {'numpy', 'matplotlib', 'pandas', 'scipy', 'pydantic'} & set(sys.modules); "
        "print(sorted(heavy))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
