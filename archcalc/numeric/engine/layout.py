"""Where values lie: a map channels last in a base with zero borders, anything else as it is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from archcalc.core.record import record
from archcalc.numeric.namespace import Array

Box = tuple[int, int, int, int]
"""The rows h0 to h1 of the examples n0 to n1."""


@record
class Border:
    """Zero cells that a reader needs around a map."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def around(self, other: Border) -> Border:
        """The smallest border that serves both."""
        return Border(
            max(self.top, other.top),
            max(self.bottom, other.bottom),
            max(self.left, other.left),
            max(self.right, other.right),
        )


NO_BORDER = Border()


@record
class Map:
    """A map (N, C, H, W) inside a base (N, rows, columns, channels)."""

    base: Array
    top: int
    left: int
    first: int
    """The channel of the base that is its first one."""
    height: int
    width: int
    channels: int

    @property
    def at(self) -> tuple[int, int, int]:
        """The place of its first value in each example."""
        return self.top, self.left, self.first

    @property
    def view(self) -> Array:
        """(N, H, W, C)."""
        rows, columns = slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)
        return self.base[:, rows, columns, self.first : self.first + self.channels]

    @property
    def planes(self) -> Array:
        """(N, C, H, W), the order of everything outside the engine."""
        return self.view.transpose(0, 3, 1, 2)

    @property
    def borderless(self) -> bool:
        rows, columns = self.base.shape[1:3]
        return bool(rows == self.height and columns == self.width)

    @property
    def rows(self) -> Array:
        """(N H W, C) of a map without borders: a row for each place."""
        return self.base.reshape(-1, self.base.shape[3])[:, self.first : self.first + self.channels]

    def window_at(self, before: Iterable[int]) -> tuple[int, int, int]:
        """The place of the first tap of the first stop, so many cells before the map."""
        down, right = before
        return self.top - down, self.left - right, self.first


@record
class Planar:
    """A map in the order of everything outside the engine, inside a base (N, C, rows, columns)."""

    base: Array
    top: int
    left: int
    height: int
    width: int

    @property
    def planes(self) -> Array:
        """(N, C, H, W)."""
        return self.base[:, :, self.top : self.top + self.height, self.left : self.left + self.width]


def region(y: Map, box: Box) -> Array:
    """The block of a map, (n, h, W, C)."""
    n0, n1, h0, h1 = box
    return y.view[n0:n1, h0:h1]


def boxes(examples: int, rows: int, parts: int) -> list[Box]:
    """Cut so many rows of so many examples into at least `parts` blocks, if there are so many rows.

    Whole examples where there are enough of them, else the rows of each.
    """
    if examples >= parts:
        return [(n0, n1, 0, rows) for n0, n1 in _cuts(examples, parts)]
    each = -(-parts // examples)
    return [(n, n + 1, h0, h1) for n in range(examples) for h0, h1 in _cuts(rows, each)]


def _cuts(length: int, parts: int) -> list[tuple[int, int]]:
    parts = max(1, min(parts, length))
    edges = [part * length // parts for part in range(parts + 1)]
    return list(pairwise(edges))
