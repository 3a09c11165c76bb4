"""Shapes, windows, work and tensors: plain arithmetic on ints, standard library only."""

from archcalc.core.shape import Shape
from archcalc.core.tensor import TensorSpec
from archcalc.core.window import (
    SPREAD,
    WHOLE,
    AdaptiveWindow,
    AxisWindow,
    InterpolatingWindow,
    NearestWindow,
    PartitionAxis,
    SampledWindow,
    SpreadAxis,
    TransposedWindow,
    WholeAxis,
    Window,
)
from archcalc.core.work import NO_WORK, Work

__all__ = [
    "NO_WORK",
    "SPREAD",
    "WHOLE",
    "AdaptiveWindow",
    "AxisWindow",
    "InterpolatingWindow",
    "NearestWindow",
    "PartitionAxis",
    "SampledWindow",
    "Shape",
    "SpreadAxis",
    "TensorSpec",
    "TransposedWindow",
    "WholeAxis",
    "Window",
    "Work",
]
