"""Receptive fields as tables for people and as JSON (`archcalc/rf/1`) for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from archcalc.analysis.fields.design import Stack
from archcalc.analysis.fields.effective import Influence
from archcalc.analysis.fields.explain import Recurrence, RecurrenceLine, RecurrenceStep
from archcalc.analysis.fields.receptive import AxisField, LayerField, Lost, Meeting, Unseen
from archcalc.analysis.fields.table import ExactUnit, FieldSummary
from archcalc.core import AxisWindow, Window
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Sides, Span, Table, plain_number
from archcalc.version import __version__

AXIS_NAMES = {1: ("column",), 2: ("row", "column"), 3: ("frame", "row", "column")}

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
        provenance=_provenance(summary),
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


def exact_table(spec: str, layer: str, units: Sequence[ExactUnit], axes: int, alike: bool) -> Table:
    """Every unit along each axis, real pixels only."""
    names = ("each axis",) if alike else AXIS_NAMES.get(axes, ())
    columns = (
        Column("Axis", "axis"), Column("Unit", "unit", True), Column("First pixel", "first", True),
        Column("Last pixel", "last", True), Column("Size", "size", True), Column("Seen", "seen", True),
    )  # fmt: skip
    rows = tuple((names[u.axis], u.unit, u.first, u.last, u.size, u.seen) for u in units)
    mean = sum(u.size for u in units) / len(units)
    footer = (("Mean size", f"{mean:,.2f}"),)
    return Table(layer, columns, rows, footer, provenance=f"archcalc {__version__} · {spec} · {layer} · exact")


def exact_sizes_table(summary: FieldSummary, sizes: Sequence[Sequence[tuple[int, int, int, int]]]) -> Table:
    """One row a layer: the exact sizes of its units, clipped to real pixels."""
    columns = (
        Column("Layer", "name"), Column("Units", "units", True), Column("Size", "size", True),
        Column("Seen by any", "seen", True),
    )  # fmt: skip
    rows = tuple(
        (
            row.name,
            "x".join(str(units) for units, *_ in axes),
            Sides(tuple(Span(least, largest) for _, least, largest, _ in axes)),
            "x".join(str(seen) for *_, seen in axes),
        )
        for row, axes in zip(summary.rows, sizes, strict=True)
    )
    return Table(summary.spec, columns, rows, notes=tuple(_remarks(summary)), provenance=_provenance(summary))


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
    return Table(summary.spec, columns, tuple(rows), notes=tuple(notes), provenance=_provenance(summary))


def explain_table(spec: str, recurrence: Recurrence, axes: int, law: str = "") -> Table:
    """The recurrence line by line, along one axis."""
    rows: list[tuple[Cell, ...]] = [("input", "", "r = 1", "j = 1", "P = 0")]
    for step in recurrence.steps:
        rows += _step_rows(step)
    axis = "each axis" if recurrence.alike else AXIS_NAMES.get(axes, ())[recurrence.axis]
    columns = (
        Column("Layer", "name"), Column("Window", "window"), Column("r' = r + (K_eff − 1)·j", "size"),
        Column("j' = j·s", "jump"), Column("P' = P + p·j", "padding"),
    )  # fmt: skip
    return Table(
        recurrence.layer, columns, tuple(rows), _result(recurrence.result), (law,) if law else (),
        f"archcalc {__version__} · {spec} · {recurrence.layer} · {axis}",
    )  # fmt: skip


def law_text(name: str, law: Sequence[tuple[int, int]]) -> str:
    """The effective padding as a function of the input size n, from its values over one period."""
    if not law:
        return ""
    period = len(law)
    paddings = {length % period: padding for length, padding in law}
    base = paddings[0]
    if len(set(paddings.values())) == 1:
        return f"same padding: P = {base} of {name} at every input size n"
    if all(padding == base + (-residue) % period for residue, padding in paddings.items()):
        return f"same padding: P of {name} depends on the input size n: P = {base} + (−n mod {period})"
    table = ", ".join(f"{residue}: {padding}" for residue, padding in sorted(paddings.items()))
    return f"same padding: P of {name} depends on the input size n; P by n mod {period} is {table}"


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


def joined(texts: Iterable[str]) -> str:
    """One text where all axes agree, else height x width."""
    values = list(texts)
    if len(set(values)) == 1:
        return values[0]
    return (" x " if any(".." in value for value in values) else "x").join(values)


def bound_text(layers: Sequence[str]) -> str:
    """Of layers that take joined channels apart."""
    take = "takes" if len(layers) == 1 else "take"
    return f"{_listed(layers)} {take} joined channels apart again: from there on fields are bounds, of all channels"


def unknown_text(layer: str) -> str:
    """Of a layer that has too many units with a field of their own."""
    return f"which pixels {layer} never sees is not told: too many of its units see something of their own"


MOST_STRETCHES = 8
"""Stretches of pixels that are named."""


def stretches_text(unseen: Unseen) -> str:
    """`rows 219..223 and columns 219..223 of 224x224`."""
    names = AXIS_NAMES.get(len(unseen.lengths), ())
    parts = []
    for name, stretches in zip(names, unseen.stretches, strict=True):
        pixels = ", ".join(_range(first, last) for first, last in stretches[:MOST_STRETCHES])
        more = len(stretches) - MOST_STRETCHES
        pixels += f" and {more:,} more such stretches" if more > 0 else ""
        if stretches:
            single = len(stretches) == 1 and stretches[0][0] == stretches[0][1]
            parts.append(f"{name} {pixels}" if single else f"{name}s {pixels}")
    return f"{' and '.join(parts)} of {'x'.join(map(str, unseen.lengths))}"


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
    return [*_form_notes(summary), *_remarks(summary)]


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


def _remarks(summary: FieldSummary) -> list[str]:
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
            f"same padding in {_listed(summary.same)}: the effective padding depends on the input size "
            "(--explain states how, --resolution compares sizes)"
        )
    if summary.left_out:
        notes.append(f"{_listed(summary.left_out)} do not depend on {summary.origin}" if len(summary.left_out) > 1
                     else f"{summary.left_out[0]} does not depend on {summary.origin}")  # fmt: skip
    return notes


def _meeting(meeting: Meeting) -> str:
    first, second = meeting.branches
    if meeting.jumps[0] != meeting.jumps[1]:
        why = f"their jumps are {_text(meeting.jumps[0])} and {_text(meeting.jumps[1])}"
    else:
        why = f"unit 0 is centred at {_text(meeting.centres[0])} and {_text(meeting.centres[1])}"
    return f"{meeting.layer} reads {first} and {second}, which are not aligned: {why}"


def _gated(summary: FieldSummary) -> str:
    names = _listed(summary.gated)
    if summary.gates:
        return f"{names}: one branch has seen the whole map (as in squeeze-and-excitation); --no-gates leaves it out"
    return f"{names}: the branch that has seen the whole map is left out (--no-gates)"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _provenance(summary: FieldSummary) -> str:
    return f"archcalc {__version__} · {summary.spec} · {summary.origin} {summary.shape}"


def _step_rows(step: RecurrenceStep) -> list[tuple[Cell, ...]]:
    lines = {line.letter: line for line in step.lines}
    window = f"meets {len(step.sources)} branches" if step.window is None else _window(step.window)
    if not lines:
        axis = step.after
        figures = (f"r = {_size(axis)}", f"j = {_text(axis.jump)}", f"P = {_text(axis.padding)}")
        return [(step.layer, window, *figures)]
    rows: list[tuple[Cell, ...]] = []
    if "K_eff" in lines:
        rows.append((step.layer, window, _formula(lines["K_eff"]), "", ""))
        return [*rows, ("", "", *(_formula(lines[letter]) for letter in ("r", "j", "P")))]
    return [(step.layer, window, *(_formula(lines[letter]) for letter in ("r", "j", "P")))]


def _formula(line: RecurrenceLine) -> str:
    formula, value = line.figure.formula(), str(int(line.figure)).replace("-", "−")
    return f"{line.letter} = {value}" if formula == value else f"{line.letter} = {formula} = {value}"


def _window(window: AxisWindow) -> str:
    if not isinstance(window, Window):
        return _WORDS.get(type(window).__name__, "")
    parts = [f"K = {window.kernel}"]
    parts += [f"d = {window.dilation}"] if window.dilation > 1 else []
    parts += [f"s = {window.stride}"] if window.stride > 1 else []
    parts += [f"p = {window.padding[0]}".replace("-", "−")] if window.padding[0] else []
    return ", ".join(parts)


_WORDS = {
    "TransposedWindow": "transposed", "AdaptiveWindow": "adaptive", "NearestWindow": "nearest",
    "WholeAxis": "the whole map", "PartitionAxis": "inside a window",
    "SampledWindow": "nearest", "InterpolatingWindow": "interpolated", "SpreadAxis": "the whole map",
}  # fmt: skip


def _result(axis: AxisField) -> tuple[tuple[str, str], ...]:
    figures = [("Size r", _size(axis)), ("Jump j", _text(axis.jump))]
    if axis.fit == "affine" and axis.lo is not None and axis.hi is not None:
        lo, hi = (str(end).replace("-", "−") for end in (axis.lo, axis.hi))
        figures += [
            ("Padding P", str(axis.padding)),
            ("Start", f"(r − 1)/2 − P = ({axis.largest} − 1)/2 − {axis.padding} = {_text(axis.start)}"),
            ("Unit i sees", f"pixels {lo} + {axis.jump}·i to {hi} + {axis.jump}·i"),
        ]
    elif axis.period > 1:
        figures.append(("Period", str(axis.period)))
    return tuple(figures)


def _dilations(design: Stack) -> str:
    """`1, 2, 4, 8`; equal ones as `1`, a long list cut."""
    values = design.dilations
    if len(set(values)) <= 1:
        return str(values[0]) if values else ""
    return ", ".join(map(str, values[:12])) + (", ..." if len(values) > 12 else "")


def _size(axis: AxisField) -> str:
    return _range(axis.smallest, axis.largest)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}..{last}"


def between(least: Fraction | int | None, largest: Fraction | int | None) -> str:
    return _text(least) if least == largest else f"{_text(least)}..{_text(largest)}"


def _text(value: Fraction | int | None) -> str:
    """5, 4.5, 1/3, or - where there is none."""
    if value is None:
        return "-"
    value = Fraction(value)
    return str(float(value)) if value.denominator == 2 else str(value)


def number(value: Fraction | int | None) -> int | float | None:
    return None if value is None else plain_number(value)
