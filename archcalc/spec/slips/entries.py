"""Slips of entries: a colon, a space, a dash or a level of indentation too few or too many."""

from __future__ import annotations

import re
from collections.abc import Callable

from archcalc.errors import Repair, SpecError
from archcalc.spec.slips.stumble import Stumble, entry_of, in_quotes, indentation_of, line_above, spaces


def missing_space(text: str) -> str | None:
    """`conv1:conv 6` with its space after the colon, or None where none is missing."""
    name, colon, value = text.partition(":")
    if not colon or not _NAME.fullmatch(name) or name.isdecimal():
        return None
    begins = _VALUE_BEGINS if name[0].isdecimal() else _VALUE_BEGINS + "0123456789~-"
    return f"{name}: {value}" if value[:1].isalpha() or value[:1] in tuple(begins) else None


_NAME = re.compile(r"\w[\w.-]*")


_VALUE_BEGINS = "_\"'[{("
"""Besides letters. Digits only behind a name that begins with none: `0:1x2:3` is a padding, `http://` no entry."""


def missing_spaces(at: Stumble) -> list[SpecError]:
    """`conv1:conv 6` is plain text to YAML; the line after it is what breaks."""
    if at.says("could not find expected ':'"):
        first = at.start[0]
    elif at.says("mapping values are not allowed"):
        first = at.line if _glued(at, at.line) else at.line - 1
    elif _after_whole_line(at):
        first = line_above(at, at.line)
    else:
        return []
    return [error for line in _run_of(at, first, _glued) for error in _glued_error(at, line)]


def _glued(at: Stumble, line: int) -> bool:
    return missing_space(entry_of(at.rest(line))) is not None


def _run_of(at: Stumble, line: int, test: Callable[[Stumble, int], bool]) -> range:
    """The lines around `line` that pass a test, without a gap; none where it fails itself."""
    first = last = line
    if not test(at, line):
        return range(0)
    while test(at, first - 1):
        first -= 1
    while test(at, last + 1):
        last += 1
    return range(first, last + 1)


def _glued_error(at: Stumble, line: int) -> list[SpecError]:
    entry = entry_of(at.rest(line))
    word = entry.split(" ")[0]
    what, repaired = f"`{word}` needs a space after the colon", missing_space(entry) or entry
    column = at.text(line).index(entry) + 1
    return at.error(what, f"write `{repaired}`", line, column, len(word), Repair(entry, repaired))


def second_colon(at: Stumble) -> list[SpecError]:
    """A value that holds a colon of its own."""
    if not at.says("mapping values are not allowed"):
        return []
    entry = entry_of(at.rest(at.line))
    offset = at.text(at.line).index(entry)
    key, colon, value = entry.partition(": ")
    if not colon or offset + len(key) >= at.column - 1:
        return []
    what, value = f"`{value.strip()}` holds a colon of its own", value.strip()
    begin = at.text(at.line).index(value, offset + len(key)) + 1
    option = re.fullmatch(r"\w+ .*\b(\w+: +(\S+))", value)
    if option is not None:
        repaired = f"{option[1].partition(':')[0]}={option[2]}"
        repair = Repair(option[1], repaired, at.source.place(at.line, begin + option.start(1)))
        return at.error(what, f"write {repaired}", at.line, at.column, repair=repair)
    repair = Repair(value, in_quotes(value), at.source.place(at.line, begin))
    return at.error(what, f"put it in quotes: `{key}: {repair.right}`", at.line, at.column, repair=repair)


def deeper_than_a_value(at: Stumble) -> list[SpecError]:
    """An entry indented under a line that is complete without it."""
    if not at.says("mapping values are not allowed"):
        return []
    above = line_above(at, at.line)
    entry, before = at.rest(at.line), at.rest(above)
    if above == 0 or ":" not in entry:
        return []
    name, indentation = entry.partition(":")[0], indentation_of(at.text(at.line))
    if ": " not in before and not before.startswith("- "):
        return _without_colon(at, above)
    what = f"`{name}` is indented under `{before}`, which has a value already"
    wanted = indentation_of(at.text(above))
    help = (
        f"indent it by {wanted} {spaces(wanted)}, as the line above" if wanted else "begin it at the start of the line"
    )
    return at.error(what, help, at.line, indentation + 1, len(name), _indented(at, indentation, wanted))


def _after_whole_line(at: Stumble) -> bool:
    """Whether the last text read is all that stands on its line; a comment behind it ended it."""
    last = at.last
    return (
        at.says("expected key", "<block end>", "document start")
        and last is not None
        and not last.quoted
        and last.line < at.line
        and at.text(last.line)[: last.column - 1].strip() == ""
    )


def no_colon(at: Stumble) -> list[SpecError]:
    """A line that has no colon where all around it have one."""
    if _after_whole_line(at):
        return _without_colon(at, line_above(at, at.line))
    if not at.says("could not find expected ':'"):
        return []
    line, column = at.start
    if any(is_list and column == at_column for at_column, is_list in at.blocks[-1:]):
        return _without_dash(at, line, column)
    return _without_colon(at, line)


def _without_colon(at: Stumble, line: int) -> list[SpecError]:
    entry = at.rest(line)
    first, _, rest = entry.partition(" ")
    repaired = f"{first}: {rest.strip()}" if rest else f"name: {entry}"
    column, repair = at.text(line).index(entry) + 1, Repair(entry, repaired) if rest else None
    return at.error(f"`{entry}` has no colon", f"write `{repaired}`", line, column, len(entry), repair)


def _without_dash(at: Stumble, line: int, column: int) -> list[SpecError]:
    entry = at.rest(line, column)
    repaired = f"- {entry.removeprefix('-')}"
    wrong = "needs a space after the dash" if entry.startswith("-") else "stands in a list without `- `"
    return at.error(f"`{entry}` {wrong}", f"write `{repaired}`", line, column, len(entry), Repair(entry, repaired))


def list_on_the_line_of_its_key(at: Stumble) -> list[SpecError]:
    """`layers: - conv 64 3x3`."""
    if not at.says("sequence entries are not allowed"):
        return []
    help = "begin it on the next line, or write [a, b]"
    return at.error("a list cannot begin on the line of its key", help, at.line, at.column)


def list_and_names(at: Stumble) -> list[SpecError]:
    """A list entry among named ones, or a named one in a list."""
    if not at.says("block mapping", "block collection", "block sequence"):
        return []
    column, is_list = at.blocks[-1] if at.blocks else (0, False)
    if column != at.column:
        return []
    if is_list:
        return _without_dash(at, at.line, at.column)
    if not at.here.startswith("-"):
        return []
    entry = at.here.removeprefix("-").strip()
    what = f"`- {entry}` is a list entry among named ones"
    return at.error(what, f"write `name: {entry}`", at.line, at.column, len(at.here))


def indented_between(at: Stumble) -> list[SpecError]:
    """An entry whose column belongs to no level above it."""
    indentation = indentation_of(at.text(at.line))
    if not at.says("expected key", "<block end>", "document start", "'-' indicator") or indentation + 1 != at.column:
        return []
    levels = {column - 1 for column, _ in at.blocks} | {indentation_of(at.text(line_above(at, at.line)))}
    if indentation in levels or not at.here or at.here[0] in "]}":
        return []
    wanted = " or ".join(str(level) for level in sorted(levels))
    what = f"`{at.here}` is indented by {indentation} {spaces(indentation)}, the lines above by {wanted}"
    repair = _indented(at, indentation, min(levels)) if len(levels) == 1 else None
    return at.error(what, f"indent it by {wanted} spaces", at.line, at.column, len(at.here), repair)


def _indented(at: Stumble, indentation: int, wanted: int) -> Repair:
    return Repair(" " * indentation, " " * wanted, at.source.place(at.line, 1))


def nameless(at: Stumble) -> list[SpecError]:
    """Nothing stands left of a colon."""
    if not at.here.startswith(":"):
        return []
    if at.says("unexpected ':'"):
        return at.error("a colon stands without a space behind it", "put the text in quotes", at.line, at.column)
    return at.error("a name is missing left of the colon", "write `name: value`", at.line, at.column)
