"""The .safetensors format, read with nothing but NumPy.

8 bytes: the length of the header, little-endian; the header in JSON: name -> dtype, shape and the offsets of
its bytes after the header; then those bytes, row by row, without gaps or overlaps. Source: the format section of the
project's README. The names are those of a map: most programs write them sorted, so the order says nothing.
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.errors import SpecError
from archcalc.numeric.weight_files.stored import MOST_AXES, Array, Stored, WeightFile, fill, quoted, refuse_too_many

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_LENGTH = 8
_LONGEST_HEADER = 8 << 20
"""Some 80,000 tensors; the format's own limit is 100 MB."""
_LARGEST_SIZE = 1 << 48


@record
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def load(path: Path) -> WeightFile:
    """Every tensor by name. Raises SpecError for a file that is not of this format."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if size < _LENGTH or _LENGTH + length > size:
            raise _damaged(path, "its header is cut off")
        if length > _LONGEST_HEADER:
            raise _damaged(path, f"its header is {length:,} bytes long; the limit is {_LONGEST_HEADER:,}")
        entries = _entries(path, file.read(length))
    start = _LENGTH + length
    _refuse_gaps(path, entries, size - start)
    return WeightFile({name: _stored(path, name, start, entry) for name, entry in entries.items()}, ordered=False)


def _entries(path: Path, header: bytes) -> dict[str, _Entry]:
    try:
        found = json.loads(header, object_pairs_hook=_unique, parse_float=_refused, parse_constant=_refused)
        found.pop("__metadata__", None)
        refuse_too_many(path, len(found))
        return {name: _entry(path, name, **entry) for name, entry in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _damaged(path, "its header cannot be read") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refused(number: str) -> float:
    raise ValueError(f"{number} is no size")


def _entry(path: Path, name: str, dtype: str, shape: list[int], data_offsets: list[int]) -> _Entry:
    begin, end = data_offsets
    sizes = (*shape, begin, end)
    if not all(type(size) is int and 0 <= size <= _LARGEST_SIZE for size in sizes) or len(shape) > MOST_AXES:
        raise _damaged(path, f"the shape or the place of {quoted(name)} is none")
    if dtype not in _DTYPES:
        raise SpecError(f"{quoted(name)} of {path} has the type {str(dtype)[:20]}", help=f"one of {', '.join(_DTYPES)}")
    if end - begin != prod(shape) * np.dtype(_DTYPES[dtype]).itemsize:
        raise _damaged(path, f"the bytes of {quoted(name)} do not match its shape")
    return _Entry(dtype, tuple(shape), begin, end)


def _refuse_gaps(path: Path, entries: dict[str, _Entry], size: int) -> None:
    """Tensor follows tensor from the first byte to the last, says the format."""
    place = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.end > size:
            raise _damaged(path, f"the bytes of {quoted(name)} are cut off")
        if entry.begin != place:
            raise _damaged(
                path, f"{quoted(name)} {'overlaps' if entry.begin < place else 'leaves a gap after'} another"
            )
        place = entry.end
    if place != size:
        raise _damaged(path, f"{size - place:,} bytes after the last tensor belong to none")


def _stored(path: Path, name: str, start: int, entry: _Entry) -> Stored:
    place = start + entry.begin

    def read() -> Array:
        values = _values(path, name, place, _DTYPES[entry.dtype], entry.shape)
        return widened(values) if entry.dtype == "BF16" else values

    return Stored(entry.shape, read)


def _values(path: Path, name: str, offset: int, dtype: str, shape: tuple[int, ...]) -> Array:
    with path.open("rb") as file:
        file.seek(offset)
        values = fill(file, dtype, prod(shape))
    if values is None:
        raise _damaged(path, f"the bytes of {quoted(name)} are cut off")
    return values.reshape(shape)


def widened(halves: Array) -> Array:
    """bfloat16 is the upper half of a float32."""
    wide: Array = (halves.astype("<u4") << 16).view("<f4")
    return wide


def _damaged(path: Path, why: str) -> SpecError:
    return SpecError(f"{path} is no whole .safetensors file: {why}")
