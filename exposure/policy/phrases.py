"""The vocabulary in words: conditions, exclusions and yen as a person reads them.

Labels come from ``data/labels`` and the policy file; nothing is decided here.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping

from exposure.errors import Text
from exposure.files import by_likeness, nearest
from exposure.labels import labels
from exposure.policy.vocabulary import HEADS, Condition, Day, Exclusion
from exposure.tables import CATEGORIES, FLAGS

_MAN, _OKU = 10**4, 10**8
_COMMA = Text("・", ", ")
UNLIMITED = Text("制限なし", "unlimited")


def yen(amount: float) -> Text:
    """Return an amount in full, as a calculation prints it (金額).

    Examples
    --------
    >>> yen(16_000_000)
    Text(ja='16,000,000円', en='JPY 16,000,000')
    """
    if amount == float("inf"):
        return UNLIMITED
    return Text(f"{amount:,.0f}円", f"JPY {amount:,.0f}")


def round_yen(amount: float) -> Text:
    """Return an amount as a table of terms prints it, exactly, in 億円 and 万円 where it is whole.

    Examples
    --------
    >>> round_yen(30_000_000).ja, round_yen(300_000_000).ja, round_yen(150_000_500).ja
    ('3,000万円', '3億円', '150,000,500円')
    """
    if amount == float("inf"):
        return UNLIMITED
    full = yen(amount)
    if amount >= _OKU and amount % _OKU == 0:
        return Text(f"{amount / _OKU:,.0f}億円", full.en)
    if amount >= _MAN and amount % _MAN == 0:
        return Text(f"{amount / _MAN:,.0f}万円", full.en)
    return full


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
    words = {label.ja: name for name, label in labels("head").items() if name in HEADS}
    near = nearest(word, [*HEADS, *words])
    if near is None and len(word) > 1:  # 見舞金 of 見舞金・見舞品費用
        near = next((one for one in words if one.startswith(_plain(word))), None)
    if near is not None:
        also = f"（{words[near]}）" if near in words else f"（{label_of(near, 'head').ja}）"
        return Text(
            f"知らない費目です。「{near}」{also}ではありませんか",
            f'unknown head; did you mean "{words.get(near, near)}"?',
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
        base = label_of(derive[name].date, "fact", "term")
        return Text(f"{base.ja}（みなし日）", f"{base.en} (deemed)")
    return label_of(name, "fact", "term")


def condition(asked: Condition, derive: Mapping[str, Day]) -> Text:
    """Return what a condition asks for, in words (支払いの要件).

    Examples
    --------
    >>> condition(Condition(any=("reported_to_authority", "own_notice")), {}).ja
    '公的機関への届出・報告 または 社告・発表の掲載'
    >>> window = Condition(date="incurred_on", days=180, of="discovered_on")
    >>> condition(window, {}).ja
    '発覚日から180日以内に生じた費用'
    """
    text = _condition_text(asked, derive)
    if not asked.heads:
        return text
    only = heads(asked.heads)
    return Text(f"〔{only.ja}〕{text.ja}", f"[{only.en}] {text.en}")


def _condition_text(asked: Condition, derive: Mapping[str, Day]) -> Text:
    if asked.any_of:
        ways = [
            join_texts((condition(part, derive) for part in every), Text(" かつ ", " and "))
            for every in asked.any_of
        ]
        return join_texts(ways, Text("、または ", "; or "))
    if asked.any:
        return join_texts((label_of(flag, "fact") for flag in asked.any), Text(" または ", " or "))
    if asked.fact is not None:
        return _fact(asked.fact, asked.among)
    if asked.stated is not None:
        when = day(asked.stated, derive)
        return Text(f"{when.ja}があること", f"{when.en} is stated")
    return _date_text(asked, derive)


def _fact(name: str, among: tuple[str | bool, ...]) -> Text:
    what = label_of(name, "fact")
    if name in FLAGS:
        if True in among and False in among:
            return Text(f"{what.ja}を問わない", f"{what.en}: either")
        return what if True in among else Text(f"{what.ja}でないこと", f"not: {what.en}")
    listed = join_texts(label_of(f"{name}.{value}", "fact") for value in among)
    if set(among) == set(CATEGORIES[name]):
        return Text(f"{what.ja}を問わない", f"{what.en}: any")
    return Text(f"{what.ja}：{listed.ja}", f"{what.en}: {listed.en}")


def _date_text(asked: Condition, derive: Mapping[str, Day]) -> Text:
    when = day(str(asked.date), derive)
    if asked.within == "period":
        return Text(f"{when.ja}が保険期間内", f"{when.en} in the policy period")
    if asked.of is not None:
        opened = day(asked.of, derive)
        if asked.days is not None:
            length = Text(f"{asked.days}日", f"{asked.days} days")
        else:
            length = Text(f"{asked.months}か月", f"{asked.months} months")
        if asked.is_window:
            return Text(
                f"{opened.ja}から{length.ja}以内に生じた費用",
                f"costs arising within {length.en} of: {opened.en}",
            )
        return Text(
            f"{when.ja}が{opened.ja}から{length.ja}以内",
            f"{when.en} within {length.en} of: {opened.en}",
        )
    bounds = []
    for bound, ja, en in (
        (asked.not_before, "以後", "on or after"),
        (asked.not_after, "以前", "on or before"),
        (asked.before, "より前", "before"),
    ):
        if bound is not None:
            other = day(bound, derive)
            bounds.append(Text(f"{other.ja}{ja}", f"{en}: {other.en}"))
    listed = join_texts(bounds, Text("かつ", " and "))
    return Text(f"{when.ja}が{listed.ja}", f"{when.en} {listed.en}")


def exclusion(key: str, rules: Mapping[str, Exclusion]) -> Text:
    """Return the name of an exclusion of a wording (免責事由)."""
    own = rules[key].label if key in rules else None
    return label_of(key, "exclusion") if own is None else Text(own.ja, own.en)
