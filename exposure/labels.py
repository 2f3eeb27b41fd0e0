"""What the client reads for the names used in code: heads, causes, reasons, exclusions, terms.

The words are in ``data/labels/*.toml``, one file per kind; this module only looks them up. Labels
of plans and their covers stand in the policy files, not here. A sentence has places for what it
says in braces, the same in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import data_path, nearest, read_toml, shown_path

HeadKind = Literal["liability", "costs", "profit", "penalty"]
LANGS: tuple[Lang, Lang] = ("ja", "en")


def kinds() -> tuple[str, ...]:
    """Return the kinds of names that have labels (用語の種類).

    Examples
    --------
    >>> "head" in kinds()
    True
    """
    return tuple(sorted(path.stem for path in data_path("labels").glob("*.toml")))


@cache
def labels(kind: str) -> Mapping[str, Text]:
    """Return every label of a kind by name, in the order of its file.

    Raises
    ------
    ValueError
        If there is no such kind.
    DataError
        If the file of the kind is not a table of Japanese and English words.

    Examples
    --------
    >>> labels("regime")["court"].ja
    '裁判例'
    """
    if kind not in kinds():
        raise ValueError(f"no labels of kind {kind!r}; there are: {', '.join(kinds())}")
    path = data_path("labels", f"{kind}.toml")
    keys = {"ja", "en", "kind"} if kind == "head" else {"ja", "en"}
    also = Text("と kind", " and a kind") if kind == "head" else Text("", "")
    found: dict[str, Text] = {}
    problems = []
    for name, words in read_toml(path).items():
        if not isinstance(words, dict) or set(words) != keys or not all(words.values()):
            expected = Text(
                f"ja と en の語{also.ja}を書いてください",
                f"expected a word in ja and in en{also.en}",
            )
            problems.append(Problem(shown_path(path), name, expected, words))
        elif words.get("kind", "costs") not in get_args(HeadKind):
            listed = ", ".join(get_args(HeadKind))
            expected = Text(f"次のいずれかにしてください: {listed}", f"expected one of {listed}")
            problems.append(Problem(shown_path(path), f"{name}.kind", expected, words["kind"]))
        else:
            found[name] = Text(str(words["ja"]), str(words["en"]))
    if problems:
        raise DataError(problems)
    return MappingProxyType(found)


@cache
def head_kinds() -> Mapping[str, HeadKind]:
    """Return the kind of every loss head, in the order of the case schema (費目の区分).

    Heads of ``liability`` and ``costs`` count towards the limit of that section, those of
    ``profit`` towards neither; a ``penalty`` is in no wording.

    Examples
    --------
    >>> head_kinds()["call_centre"], head_kinds()["fines"]
    ('costs', 'penalty')
    """
    lines = read_toml(data_path("labels", "head.toml"))
    return MappingProxyType({name: lines[name]["kind"] for name in labels("head")})


def label(kind: str, name: str, lang: Lang = "ja") -> str:
    """Return the word the client reads for a name (用語).

    Parameters
    ----------
    kind : str
        One of `kinds`: ``head``, ``cause``, ``reason``, ``exclusion``, ``term``, ….
    name : str
        The name used in code and data; values of a fact are ``"fact.value"``.

    Raises
    ------
    ValueError
        If there is no such label; the message names it and the nearest there is.

    Examples
    --------
    >>> label("head", "damages"), label("reason", "share", "en")
    ('損害賠償金', 'Own share')
    >>> label("fact", "leak_status.suspected")
    '漏えいのおそれ'
    """
    known = labels(kind)
    if name not in known:
        near = nearest(name, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"data/labels/{kind}.toml has no label {name!r}{hint}")
    return known[name].say(lang)


def sentence(kind: str, name: str, lang: Lang, /, **parts: object) -> str:
    """Return a label with its places filled in (文).

    Parameters
    ----------
    kind, name, lang
        As `label`.
    **parts : object
        What stands in each place; of what says itself in both languages (`Text`, a label of a
        policy file, ``Words`` of a result) the words in this one.

    Examples
    --------
    >>> sentence("answer", "size_short", "en", term="The limit", cure=Text("増額", "buy more"))
    ' The limit is short: buy more.'
    """
    said = {key: part.say(lang) if hasattr(part, "say") else part for key, part in parts.items()}
    return label(kind, name, lang).format(**said)


def phrase(kind: str, name: str, /, **parts: object) -> Text:
    """Return a label with its places filled in, in both languages (日本語と英語の文).

    Examples
    --------
    >>> phrase("answer", "funds_short", missing=Text("460万円", "JPY 4.6M"))
    Text(ja='手元資金が460万円足りません', en='own funds are short by JPY 4.6M')
    """
    ja, en = (sentence(kind, name, lang, **parts) for lang in LANGS)
    return Text(ja, en)
