"""Misconceptions about a sum over layers, and about which figure is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import ArchcalcError
from archcalc.graph.graph import Node
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.memory import BATCHES
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate, LayerPlace
from archcalc.homework.diagnosis.misconceptions.parameters import conv_at
from archcalc.homework.diagnosis.worlds import count_of, figure
from archcalc.layers.traits import CONV, LINEAR, NORM, POOL

_FAMILIES = {CONV: "conv", LINEAR: "fc", POOL: "pool", NORM: "norm"}
"""Families whose layers students add up, and what ids call them."""

_FAMILY_NAMES = {"conv": "convolutional", "fc": "fully connected", "pool": "pooling", "norm": "normalization"}

Counts = Mapping[int, int]
"""What each layer adds to the figure, by its index; layers that add nothing are left out."""


def family_of(node: Node) -> str:
    """conv, fc, pool or norm; the kind itself for others."""
    return _FAMILIES.get(node.layer.traits.family, node.layer.kind)


def total_candidates(question: Question, counts: Counts) -> Iterator[Candidate]:
    """What a sum over the layers of a net or a group could be."""
    yield from _other_figures(question)
    if len(counts) > 1:
        yield from _families(question, counts)
        yield from _layers(question, counts)
        yield from _separable(question, counts)
        yield from _shortcuts(question, counts)
    yield from _shared_twice(question)
    yield from _other_choices(question)
    yield from _multiples(question)


def _other_figures(question: Question) -> Iterator[Candidate]:
    """Another figure of the same layers."""
    for word, id, feedback, convention in _INSTEAD.get(question.word, ()):
        other = question.otherwise(word)
        if isinstance(other, Fraction):
            yield Candidate(other, id, (), "net", feedback, convention)


_UNITS = "You counted the neurons; the question asks for {asked}."
_LINKS = "Those are connections; shared weights are counted once."
_INSTEAD: dict[str, tuple[tuple[str, str, str, bool], ...]] = {
    "params": (
        ("neurons", "qty.units_for_params", _UNITS.format(asked="parameters"), False),
        ("connections", "qty.connections_for_params", _LINKS, False),
    ),
    "weights": (("params", "tot.weights_only", "The question asks for the weights without the biases.", True),),
    "macs": (
        ("params", "mac.params_given", "Those are the parameters; each is used at many positions.", False),
        ("connections", "mac.bias_added", "Bias additions are not counted here.", True),
    ),
    "connections": (("params", "qty.params_for_connections", "Those are the parameters, shared ones once.", False),),
    "neurons": (("params", "qty.params_for_units", "Those are the parameters; the question asks for neurons.", False),),
}
_INSTEAD["trainable_params"] = (
    *_INSTEAD["params"],
    ("params", "tot.frozen_counted", "Frozen layers are not trained.", False),
)


def _families(question: Question, counts: Counts) -> Iterator[Candidate]:
    by_family: dict[str, int] = {}
    for index, count in counts.items():
        family = family_of(question.graph.nodes[index])
        by_family[family] = by_family.get(family, 0) + count
    for family in ("conv", "fc") if len(by_family) > 1 else ():
        if family in by_family:
            id = "mac.fc_missing" if family == "conv" and question.word in ("macs", "flops") else f"tot.{family}_only"
            feedback = f"You added only the {_FAMILY_NAMES[family]} layers."
            if id == "mac.fc_missing":
                feedback = "The fully connected layers work too."
            yield Candidate(Fraction(by_family[family]), id, (), "net", feedback)


def _layers(question: Question, counts: Counts) -> Iterator[Candidate]:
    """One layer left out, counted twice, or given alone."""
    total = sum(counts.values())
    for index, count in counts.items():
        title = LayerPlace(question.graph, index).title
        missing, twice = f"Your total is exactly {title} too small.", f"Your total is exactly {title} too large."
        yield Candidate(Fraction(total - count), "tot.layer_missing", (title,), "one", missing)
        yield Candidate(Fraction(total + count), "tot.layer_twice", (title,), "one", twice)
        yield Candidate(Fraction(count), "tot.one_layer", (title,), "one", f"That is {title} alone.")


def _separable(question: Question, counts: Counts) -> Iterator[Candidate]:
    """Half of the separable convolutions: without their pointwise or their depthwise parts."""
    graph = question.graph
    depthwise = {index for index in counts if _is_depthwise(LayerPlace(graph, index))}
    pointwise = {index for index in counts if _follows(LayerPlace(graph, index), depthwise)}
    total, feedback = sum(counts.values()), "Count both the depthwise and the pointwise part."
    for id, left_out in (("par.dw_only", pointwise), ("par.pw_only", depthwise)):
        if depthwise and pointwise:
            yield Candidate(Fraction(total - sum(counts[i] for i in left_out)), id, (), "net", feedback)


def _is_depthwise(place: LayerPlace) -> bool:
    conv = conv_at(place)
    return conv is not None and conv.groups == place.x.channels > 1


def _follows(place: LayerPlace, depthwise: set[int]) -> bool:
    """Whether this is the 1x1 convolution behind a depthwise one, norms and activations between them."""
    conv = conv_at(place)
    if conv is None or set(conv.kernel_size) != {1} or conv.groups > 1:
        return False
    before = place.before()
    while before is not None and before.index not in depthwise and before.y == before.x and conv_at(before) is None:
        before = before.before()
    return before is not None and before.index in depthwise


def _shortcuts(question: Question, counts: Counts) -> Iterator[Candidate]:
    """Projection shortcuts left out: a 1x1 convolution that goes straight into a sum, with the norm behind it."""
    graph, total = question.graph, sum(counts.values())
    left_out: set[int] = set()
    for index in question.indices:
        if graph.nodes[index].layer.traits.sums:
            for value in graph.nodes[index].inputs:
                left_out |= _projection(graph_place(question, value), counts)
    if left_out:
        feedback = "The shortcut with a 1x1 convolution has parameters too."
        rest = Fraction(total - sum(counts[i] for i in left_out))
        yield Candidate(rest, "tot.shortcut_missing", (), "net", feedback)


def graph_place(question: Question, value: int) -> LayerPlace | None:
    """The layer behind a value; None for an input."""
    index = value - question.graph.first
    return LayerPlace(question.graph, index) if index >= 0 else None


def _projection(place: LayerPlace | None, counts: Counts) -> set[int]:
    """The layers of a projection that ends here; none where this is the main branch."""
    found: set[int] = set()
    while place is not None and place.layer.traits.family in (NORM, CONV):
        if place.index in counts:
            found.add(place.index)
        conv = conv_at(place)
        if conv is not None:
            source = place.node.inputs[0]
            shared = sum(source in node.inputs for node in place.graph.nodes) > 1
            return found if set(conv.kernel_size) == {1} and shared else set()
        place = place.before()
    return set()


def _shared_twice(question: Question) -> Iterator[Candidate]:
    if question.word not in ("params", "trainable_params", "weights"):
        return
    graph = question.graph
    if not any(graph.nodes[index].shared for index in question.indices):
        return
    nodes = [replace(graph.nodes[index], shared=None) for index in question.indices]
    total = sum(count_of(node, question.word) for node in nodes)
    yield Candidate(Fraction(total), "tot.tied_twice", (), "net", "Shared weights count once.")


def _other_choices(question: Question) -> Iterator[Candidate]:
    """The same net with its other groups, with or without its auxiliary heads."""
    for name, value in question.network.graph.params.items():
        for other, id, feedback in _choices(name, value):
            try:
                found = figure(question.network.otherwise({name: other}), question.subject)
            except ArchcalcError:
                continue
            if not isinstance(found, Shape):
                yield Candidate(Fraction(found), id, (), "net", feedback, True)


def _choices(name: str, value: object) -> Iterator[tuple[object, str, str]]:
    if name == "groups" and value in (1, 2):
        how = "with" if value == 1 else "without"
        yield 3 - int(str(value)), "tot.alexnet_groups", f"That is the net {how} two groups."
    if name == "aux" and isinstance(value, bool):
        verb = "leaves out" if value else "includes"
        yield not value, "tot.aux_heads", f"Your total {verb} the auxiliary classifiers."


def _multiples(question: Question) -> Iterator[Candidate]:
    """Conventions and units that multiply the figure."""
    actual = question.actual
    assert isinstance(actual, Fraction)
    for words, factor, id, feedback, convention in _FACTORS:
        if question.word in words:
            yield Candidate(actual * factor, id, (), "net", feedback, convention)
    if question.word in ("macs", "flops"):
        macs, outputs = question.otherwise("macs"), question.otherwise("neurons")
        if isinstance(macs, Fraction) and isinstance(outputs, Fraction):
            feedback = "You left out the first addition; the course counts 2 per MAC."
            yield Candidate(2 * macs - outputs, "mac.flops_minus1", (), "net", feedback, True)


_ONE_IMAGE = "One image, not a batch."
_OPS = ("macs", "flops")
_FACTORS: tuple[tuple[tuple[str, ...], Fraction, str, str, bool], ...] = (
    (("macs",), Fraction(2), "mac.flops", "One MAC is 2 FLOPs; this question wants MACs.", True),
    (("flops",), Fraction(1, 2), "mac.flops", "One MAC is 2 FLOPs; this question wants FLOPs.", True),
    *((_OPS, Fraction(batch), "mac.batch", _ONE_IMAGE, False) for batch in BATCHES),
)
"""Which figures, times what, give which misconception."""
