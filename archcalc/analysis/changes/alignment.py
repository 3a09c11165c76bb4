"""Two sequences of layers side by side: which of the one goes with which of the other, in order.

Short sequences are aligned by dynamic programming: of all alignments the one of most weight. Long ones are cut first
where they are certain to belong together: at layers that occur once on each side (patience diff), then along the equal
stretches of sequences that differ little (Myers 1986). What is left and still too large is aligned piece by piece.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from archcalc.core.record import record

NESTED, EQUAL, SAME_KIND, SAME_NAME = 16, 12, 4, 1
"""What an aligned pair counts: equal and reading equal layers, equal, of one kind; and its name on top."""

MOST_CELLS = 1_000_000
"""Pairs that are weighed, all pieces together."""

FEWEST_EDITS = 64
"""Layers on one side only that the search for equal stretches goes through; more in sequences that are not so long."""

Pairs = dict[int, int]
Stretch = tuple[range, range]


@record
class Items:
    """One sequence; two items are equal in a respect where they have the same number there."""

    kinds: Sequence[int]
    own: Sequence[int]
    """Each item by itself."""
    nested: Sequence[int]
    """With what it reads."""
    names: Sequence[int]


def align(a: Items, b: Items, rows: range, columns: range) -> tuple[Pairs, bool]:
    """The pairs of two stretches, and whether they were too long to weigh every pair."""
    stretches = [(rows, columns)]
    pairs: Pairs = {}
    for anchors in (_once_by_name, _once, _equal_stretches):
        if _cells(stretches) <= MOST_CELLS:
            break
        pieces: list[Stretch] = []
        for stretch in stretches:
            found = anchors(a, b, *stretch)
            pairs |= found
            pieces += _between(found, *stretch)
        stretches = pieces
    times = max(1, -(-_cells(stretches) // max(1, MOST_CELLS)))
    for stretch in stretches:
        for piece in _cut(*stretch, times):
            pairs |= _weighted(a, b, *piece)
    return pairs, times > 1


def equal_ends(a: Sequence[object], b: Sequence[object]) -> tuple[int, int]:
    """How many items are equal from the start, and from the end of the rest."""
    shorter = min(len(a), len(b))
    head = 0
    while head < shorter and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < shorter - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    return head, tail


def numbered(*sequences: Sequence[Hashable]) -> list[list[int]]:
    """Equal items of all sequences under equal numbers, which are quick to compare."""
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(item, len(numbers)) for item in sequence] for sequence in sequences]


def _weighted(a: Items, b: Items, rows: range, columns: range) -> Pairs:
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


def _weight(a: Items, b: Items, i: int, j: int) -> int:
    """How well two layers go together; 0 where they cannot."""
    if a.kinds[i] != b.kinds[j]:
        return 0
    named = SAME_NAME if a.names[i] == b.names[j] else 0
    if a.nested[i] == b.nested[j]:
        return NESTED + named
    return (EQUAL if a.own[i] == b.own[j] else SAME_KIND) + named


def _once_by_name(a: Items, b: Items, rows: range, columns: range) -> Pairs:
    """Layers that are the only ones of their name, what they are and what they read, on both sides."""
    return _shared_once(lambda x, i: (x.nested[i], x.names[i]), a, b, rows, columns)


def _once(a: Items, b: Items, rows: range, columns: range) -> Pairs:
    """The same whatever their names are."""
    return _shared_once(lambda x, i: x.nested[i], a, b, rows, columns)


def _shared_once(key: Callable[[Items, int], Hashable], a: Items, b: Items, rows: range, columns: range) -> Pairs:
    left, right = Counter(key(a, i) for i in rows), Counter(key(b, j) for j in columns)
    places = {key(b, j): j for j in columns}
    found = [(i, places[key(a, i)]) for i in rows if left[key(a, i)] == 1 == right[key(a, i)]]
    return _longest_in_order(found)


def _longest_in_order(pairs: Sequence[tuple[int, int]]) -> Pairs:
    """The most pairs that go upwards on both sides, by patience sorting."""
    tops: list[int] = []
    numbers: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        tops[pile : pile + 1] = [j]
        numbers[pile : pile + 1] = [number]
        before.append(numbers[pile - 1] if pile else -1)
    chosen = []
    number = numbers[-1] if numbers else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return dict(reversed(chosen))


def _equal_stretches(a: Items, b: Items, rows: range, columns: range) -> Pairs:
    """The longest common subsequence of sequences that differ little, none where they differ more.

    Source: Myers 1986, "An O(ND) difference algorithm and its variations", the greedy form.
    """
    left, right = [a.own[i] for i in rows], [b.own[j] for j in columns]
    most = max(FEWEST_EDITS, 2 * MOST_CELLS // max(1, len(left) + len(right)))
    farthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(most, len(left) + len(right)) + 1):
        history.append(dict(farthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(farthest, diagonal, edits)
            y = x - diagonal
            while x < len(left) and y < len(right) and left[x] == right[y]:
                x, y = x + 1, y + 1
            farthest[diagonal] = x
            if x >= len(left) and y >= len(right):
                return {rows[i]: columns[j] for i, j in _traced(history, x, y)}
    return {}


def _step(farthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path of so many edits starts on a diagonal: from the one above, or from the one to the left."""
    if diagonal == -edits or (diagonal != edits and farthest[diagonal - 1] < farthest[diagonal + 1]):
        return farthest[diagonal + 1]
    return farthest[diagonal - 1] + 1


def _traced(history: Sequence[dict[int, int]], x: int, y: int) -> Iterator[tuple[int, int]]:
    """The equal items on the path that ends here, backwards."""
    for edits in reversed(range(len(history))):
        start = _step(history[edits], x - y, edits) if edits else 0
        while x > start and y > 0:
            x, y = x - 1, y - 1
            yield x, y
        if edits:
            came_down = start == history[edits].get(x - y + 1)
            x, y = (x, y - 1) if came_down else (x - 1, y)


def _between(pairs: Pairs, rows: range, columns: range) -> Iterator[Stretch]:
    """What lies between pairs that go upwards on both sides."""
    i, j = rows.start, columns.start
    for row, column in [*sorted(pairs.items()), (rows.stop, columns.stop)]:
        if i < row and j < column:
            yield range(i, row), range(j, column)
        i, j = row + 1, column + 1


def _cut(rows: range, columns: range, times: int) -> Iterator[Stretch]:
    """A stretch in so many pieces, in proportion."""
    for number in range(times):
        ends = [(len(side) * number // times, len(side) * (number + 1) // times) for side in (rows, columns)]
        piece = rows[slice(*ends[0])], columns[slice(*ends[1])]
        if piece[0] and piece[1]:
            yield piece


def _cells(stretches: Sequence[Stretch]) -> int:
    return sum(len(rows) * len(columns) for rows, columns in stretches)
