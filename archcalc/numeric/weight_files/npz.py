"""NumPy's .npz format: a zip archive with an array in each member."""

from __future__ import annotations

from archcalc.errors import SpecError
from archcalc.numeric.weight_files.archive import Archive
from archcalc.numeric.weight_files.npy import DamagedArray, Header, check_size, read_header, read_values
from archcalc.numeric.weight_files.stored import Array, Stored, WeightFile, quoted, refuse_too_many

_ENDING = ".npy"


def load(archive: Archive) -> WeightFile:
    """The arrays by name, in the order of the archive. Raises SpecError for a member that is no array of numbers."""
    refuse_too_many(archive.path, len(archive.members))
    return WeightFile({name.removesuffix(_ENDING): _stored(archive, name) for name in archive.members}, ordered=True)


def _stored(archive: Archive, name: str) -> Stored:
    try:
        with archive.open(name) as stream:
            header = read_header(stream)
            check_size(header, archive.members[name].file_size - stream.tell())
    except DamagedArray as error:
        raise _damaged(archive, name, error) from None
    return Stored(header.shape, lambda: _values(archive, name, header))


def _values(archive: Archive, name: str, header: Header) -> Array:
    try:
        with archive.open(name) as stream:
            read_header(stream)
            return read_values(stream, header)
    except DamagedArray as error:
        raise _damaged(archive, name, error) from None


def _damaged(archive: Archive, name: str, error: DamagedArray) -> SpecError:
    return SpecError(f"{quoted(name.removesuffix(_ENDING))} of {archive.path} cannot be read: {error}")
