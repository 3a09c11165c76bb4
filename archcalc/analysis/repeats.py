"""Equal groups side by side in a network, which a picture draws once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from archcalc.graph.graph import Graph, Group

Run = tuple[str, ...]
"""Equal groups, in order."""


def turns_of(repeated: Sequence[Sequence[Run]]) -> dict[str, tuple[int, int]]:
    """Each repeated group -> the number of its repeats, and its turn in them."""
    return {name: (number, turn) for number, together in enumerate(repeated)
            for run in together for turn, name in enumerate(run)}  # fmt: skip


def runs(
    graph: Graph, groups: Mapping[str, Group], parent: Callable[[str], str], opened: Mapping[str, bool]
) -> list[list[Run]]:
    """Equal groups side by side, each reading only the one before it, or what the first of them reads, too.

    Two sorts that take turns (a plain block, a shifted one) are two runs that repeat together.
    """
    siblings: dict[str, list[str]] = defaultdict(list)
    for name in sorted(groups, key=lambda name: groups[name].first):
        if opened.get(parent(name), True) and not groups[name].sugar:
            siblings[parent(name)].append(name)
    repeats = _Repeats(graph, groups)
    return [together for names in siblings.values() if len(names) > 1 for together in repeats.of(names)]


PERIODS = (1, 2)
"""So many sorts of groups may take turns."""


class _Repeats:
    def __init__(self, graph: Graph, groups: Mapping[str, Group]) -> None:
        self.nodes, self.groups, self.count = graph.nodes, groups, len(graph.inputs)
        self.last_reader = [-1] * len(graph.nodes)
        for index, node in enumerate(graph.nodes):
            for value in node.inputs:
                if value >= self.count:
                    self.last_reader[value - self.count] = index
        self.signatures: dict[str, object] = {}

    def of(self, names: Sequence[str]) -> Iterator[list[Run]]:
        start = 0
        while start < len(names):
            lengths = ((period, self._length(names, start, period)) for period in PERIODS)
            period, length = next(((p, n) for p, n in lengths if n >= 2 * p), (1, 1))
            if length > 1:
                yield [tuple(names[start + sort : start + length : period]) for sort in range(period)]
            start += length

    def _length(self, names: Sequence[str], start: int, period: int) -> int:
        """How many groups from `start` on repeat the first `period` of them, in whole turns."""
        stop = start + 1
        while stop < len(names):
            first = names[start + (stop - start) % period] if stop - start >= period else names[stop]
            if not self._continues(first, names[stop - 1], names[stop]):
                break
            stop += 1
        return (stop - start) // period * period

    def _continues(self, first: str, before: str, name: str) -> bool:
        last, group = self.groups[before], self.groups[name]
        if group.first != last.stop or self._signature(name) != self._signature(first):
            return False
        read = self._reads(group)
        chained = {value for value in read if last.first <= value < last.stop}
        if not chained or not read - chained <= self._reads(self.groups[first]):
            return False
        return all(self.last_reader[index] < group.stop for index in range(last.first, last.stop))

    def _reads(self, group: Group) -> set[int]:
        """The values from outside that a group reads; inputs of the network below 0."""
        values = {v - self.count for node in self.nodes[group.first : group.stop] for v in node.inputs}
        return {value for value in values if value < group.first}

    def _signature(self, name: str) -> object:
        """The names, layers and wires in a group, wherever it stands."""
        if name not in self.signatures:
            group, start = self.groups[name], self.groups[name].first + self.count
            self.signatures[name] = tuple(
                (node.name[len(name) :], node.layer, tuple([max(value - start, -1) for value in node.inputs]))
                for node in self.nodes[group.first : group.stop]
            )
        return self.signatures[name]
