"""Which format of a result is meant, and how a help names those of a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from archcalc.errors import UsageError
from archcalc.report.formats.names import DRAWN, FORMATS

_SAID = {"github": "github (annotations)"}
"""How a help names a format, where its name alone says too little."""

BYTES = ("png", "pdf")
"""Formats that are no text, so that a terminal gets none of them."""

TABLES = ("text", "markdown", "csv", "json", "latex", "html")
"""What most commands write."""

CHARTED = (*TABLES, *(format for format in DRAWN if format not in TABLES))
"""What a command writes that has a chart beside its table: .html and .tex are the table's."""

PICTURED = ("text", *DRAWN)
"""What a chart alone is written as."""


def said(known: Sequence[str]) -> str:
    """The formats of a command for its help: `text, json or github (annotations).`"""
    *others, last = [_SAID.get(format, format) for format in known]
    return f"{', '.join(others)} or {last}." if others else f"{last}."


def formats_in(help: str | None) -> list[str]:
    """The formats that a help names; not what it says of other files behind a semicolon."""
    words = re.findall(r"\w+", re.sub(r"\(.*?\)", "", (help or "").partition(";")[0]))
    return [word for word in words if word in FORMATS]


def chosen(
    format: str | None, output: Path | None = None, known: tuple[str, ...] = TABLES, usual: str | None = None
) -> str:
    """The format that --format names, else the ending of --output, else the usual one.

    Args:
        known: the formats that the command writes, the usual one first.
        usual: another one.

    Raises UsageError for one that the command does not write, and where both are given and contradict each other.
    """
    ending = output.suffix.lower() if output is not None else ""
    if format is not None:
        name = _known(format, known)
        if name in BYTES and output is None:
            raise UsageError("a PNG or a PDF is written to a file", help="add -o FILE")
        if ending != ".txt" and ending not in FORMATS[name] and _of_ending(ending, FORMATS):
            _refuse_both(output, name, _of_ending(ending, known))
        return name
    found = _of_ending(ending, known)
    if found or not ending:
        return found or usual or known[0]
    if len(known) == 1 and not _of_ending(ending, FORMATS):
        return known[0]
    help = _endings(known) + ("" if _of_ending(ending, FORMATS) else ", or say --format")
    raise UsageError(f"{output} cannot be written: its ending names no format of this command", help=help)


def plotted(file: Path) -> str:
    """The format of a picture that --plot names. Raises UsageError."""
    found = _of_ending(file.suffix.lower(), DRAWN)
    if not found:
        endings = ", ".join(FORMATS[format][0] for format in DRAWN)
        raise UsageError(f"--plot {file} has no known ending", help=f"one of {endings}")
    return found


def format_named(word: str) -> str:
    """The format that a word means: its name, or the ending of its files; "" for any other."""
    word = word.lower()
    return word if word in FORMATS else _of_ending(f".{word}", FORMATS)


def _known(format: str, known: tuple[str, ...]) -> str:
    name = format.lower()
    if name in known:
        return name
    from archcalc.report.formats.diagnostics import nearest_names

    meant = format_named(name)
    help = f"did you mean `{meant}`?" if meant in known else nearest_names(name, known)
    raise UsageError(f"unknown format `{format}`", help=help)


def _refuse_both(output: Path | None, format: str, other: str) -> None:
    endings = FORMATS[format]
    repairs = [f"write {output.with_suffix(endings[0])}"] if output is not None and endings else []
    repairs += ["leave --format out"] if other else []
    help = ", or ".join(repairs) or "name another file"
    raise UsageError(f"{output} and --format {format} contradict each other", help=help)


def _endings(known: tuple[str, ...]) -> str:
    *others, last = [FORMATS[format][0] for format in known if FORMATS[format]]
    return f"write {', '.join(others)}{' or ' if others else ''}{last}"


def _of_ending(ending: str, formats: Iterable[str]) -> str:
    return next((format for format in formats if ending in FORMATS[format]), "")
