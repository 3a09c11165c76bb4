"""The linear pieces of a function: each with its slope, and how many the layers could make."""

from __future__ import annotations

from itertools import count

from archcalc.analysis.values.pieces import LinearPiece, Pieces
from archcalc.core.arrays import plainer
from archcalc.report.formats import text as texts
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.report.values.arrays import exact, number
from archcalc.version import __version__

TOLD = 40
"""Pieces of one output that a terminal shows; a file has them all."""


def text(found: Pieces, page: Page = ANYWHERE) -> str:
    """How many pieces there are, each with its slope, and the bounds layer by layer."""
    parts = [sentence(found), ""]
    if sum(map(len, found.outputs)) <= TOLD:
        parts += [texts.plain(_bare(table(found)), page)]
    return "\n".join([*parts, texts.plain(bounds(found), page)])


def sentence(found: Pieces) -> str:
    """10 linear pieces, 4 teeth; one sentence an output."""
    names = [""] if len(found.outputs) == 1 else [f"output {number}: " for number in range(1, len(found.outputs) + 1)]
    said = [f"{name}{_counted(pieces)}" for name, pieces in zip(names, found.outputs, strict=True)]
    return "\n".join(said)


def table(found: Pieces) -> Table:
    """A row a piece, from left to right."""
    columns = [
        Column("Output", "output", True), Column("Piece", "piece", True), Column("From", "from", True, missing="−∞"),
        Column("To", "to", True, missing="∞"), Column("Slope", "slope", True), Column("y =", "function"),
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for output, pieces in enumerate(found.outputs, 1):
        for place, piece in zip(count(1), pieces, strict=False):
            rows.append((output, place, piece.start, piece.stop, piece.slope, _line(piece)))
    if len(found.outputs) == 1:
        columns, rows = columns[1:], [row[1:] for row in rows]
    return Table(found.spec, tuple(columns), tuple(rows), notes=(sentence(found),), provenance=_provenance(found))


def bounds(found: Pieces) -> Table:
    """A row a layer: the most pieces that one of its neurons has, beside what they could have at most."""
    columns = (
        Column("Layer (type)", "layer"), Column("Neurons", "neurons", True), Column("Pieces", "pieces", True),
        Column("At most", "bound", True), Column("Rule", "rule", wraps=16),
    )  # fmt: skip
    rows = tuple((f"{one.name} ({one.kind})", one.neurons, one.pieces, one.bound, one.rule) for one in found.layers)
    return Table(found.spec, columns, rows, provenance=_provenance(found))


def json(found: Pieces) -> str:
    """`archcalc/pieces/1`."""
    content = {
        "spec": found.spec,
        "pieces": found.pieces,
        "layers": [
            {
                "name": one.name, "kind": one.kind, "neurons": one.neurons, "pieces": one.pieces, "bound": one.bound,
                "rule": one.rule,
            }
            for one in found.layers
        ],
        "outputs": [{"teeth": found.teeth(pieces), "pieces": [*map(_entry, pieces)]} for pieces in found.outputs],
    }  # fmt: skip
    return document("archcalc/pieces/1", content)


def _entry(piece: LinearPiece) -> dict[str, object]:
    start, stop = (None if end is None else exact(plainer(end)) for end in (piece.start, piece.stop))
    return {"from": start, "to": stop, "slope": exact(plainer(piece.slope)), "offset": exact(plainer(piece.offset))}


def _counted(pieces: tuple[LinearPiece, ...]) -> str:
    if len(pieces) == 1:
        return f"1 linear piece: y = {_line(pieces[0])} everywhere"
    teeth = Pieces.teeth(pieces)
    return f"{len(pieces):,} linear pieces, {teeth:,} {'tooth' if teeth == 1 else 'teeth'}"


def _bare(made: Table) -> Table:
    return Table(made.title, made.columns, made.rows)


def _provenance(found: Pieces) -> str:
    return f"archcalc {__version__} · {found.spec}"


def _line(piece: LinearPiece) -> str:
    """2x − 1/2, −x, 1/3·x, 0."""
    slope, offset = plainer(piece.slope), plainer(piece.offset)
    if not slope:
        return number(offset)
    factor = "" if slope == 1 else "−" if slope == -1 else number(slope)
    line = f"{factor}{'·' if '/' in factor else ''}x"
    return line if not offset else f"{line} {'+' if offset > 0 else '−'} {number(max(offset, -offset))}"
