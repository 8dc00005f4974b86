"""Saturation on the screen: every dot, every slope, what is said, and what a click does; over the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.ui.panels.saturation import SaturationPanel
from rnnviz.ui.plots.xy.saturation_plot import SharesPlot
from rnnviz.ui.plots.xy.share_square import ShareSquare
from rnnviz.ui.theme import LIGHT, signal_style
from tests.ui.mouse import double_click, drag, turn_wheel, under_mouse
from tests.ui.panels.pictures import make_view, text_source, wave_source
from tests.ui.panels.runs import real_panel

Show = Callable[..., Any]
LEFT = Qt.MouseButton.LeftButton
STRONG: dict[str, Any] = {"hidden_size": 12, "spectral_radius": 9.0, "dtype": "float64"}
SLOPE = {"saturation.mode": "slope"}


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


def recorded(session: Any, signal: str) -> np.ndarray[Any, Any]:
    return np.asarray(session.view.trace.record.signal(signal, 0, "forward"), np.float64)


def test_a_dot_stands_at_the_shares_of_its_unit(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(40), size=(1000, 400), **STRONG) as (panel, session, _):
        assert [square.name for square in panel.shares.squares] == ["i", "f", "o"]
        for index, square in enumerate(panel.shares.squares):
            gate = recorded(session, square.name)
            np.testing.assert_array_equal(square.above, (gate > 0.9).mean(0))
            np.testing.assert_array_equal(square.below, (gate < 0.1).mean(0))
            plot = panel.shares.plots[index]
            (dots,) = panel.plots[square.name].items
            np.testing.assert_array_equal(dots.getData(), ((gate > 0.9).mean(0), (gate < 0.1).mean(0)))
            rect, unit = plot.data_rect, int(square.above.argmax())
            assert rect.width() == pytest.approx(rect.height(), abs=1.0)
            place = plot.pixel_of(square.above[unit], square.below[unit])
            assert place.x() == pytest.approx(rect.left() + (gate[:, unit] > 0.9).mean() * rect.width())
            assert place.y() == pytest.approx(rect.bottom() - (gate[:, unit] < 0.1).mean() * rect.height())
            assert unit in panel.shares.together(index, plot.unit_at(place))


def test_the_axes_say_in_words_what_they_are(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(10), **STRONG) as (panel, _, _link):
        square = panel.shares.squares[1]
        assert (square.across, square.upwards) == ("steps right-saturated (f > 0.9)", "steps left-saturated (f < 0.1)")
        assert square.caption == "forget gate"
        assert panel.header.subtitle == "a dot per unit, 10 steps"


def test_the_thresholds_are_fields_that_are_saved(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(40), **STRONG) as (panel, session, link):
        panel.low.setValue(0.3)
        panel.high.setValue(0.75)
        link.run_until_idle()
        assert session.view.options["saturation.low"] == "0.3"
        assert session.view.options["saturation.high"] == "0.75"
        square = panel.shares.squares[0]
        np.testing.assert_array_equal(square.above, (recorded(session, "i") > 0.75).mean(0))
        assert square.across == "steps right-saturated (i > 0.75)"


def test_while_other_thresholds_are_counted_the_last_picture_stays(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(40), **STRONG) as (panel, _, link):
        before = panel.shares.squares
        panel.low.setValue(0.3)
        assert panel.notice.text() == ""
        assert panel.shares.squares == before
        link.run_until_idle()
        assert panel.shares.squares[0].upwards == "steps left-saturated (i < 0.3)"


def test_a_click_picks_the_unit_and_a_picked_place_gives_the_next_one(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(4), size=(1000, 400), hidden_size=6) as (panel, session, _):
        QApplication.processEvents()  # the layout comes to rest
        plot = panel.shares.plots[0]
        dot = plot.pixel_of(0.0, 0.0).toPoint()
        assert len(panel.shares.together(0, 0)) == 6
        QTest.mouseClick(under_mouse(plot), LEFT, pos=dot)
        assert session.view.units == (1,)
        QTest.mouseClick(under_mouse(plot), LEFT, pos=dot)
        assert session.view.units == (2,)
        QTest.mouseMove(under_mouse(plot), dot + QPoint(1, 0))
        assert panel.header.read_out.startswith(
            "i, 6 units, among them 1, 2, 3, 4, ...: steps right-saturated (i > 0.9) 0 %"
        )


def test_a_square_is_zoomed_by_the_wheel_and_shown_whole_by_a_double_click(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(40), size=(1000, 400), **STRONG) as (panel, session, _):
        QApplication.processEvents()
        plot = panel.shares.plots[1]
        unit = int(plot.square.above.argmax())
        at = plot.pixel_of(plot.square.above[unit], plot.square.below[unit])
        turn_wheel(plot, at, 3)
        assert (plot.pixel_of(plot.square.above[unit], plot.square.below[unit]) - at).manhattanLength() < 1
        (ticks,) = plot.plot.getAxis("bottom")._tickLevels
        first, last = plot.box.viewRange()[0]
        assert last - first < 0.5
        assert [text for place, text in ticks if first <= place <= last] == [
            f"{100 * place:.0f} %" for place, _ in ticks
        ]
        QTest.mouseClick(under_mouse(plot), LEFT, pos=at.toPoint())
        assert session.view.units[0] in plot.together(unit)
        assert not panel.grab().isNull()
        drag(plot, at, at + QPointF(20, -20), at + QPointF(40, -30))
        assert plot.box.viewRange()[0] != [first, last]
        double_click(plot, plot.data_rect.center())
        assert plot.box.viewRange() == [[0.0, 1.0], [0.0, 1.0]]
        assert len(session.view.units) == 1


@pytest.mark.parametrize("units", [0, 1, 700])
def test_squares_of_any_number_of_units_are_drawn_at_any_size(units: int, qtbot: Any) -> None:
    plots = SharesPlot()
    qtbot.addWidget(plots)
    above = np.linspace(0, 1, units)
    style = signal_style("f", LIGHT)
    squares = [ShareSquare(name, "", style, "a", "b", "c", "d", above, 1 - above) for name in "ifo"]
    for count, size in ((3, (30, 30)), (1, (600, 90)), (2, (400, 700)), (0, (300, 200))):
        plots.show_squares(squares[:count])
        plots.set_picked((0, 3))
        plots.resize(*size)
        assert len(plots.plots) == count
        assert not plots.grab().isNull()


def test_a_tanh_is_measured_by_its_own_ends(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, wave_source(40), cell="rnn", **STRONG) as (panel, session, _):
        (square,) = panel.shares.squares
        assert square.across == "steps high (h > 0.8)"
        np.testing.assert_array_equal(square.below, (recorded(session, "h") < -0.8).mean(0))
        assert set(panel.data(session.view)) == {"h below -0.8", "h above 0.8"}


def test_a_layer_without_ends_says_so_and_shows_its_slope_instead(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, wave_source(20), cell="rnn", activation="relu") as (
        panel,
        session,
        link,
    ):
        assert "choose the slope instead" in panel.notice.text()
        session.set_option("saturation.mode", "slope")
        link.run_until_idle()
        assert panel.notice.text() == ""
        np.testing.assert_array_equal(panel.slopes.heatmap.values, recorded(session, "h") > 0)


def test_the_slope_is_that_of_the_chosen_activation_on_its_whole_scale(tmp_path: Path) -> None:
    options = {**SLOPE, "saturation.signal": "g"}
    with real_panel(SaturationPanel, tmp_path, text_source(30), options, **STRONG) as (panel, session, link):
        slope = 1 - recorded(session, "g") ** 2
        np.testing.assert_allclose(panel.slopes.heatmap.values, slope, atol=1e-12)
        assert panel.slopes.heatmap.levels == (0.0, 1.0)
        np.testing.assert_allclose(panel.slopes.curves.curves["mean"].values, slope.mean(1), atol=1e-12)
        assert panel.header.title == "∂g / ∂g.pre"
        session.set_option("saturation.signal", "f")
        link.run_until_idle()
        gate = recorded(session, "f")
        np.testing.assert_allclose(panel.slopes.heatmap.values, gate * (1 - gate), atol=1e-12)
        assert panel.slopes.heatmap.levels == (0.0, 0.25)
        assert "slope of sigmoid, at most 0.25" in panel.header.subtitle


def test_the_slope_follows_cursor_and_cover_and_a_click_picks_step_and_unit(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(30), SLOPE, size=(900, 400), **STRONG) as (
        panel,
        session,
        _,
    ):
        session.go_to(7)
        session.hide_ahead(True)
        heatmap = panel.slopes.heatmap
        assert heatmap.cursor_step == panel.slopes.curves.cursor_step == 7
        assert heatmap.is_hidden(8)
        assert not heatmap.is_hidden(7)
        place = QPointF(heatmap.x_of(3), heatmap.y_of(5.5)).toPoint()
        QTest.mouseClick(under_mouse(heatmap), LEFT, pos=place)
        assert session.view.step == 3
        assert session.view.units == (5,)


def test_the_truth_is_told_for_both_ways_of_drawing(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(20), **STRONG) as (panel, session, link):
        for mode in ("units", "slope"):
            session.set_option("saturation.mode", mode)
            link.run_until_idle()
            panel.truth.click()
            link.run_until_idle()
            assert panel.truth.text().startswith("autograd: ")
            assert "numbers were computed once more" in panel.truth.toolTip()


def test_the_data_are_the_shares_and_the_slopes(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(20), **STRONG) as (panel, session, link):
        arrays = panel.data(session.view)
        assert list(arrays) == [f"{gate} {end}" for gate in "ifo" for end in ("below 0.1", "above 0.9")]
        np.testing.assert_array_equal(arrays["f above 0.9"], (recorded(session, "f") > 0.9).mean(0))
        session.set_option("saturation.mode", "slope")
        link.run_until_idle()
        arrays = panel.data(session.view)
        assert list(arrays) == ["slope of i", "mean over units", "minimum over units"]
        assert arrays["slope of i"].shape == (20, 12)


def test_a_layer_that_is_not_reached_says_so(tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(6), bidirectional=True, **STRONG) as (panel, session, link):
        session.restart_run()
        session.step(1)
        session.pick_layer(0, "backward")
        link.run_until_idle()
        assert "has not reached backward yet" in panel.notice.text()


@pytest.mark.parametrize("options", [{}, SLOPE], ids=["units", "slope"])
@pytest.mark.parametrize("size", [(300, 84), (900, 84), (300, 700), (2200, 1400)])
def test_every_size_is_drawn(options: dict[str, str], size: tuple[int, int], tmp_path: Path) -> None:
    with real_panel(SaturationPanel, tmp_path, text_source(20), options, **STRONG) as (panel, session, link):
        panel.setMinimumSize(10, 10)
        panel.resize(*size)
        session.set_lecture(True, 1.0)
        session.pick_unit(2, add=True)
        link.run_until_idle()
        QApplication.processEvents()
        assert not panel.grab().isNull()


def test_before_the_answer_is_there_a_sentence_says_so(show: Show) -> None:
    assert show(SaturationPanel, make_view()).notice.text() == "The saturation is being computed."


@pytest.mark.parametrize("saved", ["", "much", "nan", "7", "-1"])
def test_a_threshold_that_makes_no_sense_is_the_usual_one(saved: str, tmp_path: Path) -> None:
    options = {"saturation.low": saved, "saturation.high": saved}
    with real_panel(SaturationPanel, tmp_path, text_source(5), options, hidden_size=3) as (panel, _, _link):
        assert panel.notice.text() == ""
        assert (panel.low.value(), panel.high.value()) == (0.1, 0.9)
