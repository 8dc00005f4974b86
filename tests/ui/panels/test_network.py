"""The panel of the network: what its nodes and links show is what the run has computed; it leads to steps and cells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.record import NETWORK
from rnnviz.engine.requests import Starts
from rnnviz.ui.drawing.painting import write
from rnnviz.ui.drawing.ticks import number
from rnnviz.ui.export.figures import WidgetFigure
from rnnviz.ui.export.write import svg_document
from rnnviz.ui.networkdiagram import paint
from rnnviz.ui.networkdiagram.contents import DECADES
from rnnviz.ui.networkdiagram.graph import Node, Place, Y
from rnnviz.ui.networkdiagram.morph import between
from rnnviz.ui.networkdiagram.paint import NetworkPainter
from rnnviz.ui.networkdiagram.strips import StripImages
from rnnviz.ui.panels.network import NetworkPanel
from rnnviz.ui.session import Session
from rnnviz.ui.view import TraceView, View
from tests.ui.export.pictures import elements
from tests.ui.panels.pictures import make_view, text_source, wave_source
from tests.ui.panels.runs import real_panel

pytestmark = pytest.mark.usefixtures("qapp")

H = Place("h", 0)


def trace_of(session: Session) -> TraceView:
    assert session.view.trace is not None
    return session.view.trace


def folded(view: View) -> View:
    return replace(view, options=MappingProxyType({"network.form": "folded"}))


def middle_of(panel: Any, node: Node) -> QPointF:
    return QPointF(*panel.canvas.picture.nodes[node].middle)


def test_nodes_show_the_states_and_likeliest_classes_of_the_run(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, hidden_size=4) as (panel, session, _):
        session.go_to(5)
        record, contents = trace_of(session).record, panel.canvas.contents
        for step in range(12):
            face = contents.faces[Node(H, step)]
            np.testing.assert_array_equal(face.values, record.signal("h", 0)[step])
            assert face.top == 1.0
            assert face.lit == (step == 5)
        shares = record.signal("output", NETWORK)[5]
        name, probability = contents.faces[Node(Y, 5)].lines
        assert name == trace_of(session).sequence.target_names[int(np.argmax(shares))]
        assert probability == f"{shares.max():.2f}"


def test_links_are_as_wide_as_the_norm_of_what_flows(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, hidden_size=4) as (panel, session, _):
        record, contents = trace_of(session).record, panel.canvas.contents
        h, x = (np.linalg.norm(record.signal(*at).astype(float), axis=1) for at in (("h", 0), ("x", NETWORK)))
        assert max(h.max(), x.max()) <= contents.largest <= 2.5 * max(h.max(), x.max())
        for step in range(1, 12):
            ends = Node(H, step - 1), Node(H, step)
            assert contents.shares[ends] == pytest.approx(h[step - 1] / contents.largest)


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
def test_the_states_before_the_first_step_are_those_that_are_given(both: bool, tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, hidden_size=3, bidirectional=both) as (panel, session, link):
        first = panel.canvas.contents.faces[Node(H, -1)]
        assert (first.values, first.lines, str(first.symbol)) == (None, ("0",), "h_0")
        ways = trace_of(session).schedule.spec.directions
        rows = [[0.5, -0.25, 0.125 * (k + 1)] for k in range(len(ways))]
        given = {"h": rows, "c": [[0.0] * 3] * len(ways)}
        document = session.view.document
        assert document is not None
        spec = document.spec.replace(initial_state="given")
        session.open_document(replace(document, spec=spec, given=given))
        link.run_until_idle()
        for k, way in enumerate(ways):
            start = Node(Place("h", 0, way), -1 if way == "forward" else 12)
            follows = Node(Place("h", 0, way), 0 if way == "forward" else 11)
            face, contents = panel.canvas.contents.faces[start], panel.canvas.contents
            assert face.values.tolist() == rows[k]
            assert contents.shares[start, follows] == pytest.approx(np.linalg.norm(rows[k]) / contents.largest)


def test_learned_states_before_the_first_step_are_asked_for(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, initial_state="learned", hidden_size=4) as (panel, session, _):
        assert panel.wants(session.view) == (Starts(),)
        assert panel.canvas.contents.faces[Node(H, -1)].lines == ("0",)  # before any training
        asked = session.view.analyses[Starts()]
        learned = replace(asked, arrays={**asked.arrays, "0.forward.h": np.array([0.5, 0.0, -0.25, 1.0])})
        session.apply(analyses=MappingProxyType({Starts(): learned}))
        assert panel.canvas.contents.faces[Node(H, -1)].values.tolist() == [0.5, 0.0, -0.25, 1.0]


def test_states_that_are_known_are_not_asked_for(show: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    assert panel.wants(panel.session.view) == ()


def test_a_learned_start_that_is_not_known_yet_shows_no_value(show: Any) -> None:
    panel = show(NetworkPanel, make_view(initial_state="learned"), 1280, 400)
    face = panel.canvas.contents.faces[Node(H, -1)]
    assert (face.values, face.lines) == (None, ("…",))


def test_dense_layers_show_what_they_have_computed(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, hidden_size=4, readout_sizes=(6, 3)) as (panel, session, link):
        record, contents = trace_of(session).record, panel.canvas.contents
        for k, units in enumerate((6, 3)):
            recorded = record.signal(f"readout.{k}", NETWORK)
            shown = contents.faces[Node(Place("dense", k), 5)].values
            assert shown.shape == (units,)
            np.testing.assert_array_equal(shown, recorded[5])
        norm = np.linalg.norm(record.signal("readout.0", NETWORK)[5].astype(float))
        ends = Node(Place("dense", 0), 5), Node(Place("dense", 1), 5)
        assert contents.shares[ends] == pytest.approx(norm / contents.largest)
        session.turn(True)
        session.go_to(3)
        link.run_until_idle()
        gradients, contents = session.view.gradients, panel.canvas.contents
        assert gradients is not None
        flowing = np.linalg.norm(gradients.record.signal("readout.1", NETWORK)[5].astype(float))
        share = contents.shares[Node(Place("dense", 0), 5), Node(Place("dense", 1), 5)]
        assert share == pytest.approx(max(0.0, 1 + np.log10(flowing / contents.largest) / DECADES), abs=1e-6)


def test_on_the_way_back_links_are_as_wide_as_the_gradient(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, hidden_size=4) as (panel, session, link):
        session.turn(True)
        session.hide_ahead(False)
        session.go_to_end()
        link.run_until_idle()
        gradients, contents = session.view.gradients, panel.canvas.contents
        assert gradients is not None
        norms = np.linalg.norm(gradients.record.signal("h", 0).astype(float), axis=1)
        for step in range(1, 12):
            share = contents.shares[Node(H, step - 1), Node(H, step)]
            fade = -np.inf if norms[step] == 0 else np.log10(norms[step] / contents.largest)
            assert share == pytest.approx(max(0.0, 1 + fade / DECADES), abs=1e-6)
        assert contents.shares[Node(H, 9), Node(H, 10)] > 0.2


@pytest.mark.parametrize(
    "fields",
    [{}, {"num_layers": 2, "bidirectional": True}, {"cell": "jordan"}, {"readout_sizes": (4,)}],
    ids=["one", "both ways", "jordan", "dense"],
)
def test_images_that_are_moved_are_what_would_be_drawn(fields: dict[str, Any], show: Any) -> None:
    panel = show(NetworkPanel, make_view(text_source(60), **fields), 1280, 500)
    for step in (20, 21, 22, 59, 0):
        panel.session.go_to(step)
        moved = panel.canvas.grab().toImage()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(StripImages, "draw", lambda *_: False)
            drawn = panel.canvas.grab().toImage()
        first, second = pixels(moved), pixels(drawn)
        differing = (np.abs(first.astype(int) - second) > 40).any(axis=2)
        assert differing.mean() < 0.002


def test_from_one_step_to_the_next_only_what_is_new_is_painted(show: Any) -> None:
    panel = show(NetworkPanel, make_view(text_source(200)), 1280, 400)
    panel.session.go_to(100)
    panel.canvas.grab()
    before = set(panel.canvas._strips._images)
    panel.session.go_to(101)
    panel.canvas.grab()
    assert 0 < len(set(panel.canvas._strips._images) - before) <= 3


def pixels(image: QImage) -> Any:
    """Colours of an image, [rows, columns, 4]."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.mark.parametrize("fields", [{}, {"bidirectional": True, "num_layers": 2}, {"cell": "jordan"}], ids=str)
@pytest.mark.parametrize("back", [False, True], ids=["forward", "backward"])
def test_arrows_point_where_values_flow_and_where_gradients_flow(
    fields: dict[str, Any], back: bool, show: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = show(NetworkPanel, make_view(**fields), 1280, 600)
    panel.session.apply(backward=back)
    tips: list[tuple[Any, Any]] = []
    monkeypatch.setattr(NetworkPainter, "_head", lambda _, tip, towards, *rest: tips.append((tip, towards)))
    monkeypatch.setattr(StripImages, "draw", lambda *_: False)
    panel.canvas.grab()
    picture = panel.canvas.picture
    expected = {trail.start if back else trail.pieces[-1][-1] for trail in picture.trails if trail.rule.role != "loss"}
    assert {tip for tip, _ in tips} == expected
    assert all(np.hypot(*towards) == pytest.approx(1) for _, towards in tips)


def test_with_a_delay_outputs_name_the_input_they_are_for(show: Any) -> None:
    panel = show(NetworkPanel, make_view(wave_source(12), delay=2), 1280, 500)
    panel.canvas.pointed_at(middle_of(panel, Node(Y, 5)))
    assert "for the input of t = 4" in panel.header.read_out
    assert not panel.canvas.network.has(Y, 1)


def test_what_is_told_of_the_node_under_the_mouse_follows_the_run(tmp_path: Path) -> None:
    with real_panel(NetworkPanel, tmp_path, size=(1280, 500), hidden_size=4) as (panel, session, link):
        panel.canvas.pointed_at(middle_of(panel, Node(H, 5)))
        for entries in ((), (Clamp("h", 0.5),)):
            session.set_interventions(entries)
            link.run_until_idle()
            norm = np.linalg.norm(trace_of(session).record.signal("h", 0)[5].astype(float))
            assert f"norm {number(float(norm), 4)}" in panel.header.read_out
        session.change_spec(hidden_size=3)
        link.run_until_idle()
        assert panel.header.read_out == ""


def test_with_a_delay_every_output_says_for_which_step_it_is(show: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def spy(painter: Any, rect: Any, flags: Any, text: str, *rest: Any) -> None:
        written.append(text)
        write(painter, rect, flags, text, *rest)

    monkeypatch.setattr(paint, "write", spy)
    for delay, expected in ((3, [f"for t = {t}" for t in range(1, 13)]), (0, [])):
        panel = show(NetworkPanel, make_view(wave_source(12), delay=delay), 1600, 500)
        monkeypatch.setattr(StripImages, "draw", lambda *_: False)
        written.clear()
        panel.canvas.grab()
        assert [text for text in written if text.startswith("for t")] == expected
        faces = panel.canvas.contents.faces
        assert {node.step + 1 - delay: face.name for node, face in faces.items() if face.name.startswith("for")} == {
            int(name.split()[-1]): name for name in expected
        }


def test_what_lies_ahead_is_hidden(show: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    panel.session.go_to(4)
    panel.session.hide_ahead(True)
    faces = panel.canvas.contents.faces
    assert {node.step for node, face in faces.items() if face.known and node.place.kind != "target"} == set(
        range(-1, 5)
    )
    assert faces[Node(H, 6)].values is None
    assert not faces[Node(Place("x"), 6)].lines


@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
def test_a_click_goes_to_the_step_and_picks_layer_and_direction(both: bool, show: Any) -> None:
    view = make_view(num_layers=2, bidirectional=both, topology="many-to-one")
    panel = show(NetworkPanel, view, 1280, 600)
    place = Place("h", 1, "backward" if both else "forward")
    panel.canvas.clicked_at(middle_of(panel, Node(place, 3)))
    now = panel.session.view
    assert (now.step, now.layer, now.direction) == (3, place.layer, place.direction)
    assert [node for node, face in panel.canvas.contents.faces.items() if face.lit and node.place == place] == [
        Node(place, 3)
    ]


def test_one_click_folds_and_unfolds(show: Any, qtbot: Any) -> None:
    panel = show(NetworkPanel, make_view(), 1280, 400)
    qtbot.mouseClick(panel.form.button("folded"), Qt.MouseButton.LeftButton)
    assert {node.step for node in panel.canvas.picture.nodes} == {panel.session.view.step}
    qtbot.waitUntil(lambda: panel.canvas._share == 0.0, timeout=2000)
    qtbot.mouseClick(panel.form.button("unfolded"), Qt.MouseButton.LeftButton)
    assert {node.step for node in panel.canvas.picture.nodes} == set(range(-1, 12))
    qtbot.waitUntil(lambda: panel.canvas._share == 1.0, timeout=2000)


def test_every_step_comes_out_of_the_node_it_was_folded_into(show: Any) -> None:
    panel = show(NetworkPanel, make_view(num_layers=2), 1280, 400)
    canvas = panel.canvas
    one, all_steps = canvas._laid_out(False), canvas._laid_out(True)
    home = {node.place: frame for node, frame in one.nodes.items()}
    assert all(frame == home[node.place] for node, frame in between(one, all_steps, 0.0).nodes.items())
    for node, frame in between(one, all_steps, 1.0).nodes.items():
        assert frame == pytest.approx(all_steps.nodes[node])
    canvas._share = 0.5
    assert not canvas.grab().isNull()


def test_the_folded_network_shows_nothing_that_its_step_does_not_have(show: Any) -> None:
    panel = show(NetworkPanel, folded(make_view(topology="many-to-one")), 700, 400)
    panel.session.go_to(3)
    faces = panel.canvas.contents.faces
    assert not faces[Node(Y, 3)].known
    assert faces[Node(H, 3)].known


def test_the_figure_is_made_of_lines_and_type(show: Any) -> None:
    panel = show(NetworkPanel, make_view(hidden_size=64), 1280, 420)
    document = svg_document(WidgetFigure(panel, "network", "Network"))
    assert not elements(document, "image")
    texts = {(text.text or "").strip() for text in elements(document, "text")}
    assert {"W", "xh", "hh", "hy", "cat", "t = 6"} <= texts


def test_the_scales_of_colours_and_widths_stand_below_the_network(show: Any) -> None:
    def written(height: int, **changes: Any) -> set[str]:
        panel = show(NetworkPanel, make_view(hidden_size=8, num_layers=2), 1280, height)
        panel.session.apply(**changes)
        document = svg_document(WidgetFigure(panel, "network", "Network"))
        found = {(text.text or "").strip() for text in elements(document, "text")}
        return found | {f"top {panel.canvas.contents.largest:g}"}

    forward, back = written(500), written(500, backward=True)
    assert {"h", "−1", "1", "norm"} <= forward
    assert any(f"top {text}" in forward for text in forward)
    assert {"‖dL/dh‖", "h"} <= back
    assert "norm" not in written(120)


def test_the_number_of_a_late_step_is_written_whole(show: Any) -> None:
    panel = show(NetworkPanel, make_view(wave_source(30_000)), 900, 420)
    panel.session.go_to(20_004)
    texts = {(text.text or "").strip() for text in elements(svg_document(WidgetFigure(panel, "n", "N")), "text")}
    assert {"t = 1", "20005", "30000"} <= texts
