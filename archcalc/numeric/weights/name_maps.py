"""What other libraries call the tensors of a network: rules that turn their names into those of the bundled specs.

A rule is a pair of names with holes: `{b}` is a number, `{p}` the last word of a tensor's name, and on the right an
expression may stand: `features.{2*s+1}`. A form names the modules of a whole block, for libraries that count the
parts of a block otherwise than we do: it applies where the block has these modules and no others, and `{n}` counts
the blocks. The tables are in name_tables.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archcalc.core.record import record
from archcalc.spec.expression import parse

_HOLE = re.compile(r"\{([^}]*)\}")
_PART = "p"


@record
class Form:
    """A block and its modules."""

    block: str
    """`blocks.{s}.{b}`."""
    to: str
    """What our names of it begin with, dot and all: `features.{s+1}.{b}.block.`."""
    parts: tuple[tuple[str, str], ...]
    """Their name of a module -> ours, both within the block."""


@record
class NameMap:
    """The names of a family of networks in a library."""

    library: str
    family: str
    rules: tuple[tuple[str, str], ...]
    forms: tuple[Form, ...] = ()
    norm_eps: float | None = None
    """The eps of its batch norms where it is not the spec's."""
    note: str = ""
    """What the names do not tell."""

    def translated(self, names: Iterable[str]) -> dict[str, str] | None:
        """Their names -> ours; None where a name is not of this family."""
        names = list(names)
        found = self._of_forms(names)
        for name in names:
            if name not in found:
                ours = self._by_rule(name)
                if ours is None:
                    return None
                found[name] = ours
        return found

    def _by_rule(self, name: str) -> str | None:
        for theirs, ours in self.rules:
            match = pattern(theirs).fullmatch(name)
            if match is not None:
                return filled(ours, match.groupdict())
        return None

    def _of_forms(self, names: list[str]) -> dict[str, str]:
        found = {}
        for block in dict.fromkeys(form.block for form in self.forms):
            blocks = _blocks(pattern(block), names)
            for number, (holes, tensors) in enumerate(blocks):
                modules = {inner.rpartition(".")[0] for inner in tensors}
                form = next((f for f in self.forms if f.block == block and {a for a, _ in f.parts} == modules), None)
                if form is not None:
                    start, parts = filled(form.to, {**holes, "n": str(number)}), dict(form.parts)
                    for inner, name in tensors.items():
                        module, _, part = inner.rpartition(".")
                        found[name] = f"{start}{parts[module]}.{part}"
        return found


def pattern(theirs: str) -> re.Pattern[str]:
    """A name with holes as a regular expression."""
    pieces = _HOLE.split(theirs)
    words = [
        f"(?P<{piece}>{'[a-z_]+' if piece == _PART else '[0-9]{1,4}'})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(words))


def filled(ours: str, holes: Mapping[str, str]) -> str:
    """A name with its holes filled: `{s+1}` with s of 2 is 3."""
    numbers = {name: int(text) for name, text in holes.items() if text.isdecimal()}

    def value(match: re.Match[str]) -> str:
        inside = match.group(1)
        return holes[inside] if inside in holes else str(parse(inside).evaluate(numbers.__getitem__))

    return _HOLE.sub(value, ours)


def _blocks(block: re.Pattern[str], names: Iterable[str]) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The blocks in the order of their numbers: holes, and their names within it -> whole names."""
    found: dict[tuple[int, ...], tuple[dict[str, str], dict[str, str]]] = {}
    for name in names:
        match = block.match(name)
        if match is not None and name[match.end() :].startswith("."):
            holes = match.groupdict()
            key = tuple(map(int, holes.values()))
            found.setdefault(key, (holes, {}))[1][name[match.end() + 1 :]] = name
    return [found[key] for key in sorted(found)]
