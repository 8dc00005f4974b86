"""Spectra of matrices, Pascanu's bound, and scaling to a radius or a singular value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.errors import SpecError
from rnnviz.engine.formats.torch_modules import from_torch
from rnnviz.engine.rescale import recurrent_blocks, rescaled
from rnnviz.engine.run import run
from rnnviz.engine.spectrum import spectrum
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran


def test_a_matrix_that_is_not_normal_has_a_radius_below_its_largest_singular_value() -> None:
    found = spectrum("U", torch.tensor([[0.5, 8.0], [0.0, -0.6]]))
    assert found.radius == pytest.approx(0.6)
    assert found.eigenvalues.real.tolist() == pytest.approx([-0.6, 0.5])
    assert found.largest_singular == pytest.approx(float(np.linalg.norm([[0.5, 8.0], [0.0, -0.6]], 2)))
    assert found.norm == pytest.approx(np.sqrt(0.25 + 64 + 0.36))


def test_a_rotation_stands_on_the_unit_circle() -> None:
    found = spectrum("U", torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64))
    np.testing.assert_allclose(np.abs(found.eigenvalues), 1, atol=1e-12)
    np.testing.assert_allclose(sorted(found.eigenvalues.imag), [-0.8, 0.8], atol=1e-12)
    np.testing.assert_allclose(found.singular, 1, atol=1e-12)


def test_a_matrix_with_a_number_that_is_not_finite_has_a_spectrum_of_nan() -> None:
    found = spectrum("U", torch.tensor([[np.inf, 0.0], [0.0, 1.0]]))
    assert np.isnan(found.radius)
    assert np.isnan(found.largest_singular)


def test_every_recurrent_block_has_its_spectrum() -> None:
    _, trace = ran({"cell": "lstm", "bidirectional": True})
    assert list(trace.spectra(0, "backward")) == ["U_i", "U_f", "U_g", "U_o"]
    _, trace = ran({"cell": "jordan"})
    feedback = trace.spectra()["U"]
    assert not len(feedback.eigenvalues)
    assert len(feedback.singular) == 2


APPLIES = {"rnn": True, "learned-start": True, "indrnn": True, "IndRNN": True}


@pytest.mark.parametrize("cell", CELLS)
def test_the_bound_applies_to_simple_recurrences_alone_and_says_why(cell: str) -> None:
    _, trace = ran({"cell": CELLS[cell]})
    bound = trace.bound()
    assert bound.applies == APPLIES.get(cell, False)
    assert bound.reason.endswith(".")
    assert ("applies" in bound.reason) == bound.applies
    assert bound.applies or not (bound.vanishes or bound.may_explode)


def test_the_bound_does_not_hold_where_the_output_is_fed_back() -> None:
    _, trace = ran({"cell": "rnn", "topology": "one-to-many", "feedback": "output", "output_size": 3})
    assert not trace.bound().applies


@pytest.mark.parametrize(
    "text",
    [
        "h[t] = tanh(W @ x[t] + U @ h[t-1] + V @ h[t-1])",
        "h[t] = tanh(W @ x[t] + U @ h[t-1] + u * h[t-1])",
        "a[t] = sigmoid(V @ h[t-1])\nh[t] = tanh(W @ x[t] + U @ h[t-1] + a[t])",
        "h[t] = tanh(W @ x[t] + 2 * (U @ h[t-1]))",
        "h[t] = exp(W @ x[t] + U @ h[t-1])",
    ],
)
def test_other_recurrences_are_told_from_the_simple_one(text: str) -> None:
    _, trace = ran({"cell": text})
    assert not trace.bound().applies


@pytest.mark.parametrize(("activation", "gamma"), [("tanh", 1), ("relu", 1), ("identity", 1), ("sigmoid", 0.25)])
@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_no_path_is_above_the_bound(activation: Any, gamma: float, scale: float) -> None:
    network = build(cell="rnn", activation=activation, scale=scale)
    trace = run(network, inputs(network, 15))
    bound = trace.bound()
    assert bound.gamma == gamma
    assert bound.vanishes == (gamma * bound.singular < 1)
    assert bound.may_explode == (gamma * bound.singular > 1)
    limits = bound.log10(np.arange(15.0))
    assert limits[0] == 0
    assert (trace.path_log10_norms()[:, 0] <= limits + 1e-12).all()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru-cho", "IndRNN"])
@pytest.mark.parametrize("by", ["radius", "singular"])
def test_recurrent_blocks_are_scaled_each_on_its_own(cell: str, by: Any) -> None:
    network = build(cell=CELLS[cell], num_layers=2, bidirectional=True, biases="two")
    before = {name: parameter.clone() for name, parameter in network.named_parameters()}
    scaled = rescaled(network, 1.3, by)
    trace = run(scaled, inputs(scaled, 3))
    for at in scaled.cell_layers:
        for name in recurrent_blocks(at):
            found = trace.spectra(at.layer, at.direction)[name]
            assert (found.radius if by == "radius" else found.largest_singular) == pytest.approx(1.3)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, before[name])
        if not name.startswith(("U", "u")):
            assert torch.equal(scaled.get_parameter(name), before[name])


def test_one_gate_can_be_scaled_alone_inside_torch_s_joint_matrix() -> None:
    network = from_torch(torch.nn.GRU(3, 4, dtype=torch.float64), readout=None)
    at = network.at(0)
    scaled = rescaled(network, 0.7, "singular", [(at, "U_z")])
    found = run(scaled, np.zeros((2, 3))).spectra()
    assert found["U_z"].largest_singular == pytest.approx(0.7)
    other = run(network, np.zeros((2, 3))).spectra()
    assert found["U_n"].largest_singular == other["U_n"].largest_singular


def test_what_cannot_be_scaled_is_refused_by_name() -> None:
    network = build(cell="rnn", initialisation="zeros")
    with pytest.raises(SpecError, match="U of layer 1 has the spectral radius 0"):
        rescaled(network, 1.0)
    with pytest.raises(SpecError, match="not below zero"):
        rescaled(build(cell="rnn"), -1.0)
    with pytest.raises(SpecError, match="no square recurrent matrix W"):
        rescaled(build(cell="rnn"), 1.0, blocks=[(network.at(0), "W")])
