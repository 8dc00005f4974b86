"""Shapes of the network's picture: units in a grid, and ways that can be gone from either end."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from rnnviz.ui.networkdiagram.geometry import Spot, Trail
from rnnviz.ui.networkdiagram.graph import Node, Place, Rule
from rnnviz.ui.networkdiagram.shapes import grid_of, way_of


def test_of_too_many_units_those_farthest_from_zero_are_drawn() -> None:
    values = np.zeros(512)
    values[[3, 300]] = 0.9, -0.8
    grid = grid_of(values, 10, 6, QRectF(0, 0, 30, 18))
    assert grid.size <= 60
    assert sorted(grid[grid != 0].tolist()) == [-0.8, 0.9]


def test_every_unit_is_drawn_in_its_order_where_there_is_room() -> None:
    grid = grid_of(np.arange(5.0), 10, 6, QRectF(0, 0, 30, 18)).ravel()
    assert grid[:5].tolist() == [0, 1, 2, 3, 4]
    assert np.isnan(grid[5:]).all()


def test_a_way_gone_back_meets_the_same_spots() -> None:
    x, h = Place("x"), Place("h", 0)
    pieces = ((Spot(0, 5),), (Spot(0, 6), Spot(4, 6), Spot(4, 9)), (Spot(4, 12),))
    trail = Trail(Rule(x, h, 0, "input"), Node(x, 0), Node(h, 0), Spot(0, 0), pieces)
    start, back = trail.reversed_way()
    assert start == Spot(4, 12)
    assert back == ((Spot(4, 9),), (Spot(4, 6), Spot(0, 6), Spot(0, 5)), (Spot(0, 0),))
    path, tip, towards = way_of(start, back, 1.0)
    assert tip == Spot(0, 0)
    assert towards == (0.0, -1.0)
    assert path.currentPosition().y() == 1.0
