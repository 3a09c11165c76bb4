"""`Network.run`: arrays in, arrays out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import SpecError, UnknownName, UnsupportedError, UsageError

SPEC = "input: 3\nlayers: {a: linear 2, g: {b: relu, c: linear 1 bias=no}}\n"
NET = archcalc.loads(SPEC, name="net")
WEIGHTS = {"a.weight": [[1, 0, 2], [0, -1, 0]], "a.bias": [1, 0], "g.c.weight": [[3, 10]]}
X = [1, 2, 3]
"""a = (1 + 6 + 1, -2), so relu gives (8, 0) and c gives 24."""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("options", [{}, {"reference": True}, {"dtype": "float64"}, {"exact": True, "threads": 1}])
def test_an_example_its_output_and_its_layers(options):
    found = NET.run(X, weights=WEIGHTS, layers=["a", "g.b", "g"], **options)
    assert found.output.tolist() == [[24]]
    assert {name: array.tolist() for name, array in found.outputs.items()} == {"g.c": [[24]]}
    assert (found["a"].tolist(), found["g.b"].tolist(), found["g"].tolist()) == ([[8, -2]], [[8, 0]], [[24]])
    assert (found["g.c"].tolist(), found.notes) == ([[24]], ())
    assert found.output.dtype == options.get("dtype", "float32")


def test_a_batch_and_files():
    np.save("x.npy", [X, [0, 0, 0]])
    np.savez("w.npz", **WEIGHTS)
    for x, weights in (("x.npy", "w.npz"), (Path("x.npy"), Path("w.npz")), ([X, [0, 0, 0]], WEIGHTS)):
        assert NET.run(x, weights=weights).output.tolist() == [[24], [3]]
    assert NET.run(X, weights=WEIGHTS, batch=3).output.tolist() == [[24]] * 3


def test_random_values_by_the_seed():
    first, again, other = (NET.run(seed=seed).output for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).all()


def test_how_weights_were_matched_is_noted():
    renamed = {str(number): array for number, array in enumerate(WEIGHTS.values())}
    found = NET.run(X, weights=renamed)
    assert found.output.tolist() == [[24]]
    assert found.notes == (
        "the dict of weights: matched by order, no name agrees: `a.weight` is `0`, `a.bias` is `1`, and 1 more",
    )
    some = {name: WEIGHTS[name] for name in ("a.weight", "a.bias")}
    notes = NET.run(X, weights=some, partial=True).notes
    assert notes == ("the dict of weights: not in the file, so drawn at random: `g.c.weight`",)


def test_several_inputs_and_outputs_go_by_name():
    net = archcalc.loads("inputs: {l: 2, r: 2}\nlayers: {s: add l r, m: multiply l r}\noutput: [s, m]\n", name="two")
    found = net.run({"l": [1, 2], "r": [3, 4]})
    assert {name: array.tolist() for name, array in found.outputs.items()} == {"s": [[4, 6]], "m": [[3, 8]]}
    with pytest.raises(UsageError) as caught:
        found.output  # noqa: B018
    assert caught.value.what == "there are 2 outputs"
    with pytest.raises(UsageError) as caught:
        net.run([1, 2])
    assert (caught.value.what, caught.value.help) == ("two has 2 inputs", "a dict by name: `l` and `r`")
    with pytest.raises(UsageError) as caught:
        net.run({"left": [1, 2]})
    assert caught.value.what == "two has no input `left`"


def test_what_does_not_fit_is_raised():
    for call, error, what in [
        (lambda: NET.run([1, 2]), SpecError, "the input `input` is 2, the input is 3"),
        (lambda: NET.run(["a", "b", "c"]), SpecError, "the input `input` holds no numbers"),
        (lambda: NET.run(X, weights={"a.weight": np.ones((2, 3))}), SpecError,
         "the dict of weights does not fit net: 2 of its 3 tensors are missing"),
        (lambda: NET.run(X, weights="gone.npz"), SpecError, "the file gone.npz does not exist"),
        (lambda: NET.run(X, layers=["d"]), UnknownName, "net has no layer `d`"),
        (lambda: NET.run(X, backend="abacus"), UsageError, "unknown backend `abacus`"),
    ]:  # fmt: skip
        with pytest.raises(error) as caught:
            call()
        assert caught.value.what == what


def test_without_numpy_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        NET.run(X)
    assert (caught.value.what, caught.value.help) == ("run needs NumPy", "pip install 'archcalc[numeric]'")
