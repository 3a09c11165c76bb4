"""Every text is legible, and every family is told apart, by eyes that lack a cone, too."""

from __future__ import annotations

from itertools import combinations

import pytest

from archcalc.report.drawing.palette import THEMES, contrast, legible_on, luminance, mixed

MACHADO = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira, Fernandes 2009, A Physiologically-based Model for Simulation of Color Vision Deficiency, Table 1,
severity 1.0; on linear RGB."""

TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
"""sRGB to XYZ, D65 (IEC 61966-2-1)."""

WHITE = (0.95047, 1.0, 1.08883)


def linear(colour):
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(rgb):
    def f(t):
        return t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29

    x, y, z = (f(v / w) for v, w in zip(times(TO_XYZ, rgb), WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one, other, eye):
    """The difference of two colours, CIE 1976."""
    seen = [lab([min(max(v, 0), 1) for v in times(MACHADO[eye], linear(c))]) for c in (one, other)]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


@pytest.mark.parametrize("name", THEMES)
def test_text_is_legible(name):
    theme = THEMES[name]
    for colours in theme.families.values():
        assert contrast(theme.ink, colours.fill) >= 7  # WCAG 2.2, 1.4.6 (AAA)
        assert contrast(theme.soft, colours.fill) >= 4.5  # WCAG 2.2, 1.4.3 (AA)
        assert contrast(colours.edge, theme.page) >= 3  # WCAG 2.2, 1.4.11
    for ground in (theme.page, *theme.frames):
        assert contrast(theme.ink, ground) >= 7
        assert contrast(theme.soft, ground) >= 4.5
    assert contrast(theme.wire, theme.page) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_text_on_every_shade_is_legible(name):
    theme = THEMES[name]
    shades = [mixed(theme.least, theme.most, step / 100) for step in range(101)]
    assert min(contrast(shade, legible_on(shade)) for shade in shades) >= 4.5


@pytest.mark.parametrize("eye", MACHADO)
@pytest.mark.parametrize("name", THEMES)
def test_families_are_told_apart_by_every_eye(name, eye):
    edges = {family: colours.edge for family, colours in THEMES[name].families.items()}
    del edges["group"], edges["input"]  # of another shape
    assert min(distance(a, b, eye) for a, b in combinations(edges.values(), 2)) >= 12


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000000", "#ffffff"), 6) == 21
    assert luminance("#ffffff") == pytest.approx(1)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
