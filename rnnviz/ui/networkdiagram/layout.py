"""Where nodes and links of the network stand, in pixels, folded and unfolded: geometry without painting."""

from __future__ import annotations

import math

from rnnviz.ui.networkdiagram.geometry import Frame, Gap, Picture, Spot, Trail
from rnnviz.ui.networkdiagram.graph import Link, Node, Place, Rule, Unfolded, Weight, shown_steps
from rnnviz.ui.networkdiagram.loops import NAME, REACH, fed_back, loop, round_about
from rnnviz.ui.networkdiagram.rows import LEGIBLE, Columns, Rows, fitted

_BESIDE, _APART = 2.75, 0.25
"""Width of a name beside a link, and how far it stands from the middle of that, in units."""
_LARGEST = 8.0
"""The unit at most, as a multiple of the size of small type."""
_ENDS = 1.2
"""What is left free at the left and right end, in units."""
_STUB = 0.6
"""How far a way leads to where layers are left out, in units."""
_FEW = 6
"""Columns of steps below which the states before the first step are left out."""


def unfold(network: Unfolded, width: float, height: float, type_size: float, focus: int, layer: int = 0) -> Picture:
    """Lay the network out over time, with as many steps as are legible.

    Parameters
    ----------
    network : Unfolded
    width, height : float
        Of the room, in pixels.
    type_size : float
        Of small type, in pixels.
    focus : int
        The step about which steps are shown where not all can be.
    layer : int
        The layer that is shown where not all can be.
    """
    rows, unit = fitted(network, height, type_size, _LARGEST, layer)
    pitch = Columns(network).pitch
    starts = Columns.start * len(set(network.starts.values()))
    whole = (network.steps + starts) * pitch + _ENDS
    if whole * min(unit, LEGIBLE * type_size) <= width or network.steps <= 3:
        unit = min(unit, width / whole)
        steps = tuple(range(network.steps))
        spread = (width / unit - _ENDS) / (whole - _ENDS)
    else:
        # Where the cursor is near an end there is one column of dots, and not two.
        saved = 1 - Columns.dots
        unit = min(unit, type_size, width / ((5 - saved) * pitch + _ENDS))
        room = (width / unit - _ENDS + 1e-9) / pitch + saved
        starts = starts if room - starts >= _FEW else 0.0
        count = max(5, int(room - starts))
        steps = shown_steps(network.steps, focus, count)
        spread = (width / unit - _ENDS) / pitch / (count - saved + starts)
    rows = rows.filling(height / unit)
    layout = _Layout(network, rows, Columns(network, spread), unit, width, height)
    return layout.unfolded(steps, starts=starts > 0)


def fold(network: Unfolded, width: float, height: float, type_size: float, step: int, layer: int = 0) -> Picture:
    """Lay the network out folded, its recurrences as loops; its nodes are those of one step."""
    rows, unit = fitted(network, height, type_size, _LARGEST, layer)
    columns = Columns(network)
    unit = min(unit, width / (2 * (REACH + NAME + 2.0) + columns.state + 2 * columns.stagger + 1))
    rows = rows.filling(height / unit)
    return _Layout(network, rows, columns, unit, width, height).folded(step)


def _first_of_each_weight(network: Unfolded) -> set[Rule]:
    """The links within a step that bear the names of their weights: of several with the same ones the first."""
    found: dict[tuple[Place, Weight], Rule] = {}
    for rule in network.rules:
        if rule.weight is not None and rule.shift == 0:
            found.setdefault((rule.target, rule.weight), rule)
    return set(found.values())


class _Layout:
    """Places nodes in columns and leads links between them."""

    def __init__(
        self, network: Unfolded, rows: Rows, columns: Columns, unit: float, width: float, height: float
    ) -> None:
        self.network, self.rows, self.columns, self.unit = network, rows, columns, unit
        self.width = width
        self.top = (height - rows.total * unit) / 2
        self.compact = rows.compact
        self._gaps: dict[Rule, tuple[float, float]] = {}
        self._named = _first_of_each_weight(network)

    def unfolded(self, steps: tuple[int, ...], *, starts: bool) -> Picture:
        slots: list[int | None] = []
        for step in steps:
            if slots and step != (slots[-1] or 0) + 1:
                slots.append(None)
            slots.append(step)
        if starts:
            slots = [-1, *slots] if -1 in self.network.starts.values() else slots
            slots = [*slots, self.network.steps] if self.network.steps in self.network.starts.values() else slots
        widths = [self._width(slot) for slot in slots]
        left = float(round((self.width - sum(widths)) / 2))
        bottom = self.top + self.rows.total * self.unit
        columns: dict[int, Frame] = {}
        dots = []
        for slot, width in zip(slots, widths, strict=True):
            frame = Frame(left, self.top, left + width, bottom)
            left += width
            if slot is None:
                dots.append(frame)
            else:
                columns[slot] = frame
        nodes = {node: self._frame(node, frame.middle.x) for step, frame in columns.items() for node in self._of(step)}
        trails = tuple(self._trails(columns, nodes))
        gaps = self._gaps_at([frame.middle.x for step, frame in columns.items() if 0 <= step < self.network.steps])
        return Picture(self.unit, self.compact, nodes, trails, tuple(dots), columns, gaps)

    def _gaps_at(self, middles: list[float]) -> tuple[Gap, ...]:
        """Where layers are left out, with room beside the first column to say which."""
        u, found = self.unit, []
        beside = middles[0] - (self.columns.state / 2 + Columns.stagger if self.columns.staggered else 1.0) * u
        for high, low, first, last in self.rows.gaps:
            middle = self.top + (high + low) / 2 * u
            frame = Frame(max(0.0, beside - 6 * u), middle - 0.6 * u, max(0.0, beside), middle + 0.6 * u)
            found.append(Gap(tuple(Spot(x, middle) for x in middles), frame, first, last))
        return tuple(found)

    def _width(self, slot: int | None) -> float:
        """The width of the column of a step, or of the dots, in whole pixels: images of columns are moved."""
        pitch = self.columns.pitch * self.unit
        if slot is None:
            return math.floor(pitch * Columns.dots)
        return math.floor(pitch if 0 <= slot < self.network.steps else pitch * Columns.start)

    def folded(self, step: int) -> Picture:
        centre = self.width / 2
        nodes = {Node(place, step): self._frame(Node(place, step), centre) for place in self.rows.places}
        trails = []
        for rule in self.network.rules:
            source, target = Node(rule.source, step), Node(rule.target, step)
            if target not in nodes or source not in nodes:
                continue
            link = Link(source, target, rule)
            if rule.shift == 0:
                trails.append(self._upward(link, nodes))
            elif rule.source == rule.target:
                trails.append(loop(link, nodes[target], self.unit, compact=self.compact))
            else:
                trails.append(
                    round_about(link, nodes[source], nodes[target], self.unit, rule.target.layer, compact=self.compact)
                )
        trails += self._into_gaps(nodes)
        return Picture(self.unit, self.compact, nodes, tuple(trails), gaps=self._gaps_at([centre]))

    def _of(self, step: int) -> list[Node]:
        return [node for node in self.network.nodes(step) if node.place in self.rows.tops]

    def _frame(self, node: Node, centre: float) -> Frame:
        u, place = self.unit, node.place
        half = (self.columns.state if place.kind == "h" else self.columns.word) / 2 * u
        if self.network.is_start(node):
            half *= 0.8
        shift = self._side(place) * Columns.stagger * u
        top = self.top + self.rows.tops[place] * u
        return Frame(centre + shift - half, top, centre + shift + half, top + self.rows.heights[place] * u)

    def _side(self, place: Place) -> int:
        """-1 for what stands to the left, +1 to the right, 0 in the middle."""
        if place.kind != "h" or not self.columns.staggered:
            return 0
        return -1 if place.direction == "forward" else 1

    def _trails(self, columns: dict[int, Frame], nodes: dict[Node, Frame]) -> list[Trail]:
        trails = []
        for step in columns:
            for link in self.network.links(step):
                starts = self.network.is_start(link.source) and link.source not in nodes
                if link.target not in nodes or starts or link.source.place not in self.rows.tops:
                    continue
                if link.rule.shift == 0:
                    trails.append(self._upward(link, nodes))
                elif link.source in nodes:
                    trails.append(self._across(link, nodes))
                else:
                    trails.append(self._from_dots(link, nodes))
            trails += self._into_dots(step, nodes)
        return trails + self._into_gaps(nodes)

    def _into_gaps(self, nodes: dict[Node, Frame]) -> list[Trail]:
        """The ways up from nodes into layers that are left out, and out of these."""
        found = []
        for rule in (rule for rule in self.network.rules if rule.shift == 0):
            leaves, ends = rule.source in self.rows.tops, rule.target in self.rows.tops
            if leaves == ends or (rule.target if leaves else rule.source).kind != "h":
                continue
            for node, frame in nodes.items():
                if node.place == (rule.source if leaves else rule.target) and not self.network.is_start(node):
                    found.append(self._stub(rule, node, frame, leaves=leaves))
        return found

    def _stub(self, rule: Rule, node: Node, frame: Frame, *, leaves: bool) -> Trail:
        """A way that ends, or begins, where layers are left out: in the lane of its own layer."""
        u, side, other = self.unit, self._side(node.place), self._side(rule.target if leaves else rule.source)
        lane = (self.columns.state / 2 - 0.1) * u
        x = frame.middle.x - side * Columns.stagger * u + (side * lane if side else other * lane * 0.85)
        source, target = Node(rule.source, node.step), Node(rule.target, node.step)
        low, high = (self.rows.over if leaves else self.rows.under)[node.place]
        start, end = Spot(x, frame.top), Spot(x, self.top + (high - _STUB) * u)
        if not leaves:
            start, end = Spot(x, self.top + (low + _STUB) * u), Spot(x, frame.bottom)
        return Trail(rule, source, target, start, ((end,),), None, True)

    def _into_dots(self, step: int, nodes: dict[Node, Frame]) -> list[Trail]:
        """The ways on from a step to steps that are left out."""
        found = []
        for rule in self.network.rules:
            later = step - rule.shift
            source, target = Node(rule.source, step), Node(rule.target, later)
            shown = rule.target in self.rows.tops
            if shown and rule.shift and source in nodes and target not in nodes and self.network.has(*target):
                box, way = nodes[source], -1 if rule.shift > 0 else 1
                start = Spot(box.right if way > 0 else box.left, box.middle.y)
                end = Spot(start.x + way * 1.5 * self.unit, start.y)
                found.append(Trail(rule, source, target, start, ((end,),), None, True))
        return found

    # links

    def _upward(self, link: Link, nodes: dict[Node, Frame]) -> Trail:
        """From a row to one above: upright in the lanes beside nodes, aslant between the layers only."""
        u, below, above = self.unit, nodes[link.source], nodes[link.target]
        lane = (self.columns.state / 2 - 0.1) * u
        column = below.middle.x - self._side(link.source.place) * Columns.stagger * u
        out, into = self._side(link.source.place), self._side(link.target.place)
        from_x = column + (out * lane if out else into * lane * 0.85)
        to_x = column + (into * lane if into else out * lane * 0.85)
        low, high = self._between(link.rule)
        start, end = Spot(from_x, below.top), Spot(to_x, above.bottom)
        pieces: list[tuple[Spot, ...]] = [(end,)]
        if from_x != to_x:
            bend = (low - high) * 0.5
            pieces = [(Spot(from_x, low - bend), Spot(to_x, high + bend), Spot(to_x, high))]
            pieces = ([(Spot(from_x, low),)] if low < start.y else []) + pieces + ([(end,)] if high > end.y else [])
        name = self._name_beside(link, (from_x, to_x), (low + high) / 2)
        return Trail(link.rule, link.source, link.target, start, tuple(pieces), name)

    def _between(self, rule: Rule) -> tuple[float, float]:
        """The height of the gap that a link crosses, its lower and upper edge."""
        if rule not in self._gaps:
            rows, u, (below, above) = self.rows, self.unit, (rule.source, rule.target)
            same = [p for p in rows.places if p.kind == below.kind and p.layer == below.layer]
            over = [p for p in rows.places if p.kind == above.kind and p.layer == above.layer]
            low = min(rows.tops[p] for p in same)
            high = max(rows.tops[p] + rows.heights[p] for p in over)
            self._gaps[rule] = self.top + low * u, self.top + high * u
        return self._gaps[rule]

    def _name_beside(self, link: Link, ends: tuple[float, float], middle: float) -> Frame | None:
        """Beside the link, outwards; of several links with the same weights the first is named."""
        if self.compact or link.rule not in self._named:
            return None
        u = self.unit
        if self._side(link.target.place) < 0 or (link.rule.role == "readout" and self._side(link.source.place) < 0):
            right = min(ends) - _APART * u
            return Frame(right - _BESIDE * u, middle - 0.7 * u, right, middle + 0.7 * u)
        left = max(ends) + _APART * u
        return Frame(left, middle - 0.7 * u, left + _BESIDE * u, middle + 0.7 * u)

    def _across(self, link: Link, nodes: dict[Node, Frame]) -> Trail:
        source, target = nodes[link.source], nodes[link.target]
        if link.rule.role == "feedback":
            return fed_back(link, source, target, self.unit, compact=self.compact)
        forward = link.rule.shift < 0
        start = Spot(source.right if forward else source.left, source.middle.y)
        end = Spot(target.left if forward else target.right, target.middle.y)
        return Trail(link.rule, link.source, link.target, start, ((end,),), self._name_above(link, start, end))

    def _name_above(self, link: Link, start: Spot, end: Spot) -> Frame | None:
        if self.compact or link.rule.weight is None:
            return None
        u = self.unit
        left, right = sorted((start.x, end.x))
        if self.columns.staggered:
            # The lane of what passes this node stands in the gap, on the side of the other direction.
            room = (2 * Columns.stagger + 0.1) * u
            left, right = (left + room, right) if link.rule.shift < 0 else (left, right - room)
        if self.columns.fed_back:
            right -= (Columns.feedback + 0.2) * u
        return Frame(left + 0.1 * u, start.y - 1.9 * u, right - 0.1 * u, start.y - 0.45 * u)

    def _from_dots(self, link: Link, nodes: dict[Node, Frame]) -> Trail:
        u, target = self.unit, nodes[link.target]
        forward = link.rule.shift < 0
        height = target.middle.y
        if link.rule.role == "feedback":
            height = target.top + 0.22 * (target.bottom - target.top)
        end = Spot(target.left if forward else target.right, height)
        start = Spot(end.x + (-1.5 if forward else 1.5) * u, height)
        return Trail(link.rule, link.source, link.target, start, ((end,),), None, True)
