"""What a network reads: arrays and images, and every way a file can be wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import archcalc
from archcalc.core import Shape
from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.numeric.inputs.inputs import Reading, random_input, read_input
from archcalc.numeric.inputs.preprocess import parse_preprocess

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

PLAIN = Reading()


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _save(name, pixels):
    Image.fromarray(np.array(pixels, np.uint8)).save(name)


RGB = [[[255, 0, 51], [0, 102, 0], [1, 2, 3]], [[0, 0, 0], [255, 255, 255], [4, 5, 6]]]
"""2 x 3 pixels: height, width, channels."""


def test_an_image_is_channels_first_from_0_to_1():
    _save("x.png", RGB)
    x = read_input(Path("x.png"), Shape.of(3, 2, 3), PLAIN)
    assert (x.shape, x.dtype) == ((1, 3, 2, 3), np.float32)
    np.testing.assert_allclose(x[0, :, 0, 0], [1, 0, 51 / 255], rtol=1e-6)
    np.testing.assert_allclose(x[0, 1, 0], [0, 102 / 255, 2 / 255], rtol=1e-6)


def test_an_image_becomes_grey_or_coloured_as_the_input_is():
    _save("grey.png", [[0, 51, 255], [255, 0, 102]])
    grey = read_input(Path("grey.png"), Shape.of(1, 2, 3), PLAIN)
    np.testing.assert_allclose(grey[0, 0], [[0, 0.2, 1], [1, 0, 0.4]], rtol=1e-6)
    colour = read_input(Path("grey.png"), Shape.of(3, 2, 3), PLAIN)
    np.testing.assert_array_equal(colour[0], np.repeat(grey[0], 3, 0))


def test_normalize_shifts_and_scales_each_channel():
    _save("x.png", RGB)
    x = read_input(Path("x.png"), Shape.of(3, 2, 3), Reading(parse_preprocess("normalize imagenet", "test")), "float64")
    # torchvision's mean and deviation: (1 - 0.485)/0.229, (0 - 0.456)/0.224, (0.2 - 0.406)/0.225
    np.testing.assert_allclose(x[0, :, 0, 0], [2.248908, -2.035714, -0.915556], rtol=1e-5)


def test_resize_only_where_asked():
    _save("x.png", [[[10, 20, 30]] * 5] * 7)
    with pytest.raises(SpecError) as caught:
        read_input(Path("x.png"), Shape.of(3, 2, 3), PLAIN)
    assert caught.value.what == "x.png is 3x7x5, the input is 3x2x3"
    assert caught.value.help == "--resize scales it, or --preprocess 'resize 2, crop 2x3'"
    x = read_input(Path("x.png"), Shape.of(3, 2, 3), Reading(parse_preprocess("resize 2x3", "test")))
    assert x.shape == (1, 3, 2, 3)
    np.testing.assert_allclose(x[0, :, 1, 2] * 255, [10, 20, 30], rtol=1e-5)


def test_a_photo_is_turned_as_its_camera_says():
    image = Image.fromarray(np.array(RGB, np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side: turn by 90 degrees clockwise
    image.save("x.png", exif=exif)
    assert read_input(Path("x.png"), Shape.of(3, 3, 2), PLAIN).shape == (1, 3, 3, 2)


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (5, 2, 3)])
def test_arrays_come_with_a_batch_or_without(shape):
    x = np.arange(np.prod(shape)).reshape(shape)
    np.save("x.npy", x)
    found = read_input(Path("x.npy"), Shape.of(2, 3), PLAIN, "float64")
    np.testing.assert_array_equal(found, x.reshape(-1, 2, 3))
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    ("array", "what", "help"),
    [
        (np.ones((2, 4)), "x.npy is 2x4, the input is 2x3", "2x3, or a batch Nx2x3"),
        (np.ones((0, 2, 3)), "x.npy is 0x2x3, the input is 2x3", "2x3, or a batch Nx2x3"),
        (np.ones(()), "x.npy is a single number, the input is 2x3", "2x3, or a batch Nx2x3"),
        (np.full((2, 3), np.nan), "x.npy holds values that are not finite", None),
        (np.full((2, 3), "a"), "x.npy is no array that can be read: it holds no numbers", None),
        (np.full((2, 3), 1j), "x.npy is no array that can be read: it holds no numbers", None),
        (np.full((2, 3), None), "x.npy is no array that can be read: it holds no numbers", None),
        (np.full((2, 3), 1e300), "x.npy holds 1e+300, too large for float32", "--dtype float64"),
    ],
)
def test_arrays_that_do_not_fit(array, what, help):
    np.save("x.npy", array)
    with pytest.raises(SpecError) as caught:
        read_input(Path("x.npy"), Shape.of(2, 3), PLAIN)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_files_that_are_neither():
    Path("x.npy").write_bytes(b"no array")
    Path("x.png").write_bytes(b"no image")
    Path("cut.png").write_bytes(_png()[:60])
    expected = {
        "gone.png": "the input gone.png does not exist",
        "x.npy": "x.npy is no array that can be read: it is no .npy array",
        "x.png": "x.png is no image that can be read",
        "cut.png": "cut.png is no image that can be read",
    }
    for name, what in expected.items():
        with pytest.raises(SpecError) as caught:
            read_input(Path(name), Shape.of(3, 2, 3), PLAIN)
        assert (caught.value.what, caught.value.exit_code) == (what, 3)


def _png():
    _save("whole.png", RGB)
    return Path("whole.png").read_bytes()


def test_an_image_for_an_input_that_is_none():
    _save("x.png", RGB)
    with pytest.raises(SpecError) as caught:
        read_input(Path("x.png"), Shape.of(64, 2, 3), PLAIN)
    assert caught.value.what == "an image has 1 or 3 channels, the input is 64x2x3"
    assert caught.value.help == "give an array: --input x.npy"


def test_a_normalization_has_its_channels():
    _save("x.png", [[1, 2, 3], [4, 5, 6]])
    with pytest.raises(UsageError) as caught:
        read_input(Path("x.png"), Shape.of(1, 2, 3), Reading(parse_preprocess("normalize imagenet", "test")))
    assert caught.value.what == "`normalize imagenet` is for 3 channels, the input has 1"


def test_without_pillow_images_name_the_extra(monkeypatch):
    _save("x.png", RGB)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UnsupportedError) as caught:
        read_input(Path("x.png"), Shape.of(3, 2, 3), PLAIN)
    assert (caught.value.what, caught.value.help) == ("images need Pillow", "pip install 'archcalc[numeric]'")


def test_random_inputs_depend_on_seed_and_name():
    graph = archcalc.loads("inputs: {a: 5, b: 5}\nlayers: {s: add a b}\n", name="net").graph
    a, again, b = (random_input(graph, name, 3, 2) for name in "aab")
    np.testing.assert_array_equal(a, again)
    assert (a != b).all()
    assert (a != random_input(graph, "a", 4, 2)).all()
    assert (a.shape, a.dtype) == ((2, 5), np.float32)
    np.testing.assert_array_equal(random_input(graph, "a", 3, 2, "float64"), a.astype(np.float64))
