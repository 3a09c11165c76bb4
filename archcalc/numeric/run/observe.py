"""What to look at while a network runs: shapes, statistics, times, classes."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph
from archcalc.layers.traits import DISTANCES, LOGITS
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.activation import shares
from archcalc.numeric.run.runner import RanStep
from archcalc.tables.forward import ForwardOutput, ForwardRow, OutputError, RankedClass, Statistics

_ROOF_SIZE = 1024
_ROOF_SECONDS = 0.2

TOLERANCES = {"float64": 1e-10, "float32": 1e-3, "float16": 5e-2, "tf32": 5e-2}
"""Of the output's RMS: the rounding of a hundred layers and the softmax after them; a wrong kernel is far off."""

_ROUNDING_MARGIN = 100
"""A layer's rounding (Winograd's above all) may be so many times that of one other rounding of its weights."""


def row_of(ran: RanStep, batch: int, looked_at: bool = True) -> ForwardRow:
    """The row of a step that has run; `looked_at`: with its statistics."""
    output = ran.output
    shape = Shape(output.shape[1:])
    return ForwardRow(
        name=" + ".join(node.name for node in ran.nodes) or "input",
        kind=" + ".join(node.layer.kind for node in ran.nodes) or ran.kernel,
        kernel=ran.kernel,
        shape=shape,
        rule=ran.nodes[-1].shape if ran.nodes else shape,
        statistics=statistics(output) if looked_at else None,
        seconds=ran.seconds,
        macs=sum(node.work.macs for node in ran.nodes) * batch,
    )


def output_rows(graph: Graph, outputs: Sequence[Array]) -> tuple[ForwardRow, ...]:
    """The rows of the layers that the network ends in."""
    rows = []
    for value, x in zip(graph.outputs, outputs, strict=True):
        node = graph.maker(value)
        if node is not None:
            macs = node.work.macs * len(x)
            shape = Shape(x.shape[1:])
            rows.append(ForwardRow(node.name, node.layer.kind, "", shape, node.shape, statistics(x), None, macs))
    return tuple(rows)


def output_error(name: str, found: Array, expected: Array, dtype: str) -> OutputError:
    """The largest difference in parts of the RMS of what was expected; where that is 0, as it is."""
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    if not np.isfinite(expected).all():  # the same values are not finite, or none agree
        same = np.array_equal(np.isfinite(found), np.isfinite(expected))
        return OutputError(name, 0.0 if same else float("inf"), TOLERANCES[dtype])
    scale = np.sqrt((expected**2).mean()) or 1.0
    return OutputError(name, float(abs(found - expected).max() / scale), TOLERANCES[dtype])


def statistics(x: Array) -> Statistics:
    """Smallest, mean and largest value, and the share of zeros."""
    with np.errstate(all="ignore"):
        least, mean, most = (float(value) for value in (x.min(), x.mean(dtype=np.float64), x.max()))
    return Statistics(least, mean, most, float((x == 0).mean()), bool(np.isfinite(x).all()))


def check_ranking(graph: Graph, top: int, labels: Sequence[str] | None) -> None:
    """Raise UsageError where an output is no vector of classes, has fewer than `top`, or other than the labels."""
    for value in graph.outputs:
        name, shape = graph.value_name(value), graph.value_shape(value)
        if len(shape) != 1:
            raise UsageError(f"--top ranks classes, the output {name} is {shape}", help="--stats shows what it holds")
        if top > shape.elements:
            raise UsageError(f"--top {top}: the output {name} has {shape.elements} classes")
        if labels is not None and len(labels) != shape.elements:
            raise SpecError(f"there are {len(labels)} labels, the output {name} has {shape.elements} classes")


MOST_WRITTEN = 256
"""Values of an output that are written out, at most."""


def output_of(
    graph: Graph, value: int, x: Array, top: int, labels: Sequence[str] | None, written: bool = False
) -> ForwardOutput:
    """An output, with the best classes of each example where `top` of them are asked for.

    Args:
        written: with its values, where they are few.
    """
    scores = LOGITS if (node := graph.maker(value)) is None else node.layer.traits.scores
    classes = [c for n, values in enumerate(x) for c in _ranked(n, values, scores, top, labels)] if top else []
    few = written and x.size <= MOST_WRITTEN
    values = tuple(tuple(map(float, example.ravel())) for example in x) if few else None
    return ForwardOutput(graph.value_name(value), graph.value_shape(value), tuple(classes), values)


def matrix_roof(dtype: str) -> float:
    """MACs a second of a 1024 x 1024 matrix product: the best of as many as fit into 0.2 s."""
    a = np.ones((_ROOF_SIZE, _ROOF_SIZE), dtype)
    best, stop = float("inf"), perf_counter() + _ROOF_SECONDS
    while perf_counter() < stop:
        start = perf_counter()
        a @ a
        best = min(best, perf_counter() - start)
    return _ROOF_SIZE**3 / best


class RoundedOtherwise:
    """Moves each value up or down by the smallest step of its type, by chance (of a fixed seed).

    Near 0 a step is not a part of the value any more: 1e-6 in 16 bits is 17 steps. Whole numbers stay: they are exact,
    and some are indices.
    """

    def __init__(self, dtype: str) -> None:
        self._kind = np.finfo("float16" if dtype == "tf32" else dtype)  # both keep 10 bits of the fraction
        self._rng = np.random.default_rng(0)

    def __call__(self, x: Array) -> Array:
        step = np.maximum(np.abs(x, dtype=np.float64) * self._kind.eps, self._kind.smallest_subnormal)
        step *= self._rng.choice((-1.0, 1.0), x.shape)
        with np.errstate(all="ignore"):
            return np.where(x == np.rint(x), x, x + step).astype(x.dtype)


def with_rounding(error: OutputError, moved: Array, expected: Array) -> OutputError:
    """The error with a tolerance for networks that magnify rounding: `moved` is what other roundings give."""
    rounding = output_error(error.name, moved, expected, "float64").error
    return replace(error, tolerance=max(error.tolerance, _ROUNDING_MARGIN * rounding), rounding=rounding)


def _ranked(example: int, values: Array, scores: str, top: int, labels: Sequence[str] | None) -> list[RankedClass]:
    """The largest values, of distances the smallest."""
    order = np.argsort(values if scores == DISTANCES else -values, kind="stable")[:top]
    parts = None if scores != LOGITS else shares(np, values.astype(np.float64), 0)
    return [
        RankedClass(
            example,
            rank,
            int(index),
            labels[index] if labels else None,
            float(values[index]),
            None if parts is None else float(parts[index]),
        )
        for rank, index in enumerate(order, 1)
    ]
