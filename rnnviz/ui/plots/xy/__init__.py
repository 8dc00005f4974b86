"""Plots over any other axes, and matrices."""
