"""The comma trap: inside { } and [ ] a comma ends the entry, so `{is: 61,706}` holds two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.errors import Repair, Source, SpecError
from archcalc.spec.nodes import Scalar


class FlowEntry(NamedTuple):
    """One entry of a flow collection that ends in plain text."""

    node: Scalar
    """The text that a comma may have cut."""
    shown: str
    """The entry as written: `is: 61`."""
    bare: bool
    """Nothing but the text: an item, or a key without a value."""


def comma_runs(children: Sequence[Any]) -> Iterator[list[FlowEntry]]:
    """Neighbouring entries that were one text: 61 and 706, `round_to(c` and `8)`."""
    run: list[FlowEntry] = []
    brackets = 0
    for child in children:
        part = _part(child)
        if part is None or not run or not _continues(run[-1], part, brackets, in_mapping=not run[0].bare):
            if len(run) > 1:
                yield run
            run, brackets = [], 0
        if part is not None:
            run.append(part)
            brackets += part.node.text.count("(") - part.node.text.count(")")
    if len(run) > 1:
        yield run


def comma_error(source: Source, run: list[FlowEntry], brackets: str) -> SpecError:
    """What happened to the text, and how to write it."""
    first, last = run[0].node, run[-1].node
    end = last.column + len(last.text)
    whole = source.lines[first.line - 1][first.column - 1 : end - 1]
    entries = ", ".join(f"`{part.shown}`" for part in run[:-1]) + f" and `{run[-1].shown}`"
    count = {2: "two", 3: "three", 4: "four"}.get(len(run), str(len(run)))
    plain = "" if "(" in whole else f"{whole.replace(',', '')} or "
    line = _layer(whole) if "(" in whole else None
    return SpecError(
        f"`{whole}` inside {brackets} is {count} entries: {entries}",
        place=source.place(first.line, first.column, len(whole)),
        help=f"write {line}" if line else f'write {plain}"{whole}"',
        repair=Repair(whole, line or f'"{whole}"'),
    )


def _layer(text: str) -> str | None:
    """The line for another tool's call: conv 64 3x3 for `Conv2d(3, 64, 3)`."""
    from archcalc.spec.foreign.alone import foreign_text

    return foreign_text(text)


def _part(child: Any) -> FlowEntry | None:
    key, value = child if isinstance(child, tuple) else (None, child)
    if not isinstance(value, Scalar) or value.quoted:
        return None
    if key is None:
        return FlowEntry(value, value.text, True)
    if not value.absent:
        return FlowEntry(value, f"{key.text}: {value.text}", False)
    return None if key.quoted else FlowEntry(key, key.text, True)


def _continues(last: FlowEntry, part: FlowEntry, brackets: int, in_mapping: bool) -> bool:
    """Whether a comma cut `part` off: inside brackets still open, or between digits of an entry's value."""
    before, node = last.node, part.node
    if not part.bare or node.line != before.line or not before.text:
        return False
    adjacent = node.column == before.column + len(before.text) + 1
    return brackets > 0 or (in_mapping and adjacent and before.text[-1].isdecimal() and node.text[:1].isdecimal())
