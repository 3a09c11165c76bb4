"""Class activation maps: which places of the last maps give a class its score (Zhou et al. 2016).

Where a network ends in a global average pooling and a linear layer, the score of class k is the bias plus the mean
over all places of sum_c w_kc x_c: that sum, place by place, is the map. Where it ends in a map per class and their
means (Network in Network, SqueezeNet), the map is that of the class.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archcalc.core.record import record, replace
from archcalc.errors import UnsupportedError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.resize import Upsample
from archcalc.layers.traits import ACTIVATION, IN_ORDER, LINEAR, LOG_PROBABILITIES, PROBABILITIES, SAME
from archcalc.numeric.maps.maps import rows_of
from archcalc.numeric.maps.score import output_scored, scored_class
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference.resize import upsample
from archcalc.numeric.run.material import origin_of, read_material
from archcalc.numeric.run.options import Options, read_labels
from archcalc.numeric.run.progress import Progress, silent
from archcalc.numeric.run.run import check_run
from archcalc.numeric.run.runner import run_through
from archcalc.tables.maps import HeatMap


def class_activation_map(
    graph: Graph, options: Options, asked: str | None = None, progress: Progress = silent
) -> HeatMap:
    """The map of a class, for the first example.

    Raises:
        UnsupportedError: where the network does not end in a global average pooling.
        UsageError: for a class that does not exist.
        ArchcalcError: as run_network.
    """
    place = output_scored(graph, asked)
    end = end_of(graph, place)
    labels = read_labels(options.labels)
    check_run(graph, replace(options, labels=None))
    material = read_material(graph, options, progress)
    progress("running", 0, 0)
    runner, outputs, maps = run_through(graph, material, options, end.value)
    scored = scored_class(graph, place, asked, outputs[place][0], labels)
    if end.linear is None:
        activation = maps[0, scored.index]
    else:
        weight = material.weights[f"{end.linear.shared or end.linear.name}.weight"][scored.index]
        activation = np.tensordot(weight.astype(np.float64), maps[0].astype(np.float64), 1)
    height, width = graph.inputs[0][1].spatial
    return HeatMap(
        origin=origin_of(graph, options, material, runner.words),
        scored=scored,
        layer=graph.value_name(end.value),
        patches=None,
        size=(height, width),
        values=rows_of(activation),
    )


def pixels(heat: HeatMap) -> Array:
    """(H, W): the map at the size of the input, between its places by straight lines."""
    values = np.array(heat.values)[None, None]
    layer = Upsample(scale_factor=None, size=heat.size, mode="bilinear")
    return upsample(layer, {}, values)[0, 0]


@record
class End:
    """What the scores are made of."""

    value: int
    """The maps."""
    linear: Node | None
    """The layer after their means; None where there is a map for each class."""


def end_of(graph: Graph, place: int) -> End:
    """How an output comes from maps by way of their means. Raises UnsupportedError."""
    if len(graph.inputs) != 1 or len(graph.inputs[0][1]) != 3:
        raise UnsupportedError(f"a class activation map is drawn on one image; {graph.name} has another input")
    node = _made_by(graph, graph.outputs[place], lambda node: _keeps_values(node) or _ranks_alike(node))
    linear = node if node is not None and node.layer.traits.family == LINEAR else None
    if linear is not None:
        node = _made_by(graph, linear.inputs[0], _keeps_values)
    if node is None or not _is_global_mean(node):
        raise UnsupportedError(
            "a class activation map needs the means of whole maps before the scores (global_avg_pool); "
            f"in {graph.name} {'the scores come' if linear is None else f'what {linear.name} reads comes'} from "
            + ("the input" if node is None else f"{node.name} ({node.layer.kind})")
        )
    return End(node.inputs[0], linear)


def _made_by(graph: Graph, value: int, passes: Callable[[Node], bool]) -> Node | None:
    """The layer that makes a value, those left out that only pass it on; None for an input."""
    node = graph.maker(value)
    while node is not None and passes(node):
        node = graph.maker(node.inputs[0])
    return node


def _keeps_values(node: Node) -> bool:
    """Whether it changes no value at inference, and leaves them in their order."""
    return node.layer.traits.view in (SAME, IN_ORDER)


def _ranks_alike(node: Node) -> bool:
    """Whether it makes probabilities of scores, the larger of the larger."""
    return node.layer.traits.family == ACTIVATION and node.layer.traits.scores in (PROBABILITIES, LOG_PROBABILITIES)


def _is_global_mean(node: Node) -> bool:
    x = node.x
    if len(x) != 3 or not node.layer.traits.averages or node.shape.elements != x.channels:
        return False
    axes = list(zip(node.windows, x.spatial, strict=True))
    whole = all(len(window.reads(0, length)) == length for window, length in axes)
    return whole and not any(any(getattr(window, "padding", ())) for window, _ in axes)
