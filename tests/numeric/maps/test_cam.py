"""Class activation maps against maps that are known, and against the score they explain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import UnsupportedError
from archcalc.numeric.maps.cam import class_activation_map, pixels
from archcalc.numeric.run.options import Options

X = [[1, 2, 3], [4, 5, 6]]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def cam(layers, weights, x=X, asked=None, **options):
    x = np.array([x], float)
    size = "x".join(map(str, x.shape))
    np.save("x.npy", x)
    np.savez("w.npz", **{name: np.array(values, float) for name, values in weights.items()})
    graph = archcalc.loads(f"input: {size}\nlayers: {layers}\n", name="net").graph
    given = Options(weights=Path("w.npz"), files={"input": Path("x.npy")}, dtype="float64", **options)
    return class_activation_map(graph, given, asked)


TWO_MAPS = {"c.weight": [[[[1]]], [[[10]]]], "out.weight": [[1, 0], [2, 0.5]], "out.bias": [-3, 0.25]}
"""The maps are x and 10 x; class 1 weighs them by 2 and 0.5: its map is 2 x + 0.5 * 10 x = 7 x."""


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize(
    "end",
    [
        "g: global_avg_pool, out: linear 2",
        "g: global_avg_pool keepdim=yes, d: dropout 0.5, f: flatten, out: linear 2, p: softmax",
        "g: adaptive_avg_pool 1, f: flatten, out: linear 2",
        "g: avg_pool 2x3, f: flatten, out: linear 2, d: dropout 0.5",
    ],
)
def test_the_maps_weighted_as_the_class_weighs_their_means(end, reference):
    heat = cam(f"{{c: conv 2 1 bias=no, {end}}}", TWO_MAPS, asked="1", reference=reference)
    assert np.array(heat.values) == pytest.approx(7 * np.array(X))
    assert (heat.layer, heat.patches, heat.size) == ("c", None, (2, 3))


def test_the_mean_of_the_map_and_the_bias_are_the_score():
    heat = cam("{c: conv 2 1 bias=no, g: global_avg_pool, out: linear 2}", TWO_MAPS)
    assert (heat.scored.index, heat.scored.score) == (1, 7 * 3.5 + 0.25)
    assert np.mean(heat.values) + 0.25 == heat.scored.score


def test_a_map_for_each_class_is_its_own_activation_map():
    heat = cam("{c: conv 2 1 bias=no, g: global_avg_pool, p: softmax}", {"c.weight": [[[[1]]], [[[-2]]]]}, asked="1")
    assert np.array(heat.values) == pytest.approx(-2 * np.array(X))
    assert heat.scored.kind == "softmax"


@pytest.mark.parametrize("name", ["resnet20", "squeezenet1_1", "densenet121"])
def test_the_law_of_the_mean_on_bundled_networks(name):
    """Their biases are 0 when drawn by a seed, so the mean of the map is the score."""
    small = {"resnet20": None, "squeezenet1_1": "3x65x67", "densenet121": "3x64x64"}[name]
    heat = class_activation_map(archcalc.load(name, input=small).graph, Options(exact=True))
    assert np.mean(heat.values) == pytest.approx(heat.scored.score, rel=1e-4)


def test_the_maps_may_be_the_input_itself():
    heat = cam("{g: global_avg_pool, out: linear 2 bias=no}", {"out.weight": [[1], [2]]}, asked="1")
    assert heat.values == ((2, 4, 6), (8, 10, 12))
    assert heat.layer == "input"


def test_pixels_lie_between_the_places_of_the_map():
    heat = cam("{c: conv 1 1 stride=2 bias=no, g: global_avg_pool}", {"c.weight": [[[[1]]]]},
               x=[[0, 9, 8, 9], [9, 9, 9, 9]])  # fmt: skip
    assert heat.values == ((0, 8),)
    # two places for four columns: pixel p lies at (p + 1/2) / 2 - 1/2, so a quarter of the way in
    assert pixels(heat).tolist() == [[0, 2, 6, 8]] * 2


NEEDED = "a class activation map needs the means of whole maps before the scores (global_avg_pool); in net "


@pytest.mark.parametrize(
    ("layers", "what"),
    [
        ("{c: conv 2 1, f: flatten, out: linear 2}", NEEDED + "what out reads comes from c (conv)"),
        ("{g: global_avg_pool, a: relu, out: linear 2}", NEEDED + "what out reads comes from a (relu)"),
        ("{c: conv 2 1, g: global_max_pool}", NEEDED + "the scores come from g (global_max_pool)"),
        ("{f: flatten, out: linear 2}", NEEDED + "what out reads comes from the input"),
        ("{g: avg_pool 2x2, f: flatten, out: linear 2}", NEEDED + "what out reads comes from g (avg_pool)"),
        ("{g: avg_pool 2x3 padding=1, f: flatten, out: linear 2}", NEEDED + "what out reads comes from g (avg_pool)"),
    ],
)
def test_other_ends_have_none(layers, what):
    graph = archcalc.loads(f"input: 1x2x3\nlayers: {layers}\n", name="net").graph
    with pytest.raises(UnsupportedError) as caught:
        class_activation_map(graph, Options())
    assert caught.value.what == what


def test_a_sequence_has_none():
    graph = archcalc.loads("input: 3x7\nlayers: {g: global_avg_pool}\n", name="net").graph
    with pytest.raises(UnsupportedError) as caught:
        class_activation_map(graph, Options())
    assert caught.value.what == "a class activation map is drawn on one image; net has another input"
