"""A PlotItem of pyqtgraph that makes its title, its button and its forty controls when they are first asked for.

A window has a dozen plots, and pyqtgraph spends most of the time in which one is made on widgets that are seldom seen.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pyqtgraph as pg
from pyqtgraph.graphicsItems.PlotItem import plotConfigTemplate_generic
from pyqtgraph.WidgetGroup import WidgetGroup
from PySide6.QtWidgets import QGraphicsGridLayout, QMenu, QSizePolicy, QWidget, QWidgetAction


class Plot(pg.PlotItem):
    """A plot in a view box between four axes; everything else is as in `pyqtgraph.PlotItem`.

    Its construction is that of pyqtgraph 0.14, less what is made later; a test holds its attributes against those of
    the installed version.

    Parameters
    ----------
    box : pyqtgraph.ViewBox
    axes : mapping of str to pyqtgraph.AxisItem
        One for each side: "left", "bottom", "right", "top".
    """

    def __init__(self, box: pg.ViewBox, axes: Mapping[str, pg.AxisItem]) -> None:
        pg.GraphicsWidget.__init__(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.autoBtn, self.buttonsHidden, self.mouseHovering = None, True, False
        self.layout = QGraphicsGridLayout()
        self.layout.setContentsMargins(1, 1, 1, 1)
        self.layout.setHorizontalSpacing(0)
        self.layout.setVerticalSpacing(0)
        self.setLayout(self.layout)
        self.vb = box
        self.setMenuEnabled(False, None)
        box.sigStateChanged.connect(self.viewStateChanged)
        box.sigRangeChanged.connect(self.sigRangeChanged)
        box.sigXRangeChanged.connect(self.sigXRangeChanged)
        box.sigYRangeChanged.connect(self.sigYRangeChanged)
        box.sigRangeChangedManually.connect(self.sigRangeChangedManually)
        self.layout.addItem(box, 2, 1)
        self.alpha, self.autoAlpha, self.spectrumMode, self.legend = 1.0, True, False, None
        self.axes: dict[str, Any] = {}
        self.setAxisItems(dict(axes))
        self.layout.setRowFixedHeight(0, 0)
        for place in range(4):
            self.layout.setRowStretchFactor(place, 100 if place == 2 else 1)
        for place in range(3):
            self.layout.setColumnStretchFactor(place, 100 if place == 1 else 1)
        self.items: list[Any] = []
        self.curves: list[Any] = []
        self.dataItems: list[Any] = []
        self.itemMeta: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        self.paramList: dict[str, bool] = {}
        self.avgCurves: dict[Any, Any] = {}
        self.avgPen, self.avgShadowPen = pg.mkPen((0, 200, 0)), pg.mkPen((0, 0, 0), width=4)
        self.fileDialog = None

    def updateButtons(self) -> None:
        """Show no button in the plot: a double click and the menu show everything."""

    @cached_property
    def titleLabel(self) -> pg.LabelItem:
        """The title above the plot."""
        made = pg.LabelItem("", size="11pt", parent=self)
        self.layout.addItem(made, 0, 1)
        return made

    @cached_property
    def ctrl(self) -> Any:
        """The controls of pyqtgraph for transforms, averages, opacity, grid and points."""
        form = plotConfigTemplate_generic.Ui_Form()
        form.holder = QWidget(self.getViewWidget())  # which owns the controls
        form.holder.hide()
        form.setupUi(form.holder)
        follow = {
            self.updateAlpha: (form.alphaGroup.toggled, form.alphaSlider.valueChanged, form.autoAlphaCheck.toggled),
            self.updateGrid: (form.xGridCheck.toggled, form.yGridCheck.toggled, form.gridAlphaSlider.valueChanged),
            self.updateSpectrumMode: (form.fftCheck.toggled,),
            self.updateSubtractMeanMode: (form.subtractMeanCheck.toggled,),
            self.updateLogMode: (form.logXCheck.toggled, form.logYCheck.toggled),
            self.updateDerivativeMode: (form.derivativeCheck.toggled,),
            self.updatePhasemapMode: (form.phasemapCheck.toggled,),
            self.updateDownsampling: (
                *(form.downsampleSpin.valueChanged, form.downsampleCheck.toggled, form.autoDownsampleCheck.toggled),
                *(form.subsampleRadio.toggled, form.meanRadio.toggled, form.clipToViewCheck.toggled),
            ),
            self.avgParamListClicked: (form.avgParamList.itemClicked,),
            self.avgToggled: (form.averageGroup.toggled,),
            self._handle_max_traces_toggle: (form.maxTracesCheck.toggled,),
            self.updateDecimation: (form.forgetTracesCheck.toggled, form.maxTracesSpin.valueChanged),
        }
        for slot, signals in follow.items():
            for signal in signals:
                signal.connect(slot)
        return form

    @cached_property
    def ctrlMenu(self) -> QMenu:
        """The controls as a menu."""
        view = self.getViewWidget()
        menu = QMenu("Plot Options", view)
        for name, group in self._groups.items():
            action = QWidgetAction(self)
            action.setDefaultWidget(group)
            menu.addMenu(name).addAction(action)
        return menu

    @cached_property
    def stateGroup(self) -> WidgetGroup:
        """The controls as what their state is saved from."""
        made = WidgetGroup()
        for group in self._groups.values():
            made.autoAdd(group)
        return made

    @property
    def _groups(self) -> dict[str, QWidget]:
        form = self.ctrl
        return {
            "Transforms": form.transformGroup,
            "Downsample": form.decimateGroup,
            "Average": form.averageGroup,
            "Alpha": form.alphaGroup,
            "Grid": form.gridGroup,
            "Points": form.pointsGroup,
        }
