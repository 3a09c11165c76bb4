"""Misconceptions about the parameters of one layer: each says what the student's layer would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.core import Shape, TensorSpec, TransposedWindow, Window
from archcalc.core.record import replace
from archcalc.homework.diagnosis.misconceptions.mistake import Altered, LayerPlace, Mistake
from archcalc.homework.diagnosis.worlds import Changed, reshaped, without_tensor
from archcalc.layers import KINDS
from archcalc.layers.base import Layer, Weights
from archcalc.layers.linear import Linear
from archcalc.layers.recurrent import with_biases
from archcalc.layers.subsampling import Subsample
from archcalc.layers.traits import CONV, IN_ORDER, LINEAR, POOL

if TYPE_CHECKING:
    from archcalc.layers.conv import Conv
    from archcalc.layers.conv_transpose import ConvTranspose

Which = Callable[[Layer], bool]


def weighted(layer: Layer) -> bool:
    """Whether it is a convolution or fully connected, as its author wrote it: no misconception has changed it."""
    return layer.traits.weighted and not isinstance(layer, Changed)


def convolves(layer: Layer) -> bool:
    """Whether it is a convolution, transposed ones too."""
    return weighted(layer) and layer.traits.family == CONV


def connects(layer: Layer) -> bool:
    """Whether it is fully connected."""
    return weighted(layer) and layer.traits.family == LINEAR


def batch_norm(layer: Layer) -> bool:
    """Whether it is the norm that misconceptions speak of by name."""
    return layer.kind == "batch_norm" and not isinstance(layer, Changed)


def conv_at(place: LayerPlace) -> Conv | ConvTranspose | None:
    """The convolution at a place, a depthwise one as the grouped one that it is."""
    layer: Any = place.layer
    return layer.grouped(place.x) if convolves(layer) else None


def without_bias(layer: Layer) -> Layer | None:
    """The same layer without its bias; None where it has none to lose."""
    bare = with_bias(layer, "no") if weighted(layer) else layer
    return None if bare == layer else bare


def with_bias(layer: Layer, wanted: str) -> Layer:
    """The layer with a bias or without, in the word that its kind has for it."""
    parameter = KINDS[layer.kind].parameter("bias")
    assert parameter is not None
    return replace(layer, bias=parameter.type.convert(wanted == "yes", 0))


def seeing(layer: Conv | ConvTranspose, x: Shape, channels: int) -> Layer:
    """The convolution, ungrouped, on an input of so many channels."""
    return Changed(replace(layer, groups=1), reads=Shape((channels, *x.spatial)))


def once_along_the_first_axis(conv: Conv | ConvTranspose) -> Layer:
    """The convolution with a kernel of K cells instead of K to the power of its axes."""
    return replace(conv, kernel_size=(conv.kernel_size[0], *(1,) * (len(conv.kernel_size) - 1)))


def _squared(conv: Conv | ConvTranspose) -> Layer:
    """The convolution along one axis with a kernel of two."""
    return Changed(conv, tensors=reshaped(weight=lambda shape: (*shape, shape[-1])))


def _no_bias(place: LayerPlace) -> Iterator[Altered]:
    bare = without_bias(place.layer)
    if bare is not None:
        yield Altered(bare)


def _of_conv(
    change: Callable[[Conv | ConvTranspose, LayerPlace], Layer | None],
) -> Callable[[LayerPlace], Iterator[Altered]]:
    """An alteration of convolutions without a table of links."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        conv = conv_at(place)
        if conv is not None and getattr(conv, "links", None) is None:
            changed = change(conv, place)
            if changed is not None:
                yield Altered(changed)

    return alter


def _tensors(
    change: Callable[[Weights, LayerPlace], Weights], which: Which
) -> Callable[[LayerPlace], Iterator[Altered]]:
    """An alteration of the tensors of some layers."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        if which(place.layer):
            yield Altered(Changed(place.layer, tensors=lambda weights: change(weights, place)))

    return alter


def _bias_shaped(shape: Callable[[LayerPlace, Weights], tuple[int, ...]]) -> Callable[[Weights, LayerPlace], Weights]:
    """A bias of another shape, where there is one."""

    def change(weights: Weights, place: LayerPlace) -> Weights:
        if "bias" not in weights:
            return weights
        return {**weights, "bias": TensorSpec(Shape(shape(place, weights)))}

    return change


def _weight_shaped(shape: Callable[[LayerPlace, Weights], tuple[int, ...]]) -> Callable[[Weights, LayerPlace], Weights]:
    """A kernel of another shape."""
    return lambda weights, place: {**weights, "weight": TensorSpec(Shape(shape(place, weights)))}


def _inputs_of(place: LayerPlace, weights: Weights) -> tuple[int, ...]:  # noqa: ARG001
    return (place.x.features,) if connects(place.layer) else (place.x.channels,)


def _channels_squared(place: LayerPlace, weights: Weights) -> tuple[int, ...]:  # noqa: ARG001
    filters, channels, kernel = (weights["weight"].shape[at : at + 1] for at in range(3))
    return (*filters, *channels, *channels, *kernel)


def _on_an_image(layer: Layer) -> bool:
    return convolves(layer) and len(_attribute(layer, "kernel_size")) == 2


def _unshared(weights: Weights, place: LayerPlace) -> Weights:
    return {name: TensorSpec(Shape((*place.y.spatial, *tensor.shape))) for name, tensor in weights.items()}


def _unshared_over_input(place: LayerPlace, weights: Weights) -> tuple[int, ...]:
    return (*place.x.spatial, *weights["weight"].shape)


def _at_positions(weights: Weights, place: LayerPlace) -> Weights:
    return {"weight": TensorSpec(Shape((*place.y.spatial, *weights["weight"].shape)))}


def _missing_brackets(weights: Weights, place: LayerPlace) -> Weights:  # noqa: ARG001
    return reshaped(weight=lambda shape: shape[1:])(weights) if "bias" in weights else weights


def _as_fully_connected(conv: Conv | ConvTranspose, place: LayerPlace) -> Layer:
    has_bias = conv.bias not in ("no", False)
    return Changed(conv, tensors=lambda _: Linear(place.y.elements, has_bias).weights(Shape.of(place.x.elements)))


def _groups_twice(conv: Conv | ConvTranspose, place: LayerPlace) -> Layer:  # noqa: ARG001
    return Changed(conv, tensors=reshaped(weight=lambda shape: (shape[0] // conv.groups, *shape[1:])))


def _one_filter(weights: Weights, place: LayerPlace) -> Weights:  # noqa: ARG001
    return {name: TensorSpec(Shape((1, *tensor.shape[1:]))) for name, tensor in weights.items()}


def _one_per_filter(place: LayerPlace) -> Iterator[Altered]:
    conv = conv_at(place)
    if conv is not None and prod(conv.kernel_size) == 1:
        shrunk = reshaped(weight=lambda shape: shape[:1])
        yield Altered(Changed(conv, tensors=shrunk))
        yield Altered(Changed(conv, tensors=lambda weights: without_tensor("bias")(shrunk(weights))))


def _dilated(conv: Conv | ConvTranspose, place: LayerPlace) -> Layer | None:
    if set(conv.dilation) == {1}:
        return None
    windows = place.layer.windows(place.x)
    return replace(conv, kernel_size=tuple(w.extent for w in windows if isinstance(w, Window | TransposedWindow)))


def _image_channels(place: LayerPlace) -> Iterator[Altered]:
    conv = conv_at(place)
    channels = place.graph.inputs[0][1].channels
    if conv is not None and place.before() is not None and channels != place.x.channels:
        yield Altered(seeing(conv, place.x, channels))


def _image_rgb(place: LayerPlace) -> Iterator[Altered]:
    conv = conv_at(place)
    if conv is not None and place.before() is None and place.x.channels in (1, 3):
        yield Altered(seeing(conv, place.x, 4 - place.x.channels))


def _previous_in_channels(place: LayerPlace) -> Iterator[Altered]:
    """The inputs of the weighted layer before, which its author copied."""
    previous = place.before()
    while previous is not None and not weighted(previous.layer):
        previous = previous.before()
    if previous is None:
        return
    conv = conv_at(place)
    if conv is not None and len(previous.x) == len(place.x):
        yield Altered(seeing(conv, place.x, previous.x.channels))
    elif connects(place.layer) and connects(previous.layer):
        yield Altered(Changed(place.layer, reads=Shape.of(previous.x.features)))


def _own_outputs(place: LayerPlace) -> Iterator[Altered]:
    conv = conv_at(place)
    if conv is not None:
        yield Altered(seeing(conv, place.x, conv.out_channels))
    elif connects(place.layer):
        yield Altered(Changed(place.layer, reads=Shape.of(place.y.features)))


def _other_kernel(place: LayerPlace) -> Iterator[Altered]:
    conv = conv_at(place)
    for size in (1, 2, 3, 4, 5, 7, 9, 11) if conv is not None else ():
        assert conv is not None
        if conv.kernel_size != (size,) * len(conv.kernel_size):
            yield Altered(replace(conv, kernel_size=(size,) * len(conv.kernel_size)), {"wrong": str(size)})


def _pool_counted(place: LayerPlace) -> Iterator[Altered]:
    if place.pools and not place.node.weights:
        weight = TensorSpec(Shape((place.x.channels, *_attribute(place.layer, "kernel_size"))))
        bias = TensorSpec(Shape.of(place.x.channels))
        yield Altered(Changed(place.layer, tensors=lambda _: {"weight": weight}))
        yield Altered(Changed(place.layer, tensors=lambda _: {"weight": weight, "bias": bias}))


def _lenet_1998(place: LayerPlace) -> Iterator[Altered]:
    """Trainable subsampling, and the 60 links of the second convolution."""
    if place.pools and not place.node.weights:
        kernel, stride = _attribute(place.layer, "kernel_size"), _attribute(place.layer, "stride")
        yield Altered(Subsample(kernel, stride))
    conv = conv_at(place)
    if conv is not None and (place.x.channels, conv.out_channels, getattr(conv, "links", ())) == (6, 16, None):
        yield Altered(Changed(conv, tensors=reshaped(weight=lambda shape: (60, *shape[2:]))))


def _is_silent(place: LayerPlace) -> bool:
    """Whether it has nothing to learn and hands on as many values as it gets, and is no pooling."""
    one = len(place.node.inputs) == 1 and place.y.elements == place.x.elements
    return one and not place.node.weights and place.layer.traits.family != POOL


def _silent_counted(place: LayerPlace) -> Iterator[Altered]:
    if _is_silent(place):
        for count in dict.fromkeys((place.y.elements, place.x.channels)):
            weight = {"weight": TensorSpec(Shape.of(count))}
            yield Altered(Changed(place.layer, tensors=lambda _, weight=weight: weight))  # type: ignore[misc]


def _bias_before_norm(place: LayerPlace) -> Iterator[Altered]:
    bare = convolves(place.layer) and without_bias(place.layer) is None
    if bare and any(reader.layer.kind == "batch_norm" for reader in place.readers()):
        yield Altered(with_bias(place.layer, "yes"))


def _biases_of_gates(count: int) -> Callable[[LayerPlace], Iterator[Altered]]:
    """Recurrent layers with one bias for each gate, or with two."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        layer = with_biases(place.layer, count)
        if layer is not place.layer:
            yield Altered(layer)

    return alter


def _learned(weights: Weights, place: LayerPlace) -> Weights:  # noqa: ARG001
    return {name: replace(tensor, role="trainable") for name, tensor in weights.items()}


def _flattened(place: LayerPlace) -> LayerPlace | None:
    """The flatten in front of a fully connected layer, behind dropout and activations."""
    found = place.before() if connects(place.layer) else None
    while found is not None and not (_is_row(found) or connects(found.layer)):
        found = found.before()
    return found if found is not None and _is_row(found) and len(found.x) > 1 else None


def _is_row(place: LayerPlace) -> bool:
    """Whether it gives the values that it gets in one row."""
    return place.layer.traits.view == IN_ORDER and len(place.y) == 1


def _from_map(features: Callable[[Shape], int]) -> Callable[[LayerPlace], Iterator[Altered]]:
    """A fully connected layer that reads another count of the map before it."""

    def alter(place: LayerPlace) -> Iterator[Altered]:
        flat = _flattened(place)
        if flat is not None:
            x = flat.x
            letters = {"C": str(x.channels), "H": str(x[-2]), "W": str(x[-1])}
            yield Altered(Changed(place.layer, reads=Shape.of(features(x))), letters)

    return alter


def _flatten_image(place: LayerPlace) -> Iterator[Altered]:
    if _flattened(place) is not None:
        yield Altered(Changed(place.layer, reads=Shape.of(place.graph.inputs[0][1].elements)))


def _flatten_elsewhere(place: LayerPlace) -> Iterator[Altered]:
    """Another map flattened; the nearest first."""
    flat = _flattened(place)
    other = flat.before() if flat is not None else None
    while other is not None:
        if other.y.elements != place.x.features and len(other.y) > 1:
            yield Altered(Changed(place.layer, reads=Shape.of(other.y.elements)), {"other": other.title})
        other = other.before()


def _pooling_missed(place: LayerPlace) -> Iterator[Altered]:
    found = place.before() if connects(place.layer) else None
    while found is not None and _is_silent(found):
        found = found.before()
    if found is not None and found.layer.traits.family == POOL and not found.layer.traits.slides:
        letters = {"C": str(found.x.channels)}
        yield Altered(Changed(place.layer, reads=Shape.of(found.x.elements)), letters)


def _attribute(layer: Layer, name: str) -> Any:
    return getattr(layer, name)


PARAMETERS: tuple[Mistake, ...] = (
    Mistake(
        "rnn.one_bias", "You counted one bias for each gate, as in textbooks and Keras; this spec has two, as PyTorch.",
        _biases_of_gates(1), convention=True, accepted=True,
    ),
    Mistake(
        "rnn.two_biases", "You counted two biases for each gate, as PyTorch does; this spec has one.",
        _biases_of_gates(2), convention=True,
    ),
    Mistake("par.no_bias", "You counted the weights but not the biases.", _no_bias),
    Mistake(
        "par.no_in_channels", "Each filter spans all {Ci} input channels.",
        _of_conv(lambda conv, place: seeing(conv, place.x, 1)),
    ),
    Mistake(
        "par.no_in_channels+no_bias", "Each filter spans all {Ci} input channels, and has a bias.",
        _of_conv(lambda conv, place: (bare := without_bias(conv)) and seeing(bare, place.x, 1)),  # type: ignore[arg-type]
    ),
    Mistake(
        "par.bias_once", "Every filter has its own bias: {Co}, not 1.",
        _tensors(_bias_shaped(lambda place, weights: (1,)), weighted),
    ),
    Mistake(
        "par.bias_per_input", "A bias belongs to an output, so there are {Co}, not {Ci}.",
        _tensors(_bias_shaped(_inputs_of), weighted),
    ),
    Mistake(
        "par.bias_per_slice", "One bias per filter, not one per channel slice.",
        _tensors(_bias_shaped(lambda place, weights: weights["weight"].shape[:2]), convolves),
    ),
    Mistake(
        "par.missing_brackets", "Mind the brackets: (weights + 1) times the filters.",
        _tensors(_missing_brackets, convolves),
    ),
    Mistake(
        "par.k_not_squared", "The kernel is {K}x{K}: square it.",
        _of_conv(lambda conv, place: once_along_the_first_axis(conv)),
    ),
    Mistake(
        "par.channels_squared", "Square the size of the kernel, not the channels.",
        _tensors(_weight_shaped(_channels_squared), _on_an_image),
    ),
    Mistake(
        "par.k_squared", "The kernel lies along one axis: it has {K} cells, not {K}x{K}.",
        _of_conv(lambda conv, place: _squared(conv) if len(conv.kernel_size) == 1 else None),
    ),
    Mistake("fc.channels_only", "Flatten first: {H}x{W}x{C} inputs.", _from_map(lambda x: x.channels)),
    Mistake("fc.spatial_only", "Each of the {C} channels is flattened too.", _from_map(lambda x: prod(x.spatial))),
    Mistake(
        "par.no_sharing", "The same filter is used at every position, so count it once.",
        _tensors(_unshared, convolves),
    ),
    Mistake(
        "par.groups_ignored", "With {g} groups a filter sees only one part in {g} of the channels.",
        _of_conv(lambda conv, place: replace(conv, groups=1) if conv.groups > 1 else None),
    ),
    Mistake(
        "par.groups_twice", "Divide by the groups once.",
        _of_conv(_groups_twice),
    ),
    Mistake(
        "par.image_channels", "The input of {layer} has {Ci} channels, the outputs of the layer before.",
        _image_channels,
    ),
    Mistake("par.image_rgb_assumed", "This image has {Ci} channel(s).", _image_rgb),
    Mistake(
        "par.previous_in_channels", "{layer} reads the {Ci} outputs of the layer before, not what that layer reads.",
        _previous_in_channels,
    ),
    Mistake(
        "fc.out_as_in", "Each layer's inputs are the outputs of the one before: {layer} has {Ci}.", _own_outputs
    ),
    Mistake(
        "par.bias_per_position", "The bias is shared over the whole map: {Co}, not {Co} at each of {map} places.",
        _of_conv(lambda conv, place: replace(conv, bias="untied") if getattr(conv, "bias", "") == "yes" else None),
    ),
    Mistake(
        "par.one_filter", "That is one filter; the layer has {Co}.",
        _tensors(_one_filter, convolves),
    ),
    Mistake("par.k_eff", "Dilation spreads the weights, it does not add any.", _of_conv(_dilated)),
    Mistake(
        "par.stride_for_channels", "Stride does not change the number of parameters.",
        _of_conv(lambda conv, place: seeing(conv, place.x, conv.stride[0])),
    ),
    Mistake(
        "par.no_sharing_input", "The image size does not enter: filters are shared over the image.",
        _tensors(_weight_shaped(_unshared_over_input), convolves),
    ),
    Mistake(
        "par.times_positions", "You multiplied by the positions; that is the work, not the parameters.",
        _tensors(_at_positions, convolves),
    ),
    Mistake("par.as_fc", "You treated the convolution as fully connected.", _of_conv(_as_fully_connected)),
    Mistake(
        "par.spatial_as_weights", "The kernel, not the image, holds the weights.",
        _tensors(_weight_shaped(lambda place, weights: (weights["weight"].shape[0], *place.x.spatial)), convolves),
    ),
    Mistake("par.one_per_filter", "A 1x1 filter still has one weight per input channel: {Ci}.", _one_per_filter),
    Mistake("par.other_kernel", "The kernel of {layer} is {K}x{K}, not {wrong}x{wrong}.", _other_kernel),
    Mistake("par.pool_counted", "Pooling has nothing to learn: no parameters.", _pool_counted),
    Mistake(
        "par.lenet_paper", "That is the 1998 paper's layer; this spec has plain pooling and a full second convolution.",
        _lenet_1998, convention=True,
    ),
    Mistake(
        "par.bn_running_stats", "Running mean and variance are stored, not learned.",
        _tensors(_learned, batch_norm), convention=True,
    ),
    Mistake(
        "par.bn_none", "Batch norm learns a scale and a shift for each channel: 2 times {C}.",
        _tensors(lambda weights, place: {}, batch_norm),
    ),
    Mistake(
        "par.bn_one", "Batch norm learns a scale and a shift for each channel: 2 times {C}.",
        _tensors(lambda weights, place: without_tensor("bias")(weights), batch_norm),
    ),
    Mistake(
        "par.bn_spatial", "Batch norm has one pair per channel, not per pixel.",
        _tensors(
            lambda weights, place: reshaped(weight=lambda _: place.x, bias=lambda _: place.x)(weights), batch_norm
        ),
    ),
    Mistake(
        "par.conv_bias_before_bn", "This convolution has no bias, because batch norm follows.", _bias_before_norm
    ),
    Mistake("par.relu_counted", "This layer learns nothing.", _silent_counted),
    Mistake("fc.flatten_input", "Flatten what leaves the last layer, not the image.", _flatten_image),
    Mistake("fc.flatten_wrong_layer", "You flattened {other}.", _flatten_elsewhere),
    Mistake("fc.gap_missed", "Global average pooling leaves {C} values.", _pooling_missed),
)  # fmt: skip
"""Section 7.2 of the catalogue, the likelier first; those about sums of layers are in totals.py."""
