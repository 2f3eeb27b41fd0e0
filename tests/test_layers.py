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

from exposure.commands import COMMANDS

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


MOST_MODULES = 150


def test_there_are_no_more_modules_than_a_reader_can_keep_in_mind() -> None:
    count = sum(path.stem != "__init__" for path in modules())
    assert count <= MOST_MODULES, (
        f"{count} modules, at most {MOST_MODULES}: put what is new into the module whose work it "
        "shares, or merge two small ones that only one other imports"
    )


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


def words_of(path: Path) -> set[str]:
    """Return every name that a module gives to something."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    defined = (ast.FunctionDef, ast.ClassDef)
    return {
        node.name if isinstance(node, defined) else node.id if isinstance(node, ast.Name) else ""
        for node in tree
        if isinstance(node, defined) or (isinstance(node, ast.Name) and is_set(node))
    }


def is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def quoted_in(page: str) -> list[str]:
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


# Names of NumPy, keys of data files, arguments of a function and blanks to fill in.
ELSEWHERE = {"exp", "log", "args", "lang", "ax", "heads", "need", "kind", "not_covered"}
ELSEWHERE |= {"per_person", "fixed", "level", "condition", "exponent", "numpy.searchsorted"}
ELSEWHERE |= {"recourse.heads", "OPTIONS", "SPEAK_OF_INPUT"}
ELSEWHERE |= {"cost.HEAD.condition", "date.spending_mean.HEAD"}
SUFFIX = re.compile(r"\.(py|toml|csv|md|json)$")


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_function_and_record_named_in_a_page_is_there(page: str) -> None:
    known = {path.stem: words_of(path) for path in modules()}
    rooms = {path.name for path in PACKAGE.rglob("*") if path.is_dir()}
    everything = set().union(*known.values(), known, rooms, {"exposure"})
    checked = 0
    for quoted in quoted_in(page):
        name = re.sub(r"\(.*\)$", "", quoted).rpartition("/")[2]
        if name in ELSEWHERE or not re.fullmatch(r"[A-Za-z_][\w.]*", name) or SUFFIX.search(name):
            continue
        first, *rest = name.split(".")
        assert first in everything, f"{page}: {quoted}"
        assert set(rest) <= known.get(first, everything), f"{page}: {quoted}"
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_named_in_a_page_is_there(page: str) -> None:
    files = {path.name for path in PACKAGE.rglob("*.*")}
    named = [name for name in quoted_in(page) if SUFFIX.search(name) and " " not in name]
    assert len(named) > 20
    for name in named:
        if not re.search(r"[<*]", name):
            there = (ROOT / name).exists() or (PACKAGE / name).exists()
            assert there or name in {*files, "result.json"}, f"{page}: {name}"


def test_the_map_says_of_a_module_what_it_says_of_itself() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in modules():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.stem != "__init__":
            line = f"- `{path.stem}`: {(docstring.splitlines() or [''])[0]}"
            assert f"{line}\n" in text, f"ARCHITECTURE.md, The map, lacks the line {line}"


def printed_by(script: str) -> str:
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_module(command: str) -> None:
    path = PACKAGE / "commands" / f"{command}.py"
    assert path.exists(), f"COMMANDS has {command!r}: add exposure/commands/{command}.py"


def test_the_front_door_loads_numpy_and_nothing_heavier() -> None:
    script = (
        "import sys, exposure; "
        "names = {'matplotlib', 'pandas', 'scipy', 'pydantic', 'rich', 'jinja2'}; "
        "heavy = names & set(sys.modules); "
        "print(sorted(heavy))"
    )
    assert printed_by(script) == "[]"


def test_help_imports_no_numerical_library() -> None:
    script = (
        "import sys; from exposure.cli import build_parser; build_parser('ja').format_help(); "
        "heavy = {'numpy', 'matplotlib', 'pandas', 'scipy', 'pydantic'} & set(sys.modules); "
        "print(sorted(heavy))"
    )
    assert printed_by(script) == "[]"
