"""A cell of one's own: typed, read, put into the network, saved and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.heading import headed, heading
from rnnviz.engine.messages import Open
from rnnviz.ui.cellfiles import CellFileError, read_cell_file, write_cell_file
from rnnviz.ui.cellsamples import cell_samples
from rnnviz.ui.controls.inferredcell import parameter_count
from rnnviz.ui.files import Files
from rnnviz.ui.keys import keeps_key
from rnnviz.ui.panels.architecture import ArchitecturePanel
from rnnviz.ui.panels.celleditor import CellEditorPanel
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from tests.ui.panels.pictures import make_view
from tests.ui.panels.runs import real_panel

Show = Callable[..., Any]
LEAKY = "h[t] = 0.9 * h[t-1] + 0.1 * tanh(W @ x[t] + U @ h[t-1] + b)"


def opened(panel: Any) -> list[Any]:
    """The cells that the engine was asked for."""
    return [command.spec.cell for command in panel.session.sent if isinstance(command, Open)]


def _view(session: Session) -> Any:
    return session.view


def write(panel: Any, text: str) -> None:
    """Type a text in place of the one that stands there, and let the typing rest."""
    panel.editor.selectAll()
    panel.editor.insertPlainText(text)
    panel.editor.flush()


@pytest.fixture
def panel(show: Show) -> Any:
    return show(CellEditorPanel, make_view(), 1000, 400)


def test_the_editor_shows_the_equations_of_the_cell(panel: Any) -> None:
    assert panel.editor.text().strip() == cells.get("lstm").text.strip()
    assert panel.inferred.heading.text().startswith("LSTM: ")
    assert panel.sentence.text() == "In use."


def test_an_error_stands_at_its_place_with_its_sentence(panel: Any) -> None:
    write(panel, "h[t] = tanh(W @ x[t])\n\ng[t] = sigmoi(W @ x[t])")
    assert panel.editor.fault == (3, 8)
    assert panel.editor.marked() == "sigmoi"
    assert panel.sentence.text().startswith("Line 3, column 8: 'sigmoi' is not a function")
    assert not opened(panel)


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("h[t] = ", (1, 6), "="),
        ("h[t] = (W @ x[t]", (1, 8), "("),
        ("h[t] = q[t] + W @ x[t]", (1, 8), "q"),
        ("a[t] = b[t] + W @ x[t]\nb[t] = a[t]", (1, 1), "a"),
        ("h[t] = W @ x[t] + \x01", (1, 19), "\x01"),
    ],
)
def test_every_kind_of_error_is_marked(panel: Any, text: str, place: tuple[int, int], word: str) -> None:
    write(panel, text)
    assert (panel.editor.fault, panel.editor.marked()) == (place, word)
    assert not opened(panel)


def test_typing_is_read_when_it_rests_and_not_before(panel: Any, qtbot: Any) -> None:
    panel.editor.selectAll()
    QTest.keyClicks(panel.editor, LEAKY)
    assert not opened(panel)
    qtbot.waitUntil(lambda: bool(opened(panel)), timeout=2000)
    assert opened(panel) == [LEAKY]


def test_by_hand_a_cell_waits_for_control_and_enter(panel: Any) -> None:
    panel.session.set_option("celleditor.live", "off")
    write(panel, LEAKY)
    assert not opened(panel)
    assert panel.use.isEnabled()
    QTest.keyClick(panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert opened(panel) == [LEAKY]


def test_a_cell_goes_into_the_picked_layer_or_into_all(show: Show) -> None:
    panel = show(CellEditorPanel, make_view(cell=("lstm", "gru"), num_layers=2), 1000, 400)
    panel.session.pick_layer(1)
    assert panel.editor.text().strip() == cells.get("gru").text.strip()
    write(panel, LEAKY)
    assert opened(panel)[-1] == ("lstm", LEAKY)
    panel.session.set_option("celleditor.where", "all")
    write(panel, LEAKY + "  # state")
    assert opened(panel)[-1] == LEAKY + "  # state"


def test_the_keys_of_the_transport_are_typed(panel: Any) -> None:
    for key in (Qt.Key.Key_Space, Qt.Key.Key_B, Qt.Key.Key_H, Qt.Key.Key_Left, Qt.Key.Key_Home):
        assert keeps_key(panel.editor, key, Qt.KeyboardModifier.NoModifier)


def test_a_new_line_within_brackets_is_indented_and_still_a_cell(panel: Any) -> None:
    panel.editor.selectAll()
    QTest.keyClicks(panel.editor, "h[t] = tanh(W @ x[t]")
    QTest.keyClick(panel.editor, Qt.Key.Key_Return)
    QTest.keyClicks(panel.editor, "+ b)")
    panel.editor.flush()
    assert panel.editor.text() == "h[t] = tanh(W @ x[t]\n    + b)"
    assert panel.cell is not None


def test_what_is_inferred_is_shown(panel: Any) -> None:
    write(panel, LEAKY)
    spec = _view(panel.session).document.spec
    units, inputs = 5, spec.input_size
    assert f"{units * inputs + units * units + units:,} parameters" in panel.inferred.heading.text()
    assert "[units × inputs]" in panel.inferred.tables.text()
    assert f"{units} × {inputs}" in panel.inferred.tables.text()


@pytest.mark.parametrize("biases", ["one", "two"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "indrnn", "lstm-peephole"])
def test_parameters_are_counted_as_the_engine_counts_them(cell: str, biases: str, tmp_path: Path) -> None:
    with real_panel(CellEditorPanel, tmp_path, cell=cell, biases=biases) as (panel, session, _):
        layer = next(part for part in _view(session).trace.parts if "layer" in part.part)
        assert parameter_count(panel.cell, _view(session).document.spec, 0, "forward") == layer.count


def test_a_text_of_a_megabyte_is_refused_at_once(panel: Any) -> None:
    before = panel.editor.text()
    data = QMimeData()
    data.setText("h" * 1_000_000)
    panel.editor.insertFromMimeData(data)
    assert panel.editor.text() == before
    assert "nothing was inserted" in panel.sentence.text()


def test_sixty_signals_are_a_cell(panel: Any) -> None:
    chain = "\n".join(f"s{k}[t] = tanh(s{k - 1}[t] + b{k})" for k in range(1, 60))
    write(panel, f"s0[t] = W @ x[t] + U @ s59[t-1]\n{chain}")
    assert len(panel.cell.order) == 60
    assert panel.cell.states == ("s59",)


def test_a_cycle_through_sixty_signals_leaves_room_for_the_editor(panel: Any) -> None:
    write(panel, "\n".join(f"s{k}[t] = s{(k + 1) % 60}[t] + W @ x[t]" for k in range(60)))
    assert "s0[t] needs s1[t]" in panel.sentence.text()
    assert len(panel.sentence.text()) <= 240
    assert panel.sentence.toolTip().endswith("s59[t] needs s0[t]: a cycle.")


def test_every_sample_is_a_cell_that_can_be_used() -> None:
    for sample in cell_samples():
        assert parse_cell(sample.text).recurrent or sample.title == "Feedforward"


def test_the_equations_of_the_lstm_typed_anew_give_its_run_bit_for_bit(tmp_path: Path) -> None:
    typed = "# TITLE: Typed by me\n" + cells.get("lstm").text
    with real_panel(CellEditorPanel, tmp_path, seed=3) as (panel, session, link):
        before = {name: _view(session).trace.record.signal(name, 0, "forward").copy() for name in "ifgoch"}
        write(panel, typed)
        link.run_until_idle()
        assert _view(session).document.spec.cell == typed.strip()
        for name, values in before.items():
            assert np.array_equal(values, _view(session).trace.record.signal(name, 0, "forward")), name
        assert panel.inferred.heading.text().startswith("Typed by me: ")


def test_one_burst_of_typing_is_one_step_of_undo(tmp_path: Path) -> None:
    with real_panel(CellEditorPanel, tmp_path) as (panel, session, link):
        for text in (LEAKY, LEAKY + " + a", LEAKY + " + a * b"):
            write(panel, text)
            link.run_until_idle()
        assert session.undo_stack.count() == 1
        session.undo_stack.undo()
        link.run_until_idle()
        assert _view(session).document.spec.cell == "lstm"
        assert panel.editor.text().strip() == cells.get("lstm").text.strip()


def test_a_network_that_cannot_be_is_refused_in_a_sentence(show: Show) -> None:
    panel = show(CellEditorPanel, make_view(bidirectional=True), 1000, 400)
    write(panel, "h[t] = tanh(W @ x[t] + U @ y[t-1])")
    assert "bidirectional" in panel.sentence.text()
    assert not opened(panel)


def test_a_cell_is_saved_and_opened_again(panel: Any, tmp_path: Path) -> None:
    write(panel, "# TITLE: Mine\n" + LEAKY)
    panel.save_file(tmp_path / "mine")
    write(panel, cells.get("gru").text)
    panel.open_file(tmp_path / "mine.cell")
    assert panel.editor.text() == f"# TITLE: Mine\n{LEAKY}\n"
    assert panel.cell.title == "Mine"


def test_a_shipped_cell_is_saved_under_its_title(panel: Any, tmp_path: Path) -> None:
    panel.save_file(tmp_path / "lstm.cell")
    assert (tmp_path / "lstm.cell").read_text().startswith("# TITLE: LSTM\n# DESCRIPTION: Long short-term memory")
    panel.open_file(tmp_path / "lstm.cell")
    assert not opened(panel)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"h[t] = tan(W @ x[t])", "bad.cell, line 1, column 8: 'tan' is not a function"),
        (b"h[t] = W @ x[t]\n\xff", "bad.cell, line 2: the file is not UTF-8 text"),
        (b"#" * 1_000_000, "bad.cell is larger than"),
        (b"", "bad.cell, line 1, column 1: There is no equation"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_place(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.cell"
    path.write_bytes(data)
    with pytest.raises(CellFileError) as refusal:
        read_cell_file(path)
    assert str(refusal.value).startswith(sentence)


def test_what_is_not_a_cell_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(CellError):
        write_cell_file("h[t] =", tmp_path / "x.cell")
    assert not list(tmp_path.iterdir())


def test_a_file_dropped_on_the_window_becomes_the_cell(panel: Any, tmp_path: Path) -> None:
    path = write_cell_file(LEAKY, tmp_path / "leaky.cell")
    files = Files(panel.session, Settings(), lambda: b"", lambda _: None)
    files.open(path)
    assert opened(panel) == [LEAKY]


def test_the_architecture_leads_to_the_editor(show: Show, qtbot: Any) -> None:
    architecture = show(ArchitecturePanel, make_view(), 300, 900)
    with qtbot.waitSignal(architecture.session.panel_wanted, timeout=1000) as asked:
        architecture.to_editor.click()
    assert asked.args == [CellEditorPanel.name]


def test_a_narrow_and_a_low_editor_leave_out_what_does_not_fit(panel: Any) -> None:
    panel.resize(300, 400)
    assert panel.width() == 300
    assert panel.inferred.isHidden()
    assert panel.saves.isHidden()
    panel.resize(700, 84)
    assert panel.sentence.isHidden()
    assert panel.header.said == "In use."


def test_a_heading_is_read_as_it_is_written() -> None:
    about = heading(headed("Mine", "One\nsentence.", LEAKY))
    assert (about.title, about.description, about.body) == ("Mine", "One sentence.", LEAKY)
    assert heading(LEAKY + "\n# TITLE: too late").title == ""
