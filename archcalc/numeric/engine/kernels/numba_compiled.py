"""How numba compiles the functions of this folder, and how their calls are written down instead of being made.

What is kept on disk is renewed when the file of a compiled function changes, not when one does that it calls: who
works on numba_simd.py or numba_tiles.py removes the `__pycache__` here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba

Function = Callable[..., Any]
Call = tuple["Compiled", tuple[Any, ...]]

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False}
"""No array is made in compiled code, so that none has to be counted: counting took longer than a small tile."""


class Compiled:
    """A function that Python calls; compiled at its first call for the types it has, and kept on disk."""

    _tape: list[Call] | None = None

    def __init__(self, function: Function) -> None:
        self.name = function.__name__.strip("_")
        self.jitted: Any = _kept(function)

    def __call__(self, *arguments: Any) -> None:
        if Compiled._tape is None:
            self.jitted(*arguments)
        else:
            Compiled._tape.append((self, arguments))


def _kept(function: Function) -> Function:
    """Compile with a place on disk for the result, where there is one that can be written to."""
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:
        return numba.njit(**OPTIONS)(function)


class NotCompiledError(Exception):
    """While calls are written down: this one would be NumPy's."""


@contextmanager
def written_down() -> Iterator[list[Call]]:
    """The calls of compiled functions within, none of which is made."""
    Compiled._tape = []
    try:
        yield Compiled._tape
    finally:
        Compiled._tape = None


def left_to_numpy(function: Function, *arguments: Any) -> None:
    """Make a call for which nothing is compiled."""
    if Compiled._tape is not None:
        raise NotCompiledError
    function(*arguments)


def compiled(function: Function) -> Compiled:
    """Compile for Python to call, without the lock of Python."""
    return Compiled(function)


def called(function: Function) -> Function:
    """Compile for others to call."""
    return numba.njit(**OPTIONS)(function)


def inlined(function: Function) -> Function:
    """Compile as a part of whoever calls it."""
    return numba.njit(inline="always", **OPTIONS)(function)
