"""A program with a link that tells the number of its engine process and waits to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.messages import Advance, Ready
from rnnviz.ui.enginelink import ProcessLink
from tests.engine.fake_engine import ENDLESS, FAKE_ENGINE


def main() -> int:
    application = QCoreApplication([])
    link = ProcessLink(FAKE_ENGINE, Path(sys.argv[1]))

    def tell(event: object) -> None:
        if isinstance(event, Ready):
            link.send(Advance(0, ENDLESS))
            sys.stdout.write(f"{link.pid}\n")
            sys.stdout.flush()

    link.received.connect(tell)
    link.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
