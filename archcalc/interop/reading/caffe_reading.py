"""What the rows of Caffe's table see: the layer that is read, and what the blobs before it hold."""

from __future__ import annotations

from archcalc.core import Shape
from archcalc.errors import Place, SpecError, UnsupportedError
from archcalc.interop.net import LayerCall, NetDraft, SourceLayer
from archcalc.interop.reading.caffe_text import Message
from archcalc.spec.names import did_you_mean, nearest


class CaffeReading:
    """The layers read so far; blobs by name, which a layer in place gives a new value."""

    def __init__(self, layers: list[Message]) -> None:
        self.draft = NetDraft()
        self.layers = layers
        self.blobs: dict[str, int] = {}
        self.stated: list[str] = []
        """The blobs that hold examples, read or not."""
        self.tensors: dict[str, int] = {}
        """The names of shared weights -> what has them first."""
        self.read: set[int] = set()
        self.readers: dict[str, list[tuple[Message, int]]] = {}
        """By blob: the layers that read it, and as which of their bottoms."""
        for layer in layers:
            for place, bottom in enumerate(layer.words("bottom")):
                self.readers.setdefault(bottom, []).append((layer, place))
        self.now = layers[0]
        self.inputs: list[int] = []
        """Of the layer that is read."""

    @property
    def name(self) -> str:
        """Of the layer that is read; its slashes part groups."""
        return self.now.word("name", self.now.word("type")).replace(".", "_").strip("/").replace("/", ".")

    @property
    def place(self) -> Place:
        """Where the layer that is read stands: its name."""
        return self.now.place_of("name")

    @property
    def shape(self) -> Shape:
        """Of its first input."""
        return self.draft.shape_of(self.inputs[0])

    def blob(self, name: str, place: Place) -> int:
        """What a blob holds. Raises SpecError for one that no layer before makes."""
        if name not in self.blobs:
            below = any(name in layer.words("top") for layer in self.layers)
            what = f"no layer before this one makes `{name}`"
            help = did_you_mean(nearest(name, [*self.blobs, *self.stated])) or None
            help = "a layer below makes it: a cycle, or put that one first" if below else help
            raise SpecError(what, help=help).at(place)
        return self.blobs[name]

    def map(self) -> tuple[int, tuple[int, ...]]:
        """Channels and cells of the first input. Raises SpecError."""
        if len(self.shape) < 2:
            what = f"{self.now.word('type')} reads a map, what comes in is {self.shape}"
            raise SpecError(what).at(self.place)
        return self.shape[0], self.shape[1:]

    def add(
        self, call: LayerCall, shape: Shape, *inputs: int, part: str = "", name: str = "", **given: int | str
    ) -> int:
        """One more layer of the record, from the first input unless others are given. Raises SpecError.

        Args:
            part: its name in the group of the layer that is read, where that takes several.
            name: instead of the layer's own.
        """
        if min(shape) < 1:
            raise SpecError(f"{self.now.word('type')} would make {shape} of {self.shape}").at(self.place)
        name = name or (f"{self.name}.{part}" if part else self.name)
        made = SourceLayer(name, call, inputs or (self.inputs[0],), shape, self.place, **given)  # type: ignore[arg-type]
        return self.draft.add(made)

    def axis(self, message: Message, name: str = "axis", default: int = 1) -> int:
        """An axis as ours are counted, without the examples. Raises UnsupportedError for those."""
        axis = message.whole(name, default, -10)
        axis = axis + len(self.shape) + 1 if axis < 0 else axis
        if not 1 <= axis <= len(self.shape):
            what = f"no layer of a spec works along axis {axis}: a spec knows one example"
            raise UnsupportedError(what).at(message.place_of(name))
        return axis - 1

    def unsupported(self, what: str, name: str = "type") -> UnsupportedError:
        """What no layer of a spec stands for."""
        return UnsupportedError(f"no layer of a spec stands for {what}").at(self.now.place_of(name))
