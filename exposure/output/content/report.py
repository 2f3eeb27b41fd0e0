"""The whole report, section by section, from the content of ``result.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import labels
from exposure.output.charts.style import plan_colour, plan_ids
from exposure.output.content.answer import answer, client_facts
from exposure.output.content.assumptions import judgements, sourced, sources
from exposure.output.content.blocks import Block, Heading, Prose, Report, Section
from exposure.output.content.cover import cover_end
from exposure.output.content.incidents import incidents
from exposure.output.content.losses import breakdown, losses, sizes
from exposure.output.content.market import market
from exposure.output.content.plans import plans, unpaid
from exposure.output.content.sensitivity import sensitivity, sizing
from exposure.output.content.terms import readings, terms
from exposure.output.content.words import historical, text_of
from exposure.output.printed import print_probability


def report_of(result: Mapping[str, Any], lang: Lang = "ja") -> Report:
    """Return everything the report of a result says (報告書の内容).

    Parameters
    ----------
    result : mapping
        Content of ``result.json``. What it does not hold is left out, with a sentence where a
        reader would look for it.
    lang : {"ja", "en"}
        Language.

    Examples
    --------
    >>> import json
    >>> result = json.loads(open("tests/data/result_sample.json").read())  # doctest: +SKIP
    >>> report_of(result).sections[0].heading  # doctest: +SKIP
    '結論'
    """
    regimes = [name for name in labels("regime") if name in result["regimes"]]
    sections = (
        answer(result, regimes, lang),
        losses(result, regimes, lang),
        breakdown(result, regimes, lang),
        sizes(result, regimes, lang),
        plans(result, regimes, lang),
        unpaid(result, regimes, lang),
        cover_end(result, regimes, lang),
        market(result, lang),
        sizing(result, lang),
        sensitivity(result, regimes, lang),
        incidents(result, regimes, lang),
        terms(result, lang),
        readings(result, lang),
        judgements(result, lang),
        sourced(result, lang),
        sources(result, lang),
        _method(result, regimes, lang),
    )
    return Report(
        lang=lang,
        title=text_of("title", lang),
        subject=str(result["client"].get("name") or result["study"]["name"]),
        facts=client_facts(result["client"], lang),
        sections=tuple(section for section in sections if section is not None),
        colours=tuple(plan_colour(result, plan) for plan in plan_ids(result)),
        notice=historical(result, lang),
    )


def _method(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section:
    """Return the method in half a page, and how to get the same figures again (方法)."""
    study = result["study"]
    empty = max(result["regimes"][r]["frequency"]["probability_of_no_event"] for r in regimes)
    years = f"{study['loss_years']:,}"
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
                seed=study["seed"],
                n=years,
                hash=study["inputs_sha256"],
                **study["versions"],
            ),
            "code",
        ),
        Prose(text_of("reproduce.how", lang)),
    ]
    return Section("method", text_of("method.heading", lang), tuple(parts))
