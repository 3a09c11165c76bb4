"""The header of NumPy's .npy format, read by a grammar of our own: NumPy's reader evaluates it as Python.

Six bytes, the version, the length of the header, then the text of a dict with three keys. Source: numpy.lib.format.
"""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.weight_files.stored import MOST_AXES, Array, fill

MAGIC = b"\x93NUMPY"
_LENGTHS = {1: 2, 2: 4, 3: 4}
"""Version -> bytes of the header's length."""
_LONGEST = 1 << 16
_ENTRY = (
    r"""\s*(?P<q{0}>['"])(?:descr(?P=q{0})\s*:\s*(?P<t{0}>['"])(?P<descr{0}>[<>|=]?[a-zA-Z]\d{{0,4}}|\?)(?P=t{0})"""
    r"|fortran_order(?P=q{0})\s*:\s*(?P<fortran{0}>True|False)"
    r"|shape(?P=q{0})\s*:\s*\((?P<shape{0}>(?:\s*\d{{1,19}}L?\s*,)*\s*(?:\d{{1,19}}L?)?)\s*\))\s*"
)
_HEADER = re.compile(r"\{" + ",".join(_ENTRY.format(i) for i in range(3)) + r",?\s*\}\s*")
_NUMBERS = "fiub"


class DamagedArray(Exception):
    """Why it is no array of numbers, as the end of a sentence."""


@record
class Header:
    """What stands before the values."""

    dtype: str
    fortran: bool
    shape: tuple[int, ...]


def read_header(stream: BinaryIO) -> Header:
    """The header of an array. Raises DamagedArray."""
    start = stream.read(8)
    if len(start) < 8 or start[:6] != MAGIC or start[6] not in _LENGTHS:
        raise DamagedArray("it is no .npy array")
    length = int.from_bytes(stream.read(_LENGTHS[start[6]]), "little")
    if length > _LONGEST:
        raise DamagedArray(f"its header is {length:,} bytes long; the limit is {_LONGEST:,}")
    text = stream.read(length).decode("utf-8", "replace")
    found = _HEADER.fullmatch(text)
    parts = {} if found is None else {k[:-1]: v for k, v in found.groupdict().items() if v is not None}
    if not {"descr", "fortran", "shape"} <= parts.keys():
        raise DamagedArray("its header is not that of an array of numbers")
    return Header(_dtype(parts["descr"]), parts["fortran"] == "True", _shape(parts["shape"]))


def check_size(header: Header, size: int) -> None:
    """Raise DamagedArray where the values that follow take another number of bytes than the header says."""
    needed = prod(header.shape) * np.dtype(header.dtype).itemsize
    if needed != size:
        raise DamagedArray("its values are cut off" if needed > size else "it holds more values than its header says")


def read_values(stream: BinaryIO, header: Header) -> Array:
    """The values after a header whose size is checked. Raises DamagedArray and MemoryError."""
    flat = fill(stream, header.dtype, prod(header.shape))
    if flat is None:
        raise DamagedArray("its values are cut off")
    stream.read(1)  # an archive compares the checksum at the end
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


def read_array(path: Path) -> Array:
    """The array of a .npy file. Raises DamagedArray, OSError and MemoryError."""
    with path.open("rb") as stream:
        header = read_header(stream)
        check_size(header, path.stat().st_size - stream.tell())
        return read_values(stream, header)


def _dtype(text: str) -> str:
    try:
        dtype = np.dtype(text)
    except TypeError:
        raise DamagedArray(f"its values are of the type {text}, which is unknown") from None
    if dtype.kind not in _NUMBERS:
        raise DamagedArray("it holds no numbers")
    return dtype.str


def _shape(text: str) -> tuple[int, ...]:
    sizes = tuple(int(size.strip().rstrip("L")) for size in text.split(",") if size.strip())
    if len(sizes) > MOST_AXES:
        raise DamagedArray(f"it has {len(sizes)} axes; the limit is {MOST_AXES}")
    return sizes
