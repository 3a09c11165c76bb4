"""The .safetensors format: halves of both sorts, and every way in which a header can lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from written_weights import safetensors_bytes, save_safetensors

from archcalc.errors import SpecError
from archcalc.numeric.weight_files import read_weight_file


def test_values_by_name_and_no_order(tmp_path):
    given = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.float32([7])}
    save_safetensors(tmp_path / "w", given)  # the content says what it is
    found = read_weight_file(tmp_path / "w")
    assert not found.ordered
    assert {name: stored.shape for name, stored in found.tensors.items()} == {"b": (2, 3), "a": (1,)}
    for name, array in given.items():
        np.testing.assert_array_equal(found.tensors[name].read(), array)


def test_halves_of_both_sorts(tmp_path):
    given = np.array([[1.0, -2.5, 0.15625, 3.0]], np.float32)  # each exact in 8 bits of fraction
    upper = (given.view("<u4") >> 16).astype("<u2")
    for dtype, stored in (("F16", given.astype(np.float16)), ("BF16", upper)):
        save_safetensors(tmp_path / "w.safetensors", {"w": stored}, dtype)
        np.testing.assert_array_equal(read_weight_file(tmp_path / "w.safetensors").tensors["w"].read(), given)


def entry(begin=0, end=8, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


EIGHT = b"12345678"
DAMAGED = {
    "empty": (b"", "its header is cut off"),
    "short": (b"123", "its header is cut off"),
    "length": (safetensors_bytes(b"{}", length=10**15), "its header is cut off"),
    "long header": (safetensors_bytes(b"{" + b" " * (9 << 20) + b"}"),
                    "its header is 9,437,186 bytes long; the limit is 8,388,608"),
    "no json": (safetensors_bytes(b"{not json"), "its header cannot be read"),
    "no text": (safetensors_bytes(b"\xff\xfe"), "its header cannot be read"),
    "deep": (safetensors_bytes(b"[" * 100_000), "its header cannot be read"),
    "a list": (safetensors_bytes([1]), "its header cannot be read"),
    "no shape": (safetensors_bytes({"a": {"dtype": "F32"}}), "its header cannot be read"),
    "more keys": (safetensors_bytes({"a": {**entry(), "x": 1}}, EIGHT), "its header cannot be read"),
    "twice": (safetensors_bytes(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
                                b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', EIGHT),
              "its header cannot be read"),
    "infinity": (safetensors_bytes(b'{"a":{"dtype":"F32","shape":[Infinity],"data_offsets":[0,8]}}', EIGHT),
                 "its header cannot be read"),
    "1e999": (safetensors_bytes(b'{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}}', EIGHT),
              "its header cannot be read"),
    "2.0": (safetensors_bytes(b'{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}', EIGHT),
            "its header cannot be read"),
    "true": (safetensors_bytes({"a": entry(0, 4, [True])}, b"1234"), "the shape or the place of `a` is none"),
    "negative": (safetensors_bytes({"a": entry(shape=(-1, -2))}, EIGHT), "the shape or the place of `a` is none"),
    "10**30": (safetensors_bytes({"a": entry(0, 0, [0, 10**30])}), "the shape or the place of `a` is none"),
    "65 axes": (safetensors_bytes({"a": entry(0, 4, [1] * 65)}, b"1234"), "the shape or the place of `a` is none"),
    "too many bytes": (safetensors_bytes({"a": entry(shape=[3])}, EIGHT), "the bytes of `a` do not match its shape"),
    "cut off": (safetensors_bytes({"a": entry()}, b"1234"), "the bytes of `a` are cut off"),
    "overlap": (safetensors_bytes({"a": entry(), "b": entry(4, 8, [1])}, EIGHT), "`b` overlaps another"),
    "alike": (safetensors_bytes({"a": entry(), "b": entry()}, EIGHT), "`b` overlaps another"),
    "gap": (safetensors_bytes({"a": entry(0, 4, [1]), "b": entry(6, 8, [1], "F16")}, EIGHT),
            "`b` leaves a gap after another"),
    "tail": (safetensors_bytes({"a": entry(0, 4, [1])}, EIGHT), "4 bytes after the last tensor belong to none"),
    "long name": (safetensors_bytes({"x" * 100_000: entry(0, 4)}, EIGHT),
                  f"the bytes of `{'x' * 77}...` do not match its shape"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_a_sentence(tmp_path, monkeypatch, case):
    content, why = DAMAGED[case]
    monkeypatch.chdir(tmp_path)
    Path("w.safetensors").write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_weight_file(Path("w.safetensors"))
    assert caught.value.what == f"w.safetensors is no whole .safetensors file: {why}"


def test_a_type_that_no_processor_computes_with(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("w.safetensors").write_bytes(safetensors_bytes({"a": entry(0, 1, [1], "F8_E4M3")}, b"1"))
    with pytest.raises(SpecError) as caught:
        read_weight_file(Path("w.safetensors"))
    assert caught.value.what == "`a` of w.safetensors has the type F8_E4M3"
