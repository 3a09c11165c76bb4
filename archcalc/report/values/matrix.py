"""A layer beside its full twin, and its matrix."""

from __future__ import annotations

from itertools import product

from archcalc.analysis.values.matrix import Connection, Matrix
from archcalc.core import Shape
from archcalc.report.formats import text as texts
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table
from archcalc.report.values.arrays import exact, number
from archcalc.version import __version__


def text(found: Matrix, page: Page = ANYWHERE) -> str:
    """The sentence, the two layers beside each other, and the matrix where it is small."""
    parts = [f"{found.layer}: {found.itself.call}", f"input {found.input}, output {found.output}", ""]
    parts += [sentence(found), "", *_drawn(found), texts.plain(twins(found), page)]
    return "\n".join(parts)


def sentence(found: Matrix) -> str:
    """As a full connection 9·4 = 36 weights, 16 not zero, 4 different, each used 4 times."""
    whole = f"as a full connection {found.formula} = {found.twin.weights:,} weights"
    if found.different == found.twin.weights:
        return f"{whole}, each of its own: it is one"
    least, most = found.uses
    times = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    word = "time" if (least, most) == (1, 1) else "times"
    return f"{whole}, {found.not_zero:,} not zero, {found.different:,} different, each used {times} {word}"


def twins(found: Matrix) -> Table:
    """A row for the layer, a row for its twin."""
    columns = (
        Column("Layer", "layer"), Column("Weights", "weights", True), Column("Biases", "biases", True),
        Column("Params", "params", True), Column("MACs", "macs", True),
    )  # fmt: skip
    rows = tuple(
        (item.call, item.weights, item.biases, item.params, item.macs)
        for item in dict.fromkeys([found.itself, found.twin])
    )
    return Table(found.layer, columns, rows, notes=_notes(found), provenance=_provenance(found))


def table(found: Matrix) -> Table:
    """The matrix; where it is too large, the layer and its twin."""
    if not found.rows:
        return twins(found)
    columns = (Column("Output", "output"), *(Column(f"x[{place}]", place) for place in _places(found.input)))
    rows = tuple(
        (place, *(cell if isinstance(cell, int) else str(cell) for cell in row))
        for place, row in zip(_places(found.output), found.rows, strict=True)
    )
    return Table(found.layer, columns, rows, notes=(sentence(found), *_notes(found)), provenance=_provenance(found))


def json(found: Matrix) -> str:
    """`archcalc/matrix/1`."""
    content = {
        "spec": found.spec,
        "layer": found.layer,
        "input": found.input,
        "output": found.output,
        "formula": found.formula,
        "full": found.twin.weights,
        "not_zero": found.not_zero,
        "different": found.different,
        "uses": list(found.uses),
        "places": found.places,
        "layers": [_entry(found.itself), _entry(found.twin)],
        "matrix": [[cell if isinstance(cell, str) else exact(cell) for cell in row] for row in found.rows],
    }
    return document("archcalc/matrix/1", content)


def _notes(found: Matrix) -> tuple[str, ...]:
    return (f"N = {found.places:,}: so many places share a kernel",) if found.places > 1 else ()


def _drawn(found: Matrix) -> list[str]:
    cells = [[cell if isinstance(cell, str) else number(cell) for cell in row] for row in found.rows]
    if not cells:
        return []
    places = [*_places(found.output)]
    left = max(map(len, places))
    width = max(len(cell) for row in cells for cell in row)
    lines = [
        f"{place.ljust(left)}  {' '.join(cell.rjust(width) for cell in row)}"
        for place, row in zip(places, cells, strict=True)
    ]
    return ["a row an output value, a column an input value:", *lines, ""]


def _places(shape: Shape) -> list[str]:
    """0,1: without the channel where there is one."""
    places = product(*map(range, shape))
    return [",".join(map(str, place if shape[0] > 1 or len(shape) == 1 else place[1:])) for place in places]


def _entry(item: Connection) -> dict[str, object]:
    return {
        "call": item.call, "weights": item.weights, "biases": item.biases, "params": item.params, "macs": item.macs,
    }  # fmt: skip


def _provenance(found: Matrix) -> str:
    return f"archcalc {__version__} · {found.spec}"
