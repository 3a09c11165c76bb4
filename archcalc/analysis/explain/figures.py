"""Every number of one layer as a figure: the formula, the formula with its numbers, the result.

The layer's own four facts are run again on traced ints (core/traced.py), so that no formula can drift from the
number it explains; `explain.py` puts the figures together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any

from archcalc.analysis.explain.formula import traced
from archcalc.analysis.memory.lifetimes import held
from archcalc.core import AxisWindow, Shape, TensorSpec, TransposedWindow, Window, Work
from archcalc.core.record import fields, record, replace
from archcalc.core.traced import Leaf, Negation, Product, Quotient, Remainder, Sum, TracedInt, trace
from archcalc.graph.graph import Node
from archcalc.layers import Layer, find
from archcalc.layers.base import KINDS


@record
class Figure:
    """One number: `width`, O = ⌊(W − K + 2P)/s⌋ + 1 = ⌊(227 − 11 + 2·0)/4⌋ + 1 = 55."""

    quantity: str
    """What `explain LAYER.quantity` asks for: width, weight, params, macs, activation_bytes, field ..."""
    axis: str
    """The axis it belongs to, empty for the layer as a whole."""
    symbol: str
    """The letter of the result: O, K_eff, r; empty where it has none."""
    symbolic: str
    """In letters."""
    formula: str
    """In numbers."""
    result: int
    unit: str = ""
    letters: tuple[tuple[str, int], ...] = ()
    """The letters of the formula and their values."""


BYTES = 4
"""float32."""

_SYMBOLS = {
    "out_channels": "C_out", "out_features": "F_out", "kernel_size": "K", "groups": "g", "multiplier": "m",
    "num_heads": "h", "hidden_size": "H", "num_embeddings": "N", "embedding_dim": "E", "upscale_factor": "f",
    "downscale_factor": "f", "block_size": "f", "scale_factor": "f", "output_size": "O",
    "head_dim": "d", "kv_heads": "h_kv", "relative_buckets": "B", "proj_size": "P",
}  # fmt: skip
"""Attribute -> its letter; attributes that only windows use (stride, padding) are traced there."""

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def axis_words(count: int) -> tuple[str, ...]:
    """What the spatial axes are called."""
    return _AXES.get(count) or tuple(f"axis{number}" for number in range(1, count + 1))


def figures_of(node: Node) -> Iterator[Figure]:
    """The figures of a layer, the receptive field aside."""
    layer = _traced_layer(node.layer)
    inputs = _traced_inputs(node)
    output = _traced_output(node)
    yield from _sizes(node, layer, inputs)
    yield from _tensors(node, layer.weights(*inputs))
    yield from _operations(node.work, layer.work(*inputs, output))
    yield _figure("activation_bytes", prod(output) * BYTES if held(node) else 0, "", unit="bytes")


def _sizes(node: Node, layer: Layer, inputs: tuple[Shape, ...]) -> Iterator[Figure]:
    windows = node.windows
    spatial, before = node.shape.spatial, node.x.spatial
    slides = len(windows) == len(spatial) and any(_slides(window) for window in windows)
    words = _axis_names(node)[1:]
    if slides:
        yield from _sliding(node, windows, words)
    names = _axis_names(node)
    kept = {size.symbolic() for shape in inputs for size in shape if isinstance(size, TracedInt)}
    for axis, size in enumerate(layer.output(*inputs)):
        if (isinstance(size, TracedInt) and size.symbolic() in kept) or (
            axis and slides and _slides(windows[axis - 1])
        ):
            continue
        assert size == node.shape[axis], f"{node.name}: {size} is not {node.shape[axis]}"
        yield _figure(names[axis], size, "O" if axis and len(before) > 1 else "")


def _axis_names(node: Node) -> tuple[str, ...]:
    """What the axes of the output are called: those that only count, then those of the layer."""
    each = node.layer.each
    sizes = len(node.shape) - each
    inside = ("channels" if sizes > 1 else "features", *axis_words(sizes - 1))
    if sizes == 2 and not _is_map(node):
        inside = ("tokens", "features")
    return (*(f"part{number}" for number in range(1, each + 1)), *inside)


def _slides(window: AxisWindow) -> bool:
    """Whether the window changes or moves anything; a window of one cell on its own place does not."""
    return isinstance(window, TransposedWindow) or (isinstance(window, Window) and window != Window(1))


def _sliding(node: Node, windows: Sequence[AxisWindow], words: Sequence[str]) -> Iterator[Figure]:
    same = getattr(node.layer, "padding", None) == "same"
    lengths = node.x.spatial
    for word, window, length, size in zip(words, windows, lengths, node.shape.spatial, strict=True):
        if not isinstance(window, Window | TransposedWindow) or not _slides(window):
            continue
        if window.dilation > 1 and window.kernel > 1:
            extent = trace(window.dilation, "d") * (trace(window.kernel, "K") - 1) + 1
            yield _figure("extent", extent, "K_eff", word)
        if same and isinstance(window, Window):
            yield _same(window, length, word)
        slides = KINDS[node.layer.kind].traits.slides or window.kernel > 1
        after = _rule(window, length) if slides else _moved(window, length)
        assert after == size, f"{node.name}: {after.formula()} is not {size}"
        yield _figure(word, after, "O", word)


def _rule(window: Window | TransposedWindow, length: int) -> TracedInt:
    """The rule of the axis on traced ints; with dilation the kernel is K_eff."""
    rule = traced(window)
    if window.dilation > 1:
        rule = replace(rule, kernel=trace(window.extent, "K_eff" if window.kernel > 1 else "K"), dilation=1)
    size = rule.output(trace(length, "W"))
    return size if isinstance(size, TracedInt) else trace(size)


def _moved(window: Window | TransposedWindow, length: int) -> TracedInt:
    """W with what is added to each side, or without what is cut off."""
    before, after = window.padding
    size = trace(length, "W")
    if before == after:
        return size + 2 * trace(before, "P") if before >= 0 else size - 2 * trace(-before, "P")
    size = size + trace(before, "P_1") if before >= 0 else size - trace(-before, "P_1")
    return size + trace(after, "P_2") if after >= 0 else size - trace(-after, "P_2")


def _same(window: Window, length: int, word: str) -> Figure:
    """The total padding of `same`: what the last window of ceil(W/s) still needs."""
    kernel = trace(window.extent, "K_eff" if window.dilation > 1 and window.kernel > 1 else "K")
    axis, stride = trace(length, "W"), trace(window.stride, "s")
    total = (-(-axis // stride) - 1) * stride + kernel - axis
    figure = _figure("padding", total, "P", word, unit="cells")
    if total < 0:
        symbolic, formula = (f"max({text}, 0)" for text in (figure.symbolic, figure.formula))
        figure = replace(figure, symbolic=symbolic, formula=formula, result=0)
    assert figure.result == sum(window.padding)
    return figure


def _tensors(node: Node, weights: Any) -> Iterator[Figure]:
    """A figure for each tensor, their sum as params, and the buffers."""
    if node.shared is not None:
        return
    params = {name: tensor for name, tensor in weights.items() if tensor.role != "buffer"}
    for name, tensor in params.items() if len(params) > 1 else ():
        symbolic, formula = (_product(tensor.shape, letters) for letters in (True, False))
        yield Figure(name, "", "", symbolic, formula, int(tensor.elements), letters=_letters(tensor.shape))
    if params:
        sizes = [size for tensor in params.values() for size in tensor.shape]
        symbolic, formula = (_params(params, letters) for letters in (True, False))
        total = sum(int(tensor.elements) for tensor in params.values())
        yield Figure("params", "", "", symbolic, formula, total, letters=_letters(sizes))
    buffers = [tensor for tensor in weights.values() if tensor.role == "buffer"]
    if buffers:
        symbolic, formula = (" + ".join(_product(b.shape, letters) for b in buffers) for letters in (True, False))
        sizes = [size for tensor in buffers for size in tensor.shape]
        yield Figure("buffers", "", "", symbolic, formula, sum(int(b.elements) for b in buffers), "", _letters(sizes))


def _params(params: dict[str, TensorSpec], letters: bool) -> str:
    """(K·K·C_in + 1)·C_out where each filter has its bias, else the sum of the tensors."""
    shapes = [tensor.shape for tensor in params.values()]
    if list(params) == ["weight", "bias"] and len(shapes[0]) > 1 and len(shapes[1]) == 1:
        (out, *filter_), (biases,) = shapes
        if out is biases:
            return f"({_product((out, *filter_), letters, 1)} + 1)·{_factor(out, letters)}"
    return " + ".join(_product(shape, letters) for shape in shapes)


def _product(shape: Sequence[int], letters: bool, first: int = 0) -> str:
    """The sizes of a tensor multiplied, the kernel first: K·K·C_in·C_out; those before `first` left out."""
    axes = range(len(shape))
    order = [*axes[2:], *reversed(axes[:2])]
    return "·".join(_factor(shape[index], letters) for index in order if index >= first) or "1"


def _factor(size: int, letters: bool) -> str:
    if not isinstance(size, TracedInt):
        return str(size)
    text = _shown(size, letters)
    return f"({text})" if " " in text and not text.startswith("(") else text


def _operations(work: Work, traced_work: Work) -> Iterator[Figure]:
    """Each sort of operation that the layer has."""
    for field in fields(Work):
        count, value = getattr(work, field.name), getattr(traced_work, field.name)
        if count:
            assert count == value, f"{field.name}: {value} is not {count}"
            yield _figure(field.name, value, "")


def _figure(quantity: str, value: int, symbol: str, axis: str = "", unit: str = "") -> Figure:
    if not isinstance(value, TracedInt):
        return Figure(quantity, axis, symbol, str(value), str(value), value, unit)
    if symbol:  # a size: the division keeps its floor
        symbolic, formula = value.symbolic(), value.formula()
    else:
        symbolic, formula = _shown(value, True), _shown(value, False)
    return Figure(quantity, axis, symbol, symbolic, formula, int(value), unit, _letters([value]))


def _shown(value: TracedInt, letters: bool) -> str:
    """The expression; a division without a rest needs no floor, (96/2), and one by itself says nothing."""
    formula = value.formula()
    text = value.symbolic() if letters else formula
    if any(int(a) % int(b) for a, b in _DIVISION.findall(formula)):
        return text
    text = re.sub(r"⌊(\w+)/\1⌋·", "", text)
    text = re.sub(r"⌊(\w+)/\1⌋", "1", text)
    return re.sub(r"⌊(\w+/\w+)⌋", r"(\1)", text)


_DIVISION = re.compile("⌊([0-9]+)/([0-9]+)⌋")


def _letters(values: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """The named numbers of some expressions, each once, in order."""
    found: dict[str, int] = {}
    waiting: list[Any] = [value.expression for value in reversed(list(values)) if isinstance(value, TracedInt)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Leaf):
            if node.name is not None:
                found.setdefault(node.name, node.value)
        elif isinstance(node, Sum | Remainder):
            waiting += [node.right, node.left]
        elif isinstance(node, Product):
            waiting += reversed(node.factors)
        elif isinstance(node, Quotient):
            waiting += [node.denominator, node.numerator]
        elif isinstance(node, Negation):
            waiting.append(node.operand)
    return tuple(found.items())


def _traced_layer(layer: Layer) -> Layer:
    """The layer with attributes that remember their names."""
    kind = find(layer.kind)
    assert kind is not None
    changes: dict[str, object] = {}
    for parameter in kind.parameters:
        symbol = _SYMBOLS.get(parameter.name)
        value = getattr(layer, parameter.name)
        if symbol is None or value is None or isinstance(value, bool | str):
            continue
        if isinstance(value, tuple):
            if all(type(size) is int for size in value):
                changes[parameter.name] = _named(value, symbol)
        elif type(value) is int and (value != 1 or parameter.required):
            changes[parameter.name] = trace(value, symbol)
    return replace(layer, **changes) if changes else layer


def _named(sizes: Sequence[int], letter: str) -> tuple[TracedInt, ...]:
    """K for all axes where they are equal, else K_h and K_w."""
    if len(set(sizes)) == 1:
        return tuple(trace(size, letter) for size in sizes)
    return tuple(trace(size, f"{letter}_{word[0]}") for size, word in zip(sizes, axis_words(len(sizes)), strict=True))


def _traced_inputs(node: Node) -> tuple[Shape, ...]:
    if len(node.input_shapes) == 1:
        return (_traced_axes(node, node.x, "W", "in"),)
    return tuple(
        _traced_axes(node, shape, f"W_{number}", str(number)) for number, shape in enumerate(node.input_shapes, 1)
    )


def _traced_output(node: Node) -> Shape:
    return _traced_axes(node, node.shape, "O", "out")


def _traced_axes(node: Node, shape: Shape, letter: str, index: str) -> Shape:
    """n for each axis that only counts, then the axes of the layer."""
    each = node.layer.each
    counted = [trace(size, "n" if each == 1 else f"n_{number}") for number, size in enumerate(shape[:each], 1)]
    return Shape((*counted, *_traced_shape(Shape(shape[each:]), letter, index, _is_map(node))))


def _is_map(node: Node) -> bool:
    """Whether two axes are channels x length, as windows read them; else they are tokens x features."""
    return len(node.x) - node.layer.each > 2 or any(_slides(w) for w in node.windows)


def _traced_shape(shape: Shape, letter: str, index: str, is_map: bool) -> Shape:
    """(C, *W) of a map, (T, F) of a sequence, (F) of a vector."""
    if len(shape) == 1:
        return Shape.of(trace(shape[0], f"F_{index}"))
    if len(shape) == 2 and not is_map:
        return Shape.of(trace(shape[0], f"T_{index}" if index.isdigit() else "T"), trace(shape[1], f"F_{index}"))
    sizes = shape.spatial
    if "_" in letter or len(set(sizes)) == 1:
        return Shape((trace(shape[0], f"C_{index}"), *(trace(size, letter) for size in sizes)))
    return Shape((trace(shape[0], f"C_{index}"), *_named(sizes, letter)))
