"""What real claims are paid, and the arithmetic of it line by line (支払保険金)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.content.blocks import Block, Cell, Heading, Prose, Row, Table, columns
from exposure.output.content.words import text_of
from exposure.output.printed import DASH
from exposure.policy.phrases import named, yen

if TYPE_CHECKING:
    from exposure.policy.claims import CaseAnswer, PremiumAnswer
    from exposure.policy.explain_lines import CaseExplanation, IncidentExplanation, Line
    from exposure.policy.plans import Plan


def payouts(
    answers: Sequence[CaseAnswer | PremiumAnswer],
    lang: Lang,
    plans: Mapping[str, Plan] | None = None,
) -> Iterator[Block]:
    """Yield what each case is paid: loss, payment by section, total, unpaid (支払額の一覧).

    Parameters
    ----------
    answers : sequence
    lang : {"ja", "en"}
        Language.
    plans : mapping of str to Plan, optional
        By case; their covers have the names of the policy file.
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
        yield Prose(f"  {named(reason, 'reason').say(lang)}: {yen(amount).say(lang)}")
    yield Prose("")


def _line(line: Line, lang: Lang) -> str:
    indent = "  " * (line.depth + (0 if line.kind == "title" else 1))
    text = line.text.say(lang)
    if line.kind == "title":
        text = text_of("explain.title", lang, words=text)
    return f"{indent}{text}" + (f"  〔{line.clause}〕" if line.clause else "")
