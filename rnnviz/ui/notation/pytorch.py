"""The letters of torch.nn.LSTM, torch.nn.GRU and torch.nn.RNN; two biases are told as their sum."""

from rnnviz.ui.notation.base import Notation

NOTATION = Notation(
    "pytorch",
    "PyTorch",
    "As in the documentation of torch.nn.LSTM and torch.nn.GRU; the two biases of a gate are told as their sum",
    candidate="g",
    proposal="n",
    parameters={"input": "W_i{}", "recurrent": "W_h{}", "operand": "V_{}", "bias": "b_{}", "peephole": "p_{}"},
    bare=False,
)
