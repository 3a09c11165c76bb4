"""Worker threads, each kept on a core of its own while it works, with a matrix library that uses one thread each.

An unpinned thread that wakes up for a millisecond of work lands on the core of the thread that woke it, and waits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from threading import Lock, Thread
from typing import Any

import numpy as np

Task = Callable[[int], None]
"""Works on one block; gets the number of its worker, whose scratch it may use."""

Phase = Sequence[Task]
"""Tasks that may run at the same time; the next phase starts when all of them are done."""


class Workers:
    """The calling thread and `threads - 1` others that wait for work."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._tasks: Phase = ()
        self._next: Iterator[int] = count()
        self._error: BaseException | None = None
        self._others = [_Other(self, number) for number in range(1, threads)]

    def run(self, phase: Phase) -> None:
        """Run all tasks of a phase; the first error of one of them is raised when all workers have stopped."""
        if len(phase) == 1 or not self._others:
            for task in phase:
                task(0)
            return
        self._tasks, self._next, self._error = phase, count(), None
        busy = self._others[: len(phase) - 1]
        for other in busy:
            other.start.release()
        self.work(0)
        for other in busy:
            other.done.acquire()
        self._tasks = ()
        if self._error is not None:
            raise self._error

    def work(self, worker: int) -> None:
        """Take tasks until none is left."""
        tasks, following = self._tasks, self._next
        try:
            while (index := next(following)) < len(tasks):
                tasks[index](worker)
        except BaseException as error:  # raised in the thread that waits for the result
            self._error = error

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Keep each worker on a core of its own, and the matrix library to one thread in each; undone afterwards."""
        with one_thread_each():
            cores = _cores()
            if not self._others or len(cores) < self.threads:
                yield
                return
            for other, core in zip(self._others, cores[1:], strict=False):
                other.pin(core)
            try:
                os.sched_setaffinity(0, {cores[0]})
                yield
            finally:
                os.sched_setaffinity(0, cores)

    def close(self) -> None:
        """End the other threads."""
        for other in self._others:
            other.stop()
        self._others = []


class _Other:
    """A thread that sleeps until there is a phase to work on."""

    def __init__(self, workers: Workers, number: int) -> None:
        self.start, self.done = Lock(), Lock()
        self.start.acquire()
        self.done.acquire()
        self._stopped = False
        self._core: int | None = None
        self._thread = Thread(target=self._loop, args=(workers, number), daemon=True, name=f"archcalc-{number}")
        self._thread.start()

    def pin(self, core: int) -> None:
        if self._core != core:
            os.sched_setaffinity(self._thread.native_id or 0, {core})
            self._core = core

    def stop(self) -> None:
        self._stopped = True
        self.start.release()
        self._thread.join()

    def _loop(self, workers: Workers, number: int) -> None:
        with np.errstate(
            all="ignore"
        ):  # of this thread alone; what is not finite is told by those who watch the values
            while True:
                self.start.acquire()
                if self._stopped:
                    return
                workers.work(number)
                self.done.release()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """One thread in the matrix library, where threadpoolctl is installed to say so."""
    controller = _controller()
    if controller is None:
        yield
        return
    with controller.limit(limits=1, user_api="blas"):
        yield


def parallel_products() -> bool:
    """Whether the matrix library can be held to one thread, so that threads of ours do not fight with its own."""
    return _controller() is not None


@cache
def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        return None
    return ThreadpoolController()


def _cores() -> list[int]:
    """The cores this thread may run on, in order; none where the system cannot say or set it."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
