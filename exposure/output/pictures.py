"""The charts of a report as pictures, each drawn once for every format that shows it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output import charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Draw = Callable[[Mapping[str, Any], str, Lang], "Axes"]

_TITLES = {
    "loss_annual": "loss_annual.title",
    "loss_event": "loss_event.title",
    "head": "head.title",
    "cause": "cause.title",
    "size": "size.title",
    "paid": "paid.title",
    "adequacy": "adequacy.title",
    "retained": "retained.title",
    "premium": "premium.title",
    "tornado": "tornado.title",
    "convergence": "convergence.title",
}
_DRAWN: dict[str, _Draw] = {
    "loss_annual": lambda r, g, lang: charts.loss_exceedance_chart(r, g, lang=lang),
    "loss_event": lambda r, g, lang: charts.loss_exceedance_chart(r, g, scope="event", lang=lang),
    "head": lambda r, g, lang: charts.cost_by_head_chart(r, g, lang=lang),
    "cause": lambda r, g, lang: charts.cost_by_cause_chart(r, g, lang=lang),
    "size": lambda r, g, lang: charts.breach_size_chart(r, g, lang=lang),
    "paid": lambda r, g, lang: charts.paid_retained_chart(r, g, lang=lang),
    "adequacy": lambda r, g, lang: charts.limit_adequacy_chart(r, g, lang=lang, key=False),
    "retained": lambda r, g, lang: charts.retained_curves_chart(r, g, lang=lang, key=False),
    "premium": lambda r, g, lang: charts.premium_vs_retained_chart(r, g, lang=lang, key=False),
    "tornado": lambda r, g, lang: charts.tornado_chart(r, g, lang=lang),
    "convergence": lambda r, g, lang: charts.convergence_chart(r, g, lang=lang),
}
_RECORDS = "records"


def drawn(result: Mapping[str, Any], names: Sequence[str], lang: Lang) -> dict[str, str]:
    """Draw charts by the names the report uses (図の作成).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    names : sequence of str
        ``CHART-REGIME``, or ``records``.
    lang : {"ja", "en"}
        Language.

    Returns
    -------
    dict of str to str
        SVG documents whose text needs the shipped fonts.

    Examples
    --------
    >>> causes = {"theft": {"mean": 1e6, "share_of_events": 1.0}}
    >>> view = {"ground_up": {"by_cause": causes}}
    >>> result = {"study": {"loss_years": 1000}, "regimes": {"court": view}}
    >>> drawn(result, ["cause-court"], "ja")["cause-court"][:4]
    '<svg'
    """
    with charts.chart_style(), _undisturbed():
        return {
            name: charts.to_svg(_axes(result, name, lang), name, spoken(name, lang), outlines=False)
            for name in names
        }


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off the search for unreachable objects: those of a chart are all in use till it stands.

    Looking through them again and again takes a fifth of the time of drawing.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _axes(result: Mapping[str, Any], name: str, lang: Lang) -> Axes:
    if name == _RECORDS:
        return charts.limit_by_records_chart(result["size"], lang=lang)
    kind, _, regime = name.partition("-")
    return _DRAWN[kind](result, regime, lang)


def spoken(name: str, lang: Lang) -> str:
    """Return what a screen reader says of a chart.

    Examples
    --------
    >>> spoken("head-court", "en")
    'Loss by head (mean per year) – Court record basis'
    """
    if name == _RECORDS:
        return label("chart", "records.title", lang)
    kind, _, regime = name.partition("-")
    title = label("chart", _TITLES[kind], lang)
    return f"{title} – {label('regime', regime, lang)}" if regime in labels("regime") else title
