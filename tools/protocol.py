"""Let window and engine talk in random orders, with deaths at any moment, and see that nothing asked for is lost.

    .venv/bin/python tools/protocol.py            # 1,000 sessions
    .venv/bin/python tools/protocol.py 200 7      # 200 sessions, of which the seed is 7

The model is that of the tests (``tests/ui/protocol.py``), with longer sessions. Prints the shortest order of things
that goes wrong; ends with status 1 if there is one.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LENGTH = 50
"""How many things are asked for, or happen, in one session."""


def main(arguments: list[str]) -> int:
    """Try many sessions, and tell how it went."""
    from hypothesis import HealthCheck, seed, settings
    from hypothesis.stateful import run_state_machine_as_test

    from rnnviz.ui.app import application
    from tests.ui.protocol import Protocol

    sessions = int(arguments[0]) if arguments else 1000
    number = int(arguments[1]) if len(arguments) > 1 else random.randrange(1 << 32)
    kept = application()
    print(f"{sessions} sessions, seed {number}", flush=True)
    begin = time.monotonic()
    chosen = settings(
        max_examples=sessions,
        stateful_step_count=LENGTH,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Protocol), settings=chosen)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told with the order of things that led to it
        print(f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
        return 1
    finally:
        kept.processEvents()
    print(f"nothing was lost, and nothing waits ({time.monotonic() - begin:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
