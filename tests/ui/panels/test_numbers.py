"""What panels show and hand out is exactly what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rnnviz.engine import cells
from rnnviz.engine.messages import LossObjective, ProbeObjective
from rnnviz.engine.record import NETWORK
from rnnviz.engine.sequence import TableSource
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.gradients import GradientsPanel
from rnnviz.ui.panels.outputs import OutputsPanel
from rnnviz.ui.panels.states import StatesPanel
from rnnviz.ui.panels.tokens import TokensPanel
from rnnviz.ui.plots import magnitude
from tests.ui.panels.pictures import gradients_of, make_view, text_source, wave_source

Show = Callable[..., Any]


def recorded(view: Any, signal: str, layer: int = 0, direction: Any = "forward") -> Any:
    return view.trace.record.signal(signal, layer, direction)


def with_options(view: Any, **options: str) -> Any:
    return replace(view, options=MappingProxyType({name.replace("__", "."): v for name, v in options.items()}))


@pytest.mark.parametrize("cell", cells.names())
def test_the_states_are_those_of_the_record(cell: str, show: Show) -> None:
    view: Any = make_view(cell=cell)
    panel = show(StatesPanel, view)
    (name, values), *rest = panel.data(view).items()
    assert not rest
    np.testing.assert_array_equal(values, recorded(view, name))
    np.testing.assert_array_equal(panel.heatmap.values, recorded(view, name))


@pytest.mark.parametrize("cell", cells.names())
def test_the_gates_are_all_gates_of_the_record_on_a_scale_from_0_to_1(cell: str, show: Show) -> None:
    view: Any = make_view(cell=cell)
    panel = show(GatesPanel, view)
    gates = [info.name for info in cells.get(cell).signals if info.kind == "gate"]
    arrays = panel.data(view)
    assert list(arrays) == gates
    for plot, gate in zip(panel.heatmaps, gates, strict=True):
        np.testing.assert_array_equal(arrays[gate], recorded(view, gate))
        np.testing.assert_array_equal(plot.values, recorded(view, gate))
        assert plot.levels == (0.0, 1.0)


def test_the_gates_of_one_unit_are_its_column(show: Show) -> None:
    view = with_options(replace(make_view(), units=(3,)), gates__mode="unit", gates__candidate="yes")
    panel = show(GatesPanel, view)
    arrays = panel.data(view)
    assert list(arrays) == ["i", "f", "g", "o"]
    for name, curve in panel.curves.curves.items():
        np.testing.assert_array_equal(arrays[name], recorded(view, name)[:, 3])
        np.testing.assert_array_equal(curve.values, recorded(view, name)[:, 3])
    assert panel.curves.curves["g"].style.dash == "dash"


def test_the_mean_of_a_gate_is_the_mean_over_its_units(show: Show) -> None:
    view = with_options(make_view(dtype="float64"), gates__mode="mean")
    arrays = show(GatesPanel, view).data(view)
    np.testing.assert_array_equal(arrays["f"], recorded(view, "f").mean(axis=1))


def test_steps_that_are_not_reached_are_not_a_number(show: Show) -> None:
    view: Any = replace(make_view(), position=4, published=4)
    values = show(StatesPanel, view).data(view)["h"]
    np.testing.assert_array_equal(values[:4], recorded(view, "h")[:4])
    assert np.isnan(values[4:]).all()


def test_a_backward_layer_is_reached_from_its_end(show: Show) -> None:
    view: Any = replace(make_view(bidirectional=True), position=15, published=15, direction="backward")
    panel = show(StatesPanel, view)
    values = panel.data(view)["h"]
    np.testing.assert_array_equal(values[9:], recorded(view, "h", 0, "backward")[9:])
    assert np.isnan(values[:9]).all()
    panel.session.show(replace(view, position=17, published=17))
    np.testing.assert_array_equal(panel.heatmap.values[7:], recorded(view, "h", 0, "backward")[7:])
    assert np.isnan(panel.heatmap.values[:7]).all()


def test_a_run_that_grows_adds_only_its_new_rows(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    view: Any = make_view()
    panel = show(StatesPanel, replace(view, position=4, published=4))
    whole, rows = [], []
    monkeypatch.setattr(panel.heatmap, "set_data", lambda *_: whole.append(1))
    update = panel.heatmap.update_rows

    def note(start: int, new: Any) -> None:
        rows.append((start, len(new)))
        update(start, new)

    monkeypatch.setattr(panel.heatmap, "update_rows", note)
    for position in (5, 6, 9):
        panel.session.show(replace(view, position=position, published=position))
    assert (whole, rows) == ([], [(4, 1), (5, 1), (6, 3)])
    np.testing.assert_array_equal(panel.heatmap.values, recorded(view, "h")[:9])


def test_the_scale_of_an_unbounded_state_stays_while_it_holds_and_grows_when_it_must(show: Show) -> None:
    view: Any = make_view(cell="rnn", activation="relu")
    values = view.trace.record.segments[0].blocks["0.forward"]
    values[:] = 0.1
    values[8] = 7.0
    panel = show(StatesPanel, replace(view, position=4, published=4))
    small = panel.heatmap.levels
    panel.session.show(replace(view, position=6, published=6))
    assert panel.heatmap.levels == small
    panel.session.show(replace(view, position=10, published=10))
    assert panel.heatmap.levels == (-10.0, 10.0)


def test_an_elman_network_has_the_scale_of_its_activation(show: Show) -> None:
    assert show(StatesPanel, make_view(cell="rnn", activation="tanh")).heatmap.levels == (-1.0, 1.0)
    assert show(StatesPanel, make_view(cell="rnn", activation="sigmoid")).heatmap.levels == (0.0, 1.0)


def test_curves_of_the_picked_units_are_their_columns(show: Show) -> None:
    view: Any = replace(make_view(), units=(4, 1))
    panel = show(StatesPanel, view)
    assert list(panel.curves.curves) == [4, 1]
    np.testing.assert_array_equal(panel.curves.curves[4].values, recorded(view, "h")[:, 4])


def test_probabilities_are_those_of_the_record_and_the_right_class_is_marked(show: Show) -> None:
    view: Any = make_view()
    panel = show(OutputsPanel, view)
    arrays = panel.data(view)
    np.testing.assert_array_equal(arrays["output"], recorded(view, "output", NETWORK))
    np.testing.assert_array_equal(arrays["target"], view.trace.sequence.target_classes)
    names = list(panel.probabilities._names)
    column = view.trace.sequence.target_names.index(names[2])
    np.testing.assert_array_equal(panel.probabilities.values[:, 2], recorded(view, "output", NETWORK)[:, column])
    heatmap = next(item for item in panel.plots["outputs"].items if hasattr(item, "image"))
    np.testing.assert_array_equal(heatmap.image[2], recorded(view, "output", NETWORK)[:, column])


def test_with_a_delay_targets_and_outputs_come_later(show: Show) -> None:
    view: Any = make_view(delay=3)
    arrays = show(OutputsPanel, view).data(view)
    assert np.isnan(arrays["output"][:3]).all()
    assert arrays["target"].tolist() == [-1, -1, -1, *view.trace.sequence.target_classes]


def test_many_to_one_has_one_output_at_its_last_step(show: Show) -> None:
    view: Any = make_view(topology="many-to-one")
    output = show(OutputsPanel, view).data(view)["output"]
    assert np.isnan(output[:-1]).all()
    assert not np.isnan(output[-1]).any()


def test_values_are_drawn_in_the_unit_of_their_target(show: Show) -> None:
    rows = "\n".join(f"{k},{100 + 10 * k}" for k in range(12))
    source = TableSource(name="t", content=f"a,load\n{rows}\n", features=("a",), target="load")
    view: Any = make_view(source, readout="linear")
    panel = show(OutputsPanel, view)
    np.testing.assert_allclose(panel.curves.curves["target", 0].values, 100 + 10 * np.arange(12), rtol=1e-12)
    mean, scale = 155.0, np.std(100 + 10 * np.arange(12))
    expected = mean + scale * recorded(view, "output", NETWORK)[:, 0].astype(np.float64)
    np.testing.assert_allclose(panel.curves.curves["output", 0].values, expected, rtol=1e-12)


def test_the_losses_are_those_of_the_steps_with_a_target(show: Show) -> None:
    view: Any = make_view()
    losses = show(OutputsPanel, view).data(view)["loss"]
    np.testing.assert_array_equal(losses[:-1], recorded(view, "loss", NETWORK)[:-1, 0])
    assert np.isnan(losses[-1])


def test_gradients_stop_at_the_step_of_their_objective_and_keep_true_zeros(show: Show) -> None:
    view: Any = make_view()
    view = replace(view, position=7, gradients=gradients_of(view.trace, LossObjective("upto", 6)))
    view.gradients.record.segments[0].blocks["norms"][2] = -np.inf
    panel = show(GradientsPanel, view)
    arrays = panel.data(view)
    assert list(arrays) == [f"log10 norm {name}" for name in ("h", "c", "o", "g", "f", "i")]
    expected = view.gradients.log_norm("h", 0, "forward")
    np.testing.assert_array_equal(arrays["log10 norm h"][:7], expected[:7])
    assert np.isnan(arrays["log10 norm h"][7:]).all()
    assert arrays["log10 norm h"][2] == -np.inf


@pytest.mark.parametrize(
    ("objective", "symbol", "words"),
    [
        (LossObjective("upto", 6), "‖∂L₁..₇ / ∂sₜ‖", "loss of steps 1 to 7"),
        (LossObjective("upto", 0), "‖∂L₁ / ∂sₜ‖", "loss of step 1"),
        (LossObjective("at", 11), "‖∂L₁₂ / ∂sₜ‖", "loss of step 12"),
        (LossObjective("whole"), "‖∂L / ∂sₜ‖", "loss of all steps"),
        (ProbeObjective("output", 2, 6), "‖∂y₃(7) / ∂sₜ‖", "output 3 at step 7"),
        (ProbeObjective("c", 0, 6, 0), "‖∂c₁(7) / ∂sₜ‖", "c, unit 1 at step 7, layer 1, forward"),
    ],
    ids=str,
)
def test_the_title_names_what_was_differentiated(objective: Any, symbol: str, words: str, show: Show) -> None:
    view: Any = make_view()
    panel = show(GradientsPanel, replace(view, gradients=gradients_of(view.trace, objective)))
    assert panel.header.title == symbol
    assert panel.header.subtitle.startswith(words)


def test_late_gradients_say_that_newer_ones_are_being_computed(show: Show) -> None:
    view: Any = make_view()
    view = replace(view, position=9, gradients=gradients_of(view.trace, LossObjective("upto", 6)))
    assert show(GradientsPanel, view).header.subtitle == "loss of steps 1 to 7 (computing: loss of steps 1 to 9)"


def test_layers_are_compared_by_one_signal(show: Show) -> None:
    view = with_options(make_view(num_layers=2, bidirectional=True), gradients__mode="layers")
    panel = show(GradientsPanel, view)
    assert [curve.label for curve in panel.curves.curves.values()] == [
        "layer 1, forward",
        "layer 1, backward",
        "layer 2, forward",
        "layer 2, backward",
    ]


def test_the_gradient_of_the_first_state_stands_at_t_0(show: Show) -> None:
    panel = show(GradientsPanel, make_view())
    assert f"h₀: {magnitude(-3.0)}, c₀: {magnitude(-3.0)}" in panel.curves.toolTip()


def test_tokens_and_targets_are_those_of_the_sequence(show: Show) -> None:
    view: Any = make_view(text_source(4))
    arrays = show(TokensPanel, view).data(view)
    assert arrays["token"].tolist() == ["the", "cat", "sat", "on"]
    assert arrays["target"].tolist() == ["cat", "sat", "on", ""]
    np.testing.assert_array_equal(arrays["x"], recorded(view, "x", NETWORK))


def test_the_phase_of_a_bidirectional_run_is_named(show: Show) -> None:
    view: Any = make_view(bidirectional=True, num_layers=2)
    panel = show(TokensPanel, replace(view, position=12 + 12 + 12 + 4))
    assert panel.strip._note.startswith("backward, layer 2")
    assert panel.strip.read_out == ("t = 9", " / 12")


@pytest.mark.parametrize(
    ("cell", "words"),
    [("rnn", "overwritten"), ("feedforward", "neither gates nor a state"), ("jordan", "through its output")],
)
def test_a_cell_without_gates_is_explained(cell: str, words: str, show: Show) -> None:
    assert words in show(GatesPanel, make_view(wave_source(), cell=cell)).notice.text()


def test_the_likeliest_class_of_every_step_is_among_those_drawn(show: Show) -> None:
    view: Any = make_view(text_source(12))
    panel = show(OutputsPanel, view)
    values = recorded(view, "output", NETWORK)
    for step in range(12):
        panel.session.go_to(step)
        best = panel.probabilities.row_name(int(np.argmax(panel.probabilities.values[step])))
        assert best == view.trace.sequence.target_names[int(np.argmax(values[step]))]
