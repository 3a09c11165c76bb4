"""The layers of a network as bars: params, MACs, whatever adds up, and the sum so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.analysis.fold import FoldedRow, leaf
from archcalc.analysis.quantities import MEASURES
from archcalc.analysis.summary import Summary
from archcalc.errors import UsageError
from archcalc.layers import KINDS
from archcalc.report.drawing.bars import Bar, BarChart, Panel
from archcalc.report.drawing.chart import ColourEntry
from archcalc.report.drawing.palette import TITLES, Theme, drawn_as, solid
from archcalc.report.network.summary import COLUMNS, titled

USUAL = ("params", "macs", "activations")
"""The figures of a chart, where none is named."""

CHARTED = tuple(name for name, (column, _) in COLUMNS.items() if column.numeric)
"""What a chart can show: every column of numbers."""


def charted(names: Sequence[str]) -> tuple[str, ...]:
    """The figures of these names, each once. Raises UsageError for what is no column of numbers."""
    from archcalc.report.formats.diagnostics import nearest_names

    for name in names:
        if name not in CHARTED:
            raise UsageError(f"there is no chart of `{name}`", help=nearest_names(name, CHARTED))
    return tuple(dict.fromkeys(names)) or USUAL


def layer_chart(summary: Summary, rows: Sequence[FoldedRow], names: Sequence[str], theme: Theme) -> BarChart:
    """A row a layer or folded group, a panel a figure; a bar's parts are the families of the layers in it.

    Raises UsageError where there is nothing to draw.
    """
    if not any(_value(row, name) for row in rows for name in names):
        listed = " and no ".join(_title(name, summary) for name in names)
        raise UsageError(f"no layer of {summary.spec} has any {listed}, so there is nothing to draw")
    inputs = ", ".join(f"{name} {shape}" for name, shape in summary.inputs)
    return BarChart(
        titled(summary),
        f"{inputs} · batch {summary.batch} · {summary.convention.name}: {summary.convention.says}",
        tuple((row.name, "" if row.label == row.name else row.label) for row in rows),
        tuple(Panel(_title(name, summary), tuple(_bar(row, name) for row in rows)) for name in names),
        families(theme),
    )


def families(theme: Theme) -> Mapping[str, ColourEntry]:
    """The colours of the families of layers."""
    return {name: ColourEntry(TITLES[name], solid(theme, name)) for name in TITLES}


def _title(name: str, summary: Summary) -> str:
    if name == "operations":
        return summary.convention.unit
    return MEASURES[name].title if name in MEASURES else COLUMNS[name][0].title


def _value(row: FoldedRow, name: str) -> int:
    value = COLUMNS[name][1](row, str)
    assert isinstance(value, int)
    return value


def _bar(row: FoldedRow, name: str) -> Bar:
    parts: dict[str, int] = {}
    for layer in row.layers:
        family = drawn_as(KINDS[layer.kind].traits.family)
        parts[family] = parts.get(family, 0) + _value(leaf(layer), name)
    return Bar(tuple(parts.items()))
