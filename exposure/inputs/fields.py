"""The fields people fill in: labels, headings they are known by, and the values allowed.

Reads ``data/fields.toml``, so that no bound stands in code and a client list and a study file
check alike. Which fields a record has is left to ``client`` and ``study_file``.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from exposure.amounts import counter_of, is_vague, parse_number, plain_digits
from exposure.errors import DataError, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.records import RuleError, problems_from

Section = Literal["client", "study", "plan", "list", "loss"]


class Field(BaseModel):
    """One field of an input file (入力項目).

    Parameters
    ----------
    label : Text
        Shown to people; its Japanese and English forms are headings of a client list too.
    kind : str
        ``text``, ``whole``, ``share``, ``open_share`` or ``date``.
    minimum, maximum : int or None
        Ends of the values allowed; of a text, of its length. [unit]
    unit : Text or None
        What it counts.
    also : tuple of str
        Further headings of a client list.
    tells : tuple of str
        Words in a heading nobody knows that this field is meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    kind: Literal["text", "whole", "share", "open_share", "date"]
    minimum: int | None = None
    maximum: int | None = None
    unit: Text | None = None
    also: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest value allowed."""
        if self.minimum is None or self.maximum is None:
            raise ValueError(f"{self.label.en} has no range")
        return self.minimum, self.maximum


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    unused: tuple[str, ...]
    client: dict[str, Field]
    study: dict[str, Field]
    plan: dict[str, Field]
    list: dict[str, Field]
    loss: dict[str, Field]


@functools.cache
def _load() -> _Fields:
    path = data_path("fields.toml")
    try:
        return _Fields.model_validate(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Field)) from None


def fields(section: Section) -> Mapping[str, Field]:
    """Return the fields of a record: ``client``, ``study``, ``plan``, ``list`` or ``loss``.

    ``list`` holds the columns that only a client list has, ``loss`` those of a frame of losses.

    Examples
    --------
    >>> fields("client")["revenue"].label.ja
    '年間売上高'
    """
    found: Mapping[str, Field] = getattr(_load(), section)
    return found


def as_field(section: Section, read: Callable[[object, Field], object]) -> BeforeValidator:
    """Return the check of a member of a record: in the range of the field of its name (項目の検査).

    Parameters
    ----------
    section : str
        Of the fields.
    read : callable
        `whole_number`, `share` or `printable_text`.

    Examples
    --------
    >>> from typing import Annotated
    >>> class Shop(BaseModel):
    ...     records: Annotated[int, as_field("client", whole_number)]
    >>> Shop.model_validate({"records": "１２万件"})
    Shop(records=120000)
    """

    def check(raw: object, info: ValidationInfo) -> object:
        return read(raw, fields(section)[str(info.field_name)])

    return BeforeValidator(check)


@functools.cache
def unused_headings() -> tuple[str, ...]:
    """Return words in headings of columns that a client list has for other ends (使わない列).

    Examples
    --------
    >>> "備考" in unused_headings()
    True
    """
    return tuple(_plain(word) for word in _load().unused)


def heading_key(heading: str) -> str | None:
    """Return the client field or list column a heading means, if any (列見出しの名寄せ).

    Examples
    --------
    >>> heading_key("売上高"), heading_key("RECORDS"), heading_key("備考")
    ('revenue', 'records', None)
    """
    return _headings().get(_plain(heading))


@functools.cache
def _headings() -> dict[str, str]:
    return {
        _plain(spelling): key
        for key, field in {**fields("client"), **fields("list")}.items()
        for spelling in (key, field.label.ja, field.label.en, *field.also)
    }


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().replace(" ", "_")


def estimate_refusal(field: Field) -> Text:
    """Return what to write in place of an estimate, a range or an unknown (概数・不明).

    Examples
    --------
    >>> estimate_refusal(fields("client")["industry"]).en
    'leave it blank if it is unknown'
    """
    if field.kind == "text":
        return Text("分からなければ空欄にしてください", "leave it blank if it is unknown")
    if field == fields("client")["records"]:
        return Text(
            "概数・範囲・不明は読めません。見込みの件数を一つ（12万 のように）書いてください",
            "an estimate, a range or an unknown; write one number that you expect, such as 12万",
        )
    example = Text("0.3 や 30%", "0.3 or 30%") if "share" in field.kind else Text("12万", "12万")
    return Text(
        f"概数・範囲・不明は読めません。見込みの数を一つ（{example.ja} のように）書くか、"
        "分からなければ空欄にしてください",
        f"an estimate, a range or an unknown; write one number, such as {example.en}, "
        "or leave it blank if unknown",
    )


def _refusal(field: Field, raw: object = None) -> RuleError:
    if isinstance(raw, str) and is_vague(raw):
        return RuleError(*estimate_refusal(field))
    if field.kind == "whole":
        low, high = field.range
        unit = field.unit or Text("", "")
        return RuleError(
            f"{low:,}以上{high:,}以下の整数{f'（{unit.ja}）' if unit.ja else ''}にしてください",
            f"expected a whole number {f'of {unit.en} ' if unit.en else ''}"
            f"from {low:,} to {high:,}",
        )
    as_percent = Text("（0.3、30、30% のどれでも）", ", as 0.3, 30 or 30%")
    if field.kind == "open_share":
        text = Text("0より大きく1より小さい割合にしてください", "expected a share between 0 and 1")
    else:
        text = Text("0以上1以下の割合にしてください", "expected a share in [0, 1]")
    return RuleError(text.ja + as_percent.ja, text.en + as_percent.en)


def whole_number(raw: object, field: Field) -> int:
    """Return a whole number in the range of a field (整数の項目).

    Parameters
    ----------
    raw : object
        A whole number, or text as Japanese offices write it, such as ``１２万件``.
    field : Field
        Whose range holds.

    Raises
    ------
    RuleError
        If it is not one, or out of range.

    Examples
    --------
    >>> whole_number("１２万件", fields("client")["records"])
    120000
    """
    if isinstance(raw, str):
        try:
            number: float = parse_number(raw)
        except ValueError:
            raise _refusal(field, raw) from None
        if not counts_as(counter_of(raw), field):
            raise _refusal(field, raw)
    else:
        plain = plain_number(raw)
        if plain is None:
            raise _refusal(field)
        number = plain
    low, high = field.range
    # A spreadsheet hands over whole numbers as floats; a fraction is not rounded.
    if not low <= number <= high or number != int(number):
        raise _refusal(field)
    return int(number)


_PERSONS = "人"  # whose data are held, and so 名 and 件 too


def counts_as(counter: str, field: Field) -> bool:
    """Say whether what a number is said to count is what a field counts (助数詞の確認).

    Examples
    --------
    >>> records, revenue = fields("client")["records"], fields("client")["revenue"]
    >>> counts_as("件", records), counts_as("円", records), counts_as("人", revenue)
    (True, False, False)
    """
    if not counter or field.unit is None:
        return not counter
    return counter == field.unit.ja or (field.unit.ja == _PERSONS and counter in ("名", "件"))


def plain_number(raw: object) -> int | float | None:
    """Return a number of Python, NumPy or pandas as Python's; None for anything else (数値).

    Examples
    --------
    >>> import numpy as np
    >>> plain_number(np.int64(3)), plain_number(np.float32(0.5)), plain_number("3")
    (3, 0.5, None)
    """
    # A truth value is a number to Python. Of NumPy's numbers only those of 64 bits are Python's.
    if isinstance(raw, bool) or not isinstance(raw, Real):
        return None
    return int(raw) if isinstance(raw, Integral) else float(raw)


def share(raw: object, field: Field) -> float:
    """Return a share in [0, 1] (割合の項目).

    Parameters
    ----------
    raw : object
        A number, or text such as ``0.3``, ``30`` or ``30%``.
    field : Field
        Of kind ``share`` or ``open_share``.

    Raises
    ------
    RuleError
        If it is not one.

    Examples
    --------
    >>> share("３０％", fields("client")["card_share"]), share(95, fields("client")["card_share"])
    (0.3, 0.95)
    """
    if isinstance(raw, str):
        try:
            raw = plain_digits(raw)
        except ValueError:
            raise _refusal(field, raw) from None
    number = share_of(raw)
    if number is None or (field.kind == "open_share" and number in (0.0, 1.0)):
        raise _refusal(field)
    return number


_PER_CENT = 100


def share_of(raw: object) -> float | None:
    """Return a share however it is written, None if it is none (割合の読み取り).

    Up to 1 a number is the share itself, from 2 to 100 it is in per cent. What lies between could
    be either, and is taken for neither.

    Examples
    --------
    >>> share_of(0.95), share_of(95), share_of("95%"), share_of("0.5%"), share_of(1)
    (0.95, 0.95, 0.95, 0.005, 1.0)
    >>> share_of(99.9), share_of("29%")
    (0.999, 0.29)
    >>> share_of(1.5), share_of(101), share_of(-0.1), share_of("half"), share_of(True)
    (None, None, None, None, None)
    """
    is_percent = False
    if isinstance(raw, str):
        plain = unicodedata.normalize("NFKC", raw).strip()
        bare = plain.removesuffix("%").removesuffix("パーセント").strip()
        is_percent = bare != plain
        # What Python reads as a number besides: nan, inf, 1_000.
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", bare, re.ASCII):
            return None
        number = float(bare)
    else:
        stated = plain_number(raw)
        if stated is None or not 0 <= stated <= _PER_CENT:  # a huge whole number is no float
            return None
        number = float(stated)
    if is_percent or 2.0 <= number <= _PER_CENT:
        number = float(Decimal(str(number)) / _PER_CENT)  # 99.9 % is 0.999 to the last digit
    return number + 0.0 if 0.0 <= number <= 1.0 else None  # -0 is 0


def printable_text(raw: object, field: Field) -> str:
    """Return a text of one line, of a length the field allows (文字列の項目).

    Anything printable is taken as it stands; line breaks and control characters are refused.

    Raises
    ------
    RuleError
        If it is not one.

    Examples
    --------
    >>> printable_text("髙島屋＠銀座<1>", fields("client")["name"])
    '髙島屋＠銀座<1>'
    """
    if not isinstance(raw, str):
        raise RuleError("文字列を入力してください", "expected text in quotes")
    low, high = field.range
    if not low <= len(raw) <= high or not raw.strip():
        raise RuleError(
            f"{low:,}文字以上{high:,}文字以下にしてください（空白だけは不可）",
            f"expected {low:,} to {high:,} characters, not blank",
        )
    if any(_is_control(character) for character in raw):
        raise RuleError(
            "改行や制御文字を取り除いてください", "remove line breaks and control characters"
        )
    return raw


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    # Private use is where Japanese offices keep rare kanji of names (外字).
    return category in ("Zl", "Zp") or (category[0] == "C" and category != "Co")
