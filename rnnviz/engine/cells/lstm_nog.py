"""The LSTM without an output gate."""

TITLE = "LSTM (no output gate)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose output gate is always open: the cell state is shown whole. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NOG.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f)  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
h[t] = tanh(c[t])  # hidden state
"""
LAYOUT = {  # that of the LSTM with peepholes, without what is missing
    "c[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "f": (14, 10),
    "i": (22, 10),
    "g": (30, 10),
    "c.1": (14, 0),
    "c.2": (30, 4),
    "c": (30, 0),
    "h": (46, 10),
    "out:c": (54, 0),
    "out:h": (54, 10),
}
