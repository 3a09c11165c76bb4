"""Everything else: the textbook forward, on views of the maps."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.core.record import record
from archcalc.graph.graph import Graph, Node
from archcalc.numeric.engine.kernels.base import Bound, Place, Scratch, Tensors
from archcalc.numeric.engine.layout import NO_BORDER, Border, Map, Planar
from archcalc.numeric.engine.threads import Phase
from archcalc.numeric.namespace import Array
from archcalc.numeric.run.forward import output_of_layer, tensors_of


@record
class Fallback:
    """A layer, and those that were joined to it, as `archcalc.numeric.reference` runs them."""

    graph: Graph
    nodes: tuple[Node, ...]

    @property
    def name(self) -> str:
        return "reference"

    @property
    def border(self) -> Border:
        return NO_BORDER

    def scratch(self, _: int) -> Scratch:
        return Scratch()

    def prepared(self, tensors: Tensors) -> Tensors:
        """Those of `tensors_of_all`, as they are."""
        return tensors

    def phases(self, bound: Bound) -> list[Phase]:
        sources, target = [planes(x) for x in bound.x], planes(bound.y)
        more = [] if bound.finish.residual is None else [bound.finish.residual.planes]
        first, *joined = [(node, _of(number, bound.tensors)) for number, node in enumerate(self.nodes)]

        def task(_: int) -> None:
            value = output_of_layer(self.graph, first[0], sources, first[1])
            for node, tensors in joined:
                value = output_of_layer(
                    self.graph, node, [value, *more] if node.layer.traits.sums else [value], tensors
                )
            target[...] = value

        return [[task]]


def tensors_of_all(nodes: Sequence[Node], weights: Tensors) -> dict[str, Array]:
    """The tensors of several layers by number and name: `0.weight`."""
    return {f"{n}.{name}": tensor for n, node in enumerate(nodes) for name, tensor in tensors_of(node, weights).items()}


def _of(number: int, tensors: Tensors) -> dict[str, Array]:
    head = f"{number}."
    return {name.removeprefix(head): tensor for name, tensor in tensors.items() if name.startswith(head)}


def planes(place: Place) -> Array:
    """A value as everything outside the engine sees it."""
    return place.planes if isinstance(place, Map | Planar) else place
