"""What every plot is made of: a pyqtgraph plot in a view, its axes, margins, labels and colour bar."""
