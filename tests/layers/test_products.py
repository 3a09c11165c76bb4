"""attention and einsum: counts by hand; what does not fit, word for word."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.core import SPREAD, WHOLE, Shape, Work
from archcalc.errors import ArchcalcError, GraphError, SpecError
from archcalc.layers import find


def test_attention_by_hand(build):
    """7 queries and 11 keys of 15 features, values of 9, in 3 heads of 5 and 3 features."""
    x = Shape.of(7, 15), Shape.of(11, 15), Shape.of(11, 9)
    layer = build("attention", 1, num_heads=3)
    y = layer.output(*x)
    assert y == (7, 9)
    assert layer.weights(*x) == {}
    assert layer.work(*x, y) == Work(
        activation_macs=1_848,  # Q K^T 7 * 11 * 15 = 1,155, A V 7 * 11 * 9 = 693
        products=105,  # scaling 7 queries of 15 features
        additions=231,  # the sums of 3 heads * 7 * 11 exponentials
        divisions=231,
        exponentials=231,
    )
    assert layer.work(*x, Shape.of(7, 11), y).additions == 462  # the mask, once more
    assert layer.windows(*x) == (WHOLE,)


def test_grouped_queries_count_as_many_products(build):
    """8 query heads of 4 features share 2 key heads: 10 * 10 * 8 * 4 products twice, as with 8 key heads."""
    layer = build("attention", 1, num_heads=8)
    q, k = Shape.of(10, 32), Shape.of(10, 8)
    assert layer.output(q, k, k) == q
    assert layer.work(q, k, k, q).activation_macs == 6_400
    assert layer.windows(q, k, k) == (SPREAD,)


@pytest.mark.parametrize(
    ("shapes", "y"),
    [
        pytest.param([(3, 7, 5), (3, 11, 5), (3, 11, 2)], (3, 7, 2), id="heads on an axis"),
        pytest.param([(6, 7, 5), (2, 11, 5), (2, 11, 5)], (6, 7, 5), id="two key heads for six"),
        pytest.param([(2, 3, 7, 5), (2, 1, 11, 5), (2, 1, 11, 5)], (2, 3, 7, 5), id="groups and heads"),
        pytest.param([(3, 7, 5), (3, 11, 5), (3, 11, 2), (7, 11)], (3, 7, 2), id="a mask for all heads"),
        pytest.param([(3, 7, 5), (3, 11, 5), (3, 11, 2), (3, 1, 11)], (3, 7, 2), id="a mask of keys"),
    ],
)
def test_axes_before_the_tokens(build, shapes, y):
    x = tuple(map(Shape, shapes))
    layer = build("attention", len(shapes[0]) - 1)
    assert layer.output(*x) == y
    assert layer.work(*x, Shape(y)).exponentials == 7 * 11 * Shape(shapes[0][:-2]).elements


@pytest.mark.parametrize(
    ("shapes", "values", "what", "help"),
    [
        ([(7, 15), (11, 15), (13, 15)], {}, "Q 7x15, K 11x15, V 13x15",
         "K and V have as many tokens, and the same axes before them"),
        ([(7, 15), (11, 13), (11, 13)], {}, "Q 7x15, K 11x13, V 11x13",
         "K has the features of Q, 15; matmul and permute make others"),
        ([(7, 15), (11, 10), (11, 10)], {"num_heads": 3}, "Q 7x15, K 11x10, V 11x10",
         "K has 5 features for each of its heads, whose number divides 3, and V as many heads"),
        ([(4, 7, 15), (3, 11, 15), (3, 11, 15)], {}, "Q 4x7x15, K 3x11x15, V 3x11x15",
         "the axes before the tokens of K and V divide those of Q"),
        ([(15,), (15,), (15,)], {}, "Q 15, K 15, V 15",
         "Q, K and V are tokens x features, perhaps with axes of heads before them"),
        ([(7, 15), (11, 15), (11, 15), (11, 7)], {}, "Q 7x15, K 11x15, V 11x15, mask 11x7",
         "the mask has an entry for each pair: 7x11"),
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit(build, shapes, values, what, help):
    with pytest.raises(GraphError) as caught:
        build("attention", 1, **values).output(*map(Shape, shapes))
    assert (caught.value.what, caught.value.help) == (f"the inputs do not fit: {what}", help)


def test_heads_divide_the_queries(build):
    with pytest.raises(GraphError) as caught:
        build("attention", 1, num_heads=4).output(*[Shape.of(7, 15)] * 3)
    assert caught.value.what == "4 heads do not divide the 15 features of Q"


def test_attention_takes_three_inputs_or_four():
    assert find("attention").inputs == (3, 4)
    with pytest.raises(ArchcalcError) as caught:
        archcalc.loads("input: 7x15\nlayers: {a: attention in in}")
    assert caught.value.errors[0].what == "`attention` takes 3 to 4 inputs, here it has 2"


@pytest.mark.parametrize(
    ("equation", "a", "b", "y", "macs", "products"),
    [
        pytest.param("ij,jk->ik", (3, 5), (5, 7), (3, 7), 105, 0, id="matmul"),
        pytest.param("bij,bjk->kib", (2, 3, 5), (2, 5, 7), (7, 3, 2), 210, 0, id="matrices, axes turned round"),
        pytest.param("i,j->ji", (3,), (5,), (5, 3), 0, 15, id="outer product"),
        pytest.param("ci,ci->i", (3, 5), (3, 5), (5,), 15, 0, id="a dot product at each place"),
        pytest.param("ci,c->ci", (3, 5), (3,), (3, 5), 0, 15, id="a factor a channel"),
        pytest.param("chw,ch->w", (3, 5, 7), (3, 5), (7,), 105, 0, id="two letters summed"),
        pytest.param("Aa,aB->AB", (3, 5), (5, 7), (3, 7), 105, 0, id="large letters are others"),
    ],
)
def test_einsum(build, equation, a, b, y, macs, products):
    layer = build("einsum", len(a) - 1, equation=equation)
    x = Shape(a), Shape(b)
    assert layer.output(*x) == y
    assert layer.work(*x, Shape(y)) == Work(activation_macs=macs, products=products)
    assert layer.windows(*x) == (WHOLE,) * (len(a) - 1)


@pytest.mark.parametrize(
    ("equation", "what", "help"),
    [
        ("ij,jk", "`ij,jk` is no equation of two inputs", "write it as equation=ij,jk->ik"),
        ("ij->ji", "`ij->ji` is no equation of two inputs", "write it as equation=ij,jk->ik"),
        ("i.,.k->ik", "`i.,.k->ik` is no equation of two inputs", "write it as equation=ij,jk->ik"),
        ("ii,ij->j", "`ii,ij->j` has a letter twice in one input", "each axis has its own letter"),
        ("ij,jk->il", "`l` stands after the arrow of `ij,jk->il` and not before it", None),
    ],
)
def test_an_equation_that_is_none(build, equation, what, help):
    with pytest.raises(SpecError) as caught:
        build("einsum", 1, equation=equation)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        ((3, 5), (7, 5), "`j` is 5 and 7: the inputs are 3x5 and 7x5"),
        ((3, 5, 2), (5, 7), "`ij` has 2 letters, its input 3x5x2 has 3 axes"),
    ],
)
def test_letters_that_do_not_fit(build, a, b, what):
    with pytest.raises(GraphError) as caught:
        build("einsum", 1, equation="ij,jk->ik").output(Shape(a), Shape(b))
    assert caught.value.what == what


def test_an_equation_stands_in_a_line_and_in_the_json():
    net = archcalc.loads("input: 5x12\nlayers:\n  k: linear 7\n  a: einsum in k equation=ti,tj->ji\n")
    assert net.graph.nodes[1].shape == (7, 12)
    assert net.summary().rows[1].attributes == {"equation": "ti,tj->ji"}
