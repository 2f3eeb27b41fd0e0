"""The look of every chart: fonts, colours, strokes, sizes.

Figures of the look stand in ``look.toml``. Global settings are touched only inside the context
manager; nothing here imports pyplot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any  # Any: values of a TOML file

from exposure.errors import Lang
from exposure.files import read_toml
from exposure.labels import labels
from exposure.result.document import result_from
from exposure.result.record import Ladder, PlanResult, RegimeResult, Result

_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_GETA = "〓"
_SIGNS = frozenset('"\\')  # of the data language the report is handed over in
_HANGUL = "HANGUL SYLLABLE "
_MOST_CODES = 8  # letters shown by their number; of more, nobody looks them up
_FAMILIES = ("Noto Sans JP", "DejaVu Sans")


def font_path(weight: str = "Regular") -> Path:
    """Return the shipped Japanese font, ``Regular`` or ``Bold`` (同梱フォント).

    Examples
    --------
    >>> font_path("Bold").name
    'NotoSansJP-Bold.ttf'
    """
    return _FONTS / f"NotoSansJP-{weight}.ttf"


def font_folders() -> tuple[Path, ...]:
    """Return the folders with the shipped fonts and with the second choice for rarer scripts."""
    import matplotlib as mpl

    return _FONTS, Path(mpl.get_data_path()) / "fonts" / "ttf"


@cache
def _characters() -> frozenset[int]:
    """Return every character that a shipped font or the second choice can draw."""
    from matplotlib.ft2font import FT2Font

    found: set[int] = set()
    for path in (font_path("Regular"), font_folders()[1] / "DejaVuSans.ttf"):
        found |= set(FT2Font(str(path)).get_charmap())
    return frozenset(found)


def drawable(text: str) -> str:
    """Return a text in characters the fonts can draw, as near to it as they can (欠字の代替).

    Selectors of a variant (異体字) and other invisible marks go, so that the common form of the
    character stays. Compatibility forms are taken apart, Hangul is spelt in Latin letters, other
    letters show their number; what is no letter becomes the printer's mark 〓.

    Examples
    --------
    >>> drawable("髙﨑㈱𠮷"), drawable("葛\U000e0100城"), drawable("a\U0001fae0b")
    ('髙﨑㈱𠮷', '葛城', 'a〓b')
    >>> drawable("한국"), drawable("简")
    ('HANGUG', '[U+7B80]')
    """
    if text.isascii():
        return text
    found = set(map(ord, text))
    strange = (found - _characters()) | {code for code in found if _is_selector(code)}
    if not strange:
        return text
    letters = sum(unicodedata.category(chr(code))[0] == "L" for code in strange)
    return text.translate({code: _nearest(code, letters <= _MOST_CODES) for code in strange})


def _is_selector(code: int) -> bool:
    return "VARIATION SELECTOR" in unicodedata.name(chr(code), "")


def _nearest(code: int, is_numbered: bool) -> str:
    """Return what stands for a character that no font has."""
    character = chr(code)
    category, name = unicodedata.category(character), unicodedata.name(character, "")
    if _is_selector(code) or category == "Cf":
        return ""
    plain = unicodedata.normalize("NFKC", character)
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not _is_accent(c))
    for other in (plain, bare):
        if other and not set(other) & _SIGNS and {ord(c) for c in other} <= _characters():
            return other
    if name.startswith(_HANGUL):
        return name.removeprefix(_HANGUL)
    return f"[U+{code:04X}]" if category[0] == "L" and is_numbered else _GETA


def _is_accent(character: str) -> bool:
    return unicodedata.combining(character) != 0


@cache
def look() -> Mapping[str, Any]:
    """Return the settings of ``look.toml``."""
    return read_toml(Path(__file__).with_name("look.toml"))


def explorer_look() -> Mapping[str, Any]:
    """Return the ranges of the explorer's controls and the width of their column."""
    found: Mapping[str, Any] = look()["explorer"]
    return found


@cache
def _register_fonts() -> None:
    """Tell Matplotlib of the shipped fonts; it keeps a list, so once is enough."""
    from matplotlib import font_manager

    for weight in ("Regular", "Bold"):
        path = font_path(weight)
        if not path.is_file():
            raise FileNotFoundError(f"the Japanese font {path.name} is not in the package")
        font_manager.fontManager.addfont(path)


@contextmanager
def chart_style() -> Iterator[None]:
    """Draw in the package's style, and leave the caller's settings as they were (図の書式).

    Examples
    --------
    >>> import matplotlib
    >>> with chart_style():
    ...     matplotlib.rcParams["font.family"]
    ['Noto Sans JP', 'DejaVu Sans']
    """
    import matplotlib as mpl

    _register_fonts()
    settings = {"font.family": list(_FAMILIES), **look()["rc"]}
    if all(mpl.rcParams[name] == value for name, value in settings.items()):
        yield  # one chart of a batch: setting everything again would take longer than drawing
        return
    with mpl.rc_context(settings):
        yield


def result_of(result: object) -> Result:
    """Return the typed record of a result, however it is held (検討結果).

    Parameters
    ----------
    result : Result, mapping or finished study
        The record, the content of ``result.json``, or what `exposure.run` returned.

    Raises
    ------
    TypeError
        If it is none of these; the message says what is wanted.
    DataError
        If the document is of another edition.

    Examples
    --------
    >>> result_of(3)
    Traceback (most recent call last):
    TypeError: expected a result (of exposure.run) or the content of result.json, not int
    """
    if isinstance(result, Result):
        return result
    held = getattr(result, "record", None)
    if isinstance(held, Result):
        return held
    if isinstance(result, Mapping):
        return result_from(result)
    kind = type(result).__name__
    raise TypeError(
        f"expected a result (of exposure.run) or the content of result.json, not {kind}"
    )


def is_frame(given: object) -> bool:
    """Say whether it is a data frame, without importing what makes them."""
    return hasattr(given, "iterrows") and hasattr(given, "columns")


def views_of(result: Result) -> tuple[str, ...]:
    """Return the names of the views a result holds, always in the same order (賠償の前提)."""
    return tuple(name for name in labels("regime") if name in result.regimes)


def view_of(result: Result, regime: str) -> RegimeResult:
    """Return one view of a result.

    Raises
    ------
    ValueError
        If the result does not hold it; the message says which views it holds.
    """
    if regime not in result.regimes:
        known = ", ".join(repr(name) for name in views_of(result))
        raise ValueError(f"the result has no view {regime!r}; it has {known}")
    return result.regimes[regime]


def named_views(result: Result, regime: str | None) -> tuple[str, ...]:
    """Return the view asked for, or all of them; a wrong name is refused with the right ones."""
    if regime is None:
        return views_of(result)
    view_of(result, regime)
    return (regime,)


def ordered_plans(result: Result, regime: str) -> tuple[PlanResult, ...]:
    """Return a view's plans by product, then by amount, then by endorsements (プランの順序)."""
    plans = view_of(result, regime).plans
    products = list(dict.fromkeys(plan.product for plan in plans))
    return tuple(
        sorted(
            plans,
            key=lambda plan: (
                products.index(plan.product),
                plan.limit or 0.0,
                plan.cost_limit or 0.0,
                len(plan.endorsements),
                plan.id,
            ),
        )
    )


def plan_ids(result: Result) -> tuple[str, ...]:
    """Return the ids of all plans of a result, by product and then by amount."""
    found = (plan.id for regime in views_of(result) for plan in ordered_plans(result, regime))
    return tuple(dict.fromkeys(found))


def shortlist(result: Result) -> tuple[str, ...]:
    """Return the plans worth a colour, at most as many as there are colours (案).

    First what is recommended (or best on the market) in each view, then what wins if that turns
    out too dear, then what is as good.
    """
    choices = [result.regimes[regime].recommendation for regime in views_of(result)]
    wanted = [choice.plan or choice.best_on_market for choice in choices]
    wanted += [choice.flips_to for choice in choices]
    near = [one for choice in choices for one in choice.alternatives]
    wanted += [one.plan for one in near if one.wins_below is not None]
    known = set(plan_ids(result))
    found = [name for name in dict.fromkeys(wanted) if name is not None and name in known]
    return tuple(found[: len(look()["colour"]["plans"])])


def candidates(result: Result) -> tuple[str, ...]:
    """Return the plans a first page compares: the short-listed, then the best of each product.

    What is left of the places goes to the plans of least total cost; of a programme, for which no
    price decides, to those of most worth.
    """
    first = result.regimes[views_of(result)[0]]
    known = sorted(first.plans, key=lambda plan: (_cost(plan), plan.id))
    if first.recommendation.verdict == "programme":
        known.sort(key=lambda plan: -(plan.worth.value or 0.0))
    best: dict[str, str] = {}
    for plan in known:
        best.setdefault(plan.product, plan.id)
    listed = shortlist(result)
    shown = {plan.product for plan in known if plan.id in listed}
    others = [name for product, name in best.items() if product not in shown]
    order = dict.fromkeys([*listed, *others, *(plan.id for plan in known)])
    return tuple(order)[: look()["draw"]["most_candidates"]]


def compared_plans(result: Result, regime: str) -> tuple[PlanResult, ...]:
    """Return the plans an annex sets side by side, in their order (比較するプラン).

    Those of the study, and what the first page compares. Sets of endorsements that were tried
    besides, and of very many plans the dearest, are for the workbook: no page holds them.
    """
    listed = candidates(result)
    first = result.regimes[views_of(result)[0]]
    stated = [plan for plan in first.plans if not plan.tried and plan.id not in listed]
    stated.sort(key=lambda plan: (_cost(plan), plan.id))
    room = max(look()["draw"]["most_plans"] - len(listed), 0)
    shown = {*listed, *(plan.id for plan in stated[:room])}
    return tuple(plan for plan in ordered_plans(result, regime) if plan.id in shown)


def _cost(plan: PlanResult) -> float:
    """Return what a plan costs in all; endless where it is not sold."""
    cost = None if plan.total_cost is None else plan.total_cost.value
    return float("inf") if cost is None else cost


def option_number(result: Result, plan: str) -> int:
    """Return the number of a short-listed plan, from 1; 0 for every other (案の番号)."""
    listed = shortlist(result)
    return listed.index(plan) + 1 if plan in listed else 0


def plan_number(result: object, plan: str) -> int:
    """Return the place of a plan among all of a result, from 1: by product, then by amount."""
    return plan_ids(result_of(result)).index(plan) + 1


def plan_colour(result: object, plan: str) -> str:
    """Return the colour of a plan, the same in every chart; grey if it is not short-listed."""
    number = option_number(result_of(result), plan)
    colours = look()["colour"]
    return str(colours["plans"][number - 1] if number else colours["grey"])


def view_colour(regime: str) -> str:
    """Return the colour of a view, the same in every chart.

    Examples
    --------
    >>> view_colour("brochure") != view_colour("court")
    True
    """
    return str(look()["view"][regime]["colour"])


def name_of(plan: PlanResult, lang: Lang) -> str:
    """Return the name of a plan, its endorsements in short, as the fonts can draw it."""
    return drawable(
        in_short(plan.label_en if lang == "en" else plan.label, plan.endorsements, lang)
    )


def in_short(name: str, endorsements: Sequence[str], lang: Lang) -> str:
    """Return a name with its endorsements in short (特約の略称).

    Examples
    --------
    >>> in_short("AIU＋サイバー攻撃対応費用特約", ["cyber"], "ja")
    'AIU＋サイバー'
    """
    known = labels("option")
    for rider in endorsements:
        if rider in known and f"{rider}.short" in known:
            name = name.replace(known[rider].say(lang), known[f"{rider}.short"].say(lang))
    # Among names joined by a plus the word says nothing.
    return name.replace(" rider", "") if lang == "en" else name


def ladder_name(ladder: Ladder, lang: Lang) -> str:
    """Return a product with its endorsements in short, as the fonts can draw it."""
    known = labels("option")
    short = [known[f"{r}.short"].say(lang) for r in ladder.endorsements if f"{r}.short" in known]
    return drawable(("＋" if lang == "ja" else " + ").join([ladder.label.say(lang), *short]))
