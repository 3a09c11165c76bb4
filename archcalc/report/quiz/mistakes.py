"""The catalogue of misconceptions: all of it, one entry, or what each gives for the figures of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from archcalc.report.formats.page import ANYWHERE, Page
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.tables.quiz import Given, KnownMistake

_WIDTH = 100
MOST_LAYERS = 3
"""Layers that a row names."""


def catalogue_text(entries: Sequence[KnownMistake], page: Page = ANYWHERE) -> str:
    """Family by family: the id, what the student did, and what a student is told."""
    blocks, width = [], page.width or _WIDTH
    for family, inside in groupby(entries, key=lambda entry: entry.family):
        lines = [family]
        for entry in inside:
            lines.append(f"  {entry.id}: {entry.did}")
            lines += wrap(entry.feedback, width - 6, initial_indent="      ", subsequent_indent="      ")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def entry_text(entry: KnownMistake, page: Page = ANYWHERE) -> str:
    """One entry with its worked example."""
    rows = [
        ("About", entry.family), ("Known", ", ".join(entry.evidence)), ("Feedback", entry.feedback),
        ("Example", entry.example),
    ]  # fmt: skip
    lines, width = [f"{entry.id}: {entry.did}", ""], page.width or _WIDTH
    for title, text in rows:
        lines += wrap(text, width, initial_indent=f"{title:<10}", subsequent_indent=" " * 10) if text else []
    return "\n".join(lines) + "\n"


def catalogue_table(entries: Sequence[KnownMistake]) -> Table:
    """A row for each misconception."""
    columns = (
        Column("Misconception", "id"), Column("What the student did", "did"), Column("About", "about"),
        Column("Feedback", "feedback"), Column("Example", "example"), Column("Known", "known"),
    )  # fmt: skip
    rows = [(e.id, e.did, e.family, e.feedback, e.example, ", ".join(e.evidence)) for e in entries]
    return Table("Misconceptions", columns, tuple(rows))


def given_table(about: str, given: Sequence[Given]) -> Table:
    """What each misconception gives, figure by figure; the right value first."""
    columns = (
        Column("What the student did", "did", drop=2, wraps=24), Column("Misconception", "id"),
        Column("Layers", "layers", drop=1, wraps=12), Column("Figure", "figure"), Column("Value", "value", True),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for (figure, right), inside in groupby(given, key=lambda one: (one.figure, one.right)):
        rows.append(("", "right", "", figure, _valued(right)))
        rows += [(one.did, one.id, _layers(one.layers), figure, _valued(one.value)) for one in inside]
    return Table(about, columns, tuple(rows))


def _layers(titles: Sequence[str]) -> str:
    return ", ".join(titles) if len(titles) <= MOST_LAYERS else f"{len(titles)} layers"


def _valued(value: str) -> Cell:
    """A whole number as a number."""
    return int(value) if value.removeprefix("-").isdecimal() else value
