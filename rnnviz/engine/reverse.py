"""The compiled step of backpropagation through time: adjoints of the states, from the last step to the first.

Within a step every state and every computed operand depends on slots and previous states unit by unit, so all the
derivatives needed are diagonals, which are evaluated for many steps at once. What is left for the loop is, per step,
delta = sum of diagonal * adjoint, and the stacked matrices transposed times delta.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from rnnviz.engine.language.model import StateBefore
from rnnviz.engine.plan import Plan
from rnnviz.engine.products import Product, Span, spans, stacked_products
from rnnviz.engine.scan import Row, compiled


@dataclass(frozen=True)
class Diagonal:
    """The derivative of one output with respect to a run of leaves (slots, then previous states)."""

    output: str
    span: Span


@dataclass
class CompiledReverse:
    """The loop that carries adjoints back through one cell.

    Attributes
    ----------
    outputs : tuple of str
        The quantities whose adjoints the loop carries: states, the cell's output, computed operands, probed signals.
    leaves : tuple of str
        Slots in their order, then the states as they were one step before.
    diagonals : tuple of Diagonal
    products : tuple of Product
        Products whose transposed matrices the loop needs, in its order.
    source : str
        The text of the loop, for the curious.
    views : callable (diagonals, adjoints, delta, delta3, H) -> list of Row
        Cuts memory for n steps into what the loop works on: for each of ``diagonals`` a tensor [n, leaves of the
        span, H]; for each of ``outputs`` a tensor [n + 1, H]; delta [n, leaves * H], and the same as [n, leaves, H].
    loop : callable (rows, transposed) -> None
        Carries adjoints back over the steps whose rows are given, last step first; ``transposed`` are the stacked
        matrices of ``products``, transposed. Row t + 1 of an output's adjoint belongs to step t and holds, before,
        what comes from outside and from later steps; row t takes what goes on to earlier steps. Delta must be zero
        before, and is then the derivative with respect to every leaf.
    """

    outputs: tuple[str, ...]
    leaves: tuple[str, ...]
    diagonals: tuple[Diagonal, ...]
    products: tuple[Product, ...]
    source: str
    views: Callable[[Sequence[Tensor], Sequence[Tensor], Tensor, Tensor, int], list[Row]] = field(repr=False)
    loop: Callable[[Sequence[Row], Sequence[Tensor]], None] = field(repr=False)


def compile_reverse(plan: Plan, probed: tuple[str, ...] = ()) -> CompiledReverse:
    """Compile the way back through a cell.

    Parameters
    ----------
    plan : Plan
    probed : tuple of str
        Signals into which a gradient comes from outside, besides the cell's output.

    Returns
    -------
    CompiledReverse
    """
    return _Writer(plan, probed).compiled()


class _Writer:
    """Writes the loop; every view of a row becomes one variable of it."""

    def __init__(self, plan: Plan, probed: tuple[str, ...]) -> None:
        self.plan = plan
        self.outputs = tuple(
            sorted(
                dict.fromkeys((*plan.outputs, *probed)),
                # A slot is fed by what was computed on its own level, so its adjoint must be complete before theirs.
                key=lambda name: (-_level(plan, name), name not in plan.aliases, name),
            )
        )
        self.leaves = (*(slot.name for slot in plan.slots), *plan.cell.states)
        self.views: dict[str, str] = {}
        self.lines: list[str] = []
        self.diagonals: list[Diagonal] = []
        self.products: list[Product] = []

    def compiled(self) -> CompiledReverse:
        written: set[int] = set()
        for output in self.outputs:
            self._operand(output)
            self._output(output, written)
        for state in self.plan.cell.states:
            self._carry(state)
        source = self._source()
        functions = compiled(source)
        return CompiledReverse(
            self.outputs,
            self.leaves,
            tuple(self.diagonals),
            tuple(self.products),
            source,
            functions["views"],
            functions["reverse"],
        )

    def _operand(self, output: str) -> None:
        for index, operand in enumerate(self.plan.operands):
            if operand.kind == "computed" and operand.name == output:
                self._through(index, self._adjoint(output))

    def _carry(self, state: str) -> None:
        target = self._adjoint(state, earlier=True)
        for index, operand in enumerate(self.plan.operands):
            if operand.kind == "state" and operand.name == state:
                self._through(index, target)
        place = self.leaves.index(state)
        if any(diagonal.span.start <= place < diagonal.span.stop for diagonal in self.diagonals):
            self.lines.append(f"{target}.add_({self._delta(Span(place, place + 1))})")

    def _through(self, operand: int, target: str) -> None:
        for product in stacked_products(self.plan, operand):
            self.lines.append(f"{target}.addmv_(m{len(self.products)}, {self._delta(product.span)})")
            self.products.append(product)

    def _output(self, output: str, written: set[int]) -> None:
        places = sorted(
            len(self.plan.slots) + self.plan.cell.states.index(leaf.name)
            if isinstance(leaf, StateBefore)
            else self.plan.place(leaf.name)
            for leaf in self.plan.depends(output)
        )
        adjoint = self._adjoint(output)
        for fresh in (True, False):
            for span in spans([place for place in places if (place not in written) == fresh]):
                diagonal = self._view(f"diagonals[{len(self.diagonals)}]")
                delta = self._view(f"delta3[:, {span.start}:{span.stop}]")
                self.diagonals.append(Diagonal(output, span))
                call = (
                    f"mul({diagonal}, {adjoint}, out={delta})" if fresh else f"{delta}.addcmul_({diagonal}, {adjoint})"
                )
                self.lines.append(call)
        written |= set(places)

    def _adjoint(self, output: str, *, earlier: bool = False) -> str:
        rows = "[:-1]" if earlier else "[1:]"
        return self._view(f"adjoints[{self.outputs.index(output)}]{rows}")

    def _delta(self, span: Span) -> str:
        return self._view(f"delta[:, {span.start} * H:{span.stop} * H]")

    def _view(self, source: str) -> str:
        return self.views.setdefault(source, f"v{len(self.views)}")

    def _source(self) -> str:
        split = ", ".join(f"{view}.unbind(0)" for view in self.views)
        matrices = "".join(f"m{index}, " for index in range(len(self.products)))
        text = [
            "def views(diagonals, adjoints, delta, delta3, H):",
            f"    return list(zip({split}))",
            "def reverse(rows, transposed):",
            "    mul = torch.mul",
            *([f"    {matrices}= transposed"] if matrices else []),
            f"    for {', '.join(self.views.values())}, in reversed(rows):",
            *("        " + line for line in self.lines or ["pass"]),
        ]
        return "\n".join(text) + "\n"


def _level(plan: Plan, name: str) -> int:
    if name in plan.aliases:
        slot = next(slot for slot in plan.slots if slot.name == plan.aliases[name])
        fed_by = (plan.operands[operand] for _, operand in slot.products)
        return max((_level(plan, operand.name) for operand in fed_by if operand.kind == "computed"), default=0)
    return plan.computation(name).level
