"""Plots over the one time axis that all panels share."""
