"""A summary as the table that everyone knows: Layer (type), Output Shape, Param #, MACs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from archcalc.analysis.fold import FoldedRow
from archcalc.analysis.quantities import MEASURES, Measure
from archcalc.analysis.summary import Counts, Summary
from archcalc.core import Shape
from archcalc.core.units import hundredths
from archcalc.errors import UsageError
from archcalc.layers import find
from archcalc.layers.arguments import show
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__

Layout = Callable[[Shape], str]


def _columns(row: Measure) -> Iterator[tuple[str, tuple[Column, Callable[[FoldedRow, Layout], Cell]]]]:
    """The column of a quantity, by its name and by its older word."""
    counted = row.counted
    assert counted is not None
    column = Column(_TITLES.get(row.name, row.title), row.name, True, drop=row.drop)
    for name in filter(None, (row.name, row.column)):
        yield name, (column, lambda line, layout: counted(line.counts))


_TITLES = {"params": "Param #"}
"""Headings that everyone knows from torchinfo."""

COLUMNS: dict[str, tuple[Column, Callable[[FoldedRow, Layout], Cell]]] = {
    "layer": (Column("Layer (type)", "layer"), lambda row, layout: f"{row.name} ({row.label})"),
    "name": (Column("Layer", "name"), lambda row, layout: row.name),
    "kind": (Column("Type", "kind", drop=12), lambda row, layout: row.label),
    "input": (Column("Input Shape", "input", drop=11), lambda row, layout: " ".join(map(layout, row.inputs))),
    "output": (Column("Output Shape", "output"), lambda row, layout: layout(row.output)),
    "kernel": (Column("Kernel", "kernel", drop=10), lambda row, layout: _attribute(row, "kernel_size")),
    "stride": (Column("Stride", "stride", drop=9), lambda row, layout: _attribute(row, "stride")),
    "padding": (Column("Padding", "padding", drop=8), lambda row, layout: _attribute(row, "padding")),
    "operations": (Column("Operations", "operations", True), lambda row, layout: row.counts.operations),
    **{name: column for row in MEASURES.values() if row.counted for name, column in _columns(row)},
    "activations": (
        Column("Activations", "activation_elements", True, drop=3),
        lambda row, layout: row.counts.activation_elements,
    ),
}
"""Every column of `show --columns`, by its word there."""

DEFAULT_COLUMNS = ("layer", "output", "params", "macs")
_MILLION = 1_000_000


def summary_table(
    summary: Summary,
    rows: Sequence[FoldedRow],
    columns: Sequence[str] = DEFAULT_COLUMNS,
    hwc: bool = False,
) -> Table:
    """The table of a summary. Raises UsageError for an unknown column."""
    layout = _channels_last if hwc else str
    if summary.convention.name != "macs":
        columns = ["operations" if column == "macs" else column for column in columns]
    chosen = [_column(name) for name in columns]
    return Table(
        title=titled(summary),
        columns=tuple(_titled(column, summary) for column, _ in chosen),
        rows=tuple(tuple(value(row, layout) for _, value in chosen) for row in rows),
        footer=_footer(summary, rows),
        notes=(*_not_counted(summary), *summary.notes),
        provenance=provenance(summary),
    )


def sorted_rows(rows: Sequence[FoldedRow], name: str) -> tuple[FoldedRow, ...]:
    """The rows by a column: numbers largest first, words in order. Raises UsageError."""
    column, value = _column(name)
    if column.numeric:
        return tuple(sorted(rows, key=lambda row: -int(value(row, str) or 0)))  # type: ignore[arg-type]
    return tuple(sorted(rows, key=lambda row: str(value(row, str) or "")))


def titled(summary: Summary) -> str:
    """The spec's own name with the one it was loaded by: `LeNet-5 (lenet5)`."""
    return f"{summary.title} ({summary.spec})" if summary.title not in ("", summary.spec) else summary.spec


def provenance(summary: Summary) -> str:
    """What the numbers are: `archcalc 0.1.0 · AlexNet (alexnet) · input 3x227x227 · batch 1 · macs: ...`."""
    inputs = ", ".join(f"{name} {shape}" for name, shape in summary.inputs)
    convention = f"{summary.convention.name}: {summary.convention.says}"
    return f"archcalc {__version__} · {titled(summary)} · {inputs} · batch {summary.batch} · {convention}"


def _column(name: str) -> tuple[Column, Callable[[FoldedRow, Layout], Cell]]:
    if name not in COLUMNS:
        from archcalc.report.formats.diagnostics import nearest_names

        raise UsageError(f"unknown column `{name}`", help=nearest_names(name, COLUMNS))
    return COLUMNS[name]


def _titled(column: Column, summary: Summary) -> Column:
    if column.key == "operations":
        return Column(summary.convention.unit, column.key, True)
    return column


def _footer(summary: Summary, rows: Sequence[FoldedRow]) -> tuple[tuple[str, str], ...]:
    totals = summary.totals
    unit = summary.convention.unit
    operations = totals.macs if summary.convention.name == "macs" else totals.operations
    title = "Total MACs (mult-adds, M)" if unit == "MACs" else f"Total {unit} (M)"
    passes = 2 * summary.activation_bytes
    lines = [
        *_shown(summary, rows),
        ("Total params", f"{totals.params:,}"),
        ("Trainable params", f"{totals.trainable_params:,}"),
        ("Non-trainable params", f"{totals.params - totals.trainable_params:,}"),
        (title, f"{_millions(operations)} ({operations:,})"),
        ("Input size (MB)", _millions(summary.input_bytes)),
        ("Forward/backward pass size (MB)", f"{_millions(passes)} (outputs in memory, twice)"),
        ("Params size (MB)", _millions(totals.weight_bytes)),
        ("Estimated Total Size (MB)", _millions(summary.input_bytes + passes + totals.weight_bytes)),
    ]
    if totals.active_params != totals.params:
        lines.insert(1 + len(_shown(summary, rows)), ("Active params (of one token)", f"{totals.active_params:,}"))
    if totals.buffers:
        lines.insert(-4, ("Buffers (not params)", f"{totals.buffers:,}"))
    return tuple(lines)


def _shown(summary: Summary, rows: Sequence[FoldedRow]) -> list[tuple[str, str]]:
    """What the rows add up to, where they are not all."""
    layers = sum(len(row.layers) for row in rows)
    if layers == len(summary.rows):
        return []
    return [
        ("Shown", f"{layers} of {len(summary.rows)} layers"),
        ("Params shown", f"{sum(row.counts.params for row in rows):,}"),
        (f"{summary.convention.unit} shown", f"{sum(_operations(summary, row.counts) for row in rows):,}"),
    ]


def _operations(summary: Summary, counts: Counts) -> int:
    return counts.macs if summary.convention.name == "macs" else counts.operations


def _not_counted(summary: Summary) -> list[str]:
    """One sentence for each sort of work that the convention leaves out, or that it counts by a rule we lack."""
    sorts: dict[tuple[str, bool], list[int]] = {}
    for item in summary.not_counted:
        sorts.setdefault((item.what, item.stands_in), []).append(item.operations)
    return [
        _stand_in(what, counts) if stands_in else _left_out(summary.convention.name, what, counts)
        for (what, stands_in), counts in sorts.items()
    ]


def _left_out(convention: str, what: str, counts: Sequence[int]) -> str:
    return (
        f"not counted under {convention}: {what} of {_layers(len(counts))}, {sum(counts):,} MACs "
        "(`--convention macs+attention` counts them)"
    )


def _stand_in(what: str, counts: Sequence[int]) -> str:
    return (
        f"{what} is not reproduced: {_layers(len(counts))} stand{'s' if len(counts) == 1 else ''} in the sum "
        f"with {'its' if len(counts) == 1 else 'their'} MACs, {sum(counts):,}"
    )


def _layers(count: int) -> str:
    return f"{count} {'layer' if count == 1 else 'layers'}"


def _attribute(row: FoldedRow, name: str) -> Cell:
    """An option of the first layer of the row whose kind has it, as it is written in a spec, or its default."""
    for layer in row.layers:
        kind = find(layer.kind)
        parameter = next((one for one in kind.parameters if one.name == name), None) if kind else None
        if parameter is not None:
            value = layer.attributes.get(name, parameter.default)
            if value is None:  # a pooling window steps by its own size
                value = layer.attributes["kernel_size"]
            if isinstance(value, int):
                value = (value,) * len(layer.input_shapes[0].spatial)
            return str(value) if isinstance(value, str) else show(short_sides(value))
    return None


def short_sides(value: object) -> object:
    """Equal sides as one number: ((1, 1), (1, 1)) is (1, 1)."""
    if isinstance(value, tuple) and value and all(isinstance(side, tuple) and len(set(side)) == 1 for side in value):
        return tuple(side[0] for side in value)
    return value


def _channels_last(shape: Shape) -> str:
    return "x".join(map(str, (*shape[1:], shape[0])))


def _millions(value: int) -> str:
    """Two decimals, and three digits where that would hide a small value."""
    return hundredths(value, _MILLION) if value >= _MILLION or value == 0 else f"{value / _MILLION:.3g}"
