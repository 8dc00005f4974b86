from __future__ import annotations

import math

import numpy as np
import pytest

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence import SignalSource, Wave, append, encode


def _values(*waves: Wave, steps: int = 12, seed: int = 0) -> list[float]:
    return [float(value) for value in encode(SignalSource(waves, steps=steps, seed=seed)).x[:, 0]]


def test_a_sine_has_the_given_amplitude_period_phase_and_offset() -> None:
    wave = Wave("sine", amplitude=2.5, period=7.5, phase=1.25, offset=-3.0)
    expected = [-3.0 + 2.5 * math.sin(2 * math.pi * (t + 1.25) / 7.5) for t in range(12)]
    assert _values(wave) == pytest.approx(expected, abs=1e-12)


def test_a_square_is_high_in_the_first_half_of_its_period() -> None:
    assert _values(Wave("square", amplitude=2.0, period=4), steps=6) == [2, 2, -2, -2, 2, 2]
    assert _values(Wave("square", period=4, phase=1), steps=4) == [1, -1, -1, 1]


def test_an_impulse_is_one_step_and_a_step_stays() -> None:
    assert _values(Wave("impulse", amplitude=3, at=2), steps=5) == [0, 0, 3, 0, 0]
    assert _values(Wave("step", amplitude=3, at=2, offset=1), steps=5) == [1, 1, 4, 4, 4]


def test_noise_is_normal_seeded_and_different_for_each_component() -> None:
    noise = np.array(_values(Wave("noise", amplitude=2.0), steps=20_000))
    assert noise.mean() == pytest.approx(0.0, abs=0.06)
    assert noise.std() == pytest.approx(2.0, rel=0.03)
    assert _values(Wave("noise"), seed=1) == _values(Wave("noise"), seed=1)
    assert _values(Wave("noise"), seed=1) != _values(Wave("noise"), seed=2)
    twice = np.array(_values(Wave("noise"), Wave("noise"), steps=20_000))
    assert twice.std() == pytest.approx(math.sqrt(2), rel=0.03)


def test_waves_of_one_channel_add_up_and_channels_stay_apart() -> None:
    waves = (Wave("step", at=0), Wave("impulse", at=1, channel=1), Wave("impulse", amplitude=5, at=2))
    sequence = encode(SignalSource(waves, steps=3))
    np.testing.assert_array_equal(sequence.x, [[1, 0], [1, 1], [6, 0]])
    assert sequence.input_names == ("channel 1", "channel 2")
    assert sequence.labels == ("1", "2", "3")


def test_the_next_value_is_the_target_and_the_last_step_has_none() -> None:
    sequence = encode(SignalSource((Wave("impulse", at=1),), steps=3))
    np.testing.assert_array_equal(sequence.target, [[1], [0], [np.nan]])
    assert sequence.target_kind == "value"
    assert encode(SignalSource((Wave("sine"),), targets="none")).target is None


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (SignalSource(()), ["no wave"]),
        (SignalSource((Wave("sine"),), steps=0), ["0 steps"]),
        (SignalSource((Wave("sine"),), steps=-3), ["-3 steps"]),
        (SignalSource((Wave("sine", period=0),)), ["wave 1 (sine)", "period is 0"]),
        (SignalSource((Wave("sine"), Wave("square", period=-2))), ["wave 2 (square)", "period is -2"]),
        (SignalSource((Wave("sine", amplitude=math.nan),)), ["wave 1", "amplitude is nan"]),
        (SignalSource((Wave("noise", offset=math.inf),)), ["wave 1 (noise)", "offset is inf"]),
        (SignalSource((Wave("step", at=-1),)), ["wave 1 (step)", "step 0"]),
        (SignalSource((Wave("sine", channel=-1),)), ["wave 1", "channel is 0"]),
        (SignalSource((Wave("sine"), Wave("sine", channel=2))), ["channel 2 of 3"]),
        (SignalSource((Wave("sine", channel=10**12),)), ["channel 1 of"]),
        (SignalSource((Wave("step", at=10**400),)), ["wave 1 (step)", "beyond"]),
        (SignalSource((Wave("saw"),)), ["wave 1", "'saw'", "'sine'"]),  # type: ignore[arg-type]
        (SignalSource((Wave("sine"),), targets="label"), ["target", "'label'"]),  # type: ignore[arg-type]
        (SignalSource((Wave("noise"),), seed=-1), ["seed", "-1"]),
        (
            SignalSource((Wave("step", 1e308, at=1), Wave("step", 1e308))),
            ["step 2", "channel 1", "not finite"],
        ),
    ],
)
def test_a_bad_signal_is_refused_with_cause_and_place(source: SignalSource, parts: list[str]) -> None:
    with pytest.raises(SequenceError) as refusal:
        encode(source)
    for part in parts:
        assert part in str(refusal.value)


@pytest.mark.parametrize("piece", ["", "0", "-1", "1.5", "abc", "1e3", "9" * 5000, "²"])
def test_a_signal_runs_on_by_whole_numbers_of_steps_only(piece: str) -> None:
    with pytest.raises(SequenceError, match="whole number above 0"):
        append(SignalSource((Wave("sine"),)), piece)
