"""Bytes: of weights, of every layer's output, at the peak of a forward pass, and for training by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.analysis.memory.activations import CONVENTIONS
from archcalc.analysis.memory.kv_cache import KvCache
from archcalc.analysis.memory.learning import kept_for_backward
from archcalc.analysis.memory.lifetimes import Lifetimes, alive_at, lifetimes
from archcalc.analysis.memory.recipe import Recipe
from archcalc.analysis.memory.training import TrainingRun
from archcalc.analysis.summary import Counts, Summary, summarize
from archcalc.core import Shape
from archcalc.core.record import record, replace
from archcalc.core.result import Result
from archcalc.core.units import parse_quantity
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph
from archcalc.spec.names import did_you_mean, listed, nearest

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8, "int8": 1}
"""Bytes of one value."""

OPTIMIZER_VALUES = {"sgd": 0, "momentum": 1, "adam": 2}
"""Values that an optimizer keeps for each trained param: none, its velocity, its two moments."""


@record
class MemorySetting:
    """How a network is run."""

    batch: int = 1
    dtype: str = "float32"
    optimizer: str = "adam"
    inplace: bool = False
    """relu and its like are written over their input."""
    fused_norm: bool = False
    """Batch norm is folded into the layer before it; only for inference."""

    def __post_init__(self) -> None:
        """Refuse what there is not. Raises UsageError."""
        if self.batch < 1:
            raise UsageError(f"a batch has at least 1 example, got {self.batch}")
        _check("dtype", self.dtype, DTYPE_BYTES)
        _check("optimizer", self.optimizer, OPTIMIZER_VALUES)


@record
class MemoryRow:
    """One layer; activations of the whole batch."""

    name: str
    weight_bytes: int
    """Params and buffers."""
    activation_bytes: int
    """Its output; 0 where it uses the memory of its input."""
    read_bytes: int
    """Its inputs, each once."""
    alive_bytes: int
    """Everything in memory while it runs, but the weights."""


@record
class Training:
    """What one training step keeps, by part."""

    gradient_bytes: int
    optimizer_bytes: int
    saved_bytes: int
    """Inputs and outputs of the layers that a gradient flows through, kept for the backward pass."""
    passing_bytes: int
    """What more is in memory at the busiest moment: values of the frozen layers before all that learn."""


@record
class Fit:
    """The largest batches that a memory of so many bytes holds; 0 where not even one example fits."""

    budget_bytes: int
    inference_batch: int
    training_batch: int | None


@record
class Memory(Result):
    """The memory of a network in one setting."""

    spec: str
    inputs: tuple[tuple[str, Shape], ...]
    setting: MemorySetting
    rows: tuple[MemoryRow, ...]
    param_bytes: int
    buffer_bytes: int
    input_bytes: int
    activation_bytes: int
    """Outputs of all layers together, as if none were freed."""
    by_convention: tuple[tuple[str, int], ...]
    """What the activations are under each named convention (activations.py), in bytes."""
    peak_bytes: int
    """The most bytes of inputs and outputs in memory at once, in execution order."""
    peak_layer: str
    """The first layer at which the peak is reached; the input, in a network of no layers."""
    peak_values: tuple[tuple[str, int], ...]
    """What is in memory then, with its bytes."""
    training: Training | None
    """None for a dtype that is not trained."""
    summary: Summary
    """The table of the same network: its rows and groups."""
    fit: Fit | None = None
    """The largest batches, where somebody named a memory."""
    run: TrainingRun | None = None
    """A whole training, where somebody named its examples."""
    recipe: Recipe | None = None
    """What the spec states of its training, where somebody asked for it."""
    cache: KvCache | None = None
    """What generating text keeps, where somebody asked for it."""

    @property
    def weight_bytes(self) -> int:
        """Params and buffers."""
        return self.param_bytes + self.buffer_bytes

    @property
    def inference_bytes(self) -> int:
        """Weights, and the peak."""
        return self.weight_bytes + self.peak_bytes

    @property
    def training_bytes(self) -> int | None:
        """Weights, gradients, optimizer state and saved activations."""
        if self.training is None:
            return None
        kept = self.training
        activations = kept.saved_bytes + kept.passing_bytes
        return self.weight_bytes + kept.gradient_bytes + kept.optimizer_bytes + activations


def memory_of(graph: Graph, setting: MemorySetting | None = None, fit_bytes: int | None = None) -> Memory:
    """Where the bytes of a network are; by default of one example in float32.

    Args:
        fit_bytes: a memory, to find the largest batches that it holds.
    """
    setting = setting or MemorySetting()
    size = DTYPE_BYTES[setting.dtype]
    cell = size * setting.batch
    found = lifetimes(graph, setting.inplace, setting.fused_norm)
    first = graph.first
    outputs = [_owned(graph, found, first + index) for index in range(len(graph.nodes))]
    summary = summarize(graph)
    busiest = found.busiest
    return Memory(
        spec=graph.name,
        inputs=graph.inputs,
        setting=setting,
        rows=tuple(
            MemoryRow(row.name, _weights(row.counts) * size, output * cell, read * cell, alive * cell)
            for row, output, read, alive in zip(summary.rows, outputs, _read(graph, found), found.alive, strict=True)
        ),
        param_bytes=summary.totals.params * size,
        buffer_bytes=summary.totals.buffers * size,
        input_bytes=sum(shape.elements for _, shape in graph.inputs) * cell,
        activation_bytes=sum(outputs) * cell,
        by_convention=tuple((name, one.elements(graph) * cell) for name, one in CONVENTIONS.items()),
        peak_bytes=found.peak * cell,
        peak_layer=graph.value_name(first + busiest),
        peak_values=tuple((name, elements * cell) for name, elements in alive_at(graph, found, busiest)),
        training=_training(graph, setting, summary.totals.trainable_params),
        summary=summary,
        fit=None if fit_bytes is None else fit(graph, setting, fit_bytes),
    )


def fit(graph: Graph, setting: MemorySetting, budget_bytes: int) -> Fit:
    """The largest batches in a budget. All but the weights grows with the batch."""
    one = memory_of(graph, replace(setting, batch=1))
    room = budget_bytes - one.weight_bytes
    training = None
    if one.training is not None:
        kept = one.training
        activations = kept.saved_bytes + kept.passing_bytes
        training = max(0, (room - kept.gradient_bytes - kept.optimizer_bytes) // activations)
    return Fit(budget_bytes, max(0, room // one.peak_bytes), training)


def bytes_of(option: str, text: str) -> int:
    """A size such as 8GiB or 24GB; a plain number is bytes. Raises UsageError."""
    try:
        quantity = parse_quantity(text)
    except SpecError as error:
        raise UsageError(f"{option}: {error.what}", help=error.help) from None
    if quantity.unit and not quantity.in_bytes:
        raise UsageError(f"{option}: {text} is not in bytes", help=f"write {text}B or {text}iB")
    if quantity.value < 1:
        raise UsageError(f"{option}: {text} is less than one byte")
    return quantity.value


def _check(what: str, name: str, known: Mapping[str, int]) -> None:
    if name not in known:
        help = did_you_mean(nearest(name, known)) or f"there are {listed(known)}"
        raise UsageError(f"unknown {what} `{name}`", help=help)


def _owned(graph: Graph, found: Lifetimes, value: int) -> int:
    return graph.value_shape(value).elements if found.owners[value] == value else 0


def _read(graph: Graph, found: Lifetimes) -> Iterator[int]:
    """What each layer reads, in elements: the memory of each of its inputs once."""
    for node in graph.nodes:
        yield sum(graph.value_shape(owner).elements for owner in {found.owners[value] for value in node.inputs})


def _weights(counts: Counts) -> int:
    return counts.params + counts.buffers


def _training(graph: Graph, setting: MemorySetting, trained: int) -> Training | None:
    """Batch norm is never folded in training: it needs the statistics of the batch."""
    if setting.dtype == "int8":
        return None
    size = DTYPE_BYTES[setting.dtype]
    cell = size * setting.batch
    kept = kept_for_backward(graph, lifetimes(graph, setting.inplace))
    return Training(
        gradient_bytes=trained * size,
        optimizer_bytes=trained * OPTIMIZER_VALUES[setting.optimizer] * size,
        saved_bytes=kept.saved * cell,
        passing_bytes=kept.passing * cell,
    )
