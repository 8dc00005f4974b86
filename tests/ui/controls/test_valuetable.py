"""Numbers in a table of values are short, and the most important columns stay."""

from __future__ import annotations

import math

import pytest
from pytestqt.qtbot import QtBot

from rnnviz.ui.controls.valuetable import ValueRow, ValueTable, brief


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.500"),
        (-0.25, "−0.250"),
        (0.0, "0"),
        (-0.0, "0"),
        (1e-4, "1.0e−4"),
        (-3.26e-7, "−3.3e−7"),
        (123.4567, "123.457"),
        (1e6, "1.0e6"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_a_number_is_written_in_at_most_eight_characters(value: float, text: str) -> None:
    assert brief(value) == text
    assert len(text) <= 8


def test_the_least_important_columns_give_way(qtbot: QtBot) -> None:
    table = ValueTable((0, 4, 1, 2, 3))
    qtbot.addWidget(table)
    table.show_rows(("unit", "mean", "min", "max", "grad"), [ValueRow("f", "forget gate", ("1", "2", "3", "4", "5"))])
    seen = []
    for width in (400, 240, 120):
        table.resize(width, 60)
        seen.append(table.columns())
    assert seen == [(0, 1, 2, 3, 4), (0, 1, 4), (0,)]


def test_a_table_tells_its_numbers_to_a_screen_reader(qtbot: QtBot) -> None:
    table = ValueTable((0,))
    qtbot.addWidget(table)
    table.show_rows(("unit",), [ValueRow("f", "forget gate", ("0.500",))])
    assert table.accessibleDescription() == "f: 0.500"
