"""The way back through a layer on a small array: the arrays, and a row for each value of each gradient."""

from __future__ import annotations

from archcalc.analysis.values.backward import LayerGradients
from archcalc.analysis.values.forward import SUM
from archcalc.report.formats import text as texts
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table
from archcalc.report.values.arrays import beside, cell, exact, nested
from archcalc.report.values.steps import computed
from archcalc.version import __version__


def text(found: LayerGradients, page: Page = ANYWHERE) -> str:
    """Forward in one row of arrays, back in the next, then every sum."""
    forward = found.forward
    there = [("input", forward.input), *([("weights", forward.weight)] if forward.weight else [])]
    back = [("gradient of output", found.upstream), *([("mask", found.mask)] if found.mask else [])]
    back += [(f"of {gradient.name}", gradient.array) for gradient in found.gradients]
    head = f"{forward.call}: input {forward.input.shape}, output {forward.output.shape}"
    arrays = [*beside([*there, ("output", forward.output)], page.breaks), "", *beside(back, page.breaks)]
    return "\n".join([head, "", *arrays, "", texts.plain(table(found), page)])


def table(found: LayerGradients) -> Table:
    """A row for each value of each gradient: the sum behind it."""
    columns = (
        Column("Gradient of", "of"), Column("Place", "place"), Column("Computed", "computed", wraps=24),
        Column("Value", "value", True),
    )  # fmt: skip
    rows = tuple(
        (gradient.name, ",".join(map(str, step.unit)), computed(step, SUM), cell(step.result))
        for gradient in found.gradients
        for step in gradient.steps
    )
    notes = ["each window passes its gradient to the first of its largest cells"] if found.mask else []
    provenance = f"archcalc {__version__} · exact numbers"
    return Table(found.forward.call, columns, rows, notes=tuple(notes), provenance=provenance)


def json(found: LayerGradients) -> str:
    """`archcalc/values-backward/1`: arrays as in `archcalc/values/1`."""
    content = {
        "kind": found.name,
        "call": found.forward.call,
        "output": nested(found.forward.output),
        "upstream": nested(found.upstream),
        "mask": found.mask and nested(found.mask),
        "gradients": [
            {
                "of": gradient.name,
                "array": nested(gradient.array),
                "computed": [computed(step, SUM) for step in gradient.steps],
                "values": [exact(step.result) for step in gradient.steps],
            }
            for gradient in found.gradients
        ],
    }
    return document("archcalc/values-backward/1", content)
