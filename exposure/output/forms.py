"""Files to fill in: the client list and the form of a brochure (顧客一覧のひな形・約款の記入票).

TOML and Excel hold the same questions; what an answer means is left to ``policy.form``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: objects of an untyped library, and TOML before it is checked
)

from exposure.amounts import format_yen
from exposure.batch.cells import Sheet
from exposure.batch.headings import REQUIRED
from exposure.batch.sheets import read_sheets
from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import read_toml, shown_path, unknown_key
from exposure.inputs.fields import Field, fields
from exposure.inputs.names import industries
from exposure.labels import label
from exposure.output.workbook_sheets import open_workbook
from exposure.policy.form import Answers, questions, section_words
from exposure.policy.vocabulary import HEADS
from exposure.study.cover import BreachLosses

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


_FIRST = ("client_id", "name", "industry", "records", "revenue", "employees")

_ROWS = 2000

_WIDTHS = (18, 34, 60)

# The cells of a sheet hold any text; how these are written is said in the notes.
_SPECIAL = {
    "databases": Text(
        "「;」で区切って並べる。例: 50,000; 12万", "separated by ;, as 50,000; 30000"
    ),
    "incidents_by_group": Text(
        "「原因群:件数」を「;」で区切る。例: external:1; error:2",
        "group:count separated by ;, as external:1; error:2",
    ),
}

_LIST_SHEETS = {
    "list": Text("顧客一覧", "Clients"),
    "notes": Text("記入のしかた", "How to fill in"),
    "choices": Text("選択肢", "Choices"),
}


def client_template(lang: Lang = "ja") -> bytes:
    """Return an empty client list as a workbook (顧客一覧のひな形).

    Parameters
    ----------
    lang : str
        Of the headings and notes; both are understood when the list is read.

    Returns
    -------
    bytes
    """
    stream = io.BytesIO()
    with open_workbook(stream) as workbook:
        columns = _columns()
        sheet = workbook.add_worksheet(_LIST_SHEETS["list"].say(lang))
        notes = workbook.add_worksheet(_LIST_SHEETS["notes"].say(lang))
        choices = workbook.add_worksheet(_LIST_SHEETS["choices"].say(lang))
        names = [name.label.say(lang) for name in industries().values()]
        for row, name in enumerate(names):
            choices.write_string(row, 0, name)
        listed = f"='{_LIST_SHEETS['choices'].say(lang)}'!$A$1:$A${len(names)}"
        must = workbook.add_format({"bold": True, "bg_color": "#FFE599", "text_wrap": True})
        may = workbook.add_format({"bold": True, "bg_color": "#E8EEF4", "text_wrap": True})
        for number, (key, field) in enumerate(columns.items()):
            sheet.write_string(0, number, field.label.say(lang), must if key in REQUIRED else may)
            sheet.data_validation(1, number, _ROWS, number, _rule(key, field, listed, lang))
        sheet.set_column(0, len(columns) - 1, _WIDTHS[0])
        sheet.freeze_panes(1, 2)
        _write_notes(notes, columns, lang)
    return stream.getvalue()


def _columns() -> dict[str, Field]:
    known = {**fields("list"), **fields("client")}
    del known["adequacy_target"]  # read from lists of edition 0.1, and decides nothing any more
    order = [*_FIRST, *(key for key in known if key not in _FIRST)]
    return {key: known[key] for key in order}


def _rule(key: str, field: Field, listed: str, lang: Lang) -> dict[str, object]:
    """Return the validation of a column; text such as 12万 is warned of, not refused."""
    expected = _instruction(key, field).say(lang)
    rule: dict[str, object] = {"validate": "any"}
    if key == "industry":
        rule = {"validate": "list", "source": listed}
    elif key not in _SPECIAL and field.minimum is not None and field.maximum is not None:
        kind = {"text": "length", "whole": "integer"}.get(field.kind, "decimal")
        rule = {
            "validate": kind,
            "criteria": "between",
            "minimum": field.minimum,
            "maximum": field.maximum,
        }
    return {
        **rule,
        "error_type": "warning",
        "error_message": expected,
        "input_title": field.label.say(lang)[:32],
        "input_message": expected,
    }


def _instruction(key: str, field: Field) -> Text:
    if key in _SPECIAL:
        return _SPECIAL[key]
    if key == "industry":
        return Text("選択肢から選ぶ", "choose from the list")
    unit = field.unit or Text("", "")
    low, high = field.minimum, field.maximum
    if field.kind == "text":
        return Text(f"{high:,}文字以内", f"at most {high:,} characters")
    if field.kind == "whole":
        return Text(
            f"{low:,}以上{high:,}以下の整数（{unit.ja}）。12万、3億円のような書き方も可",
            f"a whole number ({unit.en}) from {low:,} to {high:,}",
        )
    return Text("0から1の割合。30%のような書き方も可", "a share from 0 to 1; 30% will do")


def _write_notes(sheet: Worksheet, columns: dict[str, Field], lang: Lang) -> None:
    sheet.set_column(0, 0, _WIDTHS[1])
    sheet.set_column(1, 1, _WIDTHS[0])
    sheet.set_column(2, 2, _WIDTHS[2])
    top = [
        Text(
            "1行に1社。黄色の列は必須、ほかは空欄で構いません。使わない列は消せます。",
            "One client per row. Yellow columns are required, others may stay blank or be removed.",
        ),
        Text(
            "顧客番号は結果のフォルダ名になります。重複しない番号にしてください。"
            "空欄なら行番号から付けます。",
            "The client number names the folder of the results; keep it unique. Left blank, it is "
            "made of the number of the row.",
        ),
        Text(
            "同じ委託先の名前を書いた顧客は、その委託先の事故に同時に巻き込まれるものとして集計します。",
            "Clients that name the same vendor are taken to be hit together by its failures.",
        ),
    ]
    for row, line in enumerate(top):
        sheet.write_string(row, 0, line.say(lang))
    for row, (key, field) in enumerate(columns.items(), start=len(top) + 1):
        must = Text("必須", "required") if key in REQUIRED else Text("任意", "optional")
        sheet.write_string(row, 0, field.label.say(lang))
        sheet.write_string(row, 1, must.say(lang))
        sheet.write_string(row, 2, _instruction(key, field).say(lang))


_SHEETS = {
    "answers": Text("質問", "Questions"),
    "heads": Text("費目", "Heads"),
}

_COLUMNS = {
    "answers": (Text("項目", "key"), Text("質問", "question"), Text("回答", "answer"),
                Text("書き方", "how to write it")),
    "heads": (Text("項目", "key"), Text("費目", "head"), Text("補償する区分", "section"),
              Text("お支払い例の損害額", "loss of the example")),
}  # fmt: skip

_TABLES = ("answers", "heads", "losses")

_SUFFIXES = (".toml", ".xlsx")


def brings(head: str, losses: Sequence[BreachLosses], lang: Lang) -> str:
    """Say what a head brings in a mean breach: largest first is not needed, yen are (費目の目安).

    Examples
    --------
    >>> from exposure.study.cover import breach_losses
    >>> brings("ip_damages", breach_losses(), "en")
    '–'
    """
    known = [one for one in losses if head in one.mean]
    if not known:
        return "–"
    return " / ".join(format_yen(one.mean[head], lang) for one in known)


def _counts(losses: Sequence[BreachLosses], lang: Lang) -> str:
    return " / ".join(
        Text(
            f"{one.records:,}件・{label('regime', one.regime, lang)}",
            f"{one.records:,} records, {label('regime', one.regime, lang)}",
        ).say(lang)
        for one in losses
    )


def intro(losses: Sequence[BreachLosses]) -> tuple[Text, ...]:
    """Return what whoever fills in the heads must know (費目の書き方).

    Parameters
    ----------
    losses : sequence of BreachLosses
        Those whose yen stand beside the heads.
    """
    words, counts = section_words(), (_counts(losses, "ja"), _counts(losses, "en"))
    return (
        Text(
            f"費目には {words[0]} か {words[1]} を書きます。空欄の費目は補償されません。",
            "Each head is liability or cost; a head left blank is not insured.",
        ),
        Text(
            f"目安は平均的な組織の1事故の損害額です（{counts[0]}）。",
            f"The yen beside a head are those of a mean breach ({counts[1]}).",
        ),
    )


_WAYS = (
    Text(
        "案内に印刷されたとおりに記入してください。見ていない所は空欄のままにします。",
        "Write what the brochure prints; leave blank what you have not seen.",
    ),
    Text(
        "「なし」は、ないと印刷されていること。金額は 10万円、1億円、100,000 のどれでも。",
        "none means that it is printed that there is none; any spelling of an amount will do.",
    ),
)


# --- the empty form ------------------------------------------------------------------------------


def empty_form(suffix: str, losses: Sequence[BreachLosses], lang: Lang = "ja") -> bytes:
    """Return the empty form (記入票のひな形).

    Parameters
    ----------
    suffix : str
        ``.toml`` or ``.xlsx``.
    losses : sequence of BreachLosses
        For the yen beside each head.
    lang : {"ja", "en"}
        Language of questions and notes.
    """
    if suffix == ".xlsx":
        return _empty_workbook(losses, lang)
    return "\n".join(_empty_toml(losses, lang)).encode("utf-8")


def _empty_toml(losses: Sequence[BreachLosses], lang: Lang) -> Iterator[str]:
    for line in (*_WAYS, *intro(losses)):
        yield f"# {line.say(lang)}"
    yield "\n[answers]"
    for name, question in questions().items():
        yield f"# {question.label.say(lang).strip()}: {question.help.say(lang)}"
        yield f'{name} = ""'
    yield "\n[heads]"
    for head in HEADS:
        yield f'{head} = ""  # {label("head", head, lang)}  {brings(head, losses, lang)}'
    text = Text(
        "お支払い例の損害額。見舞金は「25,000名×500円」の形で",
        "losses of the printed example; condolence as 25,000 x 500",
    )
    yield f"\n# {text.say(lang)}\n[losses]"
    for head in HEADS:
        yield f'{head} = ""  # {label("head", head, lang)}'
    yield ""


def _empty_workbook(losses: Sequence[BreachLosses], lang: Lang) -> bytes:
    stream = io.BytesIO()
    with open_workbook(stream) as workbook:
        bold = workbook.add_format({"bold": True, "bg_color": "#E8EEF4", "text_wrap": True})
        must = workbook.add_format({"bg_color": "#FFE599", "num_format": "@"})
        answer = workbook.add_format({"bg_color": "#FFF8E1", "num_format": "@"})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet = _sheet(workbook, "answers", lang, bold, (*_WAYS, *intro(losses)))
        first = len((*_WAYS, *intro(losses))) + 2
        for row, (name, question) in enumerate(questions().items(), start=first):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, question.label.say(lang), wrapped)
            sheet.write_blank(row, 2, None, must if question.must else answer)
            sheet.write_string(row, 3, question.help.say(lang), wrapped)
        sheet = _sheet(workbook, "heads", lang, bold, ())
        sheet.write_string(0, 4, Text("目安（1事故の平均）", "mean breach").say(lang), bold)
        rule = {"validate": "list", "source": list(section_words()), "error_type": "warning"}
        for row, head in enumerate(HEADS, start=1):
            sheet.write_string(row, 0, head)
            sheet.write_string(row, 1, label("head", head, lang))
            sheet.write_blank(row, 2, None, answer)
            sheet.write_blank(row, 3, None, answer)
            sheet.write_string(row, 4, brings(head, losses, lang))
        sheet.data_validation(1, 2, len(HEADS), 2, rule)
    return stream.getvalue()


def _sheet(workbook: Any, name: str, lang: Lang, bold: Any, intro: Sequence[Text]) -> Any:
    sheet = workbook.add_worksheet(_SHEETS[name].say(lang))
    for row, line in enumerate(intro):
        sheet.write_string(row, 0, line.say(lang))
    top = len(intro) + 1 if intro else 0
    for column, heading in enumerate(_COLUMNS[name]):
        sheet.write_string(top, column, heading.say(lang), bold)
    for column, width in enumerate((22, 38, 30, 60, 60)):
        sheet.set_column(column, column, width)
    return sheet


# --- a filled form -------------------------------------------------------------------------------


def read_form(path: Path | str) -> Answers:
    """Read a filled form, TOML or Excel (記入票の読み込み).

    Raises
    ------
    DataError
        If the file is neither, or holds something that is no form.
    """
    path = Path(path)
    if path.suffix.casefold() == ".xlsx":
        return _from_workbook(path)
    if path.suffix.casefold() == ".toml":
        return _from_toml(path)
    raise DataError(Problem(shown_path(path), "", suffix_expected(), path.suffix))


def suffix_expected() -> Text:
    """Say what a form may be called."""
    return Text(
        "拡張子を .xlsx か .toml にしてください", "expected a name ending in .xlsx or .toml"
    )


def _from_toml(path: Path) -> Answers:
    raw, where = read_toml(path), shown_path(path)
    problems = [unknown_key(where, key, key, _TABLES) for key in raw if key not in _TABLES]
    tables: dict[str, Mapping[str, object]] = {}
    for name in _TABLES:
        table = raw.get(name, {})
        if isinstance(table, Mapping):
            tables[name] = table
        else:
            text = Text(f"[{name}] の表にしてください", f"expected a table [{name}]")
            problems.append(Problem(where, name, text))
    for name, table in tables.items():
        problems += [
            Problem(
                where, f"{name}.{key}", Text("文字か数にしてください", "expected text or a number")
            )
            for key, value in table.items()
            if not _is_answer(value)
        ]
    if "answers" not in raw and not problems:
        text = Text(
            "約款の記入票ではありません（exposure policy new --form で書き出せます）",
            "not a form; exposure policy new --form writes one",
        )
        problems.append(Problem(where, "answers", text))
    if problems:
        raise DataError(problems)
    places = {name: f"answers.{name}" for name in tables["answers"]}
    return Answers(where, tables["answers"], tables["heads"], tables["losses"], places)


def _is_answer(value: object) -> bool:
    simple = (str, int, float, bool)
    return isinstance(value, simple) or (
        isinstance(value, list) and all(isinstance(part, simple) for part in value)
    )


def _from_workbook(path: Path) -> Answers:
    sheets = read_sheets(path)
    found: dict[str, Sheet] = {}
    for name in _SHEETS:
        sheet = next((one for one in sheets if _heading_row(one, name) is not None), None)
        if sheet is not None:
            found[name] = sheet
    if len(found) < len(_SHEETS):
        text = Text(
            "約款の記入票の「質問」と「費目」のシートがありません"
            "（exposure policy new --form で書き出せます）",
            "the sheets of a form are missing; exposure policy new --form writes one",
        )
        raise DataError(Problem(shown_path(path), "", text))
    answers, places = _column(found["answers"], "answers", 2, "")
    heads, of_heads = _column(found["heads"], "heads", 2, "heads.")
    losses, of_losses = _column(found["heads"], "heads", 3, "losses.")
    return Answers(shown_path(path), answers, heads, losses, {**places, **of_heads, **of_losses})


def _heading_row(sheet: Sheet, name: str) -> int | None:
    """Return the row of the headings of a form, wherever rows were put in above it."""
    wanted = [{heading.ja, heading.en} for heading in _COLUMNS[name]]
    for row in range(len(sheet.rows)):
        if all(str(sheet.cell(row, c)).strip() in words for c, words in enumerate(wanted)):
            return row
    return None


def _column(
    sheet: Sheet, name: str, column: int, prefix: str
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the answers of a column by the key in the first, and where each stands."""
    top = _heading_row(sheet, name) or 0
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    for row in range(top + 1, len(sheet.rows)):
        key = str(sheet.cell(row, 0) or "").strip()
        if key:
            values[key] = sheet.cell(row, column)
            places[f"{prefix}{key}"] = sheet.place(row, column)
    return values, places
