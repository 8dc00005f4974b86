"""Answers on their way from the engine to the window."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from rnnviz.engine.answer import ArrayInfo, Packed, pack, unpack

ARRAYS = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "counts": np.array([3, 1], np.int64),
    "none": np.empty((0, 4)),
    "one": np.array(2.5),
    "complex": np.array([1 + 2j]),
    "large": np.arange(20_000.0).reshape(100, 200)[:, ::2],
}


@pytest.mark.parametrize("in_file", [False, True])
def test_arrays_arrive_as_they_were_sent(in_file: bool, tmp_path: Path) -> None:
    packed = pack(ARRAYS, tmp_path / "answer" if in_file else None)
    assert bool(packed.path) == in_file
    sent = msgspec.msgpack.decode(msgspec.msgpack.encode(packed), type=Packed)
    found = unpack(sent)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert not found[name].flags.writeable


def test_small_answers_need_no_file(tmp_path: Path) -> None:
    assert pack({"few": np.zeros(10)}, tmp_path / "answer").path == ""
    assert list(tmp_path.iterdir()) == []
    assert unpack(Packed(())) == {}


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (ArrayInfo("a", "|O", (1,), 0), "of a kind that is not read"),
        (ArrayInfo("a", "<f8", (9,), 0), "cut short"),
        (ArrayInfo("a", "<f8", (1,), 64), "cut short"),
    ],
)
def test_what_is_no_array_is_refused(info: ArrayInfo, words: str) -> None:
    with pytest.raises(OSError, match=words):
        unpack(Packed((info,), bytes(64)))


def test_a_folder_that_is_gone_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="answer"):
        pack({"large": np.zeros(10_000)}, tmp_path / "gone" / "answer")
