"""A restless user finds every control of the window, by names that can be found again."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QWidget

from rnnviz.ui.palette import Palette
from tests.ui.soak.controls import controls, kind_of, listens
from tests.ui.window.conftest import Desk


def test_every_control_of_every_panel_is_found_and_has_a_name_of_its_own(desk: Desk) -> None:
    missed: list[tuple[str, str]] = []
    named: set[str] = set()
    docks = desk.window.docks.all
    for dock in docks:
        for other in docks:
            other.setVisible(other is dock)
        desk.settle()
        found = controls()
        names = [control.name for control in found]
        assert len(names) == len(set(names))
        assert names == [control.name for control in controls()]
        named.update(name.partition("/")[0] for name in names)
        there = {id(control.widget) for control in found}
        wanted = [widget for widget in desk.window.findChildren(QWidget) if _can_be_used(widget)]
        missed += [(dock.kind.name, type(widget).__name__) for widget in wanted if id(widget) not in there]
    assert missed == []
    assert len(named & {dock.kind.name for dock in docks}) > 0.8 * len(docks)


def test_what_is_drawn_and_listens_to_the_mouse_is_a_control(desk: Desk) -> None:
    kinds = {kind_of(widget) for widget in desk.window.findChildren(QWidget) if listens(widget)}
    assert {"canvas", "plot", "choice"} <= kinds
    assert "" not in kinds


def _can_be_used(widget: QWidget) -> bool:
    seen = widget.isVisible() and not widget.visibleRegion().isEmpty() and min(widget.width(), widget.height()) >= 3
    takes = isinstance(widget, QAbstractButton) or listens(widget)
    return seen and widget.isEnabled() and takes and bool(kind_of(widget))


def test_while_a_dialog_wants_an_answer_there_is_nothing_else_to_use(desk: Desk) -> None:
    desk.window.actions_["palette"].trigger()
    desk.settle()
    names = {control.name.partition("/")[0] for control in controls()}
    assert names == {"Palette"}
    for dialog in desk.window.findChildren(Palette):
        dialog.close()
