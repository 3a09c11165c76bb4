"""The tensors a layer keeps: weights it learns, constants it holds, statistics it gathers."""

from __future__ import annotations

from math import prod, sqrt
from typing import Literal

from archcalc.core.record import record
from archcalc.core.shape import Shape

Role = Literal["trainable", "fixed", "buffer"]


@record
class Drawn:
    """Random values: normal, of mean 0 and this deviation, or that of He et al. 2015, sqrt(2 / fan_in)."""

    deviation: float | None = None
    fan_in: int | None = None
    """Products that one output value sums; None where they are those of all axes but the first."""

    def deviation_of(self, shape: Shape) -> float:
        """Of a tensor of this shape."""
        if self.deviation is not None:
            return self.deviation
        return sqrt(2 / max(1, prod(shape[1:]) if self.fan_in is None else self.fan_in))


HE = Drawn()
ZEROS = 0.0
ONES = 1.0

Fill = float | tuple[float, ...] | Drawn
"""What stands in a tensor that nobody has trained: one number everywhere, these in their order, or random ones."""


@record
class TensorSpec:
    """Shape, role and first values of one named tensor.

    `trainable` and `fixed` tensors are params (fixed: never learned, as LeNet-5's output codes); a `buffer`
    is state that is not a param (batch norm's running statistics).
    """

    shape: Shape
    role: Role = "trainable"
    fill: Fill = HE
    active: int | None = None
    """Slices along the first axis that one token reads, where it does not read all: those of the chosen experts."""

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def active_elements(self) -> int:
        """Values that one token reads."""
        return self.elements if self.active is None else self.active * prod(self.shape[1:])
