"""Weights on the screen: the entries drawn are the parameters, beside them norms and spectra; over the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.network import Network
from rnnviz.engine.requests import Weights
from rnnviz.engine.sequence import TableSource, encode
from rnnviz.ui.controls.valuetable import brief
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.panels.weights import WeightsPanel
from rnnviz.ui.theme import LIGHT, signal_style
from rnnviz.ui.view import AnalysisView
from tests.engine import reference
from tests.ui.mouse import turn_wheel, under_mouse
from tests.ui.panels.pictures import make_view, text_source
from tests.ui.panels.runs import real_panel

Show = Callable[..., Any]
LEFT = Qt.MouseButton.LeftButton
EXACT: dict[str, Any] = {"hidden_size": 6, "dtype": "float64"}
EACH = {"weights.arrangement": "each"}


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


def parameters_of(session: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The parameters that a network of this specification starts with."""
    network = Network(session.view.trace.schedule.spec)
    return {name: value.detach().numpy().astype(np.float64) for name, value in network.named_parameters()}


def gradients_of(session: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Autograd's gradients of the whole loss, on a loop written out plainly."""
    network, sequence = Network(session.view.trace.schedule.spec), encode(session.view.document.source)
    steps = session.view.trace.schedule.output_steps.tolist()
    losses = reference.losses(reference.unroll(network, sequence.x), sequence.target, steps, network.spec.readout)
    named = dict(network.named_parameters())
    found = torch.autograd.grad(torch.stack(list(losses.values())).sum(), list(named.values()), allow_unused=True)
    return {name: gradient.numpy() for name, gradient in zip(named, found, strict=True)}


def stacked(parameters: dict[str, np.ndarray[Any, Any]], gates: str = "ifgo") -> np.ndarray[Any, Any]:
    """(W | R | b) of all gates, one below the other."""
    rows = [[parameters[f"W_{g}_l0"], parameters[f"U_{g}_l0"], parameters[f"b_{g}_l0"][:, None]] for g in gates]
    return np.vstack([np.hstack(row) for row in rows])


def test_the_stack_is_all_parameters_and_the_gradient_that_of_autograd(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, _):
        np.testing.assert_array_equal(panel.values.values, stacked(parameters_of(session)))
        np.testing.assert_allclose(panel.gradient.values, stacked(gradients_of(session)), atol=1e-12)
        assert np.abs(panel.gradient.values).max() > 1e-3
        arrays = panel.data(session.view)
        np.testing.assert_array_equal(arrays["W"], panel.values.values)
        np.testing.assert_array_equal(arrays["dL/dW"], panel.gradient.values)
        assert arrays["row"][[0, 6, 23]].tolist() == ["i 1", "f 1", "o 6"]


def test_blocks_are_named_by_gate_and_operand_in_the_colours_of_their_signals(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, _, _link):
        block = next(block for block in panel.values.blocks if block.name == "U_f")
        assert (block.row, block.column) == ("f", "hₜ₋₁")
        assert block.row_style == signal_style("f", LIGHT)
        assert block.column_style == signal_style("h", LIGHT)
        assert panel.header.subtitle.startswith("(W | R)(x; h)")
        assert panel.gradient.title == "∂L/∂W, L: loss of all steps"


def test_the_scale_of_the_stack_is_even_about_zero_and_covers_everything(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, _):
        largest = np.abs(stacked(parameters_of(session))).max()
        (top,) = set(panel.values.tops.values())
        assert largest <= top <= 2.5 * largest


def test_every_matrix_alone_has_its_own_scale_and_peepholes_are_there_too(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), EACH, cell="lstm-peephole", **EXACT) as (
        panel,
        session,
        _,
    ):
        parameters, arrays = parameters_of(session), panel.data(session.view)
        assert {f"{block.name}_l0" for block in panel.values.blocks} == {n for n in parameters if n.endswith("_l0")}
        for block in panel.values.blocks:
            own = parameters[f"{block.name}_l0"]
            np.testing.assert_array_equal(arrays[block.name], own.reshape(6, -1))
            assert np.abs(own).max() <= panel.values.tops[block.name] <= 2.5 * np.abs(own).max()
        assert "dL/d(p_f)" in arrays


def test_the_table_tells_norms_singular_values_and_radii(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, _):
        parameters, gradients = parameters_of(session), gradients_of(session)
        rows = {row.name: row.cells for row in panel.table.rows}
        matrix = parameters["U_f_l0"]
        assert rows["U_f"] == (
            brief(float(np.linalg.norm(matrix))),
            brief(float(np.linalg.norm(gradients["U_f_l0"]))),
            brief(float(np.linalg.norm(matrix, 2))),
            brief(float(np.abs(np.linalg.eigvals(matrix)).max())),
        )
        assert rows["b_f"][2:] == ("–", "–")
        assert rows["W_f"][3] == "–"


def test_the_spectrum_is_that_of_the_chosen_matrix(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), size=(1000, 500), **EXACT) as (panel, session, _):
        assert panel.values.chosen == "U_i"
        panel.table.chosen.emit("U_g")
        matrix = parameters_of(session)["U_g_l0"]
        assert panel.values.chosen == panel.gradient.chosen == "U_g"
        np.testing.assert_allclose(panel.spectrum.singular, np.linalg.svd(matrix, compute_uv=False), atol=1e-12)
        sizes = np.sort(np.abs(np.linalg.eigvals(matrix)))[::-1]
        np.testing.assert_allclose(np.abs(panel.spectrum.eigenvalues), sizes, atol=1e-12)
        assert panel.plots["singular values"] is panel.spectrum.values.plot
        np.testing.assert_array_equal(panel.spectrum.values.bars.opts["height"], panel.spectrum.singular)
        (points,) = [item for item in panel.plots["eigenvalues"].items if isinstance(item, pg.ScatterPlotItem)]
        drawn = panel.spectrum.eigenvalues
        np.testing.assert_array_equal(points.getData(), [drawn.real, drawn.imag])
        panel.table.chosen.emit("W_g")
        assert len(panel.spectrum.eigenvalues) == 0
        panel.table.chosen.emit("b_g")
        assert panel.spectrum.notice == "b_g is a vector: it has a norm, and no spectrum."


def test_until_the_spectra_are_there_the_matrices_are_shown_without_them(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), size=(1000, 500), **EXACT) as (panel, session, _):
        known = {request: found for request, found in session.view.analyses.items() if request == Weights()}
        other = WeightsPanel(session, panel.axis)
        other._kept.clear()
        session.apply(analyses=MappingProxyType(known))
        other.draw(session.view, None)
        assert other.notice.text() == ""
        assert {row.name: row.cells[2:] for row in other.table.rows}["U_f"] == ("...", "...")
        assert other.spectrum.notice == "The spectra are being computed."
        other.deleteLater()


def test_pointing_names_the_entry_its_value_and_its_gradient(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), size=(1000, 500), **EXACT) as (panel, session, _):
        inputs = parameters_of(session)["W_i_l0"].shape[1]
        row, column = 6 + 2, inputs + 4
        place = panel.values.rect_of((row, row + 1), (column, column + 1)).center().toPoint()
        QTest.mouseMove(under_mouse(panel.values), place)
        value, gradient = parameters_of(session)["U_f_l0"][2, 4], gradients_of(session)["U_f_l0"][2, 4]
        assert panel.header.read_out == f"U_f, unit 3, hₜ₋₁ 5 = {number(value, 4)}, gradient {number(gradient)}"
        assert session.view.signal == "f"
        QTest.mouseMove(under_mouse(panel.values), panel.values.rect_of((0, 1), (1, 2)).center().toPoint())
        token = encode(text_source(12)).input_names[1]
        assert panel.header.read_out.startswith(f"W_i, unit 1, xₜ 2 ({token}) = ")


def test_a_click_picks_the_unit_of_the_row_and_shows_the_spectrum_of_the_block(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), size=(1000, 500), **EXACT) as (panel, session, _):
        inputs = parameters_of(session)["W_i_l0"].shape[1]
        place = panel.gradient.rect_of((15, 16), (inputs, inputs + 1)).center().toPoint()
        QTest.mouseClick(under_mouse(panel.gradient), LEFT, pos=place)
        assert session.view.units == (3,)
        assert session.view.options["weights.block"] == "U_g"
        assert panel.values.picked == ((3, 0), (9, 0), (15, 0), (21, 0))


def test_both_matrices_show_the_same_part(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), size=(1000, 500), **EXACT) as (panel, _, _link):
        for plot, other in ((panel.values, panel.gradient), (panel.gradient, panel.values)):
            before = plot.rect_of((0, 24), (0, 1)).height()
            turn_wheel(plot, plot.data_rect.center(), 2)
            assert plot.box.viewRange() == other.box.viewRange()
            share = other.rect_of((0, 24), (0, 1)).height() / other.data_rect.height()
            assert share == pytest.approx(plot.rect_of((0, 24), (0, 1)).height() / plot.data_rect.height())
            assert plot.rect_of((0, 24), (0, 1)).height() > 1.5 * before


def test_without_a_target_the_weights_are_shown_and_the_gradient_says_why_not(tmp_path: Path) -> None:
    source = TableSource(name="t", content="a\n1\n3\n2\n", features=("a",))
    with real_panel(WeightsPanel, tmp_path, source, readout="linear", **EXACT) as (panel, session, _):
        assert list(panel.data(session.view)) == ["row", "W"]
        assert panel.gradient.notice == "This sequence has no target, so there is no loss and no gradient."
        assert panel.values.notice == ""
        assert {row.cells[1] for row in panel.table.rows} == {"–"}


def test_what_is_not_finite_is_counted_in_words(show: Show, tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, _):
        request = Weights()
        answer = session.view.analyses[request]
        values = np.array(answer.arrays["values"])
        values[2, 3], values[4, :3], values[5, 0] = np.nan, np.inf, -np.inf
        arrays = MappingProxyType({**answer.arrays, "values": values})
        spoilt = AnalysisView(request, answer.trace, answer.position, arrays, answer.facts)
        session.apply(analyses=MappingProxyType({**session.view.analyses, request: spoilt}))
        assert panel.values.title == "W, the weights: 1 NaN (black), 3 ∞ (pink), 1 −∞ (violet)"
        assert not panel.grab().isNull()


def test_the_truth_is_told(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        text = panel.truth.text()
        assert text == "autograd: equal" or float(text.removeprefix("autograd: ± ")) < 1e-12


@pytest.mark.parametrize("options", [{}, EACH, {"weights.show": "gradient"}], ids=["stacked", "each", "gradient"])
@pytest.mark.parametrize("size", [(300, 84), (900, 84), (300, 700), (2200, 1400)])
def test_every_size_is_drawn(options: dict[str, str], size: tuple[int, int], tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(8), options, cell="gru", **EXACT) as (panel, session, link):
        panel.setMinimumSize(10, 10)
        panel.resize(*size)
        session.set_lecture(True, 1.0)
        session.pick_unit(2, add=True)
        link.run_until_idle()
        QApplication.processEvents()
        assert not panel.grab().isNull()


def test_moving_the_cursor_leaves_the_matrices_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, link):
        touched: list[str] = []
        QApplication.processEvents()
        for plot in (panel.values, panel.gradient):
            monkeypatch.setattr(plot, "show_matrix", lambda *_: touched.append("matrix"))
            plot.scene().changed.connect(lambda *_: touched.append("painted"))
        session.go_to(3)
        session.go_to(7)
        link.run_until_idle()
        QApplication.processEvents()
        assert touched == []


def test_the_panel_offers_its_plots_whose_images_are_the_parameters(tmp_path: Path) -> None:
    with real_panel(WeightsPanel, tmp_path, text_source(12), **EXACT) as (panel, session, _):
        for key, known in (("weights", parameters_of(session)), ("gradient", gradients_of(session))):
            images = [item for item in panel.plots[key].items if isinstance(item, pg.ImageItem)]
            assert len(images) == 12
            for image, block in zip(images, panel.values.blocks, strict=True):
                expected = known[f"{block.name}_l0"].reshape(6, -1)
                np.testing.assert_allclose(image.image, expected, rtol=0, atol=0 if key == "weights" else 1e-12)


def test_before_the_answer_is_there_a_sentence_says_so(show: Show) -> None:
    panel = show(WeightsPanel, make_view())
    assert panel.notice.text() == "The weights and their gradient are being computed."


def test_a_large_forget_bias_does_not_take_the_colour_from_the_matrices(tmp_path: Path) -> None:
    fields: dict[str, Any] = {"forget_bias": 10.0, **EXACT}
    with real_panel(WeightsPanel, tmp_path, text_source(12), **fields) as (panel, session, _):
        parameters = parameters_of(session)
        largest = max(np.abs(parameters[f"{kind}_{gate}_l0"]).max() for kind in "WU" for gate in "ifgo")
        assert largest <= panel.values.tops["W_i"] == panel.values.tops["U_o"] <= 2.5 * largest
        assert panel.values.tops["b_f"] == panel.values.tops["b_i"] == 10.0
