"""`archcalc/errors/1`: what is wrong, as scripts and editors read it; each error with its place and its edit."""

from __future__ import annotations

from typing import Any

from archcalc.errors import ArchcalcError
from archcalc.report.formats.json import document


def errors_json(error: ArchcalcError) -> str:
    """The document of an error, or of all in a collection. Keys are a contract; new ones may be added at the end."""
    return document(
        "archcalc/errors/1",
        {"exit_code": error.exit_code, "errors": [error_entry(single) for single in error.errors]},
    )


def error_entry(error: ArchcalcError) -> dict[str, Any]:
    """One error; lines and columns count from 1, ends are the first column behind."""
    return {
        "kind": error.kind,
        "what": error.what,
        "notes": error.notes,
        "help": error.help,
        "layer": error.layer,
        "parameter": error.parameter,
        "place": _place(error),
        "repair": _repair(error),
    }


def _place(error: ArchcalcError) -> dict[str, Any] | None:
    place = error.place
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "length": place.length}


def _repair(error: ArchcalcError) -> dict[str, Any] | None:
    """The one change of the text that takes the error away: `text` for what stands from `start` up to `end`."""
    edit = error.edit
    if edit is None:
        return None
    return {
        "start": {"line": edit.line, "column": edit.column},
        "end": {"line": edit.end_line, "column": edit.end_column},
        "text": edit.text,
    }
