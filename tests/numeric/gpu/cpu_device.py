"""The GPU's kernels on the CPU: a C++ compiler builds `kernels.cu` behind a few definitions, NumPy holds the arrays."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from archcalc.numeric.gpu.sources import signatures, source

COMPILER = shutil.which("g++") or shutil.which("c++")

_BEFORE = """
#include <cmath>
using std::exp;
using std::pow;
#define __global__
#define __device__
struct Axis { int x; };
static Axis blockIdx{0}, threadIdx{0}, blockDim{1}, gridDim{1};
"""


class CpuDevice:
    """Runs each kernel in one thread that strides over all of its work."""

    xp = np
    convolutions = None

    def __init__(self, dtype: str, folder: Path) -> None:
        self.sums = {"float32": ctypes.c_float, "float64": ctypes.c_double}[dtype]
        text, library = folder / f"kernels_{dtype}.cpp", folder / f"kernels_{dtype}.so"
        text.write_text(_BEFORE + source(dtype), encoding="utf-8")
        command = [COMPILER, "-O1", "-std=c++17", "-shared", "-fPIC", "-Wno-unknown-pragmas", str(text)]
        subprocess.run([*command, "-o", str(library)], check=True, capture_output=True)
        self.kernels = ctypes.CDLL(str(library))
        self.launched: list[str] = []

    def launch(self, kernel: str, count: int, *arguments: object) -> None:
        assert count >= 0
        self.launched.append(kernel)
        parameters = signatures()[kernel]
        cast = [self._cast(p, a) for p, a in zip(parameters, arguments, strict=True)]
        getattr(self.kernels, kernel)(*cast)

    def product(self, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
        assert all(x.flags.c_contiguous for x in (a, b, out))
        np.matmul(a, b, out=out)

    def active(self) -> nullcontext:
        return nullcontext()

    def capture(self, _: object) -> None:
        return None

    def seconds(self, step) -> float:
        step()
        return 0.0

    def _cast(self, parameter, value):
        if parameter.pointer:
            return ctypes.c_void_p(None if value is None else value.ctypes.data)
        return {"int": ctypes.c_int, "Index": ctypes.c_longlong, "A": self.sums}[parameter.type](value)
