"""The number of another network: a variant, another option, a cousin in another file, or what a paper says of one.

And the number that a source prints for this very network, and that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import chain

from archcalc.analysis.origins import relatives
from archcalc.analysis.origins.reconcile import quoted
from archcalc.analysis.origins.relatives import Relative
from archcalc.analysis.origins.slips import AS_IT_IS, NO_SLIP, Written, slips
from archcalc.errors import ArchcalcError
from archcalc.homework.asking.question import Question
from archcalc.homework.diagnosis.misconceptions.mistake import Candidate
from archcalc.homework.diagnosis.worlds import figure

ID = "tot.other_network"
MISPRINT = "tot.misprint"
WORDS = frozenset({"params", "trainable_params", "weights", "macs", "flops", "neurons", "connections", "weight_bytes"})
"""Figures that networks are known by."""

FEWEST_DIGITS = 2
"""Of a number with fewer digits too many networks have it."""


class Others:
    """The figures of other networks that a question's answer may have been taken from; made where one is looked for."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def explain(self, written: Written, coarsely: bool = False) -> Candidate | None:
        """The network whose number this is, the nearest first; for a layer a variant with a layer of that name.

        Args:
            coarsely: also where the number is theirs cut off, or rounded to its digits that are not 0.
        """
        of_layer = self.question.part is not None
        if self.question.word not in WORDS or self._is_right(written) or (of_layer and coarsely):
            return None
        said = None if coarsely else self._quoted(written)
        if said is not None or written.digits < FEWEST_DIGITS:
            return said
        for relative, value in self._figures:
            for slip in slips(written, value):
                if slip == NO_SLIP or (coarsely and slip.factor is AS_IT_IS):
                    return self._candidate(value, _sentence(relative))
        return None

    def _is_right(self, written: Written) -> bool:
        """Whether the right number would be written so too."""
        return isinstance(self.question.actual, Fraction) and written.holds(self.question.actual)

    @cached_property
    def _figures(self) -> list[tuple[Relative, int]]:
        """Of each relative that has another figure than the right one."""
        found = []
        for relative in self._relatives():
            graph = relative.graph
            value = None if graph is None else self._figure(graph)
            if value is not None and value != self.question.actual:
                found.append((relative, value))
        return found

    def _figure(self, graph: object) -> int | None:
        try:
            value = figure(graph, self.question.subject)  # type: ignore[arg-type]
        except ArchcalcError:
            return None
        return value if isinstance(value, int) else None

    def _relatives(self) -> Iterator[Relative]:
        network = self.question.network
        document, choices = network.document, network.choices
        if self.question.part is not None:
            return iter(relatives.variants(document, choices))
        return chain(
            relatives.variants(document, choices),
            relatives.options(document, choices, network.graph),
            relatives.cousins(document),
        )

    def _quoted(self, written: Written) -> Candidate | None:
        """What the source of a figure says: of another network's, or a wrong number of this one's."""
        network = self.question.network
        for claim in quoted(network.document, network.choices, written):
            if claim.subject != self.question.subject:
                continue
            if claim.relative is None and claim.wrong:
                return Candidate(written.value, MISPRINT, (), "net", f"{claim.source[:1].upper()}{claim.source[1:]}.")
            if claim.relative is not None:
                return self._candidate(claim.value, f"{_sentence(claim.relative)[:-1]} ({claim.source}).")
        return None

    def _candidate(self, value: int, sentence: str) -> Candidate:
        return Candidate(Fraction(value), ID, (), "net", sentence)


def _sentence(relative: Relative) -> str:
    if not relative.whose:
        return f"That is the number {relative.change}."
    if " " in relative.whose:
        return f"That is the number of {relative.whose}."
    return f"That is {relative.whose}'s number."
