"""What is done to an image: the steps as torchvision does them, and what each bundled spec says."""

from __future__ import annotations

import re

import numpy as np
import pytest

import archcalc
from archcalc.core import Shape
from archcalc.errors import UsageError
from archcalc.numeric.inputs.images import read_image
from archcalc.numeric.inputs.inputs import Reading, reading_of
from archcalc.numeric.inputs.preprocess import parse_preprocess
from archcalc.spec.catalog import bundled

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


@pytest.mark.parametrize(
    ("size", "resize", "crop", "corner", "inside", "end", "mean"),
    [
        ((37, 53), 23, 17, 0.760784, 0.6, 0.207843, 0.499437),
        ((53, 37), 23, 17, 0.505882, 0.764706, 0.45098, 0.500111),
        ((40, 41), 33, 20, 0.701961, 0.407843, 0.356863, 0.5),
        ((19, 11), 13, 15, 0.0, 0.341176, 0.0, 0.432395),  # smaller than the crop: black around it
        ((30, 47), 20, 20, 0.619608, 0.278431, 0.537255, 0.500026),
    ],
)
def test_the_values_are_those_of_torchvision(tmp_path, size, resize, crop, corner, inside, end, mean):
    """Measured with torchvision 0.28's ImageClassification(crop, resize, BICUBIC) on the same pixels, Pillow 13."""
    height, width = size
    Image.fromarray((np.arange(height * width * 3).reshape(height, width, 3) * 37 % 256).astype(np.uint8)).save(
        tmp_path / "x.png"
    )
    steps = parse_preprocess(f"resize {resize} bicubic, crop {crop}", "test")
    x = read_image(tmp_path / "x.png", Shape.of(3, crop, crop), steps).values
    found = (x[0, 0, 0], x[1, crop // 2, crop // 3], x[2, -1, -1], x.mean())
    assert [float(value) for value in found] == pytest.approx([corner, inside, end, mean], abs=2e-6)


@pytest.mark.parametrize(
    ("text", "size", "after"),
    [
        ("resize 256", (500, 375), (341, 256)),  # torchvision: int(256 * 500 / 375)
        ("resize 256", (375, 500), (256, 341)),
        ("resize 299x320", (640, 480), (320, 299)),
        ("resize 256, crop 224", (1000, 700), (224, 224)),
        ("crop 224x192", (300, 300), (192, 224)),
        ("none", (31, 17), (31, 17)),
    ],
)
def test_the_size_is_known_before_the_pixels_are(text, size, after):
    assert parse_preprocess(text, "test").size(size) == after


@pytest.mark.parametrize(
    "text", ["resize 256 bicubic, crop 224, normalize imagenet", "resize 299x320", "crop 7x9", "none"]
)
def test_what_is_read_is_written_again(text):
    assert str(parse_preprocess(text, "test")) == text


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        ("rezise 256", "--preprocess: unknown step `rezise 256`", "did you mean `resize`?"),
        ("256", "--preprocess: unknown step `256`", "such as: resize 256, crop 224, normalize imagenet"),
        ("crop", "--preprocess: `crop` is no step", "crop 224 or crop 224x192"),
        ("resize", "--preprocess: `resize` is no step", "resize 256, resize 299x299 or resize 256 bicubic"),
        ("resize 256 cubic", "--preprocess: unknown filter `cubic`", "did you mean `bicubic`?"),
        ("crop 0", "--preprocess: `crop 0` has no size from 1 to 10,000", "such as: crop 224"),
        ("crop 99999", "--preprocess: `crop 99999` has no size from 1 to 10,000", "such as: crop 224"),
        ("crop -3", "--preprocess: `crop -3` has no size from 1 to 10,000", "such as: crop 224"),
        ("normalize imagnet", "--preprocess: unknown normalization in `normalize imagnet`", "did you mean `imagenet`?"),
        ("normalize imagenet, crop 8", "--preprocess: `normalize` is the last step", "put `crop 8` before it"),
        ("crop 8,", "--preprocess: unknown step ``", "such as: resize 256, crop 224, normalize imagenet"),
    ],
)
def test_steps_that_are_none(text, what, help):
    with pytest.raises(UsageError) as caught:
        parse_preprocess(text, "--preprocess")
    assert (caught.value.what, caught.value.help) == (what, help)


def _addresses():
    for path in bundled():
        yield path.stem
        document = archcalc.load(path.stem).document
        yield from (f"{path.stem}@{variant}" for variant in document.variants)


@pytest.mark.parametrize("address", list(_addresses()))
def test_what_a_bundled_spec_says_ends_in_its_input(address):
    graph = archcalc.load(address).graph
    preprocess = reading_of(graph, Reading()).preprocess
    if preprocess is not None:
        height, width = graph.inputs[0][1].spatial
        assert preprocess.size((500, 375)) == (width, height)


@pytest.mark.parametrize(
    ("address", "said"),
    [  # torchvision 0.28's weights, first version; its two Inception nets turn ImageNet's normalization into their own
        ("resnet50", "resize 256, crop 224, normalize imagenet"),
        ("efficientnet_b4", "resize 384 bicubic, crop 380, normalize imagenet"),
        ("swin_s", "resize 246 bicubic, crop 224, normalize imagenet"),
        ("inception_v3", "resize 342, crop 299, normalize inception"),
        ("googlenet_torchvision", "resize 256, crop 224, normalize inception"),
    ],
)
def test_specs_say_how_their_weights_were_published(address, said):
    assert archcalc.load(address).graph.about["preprocess"] == said


def test_a_wrong_one_in_a_spec_is_told():
    text = "about: {preprocess: crop it}\ninput: 3x4x4\nlayers: {r: relu}\n"
    with pytest.raises(UsageError, match=re.escape("toy's `about: preprocess`: `crop it` has no size")):
        reading_of(archcalc.loads(text, "toy").graph, Reading())
