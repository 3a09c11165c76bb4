"""The layer reference as a table of kinds, and as a page for one kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from archcalc.analysis.reference import ArgumentReference, LayerReference
from archcalc.report.formats import markdown, text
from archcalc.report.formats.escape import markdown as escape
from archcalc.report.formats.json import document
from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Column, Table

_CONTINUED = re.compile(r"\n {10}(?=\S)")
"""A line break inside a section of a kind's docstring."""
_PLACING = "any layer takes each= from= when= repeat= share="


def index_table(references: Sequence[LayerReference]) -> Table:
    """Every kind with its family and the first line about it."""
    return Table(
        title="Kinds of layers",
        columns=(Column("Kind", "kind"), Column("Family", "family", drop=1), Column("What it is", "summary", wraps=24)),
        rows=tuple((entry.name, entry.family, entry.summary) for entry in references),
        notes=("`archcalc layers conv` shows formula, arguments and an example of one kind",),
    )


def page_text(entry: LayerReference, page: Page = ANYWHERE) -> str:
    """Name, docstring, arguments and an example, for a terminal."""
    doc = _CONTINUED.sub(" ", entry.doc) if page.width else entry.doc  # a terminal breaks it anew
    parts = [f"{entry.name} ({entry.family})", doc]
    if entry.arguments:
        parts.append(f"Arguments\n{_indented(text.plain(_arguments_table(entry), page.inside(2)))}")
    parts += [f"Options   {_options(entry)}", f"Example   {entry.example}"]
    return "\n\n".join(parts) + "\n"


def page_markdown(entry: LayerReference) -> str:
    """The same as Markdown."""
    parts = [f"## {escape(entry.name)}", f"```text\n{entry.doc}\n```"]
    if entry.arguments:
        parts.append(markdown.render(_arguments_table(entry)).rstrip("\n"))
    parts += [f"Options: {escape(_options(entry))}", f"```yaml\n{entry.example}\n```"]
    return "\n\n".join(parts) + "\n"


def references_json(references: Sequence[LayerReference]) -> str:
    """`archcalc/layers/1`: kinds with their arguments."""
    return document("archcalc/layers/1", {"layers": [_entry(entry) for entry in references]})


def _arguments_table(entry: LayerReference) -> Table:
    return Table(
        title="",
        columns=(
            Column("Name", "name"), Column("Expects", "expects", wraps=16), Column("Default", "default"),
            Column("Meaning", "doc", wraps=16),
        ),
        rows=tuple((_written(a), a.expects, _default(a), a.doc) for a in entry.arguments),
    )  # fmt: skip


def _written(argument: ArgumentReference) -> str:
    """`kernel_size` stands alone, `stride=` with its name, `dims...` takes all that are left."""
    if not argument.positional:
        return f"{argument.name}="
    return f"{argument.name}..." if argument.variadic else argument.name


def _default(argument: ArgumentReference) -> str:
    if argument.required:
        return "required"
    return "-" if argument.default is None else argument.default


def _options(entry: LayerReference) -> str:
    """What a call may carry besides its own arguments."""
    own = [f"{sugar}= (a kind)" if sugar != "crop" else "crop (to the smallest)" for sugar in entry.sugar]
    return "; ".join([*([" ".join(own)] if own else []), _PLACING])


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" for line in block.rstrip("\n").split("\n"))


def _entry(entry: LayerReference) -> dict[str, Any]:
    return {
        "name": entry.name,
        "family": entry.family,
        "summary": entry.summary,
        "inputs": entry.inputs,
        "sugar": entry.sugar,
        "arguments": [
            {
                "name": a.name, "expects": a.expects, "default": a.default, "required": a.required,
                "positional": a.positional, "variadic": a.variadic, "doc": a.doc,
            }
            for a in entry.arguments
        ],
        "doc": entry.doc,
        "example": entry.example,
    }  # fmt: skip
