"""Every panel draws a run with interventions beside its original, of every kind of network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from rnnviz.engine.interventions import Clamp, Edit, Intervention, clamped_signals, parameter_shapes
from rnnviz.engine.record import NETWORK
from rnnviz.ui.panel import Panel, panel_classes
from rnnviz.ui.view import View
from tests.ui.panels.pictures import make_view, record_of, text_source, wave_source
from tests.ui.panels.test_repainting import FORMAT, on_screen, step_about

PANELS = panel_classes()
Show = Callable[..., Any]
every_panel = pytest.mark.parametrize("panel_class", PANELS, ids=lambda panel: panel.name)


def intervened(view: View) -> View:
    """The view with something held in every layer, every second of them off, and an original run."""
    assert view.document is not None
    assert view.trace is not None
    spec, entries = view.document.spec, list[Intervention]()
    for layer in range(spec.num_layers):
        for way in spec.directions:
            signal = clamped_signals(spec, layer, way)[-1]
            entries += [Clamp(signal, 0.5, layer, way, (0,), 0, 2), Clamp(signal, 0.0, layer, way, first=4)]
    entries += [Clamp("x", 1.0, NETWORK, units=(0,), first=1, last=1), Edit(next(iter(parameter_shapes(spec))), 3.0)]
    other = record_of(spec, view.trace.schedule, 5)
    return replace(
        view,
        document=replace(view.document, interventions=tuple(entries)),
        trace=replace(view.trace, original=other),
    )


@every_panel
@pytest.mark.parametrize(
    "fields",
    [
        {"cell": "lstm"},
        {"cell": "feedforward"},
        {"cell": "gru", "bidirectional": True, "num_layers": 2},
        {"topology": "many-to-one"},
        {"topology": "one-to-many", "feedback": "choice"},
        {"readout": None, "output_size": None},
        {"embedding_size": 3},
    ],
    ids=lambda fields: "-".join(map(str, fields.values())),
)
def test_every_kind_of_network_is_drawn_beside_its_original(
    panel_class: type[Panel], fields: dict[str, Any], show: Show
) -> None:
    panel = show(panel_class, intervened(make_view(**fields)))
    panel.session.go_to(1)
    panel.session.pick_unit(2)
    panel.session.set_option("interventions.ghost", "off")
    QApplication.processEvents()
    panel.data(panel.session.view)


@every_panel
@pytest.mark.parametrize("mode", ["unit", "mean", "curves", "both"])
def test_every_way_of_drawing_has_room_for_a_ghost(panel_class: type[Panel], mode: str, show: Show) -> None:
    view = intervened(make_view(wave_source(), cell="lstm"))
    choice = {f"{panel_class.name}.mode": mode, "gates.candidate": "yes", "difference.scale": "log"}
    panel = show(panel_class, replace(view, options=MappingProxyType(choice), units=(0, 2)))
    panel.session.hide_ahead(True)
    panel.session.go_to(4)
    QApplication.processEvents()


@every_panel
@pytest.mark.parametrize(("width", "height"), [(300, 84), (300, 500), (1600, 84)])
def test_a_small_panel_draws_it(panel_class: type[Panel], width: int, height: int, show: Show) -> None:
    panel = show(panel_class, replace(intervened(make_view(cell="lstm")), lecture=1.0), width, height)
    panel.setMinimumSize(0, 0)
    panel.resize(width, height)
    QApplication.processEvents()


@every_panel
def test_what_is_not_finite_is_drawn_beside_its_original(panel_class: type[Panel], show: Show) -> None:
    view = intervened(make_view(cell="lstm"))
    assert view.trace is not None
    assert view.trace.original is not None
    for record, values in (
        (view.trace.record, (np.nan, np.inf, 0.0)),
        (view.trace.original, (np.inf, -np.inf, np.nan)),
    ):
        for block in record.segments[0].blocks.values():
            for row, value in enumerate(values):
                block[row] = value
    panel = show(panel_class, view)
    panel.session.go_to(1)
    QApplication.processEvents()


@every_panel
@pytest.mark.parametrize("position", [0, 1, 5])
def test_a_run_that_is_under_way_is_drawn_beside_its_original(
    panel_class: type[Panel], position: int, show: Show
) -> None:
    view = intervened(make_view(bidirectional=True, cell="lstm"))
    show(panel_class, replace(view, position=position, published=position, gradients=None))


@every_panel
def test_ten_thousand_steps_are_drawn_beside_their_original(panel_class: type[Panel], show: Show) -> None:
    panel = show(panel_class, intervened(make_view(text_source(10_000), hidden_size=8, cell="lstm")))
    panel.session.go_to(5000)
    QApplication.processEvents()


@pytest.mark.parametrize("name", ["states", "gates", "difference", "inputs", "outputs", "tokens", "cell"])
@pytest.mark.parametrize("source", [text_source(40), wave_source(300)], ids=["text", "signal"])
def test_the_screen_after_many_steps_is_what_a_fresh_picture_is(name: str, source: Any, show: Show) -> None:
    (panel_class,) = (panel for panel in PANELS if panel.name == name)
    options = MappingProxyType({"gates.mode": "unit", "states.mode": "curves"})
    panel = show(panel_class, replace(intervened(make_view(source, cell="lstm")), options=options))
    step_about(panel)
    QApplication.processEvents()
    assert on_screen(panel) == panel.grab().toImage().convertToFormat(FORMAT)
