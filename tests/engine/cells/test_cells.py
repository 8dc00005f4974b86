"""The shipped cells: found by their files, and equal to what torch computes."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import torch

from rnnviz.engine import cells
from rnnviz.engine.errors import CellError, SpecError
from rnnviz.engine.language.evaluate import Matrix, Vector, evaluate_step

INPUTS, UNITS = 3, 4
GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": ""}


def test_the_shipped_cells_are_found_by_their_files() -> None:
    assert cells.names() == (
        "feedforward",
        "gru",
        "gru-cho",
        "indrnn",
        "jordan",
        "lstm",
        "lstm-cifg",
        "lstm-fgr",
        "lstm-goodfellow",
        "lstm-nfg",
        "lstm-niaf",
        "lstm-nig",
        "lstm-noaf",
        "lstm-nog",
        "lstm-np",
        "lstm-peephole",
        "mgu",
        "mingru",
        "minlstm",
        "rnn",
        "slstm",
    )


def test_every_cell_is_in_one_family_for_the_menus() -> None:
    families = cells.families()
    assert list(families) == ["Simple", "LSTM", "LSTM variants", "GRU"]
    assert sorted(name for names in families.values() for name in names) == list(cells.names())
    assert families["GRU"] == ("gru", "gru-cho", "mgu", "mingru")
    assert max(map(len, families.values())) <= 8


def test_a_title_is_told_without_reading_the_equations() -> None:
    assert all(cells.title(name) == cells.get(name).title for name in cells.names())
    assert len({cells.title(name) for name in cells.names()}) == len(cells.names())
    with pytest.raises(SpecError, match="There is no cell"):
        cells.title("lsmt")


@pytest.mark.parametrize("name", cells.names())
def test_every_shipped_cell_says_what_it_is(name: str) -> None:
    cell = cells.get(name)
    assert cell.name == name
    assert cell.title
    assert cell.description.endswith(".")
    assert all(equation.label for equation in cell.equations)
    assert cell.output == "h"
    assert cells.get(name) is cell


def test_a_text_with_an_equals_sign_is_a_cell_of_its_own() -> None:
    cell = cells.get("h[t] = tanh(W @ x[t] + U @ h[t-1])")
    assert (cell.name, cell.title, cell.states) == ("cell", "Your own cell", ("h",))
    with pytest.raises(CellError, match="line 1, column 10"):
        cells.get("h[t] = 1 +")


@pytest.mark.parametrize("name", ["lsmt", "", "__init__", "lstm_peephole", "../lstm", "os"])
def test_an_unknown_name_is_answered_with_what_there_is(name: str) -> None:
    with pytest.raises(SpecError, match=r"There is no cell '.*'; there are feedforward, gru, .*rnn, .*\."):
        cells.get(name)


def relu_cell(inputs: int, units: int, dtype: torch.dtype) -> torch.nn.RNNCell:
    return torch.nn.RNNCell(inputs, units, nonlinearity="relu", dtype=dtype)


def parameters_of(module: torch.nn.RNNCellBase, name: str) -> dict[str, Vector | Matrix]:
    """Return torch's parameters under the names of the cell; two biases become their sum where the cell has one."""
    pieces = [f"_{gate}" for gate in GATES[name]] or [""]
    chunks = {
        kind: getattr(module, attribute).detach().chunk(len(pieces))
        for kind, attribute in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias_ih"), ("c", "bias_hh"))
    }
    found: dict[str, Vector | Matrix] = {}
    for place, piece in enumerate(pieces):
        for kind in "WU":
            found[kind + piece] = chunks[kind][place].tolist()
        apart = (name, piece) == ("gru", "_n")
        found["b" + piece] = (chunks["b"][place] + (0 if apart else chunks["c"][place])).tolist()
        if apart:
            found["c" + piece] = chunks["c"][place].tolist()
    return found


@pytest.mark.parametrize(
    ("name", "build", "phi"),
    [
        ("lstm", torch.nn.LSTMCell, "tanh"),
        ("gru", torch.nn.GRUCell, "tanh"),
        ("rnn", torch.nn.RNNCell, "tanh"),
        ("rnn", relu_cell, "relu"),
    ],
)
def test_a_step_equals_that_of_torch(name: str, build: Callable[..., torch.nn.RNNCellBase], phi: str) -> None:
    torch.manual_seed(3)
    module = build(INPUTS, UNITS, dtype=torch.float64)
    numbers = random.Random(5)
    x = [numbers.gauss(0, 1) for _ in range(INPUTS)]
    cell = cells.get(name)
    previous = {state: [numbers.gauss(0, 1) for _ in range(UNITS)] for state in cell.states}
    now = evaluate_step(cell, x, previous, parameters_of(module, name), phi)
    h = torch.tensor([previous["h"]], dtype=torch.float64)
    c = torch.tensor([previous.get("c", previous["h"])], dtype=torch.float64)
    result = module(torch.tensor([x], dtype=torch.float64), (h, c) if name == "lstm" else h)
    torch_now = dict(zip("hc", result if name == "lstm" else (result,), strict=False))
    for state in cell.states:
        assert now[state] == pytest.approx(torch_now[state][0].tolist(), abs=1e-12)


def one_unit(name: str, previous: dict[str, list[float]], **parameters: float) -> dict[str, float]:
    """Step a cell of one unit and one input of 1; parameters not named are 0."""
    cell = cells.get(name)
    given: dict[str, Vector | Matrix] = {}
    for info in cell.parameters:
        number = parameters.get(info.name, 0.0)
        given[info.name] = [[number]] if info.kind == "matrix" else [number]
    return {signal: numbers[0] for signal, numbers in evaluate_step(cell, [1.0], previous, given).items()}


def test_goodfellow_squashes_the_candidate_with_a_sigmoid() -> None:
    now = one_unit("lstm-goodfellow", {"s": [0.6], "h": [0.0]}, U=2.0, b_f=1.0)
    assert now["s"] == pytest.approx(0.731058578630005 * 0.6 + 0.5 * 0.880797077977882, abs=1e-12)
    assert now["h"] == pytest.approx(0.352967446970758, abs=1e-12)


def test_the_output_gate_of_a_peephole_lstm_sees_the_new_state() -> None:
    now = one_unit("lstm-peephole", {"c": [2.0], "h": [0.0]}, p_i=1.0, p_f=-1.0, p_o=3.0)
    assert (now["i.pre"], now["f.pre"]) == (2.0, -2.0)
    assert now["o.pre"] == pytest.approx(3 * now["c"])
    assert now["c"] == pytest.approx(2 * 0.119202922022118, abs=1e-12)


def test_the_two_grus_reset_on_different_sides_of_the_product() -> None:
    start = {"h": [0.5]}
    cho = one_unit("gru-cho", start, U_n=2.0, b_r=1.0, b_n=0.25)
    torch_like = one_unit("gru", start, U_n=2.0, b_r=1.0, b_n=0.25, c_n=4.0)
    reset = 0.731058578630005
    assert cho["n.pre"] == pytest.approx(2 * reset * 0.5 + 0.25, abs=1e-12)
    assert torch_like["n.pre"] == pytest.approx(0.25 + reset * (2 * 0.5 + 4), abs=1e-12)
    assert one_unit("gru-cho", start, b_z=50.0)["h"] == one_unit("gru", start, b_z=50.0)["h"] == 0.5


def test_the_jordan_network_sees_the_output_and_no_state() -> None:
    now = evaluate_step(cells.get("jordan"), [1.0], {"y": [3.0, 4.0]}, {"W": [[1.0]], "U": [[10.0, 100.0]], "b": [0.5]})
    assert now["h.pre"] == [431.5]
