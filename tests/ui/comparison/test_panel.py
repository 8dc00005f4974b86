"""The comparison as it is seen: columns with the numbers of single sessions, shared scales, curves over one another."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from rnnviz.engine import cells
from rnnviz.engine.interventions import Clamp
from rnnviz.engine.record import NETWORK
from rnnviz.engine.sequence import SignalSource, TextSource, Wave, token_vocabulary
from rnnviz.engine.sequence.gallery import sample
from rnnviz.ui.comparing import names_of
from rnnviz.ui.controls.comparison.menus import other_sequences
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.exporting import write_figure
from rnnviz.ui.figures import panel_figure
from rnnviz.ui.networkstyles import KINDS, kind_of, network_styles
from rnnviz.ui.panels.comparison import ComparisonPanel
from rnnviz.ui.plots import Curve
from rnnviz.ui.session import Session
from rnnviz.ui.theme import LIGHT
from rnnviz.ui.theme.signals import hue
from rnnviz.ui.view import View
from tests.ui.panels.pictures import make_view, text_source, wave_source
from tests.ui.panels.runs import real_panel

Shown = tuple[Any, Session, LocalLink]


@pytest.fixture
def alone(qapp: object, tmp_path: Path) -> Iterator[Shown]:
    """The panel over an LSTM that has run over twelve words, with nothing beside it yet."""
    with real_panel(
        ComparisonPanel, tmp_path / "engine", size=(1200, 900), cell="lstm", hidden_size=6, readout="softmax"
    ) as shown:
        yield shown


@pytest.fixture
def shown(alone: Shown) -> Shown:
    """The same with an RNN and a GRU beside the LSTM."""
    alone[1].rivals.add_trio()
    alone[2].run_until_idle()
    QCoreApplication.processEvents()
    return alone


def actions(menu: QMenu) -> dict[str, Any]:
    """The entries of a menu as it is opened, those of its submenus too."""
    menu.aboutToShow.emit()
    found: dict[str, Any] = {}
    for action in menu.actions():
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            found |= {f"{action.text()}/{name}": entry for name, entry in actions(submenu).items()}
        elif action.text():
            found[action.text()] = action
    return found


def test_a_kind_of_network_has_one_colour_in_every_comparison_whatever_stands_first(shown: Shown) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", "overlay")
    views = (session.view, *session.view.rivals)
    drawn = {name: curve.style for name, curve in panel.overlay.gradient.curves.items()}
    assert {str(name): style.colour for name, style in drawn.items()} == {
        "LSTM": hue("vermillion", LIGHT),
        "RNN": hue("blue", LIGHT),
        "GRU": hue("green", LIGHT),
    }
    assert [head.swatch._style for head in panel.heads.heads] == [*drawn.values()]
    other_way_round = network_styles(views[::-1], LIGHT)
    assert [*other_way_round][::-1] == [*drawn.values()]


def test_networks_of_one_kind_are_told_apart_in_colours_that_no_kind_has(shown: Shown) -> None:
    _, session, _ = shown
    styles = network_styles((session.view,) * 4, LIGHT)
    assert styles[0].colour == hue("vermillion", LIGHT)
    assert len({style.colour for style in styles}) == len({style.symbol for style in styles}) == 4
    kinds = {hue(name, LIGHT) for name, _ in KINDS.values()}
    assert not kinds & {style.colour for style in styles[1:]}


@pytest.mark.parametrize("cell", cells.names())
def test_every_cell_is_of_a_kind(cell: str) -> None:
    wanted = "LSTM" if "lstm" in cell else "GRU" if "gru" in cell or cell == "mgu" else "Simple"
    assert kind_of(cell) == wanted
    assert kind_of("h[t] = tanh(W @ x[t])") == "own"


def test_columns_draw_the_states_and_gates_that_were_recorded(shown: Shown) -> None:
    panel, session, _ = shown
    views = (session.view, *session.view.rivals)
    for column, view in zip(panel.columns.columns, views, strict=True):
        assert view.trace is not None
        np.testing.assert_array_equal(column.state.values, view.trace.record.signal("h", 0))
        gates = view.trace.fields(0, "forward", "gate")
        drawn = [plot for plot in column.gates.heatmaps if plot.isVisible()]
        assert len(drawn) == len(gates)
        for plot, field in zip(drawn, gates, strict=True):
            np.testing.assert_array_equal(plot.values, view.trace.record.signal(field.signal, 0))
    assert not panel.columns.columns[0].gates.sentence.isVisible()
    keys = {"LSTM state", "RNN state", "GRU state", "LSTM f", "GRU z", "RNN gradient", "GRU probabilities", "loss"}
    assert keys <= set(panel.plots)
    assert "no gates" in panel.columns.columns[1].gates.sentence.text()


def test_columns_draw_predictions_of_the_same_classes(shown: Shown) -> None:
    panel, session, _ = shown
    for column, view in zip(panel.columns.columns, (session.view, *session.view.rivals), strict=True):
        assert view.trace is not None
        classes = list(panel.columns._scale[1].classes)
        np.testing.assert_array_equal(
            column.prediction.probabilities.values, view.trace.record.signal("output", NETWORK)[:, classes]
        )


def test_all_columns_share_their_scales_and_their_steps(shown: Shown) -> None:
    panel, session, _ = shown
    columns = panel.columns.columns
    assert len({column.state.levels for column in columns}) == 1
    assert len({(column.gradient._low, column.gradient._high) for column in columns}) == 1
    norms = [curve.values for column in columns for curve in column.gradient.curves.values()]
    finite = np.concatenate([values[np.isfinite(values)] for values in norms])
    assert columns[0].gradient._low <= finite.min()
    assert columns[0].gradient._high >= finite.max()
    assert len({plot.width() for column in columns for plot in (column.state, column.gradient)}) == 1
    panel.axis.set_view(2, 8)
    assert {column.axis.view for column in columns} == {panel.axis.view}
    columns[1].axis.show_all()
    assert panel.axis.shows_all
    session.go_to(4)
    assert {plot.cursor_step for column in columns for plot in column.plots} == {4}


def test_states_without_bounds_share_the_scale_of_the_largest(alone: Shown) -> None:
    panel, session, link = alone
    session.change_spec(cell="rnn", activation="relu", initialisation="orthogonal")
    link.run_until_idle()
    session.rivals.add_copy(spectral_radius=3.0)
    link.run_until_idle()
    largest = max(
        float(np.abs(v.trace.record.signal("h", 0)).max()) for v in (session.view, *session.view.rivals) if v.trace
    )
    levels = {column.state.levels for column in panel.columns.columns}
    assert len(levels) == 1
    assert levels.pop()[1] >= largest


def test_the_overlay_draws_the_gradients_of_all_over_one_another(shown: Shown) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", "overlay")
    views = (session.view, *session.view.rivals)
    curves = panel.overlay.gradient.curves
    assert list(curves) == ["LSTM", "RNN", "GRU"]
    assert len({curve.style.colour for curve in curves.values()}) == 3
    for curve, view in zip(curves.values(), views, strict=True):
        assert view.gradients is not None
        expected = view.gradients.log_norm("h", 0, "forward")[: view.gradients.objective.step + 1]
        np.testing.assert_array_equal(curve.values, expected)
    session.set_option("comparison.scale", "relative")
    for curve, view in zip(panel.overlay.gradient.curves.values(), views, strict=True):
        known = curve.values[np.isfinite(curve.values)]
        assert known[-1] == 0
        assert view.gradients is not None
        expected = view.gradients.log_norm("h", 0, "forward")
        np.testing.assert_allclose(curve.values[0], expected[0] - expected[np.isfinite(expected)][-1])


def test_the_overlay_draws_how_sure_each_network_is_of_what_is_right(shown: Shown) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", "overlay")
    for curve, view in zip(panel.overlay.right.curves.values(), (session.view, *session.view.rivals), strict=True):
        assert view.trace is not None
        assert view.trace.sequence.target_classes is not None
        classes = np.array(view.trace.sequence.target_classes)
        values = view.trace.record.signal("output", NETWORK)
        known = classes >= 0
        np.testing.assert_array_equal(curve.values[known], values[known, classes[known]].astype(float))
        assert np.isnan(curve.values[~known]).all()
    for curve, view in zip(panel.overlay.loss.curves.values(), (session.view, *session.view.rivals), strict=True):
        assert view.trace is not None
        losses = view.trace.record.signal("loss", NETWORK)[:11, 0].astype(float)
        np.testing.assert_allclose(curve.values[:11], np.log10(losses))


def test_heads_name_networks_parameters_and_time(shown: Shown) -> None:
    panel, session, _ = shown
    for head, view in zip(panel.heads.heads, (session.view, *session.view.rivals), strict=True):
        assert view.trace is not None
        count = sum(part.count for part in view.trace.parts)
        assert head.size_line.text() == f"6 units, {count:,} parameters"
        assert "ms a step" in head.result_line.text()
        assert "loss so far" in head.result_line.text()
    assert [head.name.text() for head in panel.heads.heads] == ["LSTM", "RNN", "GRU"]


def test_heads_tell_which_network_is_intervened_in(shown: Shown) -> None:
    panel, session, link = shown
    session.set_interventions([Clamp("h", 0.5)])
    link.run_until_idle()
    told = [head.size_line.text().endswith(", 1 intervention") for head in panel.heads.heads]
    assert told == [True, False, False]
    session.switch_interventions()
    link.run_until_idle()
    assert not any("intervention" in head.size_line.text() for head in panel.heads.heads)


def test_three_buttons_begin_a_comparison(alone: Shown) -> None:
    panel, session, link = alone
    assert all(
        button.isVisible() and button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in panel.invitation.buttons
    )
    QTest.keyClick(panel.invitation.seed, Qt.Key.Key_Space)
    link.run_until_idle()
    (view,) = session.view.rivals
    assert view.document is not None
    assert view.document.spec.seed == 1
    assert not panel.invitation.isVisible()
    session.rivals.clear()
    assert panel.invitation.isVisible()
    found = actions(panel.invitation.menu)
    assert "Another text…" in found
    assert "From a file…" in found


def test_menus_change_and_remove_networks(shown: Shown) -> None:
    panel, session, link = shown
    actions(panel.heads.heads[1].menu)["Units/16 units"].trigger()
    link.run_until_idle()
    assert session.view.rivals[0].document.spec.hidden_size == 16  # type: ignore[union-attr]
    actions(panel.heads.heads[0].menu)["Another seed"].trigger()
    link.run_until_idle()
    assert session.view.document.spec.seed == 1  # type: ignore[union-attr]
    assert "Remove" not in actions(panel.heads.heads[0].menu)
    actions(panel.heads.heads[1].menu)["Remove"].trigger()
    link.run_until_idle()
    assert [view.document.spec.cell for view in session.view.rivals if view.document] == ["gru"]
    actions(panel.add_menu)["Another initialisation/Orthogonal"].trigger()
    link.run_until_idle()
    assert [head.name.text() for head in panel.heads.heads][-1].startswith("LSTM, ")
    actions(panel.add_menu)["Remove all"].trigger()
    assert session.view.rivals == ()


def test_sizes_are_made_equal_and_said_to_be(shown: Shown) -> None:
    panel, _, link = shown
    assert panel.sizes.button("units").isChecked()
    panel.sizes.button("parameters").click()
    link.run_until_idle()
    assert panel.sizes.button("parameters").isChecked()
    counts = [int(head.size_line.text().split(", ")[1].split(" ")[0].replace(",", "")) for head in panel.heads.heads]
    assert max(counts) < 1.5 * min(counts)
    panel.menus._change(1, hidden_size=50)
    link.run_until_idle()
    assert not panel.sizes.button("units").isChecked()
    assert not panel.sizes.button("parameters").isChecked()


def test_every_control_can_be_reached_with_the_keyboard(shown: Shown) -> None:
    panel, _, _ = shown
    controls = [panel.add, *(head.button for head in panel.heads.heads)]
    controls += [panel.sizes.button("parameters"), panel.mode.button("overlay")]
    assert all(control.focusPolicy() & Qt.FocusPolicy.TabFocus for control in controls)
    assert all(head.button.accessibleName().startswith("Change ") for head in panel.heads.heads)


def test_a_click_in_any_column_moves_all(shown: Shown) -> None:
    panel, session, link = shown
    panel.columns.columns[2].state.stepClicked.emit(3)
    link.run_until_idle()
    assert [view.step for view in (session.view, *session.view.rivals)] == [3, 3, 3]


def test_the_data_holds_every_network_by_its_name(shown: Shown) -> None:
    panel, session, _ = shown
    arrays = panel.data(session.view)
    assert session.view.rivals[1].trace is not None
    np.testing.assert_array_equal(arrays["GRU h"], session.view.rivals[1].trace.record.signal("h", 0))
    assert {name.split(" ")[0] for name in arrays} == {"LSTM", "RNN", "GRU"}


@pytest.mark.parametrize("mode", ["columns", "overlay"])
@pytest.mark.parametrize("size", [(1200, 84), (300, 600), (300, 84), (2000, 1400)])
def test_what_does_not_fit_is_left_out(shown: Shown, mode: str, size: tuple[int, int]) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", mode)
    panel.resize(*size)
    QCoreApplication.processEvents()
    seen = [plot for plot in (*panel.columns.plots, *panel.time_plots) if plot.isVisible()]
    assert seen
    assert all(plot.height() >= 24 for plot in seen)
    session.set_lecture(True)
    QCoreApplication.processEvents()
    panel.grab()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
@pytest.mark.parametrize("mode", ["columns", "overlay"])
def test_whatever_was_recorded_is_drawn(shown: Shown, value: float, mode: str) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", mode)
    fakes = []
    for cell in ("rnn", "gru"):
        fake = make_view(cell=cell)
        assert fake.trace is not None
        assert fake.gradients is not None
        for record in (fake.trace.record, fake.gradients.record):
            for block in record.segments[0].blocks.values():
                block[2:5] = value
        fakes.append(fake)
    main = make_view(cell="lstm")
    panel.draw(replace(main, rivals=tuple(fakes), options=session.view.options), None)
    panel.grab()


@pytest.mark.parametrize(
    "rival",
    [
        {"cell": "feedforward"},
        {"cell": "gru", "num_layers": 2, "bidirectional": True},
        {"cell": "lstm", "topology": "many-to-one"},
        {"cell": "lstm", "readout": None, "output_size": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["columns", "overlay"])
def test_unlike_networks_are_drawn_beside_each_other(alone: Shown, rival: dict[str, Any], mode: str) -> None:
    panel, session, _ = alone
    session.set_option("comparison.mode", mode)
    for source in (text_source(), wave_source()):
        view = make_view(source, cell="lstm")
        for other in (make_view(source, **rival), make_view(text_source(20), **rival), View(document=view.document)):
            panel.draw(replace(view, rivals=(other,), options=session.view.options), None)
            panel.grab()
            panel.data(replace(view, rivals=(other,)))


def test_the_gradients_of_all_are_held_against_autograd_on_demand(shown: Shown) -> None:
    panel, session, link = shown
    session.go_to(7)
    link.run_until_idle()
    assert panel.truth.text() == "check"
    panel.truth.click()
    link.run_until_idle()
    assert panel.truth.text().startswith("autograd: ")
    assert "all 3 networks" in panel.truth.toolTip()
    difference = float(panel.truth.toolTip().split("difference is ")[1].split(",")[0])
    assert difference < 1e-6
    each = []
    for view in (session.view, *session.view.rivals):
        (answer,) = view.analyses.values()
        each.append(float(answer.facts["difference"]))  # type: ignore[arg-type]
    assert np.isfinite(each).all()
    assert difference == pytest.approx(max(each), rel=5e-3)  # three digits of it are written
    session.step(-1)
    link.run_until_idle()
    assert panel.truth.text() == "check"


@pytest.mark.parametrize("mode", ["columns", "overlay"])
def test_networks_that_are_removed_are_let_go(shown: Shown, mode: str) -> None:
    _, session, link = shown
    session.set_option("comparison.mode", mode)
    session.step(-1)
    link.run_until_idle()
    traces = [weakref.ref(view.trace) for view in session.view.rivals if view.trace is not None]
    session.rivals.clear()
    session.undo_stack.clear()
    link.run_until_idle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert [trace() for trace in traces] == [None, None]


def test_a_figure_of_the_comparison_is_white(shown: Shown, tmp_path: Path) -> None:
    _, session, _ = shown
    with panel_figure(ComparisonPanel, session.view) as figure:
        write_figure(figure, tmp_path / "comparison.png", scale=1.0)
    image = QImage(str(tmp_path / "comparison.png"))
    assert image.height() == 720
    row = [image.pixelColor(x, 62).name() for x in range(image.width())]  # through the heads
    assert row.count("#ffffff") > 0.8 * len(row)


def test_curves_are_named_where_they_part_and_not_where_they_meet(shown: Shown) -> None:
    panel, session, _ = shown
    session.set_option("comparison.mode", "overlay")
    plot = panel.overlay.gradient
    style = next(iter(plot.curves.values())).style
    plot.set_value_range(-20.0, 0.0)
    plot.set_curves({name: Curve(np.full(12, at), style, name) for name, at in (("A", -2.0), ("B", -15.0))})
    assert [text for _, text, _ in plot.names.names] == ["A  1.0e−2", "B  1.0e−15"]
    plot.set_curves({name: Curve(np.full(12, at), style, name) for name, at in (("A", -2.0), ("B", -2.1))})
    assert plot.names.names == []


def test_networks_of_one_cell_are_told_apart_by_what_differs() -> None:
    one, two = make_view(cell="lstm"), make_view(cell="lstm")
    assert two.document is not None
    seeded = replace(two, document=replace(two.document, spec=two.document.spec.replace(seed=3)))
    assert names_of((one, seeded)) == ("LSTM, seed 0", "LSTM, seed 3")
    wider = replace(two, document=replace(two.document, spec=two.document.spec.replace(hidden_size=9)))
    assert names_of((one, wider)) == ("LSTM, 5 units", "LSTM, 9 units")
    assert names_of((one, two)) == ("LSTM (1)", "LSTM (2)")
    other = replace(two, document=replace(two.document, source=TextSource("a cat sat")))
    assert names_of((one, other))[1] == "LSTM, “a cat sat”"


def test_other_sequences_are_such_as_the_same_network_can_read() -> None:
    signal = SignalSource((Wave("sine", period=8.0), Wave("noise", amplitude=0.1)), steps=20)
    for _, source in other_sequences(signal):
        assert source.encode().x.shape == signal.encode().x.shape
        assert source != signal
    text = sample("messages")
    assert isinstance(text, TextSource)
    others = [source for _, source in other_sequences(text)]
    assert all(isinstance(source, TextSource) and source.vocabulary == token_vocabulary(text) for source in others)
    assert text not in others
    assert other_sequences(TextSource("hello everyone, let's meet for dinner")) == []
