"""Figures of panels and window, from the menus and from the command line."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.exportdialog import ExportDialog
from rnnviz.ui.exporting import file_stem, write_figures
from rnnviz.ui.figures import panel_figure, slide_places, window_figure
from rnnviz.ui.frozen import FrozenSession
from rnnviz.ui.headless import export
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.sessionfile import SavedSession, saved_session, write_session
from tests.ui.small_engine import IMPOSSIBLE_SEED, SmallEngine
from tests.ui.window.conftest import Desk


def share_of_white(image: QImage) -> float:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return float((pixels[:, : grey.width()] == 255).mean())


@pytest.mark.parametrize("panel", [p for p in panel_classes() if p.area != "left"], ids=lambda p: str(p.name))
def test_the_figure_of_a_panel_is_on_white_in_dark_windows_too(desk: Desk, tmp_path: Path, panel: type[Panel]) -> None:
    desk.session.set_theme("dark")
    with panel_figure(panel, desk.view) as figure:
        desk.window.figures.write(panel_figure(panel, desk.view), tmp_path / "figure.png")
        assert figure.size.width() in (1280, 480)
    image = QImage(str(tmp_path / "figure.png"))
    assert 0.15 < share_of_white(image) < 0.999


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
