"""The matrices of Winograd's minimal filtering F(m x m, 3 x 3): y = A^T [(G g G^T) * (B^T d B)] A.

Built from interpolation points by the rule of Cook and Toom. The points are exact in binary, so B and A are too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import prod

import numpy as np

from archcalc.core.record import record
from archcalc.numeric.namespace import Array

TAPS = 3
_FILTERS = 32
POINTS = {
    2: (Fraction(0), Fraction(1), Fraction(-1)),
    4: (Fraction(0), Fraction(3, 4), Fraction(-3, 4), Fraction(3, 2), Fraction(-3, 2)),
}
"""Outputs of a tile along an axis -> the finite points; infinity is the last one. 3/4 and 3/2 err less than 1 and 2."""


@record
class Matrices:
    """For tiles of m outputs along an axis, n = m + 2 inputs; float64."""

    values: Array
    """B^T (n, n): what is done with the values of a tile."""
    weights: Array
    """G (n, 3)."""
    products: Array
    """A^T (m, n)."""


@cache
def matrices(m: int, taps: int = TAPS) -> Matrices:
    """Of F(m, taps); those with tiles of one size share their points."""
    points = POINTS[m + taps - TAPS]
    values = [[*_polynomial([q for q in points if q != p]), Fraction(0)] for p in points]
    values.append(_polynomial(points))
    weights = [[p**k / prod((p - q for q in points if q != p), start=Fraction(1)) for k in range(taps)] for p in points]
    weights.append([Fraction(0)] * (taps - 1) + [Fraction(1)])
    products = [[*(p**i for p in points), Fraction(int(i == m - 1))] for i in range(m)]
    return Matrices(*(np.array(rows, np.float64) for rows in (values, weights, products)))


def transformed_weights(weight: Array, m: int) -> Array:
    """(F, C, taps, taps) -> G g G^T of every pair of channels, (frequencies, C, F), in the type of the weight."""
    g = matrices(m, weight.shape[-1]).weights
    out = np.empty((len(g), len(g), weight.shape[1], weight.shape[0]), weight.dtype)
    for first in range(0, len(weight), _FILTERS):  # all of them in float64 would be the largest array there is
        some = slice(first, first + _FILTERS)
        columns = np.tensordot(g, weight[some].astype(np.float64, copy=False), (1, 2))  # i, F, C, taps
        out[..., some] = np.tensordot(columns, g, (3, 1)).transpose(0, 3, 2, 1)
    return out.reshape(-1, weight.shape[1], weight.shape[0])


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """The coefficients of the product of (x - root), the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [a - root * b for a, b in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return coefficients
