"""A forward pass for Python: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from archcalc.core.record import record, replace
from archcalc.core.result import Result
from archcalc.errors import UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.inputs import as_input, read_input, reading_of
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.material import (
    Material,
    batch_of,
    filled,
    origin_of,
    stated_notes,
    value_dtype,
    words_of_weights,
)
from archcalc.numeric.run.memory import refuse_too_large
from archcalc.numeric.run.observe import output_of, output_rows
from archcalc.numeric.run.options import Options, check_options, value_of
from archcalc.numeric.run.runner import RanStep, check_backend, runner_of
from archcalc.numeric.weight_files import Stored, WeightFile, read_weight_file
from archcalc.numeric.weights.weights import fitted_weights, he_weights, of_spec
from archcalc.spec.names import did_you_mean, listed, nearest
from archcalc.tables.forward import ForwardTable, InputOrigin

Given = Array | str | Path
"""An array, or the file of one or of an image."""


@record
class ForwardPass(Result):
    """What a network gives; every array is (N, *shape)."""

    outputs: dict[str, Array]
    """By name, in the order of the spec."""
    layers: dict[str, Array]
    """Those that were asked for."""
    table: ForwardTable
    """The rows of the outputs, and what ran on what."""

    @property
    def spec(self) -> str:
        """The name of the network."""
        return self.table.origin.spec

    @property
    def notes(self) -> tuple[str, ...]:
        """How the files came to fit: what was matched by order, left out, drawn, done to an image."""
        return self.table.origin.notes

    @property
    def engine(self) -> str:
        """What ran: `numpy, 2 threads`."""
        return self.table.origin.engine

    @property
    def output(self) -> Array:
        """The only output. Raises UsageError where there are several."""
        if len(self.outputs) > 1:
            raise UsageError(f"there are {len(self.outputs)} outputs", help=f".outputs[...]: {listed(self.outputs)}")
        return next(iter(self.outputs.values()))

    def __getitem__(self, name: str) -> Array:
        return self.outputs[name] if name in self.outputs else self.layers[name]


def run_arrays(
    graph: Graph,
    x: Given | Mapping[str, Given] | None,
    weights: Mapping[str, Array] | None,
    layers: Collection[str],
    options: Options,
) -> ForwardPass:
    """Run the network once; see Network.run. `weights` stand for the file of the options."""
    check_options(graph, options)
    check_backend(options)
    values = {layer: value_of(graph, layer) for layer in layers}
    given = _given(graph, x)
    material = _material(graph, given, weights, options)
    keep = {graph.value_name(value) for value in values.values()} & {node.name for node in graph.nodes}
    found = dict(zip((name for name, _ in graph.inputs), material.inputs, strict=True))

    def watch(ran: RanStep) -> None:
        if ran.nodes and ran.nodes[-1].name in keep:
            found[ran.nodes[-1].name] = ran.output

    runner = runner_of(graph, material, options, keep, consume=True)
    outputs = runner.run(material.inputs, watch)
    ends = [output_of(graph, value, x, 0, None) for value, x in zip(graph.outputs, outputs, strict=True)]
    source = None if weights is None else words_of_weights(graph, "a dict of arrays", material)
    origin = _origin(origin_of(graph, options, material, runner.words), given, source)
    return ForwardPass(
        outputs=dict(zip(map(graph.value_name, graph.outputs), outputs, strict=True)),
        layers={layer: found[graph.value_name(value)] for layer, value in values.items()},
        table=ForwardTable(origin, output_rows(graph, outputs), tuple(ends)),
    )


def _material(graph: Graph, x: Mapping[str, Given], weights: Mapping[str, Array] | None, options: Options) -> Material:
    notes: list[str] = []
    given = _inputs(graph, x, options, notes)
    batch = batch_of({name: len(array) for name, array in given.items()}, options.batch)
    refuse_too_large(graph, batch, options)
    inputs = tuple(filled(graph, name, given.get(name), batch, options) for name, _ in graph.inputs)
    dtype = value_dtype(options)
    if weights is None and options.weights is None:
        drawn = he_weights(graph, options.seed, dtype)
        notes += stated_notes(graph, None, "")
        return Material(inputs, drawn, batch, tuple(notes), None, of_spec(graph))
    path = options.weights or Path("the dict of weights")
    file = read_weight_file(path) if weights is None else _in_memory(weights)
    tensors, loading = fitted_weights(path, file, graph, dtype, options.partial, options.seed)
    notes += [f"{path.name}: {note}" for note in loading.notes]
    notes += stated_notes(graph, loading, path.name)
    return Material(inputs, tensors, batch, tuple(notes), loading, of_spec(graph, loading))


def _origin(origin: InputOrigin, given: Mapping[str, Given], weights: str | None) -> InputOrigin:
    """With where the values come from that were handed over."""
    words = {name: Path(x).name if isinstance(x, str | Path) else "an array" for name, x in given.items()}
    inputs = tuple((name, shape, words.get(name, source)) for name, shape, source in origin.inputs)
    return replace(origin, inputs=inputs, weights=weights or origin.weights)


def _given(graph: Graph, x: Given | Mapping[str, Given] | None) -> Mapping[str, Given]:
    """The inputs by name. Raises UsageError."""
    if x is None:
        return {}
    if not isinstance(x, Mapping):
        if len(graph.inputs) > 1:
            names = listed(name for name, _ in graph.inputs)
            raise UsageError(f"{graph.name} has {len(graph.inputs)} inputs", help=f"a dict by name: {names}")
        x = {graph.inputs[0][0]: x}
    return x


def _inputs(graph: Graph, x: Mapping[str, Given], options: Options, notes: list[str]) -> dict[str, Array]:
    shapes = dict(graph.inputs)
    for name in x:
        if name not in shapes:
            help = did_you_mean(nearest(name, shapes)) or f"its inputs are {listed(shapes)}"
            raise UsageError(f"{graph.name} has no input `{name}`", help=help)
    dtype, reading = value_dtype(options), reading_of(graph, options.reading)
    return {
        name: read_input(Path(value), shapes[name], reading, dtype, notes.append)
        if isinstance(value, str | Path)
        else as_input(np.asarray(value), f"the input `{name}`", shapes[name], dtype)
        for name, value in x.items()
    }


def _in_memory(weights: Mapping[str, Array]) -> WeightFile:
    """Arrays, or tensors of PyTorch, which NumPy reads too."""
    arrays = {name: np.asarray(array) for name, array in weights.items()}
    stored = {name: Stored(array.shape, partial(_itself, array)) for name, array in arrays.items()}
    return WeightFile(stored, ordered=True)


def _itself(array: Array) -> Array:
    return array
