"""One forward pass from what was asked for to what it shows; everything that can be refused is refused before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from archcalc.analysis.forward_table import ForwardTable
from archcalc.core.record import field, record
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph, Group
from archcalc.numeric.forward import Step, forward
from archcalc.numeric.inputs import NORMALIZATIONS, Reading, random_input, read_input
from archcalc.numeric.memory import refuse_too_large
from archcalc.numeric.namespace import Array
from archcalc.numeric.observe import check_ranking, matrix_roof, output_of, row_of
from archcalc.numeric.weights import he_weights, load_weights
from archcalc.spec.names import did_you_mean, listed, nearest

DTYPES = {"float32": 4, "float64": 8}
"""Bytes of one value."""


@record
class Options:
    """What to run a network on, and what to keep."""

    dtype: str = "float32"
    seed: int = 0
    """Of the random weights and inputs."""
    weights: Path | None = None
    files: Mapping[str, Path] = field(factory=dict)
    """Input -> its file; the others are random."""
    reading: Reading = Reading()
    batch: int | None = None
    """Examples; unless given, as many as the files hold, else 1."""
    top: int = 0
    labels: Path | None = None
    save: Mapping[str, Path] = field(factory=dict)
    """Layer or group -> the .npy file for its output."""
    timed: bool = False
    """Run twice, so that the times are those of a warm machine, and measure what a matrix product reaches on it."""


def run_network(graph: Graph, options: Options = Options()) -> ForwardTable:  # noqa: B008 (frozen)
    """Run the network once.

    Raises:
        UsageError: for options that do not go with the network.
        SpecError: for a file that is wrong or does not fit.
        BackendError: where it needs more memory than there is.
        UnsupportedError: for a layer that has no forward.
    """
    labels = _checked(graph, options)
    saved = {_value(graph, layer): path for layer, path in options.save.items()}
    given = _given(graph, options)
    batch = _batch({str(options.files[name]): len(x) for name, x in given.items()}, options.batch)
    refuse_too_large(graph, batch, DTYPES[options.dtype])
    inputs = [_input(graph, name, given.get(name), batch, options) for name, _ in graph.inputs]
    if options.weights is None:
        weights = he_weights(graph, options.seed, options.dtype)
    else:
        weights = load_weights(options.weights, graph, options.dtype)
    if options.timed:  # the first pass loads and warms up what the second one is timed with
        forward(graph, inputs, weights)
    rows = []

    def watch(step: Step) -> None:
        rows.append(row_of(step))
        path = saved.get(len(graph.inputs) + step.index)
        if path is not None:
            _write(path, step.output)

    ends = forward(graph, inputs, weights, watch)
    return ForwardTable(
        spec=graph.name,
        inputs=tuple((name, shape, _source(name, options)) for name, shape in graph.inputs),
        batch=batch,
        dtype=options.dtype,
        weights=f"He, seed {options.seed}" if options.weights is None else options.weights.name,
        rows=tuple(rows),
        outputs=tuple(
            output_of(graph, value, x, options.top, labels) for value, x in zip(graph.outputs, ends, strict=True)
        ),
        roof=matrix_roof(options.dtype) if options.timed else None,
    )


def _checked(graph: Graph, options: Options) -> Sequence[str] | None:
    """The labels, if all options go together. Raises UsageError and SpecError."""
    if options.dtype not in DTYPES:
        raise UsageError(f"unknown dtype `{options.dtype}`", help=f"there are {listed(DTYPES)}")
    for name, value, least in (("top", options.top, 0), ("seed", options.seed, 0), ("batch", options.batch, 1)):
        if value is not None and value < least:
            raise UsageError(f"--{name} is {least} or more, got {value}")
    normalize = options.reading.normalize
    if normalize is not None and normalize not in NORMALIZATIONS:
        raise UsageError(f"unknown normalization `{normalize}`", help=f"there is {listed(NORMALIZATIONS)}")
    if not options.files and (options.reading.resize or normalize):
        raise UsageError("--resize and --normalize are for images", help="--input photo.png")
    if options.labels is not None and not options.top:
        raise UsageError("--labels names the classes of --top", help="--top 5")
    labels = None if options.labels is None else _labels(options.labels)
    if options.top:
        check_ranking(graph, options.top, labels)
    return labels


def _labels(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SpecError(f"the labels {path} cannot be read", help="a text file with a class on each line") from None


def _value(graph: Graph, layer: str) -> int:
    """The value that a layer or a group ends in."""
    part = graph.part(layer)
    return part.output if isinstance(part, Group) else graph.values[part.name]


def _given(graph: Graph, options: Options) -> dict[str, Array]:
    """The inputs that have a file. Raises UsageError for an input that does not exist."""
    shapes = dict(graph.inputs)
    for name in options.files:
        if name not in shapes:
            help = did_you_mean(nearest(name, shapes)) or f"its inputs are {listed(shapes)}"
            raise UsageError(f"{graph.name} has no input `{name}`", help=help)
    return {
        name: read_input(path, shapes[name], options.reading, options.dtype) for name, path in options.files.items()
    }


def _batch(lengths: Mapping[str, int], asked: int | None) -> int:
    """Examples of the run: a file with one of them is repeated, one with several says how many there are."""
    several = {file: length for file, length in lengths.items() if length > 1}
    for file, length in several.items():
        if length != (asked or next(iter(several.values()))):
            other = f"--batch {asked}" if asked else f"{next(iter(several))} holds {next(iter(several.values()))}"
            raise UsageError(f"{file} holds {length} examples, {other}")
    return asked or next(iter(several.values()), 1)


def _input(graph: Graph, name: str, given: Array | None, batch: int, options: Options) -> Array:
    if given is None:
        return random_input(graph, name, options.seed, batch, options.dtype)
    return given.repeat(batch, 0) if len(given) == 1 else given


def _source(name: str, options: Options) -> str:
    return options.files[name].name if name in options.files else f"random, seed {options.seed}"


def _write(path: Path, x: Array) -> None:
    try:
        np.save(path, x)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
