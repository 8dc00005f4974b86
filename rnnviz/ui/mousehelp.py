"""What the mouse does where, as the help tells it."""

from __future__ import annotations

GESTURES: dict[str, tuple[tuple[str, str], ...]] = {
    "Plots over time": (
        ("Click", "Go to the step, and pick the unit of the row"),
        ("Ctrl+click or Shift+click", "Pick a unit more, or one less"),
        ("Drag", "Move along the steps; the cursor is dragged to another step"),
        ("Wheel", "Zoom the steps about the mouse"),
        ("Shift+wheel, or sideways", "Move along the steps"),
        ("Ctrl+wheel, or over the axis", "Zoom the values, where their scale may be changed"),
        ("Double click", "Show everything again"),
        ("Ctrl+drag a point of a curve", "Clamp the unit at the value, at that step"),
        ("Right click", "Go to the step, clamp, copy or save; view and grid"),
    ),
    "Other plots": (
        ("Drag", "Move what is seen; the space of three components is turned, with Shift moved"),
        ("Wheel", "Zoom about the mouse"),
        ("Double click", "Show everything again"),
        ("Right click", "What can be done with what is under the mouse"),
    ),
    "Cell and network": (
        ("Point at a signal", "Its value, and the same signal in every panel"),
        ("Ctrl+click on a valve", "Clamp the gate to 0, to 1, and free it, for the unit and the step that are shown"),
        ("Ctrl+Shift+click on a valve", "The same in all units at all steps"),
        ("Double click on a node of the network", "Into the cell of its step"),
        ("Wheel, drag", "Zoom and move; a double click beside the nodes shows the whole again"),
    ),
    "Controls": (
        ("Wheel", "Turns what has the focus, and scrolls a panel everywhere else"),
        ("Double click on a knob", "Type its value"),
    ),
    "Panels": (
        ("Drag the title", "Move the panel, or put it on top of another as a tab"),
        ("Double click on the title", "Let the panel float, or dock it again"),
        ("Drop a file", "Open it"),
    ),
}
"""Gesture and what it does, by where it is done."""
