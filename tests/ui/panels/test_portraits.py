"""Portraits of small layers: the plane of one state while the other is held, and the map of a single unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.messages import Analyse
from rnnviz.engine.requests import FixedPoints, Phase, Request
from rnnviz.ui.panels.statespace import StateSpacePanel
from rnnviz.ui.plots.xy.state_space.items import Portrait, ReturnMap
from tests.ui.panels.pictures import wave_source
from tests.ui.panels.runs import real_panel

TWO: dict[str, Any] = {"cell": "lstm", "hidden_size": 2, "spectral_radius": 1.6, "dtype": "float64"}
ONE: dict[str, Any] = {"cell": "rnn", "hidden_size": 1, "spectral_radius": 1.6, "dtype": "float64"}


@pytest.fixture(autouse=True)
def _application(qtbot: Any) -> None:
    """Have an application."""


def recorded(session: Any, signal: str) -> NDArray[np.float64]:
    return np.asarray(session.view.trace.record.signal(signal, 0, "forward"), np.float64)


def asked(session: Any, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """A list to which every request to the engine is added from now on."""
    found: list[Request] = []
    send = session.send

    def spy(command: Any) -> None:
        if isinstance(command, Analyse):
            found.append(command.request)
        send(command)

    monkeypatch.setattr(session, "send", spy)
    return found


def test_of_two_states_one_is_shown_while_the_other_stays_as_it_is_at_the_cursor(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, link):
        for step in (6, 11):
            session.go_to(step)
            link.run_until_idle()
            assert Phase("h", at=step) in panel.wants(session.view)
            answer = session.view.analyses[Phase("h", at=step)]
            np.testing.assert_array_equal(answer.arrays["held"], recorded(session, "c")[step][None])
            assert isinstance(panel.space.portrait, Portrait)
            np.testing.assert_array_equal(panel.space.portrait.field, answer.arrays["field"])
            assert panel.header.subtitle.startswith(f"h, fixed: x = 0, c of t = {step + 1}, ")
        assert panel.space.portrait.names == ("Δh of unit 1 = 0", "Δh of unit 2 = 0")


def test_the_other_state_can_be_chosen_and_no_portrait_of_the_first_stays_behind_it(tmp_path: Path) -> None:
    options = {"statespace.fixed": "step"}
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), options, **TWO) as (panel, session, link):
        session.go_to(9)
        link.run_until_idle()
        session.set_option("statespace.state", "c")
        drawn = [panel.space.portrait]
        assert drawn == [None]
        link.run_until_idle()
        assert panel.space.portrait.names[0] == "Δc of unit 1 = 0"
        assert panel.header.subtitle.startswith("c, fixed: x of t = 10, h of t = 10, ")


def test_fixed_points_off_the_plane_are_told_from_those_within(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, _):
        answer = session.view.analyses[FixedPoints()]
        held = recorded(session, "c")[session.view.step]
        near = np.abs(answer.arrays["points"][:, :2] - held).max(1) < 0.01
        assert answer.facts["states"] == ("c", "h")
        assert panel.space.fixed.inside == tuple(near.tolist())


def test_fixed_points_are_sought_once_however_far_the_run_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, link):
        session.restart_run()
        link.run_until_idle()
        requests = asked(session, monkeypatch)
        for _ in range(5):
            session.step(1)
            link.run_until_idle()
        assert session.view.published == 5
        assert requests.count(FixedPoints()) == 1
        portraits = {request for request in requests if isinstance(request, Phase)}
        assert portraits >= {Phase("h", at=k) for k in range(5)}
        assert "fixed at x = 0: " in panel.header.subtitle


def test_other_weights_are_searched_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **TWO) as (panel, session, link):
        requests = asked(session, monkeypatch)
        first = panel.space.fixed.points
        session.reseed(5)
        link.run_until_idle()
        assert FixedPoints() in requests
        assert not np.array_equal(panel.space.fixed.points, first)


def test_a_single_unit_is_shown_over_the_step_before_with_its_map(tmp_path: Path) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(30), **ONE) as (panel, session, _):
        states = recorded(session, "h")[:, 0]
        assert panel.space.axes == ("h at t − 1", "h at t")
        np.testing.assert_array_equal(panel.space.way.points[:, 1], states)
        np.testing.assert_array_equal(panel.space.way.points[:, 0], np.concatenate([[0.0], states[:-1]]))
        session.go_to(12)
        np.testing.assert_array_equal(panel.space.cursor_place[:2], states[11:13])
        assert isinstance(panel.space.portrait, ReturnMap)
        for point in panel.space.fixed.points:
            assert point[0] == point[1]
            np.testing.assert_allclose(
                np.interp(point[0], panel.space.portrait.x, panel.space.portrait.y), point[1], atol=1e-5
            )


def test_a_cobweb_goes_between_map_and_diagonal_and_comes_to_rest_where_they_meet() -> None:
    x = np.linspace(-1, 1, 201)
    corners = ReturnMap(x, 0.5 * x + 0.25, ("", "")).cobweb(-0.9)
    np.testing.assert_allclose(corners[:5], [(-0.9, -0.9), (-0.9, -0.2), (-0.2, -0.2), (-0.2, 0.15), (0.15, 0.15)])
    np.testing.assert_allclose(corners[-1], [0.5, 0.5], atol=1e-3)
    assert len(ReturnMap(x, 3 * x, ("", "")).cobweb(0.2)) == 5  # it has left what is shown


@pytest.mark.parametrize("size", [(900, 84), (300, 300), (1900, 1000)], ids=str)
@pytest.mark.parametrize("network", [TWO, ONE], ids=["lstm", "rnn"])
def test_every_size_is_painted(tmp_path: Path, size: tuple[int, int], network: dict[str, Any], caplog: Any) -> None:
    with real_panel(StateSpacePanel, tmp_path, wave_source(20), size=size, **network) as (panel, session, _):
        session.apply(theme="dark", lecture=1.0)
        panel.grab()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
