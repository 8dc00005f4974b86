"""What holds for sources of every kind."""

from __future__ import annotations

import io
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import (
    MAX_STEPS,
    ImageSource,
    Sequence,
    SequenceSource,
    SignalSource,
    TableSource,
    TextSource,
    Wave,
    append,
    encode,
    fix_statistics,
    from_json,
    to_json,
)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


TEXTS = {
    "words": TextSource("At noon the cat, of course, meets the cat", level="word"),
    "words of a vocabulary": TextSource(
        "let's meet", level="word", vocabulary=("let's", "meet", "for", "lunch", ",", "the", "cat")
    ),
    "characters": TextSource("banana bandana", level="character"),
    "labelled text": TextSource("so so", targets="label", label="bad", classes=("good", "bad")),
}
SIGNALS = {
    "waves": SignalSource(
        (Wave("sine", period=7.3), Wave("square", amplitude=0.5, phase=1.5), Wave("noise", amplitude=0.1)),
        steps=37,
    ),
    "two channels": SignalSource(
        (Wave("impulse", at=3), Wave("step", at=5, channel=1), Wave("noise", channel=1)), steps=11, seed=4
    ),
}
TABLES = {
    "table": TableSource("t.csv", "time,a,b,y\n08:00,1,2,3\n09:00,4,5.5,6\n10:00,-7,8,9\n", target="y"),
    "table by range": TableSource("t.csv", "a;b\n1,5;2\n3;4,25\n", normalisation="minmax"),
    "raw table": TableSource("t.tsv", "1\t2\n3\t4", normalisation="none"),
}
IMAGES = {
    "image": ImageSource("i.png", png(np.arange(12, dtype=np.uint8).reshape(4, 3)), targets="next"),
    "labelled image": ImageSource(
        "i.png", png(np.eye(5, dtype=np.uint8)), rows=3, targets="label", label="I", classes=("I", "O")
    ),
}
SOURCES: dict[str, SequenceSource] = {**TEXTS, **SIGNALS, **TABLES, **IMAGES}

PIECES = {
    "words": ["the cat", ", of course", "noon", "  meets\n"],
    "words of a vocabulary": ["for", " lunch", ", the cat"],
    "characters": ["a", "band", " "],
    "labelled text": ["so"],
    "waves": ["1", "26", "200"],
    "two channels": ["1", " 5 "],
    "table": ["11:00,100,-200,3e3", "12:00,1,1,1\n13:00,2,2,2\n", "\n14:00,0,0,0\r\n"],
    "table by range": ["9;1,5", "100;7\n3;-1"],
    "raw table": ["5\t6", "7\t8\n9\t10\n"],
}


def _equal(one: Sequence, other: Sequence, steps: int | None = None) -> None:
    np.testing.assert_array_equal(one.x[:steps], other.x[:steps], strict=True)
    assert one.labels[:steps] == other.labels[:steps]
    assert one.input_names == other.input_names
    assert one.target_names == other.target_names
    assert one.target_kind == other.target_kind
    assert one.target_scale == other.target_scale
    if one.indices is not None and other.indices is not None:
        np.testing.assert_array_equal(one.indices[:steps], other.indices[:steps])
    else:
        assert one.indices is other.indices is None


@pytest.mark.parametrize("name", SOURCES)
def test_encoding_twice_gives_the_same_numbers(name: str) -> None:
    first, second = encode(SOURCES[name]), encode(SOURCES[name])
    _equal(first, second)
    if first.target is not None and second.target is not None:
        np.testing.assert_array_equal(first.target, second.target, strict=True)
    else:
        assert first.target is second.target is None


@pytest.mark.parametrize("name", SOURCES)
def test_the_parts_of_a_sequence_fit_together(name: str) -> None:
    sequence = encode(SOURCES[name])
    assert sequence.x.shape == (sequence.steps, sequence.input_size)
    assert sequence.x.dtype == np.float64
    assert np.isfinite(sequence.x).all()
    if sequence.target_kind == "class":
        assert sequence.target is not None
        assert sequence.target.shape == (sequence.steps,)
        assert sequence.target.dtype == np.int64
        assert sequence.target.max() < sequence.output_size
    elif sequence.target_kind == "value":
        assert sequence.target is not None
        assert sequence.target.shape == (sequence.steps, sequence.output_size)
        assert sequence.target.dtype == np.float64
    else:
        assert sequence.target is None
        assert sequence.output_size == 0


@pytest.mark.parametrize(("name", "piece"), [(name, piece) for name in PIECES for piece in PIECES[name]])
def test_appending_leaves_the_earlier_rows_unchanged_to_the_last_bit(name: str, piece: str) -> None:
    source = SOURCES[name]
    before = encode(source)
    after = encode(append(source, piece))
    assert after.steps > before.steps
    _equal(before, after, before.steps)


@pytest.mark.parametrize("name", PIECES)
def test_appending_piece_by_piece_gives_what_appending_again_to_the_stored_source_gives(name: str) -> None:
    source = SOURCES[name]
    for piece in PIECES[name]:
        assert append(from_json(to_json(source)), piece) == append(source, piece)
        source = append(source, piece)


@given(text=st.text(alphabet="ab'’ ,.\n1é́", min_size=1), piece=st.text(alphabet="ab'’ ,.\n1é́"))
def test_whatever_is_appended_to_a_text_no_earlier_word_changes(text: str, piece: str) -> None:
    source = TextSource(text, level="word", targets="none")
    try:
        before, longer = encode(source), append(source, piece)
    except SequenceError:
        return
    _equal(before, encode(longer), before.steps)


@pytest.mark.parametrize("steps", range(1, 140, 3))
def test_a_signal_of_any_length_is_the_beginning_of_a_longer_one(steps: int) -> None:
    waves = SIGNALS["waves"].components
    short, long = encode(SignalSource(waves, steps=steps)), encode(SignalSource(waves, steps=200))
    np.testing.assert_array_equal(short.x, long.x[:steps])


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_comes_back_from_json_as_it_was(name: str) -> None:
    back = from_json(to_json(SOURCES[name]))
    assert back == SOURCES[name]
    assert type(back) is type(SOURCES[name])
    assert hash(back) == hash(SOURCES[name])


def test_the_statistics_of_a_table_survive_json_to_the_last_bit() -> None:
    fixed = fix_statistics(TABLES["table"])
    assert from_json(to_json(fixed)) == fixed


def test_a_source_can_be_a_field_of_another_structure() -> None:
    class Document(msgspec.Struct):
        source: SequenceSource

    for source in SOURCES.values():
        document = msgspec.json.decode(msgspec.json.encode(Document(source)), type=Document)
        assert document.source == source


@pytest.mark.parametrize(
    ("damaged", "place"),
    [
        (b"", "truncated"),
        (b'{"type":"text","text":"a', "truncated"),
        (b'{"type":"film"}', "film"),
        (b'{"type":"text"}', "text"),
        (b'{"type":"text","text":3}', "$.text"),
        (b'{"type":"text","text":"a","colour":"red"}', "colour"),
        (b'{"type":"signal","components":[{"kind":"saw"}]}', "$.components[0].kind"),
        (b'{"type":"signal","components":[{"kind":"sine","period":null}]}', "$.components[0].period"),
        (b'{"type":"image","name":"i","png":"%%"}', "$.png"),
        (b'\xff\xfe{"type":"text"}', "byte 0"),
        (b'{"type":"text","text":"\xff"}', "utf-8"),
    ],
)
def test_damaged_json_is_refused_with_the_place(damaged: bytes, place: str) -> None:
    with pytest.raises(SequenceError) as refusal:
        from_json(damaged)
    assert place in str(refusal.value)


@pytest.mark.parametrize(
    "longest",
    [
        TextSource("abcd " * (MAX_STEPS // 5), level="character"),
        TextSource("to be " * (MAX_STEPS // 2), level="word"),
        SignalSource((Wave("sine"), Wave("noise")), steps=MAX_STEPS),
        TableSource("t.csv", "a,b\n" + "1.5,2\n" * MAX_STEPS, target="b"),
        TableSource("t.csv", "1.5,2\n" * MAX_STEPS),
        ImageSource("i.png", png(np.zeros((MAX_STEPS, 3), dtype=np.uint8))),
    ],
    ids=["characters", "words", "signal", "table", "table without header", "image"],
)
def test_exactly_100_000_steps_are_accepted(longest: SequenceSource) -> None:
    assert encode(longest).steps == 100_000


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (TextSource("a" * (MAX_STEPS + 1), level="character"), "character 100,001"),
        (TextSource("to " * (MAX_STEPS + 1), level="word"), "character 300,001"),
        (SignalSource((Wave("sine"),), steps=MAX_STEPS + 1), "100,001 steps"),
        (TableSource("t.csv", "a,b\n" + "1.5,2\n" * (MAX_STEPS + 1)), "line 100,002"),
        (TableSource("t.csv", "1.5,2\n" * (MAX_STEPS + 1)), "line 100,001"),
        (ImageSource("i.png", png(np.zeros((MAX_STEPS + 1, 2), dtype=np.uint8))), "100,001 steps"),
    ],
    ids=["characters", "words", "signal", "table", "table without header", "image"],
)
def test_one_step_more_than_100_000_is_refused(source: SequenceSource, place: str) -> None:
    with pytest.raises(SequenceError) as refusal:
        encode(source)
    assert place in str(refusal.value)
    assert "100,000" in str(refusal.value)


@pytest.mark.parametrize(
    ("source", "piece"),
    [
        (TextSource("a" * MAX_STEPS, level="character"), "a"),
        (SignalSource((Wave("sine"),), steps=MAX_STEPS), "1"),
        (TableSource("t.csv", "1.5,2\n" * MAX_STEPS), "1,2"),
    ],
    ids=["characters", "signal", "table"],
)
def test_a_full_sequence_cannot_be_extended(source: SequenceSource, piece: str) -> None:
    with pytest.raises(SequenceError, match="100,000"):
        append(source, piece)


def test_a_one_hot_text_that_would_fill_the_memory_is_refused_by_its_size() -> None:
    words = " ".join(f"w{number}" for number in range(10_000))
    with pytest.raises(SequenceError, match="100,000,000 values"):
        encode(TextSource(words))


@pytest.mark.parametrize(
    "single",
    [
        TextSource("a", level="character"),
        TextSource("word"),
        SignalSource((Wave("sine"),), steps=1),
        TableSource("t.csv", "a,b\n1,2", target="b"),
        ImageSource("i.png", png(np.zeros((1, 2), dtype=np.uint8)), targets="next"),
    ],
)
def test_a_single_step_is_a_sequence(single: SequenceSource) -> None:
    sequence = encode(single)
    assert sequence.steps == 1
    assert np.isfinite(sequence.x).all()


def test_sequences_need_neither_torch_nor_qt() -> None:
    program = (
        "import sys, rnnviz.engine.sequence.gallery, rnnviz.engine.sequence.samples\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('torch', 'PySide6', 'pyqtgraph')])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
