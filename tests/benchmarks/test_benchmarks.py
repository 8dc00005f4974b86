"""The benchmarks run; how fast anything is, no test may depend on."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every Markdown table, without the rules below their heads."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in (b[0], *b[2:])] for b in blocks]


def test_the_short_form_prints_every_table_with_finite_ratios(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--short"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    engine, observatory, window, memory, start = tables(done.stdout)
    for rows, column in ((engine, 3), (engine, 4), (window, 3)):
        assert "ratio" in rows[0][column] or "medians" in rows[0][column]
        ratios = [float(row[column]) for row in rows[1:]]
        assert ratios
        assert all(math.isfinite(ratio) and ratio > 0 for ratio in ratios)
    assert len(engine) == 8
    assert any("notch of the wheel" in row[0] for row in window)
    assert all(float(row[1]) >= 0 for row in memory[1:])
    assert {row[0].split(",")[0] for row in engine[1:]} == {"lstm", "rnn", "gru"}
    compared, alone = observatory[1:-1], observatory[-1]
    assert [row[0].split(",")[0] for row in compared] == ["itemised map", "Jacobians", "connectivity"]
    assert all(float(cell) > 0 for row in compared for cell in row[1:3])
    assert alone[0] == "itemised map, H = 8, T = 20"
    assert float(alone[2]) > 0
    assert all(float(cell) > 0 for row in start[1:] for cell in row[1:])
