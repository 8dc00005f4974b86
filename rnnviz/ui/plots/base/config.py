"""What pyqtgraph is told once, before the first plot is made."""

from __future__ import annotations

import pyqtgraph as pg

# Images are arrays of rows, as numpy has them; no move of the mouse is left out, since telling of one costs little.
pg.setConfigOptions(antialias=False, useOpenGL=False, imageAxisOrder="row-major", mouseRateLimit=0)
