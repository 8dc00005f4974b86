"""The LSTM whose input and forget gates are coupled."""

TITLE = "LSTM (coupled gates)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes that forgets as much as it takes in, f = 1 - i, as a GRU does. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant CIFG.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
f[t] = 1 - i[t]  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
LAYOUT = {  # that of the LSTM with peepholes, the forget gate drawn from the input gate
    "c[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "f": (14, 4),
    "i": (18, 10),
    "g": (30, 10),
    "o": (38, 10),
    "c.1": (14, 0),
    "c.2": (30, 4),
    "c": (30, 0),
    "h.1": (46, 4),
    "h": (46, 10),
    "out:c": (54, 0),
    "out:h": (54, 10),
}
