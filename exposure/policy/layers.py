"""The tree of covers of one plan, checked and put in the order in which it pays.

Resolves limits that are shares of other limits and refuses circles. Reading and patching are left
to ``catalogue`` and ``plans``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exposure.errors import ExposureError, PlanError, Problem, Text
from exposure.files import unknown_key
from exposure.policy.terms import Cover, Limit, Wording
from exposure.policy.vocabulary import INSURED_AS, ROOT, Condition, Exclusion


@dataclass(frozen=True)
class Layer:
    """A cover with its limits resolved and its place in the tree (担保).

    Parameters
    ----------
    name : str
        Name in the policy file; ``plan`` for the plan itself.
    cover : Cover or None
        Its terms; None for the plan itself.
    requires : tuple of Condition
        Conditions of the cover and of every cover around it.
    exclusions : tuple of (str, Exclusion)
        Exclusions that reach it.
    event_limit, period_limit : float
        Most for one event and for the policy period; ``inf`` for none. [JPY]
    inner : tuple of str
        Covers directly inside, in the order in which they use a shared limit.
    attached : bool
        Whether the cover and every cover around it is part of the contract.
    path : tuple of str
        The cover and the covers around it, inside out; empty for the plan itself.
    ratio : tuple of int
        Numerator and denominator of the share paid (縮小てん補割合).
    asks_days, asks_facts : frozenset of str
        Days and attributes that its conditions look at.
    limit_reason : str
        Why its limits leave something unpaid: ``limit`` where they are those of the plan as a
        whole, else ``sublimit``.
    signature : str
        The same for covers that take up the same losses, whatever their limits.
    """

    name: str
    cover: Cover | None
    requires: tuple[Condition, ...]
    exclusions: tuple[tuple[str, Exclusion], ...]
    event_limit: float
    period_limit: float
    inner: tuple[str, ...]
    attached: bool
    path: tuple[str, ...]
    signature: str
    ratio: tuple[int, int] = (1, 1)
    asks_days: frozenset[str] = frozenset()
    limit_reason: str = "sublimit"
    asks_facts: frozenset[str] = frozenset()

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit for one event or for the policy period."""
        return math.isfinite(self.event_limit) or math.isfinite(self.period_limit)

    def head_of(self, head: str) -> str:
        """Return the head under which the cover judges an item: its own, or what it passes as."""
        passes_as = INSURED_AS.get(head, head)
        heads = () if self.cover is None else self.cover.heads
        return passes_as if head not in heads and passes_as in heads else head


def layers_of(wording: Wording, where: str) -> tuple[Layer, ...]:
    """Return the covers inside out: what is inside or referred to first, the plan itself last.

    Raises
    ------
    PlanError
        If a cover, limit or exclusion refers to something that is not there, or goes in a circle.
    """
    covers = wording.cover
    problems = _tree_problems(wording, where)
    if problems:
        raise PlanError(problems)
    limits = _resolved_limits(wording, where)
    inner: dict[str, list[str]] = {name: [] for name in (ROOT, *covers)}
    for name, cover in covers.items():
        inner[cover.within or ROOT].append(name)
    order: list[str] = []
    for name in (*covers, ROOT):
        _visit(name, covers, inner, order)
    layers = []
    for name in order:
        path = _path(name, covers)
        asked = tuple(c for part in path for c in covers[part].require.values())
        layers.append(
            Layer(
                name=name,
                cover=covers.get(name),
                requires=asked,
                exclusions=tuple(
                    (key, exclusion)
                    for key, exclusion in wording.exclusion.items()
                    if any(part in exclusion.reaches for part in path)
                ),
                event_limit=limits[name][0],
                period_limit=limits[name][1],
                inner=tuple(inner[name]),
                attached=all(covers[part].attached for part in path),
                path=tuple(path),
                signature=_signature(path, wording),
                asks_days=frozenset(day for c in asked for day in c.days_asked),
                asks_facts=frozenset[str]().union(*(c.facts_asked for c in asked)),
                limit_reason="limit" if name in wording.plan.limit_covers else "sublimit",
                ratio=covers[name].indemnity_ratio.as_integer_ratio() if path else (1, 1),
            )
        )
    return tuple(layers)


def _signature(path: list[str], wording: Wording) -> str:
    if not path:
        return ""
    own = wording.cover[path[0]]
    taken_up: list[object] = [own.per_unit, own.benefit, own.outside, own.waiting_hours, path]
    taken_up += [wording.cover[part].require for part in path]
    taken_up += [
        (key, exclusion)
        for key, exclusion in wording.exclusion.items()
        if any(part in exclusion.reaches for part in path)
    ]
    return repr((wording.plan.product, wording.derive, taken_up))


def _path(name: str, covers: Mapping[str, Cover]) -> list[str]:
    path = []
    while name != ROOT:
        path.append(name)
        name = covers[name].within or ROOT
    return path


def _visit(
    name: str, covers: Mapping[str, Cover], inner: Mapping[str, list[str]], order: list[str]
) -> None:
    if name in order:
        return
    for part in inner[name]:
        _visit(part, covers, inner, order)
    if name in covers and covers[name].outside:
        _visit(str(covers[name].outside), covers, inner, order)
    order.append(name)


def _tree_problems(wording: Wording, where: str) -> list[Problem]:
    covers = wording.cover
    problems: list[Problem] = []
    names = [*covers, ROOT]
    for name, cover in covers.items():
        if name == ROOT or "." in name:
            text = Text("この名前は使えません", "this name cannot be used")
            problems.append(Problem(where, f"cover.{name}", text))
        for field, other in (("within", cover.within), ("outside", cover.outside)):
            if other is not None and other not in covers:
                problems.append(unknown_key(where, f"cover.{name}.{field}", other, covers))
    problems += _cycles(where, "within", {name: c.within for name, c in covers.items()})
    if not problems:
        problems += _circle_of_payment(where, covers)
    for key, exclusion in wording.exclusion.items():
        for reached in exclusion.reaches:
            if reached not in covers:
                problems.append(unknown_key(where, f"exclusion.{key}.reaches", reached, covers))
        for exception in exclusion.unless:
            bare = exception.partition(":")[0]
            if bare not in wording.exception:
                at = f"exclusion.{key}.unless"
                problems.append(unknown_key(where, at, bare, wording.exception))
    for name in wording.plan.limit_covers:
        if name not in names:
            problems.append(unknown_key(where, "plan.limit_covers", name, names))
    for key, name in wording.plan.prior.items():
        if name not in covers:
            problems.append(unknown_key(where, f"plan.prior.{key}", name, covers))
    taken: dict[tuple[str, str], str] = {}
    for name, cover in covers.items():
        for head in cover.heads:
            kinds = _claim_kinds(cover)
            for kind in kinds:
                other = taken.setdefault((head, kind), name)
                if other != name:
                    text = Text(
                        f"「{head}」は担保「{other}」と重複しています",
                        f'head "{head}" is in cover "{other}" too',
                    )
                    problems.append(Problem(where, f"cover.{name}.heads", text))
    return problems


def _claim_kinds(cover: Cover) -> tuple[str, ...]:
    """Return the kinds of claim a cover takes; covers apart by it may share a head (court days)."""
    for condition in cover.require.values():
        if condition.fact == "claim" and not condition.heads:
            return tuple(str(value) for value in condition.among)
    return ("",)


def _cycles(where: str, field: str, edges: Mapping[str, str | None]) -> list[Problem]:
    for start in edges:
        seen = [start]
        step = edges.get(start)
        while step is not None and step in edges and step not in seen:
            seen.append(step)
            step = edges[step]
        if step is not None and step in seen:
            chain = " → ".join([*seen, step])
            text = Text(f"循環しています（{chain}）", f"goes in a circle ({chain})")
            return [Problem(where, f"cover.{start}.{field}", text)]
    return []


def _circle_of_payment(where: str, covers: Mapping[str, Cover]) -> list[Problem]:
    """Say where a cover would have to be paid before itself: inner covers first, `outside` too."""
    needs: dict[str, set[str]] = {name: set() for name in covers}
    for name, cover in covers.items():
        if cover.within is not None:
            needs[cover.within].add(name)
        if cover.outside is not None:
            needs[name].add(cover.outside)
    done: set[str] = set()
    while ready := {name for name in needs if name not in done and needs[name] <= done}:
        done |= ready
    stuck = [name for name in covers if name not in done and covers[name].outside is not None]
    text = Text(
        "outside の担保は、その外側や内側にない担保にしてください",
        "outside must name a cover that does not itself need this one",
    )
    return [
        Problem(where, f"cover.{name}.outside", text, covers[name].outside) for name in stuck[:1]
    ]


def _resolved_limits(wording: Wording, where: str) -> dict[str, tuple[float, float]]:
    stated: dict[str, tuple[Limit | None, Limit | None]] = {
        name: (cover.limit or cover.event_limit, cover.limit or cover.period_limit)
        for name, cover in wording.cover.items()
    }
    whole = wording.plan
    stated[ROOT] = whole.limit or whole.event_limit, whole.limit or whole.period_limit
    resolved: dict[str, tuple[float, float]] = {}

    def amount(limit: Limit | None, chain: list[str]) -> float:
        if limit is None:
            return float("inf")
        if limit.of is None:
            return limit.at_most
        key = f"cover.{chain[-1]}.limit.of"
        if limit.of not in stated:
            raise PlanError(unknown_key(where, key, limit.of, stated))
        if limit.of in chain:
            shown = " → ".join([*chain, limit.of])
            text = Text(f"限度額が循環しています（{shown}）", f"limits go in a circle ({shown})")
            raise PlanError(Problem(where, key, text))
        base = min(amount(part, [*chain, limit.of]) for part in stated[limit.of])
        rate = limit.rate_percent if limit.rate_percent is not None else 1
        share = base if base == float("inf") else float(int(base) * rate // 1)
        return min(share, limit.at_most)

    problems: list[Problem] = []
    for name, (event, period) in stated.items():
        try:
            resolved[name] = (amount(event, [name]), amount(period, [name]))
        except ExposureError as error:
            problems += error.problems
    if problems:
        raise PlanError(dict.fromkeys(problems))
    return resolved
