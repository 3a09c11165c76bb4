"""One forward pass from what was asked for to what it shows; everything that can be refused is refused before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from archcalc.core.record import record, replace
from archcalc.core.writing import saving
from archcalc.graph.graph import Graph
from archcalc.numeric.inputs.numbers import NUMBERS
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.forward import forward
from archcalc.numeric.run.material import Material, origin_of, read_material, value_dtype
from archcalc.numeric.run.observe import (
    RoundedOtherwise,
    check_ranking,
    matrix_roof,
    output_error,
    output_of,
    output_rows,
    row_of,
    with_rounding,
)
from archcalc.numeric.run.options import Options, check_options, read_labels, value_of
from archcalc.numeric.run.peak import Peak
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.run.runner import RanStep, ReferenceRunner, Runner, check_backend, runner_of
from archcalc.tables.forward import ForwardRow, ForwardTable, MemoryUse, OutputError

__all__ = ["Options", "run_network"]


_LEAST_PASSES, _MOST_PASSES, _SECONDS = 1, 20, 0.2


def run_network(graph: Graph, options: Options = Options(), progress: Progress = silent) -> ForwardTable:  # noqa: B008
    """Run the network once.

    Raises:
        UsageError: for options that do not go with the network.
        SpecError: for a file that is wrong or does not fit.
        BackendError: where it needs more memory than there is, or there is no GPU.
        UnsupportedError: for a layer that has no forward, and for an extra that is not installed.
    """
    labels = check_run(graph, options)
    peak = Peak.from_here() if options.measured else None
    material = read_material(graph, options, progress)
    compares = options.verified and not options.reference
    progress("preparing", 0, 0)
    runner = runner_of(graph, material, options, _kept(graph, options), consume=not compares)
    passed = _pass(graph, runner, material, options, progress)
    memory = None if peak is None else _memory(runner, peak, options)
    rows, errors = passed.rows, tuple[OutputError, ...]()
    if compares:
        rows, errors = _held_to_reference(graph, passed, material, options, progress)
    written = any(path.suffix.lower() in NUMBERS for path in options.files.values())
    return ForwardTable(
        origin=origin_of(graph, options, material, runner.words),
        rows=rows,
        outputs=tuple(
            output_of(graph, value, x, options.top, labels, written)
            for value, x in zip(graph.outputs, passed.outputs, strict=True)
        ),
        seconds=passed.seconds,
        roof=matrix_roof(value_dtype(options)) if options.timed else None,
        errors=errors,
        memory=memory,
        first_not_finite=_first_not_finite(graph, passed, options, progress),
    )


def _first_not_finite(graph: Graph, passed: _Passed, options: Options, progress: Progress) -> str | None:
    """The first layer with a NaN or an infinity; where only outputs were looked at, of a second pass through all."""
    if not options.stats:
        if all(np.isfinite(x).all() for x in passed.outputs):
            return None
        options = replace(options, stats=True, timed=False, save={})
        material = read_material(graph, options, progress)
        passed = _pass(graph, runner_of(graph, material, options, None, consume=True), material, options, progress)
    return next((row.name for row in passed.rows if row.statistics is not None and not row.statistics.finite), None)


def _memory(runner: Runner, peak: Peak, options: Options) -> MemoryUse:
    """The plan beside what was seen; the memory of a GPU is not that of the process."""
    return MemoryUse(runner.planned_bytes, None if options.backend == "cupy" else peak.growth())


def check_run(graph: Graph, options: Options) -> Sequence[str] | None:
    """The labels of the classes, if all options go together. Raises UsageError, SpecError and UnsupportedError."""
    check_options(graph, options)
    check_backend(options)
    labels = read_labels(options.labels)
    if options.top:
        check_ranking(graph, options.top, labels)
    return labels


@record
class _Passed:
    """What is left of a pass."""

    rows: tuple[ForwardRow, ...]
    outputs: Sequence[Array]
    seconds: float | None
    """Of a pass that nobody watched, where times are asked for."""


def _kept(graph: Graph, options: Options) -> Collection[str] | None:
    """The layers that the engine keeps apart: those to save; all where each is looked at."""
    if options.stats or (options.timed and options.verified):
        return None
    return [graph.value_name(value_of(graph, layer)) for layer in options.save]


def _pass(graph: Graph, runner: Runner, material: Material, options: Options, progress: Progress) -> _Passed:
    saved = {graph.value_name(value_of(graph, layer)): path for layer, path in options.save.items()}
    proves = options.verified and options.reference
    each = options.stats or options.timed or proves
    rows: list[ForwardRow] = []
    done = 0

    def watch(ran: RanStep) -> None:
        nonlocal done
        done += len(ran.nodes)
        progress("running", done, len(graph.nodes))
        if each and (ran.nodes or options.timed):
            rows.append(row_of(ran, material.batch, proves or options.stats))
        path = saved.get(ran.nodes[-1].name) if ran.nodes else None
        if path is not None:
            _write(path, ran.output)

    seconds = _timed(runner, material) if options.timed else None
    outputs = runner.run(material.inputs, watch)
    return _Passed(tuple(rows) if each else output_rows(graph, outputs), outputs, seconds)


def _timed(runner: Runner, material: Material) -> float:
    """Seconds of a pass, the fastest of a few; the first one loads and warms up what the others are timed with."""
    runner.run(material.inputs)
    times: list[float] = []
    while len(times) < _LEAST_PASSES or (sum(times) < _SECONDS and len(times) < _MOST_PASSES):
        start = perf_counter()
        runner.run(material.inputs)
        times.append(perf_counter() - start)
    return min(times)


def _held_to_reference(
    graph: Graph, passed: _Passed, material: Material, options: Options, progress: Progress
) -> tuple[tuple[ForwardRow, ...], tuple[OutputError, ...]]:
    """The rows with the shapes of the reference's arrays, and how far each output is from the reference's."""
    reference = ReferenceRunner(graph, material.weights, material.batch, value_dtype(options))
    proven = _pass(graph, reference, material, replace(options, reference=True, timed=False, save={}), progress)
    names = [graph.value_name(value) for value in graph.outputs]
    errors = tuple(
        output_error(name, found, expected, options.dtype)
        for name, found, expected in zip(names, passed.outputs, proven.outputs, strict=True)
    )
    if not all(error.holds for error in errors):
        moved = _rounded_otherwise(graph, material, options.dtype)
        errors = tuple(map(with_rounding, errors, moved, proven.outputs))
    if not options.timed and not options.stats:
        return proven.rows, errors
    shapes = {row.name: row.shape for row in proven.rows}
    return tuple(replace(row, shape=shapes.get(row.name, row.shape)) for row in passed.rows), errors


def _rounded_otherwise(graph: Graph, material: Material, dtype: str) -> list[Array]:
    """The reference's outputs where every input, weight and value between the layers is rounded another way."""
    rounded = RoundedOtherwise(dtype)
    weights = {name: rounded(tensor) for name, tensor in material.weights.items()}
    return forward(graph, [rounded(x) for x in material.inputs], weights, store=rounded)


def _write(path: Path, x: Array) -> None:
    with saving(path) as file:
        np.save(file, x)
