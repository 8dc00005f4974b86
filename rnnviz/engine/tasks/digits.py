"""Handwritten digits, drawn with a brush and read row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rnnviz.engine.forward import forward
from rnnviz.engine.network import DTYPES, Network
from rnnviz.engine.training import Batch

SIZE = 28
"""Rows and columns of an image."""

DIGITS: tuple[str, ...] = tuple("0123456789")

Points = NDArray[np.float64]
"""Points (column, row) of shape [n, 2]; a digit fills the unit square, rows downward."""

Image = NDArray[np.float64]
"""Ink from 0 to 1, of shape [28, 28]."""


@dataclass(frozen=True, eq=False)
class DigitsTask:
    """Tell which digit an image shows.

    Parameters
    ----------
    images : Tensor, [N, 28, 28]
    digits : Tensor, int64 [N]
    """

    images: Tensor
    digits: Tensor

    @classmethod
    def drawn(cls, rng: np.random.Generator, count: int) -> DigitsTask:
        """The task on freshly drawn images, as many of each digit."""
        digits = np.arange(count) % len(DIGITS)
        images = np.stack([draw(rng, int(digit)) for digit in digits])
        return cls(torch.from_numpy(images).to(torch.float32), torch.from_numpy(digits))

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """Take images at random; the one output comes after the last row."""
        chosen = torch.from_numpy(rng.integers(len(self.images), size=size))
        return Batch(self.images[chosen].transpose(0, 1), self.digits[chosen][None])


def recognised(network: Network, task: DigitsTask) -> float:
    """Share of the images of a task that a network names rightly."""
    with torch.inference_mode():
        output = forward(network, task.images.transpose(0, 1).to(DTYPES[network.spec.dtype]))
    return float((output[-1].argmax(-1) == task.digits).float().mean())


def draw(rng: np.random.Generator, digit: int) -> Image:
    """Draw a digit by a hand that is never twice the same.

    Parameters
    ----------
    rng : numpy.random.Generator
    digit : int
        0 to 9.

    Returns
    -------
    ndarray, float64, shape [28, 28]
        Ink from 0 to 1.
    """
    points = np.concatenate(_strokes(digit)) - 0.5
    points += _tremble(rng, points)
    angle, slant = rng.normal(0.0, 0.08), rng.normal(0.1, 0.15)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle) - slant, np.cos(angle)]])
    size = rng.uniform((13.0, 17.0), (22.0, 24.0))
    path = points @ turn * size + SIZE / 2 - 0.5 + rng.normal(0.0, 0.8, 2)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    distance = np.hypot(columns[..., None] - path[:, 0], rows[..., None] - path[:, 1]).min(axis=-1)
    ink: Image = np.clip(0.5 - 0.8 * (distance - rng.uniform(0.9, 1.7)), 0.0, 1.0)
    return ink


def _tremble(rng: np.random.Generator, points: Points) -> Points:
    """A smooth field that bends the plane a little."""
    waves = rng.normal(0.0, 2.5, (2, 2, 2))
    phases = rng.uniform(0.0, 2 * np.pi, (2, 2))
    bent: Points = 0.025 * np.sin(np.einsum("pc,dkc->pdk", points, waves) + phases).sum(-1)
    return bent


def _strokes(digit: int) -> list[Points]:
    match digit:
        case 0:
            return [_arc(0.5, 0.5, 0.3, 0.42, -90, 270)]
        case 1:
            return [_line(0.34, 0.26, 0.54, 0.08), _line(0.54, 0.08, 0.54, 0.92)]
        case 2:
            return [_arc(0.48, 0.33, 0.28, 0.24, -170, 35), _line(0.71, 0.47, 0.2, 0.9), _line(0.2, 0.9, 0.8, 0.9)]
        case 3:
            return [_arc(0.47, 0.29, 0.26, 0.2, -155, 90), _arc(0.47, 0.71, 0.3, 0.22, -90, 150)]
        case 4:
            return [_line(0.58, 0.08, 0.18, 0.62), _line(0.18, 0.62, 0.84, 0.62), _line(0.64, 0.34, 0.64, 0.93)]
        case 5:
            return [_line(0.76, 0.1, 0.32, 0.1), _line(0.32, 0.1, 0.28, 0.48), _arc(0.48, 0.67, 0.29, 0.25, -130, 150)]
        case 6:
            return [_arc(0.72, 0.68, 0.5, 0.6, -105, -180), _arc(0.5, 0.69, 0.27, 0.22, -180, 180)]
        case 7:
            return [_line(0.2, 0.12, 0.8, 0.12), _line(0.8, 0.12, 0.42, 0.92)]
        case 8:
            return [_arc(0.5, 0.29, 0.22, 0.19, 90, 450), _arc(0.5, 0.7, 0.27, 0.22, -90, 270)]
        case _:
            return [_arc(0.48, 0.32, 0.26, 0.22, 0, 360), _line(0.74, 0.32, 0.64, 0.92)]


def _arc(column: float, row: float, width: float, height: float, start: float, stop: float) -> Points:
    """Points on an ellipse, from one angle to another in degrees, clockwise on the screen."""
    angle = np.radians(np.linspace(start, stop, 48))
    return np.stack([column + width * np.cos(angle), row + height * np.sin(angle)], axis=1)


def _line(column: float, row: float, to_column: float, to_row: float) -> Points:
    return np.linspace((column, row), (to_column, to_row), 32)
