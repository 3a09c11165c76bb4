"""Bounds on the command line, held against figures from other sources."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.budget import bound, check_bounds, check_fields, minimum
from archcalc.errors import UnknownName, UsageError


def holds(spec, quantity, text):
    (result,) = check_bounds(archcalc.load(spec).graph, "net.yaml", [bound(quantity, "--max", text)])
    return result.holds


@pytest.mark.parametrize(
    ("quantity", "text", "expected"),
    [
        ("params", "61,706", True),  # the lecture's sum
        ("params", "61705", False),
        ("params", "61.7K", False),
        ("params", "0.1M", True),
        ("macs", "416,520", True),
        ("macs", "416.5K", False),
        ("weight_bytes", "246824B", True),  # 4 * 61,706
        ("weight_bytes", "246kB", False),
        ("peak_activation_bytes", "37,632", True),  # conv1 and its tanh: 2 * 4,704 values of 4 bytes
        ("peak_activation_bytes", "36KiB", False),
    ],
)
def test_bounds(quantity, text, expected):
    assert holds("lenet5", quantity, text) is expected


def test_a_result_says_both_sides():
    (result,) = check_bounds(archcalc.load("lenet5").graph, "net.yaml", [bound("params", "--max-params", "60K")])
    assert (result.subject, result.claimed, result.actual, result.holds) == ("params", "at most 60K", 61_706, False)
    assert (result.source, str(result.place)) == ("--max-params", "net.yaml:1:1")


@pytest.mark.parametrize(
    ("quantity", "text", "what", "help"),
    [
        ("params", "5MB", "--max: 5MB has the wrong unit for params", "write 5M or 600K"),
        ("macs", "5MiB", "--max: 5MiB has the wrong unit for macs", "write 5M or 600K"),
        (
            "peak_activation_bytes", "5M", "--max: 5M has the wrong unit for peak_activation_bytes",
            "write 64MiB or 64MB",
        ),
        ("params", "~5M", "--max: a bound is exact, got ~5M", "write 5M"),
        ("params", "5m", "--max: `m` is no unit", "write M for a million"),
    ],
)  # fmt: skip
def test_bounds_that_are_none(quantity, text, what, help):
    with pytest.raises(UsageError) as caught:
        bound(quantity, "--max", text)
    assert (caught.value.what, caught.value.help) == (what, help)


@pytest.mark.parametrize(
    ("layer", "least", "actual", "expected"),
    [
        ("conv5", "163", 163, True),  # the well-known field of AlexNet's conv5
        ("conv5", "164", 163, False),
        ("conv1", "11", 11, True),
        ("conv5", "163x163", 163, True),
        ("conv5", "163x164", 163, False),
    ],
)
def test_fields(layer, least, actual, expected):
    (result,) = check_fields(archcalc.load("alexnet").graph, "net.yaml", {layer: least})
    assert (result.subject, result.claimed, result.actual) == (f"{layer}.rf", f"at least {least}", actual)
    assert result.holds is expected


def test_fields_of_layers_there_are_not():
    with pytest.raises(UnknownName) as caught:
        check_fields(archcalc.load("alexnet").graph, "net.yaml", {"conv6": "3"})
    assert caught.value.what == "alexnet has no layer `conv6`"


def test_minimum():
    assert minimum("conv5=163") == ("conv5", "163")
    assert minimum(" layer1.0 = 51x35 ") == ("layer1.0", "51x35")
    assert minimum("conv5>=163") == ("conv5", "163")
    for text in ("conv5", "conv5=", "=3", "conv5=a", "conv5<=3"):
        with pytest.raises(UsageError) as caught:
            minimum(text)
        assert caught.value.what == f"--min-rf {text} is not LAYER=CELLS"
