"""The clipping panel shows what torch's own clipping does, and its threshold can be dragged."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.engine.network import Network
from rnnviz.engine.run import run
from rnnviz.engine.sequence import TextSource, encode
from rnnviz.ui.clippingwords import Totals, cosine, share
from rnnviz.ui.controls.threshold import Threshold
from rnnviz.ui.panels.clipping import ClippingPanel
from rnnviz.ui.plots.time.clip_plot import ClipPlot
from rnnviz.ui.plots.xy.parameter_bars import ParameterBars, ParameterRow
from rnnviz.ui.session import Session
from tests.ui.mouse import click, double_click, move, turn_wheel
from tests.ui.panels.pictures import text_source, wave_source
from tests.ui.panels.runs import real_panel
from tests.ui.panels.test_every_panel import inked

FLOAT64: dict[str, Any] = {"dtype": "float64"}

KINDS: list[dict[str, Any]] = [
    {"topology": "many-to-one"},
    {"topology": "many-to-many", "delay": 3},
    {"topology": "one-to-many", "feedback": "choice"},
    {"topology": "one-to-many", "feedback": "output", "cell": "rnn"},
    {"bidirectional": True, "num_layers": 2},
    {"cell": "jordan"},
    {"cell": "feedforward"},
    {"embedding_size": 3, "cell": "gru"},
    {"initial_state": "learned", "cell": "lstm-peephole"},
]


def text_to_repeat() -> TextSource:
    """A text with a target at its last step."""
    return TextSource("the cat sat on a mat ,", targets="same")


def by_torch(session: Session, kind: str, threshold: float) -> tuple[float, float, float]:
    """The norm before and after, and the share of entries changed, of gradients of torch's own modules."""
    view = session.view
    assert view.trace is not None
    assert view.document is not None
    sequence = encode(view.document.source)
    network = Network(view.trace.schedule.spec)
    trace = run(network, sequence.x, sequence.target)
    parameters = []
    for gradient in trace.parameter_gradients().values():
        parameters.append(torch.nn.Parameter(torch.zeros(gradient.shape, dtype=torch.float64)))
        parameters[-1].grad = torch.from_numpy(gradient.copy())
    before = torch.cat([p.grad.ravel().clone() for p in parameters if p.grad is not None])
    if kind == "norm":
        torch.nn.utils.clip_grad_norm_(parameters, threshold)
    else:
        torch.nn.utils.clip_grad_value_(parameters, threshold)
    after = torch.cat([p.grad.ravel() for p in parameters if p.grad is not None])
    return float(before.norm()), float(after.norm()), float((before != after).double().mean())


@pytest.mark.parametrize(("kind", "threshold"), [("norm", 0.25), ("value", 0.03)])
def test_the_large_numbers_are_those_of_torch(kind: Any, threshold: float, qtbot: Any, tmp_path: Path) -> None:
    options = {"clipping.kind": kind, f"clipping.{kind}": str(threshold)}
    with real_panel(ClippingPanel, tmp_path, text_source(8), options, **FLOAT64) as (panel, session, _):
        totals = Totals.of(panel._shown, kind, threshold)
        before, after, changed = by_torch(session, kind, threshold)
        assert totals.before == pytest.approx(before, rel=1e-9)
        assert totals.after == pytest.approx(after, rel=1e-5)  # torch adds 1e-6 to the norm
        assert totals.cut == pytest.approx(changed, abs=1e-9)
        assert panel.header.title == f"Clipping by {kind}"
        assert "keeps its direction" in panel.sentence.text() if kind == "norm" else "direction changes"


@pytest.mark.parametrize("fields", KINDS, ids=str)
@pytest.mark.parametrize("kind", ["norm", "value"])
def test_every_kind_of_network_is_answered_and_drawn(
    fields: dict[str, Any], kind: str, qtbot: Any, tmp_path: Path
) -> None:
    options = {"clipping.kind": kind, f"clipping.{kind}": "0.01"}
    with real_panel(ClippingPanel, tmp_path, text_to_repeat(), options, **fields) as (panel, session, _):
        assert not panel.notice.isVisible()
        assert panel.sentence.text().startswith(f"By {kind}")
        assert np.isfinite(panel.data(session.view)["norm before"]).all()
        assert inked(panel) > 0.005
        session.set_option("clipping.mode", "parameters")
        assert inked(panel) > 0.005


def test_the_curves_are_the_parts_of_the_steps_before_and_after(qtbot: Any, tmp_path: Path) -> None:
    options = {"clipping.norm": "0.25"}
    with real_panel(ClippingPanel, tmp_path, text_source(8), options, **FLOAT64) as (panel, session, _):
        arrays = panel.data(session.view)
        factor = Totals.of(panel._shown, "norm", 0.25).factor
        np.testing.assert_allclose(arrays["norm after"], factor * arrays["norm before"], rtol=1e-12)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(panel.plot.curves["before"].values, np.log10(arrays["norm before"]))
            np.testing.assert_allclose(panel.plot.curves["after"].values, np.log10(arrays["norm after"]))
            drawn = {item.name(): item.getData()[1] for item in panel.plots["clipping"].listDataItems()}
            for name in ("before", "after"):
                np.testing.assert_array_equal(drawn[name], panel.plot.curves[name].values)


def drag_to(plot: ClipPlot, at: QPoint) -> None:
    target = plot.viewport()
    event = QMouseEvent(
        *(QMouseEvent.Type.MouseMove, QPointF(at), QPointF(target.mapToGlobal(at)), Qt.MouseButton.NoButton),
        *(Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier),
    )
    QApplication.sendEvent(target, event)


def test_the_line_is_dragged_and_everything_follows(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ClippingPanel, tmp_path, text_source(8), **FLOAT64) as (panel, session, link):
        QApplication.processEvents()  # the layout comes to rest
        plot, before = panel.plot, session.view.step
        QApplication.processEvents()  # the plot gets its height
        x, y = round(plot.data_rect.center().x()), round(plot.threshold_height)
        move(plot, QPoint(x, y))
        QTest.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, y))
        goal = plot.y_of(math.log10(0.02))
        drag_to(plot, QPoint(x, round(goal)))
        assert panel.threshold.value == pytest.approx(0.02, rel=0.05)
        assert "clipping.norm" not in session.view.options  # not before the mouse lets go
        link.run_until_idle()
        assert f"→ {panel.threshold.value:g}" in panel.numbers.text()
        scale = (plot._low, plot._high)
        QTest.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, round(goal)))
        assert plot.threshold_line.value() == math.log10(panel.threshold.value)
        assert (plot._low, plot._high) == scale
        assert float(session.view.options["clipping.norm"]) == panel.threshold.value
        assert session.view.step == before  # the cursor stays where it is


def test_a_press_beside_the_line_goes_to_a_step(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ClippingPanel, tmp_path, text_source(8)) as (panel, session, _):
        plot = panel.plot
        QApplication.processEvents()
        at = QPoint(round(plot.x_of(2)), round(plot.threshold_height) + 30)
        click(plot, at)
        assert session.view.step == 2
        click(plot, QPoint(round(plot.x_of(5)), round(plot.threshold_height)))
        assert session.view.step == 2, "a click on the line is none on a step"


def test_norm_and_value_keep_thresholds_of_their_own(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ClippingPanel, tmp_path, text_source(8)) as (panel, session, link):
        panel.threshold.chosen.emit(0.5)
        session.set_option("clipping.kind", "value")
        panel.threshold.chosen.emit(0.002)
        link.run_until_idle()
        assert panel.threshold.value == 0.002
        session.set_option("clipping.kind", "norm")
        assert panel.threshold.value == 0.5
        assert dict(session.view.options)["clipping.value"] == "0.002"


def test_every_parameter_has_a_row(qtbot: Any, tmp_path: Path) -> None:
    options = {"clipping.mode": "parameters", "clipping.norm": "0.1"}
    with real_panel(ClippingPanel, tmp_path, text_source(8), options, **FLOAT64) as (panel, session, _):
        assert session.view.trace is not None
        network = Network(session.view.trace.schedule.spec)
        assert [row.name for row in panel.bars.rows] == [name for name, _ in network.named_parameters()]
        total = math.sqrt(sum(row.after**2 for row in panel.bars.rows))
        assert total == pytest.approx(0.1)
        for item, norms in zip(panel.plots["parameters"].items, ("before", "after"), strict=True):
            expected = np.log10([getattr(row, norms) for row in panel.bars.rows])
            np.testing.assert_array_equal(item.getData()[1], expected)
        assert panel.bars.isVisible()
        assert not panel.plot.isVisible()


def test_a_sequence_without_a_target_is_told_what_to_do(qtbot: Any, tmp_path: Path) -> None:
    source = text_source(6)
    source = type(source)(source.text, targets="none")
    with real_panel(ClippingPanel, tmp_path, source, output_size=3) as (panel, session, _):
        assert "choose a target" in panel.notice.text()
        assert panel.wants(session.view) == ()


def test_before_the_first_loss_the_panel_says_when_it_comes(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ClippingPanel, tmp_path, text_to_repeat(), topology="many-to-one") as (panel, session, _):
        early = replace(session.view, published=3, position=3)
        assert panel.absence(early) == "The first loss comes at step 7: step forward, or run all."
        assert panel.wants(early) == ()


def test_the_truth_is_told_on_demand(qtbot: Any, tmp_path: Path) -> None:
    with real_panel(ClippingPanel, tmp_path, wave_source(8), readout="linear", **FLOAT64) as (panel, _, link):
        panel.truth.click()
        link.run_until_idle()
        assert panel.truth.text().startswith("autograd: ")


def totals(kind: Any, before: float, after: float, cut: float = 1.0, angle: float = 1.0) -> Totals:
    return Totals(kind, 1.0, before, after, before, after / before if before else 1.0, cut, angle)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (totals("norm", 12.4, 1.0), "multiplied with 1 / 12.4"),
        (totals("norm", 0.4, 0.4, 0.0), "not above 1, so nothing is changed"),
        (totals("value", 12.4, 3.0, 0.03, 0.9), "the direction changes, by 26°"),
        (totals("value", 0.4, 0.4, 0.0), "No entry is above 1 (the largest is 0.4)"),
        (totals("norm", math.nan, math.nan), "not finite: clipping by norm gives NaN."),
        (totals("norm", math.inf, math.nan), "gives NaN where it is infinite, and 0 elsewhere"),
        (totals("value", math.inf, 1.0), "infinite entries are clipped to the threshold"),
        (totals("norm", 0.0, 0.0, 0.0, math.nan), "there is nothing to clip"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_clipping_does_is_said_in_a_sentence(shown: Totals, words: str) -> None:
    assert words in shown.sentence()
    assert shown.sentence().endswith(".")


def test_the_large_numbers_of_a_gradient_that_is_not_finite_are_shown_as_such() -> None:
    assert totals("norm", math.nan, math.nan, angle=math.nan).numbers() == (("|g|", "NaN → NaN"),)
    assert ("|g|", "∞ → NaN") in totals("norm", math.inf, math.nan, angle=math.nan).numbers()


def test_shares_and_cosines_are_never_rounded_to_what_they_are_not() -> None:
    assert [share(x) for x in (0.0, 1e-6, 0.032, 0.99999, 1.0)] == ["0 %", "< 0.1 %", "3.2 %", "> 99.9 %", "100 %"]
    assert [cosine(x) for x in (1.0, 0.99999, 0.93)] == ["1", "0.9999", "0.9300"]


def test_slider_and_field_choose_the_same_threshold(qtbot: Any) -> None:
    field = Threshold("threshold")
    qtbot.addWidget(field)
    told: list[float] = []
    refused: list[str] = []
    field.chosen.connect(told.append)
    field.refused.connect(refused.append)
    field.set_value(1.0)
    assert told == []
    field.slider.setValue(-200)
    assert told == [0.01]
    assert field.field.text() == "0.01"
    for text in ("0,5", "-1", "much"):
        field.field.clear()
        QTest.keyClicks(field.field, text)
        QTest.keyClick(field.field, Qt.Key.Key_Return)
    assert told == [0.01, 0.5]
    assert len(refused) == 2
    assert "above zero" in refused[0]


def test_rows_that_do_not_fit_stand_in_further_columns(qtbot: Any) -> None:
    bars = ParameterBars()
    qtbot.addWidget(bars)
    rows = tuple(ParameterRow(f"W_{k}", 10.0**-k, 10.0**-k / 10) for k in range(14))
    bars.set_rows(rows)
    bars.resize(1200, 400)
    assert bars.layout_of(14) == (14, 1)
    bars.resize(1200, 170)
    assert bars.layout_of(14) == (7, 2)
    assert bars.share(1.0) > bars.share(0.1) > bars.share(1e-14) > 0
    assert bars.share(0.0) == 0
    assert bars.grab().width() == 1200


def test_bars_are_log10_of_the_norms_and_what_has_no_logarithm_stays(qtbot: Any) -> None:
    bars = ParameterBars()
    qtbot.addWidget(bars)
    norms = [(10.0, 1.0), (0.0, 0.0), (math.inf, math.nan), (math.nan, math.nan), (5e-324, 1e308)]
    for rows in ((), [ParameterRow(f"W_{k}", *pair) for k, pair in enumerate(norms)]):
        bars.set_rows(rows)
        for size in ((30, 30), (700, 300)):
            bars.resize(*size)
            assert not bars.grab().isNull()
    items = {item.name(): item for item in bars.plot.items}
    for place, name in enumerate(("before", "after")):
        with np.errstate(divide="ignore"):
            np.testing.assert_array_equal(items[name].getData()[1], np.log10([pair[place] for pair in norms]))
    (ticks,) = bars.plot.getAxis("left")._tickLevels
    assert ticks == [(k + 0.5, f"W_{k}") for k in range(5)]


def test_the_wheel_zooms_the_scale_of_the_bars_and_a_double_click_shows_all(qtbot: Any) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bars = ParameterBars(holder)
    bars.set_rows([ParameterRow("a", 1.0, 0.1), ParameterRow("b", 1e-6, 1e-6)])
    bars.resize(700, 300)
    holder.show()
    whole, share = bars.box.viewRange()[0], bars.share(1e-6)
    at = QPointF(bars.data_rect.left() + share * bars.data_rect.width(), bars.data_rect.center().y())
    turn_wheel(bars, at, 3)
    first, last = bars.box.viewRange()[0]
    assert last - first < 0.5 * (whole[1] - whole[0])
    assert bars.share(1e-6) == pytest.approx(share, abs=0.01)
    double_click(bars, at)
    assert bars.box.viewRange()[0] == whole
