"""A session with a small engine of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.small_engine import SmallEngine, document


class Bench:
    """A session, its link and what it told."""

    def __init__(self, root: Path) -> None:
        self.engines: list[SmallEngine] = []
        self.link = LocalLink(self._engine, root)
        self.session = Session(self.link)
        self.told: list[tuple[View, View]] = []
        self.session.changed.connect(self._note)
        self.link.start()
        self.link.run_until_idle()

    @property
    def view(self) -> View:
        return self.session.view

    @property
    def engine(self) -> SmallEngine:
        return self.engines[-1]

    def settle(self) -> View:
        """Let the engine answer everything."""
        self.link.run_until_idle()
        return self.session.view

    def sent(self, kind: type) -> int:
        """How many commands of a kind have reached the engine."""
        return sum(isinstance(command, kind) for command in self.engine.commands)

    def _engine(self, directory: Path | None) -> SmallEngine:
        self.engines.append(SmallEngine(directory))
        return self.engines[-1]

    def _note(self, new: View, old: View) -> None:
        self.told.append((new, old))


@pytest.fixture
def bench(qapp: object, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "engine")
    yield bench
    bench.link.stop()
    bench.session.deleteLater()


@pytest.fixture
def opened(bench: Bench) -> Bench:
    """A session that has run a sentence of nine steps."""
    bench.session.open_document(document())
    bench.settle()
    return bench
