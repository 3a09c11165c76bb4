"""The figures that a box of a picture can show, and by which it can be shaded."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.analysis.diagram import INPUT, Diagram, DiagramLeaf
from archcalc.core.record import record

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))


@record
class DrawnFigure:
    """One figure of a layer or group."""

    name: str
    """What `--show` calls it."""
    title: str
    """What the legend calls it."""
    of: Callable[[DiagramLeaf], int | None]
    """Its value for a box; None where it has none."""
    unit: str = ""
    """What stands behind the number in a box."""
    limit: Callable[[Diagram], int | None] = lambda _: None
    """Where the scale of colours ends; None: at the largest."""


def _count(name: str) -> Callable[[DiagramLeaf], int | None]:
    return lambda leaf: getattr(leaf.counts, name) if leaf.counts else None


def _input_side(diagram: Diagram) -> int | None:
    """No field is shown larger than the input: a global pool has windows that reach far beyond it."""
    return max(
        (max(leaf.shape[1:]) for leaf in diagram.leaves if leaf.family == INPUT and leaf.shape[1:]), default=None
    )


FIGURES = {
    figure.name: figure
    for figure in (
        DrawnFigure("params", "params", _count("params")),
        DrawnFigure("macs", "MACs", _count("macs"), " MACs"),
        DrawnFigure("rf", "receptive field, pixels", lambda leaf: leaf.receptive_field, " px", _input_side),
        DrawnFigure("memory", "output values", _count("activation_elements"), " values"),
    )
}


def figure_text(figure: DrawnFigure, leaf: DiagramLeaf) -> str:
    """A box's figure, shortened; nothing where it is zero or unknown."""
    value = figure.of(leaf)
    return f"{short(value)}{figure.unit}" if value else ""


def short(value: int) -> str:
    """A count to three digits: 25.6M, 1.14G, 147K, 640."""
    for size, unit in _UNITS:
        if value >= size * 0.9995:
            return f"{_three_digits(value / size)}{unit}"
    return str(value)


def _three_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
