"""Gradient paths on the screen, held to closed forms and to the engine's public results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from safetensors.torch import save

from rnnviz.engine.network import Network
from rnnviz.engine.requests import JacobianAt, PathsFrom, PathTable
from rnnviz.engine.run import run
from rnnviz.engine.sequence import encode
from rnnviz.ui.panels.paths import PathsPanel
from rnnviz.ui.session import Session
from rnnviz.ui.view import AnalysisView
from tests.ui.panels.pictures import make_view, text_source, wave_source
from tests.ui.panels.runs import real_panel

STEPS = 40
Show = Callable[..., Any]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def give(session: Session, link: Any, values: Callable[[str, torch.Tensor], torch.Tensor]) -> None:
    """Open the document anew with parameters of one's own."""
    document = session.view.document
    assert document is not None
    network = Network(document.spec)
    weights = {name: values(name, parameter.detach()).contiguous() for name, parameter in network.named_parameters()}
    session.open_document(replace(document, weights=save(weights)), position=1)
    link.run_until_idle()
    assert session.view.message_kind != "error", session.view.message


def orthogonal(scale: float) -> Callable[[str, torch.Tensor], torch.Tensor]:
    def values(name: str, parameter: torch.Tensor) -> torch.Tensor:
        if not name.startswith("U"):
            return torch.zeros_like(parameter)
        random = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2)).double()
        return (scale * torch.linalg.qr(random)[0]).to(parameter.dtype)

    return values


def curve(panel: Any, name: str) -> Any:
    (found,) = [item.getData()[1] for item in panel.plots["paths"].curves if item.name() == name]
    return found


@pytest.mark.parametrize("scale", [0.8, 1.2])
def test_a_scaled_orthogonal_matrix_at_rest_draws_powers_of_its_scale(
    qapp: object, tmp_path: Path, scale: float
) -> None:
    source = wave_source(STEPS)
    with real_panel(PathsPanel, tmp_path, source, cell="rnn", hidden_size=6, dtype="float64") as (panel, session, link):
        give(session, link, orthogonal(scale))
        expected = np.arange(float(STEPS)) * np.log10(scale)
        for name in ("largest σ", "smallest σ", "Pascanu's bound"):
            np.testing.assert_allclose(curve(panel, name), expected, atol=1e-9)
        np.testing.assert_allclose(curve(panel, "Frobenius"), expected + np.log10(6) / 2, atol=1e-9)
        said = panel.words.text()
        assert ("may explode, it need not" in said) == (scale > 1)
        assert ("vanishes for certain" in said) == (scale < 1)
        assert panel.graph.x_range == (0.0, STEPS - 1.0)


def test_an_lstm_without_weights_draws_its_highway_beside_the_full_jacobian(qapp: object, tmp_path: Path) -> None:
    with real_panel(PathsPanel, tmp_path, wave_source(STEPS), cell="lstm", dtype="float64") as (panel, session, link):
        give(session, link, lambda name, old: torch.full_like(old, 1.5 if name.startswith("b_f") else 0.0))
        per_step = np.arange(float(STEPS)) * -np.log10(1 + np.exp(-1.5))
        np.testing.assert_allclose(curve(panel, "mean direct path of c"), per_step, atol=1e-9)
        np.testing.assert_allclose(curve(panel, "largest σ")[1:], per_step[1:] + np.log10(1.25) / 2, atol=1e-9)
        assert not [one for one in panel.graph.curves if "bound" in one.name]
        assert "Pascanu's bound is for h = phi(U h + ...), but this cell carries 2 states" in panel.words.text()
        assert "free of the recurrent matrices; the full Jacobian is not, and can still explode" in panel.words.text()


def test_k_follows_the_cursor_until_it_is_pinned(qapp: object, tmp_path: Path) -> None:
    with real_panel(PathsPanel, tmp_path, text_source(20), cell="gru") as (panel, session, link):
        session.go_to(4)
        link.run_until_idle()
        assert (len(panel.graph.curves[0].x), panel.graph.marker) == (16, None)
        panel.pin.chosen.emit("pinned")
        session.go_to(9)
        link.run_until_idle()
        assert (len(panel.graph.curves[0].x), panel.graph.marker) == (16, 5.0)
        assert "from k = 5" in panel.header.subtitle
        panel.graph.clicked.emit(7.0)
        assert session.view.step == 11
        panel.pin.chosen.emit("cursor")
        link.run_until_idle()
        assert len(panel.graph.curves[0].x) == 9


def test_over_time_the_curves_begin_at_k_and_nothing_before_is_called_not_a_number(
    qapp: object, tmp_path: Path
) -> None:
    options = {"paths.mode": "time", "paths.pin": "6"}
    with real_panel(PathsPanel, tmp_path, text_source(20), options, cell="lstm") as (panel, session, _):
        trace = _theirs(session)
        values = panel.curves.curves["largest"].values
        assert np.isnan(values[:6]).all()
        np.testing.assert_allclose(values[6:], trace.paths_from(6).largest.log10[6:], atol=1e-6)
        assert not panel.curves.strange(values).any()
        arrays = panel.data(session.view)
        np.testing.assert_array_equal(arrays["log10 largest from k = 7"], values)


def test_the_table_is_computed_on_demand_and_can_be_taken_back(qapp: object, tmp_path: Path) -> None:
    options = {"paths.mode": "table"}
    with real_panel(PathsPanel, tmp_path, text_source(20), options, cell="gru", dtype="float64") as (
        panel,
        session,
        link,
    ):
        assert PathTable() not in session.view.analyses
        QTest.mouseClick(panel.compute, Qt.MouseButton.LeftButton)
        assert panel.compute.text() == "cancel"
        QTest.mouseClick(panel.compute, Qt.MouseButton.LeftButton)
        link.run_until_idle()
        assert PathTable() not in session.view.analyses
        assert panel.compute.text() == "compute"
        QTest.mouseClick(panel.compute, Qt.MouseButton.LeftButton)
        link.run_until_idle()
        expected = _theirs(session).path_log10_norms()
        np.testing.assert_allclose(panel.tables.whole.logarithms.T, expected, atol=1e-9)
        assert not panel.compute.isVisible()
        assert panel.tables.whole.describe(3, 7).startswith("k = 4   t = 8   ‖∂sₜ/∂sₖ‖ = ")
        assert "0: step k comes after step t" in panel.tables.whole.describe(7, 3)
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")


def test_a_long_run_shows_a_grid_whose_steps_are_named(qapp: object, tmp_path: Path) -> None:
    options = {"paths.mode": "table"}
    with real_panel(PathsPanel, tmp_path, wave_source(300), options, cell="rnn", hidden_size=3) as (
        panel,
        session,
        link,
    ):
        QTest.mouseClick(panel.compute, Qt.MouseButton.LeftButton)
        link.run_until_idle()
        assert panel.tables.grid.isVisible()
        assert "a grid of 64 steps" in panel.header.subtitle
        assert panel.tables.grid.logarithms.shape == (64, 64)
        panel.tables.grid.stepClicked.emit(63)
        assert session.view.step == 299


def test_the_jacobian_of_a_step_is_drawn_in_blocks_named_by_the_states(qapp: object, tmp_path: Path) -> None:
    options = {"paths.mode": "step"}
    with real_panel(PathsPanel, tmp_path, text_source(12), options, cell="lstm", dtype="float64") as (
        panel,
        session,
        link,
    ):
        session.go_to(5)
        link.run_until_idle()
        expected = _theirs(session).jacobian()[5]
        np.testing.assert_allclose(panel.matrix.values, expected, atol=1e-12)
        assert [block.name for block in panel.matrix.blocks] == [
            "∂cₜ / ∂cₜ₋₁",
            "∂cₜ / ∂hₜ₋₁",
            "∂hₜ / ∂cₜ₋₁",
            "∂hₜ / ∂hₜ₋₁",
        ]
        for image, block in zip(panel.plots["jacobian"].items, panel.matrix.blocks, strict=True):
            np.testing.assert_allclose(image.image, expected[slice(*block.rows), slice(*block.columns)], atol=1e-12)
        assert "t = 6, singular values" in panel.header.subtitle
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")


def answered(arrays: dict[str, Any], **facts: Any) -> Any:
    """A view in which the engine has answered what the panel wants at step 1."""
    view = make_view(cell="rnn")
    assert view.trace is not None
    told = {"applies": False, "reason": "No bound.", "states": ("h",), "state": "", "reach": 1000.0, **facts}
    answer = AnalysisView(PathsFrom(0), view.trace, view.published, arrays, told)
    return replace(view, position=1, analyses=MappingProxyType({PathsFrom(0): answer}))


def test_what_is_infinite_or_not_a_number_is_named_and_does_not_hide_the_finite_part(show: Show) -> None:
    values = np.array([0.0, 2.0, 4.0, -np.inf, 5.0, np.inf, *[np.nan] * 6])
    panel = show(PathsPanel, answered({"largest": values}, **{"first not a number": 6.0}))
    assert panel.graph.y_range == (0.0, 5.0)
    assert "From t = 7 on the path is not a number any more." in panel.words.text()
    assert panel.graph.value_text(np.inf) == "∞"
    for mode in ("time", "distance"):
        panel.session.set_option("paths.mode", mode)
        panel.grab()


def test_the_backward_direction_reaches_earlier_steps(qapp: object, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"cell": "gru", "bidirectional": True, "dtype": "float64"}
    with real_panel(PathsPanel, tmp_path, text_source(12), **fields) as (panel, session, link):
        session.pick_layer(0, "backward")
        session.set_option("paths.pin", "8")
        link.run_until_idle()
        expected = _theirs(session).paths_from(8, 0, "backward").largest.log10[8::-1]
        np.testing.assert_allclose(curve(panel, "largest σ"), expected, atol=1e-9)
        assert panel.graph.read_out(2.0).startswith("k − t = 2")


def test_the_last_step_reaches_nothing_and_says_so(qapp: object, tmp_path: Path) -> None:
    with real_panel(PathsPanel, tmp_path, text_source(8), cell="rnn") as (panel, _, _link):
        assert panel.graph._notice.text == "No step comes after this one: go to an earlier step."


@pytest.mark.parametrize("size", [(900, 84), (300, 200), (200, 120)])
@pytest.mark.parametrize("mode", ["distance", "time", "table", "step"])
def test_every_mode_is_drawn_in_little_room(qapp: object, tmp_path: Path, size: Any, mode: str) -> None:
    options = {"paths.mode": mode, "paths.pin": "1"}
    with real_panel(PathsPanel, tmp_path, text_source(8), options, cell="lstm", hidden_size=3) as (panel, session, _):
        panel.setMinimumSize(*size)
        panel.resize(*size)
        session.apply(theme="dark", lecture=1.0)
        assert not panel.grab().isNull()
        assert JacobianAt(7) in session.view.analyses or mode != "step"


def _theirs(session: Session) -> Any:
    document = session.view.document
    assert document is not None
    sequence = encode(document.source)
    return run(Network(document.spec), sequence.x, sequence.target)
