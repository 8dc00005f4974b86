"""Chooses the one number whose gradients are shown where there is no loss, or in its stead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from rnnviz.engine.messages import ProbeObjective
from rnnviz.engine.record import NETWORK, SignalField
from rnnviz.ui import reading
from rnnviz.ui.controls.look import Look, set_type
from rnnviz.ui.controls.wheel import ComboBox, SpinBox
from rnnviz.ui.plaintext import PlainLabel
from rnnviz.ui.view import TraceView, View

_KINDS = ("output", "logits", "state", "gate", "candidate", "signal")


class ProbePicker(QWidget):
    """A signal, a unit of it and a step.

    Parameters
    ----------
    parent : QWidget or None
    """

    chosen = Signal(object)
    """The user chose another probe."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.signal = ComboBox()
        self.unit = SpinBox()
        self.step = SpinBox()
        self._probe: ProbeObjective | None = None
        self._trace: TraceView | None = None
        self._labels: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._label("Differentiate", self.signal))
        self._row.addWidget(self.signal)
        for text, field in (("unit", self.unit), ("at step", self.step)):
            field.setKeyboardTracking(False)
            field.setAccessibleName(text)
            field.valueChanged.connect(self._on_edited)
            self._row.addWidget(self._label(text, field))
            self._row.addWidget(field)
        self._row.addStretch(1)
        self.signal.setAccessibleName("Number to differentiate")
        self.signal.activated.connect(self._on_edited)

    def show_probe(self, trace: TraceView, probe: ProbeObjective) -> None:
        """Show a probe of a trace."""
        widgets = (self.signal, self.unit, self.step)
        for widget in widgets:
            widget.blockSignals(True)
        if trace is not self._trace:
            self._trace = trace
            self._list_signals(trace)
        self._probe = probe
        place = (probe.signal, probe.layer, probe.direction)
        names = [self.signal.itemData(index) for index in range(self.signal.count())]
        self.signal.setCurrentIndex(names.index(place) if place in names else -1)
        self.unit.setRange(1, trace.record.layout.field(*place).size)
        self.unit.setValue(probe.unit + 1)
        self.step.setRange(1, trace.steps)
        self.step.setValue(probe.step + 1)
        for widget in widgets:
            widget.blockSignals(False)

    def set_look(self, look: Look) -> None:
        """Dress the fields in a theme and its sizes."""
        self._row.setContentsMargins(look.sizes.padding, 0, look.sizes.padding, 2)
        for label in self._labels:
            set_type(label, look.sizes.small, look.theme.muted)

    def _label(self, text: str, field: QWidget) -> QLabel:
        label = PlainLabel(text)
        label.setBuddy(field)
        self._labels.append(label)
        return label

    def _list_signals(self, trace: TraceView) -> None:
        self.signal.clear()
        for field in probe_fields(trace):
            self.signal.addItem(field_name(trace, field), (field.signal, field.layer, field.direction))

    def _on_edited(self) -> None:
        if self._probe is None or self._trace is None or self.signal.currentIndex() < 0:
            return
        signal, layer, direction = self.signal.currentData()
        size = self._trace.record.layout.field(signal, layer, direction).size
        unit = min(self.unit.value(), size) - 1
        self.chosen.emit(ProbeObjective(signal, unit, self.step.value() - 1, layer, direction))


def probe_fields(trace: TraceView) -> list[SignalField]:
    """Return what can be probed: the outputs first, then the layers from the last to the first."""
    fields = [field for field in trace.record.signals if field.kind in _KINDS]
    return sorted(fields, key=lambda f: (f.layer != NETWORK, -f.layer, _KINDS.index(f.kind)))


def field_name(trace: TraceView, field: SignalField) -> str:
    """Return what a signal is called among all of a network."""
    if field.layer == NETWORK:
        return field.label or field.signal
    spec = trace.schedule.spec
    layer = f", layer {field.layer + 1}" if spec.num_layers > 1 else ""
    way = f", {field.direction}" if spec.bidirectional else ""
    return f"{field.signal}{layer}{way}"


def first_probe(view: View) -> ProbeObjective | None:
    """Return the probe to begin with: the strongest output of the cursor's step, else the picked unit; None before."""
    trace, step = view.trace, view.step
    if trace is None or step < 0:
        return None
    names = {field.signal for field in trace.fields(NETWORK, "forward")}
    if "output" in names and trace.schedule.has_output[step] and reading.is_known(view, NETWORK, "forward", step):
        values = trace.record.signal("output", NETWORK)[step]
        return ProbeObjective("output", int(values.argmax()), step)
    cell = reading.cell_of(view)
    if cell is None or not reading.is_known(view, view.layer, view.direction, step):
        return None
    return ProbeObjective(cell.output, view.units[0], step, view.layer, view.direction)
