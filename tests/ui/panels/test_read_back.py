"""Every panel and its figure, wherever the cursor stands and whatever is picked, show the numbers of the network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from rnnviz.ui.figures import panel_figure
from rnnviz.ui.panel import Panel, panel_classes
from tests.ui.panels.readers import CHOICES, HELD, READERS, Desk
from tests.ui.panels.runs import real_panel
from tests.ui.panels.truth import KINDS, Truth, somewhere, words

pytestmark = pytest.mark.usefixtures("qapp")

SIZE = (1300, 800)
PLACES = 3


@pytest.fixture(autouse=True)
def few_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweep of the laboratory have few values: here it is not looked at."""
    monkeypatch.setattr("rnnviz.ui.panels.laboratory._MANY", 5)


def test_every_panel_is_read() -> None:
    assert set(READERS) == {panel.name for panel in panel_classes()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("panel_class", panel_classes(), ids=lambda panel: panel.name)
def test_what_is_shown_and_exported_is_what_was_computed(panel_class: type[Panel], kind: str, tmp_path: Path) -> None:
    name = panel_class.name
    random = np.random.default_rng([*map(ord, name + kind)])
    fields = {"dtype": "float64", **KINDS[kind]}
    with real_panel(panel_class, tmp_path, words(kind), size=SIZE, **fields) as (panel, session, link):
        desk = Desk(panel, session, link, Truth(session.view))
        if name in ("difference", "interventions"):
            session.set_interventions((HELD,))
        elif name == "comparison":
            session.rivals.add_trio()
        link.run_until_idle()
        for turn in range(PLACES):
            for option, values in CHOICES.get(name, {}).items():
                session.set_option(option, values[random.integers(len(values))])
            somewhere(session, desk.truth, random, turn)
            link.run_until_idle()
            QApplication.processEvents()
            READERS[name](desk)
        with panel_figure(panel_class, session.view) as figure:
            exported = figure._widget.findChild(panel_class)
            assert exported is not None
            READERS[name](replace(desk, panel=exported))
