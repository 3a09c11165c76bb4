"""Medians of repeated runs, side by side in one process tree; how each script here measures."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from statistics import median


def cpu_seconds(command: Sequence[str]) -> float:
    """User and system time of one run of a command, its output read and thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=_environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paired(commands: dict[str, Sequence[str]], runs: int) -> dict[str, float]:
    """Median CPU seconds of each command; the commands take turns, so that drift hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            seconds = cpu_seconds(command)
            if run:  # the first writes the byte code
                times[name].append(seconds)
    return {name: median(values) for name, values in times.items()}


def milliseconds(function: Callable[[], object], runs: int) -> float:
    """Median wall time of a call, warm."""
    function()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the first is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _environment() -> dict[str, str]:
    """Byte code is written and used, as on a user's machine."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
