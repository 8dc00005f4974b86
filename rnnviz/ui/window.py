"""The main window: panels in docks, menus, transport and status line, put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox, QScrollArea, QToolBar, QVBoxLayout, QWidget

from rnnviz.engine.errors import RnnvizError
from rnnviz.ui.actions import Actions
from rnnviz.ui.autosave import Autosave, Leftover, leftovers
from rnnviz.ui.chores import Chores
from rnnviz.ui.controls.look import look
from rnnviz.ui.docks import DockHost, Docks, PanelDock
from rnnviz.ui.figuremenu import FigureMenu
from rnnviz.ui.files import Files
from rnnviz.ui.keys import claimed
from rnnviz.ui.layouts import for_lecture
from rnnviz.ui.menus import Menus
from rnnviz.ui.messagebar import MessageBar, as_sentence
from rnnviz.ui.panel import Panel
from rnnviz.ui.panelregistry import PanelEntry, panel_entries
from rnnviz.ui.plaintext import on_a_line, title_text
from rnnviz.ui.player import Player
from rnnviz.ui.plots import TimeAxis
from rnnviz.ui.plots.base.view import PlotView
from rnnviz.ui.recoverybar import RecoveryBar
from rnnviz.ui.session import Session
from rnnviz.ui.settings import Settings, Value
from rnnviz.ui.status import StatusLine
from rnnviz.ui.theme import apply_theme, lecture_factor
from rnnviz.ui.transport import TransportBar
from rnnviz.ui.typesize import TypeSize
from rnnviz.ui.view import LOOKS, View
from rnnviz.ui.windowplace import place_of, put

if TYPE_CHECKING:
    from rnnviz.ui.figures import Place

SIZE = (1480, 920)
LEAST = (900, 500)
"""What the window can always be made as small as: large type, which asks for more, then becomes smaller."""
_TITLE_BAR = 32


class MainWindow(QMainWindow):
    """The window of one session.

    Parameters
    ----------
    session : Session
    settings : Settings
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("rnnviz")
        self.setWindowTitle("rnnviz[*]")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.session = session
        self.settings = settings
        self.axis = TimeAxis(self)
        self.actions_ = Actions(self)
        self.type = TypeSize(session, settings)
        self._closes_when_saved = False
        self._before_lecture: tuple[bytes, Qt.WindowState, QRect] | None = None
        self._dress(session.view)  # before the widgets are made: they take their fonts as they come to be
        session.changed.connect(self._on_changed)  # before the panels: they draw on an axis that is up to date
        self.figures = FigureMenu(self, session, settings, self.axis, self.places)
        self.host = DockHost()
        docks = [PanelDock(kind, self._make, self.figures.popup, self._owner(kind)) for kind in panel_entries()]
        self.docks = Docks(self, self.host, docks)
        self.files = Files(session, settings, self.docks.state, self.docks.restore)
        self.player = Player(session)
        self.messages = MessageBar(session)
        self.recovery = RecoveryBar(session)
        self.autosave: Autosave | None = None
        self.transport = TransportBar(session, self.actions_)
        self.status = StatusLine(session, self.actions_)
        self.chores = Chores(self)
        self.menus = Menus(self)
        self._assemble()
        self.files.changed.connect(self._on_file)
        self.files.restored.connect(self._show_everything)
        self.recovery.wanted.connect(self._recover)
        session.panel_wanted.connect(self._show_panel)
        session.undo_stack.cleanChanged.connect(self._show_title)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_colours)

    def _make(self, kind: PanelEntry, dock: PanelDock) -> Panel:
        """Load and make a panel that is to be seen for the first time."""
        return kind.load()(self.session, self.axis, dock)

    def _owner(self, kind: PanelEntry) -> QMainWindow:
        """Return what holds the dock of a panel: the middle of the window, or the window for those at its sides."""
        return self.host if kind.area == "time" else self

    def begin(self) -> None:
        """Bring back how the window was left, and dress it; before it is shown."""
        settings = self.settings
        theme = settings.get("theme", "system")
        self.session.apply(theme=theme if theme in ("light", "dark", "system") else "system")
        if not put(self, settings.get("place", "")):
            self._fit_screen()
        if not self.docks.restore(settings.get("layout", "").encode()):
            QTimer.singleShot(0, self.docks.share_room)  # when the window has its size
        self.docks.build()
        self.type.fit(self.size())

    def heed_settings(self) -> None:
        """Say what is wrong with the settings, now and from now on."""
        self.settings.listen(self._on_settings_fault)

    def _on_settings_fault(self, fault: str) -> None:
        view = self.session.view
        before = f"{view.message}. " if view.message_kind == "error" and view.message else ""
        self.session.show_message(f"{before}{as_sentence(fault)}", "error")

    def guard(self, root: Path | None = None) -> None:
        """Keep what is not saved from now on, and offer what earlier programs kept.

        Parameters
        ----------
        root : Path, optional
            Where that stands; None: in the user's cache.
        """
        self.autosave = Autosave(self.session, self.files, self.docks.state, root)
        self.recovery.offer(leftovers(root))

    def _recover(self, left: Leftover) -> None:
        """Open what was kept; the copy goes when it is open and kept by this window."""
        try:
            saved = left.read()
        except RnnvizError as error:
            self.session.show_message(f"What was kept of ‘{left.about.name}’ cannot be opened: {error}", "error")
            left.release()
            return
        history, fault = left.history(saved.document)
        self.files.recover(saved, left.path, partial(self._taken_over, left, fault), history)

    def _taken_over(self, left: Leftover, fault: str) -> None:
        if fault:
            self.session.show_message(f"The session is there, but nothing of it can be undone: {fault}", "error")
        if self.autosave is not None:
            self.autosave.keep()
        left.remove()

    def _fit_screen(self) -> None:
        """Be no larger than the screen has room for, its frame and title included."""
        screen = self.screen().availableGeometry()
        wanted = QRect(0, 0, min(SIZE[0], screen.width()), min(SIZE[1], screen.height() - _TITLE_BAR))
        wanted.moveCenter(screen.center())
        self.setGeometry(wanted.translated(0, _TITLE_BAR // 2))

    def places(self) -> list[Place]:
        """Where the panels that can be seen stand, for the figure of the whole window."""
        from rnnviz.ui.figures import Place

        seen = [panel for panel in self.docks.panels if panel.isVisible() and panel.window() is self]
        if not seen:
            return []
        rects = [QRect(panel.mapTo(self, panel.rect().topLeft()), panel.size()) for panel in seen]
        top = min(rect.top() for rect in rects)
        left = min(rect.left() for rect in rects)
        return [Place(type(p), r.translated(-left, -top)) for p, r in zip(seen, rects, strict=True)]

    def set_lecture(self, on: bool) -> None:
        """Large type, full screen and no chrome, or as it was before."""
        if on == bool(self.session.view.lecture):
            return
        chrome = (self.menuBar(), self.status, self.toolbar)
        if on:
            self._before_lecture = (self.docks.state(), self.windowState(), self.geometry())
            self.docks.choose(for_lecture(self.docks.layout))
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        for part in chrome:
            part.setVisible(not on)
        self.session.set_lecture(on, lecture_factor(self.height()))
        self.type.fit(self.size())
        if not on and self._before_lecture is not None:  # after the type is small again: large type asks for room
            panels, state, geometry = self._before_lecture
            self.setWindowState(state)
            if state == Qt.WindowState.WindowNoState:
                self.setGeometry(geometry)
            self.docks.restore(panels)
        self.activateWindow()  # a floating panel may have had the keys, and be gone
        self.take_keys()
        if on:
            QTimer.singleShot(0, self.docks.share_room)  # when the full screen has its size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let lecture type be as large on every screen as it is on the usual one, and all type leave room for plots."""
        super().resizeEvent(event)
        factor = lecture_factor(self.height())
        if self.session.view.lecture and factor != self.session.view.lecture:
            self.session.set_lecture(True, factor)
        self.type.fit(self.size())

    def take_keys(self) -> None:
        """Give the keys to the plots, so that they step and play."""
        self.host.setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        """Start with the keys where a presenter's remote needs them."""
        super().showEvent(event)
        self.take_keys()

    def event(self, event: QEvent) -> bool:
        """Leave keys to text fields, lists and buttons that have the focus."""
        return claimed(event) or super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about changes that are not saved, and remember how the window is left."""
        self._closes_when_saved = False
        if self.files.modified and not self.may_close():
            event.ignore()
            return
        left: dict[str, Value] = {"theme": self.session.view.theme}
        if not self.session.view.lecture:
            left |= {"place": place_of(self), "layout": self.docks.state().decode()}
        self.settings.update(left)
        self.session.pause()
        if self.autosave is not None:
            self.autosave.stop()
            self.autosave.discard()
        self.recovery.release()
        self.files.close()
        self.session.undo_stack.blockSignals(True)  # it tells of its own end, to listeners that are gone by then
        event.accept()

    def may_close(self) -> bool:
        """Ask whether changes may be lost."""
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            "Save the session?",
            "The network or the sequence was changed since the session was saved.",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            self._closes_when_saved = True  # the engine is still to hand out the weights
            self.chores.save()
            return False
        return answer == button.Discard

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files; which of them can be opened is said when they are dropped."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that is dropped, or say why it cannot be opened."""
        urls = event.mimeData().urls()
        event.acceptProposedAction()
        if len(urls) != 1:
            self.session.show_message(f"{len(urls)} files were dropped, but one is opened at a time", "error")
        elif not urls[0].isLocalFile():
            self.session.show_message(f"{on_a_line(urls[0].toString())} is not a file on this computer", "error")
        else:
            self.files.open(Path(urls[0].toLocalFile()))

    def _assemble(self) -> None:
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.messages)
        rows.addWidget(self.recovery)
        self.scroller = QScrollArea()  # where the window is too small for what every panel needs
        self.scroller.setWidgetResizable(True)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setWidget(self.host)
        rows.addWidget(self.scroller, 1)
        self.setCentralWidget(middle)
        self.toolbar = self.menus.toolbar()
        icon = look(self.session.view).sizes.icon
        self.toolbar.setIconSize(QSize(icon, icon))
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.toolbar)
        bottom = QToolBar("Transport")
        bottom.setObjectName("transport")
        bottom.setMovable(False)
        bottom.toggleViewAction().setEnabled(False)
        bottom.addWidget(self.transport)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bottom)
        self.setStatusBar(self.status)

    def _on_changed(self, view: View, old: View) -> None:
        if view.differs(old, *LOOKS):
            self._dress(view)
        if view.differs(old, *LOOKS, "trace", "layer", "direction", "options"):
            self.docks.keep_room(view)
        if view.differs(old, "lecture", "type_size"):
            QTimer.singleShot(0, self.docks.share_room)  # when everything has its new size
        if view.trace is not None and view.differs(old, "trace"):
            self.axis.set_steps(view.trace.labels)
        if view.differs(old, "position", "trace") and view.step >= 0:
            self.axis.follow(view.step)
        if view.differs(old, "document"):
            self._show_title()
        if view.message_kind == "error" and view.differs(old, "message"):
            self._closes_when_saved = False
        self.chores.mark(view)

    def _dress(self, view: View) -> None:
        now = look(view)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, now.theme, now.sizes)
        self.axis.set_metrics(now.sizes)
        self.actions_.set_theme(now.theme)
        for bar in self.findChildren(QToolBar):
            bar.setIconSize(QSize(now.sizes.icon, now.sizes.icon))

    def _show_everything(self) -> None:
        """Undo every zoom."""
        self.axis.show_all()
        for panel in self.docks.panels:
            for plot in panel.findChildren(PlotView):
                plot.view_all()

    def _show_panel(self, name: str) -> None:
        """Show a panel that another one leads to."""
        for dock in self.docks.all:
            if dock.kind.name == name:
                dock.show()
                dock.raise_()
                self.docks.share_room()

    def _on_system_colours(self) -> None:
        if self.session.view.theme == "system":
            self.session.set_theme("light")  # told twice, so that everything is dressed anew
            self.session.set_theme("system")

    def _on_file(self) -> None:
        self._show_title()
        if self._closes_when_saved and not self.files.modified:
            self.close()

    def _show_title(self) -> None:
        document = self.session.view.document
        name = document.name if document is not None else ""
        self.setWindowTitle(f"{title_text(name)}[*] – rnnviz" if name else "rnnviz[*]")
        self.setWindowModified(self.files.modified)
