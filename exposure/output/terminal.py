"""Plans, terms, payments and their arithmetic as text on a terminal.

Prints finished records; works out nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any  # Any: plain data of the catalogue

from exposure.errors import Lang, Text
from exposure.labels import label
from exposure.policy.phrases import heads, named, yen
from exposure.shares import share_text
from exposure.yen import format_yen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from exposure.policy.claims import CaseAnswer, PremiumAnswer
    from exposure.policy.describe import CoverSheet, PlanSheet
    from exposure.policy.explain_lines import CaseExplanation, IncidentExplanation, Line
    from exposure.policy.figures import Row
    from exposure.policy.plans import Plan
    from exposure.study.cover import Uncovered
    from exposure.study.proof import Proof

_NARROWEST = 100


def _console() -> Console:
    """Return a console that neither wraps nor guesses markup when its output is piped."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else _NARROWEST, highlight=False, markup=False)


def _table(*columns: str, title: str = "") -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _say(lang: Lang, ja: str, en: str) -> str:
    return Text(ja, en).say(lang)


# --- payout ------------------------------------------------------------------------------------


def payout_table(
    answers: Sequence[CaseAnswer | PremiumAnswer],
    lang: Lang,
    plans: Mapping[str, Plan] | None = None,
) -> None:
    """Print what each case is paid: loss, payment by section, total, unpaid (支払額の一覧).

    Parameters
    ----------
    answers : sequence
    lang : {"ja", "en"}
    plans : mapping of str to Plan, optional
        By case; their covers have the names of the policy file.
    """
    console = _console()
    table = _table(
        _say(lang, "事例", "case"),
        _say(lang, "事故", "incident"),
        _say(lang, "損害額", "loss"),
        _say(lang, "補償ごとの支払額", "paid by section"),
        _say(lang, "支払額", "paid"),
        _say(lang, "手元に残る損害", "retained"),
    )
    for column in (2, 4, 5):
        table.columns[column].justify = "right"
    for answer in answers:
        if "incidents" in answer:
            _payout_rows(table, answer, lang, (plans or {}).get(answer["id"]))
        else:
            console.print(_premium_line(answer, lang))
    if table.row_count:
        console.print(table)


def _premium_line(answer: PremiumAnswer, lang: Lang) -> str:
    amount = answer["premium"]
    shown = yen(amount).say(lang) if amount is not None else label("term", "basis.on_enquiry", lang)
    return f"{answer['id']}: {label('term', 'premium', lang)} {shown}"


def _payout_rows(table: Table, answer: CaseAnswer, lang: Lang, plan: Plan | None) -> None:
    def cover(name: str) -> str:
        return name if plan is None else plan.wording.cover[name].label.say(lang)

    for number, incident in enumerate(answer["incidents"], start=1):
        parts = [
            f"{cover(name)} {amounts['paid']:,}"
            for name, amounts in incident["sections"].items()
            if amounts["paid"]
        ]
        total, unpaid = incident["total"], incident["uninsured"]
        table.add_row(
            answer["id"] if number == 1 else "",
            str(number),
            f"{total + unpaid:,}",
            "\n".join(parts) or "—",
            f"{total:,}",
            f"{unpaid:,}",
        )
    if len(answer["incidents"]) > 1:
        total, unpaid = answer["total"], answer["uninsured"]
        whole = _say(lang, "計", "all")
        table.add_row("", whole, f"{total + unpaid:,}", "", f"{total:,}", f"{unpaid:,}")


# --- plans -------------------------------------------------------------------------------------


def plans_list(entries: Iterable[Mapping[str, Any]], lang: Lang) -> None:
    """Print the catalogue of plans (保険プランの一覧)."""
    console = _console()
    for entry in entries:
        console.print(f"{entry['product']}  {entry['label'][lang]}", style="bold")
        if entry["blanks"]:
            count = len(entry["blanks"])
            console.print(
                "  "
                + _say(
                    lang,
                    f"ひな形：空欄 {count}か所を調べて埋めるまで試算に使えません",
                    f"template: cannot be used until its {count} blanks are filled in",
                )
            )
        console.print(
            f"  {entry['insurer'][lang]}  {entry['edition'][lang]}  "
            + _say(lang, f"出典 {entry['source']}", f"source {entry['source']}")
        )
        if entry["note"]:
            console.print(f"  {entry['note'][lang]}", style="dim")
        if entry["patterns"]:
            listed = ", ".join(f"{entry['product']}/{name}" for name in entry["patterns"])
            console.print(f"  {label('term', 'pattern', lang)}: {listed}")
        open_terms = [c for c in entry["contract"] if c["required"]]
        other_terms = [c for c in entry["contract"] if not c["required"]]
        _choices(console, open_terms, _say(lang, "必ず選ぶ契約条件", "must be chosen"), lang)
        _choices(console, other_terms, _say(lang, "選べる契約条件", "may be chosen"), lang)
        _choices(console, entry["endorsements"], label("term", "endorsements", lang), lang)
        arguable = [code for code, names in entry["readings"].items() if len(names) > 1]
        if arguable:
            listed = ", ".join(
                f"@reading.{code}={name}"
                for code in arguable
                for name in entry["readings"][code][1:]
            )
            console.print(f"  {_say(lang, '別の解釈', 'other readings')}: {listed}")
        console.print()


def _choices(
    console: Console, choices: Sequence[Mapping[str, Any]], title: str, lang: Lang
) -> None:
    if not choices:
        return
    console.print(f"  {title}:")
    for choice in choices:
        is_rider = choice["kind"] == "flag"
        sign = f"+{choice['name']}" if is_rider else f"@{choice['name']}=…"
        if is_rider and choice["default"]:
            sign = f"@{choice['name']}=false"
        detail = choice["label"][lang]
        if is_rider and choice["default"]:
            detail += _say(lang, "（付帯。外すとき）", " (attached; this leaves it out)")
        if choice["values"]:
            detail += f" ({', '.join(map(str, choice['values']))})"
        console.print(f"    {sign:<32} {detail}  〔{choice['clause']}〕")


# --- show --------------------------------------------------------------------------------------


def plan_sheet(sheet: PlanSheet, lang: Lang) -> None:
    """Print the terms of a plan, each with its clause (プランの条件)."""
    console = _console()
    console.print(f"{sheet.label.say(lang)}  {sheet.id}", style="bold")
    clause = f"  〔{sheet.clause}〕" if sheet.clause else ""
    console.print(f"{sheet.insurer.say(lang)}  {sheet.edition.say(lang)}{clause}")
    meaning = Text("", "")
    if sheet.clause.startswith("L"):  # of a brochure kept as text
        meaning = Text(
            "（L… はその文書の行番号、S-1 などは解釈の符号）",
            " (L… are its lines, S-1 and the like are codes of readings)",
        )
    console.print(_say(lang, "出典 ", "source ") + sheet.source + meaning.say(lang))
    if sheet.note is not None:
        console.print(sheet.note.say(lang), style="dim")
    _rows(console, sheet.blanks, _say(lang, "空欄（調べて書き込む）", "Blank: look up"), lang)
    _rows(
        console, sheet.open_choices, _say(lang, "契約で定める事項（未選択）", "To be chosen"), lang
    )
    _rows(console, sheet.chosen, _say(lang, "契約条件", "Contract terms"), lang)
    _rows(console, sheet.options, label("term", "endorsements", lang), lang)
    whole = _say(lang, "契約全体（合算の限度額）", "Whole plan (shared limit)")
    _rows(console, sheet.figures, whole, lang)
    for cover in sheet.covers:
        _cover(console, cover, lang)
    _rows(console, sheet.premium, label("term", "premium", lang), lang)
    _readings(console, sheet, lang)


def proof_sheet(proof: Proof, lang: Lang) -> None:
    """Print what a wording leaves out and one payment worked (補償しない費目と支払いの例)."""
    console = _console()
    losses, found = proof.uncovered.losses, proof.uncovered
    table = _table(
        _say(lang, "補償しない費目", "head not covered"),
        *(
            _say(
                lang,
                f"{one.records:,}件・{label('regime', one.regime, lang)}",
                f"{one.records:,} records, {label('regime', one.regime, lang)}",
            )
            for one in losses
        ),
        title=_say(
            lang,
            "補償しない費目と、1事故の損害に占める額（平均）",
            "Heads not covered, and what they come to in a mean breach",
        ),
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for head in found.heads:
        name = named(head, "head").say(lang)
        if head in found.options:
            riders = ", ".join(f"+{option}" for option in found.options[head])
            name += _say(lang, f"（{riders} で補償）", f" (covered with {riders})")
        amounts = [format_yen(one.mean.get(head, 0.0), lang) for one in losses]
        parts = [share_text(one.share([head])).say(lang) for one in losses]
        table.add_row(name, *map("{} ({})".format, amounts, parts))
    shares = [share_text(one.share(found.heads)).say(lang) for one in losses]
    table.add_row(_say(lang, "計", "all"), *shares)
    console.print(table)
    if proof.worked is None:
        keys = ", ".join(f"@{name}=…" for name in proof.missing)
        console.print(
            _say(
                lang,
                f"支払いの例は、{keys} を選ぶと示します。",
                f"Choose {keys} to see a worked payment.",
            )
        )
        return
    regime = label("regime", proof.breach.regime, lang)
    title = _say(
        lang,
        f"支払いの例：{proof.plan.label.ja}、保有{proof.breach.records:,}件、{regime}、"
        f"{proof.one_in}件に1件の規模の漏えい（模擬）",
        f"Worked payment: {proof.plan.label.en}, {proof.breach.records:,} records, {regime}, "
        f"a simulated breach that one in {proof.one_in} exceeds",
    )
    console.print(title, style="bold", soft_wrap=True)
    _incident(console, proof.worked, lang)


def uncovered_line(found: Uncovered, lang: Lang) -> str:
    """Say in one line which heads no cover takes and what share they are (補償しない費目)."""
    if not found.heads:
        return _say(lang, "補償しない費目はありません。", "no head is left uncovered.")
    names = _say(lang, "、", ", ").join(named(head, "head").say(lang) for head in found.heads)
    shares = {
        regime: " / ".join(
            share_text(one.share(found.heads)).say(lang)
            for one in found.losses
            if one.regime == regime
        )
        for regime in dict.fromkeys(one.regime for one in found.losses)
    }
    counts = " / ".join(f"{count:,}" for count in dict.fromkeys(o.records for o in found.losses))
    parts = _say(lang, "、", ", ").join(
        f"{label('regime', regime, lang)} {share}" for regime, share in shares.items()
    )
    return _say(
        lang,
        f"補償しない費目: {names}。1事故の損害に占める割合（保有 {counts} 件）は {parts}。",
        f"uncovered: {names}; share of the loss of a breach at {counts} records: {parts}.",
    )


def _rows(console: Console, rows: Sequence[Row], title: str, lang: Lang) -> None:
    if not rows:
        return
    table = _table(
        _say(lang, "項目", "term"),
        _say(lang, "内容", "says"),
        _say(lang, "条項", "clause"),
        title=title,
    )
    for row in rows:
        table.add_row(row.name.say(lang), row.value.say(lang), row.clause)
    console.print(table)


def _cover(console: Console, cover: CoverSheet, lang: Lang) -> None:
    mark = "■" if cover.depth == 1 else "└" + "─" * (cover.depth - 2)
    title = f"{mark} {cover.label.say(lang)} ({cover.name})"
    if not cover.attached:
        title += _say(lang, "【付帯なし】", " [not attached]")
    table = _table(
        _say(lang, "項目", "term"),
        _say(lang, "内容", "says"),
        _say(lang, "条項", "clause"),
        title=title,
    )
    if cover.heads:
        table.add_row(label("term", "heads", lang), heads(cover.heads).say(lang), cover.clause)
    for row in (*cover.figures, *cover.conditions):
        table.add_row(row.name.say(lang), row.value.say(lang), row.clause)
    excluded = label("term", "exclude", lang)
    for number, row in enumerate(cover.exclusions):
        said = row.name.say(lang)
        if row.value.ja:
            said += f"（{row.value.ja}）" if lang == "ja" else f" ({row.value.en})"
        table.add_row(excluded if number == 0 else "", said, row.clause)
    console.print(table)


def _readings(console: Console, sheet: PlanSheet, lang: Lang) -> None:
    if not sheet.readings:
        return
    table = _table(
        _say(lang, "符号", "code"),
        _say(lang, "論点と採用した解釈", "point and reading adopted"),
        _say(lang, "条項", "clause"),
        title=_say(lang, "採用した解釈", "Readings adopted"),
    )
    for row in sheet.readings:
        said = f"{row.name.say(lang)} → {row.value.say(lang)}"
        for other in sheet.alternatives.get(row.key, ()):
            also = _say(lang, "別の解釈", "or else")
            said += f"\n  {also}: {other.name.say(lang)}  {other.value.say(lang)}"
        table.add_row(row.key, said, row.clause)
    console.print(table)


# --- explain -----------------------------------------------------------------------------------


def explanation(case: CaseExplanation, lang: Lang) -> None:
    """Print the arithmetic of one case (支払保険金の計算過程)."""
    console = _console()
    title = _say(lang, f"事例 {case.id}　{case.plan.ja}", f"Case {case.id}  {case.plan.en}")
    console.print(title, style="bold")
    for incident in case.incidents:
        if len(case.incidents) > 1:
            console.print(_say(lang, f"第{incident.number}事故", f"Incident {incident.number}"))
        _incident(console, incident, lang)
    if len(case.incidents) > 1:
        console.print(_total(case.total, lang, whole=True), style="bold")
        console.print()


def _incident(console: Console, incident: IncidentExplanation, lang: Lang) -> None:
    if incident.losses:
        losses = label("report", "explain.losses", lang)
        console.print(label("report", "explain.title", lang).format(words=losses))
    for line in incident.losses:
        console.print(f"  {line.text.say(lang)}", soft_wrap=True)
    for line in incident.lines:
        console.print(_line(line, lang), soft_wrap=True)
    console.print(_total(incident.total, lang), style="bold", soft_wrap=True)
    unpaid = {reason: amount for reason, amount in incident.unpaid.items() if amount}
    if unpaid:
        console.print(label("report", "explain.unpaid", lang))
    for reason, amount in unpaid.items():
        console.print(f"  {named(reason, 'reason').say(lang)}: {yen(amount).say(lang)}")
    console.print()


def _line(line: Line, lang: Lang) -> str:
    indent = "  " * (line.depth + (0 if line.kind == "title" else 1))
    text = line.text.say(lang)
    if line.kind == "title":
        text = label("report", "explain.title", lang).format(words=text)
    return f"{indent}{text}" + (f"  〔{line.clause}〕" if line.clause else "")


def _total(amount: int, lang: Lang, whole: bool = False) -> str:
    shown = yen(amount)
    if whole:
        return _say(lang, f"全事故の合計 {shown.ja}", f"All incidents together: {shown.en}")
    return label("report", "explain.total", lang).format(amount=shown.say(lang))
