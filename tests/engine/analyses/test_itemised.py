"""The itemised gradient as it is drawn: the norms, the numbers of a unit, the sums, and the truth beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rnnviz.engine import rowsback
from rnnviz.engine.analyses import Memo, analyse
from rnnviz.engine.answer import Answer
from rnnviz.engine.autogradcopies import AutogradCopies, gradients_of
from rnnviz.engine.errors import EngineError, ObjectiveError
from rnnviz.engine.formats.torch_modules import from_torch
from rnnviz.engine.itemisedtable import itemised_table
from rnnviz.engine.itemisedtruth import LONGEST
from rnnviz.engine.jobs import finish
from rnnviz.engine.requests import AnyRequest, Itemised, ItemisedParameter, Truth
from rnnviz.engine.run import Running, run
from rnnviz.engine.runningsums import RunningSums, cumulated
from rnnviz.engine.scaled import Scaled
from rnnviz.engine.trace import Trace
from tests.engine.networks import build, inputs, target_of
from tests.engine.observatory.losses import CASES, PerLoss, ran


def ask(trace: Trace, request: AnyRequest) -> Answer:
    return finish(analyse(trace, request, Memo()))


def plain(answer: Answer, name: str) -> NDArray[np.float64]:
    return np.power(10.0, answer.arrays[name].astype(np.float64))


@pytest.fixture(params=[256, 2], ids=["one block of losses", "several"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowsback, "_ROWS", request.param)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("options", CASES[::5])
def test_items_and_their_sums_are_what_autograd_says_of_each_loss(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    at = network.cell_layers[0]
    for name in {at.cell.output, *at.cell.states, at.cell.order[0]}:
        vectors = theirs.signal((at.layer, at.direction, name))
        answer = ask(trace, Itemised(name, at.layer, at.direction))
        assert answer.arrays["losses"].tolist() == list(theirs.losses)
        near = 1e-10 * theirs.largest
        np.testing.assert_allclose(plain(answer, "items"), np.linalg.norm(vectors, axis=-1), rtol=1e-9, atol=near)
        sums = np.linalg.norm(vectors.cumsum(0), axis=-1)
        np.testing.assert_allclose(plain(answer, "sums"), sums, rtol=1e-9, atol=near)


@pytest.mark.usefixtures("blocks")
def test_the_numbers_of_a_unit_have_signs_and_sum_to_its_gradient() -> None:
    _, trace = ran({"cell": "gru", "num_layers": 2})
    answer = ask(trace, Itemised("h", 0, unit=2))
    items = plain(answer, "items") * answer.arrays["item signs"].astype(np.float64)
    sums = plain(answer, "sums") * answer.arrays["sum signs"].astype(np.float64)
    np.testing.assert_allclose(items, trace.itemised("h", norm=False)[..., 2], rtol=1e-9)
    np.testing.assert_allclose(sums, items.cumsum(0), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(sums[-1], trace.gradient("h")[:, 2], rtol=1e-9, atol=1e-13)
    assert (items < 0).any()


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("options", CASES[2::9])
def test_what_a_step_adds_to_the_gradient_of_a_parameter_is_the_norm_of_the_sum(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    before = {network.initial_parameter(at, state) for at in network.cell_layers for state in at.cell.states}
    for name, _ in network.named_parameters():
        if name in before:
            continue
        answer = ask(trace, ItemisedParameter(name))
        theirs = np.power(10.0, logs(trace.itemised_parameter(name)))
        np.testing.assert_allclose(plain(answer, "items"), theirs, rtol=1e-13, atol=0)
        terms = trace.parameter_terms(name)
        whole = [np.linalg.norm(terms.between(t, t + 1)) for t in range(trace.steps)]
        np.testing.assert_allclose(plain(answer, "sums")[-1], whole, rtol=1e-9, atol=1e-13)


def logs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log10(values)


def test_a_gate_s_block_of_a_matrix_is_asked_for_by_its_name() -> None:
    network = from_torch(torch.nn.LSTM(3, 4, dtype=torch.float64), readout=None)
    trace = run(network, inputs(network, 5), np.ones((5, 4)))
    blocks = trace.itemised_parameter_blocks("weight_hh_l0")
    for block, table in blocks.items():
        answer = ask(trace, ItemisedParameter("weight_hh_l0", block))
        assert answer.facts["blocks"] == tuple(blocks)
        np.testing.assert_allclose(plain(answer, "items"), table, rtol=1e-12)
        assert truth_of(trace, ItemisedParameter("weight_hh_l0", block)) < 1e-12
    whole = ask(trace, ItemisedParameter("weight_hh_l0"))
    np.testing.assert_allclose(plain(whole, "items"), trace.itemised_parameter("weight_hh_l0"), rtol=1e-12)
    with pytest.raises(ObjectiveError, match="has no block W_i; it has U_i, U_f, U_g, U_o"):
        ask(trace, ItemisedParameter("weight_hh_l0", "W_i"))


def truth_of(trace: Trace, request: Itemised | ItemisedParameter) -> float:
    facts = ask(trace, Truth(request)).facts
    assert float(facts["count"]) > 0  # type: ignore[arg-type]
    return float(facts["relative"])  # type: ignore[arg-type]


@pytest.mark.parametrize("options", CASES[1::6])
def test_the_truth_agrees_for_every_kind_of_network(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    at = network.cell_layers[-1]
    assert truth_of(trace, Itemised(at.cell.output, at.layer, at.direction)) < 1e-9
    assert truth_of(trace, Itemised(at.cell.order[0], at.layer, at.direction, unit=0)) < 1e-9
    matrices = [name for name, value in network.named_parameters() if value.dim() == 2]
    for name in {matrices[0], matrices[-1]}:
        assert truth_of(trace, ItemisedParameter(name)) < 1e-9


@pytest.mark.parametrize("options", CASES[4::7])
def test_the_copies_of_a_parameter_share_its_gradient_between_them(options: dict[str, Any]) -> None:
    network, trace = ran(options)
    theirs = PerLoss(network, trace)
    before = {network.initial_parameter(at, state) for at in network.cell_layers for state in at.cell.states}
    for name in [name for name, _ in network.named_parameters() if name not in before]:
        copies = AutogradCopies(trace, name, range(trace.steps))
        for row, step in enumerate(theirs.losses):
            parts = gradients_of(copies.loss(step), list(copies.copies.values()))
            total = torch.stack(parts).sum(0).numpy()
            np.testing.assert_allclose(total, theirs.parameter(name, row), rtol=1e-9, atol=1e-12)


def test_the_truth_tells_numbers_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trace = ran({"cell": "lstm"})
    add = RunningSums.add

    def forgetful(self: RunningSums, step: int, rows: Scaled) -> Scaled:
        return add(self, step, rows) if step else rows

    monkeypatch.setattr(RunningSums, "add", forgetful)
    assert truth_of(trace, Itemised("h")) > 1e-3


def test_sums_of_rows_that_lie_thousands_of_powers_apart_lose_none() -> None:
    values = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, -1.0], [0.5, 0.5], [0.0, 0.0], [1.0, 1.0]]).double()
    exponents = np.array([0, -6000, -6000, 0, 0, 4000])
    sums = cumulated(Scaled(values, exponents))
    logarithms = sums.log10_norm().numpy()
    two = np.log10(2.0)
    expected = [0, -6000 * two, np.log10(np.sqrt(17)) - 6000 * two, np.log10(np.sqrt(0.5)), np.log10(np.sqrt(0.5))]
    assert logarithms[0] == -np.inf
    np.testing.assert_allclose(logarithms[1:], [*expected[1:], np.log10(np.sqrt(2)) + 4000 * two], rtol=1e-12)


def test_sums_go_on_after_what_is_not_finite() -> None:
    values = torch.tensor([[1.0], [torch.inf], [2.0], [-torch.inf], [1.0]]).double()
    found = cumulated(Scaled(values, np.array([-3000, 0, 0, 0, 0]))).plainly()[:, 0]
    np.testing.assert_array_equal(found, [0.0, np.inf, np.inf, np.nan, np.nan])


def test_of_many_losses_evenly_spread_ones_are_itemised_and_the_last_among_them() -> None:
    _, trace = ran({"cell": "rnn"}, steps=30)
    answer = ask(trace, Itemised("h", most=30 * 5))
    assert answer.facts["count"] == 29
    losses = answer.arrays["losses"]
    assert losses[-1] == 28
    assert len(losses) == 5
    np.testing.assert_allclose(plain(answer, "items"), trace.itemised("h")[losses.astype(int)], rtol=1e-12)
    few = finish(itemised_table(trace, "h", rows=losses.tolist()))
    np.testing.assert_array_equal(plain(answer, "sums"), np.power(10.0, few.sums.log10))
    assert len(ask(trace, Itemised("h", most=1)).arrays["losses"]) == 1


def test_before_the_first_loss_it_is_said_what_to_do() -> None:
    network = build("gru", topology="many-to-one")
    running = Running(network, inputs(network, 5), target_of(network, 5))
    list(running.advance(3))
    with pytest.raises(ObjectiveError, match="no step that has been reached has a loss yet: step forward"):
        ask(running.trace(), Itemised("h"))
    with pytest.raises(ObjectiveError, match="target"):
        ask(run(network, inputs(network, 5)), ItemisedParameter("W_z_l0"))


def test_a_unit_that_is_not_there_is_named() -> None:
    _, trace = ran({"cell": "rnn"})
    with pytest.raises(ObjectiveError, match="unit 5 of h was asked for, but it has 4"):
        ask(trace, Itemised("h", unit=4))


def test_a_run_too_long_for_a_graph_is_not_checked_and_says_so() -> None:
    network = build("rnn", hidden_size=1)
    steps = LONGEST + 1
    trace = run(network, inputs(network, steps), target_of(network, steps))
    with pytest.raises(EngineError, match="5,001 steps is too long to be compared with autograd"):
        ask(trace, Truth(Itemised("h")))


@pytest.mark.parametrize("options", [{"cell": "rnn"}, {"cell": "gru", "num_layers": 2, "bidirectional": True}], ids=str)
def test_progress_rises_to_its_end(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowsback, "_ROWS", 8)
    _, trace = ran(options, steps=20)
    told = [done / total for done, total in itemised_table(trace, "h") if total == 1000 * (trace.steps - 1)]
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.9 < told[-1] <= 1
    assert len(set(told)) > 20
