"""Runs a network: every layer in order, each value kept until its last reader has read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from archcalc.core.record import record
from archcalc.errors import ArchcalcError, BackendError, UnsupportedError
from archcalc.graph.graph import Graph, Node
from archcalc.numeric.namespace import Array
from archcalc.numeric.reference import FORWARD, Tensors, output_of
from archcalc.numeric.reference.pool import max_pool_places


@record
class ForwardStep:
    """One layer that has run."""

    index: int
    """Its place among the nodes of the graph."""
    node: Node
    output: Array
    """(N, *shape)."""
    seconds: float


def forward(
    graph: Graph,
    inputs: Sequence[Array],
    weights: Tensors,
    watch: Callable[[ForwardStep], None] = lambda _: None,
    store: Callable[[Array], Array] = lambda x: x,
) -> list[Array]:
    """The outputs of the graph for the arrays at its inputs, each (N, *shape).

    Args:
        weights: every tensor by its full name: `conv1.weight`.
        watch: sees each layer as it has run.
        store: what becomes of a value on its way to the layers that read it.

    Raises:
        UnsupportedError: for a layer that has no forward, before any has run.
        SpecError: where a layer refuses the values it gets.
        BackendError: where an array does not fit into the memory.
    """
    refuse_gaps(graph)
    sources = [values_read(graph, node) for node in graph.nodes]
    last_read = _last_reads(graph, sources)
    values: dict[int, Array] = dict(enumerate(inputs))
    for index, node in enumerate(graph.nodes):
        read = [values[value] for value in sources[index]]
        for value in set(sources[index]):
            if last_read[value] == index:
                del values[value]
        start = perf_counter()
        output = store(_of_batch(output_of_layer(graph, node, read, tensors_of(node, weights)), len(inputs[0])))
        step = ForwardStep(index, node, output, perf_counter() - start)
        value = graph.first + index
        if value in last_read:
            values[value] = step.output
        watch(step)
    return [values[value] for value in graph.outputs]


def output_of_layer(graph: Graph, node: Node, read: Sequence[Array], tensors: Tensors) -> Array:
    """The output (N, *shape) of one layer for the values of `values_read`.

    Args:
        tensors: those of the layer by their names in it.
    """
    try:
        with np.errstate(all="ignore"):  # what is not finite is reported by those who watch, with the layer's name
            if node.layer.traits.undoes:
                read = [read[0], max_pool_places(_matching_pool(graph, node)[0], read[1])]
            output: Array = output_of(node.layer, tensors, *read)
            return output
    except MemoryError:
        raise BackendError(
            f"the memory is too small for the output of {node.name}", help="a smaller --batch or --input"
        ) from None
    except ArchcalcError as error:
        raise error.at(node.place, node.name) from None


def _of_batch(output: Array, batch: int) -> Array:
    """For every example; a source, which reads none, gives one that stands for all."""
    return output if len(output) == batch else np.broadcast_to(output, (batch, *output.shape[1:]))


def values_read(graph: Graph, node: Node) -> tuple[int, ...]:
    """The values a layer reads; a max_unpool reads those of its max_pool too, whose places it needs."""
    if not node.layer.traits.undoes:
        return node.inputs
    return (*node.inputs, _matching_pool(graph, node)[1])


def tensors_of(node: Node, weights: Tensors) -> Mapping[str, Array]:
    """The tensors of a layer by their names in it."""
    owner = node.shared or node.name
    own = {name: weights[f"{owner}.{name}"] for name in node.weights}
    return {name: tensor.T.copy() for name, tensor in own.items()} if node.transposed else own


def refuse_gaps(graph: Graph) -> None:
    """Raise UnsupportedError for a layer that has no forward."""
    for node in graph.nodes:
        if node.layer.traits.stated:
            what = f"{node.name}: an {node.layer.kind} layer states its counts only, nothing is known of its values"
            raise UnsupportedError(what).at(node.place, node.name)
        if node.layer.kind not in FORWARD:
            raise UnsupportedError(f"{node.name}: the kind {node.layer.kind} cannot be run yet").at(
                node.place, node.name
            )


def _matching_pool(graph: Graph, node: Node) -> tuple[Any, int]:
    """The one max_pool of the same windows that made this input's shape from this output's, and what it reads.

    Raises UnsupportedError where there is none, or more than one.
    """
    matches = [
        (earlier.layer, earlier.inputs[0])
        for earlier in graph.nodes[: graph.nodes.index(node)]
        if earlier.layer.kind == node.layer.traits.undoes and _undoes(node, earlier)
    ]
    if len(matches) == 1:
        return matches[0]
    what = "no max_pool" if not matches else f"{len(matches)} max_pools"
    raise UnsupportedError(
        f"{node.name} puts values back where its max_pool took them; {what} before it "
        f"{'turns' if len(matches) < 2 else 'turn'} {node.shape} into {node.input_shapes[0]}",
        help="it needs one max_pool with the same kernel, stride and padding",
    ).at(node.place, node.name)


def _undoes(node: Node, pool: Node) -> bool:
    unpool: Any = node.layer
    layer: Any = pool.layer
    sides = tuple((cells, cells) for cells in unpool.padding)
    return (
        (pool.input_shapes[0], pool.shape) == (node.shape, node.input_shapes[0])
        and (layer.kernel_size, layer.stride) == (unpool.kernel_size, unpool.stride)
        and tuple(window.padding for window in layer.windows(pool.input_shapes[0])) == sides
        and set(layer.dilation) == {1}
    )


def _last_reads(graph: Graph, sources: Sequence[Sequence[int]]) -> dict[int, int]:
    """Each value that is read -> the index of the layer that reads it last; outputs are read after all layers."""
    last = {value: index for index, values in enumerate(sources) for value in values}
    return {**last, **dict.fromkeys(graph.outputs, len(graph.nodes))}
