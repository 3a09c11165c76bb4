"""Blocks: what becomes a slab, how large things are, and that nothing lies on anything else."""

from __future__ import annotations

from itertools import pairwise
from math import log2, sqrt

import pytest

import archcalc
from archcalc.analysis.diagram import branching, diagram
from archcalc.report.drawing import blocks as pictures
from archcalc.report.drawing import u_shape
from archcalc.report.drawing.blocks import BlockStyle
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.cells import MAPS, MERGE, SLAB, VECTOR, blocks, few_channels
from archcalc.report.drawing.palette import LIGHT
from archcalc.spec.catalog import bundled

FEW = ("lenet5", "alexnet", "resnet18", "googlenet", "densenet121", "siamese", "vit_b_16", "mlp", "conv1d")


def made(name, depth=99):
    graph = archcalc.load(name).graph
    shown = diagram(graph, depth=depth, fold=branching(graph))
    return blocks(shown, few_channels(shown))


def cell(name, layer):
    return next(cell for cell in made(name).cells if cell.leaf.address == layer)


def overlapping(a, b):
    return a.x < b.x + b.width - 0.3 and b.x < a.x + a.width - 0.3 and (
        a.y < b.y + b.height - 0.3 and b.y < a.y + a.height - 0.3
    )  # fmt: skip


def assert_sound(name):
    found = made(name)
    if u_shape.u_shape(found) is not None:
        return
    placed, _ = pictures.place(found)
    leaves = placed.leaves
    for index, a in enumerate(leaves):
        for b in leaves[index + 1 :]:
            assert not overlapping(a, b), (name, a, b)
    for wire in placed.wires:
        for (x1, y1), (x2, y2) in pairwise(wire.points):
            assert x1 == pytest.approx(x2) or y1 == pytest.approx(y2), (name, wire)
            for box in leaves:
                through = (
                    min(x1, x2) < box.x + box.width - 0.3 and max(x1, x2) > box.x + 0.3
                    and min(y1, y2) < box.y + box.height - 0.3 and max(y1, y2) > box.y + 0.3
                )  # fmt: skip
                assert not through, (name, wire, box)


@pytest.mark.parametrize("name", FEW)
def test_nothing_lies_on_anything_else(name):
    assert_sound(name)


@pytest.mark.slow
def test_nothing_lies_on_anything_else_in_any_bundled_network():
    for path in bundled():
        assert_sound(path.stem)


def test_captions_do_not_reach_into_the_next_cell():
    for found in made("resnet18").cells:
        canvas = Canvas()
        pictures.draw_cell(canvas, found, 0, 0, LIGHT)
        assert all(label.x >= -0.3 and label.x + label.width <= found.length + 0.3 for label in canvas.labels)
        assert all(-found.above <= label.y and label.y + label.height <= found.below + 3 for label in canvas.labels)


def test_thickness_is_the_logarithm_of_the_channels_and_the_side_the_root_of_the_map():
    one, other = cell("vgg16", "conv1_1"), cell("vgg16", "conv2_1")
    assert (one.shape, other.shape) == ((64, 224, 224), (128, 112, 112))
    assert other.thick - one.thick == pytest.approx(3.1 * (log2(128) - log2(64)))
    assert (one.high - 12) / (other.high - 12) == pytest.approx(sqrt(224 / 112))


def test_norms_activations_and_pools_are_slabs():
    # AlexNet: conv1, relu, norm, pool
    assert [slab.family for slab in cell("alexnet", "conv1").slabs] == ["activation", "norm", "pool"]
    assert [found.leaf.address for found in made("alexnet").cells] == [
        "input", "conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"
    ]  # fmt: skip


def test_a_norm_before_its_convolution_is_a_slab_alone():
    shown = [found for found in made("densenet121").cells if found.glyph == SLAB]
    assert shown
    assert all(not found.name and not found.captions for found in shown)


def test_what_each_is_drawn_as():
    assert cell("alexnet", "fc6").glyph == VECTOR
    assert cell("lenet5", "conv1").glyph == MAPS
    assert cell("lenet5", "conv1").captions == ("6@28×28",)
    assert cell("resnet18", "layer1.0.sum").glyph == MERGE


def test_a_module_of_branches_is_one_block_in_bands():
    # Szegedy et al. 2015, Table 1: inception (3a) has 64, 128, 32 and 32 channels
    assert cell("googlenet", "inception3a").leaf.bands == (64, 128, 32, 32)


def test_repeats_have_a_bracket():
    canvas = Canvas()
    pictures.draw(made("resnet152"), BlockStyle(LIGHT), canvas)
    shown = [label.text for label in sorted(canvas.labels, key=lambda label: label.x)]
    # He et al. 2015, Table 1: 3, 8, 36, 3 blocks, the first of each with a projection
    assert [text for text in shown if "×" in text] == [f"bottleneck ×{n}" for n in (2, 7, 35, 2)]
    assert {"layer1", "layer2", "layer3", "layer4"} <= set(shown)


def test_the_twin_of_a_siamese_net_says_whose_weights_it_has():
    canvas = Canvas()
    pictures.draw(made("siamese"), BlockStyle(LIGHT), canvas)
    assert "b (weights of a)" in [label.text for label in canvas.labels]


@pytest.mark.parametrize(("name", "is_u"), [("unet", True), ("segnet", False), ("resnet18", False), ("vae", False)])
def test_which_networks_are_a_u(name, is_u):
    assert (u_shape.u_shape(made(name)) is not None) == is_u


def test_the_levels_of_a_u():
    found = made("unet")
    shape = u_shape.u_shape(found)
    levels = [shape.levels[number] for number in shape.order]
    assert max(levels) == 4
    assert (levels[0], levels[-1]) == (0, 0)
    assert len(shape.across) == 4
    assert all(shape.levels[a] == shape.levels[b] for a, b in shape.across)
