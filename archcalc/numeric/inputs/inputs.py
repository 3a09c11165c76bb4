"""What a network reads: random values by a seed, an array file, or an image."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.errors import BackendError, SpecError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.images import read_image
from archcalc.numeric.inputs.numbers import NUMBERS, read_numbers
from archcalc.numeric.inputs.preprocess import Preprocess, parse_preprocess
from archcalc.numeric.namespace import Array
from archcalc.numeric.weight_files.npy import DamagedArray, read_array


@record
class Reading:
    """How an image becomes an array."""

    preprocess: Preprocess | None = None
    """What is done to it; unless given, what the spec says (`about: preprocess`), else nothing."""
    background: str = "white"
    """What transparent pixels are laid over, one of `BACKGROUNDS`."""


def reading_of(graph: Graph, reading: Reading) -> Reading:
    """The reading with the spec's own preprocessing where none was asked for. Raises UsageError for a wrong one."""
    said = graph.about.get("preprocess")
    if reading.preprocess is not None or said is None:
        return reading
    return replace(reading, preprocess=parse_preprocess(said, f"{graph.name}'s `about: preprocess`"))


def random_input(graph: Graph, name: str, seed: int, batch: int, dtype: str = "float32") -> Array:
    """(batch, *shape): normal values of variance 1, or indices where an embedding reads them."""
    value = graph.values[name]
    rng = np.random.default_rng((seed, crc32(name.encode())))
    shape = (batch, *graph.value_shape(value))
    rows = table_rows(graph, value)
    if rows:
        return rng.integers(0, rows, shape).astype(dtype)
    return rng.standard_normal(shape, np.float32).astype(dtype, copy=False)


def table_rows(graph: Graph, value: int) -> int:
    """How many rows the smallest table has that a value holds indices of; 0 where it holds quantities."""
    readers: list[Any] = [node.layer for node in graph.nodes if node.layer.traits.indices and value in node.inputs]
    return min((layer.num_embeddings for layer in readers), default=0)


def read_input(
    path: Path, shape: Shape, reading: Reading, dtype: str = "float32", note: Callable[[str], None] | None = None
) -> Array:
    """(N, *shape) from a .npy array or a text of numbers, with or without a batch axis, or from an image.

    Args:
        note: is told what was done to an image that nobody asked for.

    Raises SpecError for a file that cannot be read, has another size, or holds values that are not finite.
    """
    if not os.path.isfile(path):
        raise SpecError(f"the input {path} does not exist")
    if path.suffix.lower() in NUMBERS:
        return read_numbers(path, shape, dtype)
    x = _image(path, shape, reading, note) if is_image(path) else _array(path)
    return as_input(x, str(path), shape, dtype)


def as_input(x: Array, what: str, shape: Shape, dtype: str) -> Array:
    """(N, *shape) from an array with or without a batch axis. Raises SpecError where it does not fit (`what`)."""
    if x.dtype.kind not in "fiub":
        raise SpecError(f"{what} holds no numbers")
    x = x[None] if x.shape == shape else x
    if x.shape[1:] != shape or not len(x):
        found = "x".join(map(str, x.shape)) or "a single number"
        raise SpecError(f"{what} is {found}, the input is {shape}", help=f"{shape}, or a batch Nx{shape}")
    if not np.isfinite(x).all():
        raise SpecError(f"{what} holds values that are not finite")
    with np.errstate(over="ignore"):  # told below
        cast = x.astype(dtype, copy=False)
    if not np.isfinite(cast).all():
        raise SpecError(f"{what} holds {x.flat[abs(x).argmax()]}, too large for {dtype}", help="--dtype float64")
    return cast


def is_image(path: Path) -> bool:
    """Whether the file is read as an image: all that are no arrays."""
    return path.suffix.lower() not in (".npy", *NUMBERS)


def _image(path: Path, shape: Shape, reading: Reading, note: Callable[[str], None] | None) -> Array:
    preprocess = reading.preprocess or Preprocess()
    found = read_image(path, shape, preprocess, reading.background)
    if note is not None:
        for text in found.notes:
            note(text)
    return preprocess.normalize(found.values)[None]


def _array(path: Path) -> Array:
    try:
        return read_array(path)
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None
    except DamagedArray as error:
        raise SpecError(f"{path} is no array that can be read: {error}") from None
    except MemoryError:
        size = f"{path.stat().st_size / 1e6:,.0f} MB"
        raise BackendError(f"the memory is too small for the {size} of {path}") from None
