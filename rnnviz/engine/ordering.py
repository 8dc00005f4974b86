"""The order of slots and quantities in their rows: the one that needs the fewest calls per step.

Slots stand side by side so that the products with one operand are one stacked matrix, the functions of one kind one
call, and the derivatives of one output few of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from rnnviz.engine.language.model import Call, SignalAt
from rnnviz.engine.plan import Computed, Plan, Slot, free

_MOST_SLOTS_TO_PERMUTE = 6


def ordered(plan: Plan) -> Plan:
    """The same plan with the slots in the order that needs the fewest calls."""
    computed = tuple(slot for slot in plan.slots if slot.name not in plan.held.values())
    orders: Iterator[tuple[Slot, ...]] = iter([computed])
    if len(computed) <= _MOST_SLOTS_TO_PERMUTE:
        orders = itertools.permutations(computed)
    groups = _groups(plan)
    best = min(orders, key=lambda order: sum(_runs(order, group) for group in groups))
    placed = replace(plan, slots=(*best, *plan.slots[len(best) :]))
    return replace(placed, columns=_columns(placed))


def _groups(plan: Plan) -> list[frozenset[str]]:
    """Sets of slots that should stand together: fed by one operand, put through one function, read by one output."""
    groups = [frozenset(slot.name for slot, _ in plan.slots_of(operand)) for operand in range(len(plan.operands))]
    calls: dict[tuple[int, str], set[str]] = {}
    for entry in plan.computed:
        expression = free(entry.expression)
        if entry.slot is not None and isinstance(expression, Call):
            calls.setdefault((entry.level, expression.function), set()).add(entry.slot)
    groups += map(frozenset, calls.values())
    for output in plan.outputs:
        groups.append(frozenset(leaf.name for leaf in plan.depends(output) if isinstance(leaf, SignalAt)))
    return groups


def _runs(order: tuple[Slot, ...], group: frozenset[str]) -> int:
    inside = [slot.name in group for slot in order]
    return sum(1 for before, now in zip([False, *inside], inside, strict=False) if now and not before)


def _columns(plan: Plan) -> dict[str, int]:
    """Places in the row of signals: functions of slots first, in the order of the slots, so that one call does many."""

    def key(entry: Computed) -> tuple[int, int, str, int]:
        expression = free(entry.expression)
        if entry.slot is None or not isinstance(expression, Call):
            return (1, entry.level, entry.name, 0)
        return (0, entry.level, expression.function, plan.place(entry.slot))

    return {entry.name: place for place, entry in enumerate(sorted(plan.computed, key=key))}
