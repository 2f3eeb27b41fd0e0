"""``exposure size``: the limit a client of N records should buy."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exposure.commands import Arguments
from exposure.commands.run import say_notices, whole
from exposure.errors import DataError, ExposureError, Lang, Problem, Text
from exposure.files import to_json

if TYPE_CHECKING:
    from exposure.inputs.study_file import StudyFile
    from exposure.result.record import SizeRow, Thresholds


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    records = "保有件数（コンマ区切り）", "records held, comma-separated"
    to.add("--records", *records, metavar="N[,N…]", required=True)
    to.add("--study", "検討ファイル", "study file", metavar="STUDY.toml")
    to.add(
        "--product",
        "商品（プランの書き方で条件を足せる。省略時はすべて）",
        "products, or any plan identifiers; all of them if left out",
        metavar="P",
        action="extend",
        nargs="+",
        default=[],
    )
    target = "（0.1の指定。今は何も決めない）", "(of 0.1; decides nothing any more)"
    to.add("--target", *target, metavar="SHARE")
    to.add(
        "--band",
        "前提の不確実性の幅も計算",
        "also the band over the parameters",
        action=argparse.BooleanOptionalAction,
        default=True,
    )
    to.share("--seed", "--policy", "--json")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Size limits for every record count, or none."""
    from exposure.inputs.study_file import outdated_key
    from exposure.output.terminal import progress_bar
    from exposure.result.document import to_plain
    from exposure.study.assembly import thresholds_of
    from exposure.study.sizing import size_limits, size_task

    problems: list[Problem] = []
    records = _records(args.records, problems)
    seed, study = None, None
    try:
        seed = whole("--seed", args.seed)
    except ExposureError as error:
        problems += error.problems
    try:
        study = _study(args)
    except ExposureError as error:
        problems += error.problems
    if problems:
        raise DataError([*problems, *_product_problems(args.product, study)])
    if study is not None:
        say_notices(study, lang)
    if args.target is not None:
        print(outdated_key("--target").say(lang), file=sys.stderr)
    task = size_task(records, study, args.product, seed)
    with progress_bar(Text("限度額の試算", "sizing").say(lang)) as progress:
        rows = size_limits(task, band=args.band, workers=os.cpu_count() or 1, progress=progress)
    if args.json:
        print(to_json({"rows": to_plain(rows)}), end="")
    else:
        _print_answer(rows, thresholds_of(task.assumptions), lang)
    return 0


def _study(args: argparse.Namespace) -> StudyFile | None:
    """Return the study named, with the policy files of one's own; None if there is neither."""
    from exposure.inputs.study_file import read_study, study_from_mapping
    from exposure.policy.catalogue import read_policies

    own = read_policies(args.policy)
    if args.study:
        return read_study(args.study).with_policies(own)
    if not own:
        return None
    return study_from_mapping({"client": {"records": 1}}, "size").with_policies(own)


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


def _product_problems(products: Sequence[str], study: StudyFile | None) -> list[Problem]:
    """Return what is wrong with the products too, when something else is."""
    from exposure.study.sizing import size_task

    try:
        size_task([1], study, products)
    except ExposureError as error:
        return list(error.problems)
    return []


def _print_answer(rows: Sequence[SizeRow], thresholds: Thresholds, lang: Lang) -> None:
    """Print five lines for every record count, then the table of products."""
    from exposure.output.content.blocks import Prose
    from exposure.output.content.movements import sizes_table
    from exposure.output.terminal import WIDE, print_blocks
    from exposure.result.lines import size_lines

    for count in dict.fromkeys(row.records for row in rows):
        own = [row for row in rows if row.records == count]
        print_blocks(map(Prose, [*size_lines(own, thresholds, lang), ""]))
    print_blocks([sizes_table(rows, thresholds, lang)], WIDE)
