"""The form of a brochure: about twelve answers become a policy file and its example (記入票).

What is asked is data (``data/policy_form.toml``); reading and writing forms is left to ``output``.
Nothing is guessed: a blank answer stays a blank of the policy file.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal  # Any: a policy on its way to TOML

from pydantic import TypeAdapter, ValidationError

from exposure.amounts import parse_counted
from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path, unknown_key
from exposure.labels import phrase
from exposure.policy.catalogue import NAME_TAKEN, name_refused, products
from exposure.policy.phrases import find_head, unknown_head
from exposure.policy.vocabulary import HEADS, MOST_YEN, Label, Record
from exposure.records import RuleError, problems_from
from exposure.tables import FLAGS

Plain = dict[str, Any]
Kind = Literal[
    "text", "word", "yen", "ladder", "share", "days", "sets", "cost_limit", "flags", "bands",
    "yes", "year", "name",
]  # fmt: skip
_DEFENCE = ("litigation_costs", "dispute_response_costs")
_BY_UNIT = {
    "condolence": ("persons", "per_person"),
    "entrustor_condolence": ("persons", "per_person"),
    "condolence_corporate": ("corporations", "per_corporation"),
}


class Question(Record):
    """One question of the form (質問).

    Parameters
    ----------
    kind : str
        What is answered.
    part : str
        ``identity``, ``terms`` or ``example``.
    section, head : str
        The question means something only if this section, or this head, is insured.
    must : bool
        Cannot be left blank.
    optional : bool
        A blank leaves nothing to be looked up.
    words : mapping of str to tuple of str
        How each answer may be written.
    """

    label: Label
    help: Label
    kind: Kind
    part: Literal["identity", "terms", "example"]
    section: str = ""
    head: str = ""
    must: bool = False
    optional: bool = False
    words: Mapping[str, tuple[str, ...]] = {}


class _Form(Record):
    question: Mapping[str, Question]
    section: Mapping[str, tuple[str, ...]]
    none: Mapping[str, tuple[str, ...]]
    free: Mapping[str, tuple[str, ...]]
    yes: Mapping[str, tuple[str, ...]]


@functools.cache
def _form() -> _Form:
    path = data_path("policy_form.toml")
    try:
        return TypeAdapter(_Form).validate_python(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=_Form)) from None


def questions() -> Mapping[str, Question]:
    """Return the questions of the form, in order (記入票の質問).

    Examples
    --------
    >>> next(iter(questions()))
    'product'
    """
    return _form().question


def section_words() -> tuple[str, ...]:
    """Return the words that tick a head, the first for each section (費目の区分).

    Examples
    --------
    >>> section_words()
    ('賠償', '費用')
    """
    return tuple(words[0] for words in _form().section.values())


@dataclass(frozen=True)
class Answers:
    """A filled form, not yet read (記入済みの記入票).

    Parameters
    ----------
    where : str
        What messages call it.
    answers : mapping of str to object
        By question; a text or a number. What is missing or blank is blank.
    heads : mapping of str to object
        By head: the section it is insured in.
    losses : mapping of str to object
        By head: the loss of the printed example.
    places : mapping of str to str
        Where a question, a head (``heads.NAME``) or a loss (``losses.NAME``) stands, if not under
        its own name.
    """

    where: str
    answers: Mapping[str, object]
    heads: Mapping[str, object] = field(default_factory=dict)
    losses: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PolicyDraft:
    """What a form became (記入票から作ったもの).

    Parameters
    ----------
    policy : mapping
        As a policy file says it.
    case : mapping or None
        The printed example as a case; None if the form holds none.
    """

    policy: Plain
    case: Plain | None


def answer_problem(name: str, value: object, part: str = "answers") -> Text | None:
    """Say what is wrong with one answer, if anything; for who asks one after the other.

    Parameters
    ----------
    name : str
        Of the question, or of the head.
    part : str
        ``answers``, ``heads`` or ``losses``.

    Examples
    --------
    >>> answer_problem("per_person", "500円") is None
    True
    >>> answer_problem("window", "半年").en
    'expected days or months, as 180, 12 months, or none'
    """
    if part == "answers":
        reader = _Reader(Answers("", {name: value}))
        reader.read(name)
    elif part == "heads":
        reader = _Reader(Answers("", {}, {name: value}))
        if not _is_blank(value):
            reader.section_by_head()
    else:
        reader = _Reader(Answers("", {}, {}, {name: value}))
        reader.losses()
    return reader.problems[0].expected if reader.problems else None


def encode(form: Answers) -> PolicyDraft:
    """Turn a filled form into a policy and its example (約款ファイルの作成).

    Raises
    ------
    DataError
        With every problem of the form.

    Examples
    --------
    >>> form = Answers("form", {"product": "x", "name": "例"}, {"damages": "賠償"})
    >>> encode(form).policy["cover"]["liability"]["limit"]
    '?1. 賠償の支払限度額（選択肢）'
    """
    reader = _Reader(form)
    told = {name: reader.read(name) for name in questions()}
    heads = reader.section_by_head()
    losses = reader.losses()
    policy = _policy(reader, told, heads)
    case = _case(reader, told, losses) if losses else None
    if reader.problems:
        raise DataError(reader.problems)
    return PolicyDraft(policy, case)


# --- reading answers -----------------------------------------------------------------------------


class _Nothing:
    """An answer that says there is none (なし)."""


class _Free:
    """An answer that leaves a figure to the contract (自由)."""


NONE, FREE = _Nothing(), _Free()


@dataclass(frozen=True)
class _ShareOfLimit:
    percent: int | float
    at_most: int | None


def _plain(value: object) -> str:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return unicodedata.normalize("NFKC", text).strip()


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _word(value: object, words: Mapping[str, tuple[str, ...]]) -> str:
    said = _plain(value).casefold()
    for name, spellings in words.items():
        if said in (name, *(_plain(spelling).casefold() for spelling in spellings)):
            return name
    listed = "・".join(spellings[0] for spellings in words.values())
    listed_en = ", ".join(spellings[-1] for spellings in words.values())
    raise RuleError(f"{listed} のどれかにしてください", f"expected one of {listed_en}")


def _yen(value: object) -> int:
    expected = Text("金額にしてください（例 10万円、100,000）", "expected an amount, as 100,000")
    return _read_count(value, "円", expected)


def _persons(value: object) -> int:
    expected = Text(
        "人数か社数にしてください（例 25,000名）", "expected a number of persons, as 25,000"
    )
    return _read_count(value, "名人件社", expected)


def _read_count(value: object, counters: str, expected: Text) -> int:
    if isinstance(value, bool):
        raise RuleError(*expected)
    try:
        amount = parse_counted(_plain(value), counters)
    except ValueError:
        raise RuleError(*expected) from None
    if not 0 <= amount <= MOST_YEN:
        raise RuleError(
            f"{MOST_YEN:,}{counters[0]}以下にしてください", f"expected {MOST_YEN:,} at most"
        )
    return amount


# A comma separates amounts only where it cannot be one of thousands.
_BETWEEN = re.compile(r"[、;；\n]|,\s+|(?<=[万億円千兆])[,，]")


def _parts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value if not _is_blank(part)]
    raw = unicodedata.normalize("NFKC", str(value)) if isinstance(value, str) else _plain(value)
    return [part.strip() for part in _BETWEEN.split(raw) if part.strip()]


def _ladder(value: object) -> tuple[int, ...]:
    amounts = tuple(_yen(part) for part in _parts(value))
    if list(amounts) != sorted(set(amounts)) or not amounts:
        raise RuleError("小さい順に一度ずつ並べてください", "expected rising amounts, each once")
    return amounts


def _percent(value: object) -> int | float:
    expected = Text("割合にしてください（例 90%）", "expected a percentage, as 90%")
    said = _plain(value)
    try:
        number = Fraction(said.removesuffix("%"))
    except (ValueError, ZeroDivisionError):
        raise RuleError(*expected) from None
    if not said.endswith("%"):
        if 1 < number < 2:
            raise RuleError(*expected)  # one and a half per cent, or one and a half times?
        number = number * 100 if number <= 1 else number
    if not 0 < number <= 100:
        raise RuleError(*expected)
    return int(number) if number.denominator == 1 else float(number)


_SHARE_OF_LIMIT = re.compile(
    r"\s*(?:限度額の)?\s*(?P<share>[\d.]+%)\s*"
    r"(?:\(?\s*(?:最高|限度|at most)?\s*(?P<most>[^)]+?)\)?)?\s*"
)


def _cost_limit(value: object) -> tuple[int, ...] | _ShareOfLimit:
    match = None
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value)
        match = _SHARE_OF_LIMIT.fullmatch(text)
    if match is None:
        return _ladder(value)
    most = match["most"]
    return _ShareOfLimit(_percent(match["share"]), None if most is None else _yen(most))


def _span(value: object) -> dict[str, int]:
    """Read a time in days or months, as a window states it."""
    match = re.fullmatch(r"(\d{1,5})\s*(日|日間|日以内|days?)?", _plain(value))
    months = re.fullmatch(r"(\d{1,3})\s*([かヶカヵケ箇]月|months?)(間|以内)?", _plain(value))
    if months is not None:
        return {"months": int(months[1])}
    if match is None:
        raise RuleError(
            "日数か月数にしてください（例 180日、12か月、なし）",
            "expected days or months, as 180, 12 months, or none",
        )
    return {"days": int(match[1])}


def _sets(value: object) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for number, part in enumerate(_parts(value)):
        match = re.fullmatch(
            r"(?:(?P<name>[A-Za-z]\w*)[\s:]+)?(?P<one>[^/]+)/(?P<other>[^/]+)", part
        )
        if match is None:
            raise RuleError(
                "「A 1,000万円/100万円、B 5,000万円/500万円」の形にしてください",
                "expected A 10,000,000/1,000,000; B 50,000,000/5,000,000",
            )
        name = match["name"] or chr(ord("A") + number)
        if name in found:
            raise RuleError(f"{name} が2回あります", f"{name} is there twice")
        found[name] = (_yen(match["one"]), _yen(match["other"]))
    limits = [limit for limit, _ in found.values()]
    if limits != sorted(limits):
        raise RuleError("小さい順に並べてください", "expected rising limits")
    return found


def _bands(value: object) -> list[tuple[int, int]]:
    found = []
    for part in _parts(value):
        match = re.fullmatch(
            r"(?:売上高?)?\s*(?P<up_to>[\d,.]+\s*[千万億]*\s*円?)\s*(?:以下|まで|:|：)\s*(?P<premium>.+)",
            part,
        )
        if match is None:
            raise RuleError(
                "「5,000万円以下 20,000円、1億円以下 30,000円」の形にしてください",
                "expected 50,000,000: 20,000; 100,000,000: 30,000",
            )
        found.append((_yen(match["up_to"]), _yen(match["premium"])))
    bounds = [bound for bound, _ in found]
    if bounds != sorted(set(bounds)):
        raise RuleError("売上高の小さい順に並べてください", "expected rising revenues")
    return found


def _flags(value: object, words: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = [
        _word(part, words)
        for part in re.split(r"[、,・;／/]|または|or", str(value))
        if part.strip()
    ]
    for flag in found:
        if flag not in FLAGS:
            raise RuleError(f"「{value}」はまだ書けません", f"{flag} cannot be said yet")
    return found


def _year(value: object) -> int:
    match = re.fullmatch(r"(\d{4})年?", _plain(value))
    if match is None:
        raise RuleError("西暦の4桁にしてください", "expected a year of four digits")
    return int(match[1])


def _text(value: object) -> str:
    said = _plain(value) if not isinstance(value, str) else value.strip()
    if any(not character.isprintable() for character in said):
        raise RuleError("改行を取り除いてください", "remove line breaks")
    return said


def _name(value: object) -> str:
    said = _text(value)
    refused = name_refused(said) or (NAME_TAKEN if said in products() else None)
    if refused is not None:
        raise RuleError(*refused)
    return said


_KINDS: Mapping[str, Callable[[Any], object]] = {
    "text": _text,
    "name": _name,
    "yen": _yen,
    "ladder": _ladder,
    "share": _percent,
    "days": _span,
    "sets": _sets,
    "cost_limit": _cost_limit,
    "bands": _bands,
    "year": _year,
}
_MAY_BE_NONE = ("yen", "ladder", "days", "cost_limit", "flags")


class _Reader:
    """Reads the answers of one form and keeps what is wrong with them."""

    def __init__(self, form: Answers) -> None:
        self.form = form
        self.problems: list[Problem] = []
        known = questions()
        for name in form.answers:
            if name not in known:
                self.problems.append(unknown_key(form.where, self.place(name), name, known))

    def place(self, name: str) -> str:
        return self.form.places.get(name, name)

    def refuse(self, name: str, text: Text, found: object = None) -> None:
        where, place = self.form.where, self.place(name)
        shown = () if found is None else (found,)
        self.problems.append(Problem(where, place, text, *shown))

    def read(self, name: str) -> Any:
        """Return an answer as what it means; None for a blank or one that cannot be read."""
        question, value = questions()[name], self.form.answers.get(name)
        if _is_blank(value):
            if question.must:
                self.refuse(name, Text("必ず記入してください", "cannot be left blank"))
            return None
        try:
            return _meaning(question, value)
        except RuleError as error:
            self.refuse(name, error.text, value)
            return None

    def section_by_head(self) -> dict[str, str]:
        """Return the section of every head that is insured."""
        found: dict[str, str] = {}
        for head, value in self.form.heads.items():
            name = self._head(head, "heads")
            if name is None or _is_blank(value) or _plain(value) in _form().none["words"]:
                continue
            try:
                found[name] = _word(value, _form().section)
            except RuleError as error:
                self.refuse(f"heads.{head}", error.text, value)
        if not found and not any(p.key.startswith("heads") for p in self.problems):
            text = Text("補償する費目を一つは選んでください", "tick at least one head")
            self.refuse("heads", text)
        return {head: found[head] for head in HEADS if head in found}

    def losses(self) -> dict[str, Plain]:
        """Return the items of the printed example by head."""
        found: dict[str, Plain] = {}
        for head, value in self.form.losses.items():
            name = self._head(head, "losses")
            if name is None or _is_blank(value):
                continue
            try:
                found[name] = _item(name, value)
            except RuleError as error:
                self.refuse(f"losses.{head}", error.text, value)
        return {head: found[head] for head in HEADS if head in found}

    def _head(self, said: str, part: str) -> str | None:
        """Return the head a name or its label means."""
        found = find_head(said)
        if found is None:
            self.refuse(f"{part}.{said}", unknown_head(said))
        return found


def _meaning(question: Question, value: object) -> object:
    form = _form()
    if not isinstance(value, list | tuple):
        said = _plain(value).casefold()
        if question.kind in _MAY_BE_NONE and said in form.none["words"]:
            return NONE
        if question.kind == "ladder" and said in form.free["words"]:
            return FREE
    if question.kind == "word":
        return _word(value, question.words)
    if question.kind == "yes":
        if isinstance(value, bool):
            return value
        return _word(value, form.yes) == "yes"
    if question.kind == "flags":
        return _flags(value, question.words)
    return _KINDS[question.kind](value)


def _item(head: str, value: object) -> Plain:
    """Return a loss item: an amount, or so many persons times so many yen (25,000名×500円)."""
    if head not in _BY_UNIT:
        return {"head": head, "amount": _yen(value)}
    units, each = _BY_UNIT[head]
    match = re.fullmatch(r"(?P<count>[^x×✕*]+)[x×✕*](?P<each>.+)", _plain(value).replace("X", "x"))
    if match is None:
        raise RuleError("「25,000名×500円」の形にしてください", "expected 25,000 x 500")
    return {"head": head, units: _persons(match["count"]), each: _yen(match["each"])}


# --- the policy ----------------------------------------------------------------------------------


def _blank_of(name: str) -> str:
    """Return the blank of the policy file for a question left blank."""
    return "?" + questions()[name].label.ja.strip()


def _both(text: str | None, name: str) -> Plain:
    said = _blank_of(name) if text is None else text
    return {"ja": said, "en": said}


def _policy(reader: _Reader, told: Mapping[str, Any], heads: Mapping[str, str]) -> Plain:
    name, product = told["name"] or "", told["product"] or ""
    clause = told["page"] or ""
    covers, contract = _covers(reader, told, heads, clause)
    identity: Plain = {
        "product": product,
        "label": {"ja": name, "en": name},
        "short": {"ja": name, "en": name},
        "insurer": _both(told["insurer"], "insurer"),
        "edition": _both(told["edition"], "edition"),
        "source": f"{product}_brochure",
        "historical": told["historical"] is True,
        "limit_covers": ["liability"] if "liability" in covers else ["cost"],
        "prior": {section: section for section in ("liability", "cost") if section in covers},
    }
    if clause:
        identity["clause"] = clause
    if {"liability", "cost"} <= set(covers):
        _overall(told, identity, covers)
    document: Plain = {
        "plan": identity,
        "sources": {
            f"{product}_brochure": {
                "title": told["title"] or _blank_of("title"),
                "publisher": told["insurer"] or _blank_of("insurer"),
                **({} if told["year"] is None else {"year": told["year"]}),
            }
        },
    }
    if contract:
        document["contract"] = contract
    if told["sets"]:
        document["pattern"] = _patterns(told, identity)
    document["cover"] = covers
    if told["premium"]:
        document["premium"] = {
            "clause": clause,
            "months": 12,
            "bands": [
                {"revenue_up_to": bound, "premium": amount} for bound, amount in told["premium"]
            ],
        }
    return document


def _overall(told: Mapping[str, Any], identity: Plain, covers: Plain) -> None:
    """Cap both sections together at the limit for liability, where the brochure does."""
    if told["overall"] is None:
        identity["limit"] = _blank_of("overall")
        return
    if told["overall"] == "none":
        return
    keys = {"event": "event_limit", "period": "period_limit", "both": "limit"}
    limit = next(
        (covers["liability"][key] for key in keys.values() if key in covers["liability"]), None
    )
    identity[keys[told["overall"]]] = limit
    identity["limit_covers"] = ["plan", "liability"]


def _covers(
    reader: _Reader, told: Mapping[str, Any], heads: Mapping[str, str], clause: str
) -> tuple[Plain, Plain]:
    """Return the sections and the terms of the contract."""
    contract: Plain = {}
    covers: Plain = {}
    place = {"clause": clause} if clause else {}
    liability = [head for head, section in heads.items() if section == "liability"]
    cost = [head for head, section in heads.items() if section == "cost"]
    outside = [head for head in liability if head in _DEFENCE and told["defence"] == "outside"]
    _consistent(reader, told, liability, cost)
    if liability:
        own = [head for head in liability if head not in outside]
        cover: Plain = {"label": _label("liability"), **place, "heads": own}
        if told["defence"] is None and any(head in _DEFENCE for head in liability):
            cover["heads"] = [head for head in own if head not in _DEFENCE] + [_blank_of("defence")]
        _figures(reader, told, cover, contract, "limit", "deductible", "share")
        cover["require"] = _liability_conditions(told)
        covers["liability"] = cover
    if outside:
        covers["defence"] = {
            "label": _label("defence"),
            **place,
            "heads": outside,
            "outside": "liability",
            "require": _liability_conditions(told),
        }
    if cost:
        cover = {"label": _label("cost"), **place, "heads": cost}
        _figures(reader, told, cover, contract, "cost_limit", "cost_deductible", "cost_share")
        cover["require"] = _cost_conditions(told)
        caps = _caps(told, cost)
        if caps:
            cover["per_unit"] = caps
        covers["cost"] = cover
    return covers, contract


def _consistent(
    reader: _Reader, told: Mapping[str, Any], liability: list[str], cost: list[str]
) -> None:
    """Say which answers contradict each other."""
    if told["sets"] and (told["limit"] is not None or told["cost_limit"] is not None):
        name = "limit" if told["limit"] is not None else "cost_limit"
        text = Text(
            "組（セット）と限度額は、どちらか一方にしてください", "expected either sets or limits"
        )
        reader.refuse(name, text)
    for name, ticked in (("limit", liability), ("cost_limit", cost)):
        if told[name] is NONE and ticked:
            text = Text(
                "「なし」ですが、この区分の費目が選ばれています",
                "none, yet heads of this section are ticked",
            )
            reader.refuse(name, text)
    if told["defence"] == "none" and any(head in _DEFENCE for head in liability):
        text = Text(
            "「なし」ですが、争訟費用が賠償に選ばれています",
            "none, yet litigation costs are ticked under liability",
        )
        reader.refuse("defence", text)
    if isinstance(told["cost_limit"], _ShareOfLimit) and not liability:
        text = Text("割合のもとになる賠償の限度額がありません", "a share of no limit")
        reader.refuse("cost_limit", text)


def _figures(
    reader: _Reader,
    told: Mapping[str, Any],
    cover: Plain,
    contract: Plain,
    limit: str,
    deductible: str,
    share: str,
) -> None:
    """Write limit, deductible and share of a section, in the order in which they are applied."""
    less, percent = told[deductible], told[share]
    if percent is not None and percent != 100 and isinstance(less, tuple):
        less = _in_order(reader, told, deductible, less, percent)
    if less is None:
        unknown = deductible if told[deductible] is None else "order"
        cover["deductible"] = _blank_of(unknown)
    elif less is not NONE:
        cover["deductible"] = _amount(contract, deductible, less)
    if percent is None:
        cover["own_share_percent"] = _blank_of(share)
    elif percent != 100:
        cover["own_share_percent"] = 100 - percent
    keys = {"event": "event_limit", "period": "period_limit", "both": "limit", None: "limit"}
    key = keys[told["limit_per"]]
    most = told[limit]
    if told["sets"]:
        first = next(iter(told["sets"].values()))
        cover[key] = first[0 if limit == "limit" else 1]
    elif most is None:
        cover[key] = _blank_of(limit)
    elif isinstance(most, _ShareOfLimit):
        cover[key] = {
            "rate_percent": most.percent,
            "of": "liability",
            **({} if most.at_most is None else {"at_most": most.at_most}),
        }
    elif most is not NONE:
        cover[key] = _amount(contract, limit, most)
    if told["limit_per"] is None and key in cover:
        # Whether it holds for an event or for the period is part of the figure.
        cover[key] = _blank_of("limit_per" if most is not None or told["sets"] else limit)


def _in_order(
    reader: _Reader, told: Mapping[str, Any], name: str, less: Any, percent: int | float
) -> Any:
    """Return the deductible taken before the share that comes to the same as one after it."""
    if told["order"] is None:
        return None
    if told["order"] == "none":
        text = Text(
            "免責金額と割合の両方があるので、どちらが先かを選んでください",
            "there are both a deductible and a share; say which comes first",
        )
        reader.refuse("order", text)
    if told["order"] != "share":
        return less
    before = [Fraction(amount) * 100 / Fraction(str(percent)) for amount in less]
    if any(amount.denominator != 1 for amount in before):
        text = Text(
            f"割合を先に掛けると、{percent}%で割り切れない免責金額は書けません",
            f"a deductible after the share must divide by {percent}% in whole yen",
        )
        reader.refuse(name, text, ", ".join(map(str, less)))
        return less
    return tuple(int(amount) for amount in before)


def _amount(contract: Plain, name: str, amounts: Any) -> int | str:
    """Return an amount, or the term of the contract that chooses among several."""
    if amounts is not FREE and len(amounts) == 1:
        return int(amounts[0])
    words = _term(questions()[name].label.ja)
    label = {"ja": words, "en": _term(questions()[name].label.en)}
    if amounts is FREE:
        contract[name] = {"label": label, "kind": "yen"}
    else:
        contract[name] = {"label": label, "kind": "one_of", "values": list(amounts)}
    return f"${name}"


def _term(label: str) -> str:
    """Return a question as the name of a term: without its number and without asides."""
    return re.sub(r"^[\d.\s]+|\s*（選択肢）| \(choices\)", "", label)


def _suspicion(told: Mapping[str, Any]) -> Plain:
    if told["suspected"] is None:
        return {"leak": _blank_of("suspected")}
    return {} if told["suspected"] else {"leak": {"fact": "leak_status", "among": ["leak"]}}


def _liability_conditions(told: Mapping[str, Any]) -> Plain:
    found = _suspicion(told)
    if told["claims_made"] is None:
        found["claim"] = _blank_of("claims_made")
    elif told["claims_made"]:
        found["claim"] = {"date": "claim_made_on", "within": "period"}
    if told["territory"] is None:
        found["country"] = _blank_of("territory")
    elif told["territory"] == "japan":
        found["country"] = {"fact": "claim_country", "among": ["JP"]}
    return found


def _cost_conditions(told: Mapping[str, Any]) -> Plain:
    found = _suspicion(told)
    if told["discovery"] is None:
        found["discovery"] = _blank_of("discovery")
    elif told["discovery"]:
        found["discovery"] = {"date": "discovered_on", "within": "period"}
    if told["trigger"] is None:
        found["trigger"] = _blank_of("trigger")
    elif told["trigger"] is not NONE:
        found["trigger"] = {"any": told["trigger"]}
    if told["window"] is None:
        found["window"] = _blank_of("window")
    elif told["window"] is not NONE:
        found["window"] = {"date": "incurred_on", **told["window"], "of": "discovered_on"}
    return found


def _caps(told: Mapping[str, Any], cost: list[str]) -> Plain:
    found: Plain = {}
    for name, question in questions().items():
        if question.head in cost and question.section == "cost" and told[name] is not NONE:
            amount = _blank_of(name) if told[name] is None else told[name]
            found[question.head] = {"amount": amount, "heads": [question.head]}
    return found


def _patterns(told: Mapping[str, Any], identity: Plain) -> Plain:
    keys = {"event": "event_limit", "period": "period_limit", "both": "limit", None: "limit"}
    key, found = keys[told["limit_per"]], {}
    for name, (limit, cost) in told["sets"].items():
        changes = {f"cover.liability.{key}": limit, f"cover.cost.{key}": cost}
        changes |= {
            f"plan.{own}": limit
            for own in ("limit", "event_limit", "period_limit")
            if isinstance(identity.get(own), int)
        }
        found[name] = {"label": _label("set", name=name), "set": changes}
    return found


def _label(name: str, /, **parts: object) -> Plain:
    return phrase("form", f"cover.{name}", **parts)._asdict()


# --- the example ---------------------------------------------------------------------------------

_EXAMPLE_DAY, _EXAMPLE_PERIOD = "2026-05-01", {"start": "2026-04-01", "end": "2027-03-31"}


def _case(reader: _Reader, told: Mapping[str, Any], losses: Mapping[str, Plain]) -> Plain:
    """Return the printed example as a case, every condition of the wording met."""
    terms: Plain = {}
    pattern = None
    if told["sets"]:
        pattern = told["example_limit"]
        if pattern not in told["sets"] and told["limit"] is None:
            known = ", ".join(told["sets"])
            text = Text(f"セットの名前にしてください: {known}", f"expected a set: {known}")
            reader.refuse("example_limit", text, pattern)
    else:
        _choose(reader, terms, told, "limit", "example_limit")
        _choose(reader, terms, told, "cost_limit", "example_cost_limit")
    for name in ("deductible", "cost_deductible"):
        _choose(reader, terms, told, name, "example_deductible")
    trigger = told["trigger"] if isinstance(told["trigger"], list) else []
    expected = told["example_paid"]
    return {
        "id": f"{told['product']}-example",
        "product": told["product"],
        **({} if pattern is None else {"plan": pattern}),
        "policy": {"period": dict(_EXAMPLE_PERIOD), **terms},
        "incidents": [
            {
                "leaked_on": _EXAMPLE_DAY,
                "discovered_on": _EXAMPLE_DAY,
                "claim_made_on": _EXAMPLE_DAY,
                **dict.fromkeys(trigger[:1], True),
                "items": list(losses.values()),
            }
        ],
        **({} if not isinstance(expected, int) else {"expected": {"total": expected}}),
        **({} if told["page"] is None else {"clause": told["page"]}),
    }


def _choose(
    reader: _Reader, terms: Plain, told: Mapping[str, Any], name: str, example: str
) -> None:
    """Write the choice that the example makes, where the wording leaves one."""
    offered, said = told[name], told[example]
    if offered is not FREE and not (isinstance(offered, tuple) and len(offered) > 1):
        return
    try:
        chosen = None if said is None or said is NONE else _yen(said)
    except RuleError as error:
        reader.refuse(example, error.text, said)
        return
    values: tuple[int, ...] = offered if isinstance(offered, tuple) else ()
    if chosen is None or (values and chosen not in values):
        listed = "（" + "、".join(f"{one:,}" for one in values) + "）" if values else ""
        text = Text(
            f"お支払い例での値を選んでください{listed}",
            "say which the example has" + (": " + ", ".join(map(str, values)) if values else ""),
        )
        reader.refuse(example, text, said)
        return
    terms[name] = chosen
