"""The LSTM without an activation function on its output."""

TITLE = "LSTM (no output activation)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes that shows its cell state without a tanh. "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NOAF.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f)  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * c[t]  # hidden state
"""
LAYOUT = {  # that of the LSTM with peepholes, without what is missing
    "c[t-1]": (0, 0),
    "h[t-1]": (0, 15),
    "x": (0, 18),
    "h[t-1],x": (7, 15),
    "f": (14, 10),
    "i": (22, 10),
    "g": (30, 10),
    "o": (38, 10),
    "c.1": (14, 0),
    "c.2": (30, 4),
    "c": (30, 0),
    "h": (46, 10),
    "out:c": (54, 0),
    "out:h": (54, 10),
}
