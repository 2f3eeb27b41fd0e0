"""The look of every chart: fonts, colours, strokes, sizes.

Figures of the look stand in ``look.toml``. Global settings are touched only inside the context
manager; nothing here imports pyplot.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any  # Any: values of a TOML file, and a result read from JSON

from exposure.errors import Lang
from exposure.files import read_toml

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


def plan_ids(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of all plans of a result in their fixed order, over all regimes.

    Examples
    --------
    >>> plan_ids({"regimes": {"court": {"plans": [{"id": "b"}, {"id": "a"}]}}})
    ('a', 'b')
    """
    regimes = result["regimes"].values()
    return tuple(sorted({plan["id"] for regime in regimes for plan in regime["plans"]}))


def name_of(record: Mapping[str, Any], lang: Lang) -> str:
    """Return the name of a plan or product; the Japanese one where there is no English one.

    Examples
    --------
    >>> name_of({"label": "日本興亜 F型", "label_en": "Nipponkoa F"}, "en")
    'Nipponkoa F'
    """
    name = record.get("label_en", record["label"]) if lang == "en" else record["label"]
    return drawable(str(name))


def plan_number(result: Mapping[str, Any], plan: str) -> int:
    """Return the number by which charts and tables point at a plan, from 1.

    Examples
    --------
    >>> plan_number({"regimes": {"court": {"plans": [{"id": "b"}, {"id": "a"}]}}}, "b")
    2
    """
    return plan_ids(result).index(plan) + 1


def plan_colour(result: Mapping[str, Any], plan: str) -> str:
    """Return the colour of a plan, the same in every chart.

    Examples
    --------
    >>> plan_colour({"regimes": {"court": {"plans": [{"id": "b"}, {"id": "a"}]}}}, "a")
    '#0072B2'
    """
    colours = look()["colour"]["plans"]
    return str(colours[(plan_number(result, plan) - 1) % len(colours)])
