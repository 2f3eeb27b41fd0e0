"""The live explorer: controls on the left, the answer and its charts on the right.

Widgets only; what they show comes from `exposure.study.live` and the charts of a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any  # Any: widgets, which have no types

from exposure.errors import ExposureError, Lang
from exposure.inputs.study_file import StudyFile, read_study
from exposure.labels import label
from exposure.output import charts
from exposure.output.content.words import historical_of, text_of, years_cell, yen_cell
from exposure.output.printed import print_count, print_percent
from exposure.policy.catalogue import opened
from exposure.study.live import (
    PRICE,
    RATE,
    Answer,
    Live,
    Question,
    answer,
    bases,
    live,
    plan_of,
    steps_of,
    varied,
)
from exposure.yen import format_yen


@dataclass(frozen=True)
class Explorer:
    """The explorer with its controls (対話的な試算の画面).

    Parameters
    ----------
    box : widget
        What to show in a notebook.
    controls : mapping of str to widget
        ``records``, ``regime``, ``product``, ``limit``, ``deductible``, ``endorsements``,
        ``claim_rate``, ``price``.
    outputs : mapping of str to widget
        ``answer`` (HTML) and the charts (PNG images).
    live : Live
        What has been simulated so far.
    """

    box: Any
    controls: Mapping[str, Any]
    outputs: Mapping[str, Any]
    live: Live

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)  # type: ignore[no-untyped-call]

    def question(self) -> Question:
        """Return what the controls say; the views not shown keep the figures of the study."""
        at, assumptions = self.controls, self.live.study.in_force()
        shown = at["regime"].value
        figures = {
            regime: (assumptions.value(f"{RATE}.{regime}"), assumptions.value(f"{PRICE}.{regime}"))
            for regime in self.live.study.study.regimes
        }
        figures[shown] = (float(at["claim_rate"].value), float(at["price"].value))
        liability = tuple((regime, rate, price) for regime, (rate, price) in figures.items())
        return Question(int(at["records"].value), at["limit"].value, liability)


def explorer(
    study: StudyFile | str | Path | None = None,
    *,
    lang: Lang = "ja",
    loss_years: int | None = None,
    policies: Iterable[str | Path] = (),
) -> Explorer:
    """Return the live explorer of a study (対話的な試算).

    Parameters
    ----------
    study : StudyFile or path, optional
        The shipped sample if left out.
    lang : {"ja", "en"}
        Language.
    loss_years : int, optional
        Simulated loss years, at most one block. [year]
    policies : iterable of path
        Policy files of one's own.

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> raw = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> made = explorer(study_from_mapping(raw, "example"), loss_years=200)
    >>> made.question().plan
    'nipponkoa_2006/B'
    """
    if study is None:
        from exposure.files import data_path

        study = data_path("studies", "clinic.toml")
    read = read_study(study) if isinstance(study, str | Path) else study
    hand = live(read.with_policies(opened(policies)), loss_years)
    controls = _controls(hand, lang)
    made = _laid_out(hand, controls, lang)
    _fill_plan(made, lang)
    _show(made, lang)
    _connect(made, lang)
    return made


def _connect(made: Explorer, lang: Lang) -> None:
    """Let every control change the answer, once for each change a person makes."""
    busy = False

    def changed(change: Mapping[str, Any]) -> None:
        nonlocal busy
        if busy:  # one control sets another; the answer comes when all are set
            return
        busy = True
        try:
            name = next(key for key, one in made.controls.items() if one is change["owner"])
            said = _fill_plan(made, lang) if name in _OF_PLAN else ""
            if name == "regime":
                _fill_prices(made)
            if said:
                made.outputs["answer"].value = said
            else:
                _show(made, lang)
        finally:
            busy = False

    for control in made.controls.values():
        control.observe(changed, "value")


def _controls(hand: Live, lang: Lang) -> dict[str, Any]:
    import ipywidgets as w

    assumptions, client = hand.study.in_force(), hand.study.client
    look, wide = charts.explorer_look(), w.Layout(width="97%")
    style = {"description_width": "11.5em"}

    def words(name: str) -> str:
        return text_of(f"explorer.{name}", lang)

    counts = sorted({*look["records"], client.records})
    regimes = [(label("regime", name, lang), name) for name in hand.study.study.regimes]
    first = regimes[0][1]
    names = {
        plan_of(hand, identifier).wording.plan.label: name
        for name, identifier in bases(hand.study).items()
    }
    shared = {"style": style, "layout": wide}
    return {
        "records": w.SelectionSlider(
            options=[(text_of("persons", lang, n=print_count(n, lang)), n) for n in counts],
            value=client.records, description=words("records"), continuous_update=False, **shared,
        ),
        "regime": w.Dropdown(options=regimes, value=first, description=words("regime"), **shared),
        "product": w.Dropdown(
            options=[(getattr(named, lang), name) for named, name in names.items()],
            description=words("product"), **shared,
        ),
        "limit": w.SelectionSlider(
            options=["-"], description=words("limit"), continuous_update=False, **shared
        ),
        "deductible": w.SelectionSlider(
            options=[(format_yen(amount, lang), amount) for amount in look["deductibles"]],
            description=words("deductible"), continuous_update=False, **shared,
        ),
        "endorsements": w.SelectMultiple(options=[], description=words("endorsements"), **shared),
        "claim_rate": w.FloatLogSlider(
            value=assumptions.value(f"{RATE}.{first}"), min=look["rate"][0], max=look["rate"][1],
            step=look["rate"][2], description=words("claim_rate"), continuous_update=False,
            readout_format=".2g", **shared,
        ),
        "price": w.FloatLogSlider(
            value=assumptions.value(f"{PRICE}.{first}"), min=look["price"][0],
            max=look["price"][1], step=look["price"][2], description=words("price"),
            continuous_update=False, readout_format=",.0f", **shared,
        ),
    }  # fmt: skip


def _laid_out(hand: Live, controls: Mapping[str, Any], lang: Lang) -> Explorer:
    import ipywidgets as w

    look = charts.explorer_look()
    pictures = {name: w.Image(format="png", layout=w.Layout(width="49%")) for name in _CHARTS}
    outputs = {"answer": w.HTML(), **pictures}
    offered = [hand.products.product(name) for name in bases(hand.study)]
    editions = [
        (one.raw["plan"]["label"][lang], one.raw["plan"]["edition"][lang])
        for one in offered
        if one.historical
    ]
    notice = w.HTML(f"<small>{escape(historical_of(editions, lang))}</small>")
    left = w.VBox(
        [
            w.HTML(f"<h3>{escape(text_of('explorer.heading', lang))}</h3>"),
            *controls.values(),
            notice,
        ],
        layout=w.Layout(width=look["controls_width"], min_width="22em"),
    )
    right = w.VBox(
        [outputs["answer"], w.HBox(list(pictures.values()), layout=w.Layout(flex_flow="row wrap"))],
        layout=w.Layout(flex="1 1 auto"),
    )
    return Explorer(w.HBox([left, right]), controls, outputs, hand)


_CHARTS = {
    "by_limit": charts.share_by_limit_chart,
    "retained": charts.retained_curves_chart,
}
_OF_PLAN = ("product", "deductible", "endorsements")


def _fill_plan(made: Explorer, lang: Lang) -> str:
    """Offer the endorsements and limits of the product chosen; say if they cannot be together."""
    at = made.controls
    base = bases(made.live.study)[at["product"].value]
    source = made.live.products.product(at["product"].value)
    flags = {
        name: getattr(choice.label, lang)
        for name, choice in source.options.items()
        if choice.kind == "flag" and choice.default is not True
    }
    offered = [(words, name) for name, words in flags.items()]
    if list(at["endorsements"].options) != offered:
        at["endorsements"].options = offered
        at["endorsements"].disabled = not offered
    at["deductible"].disabled = "deductible" not in source.contract
    deductible = None if at["deductible"].disabled else int(at["deductible"].value)
    try:
        steps = steps_of(
            made.live, varied(base, tuple(at["endorsements"].value), deductible, made.live.products)
        )
    except ExposureError as error:
        return _said(error.lines(lang))
    limits = [(format_yen(step.headline_limit, lang), step.id) for step in steps.plans]
    start = format_yen(plan_of(made.live, base).headline_limit, lang)
    shown = [name for name, _ in limits]
    before = at["limit"].label if at["limit"].label in shown else start
    at["limit"].options = limits
    wanted = shown.index(before) if before in shown else len(limits) // 2
    at["limit"].value = limits[wanted][1]
    return ""


def _fill_prices(made: Explorer) -> None:
    """Set claim rate and price to those of the regime chosen."""
    assumptions, regime = made.live.study.in_force(), made.controls["regime"].value
    made.controls["claim_rate"].value = assumptions.value(f"{RATE}.{regime}")
    made.controls["price"].value = assumptions.value(f"{PRICE}.{regime}")


def _show(made: Explorer, lang: Lang) -> None:
    """Answer the question the controls ask, and draw it."""
    try:
        found = answer(made.live, made.question())
    except ExposureError as error:
        made.outputs["answer"].value = _said(error.lines(lang))
        return
    regime = made.controls["regime"].value
    made.outputs["answer"].value = _answer(found, regime, lang)
    for name, draw in _CHARTS.items():
        axes = draw(found.result, regime, lang=lang, key=False)
        made.outputs[name].value = charts.to_png(axes, dpi=charts.explorer_look()["dpi"])


def _answer(found: Answer, regime: str, lang: Lang) -> str:
    """Return the figures of the answer as a small table."""
    event, plan = found.result.regimes[regime].ground_up.event, found.figures(regime)
    lines = [
        (text_of("explorer.event", lang), yen_cell(event.mean, lang)),
        (text_of("answer.tile.large", lang), yen_cell(event.quantiles.get("0.99"), lang)),
        (text_of("plans.worth", lang), yen_cell(plan.worth, lang)),
        (text_of("explorer.paid", lang), yen_cell(plan.paid.annual.mean, lang)),
        (text_of("explorer.stays", lang), yen_cell(plan.retained.annual.mean, lang)),
        (text_of("plans.funds", lang), years_cell(plan.own_funds_return_period, lang)),
    ]
    rows = "".join(
        f"<tr><th style='text-align:left;padding-right:1.5em;font-weight:400'>{escape(name)}</th>"
        f"<td><b>{escape(cell.text)}</b> <small>{escape(cell.note)}</small></td></tr>"
        for name, cell in lines
    )
    share = plan.share_paid.value
    statement = escape(found.result.recommendation.statement.say(lang))
    return (
        f"<h3 class='share-paid' data-value='{share!r}'>"
        f"{escape(text_of('candidates.share', lang))}: {escape(print_percent(share))}</h3>"
        f"<p><b>{statement}</b></p><table>{rows}</table>"
    )


def _said(lines: list[str]) -> str:
    return "".join(f"<p><b>{escape(line)}</b></p>" for line in lines)
