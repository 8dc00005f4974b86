"""Dress the application: palette, type and a small style sheet over Fusion."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from rnnviz.ui.theme.fonts import ui_font
from rnnviz.ui.theme.metrics import NORMAL, Metrics
from rnnviz.ui.theme.palette import Theme


def palette(theme: Theme) -> QPalette:
    """Return the Qt palette of a theme, its disabled colours included."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.border,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.halo if theme.dark else theme.border,
    }
    result = QPalette()
    for entry, colour in colours.items():
        result.setColor(entry, QColor(colour))
    for entry in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, entry, QColor(theme.faint))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return result


def style_sheet(theme: Theme, sizes: Metrics) -> str:
    """Return the style sheet: only what a palette cannot say."""
    space = sizes.padding // 2
    return f"""
QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};
    padding: {space}px {sizes.padding}px; }}
QDockWidget {{ titlebar-close-icon: none; titlebar-normal-icon: none; }}
QDockWidget::title {{ background: {theme.window}; padding: {space}px {sizes.padding}px; text-align: left; }}
QMainWindow::separator {{ background: {theme.window}; width: 6px; height: 4px; }}
QMainWindow::separator:hover {{ background: {theme.accent}; }}
QSplitter::handle {{ background: {theme.window}; }}
QSplitter::handle:hover {{ background: {theme.accent}; }}
QToolBar {{ background: {theme.window}; border: 0; spacing: {space}px; padding: {space}px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: {space}px; }}
QToolButton:hover {{ background: {theme.raised}; border-color: {theme.border}; }}
QToolButton:checked {{ background: {theme.selection}; }}
QToolButton:focus {{ border-color: {theme.accent}; }}
QStatusBar {{ background: {theme.window}; color: {theme.muted}; }}
QStatusBar::item {{ border: 0; }}
QGroupBox {{ border: 0; margin-top: {sizes.text + sizes.padding}px; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; }}
QScrollArea {{ border: 0; }}
"""


def apply_theme(app: QApplication, theme: Theme, sizes: Metrics = NORMAL) -> None:
    """Dress the whole application; to be called again whenever theme or sizes change.

    Plots paint with colours of their own and are told by `TimePlot.set_theme`.
    """
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(ui_font(sizes.text))
    app.setFont(ui_font(sizes.text), "QDockWidgetTitle")  # type: ignore[arg-type]  # its stub asks for bytes
    app.setStyleSheet(style_sheet(theme, sizes))
