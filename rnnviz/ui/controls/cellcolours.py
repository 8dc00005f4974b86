"""The look of a cell's text: signals in their own colours, parameters slanted, functions and comments apart."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from rnnviz.engine.language.expressions import FUNCTIONS
from rnnviz.ui.controls.look import Look
from rnnviz.ui.theme import LIGHT, NORMAL, signal_style

_LONGEST = 2000
"""Characters of a line beyond which it is left in one colour: no equation is as long."""
_TOKEN = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<signal>[A-Za-z_]\w*(?=\s*\[))"
    r"|(?P<step>\[[^\]#\n]{0,12}\])"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<number>\d[\d.]*(?:[eE][+-]?\d+)?)",
    re.ASCII,
)


class CellHighlighter(QSyntaxHighlighter):
    """Colours the text of a cell as it is typed.

    Parameters
    ----------
    document : QTextDocument
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._look = Look(LIGHT, NORMAL)

    def set_look(self, look: Look) -> None:
        """Colour the text anew for a theme."""
        if look.theme != self._look.theme:
            self._look = look
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        if len(text) > _LONGEST:
            return
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or ""
            self.setFormat(match.start(), match.end() - match.start(), self._format(kind, match.group()))

    def _format(self, kind: str, text: str) -> QTextCharFormat:
        theme, drawn = self._look.theme, QTextCharFormat()
        colour = theme.text
        if kind == "signal":
            colour = signal_style(text, theme).colour
            drawn.setFontWeight(QFont.Weight.DemiBold)
        elif kind in ("comment", "step"):
            colour = theme.muted
        elif text in FUNCTIONS:
            colour = theme.accent
        elif kind == "name":
            drawn.setFontItalic(True)  # as a parameter is set in a formula
        drawn.setForeground(QColor(colour))
        return drawn
