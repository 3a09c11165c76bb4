"""A forward pass as tables: one row a layer, one row a class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isfinite
from typing import Any

from archcalc.core import Shape
from archcalc.core.record import record
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.tables.forward import (
    ForwardRow,
    ForwardTable,
    InputOrigin,
    Loading,
    OutputError,
    RankedClass,
    Statistics,
)
from archcalc.version import __version__

_GIGA, _MEGA = 1e9, 1e6


@record
class TablesWanted:
    """What of a forward pass to show."""

    stats: bool = False
    time: bool = False
    verify: bool = False

    @property
    def statistics(self) -> bool:
        """Whether rows show values: where nothing else is asked for, those of the outputs."""
        return self.stats or not (self.time or self.verify)

    @property
    def layers(self) -> bool:
        """Whether every layer has its row; else the outputs only."""
        return self.stats or self.time or self.verify


def tables(found: ForwardTable, asked: TablesWanted) -> tuple[Table, ...]:
    """The classes, where some were asked for, and the layers; without either the outputs."""
    ranked = any(output.classes for output in found.outputs)
    drawn = [_classes(found)] if ranked else []
    if any(output.values is not None for output in found.outputs):
        drawn.append(_values(found))
    if asked.layers or not ranked:
        drawn.append(_layers(found, asked))
    return (*drawn[:-1], _with_what_stands_below(drawn[-1], found, asked))


def run_json(found: ForwardTable) -> str:
    """`archcalc/run/1`: every layer in execution order; what is not finite is null."""
    return document(
        "archcalc/run/1",
        {
            **origin_json(found.origin),
            "layers": [_layer(row) for row in found.rows],
            "outputs": [
                {
                    "name": output.name,
                    "shape": output.shape,
                    "classes": [_class(item) for item in output.classes],
                    "values": output.values and [[*map(_finite, example)] for example in output.values],
                }
                for output in found.outputs
            ],
            "milliseconds": None if found.seconds is None else 1000 * found.seconds,
            "roof_macs_per_second": found.roof,
            "first_not_finite": found.first_not_finite,
            "verified": found.verified,
            "errors": [_output_error(item) for item in found.errors],
            "memory": None
            if found.memory is None
            else {"planned_bytes": found.memory.planned, "measured_bytes": found.memory.measured},
        },
    )


def origin_json(origin: InputOrigin) -> dict[str, Any]:
    """What ran, on what, and how."""
    return {
        "spec": origin.spec,
        "inputs": [{"name": name, "shape": shape, "values": source} for name, shape, source in origin.inputs],
        "batch": origin.batch,
        "dtype": origin.dtype,
        "weights": origin.weights,
        "stated": list(origin.stated),
        "loaded": None if origin.loading is None else _loading_json(origin.loading),
        "engine": origin.engine,
        "notes": list(origin.notes),
    }


def origin_lines(origin: InputOrigin) -> list[str]:
    """The notes, and what ran, on what, and how."""
    return [*(f"note: {note}" for note in origin.notes), origin_text(origin)]


def _loading_json(loading: Loading) -> dict[str, Any]:
    return {
        "by": loading.by,
        "names": {ours: theirs for ours, theirs in loading.sources.items() if ours != theirs},
        "left_out": loading.left_out,
        "drawn": loading.drawn,
    }


def origin_text(origin: InputOrigin) -> str:
    """What ran, on what, and how, in a line."""
    inputs = ", ".join(f"{name} {shape} ({source})" for name, shape, source in origin.inputs)
    return (
        f"archcalc {__version__} · {origin.spec} · {inputs} · batch {origin.batch} · {origin.dtype} · "
        f"weights: {origin.weights} · engine: {origin.engine}"
    )


def _layers(found: ForwardTable, asked: TablesWanted) -> Table:
    names = {output.name for output in found.outputs}
    rows = [row for row in found.rows if asked.layers or row.name in names]
    columns = [Column("Layer (type)", "layer"), Column("Output Shape", "output", drop=1)]
    if asked.statistics:
        columns += [Column(title, title.lower(), True) for title in ("Min", "Mean", "Max", "Zeros")]
    if asked.time:
        columns += [
            Column("Time (ms)", "ms", True),
            Column("MACs", "macs", True),
            Column("Of roof", "roof", True, drop=2),
        ]
    if asked.verify:
        columns.append(Column("Shape rule", "rule"))
    cells = tuple(tuple(_cells(row, found, asked)) for row in rows)
    return Table(found.origin.spec, tuple(columns), cells)


def _cells(row: ForwardRow, found: ForwardTable, asked: TablesWanted) -> Iterable[Cell]:
    yield _title(row)
    yield row.shape
    if asked.statistics:
        yield from _statistics(row.statistics)
    if asked.time:
        yield f"{1000 * row.seconds:.2f}" if row.seconds is not None else None
        yield row.macs
        yield f"{100 * row.macs / row.seconds / found.roof:.0f} %" if row.macs and found.roof and row.seconds else None
    if asked.verify:
        yield "the same" if row.shape == row.rule else str(row.rule)


def _title(row: ForwardRow) -> str:
    """`conv1 (conv)`; several that ran as one: `layer1.0.conv1 + bn1 + relu`, the folder said once."""
    first, *others = row.name.split(" + ")
    if not others:
        return f"{row.name} ({row.kind})"
    folder = first.rpartition(".")[0] + "."
    return " + ".join([first, *(name.removeprefix(folder) for name in others)])


def _statistics(found: Statistics | None) -> Iterable[Cell]:
    if found is None:
        return (None,) * 4
    return (*map(number, (found.minimum, found.mean, found.maximum)), f"{100 * found.zeros:.1f} %")


def _footer(found: ForwardTable, asked: TablesWanted) -> tuple[tuple[str, str], ...]:
    lines = []
    if asked.verify:
        agree = len(found.rows) - len(found.misfits)
        lines.append(("Verified", f"{agree} of {len(found.rows)} arrays have the shape of their rule"))
        lines += [(f"Engine against reference, {item.name}", _error(item, found.origin.dtype)) for item in found.errors]
    if asked.time:
        seconds = found.seconds
        macs = sum(row.macs for row in found.rows)
        if seconds:
            lines.append(("Time of a pass (ms)", f"{1000 * seconds:,.2f}"))
            lines.append(("MACs a second (G)", f"{macs / seconds / _GIGA:,.2f}"))
        if found.roof:
            lines.append(("Roof: 1024x1024 matrix product (G)", f"{found.roof / _GIGA:,.2f}"))
    if found.memory is not None:
        measured = found.memory.measured
        lines.append(("Planned peak memory (MB)", f"{found.memory.planned / _MEGA:,.2f}"))
        lines.append(("Measured peak memory (MB)", "not measured" if measured is None else f"{measured / _MEGA:,.2f}"))
    return tuple(lines)


def _error(item: OutputError, dtype: str) -> str:
    if item.holds and not item.comparable:
        alone = f"{item.rounding or 0:.1e}"
        advice = "" if dtype == "float64" else "; try --dtype float64"
        return f"not comparable: rounding alone moves it by {alone} of the RMS{advice}"
    words = "agree" if item.holds else "differ"
    return f"they {words}, largest difference {item.error:.1e} of the RMS (at most {item.tolerance:.0e})"


def _classes(found: ForwardTable) -> Table:
    """The best classes; columns for output, example, label and softmax only where they say something."""
    classes = [(output.name, item) for output in found.outputs for item in output.classes]
    columns: list[tuple[bool, Column, Callable[[str, RankedClass], Cell]]] = [
        (len(found.outputs) > 1, Column("Output", "output"), lambda output, item: output),
        (found.origin.batch > 1, Column("Example", "example", True), lambda output, item: item.example),
        (True, Column("Rank", "rank", True), lambda output, item: item.rank),
        (True, Column("Class", "class", True), lambda output, item: str(item.index)),
        (any(item.label is not None for _, item in classes), Column("Label", "label"), lambda output, item: item.label),
        (True, Column("Value", "value", True), lambda output, item: number(item.value)),
        (any(item.share is not None for _, item in classes), Column("Softmax", "softmax", True), _share),
    ]
    shown = [(column, cell) for wanted, column, cell in columns if wanted]
    rows = tuple(tuple(cell(output, item) for _, cell in shown) for output, item in classes)
    return Table(found.origin.spec, tuple(column for column, _ in shown), rows)


def _values(found: ForwardTable) -> Table:
    """What came out, a row an example; columns for output and example only where they say something."""
    outputs = [output for output in found.outputs if output.values is not None]
    columns = [
        (len(outputs) > 1, Column("Output", "output")),
        (found.origin.batch > 1, Column("Example", "example", True)),
        (True, Column(outputs[0].name if len(outputs) == 1 else "Values", "values")),
    ]
    rows = [
        (output.name, example, _written(values, output.shape))
        for output in outputs
        for example, values in enumerate(output.values or ())
    ]
    shown = [number for number, (wanted, _) in enumerate(columns) if wanted]
    cells = tuple(tuple(row[number] for number in shown) for row in rows)
    return Table(found.origin.spec, tuple(columns[number][1] for number in shown), cells)


def _written(values: Sequence[float], shape: Shape) -> str:
    """As `--input` and `calc --values` read them: rows end with `;`, channels stand between `|`."""
    texts = [f"{value:.6g}" for value in values]
    for size, between in zip(reversed(shape), (" ", "; " if len(shape) > 2 else " | ", " | "), strict=False):
        texts = [between.join(texts[first : first + size]) for first in range(0, len(texts), size)]
    return " | ".join(texts)


def _share(_: str, item: RankedClass) -> Cell:
    return None if item.share is None else f"{100 * item.share:.2f} %"


def _with_what_stands_below(table: Table, found: ForwardTable, asked: TablesWanted) -> Table:
    first = found.first_not_finite
    notes = found.origin.notes
    if first is not None:
        notes = (*notes, f"{first} is the first layer with values that are not finite")
    return Table(table.title, table.columns, table.rows, _footer(found, asked), notes, origin_text(found.origin))


def number(value: float) -> str:
    """Four digits of a value."""
    return f"{value:.4g}"


def _layer(row: ForwardRow) -> dict[str, Any]:
    statistics = row.statistics
    return {
        "name": row.name,
        "kind": row.kind,
        "kernel": row.kernel,
        "output": row.shape,
        "rule": row.rule,
        "min": None if statistics is None else _finite(statistics.minimum),
        "mean": None if statistics is None else _finite(statistics.mean),
        "max": None if statistics is None else _finite(statistics.maximum),
        "zeros": None if statistics is None else statistics.zeros,
        "finite": None if statistics is None else statistics.finite,
        "milliseconds": None if row.seconds is None else 1000 * row.seconds,
        "macs": row.macs,
    }


def _output_error(item: OutputError) -> dict[str, Any]:
    return {
        "output": item.name,
        "error": _finite(item.error),
        "tolerance": _finite(item.tolerance),
        "rounding": None if item.rounding is None else _finite(item.rounding),
        "comparable": item.comparable,
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
