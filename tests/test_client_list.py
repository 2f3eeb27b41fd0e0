"""Client lists as people write them, and what is said about those that cannot be read."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from support.refusals import problems_of, read_clients

from exposure.batch.client_list import ListedClient
from exposure.batch.sheets import read_sheets
from exposure.errors import DataError
from exposure.inputs.client import Client
from exposure.output.forms import client_template

HEADER = ("client_id", "name", "records")


def csv_list(path: Path, *rows: Sequence[object], encoding: str = "utf-8-sig") -> Path:
    lines = (",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in r) for r in rows)
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def book(path: Path, *rows: Sequence[object], sheet: str = "顧客一覧") -> Path:
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as workbook:
        page = workbook.add_worksheet(sheet)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    page.write(i, j, cell)
    return path


def lines(path: Path, lang: str = "ja") -> list[str]:
    return [problem.say(lang) for problem in problems_of(read_clients, path)]  # type: ignore[arg-type]


def stated(client: ListedClient) -> dict[str, object]:
    read = Client.model_validate(dict(client.fields))
    return read.model_dump(exclude_none=True)


def test_english_and_japanese_headings_mean_the_same(tmp_path: Path) -> None:
    english = csv_list(
        tmp_path / "e.csv",
        ("client_id", "name", "records", "industry", "revenue"),
        ("A1", "青葉", "120000", "medical", "500000000"),
    )
    japanese = csv_list(
        tmp_path / "j.csv",
        ("顧客番号", "会社名", "件数", "業種", "年商"),
        ("A1", "青葉", "１２万", "医療", "5億円"),
        encoding="cp932",
    )
    (first,), (second,) = read_clients(english), read_clients(japanese)
    assert (
        stated(first)
        == stated(second)
        == {
            "name": "青葉",
            "records": 120_000,
            "industry": "medical_welfare",
            "revenue": 500_000_000,
        }
    )


@pytest.mark.parametrize(
    ("typed", "records"),
    [("１２万", 120_000), ("1,250,000", 1_250_000), ("3億", 300_000_000), ("５０００件", 5000),
     (" 700 人 ", 700), ("1.5万件", 15_000)],
)  # fmt: skip
def test_counts_as_japanese_offices_write_them(tmp_path: Path, typed: str, records: int) -> None:
    (client,) = read_clients(csv_list(tmp_path / "a.csv", HEADER, ("A1", "甲", typed)))
    assert stated(client)["records"] == records


def test_titles_merged_header_rows_units_and_stray_spaces(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("顧客一覧")
        page.write(0, 0, "2026年度 顧客一覧（営業第二部）")
        page.merge_range("A2:A3", "顧客 番号")
        page.merge_range("B2:C2", "基本情報")
        page.merge_range("D2:E2", "規模")
        for column, heading in enumerate(
            ["会 社 名", "業種", "件数\n（千件）", "売上高（百万円）"], 1
        ):
            page.write(2, column, heading)
        page.write_row(3, 2, ["", "（概数）"])
        page.write_row(5, 0, [1001, " 青葉　", "小売", 1.5, 12.5])
    (client,) = read_clients(path)
    assert client.client_id == "1001"
    assert stated(client) == {
        "name": "青葉",
        "industry": "wholesale_retail",
        "records": 1500,
        "revenue": 12_500_000,
    }


def test_shares_as_per_cent_or_fraction(tmp_path: Path) -> None:
    path = csv_list(
        tmp_path / "a.csv",
        (*HEADER, "委託割合", "カード割合（%）"),
        ("A1", "甲", 10, "30%", 30),
        ("A2", "乙", 10, "0.3", "３０％"),
    )
    assert [
        (stated(c)["outsourced_share"], stated(c)["card_share"]) for c in read_clients(path)
    ] == [
        (0.3, 0.3),
        (0.3, 0.3),
    ]


def test_lists_within_a_cell(tmp_path: Path) -> None:
    path = csv_list(
        tmp_path / "a.csv",
        (*HEADER, "databases", "incidents_by_group"),
        ("A1", "甲", 100, "60; ７０", "external:1；error:2"),
    )
    (client,) = read_clients(path)
    assert stated(client)["databases"] == (60, 70)
    assert stated(client)["incidents_by_group"] == {"external": 1, "error": 2}


def test_the_same_vendor_however_it_is_typed(tmp_path: Path) -> None:
    path = csv_list(
        tmp_path / "a.csv",
        (*HEADER, "委託先"),
        ("A1", "甲", 10, "ＡＢＣ　給与"),
        ("A2", "乙", 10, "ABC 給与 "),
        ("A3", "丙", 10, ""),
    )
    assert [client.vendor for client in read_clients(path)] == ["ABC 給与", "ABC 給与", None]


def test_text_that_looks_like_a_formula_in_a_csv_is_text(tmp_path: Path) -> None:
    (client,) = read_clients(csv_list(tmp_path / "a.csv", HEADER, ("A1", "=1+1", 10)))
    assert client.fields["name"] == "=1+1"


def test_a_formula_counts_as_the_value_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("顧客一覧")
        page.write_row(0, 0, (*HEADER, "revenue"))
        page.write_row(1, 0, ("A1", "甲"))
        page.write_formula(1, 2, "=40+2", None, 42)
        page.write_row(2, 0, ("A2", "乙", 10))
        page.write_formula(2, 3, "=1/0", None, "#DIV/0!")
    assert lines(path) == [
        '[a.xlsx]顧客一覧!D3「revenue」= "#DIV/0!": セルがエラーになっています。'
        "値として入力してください"
    ]


def test_every_problem_of_every_row_at_once_by_sheet_cell_and_heading(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        ("顧客番号", "会社名", "件数", "業種", "年間売上高"),
        ("A1", "甲", 1000, "医療", 5),
        ("A2", "乙", "多数", "宇宙", 5),
        (None, "丙", 3.5, None, -5),
        ("A1", None, None, None, None),
    )
    found = lines(path)
    assert found[0].startswith('[a.xlsx]顧客一覧!C3「件数」= "多数": 1以上')
    assert found[1].startswith('[a.xlsx]顧客一覧!D3「業種」= "宇宙": 知らない業種です')
    assert found[2].startswith("[a.xlsx]顧客一覧!C4「件数」= 3.5: 1以上")
    assert found[3].startswith("[a.xlsx]顧客一覧!E4「年間売上高」= -5: 0以上")
    assert found[4] == "[a.xlsx]顧客一覧!B5「会社名」: 入力してください"
    assert found[5] == "[a.xlsx]顧客一覧!C5「件数」: 入力してください"
    assert found[6].startswith('[a.xlsx]顧客一覧!A5「顧客番号」= "A1": [a.xlsx]顧客一覧!2 と同じ')
    assert len(found) == 7


@pytest.mark.parametrize(
    "bad",
    [
        "../../etc",
        "..",
        "a/b",
        "a\\b",
        "C:",
        "con",
        "summary",
        "Registry.SQLITE",
        "x" * 61,
        "a.",
        "*",
    ],
)
def test_an_id_that_cannot_name_a_folder_is_refused(tmp_path: Path, bad: str) -> None:
    found = lines(csv_list(tmp_path / "a.csv", HEADER, (bad, "甲", 10)))
    assert len(found) == 1
    assert found[0].startswith(f'a.csv!A2「client_id」= "{bad}": ')


@pytest.mark.parametrize("twin", ["a001", "Ａ００１"])
def test_ids_that_some_systems_cannot_tell_apart_are_duplicates(tmp_path: Path, twin: str) -> None:
    found = lines(csv_list(tmp_path / "a.csv", HEADER, ("A001", "甲", 10), (twin, "乙", 10)), "en")
    assert found == [
        f'a.csv!A3「client_id」= "{twin}": the same client_id as in a.csv!2; make it unique'
    ]


def test_unknown_doubled_and_missing_columns(tmp_path: Path) -> None:
    found = lines(
        csv_list(
            tmp_path / "a.csv", ("client_id", "recrods", "業種", "industry"), ("A1", 1, "", "")
        ),
        "en",
    )
    assert found == [
        'a.csv!B1「recrods」: unknown heading; is it "records"?',
        'a.csv!D1「industry」: the same field as a.csv!C1 "業種"; keep one',
        'a.csv!1: no column "name" (name)',
        'a.csv!1: no column "records" (records held)',
    ]


def test_a_unit_nobody_knows_is_not_guessed(tmp_path: Path) -> None:
    found = lines(csv_list(tmp_path / "a.csv", (*HEADER, "売上高（千ドル）"), ("A1", "甲", 1, 5)))
    assert len(found) == 1
    assert found[0].startswith("a.csv!D1「売上高（千ドル）」: 知らない見出しです")


def test_values_without_a_heading(tmp_path: Path) -> None:
    assert lines(csv_list(tmp_path / "a.csv", HEADER, ("A1", "甲", 10, "memo")), "en") == [
        'a.csv!D2 = "memo": this column has no heading'
    ]


@pytest.mark.parametrize("value", [True, math.nan, math.inf, 1e300, -1, "", "NaN", "∞", "1e400"])
def test_numbers_that_are_none(tmp_path: Path, value: object) -> None:
    found = lines(book(tmp_path / "a.xlsx", HEADER, ("A1", "甲", value)))
    assert len(found) == 1
    assert found[0].startswith("[a.xlsx]顧客一覧!C2「records」")


def test_cells_merged_down_the_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("S")
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, ("A1", "甲"))
        page.write_row(2, 0, ("A2", "乙"))
        page.merge_range("C2:C3", 5000)
    assert lines(path, "en") == [
        "[a.xlsx]S!C3「records」: a merged cell; split it and fill in each row"
    ]


def test_two_lists_in_one_workbook_are_not_chosen_between(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name in ("本社", "支社"):
            workbook.add_worksheet(name).write_row(0, 0, HEADER)
    (line,) = lines(path)
    assert "[a.xlsx]本社, [a.xlsx]支社" in line


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b""),
        ("a.xlsx", b"PK\x03\x04 not really"),
        ("a.xlsx", b"client_id,name,records\r\n"),
        ("a.csv", b""),
        ("a.csv", b"\x00\x01\x02\xff\xfe"),
        ("a.csv", b"\x81"),
        ("a.csv", b'client_id,name,records\r\n"A1'),
        ("a.csv", b"nothing,here\r\n1,2\r\n"),
        ("a.txt", b"client_id,name,records\r\n"),
    ],
)
def test_a_file_that_is_no_list_is_said_so_in_one_line(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    (line,) = lines(tmp_path / name)
    assert name in line


def test_a_truncated_workbook(tmp_path: Path) -> None:
    whole = book(tmp_path / "a.xlsx", HEADER, ("A1", "甲", 10)).read_bytes()
    (tmp_path / "a.xlsx").write_bytes(whole[: len(whole) // 2])
    (line,) = lines(tmp_path / "a.xlsx", "en")
    assert line.endswith(
        "not a readable Excel workbook (.xlsx); open it in Excel and save it again"
    )


def test_a_workbook_whose_parts_are_garbled(tmp_path: Path) -> None:
    whole = io.BytesIO(book(tmp_path / "a.xlsx", HEADER, ("A1", "甲", 10)).read_bytes())
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.namelist():
            new.writestr(
                part, b"<worksheet><sheetData><row" if "sheet1" in part else old.read(part)
            )
    assert len(lines(tmp_path / "b.xlsx")) == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_template_reads_back_as_an_empty_list_with_every_column(
    tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(client_template(lang))  # type: ignore[arg-type]
    assert read_clients(path) == ()
    # All that a client has, number and vendor besides, and nothing that no longer decides.
    stated = {*Client.model_fields, "client_id", "vendor"} - {"adequacy_target"}
    assert len(read_sheets(path)[0].rows[0]) == len(stated)


def test_the_template_filled_in_reads_as_written(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = tmp_path / "a.xlsx"
    path.write_bytes(client_template())
    filled = load_workbook(path)
    assert filled["顧客一覧"].data_validations.count > 2
    for column, value in enumerate(["A1", "青葉", "医療・福祉", 1000], start=1):
        filled["顧客一覧"].cell(2, column, value)
    filled.save(path)
    (client,) = read_clients(path)
    assert stated(client) == {"name": "青葉", "industry": "medical_welfare", "records": 1000}


def test_reading_raises_with_all_problems(tmp_path: Path) -> None:
    path = csv_list(tmp_path / "a.csv", HEADER, ("A1", "甲", 0), ("A2", "乙", -1))
    with pytest.raises(DataError) as caught:
        read_clients(path)
    assert len(caught.value.problems) == 2


def test_the_template_asks_for_nothing_that_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "clients.xlsx"
    path.write_bytes(client_template())
    stated = {cell for sheet in read_sheets(path) for row in sheet.rows for cell in row}
    assert "手元資金" in str(stated)
    assert not any("充足度" in str(cell) or "adequacy" in str(cell) for cell in stated)
