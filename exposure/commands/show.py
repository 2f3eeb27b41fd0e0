"""``exposure show``: the terms of one plan, clause by clause, or the table of all assumptions."""

from __future__ import annotations

import argparse

from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Print the terms of a plan or the assumptions, or write them as JSON."""
    if args.plan == "assumptions":
        return _assumptions(args, lang)
    from exposure.policy.describe import describe
    from exposure.policy.listing import plain

    identifier = args.plan + "".join(f"+{name}" for name in args.endorse)
    for choice in args.set:
        if "=" not in choice:
            expected = Text("「項目=値」の形にしてください", "expected PATH=VALUE")
            raise DataError(Problem("--set", "", expected, choice))
        identifier += f"@{choice}"
    sheet = describe(identifier)
    if args.json:
        print(to_json(plain(sheet)), end="")
        return 0
    from exposure.output.terminal import plan_sheet

    plan_sheet(sheet, lang)
    return 0


def _assumptions(args: argparse.Namespace, lang: Lang) -> int:
    """Print every assumption with unit, value, prior, grade and source."""
    from exposure.inputs.assumptions import load_assumptions
    from exposure.output.assumptions_table import assumption_document, print_assumptions

    stated = {"--endorse": args.endorse, "--set": args.set}
    text = Text("前提の一覧には使えません", "means nothing for the assumptions")
    problems = [Problem(option, "", text, value) for option, value in stated.items() if value]
    if problems:
        raise DataError(problems)
    if args.json:
        print(to_json(assumption_document(load_assumptions())), end="")
    else:
        print_assumptions(load_assumptions(), lang)
    return 0
