"""Where a command writes, and what that place can show."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from archcalc.core.record import record
from archcalc.errors import ArchcalcError, UsageError

if TYPE_CHECKING:
    from archcalc.report.table import Table

FORMATS = ("text", "markdown", "csv", "json", "latex", "html")


@record
class Session:
    """The streams of one run; a command prints through it, so that tests need no terminal."""

    out: TextIO
    err: TextIO
    terminal: bool
    color: bool
    width: int | None = None

    @classmethod
    def of_process(cls) -> Session:
        """The session of the running process: colour and width only at a terminal, NO_COLOR honoured."""
        terminal = sys.stdout.isatty()
        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(sys.stdout, sys.stderr, terminal, color)

    @property
    def columns(self) -> int:
        """Of the terminal; 0 where lines may be of any length."""
        if not self.terminal:
            return 0
        from shutil import get_terminal_size

        return self.width or get_terminal_size().columns

    @property
    def text_width(self) -> int:
        """Columns to break text at: the terminal's, or 100 in a pipe."""
        return self.width or self.columns or 100

    def table(self, table: Table, format: str = "text", output: Path | None = None) -> None:
        """Write a table in a format that people or spreadsheets read."""
        if format == "text" and output is None and self.terminal:
            from rich.console import Console

            from archcalc.report.text import draw

            draw(table, Console(file=self.out, width=self.width, no_color=not self.color, highlight=False))
            return
        self.write(_rendered(table, format), output)

    def write(self, text: str, output: Path | None = None) -> None:
        """Write a result to stdout or to a file."""
        if output is not None:
            self._save(text, output)
            return
        if not _can_show(self.out):
            from archcalc.report.text import ascii_only

            text = ascii_only(text)
        self.out.write(text)

    def complain(self, error: ArchcalcError) -> None:
        """Draw an error on stderr."""
        from archcalc.report.diagnostics import render

        self.say(render(error, self.color and self.err.isatty()))

    def say(self, text: str) -> None:
        """Write to stderr."""
        if not _can_show(self.err):
            from archcalc.report.text import ascii_only

            text = ascii_only(text)
        self.err.write(text if text.endswith("\n") else text + "\n")

    def _save(self, text: str, output: Path) -> None:
        from archcalc.core.writing import save

        save(output, text)
        self.say(f"wrote {output}")


def check_format(format: str, known: tuple[str, ...] = FORMATS) -> str:
    """The format, if there is one of this name. Raises UsageError."""
    if format not in known:
        from archcalc.report.diagnostics import nearest_names

        raise UsageError(f"unknown format `{format}`", help=nearest_names(format, known))
    return format


def _rendered(table: Table, format: str) -> str:
    from importlib import import_module

    if format == "text":
        from archcalc.report.text import plain

        return plain(table)
    text: str = import_module(f"archcalc.report.{format}").render(table)
    return text


def _can_show(stream: TextIO) -> bool:
    """Whether the signs of a formula can be written there."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") in ("utf8", "utf16", "utf32")
