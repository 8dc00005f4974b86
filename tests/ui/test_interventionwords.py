"""Interventions in words, and what is typed to describe them."""

from __future__ import annotations

import pytest
from safetensors.torch import save
from torch import tensor

from rnnviz.engine.interventions import Clamp, Edit
from rnnviz.engine.spec import NetworkSpec
from rnnviz.ui.controls.parameters import EntryError
from rnnviz.ui.interventionwords import (
    chip_text,
    place_text,
    read_index,
    read_steps,
    read_units,
    read_value,
    steps_text,
    subject,
    units_text,
    value_text,
)
from rnnviz.ui.safetensors import entry_value

SPEC = NetworkSpec(cell="lstm", input_size=3, hidden_size=8, output_size=1)


@pytest.mark.parametrize(
    ("entry", "what", "where"),
    [
        (Clamp("f", 0.0, 0, "forward", (0, 1, 2, 3), 4, 11), "f", "units 1–4, steps 5–12"),
        (Clamp("c", 0.5, 0, "forward", (6,), 4, 4), "c", "unit 7, step 5"),
        (Clamp("h", 0.5, first=3), "h", "all units, from step 4 on"),
        (Clamp("x", 1.0, -1, units=(0, 2)), "x", "inputs 1, 3, all steps"),
        (Clamp("logits", 1.0, -1), "logits", "all outputs, all steps"),
        (Edit("U_f_l0", 0.5, 2, 6), "U_f[3, 7]", ""),
        (Edit("U_f_l0", 0.5, None, 6), "U_f[·, 7]", ""),
        (Edit("b_f_l0", 0.5, 2), "b_f[3]", ""),
        (Edit("readout.0.weight", 0.5), "readout.0.weight", ""),
    ],
)
def test_an_intervention_is_told_in_words_and_symbols(entry: Clamp | Edit, what: str, where: str) -> None:
    assert subject(entry, SPEC) == what
    assert place_text(entry, SPEC) == where


def test_layer_and_direction_are_told_where_there_are_several() -> None:
    deep = SPEC.replace(num_layers=2, bidirectional=True)
    assert place_text(Clamp("f", 0.0, 1, "backward"), deep) == "layer 2, backward, all units, all steps"
    assert place_text(Edit("U_f_l1_reverse", 0.0), deep) == "layer 2, backward"


@pytest.mark.parametrize("units", [None, (0,), (0, 1, 2, 3, 6), (1, 3, 5), (7,), tuple(range(8))])
def test_units_are_read_as_they_are_written(units: tuple[int, ...] | None) -> None:
    assert read_units(units_text(units), 8) == units


@pytest.mark.parametrize("steps", [(0, None), (4, None), (4, 4), (4, 11), (0, 0)])
def test_steps_are_read_as_they_are_written(steps: tuple[int, int | None]) -> None:
    assert read_steps(steps_text(*steps), 24) == steps


@pytest.mark.parametrize("typed", ["1-4, 7", " 1 - 4 ,7", "1–4,7", "1-3, 2-4, 7"])
def test_units_may_be_typed_in_several_ways(typed: str) -> None:
    assert read_units(typed, 8) == (0, 1, 2, 3, 6)


@pytest.mark.parametrize("typed", ["0", "9", "4-2", "a", "1,,2", "-3", "1-99999999999", "1" * 5000])
def test_units_that_there_are_not_are_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(EntryError, match=r"^Units are .{1,120}\.$"):
        read_units(typed, 8)


@pytest.mark.parametrize("typed", ["0", "25", "12-5", "x", "1-2-3", "-"])
def test_steps_that_there_are_not_are_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(EntryError, match=r"^Steps are .{1,120}\.$"):
        read_steps(typed, 24)


@pytest.mark.parametrize(("typed", "value"), [("0.5", 0.5), ("0,5", 0.5), ("\N{MINUS SIGN}2", -2.0), ("1e3", 1000.0)])
def test_a_value_is_read(typed: str, value: float) -> None:
    assert read_value(typed) == value


@pytest.mark.parametrize("typed", ["", "nan", "inf", "1e9", "open"])
def test_what_is_no_value_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(EntryError, match=r"^A value is a number"):
        read_value(typed)


def test_rows_and_columns_are_read() -> None:
    assert (read_index("all", 8, "row"), read_index("8", 8, "row")) == (None, 7)
    with pytest.raises(EntryError, match="A column is all, or a number from 1 to 8, and not '9'"):
        read_index("9", 8, "column")


def test_a_value_is_written_as_short_as_it_can_be_read() -> None:
    texts = [value_text(value) for value in (0.5, 0.0, -1.0, 0.005, 0.180912, 1e5)]
    assert texts == ["0.50", "0.00", "\N{MINUS SIGN}1.00", "0.005", "0.1809", "100000"]


def test_the_chip_counts_what_is_in_force() -> None:
    on, off = Clamp("f", 0.0), Clamp("i", 0.0, on=False)
    assert chip_text([]) == ""
    assert chip_text([on, off]) == "1 intervention"
    assert chip_text([on, Edit("U_f_l0", 0.0)]) == "2 interventions"
    assert chip_text([off]) == "1 intervention off"


def test_entries_are_read_from_the_bytes_that_the_library_writes() -> None:
    data = save({"W": tensor([[1.0, 2.0], [3.0, 4.0]]), "b": tensor([5.0, 6.0]).double()})
    assert entry_value(data, "W", 1, 0) == 3.0
    assert entry_value(data, "b", 1, None) == 6.0
    assert entry_value(data, "V", 0, 0) == 0.0
    assert entry_value(b"", "W", 0, 0) == 0.0
    assert entry_value(data[:20], "W", 0, 0) == 0.0
