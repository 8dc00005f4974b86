"""The answer to what recurrent matrices do, held to numpy and to what the run shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Spectra, Truth
from rnnviz.engine.run import run
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran


def answer(trace: Any, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_recurrent_matrix_has_the_spectrum_that_numpy_finds(direction: Any) -> None:
    network, trace = ran({"cell": "gru", "num_layers": 2, "bidirectional": True})
    found = answer(trace, Spectra(1, direction))
    assert found.facts["matrices"] == ("U_r", "U_z", "U_n")
    suffix = "_l1_reverse" if direction == "backward" else "_l1"
    for name in found.facts["matrices"]:
        matrix = network.get_parameter(name + suffix).detach().numpy()
        theirs = np.sort_complex(np.linalg.eigvals(matrix))
        np.testing.assert_allclose(np.sort_complex(found.arrays[f"eigenvalues {name}"]), theirs, atol=1e-12)
        np.testing.assert_allclose(found.arrays[f"singular {name}"], np.linalg.svd(matrix)[1], atol=1e-12)
        assert found.facts[f"radius {name}"] == pytest.approx(np.abs(theirs).max())
        assert found.facts[f"largest {name}"] == pytest.approx(np.linalg.norm(matrix, 2))
        assert found.facts[f"norm {name}"] == pytest.approx(np.linalg.norm(matrix))


@pytest.mark.parametrize("cell", CELLS)
def test_the_truth_of_every_cell_is_at_the_rounding_of_double_precision(cell: str) -> None:
    _, trace = ran({"cell": CELLS[cell]})
    assert answer(trace, Truth(Spectra())).facts["relative"] < 1e-12


def test_the_truth_tells_of_an_eigenvalue_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trace = ran({"cell": "rnn"})
    eigvals = torch.linalg.eigvals
    monkeypatch.setattr(torch.linalg, "eigvals", lambda matrix: eigvals(matrix) + 0.01)
    assert answer(trace, Truth(Spectra())).facts["difference"] == pytest.approx(0.01, rel=1e-6)


def test_the_bound_stands_beside_the_spectrum_and_says_where_it_does_not_apply() -> None:
    _, trace = ran({"cell": "rnn", "activation": "sigmoid"})
    facts = answer(trace, Spectra()).facts
    assert (facts["applies"], facts["gamma"], facts["singular"]) == (True, 0.25, facts["largest U"])
    _, trace = ran({"cell": "lstm"})
    facts = answer(trace, Spectra()).facts
    assert not facts["applies"]
    assert "2 states" in facts["reason"]
    assert np.isnan(facts["gamma"])


def test_what_is_saturated_is_counted_near_both_ends_of_each_range() -> None:
    network = build(cell="lstm", scale=6.0)
    trace = run(network, inputs(network, 20))
    facts = answer(trace, Spectra()).facts
    for name, low, high in (("i", 0.1, 0.9), ("f", 0.1, 0.9), ("g", -0.9, 0.9), ("o", 0.1, 0.9)):
        values = trace.signal(name)
        share = ((values < low) | (values > high)).mean()
        assert 0 < share < 1
        assert facts[f"saturated {name}"] == pytest.approx(share)


def test_a_matrix_with_a_number_that_is_not_finite_is_answered_with_nan() -> None:
    network = build(cell="rnn")
    with torch.no_grad():
        network.get_parameter("U_l0")[0, 0] = float("inf")
    trace = run(network, inputs(network, 3))
    found = answer(trace, Spectra())
    assert np.isnan(found.facts["radius U"])
    assert np.isnan(found.arrays["eigenvalues U"]).all()
    assert answer(trace, Truth(Spectra())).facts["count"] == 0
