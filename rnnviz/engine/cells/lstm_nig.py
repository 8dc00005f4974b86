"""The LSTM without an input gate."""

TITLE = "LSTM (no input gate)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose input gate is always open: the candidate is written whole. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NIG.'
)
EQUATIONS = """\
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f)  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
LAYOUT = {  # that of the LSTM with peepholes, without what is missing
    "c[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "f": (14, 10),
    "g": (22, 10),
    "o": (38, 10),
    "c.1": (14, 0),
    "c": (22, 0),
    "h.1": (46, 5),
    "h": (46, 10),
    "out:c": (54, 0),
    "out:h": (54, 10),
}
