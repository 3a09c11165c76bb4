"""Numbers under `weights:` at their tensors; tests/cases/invalid/weights_*.yaml has what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc.errors import SpecErrors

HEAD = "input: 1x5\nparams: {k: 2, twice: yes}\nlayers:\n  a: conv 2 k\n  b: {op: conv 2 1, repeat: 2}\n"


def stated(text, name="net", **options):
    found = archcalc.loads(HEAD + text, name, **options).graph.stated
    return {name: array.cells for name, array in found.items()}


@pytest.mark.parametrize(
    ("entry", "cells"),
    [
        ("a: [[1, 2], [3, 4]]", (1, 2, 3, 4)),
        ("a: [[[1, 2]], [[3, 4]]]", (1, 2, 3, 4)),
        ("a: [1 2, 3 4]", (1, 2, 3, 4)),
        ("a: 1 2 || 3 4", (1, 2, 3, 4)),
        ("a: '[[1, 2], [3, 4]]'", (1, 2, 3, 4)),
        ("a: |\n    1 2\n    3 4\n", (1, 2, 3, 4)),
        ("a:\n    - [1, 2]\n    - 3 4\n", (1, 2, 3, 4)),
        ("a: [[1/3, -.5], [−2, 1e-2]]", (Fraction(1, 3), Fraction(-1, 2), -2, Fraction(1, 100))),
        ("a: 7", (7, 7, 7, 7)),
        ("a.weight: 7", (7, 7, 7, 7)),
        ("/a: 7", (7, 7, 7, 7)),
    ],
)
def test_how_numbers_are_written(entry, cells):
    assert stated(f"weights:\n  {entry}\n") == {"a.weight": cells}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("{b.0: 1}", {"b.0.weight": (1,) * 4}),
        ("{'b.*': 1}", {"b.0.weight": (1,) * 4, "b.1.weight": (1,) * 4}),
        ("{'b.*': 1, b.1: 2}", {"b.0.weight": (1,) * 4, "b.1.weight": (2,) * 4}),
        ("{b.1: 2, 'b.*': 1}", {"b.0.weight": (1,) * 4, "b.1.weight": (2,) * 4}),
        ("{'*.bias': 3}", {"a.bias": (3, 3), "b.0.bias": (3, 3), "b.1.bias": (3, 3)}),
    ],
)
def test_patterns_and_names(entries, expected):
    assert stated(f"weights: {entries}\n") == expected


def test_two_patterns_for_one_tensor():
    with pytest.raises(SpecErrors, match=r"the numbers of `b\.1\.weight` stand twice"):
        stated("weights: {'b.*': 1, '*.1': 2}\n")


VARIANTS = "weights: {a: [[1, 2], [3, 4]], a.bias: 5}\nvariants:\n  own: {weights: {a: 7}}\n  wide: {k: 3}\n"


def test_a_variant_has_its_own_and_keeps_the_others():
    assert stated(VARIANTS, variant="own") == {"a.weight": (7,) * 4, "a.bias": (5, 5)}


@pytest.mark.parametrize("options", [{"variant": "wide"}, {"set": {"k": 3}}, {"variant": "own", "set": {"k": 3}}])
def test_what_no_longer_fits_is_left_out_and_told(options):
    net = archcalc.loads(HEAD + VARIANTS, **options)
    assert net.graph.stated["a.bias"].cells == (5, 5)
    assert net.graph.unfit == ("`a.weight` is 2x1x3, the weights are 2x2",)
    assert "left out of the spec's weights: `a.weight` is 2x1x3, the weights are 2x2" in net.notes()


def test_in_the_variant_that_states_them_they_have_to_fit():
    with pytest.raises(SpecErrors, match=r"`a\.bias` is 2, the weights are 3") as caught:
        stated("variants: {wide: {k: 3, weights: {a.bias: [1, 2, 3]}}}\n", variant="wide")
    assert caught.value.errors[0].place.line == 6
    assert stated("variants: {wide: {k: 3, weights: {a.bias: [1, 2, 3]}}}\n") == {}


def test_a_param_called_weights_is_still_one():
    text = "{input: 1x5, params: {weights: 2}, layers: {a: conv weights 1}, variants: {wide: {weights: 3}}}"
    assert archcalc.loads(text, variant="wide").graph.nodes[0].shape == (3, 5)


def test_with_another_input_too():
    assert archcalc.loads(HEAD + VARIANTS, input="1x9").graph.unfit == ()
    net = archcalc.loads(HEAD + VARIANTS, input="3x9")
    assert net.graph.unfit == ("`a.weight` is 2x3x2, the weights are 2x2",)


def test_a_bare_number_has_a_limit():
    """1000·1001 is over a million."""
    with pytest.raises(SpecErrors, match=r"`a\.weight` has 1,001,000 numbers, a spec states at most 1,000,000"):
        archcalc.loads("{input: 1001, layers: {a: linear 1000}, weights: {a: 0}}")
