"""Starting the application: engine, window, what is open first."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from rnnviz._version import __version__
from rnnviz.ui import quick_pyqtgraph  # noqa: F401  # before whatever imports pyqtgraph
from rnnviz.ui.enginelink import EngineLink, ProcessLink
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings
from rnnviz.ui.theme import DARK, LIGHT, apply_theme, icon_pixmap, load_fonts

if TYPE_CHECKING:
    from rnnviz.ui.window import MainWindow


def application() -> QApplication:
    """The one QApplication of the process, made and set up where there is none."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        return present
    # Qt's own file dialogs keep settings in the form that runs what is pickled in it: they find none, and keep none.
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.devnull)
    made = QApplication(sys.argv[:1])
    made.setApplicationName("rnnviz")
    made.setApplicationDisplayName("rnnviz")
    made.setApplicationVersion(__version__)
    made.setDesktopFileName("rnnviz")
    made.setWindowIcon(_icon())
    # An image left on the clipboard crashes the exit on some platforms.
    made.aboutToQuit.connect(_clear_clipboard)
    load_fonts()
    apply_theme(made, LIGHT)
    return made


def main(path: str | None = None, link: EngineLink | None = None) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    path : str or None
        A file to open; None: the first sample.
    link : EngineLink or None
        None: the engine runs in a process of its own.

    Returns
    -------
    int
        The exit status; after Ctrl+C, or when the system asks the program to end, 128 and the number of the signal.
    """
    app = application()
    link = link if link is not None else ProcessLink()
    from rnnviz.commands import information
    from rnnviz.ui.faults import Faults
    from rnnviz.ui.interrupts import Interrupts
    from rnnviz.ui.window import MainWindow

    faults = Faults(information)
    faults.install()
    interrupts = Interrupts()  # before anything is painted: an exception of Python's own there can be a crash
    session = Session(link)
    window = MainWindow(session, Settings())
    interrupts.met.connect(partial(_end, window))
    window.begin()
    window.files.open_first()
    window.show()
    app.processEvents()  # the window is painted before torch, in the engine's process, takes its share of the machine
    if not gc.isenabled():  # as the command line left it
        gc.freeze()
        gc.enable()
    try:
        if interrupts.number:  # met while there was no loop yet that could be ended
            return 128 + interrupts.number
        link.start()
        window.guard()
        if path is not None:
            # After the sample, which is there should the file be refused.
            session.afterwards(partial(window.files.open, Path(path)))
        session.afterwards(partial(session.afterwards, window.heed_settings))  # after what a file says of itself
        return app.exec()
    finally:
        link.stop()
        interrupts.remove()
        faults.uninstall()
        window.deleteLater()
        session.deleteLater()


def _end(window: MainWindow, number: int) -> None:
    """End at once, without asking: who stops a program from a terminal does not look at its window.

    What is not saved is kept, and offered at the next start.
    """
    if window.autosave is not None:
        window.autosave.keep()
        window.autosave.stop()
    QApplication.exit(128 + number)


def _clear_clipboard() -> None:
    QGuiApplication.clipboard().clear()


def _icon() -> QIcon:
    result = QIcon()
    for edge in (16, 32, 64, 128):
        result.addPixmap(icon_pixmap("activity", LIGHT.accent if edge > 16 else DARK.accent, edge))
    return result
