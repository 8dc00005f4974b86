"""How every panel is read back: what its widgets draw and write at the cursor, held against the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rnnviz.engine.interventions import Clamp
from rnnviz.engine.messages import LossObjective
from rnnviz.engine.sequence import TextSource
from rnnviz.ui import pathreading, reading
from rnnviz.ui.celluse import text_of
from rnnviz.ui.clippingwords import Totals
from rnnviz.ui.controls.valuetable import brief
from rnnviz.ui.drawing.ticks import fixed, number
from rnnviz.ui.enginelink import LocalLink
from rnnviz.ui.networkdiagram.graph import Node, Place
from rnnviz.ui.session import Session
from rnnviz.ui.view import View
from tests.ui.panels.test_causes import WAYS, wanted
from tests.ui.panels.test_memory import by_hand
from tests.ui.panels.truth import Numbers, Truth

HELD = Clamp("h", 0.5, units=(1,), first=2, last=3)
"""What is held by hand for the panels that show interventions."""


@dataclass(frozen=True)
class Desk:
    """A panel over the real engine, and the truth about what it shows."""

    panel: Any
    session: Session
    link: LocalLink
    truth: Truth

    @property
    def view(self) -> View:
        return self.session.view

    def now(self, name: str) -> Numbers:
        """A signal of the picked layer and direction, [S, units]."""
        return self.truth.signal(name, self.view.layer, self.view.direction)

    def names(self, *kinds: str) -> list[str]:
        """The signals of the picked layer, of some kinds."""
        assert self.view.trace is not None
        return [field.signal for field in self.view.trace.fields(self.view.layer, self.view.direction, *kinds)]

    @property
    def output(self) -> str:
        """What the picked layer hands on."""
        cell = reading.cell_of(self.view)
        assert cell is not None
        return cell.output


Reader = Callable[[Desk], None]
READERS: dict[str, Reader] = {}
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "states": {"states.mode": ("both", "heatmap", "curves"), "states.state": ("h", "c")},
    "clipping": {"clipping.norm": ("0.05", "0.5", "1000")},
    "gates": {"gates.mode": ("heatmaps", "unit", "mean"), "gates.candidate": ("no", "yes")},
    "gradients": {"gradients.mode": ("signals", "layers"), "gradients.signal": ("h", "n", "c")},
    "backprop": {"backprop.mode": ("norm", "unit")},
    "memory": {"memory.mode": ("bands", "flows")},
    "paths": {"paths.mode": ("distance", "time")},
    "saturation": {"saturation.low": ("0.4", "0.5"), "saturation.high": ("0.5", "0.55")},
    "weights": {"weights.arrangement": ("stacked", "each")},
}
"""What is chosen by chance before a panel is looked at."""


def reads(name: str) -> Callable[[Reader], Reader]:
    """Register what reads a panel."""

    def put(reader: Reader) -> Reader:
        READERS[name] = reader
        return reader

    return put


def close(shown: Any, expected: Any, atol: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(shown, np.float64), expected, rtol=1e-7, atol=atol)


def log10(values: Any) -> Numbers:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(values), np.float64)


def image_of(plot: Any) -> Numbers:
    """The rows of the one image of a plot that is seen."""
    (image,) = [item for item in plot.plot.items if hasattr(item, "image")]
    assert plot.isVisible()
    assert image.isVisible()
    return np.asarray(image.image, np.float64)


def curve_of(plot: Any, key: Any, expected: Numbers, *, tolerance: float = 1e-9) -> None:
    """See that a curve is there to be seen, has the values, and runs where the scale has them."""
    item = plot.item(key)
    close(item.getData()[1], expected, tolerance)
    np.testing.assert_array_equal(item.getData()[0], np.arange(len(expected)))
    assert plot.isVisible()
    assert item.isVisible()
    plot.prepare()
    steps = (item.points.x - plot.data_rect.left()) / plot.axis.scale(plot.width()) + plot.axis.view[0]
    close(steps, np.arange(len(expected)), 1e-6)
    finite = np.isfinite(expected)
    drawn = [plot.value_at(y) for y in item.points.y[finite].tolist()]
    span = abs(plot._high - plot._low)
    np.testing.assert_allclose(drawn, np.asarray(expected)[finite], atol=1e-6 * span)


def labels_of(plot: Any) -> dict[str, str]:
    """What stands at the ends of the curves: names with the values at the cursor."""
    return {label.name: label.value for label in plot._labels.content}


# over time


@reads("tokens")
def _tokens(desk: Desk) -> None:
    panel, truth, step = desk.panel, desk.truth, desk.view.step
    labels, names = truth.sequence.labels, truth.sequence.target_names
    assert panel.strip.read_out == (f"t = {step + 1}", f" / {truth.steps}")
    assert panel.axis.labels == (*labels, *[""] * (truth.steps - len(labels)))
    expected = ["" if truth.targets.get(k, -1) < 0 else names[truth.targets[k]] for k in range(truth.steps)]
    assert list(panel.targets._targets) == expected
    loss = truth.loss(step)
    assert ("loss" in panel.strip._note) == (loss is not None)
    if loss is not None:
        assert panel.strip._note.endswith(f"target: {expected[step]}   loss {loss:.3g}")


@reads("inputs")
def _inputs(desk: Desk) -> None:
    expected = np.full((desk.truth.steps, desk.truth.x.shape[1]), np.nan)
    expected[: len(desk.truth.x)] = desk.truth.x
    close(image_of(desk.panel.heatmap), expected.T)


@reads("states")
def _states(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    mode, name = view.options["states.mode"], view.options["states.state"]
    name = name if name in desk.names("state") else desk.output
    if mode != "curves":
        close(image_of(panel.heatmap), desk.now(name).T)
        assert panel.heatmap._picked == view.units
    if mode == "heatmap":
        return
    assert list(panel.curves.curves) == list(view.units)
    for unit in view.units:
        curve_of(panel.curves, unit, desk.now(name)[:, unit])
        assert labels_of(panel.curves)[f"unit {unit + 1}"] == fixed(float(desk.now(name)[view.step, unit]), 2)


@reads("gates")
def _gates(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    mode, gates = view.options["gates.mode"], desk.names("gate")
    if mode == "heatmaps":
        shown = [plot for plot in panel.heatmaps if plot.isVisible()]
        assert [plot.signal for plot in shown] == gates
        for plot in shown:
            close(image_of(plot), desk.now(plot.signal).T)
        return
    drawn = desk.names("gate", "candidate") if view.options["gates.candidate"] == "yes" else gates
    assert list(panel.curves.curves) == drawn
    for name in drawn:
        values = desk.now(name).mean(1) if mode == "mean" else desk.now(name)[:, view.units[0]]
        curve_of(panel.curves, name, values)


@reads("gradients")
def _gradients(desk: Desk) -> None:
    panel, view, truth = desk.panel, desk.view, desk.truth
    if not any(step <= view.step for step in truth.losses):
        assert "no loss before step" in panel.notice.text()
        return
    objective = LossObjective("upto", view.step)
    until = truth.steps if truth.spec.bidirectional else view.step + 1
    assert f"steps 1 to {view.step + 1}" in panel.header.subtitle or "step 1" in panel.header.subtitle
    here = {place[2] for place in panel.curves.curves if place[:2] == (view.layer, view.direction)}
    if view.options["gradients.mode"] == "signals":
        assert here == set(desk.names()) - {name for name in desk.names() if name.endswith(".pre")}
        assert {place[:2] for place in panel.curves.curves} == {(view.layer, view.direction)}
    else:
        assert [place[:2] for place in panel.curves.curves] == truth.places
    for place in panel.curves.curves:
        vectors = truth.gradient(objective, place[2], place[0], place[1])[:until]
        curve_of(panel.curves, place, log10(np.linalg.norm(vectors, axis=1)), tolerance=1e-6)


@reads("outputs")
def _outputs(desk: Desk) -> None:
    plot, truth, step = desk.panel.probabilities, desk.truth, desk.view.step
    output, names = truth.signal("output"), list(truth.sequence.target_names)
    rows = [names.index(plot.row_name(row)) for row in range(plot.values.shape[1])]
    close(image_of(plot), output[:, rows].T)
    marked = {k: rows[row] for k, row in enumerate(plot.targets.tolist()) if row >= 0}
    assert marked == {k: one for k, one in truth.targets.items() if one >= 0}
    told = desk.panel.header.subtitle
    if np.isnan(output[step]).all():
        assert told == f"step {step + 1} has no output"
        assert plot.bars.bars == ()
        return
    assert told.startswith(f"likeliest: {names[int(output[step].argmax())]} {output[step].max():.2f}")
    close([bar.share for bar in plot.bars.bars], [output[step, rows[bar.row]] for bar in plot.bars.bars])
    if (loss := truth.loss(step)) is not None:
        so_far = sum(one.item() for k, one in truth.losses.items() if k <= step)
        assert f"loss of step {step + 1}: {number(loss)}   so far: {number(so_far)}" in told
        assert f"right: {names[truth.targets[step]]} {output[step, truth.targets[step]]:.2f}" in told


@reads("difference")
def _difference(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    touched = Truth(view, _hold)
    apart = touched.signal(desk.output, view.layer, view.direction) - desk.now(desk.output)
    close(image_of(panel.heatmap), apart.T)
    curve_of(panel.linear, (view.layer, desk.output), np.linalg.norm(apart, axis=1))


def _hold(key: Any, step: int, value: torch.Tensor) -> torch.Tensor:
    """Do to a run written out what `HELD` does."""
    assert HELD.units is not None
    assert HELD.last is not None
    if key != (HELD.layer, HELD.direction, HELD.signal) or not HELD.first <= step <= HELD.last:
        return value
    held = value.detach().clone()
    held[list(HELD.units)] = HELD.value
    return held


@reads("comparison")
def _comparison(desk: Desk) -> None:
    views = (desk.view, *desk.view.rivals)
    assert len(views) == len(desk.panel.columns.columns) >= 2
    for column, view in zip(desk.panel.columns.columns, views, strict=True):
        truth = Truth(view)
        assert view.step == desk.view.step
        assert column.state.cursor_step == view.step
        close(image_of(column.state), truth.signal("h", view.layer, view.direction).T)
        for plot in column.gates.heatmaps:
            if plot.isVisible():
                name = plot.key.split()[-1]
                close(image_of(plot), truth.signal(name, view.layer, view.direction).T)


# the cell and the network


@reads("inspector")
def _inspector(desk: Desk) -> None:
    view = desk.view
    for row in desk.panel.table.rows:
        assert row.cells[0] == brief(float(desk.now(row.signal)[view.step, view.units[0]]))


@reads("formulas")
def _formulas(desk: Desk) -> None:
    view = desk.view
    lines = {line.signal: line.numbers for line in desk.panel.equations._lines}
    assert f"unit {view.units[0] + 1}" in desk.panel.header.subtitle
    assert f"t = {view.step + 1}" in desk.panel.header.subtitle
    for name in desk.names():
        if name in lines:
            told = float(lines[name].rpartition(" = ")[2].replace("{-}", "-"))
            close(told, desk.now(name)[view.step, view.units[0]], 6e-4)


@reads("cell")
def _cell(desk: Desk) -> None:
    view, values = desk.view, desk.panel.canvas.flow.values
    shown = [name for name in desk.names() if name in values]
    assert set(desk.names("gate", "state", "candidate")) <= set(shown)
    for name in shown:
        close(values[name], desk.now(name)[view.step, view.units[0]])
    kept, written = desk.panel.bars.values[view.units[0]]
    close(kept + written, desk.now(desk.panel.bars.state)[view.step, view.units[0]])


@reads("celleditor")
def _celleditor(desk: Desk) -> None:
    view, spec = desk.view, desk.truth.spec
    panel = desk.panel
    assert panel.editor.text().strip() == text_of(spec.cell_of(view.layer, view.direction)).strip()
    ending = f"_l{view.layer}{'_reverse' if view.direction == 'backward' else ''}"
    count = sum(one.numel() for name, one in desk.truth.network.named_parameters() if name.endswith(ending))
    assert panel.inferred.heading.text().endswith(f": {count:,} parameters")


@reads("network")
def _network(desk: Desk) -> None:
    faces, truth = desk.panel.canvas.contents.faces, desk.truth
    output, names = truth.signal("output"), truth.sequence.target_names
    seen = 0
    for (place, step), face in faces.items():
        if place.kind == "h" and 0 <= step < truth.steps:
            close(face.values, truth.signal("h", place.layer, place.direction)[step])
            seen += 1
        elif place.kind == "y" and not np.isnan(output[step]).all():
            assert face.lines == (names[int(output[step].argmax())], f"{output[step].max():.2f}")
    assert seen
    assert desk.panel.header.subtitle.startswith(f"t = {desk.view.step + 1}")
    assert faces[Node(Place("h", desk.view.layer, desk.view.direction), desk.view.step)].known


@reads("architecture")
def _architecture(desk: Desk) -> None:
    spec, told = desk.truth.spec, desk.panel.counts.text()
    parameters = dict(desk.truth.network.named_parameters())
    assert f"<b>{sum(one.numel() for one in parameters.values()):,}</b>" in told
    for name, one in parameters.items():
        assert f"{name} {' × '.join(map(str, one.shape))}" in told
    assert desk.panel.equations.toPlainText() == text_of(spec.cell_of(0)).strip()


@reads("sequence")
def _sequence(desk: Desk) -> None:
    document = desk.view.document
    assert document is not None
    assert isinstance(document.source, TextSource)
    assert [value for value in desk.panel.kind.values() if desk.panel.kind.button(value).isChecked()] == ["text"]
    assert desk.panel.editors["text"].text.toPlainText() == document.source.text


@reads("interventions")
def _interventions(desk: Desk) -> None:
    (card,) = [card for card in desk.panel.cards if card.isVisible()]
    assert card.headline.text().startswith("h = 0.50")
    assert desk.panel.header.title == "1 of 1 in force"


@reads("weights")
def _weights(desk: Desk) -> None:
    view, panel = desk.view, desk.panel
    ending = f"_l{view.layer}{'_reverse' if view.direction == 'backward' else ''}"
    parameters = dict(desk.truth.network.named_parameters())
    gradients = desk.truth.gradients(LossObjective("whole")).parameters
    assert {f"{block.name}{ending}" for block in panel.values.blocks} == {n for n in parameters if n.endswith(ending)}
    for block in panel.values.blocks:
        place = slice(*block.rows), slice(*block.columns)
        entries = parameters[f"{block.name}{ending}"].detach().numpy()
        close(panel.values.values[place], entries.reshape(len(entries), -1))
        close(panel.gradient.values[place], gradients[f"{block.name}{ending}"].reshape(len(entries), -1))
    assert panel.values.isVisible()
    assert panel.gradient.isVisible()


# what is asked of the engine


@reads("backprop")
def _backprop(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    vectors = desk.truth.gradient(LossObjective("whole"), desk.output, view.layer, view.direction)
    if view.options["backprop.mode"] == "unit":
        curve_of(panel.values, "whole", vectors[:, view.units[0]])
        assert f"unit {view.units[0] + 1}" in panel.header.subtitle
    else:
        curve_of(panel.norms, "whole", log10(np.linalg.norm(vectors, axis=1)), tolerance=1e-6)


@reads("itemised")
def _itemised(desk: Desk) -> None:
    panel, view, truth = desk.panel, desk.view, desk.truth
    rows = [
        np.linalg.norm(truth.gradient(LossObjective("at", k), desk.output, view.layer, view.direction), axis=1)
        for k in truth.losses
    ]
    assert panel.map.isVisible()
    np.testing.assert_allclose(panel.map.logarithms.T, log10(np.stack(rows)), atol=1e-6)


@reads("connectivity")
def _connectivity(desk: Desk) -> None:
    truth, text = desk.truth, desk.panel.text
    focus = text.focus
    right = truth.targets.get(focus, -1)
    logits = truth.run.own("logits")[focus]
    one = logits[right] if right >= 0 else logits[int(logits.argmax())]
    parts = torch.autograd.grad(one, truth.run.own("x"), retain_graph=True, allow_unused=True, materialize_grads=True)
    norms = np.array([part.norm().item() for part in parts])
    asked = text.strengths.asked
    close(text.strengths.shares[asked], norms[asked] / norms[asked].max(), 1e-6)
    outputs = truth.schedule.output_steps
    assert focus == outputs[np.abs(outputs - desk.view.step).argmin()]


@reads("memory")
def _memory(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    state, keeps = ("c", "f") if "c" in desk.names("state") else ("h", "z")
    values, kept = (desk.now(name)[:, view.units[0]] for name in (state, keeps))
    backward = view.direction == "backward"
    before = np.concatenate([values[1:], [0.0]] if backward else [[0.0], values[:-1]])
    close(panel.stack.line, values)
    if view.options["memory.mode"] == "flows":
        close(panel.stack.values, np.stack([kept * before, values - kept * before], 1))
    else:
        close(panel.stack.values, by_hand(kept, values - kept * before, 0.0, backward))
    assert panel.stack.isVisible()


@reads("paths")
def _paths(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    (answer,) = [view.analyses[one] for one in panel.wants(view)]
    request: Any = answer.request
    paths = pathreading.paths_of(view, answer)
    assert paths is not None
    assert (paths.anchor, request.layer, request.direction) == (view.step, view.layer, view.direction)
    if view.options["paths.mode"] == "distance":
        drawn = {item.name(): item.getData() for item in panel.plots["paths"].curves if item.name()}
        names = pathreading.shown_names(paths)
        assert set(drawn) >= {pathreading.label_of(name, answer) for name in names}
        for name in names:
            x, y = drawn[pathreading.label_of(name, answer)]
            close(x, np.arange(len(paths.steps)))
            close(y, paths.curves[name])
    else:
        for name in pathreading.shown_names(paths):
            curve = np.asarray(panel.curves.item(name).getData()[1])
            close(curve, pathreading.over_time(paths, name, desk.truth.steps))


@reads("laboratory")
def _laboratory(desk: Desk) -> None:
    view = desk.view
    ending = f"_l{view.layer}{'_reverse' if view.direction == 'backward' else ''}"
    parameters = dict(desk.truth.network.named_parameters())
    assert desk.panel.plane.groups
    for group in desk.panel.plane.groups:
        matrix = parameters[f"{group.name}{ending}"].detach().numpy()
        close(np.sort(np.abs(group.values)), np.sort(np.abs(np.linalg.eigvals(matrix))), 1e-6)


@reads("clipping")
def _clipping(desk: Desk) -> None:
    panel = desk.panel
    gradients = desk.truth.gradients(LossObjective("whole")).parameters
    norm = float(np.sqrt(sum((one**2).sum() for one in gradients.values())))
    threshold = float(desk.view.options["clipping.norm"])
    totals = Totals.of(panel._shown, "norm", threshold)
    close(totals.before, norm)
    close(totals.after, min(norm, threshold))
    assert number(norm) in panel.numbers.text()
    close(panel.plot.level_lines[0].value(), np.log10(norm), 1e-6)


@reads("saturation")
def _saturation(desk: Desk) -> None:
    low, high = (float(desk.view.options[f"saturation.{end}"]) for end in ("low", "high"))
    assert [square.name for square in desk.panel.shares.squares] == desk.names("gate")
    for index, square in enumerate(desk.panel.shares.squares):
        gate = desk.now(square.name)
        (dots,) = desk.panel.plots[square.name].items
        close(dots.getData(), ((gate > high).mean(0), (gate < low).mean(0)))
        assert desk.panel.shares.plots[index].isVisible()


@reads("statespace")
def _statespace(desk: Desk) -> None:
    panel, states = desk.panel, desk.now(desk.output)
    rest = states - states.mean(0)
    _, _, axes = np.linalg.svd(rest, full_matrices=False)
    theirs = rest @ axes[: panel.space.way.points.shape[1]].T
    order = np.argsort(panel.space.way.steps)
    close(np.abs(panel.space.way.points[order]), np.abs(theirs), 1e-6)
    close(np.abs(panel.space.cursor_place[:2]), np.abs(theirs[desk.view.step, :2]), 1e-6)
    assert panel.space.cursor_name.startswith(f"t = {desk.view.step + 1}")


@reads("causes")
def _causes(desk: Desk) -> None:
    panel, view = desk.panel, desk.view
    request = panel.wants(view)[0]
    found = wanted(view, request.step)
    for way, name in WAYS.items():
        steps, heights = panel.bars[way].bars_item.getData()
        close(steps, np.arange(len(heights)))
        close(heights, getattr(found, name), 1e-9)
    assert f"at t = {request.step + 1}" in panel.header.title
