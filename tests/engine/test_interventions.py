"""Networks in which signals are held and weights are set by hand, against loops written out in torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.errors import SpecError
from rnnviz.engine.holds import untouched
from rnnviz.engine.interventions import (
    Clamp,
    Edit,
    Intervention,
    clamped_signals,
    fitting_interventions,
    parameter_shapes,
)
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.network import Network
from rnnviz.engine.run import Running
from tests.engine.networks import (
    CELLS,
    NETWORKS,
    build,
    difference,
    inputs,
    name_of,
    odd,
    one_by_one,
    portions,
    random_target,
)
from tests.engine.reference import Key, Touch, compare, derivatives, number_of, unroll

STEPS = 9
WHOLE = LossObjective("whole")


def hand(clamps: tuple[Clamp, ...]) -> Touch:
    """What the clamps do, said without the engine's means."""

    def touch(key: Key, step: int, value: Tensor) -> Tensor:
        entries = list(value)
        for clamp in clamps:
            last = STEPS * 2 if clamp.last is None else clamp.last
            if (clamp.layer, clamp.direction, clamp.signal) == key and clamp.first <= step <= last:
                for unit in range(len(entries)) if clamp.units is None else clamp.units:
                    entries[unit] = torch.tensor(clamp.value, dtype=value.dtype)
        return torch.stack(entries)

    return touch


def check(network: Network, clamps: tuple[Clamp, ...]) -> None:
    """Compare every signal and every gradient with a loop in which the clamps are made by hand."""
    x = inputs(network, STEPS)
    target = random_target(network, len(Running(network, x).schedule.output_steps))
    if (target == -1).all() or not np.isfinite(target).any():
        target = np.zeros_like(target)
    trace = rnnviz.run(network, x, target, interventions=clamps)
    unrolled = unroll(network, x, touch=hand(clamps))
    for (layer, direction, name), values in unrolled.signals.items():
        ours = trace.signal(name, layer, direction)
        theirs = torch.stack(values).detach().numpy()
        known = np.isfinite(ours)
        assert np.abs(ours[known] - theirs[known]).max(initial=0.0) < 1e-12, (layer, direction, name)
    compare(trace.gradients(WHOLE), derivatives(network, unrolled, number_of(trace, unrolled, target, WHOLE)), 1e-10)


def by_hand_lstm(network: Network, x: Tensor, target: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """An LSTM whose gate f is 0.25 in units 2 and 4 at steps 5 to 7, c of unit 1 is 0.5 at step 8, h of unit 5 is 0."""
    p = {name: value.detach().clone().requires_grad_() for name, value in network.named_parameters()}
    h = c = torch.zeros(5, dtype=torch.float64)
    kept: dict[str, list[Tensor]] = {name: [] for name in "ifgoch"}
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        total = {g: p[f"W_{g}_l0"] @ x[t] + p[f"U_{g}_l0"] @ h + p[f"b_{g}_l0"] for g in "ifgo"}
        i, f, o = (1 / (1 + torch.exp(-total[gate])) for gate in "ifo")
        g = torch.tanh(total["g"])
        if t in (4, 5, 6):
            f = torch.stack([f[0], torch.tensor(0.25).double(), f[2], torch.tensor(0.25).double(), f[4]])
        c = f * c + i * g
        if t == 7:
            c = torch.cat([torch.tensor([0.5]).double(), c[1:]])
        h = o * torch.tanh(c)
        h = torch.cat([h[:4], torch.zeros(1, dtype=torch.float64)])
        for name, value in {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}.items():
            kept[name].append(value)
        loss = loss + ((p["readout.0.weight"] @ h + p["readout.0.bias"] - target[t]) ** 2).mean()
    torch.autograd.backward(loss)
    return {name: torch.stack(values).detach() for name, values in kept.items()}, p


LSTM_CLAMPS = (
    Clamp("f", 0.25, units=(1, 3), first=4, last=6),
    Clamp("c", 0.5, units=(0,), first=7, last=7),
    Clamp("h", 0.0, units=(4,)),
)


def test_an_lstm_with_held_gates_equals_one_written_by_hand() -> None:
    network = build("lstm", hidden_size=5, scale=2.0)
    rng = np.random.default_rng(7)
    x, target = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
    trace = rnnviz.run(network, x, target, interventions=LSTM_CLAMPS)
    signals, parameters = by_hand_lstm(network, torch.from_numpy(x), torch.from_numpy(target))
    for name, values in signals.items():
        np.testing.assert_allclose(trace.signal(name), values.numpy(), rtol=0, atol=1e-12)
    for name, gradient in trace.parameter_gradients().items():
        theirs = parameters[name].grad
        assert theirs is not None
        np.testing.assert_allclose(gradient, theirs.numpy(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_every_signal_of_every_cell_can_be_held(cell: str) -> None:
    text = CELLS[cell]
    for index, info in enumerate(cells.get(text).signals):
        units = None if index % 2 else (1, 3)
        check(build(text, scale=2.0), (Clamp(info.name, 0.3, units=units, first=2, last=4 + index % 3),))


@pytest.mark.parametrize("cell", CELLS)
def test_all_signals_of_a_cell_can_be_held_at_once(cell: str) -> None:
    text = CELLS[cell]
    names = [info.name for info in cells.get(text).signals]
    check(build(text, num_layers=2), tuple(Clamp(name, 0.2, units=(k % 4,), first=3) for k, name in enumerate(names)))


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
def test_every_kind_of_network_can_be_held(options: dict[str, Any]) -> None:
    network = build(**options, scale=2.0)
    clamps = [Clamp("x", 0.5, layer=-1, units=(0,), first=3, last=5)]
    clamps += [Clamp(name, 0.3, -1, units=(1,), first=4) for name in clamped_signals(network.spec, -1)[1:]]
    for at in network.cell_layers:
        clamps.append(Clamp(at.cell.output, 0.1, at.layer, at.direction, (0,), first=2, last=6))
        clamps.append(Clamp(at.cell.signals[0].name, -0.4, at.layer, at.direction, None, first=5, last=5))
    check(network, tuple(clamps))


@pytest.mark.parametrize("options", [{}, {"dtype": "float32"}, {"bidirectional": True}, {"cell": "jordan"}], ids=str)
@pytest.mark.parametrize("sizes", [one_by_one, odd])
def test_stepping_gives_the_same_bits_as_running_whole(options: dict[str, Any], sizes: Any) -> None:
    network = build(**{"cell": "lstm", "num_layers": 2, **options})
    clamps = (Clamp(network.cell_layers[0].cell.output, 0.3, units=(1,), first=20, last=90),)
    x = inputs(network, 150)
    whole = rnnviz.run(network, x, interventions=clamps)
    assert difference(portions(Running(network, x, interventions=clamps), sizes()), whole) == ""


def test_a_sequence_that_grows_is_held_on() -> None:
    network = build("gru")
    clamps = (Clamp("z", 1.0, first=3),)
    x = inputs(network, 80)
    running = Running(network, x[:30], interventions=clamps)
    portions(running, odd())
    running.append(x)
    assert difference(portions(running, odd()), rnnviz.run(network, x, interventions=clamps)) == ""


@pytest.mark.parametrize("units", [3, 8, 16, 24, 40])
@pytest.mark.parametrize("held", ["i", "f", "g", "o", "c", "h", "i.pre", "f.pre", "o.pre"])
def test_before_the_first_held_step_nothing_changes(held: str, units: int) -> None:
    network = build("lstm", dtype="float32", hidden_size=units)
    x = inputs(network, 100)
    plain, touched = rnnviz.run(network, x), rnnviz.run(network, x, interventions=(Clamp(held, 0.0, first=70),))
    for name in ("i", "f", "g", "o", "c", "h"):
        assert plain.signal(name)[:70].tobytes() == touched.signal(name)[:70].tobytes()
    assert not np.array_equal(plain.signal("h")[70:], touched.signal("h")[70:])


def test_a_network_without_interventions_in_force_is_the_network_itself() -> None:
    network = build("lstm")
    off = (Clamp("f", 0.0, on=False), Edit("U_f_l0", 0.0, on=False))
    running = Running(network, inputs(network, 5), interventions=off)
    assert running.network is network
    assert running.interventions == ()


def test_a_closed_gate_stops_the_gradient_and_an_open_one_lets_all_of_it_through() -> None:
    network = build("lstm")
    x, target = inputs(network, 40), np.zeros((40, 2))
    target[:-1] = np.nan
    shut = rnnviz.run(network, x, target, interventions=(Clamp("f", 0.0, first=20, last=20), Clamp("i", 0.0, first=21)))
    passed = shut.gradients(WHOLE).log10_norm("c")
    open_wide = (Clamp("f", 1.0), Clamp("i", 0.0), Clamp("o", 0.5))
    kept = rnnviz.run(network, x, target, interventions=open_wide).gradients(WHOLE).signal("c")
    assert np.isfinite(passed[20:]).all()
    assert (kept[:-1] == kept[-1]).all()


def test_of_two_that_hold_the_same_the_later_one_counts() -> None:
    network = build("rnn")
    both = (Clamp("h", 0.1), Clamp("h", 0.9, units=(2,), first=4, last=4))
    held = rnnviz.run(network, inputs(network, 6), interventions=both).signal("h")
    expected = np.full((6, 4), 0.1)
    expected[4, 2] = 0.9
    np.testing.assert_array_equal(held, expected)


@pytest.mark.parametrize(
    "edit",
    [
        Edit("U_f_l0", 0.9, row=1, column=2),
        Edit("U_f_l0", -0.5, row=3),
        Edit("W_i_l0", 0.0, column=0),
        Edit("b_o_l0", 2.0, row=1),
        Edit("readout.0.weight", 0.25),
        Edit("readout.0.bias", 1.0, row=0),
    ],
    ids=str,
)
def test_setting_a_weight_is_running_the_network_that_has_it(edit: Edit) -> None:
    network, x = build("lstm"), inputs(build("lstm"), 20)
    touched = rnnviz.run(network, x, interventions=(edit,))
    before = network.get_parameter(edit.parameter).detach().clone()
    rows = slice(None) if edit.row is None else edit.row
    columns = slice(None) if edit.column is None else edit.column
    with torch.no_grad():
        network.get_parameter(edit.parameter)[(rows, columns)[: before.dim()]] = edit.value
    assert difference(touched, rnnviz.run(network, x)) == ""
    assert not torch.equal(before, network.get_parameter(edit.parameter))


def test_the_network_itself_stays_as_it_was() -> None:
    network = build("gru")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x = inputs(network, 10)
    plain = rnnviz.run(network, x)
    rnnviz.run(network, x, interventions=(Edit("U_z_l0", 5.0), Clamp("z", 0.0)))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert difference(rnnviz.run(network, x), plain) == ""


def test_an_explosion_ends_where_a_state_is_held() -> None:
    network = build("rnn", activation="relu", scale=60.0, dtype="float32")
    x = np.abs(inputs(network, 60))
    wild = rnnviz.run(network, x).signal("h")
    tame = rnnviz.run(network, x, interventions=(Clamp("h", 1.0, first=40, last=40),)).signal("h")
    assert not np.isfinite(wild[40:]).all()
    assert (tame[40] == 1.0).all()
    assert np.isfinite(tame[41]).all()


def test_a_saved_trace_is_still_held(tmp_path: Path) -> None:
    network = build("lstm")
    x, target = inputs(network, STEPS), random_target(network, STEPS)
    touched: tuple[Intervention, ...] = (*LSTM_CLAMPS[:1], Edit("U_f_l0", 0.5, row=0))
    trace = rnnviz.run(network, x, target, interventions=touched)
    trace.save(tmp_path / "held.trace")
    loaded = rnnviz.Trace.load(tmp_path / "held.trace")
    assert difference(loaded, trace) == ""
    assert loaded.interventions == touched
    for name, gradient in trace.parameter_gradients().items():
        np.testing.assert_array_equal(loaded.parameter_gradients()[name], gradient)


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
def test_the_shapes_of_all_parameters_are_known_without_the_network(options: dict[str, Any]) -> None:
    network = build(**options)
    assert parameter_shapes(network.spec) == {name: tuple(p.shape) for name, p in network.named_parameters()}


FAULTS: list[tuple[Intervention, str]] = [
    (Clamp("q", 0.0), "the signal 'q' of layer 1 is to be clamped, but there are"),
    (Clamp("f", float("nan")), "a value is to be set to nan"),
    (Clamp("f", 1e9), "a value is to be set to 1e"),
    (Clamp("f", 0.0, layer=3), "layer 4, forward, but the network has none such"),
    (Clamp("f", 0.0, direction="backward"), "layer 1, backward, but the network has none such"),
    (Clamp("x", 0.0, layer=-1, direction="backward"), "layer 0, backward, but the network has none such"),
    (Clamp("f", 0.0, layer=-2), "layer -1, forward, but the network has none such"),
    (Clamp("f", 0.0, units=(1, 4)), "unit 5 of f is to be clamped, but there are 4"),
    (Clamp("f", 0.0, units=()), "clamped in no unit"),
    (Clamp("f", 0.0, first=5, last=4), "from step 6 to step 5, which is before it"),
    (Clamp("h", 0.0, layer=-1), "the signal 'h' of the network is to be clamped, but there are x, logits"),
    (Clamp("x", 0.0, layer=-1, units=(3,)), "unit 4 of x is to be clamped, but there are 3"),
    (Edit("U_q_l0", 0.0), "the parameter 'U_q_l0' is to be set, but the network has none such"),
    (Edit("U_f_l0", 0.0, row=4), "row 5 of U_f_l0 is to be set, but it has 4"),
    (Edit("W_f_l0", 0.0, column=3), "column 4 of W_f_l0 is to be set, but it has 3"),
    (Edit("b_f_l0", 0.0, column=0), "column 1 of b_f_l0 is to be set, but it is a vector"),
]


@pytest.mark.parametrize(("intervention", "sentence"), FAULTS, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_said_in_one_sentence(intervention: Intervention, sentence: str) -> None:
    network = build("lstm")
    with pytest.raises(SpecError) as caught:
        rnnviz.run(network, inputs(network, 5), interventions=(intervention,))
    assert sentence in str(caught.value)
    assert fitting_interventions((intervention,), network.spec) == ()


def test_too_many_are_refused() -> None:
    network = build("lstm")
    with pytest.raises(SpecError, match="there are more than 64 interventions"):
        rnnviz.run(network, inputs(network, 5), interventions=(Clamp("f", 0.0),) * 65)


def test_what_edits_have_without_them_is_the_mean_of_their_entries() -> None:
    network = build("lstm", hidden_size=3)
    state = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    edits = [
        Edit("U_f_l0", 2.0, 1, 2),
        Edit("b_i_l0", -1.0, 0, on=False),
        Edit("W_o_l0", 5.0, row=2),
        Edit("none", 1.0),
    ]
    found = untouched(network, [*edits, Clamp("f", 0.0)])
    assert [edit for edit, _ in found] == [
        Edit("U_f_l0", 0.0, 1, 2),
        Edit("b_i_l0", 0.0, 0),
        Edit("W_o_l0", 0.0, row=2),
    ]
    expected = [state["U_f_l0"][1, 2], state["b_i_l0"][0], state["W_o_l0"][2].mean()]
    assert [value for _, value in found] == pytest.approx([float(value) for value in expected])
    assert all(torch.equal(parameter, state[name]) for name, parameter in network.named_parameters())
