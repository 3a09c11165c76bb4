"""The exact receptive field along a long axis, where a set of pixels for each unit would grow with its square.

Away from the ends the units repeat: a period later a unit sees the same pixels, moved on. So only the units at both
ends are kept one by one, and one period of those between. The rule is that of core/field_mask.py, read through the
taps of core/field.py; where nothing repeats every unit is kept, up to a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import gcd, lcm
from operator import sub
from typing import NamedTuple, overload

from archcalc.core import field_mask
from archcalc.core.field import LONGEST_PERIOD, Taps, taps_of
from archcalc.core.window import AdaptiveWindow, AxisWindow, PartitionAxis, SpreadAxis, WholeAxis, Window, real_cells

SHORTEST = 1024
"""Axes of more pixels are long."""

MOST_UNITS = 500_000
"""Units of one value that are kept one by one."""

NOWHERE = 1 << 62
"""First pixel of a unit that sees none; its last is -NOWHERE. Larger than any axis, also after a shift."""

MANY_CELLS = 16
"""Windows of an adaptive pooling that read more are joined as stretches, not cell by cell."""


class Spans(NamedTuple):
    """Some units one by one: of each the first and the last pixel, and which of those between it sees."""

    first: list[int]
    last: list[int]
    sets: list[int] | None
    """Bit n for pixel first + n; None where all units see all between."""

    @property
    def empty(self) -> bool:
        return not self.first

    def slice(self, cells: slice) -> Spans:
        return Spans(self.first[cells], self.last[cells], None if self.sets is None else self.sets[cells])

    def bits(self) -> list[int]:
        """The sets, also where they are not kept."""
        if self.sets is not None:
            return self.sets
        return [(1 << last - first + 1) - 1 if last >= first else 0 for first, last in zip(*self[:2], strict=True)]


NO_UNITS = Spans([], [], None)


class TooManyUnits(Exception):
    """More units would have to be kept one by one than MOST_UNITS."""


class Runs(Sequence[int]):
    """The units of one value: `head` has the first ones and one period, `tail` those after the last whole turn.

    As a sequence it is that of core/field_mask.py: the set of each unit, bit n for pixel n.
    """

    def __init__(self, size: int, head: Spans, body: range, advance: int, tail: Spans) -> None:
        """
        Args:
            body: the units that repeat what they see, with the period as its step; empty where none do.
            advance: pixels from a unit of the body to the one a period later.
        """
        self.size, self.head, self.advance, self.tail = size, head, advance, tail
        self.start, self.stop, self.period = body.start, body.stop, body.step

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self[unit] for unit in range(*index.indices(self.size))]
        if not -self.size <= index < self.size:
            raise IndexError(index)
        unit = self.units(index % self.size, index % self.size + 1)
        return unit.bits()[0] << unit.first[0] if unit.last[0] >= 0 else 0

    @property
    def kept(self) -> int:
        """Units that are kept one by one."""
        return len(self.head.first) + len(self.tail.first)

    def units(self, start: int, stop: int) -> Spans:
        """The units from start up to stop, one by one."""
        if self.start == self.stop or stop <= self.start + self.period:
            return self.head.slice(slice(start, stop))
        parts = [
            self.head.slice(slice(start, self.start + self.period)),
            self._turned(max(start, self.start + self.period), min(stop, self.stop)),
            self.tail.slice(slice(max(0, start - self.stop), max(0, stop - self.stop))),
        ]
        return _chained([part for part in parts if not part.empty])

    def stretches(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The pixels that any unit from start up to stop sees, as first and last of each stretch."""
        first, last = max(start, self.start), min(stop, self.stop)
        turns = (last - first) // self.period if self.period and last > first else 0
        if turns < 3:
            return _joined(self.units(start, stop))
        middle = first + turns * self.period
        repeated = _repeated(_joined(self.units(first, first + self.period)), self.advance, turns)
        ends = [*_joined(self.units(start, first)), *_joined(self.units(middle, stop))]
        return field_mask.joined([*ends, *repeated])

    def one_by_one(self) -> Spans:
        """All that is kept: the ends and one period; every other unit has the size of one of these."""
        return _chained([part for part in (self.head, self.tail) if not part.empty])

    def _turned(self, start: int, stop: int) -> Spans:
        if start >= stop:
            return NO_UNITS
        turns = [divmod(unit - self.start, self.period) for unit in range(start, stop)]
        first, last, sets = self.head
        return Spans(
            [first[self.start + phase] + turn * self.advance for turn, phase in turns],
            [last[self.start + phase] + turn * self.advance for turn, phase in turns],
            None if sets is None else [sets[self.start + phase] for _, phase in turns],
        )


def pixels(length: int) -> Runs:
    """The field of the input itself."""
    return Runs(length, Spans([0], [0], None), range(0, length, 1), 1, NO_UNITS)


def through(runs: Runs, window: AxisWindow, length: int) -> Runs:
    """The units after a layer that reads `length` units through `window`."""
    if window == _SAME_PLACE:
        return runs
    count = window.output(length)
    if isinstance(window, WholeAxis | SpreadAxis) or (isinstance(window, AdaptiveWindow) and window.size == 1):
        return whole(runs, count)
    taps = _partition(window) if isinstance(window, PartitionAxis) else taps_of(window, length)
    if taps is None or (isinstance(window, AdaptiveWindow) and max(map(len, taps.cells)) > MANY_CELLS):
        _refuse(count)
        reads = [window.reads(unit, length) for unit in range(count)]  # neighbouring cells, all of them
        return _without_body(_chained([_spanned(runs.stretches(cells[0], cells[-1] + 1)) for cells in reads]))
    turns = runs.period // gcd(runs.period, taps.advance) if runs.period else 1
    period = len(taps.cells) * turns
    body = _body(runs, taps, count)
    if len(body) < 2 * period or period > LONGEST_PERIOD:
        _refuse(count)
        return _without_body(_read(runs, window, taps, 0, count))
    _refuse(body.start + period + count - body.stop)
    advance = taps.advance * turns * runs.advance // runs.period
    head = _read(runs, window, taps, 0, body.start + period)
    tail = _read(runs, window, taps, body.stop, count)
    return Runs(count, head, range(body.start, body.stop, period), advance, tail)


def whole(runs: Runs, count: int) -> Runs:
    """`count` units that all see what any unit does."""
    return Runs(count, _spanned(runs.stretches(0, runs.size)), range(0, count, 1), 0, NO_UNITS)


def merge(branches: Sequence[Runs]) -> Runs:
    """The units of a layer that reads all of these at the same place."""
    first = branches[0]
    if all(other is first for other in branches):
        return first
    for one in branches:
        if _constant(one) and all(_covered(other, one) for other in branches):
            return one
    start, stop = max(runs.start for runs in branches), min(runs.stop for runs in branches)
    period = lcm(*(max(1, runs.period) for runs in branches))
    advances = {runs.advance * period // max(1, runs.period) for runs in branches}
    if len(advances) > 1 or stop - start < 2 * period or period > LONGEST_PERIOD:
        _refuse(first.size)
        return _without_body(_together([runs.units(0, first.size) for runs in branches]))
    _refuse(start + period + first.size - stop)
    head = _together([runs.units(0, start + period) for runs in branches])
    tail = _together([runs.units(stop, first.size) for runs in branches])
    return Runs(first.size, head, range(start, stop, period), advances.pop(), tail)


_SAME_PLACE = Window(1)


def _refuse(count: int) -> None:
    if count > MOST_UNITS:
        raise TooManyUnits


def _without_body(units: Spans) -> Runs:
    count = len(units.first)
    return Runs(count, units, range(count, count, 1), 0, NO_UNITS)


def _body(runs: Runs, taps: Taps, count: int) -> range:
    """The units that read nothing but the body, in whole turns of the taps."""
    cells = [cell for cells in taps.cells for cell in (*cells[:1], *cells[-1:])]
    if not cells or runs.start == runs.stop:
        return range(0)
    lowest, highest, phases = min(cells), max(cells), len(taps.cells)
    first = max(0, -((lowest - runs.start) // taps.advance))
    last = min((runs.stop - 1 - highest) // taps.advance, count // phases - 1)
    return range(first * phases, max(first, last + 1) * phases)


def _read(runs: Runs, window: AxisWindow, taps: Taps, start: int, stop: int) -> Spans:
    """The units from start, which begins a turn of the taps, up to stop."""
    phases = len(taps.cells)
    cells = [cell for cells in taps.cells for cell in (*cells[:1], *cells[-1:])] or [0]
    turn, turns = start // phases, -(-stop // phases) - start // phases
    if turns <= 0:
        return NO_UNITS
    lowest = min(cells) + turn * taps.advance
    around = _cells(runs, window, lowest, max(cells) + (turn + turns - 1) * taps.advance + 1)
    known: dict[Sequence[int], Spans] = {}
    found = []
    for reads in taps.cells:
        key = reads if isinstance(reads, range) else tuple(reads)
        if key not in known:
            starts = [cell + turn * taps.advance - lowest for cell in key]
            slices = [slice(cell, cell + (turns - 1) * taps.advance + 1, taps.advance) for cell in starts]
            known[key] = _together([around.slice(cut) for cut in slices]) if slices else _nothing(turns)
        found.append(known[key])
    return _interleaved(found).slice(slice(0, stop - start)) if phases > 1 else found[0]


def _cells(runs: Runs, window: AxisWindow, start: int, stop: int) -> Spans:
    """The units from start up to stop, with those that a window reads in the padding."""
    length = runs.size
    mode = window.mode if isinstance(window, Window) else "zeros"
    parts = [runs.units(max(0, start), min(stop, length))] if max(0, start) < min(stop, length) else []
    before, after = range(start, min(0, stop)), range(max(length, start), stop)
    if mode == "zeros":
        return _chained([_nothing(len(before)), *parts, _nothing(len(after))])
    folded = [[_together([runs.units(c, c + 1) for c in real_cells(cell, length, mode)]) for cell in side]
              for side in (before, after)]  # fmt: skip
    return _chained([*folded[0], *parts, *folded[1]])


def _together(branches: Sequence[Spans]) -> Spans:
    """Unit by unit all that any of the branches sees."""
    if len(branches) == 1:
        return branches[0]
    first = list(map(min, *(branch.first for branch in branches)))
    last = list(map(max, *(branch.last for branch in branches)))
    if all(branch.sets is None for branch in branches) and not _has_holes(branches):
        return Spans(first, last, None)
    sets = [0] * len(first)
    for branch in branches:
        moved = zip(sets, branch.bits(), branch.first, first, strict=True)
        sets = [joined | bits << start - lowest if bits else joined for joined, bits, start, lowest in moved]
    return Spans(first, last, sets if any(bits & (bits + 1) for bits in sets) else None)


def _has_holes(branches: Sequence[Spans]) -> bool:
    """Whether the branches of any unit leave pixels between them."""
    doubtful: set[int] = set()
    for one, other in pairwise(branches):
        gaps = map(max, map(sub, other.first, one.last), map(sub, one.first, other.last))
        doubtful.update(unit for unit, gap in enumerate(gaps) if gap > 1)
    seen = ([(b.first[unit], b.last[unit]) for b in branches if b.last[unit] >= 0] for unit in doubtful)
    return any(len(field_mask.joined(stretches)) > 1 for stretches in seen)


def _interleaved(phases: Sequence[Spans]) -> Spans:
    """One unit of each phase, then the next of each."""
    count, turns = len(phases), len(phases[0].first)
    first, last = [0] * (count * turns), [0] * (count * turns)
    sets = [0] * (count * turns) if any(phase.sets is not None for phase in phases) else None
    for number, phase in enumerate(phases):
        first[number::count], last[number::count] = phase.first, phase.last
        if sets is not None:
            sets[number::count] = phase.bits()
    return Spans(first, last, sets)


def _chained(parts: Sequence[Spans]) -> Spans:
    """The units of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    holes = any(part.sets is not None for part in parts)
    return Spans(
        [first for part in parts for first in part.first],
        [last for part in parts for last in part.last],
        [bits for part in parts for bits in part.bits()] if holes else None,
    )


def _nothing(count: int) -> Spans:
    return Spans([NOWHERE] * count, [-NOWHERE] * count, None)


def _spanned(stretches: Sequence[tuple[int, int]]) -> Spans:
    """One unit that sees these."""
    if not stretches:
        return _nothing(1)
    first, last = stretches[0][0], stretches[-1][1]
    sets = None if len(stretches) == 1 else [field_mask.of_ranges(stretches) >> first]
    return Spans([first], [last], sets)


def _joined(units: Spans) -> list[tuple[int, int]]:
    """The pixels that any of the units sees."""
    seen = [(first, last) for first, last in zip(units.first, units.last, strict=True) if last >= first]
    if units.sets is None or not seen:
        return field_mask.joined(seen)
    start = min(first for first, _ in seen)
    bits = 0
    for first, own in zip(units.first, units.sets, strict=True):
        bits |= own << first - start if own else 0
    return [(start + first, start + last) for first, last in field_mask.ranges(bits)]


def _repeated(stretches: Sequence[tuple[int, int]], advance: int, turns: int) -> list[tuple[int, int]]:
    """What the same stretches cover at so many turns: as often doubled as the turns ask for."""
    if not stretches or not advance:
        return [*stretches]
    start, last = stretches[0][0], stretches[-1][1]
    if len(stretches) == 1 and last + 1 >= start + advance:
        return [(start, last + (turns - 1) * advance)]
    bits = field_mask.of_ranges(stretches) >> start
    done = 1
    while done < turns:
        more = min(done, turns - done)
        bits |= bits << more * advance
        done += more
    return [(start + first, start + last) for first, last in field_mask.ranges(bits)]


def _partition(window: PartitionAxis) -> Taps:
    starts = [(unit - window.shift) // window.size * window.size + window.shift for unit in range(window.size)]
    return Taps(window.size, tuple(range(start, start + window.size) for start in starts))


def _constant(runs: Runs) -> bool:
    """Whether all units see the same, with no holes."""
    return runs.advance == 0 and runs.stop - runs.start == runs.size and runs.head.sets is None


def _covered(runs: Runs, constant: Runs) -> bool:
    """Whether no unit sees anything that those of `constant` do not."""
    stretches = runs.stretches(0, runs.size)
    return not stretches or (constant.head.first[0] <= stretches[0][0] and stretches[-1][1] <= constant.head.last[0])
