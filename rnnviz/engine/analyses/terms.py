"""The equations of a cell at one step for one unit, with every dot product in its terms, the largest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.analyses.base import Analysis, Memo
from rnnviz.engine.answer import Answer
from rnnviz.engine.elementwise import Values, evaluate
from rnnviz.engine.errors import ObjectiveError
from rnnviz.engine.forward import cell_step
from rnnviz.engine.jobs import Job
from rnnviz.engine.language.worked import products_of
from rnnviz.engine.network import CellLayer
from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Terms
from rnnviz.engine.truth import Truth

if TYPE_CHECKING:
    from rnnviz.engine.trace import Trace

Array = NDArray[np.float64]


def _answer(trace: Trace, request: Terms, memo: Memo) -> Job[Answer]:
    """Terms of P products in the order of `products_of`, n = ``most`` of each, and the numbers of the unit.

    Arrays "columns" (-1 where there are fewer), "weights", "operands" and "terms", [P, n]: those that are not zero,
    the largest first; "rests", "others" and "sums", [P]: the sum of all other terms, how many they are, and the sum of
    all. "numbers", [N]: signals with their pre-activations, states before and vectors of the unit, in float64.
    Facts: "names", [N], those of the numbers, states before as ``c[t-1]``; "held", the signals of the unit that an
    intervention holds at this step.
    """
    at = trace.network.at(request.layer, request.direction)
    _check(trace, request, at)
    values = _values(trace, at, request.step)
    names, numbers = _numbers(at, values, request.unit)
    found: list[tuple[Array, ...]] = []
    products = products_of(at.cell)
    for place, (_, product) in enumerate(products):
        yield place, len(products)
        row = trace.weights.cells[at].parameters[product.matrix][request.unit].double().numpy()
        operand = np.asarray(torch.as_tensor(evaluate(product.operand, values)).expand(len(row)))
        found.append(_largest(row, operand, request.most))
    keys = ("columns", "weights", "operands", "terms", "rests", "others", "sums")
    arrays = {key: _stacked([parts[k] for parts in found], request.most, k < 4) for k, key in enumerate(keys)}
    puts = _puts(trace, at, request.step)
    held = tuple(name for name, put in puts.items() if not bool(put[request.unit].isnan()))
    return Answer({**arrays, "numbers": numbers}, {"names": names, "held": held})


def _puts(trace: Trace, at: CellLayer, step: int) -> dict[str, Tensor]:
    return trace.holds.at(at.layer, at.direction, step, at.units)


def _check(trace: Trace, request: Terms, at: CellLayer) -> None:
    reached = trace.schedule.reached(trace.position, at.layer, at.direction)
    if not reached.start <= request.step < reached.stop:
        raise ObjectiveError(f"Step {request.step + 1} of this layer is not computed yet: step forward, or run all.")
    if not 0 <= request.unit < at.units:
        raise ObjectiveError(f"There is no unit {request.unit + 1} in this layer: it has {at.units} units.")


def _values(trace: Trace, at: CellLayer, step: int) -> Values:
    """What the equations of a step are computed from and what they give, as it was recorded, in float64."""

    def recorded(name: str, layer: int, row: int) -> Tensor:
        direction = at.direction if layer == at.layer else "forward"
        return torch.from_numpy(np.array(trace.record.signal(name, layer, direction)[row], np.float64))

    signals: dict[str, Tensor | float] = {info.name: recorded(info.name, at.layer, step) for info in at.cell.signals}
    weights = trace.weights.cells[at]
    row = step - 1 if at.direction == "forward" else step + 1
    inside = 0 <= row < trace.steps
    before: dict[str, Tensor | float] = {
        state: recorded(state, at.layer, row) if inside else weights.initial[state].double() for state in at.cell.states
    }
    y = None
    if at.cell.uses_output:
        y = recorded("y", NETWORK, row) if inside else torch.zeros(at.outputs, dtype=torch.float64)
    parameters: dict[str, Tensor | float] = {name: value.double() for name, value in weights.parameters.items()}
    return Values(signals, before, parameters, _input(trace, at, step), y, trace.network.spec.activation)


def _input(trace: Trace, at: CellLayer, step: int) -> Tensor:
    """What a layer sees of x: the network's input, or the output of the layer below in all its directions."""
    if at.layer == 0:
        return torch.from_numpy(np.array(trace.inputs[step], np.float64))
    below = [trace.network.at(at.layer - 1, way) for way in trace.network.spec.directions]
    rows = [trace.record.signal(one.cell.output, one.layer, one.direction)[step] for one in below]
    return torch.from_numpy(np.concatenate(rows).astype(np.float64))


def _numbers(at: CellLayer, values: Values, unit: int) -> tuple[tuple[str, ...], Array]:
    vectors = {info.name: values.parameters[info.name] for info in at.cell.parameters if info.kind == "vector"}
    states = {f"{name}[t-1]": value for name, value in values.before.items()}
    known = {**values.signals, **states, **vectors}
    return tuple(known), np.array([float(torch.as_tensor(value)[unit]) for value in known.values()])


def _largest(row: Array, operand: Array, most: int) -> tuple[Array, ...]:
    """Columns, weights, operands and terms of the largest, then sum and number of the others, then the whole sum."""
    with np.errstate(invalid="ignore", over="ignore"):
        terms = row * operand
        size = np.where(np.isnan(terms), np.inf, np.abs(terms))  # what is not a number is to be seen first
        order = np.argsort(-size, kind="stable")
        chosen = order[:most][size[order[:most]] > 0]
        others = np.delete(terms, chosen)
        rest = np.array(others.sum())
        return (
            *(values[chosen] for values in (np.arange(len(row), dtype=np.float64), row, operand, terms)),
            rest,
            np.array(float(len(others))),
            np.array(terms.sum()),
        )


def _stacked(parts: list[Array], most: int, padded: bool) -> Array:
    if not padded:
        return np.array(parts, np.float64)
    found = np.full((len(parts), most), -1.0)
    for row, part in enumerate(parts):
        found[row, : len(part)] = part
    return found


def _truth(trace: Trace, request: Terms, memo: Memo) -> Job[Truth]:
    """Compute the step anew with torch, and take each dot product apart by its derivative by the row of the matrix."""
    answer = yield from _answer(trace, request, memo)
    at = trace.network.at(request.layer, request.direction)
    kept = _values(trace, at, request.step)
    assert kept.x is not None
    tensors = {name: torch.as_tensor(value) for name, value in kept.parameters.items()}
    before = {name: torch.as_tensor(value) for name, value in kept.before.items()}
    now = cell_step(trace.network, at, tensors, kept.x, before, kept.y, _puts(trace, at, request.step))
    values = Values(now, kept.before, kept.parameters, kept.x, kept.y, kept.activation)
    theirs = list(_numbers(at, values, request.unit)[1])
    shown = list(answer.arrays["numbers"].astype(np.float64))
    for place, (_, product) in enumerate(products_of(at.cell)):
        yield place, len(answer.arrays["sums"])
        matrix = tensors[product.matrix].clone().requires_grad_()
        leaves = Values(now, before, {**tensors, product.matrix: matrix}, kept.x, kept.y, kept.activation)
        number = torch.as_tensor(evaluate(product, leaves))[request.unit]
        row = (torch.autograd.grad(number, matrix)[0] * matrix)[request.unit].detach().numpy()
        columns = answer.arrays["columns"][place].astype(np.intp)
        inside = columns >= 0
        theirs += [*row[columns[inside]], float(number.detach())]
        shown += [*answer.arrays["terms"][place][inside].astype(np.float64), float(answer.arrays["sums"][place])]
    return Truth.of(np.array(shown), np.array(theirs))


ANALYSIS = Analysis(Terms, _answer, _truth)
