"""The editor of signals: a list of waves that are added up."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QToolButton, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.engine.sequence import MAX_STEPS, SequenceSource, SignalSource, Wave, encode
from rnnviz.ui.controls.form import Form
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.parameters import Choice, Parameter, Seed, Whole, whole
from rnnviz.ui.controls.sources.base import SourceEditor
from rnnviz.ui.controls.sources.preview import Preview
from rnnviz.ui.controls.wheel import ComboBox, DoubleSpinBox, SpinBox
from rnnviz.ui.plaintext import PlainLabel, plain_tip
from rnnviz.ui.theme import icon

Kind = Literal["sine", "square", "impulse", "step", "noise"]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_MOST_WAVES = 12

_PARAMETERS: tuple[Parameter, ...] = (
    Whole(name="steps", label="Steps T", help="How long the signal is.", low=1, high=MAX_STEPS),
    Choice(
        name="targets",
        label="To predict",
        help="What the outputs are compared with.",
        options=(
            ("next", "the next value", "Of every channel; the last step has no target."),
            ("none", "nothing", "No loss; gradients are those of a probe."),
        ),
    ),
    Seed(
        name="seed",
        label="Seed",
        help="Seed of the noise.",
        parse=lambda text: whole(text, 0, 2**32 - 1),
        show=str,
        applies=lambda source: "" if any(wave.kind == "noise" for wave in source.components) else "there is no noise",
    ),
)


class WaveRow(QWidget):
    """The fields of one wave."""

    edited = Signal()
    removed = Signal(QWidget)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ComboBox()
        self.kind.addItems(_KINDS)
        self.amplitude = _number(-1000, 1000, 3, "Amplitude: the height of the wave, or the deviation of the noise")
        self.period = _number(0.01, 1_000_000, 2, "Period, in steps")
        self.phase = _number(-1_000_000, 1_000_000, 2, "Phase, in steps")
        self.offset = _number(-1000, 1000, 3, "Offset: added at every step")
        self.at = SpinBox()
        self.at.setRange(1, MAX_STEPS)
        self.at.setToolTip("The step, counted from 1")
        self.channel = SpinBox()
        self.channel.setRange(1, 8)
        self.channel.setToolTip("The channel that the wave is added to")
        self.remove = QToolButton()
        self.remove.setToolTip("Remove this wave")
        self.remove.setAccessibleName("Remove this wave")
        self._captions: dict[str, QLabel] = {}
        self._lay_out()
        self.kind.activated.connect(self._on_kind)
        self.remove.clicked.connect(self._on_remove)

    def show_wave(self, wave: Wave) -> None:
        """Show a wave."""
        for field in (self.amplitude, self.period, self.phase, self.offset, self.at, self.channel):
            field.blockSignals(True)
        self.kind.setCurrentText(wave.kind)
        self.amplitude.setValue(wave.amplitude)
        self.period.setValue(wave.period)
        self.phase.setValue(wave.phase)
        self.offset.setValue(wave.offset)
        self.at.setValue(wave.at + 1)
        self.channel.setValue(wave.channel + 1)
        for field in (self.amplitude, self.period, self.phase, self.offset, self.at, self.channel):
            field.blockSignals(False)
        self._show_fields()

    def wave(self) -> Wave:
        """Return the wave as it stands."""
        return Wave(
            kind=_KINDS[self.kind.currentIndex()],
            amplitude=self.amplitude.value(),
            period=self.period.value(),
            phase=self.phase.value(),
            at=self.at.value() - 1,
            offset=self.offset.value(),
            channel=self.channel.value() - 1,
        )

    def set_look(self, look: Look) -> None:
        """Dress the row in a theme and its sizes."""
        self.remove.setIcon(icon("x", look.theme))
        for caption in self._captions.values():
            set_type(caption, look.sizes.small, look.theme.muted)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(1)
        grid.addWidget(self.kind, 1, 0)
        grid.addWidget(self.remove, 1, 3)
        places = {"amplitude": (0, 1), "channel": (0, 2), "period": (2, 0), "at": (2, 0), "phase": (2, 1)}
        for name, (row, column) in {**places, "offset": (2, 2)}.items():
            field = getattr(self, name)
            caption = PlainLabel({"at": "at step"}.get(name, name))
            caption.setBuddy(field)
            field.setAccessibleName(name)
            field.setKeyboardTracking(False)
            field.valueChanged.connect(self.edited)
            self._captions[name] = caption
            grid.addWidget(caption, row, column)
            grid.addWidget(field, row + 1, column)
        for column in range(3):
            grid.setColumnStretch(column, 1)

    def _show_fields(self) -> None:
        kind = self.kind.currentText()
        periodic, placed = kind in ("sine", "square"), kind in ("impulse", "step")
        for name, shown in (("period", periodic), ("phase", periodic), ("at", placed)):
            getattr(self, name).setVisible(shown)
            self._captions[name].setVisible(shown)

    def _on_kind(self) -> None:
        self._show_fields()
        self.edited.emit()

    def _on_remove(self) -> None:
        self.removed.emit(self)


class SignalEditor(SourceEditor):
    """Waves, length, target and a picture of their sum."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = Preview()
        self.waves: list[WaveRow] = []
        self.add_wave = QToolButton()
        self.add_wave.setText("Add a wave")
        self.add_wave.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.form = Form(_PARAMETERS)
        self._look: Look | None = None
        for widget in (self.preview, self.add_wave, self.form):
            self.rows.addWidget(widget)
        self.add_wave.clicked.connect(self._on_add)
        self.form.changed.connect(self._on_changes)

    def show_source(self, source: SequenceSource) -> None:
        """Show a signal."""
        assert isinstance(source, SignalSource)
        self.source = source
        while len(self.waves) > len(source.components):
            self._drop(self.waves[-1])
        while len(self.waves) < len(source.components):
            self._insert()
        for row, wave in zip(self.waves, source.components, strict=True):
            if row.wave() != wave:
                row.show_wave(wave)
        self.form.set_state({name: getattr(source, name) for name in self.form.editors}, source)
        try:
            self.preview.show_values(encode(source).x)
        except RnnvizError:
            return  # the panel says what is wrong; the last good picture stays

    def flush(self) -> None:
        """Apply the waves as they stand."""
        super().flush()
        if self.source is not None:
            waves = tuple(row.wave() for row in self.waves)
            self._give(msgspec.structs.replace(self.source, components=waves))

    def set_look(self, look: Look) -> None:
        """Dress the editor in a theme and its sizes."""
        super().set_look(look)
        self._look = look
        self.add_wave.setIcon(icon("plus", look.theme))
        self.form.set_look(look)
        self.preview.set_look(look)
        for row in self.waves:
            row.set_look(look)

    def _insert(self) -> None:
        row = WaveRow()
        row.show_wave(Wave("sine"))
        row.edited.connect(self._quiet.start)
        row.removed.connect(self._on_remove)
        if self._look is not None:
            row.set_look(self._look)
        self.rows.insertWidget(1 + len(self.waves), row)
        self.waves.append(row)
        self._limit()

    def _drop(self, row: WaveRow) -> None:
        """Take a row away; until Qt deletes it, a click that began before may still reach it."""
        row.edited.disconnect(self._quiet.start)
        row.removed.disconnect(self._on_remove)
        self.waves.remove(row)
        self.rows.removeWidget(row)
        row.deleteLater()
        self._limit()

    def _limit(self) -> None:
        """Keep at least one wave and not too many."""
        self.add_wave.setEnabled(len(self.waves) < _MOST_WAVES)
        for row in self.waves:
            row.remove.setEnabled(len(self.waves) > 1)

    def _on_add(self) -> None:
        self._insert()
        self.flush()

    def _on_remove(self, row: WaveRow) -> None:
        self._drop(row)
        self.flush()

    def _on_changes(self, changes: dict[str, Any]) -> None:
        self._give(msgspec.structs.replace(self.source, **changes))


def _number(low: float, high: float, decimals: int, hint: str) -> QDoubleSpinBox:
    field = DoubleSpinBox()
    field.setRange(low, high)
    field.setDecimals(decimals)
    field.setSingleStep(0.1 if decimals == 3 else 1.0)
    field.setToolTip(plain_tip(hint))
    field.setMinimumWidth(40)
    return field
