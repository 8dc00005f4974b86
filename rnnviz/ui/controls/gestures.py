"""The numbers of the user's gestures: all that one of them changes becomes one step of undo."""

from __future__ import annotations

from itertools import count

gestures = count(1)
"""Hands out a number for every gesture, such as dragging a knob; 0 stands for none."""
