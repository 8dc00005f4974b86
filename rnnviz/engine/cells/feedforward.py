"""The feedforward layer: no memory."""

TITLE = "Feedforward"
FAMILY = "Simple"
DESCRIPTION = "No recurrence: every step is seen alone. The baseline against which memory shows."
EQUATIONS = """\
h[t] = phi(W @ x[t] + b)  # hidden layer
"""
