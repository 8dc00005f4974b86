"""A threshold above zero: a logarithmic slider and a field that read the same."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from rnnviz.ui.controls.look import Look
from rnnviz.ui.controls.wheel import Slider

LOWEST, HIGHEST = -8.0, 6.0
"""Powers of ten at the ends of the slider; the field takes any number above zero."""
_FINE = 100
"""Places of the slider per power of ten."""


class Threshold(QWidget):
    """Slider and field of one number above zero.

    Parameters
    ----------
    name : str
        What the number is, for screen readers.
    parent : QWidget or None
    """

    moved = Signal(float)
    """The user drags the slider: the number under way."""
    chosen = Signal(float)
    """The user has chosen a number."""
    refused = Signal(str)
    """What the user typed is no number above zero: a sentence."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 1.0
        self.slider = Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(LOWEST * _FINE), round(HIGHEST * _FINE))
        self.slider.setPageStep(_FINE // 2)
        self.slider.setAccessibleName(f"{name}, logarithmic")
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider)
        row.addWidget(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self._on_released)
        self.field.editingFinished.connect(self._on_typed)

    @property
    def value(self) -> float:
        """The number."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a number without telling anybody."""
        self._value = value
        place = min(max(math.log10(value), LOWEST), HIGHEST)
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(place * _FINE))
        if not self.field.hasFocus() or not self.field.isModified():
            self.field.setText(written(value))

    def set_look(self, look: Look) -> None:
        """Dress slider and field in a theme and its sizes."""
        theme, sizes = look.theme, look.sizes
        self.slider.setFixedSize(9 * sizes.small, round(1.5 * sizes.small) + 4)
        self.field.setFixedWidth(round(5.5 * sizes.small))
        handle, groove = sizes.small, max(4, sizes.small // 3)
        self.setStyleSheet(
            f"QLineEdit {{ font-size: {sizes.small}px; padding: 1px 4px; }}"
            f"QSlider::groove:horizontal {{ height: {groove}px; border-radius: {groove // 2}px;"
            f" background: {theme.border}; }}"
            f"QSlider::handle:horizontal {{ width: {handle}px; margin: -{(handle - groove) // 2 + 1}px 0;"
            f" border-radius: {handle // 2 + 1}px; background: {theme.accent}; border: 1px solid {theme.raised}; }}"
            f"QSlider::handle:horizontal:focus {{ border-color: {theme.text}; }}"
        )

    def _on_slider(self, place: int) -> None:
        self._value = rounded(place / _FINE)
        self.field.setText(written(self._value))
        (self.moved if self.slider.isSliderDown() else self.chosen).emit(self._value)

    def _on_released(self) -> None:
        self.chosen.emit(self._value)

    def _on_typed(self) -> None:
        if not self.field.isModified():
            return
        self.field.setModified(False)
        try:
            value = float(self.field.text().strip().replace(",", "."))
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value > 0:
            self.chosen.emit(value)
        else:
            self.refused.emit(f"the threshold must be a number above zero, not {self.field.text().strip()!r}")
            self.field.setText(written(self._value))


def rounded(log10: float) -> float:
    """Return a power of ten with three digits, as a mouse can choose it."""
    return float(f"{10.0**log10:.3g}")


def written(value: float) -> str:
    """Return a number as it stands in the field and in a session."""
    return f"{value:.6g}"
