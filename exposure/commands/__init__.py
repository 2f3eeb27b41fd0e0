"""The commands: for each its name, help and arguments; what it does is in the module of its name.

Imports nothing heavy, because every start of the command line reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from exposure.errors import Text

Say = Callable[[str, str], str]


@dataclass(frozen=True)
class Command:
    """One command as the parser needs it."""

    name: str
    help: Text
    add_arguments: Callable[[argparse.ArgumentParser, Say], None]


def _out(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("--out", metavar="DIR", help=say("出力フォルダ", "folder for the results"))


def _json(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        help=say("機械可読な結果だけを標準出力へ", "machine-readable result on standard output"),
    )


def _simulation(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "--loss-years",
        metavar="N",
        help=say("漏えいのある保険年度の数", "simulated policy years with a leak"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))
    parser.add_argument(
        "--lang",
        choices=("ja", "en", "both"),
        default="ja",
        help=say("言語（bothは両方の報告書）", "language (both: reports in both)"),
    )
    parser.add_argument(
        "--formats",
        metavar="LIST",
        help=say("json,html,pdf,xlsx から（コンマ区切り）", "of json,html,pdf,xlsx, comma-separated"),
    )


def _demo(parser: argparse.ArgumentParser, say: Say) -> None:
    _out(parser, say)
    _simulation(parser, say)


def _run(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("study", metavar="STUDY.toml", help=say("調査ファイル", "study file"))
    _out(parser, say)
    _simulation(parser, say)


def _plans(parser: argparse.ArgumentParser, say: Say) -> None:
    _json(parser, say)


def _show(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "plan", metavar="PLAN", help=say("プラン（または assumptions）", "a plan (or: assumptions)")
    )
    parser.add_argument(
        "--endorse",
        metavar="NAME",
        action="append",
        default=[],
        help=say("付ける特約", "endorsement to attach"),
    )
    parser.add_argument(
        "--set",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help=say("契約で定める項目", "a choice of the contract"),
    )
    _json(parser, say)


def _payout(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("cases", metavar="CASES.json", help=say("事例ファイル", "file of cases"))
    _json(parser, say)


def _explain(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("cases", metavar="CASES.json", help=say("事例ファイル", "file of cases"))
    parser.add_argument("--case", metavar="ID", help=say("この事例だけ", "this case only"))


def _sample(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("study", metavar="STUDY.toml", help=say("調査ファイル", "study file"))
    parser.add_argument("--plan", metavar="PLAN", required=True, help=say("プラン", "plan"))
    parser.add_argument(
        "--events", metavar="N", required=True, help=say("保険年度の数", "number of policy years")
    )
    parser.add_argument("--out", metavar="FILE.json", required=True, help=say("出力先", "file to write"))
    parser.add_argument(
        "--regime",
        choices=("brochure", "court"),
        help=say("賠償の前提（既定は調査ファイルの最初）", "regime (default: first of the study)"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))


def _check(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help=say("ファイルかフォルダ", "files or folders")
    )


COMMANDS: tuple[Command, ...] = (
    Command("demo", Text("見本の調査を最初から最後まで実行", "run the shipped sample study"), _demo),
    Command("run", Text("一社分の試算と報告書", "one client: simulate, pay, compare, report"), _run),
    Command("plans", Text("保険プランの一覧", "the catalogue of plans"), _plans),
    Command("show", Text("プランの条件を条項つきで表示", "the terms of one plan, clause by clause"), _show),
    Command("payout", Text("実際の事故の支払保険金を算定", "adjust real incidents under a policy"), _payout),
    Command("explain", Text("支払いの計算を一行ずつ説明", "the same arithmetic line by line"), _explain),
    Command("sample", Text("模擬事故を事例ファイルに書き出す", "simulated years as a file of cases"), _sample),
    Command("check", Text("入力ファイルの検査", "check study, client, policy and case files"), _check),
)
