"""``exposure policy new``: from a brochure to a policy file, by prompts or from a filled form."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from exposure.commands import Arguments, tell
from exposure.errors import DataError, ExposureError, Lang, Problem, Text
from exposure.files import TomlFile, to_json, to_toml, write_together

if TYPE_CHECKING:
    from exposure.policy.cases import Case
    from exposure.policy.catalogue import Product
    from exposure.policy.form import Answers, PolicyDraft


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add("action", "約款ファイルを作る", "make a file", metavar="new", choices=("new",))
    to.add(
        "--from",
        "記入済みの記入票（.xlsx, .toml）",
        "a filled form (.xlsx, .toml)",
        dest="source",
        metavar="FORM",
    )
    to.add("--out", "書き出す約款ファイル", "policy file to write", metavar="FILE.toml")
    empty = "空の記入票（.xlsx, .toml）を書き出して終わる", "write the empty form and exit"
    to.add("--form", *empty, metavar="FORM")
    yen = "記入票の費目に添える金額をこの顧客で試算", "the yen beside each head are this client's"
    to.add("--study", *yen, metavar="STUDY.toml")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Write the empty form, or read a filled one and write the policy file."""
    if args.form is not None:
        return _write_form(args, lang)
    if args.out is None or Path(args.out).suffix.casefold() != ".toml":
        text = Text(
            "書き出す約款ファイル（.toml）を指定してください", "name a file ending in .toml"
        )
        raise DataError(Problem("--out", "", text, args.out or ""))
    from exposure.output.forms import read_form

    if args.source is None and not sys.stdin.isatty():
        text = Text(
            "記入票を --from で指定してください（--form で書き出せます）",
            "name a filled form with --from; --form writes an empty one",
        )
        raise DataError(Problem("exposure policy new", "", text))
    form = _ask(lang) if args.source is None else read_form(args.source)
    return _write_policy(form, Path(args.out), lang)


def _write_form(args: argparse.Namespace, lang: Lang) -> int:
    from exposure.inputs.study_file import read_study
    from exposure.output.forms import empty_form, suffix_expected
    from exposure.study.cover import breach_losses

    path = Path(args.form)
    problems = []
    if path.suffix.casefold() not in (".toml", ".xlsx"):
        problems.append(Problem("--form", "", suffix_expected(), str(path)))
    elif path.exists():
        text = Text(
            "すでにあるファイルです。別の名前を指定してください", "already there; use another name"
        )
        problems.append(Problem("--form", "", text, str(path)))
    for option, value in (("--from", args.source), ("--out", args.out)):
        if value is not None:
            text = Text("--form とは一緒に使えません", "not together with --form")
            problems.append(Problem(option, "", text, value))
    if problems:
        raise DataError(problems)
    losses = breach_losses(None if args.study is None else read_study(args.study))
    write_together(path.parent, {path.name: empty_form(path.suffix.casefold(), losses, lang)})
    tell(
        lang,
        f"{path} に記入票を書き出しました。"
        f"埋めたら exposure policy new --from {path} --out 約款.toml",
        f"Form written to {path}; then exposure policy new --from {path} --out policy.toml",
    )
    return 0


def _ask(lang: Lang) -> Answers:
    """Ask every question at the terminal; an answer that cannot be read is asked again."""
    from exposure.labels import label
    from exposure.output.forms import brings, intro
    from exposure.policy.form import Answers, questions
    from exposure.policy.vocabulary import HEADS
    from exposure.study.cover import breach_losses

    losses = breach_losses()
    told: dict[str, dict[str, object]] = {"answers": {}, "heads": {}, "losses": {}}

    def ask(part: str, name: str, prompt: str) -> None:
        told[part][name] = _answer(part, name, prompt, lang)

    def ask_part(part: str) -> None:
        for name, question in questions().items():
            if question.part == part:
                help_ = question.help.say(lang)
                ask("answers", name, f"{question.label.say(lang).strip()} [{help_}]")

    ask_part("identity")
    ask_part("terms")
    for line in intro(losses):
        print(line.say(lang))
    for head in HEADS:
        ask("heads", head, f"  {label('head', head, lang)} [{brings(head, losses, lang)}]")
    tell(lang, "お支払い例（なければ空欄）", "The printed example, if any")
    ask_part("example")
    for head in HEADS:
        if told["heads"][head]:
            ask("losses", head, f"  {label('head', head, lang)}")
    where = Text("回答", "answers").say(lang)
    return Answers(where, told["answers"], told["heads"], told["losses"])


def _answer(part: str, name: str, prompt: str, lang: Lang) -> str:
    from exposure.policy.form import answer_problem

    while True:
        try:
            said = input(f"{prompt}: ").strip()
        except EOFError:
            raise KeyboardInterrupt from None
        problem = answer_problem(name, said, part)
        if problem is None:
            return said
        print(f"  {problem.say(lang)}")


def _write_policy(form: Answers, out: Path, lang: Lang) -> int:
    """Write the policy file and its example, and read both back."""
    from exposure.policy.cases import Case, case_from
    from exposure.policy.drafts import catalogue_of
    from exposure.policy.form import encode

    found = encode(form)
    heading = Text(
        "案内の記入票から作った約款ファイル。保険会社の文書でも申込みの案内でもない。\n"
        '"?" で始まる値は空欄（調べて書き込む）。',
        "Made from the form of a brochure; neither an offer nor the insurer's own.\n"
        'A value that begins with "?" is blank: look it up and fill it in.',
    )
    text = to_toml(found.policy, heading.say(lang)).encode("utf-8")
    file = TomlFile(str(out), hashlib.sha256(text).hexdigest(), found.policy)
    files, case = {out.name: text}, None
    try:
        among = catalogue_of([file])
        (product,) = among.own.values()
        if found.case is not None:
            name = f"{out.stem}.case.json"
            files[name] = to_json([found.case]).encode("utf-8")
            if not product.blanks:
                read = case_from(found.case, name, str(found.case["id"]), among)
                assert isinstance(read, Case)  # the form writes no look-up of premiums
                case = read
    except ExposureError as error:  # the files are not written: what is wrong stands in the form
        problems = [replace(problem, where=form.where) for problem in error.problems]
        raise DataError(problems) from None
    write_together(out.parent, files)
    _read_back(product, case, found, files, out, lang)
    return 0


def _read_back(
    product: Product,
    case: Case | None,
    found: PolicyDraft,
    files: Mapping[str, bytes],
    out: Path,
    lang: Lang,
) -> None:
    """Say what was written, how the example is paid, and what stays uncovered."""
    from exposure.output.content.wording import explanation, uncovered_line
    from exposure.output.terminal import print_blocks
    from exposure.policy.drafts import usual_plan
    from exposure.policy.explanation import explain_case
    from exposure.study.cover import breach_losses, find_uncovered

    names = ", ".join(str(out.with_name(name)) for name in files)
    tell(lang, f"{names} を書き出しました。", f"Written: {names}.")
    for blank in product.blanks:
        print(blank.problem(str(out)).say(lang))
    if product.blanks:
        tell(
            lang,
            "記入票に書き足して同じコマンドをもう一度実行してください。"
            "空欄がなくなると、お支払い例と照合します。",
            "Complete the form and run the same command again; "
            "the example is checked once nothing is blank.",
        )
    if case is not None and found.case is not None:
        told = explain_case(case)
        print_blocks(explanation(told, lang))
        printed = found.case.get("expected", {}).get("total")
        if printed is not None and printed != told.total:
            tell(
                lang,
                f"お支払い例は案内では {printed:,}円、この約款ファイルでは {told.total:,}円です。"
                "記入を見直してください。",
                f"The brochure prints JPY {printed:,}, this file pays JPY {told.total:,}; "
                "look at the form again.",
            )
        elif printed is not None:
            tell(
                lang,
                f"お支払い例は案内の {printed:,}円と1円まで一致します。",
                f"The example is paid as printed, JPY {printed:,}.",
            )
    elif found.case is None:
        tell(lang, "お支払い例の記入はありません。", "The form holds no example.")
    plan = usual_plan(product)
    if plan is not None:
        print(uncovered_line(find_uncovered(plan, breach_losses()), lang))
