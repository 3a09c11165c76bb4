"""Long work tells how far it is; who listens decides whether to show it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""What is going on, how much of it is done, and of how much (0: unknown): `drawing weights`, 3, 16."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""
