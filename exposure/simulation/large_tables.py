"""Many plans on one large table, and many models paid as one (表の結合と一括計算).

For tables that are drawn or brought whole; they are paid piece by piece in the cache. A study pays
as it simulates and needs more than sums, which `exposure.simulation.loss_years` collects.

Years of all tables are ordered by their number of events again, so that the whole is one like any
other; within a year the events keep their order. Models of parameter draws and the like have as
many loss years as each other: events are drawn and priced for each, then paid under every plan
once, and what a plan does is told apart by year. What models drawn on the same random numbers have
in common is drawn, priced and paid once. Every figure is that of the model simulated alone.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import (
    Any,  # Any: columns of several kinds, each cut the same way
    TypeVar,
)

import numpy as np

from exposure.arrays import FloatArray, IntArray, Years
from exposure.inputs.assumptions import Assumptions
from exposure.lazy import Shared, keep_freed_memory, lazy
from exposure.measures.adequacy import Tally, each_year, pairs_of_rows
from exposure.model.build import BreachModel
from exposure.model.events import event_parts, press_notice, simulate_events
from exposure.model.losses import (
    BLOCK_YEARS,
    n_blocks,
    price_losses,
    response_costs,
    response_parts,
)
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import REASONS, PolicyPeriod
from exposure.simulation.figures import Measure
from exposure.simulation.loss_years import (
    PlanYears,
    RegimeYears,
    policy_period,
    simulate_study,
    years_of,
)
from exposure.simulation.tallies import NO_CUTS, Cut, PlanCount, TermCuts, counts
from exposure.streams import Luck
from exposure.tables import Annual, LossTable, combine, shape_of

_PIECE_EVENTS = 2**16  # of one piece: its arrays share the cache of a core


@dataclass(frozen=True, repr=False)
class PaidYears:
    """What one plan pays, year by year (年間支払保険金).

    Parameters
    ----------
    plan : Plan
    total : float
        Payments of all loss years. [JPY]
    exhausted : Tally
        Loss years in which the overall limit was used to the last yen.
    empty_probability : float
        Probability of a year without an event, which costs nothing. [-]

    Examples
    --------
    See `exposure.pay_years`.
    """

    plan: Plan
    total: float
    exhausted: Tally
    empty_probability: float
    _table: PaidTable = field(compare=False)
    _row: int = field(compare=False)

    def __repr__(self) -> str:
        return (
            f"<PaidYears {self.plan.id!r}: {self.exhausted.n:,} loss years, "
            f"mean {self.mean:,.0f} JPY/year>"
        )

    @property
    def mean(self) -> float:
        """Mean payment of a year, empty ones included. [JPY]."""
        return (1.0 - self.empty_probability) * (self.total / self.exhausted.n)

    @property
    def probability_exhausted(self) -> float:
        """Probability that the overall limit is used up in a year, empty ones included. [-]."""
        return (1 - self.empty_probability) * self.exhausted.n_ok / self.exhausted.n

    @lazy
    def paid(self) -> Annual:
        """Payments of each loss year; of all plans when one is first asked for. [JPY]."""
        return Annual(self._table.values[self._row], self.empty_probability)


@dataclass(frozen=True)
class PaidTable:
    """Losses and the plans they are paid under (プランごとの支払の一覧)."""

    plans: Sequence[Plan]
    losses: LossTable
    period: PolicyPeriod

    @lazy
    def values(self) -> FloatArray:
        """Payments of each loss year. (n_plans, n_years) array [JPY]."""
        # To fill this much memory takes longer than to pay: who asks for totals goes without.
        values = np.empty((len(self.plans), self.losses.events.years.n_years))
        for k, years, count in self.in_pieces():
            values[k, years] = count.paid
        return values

    def in_pieces(self) -> Iterator[tuple[int, slice, PlanCount]]:
        """Yield the number of a plan, some years, and what the plan does with them."""
        done = 0
        for piece in pieces(self.losses):
            years = slice(done, done + piece.events.years.n_years)
            for k, count in enumerate(counts(self.plans, piece, self.period)):
                yield k, years, count
            done = years.stop


def paid_years(
    plans: Sequence[Plan], losses: LossTable, period: PolicyPeriod
) -> tuple[PaidYears, ...]:
    """Pay one table of losses under several plans (年間支払保険金)."""
    keep_freed_memory()
    table = PaidTable(tuple(plans), losses, period)
    total, used = [0.0] * len(plans), [Tally(0, 0)] * len(plans)
    for k, _, count in table.in_pieces():
        total[k] += count.paid_total()
        used[k] += count.exhausted()
    p0 = losses.events.empty_probability
    return tuple(PaidYears(plan, total[k], used[k], p0, table, k) for k, plan in enumerate(plans))


def pieces(losses: LossTable, most_events: int = _PIECE_EVENTS) -> Iterator[LossTable]:
    """Cut a table into pieces of consecutive years (一覧の分割).

    A piece has at most so many events, unless one year has more.

    Examples
    --------
    >>> from exposure.tables import EventTable, LossItem
    >>> item = LossItem("damages", np.array([1.0, 2.0, 3.0, 4.0]))
    >>> whole = LossTable(EventTable(Years((3, 1)), {}), (item,))
    >>> [piece.items[0].amount.tolist() for piece in pieces(whole, most_events=2)]
    [[1.0, 4.0], [2.0, 3.0]]
    """
    years = losses.events.years
    if years.n_events <= most_events:
        yield losses
        return
    starts = [part.start for part in years.slices()]
    first = 0
    while first < years.n_years:
        last = _last(years, first, most_events)
        sizes = tuple(min(last, size) - first for size in years.sizes if size > first)
        cuts = [
            slice(start + first, start + first + size)
            for start, size in zip(starts, sizes, strict=False)
        ]
        yield combine([losses], Years(sizes), partial(_cut, cuts))
        first = last


def _last(years: Years, first: int, most_events: int) -> int:
    """Return the year before which a piece ends; the first year has the most events."""
    events = sum(size > first for size in years.sizes)
    return min(first + max(most_events // events, 1), years.n_years)


def _cut(cuts: Sequence[slice], parts: Sequence[Any]) -> Any:
    """Return the rows of some slices of a column."""
    return np.concatenate([parts[0][part] for part in cuts])


_STACKED_EVENTS = 2**15  # of one table: its arrays share the cache of a core

_MOST_TOGETHER = 2**4  # few enough to keep every process busy to the end

Piece = TypeVar("Piece")


def together(pieces: Sequence[Piece], loss_years: int) -> list[tuple[Piece, ...]]:
    """Divide pieces of work into those whose models are paid at once (まとめて計算する単位).

    Parameters
    ----------
    pieces : sequence
        Each becomes one model. How they are divided changes nothing but the time.
    loss_years : int
        Of each. [year]

    Examples
    --------
    >>> together("abcde", loss_years=20_000), together("abcde", loss_years=10_000)
    ([('a',), ('b',), ('c',), ('d',), ('e',)], [('a', 'b', 'c'), ('d', 'e')])
    """
    size = min(max(_STACKED_EVENTS // loss_years, 1), _MOST_TOGETHER)
    return [tuple(pieces[start : start + size]) for start in range(0, len(pieces), size)]


def draw_years(
    assumptions: Assumptions, measure: Measure, empty_probability: float, least: str
) -> int:
    """Return how many loss years a parameter draw needs (抽出ごとの保険年度の数).

    So many that enough of them lie beyond the rarest level asked for, at the central probability of
    a year without a breach. The band comes from the draws, not from the years of each.

    Parameters
    ----------
    empty_probability : float
        At the central parameters. [-]
    least : str
        Assumption that has the least number.

    Examples
    --------
    One year in a hundred has a breach, so 50 of 125 loss years lie beyond a year in 250; the least
    number is more. With a breach in four years of five it takes 10,000.

    >>> from exposure.inputs.study_file import study_from_mapping
    >>> from exposure.study.answer import prepare
    >>> setting = prepare(study_from_mapping({"client": {"records": 3000}}, "example"))
    >>> for p0 in (0.99, 0.2):
    ...     print(draw_years(setting.assumptions, setting.measure, p0, "run.draw_loss_years"))
    1000
    10000
    """
    periods = (*measure.return_periods, measure.need_return_period)
    rarest = min(1 - max(measure.annual_levels), 1 / max(periods))
    beyond = assumptions.whole("run.draw_tail_years") * (1 - empty_probability) / rarest
    return max(assumptions.whole(least), math.ceil(beyond))


def simulate_models(
    models: Sequence[BreachModel],
    regimes: Sequence[str],
    plans: Sequence[Plan],
    *,
    loss_years: int,
    seed: int,
    numbers: Sequence[int] | None = None,
    by_event: bool = False,
) -> list[dict[str, RegimeYears]]:
    """Simulate loss years under several models and pay them (複数の前提の模擬計算).

    Parameters
    ----------
    models : sequence of BreachModel
        With the same policy period.
    loss_years : int
        Of each model. [year]
    numbers : sequence of int, optional
        Of each model: those with the same number have the same random numbers. All have if none are
        given.
    by_event : bool
        Also keep what each breach leaves with the client.

    Returns
    -------
    list of dict of str to RegimeYears
        As `exposure.simulation.loss_years.simulate_study` gives them one by one, without what is
        unpaid by reason.
    """
    keep_freed_memory()
    kept = Shared()
    found: list[dict[str, RegimeYears]] = []
    batch: list[_ModelLosses] = []
    for model, number in zip(models, numbers or [0] * len(models), strict=True):
        first = number * n_blocks(loss_years)
        if loss_years > BLOCK_YEARS:
            found.append(
                simulate_study(
                    model, regimes, plans, (), loss_years=loss_years, seed=seed,
                    first_block=first, by_reason=False, by_event=by_event,
                )
            )  # fmt: skip
            continue
        one = _priced(model, loss_years, Luck(seed, first), regimes, kept)
        n_events = sum(other.n_events for other in batch) + one.n_events
        if batch and (n_events > _STACKED_EVENTS or one.shape != batch[0].shape):
            found += _paid(batch, regimes, plans, by_event)
            batch = []
        batch.append(one)
    return found + (_paid(batch, regimes, plans, by_event) if batch else [])


@dataclass(frozen=True)
class _ModelLosses:
    """One model with the losses of its years, by regime."""

    model: BreachModel
    losses: Mapping[str, LossTable]

    @lazy
    def shape(self) -> Hashable:
        """The same for models whose tables can be stacked."""
        return tuple(shape_of(losses) for losses in self.losses.values())

    @property
    def n_events(self) -> int:
        """Number of events, the same under every regime."""
        return next(iter(self.losses.values())).events.n_events


def _priced(
    model: BreachModel, loss_years: int, luck: Luck, regimes: Sequence[str], kept: Shared
) -> _ModelLosses:
    """Draw and price one block, but for what another model has drawn or priced from the same."""
    events = kept.once(
        ("events", luck, press_notice(model)),
        lambda: simulate_events(model, loss_years, luck),
        *event_parts(model),
    )
    response = kept.once(
        "response", lambda: response_costs(model, events, luck), events, *response_parts(model)
    )

    def priced(regime: str) -> LossTable:
        return kept.once(
            regime,
            lambda: price_losses(model, events, regime, luck, response),
            response,
            model.claims[regime],
        )

    return _ModelLosses(model, {regime: priced(regime) for regime in regimes})


def _paid(
    batch: Sequence[_ModelLosses], regimes: Sequence[str], plans: Sequence[Plan], by_event: bool
) -> list[dict[str, RegimeYears]]:
    """Pay the losses of some models as one table, regime by regime; equal ones once."""
    period = policy_period(batch[0].model)
    found: list[dict[str, RegimeYears]] = [{} for _ in batch]
    for regime in regimes:
        tables = list({id(one.losses[regime]): one.losses[regime] for one in batch}.values())
        bare = [years_of(table, (), period) for table in tables]
        paid_by_plan = list(_plan_years(tables, bare, plans, period, by_event))
        of_plans = zip(*paid_by_plan, strict=True) if plans else [()] * len(tables)
        years = {
            id(table): replace(own, plans=paid)
            for table, own, paid in zip(tables, bare, of_plans, strict=True)
        }
        for of_model, one in zip(found, batch, strict=True):
            of_model[regime] = years[id(one.losses[regime])]
    return found


def _plan_years(
    tables: Sequence[LossTable],
    bare: Sequence[RegimeYears],
    plans: Sequence[Plan],
    period: PolicyPeriod,
    by_event: bool,
) -> Iterator[list[PlanYears]]:
    """Yield for each plan what it does under every model."""
    # How rare a year with an event is differs between models, and is nothing to a policy.
    alike = [
        replace(table, events=replace(table.events, empty_probability=0.0)) for table in tables
    ]
    whole, of_events, of_years = _stacked(alike)
    rows = of_years.reshape(len(tables), -1)
    gross = np.array([years.gross for years in bare])
    ends = np.cumsum([table.events.n_events for table in tables])[:-1]
    events = np.split(of_events, ends)
    total, shared = whole.total(), Shared()
    for count in counts(plans, whole, period):
        retained = count.retained(total) if by_event else None
        kept = None if retained is None else [retained[own] for own in events]
        yield _split_by_model(count, rows, gross, kept, shared)


def _split_by_model(
    count: PlanCount,
    rows: IntArray,
    gross: FloatArray,
    of_events: Sequence[FloatArray] | None,
    shared: Shared,
) -> list[PlanYears]:
    """Return what a plan does under every model, from what it does in each year of all of them."""
    paid = count.paid[rows]
    retained = gross - paid
    enough, covered = count.cases.enough[rows], count.cases.covered[rows]
    n_ok, n = enough.sum(axis=1).tolist(), covered.sum(axis=1).tolist()
    hit = covered > 0
    years = hit.sum(axis=1).tolist()
    years_ok = (hit & (enough == covered)).sum(axis=1).tolist()
    used = count.used_up()[rows].sum(axis=1).tolist()
    pairs = pairs_of_rows(enough, covered)
    payments = count.table.payments
    cuts = {
        name: _term_cuts([count.cover_cuts[name]], count, rows, shared)
        for name, payment in payments.items()
        if payment.can_be_cut
    }
    all_cuts = _term_cuts(list(count.cover_cuts.values()), count, rows, shared)
    return [
        PlanYears(
            retained=retained[k],
            paid_total=total,
            unpaid=dict.fromkeys(REASONS, 0.0),
            event=Tally(n_ok[k], n[k], pairs[k]),
            year=Tally(years_ok[k], years[k]),
            exhausted=Tally(used[k], rows.shape[1]),
            sections={},
            cuts={name: of_rows[k] for name, of_rows in cuts.items()},
            all_cuts=all_cuts[k],
            event_retained=None if of_events is None else of_events[k],
        )
        for k, total in enumerate(paid.sum(axis=1).tolist())
    ]


def _term_cuts(
    cuts: Sequence[Cut], count: PlanCount, rows: IntArray, shared: Shared
) -> list[TermCuts]:
    """Return what the limits of some covers cut together under every model; alike covers once."""
    cutting = [cut for cut in cuts if cut.by_year is not None or cut.flag is not None]
    if not cutting:
        return [NO_CUTS] * len(rows)
    return shared.once(
        ("cuts", len(cutting)), lambda: _cut_by_model(cutting, count, rows), *cutting
    )


def _cut_by_model(cuts: Sequence[Cut], count: PlanCount, rows: IntArray) -> list[TermCuts]:
    by_year = [cut.by_year for cut in cuts if cut.by_year is not None]
    flags = [cut.flag for cut in cuts if cut.flag is not None]
    amount = np.zeros(rows.shape)
    for part in by_year:
        amount += part[rows]
    number = np.zeros(len(rows), dtype=np.int64)
    if flags:
        cut = np.logical_or.reduce(flags)
        number = each_year(cut, count.block.years)[rows].sum(axis=1)
    found = zip(
        amount.sum(axis=1).tolist(),
        np.square(amount).sum(axis=1).tolist(),
        number.tolist(),
        strict=True,
    )
    return [TermCuts(*one) for one in found]


# --- tables -------------------------------------------------------------------------------------


def join_tables(tables: Sequence[LossTable]) -> LossTable:
    """Return one table with the years of all (損害の一覧の結合).

    They are of the same model: with the same items in the same order.

    Examples
    --------
    >>> from exposure.tables import EventTable, LossItem
    >>> def table(sizes, amount):
    ...     return LossTable(EventTable(Years(sizes), {}), (LossItem("damages", amount),))
    >>> whole = join_tables([table((1,), np.array([5.0])), table((1, 1), np.array([3.0, 4.0]))])
    >>> whole.events.years.sizes, whole.items[0].amount
    ((2, 1), array([3., 5., 4.]))
    """
    return tables[0] if len(tables) == 1 else stack_tables(tables)[0]


def stack_tables(tables: Sequence[LossTable]) -> tuple[LossTable, IntArray]:
    """Return one table with the years of all, and where each of them stands (損害の一覧の結合).

    Parameters
    ----------
    tables : sequence of LossTable
        As in `join_tables`.

    Returns
    -------
    LossTable
    (n_years,) array
        Place in it of every year of the first table, then of the second, and so on.
    """
    whole, _, of_years = _stacked(tables)
    return whole, of_years


def _stacked(tables: Sequence[LossTable]) -> tuple[LossTable, IntArray, IntArray]:
    """Return one table, and where the events and the years of the tables stand in it."""
    events = [table.events for table in tables]
    place, rank, years = _places([one.years for one in events])
    sizes = [one.n_events for one in events]
    return combine(tables, years, lambda parts: _spread(parts, sizes, place)), place, rank


def _spread(parts: Sequence[Any], sizes: Sequence[int], place: IntArray) -> Any:
    """Put the parts of all blocks at their places."""
    whole = np.concatenate(
        [np.broadcast_to(np.asarray(part), n) for part, n in zip(parts, sizes, strict=True)]
    )
    out = np.empty_like(whole)
    out[place] = whole
    return out


def _places(blocks: Sequence[Years]) -> tuple[IntArray, IntArray, Years]:
    """Return where the events and years of all blocks, in turn, go in the joined table."""
    counts = [
        np.sum([np.arange(years.n_years) < size for size in years.sizes], axis=0)
        for years in blocks
    ]
    count = np.concatenate(counts)
    rank = np.empty(count.size, dtype=np.int64)
    rank[np.argsort(-count, kind="stable")] = np.arange(count.size)
    sizes = tuple(int((count > j).sum()) for j in range(int(count.max())))
    offset = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    places, before = [], 0
    for years in blocks:
        for j, size in enumerate(years.sizes):
            places.append(offset[j] + rank[before : before + size])
        before += years.n_years
    place: IntArray = np.concatenate(places)
    return place, rank, Years(sizes)
