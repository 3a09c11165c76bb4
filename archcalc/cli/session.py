"""Where a command writes, and what that place can show."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from archcalc.core.record import record
from archcalc.errors import ArchcalcError
from archcalc.report.formats.page import Page

if TYPE_CHECKING:
    from archcalc.report.formats.table import Table

    Renderer = Callable[[], str | Table]


@record
class Session:
    """The streams of one run; a command prints through it, so that tests need no terminal."""

    out: TextIO
    err: TextIO
    terminal: bool
    color: bool
    width: int | None = None
    forced: bool = False
    """Whether colours are wanted where there is no terminal."""

    @classmethod
    def of_process(cls) -> Session:
        """The session of the running process: colour and width at a terminal; NO_COLOR and FORCE_COLOR honoured."""
        out, err = sys.stdout or _nowhere(), sys.stderr or _nowhere()
        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        forced = not os.environ.get("NO_COLOR") and os.environ.get("FORCE_COLOR", "0") not in ("", "0")
        return cls(out, err, out.isatty(), color, forced=forced)

    @property
    def colored(self) -> bool:
        """Whether results have colours."""
        return self.forced or (self.terminal and self.color)

    @property
    def columns(self) -> int:
        """Of the terminal; 0 where lines may be of any length."""
        if not self.terminal:
            return 0
        from shutil import get_terminal_size

        return self.width or get_terminal_size().columns

    def page(self, output: Path | None = None) -> Page:
        """What the place of a result can show: stdout, or a file."""
        prose = self.width or 100
        return Page(prose=prose) if output is not None else Page(self.columns, _encoding(self.out), prose)

    def table(self, table: Table, format: str = "text", output: Path | None = None) -> None:
        """Write a table in a format that people or spreadsheets read."""
        if format == "text" and output is None and self.colored:
            from rich.console import Console

            from archcalc.report.formats.text import draw

            console = Console(file=self.out, no_color=not self.color, highlight=False, force_terminal=True)
            with _writing():
                draw(table, self.page(), console)
            return
        self.write(_rendered(table, format, self.page(output)), output)

    def report(
        self, format: str, output: Path | None = None, *, table: Renderer | None = None, **renderers: Renderer
    ) -> None:
        """Write a result in the format that was chosen, by the renderer of that name.

        Args:
            table: the renderer for every format that has none of its own.
        """
        render = renderers.get(format, table)
        assert render is not None, format  # the command offers what it renders
        made = render()
        if isinstance(made, str):
            self.result(made, format, output)
        else:
            self.table(made, format, output)

    def text(self, text: str, output: Path | None = None) -> None:
        """Write a text for people: what does not fit a line of the terminal goes on below."""
        self.write(self.page(output).folded(text), output)

    def result(self, text: str, format: str, output: Path | None = None) -> None:
        """Write a result in its format; that for people is broken at the terminal's width."""
        (self.text if format == "text" else self.write)(text, output)

    def write(self, text: str | bytes, output: Path | None = None) -> None:
        """Write a result to stdout, in the signs that it can show, or to a file as UTF-8."""
        if output is not None:
            self._save(text, output)
            return
        assert isinstance(text, str)
        with _writing():
            self.out.write(self.page().written(text))

    def picture(self, drawn: str | bytes, output: Path | None = None) -> None:
        """Write a picture: a text to stdout or to a file, bytes to a file."""
        if isinstance(drawn, str) and not self.page(output).unicode:
            drawn = drawn.encode("ascii", "xmlcharrefreplace").decode("ascii")
        self.write(drawn, output)

    def complain(self, error: ArchcalcError) -> None:
        """Draw an error on stderr."""
        from archcalc.report.formats.diagnostics import render

        page = self._margin()
        self.say(render(error, self.forced or (self.color and self.err.isatty()), page))

    def say(self, text: str) -> None:
        """Write to stderr; where that cannot be written to, nothing is said."""
        page = self._margin()
        text = page.folded(page.written(text.removesuffix("\n")))
        with suppress(OSError):
            self.err.write(text + "\n")

    def _margin(self) -> Page:
        """What stderr can show."""
        if not self.err.isatty():
            return Page(0, _encoding(self.err))
        from shutil import get_terminal_size

        return Page(self.width or get_terminal_size().columns, _encoding(self.err))

    def _save(self, text: str | bytes, output: Path) -> None:
        from archcalc.core.writing import save

        save(output, text)
        self.say(f"wrote {output}")


def _rendered(table: Table, format: str, page: Page) -> str:
    from importlib import import_module

    if format == "text":
        from archcalc.report.formats.text import plain

        return plain(table, page)
    text: str = import_module(f"archcalc.report.formats.{format}").render(table)
    if format == "html" and not page.unicode:
        return text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return text


@contextmanager
def _writing() -> Iterator[None]:
    """Raises as `unwritable` says where a result cannot be written; a reader that has gone is no error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        from archcalc.core.writing import unwritable

        raise unwritable("stdout", error) from None


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _nowhere() -> TextIO:
    """What stands for a stream that was closed before the start."""
    return open(os.devnull, "w", encoding="utf-8")
