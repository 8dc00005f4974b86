"""The LSTM whose gates see all gates of the step before."""

TITLE = "LSTM (gate recurrence)"
FAMILY = "LSTM variants"
DESCRIPTION = (
    "An LSTM with peepholes whose gates also see all gates of the step before, as in 1997 (full gate recurrence). "
    'Greff et al. 2017, "LSTM: A Search Space Odyssey", variant FGR.'
)
EQUATIONS = """\
i[t] = sigmoid(W_i @ x[t] + U_i @ h[t-1] + p_i * c[t-1] + b_i
            + R_ii @ i[t-1] + R_fi @ f[t-1] + R_oi @ o[t-1])  # input gate
f[t] = sigmoid(W_f @ x[t] + U_f @ h[t-1] + p_f * c[t-1] + b_f
            + R_if @ i[t-1] + R_ff @ f[t-1] + R_of @ o[t-1])  # forget gate
g[t] = tanh(W_g @ x[t] + U_g @ h[t-1] + b_g)  # candidate
c[t] = f[t] * c[t-1] + i[t] * g[t]  # cell state
o[t] = sigmoid(W_o @ x[t] + U_o @ h[t-1] + p_o * c[t] + b_o
            + R_io @ i[t-1] + R_fo @ f[t-1] + R_oo @ o[t-1])  # output gate
h[t] = o[t] * tanh(c[t])  # hidden state
"""
