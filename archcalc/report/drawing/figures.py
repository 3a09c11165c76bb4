"""The figures that a box of a picture can show, and by which it can be shaded."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.analysis.diagram import INPUT, Diagram, DiagramLeaf
from archcalc.analysis.quantities import MEASURES, Measure
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


def _counted(row: Measure) -> DrawnFigure:
    counted = row.counted
    assert counted is not None
    unit = " B" if row.name.endswith("bytes") else f" {row.title.lower()}"
    unit = {"params": "", "macs": " MACs", "flops": " FLOPs"}.get(row.name, unit)
    return DrawnFigure(row.name, row.title, lambda leaf: counted(leaf.counts) if leaf.counts else None, unit)


def _input_side(diagram: Diagram) -> int | None:
    """No field is shown larger than the input: a global pool has windows that reach far beyond it."""
    return max(
        (max(leaf.shape[1:]) for leaf in diagram.leaves if leaf.family == INPUT and leaf.shape[1:]), default=None
    )


FIGURES = {
    **{row.name: _counted(row) for row in MEASURES.values() if row.counted},
    "rf": DrawnFigure("rf", "receptive field, pixels", lambda leaf: leaf.receptive_field, " px", _input_side),
    "memory": _counted(MEASURES["activation_bytes"]),
}
"""By name: every quantity that layers add up to, the field, and what the outputs take."""


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
