"""Files of weights written by hand, byte by byte as their formats say; no library that writes them is needed."""

from __future__ import annotations

import json
import struct
import zipfile
from math import prod

import numpy as np

STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "i4": "IntStorage",
            "i2": "ShortStorage", "i1": "CharStorage", "u1": "ByteStorage", "b1": "BoolStorage"}  # fmt: skip
ORDERED_DICT = b"ccollections\nOrderedDict\n)R"


def save_safetensors(path, arrays, dtype="F32"):
    """The format written by hand: length, header, bytes."""
    entries, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, array in arrays.items():
        entries[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    header = json.dumps(entries).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"".join(a.tobytes() for a in arrays.values()))


def safetensors_bytes(header, data=b"", length=None):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


def word(text):
    """BINUNICODE."""
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def whole(number):
    """BININT, or LONG1 where it has more than 31 bits."""
    if number < 1 << 31:
        return b"J" + struct.pack("<i", number)
    return b"\x8a\x09" + number.to_bytes(9, "little")


def numbers(sizes):
    return b"(" + b"".join(map(whole, sizes)) + b"t"


def tensor(key, storage, count, shape, stride=None, offset=0):
    """The pickle of a view of a storage (torch/_utils.py, _rebuild_tensor_v2)."""
    stride = [prod(shape[i + 1 :]) for i in range(len(shape))] if stride is None else stride
    stored = b"(" + word("storage") + f"ctorch\n{storage}\n".encode() + word(key) + word("cpu") + whole(count) + b"tQ"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + stored + whole(offset) + numbers(shape) + numbers(stride)
        + b"\x89" + ORDERED_DICT + b"tR"
    )  # fmt: skip


def entries(pairs):
    """An OrderedDict of words and pickled values."""
    return ORDERED_DICT + b"(" + b"".join(word(name) + value for name, value in pairs) + b"u"


def state_dict(arrays):
    """The pickled value for arrays by name, each with a storage of its own: 0, 1, 2 ..."""
    return entries(
        (name, tensor(str(key), STORAGES[array.dtype.str[1:]], array.size, array.shape))
        for key, (name, array) in enumerate(arrays.items())
    )


def save_torch(path, arrays, value=None, more=(), order="little"):
    """What torch.save writes; `value` is the pickle of another value than the arrays by name."""
    value = state_dict(arrays) if value is None else value
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + value + b".")
        archive.writestr("archive/byteorder", order)
        for key, array in enumerate(arrays.values()):
            swapped = array.astype(array.dtype.newbyteorder(">" if order == "big" else "<"))
            archive.writestr(f"archive/data/{key}", swapped.tobytes())
        for name, content in more:
            archive.writestr(f"archive/{name}", content)


def save_torch_of_old(path, arrays):
    """What torch.save wrote before 1.6: five pickles, then each storage after the number of its values."""
    numbers_of_old = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", b"\x80\x02M\xe9\x03.", b"\x80\x02}."
    keys = b"\x80\x02](" + b"".join(word(str(key)) for key in range(len(arrays))) + b"e."
    with path.open("wb") as file:
        file.write(b"".join(numbers_of_old) + b"\x80\x02" + state_dict(arrays) + b"." + keys)
        for array in arrays.values():
            file.write(struct.pack("<q", array.size) + array.tobytes())


def values_for(shapes, start=1.0):
    """Arrays of these shapes, no two values equal."""
    count = 0
    arrays = {}
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        arrays[name] = (np.arange(size) + count + start).reshape(shape).astype(np.float32)
        count += size
    return arrays
