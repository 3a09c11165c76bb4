"""What to look at while a network runs: shapes, statistics, times, classes."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from archcalc.analysis.forward_table import ForwardOutput, ForwardRow, RankedClass, Statistics
from archcalc.core import Shape
from archcalc.errors import SpecError, UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.forward import Step
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.activation import shares

_ROOF_SIZE = 1024
_ROOF_SECONDS = 0.2

_NO_LOGITS = ("sigmoid", "softmax", "log_softmax", "rbf")
"""Kinds whose values are no logits any more."""


def row_of(step: Step) -> ForwardRow:
    """The row of a layer that has run."""
    node, shape = step.node, Shape(step.output.shape[1:])
    macs = node.layer.work(*node.input_shapes, node.shape).macs * len(step.output)
    return ForwardRow(node.name, node.layer.kind, shape, node.shape, statistics(step.output), step.seconds, macs)


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


def output_of(graph: Graph, value: int, x: Array, top: int, labels: Sequence[str] | None) -> ForwardOutput:
    """An output, with the best classes of each example where `top` of them are asked for."""
    kind = graph.nodes[value - len(graph.inputs)].layer.kind if value >= len(graph.inputs) else ""
    classes = [c for n, values in enumerate(x) for c in _ranked(n, values, kind, top, labels)] if top else []
    return ForwardOutput(graph.value_name(value), graph.value_shape(value), tuple(classes))


def matrix_roof(dtype: str) -> float:
    """Multiply-adds a second of a 1024 x 1024 matrix product: the best of as many as fit into 0.2 s."""
    a = np.ones((_ROOF_SIZE, _ROOF_SIZE), dtype)
    best, stop = float("inf"), perf_counter() + _ROOF_SECONDS
    while perf_counter() < stop:
        start = perf_counter()
        a @ a
        best = min(best, perf_counter() - start)
    return _ROOF_SIZE**3 / best


def _ranked(example: int, values: Array, kind: str, top: int, labels: Sequence[str] | None) -> list[RankedClass]:
    """The largest values, of an RBF the smallest: it gives distances."""
    order = np.argsort(values if kind == "rbf" else -values, kind="stable")[:top]
    parts = None if kind in _NO_LOGITS else shares(np, values.astype(np.float64), 0)
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
