"""The network whose output is fed back."""

TITLE = "RNN (Jordan)"
FAMILY = "Simple"
DESCRIPTION = "The output of the network, not its hidden layer, is fed back. Jordan 1986."
EQUATIONS = """\
h[t] = phi(W @ x[t] + U @ y[t-1] + b)  # hidden layer
"""
LAYOUT = {"y[t-1]": (0, 0), "x": (0, 6), "h": (13, 0), "out:h": (24, 0)}
