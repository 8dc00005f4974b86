"""The bars of an itemised gradient: per step what each loss sends there, and over them what that sums to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.ui.drawing.ticks import MINUS, Tick, number, round_ticks
from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.time.log_curves import magnitude
from rnnviz.ui.plots.time.loss_map import loss_name
from rnnviz.ui.plots.time.stacked_bands import Band
from rnnviz.ui.plots.time.stacked_bars import HEADROOM, StackPlot

LEAST_NAMED = 0.005
"""The share of a bar from which a band of it is named in the margin."""


class LossStack(StackPlot):
    """Stacked parts dL_k/ds_t per step t, coloured by the origin k, with their sum as a line over them.

    Values are in units of 10^`power`, or shares of each step's bar.
    """

    def build(self) -> None:
        """Begin without losses."""
        super().build()
        self._losses: NDArray[np.intp] = np.zeros(0, np.intp)
        self._tokens: tuple[str, ...] = ()
        self._power: int | None = 0
        self._kept = -1

    # what panels call

    def set_losses(
        self,
        losses: NDArray[np.intp],
        values: Floats,
        line: Floats,
        *,
        line_name: str,
        power: int | None,
        span: tuple[float, float],
        tokens: Sequence[str] = (),
    ) -> None:
        """Show what losses send to every step, and what that sums to.

        Parameters
        ----------
        losses : int array [n]
            The steps, from 0, of the losses.
        values : ndarray, [S, n]
        line : ndarray, [S]
        line_name : str
        power : int or None
            The values are in units of 10^power; None: they are shares.
        span : (float, float)
            What the scale reaches from and to; there is some room beyond.
        tokens : sequence of str, [n], optional
            Those at the steps of the losses.
        """
        self._losses, self._tokens, self._power = losses, tuple(tokens), power
        names = [loss_name(int(step)) for step in losses]
        self.set_stack(values, names, line=line, line_name=line_name, places=losses, fit=False)
        low, high = span
        self.set_value_range(low * HEADROOM, high * HEADROOM if high > low else 1.0)

    def keep_lit(self, part: int) -> None:
        """Let the band of a part stand out while the mouse points at no other; -1 for none."""
        self._kept = part
        self.light(part)

    # what the base asks

    def pointed_at(self, step: int, row: int) -> None:
        """Light the band under the mouse, else the one that is kept."""
        super().pointed_at(step, row)
        if row < 0:
            self.light(self._kept)

    def gathered(self) -> list[Band]:
        """Gather the parts into bands, named by their losses."""
        return [replace(band, name=self._band_name(band.first, band.last)) for band in super().gathered()]

    def automatic_ticks(self, most: int) -> list[Tick]:
        """Return round numbers, or shares in percent."""
        if self._power is not None:
            return super().automatic_ticks(most)
        percent = round_ticks(100 * self._low, 100 * self._high, most)
        return [Tick(tick.value / 100, f"{tick.text} %") for tick in percent]

    def describe(self, step: int, row: int) -> str:
        """Return step, loss, its part and share, those of its band, and what everything sums to."""
        said = [f"t = {step + 1}"]
        if not 0 <= step < len(self.values):
            return said[0]
        if self.stack.strange[step]:
            return super().describe(step, row)
        if row >= 0:
            token = self._tokens[row] if row < len(self._tokens) else ""
            name = " ".join(part for part in (loss_name(int(self._losses[row])), token.strip()) if part)
            said.append(f"{name}: {self._told(step, row, row)}")
            band = self.band_of(row)
            if band is not None and not band.single:
                said.append(f"all of {band.name}: {self._told(step, band.first, band.last)}")
        if self.line is not None and step < len(self.line) and np.isfinite(self.line[step]):
            said.append(f"{self._line_name}: {self._text(float(self.line[step]))}")
        return "   ".join(said)

    def _place_labels(self) -> None:
        """Name the bands of the cursor's step by short numbers, or shares."""
        super()._place_labels()
        step = self.cursor_step
        if not self._labels.content or step is None:
            return
        known = {band.name: self.stack.share(step, band.first, band.last)[0] for band in self.bands}
        if self.line is not None and step < len(self.line):
            known[self._line_name] = float(self.line[step])
        seen = [label for label in self._labels.content if label.of_line or label.share >= LEAST_NAMED]
        self._labels.give([replace(label, value=self._brief(known[label.name])) for label in seen])

    def _brief(self, value: float) -> str:
        if self._power is None:
            return f"{value:.0%}".replace("-", MINUS)
        return number(value, 2)

    def _told(self, step: int, first: int, last: int) -> str:
        value, share = self.stack.share(step, first, last)
        return self._text(value) if self._power is None else f"{self._text(value)} ({share:.1%} of the bar)"

    def _text(self, value: float) -> str:
        if self._power is None:
            return f"{value:.1%}"
        with np.errstate(divide="ignore"):
            text = magnitude(float(np.log10(abs(value))) + self._power)
        return f"{MINUS}{text}" if value < 0 else text

    def _band_name(self, first: int, last: int) -> str:
        """Return what is called L₁..₈ in the other panels too: the losses of the steps 1 to 8."""
        name = loss_name(int(self._losses[first]))
        return name if first == last else f"{name}..{loss_name(int(self._losses[last]))[1:]}"
