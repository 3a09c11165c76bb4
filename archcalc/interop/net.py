"""The neutral record: what every reader makes of another tool's file, before it is a spec.

Its shapes and counts follow from the file by the rules of its own tool, none of ours, so that they check the spec.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.core import Shape
from archcalc.core.record import field, record
from archcalc.errors import Place, SpecError

LARGEST = 10**15
"""Of what a spec counts."""


@record
class LayerCall:
    """A call of one of our kinds, in the words that a spec has for it."""

    kind: str
    arguments: tuple[str, ...] = ()
    options: Mapping[str, str] = field(factory=dict)


@record
class SourceLayer:
    """One layer of the file, or a part of one. Values are numbered: first the inputs, then the operations."""

    name: str
    """Its path; dots part the groups that it stands in."""
    call: LayerCall
    inputs: tuple[int, ...]
    shape: Shape
    place: Place
    params: int = 0
    buffers: int = 0
    macs: int = 0
    shares: int | None = None
    """The value whose operation has the weights that this one uses."""
    note: str = ""
    """What the call does not say as the file does; stands beside it."""


@record
class SourceNet:
    """A whole file."""

    name: str
    origin: str
    """What it was: `Darknet cfg yolov3.cfg`."""
    inputs: tuple[tuple[str, Shape], ...]
    operations: tuple[SourceLayer, ...]
    outputs: tuple[int, ...]
    named: Mapping[str, int]
    """Each layer of the file, by its name there -> the value that it ends in; those without work of their own too."""
    notes: tuple[str, ...] = ()

    def shape_of(self, value: int) -> Shape:
        """The shape of an input or of what an operation makes."""
        first = len(self.inputs)
        return self.inputs[value][1] if value < first else self.operations[value - first].shape

    def name_of(self, value: int) -> str:
        """The name of an input or of an operation."""
        first = len(self.inputs)
        return self.inputs[value][0] if value < first else self.operations[value - first].name

    @property
    def params(self) -> int:
        return sum(operation.params for operation in self.operations)

    @property
    def buffers(self) -> int:
        return sum(operation.buffers for operation in self.operations)

    @property
    def macs(self) -> int:
        return sum(operation.macs for operation in self.operations)


class NetDraft:
    """A record while a reader fills it."""

    def __init__(self) -> None:
        self.inputs: list[tuple[str, Shape]] = []
        self.operations: list[SourceLayer] = []
        self.named: dict[str, int] = {}
        self._totals: dict[str, int] = {}

    def shape_of(self, value: int) -> Shape:
        """The shape of an input or of what an operation makes."""
        first = len(self.inputs)
        return self.inputs[value][1] if value < first else self.operations[value - first].shape

    def input(self, name: str, shape: Shape) -> int:
        """A new input; all of them come before the operations."""
        assert not self.operations, name
        self.inputs.append((name, shape))
        return len(self.inputs) - 1

    def add(self, operation: SourceLayer) -> int:
        """A new operation; the value that it makes. Raises SpecError beyond what a spec holds."""
        for what in ("params", "buffers", "macs"):
            self._totals[what] = self._totals.get(what, 0) + getattr(operation, what)
        if max(operation.shape.elements, *self._totals.values()) > LARGEST:
            raise SpecError("the network counts more than 10^15 of something, the limit").at(operation.place)
        self.operations.append(operation)
        return len(self.inputs) + len(self.operations) - 1

    def net(self, name: str, origin: str, outputs: tuple[int, ...], notes: tuple[str, ...] = ()) -> SourceNet:
        """The record as it stands."""
        return SourceNet(name, origin, tuple(self.inputs), tuple(self.operations), outputs, dict(self.named), notes)
