"""The catalogue of misconceptions: all of it, one entry, or what each gives for the figures of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from archcalc.report.quiz import Entry, Given
from archcalc.report.table import Column, Table

_WIDTH = 100
MOST_LAYERS = 3
"""Layers that a row names."""


def catalogue_text(entries: Sequence[Entry]) -> str:
    """Family by family: the id, what the student did, and what a student is told."""
    blocks = []
    for family, inside in groupby(entries, key=lambda entry: entry.family):
        lines = [family]
        for entry in inside:
            lines.append(f"  {entry.id}: {entry.did}")
            lines += wrap(entry.feedback, _WIDTH - 6, initial_indent="      ", subsequent_indent="      ")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def entry_text(entry: Entry) -> str:
    """One entry with its worked example."""
    rows = [
        ("About", entry.family), ("Known", ", ".join(entry.evidence)), ("Feedback", entry.feedback),
        ("Example", entry.example),
    ]  # fmt: skip
    lines = [f"{entry.id}: {entry.did}", ""]
    for title, text in rows:
        lines += wrap(text, _WIDTH, initial_indent=f"{title:<10}", subsequent_indent=" " * 10) if text else []
    return "\n".join(lines) + "\n"


def catalogue_table(entries: Sequence[Entry]) -> Table:
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
        Column("What the student did", "did"), Column("Misconception", "id"), Column("Layers", "layers"),
        Column("Figure", "figure"), Column("Value", "value", True),
    )  # fmt: skip
    rows: list[tuple[str, str, str, str, str]] = []
    for (figure, right), inside in groupby(given, key=lambda one: (one.figure, one.right)):
        rows.append(("", "right", "", figure, _grouped(right)))
        rows += [(one.did, one.id, _layers(one.layers), figure, _grouped(one.value)) for one in inside]
    return Table(about, columns, tuple(rows))


def _layers(titles: Sequence[str]) -> str:
    return ", ".join(titles) if len(titles) <= MOST_LAYERS else f"{len(titles)} layers"


def _grouped(value: str) -> str:
    """A whole number with thousands commas, as tables have them."""
    return f"{int(value):,}" if value.removeprefix("-").isdecimal() else value
