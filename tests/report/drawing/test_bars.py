"""Charts of bars: as long as their values, adding up to the totals, every label in its place."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc import charts
from archcalc.analysis.fold import MOST, chart_rows
from archcalc.report.drawing import bars
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.palette import DARK, LIGHT
from archcalc.report.network.alive_chart import alive_chart
from archcalc.report.network.layer_chart import USUAL, layer_chart

NETS = ("lenet5", "alexnet", "resnet50", "resnet152", "unet", "densenet121", "vit_b_16", "mlp", "siamese")

ONE = "input: 3x11x13\nlayers: [conv 2 3x3]\n"


def layers(net, names=USUAL, theme=LIGHT):
    summary = net.summary()
    return layer_chart(summary, chart_rows(summary), names, theme)


def alive(net, theme=LIGHT):
    memory = net.memory()
    return alive_chart(memory, chart_rows(memory.summary), theme)


def drawn(chart, theme=LIGHT):
    canvas = Canvas()
    return ElementTree.fromstring(bars.draw(chart, theme, canvas)), canvas


def rectangles(group):
    return [{name: float(rect.get(name)) for name in ("x", "width", "height")} for rect in group if "rect" in rect.tag]


def lengths(picture):
    """The length of each bar with a row, in their order."""
    groups = [group for group in picture.iter("{http://www.w3.org/2000/svg}g") if group.get("data-row")]
    return [sum(rect["width"] for rect in rectangles(group) if rect["height"] == bars.BAR) for group in groups]


def assert_labels_apart(canvas, picture):
    wide, high = float(picture.get("width")), float(picture.get("height"))
    for label in canvas.labels:
        assert label.x >= 0, label
        assert label.x + label.width <= wide, label
        assert label.y >= 0, label
        assert label.y + label.height <= high, label
        x, _, room, _ = label.inside
        assert x - 0.01 <= label.x, label
        assert label.x + label.width <= x + room + 0.01, label
    for index, a in enumerate(canvas.labels):
        for b in canvas.labels[index + 1 :]:
            apart = (
                a.x + a.width <= b.x or b.x + b.width <= a.x
                or a.y + a.height <= b.y + 1.5 or b.y + b.height <= a.y + 1.5
            )  # fmt: skip
            assert apart, (a, b)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("make", [layers, alive])
def test_no_label_lies_on_another_or_outside(make, name):
    picture, canvas = drawn(make(archcalc.load(name)))
    assert_labels_apart(canvas, picture)


def test_bars_are_as_long_as_their_values():
    chart = layers(archcalc.load("alexnet"), ("params",))
    found = lengths(drawn(chart)[0])
    values = [bar.value for bar in chart.panels[0].bars]
    # Krizhevsky et al. 2012: fc6 has 9,216 x 4,096 weights and 4,096 biases
    assert max(values) == 9216 * 4096 + 4096
    assert found == pytest.approx([max(found) * value / max(values) for value in values], abs=0.06)


@pytest.mark.parametrize("name", NETS)
def test_bars_add_up_to_the_totals(name):
    net = archcalc.load(name)
    totals = net.summary().totals
    params, macs, activations = layers(net).panels
    assert (params.total, macs.total) == (totals.params, totals.macs)
    assert activations.total == totals.activation_elements
    assert len(params.bars) <= MOST


@pytest.mark.parametrize("name", NETS)
def test_what_is_alive_has_its_peak(name):
    memory = archcalc.load(name).memory()
    panel = alive(archcalc.load(name)).panels[0]
    marked = [bar for bar in panel.bars if bar.marked]
    assert [bar.value for bar in marked] == [memory.peak_bytes] == [max(bar.value for bar in panel.bars)]
    assert all(value >= 0 for bar in panel.bars for _, value in bar.parts)


def test_a_skip_waits():
    """By hand, in float32: the add reads two values of 2x5x7; while b runs, a waits for the add beside them."""
    net = archcalc.loads("input: 2x5x7\nlayers: {a: relu, b: relu, c: relu, d: add a c}\n")
    rows = [(row.name, row.read_bytes, row.activation_bytes, row.alive_bytes) for row in net.memory().rows]
    cell = 2 * 5 * 7 * 4
    assert [row[1:] for row in rows] == [
        (cell, cell, 2 * cell), (cell, cell, 2 * cell), (cell, cell, 3 * cell), (2 * cell, cell, 3 * cell),
    ]  # fmt: skip


def test_one_layer_and_no_params():
    net = archcalc.loads(ONE)
    assert len(layers(net).rows) == 1
    picture, canvas = drawn(layers(net))
    assert_labels_apart(canvas, picture)
    with pytest.raises(archcalc.errors.UsageError, match=r"no layer of .* has any Params, so there is nothing to draw"):
        layers(archcalc.loads("input: 3x11x13\nlayers: [relu]\n"), ("params",))


def test_ten_thousand_layers_are_folded():
    block = "blocks: {b: {layers: [conv 3 3x3 padding=1, relu]}}\ninput: 3x7x5\nlayers: [b repeat=5000]\n"
    net = archcalc.loads(block)
    chart = layers(net, ("params",))
    assert len(net.summary().rows) == 10_000
    assert len(chart.rows) <= MOST
    # 3 x 3 x 3 x 3 weights and 3 biases, 5,000 times
    assert chart.panels[0].total == 5000 * (81 + 3)
    picture, canvas = drawn(chart)
    assert_labels_apart(canvas, picture)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_spec_cannot_write_into_the_picture(theme):
    net = archcalc.loads(f"name: '<script>alert(1)</script>&amp; \u05e9\u05dc\u05d5\u05dd'\n{ONE}")
    text = ElementTree.tostring(drawn(layers(net, theme=theme), theme)[0], encoding="unicode")
    assert "<script" not in text
    assert "<script>alert(1)</script>" in "".join(ElementTree.fromstring(text).itertext())


@pytest.mark.parametrize(
    ("format", "begins"),
    [("svg", "<svg "), ("png", b"\x89PNG"), ("html", "<!doctype html>"), ("latex", "% ")],
)
def test_every_format(format, begins):
    for picture in (charts.layers(archcalc.load("lenet5").summary()), charts.memory(archcalc.load("lenet5").memory())):
        assert picture.written(format).startswith(begins)


def test_pdf():
    pytest.importorskip("cairosvg")
    assert charts.layers(archcalc.load("lenet5").summary()).written("pdf").startswith(b"%PDF")


def test_the_sum_so_far_ends_at_the_total():
    canvas = drawn(layers(archcalc.load("vgg16"), ("macs",)))[1]
    shares = [int(found[1]) for label in canvas.labels if (found := re.fullmatch(r"(\d+) %", label.text))]
    assert shares == sorted(shares)
    assert shares[-1] == 100
