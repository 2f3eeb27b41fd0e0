"""The policy files: which products exist, what each says before any choice, what can be chosen.

Those shipped, and files of one's own beside them; a `Catalogue` holds both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import (
    Any,  # Any: values read from TOML, before they are checked
    Literal,
)

from pydantic import Field, ValidationError

from exposure.amounts import amount_in_words
from exposure.errors import DataError, ExposureError, PlanError, Problem, Text
from exposure.files import (
    TomlFile,
    data_path,
    nearest,
    read_toml,
    read_toml_file,
    shown_path,
    unknown_key,
)
from exposure.labels import phrase
from exposure.policy.vocabulary import CASE_PLAN, Choice, Identity, Label, Reading, Record
from exposure.records import key_of, problems_from

_SECTIONS = (
    "plan",
    "contract",
    "option",
    "pattern",
    "cover",
    "exclusion",
    "exception",
    "derive",
    "premium",
    "reading",
    "sources",
)

# An identifier is split at the signs left out here.
_NAME = re.compile(r"[^\s/+@#=\"',]+")

NAME_TAKEN = Text(
    "同じ名前の商品が用意されています。別の名前にしてください",
    "a shipped product has this name; choose another",
)


class Citation(Record):
    """A document that a policy file of one's own brings as its source (出所).

    Parameters
    ----------
    title, publisher : str
        As printed.
    year : int or None
        Year of publication, where it is known.
    kind : str
        As in ``data/sources.toml``.
    """

    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    year: int | None = None
    url: str = ""
    kind: Literal["policy", "law", "table", "primary", "secondary"] = "policy"


@dataclass(frozen=True)
class Blank:
    """Something a policy file leaves to be looked up: ``"?"``, and what to look up (空欄).

    Parameters
    ----------
    key : str
        Dotted place in the file; members of lists are counted from 1.
    wanted : Text
        What stands behind the question mark, the English after a stroke with spaces if given.
    """

    key: str
    wanted: Text

    def problem(self, where: str) -> Problem:
        """Return the blank as a problem, for whoever needs the wording in full."""
        what = f"「{self.wanted.ja}」を調べて" if self.wanted.ja else "調べて"
        what_en = f"look up {self.wanted.en!r}" if self.wanted.en else "look it up"
        text = Text(f"空欄です。{what}書き込んでください", f"left blank; {what_en} and fill it in")
        return Problem(where, self.key, text)


@dataclass(frozen=True, eq=False)
class Product:
    """A policy file, read but not yet built (商品).

    Parameters
    ----------
    name : str
        As in plan identifiers.
    where : str
        What messages call the file.
    raw : mapping
        What it says, blanks left out.
    patterns, contract, options, readings : mapping
        By name.
    sources : mapping of str to Citation
        Documents that the file itself brings.
    sha256 : str or None
        Of a file of one's own; None for a shipped product.
    blanks : tuple of Blank
        What must be looked up before anything can be paid; empty but for a template (ひな形).
    """

    name: str
    where: str
    raw: Mapping[str, Any]
    patterns: Mapping[str, Label]
    contract: Mapping[str, Choice]
    options: Mapping[str, Choice]
    readings: Mapping[str, Reading]
    sources: Mapping[str, Citation] = field(default_factory=dict)
    sha256: str | None = None
    blanks: tuple[Blank, ...] = ()

    @property
    def case_plan(self) -> str:
        """The word of a case for a product without patterns (事例の plan)."""
        return str(_table(self.raw, "plan").get("case_plan", CASE_PLAN))

    @property
    def historical(self) -> bool:
        """Whether the wording is no longer sold (販売が終わった版)."""
        return _table(self.raw, "plan").get("historical", False) is True

    @property
    def open_choices(self) -> dict[str, Choice]:
        """What the wording leaves to the contract and has no default for (契約で定める事項)."""
        return {
            name: choice
            for name, choice in self.contract.items()
            if choice.default is None and not choice.optional
        }


def policy_files() -> tuple[Path, ...]:
    """Return the shipped policy files."""
    return tuple(sorted(data_path("policies").glob("*.toml")))


def products() -> tuple[str, ...]:
    """Return the names of the shipped products (商品コード).

    Examples
    --------
    >>> "aiu_2015" in products()
    True
    """
    return tuple(path.stem for path in policy_files())


@lru_cache(maxsize=32)
def _shipped(name: str) -> Product:
    return read_product(data_path("policies", f"{name}.toml"))


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The products there are to choose from: those shipped, and files of one's own (商品の一覧).

    Examples
    --------
    >>> Catalogue().product("aiu_2015").name
    'aiu_2015'
    """

    own: Mapping[str, Product] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all products, those shipped first."""
        return (*products(), *self.own)

    def product(self, name: str, where: str = "plan") -> Product:
        """Return a product by name, or say which exist."""
        if name in self.own:
            return self.own[name]
        if name in products():
            return _shipped(name)
        near = nearest(name, self.names)
        hint = f"「{near}」ではありませんか" if near else "使えるのは: " + ", ".join(self.names)
        hint_en = f'did you mean "{near}"?' if near else "known: " + ", ".join(self.names)
        if not near and not self.own:
            hint += "。自分の約款ファイルは --policy か [[policy]] で示してください"
            hint_en += "; name a policy file of your own with --policy or [[policy]]"
        raise PlanError(
            Problem(
                where, "", Text(f"知らない商品です。{hint}", f"unknown product; {hint_en}"), name
            )
        )

    @property
    def hashes(self) -> list[dict[str, str | None]]:
        """Name and hash of every file of one's own, as a result states them.

        Examples
        --------
        >>> SHIPPED.hashes
        []
        """
        return [{"product": name, "sha256": one.sha256} for name, one in self.own.items()]


SHIPPED = Catalogue()


def read_policies(paths: Iterable[Path | str]) -> tuple[TomlFile, ...]:
    """Read policy files of one's own, or say which cannot be read.

    Raises
    ------
    DataError
        With the problems of all files.
    """
    files: list[TomlFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(read_toml_file(path))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return tuple(files)


def product(name: str, where: str = "plan") -> Product:
    """Return a shipped product, or say which exist."""
    return SHIPPED.product(name, where)


def name_in(raw: Mapping[str, Any]) -> str | None:
    """Return the name a policy file gives its product, if it is one."""
    identity = raw.get("plan")
    name = identity.get("product") if isinstance(identity, dict) else None
    return name if isinstance(name, str) else None


def name_refused(name: str) -> Text | None:
    """Say why a product cannot have a name; None where it can (商品コード).

    Examples
    --------
    >>> name_refused("rei 2026").en
    'expected a name without blanks, quotes and / + @ # = . ,'
    """
    if _NAME.fullmatch(name):
        return None
    return Text(
        "空白と / + @ # = . , や引用符を含まない名前にしてください",
        "expected a name without blanks, quotes and / + @ # = . ,",
    )


@lru_cache(maxsize=1)
def _known_sources() -> frozenset[str]:
    return frozenset(read_toml(data_path("sources.toml")))


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key, {})
    return value if isinstance(value, dict) else {}


def read_product(path: Path | str) -> Product:
    """Read one policy file; everything wrong with it at once.

    Raises
    ------
    DataError
        If the file is missing or not TOML.
    PlanError
        If it is not a policy.
    """
    path = Path(path)
    raw = read_toml(path)
    return product_from(raw, name_in(raw) or path.stem, shown_path(path))


def product_from(
    raw: Mapping[str, Any], name: str, where: str, sha256: str | None = None
) -> Product:
    """Check a policy given as a plain mapping, laid out as the TOML file is.

    Raises
    ------
    PlanError
        With every problem found.

    Examples
    --------
    >>> product_from({"plan": {}, "cover": {}}, "draft", "draft.toml")
    Traceback (most recent call last):
    exposure.errors.PlanError: draft.toml: plan: [plan] is needed
    draft.toml: cover: [cover] is needed
    """
    found, problems = product_parts(raw, name, where, sha256)
    if problems:
        raise PlanError(problems)
    return found


def product_parts(
    raw: Mapping[str, Any], name: str, where: str, sha256: str | None = None
) -> tuple[Product, list[Problem]]:
    """Return what can be read of a policy, and what is wrong with the rest.

    A term of the contract that cannot be read has a stand-in, so that it is one problem and not
    one more wherever the wording refers to it.
    """
    raw, blanks = without_blanks(raw)
    problems = [unknown_key(where, key, key, _SECTIONS) for key in raw if key not in _SECTIONS]
    # What a term is may be left to be looked up; that there are terms may not.
    sections = [
        Problem(where, key, Text(f"[{key}] が必要です", f"[{key}] is needed"))
        for key in ("plan", "cover")
        if not isinstance(raw.get(key), dict) or not raw[key]
    ]
    read: dict[str, dict[str, Any]] = {}
    for key, model in (("contract", Choice), ("option", Choice), ("reading", Reading)):
        read[key] = {}
        for entry_name, entry in _table(raw, key).items():
            try:
                read[key][entry_name] = model.model_validate(entry)
            except ValidationError as error:
                problems += problems_from(error, where, f"{key}.{entry_name}", known=model)
                if key == "contract":
                    read[key][entry_name] = _STAND_IN
    patterns: dict[str, Label] = {}
    for pattern, entry in _table(raw, "pattern").items():
        try:
            patterns[pattern] = Label.model_validate(entry["label"])
        except (ValidationError, KeyError, TypeError):
            text = Text("label = { ja, en } が必要です", "label = { ja, en } is needed")
            problems.append(Problem(where, f"pattern.{pattern}.label", text))
    problems += _reference_problems(read["option"], where)
    sources, of_sources = _sources(raw, where)
    product = Product(
        name=name,
        where=where,
        raw=raw,
        patterns=patterns,
        contract=read["contract"],
        options=read["option"],
        readings=read["reading"],
        sources=sources,
        sha256=sha256,
        blanks=blanks,
    )
    return product, sections + not_blank(product, problems + of_sources)


_BLANK = re.compile(r"\s*[?？]\s*(?P<ja>.*?)(?:\s+/\s+(?P<en>.*?))?\s*", re.DOTALL)


def without_blanks(raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Blank, ...]]:
    """Take what is to be looked up out of a policy, and read amounts in words (空欄と金額).

    Examples
    --------
    >>> without_blanks({"plan": {"limit": "?限度額 / limit", "source": "x"}})
    ({'plan': {'source': 'x'}}, (Blank(key='plan.limit', wanted=Text(ja='限度額', en='limit')),))
    """
    blanks: list[Blank] = []

    def kept(node: Any, place: tuple[str | int, ...]) -> Any:
        if isinstance(node, Mapping):
            found = {key: kept(value, (*place, str(key))) for key, value in node.items()}
            return {key: value for key, value in found.items() if value is not _NOTHING}
        if isinstance(node, list | tuple):
            members = [kept(value, (*place, i)) for i, value in enumerate(node)]
            return [value for value in members if value is not _NOTHING]
        match = _BLANK.fullmatch(node) if isinstance(node, str) else None
        if match is None:
            return node if place[-1] in _TEXTS else amount_in_words(node)
        wanted = Text(match["ja"], match["en"] or match["ja"])
        blanks.append(Blank(key_of(place), wanted))
        if place[-1] in _LABELS:
            return {lang: f"?{words}" for lang, words in wanted._asdict().items()}
        # A text is as good as any other until it is looked up; a figure is not.
        return node if place[-1] in _TEXTS else 0 if place[-1] in _FIGURES else _NOTHING

    return kept(raw, ()), tuple(blanks)


_NOTHING = object()

_TEXTS = ("ja", "en", "clause", "title", "publisher", "url", "source", "product")

_LABELS = ("label", "short", "insurer", "edition", "question", "choice", "why")

# Figures that stand for something only together with their neighbours, which shall be checked.
_FIGURES = ("days", "months", "rate_percent", "amount", "revenue_up_to", "premium")


def not_blank(product: Product, problems: Iterable[Problem]) -> list[Problem]:
    """Leave out the problems that a blank of a template explains."""
    keys = [blank.key for blank in product.blanks]
    return [problem for problem in problems if not any(_explains(key, problem.key) for key in keys)]


def _explains(blank: str, key: str) -> bool:
    """Say whether a problem is at the place of a blank, or at the table left empty by it."""
    return key == blank or blank.startswith(f"{key}.") or blank.startswith(f"{key}[")


_STAND_IN = Choice(label=Label(ja="?", en="?"), kind="yen", default=0)


def _sources(raw: Mapping[str, Any], where: str) -> tuple[dict[str, Citation], list[Problem]]:
    """Return the documents a policy file brings, and what is wrong with them."""
    found: dict[str, Citation] = {}
    problems: list[Problem] = []
    for key, entry in _table(raw, "sources").items():
        try:
            found[key] = Citation.model_validate(entry)
        except ValidationError as error:
            problems += problems_from(error, where, f"sources.{key}", known=Citation)
        if key in _known_sources():
            text = Text(
                "この鍵の出所は用意されています。別の鍵にしてください",
                "a source of this key is shipped; choose another key",
            )
            problems.append(Problem(where, f"sources.{key}", text))
    return found, problems


def identity_problems(product: Product) -> list[Problem]:
    """Say whether a product is named so that it can be, and rests on a known source.

    Examples
    --------
    >>> identity_problems(SHIPPED.product("aiu_2015"))
    []
    """
    raw, where = product.raw, product.where
    identity, stated = _table(raw, "plan"), _table(raw, "sources")
    problems: list[Problem] = []
    if identity:
        try:
            # Its limits may be terms of the contract, known only when a plan is built.
            limits = ("limit", "event_limit", "period_limit")
            Identity.model_validate({k: v for k, v in identity.items() if k not in limits})
        except ValidationError as error:
            problems += problems_from(error, where, "plan", known=Identity)
    name, source = identity.get("product"), identity.get("source")
    refusal = name_refused(name) if isinstance(name, str) else None
    if refusal is not None:
        problems.append(Problem(where, "plan.product", refusal, name))
    if isinstance(source, str) and source not in {*stated, *_known_sources()}:
        near = nearest(source, {*stated, *_known_sources()})
        text = Text(
            f"知らない出所です。{f'「{near}」でなければ、' if near else ''}"
            f"[sources.{source or 'KEY'}] に title と publisher を書いてください",
            f"unknown source; {f'unless you mean {near!r}, ' if near else ''}"
            f"add [sources.{source or 'KEY'}] with title and publisher",
        )
        problems.append(Problem(where, "plan.source", text, source))
    return problems


def _reference_problems(options: Mapping[str, Choice], where: str) -> list[Problem]:
    """Say which options refer to others that are not there, or replace each other."""
    problems = []
    for name, option in options.items():
        for key, others in (("needs", option.needs), ("replaces", option.replaces)):
            problems += [
                unknown_key(where, f"option.{name}.{key}", other, options)
                for other in others
                if other not in options
            ]
        for other in option.replaces:
            if other in options and name in options[other].replaces:
                text = Text("互いに置き換えることはできません", "two options replace each other")
                problems.append(Problem(where, f"option.{name}.replaces", text, other))
    return problems


def historical_note(source: Product) -> Text | None:
    """Return the warning that a printed wording is of its day, where it is one."""
    if not source.historical:
        return None
    return phrase("wording", "historical", edition=Text(**source.raw["plan"]["edition"]))


def catalogue(among: Catalogue = SHIPPED) -> list[dict[str, Any]]:
    """Return every product with what can be chosen in it (保険プランの一覧).

    Examples
    --------
    >>> [entry["product"] for entry in catalogue()][-3]
    'sompo_alive_leak_limited'
    """
    return [_entry(among.product(name)) for name in among.names]


def _entry(source: Product) -> dict[str, Any]:
    terms = source.raw["plan"]
    note = historical_note(source)
    return {
        "product": source.name,
        "label": terms["label"],
        "insurer": terms["insurer"],
        "edition": terms["edition"],
        "source": terms["source"],
        "historical": source.historical,
        "blanks": [{"key": blank.key, "wanted": blank.wanted._asdict()} for blank in source.blanks],
        "note": note._asdict() if note else None,
        "patterns": {name: label.model_dump() for name, label in source.patterns.items()},
        "endorsements": [_choice(name, choice) for name, choice in source.options.items()],
        "contract": [
            {**_choice(name, choice), "required": is_open(choice)}
            for name, choice in source.contract.items()
        ],
        "readings": {
            code: ["adopted", *reading.alternative] for code, reading in source.readings.items()
        },
        "premium_table": "premium" in source.raw,
    }


def _choice(name: str, choice: Choice) -> dict[str, Any]:
    return {
        "name": name,
        "label": choice.label.model_dump(),
        "kind": choice.kind,
        "values": list(choice.values),
        "default": choice.default,
        "needs": list(choice.needs),
        "clause": choice.clause,
    }


def is_open(choice: Choice) -> bool:
    """Say whether the contract must state a choice."""
    return choice.default is None and not choice.optional


def plain_sheet(value: Any) -> Any:
    """Return a sheet, or a part of one, as plain data for JSON: texts as ``{"ja", "en"}``."""
    if isinstance(value, Text):
        return value._asdict()
    if isinstance(value, Mapping):
        return {key: plain_sheet(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain_sheet(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain_sheet(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
