"""What can be done with a figure: copied, written as a picture, its numbers written as data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, QStandardPaths, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.askplace import ask_for_place
from rnnviz.ui.docks import PanelDock
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import TimeAxis, TimePlot
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings

if TYPE_CHECKING:  # what writes figures is loaded with the first of them
    from rnnviz.ui.export import ExportError
    from rnnviz.ui.export.figures import Figure
    from rnnviz.ui.exportdialog import ExportDialog
    from rnnviz.ui.figures import Place

_FILTERS = {
    "png": "PNG image (*.png)",
    "svg": "SVG drawing (*.svg)",
    "pdf": "PDF document (*.pdf)",
    "csv": "CSV table (*.csv)",
    "npz": "NumPy arrays (*.npz)",
}
_SCALES = (1, 2, 4)


class FigureMenu(QObject):
    """The context menu of the panels, and the exports of the File menu.

    Parameters
    ----------
    window : QWidget
    session : Session
    settings : Settings
    axis : TimeAxis
    places : callable
        Where the visible panels stand.
    """

    def __init__(
        self,
        window: QWidget,
        session: Session,
        settings: Settings,
        axis: TimeAxis,
        places: Callable[[], list[Place]],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._axis = axis
        self._places = places

    def popup(self, dock: PanelDock, event: QContextMenuEvent) -> None:
        """Offer what can be done with what is under the mouse, and with the figure of a panel."""
        self.menu(dock.panel, dock.panel.mapFromGlobal(event.globalPos())).popup(event.globalPos())

    def menu(self, panel: Panel, at: QPoint | None = None) -> QMenu:
        """Make the context menu of a panel, for a pixel of it."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        plot = None if at is None else panel.view_at(at)
        if at is not None:
            if isinstance(plot, TimePlot):
                self._offer_step(menu, plot.place_at(QPointF(plot.mapFrom(panel, at)))[0])
            panel.offer(menu, at)
            if not menu.isEmpty():
                menu.addSeparator()
        kind = type(panel)
        menu.addAction("&Copy as a figure").triggered.connect(partial(self.copy, kind))
        pngs = menu.addMenu("Save as &PNG")
        for scale in _SCALES:
            action = pngs.addAction(f"{scale} ×  ({1280 * scale} pixels)…")
            action.triggered.connect(partial(self.ask, kind, "png", scale))
        for suffix in ("svg", "pdf"):
            action = menu.addAction(f"Save as &{suffix.upper()}…")
            action.triggered.connect(partial(self.ask, kind, suffix))
        menu.addSeparator()
        for suffix in ("csv", "npz"):
            action = menu.addAction(f"Save the numbers as {suffix.upper()}…")
            action.triggered.connect(partial(self.ask, kind, suffix))
        if plot is not None:
            menu.addSeparator()
            plot.offer_view(menu)
        dock = panel.parentWidget()
        if isinstance(dock, PanelDock):
            menu.addSeparator()
            menu.addAction("&Dock again" if dock.isFloating() else "Let it &float").triggered.connect(
                partial(dock.setFloating, not dock.isFloating())
            )
            menu.addAction("C&lose this panel").triggered.connect(dock.close)
        return menu

    def _offer_step(self, menu: QMenu, step: int) -> None:
        if step >= 0:
            menu.addAction(f"&Go to step {step + 1}").triggered.connect(partial(self._session.go_to, step))

    def copy(self, panel: type[Panel]) -> None:
        """Put the figure of a panel on the clipboard."""
        from rnnviz.ui.figures import panel_figure

        self._copy(panel_figure(panel, self._session.view, self._axis.view), panel.title)

    def copy_window(self) -> None:
        """Put the figure of the window on the clipboard."""
        from rnnviz.ui.figures import window_figure

        self._copy(window_figure(self._places(), self._session.view, self._axis.view), "The window")

    def ask(self, panel: type[Panel], suffix: str, scale: float = 2.0) -> None:
        """Ask for a place, and write the figure of a panel there."""
        from rnnviz.ui.figures import panel_figure

        path = self._ask_path(panel.name, suffix)
        if path is not None:
            self.write(panel_figure(panel, self._session.view, self._axis.view), path, scale)

    def write(self, maker: AbstractContextManager[Figure], path: Path, scale: float = 2.0) -> None:
        """Write one figure; a refusal becomes the message of the session."""
        from rnnviz.ui.exporting import write_figure

        try:
            with self._waiting(), maker as figure:
                write_figure(figure, path, scale)
        except RnnvizError as error:
            self._session.show_message(str(error), "error")
        else:
            self._session.show_message(f"Written: {path}")

    def export_window(self) -> None:
        """Ask for a place, and write the whole window as one figure."""
        from rnnviz.ui.exporting import WINDOW
        from rnnviz.ui.figures import window_figure

        path = self._ask_path(WINDOW, "png", ("png", "svg", "pdf", "npz"))
        if path is not None:
            self.write(window_figure(self._places(), self._session.view, self._axis.view), path)

    def export(self) -> None:
        """Ask which figures to write, and write them when the dialog is accepted."""
        from rnnviz.ui.exportdialog import ExportDialog

        shown = [place.panel for place in self._places()]
        dialog = ExportDialog(shown, self._folder(), self._window)
        dialog.accepted.connect(partial(self._export_chosen, dialog, shown))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_chosen(self, dialog: ExportDialog, shown: list[type[Panel]]) -> None:
        from rnnviz.ui.exporting import WINDOW, write_figures

        folder = Path(dialog.folder.text().strip()).expanduser()
        self._settings.set("figures", str(folder))
        chosen = dialog.chosen
        panels = [panel for panel in shown if panel.name in chosen]
        places = self._places() if WINDOW in chosen else []
        view, steps = self._session.view, self._axis.view
        formats, scale = dialog.chosen_formats, dialog.chosen_scale
        left_out: list[ExportError] = []
        try:
            with self._waiting():
                chosen_figures = (view, panels, places, formats, folder)
                written = list(write_figures(*chosen_figures, scale=scale, steps=steps, left_out=left_out))
        except RnnvizError as error:
            self._session.show_message(str(error), "error")
            return
        told = f"{len(written)} files written to {folder}"
        if left_out:
            self._session.show_message("; ".join((told, *map(str, left_out))), "error")
        else:
            self._session.show_message(told)

    def _copy(self, maker: AbstractContextManager[Figure], title: str) -> None:
        from rnnviz.ui.exporting import copy

        try:
            copy(maker)
        except RnnvizError as error:
            self._session.show_message(str(error), "error")
        else:
            self._session.show_message(f"{title} is on the clipboard, as an image and as SVG")

    def _ask_path(self, name: str, suffix: str, suffixes: tuple[str, ...] = ()) -> Path | None:
        from rnnviz.ui.exporting import file_stem

        filters = ";;".join(_FILTERS[entry] for entry in suffixes or (suffix,))
        start = self._folder() / f"{file_stem(self._session.view, name)}.{suffix}"
        path = ask_for_place(self._window, "Save the figure", start, filters, partial(_figure_path, suffix))
        if path is not None:
            self._settings.set("figures", str(path.parent))
        return path

    def _folder(self) -> Path:
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        return Path(self._settings.get("figures", pictures))

    @staticmethod
    def _waiting() -> AbstractContextManager[object]:
        return _WaitCursor()


class _WaitCursor:
    """Shows that work goes on while figures are drawn."""

    def __enter__(self) -> None:
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)

    def __exit__(self, *_error: object) -> None:
        QGuiApplication.restoreOverrideCursor()


def _figure_path(suffix: str, path: Path, picked: str) -> Path:
    """Return a path with the ending of the filter that was picked, where it has none."""
    ending = next((key for key, text in _FILTERS.items() if text == picked), suffix)
    return path if path.suffix else path.with_suffix(f".{ending}")
