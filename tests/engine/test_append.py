"""Extending a sequence while the network runs: the result is that of the longer sequence, bit for bit."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import record
from rnnviz.engine.errors import SpecError
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.record import NETWORK, SegmentInfo
from rnnviz.engine.run import Running
from rnnviz.engine.trace import Trace
from tests.engine.networks import NETWORKS, build, difference, inputs, name_of, odd, one_by_one, portions, target_of


@pytest.mark.parametrize("options", NETWORKS, ids=name_of)
@pytest.mark.parametrize(
    ("first", "then", "share"), [(1, 2, 1.0), (63, 64, 0.4), (64, 65, 1.0), (5, 200, 0.0), (70, 71, 1.0)]
)
def test_an_extended_run_is_the_run_of_the_longer_sequence(
    options: dict[str, Any], first: int, then: int, share: float
) -> None:
    network = build(**options, scale=2.0)
    x, target = inputs(network, then), target_of(network, then)
    running = Running(network, x[:first], target_of(network, first))
    list(running.advance(int(share * running.schedule.positions)))
    notice = running.append(x, target)
    assert bool(notice) == bool(network.spec.bidirectional)
    assert difference(portions(running, odd()), rnnviz.run(network, x, target)) == ""


@pytest.mark.parametrize("options", [NETWORKS[0], NETWORKS[1], NETWORKS[9]], ids=name_of)
def test_a_sequence_typed_word_by_word_is_that_typed_at_once(options: dict[str, Any]) -> None:
    network = build(**options, scale=2.0)
    x = inputs(network, 300)
    running = Running(network, x[:1], target_of(network, 1))
    for steps in range(2, 301):
        portions(running, one_by_one())
        running.append(x[:steps], target_of(network, steps))
    whole = rnnviz.run(network, x, target_of(network, 300))
    assert difference(portions(running, one_by_one()), whole) == ""
    assert 3 <= len(running.record.segments) <= 8


def test_a_target_that_becomes_known_gives_its_step_a_loss() -> None:
    network = build("gru", output_size=3, readout="softmax")
    x = inputs(network, 70)
    running = Running(network, x[:65], np.r_[np.arange(64) % 3, -1])
    portions(running, odd())
    assert np.isnan(running.trace().step_losses[64])
    running.append(x, np.arange(70) % 3)
    losses = running.trace().step_losses
    assert np.isfinite(losses[64])
    assert losses[:65].tobytes() == rnnviz.run(network, x, np.arange(70) % 3).step_losses[:65].tobytes()


def test_a_target_may_appear_and_go() -> None:
    network = build("rnn")
    x, target = inputs(network, 9), np.zeros((9, 2))
    running = Running(network, x[:6])
    portions(running, odd())
    running.append(x[:8], target[:8])
    assert np.isfinite(running.trace().step_losses[:6]).all()
    running.append(x, None)
    assert np.isnan(running.trace().step_losses[:6]).all()
    assert difference(portions(running, odd()), rnnviz.run(network, x)) == ""


def test_the_label_moves_to_the_new_last_step() -> None:
    network = build("lstm", topology="many-to-one", readout="softmax")
    x = inputs(network, 8)
    running = Running(network, x[:5], [1])
    portions(running, odd())
    running.append(x, [0])
    trace = portions(running, odd())
    assert np.isnan(trace.output[:7]).all()
    assert np.isnan(trace.step_losses[:7]).all()
    assert trace.loss == rnnviz.run(network, x, [0]).loss


@pytest.mark.parametrize("more", [1, 2, 70])
@pytest.mark.parametrize("targets", [([1], [0]), (None, None)], ids=["with a target", "without one"])
def test_what_was_the_last_step_of_many_to_one_has_no_output_before_the_run_goes_on(more: int, targets: Any) -> None:
    network = build("lstm", topology="many-to-one", readout="softmax")
    x = inputs(network, 5 + more)
    running = Running(network, x[:5], targets[0])
    portions(running, odd())
    names = ("output", "logits") if targets[0] is None else ("output", "logits", "loss")
    assert np.isfinite(running.record.signal("output", NETWORK)[4]).all()
    running.append(x, targets[1])
    for name in names:
        assert np.isnan(running.record.signal(name, NETWORK)[: running.position]).all(), name
    portions(running, odd())
    for name in names:
        values = running.record.signal(name, NETWORK)
        assert np.isnan(values[:-1]).all(), name
        assert np.isfinite(values[-1]).all(), name


def test_steps_of_a_delay_are_computed_again_once_they_have_an_input() -> None:
    network = build("gru", delay=3)
    x = inputs(network, 9)
    running = Running(network, x[:5])
    portions(running, odd())
    running.append(x)
    assert running.position == 5


def test_gradients_of_an_extended_run_are_those_of_the_longer_sequence() -> None:
    network = build("lstm", num_layers=2)
    x, target = inputs(network, 150), target_of(network, 150)
    running = Running(network, x[:70], target_of(network, 70))
    list(running.advance(70))
    running.append(x, target)
    ours, theirs = portions(running, odd()), rnnviz.run(network, x, target)
    assert ours.gradient("c").tobytes() == theirs.gradient("c").tobytes()
    for name, gradient in theirs.parameter_gradients().items():
        assert ours.parameter_gradients()[name].tobytes() == gradient.tobytes()


def test_gradients_of_a_run_under_way_are_those_of_the_steps_that_there_are() -> None:
    divider = "n[t] = n[t-1] + exp(W @ x[t])\nc[t] = c[t-1] + tanh(V @ x[t])\nh[t] = c[t-1] / n[t-1]\nn[0] = 1"
    for cell, options in ((divider, {}), ("lstm", {"num_layers": 2}), ("jordan", {"readout": "softmax"})):
        network = build(cell, **options)
        x, target = inputs(network, 150), np.zeros(150, int)
        running = Running(network, x, target)
        list(running.advance(20))
        under_way = running.trace().gradients(LossObjective("upto", 19))
        short = rnnviz.run(network, x[:20], target[:20]).gradients(LossObjective("whole"))
        assert under_way.value == pytest.approx(short.value, rel=1e-12)
        for layer, direction, signal in short.signals:
            ours, theirs = (g.signal(signal, layer, direction) for g in (under_way, short))
            np.testing.assert_allclose(ours[:20], theirs, rtol=1e-9, atol=1e-12)
            assert not ours[20:].any()
            assert np.isneginf(under_way.log10_norm(signal, layer, direction)[20:]).all()
        for name, gradient in short.parameters.items():
            np.testing.assert_allclose(under_way.parameters[name], gradient, rtol=1e-9, atol=1e-12)


def unchanged(running: Running, before: Trace) -> None:
    after = running.trace()
    assert (after.position, after.steps, after.x is before.x) == (before.position, before.steps, True)
    assert after.targets is before.targets
    assert difference(after, before) == ""


LONG = np.arange(36.0).reshape(12, 3)


@pytest.mark.parametrize(
    ("x", "target", "words"),
    [
        (LONG[:, :2], None, "x has shape [12, 2], but it must be [T, 3]"),
        (np.where(LONG == 31, np.nan, LONG), None, "x is nan at step 11, input 2"),
        (LONG[:4], None, "the sequence had 6 steps and now has 4: it can only be extended at its end"),
        (LONG + 1, None, "the 6 steps that the sequence had are no longer the same"),
        (LONG, np.zeros((3, 2)), "there are 3 targets, but the network has an output at 12 steps"),
        (LONG, np.zeros((12, 5)), "the target has shape [12, 5], but each row must have 2 values"),
        (np.zeros((100_001, 3)), None, "the sequence has 100,001 steps"),
    ],
)
def test_an_extension_that_does_not_fit_leaves_the_run_as_it_was(x: Any, target: Any, words: str) -> None:
    network = build("lstm", dtype="float32")
    running = Running(network, LONG[:6], np.zeros((6, 2)))
    list(running.advance(4))
    before = running.trace()
    with pytest.raises(SpecError) as refused:
        running.append(x, target)
    assert words in str(refused.value)
    unchanged(running, before)
    assert difference(portions(running, odd()), rnnviz.run(network, LONG[:6], np.zeros((6, 2)))) == ""


def test_one_to_one_cannot_be_extended() -> None:
    running = Running(build("rnn", topology="one-to-one"), LONG[:1])
    with pytest.raises(SpecError, match="one-to-one has one step, but the sequence has 2"):
        running.append(LONG[:2])


def test_a_disk_that_is_full_leaves_the_run_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = build("gru")
    x = inputs(network, 200)
    running = Running(
        network, x[:50], make_segment=lambda first, rows: SegmentInfo(str(tmp_path / str(first)), first, rows)
    )
    portions(running, odd())
    before = running.trace()

    def full(file: BinaryIO, size: int) -> None:
        file.write(bytes(100))
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(record, "_fill", full)
        with pytest.raises(OSError, match="No space"):
            running.append(x)
    unchanged(running, before)
    assert [path.name for path in tmp_path.iterdir()] == ["0"], "a file cut short would keep the disk full"
    running.append(x[:60])
    assert difference(portions(running, odd()), rnnviz.run(network, x[:60])) == ""
