"""What verbs ask of a kind beyond its four facts, in one place: `register(..., slides=FORWARD, weighted=True)`.

A verb never asks a kind's name. A trait says what is so, not who asks; what the facts say already (it has no weights,
it keeps the shape, its windows are whole axes) is no trait.
"""

from __future__ import annotations

from math import inf

from archcalc.core.record import record

CONV = "conv"
LINEAR = "linear"
POOL = "pool"
NORM = "norm"
ACTIVATION = "activation"

CHANNELS = "channels x length"
TOKENS = "tokens x features"
ANEW = "as the author orders them"

FORWARD = "each output cell is one stop of a window over the input"
TRANSPOSED = "each input cell spreads over a window of the output"

SAME = "the input itself"
IN_ORDER = "the values of the input in their order, on other axes"
ELSEWHERE = "values of the input at other places, or some of them"

LOGITS = "any numbers, the larger the likelier"
PROBABILITIES = "from 0 to 1"
LOG_PROBABILITIES = "logarithms of them"
DISTANCES = "the smaller the likelier"


@record
class Bends:
    """A function of each value that is straight between finitely many bends."""

    left: int | str
    """The slope before the first bend; a word is the option that says it."""
    knots: tuple[tuple[int, int], ...]
    """Each bend and the value there."""
    right: int | str
    """The slope behind the last one."""


@record
class Traits:
    """One kind's; every default is what most kinds are."""

    family: str
    """Kinds that people name with one word: CONV, LINEAR, POOL, NORM, ACTIVATION; others by their module."""
    reads: str = ""
    """How it takes an input of two axes: CHANNELS, TOKENS, or "" where either will do. Of a map, CHANNELS: the first
    axis are the channels."""
    gives: str = ""
    """What two axes after it are, where they are not what it reads: CHANNELS, TOKENS or ANEW."""
    indices: bool = False
    """What it reads are no quantities but indices, of the `num_embeddings` rows of its table."""
    slides: str = ""
    """FORWARD or TRANSPOSED for a window with a kernel and a stride, whatever the size; "" for all others."""
    weighted: bool = False
    """Each output channel is a sum of products with a kernel of its own, `weight`, plus a `bias` that it can do
    without; a norm with fixed statistics can be folded into it."""
    view: str = ""
    """SAME, IN_ORDER or ELSEWHERE where the output (at inference) is the memory of the input, read in another way."""
    in_place: bool = False
    """Training can undo it from its result, so it may be written over its input."""
    centres: bool = False
    """It subtracts each channel's mean, and with it whatever a bias per channel added."""
    averages: bool = False
    """Each output cell is the mean of the cells that it reads, channel by channel."""
    picks: bool = False
    """Each output cell is the largest of the cells that it reads, channel by channel."""
    sums: bool = False
    """The sum of its inputs, cell by cell: where a shortcut ends."""
    stretches: bool = False
    """Axes of its inputs that are 1, and axes missing at the front, are repeated until the inputs fit each other."""
    bounds: tuple[float, float] = (-inf, inf)
    """Between which numbers its values lie."""
    clips: bool = False
    """What lies within its bounds stays as it is, what lies outside becomes the bound."""
    bends: Bends | None = None
    """Where its function of each value bends, if it is straight elsewhere; None for a curve, or more than one value."""
    scores: str = LOGITS
    """What its values are as the scores of classes: LOGITS, PROBABILITIES, LOG_PROBABILITIES or DISTANCES."""
    stated: bool = False
    """Its shape and its counts are what the spec says of it; nothing here computes them."""
    undoes: str = ""
    """The kind before it whose choices it needs: max_unpool puts values back where max_pool took them."""
