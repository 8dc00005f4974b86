"""Whatever modes of torch its caller has chosen, rnnviz gives the numbers that it gives without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz.engine.arithmetic import own_modes
from rnnviz.engine.network import Network
from rnnviz.engine.observatory import Observatory
from rnnviz.engine.run import run
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.trace import Trace

X = np.random.default_rng(0).normal(size=(7, 3))
TARGET = np.random.default_rng(1).normal(size=(7, 2))


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    yield
    torch.set_default_dtype(before)


@contextmanager
def everything_at_once() -> Iterator[None]:
    modes = torch.inference_mode(), torch.autocast("cpu", torch.bfloat16), default_dtype(torch.float64)
    with modes[0], modes[1], modes[2], torch.device("meta"):
        yield


MODES: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "grad switched off": lambda: torch.set_grad_enabled(False),
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "float64": lambda: default_dtype(torch.float64),
    "float16": lambda: default_dtype(torch.float16),
    "another device": lambda: torch.device("meta"),
    "everything at once": everything_at_once,
}
every_mode = pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))


def _probed(trace: Trace) -> Any:
    trace.probe("c", 1, 4, layer=0)
    return trace.gradient("h")


ASKED: dict[str, Callable[[Trace], Any]] = {
    "signal": lambda trace: trace.signal("h"),
    "inputs": lambda trace: trace.inputs,
    "output": lambda trace: trace.output,
    "logits": lambda trace: trace.logits,
    "step_losses": lambda trace: trace.step_losses,
    "loss": lambda trace: trace.loss,
    "steps": lambda trace: trace.steps,
    "probe": _probed,
    "gradients": lambda trace: trace.gradients().signal("h"),
    "gradient": lambda trace: trace.gradient("f"),
    "gradient_log10_norm": lambda trace: trace.gradient_log10_norm("c"),
    "initial_gradient": lambda trace: trace.initial_gradient("h"),
    "parameter_gradients": lambda trace: trace.parameter_gradients(),
    "loss_steps": lambda trace: trace.loss_steps(),
    "itemised": lambda trace: trace.itemised("h"),
    "itemised_log10": lambda trace: trace.itemised_log10("h"),
    "itemised_parameter": lambda trace: trace.itemised_parameter("U_f_l0"),
    "itemised_parameter_blocks": lambda trace: trace.itemised_parameter_blocks("U_f_l0"),
    "parameter_terms": lambda trace: trace.parameter_terms("U_f_l0").between(0, 7),
    "arrival": lambda trace: trace.arrival("h").own,
    "jacobian": lambda trace: trace.jacobian(),
    "path_norms": lambda trace: trace.path_norms(),
    "path_log10_norms": lambda trace: trace.path_log10_norms(),
    "paths_from": lambda trace: trace.paths_from(2).largest.log10,
    "connectivity": lambda trace: trace.connectivity(),
    "attribution": lambda trace: trace.attribution(5).integrated,
    "memory": lambda trace: trace.memory().kept,
    "clip": lambda trace: trace.clip(0.1).step_after,
    "saturation": lambda trace: trace.saturation()["f"].below,
    "slopes": lambda trace: trace.slopes("f"),
    "spectra": lambda trace: trace.spectra()["U_f"].singular,
    "bound": lambda trace: trace.bound().applies,
    "weight_stack": lambda trace: trace.weight_stack().values,
}


def made(dtype: str = "float32") -> Trace:
    torch.manual_seed(0)
    spec = NetworkSpec(cell="lstm", input_size=3, hidden_size=4, output_size=2, dtype=dtype)  # type: ignore[arg-type]
    return run(Network(spec), X, TARGET)


def same(found: Any, wanted: Any) -> None:
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name in wanted:
            same(found[name], wanted[name])
    else:
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
        assert np.asarray(found).dtype == np.asarray(wanted).dtype


@every_mode
@pytest.mark.parametrize("name", ASKED)
def test_an_analysis_gives_the_same_under_every_mode(
    name: str, mode: Callable[[], AbstractContextManager[Any]]
) -> None:
    wanted = ASKED[name](made())
    trace = made()
    with mode():
        found = ASKED[name](trace)
    same(found, wanted)


@every_mode
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_that_is_made_and_run_under_a_mode_is_the_same(
    dtype: str, mode: Callable[[], AbstractContextManager[Any]]
) -> None:
    wanted = made(dtype)
    with mode():
        trace = made(dtype)
    same(trace.output, wanted.output)
    same(trace.parameter_gradients(), wanted.parameter_gradients())
    for name, parameter in trace.network.named_parameters():
        assert parameter.requires_grad, name
        assert not parameter.is_inference()
        assert str(parameter.device) == "cpu"


@every_mode
def test_a_module_of_torch_is_taken_over_under_every_mode(mode: Callable[[], AbstractContextManager[Any]]) -> None:
    torch.manual_seed(0)
    module = torch.nn.LSTM(3, 4)
    wanted = rnnviz.run(rnnviz.from_torch(module), X)
    with mode():
        found = rnnviz.run(rnnviz.from_torch(module), X)
        same(found.jacobian(), wanted.jacobian())
    same(found.output, wanted.output)


LAYERS: dict[str, dict[str, Any]] = {
    "an LSTM": {},
    "numbers and softplus": {"cell": "a[t] = softplus(W @ x[t]) + 2 * softplus(3)\nh[t] = a[t] + 1 - 0.5 * h[t-1]"},
    "a start of its own": {"cell": "slstm"},
    "two directions": {"bidirectional": True, "num_layers": 2},
    "the output fed back": {"topology": "one-to-many", "feedback": "output", "output_size": 3},
}


@every_mode
@pytest.mark.parametrize("fields", LAYERS.values(), ids=list(LAYERS))
def test_a_network_that_is_called_as_a_module_computes_in_its_own_dtype_and_place(
    fields: dict[str, Any], mode: Callable[[], AbstractContextManager[Any]]
) -> None:
    network = Network(NetworkSpec(**{"input_size": 3, "hidden_size": 4, "output_size": 2, **fields}))
    x = torch.from_numpy(X).float()
    wanted = network(x)
    with mode(), torch.autocast("cpu", enabled=False):
        found = network(x)
        assert found.requires_grad == torch.is_grad_enabled()  # whether it is differentiated is the caller's choice
    same(found.detach(), wanted.detach())


@every_mode
def test_a_trace_is_written_and_read_under_every_mode(
    mode: Callable[[], AbstractContextManager[Any]], tmp_path: Path
) -> None:
    trace = made()
    with mode():
        trace.save(tmp_path / "a.trace")
        found = Trace.load(tmp_path / "a.trace")
        same(found.gradient("h"), trace.gradient("h"))


@every_mode
def test_the_modes_of_the_caller_are_given_back(mode: Callable[[], AbstractContextManager[Any]]) -> None:
    def told() -> tuple[Any, ...]:
        return (
            *(torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu")),
            *(torch.get_default_dtype(), torch.get_default_device()),
        )

    with mode():
        before = told()
        made().connectivity()
        assert told() == before
        with pytest.raises(rnnviz.RnnvizError):
            made().signal("nothing of the kind")
        assert told() == before
        with own_modes():
            assert told() == (True, False, False, torch.float32, torch.device("cpu"))


def test_every_public_question_of_a_trace_is_asked_here() -> None:
    public = {name for kind in (Trace, Observatory) for name in vars(kind) if not name.startswith("_")}
    assert public - {"save", "load", "embedded_tokens"} == set(ASKED)
