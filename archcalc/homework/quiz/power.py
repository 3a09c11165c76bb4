"""Diagnostic power: which misconceptions a question tells from the right answer, and which from each other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archcalc.core import Shape
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.diagnose import FIELD_WORDS, Catalogue
from archcalc.homework.diagnosis.misconceptions.mistake import LayerPlace, Value
from archcalc.homework.diagnosis.resized import SIZE_WORDS
from archcalc.homework.reading.answer import last_digit

SIMPLE = ("all", "net", "conv", "fc", "pool", "norm", "one", "resized")
"""Scopes of a single misconception, the widest first."""
MOST_WAYS = 2
"""Misconceptions with more values than that on one question are about other layers or guesses; they meet by chance."""


def told(catalogue: Catalogue) -> tuple[str, ...]:
    """The misconceptions that give a wrong value: an answer shows them."""
    found = dict.fromkeys(c.id for same in catalogue.by_value.values() for c in same if c.scope in SIMPLE)
    return tuple(id for id in found if _concerns(id, catalogue.question))


def blind(catalogue: Catalogue) -> tuple[str, ...]:
    """The misconceptions that give the right value, or that the question leaves no room for."""
    question = catalogue.question
    if question.actual == 0:
        return ()
    found = [*catalogue.blind(), *_without_room(question)]
    return tuple(id for id in dict.fromkeys(found) if id not in _NO_WONDER and _concerns(id, question))


def alike(catalogue: Catalogue) -> list[tuple[str, ...]]:
    """Groups of misconceptions that give the same wrong value, each with its widest scope."""
    values: dict[str, dict[str, list[Value]]] = {}
    for value, candidates in catalogue.by_value.items():
        for candidate in candidates:
            if candidate.scope in SIMPLE and _concerns(candidate.id, catalogue.question):
                values.setdefault(candidate.id, {}).setdefault(candidate.scope, []).append(value)
    ids: dict[Value, list[str]] = {}
    for id, by_scope in values.items():
        widest = dict.fromkeys(by_scope[min(by_scope, key=SIMPLE.index)])
        for value in widest if len(widest) <= MOST_WAYS else ():
            ids.setdefault(value, []).append(id)
    return list(dict.fromkeys(tuple(group) for group in ids.values() if len(group) > 1))


def digits_needed(catalogue: Catalogue) -> int | None:
    """The fewest significant digits that no misconception shares with the right number; None for no such rounding."""
    right = catalogue.question.actual
    if isinstance(right, Shape) or right.denominator != 1 or right < 10:
        return None
    for digits in range(1, len(str(right))):
        if not swallowed(catalogue, digits):
            return digits
    return None


def swallowed(catalogue: Catalogue, digits: int) -> tuple[str, ...]:
    """The misconceptions whose values count as right where so many digits are enough."""
    right = catalogue.question.actual
    if isinstance(right, Shape):
        return ()
    step = last_digit(right, digits)
    found = [
        candidate.id
        for value, candidates in catalogue.by_value.items()
        if isinstance(value, Fraction) and abs(value - right) <= step / 2
        for candidate in candidates
        if candidate.scope in SIMPLE
    ]
    return tuple(dict.fromkeys(found))


_NO_WONDER = ("par.groups_twice", "rf.clipped", "tot.alexnet_groups", "tot.aux_heads")
"""Nothing to mend: a layer without groups, a field inside its image, a layer that is the same in both nets."""


def _concerns(id: str, question: Question) -> bool:
    """Whether a misconception could change what is asked: channels do not matter to a width."""
    if question.word in ("out.w", "out.h"):
        return not id.startswith(_OF_CHANNELS)
    if question.word == "out.c":
        return id.startswith(_OF_CHANNELS) or id == "out.one_layer_off"
    if question.word in FIELD_WORDS:
        return not id.startswith("rf.") or all(present for start, present in _met(question) if id.startswith(start))
    return not id.startswith("out.") or question.word in (*SIZE_WORDS, "min_input", "ratio")


_OF_CHANNELS = ("out.channels_", "out.concat_added", "out.add_concat", "out.layout")


def _met(question: Question) -> Iterator[tuple[str, bool]]:
    """Beginnings of ids, and whether the net has what they are about on the way to the layer."""
    nodes = question.graph.nodes[: max(question.indices, default=0) + 1]
    windows = [w for node in nodes for w in node.windows]
    yield "rf.pool_", any(LayerPlace(question.graph, index).pools for index in range(len(nodes)))
    yield "rf.dil_", any(getattr(window, "dilation", 1) > 1 for window in windows)
    yield "rf.pad_", any(any(getattr(window, "padding", (0, 0))) for window in windows)


def _without_room(question: Question) -> Iterator[str]:
    """Misconceptions about padding and stride, at a layer that has none."""
    if question.word not in SIZE_WORDS or question.part is None:
        return
    places = [LayerPlace(question.graph, index) for index in question.indices]
    windows = [w for place in places if place.slides for w in place.layer.windows(place.x)]
    if windows and not any(any(getattr(window, "padding", (0, 0))) for window in windows):
        yield from ("out.pad_ignored", "out.pad_once", "out.pad_is_k")
    if windows and all(getattr(window, "stride", 1) == 1 for window in windows):
        yield "out.stride_ignored"
