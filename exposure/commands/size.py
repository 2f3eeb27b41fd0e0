"""``exposure size``: the limit a client of N records should buy."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exposure.commands.run import say_notices, whole
from exposure.errors import DataError, ExposureError, Lang, Problem, Text
from exposure.files import to_json

if TYPE_CHECKING:
    from exposure.study.sizing import SizeRow


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Recommend a limit for every record count, or none."""
    from exposure.inputs.study_file import read_study
    from exposure.output.terminal_progress import progress_bar
    from exposure.study.sizing import size_limits, size_task

    problems: list[Problem] = []
    records, target = _records(args.records, problems), _target(args.target, problems)
    seed, study = None, None
    try:
        seed = whole("--seed", args.seed)
    except ExposureError as error:
        problems += error.problems
    try:
        study = read_study(args.study) if args.study else None
    except ExposureError as error:
        problems += error.problems
    if problems:
        raise DataError([*problems, *_product_problems(args.product)])
    if study is not None:
        say_notices(study, lang)
    task = size_task(records, study, args.product, target, seed)
    with progress_bar(Text("限度額の試算", "sizing").say(lang)) as progress:
        rows = size_limits(task, band=args.band, workers=os.cpu_count() or 1, progress=progress)
    if args.json:
        print(to_json({"rows": [row.to_plain() for row in rows]}), end="")
    else:
        _print_table(rows, lang)
    return 0


def _records(text: str, problems: list[Problem]) -> list[int]:
    """Read record counts as people type them, separated by commas."""
    from exposure.inputs.fields import fields, whole_number
    from exposure.records import RuleError

    found = []
    for part in text.split(","):
        try:
            found.append(whole_number(part, fields("client")["records"]))
        except RuleError as error:
            problems.append(Problem("--records", "", error.text, part))
    return found


def _target(text: str | None, problems: list[Problem]) -> float | None:
    if text is None:
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        expected = Text("0と1の間の数値にしてください", "expected a number between 0 and 1")
        problems.append(Problem("--target", "", expected, text))
    return share


def _product_problems(product: str) -> list[Problem]:
    """Return what is wrong with the product too, when something else is."""
    from exposure.inputs.assumptions import load_assumptions
    from exposure.study.plans import ladder

    try:
        ladder(product, load_assumptions().values("measure.limit_grid"), "--product")
    except ExposureError as error:
        return list(error.problems)
    return []


def _print_table(rows: Sequence[SizeRow], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    from exposure.labels import label
    from exposure.measures.wording import share_of
    from exposure.yen import format_yen

    none = Text("足りる額なし", "none enough").say(lang)

    def yen(amount: float | None) -> str:
        return none if amount is None or amount == float("inf") else format_yen(amount, lang)

    def ends(pair: tuple[float | None, float | None] | None) -> str:
        if pair is None:
            return "－"
        low, high = map(yen, pair)
        return low if low == high else f"{low} – {high}"

    table = Table()
    for heading in (
        Text("保有件数", "records"),
        Text("賠償の前提", "basis of liability"),
        Text("推奨支払限度額", "recommended limit"),
        Text("90%区間", "90% interval"),
        Text("前提の幅", "parameter band"),
        Text("限度額充足度", "limit adequacy"),
    ):
        table.add_column(heading.say(lang), overflow="fold")
    for row in rows:
        table.add_row(
            f"{row.records:,}",
            label("regime", row.regime, lang),
            yen(row.limit.value),
            ends((row.limit.low, row.limit.high)),
            ends(row.band),
            share_of(row.limit.adequacy, row.limit.target).say(lang),
        )
    console = Console(highlight=False, markup=False)
    console.print(table)
    for row in rows:
        regime = label("regime", row.regime, lang)
        console.print(f"{row.records:,} / {regime}: {row.reason.say(lang)}", soft_wrap=True)
