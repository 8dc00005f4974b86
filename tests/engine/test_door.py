"""What a caller hands to the API is right, or is refused in a sentence; and what it gets back is its own."""

from __future__ import annotations

import copy
import os
import pickle
import stat
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz import Clamp, Edit, Network, NetworkSpec, RnnvizError, Trace, run
from rnnviz.engine.messages import LossObjective, ProbeObjective

X = np.random.default_rng(0).normal(size=(6, 3))
TARGET = np.random.default_rng(1).normal(size=(6, 2))
CLAMP = Clamp("f", 0.0, units=(1,), first=2, last=3)


def net(**more: Any) -> Network:
    torch.manual_seed(0)
    return Network(NetworkSpec(**{"cell": "lstm", "input_size": 3, "hidden_size": 4, "output_size": 2, **more}))


def classes() -> Network:
    return net(readout="softmax")


def base() -> Trace:
    return run(net(), X, TARGET)


def without(parameter: str) -> Network:
    network = net()
    delattr(network, parameter)
    return network


def reshaped(parameter: str) -> Network:
    network = net()
    setattr(network, parameter, torch.nn.Parameter(torch.zeros(2, 2)))
    return network


def narrowed() -> Network:
    network = net()
    network.readout[0] = torch.nn.Linear(4, 5)
    return network


ITSELF: list[Any] = []
ITSELF.append(ITSELF)


def clamp(**changes: Any) -> Any:
    fields = {"signal": "f", "value": 0.0, "units": (1,), "first": 2, "last": 3}
    return run(net(), X, TARGET, interventions=[Clamp(**{**fields, **changes})])


def edit(**changes: Any) -> Any:
    return run(net(), X, interventions=[Edit(**{"parameter": "U_f_l0", "value": 0.0, **changes})])


RIGHT: dict[str, Callable[[], Any]] = {
    "a generator": lambda: run(net(), X, TARGET, interventions=(entry for entry in [CLAMP])),
    "a tuple": lambda: run(net(), X, TARGET, interventions=(CLAMP,)),
    "an iterator": lambda: run(net(), X, TARGET, interventions=iter((CLAMP,))),
    "units of torch": lambda: clamp(units=torch.tensor([1]), first=torch.tensor(2), last=torch.tensor(3)),
    "a value in an array of no axes": lambda: clamp(value=np.array(0.0)),
    "sizes of numpy": lambda: run(
        net(hidden_size=np.int64(4), seed=np.uint8(0), bidirectional=np.False_), X, TARGET, interventions=[CLAMP]
    ),
    "a tensor that is negated when it is read": lambda: run(
        net(), torch._neg_view(torch.tensor(-X)), TARGET, interventions=[CLAMP]
    ),
    "units of numpy": lambda: clamp(units=(np.int64(1),), first=np.int32(2), last=np.uint8(3)),
    "a list of units": lambda: clamp(units=[1]),
    "an array of units": lambda: clamp(units=np.array([1])),
    "one unit": lambda: clamp(units=1),
    "a value of numpy": lambda: clamp(value=np.float32(0.0)),
    "a whole number as value": lambda: clamp(value=0),
    "nested lists": lambda: run(net(), X.tolist(), TARGET.tolist(), interventions=[CLAMP]),
    "negative strides": lambda: run(net(), X[::-1].copy()[::-1], TARGET[::-1].copy()[::-1], interventions=[CLAMP]),
    "Fortran order": lambda: run(net(), np.asfortranarray(X), np.asfortranarray(TARGET), interventions=[CLAMP]),
    "a mask that hides nothing": lambda: run(net(), np.ma.masked_array(X), TARGET, interventions=[CLAMP]),
    "a tensor that needs a gradient": lambda: run(
        net(), torch.tensor(X, requires_grad=True), TARGET, interventions=[CLAMP]
    ),
}


@pytest.mark.parametrize("made", RIGHT.values(), ids=list(RIGHT))
def test_what_means_the_same_gives_the_same(made: Callable[[], Trace]) -> None:
    wanted = run(net(), X, TARGET, interventions=[CLAMP])
    found = made()
    np.testing.assert_array_equal(found.output, wanted.output)
    np.testing.assert_array_equal(found.gradient("h"), wanted.gradient("h"))


HUGE = np.array([2**64 - 1] * 6, np.uint64)

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "a negative unit": (lambda: clamp(units=(-1,)), r"intervention 1, Clamp: expected `int` >= 0 - at `\$.units"),
    "half a unit": (lambda: clamp(units=(0.5,)), r"expected `int`, got `float` - at `\$.units"),
    "a unit in words": (lambda: clamp(units="1"), r"\$.units"),
    "a negative step": (lambda: clamp(first=-1), r"expected `int` >= 0 - at `\$.first"),
    "half a step": (lambda: clamp(first=1.5), r"got `float` - at `\$.first"),
    "a value in words": (lambda: clamp(value="0"), r"expected `float`, got `str` - at `\$.value"),
    "no value": (lambda: clamp(value=None), r"got `null` - at `\$.value"),
    "no number": (lambda: clamp(value=float("nan")), "it must be a number of at most"),
    "a negative row": (lambda: edit(row=-1), r"intervention 1, Edit: expected `int` >= 0 - at `\$.row"),
    "half a column": (lambda: edit(row=0, column=0.5), r"got `float` - at `\$.column"),
    "an edit in words": (lambda: edit(value="x"), r"got `str` - at `\$.value"),
    "units without end": (lambda: clamp(units=range(10**12)), "more than 1,000,000 entries"),
    "units that hold themselves": (lambda: clamp(units=ITSELF), r"\$.units"),
    "a unit that holds no number": (lambda: clamp(units=torch.zeros(1, device="meta")), r"\$.units"),
    "interventions without end": (lambda: run(net(), X, interventions=repeat(CLAMP)), "more than 64 interventions"),
    "interventions in no order": (lambda: run(net(), X, interventions={CLAMP}), "a list of .* not set"),
    "interventions in words": (lambda: run(net(), X, interventions="f"), "interventions are a list of .* not str"),  # type: ignore[arg-type]
    "one intervention": (lambda: run(net(), X, interventions=CLAMP), "a list of .* not Clamp"),  # type: ignore[arg-type]
    "a dict": (lambda: run(net(), X, interventions=[{}]), "intervention 1 is a dict"),  # type: ignore[list-item]
    "a module of torch": (lambda: run(torch.nn.LSTM(3, 4), X), "not a LSTM: take it over with rnnviz.from_torch"),  # type: ignore[arg-type]
    "a module around a network": (
        lambda: run(torch.nn.DataParallel(net()), X),  # type: ignore[arg-type]
        r"not a DataParallel: .* its \.module$",
    ),
    "another module": (lambda: run(torch.nn.Linear(3, 4), X), "takes a rnnviz.Network, not a Linear$"),  # type: ignore[arg-type]
    "a parameter taken out": (lambda: run(without("U_f_l0"), X), "U_f_l0 was taken out of the network"),
    "a parameter of another shape": (lambda: run(reshaped("U_f_l0"), X), r"U_f_l0 has the shape \[2, 2\].* \[4, 4\]"),
    "a readout of another shape": (lambda: run(narrowed(), X), r"readout.0.weight has the shape \[5, 4\] .* \[2, 4\]"),
    "a sequence that holds no numbers": (
        lambda: run(net(), torch.zeros(6, 3, device="meta")),
        "x is on the device meta",
    ),
    "masked rows in a list": (lambda: run(net(), [np.ma.masked_array(r, r > 1) for r in X]), "masked entries"),
    "a masked number in a list": (lambda: run(net(), [[np.ma.masked, 1, 2]]), "x is an array with 1 masked entries"),  # type: ignore[arg-type]
    "rows that need gradients": (
        lambda: run(net(), [torch.tensor(r, requires_grad=True) for r in X]),
        "x is not an array of numbers: .*detach",
    ),
    "a state beyond the arithmetic": (
        lambda: run(net(), X, initial_state={"c": np.full(4, 1e300)}),
        r"'c' is 1e\+300 in row 1, unit 1, too large for float32",
    ),
    "no network": (lambda: run(None, X), "takes a rnnviz.Network, not None"),  # type: ignore[arg-type]
    "no sequence": (lambda: run(net(), None), "x is not an array of real numbers"),  # type: ignore[arg-type]
    "double": (lambda: run(net().double(), X), r"W_i_l0 is float64.*call network.to\(torch.float32\), or make it with"),
    "half": (lambda: run(net().half(), X), r"W_i_l0 is float16.*call network.to\(torch.float32\)$"),
    "another device": (lambda: run(net().to("meta"), X), "on the device meta.*call network.cpu()"),
    "a masked sequence": (lambda: run(net(), np.ma.masked_array(X, X > 1)), r"masked entries: fill them first"),
    "a masked target": (lambda: run(net(), X, np.ma.masked_array(TARGET, TARGET > 0)), "target is an array with"),
    "a class beyond 64 bits": (lambda: run(classes(), X, HUGE), "target 1 is class 18446744073709551615"),
    "a negative class": (lambda: run(classes(), X, [-2] * 6), "target 1 is class -2"),
    "an unknown kind of clipping": (lambda: base().clip(0.1, "foo"), "the kind of clipping is 'foo'.*norm, value"),  # type: ignore[arg-type]
    "a threshold in words": (lambda: base().clip("a"), "threshold is 'a', but it must be a number"),  # type: ignore[arg-type]
    "a step that memory has not": (lambda: base().memory().composition(99), "step 99 was asked for, but there are 6"),
    "a unit that memory has not": (lambda: base().memory().bands(99), "unit 99 was asked for, but there are 4"),
    "an anchor that memory has not": (lambda: base().memory().highway(-1), "step -1 was asked for"),
    "half an anchor": (lambda: base().paths_from(1.5), "anchor is 1.5, but it must be a whole number"),  # type: ignore[arg-type]
    "a probe of no unit": (lambda: base().probe("h", 99, 1, layer=0), "names unit 100 of h, but there are 4"),
    "a probe of no step": (lambda: base().probe("h", 1, 99, layer=0), "names step 100, but there are 6"),
    "a probe of half a step": (lambda: base().probe("h", 1, 0.5, layer=0), "step is 0.5"),  # type: ignore[arg-type]
    "half a step of causes": (lambda: base().attribution(1.5), "step is 1.5"),  # type: ignore[arg-type]
    "a signal that there is not": (lambda: base().signal("zz"), "no signal 'zz' in layer 0"),
    "a state that there is not": (lambda: base().initial_gradient("zz"), "no state 'zz'"),
    "a zero byte in a name": (lambda: base().save("a\0b"), "no file has a zero byte in its name"),
    "a zero byte in a name to read": (lambda: Trace.load("a\0b"), "no file has a zero byte in its name"),
    "no path to read": (lambda: Trace.load(None), "it is not the path of a file"),  # type: ignore[arg-type]
    "a number to read": (lambda: Trace.load(3), "it is not the path of a file"),  # type: ignore[arg-type]
    "bytes to read": (lambda: Trace.load(b"a"), "it is not the path of a file"),  # type: ignore[arg-type]
    "half a letter in a name": (lambda: base().save("\ud800"), "characters that no name of a file can have"),
    "half a letter in a name to read": (lambda: Trace.load("\ud800"), "characters that no name of a file can have"),
    "no path": (lambda: base().save(None), "None: it is not the path of a file"),  # type: ignore[arg-type]
    "a trace in a pickle": (lambda: pickle.dumps(base()), "a trace cannot be pickled.*trace.save"),
    "a network in a pickle": (lambda: pickle.dumps(net()), "a network cannot be pickled.*state_dict"),
    "ragged lists": (lambda: run(net(), [[1, 2, 3], [1, 2]]), "x is not an array of numbers"),
    "complex numbers": (lambda: run(net(), X + 1j), "not an array of real numbers, but of complex128"),
    "an array for a choice": (lambda: net(dtype=np.array([1, 2])), r"dtype is \(1, 2\), but it must be one of"),
    "a radius of yes": (lambda: net(spectral_radius=True), "spectral_radius is True, but it must be a number"),
    "the loss of a step that there is not": (
        lambda: base().gradients(LossObjective("at", 6)),
        "the loss of step 6 was asked for, but there are 6 steps",
    ),
    "a loss before the first": (lambda: base().gradients(LossObjective("upto", -1)), "the loss of step -1"),
    "an unknown kind of loss": (lambda: base().gradients(LossObjective("zz")), r"LossObjective: invalid enum.*scope"),  # type: ignore[arg-type]
    "an objective of half a step": (
        lambda: base().gradients(ProbeObjective("h", 0, 1.5, 0)),  # type: ignore[arg-type]
        r"objective, ProbeObjective: expected `int`, got `float` - at `\$.step",
    ),
    "an array for a layer of gradients": (
        lambda: base().gradients().signal("h", np.array([0, 1])),  # type: ignore[arg-type]
        r"no signal 'h' in layer \[0 1\]",
    ),
    "an array for a layer of a network": (lambda: net().at(np.array([0, 1])), r"the network has no layer \[0 1\]"),  # type: ignore[arg-type]
    "terms backwards": (lambda: base().parameter_terms("U_f_l0").between(4, 2), "the steps 4 to 2 were asked for"),
    "terms beyond the end": (lambda: base().parameter_terms("U_f_l0").between(0, 7), "the steps 0 to 7 were asked"),
    "weights of another shape": (
        lambda: base().parameter_terms("U_f_l0").weighted_squares(np.ones((2, 2))),
        r"weight has shape \[2, 2\], but U_f_l0 has \[4, 4\]",
    ),
    "a network of words": (lambda: Network("lstm"), "made of a rnnviz.NetworkSpec, not of str"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("act", "said"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_refused_in_a_sentence_that_says_what(act: Callable[[], Any], said: str) -> None:
    with pytest.raises(RnnvizError, match=said):
        act()


def test_a_name_that_there_is_not_is_a_key_error_as_well() -> None:
    with pytest.raises(KeyError, match="no signal 'zz'"):
        base().signal("zz")


def test_a_refused_probe_leaves_the_one_before() -> None:
    trace = base()
    trace.probe("c", 1, 2, layer=0)
    wanted = trace.gradient("h")
    with pytest.raises(RnnvizError):
        trace.probe("c", 9, 2, layer=0)
    np.testing.assert_array_equal(trace.gradient("h"), wanted)


def test_a_network_is_copied_with_parameters_of_its_own_or_around_the_same() -> None:
    network = net()
    deep, shallow = copy.deepcopy(network), copy.copy(network)
    wanted = run(network, X).output
    with torch.no_grad():
        next(network.parameters()).zero_()
    np.testing.assert_array_equal(run(deep, X).output, wanted)
    np.testing.assert_array_equal(run(shallow, X).output, run(network, X).output)
    assert not np.array_equal(run(network, X).output, wanted)


RETURNED: dict[str, Callable[[Trace], Any]] = {
    "output": lambda trace: trace.output,
    "logits": lambda trace: trace.logits,
    "signal": lambda trace: trace.signal("h"),
    "inputs": lambda trace: trace.inputs,
    "step_losses": lambda trace: trace.step_losses,
    "gradient": lambda trace: trace.gradient("h"),
    "gradients": lambda trace: trace.gradients().signal("c"),
    "initial_gradient": lambda trace: trace.initial_gradient("h"),
    "parameter_gradients": lambda trace: trace.parameter_gradients()["U_f_l0"],
    "itemised": lambda trace: trace.itemised("h"),
    "itemised_parameter": lambda trace: trace.itemised_parameter("U_f_l0"),
    "jacobian": lambda trace: trace.jacobian(),
    "path_norms": lambda trace: trace.path_norms(),
    "connectivity": lambda trace: trace.connectivity(),
    "attribution": lambda trace: trace.attribution(5).integrated,
    "kept": lambda trace: trace.memory().kept,
    "factor": lambda trace: trace.memory().factor,
    "values": lambda trace: trace.memory().values,
    "slopes": lambda trace: trace.slopes("f"),
    "weight_stack": lambda trace: trace.weight_stack().values,
    "loss_steps": lambda trace: trace.loss_steps(),
    "clip": lambda trace: trace.clip(0.1).before["U_f_l0"],
}


@pytest.mark.parametrize("asked", RETURNED.values(), ids=list(RETURNED))
def test_what_a_caller_writes_into_an_array_never_changes_the_trace(asked: Callable[[Trace], Any]) -> None:
    trace = base()
    array = asked(trace)
    wanted = {name: np.array(each(trace), copy=True) for name, each in RETURNED.items()}
    if array.flags.writeable:
        array[...] = 7
    for name, each in RETURNED.items():
        np.testing.assert_array_equal(each(trace), wanted[name], err_msg=name)


def test_what_a_caller_writes_into_its_own_arrays_afterwards_never_changes_the_trace() -> None:
    x, target = X.copy(), TARGET.copy()
    trace = run(net(), x, target)
    wanted = (np.array(trace.inputs), trace.connectivity(), trace.parameter_gradients()["U_f_l0"], trace.loss)
    x[...], target[...] = 9, 9
    np.testing.assert_array_equal(trace.inputs, wanted[0])
    np.testing.assert_array_equal(trace.connectivity(), wanted[1])
    np.testing.assert_array_equal(trace.parameter_gradients()["U_f_l0"], wanted[2])
    assert trace.loss == wanted[3]


def test_a_trace_is_written_where_a_path_leads(tmp_path: Path) -> None:
    base().save(tmp_path / "a.trace")
    assert rnnviz.Trace.load(tmp_path / "a.trace").steps == 6


def test_nothing_but_a_file_is_replaced_by_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(RnnvizError, match="it is a pipe, not a file"):
            base().save(tmp_path / name)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]
