"""The LSTM without an activation function on its candidate."""

TITLE = "LSTM (no input activation)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    'An LSTM with peepholes whose candidate is linear. Greff et al. 2017, "LSTM: A Search Space Odyssey", variant NIAF.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i)  # input gate
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f)  # forget gate
g[t] = W_g @ x[t] + U_g @ h[t-1] + b_g  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o)  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
