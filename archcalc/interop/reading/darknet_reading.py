"""What the rows of Darknet's table see: the section that is read, and what those before it end in."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core import Shape
from archcalc.errors import Place, SpecError
from archcalc.interop.net import LayerCall, NetDraft, SourceLayer
from archcalc.interop.reading.darknet_sections import Section

RECURRENT = {"rnn", "gru", "lstm", "crnn"}
"""Sections that read one vector after the other."""


class DarknetReading:
    """The sections read so far: what each ends in."""

    def __init__(self, sections: list[Section], input: Mapping[str, Shape] | Shape | None) -> None:
        self.draft = NetDraft()
        self.ends: list[int] = []
        self.detected: list[int] = []
        """What detectors and losses read."""
        self.net = sections[0]
        self.now = self.net
        shape = _input(sections, self.net) if input is None else input
        self.last = self.draft.input("input", shape if isinstance(shape, Shape) else next(iter(shape.values())))

    @property
    def index(self) -> int:
        """The place of the section that is read, among those after [net]."""
        return len(self.ends)

    @property
    def shape(self) -> Shape:
        """Of what the section before made."""
        return self.draft.shape_of(self.last)

    def end(self, index: int, place: Place) -> int:
        """What a section ended in, counted back where negative. Raises SpecError."""
        absolute = index if index >= 0 else self.index + index
        if not 0 <= absolute < self.index:
            what = f"section {absolute} is not before this one, which is section {self.index}"
            help = f"name one of 0 to {self.index - 1}, or count back: -1 to -{self.index}"
            raise SpecError(what, help=help if self.index else None).at(place)
        return self.ends[absolute]

    def map(self) -> tuple[int, int, int]:
        """Channels, height and width of what comes in. Raises SpecError."""
        if len(self.shape) != 3:
            what = f"[{self.now.kind}] reads a map, what comes in is {self.shape}"
            raise SpecError(what, help="give [net] width=, height= and channels=").at(self.now.place)
        return self.shape[0], self.shape[1], self.shape[2]

    def add(self, name: str, call: LayerCall, shape: Shape, *inputs: int, **given: int | str) -> int:
        """One more operation of the section, from what came before unless inputs are given. Raises SpecError."""
        if min(shape) < 1:
            raise SpecError(f"[{self.now.kind}] would make {shape} of {self.shape}").at(self.now.place)
        operation = SourceLayer(name, call, inputs or (self.last,), shape, self.now.place, **given)  # type: ignore[arg-type]
        self.last = self.draft.add(operation)
        return self.last

    def outputs(self) -> tuple[int, ...]:
        """What detectors and losses read, and the last section's value."""
        return tuple(dict.fromkeys([*self.detected, self.last]))


def _input(sections: list[Section], net: Section) -> Shape:
    """The input that [net] states: a map, a vector, or so many vectors one after the other. Raises SpecError."""
    sizes = [net.whole(name, 0) for name in ("channels", "height", "width")]
    if all(sizes):
        return Shape(sizes)
    values = net.whole("inputs", 0)
    if not values:
        raise SpecError("[net] states no input", help="give it, as --input 3x416x416").at(net.place)
    steps = max(1, net.whole("time_steps", 1))
    return Shape.of(steps, values) if any(section.kind in RECURRENT for section in sections) else Shape.of(values)
