"""The recorded signals of a run: preallocated rows, in memory or in files that two processes map.

A record is a list of segments of a fixed number of rows (steps). Within a segment every block (signals that are
computed by one call, side by side) is one row-major array, so that a step of the engine writes straight into it. A
reader maps the same files and touches published rows only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import SpecError, UnknownNameError
from rnnviz.engine.plain import plain
from rnnviz.engine.spec import Direction, Dtype

NETWORK = -1
"""The "layer" under which the network's own signals stand: x, output, logits, loss."""

MOST_BYTES = 8_000_000_000
"""The largest segment that is stored in a file."""

_ALIGNMENT = 64


@dataclass(frozen=True)
class Block:
    """One array of a segment: [rows, columns].

    Parameters
    ----------
    name : str
        Unique within the record.
    columns : int
    dtype : {"float32", "float64"}
    """

    name: str
    columns: int
    dtype: Dtype


@dataclass(frozen=True)
class SignalField:
    """Where a signal stands: some columns of a block.

    Parameters
    ----------
    layer : int
        Layer, counted from 0; NETWORK (-1) for the signals of the network as a whole.
    direction : {"forward", "backward"}
    signal : str
        Name of the signal: "f", "f.pre", "h", ...; of the network: "x", "output", "logits", "loss".
    kind : str
        "gate", "candidate", "state", "pre", "signal", or "input", "output", "logits", "loss".
    label : str
        What it is called on the screen.
    block : str
    start, stop : int
        Columns of the block.
    low, high : float or None
        The range that the signal cannot leave, where there is one.
    """

    layer: int
    direction: Direction
    signal: str
    kind: str
    label: str
    block: str
    start: int
    stop: int
    low: float | None = None
    high: float | None = None

    @property
    def size(self) -> int:
        """Number of columns, that is of units."""
        return self.stop - self.start


@dataclass(frozen=True)
class Layout:
    """All blocks and signals of a record."""

    blocks: tuple[Block, ...]
    signals: tuple[SignalField, ...]

    def field(self, signal: str, layer: int = 0, direction: Direction = "forward") -> SignalField:
        """The place of a signal.

        Raises
        ------
        UnknownNameError
            When there is no such signal; the message lists those that there are.
        """
        wanted = plain(signal), plain(layer), plain(direction)
        for field in self.signals:
            if (field.signal, field.layer, field.direction) == wanted:
                return field
        known = [f.signal for f in self.signals if (f.layer, f.direction) == wanted[1:]]
        listed = ", ".join(known) if known else "no signals there"
        raise UnknownNameError(f"no signal {signal!r} in layer {layer}, {direction}: there are {listed}")

    def offsets(self, rows: int) -> tuple[dict[str, int], int]:
        """Where each block starts in a segment of so many rows, and the size of the segment, in bytes."""
        offsets, position = {}, 0
        for block in self.blocks:
            offsets[block.name] = position
            size = rows * block.columns * np.dtype(block.dtype).itemsize
            position += -(-size // _ALIGNMENT) * _ALIGNMENT
        return offsets, max(position, _ALIGNMENT)


@dataclass(frozen=True)
class SegmentInfo:
    """Where a segment is to be found: its file (empty: in memory only), its first step and its number of rows."""

    path: str
    first: int
    rows: int


class Segment:
    """Rows first .. first + rows - 1 of a record, each block an array [rows, columns].

    Parameters
    ----------
    layout : Layout
    info : SegmentInfo
    writable : bool
        A writer creates its file; a reader maps an existing one.

    Raises
    ------
    OSError
        When the file cannot be created (full disk) or mapped.
    SpecError
        When the file would be larger than ``MOST_BYTES``.
    """

    def __init__(self, layout: Layout, info: SegmentInfo, *, writable: bool) -> None:
        self._lie(layout, info, _memory(info.path, layout.offsets(info.rows)[1], writable))

    @classmethod
    def of(cls, layout: Layout, values: bytes, rows: int) -> Segment:
        """Return the first rows of a record that was read as a whole, for reading only."""
        made = cls.__new__(cls)
        made._lie(layout, SegmentInfo("", 0, rows), np.frombuffer(values, np.uint8))
        return made

    def _lie(self, layout: Layout, info: SegmentInfo, memory: NDArray[np.uint8]) -> None:
        """Take the memory in which the blocks lie, one after the other."""
        self.info = info
        self._memory = memory
        offsets, _ = layout.offsets(info.rows)
        self.blocks: dict[str, NDArray[np.floating]] = {
            block.name: np.ndarray(
                (info.rows, block.columns), block.dtype, buffer=self._memory, offset=offsets[block.name]
            )
            for block in layout.blocks
        }


def _memory(path: str, size: int, writable: bool) -> NDArray[np.uint8]:
    if not path and not writable:
        raise OSError("the record is in the memory of another process")
    if not path:
        # Aligned as a mapped file is: the matrix library may round differently by the alignment of its operands.
        raw = np.zeros(size + _ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % _ALIGNMENT
        return raw[start : start + size]
    if size > MOST_BYTES:
        raise SpecError(
            f"the signals of all steps would take {size / 1e9:,.1f} GB, but at most {MOST_BYTES / 1e9:g} GB are "
            "recorded: choose fewer units, layers or steps"
        )
    if writable:
        _create(Path(path), size)
        return np.memmap(path, np.uint8, "r+", shape=(size,))
    return np.memmap(path, np.uint8, "r", shape=(size,))


def _create(path: Path, size: int) -> None:
    file = path.open("xb")
    try:
        with file:
            _fill(file, size)
    except OSError as error:
        # What was written so far would keep a full disk full.
        path.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path.parent)) from error


def _fill(file: BinaryIO, size: int) -> None:
    # Written out, not merely truncated to size: a sparse file on a full disk ends the process at the first touch.
    zeros = bytes(min(size, 1 << 20))
    for start in range(0, size, len(zeros)):
        file.write(zeros[: size - start])


class Record:
    """The signals of a run, addressed by (layer, direction, signal).

    Parameters
    ----------
    layout : Layout
    segments : sequence of Segment
        In order of their steps, without gaps.
    steps : int
        Number of steps S that the record speaks of.
    """

    def __init__(self, layout: Layout, segments: tuple[Segment, ...], steps: int) -> None:
        self.layout = layout
        self.segments = segments
        self.steps = steps

    @classmethod
    def attach(cls, layout: Layout, infos: tuple[SegmentInfo, ...], steps: int) -> Record:
        """Map the segment files that another process writes, for reading only.

        Raises
        ------
        OSError
            When a file is not there or cannot be mapped.
        """
        try:
            segments = tuple(Segment(layout, info, writable=False) for info in infos)
        except ValueError as error:
            raise OSError(f"a segment file is shorter than it should be: {error}") from error
        return cls(layout, segments, steps)

    @property
    def signals(self) -> tuple[SignalField, ...]:
        """All signals, in the order in which they are computed."""
        return self.layout.signals

    def signal(self, name: str, layer: int = 0, direction: Direction = "forward") -> NDArray[np.floating]:
        """All recorded values of a signal, read only.

        Parameters
        ----------
        name : str
        layer : int
            Counted from 0; NETWORK (-1) for x, output, logits and loss.
        direction : {"forward", "backward"}

        Returns
        -------
        ndarray, [S, units]
            Row t belongs to step t of the sequence, in both directions. Rows that are not reached hold no meaning.

        Raises
        ------
        UnknownNameError
            When there is no such signal.
        """
        field = self.layout.field(name, layer, direction)
        return self.columns(field.block, field.start, field.stop)

    def columns(self, block: str, start: int, stop: int) -> NDArray[np.floating]:
        """Some columns of a block over all steps, [S, stop - start], read only."""
        parts = [segment.blocks[block][: self.steps - segment.info.first, start:stop] for segment in self.segments]
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
        view = joined[: self.steps].view()
        view.flags.writeable = False
        return view

    def rows(self, block: str, start: int, stop: int) -> NDArray[np.floating]:
        """Some rows of a whole block, [stop - start, columns]; a copy where they lie in more than one segment."""
        parts = []
        for segment in self.segments:
            first = segment.info.first
            low, high = max(start, first), min(stop, first + segment.info.rows)
            if low < high:
                parts.append(segment.blocks[block][low - first : high - first])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
