"""A bar on stderr for long work: at a terminal only, and gone when the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from archcalc.cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Tell = Callable[[str, int, int], None]
"""What is going on, how much of it is done, and of how much (0: unknown)."""

_PATIENCE = 0.5
"""Seconds of work that nobody needs a bar for."""


@contextmanager
def progress_bar(session: Session) -> Iterator[Tell]:
    """Gives the function that long work tells its progress."""
    if not session.err.isatty():
        yield lambda what, done, total: None
        return
    bar = _Bar(session)
    try:
        yield bar.tell
    finally:
        bar.stop()


@contextmanager
def counting(session: Session, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives the function that work on so many items tells how many more are done."""
    with progress_bar(session) as tell:
        done = 0

        def more(count: int) -> None:
            nonlocal done
            done += count
            tell(what, done, total)

        yield more


class _Bar:
    """Appears when the work has lasted a while."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._start = perf_counter()
        self._drawn: tuple[Progress, TaskID] | None = None

    def tell(self, what: str, done: int, total: int) -> None:
        if self._drawn is None:
            if perf_counter() - self._start < _PATIENCE:
                return
            self._drawn = self._begun(what)
        progress, task = self._drawn
        progress.update(task, description=what, completed=done, total=total or None)

    def stop(self) -> None:
        if self._drawn is not None:
            self._drawn[0].stop()

    def _begun(self, what: str) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(file=self._session.err, no_color=not self._session.color)
        progress = Progress(console=console, transient=True)
        progress.start()
        return progress, progress.add_task(what, total=None)
