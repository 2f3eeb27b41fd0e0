"""``exposure payout``: adjust the cases of a file."""

from __future__ import annotations

import argparse

from exposure.commands.run import catalogue_with
from exposure.errors import Lang
from exposure.files import to_json


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Answer every case of the file, or none."""
    from exposure.policy.cases import Case, read_cases
    from exposure.policy.claims import adjust

    cases = read_cases(args.cases, catalogue_with(args.policy))
    answers = [adjust(case) for case in cases]
    if args.json:
        print(to_json(answers), end="")
        return 0
    from exposure.output.terminal import payout_table

    payout_table(answers, lang, {case.id: case.plan for case in cases if isinstance(case, Case)})
    return 0
