"""Trajectories of hidden states in two of their directions."""
