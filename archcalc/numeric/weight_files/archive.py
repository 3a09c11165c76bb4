"""A zip archive of others' making: every way in which it can be damaged is one exception, nothing is unpacked twice."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from archcalc.errors import SpecError
from archcalc.numeric.weight_files.stored import quoted

_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What NumPy and PyTorch write."""
_LONGEST_END = (1 << 16) + 22
"""Of an archive's last entry, with its comment."""
_LONGEST_DIRECTORY = 8 << 20
"""Some 80,000 members."""
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, IndexError, NotImplementedError,
    OverflowError, RuntimeError,
)  # fmt: skip
"""What zipfile raises for bytes that are no archive; RuntimeError for those that want a password."""


class Archive:
    """The members of a zip file by name, in the order in which they were written."""

    def __init__(self, path: Path) -> None:
        """Raises SpecError for a file that is no archive, and for members that are encrypted or packed otherwise."""
        self.path = path
        _refuse_long_directory(path)
        with self._sentence():
            self._file = zipfile.ZipFile(path)
        members = sorted(self._file.infolist(), key=lambda member: member.header_offset)
        self.members = {member.filename: member for member in members}
        if len(self.members) < len(members):
            raise SpecError(f"{path} has two members of one name")
        for member in members:
            self._refuse(member)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A member's bytes; its checksum is compared when the last of them is read."""
        with self._sentence(name), self._file.open(self.members[name]) as stream:
            yield cast(BinaryIO, stream)

    def read(self, name: str, most: int) -> bytes:
        """The whole member. Raises SpecError where it is longer than `most`."""
        with self.open(name) as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            raise SpecError(f"{quoted(name)} of {self.path} is longer than {most:,} bytes")
        return content

    def _refuse(self, member: zipfile.ZipInfo) -> None:
        if member.flag_bits & _ENCRYPTED:
            raise SpecError(f"{quoted(member.filename)} of {self.path} is encrypted", help="save it without a password")
        if member.compress_type not in _METHODS:
            what = f"{quoted(member.filename)} of {self.path} is packed by the method {member.compress_type} of zip"
            raise SpecError(what, help="NumPy and PyTorch write stored or deflated members")

    @contextmanager
    def _sentence(self, name: str = "") -> Iterator[None]:
        try:
            yield
        except _DAMAGED as error:
            if isinstance(error, FileNotFoundError | PermissionError):
                raise SpecError(f"{self.path} cannot be read: {error.strerror}") from None
            where = f"{quoted(name)} of {self.path} is" if name else f"{self.path} is"
            raise SpecError(f"{where} damaged: {_told(error)}") from None


def _refuse_long_directory(path: Path) -> None:
    """Before zipfile makes an object of each member: the end of an archive says how long the list of them is."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LONGEST_END))
        end = file.read()
    _, found, rest = end.rpartition(b"PK\x05\x06")
    length = int.from_bytes(rest[8:12], "little")
    if found and length > _LONGEST_DIRECTORY:
        raise SpecError(f"{path} has a list of members of {length:,} bytes; the limit is {_LONGEST_DIRECTORY:,}")


def _told(error: BaseException) -> str:
    """Why, in our words: those of zipfile change with its version."""
    if isinstance(error, zipfile.BadZipFile) and "CRC" in str(error):
        return "its checksum is another"
    if isinstance(error, zlib.error):
        return "it cannot be unpacked"
    if isinstance(error, EOFError):
        return "it is cut off"
    return "it is no whole zip archive"
