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
from exposure.labels import label, phrase, sentence
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
_SPECIAL = ("databases", "incidents_by_group")


def client_template(lang: Lang = "ja") -> bytes:
    """Return an empty client list as a workbook (顧客一覧のひな形).

    Headings in either language are understood when the list is read.
    """
    stream = io.BytesIO()
    with open_workbook(stream) as workbook:
        columns = _columns()
        sheet = workbook.add_worksheet(sentence("form", "sheet.list", lang))
        notes = workbook.add_worksheet(sentence("form", "sheet.notes", lang))
        choices = workbook.add_worksheet(sentence("form", "sheet.choices", lang))
        names = [name.label.say(lang) for name in industries().values()]
        for row, name in enumerate(names):
            choices.write_string(row, 0, name)
        listed = f"='{sentence('form', 'sheet.choices', lang)}'!$A$1:$A${len(names)}"
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
        return phrase("form", key)
    if key == "industry":
        return phrase("form", "from_list")
    low, high = field.minimum, field.maximum
    if field.kind == "text":
        return phrase("form", "characters", high=f"{high:,}")
    if field.kind == "whole":
        unit = field.unit or Text("", "")
        return phrase("form", "whole", low=f"{low:,}", high=f"{high:,}", unit=unit)
    return phrase("form", "share")


def _write_notes(sheet: Worksheet, columns: dict[str, Field], lang: Lang) -> None:
    sheet.set_column(0, 0, _WIDTHS[1])
    sheet.set_column(1, 1, _WIDTHS[0])
    sheet.set_column(2, 2, _WIDTHS[2])
    top = [sentence("form", f"note.{name}", lang) for name in ("rows", "number", "vendor")]
    for row, line in enumerate(top):
        sheet.write_string(row, 0, line)
    for row, (key, field) in enumerate(columns.items(), start=len(top) + 1):
        must = sentence("form", "required" if key in REQUIRED else "optional", lang)
        sheet.write_string(row, 0, field.label.say(lang))
        sheet.write_string(row, 1, must)
        sheet.write_string(row, 2, _instruction(key, field).say(lang))


# The sheets of a form, and the headings of their columns.
_SHEETS = {
    "answers": ("key", "question", "answer", "help"),
    "heads": ("key", "head", "section", "loss"),
}

_TABLES = ("answers", "heads", "losses")


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
        sentence(
            "form",
            "count",
            lang,
            records=f"{one.records:,}",
            view=label("regime", one.regime, lang),
        )
        for one in losses
    )


def intro(losses: Sequence[BreachLosses]) -> tuple[Text, ...]:
    """Return what whoever fills in the heads must know (費目の書き方).

    ``losses`` are those whose yen stand beside the heads.
    """
    of_liability, of_cost = section_words()
    liability, cost = Text(of_liability, "liability"), Text(of_cost, "cost")
    counts = Text(_counts(losses, "ja"), _counts(losses, "en"))
    return (
        phrase("form", "intro.heads", liability=liability, cost=cost),
        phrase("form", "intro.mean", counts=counts),
    )


def _ways() -> tuple[Text, ...]:
    return phrase("form", "way.printed"), phrase("form", "way.none")


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
    for line in (*_ways(), *intro(losses)):
        yield f"# {line.say(lang)}"
    yield "\n[answers]"
    for name, question in questions().items():
        yield f"# {question.label.say(lang).strip()}: {question.help.say(lang)}"
        yield f'{name} = ""'
    yield "\n[heads]"
    for head in HEADS:
        yield f'{head} = ""  # {label("head", head, lang)}  {brings(head, losses, lang)}'
    yield f"\n# {sentence('form', 'losses', lang)}\n[losses]"
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
        sheet = _sheet(workbook, "answers", lang, bold, (*_ways(), *intro(losses)))
        first = len((*_ways(), *intro(losses))) + 2
        for row, (name, question) in enumerate(questions().items(), start=first):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, question.label.say(lang), wrapped)
            sheet.write_blank(row, 2, None, must if question.must else answer)
            sheet.write_string(row, 3, question.help.say(lang), wrapped)
        sheet = _sheet(workbook, "heads", lang, bold, ())
        sheet.write_string(0, 4, sentence("form", "heads.mean", lang), bold)
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
    sheet = workbook.add_worksheet(sentence("form", f"sheet.{name}", lang))
    for row, line in enumerate(intro):
        sheet.write_string(row, 0, line.say(lang))
    top = len(intro) + 1 if intro else 0
    for column, heading in enumerate(_SHEETS[name]):
        sheet.write_string(top, column, sentence("form", f"{name}.{heading}", lang), bold)
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
    wanted = [set(phrase("form", f"{name}.{heading}")) for heading in _SHEETS[name]]
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
