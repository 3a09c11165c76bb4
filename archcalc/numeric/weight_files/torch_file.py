"""What torch.save writes, read without PyTorch: tensors and plain values; nothing of the file is ever executed.

A zip archive holds the pickle of the saved value (`data.pkl`) and a member of raw bytes for each storage, which
tensors are views of; before PyTorch 1.6 all of it stood one after the other. Source: torch/serialization.py.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from archcalc.core.record import record
from archcalc.errors import SpecError
from archcalc.numeric.weight_files.archive import Archive
from archcalc.numeric.weight_files.pickles import Call, DamagedPickle, ForeignName, Machine, Named
from archcalc.numeric.weight_files.safetensors import widened
from archcalc.numeric.weight_files.stored import MOST_AXES, Array, Stored, WeightFile, fill, quoted, refuse_too_many

SAVE = "in PyTorch: torch.save(model.state_dict(), 'weights.pth')"
LEGACY_NUMBER = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How the pickle ends that older files begin with."""

_WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "model",
    "model_ema",
    "ema",
    "state_dict_ema",
    "net",
    "module",
    "weights",
)
"""Under which of its entries a checkpoint holds the state dict; the first that is there is read."""
_BFLOAT16 = "bfloat16"
_STORAGES = {
    "DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "BFloat16Storage": _BFLOAT16,
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "b1",
}  # fmt: skip
_DTYPES = {"uint16": "u2", "uint32": "u4", "uint64": "u8"}
"""Those of `_rebuild_tensor_v3`, which have no storage class of their own."""
_LONGEST_PICKLE = 16 << 20
_LARGEST = 1 << 48


@record
class _Storage:
    """The numbers that tensors are views of, still in the file."""

    name: str
    dtype: str
    """In NumPy's words, without the order of bytes; empty where the tensor says it."""
    bytes: int


@record
class _Tensor:
    """A view of a storage: an element is at offset + sum of index x stride."""

    storage: _Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def stored(self) -> int:
        """Values of its storage."""
        return self.storage.bytes // _item_bytes(self.dtype)

    @property
    def end(self) -> int:
        """Behind its last element."""
        last = sum((size - 1) * step for size, step in zip(self.shape, self.stride, strict=True))
        return self.offset + last + 1 if prod(self.shape) else 0


class _Values:
    """Reads the values of tensors; keeps the storage that was read last, which often serves several."""

    def __init__(self, path: Path, order: str, open_storage: Callable[[_Storage, str], Array | None]) -> None:
        self._path, self._order, self._open = path, order, open_storage
        self._last: tuple[str, Array] | None = None

    def stored(self, name: str, tensor: _Tensor) -> Stored:
        """The tensor of this name. Raises SpecError where it reaches out of its storage."""
        if tensor.end > tensor.stored or len(tensor.shape) > MOST_AXES:
            raise SpecError(f"{quoted(name)} of {self._path} reaches beyond its {tensor.stored:,} stored values")
        return Stored(tensor.shape, lambda: self._read(name, tensor))

    def _read(self, name: str, tensor: _Tensor) -> Array:
        dtype = "u2" if tensor.dtype == _BFLOAT16 else tensor.dtype
        if self._last is None or self._last[0] != tensor.storage.name:
            self._last = None
            flat = self._open(tensor.storage, f"{self._order}{dtype}")
            if flat is None:
                raise SpecError(f"{quoted(name)} of {self._path} is cut off")
            self._last = tensor.storage.name, flat
        flat = self._last[1][tensor.offset : max(tensor.offset, tensor.end)]
        steps = [step * flat.itemsize for step in tensor.stride]
        view = np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, tensor.shape, steps, writeable=False))
        return widened(view) if tensor.dtype == _BFLOAT16 else view.reshape(tensor.shape)


def load_archive(archive: Archive) -> WeightFile:
    """The tensors of a zip of torch.save's. Raises SpecError."""
    path = archive.path
    pickle = next(name for name in archive.members if name.rpartition("/")[2] == "data.pkl")
    folder = pickle.removesuffix("data.pkl")
    if f"{folder}constants.pkl" in archive.members:
        help = f"in PyTorch: torch.save(torch.jit.load('{path.name}').state_dict(), 'weights.pth')"
        raise SpecError(f"{path} is a TorchScript program, no state dict", help=help)
    value = _unpickled(path, BytesIO(archive.read(pickle, _LONGEST_PICKLE)))
    big = f"{folder}byteorder" in archive.members and archive.read(f"{folder}byteorder", 16) == b"big"

    def open_storage(storage: _Storage, dtype: str) -> Array | None:
        with archive.open(f"{folder}data/{storage.name}") as stream:
            values = fill(stream, dtype, storage.bytes // np.dtype(dtype).itemsize)
            if values is not None and stream.read(1):
                raise SpecError(f"{quoted(storage.name)} of {path} holds more values than its tensors say")
            return values

    values = _Values(path, ">" if big else "<", open_storage)
    start = f"{folder}data/"
    return _state_dict(path, value, values, {n.removeprefix(start) for n in archive.members if n.startswith(start)})


def load_legacy(path: Path) -> WeightFile:
    """The tensors of a file of PyTorch before 1.6. Raises SpecError."""
    with path.open("rb") as file:
        head = BytesIO(file.read(_LONGEST_PICKLE))  # a pickle asks for as many bytes as it likes
        for _ in ("the number it begins with", "the version", "the machine"):
            _unpickled(path, head)
        value = _unpickled(path, head)
        keys = _unpickled(path, head)
        file.seek(head.tell())
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise _damaged(path, "it does not say which storages it holds")
        places = dict(_places(path, file, keys, {s.name: s for s in _storages(value)}))

    def open_storage(storage: _Storage, dtype: str) -> Array | None:
        with path.open("rb") as file:
            file.seek(places[storage.name])
            return fill(file, dtype, storage.bytes // np.dtype(dtype).itemsize)

    return _state_dict(path, value, _Values(path, "<", open_storage), places.keys())


def _places(path: Path, file: BinaryIO, keys: list[str], storages: Mapping[str, _Storage]) -> Iterator[tuple[str, int]]:
    """Each storage -> where its values begin: after the number of them."""
    size = path.stat().st_size
    for key in keys:
        count = int.from_bytes(file.read(8), "little", signed=True)
        place = file.tell()
        storage = storages.get(key)
        if storage is None or count * _item_bytes(storage.dtype) != storage.bytes:
            raise _damaged(path, "the length of a storage is another than its tensors say")
        end = place + storage.bytes
        if end > size:
            raise _damaged(path, "it is cut off")
        file.seek(end)
        yield key, place


def _storages(value: Any) -> Iterator[_Storage]:
    """Of every tensor in a value of dicts, lists and tuples, each looked at once."""
    left, seen = [value], set[int]()
    while left:
        item = left.pop()
        if isinstance(item, _Tensor):
            yield item.storage
        elif isinstance(item, dict | list | tuple) and id(item) not in seen:
            seen.add(id(item))
            left.extend(item.values() if isinstance(item, dict) else item)


def _unpickled(path: Path, stream: BinaryIO) -> Any:
    try:
        return Machine(_NAMES, _persistent).run(stream)
    except DamagedPickle as error:
        raise _damaged(path, str(error)) from None
    except ForeignName as error:
        what = f"{path} holds {quoted(str(error))}, no plain tensor: reading it could run its code"
        raise SpecError(what, help=f"{SAVE} keeps the tensors alone") from None


def _state_dict(path: Path, value: Any, values: _Values, stored: Container[str]) -> WeightFile:
    """The tensors of the saved value: its own, or those of the entry that holds the state dict."""
    value, notes = _unwrapped(value)
    tensors = {str(name): item for name, item in value.items() if isinstance(item, _Tensor)}
    others = [str(name) for name, item in value.items() if not isinstance(item, _Tensor)]
    refuse_too_many(path, len(tensors))
    if not tensors:
        raise SpecError(f"{path} holds no state dict: a dict of tensors by name", help=SAVE)
    for name, tensor in tensors.items():
        if tensor.storage.name not in stored:
            raise _damaged(path, f"the values of {quoted(name)} are missing")
    if others:
        count = "is no tensor" if len(others) == 1 else f"and {len(others) - 1} more are no tensors"
        notes += (f"{quoted(others[0])} {count}, left out",)
    return WeightFile({name: values.stored(name, tensor) for name, tensor in tensors.items()}, True, notes)


def _unwrapped(value: Any) -> tuple[dict[Any, Any], tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    while isinstance(value, dict) and not any(isinstance(item, _Tensor) for item in value.values()):
        inner = next((name for name in _WRAPPERS if isinstance(value.get(name), dict)), None)
        if inner is None:
            break
        others = [name for name in _WRAPPERS if name != inner and isinstance(value.get(name), dict)]
        if others:
            notes += (f"the tensors are those of `{inner}`; it also holds `{'`, `'.join(others)}`",)
        value = value[inner]
    return (value if isinstance(value, dict) else {}), notes


def _persistent(described: Any) -> _Storage:
    """('storage', torch.FloatStorage, '0', 'cpu', 64); a sixth entry says what older files are views of."""
    word, kind, name, _, count, *view = described
    if word not in ("storage", b"storage") or not isinstance(kind, Named) or any(item is not None for item in view):
        raise DamagedPickle("a storage of it is none")
    if type(count) is not int or not 0 <= count < _LARGEST or not isinstance(name, str):
        raise DamagedPickle("a storage of it is none")
    dtype = _STORAGES.get(kind.name.rpartition(".")[2], "")
    return _Storage(name, dtype, count * _item_bytes(dtype))


def _rebuild_tensor(storage: _Storage, offset: int, size: Any, stride: Any, *_: Any) -> _Tensor:
    return _tensor(storage, storage.dtype, offset, size, stride)


def _rebuild_tensor_v3(storage: _Storage, offset: int, size: Any, stride: Any, *rest: Any) -> _Tensor:
    """Its storage has no type; that stands behind `requires_grad` and the hooks."""
    return _tensor(storage, _DTYPES[rest[2].name.rpartition(".")[2]], offset, size, stride)


def _tensor(storage: _Storage, dtype: str, offset: int, size: Any, stride: Any) -> _Tensor:
    numbers = (offset, *size, *stride)
    whole = all(type(number) is int and 0 <= number < _LARGEST for number in numbers)
    if not isinstance(storage, _Storage) or not whole or len(size) != len(stride) or not dtype:
        raise DamagedPickle("a tensor of it is none")
    return _Tensor(storage, dtype, offset, tuple(size), tuple(stride))


def _item_bytes(dtype: str) -> int:
    """Of a value; a storage without a type counts bytes."""
    return 2 if dtype == _BFLOAT16 else np.dtype(dtype or "u1").itemsize


def _ordered_dict(items: Any = ()) -> dict[str, Any]:
    if not all(isinstance(name, str) for name, _ in items):
        raise DamagedPickle("a name of it is none")
    return dict(items)


_NAMES: dict[str, Call | None] = {
    "collections.OrderedDict": _ordered_dict,
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": lambda tensor, *_: tensor,
    "torch.Size": tuple,
    "torch.storage.UntypedStorage": None,
    **{f"torch.{name}": None for name in (*_STORAGES, *_DTYPES)},
}
"""All that a pickle may name."""


def _damaged(path: Path, why: str) -> SpecError:
    return SpecError(f"{path} is no whole file of torch.save: {why}")
