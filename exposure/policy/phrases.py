"""The vocabulary in words: conditions, exclusions and yen as a person reads them.

Labels come from ``data/labels`` and the policy file; nothing is decided here.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping

from exposure.errors import Text
from exposure.files import by_likeness, nearest
from exposure.labels import labels, phrase
from exposure.policy.vocabulary import HEADS, Condition, Day, Exclusion
from exposure.tables import CATEGORIES, FLAGS

_MAN, _OKU = 10**4, 10**8
_COMMA = Text("・", ", ")


def words(name: str, /, **parts: object) -> Text:
    """Return a sentence about a wording with its places filled in, in both languages.

    Examples
    --------
    >>> words("days", n=30)
    Text(ja='30日', en='30 days')
    """
    return phrase("wording", name, **parts)


def yen(amount: float) -> Text:
    """Return an amount in full, as a calculation prints it (金額).

    Examples
    --------
    >>> yen(16_000_000)
    Text(ja='16,000,000円', en='JPY 16,000,000')
    """
    if amount == float("inf"):
        return words("unlimited")
    return words("yen", amount=f"{amount:,.0f}")


def round_yen(amount: float) -> Text:
    """Return an amount as a table of terms prints it, exactly, in 億円 and 万円 where it is whole.

    Examples
    --------
    >>> round_yen(30_000_000).ja, round_yen(300_000_000).ja, round_yen(150_000_000).ja
    ('3,000万円', '3億円', '1億5,000万円')
    >>> round_yen(150_000_500).ja, round_yen(0).ja
    ('150,000,500円', '0円')
    """
    if amount == float("inf"):
        return words("unlimited")
    full, (oku, rest) = yen(amount), divmod(amount, _OKU)
    if amount < _MAN or rest % _MAN:
        return full
    parts = (f"{oku:,.0f}億" if oku else "", f"{rest / _MAN:,.0f}万" if rest else "")
    return Text(f"{''.join(parts)}円", full.en)


def label_of(name: str, *kinds: str) -> Text:
    """Return the label of a name, the first of the kinds that has one, else the name itself.

    Examples
    --------
    >>> label_of("damages", "head").ja, label_of("no_such_head", "head").ja
    ('損害賠償金', 'no_such_head')
    """
    for kind in kinds:
        if name in labels(kind):
            return labels(kind)[name]
    return Text(name, name)


@functools.cache
def _heads_by_word() -> Mapping[str, str]:
    return {
        _plain(word): name for name in HEADS for word in (name, *labels("head").get(name, (name,)))
    }


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def find_head(word: str) -> str | None:
    """Return the loss head that a word means: its name, or its label in either language.

    Examples
    --------
    >>> find_head("損害賠償金"), find_head("damages"), find_head("damage")
    ('damages', 'damages', None)
    """
    return _heads_by_word().get(_plain(word))


def unknown_head(word: str) -> Text:
    """Say that a word means no loss head, with the nearest that do (知らない費目)."""
    named = {label.ja: name for name, label in labels("head").items() if name in HEADS}
    near = nearest(word, [*HEADS, *named])
    if near is None and len(word) > 1:  # 見舞金 of 見舞金・見舞品費用
        near = next((one for one in named if one.startswith(_plain(word))), None)
    if near is not None:
        also = f"（{named[near]}）" if near in named else f"（{label_of(near, 'head').ja}）"
        return Text(
            f"知らない費目です。「{near}」{also}ではありませんか",
            f'unknown head; did you mean "{named.get(near, near)}"?',
        )
    listed = by_likeness(word, HEADS)
    return Text(
        f"知らない費目です。使えるのは: {', '.join(listed)}（日本語の費目名でも書けます）",
        f"unknown head; known heads: {', '.join(listed)}",
    )


def join_texts(parts: Iterable[Text], between: Text = _COMMA) -> Text:
    """Return several texts as one list.

    Examples
    --------
    >>> join_texts([Text("甲", "A"), Text("乙", "B")])
    Text(ja='甲・乙', en='A, B')
    """
    parts = list(parts)
    return Text(between.ja.join(p.ja for p in parts), between.en.join(p.en for p in parts))


def heads(names: Iterable[str]) -> Text:
    """Return the labels of loss heads as one list."""
    return join_texts(label_of(name, "head") for name in names)


def day(name: str, derive: Mapping[str, Day]) -> Text:
    """Return the name of a day; one worked out from another says so (みなし日)."""
    if name in derive:
        return words("day.deemed", day=label_of(derive[name].date, "fact", "term"))
    return label_of(name, "fact", "term")


def condition(asked: Condition, derive: Mapping[str, Day]) -> Text:
    """Return what a condition asks for, in words (支払いの要件).

    Examples
    --------
    >>> condition(Condition(any=("reported_to_authority", "own_notice")), {}).ja
    '公的機関への届出・報告または社告・発表の掲載'
    >>> window = Condition(date="incurred_on", days=180, of="discovered_on")
    >>> condition(window, {}).ja
    '発覚日から180日以内に生じた費用'
    """
    text = _condition_text(asked, derive)
    if not asked.heads:
        return text
    return words("condition.only", heads=heads(asked.heads), said=text)


def _condition_text(asked: Condition, derive: Mapping[str, Day]) -> Text:
    if asked.any_of:
        ways = [
            join_texts((condition(part, derive) for part in every), words("condition.and"))
            for every in asked.any_of
        ]
        return join_texts(ways, words("condition.or_else"))
    if asked.any:
        return join_texts((label_of(flag, "fact") for flag in asked.any), words("condition.or"))
    if asked.fact is not None:
        return _fact(asked.fact, asked.among)
    if asked.stated is not None:
        return words("condition.stated", day=day(asked.stated, derive))
    return _date_text(asked, derive)


def _fact(name: str, among: tuple[str | bool, ...]) -> Text:
    what = label_of(name, "fact")
    if name in FLAGS:
        if True in among and False in among:
            return words("condition.either", fact=what)
        return what if True in among else words("condition.not", fact=what)
    if set(among) == set(CATEGORIES[name]):
        return words("condition.any", fact=what)
    listed = join_texts(label_of(f"{name}.{value}", "fact") for value in among)
    return words("condition.among", fact=what, listed=listed)


def _date_text(asked: Condition, derive: Mapping[str, Day]) -> Text:
    when = day(str(asked.date), derive)
    if asked.within == "period":
        return words("condition.period", day=when)
    if asked.of is not None:
        length = words("months", n=asked.months)
        if asked.days is not None:
            length = words("days", n=asked.days)
        name = "condition.window" if asked.is_window else "condition.length"
        return words(name, day=when, opened=day(asked.of, derive), length=length)
    bounds = [
        words(f"condition.{name}", day=day(bound, derive))
        for name in ("not_before", "not_after", "before")
        if (bound := getattr(asked, name)) is not None
    ]
    listed = join_texts(bounds, words("condition.bounds.and"))
    return words("condition.bounds", day=when, listed=listed)


def exclusion(key: str, rules: Mapping[str, Exclusion]) -> Text:
    """Return the name of an exclusion of a wording (免責事由)."""
    own = rules[key].label if key in rules else None
    return label_of(key, "exclusion") if own is None else Text(own.ja, own.en)
