"""The whole report, section by section: the two pages, the annex, and what the workbook adds."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Lang
from exposure.output.charts.style import views_of
from exposure.output.content.blocks import Block, Heading, Prose, Report, Section
from exposure.output.content.evidence import (
    all_judgements,
    assumption_section,
    judgements,
    market,
    sources,
)
from exposure.output.content.first_page import answer, client_facts
from exposure.output.content.loss_section import (
    all_levels,
    breakdown,
    breakdown_tables,
    losses,
    sizes,
)
from exposure.output.content.movements import (
    all_sensitivity,
    convergence,
    sensitivity,
    since,
    sizing,
)
from exposure.output.content.plan_section import (
    all_limits,
    all_plans,
    causes,
    cover_end,
    limits,
    plans,
    unpaid,
)
from exposure.output.content.plan_terms import (
    all_incidents,
    all_readings,
    all_terms,
    incidents,
    readings,
    terms,
)
from exposure.output.content.second_page import grounds
from exposure.output.content.words import historical_of, in_language, join, text_of
from exposure.output.printed import print_probability
from exposure.result.record import Result


def report_of(result: Result, lang: Lang = "ja") -> Report:
    """Return everything the report of a result says (報告書の内容).

    Parameters
    ----------
    result : Result
        A finished study. What it does not hold is left out, with a sentence where a reader would
        look for it.

    Examples
    --------
    >>> import exposure as ex
    >>> study = {"client": {"records": 3000}, "plan": [{"id": "nipponkoa_2006/B"}]}
    >>> made = report_of(ex.run(study, loss_years=200).record)
    >>> [section.name for section in made.sections if section.part == "answer"]
    ['answer', 'grounds']
    """
    regimes = views_of(result)
    sections = (
        answer(result, regimes, lang),
        grounds(result, regimes, lang),
        since(result, regimes, lang),
        losses(result, regimes, lang),
        breakdown(result, regimes, lang),
        plans(result, regimes, lang),
        limits(result, regimes, lang),
        cover_end(result, regimes, lang),
        sensitivity(result, regimes, lang),
        incidents(result, regimes, lang),
        terms(result, lang),
        readings(result, lang),
        judgements(result, lang),
        market(result, lang),
        _method(result, regimes, lang),
        sources(result, lang),
        # The workbook alone: what a client looks up rather than reads.
        all_plans(result, regimes, lang),
        unpaid(result, regimes, lang),
        all_limits(result, regimes, lang),
        all_levels(result, regimes, lang),
        breakdown_tables(result, regimes, lang),
        causes(result, regimes, lang),
        sizes(result, regimes, lang),
        sizing(result, lang),
        all_sensitivity(result, regimes, lang),
        all_incidents(result, regimes, lang),
        all_terms(result, lang),
        all_readings(result, lang),
        all_judgements(result, lang),
        assumption_section(result, lang),
        convergence(result, regimes, lang),
    )
    return Report(
        lang=lang,
        title=text_of("title", lang),
        subject=str(result.client.get("name") or ""),
        facts=client_facts(result, lang),
        sections=tuple(section for section in sections if section is not None),
        notice=notice_of(result, lang),
    )


def notice_of(result: Result, lang: Lang) -> str:
    """Say which plans stand on a historical wording; nothing where none does."""
    old = {p.product for view in result.regimes.values() for p in view.plans if p.historical}
    editions = {
        one.product: (in_language(one.product_label, lang), in_language(one.edition, lang))
        for one in result.terms
        if one.product in old
    }
    if old and not editions:
        return text_of("historical", lang)
    return historical_of(list(editions.values()), lang)


def _method(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the method in half a page, and how to get the same figures again (方法)."""
    study = result.study
    empty = max(result.regimes[r].frequency.probability_of_no_event for r in regimes)
    years = f"{study.loss_years:,}"
    parts: list[Block] = [
        Prose(text_of("method.text", lang, n=years, empty=print_probability(empty, lang))),
        Prose(text_of("method.model", lang)),
        Prose(text_of("method.cost", lang)),
        Prose(text_of("method.outside", lang)),
        Heading(text_of("reproduce.heading", lang)),
        Prose(
            text_of(
                "reproduce.line",
                lang,
                seed=study.seed,
                n=years,
                hash=study.inputs_sha256,
                exposure=study.versions.exposure,
                numpy=study.versions.numpy,
            ),
            "code",
        ),
        Prose(text_of("reproduce.how", lang)),
    ]
    if study.policies:
        own = join([f"{one.product} ({one.sha256})" for one in study.policies], lang)
        parts.append(Prose(text_of("reproduce.policies", lang, listed=own), "code"))
    return Section("method", text_of("method.heading", lang), tuple(parts))
