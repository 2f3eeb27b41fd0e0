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
        help=say(
            "json,html,pdf,xlsx から（コンマ区切り）", "of json,html,pdf,xlsx, comma-separated"
        ),
    )


def _band(parser: argparse.ArgumentParser, say: Say, *, default: bool) -> None:
    parser.add_argument(
        "--band",
        action=argparse.BooleanOptionalAction,
        default=default,
        help=say(
            "前提の不確実性の幅と感度分析も計算（約1分）",
            "also the band over the parameters and the sensitivity (about a minute)",
        ),
    )


def _policy(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "--policy",
        metavar="FILE.toml",
        action="append",
        default=[],
        help=say("自分の約款ファイル（何度でも）", "a policy file of your own (repeatable)"),
    )


def _demo(parser: argparse.ArgumentParser, say: Say) -> None:
    _out(parser, say)
    _simulation(parser, say)
    _band(parser, say, default=False)


def _run(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("study", metavar="STUDY.toml", help=say("検討ファイル", "study file"))
    _out(parser, say)
    _simulation(parser, say)
    _band(parser, say, default=True)
    _policy(parser, say)
    parser.add_argument(
        "--since",
        metavar="OLD/result.json",
        help=say(
            "前回の結果（何が、なぜ変わったかも示す）",
            "an earlier result: also say what moved since, and why",
        ),
    )


def _plans(parser: argparse.ArgumentParser, say: Say) -> None:
    _policy(parser, say)
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
    parser.add_argument(
        "--study",
        metavar="STUDY.toml",
        help=say(
            "解釈の争いの値打ちをこの顧客で試算",
            "what disputes over readings are worth to a client",
        ),
    )
    _policy(parser, say)
    _json(parser, say)


def _payout(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "cases", metavar="CASES.json", nargs="?", help=say("事例ファイル", "file of cases")
    )
    parser.add_argument(
        "--template",
        metavar="PLAN",
        help=say("このプランの空の事例を書き出す", "print an empty case for this plan"),
    )
    _policy(parser, say)
    _json(parser, say)


def _explain(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("cases", metavar="CASES.json", help=say("事例ファイル", "file of cases"))
    _policy(parser, say)
    parser.add_argument("--case", metavar="ID", help=say("この事例だけ", "this case only"))


def _sample(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("study", metavar="STUDY.toml", help=say("検討ファイル", "study file"))
    _policy(parser, say)
    parser.add_argument("--plan", metavar="PLAN", required=True, help=say("プラン", "plan"))
    parser.add_argument(
        "--events", metavar="N", required=True, help=say("保険年度の数", "number of policy years")
    )
    parser.add_argument(
        "--out", metavar="FILE.json", required=True, help=say("出力先", "file to write")
    )
    parser.add_argument(
        "--regime",
        choices=("brochure", "court"),
        help=say("賠償の前提（既定は検討ファイルの最初）", "regime (default: first of the study)"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))


def _size(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "--records",
        metavar="N[,N…]",
        required=True,
        help=say("保有件数（コンマ区切り）", "records held, comma-separated"),
    )
    parser.add_argument("--study", metavar="STUDY.toml", help=say("検討ファイル", "study file"))
    parser.add_argument(
        "--product",
        metavar="P",
        action="extend",
        nargs="+",
        default=[],
        help=say(
            "商品（プランの書き方で条件を足せる。省略時はすべて）",
            "products, or any plan identifiers; all of them if left out",
        ),
    )
    parser.add_argument(
        "--target",
        metavar="SHARE",
        help=say("（0.1の指定。今は何も決めない）", "(of 0.1; decides nothing any more)"),
    )
    parser.add_argument(
        "--band",
        action=argparse.BooleanOptionalAction,
        default=True,
        help=say("前提の不確実性の幅も計算", "also the band over the parameters"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))
    _policy(parser, say)
    _json(parser, say)


def _export(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument("study", metavar="STUDY.toml", help=say("検討ファイル", "study file"))
    _policy(parser, say)
    parser.add_argument(
        "--out", metavar="DIR", required=True, help=say("出力フォルダ", "folder for the tables")
    )
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help=say("形式", "format")
    )
    parser.add_argument(
        "--loss-years",
        metavar="N",
        help=say("漏えいのある保険年度の数", "simulated policy years with a leak"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))


def _explore(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "study",
        metavar="STUDY.toml",
        nargs="?",
        help=say("検討ファイル（省略すると見本）", "study file (the sample if left out)"),
    )
    parser.add_argument("--port", metavar="N", help=say("ポート番号", "port"))
    parser.add_argument(
        "--no-browser", action="store_true", help=say("ブラウザを開かない", "open no browser")
    )
    _policy(parser, say)


def _check(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help=say("ファイルかフォルダ", "files or folders")
    )


def _batch(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "clients",
        metavar="CLIENTS.xlsx|.csv",
        nargs="?",
        help=say("顧客一覧（1行に1社）", "client list, a client per row"),
    )
    _out(parser, say)
    parser.add_argument(
        "--template",
        metavar="FILE.xlsx",
        nargs="?",
        const="",
        help=say("記入用の顧客一覧を書き出して終わる", "write an empty client list and exit"),
    )
    parser.add_argument(
        "--study",
        metavar="STUDY.toml",
        help=say(
            "全社に共通の設定・プラン・前提（[client] は使わない）",
            "settings, plans and assumptions for all; its [client] is not used",
        ),
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        help=say("並列に動かすプロセスの数（既定は全部）", "processes at work (default: all)"),
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help=say("既存のDaskクラスター（tcp://…）", "an existing Dask cluster (tcp://…)"),
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=say(
            "続きから再開（指定しなくても、同じ入力で済んだ顧客は計算し直さない）",
            "continue; without it too, clients finished with the same input are kept",
        ),
    )
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help=say(
            "不備のある行は飛ばして一覧に理由を残し、ほかの顧客を処理",
            "leave out rows with problems, list them with the reason, run the others",
        ),
    )
    _policy(parser, say)
    _simulation(parser, say)
    _band(parser, say, default=False)


def _policy_new(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "action", metavar="new", choices=("new",), help=say("約款ファイルを作る", "make a file")
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FORM",
        help=say("記入済みの記入票（.xlsx, .toml）", "a filled form (.xlsx, .toml)"),
    )
    parser.add_argument(
        "--out", metavar="FILE.toml", help=say("書き出す約款ファイル", "policy file to write")
    )
    parser.add_argument(
        "--form",
        metavar="FORM",
        help=say("空の記入票（.xlsx, .toml）を書き出して終わる", "write the empty form and exit"),
    )
    parser.add_argument(
        "--study",
        metavar="STUDY.toml",
        help=say(
            "記入票の費目に添える金額をこの顧客で試算", "the yen beside each head are this client's"
        ),
    )


def _intake(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "questionnaire",
        metavar="QUESTIONNAIRE.toml",
        help=say("記入した質問票（見本 data/studies/questionnaire.toml）", "filled questionnaire"),
    )
    parser.add_argument(
        "--out", metavar="STUDY.toml", help=say("書き出す検討ファイル", "study file to write")
    )
    _json(parser, say)


def _validate(parser: argparse.ArgumentParser, say: Say) -> None:
    _out(parser, say)
    parser.add_argument(
        "--full",
        action="store_true",
        help=say("回数を増やして詳しく検証（約10分）", "more repeats (about ten minutes)"),
    )
    parser.add_argument("--seed", metavar="S", help=say("乱数の種", "seed of the random numbers"))


def _calibrate(parser: argparse.ArgumentParser, say: Say) -> None:
    parser.add_argument(
        "--out",
        metavar="DIR",
        required=True,
        help=say("data と同じ構成の出力先", "folder laid out as data"),
    )


COMMANDS: tuple[Command, ...] = (
    Command(
        "demo", Text("見本の検討を最初から最後まで実行", "run the shipped sample study"), _demo
    ),
    Command(
        "run", Text("一社分の試算と報告書", "one client: simulate, pay, compare, report"), _run
    ),
    Command("plans", Text("保険プランの一覧", "the catalogue of plans"), _plans),
    Command(
        "show",
        Text("プランの条件を条項つきで表示", "the terms of one plan, clause by clause"),
        _show,
    ),
    Command(
        "payout",
        Text("実際の事故の支払保険金を算定", "adjust real incidents under a policy"),
        _payout,
    ),
    Command(
        "explain", Text("支払いの計算を一行ずつ説明", "the same arithmetic line by line"), _explain
    ),
    Command(
        "sample",
        Text("模擬事故を事例ファイルに書き出す", "simulated years as a file of cases"),
        _sample,
    ),
    Command(
        "size",
        Text("保有件数ごとの推奨支払限度額", "the limit a client of N records should buy"),
        _size,
    ),
    Command(
        "export",
        Text(
            "事故・年度・超過確率の表を書き出す",
            "year-event, year and exceedance tables of a study",
        ),
        _export,
    ),
    Command(
        "batch",
        Text("顧客一覧の全社を一括処理", "a book of clients from one list, restartable"),
        _batch,
    ),
    Command(
        "check", Text("入力ファイルの検査", "check study, client, policy and case files"), _check
    ),
    Command(
        "policy",
        Text("案内の記入票から約款ファイルを作る", "a policy file from the form of a brochure"),
        _policy_new,
    ),
    Command(
        "intake",
        Text("質問票から検討ファイルと簡易診断を作る", "a study file and diagnosis from answers"),
        _intake,
    ),
    Command(
        "validate",
        Text("モデルの検証報告書を書き出す", "checks, examples and back-tests as a report"),
        _validate,
    ),
    Command(
        "calibrate",
        Text("参考表から当てはめをやり直す", "fit the published tables again"),
        _calibrate,
    ),
    Command(
        "explore",
        Text("条件を変えて試す画面をブラウザで開く", "open the live explorer in the browser"),
        _explore,
    ),
)

# Those whose answer is files; what they print says where. The others answer on standard output.
WRITING = frozenset({"demo", "run", "sample", "export", "batch", "validate", "calibrate"})
