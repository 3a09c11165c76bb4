"""The words of a lecture: what each figure and each letter of a formula means."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.explain.figures import Figure
from archcalc.core.record import replace
from archcalc.layers import KINDS

WORDS = {
    "params": "params", "macs": "MACs", "activation_macs": "MACs of two activations", "connections": "connections",
    "activation_bytes": "activation memory", "field": "receptive field",
    "jump": "jump", "field_padding": "effective padding", "extent": "kernel with holes", "padding": "same padding",
    "exponentials": "exponentials", "additions": "additions", "comparisons": "comparisons", "divisions": "divisions",
}  # fmt: skip
"""Quantity -> what people call it; others are called as they are."""

_LETTERS = {
    "W": "input size", "O": "output size", "K": "kernel", "K_eff": "kernel with holes", "s": "stride",
    "P": "padding on each side", "P1": "padding before", "P2": "padding after", "P_1": "padding before",
    "P_2": "padding after", "d": "dilation", "g": "groups", "C_in": "input channels", "C_out": "filters",
    "F_in": "input features", "F_out": "units", "T": "tokens", "m": "filters per channel", "h": "heads",
    "H": "features of the state", "N": "vectors", "E": "size of a vector", "f": "factor",
}  # fmt: skip
"""Letter -> what it stands for."""

_SIZE = "the kernel stops every s cells; count its stops along W cells and their padding"
_SIZES = dict.fromkeys(("height", "width", "depth", "length"), _SIZE)
_SENTENCES = {
    "extent": "dilation puts the K taps d cells apart",
    "padding": "what the last stop still needs; half of it stands before the axis, an odd cell after",
    "activation_bytes": "4 bytes for every output value",
    "field": "the field grows by the kernel's other cells, each a jump of j pixels apart",
    "jump": "the strides so far, multiplied",
    "field_padding": "padded cells count as many pixels as a step at their depth",
    "connections": "every use of a weight, and every bias; shared weights count each time",
}
_BY_KIND = {
    "conv": {
        **_SIZES,
        "channels": "each filter makes one map",
        "weight": "a filter is as deep as its input: K·K weights for each channel it reads",
        "bias": "one bias per filter",
        "params": "every filter has its weights and one bias",
        "macs": "every weight is used once at every position of the output",
        "additions": "one bias is added to every output value",
    },
    "conv_transpose": {
        **dict.fromkeys(_SIZES, "W inputs stand s cells apart, each spreads over K cells; the padding is cut away"),
        "channels": "each filter makes one map",
        "macs": "every weight is used once at every position of the input",
    },
    "linear": {
        "features": "one value per unit",
        "weight": "every unit has a weight for every input",
        "bias": "one bias per unit",
        "params": "every unit has a weight for every input, and one bias",
        "macs": "every weight is used once",
        "additions": "one bias is added to every output value",
    },
    "pool": {**_SIZES, "comparisons": "K·K values have one largest: K·K − 1 comparisons for every output value"},
    "concat": {"channels": "the maps are stacked"},
    "flatten": {"features": "all values in one row"},
}


def words_of(figure: Figure) -> str:
    """What the figure is called: width, MACs, kernel with holes (height)."""
    words = WORDS.get(figure.quantity, figure.quantity)
    return words if not figure.axis or figure.axis == figure.quantity else f"{words} ({figure.axis})"


def sentence(kind: str, figure: Figure) -> str:
    """What a lecturer says before writing the formula; empty where it speaks for itself."""
    quantity = figure.quantity
    traits = KINDS[kind].traits
    of_kind = _BY_KIND.get(kind, _BY_KIND.get(traits.family, {}) if traits.slides else {})
    return of_kind.get(quantity.split(" ", 1)[0], _SENTENCES.get(quantity, ""))


def letters_of(figure: Figure) -> str:
    """W = 227 (input size), K = 11 (kernel), s = 4 (stride)."""
    return ", ".join(f"{letter} = {value:,}{_meaning(letter)}" for letter, value in figure.letters)


def merged(figures: Sequence[Figure], lecture: bool) -> tuple[Figure, ...]:
    """In a lecture axes that are alike are said once: height and width."""
    if not lecture:
        return tuple(figures)
    alike: dict[object, list[Figure]] = {}
    for figure in figures:
        group = "size" if figure.axis == figure.quantity else figure.quantity
        key = (group, figure.symbol, figure.symbolic, figure.formula, figure.letters)
        alike.setdefault(key if figure.axis else (id(figure),), []).append(figure)
    return tuple(_joined(group) for group in alike.values())


def _joined(figures: Sequence[Figure]) -> Figure:
    first = figures[0]
    if len(figures) == 1:
        return first
    axes = " and ".join(figure.axis for figure in figures)
    if first.axis == first.quantity:
        return replace(first, quantity=axes, axis=axes)
    return replace(first, axis=axes)


def _meaning(letter: str) -> str:
    if letter in _LETTERS:
        return f" ({_LETTERS[letter]})"
    stem, _, axis = letter.partition("_")
    word = {"h": "height", "w": "width", "d": "depth", "l": "length"}.get(axis)
    if stem in _LETTERS and word:
        return f" ({_LETTERS[stem]}, {word})"
    return f" ({_LETTERS[stem]}, input {axis})" if stem == "W" and axis.isdigit() else ""
