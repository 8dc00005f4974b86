"""The link to the engine: the only place in the window that knows that the engine is another process."""

from __future__ import annotations

from rnnviz.ui.enginelink.base import EngineLink
from rnnviz.ui.enginelink.local import LocalLink
from rnnviz.ui.enginelink.process import ProcessLink

__all__ = ["EngineLink", "LocalLink", "ProcessLink"]
