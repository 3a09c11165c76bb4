"""Boxes that series and parallel do not explain, in ranks: longest paths, lanes through the ranks between, barycentres.

A value that passes ranks has a lane in each, so that nothing stands in its way. The ranks are rows and the whole is a
stack, so wires bend between ranks only, as everywhere.

Source: Sugiyama, Tagawa, Toda 1981, Methods for Visual Understanding of Hierarchical System Structures.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from archcalc.report.drawing.box import DOOR_OUT, Box, Spacing, apart, lane, row, stack
from archcalc.report.drawing.route import Port, Wire
from archcalc.report.drawing.spread import inversions, spread

_SWEEPS, _FEW_SWEEPS = 10, 4
_LARGE = 2000
"""More boxes than this are swept less often."""

_SWAPPED = 600
"""Up to so many boxes, neighbours are swapped while that helps."""

_ROUNDS = 6
"""So often, at most, neighbours are swapped."""

_ONE_SIDED, _BOTH_SIDED = 6, 2
"""Sweeps for positions towards the rank before or after, then towards both."""

_STRAIGHT = 8
"""The weight of a wire from lane to lane."""

_FREE = 0.1
"""The weight of a box without neighbours."""

_FAR = 1e9


class _Wanted(NamedTuple):
    """A value that a box reads, and the box that makes it (None: it comes from outside)."""

    value: int
    maker: Hashable | None


class _Segment(NamedTuple):
    """A wire from a rank to the next; the boxes by their numbers, the ports by their x in the box."""

    upper: int
    leaves: float
    lower: int
    enters: float
    weight: int


def ranked(
    boxes: Mapping[Hashable, Box],
    before: Mapping[Hashable, Collection[Hashable]],
    entering: Sequence[int],
    leaving: Sequence[int],
    spacing: Spacing,
) -> Box:
    """All boxes of a scope as one, in ranks.

    Args:
        before: the sources of each box; the box that one value comes from is among them.
        entering, leaving: the values at the scope's doors.
    """
    return _Ranks(boxes, before, entering, leaving, spacing).joined()


class _Ranks:
    def __init__(
        self,
        boxes: Mapping[Hashable, Box],
        before: Mapping[Hashable, Collection[Hashable]],
        entering: Sequence[int],
        leaving: Sequence[int],
        spacing: Spacing,
    ) -> None:
        self.spacing = spacing
        wanted = {
            item: [_Wanted(port.value, _maker(port.value, before[item], boxes)) for port in box.ins]
            for item, box in boxes.items()
        }
        rank = _longest_paths(boxes, wanted, first=1 if entering else 0)
        last = max(rank.values()) + (1 if leaving else 0)
        self.ranks: list[list[int]] = [[] for _ in range(last + 1)]
        self.boxes: list[Box] = []
        self.where: dict[tuple[_Wanted, int], int] = {}
        self._place(boxes, wanted, rank, entering)
        ends = before.get(DOOR_OUT, ())
        self._pass_on(boxes, wanted, rank, {value: _maker(value, ends, boxes) for value in leaving})
        self.place = [0] * len(self.boxes)
        self._number()
        self._link()

    def _place(
        self, boxes: Mapping[Hashable, Box], wanted: Mapping[Hashable, list[_Wanted]],
        rank: Mapping[Hashable, int], entering: Sequence[int],
    ) -> None:  # fmt: skip
        """Each box in its rank. A copy of it names its ports' values by their makers, for one may have several."""
        self.values: list[_Wanted] = []
        self.numbers: dict[_Wanted, int] = {}
        for value in entering:
            name = _Wanted(value, None)
            self.where[name, 0] = self._put(0, lane(self._numbered(name), self.spacing, -1))
        for item in sorted(boxes, key=lambda item: boxes[item].order):
            box = boxes[item]
            made = [_Wanted(port.value, item) for port in box.outs]
            number = self._put(rank[item], self._stand_in(box, wanted[item], made))
            for name in made:
                self.where[name, rank[item]] = number

    def _stand_in(self, box: Box, read: list[_Wanted], made: list[_Wanted]) -> Box:
        ins = [port._replace(value=self._numbered(name)) for port, name in zip(box.ins, read, strict=True)]
        outs = [port._replace(value=self._numbered(name)) for port, name in zip(box.outs, made, strict=True)]
        return Box(box.width, box.height, box.entry, box.exit, ins, outs, box.order, [(box, 0.0, 0.0)])

    def _numbered(self, name: _Wanted) -> int:
        if name not in self.numbers:
            self.numbers[name] = len(self.values)
            self.values.append(name)
        return self.numbers[name]

    def _put(self, rank: int, box: Box) -> int:
        self.boxes.append(box)
        self.ranks[rank].append(len(self.boxes) - 1)
        return len(self.boxes) - 1

    def _pass_on(
        self, boxes: Mapping[Hashable, Box], wanted: Mapping[Hashable, list[_Wanted]],
        rank: Mapping[Hashable, int], leaving: Mapping[int, Hashable | None],
    ) -> None:  # fmt: skip
        """A lane in each rank that a value passes on its way to its last reader, or out."""
        until: dict[_Wanted, int] = defaultdict(int)
        for item, names in wanted.items():
            for name in names:
                until[name] = max(until[name], rank[item])
        for value, maker in leaving.items():
            until[_Wanted(value, maker)] = len(self.ranks)
        order = {name: boxes[name.maker].order if name.maker is not None else -1 for name in until}
        for name in sorted(until, key=lambda name: order[name]):
            start = rank[name.maker] if name.maker is not None else 0
            for between in range(start + 1, min(until[name], len(self.ranks))):
                stands_for = lane(self._numbered(name), self.spacing, order[name] + 0.5 if order[name] >= 0 else -1)
                self.where[name, between] = self._put(between, stands_for)

    def _number(self) -> None:
        for numbers in self.ranks:
            for place, number in enumerate(numbers):
                self.place[number] = place

    def _link(self) -> None:
        """The wires from each rank to the next."""
        leaves = {(number, port.value): port.x for number, box in enumerate(self.boxes) for port in box.outs}
        self.segments: list[list[_Segment]] = [[]]
        for rank in range(1, len(self.ranks)):
            segments = []
            for number in self.ranks[rank]:
                box = self.boxes[number]
                for port in box.ins:
                    upper = self.where[self.values[port.value], rank - 1]
                    weight = _STRAIGHT if box.empty and self.boxes[upper].empty else 1
                    segments.append(_Segment(upper, leaves[upper, port.value], number, port.x, weight))
            self.segments.append(segments)
        self.above: list[list[tuple[int, float, float, int]]] = [[] for _ in self.boxes]
        self.below: list[list[tuple[int, float, float, int]]] = [[] for _ in self.boxes]
        for segments in self.segments:
            for upper, out, lower, into, weight in segments:
                self.above[lower].append((upper, out, into, weight))
                self.below[upper].append((lower, into, out, weight))

    def joined(self) -> Box:
        self._order()
        at = self._positions()
        self._straighten(at)
        rows, lefts = [], []
        for numbers in self.ranks:
            left = min(at[number] for number in numbers)
            lefts.append(left)
            rows.append(row([self.boxes[n] for n in numbers], self.spacing, [at[n] - left for n in numbers]))
        return self._by_value(stack(rows, self.spacing, lefts))

    def _by_value(self, box: Box) -> Box:
        """The finished box, its ports and wires with their values' own numbers again."""

        def ports(numbered: Sequence[Port]) -> list[Port]:
            return [port._replace(value=self.values[port.value].value) for port in numbered]

        def wires(numbered: Sequence[Wire]) -> list[Wire]:
            return [wire._replace(value=self.values[wire.value].value) for wire in numbered]

        for child, _, _ in box.children:
            child.wires = wires(child.wires)
        box.ins, box.outs, box.wires, box.rows = ports(box.ins), ports(box.outs), wires(box.wires), ()
        return box

    # -- the order within ranks

    def _order(self) -> None:
        """Barycentres up and down, the best order kept; then neighbours swapped while that helps."""
        best, kept = self._crossings(), [list(numbers) for numbers in self.ranks]
        for sweep in range(_SWEEPS if len(self.boxes) < _LARGE else _FEW_SWEEPS):
            if not best:
                break
            self._sweep(down=sweep % 2 == 0)
            crossings = self._crossings()
            if crossings < best:
                best, kept = crossings, [list(numbers) for numbers in self.ranks]
        self.ranks = kept
        self._number()
        if best and len(self.boxes) < _SWAPPED:
            for _ in range(_ROUNDS):
                if not self._swap_neighbours():
                    break

    def _sweep(self, down: bool) -> None:
        neighbours = self.above if down else self.below
        for numbers in self.ranks[1:] if down else self.ranks[-2::-1]:
            middle = {number: self._barycentre(number, neighbours[number]) for number in numbers}
            numbers.sort(key=lambda number: middle[number])
            for place, number in enumerate(numbers):
                self.place[number] = place

    def _barycentre(self, number: int, neighbours: list[tuple[int, float, float, int]]) -> float:
        if not neighbours:
            return self.place[number]
        return sum(self._port(other, x) for other, x, _, _ in neighbours) / len(neighbours)

    def _port(self, number: int, x: float) -> float:
        """The place of a port in its rank: the box's, and how far across it is."""
        return self.place[number] + x / (self.boxes[number].width + 1)

    def _crossings(self) -> int:
        total = 0
        for segments in self.segments:
            ends = sorted((self._port(s.upper, s.leaves), self._port(s.lower, s.enters)) for s in segments)
            total += inversions([lower for _, lower in ends])
        return total

    def _swap_neighbours(self) -> bool:
        gained = False
        for numbers in self.ranks:
            for i in range(len(numbers) - 1):
                left, right = numbers[i], numbers[i + 1]
                if self._crossed(left, right) > self._crossed(right, left):
                    numbers[i], numbers[i + 1] = right, left
                    self.place[left], self.place[right] = i + 1, i
                    gained = True
        return gained

    def _crossed(self, left: int, right: int) -> int:
        """How many wires of two boxes cross where one stands left of the other."""
        return sum(
            self._port(a, x) > self._port(b, y)
            for side in (self.above, self.below)
            for a, x, _, _ in side[left]
            for b, y, _, _ in side[right]
        )

    # -- positions across

    def _positions(self) -> list[float]:
        """Each box's left side: near its neighbours of the rank before, of the rank after, then of both."""
        at = [0.0] * len(self.boxes)
        for numbers in self.ranks:
            for left, right in pairwise(numbers):
                at[right] = at[left] + self._apart(left, right)
        few = len(self.boxes) >= _LARGE
        for sweep in range(_FEW_SWEEPS if few else _ONE_SIDED + _BOTH_SIDED):
            down, both = sweep % 2 == 0, sweep >= _ONE_SIDED
            for numbers in self.ranks if down else reversed(self.ranks):
                self._move(numbers, at, both, down)
        return at

    def _move(self, numbers: list[int], at: list[float], both: bool, down: bool) -> None:
        wanted, weights = [], []
        for number in numbers:
            above, below = self.above[number], self.below[number]
            near = above + below if both else (above or below) if down else (below or above)
            weight = sum(w for *_, w in near)
            wanted.append(sum(w * (at[other] + x - own) for other, x, own, w in near) / weight if near else at[number])
            weights.append(weight or _FREE)
        distances = [self._apart(a, b) for a, b in pairwise(numbers)]
        for number, x in zip(numbers, spread(wanted, weights, distances), strict=True):
            at[number] = round(x)

    def _apart(self, left: int, right: int) -> float:
        """From the left side of a box to that of its neighbour."""
        one, other = self.boxes[left], self.boxes[right]
        return one.width + apart(one, other, self.spacing)

    def _straighten(self, at: list[float]) -> None:
        """A lane is straight: its parts take one x that all of its ranks have room for, the longest first."""
        lanes: dict[_Wanted, list[tuple[int, int]]] = defaultdict(list)
        for (name, rank), number in self.where.items():
            if self.boxes[number].empty:
                lanes[name].append((rank, number))
        for _ in range(2):
            for parts in sorted(lanes.values(), key=lambda parts: -len(parts)):
                parts.sort()
                self._straighten_one(parts, at)

    def _straighten_one(self, parts: list[tuple[int, int]], at: list[float]) -> None:
        start = 0
        while start < len(parts):
            low, high, stop = -_FAR, _FAR, start
            while stop < len(parts):
                least, most = self._room(*parts[stop], at)
                if max(low, least) > min(high, most):
                    break
                low, high, stop = max(low, least), min(high, most), stop + 1
            if stop == start:
                start += 1
                continue
            middle = sorted(at[number] for _, number in parts[start:stop])[(stop - start) // 2]
            for _, number in parts[start:stop]:
                at[number] = round(min(max(middle, low), high))
            start = stop

    def _room(self, rank: int, number: int, at: list[float]) -> tuple[float, float]:
        """Between which positions a box may be moved."""
        numbers, place = self.ranks[rank], self.place[number]
        left = numbers[place - 1] if place else None
        right = numbers[place + 1] if place + 1 < len(numbers) else None
        return (
            -_FAR if left is None else at[left] + self._apart(left, number),
            _FAR if right is None else at[right] - self._apart(number, right),
        )


def _maker(value: int, sources: Collection[Hashable], boxes: Mapping[Hashable, Box]) -> Hashable | None:
    """The box among the sources that a value comes from: the last, for a row passes values on, too."""
    found = [s for s in sources if s in boxes and any(port.value == value for port in boxes[s].outs)]
    return max(found, key=lambda source: boxes[source].order, default=None)


def _longest_paths(
    boxes: Mapping[Hashable, Box], wanted: Mapping[Hashable, list[_Wanted]], first: int
) -> dict[Hashable, int]:
    """The rank of each box: one after the last of its sources; a source of all stands next to its first reader."""
    makers = {item: {name.maker for name in names} - {None} for item, names in wanted.items()}
    readers: dict[Hashable, list[Hashable]] = defaultdict(list)
    for item in sorted(boxes, key=lambda item: boxes[item].order):
        for maker in makers[item]:
            readers[maker].append(item)
    open_ = {item: len(found) for item, found in makers.items()}
    rank = {item: first for item, count in open_.items() if not count}
    todo, order = deque(rank), []
    while todo:
        item = todo.popleft()
        order.append(item)
        for reader in readers[item]:
            rank[reader] = max(rank.get(reader, 0), rank[item] + 1)
            open_[reader] -= 1
            if not open_[reader]:
                todo.append(reader)
    for item in reversed(order):
        if readers[item] and not wanted[item]:
            rank[item] = max(rank[item], min(rank[reader] for reader in readers[item]) - 1)
    return rank
