"""The GPU through CuPy: its arrays, its kernels, its products; and one sentence where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from archcalc.errors import BackendError, UnsupportedError
from archcalc.numeric.gpu.cudnn import Cudnn, installed
from archcalc.numeric.gpu.device import Step
from archcalc.numeric.gpu.sources import KernelParameter, signatures, source
from archcalc.numeric.namespace import Array

THREADS = 256
"""Of a block."""

MOST_BLOCKS = 1 << 16
"""Larger work is strided over by the kernels themselves."""

_HELP = "pip install 'archcalc[gpu]' on a machine with an NVIDIA GPU; without one: --backend numpy"


def cupy_with_a_gpu() -> Any:
    """The module `cupy`, where there is a GPU that it can use.

    Raises:
        UnsupportedError: where CuPy is not installed.
        BackendError: where there is no GPU.
    """
    if find_spec("cupy") is None:
        raise UnsupportedError("--backend cupy needs CuPy, which is not installed", help=_HELP)
    cupy = import_module("cupy")
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        count = 0
    if not count:
        raise BackendError("--backend cupy needs an NVIDIA GPU and its driver, and there is none here", help=_HELP)
    return cupy


class CupyDevice:
    """The current GPU.

    Args:
        dtype: float32, float64 or float16.
        tf32: whether products of float32 may be taken in TF32 (10 bits of fraction).
        exact: no Winograd and no FFT.

    Raises:
        UnsupportedError, BackendError: as `cupy_with_a_gpu`.
    """

    def __init__(self, dtype: str, tf32: bool = False, exact: bool = False) -> None:
        self.xp = cupy_with_a_gpu()
        self.dtype, self.tf32, self.exact = dtype, tf32, exact
        self.stream = self.xp.cuda.Stream(non_blocking=True)
        self._sums = np.float64 if dtype == "float64" else np.float32
        self._module = self.xp.RawModule(code=source(dtype), options=("--std=c++17",))
        self._kernels: dict[str, Any] = {}
        self.convolutions = self._cudnn()

    @property
    def name(self) -> str:
        """As its maker calls it."""
        properties = self.xp.cuda.runtime.getDeviceProperties(self.xp.cuda.Device().id)
        return str(properties["name"].decode())

    def launch(self, kernel: str, count: int, *arguments: Any) -> None:
        found = self._kernels.get(kernel) or self._kernels.setdefault(kernel, self._module.get_function(kernel))
        blocks = max(1, min(MOST_BLOCKS, -(-count // THREADS)))
        parameters = signatures()[kernel]
        cast = tuple(self._cast(p, value) for p, value in zip(parameters, arguments, strict=True))
        found((blocks,), (THREADS,), cast)

    def product(self, a: Array, b: Array, out: Array) -> None:
        cublas = self.xp.cuda.cublas
        handle = self.xp.cuda.device.get_cublas_handle()
        before = cublas.getMathMode(handle)
        cublas.setMathMode(handle, cublas.CUBLAS_TF32_TENSOR_OP_MATH if self.tf32 else cublas.CUBLAS_DEFAULT_MATH)
        try:
            self.xp.matmul(a, b, out=out)
        finally:
            cublas.setMathMode(handle, before)

    def active(self) -> AbstractContextManager[Any]:
        stream: AbstractContextManager[Any] = self.stream
        return stream

    def capture(self, steps: Sequence[Step]) -> Step:
        for step in steps:  # once for real: kernels are loaded and workspaces taken before the capture
            step()
        self.stream.synchronize()
        self.stream.begin_capture()
        for step in steps:
            step()
        graph = self.stream.end_capture()
        return lambda: graph.launch(self.stream)

    def seconds(self, step: Step) -> float:
        start, stop = self.xp.cuda.Event(), self.xp.cuda.Event()
        start.record(self.stream)
        step()
        stop.record(self.stream)
        stop.synchronize()
        return float(self.xp.cuda.get_elapsed_time(start, stop)) / 1000

    def _cudnn(self) -> Any:
        return Cudnn(self) if installed() else None

    def _cast(self, parameter: KernelParameter, value: Any) -> Any:
        """An argument as the kernel takes it."""
        if parameter.pointer:
            return np.uint64(0) if value is None else value
        return {"int": np.int32, "Index": np.int64, "A": self._sums}[parameter.type](value)
