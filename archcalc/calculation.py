"""`archcalc.values("conv", [[1, 2], [3, 4]], weights="1 -1;1 1")`: one layer on a small array of exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.analysis.values.backward import LayerGradients
from archcalc.analysis.values.forward import LayerValues
from archcalc.analysis.values.small import small_gradients, small_layer

Rows = str | Sequence[Any]
"""`1 2;3 4`, or nested lists of ints and Fractions."""


def values(
    kind: str,
    x: Rows,
    *,
    weights: Rows | None = None,
    bias: Rows | None = None,
    flip: bool = False,
    backward: Rows | int | None = None,
    **options: Any,
) -> LayerValues | LayerGradients:
    """A layer of a kind on a small array, each step with its window and its products; with `backward` the way back.

    >>> found = archcalc.values("conv", [[1, 2, 0], [3, 4, 1], [0, 1, 2]], weights="1 0;0 -1")
    >>> [*found.output.rows()]
    [(-3, 1), (2, 2)]

    Args:
        flip: turn the kernel around first, as a convolution in mathematics does.
        backward: the gradient of the output, or one number for each of its values.
        options: arguments of the kind: kernel_size, stride, padding, dilation, groups.

    Raises:
        UsageError: for arrays that are none, are too large, or do not fit.
        SpecError: for a layer that does not fit the array.
    """
    kernel, offsets = (None if rows is None else _written(rows) for rows in (weights, bias))
    found = small_layer(kind, _written(x), kernel, offsets, flip, **options)
    return found if backward is None else small_gradients(found, _written(backward))


def _written(rows: Rows | int) -> str:
    """Lists as the command line writes them."""
    if isinstance(rows, str | int):
        return str(rows)
    return f"[{', '.join(map(_written, rows))}]" if isinstance(rows, Sequence) else str(rows)
