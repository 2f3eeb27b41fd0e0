"""The look of every chart: fonts, colours, strokes, sizes.

Figures of the look stand in ``look.toml``. Global settings are touched only inside the context
manager; nothing here imports pyplot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any  # Any: values of a TOML file, and a result read from JSON

from exposure.errors import Lang
from exposure.files import read_toml

_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_FAMILIES = ("Noto Sans JP", "DejaVu Sans")


def font_path(weight: str = "Regular") -> Path:
    """Return the shipped Japanese font, ``Regular`` or ``Bold`` (同梱フォント).

    Examples
    --------
    >>> font_path("Bold").name
    'NotoSansJP-Bold.ttf'
    """
    return _FONTS / f"NotoSansJP-{weight}.ttf"


@cache
def look() -> Mapping[str, Any]:
    """Return the settings of ``look.toml``."""
    return read_toml(Path(__file__).with_name("look.toml"))


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
    settings = {"font.family": list(_FAMILIES), "svg.fonttype": "path", **look()["rc"]}
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
    return str(record.get("label_en", record["label"]) if lang == "en" else record["label"])


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
