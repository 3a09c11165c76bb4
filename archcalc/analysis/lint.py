"""Advice on a network that is legal: what is likely a slip, or does nothing. One rule a function; its docstring is
what `archcalc lint --rules` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf

from archcalc.analysis.axes import swapped_axes
from archcalc.analysis.fields.receptive import Lost, ReceptiveFields
from archcalc.analysis.memory.lifetimes import of_channels
from archcalc.analysis.notes import products, unread_of
from archcalc.analysis.stated import said_of, stated
from archcalc.core import AdaptiveWindow, Window
from archcalc.core.record import record
from archcalc.core.result import Result
from archcalc.errors import Place, UsageError
from archcalc.graph.graph import Graph, Node
from archcalc.layers.traits import CONV, FORWARD, LINEAR, POOL, SAME
from archcalc.spec.names import did_you_mean, listed, nearest


@record
class Advice:
    """One thing to look at, with its reason."""

    rule: str
    layer: str
    says: str
    place: Place


@record
class LintResult(Result):
    """All advice on a network, in the order of its layers."""

    spec: str
    advice: tuple[Advice, ...]

    def __iter__(self) -> Iterator[Advice]:
        return iter(self.advice)

    def __len__(self) -> int:
        return len(self.advice)

    def __getitem__(self, index: int) -> Advice:
        return self.advice[index]


class Net:
    """A graph, and who reads each value."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.first = graph.first
        self.readers: list[list[Node]] = [[] for _ in range(self.first + len(graph.nodes))]
        for node in graph.nodes:
            for value in node.inputs:
                self.readers[value].append(node)
        self.outputs = set(graph.outputs)

    def sole_reader(self, index: int) -> Node | None:
        """The only node that reads the output of node `index`, which is no output of the network."""
        value = index + self.first
        readers = self.readers[value]
        return readers[0] if len(readers) == 1 and value not in self.outputs else None


Finding = tuple[Node, str]
Rule = Callable[[Net], Iterator[Finding]]


def unread_cells(net: Net) -> Iterator[Finding]:
    """The last rows or columns of a map are read by no window: the size does not divide evenly."""
    for node in net.graph.nodes:
        text = unread_of(node)
        if text:
            yield node, text


def bias_before_norm(net: Net) -> Iterator[Finding]:
    """A bias directly before a norm that subtracts each channel's mean, which takes the bias away again."""
    for index, node in enumerate(net.graph.nodes):
        reader = net.sole_reader(index)
        bias = node.weights.get("bias") if node.layer.traits.weighted else None
        if bias is not None and reader is not None and _centres(reader) and len(bias.shape) == 1:
            kind = reader.layer.kind
            yield node, f"its {bias.elements:,} biases do nothing: {kind} subtracts each channel's mean; bias=no"


def window_over_map(net: Net) -> Iterator[Finding]:
    """A window that spans more cells than the map has without its padding: some taps only ever see padding."""
    for node in net.graph.nodes:
        if not node.layer.traits.slides:
            continue
        for window, length in zip(node.windows, node.x.spatial, strict=False):
            if isinstance(window, Window) and window.extent > length:
                yield node, f"its window spans {window.extent} cells, the map has {length} without the padding"
                break


def idle_pool(net: Net) -> Iterator[Finding]:
    """A pooling whose windows hold one cell at stride 1: it changes nothing; with a stride it subsamples, as meant."""
    for node in net.graph.nodes:
        if node.layer.traits.family != POOL:
            continue
        if node.shape == node.x:
            if _holds_one_cell(node):
                yield node, f"it changes nothing: {node.x} goes in and comes out"
            elif any(isinstance(window, AdaptiveWindow) for window in node.windows):
                yield node, f"it changes nothing for this input: {node.x} goes in and comes out"


def dead_branch(net: Net) -> Iterator[Finding]:
    """A branch that reaches no output of the network: computed for nothing."""
    alive = _alive(net)
    for index, node in enumerate(net.graph.nodes):
        value = index + net.first
        if value not in alive and not net.readers[value]:
            branch = [*_branch(net, value, alive)]
            params = sum(made.params for at in branch if (made := net.graph.maker(at)) is not None and not made.shared)
            layers = f"{len(branch)} {'layer' if len(branch) == 1 else 'layers'}"
            yield node, f"it reaches no output: {layers} with {params:,} params are computed for nothing"


def groups_of_one(net: Net) -> Iterator[Finding]:
    """A convolution with as many groups as channels, for which there is a word of its own."""
    for node in net.graph.nodes:
        call = node.layer.shorter(*node.input_shapes)
        if call:
            yield node, f"each of its {node.x.channels} groups sees one channel: `{call}` says so"


def unread_channels(net: Net) -> Iterator[Finding]:
    """A connection table (`links=`) that leaves out input channels altogether."""
    for node in net.graph.nodes:
        links = getattr(node.layer, "links", None)
        if links:
            missing = sorted(set(range(node.x.channels)) - {channel for row in links for channel in row})
            if missing:
                channels = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
                word = "channel" if len(missing) == 1 else "channels"
                yield node, f"its table reads {node.x.channels - len(missing)} of " \
                            f"{node.x.channels} channels; nothing reads {word} {channels}"  # fmt: skip


def field_over_input(net: Net) -> Iterator[Finding]:
    """The first layer whose receptive field is larger than the input: from there on, units see padding."""
    if len(net.graph.inputs) > 1 or len(net.graph.inputs[0][1]) < 2:
        return
    fields = ReceptiveFields(net.graph)
    for index, node in enumerate(net.graph.nodes):
        value = index + net.first
        if node.layer.traits.slides != FORWARD or not fields.reaches(value):
            continue
        if any(isinstance(forms[value], Lost) for forms in fields.forms):
            return
        for axis, length in zip(fields.at(node.name, value).axes, net.graph.inputs[0][1].spatial, strict=True):
            if axis.largest > length:
                yield node, f"its units see {axis.largest} cells, the input has {length}: the rest is padding"
                return


def input_axes(net: Net) -> Iterator[Finding]:
    """An input with its channels last or its batch first, read as if the first axis were the channels."""
    yield from ((found.node, f"{found.layer}: {found.says}") for found in swapped_axes(net.graph) if found.of_input)


def swapped_pair(net: Net) -> Iterator[Finding]:
    """Tokens x features that a layer takes for channels x length, or the other way round."""
    yield from ((found.node, found.says) for found in swapped_axes(net.graph) if not found.of_input)


def product_for_size(net: Net) -> Iterator[Finding]:
    """A size written as a product: 3*3 is 9, which makes a window of 9x9 cells."""
    yield from products(net.graph)


def linear_twice(net: Net) -> Iterator[Finding]:
    """Two linear layers with nothing between them, which are no more than one."""
    for node, reader in _neighbours(net):
        if {node.layer.traits.family, reader.layer.traits.family} == {LINEAR}:
            yield node, f"no activation stands before {net.graph.title(reader)}: the two can do no more than one"


def conv_twice(net: Net) -> Iterator[Finding]:
    """Two convolutions with nothing between them, which are no more than one; a filter cut into parts is meant so."""
    for node, reader in _neighbours(net):
        slides = all(one.layer.traits.family == CONV and one.layer.traits.slides == FORWARD for one in (node, reader))
        if slides and not _cut_into_parts(node, reader):
            sizes, other = "x".join(map(str, _joined(node, reader))), net.graph.title(reader)
            yield node, f"no activation stands before {other}: the two can do no more than one with a kernel of {sizes}"


def activation_twice(net: Net) -> Iterator[Finding]:
    """A relu on what is never negative, or another function that clips what lies within its bounds."""
    for node in net.graph.nodes:
        if not node.layer.traits.clips:
            continue
        source = net.graph.maker(node.inputs[0])
        low, high = node.layer.traits.bounds
        if source is not None:
            least, most = source.layer.traits.bounds
            if low <= least and most <= high:
                outside = " or ".join([f"below {low:g}"] * (low > -inf) + [f"above {high:g}"] * (high < inf))
                given = f"{net.graph.title(source)} ({source.layer.kind})"
                yield node, f"it changes nothing: {given} gives nothing {outside}"


def opaque(net: Net) -> Iterator[Finding]:
    """A layer whose shape and counts the spec states, and nothing computes."""
    for node in stated(net.graph.nodes):
        yield node, said_of(node)


def _centres(node: Node) -> bool:
    return node.layer.traits.centres and of_channels(node)


def _neighbours(net: Net) -> Iterator[tuple[Node, Node]]:
    """Each node with the only one that reads it, past those that give what they get."""
    for index, node in enumerate(net.graph.nodes):
        reader = net.sole_reader(index)
        while reader is not None and reader.layer.traits.view == SAME:
            reader = net.sole_reader(net.graph.values[reader.name] - net.first)
        if reader is not None:
            yield node, reader


def _cut_into_parts(node: Node, reader: Node) -> bool:
    """Whether two convolutions say a larger one in fewer weights: by channels, by axes, or through fewer channels."""
    groups = [one.layer.grouped(one.input_shapes[0]).groups for one in (node, reader)]  # type: ignore[attr-defined]
    kernels = [[window.extent for window in one.windows if isinstance(window, Window)] for one in (node, reader)]
    by_axes = all(1 in sizes for sizes in zip(*kernels, strict=True)) and all(max(sizes) > 1 for sizes in kernels)
    middle, ends = node.shape.channels, (node.x.channels, reader.shape.channels)
    return max(groups) > 1 or by_axes or middle < min(ends)


def _joined(node: Node, reader: Node) -> Iterator[int]:
    """The kernel of both along each axis: K + (K' - 1)s."""
    for one, other in zip(node.windows, reader.windows, strict=True):
        if isinstance(one, Window) and isinstance(other, Window):
            yield one.extent + (other.extent - 1) * one.stride


RULES: dict[str, Rule] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        unread_cells, bias_before_norm, window_over_map, idle_pool, dead_branch, groups_of_one, unread_channels,
        field_over_input, input_axes, swapped_pair,
        product_for_size, linear_twice, conv_twice, activation_twice, opaque,
    )
}  # fmt: skip
"""Rule -> what finds it; the name is the function's."""


def lint(graph: Graph, skip: Sequence[str] = ()) -> tuple[Advice, ...]:
    """All advice on a network, in the order of its layers. Raises UsageError for a rule that does not exist."""
    for name in skip:
        if name not in RULES:
            help = did_you_mean(nearest(name, RULES)) or f"there are {listed(RULES, 20)}"
            raise UsageError(f"there is no rule `{name}`", help=help)
    net = Net(graph)
    found = [
        (graph.values[node.name], Advice(name, graph.title(node), says, node.place))
        for name, rule in RULES.items()
        if name not in skip
        for node, says in rule(net)
    ]
    return tuple(advice for _, advice in sorted(found, key=lambda pair: pair[0]))


def explained(rule: Rule) -> str:
    """What a rule looks for."""
    return " ".join((rule.__doc__ or "").split())


def _holds_one_cell(node: Node) -> bool:
    windows = node.windows
    return all(isinstance(window, Window) and window.extent == 1 for window in windows)


def _alive(net: Net) -> set[int]:
    """The values that an output depends on."""
    alive: set[int] = set()
    waiting = list(net.graph.outputs)
    while waiting:
        value = waiting.pop()
        if value not in alive:
            alive.add(value)
            node = net.graph.maker(value)
            waiting += node.inputs if node is not None else ()
    return alive


def _branch(net: Net, end: int, alive: set[int]) -> set[int]:
    """The dead nodes that lead to `end`, itself included."""
    found: set[int] = set()
    waiting = [end]
    while waiting:
        value = waiting.pop()
        node = net.graph.maker(value)
        if node is not None and value not in alive and value not in found:
            found.add(value)
            waiting += node.inputs
    return found
