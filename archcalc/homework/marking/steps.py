"""The rule that leads to an answer, with the numbers of the question's own layer beside its letters, not worked out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archcalc.analysis.explain.explain import explain_node
from archcalc.analysis.explain.figures import Figure
from archcalc.analysis.quantities import MEASURES
from archcalc.graph.graph import Group, Node
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import LayerPlace, letters_of

_RUNNING = ("field", "jump")
"""Figures that grow from layer to layer."""

MOST_LAYERS = 3
"""Layers of a sum whose rules are shown."""


def steps_to(question: Question, layers: Sequence[str]) -> Iterator[str]:
    """`O = ⌊(W − K + 2P)/s⌋ + 1 with W = 227, K = 11, P = 0, s = 4.`

    Args:
        layers: titles of the layers that are wrong; of a sum, the rules of these are shown.
    """
    for part in question.parts:
        yield from (f"{part.subject}: {step}" for step in steps_to(part, layers))
    wanted = MEASURES[question.word].steps if question.word in MEASURES else ()
    several = len(question.nodes) > 1 and not (isinstance(question.part, Group) and question.part.sugar)
    nodes = [node for node in question.nodes if not several or question.graph.title(node) in layers]
    for node in nodes if len(nodes) <= MOST_LAYERS else ():
        name = f"{question.graph.title(node)}: " if several else ""
        for line in dict.fromkeys(_lines(node, question, wanted)):
            yield f"{name}{line}"


def _lines(node: Node, question: Question, wanted: Sequence[str]) -> Iterator[str]:
    for figure in explain_node(question.graph, node).figures:
        if figure.quantity in wanted and _is_rule(figure):
            yield f"{_result(figure)} = {_unevaluated(figure, question, node)}."


def _is_rule(figure: Figure) -> bool:
    """Whether there is something left to work out: a single letter or number is the answer itself."""
    return any(sign in figure.formula for sign in "+−·/⌊(")


def _result(figure: Figure) -> str:
    """The letter of the result, or its word; the step of a field has the field before it on its right side."""
    return "r'" if figure.symbol == "r" else figure.symbol or figure.quantity


def _own_letters(question: Question, node: Node) -> dict[str, str]:
    """The letters of a layer alone: the field and the jump before it may be answers to other questions."""
    known = letters_of(LayerPlace(question.graph, question.graph.index_of(node)))
    return {letter: known[name] for letter, name in (("K", "K"), ("s", "S")) if name in known}


def _unevaluated(figure: Figure, question: Question, node: Node) -> str:
    if figure.quantity in _RUNNING:
        letters = [(letter, value) for letter, value in _own_letters(question, node).items() if _uses(figure, letter)]
        before = " and ".join(letter for letter in ("r", "j") if _uses(figure, letter))
        return f"{figure.symbolic} with {_listed(letters)}{', ' if letters else ''}{before} of the layer before"
    if figure.letters:
        return f"{figure.symbolic} with {_listed(figure.letters)}"
    return f"{figure.symbolic}, here {figure.formula}"


def _uses(figure: Figure, letter: str) -> bool:
    return re.search(rf"(?<![\w_]){letter}(?![\w_])", figure.symbolic) is not None


def _listed(letters: Sequence[tuple[str, object]]) -> str:
    return ", ".join(f"{letter} = {value}" for letter, value in letters)
