"""The numbers that are quoted of a network, each with what it is the sum of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from archcalc.analysis.cost.convention import Counted, Term
from archcalc.analysis.cost.conventions import all_conventions, built_for
from archcalc.analysis.memory.activations import CONVENTIONS
from archcalc.analysis.memory.lifetimes import lifetimes
from archcalc.analysis.summary import weights_counted
from archcalc.core import Shape, Work
from archcalc.core.record import record, replace
from archcalc.graph.graph import Graph, Node
from archcalc.layers.recurrent import with_biases
from archcalc.layers.traits import CONV, LINEAR, NORM


@record
class Part:
    """One summand of a figure: `times` x `amount` of `what`."""

    what: str
    amount: int
    times: int = 1

    @property
    def total(self) -> int:
        """What it adds."""
        return self.times * self.amount


@record
class QuotableFigure:
    """A number that someone may quote of a network."""

    name: str
    """`params`, `fvcore`, `activation values (cs231n)`."""
    value: int
    parts: tuple[Part, ...] = ()
    """What it is the sum of; empty where it is one thing."""
    main: bool = False
    """Quoted so often that one or two digits of it are recognized."""
    batched: bool = False
    """Grows with the batch."""


def figures(graph: Graph) -> tuple[QuotableFigure, ...]:
    """All that is quoted of a network: params in several readings, operations by every convention, values."""
    return (*_params(graph), *_operations(graph), *_values(graph))


def _params(graph: Graph) -> Iterator[QuotableFigure]:
    sums: Counter[str] = Counter()
    for node in graph.nodes:
        if node.shared is None:
            for name, tensor in node.weights.items():
                sums[_sort(node, name, tensor.role)] += tensor.elements
    params = {what: sums[what] for what in ("weights", "biases", "weights and biases of norms") if sums[what]}
    total = sum(params.values())
    yield QuotableFigure("params", total, _parts(params), main=True)
    trained = sum(weights_counted(node, "trainable_params") for node in graph.nodes)
    if 0 < trained < total:
        yield QuotableFigure("trainable params", trained, main=True)
    buffers = sums["running statistics"]
    if buffers:
        yield QuotableFigure(
            "params and buffers (Keras)", total + buffers, _parts({**params, "running statistics": buffers})
        )
    for count, words in ((1, "one bias a gate (textbooks, Keras)"), (2, "two biases a gate (PyTorch)")):
        more = _more_biases(graph, count)
        if more:
            parts = _parts({**params, "biases": params["biases"] + more})
            yield QuotableFigure(f"params with {words}", total + more, parts)
    if sums["biases"]:
        yield QuotableFigure("params without the biases", total - sums["biases"])
    if sums["weights and biases of norms"]:
        yield QuotableFigure("params without those of norms", total - sums["weights and biases of norms"])
    for family, words in ((CONV, "convolutions"), (LINEAR, "linear layers")):
        own = [node for node in _owners(graph) if node.layer.traits.family == family]
        yield QuotableFigure(f"params of {words} alone", sum(node.params for node in own))


def _more_biases(graph: Graph, count: int) -> int:
    """How many more params there are with so many biases for each gate of recurrent layers."""
    others = [(node, with_biases(node.layer, count)) for node in graph.nodes if node.shared is None]
    return sum(replace(node, layer=layer).params - node.params for node, layer in others if layer is not node.layer)


def _sort(node: Node, name: str, role: str) -> str:
    if role == "buffer":
        return "running statistics"
    if node.layer.traits.family == NORM:
        return "weights and biases of norms"
    return "biases" if "bias" in name else "weights"


def _parts(amounts: Mapping[str, int]) -> tuple[Part, ...]:
    return tuple(Part(what, amount) for what, amount in amounts.items()) if len(amounts) > 1 else ()


def _owners(graph: Graph) -> list[Node]:
    """The layers whose weights are their own."""
    return [node for node in graph.nodes if node.shared is None]


def _operations(graph: Graph) -> Iterator[QuotableFigure]:
    """The figure of every convention, with the terms that are not 0."""
    alike = Counter((id(node.layer), node.input_shapes) for node in graph.nodes)
    first = {(id(node.layer), node.input_shapes): node for node in reversed(graph.nodes)}
    works = {key: node.work for key, node in first.items()}
    conventions = all_conventions()
    if not any(work.activation_macs for work in works.values()):
        del conventions["macs+attention"]
    usual: Counter[Counted] = Counter()
    for key, node in first.items():
        usual[Counted(node.layer, node.input_shapes, node.shape, works[key], "")] += alike[key]
    for name, convention in conventions.items():
        built = built_for(convention, graph)
        calls = _built_calls(graph, works, built) if built else usual
        parts = [Part(term.what, _amount(term, calls), term.times) for term in convention.terms]
        parts = [part for part in parts if part.amount]
        total = sum(part.total for part in parts)
        yield QuotableFigure(name, total, tuple(parts), main=name in ("macs", "flops"), batched=True)


def _built_calls(
    graph: Graph, works: Mapping[tuple[int, tuple[Shape, ...]], Work], built: Mapping[str, str]
) -> Counter[Counted]:
    """How often each layer is called, where some are written in another way than the spec says."""
    return Counter(
        Counted(node.layer, node.input_shapes, node.shape, works[id(node.layer), node.input_shapes],
                built.get(node.name, ""))
        for node in graph.nodes
    )  # fmt: skip


def _amount(term: Term, calls: Mapping[Counted, int]) -> int:
    return sum(term.of(counted) * times for counted, times in calls.items())


def _values(graph: Graph) -> Iterator[QuotableFigure]:
    inputs = sum(shape.elements for _, shape in graph.inputs)
    weighted = [node for node in graph.nodes if node.work.connections]
    in_place = lifetimes(graph, inplace=True)
    kept = sum(graph.value_shape(value).elements for value, owner in enumerate(in_place.owners) if value == owner)
    yield QuotableFigure("neurons", sum(node.shape.elements for node in weighted), main=True, batched=True)
    for convention in CONVENTIONS.values():
        elements = convention.elements(graph)
        yield QuotableFigure(f"activation values ({convention.name})", elements, batched=True)
        yield QuotableFigure(f"bytes of activations in float32 ({convention.name})", 4 * elements, batched=True)
    copies = CONVENTIONS["copies"].elements(graph)
    parts = _parts({"outputs": copies, "inputs": inputs})
    yield QuotableFigure("values of all layers and the input", copies + inputs, parts, batched=True)
    yield QuotableFigure("values kept for training, relu in place", kept, batched=True)
    yield QuotableFigure("most values in memory at once", lifetimes(graph).peak, batched=True)
    yield QuotableFigure("bytes of params in float32", 4 * sum(node.params for node in _owners(graph)))
