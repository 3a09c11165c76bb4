"""Submissions in a zip. It is read in place: nothing is unpacked, and no name in it becomes a path on this machine."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from archcalc.errors import AnswerError
from archcalc.homework.reading.submissions import LONGEST_NAME, Item, Listing, gathered, is_hidden, is_sheet_name

MOST_MEMBERS = 65_535
"""What the end of a plain zip can count."""
LARGEST_DIRECTORY = 16 * 1024 * 1024
"""Bytes of the list of members: each becomes some 600 bytes of memory."""
LARGEST_TOTAL = 16 * 1024**3
"""Bytes that all members together may say they hold."""
HIGHEST_RATIO = 200
"""How far a member that is read may be compressed; text comes to 3 to 20."""
RATIO_FREE = 4096
"""Bytes up to which no ratio is looked at."""

_HELP = "unpack it and name the folder"


class ZippedSubmissions:
    """Submissions in a zip."""

    def __init__(self, path: Path) -> None:
        """Raises AnswerError for a file that is no zip, or more than one may hold."""
        self.path = path
        try:
            _refuse_directory(_end_of(path), path)
            self.zip = zipfile.ZipFile(path)
        except OSError as error:
            raise AnswerError(f"{path} cannot be read: {error.strerror}") from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
            raise AnswerError(f"{path} is a damaged zip", help="pack it again, or name the unpacked folder") from None
        members = [info for info in self.zip.infolist() if not info.is_dir()]
        if sum(info.file_size for info in members) > LARGEST_TOTAL:
            self.close()
            raise AnswerError(f"{path} would unpack to more than 16 GiB, the limit", help=_HELP)
        self.passed_over: list[Item] = []
        self.members: dict[str, zipfile.ZipInfo] = {}
        self.twice: set[str] = set()
        self._take(members)

    def listing(self, own: Iterable[Path] = ()) -> Listing:
        del own  # the teacher's files are not in there
        names = sorted(name.split("/") for name in self.members)
        items = (Item(tuple(parts), self._problem("/".join(parts))) for parts in names if len(parts) <= 2)
        folders = {parts[0] for parts in names if len(parts) > 1}
        listed = gathered(sorted(chain(items, (Item((name, "")) for name in folders)), key=lambda item: item.parts))
        return Listing(listed.found, (*listed.passed_over, *self.passed_over))

    def read(self, path: str, most: int) -> bytes:
        problem = self._problem(path)
        if problem:
            raise AnswerError(f"{path} {problem}")
        try:
            with self.zip.open(self.members[path]) as member:
                return member.read(most + 1)
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError):
            raise AnswerError(f"{path} is damaged in the zip") from None

    def close(self) -> None:
        self.zip.close()

    def _take(self, members: list[zipfile.ZipInfo]) -> None:
        """Sort the members into those that may be read, by name, and those passed over."""
        plain = []
        for info in members:
            problem = _wrong_name(info)
            if problem:
                self.passed_over.append(Item((info.filename,), problem))
            elif not any(map(is_hidden, info.filename.split("/"))):
                plain.append(info)
        wrapper = _wrapper([info.filename for info in plain])
        for info in plain:
            name = info.filename.removeprefix(wrapper)
            if name in self.members:
                self.twice.add(name)
            self.members[name] = info

    def _problem(self, name: str) -> str:
        """Why a member may not be read; "" where it may."""
        info = self.members.get(name)
        if info is None:
            return "is not in the zip"
        if name in self.twice:
            return "is in the zip twice"
        mode = info.external_attr >> 16
        if stat.S_ISLNK(mode):
            return "is a link, and links are not followed"
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            return "is no plain file"
        if info.flag_bits & 1:
            return "is encrypted"
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return "is compressed by another method than deflate"
        if info.file_size > RATIO_FREE and info.file_size > HIGHEST_RATIO * info.compress_size:
            return f"is compressed more than {HIGHEST_RATIO}-fold"
        return ""


def _end_of(path: Path) -> bytes:
    """The last bytes of the file, where a zip says what it holds."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))
        return file.read(65_557)


def _refuse_directory(tail: bytes, path: Path) -> None:
    """Refuse a list of members that would fill the memory, before it is read."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise AnswerError(f"{path} is neither a folder nor a zip")
    members, size = struct.unpack_from("<HI", tail, at + 10)
    if members >= MOST_MEMBERS or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise AnswerError(f"{path} holds more than {MOST_MEMBERS - 1:,} files, the limit of a zip", help=_HELP)
    if size > LARGEST_DIRECTORY:
        raise AnswerError(f"{path} lists more than 16 MiB of names, the limit", help=_HELP)


def _wrong_name(info: zipfile.ZipInfo) -> str:
    """Why a member's name is none of a file below; "" where it is one."""
    name = info.filename
    if name != info.orig_filename or "\\" in name or name.startswith("/") or re.match("[A-Za-z]:", name):
        return "has a name that leads out of the zip"
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "has a name that leads out of the zip"
    if any(len(part) > LONGEST_NAME for part in parts):
        return f"has a name of more than {LONGEST_NAME} characters"
    return ""


def _wrapper(names: list[str]) -> str:
    """`hw1/` where all lies in one folder that holds the submissions, not one student's files; else ""."""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) != 1 or any("/" not in name for name in names):
        return ""
    inner = [name.partition("/")[2] for name in names]
    below = [name for name in inner if "/" in name and is_sheet_name(name)]
    beside = [name for name in inner if "/" not in name and is_sheet_name(name)]
    named = any(name.lower().startswith("answers.") for name in beside)
    return f"{tops.pop()}/" if not named and (below or len(beside) > 1) else ""
