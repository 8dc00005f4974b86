"""Figures of panels and window, from the menus and from the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.export import ExportError
from rnnviz.ui.exportdialog import ExportDialog
from rnnviz.ui.exporting import file_stem, write_figures
from rnnviz.ui.figures import panel_figure, slide_places, window_figure
from rnnviz.ui.frozen import FrozenSession
from rnnviz.ui.headless import export
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.sessionfile import SavedSession, saved_session, write_session
from tests.ui.small_engine import IMPOSSIBLE_SEED, SmallEngine
from tests.ui.window.conftest import Desk


def share_of_white(image: QImage) -> float:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return float((pixels[:, : grey.width()] == 255).mean())


def test_the_figure_of_every_panel_is_on_white_in_dark_windows_too(desk: Desk, tmp_path: Path) -> None:
    desk.session.set_theme("dark")
    for panel in [panel for panel in panel_classes() if panel.area != "left"]:
        path = tmp_path / f"{panel.name}.png"
        desk.window.figures.write(panel_figure(panel, desk.view), path)
        image = QImage(str(path))
        assert image.width() / image.devicePixelRatio() in (1280, 480, 2560, 960), panel.name
        assert 0.15 < share_of_white(image) < 0.999, panel.name


def test_a_figure_has_no_buttons_and_leaves_nothing_behind(desk: Desk) -> None:
    before = len(QGuiApplication.topLevelWindows())
    places = slide_places(panel_classes(), desk.view)
    with window_figure(places, desk.view) as figure:
        buttons = figure._widget.findChildren(QAbstractButton)
        shown = [button for button in buttons if button.isVisible()]
        assert shown == []
    assert len(QGuiApplication.topLevelWindows()) <= before + 1


def test_the_window_as_svg_holds_its_words_as_text(desk: Desk, tmp_path: Path) -> None:
    desk.window.figures.write(window_figure(desk.window.places(), desk.view, desk.window.axis.view), tmp_path / "w.svg")
    text = " ".join(element.text or "" for element in ElementTree.parse(tmp_path / "w.svg").iter())
    for word in ("Hamlet", "not", "that", "t = 5"):
        assert word in text


def test_numbers_are_written_as_they_were_recorded(desk: Desk, tmp_path: Path) -> None:
    states = next(panel for panel in panel_classes() if panel.name == "states")
    list(write_figures(desk.view, [states], [], ("npz", "csv"), tmp_path))
    assert desk.view.trace is not None
    recorded = desk.view.trace.values("h", desk.view.published)
    with np.load(tmp_path / "hamlet-states.npz") as arrays:
        assert any(array.shape == recorded.shape and (array == recorded).all() for array in arrays.values())
    rows = list(csv.reader(io.StringIO((tmp_path / "hamlet-states.csv").read_text(encoding="utf-8"))))
    assert repr(float(recorded[2, 1])) in rows[3]


def test_what_can_be_written_is_and_the_rest_is_named(desk: Desk, tmp_path: Path) -> None:
    chosen = [panel for panel in panel_classes() if panel.name in ("inspector", "states", "gradients")]
    left_out: list[ExportError] = []
    written = list(write_figures(desk.view, chosen, [], ("png", "csv"), tmp_path, left_out=left_out))
    assert {path.name for path in written} == {
        *("hamlet-states.png", "hamlet-states.csv", "hamlet-inspector.png"),
        *("hamlet-gradients.png", "hamlet-gradients.csv"),
    }
    assert all(path.stat().st_size for path in written)
    (error,) = left_out
    assert "hamlet-inspector.csv" in str(error)
    assert "shows no numbers" in str(error)


def test_the_dialog_writes_what_can_be_written_and_names_the_rest(desk: Desk, tmp_path: Path) -> None:
    shown = [place.panel for place in desk.window.places()]
    folder = tmp_path / "figures"
    dialog = ExportDialog(shown, folder, desk.window)
    for name, box in dialog.formats.items():
        box.setChecked(name in ("svg", "csv"))
    desk.window.figures._export_chosen(dialog, shown)
    names = {path.name for path in folder.iterdir()}
    assert {"hamlet-states.svg", "hamlet-states.csv", "hamlet-window.svg", "hamlet-gradients.csv"} <= names
    assert "hamlet-inspector.csv" not in names
    assert desk.view.message.startswith(f"{len(names)} files written to {folder}; ")
    assert "hamlet-inspector.csv" in desk.view.message
    assert desk.view.message_kind == "error"
    dialog.deleteLater()


@pytest.fixture
def link(tmp_path: Path) -> Iterator[LocalLink]:
    made = LocalLink(SmallEngine, tmp_path / "other engine")
    yield made
    made.deleteLater()


def test_the_command_line_tells_what_it_left_out_and_ends_well(saved: Path, link: LocalLink, tmp_path: Path) -> None:
    told: list[str] = []
    written = export(saved, tmp_path / "out", ("png", "csv"), ("states", "inspector"), link, told.append)
    assert sorted(path.name for path in written) == ["hamlet-inspector.png", "hamlet-states.csv", "hamlet-states.png"]
    assert len(told) == 1
    assert "hamlet-inspector.csv" in told[0]


def test_an_export_of_nothing_but_what_has_no_numbers_is_refused(saved: Path, link: LocalLink, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="shows no numbers"):
        export(saved, tmp_path / "none", ("csv",), ("inspector",), link)


def test_a_session_whose_run_was_started_over_is_exported(
    desk: Desk, link: LocalLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.session.restart_run()
    desk.settle()
    assert desk.view.published == 0
    monkeypatch.setattr("rnnviz.ui.headless.PATIENCE", 3000)
    path = tmp_path / "begun.rnnviz"
    write_session(saved_session(desk.view, None), path)
    drawn = ("states", "weights", "statespace", "laboratory")
    assert len(export(path, tmp_path / "out", ("png",), drawn, link)) == 4


def test_an_engine_that_says_nothing_is_given_up_and_what_was_waited_for_is_named(
    saved: Path, link: LocalLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnviz.ui.headless.PATIENCE", 60)
    monkeypatch.setattr(link, "send", lambda _command: None)
    with pytest.raises(RnnvizError, match="while the network was waited for"):
        export(saved, tmp_path / "out", ("png",), ("states",), link)


def test_a_refusal_to_write_is_told_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    states = next(panel for panel in panel_classes() if panel.name == "states")
    desk.window.figures.write(panel_figure(states, desk.view), tmp_path / "no" / "such" / "folder.png")
    assert desk.view.message_kind == "error"
    assert "folder" in desk.view.message
    assert list(tmp_path.glob("no*")) == []


def test_a_figure_is_put_on_the_clipboard(desk: Desk) -> None:
    gates = next(panel for panel in panel_classes() if panel.name == "tokens")
    desk.window.figures.copy(gates)
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.hasImage()
    assert mime.hasFormat("image/svg+xml")
    QGuiApplication.clipboard().clear()


def test_the_dialog_offers_what_is_shown_and_needs_a_format(desk: Desk, tmp_path: Path) -> None:
    parent = QWidget()
    desk.qtbot.addWidget(parent)
    dialog = ExportDialog(panel_classes(), tmp_path, parent)
    assert dialog.chosen[0] == "window"
    assert "architecture" not in dialog.chosen
    assert dialog.chosen_formats == ("png", "svg")
    for box in dialog.formats.values():
        box.setChecked(False)
    assert not dialog.write.isEnabled()


def test_a_session_that_stands_still_takes_no_request(desk: Desk) -> None:
    frozen = FrozenSession(desk.view)
    frozen.step(1)
    frozen.pick_unit(2)
    frozen.set_theme("dark")
    assert frozen.view is desk.view
    frozen.deleteLater()


def test_names_of_files_are_fit_for_any_system(desk: Desk) -> None:
    assert desk.view.document is not None
    desk.session.apply(document=replace(desk.view.document, name="a/b: c?"))
    assert file_stem(desk.view, "gates") == "a-b-c-gates"


@pytest.fixture
def saved(desk: Desk, tmp_path: Path) -> Path:
    path = tmp_path / "hamlet.rnnviz"
    write_session(saved_session(desk.view, None), path)
    return path


def test_a_session_is_exported_without_a_window(saved: Path, tmp_path: Path) -> None:
    link = LocalLink(SmallEngine, tmp_path / "other engine")
    written = export(saved, tmp_path / "out", ("png", "svg", "pdf"), ("states", "window"), link)
    names = sorted(path.name for path in written)
    assert names == sorted(f"hamlet-{f}.{s}" for f in ("states", "window") for s in ("png", "svg", "pdf"))
    assert all(path.stat().st_size > 2000 for path in written)
    link.deleteLater()


@pytest.mark.parametrize(
    ("formats", "figures", "reason"),
    [(("bmp",), None, "no format 'bmp'"), (("png",), ("dreams",), "no figure 'dreams'")],
)
def test_an_export_of_what_does_not_exist_is_refused(
    saved: Path, tmp_path: Path, formats: tuple[str, ...], figures: tuple[str, ...] | None, reason: str
) -> None:
    with pytest.raises(RnnvizError, match=reason):
        export(saved, tmp_path / "out", formats, figures)


def test_an_export_that_the_engine_refuses_says_why(desk: Desk, saved: Path, tmp_path: Path) -> None:
    manifest = saved_session(desk.view, None).manifest
    broken = msgspec.structs.replace(manifest, spec=manifest.spec.replace(seed=IMPOSSIBLE_SEED))
    write_session(SavedSession(broken, None), saved)
    link = LocalLink(SmallEngine, tmp_path / "other engine")
    with pytest.raises(RnnvizError, match="cannot be exported: seed is 13"):
        export(saved, tmp_path / "out", ("png",), None, link)
    link.deleteLater()


@pytest.mark.parametrize("name", ["architecture", "sequence"])
def test_the_controls_of_all_figures_have_one_palette(desk: Desk, name: str) -> None:
    panel = next(panel for panel in panel_classes() if panel.name == name)
    keys: set[int] = set()
    for _ in range(2):
        with panel_figure(panel, desk.view) as figure:
            windows = [widget for widget in QApplication.topLevelWidgets() if widget is not desk.window]
            stage = next(widget for widget in windows if widget.findChild(panel, name))
            boxes = [box for box in stage.findChildren(QComboBox) if box.isVisible() and box.window() is stage]
            assert figure.name == name
            assert boxes
            keys.update(box.palette().cacheKey() for box in boxes)
    assert len(keys) == 1  # Qt's style keeps a picture of each control for every palette
