"""The panels of the window: one file each, found by looking what is there."""
