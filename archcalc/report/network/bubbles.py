"""The chart of Canziani et al. 2017: accuracy against operations, the bubble's area the params. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from archcalc.analysis.compare import ComparedNetwork, Comparison
from archcalc.core.writing import save
from archcalc.errors import UnsupportedError, UsageError
from archcalc.report.network.published import weights_named

ENDINGS = (".svg", ".png", ".pdf")

_PARAMS_PER_POINT = 100_000
"""Params for a square point of a bubble."""

_LEGEND = (1_000_000, 10_000_000, 100_000_000)

MANY = 12
"""More networks than this get a larger page."""


def draw_bubbles(comparison: Comparison, file: Path) -> tuple[str, ...]:
    """Write the chart; return the names of the networks left out, which have no published accuracy.

    Raises UsageError for another ending or where nothing can be drawn, UnsupportedError without matplotlib.
    """
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"--plot {file} has no known ending", help=f"one of {', '.join(ENDINGS)}")
    known = [side for side in comparison.sides if side.accuracy is not None and side.macs]
    shown = [*{(side.accuracy, side.macs, side.params): side for side in reversed(known)}.values()]  # twins once
    if not shown:
        raise UsageError(
            "no network of these has a published accuracy, so there is nothing to draw",
            help="accuracies are known for the bundled ImageNet classifiers: compare --all --plot FILE",
        )
    _draw(shown, comparison.weights, file)
    return tuple(side.name for side in comparison.sides if side not in known)


def _draw(sides: Sequence[ComparedNetwork], weights: str, file: Path) -> None:
    try:
        from matplotlib.figure import Figure  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UnsupportedError(
            "drawing needs matplotlib, which is not installed", help="pip install 'archcalc[plot]'"
        ) from None
    figure = Figure(figsize=(9, 6) if len(sides) <= MANY else (13, 9), layout="constrained")
    axes = figure.add_subplot()
    for index, side in enumerate(sorted(sides, key=lambda side: -side.params)):  # small bubbles on top of large ones
        assert side.accuracy is not None
        place = (side.macs / 1e9, side.accuracy.top1)
        axes.scatter(*place, s=_area(side.params), c=f"C{index % 10}", alpha=0.5, edgecolors="black", linewidths=0.5)
        axes.annotate(side.name, place, (4, 4), textcoords="offset points", size=7)
    for params in _LEGEND:
        axes.scatter([], [], s=_area(params), c="lightgray", edgecolors="black", label=f"{params // 1_000_000} M")
    axes.legend(title="params", loc="lower right", labelspacing=1.5, borderpad=1.2, frameon=False)
    axes.set(
        xscale="log", xlabel="MACs (G), batch 1", ylabel="ImageNet top-1 accuracy (%), published",
        title="Accuracy against operations; the area of a bubble is the number of params",
    )  # fmt: skip
    figure.supxlabel(weights_named(sides, weights), fontsize=6, wrap=True)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.margins(0.1)
    axes.grid(alpha=0.3)
    drawn, ending = BytesIO(), file.suffix.lower()
    figure.savefig(drawn, format=ending[1:], metadata={"Date": None} if ending == ".svg" else None)
    save(file, drawn.getvalue())


def _area(params: int) -> float:
    """Square points of a bubble."""
    return max(params / _PARAMS_PER_POINT, 4)
