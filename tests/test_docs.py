"""What the pages say is true: generated ones are fresh, and every example runs as printed."""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from exposure.cli import build_parser, main
from exposure.commands import COMMANDS
from exposure.labels import labels
from exposure.tables import CATEGORIES, DATES, FLAGS

pytest.importorskip("griffe")

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "reports" / "guide"
WRITTEN = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    GUIDE / "README.md",
    GUIDE / "own_policy.md",
    GUIDE / "cases.md",
    ROOT / "reports" / "README.md",
)
PAGES = (*WRITTEN, *sorted(set(GUIDE.glob("*.md")) - set(WRITTEN)))

# What a page need not spend its reader's time on is cut short here; the last option wins.
SHORT = {
    "demo": ["--loss-years=1000", "--formats=json", "--no-band"],
    "run": ["--loss-years=1000", "--formats=json", "--no-band"],
    "batch": ["--loss-years=1000", "--formats=json", "--no-band", "--workers=1"],
    "export": ["--loss-years=1000"],
    "size": ["--no-band"],
}
FEW_YEARS = re.compile(r"loss_years=[\d_]+|\"loss_years\": [\d_]+")
SHOWN = doctest.OutputChecker()
STATED_CODE = re.compile(r"\s+# 終了コード (\d+)$")


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_guide", ROOT / "reports" / "make_guide.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fences(page: Path) -> list[Token]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    return [token for token in tokens if token.type == "fence"]


def named(pages: tuple[Path, ...]) -> pytest.MarkDecorator:
    ids = [page.relative_to(ROOT).as_posix() for page in pages]
    return pytest.mark.parametrize("page", pages, ids=ids)


# ---- generated pages


def test_the_generated_pages_are_as_the_program_is_now(maker: ModuleType) -> None:
    for name, text in maker.pages().items():
        stored = (GUIDE / name).read_text(encoding="utf-8")
        assert stored == text, f"{name}: run python reports/make_guide.py"


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (GUIDE / "commands.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"## exposure {command}\n" in text
        for option in options_of(command):
            assert option in text.partition(f"## exposure {command}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_table_of_the_readme_and_in_the_guide(command: str) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    table = "\n".join(line for line in lines if line.startswith("|"))
    called = re.compile(rf"\bexposure {command}\b")
    assert called.search(table), f"README.md, All commands: add a row with `exposure {command}`"
    guide = (GUIDE / "README.md").read_text(encoding="utf-8")
    assert called.search(guide), f"reports/guide/README.md: add an example of `exposure {command}`"


def test_every_label_of_the_vocabulary_is_on_its_page(maker: ModuleType) -> None:
    text = (GUIDE / "vocabulary.md").read_text(encoding="utf-8")
    kinds = [kind for kind in maker._kinds() if kind != "flag"]
    assert {"head", "cause", "reason", "exclusion", "term", "regime"} <= set(kinds)
    for kind in kinds:
        for name, words in labels(kind).items():
            assert f"| `{name}` | {words.ja} | {words.en} |" in text


# ---- written pages


def options_of(command: str) -> set[str]:
    (actions,) = (one for one in build_parser("ja")._actions if isinstance(one.choices, dict))
    return set(actions.choices[command]._option_string_actions) - {"-h", "--help"}


@named(PAGES)
def test_a_command_in_the_text_exists_with_its_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command, rest in re.findall(r"(?<!import)(?<!from)[`/ ]exposure ([a-z]+)([^`\n]*)", text):
        assert command in COMMANDS, command
        assert set(re.findall(r"--[a-z-]+", rest)) <= options_of(command) | {"--help"}, rest


@named(PAGES)
def test_a_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.casefold().replace(" ", "-") for heading in headings}, target


def test_a_file_named_in_the_guide_is_there() -> None:
    for page in WRITTEN:
        text = page.read_text(encoding="utf-8")
        for path in re.findall(r"`((?:data|notebooks|exposure|tests)/[\w./-]+)`", text):
            assert (ROOT / path).exists(), path


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@named(WRITTEN)
def test_every_example_of_a_page_runs_as_printed(page: Path, workplace: Path) -> None:
    scope: dict[str, object] = {}
    for block in fences(page):
        kind, _, name = block.info.partition(" ")
        if name:
            (workplace / name).write_text(block.content, encoding="utf-8")
        if kind == "console":
            for line, code, expected in commands_of(block.content):
                check_command(line, code, expected)
        elif kind == "python":
            exec(compile(FEW_YEARS.sub(few, block.content), str(page), "exec"), scope)


def few(stated: re.Match[str]) -> str:
    return re.sub(r"[\d_]+$", "1_000", stated.group())


def commands_of(block: str) -> Iterator[tuple[str, int, str]]:
    """Yield each command of a block with its exit code and what is printed below it."""
    for part in block.split("$ ")[1:]:
        line, _, expected = part.partition("\n")
        code = STATED_CODE.search(line)
        yield STATED_CODE.sub("", line), int(code.group(1)) if code else 0, expected


def check_command(line: str, code: int, expected: str) -> None:
    program, command, *rest = shlex.split(line)
    assert program == "exposure", line
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        found = main([command, *rest, *SHORT.get(command, [])])
    text = tidy(said.getvalue())
    assert found == code, text
    if expected:
        wanted = tidy(expected).replace("…", "...")
        same = SHOWN.check_output(wanted, text, doctest.ELLIPSIS)
        assert same, f"{line}\n--- on the page\n{wanted}\n--- printed\n{text}"


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def test_the_columns_of_exported_tables_are_explained(workplace: Path, maker: ModuleType) -> None:
    study = workplace / "study.toml"
    shutil.copy(ROOT / "data" / "studies" / "small_office.toml", study)
    command = ["export", str(study), "--out", "tables", "--loss-years=1000"]
    assert main(command) == 0
    found = {
        column
        for table in (workplace / "tables").glob("*.csv")
        for column in table.read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
    }
    known = maker._words()["export"]
    # Which facts stand in a table depends on what the client states.
    assert found <= set(known)
    assert set(known) - found <= {*FLAGS, *CATEGORIES, *DATES, "officer_days", "employee_days"}
