"""``exposure payout``: adjust the cases of a file."""

from __future__ import annotations

import argparse

from exposure.commands import Arguments
from exposure.commands.run import catalogue_with
from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add("cases", "事例ファイル", "file of cases", metavar="CASES.json", nargs="?")
    template = "このプランの空の事例を書き出す", "print an empty case for this plan"
    to.add("--template", *template, metavar="PLAN")
    to.share("--policy", "--json")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Answer every case of the file, or none."""
    from exposure.inputs.assumptions import load_assumptions
    from exposure.policy.cases import Case, adjust, empty_case, read_cases
    from exposure.policy.vocabulary import PolicyPeriod

    if (args.cases is None) == (args.template is None):
        text = Text(
            "事例ファイルか --template のどちらか一方を指定してください",
            "name a file of cases, or a plan with --template",
        )
        raise DataError(Problem("exposure payout", "", text))
    if args.template is not None:
        period = PolicyPeriod.year_from(load_assumptions().date("run.inception"))
        print(to_json([empty_case(args.template, period, catalogue_with(args.policy))]), end="")
        return 0
    cases = read_cases(args.cases, catalogue_with(args.policy))
    answers = [adjust(case) for case in cases]
    if args.json:
        print(to_json(answers), end="")
        return 0
    from exposure.output.content.wording import payouts
    from exposure.output.terminal import print_blocks

    plans = {case.id: case.plan for case in cases if isinstance(case, Case)}
    print_blocks(payouts(answers, lang, plans))
    return 0
