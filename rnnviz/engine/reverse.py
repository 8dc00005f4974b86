"""The compiled step of backpropagation through time: adjoints of the states, from the last step to the first.

Within a step every state and every computed operand depends on slots, previous states and other such quantities unit by
unit, so all the derivatives needed are diagonals, which are evaluated for many steps at once. What is left for the loop
is, per step, diagonal times adjoint, and the stacked matrices transposed times what that gives for the slots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite

from torch import Tensor

from rnnviz.engine.plan import Plan
from rnnviz.engine.products import Product, Span, stacked_products
from rnnviz.engine.program import Array, Program
from rnnviz.engine.pullback import Derivatives, Target, derive
from rnnviz.engine.scan import Row, compiled


@dataclass(frozen=True, eq=False)
class CompiledReverse:
    """The way back through one cell: formulas for many steps at once, and the loop that carries adjoints.

    Attributes
    ----------
    outputs : tuple of str
        The quantities whose adjoints the loop carries: states, the cell's output, computed operands, probed signals.
    program : Program
        Computes the diagonals, and afterwards the gradients of ``signals`` and ``vectors``, in this order.
    signals, vectors : tuple of str
        Computed quantities that are no outputs; parameters in the elementwise part.
    products : tuple of Product
        Products whose transposed matrices the loop needs, in its order.
    source : str
        The text of the loop, for the curious.
    views : callable (diagonals, adjoints, delta, H) -> list of Row
        Cuts memory for n steps into what the loop works on: the diagonals, arrays [n, H]; for each of ``outputs`` a
        tensor [n + 1, H]; delta, a tensor [n, slots * H].
    loop : callable (rows, transposed, spare) -> None
        Carries adjoints back over the steps whose rows are given, last step first; ``transposed`` are the stacked
        matrices of ``products``, transposed, and ``spare`` is an array [H]. Row t + 1 of an output's adjoint belongs
        to step t and holds, before, what comes from outside and from later steps, or zero; row t takes what goes on to
        earlier steps. Delta is then the derivative with respect to every slot; where a slot reaches no output it is
        not written.
    """

    outputs: tuple[str, ...]
    program: Program
    signals: tuple[str, ...]
    vectors: tuple[str, ...]
    products: tuple[Product, ...]
    source: str
    views: Callable[[Sequence[Array], Sequence[Tensor], Tensor, int], list[Row]] = field(repr=False)
    loop: Callable[[Sequence[Row], Sequence[Tensor], Array], None] = field(repr=False)


def compile_reverse(
    plan: Plan, probed: tuple[str, ...] = (), activation: str = "tanh", dead: frozenset[str] | None = None
) -> CompiledReverse:
    """Compile the way back through a cell.

    Parameters
    ----------
    plan : Plan
    probed : tuple of str
        Signals into which a gradient comes from outside, besides the cell's output.
    activation : str
        What phi stands for.
    dead : frozenset of str or None
        Where slopes may be infinite: outputs that no gradient comes into, and so none goes on from.

    Returns
    -------
    CompiledReverse
    """
    outputs = ordered(plan, probed)
    found = derive(plan, activation, outputs, dead)
    live = tuple(name for name in outputs if name not in (dead or ()))
    writer = _Writer(plan, found, live, outputs, {plan.cell.output, *probed})
    source = writer.write()
    functions = compiled(source)
    program = Program(found.graph, writer.diagonals, [*found.signals.values(), *found.vectors.values()])
    return CompiledReverse(
        outputs,
        program,
        tuple(found.signals),
        tuple(found.vectors),
        tuple(writer.products),
        source,
        functions["views"],
        functions["reverse"],
    )


def ordered(plan: Plan, probed: tuple[str, ...]) -> tuple[str, ...]:
    """What carries a gradient into a step; what is computed last comes first."""
    return tuple(
        sorted(
            dict.fromkeys((*plan.outputs, *probed)),
            # A slot is fed by what was computed on its own level, so its adjoint must be complete before theirs.
            key=lambda name: (-_level(plan, name), name not in plan.aliases, name),
        )
    )


class _Writer:
    """Writes the loop; every view of a row becomes one variable of it, or two: the array v0 and the tensor t_v0."""

    def __init__(
        self, plan: Plan, found: Derivatives, live: tuple[str, ...], outputs: tuple[str, ...], given: set[str]
    ) -> None:
        self.plan = plan
        self.found = found
        self.live = live
        self.outputs = outputs
        self.given = given
        self.views: dict[str, str] = {}
        self.lines: list[str] = []
        self.diagonals: list[int] = []
        self.products: list[Product] = []
        self.filled: set[str] = set()

    def write(self) -> str:
        self._adjoint(self.plan.cell.output)
        for output in self.live:
            self._operand(output)
            for target, node in self.found.diagonals[output].items():
                self._flow(self._adjoint(output), self._target(target), node, self.found.shut.get((output, target)))
        for state in self.plan.cell.states:
            for index, operand in enumerate(self.plan.operands):
                if operand.kind == "state" and operand.name == state:
                    self._through(index, self._adjoint(state, earlier=True, tensor=True))
        return self._source()

    def _operand(self, output: str) -> None:
        for index, operand in enumerate(self.plan.operands):
            if operand.kind == "computed" and operand.name == output:
                self._through(index, self._adjoint(output, tensor=True))
                self.filled.add(self._adjoint(output))

    def _through(self, operand: int, target: str) -> None:
        for product in stacked_products(self.plan, operand):
            self.lines.append(f"{target}.addmv_(m{len(self.products)}, {self._delta(product.span, tensor=True)})")
            self.products.append(product)

    def _flow(self, adjoint: str, target: str, node: int, shut: int | None) -> None:
        """Add diagonal times adjoint to where it flows; put it there where nothing is yet."""
        fresh = target not in self.filled
        self.filled.add(target)
        number = self.found.graph.value_of(node)
        if number == 1:
            self.lines.append(f"copyto({target}, {adjoint})" if fresh else f"add({target}, {adjoint}, {target})")
            return
        factor = self._diagonal(node) if number is None else _literal(number)
        product = target if fresh else "spare"
        self.lines.append(f"multiply({adjoint}, {factor}, {product})")
        if shut is not None and self.found.graph.value_of(shut) is None:
            self.lines.append(f"copyto({product}, 0.0, where=equal({self._diagonal(shut)}, 0.0))")
        if not fresh:
            self.lines.append(f"add({target}, spare, {target})")

    def _diagonal(self, node: int) -> str:
        if node not in self.diagonals:
            self.diagonals.append(node)
        return self._view(f"list(diagonals[{self.diagonals.index(node)}])")

    def _target(self, target: Target) -> str:
        kind, name = target
        if kind == "slot":
            place = self.plan.place(name)
            return self._delta(Span(place, place + 1))
        found = self._adjoint(name, earlier=kind == "before")
        if name in self.given or (kind == "output" and name in self.plan.cell.states):
            self.filled.add(found)
        return found

    def _adjoint(self, output: str, *, earlier: bool = False, tensor: bool = False) -> str:
        whole, rows = f"adjoints[{self.outputs.index(output)}]", "[:-1]" if earlier else "[1:]"
        return self._view(f"{whole}{rows}.unbind(0)" if tensor else f"list({whole}.numpy(){rows})")

    def _delta(self, span: Span, *, tensor: bool = False) -> str:
        columns = f"[:, {span.start} * H:{span.stop} * H]"
        return self._view(f"delta{columns}.unbind(0)" if tensor else f"list(delta.numpy(){columns})")

    def _view(self, source: str) -> str:
        return self.views.setdefault(source, f"v{len(self.views)}")

    def _source(self) -> str:
        matrices = "".join(f"m{index}, " for index in range(len(self.products)))
        text = [
            "def views(diagonals, adjoints, delta, H):",
            f"    return list(zip({', '.join(self.views)}))",
            "def reverse(rows, transposed, spare):",
            "    multiply, add, copyto, equal = numpy.multiply, numpy.add, numpy.copyto, numpy.equal",
            *([f"    {matrices}= transposed"] if matrices else []),
            f"    for {', '.join(self.views.values())}, in reversed(rows):",
            *("        " + line for line in self.lines or ["pass"]),
        ]
        return "\n".join(text) + "\n"


def _literal(number: float) -> str:
    return repr(number) if isfinite(number) else f"numpy.float64({str(number)!r})"


def _level(plan: Plan, name: str) -> int:
    if name in plan.aliases:
        slot = next(slot for slot in plan.slots if slot.name == plan.aliases[name])
        fed_by = (plan.operands[operand] for _, operand in slot.products)
        return max((_level(plan, operand.name) for operand in fed_by if operand.kind == "computed"), default=0)
    return plan.computation(name).level
