"""One pass from what was asked for to what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import ArchcalcError, BackendError, SpecError, UnknownName, UnsupportedError, UsageError
from archcalc.numeric.inputs.inputs import Reading
from archcalc.numeric.inputs.preprocess import Preprocess
from archcalc.numeric.run import memory
from archcalc.numeric.run.forward import forward
from archcalc.numeric.run.observe import output_error, statistics
from archcalc.numeric.run.run import Options, run_network
from archcalc.numeric.weights.weights import he_weights

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
    assert found.origin.batch == 3
    assert [c.value for c in found.outputs[0].classes] == [4, 4, 4]


def test_several_inputs_one_of_them_random():
    graph = archcalc.loads("inputs: {a: 3, b: 3}\nlayers: {m: multiply a b}\n", name="two").graph
    np.save("x.npy", np.zeros((5, 3)))
    found = run_network(graph, Options(files={"b": Path("x.npy")}, seed=4))
    assert (found.origin.batch, found.rows[0].statistics.zeros) == (5, 1)
    assert found.origin.inputs == (("a", (3,), "random, seed 4"), ("b", (3,), "x.npy"))
    assert found.origin.weights == "He, seed 4"


def test_times_are_those_of_a_warm_machine(monkeypatch):
    watched = []

    def counted(graph, inputs, weights, *watch):
        watched.append(bool(watch))
        return forward(graph, inputs, weights, *watch)

    monkeypatch.setattr("archcalc.numeric.run.runner.forward", counted)
    monkeypatch.setattr("archcalc.numeric.run.run._MOST_PASSES", 1)
    found = run_network(archcalc.load("lenet5").graph, Options(timed=True, reference=True))
    assert watched == [False, False, True]  # one to load and warm up, one that is timed, one layer by layer
    assert found.roof > 1e8
    assert found.seconds > 0
    assert len(found.rows) == 12
    plain = run_network(archcalc.load("lenet5").graph, Options(reference=True))
    assert (plain.roof, plain.seconds) == (None, None)


WRONG = [
    ({"dtype": "int8"}, UsageError, "unknown dtype `int8`", "there are `float32`, `float64`, `float16` and `tf32`"),
    ({"dtype": "tf32"}, UsageError, "only a GPU multiplies in TF32", "--backend cupy, or --dtype float32"),
    ({"threads": 0}, UsageError, "--threads is 1 or more, got 0", None),
    ({"backend": "tpu"}, UsageError, "unknown backend `tpu`", "there are `numpy`, `numba` and `cupy`"),
    ({"backend": "cupy", "threads": 2}, UsageError, "--threads is for the processor, --backend cupy runs on a GPU",
     "leave out one of them"),
    ({"reference": True, "exact": True}, UsageError, "--exact is for the engine, --reference runs without it",
     "leave out one of them"),
    ({"reference": True, "backend": "numpy"}, UsageError, "--backend is for the engine, --reference runs without it",
     "leave out one of them"),
    ({"reference": True, "dtype": "float16"}, UsageError, "--reference computes in float32 or float64",
     "--dtype float32"),
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
    ({"reading": Reading(background="red")}, UsageError, "unknown background `red`",
     "there are `white`, `black` and `grey`"),
    ({"reading": Reading(Preprocess())}, UsageError, "--preprocess, --resize and --normalize are for images",
     "--input photo.png"),
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
    monkeypatch.setattr("archcalc.numeric.run.material.he_weights", lambda *_: pytest.fail("drawn"))
    monkeypatch.setattr("archcalc.numeric.run.material.random_input", lambda *_: pytest.fail("drawn"))
    with pytest.raises(BackendError):
        run_network(archcalc.load("vgg16").graph, Options(batch=100))


def test_the_network_runs_on_the_weights_it_is_given():
    graph = archcalc.load("lenet5").graph
    np.savez("w.npz", **he_weights(graph, 9))
    by_file = run_network(graph, Options(weights=Path("w.npz"), top=10))
    by_seed = run_network(graph, Options(seed=9, top=10))
    assert by_file.origin.weights == "w.npz"
    assert by_file.origin.inputs == (("input", (1, 32, 32), "random, seed 0"),)
    assert [c.value for c in by_file.outputs[0].classes] != [c.value for c in by_seed.outputs[0].classes]
    zero = run_network(graph, Options(top=10))
    assert [c.value for c in by_file.outputs[0].classes] != [c.value for c in zero.outputs[0].classes]


def test_the_engine_runs_unless_the_reference_is_asked_for():
    graph = archcalc.load("lenet5").graph
    engine, reference = run_network(graph), run_network(graph, Options(reference=True))
    assert (engine.origin.engine, reference.origin.engine) == ("numpy, 1 thread", "reference")
    assert {row.kernel for row in reference.rows} == {"reference"}
    assert {row.kernel for row in engine.rows} != {"reference"}
    assert [row.name for row in engine.rows] == [row.name for row in reference.rows]
    exact = run_network(graph, Options(exact=True, dtype="float64", top=10))
    same = run_network(graph, Options(reference=True, dtype="float64", top=10))
    assert exact.origin.engine == "numpy, 1 thread, exact"
    assert [c.value for c in exact.outputs[0].classes] == pytest.approx([c.value for c in same.outputs[0].classes])


def test_layers_that_give_what_they_get_have_their_rows_and_files():
    text = "input: 4\nlayers: {d: dropout 0.5, a: relu, e: dropout 0.5, b: linear 4 bias=no, f: identity}\n"
    graph = archcalc.loads(text, name="net").graph
    np.save("x.npy", np.array([-3.0, 1, 2, 5]))
    np.savez("w.npz", **{"b.weight": 2 * np.eye(4)})
    given = {"weights": Path("w.npz"), "files": {"input": Path("x.npy")}}
    found = run_network(graph, Options(**given, save={"e": Path("e.npy"), "d": Path("d.npy")}))
    assert [(row.name, row.statistics.maximum) for row in found.rows] == [
        ("d", 5), ("a", 5), ("e", 5), ("b", 10), ("f", 10),
    ]  # fmt: skip
    assert np.load("e.npy").tolist() == [[0, 1, 2, 5]]
    assert np.load("d.npy").tolist() == [[-3, 1, 2, 5]]
    run_network(graph, Options(**given, save={"e": Path("e2.npy")}, stats=False))
    assert np.load("e2.npy").tolist() == [[0, 1, 2, 5]]


def test_without_statistics_only_the_outputs_have_rows():
    found = run_network(archcalc.load("lenet5").graph, Options(stats=False))
    (row,) = found.rows
    assert (row.name, row.shape, row.seconds) == ("fc3", (10,), None)


def test_times_show_which_layers_ran_as_one():
    found = run_network(archcalc.load("lenet5").graph, Options(stats=False, timed=True))
    assert [row.name for row in found.rows] == [
        "conv1.conv + conv1.act", "pool1", "conv2.conv + conv2.act", "pool2", "flat", "fc1.linear + fc1.act",
        "fc2.linear + fc2.act", "fc3",
    ]  # fmt: skip
    assert found.rows[0].macs == 117_600  # 6 * 28 * 28 outputs of 5 * 5 taps
    assert all(row.statistics is None and row.seconds > 0 for row in found.rows)


def test_a_verification_holds_the_engine_against_the_reference(monkeypatch):
    graph = archcalc.load("lenet5").graph
    found = run_network(graph, Options(verified=True, stats=False))
    (error,) = found.errors
    assert (error.name, error.tolerance, error.holds, found.verified) == ("fc3", 1e-3, True, True)
    assert 0 < error.error < 1e-5
    assert {row.kernel for row in found.rows} == {"reference"}  # whose arrays prove the shape rules
    assert run_network(graph, Options(verified=True, reference=True)).errors == ()

    from archcalc.numeric.engine import Engine

    run = Engine.run
    monkeypatch.setattr(Engine, "run", lambda *a, **b: [1.01 * x for x in run(*a, **b)])
    wrong = run_network(graph, Options(verified=True, stats=False))
    assert (wrong.errors[0].holds, wrong.misfits, wrong.verified) == (False, (), False)


def test_the_error_of_an_output_is_in_parts_of_its_rms():
    expected = np.array([3.0, 4.0, 0.0, 5.0])  # a mean square of 12.5
    found = output_error("y", expected + np.array([0, 0, 0.5, 0]), expected, "float32")
    assert found.error == pytest.approx(0.5 / 12.5**0.5)
    assert output_error("y", expected, expected, "float64").error == 0
    assert output_error("y", np.full(2, 0.25), np.zeros(2), "float32").error == 0.25
    assert output_error("y", np.array([1, np.inf]), np.array([1, np.inf]), "float32").holds
    assert not output_error("y", np.array([1, 2.0]), np.array([1, np.inf]), "float32").holds
    assert not output_error("y", np.array([1, np.nan]), np.array([1, 2.0]), "float32").holds


def chaos(gain, **options):
    """x -> gain x - gain x', twice the same product with weights of two layers: only their rounding is left."""
    text = "input: 3\nlayers: {a: linear 3 bias=no, b: linear 3 bias=no from=input, d: subtract a b}\n"
    graph = archcalc.loads(text, name="net").graph
    weight = gain * np.eye(3)
    np.savez("w.npz", **{"a.weight": weight, "b.weight": weight * (1 - 1e-5)})
    np.save("x.npy", np.array([1.0, 2, 3]))
    return run_network(
        graph, Options(weights=Path("w.npz"), files={"input": Path("x.npy")}, verified=True, stats=False, **options)
    )


def test_a_network_that_magnifies_rounding_is_not_compared_beyond_it(monkeypatch):
    from archcalc.numeric.engine import Engine

    run = Engine.run
    monkeypatch.setattr(Engine, "run", lambda *a, **b: [1.01 * x for x in run(*a, **b)])
    # a step of float32 is 1.2e-7; of a difference of 1e-5 of the values it is 1.2e-2, a hundred times that is over 0.5
    (error,) = chaos(7).errors
    assert error.error == pytest.approx(0.01, rel=0.5)
    assert 2e-3 < error.rounding < 5e-2
    assert (error.tolerance, error.comparable, error.holds) == (100 * error.rounding, False, True)
    # in float64 there is room: a step of 2.2e-16 is 2e-11 of that difference, and 0.01 is far beyond
    found = chaos(7, dtype="float64")
    (error,) = found.errors
    assert 5e-12 < error.rounding < 1e-10
    assert (error.comparable, error.holds, found.verified) == (True, False, False)


def test_float16_is_rounded_to_it():
    found = run_network(archcalc.load("lenet5").graph, Options(dtype="float16", verified=True, stats=False))
    assert found.origin.dtype == "float16"
    assert 1e-5 < found.errors[0].error < found.errors[0].tolerance == 5e-2


def test_progress_is_told():
    told = []
    run_network(archcalc.load("lenet5").graph, Options(), lambda *x: told.append(x))
    assert told[0] == ("drawing weights", 0, 10)
    assert told[-1] == ("running", 12, 12)


def test_an_extra_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("archcalc.numeric.run.runner.find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        run_network(IDENTITY, Options(backend="numba"))
    assert (caught.value.what, caught.value.help, caught.value.exit_code) == (
        "--backend numba needs numba, which is not installed", "pip install 'archcalc[fast]'", 6,
    )  # fmt: skip


def test_another_numba(monkeypatch):
    monkeypatch.setattr("archcalc.numeric.run.runner.find_spec", lambda name: object())
    monkeypatch.setattr("archcalc.numeric.run.runner.version", lambda name: "0.61.2")
    with pytest.raises(UnsupportedError) as caught:
        run_network(IDENTITY, Options(backend="numba"))
    assert caught.value.what == "--backend numba needs numba 0.68 or 0.69, 0.61.2 is installed"
    assert (caught.value.help, caught.value.exit_code) == ("pip install 'archcalc[fast]'", 6)


def test_too_little_memory_for_the_engine(monkeypatch):
    def none_left(*_, **__):
        raise MemoryError

    monkeypatch.setattr("archcalc.numeric.engine.Engine.__init__", none_left)
    with pytest.raises(BackendError) as caught:
        run_network(IDENTITY, Options(batch=3))
    assert caught.value.what == "the memory is too small for net at batch 3"
    assert caught.value.help == "a smaller --batch or --input"
