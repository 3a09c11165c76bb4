"""`archcalc run --show, --occlusion, --cam`: text, JSON, pictures, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc import __version__

np = pytest.importorskip("numpy", reason="the numeric extra is not installed")

EDGES = "name: Edges\ninput: 1x3x5\nlayers: {c: conv 2 1x2 bias=no, g: global_avg_pool}\n"


@pytest.fixture(autouse=True)
def _given(spec):
    """A step from dark to bright, a filter for the edge and one for the sum of two neighbours."""
    spec(EDGES, "edges.yaml")
    np.save("x.npy", np.array([[[0, 0, 1, 1, 1]] * 3], float))
    np.savez("w.npz", **{"c.weight": np.array([[[[-1, 1]]], [[[1, 1]]]], float)})


GIVEN = ["run", "edges.yaml", "--input", "x.npy", "--weights", "w.npz"]
PROVENANCE = (
    f"archcalc {__version__} · edges · input 1x3x5 (x.npy) · batch 1 · float32 · weights: w.npz · "
    "engine: numpy, 1 thread\n"
)


def test_maps_as_signs(archcalc):
    run = archcalc(*GIVEN, "--show", "c")
    assert (run.code, run.err) == (0, "")
    # two signs a cell, 0 1 0 0 and 0 1 2 2 between 0 and 1 and between 0 and 2
    assert run.out == (
        "edges c: 2x3x4 (conv)\n"
        "all 2 maps; each from its own smallest value to its own largest\n\n"
        "0: 0 to 1                         1: 0 to 2\n"
        + 3 * "  @@                                ++@@@@\n"
        + "\nfrom the smallest value to the largest: ` .:-=+*#%@`\n" + PROVENANCE
    )  # fmt: skip


def test_maps_as_json(archcalc):
    found = json.loads(archcalc(*GIVEN, "--show", "c", "--format", "json").out)
    assert found == {
        "schema": "archcalc/maps/1",
        "archcalc": __version__,
        "spec": "edges",
        "inputs": [{"name": "input", "shape": [1, 3, 5], "values": "x.npy"}],
        "batch": 1,
        "dtype": "float32",
        "weights": "w.npz",
        "stated": [],
        "loaded": {"by": "name", "names": {}, "left_out": [], "drawn": []},
        "engine": "numpy, 1 thread",
        "notes": [],
        "layer": "c",
        "kind": "conv",
        "shape": [2, 3, 4],
        "shown": 2,
        "maps": [
            {"channel": 0, "min": 0.0, "max": 1.0, "values": [[0.0, 1.0, 0.0, 0.0]] * 3},
            {"channel": 1, "min": 0.0, "max": 2.0, "values": [[0.0, 1.0, 2.0, 2.0]] * 3},
        ],
    }


def test_more_maps_than_are_shown(archcalc):
    lines = archcalc("run", "resnet20", "--show", "layer3", "--scale", "all", "--reference").out.splitlines()
    assert lines[0] == "resnet20 layer3: 64x8x8 (relu)"
    assert lines[1].startswith("12 of 64 shown; all from 0 to ")
    assert lines[-2] == "--output maps.png draws 64 maps"


def test_a_picture_of_maps(archcalc):
    pytest.importorskip("PIL", reason="Pillow is not installed")
    run = archcalc(*GIVEN, "--show", "c", "--output", "maps.png")
    assert (run.code, run.out, run.err) == (0, "", "wrote maps.png\n")
    assert Path("maps.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_occlusion_as_signs(archcalc):
    run = archcalc(*GIVEN, "--occlusion", "--patch", "1")
    assert run.code == 0
    # the score of class 1 is the mean of 12 sums of neighbours: 3 * (0 + 1 + 2 + 2) / 12 = 1.25. A cell of 1 counts in
    # two sums (1/6), the last one in one (1/12)
    assert run.out == (
        "edges: class 1 of g, score 1.25\n"
        "drop of the score under a zero patch of 1x1, stride 1: 0 to 0.1667\n\n"
        + 3 * "    @@@@++\n"
        + "\n` .:-=+*#%@` from 0 to 0.1667; digits: tenths of it below 0\n" + PROVENANCE
    )  # fmt: skip


def test_occlusion_as_json(archcalc):
    found = json.loads(
        archcalc(*GIVEN, "--occlusion", "--patch", "3", "--stride", "2", "--class", "0", "--format", "json").out
    )
    # class 0 is the mean of 12 differences: 3 * 1 / 12. Zeros in columns 0..2 move the edge by one: the same sum.
    # In 2..4 there is none left.
    assert found.pop("values") == [[0.0, 0.25]]
    assert {key: found[key] for key in list(found)[11:]} == {
        "method": "occlusion", "output": "g", "class": 0, "label": None, "score": 0.25, "layer": None, "size": [3, 5],
        "patch": {"size": 3, "stride": 2, "fill": "zero", "tops": [0], "lefts": [0, 2]},
    }  # fmt: skip
    assert found["schema"] == "archcalc/heat/1"


def test_class_activation_with_a_label(archcalc):
    Path("names.txt").write_text("edge\nbright\n", encoding="utf-8")
    run = archcalc(*GIVEN, "--cam", "--labels", "names.txt", "--class", "0")
    assert run.code == 0
    assert run.out == (
        "edges: class 0 (edge) of g, score 0.25\n"
        "class activation map of c (3x4), values 0 to 1\n\n"
        + 3 * "  @@\n"
        + "\n` .:-=+*#%@` from 0 to 1; digits: tenths of it below 0\n" + PROVENANCE
    )  # fmt: skip


def test_what_is_below_zero_is_in_digits(archcalc):
    np.savez("w.npz", **{"c.weight": np.array([[[[1, -1]]], [[[0.5, 0]]]], float)})
    lines = archcalc(*GIVEN, "--cam", "--class", "0").out.splitlines()
    assert lines[3:6] == ["  99"] * 3


def test_pictures_of_heat(archcalc):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("L", (5, 3), 128).save("grey.png")
    for what in ("--cam", "--occlusion"):
        run = archcalc("run", "edges.yaml", "--input", "grey.png", what, "--output", "heat.png")
        assert (run.code, run.out, run.err) == (0, "", "wrote heat.png\n")
        with image.open("heat.png") as picture:
            assert picture.width > 3 * 300  # the input, both, the heat
    archcalc(*GIVEN, "--cam", "--output", "heat.png")
    with image.open("heat.png") as picture:
        assert picture.width < 2 * 360  # an array is no picture


WRONG = [
    (["--show", "c", "--cam"], 2, "error: --show and --cam are two pictures\n= help: one run for each\n"),
    (["--show", "c", "--stats"], 2, "error: --show draws instead of a table\n"
     "= help: --stats, --verify, --time, --top, --save and --memory need a run of their own\n"),
    (["--patch", "3"], 2, "error: --patch goes with --occlusion\n= help: add --occlusion, or leave --patch out\n"),
    (["--class", "0"], 2,
     "error: --class goes with --occlusion or --cam\n= help: add --occlusion or --cam, or leave --class out\n"),
    (["--scale", "all", "--cam"], 2, "error: --scale goes with --show\n= help: add --show, or leave --scale out\n"),
    (["--show", "c", "--output", "maps.svg"], 2,
     "error: maps.svg cannot be written: its ending names no format of this command\n"
     "= help: write .txt, .json or .png\n"),
    (["--show", "d"], 3, "error: edges has no layer `d`\n= help: its layers are `c` and `g`\n"),
    (["--show", "g"], 6,
     "error: g is 2: a map has channels and one or two spatial axes\n= help: --stats shows what it holds\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "message"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_does_not_go_together(archcalc, arguments, code, message):
    run = archcalc(*GIVEN, *arguments)
    assert (run.code, run.out, run.err) == (code, "", message)


def test_a_network_without_class_activation_maps_says_which_have_them(archcalc):
    run = archcalc("run", "lenet5", "--cam")
    assert (run.code, run.out) == (6, "")
    first, help = run.err.splitlines()
    assert first == (
        "error: a class activation map needs the means of whole maps before the scores (global_avg_pool); "
        "in lenet5 what fc3 reads comes from fc2.act (tanh)"
    )
    assert help.startswith("= help: --occlusion works for any; --cam for all_conv, darknet53, densenet121, ")
