"""Wires between two rows of boxes: the only place of a picture where wires bend, and no box stands there.

A value is one net: it comes down from where it leaves, runs across on a track of its own, and goes down to each reader.
A net whose ends lie above each other is straight and needs no track.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

LEVEL = 0.4
"""Nearer than this across the flow, two ends are above each other."""

_CROSSING, _TOUCHING, _OVERLAP = 1, 5, 20
"""What it costs that one wire crosses another, touches the end of its bar, or lies on it."""

_NEAR = 3
"""Nearer than this, two stems would look like one."""

_SIDE = 6
"""Two bars on one track stand at least this far apart."""

_SEARCHED = 40
"""With more nets than this the order of tracks is not searched."""


class Port(NamedTuple):
    """Where a value enters a box, or leaves it."""

    x: float
    value: int
    room: float = 0
    """How far to either side it may be moved."""
    passes: bool = False
    """The value only passes here: no arrow."""


class Wire(NamedTuple):
    """A line of a picture."""

    value: int
    points: tuple[tuple[float, float], ...]
    arrow: bool

    def moved(self, dx: float, dy: float) -> Wire:
        """The same line elsewhere."""
        return Wire(self.value, tuple([(x + dx, y + dy) for x, y in self.points]), self.arrow)


class _Net(NamedTuple):
    """A value that has to bend; or the second half of one that has to bend twice, to this target."""

    value: int
    source: float
    targets: tuple[float, ...]
    left: float
    right: float
    to: float | None = None


def route(
    outs: Sequence[Port], ins: Sequence[Port], gap: float, lead: float, track: float, tail: float
) -> tuple[float, list[Wire]]:
    """The wires from the ports above to the ports below: the height that they need, and the lines, from 0 down.

    A port with room is met as near to its value's source as it can be, so that a branch enters at a box's side.
    """
    source = {port.value: port.x for port in outs}
    drops: dict[int, dict[float, bool]] = {}
    for port in ins:
        if port.value in source:
            x = min(max(source[port.value], port.x - port.room), port.x + port.room) if port.room else port.x
            drops.setdefault(port.value, {})[x] = not port.passes
    bending = [(value, source[value], xs) for value, xs in drops.items() if not _above(source[value], xs)]
    if not bending:
        return gap, [_down(v, source[v], gap, arrow) for v, xs in drops.items() for arrow in xs.values()]
    taken = [x for value, xs in drops.items() for x in (source[value], *xs)]
    nets = _untangled(_ordered([_net(*net) for net in bending]), taken)
    tracks = _tracks(nets)
    height = max(gap, lead + track * max(tracks.values()) + tail)
    second = {(net.value, net.to): net.source for net in nets if net.to is not None}
    wires = []
    for value, xs in drops.items():
        y = lead + track * tracks.get((value, None), 0)
        for x, arrow in xs.items():
            points = _line(source[value], x, y, height)
            if (value, x) in second:
                between, below = second[value, x], lead + track * tracks[value, x]
                points = (
                    (source[value], 0),
                    (source[value], y),
                    (between, y),
                    (between, below),
                    (x, below),
                    (x, height),
                )
            wires.append(Wire(value, points, arrow))
    return height, wires


def _down(value: int, x: float, height: float, arrow: bool) -> Wire:
    return Wire(value, ((x, 0), (x, height)), arrow)


def _line(source: float, target: float, y: float, height: float) -> tuple[tuple[float, float], ...]:
    if abs(target - source) <= LEVEL:
        return (source, 0), (source, height)
    return (source, 0), (source, y), (target, y), (target, height)


def _above(source: float, targets: Iterable[float]) -> bool:
    return all(abs(x - source) <= LEVEL for x in targets)


def _net(value: int, source: float, targets: Iterable[float], to: float | None = None) -> _Net:
    xs = tuple(targets)
    return _Net(value, source, xs, min(source, *xs), max(source, *xs), to)


def _tracks(nets: list[_Net]) -> dict[tuple[int, float | None], int]:
    """The track of each net, counted from above: as few as the order allows."""
    track: dict[tuple[int, float | None], int] = {}
    placed: list[_Net] = []
    for net in nets:
        over = [track[other.value, other.to] for other in placed
                if other.left - _SIDE < net.right and net.left - _SIDE < other.right]  # fmt: skip
        track[net.value, net.to] = max(over, default=-1) + 1
        placed.append(net)
    return track


def _ordered(nets: list[_Net]) -> list[_Net]:
    """The nets from the upper track to the lower, each put where it crosses the others least."""
    order: list[_Net] = []
    for net in sorted(nets, key=lambda net: (net.source, net.right)):
        order.insert(_cheapest(order, net) if len(order) <= _SEARCHED else len(order), net)
    return order


def _cheapest(order: list[_Net], net: _Net) -> int:
    cost = sum(_cost(net, other) for other in order)
    best, where = cost, 0
    for index, other in enumerate(order):
        cost += _cost(other, net) - _cost(net, other)
        if cost < best:
            best, where = cost, index + 1
    return where


def _untangled(nets: list[_Net], taken: list[float]) -> list[_Net]:
    """The same nets; each way down that lies on the source of a net below bent a second time, under all others."""
    halves: list[_Net] = []
    while (tangle := _tangle(nets)) is not None:
        net, target = tangle
        between = _free((net.source + target) / 2, taken)
        taken.append(between)
        rest = [x for x in net.targets if x != target]
        nets = _ordered([*(other for other in nets if other is not net), _net(net.value, net.source, [*rest, between])])
        halves.append(_net(net.value, between, [target], target))
    return [*nets, *halves]


def _tangle(nets: list[_Net]) -> tuple[_Net, float] | None:
    """A net and its way down that lies on the source of a net below."""
    for index, above in enumerate(nets):
        for below in nets[index + 1 :]:
            for x in above.targets:
                if abs(x - below.source) < _NEAR:
                    return above, x
    return None


def _free(x: float, taken: list[float]) -> float:
    """The nearest place at which no wire goes up or down."""
    for step in range(1, 4 * len(taken) + 4):
        for place in (x + step * _NEAR / 2, x - step * _NEAR / 2):
            if all(abs(place - other) > _NEAR for other in taken):
                return place
    return x


def _cost(above: _Net, below: _Net) -> int:
    """What crosses where one bar runs above another: the lower's source, and the upper's way down."""
    cost = 0
    if above.left - 0.5 <= below.source <= above.right + 0.5:
        cost = _CROSSING if above.left + 0.5 < below.source < above.right - 0.5 else _TOUCHING
    for x in above.targets:
        if below.left + 0.5 < x < below.right - 0.5:
            cost += _CROSSING
        elif abs(x - below.source) < _NEAR:
            cost += _OVERLAP
    return cost
