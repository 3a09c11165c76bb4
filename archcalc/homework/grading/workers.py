"""Work shared among processes: each makes its own tool once and is handed one item after the other.

A process that dies costs the item it had in hand and no other. A process whose parent is gone ends by itself: it reads
the end of its pipe.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from archcalc.errors import BackendError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")
Tool = Callable[[Item], Result]

AHEAD = 16
"""Items that a process is handed before it has finished the first; more would only fill its pipe."""
MOST_DEATHS = 3
"""Deaths of one process after each other; then it is not the items."""


class Died:
    """What becomes of an item whose process died."""


def shared(
    make: Callable[[], Tool[Item, Result]], items: Iterable[Item], jobs: int, say: Callable[[str], None] | None = None
) -> Iterator[tuple[Item, Any]]:
    """Each item with its result or `Died`, in the order in which they are finished.

    Args:
        make: makes the tool, in each process for itself; it can be pickled.
        say: is told where there are no other processes (in a browser), and one does it all.
    """
    workers = _started(make, jobs, say) if jobs > 1 else []
    if not workers:
        tool = make()
        for item in items:
            yield item, tool(item)
        return
    left = iter(items)
    try:
        for _ in range(AHEAD):
            for worker in workers:
                worker.hand(left)
        while any(worker.pending for worker in workers):
            for worker in _ready(workers):
                item, result = worker.take()
                worker.hand(left)
                yield item, result
    finally:
        for worker in workers:
            worker.stop()


def _started(make: Callable[[], Tool[Any, Any]], jobs: int, say: Callable[[str], None] | None) -> list[_Worker]:
    """As many processes as were asked for, or none where the system has none."""
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            workers.append(_Worker(make))
    except (ImportError, NotImplementedError, OSError) as error:
        for worker in workers:
            worker.stop()
        if say is not None:
            say(f"note: no processes can be started here ({error}); one does it all")
        return []
    return workers


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Those that have a result, or have died."""
    busy: dict[Any, _Worker] = {worker.pipe: worker for worker in workers if worker.pending}
    from multiprocessing.connection import wait

    return [busy[pipe] for pipe in wait(list(busy))]


class _Worker:
    """One process, and the items that it was handed and has not given back."""

    def __init__(self, make: Callable[[], Tool[Any, Any]]) -> None:
        self.make = make
        self.pending: deque[Any] = deque()
        self.deaths = 0
        self.start()

    def start(self) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, self.make), daemon=True)
        with _uninterrupted():
            self.process.start()
        other.close()

    def hand(self, left: Iterator[Any]) -> None:
        """Give the process one more item, if there is one."""
        item = next(left, None)
        if item is not None:
            self.pending.append(item)
            self.send(item)

    def send(self, item: Any) -> None:
        try:
            self.pipe.send(item)
        except OSError:
            return  # it has died, and `take` will find out

    def take(self) -> tuple[Any, Any]:
        """The oldest item and its result. Raises what the tool raised."""
        try:
            fine, result = self.pipe.recv()
        except (EOFError, OSError):
            return self.revive(), Died
        if not fine:
            raise result
        self.deaths = 0
        return self.pending.popleft(), result

    def revive(self) -> Any:
        """Start again with all that waits but the item in hand, which is given back. Raises BackendError."""
        self.deaths += 1
        if self.deaths == MOST_DEATHS:
            raise BackendError("the processes die one after the other", help="try --jobs 1")
        lost = self.pending.popleft()
        self.stop()
        self.start()
        for item in self.pending:
            self.send(item)
        return lost

    def stop(self) -> None:
        self.pipe.close()
        self.process.join(timeout=5)
        if self.process.is_alive():
            self.process.kill()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that no Ctrl-C reaches, not even before they can say so; our own waits until they are started."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would lift our block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, make: Callable[[], Tool[Any, Any]]) -> None:
    """A process's life: one item, one result, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and closes the pipe
    tool: Tool[Any, Any] | None = None
    while True:
        try:
            item = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            tool = tool or make()
            answer = (True, tool(item))
        except Exception as error:
            answer = (False, error)
        try:
            pipe.send(answer)
        except OSError:
            return
