"""``exposure explain``: the arithmetic of cases, line by line."""

from __future__ import annotations

import argparse

from exposure.commands import Arguments
from exposure.commands.run import catalogue_with
from exposure.errors import DataError, Lang, Problem
from exposure.files import shown_path, unknown_key


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add("cases", "事例ファイル", "file of cases", metavar="CASES.json")
    to.share("--policy")
    to.add("--case", "この事例だけ", "this case only", metavar="ID")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Explain every case of a file, or the one named."""
    from exposure.output.content.wording import explanation, payouts
    from exposure.output.terminal import print_blocks
    from exposure.policy.cases import PremiumCase, adjust, read_cases
    from exposure.policy.explanation import explain_case

    cases = read_cases(args.cases, catalogue_with(args.policy))
    if args.case is not None:
        ids = [case.id for case in cases]
        if args.case not in ids:
            expected = unknown_key("", "", args.case, ids).expected
            raise DataError(Problem(shown_path(args.cases), "--case", expected, args.case))
        cases = [case for case in cases if case.id == args.case]
    for case in cases:
        if isinstance(case, PremiumCase):
            print_blocks(payouts([adjust(case)], lang))
        else:
            print_blocks(explanation(explain_case(case), lang))
    return 0
