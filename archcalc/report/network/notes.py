"""The notes on a network by themselves."""

from __future__ import annotations

from archcalc.analysis.notes import Notes
from archcalc.report.formats.escape import printable
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Column, Table


def notes_text(found: Notes) -> str:
    """A line each, as below the table of `show`."""
    return "".join(f"note: {printable(note)}\n" for note in found.notes) or f"no notes on {found.spec}\n"


def notes_table(found: Notes) -> Table:
    """A row a note."""
    return Table(f"{found.spec}: notes", (Column("Note", "note", wraps=24),), tuple((note,) for note in found.notes))


def notes_json(found: Notes) -> str:
    """`archcalc/notes/1`."""
    return document("archcalc/notes/1", {"spec": found.spec, "notes": list(found.notes)})
