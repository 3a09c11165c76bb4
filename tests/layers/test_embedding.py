"""Embeddings: shapes and weights by hand and by PyTorch; messages word for word."""

from __future__ import annotations

import pytest

from archcalc.core import NO_WORK, Shape, Window, Work
from archcalc.errors import ShapeError


def test_embedding_by_hand(build):
    layer, x = build("embedding", 0, num_embeddings=101, embedding_dim=5), Shape.of(7)
    assert layer.output(x) == (7, 5)
    assert {name: tensor.shape for name, tensor in layer.weights(x).items()} == {"weight": (101, 5)}
    assert layer.work(x, Shape.of(7, 5)) == NO_WORK
    assert layer.windows(x) == ()


@pytest.mark.torch
def test_embedding_is_pytorchs(build):
    torch = pytest.importorskip("torch", reason="names and shapes are PyTorch's")
    module = torch.nn.Embedding(101, 5)
    layer, x = build("embedding", 0, num_embeddings=101, embedding_dim=5), Shape.of(7)
    assert layer.output(x) == tuple(module(torch.zeros(2, 7, dtype=torch.long)).shape[1:])
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert {name: tuple(tensor.shape) for name, tensor in layer.weights(x).items()} == expected


def test_vit_b_16_before_its_encoder(build):
    """torchvision's vit_b_16: class_token 768 values, pos_embedding 197 x 768 = 151,296."""
    tokens = Shape.of(196, 768)
    class_token, position = build("class_token", 1), build("position_embedding", 1)
    sequence = class_token.output(tokens)
    assert sequence == (197, 768)
    assert class_token.weights(tokens)["weight"].shape == (1, 768)
    assert class_token.work(tokens, sequence) == NO_WORK
    assert position.output(sequence) == (197, 768)
    assert position.weights(sequence)["weight"].elements == 151_296
    assert position.work(sequence, sequence) == Work(additions=151_296)
    assert class_token.windows(tokens) == position.windows(sequence) == (Window(1),)


@pytest.mark.parametrize(
    ("kind", "values", "x", "what", "help"),
    [
        pytest.param(
            "embedding", {"num_embeddings": 101, "embedding_dim": 5}, (7, 3),
            "embedding needs a row of indices, its input is 7x3", "flatten it first",
            id="embedding of a sequence of vectors",
        ),
        pytest.param(
            "position_embedding", {}, (3, 11, 13),
            "position_embedding needs tokens x features, its input is 3x11x13", "tokens turns it into 143x3",
            id="position_embedding of a map",
        ),
        pytest.param(
            "class_token", {}, (7,),
            "class_token needs tokens x features, its input is 7", None,
            id="class_token of a vector",
        ),
    ],
)  # fmt: skip
def test_a_misfit_says_what_and_how(build, kind, values, x, what, help):
    with pytest.raises(ShapeError) as caught:
        build(kind, len(x) - 1, **values).output(Shape(x))
    assert (caught.value.what, caught.value.help) == (what, help)


def test_a_table_of_positions_has_its_own_length(facts):
    """GPT-2: 1,024 places of 768, of which a prompt of 7 reads the first 7."""
    found = facts("position_embedding", (7, 768), length=1024)
    assert (found.output, found.weights) == ((7, 768), {"weight": (1024, 768)})
    with pytest.raises(ShapeError) as caught:
        facts("position_embedding", (1025, 768), length=1024)
    assert caught.value.what == "position_embedding has 1,024 places, its input 1025x768 has 1,025"
    assert caught.value.help == "at least 1,025, or a shorter input"


def test_the_first_places_are_read():
    np = pytest.importorskip("numpy", reason="the numeric extra is not installed")
    from archcalc.layers import find
    from archcalc.numeric.reference import FORWARD

    layer = find("position_embedding").make(1, length=5)
    table = np.arange(10.0).reshape(5, 2)
    assert np.array_equal(FORWARD["position_embedding"](layer, {"weight": table}, np.ones((1, 3, 2)))[0], 1 + table[:3])
