"""Labels: every name the project uses has a word in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from exposure import labels as module
from exposure.errors import DataError
from exposure.inputs.assumptions import load_assumptions
from exposure.labels import kinds, label, labels
from exposure.model.costs import priced_heads
from exposure.policy.vocabulary import HEADS
from exposure.tables import CATEGORIES, DATES, FLAGS

CAUSES = [
    "misoperation", "management_error", "loss_misplacement", "theft", "unauthorised_access",
    "unauthorised_take_out", "misconfiguration", "insider_crime", "bug_security_hole",
    "worm_virus", "other_unknown",
]  # fmt: skip


def test_a_wording_may_name_every_head_but_fines() -> None:
    assert set(labels("head")) == {*HEADS, "fines"}


def test_every_head_that_is_simulated_is_in_the_list() -> None:
    assert set(priced_heads(load_assumptions())) <= set(HEADS)


def test_every_cause_and_group_has_a_label() -> None:
    assert set(CAUSES) <= set(labels("cause"))
    assert list(labels("group")) == ["external", "insider", "vendor", "physical", "error", "other"]


def test_reasons_stand_in_the_order_in_which_a_wording_is_applied() -> None:
    assert list(labels("reason")) == [
        "not_covered", "excluded", "window", "per_unit", "deductible", "share", "sublimit", "limit",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*FLAGS, *DATES, *CATEGORIES])
def test_every_fact_of_an_event_has_a_label(name: str) -> None:
    assert label("fact", name)


@pytest.mark.parametrize(
    "name", [f"{fact}.{value}" for fact, values in CATEGORIES.items() for value in values]
)
def test_every_value_of_a_fact_has_a_label(name: str) -> None:
    assert label("fact", name, "en")


def test_a_grade_for_each_letter() -> None:
    assert list(labels("grade")) == ["A", "B", "C", "J"]


@pytest.mark.parametrize("kind", kinds())
def test_the_same_blanks_in_both_languages(kind: str) -> None:
    for name, text in labels(kind).items():
        ja, en = (set(re.findall(r"\{(\w+)\}", words)) for words in text)
        assert ja == en or name == "years", name


@pytest.mark.parametrize(
    "kind", sorted(set(kinds()) - {"report", "chart", "term", "section", "wording"})
)
def test_no_two_names_of_a_kind_read_the_same(kind: str) -> None:
    plain = {name: text for name, text in labels(kind).items() if "." not in name}
    assert len({text.ja for text in plain.values()}) == len(plain)
    assert len({text.en for text in plain.values()}) == len(plain)


def test_terms_are_those_of_the_brochures() -> None:
    assert label("head", "litigation_costs") == "争訟費用"
    assert label("reason", "share") == "自己負担割合"
    assert label("term", "indemnity_ratio") == "縮小てん補割合"
    assert label("option", "execution_double") == "危機管理実行費用倍額支払特約"


def test_a_missing_label_is_named_with_its_neighbour() -> None:
    with pytest.raises(ValueError, match=r"'damage'.*'damages'"):
        label("head", "damage")
    with pytest.raises(ValueError, match="'nothing'"):
        label("nothing", "damages")


def test_a_label_without_one_language_is_an_error(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:

    folder = Path(str(tmp_path))
    (folder / "odd.toml").write_text('a = { ja = "あ" }\nb = "い"\n', encoding="utf-8")
    monkeypatch.setattr(module, "data_path", lambda *parts: folder.joinpath(*parts[1:]))
    with pytest.raises(DataError, match=r"odd\.toml: a = .*\n.*odd\.toml: b = "):
        labels.__wrapped__("odd")


def test_a_head_of_no_kind_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    text = 'a = { kind = "cost", ja = "あ", en = "a" }\nb = { ja = "い", en = "b" }\n'
    (folder / "head.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "data_path", lambda *parts: folder.joinpath(*parts[1:]))
    with pytest.raises(DataError, match=r"head\.toml: a\.kind = .*\n.*head\.toml: b = .*a kind"):
        labels.__wrapped__("head")


# --- sentences for readers stand among the labels ------------------------------------------------

JAPANESE = re.compile("[ぁ-んァ-ヺ一-鿿々]")
# Who runs the program is spoken to here, in `errors.Text`: about what was typed, or how it goes.
# Some of these rooms also read Japanese: amounts, headings, dates, forms.
SPEAK_OF_INPUT = (
    "amounts.py", "batch/", "cli.py", "commands/", "errors.py", "files.py", "inputs/fields.py",
    "inputs/parameters.py", "inputs/priors.py", "policy/case_schema.py", "policy/choices.py",
    "policy/form.py", "records.py", "simulation/own_losses.py",
)  # fmt: skip
# Elsewhere a message is what stands where something is refused, or has one of these names.
MESSAGES = {
    "NAME_TAKEN", "_TWICE", "_choose", "_install", "name_refused", "outdated_key", "plan_twice",
    "suffix_expected", "unknown_head",
}  # fmt: skip
REFUSE = {"Problem", "RuleError"}
# Units, letters told apart and formats of numbers; and the reasons of overrides nobody reads.
SUFFIXES = {
    "output/charts/frame.py": {
        "、。，．・：；）」』】〕ー～〜＋%円年月日々ゃゅょっァィゥェォャュョッ",
    },
    "output/content/evidence.py": {"年"},
    "output/content/words.py": {
        "円", "日", "時間", "年", "人", "社", "項目", "組", "回", "点", "倍", "件", "件に1件",
    },
    "output/printed.py": {
        "円", "をがはにへとのもでやか", "ーっゃゅょッャュョー～", "るたいれ", "ぁ", "ん", "ァ",
    },
    "output/workbook_sheets.py": {
        '0"."00,,"億円"', '0","000"."0,"万円"', '0"."0,"万円"', '#,##0"円"',
    },
    "policy/phrases.py": {"億", "万", "円"},
    "study/sensitivity.py": {"感度分析"},
    "validation/cost_checks.py": {"検証"},
    "validation/coverage.py": {"検証"},
    "validation/market_checks.py": {"案内書の損害想定"},
}  # fmt: skip


def named(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return ""


def sentences_in(source: str) -> set[str]:
    """Return the Japanese outside docstrings and outside the messages of what is refused."""
    found: set[str] = set()

    def visit(node: ast.AST, *, is_message: bool) -> None:
        if isinstance(node, ast.FunctionDef):
            refuses = any(named(part) in REFUSE for part in ast.walk(node))
            is_message = refuses or node.name in MESSAGES
        if isinstance(node, ast.Assign):
            is_message = is_message or ast.unparse(node.targets[0]) in MESSAGES
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_message:
            found.update({node.value} if JAPANESE.search(node.value) else ())
        for child in ast.iter_child_nodes(node):
            visit(child, is_message=is_message)

    visit(ast.parse(source), is_message=False)
    return found


PACKAGE = Path(module.__file__).parent
MODULES = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith(SPEAK_OF_INPUT)])
def test_no_sentence_for_a_reader_stands_in_the_code(name: str) -> None:
    found = sentences_in((PACKAGE / name).read_text(encoding="utf-8"))
    assert found - SUFFIXES.get(name, set()) == set(), "put it into data/labels"


def test_a_sentence_in_the_code_is_found_and_a_message_is_not() -> None:
    source = (
        '"""説明。"""\ndef say(n):\n    """説明。"""\n    return f"{n}件の結果"\n'
        'def check(n):\n    return Problem("a", "b", Text("正の数に", "above 0"))\n'
    )
    assert sentences_in(source) == {"件の結果"}


# --- what is asked for is there, and what is there is asked for -----------------------------------

# Kinds of sentences: whoever wants one names it in the code. The others name what data files name.
SENTENCES = (
    "answer", "chart", "form", "market", "notice", "report", "summary", "validation", "wording",
)  # fmt: skip
LOOK_UPS = {"label", "sentence", "phrase"}
TREES = {name: ast.parse((PACKAGE / name).read_text(encoding="utf-8")) for name in MODULES}
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((PACKAGE / "output" / "templates").iterdir())
}


def literals(node: ast.AST) -> list[str]:
    """Return the names an argument may be, as far as they are written out."""
    if isinstance(node, ast.IfExp):
        return [*literals(node.body), *literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def look_ups_in(tree: ast.AST) -> dict[str, tuple[str, str]]:
    """Return the functions that look their first argument up: in which kind, after what prefix.

    Of a method the name has a point before it.
    """
    found = {}
    methods = {
        id(one) for owner in ast.walk(tree) if isinstance(owner, ast.ClassDef) for one in owner.body
    }
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        is_method = id(function) in methods
        given = [*function.args.posonlyargs, *function.args.args][is_method:]
        for node in ast.walk(function):
            if named(node) not in LOOK_UPS or not given:
                continue
            kind, name = (*node.args, None, None)[:2]  # type: ignore[attr-defined]
            parts = name.values if isinstance(name, ast.JoinedStr) else [name]
            last = parts[-1].value if isinstance(parts[-1], ast.FormattedValue) else parts[-1]
            if isinstance(last, ast.Name) and last.id == given[0].arg and literals(kind):
                prefix = "".join(text for part in parts[:-1] for text in literals(part))
                found["." * is_method + function.name] = (literals(kind)[0], prefix)
    return found


KNOWN_LOOK_UPS = {name: look_ups_in(tree) for name, tree in TREES.items()}


def asked_for_in(name: str) -> set[tuple[str, str]]:
    """Return kind and name of every label that a module asks for by a name written out."""
    tree, known = TREES[name], dict(KNOWN_LOOK_UPS[name])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("exposure."):
            path = node.module.removeprefix("exposure.").replace(".", "/") + ".py"  # type: ignore[union-attr]
            there = KNOWN_LOOK_UPS.get(path, {})
            known.update({key: of for key, of in there.items() if key.startswith(".")})
            known.update({n.asname or n.name: there[n.name] for n in node.names if n.name in there})
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = "." * isinstance(node.func, ast.Attribute) + named(node)
        if called in known and node.args:
            kind, prefix = known[called]
            found |= {(kind, prefix + text) for text in literals(node.args[0])}
        elif called in LOOK_UPS and called not in KNOWN_LOOK_UPS[name] and len(node.args) > 1:
            found |= {
                (kind, text) for kind in literals(node.args[0]) for text in literals(node.args[1])
            }
    return found


def test_every_label_asked_for_by_name_is_there() -> None:
    asked = {one: name for name in MODULES for one in asked_for_in(name)}
    for name, text in TEMPLATES.items():
        said = re.findall(r'say\("([^"]+)"', text)
        asked |= {("report", one): name for one in said}
    assert len(asked) > 500
    missing = [
        f"exposure/{name} asks for {text!r}: add it to data/labels/{kind}.toml"
        for (kind, text), name in asked.items()
        if kind in kinds() and text not in labels(kind)
    ]
    assert missing == []


def names_in_the_code() -> tuple[set[str], set[str]]:
    """Return the words that stand in the code, and patterns of those that are put together."""
    words, patterns = set[str](), set[str]()
    for tree in TREES.values():
        for node in ast.walk(tree):
            words.update(literals(node))
            parts: list[ast.AST] = list(node.values) if isinstance(node, ast.JoinedStr) else []
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                parts = [node.left, node.right]
            fixed = ["".join(literals(part)) for part in parts]
            if re.search("[a-z]{2}", "".join(fixed)):
                patterns.add("".join(re.escape(text) or ".+" for text in fixed))
    for text in TEMPLATES.values():
        words.update(re.findall(r"[\"']([\w.]+)[\"']", text))
    return words, patterns


def test_every_sentence_is_asked_for_somewhere() -> None:
    words, patterns = names_in_the_code()
    composed = re.compile("|".join(sorted(patterns)))
    unused = [
        f"data/labels/{kind}.toml: {name}"
        for kind in SENTENCES
        for name in labels(kind)
        if name not in words and not composed.fullmatch(name)
    ]
    assert unused == [], "nothing asks for these; delete them"
