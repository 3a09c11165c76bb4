"""Explanations as LaTeX: sums of layers."""

from __future__ import annotations

import re

import pytest

import archcalc
from archcalc.report.network.explain import explanation_latex


@pytest.mark.parametrize(
    ("layers", "subject", "equation"),
    [
        # 2 channels in, 3 out, 2x3 on 5x7: 4x5 stops; then one 1x1 without a bias
        (
            "a: conv 3 2x3, b: conv 1 1 bias=no", "connections",
            r"(2 \cdot 3 \cdot 2 \cdot 3 \cdot 4 \cdot 5 + 3 \cdot 4 \cdot 5) + 3 \cdot 4 \cdot 5 = 840",
        ),
        (
            "a: conv 3 2x3, b: conv 1 1 bias=no", "params",
            r"(2 \cdot 3 \cdot 2 + 1) \cdot 3 + 1 \cdot 1 \cdot 3 \cdot 1 = 42",
        ),
        ("f: flatten", "params", "0 = 0"),
    ],
)  # fmt: skip
def test_a_sum_of_layers(layers, subject, equation):
    """A term that is a sum stays in brackets, a product does not get any; no terms are 0."""
    net = archcalc.loads(f"input: 2x5x7\nlayers: {{{layers}}}\n")
    text = explanation_latex(net.explain(subject))
    assert re.search(r"\\\[\n(.*)\n\\\]", text)[1] == equation
