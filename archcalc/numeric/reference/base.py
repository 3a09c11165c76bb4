"""What every forward takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archcalc.numeric.namespace import Array

Tensors = Mapping[str, Array]
"""The tensors of one layer by their names in it: weight, bias, running_mean."""

Forward = Callable[..., Array]
"""forward(layer, tensors, *x) -> y; every array has the batch as its first axis, then the example's shape."""

Layer = Any
"""A layer of the family, in forwards that serve kinds of several classes."""
