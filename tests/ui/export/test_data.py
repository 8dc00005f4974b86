from __future__ import annotations

import csv
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.ui.export import ExportError, save_data
from tests.ui.export.samples import Sketch

pytestmark = pytest.mark.usefixtures("qapp")


def table(tmp_path: Path, **arrays: NDArray[Any]) -> list[list[str]]:
    """Return the written CSV as rows of cells."""
    save_data(Sketch(arrays), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_table_has_a_row_per_step_and_a_column_per_unit(tmp_path: Path) -> None:
    rows = table(tmp_path, token=np.array(["let's", "meet"]), h=np.array([[0.5, -1.0], [0.25, 2.0]]))
    assert rows == [
        ["step", "token", "h[0]", "h[1]"],
        ["1", "let's", "0.5", "-1.0"],
        ["2", "meet", "0.25", "2.0"],
    ]


def test_a_step_column_of_the_figure_comes_first(tmp_path: Path) -> None:
    assert table(tmp_path, loss=np.array([0.5]), step=np.array([7])) == [["step", "loss"], ["7", "0.5"]]


def test_a_matrix_per_step_is_named_by_both_indices(tmp_path: Path) -> None:
    header = table(tmp_path, j=np.zeros((1, 2, 2)))[0]
    assert header == ["step", "j[0,0]", "j[0,1]", "j[1,0]", "j[1,1]"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_digit_comes_back(tmp_path: Path, dtype: type[np.floating[Any]]) -> None:
    h = np.random.default_rng(0).normal(size=(2500, 3)).astype(dtype)
    h[3, 1], h[4, 1], h[5, 1], h[6, 1] = math.nan, math.inf, -math.inf, np.finfo(dtype).tiny
    back = np.loadtxt(_written(tmp_path, h), delimiter=",", skiprows=1)[:, 1:].astype(dtype)
    assert np.array_equal(back, h, equal_nan=True)


def test_nan_and_infinities_are_words(tmp_path: Path) -> None:
    rows = table(tmp_path, h=np.array([math.nan, math.inf, -math.inf]), reached=np.array([True, False, True]))
    assert [row[1] for row in rows[1:]] == ["nan", "inf", "-inf"]
    assert [row[2] for row in rows[1:]] == ["1", "0", "1"]


def test_tokens_with_commas_quotes_and_line_ends_stay_whole(tmp_path: Path) -> None:
    rows = table(tmp_path, token=np.array([",", '"', "\n", "é漢"]))
    assert [row[1] for row in rows[1:]] == [",", '"', "\n", "é漢"]


def test_arrays_of_different_lengths_are_refused_by_name(tmp_path: Path) -> None:
    message = r"dh0 has 3 rows and h has 2, which makes no common table; choose \.npz$"
    with pytest.raises(ExportError, match=message):
        table(tmp_path, h=np.zeros(2), dh0=np.zeros(3))
    with pytest.raises(ExportError, match="loss is a single number"):
        table(tmp_path, loss=np.array(1.0))
    assert list(tmp_path.iterdir()) == []


def test_a_figure_without_numbers_and_python_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="A sketch shows no numbers"):
        table(tmp_path)
    with pytest.raises(ExportError, match="x holds Python objects"):
        table(tmp_path, x=np.array([object()]))


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"data are written as \.csv or \.npz$"):
        save_data(Sketch({"h": np.zeros(1)}), tmp_path / "a.xlsx")


def test_arrays_come_back_from_npz_as_they_are(tmp_path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "h": np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32),
        "dL/dh": np.array([[math.nan, -math.inf]]),
        "file": np.array(["a", "bc"]),
        "loss": np.array(0.5),
    }
    save_data(Sketch(arrays), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as back:
        assert list(back) == list(arrays)
        for name, array in arrays.items():
            assert back[name].dtype == array.dtype
            assert np.array_equal(back[name], array, equal_nan=array.dtype.kind == "f")


def test_equal_arrays_are_equal_files(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_data(Sketch({"h": np.arange(3.0)}), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a.npz").testzip() is None


def _written(tmp_path: Path, h: NDArray[Any]) -> Path:
    save_data(Sketch({"h": h}), tmp_path / "a.csv")
    return tmp_path / "a.csv"
