"""What the weights panel reads from an answer: blocks, scales, counts and texts, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.answer import Fact
from rnnviz.ui import reading
from rnnviz.ui.controls.blocktable import BlockRow
from rnnviz.ui.controls.valuetable import brief
from rnnviz.ui.plots.xy.matrix_blocks import MatrixBlock
from rnnviz.ui.theme import SignalStyle, Theme, signal_style
from rnnviz.ui.view import AnalysisView, View

HEADINGS = ("norm", "gradient", "σ max", "|λ| max")
LEGEND = (
    "norm, gradient: Frobenius norms of W and ∂L/∂W; σ max: largest singular value; "
    "|λ| max: spectral radius, of square matrices."
)
_FAR_LARGER = 3.0
_OPERAND = re.compile(r"(?:∘ )?(\w+)\[t(?:-1)?\]")


@dataclass(frozen=True, eq=False)
class Sheet:
    """Matrices as they are drawn: [R, C] with its blocks; ``gradient`` None where there is none.

    ``rows`` names every row, and ``why`` says why there is no gradient.
    """

    values: NDArray[np.float64]
    gradient: NDArray[np.float64] | None
    blocks: tuple[MatrixBlock, ...]
    fold: int
    why: str


def sheet_of(answer: AnalysisView, theme: Theme, apart: bool) -> Sheet:
    """Return the stack (W | R)(x; h) or, apart, all matrices and vectors of a cell."""
    facts, arrays = answer.facts, answer.arrays
    rows, columns = (int(real(facts[name])) for name in ("rows", "columns"))
    blocks: dict[tuple[int, ...], MatrixBlock] = {}
    for block in blocks_of(answer, theme):
        place = (*block.rows, *block.columns)
        if apart or (block.rows[1] <= rows and block.columns[1] <= columns):
            first = blocks.get(place)
            blocks[place] = block if first is None else replace(first, name=f"{first.name} + {block.name}")
    part = slice(None if apart else rows), slice(None if apart else columns)
    gradient = np.asarray(arrays["gradient"], np.float64)[part] if "gradient" in arrays else None
    values = np.asarray(arrays["values"], np.float64)[part]
    return Sheet(values, gradient, tuple(blocks.values()), int(real(facts["fold"])), str(facts["gradient"]))


def blocks_of(answer: AnalysisView, theme: Theme) -> list[MatrixBlock]:
    """Return every matrix and vector of a cell, in the order in which it is told."""
    names, signals, operands = (texts(answer.facts[key]) for key in ("names", "signals", "operands"))
    found = []
    for name, signal, operand, place in zip(
        names, signals, operands, np.asarray(answer.arrays["places"]).tolist(), strict=True
    ):
        named = _OPERAND.fullmatch(operand)
        style = signal_style(named.group(1), theme) if named else None
        top, bottom, left, right = place
        found.append(
            MatrixBlock(
                name, signal, _typeset(operand), (top, bottom), (left, right), signal_style(signal, theme), style
            )
        )
    return found


def tops_of(values: NDArray[np.float64], blocks: Sequence[MatrixBlock], apart: bool) -> dict[str, float]:
    """Return the end of the colour scale per block: its own where blocks stand apart, else one for all.

    A bias that is far larger than all matrices, such as a forget gate's of 1, would leave them without colour: then
    there is one scale for the matrices and another for the biases.
    """
    tops = {}
    for block in blocks:
        own = values[slice(*block.rows), slice(*block.columns)]
        finite = np.abs(own[np.isfinite(own)])
        tops[block.name] = float(finite.max()) if finite.size else 0.0
    if apart:
        return {name: reading.rounded_up(top) for name, top in tops.items()}
    wide = {block.name: block.columns[1] - block.columns[0] > 1 for block in blocks}
    whole = max((top for name, top in tops.items() if wide[name]), default=0.0)
    narrow = max((top for name, top in tops.items() if not wide[name]), default=0.0)
    if not whole or narrow < _FAR_LARGER * whole:
        whole = narrow = max(whole, narrow)
    return {name: reading.rounded_up(whole if wide[name] else narrow) for name in tops}


def not_finite(values: NDArray[np.float64], blocks: Sequence[MatrixBlock], theme: Theme) -> str:
    """Say in words how many entries of the blocks are not finite, and how they are drawn; nothing where all are."""
    counts = [0, 0, 0]
    for block in blocks:
        own = values[slice(*block.rows), slice(*block.columns)]
        for place, strange in enumerate((np.isnan(own), np.isposinf(own), np.isneginf(own))):
            counts[place] += int(strange.sum())
    names = ("NaN (white)" if theme.dark else "NaN (black)", "∞ (pink)", "−∞ (violet)")
    return ", ".join(f"{count:,} {name}" for count, name in zip(counts, names, strict=True) if count)


@dataclass(frozen=True, eq=False)
class Spectra:
    """The spectra that are known, by the names of the matrices; ``coming`` while they are being computed."""

    singular: Mapping[str, NDArray[np.float64]]
    eigenvalues: Mapping[str, NDArray[np.complex128]]
    coming: bool

    @classmethod
    def of(cls, answer: AnalysisView | None) -> Spectra:
        """Read an answer; None: none yet."""
        arrays = {} if answer is None else answer.arrays
        singular = {
            name.removeprefix("singular "): np.asarray(array, np.float64)
            for name, array in arrays.items()
            if name.startswith("singular ")
        }
        eigenvalues = {name: np.asarray(arrays[f"eigenvalues {name}"], np.complex128) for name in singular}
        return cls(singular, eigenvalues, answer is None)

    def cells(self, name: str, matrix: bool) -> tuple[str, str]:
        """Return largest singular value and spectral radius as they stand in the table."""
        if self.coming and matrix:
            return "...", "..."
        singular, eigenvalues = self.singular.get(name), self.eigenvalues.get(name)
        largest = brief(float(singular[0])) if singular is not None and len(singular) else "–"
        radius = brief(abs(complex(eigenvalues[0]))) if eigenvalues is not None and len(eigenvalues) else "–"
        return largest, radius


def rows_of(answer: AnalysisView, spectra: Spectra, theme: Theme) -> list[BlockRow]:
    """Return the rows of the table."""
    keys = ("norms", "gradient_norms") if "gradient" in answer.arrays else ("norms",)
    columns = [np.asarray(answer.arrays[key], np.float64) for key in keys]
    found: dict[str, BlockRow] = {}
    blocks = blocks_of(answer, theme)
    for index, (block, note) in enumerate(zip(blocks, texts(answer.facts["notes"]), strict=True)):
        cells = [brief(float(column[index])) for column in columns] + ["–"] * (2 - len(columns))
        cells += spectra.cells(block.name, matrix=is_matrix(answer, block.name))
        found.setdefault(block.name, BlockRow(block.name, block.row_style, tuple(cells), note))
    return list(found.values())


def is_matrix(answer: AnalysisView, name: str) -> bool:
    """Whether a block is what stands before a product, and no vector."""
    names, operands = (texts(answer.facts[key]) for key in ("names", "operands"))
    operand = operands[names.index(name)] if name in names else "bias"
    return operand not in ("bias", "elementwise") and not operand.startswith("∘")


def row_names(sheet: Sheet) -> NDArray[np.str_]:
    """Return what every row is, [R]: signal and unit, counted from 1."""
    names = [""] * len(sheet.values)
    for block in sheet.blocks:
        for row in range(*block.rows):
            names[row] = f"{block.row} {unit_of(sheet, block, row) + 1}"
    return np.array(names, np.str_)


def unit_of(sheet: Sheet, block: MatrixBlock, row: int) -> int:
    """Return the (first) unit that a row stands for."""
    return (row - block.rows[0]) * sheet.fold


def input_names(view: View) -> tuple[str, ...]:
    """Return what the inputs of the picked layer are called, such as tokens; nothing where they are units."""
    spec = view.document.spec if view.document is not None else None
    if view.trace is None or spec is None or view.layer > 0 or spec.embedding_size is not None:
        return ()
    return view.trace.sequence.input_names


def entry_text(sheet: Sheet, block: MatrixBlock, row: int, column: int, inputs: Sequence[str] = ()) -> str:
    """Return what an entry is called: "U_f, unit 3, hₜ₋₁ 5", or "W_f, unit 3, xₜ 5 (gate)" with names of inputs."""
    unit, fold = unit_of(sheet, block, row) + 1, sheet.fold
    rows = f"unit {unit}" if fold == 1 else f"units from {unit}, farthest from 0 of {fold} × {fold}"
    width = block.columns[1] - block.columns[0]
    place = (column - block.columns[0]) * fold
    operand = f"{block.column} {place + 1}" if width > 1 else block.column
    if block.column == "xₜ" and fold == 1 and place < len(inputs):
        operand += f" ({inputs[place]})"
    return f"{block.name}, {rows}, {operand}"


def style_of(answer: AnalysisView, name: str, theme: Theme) -> SignalStyle:
    """Return the style of the signal that a matrix belongs to."""
    return next(
        (block.row_style for block in blocks_of(answer, theme) if block.name == name), signal_style(name, theme)
    )


def chosen_block(answer: AnalysisView, wanted: str) -> str:
    """Return the matrix whose spectrum is drawn: the one wanted, else the first that is not on x, else the first."""
    names = texts(answer.facts["names"])
    if wanted in names:
        return wanted
    matrices = [name for name in names if is_matrix(answer, name)]
    operands = dict(zip(names, texts(answer.facts["operands"]), strict=True))
    return next(iter([*(name for name in matrices if operands[name] != "x[t]"), *matrices, *names]), "")


def real(fact: Fact) -> float:
    """Return a fact that is a number."""
    return float(fact) if isinstance(fact, int | float) else float("nan")


def texts(fact: Fact) -> tuple[str, ...]:
    """Return a fact that is a tuple of texts."""
    return fact if isinstance(fact, tuple) else ()


def _typeset(operand: str) -> str:
    return operand.replace("[t-1]", "ₜ₋₁").replace("[t]", "ₜ")
