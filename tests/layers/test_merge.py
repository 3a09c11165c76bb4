"""Merges: shapes and counts by hand arithmetic and PyTorch; messages word for word."""

from __future__ import annotations

from math import prod

import pytest

from archcalc.core import NO_WORK, WHOLE, Shape, Window, Work
from archcalc.errors import GraphError, ShapeError
from archcalc.layers import find

A = (3, 11, 13)  # 429 elements
GATE = (3, 1, 1)

CASES = [
    pytest.param("add", {}, [A, A], A, Work(additions=429), id="add"),
    pytest.param("add", {}, [A, A, A], A, Work(additions=858), id="add three: two additions an element"),
    pytest.param("add", {}, [(7,), (7,)], (7,), Work(additions=7), id="add vectors"),
    pytest.param("multiply", {}, [A, A], A, Work(products=429), id="multiply"),
    pytest.param("multiply", {}, [A, GATE], A, Work(products=429), id="multiply by a gate"),
    pytest.param("multiply", {}, [GATE, A], A, Work(products=429), id="a gate comes first"),
    pytest.param("multiply", {}, [A, (1, 11, 13)], A, Work(products=429), id="multiply by a spatial mask"),
    pytest.param("multiply", {}, [A, A, GATE, A], A, Work(products=1287), id="multiply four"),
    pytest.param("subtract", {}, [A, A], A, Work(additions=429), id="subtract"),
    pytest.param("subtract", {}, [A, GATE], A, Work(additions=429), id="subtract a mean"),
    pytest.param("abs_diff", {}, [(4096,), (4096,)], (4096,), Work(additions=4096), id="abs_diff, Koch et al. 2015"),
    pytest.param("maximum", {}, [A, A, GATE], A, Work(comparisons=858), id="maximum of three"),
    pytest.param("minimum", {}, [A, A], A, Work(comparisons=429), id="minimum"),
    pytest.param("average", {}, [A, A, A], A, Work(additions=858, divisions=429), id="average of three"),
    pytest.param("divide", {}, [A, GATE], A, Work(divisions=429), id="divide by a norm"),
    pytest.param("concat", {}, [A, (5, 11, 13)], (8, 11, 13), NO_WORK, id="concat"),
    pytest.param("concat", {}, [A, (5, 11, 13), (7, 11, 13)], (15, 11, 13), NO_WORK, id="concat three"),
    pytest.param("concat", {}, [(5,), (7,)], (12,), NO_WORK, id="concat vectors"),
    pytest.param("concat", {"axis": 1}, [A, (3, 5, 13)], (3, 16, 13), NO_WORK, id="concat rows"),
    pytest.param("concat", {"axis": -1}, [(7, 5), (7, 3)], (7, 8), NO_WORK, id="concat features"),
    # 7 x 5 times 5 x 3: 7 * 3 sums of 5 products
    pytest.param("matmul", {}, [(7, 5), (5, 3)], (7, 3), Work(activation_macs=105), id="matmul"),
    pytest.param("matmul", {"transpose_b": True}, [(7, 5), (3, 5)], (7, 3), Work(activation_macs=105), id="A B^T"),
    pytest.param("matmul", {}, [(2, 7, 5), (2, 5, 3)], (2, 7, 3), Work(activation_macs=210), id="matmul of two heads"),
]  # fmt: skip

SHAPES = [pytest.param(*case.values[:4], id=case.id) for case in CASES]


@pytest.mark.parametrize(("kind", "values", "x", "y", "work"), CASES)
def test_a_merge_has_the_shape_and_the_work_by_hand(build, kind, values, x, y, work):
    shapes = [Shape(sizes) for sizes in x]
    layer = build(kind, len(x[0]) - 1, **values)
    assert layer.output(*shapes) == y
    assert layer.work(*shapes, Shape(y)) == work
    assert layer.weights(*shapes) == {}


@pytest.mark.torch
@pytest.mark.parametrize(("kind", "values", "x", "y"), SHAPES)
def test_a_merge_has_pytorchs_shape(build, kind, values, x, y):
    torch = pytest.importorskip("torch", reason="the shapes are PyTorch's")
    tensors = [torch.rand(2, *sizes) for sizes in x]
    first, *others = tensors
    result = {
        "add": lambda: sum(others, first),
        "multiply": lambda: torch.stack(torch.broadcast_tensors(*tensors)).prod(0),
        "subtract": lambda: first - others[0],
        "abs_diff": lambda: torch.abs(first - others[0]),
        "maximum": lambda: torch.stack(torch.broadcast_tensors(*tensors)).amax(0),
        "minimum": lambda: torch.stack(torch.broadcast_tensors(*tensors)).amin(0),
        "average": lambda: torch.stack(torch.broadcast_tensors(*tensors)).mean(0),
        "divide": lambda: first / others[0],
        "concat": lambda: torch.cat(tensors, (values.get("axis", 0) + 1) if values.get("axis", 0) >= 0 else -1),
        "matmul": lambda: first @ (others[0].mT if values.get("transpose_b") else others[0]),
    }[kind]()
    assert build(kind, len(x[0]) - 1, **values).output(*map(Shape, x)) == tuple(result.shape[1:]) == y


@pytest.mark.parametrize(
    ("kind", "inputs", "sugar"),
    [
        ("add", (2, None), ("crop", "act")),
        ("multiply", (2, None), ("crop", "act")),
        ("concat", (2, None), ("crop", "act")),
        ("subtract", (2, 2), ("crop", "act")),
        ("abs_diff", (2, 2), ("crop", "act")),
        ("maximum", (2, None), ("crop", "act")),
        ("minimum", (2, None), ("crop", "act")),
        ("average", (2, None), ("crop", "act")),
        ("divide", (2, 2), ("crop", "act")),
        ("matmul", (2, 2), ()),
    ],
)
def test_a_merge_takes_its_inputs_as_arguments(kind, inputs, sugar):
    found = find(kind)
    assert found.merges
    assert (found.inputs, found.sugar) == (inputs, sugar)


def test_merges_are_pointwise_but_along_a_joined_axis(build):
    a = Shape(A)
    for kind in ("add", "multiply", "subtract", "abs_diff", "maximum", "minimum", "average", "divide", "concat"):
        assert build(kind, 2).windows(a, a) == (Window(1), Window(1))
    assert build("concat", 2, axis=1).windows(a, a) == (WHOLE, Window(1))
    assert build("concat", 2, axis=-1).windows(a, a) == (Window(1), WHOLE)
    assert build("matmul", 1).windows(Shape.of(7, 5), Shape.of(5, 3)) == (WHOLE,)


STRETCHED = [
    # as NumPy and PyTorch stretch: from the last axis on
    pytest.param([(3, 11, 13), (3, 1, 1)], (3, 11, 13), id="a gate"),
    pytest.param([(3, 11, 13), (13,)], (3, 11, 13), id="a vector along the last axis"),
    pytest.param([(11, 13), (3, 11, 13)], (3, 11, 13), id="a plane, first"),
    pytest.param([(11, 1), (3, 1, 13)], (3, 11, 13), id="each stretches the other"),
    pytest.param([(1,), (3, 11, 13)], (3, 11, 13), id="one number"),
]


@pytest.mark.parametrize(("x", "y"), STRETCHED)
@pytest.mark.parametrize("kind", ["add", "multiply", "subtract", "abs_diff", "maximum", "minimum", "average", "divide"])
def test_axes_of_one_and_missing_axes_are_stretched(build, kind, x, y):
    layer = build(kind, 2)
    assert layer.output(*map(Shape, x)) == y
    assert layer.windows(*map(Shape, x)) == (Window(1), Window(1))
    work = layer.work(*map(Shape, x), Shape(y))
    assert max(work.additions, work.products, work.comparisons, work.divisions) == 3 * 11 * 13
    assert layer.traits.stretches


@pytest.mark.parametrize(
    ("a", "b", "y"),
    [
        ((2, 7, 5), (5, 4), (2, 7, 4)),
        ((7, 5), (2, 3, 5, 4), (2, 3, 7, 4)),
        ((2, 1, 7, 5), (3, 5, 4), (2, 3, 7, 4)),
    ],
)
def test_matrices_are_stretched_to_as_many(build, a, b, y):
    layer = build("matmul", len(a) - 1)
    assert layer.output(Shape(a), Shape(b)) == y
    assert len(layer.windows(Shape(a), Shape(b))) == len(y) - 1
    assert layer.work(Shape(a), Shape(b), Shape(y)).activation_macs == prod(y) * 5


ERRORS = [
    pytest.param(
        "multiply", {}, [(5, 7, 5), (5,)],
        "the branches do not fit: 5x7x5 and 5",
        "5 may be the first axis or the last: reshape 5x1x1, or reshape 1x1x5",
        id="multiply: a vector that fits twice",
    ),
    pytest.param(
        "add", {}, [(64, 56, 56), (128, 28, 28)],
        "the branches do not fit: 64x56x56 and 128x28x28",
        "add needs equal shapes: a 1x1 convolution projects channels, its stride the size",
        id="add: channels and size",
    ),
    pytest.param(
        "add", {}, [(64, 56, 56), (256, 56, 56)],
        "the branches do not fit: 64x56x56 and 256x56x56",
        "add needs equal shapes: a 1x1 convolution to 64 channels projects the others",
        id="add: channels",
    ),
    pytest.param(
        "add", {}, [(3, 11, 13), (3, 7, 5), (3, 11, 13)],
        "the branches do not fit: 3x11x13, 3x7x5 and 3x11x13",
        "add needs equal shapes: stride, padding, or `add ... crop`",
        id="add three: size",
    ),
    pytest.param(
        "add", {}, [(7,), (5,)],
        "the branches do not fit: 7 and 5",
        "add needs equal shapes: a linear layer to 7 features projects the others",
        id="add: vectors",
    ),
    pytest.param(
        "add", {}, [(7, 5), (7, 3)],
        "the branches do not fit: 7x5 and 7x3",
        "add needs equal shapes: a linear layer to 5 features projects the others",
        id="add: features of tokens",
    ),
    pytest.param(
        "add", {}, [(7, 5), (11, 5)],
        "the branches do not fit: 7x5 and 11x5",
        "add needs equal shapes",
        id="add: tokens",
    ),
    pytest.param(
        "multiply", {}, [(3, 11, 13), (3,)],
        "the branches do not fit: 3x11x13 and 3",
        "multiply sets axes against each other from the last on, equal or 1: keepdim=yes keeps a pooled gate at Cx1x1",
        id="multiply: a gate without its axes",
    ),
    pytest.param(
        "subtract", {}, [(3, 11, 13), (3, 11)],
        "the branches do not fit: 3x11x13 and 3x11",
        "subtract sets axes against each other from the last on, equal or 1",
        id="subtract: axes",
    ),
    pytest.param(
        "abs_diff", {}, [(4096,), (2048,)],
        "the branches do not fit: 4096 and 2048",
        "abs_diff needs equal shapes: a linear layer to 4096 features projects the others",
        id="abs_diff",
    ),
    pytest.param(
        "divide", {}, [(3, 11, 13), (3,)],
        "the branches do not fit: 3x11x13 and 3",
        "divide sets axes against each other from the last on, equal or 1: keepdim=yes keeps a pooled gate at Cx1x1",
        id="divide: axes",
    ),
    pytest.param(
        "concat", {}, [(512, 64, 64), (512, 56, 56)],
        "the branches do not fit: 512x64x64 and 512x56x56",
        "concat needs equal spatial sizes: padding, or `concat ... crop`",
        id="concat: U-Net without its crop",
    ),
    pytest.param(
        "concat", {}, [(7, 5), (7, 3)],
        "the branches do not fit: 7x5 and 7x3",
        "concat needs equal sizes on every axis but axis 0",
        id="concat: tokens of other widths",
    ),
    pytest.param(
        "concat", {"axis": 1}, [(3, 11, 13), (5, 11, 13)],
        "the branches do not fit: 3x11x13 and 5x11x13",
        "concat needs equal sizes on every axis but axis 1",
        id="concat: another axis",
    ),
    pytest.param(
        "concat", {}, [(3, 11, 13), (3,)],
        "the branches do not fit: 3x11x13 and 3",
        "concat needs the same number of axes: flatten the maps, or keepdim=yes after a global pooling",
        id="concat: axes",
    ),
    pytest.param(
        "matmul", {}, [(7, 5), (3, 5)],
        "the branches do not fit: 7x5 and 3x5",
        "transpose_b=yes makes the inner sizes 5 and 5",
        id="matmul: forgotten transpose",
    ),
    pytest.param(
        "matmul", {"transpose_b": True}, [(7, 5), (5, 3)],
        "the branches do not fit: 7x5 and 5x3",
        "transpose_b=no makes the inner sizes 5 and 5",
        id="matmul: a transpose too many",
    ),
    pytest.param(
        "matmul", {}, [(7, 5), (3, 2)],
        "the branches do not fit: 7x5 and 3x2",
        "the last axis of the first (5) must equal the second last of the second",
        id="matmul: inner sizes",
    ),
    pytest.param(
        "matmul", {}, [(2, 7, 5), (3, 5, 7)],
        "the branches do not fit: 2x7x5 and 3x5x7",
        "the axes before the last two must be equal, or 1",
        id="matmul: heads",
    ),
    pytest.param(
        "matmul", {}, [(7,), (7,)],
        "the branches do not fit: 7 and 7",
        "matmul multiplies matrices: both branches need at least two axes",
        id="matmul: vectors",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "x", "what", "help"), ERRORS)
def test_branches_that_do_not_fit_are_named_with_a_repair(build, kind, values, x, what, help):
    with pytest.raises(GraphError) as caught:
        build(kind, len(x[0]) - 1, **values).output(*map(Shape, x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_concat_refuses_an_axis_that_is_not_there(build):
    with pytest.raises(ShapeError) as caught:
        build("concat", 0, axis=1).output(Shape.of(5), Shape.of(7))
    assert caught.value.what == "there is no axis 1, the input is 5"
    assert caught.value.help == "axis=0"
