"""Files of weights: .npz, .safetensors, and what torch.save writes. What a file is, its content says, not its name."""

from __future__ import annotations

from pathlib import Path

from archcalc.errors import SpecError
from archcalc.numeric.weight_files import npy, npz, safetensors, torch_file
from archcalc.numeric.weight_files.archive import Archive
from archcalc.numeric.weight_files.stored import Stored, WeightFile, quoted

__all__ = ["Stored", "WeightFile", "quoted", "read_weight_file"]

_HELP = "a .npz or .safetensors file, or a .pth of torch.save(model.state_dict(), 'weights.pth')"
_KERAS = "docs/run.md, Weights: three lines of Python write a .npz from a Keras model"
_START = 64


def read_weight_file(path: Path) -> WeightFile:
    """The tensors of a file, their values still there. Raises SpecError for one that cannot be read."""
    start = _start(path)
    if start[:2] == b"PK":
        return _archive(path)
    if start[:1] == b"\x80" and torch_file.LEGACY_NUMBER in start:
        return torch_file.load_legacy(path)
    if start[8:9] == b"{" or path.suffix.lower() == ".safetensors":
        return safetensors.load(path)
    raise _unknown(path, start)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_START)
    except FileNotFoundError:
        raise SpecError(f"the file {path} does not exist") from None
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None


def _archive(path: Path) -> WeightFile:
    archive = Archive(path)
    names = [name.rpartition("/")[2] for name in archive.members]
    if "data.pkl" in names:
        return torch_file.load_archive(archive)
    if "model.weights.h5" in names:
        raise SpecError(f"{path} is a Keras model, which is not read", help=_KERAS)
    if any(name.endswith(".npy") for name in archive.members):
        return npz.load(archive)
    raise SpecError(f"{path} is a zip archive without arrays", help=_HELP)


def _unknown(path: Path, start: bytes) -> SpecError:
    if start.startswith(npy.MAGIC):
        return SpecError(f"{path} is a single array without a name", help="np.savez('weights.npz', NAME=array, ...)")
    if start.startswith(b"\x89HDF"):
        return SpecError(f"{path} is an HDF5 file (Keras), which is not read", help=_KERAS)
    if start.startswith(b"\x80"):
        return SpecError(f"{path} is a pickle, which is not read: it could run code", help=torch_file.SAVE)
    return SpecError(f"{path} holds no weights that can be read", help=_HELP)
