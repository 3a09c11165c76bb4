"""Caffe's prototxt: layers that read blobs and write blobs, of the phase TEST; what only measures is no layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from archcalc.core import Shape
from archcalc.errors import SpecError, UnsupportedError
from archcalc.interop.net import SourceNet
from archcalc.interop.reading.caffe_reading import CaffeReading
from archcalc.interop.reading.caffe_table import DATA, LAYERS, LOSSES, V1
from archcalc.interop.reading.caffe_text import Message, TextValue, message_of
from archcalc.spec.names import did_you_mean, nearest

PHASE = "TEST"


def read(text: str, file: str, input: Mapping[str, Shape] | Shape | None = None) -> SourceNet:
    """The record of a prototxt.

    Args:
        input: instead of the sizes that it states, or where it states none.

    Raises:
        SpecError: for what is no prototxt, with its place.
        UnsupportedError: for a layer that no layer of a spec stands for.
    """
    root = message_of(text, file)
    layers = [_modern(layer) for layer in (*root.messages("layer"), *root.messages("layers")) if _in_phase(layer)]
    if not layers:
        raise SpecError("there are no layers", help="a prototxt has `layer { name: type: bottom: top: }`").at(
            root.place
        )
    reading = CaffeReading(layers)
    _inputs(root, reading, input)
    answers: list[int] = []
    for layer in layers:
        _read(layer, reading, answers)
    last = [
        value
        for name, value in reading.blobs.items()
        if value not in reading.read and value >= len(reading.draft.inputs)
    ]
    outputs = tuple(sorted({*answers, *last}))
    if not reading.draft.operations:
        raise SpecError("there are no layers that compute", help="is it a solver?").at(root.place)
    name = root.word("name") or PurePath(file).stem
    return reading.draft.net(name, f"Caffe prototxt {PurePath(file).name}", outputs)


def _modern(layer: Message) -> Message:
    """The layer, its type in the words of newer files."""
    for value in layer.values("type"):
        value.text = V1.get(value.text, value.text)
    return layer


def _in_phase(layer: Message) -> bool:
    """Whether a layer is there when the network answers."""
    included = [rule.word("phase", PHASE) for rule in layer.messages("include")]
    excluded = [rule.word("phase", PHASE) for rule in layer.messages("exclude")]
    return (PHASE in included or not included) and PHASE not in excluded


def _read(layer: Message, reading: CaffeReading, answers: list[int]) -> None:
    kind = layer.word("type")
    reading.now = layer
    if kind in DATA and not layer.words("bottom"):
        return
    if kind in LOSSES:
        answers += [reading.blob(value.text, value.place) for value in layer.values("bottom")[: LOSSES[kind]]]
        return
    if _is_target(layer, reading):
        return
    reading.inputs = [reading.blob(value.text, value.place) for value in layer.values("bottom")]
    row = LAYERS.get(kind)
    if row is None or not reading.inputs:
        what = f"no layer of a spec stands for the type `{kind}`" if row is None else f"`{kind}` has no bottom"
        help = did_you_mean(nearest(kind, LAYERS)) or None
        raise (UnsupportedError if row is None else SpecError)(what, help=help).at(layer.place_of("type"))
    made = row(layer, reading)
    reading.read.update(value for value in reading.inputs if value not in made)
    reading.draft.named[layer.word("name")] = made[-1]
    reading.blobs.update(zip(layer.words("top"), made, strict=False))


def _is_target(layer: Message, reading: CaffeReading) -> bool:
    """Whether what a layer makes is only what the network should say."""
    readers = [
        reader for top in layer.words("top") for reader in reading.readers.get(top, ()) if reader[0] is not layer
    ]
    return bool(readers) and all(_measures(reader, place) for reader, place in readers)


def _measures(reader: Message, place: int) -> bool:
    """Whether a layer compares with its bottom of this place, and computes nothing of it."""
    kind = reader.word("type")
    return kind in LOSSES and place >= LOSSES[kind] > 0


def _inputs(root: Message, reading: CaffeReading, given: Mapping[str, Shape] | Shape | None) -> None:
    """The inputs that a layer reads. Raises SpecError for a size that nothing states."""
    found = dict(_stated(root, reading))
    reading.stated = [*found]
    wanted = {name: found[name] for name in found if _is_read(name, reading)}
    for name, (stated, value) in wanted.items():
        shape = _given(given, name, first=not reading.blobs, alone=len(wanted) == 1) or stated
        if shape is None:
            several = ",".join(f"{other}=3x224x224" for other in wanted)
            what = f"nothing states the size of `{name}`"
            help = f"give it, as --input {several if len(wanted) > 1 else '3x224x224'}"
            raise SpecError(what, help=help).at(value.place)
        reading.blobs[name] = reading.draft.input("input" if len(wanted) == 1 else name, shape)


def _given(given: Mapping[str, Shape] | Shape | None, name: str, first: bool, alone: bool) -> Shape | None:
    """The size that was asked for."""
    if given is None or isinstance(given, Shape):
        return given if first else None
    return given.get(name) or (next(iter(given.values()), None) if alone else None)


def _is_read(name: str, reading: CaffeReading) -> bool:
    """Whether a layer that computes reads a blob."""
    readers = [layer for layer, _ in reading.readers.get(name, ())]
    return any(layer.word("type") not in LOSSES and not _is_target(layer, reading) for layer in readers)


def _stated(root: Message, reading: CaffeReading) -> Iterator[tuple[str, tuple[Shape | None, TextValue]]]:
    """What `input:` and the layers that read examples say, by blob."""
    shapes = [Shape(message.wholes("dim", 1)[1:]) for message in root.messages("input_shape")]
    dims = root.wholes("input_dim", 1)
    shapes = shapes or [Shape(dims[at + 1 : at + 4]) for at in range(0, len(dims), 4)]
    for number, value in enumerate(root.values("input")):
        yield value.text, (shapes[number] if number < len(shapes) else None, value)
    for layer in reversed(reading.layers):  # the first that makes a blob says its size
        if layer.word("type") in DATA and not layer.words("bottom"):
            for number, value in enumerate(layer.values("top")):
                yield value.text, (_shape(layer, number), value)


def _shape(layer: Message, number: int) -> Shape | None:
    """The shape of one example that a layer reads, where it says so."""
    for param in ("input_param", "dummy_data_param"):
        shapes = layer.message(param).messages("shape")
        if shapes:
            return Shape(shapes[min(number, len(shapes) - 1)].wholes("dim", 1)[1:])
    if number:
        return None
    memory = layer.message("memory_data_param")
    if memory.fields:
        return Shape.of(*(memory.whole(name, 1, 1) for name in ("channels", "height", "width")))
    crop = layer.message("transform_param").whole("crop_size", 0) or _own_crop(layer)
    return (
        Shape.of(1 if layer.message("transform_param").flag("force_gray", False) else 3, crop, crop) if crop else None
    )


def _own_crop(layer: Message) -> int:
    """`crop_size` of the layer's own message, in older files."""
    found = [
        message.whole("crop_size", 0)
        for key, message in layer.fields
        if isinstance(message, Message) and "data_param" in key
    ]
    return max(found, default=0)
