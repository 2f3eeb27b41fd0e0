"""Take from a finished study what the book draws a client's years from (標本の取り出し)."""

from __future__ import annotations

import io

import numpy as np

from exposure.batch.shared_events import BookYears, LossSample, Shocks, book_years
from exposure.inputs.assumptions import Assumptions
from exposure.model.build import vendor_code
from exposure.model.losses import blocks
from exposure.study.run import StudyResult

NAME = "book_years.npy"


def years_of_client(
    result: StudyResult, client_id: str, vendor: str | None, assumptions: Assumptions
) -> bytes:
    """Return a client's losses in the years of the book, as a NumPy file (``book_years.npy``).

    Parameters
    ----------
    result : StudyResult
    client_id : str
    vendor : str or None
    assumptions : Assumptions
        In force; the rows ``portfolio.*``.

    Returns
    -------
    bytes
        A table of ``year``, ``is_shared`` and the loss under each regime [JPY].
    """
    sample = _plain_sample(result) if vendor is None else _sample(result, assumptions)
    shocks = Shocks(
        assumptions.value("portfolio.vendor_rate"), assumptions.value("portfolio.hit_probability")
    )
    years = book_years(
        sample,
        client_id,
        vendor,
        shocks,
        assumptions.whole("portfolio.years"),
        result.study.study.seed,
    )
    return packed(years, result.study.study.regimes)


def packed(years: BookYears, regimes: tuple[str, ...]) -> bytes:
    """Return a client's years as a NumPy file.

    Examples
    --------
    >>> one = BookYears(np.array([3], dtype=np.int32), np.array([True]), np.array([[5.0]]))
    >>> unpacked(packed(one, ("court",)))["court"].tolist()
    [5.0]
    """
    kinds = [("year", "<i4"), ("is_shared", "?"), *((regime, "<f8") for regime in regimes)]
    table = np.zeros(years.year.size, dtype=kinds)
    table["year"], table["is_shared"] = years.year, years.is_shared
    for regime, loss in zip(regimes, years.loss, strict=True):
        table[regime] = loss
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def unpacked(payload: bytes) -> np.ndarray:
    """Return the table of a NumPy file written by `packed`."""
    table: np.ndarray = np.load(io.BytesIO(payload), allow_pickle=False)
    return table


def _plain_sample(result: StudyResult) -> LossSample:
    """Return all loss years of the study; who names no vendor shares no event."""
    annual = np.array([result.years[regime].gross for regime in result.study.study.regimes])
    none = np.zeros(0, dtype=np.int64)
    empty = np.zeros((len(annual), 0))
    return LossSample(result.model.empty_probability, annual, none, empty, 0.0)


def _sample(result: StudyResult, assumptions: Assumptions) -> LossSample:
    """Draw the first blocks of the study again, with the group of every event.

    A block is whole or not taken: its years stand in order of their number of events.
    """
    settings = result.study.study
    most = assumptions.value("portfolio.client_loss_years")
    code = vendor_code(result.model.groups)
    other, years, vendor = [], [], []
    for block in blocks(result.model, settings.loss_years, settings.seed):
        if block.done and block.done + block.n_years > most:
            break
        total = np.array([block.losses(regime).total() for regime in settings.regimes])
        table = block.events.table
        is_vendor = np.asarray(table.group) == code
        other.append(np.array([table.years.sum(np.where(is_vendor, 0.0, row)) for row in total]))
        years.append(table.years.year_of_event()[is_vendor] + block.done)
        vendor.append(total[:, is_vendor])
    return LossSample(
        result.model.empty_probability,
        np.concatenate(other, axis=1),
        np.concatenate(years),
        np.concatenate(vendor, axis=1),
        float(result.model.counts.mean[code]),
    )
