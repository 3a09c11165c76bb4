"""Text from outside made harmless for what reads it: one function for each reader (LaTeX has its own page of
signs, in latex.py).

A spec, a sheet, a file's name or a student's name may hold anything. Nothing of it may steer a terminal, the runner of
a CI job, a page, an XML parser or a spreadsheet; it is shown as the text that it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LONGEST_NAME = 120
"""Characters of a name that are shown."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What begins a formula in a spreadsheet; some trim the cell, some read full-width signs as the plain ones."""


def printable(text: str) -> str:
    """For a terminal: no control characters, no ANSI sequences, no marks that turn the direction of writing."""
    if text.isprintable():
        return text  # as nearly every text
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text.replace("\t", " "))


def one_line(text: str) -> str:
    """The same on one line."""
    return printable(text.replace("\r", "\n")).replace("\n", " ")


def name(text: str) -> str:
    """A name of a file, a student or a question: one line, cut where it is very long."""
    line = one_line(text)
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 3] + "..."


def log(text: str) -> str:
    """For the log of a CI job: no line that a runner takes for a command.

    GitHub's reads `::` at the beginning of a line, after blanks and signs without a width, and the older `##[`
    anywhere in it (actions/runner, ActionCommand.cs); Azure's reads `##vso[`.
    """
    return _OLD_COMMAND.sub(r"# \1[", _COMMAND.sub(r"\1: :", text))


def workflow_data(text: str) -> str:
    """For what stands behind the second `::` of a workflow command."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """For a value between the commas of a workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


@lru_cache(maxsize=1024)  # questions and remarks stand on every student's sheet
def markdown(text: str) -> str:
    """For GitHub Markdown, in a sentence or a cell: no markup, no HTML, no links, no formulas."""
    text = " ".join(one_line(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*\[\]|~$])", r"\\\1", text)
    text = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)  # avg_pool needs none
    text = text.replace("://", ":\\//")
    text = re.sub(r"\b(www)\.", r"\1\\.", text, flags=re.IGNORECASE)
    return re.sub(r"^(#|[-+](?= )|(?:-{2,}|=+)$|\d+(?=[.)] ))", _escaped_start, text)


def html(text: str) -> str:
    """For HTML, in an element or in an attribute's quotes."""
    text = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#x27;")


def xml(text: str) -> str:
    """For XML 1.0: as in HTML, for `printable` leaves no character that XML cannot hold."""
    return html(text)


def csv_cell(text: str) -> str:
    """For a cell of CSV: on one line, and marked as text where a spreadsheet would run it."""
    marked = text.lstrip(" ").startswith(FORMULA_STARTS)
    return f"'{one_line(text)}" if marked else one_line(text)


def sarif(text: str) -> str:
    """For a message of SARIF: no embedded links (section 3.11.6) and no placeholders (section 3.11.5)."""
    return re.sub(r"([\\\[\]])", r"\\\1", printable(text)).replace("{", "{{").replace("}", "}}")


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in ASCII; printed into the log of a CI job, it is no command of its runner."""
    import json

    return json.dumps(value, indent=indent).replace("##", "#\\u0023")


_COMMAND = re.compile(r"^([^!-~\n]*)::", re.MULTILINE)
_OLD_COMMAND = re.compile(r"#[^ -~\n]*#[^ -~\n]*(\w*)\[")


def _escaped_start(match: re.Match[str]) -> str:
    """A sign that would start a heading, a list or a rule: `\\# 1`, `1\\. x`."""
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
