"""The space of hidden states on the screen: every place, every colour, every fixed point; over the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from rnnviz.engine.answer import Fact
from rnnviz.engine.requests import FixedPoints, Phase, Principal
from rnnviz.ui.panels.statespace import StateSpacePanel
from rnnviz.ui.plots.xy.state_space import axes as spaceaxes
from rnnviz.ui.plots.xy.state_space.projection import three
from rnnviz.ui.spacereading import told
from rnnviz.ui.view import AnalysisView
from tests.ui.mouse import click, double_click, drag, wheel
from tests.ui.panels.pictures import make_view, text_source, wave_source
from tests.ui.panels.runs import real_panel

Show = Callable[..., Any]
STRONG: dict[str, Any] = {"hidden_size": 6, "spectral_radius": 1.5, "dtype": "float64"}
TWO: dict[str, Any] = {"cell": "rnn", "hidden_size": 2, "spectral_radius": 1.6, "dtype": "float64"}


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


def recorded(session: Any, signal: str) -> np.ndarray[Any, Any]:
    return np.asarray(session.view.trace.record.signal(signal, 0, "forward"), np.float64)


def press(panel: Any, place: QPointF) -> None:
    click(panel.space, QPoint(round(place.x()), round(place.y())))


def test_the_way_is_what_numpys_singular_value_decomposition_makes_of_the_states(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(30), **STRONG) as (panel, session, _):
        states = recorded(session, "h")
        rest = states - states.mean(0)
        _, sizes, axes = np.linalg.svd(rest, full_matrices=False)
        theirs = rest @ axes[:3].T
        ours = panel.space.way.points
        np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-8)
        shares = 100 * sizes**2 / (sizes**2).sum()
        assert panel.space.axes == tuple(f"PC {k + 1} ({shares[k]:.0f} %)" for k in range(3))


def test_another_state_can_be_chosen(tmp_path: Path) -> None:
    options = {"statespace.state": "c"}
    with real_panel(StateSpacePanel, tmp_path, text_source(20), options, **STRONG) as (panel, session, _):
        states = recorded(session, "c")
        assert panel.state.values() == ("h", "c")
        np.testing.assert_allclose(
            np.linalg.norm(panel.space.way.points[4]) <= np.linalg.norm(states[4] - states.mean(0)) + 1e-9, True
        )
        assert panel.header.subtitle.startswith("c, ")


def test_the_cursor_stands_on_the_state_of_its_step_and_says_it(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(20), **STRONG) as (panel, session, _):
        for step in (0, 7, 19):
            session.go_to(step)
            np.testing.assert_allclose(panel.space.cursor_place, three(panel.space.way.points)[step], atol=1e-12)
            assert panel.space.cursor_name.startswith(f"t = {step + 1}  ")


def test_a_click_on_a_dot_goes_to_its_step_and_the_mouse_names_it(tmp_path: Path) -> None:
    options = {"statespace.fixed": "no"}
    with real_panel(StateSpacePanel, tmp_path, text_source(12), options, **STRONG) as (panel, session, _):
        place = panel.space.place_of(panel.space.way.seen[5])
        panel.space.pointed_at_pixel(place)
        assert panel.header.read_out.startswith("t = 6  mat: (")
        press(panel, place)
        assert session.view.step == 5


def test_what_lies_ahead_is_not_drawn_and_not_found_by_the_mouse(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(12), **STRONG) as (panel, session, _):
        place = panel.space.place_of(panel.space.way.seen[9])
        session.go_to(4)
        session.hide_ahead(True)
        assert panel.space.way.shown.tolist() == [True] * 5 + [False] * 7
        assert panel.space._nearest(place)[0] != "step"
        session.hide_ahead(False)
        assert panel.space.way.shown.all()


def test_colours_tell_step_token_and_loss(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(40), **STRONG) as (panel, session, _):
        trace = session.view.trace
        assert trace is not None
        by_step = panel.space.way.colouring
        assert (by_step.title, by_step.ends) == ("step t", ("1", "40"))
        assert (np.diff(by_step.index) >= 0).all()
        session.set_option("statespace.colour", "token")
        tokens = panel.space.way.colouring
        labels = trace.labels
        assert len(tokens.names) == 8
        assert tokens.names[-1].endswith("others")
        for label, index in zip(labels, tokens.index, strict=True):
            assert tokens.names[index] == label or index == 7
        session.set_option("statespace.colour", "loss")
        losses = panel.space.way.colouring
        values = np.asarray(trace.record.signal("loss", -1), np.float64)[:, 0]
        finite = np.isfinite(values)
        assert losses.index[int(np.nanargmax(values))] == 47
        assert losses.index[int(np.nanargmin(values))] == 0
        assert (losses.index[~finite] == 48).all()


def test_two_units_are_their_own_axes_with_field_and_nullclines(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, _):
        assert panel.space.axes == ("h of unit 1", "h of unit 2")
        np.testing.assert_array_equal(panel.space.way.points, recorded(session, "h"))
        assert panel.space.portrait.names == ("Δh of unit 1 = 0", "Δh of unit 2 = 0")
        assert set(panel.wants(session.view)) == {Principal("h", plain=True), Phase("h"), FixedPoints()}
        assert not panel.sight.isVisible()


def test_the_fixed_points_drawn_are_where_the_nullclines_meet(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, _, _link):
        portrait, fixed = panel.space.portrait, panel.space.fixed
        assert len(fixed.points)
        for point in fixed.points:
            for pieces in portrait.nullclines:
                assert np.linalg.norm(pieces.reshape(-1, 2) - point, axis=1).min() < 0.03


def test_the_input_of_the_cursors_step_can_be_held(tmp_path: Path) -> None:
    options = {"statespace.fixed": "step"}
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), options, **TWO) as (panel, session, link):
        session.go_to(3)
        link.run_until_idle()
        assert FixedPoints(step=3) in panel.wants(session.view)
        assert "fixed at x of step 4: " in panel.header.subtitle
        first = panel.space.portrait
        session.go_to(5)
        assert panel.space.portrait is not None  # that of the step before stays until the new one is there
        link.run_until_idle()
        assert panel.space.portrait is not first
        assert "fixed at x of step 6: " in panel.header.subtitle


def test_a_click_on_a_fixed_point_shows_its_eigenvalues_and_one_beside_takes_them_away(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, _):
        assert not panel.plane.isVisible()
        answer = session.view.analyses[FixedPoints()]
        press(panel, panel.space.place_of(panel.space.fixed.points[0]))
        assert panel.plane.isVisible()
        np.testing.assert_array_equal(panel.plane.groups[0].values, answer.arrays["eigenvalues"][0])
        assert "largest |λ| = " in panel.header.subtitle
        QApplication.processEvents()
        panel.space.clicked_at(QPointF(panel.space.area.left() + 2, panel.space.area.top() + 2))
        assert not panel.plane.isVisible()


def test_dragging_turns_the_space_and_a_double_click_turns_it_back(tmp_path: Path) -> None:
    options = {"statespace.fixed": "no"}
    with real_panel(StateSpacePanel, tmp_path, text_source(20), options, **STRONG) as (panel, session, _):
        centre = QPointF(panel.space.area.center())
        assert panel.space.view.flat
        drag(panel.space, *(centre + QPointF(8 * k, 3 * k) for k in range(6)))
        assert not panel.space.view.flat
        assert session.view.options["statespace.sight"] == "3D"
        turned = panel.space.view
        assert turned.yaw == pytest.approx(0.4)
        np.testing.assert_allclose(turned.rotation @ turned.rotation.T, np.eye(3), atol=1e-12)
        pixels = panel.space.places(panel.space.way.points)
        assert (pixels[:, 0] >= panel.space.area.left()).all()
        assert (pixels[:, 0] <= panel.space.area.right()).all()
        double_click(panel.space, centre.toPoint())
        assert panel.space.view.flat
        assert session.view.options["statespace.sight"] == "2D"


def test_the_items_hold_exactly_what_is_shown(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(20), **STRONG) as (panel, session, _):
        space, answer = panel.plots["states"], session.view.analyses[Principal("h")]
        assert space is panel.space.plot
        x, y = panel.space.way_item.getData()
        assert panel.space.way_item in space.items
        np.testing.assert_array_equal(np.stack([x, y], 1), np.asarray(answer.arrays["trajectory"])[:, :2])
        session.set_option("statespace.sight", "3D")
        turned = panel.space.view.plane(three(panel.space.way.points))
        np.testing.assert_array_equal(np.stack(panel.space.way_item.getData(), 1), turned)
        assert not np.allclose(turned[:, 0], x)


def test_the_items_of_a_portrait_hold_exactly_what_is_shown(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, _):
        space, answer = panel.space, session.view.analyses[Phase("h")]
        np.testing.assert_array_equal(np.stack(space.way_item.getData(), 1), recorded(session, "h"))
        np.testing.assert_array_equal(space.field_item.portrait.field, answer.arrays["field"])
        np.testing.assert_array_equal(np.stack(space.fixed_item.getData(), 1), space.fixed.points[:, :2])
        for line, pieces in zip(space.lines, space.portrait.nullclines, strict=False):
            np.testing.assert_array_equal(np.stack(line.getData(), 1), pieces.reshape(-1, 2))


def test_the_wheel_zooms_both_axes_and_what_is_seen_stays_until_a_double_click(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, link):
        space = panel.space
        fitted, state = (space.x_range, space.y_range), space.way.points[3]
        place = space.place_of(state)
        wheel(space, place, 4)
        assert (space.place_of(state) - place).manhattanLength() < 2
        assert space.x_range[1] - space.x_range[0] < 0.9 * (fitted[0][1] - fitted[0][0])
        drag(space, place, place + QPointF(12, 8), place + QPointF(40, -30))
        assert (space.place_of(state) - place - QPointF(40, -30)).manhattanLength() < 2
        seen, first = (space.x_range, space.y_range), session.view.step
        session.go_to(11)
        session.set_option("statespace.fixed", "step")
        link.run_until_idle()
        assert (*space.x_range, *space.y_range) == pytest.approx((*seen[0], *seen[1]))
        double_click(space, space.area.topLeft().toPoint() + QPoint(3, 3))
        assert space.x_range == pytest.approx(fitted[0])
        assert first != session.view.step == 11


def test_with_shift_a_space_of_three_axes_is_moved_instead_of_turned(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(20), **STRONG) as (panel, _, _link):
        space, state = panel.space, panel.space.way.points[3]
        place, centre = space.place_of(state), QPointF(space.area.center())
        drag(space, centre, centre + QPointF(9, 9), centre + QPointF(20, 10), keys=Qt.KeyboardModifier.ShiftModifier)
        assert space.view.flat
        assert (space.place_of(state) - place - QPointF(20, 10)).manhattanLength() < 2


def test_moving_the_cursor_does_not_paint_the_data_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with real_panel(StateSpacePanel, tmp_path, text_source(20), **STRONG) as (panel, session, _):
        panel.grab()
        painted: list[Any] = []
        monkeypatch.setattr(panel.space.way_item, "_draw", painted.append)
        for step in (3, 4, 12):
            session.go_to(step)
            panel.grab()
        assert painted == []


def test_the_truth_tells_the_difference_of_the_jacobians_from_autograd(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), size=(1000, 400), **TWO) as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")


def test_a_cell_that_carries_no_state_has_a_way_and_no_fixed_points(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(20), cell="jordan", hidden_size=4) as (panel, session, _):
        assert panel.space.way is not None
        assert panel.space.fixed is None
        assert panel.wants(session.view) == (Principal("h"),)
        assert not panel.held.isVisible()


def test_of_a_long_run_the_head_says_how_many_steps_are_drawn(tmp_path: Path) -> None:
    options = {"statespace.fixed": "no"}
    with real_panel(StateSpacePanel, tmp_path, wave_source(9000), options, cell="rnn", hidden_size=3) as (panel, _, _l):
        assert panel.header.subtitle == "h, 8,000 of 9,000 steps"


def test_the_numbers_can_be_taken_along(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, _):
        arrays = panel.data(session.view)
        np.testing.assert_array_equal(arrays["trajectory"], recorded(session, "h"))
        count = len(panel.space.fixed.points)
        assert np.isfinite(arrays["fixed points"][:count]).all()
        assert np.isnan(arrays["fixed points"][count:]).all()
        assert {len(array) for array in arrays.values()} == {30}


def test_while_nothing_is_known_yet_the_panel_says_so(show: Show) -> None:
    panel = show(StateSpacePanel, make_view())
    assert panel.notice.text() == "The principal components of the states are being computed."


def test_the_head_counts_fixed_points_by_kind_and_starts_that_came_to_none() -> None:
    trace = make_view().trace
    assert trace is not None

    def words(elsewhere: float, *kinds: str) -> str:
        facts: dict[str, Fact] = {"kinds": kinds, "starts": 97.0, "elsewhere": elsewhere}
        return told(AnalysisView(FixedPoints(), trace, 0, {}, facts))

    assert words(0.0, "saddle", "stable", "saddle") == "1 stable, 2 saddles"
    assert words(5.0, "stable") == "1 stable (5 of 97 starts came to none)"
    assert words(97.0) == "none found from 97 starts"


@pytest.mark.parametrize("size", [(900, 84), (300, 300), (160, 60), (1900, 1000)], ids=str)
@pytest.mark.parametrize("sight", ["2D", "3D"])
def test_every_size_is_painted(tmp_path: Path, size: tuple[int, int], sight: str, caplog: Any) -> None:
    options = {"statespace.sight": sight, "statespace.colour": "token"}
    with real_panel(StateSpacePanel, tmp_path, text_source(20), options, size, **STRONG) as (panel, session, _):
        session.apply(theme="dark", lecture=1.0)
        panel.grab()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("high", [0.479, 0.31, 1.07, 2.9, 0.0123, 7.7])
@pytest.mark.parametrize("most", [2, 3, 6])
def test_ticks_are_round_also_where_there_is_room_for_few(high: float, most: int) -> None:
    ticks = spaceaxes.few_ticks(-high, high, most)
    assert 2 <= len(ticks) <= most + 3
    assert all(len(tick.text) <= 6 for tick in ticks)
    assert all(abs(tick.value) < high for tick in ticks)
