"""Receptive fields as tables for people and as JSON (`archcalc/rf/1`) for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.analysis.fields.design import Stack
from archcalc.analysis.fields.effective import Influence
from archcalc.analysis.fields.receptive import LayerField, Lost, Meeting
from archcalc.analysis.fields.table import FieldSummary
from archcalc.report.fields.phrases import (
    bound_text,
    few,
    number,
    number_text,
    stretches_text,
    unknown_text,
)
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Sides, Span, Table
from archcalc.version import __version__

_FIELD = (
    Column("Size r", "size", True), Column("Jump j", "jump", True, missing="-"),
    Column("Start", "start", True, missing="-"), Column("Padding P", "padding", True, missing="-"),
    Column("Aligned", "aligned", drop=1),
)  # fmt: skip
_INPUT, _OUTPUT = Column("Input", "input", drop=2), Column("Output", "output", drop=3)


def field_table(summary: FieldSummary) -> Table:
    """One row a layer."""
    return Table(
        title=summary.spec,
        columns=(Column("Layer", "name"), _OUTPUT, *_FIELD),
        rows=tuple((row.name, row.output, *_figures(row)) for row in summary.rows),
        notes=tuple(_notes(summary)),
        provenance=provenance_of(summary),
    )


def one_table(field: LayerField) -> Table:
    """The field of one layer."""
    return Table(
        field.name, (Column("Layer", "name"), _OUTPUT, *_FIELD), ((field.name, field.output, *_figures(field)),)
    )


def one_json(field: LayerField) -> str:
    """`archcalc/field/1`: a layer of `archcalc/rf/1` by itself."""
    return document("archcalc/field/1", _layer_json(field))


def specs_table(layer: str, summaries: Sequence[FieldSummary]) -> Table:
    """The layer of one name in several architectures, one row each."""
    return Table(
        title=layer,
        columns=(Column("Spec", "spec"), _INPUT, _OUTPUT, *_FIELD),
        rows=tuple((s.spec, s.shape, s.rows[0].output, *_figures(s.rows[0])) for s in summaries),
        provenance=f"archcalc {__version__} · {layer}",
    )


def field_json(summary: FieldSummary) -> str:
    """`archcalc/rf/1`; sizes of units that differ also have `size_min` and `period`."""
    return document("archcalc/rf/1", _fields(summary))


def layer_json(summaries: Sequence[FieldSummary]) -> str:
    """`archcalc/rf-layer/1`: the layer of one name in several architectures."""
    return document("archcalc/rf-layer/1", {"specs": [_named_fields(summary) for summary in summaries]})


def resolution_json(summaries: Sequence[FieldSummary]) -> str:
    """`archcalc/rf-resolutions/1`: the layers under each size of the input."""
    return document("archcalc/rf-resolutions/1", {"inputs": [_named_fields(summary) for summary in summaries]})


def _named_fields(summary: FieldSummary) -> dict[str, Any]:
    return {"schema": "archcalc/rf/1", "archcalc": __version__, **_fields(summary)}


def _fields(summary: FieldSummary) -> dict[str, Any]:
    return {
        "spec": summary.spec,
        "input": list(summary.shape),
        "wrt": summary.origin,
        "layers": [_layer_json(row) for row in summary.rows],
        "notes": list(_notes(summary)),
    }


def resolution_table(summaries: Sequence[FieldSummary]) -> Table:
    """The layers under each size of the input: size and jump stay, padding and the union may not."""
    rows = [
        (row.name, summary.shape, row.output, *_figures(row))
        for rows in zip(*([(s, row) for row in s.rows] for s in summaries), strict=True)
        for summary, row in rows
    ]
    columns = (Column("Layer", "name"), Column("Input", "input"), _OUTPUT, *_FIELD)
    title = summaries[0].spec
    return Table(title, columns, tuple(rows), provenance=f"archcalc {__version__} · {title}")


def effective_table(summary: FieldSummary, influences: Sequence[Sequence[Influence | Lost | None]]) -> Table:
    """Sigma of each layer, and how much of its field 4 sigma are."""
    rows = []
    mixed = False
    for row, axes in zip(summary.rows, influences, strict=True):
        sigmas = [axis.sigma if isinstance(axis, Influence) else None for axis in axes]
        mixed = mixed or any(isinstance(axis, Influence) and axis.mixed for axis in axes)
        shares = [None if s is None else 400 * s / a.largest for s, a in zip(sigmas, row.axes, strict=True)]
        rows.append(
            (
                row.name,
                _sizes(row),
                Sides(tuple(sigmas)),
                Sides(tuple(None if s is None else 4 * s for s in sigmas)),
                Sides(tuple(shares)),
            )
        )
    columns = (
        Column("Layer", "name"), Column("Size r", "size", True),
        Column("Sigma", "sigma", True, decimals=2, missing="-"),
        Column("4 sigma", "four_sigma", True, decimals=1, missing="-"),
        Column("4 sigma / r", "share", True, decimals=0, unit=" %", missing="-"),
    )  # fmt: skip
    notes = ["sigma^2 is the sum of (j·d)^2·(K^2 − 1)/12 over the layers: windows of equal weights"]
    if mixed:
        notes.append("where branches meet, their influences are mixed in equal parts, in a concat by channels")
    return Table(summary.spec, columns, tuple(rows), notes=tuple(notes), provenance=provenance_of(summary))


def design_table(target: int, kernel: int, designs: Sequence[Stack]) -> Table:
    """Stacks that reach a field of `target`."""
    columns = (
        Column("Stack", "name"), Column("Layers", "layers", True), Column("Size r", "size", True),
        Column("Jump j", "jump", True), Column("Dilations", "dilations"),
    )  # fmt: skip
    rows = tuple((d.name, len(d.windows), d.size, d.jump, _dilations(d)) for d in designs)
    return Table(
        f"r >= {target}", columns, rows, provenance=f"archcalc {__version__} · target {target}, kernel {kernel}"
    )


def _figures(row: LayerField) -> tuple[Cell, ...]:
    return (
        _sizes(row),
        Sides(tuple(axis.jump for axis in row.axes)),
        Sides(tuple(axis.start for axis in row.axes)),
        Sides(tuple(axis.padding for axis in row.axes)),
        row.aligned,
    )


def _sizes(row: LayerField) -> Sides:
    return Sides(tuple(Span(axis.smallest, axis.largest) for axis in row.axes))


def _layer_json(row: LayerField) -> dict[str, Any]:
    return {
        "name": row.name,
        "output": list(row.output),
        "size": [axis.largest for axis in row.axes],
        "size_min": [axis.smallest for axis in row.axes],
        "jump": [number(axis.jump) for axis in row.axes],
        "start": [number(axis.start) for axis in row.axes],
        "padding": [axis.padding for axis in row.axes],
        "period": [axis.period or None for axis in row.axes],
        "form": [axis.fit for axis in row.axes],
        "aligned": row.aligned,
    }


def _notes(summary: FieldSummary) -> list[str]:
    return [*_form_notes(summary), *remarks(summary)]


def _form_notes(summary: FieldSummary) -> list[str]:
    """What the sizes of layers without an affine form mean."""
    fits = {axis.fit for row in summary.rows for axis in row.axes}
    notes = []
    periods = sorted({a.period for row in summary.rows for a in row.axes if a.fit == "periodic" and a.period > 1})
    if periods:
        words = ", ".join(map(str, periods))
        notes.append(f"a range of sizes depends on the place of the unit and repeats: period {words} (see --exact)")
    if "union" in fits:
        notes.append("a layer without a jump has lost its places: its size is that of the pixels seen from the map")
    if "uneven" in fits:
        notes.append("a range without a jump has no period: each unit has a field of its own (see --exact)")
    return notes


def remarks(summary: FieldSummary) -> list[str]:
    """What is said below any table of fields."""
    notes = [_meeting(meeting) for meeting in summary.meetings]
    if summary.gated:
        notes.append(_gated(summary))
    if summary.unseen is not None:
        notes.append(f"{summary.unseen.layer} never sees {stretches_text(summary.unseen)}")
    if summary.bounds:
        notes.append(bound_text(summary.bounds))
    if summary.unknown:
        notes.append(unknown_text(summary.unknown))
    if summary.same:
        notes.append(
            f"same padding in {few(summary.same)}: the effective padding depends on the input size "
            "(--explain states how, --resolution compares sizes)"
        )
    if summary.left_out:
        notes.append(f"{few(summary.left_out)} do not depend on {summary.origin}" if len(summary.left_out) > 1
                     else f"{summary.left_out[0]} does not depend on {summary.origin}")  # fmt: skip
    return notes


def _meeting(meeting: Meeting) -> str:
    first, second = meeting.branches
    if meeting.jumps[0] != meeting.jumps[1]:
        why = f"their jumps are {number_text(meeting.jumps[0])} and {number_text(meeting.jumps[1])}"
    else:
        why = f"unit 0 is centred at {number_text(meeting.centres[0])} and {number_text(meeting.centres[1])}"
    return f"{meeting.layer} reads {first} and {second}, which are not aligned: {why}"


def _gated(summary: FieldSummary) -> str:
    names = few(summary.gated)
    if summary.gates:
        return f"{names}: one branch has seen the whole map (as in squeeze-and-excitation); --no-gates leaves it out"
    return f"{names}: the branch that has seen the whole map is left out (--no-gates)"


def provenance_of(summary: FieldSummary) -> str:
    """What a table of fields is of."""
    return f"archcalc {__version__} · {summary.spec} · {summary.origin} {summary.shape}"


def _dilations(design: Stack) -> str:
    """`1, 2, 4, 8`; equal ones as `1`, a long list cut."""
    values = design.dilations
    if len(set(values)) <= 1:
        return str(values[0]) if values else ""
    return ", ".join(map(str, values[:12])) + (", ..." if len(values) > 12 else "")
