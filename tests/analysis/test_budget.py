"""Bounds on the command line, held against figures from other sources."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.analysis.budget import at_most, check_budgets, least_field, required
from archcalc.errors import UnknownName, UsageError


def result_of(spec, budget):
    (result,) = check_budgets(archcalc.load(spec).graph, "net.yaml", [budget])
    return result


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("--max-params", "61,706", True),  # the lecture's sum
        ("--max-params", "61705", False),
        ("--max-params", "61.7K", False),
        ("--max-params", "0.1M", True),
        ("--max-macs", "416,520", True),
        ("--max-macs", "416.5K", False),
        ("--max-weights", "246824B", True),  # 4 * 61,706
        ("--max-weights", "246kB", False),
        ("--max-peak", "37,632", True),  # conv1 and its tanh: 2 * 4,704 values of 4 bytes
        ("--max-peak", "36KiB", False),
    ],
)
def test_bounds(option, text, expected):
    assert result_of("lenet5", at_most(option, text)).holds is expected


def test_a_result_says_both_sides():
    result = result_of("lenet5", at_most("--max-params", "60K"))
    assert (result.subject, result.claimed, result.actual, result.holds) == ("params", "at most 60K", 61_706, False)
    assert (result.source, str(result.place)) == ("--max-params", "net.yaml:1:1")


@pytest.mark.parametrize(
    ("option", "text", "what", "help"),
    [
        ("--max-params", "5MB", "--max-params: `5MB` has the wrong unit for params", "write 5M or 600K"),
        ("--max-macs", "5MiB", "--max-macs: `5MiB` has the wrong unit for macs", "write 5M or 600K"),
        (
            "--max-peak", "5M", "--max-peak: `5M` has the wrong unit for peak_activation_bytes",
            "write 64MiB or 64MB",
        ),
        ("--max-params", "~5M", "--max-params: a bound is exact, here `~5M`", "write 5M"),
        ("--max-params", "5m", "--max-params: `m` is no unit", "write M for a million"),
    ],
)  # fmt: skip
def test_bounds_that_are_none(option, text, what, help):
    with pytest.raises(UsageError) as caught:
        at_most(option, text)
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
    result = result_of("alexnet", least_field(f"{layer}={least}"))
    assert (result.subject, result.claimed, result.actual) == (f"{layer}.rf", f"at least {least}", actual)
    assert result.holds is expected


def test_fields_of_layers_there_are_not():
    with pytest.raises(UnknownName) as caught:
        result_of("alexnet", least_field("conv6=3"))
    assert caught.value.what == "alexnet has no layer `conv6`"


def test_the_field_of_an_option():
    for text, subject, cells in (
        ("conv5=163", "conv5.rf", "at least 163"),
        (" layer1.0 = 51x35 ", "layer1.0.rf", "at least 51x35"),
        ("conv5>=163", "conv5.rf", "at least 163"),
    ):
        budget = least_field(text)
        assert (budget.demand.subject, budget.claimed, budget.demand.wanted.sign) == (subject, cells, ">=")
    for text in ("conv5", "conv5=", "=3", "conv5=a", "conv5<=3", "conv5=~3", "conv5=3..4"):
        with pytest.raises(UsageError) as caught:
            least_field(text)
        assert caught.value.what == f"--min-rf {text} is not LAYER=CELLS"


def test_any_other_demand():
    result = result_of("alexnet", required("pool5.out != 256x6x6"))
    assert (result.subject, result.claimed, result.actual) == ("pool5.out", "!= 256x6x6", (256, 6, 6))
    assert (result.holds, result.source) == (False, "--require")
    result = result_of("unet", required("logits.rf <= 200"))
    assert (result.actual, result.holds) == (None, False)
    assert result.reason == "logits has no single rf: 188 to 204, depending on the unit"


@pytest.mark.parametrize(
    ("text", "what", "help"),
    [
        ("parms < 5", "--require: unknown quantity `parms`", "did you mean `params`?"),
        ("conv5.rf >= 1x2x3", "--require: `conv5.rf >= 1x2x3` has 3 values, conv5.rf has 2 axes", None),
        ("rf >= 3", "--require: `rf` is a figure of a layer", "name it: conv5.rf"),
    ],
)
def test_demands_that_are_none(text, what, help):
    with pytest.raises(UsageError) as caught:
        result_of("alexnet", required(text))
    assert (caught.value.what, caught.value.help) == (what, help)
