"""The network as a frozen, named, topologically ordered graph with all shapes known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from archcalc.core import AxisWindow, Shape, Work
from archcalc.core.record import field, record
from archcalc.errors import Place, UnknownName
from archcalc.layers import Layer
from archcalc.layers.base import Weights
from archcalc.spec.addresses import dotted
from archcalc.spec.document import Claim

if TYPE_CHECKING:
    from archcalc.core.arrays import Array


@record
class Node:
    """One layer at its place. Values are numbered: first the inputs of the graph, then its nodes."""

    name: str
    layer: Layer
    inputs: tuple[int, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    place: Place
    shared: str | None = None
    """Name of the earlier node whose weights this one uses."""
    transposed: bool = False
    """It uses that node's matrix with rows and columns swapped, as the second half of an autoencoder does."""
    frozen: bool = False

    @property
    def x(self) -> Shape:
        """The shape of its first input; of a source, which reads none, its own."""
        return self.input_shapes[0] if self.input_shapes else self.shape

    @property
    def windows(self) -> tuple[AxisWindow, ...]:
        """How the layer slides along each spatial axis."""
        return self.layer.windows(*self.input_shapes)

    @property
    def weights(self) -> Weights:
        """Its tensors by their names in it, its own or those that it shares."""
        return self.layer.weights(*self.input_shapes)

    @property
    def work(self) -> Work:
        """Operations on one example."""
        return self.layer.work(*self.input_shapes, self.shape)

    @property
    def params(self) -> int:
        """Of its tensors, its own or those that it shares; buffers are none."""
        return sum(tensor.elements for tensor in self.weights.values() if tensor.role != "buffer")


@record
class Group:
    """Consecutive nodes with a name: a block, a chain, branches, a repeat, or a layer with its act and norm."""

    name: str
    label: str
    """What made it: a block's name, `conv + relu`, `concat`."""
    first: int
    """Index of its first node."""
    stop: int
    """Index after its last node."""
    output: int
    """The value it ends in."""
    place: Place
    """Where it is written, or called."""
    sugar: bool = False
    """Written as one layer (`act=`, `norm=`, `crop`); tables fold it into one row."""


@record
class Graph:
    """Inputs, nodes in execution order, the groups they stand in, and the outputs."""

    name: str
    inputs: tuple[tuple[str, Shape], ...]
    nodes: tuple[Node, ...]
    groups: Mapping[str, Group]
    outputs: tuple[int, ...]
    values: Mapping[str, int]
    """Every address (layer, group, input) -> the value it stands for."""
    claims: tuple[Claim, ...] = ()
    about: Mapping[str, str] = field(factory=dict)
    params: Mapping[str, object] = field(factory=dict)
    own_name: str = ""
    """What the spec calls itself: `LeNet-5`; `name` is what it was loaded by."""
    stated: Mapping[str, Array] = field(factory=dict)
    """Numbers that the spec states, by the name of their tensor: `fc.bias`."""
    unfit: tuple[str, ...] = ()
    """Those that no longer fit under other params or another input, in words."""
    overridden: tuple[str, ...] = ()
    """What `--set` and `--input` changed against the file; its claims do not speak of that."""

    def __repr__(self) -> str:
        return f"<Graph {self.name}: {len(self.nodes)} layers>"

    @property
    def first(self) -> int:
        """The value that the first node makes: the inputs come before it."""
        return len(self.inputs)

    @property
    def value_count(self) -> int:
        """How many values there are."""
        return len(self.inputs) + len(self.nodes)

    def numbered(self) -> Iterator[tuple[int, Node]]:
        """Each node with the value that it makes."""
        return enumerate(self.nodes, len(self.inputs))

    def maker(self, value: int) -> Node | None:
        """The node that makes a value; None for an input."""
        return None if value < len(self.inputs) else self.nodes[value - len(self.inputs)]

    def value_of(self, part: Node | Group) -> int:
        """The value that a part ends in."""
        return part.output if isinstance(part, Group) else self.values[part.name]

    def index_of(self, part: Node | Group) -> int:
        """The place among the nodes of the one that a part ends in; below 0 where that is an input."""
        return self.value_of(part) - len(self.inputs)

    def value_name(self, value: int) -> str:
        """The name of an input or a node."""
        node = self.maker(value)
        return self.inputs[value][0] if node is None else node.name

    def value_shape(self, value: int) -> Shape:
        """The shape of an input's or a node's output."""
        node = self.maker(value)
        return self.inputs[value][1] if node is None else node.shape

    def stated_of(self, node: Node, part: str = "weight") -> Array | None:
        """The numbers that the spec states for a tensor of a node, as the node uses it."""
        found = self.stated.get(f"{node.shared or node.name}.{part}")
        return found.transposed() if found is not None and node.transposed else found

    def part(self, name: str) -> Node | Group:
        """The layer or group at this address. Raises UnknownName with the nearest addresses."""
        address = dotted(name)
        if address in self.groups:
            return self.groups[address]
        value = self.values.get(address, -1) - len(self.inputs)
        if value >= 0 and self.nodes[value].name == address:
            return self.nodes[value]
        raise self.unknown(name)

    def has(self, name: str) -> bool:
        """Whether there is a layer or a group at this address."""
        address = name.replace("/", ".")
        return address in self.groups or self.values.get(address, -1) >= len(self.inputs)

    def title(self, node: Node) -> str:
        """The name that a table shows for a node: `conv1` for `conv1.conv`, written as one layer with its act."""
        parent = node.name.rpartition(".")[0]
        group = self.groups.get(parent)
        return parent if group is not None and group.sugar else node.name

    def nodes_of(self, part: Node | Group) -> tuple[Node, ...]:
        """The layers of a part, in order."""
        return self.nodes[part.first : part.stop] if isinstance(part, Group) else (part,)

    def unknown(self, name: str) -> UnknownName:
        """The error for an address that does not exist."""
        from archcalc.spec.names import listed, nearest, unknown

        known = [*self.groups, *(node.name for node in self.nodes)]
        leaves = [address for address in known if address.rpartition(".")[2] == name]
        matches = leaves[:3] or nearest(name, known)
        top = [address for address in known if "." not in address]
        help = f"its layers are {listed(top)}" if top else "it has no layers"
        return unknown(f"{self.name} has no layer `{name}`", name, matches, help)

    def addresses(self) -> Iterator[str]:
        """Every layer and group."""
        yield from self.groups
        for node in self.nodes:
            yield node.name
