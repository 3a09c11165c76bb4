"""The tensors a layer keeps: weights it learns, constants it holds, statistics it gathers."""

from __future__ import annotations

from math import prod
from typing import Literal

from archcalc.core.record import record
from archcalc.core.shape import Shape

Role = Literal["trainable", "fixed", "buffer"]


@record
class TensorSpec:
    """Shape and role of one named tensor.

    `trainable` and `fixed` tensors are params (fixed: never learned, as LeNet-5's output codes); a `buffer`
    is state that is not a param (batch norm's running statistics).
    """

    shape: Shape
    role: Role = "trainable"

    @property
    def elements(self) -> int:
        return prod(self.shape)
