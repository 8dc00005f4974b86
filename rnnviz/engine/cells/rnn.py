"""The simple recurrent network."""

TITLE = "RNN (Elman)"
FAMILY = "Simple"
DESCRIPTION = "The simple recurrent network: the hidden state is fed back into itself. Elman 1990."
EQUATIONS = """\
h[t] = phi(W @ x[t] + U @ h[t-1] + b)  # hidden state
"""
LAYOUT = {"h[t-1]": (0, 0), "x": (0, 6), "h": (13, 0), "out:h": (24, 0)}
