"""Formulas for LaTeX's math mode."""

from __future__ import annotations

import pytest

from archcalc.report.network.formula import latex


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("55", "55"),
        ("34,944", "34{,}944"),
        ("⌊(W − K + 2P)/s⌋ + 1", r"\left\lfloor \frac{W - K + 2P}{s} \right\rfloor + 1"),
        ("⌊(W − K_eff + P1 + P2)/s⌋", r"\left\lfloor \frac{W - K_{\mathrm{eff}} + P_1 + P_2}{s} \right\rfloor"),
        ("d(K − 1) + 1", "d(K - 1) + 1"),
        ("(K·K·C_in + 1)·C_out", r"(K \cdot K \cdot C_{\mathrm{in}} + 1) \cdot C_{\mathrm{out}}"),
        ("(⌈29/2⌉ − 1)·2 + 5 − 29", r"(\left\lceil \frac{29}{2} \right\rceil - 1) \cdot 2 + 5 - 29"),
        ("max(⌈W/s⌉ − W, 0)", r"\max(\left\lceil \frac{W}{s} \right\rceil - W, 0)"),
        ("⌊(a)·(b)/c⌋", r"\left\lfloor \frac{(a) \cdot (b)}{c} \right\rfloor"),
        ("⌊⌊W/2⌋/2⌋", r"\left\lfloor \frac{\left\lfloor \frac{W}{2} \right\rfloor}{2} \right\rfloor"),
        ("W mod 2", r"W \bmod 2"),
        ("W_h·f", r"W_h \cdot f"),
        ("in_features·2", r"\mathrm{in\_features} \cdot 2"),
    ],
)
def test_latex(formula, expected):
    assert latex(formula) == expected
