"""The .npz format: what NumPy writes is read back; every damaged or hostile archive is one sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from archcalc.errors import SpecError
from archcalc.numeric.weight_files import read_weight_file
from archcalc.numeric.weight_files.npy import DamagedArray, read_array, read_header


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_in_its_order_whatever_the_ending(tmp_path, save):
    given = {
        "z": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "a": np.arange(5, dtype=">i2"), "n": np.float16(2.5),
        "e": np.zeros((0, 3), np.float32), "b": np.array([True, False]), "m": np.arange(24).reshape(2, 3, 4)[:, ::2],
    }  # fmt: skip
    save(tmp_path / "w.npz", **given)
    for name in ("w.NPZ", "w.pth", "w"):
        (tmp_path / "w.npz").rename(tmp_path / name)
        found = read_weight_file(tmp_path / name)
        assert found.ordered
        assert list(found.tensors) == list(given)
        for key, array in given.items():
            assert found.tensors[key].shape == array.shape
            np.testing.assert_array_equal(found.tensors[key].read(), array)
        (tmp_path / name).rename(tmp_path / "w.npz")


def npy(header, data=b"", version=1):
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


NO_HEADER = "its header is not that of an array of numbers"
HEADERS = {
    "no key": (b"{'descr': '<f4', 'shape': (1,)}", NO_HEADER),
    "no dict": (b"[1]", NO_HEADER),
    "no end": (b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,", NO_HEADER),
    "code": (b"{'descr': '<f4', 'fortran_order': False, 'shape': (9**9**9,)}", NO_HEADER),
    "bytes": (b"{\x00\xff'descr'", NO_HEADER),
    "negative": (b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", NO_HEADER),
    "digits": (b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"9" * 5000 + b",)}",
               NO_HEADER),
    "fields": (b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
               NO_HEADER),
    "objects": (b"{'descr': '|O8', 'fortran_order': False, 'shape': (1,)}", "it holds no numbers"),
    "complex": (b"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", "it holds no numbers"),
    "words": (b"{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", "it holds no numbers"),
    "type": (b"{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}",
             "its values are of the type <f3, which is unknown"),
    "axes": (b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 65 + b")}",
             "it has 65 axes; the limit is 32"),
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_is_no_header(case):
    header, why = HEADERS[case]
    with pytest.raises(DamagedArray) as caught:
        read_header(io.BytesIO(npy(header)))
    assert str(caught.value) == why


@pytest.mark.parametrize("version", [1, 2, 3])
def test_headers_in_any_order_and_of_python_2(version):
    found = read_header(
        io.BytesIO(npy(b"{'shape': (3L, 2L), 'descr': '<f8', 'fortran_order': True, }  \n", b"", version))
    )
    assert (found.shape, found.dtype, found.fortran) == ((3, 2), "<f8", True)
    for shape, text in (((), b"()"), ((7,), b"(7,)"), ((2, 3), b"(2,3)")):
        header = b'{"descr":"<f4","fortran_order":False,"shape":' + text + b"}"
        assert read_header(io.BytesIO(npy(header, b"", version))).shape == shape


def test_headers_that_are_none_or_too_long():
    for content, why in {
        b"": "it is no .npy array", b"\x93NUMPY\x09\x00": "it is no .npy array", b"x" * 50: "it is no .npy array",
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f": "its header is 2,147,483,647 bytes long; the limit is 65,536",
    }.items():  # fmt: skip
        with pytest.raises(DamagedArray) as caught:
            read_header(io.BytesIO(content))
        assert str(caught.value) == why


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"1234567", "its values are cut off"), (b"123456789", "it holds more values than its header says")],
)
def test_values_that_are_cut_off_or_too_many(tmp_path, data, why):
    (tmp_path / "a.npy").write_bytes(npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", data))
    with pytest.raises(DamagedArray) as caught:
        read_array(tmp_path / "a.npy")
    assert str(caught.value) == why


def read_all(path):
    return {name: stored.read() for name, stored in read_weight_file(path).tensors.items()}


def refused(path):
    with pytest.raises(SpecError) as caught:
        read_all(path)
    return caught.value.what


def archive_of(members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile("w.npz", "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return Path("w.npz")


ONE = npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", b"12345678")


def test_members_that_are_no_arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused(archive_of({"a.npy": ONE, "readme.txt": b"hello"})) == (
        "`readme.txt` of w.npz cannot be read: it is no .npy array"
    )
    assert refused(archive_of({"readme.txt": b"hello"})) == "w.npz is a zip archive without arrays"
    assert refused(archive_of({"config.json": b"{}", "model.weights.h5": b""})) == (
        "w.npz is a Keras model, which is not read"
    )
    assert refused(archive_of({f"{'n' * 60_000}.npy": b""})) == (
        f"`{'n' * 77}...` of w.npz cannot be read: it is no .npy array"
    )


def test_an_array_that_claims_more_than_there_is_takes_no_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for shape in (b"(10000000000000,)", b"(1000000000000000000,100)", b"(300000000,)"):
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + b"}"
        assert refused(archive_of({"a.npy": npy(header, b"12345678")})) == (
            "`a` of w.npz cannot be read: its values are cut off"
        )


def test_a_flipped_bit_is_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (500,)}", np.arange(500, dtype="<f4").tobytes())
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        whole = archive_of({"a.npy": values}, method).read_bytes()
        told = set()
        for place in range(0, len(whole), 37):
            Path("w.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            try:
                found = read_weight_file(Path("w.npz")).tensors
                assert all((stored.read() == np.arange(500)).all() for stored in found.values())
            except SpecError as error:
                told.add(error.what.partition(": ")[2])
        assert "its checksum is another" in told
        for cut in range(0, len(whole), 101):
            Path("w.npz").write_bytes(whole[:cut])
            refused(Path("w.npz"))


def changed(content, at, value):
    """A field of both headers of the first member, the local and the central one."""
    local, central = content.index(b"PK\x03\x04") + at, content.index(b"PK\x01\x02") + at + 2
    for place in (local, central):
        content = content[:place] + bytes([value]) + content[place + 1 :]
    return content


def test_encryption_and_unknown_packing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = archive_of({"a.npy": ONE}).read_bytes()
    Path("w.npz").write_bytes(changed(whole, 6, 1))
    assert refused(Path("w.npz")) == "`a.npy` of w.npz is encrypted"
    Path("w.npz").write_bytes(changed(whole, 8, 99))
    assert refused(Path("w.npz")) == "`a.npy` of w.npz is packed by the method 99 of zip"


def test_two_members_of_one_name_and_too_many(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("w.npz", "w") as archive:
        archive.writestr("a.npy", ONE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.npy", ONE)
    assert refused(Path("w.npz")) == "w.npz has two members of one name"
    assert refused(archive_of({f"{n}.npy": b"" for n in range(20_001)})) == (
        "w.npz holds 20,001 tensors; the limit is 20,000"
    )


def test_a_list_of_a_million_members_is_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = archive_of({"a.npy": ONE}).read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    Path("w.npz").write_bytes(whole[: end + 12] + (9_000_000).to_bytes(4, "little") + whole[end + 16 :])
    assert refused(Path("w.npz")) == "w.npz has a list of members of 9,000,000 bytes; the limit is 8,388,608"


def test_files_of_other_kinds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("one.npy", np.ones(3))
    contents = {
        "gone.npz": (None, "the file gone.npz does not exist"),
        "empty.npz": (b"", "empty.npz holds no weights that can be read"),
        "words.npz": (b"not a zip file", "words.npz holds no weights that can be read"),
        "zip.npz": (b"PK\x03\x04 and no more", "zip.npz is damaged: it is no whole zip archive"),
        "w.h5": (b"\x89HDF\r\n\x1a\n", "w.h5 is an HDF5 file (Keras), which is not read"),
        "w.pkl": (b"\x80\x04N.", "w.pkl is a pickle, which is not read: it could run code"),
        "one.npy": (Path("one.npy").read_bytes(), "one.npy is a single array without a name"),
    }
    for name, (content, what) in contents.items():
        if content is not None:
            Path(name).write_bytes(content)
        assert refused(Path(name)) == what
    Path("folder").mkdir()
    assert refused(Path("folder")) == "folder cannot be read: Is a directory"
