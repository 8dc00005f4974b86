"""Trace files: what is saved comes back bit for bit, and what is no trace is refused in one sentence."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from rnnviz.engine import cells
from rnnviz.engine.errors import ObjectiveError, SessionFileError
from rnnviz.engine.network import Network
from rnnviz.engine.run import Running
from rnnviz.engine.spec import NetworkSpec
from rnnviz.engine.trace import Trace

STEPS, INPUTS, UNITS, OUTPUTS = 7, 3, 4, 2

Members = dict[str, bytes]


def network(**options: Any) -> Network:
    return Network(NetworkSpec(**{"input_size": INPUTS, "hidden_size": UNITS, "output_size": OUTPUTS, **options}))


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).standard_normal(shape)


def small_trace(**options: Any) -> Trace:
    net = network(**{"cell": "gru", **options})
    return rnnviz.run(net, numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS))


def there_and_back(trace: Trace, folder: Path) -> Trace:
    path = folder / "trace"
    trace.save(path)
    return Trace.load(path)


def assert_same(found: Trace, given: Trace) -> None:
    assert found.network.spec == given.network.spec
    assert (found.steps, found.position, found.targets.kind) == (given.steps, given.position, given.targets.kind)
    assert torch.equal(found.x, given.x)
    assert found.x.dtype == given.x.dtype
    assert found.record.signals == given.record.signals
    for field in given.record.signals:
        ours = found.record.signal(field.signal, field.layer, field.direction)
        theirs = given.record.signal(field.signal, field.layer, field.direction)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()
    assert np.float64(found.loss).tobytes() == np.float64(given.loss).tobytes()
    assert [name for name, _ in found.network.named_parameters()] == list(given.weights.state)
    for name, parameter in found.network.named_parameters():
        assert torch.equal(parameter, given.weights.state[name])


def assert_same_gradients(found: Trace, given: Trace) -> None:
    ours, theirs = found.gradients(), given.gradients()
    assert ours.value == theirs.value
    assert list(ours.parameters) == list(theirs.parameters)
    for name, gradient in theirs.parameters.items():
        np.testing.assert_array_equal(ours.parameters[name], gradient)
    for key, start in theirs.initial.items():
        np.testing.assert_array_equal(ours.initial[key], start)
    for layer, direction, name in theirs.signals:
        np.testing.assert_array_equal(ours.signal(name, layer, direction), theirs.signal(name, layer, direction))


@pytest.mark.parametrize("cell", cells.names())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_trace_comes_back_bit_for_bit_with_the_same_gradients(cell: str, dtype: str, tmp_path: Path) -> None:
    given = small_trace(cell=cell, dtype=dtype, num_layers=2)
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)


@pytest.mark.parametrize(
    "options",
    [
        {"bidirectional": True, "cell": ("lstm", ("gru", "rnn")), "num_layers": 2, "hidden_size": (3, (4, 5))},
        {"biases": "two", "initial_state": "learned"},
        {"readout_sizes": (5, 6), "readout": "tanh"},
        {"delay": 3},
        {"topology": "one-to-many", "feedback": "output", "output_size": INPUTS},
        {"cell": "m[0] = -1\nm[t] = max(m[t-1], W_m @ x[t])\nh[0] = h0\nh[t] = tanh(U @ h[t-1] + m[t])"},
    ],
)
def test_every_kind_of_network_comes_back(options: dict[str, Any], tmp_path: Path) -> None:
    net = network(**{"cell": "gru", **options})
    outputs = net.spec.outputs
    given = rnnviz.run(net, numbers(STEPS, INPUTS), numbers(STEPS, outputs))
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)


@pytest.mark.parametrize("tokens", [True, False])
def test_tokens_and_classes_come_back(tokens: bool, tmp_path: Path) -> None:
    net = network(input_size=5, output_size=5, readout="softmax", embedding_size=3, topology="many-to-one")
    words = np.array([0, 4, 2, 2, 1])
    given = rnnviz.run(net, words if tokens else np.eye(5)[words], np.array([3]))
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)
    assert torch.equal(found.targets.classes, given.targets.classes)


def test_targets_that_are_missing_at_some_steps_stay_missing(tmp_path: Path) -> None:
    target = numbers(STEPS, OUTPUTS)
    target[2] = np.nan
    target[4, 1] = np.nan
    given = rnnviz.run(network(), numbers(STEPS, INPUTS), target)
    found = there_and_back(given, tmp_path)
    assert np.isnan(found.step_losses[2])
    assert not np.isnan(found.step_losses[4])
    assert_same_gradients(found, given)


def test_without_a_target_there_is_none_afterwards(tmp_path: Path) -> None:
    given = rnnviz.run(network(), numbers(STEPS, INPUTS))
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    with pytest.raises(ObjectiveError):
        found.gradients()


def test_a_probe_is_kept(tmp_path: Path) -> None:
    given = rnnviz.run(network(), numbers(STEPS, INPUTS))
    given.probe("h", unit=1, step=5, layer=0)
    found = there_and_back(given, tmp_path)
    assert_same_gradients(found, given)
    assert found.gradients().value == given.signal("h")[5, 1]


def test_given_states_before_the_first_step_are_kept(tmp_path: Path) -> None:
    net = network(cell=("lstm", "rnn"), num_layers=2, initial_state="given")
    given = rnnviz.run(net, numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS), {"c": numbers(2, UNITS)})
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True}])
def test_a_run_that_was_stopped_half_way_comes_back_there(options: dict[str, Any], tmp_path: Path) -> None:
    going = Running(network(**options), numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS))
    list(going.advance(4))
    found = there_and_back(going.trace(), tmp_path)
    assert found.position == 4
    assert_same(found, going.trace())


def test_a_run_that_was_extended_is_saved_as_one(tmp_path: Path) -> None:
    x = numbers(200, INPUTS)
    going = Running(network(), x[:5], None)
    list(going.advance(5))
    going.append(x, numbers(200, OUTPUTS))
    list(going.advance(going.schedule.positions))
    assert len(going.record.segments) > 1
    found = there_and_back(going.trace(), tmp_path)
    assert_same(found, going.trace())
    assert_same_gradients(found, going.trace())


@pytest.mark.parametrize("bias", [True, False])
def test_a_module_of_torch_comes_back_under_its_own_names(bias: bool, tmp_path: Path) -> None:
    theirs = nn.GRU(INPUTS, UNITS, num_layers=2, bidirectional=True, bias=bias)
    net = rnnviz.from_torch(theirs, nn.Linear(2 * UNITS, OUTPUTS, bias=bias))
    given = rnnviz.run(net, numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS))
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)
    assert set(theirs.state_dict()) <= set(found.network.state_dict())


def test_weights_that_are_one_parameter_come_back_as_one(tmp_path: Path) -> None:
    theirs = nn.RNN(INPUTS, INPUTS, num_layers=2)
    theirs.weight_hh_l1 = theirs.weight_hh_l0
    given = rnnviz.run(rnnviz.from_torch(theirs), numbers(STEPS, INPUTS), numbers(STEPS, INPUTS))
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)


@pytest.mark.parametrize("biases", ["one", "two"])
def test_a_trace_keeps_the_parameters_of_its_run_though_the_network_has_learned_since(
    biases: str, tmp_path: Path
) -> None:
    net = network(biases=biases)
    given = rnnviz.run(net, numbers(STEPS, INPUTS), numbers(STEPS, OUTPUTS))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    found = there_and_back(given, tmp_path)
    assert_same(found, given)
    assert_same_gradients(found, given)


def test_the_network_of_a_loaded_trace_runs_and_learns_on(tmp_path: Path) -> None:
    given = small_trace()
    found = there_and_back(given, tmp_path)
    again = rnnviz.run(found.network, found.x, numbers(STEPS, OUTPUTS))
    assert again.output.tobytes() == given.output.tobytes()
    found.network(found.x).sum().backward()
    assert all(parameter.grad is not None for parameter in found.network.parameters())


def test_numbers_that_are_none_come_back(tmp_path: Path) -> None:
    net = network()
    with torch.no_grad():
        net.get_parameter("W_i_l0")[0] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    given = rnnviz.run(net, numbers(STEPS, INPUTS))
    found = there_and_back(given, tmp_path)
    assert found.signal("i").tobytes() == given.signal("i").tobytes()
    assert np.isnan(found.signal("i")).any()


def test_the_same_trace_gives_the_same_bytes(tmp_path: Path) -> None:
    small_trace().save(tmp_path / "one")
    small_trace().save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_members_can_be_read_without_rnnviz(tmp_path: Path) -> None:
    given = small_trace()
    given.save(tmp_path / "trace")
    with np.load(tmp_path / "trace", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["record/output"], given.output)
        np.testing.assert_array_equal(found["x"], numbers(STEPS, INPUTS).astype(np.float32))


# Writing


def test_a_file_that_was_there_is_replaced_through_its_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    small_trace().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert Trace.load(tmp_path / "real").steps == STEPS


@pytest.mark.parametrize("moment", ["while writing", "at the end"])
def test_on_a_full_disk_what_was_there_stays(moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trace"
    path.write_text("before")

    def full(*given: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((np.lib.format, "write_array") if moment == "while writing" else (os, "fsync")), full)
    with pytest.raises(SessionFileError, match=r"cannot write .*trace: the disk is full"):
        small_trace().save(path)
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["trace"]


@pytest.mark.parametrize(("place", "words"), [("absent/trace", "there is no folder"), (".", "a folder has that name")])
def test_a_place_that_cannot_be_written_is_named(place: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SessionFileError) as refused:
        small_trace().save(tmp_path / place)
    assert str(tmp_path) in str(refused.value)
    assert words in str(refused.value)


# Reading what is no trace


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    path = tmp_path_factory.mktemp("good") / "trace"
    small_trace(num_layers=2).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, members: Members, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SessionFileError) as refused:
        Trace.load(path)
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def with_manifest(members: Members, change: Callable[[Any], None]) -> Members:
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    return members | {"manifest.json": json.dumps(manifest).encode()}


def put(*keys: Any) -> Callable[[Any], None]:
    """Set manifest[keys[0]][keys[1]]... to the last of the keys."""

    def change(manifest: Any) -> None:
        place = manifest
        for key in keys[:-2]:
            place = place[key]
        place[keys[-2]] = keys[-1]

    return change


def npy(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, (1, 0), allow_pickle=allow_pickle)
    return file.getvalue()


def test_the_members_as_they_are_make_a_trace(members: Members, tmp_path: Path) -> None:
    assert_same(Trace.load(pack(tmp_path / "trace", members)), small_trace(num_layers=2))


def test_what_is_no_trace_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    assert "No such file" in refusal(path)
    assert "it is a folder" in refusal(tmp_path)
    for content in (b"", b"text", pickle.dumps([1]), b"PK\x03\x04" + bytes(100)):
        path.write_bytes(content)
        assert "it is none, or it was cut short" in refusal(path)
    pack(path, {"a.npy": npy(np.zeros(3))})
    assert "it has no member manifest.json" in refusal(path)


def test_a_trace_that_was_cut_short_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    small_trace().save(path)
    content = path.read_bytes()
    for size in range(0, len(content), 401):
        path.write_bytes(content[:size])
        refusal(path)


def test_a_damaged_trace_is_refused_or_whole_whatever_byte_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    given = small_trace()
    given.save(path)
    content = path.read_bytes()
    dice = random.Random(1)
    refused = 0
    for _ in range(150):
        place = dice.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 << dice.randrange(8))]) + content[place + 1 :])
        try:
            found = Trace.load(path)
        except SessionFileError:
            refused += 1
        else:
            # Dates and other notes of the zip can change without harm; numbers are under a checksum.
            assert_same(found, given)
    assert refused > 75


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("version", 2), "written by a newer rnnviz (format 2, this one reads up to 1): update rnnviz"),
        (put("version", 0), "version is 0"),
        (put("version", "1"), "Expected `int`"),
        (put("length", 0), "the sequence is empty"),
        (put("length", 8), "x.npy holds float32 [7, 3], but it must be float32 [8, 3]"),
        (put("length", 10**9), "at most 100,000"),
        (put("length", float("nan")), "manifest.json"),
        (put("length", 1e300), "manifest.json"),
        (put("position", -1), "position is -1"),
        (put("position", 8), "position is 8, but the run has 7"),
        (put("tokens", True), "x are tokens, but the network has no embedding"),
        (put("target", "class"), "target.npy holds float64 [7, 2], but it must be int64 [7]"),
        (put("target", "loss"), "manifest.json"),
        (put("given", ["h"]), "no member initial/h.npy"),
        (put("given", ["../../h"]), "no member initial/../../h.npy"),
        (put("parameters", 0, "V_r_l0"), "the parameters in weights.safetensors are not those"),
        (put("spec", "hidden_size", 0), "hidden_size is 0"),
        (put("spec", "hidden_size", 4096), "shape [2, 4], but the network needs [2, 4096]"),
        (put("spec", "hidden_size", 5), "shape [2, 4], but the network needs [2, 5]"),
        (put("spec", "input_size", 900_000), "but the network needs"),
        (put("spec", "num_layers", 3), "layer 3, forward are not those of its cell"),
        (put("spec", "num_layers", 1), "but the network has none such"),
        (put("spec", "bidirectional", True), "layer 1, backward are not those of its cell"),
        (put("spec", "dtype", "float64"), "but the network needs float64"),
        (put("spec", "cell", "lstm"), "are not those of its cell"),
        (put("spec", "cell", "h[t] = x.__class__"), "line 1, column 9"),
        (put("spec", "cell", "h[t] = " + "-" * 10_000 + "x"), "line 1"),
        (put("spec", "readout_sizes", [9]), "no parameter readout.1.weight"),
        (put("spec", "embedding_size", 4), "no parameter embedding.weight"),
        (put("spec", "initial_state", "learned"), "no parameter h0_l0"),
        (put("spec", "surprise", 1), "the specification has a field surprise that is not known"),
        (put("surprise", 1), "unknown field `surprise`"),
        (put("cells", []), "layer 1, forward are not those of its cell"),
        (put("cells", 0, "shares", "W_r", []), "but the network has none such"),
        (put("cells", 0, "shares", "W_r", [["U_r_l0"]]), "but the network has none such"),
        (put("cells", 0, "shares", "W_r", [["W_r_l0", 0, 2]]), "W_r_l0 with shape [2, 3], but the network"),
        (put("cells", 0, "shares", "W_r", [["W_r_l0", 10**30]]), "W_r_l0 with shape [0, 3]"),
        (put("cells", 0, "shares", "W_r", [["W_r_l0"]] * 3), "not those of its cell"),
        (put("cells", 0, "shares", "W_r", [["forward"]]), "a name that none can have"),
        (put("cells", 0, "shares", "W_r", [["_load_from_state_dict"]]), "a name that none can have"),
        (put("probe", {"type": "probe", "signal": "h"}), "manifest.json"),
    ],
)
def test_a_manifest_that_says_what_is_not_so_is_refused(
    change: Callable[[Any], None], words: str, members: Members, tmp_path: Path
) -> None:
    message = refusal(pack(tmp_path / "trace", with_manifest(members, change)))
    assert words in message
    assert len(message) < 500


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"version": NaN}'])
def test_a_manifest_that_is_none_is_refused(content: bytes, members: Members, tmp_path: Path) -> None:
    assert "manifest.json" in refusal(pack(tmp_path / "trace", members | {"manifest.json": content}))


def test_every_member_is_needed(members: Members, tmp_path: Path) -> None:
    for name in members:
        rest = {other: content for other, content in members.items() if other != name}
        assert f"no member {name}" in refusal(pack(tmp_path / "trace", rest))


HEADER = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 3), }"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (npy(np.zeros((7, 4), np.float32)), "x.npy holds float32 [7, 4], but it must be float32 [7, 3]"),
        (npy(np.zeros((7, 3))), "x.npy holds float64 [7, 3]"),
        (npy(np.zeros((7, 3), np.float32, "F")), "x.npy holds Fortran-ordered float32"),
        (npy(np.full((7, 3), None), allow_pickle=True), "x.npy holds object [7, 3]"),
        (npy(np.zeros((7, 3), np.float32))[:-1], "x.npy has 83 bytes of numbers, not 84"),
        (npy(np.zeros((7, 3), np.float32)) + b"\0", "x.npy has 85 bytes of numbers, not 84"),
        (b"\x93NUMPY\x01\x00" + len(HEADER).to_bytes(2, "little") + HEADER, "x.npy holds float32 [100000000000, 3]"),
        (b"\x93NUMPY\x03\x00" + bytes(80), "x.npy is of another version"),
        (b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535, "x.npy is no array"),
        (b"", "x.npy is no array"),
        (b"text", "x.npy is no array"),
    ],
)
def test_an_array_that_is_another_is_refused(content: bytes, words: str, members: Members, tmp_path: Path) -> None:
    assert words in refusal(pack(tmp_path / "trace", members | {"x.npy": content}))


def test_tokens_outside_the_vocabulary_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    rnnviz.run(network(embedding_size=2), np.array([0, 2, 1])).save(path)
    with zipfile.ZipFile(path) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    for tokens in ([0, 3, 1], [-1, 0, 0]):
        assert "a token outside 0 to 2" in refusal(pack(path, good | {"x.npy": npy(np.array(tokens))}))


def test_classes_outside_the_outputs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    rnnviz.run(network(readout="softmax"), numbers(3, INPUTS), np.array([0, 1, 1])).save(path)
    with zipfile.ZipFile(path) as archive:
        good = {name: archive.read(name) for name in archive.namelist()}
    assert "target 2 is class 5" in refusal(pack(path, good | {"target.npy": npy(np.array([0, 5, 1]))}))


def test_damaged_weights_are_refused(members: Members, tmp_path: Path) -> None:
    for content in (b"", pickle.dumps({"W": 1}), members["weights.safetensors"][:-4]):
        changed = members | {"weights.safetensors": content}
        assert "the weights are no safetensors file" in refusal(pack(tmp_path / "trace", changed))


def test_compressed_members_are_refused_so_that_a_small_file_stays_small(members: Members, tmp_path: Path) -> None:
    bomb = members | {"record/x.npy": bytes(50_000_000)}
    path = pack(tmp_path / "trace", bomb, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    assert "is compressed" in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(members: Members, tmp_path: Path) -> None:
    path = pack(tmp_path / "trace", members)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("x.npy"), members["x.npy"])
    assert "two members named x.npy" in refusal(path)


def test_members_said_to_be_larger_than_the_file_are_refused(members: Members, tmp_path: Path) -> None:
    path = pack(tmp_path / "trace", members)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"target.npy") - 46
    assert content[entry : entry + 4] == b"PK\x01\x02"
    content[entry + 20 : entry + 28] = (2**31).to_bytes(4, "little") * 2
    path.write_bytes(content)
    assert "larger than the file" in refusal(path)


def test_members_that_rnnviz_does_not_know_are_left_alone(members: Members, tmp_path: Path) -> None:
    path = pack(tmp_path / "trace", members | {"../outside.txt": b"x", "notes.txt": b"y"})
    assert Trace.load(path).steps == STEPS
    assert [entry.name for entry in tmp_path.iterdir()] == ["trace"]
