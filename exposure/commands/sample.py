"""``exposure sample``: simulated policy years as a file of cases."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: plain data for JSON

from exposure.commands import Arguments, tell
from exposure.commands.run import catalogue_with, say_notices, study_of, whole
from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import check_file, to_json, write_atomically

if TYPE_CHECKING:
    from exposure.inputs.study_file import StudyFile
    from exposure.policy.plan import Plan


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("study", "--policy")
    to.add("--plan", "プラン", "plan", metavar="PLAN", required=True)
    to.add("--events", "保険年度の数", "number of policy years", metavar="N", required=True)
    to.add("--out", "出力先", "file to write", metavar="FILE.json", required=True)
    regime = "賠償の前提（既定は検討ファイルの最初）", "regime (default: first of the study)"
    to.add("--regime", *regime, choices=("brochure", "court"))
    to.share("--seed")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Simulate years with a leak, pay them under a plan, and write both down."""
    from exposure.policy.plan import plan

    years, seed = _whole("--events", args.events, 1), _whole("--seed", args.seed, 0)
    study = study_of(Path(args.study), policies=args.policy)
    say_notices(study, lang)
    check_file(args.out)
    assert years is not None  # the parser asks for it
    seed = study.study.seed if seed is None else seed
    regime = args.regime or study.study.regimes[0]
    cases = list(
        _cases(study, plan(args.plan, "--plan", catalogue_with((), study)), years, seed, regime)
    )
    write_atomically(args.out, to_json(cases))
    tell(
        lang,
        f"{years}年分の事例を {args.out} に書き出しました。",
        f"{years} years written to {args.out}",
    )
    return 0


def _whole(option: str, text: str | None, least: int) -> int | None:
    number = whole(option, text, "件")
    if number is not None and not least <= number <= _MOST:
        expected = Text(
            f"{least}以上{_MOST:,}以下の整数にしてください",
            f"expected a whole number from {least} to {_MOST:,}",
        )
        raise DataError(Problem(option, "", expected, text))
    return number


_MOST = 2**30


def _cases(
    study: StudyFile, chosen: Plan, years: int, seed: int, regime: str
) -> Iterator[dict[str, Any]]:
    from exposure.model.build import build_model
    from exposure.model.losses import blocks
    from exposure.policy.simulated_cases import cases_from
    from exposure.policy.vocabulary import HEADS

    assumptions = study.in_force()
    client = study.client.with_defaults(assumptions)
    model = build_model(client, assumptions, study.study.inception)
    start, end = model.inception.astype(object), model.last_day.astype(object)
    assert isinstance(start, date)  # a day of the calendar, not a number
    assert isinstance(end, date)
    for block in blocks(model, years, seed):
        losses = block.losses(regime)
        # The case schema has no word for heads that no product insures.
        insurable = tuple(item for item in losses.items if item.head in HEADS)
        losses = replace(losses, items=insurable)
        yield from cases_from(chosen, losses, start, end, block.done + 1)
