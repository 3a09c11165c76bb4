"""Questions in words, where the teacher wrote none: `Parameters of conv 17 5x5 stride=2 on 9x32x32`."""

from __future__ import annotations

import re

from archcalc.analysis.quantities import MEASURES
from archcalc.core.demand import SHAPES
from archcalc.homework.asking.asked import Asked
from archcalc.homework.asking.question import each_figure


def sentence(asked: Asked, layout: str = "CHW") -> str:
    """What a question asks for, its numbers drawn already: the teacher's words, else a line made of what it gets.

    The teacher's words about a table are those of the table, not of its cells.
    """
    if asked.ask and not asked.path:
        return " ".join(asked.ask.split())
    if asked.formula:
        layer, _, word = asked.formula.rpartition(".")
        return f"Formula in letters: {_lower(figure_words(word, layout))} of {layer}"
    if asked.design is not None:
        wanted = ", ".join(requirement.text for requirement in asked.design.require)
        return f"A network of your own on {asked.design.input} with {wanted}"
    return _of_network(asked, layout)


def table_sentence(asked: Asked) -> str:
    """What the table of a cell is about."""
    about = f"{asked.spec} on {asked.input}" if asked.input else asked.spec
    return " ".join(asked.ask.split()) or f"Layer by layer, in {about}"


def figure_words(word: str, layout: str = "CHW") -> str:
    """`out` -> Output shape (C x H x W)."""
    order = f" ({' x '.join(layout)})" if word in SHAPES else ""
    return (MEASURES[word].says if word in MEASURES else word) + order


def _of_network(asked: Asked, layout: str) -> str:
    about = f"{_in_full(asked.layer, asked.input)} on {asked.input}" if asked.layer else asked.spec
    if asked.spec and asked.input:
        about = f"{about} on {asked.input}"
    if asked.subject == "min_input":
        return f"Side of the smallest square image for {asked.layer or asked.spec}"
    parts: list[str] = []

    def collect(subject: str) -> str:
        parts.append(_of_part(subject, bool(asked.layer), layout))
        return subject

    each_figure(asked.subject, collect)
    if len(parts) > 1:
        return f"Ratio of {_lower(parts[0])} to {_lower(parts[1])}: {about}"
    return f"{parts[0]} {'of' if asked.layer or ' of ' not in parts[0] else 'in'} {about}"


def _of_part(subject: str, alone: bool, layout: str) -> str:
    """`conv1.out.w` -> Output width of conv1; of a layer by itself, only the figure."""
    subject = subject.removeprefix("layer.") if alone else subject
    for word in sorted(MEASURES, key=len, reverse=True):
        if subject == word:
            return figure_words(word, layout)
        if subject.endswith(f".{word}"):
            return figure_words(word, layout) + ("" if alone else f" of {subject[: -len(word) - 1]}")
    return subject


def _lower(text: str) -> str:
    return text if text.startswith("FLOP") else text[:1].lower() + text[1:]


def _in_full(call: str, input: str) -> str:
    """The call with the kernel of an image's layer in full: `conv 17 5` -> `conv 17 5x5`."""
    return _KERNEL.sub(r"\1 \2x\2", call) if input.count("x") == 2 else call


_KERNEL = re.compile(r"^(conv \d+|conv_transpose \d+|depthwise_conv|(?:max|avg|lp)_pool) (\d+)(?![\dx])")
