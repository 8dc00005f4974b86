"""Text from outside goes to Qt through one door, which takes it letter by letter; the sources know no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtGui import Qt as TextQt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

import rnnviz.ui
from rnnviz.ui.askplace import file_name
from rnnviz.ui.plaintext import MarkupLabel, PlainBox, PlainLabel, add_entry, add_menu, menu_text, plain_tip, title_text

PACKAGE = Path(rnnviz.ui.__file__).parent.parent
WITH_MARKUP = {"help.py", "inferredcell.py", "architecture.py"}
"""Where labels have markup of the program's own, in which all else is escaped."""

NO_DOORS = {
    "QDesktopServices": "opens what it is given with any program",
    "openUrl": "opens what it is given with any program",
    "setOpenExternalLinks": "opens what it is given with any program",
    "QProcess": "runs programs",
    "QUiLoader": "makes objects of any kind",
    "QPluginLoader": "loads programs",
    "QLibrary": "loads programs",
    "webbrowser": "opens what it is given with any program",
    "pickle": "runs what it reads",
    "shelve": "runs what it reads",
    "marshal": "reads programs",
    "QTextBrowser": "shows markup",
    "QErrorMessage": "shows markup",
    "QSplashScreen": "shows markup",
    "QWhatsThis": "shows markup",
    "QStaticText": "guesses whether a text is markup",
    "QGraphicsTextItem": "shows markup",
    "TextItem": "shows markup",
    "LegendItem": "shows markup",
    "setWhatsThis": "guesses whether a text is markup",
    "setHtml": "shows markup",
    "insertHtml": "shows markup",
    "appendHtml": "shows markup",
    "setMarkdown": "shows markup",
    "fromHtml": "shows markup",
}


@cache
def texts() -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def sources(words: str) -> Iterator[tuple[str, ast.Module]]:
    """Parse the files that have one of some words."""
    yield from ((path.name, ast.parse(text)) for path, text in texts().items() if re.search(words, text))


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            yield from ((part, node.lineno) for part in module.split("."))
            yield from ((alias.name, node.lineno) for alias in node.names)


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def is_safe(text: ast.expr) -> bool:
    """Whether a text for a tooltip is written in the program, without markup, or has gone through the door."""
    if isinstance(text, ast.IfExp):
        return is_safe(text.body) and is_safe(text.orelse)
    if isinstance(text, ast.Constant):
        return isinstance(text.value, str) and not TextQt.mightBeRichText(text.value)
    return called(text) in ("plain_tip", "toolTip")


def faults(tree: ast.Module, file: str) -> Iterator[str]:
    for node in ast.walk(tree):
        where, name = f"{file}, line {getattr(node, 'lineno', 0)}", called(node)
        if isinstance(node, ast.ClassDef):
            kinds = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if kinds & {"QLabel", "QMessageBox"}:
                yield f"{where}: {node.name} guesses whether a text is markup"
        if not isinstance(node, ast.Call):
            continue
        if name in ("QLabel", "QMessageBox", "QTextEdit", "QTextDocument", "setTextFormat"):
            yield f"{where}: {name}"
        if name in ("question", "warning", "information", "critical", "about"):
            texts = [each for each in node.args[1:3] if not isinstance(each, ast.Constant)]
            yield from (f"{where}: {name} guesses whether a text is markup" for _ in texts)
        if name == "setInformativeText" and not is_safe(node.args[0]):
            yield f"{where}: {name}"
        if name == "setToolTip" and not is_safe(node.args[-1]):
            yield f"{where}: a tooltip that is not plain"
        if name == "showText" and not is_safe(node.args[1]):
            yield f"{where}: a tooltip that is not plain"
        if name in ("setItemData", "setData", "setHeaderData") and "ToolTipRole" in ast.unparse(node):
            role = next(k for k, each in enumerate(node.args) if "ToolTipRole" in ast.unparse(each))
            text = node.args[role - 1] if name == "setItemData" else node.args[role + 1]
            if not is_safe(text):
                yield f"{where}: a tooltip that is not plain"
        if name == "MarkupLabel" and file not in WITH_MARKUP:
            yield f"{where}: markup"
        if name == "LabelItem" and not is_safe(node.args[0]):
            yield f"{where}: {name} takes its text for markup"
        if name == "getSaveFileName" and file != "askplace.py":
            yield f"{where}: the question whether to write over a file takes its name for markup"


GUESSING = "QLabel|QMessageBox|QText|TextFormat|ToolTip|showText|MarkupLabel|LabelItem|InformativeText|SaveFileName"


def test_all_text_goes_through_the_door() -> None:
    looked_at = [entry for entry in sources(GUESSING) if entry[0] != "plaintext.py"]
    assert len(looked_at) > 50
    assert [fault for file, tree in looked_at for fault in faults(tree, file)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "QLabel(name)",
        "class A(QLabel): pass",
        "class A(QMessageBox): pass",
        "QMessageBox(QMessageBox.Icon.Warning, 'a', told)",
        "QMessageBox.question(self, 'a', told, b.Yes)",
        "box.setInformativeText(told)",
        "a.setToolTip(hint)",
        "a.setToolTip(f'{name}')",
        "a.setToolTip('<b>bold</b>')",
        "item.setToolTip(0, name)",
        "a.setToolTip(plain_tip(a) if a else b)",
        "QToolTip.showText(place, text, self)",
        "box.setItemData(0, text, Qt.ItemDataRole.ToolTipRole)",
        "item.setData(Qt.ItemDataRole.ToolTipRole, text)",
        "label.setTextFormat(Qt.TextFormat.RichText)",
        "MarkupLabel(text)",
        "pg.LabelItem(name)",
        "QFileDialog.getSaveFileName(self)",
    ],
)
def test_a_way_past_the_door_is_found(wrong: str) -> None:
    assert list(faults(ast.parse(wrong), "other.py"))


def test_the_program_has_no_other_doors() -> None:
    words = "|".join(NO_DOORS)
    found = [
        f"{file}, line {line}: {name}, which {NO_DOORS[name]}"
        for file, tree in sources(rf"\b({words})\b")
        for name, line in names(tree)
        if name in NO_DOORS
    ]
    assert found == []
    assert dict(names(ast.parse("from a import pickle\nimport b.shelve\nc.openUrl(d)"))).keys() >= {"pickle", "openUrl"}


def test_styles_name_no_files() -> None:
    """What a style sheet names in url() is read; in a drawing it may name another part of the same drawing."""
    assert len(texts()) > 300
    assert [path.name for path, text in texts().items() if re.search(r"url\((?!#)", text)] == []


# the door itself

BAITS = [
    "<img src='/a'>",
    "a <b>b",
    "<a href='x'>c</a> & d",
    "&lt;b>",
    "<!doctype html>",
    "<?xml ?><b/>",
    "<p>\n  two  x",
]


@pytest.mark.parametrize("text", BAITS)
def test_a_tooltip_reads_as_its_text(qtbot: QtBot, text: str) -> None:
    document = QTextDocument()
    assert TextQt.mightBeRichText(text)
    document.setHtml(plain_tip(text))
    assert document.toPlainText().replace("\xa0", " ") == text


@pytest.mark.parametrize("text", ["", "a < 5 & c > d", "one\ntwo <b>", "x ← y"])
def test_a_tooltip_that_is_no_markup_stays_as_it_is(qtbot: QtBot, text: str) -> None:
    assert plain_tip(text) == text


def test_a_tooltip_is_of_a_length_that_can_be_looked_at() -> None:
    assert len(plain_tip("x" * 10**6)) == 2000
    assert plain_tip("x" * 2000) == "x" * 2000


@pytest.mark.parametrize("text", BAITS)
def test_labels_and_questions_are_as_wide_as_their_letters(qtbot: QtBot, text: str) -> None:
    label, marked, box = PlainLabel(text), MarkupLabel("<b>a</b>"), PlainBox("a", text)
    for widget in (label, marked, box):
        qtbot.addWidget(widget)
    metrics = label.fontMetrics()
    assert label.sizeHint().width() >= max(map(metrics.horizontalAdvance, text.split("\n")))
    assert TextQt.mightBeRichText(marked.text())
    assert box.text() == text
    assert box.textFormat() == label.textFormat() != marked.textFormat()


def test_an_entry_of_a_menu_has_neither_mnemonic_nor_shortcut(qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    action = add_entry(menu, "a & b\tCtrl+S\n<b>c")
    assert action.text() == "a && b\N{REPLACEMENT CHARACTER}Ctrl+S\N{REPLACEMENT CHARACTER}<b>c"
    own = add_menu(menu, "<b>d & e")
    assert own.title() == "<b>d && e"
    assert add_entry(menu, "<b>f", "<i>g").toolTip() == plain_tip("<i>g")
    assert own.menuAction().toolTip() == plain_tip("<b>d & e")


def test_what_turns_the_order_of_letters_is_shown() -> None:
    assert menu_text("photo\u202egnp.exe") == "photo\N{REPLACEMENT CHARACTER}gnp.exe"
    assert len(menu_text("x" * 1000)) == 200


def test_a_title_has_one_place_for_the_mark_of_changes(qtbot: QtBot) -> None:
    assert title_text("a[*]b") == "a[*][*]b"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a sentence, in time", "a sentence, in time"),
        ("../../.bashrc", "bashrc"),
        ("/etc/passwd", "etc-passwd"),
        ("C:\\x|y", "C--x-y"),
        ("a\0b\nc", "a-b-c"),
        ("~", "session"),
        ("", "session"),
        ("ä" * 500, "ä" * 80),
    ],
)
def test_the_name_of_a_session_leads_into_no_other_folder(name: str, wanted: str) -> None:
    assert file_name(name, "session") == wanted
    assert Path(file_name(name, "session")).name == wanted
