"""Trajectories, fixed points and phase portraits, held to numpy, to closed forms and to the run itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnviz.engine import fixedpoints
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.analyses.phase import zero_contour
from rnnviz.engine.cellmap import CellMap
from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.fixedpoints import kind_of
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import FixedPoints, JacobianAt, Phase, Principal, Truth
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import CELLS, build, inputs
from tests.engine.observatory.losses import ran

KEEPS = "h[t] = h[t-1] + W @ x[t]"
HALVES = "h[t] = U @ h[t-1] + W @ x[t]"


def answer(trace: Any, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


def with_matrix(matrix: Any, cell: str = "rnn", steps: int = 20, **options: Any) -> Trace:
    """A run of a network whose recurrent matrix is given, without biases."""
    network = build(cell, hidden_size=len(matrix), **options)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("U"):
                parameter.copy_(torch.tensor(matrix, dtype=torch.float64))
            elif name.startswith("b"):
                parameter.zero_()
    return run(network, inputs(network, steps))


def fixed_of_tanh(slope: float) -> float:
    """The a > 0 with a = tanh(slope a), by bisection."""
    low, high = 1e-6, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.tanh(slope * middle) > middle else (low, middle)
    return low


@pytest.mark.parametrize(("cell", "state", "layer", "way"), [("lstm", "c", 0, "forward"), ("gru", "h", 1, "backward")])
def test_the_components_are_those_of_numpys_singular_value_decomposition(
    cell: str, state: str, layer: int, way: Any
) -> None:
    network = build(cell, num_layers=2, bidirectional=True, hidden_size=6)
    trace = run(network, inputs(network, 40))
    found = answer(trace, Principal(state, layer, way))
    values = np.asarray(trace.signal(state, layer, way), np.float64)
    rest = values - values.mean(0)
    _, sizes, axes = np.linalg.svd(rest, full_matrices=False)
    np.testing.assert_allclose(found.arrays["centre"], values.mean(0), atol=1e-12)
    np.testing.assert_allclose(found.arrays["explained"], sizes**2 / (sizes**2).sum(), atol=1e-12)
    signs = np.sign((found.arrays["components"] * axes[:3]).sum(1))
    np.testing.assert_allclose(found.arrays["components"], axes[:3] * signs[:, None], atol=1e-8)
    np.testing.assert_allclose(found.arrays["trajectory"], rest @ axes[:3].T * signs, atol=1e-8)
    assert (found.arrays["components"].max(1) == np.abs(found.arrays["components"]).max(1)).all()


def test_of_a_long_run_evenly_spread_steps_are_told_and_all_of_them_counted() -> None:
    trace = with_matrix([[0.5, 0.1], [0.0, 0.7]], steps=500)
    found = answer(trace, Principal("h", most=50))
    steps = found.arrays["steps"]
    assert (len(steps), steps[0], steps[-1], found.facts["count"]) == (50, 0, 499, 500)
    whole = answer(trace, Principal("h"))
    np.testing.assert_array_equal(found.arrays["trajectory"], whole.arrays["trajectory"][steps])


def test_a_plain_trajectory_is_the_state_itself() -> None:
    trace = with_matrix([[0.5, 0.1], [0.0, 0.7]])
    found = answer(trace, Principal("h", plain=True))
    np.testing.assert_array_equal(found.arrays["trajectory"], trace.signal("h"))
    variances = np.asarray(trace.signal("h")).var(0)
    np.testing.assert_allclose(found.arrays["explained"], variances / variances.sum())


def test_a_state_that_does_not_exist_and_one_that_is_nowhere_finite_are_said_in_a_sentence() -> None:
    with pytest.raises(RnnvizError, match="no state s: choose one of c, h"):
        answer(ran({"cell": "lstm"})[1], Principal("s"))
    trace = with_matrix([[np.nan]])
    with pytest.raises(RnnvizError, match="No step of this layer has a finite state"):
        answer(trace, Principal("h"))


@pytest.mark.parametrize("name", [name for name in CELLS if name != "jordan"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_map_takes_every_state_where_the_run_took_it(name: str, direction: Any) -> None:
    network = build(CELLS[name], num_layers=2, bidirectional=True)
    if not network.at(1, direction).cell.states:
        pytest.skip("carries no state")
    trace = run(network, inputs(network, 6))
    step, earlier = 3, 2 if direction == "forward" else 4
    cell = CellMap(trace, 1, direction, step)
    states = [np.concatenate([trace.signal(s, 1, direction)[t] for s in cell.states]) for t in (earlier, step)]
    before = torch.from_numpy(np.array(states[0], np.float64))[None]
    np.testing.assert_allclose(cell(before)[0].numpy(), states[1], atol=1e-12)
    shown = answer(trace, JacobianAt(step, 1, direction)).arrays["matrix"]
    np.testing.assert_allclose(cell.jacobian(before)[0].numpy(), shown, atol=1e-12)


def test_two_tanh_units_have_their_nine_fixed_points() -> None:
    trace = with_matrix([[1.5, 0.0], [0.0, 2.0]])
    found = answer(trace, FixedPoints())
    first, second = fixed_of_tanh(1.5), fixed_of_tanh(2.0)
    wanted = {(a, b) for a in (-first, 0.0, first) for b in (-second, 0.0, second)}
    points = found.arrays["points"]
    assert len(points) == 9
    for point in wanted:
        assert np.abs(points - point).max(1).min() < 1e-8
    kinds = dict(zip(map(tuple, np.sign(np.round(points, 6)).astype(int).tolist()), found.facts["kinds"], strict=True))
    assert kinds[0, 0] == "unstable"
    assert all(kinds[corner] == "stable" for corner in ((1, 1), (1, -1), (-1, 1), (-1, -1)))
    assert all(kinds[edge] == "saddle" for edge in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    origin = int(np.abs(points).max(1).argmin())
    np.testing.assert_allclose(found.arrays["eigenvalues"][origin], [2.0, 1.5], atol=1e-7)
    assert found.arrays["residual"].max() < 1e-9
    np.testing.assert_allclose(found.arrays["q"], 0.0, atol=1e-18)


def test_the_eigenvalues_of_a_turning_network_are_a_pair() -> None:
    turn = 0.9 * np.array([[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]])
    found = answer(with_matrix(turn.tolist()), FixedPoints())
    assert found.facts["kinds"] == ("stable",)
    np.testing.assert_allclose(found.arrays["points"], [[0.0, 0.0]], atol=1e-8)
    pair = 0.9 * np.exp([0.4j, -0.4j])
    np.testing.assert_allclose(found.arrays["eigenvalues"][0], pair, atol=1e-7)


def test_the_fixed_point_of_a_linear_cell_solves_its_equation_for_the_input_of_the_step() -> None:
    matrix = np.array([[0.5, 0.2, 0.0], [0.0, 0.4, -0.3], [0.1, 0.0, 0.2]])
    trace = with_matrix(matrix.tolist(), HALVES)
    found = answer(trace, FixedPoints(step=7))
    weights = trace.weights.cells[trace.network.at(0, "forward")].parameters["W"].numpy()
    solved = np.linalg.solve(np.eye(3) - matrix, weights @ trace.inputs[7])
    np.testing.assert_allclose(found.arrays["points"], [solved], atol=1e-8)
    theirs = np.linalg.eigvals(matrix)
    np.testing.assert_allclose(np.sort_complex(found.arrays["eigenvalues"][0]), np.sort_complex(theirs), atol=1e-12)
    assert found.facts["elsewhere"] == 0


def test_every_state_of_the_identity_is_fixed_and_marginal() -> None:
    network = build(KEEPS, hidden_size=3)
    found = answer(run(network, inputs(network, 10)), FixedPoints())
    assert set(found.facts["kinds"]) == {"marginal"}
    assert 1 < len(found.arrays["points"]) <= 64
    np.testing.assert_array_equal(found.arrays["residual"], 0.0)
    np.testing.assert_allclose(found.arrays["eigenvalues"], 1.0)


def test_only_states_that_the_cell_may_come_to_count_as_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GRU whose update gate is open keeps any state, also those that no tanh can have written."""
    network = build("gru", hidden_size=3)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("b_z"):
                parameter.fill_(60.0)
    begun = torch.tensor([[0.3, -0.2, 0.9], [1.2, 0.0, 0.0], [-4.0, 0.5, 2.0]], dtype=torch.float64)
    monkeypatch.setattr(fixedpoints, "starts", lambda cell: begun)
    found = answer(run(network, inputs(network, 10)), FixedPoints())
    np.testing.assert_allclose(found.arrays["points"], begun[:1].numpy(), atol=1e-9)
    assert found.facts["elsewhere"] == 2


def test_what_a_step_adds_to_the_identity_leaves_nothing_fixed() -> None:
    network = build(KEEPS, hidden_size=3)
    found = answer(run(network, inputs(network, 10)), FixedPoints(step=4))
    assert found.arrays["points"].shape == (0, 3)
    assert found.facts["elsewhere"] == found.facts["starts"]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_fixed_points_of_every_cell_return_to_themselves(cell: str) -> None:
    network = build(cell, hidden_size=5, scale=2.0)
    trace = run(network, inputs(network, 30))
    found = answer(trace, FixedPoints(step=10))
    points = torch.from_numpy(found.arrays["points"])
    assert len(points)
    np.testing.assert_allclose(CellMap(trace, step=10)(points).numpy(), points.numpy(), atol=1e-7)
    assert found.facts["states"] == network.at(0, "forward").cell.states


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_truth_is_at_the_rounding_of_double_precision(cell: str) -> None:
    network = build(cell)
    assert answer(run(network, inputs(network, 12)), Truth(FixedPoints())).facts["relative"] < 1e-9


def test_the_truth_tells_of_eigenvalues_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = with_matrix([[0.5, 0.1], [0.0, 0.7]])
    eigvals = torch.linalg.eigvals
    monkeypatch.setattr(torch.linalg, "eigvals", lambda matrix: eigvals(matrix) + 0.01)
    assert answer(trace, Truth(FixedPoints())).facts["difference"] == pytest.approx(0.01, rel=1e-4)


def test_the_search_tells_how_far_it_is_and_can_be_left() -> None:
    network = build("lstm", hidden_size=24)
    job = analyse(run(network, inputs(network, 10)), FixedPoints(), Memo())
    told = [next(job) for _ in range(4)]
    assert all(0 <= done <= total for done, total in told)
    job.close()


@pytest.mark.parametrize(("request_", "sentence"), [(FixedPoints(), "none to return to"), (Phase(), "none to return")])
def test_a_cell_without_states_has_none_to_return_to(request_: Any, sentence: str) -> None:
    with pytest.raises(RnnvizError, match=sentence):
        answer(ran({"cell": "jordan"})[1], request_)


def test_what_is_too_large_or_has_another_size_is_said_in_a_sentence() -> None:
    network = build("rnn", hidden_size=600)
    with pytest.raises(RnnvizError, match="up to 512 numbers"):
        answer(run(network, inputs(network, 2)), FixedPoints())
    with pytest.raises(RnnvizError, match="one or two units: this one has"):
        answer(ran({"cell": "lstm"})[1], Phase())
    small = build("lstm", hidden_size=2)
    with pytest.raises(RnnvizError, match="no state s: choose one of c, h"):
        answer(run(small, inputs(small, 2)), Phase("s"))
    with pytest.raises(RnnvizError, match="has not reached step 8"):
        answer(run(small, inputs(small, 2)), Phase("c", at=7))


def test_a_kind_is_told_from_the_eigenvalues() -> None:
    def kind(*values: complex) -> str:
        return kind_of(np.array(values, np.complex128))

    assert kind(0.5, -0.9j) == "stable"
    assert kind(1.5, 0.2) == "saddle"
    assert kind(1.5, -1.2) == "unstable"
    assert kind(1.0, 0.2) == "marginal"


def test_the_field_is_a_step_less_the_state_and_nullclines_are_its_zeros() -> None:
    matrix = np.array([[1.5, -0.4], [0.3, 1.2]])
    found = answer(with_matrix(matrix.tolist()), Phase())
    x, y, field = (found.arrays[name] for name in ("first", "second", "field"))
    for row, column in ((0, 0), (17, 90), (120, 3)):
        state = np.array([x[column], y[row]])
        np.testing.assert_allclose(field[row, column], np.tanh(matrix @ state) - state, atol=1e-12)
    for unit in (0, 1):
        places: NDArray[np.float64] = found.arrays[f"nullcline {unit + 1}"].reshape(-1, 2)
        assert len(places) > 50
        off = np.tanh(places @ matrix.T)[:, unit] - places[:, unit]
        assert np.abs(off).max() < 1e-3


def test_the_zero_contour_of_a_plane_is_its_line() -> None:
    x, y = np.linspace(-1, 1, 9), np.linspace(0, 2, 7)
    pieces = zero_contour(x, y, y[:, None] - 0.5 * x[None] - 1.03)
    np.testing.assert_allclose(pieces[..., 1], 0.5 * pieces[..., 0] + 1.03, atol=1e-12)
    lengths = np.linalg.norm(pieces[:, 1] - pieces[:, 0], axis=1)
    assert lengths.sum() == pytest.approx(np.hypot(2, 1))
    assert zero_contour(x, y, np.ones((7, 9))).shape == (0, 2, 2)
