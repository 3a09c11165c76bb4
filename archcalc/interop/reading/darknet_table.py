"""Darknet's sections and activations in our words: one row each.

Shapes and counts are those of Darknet's own sources (parser.c, *_layer.c), written out.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from archcalc.core import Shape
from archcalc.errors import SpecError, UnsupportedError
from archcalc.interop.net import LayerCall
from archcalc.interop.reading.darknet_reading import DarknetReading
from archcalc.interop.reading.darknet_sections import Section
from archcalc.spec.names import did_you_mean, nearest

ACTIVATIONS: dict[str, tuple[str, ...]] = {
    "linear": (), "leaky": ("leaky_relu(0.1)",), "relu": ("relu",), "logistic": ("sigmoid",), "tanh": ("tanh",),
    "elu": ("elu",), "selu": ("selu",), "relie": ("leaky_relu(0.01)",), "hardtan": ("clamp(-1,1)",),
    "loggy": ("scale(by=0.5)", "tanh"), "ramp": ("leaky_relu(1/11)", "scale(by=1.1)"),
    "relu6": ("relu6",), "mish": ("mish",), "swish": ("silu",),
}  # fmt: skip
"""Darknet's word -> ours; two where one is not enough: ramp(x) = max(x, 0) + 0.1 x = 1.1 leaky_relu(x, 1/11)."""

_NAMES = {"convolutional": "conv", "maxpool": "pool", "connected": "fc", "deconvolutional": "deconv",
          "normalization": "lrn", "conn": "fc", "max": "pool", "soft": "softmax"}  # fmt: skip


def name_of(kind: str) -> str:
    """How the name of a section's layer begins: `conv` of `conv12`."""
    return _NAMES.get(kind, kind)


def _steps(section: Section, default: str) -> tuple[str, ...]:
    """The activation of a section in our words. Raises UnsupportedError."""
    word = section.word("activation", default)
    if word not in ACTIVATIONS:
        help = did_you_mean(nearest(word, ACTIVATIONS)) or None
        what = f"no layer of a spec stands for the activation `{word}`"
        raise UnsupportedError(what, help=help).at(section.place_of("activation"))
    return ACTIVATIONS[word]


def _call(text: str) -> LayerCall:
    """`scale(by=0.5)` as a call of its own."""
    kind, _, values = text.removesuffix(")").partition("(")
    words = [word for word in values.split(",") if word]
    options = dict(word.split("=") for word in words if "=" in word)
    return LayerCall(kind, tuple(word for word in words if "=" not in word), options)


def _layer(
    at: DarknetReading, call: LayerCall, shape: Shape, steps: tuple[str, ...], *inputs: int, **given: int | str
) -> int:
    """A layer with its activation: on the same line, or as a group where that takes several."""
    name = f"{name_of(at.now.kind)}{at.index}"
    if len(steps) < 2:
        act = {"act": steps[0]} if steps else {}
        return at.add(name, LayerCall(call.kind, call.arguments, {**call.options, **act}), shape, *inputs, **given)
    at.add(f"{name}.{call.kind}", call, shape, *inputs, **given)
    for step in steps:
        inner = _call(step)
        at.add(f"{name}.{inner.kind}", inner, shape)
    return at.last


def _normed(section: Section, units: int) -> tuple[dict[str, str], int, int]:
    """Options, params and buffers of a bias, or of the batch norm that stands instead."""
    if section.whole("batch_normalize", 0):
        return {"bias": "no", "norm": "batch_norm"}, 2 * units, 2 * units
    return {}, units, 0


def _opaque(at: DarknetReading, shape: Shape, note: str, params: int, buffers: int, macs: int) -> int:
    """A section that no kind computes, by its figures. Raises UnsupportedError for buffers, which those have not."""
    if buffers:
        raise UnsupportedError(f"no layer of a spec stands for [{at.now.kind}]: {note}").at(at.now.place)
    options = {"params": str(params), "macs": str(macs), "note": at.now.kind}
    name = f"{name_of(at.now.kind)}{at.index}"
    call = LayerCall("opaque", (str(shape),), options)
    return at.add(name, call, shape, params=params, macs=macs, note=note)


def _convolutional(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    filters, size = section.whole("filters", 1, 1), section.whole("size", 1, 1)
    stride, dilation = section.whole("stride", 1, 1), section.whole("dilation", 1, 1)
    groups = max(1, section.whole("groups", 1))
    padding = _padding(section, size)
    if channels % groups or filters % groups:
        what = f"{groups} groups do not divide {channels} and {filters} channels"
        raise SpecError(what).at(section.place_of("groups"))
    spans = dilation * (size - 1) + 1
    shape = Shape.of(filters, *((w + 2 * padding - spans) // stride + 1 for w in (height, width)))
    weights = filters * channels // groups * size * size
    options = _unless(1, stride=stride) | _unless(0, padding=padding) | _unless(1, dilation=dilation, groups=groups)
    norm, params, buffers = _normed(section, filters)
    call = LayerCall("conv", (str(filters), f"{size}x{size}"), options | norm)
    macs = weights * shape[1] * shape[2]
    return _layer(at, call, shape, _steps(section, "logistic"), params=weights + params, buffers=buffers, macs=macs)


def _deconvolutional(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    filters, size, stride = (section.whole(name, 1, 1) for name in ("filters", "size", "stride"))
    padding = _padding(section, size)
    shape = Shape.of(filters, *((w - 1) * stride + size - 2 * padding for w in (height, width)))
    weights = channels * filters * size * size
    norm, params, buffers = _normed(section, filters)
    options = _unless(1, stride=stride) | _unless(0, padding=padding) | norm
    call = LayerCall("conv_transpose", (str(filters), f"{size}x{size}"), options)
    macs = weights * height * width
    return _layer(at, call, shape, _steps(section, "logistic"), params=weights + params, buffers=buffers, macs=macs)


def _padding(section: Section, size: int) -> int:
    """`pad=1` is half the kernel; else `padding` says."""
    return size // 2 if section.whole("pad", 0) else section.whole("padding", 0)


def _unless(usual: int, **options: int) -> dict[str, str]:
    """The options that are not as usual."""
    return {name: str(value) for name, value in options.items() if value != usual}


def _maxpool(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    stride = section.whole("stride", 1, 1)
    size = section.whole("size", stride, 1)
    padding = section.whole("padding", size - 1)  # of both sides together
    out = [(w + padding - size) // stride + 1 for w in (height, width)]
    before, after = padding // 2, padding - padding // 2
    needed = before or any((o - 1) * stride + size > w for o, w in zip(out, (height, width), strict=True))
    around = {"padding": str(before) if before == after else f"{before}:{after}"} if needed else {}
    options = ({"stride": str(stride)} if stride != size else {}) | around
    return _layer(at, LayerCall("max_pool", (f"{size}x{size}",), options), Shape.of(channels, *out), ())


def _avgpool(_: Section, at: DarknetReading) -> int:
    shape = Shape.of(at.map()[0], 1, 1)
    return _layer(at, LayerCall("global_avg_pool", (), {"keepdim": "yes"}), shape, ())


def _connected(section: Section, at: DarknetReading) -> int:
    _flattened(at)
    inputs, outputs = at.shape[-1], section.whole("output", 1, 1)
    tokens = at.shape[0] if len(at.shape) == 2 else 1
    norm, params, buffers = _normed(section, outputs)
    call = LayerCall("linear", (str(outputs),), norm)
    weights = inputs * outputs
    shape = Shape.of(*at.shape[:-1], outputs)
    macs = weights * tokens
    return _layer(at, call, shape, _steps(section, "logistic"), params=weights + params, buffers=buffers, macs=macs)


def _flattened(at: DarknetReading) -> None:
    """What comes in as a row, where it is a map."""
    if len(at.shape) == 3:
        at.add(f"flatten{at.index}", LayerCall("flatten"), Shape.of(at.shape.elements))


def _softmax(section: Section, at: DarknetReading) -> int:
    groups = section.whole("groups", 1, 1)
    if groups > 1:
        what = f"no layer of a spec stands for a softmax in {groups} groups"
        raise UnsupportedError(what).at(section.place_of("groups"))
    if at.shape[1:] != (1, 1) and not section.whole("spatial", 0):
        _flattened(at)
    note = f"by the tree of {section.word('tree', '')}, a softmax for each group of it" if section.has("tree") else ""
    return _layer(at, LayerCall("softmax"), at.shape, (), note=note)


def _pointwise(kind: str) -> Callable[[Section, DarknetReading], int]:
    return lambda _, at: _layer(at, LayerCall(kind), at.shape, ())


def _activation(section: Section, at: DarknetReading) -> int:
    steps = [_call(step) for step in _steps(section, "linear")]
    for step in steps:
        name = f"activation{at.index}"
        at.add(name if len(steps) == 1 else f"{name}.{step.kind}", step, at.shape)
    return at.last


def _dropout(section: Section, at: DarknetReading) -> int:
    return _layer(at, LayerCall("dropout", (_written(section.number("probability", 0.5)),)), at.shape, ())


def _written(number: float) -> str:
    """A number without an exponent, as a spec takes it."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _batchnorm(_: Section, at: DarknetReading) -> int:
    units = at.shape[0]
    return _layer(at, LayerCall("batch_norm"), at.shape, (), params=2 * units, buffers=2 * units)


def _normalization(section: Section, at: DarknetReading) -> int:
    size = section.whole("size", 5, 1)
    alpha = section.number("alpha", 0.0001) * size  # Darknet does not divide it by the size
    options = {"alpha": _written(alpha), "beta": _written(section.number("beta", 0.75))}
    options["k"] = _written(section.number("kappa", 1))
    return _layer(at, LayerCall("local_response_norm", (str(size),), options), at.shape, ())


def _crop(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    size = section.whole("crop_height", 1, 1), section.whole("crop_width", 1, 1)
    if size[0] > height or size[1] > width:
        raise SpecError(f"a crop of {size[0]}x{size[1]} from {at.shape}").at(section.place)
    return _layer(at, LayerCall("crop", (f"{size[0]}x{size[1]}",)), Shape.of(channels, *size), ())


def _upsample(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    stride = section.whole("stride", 2, 1)
    shape = Shape.of(channels, height * stride, width * stride)
    return _layer(at, LayerCall("upsample", (str(stride),)), shape, ())


def _reorg(section: Section, at: DarknetReading) -> int:
    channels, height, width = at.map()
    stride = section.whole("stride", 1, 1)
    if section.whole("reverse", 0) or section.whole("flatten", 0):
        raise UnsupportedError("no layer of a spec stands for a [reorg] that goes back or flattens").at(section.place)
    if height % stride or width % stride or channels % stride**2:
        raise SpecError(f"a stride of {stride} does not divide {at.shape}").at(section.place_of("stride"))
    shape = Shape.of(channels * stride**2, height // stride, width // stride)
    note = "Darknet mixes the values in an order of its own"
    if extra := section.whole("extra", 0):
        note = f"without the {extra} that extra={extra} appends in some versions of Darknet"
    return _layer(at, LayerCall("space_to_depth", (str(stride),)), shape, (), note=note)


def _route(section: Section, at: DarknetReading) -> int:
    place = section.place_of("layers")
    values = [at.end(index, place) for index in section.wholes("layers")]
    values = _parts_of_groups(section, at, values)
    shapes = [at.draft.shape_of(value) for value in values]
    if len(values) == 1:
        return values[0]
    other = next((shape for shape in shapes if shape[1:] != shapes[0][1:]), None)
    if other is not None:
        raise SpecError(f"[route] joins {shapes[0]} and {other}, which differ in more than channels").at(place)
    shape = Shape.of(sum(shape[0] for shape in shapes), *shapes[0][1:])
    return _layer(at, LayerCall("concat"), shape, (), *values)


def _parts_of_groups(section: Section, at: DarknetReading, values: list[int]) -> list[int]:
    """With `groups=2`, `group_id=1` the second half of the channels of each."""
    groups, chosen = section.whole("groups", 1, 1), section.whole("group_id", 0)
    if groups == 1:
        return values
    found = []
    for number, value in enumerate(values):
        shape = at.draft.shape_of(value)
        part, rest = divmod(shape[0], groups)
        if rest or chosen >= groups:
            raise SpecError(f"part {chosen} of {groups} of {shape[0]} channels").at(section.place_of("groups"))
        name = f"route{at.index}" + (f".part{number}" if len(values) > 1 else "")
        call = LayerCall("slice", (f"{chosen * part}:{(chosen + 1) * part}",))
        found.append(at.add(name, call, Shape.of(part, *shape[1:]), value))
    return found


def _shortcut(section: Section, at: DarknetReading) -> int:
    """Adds what both have: of unequal maps every s-th cell, of unequal channels the first."""
    place, shape, own = section.place_of("from"), at.shape, at.last
    added = [at.end(index, place) for index in section.wholes("from")]
    fitted = [_fitted(value, at, shape) for value in added]
    name = f"shortcut{at.index}" + (".sum" if fitted != added else "")
    steps = _steps(section, "linear")
    act = {"act": steps[0]} if steps else {}
    if len(steps) > 1:
        raise UnsupportedError("no layer of a spec stands for this activation of a sum").at(place)
    return at.add(name, LayerCall("add", (), act), shape, own, *fitted)


def _fitted(value: int, at: DarknetReading, shape: Shape) -> int:
    """A value brought to the shape of another one."""
    name, found = f"shortcut{at.index}", at.draft.shape_of(value)
    if len(found) != len(shape):
        raise SpecError(f"[shortcut] adds {found} to {shape}").at(at.now.place_of("from"))
    strides = [w // to for w, to in zip(found[1:], shape[1:], strict=True)]
    if strides and (min(strides) < 1 or strides[0] != strides[-1]):
        what = f"no layer of a spec adds {found} to some of the cells of {shape}"
        raise UnsupportedError(what).at(at.now.place_of("from"))
    if max(strides, default=1) > 1:
        found = Shape.of(found[0], *((w - 1) // strides[0] + 1 for w in found[1:]))
        if found[1:] != shape[1:]:
            raise SpecError(f"[shortcut] brings a map to {found}, the other is {shape}").at(at.now.place_of("from"))
        value = at.add(f"{name}.subsample", LayerCall("max_pool", ("1x1",), {"stride": str(strides[0])}), found, value)
    elif found[1:] != shape[1:]:
        raise SpecError(f"[shortcut] adds {found} to {shape}").at(at.now.place_of("from"))
    if found[0] > shape[0]:
        value = at.add(f"{name}.first", LayerCall("slice", (f"0:{shape[0]}",)), shape, value)
    elif found[0] < shape[0]:
        value = at.add(f"{name}.pad", LayerCall("pad", (), {"channels": f"0:{shape[0] - found[0]}"}), shape, value)
    return value


def _scale_channels(section: Section, at: DarknetReading) -> int:
    place = section.place_of("from")
    value = at.end(section.wholes("from")[0], place)
    shape = at.draft.shape_of(value)
    if at.shape != (shape[0], 1, 1):
        raise SpecError(f"[scale_channels] weighs {shape} by {at.shape}").at(place)
    return _layer(at, LayerCall("multiply"), shape, _steps(section, "linear"), value, at.last)


def _detector(_: Section, at: DarknetReading) -> int:
    """What reads boxes or a loss from the layer before it: that is an output."""
    at.detected.append(at.last)
    return at.last


def _tokens(at: DarknetReading) -> tuple[int, int]:
    if len(at.shape) != 2:
        what = f"[{at.now.kind}] reads one vector after the other, what comes in is {at.shape}"
        raise SpecError(what, help="give [net] inputs= and time_steps=").at(at.now.place)
    return at.shape[0], at.shape[1]


def _recurrent(kind: str, gates: int, note: Callable[[Section], str]) -> Callable[[Section, DarknetReading], int]:
    """gru and lstm: two connected sections a gate, each with biases of its own."""

    def row(section: Section, at: DarknetReading) -> int:
        steps, features = _tokens(at)
        units = section.whole("output", 1, 1)
        weights = gates * (features + units) * units
        shape = Shape.of(steps, units)
        if section.whole("batch_normalize", 0):
            both = 2 * gates * units
            return _opaque(at, shape, "batch norm inside a recurrent layer", weights + 2 * both, 2 * both,
                           weights * steps)  # fmt: skip
        options = {"reset_after": "no"} if gates == 3 else {}
        call = LayerCall(kind, (str(units),), options)
        params = weights + 2 * gates * units
        return _layer(at, call, shape, (), params=params, macs=weights * steps, note=note(section))

    return row


def _gru_note(section: Section) -> str:
    return "" if section.whole("tanh", 0) else "Darknet's candidate is a sigmoid here, not a tanh"


def _rnn(section: Section, at: DarknetReading) -> int:
    """Three connected sections: of the input, of the state, and of the output."""
    steps, features = _tokens(at)
    units = section.whole("output", 1, 1)
    if section.whole("batch_normalize", 0):
        weights = (features + 2 * units) * units
        return _opaque(at, Shape.of(steps, units), "batch norm inside a recurrent layer", weights + 6 * units,
                       6 * units, weights * steps)  # fmt: skip
    name, shape = f"rnn{at.index}", Shape.of(steps, units)
    weights = (features + units) * units
    note = "Darknet sums two activated parts, the tanh of a sum stands here"
    call = LayerCall("rnn", (str(units),))
    at.add(f"{name}.state", call, shape, params=weights + 2 * units, macs=weights * steps, note=note)
    weights = units * units
    act = _steps(section, "logistic")
    call = LayerCall("linear", (str(units),), {"act": act[0]} if act else {})
    return at.add(f"{name}.output", call, shape, params=weights + units, macs=weights * steps)


def _crnn(section: Section, at: DarknetReading) -> int:
    """Three convolutions: of the input, of the state, and of the output; after vectors on one cell a step."""
    tokens = len(at.shape) == 2
    channels, *cells = at.shape[::-1] if tokens else at.map()
    hidden, filters = (section.whole(name, section.whole(f"{name}_filters", 1, 1), 1) for name in ("hidden", "output"))
    size = section.whole("size", 3, 1)
    weights = size * size * (channels * hidden + hidden * hidden + hidden * filters)
    units = 2 * hidden + filters
    norm = section.whole("batch_normalize", 0)
    note = "a state that a convolution brings to the next step"
    shape = Shape.of(*cells, filters) if tokens else Shape.of(filters, *cells)
    return _opaque(at, shape, note, weights + units * (2 if norm else 1), 2 * units if norm else 0,
                   weights * prod(cells))  # fmt: skip


def _local(section: Section, at: DarknetReading) -> int:
    """A convolution whose kernel and bias differ from place to place."""
    channels, height, width = at.map()
    filters, size, stride = (section.whole(name, 1, 1) for name in ("filters", "size", "stride"))
    taken = [w if section.whole("pad", 0) else w - size + 1 for w in (height, width)]
    out = [(w - 1) // stride + 1 for w in taken]
    shape = Shape.of(filters, *out)
    weights = size * size * channels * filters * out[0] * out[1]
    steps, pad = _steps(section, "logistic"), int(section.whole("pad", 0) > 0)
    if pad and size != 3:
        what = f"no layer of a spec stands for a [local] of {size}x{size} that is padded by 1"
        raise UnsupportedError(what).at(section.place_of("pad"))
    options = _unless(1, stride=stride) | _unless(0, padding=pad)
    call = LayerCall("locally_connected", (str(filters), f"{size}x{size}"), options)
    return _layer(at, call, shape, steps, params=weights + shape.elements, macs=weights)


SECTIONS: dict[str, Callable[[Section, DarknetReading], int]] = {
    "convolutional": _convolutional, "conv": _convolutional, "deconvolutional": _deconvolutional,
    "deconv": _deconvolutional, "connected": _connected, "conn": _connected, "local": _local,
    "maxpool": _maxpool, "max": _maxpool, "avgpool": _avgpool, "avg": _avgpool, "crop": _crop,
    "upsample": _upsample, "reorg": _reorg, "route": _route, "shortcut": _shortcut,
    "scale_channels": _scale_channels, "softmax": _softmax, "soft": _softmax, "logistic": _pointwise("sigmoid"),
    "l2norm": _pointwise("l2_normalize"), "activation": _activation, "dropout": _dropout, "batchnorm": _batchnorm,
    "normalization": _normalization, "lrn": _normalization,
    "rnn": _rnn, "gru": _recurrent("gru", 3, _gru_note), "lstm": _recurrent("lstm", 4, lambda _: ""),
    "crnn": _crnn, "yolo": _detector, "region": _detector, "detection": _detector, "cost": _detector,
    "iseg": _detector, "gaussian_yolo": _detector,
}  # fmt: skip
"""The word of a section -> what reads it and gives the value that it ends in."""
