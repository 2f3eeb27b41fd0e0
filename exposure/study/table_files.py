"""The year–event, year and exceedance tables of a study, for other teams (表の書き出し).

Simulates block by block and writes each block before the next, so that the tables may be larger
than the memory; only the annual amounts are kept, for the exceedance table. Amounts are whole yen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: writers of a package without types
)

import numpy as np

from exposure.arrays import FloatArray
from exposure.errors import DataError, Problem, Text
from exposure.files import stage_folder
from exposure.inputs.study_file import StudyFile
from exposure.lazy import Shared, keep_freed_memory
from exposure.measures.exceedance import exceedance_curve
from exposure.model.losses import BLOCK_YEARS, blocks
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import PayoutTable, pay
from exposure.simulation.figures import Measure
from exposure.simulation.loss_years import Progress, policy_period
from exposure.simulation.machine import bytes_needed, require_room
from exposure.simulation.own_losses import UNPAID
from exposure.study.answer import Setting, answer_of
from exposure.study.assembly import regime_result
from exposure.tables import FLAGS, Annual, LossTable

if TYPE_CHECKING:
    import pandas as pd


FORMATS = ("csv", "parquet")

# Codes of the Open Results Data standard: of the curve, and of its tail mean.
EP_TYPES: Mapping[str, tuple[int, int]] = {"oep": (1, 2), "aep": (3, 4)}

_FIRST = ("year", "event_id", "cause", "persons", "claimants", "head", "ground_up")

_NOT_WHOLE = ("spending_mean_days", "empty_probability")

_UNSAFE = ("=", "+", "-", "@", "\t", "\r")


def export_study(
    setting: Setting, folder: Path | str, format_: str = "csv", progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write ``yelt``, ``ylt`` and ``ept`` of every regime into a folder (表の書き出し).

    Parameters
    ----------
    folder : path
        Files already there are replaced only when all the new ones are complete.
    format_ : str
        ``csv`` or ``parquet``.

    Returns
    -------
    tuple of path
        The files written.

    Raises
    ------
    DataError
        If the folder cannot be written, Parquet is not installed, or the annual amounts would not
        fit into memory.

    Notes
    -----
    ``yelt`` has a row per event and head, and with plans a row per event and plan, whose ``head``
    is empty and whose ``ground_up`` is the whole event; ``ylt`` likewise per year. Rows without a
    plan are therefore the gross losses, each once; they carry the facts, days and units a plan asks
    for, so that `exposure.losses_from_frame` reads them back to the same payments. Rows of a plan
    say whether the event is ``covered`` and what stays unpaid by reason. Empty years are in
    neither; their probability is the column ``empty_probability``, and the exceedance table counts
    them.
    """
    require(format_)
    keep_freed_memory()
    model, study = setting.model_of(setting.assumptions), setting.study.study
    period = policy_period(model)
    # The plans of the result: those stated, and those that a try of endorsements has kept.
    answer = answer_of(setting, model)
    plans = {
        regime: {one.id: one.plan for one in answer.priced.offers if one.id in kept}
        for regime, kept in (
            (regime, {one.id for one in regime_result(regime, answer, setting, model).plans})
            for regime in study.regimes
        )
    }
    # The largest event of a year is kept beside its sum, before insurance and of both sides of it.
    perspectives = 2 * (1 + 2 * max(map(len, plans.values())))
    require_room(
        bytes_needed(
            study.loss_years, 0.0, of_year=2 + perspectives, of_event=1, regimes=len(study.regimes)
        )
        + bytes_needed(
            min(BLOCK_YEARS, study.loss_years),
            model.events_per_loss_year,
            of_year=2 + perspectives,
            of_event=2,
        )
    )
    with stage_folder(folder) as temporary:
        tables = {
            regime: _RegimeTables(regime, setting, temporary, format_) for regime in study.regimes
        }
        for block in blocks(model, study.loss_years, study.seed):
            for regime, table in tables.items():
                losses = block.losses(regime)
                shared = Shared()
                paid = {
                    name: pay(plan, losses_for(plan, losses, shared), period, shared=shared)
                    for name, plan in plans[regime].items()
                }
                table.take(losses, paid)
            if progress is not None:
                progress(block.done + block.n_years, study.loss_years)
        for table in tables.values():
            table.finish(model.empty_probability)
        names = sorted(path.name for path in temporary.iterdir())
    return tuple(Path(folder) / name for name in names)


def with_most_years(study: StudyFile) -> StudyFile:
    """Return a study of no more loss years than are exported by default (書き出す年数の上限).

    Examples
    --------
    >>> from exposure.inputs.study_file import study_from_mapping
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> with_most_years(study).study.loss_years < study.study.loss_years
    True
    """
    most = round(study.in_force().value("run.export_loss_years"))
    years = min(study.study.loss_years, most)
    return study.with_settings(loss_years=years)


def require(format_: str) -> None:
    """Raise if a format cannot be written here."""
    if format_ not in FORMATS:
        text = Text(
            f"次から選んでください: {', '.join(FORMATS)}", f"choose of {', '.join(FORMATS)}"
        )
        raise DataError(Problem("--format", "", text, format_))
    if format_ == "parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            text = Text(
                "pyarrow がありません。csv を選ぶか、report の追加機能を入れてください",
                "pyarrow is not installed: choose csv, or install the extra report",
            )
            raise DataError(Problem("--format", "", text, format_)) from None


class _RegimeTables:
    """The files of one regime while they are being written."""

    def __init__(self, regime: str, setting: Setting, folder: Path, format_: str) -> None:
        self.measure = setting.measure
        self.yelt, self.ylt, self.ept = (
            _WRITERS[format_](folder / f"{name}_{regime}.{format_}")
            for name in ("yelt", "ylt", "ept")
        )
        self.years, self.events = 0, 0
        self.annual: dict[str, list[FloatArray]] = {}
        self.largest: dict[str, list[FloatArray]] = {}

    def take(self, losses: LossTable, paid: Mapping[str, PayoutTable]) -> None:
        years, gross = losses.events.years, losses.total()
        self.yelt(event_rows(losses, paid, self.years, self.events))
        self.ylt(year_rows(losses, paid, self.years))
        perspectives = {"ground_up": gross}
        for plan, table in paid.items():
            perspectives |= {f"paid:{plan}": table.paid, f"retained:{plan}": gross - table.paid}
        for name, amount in perspectives.items():
            self.annual.setdefault(name, []).append(years.sum(amount))
            self.largest.setdefault(name, []).append(years.max(amount))
        self.years += years.n_years
        self.events += years.n_events

    def finish(self, empty_probability: float) -> None:
        for name in self.annual:
            annual = Annual(np.concatenate(self.annual[name]), empty_probability)
            largest = Annual(np.concatenate(self.largest[name]), empty_probability)
            self.ept(exceedance_rows(name, annual, largest, self.measure))
        for each in (self.yelt, self.ylt, self.ept):
            each(None)


def event_rows(
    losses: LossTable,
    paid: Mapping[str, PayoutTable],
    years_before: int = 0,
    events_before: int = 0,
) -> pd.DataFrame:
    """Return the year–event rows of a block (イベント別損害表).

    Parameters
    ----------
    paid : mapping of str to PayoutTable
        By plan identifier.
    years_before, events_before : int
        In earlier blocks; years and events are numbered from 1 over all blocks.
    """
    import pandas as pd

    events = losses.events
    gross = losses.to_frame()
    facts = [name for name in gross.columns if name not in _FIRST]
    total = losses.total()
    cause = None if events.cause is None else np.array(events.cause_names, object)[events.cause]
    of_event = {
        "year": events.years.year_of_event(),
        "event_id": np.arange(events.n_events),
        "cause": cause,
        "persons": events.persons,
        "claimants": events.claimants,
        "head": "",
        "ground_up": total,
    }
    base = {name: column for name, column in of_event.items() if column is not None}
    parts = [gross]
    for plan, table in paid.items():
        part = pd.DataFrame({**base, "plan": plan, **_paid_columns(table, total)})
        part["covered"] = table.is_covered()
        parts.append(part.assign(**_unpaid_columns(table)))
    frame = _whole(_stack_rows(parts))
    frame["year"] += years_before + 1
    frame["event_id"] += events_before + 1
    return frame[[*(name for name in frame.columns if name not in facts), *facts]]


def _paid_columns(table: PayoutTable, total: FloatArray) -> dict[str, FloatArray]:
    return {"paid": table.paid, "retained": total - table.paid}


def _unpaid_columns(table: PayoutTable) -> dict[str, FloatArray]:
    return {f"{UNPAID}{reason}": amount for reason, amount in table.unpaid_by_reason().items()}


def year_rows(
    losses: LossTable, paid: Mapping[str, PayoutTable], years_before: int = 0
) -> pd.DataFrame:
    """Return the rows of each loss year of a block (年度別損害表)."""
    import pandas as pd

    years, total = losses.events.years, losses.total()
    gross = years.sum(total)
    base = {
        "year": np.arange(years.n_years) + years_before + 1,
        "events": years.sum(np.ones(years.n_events)),
        "ground_up": gross,
        "largest_event": years.max(total),
    }
    parts = [pd.DataFrame(base)]
    for plan, table in paid.items():
        amounts = {**_paid_columns(table, total), **_unpaid_columns(table)}
        of_year = {name: years.sum(amount) for name, amount in amounts.items()}
        parts.append(pd.DataFrame({**base, "plan": plan, **of_year}))
    frame = _whole(_stack_rows(parts))
    frame["empty_probability"] = losses.events.empty_probability
    return frame


def exceedance_rows(
    perspective: str, annual: Annual, largest: Annual, measure: Measure
) -> pd.DataFrame:
    """Return the exceedance table of one perspective (超過確率表).

    Parameters
    ----------
    perspective : str
        ``ground_up``, ``paid:PLAN`` or ``retained:PLAN``.
    annual, largest : Annual
        Sum and largest event of each loss year. [JPY]
    """
    import pandas as pd

    parts = []
    for kind, years in (("oep", largest), ("aep", annual)):
        curve = exceedance_curve(
            years,
            kind="oep" if kind == "oep" else "aep",
            points=measure.curve_points,
            level=measure.level,
            largest_share=measure.largest_share,
        )
        plain, tail = EP_TYPES[kind]
        for code, columns in (
            (plain, (curve.loss, curve.low, curve.high)),
            (tail, (curve.tail_mean, curve.tail_low, curve.tail_high)),
        ):
            loss, low, high = columns
            parts.append(
                pd.DataFrame(
                    {
                        "perspective": perspective,
                        "ep_type": code,
                        "return_period": curve.return_period,
                        "loss": loss,
                        "low": low,
                        "high": high,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _stack_rows(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows before insurance and those of each plan below each other."""
    import pandas as pd

    if len(parts) > 1:
        parts[0] = parts[0].assign(plan="")
    return pd.concat(parts, ignore_index=True)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Write whole numbers as such; an amount that is not there stays empty."""
    for name in frame.columns:
        if frame[name].dtype == np.float64 and name not in _NOT_WHOLE:
            frame[name] = frame[name].astype("Int64")
        elif frame[name].dtype == object and name in (*FLAGS, "covered"):
            frame[name] = frame[name].astype("boolean")
    return frame


def neutral(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> neutral("=1+1"), neutral("damages")
    ("'=1+1", 'damages')
    """
    return f"'{text}" if text.startswith(_UNSAFE) else text


_Write = Callable[["pd.DataFrame | None"], None]


def _csv_writer(path: Path) -> _Write:
    """Return what writes blocks of rows into a CSV file, and closes it when told nothing more."""
    state: dict[str, bool] = {"begun": False}

    def write(frame: pd.DataFrame | None) -> None:
        if frame is None:
            return
        from pandas.api.types import is_object_dtype, is_string_dtype

        words = [
            name
            for name, kind in frame.dtypes.items()
            if is_object_dtype(kind) or is_string_dtype(kind)
        ]
        safe = frame.assign(
            **{str(name): frame[name].map(neutral, na_action="ignore") for name in words}
        )
        with path.open("a", encoding="utf-8", newline="") as stream:
            safe.to_csv(stream, header=not state["begun"], index=False, lineterminator="\n")
        state["begun"] = True

    return write


def _parquet_writer(path: Path) -> _Write:
    """Return what writes blocks of rows into a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    state: dict[str, Any] = {}

    def write(frame: pd.DataFrame | None) -> None:
        if frame is None:
            state["writer"].close()
            return
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if "writer" not in state:
            state["writer"] = parquet.ParquetWriter(path, table.schema)
        state["writer"].write_table(table.cast(state["writer"].schema))

    return write


_WRITERS: Mapping[str, Callable[[Path], _Write]] = {"csv": _csv_writer, "parquet": _parquet_writer}
