"""The text of the kernels."""

from __future__ import annotations

import pytest

from archcalc.numeric.gpu.sources import KernelParameter, signatures, source


def test_signatures_are_read_from_the_text() -> None:
    found = signatures()
    assert found["to_nhwc"] == (
        KernelParameter("x", "T", True),
        KernelParameter("y", "T", True),
        *(KernelParameter(name, "int", False) for name in ("N", "C", "cells", "ld")),
    )
    assert [p.name for p in found["epilogue"]] == [
        "x", "x_ld", "y", "y_ld", "rows", "C", "bias", "residual", "r_ld", "low", "high",
    ]  # fmt: skip
    assert found["epilogue"][-1] == KernelParameter("high", "A", False)
    assert found["winograd_input_4"] == found["winograd_input_2"]
    assert set(found) == {
        "to_nhwc", "to_nchw", "epilogue", "scale_shift", "im2col", "winograd_input_4", "winograd_output_4",
        "winograd_input_2", "winograd_output_2", "depthwise", "max_pool", "avg_pool", "global_avg",
        "local_response_norm", "softmax",
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_nvidias_compiler_takes_the_text(dtype: str) -> None:
    """NVRTC needs no GPU."""
    pytest.importorskip("cupy", reason="CuPy is not installed")
    from cupy.cuda import nvrtc

    try:
        program = nvrtc.createProgram(source(dtype), "kernels.cu", (), ())
    except (RuntimeError, ImportError, OSError) as error:
        pytest.skip(f"no NVRTC: {error}")
    if dtype == "float16":
        pytest.skip("its header comes with CUDA; tested where there is a GPU")
    nvrtc.compileProgram(program, ("--gpu-architecture=compute_80", "--std=c++17"))
    assert all(name in nvrtc.getPTX(program).decode() for name in signatures())
