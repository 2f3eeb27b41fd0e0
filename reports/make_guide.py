"""Make the generated pages of the guide again: ``python reports/make_guide.py``.

Commands come from the parser, the Python reference from the docstrings, fields and vocabulary from
``data/``; the words around them are here and in ``guide/words.toml``. ``guide/README.md`` is
written by hand, but for the table of the report's first page.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any  # Any: parsed files, and objects of the docstring parser

import griffe

import exposure as ex
from exposure.cli import build_parser
from exposure.files import data_path, read_toml, to_json, write_atomically, write_together
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.fields import Field, Section, fields
from exposure.inputs.names import industries
from exposure.inputs.questionnaire import load_intake
from exposure.labels import label, labels
from exposure.result.document import result_schema

FOLDER = Path(__file__).resolve().parent / "guide"
_MADE = "<!-- python reports/make_guide.py が書き出すページ。手で直さない。 -->"
_MARKS = ("<!-- 1ページ目の行：make_guide.py が書く -->", "<!-- ここまで -->")
_BACK = "[使い方の手引き](README.md)へ戻る。"

# Kinds of labels that are sentences and headings of one output, not vocabulary.
_SENTENCES = (
    "answer", "chart", "form", "notice", "report", "summary", "validation", "wording", "unit",
)  # fmt: skip

# Where the default of a field stands that is not named after it.
_DEFAULTS = {
    "seed": "run.seed",
    "loss_years": "run.loss_years",
    "inception": "run.inception",
    "questionnaire_score": "frequency.score",
    "cost_of_liquidity": "measure.ecr_cost",
    "adequacy_target": "measure.adequacy_target",
    "tolerance": "measure.tolerance",
}
_REQUIRED = ("client.records", "plan.id", "list.client_id")
_KINDS = {
    "text": "文字列",
    "whole": "整数",
    "share": "0以上1以下の割合",
    "open_share": "0と1の間の割合",
    "date": "日付",
}

# What a notebook gets back, beside the functions of `exposure` itself.
_RETURNED = (
    "study.pipeline.StudyResult",
    "tables.LossTable",
    "tables.Annual",
    "policy.interpreter.PayoutTable",
    "simulation.large_tables.PaidYears",
    "policy.plan.Plan",
)


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "README.md": _with_answer((FOLDER / "README.md").read_text(encoding="utf-8")),
        "commands.md": _page("コマンド", _commands()),
        "files.md": _page("ファイルの書き方と中身", _files()),
        "python.md": _page("Python の関数", _python()),
        "vocabulary.md": _page("用語集", _vocabulary()),
    }


def main() -> None:
    """Write the pages, and the schema of the result beside the data."""
    write_together(FOLDER, {name: text.encode("utf-8") for name, text in pages().items()})
    write_atomically(data_path("schemas", "result.schema.json"), to_json(result_schema()))


def _page(title: str, blocks: Iterable[str]) -> str:
    return "\n\n".join([f"# {title}", _MADE, *blocks, _BACK]) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def _with_answer(text: str) -> str:
    """Put the rows of the report's first page, as it names them, between their marks."""
    rows = []
    for row in _words()["answer"]:
        parts = {key: part for key, part in row.items() if key not in ("label", "means")}
        rows.append((label("report", row["label"]).format(**parts), row["means"]))
    before, _, rest = text.partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    return f"{before}{_MARKS[0]}\n\n{_table(('行', '読み方'), rows)}\n\n{_MARKS[1]}{after}"


# ---- vocabulary


def _vocabulary() -> Iterator[str]:
    yield "手引きと報告書で使う言葉です。後半は、ファイルに書く名前と、報告書での表示の対応です。"
    for part in _words()["part"]:
        yield f"## {part['title']}"
        yield _table(("日本語", "英語", "意味"), (_term(term) for term in part["terms"]))
    yield "## ファイルに書く名前"
    yield "検討ファイル、事例ファイル、約款のファイル、`result.json` に現れる名前です。"
    for kind in dict.fromkeys(_kinds()):
        yield f"### {_title_of(kind)}"
        named = ((f"`{name}`", text.ja, text.en) for name, text in labels(kind).items())
        yield _table(("名前", "日本語", "英語"), named)


def _term(term: Mapping[str, str]) -> tuple[str, str, str]:
    """Return a row; a term shown in the report takes its words from there."""
    if "label" not in term:
        return term["ja"], term["en"], term["means"]
    kind, _, name = term["label"].partition(".")
    return label(kind, name), f"{label(kind, name, 'en')} (`{term['name']}`)", term["means"]


def _kinds() -> Iterator[str]:
    for path in sorted(data_path("labels").glob("*.toml")):
        if path.stem not in _SENTENCES:
            yield path.stem


def _title_of(kind: str) -> str:
    """Return the title of a file of labels: the first sentence of its first comment."""
    first = data_path("labels", f"{kind}.toml").read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix("#").strip().partition("。")[0]


# ---- commands


def _commands() -> Iterator[str]:
    parser = build_parser("ja")
    yield (
        "`exposure コマンド --help` と同じ内容です。終了コードは、0 が完了、2 が入力の誤り、"
        "1 が想定外の誤り、130 が Ctrl+C による中断です。"
    )
    (action,) = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    said = {choice.dest: choice.help or "" for choice in action._choices_actions}
    for name, command in action.choices.items():
        arguments = [one for one in command._actions if one.dest != "help"]
        yield f"## exposure {name}"
        yield f"{said[name]}。"
        yield "```text\n" + " ".join(["exposure", name, *map(_usage, arguments)]) + "\n```"
        rows = ((f"`{_spelt(one)}`", _explained(one)) for one in arguments)
        yield _table(("引数", "内容"), rows)


def _usage(one: argparse.Action) -> str:
    if not one.option_strings:
        many = f"{one.metavar} …" if one.nargs == "+" else str(one.metavar)
        return f"[{many}]" if one.nargs == "?" else many
    return _spelt(one) if one.required else f"[{_spelt(one)}]"


def _spelt(one: argparse.Action) -> str:
    if not one.option_strings:
        return str(one.metavar)
    names = "|".join(one.option_strings)
    if one.nargs == 0:
        return names
    value = one.metavar or ("|".join(map(str, one.choices)) if one.choices else one.dest.upper())
    return f"{names} [{value}]" if one.nargs == "?" else f"{names} {value}"


def _explained(one: argparse.Action) -> str:
    default = one.default
    if isinstance(default, bool) and len(one.option_strings) > 1:
        default = one.option_strings[0 if default else 1]
    shown = default not in (None, False, [])
    return f"{one.help}{f'（既定 `{default}`）' if shown else ''}"


# ---- files


def _files() -> Iterator[str]:
    yield "## 検討ファイル"
    yield "TOML で書きます。必須は `[client]` の `records` だけです。見本は `data/studies` に。"
    yield "### [study] 検討の設定"
    yield _fields("study")
    yield f"ほかに `scenarios`（名前の並び）を書けます：{_scenarios()}。"
    yield "### [client] 顧客"
    yield _fields("client")
    named = "、".join(f"`{name}` {text.label.ja}" for name, text in industries().items())
    yield f"`industry` には、英語の名前、日本語名、またはその書き出しを書きます：{named}。"
    yield "### [[plan]] 比較するプラン"
    yield _fields("plan")
    yield "### [assumptions] 前提の変更"
    yield (
        '`"前提の名前" = { value = 値, reason = "理由" }` と書きます。`reason` は必須です。'
        "`prior`（不確かさの分布）と `date`（決めた日）を添えられます。"
        "名前と既定の値は `exposure show assumptions` で見られます。"
    )
    yield "## 顧客一覧"
    yield (
        "Excel か CSV。1行に1社で、見出しは次のどれでも構いません。"
        "空の一覧は `exposure batch --template` で作れます。"
    )
    yield _table(("項目", "見出し"), _headings())
    yield "## 質問票"
    yield "`[answers]` に書く質問と答えです。分からない質問は行ごと省きます。"
    yield _table(("名前", "質問", "答え"), _questions())
    yield "## exposure export の表"
    yield (
        "賠償の前提ごとに、事故別の `yelt`、年度別の `ylt`、超過確率の `ept` ができます。"
        "列は次のとおりで、どの列があるかは表によります。"
    )
    yield _table(("列", "内容"), ((f"`{name}`", text) for name, text in _words()["export"].items()))
    yield "## result.json"
    yield "すべての数字の入ったファイルです。形式は `data/schemas/result.schema.json` にあります。"


def _words() -> dict[str, Any]:
    return read_toml(FOLDER / "words.toml")


def _fields(section: Section) -> str:
    rows = (
        (f"`{name}`", field.label.ja, _allowed(section, name, field), _default(section, name))
        for name, field in fields(section).items()
    )
    return _table(("項目", "意味", "書けるもの", "書かないとき"), rows)


def _allowed(section: Section, name: str, field: Field) -> str:
    written: str | None = _words()["written"].get(f"{section}.{name}")
    if written is not None:
        return written
    if field.kind == "whole" and field.unit:
        low, high = field.range
        return f"{low:,}～{high:,}の整数（{field.unit.ja}）"
    return _KINDS[field.kind]


def _default(section: Section, name: str) -> str:
    if f"{section}.{name}" in _REQUIRED:
        return "必須"
    unstated: str | None = _words()["unstated"].get(f"{section}.{name}")
    if unstated is not None:
        return unstated
    assumed = _DEFAULTS.get(name, f"client.{name}")
    value = load_assumptions().records[assumed].value
    shown = f"{value:.15g}" if isinstance(value, float) else f"{value}"
    return f"{shown}（`{assumed}`）"


def _scenarios() -> str:
    paths = sorted(data_path("scenarios").glob("*.toml"))
    return "、".join(f"`{path.stem}` {read_toml(path)['label']['ja']}" for path in paths)


def _headings() -> Iterator[tuple[str, str]]:
    for section in ("list", "client"):
        for name, field in fields(section).items():
            heading = "、".join(dict.fromkeys((field.label.ja, field.label.en, *field.also)))
            yield f"`{name}`", heading


def _questions() -> Iterator[tuple[str, str, str]]:
    for name, question in load_intake().items():
        choices = (f"`{key}` {choice.label.ja}" for key, choice in question.choices.items())
        yield f"`{name}`", question.text.ja, "、".join(choices) or "そのまま書く"


# ---- Python


def _python() -> Iterator[str]:
    logging.getLogger("griffe").setLevel(logging.ERROR)
    package = griffe.load("exposure", docstring_parser="numpy")
    yield (
        "`import exposure as ex` として使います。説明はソースコードのもの（英語）です。"
        "`[JPY]` は円、`[person]` は人、`[-]` は割合、`study` にはファイル名、"
        "`ex.load_study` の結果、`ex.Client`、辞書のどれでも渡せます。"
        "例は `from exposure import *` のあとに続くものです。"
    )
    yield "## 関数"
    for name in sorted(set(ex.__all__) - {"charts", "Client"}, key=str.casefold):
        yield from _function(package[f"api.{name}"], f"ex.{name}")
    yield "## 図"
    yield (
        "結果（`ex.run(...)`）と、要るものは見方の名前（`brochure`、`court`）を受け取って描き、"
        "Matplotlib の Axes を返します。`ax=` で描く場所を、`lang=` で言語を選べます。表示は "
        "`ex.charts.picture(図)`、PNG は `ex.charts.to_png(図)` です。`limit_by_records_chart` は "
        "`ex.size(...)` の表を、`paid_retained_chart` と `premium_vs_retained_chart` は "
        "`ex.compare(...)` の表も受け取ります。"
    )
    charts = package["output.charts"]
    names = sorted(str(one) for one in charts.exports if str(one).endswith("_chart"))
    rows = ((f"`{name}`", *_drawn(charts[name].final_target)) for name in names)
    yield _table(("ex.charts の関数", "描くもの", "見方"), rows)
    yield "## 受け取るもの"
    for place in ("inputs.client.Client", *_RETURNED):
        yield from _class(package[place])


def _drawn(chart: Any) -> tuple[str, str]:
    sections = {section.kind.value: section.value for section in chart.docstring.parsed}
    return _spaced(sections["text"]), _spaced(sections["returns"][0].description)


def _function(found: Any, name: str) -> Iterator[str]:
    found = found.final_target if found.is_alias else found
    yield f"### {name}"
    yield "```text\n" + found.signature().replace(f"{found.name}(", f"{name}(", 1) + "\n```"
    yield from _docstring(found)


def _class(found: Any) -> Iterator[str]:
    yield f"### {found.name}"
    yield from _docstring(found, fields="項目")
    methods = [
        (f"`{one.name}{'()' if _is_called(one) else ''}`", one.docstring.parsed[0].value)
        for one in found.members.values()
        if one.docstring and not one.name.startswith("_")
    ]
    if methods:
        yield _table(
            ("名前", "内容"), ((name, text.partition("\n\n")[0]) for name, text in methods)
        )


def _is_called(one: Any) -> bool:
    """Say whether a member is called; what is worked out once and kept is asked like a value."""
    kept = one.is_function and any(str(mark.value) == "lazy" for mark in one.decorators)
    return not (one.is_attribute or kept)


def _docstring(found: Any, fields: str = "引数") -> Iterator[str]:
    """Yield the sections of a docstring; a class has fields and needs no example."""
    titles = {"parameters": fields, "returns": "戻り値", "raises": "例外"}
    for section in found.docstring.parsed:
        kind = section.kind.value
        if kind in titles:
            rows = ((_named(one), _spaced(one.description)) for one in section.value)
            yield _table((titles[kind], "内容"), rows)
        elif kind == "examples":
            blocks = [] if found.is_class else [text for _, text in section.value]
            yield from (f"```text\n{text}\n```" for text in blocks)
        elif kind == "admonition":
            yield f"{section.title}: {_spaced(section.value.description)}"
        else:
            yield _spaced(section.value)


def _named(one: Any) -> str:
    kind = str(one.annotation or "")
    # The parser reads "path, Client or mapping" as a tuple.
    if kind.startswith("(") and kind.endswith(")"):
        kind = kind[1:-1]
    name = getattr(one, "name", "")
    return f"`{name}` {_spaced(kind)}" if name else _spaced(kind)


def _spaced(text: str) -> str:
    return text.replace("``", "`")


if __name__ == "__main__":
    main()
