"""What is asked of cuDNN: the fused graph of a convolution, and the fastest of its plans. A recorder stands for it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from archcalc.numeric.engine.kernels.base import Geometry
from archcalc.numeric.engine.layout import Map
from archcalc.numeric.gpu.convolution import Ends
from archcalc.numeric.gpu.cudnn import Cudnn, fused_graph

INF = float("inf")

# N=2, 6x11x13 -> 9 filters of 3x2, stride 2x1, padding 1 and 0 before, 3 groups: 9x6x12
GEOMETRY = Geometry(2, 6, 11, 13, 9, 6, 12, (3, 2), (2, 1), (1, 1), (1, 0), 3)


class Tensor:
    """A tensor of the recorder."""

    def __init__(self, name: str, **values) -> None:
        self.name, self.values = name, values

    def __getattr__(self, name: str):
        def set_(value):
            self.values[name.removeprefix("set_")] = value
            return self

        return set_


class Recorder:
    """A cuDNN graph that writes down what it is asked; each plan takes `times[index]` ms, or cannot be built."""

    def __init__(self, times=(), **words) -> None:
        self.words, self.calls, self.times = words, [], times

    def tensor(self, name: str, **values) -> Tensor:
        return Tensor(name, **values)

    def conv_fprop(self, **values) -> Tensor:
        return self._record("conv_fprop", values)

    def bias(self, **values) -> Tensor:
        return self._record("bias", values)

    def add(self, **values) -> Tensor:
        return self._record("add", values)

    def relu(self, **values) -> Tensor:
        return self._record("relu", values)

    def _record(self, what: str, values: dict) -> Tensor:
        self.calls.append((what, {k: v.name if isinstance(v, Tensor) else v for k, v in values.items()}))
        return Tensor(values["name"])

    def deselect_numeric_notes(self, notes) -> None:
        self.calls.append(("deselect", list(notes)))

    def get_execution_plan_count(self) -> int:
        return len(self.times)

    def build_plan_at_index(self, index: int) -> None:
        if self.times[index] is None:
            raise RuntimeError("not for this GPU")

    def get_workspace_size_plan_at_index(self, index: int) -> int:
        return 100 + index

    def execute_plan_at_index(self, pack, workspace, index, handle) -> None:
        self.calls.append(("execute", pack, workspace, index, handle))
        self.last = index

    def build_operation_graph(self) -> None: ...
    def create_execution_plans(self, modes) -> None: ...
    def check_support(self) -> None: ...


def library(times=()) -> SimpleNamespace:
    """What `import cudnn` gives."""
    made = []

    def pygraph(**words):
        made.append(Recorder(times, **words))
        return made[-1]

    notes = (
        "TENSOR_CORE",
        "DOWN_CONVERT_INPUTS",
        "REDUCED_PRECISION_REDUCTION",
        "FFT",
        "WINOGRAD",
        "WINOGRAD_TILE_4x4",
    )
    return SimpleNamespace(
        pygraph=pygraph, made=made,
        data_type=SimpleNamespace(FLOAT="float", HALF="half", DOUBLE="double"),
        heur_mode=SimpleNamespace(A="A", FALLBACK="fallback"),
        numerical_note=SimpleNamespace(**{name: name for name in notes}),
        cudnnGraphNotSupportedError=NotImplementedError,
    )  # fmt: skip


def types(values: str) -> dict[str, str]:
    """Of what is stored, with sums in float."""
    return {"io_data_type": values, "intermediate_data_type": "float", "compute_data_type": "float"}


def test_the_graph_of_a_convolution() -> None:
    """Strides are those of channels last, the padding behind is what the output needs: 2*5 + 3 - 1 - 11 = 1, 0."""
    fused = fused_graph(library(), GEOMETRY, "float32", (7, 9, 10), (0.0, 6.0))
    assert fused.graph.words == {
        "io_data_type": "float",
        "intermediate_data_type": "float",
        "compute_data_type": "float",
    }
    assert fused.image.values == {"dim": [2, 6, 11, 13], "stride": [1001, 1, 91, 7], "data_type": "float"}
    assert fused.weight.values == {"dim": [9, 2, 3, 2], "stride": [12, 1, 4, 2], "data_type": "float"}
    assert fused.bias.values == {"dim": [1, 9, 1, 1], "stride": [9, 1, 9, 9], "data_type": "float"}
    assert fused.residual.values == {"dim": [2, 9, 6, 12], "stride": [720, 1, 120, 10], "data_type": "float"}
    assert fused.output.values == {
        "output": True, "data_type": "float", "dim": [2, 9, 6, 12], "stride": [648, 1, 108, 9],
    }  # fmt: skip
    windows = {"pre_padding": [1, 0], "post_padding": [1, 0], "stride": [2, 1], "dilation": [1, 1]}
    assert fused.graph.calls == [
        ("conv_fprop", {"image": "x", "weight": "w", "name": "conv", **windows}),
        ("bias", {"name": "bias", "input": "conv", "bias": "b"}),
        ("add", {"a": "bias", "b": "r", "name": "add"}),
        ("relu", {"input": "add", "name": "relu", "upper_clip": 6.0}),
    ]


def test_halves_are_summed_in_float() -> None:
    fused = fused_graph(library(), GEOMETRY, "float16", (6, 9, None), (-INF, INF))
    assert fused.graph.words == {
        "io_data_type": "half",
        "intermediate_data_type": "float",
        "compute_data_type": "float",
    }
    assert [call for call, _ in fused.graph.calls] == ["conv_fprop", "bias"]
    assert fused.residual is None


class Event:
    """Time is what the last executed plan took."""

    at: int | None = None

    def synchronize(self) -> None: ...


def cudnn_of(cudnn, monkeypatch: pytest.MonkeyPatch, dtype="float32", tf32=False, exact=False) -> Cudnn:
    class Pointer(np.ndarray):
        @property
        def data(self):
            return SimpleNamespace(ptr=self.nbytes)

    def elapsed(_: Event, stop: Event) -> float:
        return cudnn.made[-1].times[stop.at]

    def record(event: Event, _: object) -> None:
        event.at = getattr(cudnn.made[-1], "last", None)

    monkeypatch.setattr(Event, "record", record, raising=False)
    cupy = SimpleNamespace(
        empty=lambda size, dtype: np.empty(size, dtype).view(Pointer),
        cuda=SimpleNamespace(Event=Event, get_elapsed_time=elapsed),
    )
    cudnn.create_handle = lambda: "handle"
    cudnn.set_stream = lambda handle, stream: None
    monkeypatch.setattr("archcalc.numeric.gpu.cudnn.import_module", lambda name: cudnn)
    stream = SimpleNamespace(ptr=1)
    return Cudnn(SimpleNamespace(xp=cupy, stream=stream, dtype=dtype, tf32=tf32, exact=exact))


class Place:
    """An array that only has an address."""

    def __init__(self, address: int) -> None:
        self.data = SimpleNamespace(ptr=address)

    def reshape(self, *_) -> Place:
        return self

    def __getitem__(self, _) -> Place:
        return self

    shape = (2, 11, 13, 6)


def arguments() -> tuple:
    x, y = Map(Place(10), 0, 0, 0, 11, 13, 6), Map(Place(20), 0, 0, 0, 6, 12, 9)
    return x, Place(30), y, Ends(Place(40), None, 0.0, INF)


def test_the_fastest_plan_that_can_be_built_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    cudnn = library([5.0, None, 2.0, 3.0])
    convolutions = cudnn_of(cudnn, monkeypatch)
    step = convolutions.step(GEOMETRY, *arguments())
    graph = cudnn.made[0]
    graph.calls.clear()
    step()
    ((what, pack, workspace, index, handle),) = graph.calls
    assert (what, index, handle) == ("execute", 2, "handle")
    assert workspace == 102
    assert {tensor.name: address for tensor, address in pack.items()} == {"x": 10, "w": 30, "b": 40, "relu": 20}
    convolutions.step(GEOMETRY, *arguments())
    assert len(cudnn.made) == 1


def test_no_more_than_eight_plans_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    cudnn = library([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    step = cudnn_of(cudnn, monkeypatch).step(GEOMETRY, *arguments())
    step()
    assert cudnn.made[0].calls[-1][3] == 7


@pytest.mark.parametrize(
    ("choice", "refused"),
    [
        ({}, ["TENSOR_CORE", "DOWN_CONVERT_INPUTS", "REDUCED_PRECISION_REDUCTION"]),
        ({"tf32": True}, []),
        ({"dtype": "float16"}, []),
        ({"dtype": "float16", "exact": True}, ["FFT", "WINOGRAD", "WINOGRAD_TILE_4x4"]),
    ],
)
def test_what_no_plan_may_do(choice, refused, monkeypatch: pytest.MonkeyPatch) -> None:
    cudnn = library([1.0])
    cudnn_of(cudnn, monkeypatch, **choice).step(GEOMETRY, *arguments())
    assert [notes for what, *rest in cudnn.made[0].calls if what == "deselect" for notes in rest] == [refused]


def test_the_real_frontend_takes_the_graph() -> None:
    """No GPU is needed to write it down."""
    cudnn = pytest.importorskip("cudnn", reason="nvidia-cudnn-frontend is not installed")
    fused = fused_graph(cudnn, GEOMETRY, "float16", (7, 9, 10), (0.0, 6.0))
    assert [type(node).__name__ for node in fused.graph.nodes] != []
