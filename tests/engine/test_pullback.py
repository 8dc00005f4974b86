"""The derivatives that are derived from the equations, and the calls that compute them, against autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnviz.engine import cells
from rnnviz.engine.elementwise import Values, evaluate
from rnnviz.engine.graph import Graph
from rnnviz.engine.lower import lower
from rnnviz.engine.program import Memory, Program
from rnnviz.engine.pullback import derive

UNITS = 3
POINTS = np.array([[-2.5, -1.0, -0.25], [0.5, 1.0, 3.0], [-40.0, 40.0, 0.125]])
"""Values of the previous state, [n, H]; the last row saturates."""

FORMULAS = [
    "sigmoid(h[t-1])",
    "tanh(h[t-1]) * h[t-1]",
    "relu(h[t-1]) + relu(-h[t-1]) ** 2",
    "softplus(h[t-1])",
    "log_sigmoid(h[t-1]) - h[t-1]",
    "exp(h[t-1] / 8)",
    "log(2 + h[t-1] ** 2)",
    "sqrt(1 + abs(h[t-1]))",
    "max(h[t-1], p) * min(h[t-1], 0.5)",
    "max(h[t-1], h[t-1])",
    "phi(h[t-1] * p) / (3 + h[t-1] ** 2)",
    "1 / (2 - tanh(p * h[t-1])) - p",
    "identity(h[t-1]) * identity(h[t-1]) * 3",
    "0.5 * h[t-1] + 1",
    "(h[t-1] - 2) ** 3",
]


def compute(program: Program, states: dict[str, np.ndarray], p: np.ndarray) -> list[np.ndarray]:
    """What a program keeps, from values of the previous states and the vector p."""
    count = len(next(iter(states.values())))
    memory = Memory(program, {"p": p}, count, UNITS)
    for kind, name, place in memory.load(count):
        assert kind == "before"
        place[:] = states[name]
    memory.prepare(count)
    return memory.kept()


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "identity"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_every_function_has_the_derivative_that_autograd_finds(formula: str, activation: str) -> None:
    plan = lower(cells.get(f"h[t] = {formula}"))
    p = np.array([0.3, 1.0, -0.7])
    found = derive(plan, activation, ("h",))
    node = found.diagonals["h"]["before", "h"]
    number = found.graph.value_of(node)
    ours = compute(Program(found.graph, [node], []), {"h": POINTS}, p)[0] if number is None else number
    h = torch.tensor(POINTS, requires_grad=True)
    values = Values({}, {"h": h}, {"p": torch.tensor(p)}, activation=activation)
    value = torch.as_tensor(evaluate(plan.computation("h").expression, values))
    (theirs,) = torch.autograd.grad(value.sum(), h)
    np.testing.assert_allclose(np.broadcast_to(ours, POINTS.shape), theirs.numpy(), rtol=1e-13, atol=1e-12)


def test_what_two_formulas_share_is_computed_once() -> None:
    graph = Graph()
    x = graph.leaf("before", "h")
    one, two = (graph.apply("mul", graph.apply("tanh", x), x) for _ in range(2))
    assert one == two
    assert graph.apply("mul", one, graph.number(1.0)) == one
    assert graph.apply("add", graph.number(0.0), one) == one
    assert graph.value_of(graph.apply("mul", graph.number(2.0), graph.number(3.0))) == 6.0
    assert graph.number(0.0) != graph.number(-0.0)


def test_memory_is_used_again_and_nothing_that_is_needed_is_overwritten() -> None:
    graph = Graph()
    x = graph.leaf("before", "h")
    sums, node = [], x
    for turn in range(40):
        node = graph.apply("tanh", graph.apply("add", node, graph.number(turn / 7)))
        if turn % 10 == 9:
            sums.append(graph.apply("mul", node, x))
    program = Program(graph, sums, [])
    assert program.buffers <= 8
    expected, value = [], POINTS
    for turn in range(40):
        value = np.tanh(value + turn / 7)
        if turn % 10 == 9:
            expected.append(value * POINTS)
    np.testing.assert_array_equal(compute(program, {"h": POINTS}, np.zeros(UNITS)), expected)
