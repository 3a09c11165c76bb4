"""What sections hold: entries, single values, shapes and names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc.core import Shape
from archcalc.core.units import parse_shape
from archcalc.errors import Repair, SpecError
from archcalc.spec.context import Context
from archcalc.spec.nodes import Mapping, Node, Scalar, Sequence
from archcalc.spec.operations import FUNCTIONS, LARGEST

EXPRESSION_WORDS = frozenset({"in", "prev", "yes", "no", "true", "false", "inf", "and", "or", "not", *FUNCTIONS})
"""Words that no variable can be called."""

_SAMPLES = {
    "about": "paper: ImageNet Classification",
    "inputs": "left: 1x105x105",
    "params": "width: 1.0",
    "tables": "c3: [[0, 1], [1, 2]]",
    "variants": "small: {width: 0.5}",
    "variants:": "width: 0.5",
    "defaults": "conv: {bias: no}",
    "defaults:": "bias: no",
    "blocks": "twin: {layers: [conv 64 3x3, relu]}",
    "weights": "conv: [[1, 0], [0, -1]]",
    "expect": "params: 61,706",
}
"""An entry of each section that holds entries; with a colon, of an entry of it."""


def entries(node: Node, section: str, context: Context) -> Iterator[tuple[Scalar, Node]]:
    """The entries of a section. Raises SpecError where it holds something else."""
    if isinstance(node, Scalar) and not node.text:
        return
    if not isinstance(node, Mapping):
        head, colon, _ = section.partition(":")
        sample = _SAMPLES.get(head + colon, "key: value")
        raise SpecError(f"`{section}` holds `key: value` lines", help=f"such as `{sample}`").at(context.place(node))
    yield from node.entries


def text_of(node: Node, section: str, context: Context) -> str:
    """The one value of a section. Raises SpecError where it is none."""
    if not isinstance(node, Scalar) or not node.text:
        raise SpecError(f"`{section}` takes one value").at(context.place(node))
    return node.text


def shape_of(node: Node, context: Context) -> Shape:
    """The shape of an input. Raises SpecError."""
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        sizes = "x".join(item.text for item in node.items if isinstance(item, Scalar))
        place = context.place(node)
        written = re.match(r"\[[^\[\]#'\"]*\]", place.text[place.column - 1 :])
        repair = Repair(written[0], sizes) if written else None
        raise SpecError("a shape is one value", help=f"write {sizes}", repair=repair).at(place)
    try:
        shape = parse_shape(text_of(node, "input", context))
    except SpecError as error:
        raise error.at(context.place(node)) from None
    if shape.elements > LARGEST:
        raise SpecError(f"`{shape}` holds more than 10^15 values, the limit").at(context.place(node))
    return shape


def check_variable(name: str, what: str, node: Node, words: frozenset[str], context: Context) -> None:
    """Refuse a name that an expression could not read, or reads as something else."""
    place = context.place(node)
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise SpecError(f"`{name}` cannot be {what}", help="letters, digits and _, no digit first").at(place)
    if name in words:
        raise SpecError(f"`{name}` is a word of the language, not {what}", help="take another name").at(place)


def plain_text(node: Node) -> str:
    """A value as one text, whatever is in it."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return ", ".join(map(plain_text, node.items))
    return ", ".join(f"{key.text}: {plain_text(value)}" for key, value in node.entries)
