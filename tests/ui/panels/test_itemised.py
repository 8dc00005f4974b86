"""The panel of the itemised gradient shows what autograd says of every loss, and says which norm it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from rnnviz.engine.autogradrun import AutogradRun
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Itemised, ItemisedParameter
from rnnviz.engine.run import run
from rnnviz.engine.sequence import TableSource, encode
from rnnviz.engine.trace import Trace
from rnnviz.ui.exporting import write_figure
from rnnviz.ui.figures import panel_figure
from rnnviz.ui.itemising import PARAMETER, power_text
from rnnviz.ui.panels.itemised import ItemisedPanel
from rnnviz.ui.plots import magnitude
from rnnviz.ui.session import Session
from tests.ui.mouse import click
from tests.ui.panels.pictures import text_source
from tests.ui.panels.runs import real_panel

OPTIONS: dict[str, Any] = {"cell": "lstm", "dtype": "float64"}


pytestmark = pytest.mark.usefixtures("qapp")


def trace_of(session: Session) -> Trace:
    """The run of the session once more, by the public way."""
    document = session.view.document
    assert document is not None
    sequence = encode(document.source)
    return run(Network(document.spec), sequence.x, sequence.target)


def autograd(trace: Trace, name: str, layer: int = 0) -> NDArray[np.float64]:
    """dL_k/ds_t, [K, S, H], by one backward pass per loss."""
    graph = AutogradRun(trace)
    tensors = graph.signals[layer, "forward", name]
    rows = []
    for step in trace.loss_steps().tolist():
        found = torch.autograd.grad(
            graph.loss(step), tensors, retain_graph=True, materialize_grads=True, allow_unused=True
        )
        rows.append(torch.stack(found).numpy())
    return np.stack(rows)


def log10(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log10(values)


def close(shown: NDArray[np.floating], wanted: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(shown, wanted, rtol=1e-9, atol=1e-9)


def test_the_map_is_a_row_per_loss_of_the_norms_that_autograd_finds(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, _):
        vectors = autograd(trace_of(session), "h")
        close(panel.map.logarithms.T, log10(np.linalg.norm(vectors, axis=-1)))
        assert panel.header.title == "‖∂Lₖ / ∂hₜ‖"
        assert panel.header.subtitle == "Euclidean norm; row: loss of step k, column: step t"
        assert panel.map.row_name(2) == "L₃"
        arrays = panel.data(session.view)
        close(arrays["log10 norm of dL_k/dh"], panel.map.logarithms)
        assert arrays["column of the loss"].tolist() == [*range(11), -1]


def test_the_bars_are_norms_and_the_line_is_the_norm_of_their_sum(tmp_path: Path) -> None:
    options = {"itemised.mode": "bars", "itemised.signal": "c"}
    with real_panel(ItemisedPanel, tmp_path, options=options, **OPTIONS) as (panel, session, _):
        vectors = autograd(trace_of(session), "c")
        norms = np.linalg.norm(vectors, axis=-1)
        close(panel.stack.values.T, norms)
        close(panel.stack.line, np.linalg.norm(vectors.sum(0), axis=-1))
        bars, line = panel.plots["bars"].items[:2]
        close(bars.getData()[1].T, norms)
        close(line.getData()[1], np.linalg.norm(vectors.sum(0), axis=-1))
        assert (norms.sum(0)[:8] > panel.stack.line[:8]).all()
        assert panel.header.title == "Σₖ ‖∂Lₖ / ∂cₜ‖"
        assert panel.header.subtitle.startswith("bars: sum of the norms, by origin k; line: norm of the sum, ‖∂L₁..₁₁")


def test_the_terms_of_one_unit_sum_to_its_gradient(tmp_path: Path) -> None:
    options = {"itemised.mode": "bars", "itemised.units": "unit"}
    with real_panel(ItemisedPanel, tmp_path, options=options, **OPTIONS) as (panel, session, link):
        session.pick_unit(3)
        link.run_until_idle()
        vectors = autograd(trace_of(session), "h")
        close(panel.stack.values.T, vectors[..., 3])
        close(panel.stack.line, panel.stack.values.sum(1))
        assert "unit 4" in panel.header.subtitle
        assert panel.header.title == "Σₖ ∂Lₖ / ∂hₜ"
        session.set_option("itemised.mode", "map")
        close(panel.map.logarithms.T, log10(np.abs(vectors[..., 3])))
        assert "absolute value" in panel.header.subtitle


def test_shares_of_a_step_are_a_hundred_percent_together(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, options={"itemised.mode": "shares"}, **OPTIONS) as (panel, session, _):
        norms = np.linalg.norm(autograd(trace_of(session), "h"), axis=-1)
        sums = panel.stack.values.sum(1)
        np.testing.assert_allclose(sums, [1.0] * 11 + [0.0], atol=1e-12)
        np.testing.assert_allclose(panel.stack.values[:11], (norms / norms.sum(0).clip(1e-300)).T[:11], rtol=1e-9)
        assert panel.header.title == "Σₖ ‖∂Lₖ / ∂hₜ‖ = 100 %"
        assert "% of the bar" not in panel.stack.describe(0, 2)
        assert "L₃ sat: " in panel.stack.describe(0, 2)


def test_a_parameter_is_itemised_by_the_part_that_falls_on_each_step(tmp_path: Path) -> None:
    options = {"itemised.signal": f"{PARAMETER}U_f"}
    with real_panel(ItemisedPanel, tmp_path, options=options, num_layers=2, **OPTIONS) as (panel, session, link):
        trace = trace_of(session)
        close(panel.map.logarithms.T, log10(trace.itemised_parameter("U_f_l0")))
        assert panel.request(session.view) == ItemisedParameter("U_f_l0")
        assert panel.header.title == "‖∂Lₖ / ∂U_f, step t‖"
        assert panel.header.subtitle.startswith("Frobenius norm of the part that falls on step t")
        assert panel.units.isHidden()
        session.pick_layer(1)
        link.run_until_idle()
        close(panel.map.logarithms.T, log10(trace.itemised_parameter("U_f_l1")))
        session.set_option("itemised.signal", f"{PARAMETER}readout.0.weight")
        link.run_until_idle()
        close(panel.map.logarithms.T, log10(trace.itemised_parameter("readout.0.weight")))


def test_every_signal_and_parameter_of_the_layer_can_be_chosen_but_no_initial_state(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, initial_state="learned", **OPTIONS) as (panel, session, link):
        names = panel.of.values()
        assert {"h", "c", "i", "f", "g", "o", "i.pre", "o.pre"} <= set(names)
        assert {f"{PARAMETER}{name}" for name in ("W_i", "U_o", "b_g", "readout.0.bias")} <= set(names)
        assert not any("0_l" in name or name.endswith(("h0", "c0")) for name in names)
        for name in names:
            session.set_option("itemised.signal", name)
            link.run_until_idle()
            assert not panel.notice.isVisible(), panel.notice.text()


def test_what_lies_ahead_is_covered_losses_too(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, _):
        session.go_to(4)
        session.hide_ahead(True)
        assert panel.map._shown == 5
        assert panel.map.row_at(panel.map.y_of(4.5)) == 4
        assert panel.map.row_at(panel.map.y_of(5.5)) == -1
        assert [tick.text for tick in panel.map.automatic_ticks(20)][-1].endswith("L₅")
        assert panel.data(session.view)["log10 norm of dL_k/dh"].shape == (12, 5)
        session.set_option("itemised.mode", "bars")
        vectors = autograd(trace_of(session), "h")[:5]
        assert panel.stack.values.shape == (12, 5)
        close(panel.stack.line, np.linalg.norm(vectors.sum(0), axis=-1))
        assert "‖∂L₁..₅ / ∂hₜ‖" in panel.header.subtitle
        session.hide_ahead(False)
        assert panel.stack.values.shape == (12, 11)


def test_stepping_moves_the_cursor_and_lights_its_own_loss_without_new_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, link):
        given: list[int] = []
        monkeypatch.setattr(panel.map, "set_data", lambda *_: given.append(1))
        asked = len(session.view.analyses)
        for step in (3, 7, 2):
            session.go_to(step)
            link.run_until_idle()
            assert panel.map._own == step
        assert panel.map._row.isVisible()
        session.go_to(11)  # this step has no loss
        assert not panel.map._row.isVisible()
        assert given == []
        assert len(session.view.analyses) == asked


def test_a_click_goes_to_the_step_and_picks_the_loss(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, _):
        plot = panel.map
        place = QPoint(round(plot.x_of(2)), round(plot.y_of(6.5)))
        click(plot, place)
        assert session.view.step == 2
        assert session.view.options["itemised.loss"] == "7"
        assert plot._picked == (6,)
        session.set_option("itemised.mode", "bars")
        band = panel.stack.band_of(6)
        assert panel.stack.bars_item.lit == band
        session.set_option("itemised.mode", "map")
        click(plot, place)
        assert plot._picked == ()


def test_hovering_tells_loss_step_value_and_share(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, _):
        norms = np.linalg.norm(autograd(trace_of(session), "h"), axis=-1)
        panel.map.hovered.emit(2, 5)
        share = norms[5, 2] / norms[:, 2].sum()
        assert panel.header.read_out.startswith("t = 3   L₆ mat   ")
        assert f"{share:.1%} of the sum of norms" in panel.header.read_out
        panel.map.hovered.emit(8, 2)
        assert panel.header.read_out == "t = 9   L₃ sat   0"


def test_of_many_losses_some_are_itemised_and_it_is_said_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Itemised("h", most=60)
    monkeypatch.setattr(ItemisedPanel, "request", lambda self, view: request if view.trace and view.published else None)
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, _, _link):
        assert "5 of 11 losses" in panel.header.subtitle
        assert panel.map.logarithms.shape == (12, 5)


def test_zeros_infinities_and_what_is_not_a_number_are_named(tmp_path: Path) -> None:
    source = text_source(60)
    options: dict[str, Any] = {"cell": "rnn", "activation": "relu", "spectral_radius": 900.0, "hidden_size": 8}
    with real_panel(ItemisedPanel, tmp_path, source, **options) as (panel, session, _):
        special = set(panel.map._powers._special)
        assert "0" in special
        assert special & {"∞", "NaN"}
        shown = panel.map.logarithms
        assert np.isfinite(shown).any()
        for mode in ("bars", "shares", "map"):
            session.set_option("itemised.mode", mode)
            QApplication.processEvents()
            panel.grab()


def test_before_there_is_a_loss_it_is_said_what_to_do(tmp_path: Path) -> None:
    rows = "\n".join(f"{k},{k % 3}" for k in range(12))
    source = TableSource(name="t", content=f"a,load\n{rows}\n", features=("a",), target="load")
    with real_panel(ItemisedPanel, tmp_path, source, topology="many-to-one", readout="linear", **OPTIONS) as (
        panel,
        session,
        link,
    ):
        assert panel.map.logarithms.shape == (12, 1)
        session.go_to(3)
        session.hide_ahead(True)
        link.run_until_idle()
        assert panel.notice.text() == "There is no loss before step 12: step forward, or run all."
        session.go_to(11)
        link.run_until_idle()
        assert not panel.notice.isVisible()


def test_the_truth_is_told_on_demand(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")
        assert "numbers were computed once more" in panel.truth.toolTip()


def test_a_narrow_panel_leaves_controls_out_and_brings_them_back(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, _, _link):
        assert all(control.isVisible() for control in (panel.of, panel.mode, panel.units, panel.truth))
        panel.resize(330, 200)
        assert panel.of.isVisible()
        assert not panel.units.isVisible()
        panel.resize(900, 200)
        assert panel.units.isVisible()


def test_a_sequence_without_target_is_explained(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, text_source(), topology="many-to-one", **OPTIONS) as (panel, _, _link):
        assert (
            panel.notice.text() == "This sequence has no target, so there is no loss whose gradient could be itemised."
        )
        assert not panel.mode.isVisible()


def test_small_gradients_are_stacked_in_units_of_a_power_of_ten(tmp_path: Path) -> None:
    options = {"itemised.mode": "bars", "itemised.signal": f"{PARAMETER}U_f"}
    source = text_source(6)
    with real_panel(ItemisedPanel, tmp_path, source, options, forget_bias=25.0, **OPTIONS) as (panel, session, _):
        vectors = trace_of(session).itemised_parameter("U_f_l0")
        assert 0 < vectors.max() < 1e-9
        power = panel.stack._power
        assert panel.header.title.endswith(f" in {power_text(power)}")
        np.testing.assert_allclose(panel.stack.values.T * 10.0**power, vectors, rtol=1e-9)
        assert vectors.max() < panel.stack._high * 10.0**power < 3 * vectors.sum(0).max()
        step = int(vectors.sum(0).argmax())
        row = int(vectors[:, step].argmax())
        assert magnitude(float(np.log10(vectors[row, step]))) in panel.stack.describe(step, row)


def test_on_the_way_back_all_losses_are_known_and_steps_appear_as_the_gradient_comes_to_them(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, **OPTIONS) as (panel, session, link):
        session.hide_ahead(True)
        session.toggle_backward()
        session.go_to(7)
        link.run_until_idle()
        for mode, plot in (("map", panel.map), ("bars", panel.stack)):
            session.set_option("itemised.mode", mode)
            assert plot.is_hidden(6)
            assert not plot.is_hidden(7)
            assert not plot.is_hidden(11)
        assert panel.map._shown is None
        assert "‖∂L₁..₁₁ / ∂hₜ‖" in panel.header.subtitle
        session.toggle_backward()
        assert panel.map.is_hidden(8)
        assert not panel.map.is_hidden(6)


@pytest.mark.parametrize("mode", ["map", "bars"])
def test_a_figure_is_drawn_as_vectors_with_its_numbers(mode: str, tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, options={"itemised.mode": mode}, **OPTIONS) as (panel, session, _):
        with panel_figure(ItemisedPanel, session.view) as figure:
            for suffix in ("svg", "pdf", "png", "csv", "npz"):
                write_figure(figure, tmp_path / f"figure.{suffix}")
        svg = (tmp_path / "figure.svg").read_text()
        assert "<image" in svg if mode == "map" else "<rect" in svg or "<path" in svg
        with np.load(tmp_path / "figure.npz") as arrays:
            np.testing.assert_array_equal(arrays["log10 norm of dL_k/dh"], panel._items[1].items.T)
        heads = (tmp_path / "figure.csv").read_text().splitlines()[0]
        assert "log10 norm of the sum" in heads


def test_a_run_that_is_stepped_through_is_asked_about_from_its_first_loss_on(tmp_path: Path) -> None:
    with real_panel(ItemisedPanel, tmp_path, num_layers=2, bidirectional=True, **OPTIONS) as (panel, session, link):
        session.restart_run()
        link.run_until_idle()
        for _ in range(55):
            session.step(1)
            link.run_until_idle()
            view = session.view
            known = view.trace.reached(view.published, -1, "forward").stop if view.trace is not None else 0
            if known == 0:
                assert panel.wants(view) == ()
                assert panel.notice.isVisible()
            else:
                assert not panel.notice.isVisible(), panel.notice.text()
                assert panel.map.logarithms.shape == (12, min(known, 11))
