"""What wordings say, and what real claims are paid (約款の内容・支払保険金)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,  # Any: plain data of the catalogue
)

from exposure.amounts import format_yen, share_text
from exposure.errors import Lang
from exposure.labels import label, sentence
from exposure.output.content.blocks import Block, Cell, Heading, Prose, Row, Table, columns
from exposure.output.content.words import join, known, opened, text_of, view_name
from exposure.output.printed import DASH
from exposure.policy.description import Row as FigureRow
from exposure.policy.phrases import heads, label_of, yen

if TYPE_CHECKING:
    from exposure.policy.cases import CaseAnswer, PremiumAnswer
    from exposure.policy.description import CoverSheet, PlanSheet
    from exposure.policy.explanation import CaseExplanation, IncidentExplanation, Line
    from exposure.policy.plan import Plan
    from exposure.study.cover import UncoveredHeads
    from exposure.study.incidents import Proof


def payouts(
    answers: Sequence[CaseAnswer | PremiumAnswer],
    lang: Lang,
    plans: Mapping[str, Plan] | None = None,
) -> Iterator[Block]:
    """Yield what each case is paid: loss, payment by section, total, unpaid (支払額の一覧).

    ``plans`` are by case; their covers have the names of the policy file.
    """
    rows: list[Row] = []
    for answer in answers:
        if "incidents" in answer:
            rows += _rows(answer, lang, (plans or {}).get(answer["id"]))
        else:
            yield Prose(_premium_line(answer, lang))
    names = ("case", "incident", "loss", "sections", "paid", "retained")
    headings = columns(*(text_of(f"payout.{name}", lang) for name in names), numeric=(2, 4, 5))
    if rows:
        yield Table("", headings, tuple(rows))


def _premium_line(answer: PremiumAnswer, lang: Lang) -> str:
    amount = answer["premium"]
    shown = yen(amount).say(lang) if amount is not None else label("term", "basis.on_enquiry", lang)
    return f"{answer['id']}: {label('term', 'premium', lang)} {shown}"


def _rows(answer: CaseAnswer, lang: Lang, plan: Plan | None) -> Iterator[Row]:
    def cover(name: str) -> str:
        return name if plan is None else plan.wording.cover[name].label.say(lang)

    def row(case: str, incident: str, parts: str, paid: int, unpaid: int) -> Row:
        amounts = f"{paid + unpaid:,}", parts, f"{paid:,}", f"{unpaid:,}"
        return Row(tuple(map(Cell, (case, incident, *amounts))))

    for number, incident in enumerate(answer["incidents"], start=1):
        parts = [
            f"{cover(name)} {amounts['paid']:,}"
            for name, amounts in incident["sections"].items()
            if amounts["paid"]
        ]
        case = answer["id"] if number == 1 else ""
        words = "\n".join(parts) or DASH
        yield row(case, str(number), words, incident["total"], incident["uninsured"])
    if len(answer["incidents"]) > 1:
        yield row("", text_of("payout.all", lang), "", answer["total"], answer["uninsured"])


def explanation(case: CaseExplanation, lang: Lang) -> Iterator[Block]:
    """Yield the arithmetic of one case (支払保険金の計算過程)."""
    yield Heading(text_of("explain.case", lang, id=case.id, plan=case.plan.say(lang)))
    for incident in case.incidents:
        if len(case.incidents) > 1:
            yield Prose(text_of("explain.incident", lang, n=incident.number))
        yield from arithmetic(incident, lang)
    if len(case.incidents) > 1:
        yield Heading(text_of("explain.whole", lang, amount=yen(case.total).say(lang)))
        yield Prose("")


def arithmetic(incident: IncidentExplanation, lang: Lang) -> Iterator[Block]:
    """Yield the arithmetic of one incident: losses, covers, what is unpaid and why."""
    if incident.losses:
        losses = text_of("explain.losses", lang)
        yield Prose(text_of("explain.title", lang, words=losses))
    for line in incident.losses:
        yield Prose(f"  {line.text.say(lang)}")
    for line in incident.lines:
        yield Prose(_line(line, lang))
    yield Heading(text_of("explain.total", lang, amount=yen(incident.total).say(lang)))
    unpaid = {reason: amount for reason, amount in incident.unpaid.items() if amount}
    if unpaid:
        yield Prose(text_of("explain.unpaid", lang))
    for reason, amount in unpaid.items():
        yield Prose(f"  {label_of(reason, 'reason').say(lang)}: {yen(amount).say(lang)}")
    yield Prose("")


def _line(line: Line, lang: Lang) -> str:
    indent = "  " * (line.depth + (0 if line.kind == "title" else 1))
    text = line.text.say(lang)
    if line.kind == "title":
        text = text_of("explain.title", lang, words=text)
    return f"{indent}{text}" + (f"  〔{line.clause}〕" if line.clause else "")


# --- the catalogue -------------------------------------------------------------------------------


def catalogue(entries: Iterable[Mapping[str, Any]], lang: Lang) -> Iterator[Block]:
    """Yield the catalogue of plans (保険プランの一覧)."""
    for entry in entries:
        yield Heading(entry["product"], entry["label"][lang])
        if entry["blanks"]:
            yield _under(text_of("catalogue.blanks", lang, n=len(entry["blanks"])))
        source = text_of("catalogue.source", lang, source=entry["source"])
        yield _under(f"{entry['insurer'][lang]}  {entry['edition'][lang]}  {source}")
        if entry["note"]:
            yield Prose(f"  {entry['note'][lang]}", "small")
        if entry["patterns"]:
            names = ", ".join(f"{entry['product']}/{name}" for name in entry["patterns"])
            yield _under(f"{label('term', 'pattern', lang)}: {names}")
        for title, choices in (
            (text_of("catalogue.must", lang), [c for c in entry["contract"] if c["required"]]),
            (text_of("catalogue.may", lang), [c for c in entry["contract"] if not c["required"]]),
            (label("term", "endorsements", lang), entry["endorsements"]),
        ):
            if choices:
                yield _under(f"{title}:")
            for choice in choices:
                yield Prose(f"    {_choice(choice, lang)}")
        others = ", ".join(
            f"@reading.{code}={name}"
            for code, names in entry["readings"].items()
            for name in names[1:]
        )
        if others:
            yield _under(f"{text_of('catalogue.readings', lang)}: {others}")
        yield Prose("")


def _under(words: str) -> Prose:
    return Prose(f"  {words}")


def _choice(choice: Mapping[str, Any], lang: Lang) -> str:
    """Say how a choice is written, what it is, and the clause that leaves it open."""
    is_rider = choice["kind"] == "flag"
    sign = f"+{choice['name']}" if is_rider else f"@{choice['name']}=…"
    detail = choice["label"][lang]
    if is_rider and choice["default"]:
        sign = f"@{choice['name']}=false"
        detail += text_of("catalogue.attached", lang)
    if choice["values"]:
        detail += f" ({', '.join(map(str, choice['values']))})"
    return f"{sign:<32} {detail}  〔{choice['clause']}〕"


# --- one plan ------------------------------------------------------------------------------------


def plan_sheet(sheet: PlanSheet, lang: Lang) -> Iterator[Block]:
    """Yield the terms of a plan, each with its clause (プランの条件)."""
    yield Heading(sheet.label.say(lang), sheet.id)
    clause = f"  〔{sheet.clause}〕" if sheet.clause else ""
    yield Prose(f"{sheet.insurer.say(lang)}  {sheet.edition.say(lang)}{clause}")
    kept_as_text = sheet.clause.startswith("L")  # clauses are then lines of the brochure
    source = "wording.source.lines" if kept_as_text else "wording.source"
    yield Prose(text_of(source, lang, source=sheet.source))
    if sheet.note is not None:
        yield Prose(sheet.note.say(lang), "small")
    for title, rows in (
        (text_of("wording.blanks", lang), sheet.blanks),
        (text_of("wording.open", lang), sheet.open_choices),
        (text_of("wording.chosen", lang), sheet.chosen),
        (label("term", "endorsements", lang), sheet.options),
        (text_of("wording.whole", lang), sheet.figures),
    ):
        if rows:
            yield _table(title, rows, lang)
    for cover in sheet.covers:
        yield _cover(cover, lang)
    if sheet.premium:
        yield _table(label("term", "premium", lang), sheet.premium, lang)
    if sheet.readings:
        yield _readings(sheet, lang)


def _table(caption: str, rows: Iterable[FigureRow], lang: Lang, *more: Row) -> Table:
    """Return terms with what each says and its clause."""
    names = (text_of(f"wording.{name}", lang) for name in ("term", "says", "clause"))
    lines = (_cells(row.name.say(lang), _says(row, lang), row.clause) for row in rows)
    return Table(caption, columns(*names), (*lines, *more))


def _says(row: FigureRow, lang: Lang) -> str:
    if row.amount is None:
        return row.value.say(lang)
    return sentence("wording", "share.amount", lang, said=row.value, amount=row.amount)


def _cells(*words: str) -> Row:
    return Row(tuple(map(Cell, words)))


def _cover(cover: CoverSheet, lang: Lang) -> Table:
    mark = "■" if cover.depth == 1 else "└" + "─" * (cover.depth - 2)
    title = f"{mark} {cover.label.say(lang)} ({cover.name})"
    if not cover.attached:
        title += text_of("wording.detached", lang)
    taken = FigureRow("heads", label_of("heads", "term"), heads(cover.heads), cover.clause)
    excluded = label("term", "exclude", lang)
    exclusions = []
    for number, row in enumerate(cover.exclusions):
        words = row.name.say(lang)
        if row.value.ja:
            words += text_of("wording.unless", lang, words=row.value.say(lang))
        exclusions.append(_cells("" if number else excluded, words, row.clause))
    first = [taken] if cover.heads else []
    return _table(title, (*first, *cover.figures, *cover.conditions), lang, *exclusions)


def _readings(sheet: PlanSheet, lang: Lang) -> Table:
    lines = []
    for row in sheet.readings:
        words = f"{row.name.say(lang)} → {row.value.say(lang)}"
        for other in sheet.alternatives.get(row.key, ()):
            also = text_of("wording.or_else", lang)
            words += f"\n  {also}: {other.name.say(lang)}  {other.value.say(lang)}"
        lines.append(_cells(row.key, words, row.clause))
    names = (text_of(name, lang) for name in ("readings.code", "wording.reading", "wording.clause"))
    return Table(text_of("readings.heading", lang), columns(*names), tuple(lines))


# --- what it leaves out, and what it pays --------------------------------------------------------


def proof_sheet(proof: Proof, lang: Lang) -> Iterator[Block]:
    """Yield what a wording leaves out and one payment worked (補償しない費目と支払いの例)."""
    if proof.uncovered.heads:
        yield _uncovered(proof.uncovered, lang)
    else:
        yield Prose(opened(text_of("uncovered.none", lang)))
    if proof.worked is None:
        keys = ", ".join(f"@{name}=…" for name in proof.missing)
        name = "uncovered.choose" if keys else "uncovered.template"
        yield Prose(text_of(name, lang, keys=keys))
        return
    yield Heading(
        text_of(
            "uncovered.worked",
            lang,
            plan=proof.plan.label.say(lang),
            n=f"{proof.breach.records:,}",
            view=view_name(proof.breach.regime, lang),
            one_in=proof.one_in,
        )
    )
    yield from arithmetic(proof.worked, lang)


def _uncovered(found: UncoveredHeads, lang: Lang) -> Table:
    rows = []
    for head in found.heads:
        name = known("head", head, lang)
        if head in found.options:
            riders = ", ".join(f"+{option}" for option in found.options[head])
            name += text_of("uncovered.with", lang, riders=riders)
        amounts = [format_yen(one.mean.get(head, 0.0), lang) for one in found.losses]
        parts = [share_text(one.share([head])).say(lang) for one in found.losses]
        rows.append(_cells(name, *map("{} ({})".format, amounts, parts)))
    whole = (share_text(one.share(found.heads)).say(lang) for one in found.losses)
    rows.append(_cells(text_of("payout.all", lang), *whole))
    sizes = [
        text_of("uncovered.at", lang, n=f"{one.records:,}", view=view_name(one.regime, lang))
        for one in found.losses
    ]
    headings = columns(text_of("uncovered.head", lang), *sizes, numeric=range(1, len(sizes) + 1))
    return Table(text_of("uncovered.title", lang), headings, tuple(rows))


def uncovered_line(found: UncoveredHeads, lang: Lang) -> str:
    """Say in one line which heads no cover takes and what share they are (補償しない費目)."""
    if not found.heads:
        return text_of("uncovered.none", lang)
    shares = {
        regime: " / ".join(
            share_text(one.share(found.heads)).say(lang)
            for one in found.losses
            if one.regime == regime
        )
        for regime in dict.fromkeys(one.regime for one in found.losses)
    }
    counts = dict.fromkeys(one.records for one in found.losses)
    return text_of(
        "uncovered.line",
        lang,
        heads=join([known("head", head, lang) for head in found.heads], lang),
        records=" / ".join(f"{count:,}" for count in counts),
        shares=join([f"{view_name(view, lang)} {p}" for view, p in shares.items()], lang),
    )


def disputes(worth: Mapping[str, Sequence[Mapping[str, object]]], lang: Lang) -> Table:
    """Return what each other reading would pay more or less in a year (解釈の争いの値打ち).

    ``worth`` is by regime, as `exposure.study.cover.disputes_of` gives it.
    """
    rows = []
    for lines in zip(*worth.values(), strict=True):  # one reading, regime by regime
        words = lines[0]["alternative"]
        assert isinstance(words, Mapping)  # both languages
        amounts = [_signed(line["worth"], lang) for line in lines]
        reading = f"@reading.{lines[0]['code']}={lines[0]['name']}"
        rows.append(_cells(f"{reading}  {words[lang]}", *amounts))
    if not rows:
        rows.append(_cells(text_of("disputes.none", lang)))
    headings = columns(
        text_of("wording.or_else", lang),
        *(view_name(regime, lang) for regime in worth),
        numeric=range(1, len(worth) + 1),
    )
    return Table(text_of("disputes.title", lang), headings, tuple(rows))


def _signed(amount: object, lang: Lang) -> str:
    assert isinstance(amount, float)  # yen a year
    return ("+" if amount > 0 else "") + format_yen(amount, lang)
