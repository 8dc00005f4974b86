"""The letters of Greff et al., LSTM: A Search Space Odyssey (2017): block input z, W on the input, R on the past.

The paper's block output y is h here, as y is the output of the network.
"""

from rnnviz.ui.notation.base import Notation

NOTATION = Notation(
    "papers",
    "papers (W, R)",
    "As in Greff et al. 2017: block input z, input weights W, recurrent weights R, peepholes p",
    candidate="z",
    proposal="h_tilde",
    parameters={"input": "W_{}", "recurrent": "R_{}", "operand": "V_{}", "bias": "b_{}", "peephole": "p_{}"},
)
