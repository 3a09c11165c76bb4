"""Misconceptions about bytes: of weights, and of activations."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archcalc.analysis.memory.activations import CONVENTIONS
from archcalc.analysis.memory.lifetimes import lifetimes
from archcalc.analysis.summary import BYTES
from archcalc.graph.graph import Graph
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate

PEAK = "peak_activation_bytes"
BOTH_WAYS = "forward_backward_bytes"
ACTIVATIONS = ("activation_bytes", PEAK, BOTH_WAYS)

BATCHES = (16, 32, 64, 100, 128, 256)
"""Batch sizes that are usual."""


def memory_candidates(question: Question) -> Iterator[Candidate]:
    """What answers about bytes could be."""
    actual = question.actual
    assert isinstance(actual, Fraction)
    if question.word != "weight_bytes" and question.word not in ACTIVATIONS:
        return
    yield from _multiples(question, actual)
    if question.word in ACTIVATIONS:
        yield from _of_activations(question)


def _multiples(question: Question, bytes_: Fraction) -> Iterator[Candidate]:
    """Values of other sizes, gradients and batches, for a figure of so many bytes."""
    factors = _TRAINED if question.word == BOTH_WAYS else _FACTORS[question.word in ACTIVATIONS]
    for factor, id, feedback, convention in factors:
        yield Candidate(bytes_ * factor, id, (), "net", feedback, convention)
    for batch in BATCHES if question.word in ACTIVATIONS else ():
        yield Candidate(bytes_ * batch, "mem.batch", (), "net", "One image, not a batch.")


def _of_activations(question: Question) -> Iterator[Candidate]:
    if question.word != PEAK:
        yield from _by_other_conventions(question)
    weights = question.otherwise("weight_bytes")
    if isinstance(weights, Fraction):
        feedback = "Those are the bytes of the weights; the question asks for those of the activations."
        yield Candidate(weights, "mem.params_for_acts", (), "net", feedback)
    if question.word == PEAK:
        feedback = "The image is in memory too, until the last layer that reads it has run."
        yield Candidate(Fraction(_peak_without_inputs(question.graph)), "mem.input_missing", (), "net", feedback)


_COUNTED = {
    "in_place": "You counted ReLU as written over its input.",
    "cs231n": "You counted the input and the outputs of all but activations, as CS231n does.",
    "copies": "You counted the outputs of flatten and dropout as copies; they are the memory of their input.",
}
"""Convention -> what is said of an answer that follows it; each is right as well."""


def _by_other_conventions(question: Question) -> Iterator[Candidate]:
    """The values in memory as others count them."""
    indices = None if question.part is None else question.indices
    times = BYTES * (2 if question.word == BOTH_WAYS else 1)
    for name, feedback in _COUNTED.items():
        value = Fraction(CONVENTIONS[name].elements(question.graph, indices) * times)
        yield Candidate(value, f"mem.{name}", (), "net", feedback, convention=True, accepted=True)
        yield from _multiples(question, value)


def _peak_without_inputs(graph: Graph) -> int:
    """The most bytes at once, the network's inputs left out."""
    found = lifetimes(graph)
    first = graph.first
    peak = 0
    for moment, alive in enumerate(found.alive, first):
        held = [v for v in range(first) if found.last_reads[v] >= moment or found.last_reads[v] == v]
        peak = max(peak, alive - sum(graph.inputs[value][1].elements for value in held))
    return peak * BYTES


_VALUES = (
    (Fraction(1, BYTES), "mem.count_for_bytes", "Each value takes four bytes.", False),
    (Fraction(8), "mem.bits", "That is bits.", False),
    (Fraction(2), "mem.double", "A float32 takes four bytes.", False),
)
_TRAINED = (
    *_VALUES,
    (Fraction(1, 2), "mem.fwd_only", "Training keeps a gradient beside each value too.", True),
)
"""Of the values and their gradients."""

_FACTORS = (
    (
        *_VALUES,
        (Fraction(2), "mem.with_grad", "Training keeps gradients too; here only the weights count.", True),
        (Fraction(3), "mem.optimizer", "The question asks for the weights alone.", True),
    ),
    (
        *_VALUES,
        (Fraction(2), "mem.with_grad", "Training keeps gradients too; here only the forward pass counts.", True),
    ),
)
"""Of weights, then of activations: what the figure is multiplied by, and which misconception that is."""
