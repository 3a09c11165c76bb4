"""`archcalc run`: what it prints, its JSON, and its exit codes."""

from __future__ import annotations

import json
import re
import sys
from io import StringIO
from pathlib import Path

import pytest

from archcalc import __version__
from archcalc.cli.main import main
from archcalc.cli.session import Session

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

SPEC = "name: Small\ninput: 1x2x3\nlayers:\n  c: conv 2 2x3 bias=no\n  f: flatten\n  out: linear 2\n"
WEIGHTS = {"c.weight": [[[[1, 0, 0], [0, 0, 0]]], [[[0, 0, 0], [0, 0, -1]]]], "out.weight": [[1, 1], [2, 0]],
           "out.bias": [0, 1]}  # fmt: skip
X = [[[1, 2, 3], [4, 5, 6]]]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Map 0 is the first pixel, map 1 minus the last: 1, -6; so the outputs are 1 - 6 and 2 * 1 + 1."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SPEC, encoding="utf-8")
    np.savez("w.npz", **{name: np.array(values, float) for name, values in WEIGHTS.items()})
    np.save("x.npy", np.array(X, float))


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = main(["run", *arguments], Session(out, err, terminal=False, color=False))
    return code, out.getvalue(), err.getvalue()


GIVEN = ["small.yaml", "--weights", "w.npz", "--input", "x.npy"]
PROVENANCE = f"archcalc {__version__} · small · input 1x2x3 (x.npy) · batch 1 · float32 · weights: w.npz · "
PROVENANCE += "engine: numpy, 1 thread\n"


def test_the_outputs_unless_more_is_asked_for():
    code, out, err = run(*GIVEN)
    assert (code, err) == (0, "")
    assert out == (
        "Layer (type)  Output Shape  Min  Mean  Max  Zeros\n"
        "------------  ------------  ---  ----  ---  -----\n"
        "out (linear)  2              -5    -1    3  0.0 %\n\n" + PROVENANCE
    )


def test_statistics_and_verification_of_every_layer():
    code, out, err = run(*GIVEN, "--stats", "--verify")
    assert (code, err) == (0, "")
    assert out == (
        "Layer (type)  Output Shape  Min  Mean  Max  Zeros  Shape rule\n"
        "------------  ------------  ---  ----  ---  -----  ----------\n"
        "c (conv)      2x1x1          -6  -2.5    1  0.0 %  the same\n"
        "f (flatten)   2              -6  -2.5    1  0.0 %  the same\n"
        "out (linear)  2              -5    -1    3  0.0 %  the same\n\n"
        "Verified:                      3 of 3 arrays have the shape of their rule\n"
        "Engine against reference, out: they agree, largest difference 0.0e+00 of the RMS (at most 1e-03)\n"
        + PROVENANCE
    )


def test_the_best_classes_with_their_labels():
    Path("names.txt").write_text("cat\ndog\n", encoding="utf-8")
    code, out, _ = run(*GIVEN, "--top", "2", "--labels", "names.txt")
    assert code == 0
    # softmax of -5 and 3: 1 / (1 + exp(-8)) = 0.99966
    assert out == (
        "Rank  Class  Label  Value  Softmax\n"
        "----  -----  -----  -----  -------\n"
        "   1      1  dog        3  99.97 %\n"
        "   2      0  cat       -5   0.03 %\n\n" + PROVENANCE
    )


def test_examples_and_outputs_have_their_columns_where_there_are_several():
    _, out, _ = run(*GIVEN, "--top", "1", "--batch", "2")
    assert re.findall(r"^ +\d.*$", out, re.M) == ["      0     1      1      3  99.97 %",
                                                  "      1     1      1      3  99.97 %"]  # fmt: skip
    Path("two.yaml").write_text("input: 2\nlayers: {a: relu, b: linear 3}\noutput: [a, b]\n", encoding="utf-8")
    _, out, _ = run("two.yaml", "--top", "1")
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["a", "b"]


def test_times_stand_beside_the_operations():
    code, out, _ = run("lenet5", "--time")
    assert code == 0
    assert re.search(r"^conv1\.conv \+ act +6x28x28 +\d+\.\d\d +117,600 +\d+ %$", out, re.M)
    assert re.search(r"^Time of a pass \(ms\): +\d+\.\d\d$", out, re.M)
    assert re.search(r"^flat \(flatten\) +400 +\d+\.\d\d +0$", out, re.M)
    assert re.search(r"^Roof: 1024x1024 matrix product \(G\): +\d", out, re.M)


def test_json():
    code, out, _ = run(*GIVEN, "--top", "1", "--format", "json", "--dtype", "float64")
    found = json.loads(out)
    assert code == 0
    assert [layer.pop("milliseconds") > 0 for layer in found["layers"]] == [True] * 3
    assert all(layer.pop("kernel") for layer in found["layers"])
    assert found == {
        "schema": "archcalc/run/1",
        "archcalc": __version__,
        "spec": "small",
        "inputs": [{"name": "input", "shape": [1, 2, 3], "values": "x.npy"}],
        "batch": 1,
        "dtype": "float64",
        "weights": "w.npz",
        "stated": [],
        "loaded": {"by": "name", "names": {}, "left_out": [], "drawn": []},
        "engine": "numpy, 1 thread",
        "notes": [],
        "layers": [
            {"name": "c", "kind": "conv", "output": [2, 1, 1], "rule": [2, 1, 1], "min": -6.0, "mean": -2.5,
             "max": 1.0, "zeros": 0.0, "finite": True, "macs": 12},
            {"name": "f", "kind": "flatten", "output": [2], "rule": [2], "min": -6.0, "mean": -2.5, "max": 1.0,
             "zeros": 0.0, "finite": True, "macs": 0},
            {"name": "out", "kind": "linear", "output": [2], "rule": [2], "min": -5.0, "mean": -1.0, "max": 3.0,
             "zeros": 0.0, "finite": True, "macs": 4},
        ],
        "outputs": [
            {"name": "out", "shape": [2],
             "classes": [{"example": 0, "rank": 1, "class": 1, "label": None, "value": 3.0,
                          "softmax": pytest.approx(0.99966465)}], "values": None},
        ],
        "milliseconds": None,
        "roof_macs_per_second": None,
        "first_not_finite": None,
        "verified": True,
        "errors": [],
        "memory": None,
    }  # fmt: skip


def test_how_weights_came_to_their_places_is_said_under_the_table_or_on_stderr():
    np.savez("w.npz", **{name.replace(".", "_"): np.array(values, float) for name, values in WEIGHTS.items()})
    told = "note: w.npz: matched by order, no name agrees: `c.weight` is `c_weight`, `out.weight` is `out_weight`, "
    code, out, err = run(*GIVEN, "--format", "json")
    assert (code, err) == (0, told + "and 1 more\n")
    loaded = json.loads(out)["loaded"]
    assert loaded["by"] == "order"
    assert loaded["names"] == {"c.weight": "c_weight", "out.weight": "out_weight", "out.bias": "out_bias"}
    assert run(*GIVEN, "--show", "c", "--format", "json")[2] == err
    _, out, err = run(*GIVEN)
    assert (told in out, err) == (True, "")  # under the table
    np.savez("w.npz", **{"c.weight": np.array(WEIGHTS["c.weight"], float), "more": [1]})
    code, out, err = run(*GIVEN, "--partial", "--format", "json")
    drawn = "note: w.npz: not in the file, so drawn at random: `out.weight`, `out.bias`\n"
    assert (code, err) == (0, "note: w.npz: left out of the file: `more`\n" + drawn)
    assert json.loads(out)["loaded"]["drawn"] == ["out.weight", "out.bias"]


def test_what_is_not_finite_is_null_in_json_and_a_note_in_text():
    np.savez("w.npz", **{**{k: np.array(v, float) for k, v in WEIGHTS.items()}, "out.bias": [3e38, 0],
                         "out.weight": [[3e38, -3e38], [0, 0]]})  # fmt: skip
    code, out, _ = run(*GIVEN, "--format", "json")
    layer = json.loads(out)["layers"][-1]
    assert (code, layer["max"], layer["mean"], layer["finite"]) == (0, None, None, False)
    for asked in ("--stats", "--time", "--verify", "--batch=2"):
        assert "\nnote: out is the first layer with values that are not finite\n" in run(*GIVEN, asked)[1]
    _, out, _ = run(*GIVEN, "--stats")
    assert "\nnote: out is the first layer with values that are not finite\n" in out


def test_saved_layers_and_written_results():
    code, out, err = run(*GIVEN, "--save", "c=c.npy", "--save", "f=f.npy", "--output", "table.txt", "--top", "1",
                         "--stats")  # fmt: skip
    assert (code, out) == (0, "")
    assert err == "wrote c.npy\nwrote f.npy\nwrote table.txt\n"
    assert np.load("c.npy").tolist() == [[[[1]], [[-6]]]]
    assert np.load("f.npy").tolist() == [[1, -6]]
    assert Path("table.txt").read_text(encoding="utf-8").count("out") >= 1


def test_a_shape_is_no_file():
    code, out, _ = run("resnet20", "--input", "3x36x44", "--seed", "3", "--batch", "2", "--reference")
    assert (code, out.splitlines()[-1]) == (
        0,
        f"archcalc {__version__} · resnet20 · input 3x36x44 (random, seed 3) · batch 2 · float32 · "
        "weights: He, seed 3 · engine: reference",
    )


def test_several_inputs_go_by_name():
    Path("two.yaml").write_text("inputs: {a: 3, b: 3}\nlayers: {m: multiply a b}\n", encoding="utf-8")
    np.save("a.npy", np.array([1, 2, 3]))
    np.save("b.npy", np.array([10, 0, 10]))
    code, out, _ = run("two.yaml", "--input", "a=a.npy,b=b.npy")
    assert code == 0
    assert out.splitlines()[2].split() == ["m", "(multiply)", "3", "0", "13.33", "30", "33.3", "%"]
    code, out, _ = run("two.yaml", "--input", "a=5,b=5")
    assert (code, out.splitlines()[2].split()[2]) == (0, "5")


def test_an_array_of_another_shape_than_its_rule_is_exit_1(monkeypatch):
    from archcalc.numeric.run import forward

    monkeypatch.setitem(forward.FORWARD, "flatten", lambda layer, weights, x: x.reshape(len(x), -1)[:, :1])
    monkeypatch.setitem(forward.FORWARD, "linear", lambda layer, weights, x: x.repeat(2, 1))
    code, out, _ = run(*GIVEN, "--verify", "--reference")
    assert code == 1
    assert "f (flatten)   1             2\n" in out
    assert "Verified: 2 of 3 arrays have the shape of their rule\n" in out
    assert run(*GIVEN, "--reference")[0] == 0


WRONG = [
    (["lenet5", "--input", "gone.png"], 3, "error: the input gone.png does not exist\n"),
    (["lenet5", "--input", "x.npy"], 3,
     "error: x.npy is 1x2x3, the input is 1x32x32\n= help: 1x32x32, or a batch Nx1x32x32\n"),
    (["lenet5", "--input", "small.yaml"], 3,
     "error: small.yaml is no image that can be read\n"
     "= help: a .npy array, or an image as PNG, JPEG, GIF, BMP, WebP, TIFF or PPM\n"),
    (["lenet5", "--weights", "w.npz"], 3,
     "error: w.npz does not fit lenet5: 10 of its 10 tensors are missing, 3 of the file's 3 are left over\n"
     "= missing: `conv1.conv.weight` (6x1x5x5), `conv1.conv.bias` (6), `conv2.conv.weight` (16x6x5x5), "
     "`conv2.conv.bias` (16), `fc1.linear.weight` (120x400) and 5 more\n"
     "= left over: `c.weight` (2x1x2x3), `out.weight` (2x2), `out.bias` (2)\n"
     "= no name agrees; by order the first that does not fit: `c.weight` is 2x1x2x3, `conv1.conv.weight` is 6x1x5x5\n"
     "= help: did you mean `c.weight`?\n"),
    (["lenet5", "--partial"], 2, "error: --partial is for the tensors of a file\n= help: --weights FILE\n"),
    (["lenet5", "--weights", "nan.npz"], 3, "error: `conv1.conv.bias` of nan.npz holds nan at [4]\n"),
    (["lenet5", "--dtype", "half"], 2,
     "error: unknown dtype `half`\n= help: there are `float32`, `float64`, `float16` and `tf32`\n"),
    (["lenet5", "--save", "conv1=a.png"], 2,
     "error: --save conv1=a.png is not LAYER=FILE.npy\n= help: write --save conv1=conv1.npy\n"),
    (["lenet5", "--format", "csv"], 2, "error: unknown format `csv`\n= help: there are `text` and `json`\n"),
    (["siamese", "--input", "x.npy"], 2,
     "error: there are 2 inputs\n= help: name them: --input left=x.npy,right=x.npy\n"),
    (["siamese", "--input", "up=x.npy"], 2,
     "error: siamese has no input `up`\n= help: its inputs are `left` and `right`\n"),
    (["lenet5", "--input", "1,32,32"], 2, "error: --input: `1,32,32` is no shape\n= help: write 1x32x32\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_input_is_one_sentence_and_an_exit_code(arguments, code, message):
    from archcalc.network import load
    from archcalc.numeric.weights.weights import he_weights

    weights = he_weights(load("lenet5").graph, 0)
    weights["conv1.conv.bias"][4] = np.nan
    np.savez("nan.npz", **weights)
    assert run(*arguments) == (code, "", message)


def test_too_little_memory_is_exit_6(monkeypatch):
    from archcalc.numeric.run import memory

    monkeypatch.setattr(memory, "free_bytes", lambda: 2**30)
    code, out, err = run("vgg16", "--batch", "64")
    assert (code, out) == (6, "")
    assert re.fullmatch(
        r"error: vgg16 at batch 64 needs about \d+\.\d GiB, 1\.0 GiB are free\n= help: --batch \d+ fits\n", err
    )


def test_without_numpy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert run("lenet5") == (6, "", "error: run needs NumPy\n= help: pip install 'archcalc[numeric]'\n")


def test_its_own_example_runs():
    out = StringIO()
    assert main(["run", "--help"], Session(out, StringIO(), terminal=False, color=False)) == 0


def test_numpy_stays_out_of_the_other_commands():
    import subprocess

    code = "import sys; from archcalc.cli.main import main; main(['show', 'lenet5']); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_an_image_is_prepared_as_the_spec_says_unless_told_otherwise():
    from PIL import Image

    about = "about: {preprocess: 'resize 4, crop 2, normalize inception'}\n"
    spec = f"name: toy\n{about}input: 3x2x2\nlayers: {{g: global_avg_pool}}\n"
    Path("toy.yaml").write_text(spec, encoding="utf-8")
    Image.new("RGBA", (8, 6), (0, 0, 0, 0)).save("clear.png")
    code, out, err = run("toy.yaml", "--input", "clear.png", "--stats")
    assert (code, err) == (0, "")
    assert "note: clear.png has transparent pixels: they are laid over white" in out
    assert "input 3x2x2 (clear.png, resize 4, crop 2, normalize inception)" in out
    assert " 1 " in out  # (1 - 0.5)/0.5
    plain = run("toy.yaml", "--input", "clear.png", "--preprocess", "resize 2x2", "--background", "grey", "--stats")[1]
    assert "input 3x2x2 (clear.png, resize 2x2)" in plain
    assert "0.502" in plain  # 128/255
    assert run("toy.yaml", "--input", "clear.png", "--preprocess", "none", "--resize")[2] == (
        "error: --preprocess says it all\n= help: leave out --resize and --normalize\n"
    )


@pytest.mark.parametrize("asked", [[], ["--stats"], ["--time"], ["--verify"], ["--format", "json", "--time"]])
def test_the_first_layer_that_is_not_finite_is_named_whatever_is_looked_at(asked):
    """3e38 overflows float32 in b, long before the output."""
    spec = "input: 3\nlayers: {a: relu, b: linear 2 bias=no, c: relu, d: linear 2 bias=no}\n"
    Path("deep.yaml").write_text(spec, encoding="utf-8")
    np.savez("big.npz", **{"b.weight": np.full((2, 3), 3e38), "d.weight": np.ones((2, 2))})
    np.save("ones.npy", np.full(3, 2.0))
    code, out, err = run("deep.yaml", "--weights", "big.npz", "--input", "ones.npy", *asked)
    assert (code, err) == (0, "")
    if "json" in asked:
        assert json.loads(out)["first_not_finite"] == "b"
    else:
        assert "note: b is the first layer with values that are not finite\n" in out


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    "layers",
    [
        "[instance_norm, global_avg_pool]",  # the mean of what has the mean 0
        "[instance_norm, global_avg_pool, linear 5]",
        "[conv 4 3, layer_scale, conv 4 3]",  # 1e-6 is 17 of the smallest steps of float16
        "[layer_norm over=all, global_avg_pool, softmax]",
        "{a: relu, b: relu from=in, c: subtract a b}",
    ],
)
def test_rounding_alone_is_no_disagreement(layers, dtype):
    Path("v.yaml").write_text(f"input: 3x7x5\nlayers: {layers}\n", encoding="utf-8")
    code, out, _ = run("v.yaml", "--verify", "--dtype", dtype)
    assert (code, "they differ" in out) == (0, False)


def test_numbers_in_numbers_out():
    """Out of the picture 1 2 3; 4 5 6: 1 - 6 and 2·1 + 1; out of twice that, 2 - 12 and 2·2 + 1."""
    Path("x.csv").write_text("1,2,3\n4,5,6\n||\n2,4,6\n8,10,12\n", encoding="utf-8")
    code, out, err = run("small.yaml", "--weights", "w.npz", "--input", "x.csv", "--threads", "1")
    assert (code, err) == (0, "")
    assert out.splitlines()[:5] == [
        "Example  out", "-------  -----", "      0  -5 3", "      1  -10 5", "",
    ]  # fmt: skip
    _, out, _ = run("small.yaml", "--weights", "w.npz", "--input", "x.csv", "--format", "json")
    assert json.loads(out)["outputs"][0]["values"] == [[-5, 3], [-10, 5]]


def test_a_map_is_written_as_it_is_read():
    """The identity of two channels of 2x3, and the identity of a signal."""
    Path("map.yaml").write_text("{input: 2x2x3, layers: [identity]}", encoding="utf-8")
    Path("x.txt").write_text("1 2 3; 4 5 6 | 7 8 9; 0.5 0 -1", encoding="utf-8")
    assert run("map.yaml", "--input", "x.txt")[1].splitlines()[2] == "1 2 3; 4 5 6 | 7 8 9; 0.5 0 -1"
    Path("signal.yaml").write_text("{input: 2x3, layers: [identity]}", encoding="utf-8")
    Path("x.txt").write_text("1 2 3 | 4 5 6", encoding="utf-8")
    assert run("signal.yaml", "--input", "x.txt")[1].splitlines()[2] == "1 2 3 | 4 5 6"


def test_where_the_numbers_are_wrong():
    Path("x.csv").write_text("1,2,3\n4,x,6\n", encoding="utf-8")
    assert run("small.yaml", "--input", "x.csv") == (
        3, "",
        "error: `x` is no number\n --> x.csv:2:3\n2 | 4,x,6\n  |   ^\n  = help: numbers are 3, -3, 0.5, 1e-3 or 1/3\n",
    )  # fmt: skip
