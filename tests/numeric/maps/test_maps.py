"""Feature maps: a filter that finds vertical edges, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import UnknownName, UnsupportedError, UsageError
from archcalc.numeric.maps.maps import feature_maps
from archcalc.numeric.run.options import Options

STEP = [[0, 0, 1, 1, 1]] * 3
"""Dark on the left, bright on the right."""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def edges(layer="c", scale="each", **options):
    """The maps of two filters on the step: the difference to the left neighbour, and the sum with it."""
    graph = archcalc.loads("input: 1x3x5\nlayers: {c: conv 2 1x2 bias=no, r: relu, g: global_avg_pool}\n").graph
    np.save("x.npy", np.array([STEP], float))
    np.savez("w.npz", **{"c.weight": np.array([[[[-1, 1]]], [[[1, 1]]]], float)})
    given = Options(weights=Path("w.npz"), files={"input": Path("x.npy")}, **options)
    return feature_maps(graph, given, layer, scale)


@pytest.mark.parametrize("reference", [False, True])
def test_a_filter_finds_the_edge(reference):
    found = edges(reference=reference)
    assert [one.values for one in found.maps] == [((0, 1, 0, 0),) * 3, ((0, 1, 2, 2),) * 3]
    assert [one.channel for one in found.maps] == [0, 1]
    assert (found.layer, found.kind, found.shape) == ("c", "conv", (2, 3, 4))


def test_each_map_has_its_own_scale_or_all_have_one():
    assert [found.bounds(one) for found in [edges()] for one in found.maps] == [(0, 1), (0, 2)]
    assert [found.bounds(one) for found in [edges(scale="all")] for one in found.maps] == [(0, 2), (0, 2)]


def test_at_most_64_maps():
    graph = archcalc.loads("input: 3x5x7\nlayers: {c: conv 70 1}\n").graph
    found = feature_maps(graph, Options(), "c")
    assert ([one.channel for one in found.maps], found.shape.channels) == (list(range(64)), 70)


def test_a_group_shows_what_it_ends_in():
    found = feature_maps(archcalc.load("lenet5").graph, Options(batch=3), "conv1")
    assert (found.kind, found.shape) == ("tanh", (6, 28, 28))
    assert -1 <= min(one.minimum for one in found.maps) < 0


def test_one_axis_is_a_map_of_one_row():
    graph = archcalc.loads("input: 2x7\nlayers: {c: conv 3 2}\n").graph
    (one, *_) = feature_maps(graph, Options(), "c").maps
    assert (len(one.values), len(one.values[0])) == (1, 6)


def test_the_first_of_several_examples():
    np.save("two.npy", np.stack([np.zeros((1, 2, 3)), np.ones((1, 2, 3))]))
    graph = archcalc.loads("input: 1x2x3\nlayers: {r: relu}\n").graph
    found = feature_maps(graph, Options(files={"input": Path("two.npy")}), "r")
    assert found.maps[0].values == ((0, 0, 0), (0, 0, 0))


def test_what_is_not_finite_is_not_drawn():
    np.savez("w.npz", **{"c.weight": np.full((1, 1, 1, 1), 3e38, np.float32)})
    np.save("x.npy", np.full((1, 2, 3), 3e38))
    graph = archcalc.loads("input: 1x2x3\nlayers: {c: conv 1 1 bias=no}\n").graph
    with pytest.raises(UnsupportedError) as caught:
        feature_maps(graph, Options(weights=Path("w.npz"), files={"input": Path("x.npy")}), "c")
    assert caught.value.what == "the map holds values that are not finite"


@pytest.mark.parametrize(
    ("layer", "scale", "error", "what", "help"),
    [
        ("d", "each", UnknownName, "spec has no layer `d`", "its layers are `c`, `r` and `g`"),
        ("g", "each", UnsupportedError, "g is 2: a map has channels and one or two spatial axes",
         "--stats shows what it holds"),
        ("c", "some", UsageError, "unknown scale `some`", "there are `each` and `all`"),
    ],
)  # fmt: skip
def test_what_has_no_maps(layer, scale, error, what, help):
    with pytest.raises(error) as caught:
        edges(layer, scale)
    assert (caught.value.what, caught.value.help) == (what, help)
