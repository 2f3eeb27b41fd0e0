"""The commands: the name and help of each, and the arguments that several of them have.

What a command takes besides and what it does is in the module of its name, loaded when it is
given. Imports nothing heavy, because every start of the command line reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO  # Any: what the parser of the standard library takes

from exposure.errors import Lang, Text

# Arguments that several commands have: what their help says, and how they are parsed.
_SHARED: Mapping[str, tuple[Text, Mapping[str, Any]]] = {
    "study": (Text("検討ファイル", "study file"), {"metavar": "STUDY.toml"}),
    "--seed": (Text("乱数の種", "seed of the random numbers"), {"metavar": "S"}),
    "--loss-years": (
        Text("漏えいのある保険年度の数", "simulated policy years with a leak"),
        {"metavar": "N"},
    ),
    "--out": (Text("出力フォルダ", "folder for the results"), {"metavar": "DIR"}),
    "--json": (
        Text("機械可読な結果だけを標準出力へ", "machine-readable result on standard output"),
        {"action": "store_true"},
    ),
    "--lang": (
        Text("言語（bothは両方の報告書）", "language (both: reports in both)"),
        {"choices": ("ja", "en", "both"), "default": "ja"},
    ),
    "--formats": (
        Text("json,html,pdf,xlsx から（コンマ区切り）", "of json,html,pdf,xlsx, comma-separated"),
        {"metavar": "LIST"},
    ),
    "--band": (
        Text(
            "前提の不確実性の幅と感度分析も計算（約1分）",
            "also the band over the parameters and the sensitivity (about a minute)",
        ),
        {"action": argparse.BooleanOptionalAction},
    ),
    "--policy": (
        Text("自分の約款ファイル（何度でも）", "a policy file of your own (repeatable)"),
        {"metavar": "FILE.toml", "action": "append", "default": []},
    ),
}

# How much is simulated, and what is written.
SIMULATION = ("--loss-years", "--seed", "--lang", "--formats")


@dataclass(frozen=True)
class Arguments:
    """The arguments of one command, explained in the language of the reader."""

    parser: argparse.ArgumentParser
    lang: Lang

    def add(self, name: str, ja: str, en: str, **parsed: Any) -> None:
        """Declare an argument of the command's own."""
        self.parser.add_argument(name, help=Text(ja, en).say(self.lang), **parsed)

    def share(self, *names: str, **parsed: Any) -> None:
        """Declare arguments that other commands have as well."""
        for name in names:
            text, usual = _SHARED[name]
            self.add(name, text.ja, text.en, **usual, **parsed)


def tell(lang: Lang, ja: str, en: str, file: TextIO | None = None) -> None:
    """Print a line in the language of the reader."""
    print(Text(ja, en).say(lang), file=file)


COMMANDS: Mapping[str, Text] = {
    "demo": Text("見本の検討を最初から最後まで実行", "run the shipped sample study"),
    "run": Text("一社分の試算と報告書", "one client: simulate, pay, compare, report"),
    "plans": Text("保険プランの一覧", "the catalogue of plans"),
    "show": Text("プランの条件を条項つきで表示", "the terms of one plan, clause by clause"),
    "payout": Text("実際の事故の支払保険金を算定", "adjust real incidents under a policy"),
    "explain": Text("支払いの計算を一行ずつ説明", "the same arithmetic line by line"),
    "sample": Text("模擬事故を事例ファイルに書き出す", "simulated years as a file of cases"),
    "size": Text("保有件数ごとの推奨支払限度額", "the limit a client of N records should buy"),
    "export": Text(
        "事故・年度・超過確率の表を書き出す", "year-event, year and exceedance tables of a study"
    ),
    "batch": Text("顧客一覧の全社を一括処理", "a book of clients from one list, restartable"),
    "check": Text("入力ファイルの検査", "check study, client, policy and case files"),
    "policy": Text(
        "案内の記入票から約款ファイルを作る", "a policy file from the form of a brochure"
    ),
    "intake": Text(
        "質問票から検討ファイルと簡易診断を作る", "a study file and diagnosis from answers"
    ),
    "validate": Text("モデルの検証報告書を書き出す", "checks, examples and back-tests as a report"),
    "calibrate": Text("参考表から当てはめをやり直す", "fit the published tables again"),
    "explore": Text(
        "条件を変えて試す画面をブラウザで開く", "open the live explorer in the browser"
    ),
}

# Those whose answer is files; what they print says where. The others answer on standard output.
WRITING = frozenset({"demo", "run", "sample", "export", "batch", "validate", "calibrate"})
