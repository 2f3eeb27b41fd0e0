"""Client lists as offices keep them: the right value, or a refusal that names the cell."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from support.fuzzing import damaged
from support.refusals import problems_of, read_clients

from exposure.amounts import parse_number
from exposure.batch.cells import CellFormat, read_format
from exposure.batch.client_list import ClientList, read_client_list
from exposure.batch.sheets import read_sheets
from exposure.cli import main
from exposure.errors import DataError
from exposure.inputs.client import Client
from exposure.inputs.names import industry_of

DATA = Path(__file__).parent / "data" / "lists"
HEADER = ("顧客番号", "会社名", "件数")


def csv_list(path: Path, *rows: str, encoding: str = "utf-8-sig") -> Path:
    path.write_bytes("\r\n".join(rows).encode(encoding))
    return path


def book(path: Path, rows: Sequence[Sequence[Any]], formats: Any = ()) -> Path:
    """Write a workbook; ``formats`` gives a number format by row and column."""
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("一覧")
        codes = {
            at: workbook.add_format({"num_format": code}) for at, code in dict(formats).items()
        }
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    page.write(i, j, cell, *([codes[i, j]] if (i, j) in codes else []))
    return path


def values(path: Path) -> list[dict[str, Any]]:
    return [
        Client.model_validate(dict(client.fields)).model_dump(exclude_none=True)
        for client in read_client_list(path).valid_clients()
    ]


def refusals(path: Path, lang: str = "ja") -> list[str]:
    return [problem.say(lang) for problem in problems_of(read_clients, path)]  # type: ignore[arg-type]


def notices(listed: ClientList, lang: str = "ja") -> list[str]:
    return [notice.say(lang) for notice in listed.notices]  # type: ignore[arg-type]


# --- what a number shows ---------------------------------------------------------------------


def test_a_cell_in_per_cent_is_the_share_it_holds_whatever_its_heading(tmp_path: Path) -> None:
    rows = [(*HEADER, "要配慮割合（％）", "委託割合"), ("A", "甲", 1000, 0.3, 0.25),
            ("B", "乙", 1000, 1, 1), ("C", "丙", 1000, 30, 0.5)]  # fmt: skip
    formats = {(1, 3): "0%", (1, 4): "0.0%", (2, 3): "0%", (2, 4): "0%"}
    found = values(book(tmp_path / "a.xlsx", rows, formats))
    assert [(c["sensitive_share"], c["outsourced_share"]) for c in found] == [
        (0.3, 0.25), (1.0, 1.0), (0.3, 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "cell", "code", "revenue"),
    [
        ("売上高（千円）", 500_000_000, "#,##0,", 500_000_000),
        ("売上高（百万円）", 500_000_000, "#,##0.0,,", 500_000_000),
        ("売上高（万円）", 500_000_000, "0!.0,", 500_000_000),
        ("売上高", 500_000, '#,##0"千円"', 500_000_000),
        ("売上高（千円）", 500_000, '#,##0"千円"', 500_000_000),
        ("売上高", 500_000_000, '#,##0,"千円"', 500_000_000),
        ("売上高", 5, '0"億円"', 500_000_000),
        ("売上高（千円）", 500_000, "#,##0;[Red]-#,##0", 500_000_000),
        ("売上高（円）", 500_000_000, '"¥"#,##0', 500_000_000),
        ("売上高", 500_000_000, "[$¥-411]#,##0", 500_000_000),
        ("売上高（百万円）", 0.1 + 0.2, "0.0", 300_000),
        ("売上高", 500_000_000, "#,##0,", None),
        ("売上高（百万円）", 500_000_000, "#,##0,", None),
        ("売上高（百万円）", 500_000, '#,##0"千円"', None),
        ("売上高", 5, "[$$-409]#,##0.00", None),
        ("売上高", 5, '"約"0', None),
        ("売上高", 5, '0"千ドル"', None),
        ("売上高", 5, "0%", None),
        ("売上高", 5, '[>=100000]0.0,"千";0', None),
        ("売上高", 45000, "yyyy/m/d", None),
    ],
)
def test_units_and_scales_in_number_formats(
    tmp_path: Path, heading: str, cell: float, code: str, revenue: int | None
) -> None:
    rows = [(*HEADER, heading), ("A", "甲", 1000, cell)]
    path = book(tmp_path / "a.xlsx", rows, {(1, 3): code})
    if revenue is None:
        (line,) = refusals(path)
        assert line.startswith(f"[a.xlsx]一覧!D2「{heading}」")
    else:
        assert values(path)[0]["revenue"] == revenue


def test_an_old_workbook_is_read_with_its_formats() -> None:
    listed = read_client_list(DATA / "number-formats.xls")
    first, second = values(DATA / "number-formats.xls")
    assert (first["sensitive_share"], first["revenue"], first["liquidity"]) == (
        0.3, 500_000_000, 50_000_000,
    )  # fmt: skip
    assert second["sensitive_share"] == 1.0
    assert notices(listed, "en") == [
        "[number-formats.xls]一覧: hidden rows are read all the same: 3",
        '[number-formats.xls]一覧: hidden columns are read all the same: F "手元資金"',
    ]


def test_an_open_document_is_read_with_its_formats(tmp_path: Path) -> None:
    names = 'xmlns:s="s" xmlns:n="n" xmlns:t="t" xmlns:o="o" xmlns:x="x"'
    styles = (
        '<n:percentage-style s:name="N1"><n:number n:decimal-places="0"/><n:text>%</n:text>'
        '</n:percentage-style><n:number-style s:name="N2"><n:number n:display-factor="1000"/>'
        '</n:number-style><n:number-style s:name="N3"><n:number/><n:text>百万円</n:text>'
        '</n:number-style><s:style s:name="c1" s:data-style-name="N1"/>'
        '<s:style s:name="c2" s:data-style-name="N2"/><s:style s:name="c3" s:data-style-name="N3"/>'
    )
    head = ("顧客番号", "会社名", "件数", "要配慮割合（％）", "売上高（千円）", "手元資金")
    texts = "".join(
        f'<t:table-cell o:value-type="string"><x:p>{h}</x:p></t:table-cell>' for h in head
    )
    cells = (
        '<t:table-cell o:value-type="string"><o:annotation><x:p>注</x:p></o:annotation>'
        "<x:p>A</x:p></t:table-cell><t:table-cell><x:p>甲</x:p></t:table-cell>"
        '<t:table-cell o:value-type="float" o:value="1000"><x:p>1,000</x:p></t:table-cell>'
        '<t:table-cell t:style-name="c1" o:value-type="percentage" o:value="0.3"/>'
        '<t:table-cell t:style-name="c2" o:value-type="float" o:value="500000000"/>'
        '<t:table-cell t:style-name="c3" o:value-type="float" o:value="50"/>'
        '<t:table-cell t:number-columns-repeated="16000"/>'
    )
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(
            "content.xml",
            f'<o:document-content {names}>{styles}<t:table t:name="S">'
            f"<t:table-row>{texts}</t:table-row><t:table-row>{cells}</t:table-row>"
            '<t:table-row t:number-rows-repeated="1048000"><t:table-cell/></t:table-row>'
            "</t:table></o:document-content>",
        )
    assert read_client_list(path).clients[0].client_id == "A"
    assert values(path) == [
        {"name": "甲", "records": 1000, "sensitive_share": 0.3, "revenue": 500_000_000,
         "liquidity": 50_000_000}
    ]  # fmt: skip


def test_a_number_shown_with_zeros_in_front_names_a_client_as_it_shows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [HEADER, (7, "甲", 5)], {(1, 0): "0000"})
    assert read_client_list(path).clients[0].client_id == "0007"


@given(st.text(max_size=40))
def test_any_format_code_is_read_or_called_strange(code: str) -> None:
    assert isinstance(read_format(code), CellFormat)


# --- units outside the headings --------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([(*HEADER, "手元資金"), (None, None, "（万件）", "（百万円）"), ("A", "甲", 12, 50)],
         (120_000, 50_000_000)),
        ([(*HEADER, "手元資金"), ("単位", None, "人", "千円"), ("A", "甲", 12, 50)], (12, 50_000)),
        ([("一覧", None, None, "（単位：千円）"), (*HEADER, "手元資金"), ("A", "甲", 12, 50)],
         (12, 50_000)),
        ([("一覧（単位：百万円、人）",), (*HEADER, "手元資金"), ("A", "甲", 12, 50)],
         (12, 50_000_000)),
        ([("金額は千円単位",), (), (*HEADER, "手元資金"), ("A", "甲", 12, 50)], (12, 50_000)),
        ([(None, None, "（千件）", "（百万円）"), (*HEADER, "手元資金"), ("A", "甲", 12, 50)],
         (12_000, 50_000_000)),
        ([("単位：千円",), (*HEADER, "手元資金（百万円）"), ("A", "甲", 12, 50)],
         (12, 50_000_000)),
        ([("単位：千円",), (*HEADER, "手元資金"), ("A", "甲", 12, "5億")], (12, 500_000_000)),
    ],
)  # fmt: skip
def test_units_in_a_row_of_their_own(
    tmp_path: Path, rows: list[tuple[Any, ...]], found: tuple[int, int]
) -> None:
    (client,) = values(book(tmp_path / "a.xlsx", rows))
    assert (client["records"], client["liquidity"]) == found


@pytest.mark.parametrize(
    ("rows", "cell"),
    [
        ([(*HEADER, "手元資金（千円）"), (None, None, None, "（百万円）"), ("A", "甲", 1, 5)],
         "D2"),
        ([(*HEADER, "手元資金"), (None, None, None, "（千ドル）"), ("A", "甲", 1, 5)], "D2"),
        ([("単位：千件",), (*HEADER, "手元資金"), ("A", "甲", 1, 5)], "A1"),
        ([("一覧（千円）",), (*HEADER, "手元資金"), ("A", "甲", 1, 5)], "A1"),
        ([("単位：千円", "単位：百万円"), (*HEADER, "手元資金"), ("A", "甲", 1, 5)], "A1"),
        ([(None, None, None, "（千円）"), (*HEADER, "手元資金", "売上高"), ("A", "甲", 1, 5, 6)],
         "E2"),
        ([(*HEADER, "手元資金", "単位"), ("A", "甲", 1, 5, "千円")], "E1"),
        ([(*HEADER, "手元資金"), ("A", "甲", 1, 5), ("※単位：千円",)], "A3"),
        ([(*HEADER, "手元資金（千円）"), ("A", "甲", 1, "500円")], "D2"),
    ],
)  # fmt: skip
def test_a_unit_nobody_can_place_is_refused_at_its_cell(
    tmp_path: Path, rows: list[tuple[Any, ...]], cell: str
) -> None:
    assert refusals(book(tmp_path / "a.xlsx", rows))[0].startswith(f"[a.xlsx]一覧!{cell}")


# --- what people type ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [("5千万", 50_000_000), ("3億2千万", 320_000_000), ("１億２千５百万円", 125_000_000),
     ("2千5百", 2500), ("12.5百万", 12_500_000), ("1兆2億", 1_000_200_000_000),
     ("1 250 000", 1_250_000), ("１，０００人", 1000)],
)  # fmt: skip
def test_numbers_as_offices_say_them(typed: str, number: int) -> None:
    assert parse_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["10,000²", "①10,000", "12,34", "1,2,3", "0,123", "10.000", "10,000 1", "1億20000万", "㉑",
     "½", "5百千", "10,000*", "10、000", "12万3456万"],
)  # fmt: skip
def test_marks_and_broken_groups_are_no_digits(tmp_path: Path, typed: str) -> None:
    with pytest.raises(ValueError):
        parse_number(typed)
    (line,) = refusals(csv_list(tmp_path / "a.csv", "ID,会社名,件数", f'A,甲,"{typed}"'))
    assert line.startswith("a.csv!C2「件数」")


@given(st.integers(0, 10**16))
def test_every_number_reads_back_from_its_japanese_form(number: int) -> None:
    parts, rest = [], number
    for unit, size in (("兆", 10**12), ("億", 10**8), ("万", 10**4), ("", 1)):
        count, rest = divmod(rest, size)
        if count or (not unit and not parts):
            parts.append(f"{count:,}{unit}")
    assert parse_number("".join(parts)) == number


@pytest.mark.parametrize(
    "typed", ["約5000", "100〜200", "1万以上", "500以下", "数千", "不明", "未定", "10万程度", "?"]
)
def test_estimates_are_refused_with_what_to_write(tmp_path: Path, typed: str) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数,従業員数", f"A,甲,{typed},{typed}")
    records, employees = refusals(path)
    assert records.startswith(f'a.csv!C2「件数」= "{typed}": 概数・範囲・不明は読めません')
    assert "12万" in records
    assert "空欄" not in records
    assert "空欄" in employees


@pytest.mark.parametrize("typed", ["なし", "-", "－", "―", "無し", "該当なし"])
def test_nothing_is_no_incident_and_elsewhere_a_blank(tmp_path: Path, typed: str) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数,事故歴,売上高,委託先,業種",
                    f"A,甲,5,{typed},{typed},{typed},{typed}", "B,乙,5,,,,")  # fmt: skip
    stated, blank = values(path)
    assert stated == {"name": "甲", "records": 5, "incidents_last_3_years": 0}
    assert blank == {"name": "乙", "records": 5}


@pytest.mark.parametrize(
    ("row", "cell"),
    [("A,甲,1,250,000,40", "C2"), ("A,甲,10,000,40", "C2"), ("A,甲,10,500000,1,000", "E2"),
     ("A,甲,1,250,40", "C2")],
)  # fmt: skip
def test_thousands_without_quotes_do_not_fall_apart(tmp_path: Path, row: str, cell: str) -> None:
    found = refusals(csv_list(tmp_path / "a.csv", "ID,会社名,件数,売上高,従業員数", row))
    assert any(line.startswith(f"a.csv!{cell}") and "引用符" in line for line in found)


def test_small_numbers_side_by_side_are_not_one_number(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数,ランク,従業員数,売上高（百万円）",
                    "A,甲,120,100,5,250", "B,乙,1,,250,800")  # fmt: skip
    assert [(c["records"], c["employees"]) for c in values(path)] == [(120, 5), (1, 250)]


def test_a_name_alone_is_no_note(tmp_path: Path) -> None:
    (line,) = refusals(csv_list(tmp_path / "a.csv", "会社名,件数", "注文住宅の甲,", "※注,"))
    assert line.startswith("a.csv!B2")


@pytest.mark.parametrize("suffix", ["ods", "xls"])
def test_errors_in_cells_are_refused_in_every_format(suffix: str) -> None:
    where = f"[error-cells.{suffix}]一覧!"
    found = refusals(DATA / f"error-cells.{suffix}")
    assert [line.partition("「")[0] for line in found] == [f"{where}{c}2" for c in "DEF"]


def test_errors_in_workbooks_and_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("一覧")
        page.write_row(0, 0, (*HEADER, "手元資金", "委託割合", "事故件数"))
        page.write_row(1, 0, ("A", "甲", 1000))
        for column, error in ((3, "#DIV/0!"), (4, "#N/A"), (5, "")):
            page.write_formula(1, column, "=1/0", None, error)
    assert [line.partition("「")[0][-2:] for line in refusals(path)] == ["D2", "E2", "F2"]
    texts = csv_list(tmp_path / "a.csv", "ID,会社名,件数", "A,#N/A,#DIV/0!")
    assert [line.partition("「")[0] for line in refusals(texts)] == ["a.csv!B2", "a.csv!C2"]


# --- columns and rows ------------------------------------------------------------------------


def test_unknown_columns_are_left_out_and_said_once(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,備考,件数,担当,電話番号,会社名カナ",
                    "A,甲,急ぎ,5,田中,03,コウ")  # fmt: skip
    listed = read_client_list(path)
    assert values(path) == [{"name": "甲", "records": 5}]
    assert notices(listed) == [
        "a.csv!1: 使わない列があります: "
        "C列「備考」、E列「担当」、F列「電話番号」、G列「会社名カナ」"
    ]


@pytest.mark.parametrize(
    ("heading", "meant"),
    [("recods", "records"), ("売上高額", "売上高"), ("従業員人数", "従業員数"),
     ("契約件数", "件数"),
     ("手元現金", "手元資金"), ("revenue 2024", "revenue"), ("売上高（千ドル）", "売上高"),
     ("従業員数（前年比）", "従業員数")],
)  # fmt: skip
def test_a_heading_close_to_a_known_one_is_refused_with_it(
    tmp_path: Path, heading: str, meant: str
) -> None:
    path = csv_list(tmp_path / "a.csv", f"ID,会社名,件数,{heading}", "A,甲,5,6")
    (line,) = refusals(path)
    assert line.startswith(f"a.csv!D1「{heading}」: ")
    assert meant in line.partition("」: ")[2]


def test_headings_and_cells_are_wrong_in_one_pass(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数,売上高額", "A,甲,約5,6", "B,,5,6")
    assert [line.partition("「")[0] for line in refusals(path)] == [
        "a.csv!D1", "a.csv!C2", "a.csv!B3",
    ]  # fmt: skip


def test_a_list_of_what_is_allowed_is_printed_once(tmp_path: Path) -> None:
    path = csv_list(
        tmp_path / "a.csv", "ID,会社名,件数,業種", *(f"A{i},甲,5,宇宙" for i in range(9))
    )
    found = refusals(path)
    assert len(found) == 9
    assert sum("医療・福祉" in line for line in found) == 1
    assert all("a.csv!D2" in line for line in found)


def test_missing_numbers_are_made_of_the_row_and_said(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数", "row-3,甲,5", ",乙,5", "B,丙,5", ",丁,5")
    listed = read_client_list(path)
    assert [c.client_id for c in listed.clients] == ["row-3", "row-3-2", "B", "row-5"]
    assert "row-3-2, row-5" in notices(listed)[0]
    without = csv_list(tmp_path / "b.csv", "会社名,件数", "甲,5", "乙,6")
    assert [c.client_id for c in read_client_list(without).valid_clients()] == ["row-2", "row-3"]


@pytest.mark.parametrize(
    "word", ["合計", "合　計", "総計", "小計", "計", "平均", "Total", "合計（2社）"]
)
def test_totals_notes_and_headings_again_are_no_clients(tmp_path: Path, word: str) -> None:
    rows = [HEADER, ("A", "甲", 5), HEADER, ("B", "乙", 6), (None, word, 11), ("※ 9月末現在",)]
    listed = read_client_list(book(tmp_path / "a.xlsx", rows))
    assert [c.client_id for c in listed.valid_clients()] == ["A", "B"]
    said = "\n".join(notices(listed))
    assert all(row in said for row in ("3行目", "5行目", "6行目"))


def test_hidden_rows_columns_and_sheets_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("表紙").write(0, 0, "x")
        page = workbook.add_worksheet("一覧")
        page.write_row(0, 0, (*HEADER, "売上高"))
        for row in range(1, 6):
            page.write_row(row, 0, (f"A{row}", "甲", 5, 6))
        for row in (2, 3):
            page.set_row(row, None, None, {"hidden": True})
        page.set_column(3, 3, None, None, {"hidden": True})
        old = workbook.add_worksheet("旧")
        old.write_row(0, 0, HEADER)
        old.hide()
    listed = read_client_list(path)
    assert len(listed.valid_clients()) == 5
    assert [line.partition(": ")[2] for line in notices(listed)] == [
        "非表示の行も読みます: 3-4", "非表示の列も読みます: D列「売上高」",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "key"),
    [("歯科医院", "medical_welfare"), ("薬局", "medical_welfare"), ("介護", "medical_welfare"),
     ("大学", "education"), ("EC", "wholesale_retail"), ("信用金庫", "finance_insurance"),
     ("税理士", "research_professional"), ("市役所", "public_service"), ("人材派遣", "services"),
     ("通信", "information_communication"), ("卸売業（食品）", "wholesale_retail"),
     ("電気", "electricity_gas_water")],
)  # fmt: skip
def test_everyday_words_for_industries(word: str, key: str) -> None:
    assert industry_of(word) == key


# --- files under a wrong name or in another dress --------------------------------------------


def _encrypted() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")


LIST = "顧客番号,会社名,件数\r\nA,青葉病院,5\r\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", _encrypted(), ("パスワード", "password")),
        ("a.xls", _encrypted(), ("パスワード", "password")),
        ("a.csv", LIST.replace(",", "\t").encode(), ("タブ", "tabs")),
        ("a.csv", LIST.replace(",", "\t").encode("utf-16"), ("タブ", "tabs")),
        ("a.csv", LIST.replace(",", ";").encode("cp932"), ("セミコロン", "semicolons")),
        ("a.csv", LIST.encode("euc_jp"), ("EUC-JP", "EUC-JP")),
        ("a.csv", LIST.encode("iso2022_jp"), ("ISO-2022-JP", "ISO-2022-JP")),
        ("a.csv", (LIST * 9).encode("utf-16-le"), ("UTF-16", "UTF-16")),
        ("a.xlsx", LIST.encode(), ("文字のファイル", "text under another name")),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table>", ("文字のファイル", "text")),
    ],
)
def test_what_a_file_really_is_gets_named(
    tmp_path: Path, name: str, content: bytes, said: tuple[str, str]
) -> None:
    (tmp_path / name).write_bytes(content)
    for lang, word in zip(("ja", "en"), said, strict=True):
        (line,) = refusals(tmp_path / name, lang)
        assert line.startswith(name)
        assert word in line


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_japanese_offices_read(tmp_path: Path, encoding: str) -> None:
    path = csv_list(tmp_path / "a.csv", "顧客番号,会社名,件数", "A,髙島屋①,5", encoding=encoding)
    assert values(path) == [{"name": "髙島屋①", "records": 5}]


def test_check_reads_what_batch_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in ("xls", "ods"):
        assert main(["check", str(DATA / f"error-cells.{suffix}")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 3
    assert main(["check", str(DATA / "number-formats.xls")]) == 0
    (tmp_path / "A.XLSX").write_bytes(
        book(tmp_path / "b.xlsx", [HEADER, ("A", "甲", 5)]).read_bytes()
    )
    assert main(["check", str(tmp_path)]) == 0
    assert "2" in capsys.readouterr().out


# --- the list of a clerk, and running what is good -------------------------------------------

CLERK = """営業第二部　顧客一覧（2026年11月）,,,,,,,
,,,,,,（単位：千円）,
No,会社名,業種,個人情報件数,要配慮割合（％）,備考,売上高,事故歴
1,青葉歯科医院,歯科医院,"12,000",30%,院長＝佐藤,"85,000",なし
2,若葉薬局㈱,薬局,３万,100％,,"210,000",-
3,双葉介護サービス,介護,約5000,80%,担当：田中,"120,000",1
4,みどり大学,大学,2万5千,5%,,"3,500,000",0
5,髙橋通販,EC,120万,0%,急ぎ,"980,000",2
6,かもめ信用金庫,信用金庫,80万,10%,,"15,000,000",なし
7,山本税理士事務所,税理士,3000,20%,,"40,000",なし
8,港市役所,市役所,"350,000",15%,,,1
9,スタッフ東京,人材派遣,1万以上,10%,,"2,000,000",－
10,㈱丸高商事,卸売,"8,500",0%,,"640,000",なし
合計,,,,,,"22,575,000",
"""


def test_a_clerks_list_takes_one_round(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", *CLERK.splitlines(), encoding="cp932")
    first = refusals(path)
    assert [line.partition("「")[0] for line in first] == ["a.csv!D6", "a.csv!D12"]
    mended = CLERK.replace("約5000", "5000").replace("1万以上", "1万")
    found = values(csv_list(tmp_path / "b.csv", *mended.splitlines(), encoding="cp932"))
    assert [c["records"] for c in found] == [
        12_000, 30_000, 5000, 25_000, 1_200_000, 800_000, 3000, 350_000, 10_000, 8500,
    ]  # fmt: skip
    assert [c.get("revenue") for c in found] == [
        85_000_000, 210_000_000, 120_000_000, 3_500_000_000, 980_000_000, 15_000_000_000,
        40_000_000, None, 2_000_000_000, 640_000_000,
    ]  # fmt: skip
    assert [c["sensitive_share"] for c in found] == [
        0.3, 1.0, 0.8, 0.05, 0.0, 0.1, 0.2, 0.15, 0.1, 0.0,
    ]  # fmt: skip
    assert [c["incidents_last_3_years"] for c in found] == [0, 0, 1, 0, 2, 0, 0, 1, 0, 0]


def test_the_same_list_as_a_workbook_with_merged_titles(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("一覧")
        share = workbook.add_format({"num_format": "0%"})
        page.merge_range("A1:F1", "顧客一覧")
        page.merge_range("D2:E2", "財務（単位：百万円）")
        page.write_row(2, 0, (*HEADER, "売上高", "手元資金", "要配慮割合（％）", "備考"))
        page.write_row(3, 0, (1, "甲医院", "1.2万", 85, 10))
        page.write(3, 5, 0.3, share)
        page.write_row(4, 1, ("合計", 12_000, 85, 10))
    assert values(path) == [
        {"name": "甲医院", "records": 12_000, "revenue": 85_000_000, "liquidity": 10_000_000,
         "sensitive_share": 0.3}
    ]  # fmt: skip


QUICK = ["--loss-years", "1000", "--formats", "json", "--workers", "1", "--no-band"]


def test_good_rows_run_and_the_others_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数,備考",
                    "A,甲,500,x", "B,乙,約5,", "C,丙,600,", "A,丁,7,", "合計,,1100,")  # fmt: skip
    out = tmp_path / "out"
    assert main(["batch", str(path), "--out", str(out), *QUICK]) == 2
    assert not out.exists()
    capsys.readouterr()
    assert main(["batch", str(path), "--out", str(out), *QUICK, "--skip-bad"]) == 0
    said = capsys.readouterr()
    rows = json.loads((out / "summary.json").read_text("utf-8"))
    assert [(row["client_id"], row["status"]) for row in rows] == [
        ("A", "done"), ("B", "refused"), ("C", "done"), ("A", "refused"),
    ]  # fmt: skip
    assert rows[1]["error"][0]["ja"].startswith('a.csv!C3「件数」= "約5": 概数')
    assert rows[1]["error"][0]["en"].startswith("a.csv!C3")
    assert (out / "A" / "result.json").is_file()
    assert not (out / "B").exists()
    assert "a.csv!C3" in said.err
    assert "C列" not in said.err
    assert "D列「備考」" in said.err


def test_bad_headings_and_lists_with_nothing_good_are_not_skipped(tmp_path: Path) -> None:
    for name, rows in {"a": ("ID,会社名,件数,売上高額", "A,甲,5,6"),
                       "b": ("ID,会社名,件数", "A,甲,約5")}.items():  # fmt: skip
        path = csv_list(tmp_path / f"{name}.csv", *rows)
        out = tmp_path / name
        assert main(["batch", str(path), "--out", str(out), *QUICK, "--skip-bad"]) == 2
        assert not out.exists()


# --- files that attack -----------------------------------------------------------------------

SHEET = "xl/worksheets/sheet1.xml"
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from exposure.cli import main
sys.exit(main(["check", "--lang", "en", sys.argv[1]]))
"""
MEMORY, SECONDS = 2**30, 60  # bytes and processor seconds; a heavily used machine is slow


def check_within_bounds(path: Path) -> subprocess.CompletedProcess[str]:
    """Check a file in a process that may use so much memory and time, and no more."""
    code = LIMITED.format(memory=MEMORY, seconds=SECONDS)
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True,
                          timeout=10 * SECONDS)  # fmt: skip


def altered(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Write a good list with one part of its package changed."""
    good = book(path.with_name("good.xlsx"), [HEADER, ("A1", "甲", 5)])
    with (
        zipfile.ZipFile(good) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    good.unlink()
    return path


def open_document(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "content.xml",
            '<a:document-content xmlns:a="a" xmlns:table="t" xmlns:office="o" xmlns:text="x">'
            f'<table:table table:name="S">{rows}</table:table></a:document-content>',
        )
    return path


def _rows(row: bytes, count: int) -> Callable[[bytes], bytes]:
    more = b"".join(row.replace(b"%", str(i).encode()) for i in range(3, count + 3))
    return lambda part: part.replace(b"</sheetData>", more + b"</sheetData>")


def _entities(part: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
    )
    return part.replace(b"<worksheet", bomb + b"]><worksheet", 1).replace(b">5<", b">&j;<")


CELL = '<table:table-cell office:value-type="float" office:value="1" {}/>'
ATTACKS: dict[str, Callable[[Path], Path]] = {
    "space": lambda p: altered(
        p, SHEET, lambda part: part.replace(b"<sheetData>", b"<sheetData>" + b" " * 2**27)
    ),
    "entities": lambda p: altered(p, SHEET, _entities),
    "rows": lambda p: altered(
        p, SHEET, _rows(b'<row r="%"><c r="C%"><v>5</v></c></row>', 300_000)
    ),
    "deep": lambda p: altered(
        p, SHEET, lambda part: part.replace(b"<sheetData>", b"<a>" * 300_000)
    ),
    "text": lambda p: altered(
        p, "xl/sharedStrings.xml", lambda part: part.replace(b"<t>", b"<t>" + b"x" * 2**25, 1)
    ),
    "merged": lambda p: altered(
        p, SHEET, lambda part: part.replace(
            b"</sheetData>",
            b"</sheetData>" + b'<mergeCell ref="A1:XFD1048576"/>' * 50_000),
    ),
    "format": lambda p: altered(
        p, "xl/styles.xml", lambda part: part.replace(
            b"<fonts", b'<numFmts><numFmt numFmtId="0" formatCode="' + b"[" * 10**6
            + b'"/></numFmts><fonts', 1),
    ),
    "repeated.ods": lambda p: open_document(
        p, '<table:table-row table:number-rows-repeated="1048576">'
        + CELL.format('table:number-columns-repeated="16384"') + "</table:table-row>",
    ),
    "hidden.ods": lambda p: open_document(
        p, '<table:table-row table:visibility="filter" table:number-rows-repeated="999999"/>' * 999
    ),
    "spaces.ods": lambda p: open_document(
        p, "<table:table-row><table:table-cell><text:p>" + '<text:s text:c="65536"/>' * 50_000
        + "</text:p></table:table-cell></table:table-row>",
    ),
    "wide.csv": lambda p: csv_list(p, ",".join(HEADER), "A,甲,5" + "," * 10**6 + "x"),
    "long.csv": lambda p: csv_list(p, ",".join(HEADER), *("A,甲,5",) * 300_000),
    "cell.csv": lambda p: csv_list(p, ",".join(HEADER), 'A,"' + "x" * 10**7 + '",5'),
}  # fmt: skip


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "CV1048576", "XFD2"])
def test_a_stray_cell_is_named_and_costs_nothing(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("一覧")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, ("A", "甲", 5))
        page.write(cell, 1)
    (line,) = refusals(path)
    assert line.startswith(f"[a.xlsx]一覧!{cell}: ")


def test_cells_that_are_only_formatted_do_not_count(tmp_path: Path) -> None:
    path = altered(tmp_path / "a.xlsx", SHEET, _rows(b'<row r="%"><c r="A%" s="0"/></row>', 1000))
    assert values(path) == [{"name": "甲", "records": 5}]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_file_takes_more_than_its_share(tmp_path: Path, attack: str) -> None:
    name = attack if "." in attack else f"{attack}.xlsx"
    done = check_within_bounds(ATTACKS[attack](tmp_path / name))
    assert done.returncode in (0, 2), done.stderr[-500:]
    assert "Traceback" not in done.stderr
    if done.returncode == 2:
        assert all(name in line for line in done.stderr.splitlines())


def test_of_many_problems_the_first_are_printed(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", "ID,会社名,件数", *(f"A{i},甲,約5" for i in range(1000)))
    with pytest.raises(DataError) as caught:
        read_client_list(path).valid_clients()
    said = caught.value.lines("en")
    assert len(said) == 101
    assert said[-1] == 'a.csv!C102「件数」= "約5": and 900 more from here on'


@pytest.mark.parametrize("suffix", ["xls", "ods", "xlsx"])
# In the second, the chain of sectors of the .xls file leads back into itself.
@pytest.mark.parametrize("seeds", [range(40), [1821]])
def test_damaged_workbooks_are_read_or_refused_by_name(
    tmp_path: Path, suffix: str, seeds: Sequence[int]
) -> None:
    good = DATA / f"error-cells.{suffix}"
    if suffix == "xlsx":
        good = book(tmp_path / "good.xlsx", [HEADER, ("A1", "甲", 5), ("A2", "乙", "1,000")])
    assert read_sheets(good)
    content = good.read_bytes()
    path = tmp_path / f"list.{suffix}"
    for seed in seeds:
        path.write_bytes(damaged(content, random.Random(f"{suffix} {seed}")))
        try:
            read_client_list(path)
        except DataError as error:
            assert all("list." in line for line in error.lines()), seed
