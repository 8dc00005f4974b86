"""Draw cells that nobody would write, and hold every gradient and every analysis of them against autograd.

    .venv/bin/python tools/wild_cells.py               # 2,000 cells
    .venv/bin/python tools/wild_cells.py 500 9000      # 500 cells, from seed 9000 on

Says which seeds fail and how; ends with status 1 if one does.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.engine.wildcells import (
    drawn_objective,
    gradient_faults,
    question_faults,
    questions,
    recorded,
    wild_network,
)


def faults_of(seed: int) -> list[str] | None:
    """Return what is wrong with the network of a seed; None where its cell is refused."""
    drawn = wild_network(seed)
    if drawn is None:
        return None
    network, rng = drawn
    trace = recorded(network)
    at = network.cell_layers[rng.integers(len(network.cell_layers))]
    return gradient_faults(network, drawn_objective(network, rng)) + question_faults(trace, questions(trace, at, rng))


def main() -> int:
    """Draw as many cells as were asked for."""
    count, first = (int(given) for given in (sys.argv[1:] + ["2000", "0"][len(sys.argv) - 1 :])[:2])
    warnings.simplefilter("error")
    failed = refused = 0
    for seed in range(first, first + count):
        found = faults_of(seed)
        refused += found is None
        if found:
            failed += 1
            print(f"seed {seed}:", *found, sep="\n    ", flush=True)
    print(f"{count - refused:,} cells, {refused:,} refused, {failed:,} failed")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
