"""The colours of pictures: one for each family of layers, on light and on dark, told apart by every eye.

Hue alone does not do: the edges differ in lightness as well. Tests hold the contrast of all text (WCAG 2.2) and the
distance of the edges for protan, deutan and tritan eyes (Machado, Oliveira, Fernandes 2009).
"""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """Of a box."""

    fill: str
    edge: str


class Theme(NamedTuple):
    """Of a page, and of each family of boxes on it."""

    page: str
    ink: str
    soft: str
    """Text of less weight."""
    wire: str
    line: str
    """The border of frames."""
    frames: tuple[str, str]
    """The fill of frames, in turn from level to level."""
    least: str
    most: str
    """The ends of the scale by which boxes are shaded."""
    families: dict[str, Colours]


LIGHT = Theme(
    "#ffffff", "#16202c", "#4a5566", "#566274", "#8492a4", ("#f5f7fa", "#ffffff"), "#f3f6fa", "#0b4f8a",
    {
        "input": Colours("#eef0f3", "#5f6b7a"), "conv": Colours("#dce9f8", "#0a4a9e"),
        "linear": Colours("#fdebd0", "#ab5d0d"), "pool": Colours("#f8dcd4", "#6b1f14"),
        "activation": Colours("#fbf6c8", "#a89200"), "norm": Colours("#ececec", "#636a71"),
        "merge": Colours("#d3f1e4", "#0d8560"), "attention": Colours("#fbe0f1", "#de2da1"),
        "shape": Colours("#e9e3fb", "#6a35d6"), "group": Colours("#ffffff", "#5b6577"),
    },
)  # fmt: skip

DARK = Theme(
    "#12161c", "#eef2f7", "#b4bfcd", "#93a0b2", "#5f6c7e", ("#1a2029", "#151a21"), "#202833", "#7cc4ff",
    {
        "input": Colours("#2a2f37", "#a3adba"), "conv": Colours("#12304f", "#3ba3fb"),
        "linear": Colours("#4a3208", "#fb9a1a"), "pool": Colours("#4d2113", "#e0583c"),
        "activation": Colours("#3f3a0c", "#f5ee7a"), "norm": Colours("#303030", "#868c94"),
        "merge": Colours("#0d3b2f", "#3ce8a8"), "attention": Colours("#472138", "#f6aee2"),
        "shape": Colours("#2c2758", "#8068fa"), "group": Colours("#1d222b", "#8b96a8"),
    },
)  # fmt: skip

THEMES = {"light": LIGHT, "dark": DARK}

TITLES = {
    "input": "input", "conv": "convolution", "linear": "fully connected", "pool": "pooling",
    "activation": "activation", "norm": "norm, dropout", "merge": "merge", "attention": "attention, recurrent",
    "shape": "shape only", "group": "folded group",
}  # fmt: skip
"""What the legend calls each."""

_DRAWN_AS = {
    "input": "input", "group": "group", "conv": "conv", "linear": "linear",
    "embedding": "linear", "pool": "pool", "subsampling": "pool", "activation": "activation",
    "norm": "norm", "regularize": "norm", "merge": "merge", "attention": "attention",
    "recurrent": "attention",
}  # fmt: skip
"""A family of kinds -> the family of colours."""

BLACK, WHITE = "#000000", "#ffffff"


def drawn_as(family: str) -> str:
    """The family of colours for a family of kinds; what only changes a shape has one together."""
    return _DRAWN_AS.get(family, "shape")


def solid(theme: Theme, family: str) -> Colours:
    """A family's colour for what has no border: a bar."""
    edge = theme.families[family].edge
    return Colours(edge, edge)


def series(theme: Theme) -> tuple[Colours, ...]:
    """Colours for parts that are no families: as far apart as those of the palette are, the last without a hue."""
    return tuple(solid(theme, family) for family in ("conv", "linear", "norm"))


def marks(theme: Theme) -> tuple[Colours, ...]:
    """The same three for marks with a border."""
    return tuple(theme.families[family] for family in ("conv", "linear", "norm"))


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two: 0 is the first, 1 the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """How much lighter one colour is, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, from 0 to 1 (WCAG 2.2)."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in map(_scaled, _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def legible_on(fill: str) -> str:
    """Black or white, whichever is read better."""
    return WHITE if contrast(fill, WHITE) > contrast(fill, BLACK) else BLACK


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _scaled(channel: int) -> float:
    return channel / 255
