"""The numbers that a spec states under `weights:` -> the tensors of the graph, by state-dict name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from archcalc.core.arrays import Array
from archcalc.core.shape import Shape
from archcalc.errors import Repair, SpecError
from archcalc.graph.choices import Choices
from archcalc.graph.graph import Group, Node
from archcalc.spec.document import Document, StatedWeights
from archcalc.spec.names import listed, nearest, unknown

WEIGHT = "weight"
"""The tensor that the name of a layer alone stands for."""

MOST_NUMBERS = 1_000_000
"""Of one tensor."""

_COMPARISONS = 500_000


def stated_weights(
    document: Document,
    choices: Choices,
    nodes: Sequence[Node],
    groups: Mapping[str, Group],
    report: Callable[[SpecError], None],
) -> dict[str, Any]:
    """`stated` and `unfit` of a graph: every entry at its tensors.

    Those of the variant go before those of the file, names before patterns.

    What does not fit is an error in the network that the file states; where params, input or variant change what the
    entry was written for, it is left out and told.
    """
    variant = document.variants.get(choices.variant or "")
    own = Choices.of(variant) if variant is not None else Choices()
    as_stated = (choices.params, choices.inputs) == (own.params, own.inputs)
    tensors = _Tensors(nodes, groups)
    found: dict[str, Array] = {}
    unfit: list[str] = []
    levels = [(document.weights, not (choices.params or choices.inputs))]
    if variant is not None and variant.weights:
        levels.append((variant.weights, as_stated))
    for entries, strict in levels:
        found.update(_level(entries, tensors, report if strict else lambda error: unfit.append(error.what)))
    return {"stated": found, "unfit": tuple(unfit)}


def _level(
    entries: Sequence[StatedWeights], tensors: _Tensors, report: Callable[[SpecError], None]
) -> dict[str, Array]:
    """One section, tensor -> numbers."""
    found: dict[str, Array] = {}
    owners: dict[str, StatedWeights] = {}
    for entry in sorted(entries, key=lambda entry: not _is_pattern(entry.path)):
        try:
            for name, shape in tensors.of(entry).items():
                earlier = owners.get(name)
                if earlier is not None and _is_pattern(earlier.path) == _is_pattern(entry.path):
                    help = f"`{earlier.path}` states them on line {earlier.name_place.line}; delete one of them"
                    raise SpecError(f"the numbers of `{name}` stand twice", help=help).at(entry.name_place)
                found[name], owners[name] = _fitted(entry, name, shape), entry
        except SpecError as error:
            report(error)
    return found


def _is_pattern(path: str) -> bool:
    return any(sign in path for sign in "*?[")


def _fitted(entry: StatedWeights, name: str, shape: Shape) -> Array:
    if shape.elements > MOST_NUMBERS:
        what = f"`{name}` has {shape.elements:,} numbers, a spec states at most {MOST_NUMBERS:,} for one tensor"
        raise SpecError(what, help="larger ones come from a file: archcalc run --weights FILE").at(entry.place)
    fitted = entry.array.fitted(shape)
    if fitted is None:
        counted = f"{entry.array.shape.elements:,} numbers for {shape.elements:,}"
        same = entry.array.shape.elements == shape.elements
        help = f"write {_rows(shape)}" + ("" if same else f": {counted}")
        raise SpecError(f"`{name}` is {shape}, the weights are {entry.array.shape}", help=help).at(entry.place)
    return fitted


def _rows(shape: Shape) -> str:
    """In words how the lists lie in one another: `3 rows of 2 numbers`, `2 lists of 3 rows of 5 numbers`."""
    sizes = [size for size in shape if size > 1] or [1]
    words = ["numbers", "rows", *["lists"] * len(sizes)]
    parts = [f"{size} {words[depth][: -1 if size == 1 else None]}" for depth, size in enumerate(reversed(sizes))]
    return " of ".join(reversed(parts))


class _Tensors:
    """The tensors of the nodes under every name that they go by."""

    def __init__(self, nodes: Sequence[Node], groups: Mapping[str, Group]) -> None:
        self.shapes: dict[str, Shape] = {}
        """State-dict name -> shape, of the layer that owns it."""
        self.layers: dict[str, str] = {}
        """Name of a layer -> the state-dict name of its `weight`."""
        self.tensors: dict[str, str] = {}
        """What may be written for a tensor -> its state-dict name."""
        self.nodes: dict[str, Node] = {}
        self.compared = 0
        for node in nodes:
            for title in _titles(node, groups):
                self.nodes.setdefault(title, node)
                if node.shared is None:
                    self._enter(title, node)

    def _enter(self, title: str, node: Node) -> None:
        for part, tensor in node.weights.items():
            full = f"{node.name}.{part}"
            self.shapes[full] = tensor.shape
            self.tensors.setdefault(f"{title}.{part}", full)
            if part == WEIGHT:
                self.layers.setdefault(title, full)

    def of(self, entry: StatedWeights) -> dict[str, Shape]:
        """The tensors that an entry names, with their shapes. Raises SpecError where there is none."""
        if _is_pattern(entry.path):
            hits = self._hits(entry, self.layers) or self._hits(entry, self.tensors)
        else:
            full = self.tensors.get(entry.path) or self.layers.get(entry.path)
            hits = {full} if full is not None else set()
        if not hits:
            raise self._unknown(entry.path).at(entry.name_place)
        return {full: self.shapes[full] for full in sorted(hits)}

    def _hits(self, entry: StatedWeights, names: Mapping[str, str]) -> set[str]:
        self.compared += len(names)
        if self.compared > _COMPARISONS:
            raise SpecError("`weights` has too many patterns", help="name the layers").at(entry.name_place)
        return {full for name, full in names.items() if fnmatchcase(name, entry.path)}

    def _unknown(self, path: str) -> SpecError:
        owner, _, part = (path, "", WEIGHT) if path in self.nodes else path.rpartition(".")
        node = self.nodes.get(owner)
        if node is not None and node.shared:
            right = path.replace(owner, node.shared, 1)
            what = f"`{path}` has the weights of `{node.shared}`"
            return SpecError(what, help=f"state them there: {right}", repair=Repair(path, right))
        if node is not None and not node.weights:
            return SpecError(f"`{owner}` has no weights", help="delete this entry")
        if node is not None:
            tensors = [f"{owner}.{name}" for name in node.weights]
            what, help = f"`{owner}` has no tensor `{part}`", f"its tensors are {listed(tensors)}"
            return unknown(what, path, nearest(part, [*node.weights]) and nearest(path, tensors), help)
        known = [*self.layers, *self.tensors]
        help = f"layers with weights are {listed(self.layers)}" if self.layers else "no layer has weights"
        return unknown(
            f"`{path}` is no layer with weights, and none of their tensors", path, nearest(path, known), help
        )


def _titles(node: Node, groups: Mapping[str, Group]) -> list[str]:
    """`conv1.conv`, and `conv1` where that is written as one layer."""
    parent = node.name.rpartition(".")[0]
    return [node.name, parent] if parent in groups and groups[parent].sugar else [node.name]
