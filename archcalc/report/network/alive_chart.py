"""What is in memory while each layer runs, as bars: what it reads, what it writes, what waits for a later layer."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fold import FoldedRow
from archcalc.analysis.memory.memory import Memory, MemoryRow
from archcalc.errors import UsageError
from archcalc.report.drawing.bars import Bar, BarChart, Panel
from archcalc.report.drawing.chart import ColourEntry
from archcalc.report.drawing.figures import short
from archcalc.report.drawing.palette import Theme, series

_PARTS = {"read": "read by the layer", "written": "written by it", "waiting": "waits for a later layer"}
"""Each part, and what the legend calls it."""


def alive_chart(memory: Memory, rows: Sequence[FoldedRow], theme: Theme) -> BarChart:
    """A row a layer; of a folded group the moment at which most is in memory, as the table has it.

    Raises UsageError where there is nothing to draw.
    """
    if not rows:
        raise UsageError(f"{memory.spec} has no layers, so there is nothing to draw")
    by_name = {row.name: row for row in memory.rows}
    busiest = [max((by_name[layer.name] for layer in row.layers), key=lambda layer: layer.alive_bytes) for row in rows]
    peak = next(number for number, row in enumerate(rows) if _has(row, memory.rows, memory.peak_bytes))
    bars = tuple(_bar(row, number == peak) for number, row in enumerate(busiest))
    return BarChart(
        f"{memory.spec}: in memory while each layer runs",
        peak_said(memory),
        tuple((row.name, "" if row.label == row.name else row.label) for row in rows),
        (Panel("Inputs and outputs in memory", bars, "B", running=False),),
        dict(zip(_PARTS, map(ColourEntry, _PARTS.values(), series(theme)), strict=True)),
    )


def peak_said(memory: Memory) -> str:
    """`peak 25.7MB at conv1_2: conv1_1 12.8MB + conv1_2 12.8MB · beside 553MB of weights`."""
    largest = sorted(memory.peak_values, key=lambda pair: -pair[1])
    named = [f"{name} {bytes_short(bytes_)}" for name, bytes_ in largest[:_NAMED]]
    rest = sum(bytes_ for _, bytes_ in largest[_NAMED:])
    named += [f"others {bytes_short(rest)}"] if rest else []
    peak = f"peak {bytes_short(memory.peak_bytes)} at {memory.peak_layer}: {' + '.join(named)}"
    setting = memory.setting
    return f"{peak} · batch {setting.batch} · {setting.dtype} · beside {bytes_short(memory.weight_bytes)} of weights"


_NAMED = 3
"""Values at the peak that are named; the largest."""


def bytes_short(bytes_: int) -> str:
    """To three digits, in powers of 1000: 25.7MB, 640B."""
    return f"{short(bytes_)}B"


def _has(row: FoldedRow, layers: Sequence[MemoryRow], peak: int) -> bool:
    names = {layer.name for layer in row.layers}
    return any(layer.alive_bytes == peak for layer in layers if layer.name in names)


def _bar(row: MemoryRow, peak: bool) -> Bar:
    waiting = row.alive_bytes - row.read_bytes - row.activation_bytes
    return Bar((("read", row.read_bytes), ("written", row.activation_bytes), ("waiting", waiting)), peak)
