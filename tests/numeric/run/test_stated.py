"""Numbers that a spec states (`weights:`) are those that a pass computes with; a file goes before them."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc
from archcalc.errors import SpecError
from archcalc.numeric.weights.weights import he_weights, load_weights

XOR = """\
input: 2
layers:
  hidden: linear 2 act=relu
  out: linear 1
weights:
  hidden: [[1, 1], [1, 1]]
  hidden.bias: [0, -1]
  out: [1, -2]
"""
"""Goodfellow et al. 2016, section 6.1: f(x) = w·max(0, Wx + c), with w = (1, -2) and no bias behind it."""


@pytest.fixture
def xor():
    return archcalc.loads(XOR, "xor")


@pytest.mark.parametrize("options", [{}, {"reference": True}, {"dtype": "float64"}])
def test_xor(xor, options):
    found = xor.run(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), **options)
    assert found.output.ravel().tolist() == [0, 1, 1, 0]


def test_a_convolution_of_the_notes():
    """[[1, 2, 0], [3, 4, 1], [0, 1, 2]] with [[1, 0], [0, -1]]: 1 − 4, 2 − 1, 3 − 1, 4 − 2."""
    net = archcalc.loads(
        "{input: 1x3x3, layers: {conv: conv 1 2x2}, weights: {conv: [[1, 0], [0, -1]], conv.bias: 1/2}}"
    )
    found = net.run(np.array([[[1, 2, 0], [3, 4, 1], [0, 1, 2]]], np.float32))
    assert found.output.tolist() == [[[[-2.5, 1.5], [2.5, 2.5]]]]


def test_what_came_from_where(xor, tmp_path):
    alone = xor.run()
    assert alone.table.origin.weights == "3 of 4 tensors of the spec, the others He, seed 0"
    assert alone.notes == ("not stated by the spec, so as before training: `out.bias`",)
    path = tmp_path / "rest.npz"
    np.savez(path, **{"out.bias": np.array([5], np.float32)})
    rest = xor.run([0, 1], weights=path)
    assert rest.output.tolist() == [[6]]
    assert rest.table.origin.weights == "3 of 4 tensors of the spec, the others rest.npz"
    assert rest.notes == (
        "not in rest.npz, so those of the spec: `hidden.linear.weight`, `hidden.linear.bias`, `out.weight`",
    )


def test_a_file_goes_before_the_spec(xor, tmp_path):
    """out: 3·h0 + 4·h1 + 5 at (1, 1): h = (2, 1)."""
    path = tmp_path / "w.npz"
    np.savez(path, **{"out.bias": np.array([5.0]), "out.weight": np.array([[3.0, 4.0]])})
    found = xor.run([1, 1], weights=path)
    assert found.output.tolist() == [[15]]
    assert found.notes[1] == "stated by the spec too, w.npz goes before it: `out.weight`"
    assert found.table.origin.stated == ("hidden.linear.weight", "hidden.linear.bias")


def test_all_of_the_spec():
    net = archcalc.loads(XOR + "  out.bias: 0\n", "xor")
    assert net.run([1, 0]).table.origin.weights == "of the spec"
    assert net.run([1, 0]).notes == ()


def test_a_file_that_lacks_what_nobody_states(xor, tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, **{"out.weight": np.array([[3.0, 4.0]])})
    with pytest.raises(SpecError) as caught:
        load_weights(path, xor.graph)
    assert caught.value.what == f"{path} does not fit xor: 1 of its 2 tensors are missing"
    weights, loading = load_weights(path, xor.graph, partial=True)
    assert loading.drawn == ("out.bias",)
    assert weights["hidden.linear.weight"].tolist() == [[1, 1], [1, 1]]


def test_other_tensors_are_drawn_as_without_the_spec():
    bare = archcalc.loads(XOR[: XOR.index("  out: [1")], "xor")
    plain = archcalc.loads(XOR[: XOR.index("weights:")], "xor")
    assert (he_weights(bare.graph, 3)["out.weight"] == he_weights(plain.graph, 3)["out.weight"]).all()


def test_tied_weights():
    """y = Wᵀ(Wx) for W = [[1, 2, 3], [0, 1, 0]], x = (1, 1, 1): Wx = (6, 1), Wᵀ of that (6, 13, 18)."""
    net = archcalc.loads(
        "{input: 3, layers: {e: linear 2 bias=no, d: linear 3 bias=no share=e}, weights: {e: [[1, 2, 3], [0, 1, 0]]}}"
    )
    assert net.run([1, 1, 1]).output.tolist() == [[6, 13, 18]]


def test_numbers_that_the_type_cannot_hold():
    net = archcalc.loads("{input: 1, layers: {a: linear 1}, weights: {a: 1e60}}", "big")
    with pytest.raises(SpecError) as caught:
        net.run([1])
    assert caught.value.what == "`a.weight` of the spec holds 1e+60, too large for float32"
    assert net.run([1], dtype="float64").output.tolist() == [[1e60]]
