"""`archcalc pieces`: the table, the bounds, the files of weights."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")


@pytest.fixture
def hat(tmp_path):
    path = tmp_path / "hat.npz"
    rows = {"hidden.weight": [[1], [1], [1]], "hidden.bias": [0, -0.5, -1], "out.weight": [[2, -4, 2]], "out.bias": [0]}
    np.savez(path, **{name: np.array(numbers, dtype=float) for name, numbers in rows.items()})
    return str(path)


def test_the_pieces_and_the_bounds(archcalc, hat):
    assert archcalc("pieces", "hat", "--weights", hat).out == (
        "4 linear pieces, 1 tooth\n"
        "\n"
        "Piece  From   To  Slope  y =\n"
        "-----  ----  ---  -----  -------\n"
        "    1    −∞    0      0  0\n"
        "    2     0  0.5      2  2x\n"
        "    3   0.5    1     -2  −2x + 2\n"
        "    4     1    ∞      0  0\n"
        "\n"
        "Layer (type)     Neurons  Pieces  At most  Rule\n"
        "---------------  -------  ------  -------  ----------------\n"
        "hidden (linear)        3       1        1  a: 1\n"
        "relu (relu)            3       2        2  a·b: 2·1\n"
        "out (linear)           1       4        6  a + b: 2 + 2 + 2\n"
        "\n"
        "archcalc 0.1.0 · hat\n"
    )


def test_machines_get_numbers(archcalc, hat):
    rows = [*csv.DictReader(StringIO(archcalc("pieces", "hat", "--weights", hat, "-f", "csv").out))]
    assert [(row["from"], row["to"], row["slope"]) for row in rows] == [
        ("", "0", "0"), ("0", "0.5", "2"), ("0.5", "1", "-2"), ("1", "", "0")
    ]  # fmt: skip
    found = json.loads(archcalc("pieces", "hat", "--weights", hat, "-f", "json").out)
    assert (found["pieces"], found["outputs"][0]["teeth"]) == (4, 1)
    assert found["outputs"][0]["pieces"][1] == {"from": 0, "to": "1/2", "slope": 2, "offset": 0}


def test_a_file_goes_before_the_spec(archcalc, tmp_path):
    path = tmp_path / "flat.npz"
    np.savez(path, **{"out.weight": np.zeros((1, 3))})
    assert archcalc("pieces", "hat", "--weights", str(path)).out.startswith("1 linear piece: y = 0 everywhere\n")


def test_missing_numbers_are_wrong_use(archcalc, spec):
    found = archcalc("pieces", spec("input: 1\nlayers: {a: linear 2}\n"))
    assert (found.out, found.code) == ("", 2)
    assert found.err == (
        "error: the numbers of a.weight are not known\n"
        "= help: name a file: --weights FILE, or state them in the spec: weights:\n"
    )


@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_formats(archcalc, format):
    run = archcalc("pieces", "sawtooth", "-f", format)
    assert ("10 linear pieces, 4 teeth" in run.out, run.err, run.code) == (True, "", 0)
