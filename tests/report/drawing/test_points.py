"""Charts of points: no label on another, on a point or outside; areas as the sizes are; round numbers at the axes."""

from __future__ import annotations

import random
import re
from math import hypot, log10
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc import charts
from archcalc.report.drawing import labels, points
from archcalc.report.drawing.canvas import Canvas
from archcalc.report.drawing.chart import tick_text
from archcalc.report.drawing.labels import PlottedPoint
from archcalc.report.drawing.palette import DARK, LIGHT
from archcalc.report.drawing.scale import AxisScale, around, widened
from archcalc.report.network.bubbles import bubble_chart
from archcalc.report.network.sweep_chart import sweep_chart

ROOM = (0, 0, 400, 300)


def scattered(seed, count):
    rng = random.Random(seed)
    return [
        PlottedPoint(rng.uniform(40, 360), rng.uniform(40, 260), rng.choice((3, 4, 12, 30)), rng.uniform(20, 90), 10)
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_labels_keep_apart(seed):
    plotted = scattered(seed, 5 + seed)
    placed = labels.place(plotted, ROOM)
    kept = [label for label in placed if label]
    assert len(kept) >= min(len(plotted), 12)
    for number, one in enumerate(kept):
        x, y, w, h = one.at
        assert x >= 0, one
        assert y >= 0, one
        assert x + w <= 400, one
        assert y + h <= 300, one
        assert not any(labels.meets(one.at, other.at) for other in kept[number + 1 :])
        assert not any(labels.crosses(other.leader, one.at) for other in kept if other.leader and other is not one)
    for label, own in zip(placed, plotted, strict=True):
        hidden = [p for p in plotted if label and p is not own and inside(label.at, p)]
        assert hidden == []
        if label and label.leader is None:
            assert gap(label.at, own) <= own.radius + 9, "a label away from its point has a leader"


def inside(at, point):
    return at[0] < point.x < at[0] + at[2] and at[1] < point.y < at[1] + at[3]


def gap(at, point):
    x = min(max(point.x, at[0]), at[0] + at[2])
    y = min(max(point.y, at[1]), at[1] + at[3])
    return hypot(x - point.x, y - point.y)


def test_a_crowd_is_not_written_over_itself():
    crowd = [PlottedPoint(200, 150, 4, 120, 12)] * 200
    kept = [label.at for label in labels.place(crowd, ROOM) if label]
    assert 1 < len(kept) < 200
    assert not any(labels.meets(a, b) for n, a in enumerate(kept) for b in kept[n + 1 :])


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (AxisScale(0, 37_752_832), (0, 10e6, 20e6, 30e6)),
        (AxisScale(68, 77), (68, 70, 72, 74, 76)),
        (AxisScale(0.3, 0.9), (0.4, 0.6, 0.8)),
        (AxisScale(3e5, 2e10, True), (1e6, 1e7, 1e8, 1e9, 1e10)),
        (AxisScale(8e6, 6e8, True), (10e6, 20e6, 50e6, 100e6, 200e6, 500e6)),
    ],
)
def test_round_numbers(scale, ticks):
    assert scale.ticks() == pytest.approx(ticks)


def test_shares():
    assert AxisScale(1e3, 1e9, True).share(1e6) == pytest.approx(0.5)
    assert AxisScale(10, 30).share(25) == 0.75
    wide = widened(AxisScale(10, 1000, True), 0.5, 0.5)
    assert (log10(wide.least), log10(wide.most)) == pytest.approx((0, 4))
    assert around([1, 30]).log
    assert not around([2, 30]).log
    assert not around([0, 30]).log
    one = around([7])
    assert one.least < 7 < one.most


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (20e6, "20M"),
        (2.5e6, "2.5M"),
        (1e9, "1G"),
        (0.25, "0.25"),
        (100, "100"),
        (5000, "5K"),
        (1.2e5, "120K"),
    ],
)
def test_numbers_of_ticks(value, text):
    assert tick_text(value) == text


def drawn(chart, theme=LIGHT):
    canvas = Canvas()
    return ElementTree.fromstring(points.draw(chart, theme, canvas)), canvas


def radii(picture):
    """The radius of each network's bubble by its name."""
    groups = [group for group in picture.iter("{http://www.w3.org/2000/svg}g") if group.get("data-point")]
    return {group.get("data-point"): float(re.search(r"a([\d.]+) ", group[-1].get("d"))[1]) for group in groups}


def compared(*names):
    return archcalc.compare(*names)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize(
    "names", [("vgg16", "resnet50", "lenet5", "googlenet"), ("lenet5", "mlp"), ("resnet50",), ("mlp",)]
)
def test_bubbles(names, theme):
    chart, left_out = bubble_chart(compared(*names), theme)
    picture, canvas = drawn(chart, theme)
    assert (left_out, len(chart.points)) == ((), len(names))
    assert_in_the_picture(canvas, picture)
    assert {label.text for label in canvas.labels} >= set(names)


def assert_in_the_picture(canvas, picture):
    wide, high = float(picture.get("width")), float(picture.get("height"))
    for label in canvas.labels:
        assert label.x >= 0, label
        assert label.x + label.width <= wide, label
        assert 0 <= label.y <= high - label.height, label
    for number, a in enumerate(canvas.labels):
        for b in canvas.labels[number + 1 :]:
            boxes = [(label.x, label.y + 1, label.width, label.height - 2) for label in (a, b)]
            assert not labels.meets(*boxes), (a, b)


def test_the_area_is_the_params():
    """Simonyan and Zisserman 2014: 138,357,544 params; resnet50 has 25,557,032 (He et al. 2016, torchvision)."""
    found = radii(drawn(bubble_chart(compared("vgg16", "resnet50"), LIGHT)[0])[0])
    assert (found["vgg16"] / found["resnet50"]) ** 2 == pytest.approx(138_357_544 / 25_557_032, rel=0.02)


def test_without_accuracies_params_stand_against_macs():
    chart, _ = bubble_chart(compared("lenet5", "mlp"), LIGHT)
    assert (chart.y.title, chart.x.title, chart.strip) == ("params", "MACs, batch 1", "")
    assert (chart.points[0].name, chart.points[0].y) == ("lenet5", 61_706)


def test_a_network_without_macs_is_left_out():
    nothing = archcalc.loads("name: nothing\ninput: 3x11x13\nlayers: [relu]\n")
    comparison = archcalc.compare("lenet5", nothing)
    chart, left_out = bubble_chart(comparison, LIGHT)
    assert ([point.name for point in chart.points], left_out) == (["lenet5"], (comparison.names[1],))
    with pytest.raises(archcalc.errors.UsageError, match="no network of these has both params and MACs"):
        bubble_chart(archcalc.compare(nothing), LIGHT)


def test_every_format():
    picture, _ = charts.comparison(compared("lenet5", "vgg16"))
    begins = {"svg": "<svg ", "png": b"\x89PNG", "pdf": b"%PDF", "html": "<!doctype html>", "latex": "% "}
    for format, begin in begins.items():
        assert picture.written(format).startswith(begin)


def swept(**more):
    return archcalc.load("mobilenet_v2").sweep({"width": [0.5, 0.75, 1], "input": ["96", "224"]}, **more)


def test_the_front_of_a_sweep():
    """Less MACs and more width: at every width the smaller input wins."""
    chart = sweep_chart(swept(pareto="macs,+width"), LIGHT)
    picture, canvas = drawn(chart)
    front = {point.name for point in chart.points if point.group == "front"}
    assert front == {f"width={width}, input=3x96x96" for width in ("0.5", "0.75", "1")}
    assert len(chart.path) == 3
    assert (chart.x.title, chart.y.title) == ("MACs", "width")
    assert_in_the_picture(canvas, picture)
    assert {label.text for label in canvas.labels} >= front


def test_a_sweep_without_goals():
    chart = sweep_chart(swept(), LIGHT)
    assert (chart.x.title, chart.y.title, chart.path) == ("Params", "MACs", ())
    assert {point.group for point in chart.points} == {"plain"}
    assert_in_the_picture(*reversed(drawn(chart)))
