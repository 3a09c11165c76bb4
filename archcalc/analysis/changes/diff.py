"""What changed from one network to another, layer by layer, aligned by structure and not by name.

The layers in execution order are aligned as two sequences (a longest common subsequence with weights: a layer
that is equal and reads equal layers counts most, then an equal layer, then one of the same kind; a name decides
only between equals). Branches that stand in another order are found afterwards, by what they read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from archcalc.analysis.changes import alignment
from archcalc.analysis.changes.alignment import Items, align, equal_ends, numbered
from archcalc.analysis.summary import LayerRow, summarize
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.graph.graph import Graph

State = Literal["equal", "changed", "added", "removed"]


@record
class Change:
    """One attribute, or `input`, `reads` or `shares` (whose weights), before and after."""

    what: str
    before: Any
    after: Any


@record
class DiffLine:
    """One layer of the one, of the other, or of both."""

    state: State
    before: LayerRow | None
    after: LayerRow | None
    changes: tuple[Change, ...] = ()

    @property
    def renamed(self) -> bool:
        """Whether it is in both, under another name."""
        return self.before is not None and self.after is not None and self.before.name != self.after.name

    @property
    def params(self) -> tuple[int, int]:
        """Before and after; 0 where the layer is not there."""
        return (
            self.before.counts.params if self.before else 0,
            self.after.counts.params if self.after else 0,
        )

    @property
    def macs(self) -> tuple[int, int]:
        """Before and after; 0 where the layer is not there."""
        return (
            self.before.counts.macs if self.before else 0,
            self.after.counts.macs if self.after else 0,
        )


@record
class Difference(Result):
    """All layers of both networks, in execution order."""

    names: tuple[str, str]
    lines: tuple[DiffLine, ...]
    params: tuple[int, int]
    macs: tuple[int, int]
    inputs: tuple[tuple[Shape, ...], tuple[Shape, ...]]
    coarse: bool = False
    """Whether the two were too long and too different to weigh every pair of layers."""

    @property
    def same(self) -> bool:
        """Whether the two compute the same on the same input, whatever their layers are called."""
        return all(line.state == "equal" for line in self.lines)

    def count(self, state: State) -> int:
        """How many layers are in this state."""
        return sum(line.state == state for line in self.lines)


Pairs = Mapping[int, int]
"""Layers of the first that are aligned with layers of the second, by number."""


def difference(before: Graph, after: Graph, names: tuple[str, str] | None = None) -> Difference:
    """Align two networks and say what changed from the first to the second."""
    return difference_of(side_of(before), side_of(after), names or (before.name, after.name))


def difference_of(before: Side, after: Side, names: tuple[str, str]) -> Difference:
    """The same of what a network's layers were written down as."""
    pairs, coarse = _aligned(before, after)
    return Difference(
        names,
        tuple(_lines((before, after), pairs)),
        (before.params, after.params),
        (before.macs, after.macs),
        (before.inputs, after.inputs),
        coarse,
    )


class Side:
    """One network with the signature of each layer."""

    def __init__(
        self,
        rows: Sequence[LayerRow],
        own: Sequence[Own],
        sources: Sequence[tuple[int, ...]],
        inputs: tuple[Shape, ...],
        params: int,
        macs: int,
    ) -> None:
        self.rows = rows
        self.own = own
        """What each layer is by itself; its attributes are there under their names."""
        self.sources = sources
        """The layers each reads; negative numbers are inputs of the graph."""
        self.inputs = inputs
        self.params = params
        self.macs = macs
        self.numbers = {row.name: number for number, row in enumerate(rows)}


class Own(Protocol):
    """A layer by itself: equal to another where kind and attributes are."""

    @property
    def kind(self) -> str: ...
    def __hash__(self) -> int: ...


def side_of(graph: Graph) -> Side:
    """The side that a network is."""
    summary = summarize(graph)
    first = graph.first
    return Side(
        summary.rows,
        [node.layer for node in graph.nodes],
        [tuple(value - first for value in node.inputs) for node in graph.nodes],
        tuple(shape for _, shape in graph.inputs),
        summary.totals.params,
        summary.totals.macs,
    )


def _aligned(a: Side, b: Side) -> tuple[Pairs, bool]:
    """Equal ends first, which is most of two versions of one net; then the middle; then moved branches."""
    items = _items(a, b)
    named = [[*zip(side.nested, side.names, strict=True)] for side in items]
    head, tail = equal_ends(named[0], named[1])
    if (len(a.own) - head - tail) * (len(b.own) - head - tail) > alignment.MOST_CELLS:
        head, tail = equal_ends(items[0].nested, items[1].nested)
    pairs = {index: index for index in range(head)}
    pairs |= {len(a.own) - 1 - index: len(b.own) - 1 - index for index in range(tail)}
    middle, coarse = align(*items, range(head, len(a.own) - tail), range(head, len(b.own) - tail))
    return _with_moved(a, b, items, pairs | middle), coarse


def _items(a: Side, b: Side) -> tuple[Items, Items]:
    sides = (a, b)
    kinds = numbered(*([layer.kind for layer in side.own] for side in sides))
    own = numbered(*(side.own for side in sides))
    nested = numbered(
        *(
            [(number, *(numbers[source] if source >= 0 else -1 for source in read))
             for number, read in zip(numbers, side.sources, strict=True)]
            for numbers, side in zip(own, sides, strict=True)
        )
    )  # fmt: skip
    names = numbered(*([row.name for row in side.rows] for side in sides))
    return Items(kinds[0], own[0], nested[0], names[0]), Items(kinds[1], own[1], nested[1], names[1])


def _with_moved(a: Side, b: Side, items: tuple[Items, Items], pairs: dict[int, int]) -> Pairs:
    """Pairs of equal layers that read aligned layers but stand elsewhere, as branches in another order do.

    A layer that was aligned only for its kind gives way to one that is equal.
    """
    found = dict(pairs)
    own, others = items[0].own, items[1].own
    free: dict[tuple[int, int], list[int]] = {}
    for i, layer in enumerate(own):
        if i not in found or layer != others[found[i]]:
            free.setdefault((layer, a.sources[i][0] if a.sources[i] else -1), []).append(i)
    backward = {j: i for i, j in found.items()}
    for j, layer in enumerate(others):
        current = backward.get(j)
        if current is not None and own[current] == layer and _reads_alike(a, b, current, j, found):
            continue
        first = b.sources[j][0] if b.sources[j] else -1
        for i in free.get((layer, backward.get(first, -len(own) - 1) if first >= 0 else first), ()):
            if _reads_alike(a, b, i, j, found) and (found.get(i) is None or own[i] != others[found[i]]):
                if current is not None:
                    del found[current]
                if i in found:
                    del backward[found[i]]
                found[i], backward[j] = j, i
                break
    return found


def _reads_alike(a: Side, b: Side, i: int, j: int, pairs: Pairs) -> bool:
    expected = [pairs.get(source, None) if source >= 0 else source for source in a.sources[i]]
    return expected == [*b.sources[j]]


def _lines(sides: tuple[Side, Side], pairs: Pairs) -> list[DiffLine]:
    """Aligned layers in the order of the second network; what was removed stands where it was."""
    a, b = sides
    backward = {j: i for i, j in pairs.items()}
    known = _known_sources(a, pairs), _known_sources(b, backward)
    lines: list[DiffLine] = []
    shown = 0
    for j, row in enumerate(b.rows):
        partner = backward.get(j)
        if partner is None:
            lines.append(DiffLine("added", None, row))
            continue
        lines += [DiffLine("removed", a.rows[i], None) for i in range(shown, partner) if i not in pairs]
        shown = max(shown, partner)
        reads = {pairs[source] if source >= 0 else source for source in known[0][partner]}
        lines.append(_pair(a, b, partner, j, pairs, reads == known[1][j]))
    return lines + [DiffLine("removed", a.rows[i], None) for i in range(shown, len(a.rows)) if i not in pairs]


def _pair(a: Side, b: Side, i: int, j: int, pairs: Pairs, reads_alike: bool) -> DiffLine:
    before, after = a.rows[i], b.rows[j]
    changes = [
        Change(name, getattr(a.own[i], name), getattr(b.own[j], name))
        for name in dict.fromkeys([*before.attributes, *after.attributes])
        if getattr(a.own[i], name) != getattr(b.own[j], name)
    ]
    if not reads_alike:
        changes.append(Change("reads", _names(a, i), _names(b, j)))
    if _owner(a, i, pairs) != _owner(b, j):
        changes.append(Change("shares", before.shared, after.shared))
    if before.input_shapes != after.input_shapes:
        changes.append(Change("input", before.input_shapes, after.input_shapes))
    return DiffLine("changed" if changes else "equal", before, after, tuple(changes))


def _owner(side: Side, index: int, pairs: Pairs | None = None) -> int | None:
    """The layer whose weights one uses; with `pairs` the one it is aligned with, -1 where there is none."""
    shared = side.rows[index].shared
    if not shared:
        return None
    owner = side.numbers.get(shared, -1)
    return owner if pairs is None else pairs.get(owner, -1)


def _known_sources(side: Side, aligned: Pairs) -> list[frozenset[int]]:
    """The aligned layers and inputs that each layer reads, through those that are only on this side."""
    known: list[frozenset[int]] = []
    for read in side.sources:
        through = [known[source] for source in read if source >= 0 and source not in aligned]
        own = [source for source in read if source < 0 or source in aligned]
        known.append(through[0] if len(through) == 1 and not own else frozenset(own).union(*through))
    return known


def _names(side: Side, index: int) -> Sequence[str]:
    return side.rows[index].inputs
