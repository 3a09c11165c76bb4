"""Whether two graphs compute the same: equal layers on the same values, whatever they are called.

Layers that hand their input on (dropout at inference, identity, an adaptive pooling to the size that is there) do not
count, nor do softmaxes at the end, which change no answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from archcalc.core import AdaptiveWindow
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import LOG_PROBABILITIES, PROBABILITIES, SAME

Numbers = dict[Hashable, int]


def same_network(first: Graph, second: Graph) -> bool:
    """Whether both compute the same, up to what their trained weights are."""
    numbers: Numbers = {}
    return _ends(first, numbers) == _ends(second, numbers)


def _ends(graph: Graph, numbers: Numbers) -> list[int]:
    """The number of each output; equal things have equal numbers."""
    first = len(graph.inputs)
    found = [_number((place, shape), numbers) for place, (_, shape) in enumerate(graph.inputs)]
    twins: Counter[Hashable] = Counter()
    for node in graph.nodes:
        read = tuple([found[value] for value in node.inputs])
        if _hands_on(node):
            found.append(read[0])
            continue
        key: Hashable = (node.layer, read)
        if node.shared is not None:
            key = (key, found[graph.values[node.shared]])
        elif node.layer.weights(*node.input_shapes):
            twins[key] += 1  # layers alike on the same values have weights of their own
            key = (key, -twins[key])
        found.append(_number(key, numbers))
    return [found[_scored(graph, value, first)] for value in graph.outputs]


def _number(key: Hashable, numbers: Numbers) -> int:
    return numbers.setdefault(key, len(numbers))


def _hands_on(node: Node) -> bool:
    if node.layer.traits.view == SAME:
        return True
    windows = node.layer.windows(*node.input_shapes)
    return node.shape == node.x and any(isinstance(window, AdaptiveWindow) for window in windows)


def _scored(graph: Graph, value: int, first: int) -> int:
    """The value whose scores an output is, before the softmax."""
    while value >= first:
        node = graph.nodes[value - first]
        if node.layer.traits.view != SAME and node.layer.traits.scores not in (PROBABILITIES, LOG_PROBABILITIES):
            break
        value = node.inputs[0]
    return value
