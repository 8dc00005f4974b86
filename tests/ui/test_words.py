"""What stands on the screen is said in the terms of the field, and names with an index are set as symbols."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QPixmap

import rnnviz
from rnnviz.ui.drawing import painting
from rnnviz.ui.drawing.painting import write_symbols
from rnnviz.ui.panel import panel_classes
from rnnviz.ui.theme import ui_font

PACKAGE = Path(rnnviz.__file__).parent

DIALECT = {
    "way back": "backward pass",
    "grain": "step granularity",
    "(done|made|turned|closed|held) by hand": "intervention",
    "[Hh]old (a|the|\\{)": "clamp",
    "held at|to be held": "clamped",
    "held against": "compared with",
    "0 closed": "activations, 0 to 1",
    "shut": "left-saturated",
    "handed on": "output",
    "entries cut|[Cc]ut (it|them|every)": "clipped",
    "as trained": "unscaled, unless something was trained",
    "highway of": "direct path",
}
"""Words of our own as patterns, and what the field says."""


@cache
def texts() -> list[tuple[str, str]]:
    """Every text of the window and of the sentences of the engine: no docstring, no name, no key of a file."""
    found: list[tuple[str, str]] = []
    folders = [PACKAGE / "ui", PACKAGE / "engine"]
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bodies = [node.body for node in ast.walk(tree) if hasattr(node, "body") and isinstance(node.body, list)]
        documented = {
            id(line.value)
            for body in bodies
            for line in body
            if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        }
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in documented else None
            if isinstance(text, str) and " " in text.strip():
                found.append((f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}", text))
    return found


@pytest.mark.parametrize("dialect", DIALECT)
def test_no_text_uses_words_of_our_own(dialect: str) -> None:
    found = [f"{place}: {text}" for place, text in texts() if re.search(rf"\b({dialect})", text)]
    assert found == [], f"the field says: {DIALECT[dialect]}"


def test_a_panel_is_called_the_same_in_its_menu_and_in_its_files() -> None:
    for panel in panel_classes():
        letters = re.sub("[^a-z]", "", panel.title.lower())
        assert panel.name[:4] in letters, (panel.name, panel.title)


def test_an_index_is_lowered_and_smaller(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, float, float, int]] = []

    def note(painter: QPainter, rect: QRectF, flags: object, text: str, font: QFont, colour: str) -> None:
        drawn.append((text, rect.left(), rect.center().y(), font.pixelSize()))

    monkeypatch.setattr(painting, "write", note)
    pixmap = QPixmap(200, 40)
    painter = QPainter(pixmap)
    write_symbols(painter, QRectF(10, 0, 180, 40), "U_f: singular values", ui_font(20), "#000000")
    write_symbols(painter, QRectF(10, 0, 180, 40), "forget_bias", ui_font(20), "#000000")
    painter.end()
    (base, index, rest), (whole,) = drawn[:3], drawn[3:]
    assert [text for text, *_ in drawn] == ["U", "f", ": singular values", "forget_bias"]
    assert base[1] < index[1] < rest[1]
    assert index[2] > base[2] == rest[2] == whole[2]
    assert index[3] == 15
    assert base[3] == rest[3] == 20
