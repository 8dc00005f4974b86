"""Elementwise computations as a graph in which equal parts are one, so that each is computed once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

LEAVES = ("number", "slot", "before", "vector", "adjoint")
"""Nodes that are given: a number, a slot, a state one step before, a vector of parameters, dL/d(an output)."""

_FOLDED = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}


class Node(NamedTuple):
    """One part of a computation.

    Parameters
    ----------
    op : str
        One of ``LEAVES``, or what is done with the inputs.
    inputs : tuple of int
    value : float, int, str or None
        The number, the name of a leaf, or the exponent of a power.
    """

    op: str
    inputs: tuple[int, ...] = ()
    value: float | str | None = None


class Graph:
    """Nodes, each known by its place: what a node is computed from stands before it."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Node, int] = {}

    def number(self, value: float) -> int:
        """A number, the same for every unit and step."""
        return self._place(Node("number", (), float(value)))

    def leaf(self, kind: str, name: str) -> int:
        """Something that is given by name."""
        return self._place(Node(kind, (), name))

    def value_of(self, node: int) -> float | None:
        """What a node is worth where it is a number."""
        found = self.nodes[node]
        return found.value if found.op == "number" and isinstance(found.value, float) else None

    def apply(self, op: str, *inputs: int, value: float | None = None) -> int:
        """A computation with given nodes, made simpler where a factor is one or a term is zero."""
        numbers = [self.value_of(node) for node in inputs]
        if op in _FOLDED and None not in numbers:
            with np.errstate(all="ignore"):
                return self.number(float(_FOLDED[op](*np.array(numbers, np.float64))))
        if op in ("add", "mul") and numbers[0] is not None:
            inputs, numbers = inputs[::-1], numbers[::-1]
        nothing = {"add": 0.0, "sub": 0.0, "mul": 1.0, "div": 1.0}
        if op in nothing and numbers[1] == nothing[op]:
            return inputs[0]
        if op == "neg" and numbers[0] is not None:
            return self.number(-numbers[0])
        if op == "pow" and value == 1:
            return inputs[0]
        return self._place(Node(op, inputs, value))

    def needed(self, nodes: Iterable[int]) -> set[int]:
        """These nodes and all that they are computed from."""
        found: set[int] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self.nodes[node].inputs
        return found

    def _place(self, node: Node) -> int:
        # A zero has a sign that its hash does not tell.
        key = node._replace(value=repr(node.value)) if node.op == "number" else node
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(node)
        return self._known[key]
