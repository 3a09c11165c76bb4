"""A forward pass as tables: one row a layer, one row a class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

from archcalc import __version__
from archcalc.analysis.forward_table import ForwardRow, ForwardTable, RankedClass
from archcalc.core.record import record
from archcalc.report.json import document
from archcalc.report.table import Cell, Column, Table

_GIGA = 1e9


@record
class Asked:
    """What of a forward pass to show."""

    stats: bool = False
    time: bool = False
    verify: bool = False

    @property
    def layers(self) -> bool:
        """Whether every layer has its row; else the outputs only."""
        return self.stats or self.time or self.verify


def tables(found: ForwardTable, asked: Asked) -> tuple[Table, ...]:
    """The classes, where some were asked for, and the layers; without either the outputs."""
    ranked = any(output.classes for output in found.outputs)
    drawn = [_classes(found)] if ranked else []
    if asked.layers or not ranked:
        drawn.append(_layers(found, asked))
    return (*drawn[:-1], _with_provenance(drawn[-1], found))


def run_json(found: ForwardTable) -> str:
    """`archcalc/run/1`: every layer in execution order; what is not finite is null."""
    return document(
        "archcalc/run/1",
        {
            "spec": found.spec,
            "inputs": [{"name": name, "shape": shape, "values": source} for name, shape, source in found.inputs],
            "batch": found.batch,
            "dtype": found.dtype,
            "weights": found.weights,
            "layers": [_layer(row) for row in found.rows],
            "outputs": [
                {"name": output.name, "shape": output.shape, "classes": [_class(item) for item in output.classes]}
                for output in found.outputs
            ],
            "roof_macs_per_second": found.roof,
            "verified": not found.misfits,
        },
    )


def _layers(found: ForwardTable, asked: Asked) -> Table:
    names = {output.name for output in found.outputs}
    rows = [row for row in found.rows if asked.layers or row.name in names]
    columns = [Column("Layer (type)", "layer"), Column("Output Shape", "output")]
    if asked.stats or not asked.layers:
        columns += [Column(title, title.lower(), True) for title in ("Min", "Mean", "Max", "Zeros")]
    if asked.time:
        columns += [Column("Time (ms)", "ms", True), Column("Mult-Adds", "macs", True), Column("Of roof", "roof", True)]
    if asked.verify:
        columns.append(Column("Shape rule", "rule"))
    cells = tuple(tuple(_cells(row, found, asked)) for row in rows)
    return Table(found.spec, tuple(columns), cells, _footer(found, asked))


def _cells(row: ForwardRow, found: ForwardTable, asked: Asked) -> Iterable[Cell]:
    yield f"{row.name} ({row.kind})"
    yield row.shape
    if asked.stats or not asked.layers:
        statistics = row.statistics
        yield from (_number(value) for value in (statistics.minimum, statistics.mean, statistics.maximum))
        yield f"{100 * statistics.zeros:.1f} %"
    if asked.time:
        yield f"{1000 * row.seconds:.2f}"
        yield row.macs
        yield f"{100 * row.macs / row.seconds / found.roof:.0f} %" if row.macs and found.roof and row.seconds else None
    if asked.verify:
        yield "the same" if row.shape == row.rule else str(row.rule)


def _footer(found: ForwardTable, asked: Asked) -> tuple[tuple[str, str], ...]:
    lines = []
    if asked.verify:
        agree = len(found.rows) - len(found.misfits)
        lines.append(("Verified", f"{agree} of {len(found.rows)} arrays have the shape of their rule"))
    if asked.time:
        seconds = sum(row.seconds for row in found.rows)
        macs = sum(row.macs for row in found.rows)
        lines.append(("Time (ms)", f"{1000 * seconds:,.2f}"))
        lines.append(("Mult-adds a second (G)", f"{macs / seconds / _GIGA:,.2f}" if seconds else ""))
        if found.roof:
            lines.append(("Roof: 1024x1024 matrix product (G)", f"{found.roof / _GIGA:,.2f}"))
    return tuple(lines)


def _classes(found: ForwardTable) -> Table:
    """The best classes; columns for output, example, label and softmax only where they say something."""
    classes = [(output.name, item) for output in found.outputs for item in output.classes]
    columns: list[tuple[bool, Column, Callable[[str, RankedClass], Cell]]] = [
        (len(found.outputs) > 1, Column("Output", "output"), lambda output, item: output),
        (found.batch > 1, Column("Example", "example", True), lambda output, item: item.example),
        (True, Column("Rank", "rank", True), lambda output, item: item.rank),
        (True, Column("Class", "class", True), lambda output, item: str(item.index)),
        (any(item.label is not None for _, item in classes), Column("Label", "label"), lambda output, item: item.label),
        (True, Column("Value", "value", True), lambda output, item: _number(item.value)),
        (any(item.share is not None for _, item in classes), Column("Softmax", "softmax", True), _share),
    ]
    shown = [(column, cell) for wanted, column, cell in columns if wanted]
    rows = tuple(tuple(cell(output, item) for _, cell in shown) for output, item in classes)
    return Table(found.spec, tuple(column for column, _ in shown), rows)


def _share(_: str, item: RankedClass) -> Cell:
    return None if item.share is None else f"{100 * item.share:.2f} %"


def _with_provenance(table: Table, found: ForwardTable) -> Table:
    inputs = ", ".join(f"{name} {shape} ({source})" for name, shape, source in found.inputs)
    first = found.first_not_finite
    return Table(
        table.title,
        table.columns,
        table.rows,
        table.footer,
        () if first is None else (f"{first} is the first layer with values that are not finite",),
        f"archcalc {__version__} · {found.spec} · {inputs} · batch {found.batch} · {found.dtype} · "
        f"weights: {found.weights}",
    )


def _number(value: float) -> str:
    return f"{value:.4g}"


def _layer(row: ForwardRow) -> dict[str, Any]:
    statistics = row.statistics
    return {
        "name": row.name,
        "kind": row.kind,
        "output": row.shape,
        "rule": row.rule,
        "min": _finite(statistics.minimum),
        "mean": _finite(statistics.mean),
        "max": _finite(statistics.maximum),
        "zeros": statistics.zeros,
        "finite": statistics.finite,
        "milliseconds": 1000 * row.seconds,
        "macs": row.macs,
    }


def _class(item: RankedClass) -> dict[str, Any]:
    return {
        "example": item.example,
        "rank": item.rank,
        "class": item.index,
        "label": item.label,
        "value": _finite(item.value),
        "softmax": None if item.share is None else _finite(item.share),
    }


def _finite(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return value if isfinite(value) else None
