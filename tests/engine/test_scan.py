"""The compiled step: as few calls as the equations allow, and no word of their author's in what is executed."""

from __future__ import annotations

import ast
import builtins
import random

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.lower import lower
from rnnviz.engine.network import Network
from rnnviz.engine.reverse import compile_reverse
from rnnviz.engine.scan import CompiledStep, compile_step
from rnnviz.engine.spec import NetworkSpec
from tests.engine.networks import CELLS, build, inputs

# (cell, slots, products with x, products within the step, other calls of a step)
COUNTS = [
    ("feedforward", 1, 1, 0, 1),
    ("rnn", 1, 1, 1, 1),
    ("jordan", 1, 1, 1, 1),
    ("lstm", 4, 1, 1, 7),
    ("lstm-goodfellow", 4, 1, 1, 6),
    ("lstm-peephole", 4, 1, 1, 15),
    ("gru", 4, 1, 1, 8),
    ("gru-cho", 3, 1, 2, 7),
    ("indrnn", 1, 1, 0, 3),
    ("lstm-cifg", 3, 1, 1, 13),
    ("lstm-fgr", 4, 1, 4, 15),
    ("lstm-nfg", 3, 1, 1, 11),
    ("lstm-niaf", 4, 1, 1, 15),
    ("lstm-nig", 3, 1, 1, 11),
    ("lstm-noaf", 4, 1, 1, 14),
    ("lstm-nog", 3, 1, 1, 11),
    ("lstm-np", 4, 1, 1, 7),
    ("mgu", 2, 1, 2, 7),
    ("mingru", 2, 1, 0, 6),
    ("minlstm", 3, 1, 0, 9),
    ("slstm", 4, 1, 1, 24),
    ("sLSTM", 4, 1, 1, 20),
    ("minGRU", 2, 1, 0, 6),
    ("IndRNN", 1, 1, 0, 3),
    ("learned-start", 1, 1, 1, 1),
    ("same-step", 4, 1, 4, 10),
    ("inside-a-product", 3, 1, 1, 4),
]


def compiled(cell: str, activation: str = "tanh") -> CompiledStep:
    return compile_step(lower(cells.get(cell)), activation)


def calls(step: CompiledStep) -> list[str]:
    """The calls of one turn of the loop."""
    (scan,) = [
        part for part in ast.parse(step.source).body if isinstance(part, ast.FunctionDef) and part.name == "scan"
    ]
    (loop,) = [part for part in scan.body if isinstance(part, ast.For)]
    return [ast.unparse(part.func) for part in ast.walk(loop) if isinstance(part, ast.Call)]


def test_the_table_has_every_cell() -> None:
    assert sorted(name for name, *_ in COUNTS) == sorted(CELLS)


@pytest.mark.parametrize(("cell", "slots", "with_x", "within", "others"), COUNTS, ids=[row[0] for row in COUNTS])
def test_products_are_stacked_by_operand(cell: str, slots: int, with_x: int, within: int, others: int) -> None:
    step = compiled(CELLS[cell])
    assert (len(step.plan.slots), len(step.inputs), len(step.products)) == (slots, with_x, within)
    products = [call for call in calls(step) if call.endswith("addmv_")]
    assert len(products) == within
    assert len(calls(step)) - len(products) <= others


@pytest.mark.parametrize("cell", CELLS)
def test_every_matrix_stands_in_one_product_and_every_bias_in_one_slot(cell: str) -> None:
    step = compiled(CELLS[cell])
    stacked = [matrix for product in (*step.inputs, *step.products) for matrix in product.matrices]
    biases = [bias for slot in step.plan.slots for bias in slot.biases]
    kinds = {info.name: info.kind for info in step.plan.cell.parameters}
    assert sorted(stacked) == sorted(name for name, kind in kinds.items() if kind == "matrix")
    assert len(set(biases)) == len(biases)
    vectors = {name for name, kind in kinds.items() if kind == "vector"}
    assert {*biases, *step.vectors} == vectors


def test_the_operands_of_the_two_grus_differ() -> None:
    kinds = {name: [operand.kind for operand in lower(cells.get(name)).operands] for name in ("gru", "gru-cho")}
    assert kinds == {"gru": ["input", "state"], "gru-cho": ["input", "state", "computed"]}


HOSTILE = """\
__import__[t] = tanh(W @ x[t] + exec @ h[t-1] + open)
eval[t] = sigmoid(os @ __import__[t]) * breakpoint + 0.125
globals[t] = max(eval[t], lambda_) / (1 + abs(eval[t-1]))
h[t] = globals[t] * h[t-1] + torch @ (rows * h[t-1]) + matrices
"""


def words(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("name", ["zebra", "torch", "exec", "rows", "m0", "v0", "before", "numpy", "H"])
def test_no_name_that_a_user_gave_reaches_what_is_executed(name: str) -> None:
    text = f"{name}[t] = tanh(W @ x[t] + U @ {name}[t-1] + p * {name}[t-1])\nh[t] = {name}[t] * k + V @ {name}[t]"
    plain = text.replace(name, "q")
    for activation in ("tanh", "relu"):
        hostile, harmless = compiled(text, activation), compiled(plain, activation)
        assert hostile.source == harmless.source
    for build_ in (lower(cells.get(text)), lower(cells.get(plain))):
        assert compile_reverse(build_).source == compile_reverse(lower(cells.get(plain))).source


def test_hostile_names_are_only_names() -> None:
    cell = cells.get(HOSTILE.replace("__import__", "import_").replace("lambda_", "compile"))
    names = {info.name for info in cell.signals} | {info.name for info in cell.parameters}
    plan = lower(cell)
    step = compile_step(plan, "tanh")
    for source in (step.source, compile_reverse(plan, ("eval", "h")).source):
        assert not words(source) & (names - {"h", "torch", "rows", "matrices"})
        assert not words(source) & set(dir(builtins)) - {"list", "zip", "reversed"}
    network = build(HOSTILE.replace("__import__", "import_").replace("lambda_", "compile"))
    assert rnnviz.run(network, inputs(network, 5)).output.shape == (5, 2)


@pytest.mark.parametrize("value", [1e-300, 123456.789, 1 / 3])
def test_numbers_keep_every_digit(value: float) -> None:
    network = build(f"h[t] = {value!r} * h[t-1]\nh[0] = 1", hidden_size=1, readout=None, output_size=None)
    assert rnnviz.run(network, torch.zeros(1, 3)).output[0, 0] == value


def test_equal_steps_are_compiled_once() -> None:
    first, second = (compiled("lstm") for _ in range(2))
    assert first.scan is second.scan
    assert compiled("rnn", "tanh").scan is not compiled("rnn", "relu").scan
    assert compiled("rnn").scan is compiled("h[t] = tanh(A @ x[t] + B @ h[t-1] + bias)").scan
    one, two = (Network(NetworkSpec(cell="gru", output_size=1)) for _ in range(2))
    assert one.at(0).step.scan is two.at(0).step.scan


def test_the_order_of_the_equations_does_not_matter() -> None:
    lines = cells.get("lstm").text.strip().splitlines()
    shuffled = lines.copy()
    random.Random(3).shuffle(shuffled)
    assert shuffled != lines
    one, two = (build("\n".join(text), seed=4) for text in (lines, shuffled))
    two.load_state_dict(one.state_dict())
    x = inputs(one, 70)
    np.testing.assert_allclose(rnnviz.run(one, x).output, rnnviz.run(two, x).output, atol=1e-12)
