"""The LSTM without a forget gate."""

TITLE = "LSTM (no forget gate)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose forget gate is always open, as in 1997: the cell state is only added to. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NFG.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
LAYOUT = {  # that of the LSTM with peepholes, without what is missing
    "c[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "i": (22, 10),
    "g": (30, 10),
    "o": (38, 10),
    "c.1": (30, 4),
    "c": (30, 0),
    "h.1": (46, 4),
    "h": (46, 10),
    "out:c": (54, 0),
    "out:h": (54, 10),
}
