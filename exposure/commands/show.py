"""``exposure show``: the terms of one plan, clause by clause."""

from __future__ import annotations

import argparse

from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Print the terms of a plan, or write them as JSON."""
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
