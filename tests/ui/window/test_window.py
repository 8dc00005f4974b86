"""The window as a lecturer uses it: keys, buttons, slider, files, undo, layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QPlainTextEdit, QTextEdit

from rnnviz.ui.docks import PanelDock
from rnnviz.ui.layouts import layout
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.samples import samples
from rnnviz.ui.sessionfile import saved_session, write_session
from rnnviz.ui.settings import Settings
from rnnviz.ui.transport import SPEEDS
from tests.ui.small_engine import IMPOSSIBLE_SEED
from tests.ui.window.conftest import Desk

STEPS = 9
Key = Qt.Key


def press(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    target = QApplication.focusWidget() or desk.window
    QTest.keyClick(target, key, modifier)
    desk.settle()


@pytest.mark.parametrize(
    ("key", "position"),
    [
        (Key.Key_Right, 6),
        (Key.Key_PageDown, 6),
        (Key.Key_Left, 4),
        (Key.Key_PageUp, 4),
        (Key.Key_Home, 0),
        (Key.Key_End, STEPS),
    ],
)
def test_keys_move_the_cursor_from_the_first_press(desk: Desk, key: Qt.Key, position: int) -> None:
    press(desk, key)
    assert desk.view.position == position


def test_keys_are_silent_while_a_text_field_has_the_focus(desk: Desk) -> None:
    fields: list[QLineEdit | QPlainTextEdit | QTextEdit] = [
        *desk.window.findChildren(QLineEdit),
        *desk.window.findChildren(QPlainTextEdit),
        *desk.window.findChildren(QTextEdit),
    ]
    fields = [field for field in fields if field.isVisible() and field.isEnabled() and not field.isReadOnly()]
    assert fields
    for field in fields:
        field.setFocus()
        for key in (Key.Key_Left, Key.Key_Right, Key.Key_H, Key.Key_Home, Key.Key_End, Key.Key_PageDown):
            QTest.keyClick(field, key)
        assert (desk.view.position, desk.view.ahead_hidden, desk.view.playing) == (5, False, False)


def test_escape_gives_the_keys_back_to_the_plots(desk: Desk) -> None:
    field = next(f for f in desk.window.findChildren(QLineEdit) if f.isVisible() and f.isEnabled())
    field.setFocus()
    press(desk, Key.Key_Escape)
    press(desk, Key.Key_Right)
    assert desk.view.position == 6


def test_space_plays_and_the_cursor_runs_to_the_end(desk: Desk) -> None:
    desk.session.set_speed(60)
    press(desk, Key.Key_Space)
    assert desk.view.playing
    assert desk.window.actions_["play"].isChecked()
    desk.qtbot.waitUntil(lambda: desk.view.position == STEPS, timeout=5000)
    assert not desk.view.playing


def test_h_hides_what_lies_ahead(desk: Desk) -> None:
    press(desk, Key.Key_H)
    assert (desk.view.ahead_hidden, desk.view.known) == (True, 5)
    press(desk, Key.Key_H)
    assert not desk.view.ahead_hidden


def test_brackets_pick_the_next_unit_and_the_one_before_round_the_layer(desk: Desk) -> None:
    desk.session.pick_unit(2)
    seen = []
    for key in (Qt.Key.Key_BracketRight, *[Qt.Key.Key_BracketLeft] * 4, Qt.Key.Key_BracketRight):
        press(desk, key)
        seen.append(desk.view.units)
    document = desk.view.document
    assert document is not None
    assert seen == [(3,), (2,), (1,), (0,), (document.spec.units_of(0) - 1,), (0,)]


def test_plus_and_minus_change_the_speed(desk: Desk) -> None:
    press(desk, Key.Key_Plus)
    assert desk.view.speed == SPEEDS[3]
    press(desk, Key.Key_Minus)
    press(desk, Key.Key_Minus)
    assert desk.view.speed == SPEEDS[1]
    assert desk.window.transport.speed.currentText() == "1 / s"


def test_the_slider_scrubs_and_follows(desk: Desk) -> None:
    slider = desk.window.transport.slider
    assert (slider.maximum(), slider.value()) == (STEPS, 5)
    slider.setValue(2)
    assert desk.view.position == 2
    desk.session.go_to_end()
    assert slider.value() == STEPS


def test_the_transport_tells_the_step_in_large(desk: Desk) -> None:
    assert desk.window.transport.readout.text() == "t = 5 / 9"
    desk.session.change_spec(bidirectional=True)
    desk.settle()
    desk.session.go_to_position(STEPS + 3)
    assert desk.window.transport.phase.text() == "layer 1, backward, t = 7"


def test_the_status_line_tells_step_and_loss(desk: Desk) -> None:
    assert desk.view.trace is not None
    losses = desk.view.trace.values("loss", 5, -1)[:, 0]
    assert desk.window.status.where == "step 5 of 9"
    assert desk.window.status.loss == f"L = {np.nansum(losses):.4g} over 5 steps"


def test_every_panel_is_there_and_can_be_hidden_and_brought_back(desk: Desk) -> None:
    assert [dock.kind.load() for dock in desk.window.docks.all] == list(panel_classes())
    for dock in desk.window.docks.all:
        assert dock.isVisible() == dock.kind.at_first == dock.built
        for _ in range(2):
            before = dock.isVisible()
            dock.toggleViewAction().trigger()
            assert dock.isVisible() != before
        assert dock.built
        assert type(dock.panel) is dock.kind.load()


def test_the_inputs_are_out_of_sight_until_they_are_asked_for(desk: Desk) -> None:
    docks = desk.window.docks
    assert [dock.kind.name for dock in docks.all if not dock.isVisible() and dock.kind.order < 10] == ["inputs"]
    docks.choose(layout("Wide plots"))
    assert docks["inputs"].isVisible()
    docks.choose(layout("Lecture"))
    assert not docks["inputs"].isVisible()
    docks.choose(layout("Default"))
    docks["inputs"].toggleViewAction().trigger()
    state = docks.state()
    docks.choose(layout("Default"))
    assert docks.restore(state)
    assert docks["inputs"].isVisible()


def test_all_panels_over_time_have_one_width(desk: Desk) -> None:
    docks = [dock for dock in desk.window.docks.of("time") if dock.isVisible()]
    assert len({(dock.panel.mapTo(desk.window, QPoint(0, 0)).x(), dock.panel.width()) for dock in docks}) == 1


def test_layouts_come_back_as_they_were_and_nonsense_moves_nothing(desk: Desk) -> None:
    docks = desk.window.docks
    docks.choose(layout("Wide plots"))
    assert not any(dock.isVisible() for dock in docks.of("left") + docks.of("right"))
    state = docks.state()
    docks.choose(layout("Default"))
    assert all(dock.isVisible() == dock.kind.at_first for dock in docks.all)
    assert not docks.restore(b'{"window": "AAAA", "host": "AAAA"}')
    assert not docks.restore(b"garbage")
    assert all(dock.isVisible() == dock.kind.at_first for dock in docks.all)
    assert docks.restore(state)
    assert not any(dock.isVisible() for dock in docks.of("left"))


def test_lecture_mode_is_large_and_bare_and_goes_as_it_came(desk: Desk) -> None:
    press(desk, Key.Key_F11)
    window = desk.window
    assert desk.view.lecture
    assert not any(dock.isVisible() for dock in window.docks.of("left") + window.docks.of("right"))
    assert not window.menuBar().isVisible()
    press(desk, Key.Key_Right)
    assert desk.view.position == 6
    press(desk, Key.Key_Escape)
    after = desk.session.view
    assert not after.lecture
    assert window.menuBar().isVisible()
    assert all(dock.isVisible() == dock.kind.at_first for dock in window.docks.all)


def test_the_window_fits_a_small_projector_in_lecture_mode(desk: Desk) -> None:
    desk.window.set_lecture(True)
    desk.settle()
    smallest = desk.window.minimumSizeHint()
    assert smallest.height() <= 720
    assert smallest.width() <= 1280


def test_a_change_of_the_network_is_undone_with_the_keys(desk: Desk) -> None:
    desk.session.change_spec(hidden_size=3)
    desk.settle()
    assert desk.window.isWindowModified()
    assert desk.window.actions_["undo"].text() == "&Undo change of network"
    press(desk, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.view.document is not None
    assert desk.view.document.spec.hidden_size == 5
    assert not desk.window.isWindowModified()


def test_a_refusal_is_told_in_the_bar_and_can_be_closed(desk: Desk) -> None:
    desk.session.change_spec(seed=IMPOSSIBLE_SEED)
    desk.settle()
    assert desk.window.messages.text == "Seed is 13, but nothing can be built of it"
    press(desk, Key.Key_Escape)
    assert desk.window.messages.text == ""
    assert desk.view.published == STEPS


def test_dark_and_light_are_one_key_apart(desk: Desk) -> None:
    light = desk.window.palette().window().color().lightness()
    press(desk, Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert desk.view.theme == "dark"
    assert desk.window.palette().window().color().lightness() < 80 < light


def test_save_and_reopen_gives_the_same_numbers(desk: Desk, tmp_path: Path) -> None:
    assert desk.view.trace is not None
    numbers = desk.view.trace.values("h", STEPS).copy()
    desk.session.pick_unit(4)
    desk.window.files.save(tmp_path / "lecture")
    desk.settle()
    path = tmp_path / "lecture.rnnviz"
    assert path.is_file()
    assert desk.window.windowTitle() == "lecture[*] – rnnviz"
    desk.session.change_spec(seed=5)
    desk.session.go_to_start()
    desk.settle()
    desk.window.files.open(path)
    view = desk.settle()
    assert view.trace is not None
    np.testing.assert_array_equal(view.trace.values("h", STEPS), numbers)
    assert (view.position, view.units) == (5, (4,))
    assert not desk.window.files.modified
    assert Settings().recent() == (path,)


def drop(desk: Desk, *urls: QUrl) -> None:
    mime = QMimeData()
    mime.setUrls(list(urls))
    event = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.window.dropEvent(event)
    desk.settle()


def test_a_text_that_is_dropped_is_read_with_the_vocabulary_that_is_there(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("to be that is not", encoding="utf-8")
    drop(desk, QUrl.fromLocalFile(str(path)))
    assert desk.view.trace is not None
    assert desk.view.trace.labels == ("to", "be", "that", "is", "not")
    assert desk.view.document is not None
    assert desk.view.document.spec.input_size == 7


def test_a_table_that_is_dropped_becomes_the_sequence(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3,4\n5,6\n", encoding="utf-8")
    drop(desk, QUrl.fromLocalFile(str(path)))
    assert desk.view.document is not None
    assert desk.view.document.spec.input_size == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.pt", b"x", "rnnviz.from_torch"),
        ("notes.docx", b"x", "rnnviz opens sessions"),
        ("broken.rnnviz", b"x", "no rnnviz session"),
        ("ragged.csv", b"a,b\n1,2\n3\n", "line 3"),
        ("empty.csv", b"", "empty"),
        ("latin.txt", b"caf\xe9 au lait", "byte"),
        ("picture.png", b"\x89PNG nothing", "picture.png"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_with_the_reason(
    desk: Desk, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    before = desk.view.document
    path = tmp_path / name
    path.write_bytes(content)
    drop(desk, QUrl.fromLocalFile(str(path)))
    assert reason in desk.view.message
    assert desk.view.message_kind == "error"
    assert desk.view.document is before
    assert desk.view.published == STEPS


def test_only_one_file_of_this_computer_is_taken(desk: Desk) -> None:
    drop(desk, QUrl("https://example.org/a.rnnviz"))
    assert "not a file on this computer" in desk.view.message
    drop(desk, QUrl.fromLocalFile("/a"), QUrl.fromLocalFile("/b"))
    assert "one is opened at a time" in desk.view.message


def test_the_engine_is_started_anew_from_the_menu_and_all_is_there(desk: Desk) -> None:
    before = desk.view
    desk.window.actions_["restart_engine"].trigger()
    view = desk.settle()
    assert (view.document, view.position, view.published) == (before.document, 5, STEPS)
    press(desk, Key.Key_Right)
    assert desk.view.position == 6


def test_every_panel_offers_its_figure_and_its_numbers(desk: Desk) -> None:
    for dock in desk.window.docks.all:
        assert isinstance(dock, PanelDock)
        menu = desk.window.figures.menu(dock.panel)
        texts = [action.text().replace("&", "") for action in menu.actions()]
        for wanted in ("Copy as a figure", "Save as PNG", "Save as SVG…", "Save as PDF…", "Save the numbers as CSV…"):
            assert wanted in texts
        menu.deleteLater()


def test_everything_that_can_be_operated_has_a_name(desk: Desk) -> None:
    transport = desk.window.transport
    assert all(button.accessibleName() and button.toolTip() for button in transport._buttons)
    for widget in (transport.slider, transport.speed, transport.readout):
        assert widget.accessibleName()
    for action in desk.window.actions_:
        assert action.toolTip()


def test_the_window_is_left_and_found_the_same_way(desk: Desk) -> None:
    desk.window.docks["inspector"].hide()
    desk.session.set_theme("dark")
    desk.window.close()
    settings = Settings()
    assert settings.get("theme", "") == "dark"
    desk.window.docks.choose(layout("Default"))
    assert desk.window.docks.restore(settings.get("layout", "").encode())
    assert desk.window.docks["inspector"].isHidden()


def test_a_changed_session_is_closed_only_when_it_is_saved(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lecture.rnnviz"
    desk.window.files.save(path)
    desk.settle()
    before = path.read_bytes()
    desk.session.change_spec(seed=3)
    desk.settle()
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Save]
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answers.pop(0))
    desk.window.close()
    assert desk.window.isVisible()
    desk.window.close()
    assert desk.window.isVisible()  # until the engine has handed out the weights
    desk.settle()
    assert not desk.window.isVisible()
    assert path.read_bytes() != before


@pytest.fixture
def stored(desk: Desk, tmp_path: Path) -> Path:
    """A session file: 5 units, the cursor at position 5, the loss of one step, its panels in another layout."""
    path = tmp_path / "sample.rnnviz"
    desk.session.set_scope("at")
    write_session(saved_session(desk.view, None, b'{"layout": "Wide plots"}'), path)
    return path


def test_restoring_brings_a_sample_back_as_it_was_opened_and_can_be_undone(
    desk: Desk, stored: Path, tmp_path: Path
) -> None:
    desk.window.files.open_sample(stored)
    desk.settle()
    desk.window.files.save(tmp_path / "mine.rnnviz")
    desk.settle()
    desk.session.change_spec(hidden_size=3)
    desk.session.set_scope("whole")
    desk.window.docks.choose(layout("Weights"))
    desk.settle()
    press(desk, Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    assert desk.view.document is not None
    assert (desk.view.document.spec.hidden_size, desk.view.scope, desk.view.position) == (5, "at", 5)
    assert desk.window.files.path is None
    assert desk.window.files.sample == stored
    assert not desk.window.files.modified
    assert desk.window.docks.layout.name == "Wide plots"
    desk.session.undo_stack.undo()
    view = desk.settle()
    assert view.document is not None
    assert view.document.spec.hidden_size == 3
    desk.session.undo_stack.setClean()


def test_restoring_a_file_brings_it_back_with_its_name_and_where_the_panels_stood(desk: Desk, stored: Path) -> None:
    desk.window.files.open(stored)
    desk.settle()
    desk.session.change_spec(hidden_size=3)
    desk.settle()
    desk.window.files.restore()
    desk.settle()
    assert desk.window.files.path == stored
    assert desk.session.undo_stack.isClean()
    desk.session.change_spec(hidden_size=4)
    desk.settle()
    desk.window.files.save(stored)
    desk.settle()
    desk.window.files.restore()
    view = desk.settle()
    assert view.document is not None
    assert view.document.spec.hidden_size == 5
    assert desk.window.files.path == stored
    assert desk.window.files.modified  # the file has 4 units by now
    desk.session.undo_stack.setClean()


def test_restoring_undoes_every_zoom(desk: Desk, stored: Path) -> None:
    desk.window.files.open(stored)
    desk.settle()
    states: Any = desk.window.docks["states"].panel
    desk.window.axis.set_view(1.0, 3.0)
    states.curves.box.setYRange(0.1, 0.2, padding=0)
    states.curves.box.values_zoomed = True
    desk.window.files.restore()
    desk.settle()
    assert desk.window.axis.shows_all
    assert not states.curves.box.values_zoomed
    desk.session.undo_stack.setClean()


def test_a_sample_brings_its_layout_and_one_without_the_default(desk: Desk, stored: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.rnnviz"
    write_session(saved_session(desk.view, None), plain)
    desk.window.docks.choose(layout("Weights"))
    desk.window.files.open_sample(stored)
    desk.settle()
    assert desk.window.docks.layout.name == "Wide plots"
    desk.window.files.open_sample(plain)
    desk.settle()
    assert desk.window.docks.layout.name == "Default"
    desk.window.docks.choose(layout("Weights"))
    desk.window.files.open(plain)
    desk.settle()
    assert desk.window.docks.layout.name == "Weights"


def test_the_menus_mark_the_present_layout_and_sample(desk: Desk) -> None:
    menus, window = desk.window.menus, desk.window
    for name in ("Cell", "Weights"):
        next(action for action in menus._layouts.actions() if action.text() == name).trigger()
        menus._layouts.aboutToShow.emit()
        assert [action.text() for action in menus._layouts.actions() if action.isChecked()] == [name]
    menus._fill_samples()
    assert not [action for action in menus._samples.actions() if action.isChecked()]
    for number in (0, 2):
        window.files.sample = samples()[number].path
        menus._fill_samples()
        assert [action.text() for action in menus._samples.actions() if action.isChecked()] == [samples()[number].title]
    window.session.undo_stack.setClean()


def test_a_new_sequence_shows_all_where_the_zoom_does_not_fit(desk: Desk) -> None:
    axis = desk.window.axis
    axis.set_steps([str(k) for k in range(24)])
    axis.set_view(2.5, 6.5)
    axis.set_steps([f"x{k}" for k in range(30)])
    assert axis.view == (2.5, 6.5)
    axis.set_view(20.0, 24.0)
    axis.set_steps([f"y{k}" for k in range(22)])
    assert axis.shows_all


def test_a_note_stands_in_the_status_line_and_moves_nothing(desk: Desk) -> None:
    top = desk.window.docks["tokens"].mapTo(desk.window, QPoint(0, 0))
    desk.session.append("be")
    desk.settle()
    assert desk.window.status.note == "The sequence has grown"
    assert desk.window.messages.text == ""
    assert desk.window.docks["tokens"].mapTo(desk.window, QPoint(0, 0)) == top
    desk.session.show_message("")
    assert "Space plays" in desk.window.status.note
    desk.session.undo_stack.setClean()


def test_no_field_of_a_side_is_cut_off_when_lecture_mode_is_left_in_a_narrow_window(desk: Desk) -> None:
    desk.window.resize(1280, 720)
    desk.window.set_lecture(True)
    desk.settle()
    desk.window.set_lecture(False)
    desk.settle()
    for dock in desk.window.docks.of("left") + desk.window.docks.of("right"):
        assert dock.panel.width() >= dock.panel.minimumWidth() >= 270
