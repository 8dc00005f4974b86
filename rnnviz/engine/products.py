"""Stacked products: the matrices that one operand is multiplied with, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rnnviz.engine.plan import Plan


@dataclass(frozen=True)
class Span:
    """Slots or signals that stand side by side: from column ``start`` to ``stop``, in units of H."""

    start: int
    stop: int


@dataclass(frozen=True)
class Product:
    """One stacked matrix: what it is multiplied with, and the run of slots that it is added to."""

    operand: int
    matrices: tuple[str, ...]
    span: Span


def spans(places: Sequence[int]) -> list[Span]:
    """The runs of consecutive numbers in ascending places."""
    found: list[Span] = []
    for place in places:
        if found and found[-1].stop == place:
            found[-1] = Span(found[-1].start, place + 1)
        else:
            found.append(Span(place, place + 1))
    return found


def stacked_products(plan: Plan, operand: int) -> list[Product]:
    """The stacked matrices of one operand: one for every run of slots that it feeds."""
    fed = {plan.place(slot.name): matrix for slot, matrix in plan.slots_of(operand)}
    return [
        Product(operand, tuple(fed[place] for place in range(span.start, span.stop)), span)
        for span in spans(sorted(fed))
    ]
