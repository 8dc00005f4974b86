"""Recorded signals: what one process writes, another reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnviz.engine.record import NETWORK, Block, Layout, Record, Segment, SegmentInfo, SignalField

LAYOUT = Layout(
    (Block("gates", 5, "float32"), Block("loss", 1, "float64"), Block("states", 2, "float64")),
    (
        SignalField(0, "forward", "i", "gate", "input gate", "gates", 0, 2, 0.0, 1.0),
        SignalField(0, "forward", "f", "gate", "forget gate", "gates", 2, 5, 0.0, 1.0),
        SignalField(0, "forward", "h", "state", "h", "states", 0, 2),
        SignalField(NETWORK, "forward", "loss", "loss", "loss", "loss", 0, 1),
    ),
)


def written(path: Path, first: int, rows: int) -> Segment:
    """A segment whose every value tells its block, row and column."""
    segment = Segment(LAYOUT, SegmentInfo(str(path), first, rows), writable=True)
    for number, block in enumerate(LAYOUT.blocks):
        steps, columns = np.mgrid[first : first + rows, 0 : block.columns]
        segment.blocks[block.name][:] = 1000 * number + 10 * steps + columns
    return segment


def test_a_reader_maps_what_the_writer_wrote(tmp_path: Path) -> None:
    segment = written(tmp_path / "1", 0, 7)
    record = Record.attach(LAYOUT, (segment.info,), 7)
    steps = 10.0 * np.arange(7)[:, None]
    assert np.array_equal(record.signal("i"), steps + np.arange(2))
    assert np.array_equal(record.signal("f"), steps + np.arange(2, 5))
    assert np.array_equal(record.signal("h"), 2000 + steps + np.arange(2))
    assert np.array_equal(record.signal("loss", NETWORK), 1000 + steps)
    assert record.signal("f").dtype == np.float32


def test_a_reader_sees_at_once_what_is_written_after_it_mapped_the_file(tmp_path: Path) -> None:
    segment = written(tmp_path / "1", 0, 3)
    states = Record.attach(LAYOUT, (segment.info,), 3).signal("h")
    segment.blocks["states"][1] = -5.5
    assert states[1].tolist() == [-5.5, -5.5]


def test_an_appended_segment_continues_the_steps(tmp_path: Path) -> None:
    segments = (written(tmp_path / "1", 0, 4), written(tmp_path / "2", 4, 3))
    record = Record.attach(LAYOUT, tuple(segment.info for segment in segments), 7)
    assert np.array_equal(record.signal("h"), 2000 + 10.0 * np.arange(7)[:, None] + np.arange(2))


def test_rows_beyond_the_steps_of_the_record_are_not_shown(tmp_path: Path) -> None:
    segments = (written(tmp_path / "1", 0, 4), written(tmp_path / "2", 4, 64))
    record = Record.attach(LAYOUT, tuple(segment.info for segment in segments), 6)
    assert record.signal("h").shape == (6, 2)
    assert Record(LAYOUT, segments[:1], 2).signal("h").shape == (2, 2)


def test_a_signal_cannot_be_written_to(tmp_path: Path) -> None:
    segment = written(tmp_path / "1", 0, 3)
    for record in (Record(LAYOUT, (segment,), 3), Record.attach(LAYOUT, (segment.info,), 3)):
        with pytest.raises(ValueError, match="read-only"):
            record.signal("h")[0] = 1


def test_a_new_segment_is_zero_and_takes_its_room_on_the_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "1"
    segment = Segment(LAYOUT, SegmentInfo(str(path), 0, 50_000), writable=True)
    _, size = LAYOUT.offsets(50_000)
    assert path.stat().st_size == size
    assert path.stat().st_blocks * 512 >= size
    assert not any(block.any() for block in segment.blocks.values())


def test_blocks_start_at_multiples_of_64_bytes_and_do_not_overlap() -> None:
    rows = 7
    offsets, size = LAYOUT.offsets(rows)
    assert all(offset % 64 == 0 for offset in offsets.values())
    ends = [offsets[b.name] + rows * b.columns * np.dtype(b.dtype).itemsize for b in LAYOUT.blocks]
    starts = [*list(offsets.values())[1:], size]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))


def test_a_file_that_is_gone_or_cut_short_is_refused(tmp_path: Path) -> None:
    segment = written(tmp_path / "1", 0, 7)
    (tmp_path / "1").unlink()
    with pytest.raises(FileNotFoundError):
        Record.attach(LAYOUT, (segment.info,), 7)
    (tmp_path / "1").write_bytes(bytes(10))
    with pytest.raises((OSError, ValueError)):
        Record.attach(LAYOUT, (segment.info,), 7)


def test_a_record_in_memory_needs_no_file() -> None:
    segment = Segment(LAYOUT, SegmentInfo("", 0, 3), writable=True)
    segment.blocks["states"][2] = 4
    assert Record(LAYOUT, (segment,), 3).signal("h")[2].tolist() == [4, 4]


def test_an_unknown_signal_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match=r"no signal 'q' in layer 0, forward: there are i, f, h"):
        LAYOUT.field("q")
    with pytest.raises(KeyError, match="no signals there"):
        LAYOUT.field("h", layer=3)
