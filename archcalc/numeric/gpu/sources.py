"""The text of the kernels for one type of values, and what each kernel takes.

`kernels.cu` is plain CUDA C++ without shared memory or synchronisation. So any C++ compiler can build it with a few
definitions before it, and the tests run it on the CPU.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from archcalc.core.record import record
from archcalc.numeric.engine.kernels.winograd_matrices import POINTS, matrices
from archcalc.numeric.namespace import Array

TYPES = {"float32": ("float", "float"), "float64": ("double", "double"), "float16": ("__half", "float")}
"""Dtype -> the type of values, and the type in which sums are taken."""

_KERNEL = re.compile(r'extern "C" __global__ void (\w+)\(([^)]*)\)')


@record
class KernelParameter:
    """One argument of a kernel."""

    name: str
    type: str
    """T, A, int or Index."""
    pointer: bool


def source(dtype: str) -> str:
    """The whole text for one type of values."""
    value, sum_ = TYPES[dtype]
    half = "#include <cuda_fp16.h>\n" if dtype == "float16" else ""
    tables = "".join(_matrix(f"{name}{m}", getattr(matrices(m), field)) for m in POINTS for name, field in _TABLES)
    pickers = "".join(_picker(name) for name, _ in _TABLES)
    return f"{half}typedef {value} T;\ntypedef {sum_} A;\n{tables}{pickers}{_text()}"


@cache
def signatures() -> dict[str, tuple[KernelParameter, ...]]:
    """Kernel -> its parameters, read from the text itself."""
    text = _text().replace("\\\n", " ")
    found = {}
    for name, parameters in _KERNEL.findall(_opened(text)):
        found[name] = tuple(_parameter(" ".join(part.split())) for part in parameters.split(","))
    return found


_TABLES = (("BT", "values"), ("AT", "products"))


def _text() -> str:
    return Path(__file__).with_name("kernels.cu").read_text(encoding="utf-8")


def _opened(text: str) -> str:
    """The text with its two Winograd kernels written out for each size of a tile, as the preprocessor does."""
    pattern = re.compile(r"(extern \"C\" __global__ void \w+_)##M")
    return "".join(pattern.sub(rf"\g<1>{m}", text) for m in POINTS)


def _parameter(text: str) -> KernelParameter:
    *words, name = text.replace("*", "* ").split()
    kind = " ".join(words)
    return KernelParameter(name, kind.replace("const", "").replace("*", "").strip(), "*" in kind)


def _matrix(name: str, values: Array) -> str:
    rows = ", ".join("{" + ", ".join(map(repr, row)) + "}" for row in values.tolist())
    return f"__device__ constexpr double {name}[{len(values)}][{len(values[0])}] = {{{rows}}};\n"


def _picker(name: str) -> str:
    """`BT<4>(i, k)`: an entry of the matrix for that size of a tile, known when the loops are unrolled."""
    cases = " : ".join(f"M == {m} ? {name}{m}[M == {m} ? i : 0][M == {m} ? k : 0]" for m in POINTS)
    return f"template <int M> __device__ constexpr A {name}(int i, int k) {{ return A({cases} : 0); }}\n"
