"""Values, combinations, conditions and the Pareto front; figures are those of the networks built one by one."""

from __future__ import annotations

from itertools import product

import pytest

import archcalc
from archcalc.analysis.sweep.sweep import (
    CHUNK,
    SWEPT,
    Point,
    SweepTask,
    chunks,
    compute,
    condition,
    pareto,
    points_of,
    sort_key,
)
from archcalc.analysis.sweep.variation import VariedAxis, axis
from archcalc.errors import UsageError
from archcalc.graph.choices import Choices
from archcalc.spec.catalog import locate

MOBILENET = archcalc.load("mobilenet_v2").document
SIAMESE = archcalc.load("siamese").document


def swept(spec, *varied):
    located = locate(spec)
    network = archcalc.load(spec)
    axes = tuple(axis(network.document, text) for text in varied)
    task = SweepTask(located.text, located.file, network.choices, axes)
    return axes, [point for chunk in chunks(axes) for point in compute(task, chunk)]


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("width=0.25:2:0.25", "width", ("0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2")),
        ("width=0.1:0.35:0.1", "width", ("0.1", "0.2", "0.3")),
        ("width=1:3", "width", ("1", "2", "3")),
        ("width=0.5,1, 0.5", "width", ("0.5", "1")),
        ("input=160,192", "input", ("3x160x160", "3x192x192")),
        ("input=3x160x224,1x96x64", "input", ("3x160x224", "1x96x64")),
        ("input=96:160:32", "input", ("3x96x96", "3x128x128", "3x160x160")),
        ("width=0:1/2:1/3", "width", ("0", "1/3")),
    ],
)
def test_values(text, name, values):
    assert axis(MOBILENET, text) == VariedAxis(name, values)


@pytest.mark.parametrize(
    ("document", "text", "what", "help"),
    [
        (MOBILENET, "width", "--vary width is not NAME=VALUES", "write --vary width=0.25:2:0.25 or input=160,192"),
        (MOBILENET, "widht=1", "--vary widht=1: MobileNetV2 has no param `widht`", "did you mean `width`?"),
        (MOBILENET, "width=2:1:1", "--vary width=2:1:1: a range goes up, from start to stop", "width=0.25:2:0.25"),
        (MOBILENET, "width=1:2:0", "--vary width=1:2:0: a range goes up, from start to stop", "width=0.25:2:0.25"),
        (MOBILENET, "width=a:2:1", "--vary width=a:2:1: `a:2:1` is no range", "width=8..64, or width=0.25:2:0.25"),
        (
            MOBILENET, "width=1:2:1/0", "--vary width=1:2:1/0: `1:2:1/0` is no range",
            "width=8..64, or width=0.25:2:0.25",
        ),
        (
            MOBILENET, "width=0:1000000:1",
            "--vary width=0:1000000:1: 1,000,001 values are over the limit of 100,000", None,
        ),
        (SIAMESE, "input=64", f"--vary input=64: {SIAMESE.name} has several inputs", "vary its params"),
    ],
)  # fmt: skip
def test_values_that_are_none(document, text, what, help):
    with pytest.raises(UsageError) as caught:
        axis(document, text)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_each_point_is_the_network_built_alone():
    axes, points = swept("mobilenet_v2", "width=0.35,1.4", "input=96,160")
    assert [point.values for point in points] == list(product(*(varied.values for varied in axes)))
    for point in points:
        width, shape = point.values
        summary = archcalc.load("mobilenet_v2", set={"width": width}, input=shape).summary()
        assert point.figure("params") == summary.totals.params
        assert point.figure("macs") == summary.totals.macs
        assert point.figure("peak_activation_bytes") == summary.peak_activation_bytes
    assert points[0].figure("params") == archcalc.load("mobilenet_v2_0.35").summary().totals.params


def test_a_variant_keeps_what_it_sets():
    _, points = swept("vgg16@vgg11", "num_classes=1000")
    assert points[0].figure("params") == 132_863_336  # torchvision's vgg11


def test_what_cannot_be_built_says_why():
    _, points = swept("lenet5", "input=8,20")
    assert [point.refused for point in points] == [
        "conv2.conv does not fit its input (the window spans 5 cells, the padded axis has 2 (2 + 2·0))", ""
    ]  # fmt: skip
    assert points[0].figures == {}


def test_chunks_hold_every_combination_once():
    axes = (VariedAxis("a", tuple(map(str, range(23)))), VariedAxis("b", tuple(map(str, range(29)))))
    assert points_of(axes) == 23 * 29
    for jobs in (1, 2, 7):
        found = list(chunks(axes, jobs))
        assert [values for chunk in found for values in chunk] == list(product(axes[0].values, axes[1].values))
        assert max(map(len, found)) <= CHUNK
    with pytest.raises(UsageError) as caught:
        points_of((*axes, *axes))
    assert caught.value.what == "444,889 combinations are over the limit of 100,000"


def point(*values, params=0, macs=0):
    figures = dict.fromkeys(SWEPT, 0) | {"params": params, "macs": macs}
    return Point(values, figures, "")


AXES = (VariedAxis("width", ("0.5", "1", "2")), VariedAxis("mode", ("small", "large")))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("params < 1e2", True),
        ("params < 0.09K", False),
        ("params <= 95 and macs == 9.9K", True),
        ("macs > 9K", True),
        ("peak_activation_bytes < 64MiB", True),
        ("peak_activation_bytes > 4KiB", False),
        ("width == 0.5", True),
        ("width > 0.5 or macs*2 == 19800", True),
        ("not params < 96", False),
        ("params 90..0.1K", True),
        ("params != 95", False),
        ("params ~99 and not macs = 9K", True),
        ("(params > 5M or macs<10K) and width 0.5..1", True),
        ("(params + macs) < 9.99K", False),
        ("params < macs * 3", True),
        ("params > macs", False),
        ("mode = 1", False),  # its place among the values
    ],
)
def test_conditions(text, holds):
    """conv 5 2x3 on 3x11x13: 5*(18 + 1) = 95 params, 90 taps at 10x11 places, 4*(429 + 550) bytes at once."""
    spec = "input: 3x11x13\nparams: {width: 1, mode: small}\nlayers: {c: conv 10*width 2x3}\n"
    wanted = condition(text, AXES)
    (at,) = compute(SweepTask(spec, "net.yaml", Choices(), AXES, wanted.demands), [("0.5", "small")])
    assert wanted.holds(at, AXES) is holds


def test_a_condition_on_a_layer():
    """conv of 3 and of 5 cells on 3x11x13: the field is the kernel, (27 + 1)*5 and (75 + 1)*5 params."""
    text = "input: 3x11x13\nparams: {k: 3}\nlayers: {c: conv 5 k}\n"
    axes = (VariedAxis("k", ("3", "5")),)
    wanted = condition("c.rf >= 4 and c.out = 5x7x9 and c.params 300..400", axes)
    points = compute(SweepTask(text, "net.yaml", Choices(), axes, wanted.demands), [("3",), ("5",)])
    assert [wanted.holds(point, axes) for point in points] == [False, True]
    with pytest.raises(UsageError) as caught:
        compute(SweepTask(text, "net.yaml", Choices(), axes, condition("d.rf = 4", axes).demands), [("3",)])
    assert caught.value.what == "--where d.rf = 4: net has no layer `d`"


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        ("parms < 3", "--where parms < 3: there is no figure `parms`", "did you mean `params`?"),
        ("params <", "--where params <: the expression breaks off", None),
        ("params < 5MB", "--where params < 5MB: `5MB` has the wrong unit for params", "write 5M or 600K"),
        ("params < ~5M", "--where params < ~5M: a bound is exact, here `~5M`", "write 5M"),
        ("macs 5M..4M", "--where macs 5M..4M: `5M..4M` is empty", "the smaller end first: 4M..5M"),
    ],
)
def test_conditions_that_are_none(text, what, help):
    with pytest.raises(UsageError) as caught:
        condition(text, AXES)
    assert (caught.value.what, caught.value.help) == (what, help)


def test_the_front_is_what_no_other_point_beats():
    points = [
        point("a", params=1, macs=9), point("b", params=2, macs=5), point("c", params=2, macs=6),
        point("d", params=3, macs=5), point("e", params=4, macs=1), point("f", params=4, macs=1),
    ]  # fmt: skip
    axes = (VariedAxis("name", tuple("abcdef")),)
    assert pareto(points, ["params", "macs"], axes) == {("a",), ("b",), ("e",), ("f",)}
    assert pareto(points, ["params"], axes) == {("a",)}
    assert pareto(points, ["+params"], axes) == {("e",), ("f",)}
    assert pareto(points, ["params", "macs", "+params"], axes) == {("a",), ("b",), ("d",), ("e",), ("f",)}


def test_the_front_against_every_pair():
    points = [point(str(i), params=i * 7 % 11, macs=i * 5 % 13) for i in range(40)]
    axes = (VariedAxis("name", tuple(map(str, range(40)))),)
    scores = {item.values: (item.figure("params"), item.figure("macs")) for item in points}
    expected = {
        values
        for values, (a, b) in scores.items()
        if not any(c <= a and d <= b and (c, d) != (a, b) for c, d in scores.values())
    }
    assert pareto(points, ["params", "macs"], axes) == expected


def test_sorting_by_a_word_takes_the_order_it_was_given_in():
    points = [point("1", "large"), point("0.5", "small")]
    assert [item.values for item in sorted(points, key=sort_key("mode", AXES))] == [("0.5", "small"), ("1", "large")]
    assert [item.values[0] for item in sorted(points, key=sort_key("width", AXES))] == ["0.5", "1"]
