"""`weights:`: the numbers that a spec states for tensors of its layers."""

from __future__ import annotations

import re

from archcalc.core import Shape
from archcalc.core.arrays import Array, ArrayError, number_of, read_array, stack
from archcalc.errors import SpecError
from archcalc.spec.addresses import dotted
from archcalc.spec.call import inside
from archcalc.spec.context import Context
from archcalc.spec.document import StatedWeights
from archcalc.spec.nodes import Mapping, Node, Scalar
from archcalc.spec.sections import entries


def check_weights(node: Node, section: str, context: Context) -> list[StatedWeights]:
    """The entries of a section; what is wrong in one is gathered."""
    found = []
    for key, value in entries(node, section, context):
        with context.gathering(context.place(key)):
            array = _array(value, context)
            found.append(StatedWeights(dotted(key.text), array, context.place(value), context.place(key)))
    return found


def _array(node: Node, context: Context) -> Array:
    """The numbers of a node; one that stands alone has no axes. Raises SpecError at the number that is wrong."""
    if isinstance(node, Scalar):
        return _written(node, context)
    if isinstance(node, Mapping) or not node.items:
        help = "write a list of rows: [[1, 0], [0, -1]]"
        raise SpecError("weights are numbers in lists", help=help).at(context.place(node))
    parts = [_array(item, context) for item in node.items]
    for item, part in zip(node.items, parts, strict=True):
        if part.shape != parts[0].shape:
            what = f"expected {_counted(parts[0])} as in the first, got {_counted(part)}"
            raise SpecError(what, help="all rows are of one length").at(context.place(item))
    return stack(parts)


def _written(node: Scalar, context: Context) -> Array:
    """A number, or rows in one text: `1 0;0 -1`."""
    place = context.place(node)
    if not node.text:
        raise SpecError("the weights have no numbers", help="write a list of rows: [[1, 0], [0, -1]]").at(place)
    try:
        if re.search(r"[\s;|\[\],]", node.text.strip()) is None:
            return Array(Shape(()), (number_of(node.text.strip()),))
        found = read_array(node.text, lines="\n" in node.text)
    except ArrayError as error:
        if "\n" not in node.text:
            place = inside(place, error.start, node.text[error.start : error.start + error.length])
        raise SpecError(error.what, help=error.help).at(place) from None
    sizes = [*found.shape]
    while len(sizes) > 1 and sizes[0] == 1:
        sizes.pop(0)
    return Array(Shape(sizes), found.cells)


def _counted(array: Array) -> str:
    """`2 numbers`, `2x3 numbers`."""
    return "a number" if array.shape.elements == 1 else f"{array.shape} numbers"
