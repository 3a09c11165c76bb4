"""The tree of a YAML text: untyped scalars, sequences and mappings, each with its place.

Lines and columns count characters from 1. Plain classes with slots: a spec of 100,000 nodes should cost little.
"""

from __future__ import annotations

from typing import TypeAlias

from archcalc.errors import Place, Source


class Scalar:
    """A text. `quoted` is true for '...', "..." and the block styles | and >."""

    __slots__ = ("column", "line", "quoted", "text")

    def __init__(self, text: str, line: int, column: int, quoted: bool = False) -> None:
        self.text = text
        self.line = line
        self.column = column
        self.quoted = quoted

    @property
    def absent(self) -> bool:
        """Nothing was written: the value of `key:`."""
        return not self.text and not self.quoted

    def __repr__(self) -> str:
        return f"Scalar({self.text!r}, {self.line}, {self.column}, {self.quoted})"


class Sequence:
    """A list. `flow` is true for [a, b], false for lines that begin with `- `."""

    __slots__ = ("column", "flow", "items", "line")

    def __init__(self, items: tuple[Node, ...], line: int, column: int, flow: bool = False) -> None:
        self.items = items
        self.line = line
        self.column = column
        self.flow = flow

    def __repr__(self) -> str:
        return f"Sequence({self.items!r}, {self.line}, {self.column}, {self.flow})"


class Mapping:
    """Named entries, in the order of the text. `flow` is true for {a: b}."""

    __slots__ = ("column", "entries", "flow", "line")

    def __init__(self, entries: tuple[tuple[Scalar, Node], ...], line: int, column: int, flow: bool = False) -> None:
        self.entries = entries
        self.line = line
        self.column = column
        self.flow = flow

    def __repr__(self) -> str:
        return f"Mapping({self.entries!r}, {self.line}, {self.column}, {self.flow})"


Node: TypeAlias = Scalar | Sequence | Mapping


def place_of(node: Node, source: Source) -> Place:
    """Where a node stands; of a scalar its text without the quotes, of a block text the sign that begins it."""
    if not isinstance(node, Scalar):
        return source.place(node.line, node.column)
    sign = source.lines[node.line - 1][node.column - 1 : node.column] if node.quoted else ""
    return source.place(node.line, node.column + (sign in ("'", '"')), 1 if sign in ("|", ">") else len(node.text))
