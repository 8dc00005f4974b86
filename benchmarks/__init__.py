"""How fast rnnviz is, as ratios against torch and pyqtgraph in the same run: ``python -m benchmarks``."""
