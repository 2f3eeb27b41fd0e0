"""Plan identifiers and the values chosen in them: ``product/pattern+endorsement@key=value``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from exposure.errors import PlanError, Problem, Text
from exposure.policy.terms import Choice
from exposure.policy.vocabulary import MOST_YEN
from exposure.yen import parse_number

_ID = re.compile(r"^(?P<product>[^/+@]+)(/(?P<pattern>[^+@]+))?(?P<rest>([+@].*)?)$")
Value = int | float | str | bool | date | None


@dataclass(frozen=True)
class PlanId:
    """The parts of a plan identifier; ``label`` tells quotations for one wording apart."""

    product: str
    pattern: str | None
    endorsements: tuple[str, ...]
    choices: Mapping[str, str]
    label: str | None = None


def parse_id(text: str, where: str = "plan") -> PlanId:
    """Split a plan identifier into its parts.

    Examples
    --------
    >>> parse_id("aiu_2015+card@limit=300000000").choices
    {'limit': '300000000'}
    """
    # A label may hold any sign, so it is taken off first.
    named, hash_sign, label = text.partition("#")
    match = _ID.match(named)
    if match is None or (hash_sign and not label):
        expected = Text(
            "「商品/型+特約@項目=値」の形にしてください",
            "expected product/pattern+endorsement@key=value",
        )
        raise PlanError(Problem(where, "", expected, text))
    endorsements: list[str] = []
    choices: dict[str, str] = {}
    problems: list[Problem] = []
    for sign, part in re.findall(r"([+@])([^+@]*)", match["rest"]):
        key, equals, value = part.partition("=")
        if sign == "+" and part and not equals and part not in endorsements:
            endorsements.append(part)
        elif sign == "@" and key and equals and key not in choices:
            choices[key] = value
        else:
            expected = Text(
                "「+特約」か「@項目=値」を一度ずつ",
                "expected +endorsement or @key=value, each once",
            )
            problems.append(Problem(where, text, expected, sign + part))
    if problems:
        raise PlanError(problems)
    return PlanId(match["product"], match["pattern"], tuple(endorsements), choices, label or None)


def identifier_of(parts: PlanId) -> str:
    """Return the identifier of which these are the parts.

    Examples
    --------
    >>> identifier_of(parse_id("nipponkoa_2006/F@reading.N-4=per_event"))
    'nipponkoa_2006/F@reading.N-4=per_event'
    """
    text = parts.product + (f"/{parts.pattern}" if parts.pattern else "")
    text += "".join(f"+{name}" for name in parts.endorsements)
    text += "".join(f"@{key}={value}" for key, value in parts.choices.items())
    return text if parts.label is None else f"{text}#{parts.label}"


def text_of(value: Value) -> str:
    """Return the value of a choice as an identifier writes it.

    Examples
    --------
    >>> text_of(None), text_of(True), text_of(300_000_000)
    ('null', 'true', '300000000')
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def typed(choice: Choice, text: str) -> tuple[Value, Text | None]:
    """Read the text of a choice; return its value, or what was expected instead.

    Amounts are read as anywhere else: ``1億``, ``300,000,000``, ``５０％``.
    """
    if choice.optional and text in ("null", "none", ""):
        return None, None
    if choice.kind == "flag":
        if text in ("true", "false"):
            return text == "true", None
        return None, Text("true か false にしてください", "expected true or false")
    if choice.kind == "date":
        try:
            return date.fromisoformat(text), None
        except ValueError:
            return None, Text("YYYY-MM-DD の日付にしてください", "expected a date YYYY-MM-DD")
    if choice.kind == "percent":
        plain = unicodedata.normalize("NFKC", text).strip().removesuffix("%")
        try:
            number = float(plain) if "." in plain else int(plain)
        except ValueError:
            number = -1
        return check_choice(choice, number)
    if text in choice.values:
        return text, None
    try:
        return check_choice(choice, parse_number(text))
    except ValueError:
        return check_choice(choice, text)


def check_choice(choice: Choice, value: object) -> tuple[Value, Text | None]:
    """Check a value against a choice; return it, or what was expected instead."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None and choice.optional:
        return None, None
    if choice.kind == "flag":
        ok, expected = (
            isinstance(value, bool),
            Text("true か false にしてください", "expected true or false"),
        )
    elif choice.kind == "one_of":
        allowed = ", ".join(map(str, choice.values))
        ok = not isinstance(value, bool) and value in choice.values
        expected = Text(f"次のどれかにしてください: {allowed}", f"expected one of {allowed}")
    elif choice.kind == "percent":
        ok = number and 0 <= value <= 100 and len(str(value)) <= 6  # type: ignore[operator]  # number says so
        expected = Text("0から100の百分率にしてください", "expected a percentage from 0 to 100")
    elif choice.kind == "date":
        ok, expected = isinstance(value, date), Text("日付にしてください", "expected a date")
    else:
        ok = isinstance(value, int) and number and 0 <= value <= MOST_YEN
        expected = Text(
            f"0以上{MOST_YEN:,}以下の整数にしてください",
            f"expected a whole number from 0 to {MOST_YEN:,}",
        )
    return (value, None) if ok else (None, expected)  # type: ignore[return-value]  # checked above
