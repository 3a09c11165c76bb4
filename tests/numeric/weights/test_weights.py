"""Random and stored tensors: which values, which names, and every way a file can be wrong."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from written_weights import values_for

import archcalc
from archcalc.errors import BackendError, SpecError
from archcalc.numeric.weights.weights import he_weights, load_weights, tensors

NET = "{conv1: conv 5 2x3 act=relu norm=batch_norm, flat: flatten, fc: linear 7}"
SHAPES = {
    "conv1.conv.weight": (5, 3, 2, 3),
    "conv1.conv.bias": (5,),
    "conv1.norm.weight": (5,),
    "conv1.norm.bias": (5,),
    "conv1.norm.running_mean": (5,),
    "conv1.norm.running_var": (5,),
    "fc.weight": (7, 5 * 10 * 11),
    "fc.bias": (7,),
}


def graph_of(layers=NET, input="3x11x13"):
    return archcalc.loads(f"input: {input}\nlayers: {layers}\n", name="net").graph


def test_every_tensor_once_under_its_state_dict_name():
    assert {tensor.name: tuple(tensor.shape) for tensor in tensors(graph_of())} == SHAPES


def test_he_weights_have_the_deviation_of_their_fan_in():
    graph = graph_of(
        "{a: conv 200 5x7 bias=no, b: conv_transpose 100 4x4 stride=2, c: flatten, d: linear 50}", "8x9x12"
    )
    weights = he_weights(graph, seed=0)
    # fan-in: 8*5*7 = 280; each output of a stride of 2x2 is reached by 200*4*4/4 = 800; 100 channels of 12x14 cells
    for name, fan_in in {"a": 280, "b": 800, "d": 16_800}.items():
        assert weights[f"{name}.weight"].std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
        assert abs(weights[f"{name}.weight"].mean()) < 0.02 * (2 / fan_in) ** 0.5
    assert not weights["b.bias"].any()


def test_norms_start_as_the_identity():
    weights = he_weights(graph_of(), seed=0)
    assert {name: set(array.tolist()) for name, array in weights.items() if ".norm." in name} == {
        "conv1.norm.weight": {1.0},
        "conv1.norm.bias": {0.0},
        "conv1.norm.running_mean": {0.0},
        "conv1.norm.running_var": {1.0},
    }
    over_all = he_weights(graph_of("{n: layer_norm over=all}", "2x3x5"), seed=0)
    assert (over_all["n.weight"] == 1).all()
    assert not over_all["n.bias"].any()


def test_the_kinds_with_values_of_their_own():
    graph = graph_of("{p: prelu, s: subsample 2, l: layer_scale init=0.125, t: tokens, c: class_token}", "3x4x6")
    weights = he_weights(graph, seed=0)
    assert weights["p.weight"].tolist() == [0.25]
    assert weights["s.coefficient"].tolist() == [0.25] * 3
    assert weights["s.bias"].tolist() == [0] * 3
    assert set(weights["l.weight"].ravel()) == {0.125}
    assert 0 < abs(weights["c.weight"]).max() < 0.1


def test_the_seed_and_the_name_decide_and_nothing_else():
    graph = graph_of()
    assert all((he_weights(graph, 1)[name] == array).all() for name, array in he_weights(graph, 1).items())
    assert (he_weights(graph, 1)["fc.weight"] != he_weights(graph, 2)["fc.weight"]).mean() > 0.99
    twins = he_weights(graph_of("{a: linear 5 bias=no, b: linear 5 bias=no}", "5"), 1)
    assert (twins["a.weight"] != twins["b.weight"]).all()
    alone = graph_of("{fc: linear 7}", "550")
    np.testing.assert_array_equal(he_weights(alone, 1)["fc.weight"], he_weights(graph, 1)["fc.weight"])
    double = he_weights(graph, 1, "float64")["fc.weight"]
    assert double.dtype == np.float64
    np.testing.assert_array_equal(double, he_weights(graph, 1)["fc.weight"].astype(np.float64))


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf")])
def test_values_that_are_not_finite_are_refused(tmp_path, monkeypatch, value, word):
    monkeypatch.chdir(tmp_path)
    given = values_for(SHAPES)
    given["conv1.conv.weight"][1, 2, 0, 1] = value
    np.savez("w.npz", **given)
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of())
    assert caught.value.what == f"`conv1.conv.weight` of w.npz holds {word} at [1, 2, 0, 1]"


def test_a_value_too_large_for_the_type_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {**values_for(SHAPES), "fc.bias": np.array([1, 2, -1e300, 3, 4, 5, 6])}
    np.savez("w.npz", **given)
    with pytest.raises(SpecError) as caught:
        load_weights(Path("w.npz"), graph_of())
    assert caught.value.what == "`fc.bias` of w.npz holds -1e+300 at [2], too large for float32"
    assert caught.value.help == "--dtype float64"
    assert load_weights(Path("w.npz"), graph_of(), "float64")[0]["fc.bias"][2] == -1e300


def test_a_memory_that_is_too_small_is_said_with_the_tensor(tmp_path, monkeypatch):
    np.savez(tmp_path / "w.npz", **values_for(SHAPES))

    none_left = mock.Mock(side_effect=MemoryError)
    monkeypatch.setattr(np.random, "default_rng", none_left)
    with pytest.raises(BackendError) as caught:
        he_weights(graph_of("{fc: linear 500}", "3000"), 0)
    what = "the memory is too small for `fc.weight` (500x3000): it takes 6 MB in float32"
    assert (caught.value.what, caught.value.exit_code) == (what, 6)
    monkeypatch.setattr(np, "empty", none_left)
    with pytest.raises(BackendError) as caught:
        load_weights(tmp_path / "w.npz", graph_of())
    assert (
        caught.value.what == "the memory is too small for `conv1.conv.weight` (5x3x2x3): it takes 0.00036 MB in float32"
    )


def test_words_are_no_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("words.npz", **{name: np.full(shape, "x") for name, shape in SHAPES.items()})
    with pytest.raises(SpecError) as caught:
        load_weights(Path("words.npz"), graph_of())
    assert caught.value.what == "`conv1.conv.weight` of words.npz cannot be read: it holds no numbers"
