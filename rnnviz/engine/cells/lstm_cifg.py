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
