"""What a notation is: the names that signals and parameters have in a book or a library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rnnviz.engine.language.expressions import MatrixProduct, Parameter, contains, walk
from rnnviz.engine.language.model import Cell, ParameterInfo, Role

_GOODFELLOW: Mapping[str, str] = {"g": "i", "q": "o", "s": "c"}
"""The names of an LSTM's signals for those of the cell that is written as in Goodfellow's book."""


@dataclass(frozen=True)
class Notation:
    """A table of names.

    Attributes
    ----------
    value, label, hint : str
        Its name in files and on the screen, and where it is taken from.
    signals : mapping
        From the letters of the shipped cells (i, f, o, c, h; r, z) to those of the notation, where they differ.
    candidate, proposal : str
        The candidate of a cell with a cell state c, and of other cells.
    parameters : mapping
        A pattern by the part that a parameter plays; ``{}`` is the gate. Without any, all names stay.
    subscripts : mapping
        What stands for a signal in the index of its parameters, where it is not the signal's letter; empty: nothing.
    bare : bool
        Whether the parameters of a cell that has matrices in one equation only have no index.
    """

    value: str
    label: str
    hint: str
    signals: Mapping[str, str] = field(default_factory=dict)
    candidate: str = ""
    proposal: str = ""
    parameters: Mapping[Role, str] = field(default_factory=dict)
    subscripts: Mapping[str, str] = field(default_factory=dict)
    bare: bool = True

    def names(self, cell: Cell) -> dict[str, str]:
        """Return the name of every signal and parameter of a cell in this notation; no two have the same."""
        taken = {"x", "y"}
        found: dict[str, str] = {}
        for signal in cell.order:
            found[signal] = _free(taken, self._signal(cell, signal), signal)
        gates = dict(_gates(cell))
        for info in cell.parameters:
            gate = found.get(gates.get(info.name, ""), "")
            found[info.name] = _free(taken, self._parameter(cell, info, gate), info.name)
        return found

    def _signal(self, cell: Cell, signal: str) -> str:
        if not self.parameters:
            return signal
        book = cell.name == "lstm-goodfellow"
        if cell.signal(signal).kind == "candidate":
            return self.candidate if book or "c" in cell.states else self.proposal
        own = _GOODFELLOW.get(signal, signal) if book else signal
        head, mark, rest = own.partition("_")
        return self.signals.get(head, head) + mark + rest

    def _parameter(self, cell: Cell, info: ParameterInfo, gate: str) -> str:
        pattern = self.parameters.get(info.role, "")
        if not pattern or not gate or (info.role == "recurrent" and info.kind == "vector"):
            return info.name
        index = self.subscripts.get(gate, gate.partition("_")[0])
        if self.bare and sum(contains(one.expression, MatrixProduct) for one in cell.equations) < 2:
            index = ""
        return pattern.format(index).rstrip("_")


def _gates(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield every parameter with the signal in whose equation it stands."""
    for one in reversed(cell.equations):
        for part in walk(one.expression):
            if isinstance(part, Parameter):
                yield part.name, one.signal
            elif isinstance(part, MatrixProduct):
                yield part.matrix, one.signal


def _free(taken: set[str], *wanted: str) -> str:
    """Return the first name that no other has, and take it."""
    own = wanted[-1]
    names = (*wanted, *(f"{own}_{count}" for count in range(2, len(taken) + 3)))
    chosen = next(name for name in names if name not in taken)
    taken.add(chosen)
    return chosen
