from __future__ import annotations

import contextlib
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import ColumnScale, TableSource, append, columns, encode, fix_statistics

CSV = "time,a,b,y\n08:00,1,10,5\n09:00,2,30,7\n10:00,6,20,9\n"


def _raw(content: str, **options: object) -> list[list[float]]:
    x = encode(TableSource("", content, normalisation="none", **options)).x  # type: ignore[arg-type]
    return [[float(value) for value in row] for row in x]


def test_features_and_target_are_the_chosen_columns_in_the_chosen_order() -> None:
    source = TableSource("t", CSV, features=("b", "a"), target="y", normalisation="none", label_column="time")
    sequence = encode(source)
    np.testing.assert_array_equal(sequence.x, [[10, 1], [30, 2], [20, 6]])
    np.testing.assert_array_equal(sequence.target, [[5], [7], [9]])
    assert sequence.input_names == ("b", "a")
    assert sequence.target_names == ("y",)
    assert sequence.labels == ("08:00", "09:00", "10:00")


def test_without_a_choice_every_column_of_numbers_but_the_target_is_a_feature() -> None:
    assert encode(TableSource("t", CSV, target="y")).input_names == ("a", "b")
    assert encode(TableSource("t", CSV)).input_names == ("a", "b", "y")
    assert encode(TableSource("t", CSV, label_column="a")).input_names == ("b", "y")


def test_standard_normalisation_gives_mean_0_and_deviation_1_and_says_how_to_undo_it() -> None:
    sequence = encode(TableSource("t", CSV, target="y"))
    mean, deviation = statistics.fmean([1, 2, 6]), statistics.pstdev([1, 2, 6])
    assert sequence.x[:, 0].tolist() == pytest.approx([(v - mean) / deviation for v in (1, 2, 6)])
    assert sequence.input_scale is not None
    assert sequence.target_scale is not None
    np.testing.assert_allclose(sequence.input_scale[0] + sequence.input_scale[1] * sequence.x, _raw(CSV, target="y"))
    assert sequence.target is not None
    offset, scale = sequence.target_scale
    assert (offset + scale * sequence.target[:, 0]).tolist() == pytest.approx([5, 7, 9])


def test_normalisation_by_range_gives_0_to_1() -> None:
    x = encode(TableSource("t", CSV, normalisation="minmax")).x
    np.testing.assert_allclose(x[:, 0], [0, 0.2, 1])
    assert x.min() == 0
    assert x.max() == 1


@pytest.mark.parametrize("normalisation", ["standard", "minmax"])
def test_a_constant_column_becomes_0(normalisation: str) -> None:
    source = TableSource("t", "a\n0.1\n0.1\n0.1\n", normalisation=normalisation)  # type: ignore[arg-type]
    np.testing.assert_allclose(encode(source).x, 0, atol=1e-12)


def test_the_statistics_of_training_are_used_when_given() -> None:
    scales = (ColumnScale("a", 100.0, 10.0), ColumnScale("b", 0.0, 2.0))
    x = encode(TableSource("t", CSV, features=("a", "b"), statistics=scales)).x
    np.testing.assert_allclose(x, [[-9.9, 5], [-9.8, 15], [-9.4, 10]])


def test_fixing_the_statistics_of_one_table_scales_another_alike() -> None:
    fixed = fix_statistics(TableSource("t", CSV, target="y"))
    assert [scale.column for scale in fixed.statistics or ()] == ["a", "b", "y"]
    first = TableSource("t", CSV.splitlines()[0] + "\n08:00,1,10,5", target="y", statistics=fixed.statistics)
    np.testing.assert_array_equal(encode(first).x[0], encode(TableSource("t", CSV, target="y")).x[0])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1.5,2\n", [[1.5, 2]]),
        ("a;b\n1,5;2\n", [[1.5, 2]]),
        ("1,5;2,5\n3;4\n", [[1.5, 2.5], [3, 4]]),
        ("a\tb\n1\t2\n", [[1, 2]]),
        ("a\tb\n-1,25\t,5\n", [[-1.25, 0.5]]),
        ("a|b\n1|2\n", [[1, 2]]),
        ("1,2\n3,4", [[1, 2], [3, 4]]),
        ("a\n1\n2\n", [[1], [2]]),
        ("a,b\r\n1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
        ("a,b\r1,2\r3,4", [[1, 2], [3, 4]]),
        ("\ufeffa,b\n1,2\n", [[1, 2]]),
        ('"a","b"\n"1","2"\n', [[1, 2]]),
        ('a, "b, in m"\n1, "2"\n', [[1, 2]]),
        ('a;"b"\n"1,5";"2"\n', [[1.5, 2]]),
        ('a,b\n"1,5","2,25"\n', [[1.5, 2.25]]),
        ("a,b\n1,2\n\n3,4\n\n\n", [[1, 2], [3, 4]]),
        ("a,b\n 1 ,\t2\n1e3,-2E-1\n+.5,5.\n", [[1, 2], [1000, -0.2], [0.5, 5]]),
        ("a;b\n0,125;1\n", [[0.125, 1]]),
        ("a;b\n1,234;1,5\n", [[1.234, 1.5]]),
        ("year,2019,2020\n1,2.5,3.5\n", [[1, 2.5, 3.5]]),
        (",a\n0,5\n", [[0, 5]]),
        ("datum;last\n31.12.2025;1,5\n", [[1.5]]),
        ('note,a\n"two\nlines",1\nb,2', [[1], [2]]),
        ("a;b\n" + "1,5;2\n" * 300, [[1.5, 2]] * 300),
    ],
)
def test_header_delimiter_and_decimal_mark_are_detected(content: str, expected: list[list[float]]) -> None:
    assert _raw(content) == expected


def test_what_was_detected_can_be_overruled() -> None:
    assert _raw("2019,2020\n1,2\n", header=True) == [[1, 2]]
    assert _raw("a\n1,234\n", delimiter=";", decimal=",") == [[1.234]]
    assert _raw("1,2;3\n", delimiter=",", features=("column 1",)) == [[1]]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("", ["empty"]),
        (" \n\n", ["empty"]),
        ('""\n', ["empty"]),
        ("a,b\n", ["line 1", "header", "no row"]),
        ("a,b\n1,2\n3\n", ["line 3 has 1 cell", "line 1 has 2"]),
        ("a,b\n1,2\n3,4,5\n", ["line 3 has 3 cells", "line 1 has 2"]),
        ("a;b;c\n1;2\n1;2\n", ["line 2 has 2 cells", "line 1 has 3"]),
        ("a,a\n1,2\n", ["line 1", "'a' stands twice", "columns 1 and 2"]),
        ("time,load\n1,5\n2,6\n3,7\n4,8\n5,9\n6,abc\n", ["line 7, column 'load': 'abc' is not a number"]),
        ("a,b\n1,\n2,3\n", ["line 2, column 'b'", "empty"]),
        ("a\n1\n\n2\n", ["line 3, column 'a'", "empty"]),
        ("a,b\n1,2\n1,nan\n", ["line 3, column 'b': 'nan' is not a finite number"]),
        ("a,b\n-inf,2\n", ["line 2, column 'a': '-inf' is not a finite number"]),
        ("a\n1e400\n", ["line 2, column 'a': '1e400' is not a finite number"]),
        ("a;b\n1,234;2\n", ["line 2, column 'a'", "'1,234'", "decimal comma or a thousands separator"]),
        ("a;b\n1,234;2.5\n", ["line 2, column 'a'", "'1,234'", "thousands separators are not read"]),
        ("a;b\n1.234,5;2,5\n", ["line 2, column 'a'", "'1.234,5'", "thousands separators are not read"]),
        ("a;b\n1,5;2\n2,5;3.5\n", ["line 3, column 'b': '3.5'", "decimal mark ','"]),
        ("a,b\n1_0,2\n", ["column 'a': '1_0' is not a number"]),
        ('a,b\n1,2\n"3,4\n5,6\n', ["line 3", "never closed"]),
        ('a,b\n"1"x,2\n', ["line 2", "follows a closing quotation mark"]),
        ('note,a\n"two\nlines",1\nb,x\n', ["line 4, column 'a': 'x'"]),
        ("name,town\nann,bonn\n", ["no column of numbers"]),
        ("a\n1e308\n-1e308\n", ["column 'a'", "too large to be normalised"]),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_bad_table_is_refused_with_cause_and_place(content: str, parts: list[str], ends: str) -> None:
    source = TableSource("my.csv", content.replace("\n", ends), normalisation="minmax")
    features = ("a", "b") if "1_0" in content else None
    with pytest.raises(SequenceError) as refusal:
        encode(TableSource(source.name, source.content, features=features, normalisation="minmax"))
    for part in ["my.csv: ", *parts]:
        assert part in str(refusal.value)
    assert "\n" not in str(refusal.value)


@given(st.text(alphabet="ab1203.,;\t|\"' \n\r-+e_\ufeff\0١", max_size=40))
def test_any_text_is_either_a_table_of_finite_numbers_or_refused(content: str) -> None:
    for normalisation in ("standard", "minmax", "none"):
        source = TableSource("my.csv", content, normalisation=normalisation)
        with contextlib.suppress(SequenceError):
            sequence = encode(source)
            assert np.isfinite(sequence.x).all()
            np.testing.assert_array_equal(encode(fix_statistics(source)).x, sequence.x)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"features": ("a", "z")}, ["no column 'z'", "'time', 'a', 'b', 'y'"]),
        ({"target": "z"}, ["no column 'z'"]),
        ({"label_column": "z"}, ["no column 'z'"]),
        ({"features": ()}, ["at least one"]),
        ({"features": ("a", "b", "a")}, ["'a' twice", "places 1 and 3"]),
        ({"features": ("time",)}, ["line 2, column 'time': '08:00' is not a number"]),
        ({"target": "time"}, ["line 2, column 'time'"]),
        ({"normalisation": "log"}, ["normalisation", "'log'", "'minmax'"]),
        ({"decimal": ";"}, ["decimal mark", "';'"]),
        ({"delimiter": ";;"}, ["delimiter", "';;'"]),
        ({"delimiter": '"'}, ["delimiter"]),
        ({"statistics": (ColumnScale("a", 0.0, 1.0),)}, ["statistics", "'b'"]),
        ({"features": ("a",), "statistics": (ColumnScale("a", 0.0, 0.0),)}, ["statistics", "'a'", "scale 0"]),
        ({"features": ("a",), "statistics": (ColumnScale("a", float("nan"), 1.0),)}, ["'a'", "mean nan"]),
        (
            {"features": ("a",), "statistics": (ColumnScale("a", 0.0, 1e-320),)},
            ["line 2, column 'a'", "too large"],
        ),
    ],
)
def test_a_bad_choice_is_refused_by_name(options: dict[str, object], parts: list[str]) -> None:
    with pytest.raises(SequenceError) as refusal:
        encode(TableSource("my.csv", CSV, **options))  # type: ignore[arg-type]
    for part in ["my.csv: ", *parts]:
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("piece", "parts"),
    [
        ("", ["adds no row"]),
        (" \n", ["adds no row"]),
        ("11:00,1,2", ["line 5 has 3 cells"]),
        ("11:00,1,x,3", ["line 5, column 'b': 'x'"]),
        ("11:00,1,2,3\n12:00,1,2,nan", ["line 6, column 'y'"]),
        ('11:00,"1,2,3', ["line 5", "never closed"]),
        ('11:00,1,"1,5",3', ["line 5, column 'b': '1,5'"]),
    ],
)
def test_a_row_that_does_not_fit_is_not_appended(piece: str, parts: list[str]) -> None:
    with pytest.raises(SequenceError) as refusal:
        append(TableSource("my.csv", CSV), piece)
    for part in parts:
        assert part in str(refusal.value)


def test_a_missing_last_line_end_does_not_join_two_rows() -> None:
    longer = append(TableSource("t", "a,b\n1,2", normalisation="none"), "3,4")
    assert encode(longer).x.tolist() == [[1, 2], [3, 4]]


def test_a_raw_table_may_be_normalised_after_it_was_extended() -> None:
    longer = append(TableSource("t", "a\n1\n3", normalisation="none"), "5")
    assert isinstance(longer, TableSource)
    assert longer.statistics is None


def test_the_column_picker_learns_format_kinds_and_problems() -> None:
    info = columns("zeit;wert;leer;rest\n1.1.2025;1,5;;4\n2.1.2025;abc;;5\n3.1.2025;2;;6\n")
    assert (info.delimiter, info.decimal, info.header, info.rows) == (";", ",", True, 3)
    assert info.names == ("zeit", "wert", "leer", "rest")
    assert [column.kind for column in info.columns] == ["text", "number", "empty", "number"]
    assert info.numeric == ("rest",)
    assert info.columns[1].problem == "line 3, column 'wert': 'abc' is not a number"
    assert info.columns[0].example == "1.1.2025"
    assert info.preview[1] == ("2.1.2025", "abc", "", "5")


def test_the_column_picker_refuses_what_is_no_table() -> None:
    with pytest.raises(SequenceError, match="line 3 has 1 cell"):
        columns("a,b\n1,2\n3\n")
    assert columns("a\n1,234\n", delimiter=";", decimal=",").numeric == ("a",)


def test_times_are_short_and_name_the_day_where_it_begins() -> None:
    stamps = ["2025-03-03 22:00", "2025-03-03 23:00", "2025-03-04 00:00", "2025-03-04T01:00:00"]
    content = "time,a\n" + "".join(f"{stamp},1\n" for stamp in stamps)
    labels = encode(TableSource("t", content, label_column="time")).labels
    assert labels == ("3 Mar 22:00", "23:00", "4 Mar 00:00", "01:00")


@pytest.mark.parametrize("odd", ["2025-13-03 22:00", "noon", "2025-03-03"])
def test_labels_that_are_no_times_stay_as_they_are(odd: str) -> None:
    content = f"time,a\n2025-03-03 22:00,1\n{odd},2\n"
    assert encode(TableSource("t", content, label_column="time")).labels == ("2025-03-03 22:00", odd)
