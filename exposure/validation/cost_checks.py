"""Published costs of leaks against what the model prices them at (損害額の照合)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any  # Any: settings as read from TOML

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.inputs.parameters import Override
from exposure.inputs.sources import reference_rows, reference_value
from exposure.model.build import build_model
from exposure.model.curves import normal_nodes
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.streams import Luck
from exposure.validation.checks import BackTest, Check, back_test, part, settings

_NODES = 2**3  # record counts over the holders

_REASON = "検証"

_COURT = "court"

_NOTHING_ENCRYPTED: Mapping[str, float] = {"event.ransomware": 0.0}

_PER_OCTAVE = 2**4  # factors tried for every doubling

_OCTAVES = 2**3 + 2


def cost_tests(assumptions: Assumptions, leaks: int, seed: int) -> list[BackTest]:
    """Return the back-tests of costs, under what courts show (損害額の照合)."""
    return [
        *_ransomware(assumptions, leaks, seed),
        _websites("website_loss", {}, assumptions, leaks, seed),
        _shops("shops", {}, assumptions, leaks, seed),
        # Victims of ransomware are a category of their own in the surveys: what the tests would
        # say without them is shown, and not counted.
        _websites("website_loss_plain", _NOTHING_ENCRYPTED, assumptions, leaks, seed),
        _shops("shops_plain", _NOTHING_ENCRYPTED, assumptions, leaks, seed),
        _disclosed_costs(assumptions, leaks, seed),
        _illustrations(assumptions, leaks, seed),
        _small_companies(assumptions, leaks, seed),
        _consulting(assumptions),
        _test_examination(assumptions, leaks, seed),
    ]


def passing_range(passes: Callable[[float], bool]) -> tuple[float, float]:
    """Return the least and the greatest factor tried with which a test passes (通る倍率の範囲).

    Examples
    --------
    >>> passing_range(lambda factor: 0.5 <= factor <= 4)
    (0.5, 4.0)
    """
    factors = 2.0 ** (np.arange(-_OCTAVES * _PER_OCTAVE, _OCTAVES * _PER_OCTAVE + 1) / _PER_OCTAVE)
    found = [factor for factor in factors.tolist() if passes(factor)]
    return (found[0], found[-1]) if found else (np.inf, 0.0)


# --- leaks of one kind ---------------------------------------------------------------------------


def _attacks_only() -> dict[str, float]:
    """Return what leaves nothing but attacks on the client's own systems and folders."""
    return {
        f"frequency.m.{group}": float(np.finfo(float).tiny ** (1 / 2))
        for group in load_groups().groups
        if group != settings()["website"]["group"]
    }


def _on_systems() -> dict[str, float]:
    """Return what makes every attack one on a system, and no local one."""
    return {f"size.rho.{cause}": 1.0 for cause in load_groups().causes}


def _everything_lost() -> dict[str, float]:
    return {**_attacks_only(), **_on_systems(), "size.alpha.external": 1.0, "size.reach.gamma": 0.0}


def _heads(
    assumptions: Assumptions, values: Mapping[str, float], client: Client, leaks: int, seed: int
) -> dict[str, FloatArray]:
    """Return the losses of leaks by head, under changed assumptions. [JPY]."""
    changed = assumptions.with_overrides(
        {name: Override(value=value, reason=_REASON) for name, value in values.items()}
    )
    model = build_model(client, changed, changed.date("run.inception"))
    simulated = simulate_events(model, leaks, Luck(seed))
    return price_losses(model, simulated, _COURT, Luck(seed)).by_head()


def _sum(heads: Mapping[str, FloatArray], names: Sequence[str] | None = None) -> FloatArray:
    found: FloatArray = np.sum([heads[name] for name in names or heads if name in heads], axis=0)
    return found


def _holders(population: Mapping[str, Any], median: float) -> Iterator[tuple[int, float]]:
    """Yield record counts of lognormal holders with their weights."""
    nodes, weights = normal_nodes(_NODES)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        records = round(median * float(np.exp(population["sd_log"] * node)))
        yield max(records, 1), weight


def _spread(amounts: FloatArray) -> tuple[float, tuple[float, float]]:
    """Return the median of simulated costs, and the range of a figure that could be one of them."""
    criteria = settings()["criteria"]
    low, middle, high = np.quantile(amounts, [criteria["low"], 1 / 2, criteria["high"]]).tolist()
    return middle, (low, high)


# --- the tests -----------------------------------------------------------------------------------


def _ransomware(assumptions: Assumptions, leaks: int, seed: int) -> list[BackTest]:
    """Hold what victims of ransomware paid for investigation and recovery against the model."""
    test, criteria = settings()["ransomware"], settings()["criteria"]
    values = {**_attacks_only(), **_on_systems(), "event.ransomware": 1.0}
    # By median of the holders: recovery, everything else technical, and the weight of each leak.
    columns = []
    for median in test["medians"]:
        recovery, other, weight = [], [], []
        for records, share in _holders(test, median):
            heads = _heads(assumptions, values, Client(records=records), leaks // _NODES, seed)
            recovery.append(heads[test["recovery"]])
            other.append(_sum(heads, test["other_heads"]))
            weight.append(np.full(recovery[-1].size, share / recovery[-1].size))
        columns.append(tuple(np.concatenate(parts) for parts in (recovery, other, weight)))

    def shares(least: float, factor: float = 1.0) -> list[float]:
        return [float(w @ (factor * r + o >= least)) for r, o, w in columns]

    def share_part(name: str, key: str) -> Check:
        one = test["shares"][key]
        below, margin, observed = one.get("below", False), one["margin"], one["observed"]

        def at(factor: float) -> list[float]:
            found = shares(one["least"], factor)
            return [1 - x for x in found] if below else found

        def fits(factor: float) -> bool:
            return all(abs(observed - x) <= margin for x in at(factor))

        found = at(1.0)
        within = max(found) - margin, min(found) + margin
        return part(
            name, one["detail"], observed, float(np.mean(found)), within, passing_range(fits),
            one["source"],
        )  # fmt: skip

    police = [
        back_test(name, [share_part(name, key) for key in test[name]])
        for name in ("ransomware_police", "ransomware_police_2025")
    ]
    victims = []
    for key in ("median", "mean"):
        one = test["victims"][key]
        found = [
            float(w @ (r + o)) if key == "mean" else _weighted_median(r + o, w)
            for r, o, w in columns
        ]
        factor = criteria["victims_factor"]
        within = max(found) / factor, min(found) * factor
        middle = float(np.mean(found))
        victims.append(
            part("ransomware_victims", one["detail"], one["observed"], middle, within,
                 source=one["source"])
        )  # fmt: skip
    return [*police, back_test("ransomware_victims", victims)]


def _weighted_median(values: FloatArray, weight: FloatArray) -> float:
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])


def _websites(
    name: str, more: Mapping[str, float], assumptions: Assumptions, leaks: int, seed: int
) -> BackTest:
    """Hold the mean losses of leaks from websites against the model."""
    test, factor = settings()["website"], settings()["criteria"]["website_factor"]
    # A website is a system: mailboxes and folders, the local leaks, are not in the survey.
    values = {**_attacks_only(), **_on_systems(), **more}
    parts = []
    for kind, item in test["rows"].items():
        mean = sum(
            weight
            * float(
                _sum(
                    _heads(
                        assumptions,
                        values,
                        Client(records=records, card_share=float(kind == "card")),
                        leaks // _NODES,
                        seed,
                    )
                ).mean()
            )
            for records, weight in _holders(test, test["median"])
        )
        observed = reference_value("cost_items", "yen_low", item=item)
        within = mean / factor, mean * factor
        parts.append(part(name, kind, observed, mean, within, source=f"cost_items / {item}"))
    return back_test(name, parts)


def _shops(
    name: str, more: Mapping[str, float], assumptions: Assumptions, leaks: int, seed: int
) -> BackTest:
    """Hold what breached shops with cards paid against the model."""
    test, parts = settings()["shops"], []
    values = {**_everything_lost(), **more}
    for key in ("example", "mean"):
        one = test[key]
        client = Client(records=one["persons"], card_share=1.0)
        heads = _heads(assumptions, values, client, leaks, seed)
        cost = _sum({name: x for name, x in heads.items() if name not in test["without"]})
        observed = evidence("disclosed_cost", one["item"])
        if key == "example":
            middle, within = _spread(cost)
        else:
            middle, factor = float(cost.mean()), settings()["criteria"]["shops_factor"]
            within = middle / factor, middle * factor
        detail = f"{one['persons']:,}"
        source = f"evidence_2026 / disclosed_cost / {one['item']}"
        parts.append(part(name, detail, observed, middle, within, source=source))
    return back_test(name, parts)


def _disclosed_costs(assumptions: Assumptions, leaks: int, seed: int) -> BackTest:
    """Hold costs that organisations disclosed, each at its size, against the model."""
    test = settings()["disclosed"]
    least, most, enough = test["least"], test["most"], test["enough"]
    parts, costs = [], []
    for one in test["cases"]:
        # Of a leak said to hold cards in part, the share is unknown.
        shares = one.get("card_shares", [0.0])
        each = [
            _sum(
                _heads(
                    assumptions,
                    _everything_lost(),
                    Client(records=one["persons"], card_share=share),
                    leaks // len(shares),
                    seed,
                )
            )
            for share in shares
        ]
        cost = np.sort(np.concatenate(each))
        low, middle, high = np.quantile(cost, [least, 1 / 2, most]).tolist()
        costs.append((one["cost"], cost))
        parts.append(
            part(
                "disclosed", one["detail"], float(one["cost"]), middle, (low, high),
                source=one["source"],
            )
        )  # fmt: skip

    def passes(factor: float) -> bool:
        u = [np.searchsorted(cost, seen / factor, side="right") / cost.size for seen, cost in costs]
        below = [x for x in u if x <= most]
        return bool(len(below) >= enough and min(u) >= least)

    return back_test("disclosed", parts, passes(1.0), passing_range(passes))


def _illustrations(assumptions: Assumptions, leaks: int, seed: int) -> BackTest:
    """Hold the costs that insurers print for leaks of given sizes against the model."""
    test, parts = settings()["illustrations"], []
    for one in test["rows"]:
        client = Client(records=one["persons"])
        heads = _heads(assumptions, _everything_lost(), client, leaks, seed)
        cost = _sum({name: x for name, x in heads.items() if name not in test["without"]})
        middle, within = _spread(cost)
        detail = f"{one['detail']}, {one['persons']:,}"
        parts.append(
            part("illustrations", detail, float(one["cost"]), middle, within, source=one["source"])
        )
    return back_test("illustrations", parts)


def _small_companies(assumptions: Assumptions, leaks: int, seed: int) -> BackTest:
    """Say how often an attack on a small company costs a million yen."""
    test = settings()["small_companies"]
    heads = _heads(assumptions, _attacks_only(), Client(records=test["persons"]), leaks, seed)
    share = float((_sum(heads) >= test["least"]).mean())
    within = test["low"], test["high"]
    scaling = test["low"] / share, test["high"] / share
    detail = f"{test['persons']:,}"
    one = part("small_companies", detail, share, share, within, scaling, test["source"])
    return back_test("small_companies", [one])


def _consulting(assumptions: Assumptions) -> BackTest:
    """Hold the published fees of consultants against the model, in closed form."""
    from scipy.special import ndtr, ndtri

    test, criteria, value = settings()["consulting"], settings()["criteria"], assumptions.value
    sigma = value("cost.consulting.sigma")

    def median(persons: float) -> float:
        size = persons / value("cost.level_persons")
        return float(value("cost.consulting.level") * size ** value("cost.consulting.exponent"))

    parts = []
    for one in test["rows"]:
        middle = median(one["persons"])
        low, high = (middle * np.exp(sigma * ndtri(criteria[end])) for end in ("low", "high"))
        detail = f"{one['persons']:,}"
        parts.append(
            part(
                "consulting", detail, float(one["cost"]), middle, (low, high), source=one["source"]
            )
        )
    # The costs printed for many persons are not the rule for few.
    middle = median(test["few"])
    chance = float(ndtr(np.log(middle / test["dear"]) / sigma))
    most = float(test["dear"] / middle * np.exp(sigma * ndtri(test["seldom"])))
    detail = f"{test['few']:,}: P(> {test['dear']:,})"
    parts.append(part("consulting", detail, chance, chance, (0.0, test["seldom"]), (0.0, most)))
    return back_test("consulting", parts)


def _test_examination(assumptions: Assumptions, leaks: int, seed: int) -> BackTest:
    """Say what examining the devices of a client with many of them costs."""
    test = settings()["examined"]
    client = Client(records=test["records"], pcs=test["pcs"], servers=test["servers"])
    cost = _heads(assumptions, _attacks_only(), client, leaks, seed)[test["head"]]
    cost = cost[cost > 0]
    mean, dear = float(cost.mean()), float((cost >= test["dear"]).mean())
    scaling = passing_range(
        lambda factor: (
            factor * mean < test["mean"] and (factor * cost >= test["dear"]).mean() < test["seldom"]
        )
    )
    return back_test(
        "examined",
        [
            part("examined", test["mean_detail"], mean, mean, (0.0, test["mean"]), scaling),
            part("examined", test["dear_detail"], dear, dear, (0.0, test["seldom"]), scaling),
        ],
    )


def evidence(topic: str, item: str) -> float:
    """Return one published figure in yen (公表額). [JPY].

    It stands in ``evidence_2026``; ``item`` may be its beginning.

    Examples
    --------
    >>> evidence("disclosed_cost", "response cost of a breached e-commerce site, example")
    6000000.0
    """
    (row,) = (
        row
        for row in reference_rows("evidence_2026")
        if row["topic"] == topic and row["item"] == item
    )
    return float(row["value"]) * float(settings()["evidence"]["units"][row["unit"]])
