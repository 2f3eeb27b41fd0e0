"""What disputes over a wording are worth, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exposure.errors import Lang, Text
from exposure.labels import label
from exposure.yen import format_yen


def dispute_table(worth: Mapping[str, Sequence[Mapping[str, object]]], lang: Lang) -> None:
    """Print what each other reading would pay more or less in a year (解釈の争いの値打ち).

    Parameters
    ----------
    worth : mapping of str to sequence
        By regime, as `exposure.study.cover.disputes_of` gives it.
    """
    from rich.console import Console
    from rich.table import Table

    title = Text(
        "別の解釈での支払保険金の増減（年間平均）",
        "Payment under another reading, less that adopted (per year)",
    )
    table = Table(title=title.say(lang), title_justify="left")
    table.add_column(Text("別の解釈", "Other reading").say(lang), overflow="fold")
    for regime in worth:
        table.add_column(label("regime", regime, lang), justify="right")
    lines = next(iter(worth.values()), ())
    for number, line in enumerate(lines):
        words = line["alternative"]
        assert isinstance(words, Mapping)  # both languages
        amounts = [_signed(of_regime[number]["worth"], lang) for of_regime in worth.values()]
        table.add_row(f"@reading.{line['code']}={line['name']}  {words[lang]}", *amounts)
    if not lines:
        table.add_row(Text("解釈の分かれる論点はありません", "no arguable reading").say(lang))
    Console(highlight=False).print(table)


def _signed(amount: object, lang: Lang) -> str:
    assert isinstance(amount, float)  # yen a year
    return ("+" if amount > 0 else "") + format_yen(amount, lang)
