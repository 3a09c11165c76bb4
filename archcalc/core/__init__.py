"""Shapes, windows, work and tensors: plain arithmetic on ints, standard library only."""

from archcalc.core.shape import Shape
from archcalc.core.tensor import HE, ONES, ZEROS, Drawn, Fill, TensorSpec
from archcalc.core.window import (
    SPREAD,
    WHOLE,
    AdaptiveWindow,
    AxisWindow,
    CubicWindow,
    InterpolatingWindow,
    NearestWindow,
    PartitionAxis,
    PickedAxis,
    SampledWindow,
    SpreadAxis,
    TransposedWindow,
    WholeAxis,
    Window,
    WrappedAxis,
)
from archcalc.core.work import NO_WORK, Work

__all__ = [
    "HE",
    "NO_WORK",
    "ONES",
    "SPREAD",
    "WHOLE",
    "ZEROS",
    "AdaptiveWindow",
    "AxisWindow",
    "CubicWindow",
    "Drawn",
    "Fill",
    "InterpolatingWindow",
    "NearestWindow",
    "PartitionAxis",
    "PickedAxis",
    "SampledWindow",
    "Shape",
    "SpreadAxis",
    "TensorSpec",
    "TransposedWindow",
    "WholeAxis",
    "Window",
    "Work",
    "WrappedAxis",
]
