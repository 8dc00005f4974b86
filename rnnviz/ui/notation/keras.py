"""The letters of Keras' recurrent layers: the kernel W, the recurrent kernel U; a candidate wears a tilde."""

from rnnviz.ui.notation.base import Notation

NOTATION = Notation(
    "keras",
    "Keras",
    "As in the layers of Keras: kernel W, recurrent kernel U; a candidate wears a tilde",
    candidate="c_tilde",
    proposal="h_tilde",
    parameters={"input": "W_{}", "recurrent": "U_{}", "operand": "V_{}", "bias": "b_{}", "peephole": "p_{}"},
)
