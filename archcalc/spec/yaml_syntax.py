"""What a YAML syntax error means to the person who wrote the line.

libyaml names the token it stumbled over; the slip itself is often a line or a bracket earlier. Each rule here
looks at the text around the stumble and either recognizes a slip or passes. libyaml and the pure parser word
their errors differently, and so may their versions: a rule asks for words that all of those in `.ci/run` use, and
none quotes them. Words that no rule knows still give the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archcalc.core.record import record
from archcalc.errors import Repair, Source, SpecError
from archcalc.spec.nodes import Scalar


@record
class Stumble:
    """Where the parser stopped, and what was open there. Lines and columns count from 1."""

    source: Source
    said: str
    """The parser's words, context and problem."""
    line: int
    column: int
    start: tuple[int, int]
    """Where the thing began in which it stumbled; the same place where there is none."""
    blocks: tuple[tuple[int, bool], ...] = ()
    """Columns of the block collections still open, outermost first, and whether each is a list."""
    bracket: tuple[int, int] | None = None
    """The innermost [ or { still open."""
    last: Scalar | None = None
    """The last text read."""

    def says(self, *words: str) -> bool:
        return any(word in self.said for word in words)

    def text(self, line: int) -> str:
        """A line of the source, without trailing space."""
        lines = self.source.lines
        return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""

    def rest(self, line: int, column: int = 1) -> str:
        """What stands from a place to the end of its line, without a comment."""
        return _uncommented(self.text(line)[column - 1 :]).strip()

    def sign(self, line: int, column: int) -> str:
        """The character at a place; nothing where the text has none."""
        lines = self.source.lines
        return lines[line - 1][column - 1 : column] if 0 < line <= len(lines) else ""

    @property
    def here(self) -> str:
        """What stands from the stumble to the end of its line."""
        return self.rest(self.line, self.column)

    def error(
        self, what: str, help: str | None, line: int, column: int, length: int = 1, repair: Repair | None = None
    ) -> list[SpecError]:
        line = min(line, len(self.source.lines))
        return [SpecError(what, place=self.source.place(line, column, length), help=help, repair=repair)]


def explain(stumble: Stumble) -> list[SpecError]:
    """The errors to show for one syntax error."""
    for rule in _RULES:
        if errors := rule(stumble):
            return errors
    help = "give every entry a line of its own, `name: value`, and put in quotes what holds signs of YAML"
    return stumble.error("from here on this is not YAML", help, stumble.line, stumble.column)


def missing_space(text: str) -> str | None:
    """`conv1:conv 6` with its space after the colon, or None where none is missing."""
    name, colon, value = text.partition(":")
    if not colon or not _NAME.fullmatch(name) or name.isdecimal():
        return None
    begins = _VALUE_BEGINS if name[0].isdecimal() else _VALUE_BEGINS + "0123456789~-"
    return f"{name}: {value}" if value[:1].isalpha() or value[:1] in tuple(begins) else None


def tag_error(source: Source, line: int, column: int) -> SpecError:
    """The error for `!name`, wherever it is met."""
    text = source.lines[line - 1][column - 1 :].split()
    tag = text[0] if text else "!"
    return SpecError(
        f"`{tag}` is a tag, which specs do not have",
        place=source.place(line, column, len(tag)),
        help="delete it, or put the text in quotes",
    )


def directive_error(source: Source, line: int) -> SpecError:
    """The error for a line such as `%YAML 1.1`."""
    return SpecError(
        "a line that begins with `%` is a directive, which specs do not have",
        place=source.place(line, 1, len(source.lines[line - 1])),
        help="delete the line",
        repair=Repair(source.lines[line - 1].rstrip("\r"), ""),
    )


_NAME = re.compile(r"\w[\w.-]*")
_VALUE_BEGINS = "_\"'[{("
"""Besides letters. Digits only behind a name that begins with none: `0:1x2:3` is a padding, `http://` no entry."""


def _tag_or_directive(at: Stumble) -> list[SpecError]:
    if at.says("directive"):
        return [directive_error(at.source, at.start[0])]
    return [tag_error(at.source, *at.start)] if at.says("a tag", "tag handle") else []


def _tab(at: Stumble) -> list[SpecError]:
    """A tab inside a line, which only the pure parser minds, or on a line of its own."""
    if at.sign(at.line, at.column) != "\t" or not at.says("start any token", "tab"):
        return []
    return at.error("a tab cannot stand here", "use spaces", at.line, at.column, repair=Repair("\t", " "))


def _after_the_end(at: Stumble) -> list[SpecError]:
    above = _line_above(at, at.line)
    if not at.says("document start") or not at.rest(above).startswith("..."):
        return []
    what, repair = "the text goes on after `...`, its end", Repair("...", "", at.source.place(above, 1))
    return at.error(what, "delete `...`", at.line, at.column, len(at.here), repair)


def _missing_spaces(at: Stumble) -> list[SpecError]:
    """`conv1:conv 6` is plain text to YAML; the line after it is what breaks."""
    if at.says("could not find expected ':'"):
        first = at.start[0]
    elif at.says("mapping values are not allowed"):
        first = at.line if _glued(at, at.line) else at.line - 1
    elif _after_whole_line(at):
        first = _line_above(at, at.line)
    else:
        return []
    return [error for line in _run_of(at, first, _glued) for error in _glued_error(at, line)]


def _glued(at: Stumble, line: int) -> bool:
    return missing_space(_entry(at.rest(line))) is not None


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
    entry = _entry(at.rest(line))
    word = entry.split(" ")[0]
    what, repaired = f"`{word}` needs a space after the colon", missing_space(entry) or entry
    column = at.text(line).index(entry) + 1
    return at.error(what, f"write `{repaired}`", line, column, len(word), Repair(entry, repaired))


def _second_colon(at: Stumble) -> list[SpecError]:
    if not at.says("mapping values are not allowed"):
        return []
    entry = _entry(at.rest(at.line))
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
    repair = Repair(value, _quoted(value), at.source.place(at.line, begin))
    return at.error(what, f"put it in quotes: `{key}: {repair.right}`", at.line, at.column, repair=repair)


def _deeper_than_a_value(at: Stumble) -> list[SpecError]:
    """An entry indented under a line that is complete without it."""
    if not at.says("mapping values are not allowed"):
        return []
    above = _line_above(at, at.line)
    entry, before = at.rest(at.line), at.rest(above)
    if above == 0 or ":" not in entry:
        return []
    name, indentation = entry.partition(":")[0], _indentation(at.text(at.line))
    if ": " not in before and not before.startswith("- "):
        return _without_colon(at, above)
    what = f"`{name}` is indented under `{before}`, which has a value already"
    wanted = _indentation(at.text(above))
    help = (
        f"indent it by {wanted} {_spaces(wanted)}, as the line above" if wanted else "begin it at the start of the line"
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


def _no_colon(at: Stumble) -> list[SpecError]:
    if _after_whole_line(at):
        return _without_colon(at, _line_above(at, at.line))
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


def _bracket(at: Stumble) -> list[SpecError]:
    if at.bracket is None or not at.says("flow"):
        return []
    line, column = at.bracket
    opening = at.sign(line, column)
    wanted = _CLOSING[opening]
    closing = _closing_of(at, line, column)
    if closing is None:
        return at.error(f"`{opening}` is never closed", f"add `{wanted}`", line, column)
    end_line, end_column, found = closing
    if found != wanted:
        what, repair = f"`{opening}` is closed by `{found}`", Repair(found, wanted)
        return at.error(what, f"write `{wanted}`", end_line, end_column, repair=repair)
    return _between_entries(at)


def _between_entries(at: Stumble) -> list[SpecError]:
    here = at.here
    if at.text(at.line)[: at.column - 1].rstrip()[-1:] in ("{", ",") and here.startswith(":"):
        return _nameless(at)
    if here[:1] in (",", "]", "}"):
        commas = here[: len(here) - len(here.lstrip(","))]
        repair = Repair(commas, "") if commas else None
        return at.error(f"an entry is missing before `{here[0]}`", "delete a comma", at.line, at.column, repair=repair)
    help = "separate entries by `, `, and put a text that holds `: ` in quotes"
    return at.error("a comma is missing between two entries", help, at.line, at.column)


_CLOSING = {"[": "]", "{": "}"}


def _closing_of(at: Stumble, line: int, column: int) -> tuple[int, int, str] | None:
    """The bracket that closes the one at a place, whether it fits or not."""
    open_brackets: list[str] = []
    for at_line, at_column, sign in _brackets(at, line, column):
        if sign in _CLOSING:
            open_brackets.append(sign)
            continue
        opening = open_brackets.pop()
        if not open_brackets or sign != _CLOSING[opening]:
            return at_line, at_column, sign
    return None


_BRACKET_OR_QUOTED = re.compile(r"""(?:(?<=[\s,\[{:])|^)(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?<!\S)\#.*|[\[\]{}]""")


def _brackets(at: Stumble, line: int, column: int) -> Iterator[tuple[int, int, str]]:
    """The brackets from a place on, outside quotes and comments."""
    start = column - 1
    for number in range(line, len(at.source.lines) + 1):
        for match in _BRACKET_OR_QUOTED.finditer(at.text(number), start):
            if match.group() in "[]{}":
                yield number, match.start() + 1, match.group()
        start = 0


def _open_quote(at: Stumble) -> list[SpecError]:
    if not (at.says("quoted scalar") and at.says("unexpected end of stream", "unexpected document")):
        return []
    line, column = at.start
    quote = at.sign(line, column)
    return at.error(f"the quote {quote} is never closed", f"add {quote} at the end of the text", line, column)


def _escape(at: Stumble) -> list[SpecError]:
    if not at.says("escape", "hexdecimal", "hexadecimal"):
        return []
    line, column = at.line, at.text(at.line).rfind("\\", 0, at.column) + 1
    written = at.text(line)[column - 1 : column + 1]
    help = "in single quotes every character stands for itself: '...'"
    return at.error(f"`{written}` is no escape sequence of double quotes", help, line, column, 2)


def _after_a_quote(at: Stumble) -> list[SpecError]:
    """Text behind a closing quote: an apostrophe, or a quote that an earlier line left open."""
    last = at.last
    if last is None or not last.quoted or not at.says("did not find expected key", "<block end>"):
        return []
    if at.text(at.line)[: at.column - 1].rstrip()[-1:] not in ("'", '"'):
        return []
    quote = at.sign(last.line, last.column)
    if last.line < at.line:
        what = f"the quote {quote} is closed only on line {at.line}"
        return at.error(what, f"add {quote} at the end of the text", last.line, last.column)
    what = f"`{at.here}` follows a closing quote"
    help = "put the whole text in quotes, and write '' for ' inside '...'"
    return at.error(what, help, at.line, at.column, len(at.here))


def _list_on_the_line_of_its_key(at: Stumble) -> list[SpecError]:
    if not at.says("sequence entries are not allowed"):
        return []
    help = "begin it on the next line, or write [a, b]"
    return at.error("a list cannot begin on the line of its key", help, at.line, at.column)


def _list_and_names(at: Stumble) -> list[SpecError]:
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


def _indented_between(at: Stumble) -> list[SpecError]:
    """An entry whose column belongs to no level above it."""
    indentation = _indentation(at.text(at.line))
    if not at.says("expected key", "<block end>", "document start", "'-' indicator") or indentation + 1 != at.column:
        return []
    levels = {column - 1 for column, _ in at.blocks} | {_indentation(at.text(_line_above(at, at.line)))}
    if indentation in levels or not at.here or at.here[0] in "]}":
        return []
    wanted = " or ".join(str(level) for level in sorted(levels))
    what = f"`{at.here}` is indented by {indentation} {_spaces(indentation)}, the lines above by {wanted}"
    repair = _indented(at, indentation, min(levels)) if len(levels) == 1 else None
    return at.error(what, f"indent it by {wanted} spaces", at.line, at.column, len(at.here), repair)


def _indented(at: Stumble, indentation: int, wanted: int) -> Repair:
    return Repair(" " * indentation, " " * wanted, at.source.place(at.line, 1))


def _stray_character(at: Stumble) -> list[SpecError]:
    """A sign that YAML keeps for itself."""
    if at.says("cannot start any token", "node content", "document start", "mapping keys are not allowed"):
        line, column = at.line, at.column
    elif at.says("alphabetic or numeric"):
        line, column = at.start
    else:
        return []
    sign = at.sign(line, column)
    if sign in ("]", "}"):
        rest = at.text(line)[column - 1 :]
        closing = rest[: len(rest) - len(rest.lstrip("]}"))]
        help, repair = "delete it, or put the text in quotes", Repair(closing, "")
        return at.error(f"`{sign}` closes nothing", help, line, column, repair=repair)
    if not sign or sign not in "@`%*&,?>|-":
        return []
    shown = "a backtick" if sign == "`" else f"`{sign}`"
    return at.error(f"a text cannot begin with {shown}", "put it in quotes", line, column)


def _nameless(at: Stumble) -> list[SpecError]:
    if not at.here.startswith(":"):
        return []
    if at.says("unexpected ':'"):
        return at.error("a colon stands without a space behind it", "put the text in quotes", at.line, at.column)
    return at.error("a name is missing left of the colon", "write `name: value`", at.line, at.column)


def _block_text(at: Stumble) -> list[SpecError]:
    if not at.says("block scalar"):
        return []
    line, column = at.start
    sign = at.sign(line, column)
    bound = re.match(r">=?\s*[-0-9.][^#]*", at.text(line)[column - 1 :])
    if bound is not None:
        text = bound[0].strip()
        help, repair = f'put it in quotes: "{text}"', Repair(text, f'"{text}"')
        return at.error("a text cannot begin with `>`", help, line, column, repair=repair)
    what = f"text cannot stand on the line of `{sign}`"
    return at.error(what, "begin it on the next line, indented; or leave the sign out", at.line, at.column)


def _misplaced(at: Stumble) -> list[SpecError]:
    if not at.here or not at.says("expected key", "<block end>", "document start", "'-' indicator"):
        return []
    what = f"`{at.here}` does not continue what stands before it"
    return at.error(what, "put the whole text in quotes, or begin a new line", at.line, at.column, len(at.here))


_RULES: tuple[Callable[[Stumble], list[SpecError]], ...] = (
    _tag_or_directive,
    _tab,
    _after_the_end,
    _missing_spaces,
    _second_colon,
    _deeper_than_a_value,
    _no_colon,
    _bracket,
    _open_quote,
    _escape,
    _after_a_quote,
    _list_on_the_line_of_its_key,
    _list_and_names,
    _indented_between,
    _stray_character,
    _block_text,
    _nameless,
    _misplaced,
)


def _uncommented(text: str) -> str:
    return re.sub(r"(?:(?<=\s)|^)#.*", "", text)


def _entry(line: str) -> str:
    """An entry without the dashes of the lists it begins."""
    return re.sub(r"^(?:- +)+", "", line)


def _line_above(at: Stumble, line: int) -> int:
    """The last line above that says something, 0 where there is none."""
    line -= 1
    while line > 0 and not at.rest(line):
        line -= 1
    return line


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _spaces(count: int) -> str:
    return "space" if count == 1 else "spaces"


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
