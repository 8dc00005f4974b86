"""The letters of the cell's own equations."""

from rnnviz.ui.notation.base import Notation

NOTATION = Notation("written", "as written", "The letters of the cell's own equations")
