"""How a network was trained, as its paper says it: `about: training:` of a spec.

`training: {examples: 1.2M, epochs: 90, batch: 128, momentum: 0.9, weight_decay: 5e-4, source: "..."}`
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.core.record import record
from archcalc.core.units import parse_quantity
from archcalc.errors import SpecError
from archcalc.graph.graph import Graph

if TYPE_CHECKING:
    from fractions import Fraction

NUMBERS = ("examples", "epochs", "steps", "batch", "learning_rate", "momentum", "weight_decay", "dropout")
"""What a recipe says in numbers."""

WORDS = ("optimizer", "schedule", "note", "source")
"""What it says in words."""


@record
class Recipe:
    """What is stated, in its order; nothing is filled in that the source does not say."""

    settings: tuple[tuple[str, str], ...]
    """Word and value, as they are written."""
    source: str

    def number(self, word: str) -> Fraction | None:
        """One of `NUMBERS`; None where the source does not say."""
        text = dict(self.settings).get(word)
        return None if text is None else parse_quantity(text).fraction

    def text(self, word: str) -> str:
        """One of `WORDS`; empty where the source does not say."""
        return dict(self.settings).get(word, "")


def recipe_of(graph: Graph) -> Recipe | None:
    """The recipe of a spec; None where it states none. Raises SpecError for one that cannot be read."""
    text = graph.about.get("training", "")
    if not text:
        return None
    parts = re.split(rf",\s*(?=(?:{'|'.join((*NUMBERS, *WORDS))}):)", text)
    settings = [_setting(part) for part in parts]
    source = next((value for word, value in settings if word == "source"), "")
    return Recipe(tuple(setting for setting in settings if setting[0] != "source"), source)


def figure(graph: Graph, word: str) -> Fraction:
    """A number of the recipe. Raises SpecError where there is none."""
    recipe = recipe_of(graph)
    number = None if recipe is None else recipe.number(word)
    if number is None:
        known = () if recipe is None else tuple(name for name in NUMBERS if recipe.number(name) is not None)
        help = f"it states {', '.join(known)}" if known else "write about: {training: {batch: 128, source: ...}}"
        raise SpecError(f"{graph.name} states no {word} of its training", help=help)
    return number


def _setting(part: str) -> tuple[str, str]:
    word, colon, value = (piece.strip() for piece in part.partition(":"))
    if not colon or word not in (*NUMBERS, *WORDS):
        help = f"it takes {', '.join((*NUMBERS, *WORDS))}"
        raise SpecError(f"`about: training:` says `{part.strip()}`", help=help)
    if word in NUMBERS:
        parse_quantity(value)
    return word, value
