"""The vanishing laboratory: eigenvalues on the unit circle, a knob that scales them, and what the gradient makes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from rnnviz.engine.messages import Scaling
from rnnviz.engine.requests import Measure, PathsFrom, Request, Spectra, Sweep
from rnnviz.ui import laboratory, reading
from rnnviz.ui.controls.knob import Mark
from rnnviz.ui.controls.laboratorybody import LaboratoryBody
from rnnviz.ui.controls.laboratoryplots import PathsShown
from rnnviz.ui.controls.look import Look, look
from rnnviz.ui.controls.segmented import Segmented
from rnnviz.ui.controls.truth import TruthButton
from rnnviz.ui.headedpanel import HeadedPanel
from rnnviz.ui.laboratorywords import sentences
from rnnviz.ui.theme import MEDIUM
from rnnviz.ui.timepanel import missing
from rnnviz.ui.view import AnalysisView, View

_MANY, _FEW = 51, 21
_DEAR = 2_000_000
"""Steps times squares of units from which the sweep has fewer values."""


class LaboratoryPanel(HeadedPanel):
    """Eigenvalues of the recurrent matrices, the knob, the paths of the gradient and dL/dW over the knob."""

    name: ClassVar[str] = "laboratory"
    title: ClassVar[str] = "Vanishing laboratory"
    order: ClassVar[int] = 15
    stretch: ClassVar[int] = 4
    at_first: ClassVar[bool] = False
    watches: ClassVar[tuple[str, ...]] = (*HeadedPanel.watches, "message")

    def controls(self) -> tuple[QWidget, ...]:
        """Return the choices of what is scaled, and to what."""
        self.by = Segmented(
            "Scale the recurrent matrices by their",
            (
                ("radius", "radius ρ", "The knob sets the spectral radius ρ, the largest |eigenvalue|"),
                ("singular", "singular value σ", "The knob sets the largest singular value σ"),
            ),
        )
        self.blocks = Segmented("Scale")
        self.trained = QPushButton("unscaled")
        self.trained.setToolTip("Take the scaling away: every matrix as it is in the network")
        self.truth = TruthButton()
        self.by.chosen.connect(self._on_by)
        self.blocks.chosen.connect(self._on_blocks)
        self.trained.clicked.connect(self._on_reset)
        self.truth.pressed_for_truth.connect(self.ask)
        self.segments += [self.by, self.blocks]
        return self.blocks, self.by, self.trained, self.truth

    def build(self) -> None:
        """Make plane, knob and graphs."""
        self.lab = LaboratoryBody()
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.lab)
        self.plane, self.knob, self.paths, self.sweep = self.lab.plane, self.lab.knob, self.lab.paths, self.lab.sweep
        self.knob.turned.connect(self._on_turned)
        self.knob.reset.connect(self._on_reset)
        self.plane.hovered.connect(self.header.set_read_out)
        self.paths.hovered.connect(self._on_paths_hovered)
        self.sweep.hovered.connect(self._on_sweep_hovered)
        self.paths.clicked.connect(self._on_paths_clicked)

    # what is asked

    def wants(self, view: View) -> tuple[Request, ...]:
        """Return the spectra, the paths from the first step, and the sweep over the knob."""
        if view.trace is None or view.document is None or not self._matrices(view):
            return ()
        found = self._spectra(view)
        return (found, self._paths(view), *self.truth.wanted(view, found), self._sweep(view))

    def _spectra(self, view: View) -> Spectra:
        return Spectra(view.layer, view.direction)

    def _paths(self, view: View) -> PathsFrom:
        return PathsFrom(self._anchor(view), view.layer, view.direction)

    def _sweep(self, view: View) -> Sweep:
        assert view.trace is not None
        spec = view.trace.schedule.spec
        squares = sum(spec.units_of(layer, way) ** 2 for layer in range(spec.num_layers) for way in spec.directions)
        count = _MANY if view.trace.steps * squares <= _DEAR else _FEW
        blocks = self._chosen_blocks(view)
        return Sweep(self._measure(view), blocks, count=count, layer=view.layer, direction=view.direction)

    def _anchor(self, view: View) -> int:
        """The step that the cell runs first."""
        return view.trace.steps - 1 if view.trace is not None and view.direction == "backward" else 0

    # what is chosen

    def _measure(self, view: View) -> Measure:
        scaling = self.session.scaling
        wanted = scaling.by if scaling is not None else self.option(view, "by", "radius")
        return next((measure for measure in get_args(Measure) if measure == wanted), "radius")

    def _chosen(self, view: View) -> str:
        """The choice of matrices, as the control has it; empty where the scaling is of another layer."""
        assert view.document is not None
        spec, scaling = view.document.spec, self.session.scaling
        if scaling is not None:
            return laboratory.choice_of(spec, scaling.blocks, view.layer, view.direction)
        wanted = self.option(view, "blocks", laboratory.ALL)
        offered = [value for value, _, _ in laboratory.choices(spec, view.layer, view.direction)]
        return wanted if wanted in offered else laboratory.ALL

    def _chosen_blocks(self, view: View) -> tuple[str, ...] | None:
        assert view.document is not None
        if self.session.scaling is not None:
            return self.session.scaling.blocks
        return laboratory.blocks_of(view.document.spec, self._chosen(view), view.layer, view.direction)

    def _matrices(self, view: View) -> bool:
        return view.document is not None and bool(laboratory.choices(view.document.spec, view.layer, view.direction))

    # what is drawn

    def absence(self, view: View) -> str:
        """Return why there is nothing to draw."""
        if (sentence := missing(view)) or view.trace is None:
            return sentence
        if not self._matrices(view):
            return "This network has no square recurrent matrix to scale: choose a cell with one, such as rnn."
        found = self.answer(view, self._spectra(view))
        if found is None:
            return "The spectrum of the recurrent matrices is being computed."
        return found.fault

    def dress(self, now: Look) -> None:
        """Dress plots, knob and words."""
        self.lab.set_look(now)
        self.truth.set_look(now)
        theme, sizes = now.theme, now.sizes
        self.trained.setStyleSheet(
            f"QPushButton {{ font-size: {sizes.small}px; font-weight: {MEDIUM.value}; color: {theme.text};"
            f" border: 1px solid {theme.border}; border-radius: 5px; padding: 2px {sizes.padding}px;"
            f" background: {theme.surface}; }}"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"QPushButton:disabled {{ color: {theme.faint}; }}"
        )

    def draw_choices(self, view: View) -> None:
        """Show what is scaled, and by what."""
        there = self._matrices(view)
        for widget in (self.by, self.blocks, self.trained, self.truth):
            widget.setVisible(there)
        if there and view.document is not None:
            self.blocks.set_options(laboratory.choices(view.document.spec, view.layer, view.direction))
            self.blocks.set_value(self._chosen(view))
            self.by.set_value(self._measure(view))
            self.trained.setEnabled(self.session.scaling is not None)

    def draw_body(self, view: View, old: View | None) -> None:
        """Show the newest answers; those of the scale before stand until they come."""
        spectra, paths = self.answer(view, self._spectra(view)), self.answer(view, self._paths(view))
        sweep = self.answer(view, self._sweep(view))
        assert spectra is not None
        theme, anchor = look(view).theme, self._anchor(view)
        self._head(view)
        self._show_knob(view, spectra)
        self.plane.show_spectra(spectra, theme)
        self.paths.show_paths(PathsShown(spectra, paths, anchor, self.knob.value), theme)
        self.paths.set_marker(abs(view.step - anchor) if view.step >= 0 else None)
        self.sweep.show_sweep(sweep, self._measure(view), view.layer, view.direction, theme)
        self.sweep.mark(self.knob.value)
        said = [*sentences(spectra, laboratory.reach_of(paths, anchor), sweep)]
        said += [found.fault for found in (paths, sweep) if found is not None and found.fault]
        self.lab.words.setText(" ".join(sentence for sentence in said if sentence))
        self.truth.show_truth(view, self._spectra(view))

    def data(self, view: View) -> Mapping[str, NDArray[Any]]:
        """Return eigenvalues, singular values, log10 of paths and of the sweep, filled up with NaN to one length."""
        if view.trace is None or view.document is None or not self._matrices(view):
            return {}
        arrays: dict[str, NDArray[Any]] = {}
        for request in (self._spectra(view), self._paths(view), self._sweep(view)):
            found = view.analyses.get(request)
            kind = type(request).__name__.lower()
            for name, array in (found.arrays if found is not None else {}).items():
                if np.iscomplexobj(array):
                    arrays |= {f"{kind} {name} real": array.real, f"{kind} {name} imaginary": array.imag}
                else:
                    arrays[f"{kind} {name}"] = array
        longest = max((len(array) for array in arrays.values()), default=0)
        return {name: _filled(array, longest) for name, array in arrays.items()}

    def _head(self, view: View) -> None:
        scaling = self.session.scaling
        what = "every recurrent matrix unscaled"
        if scaling is not None:
            names = "all recurrent matrices" if scaling.blocks is None else ", ".join(map(_plain, scaling.blocks))
            what = f"{names} scaled to {laboratory.WORDS[scaling.by]} {scaling.value:g}"
        where = reading.where(view)
        self.header.set_title(self.title, what + (f"; {where} is shown" if where else ""))

    def _show_knob(self, view: View, spectra: AnalysisView) -> None:
        by, scaling = self._measure(view), self.session.scaling
        theme, names = look(view).theme, laboratory.matrices(spectra)
        prefix = "radius" if by == "radius" else "largest"
        marks = [
            Mark(laboratory.number(spectra, f"{prefix} {name}"), laboratory.matrix_style(name, place, theme).colour)
            for place, name in enumerate(names)
        ]
        marks = [mark for mark in marks if math.isfinite(mark.value)]
        chosen = self._chosen(view)
        whose = {laboratory.ALL: "all", laboratory.LAYER: "this layer", "": "another layer"}.get(chosen, chosen)
        if len(names) == 1 and chosen == laboratory.ALL:
            whose = names[0]
        word = "spectral radius" if by == "radius" else "singular value"
        if scaling is not None:
            self.knob.show_value(scaling.value, f"{word}\nof {whose}", marks)
        else:
            chosen_marks = [
                mark.value for mark, name in zip(marks, names, strict=False) if chosen in (name, "all", "layer")
            ]
            present = max(chosen_marks, default=1.0)
            self.knob.show_value(present, f"{word}\nunscaled", marks, own=False)

    # the user

    def _on_turned(self, value: float, gesture: int) -> None:
        view = self.session.view
        if view.document is not None and self._matrices(view):
            self.session.set_scaling(Scaling(value, self._measure(view), self._chosen_blocks(view)), gesture)
            self.draw_choices(view)
            self._head(view)

    def _on_by(self, value: str) -> None:
        view = self.session.view
        measure = next(measure for measure in get_args(Measure) if measure == value)
        scaling = self.session.scaling
        self.session.set_option("laboratory.by", value)
        if scaling is not None:
            self.session.set_scaling(Scaling(scaling.value, measure, scaling.blocks))
        self.draw_choices(view)

    def _on_blocks(self, choice: str) -> None:
        view, scaling = self.session.view, self.session.scaling
        assert view.document is not None
        self.session.set_option("laboratory.blocks", choice)
        if scaling is not None:
            blocks = laboratory.blocks_of(view.document.spec, choice, view.layer, view.direction)
            self.session.set_scaling(Scaling(scaling.value, scaling.by, blocks))
        self.draw_choices(view)

    def _on_reset(self) -> None:
        self.session.set_scaling(None)

    def _on_paths_clicked(self, distance: float) -> None:
        anchor = self._anchor(self.session.view)
        self.session.go_to(anchor - int(distance) if anchor else int(distance))

    def _on_paths_hovered(self, x: float) -> None:
        self.header.set_read_out("" if math.isnan(x) else self.paths.read_out(x))

    def _on_sweep_hovered(self, x: float) -> None:
        self.header.set_read_out("" if math.isnan(x) else self.sweep.read_out(x))


def _plain(block: str) -> str:
    return block.rpartition(":")[2]


def _filled(array: NDArray[Any], length: int) -> NDArray[Any]:
    if len(array) == length:
        return array
    whole = np.full((length, *array.shape[1:]), np.nan)
    whole[: len(array)] = array
    return whole
