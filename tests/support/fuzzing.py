"""Spoil good input files in the ways files are spoilt: seeds in, files out."""

from __future__ import annotations

import copy
import datetime
import functools
import io
import json
import math
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from exposure.files import data_path

_VALUE = re.compile(r'^(\s*[\w."*-]+\s*=\s*)(.+?)(\s*#.*)?$')
_TOML = [
    "nan", "inf", "-inf", "-1", "0", "1e400", "9" * 400, "-" + "9" * 30, "1.5", '""', '" "', "[]",
    "{}", "true", "1979-05-27", "2026-02-30", "2026-13-45", '"../../etc/passwd"',
    '"=1+1"', '"１２万"',
    '"\\u0000"', '"\\u202e"', '"' + "x" * 5000 + '"', "[" * 200 + "]" * 200,
    "[" * 5000, "{ a = 1 }", "[1, \"a\", nan]", '"nan"', "0x7fffffffffffffff", '"aiu_2015"',
    "[[]]", "'''", "07:32:00", "_1", "{ value = " + "9" * 400 + ', reason = "x" }',
    '{ value = nan, reason = "x" }', '{ value = "x", reason = "" }',
    "{ numerator = 1, denominator = 0 }",
]  # fmt: skip
_JSON: list[Any] = [
    None, True, -1, 0, 1.5, 1e308, 10**40, -(10**25), "", " ", "x" * 5000, [], {}, [[]], {"a": {}},
    math.nan, math.inf, -math.inf, "NaN", "2026-02-30", "=1+1", "../../etc", "\0", "\ud800",
    "１２万",
]  # fmt: skip
_CELLS: list[Any] = [
    -1, 0, 1.5, 1e300, math.nan, math.inf, "NaN", "inf", "-inf", "", " ", "多数", "1e400",
    "9" * 300, "../../etc", "..", "con", "a/b", "=1+1", "=HYPERLINK(\"x\")", True,
    "\u202e", "x" * 5000,
    "30%", "120%", "-5%", "１２万", "1,2,3", "－１", "∞", "#REF!", "2026-02-30", "１００億兆",
    "1:2;3", "external:1;external:2", "約5", "5千万", "なし", "－", "#N/A", "10,000²", "①5",
    "12,34", "合計", "1億20000万", "10〜20", "不明", "5%", 0.3, "row-3", "葛\U000e0100城",
    "※単位：千円", "000",
]  # fmt: skip
_FORMATS = [
    "0%",
    "#,##0,",
    '#,##0"千円"',
    '"約"0',
    "yyyy/m/d",
    "0!.0,",
    "[$$-409]0",
    ";;;",
    '"',
    "[",
    "0000",
]
_TITLES = ["顧客一覧", "（単位：千円）", "単位：百万円、人", "（千件）", "一覧（千ドル）"]
_HEADINGS = [
    "",
    "備考",
    "records",
    "件数",
    "=1",
    "売上高（千ドル）",
    "x" * 300,
    "会社名 ",
    "client_id",
    "件数（nan円）",
    "売上高額",
    "要配慮割合（％）",
    "単位",
    "手元資金（百万円）",
    "担当",
]

STUDY = """[study]
name = "検査"
seed = 7
loss_years = 2000
regimes = ["brochure", "court"]
inception = 2026-04-01

[client]
records = 100_000
industry = "medical"
revenue = 500_000_000
employees = 40
incidents_last_3_years = 0
databases = [60_000, 70_000]
outsourced_share = 0.3
card_share = "10%"
questionnaire_score = 0.5
liquidity = "1億円"
adequacy_target = 0.9

[[plan]]
id = "nipponkoa_2006/F"
premium = 420_000

[[plan]]
id = "aiu_2015@limit=300000000@deductible=0@own_share_percent=0"
label = "AIU"

[assumptions]
"claims.rate.brochure" = { value = 0.05, reason = "顧問弁護士の見解" }
"portfolio.years" = { value = 5000, reason = "検査" }
"""
ROWS: list[list[Any]] = [
    ["client_id", "会社名", "件数", "業種", "売上高（百万円）", "委託割合", "委託先",
     "databases", "事故歴"],
    ["A1", "青葉", "12万", "医療", 500, "30%", "給与", "60000; 70000", 0],
    ["A2", "若葉", 5000, "小売", 12.5, 0.1, None, None, 1],
    ["A3", "双葉", "1,250,000", "", "3億円", "", "給与", "", ""],
]  # fmt: skip


def _bytes(content: bytes, luck: random.Random) -> bytes:
    """Cut, garble or re-encode a file."""
    at = luck.randrange(len(content) + 1)
    ways: list[Callable[[], bytes]] = [
        lambda: b"",
        lambda: content[:at],
        lambda: content[:at] + luck.randbytes(luck.randint(1, 40)) + content[at:],
        lambda: luck.randbytes(luck.randint(1, 3000)),
        lambda: content[:at] + b"\0" + content[at:],
        lambda: content.decode("utf-8", "replace").encode("utf-16"),
        lambda: content.decode("utf-8", "replace").encode("cp932", "replace"),
        lambda: content[at:] + content[:at],
    ]
    return luck.choice(ways)()


def _lines(text: str, luck: random.Random) -> bytes:
    """Spoil a line or two of a TOML file."""
    lines = text.splitlines()
    for _ in range(luck.randint(1, 2)):
        stated = [i for i, line in enumerate(lines) if _VALUE.match(line)]
        at = luck.choice(stated) if stated else 0
        match = _VALUE.match(lines[at])
        if match is None:
            continue
        way = luck.randrange(8)
        if way < 5:
            lines[at] = match[1] + luck.choice(_TOML)
        elif way == 5:
            del lines[at]
        elif way == 6:
            lines.insert(at, lines[at])
        else:
            lines[at] = lines[at][::-1] if luck.random() < 0.3 else "x" + lines[at].lstrip()
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def study(folder: Path, luck: random.Random) -> Path:
    content = _lines(STUDY, luck) if luck.random() < 0.8 else _bytes(STUDY.encode(), luck)
    path = folder / "study.toml"
    path.write_bytes(content)
    return path


def policy(folder: Path, luck: random.Random) -> Path:
    text = luck.choice(sorted(data_path("policies").glob("*.toml"))).read_text("utf-8")
    content = _lines(text, luck) if luck.random() < 0.8 else _bytes(text.encode(), luck)
    path = folder / "policy.toml"
    path.write_bytes(content)
    return path


def cases(folder: Path, luck: random.Random) -> Path:
    document = json.loads(luck.choice(sorted(data_path("cases").glob("*.json"))).read_text("utf-8"))
    document = luck.sample(document, min(2, len(document)))
    path = folder / "cases.json"
    if luck.random() < 0.8:
        document = copy.deepcopy(document)
        for _ in range(luck.randint(1, 2)):
            document = _spoilt(document, luck)
        content = json.dumps(document, ensure_ascii=True).encode()
    else:
        content = _bytes(json.dumps(document, ensure_ascii=False).encode(), luck)
    path.write_bytes(content)
    return path


def _spoilt(document: Any, luck: random.Random) -> Any:
    """Walk to a random place of a document and spoil it."""
    if luck.random() < 0.03 or not isinstance(document, dict | list):
        return luck.choice(_JSON)
    here, key = document, None
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return document
        key = luck.choice(keys)
        below = here[key]
        if not isinstance(below, dict | list) or not below or luck.random() < 0.15:
            break
        here = below
    way = luck.randrange(6)
    if way < 4 or not isinstance(here, dict):
        here[key] = luck.choice(_JSON)
    elif way == 4:
        del here[key]
    else:
        here[luck.choice(["x", str(key) + "s", "", "\0"])] = here.pop(key)
    return document


def client_list(folder: Path, luck: random.Random) -> Path:
    rows = copy.deepcopy(ROWS)
    for _ in range(luck.randint(1, 3)):
        _spoil_rows(rows, luck)
    if luck.random() < 0.5:
        path = folder / "clients.csv"
        text = "\r\n".join(",".join(_quoted(cell) for cell in row) for row in rows)
        content = text.encode(luck.choice(["utf-8", "utf-8-sig", "cp932", "utf-16"]), "replace")
        path.write_bytes(_bytes(content, luck) if luck.random() < 0.3 else content)
    else:
        path = folder / "clients.xlsx"
        _write_book(path, rows, luck)
        if luck.random() < 0.3:
            path.write_bytes(_bytes(path.read_bytes(), luck))
        elif luck.random() < 0.3:
            path.write_bytes(_spoilt_package(path.read_bytes(), luck))
    return path


def _spoilt_package(content: bytes, luck: random.Random) -> bytes:
    """Spoil or drop one part of a zipped file, and leave it a whole zip."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    spoilt = luck.choice(source.namelist())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            part = source.read(name)
            if name != spoilt:
                package.writestr(name, part)
            elif luck.random() < 0.8:
                package.writestr(name, _bytes(part, luck))
    return target.getvalue()


def _spoil_rows(rows: list[list[Any]], luck: random.Random) -> None:
    row = luck.randrange(len(rows))
    way = luck.randrange(10)
    if way < 6 and len(rows[row]):
        cells = _HEADINGS if row == 0 else _CELLS
        rows[row][luck.randrange(len(rows[row]))] = luck.choice(cells)
    elif way == 6:
        del rows[row]
        rows.append([])
    elif way == 7:
        rows.append(list(rows[row]))
    elif way == 8:
        rows[row].append(luck.choice(_CELLS))
    else:
        luck.shuffle(rows)


def _quoted(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f'"{text}"' if "," in text else text


def _write_book(path: Path, rows: Sequence[Sequence[Any]], luck: random.Random) -> None:
    options = {"nan_inf_to_errors": True, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as workbook:
        page = workbook.add_worksheet("顧客一覧")
        top = luck.choice([0, 0, 1, 3])
        if top:
            page.write(0, luck.randint(0, 6), luck.choice(_TITLES))
        for i, row in enumerate(rows, start=top):
            for j, cell in enumerate(row):
                if cell is not None:
                    code = luck.choice(_FORMATS) if luck.random() < 0.1 else "General"
                    page.write(i, j, cell, workbook.add_format({"num_format": code}))
        if luck.random() < 0.1:
            page.set_row(luck.randint(0, 5), None, None, {"hidden": True})
        if luck.random() < 0.1:
            page.write(luck.choice([10**6, 300]), luck.choice([2, 16000]), 1)
        if luck.random() < 0.2:
            page.write_formula(luck.randint(1, 3), luck.randint(0, 8), "=1/0", None, "#DIV/0!")
        if luck.random() < 0.2:
            page.merge_range(1, 2, 2, 3, luck.choice(["結合", 5]))


_WORDS = [
    "", " ", "-", "--", "---", "-1", "0", "1", "1.5", "1e5", "nan", "inf", "5万", "１億", "1,000",
    "9" * 400, "-" + "9" * 30, "true", "null", "x", "あ", "\u202e", "\n", "a\nb", "\x7f", "\ud800",
    "x" * 300, "x" * 5000, "../../etc", "/", ".", "..", "~", "*", "con", "@", "+", "#", "=", "a=b",
    "--json", "--help=x", "-h=1", "--lang", "--out", "--out=", "--seed", "--nope", "--l", "@x",
    "nipponkoa_2006", "nipponkoa_2006/F", "nipponkoa_2006/Z", "aiu_2015", "aiu_2015@limit=1億",
    "aiu_2015@limit=-1", "aiu_2015@limit=nan", "aiu_2015+", "aiu_2015@", "aiu_2015+card+card",
    "aiu_2015@limit=" + "9" * 400, "aiu_2015@limit", "aiu_2015/F", "/F", "a" * 400 + "/b", "a/b/c",
    "assumptions", "json,html", "json,,x", ",", "1000,2000", "1000,x", "tcp://x", "abc", "both",
]  # fmt: skip
# Every command, with the options that are tried on bad input.
OPTIONS: dict[str, list[str]] = {
    "run": ["--out", "--loss-years", "--seed", "--lang", "--formats", "--no-band", "--band"],
    "demo": ["--out", "--loss-years", "--seed", "--lang", "--formats", "--no-band"],
    "plans": ["--json", "--lang"],
    "show": ["--endorse", "--set", "--study", "--json", "--lang"],
    "payout": ["--json", "--lang"],
    "explain": ["--case", "--lang"],
    "sample": ["--plan", "--events", "--out", "--regime", "--seed", "--lang"],
    "size": ["--records", "--study", "--product", "--target", "--seed", "--json", "--no-band"],
    "export": ["--out", "--format", "--loss-years", "--seed", "--lang"],
    "batch": ["--out", "--study", "--workers", "--resume", "--loss-years", "--seed", "--formats"],
    "check": ["--lang"],
    "policy": ["--from", "--out", "--form", "--study", "--lang"],
    "intake": ["--out", "--json", "--lang"],
    "validate": ["--seed", "--out", "--lang"],
    "calibrate": ["--lang"],
    "explore": ["--port", "--no-browser", "--lang"],
}
_FLAGS = ("--json", "--no-band", "--band", "--resume", "--no-browser")
_FITTING: dict[str, list[str]] = {
    "--out": ["out", "out/deep", "out.json", "."],
    "--lang": ["ja", "en"],
    "--loss-years": ["1000", "2千"],
    "--formats": ["json"],
    "--seed": ["7"],
    "--plan": ["nipponkoa_2006/B", "aiu_2015@limit=100000000"],
    "--events": ["1", "3"],
    "--records": ["1000", "1千,2000"],
    "--set": ["limit=100000000", "limit=1億", "deductible=0"],
    "--study": ["study.toml"],
    "--from": ["form.toml"],
    "--form": ["empty.toml", "form.toml"],
    "--format": ["csv"],
    "--port": ["18888"],
}
_PLACES = ["study.toml", "cases.json", "clients.csv", "gone.toml", ".", "bad.toml", "answers.toml"]


def arguments(folder: Path, luck: random.Random) -> list[str]:
    """Write good and bad files into a folder, and call a command from inside it."""
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "bad.toml").write_bytes(_lines(STUDY, luck))
    case = json.loads(data_path("cases", "aiu_2015.json").read_text("utf-8"))[:1]
    (folder / "cases.json").write_text(json.dumps(case), "utf-8")
    (folder / "clients.csv").write_text("name,records\nA,1000\n", "utf-8")
    answers = data_path("studies", "questionnaire.toml").read_text("utf-8")
    (folder / "answers.toml").write_text(answers, "utf-8")
    (folder / "form.toml").write_text(_FORM, "utf-8")
    command = luck.choice([*OPTIONS, "nope", ""])
    argv = ["new"] if command == "policy" else []
    options = OPTIONS.get(command, [])
    for option in luck.sample(options, min(luck.randint(0, 4), len(options))):
        argv.append(option)
        if option not in _FLAGS:
            fitting = _FITTING.get(option, ["x"])
            argv.append(luck.choice(fitting if luck.random() < 0.6 else _WORDS))
    for _ in range(luck.choice([0, 1, 1, 1, 2])):
        place = luck.choice(_PLACES if luck.random() < 0.7 else _WORDS)
        argv.insert(luck.randint(0, len(argv)) if luck.random() < 0.3 else 0, place)
    if luck.random() < 0.2:
        argv.insert(luck.randint(0, len(argv)), luck.choice(_WORDS))
    front = ["--lang", luck.choice(["ja", "en", "en", "fr", "both"])] if luck.random() < 0.3 else []
    return [*front, command, *argv]


_FORM = """[answers]
product = "own_leak_2026"
name = "検査用の保険"
insurer = "検査火災"
edition = "2026年版"
title = "お支払い例"
limit = "1億円"
cost_limit = "2,000万円"
deductible = "10万円"
cost_deductible = 100_000
share = "100%"
cost_share = "90%"
order = "免責が先"
trigger = "社告"
claims_made = "はい"
discovery = "はい"
suspected = "いいえ"
window = "なし"
defence = "内枠"
territory = "日本"
limit_per = "両方"
overall = "なし"
per_person = "1,000円"
example_paid = "5,080万円"

[heads]
damages = "賠償"
litigation_costs = "賠償"
consulting = "費用"
condolence = "費用"
"お詫び状作成・送付費用" = "費用"

[losses]
damages = "3,800万円"
litigation_costs = 2_000_000
consulting = "100万円"
condolence = "500名×2,000円"
"""


def form(folder: Path, luck: random.Random) -> Path:
    """Spoil a filled form: its lines, its bytes, or the workbook it may be."""
    if luck.random() < 0.3:
        path = folder / "form.xlsx"
        content = _empty_form()
        spoil = _spoilt_package if luck.random() < 0.7 else _bytes
        path.write_bytes(spoil(content, luck))
        return path
    path = folder / "form.toml"
    spoilt = _lines(_FORM, luck) if luck.random() < 0.8 else _bytes(_FORM.encode(), luck)
    path.write_bytes(spoilt)
    return path


@functools.cache
def _empty_form() -> bytes:
    from exposure.output.forms import empty_form

    return empty_form(".xlsx", {}, "ja")


def archive(folder: Path, luck: random.Random) -> Path:
    """Change bytes of a workbook of any format, or of one part of its package."""
    suffix = luck.choice(["xls", "ods", "xlsx"])
    path = folder / f"list.{suffix}"
    path.write_bytes(damaged(_good_archive(suffix), luck))
    return path


@functools.cache
def _good_archive(suffix: str) -> bytes:
    if suffix != "xlsx":
        return (Path(__file__).parents[1] / "data" / "lists" / f"error-cells.{suffix}").read_bytes()
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet("一覧")
        for i, row in enumerate(ROWS):
            page.write_row(i, 0, row)
    return stream.getvalue()


def damaged(content: bytes, luck: random.Random) -> bytes:
    """Change bytes of a file, or of one part of its package so that the package stays whole."""
    if content.startswith(b"PK") and luck.random() < 0.6:
        source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
        spoilt = luck.choice(source.namelist())
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for name in source.namelist():
                part = source.read(name)
                if name != spoilt or luck.random() < 0.9:
                    package.writestr(name, _changed(part, luck) if name == spoilt else part)
        return target.getvalue()
    return _changed(content, luck)


def _changed(content: bytes, luck: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(luck.randint(1, 12)):
        if not changed:
            break
        at = luck.randrange(len(changed))
        way = luck.randrange(4)
        if way == 0:
            changed[at] = luck.randrange(256)
        elif way == 1:
            del changed[at : at + luck.randint(1, 60)]
        elif way == 2:
            changed[at:at] = luck.choice([b"<", b"&", b"9999999999", b"\0", b'"', b"-1", b"\xff"])
        else:
            changed[at : at + 4] = luck.choice([b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\xff" * 4])
    return bytes(changed)


_OWN: dict[str, list[Any]] = {
    "year": [2021, 2021, 2022, 2024],
    "event_id": ["a", "b", "c", "d"],
    "head": ["damages", "call_centre", "損害賠償金", "condolence"],
    "ground_up": [3_000_000, "120万", 5e6, 50_000],
    "cause": ["external", "insider", "vendor", "other"],
    "persons": [100, 2000, 30, 100],
    "occurred_on": ["2021-04-02", "2021-05-01", "2022-07-07", "2024-03-31"],
    "units": [None, None, None, 100],
    "per_unit": [None, None, None, 500],
    "publicly_known": [True, False, True, None],
}
_ODD: list[Any] = [
    *_CELLS, None, True, -1.5, 10**30, b"x", [], {}, (1, 2), object, np.int8(3), np.float32(0.1),
    np.nan, pd.NA, pd.NaT, datetime.date(2021, 1, 1), datetime.datetime(2021, 1, 1, 9),
    pd.Timestamp("2021-01-01T23:30", tz="Asia/Tokyo"), "2021-02-30", "令和3年", "damages ", "賠償",
    2.0**70, "1e3", complex(1, 2),
]  # fmt: skip


def own_losses(luck: random.Random) -> Any:
    """Return a frame, a mapping or a list of losses with something wrong in it."""
    table = {name: list(cells) for name, cells in _OWN.items()}
    for name in luck.sample(list(table)[4:], luck.randint(0, 6)):
        del table[name]
    for _ in range(luck.randint(1, 3)):
        name = luck.choice(list(table))
        way = luck.randrange(8)
        if way < 5:
            table[name][luck.randrange(len(table[name]))] = luck.choice(_ODD)
        elif way == 5 and len(table) > 1:
            del table[name]
        elif way == 6:
            table[luck.choice(["recods", "損害額", "年度", "x", "", "ground up", "イベント"])] = (
                table.pop(name)
            )
        else:
            table[name].append(luck.choice(_ODD))
    shape = luck.randrange(4)
    if shape == 0:
        return table
    rows = [
        {name: cells[i] for name, cells in table.items() if i < len(cells)}
        for i in range(max(map(len, table.values())))
    ]
    if shape == 1:
        return [tuple(row.values())[: luck.randint(0, 3)] for row in rows]
    frame = pd.DataFrame(rows)
    if luck.random() < 0.2:
        frame.columns = [luck.choice([*frame.columns, 3, None, "year"]) for _ in frame.columns]
    if luck.random() < 0.2 and frame.columns.is_unique:
        frame = frame.set_index(list(frame.columns[:1]), drop=luck.random() < 0.5)
    return frame.iloc[: luck.randint(0, len(frame))]


KINDS: dict[str, Callable[[Path, random.Random], Path]] = {
    "study": study,
    "policy": policy,
    "cases": cases,
    "client_list": client_list,
    "form": form,
    "archive": archive,
}
