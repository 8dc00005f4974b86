"""The nodes of a graph computed for many steps at once, in float64, in memory that is used again and again.

Two parts: what is computed before the adjoints are carried back (diagonals), and what is computed with them afterwards.
A place in memory is free again after the last use of what it held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.graph import LEAVES, Graph

Array = NDArray[np.float64]


def _tensor(value: Array | float) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64)


def _like(value: Array | float, out: Array) -> Tensor:
    # Torch gives a number for a number, where numpy fills what it is to write.
    return _tensor(value).expand(out.shape)


def _torch(call: Callable[..., Tensor], result: str = "out") -> Callable[..., None]:
    def into(*given: Array | float) -> None:
        *inputs, out = given
        assert isinstance(out, np.ndarray)
        call(*(_like(value, out) for value in inputs), **{result: _tensor(out)})

    return into


def _power(base: Array, exponent: Array | float, out: Array) -> None:
    torch.pow(_like(base, out), float(exponent), out=_tensor(out))


def _softplus(value: Array, out: Array) -> None:
    torch.logaddexp(_like(value, out), _tensor(0.0), out=_tensor(out))


def _positive(coming: Array | float, value: Array, out: Array) -> None:
    # As torch has it: all for NaN, so that a gradient there is not mistaken for a true zero; elsewhere a true zero.
    np.copyto(out, coming)
    np.copyto(out, 0.0, where=np.less_equal(value, 0))


def _share(coming: Array | float, one: Array, other: Array, out: Array) -> None:
    # The share of a maximum that belongs to the first: a half each where they are equal, as torch has it.
    np.multiply(coming, np.where(np.equal(one, other), 0.5, 1.0), out)
    np.copyto(out, 0.0, where=np.less(one, other))


def _sign(value: Array, out: Array) -> None:
    # As torch has it: zero for NaN.
    np.copyto(out, np.sign(value))
    np.copyto(out, 0.0, where=np.isnan(value))


def _held(value: Array | float, put: Array, out: Array) -> None:
    np.copyto(out, value)
    np.copyto(out, put, where=np.equal(put, put))


def _free(coming: Array | float, put: Array, out: Array) -> None:
    # What is held depends on nothing that it would have been computed from.
    np.copyto(out, 0.0)
    np.copyto(out, coming, where=np.not_equal(put, put))


_CALLS: Mapping[str, Callable[..., object]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.absolute,
    "sign": _sign,
    "max": lambda one, other, out: np.maximum(one, other, out=out),
    "min": lambda one, other, out: np.minimum(one, other, out=out),
    "relu": lambda value, out: np.maximum(value, 0, out=out),
    "sigmoid": _torch(torch.sigmoid),
    "sigmoid_back": _torch(torch.ops.aten.sigmoid_backward, "grad_input"),
    "tanh_back": _torch(torch.ops.aten.tanh_backward, "grad_input"),
    "softplus": _softplus,
    "pow": _power,
    "positive": _positive,
    "held": _held,
    "free": _free,
    "share": _share,
}


@dataclass(frozen=True)
class Place:
    """Where a value is found: a buffer, a vector of parameters or the adjoint of an output by name, or a number."""

    kind: str
    key: int | str | float


@dataclass(frozen=True)
class Step:
    """One call: what it reads and the buffer that it writes."""

    call: Callable[..., object]
    inputs: tuple[Place, ...]
    out: int


class Program:
    """The calls that compute some nodes of a graph.

    Parameters
    ----------
    graph : Graph
    before : sequence of int
        Nodes that must be known before the adjoints; they stay until the adjoints have been carried back.
    after : sequence of int
        Nodes that are computed from the adjoints. Each is to be read before the next one is computed.

    Attributes
    ----------
    loads : tuple of (kind, name, int)
        Slots and previous states with the buffers that must hold them at the start.
    buffers : int
        How many buffers [n, H] the program works in.
    before : list of Step
    kept : list of Place
        Where the nodes that must be known before the adjoints stand.
    after : list of (list of Step, Place)
        For each of the nodes that are computed from the adjoints: the calls, and where it stands after them.
    """

    def __init__(self, graph: Graph, before: Sequence[int], after: Sequence[int]) -> None:
        self._graph = graph
        self._buffer_of: dict[int, int] = {}
        self._free: list[int] = []
        self.buffers = 0
        needed = graph.needed([*before, *after])
        groups = self._groups(before, after)
        self._last = self._last_uses(groups, before, after)
        self.loads = tuple(self._load(node) for node in sorted(needed) if graph.nodes[node].op in ("slot", "before"))
        self.before = self._steps(groups[0], 0)
        self.kept = [self._place(node) for node in before]
        self._release(0)
        self.after: list[tuple[list[Step], Place]] = []
        for index, node in enumerate(after, start=1):
            steps = self._steps(groups[index], index)
            self.after.append((steps, self._place(node)))
            self._release(index)

    def _groups(self, before: Sequence[int], after: Sequence[int]) -> list[list[int]]:
        """The nodes to compute: those before the adjoints, then those for each of the others."""
        done: set[int] = set()
        groups = []
        for targets in (list(before), *([node] for node in after)):
            group = [node for node in sorted(self._graph.needed(targets) - done) if self._computed(node)]
            groups.append(group)
            done.update(group)
        return groups

    def _computed(self, node: int) -> bool:
        return self._graph.nodes[node].op not in LEAVES

    def _last_uses(
        self, groups: list[list[int]], before: Sequence[int], after: Sequence[int]
    ) -> dict[int, tuple[int, int]]:
        """The last use of every node: its group, and the node that needs it there (or the end of the group)."""
        last: dict[int, tuple[int, int]] = {}
        end = len(self._graph.nodes)
        for index, group in enumerate(groups):
            for node in group:
                for used in self._graph.nodes[node].inputs:
                    last[used] = (index, node)
            for node in before if index == 0 else [after[index - 1]]:
                last[node] = (index, end)
        return last

    def _load(self, node: int) -> tuple[str, str, int]:
        found = self._graph.nodes[node]
        return found.op, str(found.value), self._take(node)

    def _take(self, node: int) -> int:
        if not self._free:
            self._free.append(self.buffers)
            self.buffers += 1
        self._buffer_of[node] = self._free.pop()
        return self._buffer_of[node]

    def _steps(self, group: list[int], index: int) -> list[Step]:
        steps = []
        for node in group:
            found = self._graph.nodes[node]
            inputs = tuple(map(self._place, found.inputs))
            if found.op == "pow":
                inputs = (*inputs, Place("number", float(found.value or 0)))
            steps.append(Step(_CALLS[found.op], inputs, self._take(node)))
            self._release(index, set(found.inputs), node)
        return steps

    def _release(self, index: int, among: set[int] | None = None, node: int | None = None) -> None:
        """Free what has had its last use."""
        at = (index, len(self._graph.nodes) if node is None else node)
        for held in list(self._buffer_of) if among is None else sorted(among):
            if held in self._buffer_of and self._last.get(held) == at:
                self._free.append(self._buffer_of.pop(held))

    def _place(self, node: int) -> Place:
        found = self._graph.nodes[node]
        if found.op == "number":
            return Place("number", float(found.value or 0))
        if found.op in ("vector", "adjoint"):
            return Place(found.op, str(found.value))
        return Place("buffer", self._buffer_of[node])


class Memory:
    """The buffers of a program for up to so many steps.

    Parameters
    ----------
    program : Program
    vectors : mapping of str to ndarray, [H]
    steps, units : int
    """

    def __init__(self, program: Program, vectors: Mapping[str, Array], steps: int, units: int) -> None:
        self._program = program
        self._buffers = np.empty((program.buffers, steps, units))
        self._vectors = {name: np.tile(value, (steps, 1)) for name, value in vectors.items()}

    def load(self, count: int) -> Iterator[tuple[str, str, Array]]:
        """What must be given: kind and name of each slot and previous state, and the memory for it, [count, H]."""
        for kind, name, index in self._program.loads:
            yield kind, name, self._buffers[index, :count]

    def prepare(self, count: int) -> None:
        """Compute what must be known before the adjoints, for the first rows."""
        self._run(self._program.before, count, {})

    def kept(self) -> list[Array]:
        """The memory of what must be known before the adjoints, [steps, H] each; numbers are left out."""
        steps = self._buffers.shape[1]
        return [np.asarray(self._at(place, steps, {})) for place in self._program.kept if place.kind != "number"]

    def finish(self, count: int, adjoints: Mapping[str, Array]) -> Iterator[Array]:
        """Compute what follows from the adjoints, one after the other, [count, H]; each is good until the next one."""
        for steps, place in self._program.after:
            self._run(steps, count, adjoints)
            found = self._at(place, count, adjoints)
            yield found if isinstance(found, np.ndarray) else np.full((count, self._buffers.shape[2]), found)

    def _run(self, steps: Sequence[Step], count: int, adjoints: Mapping[str, Array]) -> None:
        with np.errstate(all="ignore"):
            for step in steps:
                step.call(*(self._at(place, count, adjoints) for place in step.inputs), self._buffers[step.out, :count])

    def _at(self, place: Place, count: int, adjoints: Mapping[str, Array]) -> Array | float:
        match place.kind, place.key:
            case "buffer", int(index):
                return self._buffers[index, :count]
            case "vector", str(name):
                return self._vectors[name][:count]
            case "adjoint", str(name):
                return adjoints[name]
            case _, key:
                return float(key)
