"""Slips of signs: quotes, escapes, tabs, and what YAML keeps for itself."""

from __future__ import annotations

import re

from archcalc.errors import Repair, Source, SpecError
from archcalc.spec.slips.stumble import Stumble


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


def tag_or_directive(at: Stumble) -> list[SpecError]:
    """`!name`, or a line that begins with `%`."""
    if at.says("directive"):
        return [directive_error(at.source, at.start[0])]
    return [tag_error(at.source, *at.start)] if at.says("a tag", "tag handle") else []


def tab(at: Stumble) -> list[SpecError]:
    """A tab inside a line, which only the pure parser minds, or on a line of its own."""
    if at.sign(at.line, at.column) != "\t" or not at.says("start any token", "tab"):
        return []
    return at.error("a tab cannot stand here", "use spaces", at.line, at.column, repair=Repair("\t", " "))


def open_quote(at: Stumble) -> list[SpecError]:
    """A quote that is never closed."""
    if not (at.says("quoted scalar") and at.says("unexpected end of stream", "unexpected document")):
        return []
    line, column = at.start
    quote = at.sign(line, column)
    return at.error(f"the quote {quote} is never closed", f"add {quote} at the end of the text", line, column)


def escape(at: Stumble) -> list[SpecError]:
    """A backslash that begins no escape sequence of double quotes."""
    if not at.says("escape", "hexdecimal", "hexadecimal"):
        return []
    line, column = at.line, at.text(at.line).rfind("\\", 0, at.column) + 1
    written = at.text(line)[column - 1 : column + 1]
    help = "in single quotes every character stands for itself: '...'"
    return at.error(f"`{written}` is no escape sequence of double quotes", help, line, column, 2)


def after_a_quote(at: Stumble) -> list[SpecError]:
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


def stray_character(at: Stumble) -> list[SpecError]:
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


def block_text(at: Stumble) -> list[SpecError]:
    """Text behind `|` or `>`."""
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
