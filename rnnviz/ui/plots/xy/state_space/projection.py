"""How points of a space of up to three axes stand in the plane of a plot: seen from the front, or from any side."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rnnviz.ui.plots.base.polylines import Floats
from rnnviz.ui.plots.base.view import LARGEST

TURNED = (-0.6, 0.45)
"""The angles at which a space is first seen from the side."""


@dataclass(frozen=True, eq=False)
class SpaceView:
    """An orthographic projection.

    Parameters
    ----------
    low, high : ndarray, [3]
        The ends of what is to be seen along each axis.
    yaw, pitch : float
        How far the space is turned about its upright axis and then about the level one, in radians; (0, 0) shows the
        first axis to the right and the second one upwards.
    """

    low: Floats
    high: Floats
    yaw: float = 0.0
    pitch: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether the first two axes are seen as they are."""
        return self.yaw == 0 and self.pitch == 0

    @property
    def rotation(self) -> Floats:
        """[3, 3], from places in the space to right, up and towards the eye."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        p, q = math.cos(self.pitch), math.sin(self.pitch)
        about_up = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
        about_level = np.array([[1.0, 0.0, 0.0], [0.0, p, -q], [0.0, q, p]])
        found: Floats = about_level @ about_up
        return found

    def turned(self, right: float, up: float) -> SpaceView:
        """Return the space turned by a movement of the mouse in pixels."""
        pitch = min(math.pi / 2, max(-math.pi / 2, self.pitch + up * 0.01))
        return replace(self, yaw=self.yaw + right * 0.01, pitch=pitch)

    def plane(self, points: Floats) -> Floats:
        """Return where points [n, 3] stand in the plane, [n, 2]; seen from the front these are their first two."""
        if self.flat:
            return points[:, :2]
        centre = (self.low + self.high) / 2
        with np.errstate(over="ignore", invalid="ignore"):
            found: Floats = (points - centre) @ self.rotation[:2].T + centre[:2]
        return found

    @property
    def reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ends, along both axes of the plane, of the whole box."""
        centre = (self.low + self.high) / 2
        half = np.abs(self.rotation[:2]) @ (self.high - self.low) / 2
        (left, bottom), (right, top) = (centre[:2] - half).tolist(), (centre[:2] + half).tolist()
        return (left, right), (bottom, top)


def three(points: Floats) -> Floats:
    """Return points [n, k] with zeros for the axes that they lack, [n, 3]."""
    found = np.zeros((len(points), 3))
    found[:, : points.shape[1]] = points[:, :3]
    found[~np.isfinite(found).all(1)] = np.nan
    return found


def box_of(*points: Floats) -> tuple[Floats, Floats]:
    """Return the ends of all finite points [n, 3] along each axis, with a margin about them."""
    whole = np.concatenate(points)
    whole = np.clip(whole[np.isfinite(whole).all(1)], -LARGEST, LARGEST)
    if not len(whole):
        return -np.ones(3), np.ones(3)
    low, high = whole.min(0), whole.max(0)
    span = float((high - low).max())
    margin = 0.06 * span if span > 0 else max(0.5, 0.1 * float(np.abs(low).max()))
    return low - margin, high + margin
