"""The network as a diagram, folded and unfolded in time."""
