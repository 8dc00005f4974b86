"""What arrives at each operator obeys the chain rule, held against the gradients that the engine has computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnviz.engine import cells
from rnnviz.ui import reading
from rnnviz.ui.cellreading import StepReader
from rnnviz.ui.cellsteps import arriving
from rnnviz.ui.diagram.adjoints import implied
from rnnviz.ui.diagram.build import graph_of
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_session

pytestmark = pytest.mark.usefixtures("qapp")

POINTWISE = (
    "a[t] = sigmoid(W @ x[t] + U @ h[t-1])\nq[t] = tanh(V @ x[t])\n"
    "m[t] = max(a[t], q[t]) - 0.5 * abs(q[t]) + min(a[t] * 2, q[t])\n"
    "e[t] = exp(-a[t]) / (1 + q[t] ** 2) + softplus(a[t] - q[t]) * log(1 + a[t])\n"
    "h[t] = tanh(m[t] + log_sigmoid(e[t]) - sqrt(a[t]) + relu(q[t])) * phi(e[t])\n"
)


@pytest.mark.parametrize("name", [*cells.names(), POINTWISE], ids=[*cells.names(), "every function"])
def test_what_the_readers_of_a_signal_hand_back_is_its_gradient(name: str, tmp_path: Path) -> None:
    with real_session(tmp_path, text_source(6), cell=name, hidden_size=5, dtype="float64") as (session, link):
        session.turn(True)
        link.run_until_idle()
        session.go_to(3)
        link.run_until_idle()
        view, cell = session.view, reading.cell_of(session.view)
        assert view.gradients is not None
        assert cell is not None
        graph, numbers = graph_of(cell), arriving(view, cell, graph_of(cell), frozenset(graph_of(cell)._by_key))
        gradients = view.gradients.record

        def arrived(signal: str) -> np.ndarray:
            return np.asarray(gradients.signal(signal, 0, "forward")[3], np.float64)

        held = 0
        handed = {*cell.states, cell.output}
        for node in graph.nodes:
            if node.kind not in ("box", "operator") or not node.signal or node.signal in handed:
                continue
            found = implied(graph, node, numbers, StepReader(view, cell, 3), arrived, "tanh")
            if found is not None:
                np.testing.assert_allclose(found, arrived(node.signal), rtol=1e-6, atol=1e-12)
                held += 1
        gates = [node for node in graph.nodes if node.kind == "operator" and not node.signal]
        assert held > 0 or not gates, "a cell with operators within its equations has signals to hold this against"


def test_a_term_of_a_sum_receives_what_the_sum_does(tmp_path: Path) -> None:
    with real_session(tmp_path, text_source(6), hidden_size=5, dtype="float64") as (session, link):
        session.turn(True)
        link.run_until_idle()
        session.go_to(3)
        cell = cells.get("lstm")
        numbers = arriving(session.view, cell, graph_of(cell))
        assert session.view.gradients is not None
        gradients = session.view.gradients.record
        for key in ("c.1", "c.2", "c", "out:c"):
            np.testing.assert_array_equal(numbers[key], gradients.signal("c", 0, "forward")[3])
        assert session.view.trace is not None
        opened = session.view.trace.record.signal("o", 0, "forward")[3]
        np.testing.assert_allclose(numbers["h.1"], numbers["h"] * opened)
        np.testing.assert_array_equal(numbers["f"], gradients.signal("f.pre", 0, "forward")[3])
