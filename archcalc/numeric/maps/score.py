"""The class whose score is looked at: the best of an output, or one that is named."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.errors import SpecError, UnsupportedError, UsageError
from archcalc.graph.graph import Graph
from archcalc.numeric.namespace import Array
from archcalc.spec.names import listed
from archcalc.tables.maps import ScoredClass


def output_scored(graph: Graph, asked: str | None) -> int:
    """The output, by its place among the outputs, that `--class OUTPUT/K` names; else the only one.

    Raises:
        UsageError: where there is none of this name, or several and none is named.
        UnsupportedError: where it is no vector of scores.
    """
    names = [graph.value_name(value) for value in graph.outputs]
    name = (asked or "").rpartition("/")[0]
    if name and name not in names:
        raise UsageError(f"{graph.name} has no output `{name}`", help=f"its outputs are {listed(names)}")
    if not name and len(names) > 1:
        raise UsageError(f"{graph.name} has {len(names)} outputs", help=f"name one: --class {names[0]}/0")
    place = names.index(name) if name else 0
    shape = graph.value_shape(graph.outputs[place])
    if shape.elements != shape.channels:
        raise UnsupportedError(f"the output {names[place]} is {shape}, no vector with a score for each class")
    return place


def scored_class(graph: Graph, place: int, asked: str | None, x: Array, labels: Sequence[str] | None) -> ScoredClass:
    """The class that is asked for by number, else the one with the largest value in x (classes)."""
    value = graph.outputs[place]
    scores = x.ravel()
    number = (asked or "").rpartition("/")[2]
    if number and not number.isdecimal():
        raise UsageError(f"--class {asked} is no class", help="a number, or OUTPUT/NUMBER")
    if number and int(number) >= len(scores):
        raise UsageError(f"--class {asked}: the output has {len(scores)} classes", help=f"0 to {len(scores) - 1}")
    if labels is not None and len(labels) != len(scores):
        raise SpecError(f"there are {len(labels)} labels, the output has {len(scores)} classes")
    index = int(number) if number else int(scores.argmax())
    node = graph.maker(value)
    return ScoredClass(
        output=graph.value_name(value),
        kind="input" if node is None else node.layer.kind,
        index=index,
        label=labels[index] if labels is not None else None,
        score=float(scores[index]),
    )
