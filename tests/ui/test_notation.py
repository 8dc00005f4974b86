"""Notations: every name of every cell has a name of its own, and those of the books are the books'."""

from __future__ import annotations

import pytest

from rnnviz.engine import cells
from rnnviz.ui.notation import NOTATIONS, names_in

VALUES = [one.value for one in NOTATIONS]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", cells.names())
def test_every_name_of_a_cell_is_mapped_and_no_two_are_the_same(name: str, value: str) -> None:
    cell = cells.get(name)
    names = names_in(value, cell)
    assert set(names) == {*cell.order, *(info.name for info in cell.parameters)}
    assert len({*names.values(), "x", "y"}) == len(names) + 2


def test_the_cells_own_letters_stay_as_written() -> None:
    assert all(own == told for name in cells.names() for own, told in names_in("written", cells.get(name)).items())


def test_an_lstm_is_written_as_in_goodfellow() -> None:
    names, book = names_in("goodfellow", cells.get("lstm")), cells.get("lstm-goodfellow")
    assert [names[signal] for signal in "ifgoch"] == ["g", "f", "a", "q", "s", "h"]
    assert [names[one] for one in ("W_f", "U_f", "W_g", "U_g", "b_g", "W_o")] == ["U_f", "W_f", "U", "W", "b", "U_o"]
    assert all(own == told for own, told in names_in("goodfellow", book).items())


def test_goodfellows_lstm_is_written_as_in_torch_keras_and_the_papers() -> None:
    cell = cells.get("lstm-goodfellow")
    torch, keras, papers = (names_in(value, cell) for value in ("pytorch", "keras", "papers"))
    assert [torch[signal] for signal in "fgaqsh"] == ["f", "i", "g", "o", "c", "h"]
    assert (torch["U_f"], torch["W_f"], torch["U"], torch["W"]) == ("W_if", "W_hf", "W_ig", "W_hg")
    assert (keras["a"], keras["U"], keras["W_g"]) == ("c_tilde", "W_c", "U_i")
    assert (papers["a"], papers["U_f"], papers["W_f"]) == ("z", "W_f", "R_f")


def test_names_that_are_taken_are_told_apart() -> None:
    cell = cells.get("z[t] = tanh(W @ x[t] + U @ z[t-1] + b)\nc[t] = c[t-1] + z[t]  # state\ng[t] = c[t]  # candidate")
    names = names_in("papers", cell)
    assert len(set(names.values())) == len(names)
