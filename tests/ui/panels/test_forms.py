"""The panels at the left: what is typed becomes a network and a sequence, or a sentence at its field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from rnnviz.engine import cells
from rnnviz.engine.messages import Append, Open
from rnnviz.engine.sequence import ImageSource, SignalSource, TableSource, TextSource, append
from rnnviz.engine.sequence.gallery import sample
from rnnviz.ui.panels.architecture import ArchitecturePanel
from rnnviz.ui.panels.sequence import SequencePanel
from tests.ui.panels.pictures import make_view, text_source, wave_source

Show = Callable[..., Any]


def type_into(panel: Any, name: str, text: str) -> None:
    """Type into a field of the architecture, and let it apply."""
    field = panel.form.editors[name].focus
    line = field.lineEdit() if hasattr(field, "lineEdit") and field.lineEdit() is not None else field
    line.selectAll()
    QTest.keyClicks(line, text)
    panel.form.flush()


def choose(panel: Any, name: str, value: Any) -> None:
    """Choose in a field of the architecture, and let it apply."""
    editor = panel.form.editors[name]
    editor.box.activated.emit(editor._values.index(value))
    panel.form.flush()


def opened(panel: Any) -> Open:
    """The last document that the engine was asked to open."""
    return next(command for command in reversed(panel.session.sent) if isinstance(command, Open))


def source_of(panel: Any) -> Any:
    """The last sequence that the engine was asked to open."""
    return opened(panel).source


@pytest.fixture
def architecture(show: Show) -> Any:
    return show(ArchitecturePanel, make_view(), 300, 900)


def test_the_form_shows_the_specification(architecture: Any) -> None:
    assert architecture.form.editors["hidden_size"].line.text() == "5"
    assert architecture.form.editors["topology"].box.currentText() == "many to many"
    assert architecture.cell_title.text() == "LSTM"
    assert "1,234" in architecture.counts.text()


def test_a_size_is_applied_when_the_typing_rests(architecture: Any, qtbot: Any) -> None:
    line = architecture.form.editors["hidden_size"].line
    line.selectAll()
    QTest.keyClicks(line, "24")
    assert not architecture.session.sent
    qtbot.waitUntil(lambda: bool(architecture.session.sent), timeout=2000)
    assert opened(architecture).spec.hidden_size == 24


def test_sizes_per_layer_bring_their_layers(architecture: Any) -> None:
    type_into(architecture, "hidden_size", "64, 32")
    spec = opened(architecture).spec
    assert (spec.hidden_size, spec.num_layers) == ((64, 32), 2)


def test_a_further_layer_has_the_size_of_the_last(show: Show) -> None:
    panel = show(ArchitecturePanel, make_view(num_layers=2, hidden_size=(6, 3)), 300, 900)
    panel.form.editors["num_layers"].box.setValue(3)
    panel.form.flush()
    assert opened(panel).spec.hidden_size == (6, 3, 3)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("hidden_size", "0", "not between 1 and 8,192"),
        ("hidden_size", "1000000", "not between 1 and 8,192"),
        ("hidden_size", "many", "'many' is not a whole number"),
        ("hidden_size", "4/5/6", "two directions at most"),
        ("spectral_radius", "-1", "not between 0 and 1000"),
        ("spectral_radius", "nan", "not between"),
        ("cell", "lstn", "there is no cell 'lstn'"),
        ("seed", "-3", "not between"),
        ("embedding_size", "x", "not a whole number"),
    ],
)
def test_a_wrong_entry_is_answered_at_its_field(architecture: Any, field: str, text: str, words: str) -> None:
    type_into(architecture, field, text)
    assert words in architecture.form.error(field)
    assert not architecture.session.sent


def test_an_impossible_combination_is_answered_at_its_field_and_taken_back(show: Show) -> None:
    panel = show(ArchitecturePanel, make_view(cell="jordan"), 300, 900)
    choose(panel, "bidirectional", True)
    assert "bidirectional must be False" in panel.form.error("bidirectional")
    assert panel.form.editors["bidirectional"].box.currentText() == "forward"
    assert not panel.session.sent


def test_a_field_that_does_not_apply_says_why(architecture: Any) -> None:
    for name, reason in (
        ("feedback", "only one-to-many"),
        ("activation", "names its functions itself"),
        ("readout_activation", "no layers between"),
        ("output_size", "targets of the sequence ask for 12"),
        ("given", "is not given"),
    ):
        editor = architecture.form.editors[name]
        assert not editor.isEnabled()
        assert reason in editor.toolTip()


@pytest.mark.parametrize("cell", cells.names())
def test_every_cell_can_be_chosen_from_every_other(cell: str, show: Show) -> None:
    panel = show(ArchitecturePanel, make_view(forget_bias=1.0, spectral_radius=0.9), 300, 900)
    panel._on_changes({"cell": cell})
    if cell == "lstm":
        assert not panel.session.sent
    else:
        spec = opened(panel).spec
        assert spec.cell == cell
        remembers = "b_f" in {info.name for info in cells.get(cell).parameters} and cell != "mgu"
        assert (spec.forget_bias is not None) == remembers


def test_another_topology_takes_the_delay_back(show: Show) -> None:
    panel = show(ArchitecturePanel, make_view(delay=2), 300, 900)
    choose(panel, "topology", "many-to-one")
    spec = opened(panel).spec
    assert (spec.topology, spec.delay) == ("many-to-one", 0)


def test_without_a_readout_there_is_no_output_size_and_with_one_again_the_targets_give_it(show: Show) -> None:
    panel = show(ArchitecturePanel, make_view(), 300, 900)
    choose(panel, "readout", None)
    assert opened(panel).spec.output_size is None
    panel = show(ArchitecturePanel, make_view(readout=None, output_size=None), 300, 900)
    choose(panel, "readout", "softmax")
    assert opened(panel).spec.output_size == 12


def test_the_dice_throws_another_seed(architecture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 4321)
    architecture.form.editors["seed"].dice.click()
    architecture.form.flush()
    assert opened(architecture).spec.seed == 4321


def test_given_states_are_typed_and_expanded(architecture: Any) -> None:
    choose(architecture, "initial_state", "given")
    assert opened(architecture).given == {"c": [[0.0] * 5], "h": [[0.0] * 5]}
    view = architecture.session.view
    document = replace(view.document, spec=view.document.spec.replace(initial_state="given"), given={"h": [[0.0] * 5]})
    architecture.session.show(replace(view, document=document))
    type_into(architecture, "given", "h: 0.5; c: 1 2 3 4 5")
    assert opened(architecture).given == {"c": [[1.0, 2.0, 3.0, 4.0, 5.0]], "h": [[0.5] * 5]}
    type_into(architecture, "given", "h: 1 2")
    assert "2 numbers, but a layer has 5 units" in architecture.form.error("given")
    type_into(architecture, "given", "k: 1")
    assert "no state 'k'" in architecture.form.error("given")


def test_a_cell_of_ones_own_is_typed_as_equations(architecture: Any) -> None:
    text = "h[t] = tanh(W @ x[t] + u * h[t-1] + b)"
    architecture.equations.setPlainText(text)
    architecture._apply_equations()
    assert opened(architecture).spec.cell == text
    architecture.equations.setPlainText("h[t] = tanh(W @ x[t] + h[t-2])")
    architecture._apply_equations()
    assert architecture.equation_error.text().startswith("line 1, column")


def test_a_shipped_cell_typed_again_is_that_cell(architecture: Any) -> None:
    architecture.equations.setPlainText(cells.get("gru").text)
    architecture._apply_equations()
    assert opened(architecture).spec.cell == "gru"


@pytest.fixture
def sequence(show: Show) -> Any:
    return show(SequencePanel, make_view(), 300, 700)


def test_a_typed_text_becomes_the_sequence(sequence: Any) -> None:
    editor = sequence.editors["text"]
    editor.text.setPlainText("a new sentence")
    editor.flush()
    source = source_of(sequence)
    assert isinstance(source, TextSource)
    assert source.text == "a new sentence"


def test_an_empty_text_is_answered_in_a_sentence(sequence: Any) -> None:
    editor = sequence.editors["text"]
    editor.text.setPlainText("   ")
    editor.flush()
    assert sequence.complaint
    assert not sequence.session.sent


def test_a_word_outside_a_kept_vocabulary_is_named(show: Show) -> None:
    source = text_source()
    panel = show(
        SequencePanel, make_view(type(source)(source.text, vocabulary=tuple(sorted(set(source.text.split())))))
    )
    panel.editors["text"].text.setPlainText("the elephant")
    panel.editors["text"].flush()
    assert "'elephant'" in panel.complaint
    assert "vocabulary of 12 tokens" in panel.complaint


@pytest.fixture
def keeping(show: Show) -> Any:
    """The panel with a text whose vocabulary is kept."""
    source = text_source()
    kept = type(source)(source.text, vocabulary=tuple(sorted(set(source.text.split()))))
    return show(SequencePanel, make_view(kept), 300, 700)


def type_text(panel: Any, text: str) -> Any:
    editor = panel.editors["text"]
    editor.text.setPlainText(text)
    editor.flush()
    return editor


def test_the_refusal_of_a_word_stands_right_below_the_text_and_can_be_met_with_one_click(keeping: Any) -> None:
    editor = type_text(keeping, "the elephant")
    assert editor.refusal.isVisible()
    assert 0 <= editor.refusal.y() - editor.text.geometry().bottom() < 20
    assert not keeping.session.sent
    assert "weights" in editor.refusal.button.toolTip()
    editor.refusal.button.click()
    assert source_of(keeping) == TextSource("the elephant")
    assert not editor.refusal.isVisible()
    assert editor.text.toPlainText() == "the elephant"


def test_a_refusal_is_scrolled_to_where_the_panel_is_low(keeping: Any) -> None:
    keeping.resize(300, 260)
    editor = type_text(keeping, "the elephant")
    for _ in range(3):
        QApplication.processEvents()
    seen = keeping.column.viewport().rect()
    place = editor.refusal.mapTo(keeping.column.viewport(), editor.refusal.rect().topLeft())
    assert 0 <= place.y() <= seen.height() - editor.refusal.label.height()


def test_what_no_vocabulary_would_help_offers_none(keeping: Any) -> None:
    editor = type_text(keeping, "   ")
    assert editor.refusal.sentence
    assert not editor.refusal.button.isVisible()


def test_a_word_that_cannot_be_appended_can_be_with_a_vocabulary_of_the_longer_text(keeping: Any) -> None:
    before = keeping.session.view.document.source.text
    keeping.piece.setText("elephant")
    QTest.keyClick(keeping.piece, Qt.Key.Key_Return)
    assert "elephant" in keeping.error.sentence
    assert keeping.error.geometry().bottom() < keeping.extension.y() + 2
    keeping.error.button.click()
    assert source_of(keeping) == TextSource(f"{before} elephant")
    assert keeping.piece.text() == ""
    assert keeping.complaint == ""


def test_a_word_in_the_one_box_never_discards_what_was_typed_in_the_other(keeping: Any) -> None:
    editor = type_text(keeping, "the elephant")
    told = editor.refusal.sentence
    keeping.piece.setText("cat")
    document = keeping.session.view.document
    longer = replace(document, source=append(document.source, "cat"))
    keeping.session.show(replace(keeping.session.view, document=longer))
    assert editor.text.toPlainText() == "the elephant"
    assert editor.refusal.sentence == told
    assert keeping.piece.text() == "cat"


def test_a_text_that_is_being_typed_is_read_before_a_word_is_appended(keeping: Any) -> None:
    editor = keeping.editors["text"]
    editor.text.setPlainText("the cat")
    keeping.piece.setText("the")
    QTest.keyClick(keeping.piece, Qt.Key.Key_Return)
    assert source_of(keeping).text == "the cat the"
    assert keeping.piece.text() == ""


def test_another_sequence_takes_the_place_of_a_text_that_was_refused(keeping: Any) -> None:
    editor = type_text(keeping, "the elephant")
    document = keeping.session.view.document
    other = replace(document, source=TextSource("something else"))
    keeping.session.show(replace(keeping.session.view, document=other))
    assert editor.text.toPlainText() == "something else"
    assert keeping.complaint == ""


def test_the_vocabulary_can_be_seen_and_searched(sequence: Any) -> None:
    editor = sequence.editors["text"]
    editor.vocabulary.set_open(True)
    assert "12 tokens" in editor.vocabulary.button.text()
    editor.search.setText("cat")
    assert editor.tokens.model().rowCount() == 1
    assert editor.tokens.model().index(0, 0).data() == "cat    × 1"


def test_a_text_is_read_by_character(sequence: Any) -> None:
    form = sequence.editors["text"].form
    form.editors["level"].box.activated.emit(1)
    form.flush()
    assert source_of(sequence).level == "character"


def test_one_more_word_is_appended_with_enter(sequence: Any) -> None:
    sequence.piece.setText("cat")
    QTest.keyClick(sequence.piece, Qt.Key.Key_Return)
    assert [command.piece for command in sequence.session.sent if isinstance(command, Append)] == ["cat"]
    assert sequence.piece.text() == ""


def test_what_cannot_be_appended_is_answered_and_stays(sequence: Any) -> None:
    sequence.piece.setText("elephant")
    QTest.keyClick(sequence.piece, Qt.Key.Key_Return)
    assert "elephant" in sequence.complaint
    assert sequence.piece.text() == "elephant"
    assert not sequence.session.sent


@pytest.mark.parametrize(("kind", "source"), [("signal", SignalSource), ("table", TableSource), ("image", ImageSource)])
def test_another_kind_of_sequence_begins_with_its_sample(sequence: Any, kind: str, source: type) -> None:
    sequence.kind.button(kind).click()
    assert isinstance(source_of(sequence), source)


def test_every_sample_can_be_chosen(sequence: Any) -> None:
    for index in range(0, sequence.samples.count(), 7):
        sequence.samples.activated.emit(index)
        assert sequence.complaint == ""
        assert isinstance(source_of(sequence), TextSource | SignalSource | TableSource | ImageSource)


def test_waves_are_added_changed_and_removed(show: Show) -> None:
    panel = show(SequencePanel, make_view(wave_source()), 300, 700)
    editor = panel.editors["signal"]
    editor.add_wave.click()
    assert len(source_of(panel).components) == 2
    editor.waves[0].period.setValue(5.0)
    editor.flush()
    assert source_of(panel).components[0].period == 5.0
    editor.waves[0].remove.click()
    assert len(source_of(panel).components) == 1


def test_columns_of_a_table_are_picked(show: Show) -> None:
    panel = show(SequencePanel, make_view(sample("hourly"), hidden_size=4), 300, 800)
    editor = panel.editors["table"]
    names = [editor.columns.item(row, 0).text() for row in range(editor.columns.rowCount())]
    assert names == ["time", "temperature", "humidity", "occupancy", "daylight", "load"]
    editor._on_changes({"normalisation": "minmax"})
    assert source_of(panel).normalisation == "minmax"
    item = editor.columns.item(2, 1)
    item.setCheckState(item.checkState().Unchecked)
    assert source_of(panel).features == ("temperature", "occupancy", "daylight")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n3\n", "line 3"),
        ("", "bad.csv is empty"),
        ("a,b\n", "bad.csv"),
        ("a,b\nx,y\nz,w\n", "no column of numbers"),
    ],
    ids=["ragged", "empty", "header only", "no numbers"],
)
def test_a_bad_table_is_answered_in_one_sentence(sequence: Any, tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    sequence.editors["table"].open_file(str(path))
    assert words in sequence.complaint
    assert not sequence.session.sent


def test_an_image_is_loaded_and_seen(sequence: Any, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).save(path)
    sequence.editors["image"].open_file(str(path))
    assert source_of(sequence).name == "image.png"
    sequence.editors["image"].open_file(str(tmp_path / "missing.png"))
    assert "missing.png cannot be read" in sequence.complaint
