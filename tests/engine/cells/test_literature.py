"""The cells of the literature against loops written by hand, and what each of them is known for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.language import Number, parse_cell
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import Network
from rnnviz.engine.rescale import rescaled
from rnnviz.engine.trace import Trace
from tests.engine.cells.loops import LOOPS, Step, Values, at_the_start, slstm_as_it_stands
from tests.engine.networks import build, inputs

STEPS, UNITS = 9, 4
GREFF = ("nig", "nfg", "nog", "niaf", "noaf", "cifg", "np", "fgr")
EACH = pytest.mark.parametrize("cell", LOOPS)


def parameters_of(network: Network) -> Values:
    """The parameters of the only layer, by the letters of the equations."""
    return {name.removesuffix("_l0"): value for name, value in network.named_parameters() if name.endswith("_l0")}


def looped(step: Step, parameters: Values, x: NDArray[np.generic]) -> list[Values]:
    """The signals of every step."""
    before, found = at_the_start(UNITS), []
    for row in torch.as_tensor(x):
        before = before | step(parameters, row, before, torch.zeros(0, dtype=torch.float64))
        found.append(before)
    return found


def stacked(steps: list[Values], name: str) -> NDArray[np.float64]:
    values: NDArray[np.float64] = torch.stack([step[name] for step in steps]).detach().numpy()
    return values


def ran(cell: str, steps: int = STEPS, **options: Any) -> tuple[Network, NDArray[np.generic], Trace]:
    network = build(cell, **{"scale": 2.0, **options})
    x = inputs(network, steps)
    return network, x, rnnviz.run(network, x)


@EACH
def test_every_signal_is_that_of_a_loop_written_by_hand(cell: str) -> None:
    network, x, trace = ran(cell)
    steps = looped(LOOPS[cell], parameters_of(network), x)
    names = [info.name for info in cells.get(cell).signals if info.kind != "pre"]
    assert set(names) <= set(steps[0])
    for name in names:
        np.testing.assert_allclose(trace.signal(name), stacked(steps, name), atol=1e-12, rtol=0, err_msg=name)


@EACH
def test_every_gradient_is_that_of_autograd_through_the_loop(cell: str) -> None:
    network = build(cell, scale=2.0, readout=None, output_size=None)
    x = inputs(network, STEPS)
    wanted = np.random.default_rng(7).standard_normal((STEPS, UNITS))
    ours = rnnviz.run(network, x, wanted).gradients(LossObjective("whole"))
    steps = looped(LOOPS[cell], parameters_of(network), x)
    loss = sum((((step["h"] - torch.tensor(row)) ** 2).mean() for step, row in zip(steps, wanted, strict=True)))
    assert isinstance(loss, Tensor)
    assert ours.value == pytest.approx(loss.item(), rel=1e-12)
    parameters = dict(network.named_parameters())
    signals = {(name, t): steps[t][name] for name in cells.get(cell).order for t in range(STEPS)}
    asked = [*parameters.values(), *signals.values()]
    found: tuple[Tensor | None, ...] = torch.autograd.grad(loss, asked, allow_unused=True)
    theirs = [np.zeros(UNITS) if gradient is None else gradient.numpy() for gradient in found]
    of_parameters, of_signals = theirs[: len(parameters)], theirs[len(parameters) :]
    size = max(float(np.abs(gradient).max()) for gradient in of_parameters)
    for name, gradient in zip(parameters, of_parameters, strict=True):
        np.testing.assert_allclose(ours.parameters[name], gradient, atol=1e-10 * size, rtol=0, err_msg=name)
    for (name, t), gradient in zip(signals, of_signals, strict=True):
        np.testing.assert_allclose(ours.signal(name)[t], gradient, atol=1e-10 * size, rtol=0, err_msg=f"{name} {t}")


# Greff et al. 2017


def test_without_peepholes_greffs_lstm_is_the_lstm() -> None:
    ours, x, trace = ran("lstm-np")
    lstm = build("lstm")
    lstm.load_state_dict(ours.state_dict())
    plain = rnnviz.run(lstm, x)
    for name in ("i", "f", "g", "o", "c", "h", "f.pre"):
        np.testing.assert_array_equal(trace.signal(name), plain.signal(name))


@pytest.mark.parametrize(("variant", "gate"), [("nig", "i"), ("nfg", "f"), ("nog", "o")])
def test_a_variant_without_a_gate_is_the_base_with_that_gate_held_open(variant: str, gate: str) -> None:
    base, x, trace = ran("lstm-peephole")
    with torch.no_grad():
        base.get_parameter(f"b_{gate}_l0").fill_(1e3)
    ours = build(f"lstm-{variant}")
    ours.load_state_dict({name: value for name, value in base.state_dict().items() if name in ours.state_dict()})
    held, without = rnnviz.run(base, x), rnnviz.run(ours, x)
    assert gate not in cells.get(f"lstm-{variant}").order
    for name in ("c", "h"):
        np.testing.assert_allclose(without.signal(name), held.signal(name), atol=1e-13, rtol=0)
        assert not np.array_equal(without.signal(name), trace.signal(name))


def test_coupled_gates_forget_what_they_take_in() -> None:
    _, _, trace = ran("lstm-cifg")
    np.testing.assert_array_equal(trace.signal("f"), 1 - trace.signal("i"))
    assert cells.get("lstm-cifg").signal("f").kind == "gate"


def test_full_gate_recurrence_shows_every_gate_of_the_step_before_to_every_gate() -> None:
    network, x, trace = ran("lstm-fgr")
    assert set(cells.get("lstm-fgr").states) == set("ifoch")
    for seen in "ifo":
        for gate in "ifo":
            matrix = network.get_parameter(f"R_{seen}{gate}_l0")
            with torch.no_grad():
                matrix.add_(1.0)
                changed = rnnviz.run(network, x)
                matrix.sub_(1.0)
            added = changed.signal(f"{gate}.pre")[:2] - trace.signal(f"{gate}.pre")[:2]
            assert not added[0].any(), "before the first step all gates are zero"
            if gate != "o":
                np.testing.assert_allclose(added[1], np.full(UNITS, trace.signal(seen)[0].sum()), atol=1e-12)
            assert added[1].any()


@pytest.mark.parametrize("variant", GREFF)
def test_the_variants_differ_from_the_base_as_greff_says_and_in_nothing_else(variant: str) -> None:
    base = {info.name for info in cells.get("lstm-peephole").parameters}
    own = {info.name for info in cells.get(f"lstm-{variant}").parameters}
    gone = {"nig": "i", "nfg": "f", "nog": "o", "cifg": "f"}.get(variant, "")
    lost = {name for name in base if gone and name.endswith(f"_{gone}")}
    lost |= {"p_i", "p_f", "p_o"} if variant == "np" else set()
    assert base - own == lost
    assert len(own - base) == (9 if variant == "fgr" else 0)


# what a step sees the input of alone: minGRU and minLSTM


@pytest.mark.parametrize(("cell", "kept", "written"), [("mingru", "z", "n"), ("minlstm", "f_prime", "g")])
def test_a_parallel_scan_finds_the_same_states(cell: str, kept: str, written: str) -> None:
    """Blelloch 1990: the pairs (a, b) of h -> a h + b are joined in a tree, in any order."""
    _, _, trace = ran(cell, 37)
    gate, candidate = trace.signal(kept), trace.signal(written)
    a = 1 - gate if cell == "mingru" else gate
    b = gate * candidate if cell == "mingru" else trace.signal("i_prime") * candidate
    shift = 1
    while shift < len(a):
        b = np.concatenate([b[:shift], a[shift:] * b[:-shift] + b[shift:]])
        a = np.concatenate([a[:shift], a[shift:] * a[:-shift]])
        shift *= 2
    np.testing.assert_allclose(b, trace.signal("h"), atol=1e-12, rtol=0)


@pytest.mark.parametrize("cell", ["mingru", "minlstm"])
def test_a_minimal_cell_sees_nothing_of_the_past_but_its_state(cell: str) -> None:
    assert not [info for info in cells.get(cell).parameters if info.role == "recurrent"]


def test_the_gates_of_a_minlstm_share_out_one() -> None:
    _, _, trace = ran("minlstm")
    np.testing.assert_allclose(trace.signal("f_prime") + trace.signal("i_prime"), 1, atol=1e-12)


# IndRNN


def test_the_recurrent_vector_is_a_diagonal_matrix() -> None:
    network, x, trace = ran("indrnn")
    u = network.get_parameter("u_l0").detach()
    full = build("rnn")
    values = {name: value for name, value in network.state_dict().items() if name in full.state_dict()}
    full.load_state_dict(values | {"U_l0": torch.diag(u)})
    other = rnnviz.run(full, x)
    np.testing.assert_allclose(trace.signal("h"), other.signal("h"), atol=1e-12)
    ours, theirs = trace.spectra()["u"], other.spectra()["U"]
    np.testing.assert_array_equal(ours.eigenvalues.real, u.numpy()[np.argsort(-np.abs(u.numpy()))])
    np.testing.assert_allclose(ours.eigenvalues, theirs.eigenvalues, atol=1e-12)
    np.testing.assert_allclose(ours.singular, theirs.singular, atol=1e-12)
    assert (ours.norm, ours.radius) == pytest.approx((theirs.norm, theirs.radius))
    assert trace.bound().singular == pytest.approx(other.bound().singular)


@pytest.mark.parametrize("by", ["radius", "singular"])
def test_the_laboratory_scales_the_recurrent_vector(by: Any) -> None:
    network, _, _ = ran("indrnn")
    scaled = rescaled(network, 0.7, by)
    assert float(scaled.get_parameter("u_l0").detach().abs().max()) == pytest.approx(0.7)
    ratio = scaled.get_parameter("u_l0") / network.get_parameter("u_l0")
    torch.testing.assert_close(ratio, ratio[0].expand(UNITS), atol=1e-12, rtol=0)
    assert torch.equal(scaled.get_parameter("W_l0"), network.get_parameter("W_l0"))


@pytest.mark.parametrize("entry", [np.inf, np.nan])
def test_a_recurrent_vector_that_is_not_finite_has_a_spectrum_of_nan(entry: float) -> None:
    network, x, _ = ran("indrnn")
    with torch.no_grad():
        network.get_parameter("u_l0")[1] = entry
    found = rnnviz.run(network, x).spectra()["u"]
    assert np.isnan(found.eigenvalues).all()
    assert np.isnan([found.norm, found.radius, found.largest_singular]).all()


def test_an_indrnn_of_ones_that_is_linear_keeps_everything() -> None:
    network = build("indrnn", activation="identity", initialisation="identity")
    assert torch.equal(network.get_parameter("u_l0"), torch.ones(UNITS, dtype=torch.float64))
    x = inputs(network, STEPS)
    trace = rnnviz.run(network, x)
    with torch.no_grad():
        sums = torch.as_tensor(x).cumsum(0) @ network.get_parameter("W_l0").T
    bias = network.get_parameter("b_l0").detach().numpy()
    np.testing.assert_allclose(trace.signal("h"), sums.numpy() + np.arange(1, STEPS + 1)[:, None] * bias, atol=1e-13)


# sLSTM


def test_a_stabilised_slstm_is_the_plain_one_where_that_does_not_overflow() -> None:
    network, x, trace = ran("slstm", 30, scale=3.0)
    plain = looped(slstm_as_it_stands, parameters_of(network), x)
    np.testing.assert_allclose(trace.signal("h"), stacked(plain, "h"), atol=1e-12, rtol=0)
    scale = np.exp(trace.signal("m"))
    for name in "cn":
        np.testing.assert_allclose(trace.signal(name) * scale, stacked(plain, name), rtol=1e-10)


@pytest.mark.parametrize("bias", [1e3, -1e3])
def test_a_stabilised_slstm_stays_finite_where_the_plain_one_does_not(bias: float) -> None:
    network, x, _ = ran("slstm")
    with torch.no_grad():
        network.get_parameter("b_i_l0").fill_(bias)
    plain = looped(slstm_as_it_stands, parameters_of(network), x)
    assert not np.isfinite(stacked(plain, "h")).any()
    trace = rnnviz.run(network, x, np.zeros((STEPS, 2)))
    for info in cells.get("slstm").signals:
        assert np.isfinite(trace.signal(info.name)).all()
    gradients = trace.gradients(LossObjective("whole"))
    assert all(np.isfinite(value).all() for value in gradients.parameters.values())
    assert (np.abs(trace.signal("h")) <= 1).all()


def test_one_stabilised_gate_of_an_slstm_is_fully_open_at_every_step() -> None:
    _, _, trace = ran("slstm")
    np.testing.assert_array_equal(np.maximum(trace.signal("i"), trace.signal("f")), 1.0)
    assert not trace.signal("f")[0].any(), "there is nothing yet to be kept"
    assert cells.get("slstm").initial == {"m": Number(-np.inf)}


def test_where_the_stabiliser_starts_does_not_show_in_the_hidden_state() -> None:
    network, x, trace = ran("slstm")
    from_zero = build(cells.get("slstm").text.replace("m[0] = -inf", "m[0] = 0"))
    from_zero.load_state_dict(network.state_dict())
    np.testing.assert_allclose(rnnviz.run(from_zero, x).signal("h"), trace.signal("h"), atol=1e-13)


def test_an_exponential_gate_that_knows_no_bound_is_no_gate() -> None:
    cell = parse_cell("i[t] = exp(W @ x[t])  # input gate\nh[t] = h[t-1] + i[t]")
    assert cell.signal("i").kind == "signal"
