"""Files are written whole or not at all; links, devices and modes are those of the user; a full disk is a sentence."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from archcalc.core.writing import replacing, save, saving
from archcalc.errors import NoRoomError, UsageError


@pytest.fixture
def full(monkeypatch):
    """Makes the disk full after so many writes; the one that finds it full still writes half."""
    own = os.write

    def fill(writes, number=errno.ENOSPC):
        left = [writes]

        def write(file, data):
            if not left[0]:
                own(file, bytes(data)[: len(data) // 2])
                raise OSError(number, os.strerror(number))
            left[0] -= 1
            return own(file, data)

        monkeypatch.setattr(os, "write", write)

    return fill


def replaced(path, text):
    with replacing(path) as file:
        for letter in text:
            file.write(letter)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize(("write", "writes"), [(save, 0), (replaced, 0), (replaced, 1)])
@pytest.mark.parametrize("before", [None, "old"])
def test_a_full_disk_leaves_what_was_there(tmp_path, full, number, write, writes, before):
    path = tmp_path / "a.txt"
    if before is not None:
        path.write_text(before, encoding="utf-8")
    full(writes, number)
    with pytest.raises(NoRoomError) as caught:
        write(path, "new" * 100_000)
    assert (str(caught.value), caught.value.help) == (
        f"no room left on the disk for {path}", "make room there, and run it again",
    )  # fmt: skip
    assert caught.value.exit_code == 6
    assert names(tmp_path) == ([] if before is None else ["a.txt"])
    assert before is None or path.read_text(encoding="utf-8") == before


def test_a_failure_halfway_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), saving(path) as file:
        file.write("new" * (1 // 0))
    assert (names(tmp_path), path.read_text(encoding="utf-8")) == (["a.txt"], "old")


def test_text_and_bytes_of_any_length(tmp_path):
    with saving(tmp_path / "a") as file:
        file.writelines(["\u05d0\n", b"\0\xff", "x" * 200_000, "", "\ud800"])
    assert (tmp_path / "a").read_bytes() == b"\xd7\x90\n\0\xff" + b"x" * 200_000 + b"?"


def test_a_link_and_the_mode_are_the_users(tmp_path):
    (tmp_path / "real").write_text("old", encoding="utf-8")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    save(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o640
    (tmp_path / "to come").symlink_to("later")
    save(tmp_path / "to come", "new")
    assert (tmp_path / "later").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["later", "link", "real", "to come"]


def test_a_file_of_our_own_takes_the_place_of_a_link(tmp_path):
    (tmp_path / "real").write_text("old", encoding="utf-8")
    for name in ("link", ".link.tmp"):
        (tmp_path / name).symlink_to("real")
    replaced(tmp_path / "link", "new")
    assert (tmp_path / "real").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "link").is_symlink()
    assert (names(tmp_path), (tmp_path / "link").read_text(encoding="utf-8")) == (["link", "real"], "new")


def test_devices_are_written_to():
    save(Path("/dev/null"), "text")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with pytest.raises(NoRoomError):
        save(Path("/dev/full"), "text")


def test_a_pipe_is_written_to(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    save(tmp_path / "pipe", "text")
    assert os.read(reading, 10) == b"text"
    os.close(reading)
    assert names(tmp_path) == ["pipe"]


def test_a_file_in_a_folder_where_nothing_can_be_made_is_written_in_place(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("older and longer", encoding="utf-8")
    before = path.stat().st_ino
    monkeypatch.setattr(os, "access", lambda where, _: Path(where) != tmp_path)
    save(path, "new")
    assert (path.read_text(encoding="utf-8"), path.stat().st_ino) == ("new", before)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the owner of everything may write everywhere")
def test_what_may_not_be_written_is_not(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o444)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        save(path, "new")
    path.chmod(0o644)
    tmp_path.chmod(0o555)
    save(path, "new")  # a file that may be written in a folder that may not
    tmp_path.chmod(0o755)
    assert (names(tmp_path), path.read_text(encoding="utf-8")) == (["a.txt"], "new")


@pytest.mark.parametrize(
    ("name", "message"),
    [("none/a.txt", "No such file or directory"), ("", "Is a directory"), ("a.txt/b", "Not a directory"),
     ("n" * 300, "File name too long")],
)  # fmt: skip
def test_what_cannot_be_written_is_the_callers_fault(tmp_path, name, message):
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        save(tmp_path / name, "new")
    assert str(caught.value) == f"{tmp_path / name} cannot be written: {message}"
    assert caught.value.exit_code == 2
    assert names(tmp_path) == ["a.txt"]
