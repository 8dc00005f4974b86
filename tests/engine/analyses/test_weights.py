"""The answers about weights: gradients against autograd on another unrolled loop, spectra against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.errors import EngineError
from rnnviz.engine.fold import fold_of, folded, starts_of
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import Truth, Weights, WeightSpectra
from rnnviz.engine.run import Running, run
from rnnviz.engine.trace import Trace
from rnnviz.engine.wholegradient import whole_gradient
from tests.engine.networks import CELLS, build, inputs, target_of
from tests.engine.observatory.losses import PerLoss, ran


def ask(trace: Trace, request: Any) -> Any:
    return finish(analyse(trace, request, Memo()))


def blocks(answer: Any) -> list[tuple[str, str, str, tuple[slice, slice]]]:
    """(name, signal, operand, place) of every block."""
    names, signals, operands = (answer.facts[key] for key in ("names", "signals", "operands"))
    places = [(slice(a, b), slice(c, d)) for a, b, c, d in answer.arrays["places"].tolist()]
    return list(zip(names, signals, operands, places, strict=True))


@pytest.mark.parametrize("ways", [{}, {"num_layers": 2, "bidirectional": True}], ids=["one layer", "two, both ways"])
@pytest.mark.parametrize("cell", [name for name in CELLS if name != "jordan"])
def test_every_block_holds_its_parameter_and_the_gradient_of_autograd(cell: str, ways: dict[str, Any]) -> None:
    network, trace = ran({"cell": CELLS[cell], **ways}, steps=4)
    losses = PerLoss(network, trace)
    at = network.cell_layers[-1]
    answer = ask(trace, Weights(at.layer, at.direction))
    known = {info.name for info in at.cell.parameters if info.kind != "initial"}
    assert {name for name, *_ in blocks(answer)} == known
    covered = np.zeros(answer.arrays["values"].shape, bool)
    for name, _, _, place in blocks(answer):
        value = trace.weights.cells[at].parameters[name].numpy()
        gradient = sum(losses.parameter(name + at.suffix, k) for k in range(len(losses.losses)))
        shape = covered[place].shape
        np.testing.assert_array_equal(answer.arrays["values"][place], value.reshape(shape))
        np.testing.assert_allclose(
            answer.arrays["gradient"][place], np.reshape(gradient, shape), atol=1e-11 * losses.largest
        )
        covered[place] = True
    assert np.isnan(answer.arrays["values"][~covered].astype(float)).all()


def test_norms_and_spectra_are_those_of_numpy() -> None:
    _, trace = ran({"cell": "lstm", "hidden_size": 6})
    answer, spectra = ask(trace, Weights()), ask(trace, WeightSpectra())
    for index, (name, _, operand, place) in enumerate(blocks(answer)):
        matrix, gradient = answer.arrays["values"][place], answer.arrays["gradient"][place]
        assert answer.arrays["norms"][index] == pytest.approx(np.linalg.norm(matrix))
        assert answer.arrays["gradient_norms"][index] == pytest.approx(np.linalg.norm(gradient))
        if operand == "bias":
            assert f"singular {name}" not in spectra.arrays
            continue
        singular = np.linalg.svd(matrix, compute_uv=False)
        np.testing.assert_allclose(spectra.arrays[f"singular {name}"], singular, atol=1e-12)
        sizes = np.sort(np.abs(np.linalg.eigvals(matrix)))[::-1] if operand == "h[t-1]" else np.zeros(0)
        np.testing.assert_allclose(np.abs(spectra.arrays[f"eigenvalues {name}"]), sizes, atol=1e-12)


def test_peepholes_stand_beside_the_stack_at_their_gates() -> None:
    _, trace = ran({"cell": "lstm-peephole"})
    answer = ask(trace, Weights())
    assert (answer.facts["rows"], answer.facts["columns"]) == (16, 8)
    beside = {name: (signal, operand) for name, signal, operand, place in blocks(answer) if place[1].start >= 8}
    assert beside == {"p_i": ("i", "∘ c[t-1]"), "p_f": ("f", "∘ c[t-1]"), "p_o": ("o", "∘ c[t]")}


def test_two_biases_are_named_as_a_sum() -> None:
    _, trace = ran({"cell": "lstm", "biases": "two"})
    answer = ask(trace, Weights())
    notes = dict(zip(answer.facts["names"], answer.facts["notes"], strict=True))
    assert notes["b_f"] == "b_f is the sum of b_f_ih_l0 and b_f_hh_l0; the gradient is that of each of them."
    assert notes["U_f"] == ""


def test_without_a_target_there_is_no_gradient_and_it_is_said() -> None:
    network = build(cell="gru")
    answer = ask(run(network, inputs(network, 4)), Weights())
    assert "gradient" not in answer.arrays
    assert str(answer.facts["gradient"]).endswith("no loss and no gradient.")
    assert np.isnan(answer.arrays["gradient_norms"].astype(float)).all()
    assert ask(run(network, inputs(network, 4)), Truth(Weights())).facts["difference"] < 1e-12


def test_weights_that_are_not_finite_have_no_spectrum_and_the_others_do() -> None:
    network = build(cell="lstm")
    with torch.no_grad():
        network.get_parameter("U_f_l0")[1, 2] = torch.inf
        network.get_parameter("U_g_l0")[0, 0] = torch.nan
    trace = run(network, inputs(network, 3), target_of(network, 3))
    spectra = ask(trace, WeightSpectra()).arrays
    for name in ("U_f", "U_g"):
        assert np.isnan(spectra[f"singular {name}"]).all()
        assert np.isnan(spectra[f"eigenvalues {name}"]).all()
    assert np.isfinite(spectra["singular U_i"]).all()
    values = ask(trace, Weights()).arrays["values"]
    assert np.isinf(values).sum() == 1
    assert np.isnan(values).sum() == 1


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "lstm-peephole", "jordan"])
def test_autograd_and_numpy_find_the_same(cell: str) -> None:
    _, trace = ran({"cell": cell})
    facts = ask(trace, Truth(Weights())).facts
    assert facts["difference"] < 1e-12
    assert facts["count"] > 50


def test_the_truth_tells_a_wrong_gradient() -> None:
    _, trace = ran({"cell": "lstm"})
    right = finish(whole_gradient(trace))
    memo = Memo()
    finish(memo.get("gradient of the parameters", lambda: _given({**right, "U_f_l0": right["U_f_l0"] + 0.5})))
    assert finish(analyse(trace, Truth(Weights()), memo)).facts["difference"] == pytest.approx(0.5)


def _given(value: Any) -> Any:
    yield 0, 1
    return value


def test_a_run_under_way_has_the_gradient_of_the_loss_so_far() -> None:
    network = build(cell="gru")
    x, target = inputs(network, 8), target_of(network, 8)
    going = Running(network, x, target)
    for _ in going.advance(5):
        pass
    half, whole = ask(going.trace(), Weights()), ask(run(network, x[:5], target[:5]), Weights())
    np.testing.assert_allclose(half.arrays["gradient"], whole.arrays["gradient"], atol=1e-13)


def test_the_gradient_of_the_parameters_is_that_of_the_trace() -> None:
    _, trace = ran({"cell": ("rnn", "lstm"), "num_layers": 2, "bidirectional": True, "initial_state": "learned"})
    found, known = finish(whole_gradient(trace)), trace.parameter_gradients()
    assert found.keys() == known.keys()
    for name, gradient in known.items():
        np.testing.assert_array_equal(found[name], gradient)


def test_large_matrices_are_told_by_what_is_farthest_from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trace = ran({"cell": "lstm", "hidden_size": 7})
    whole = ask(trace, Weights())
    monkeypatch.setattr("rnnviz.engine.analyses.weights.MOST", 100)
    part = ask(trace, Weights())
    fold = int(part.facts["fold"])
    assert fold == 2
    for (_, _, _, small), (_, _, _, large) in zip(blocks(part), blocks(whole), strict=True):
        entries, told = whole.arrays["values"][large].astype(float), part.arrays["values"][small].astype(float)
        for row, column in np.ndindex(told.shape):
            cell = entries[row * fold : (row + 1) * fold, column * fold : (column + 1) * fold]
            assert told[row, column] == cell.flat[np.abs(cell).argmax()]
    np.testing.assert_array_equal(part.arrays["norms"], whole.arrays["norms"])
    assert ask(trace, Truth(Weights())).facts["difference"] < 1e-12


def test_folding_keeps_nan_and_infinity() -> None:
    values = np.zeros((5, 4))
    values[1, 1], values[4, 3], values[2, 2] = np.nan, -np.inf, 3.0
    rows, columns = starts_of([0, 3, 5], 2), starts_of([0, 4], 2)
    assert rows.tolist() == [0, 2, 3]
    np.testing.assert_array_equal(folded(values, rows, columns), [[np.nan, 0], [0, 3.0], [0, -np.inf]])
    assert fold_of((100, 100), 10_000) == 1


def test_large_spectra_leave_the_engine_free() -> None:
    network = build(cell="rnn", hidden_size=400)
    trace = run(network, inputs(network, 2))
    job = analyse(trace, WeightSpectra(), Memo())
    portions = 0
    try:
        while True:
            next(job)
            portions += 1
    except StopIteration:
        pass
    assert portions > 5
    other = analyse(trace, WeightSpectra(), Memo())
    next(other)
    other.close()


def test_matrices_that_are_too_large_have_no_spectrum(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trace = ran({"cell": "lstm", "hidden_size": 60})
    monkeypatch.setattr("rnnviz.engine.matrixspectra.LARGEST", 50)
    names = {name for name in ask(trace, WeightSpectra()).arrays if name.startswith("singular")}
    assert names == {f"singular W_{gate}" for gate in "ifgo"}


def test_very_long_runs_are_not_held_against_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trace = ran({"cell": "rnn"})
    monkeypatch.setattr("rnnviz.engine.analyses.weights._MOST_STEPS", 3)
    with pytest.raises(EngineError, match="too long to be compared with autograd"):
        ask(trace, Truth(Weights()))


def test_vectors_on_one_operand_have_columns_of_their_own() -> None:
    cell = "c[t] = a * c[t-1] + tanh(W @ x[t] + u * c[t-1] + v * c[t-1] + b)\nh[t] = k * h[t-1] + tanh(c[t]) + d\n"
    _, trace = ran({"cell": cell})
    answer = ask(trace, Weights())
    found = blocks(answer)
    assert sorted(name for name, *_ in found) == sorted("aWuvbkd")
    covered = np.zeros(answer.arrays["values"].shape, int)
    for _, _, _, place in found:
        covered[place] += 1
    assert covered.max() == 1
    assert ask(trace, Truth(Weights())).facts["difference"] < 1e-12


@pytest.mark.parametrize("cell", CELLS)
def test_matrices_of_a_network_with_clamped_signals_stand_where_they_do_without(cell: str) -> None:
    network = build(CELLS[cell], hidden_size=3)
    order = network.at(0).cell.order
    clamps = [Clamp(signal, 0.25, units=(1,), first=2, last=3) for signal in (order[0], order[-1])]
    target = target_of(network, 6)
    free = ask(run(network, inputs(network, 6), target), Weights())
    held = ask(run(network, inputs(network, 6), target, interventions=clamps), Weights())
    assert held.facts == free.facts
    for name in ("values", "places", "norms"):
        np.testing.assert_array_equal(held.arrays[name], free.arrays[name])
    assert held.arrays["gradient"].shape == free.arrays["gradient"].shape
    names = {block[0] for block in blocks(held)}
    assert {info.name for info in network.at(0).cell.parameters if info.kind != "initial"} == names
