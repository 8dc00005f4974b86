"""The paint device that becomes an SVG document."""

from __future__ import annotations

from PySide6.QtCore import QSizeF

from rnnviz.ui.export.device import FigureDevice
from rnnviz.ui.export.svgengine import RATIO, SvgEngine
from rnnviz.ui.export.svgtext import attributes, content, number

_NAMESPACES = ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


class SvgDevice(FigureDevice):
    """A paint device that becomes an SVG document.

    Parameters
    ----------
    size : QSizeF
        Width and height in pixels of 1/96 inch.
    title : str, optional
        Named in the document, for readers of the screen.
    """

    def __init__(self, size: QSizeF, title: str = "") -> None:
        self._svg = SvgEngine()
        super().__init__(size, self._svg, RATIO)
        self._title = title

    def document(self) -> bytes:
        """Return the document, the same for the same painting.

        Returns
        -------
        bytes
            XML in UTF-8.

        Raises
        ------
        Exception
            What went wrong in the paint engine, if anything did.
        """
        self.check()
        width, height = number(self.size.width()), number(self.size.height())
        defs = self._svg.definitions.elements()
        frame = attributes(version="1.1", width=width, height=height, viewBox=f"0 0 {width} {height}")
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<svg{_NAMESPACES}{frame}>",
            *([f"<title>{content(self._title)}</title>"] if self._title else []),
            *(["<defs>", *defs, "</defs>"] if defs else []),
            *self._svg.elements(),
            "</svg>",
        ]
        return ("\n".join(lines) + "\n").encode()
