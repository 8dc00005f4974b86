"""Opens an empty window of pyqtgraph, as large as that of rnnviz, and says when it was first painted."""

from __future__ import annotations

import sys

import pyqtgraph as pg

from benchmarks.painted import Painted, tell


class Watch(Painted):
    """Waits for the first paint of the window, and ends the application."""

    def painted(self) -> None:
        """Tell the moment."""
        tell()
        pg.QtWidgets.QApplication.exit(0)


if __name__ == "__main__":
    application = pg.mkQApp()
    watch = Watch()
    window = pg.PlotWidget()
    window.resize(1480, 920)
    watch.watch(window.viewport())  # which alone is painted
    window.show()
    sys.exit(application.exec())
