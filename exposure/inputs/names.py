"""The names used everywhere: causes, their groups, loss heads and industries, with their labels.

Reads ``data/names.toml`` (which cause is in which group, what industries are called) beside the
labels; the order of the codes is the order of the file. What the things are worth is left to the
assumptions.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from exposure.arrays import BoolArray, IntArray
from exposure.errors import DataError, Text
from exposure.files import data_path, nearest, read_toml, shown_path
from exposure.labels import head_kinds, labels
from exposure.records import RuleError, problems_from

_BRACKETS = re.compile(r"[（(\[［【].*?[）)\]］】]")


@dataclass(frozen=True)
class Name:
    """A name with its labels (名称).

    Parameters
    ----------
    label : Text
        Shown to people.
    group : str or None
        Group of a cause.
    also : tuple of str
        Other ways people write it.
    """

    label: Text
    group: str | None = None
    also: tuple[str, ...] = ()


class _Names(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    cause: dict[str, str]
    industry: dict[str, tuple[str, ...]]
    likely: dict[str, tuple[str, ...]]


@functools.cache
def _load() -> _Names:
    path = data_path("names.toml")
    try:
        return _Names.model_validate(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=_Names)) from None


@functools.cache
def groups() -> Mapping[str, Name]:
    """Return the cause groups (原因群).

    Examples
    --------
    >>> groups()["external"].label.en
    'External attack'
    """
    return MappingProxyType({name: Name(label) for name, label in labels("group").items()})


@functools.cache
def causes() -> Mapping[str, Name]:
    """Return the causes, each with its group (原因).

    Examples
    --------
    >>> causes()["theft"].label.ja, causes()["theft"].group
    ('盗難', 'physical')
    """
    words = labels("cause")
    return MappingProxyType(
        {name: Name(words[name], group) for name, group in _load().cause.items()}
    )


@functools.cache
def heads() -> Mapping[str, Name]:
    """Return the loss heads (損害・費用の項目).

    Examples
    --------
    >>> heads()["condolence"].label.ja
    '見舞金・見舞品費用'
    """
    return MappingProxyType({name: Name(label) for name, label in labels("head").items()})


@functools.cache
def industries() -> Mapping[str, Name]:
    """Return the industries (業種) of the JNSA surveys.

    Examples
    --------
    >>> industries()["medical_welfare"].label.ja
    '医療・福祉'
    """
    words = labels("industry")
    return MappingProxyType(
        {name: Name(words[name], also=also) for name, also in _load().industry.items()}
    )


NeedSection = Literal["liability", "costs"]


def need_section(head: str) -> NeedSection | None:
    """Return the section of a policy whose limit a head asks for; None where none is sold for it.

    Examples
    --------
    >>> need_section("damages"), need_section("call_centre"), need_section("fines")
    ('liability', 'costs', None)
    """
    kind = head_kinds()[head]
    return kind if kind == "liability" or kind == "costs" else None


ATTACK: frozenset[str] = frozenset({"external", "insider"})


def is_attack(cause: str) -> bool:
    """Say whether a cause is an attack (外部からの攻撃・内部不正) and not a slip (ミス・紛失).

    Examples
    --------
    >>> is_attack("unauthorised_access"), is_attack("misoperation")
    (True, False)
    """
    return causes()[cause].group in ATTACK


def likely_data(industry: str | None) -> tuple[str, ...]:
    """Return the shares a client of an industry should state (確認が必要な情報の割合).

    Examples
    --------
    >>> likely_data("wholesale_retail"), likely_data(None)
    (('sensitive_share', 'card_share'), ('sensitive_share',))
    """
    likely = _load().likely
    return (*likely.get("*", ()), *likely.get(industry or "", ()))


def members(category: str) -> tuple[str, ...]:
    """Return the names of one category: ``group``, ``cause``, ``head`` or ``industry``.

    Examples
    --------
    >>> members("group")
    ('external', 'insider', 'vendor', 'physical', 'error', 'other')
    """
    tables = {"group": groups, "cause": causes, "head": heads, "industry": industries}
    return tuple(tables[category]())


def _plain(text: str) -> str:
    """Fold width, case and separators, which people vary."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def head_of(text: str) -> str:
    """Find the loss head a person means: its name, or what it is called (損害項目の名寄せ).

    Raises
    ------
    RuleError
        If no head is called so.

    Examples
    --------
    >>> head_of("damages"), head_of("損害賠償金"), head_of("コールセンター費用")
    ('damages', 'damages', 'call_centre')
    """
    found = _heads().get(_plain(text))
    if found is not None:
        return found
    similar = nearest(_plain(text), _heads())
    if similar:
        near = _heads()[similar]
        raise RuleError(
            f"知らない損害項目です。「{near}（{heads()[near].label.ja}）」ではありませんか",
            f'unknown loss head; did you mean "{near}"?',
        )
    listed = ", ".join(heads())
    raise RuleError(
        f"知らない損害項目です。使えるのは: {listed}", f"unknown loss head; known: {listed}"
    )


@functools.cache
def _heads() -> Mapping[str, str]:
    """Return the loss heads by each way they are written."""
    return {
        _plain(spelling): name
        for name, head in heads().items()
        for spelling in (name, head.label.ja, head.label.en)
    }


@functools.lru_cache(maxsize=2**10)
def industry_of(text: str) -> str:
    """Find the industry a person means (業種の名寄せ).

    An unambiguous beginning is enough. Of a longer name the last word decides: 大学病院 is read
    as 病院.

    Raises
    ------
    RuleError
        If no industry, or more than one, begins like that.

    Examples
    --------
    >>> industry_of("medical"), industry_of("医療，福祉"), industry_of("小売")
    ('medical_welfare', 'medical_welfare', 'wholesale_retail')
    >>> industry_of("大学病院"), industry_of("行政書士事務所（２名）")
    ('medical_welfare', 'research_professional')
    """
    spellings = _industry_spellings()
    bare = _BRACKETS.sub("", text)
    wanted = _plain(text)
    for plain in dict.fromkeys((wanted, _plain(bare))):
        exact = [key for key, known in spellings.items() if plain in known]
        if plain and len(exact) == 1:
            return exact[0]
    # The label itself comes before what is also said: 医療 is 医療・福祉.
    for known in (_own_spellings(), spellings):
        found = [
            key for key, spelled in known.items() if any(s.startswith(wanted) for s in spelled)
        ]
        if found:
            break
    if wanted and len(found) == 1:
        return found[0]
    if wanted and found:
        listed = _list_industries(found)
        raise RuleError(
            f"複数の業種に当てはまります: {listed.ja}",
            f"several industries begin like that: {listed.en}",
        )
    last = _last_word(_plain(bare), spellings)
    if last:
        return last
    words = {
        word: key
        for key, name in industries().items()
        for word in (key, *key.split("_"), name.label.ja, *name.also)
    }
    similar = nearest(text, words)
    if similar:
        near = _list_industries([words[similar]])
        raise RuleError(
            f"知らない業種です。「{near.ja}」ではありませんか",
            f'unknown; did you mean "{near.en}"?',
        )
    listed = _list_industries(industries())
    raise RuleError(
        f"知らない業種です。使えるのは: {listed.ja}", f"unknown industry; known: {listed.en}"
    )


def _last_word(text: str, spellings: Mapping[str, tuple[str, ...]]) -> str | None:
    """Return the industry of the longest Japanese word that a text ends with."""
    ends = [
        (len(word), key)
        for key, known in spellings.items()
        for word in known
        if len(word) > 1 and not word.isascii() and text.endswith(word)
    ]
    return max(ends)[1] if ends else None


def _list_industries(keys: Iterable[str]) -> Text:
    """Return industries as a message lists them: labels in Japanese, keys in English."""
    keys = tuple(keys)
    return Text("、".join(industries()[key].label.ja for key in keys), ", ".join(keys))


@functools.cache
def _own_spellings() -> Mapping[str, tuple[str, ...]]:
    return {
        key: tuple(_plain(s) for s in (key, name.label.ja, name.label.en))
        for key, name in industries().items()
    }


@functools.cache
def _industry_spellings() -> Mapping[str, tuple[str, ...]]:
    return {
        key: (*own, *(_plain(word) for word in industries()[key].also))
        for key, own in _own_spellings().items()
    }


VENDOR = "vendor"


@dataclass(frozen=True)
class Groups:
    """Causes, groups and which cause belongs to which group (原因群).

    Parameters
    ----------
    causes, groups : tuple of str
        Names in the order of their codes.
    group_of_cause : (n_causes,) array
        Code of the group of each cause; no cause belongs to ``vendor``, whose events have a cause
        of another group.
    """

    causes: tuple[str, ...]
    groups: tuple[str, ...]
    group_of_cause: IntArray

    def is_in(self, *names: str) -> BoolArray:
        """Say for each cause whether its group is one of those named. (n_causes,) array."""
        wanted = [self.groups.index(name) for name in names]
        return np.isin(self.group_of_cause, wanted)


@cache
def load_groups() -> Groups:
    """Read the causes and groups (原因・原因群の名前).

    Examples
    --------
    >>> groups = load_groups()
    >>> groups.groups[groups.group_of_cause[groups.causes.index("theft")]]
    'physical'
    """
    group_names = tuple(groups())
    known = causes()
    of_cause = np.array([group_names.index(str(cause.group)) for cause in known.values()])
    of_cause.flags.writeable = False
    return Groups(tuple(known), group_names, of_cause)
