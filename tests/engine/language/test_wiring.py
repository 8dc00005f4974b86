"""The edges of a cell's diagram."""

from __future__ import annotations

import re

import pytest

from rnnviz.engine import cells
from rnnviz.engine.language import parse_cell
from rnnviz.engine.language.wiring import Edge, dependencies
from tests.engine.language.texts import IND_RNN, MIN_GRU, SLSTM


def edges(text: str) -> set[tuple[str, str, str | None]]:
    return {(edge.source, edge.target, edge.through) for edge in dependencies(cells.get(text))}


def test_the_wires_of_cho_s_gru() -> None:
    assert edges("gru-cho") == {
        ("x", "r", "W_r"),
        ("h[t-1]", "r", "U_r"),
        ("x", "z", "W_z"),
        ("h[t-1]", "z", "U_z"),
        ("x", "n", "W_n"),
        ("r", "n", "U_n"),
        ("h[t-1]", "n", "U_n"),
        ("z", "h", None),
        ("h[t-1]", "h", None),
        ("n", "h", None),
    }


def test_a_peephole_looks_at_the_new_cell_state_only_from_the_output_gate() -> None:
    assert {("c[t-1]", "i", None), ("c[t-1]", "f", None), ("c", "o", None)} <= edges("lstm-peephole")


def test_the_fed_back_output_is_a_source() -> None:
    assert edges("jordan") == {("x", "h", "W"), ("y[t-1]", "h", "U")}


def test_a_wire_is_named_after_the_matrix_nearest_to_its_source() -> None:
    cell = parse_cell("h[t] = P @ (V @ x[t] + h[t-1])")
    assert dependencies(cell) == (Edge("x", "h", "V"), Edge("h[t-1]", "h", "P"))


@pytest.mark.parametrize("text", [*cells.names(), SLSTM, MIN_GRU, IND_RNN])
def test_each_dependency_appears_once_and_none_is_missing(text: str) -> None:
    cell = cells.get(text)
    found = dependencies(cell)
    assert len(set(found)) == len(found)
    for equation in cell.equations:
        # Independent of the parser: whatever stands before a bracket right of the equals sign.
        read = set(re.findall(r"(\w+)\[(t(?:-1)?)\]", equation.text.split("=", 1)[1]))
        expected = {"x" if name == "x" else name if step == "t" else f"{name}[t-1]" for name, step in read}
        assert {edge.source for edge in found if edge.target == equation.signal} == expected
        matrices = set(re.findall(r"(\w+) @", equation.text))
        assert {edge.through for edge in found if edge.target == equation.signal} - {None} == matrices
