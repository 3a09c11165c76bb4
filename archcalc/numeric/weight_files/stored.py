"""What a file of weights says about its tensors before any of their values is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from archcalc.core.record import record
from archcalc.errors import SpecError

Array = np.ndarray[Any, Any]

MOST_TENSORS = 20_000
"""ResNet-152 has 932; a file with more than this is no network's."""
MOST_AXES = 32
"""NumPy's own limit before 2.0."""
_LONGEST_NAME = 80
_CHUNK = 1 << 20


@record
class Stored:
    """A tensor of a file, its values still there."""

    shape: tuple[int, ...]
    read: Callable[[], Array]
    """Its values, of this shape. Raises SpecError where they are damaged, MemoryError where they do not fit."""


@record
class WeightFile:
    """The tensors of a file by name."""

    tensors: Mapping[str, Stored]
    ordered: bool
    """Whether they stand in the order in which they were written."""
    notes: tuple[str, ...] = ()
    """What of the file is not read."""


def quoted(name: str) -> str:
    """A name from a file, cut where it is very long."""
    cut = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
    return f"`{cut}`"


def refuse_too_many(path: Path, count: int) -> None:
    """Raise SpecError for a file with more tensors than any network has."""
    if count > MOST_TENSORS:
        raise SpecError(f"{path} holds {count:,} tensors; the limit is {MOST_TENSORS:,}")


def fill(stream: BinaryIO, dtype: str, count: int) -> Array | None:
    """The next `count` values of a stream, read in pieces; None where there are fewer."""
    values: Any = np.empty(count, dtype)
    left = memoryview(values).cast("B") if count else memoryview(b"")
    while left:
        piece = stream.read(min(_CHUNK, len(left)))
        if not piece:
            return None
        left[: len(piece)] = piece
        left = left[len(piece) :]
    filled: Array = values
    return filled
