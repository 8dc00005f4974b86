"""The panel of causes shows what the engine computes, names the largest, and says where the gradient points instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication

from rnnviz.engine.attribution import attribution
from rnnviz.engine.jobs import finish
from rnnviz.engine.network import Network
from rnnviz.engine.requests import Causes
from rnnviz.engine.run import run
from rnnviz.engine.sequence import encode
from rnnviz.ui import causes
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.panels.causes import CausesPanel
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.plots.time.effect_bars import EffectBars
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.panels.pictures import text_source, wave_source
from tests.ui.panels.runs import real_panel

Bench = tuple[Any, Session, Any]
WAYS = {"gradient": "gradient", "left out": "left_out", "exchanged": "exchanged", "integrated": "integrated"}

FIELDS: list[dict[str, Any]] = [
    {"cell": "lstm"},
    {"cell": "gru", "bidirectional": True},
    {"cell": "rnn", "topology": "many-to-one"},
    {"cell": "lstm", "embedding_size": 3},
]


def labels_of(session: Session) -> tuple[str, ...]:
    assert session.view.trace is not None
    return tuple(session.view.trace.labels)


def settle(bench: Bench) -> None:
    bench[2].run_until_idle()
    QApplication.processEvents()


@pytest.fixture(params=FIELDS, ids=str)
def bench(request: pytest.FixtureRequest, qapp: QApplication, tmp_path: Path) -> Iterator[Bench]:
    with real_panel(CausesPanel, tmp_path, text_source(8), dtype="float64", size=(1000, 600), **request.param) as made:
        yield made


def wanted(view: View, step: int) -> Any:
    """What is found of a run of the same network on the same sequence."""
    assert view.trace is not None
    assert view.document is not None
    sequence = encode(view.document.source)
    return finish(attribution(run(Network(view.trace.schedule.spec), sequence.x, sequence.target), step))


def test_every_bar_is_what_is_found_by_asking_again(bench: Bench) -> None:
    panel, session, _ = bench
    for step in (7, 4):
        session.go_to(step)
        settle(bench)
        request = panel.wants(session.view)[0]
        found = wanted(session.view, request.step)
        for way, name in WAYS.items():
            plot = panel.bars[way]
            x, height = plot.bars_item.getData()
            np.testing.assert_array_equal(x, np.arange(8))
            np.testing.assert_allclose(height, getattr(found, name), rtol=1e-6, atol=1e-9)
            np.testing.assert_array_equal(panel.data(session.view)[way], height)
            assert panel.plots[way] is plot.plot


def test_the_largest_bar_is_named_in_the_margin_with_its_number(bench: Bench) -> None:
    panel, session, _ = bench
    session.go_to(7)
    settle(bench)
    for plot in panel.bars.values():
        values = plot.values
        largest = int(np.nanargmax(np.abs(values)))
        assert plot.strongest == largest
        assert plot.name_part.lines[0] == labels_of(session)[largest]
        assert number(abs(float(values[largest])), 3) in plot.name_part.lines[1]
    assert plot.name_part.lines[2].startswith("sum ")


def test_title_and_sentence_tell_prediction_score_and_causes(bench: Bench) -> None:
    panel, session, _ = bench
    session.go_to(7)
    settle(bench)
    answer = session.view.analyses[panel.wants(session.view)[0]]
    assert "at t = 8" in panel.header.title
    assert f"ln p = {number(causes.fact(answer, 'score'))}" in panel.header.subtitle
    cause = causes.strongest(np.asarray(answer.arrays["exchanged"]))
    assert f"the largest cause is k = {cause + 1}" in panel.header.subtitle
    steepest = causes.strongest(np.asarray(answer.arrays["gradient"]))
    assert ("the gradient points to" in panel.header.subtitle) == (steepest != cause)


def test_of_a_signal_the_score_is_the_value(qapp: QApplication, tmp_path: Path) -> None:
    with real_panel(CausesPanel, tmp_path, wave_source(8), dtype="float64", size=(1000, 600)) as bench:
        panel, session, _ = bench
        session.go_to(5)
        settle(bench)
        answer = session.view.analyses[Causes(5)]
        assert answer.facts["class"] == -1
        assert f"y = {number(causes.fact(answer, 'score'))}" in panel.header.subtitle
        assert panel.header.title == "What causes the output at t = 6"


def test_one_way_is_seen_alone_when_it_is_chosen_or_there_is_no_room_for_more(bench: Bench) -> None:
    panel, session, _ = bench
    assert [way for way, plot in panel.bars.items() if plot.isVisible()] == list(causes.WAYS)
    session.set_option("causes.way", "left out")
    settle(bench)
    assert [way for way, plot in panel.bars.items() if plot.isVisible()] == ["left out"]
    session.set_option("causes.way", "all")
    panel.resize(1000, 120)
    settle(bench)
    assert [way for way, plot in panel.bars.items() if plot.isVisible()] == ["exchanged"]
    pressed = [button.property("value") for button in panel.way.findChildren(QAbstractButton) if button.isChecked()]
    assert pressed == ["exchanged"]


def test_the_check_holds_score_and_gradients_against_autograd(bench: Bench) -> None:
    panel, session, _ = bench
    session.go_to(7)
    settle(bench)
    panel.truth.click()
    settle(bench)
    assert panel.truth.text().startswith("autograd: ")


def test_pointing_at_a_bar_tells_its_number(bench: Bench) -> None:
    panel, session, _ = bench
    session.go_to(7)
    settle(bench)
    plot = panel.bars["exchanged"]
    step = plot.strongest
    assert plot.describe(step, -1) == f"t = {step + 1} {labels_of(session)[step]}   {plot.text_of(step)} nats"


def test_no_name_tells_a_step_that_is_hidden(show_plot: Any) -> None:
    plot: EffectBars = show_plot([2.0, -1.0, 5.0])
    assert list(plot.name_part.lines) == ["w2", "+5"]
    plot.set_ahead_hidden(1)
    assert list(plot.name_part.lines) == []
    plot.set_ahead_hidden(None)
    assert list(plot.name_part.lines) == ["w2", "+5"]


def test_while_what_lies_ahead_is_hidden_only_what_was_read_is_a_cause(qapp: QApplication, tmp_path: Path) -> None:
    with real_panel(CausesPanel, tmp_path, text_source(8), cell="lstm", size=(1000, 600)) as bench:
        panel, session, _ = bench
        session.go_to(2)
        session.apply(ahead_hidden=True)
        settle(bench)
        assert panel.wants(session.view) == (Causes(2),)
        for plot in panel.bars.values():
            assert np.isnan(plot.values[3:]).all()
            assert plot.strongest <= 2


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, 0.0], [np.inf, 1.0, -np.inf], [1e300, -1e-300], [5e-324, -1.0]])
def test_any_numbers_are_drawn(values: list[float], show_plot: Any) -> None:
    plot: EffectBars = show_plot(values)
    plot.grab()
    np.testing.assert_array_equal(plot.values, values)


@pytest.fixture
def show_plot(qtbot: Any) -> Any:
    def make(values: list[float]) -> EffectBars:
        axis = TimeAxis()
        axis.set_steps([f"w{k}" for k in range(len(values))])
        plot = EffectBars(axis)
        qtbot.addWidget(plot)
        plot.resize(400, 120)
        plot.show()
        plot.set_effects(np.array(values))
        plot.axis_kept = axis
        return plot

    return make


def test_bars_stand_upwards_and_downwards_from_zero_in_their_colours(show_plot: Any) -> None:
    plot: EffectBars = show_plot([2.0, -1.0, 0.5])
    picture = plot.grab().toImage()
    zero, area = plot.y_of(0.0), plot.data_rect

    def colour(step: int, y: float) -> Any:
        return picture.pixelColor(round(plot.x_of(step)), round(y))

    up, down = colour(0, plot.y_of(1.0)), colour(1, plot.y_of(-0.5))
    assert up.red() > up.blue() + 60
    assert down.blue() > down.red() + 60
    assert colour(0, (zero + area.bottom()) / 2 + 2) == colour(2, (zero + area.bottom()) / 2 + 2)
    top_of_half = plot.y_of(0.5)
    assert colour(2, top_of_half + 3) != colour(2, top_of_half - 4)
