"""The network whose units remember independently of one another."""

TITLE = "IndRNN"
FAMILY = "Simple"
DESCRIPTION = (
    "An independently recurrent network: every unit is fed back to itself alone, by its entry of a vector. "
    "Li et al. 2018, equation 2, with ReLU as the activation there."
)
EQUATIONS = """\
h[t] = phi(W @ x[t] + u * h[t-1] + b)  # hidden state
"""
LAYOUT = {"h[t-1]": (0, 0), "x": (0, 6), "h": (13, 0), "out:h": (24, 0)}
