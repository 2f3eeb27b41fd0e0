"""``exposure show``: the terms of one plan, clause by clause, or the table of all assumptions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from exposure.commands import Arguments
from exposure.commands.run import catalogue_with, study_of
from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json

if TYPE_CHECKING:
    from exposure.inputs.study_file import StudyFile
    from exposure.policy.plan import Plan


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add("plan", "プラン（または assumptions）", "a plan (or: assumptions)", metavar="PLAN")
    more = {"action": "append", "default": []}
    to.add("--endorse", "付ける特約", "endorsement to attach", metavar="NAME", **more)
    to.add("--set", "契約で定める項目", "a choice of the contract", metavar="PATH=VALUE", **more)
    to.add(
        "--study",
        "解釈の争いの値打ちをこの顧客で試算",
        "what disputes over readings are worth to a client",
        metavar="STUDY.toml",
    )
    to.share("--policy", "--json")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Print the terms of a plan or the assumptions, or write them as JSON."""
    if args.plan == "assumptions":
        return _assumptions(args, lang)
    from exposure.policy.catalogue import plain_sheet
    from exposure.policy.description import describe
    from exposure.policy.plan import plan
    from exposure.study.incidents import proof_of

    identifier = args.plan + "".join(f"+{name}" for name in args.endorse)
    for choice in args.set:
        if "=" not in choice:
            expected = Text("「項目=値」の形にしてください", "expected PATH=VALUE")
            raise DataError(Problem("--set", "", expected, choice))
        identifier += f"@{choice}"
    study = None if args.study is None else study_of(Path(args.study))
    among = catalogue_with(args.policy, study)
    sheet = describe(identifier, among)
    worth = None if study is None else _worth(study, plan(identifier, among=among))
    proof = proof_of(identifier, among, study)
    if args.json:
        document = {**plain_sheet(sheet), **({} if proof is None else proof.to_plain())}
        print(to_json(document if worth is None else {**document, "disputes": worth}), end="")
        return 0
    from exposure.output.content.wording import disputes, plan_sheet, proof_sheet
    from exposure.output.terminal import print_blocks

    print_blocks(plan_sheet(sheet, lang))
    if proof is not None:
        print_blocks(proof_sheet(proof, lang))
    if worth is not None:
        print_blocks([disputes(worth, lang)])
    return 0


def _worth(study: StudyFile, built: Plan) -> dict[str, list[dict[str, object]]]:
    """Return what each arguable reading of a plan is worth to a client, by regime."""
    from exposure.model.build import build_model
    from exposure.simulation.loss_years import policy_period
    from exposure.study.cover import disputes_of
    from exposure.study.incidents import first_block

    assumptions = study.in_force()
    client = study.client.with_defaults(assumptions)
    model = build_model(client, assumptions, study.study.inception)
    block = first_block(model, study.study.loss_years, study.study.seed)
    return {
        regime: disputes_of(block.losses(regime), policy_period(model), [built])
        for regime in study.study.regimes
    }


def _assumptions(args: argparse.Namespace, lang: Lang) -> int:
    """Print every assumption with unit, value, prior, grade and source."""
    from exposure.inputs.assumptions import load_assumptions
    from exposure.output.content.evidence import assumption_document, assumption_table
    from exposure.output.terminal import WIDE, print_blocks

    stated = {
        "--endorse": args.endorse,
        "--set": args.set,
        "--study": args.study,
        "--policy": args.policy,
    }
    text = Text("前提の一覧には使えません", "means nothing for the assumptions")
    problems = [Problem(option, "", text, value) for option, value in stated.items() if value]
    if problems:
        raise DataError(problems)
    if args.json:
        print(to_json(assumption_document(load_assumptions())), end="")
    else:
        print_blocks([assumption_table(load_assumptions(), lang)], WIDE)
    return 0
