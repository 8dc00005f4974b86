"""The whole application in restless use: the short form of ``tools/soak.py``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.ui.restless import Restless

SECONDS = float(os.environ.get("RNNVIZ_SOAK", "20"))

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory as Linux tells it")


def test_a_restless_lecturer_meets_no_fault_and_ends_with_the_numbers_of_a_fresh_session(
    qapp: object, tmp_path: Path
) -> None:
    restless = Restless(tmp_path, seed=3)
    restless.live(SECONDS)
    assert restless.end() == []
    assert sum(restless.done.values()) > 3 * SECONDS


def test_opening_documents_over_and_over_leaves_neither_memory_nor_files(qapp: object, tmp_path: Path) -> None:
    restless = Restless(tmp_path, seed=4)
    session = restless.desk.session
    sizes = []
    for number in range(36):
        session.change_spec(hidden_size=(8, 24, 64)[number % 3], cell=("lstm", "gru")[number % 2])
        restless.desk.settle()
        session.undo_stack.clear()
        sizes.append(restless.memory_now())
        assert len(list((tmp_path / "engine").glob("**/*.segment"))) <= 5
    assert max(sizes[-6:]) - max(sizes[12:18]) < 6, sizes
    assert restless.end() == []
