"""The device of these tests: the GPU's own kernels, built for the CPU."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cpu_device import COMPILER, CpuDevice


@pytest.fixture(scope="session")
def devices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CpuDevice]:
    """A device for float32 and one for float64."""
    if COMPILER is None:
        pytest.skip("no C++ compiler to build the GPU's kernels with")
    folder = tmp_path_factory.mktemp("kernels")
    return {dtype: CpuDevice(dtype, folder) for dtype in ("float32", "float64")}
