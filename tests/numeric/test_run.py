"""One pass from what was asked for to what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import ArchcalcError, BackendError, SpecError, UnknownName, UsageError
from archcalc.numeric import memory
from archcalc.numeric.forward import forward
from archcalc.numeric.inputs import Reading
from archcalc.numeric.observe import statistics
from archcalc.numeric.run import Options, run_network
from archcalc.numeric.weights import he_weights

IDENTITY = archcalc.loads("input: 4\nlayers: {a: relu, b: linear 4 bias=no}\n", name="net").graph


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def example(x, weight=None, **options):
    """A run of relu and linear on these values, the weight the identity unless given."""
    np.save("x.npy", np.asarray(x, float))
    np.savez("w.npz", **{"b.weight": np.eye(4) if weight is None else np.asarray(weight, float)})
    given = {"weights": Path("w.npz"), "files": {"input": Path("x.npy")}, "dtype": "float64", **options}
    return run_network(IDENTITY, Options(**given))


def test_statistics_of_each_layer():
    relu, linear = example([[-3, 1, 2, 5], [0, -1, 4, 3]]).rows
    assert (relu.name, relu.kind, relu.shape, relu.rule, relu.macs) == ("a", "relu", (4,), (4,), 0)
    found = relu.statistics
    assert (found.minimum, found.mean, found.maximum, found.zeros, found.finite) == (0, 15 / 8, 5, 3 / 8, True)
    assert linear.macs == 2 * 16


def test_the_mean_of_many_float32_is_exact():
    assert statistics(np.full(2**24 + 3, 0.1, np.float32)).mean == pytest.approx(np.float32(0.1), rel=1e-12)


def test_what_is_not_finite_is_named():
    found = example([1e308, 1e308, 0, 0], weight=np.full((4, 4), 10.0))
    assert (found.first_not_finite, found.rows[1].statistics.maximum) == ("b", np.inf)


def test_the_best_classes_of_each_example():
    found = example([[0, 5, 2, 4], [7, 1, 1, 3]], top=2)
    (output,) = found.outputs
    assert [(c.example, c.rank, c.index, c.value) for c in output.classes] == [
        (0, 1, 1, 5), (0, 2, 3, 4), (1, 1, 0, 7), (1, 2, 3, 3),
    ]  # fmt: skip
    # the softmax of 0, 5, 2, 4
    assert output.classes[0].share == pytest.approx(np.e**5 / (1 + np.e**5 + np.e**2 + np.e**4))


@pytest.mark.parametrize(("last", "shares"), [("softmax", [None]), ("sigmoid", [None]), ("relu", [0.5])])
def test_only_logits_get_a_softmax(last, shares):
    graph = archcalc.loads(f"input: 2\nlayers: {{a: {last}}}\n", name="net").graph
    np.save("x.npy", np.array([3.0, 3.0]))
    (output,) = run_network(graph, Options(files={"input": Path("x.npy")}, top=1)).outputs
    assert [c.share for c in output.classes] == shares


def test_of_distances_the_smallest_is_best():
    graph = archcalc.loads("input: 2\nlayers: {out: rbf 3}\n", name="net").graph
    np.save("x.npy", np.array([1.0, 1.0]))
    np.savez("w.npz", **{"out.centres": np.array([[0, 0], [1, 2], [5, 5]])})
    options = Options(weights=Path("w.npz"), files={"input": Path("x.npy")}, top=3)
    (output,) = run_network(graph, options).outputs
    assert [(c.index, c.value, c.share) for c in output.classes] == [(1, 1, None), (0, 2, None), (2, 32, None)]


def test_labels_name_the_classes():
    Path("l.txt").write_text("cat\ndog\nhen\ncow\n", encoding="utf-8")
    found = example([0, 5, 2, 4], top=2, labels=Path("l.txt"))
    assert [c.label for c in found.outputs[0].classes] == ["dog", "cow"]


def test_layers_and_groups_are_saved():
    graph = archcalc.load("lenet5").graph
    run_network(graph, Options(batch=2, save={"conv1": Path("g.npy"), "conv1.conv": Path("c.npy")}))
    conv, group = np.load("c.npy"), np.load("g.npy")
    assert conv.shape == group.shape == (2, 6, 28, 28)
    np.testing.assert_allclose(group, np.tanh(conv), rtol=1e-6)


def test_a_file_is_repeated_to_the_batch():
    found = example([1, 2, 3, 4], batch=3, top=1)
    assert found.batch == 3
    assert [c.value for c in found.outputs[0].classes] == [4, 4, 4]


def test_several_inputs_one_of_them_random():
    graph = archcalc.loads("inputs: {a: 3, b: 3}\nlayers: {m: multiply a b}\n", name="two").graph
    np.save("x.npy", np.zeros((5, 3)))
    found = run_network(graph, Options(files={"b": Path("x.npy")}, seed=4))
    assert (found.batch, found.rows[0].statistics.zeros) == (5, 1)
    assert found.inputs == (("a", (3,), "random, seed 4"), ("b", (3,), "x.npy"))
    assert found.weights == "He, seed 4"


def test_timed_runs_twice_and_measures_the_machine(monkeypatch):
    passes = []
    monkeypatch.setattr("archcalc.numeric.run.forward", lambda *x: passes.append(len(x)) or forward(*x))
    found = run_network(archcalc.load("lenet5").graph, Options(timed=True))
    assert passes == [3, 4]  # one to warm up, one that is watched
    assert found.roof is not None
    assert found.roof > 1e8
    assert len(found.rows) == 12
    assert run_network(archcalc.load("lenet5").graph).roof is None


WRONG = [
    ({"dtype": "int8"}, UsageError, "unknown dtype `int8`", "there are `float32` and `float64`"),
    ({"top": -1}, UsageError, "--top is 0 or more, got -1", None),
    ({"seed": -1}, UsageError, "--seed is 0 or more, got -1", None),
    ({"batch": 0}, UsageError, "--batch is 1 or more, got 0", None),
    ({"top": 5}, UsageError, "--top 5: the output b has 4 classes", None),
    ({"labels": Path("l.txt")}, UsageError, "--labels names the classes of --top", "--top 5"),
    ({"labels": Path("gone.txt"), "top": 1}, SpecError, "the labels gone.txt cannot be read",
     "a text file with a class on each line"),
    ({"labels": Path("l.txt"), "top": 1}, SpecError, "there are 2 labels, the output b has 4 classes", None),
    ({"save": {"c": Path("c.npy")}}, UnknownName, "net has no layer `c`", "its layers are `a` and `b`"),
    ({"save": {"a": Path("no/such/c.npy")}}, UsageError, "no/such/c.npy cannot be written: No such file or directory",
     None),
    ({"files": {"left": Path("x.npy")}}, UsageError, "net has no input `left`", "its inputs are `input`"),
    ({"reading": Reading(normalize="mnist")}, UsageError, "unknown normalization `mnist`", "there is `imagenet`"),
    ({"reading": Reading(resize=True)}, UsageError, "--resize and --normalize are for images", "--input photo.png"),
    ({"files": {"input": Path("three.npy")}, "batch": 2}, UsageError, "three.npy holds 3 examples, --batch 2", None),
]  # fmt: skip


@pytest.mark.parametrize(("options", "error", "what", "help"), WRONG)
def test_what_does_not_go_together_is_refused(options, error, what, help):
    Path("l.txt").write_text("cat\ndog\n", encoding="utf-8")
    np.save("three.npy", np.ones((3, 4)))
    with pytest.raises(ArchcalcError) as caught:
        run_network(IDENTITY, Options(**options))
    assert (type(caught.value), caught.value.what, caught.value.help) == (error, what, help)


def test_two_files_of_different_lengths():
    graph = archcalc.loads("inputs: {a: 3, b: 3}\nlayers: {m: multiply a b}\n", name="two").graph
    np.save("a.npy", np.ones((2, 3)))
    np.save("b.npy", np.ones((5, 3)))
    with pytest.raises(UsageError) as caught:
        run_network(graph, Options(files={"a": Path("a.npy"), "b": Path("b.npy")}))
    assert caught.value.what == "b.npy holds 5 examples, a.npy holds 2"


def test_a_map_has_no_classes():
    with pytest.raises(UsageError) as caught:
        run_network(archcalc.load("unet", input="1x188x188").graph, Options(top=5))
    assert caught.value.what == "--top ranks classes, the output logits is 2x4x4"


def test_memory_is_estimated_before_anything_is_drawn(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 1000)
    monkeypatch.setattr("archcalc.numeric.run.he_weights", lambda *_: pytest.fail("drawn"))
    monkeypatch.setattr("archcalc.numeric.run.random_input", lambda *_: pytest.fail("drawn"))
    with pytest.raises(BackendError):
        run_network(archcalc.load("vgg16").graph, Options(batch=10**6))


def test_the_network_runs_on_the_weights_it_is_given():
    graph = archcalc.load("lenet5").graph
    np.savez("w.npz", **he_weights(graph, 9))
    by_file = run_network(graph, Options(weights=Path("w.npz"), top=10))
    by_seed = run_network(graph, Options(seed=9, top=10))
    assert by_file.weights == "w.npz"
    assert by_file.inputs == (("input", (1, 32, 32), "random, seed 0"),)
    assert [c.value for c in by_file.outputs[0].classes] != [c.value for c in by_seed.outputs[0].classes]
    zero = run_network(graph, Options(top=10))
    assert [c.value for c in by_file.outputs[0].classes] != [c.value for c in zero.outputs[0].classes]
