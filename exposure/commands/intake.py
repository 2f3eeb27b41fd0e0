"""``exposure intake``: from a filled questionnaire to a study file and a simple diagnosis."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the document written

from exposure.commands import Arguments, tell
from exposure.errors import Lang, Text

if TYPE_CHECKING:
    from exposure.inputs.questionnaire import Questionnaire
    from exposure.model.diagnosis import Diagnosis

_HEADING = "exposure intake が質問票から作った検討ファイル。割合は質問票の答えから読み替えた値。"

_DIGITS = 2  # a simulation this short supports no more


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add(
        "questionnaire",
        "記入した質問票（見本 data/studies/questionnaire.toml）",
        "filled questionnaire",
        metavar="QUESTIONNAIRE.toml",
    )
    to.add("--out", "書き出す検討ファイル", "study file to write", metavar="STUDY.toml")
    to.share("--json")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Diagnose a client from the answers, and write the study file if asked."""
    from exposure.files import check_file, to_json, to_toml, write_atomically
    from exposure.inputs.questionnaire import read_questionnaire
    from exposure.model.diagnosis import diagnose

    filled = read_questionnaire(args.questionnaire)
    if args.out:
        check_file(args.out)
    assumptions = filled.study.in_force()
    found = diagnose(
        filled.client,
        filled.answers,
        assumptions,
        filled.study.study.inception,
        loss_years=assumptions.whole("run.intake_loss_years"),
        seed=filled.study.study.seed,
    )
    if args.out:
        write_atomically(Path(args.out), to_toml(filled.document, _HEADING))
    if args.json:
        print(to_json(document_of(filled, found)), end="")
        return 0
    for line in _lines(filled, found, lang):
        print(line)
    if args.out:
        tell(lang, f"検討ファイル: {args.out}", f"study file: {args.out}")
    return 0


def document_of(filled: Questionnaire, found: Diagnosis) -> dict[str, Any]:
    """Return the diagnosis as plain data."""
    return {
        "schema": "exposure/intake/1",
        "client": filled.client.model_dump(mode="json", exclude_none=True),
        "events_per_year": found.now.events_per_year,
        "annual_loss": dict(found.now.annual_loss),
        "findings": [
            {
                "question": finding.question,
                "answer": finding.answer,
                "best": finding.best,
                "events_per_year": finding.at_best.events_per_year,
                "annual_loss": dict(finding.at_best.annual_loss),
                "saving": finding.saving(found.now),
            }
            for finding in found.findings
        ],
        "notes": [note._asdict() for note in _notes(filled)],
        "unanswered": list(found.unanswered),
    }


def _lines(filled: Questionnaire, found: Diagnosis, lang: Lang) -> list[str]:
    from exposure.amounts import format_yen
    from exposure.inputs.questionnaire import load_intake
    from exposure.labels import label

    now, questions = found.now, load_intake()

    def money(amounts: dict[str, float]) -> str:
        kept = {regime: float(f"{amount:.{_DIGITS}g}") for regime, amount in amounts.items()}
        return " / ".join(
            f"{label('regime', regime, lang)} {format_yen(amount, lang)}"
            for regime, amount in kept.items()
        )

    score = filled.client.questionnaire_score
    lines = [
        Text(
            f"漏えい事故: 年 {now.events_per_year:.3f} 件",
            f"leaks: {now.events_per_year:.3f} a year",
        ).say(lang),
        Text("年間の平均損害: ", "mean annual loss: ").say(lang) + money(dict(now.annual_loss)),
    ]
    if score is not None:
        lines.append(
            Text(
                f"管理体制の評点: {score}（1が最良。外部攻撃の頻度だけに効く）",
                f"score of the controls: {score} (1 is best; acts on external attacks only)",
            ).say(lang)
        )
    heading = "答えを最良にした場合の年間平均損害の減少（ほかの答えはそのまま）"
    lines += ["", Text(heading, "saved a year with one answer at its best").say(lang)]
    for finding in found.findings:
        question = questions[finding.question]
        lines.append(
            f"- {question.text.say(lang)}: {_show(question.choices, finding.answer, lang)}"
            f" → {_show(question.choices, finding.best, lang)}: {money(finding.saving(now))}"
        )
    lines += [f"- {note.say(lang)}" for note in _notes(filled)]
    if found.unanswered:
        listed = ", ".join(found.unanswered)
        lines += [Text(f"未回答: {listed}", f"not answered: {listed}").say(lang)]
    return lines


def _notes(filled: Questionnaire) -> list[Text]:
    """Return what is taken for granted of the client and what should be asked."""
    from exposure.model.build import client_notes

    return client_notes(filled.client, filled.study.in_force())


def _show(choices: Any, answer: object, lang: Lang) -> str:  # Any: choices by name
    if isinstance(answer, list | tuple):
        separator = "・" if lang == "ja" else ", "
        return separator.join(_show(choices, one, lang) for one in answer) or "–"
    known = choices.get(answer) if isinstance(answer, str) else None
    return known.label.say(lang) if known is not None else str(answer)
