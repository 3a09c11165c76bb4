"""One sentence where there is no GPU; and the GPU itself, where there is one."""

from __future__ import annotations

from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from test_engine import error

from archcalc.errors import BackendError, UnsupportedError
from archcalc.network import load, loads
from archcalc.numeric.gpu import cupy_device as module
from archcalc.numeric.gpu.cupy_device import CupyDevice

REPAIR = "pip install 'archcalc[gpu]' on a machine with an NVIDIA GPU; without one: --backend numpy"


def test_without_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(UnsupportedError) as caught:
        CupyDevice("float32")
    assert (caught.value.what, caught.value.help) == ("--backend cupy needs CuPy, which is not installed", REPAIR)
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("driver", [True, False])
def test_without_a_gpu(driver: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a driver there are none; without one CuPy says so by an error of its own."""

    class CUDARuntimeError(RuntimeError): ...

    def count() -> int:
        if driver:
            return 0
        raise CUDARuntimeError("cudaErrorInsufficientDriver")

    runtime = SimpleNamespace(getDeviceCount=count, CUDARuntimeError=CUDARuntimeError)
    monkeypatch.setattr(module, "find_spec", lambda name: object())
    monkeypatch.setattr(module, "import_module", lambda name: SimpleNamespace(cuda=SimpleNamespace(runtime=runtime)))
    with pytest.raises(BackendError) as caught:
        CupyDevice("float32")
    what = "--backend cupy needs an NVIDIA GPU and its driver, and there is none here"
    assert (caught.value.what, caught.value.help, caught.value.exit_code) == (what, REPAIR, 6)


@pytest.fixture
def gpu():
    """A maker of devices; skips without a GPU."""
    if find_spec("cupy") is None:
        pytest.skip("CuPy is not installed")
    try:
        CupyDevice("float32")
    except BackendError as reason:
        pytest.skip(reason.what)
    return CupyDevice


@pytest.mark.gpu
@pytest.mark.parametrize("library", [True, False], ids=["cudnn", "own kernels"])
@pytest.mark.parametrize(
    ("dtype", "tf32", "most"), [("float32", False, 1e-4), ("float32", True, 2e-2), ("float16", False, 5e-2)]
)
@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet", "mobilenet_v2", "densenet121"])
def test_a_bundled_net_on_the_gpu(name: str, dtype: str, tf32: bool, most: float, library: bool, gpu) -> None:
    device = gpu(dtype, tf32)
    if library and device.convolutions is None:
        pytest.skip("cuDNN's frontend is not installed")
    if not library:
        device.convolutions = None
    shape = None if name == "lenet5" else "3x64x64"
    assert error(load(name, input=shape).graph, device, dtype) < most


@pytest.mark.gpu
def test_a_replayed_graph_gives_what_the_steps_gave(gpu) -> None:
    net = loads("name: net\ninput: 3x11x13\nlayers:\n  a: conv 7 3x3 act=relu\n  b: max_pool 2x2\n")
    assert error(net.graph, gpu("float32"), "float32") < 1e-4
