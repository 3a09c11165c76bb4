"""The chart of Canziani et al. 2017: accuracy against operations, the bubble's area the params. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archcalc.analysis.compare import Side
from archcalc.errors import UnsupportedError, UsageError

ENDINGS = (".svg", ".png", ".pdf")

_PARAMS_PER_POINT = 100_000
"""Params for a square point of a bubble."""


def draw_bubbles(sides: Sequence[Side], file: Path) -> tuple[str, ...]:
    """Write the chart; return the names of the networks left out, which have no published accuracy.

    Raises UsageError for another ending or where nothing can be drawn, UnsupportedError without matplotlib.
    """
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"--plot {file} has no known ending", help=f"one of {', '.join(ENDINGS)}")
    shown = [side for side in sides if side.accuracy is not None and side.macs]
    if not shown:
        raise UsageError(
            "no network of these has a published accuracy, so there is nothing to draw",
            help="accuracies are known for the bundled ImageNet classifiers: compare --all --plot FILE",
        )
    _draw(shown, file)
    return tuple(side.name for side in sides if side not in shown)


def _draw(sides: Sequence[Side], file: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UnsupportedError(
            "drawing needs matplotlib, which is not installed", help="pip install 'archcalc[plot]'"
        ) from None
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.add_subplot()
    ordered = sorted(sides, key=lambda side: -side.params)  # small bubbles on top of large ones
    axes.scatter(
        [side.macs / 1e9 for side in ordered],
        [side.accuracy.top1 for side in ordered if side.accuracy],
        s=[max(side.params / _PARAMS_PER_POINT, 4) for side in ordered],
        c=[f"C{index % 10}" for index in range(len(ordered))],
        alpha=0.5,
        edgecolors="black",
        linewidths=0.5,
    )
    for side in ordered:
        if side.accuracy:
            axes.annotate(side.name, (side.macs / 1e9, side.accuracy.top1), (4, 4), textcoords="offset points", size=7)
    axes.set_xscale("log")
    axes.set_xlabel("multiply-adds (G), batch 1")
    axes.set_ylabel("ImageNet top-1 accuracy (%), published")
    axes.set_title("Area of a bubble: params")
    axes.grid(alpha=0.3)
    try:
        figure.savefig(file, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
