"""The compiled step: a loop of calls that write every quantity of every step where it is to be recorded.

Stepping and running whole call the same loop on the same memory, so they agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.plan import Plan
from rnnviz.engine.products import Product, stacked_products
from rnnviz.engine.scanwriter import ScanWriter

Row = tuple[Tensor | NDArray[numpy.floating], ...]
"""The views of one row of memory that one turn of the loop reads and writes."""


@dataclass(frozen=True, eq=False)
class CompiledStep:
    """The loop over steps of one cell with one activation.

    Attributes
    ----------
    plan : Plan
    activation : str
        What phi stands for.
    inputs : tuple of Product
        The products with x, taken for many steps at once before the loop.
    products : tuple of Product
        The products inside the loop, in the order in which ``scan`` expects their matrices.
    vectors : tuple of str
        The parameters that stand in the elementwise part, in the order of ``scan``.
    constants : tuple of float
        Numbers that torch needs as tensors.
    temporaries : int
        Number of vectors [H] that the loop needs for itself.
    carried : tuple of str
        What comes from the step before: the states, and "y" where the cell is fed the network's output.
    source : str
        The text of the loop, for the curious.
    views : callable (slots [n, slots * H], signals [n, quantities * H], H) -> list of Row
        Cuts memory into what the loop works on.
    scan : callable (rows, matrices, vectors, constants, temporaries, before) -> None
        Runs the steps whose rows are given. Slots must hold biases and the products with x; the other products are
        added in place, and every computed quantity is written to its columns of the signals.
    """

    plan: Plan
    activation: str
    inputs: tuple[Product, ...]
    products: tuple[Product, ...]
    vectors: tuple[str, ...]
    constants: tuple[float, ...]
    temporaries: int
    carried: tuple[str, ...]
    source: str
    views: Callable[[Tensor, Tensor, int], list[Row]] = field(repr=False)
    scan: Callable[..., None] = field(repr=False)


def compile_step(plan: Plan, activation: str) -> CompiledStep:
    """Compile the step of a cell.

    Parameters
    ----------
    plan : Plan
    activation : str
        What phi stands for: "tanh", "relu", "sigmoid" or "identity".

    Returns
    -------
    CompiledStep
    """
    writer = ScanWriter(plan, activation)
    source = writer.write()
    functions = compiled(source)
    fed = [index for index, operand in enumerate(plan.operands) if operand.kind == "input"]
    return CompiledStep(
        plan,
        activation,
        tuple(product for index in fed for product in stacked_products(plan, index)),
        tuple(writer.products),
        tuple(writer.vectors),
        tuple(writer.constants),
        writer.temporaries,
        writer.carried,
        source,
        functions["views"],
        functions["scan"],
    )


@lru_cache(maxsize=512)
def compiled(source: str) -> dict[str, Any]:
    """The functions in a text that this package has written itself; no word of a cell's author is in it."""
    space: dict[str, Any] = {"torch": torch, "numpy": numpy}
    exec(compile(source, "<compiled step>", "exec"), space)  # noqa: S102
    return space


def temporaries(step: CompiledStep, units: int, dtype: torch.dtype) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """The constants and the vectors that a loop needs for itself."""
    constants = [torch.tensor(value, dtype=dtype) for value in step.constants]
    return constants, [torch.empty(units, dtype=dtype) for _ in range(step.temporaries)]
