"""The validation of the model as a report: what `exposure.validation` found (検証報告書)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any  # Any: a document read from JSON

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Prose,
    Report,
    Row,
    Section,
    Table,
)
from exposure.output.content.words import view_name

_DIGITS = 4  # significant, of a figure that is no amount

_LEVELS = 3  # significant, of an amount

# Columns of words; all others hold numbers.
_REGIMES = ("brochure", "court")

_WORDS = (
    "what", "detail", "section", "sales", "growth", "regime", "mix", "statistic", "inside",
    "source",
)  # fmt: skip


def validation_report(document: Mapping[str, Any], lang: Lang = "ja") -> Report:
    """Return everything the validation report says (検証報告書の内容).

    Examples
    --------
    >>> report = validation_report(
    ...     {"version": "1", "profile": "fast", "seed": 1, "summary": {}, "checks": [], "use": [],
    ...      "back_tests": [], "level": [], "fitted": [], "sanity": {"rows": [], "facts": []},
    ...      "repeated": [], "mixes": {"records": 1, "rows": []}}, "en"
    ... )
    >>> [section.name for section in report.sections][:3]
    ['use', 'summary', 'by_test']
    """
    say = _Words(lang)
    parts = [name for name in labels("validation") if name in document["summary"]]
    counts = [(name, document["summary"][name]) for name in parts]
    full = " --full" if document["profile"] == "full" else ""
    command = f"exposure validate{full} --seed {document['seed']}"
    mixes, sanity = document["mixes"], document["sanity"]
    notes = tuple(
        f"{row['label'][lang]}: {row['note'][lang]}"
        for row in mixes["rows"]
        if row["regime"] == "brochure"
    )
    sections = [
        say.section(
            "use", Prose(say("intro")), Bullets(tuple(words[lang] for words in document["use"]))
        ),
        Section(
            "summary",
            say("passed"),
            (
                say.table(
                    ("section", "passed"),
                    [[say(name), f"{n['inside']} / {n['checks']}"] for name, n in counts],
                ),
            ),
            part="answer",
        ),
        say.section("by_test", *_back_tests(document["back_tests"], say)),
        say.section("level", _level(document["level"], say)),
        say.section("fitted", _fitted(document["fitted"], say)),
        say.section(
            "sanity",
            say.table(
                ("records", "regime", "events", "median", "tail", "annual"),
                [[number(r["records"]), *_losses(r, say)] for r in sanity["rows"]],
            ),
            Heading(say("facts")),
            Bullets(tuple(fact[lang] for fact in sanity["facts"])),
        ),
        say.section(
            "mixes",
            Prose(f"{say('records')}: {number(mixes['records'])}", "small"),
            say.table(
                ("mix", "regime", "events", "median", "tail", "annual"),
                [[_mix(r, say), *_losses(r, say)] for r in mixes["rows"]],
            ),
            Bullets(notes),
        ),
        *(
            say.section(name, _repeated(document["repeated"], say))
            if name == "repeated"
            else say.section(name, _checks(document["checks"], name, say))
            for name in parts
            if name != "back_test"
        ),
        say.section("reproduce", Prose(f"{command} (exposure {document['version']})", "code")),
    ]
    return Report(lang, say("title"), "", (), tuple(sections))


class _Words:
    """The words of the report in one language, and its tables."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def __call__(self, name: str) -> str:
        return label("validation", name, self.lang)

    def yen(self, amount: float) -> str:
        """Return an amount as people read it."""
        return format_yen(amount, self.lang, _LEVELS)

    def verdict(self, inside: bool) -> str:
        """Say whether a figure lies inside its range."""
        return self("yes" if inside else "no")

    def section(self, name: str, *blocks: Block) -> Section:
        """Return a section under its label, its note first where it has one."""
        note = f"{name}_note"
        first = (Prose(self(note)),) if note in labels("validation") else ()
        return Section(name, self(name), (*first, *blocks), part="answer")

    def table(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[str | Cell]],
        inside: Sequence[bool] = (),
    ) -> Table:
        """Return a table with these columns; rows that are not inside stand out."""
        marks = inside or [True] * len(rows)
        lines = (
            Row(tuple(c if isinstance(c, Cell) else Cell(c) for c in row), marked=not is_inside)
            for row, is_inside in zip(rows, marks, strict=True)
        )
        heads = tuple(
            Column(
                view_name(name, self.lang) if name in _REGIMES else self(name),
                numeric=place > 0 and name not in _WORDS,
            )
            for place, name in enumerate(names)
        )
        return Table("", heads, tuple(lines), small=True)


def _back_tests(tests: Sequence[Mapping[str, Any]], say: _Words) -> list[Block]:
    """Return each test with its criterion and its parts."""
    blocks: list[Block] = []
    for test in tests:
        power = "" if test["has_power"] else f" · {say('no_power')}"
        counted = say("is_counted" if test["counted"] else "not_counted")
        scaled = _times(test["scaling"]) if test["scaling"] else say("no_scaling")
        parts = test["parts"]
        blocks += [
            Heading(test["title"][say.lang]),
            Bullets(
                (
                    f"{say('status')}: {say('status_' + test['status'])}{power} · {counted}",
                    f"{say('criterion')}: {test['criterion'][say.lang]}",
                    f"{say('scaling')}: {test['quantity'][say.lang]} {scaled}",
                    f"{say('inside')}: {say.verdict(test['inside'])}",
                )
            ),
            say.table(
                ("detail", "observed", "expected", "range", "scaling", "inside", "source"),
                [
                    (
                        check["detail"],
                        *_measured(check),
                        _times(check["scaling"]),
                        say.verdict(check["inside"]),
                        check["source"],
                    )
                    for check in parts
                ],
                [check["inside"] for check in parts],
            ),
        ]
        if test["note"][say.lang]:
            blocks.append(Prose(test["note"][say.lang], "small"))
    return blocks


def _checks(checks: Sequence[Mapping[str, Any]], section: str, say: _Words) -> Table:
    own = [check for check in checks if check["section"] == section]
    return say.table(
        ("what", "detail", "observed", "expected", "range", "inside", "source"),
        [
            (
                check["title"][say.lang],
                check["detail"],
                *_measured(check),
                say.verdict(check["inside"]),
                check["source"],
            )
            for check in own
        ],
        [check["inside"] for check in own],
    )


def _measured(check: Mapping[str, Any]) -> list[str]:
    """Return figure, expectation and range of a check."""
    return [
        number(check["observed"]),
        number(check["expected"]),
        _range(check["low"], check["high"]),
    ]


def _level(rows: Sequence[Mapping[str, Any]], say: _Words) -> Table:
    lines = [
        [row["label"][say.lang], number(row["exponent"]), str(row["rows"])]
        + [number(row[name]) for name in (*_REGIMES, "mean")]
        + [_range(row["least"], row["most"])]
        for row in rows
    ]
    return say.table(("sales", "growth", "premiums", *_REGIMES, "both", "single"), lines)


def _fitted(rows: Sequence[Mapping[str, Any]], say: _Words) -> Table:
    lines = [
        [
            row["label"][say.lang],
            f"{number(row['median'])} ({_range(row['low'], row['high'])})",
            number(row["used"]),
        ]
        for row in rows
    ]
    return say.table(("what", "posterior", "used"), lines)


def _mix(row: Mapping[str, Any], say: _Words) -> Cell:
    return Cell(row["label"][say.lang], tag=say("default") if row["default"] else "")


def _losses(row: Mapping[str, Any], say: _Words) -> list[str]:
    """Return view, rate and losses of a row of the tables by records and by mix."""
    amounts = (row["event"]["0.5"], row["event"]["0.99"], row["annual_mean"])
    rate = number(row["events_per_year"])
    return [view_name(row["regime"], say.lang), rate, *map(say.yen, amounts)]


def _repeated(rows: Sequence[Mapping[str, Any]], say: _Words) -> Table:
    lines = []
    for row in rows:
        truth = "–"
        if row["truth"] is not None:
            is_share = row["statistic"] == "adequacy"
            truth = percent(row["truth"]) if is_share else say.yen(row["truth"])
        held = row["covered"]
        lines.append(
            [
                row["title"][say.lang],
                number(row["records"]),
                view_name(row["regime"], say.lang),
                truth,
                percent(row["nominal"]),
                f"{percent(held['value'])} ({percent(held['low'])} – {percent(held['high'])})",
                number(row["repeats"]),
                f"{number(row['loss_years'])} ({number(row['truth_years'])})",
                say.verdict(row["inside"]),
            ]
        )
    names = (
        "statistic", "records", "regime", "truth", "nominal", "covered", "repeats", "years",
        "inside",
    )  # fmt: skip
    return say.table(names, lines, [row["inside"] for row in rows])


def _range(low: float | None, high: float | None) -> str:
    return f"{number(low)} – {number(high)}"


def _times(factors: Sequence[float]) -> str:
    return f"× {_range(factors[0], factors[1])}"


def percent(share: float) -> str:
    """Return a counted share as people read it.

    Examples
    --------
    >>> percent(0.8975)
    '89.8%'
    """
    return f"{share:.1%}"


def number(value: float | None) -> str:
    """Return a figure as people read it.

    Examples
    --------
    >>> number(12949.3), number(0.92961), number(None)
    ('12,949', '0.9296', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    shown = f"{value:.{_DIGITS}g}"
    many = float(shown).is_integer() and len(f"{abs(value):.0f}") >= _DIGITS
    return f"{value:,.0f}" if many else shown
