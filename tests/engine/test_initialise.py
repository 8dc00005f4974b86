"""Seeded initial values: their distributions, and the matrices that can be chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.initialise import spectral_radius
from rnnviz.engine.network import Network
from rnnviz.engine.spec import NetworkSpec

RECURRENT = [name for name in cells.names() if name not in ("feedforward", "jordan", "mingru", "minlstm")]
FORGETTING = [
    *("lstm", "lstm-peephole", "lstm-goodfellow", "minlstm", "slstm"),
    *(f"lstm-{variant}" for variant in ("nig", "nog", "niaf", "noaf", "np", "fgr")),
]


def network(**options: Any) -> Network:
    return Network(NetworkSpec(**{"input_size": 3, "hidden_size": 16, "output_size": 2, "dtype": "float64", **options}))


def state(net: Network) -> dict[str, torch.Tensor]:
    return {name: parameter.detach() for name, parameter in net.named_parameters()}


def square_matrices(net: Network) -> dict[str, torch.Tensor]:
    """The matrices that the equations put before a state of the cell's own size, a vector as a diagonal one."""
    found = {
        share.parameter: net.get_parameter(share.parameter).detach()
        for at in net.cell_layers
        for info in at.cell.parameters
        if info.role == "recurrent"
        for share in at.shares[info.name]
        if len(set(at.shape(info))) == 1
    }
    return {name: torch.diag(value) if value.dim() == 1 else value for name, value in found.items()}


@pytest.mark.parametrize("cell", cells.names())
def test_a_seed_means_the_same_network_and_another_seed_another(cell: str) -> None:
    first, again, other = (state(network(cell=cell, seed=seed)) for seed in (4, 4, 5))
    for name, value in first.items():
        assert torch.equal(value, again[name])
        assert not torch.equal(value, other[name])


def test_a_seed_means_the_same_network_in_both_precisions() -> None:
    double, single = state(network(seed=4)), state(network(seed=4, dtype="float32"))
    for name, value in single.items():
        assert value.dtype == torch.float32
        assert torch.equal(value, double[name].float())


def test_making_a_network_leaves_torchs_own_random_numbers_alone() -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    network(embedding_size=4)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("cell", cells.names())
def test_torchs_default_is_uniform_within_one_over_the_root_of_the_units(cell: str) -> None:
    net = network(cell=cell, hidden_size=64, input_size=40)
    for at in net.cell_layers:
        for info in at.cell.parameters:
            for share in at.shares[info.name]:
                values = net.get_parameter(share.parameter).detach().numpy()
                assert np.abs(values).max() <= 1 / 8
                assert values.std() == pytest.approx(1 / 8 / np.sqrt(3), rel=0.25)
                assert len(np.unique(values)) == values.size


def test_dense_layers_are_uniform_within_one_over_the_root_of_their_inputs() -> None:
    net = network(hidden_size=64, readout_sizes=(100,))
    for name, bound in (("readout.0", 1 / 8), ("readout.1", 1 / 10)):
        for part in ("weight", "bias"):
            values = state(net)[f"{name}.{part}"].numpy()
            assert np.abs(values).max() <= bound
            assert np.abs(values).max() > bound / 2


def test_an_embedding_is_normal() -> None:
    values = state(network(input_size=200, embedding_size=20))["embedding.weight"]
    assert float(values.mean()) == pytest.approx(0, abs=0.05)
    assert float(values.std()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("cell", RECURRENT)
def test_orthogonal_recurrent_matrices_keep_lengths_and_biases_are_zero(cell: str) -> None:
    net = network(cell=cell, initialisation="orthogonal")
    matrices = square_matrices(net)
    assert matrices
    for matrix in matrices.values():
        torch.testing.assert_close(matrix @ matrix.T, torch.eye(16, dtype=torch.float64), atol=1e-12, rtol=0)
    assert len({float(matrix.sum()) for matrix in matrices.values()}) == len(matrices)
    for at in net.cell_layers:
        for info in at.cell.parameters:
            if info.role == "bias":
                assert not net.get_parameter(info.name + at.suffix).any()
            if info.role == "input":
                assert net.get_parameter(info.name + at.suffix).any()


def test_orthogonal_matrices_turn_and_mirror_alike() -> None:
    signs = [
        float(
            torch.linalg.det(
                next(iter(square_matrices(network(cell="rnn", initialisation="orthogonal", seed=s)).values()))
            )
        )
        for s in range(12)
    ]
    assert any(sign > 0.9 for sign in signs)
    assert any(sign < -0.9 for sign in signs)


@pytest.mark.parametrize("cell", RECURRENT)
def test_identity_recurrent_matrices_are_the_identity(cell: str) -> None:
    for matrix in square_matrices(network(cell=cell, initialisation="identity")).values():
        assert torch.equal(matrix, torch.eye(16, dtype=torch.float64))


@pytest.mark.parametrize("cell", cells.names())
def test_zeros_are_zeros_in_the_cells_and_not_in_the_readout(cell: str) -> None:
    for name, value in state(network(cell=cell, initialisation="zeros")).items():
        assert bool(value.any()) == name.startswith("readout")


@pytest.mark.parametrize("cell", RECURRENT)
@pytest.mark.parametrize("initialisation", ["torch", "orthogonal", "identity"])
@pytest.mark.parametrize("radius", [0.0, 0.5, 2.0])
def test_recurrent_matrices_have_the_spectral_radius_asked_for(cell: str, initialisation: str, radius: float) -> None:
    net = network(cell=cell, initialisation=initialisation, spectral_radius=radius, num_layers=2)
    matrices = square_matrices(net)
    assert len(matrices) >= 2
    for matrix in matrices.values():
        eigenvalues = np.linalg.eigvals(matrix.numpy())
        assert np.abs(eigenvalues).max() == pytest.approx(radius, abs=1e-12)


def test_a_spectral_radius_changes_nothing_else() -> None:
    plain, scaled = network(cell="gru"), network(cell="gru", spectral_radius=0.5)
    recurrent = square_matrices(plain)
    for name, value in state(plain).items():
        assert torch.equal(value, state(scaled)[name]) == (name not in recurrent)


def test_the_spectral_radius_of_a_rotation_is_its_scale() -> None:
    angle = torch.tensor(0.7)
    rotation = 3 * torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    assert spectral_radius(rotation) == pytest.approx(3, abs=1e-6)


@pytest.mark.parametrize("cell", FORGETTING)
@pytest.mark.parametrize("initialisation", ["torch", "zeros"])
def test_a_forget_bias_is_the_bias_of_the_forget_gate_alone(cell: str, initialisation: str) -> None:
    plain = state(network(cell=cell, initialisation=initialisation))
    biased = state(network(cell=cell, initialisation=initialisation, forget_bias=1.5))
    for name, value in biased.items():
        if name == "b_f_l0":
            assert torch.equal(value, torch.full((16,), 1.5, dtype=torch.float64))
        else:
            assert torch.equal(value, plain[name])


def test_with_two_biases_their_sum_is_the_forget_bias() -> None:
    net = network(cell="lstm", biases="two", forget_bias=1.0, num_layers=2, bidirectional=True)
    for at in net.cell_layers:
        assert torch.equal(net.cell_parameters(at)["b_f"], torch.ones(16, dtype=torch.float64))
        assert net.cell_parameters(at)["b_i"].abs().max() > 0


def test_a_forget_bias_applies_where_there_is_a_forget_gate() -> None:
    net = network(cell=("rnn", "lstm"), num_layers=2, forget_bias=1.0)
    assert torch.equal(state(net)["b_f_l1"], torch.ones(16, dtype=torch.float64))


@pytest.mark.parametrize("cell", sorted(set(cells.names()) - set(FORGETTING)))
def test_a_forget_bias_without_a_forget_gate_is_refused(cell: str) -> None:
    with pytest.raises(SpecError, match="no cell of this network has a forget gate"):
        network(cell=cell, forget_bias=1.0)


def test_learned_initial_states_start_at_zero() -> None:
    values = state(network(initial_state="learned"))
    assert not values["c0_l0"].any()
    assert not values["h0_l0"].any()
