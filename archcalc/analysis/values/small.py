"""One layer without a file on a small array, as people write both."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.inverse.solve import find_kind, one_layer
from archcalc.analysis.values.backward import LayerGradients, everywhere, layer_gradients
from archcalc.analysis.values.forward import LayerValues, layer_values
from archcalc.core import Shape
from archcalc.core.arrays import Array, Number, kernels_of, map_of, numbers_of
from archcalc.errors import UsageError
from archcalc.graph.graph import Node
from archcalc.layers import Kind
from archcalc.layers.traits import TRANSPOSED


def small_layer(
    kind: str, values: str, weights: str | None = None, bias: str | None = None, flip: bool = False, **options: Any
) -> LayerValues:
    """Compute `values` with a layer of this kind; what `archcalc calc KIND --values` writes.

    Raises UsageError for arrays that are none or do not fit, SpecError for a layer that does not.
    """
    found = find_kind(kind)
    x = map_of(values, "--values")
    numbers = () if bias is None else numbers_of(bias, "--bias")
    if not found.traits.weighted:
        if weights is not None or bias is not None or flip:
            raise UsageError(f"{found.name} has no weights", help="leave out --weights, --bias and --flip")
        return layer_values(_node(found, x, options), x)
    if weights is None:
        raise UsageError(f"{found.name} --values needs its weights", help="such as --weights '1 0;0 -1'")
    x, weight = _fitting(found, x, kernels_of(weights, "--weights"))
    return layer_values(_node(found, x, _options(found, x, weight, numbers, options)), x, weight, numbers, flip)


def small_gradients(found: LayerValues, gradient: str) -> LayerGradients:
    """Carry the output's gradient back; a single number stands for each of its values. Raises UsageError."""
    upstream = map_of(gradient, "--backward")
    shape = found.output.shape
    if len(upstream.cells) == 1:
        upstream = everywhere(upstream.cells[0], shape)
    elif len(shape) == 1 and upstream.shape == (1, *shape):
        upstream = Array(shape, upstream.cells)
    return layer_gradients(found, upstream)


def kernel_of(node: Node, text: str, option: str = "--weights") -> Array:
    """The weights of a layer, as people write them; of a linear layer a row a unit. Raises UsageError."""
    found = kernels_of(text, option)
    if len(node.weights["weight"].shape if "weight" in node.weights else ()) != 2:
        return found
    rows = found.shape[2] if len(found.shape) == 4 else 1
    return Array(Shape((rows, found.shape[-1])), found.cells)


def _node(kind: Kind, x: Array, options: dict[str, Any]) -> Node:
    written = " ".join(map(str, options.values()))
    return one_layer(
        kind, x.shape, {name: value for name, value in options.items() if value is not None}, written
    ).nodes[0]


def _fitting(kind: Kind, x: Array, weight: Array) -> tuple[Array, Array]:
    """The arrays with the axes that the kind gives them: a linear layer has rows of weights, and reads a vector."""
    if kind.parameter("kernel_size") is None:
        if len(x.shape) > 2 or x.shape[0] > 1:
            raise UsageError(f"{kind.name} reads one row of numbers, got {x.shape}", help="--values '1 2 3'")
        rows = weight.shape[2] if len(weight.shape) == 4 else 1
        return Array(Shape(x.shape[1:]), x.cells), Array(Shape((rows, weight.shape[-1])), weight.cells)
    if len(weight.shape) != len(x.shape) + 1:
        found = [f"{len(array.shape) - less} {'axis' if len(array.shape) - less == 1 else 'axes'}"
                 for array, less in ((weight, 2), (x, 1))]  # fmt: skip
        help = "an array of one row with two axes ends with `;`: '1 2 3;'"
        raise UsageError(f"the kernel has {found[0]}, the array has {found[1]}", help=help)
    return x, weight


def _options(kind: Kind, x: Array, weight: Array, bias: tuple[Number, ...], options: dict[str, Any]) -> dict[str, Any]:
    """The arguments that the weights say: filters, kernel, and whether there is a bias."""
    axes = len(weight.shape) - (2 if kind.parameter("kernel_size") else 1)
    stated: dict[str, Any] = {"bias": bool(bias)}
    if kind.parameter("kernel_size"):
        stated["kernel_size"] = tuple(weight.shape[-axes:]) if axes > 1 else weight.shape[-1]
    if kind.parameter("multiplier"):
        stated["multiplier"] = max(1, weight.shape[0] // x.shape[0])
    for name in ("out_channels", "out_features"):
        if kind.parameter(name):
            read_first = kind.traits.slides == TRANSPOSED
            stated[name] = weight.shape[1] * options.get("groups", 1) if read_first else weight.shape[0]
    for name, value in stated.items():
        said = options.pop("out" if name.startswith("out_") else name, None)
        if said is not None and name != "bias" and str(said) != str(value):
            raise UsageError(f"the weights say another {name} than asked for", help=f"{name} is {value}")
    options.pop("out", None)
    return {**stated, **options}
