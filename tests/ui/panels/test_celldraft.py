"""What is typed and is no cell yet is kept in the session, and comes back with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnviz.engine import cells
from rnnviz.ui.files import Files
from rnnviz.ui.panels.celleditor import CellEditorPanel
from rnnviz.ui.settings import Settings
from tests.ui.panels.pictures import make_view
from tests.ui.panels.runs import real_panel

HALF = "h[t] = tanh(W @ x[t] +"
LEAKY = "h[t] = 0.9 * h[t-1] + 0.1 * tanh(W @ x[t] + U @ h[t-1] + b)"


def write(panel: Any, text: str) -> None:
    """Type a text in place of the one that stands there, and let the typing rest."""
    panel.editor.selectAll()
    panel.editor.insertPlainText(text)
    panel.editor.flush()


def drafted(panel: Any) -> str:
    return str(panel.session.view.options.get("celleditor.draft", ""))


@pytest.fixture
def panel(show: Callable[..., Any]) -> Any:
    return show(CellEditorPanel, make_view(), 1000, 400)


def test_a_text_that_is_no_cell_is_kept_until_it_is_one(panel: Any) -> None:
    write(panel, HALF)
    assert drafted(panel) == HALF
    write(panel, LEAKY)
    assert drafted(panel) == ""


def test_a_cell_that_waits_for_its_button_is_kept_until_it_is_used(panel: Any) -> None:
    panel.session.set_option("celleditor.live", "off")
    write(panel, LEAKY)
    assert drafted(panel) == LEAKY
    panel.use.click()
    assert drafted(panel) == ""


def test_a_draft_comes_back_with_its_session_and_leaves_with_it(tmp_path: Path, qtbot: Any) -> None:
    plain, drafty = tmp_path / "plain.rnnviz", tmp_path / "draft.rnnviz"
    with real_panel(CellEditorPanel, tmp_path / "run", size=(1000, 400)) as (panel, session, link):
        files = Files(session, Settings(), lambda: b"", lambda _: None)
        files.save(plain)
        link.run_until_idle()
        write(panel, HALF)
        files.save(drafty)
        link.run_until_idle()
        files.open(plain)
        link.run_until_idle()
        assert panel.editor.text().strip() == cells.get("lstm").text.strip()
        files.open(drafty)
        link.run_until_idle()
        assert panel.editor.text() == HALF
        assert panel.sentence.text().startswith("Line 1, ")
        document = session.view.document
        assert document is not None
        assert document.spec.cell == "lstm"
