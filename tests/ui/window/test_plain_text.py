"""Text from outside is shown letter by letter: no widget takes it for markup, and no file is read for it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QMimeData, QPointF, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QImage
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QToolTip,
)
from pytestqt.qtbot import QtBot

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.sequence import SequenceSource, TableSource, TextSource
from rnnviz.engine.service import Engine
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui import reading
from rnnviz.ui.export import save_figure
from rnnviz.ui.faults import Faults
from rnnviz.ui.figures import slide_places, window_figure
from rnnviz.ui.help import HelpDialog
from rnnviz.ui.palette import Palette
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.view import Document
from tests.ui.bait import Bait, as_markup, fill_menus, hover, no_waiting
from tests.ui.window.conftest import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there the kernel tells who opens a file")


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[Bait]:
    bait = Bait(tmp_path)
    yield bait
    bait.close()


@pytest.fixture
def real_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(qtbot, tmp_path / "engine", Engine)  # type: ignore[arg-type]
    yield desk
    desk.close()


def cell(bait: Bait) -> str:
    """A cell whose title, description and labels are baits."""
    return (
        f"# TITLE: {bait.text}\n# DESCRIPTION: {bait.text}\n"
        f"z[t] = sigmoid(W @ x[t] + U @ h[t-1] + b)  # {bait.text}\n"
        f"h[t] = (1 - z[t]) * h[t-1] + z[t] * tanh(V @ x[t] + c)  # {bait.text}\n"
    )


def sources(bait: Bait) -> dict[str, SequenceSource]:
    lure = bait.text
    rows = "\n".join(f'{n},{n * n % 5},"{lure}{n}",{n % 3}' for n in range(8))
    return {
        "text": TextSource("a b a c a b", "word", (lure, "a", "b", "c", f"{lure}&d\tCtrl+S"), targets="next"),
        "label": TextSource("a b a c", "word", ("a", "b", "c"), "label", lure, (lure, f"{lure}2")),
        "table": TableSource(
            lure, f'"{lure}1","{lure}2",say,"{lure}3"\n{rows}\n', None, f"{lure}3", label_column="say"
        ),
    }


def document(bait: Bait, kind: str) -> Document:
    source = sources(bait)[kind]
    x = source.encode().x
    fields: dict[str, Any] = {
        "text": {"readout": "softmax", "output_size": 5},
        "label": {"readout": "softmax", "output_size": 2, "topology": "many-to-one"},
        "table": {"readout": "linear", "output_size": 1},
    }[kind]
    spec = NetworkSpec(cell=cell(bait), input_size=x.shape[1], hidden_size=3, num_layers=2, **fields)
    return Document(bait.text, spec, source, description=bait.text, interventions=(Clamp("z", 0.5),))


SLOW = "laboratory"
"""The panel that asks for thousands of numbers; it is shown when all else has been looked at."""


def show_everything(desk: Desk) -> None:
    """Show every panel, one after the other where they stand behind one another."""
    docks = [dock for dock in desk.window.docks.all if dock.kind.name != SLOW]
    for dock in docks:
        dock.show()
    desk.settle()
    for dock in docks:
        if dock.visibleRegion().isEmpty():
            dock.raise_()
            desk.settle()


def test_a_label_of_qt_takes_the_bait(qtbot: QtBot, bait: Bait) -> None:
    """What the tests below look for can be seen."""
    label = QLabel(bait.text)
    qtbot.addWidget(label)
    label.show()
    QApplication.processEvents()
    assert bait.taken()
    assert as_markup()
    label.setText("")
    label.setToolTip(bait.text)
    QToolTip.showText(label.pos(), label.toolTip(), label)
    assert QToolTip.isVisible()
    assert bait.taken()


def test_nothing_of_a_document_is_taken_for_markup(real_desk: Desk, bait: Bait) -> None:
    desk = real_desk
    show_everything(desk)
    for kind in ("label", "table", "text"):
        opened = document(bait, kind)
        desk.session.open_document(opened, position=3)
        desk.settle()
        assert desk.view.document == opened, desk.view.message
        desk.session.rivals.clear()
        desk.session.rivals.add_document(opened)
        desk.session.show_message(bait.text)
        desk.session.show_message(bait.text, "error")
        desk.settle()
        if kind == "text":
            desk.window.docks[SLOW].show()
            desk.window.docks[SLOW].raise_()
            QApplication.processEvents()
        fill_menus()
        menus = [desk.window.figures.menu(dock.panel, dock.panel.rect().center()) for dock in desk.window.docks.all]
        said = hover()
        assert as_markup() == []
        assert misread_entries() == []
        for menu in menus:
            menu.deleteLater()
        assert not bait.taken()
        assert any("bait.png" in text for text in said), "hints with the bait in them must have been seen"


def misread_entries() -> list[str]:
    """Return the entries of menus in which a letter of a bait is a mnemonic, or the rest of it a shortcut."""
    own = [action.text() for action in in_menus() if "img src" in action.text()]
    assert own
    return [text for text in own if "\t" in text or re.search("(?<!&)(?:&&)*&(?!&)", text)]


def in_menus() -> set[QAction]:
    menus = [widget for widget in QApplication.allWidgets() if isinstance(widget, QMenu)]
    return {action for menu in menus for action in menu.actions()}


@pytest.fixture
def baited(desk: Desk, bait: Bait) -> Path:
    """A session whose file has a bait for a name; it is open."""
    path = bait.path.with_name(f"{bait.name}.rnnviz")
    desk.window.files.save(path)
    desk.settle()
    assert desk.window.files.path == path
    return path


def test_nothing_of_the_name_of_a_file_is_taken_for_markup(desk: Desk, bait: Bait, baited: Path) -> None:
    desk.window.heed_settings()
    desk.window.settings.path.unlink()
    desk.window.settings.path.mkdir()
    desk.window.files.open(baited.with_name(f"{bait.name}.csv"))
    desk.session.change_spec(seed=3)
    desk.settle()
    fill_menus()
    palette = Palette(desk.window.menus.commands(), desk.window)
    palette.open()
    desk.settle()
    hover()
    assert any(bait.name.replace("&", "&&") in action.text() for action in in_menus())
    assert any("img src" in palette.list.item(row).text() for row in range(palette.list.count()))
    assert as_markup() == []
    assert not bait.taken()
    desk.session.undo_stack.setClean()


def test_the_question_about_a_file_is_plain(
    desk: Desk, bait: Bait, baited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    found: list[str] = []

    def look(box: QMessageBox) -> QMessageBox.StandardButton:
        box.show()
        QApplication.processEvents()
        asked.append(box.text())
        found.extend(as_markup())
        box.hide()
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "exec", look)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(baited.with_suffix("")), ""))
    before = baited.read_bytes()
    desk.session.change_spec(seed=3)
    desk.settle()
    desk.window.chores.save_as()
    desk.settle()
    assert asked == [f"{baited.name} is there already. Replace it?"]
    assert baited.read_bytes() == before
    baited.write_bytes(b"changed")
    desk.window.chores.save()
    assert asked[1:] == [f"{baited.name} was changed by something else since it was opened."]
    assert found == []
    assert not bait.taken()
    desk.session.undo_stack.setClean()


def test_a_file_is_written_over_only_when_that_is_wanted(
    desk: Desk, baited: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Yes)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(baited.with_suffix("")), ""))
    desk.session.change_spec(seed=3)
    desk.settle()
    desk.window.chores.save_as()
    desk.settle()
    assert read_session(baited).document.spec.seed == 3
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    desk.window.chores.save_as()
    desk.settle()
    assert desk.window.files.path == baited


def test_the_proposed_place_of_a_session_is_where_the_last_one_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proposed: list[str] = []

    def propose(_parent: object, _caption: str, start: str, *_: object, **__: object) -> tuple[str, str]:
        proposed.append(start)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", propose)
    desk.window.settings.set("folder", str(tmp_path))
    opened = desk.view.document
    assert opened is not None
    for name in ("/etc/passwd", "../../.config/autostart/x"):
        desk.session.open_document(replace(opened, name=name))
        desk.settle()
        desk.window.chores.save_as()
    assert [Path(start).parent for start in proposed] == [tmp_path, tmp_path]


def test_the_title_of_the_window_says_the_whole_name(desk: Desk) -> None:
    opened = desk.view.document
    assert opened is not None
    desk.session.open_document(replace(opened, name="<b>a[*]\n\u202eb"))
    desk.settle()
    assert desk.window.windowTitle() == "<b>a[*][*]\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b[*] – rnnviz"


def test_the_report_of_a_fault_and_the_help_are_no_markup_of_others(
    desk: Desk, bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QApplication, "activeWindow", lambda: desk.window)
    reports = Faults(lambda: bait.text)
    reports._show(f"ValueError: {bait.text}")
    desk.window.chores._keyboard()
    desk.window.chores._about()
    desk.settle()
    assert len(desk.window.findChildren(HelpDialog)) == 3
    assert as_markup() == []
    assert not bait.taken()
    reports.deleteLater()


def test_a_pipe_in_the_place_of_the_file_of_crashes_is_not_waited_for(desk: Desk) -> None:
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation))
    folder.mkdir(parents=True, exist_ok=True)
    crashes = folder / "crashes.txt"
    crashes.unlink(missing_ok=True)
    os.mkfifo(crashes)
    reports = Faults(str)
    try:
        with no_waiting(20):
            reports.install()
            reports.uninstall()
    finally:
        crashes.unlink()
        reports.deleteLater()


def test_figures_name_what_they_show_letter_by_letter(real_desk: Desk, bait: Bait, tmp_path: Path) -> None:
    real_desk.session.open_document(document(bait, "text"), position=3)
    view = real_desk.settle()
    panels = [panel for panel in panel_classes() if panel.name in ("architecture", "inspector", "outputs", "tokens")]
    with window_figure(slide_places(panels, view), view) as figure:
        save_figure(figure, tmp_path / "window.svg")
        save_figure(figure, tmp_path / "window.pdf")
        assert as_markup() == []
    assert not bait.taken()
    elements = list(ElementTree.parse(tmp_path / "window.svg").getroot().iter())
    assert not {element.tag.partition("}")[2] for element in elements} & {"script", "foreignObject", "a", "iframe"}
    links = [value for element in elements for key, value in element.items() if key.endswith("href")]
    assert all(link.startswith(("#", "data:image/png")) for link in links)
    assert bait.text in "".join(element.text or "" for element in elements)


def test_equations_that_are_copied_hold_no_text_of_others(real_desk: Desk, bait: Bait) -> None:
    """What stands in them is run by TeX, which reads and writes files where it is told to."""
    opened = document(bait, "text")
    label = r"\input{/etc/passwd} \write18{id} % { } $"
    text = cell(bait).replace(f"# {bait.text}", f"# {label}")
    real_desk.session.open_document(replace(opened, spec=opened.spec.replace(cell=text)), position=3)
    view = real_desk.settle()
    panel: Any = real_desk.window.docks["formulas"].panel
    shown = reading.cell_of(view)
    for numbers in (False, True):
        tex = panel.tex(view, shown, numbers=numbers)
        assert "\\sigma" in tex
        assert not re.search(r"input|write18|passwd|%|img", tex)


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:9/a.rnnviz",
        "ftp://localhost/a.csv",
        "data:text/csv,a",
        "javascript:1",
        "qrc:/a.csv",
        "",
        "a.csv",
    ],
)
def test_an_address_that_is_dropped_is_neither_followed_nor_opened(
    desk: Desk, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnviz.ui.files.Files.open", lambda *_: pytest.fail("it was opened"))
    before = desk.view.document
    dropped(desk, QUrl(address))
    assert desk.view.message_kind == "error"
    assert "is not a file on this computer" in desk.view.message
    assert desk.view.document is before


def test_a_long_address_is_told_in_short(desk: Desk) -> None:
    dropped(desk, QUrl(f"data:text/plain,{'x' * 1_000_000}"))
    assert len(desk.view.message) < 300


def test_a_message_without_end_is_cut(desk: Desk) -> None:
    desk.session.show_message("x y" * 1_000_000, "error")
    desk.settle()
    assert len(desk.view.message) == 2000
    desk.session.show_message("x" * 2000)
    assert desk.view.message == "x" * 2000


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_dropped_and_no_file_is_refused_at_once(desk: Desk, tmp_path: Path, kind: str) -> None:
    for suffix in (".rnnviz", ".csv", ".txt", ".png", ".cell"):
        path = tmp_path / f"{kind}{suffix}"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to("/dev/zero")
        with no_waiting():
            dropped(desk, QUrl.fromLocalFile(str(path)))
        assert desk.view.message_kind == "error"
        assert path.name in desk.view.message


def dropped(desk: Desk, url: QUrl) -> None:
    """Drop an address onto the window."""
    mime = QMimeData()
    mime.setUrls([url])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    desk.window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys))
    desk.settle()


def test_fields_take_text_alone_from_the_clipboard(desk: Desk, bait: Bait) -> None:
    """Neither markup with pictures, nor pictures, nor addresses that would be followed."""
    mime = QMimeData()
    mime.setHtml(bait.text)
    mime.setUrls([QUrl.fromLocalFile(str(bait.path))])
    mime.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
    found = desk.window.findChildren(QPlainTextEdit), desk.window.findChildren(QLineEdit)
    fields: list[QPlainTextEdit | QLineEdit] = [*found[0], *found[1]]
    assert len(fields) > 3
    QApplication.clipboard().setMimeData(mime)
    for field in fields:
        field.paste()
    desk.settle()
    QApplication.clipboard().clear()
    assert as_markup() == []
    assert not bait.taken()
