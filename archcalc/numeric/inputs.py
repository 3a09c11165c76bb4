"""What a network reads: random values by a seed, an array file, or an image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import numpy as np

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.graph.graph import Graph
from archcalc.layers.embedding import Embedding
from archcalc.numeric.namespace import Array

NORMALIZATIONS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
"""Name -> mean and deviation of each channel, for values from 0 to 1 (torchvision's for ImageNet)."""

_MODES = {1: "L", 3: "RGB"}


@record
class Reading:
    """How an image becomes an array."""

    resize: bool = False
    """Scale it to the size of the input; else another size is an error."""
    normalize: str | None = None
    """A row of `NORMALIZATIONS`; else values from 0 to 1."""


def random_input(graph: Graph, name: str, seed: int, batch: int, dtype: str = "float32") -> Array:
    """(batch, *shape): normal values of variance 1, or indices where an embedding reads them."""
    value = graph.values[name]
    rng = np.random.default_rng((seed, crc32(name.encode())))
    shape = (batch, *graph.value_shape(value))
    vectors = [
        node.layer.num_embeddings for node in graph.nodes if isinstance(node.layer, Embedding) and value in node.inputs
    ]
    if vectors:
        return rng.integers(0, min(vectors), shape).astype(dtype)
    return rng.standard_normal(shape, np.float32).astype(dtype, copy=False)


def read_input(path: Path, shape: Shape, reading: Reading, dtype: str = "float32") -> Array:
    """(N, *shape) from a .npy array, with or without a batch axis, or from an image.

    Raises SpecError for a file that cannot be read, has another size, or holds values that are not finite.
    """
    if not path.is_file():
        raise SpecError(f"the input {path} does not exist")
    x = _image(path, shape, reading) if is_image(path) else _array(path, shape, reading)
    if not np.isfinite(x).all():
        raise SpecError(f"{path} holds values that are not finite")
    return x.astype(dtype, copy=False)


def is_image(path: Path) -> bool:
    """Whether the file is read as an image: all that are no arrays."""
    return path.suffix != ".npy"


def normalized(x: Array, name: str) -> Array:
    """(C, H, W) with its channels shifted and scaled by a row of `NORMALIZATIONS`."""
    mean, deviation = (np.asarray(values, x.dtype).reshape(-1, 1, 1) for values in NORMALIZATIONS[name])
    if len(mean) != len(x):
        raise UsageError(f"--normalize {name} is for {len(mean)} channels, the input has {len(x)}")
    return (x - mean) / deviation


def _array(path: Path, shape: Shape, reading: Reading) -> Array:
    if reading.resize or reading.normalize:
        raise UsageError(f"--resize and --normalize are for images, {path} is an array")
    try:
        x = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise SpecError(f"{path} is no .npy file of a plain array") from None
    if x.dtype.kind not in "fiub":
        raise SpecError(f"{path} holds no real numbers")
    x = x[None] if x.shape == shape else x
    if x.shape[1:] != shape or not len(x):
        found = "x".join(map(str, x.shape)) or "a single number"
        raise SpecError(f"{path} is {found}, the input is {shape}", help=f"{shape}, or a batch Nx{shape}")
    return x


def _image(path: Path, shape: Shape, reading: Reading) -> Array:
    if len(shape) != 3 or shape.channels not in _MODES:
        raise SpecError(f"an image has 1 or 3 channels, the input is {shape}", help="give an array: --input x.npy")
    x = _pixels(path, shape, reading.resize)
    if reading.normalize:
        x = normalized(x, reading.normalize)
    return x[None]


def _pixels(path: Path, shape: Shape, resize: bool) -> Array:
    """(C, H, W) with values from 0 to 1."""
    try:
        from PIL import Image, ImageOps
    except ModuleNotFoundError:
        raise UnsupportedError("images need Pillow", help="pip install 'archcalc[numeric]'") from None
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert(_MODES[shape.channels])
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise SpecError(
            f"{path} is no image that can be read", help="a .npy array, or an image as PNG or JPEG"
        ) from None
    channels, height, width = shape
    if image.size != (width, height):
        if not resize:
            found = Shape.of(channels, image.height, image.width)
            raise SpecError(f"{path} is {found}, the input is {shape}", help="--resize scales it")
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32).reshape(height, width, channels).transpose(2, 0, 1) / np.float32(255)
