"""What a plan needs of the machine that it runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from archcalc.numeric.namespace import Array

Step = Callable[[], None]


class Device(Protocol):
    """What the steps of a plan need of the machine. The tests have one of NumPy and a C++ compiler."""

    xp: Any
    """The array library: the module `cupy`."""

    def launch(self, kernel: str, count: int, *arguments: Any) -> None:
        """Run a kernel of `kernels.cu` on `count` values; arguments by position, None for a null pointer."""

    def product(self, a: Array, b: Array, out: Array) -> None:
        """out = a b, of matrices or of stacks of them, all C-contiguous."""

    def active(self) -> AbstractContextManager[Any]:
        """While it is entered, everything runs in the device's own stream."""

    def capture(self, steps: Sequence[Step]) -> Step | None:
        """The steps as one launch; None where the device has no such thing."""

    def seconds(self, step: Step) -> float:
        """Run a step, and what it took."""

    @property
    def convolutions(self) -> Any:
        """A `cudnn.Cudnn`, or None where kernels of our own do it all."""


class CudaDevice(Device, Protocol):
    """What cuDNN needs, beside that."""

    dtype: str
    tf32: bool
    exact: bool
    stream: Any
