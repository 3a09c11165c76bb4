"""What is published of networks, in words: whose accuracies they are, and which entries of the ILSVRC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archcalc.analysis.accuracy import Accuracy, Challenge
from archcalc.analysis.compare import ComparedNetwork, Comparison
from archcalc.report.formats.table import Cell

MOST_RECIPES = 8
"""Of more networks than this the recipes are not said, and the most common weights stand without names."""

OF_WEIGHTS: tuple[tuple[str, str, Callable[[Accuracy], Cell]], ...] = (
    ("Accuracy of", "weights", lambda accuracy: accuracy.weights),
    ("Recipe", "recipe", lambda accuracy: accuracy.recipe),
    ("Recipe of", "year", lambda accuracy: accuracy.year),
    ("Accuracy from", "source", lambda accuracy: accuracy.source),
)
"""What is known of the weights that an accuracy is of."""


def published_notes(comparison: Comparison) -> tuple[str, ...]:
    """Whose accuracies and whose errors a comparison tells."""
    return (*_accuracies(comparison), *_entries(comparison))


def weights_named(sides: Sequence[ComparedNetwork], weights: str) -> str:
    """Whose accuracies they are: `original weights: torchvision IMAGENET1K_V1 (after the paper, 2015) of resnet50`.

    The most common ones, of many networks, are those of all that are not named.
    """
    of: dict[str, list[str]] = {}
    for side in sides:
        if side.accuracy is not None:
            of.setdefault(_trained(side.accuracy, len(sides) <= MOST_RECIPES), []).append(side.name)
    groups = sorted(of.items(), key=lambda group: -len(group[1]))
    first, *others = [f"{name} of {', '.join(names)}" for name, names in groups]
    if len(sides) > MOST_RECIPES:
        first = groups[0][0]
    return f"{weights} weights: {'; '.join((first, *others))}"


def challenge_entry(entry: Challenge) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "year": entry.year,
        "entry": entry.entry,
        "place": entry.place,
        "nets": entry.nets,
        "top5_error": entry.top5_error,
        "source": entry.source,
        "note": entry.note,
    }


def _accuracies(comparison: Comparison) -> tuple[str, ...]:
    known = [side for side in comparison.sides if side.accuracy]
    if not known:
        return ()
    return (f"accuracies published for ImageNet-1k, {weights_named(known, comparison.weights)}",)


def _trained(accuracy: Accuracy, recipe: bool) -> str:
    """The weights and, where it is told, how they came about."""
    how = accuracy.recipe if accuracy.year is None else f"{accuracy.recipe}, {accuracy.year}"
    return f"{accuracy.weights} ({how})" if recipe else accuracy.weights


def _entries(comparison: Comparison) -> tuple[str, ...]:
    """Where the errors of the ILSVRC are from: each entry once."""
    of: dict[Challenge, list[str]] = {}
    for side in comparison.sides:
        if side.challenge is not None:
            of.setdefault(side.challenge, []).append(side.name)
    if not of:
        return ()
    few = len(comparison.sides) <= MOST_RECIPES
    said = [_entry(entry, names, few) for entry, names in of.items()]
    return (f"ILSVRC: top-5 error on the test set, in percent; {'; '.join(said)}",)


def _entry(entry: Challenge, names: Sequence[str], sourced: bool) -> str:
    """`vgg16 2014 as VGG, 7 nets (Simonyan and Zisserman 2014, Table 7)`."""
    source = f" ({entry.source})" if sourced else ""
    return f"{', '.join(names)} {entry.year} as {entry.entry}, {entry.averaged}{source}"
