"""What scripts read: stable documents with a `schema` each. Keys are a contract; new ones may be added at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.report.formats.escape import json_text
from archcalc.report.formats.table import Table, plain_value
from archcalc.version import __version__


def render(table: Table) -> str:
    """`archcalc/table/1`: any table that has no document of its own; a row is an object by column key."""
    keys = [column.key for column in table.columns]
    return document(
        "archcalc/table/1",
        {
            "title": table.title,
            "rows": [dict(zip(keys, map(plain_value, row), strict=True)) for row in table.rows],
            "footer": dict(table.footer),
            "notes": list(table.notes),
            "provenance": table.provenance,
        },
    )


def document(schema: str, content: Mapping[str, Any]) -> str:
    """A JSON object with `schema` and `archcalc` first; a line for each key and for each item of a list of objects."""
    entries = {"schema": schema, "archcalc": __version__, **content}
    lines = [f" {json_text(key)}: {_value(value)}" for key, value in entries.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"  {json_text(item)}" for item in value) + "\n ]"
    return json_text(value)
