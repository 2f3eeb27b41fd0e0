"""Neither processes, threads nor the memory held at once change a byte of the answer."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import exposure
import exposure as ex
from exposure.arrays import FloatArray, IntArray, Years
from exposure.files import to_json
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.model.losses import BLOCK_YEARS
from exposure.policy.plan import Plan
from exposure.simulation.large_tables import join_tables, pieces
from exposure.simulation.loss_years import RegimeYears, simulate_study
from exposure.study.answer import Setting, prepare
from exposure.study.pipeline import run_study
from exposure.tables import EventTable, LossItem, LossTable

PACKAGE = Path(exposure.__file__).parent
PLANS = ("nipponkoa_2006/A", "aiu_2015+cyber@limit=50000000", "nipponkoa_2006/F")
FEW = {
    "run.parameter_draws": 3,
    "run.draw_loss_years": 50,
    "run.draw_tail_years": 1,
    "run.screen_loss_years": 50,
    "run.tornado_loss_years": 50,
    "run.tornado_parameters": 1,
    "run.size_loss_years": 50,
    "run.size_draws": 3,
    "run.size_draw_loss_years": 50,
}


def study(seed: int, loss_years: int, plans: Sequence[str] = PLANS[:2], **more: Any) -> StudyFile:
    settings = {"seed": seed, "loss_years": loss_years, "regimes": ["brochure", "court"]}
    overrides = {name: {"value": value, "reason": "test"} for name, value in FEW.items()}
    return study_from_mapping(
        {
            "study": {**settings, **more},
            "client": {"records": 3000 * seed, "outsourced_share": 0.4, "entrusted_share": 0.2},
            "plan": [{"id": one} for one in plans],
            "assumptions": overrides,
        },
        "test",
    )


# Processes.


@cache
def with_band(workers: int) -> str:
    """Return ``result.json`` with bands, stability and sensitivity."""
    small = study(1, 1000, PLANS[:1], regimes=["brochure"])
    return to_json(run_study(small, band=True, workers=workers).document)


@pytest.mark.parametrize("workers", [2, 8])
def test_a_result_is_the_same_on_any_number_of_processes(workers: int) -> None:
    assert '"sensitivity"' in with_band(1)
    assert with_band(workers) == with_band(1)


# Threads.


def document(one: StudyFile) -> str:
    return to_json(run_study(one).document)


@pytest.mark.parametrize("threads", [2, 8])
def test_results_are_the_same_one_after_another_and_on_threads(threads: int) -> None:
    asked = [study(seed, 1000) for seed in range(1, 5)]
    alone = [document(one) for one in asked]
    assert len(set(alone)) == len(alone)
    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(document, asked * (threads // 4 or 1))) == alone * (threads // 4 or 1)


def test_years_are_the_same_one_after_another_and_on_threads() -> None:
    """Two blocks each, so that threads meet in the middle of a run."""
    asked = [prepare(study(seed, BLOCK_YEARS + 1000)) for seed in (1, 2)]
    alone = [bits(years_of(one)) for one in asked]
    assert alone[0] != alone[1]
    for threads in (2, 8):
        with ThreadPoolExecutor(threads) as pool:
            assert list(map(bits, pool.map(years_of, asked * 4))) == alone * 4


def plans_of(setting: Setting) -> tuple[Plan, ...]:
    return tuple(offer.plan for offer in setting.offers)


def years_of(setting: Setting) -> dict[str, RegimeYears]:
    asked = setting.study.study
    model = setting.model_of(setting.assumptions)
    return simulate_study(
        model, asked.regimes, plans_of(setting), (), loss_years=asked.loss_years, seed=asked.seed
    )


def bits(value: Any) -> Any:
    """Return all there is in a result, arrays byte by byte."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if is_dataclass(value):
        return [bits(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, dict):
        return {key: bits(one) for key, one in value.items()}
    return [bits(one) for one in value] if isinstance(value, tuple) else value


# Memory.


def paid_in_pieces(losses: LossTable, most: int) -> list[tuple[bytes, int, int]]:
    """Return what each plan pays, year by year, and how often it is used up."""
    parts = [ex.pay_years(PLANS, piece) for piece in pieces(losses, most)]
    found = []
    for of_plan in zip(*parts, strict=True):
        values = np.concatenate([part.paid.values for part in of_plan])
        used = [part.exhausted for part in of_plan]
        found.append((values.tobytes(), sum(u.n_ok for u in used), sum(u.n for u in used)))
    return found


def own_losses() -> LossTable:
    """Return losses as another team would bring them, head by head in a frame."""
    drawn = ex.simulate(study(5, 1500), seed=3)
    frame = drawn.to_frame().assign(reported_to_authority=True, claim_made_on="2026-05-01")
    days = dict.fromkeys(("leaked_on", "discovered_on", "notified_on"), "2026-04-20")
    return ex.losses_from_frame(frame.assign(**days), empty_probability=0.9)


def compound_losses() -> LossTable:
    """Return years with several events each, most above some limit."""
    return ex.simulate_compound(
        stats.nbinom(1.5, 0.4), stats.lognorm(1.8, scale=20e6), loss_years=3000, seed=3
    )


@pytest.mark.parametrize("losses", [own_losses, compound_losses])
def test_payments_are_the_same_however_much_is_held_at_once(losses: Any) -> None:
    table = losses()
    whole = paid_in_pieces(table, table.events.n_events)
    assert any(used for _, used, _ in whole)
    for most in (13, 100, 2**10, 2**17):
        assert paid_in_pieces(table, most) == whole
    alone = ex.pay_years(PLANS, table)
    assert [paid.paid.values.tobytes() for paid in alone] == [paid for paid, _, _ in whole]
    for name, (paid, _, _) in zip(PLANS, whole, strict=True):
        years = table.events.years
        assert years.sum(ex.pay(name, table).paid).tobytes() == paid


def test_a_study_pays_block_by_block_what_its_whole_table_is_paid() -> None:
    """Blocks put together stand in another order of years, so that years are compared sorted."""
    setting = prepare(study(2, BLOCK_YEARS + 1000))
    by_block = years_of(setting)["brochure"]
    held = ex.simulate(setting.study, regime="brochure")
    assert held.events.years.n_years == by_block.gross.size
    for plan, whole in zip(by_block.plans, ex.pay_years(plans_of(setting), held), strict=True):
        paid = by_block.gross - plan.retained
        assert np.array_equal(np.sort(paid), np.sort(whole.paid.values))
        assert (plan.exhausted, plan.paid_total) == (whole.exhausted, whole.paid.values.sum())


# Libraries.

LINEAR_ALGEBRA = {"cov", "corrcoef", "dot", "inner", "linalg", "matmul", "tensordot", "vdot"}
ROOMS = ("inputs", "measures", "model", "policy", "simulation", "study", "batch")


def threaded_sums(source: str) -> list[str]:
    """The sums of products in a module that a threaded library would add up."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.append(f"line {node.lineno}: @")
        if isinstance(node, ast.Attribute) and node.attr in LINEAR_ALGEBRA:
            of_numpy = isinstance(node.value, ast.Name) and node.value.id == "np"
            if of_numpy or node.attr == "dot":
                found.append(f"line {node.lineno}: {node.attr}")
    return found


@pytest.mark.parametrize(
    "path", [path for room in ROOMS for path in sorted((PACKAGE / room).glob("*.py"))], ids=str
)
def test_no_sum_depends_on_the_number_of_threads(path: Path) -> None:
    assert threaded_sums(path.read_text("utf-8")) == [], "use exposure.arrays.sum_of_products"


def test_sums_that_depend_on_threads_are_found() -> None:
    source = "a @ b\na @= b\nnp.dot(a, b)\na.dot(b)\nnp.linalg.norm(a)\nlayer.inner\nf(a, b)"
    lines = [f"line {k}: {name}" for k, name in enumerate(("@", "@", "dot", "dot", "linalg"), 1)]
    assert sorted(threaded_sums(source)) == lines


# Sums of whole numbers, which every version of Python adds up alike, and of arrays.
WHOLE = {
    "(other.n_events for other in batch)",
    "(size > first for size in years.sizes)",
    "held.values()",
    "self.databases",
    "self.incidents_by_group.values()",
    "weights.values()",
}
ADDING = ("inputs", "measures", "model", "simulation", "study")


def plain_sums(source: str) -> list[str]:
    """What the built-in function adds up: since Python 3.12 with other last digits than before."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [(one.func.id, one) for one in calls if isinstance(one.func, ast.Name)]
    return [ast.unparse(one.args[0]) for name, one in named if name == "sum"]


@pytest.mark.parametrize(
    "path", [path for room in ADDING for path in sorted((PACKAGE / room).glob("*.py"))], ids=str
)
def test_no_sum_depends_on_the_version_of_python(path: Path) -> None:
    found = [one for one in plain_sums(path.read_text("utf-8")) if one not in WHOLE]
    assert found == [], "use math.fsum, or name whole numbers in WHOLE"


def test_sums_that_depend_on_the_version_are_found() -> None:
    assert plain_sums("a = sum(x)\nb = np.sum(x) + y.sum() + math.fsum(x)\nc = sum(z, 1)") == [
        "x",
        "z",
    ]


def digest_with(threads: int) -> str:
    """Return the digest of ``result.json`` made by a process with so many threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    code = (
        "import hashlib, test_same_numbers as t;"
        "print(hashlib.sha256(t.document(t.study(1, 12000)).encode()).hexdigest())"
    )
    paths = (str(PACKAGE.parent), str(Path(__file__).parent))
    env = {
        **os.environ,
        **dict.fromkeys(names, str(threads)),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def test_a_result_is_the_same_on_any_number_of_threads_of_the_libraries() -> None:
    # The libraries use their threads from 10,000 numbers on.
    assert digest_with(1) == digest_with(2)


# Columns.


@dataclass(frozen=True)
class WithSeverity(LossItem):
    """A loss item with columns that no stage knows of."""

    severity: IntArray | None = None
    scores: Mapping[str, FloatArray | float] = field(default_factory=dict)


@dataclass(frozen=True)
class WithOrder(EventTable):
    """Events with one column more."""

    order: IntArray | None = None


def with_more(sizes: tuple[int, ...], first: int) -> LossTable:
    """Return a table whose added columns say which event a row is."""
    years = Years(sizes)
    number = first + np.arange(years.n_events)
    scores: Mapping[str, FloatArray | float] = {"own": number + 0.5, "all": 7.0, "block": first}
    item = WithSeverity("damages", number.astype(float), severity=number, scores=scores)
    return LossTable(WithOrder(years, {"deceased": number % 2 == 0}, order=number), (item,))


def test_a_column_added_to_a_table_follows_its_events_everywhere() -> None:
    whole = join_tables([with_more((2, 1), 0), with_more((3, 2, 1), 10)])
    for table in (whole, *pieces(whole, 4), whole.only(5)):
        (item,), events = table.items, table.events
        assert isinstance(item, WithSeverity)
        assert isinstance(events, WithOrder)
        number = item.amount.astype(int)
        assert number.size == events.n_events
        assert np.array_equal(item.severity, number)
        assert np.array_equal(events.order, number)
        assert np.array_equal(events.facts["deceased"], number % 2 == 0)
        assert np.array_equal(item.scores["own"], number + 0.5)
        assert item.scores["all"] == 7.0
        assert np.array_equal(item.scores["block"], np.where(number < 10, 0, 10))


def test_tables_that_do_not_have_the_same_columns_are_not_joined() -> None:
    plain, more = with_more((1,), 0), with_more((1,), 1)
    without = replace(more, events=replace(more.events, persons=np.zeros(1)))
    with pytest.raises(ValueError, match="persons"):
        join_tables([plain, without])
    unlike = replace(more, events=replace(more.events, facts={}))
    with pytest.raises(ValueError, match="facts"):
        join_tables([plain, unlike])
