"""One scope of a picture: boxes in series become a stack, a fork becomes a row of lanes, a skip is an empty lane.

What series and parallel do not reduce to one box goes to `ranks`. Straight chains without a crossing hold by
construction, and no tall sibling stretches a row of small boxes.

Source: Valdes, Tarjan, Lawler 1982, The Recognition of Series Parallel Digraphs (the reductions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from archcalc.report.drawing.box import DOOR_IN, DOOR_OUT, Box, Spacing, lane, row, stack
from archcalc.report.drawing.ranks import ranked

Item = Hashable
"""What stands in a scope: a leaf's number, a group's name."""


class SeriesScope:
    """The boxes of a group and the wires between them, reduced step by step."""

    def __init__(
        self,
        boxes: Mapping[Item, Box],
        edges: Iterable[tuple[Item, Item]],
        entering: Sequence[int],
        leaving: Sequence[int],
        spacing: Spacing,
    ) -> None:
        self.boxes = dict(boxes)
        self.entering, self.leaving, self.spacing = entering, leaving, spacing
        self.before: dict[Item, set[Item]] = defaultdict(set)
        self.after: dict[Item, set[Item]] = defaultdict(set)
        for source, reader in edges:
            self.after[source].add(reader)
            self.before[reader].add(source)
        self.made = 0

    def composed(self) -> Box:
        """All boxes as one."""
        while self._stack_chains() | self._row_forks():
            pass
        if len(self.boxes) == 1:
            return next(iter(self.boxes.values()))
        return ranked(self.boxes, self.before, self.entering, self.leaving, self.spacing)

    def _stack_chains(self) -> bool:
        """Chains of boxes that read only the one before, and are read only by the next."""
        following = {item: reader for item in self.boxes if (reader := self._only_reader(item)) is not None}
        heads = [item for item in following if not self._follows(item, following)]
        for head in heads:
            chain = [head]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            self._replace(chain, stack([self.boxes[item] for item in chain], self.spacing))
        return bool(heads)

    def _only_reader(self, item: Item) -> Item | None:
        """The box that alone reads this one, and reads nothing else."""
        if len(self.after[item]) != 1:
            return None
        (reader,) = self.after[item]
        return reader if reader != DOOR_OUT and self.before[reader] == {item} else None

    def _follows(self, item: Item, following: Mapping[Item, Item]) -> bool:
        return len(self.before[item]) == 1 and following.get(next(iter(self.before[item]))) == item

    def _row_forks(self) -> bool:
        """Boxes with one same source and one same reader, and the wire that goes past them."""
        forks: dict[tuple[Item, Item], list[Item]] = defaultdict(list)
        for item in self.boxes:
            if len(self.before[item]) <= 1 and len(self.after[item]) <= 1:
                forks[next(iter(self.before[item]), None), next(iter(self.after[item]), None)].append(item)
        changed = False
        for (source, reader), items in forks.items():
            direct = source is not None and reader is not None and reader in self.after[source]
            if len(items) + direct > 1:
                changed = True  # an end that became part of another row waits for the next pass
                if all(self._stands(end) for end in (*items, source, reader)):
                    self._row(source, reader, items, direct)
        return changed

    def _stands(self, item: Item) -> bool:
        return item in self.boxes or item in (DOOR_IN, DOOR_OUT, None)

    def _row(self, source: Item, reader: Item, items: list[Item], direct: bool) -> None:
        lanes = [self.boxes[item] for item in items]
        if direct:
            order = float("-inf" if self.spacing.skips_first else "inf")
            lanes += [lane(value, self.spacing, order) for value in self._passing(source, reader)]
            self.after[source].discard(reader)
            self.before[reader].discard(source)
        self._replace(items, row(self._ordered(source, lanes), self.spacing))

    def _passing(self, source: Item, reader: Item) -> list[int]:
        """The values that a reader takes from a source directly."""
        given = self.entering if source == DOOR_IN else [port.value for port in self.boxes[source].outs]
        taken = set(self.leaving) if reader == DOOR_OUT else {port.value for port in self.boxes[reader].ins}
        return [value for value in given if value in taken]

    def _ordered(self, source: Item, lanes: list[Box]) -> list[Box]:
        """Lanes in the order of their sources' ports where there are several, then of the network."""
        ports = self._ports(source)

        def side(box: Box) -> float:
            read = [ports[port.value] for port in box.ins if port.value in ports]
            return sum(read) / len(read) if len(ports) > 1 and read else 0

        lanes = sorted(lanes, key=lambda box: (side(box), box.order))
        real = [box for box in lanes if not box.empty]
        if self.spacing.skips_first and len(real) == 2 and len(ports) < 2:
            short, tall = sorted(box.height for box in real)
            if tall > self.spacing.main * short:
                lanes.sort(key=lambda box: box.height)
        return lanes

    def _ports(self, source: Item) -> Mapping[int, float]:
        if source is None:
            return {}
        if source == DOOR_IN:
            return {value: place for place, value in enumerate(self.entering)}
        return {port.value: port.x for port in self.boxes[source].outs}

    def _replace(self, items: Sequence[Item], box: Box) -> None:
        """Put one box in the place of several."""
        self.made += 1
        new, gone = ("joined", self.made), set(items)
        sources = set().union(*(self.before.pop(item, set()) for item in items)) - gone
        readers = set().union(*(self.after.pop(item, set()) for item in items)) - gone
        for item in items:
            del self.boxes[item]
        for source in sources:
            self.after[source] = (self.after[source] - gone) | {new}
        for reader in readers:
            self.before[reader] = (self.before[reader] - gone) | {new}
        self.before[new], self.after[new] = sources, readers
        self.boxes[new] = box
