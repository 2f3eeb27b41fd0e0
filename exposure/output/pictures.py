"""The charts of a report as pictures, each drawn when it is first needed, once for every format."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.output import charts
from exposure.output.content import Report
from exposure.result.record import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Charts of the two pages stand under headings of their own.
_OF_ALL: Mapping[str, Callable[[Result, Lang], Axes]] = {
    "breach": lambda r, lang: charts.breach_cost_chart(r, lang=lang, bare=True),
    "who_pays": lambda r, lang: charts.who_pays_chart(r, lang=lang, bare=True),
    "stability": lambda r, lang: charts.stability_chart(r, lang=lang, bare=True),
    "loss_annual": lambda r, lang: charts.loss_exceedance_chart(r, lang=lang),
    "loss_event": lambda r, lang: charts.loss_exceedance_chart(r, scope="event", lang=lang),
    "head": lambda r, lang: charts.cost_by_head_chart(r, lang=lang),
    "cause": lambda r, lang: charts.cost_by_cause_chart(r, lang=lang),
    "records": lambda r, lang: charts.limit_by_records_chart(r, lang=lang),
    "worth": lambda r, lang: charts.worth_chart(r, lang=lang),
}
_OF_VIEW: Mapping[str, Callable[[Result, str, Lang], Axes]] = {
    "retained": lambda r, v, lang: charts.retained_curves_chart(
        r, v, lang=lang, bare=True, key=False
    ),
    "by_limit": lambda r, v, lang: charts.share_by_limit_chart(r, v, lang=lang, bare=True),
    "paid": lambda r, v, lang: charts.paid_retained_chart(r, v, lang=lang),
    "adequacy": lambda r, v, lang: charts.limit_adequacy_chart(r, v, lang=lang),
    "tornado": lambda r, v, lang: charts.tornado_chart(r, v, lang=lang),
}


class Pictures:
    """The charts of one report in one language (図).

    The report says which charts there are and what each of them says in words.
    """

    def __init__(self, result: Result, report: Report) -> None:
        self._result = result
        self._spoken = report.spoken()
        self._lang: Lang = report.lang
        self._drawn: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """Return one chart as an SVG document whose text needs the shipped fonts."""
        if name not in self._drawn:
            with charts.chart_style(), _pause_collector():
                axes = _axes(self._result, name, self._lang)
                words = self._spoken[name]
                self._drawn[name] = charts.to_svg(axes, name, words, outlines=False)
        return self._drawn[name]


@contextmanager
def _pause_collector() -> Iterator[None]:
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


def _axes(result: Result, name: str, lang: Lang) -> Axes:
    if name in _OF_ALL:
        return _OF_ALL[name](result, lang)
    kind, _, regime = name.partition("-")
    return _OF_VIEW[kind](result, regime, lang)
