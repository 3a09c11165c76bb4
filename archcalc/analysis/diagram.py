"""What is visible of a network in a picture: groups folded by depth and by name, repeats drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from archcalc.analysis.repeats import runs, turns_of
from archcalc.analysis.summary import Counts, Summary, add_counts
from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.graph.graph import Graph, Group, Node
from archcalc.layers import KINDS, Layer
from archcalc.layers.traits import Traits


@record
class DiagramLeaf:
    """One box: an input, a layer, or a group that is folded."""

    address: str
    name: str
    """The last part of the address; of repeats drawn once, from the first to the last: `1…35`."""
    label: str
    """What it is: `conv 3×3 /2`, `conv 3×3 + relu`, `bottleneck`; "" for an input."""
    family: str
    """The family of its layer's kind; "input" or "group"."""
    scope: str
    """The group in whose frame it stands; "" outside of all."""
    first: int
    """Its first node in the network; inputs count from below 0."""
    stop: int
    shape: Shape
    """After it; after the first where it is drawn for several."""
    last_shape: Shape
    """After the last of the layers or groups that it is drawn for."""
    layers: tuple[Layer, ...] = ()
    """The layers that are written as one (`conv` with its norm and act); of a group none."""
    times: int = 1
    """For so many equal groups it stands."""
    counts: Counts | None = None
    """Of all that it stands for."""
    shared: bool = False
    """Its weights are an earlier layer's."""
    receptive_field: int | None = None
    """The longest side of its field on the input."""
    bands: tuple[int, ...] = ()
    """Of a folded group that ends in a concatenation: the channels of its branches."""

    @property
    def folded(self) -> bool:
        """A group whose inside is not shown."""
        return self.family == GROUP


@record
class Frame:
    """A group that is open."""

    address: str
    name: str
    label: str
    scope: str
    """The frame around it; "" outside of all."""
    first: int
    stop: int
    times: int = 1
    shared_with: str = ""
    """The group whose weights it uses."""


@record
class Diagram:
    """The boxes of a picture and the wires between them, both in the network's order."""

    leaves: tuple[DiagramLeaf, ...]
    frames: Mapping[str, Frame]
    wires: tuple[tuple[int, int], ...]
    """From leaf to leaf, by their places in `leaves`."""


GROUP, INPUT = "group", "input"
"""Families of leaves that are no layers."""


def diagram(
    graph: Graph,
    summary: Summary | None = None,
    fields: Callable[[int], int | None] | None = None,
    *,
    depth: int = 1,
    open: Sequence[str] = (),
    fold: Sequence[str] = (),
    repeats: bool = True,
    sugar: bool = False,
) -> Diagram:
    """What a picture of a network shows.

    Args:
        summary: where the counts of the boxes come from; without it they have none.
        fields: the longest side of the field of a value, by its number in the network.
        depth: groups are open down to this level; 0 shows the top level folded.
        open: patterns of groups (`layer1.*`) that are open whatever the depth, with all around them.
        fold: patterns of groups that are folded whatever the depth.
        repeats: draw equal groups in a row once, with their number.
        sugar: show a layer with its norm and act as several.
    """
    return _Visible(graph, summary, fields, depth, open, fold, repeats, sugar).diagram()


def title_of(graph: Graph) -> str:
    """The network's own name; with the one it was loaded by where they are two: `ResNet-50 (resnet152)`."""
    own, name = graph.own_name, graph.name
    if not own or _letters(own) == _letters(name):
        return own or name
    return f"{own} ({name})"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


@record
class Parts:
    """Everything that a picture may show, whatever is folded: for a page that folds by itself."""

    layers: tuple[DiagramLeaf, ...]
    groups: Mapping[str, DiagramLeaf]
    """Each group as if it were folded, and drawn for itself alone."""
    runs: Mapping[str, tuple[str, ...]]
    """The first of equal groups in a row -> all of them."""
    turns: Mapping[str, tuple[int, int]]
    """Each repeated group -> the number of its repeats, and its turn in them."""


def parts(graph: Graph, summary: Summary, fields: Callable[[int], int | None] | None = None) -> Parts:
    """All layers and groups of a network."""
    alone = _Visible(graph, summary, fields, 0, (), (), repeats=False, sugar=False)
    layers = [alone.layer(node.name, node, index) for index, node in enumerate(graph.nodes)]
    groups = {name: alone.folded(name) for name in alone.groups}
    whole = _Visible(graph, None, None, len(groups), (), (), repeats=True, sugar=False)
    return Parts(tuple(layers), groups, whole.run_of, whole.turns)


def branching(graph: Graph) -> tuple[str, ...]:
    """Groups with real branches, from the inside: more than one weighted layer lies off their longest path.

    Inception modules and squeezed bottlenecks are, a residual block with its projection is not. A group that is one
    counts as one layer in the groups around it.
    """
    count = len(graph.inputs)
    weight = [int(_traits(node.layer).weighted) for node in graph.nodes]
    found = []
    groups = [group for group in graph.groups.values() if group.stop > group.first and not group.sugar]
    for group in sorted(groups, key=lambda group: group.stop - group.first):
        longest: dict[int, int] = {}
        for index in range(group.first, group.stop):
            before = (longest.get(value - count, 0) for value in graph.nodes[index].inputs)
            longest[index] = weight[index] + max(before, default=0)
        if sum(weight[group.first : group.stop]) - max(longest.values()) > 1:
            found.append(group.name)
            weight[group.first : group.stop] = [*[0] * (group.stop - group.first - 1), 1]
    return tuple(found)


class _Visible:
    def __init__(
        self,
        graph: Graph,
        summary: Summary | None,
        fields: Callable[[int], int | None] | None,
        depth: int,
        open: Sequence[str],
        fold: Sequence[str],
        repeats: bool,
        sugar: bool,
    ) -> None:
        self.graph, self.summary, self.depth, self.sugar = graph, summary, depth, sugar
        self.fields = fields or (lambda _: None)
        self.open, self.fold = [_address(p) for p in open], [_address(p) for p in fold]
        self.count = len(graph.inputs)
        self.groups = {name: group for name, group in graph.groups.items() if group.stop > group.first}
        self.parents: dict[str, str] = {}
        self.level: dict[str, int] = {}
        for name in sorted(self.groups, key=len):
            parent = self.parent(name)
            self.level[name] = self.level[parent] + 1 if parent else 0
        self.opened = {name: self._is_open(name) for name in self.groups}
        repeated = runs(graph, self.groups, self.parent, self.opened) if repeats else []
        flat = [run for together in repeated for run in together]
        self.drawn_as = {name: run[0] for run in flat for name in run[1:]}
        self.run_of = {run[0]: run for run in flat}
        self.turns = turns_of(repeated)
        self.shown: dict[str, str] = {"": ""}
        self.leaves: dict[str, DiagramLeaf] = {}

    def parent(self, address: str) -> str:
        """The group around a layer or group that holds layers; "" outside of all."""
        if address not in self.parents:
            parent = address
            while parent := parent.rpartition(".")[0]:
                if parent in self.groups:
                    break
            self.parents[address] = parent
        return self.parents[address]

    def _is_open(self, name: str) -> bool:
        sugar = self.groups[name].sugar and not self.sugar
        if sugar or any(fnmatchcase(name, pattern) for pattern in self.fold):
            return False
        return self.level[name] < self.depth or any(_leads_to(name, pattern) for pattern in self.open)

    def around(self, address: str) -> Iterator[str]:
        """The groups around an address, from the innermost."""
        while address := self.parent(address):
            yield address

    def canonical(self, group: str) -> str:
        """The group that a group is drawn as: the first of its repeats, at every level."""
        if group not in self.shown:
            parent = self.parent(group)
            name = self.canonical(parent) + group[len(parent) :] if parent else group
            self.shown[group] = self.drawn_as.get(name, name)
        return self.shown[group]

    def diagram(self) -> Diagram:
        places = self._leaf_places()
        scopes = {leaf.scope for leaf in self.leaves.values()}
        frames = {name: self._frame(name) for name in self._with_parents(scopes)}
        number = {address: i for i, address in enumerate(self.leaves)}
        wires = {(number[a], number[b]): None for a, b in self._wires(places)}
        return Diagram(tuple(self.leaves.values()), frames, tuple(wires))

    def _with_parents(self, scopes: Iterable[str]) -> list[str]:
        names = {name for scope in scopes if scope for name in (scope, *self.around(scope))}
        return sorted(names, key=lambda name: (self.groups[name].first, len(name)))

    def _leaf_places(self) -> list[str]:
        """The leaf of each value, by its address; the leaves are made on the way."""
        places = []
        for index, (name, shape) in enumerate(self.graph.inputs):
            self.leaves[name] = DiagramLeaf(
                name, name, "", INPUT, "", index - self.count, index - self.count + 1, shape, shape
            )
            places.append(name)
        closed: dict[str, str] = {}
        for index, node in enumerate(self.graph.nodes):
            parent = self.parent(node.name)
            if parent not in closed:
                closed[parent] = self._outermost_closed(parent)
            group = closed[parent]
            address = group or self.canonical(parent) + node.name[len(parent) :]
            if address not in self.leaves:
                self.leaves[address] = self.folded(group) if group else self.layer(address, node, index)
            places.append(address)
        return places

    def _outermost_closed(self, group: str) -> str:
        """What a group is drawn in: the outermost around it that is not open, itself included; "" where all are."""
        around = [group, *self.around(group)] if group else []
        return next((shown for name in reversed(around) if not self.opened[shown := self.canonical(name)]), "")

    def layer(self, address: str, node: Node, index: int) -> DiagramLeaf:
        counts = self.summary.rows[index].counts if self.summary else None
        return DiagramLeaf(
            address, address.rpartition(".")[2], kind_text(node.layer), _family(node.layer),
            self.parent(address), index, index + 1, node.shape, node.shape, (node.layer,), counts=counts,
            shared=node.shared is not None, receptive_field=self.fields(index + self.count),
        )  # fmt: skip

    def folded(self, name: str) -> DiagramLeaf:
        group = self.groups[name]
        run = self.run_of.get(name, (name,))
        last = self.groups[run[-1]]
        nodes = self.graph.nodes[group.first : group.stop]
        label, family = group_label(group), GROUP
        if group.sugar:
            label = " + ".join([kind_text(nodes[0].layer), *(node.layer.kind for node in nodes[1:])])
            family = _family(_main(nodes))
        return DiagramLeaf(
            name, _span(run), label, family, self.parent(name), group.first, last.stop,
            self._shape(group), self._shape(last),
            tuple(node.layer for node in nodes) if group.sugar else (), len(run),
            self._counts(run),
            _all_shared(nodes), self.fields(self._value(last)), self._bands(group),
        )  # fmt: skip

    def _frame(self, name: str) -> Frame:
        group = self.groups[name]
        run = self.run_of.get(name, (name,))
        nodes = self.graph.nodes[group.first : group.stop]
        shared = next((node.shared for node in nodes if node.shared), "") if _all_shared(nodes) else ""
        return Frame(
            name, _span(run), group_label(group), self.parent(name), group.first, group.stop, len(run),
            shared and self._twin(name, nodes, shared),
        )  # fmt: skip

    def _twin(self, name: str, nodes: Sequence[Node], shared: str) -> str:
        """The group whose weights this one uses: `b.conv1` uses those of `a.conv1`, so `b` those of `a`."""
        inside = next(node.name for node in nodes if node.shared == shared)[len(name) :]
        return shared.removesuffix(inside) if shared.endswith(inside) else shared

    def _shape(self, group: Group) -> Shape:
        """After it; after its last layer where nothing of it goes on as one value (`split`)."""
        return self.graph.value_shape(self._value(group))

    def _value(self, group: Group) -> int:
        whole = 0 <= group.output < self.count + len(self.graph.nodes)
        return group.output if whole else self.count + group.stop - 1

    def _bands(self, group: Group) -> tuple[int, ...]:
        output = group.output - self.count
        if group.sugar or not group.first <= output < group.stop:
            return ()
        node = self.graph.nodes[output]
        channels = tuple(shape[0] for shape in node.input_shapes)
        return channels if len(channels) > 1 and sum(channels) == node.shape[0] else ()

    def _wires(self, places: list[str]) -> Iterator[tuple[str, str]]:
        """From leaf to leaf; not those from a repeat to the next, where one is drawn for both."""
        copies: dict[str, tuple[str, ...]] = {"": ()}
        for index, node in enumerate(self.graph.nodes):
            reader, inside = places[index + self.count], self._copies(node.name, copies)
            for value in node.inputs:
                source = places[value]
                if source == reader:
                    continue
                if value >= self.count:
                    made_in = self._copies(self.graph.nodes[value - self.count].name, copies)
                    if made_in != inside and self._neighbours(made_in, inside):
                        continue
                yield source, reader

    def _copies(self, address: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The repeats that an address stands in, from the innermost."""
        parent = self.parent(address)
        if parent not in known:
            found = [name for name in (parent, *self.around(parent)) if name in self.run_of or name in self.drawn_as]
            known[parent] = tuple(found)
        return known[parent]

    def _neighbours(self, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        """Whether two layers stand in different turns of the same repeats."""
        turns = ((self.turns[a], self.turns[b]) for a, b in zip(reversed(one), reversed(other), strict=False))
        return any(a != b and a[0] == b[0] for a, b in turns)

    def _counts(self, run: Sequence[str]) -> Counts | None:
        """Of all groups that one is drawn for."""
        if self.summary is None:
            return None
        return add_counts(self.summary.counts_of(self.groups[name].first, self.groups[name].stop) for name in run)


def kind_text(layer: Layer) -> str:
    """A layer's kind, with its window and stride where it has them: `conv 3×3 /2`."""
    kernel, stride = getattr(layer, "kernel_size", None), getattr(layer, "stride", None)
    text = layer.kind
    if kernel:
        text += " " + "×".join(map(str, kernel))
    if kernel and stride and any(step != 1 for step in stride):
        text += f" /{'×'.join(map(str, stride)) if len(set(stride)) > 1 else stride[0]}"
    return text


def group_label(group: Group) -> str:
    """What made a group, as a picture writes it; nothing where it is only a name around layers."""
    return "" if group.label == "group" else group.label.replace(" x", " ×")


def _main(nodes: Sequence[Node]) -> Layer:
    """The layer that a line with several is about: not the crop or the padding before it."""
    return next((node.layer for node in nodes if not _traits(node.layer).view), nodes[0].layer)


def _family(layer: Layer) -> str:
    return _traits(layer).family


def _traits(layer: Layer) -> Traits:
    return KINDS[layer.kind].traits


def _all_shared(nodes: Sequence[Node]) -> bool:
    """Every weight in it is an earlier layer's."""
    weighted = [node for node in nodes if node.shared or node.layer.weights(*node.input_shapes)]
    return bool(weighted) and all(node.shared for node in weighted)


def _address(pattern: str) -> str:
    return pattern.replace("/", ".")


def _leads_to(name: str, pattern: str) -> bool:
    """The pattern names this group, or something in it."""
    parts, wanted = name.split("."), pattern.split(".")
    return len(wanted) >= len(parts) and all(map(fnmatchcase, parts, wanted))


def _span(run: Sequence[str]) -> str:
    """The name of repeats drawn once: `1…35`, `conv1…16`."""
    first, last = run[0].rpartition(".")[2], run[-1].rpartition(".")[2]
    if first == last:
        return first
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same] and not first[same].isdigit():
        same += 1
    return f"{first}…{last[same:]}"
