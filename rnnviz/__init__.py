"""rnnviz: an oscilloscope for recurrent networks.

The names below are the public interface. Importing the package is light: torch and Qt load when a name that
needs them is first used.

Examples
--------
>>> import numpy, rnnviz
>>> net = rnnviz.Network(rnnviz.NetworkSpec(cell="lstm", input_size=3, hidden_size=8, output_size=2))
>>> trace = rnnviz.run(net, numpy.zeros((24, 3)))
>>> trace.signal("f", layer=0, direction="forward").shape
(24, 8)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from rnnviz._version import __version__

if TYPE_CHECKING:
    from rnnviz.engine.errors import RnnvizError
    from rnnviz.engine.formats.torch_modules import from_torch
    from rnnviz.engine.interventions import Clamp, Edit
    from rnnviz.engine.network import Network
    from rnnviz.engine.run import run
    from rnnviz.engine.spec import NetworkSpec
    from rnnviz.engine.trace import Trace

__all__ = ["Clamp", "Edit", "Network", "NetworkSpec", "RnnvizError", "Trace", "__version__", "from_torch", "run"]

_HOMES = {
    "Clamp": "rnnviz.engine.interventions",
    "Edit": "rnnviz.engine.interventions",
    "Network": "rnnviz.engine.network",
    "NetworkSpec": "rnnviz.engine.spec",
    "RnnvizError": "rnnviz.engine.errors",
    "Trace": "rnnviz.engine.trace",
    "from_torch": "rnnviz.engine.formats.torch_modules",
    "run": "rnnviz.engine.run",
}


if not TYPE_CHECKING:  # so that a type checker refuses a name that is not above

    def __getattr__(name: str) -> object:
        """Load a public name from its module when it is first used."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'rnnviz' has no attribute {name!r}")
        value: object = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
