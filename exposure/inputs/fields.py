"""The fields people fill in: labels, headings they are known by, and the values allowed.

Reads ``data/fields.toml``, so that no bound stands in code and a client list and a study file
check alike. Which fields a record has is left to ``client`` and ``study_file``.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from exposure.errors import DataError, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.records import RuleError, problems_from
from exposure.yen import is_vague, parse_number, plain_digits

Section = Literal["client", "study", "plan", "list"]


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
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    kind: Literal["text", "whole", "share", "open_share", "date"]
    minimum: int | None = None
    maximum: int | None = None
    unit: Text | None = None
    also: tuple[str, ...] = ()

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


@functools.cache
def _load() -> _Fields:
    path = data_path("fields.toml")
    try:
        return _Fields.model_validate(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Field)) from None


def fields(section: Section) -> Mapping[str, Field]:
    """Return the fields of a record: ``client``, ``study``, ``plan``, or ``list``.

    ``list`` holds the columns that only a client list has.

    Examples
    --------
    >>> fields("client")["revenue"].label.ja
    '年間売上高'
    """
    found: Mapping[str, Field] = getattr(_load(), section)
    return found


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
        return RuleError(estimate_refusal(field))
    if field.kind == "whole":
        low, high = field.range
        unit = field.unit or Text("", "")
        return RuleError(
            Text(
                f"{low:,}以上{high:,}以下の整数{f'（{unit.ja}）' if unit.ja else ''}にしてください",
                f"expected a whole number {f'of {unit.en} ' if unit.en else ''}"
                f"from {low:,} to {high:,}",
            )
        )
    if field.kind == "open_share":
        return RuleError(
            Text("0より大きく1より小さい割合にしてください", "expected a share between 0 and 1")
        )
    return RuleError(Text("0以上1以下の割合にしてください", "expected a share in [0, 1]"))


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
    elif isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _refusal(field)
    else:
        number = raw
    low, high = field.range
    # A spreadsheet hands over whole numbers as floats; a fraction is not rounded.
    if not low <= number <= high or number != int(number):
        raise _refusal(field)
    return int(number)


def share(raw: object, field: Field) -> float:
    """Return a share in [0, 1] (割合の項目).

    Parameters
    ----------
    raw : object
        A number, or text such as ``0.3`` or ``30%``.
    field : Field
        Of kind ``share`` or ``open_share``.

    Raises
    ------
    RuleError
        If it is not one.

    Examples
    --------
    >>> share("３０％", fields("client")["card_share"])
    0.3
    """
    if isinstance(raw, str):
        try:
            plain = plain_digits(raw)
            number = float(plain.removesuffix("%"))
        except ValueError:
            raise _refusal(field, raw) from None
        # Per cent is the definition of the sign.
        number = number / 100.0 if plain.endswith("%") else number
    elif isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise _refusal(field)
    else:
        number = float(raw)
    is_open = field.kind == "open_share"
    if not math.isfinite(number) or not 0.0 <= number <= 1.0:
        raise _refusal(field)
    if is_open and number in (0.0, 1.0):
        raise _refusal(field)
    return number


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
        raise RuleError(Text("文字列を入力してください", "expected text in quotes"))
    low, high = field.range
    if not low <= len(raw) <= high or not raw.strip():
        raise RuleError(
            Text(
                f"{low:,}文字以上{high:,}文字以下にしてください（空白だけは不可）",
                f"expected {low:,} to {high:,} characters, not blank",
            )
        )
    if any(_is_control(character) for character in raw):
        raise RuleError(
            Text(
                "改行や制御文字を取り除いてください",
                "remove line breaks and control characters",
            )
        )
    return raw


def _is_control(character: str) -> bool:
    category = unicodedata.category(character)
    # Private use is where Japanese offices keep rare kanji of names (外字).
    return category in ("Zl", "Zp") or (category[0] == "C" and category != "Co")
