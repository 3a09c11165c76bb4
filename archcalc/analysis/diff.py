"""What changed from one network to another, layer by layer, aligned by structure and not by name.

The layers in execution order are aligned as two sequences (a longest common subsequence with weights: a layer
that is equal and reads equal layers counts most, then an equal layer, then one of the same kind; a name decides
only between equals). Branches that stand in another order are found afterwards, by what they read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from archcalc.analysis.summary import LayerRow, summarize
from archcalc.core import Shape
from archcalc.core.record import record
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
class Difference:
    """All layers of both networks, in execution order."""

    names: tuple[str, str]
    lines: tuple[DiffLine, ...]
    params: tuple[int, int]
    macs: tuple[int, int]
    inputs: tuple[tuple[Shape, ...], tuple[Shape, ...]]

    @property
    def same(self) -> bool:
        """Whether the two compute the same on the same input, whatever their layers are called."""
        return all(line.state == "equal" for line in self.lines)

    def count(self, state: State) -> int:
        """How many layers are in this state."""
        return sum(line.state == state for line in self.lines)


Pairs = Mapping[int, int]
"""Layers of the first that are aligned with layers of the second, by number."""

_NESTED, _EQUAL, _SAME_KIND, _SAME_NAME = 16, 12, 4, 1
"""What an aligned pair counts: equal and reading equal layers, equal, of one kind; and its name on top."""

MOST_CELLS = 1_000_000
"""A larger table of pairs is not filled; difflib aligns by equal stretches then."""


def difference(before: Graph, after: Graph, names: tuple[str, str] | None = None) -> Difference:
    """Align two networks and say what changed from the first to the second."""
    return difference_of(side_of(before), side_of(after), names or (before.name, after.name))


def difference_of(before: Side, after: Side, names: tuple[str, str]) -> Difference:
    """The same of what a network's layers were written down as."""
    return Difference(
        names,
        tuple(_lines((before, after), _aligned(before, after))),
        (before.params, after.params),
        (before.macs, after.macs),
        (before.inputs, after.inputs),
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
        self.nested = [
            (layer, tuple(own[source] if source >= 0 else None for source in read))
            for layer, read in zip(own, sources, strict=True)
        ]


class Own(Protocol):
    """A layer by itself: equal to another where kind and attributes are."""

    @property
    def kind(self) -> str: ...
    def __hash__(self) -> int: ...


def side_of(graph: Graph) -> Side:
    """The side that a network is."""
    summary = summarize(graph)
    first = len(graph.inputs)
    return Side(
        summary.rows,
        [node.layer for node in graph.nodes],
        [tuple(value - first for value in node.inputs) for node in graph.nodes],
        tuple(shape for _, shape in graph.inputs),
        summary.totals.params,
        summary.totals.macs,
    )


def _aligned(a: Side, b: Side) -> Pairs:
    """Equal ends first, which is most of two versions of one net; then the middle; then moved branches."""
    named = [[*zip(side.nested, (row.name for row in side.rows), strict=True)] for side in (a, b)]
    head, tail = _equal_ends(named[0], named[1])
    if (len(a.own) - head - tail) * (len(b.own) - head - tail) > MOST_CELLS:
        head, tail = _equal_ends(a.nested, b.nested)
    pairs = {index: index for index in range(head)}
    pairs |= {len(a.own) - 1 - index: len(b.own) - 1 - index for index in range(tail)}
    middle = (range(head, len(a.own) - tail), range(head, len(b.own) - tail))
    align = _weighted if len(middle[0]) * len(middle[1]) <= MOST_CELLS else _matched
    return _with_moved(a, b, pairs | align(a, b, *middle))


def _equal_ends(a: Sequence[object], b: Sequence[object]) -> tuple[int, int]:
    """How many items are equal from the start, and from the end of the rest."""
    shorter = min(len(a), len(b))
    head = 0
    while head < shorter and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < shorter - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    return head, tail


def _weighted(a: Side, b: Side, rows: range, columns: range) -> dict[int, int]:
    """The alignment of most weight, by dynamic programming from the end."""
    best = [[0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for i in reversed(range(len(rows))):
        below, line = best[i + 1], best[i]
        for j in reversed(range(len(columns))):
            weight = _weight(a, b, rows[i], columns[j])
            line[j] = max(below[j], line[j + 1], weight + below[j + 1] if weight else 0)
    pairs = {}
    i = j = 0
    while i < len(rows) and j < len(columns):
        weight = _weight(a, b, rows[i], columns[j])
        if weight and best[i][j] == weight + best[i + 1][j + 1]:
            pairs[rows[i]] = columns[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _weight(a: Side, b: Side, i: int, j: int) -> int:
    """How well two layers go together; 0 where they cannot."""
    if a.own[i].kind != b.own[j].kind:
        return 0
    named = _SAME_NAME if a.rows[i].name == b.rows[j].name else 0
    if a.nested[i] == b.nested[j]:
        return _NESTED + named
    return (_EQUAL if a.own[i] == b.own[j] else _SAME_KIND) + named


def _matched(a: Side, b: Side, rows: range, columns: range) -> dict[int, int]:
    """The same for very long networks: equal stretches, and layers of one kind between them in order."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, [a.own[i] for i in rows], [b.own[j] for j in columns], autojunk=False)
    pairs: dict[int, int] = {}
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1):
            found = zip(rows[i1:i2], columns[j1:j2], strict=True)
            pairs |= {i: j for i, j in found if a.own[i].kind == b.own[j].kind}
    return pairs


def _with_moved(a: Side, b: Side, pairs: dict[int, int]) -> Pairs:
    """Pairs of equal layers that read aligned layers but stand elsewhere, as branches in another order do.

    A layer that was aligned only for its kind gives way to one that is equal.
    """
    found = dict(pairs)
    free: dict[Any, list[int]] = {}
    for i, layer in enumerate(a.own):
        if i not in found or layer != b.own[found[i]]:
            free.setdefault(layer, []).append(i)
    backward = {j: i for i, j in found.items()}
    for j, layer in enumerate(b.own):
        current = backward.get(j)
        if current is not None and a.own[current] == layer and _reads_alike(a, b, current, j, found):
            continue
        for i in free.get(layer, ()):
            if _reads_alike(a, b, i, j, found) and (found.get(i) is None or a.own[i] != b.own[found[i]]):
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
    lines: list[DiffLine] = []
    shown: set[int] = set()
    for j, row in enumerate(b.rows):
        partner = backward.get(j)
        if partner is None:
            lines.append(DiffLine("added", None, row))
            continue
        for i in range(partner):
            if i not in shown and i not in pairs:
                lines.append(DiffLine("removed", a.rows[i], None))
                shown.add(i)
        lines.append(_pair(a, b, partner, j, pairs))
    lines += [DiffLine("removed", row, None) for i, row in enumerate(a.rows) if i not in shown and i not in pairs]
    return lines


def _pair(a: Side, b: Side, i: int, j: int, pairs: Pairs) -> DiffLine:
    before, after = a.rows[i], b.rows[j]
    changes = [
        Change(name, getattr(a.own[i], name), getattr(b.own[j], name))
        for name in dict.fromkeys([*before.attributes, *after.attributes])
        if getattr(a.own[i], name) != getattr(b.own[j], name)
    ]
    reads = _known_sources(a, i, set(pairs)), _known_sources(b, j, set(pairs.values()))
    if {pairs[source] if source >= 0 else source for source in reads[0]} != reads[1]:
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


def _known_sources(side: Side, index: int, aligned: set[int]) -> set[int]:
    """The aligned layers and inputs that a layer reads, through those that are only on this side."""
    known: set[int] = set()
    waiting = [*side.sources[index]]
    seen: set[int] = set()
    while waiting:
        source = waiting.pop()
        if source < 0 or source in aligned:
            known.add(source)
        elif source not in seen:
            seen.add(source)
            waiting += side.sources[source]
    return known


def _names(side: Side, index: int) -> Sequence[str]:
    return side.rows[index].inputs
