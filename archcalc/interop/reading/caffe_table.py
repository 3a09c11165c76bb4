"""Caffe's layers in our words: one row each. Shapes and counts are those of Caffe's own sources, written out."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import SpecError
from archcalc.interop.net import LayerCall
from archcalc.interop.reading.caffe_reading import CaffeReading
from archcalc.interop.reading.caffe_text import Message

Row = Callable[[Message, CaffeReading], list[int]]
"""From a layer to the values of its tops."""

DATA = {"Data", "ImageData", "HDF5Data", "DummyData", "Input", "MemoryData", "WindowData", "AnnotatedData", "Python"}
"""Layers that read the examples, where nothing goes into them."""

LOSSES = {
    "SoftmaxWithLoss": 1, "SigmoidCrossEntropyLoss": 1, "EuclideanLoss": 1, "HingeLoss": 1, "InfogainLoss": 1,
    "MultinomialLogisticLoss": 1, "ContrastiveLoss": 2, "SmoothL1Loss": 1, "MultiBoxLoss": 2,
    "Accuracy": 0, "Silence": 0, "HDF5Output": 1, "DetectionEvaluate": 0,
}  # fmt: skip
"""Layers that only measure -> how many of their bottoms the network answers with; the others are what it should say."""

V1 = {
    "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "BNLL": "BNLL", "CONCAT": "Concat",
    "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution", "DATA": "Data",
    "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout", "DUMMY_DATA": "DummyData", "ELTWISE": "Eltwise",
    "EUCLIDEAN_LOSS": "EuclideanLoss", "EXP": "Exp", "FLATTEN": "Flatten", "HDF5_DATA": "HDF5Data",
    "HDF5_OUTPUT": "HDF5Output", "HINGE_LOSS": "HingeLoss", "IMAGE_DATA": "ImageData",
    "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN", "MEMORY_DATA": "MemoryData",
    "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss", "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU",
    "SIGMOID": "Sigmoid", "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence",
    "SLICE": "Slice", "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split", "TANH": "TanH",
    "WINDOW_DATA": "WindowData",
}  # fmt: skip
"""The words of `layers { type: CONVOLUTION }`, Caffe's older files."""


def written(number: float) -> str:
    """A number without an exponent, as a spec takes it."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _sizes(message: Message, name: str, default: int | None, axes: int, at: CaffeReading) -> tuple[int, ...]:
    """`kernel_size: 3`, one for each axis, or `kernel_h: 3 kernel_w: 5`. Raises SpecError."""
    short = name.removesuffix("_size")
    least = 0 if short == "pad" else 1
    if message.values(f"{short}_h") or message.values(f"{short}_w"):
        return (message.whole(f"{short}_h", 0, least), message.whole(f"{short}_w", 0, least))
    found = message.wholes(name, least)
    if not found and default is None:
        raise SpecError(f"{at.now.word('type')} has no `{name}`", help=f"write {name}: 3").at(at.place)
    found = found or [default or 0]
    return tuple(found) if len(found) == axes else (found[0],) * axes


def _text(sizes: tuple[int, ...]) -> str:
    """`2` for the same along each axis, else `2x1`."""
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def _unless(usual: int, **options: tuple[int, ...]) -> dict[str, str]:
    return {name: _text(sizes) for name, sizes in options.items() if set(sizes) != {usual}}


def _shared(layer: Message, at: CaffeReading, params: int) -> dict[str, Any]:
    """The params of a layer, or whose weights it uses: those of the first with the same names."""
    names = [name for message in layer.messages("param") for name in message.words("name")]
    names += layer.words("param")  # of older files
    known = {at.tensors[name] for name in names if name in at.tensors}
    if not known:
        at.tensors.update(dict.fromkeys(names, len(at.draft.inputs) + len(at.draft.operations)))
        return {"params": params}
    if len(known) > 1 or any(name not in at.tensors for name in names):
        raise at.unsupported("a layer that shares some of its weights, or those of two layers", "name")
    return {"shares": known.pop()}


def _outputs(message: Message, at: CaffeReading) -> int:
    if not message.values("num_output"):
        raise SpecError(f"{at.now.word('type')} has no `num_output`", help="write num_output: 10").at(at.place)
    return message.whole("num_output", 1, 1)


def _convolution(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("convolution_param")
    channels, cells = at.map()
    axes, filters = len(cells), _outputs(message, at)
    kernel = _sizes(message, "kernel_size", None, axes, at)
    stride, dilation = (_sizes(message, name, 1, axes, at) for name in ("stride", "dilation"))
    pad, groups = _sizes(message, "pad", 0, axes, at), message.whole("group", 1, 1)
    if channels % groups or filters % groups:
        what = f"{groups} groups do not divide {channels} and {filters} channels"
        raise SpecError(what).at(message.place_of("group"))
    bias = message.flag("bias_term", True)
    across = at.now.word("type") == "Deconvolution"
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    sides = list(zip(cells, spans, stride, pad, strict=True))
    out = [s * (w - 1) + k - 2 * p if across else (w + 2 * p - k) // s + 1 for w, k, s, p in sides]
    shape = Shape.of(filters, *out)
    weights = channels * filters // groups * prod(kernel)
    options = _unless(1, stride=stride) | _unless(0, padding=pad) | _unless(1, dilation=dilation, groups=(groups,))
    call = LayerCall(
        "conv_transpose" if across else "conv", (str(filters), "x".join(map(str, kernel))),
        options | ({} if bias else {"bias": "no"}),
    )  # fmt: skip
    given = _shared(layer, at, weights + filters * bias)
    return [at.add(call, shape, macs=weights * prod(cells if across else out), **given)]


def _inner_product(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("inner_product_param")
    outputs, bias = _outputs(message, at), message.flag("bias_term", True)
    if message.whole("axis", 1, -10) not in (1, -len(at.shape)):
        raise at.unsupported("an inner product along another axis", "name")
    value = at.inputs[0]
    if len(at.shape) > 1:
        value = _flattened(at)
    inputs = at.draft.shape_of(value)[0]
    call = LayerCall("linear", (str(outputs),), {} if bias else {"bias": "no"})
    given = _shared(layer, at, inputs * outputs + outputs * bias)
    return [at.add(call, Shape.of(outputs), value, macs=inputs * outputs, **given)]


def _flattened(at: CaffeReading) -> int:
    """The first input as a row, made once for all that want it so."""
    group, _, own = at.name.rpartition(".")
    call, shape = LayerCall("flatten"), Shape.of(at.shape.elements)
    for number, made in enumerate(at.draft.operations):
        if made.call == call and made.inputs == (at.inputs[0],):
            return len(at.draft.inputs) + number
    name = f"{group}.{own}_flat" if group else f"{own}_flat"
    return at.add(call, shape, name=name)


def _pooling(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("pooling_param")
    channels, cells = at.map()
    method = {"0": "MAX", "1": "AVE"}.get(message.word("pool", "MAX"), message.word("pool", "MAX"))
    if method not in ("MAX", "AVE"):
        raise at.unsupported(f"pooling by {method}", "name")
    word = "max" if method == "MAX" else "avg"
    if message.flag("global_pooling", False):
        call = LayerCall(f"global_{word}_pool", (), {"keepdim": "yes"})
        return [at.add(call, Shape.of(channels, *(1 for _ in cells)))]
    axes = len(cells)
    kernel = _sizes(message, "kernel_size", None, axes, at)
    stride, pad = _sizes(message, "stride", 1, axes, at), _sizes(message, "pad", 0, axes, at)
    up = message.word("round_mode", "CEIL") in ("CEIL", "0")
    sides = list(zip(cells, kernel, stride, pad, strict=True))
    floor = [(w + 2 * p - k) // s + 1 for w, k, s, p in sides]
    out = [_rounded_up(*side) for side in sides] if up else floor
    if any(2 * p > k or (o - 1) * s >= w + p for o, (w, k, s, p) in zip(out, sides, strict=True)):
        raise at.unsupported("a pooling whose windows lie in the padding", "name")
    options = {} if stride == kernel else {"stride": _text(stride)}
    options |= _unless(0, padding=pad) | ({"ceil_mode": "yes"} if out != floor else {})
    return [at.add(LayerCall(f"{word}_pool", ("x".join(map(str, kernel)),), options), Shape.of(channels, *out))]


def _rounded_up(length: int, kernel: int, stride: int, pad: int) -> int:
    """Caffe's output of a pooling: up, but no window that begins in the padding behind."""
    out = -(-(length + 2 * pad - kernel) // stride) + 1
    return out - 1 if pad and (out - 1) * stride >= length + pad else out


def _alone(kind: str) -> Row:
    """A layer without arguments that changes no shape."""
    return lambda _, at: [at.add(LayerCall(kind), at.shape)]


def _relu(layer: Message, at: CaffeReading) -> list[int]:
    slope = layer.message("relu_param").number("negative_slope", 0)
    return [at.add(LayerCall("leaky_relu", (written(slope),)) if slope else LayerCall("relu"), at.shape)]


def _elu(layer: Message, at: CaffeReading) -> list[int]:
    alpha = layer.message("elu_param").number("alpha", 1)
    return [at.add(LayerCall("elu", () if alpha == 1 else (written(alpha),)), at.shape)]


def _prelu(layer: Message, at: CaffeReading) -> list[int]:
    slopes = 1 if layer.message("prelu_param").flag("channel_shared", False) else at.shape[0]
    given = _shared(layer, at, slopes)
    return [at.add(LayerCall("prelu", () if slopes == 1 else (str(slopes),)), at.shape, **given)]


def _power(layer: Message, at: CaffeReading) -> list[int]:
    """(shift + scale x)^power."""
    message = layer.message("power_param")
    power, scale, shift = (message.number(name, usual) for name, usual in (("power", 1), ("scale", 1), ("shift", 0)))
    value, both = at.inputs[0], power != 1 and (scale, shift) != (1, 0)
    if (scale, shift) != (1, 0) or power == 1:
        call = LayerCall("scale", (), _factors(scale, shift))
        value = at.add(call, at.shape, part="scale" if both else "")
    if power != 1:
        value = at.add(LayerCall("pow", (written(power),)), at.shape, value, part="pow" if both else "")
    return [value]


def _factors(scale: float, shift: float) -> dict[str, str]:
    return ({"by": written(scale)} if scale != 1 else {}) | ({"plus": written(shift)} if shift else {})


def _dropout(layer: Message, at: CaffeReading) -> list[int]:
    ratio = layer.message("dropout_param").number("dropout_ratio", 0.5)
    return [at.add(LayerCall("dropout", (written(ratio),)), at.shape)]


def _lrn(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("lrn_param")
    size, alpha, beta = message.whole("local_size", 5, 1), message.number("alpha", 1), message.number("beta", 0.75)
    if message.word("norm_region", "ACROSS_CHANNELS") in ("ACROSS_CHANNELS", "0"):
        options = {"alpha": written(alpha), "beta": written(beta)}
        k = message.number("k", 1)
        options |= {} if k == 1 else {"k": written(k)}
        return [at.add(LayerCall("local_response_norm", (str(size),), options), at.shape)]
    if size % 2 == 0:
        raise at.unsupported("a norm within channels over an even number of cells", "name")
    return _within_channel(size, alpha, beta, at)


def _within_channel(size: int, alpha: float, beta: float, at: CaffeReading) -> list[int]:
    """x (1 + alpha mean(x^2))^-beta, the mean over a window of the channel itself."""
    shape, x = at.shape, at.inputs[0]
    value = at.add(LayerCall("square"), shape, part="square")
    pool = LayerCall("avg_pool", (_text((size,) * len(shape[1:])),), {"stride": "1", "padding": str(size // 2)})
    for part, call in (
        ("mean", pool), ("scale", LayerCall("scale", (), {"by": written(alpha), "plus": "1"})),
        ("pow", LayerCall("pow", (written(-beta),))),
    ):  # fmt: skip
        value = at.add(call, shape, value, part=part)
    return [at.add(LayerCall("multiply"), shape, x, value, part="product")]


def _softmax(layer: Message, at: CaffeReading) -> list[int]:
    axis = at.axis(layer.message("softmax_param"))
    usual = 0 if len(at.shape) != 2 else 1
    return [at.add(LayerCall("softmax", (), {} if axis == usual else {"axis": str(axis)}), at.shape)]


def _concat(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("concat_param")
    axis = at.axis(message, "concat_dim" if message.values("concat_dim") else "axis")
    shapes = [at.draft.shape_of(value) for value in at.inputs]
    if len(shapes) == 1:
        return list(at.inputs)
    rest = [(*shape[:axis], *shape[axis + 1 :]) for shape in shapes]
    if len(set(rest)) > 1 or len({len(shape) for shape in shapes}) > 1:
        raise SpecError(f"Concat joins {' and '.join(map(str, shapes))}, which differ elsewhere").at(at.place)
    sizes = list(shapes[0])
    sizes[axis] = sum(shape[axis] for shape in shapes)
    return [at.add(LayerCall("concat", (), {"axis": str(axis)} if axis else {}), Shape(sizes), *at.inputs)]


def _eltwise(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("eltwise_param")
    operation = message.word("operation", "SUM")
    kind = {"SUM": "add", "1": "add", "PROD": "multiply", "0": "multiply", "MAX": "maximum", "2": "maximum"}.get(
        operation
    )
    if kind is None:
        raise at.unsupported(f"Eltwise by {operation}", "name")
    shapes = [at.draft.shape_of(value) for value in at.inputs]
    if len(set(shapes)) > 1:
        raise SpecError(f"Eltwise joins {' and '.join(map(str, shapes))}").at(at.place)
    factors = message.numbers("coeff") if kind == "add" else []
    if len(factors) not in (0, len(shapes)):
        raise SpecError(f"{len(factors)} factors for {len(shapes)} bottoms").at(message.place_of("coeff"))
    if factors and factors == [1, -1]:
        return [at.add(LayerCall("subtract"), at.shape, *at.inputs)]
    values = [
        value if factor == 1 else at.add(LayerCall("scale", (), {"by": written(factor)}), at.shape, value,
                                         part=f"scale{number}")
        for number, (value, factor) in enumerate(zip(at.inputs, factors or [1.0] * len(shapes), strict=True))
    ]  # fmt: skip
    return [at.add(LayerCall(kind), at.shape, *values, part="" if values == at.inputs else "sum")]


def _batch_norm(_: Message, at: CaffeReading) -> list[int]:
    """Without a weight and a bias: Scale after it has them."""
    return [at.add(LayerCall("batch_norm", (), {"affine": "no"}), at.shape, buffers=2 * at.shape[0])]


def _scale(layer: Message, at: CaffeReading) -> list[int]:
    """Right behind a batch norm, its weight and bias; of two bottoms, a product."""
    message = layer.message("scale_param")
    if len(at.inputs) > 1:
        return _scaled_by(at)
    if at.axis(message) != 0:
        raise at.unsupported("a scale along another axis", "name")
    bias, last = message.flag("bias_term", False), at.draft.operations[-1] if at.draft.operations else None
    number = len(at.draft.inputs) + len(at.draft.operations) - 1
    alone = layer.words("top") == layer.words("bottom") or len(at.readers[layer.word("bottom")]) == 1
    if last is not None and bias and number == at.inputs[0] and alone and last.call.options == {"affine": "no"}:
        at.draft.operations[-1] = replace(last, call=LayerCall("batch_norm"), params=2 * at.shape[0])
        return [number]
    if bias:
        raise at.unsupported("a scale with a bias that is behind no batch norm", "name")
    return [at.add(LayerCall("layer_scale"), at.shape, **_shared(layer, at, at.shape[0]))]


def _scaled_by(at: CaffeReading) -> list[int]:
    shape = at.draft.shape_of(at.inputs[1])
    if len(shape) != len(at.shape) or any(size not in (1, own) for size, own in zip(shape, at.shape, strict=True)):
        raise at.unsupported(f"a scale of {at.shape} by {shape}", "name")
    return [at.add(LayerCall("multiply"), at.shape, *at.inputs)]


def _flatten(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("flatten_param")
    if at.axis(message) or message.whole("end_axis", -1, -10) != -1:
        raise at.unsupported("a flatten of some of the axes", "name")
    return [at.add(LayerCall("flatten"), Shape.of(at.shape.elements))]


def _reshape(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("reshape_param")
    dims = message.message("shape").wholes("dim", -1)
    if not dims or dims[0] not in (0, -1) or message.whole("axis", 0, -10) != 0:
        raise at.unsupported("a reshape of the examples", "name")
    before = (0, *at.shape)
    if any(size == 0 and at_ >= len(before) for at_, size in enumerate(dims)):
        raise SpecError("`dim: 0` keeps an axis that there is not").at(at.place)
    sizes = [before[at_] if size == 0 else size for at_, size in enumerate(dims)][1:]
    free = at.shape.elements // abs(prod(sizes)) if sizes else 0
    sizes = [free if size == -1 else size for size in sizes]
    if prod(sizes) != at.shape.elements or not sizes:
        raise SpecError(f"{at.shape} does not fit into {'x'.join(map(str, sizes))}").at(at.place)
    return [at.add(LayerCall("reshape", (str(Shape(sizes)),)), Shape(sizes))]


def _permute(layer: Message, at: CaffeReading) -> list[int]:
    order = layer.message("permute_param").wholes("order")
    order += [axis for axis in range(len(at.shape) + 1) if axis not in order]
    if order[0] != 0 or len(order) != len(at.shape) + 1:
        raise at.unsupported("a permute of the examples", "name")
    dims = [axis - 1 for axis in order[1:]]
    return [at.add(LayerCall("permute", tuple(map(str, dims))), Shape(at.shape[axis] for axis in dims))]


def _slice(layer: Message, at: CaffeReading) -> list[int]:
    message = layer.message("slice_param")
    axis = at.axis(message, "slice_dim" if message.values("slice_dim") else "axis")
    tops, size = layer.words("top"), at.shape[axis]
    points = message.wholes("slice_point", 1) or [size // len(tops) * part for part in range(1, len(tops))]
    bounds = [0, *points, size]
    if len(bounds) != len(tops) + 1 or sorted(set(bounds)) != bounds:
        raise SpecError(f"{size} channels in {len(tops)} parts at {', '.join(map(str, points))}").at(at.place)
    made = []
    for start, stop, top in zip(bounds, bounds[1:], tops, strict=False):
        sizes = list(at.shape)
        sizes[axis] = stop - start
        call = LayerCall("slice", (f"{start}:{stop}",), {"axis": str(axis)} if axis else {})
        made.append(at.add(call, Shape(sizes), part=top.replace(".", "_").replace("/", "_")))
    return made


def _split(layer: Message, at: CaffeReading) -> list[int]:
    return [at.inputs[0]] * max(1, len(layer.words("top")))


def _crop(layer: Message, at: CaffeReading) -> list[int]:
    """To the size of the second bottom, from an offset along each axis."""
    message = layer.message("crop_param")
    if len(at.inputs) != 2:
        raise SpecError(f"Crop has 2 bottoms, here {len(at.inputs)}", help="the second has the size").at(at.place)
    axis, wanted = at.axis(message, default=2), at.draft.shape_of(at.inputs[1])
    if axis == 0 or len(wanted) != len(at.shape):
        raise at.unsupported("a crop of channels", "name")
    offsets = message.wholes("offset") or [0]
    offsets = [0] * (axis - 1) + (offsets * (len(at.shape) - axis) if len(offsets) == 1 else offsets)
    cells: list[tuple[int, int]] = []
    for offset, own, size in zip(offsets, at.shape[1:], wanted[1:], strict=False):
        cells.append((offset, own - size - offset) if len(cells) >= axis - 1 else (0, 0))
    if len(cells) != len(at.shape) - 1 or min(map(min, cells)) < 0:
        raise SpecError(f"{wanted} does not lie in {at.shape} from {offsets}").at(at.place)
    text = "x".join(f"{before}:{after}" for before, after in cells)
    sizes = [own - before - after for own, (before, after) in zip(at.shape[1:], cells, strict=True)]
    return [at.add(LayerCall("crop", (), {"cells": text}), Shape.of(at.shape[0], *sizes))]


def _exp_or_log(kind: str) -> Row:
    def row(layer: Message, at: CaffeReading) -> list[int]:
        message = layer.message(f"{kind}_param")
        if (message.number("base", -1), message.number("scale", 1), message.number("shift", 0)) != (-1, 1, 0):
            raise at.unsupported(f"{kind} with a base, a scale or a shift", "name")
        return [at.add(LayerCall(kind), at.shape)]

    return row


LAYERS: dict[str, Row] = {
    "Convolution": _convolution, "Deconvolution": _convolution, "InnerProduct": _inner_product, "Pooling": _pooling,
    "ReLU": _relu, "PReLU": _prelu, "ELU": _elu, "Sigmoid": _alone("sigmoid"), "TanH": _alone("tanh"),
    "BNLL": _alone("softplus"), "AbsVal": _alone("abs"), "Exp": _exp_or_log("exp"), "Log": _exp_or_log("log"),
    "Power": _power, "Dropout": _dropout, "LRN": _lrn, "Softmax": _softmax, "Concat": _concat, "Eltwise": _eltwise,
    "BatchNorm": _batch_norm, "Scale": _scale, "Flatten": _flatten, "Reshape": _reshape, "Permute": _permute,
    "Slice": _slice, "Split": _split, "Crop": _crop,
}  # fmt: skip
