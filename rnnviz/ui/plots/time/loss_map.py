"""The map of an itemised gradient: a row per loss, a column per step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui.drawing.ticks import Tick, round_ticks
from rnnviz.ui.plots.base.parts import Cover, Part
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.time.log_heatmap import LogHeatmapPlot

NAMED = 1.25
"""Height of a row, as a multiple of the type size, from which rows are named by their tokens too."""


class RowCursor(Part):
    """Two lines around the row of the cursor's step with thin contrasting edges, or one line if the row is low."""

    def __init__(self) -> None:
        super().__init__()
        self._row: tuple[float, float] | None = None

    def stand(self, area: QRectF, top: float, bottom: float) -> None:
        """Stand around the pixels from `top` to `bottom`."""
        room = self.sizes.cursor_line + 2
        self._row = top, bottom
        self.place(QRectF(area.left(), top - room, area.width(), bottom - top + 2 * room))

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the edges of the row."""
        if self._row is None:
            return
        (top, bottom), width = self._row, self.sizes.cursor_line
        low = bottom - top < 3 * width
        edges = [(top + bottom) / 2] if low else [top, bottom]
        halo = QColor(self.theme.halo)
        halo.setAlphaF(0.75)
        for edge in edges:
            line = QRectF(self.rect.left(), round(edge - width / 2), self.rect.width(), width)
            painter.fillRect(line.adjusted(0, -1, 0, 1), halo)
            painter.fillRect(line, QColor(self.theme.cursor))


class LossMapPlot(LogHeatmapPlot):
    """Norms of dL_k/ds_t: one row per loss L_k, the first at the top, over the shared axis of steps t.

    The row of the cursor's own loss is lit as the cursor's column is. Rows from `set_shown` on are covered.
    """

    row_kind = "losses"

    def build(self) -> None:
        """Add the row of the cursor and the cover of later losses."""
        super().build()
        self._losses: NDArray[np.intp] = np.zeros(0, np.intp)
        self._tokens: tuple[str, ...] = ()
        self._whole = ""
        self._own = -1
        self._shown: int | None = None
        self._row, self._later = RowCursor(), Cover()
        for part in (self._row, self._later):
            part.hide()
        self.add_over_data(self._later, 41)
        self.add_over_data(self._row, 49)

    # what panels call

    def set_losses(
        self,
        losses: NDArray[np.intp],
        logarithms: Floats,
        tokens: Sequence[str] = (),
        whole: str = "sum of norms",
    ) -> None:
        """Show log10 of what losses put on every step.

        Parameters
        ----------
        losses : int array [K]
            The steps, from 0, of the losses.
        logarithms : ndarray, [S, K]
        tokens : sequence of str, [K], optional
            Those at the steps of the losses.
        whole : str
            What shares are told of: what all losses together put on a step.
        """
        self._losses, self._tokens, self._whole = losses, tuple(tokens), whole
        self.set_logarithms(logarithms)
        self._place_ticks()

    def set_shown(self, shown: int | None) -> None:
        """Cover every row from number `shown` on; None: none."""
        if shown != self._shown:
            self._shown = shown
            self._place_ticks()
            self._place_rows()

    def set_own(self, row: int) -> None:
        """Light the row of the cursor's own loss; -1 for none."""
        if row != self._own:
            self._own = row
            self._place_rows()

    # what the base asks

    def row_at(self, y: float) -> int:
        """Return the row at a height in pixels, unless it is covered."""
        row = super().row_at(y)
        return row if self._shown is None or row < self._shown else -1

    def row_name(self, row: int) -> str:
        """Return the name of a loss."""
        return loss_name(int(self._losses[row])) if row < len(self._losses) else ""

    def describe(self, step: int, row: int) -> str:
        """Return step, loss, value, and the share it has in what all losses put there."""
        if row < 0 or row >= len(self._losses):
            return f"t = {step + 1}"
        said = [f"t = {step + 1}", self._name(row), self.value_text(step, row)]
        share = self.share(step, row)
        return "   ".join([*said, f"{share:.1%} of the {self._whole}"] if share > 0 else said)

    def share(self, step: int, row: int) -> float:
        """Return the part that a loss has in the sum over the losses shown at a step; NaN where that is not finite."""
        if step >= len(self.logarithms):
            return float("nan")
        column = self.logarithms[step, : self._shown]
        top = float(column.max())
        if not np.isfinite(top):
            return float("nan")
        return float(10.0 ** (column[row] - top) / np.power(10.0, column - top).sum())

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return the names of all rows where they fit, else those of some."""
        rows, named = [row for row in self.rows_in_view if row < len(self._losses)], self._tick
        if self.row_height < self.sizes.small * NAMED:
            rows, named = self._some_rows(rows, most), self.row_name
        return [Tick(row + 0.5, named(row)) for row in rows if self._shown is None or row < self._shown]

    def layout_changed(self) -> None:
        """Place what is lit and what is covered."""
        super().layout_changed()
        self._place_rows()

    def _tick(self, row: int) -> str:
        token = self._token(row)
        return f"{token} {self.row_name(row)}" if token else self.row_name(row)

    def _name(self, row: int) -> str:
        token = self._token(row)
        return f"{self.row_name(row)} {token}" if token else self.row_name(row)

    def _token(self, row: int) -> str:
        return self._tokens[row].strip() if row < len(self._tokens) else ""

    def _some_rows(self, rows: list[int], most: int) -> list[int]:
        """Return those of some rows whose losses have round numbers."""
        if not rows:
            return []
        steps = (self._losses[rows] + 1).tolist()
        wanted = {round(tick.value) for tick in round_ticks(steps[0], steps[-1], most)}
        exact = [row for row, step in zip(rows, steps, strict=True) if step in wanted]
        if len(exact) > 1:
            return exact
        return np.unique(np.linspace(rows[0], rows[-1], min(len(rows), most)).astype(int)).tolist()

    def _place_rows(self) -> None:
        area, rows = self.data_rect, self.values.shape[1]
        seen = 0 <= self._own < rows and (self._shown is None or self._own < self._shown)
        self._row.setVisible(seen)
        if seen:
            self._row.stand(area, self.y_of(self._own), self.y_of(self._own + 1))
        covered = self._shown is not None and self._shown < rows
        self._later.setVisible(covered)
        if covered and self._shown is not None:
            top = self.y_of(self._shown)
            self._later.place(QRectF(area.left(), top, area.width(), area.bottom() - top))


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def loss_name(step: int) -> str:
    """Return the name of the loss of a step, counted from 0: L₁ for the first."""
    return "L" + str(step + 1).translate(_SUBSCRIPTS)
