"""Inputs in text files: a line is a row, channels stand between `|`, examples between `||`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.core import Shape
from archcalc.errors import SpecError
from archcalc.numeric.inputs.inputs import Reading, read_input


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(text, shape, dtype="float64", name="x.csv"):
    Path(name).write_bytes(text.encode())
    return read_input(Path(name), Shape(shape), Reading(), dtype)


@pytest.mark.parametrize(
    ("text", "shape", "values"),
    [
        ("1,2,3\n4,5,6\n", (1, 2, 3), [[[[1, 2, 3], [4, 5, 6]]]]),
        ("1 2 3\r\n4 5 6", (1, 2, 3), [[[[1, 2, 3], [4, 5, 6]]]]),
        ("\ufeff# pixels\n1\t2\t3\n\n4\t5\t6\n", (1, 2, 3), [[[[1, 2, 3], [4, 5, 6]]]]),
        ("[[1, 2, 3], [4, 5, 6]]", (1, 2, 3), [[[[1, 2, 3], [4, 5, 6]]]]),
        ("1 2 3; 4 5 6", (1, 2, 3), [[[[1, 2, 3], [4, 5, 6]]]]),
        ("1 2 3 | 4 5 6\n", (2, 3), [[[1, 2, 3], [4, 5, 6]]]),
        ("1 2 3\n|\n4 5 6\n", (2, 1, 3), [[[[1, 2, 3]], [[4, 5, 6]]]]),
        ("1\n2\n3\n", (1, 3), [[[1, 2, 3]]]),
        ("0 0\n0 1\n1 0\n1 1\n", (2,), [[0, 0], [0, 1], [1, 0], [1, 1]]),
        ("1 2\n3 4\n5 6\n||\n-1 -2\n-3 -4\n-5 -6\n", (1, 3, 2),
         [[[[1, 2], [3, 4], [5, 6]]], [[[-1, -2], [-3, -4], [-5, -6]]]]),
        ("0.5 1/4 1.5e-1 −2\n", (4,), [[0.5, 0.25, 0.15, -2]]),
        ("7", (1,), [[7]]),
    ],
)  # fmt: skip
def test_what_a_file_holds(text, shape, values):
    assert read(text, shape).tolist() == values


def test_what_numpy_writes_is_read_again():
    x = np.random.default_rng(0).standard_normal((3, 5))
    np.savetxt("x.txt", x, header="three rows")
    assert (read_input(Path("x.txt"), Shape((3, 5)), Reading(), "float64") == x).all()


@pytest.mark.parametrize(
    ("text", "place", "what", "help"),
    [
        ("1,2,3\n4,x,6\n", "x.csv:2:3", "`x` is no number", "numbers are 3, -3, 0.5, 1e-3 or 1/3"),
        ("1,2,3\n4,5\n", "x.csv:2:1", "row 1 has 3 numbers, row 2 has 2", "all rows are of one length"),
        ("1,2,3\n4,,6\n", "x.csv:2:3", "a number is missing before the comma", "write 0 where there is nothing"),
        ("a,b,c\n1,2,3\n4,5,6\n", "x.csv:1:1", "`a` is no number", "numbers are 3, -3, 0.5, 1e-3 or 1/3"),
        ("1 2 nan\n4 5 6\n", "x.csv:1:5", "`nan` is no number", "numbers are 3, -3, 0.5, 1e-3 or 1/3"),
        ("", "x.csv:1:1", "there are no numbers", "write rows as '1 2;3 4'"),
        ("1 2 3 4\n", "None", "x.csv is 4, the input is 2x2x3",
         "2 rows of 3 numbers, 2 channels between |; several examples stand one after the other, between ||"),
    ],
)  # fmt: skip
def test_where_a_file_is_wrong(text, place, what, help):
    with pytest.raises(SpecError) as caught:
        read(text, (2, 2, 3))
    assert (str(caught.value.place), caught.value.what, caught.value.help) == (place, what, help)


def test_files_that_are_none():
    Path("x.csv").write_bytes(b"\xff\xfe1")
    with pytest.raises(SpecError, match=r"x\.csv is no text"):
        read_input(Path("x.csv"), Shape((1,)), Reading())
    with pytest.raises(SpecError, match=r"x\.csv has more than 1,000,000 bytes"):
        read("1 " * 500_001, (500_001,))
    with pytest.raises(SpecError, match=r"x\.csv holds 1e\+60, too large for float32"):
        read("1e60", (1,), "float32")


def test_a_run_of_every_row():
    """xor of four rows, as a batch of four."""
    Path("x.csv").write_text("0,0\n0,1\n1,0\n1,1\n", encoding="utf-8")
    net = archcalc.loads(
        "{input: 2, layers: {h: linear 2 act=relu, y: linear 1 bias=no}, "
        "weights: {h: [[1, 1], [1, 1]], h.bias: [0, -1], y: [1, -2]}}"
    )
    assert net.run("x.csv").output.tolist() == [[0], [1], [1], [0]]
