"""Occlusion on networks whose score is known to come from one place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.numeric.inputs.inputs import Reading
from archcalc.numeric.inputs.preprocess import parse_preprocess
from archcalc.numeric.maps import occlusion as module
from archcalc.numeric.maps.occlusion import Occluding, occlusion, pixels
from archcalc.numeric.run.options import Options


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def corner(patch, stride, asked=None, fill=None, **options):
    """The score of class 1 is the sum of the upper left quadrant of 4x6 cells of 1, that of class 0 is 0."""
    graph = archcalc.loads("input: 1x4x6\nlayers: {f: flatten, out: linear 2 bias=no}\n", name="corner").graph
    weight = np.zeros((2, 4, 6))
    weight[1, :2, :3] = 1
    np.savez("w.npz", **{"out.weight": weight.reshape(2, 24)})
    np.save("x.npy", np.ones((1, 4, 6)))
    given = Options(weights=Path("w.npz"), files={"input": Path("x.npy")}, **options)
    return occlusion(graph, given, Occluding(patch, stride, fill), asked)


def test_the_score_falls_only_where_it_comes_from():
    heat = corner(1, 1)
    assert heat.values == (((1, 1, 1, 0, 0, 0),) * 2 + ((0, 0, 0, 0, 0, 0),) * 2)
    assert pixels(heat).tolist() == [list(row) for row in heat.values]
    assert (heat.scored.index, heat.scored.score, heat.scored.output, heat.scored.kind) == (1, 6, "out", "linear")
    assert (heat.size, heat.layer) == ((4, 6), None)


def test_larger_patches_cover_more():
    heat = corner(2, 2)
    assert (heat.patches.tops, heat.patches.lefts) == ((0, 2), (0, 2, 4))
    # the patch at column 2 covers one of the three columns of the quadrant: 2 cells
    assert heat.values == ((4, 2, 0), (0, 0, 0))
    assert pixels(heat)[:, 2:4].tolist() == [[2, 2], [2, 2], [0, 0], [0, 0]]


def test_a_last_patch_reaches_the_end():
    heat = corner(3, 2)
    # 4 rows hold one stop of 3 at stride 2, row 3 needs one more; 6 columns hold two, column 5 needs one more
    assert (heat.patches.tops, heat.patches.lefts) == ((0, 1), (0, 2, 3))
    # rows 0..2 and 1..3 hold 2 and 1 rows of the quadrant; columns 0..2, 2..4, 3..5 hold 3, 1, 0 of it
    assert heat.values == ((6, 2, 0), (3, 1, 0))


def test_a_pixel_is_the_mean_of_the_patches_over_it():
    graph = archcalc.loads("input: 1x2x3\nlayers: {f: flatten, out: linear 1 bias=no}\n").graph
    np.savez("w.npz", **{"out.weight": np.array([[1, 0, 0, 1, 0, 0]])})  # the left column
    np.save("x.npy", np.ones((1, 2, 3)))
    heat = occlusion(graph, Options(weights=Path("w.npz"), files={"input": Path("x.npy")}), Occluding(2, 1))
    assert heat.values == ((2, 0),)
    assert pixels(heat).tolist() == [[2, 1, 0], [2, 1, 0]]


def test_another_class_than_the_best():
    heat = corner(1, 1, asked="0")
    assert (heat.scored.index, heat.scored.score) == (0, 0)
    assert set(np.ravel(heat.values)) == {0}
    assert corner(1, 1, asked="out/0").values == heat.values


def test_grey_is_the_middle_of_an_image_also_after_normalization():
    from PIL import Image

    assert corner(2, 2, fill="grey").values == ((2, 1, 0), (0, 0, 0))  # 1 becomes 0.5
    Image.new("RGB", (8, 8), (255, 255, 255)).save("white.png")
    graph = archcalc.loads("input: 3x8x8\nlayers: {g: global_avg_pool}\n").graph
    reading = Reading(parse_preprocess("normalize imagenet", "test"))
    given = Options(files={"input": Path("white.png")}, reading=reading, dtype="float64")
    heat = occlusion(graph, given, Occluding(4, 4), "0")
    # a quarter of the mean of channel 0 falls from (1 - mean) / deviation to (0.5 - mean) / deviation
    assert np.ravel(heat.values) == pytest.approx([0.25 * 0.5 / 0.229] * 4)
    assert heat.patches.fill == "grey"
    assert corner(2, 2).patches.fill == "zero"


@pytest.mark.parametrize("examples", [1, 5])
def test_the_size_of_the_batches_changes_nothing(monkeypatch, examples):
    monkeypatch.setattr(module, "_MOST_EXAMPLES", examples)
    assert corner(2, 1).values == ((4, 4, 2, 0, 0), (2, 2, 1, 0, 0), (0, 0, 0, 0, 0))


def test_patches_unless_told():
    heat = occlusion(archcalc.load("lenet5").graph, Options())
    assert (heat.patches.size, heat.patches.stride, heat.patches.fill) == (4, 2, "zero")  # 32 / 8, half of it
    assert (len(heat.values), len(heat.values[0])) == (15, 15)


def test_progress_counts_the_patches():
    told = []
    occlusion(archcalc.load("lenet5").graph, Options(), Occluding(16, 16), progress=lambda *x: told.append(x))
    assert told[-1] == ("covering", 4, 4)


WRONG = [
    ({"patch": 5}, UsageError, "--patch is from 1 to 4 for an input of 1x4x6, got 5", None),
    ({"patch": 0}, UsageError, "--patch is from 1 to 4 for an input of 1x4x6, got 0", None),
    ({"patch": 2, "stride": 3}, UsageError, "--stride is from 1 to the patch of 2, got 3", "or pixels stay uncovered"),
    ({"fill": "noise"}, UsageError, "unknown fill `noise`", "there are `grey` and `zero`"),
    ({"asked": "2"}, UsageError, "--class 2: the output has 2 classes", "0 to 1"),
    ({"asked": "cat"}, UsageError, "--class cat is no class", "a number, or OUTPUT/NUMBER"),
    ({"asked": "end/1"}, UsageError, "corner has no output `end`", "its outputs are `out`"),
    ({"labels": Path("l.txt")}, SpecError, "there are 3 labels, the output has 2 classes", None),
]  # fmt: skip


@pytest.mark.parametrize(("given", "error", "what", "help"), WRONG, ids=[row[2] for row in WRONG])
def test_what_does_not_fit_is_refused(given, error, what, help):
    Path("l.txt").write_text("a\nb\nc\n", encoding="utf-8")
    with pytest.raises(error) as caught:
        corner(**{"patch": 2, "stride": None, **given})
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("text", "error", "what"),
    [
        ("input: 7\nlayers: {a: linear 2}", UnsupportedError, "patches cover one image, the inputs are input 7"),
        ("inputs: {a: 1x2x3, b: 1x2x3}\nlayers: {m: add a b, f: flatten}", UnsupportedError,
         "patches cover one image, the inputs are a 1x2x3, b 1x2x3"),
        ("input: 1x4x6\nlayers: {c: conv 2 3}", UnsupportedError,
         "the output c is 2x2x4, no vector with a score for each class"),
        ("input: 1x4x6\nlayers: {f: flatten, a: linear 2, b: linear 3 from=f}\noutput: [a, b]", UsageError,
         "spec has 2 outputs"),
    ],
)  # fmt: skip
def test_networks_that_cannot(text, error, what):
    with pytest.raises(error) as caught:
        occlusion(archcalc.loads(text + "\n").graph, Options())
    assert caught.value.what == what
