"""What a layer makes of an image, and where a class comes from: made by `numeric`, drawn by `report`."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.tables.forward import InputOrigin

Rows = tuple[tuple[float, ...], ...]
"""A map, row by row."""


@record
class FeatureMap:
    """One channel of a layer's output."""

    channel: int
    values: Rows

    @property
    def minimum(self) -> float:
        return min(map(min, self.values))

    @property
    def maximum(self) -> float:
        return max(map(max, self.values))


@record
class FeatureMaps:
    """The first channels of a layer's output, of the first example."""

    origin: InputOrigin
    layer: str
    kind: str
    shape: Shape
    scale: str
    """`each`: every map from its own smallest to its own largest value; `all`: all from the smallest to the largest."""
    maps: tuple[FeatureMap, ...]

    def bounds(self, shown: FeatureMap) -> tuple[float, float]:
        """The values that are drawn darkest and brightest."""
        if self.scale == "each":
            return shown.minimum, shown.maximum
        return min(one.minimum for one in self.maps), max(one.maximum for one in self.maps)


@record
class ScoredClass:
    """The class of an output that is looked at."""

    output: str
    kind: str
    """Of the layer that gives the output."""
    index: int
    label: str | None
    score: float


@record
class Patches:
    """The patches that covered the input, one after the other."""

    size: int
    stride: int
    fill: str
    """What they hold: `grey` or `zero`."""
    tops: tuple[int, ...]
    lefts: tuple[int, ...]


@record
class HeatMap:
    """How much each place of the input speaks for a class.

    With patches the value at (i, j) is by how much the score falls where the patch at tops[i], lefts[j] covers the
    input; else it is the class activation at a place of the layer's map.
    """

    origin: InputOrigin
    scored: ScoredClass
    layer: str | None
    """Whose map it is; None for patches."""
    patches: Patches | None
    size: tuple[int, int]
    """Height and width of the input."""
    values: Rows
