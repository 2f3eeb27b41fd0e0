"""The live explorer: controls on the left, the answer and its charts on the right.

Widgets only; what they show comes from `exposure.study.live` and the charts of a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any  # Any: widgets, which have no types

from exposure.amounts import format_yen
from exposure.errors import DataError, ExposureError, Lang, Problem
from exposure.inputs.fields import fields, whole_number
from exposure.inputs.study_file import StudyFile, read_study
from exposure.labels import label
from exposure.output import charts
from exposure.output.charts.style import in_short, name_of
from exposure.output.content.blocks import Cell
from exposure.output.content.words import (
    amount_cell,
    historical_of,
    share_cell,
    text_of,
    years_cell,
    yen_cell,
)
from exposure.output.printed import DASH, print_count, print_percent
from exposure.policy.catalogue import read_policies
from exposure.policy.choices import parse_id
from exposure.records import RuleError
from exposure.result.lines import basis_name
from exposure.result.record import PlanResult, RegimeResult, Result
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
    recommended_plan,
    steps_of,
    vary_plan,
)


@dataclass(frozen=True)
class Explorer:
    """The explorer with its controls (対話的な試算の画面).

    Parameters
    ----------
    box : widget
        What to show in a notebook.
    controls : mapping of str to widget
        ``records``, ``regime``, ``product``, ``limit``, ``deductible``, ``endorsements``,
        ``premium``, ``claim_rate``, ``price``.
    outputs : mapping of str to widget
        ``answer`` (HTML) and the charts (PNG images).
    live : Live
        What has been simulated so far.
    recommended : str or None
        The plan it opens on: the answer for the client as stated.
    tried : dict of str to int
        Premiums tried, by plan. [JPY/year]
    """

    box: Any
    controls: Mapping[str, Any]
    outputs: Mapping[str, Any]
    live: Live
    recommended: str | None
    tried: dict[str, int] = field(default_factory=dict)

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
        tried = tuple(sorted(self.tried.items()))
        return Question(int(at["records"].value), at["limit"].value, liability, tried)


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
    hand = live(read.with_policies(read_policies(policies)), loss_years)
    controls = _controls(hand, lang)
    made = _lay_out(hand, controls, lang)
    _fill_plan(made, lang)
    if made.recommended is not None:
        _open_on(made, made.recommended, lang)
    _show(made, lang)
    _connect(made, lang)
    return made


def _open_on(made: Explorer, identifier: str, lang: Lang) -> None:
    """Set the controls to a plan: its product, endorsements, deductible and limit."""
    at, parts = made.controls, parse_id(identifier)
    if parts.product not in bases(made.live.study):
        return
    at["product"].value = parts.product
    _fill_plan(made, lang)
    offered = [name for _, name in at["endorsements"].options]
    at["endorsements"].value = tuple(name for name in parts.endorsements if name in offered)
    deductible = dict(parts.choices).get("deductible", "")
    if deductible.isdigit() and int(deductible) in [n for _, n in at["deductible"].options]:
        at["deductible"].value = int(deductible)
    _fill_plan(made, lang)
    limits = {plan_of(made.live, name).headline_limit: name for _, name in at["limit"].options}
    wanted = plan_of(made.live, identifier)
    at["limit"].value = limits.get(wanted.headline_limit, at["limit"].value)


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
            elif name == "premium":
                said = _try_premium(made, lang)
            if name != "premium":
                tried = made.tried.get(made.controls["limit"].value)
                made.controls["premium"].value = "" if tried is None else f"{tried:,}"
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
    look = charts.explorer_look()
    wide = w.Layout(width=look["control_width"])
    style = {"description_width": "11.5em"}

    def words(name: str) -> str:
        return text_of(f"explorer.{name}", lang)

    counts = sorted({*look["records"], client.records})
    regimes = [(label("regime", name, lang), name) for name in hand.study.study.regimes]
    first = regimes[0][1]
    # As the plans of a product are named in the answer.
    names = [
        (getattr(plan_of(hand, identifier).wording.plan.short, lang), name)
        for name, identifier in bases(hand.study).items()
    ]
    shared = {"style": style, "layout": wide}
    return {
        "records": w.SelectionSlider(
            options=[(text_of("persons", lang, n=print_count(n, lang)), n) for n in counts],
            value=client.records, description=words("records"), continuous_update=False, **shared,
        ),
        "regime": w.Dropdown(options=regimes, value=first, description=words("regime"), **shared),
        "product": w.Dropdown(
            options=names, description=words("product"), **shared,
        ),
        "limit": w.SelectionSlider(
            options=["-"], description=words("limit"), continuous_update=False, **shared
        ),
        "deductible": w.SelectionSlider(
            options=[(format_yen(amount, lang), amount) for amount in look["deductibles"]],
            description=words("deductible"), continuous_update=False, style=style,
            layout=w.Layout(width=look["control_width"]),
        ),
        "endorsements": w.SelectMultiple(
            options=[], description=words("endorsements"), style=style,
            layout=w.Layout(width=look["control_width"]),
        ),
        "premium": w.Text(
            description=words("premium_tried"), continuous_update=False, **shared
        ),
        "claim_rate": w.FloatLogSlider(
            value=assumptions.value(f"{RATE}.{first}"), min=look["rate"][0], max=look["rate"][1],
            step=look["rate"][2], description=words("claim_rate"), continuous_update=False,
            readout_format=".2p", **shared,
        ),
        "price": w.FloatLogSlider(
            value=assumptions.value(f"{PRICE}.{first}"), min=look["price"][0],
            max=look["price"][1], step=look["price"][2], description=words("price"),
            continuous_update=False, readout_format=",.0f", **shared,
        ),
    }  # fmt: skip


def _lay_out(hand: Live, controls: Mapping[str, Any], lang: Lang) -> Explorer:
    import ipywidgets as w

    look = charts.explorer_look()
    wide = w.Layout(width=look["chart_width"], min_width=look["controls_least"])
    pictures = {name: w.Image(format="png", layout=wide) for name in _CHARTS}
    outputs = {"answer": w.HTML(), **pictures}
    offered = [hand.products.product(name) for name in bases(hand.study)]
    editions = [
        (one.raw["plan"]["label"][lang], one.raw["plan"]["edition"][lang])
        for one in offered
        if one.historical
    ]
    notes = [text_of(f"explorer.{name}", lang) for name in ("premium_note", "price_note")]
    notes.append(historical_of(editions, lang))
    notice = w.HTML(
        "".join(f"<p style='{_LINES}'><small>{escape(one)}</small></p>" for one in notes if one)
    )
    first = recommended_plan(hand)
    opens = text_of("explorer.no_opening", lang)
    if first is not None:
        plan = plan_of(hand, first)
        name = in_short(getattr(plan.label, lang), plan.endorsements, lang)
        opens = text_of("explorer.opening", lang, plan=name)
    left = w.VBox(
        [
            w.HTML(f"<p class='opens-on' style='{_LINES}'>{escape(opens)}</p>"),
            *controls.values(),
            notice,
        ],
        layout=w.Layout(flex=look["controls_width"], min_width=look["controls_least"]),
    )
    right = w.VBox(
        [outputs["answer"], w.HBox(list(pictures.values()), layout=w.Layout(flex_flow="row wrap"))],
        layout=w.Layout(flex=look["answer_width"], min_width=look["answer_least"]),
    )
    # Side by side where there is room, one above the other on a phone.
    both = w.HBox([left, right], layout=w.Layout(flex_flow="row wrap"))
    heading = escape(text_of("explorer.heading", lang))
    intro = escape(text_of("explorer.intro", lang))
    whole = w.VBox([w.HTML(f"<h2>{heading}</h2><p style='{_LINES}'>{intro}</p>"), both])
    return Explorer(whole, controls, outputs, hand, first)


# Lines of running text, which widgets set as far apart as their controls.
_LINES = "line-height:1.5;margin:0 0 .6em"

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
    _offer(at["endorsements"], bool(offered))
    _offer(at["deductible"], "deductible" in source.contract)
    deductible = None if at["deductible"].disabled else int(at["deductible"].value)
    try:
        steps = steps_of(
            made.live,
            vary_plan(base, tuple(at["endorsements"].value), deductible, made.live.products),
        )
    except ExposureError as error:
        return _bold_lines(error.lines(lang))
    limits = [(format_yen(step.headline_limit, lang), step.id) for step in steps.plans]
    start = format_yen(plan_of(made.live, base).headline_limit, lang)
    shown = [name for name, _ in limits]
    before = at["limit"].label if at["limit"].label in shown else start
    at["limit"].options = limits
    wanted = shown.index(before) if before in shown else len(limits) // 2
    at["limit"].value = limits[wanted][1]
    return ""


def _offer(control: Any, there: bool) -> None:
    """Show a control only where the product has what it chooses."""
    control.disabled = not there
    control.layout.display = None if there else "none"


def _try_premium(made: Explorer, lang: Lang) -> str:
    """Take the premium typed for the plan, none for the study's; say what is wrong with it."""
    plan, typed = made.controls["limit"].value, made.controls["premium"].value.strip()
    if not typed:
        made.tried.pop(plan, None)
        return ""
    try:
        made.tried[plan] = whole_number(typed, fields("plan")["premium"])
    except RuleError as error:
        problem = Problem(text_of("explorer.premium_tried", lang), "", error.text, typed)
        return _bold_lines(DataError([problem]).lines(lang))
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
        made.outputs["answer"].value = _bold_lines(error.lines(lang))
        return
    regime = made.controls["regime"].value
    made.outputs["answer"].value = _answer(found, regime, lang)
    premium = found.figures(regime).premium
    made.controls["premium"].placeholder = (
        ""
        if premium.amount is None
        else f"{premium.amount:,.0f} ({basis_name(premium.basis, lang)})"
    )
    drawn = _of_plan(found)
    for name, draw in _CHARTS.items():
        axes = draw(drawn, regime, lang=lang, key=False)
        if name == "by_limit":
            _mark_limit(axes, found, regime)
        made.outputs[name].value = charts.to_png(axes, dpi=charts.explorer_look()["dpi"])


def _mark_limit(axes: Any, found: Answer, regime: str) -> None:
    """Ring the limit that the controls say on the chart of all limits."""
    steps = (step for one in found.result.regimes[regime].ladders for step in one.steps)
    for step in steps:
        if step.plan == found.plan:
            axes.plot([step.limit], [step.share_paid.value], **charts.explorer_look()["chosen"])


def _of_plan(found: Answer) -> Result:
    """Return the result as charts draw it: of the plan the controls say, whatever is best."""
    regimes = {
        name: replace(
            view,
            plans=[found.figures(name)],
            recommendation=replace(
                view.recommendation,
                plan=found.plan,
                best_on_market=found.plan,
                alternatives=[],
                ties=[],
            ),
        )
        for name, view in found.result.regimes.items()
    }
    return replace(found.result, regimes=regimes)


_Line = tuple[str, Callable[[RegimeResult, PlanResult], Cell]]


def _lines(lang: Lang) -> list[_Line]:
    """Return what is said of a plan under every view: words, and where the figure is."""
    return [
        (text_of("candidates.share", lang), lambda _, plan: share_cell(plan.share_paid, lang)),
        (text_of("plans.worth", lang), lambda _, plan: yen_cell(plan.worth, lang)),
        (text_of("explorer.premium", lang), lambda _, plan: _premium(plan, lang)),
        (text_of("explorer.net", lang), lambda _, plan: _net(plan, lang)),
        (
            text_of("trial.total", lang),
            lambda _, plan: amount_cell(
                None if plan.total_cost is None else plan.total_cost.value, lang
            ),
        ),
        (text_of("explorer.rank", lang), _rank),
        (
            text_of("explorer.event", lang),
            lambda view, _: yen_cell(view.ground_up.event.mean, lang),
        ),
        (
            text_of("answer.tile.large", lang),
            lambda view, _: yen_cell(view.ground_up.event.quantiles.get("0.99"), lang),
        ),
        (text_of("explorer.paid", lang), lambda _, plan: yen_cell(plan.paid.annual.mean, lang)),
        (
            text_of("explorer.stays", lang),
            lambda _, plan: yen_cell(plan.retained.annual.mean, lang),
        ),
        (
            text_of("plans.funds", lang),
            lambda _, plan: years_cell(plan.own_funds_return_period, lang),
        ),
    ]


def _premium(plan: PlanResult, lang: Lang) -> Cell:
    """Return the premium with where it is from."""
    cell = amount_cell(plan.premium.amount, lang)
    return replace(cell, note=basis_name(plan.premium.basis, lang))


def _rank(view: RegimeResult, plan: PlanResult) -> Cell:
    """Return the place of a plan among the limits of its product, by what they cost in total."""
    costs = [one.total_cost.value for one in view.plans if one.total_cost is not None]
    known = [cost for cost in costs if cost is not None]
    own = None if plan.total_cost is None else plan.total_cost.value
    if own is None:
        return Cell(DASH)
    return Cell(f"{1 + sum(cost < own for cost in known)} / {len(known)}")


def _net(plan: PlanResult, lang: Lang) -> Cell:
    """Return what the plan is worth beyond its premium."""
    worth, premium = plan.worth.value, plan.premium.amount
    return amount_cell(None if worth is None or premium is None else worth - premium, lang)


def _answer(found: Answer, shown: str, lang: Lang) -> str:
    """Return the figures of the plan under every view, the one of the charts in bold."""
    views = found.result.regimes
    named = [escape(label("regime", name, lang)) for name in views]
    heads = "".join(f"<th style='text-align:left;padding-right:1.5em'>{one}</th>" for one in named)
    rows = []
    for name, cell_of in _lines(lang):
        cells = []
        for regime, view in views.items():
            cell = cell_of(view, found.figures(regime))
            strength = "b" if regime == shown else "span"
            note = (
                f" <small style='white-space:nowrap'>{escape(cell.note)}</small>"
                if cell.note
                else ""
            )
            cells.append(
                f"<td style='padding-right:1.5em'>"
                f"<{strength}>{escape(cell.text)}</{strength}>{note}</td>"
            )
        rows.append(
            "<tr><th style='text-align:left;padding-right:1.5em;font-weight:400'>"
            f"{escape(name)}</th>{''.join(cells)}</tr>"
        )
    plan = found.figures(shown)
    statement = escape(found.result.recommendation.statement.say(lang))
    product = escape(text_of("explorer.of_product", lang))
    return (
        f"<h3 class='share-paid' data-value='{plan.share_paid.value!r}'>"
        f"{escape(name_of(plan, lang))}: {escape(text_of('candidates.share', lang))} "
        f"{escape(print_percent(plan.share_paid.value))}</h3>"
        f"<p>{product}<b>{statement}</b></p>"
        f"<table style='line-height:1.5'><tr><th></th>{heads}</tr>{''.join(rows)}</table>"
    )


def _bold_lines(lines: list[str]) -> str:
    return "".join(f"<p><b>{escape(line)}</b></p>" for line in lines)
