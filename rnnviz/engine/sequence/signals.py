"""Signals as a sequence: sums of waves, one input per channel."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np

from rnnviz.engine.errors import SequenceError
from rnnviz.engine.sequence.model import (
    MAX_STEPS,
    FloatArray,
    Sequence,
    check_choice,
    check_size,
    next_values,
    step_labels,
)

_KINDS = ("sine", "square", "impulse", "step", "noise")
_BLOCK = 64
_LARGEST_SEED = 2**32 - 1


class Wave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One component of a signal; t counts from 0.

    Parameters
    ----------
    kind : "sine", "square", "impulse", "step" or "noise"
        sine: ``amplitude * sin(2 pi (t + phase) / period)``; square: ``amplitude`` in the first half of each
        period and ``-amplitude`` in the second; impulse: ``amplitude`` at step `at` alone; step:
        ``amplitude`` from step `at` on; noise: normally distributed with standard deviation `amplitude`.
    amplitude : float
        In the unit of the signal.
    period, phase : float
        In steps, for sine and square.
    at : int
        The step of an impulse or step, counted from 0.
    offset : float
        Added at every step.
    channel : int
        The input that the wave is added to, counted from 0.
    """

    kind: Literal["sine", "square", "impulse", "step", "noise"]
    amplitude: float = 1.0
    period: float = 24.0
    phase: float = 0.0
    at: int = 0
    offset: float = 0.0
    channel: int = 0


class SignalSource(msgspec.Struct, frozen=True, tag="signal", forbid_unknown_fields=True):
    """A signal that is the sum of its waves.

    Parameters
    ----------
    components : tuple of Wave
        Every channel from 0 to the highest has at least one.
    steps : int
        T.
    targets : "next" or "none"
        Predict the next value of every channel at every step, or nothing.
    seed : int
        Of the noise, 0 to 2**32 - 1; each component draws its own.
    """

    components: tuple[Wave, ...]
    steps: int = 96
    targets: Literal["next", "none"] = "next"
    seed: int = 0

    def encode(self) -> Sequence:
        """Compute the signal.

        Returns
        -------
        Sequence
            With ``x`` of shape [T, C] for C channels.

        Raises
        ------
        SequenceError
            If there is no wave, one of them cannot be computed, or there are too few or too many steps.
        """
        channels = self._check()
        x = np.zeros((self.steps, channels))
        with np.errstate(over="ignore", invalid="ignore"):
            for number, wave in enumerate(self.components):
                x[:, wave.channel] += self._values(wave, number)
        if not np.isfinite(x).all():
            step, channel = (int(place[0]) for place in np.nonzero(~np.isfinite(x)))
            raise SequenceError(f"step {step + 1:,} of channel {channel + 1} is not finite: its waves are too large")
        names = ("signal",) if channels == 1 else tuple(f"channel {c + 1}" for c in range(channels))
        predicted = self.targets == "next"
        return Sequence(
            x=x,
            labels=step_labels(self.steps),
            input_names=names,
            target=next_values(x) if predicted else None,
            target_kind="value" if predicted else None,
            target_names=names if predicted else (),
        )

    def append(self, piece: str) -> SignalSource:
        """Let the signal run on; the steps already there stay as they are.

        Parameters
        ----------
        piece : str
            The number of further steps.

        Returns
        -------
        SignalSource

        Raises
        ------
        SequenceError
            If the piece is not a whole number above 0, or too many steps would result.
        """
        channels = self._check()
        # int() of an endless row of digits raises ValueError of its own.
        digits = piece.strip()
        more = int(digits) if digits.isdecimal() and len(digits) <= 18 else 0
        if more < 1:
            raise SequenceError(f"{piece!r} is not a number of further steps: type a whole number above 0")
        check_size(self.steps + more, channels, "the signal")
        return msgspec.structs.replace(self, steps=self.steps + more)

    def _check(self) -> int:
        check_choice(self.targets, ("next", "none"), "the target of the signal")
        if not self.components:
            raise SequenceError("the signal has no wave: add at least one")
        if not 0 <= self.seed <= _LARGEST_SEED:
            raise SequenceError(f"the seed of the signal is {self.seed}, but must be 0 to {_LARGEST_SEED:,}")
        for number, wave in enumerate(self.components, start=1):
            _check_wave(wave, f"wave {number} ({wave.kind})")
        used = {wave.channel for wave in self.components}
        channels = max(used) + 1
        if len(used) < channels:
            empty = next(channel for channel in range(channels) if channel not in used)
            raise SequenceError(f"channel {empty + 1} of {channels:,} has no wave: every channel needs at least one")
        check_size(self.steps, channels, "the signal")
        return channels

    def _values(self, wave: Wave, number: int) -> FloatArray:
        # Whole blocks: the last bit of a vectorised sine may depend on its place within the block.
        t = np.arange(-(-self.steps // _BLOCK) * _BLOCK, dtype=np.float64)
        return (wave.offset + wave.amplitude * _shape(wave, t, (self.seed, number)))[: self.steps]


def _shape(wave: Wave, t: FloatArray, seed: tuple[int, int]) -> FloatArray:
    if wave.kind == "sine":
        return np.sin(2 * np.pi * (((t + wave.phase) % wave.period) / wave.period))
    if wave.kind == "square":
        return np.where((t + wave.phase) % wave.period < wave.period / 2, 1.0, -1.0)
    if wave.kind == "impulse":
        return np.where(t == wave.at, 1.0, 0.0)
    if wave.kind == "step":
        return np.where(t >= wave.at, 1.0, 0.0)
    # The stream of RandomState never changes, as numpy promises: a saved session keeps its noise.
    return np.random.RandomState(seed).standard_normal(len(t))


def _check_wave(wave: Wave, place: str) -> None:
    check_choice(wave.kind, _KINDS, f"the kind of {place}")
    for name in ("amplitude", "period", "phase", "offset"):
        value = getattr(wave, name)
        if not math.isfinite(value):
            raise SequenceError(f"{place}: the {name} is {value}, but must be finite")
    if wave.kind in ("sine", "square") and wave.period <= 0:
        raise SequenceError(f"{place}: the period is {wave.period:g} steps, but must be above 0")
    if wave.kind in ("impulse", "step") and wave.at < 0:
        raise SequenceError(f"{place}: it begins at step {wave.at + 1}, but the first step is 1")
    if wave.kind in ("impulse", "step") and wave.at >= MAX_STEPS:
        raise SequenceError(f"{place}: it begins beyond step {MAX_STEPS:,}, the last that is possible")
    if wave.channel < 0:
        raise SequenceError(f"{place}: the channel is {wave.channel + 1}, but the first channel is 1")
