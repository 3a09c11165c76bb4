"""The steps of a layer on a small array: the arrays as they are drawn on a board, and a row for each output value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from archcalc.analysis.values.forward import LARGEST, MEAN, LayerValues, Tap, WorkedCell
from archcalc.report.formats import text as texts
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table
from archcalc.report.values.arrays import beside, bracketed, cell, exact, nested, number
from archcalc.version import __version__


def text(found: LayerValues, page: Page = ANYWHERE) -> str:
    """The input, the kernel and the output beside each other where they fit, then every step."""
    blocks = [("input", found.input)]
    if found.weight is not None:
        blocks.append(("weights, turned" if found.given is not None else "weights", found.weight))
    blocks.append(("output", found.output))
    head = f"{found.call}: input {found.input.shape}, output {found.output.shape}"
    return "\n".join([head, "", *beside(blocks, page.breaks), "", texts.plain(table(found), page)])


def table(found: LayerValues) -> Table:
    """A row for each output value: the window, the products and their sum."""
    columns = (
        Column("Output", "unit"), Column("Window", "window"), Column("Computed", "computed", wraps=24),
        Column("Value", "value", True),
    )  # fmt: skip
    rows = tuple(
        (placed(step.unit, found.output.shape[0]), _window(step, found), computed(step, found.rule), cell(step.result))
        for step in found.steps
    )
    notes = [] if found.given is None else ["the kernel was turned around first, by 180 degrees"]
    if found.rule not in (LARGEST, MEAN) and found.given is None and found.taps:
        notes.append(
            "the kernel is used as it stands, as in every framework; --flip turns it around, as in mathematics"
        )
    return Table(found.call, columns, rows, notes=tuple(notes), provenance=f"archcalc {__version__} · exact numbers")


def computed(step: WorkedCell, rule: str) -> str:
    """1·1 + 2·0 + 3·0 + 4·(−1); max(1, 2, 3, 4); (1 + 2 + 3 + 4)/4."""
    if rule == LARGEST:
        return f"max({', '.join(number(term.value) for term in step.terms if term.source is not None)})"
    if rule == MEAN:
        return f"({' + '.join(bracketed(term.value) for term in step.terms)})/{step.divisor}"
    products = [_product(term) for term in step.terms]
    return " + ".join([*products, *([bracketed(step.bias)] if step.bias else [])]) or "0"


def placed(unit: tuple[int, ...], channels: int) -> str:
    """0,1: from 0 as in rf; the channel first where there are several."""
    return ",".join(map(str, unit if channels > 1 or len(unit) == 1 else unit[1:]))


def _window(step: WorkedCell, found: LayerValues) -> str:
    """1 2; 3 4: what the taps read, row by row; channels between |."""
    if not found.taps:
        return " ".join(number(term.value) for term in step.terms)
    size = prod(found.taps)
    parts = [step.terms[first : first + size] for first in range(0, len(step.terms), size)]
    return " | ".join("; ".join(_rows(part, found)) for part in parts)


def _rows(terms: Sequence[Tap], found: LayerValues) -> Iterator[str]:
    width, skipped = found.taps[-1], found.rule == LARGEST
    for first in range(0, len(terms), width):
        yield " ".join(
            "·" if skipped and term.source is None else number(term.value) for term in terms[first : first + width]
        )


def _product(term: Tap) -> str:
    if term.weight is None:
        return bracketed(term.value)
    return f"{bracketed(term.value)}·{bracketed(term.weight)}"


def json(found: LayerValues) -> str:
    """`archcalc/values/1`: arrays as nested lists; a fraction is a text, `1/3`."""
    content = {
        "kind": found.name,
        "call": found.call,
        "input": nested(found.input),
        "weights": found.weight and nested(found.weight),
        "turned": found.given is not None,
        "bias": [*map(exact, found.bias)],
        "output": nested(found.output),
        "steps": [
            {
                "unit": list(step.unit),
                "window": [exact(term.value) for term in step.terms],
                "weights": [term.weight if term.weight is None else exact(term.weight) for term in step.terms],
                "computed": computed(step, found.rule),
                "value": exact(step.result),
            }
            for step in found.steps
        ],
    }
    return document("archcalc/values/1", content)
