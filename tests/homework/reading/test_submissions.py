"""Submissions in a folder or a zip: whose they are, which file is the sheet, and that nothing else is ever read."""

from __future__ import annotations

import os
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from archcalc.errors import AnswerError
from archcalc.homework.grading.opening import open_submissions
from archcalc.homework.grading.outputs import safe_name
from archcalc.homework.reading.submissions import identity

SHEET = "answers: {q1: 1}\n"


def made(root, files):
    """Writes files by their paths; a path that ends in a slash is a folder."""
    for path, text in files.items():
        file = root / path
        if path.endswith("/"):
            file.mkdir(parents=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return root


def zipped(root, files):
    """The same in a zip; values may be bytes, and keys ZipInfos."""
    path = root / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, text in files:
            archive.writestr(name, text)
    return path


def found(path, own=()):
    """Student -> the path of the sheet, or what is wrong."""
    listing = open_submissions(path).listing(own)
    return {one.student: one.sheet or one.problem for one in listing.found}


def passed_over(path):
    return {item.path: item.problem for item in open_submissions(path).listing().passed_over}


NAMES = {
    "s1.yaml": SHEET, "s2.YML": SHEET, "s3.json": "{}", "s4.csv": "", "s.5.yaml": SHEET,
    "s6/answers.yaml": SHEET, "s6/net.yaml": SHEET, "s7/Answers.JSON": "{}", "s8/hw.yaml": SHEET, "s8/notes.txt": "",
    "s9/a.yaml": SHEET, "s9/b.yaml": SHEET, "s10/answers.yaml": SHEET, "s10/answers.csv": "", "s11/notes.txt": "",
    "s12.yaml": SHEET, "s12/answers.yaml": SHEET, ".git/config": "", "__MACOSX/s1.yaml": "", "s6/._answers.yaml": "",
    "readme.txt": "", "inner.zip": "", "e\u0301va.yaml": SHEET, " s13 .yaml": SHEET,
}  # fmt: skip
FOUND = {
    "s1": "s1.yaml", "s2": "s2.YML", "s3": "s3.json", "s4": "s4.csv", "s.5": "s.5.yaml", "s6": "s6/answers.yaml",
    "s7": "s7/Answers.JSON", "s8": "s8/hw.yaml", "s9": "there are 2 sheets: `s9/a.yaml` and `s9/b.yaml`",
    "s10": "there are 2 sheets: `s10/answers.csv` and `s10/answers.yaml`",
    "s11": "there is no sheet in s11/: answers.yaml is looked for", "\u00e9va": "e\u0301va.yaml", "s13": " s13 .yaml",
}  # fmt: skip
TWICE = {"s12": ["s12", "s12.yaml"]}
OTHER = {
    "readme.txt": "is no sheet: .yaml, .yml, .json or .csv", "inner.zip": "is no sheet: .yaml, .yml, .json or .csv",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "zip", "zip of one folder"])
def test_names_tell_students_and_sheets(tmp_path, kind):
    if kind == "folder":
        path = made(tmp_path, NAMES)
    else:
        top = "hw1/" if kind == "zip of one folder" else ""
        path = zipped(tmp_path, [(top + name, text) for name, text in NAMES.items()])
    listing = open_submissions(path).listing()
    names = {}
    for one in listing.found:
        names.setdefault(one.student, []).append(one.name)
    assert {student: sorted(own) for student, own in names.items() if len(own) > 1} == TWICE
    assert {one.student: one.sheet or one.problem for one in listing.found if one.student != "s12"} == FOUND
    assert {item.path: item.problem for item in listing.passed_over} == OTHER
    assert open_submissions(path).read("s6/answers.yaml", 100) == SHEET.encode()
    assert open_submissions(path).read("s6/answers.yaml", 3) == b"answ"


def test_an_empty_folder_of_a_student_is_a_submission_without_a_sheet(tmp_path):
    assert found(made(tmp_path, {"s1/": ""})) == {"s1": "there is no sheet in s1/: answers.yaml is looked for"}


def test_files_of_the_teacher_are_no_submissions(tmp_path):
    made(tmp_path, {"hw1.yaml": "", "roster.csv": "", "out/grades.csv": "", "s1.yaml": SHEET})
    own = [tmp_path / "hw1.yaml", tmp_path / "roster.csv", tmp_path / "out"]
    assert found(tmp_path, own) == {"s1": "s1.yaml"}


def test_one_student_in_a_zip_stays_one_student(tmp_path):
    path = zipped(tmp_path, [("s1/answers.yaml", SHEET), ("s1/net.yaml", "")])
    assert found(path) == {"s1": "s1/answers.yaml"}


def test_links_are_not_followed(tmp_path):
    secret = made(tmp_path / "outside", {"secret.yaml": SHEET, "answers.yaml": SHEET})
    root = made(tmp_path / "class", {"s3/answers.yaml": SHEET, "s4/notes.txt": ""})
    (root / "s1.yaml").symlink_to(secret / "secret.yaml")
    (root / "s2").symlink_to(secret, target_is_directory=True)
    (root / "s4/answers.yaml").symlink_to("../s3/answers.yaml")
    (root / "s3/net.yaml").symlink_to(secret / "secret.yaml")
    (root / "s3/more").symlink_to(secret, target_is_directory=True)
    assert found(root) == {
        "s1": "s1.yaml is a link, and links are not followed",
        "s3": "s3/answers.yaml",
        "s4": "s4/answers.yaml is a link, and links are not followed",
    }
    assert passed_over(root) == {"s2": "is a link, and links are not followed"}
    refused = {
        "s1.yaml": "s1.yaml is no plain file", "s3/net.yaml": "s3/net.yaml is no plain file",
        "s3/more/answers.yaml": "s3/more/answers.yaml is not in a folder of the submission",
        "s2/answers.yaml": "s2/answers.yaml is not in a folder of the submission",
        "../outside/secret.yaml": "../outside/secret.yaml is no name of a file here",
        "s3/../../outside/secret.yaml": "s3/../../outside/secret.yaml is no name of a file here",
        "s3": "s3 is no plain file", "": " is no name of a file here",
        "s3/none.yaml": "s3/none.yaml cannot be read: No such file or directory",
        "s3/a\0b": "s3/a\0b cannot be read: embedded null byte",
    }  # fmt: skip
    for path, message in refused.items():
        with pytest.raises(AnswerError) as caught:
            open_submissions(root).read(path, 100)
        assert str(caught.value) == message


def test_absolute_paths_are_refused(tmp_path):
    made(tmp_path, {"secret.yaml": SHEET, "class/s1.yaml": SHEET})
    with pytest.raises(AnswerError) as caught:
        open_submissions(tmp_path / "class").read(str(tmp_path / "secret.yaml"), 100)
    assert str(caught.value) == f"{tmp_path / 'secret.yaml'} is no name of a file here"


def test_pipes_and_sockets_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "s1.yaml")
    (tmp_path / "s2").mkdir()
    os.mkfifo(tmp_path / "s2/answers.yaml")
    assert found(tmp_path) == {"s1": "s1.yaml is no plain file", "s2": "s2/answers.yaml is no plain file"}
    with pytest.raises(AnswerError) as caught:
        open_submissions(tmp_path).read("s2/answers.yaml", 100)
    assert str(caught.value) == "s2/answers.yaml is no plain file"


def test_names_that_are_no_text(tmp_path):
    (tmp_path / os.fsdecode(b"s\xff.yaml")).write_text(SHEET, encoding="utf-8")
    (tmp_path / "s\u202e\n\x1b[31m.yaml").write_text(SHEET, encoding="utf-8")
    (tmp_path / " .yaml").write_text(SHEET, encoding="utf-8")
    assert found(tmp_path) == {"s\\xff": os.fsdecode(b"s\xff.yaml"), "s\u202e\n\x1b[31m": "s\u202e\n\x1b[31m.yaml"}
    assert passed_over(tmp_path) == {" .yaml": "has a name of spaces only"}
    assert open_submissions(tmp_path).read(os.fsdecode(b"s\xff.yaml"), 100) == SHEET.encode()


def test_a_folder_with_too_many_files_is_not_searched(tmp_path, monkeypatch):
    monkeypatch.setattr("archcalc.homework.reading.folder.MOST_IN_A_FOLDER", 2)
    made(tmp_path, {"s1/answers.yaml": SHEET, "s1/a.txt": "", "s1/b.txt": "", "s2/answers.yaml": SHEET, "s2/a.txt": ""})
    assert found(tmp_path) == {"s1": "s1/ holds more than 2 files", "s2": "s2/answers.yaml"}


@pytest.mark.parametrize(
    "name",
    ["../s1.yaml", "/etc/s1.yaml", "C:/s1.yaml", "c:s1.yaml", "..\\s1.yaml", "s1/../../s2.yaml", "s1//a.yaml",
     "./s1.yaml"],
)  # fmt: skip
def test_names_in_a_zip_that_lead_out(tmp_path, name):
    path = zipped(tmp_path, [(name, SHEET), ("s9.yaml", SHEET)])
    assert found(path) == {"s9": "s9.yaml"}
    assert passed_over(path) == {name: "has a name that leads out of the zip"}
    with pytest.raises(AnswerError) as caught:
        open_submissions(path).read(name, 100)
    assert str(caught.value) == f"{name} is not in the zip"


def member(name, kind=stat.S_IFREG, method=zipfile.ZIP_DEFLATED):
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    info.create_system = 3
    info.compress_type = method
    return info


def test_members_of_a_zip_that_are_not_read(tmp_path):
    path = zipped(tmp_path, [
        (member("s1.yaml", stat.S_IFLNK), "/etc/passwd"), (member("s2.yaml", stat.S_IFIFO), ""),
        (member("s3.yaml", method=zipfile.ZIP_BZIP2), SHEET), (member("s4.yaml", method=zipfile.ZIP_LZMA), SHEET),
        ("s5.yaml", "\n" * 60_000), ("s6/answers.yaml", SHEET), ("s6/answers.yaml", SHEET),
        ("n" * 256 + ".yaml", SHEET), ("s7.zip", "PK"), ("s8.yaml", "#" * 4096), ("s9.yaml", SHEET),
    ])  # fmt: skip
    assert found(path) == {
        "s1": "s1.yaml is a link, and links are not followed",
        "s2": "s2.yaml is no plain file",
        "s3": "s3.yaml is compressed by another method than deflate",
        "s4": "s4.yaml is compressed by another method than deflate",
        "s5": "s5.yaml is compressed more than 200-fold",
        "s6": "s6/answers.yaml is in the zip twice",
        "s8": "s8.yaml",
        "s9": "s9.yaml",
    }
    assert passed_over(path) == {
        "s7.zip": "is no sheet: .yaml, .yml, .json or .csv",
        "n" * 256 + ".yaml": "has a name of more than 255 characters",
    }
    with pytest.raises(AnswerError) as caught:
        open_submissions(path).read("s5.yaml", 100)
    assert str(caught.value) == "s5.yaml is compressed more than 200-fold"


def patched(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new))
    return path


def test_a_member_that_says_less_than_it_holds_is_read_no_further(tmp_path):
    size = 1_000_000
    path = zipped(tmp_path, [("s1.yaml", os.urandom(1000) * 1000)])
    patched(path, struct.pack("<I", size), struct.pack("<I", 4000))
    with pytest.raises(AnswerError) as caught:
        open_submissions(path).read("s1.yaml", 5000)
    assert str(caught.value) == "s1.yaml is damaged in the zip"


def test_damaged_and_encrypted_members(tmp_path):
    path = zipped(tmp_path, [("s1.yaml", SHEET * 3)])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert found(path) == {"s1": "s1.yaml is encrypted"}
    (tmp_path / "other").mkdir()
    other = zipped(tmp_path / "other", [("s1.yaml", SHEET * 30)])
    data = bytearray(other.read_bytes())
    data[data.index(b"s1.yaml") + 12] ^= 0xFF
    other.write_bytes(data)
    with pytest.raises(AnswerError) as caught:
        open_submissions(other).read("s1.yaml", 5000)
    assert str(caught.value) == "s1.yaml is damaged in the zip"


@pytest.mark.parametrize(
    ("offset", "data", "message", "help"),
    [
        pytest.param(10, struct.pack("<H", 0xFFFF), "class.zip holds more than 65,534 files, the limit of a zip",
                     "unpack it and name the folder", id="members"),
        pytest.param(12, struct.pack("<I", 17 * 1024**2), "class.zip lists more than 16 MiB of names, the limit",
                     "unpack it and name the folder", id="names"),
        pytest.param(0, b"XX", "class.zip is neither a folder nor a zip", None, id="no end"),
    ],
)  # fmt: skip
def test_zips_that_are_refused_before_they_are_read(tmp_path, monkeypatch, offset, data, message, help):
    path = zipped(tmp_path, [("s1.yaml", SHEET)])
    bytes_ = bytearray(path.read_bytes())
    end = bytes_.rindex(b"PK\x05\x06")
    bytes_[end + offset : end + offset + len(data)] = data
    path.write_bytes(bytes_)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnswerError) as caught:
        open_submissions(Path("class.zip"))
    assert (str(caught.value), caught.value.help) == (message, help)


def test_a_damaged_zip(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    patched(zipped(tmp_path, [("s1.yaml", SHEET)]), b"PK\x01\x02", b"XX\x01\x02")
    with pytest.raises(AnswerError) as caught:
        open_submissions(Path("class.zip"))
    assert str(caught.value) == "class.zip is a damaged zip"
    assert caught.value.help == "pack it again, or name the unpacked folder"


def test_a_zip_that_would_unpack_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr("archcalc.homework.reading.archive.LARGEST_TOTAL", 100)
    monkeypatch.chdir(tmp_path)
    zipped(tmp_path, [("s1.yaml", "#" * 60), ("video.mp4", "0" * 60)])
    with pytest.raises(AnswerError) as caught:
        open_submissions(Path("class.zip"))
    assert str(caught.value) == "class.zip would unpack to more than 16 GiB, the limit"


def test_what_is_neither_a_folder_nor_a_zip(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("s1.yaml").write_text(SHEET, encoding="utf-8")
    os.mkfifo("pipe")
    for path, message in {
        "s1.yaml": "s1.yaml is neither a folder nor a zip",
        "pipe": "pipe is neither a folder nor a zip",
        "none": "none cannot be read: No such file or directory",
        "a\0b": "a\0b cannot be read: embedded null byte",
    }.items():
        with pytest.raises(AnswerError) as caught:
            open_submissions(Path(path))
        assert str(caught.value) == message
        assert caught.value.exit_code == 3


def test_identities():
    assert identity(" s1 ") == "s1"
    assert identity("e\u0301") == "\u00e9"
    assert identity(os.fsdecode(b"\xff")) == "\\xff"


def test_names_of_output_files_are_safe_and_no_two_ids_share_one():
    assert safe_name("s1234567") == "s1234567"
    odd = [
        "S1", "s 1", "../../etc/passwd", "..", ".", "", "con", "con.txt", "nul", "a/b", "a\\b", "s1.", "-s1", "=1+1",
        "\u202es1", "s\n1", "x" * 300, "S1 ", "\u00e9va", "eva~1", "lpt1", "s1\0",
    ]  # fmt: skip
    names = [safe_name(id) for id in [*odd, "s1", "eva"]]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) <= 64
        assert set(name.lower()) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-~")
        assert name[0] not in ".-~"
        assert name.partition(".")[0] not in ("con", "nul", "lpt1")  # devices on Windows
