"""The list of commands in a help: in groups, each with the whole of its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperGroup

_WHOLE = 10_000
"""Characters of a summary that are shown: all."""


def grouped(groups: Mapping[str, Sequence[str]]) -> type[TyperGroup]:
    """A group of commands whose help lists them under these titles; without any, under one."""

    class Commands(TyperGroup):
        def format_commands(self, ctx: Any, formatter: Any) -> None:
            for title, names in (groups or {"Commands": self.list_commands(ctx)}).items():
                found = [(name, self.get_command(ctx, name)) for name in names]
                rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in found if command is not None]
                if rows:
                    with formatter.section(title):
                        formatter.write_dl(rows)

    return Commands
