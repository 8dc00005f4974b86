"""Compared networks in session files: back with their weights, older files as before, hostile ones refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.errors import SessionFileError
from rnnviz.engine.sequence import TextSource
from rnnviz.ui.files import Files
from rnnviz.ui.headless import export
from rnnviz.ui.session import Session
from rnnviz.ui.sessionfile import read_session
from rnnviz.ui.settings import Settings
from tests.ui.comparison.test_rivals import Pair, assert_in_step, pair, trio  # noqa: F401 - fixtures


def files_of(session: Session) -> Files:
    return Files(session, Settings(), lambda: b"", lambda layout: None)


@pytest.fixture
def file(trio: Pair, tmp_path: Path) -> Path:  # noqa: F811
    """A session with an LSTM, an RNN, a GRU with other weights and an LSTM that reads another sequence."""
    session, link = trio
    session.rivals.change(1, seed=8, hidden_size=4)
    link.run_until_idle()
    assert session.view.document is not None
    source = session.view.document.source
    assert isinstance(source, TextSource)
    session.rivals.add_sequence(TextSource(" ".join(reversed(source.text.split()))))
    link.run_until_idle()
    path = tmp_path / "compared.rnnviz"
    files_of(session).save(path)
    link.run_until_idle()
    assert path.exists(), session.view.message
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit the manifest of a session by hand."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_all_networks_come_back_with_their_weights_and_numbers(file: Path, trio: Pair) -> None:  # noqa: F811
    session, link = trio
    before = [np.array(view.trace.record.signal("h", 0)) for view in session.view.rivals if view.trace]
    assert len(before) == 3
    session.rivals.clear()
    link.run_until_idle()
    files_of(session).open(file)
    link.run_until_idle()
    assert [rival.own_source for rival in session.rivals.chosen] == [False, False, True]
    assert all(rival.document.weights for rival in session.rivals.chosen)
    assert_in_step(session)
    for view, states in zip(session.view.rivals, before, strict=True):
        assert view.trace is not None
        np.testing.assert_array_equal(view.trace.record.signal("h", 0), states)
    assert not session.undo_stack.canUndo()


def test_a_session_file_without_compared_networks_takes_those_away(file: Path, trio: Pair) -> None:  # noqa: F811
    rewrite(file, lambda manifest: manifest.pop("rivals"))
    assert read_session(file).rivals == ()
    session, link = trio
    files_of(session).open(file)
    link.run_until_idle()
    assert session.view.rivals == ()


def network(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = manifest["rivals"][0]
    return found


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda m: m.update(rivals=m["rivals"] * 2), "rivals"),
        (lambda m: network(m).update(spec=7), "rivals"),
        (lambda m: network(m)["spec"].update(hidden_size=-3), "hidden_size"),
        (lambda m: network(m)["spec"].update(hiden_size=3), "hiden_size"),
        (lambda m: network(m).update(program="rm"), "program"),
        (lambda m: network(m).update(scaling={"value": -1.0}), "scaled"),
        (lambda m: network(m)["spec"].update(cell="h[t] = open(x[t])"), "open"),
    ],
)
def test_a_hostile_network_is_refused_in_a_sentence(file: Path, change: Any, cause: str) -> None:
    rewrite(file, change)
    with pytest.raises(SessionFileError, match="cannot be opened") as refusal:
        read_session(file)
    assert cause in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_weights_that_do_not_fit_are_said_and_the_session_opens_all_the_same(file: Path, trio: Pair) -> None:  # noqa: F811
    rewrite(file, lambda manifest: network(manifest)["spec"].update(hidden_size=50))
    session, link = trio
    files_of(session).open(file)
    link.run_until_idle()
    assert session.view.message_kind == "error"
    assert session.view.trace is not None
    assert [view.trace is None for view in session.view.rivals] == [True, False, False]


def test_exported_figures_hold_the_comparison_of_all(file: Path, tmp_path: Path) -> None:
    written = export(file, tmp_path / "out", ["npz"], ["comparison"])
    with np.load(written[0]) as arrays:
        names = " ".join(arrays.files)
        assert sum("output" in name for name in arrays.files) == 4
    assert "RNN" in names
    assert "GRU" in names
