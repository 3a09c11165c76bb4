"""What a misconception is: how it alters the rule of a layer, and what a student is told about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from archcalc.core import Shape, TransposedWindow, Window
from archcalc.core.record import field, record
from archcalc.graph.graph import Graph, Node
from archcalc.layers import Layer
from archcalc.layers.traits import CONV, FORWARD, LINEAR, POOL

Value = Fraction | tuple[Fraction, ...]
"""A number, or the sizes of a shape."""


@record
class LayerPlace:
    """A layer in its graph."""

    graph: Graph
    index: int

    @property
    def node(self) -> Node:
        return self.graph.nodes[self.index]

    @property
    def layer(self) -> Layer:
        return self.node.layer

    @property
    def x(self) -> Shape:
        """The shape of the first input."""
        return self.node.x

    @property
    def y(self) -> Shape:
        """The shape after."""
        return self.node.shape

    @property
    def title(self) -> str:
        """The name a table shows for it."""
        return self.graph.title(self.node)

    @property
    def slides(self) -> bool:
        """Whether a window stops along the input: a convolution, or a pooling."""
        return self.layer.traits.slides == FORWARD

    @property
    def pools(self) -> bool:
        """Whether it is a pooling whose window slides."""
        return self.slides and self.layer.traits.family == POOL

    @property
    def convolves(self) -> bool:
        """Whether it is a convolution, no transposed one."""
        return self.slides and self.layer.traits.family == CONV

    def before(self) -> LayerPlace | None:
        """The layer that the first input comes from; None where that is an input of the net."""
        index = self.node.inputs[0] - self.graph.first
        return LayerPlace(self.graph, index) if index >= 0 else None

    def readers(self) -> Iterator[LayerPlace]:
        """The layers that read this one."""
        value = self.index + self.graph.first
        for index in range(self.index + 1, len(self.graph.nodes)):
            if value in self.graph.nodes[index].inputs:
                yield LayerPlace(self.graph, index)


@record
class Altered:
    """A layer as the student sees it, and what the feedback says about it beside the usual letters."""

    layer: Layer
    letters: Mapping[str, str] = field(factory=dict)


Alter = Callable[[LayerPlace], Iterator[Altered]]
"""Every way in which the misconception changes this layer; nothing where it does not concern it."""


@record
class Mistake:
    """A misconception about one layer."""

    id: str
    feedback: str
    """What the student is told; {K}, {Ci} ... are filled in."""
    alter: Alter
    convention: bool = False
    """Not an error as such: right under another convention."""
    accepted: bool = False
    """A convention as good as the engine's own: earns all points unless the assignment says otherwise."""


@record
class Candidate:
    """A value that an answer would have under a misconception."""

    value: Value
    id: str
    layers: tuple[str, ...]
    """The layers concerned, by their titles; none where it concerns the net as a whole."""
    scope: str
    """one, all, conv, fc, pool, norm, but, pair, net, resized, couple."""
    said: str | Callable[[], str]
    """The feedback, or what makes it: of a hundred candidates one is told."""
    convention: bool = False
    accepted: bool = False
    """A convention that earns all points, unless the assignment says otherwise."""
    partner: Candidate | None = None
    """The other misconception, where it takes two."""

    @property
    def feedback(self) -> str:
        """What the student is told."""
        return self.said if isinstance(self.said, str) else self.said()

    @property
    def ids(self) -> tuple[str, ...]:
        """The misconceptions that it takes."""
        return (self.id,) if self.partner is None else (self.id, self.partner.id)


ALONE = "layer"
"""What the layer of a question about a single one is called; feedback says `the layer`."""


def letters_of(place: LayerPlace) -> dict[str, str]:
    """What the letters of a feedback stand for at a layer."""
    x, y = place.x, place.y
    found = {
        **({} if place.title == ALONE else {"layer": place.title}),
        "Ci": str(x.features if place.layer.traits.family == LINEAR else x.channels),
        "Co": str(y.features if place.layer.traits.family == LINEAR else y.channels),
        "C": str(x.channels),
        "W": "x".join(map(str, dict.fromkeys(x.spatial))) or str(x.features),
        "O": "x".join(map(str, dict.fromkeys(y.spatial))) or str(y.features),
        "map": "x".join(map(str, y.spatial)) or str(y.features),
        "g": str(getattr(place.layer, "groups", 1)),
    }
    window = next((w for w in place.node.windows if _slides(w)), None)
    if isinstance(window, Window | TransposedWindow):
        found |= {"K": str(window.kernel), "S": str(window.stride), "D": str(window.dilation)}
        found |= {"Ke": str(window.extent), "P": str(window.padding[0])}
        found["op"] = str(getattr(window, "output_padding", 0))
    return found


LETTERS = {
    "layer": "the layer", "Ci": "C_in", "Co": "C_out", "C": "C", "W": "W", "O": "O", "map": "OxO", "g": "g", "K": "K",
    "S": "s", "D": "d", "Ke": "K_eff", "P": "P", "op": "output_padding", "H": "H", "n": "many",
    "other": "another layer", "wrong": "another",
}  # fmt: skip
"""What stands for the letters where several layers are meant."""


def filled(feedback: str, letters: Mapping[str, str]) -> str:
    """The feedback with its letters filled in, its first one large."""
    text = feedback.format_map({**LETTERS, **letters})
    named = feedback.startswith("{layer}") and "layer" in letters  # a layer keeps its name
    return text if named else text[:1].upper() + text[1:]


def _slides(window: object) -> bool:
    return isinstance(window, Window | TransposedWindow)
