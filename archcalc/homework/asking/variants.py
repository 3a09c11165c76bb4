"""Variants: the numbers that each student draws for a question with `vary`. Plain functions; nothing is read or stored.

A student's place in the list of variants comes from an HMAC, so that no list of who has what is kept, and nobody
without the secret can work it out. From there on the first variant is taken that can be asked: it computes, and no
listed or likely misconception gives its right answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import gcd, prod
from typing import overload

from archcalc.errors import AssignmentError
from archcalc.homework.asking.asked import TEMPLATES, Asked, Assignment
from archcalc.homework.asking.template import substituted
from archcalc.homework.misconceptions import LIKELY
from archcalc.spec.expression import parse, truth
from archcalc.spec.lexer import ExpressionError

MOST_COMBINATIONS = 100_000
SAMPLED = 12
"""Variants that are looked at to know which likely misconceptions a question can tell from the right answer at all."""
LONGEST_WALK = 200
"""Variants tried from a student's place on."""

Blind = Callable[[Asked, Mapping[str, int]], frozenset[str] | None]
"""The misconceptions that give the right value of a variant; None where the variant has no value."""


class Variants(Sequence[Mapping[str, int]]):
    """The choices of numbers that a question's `where` allows, in the order of its names and their numbers."""

    def __init__(self, names: tuple[str, ...], rows: tuple[tuple[int, ...], ...]) -> None:
        self.names = names
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Variants: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, int] | Variants:
        if isinstance(index, slice):
            return Variants(self.names, self.rows[index])
        return dict(zip(self.names, self.rows[index], strict=True))

    def spread(self, count: int) -> Variants:
        """At most `count` of them, from everywhere in the list; always the same ones."""
        if len(self) <= count:
            return self
        return Variants(self.names, tuple(self.rows[index * self.jump % len(self)] for index in range(count)))

    @property
    def jump(self) -> int:
        """A step that leads to every one of them, each far from the one before."""
        count = len(self)
        return next(step for step in range(max(1, count * 618 // 1000), count + 1) if gcd(step, count) == 1)


def variants(asked: Asked) -> Variants:
    """All variants of a question that `where` allows; two that read the same are one.

    Raises AssignmentError where there is none, or where there are more than 100,000 combinations to look at.
    """
    count = prod(map(len, asked.vary.values()))
    if count > MOST_COMBINATIONS:
        what = f"{count:,} combinations are more than {MOST_COMBINATIONS:,}"
        raise AssignmentError(what, place=asked.place, help="draw from fewer numbers: cin: 8..96 step 8")
    try:
        rows = _allowed(tuple(asked.vary.items()), asked.where)
    except ExpressionError as error:
        raise AssignmentError(error.what, place=asked.where_place or asked.place, help=error.help) from None
    if not rows:
        what = f"no combination of numbers has {asked.where}"
        raise AssignmentError(what, place=asked.where_place or asked.place, help="loosen `where`, or add numbers")
    return Variants(tuple(asked.vary), _each_text_once(asked, rows))


def index_of(secret: bytes, course: str, assignment: str, question: str, student: str, n: int) -> int:
    """A student's place among `n` variants. How it is computed never changes: papers are out there."""
    words = (course, assignment, question, student)
    message = b"archcalc-variant-v1\0" + "\0".join(words).encode("utf-8", "surrogatepass")
    return int.from_bytes(hmac.digest(secret, message, hashlib.sha256), "big") % n


def drawn(
    assignment: Assignment, secret: bytes, student: str, blind: Blind | None = None
) -> dict[str, Mapping[str, int]]:
    """The numbers of one student, by question.

    Args:
        blind: what the pre-check asks about each variant; without it every variant can be asked.

    Raises AssignmentError where a question has no variant that can be asked.
    """
    found: dict[str, Mapping[str, int]] = {}
    for asked in assignment.questions:
        if asked.vary:
            known = _prepared(asked, blind)
            start = index_of(secret, assignment.course, assignment.id, asked.id, student, len(known.choices))
            found[asked.id] = known.choices[start] if blind is None else _askable(asked, known, start)
    return found


def allowed(asked: Asked, values: Mapping[str, int]) -> bool:
    """Whether these are numbers that the question may draw."""
    if values.keys() != asked.vary.keys() or any(values[name] not in asked.vary[name] for name in values):
        return False
    try:
        return not asked.where or truth(parse(asked.where).evaluate(values.__getitem__))
    except ExpressionError:
        return False


def tag(secret: bytes, assignment: Assignment, student: str, numbers: Mapping[str, Mapping[str, int]]) -> str:
    """What shows on a sheet that its numbers are the ones that were handed out to this student."""
    drawings = [
        f"{id}:" + ",".join(f"{name}={values[name]}" for name in sorted(values))
        for id, values in sorted(numbers.items())
    ]
    words = (assignment.course, assignment.id, student, *drawings)
    message = b"archcalc-tag-v1\0" + "\0".join(words).encode("utf-8", "surrogatepass")
    return hmac.digest(secret, message, hashlib.sha256).hex()[:32]


def handed_out(
    assignment: Assignment, secret: bytes, student: str, numbers: Mapping[str, Mapping[str, int]], said: str
) -> bool:
    """Whether the tag shows that the numbers were drawn for this student, by whatever version, and can be had still."""
    varying = [asked for asked in assignment.questions if asked.vary]
    made = tag(secret, assignment, student, numbers).encode()
    return (
        hmac.compare_digest(made, said.encode("utf-8", "surrogatepass"))
        and numbers.keys() == {asked.id for asked in varying}
        and all(allowed(asked, numbers[asked.id]) for asked in varying)
    )


def demanded(asked: Asked, choices: Variants, blind: Blind) -> frozenset[str]:
    """The misconceptions that a variant has to tell from the right answer: the listed ones, and of the likely ones
    those that some variants do tell."""
    seen = [found for values in choices.spread(SAMPLED) if (found := blind(asked, values)) is not None]
    always = frozenset.intersection(*seen) if seen else frozenset()
    return frozenset(asked.partial) | (LIKELY - always)


def _askable(asked: Asked, known: _Prepared, start: int) -> Mapping[str, int]:
    """The first variant from a place on that tells what is demanded; failing that, what is listed."""
    second: Mapping[str, int] | None = None
    for values in _from(known.choices, start):
        found = known.blind(asked, values)
        if found is not None and not found & known.demanded:
            return values
        if second is None and found is not None and found.isdisjoint(asked.partial):
            second = values
    if second is not None:
        return second
    what = f"none of {min(len(known.choices), LONGEST_WALK)} variants can be asked"
    help = "`archcalc quiz lint` says what is wrong with them"
    raise AssignmentError(what, place=asked.place, help=help)


class _Prepared:
    """What is worked out once for all students of a question."""

    def __init__(self, asked: Asked, blind: Blind | None) -> None:
        self.asked = asked
        self.asks = blind
        self.choices = variants(asked)
        self._known: dict[tuple[int, ...], frozenset[str] | None] = {}
        self.demanded = demanded(asked, self.choices, self.blind) if blind else frozenset()

    def blind(self, asked: Asked, values: Mapping[str, int]) -> frozenset[str] | None:
        """What the pre-check says; asked once for each variant."""
        assert self.asks is not None
        row = tuple(values.values())
        if row not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[row] = self.asks(asked, values)
        return self._known[row]


def _prepared(asked: Asked, blind: Blind | None) -> _Prepared:
    known = _PREPARED.get(id(asked))
    if known is None or known.asked is not asked or known.asks != blind:
        known = _Prepared(asked, blind)
        if len(_PREPARED) >= MOST_PREPARED:
            _PREPARED.clear()
        _PREPARED[id(asked)] = known
    return known


MOST_KNOWN = 10_000
MOST_PREPARED = 64
_PREPARED: dict[int, _Prepared] = {}


def _from(choices: Variants, start: int) -> Iterator[Mapping[str, int]]:
    """The variants from a place on, neighbours far apart: what hides a mistake often hides it next door too."""
    jump = choices.jump
    for step in range(min(len(choices), LONGEST_WALK)):
        yield choices[(start + step * jump) % len(choices)]


@lru_cache(maxsize=32)
def _allowed(vary: tuple[tuple[str, tuple[int, ...]], ...], where: str) -> tuple[tuple[int, ...], ...]:
    names = [name for name, _ in vary]
    rows = product(*(numbers for _, numbers in vary))
    if not where:
        return tuple(rows)
    condition = parse(where).evaluate
    return tuple(row for row in rows if truth(condition(dict(zip(names, row, strict=True)).__getitem__)))


def _each_text_once(asked: Asked, rows: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The rows that read differently: `$a$b` reads the same for 1, 11 and for 11, 1."""
    names = "|".join(sorted(map(re.escape, asked.vary), key=len, reverse=True))
    if not any(re.search(rf"\$\{{?({names})\}}?\$", getattr(asked, name)) for name in TEMPLATES):
        return rows
    seen: dict[tuple[str, ...], tuple[int, ...]] = {}
    for row in rows:
        values = dict(zip(asked.vary, row, strict=True))
        seen.setdefault(tuple(substituted(getattr(asked, name), values) for name in TEMPLATES), row)
    return tuple(seen.values())
