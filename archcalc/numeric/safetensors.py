"""The .safetensors format, read with nothing but NumPy.

8 bytes: the length of the header, little-endian; the header in JSON: name -> dtype, shape and the offsets of
its bytes after the header; then those bytes, row by row. Source: the format section of the project's README.
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from archcalc.errors import SpecError

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
_LENGTH = 8
_LONGEST_HEADER = 100_000_000
"""The format's own limit."""


def load(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Every tensor by name, in the order of the file. Raises SpecError for a file that is not of this format."""
    size = path.stat().st_size
    content = np.memmap(path, np.uint8, "r") if size else np.empty(0, np.uint8)
    start = _LENGTH + int.from_bytes(content[:_LENGTH].tobytes(), "little")
    if size < _LENGTH or start > size or start > _LONGEST_HEADER:
        raise _damaged(path, "its header is cut off")
    try:
        header = json.loads(content[_LENGTH:start].tobytes())
        entries = {name: _entry(entry) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(path, "its header cannot be read") from None
    return {name: _tensor(path, name, content[start:], *entry) for name, entry in entries.items()}


def _entry(entry: dict[str, Any]) -> tuple[str, list[int], int, int]:
    begin, end = entry["data_offsets"]
    return str(entry["dtype"]), [int(size) for size in entry["shape"]], int(begin), int(end)


def _tensor(
    path: Path, name: str, data: np.ndarray[Any, Any], dtype: str, shape: list[int], begin: int, end: int
) -> np.ndarray[Any, Any]:
    if dtype not in _DTYPES:
        raise SpecError(f"`{name}` of {path} has the type {dtype}", help=f"one of {', '.join(_DTYPES)}")
    size = prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
    if min(shape, default=0) < 0 or not 0 <= begin <= end <= len(data) or end - begin != size:
        raise _damaged(path, f"the bytes of `{name}` do not match its shape")
    values = np.frombuffer(data[begin:end].tobytes(), _DTYPES[dtype]).reshape(shape)
    return _widened(values) if dtype == "BF16" else values


def _widened(halves: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """bfloat16 is the upper half of a float32."""
    return (halves.astype("<u4") << 16).view("<f4")


def _damaged(path: Path, why: str) -> SpecError:
    return SpecError(f"{path} is no whole .safetensors file: {why}")
