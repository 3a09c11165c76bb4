"""A convention: which of a layer's operations a figure adds up, and which it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.core import Shape, Work
from archcalc.core.record import record
from archcalc.layers import Layer

WAYS = ("function", "matmul", "fused")
"""How PyTorch models may write a layer of the same kind: as a function; attention as products, or fused into one."""


@record
class Counted:
    """One layer as a convention sees it."""

    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape
    work: Work
    """On one example."""
    built: str = ""
    """How PyTorch models write it, where that differs: one of WAYS, `absent`, `mean` or another kind."""

    @property
    def kind(self) -> str:
        """The kind a tool sees."""
        return kind_counted(self.layer) if self.built in ("", *WAYS) else self.built


def kind_counted(layer: Layer) -> str:
    """The kind for rules of tools, which know none that sees some of the axes alone."""
    return f"{layer.kind} each={layer.each}" if layer.each else layer.kind


@record
class Term:
    """One summand of a convention: so many times what `of` counts."""

    what: str
    """In words, plural: `bias additions`."""
    of: Callable[[Counted], int]
    times: int = 1


@record
class Convention:
    """A named way to count operations: the sum of its terms."""

    name: str
    unit: str
    """`MACs`, `FLOPs` or `connections`."""
    says: str
    """What is inside, in one line."""
    terms: tuple[Term, ...]
    leaves_out: tuple[str, ...] = ()
    """Fields of Work that people ask about and that this convention leaves out."""
    reproduces: frozenset[str] | None = None
    """Of a tool: the kinds whose count was held against the tool's own. None: a definition, which holds for all."""

    attention: bool = False
    """Of a tool: whether its count of attention was held, too, where the spec says how that is written."""

    @property
    def reports(self) -> bool:
        """Whether some layers may need a word (left_out)."""
        return bool(self.leaves_out) or self.reproduces is not None

    def count(self, counted: Counted) -> int:
        """Operations of one layer on one example."""
        return sum(term.times * term.of(counted) for term in self.terms)


@record
class NotCounted:
    """Operations of one layer that the convention leaves out and that are not small."""

    layer: str
    kind: str
    what: str
    operations: int
    stands_in: bool = False
    """The tool has a rule of its own that is not reproduced; these MACs stand in its place."""


def _macs(counted: Counted) -> int:
    return counted.work.macs


MACS = Term("MACs", _macs)
ACTIVATION_MACS = Term("products of two activations", lambda counted: counted.work.activation_macs)


def left_out(convention: Convention, layer: str, kind: str, work: Work, built: str = "") -> Iterator[NotCounted]:
    """The work of one layer that the convention leaves out though its unit would fit."""
    if convention.attention and built in ("matmul", "fused"):
        return
    for field in convention.leaves_out:
        operations = getattr(work, field)
        if operations:
            yield NotCounted(layer, kind, ACTIVATION_MACS.what, operations)
    if convention.reproduces is not None and kind not in convention.reproduces and work != Work():
        yield NotCounted(layer, kind, f"{convention.name}'s own rule for {kind}", work.macs, stands_in=True)
