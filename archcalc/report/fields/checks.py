"""What a receptive field was held against: demands, a measurement, one unit, one pixel."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.claims import Held
from archcalc.analysis.fields.cells import PixelView, UnitField
from archcalc.analysis.fields.receptive import Unseen
from archcalc.core import field_mask
from archcalc.report.fields.phrases import AXIS_NAMES, between, joined, number, stretches_text
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Column, Table
from archcalc.tables.field_check import FieldCheck
from archcalc.version import __version__


def demands_text(spec: str, demands: Sequence[Held]) -> str:
    """`ok    alexnet  conv5>=163  163`; a line for each demand."""
    lines = []
    for found in demands:
        actual = joined(between(least, largest) for least, largest in found.ends)
        word = "ok   " if found.holds else "FALSE"
        lines.append(f"{word} {spec}  {found.demand.text}  {actual}")
    return "\n".join(lines) + "\n"


def demands_json(spec: str, demands: Sequence[Held]) -> str:
    """`archcalc/rf-require/1`: the demands with what is computed for them."""
    content = {
        "spec": spec,
        "demands": [
            {
                "demand": found.demand.text,
                "holds": found.holds,
                "min": [number(least) for least, _ in found.ends],
                "max": [number(largest) for _, largest in found.ends],
            }
            for found in demands
        ],
    }
    return document("archcalc/rf-require/1", content)


def verify_table(found: FieldCheck) -> Table:
    """For each unit and axis what it sees by the exact form, and what was measured."""
    names = AXIS_NAMES.get(len(found.lengths), ())
    columns = (
        Column("Unit", "unit"), Column("Axis", "axis"), Column("Predicted", "predicted", True),
        Column("Measured", "measured", True), Column("Agree", "agree"),
    )  # fmt: skip
    rows = tuple(
        (",".join(map(str, c.unit)), names[c.axis], _seen(c.predicted), _seen(c.changed), c.verdict)
        for c in found.checks
    )
    notes = ["first..last real pixel along the axis, and how many of those between are seen"]
    if "bound" in found.verdicts:
        notes.append("bound: layers before take joined channels apart; no other pixel is seen, but perhaps fewer")
    if "not decided" in found.verdicts:
        notes.append("not decided: pixels reach the unit, but no change of theirs was large enough to be seen in it")
    lengths = "x".join(map(str, found.lengths))
    provenance = f"archcalc {__version__} · {found.spec} · {found.layer} on {found.origin} {lengths} · float64"
    return Table(found.layer, columns, rows, notes=tuple(notes), provenance=provenance)


def verify_json(found: FieldCheck) -> str:
    """`archcalc/rf-verify/1`: the pixels predicted and measured as stretches, first and last of each."""
    content = {
        "spec": found.spec,
        "layer": found.layer,
        "wrt": found.origin,
        "input": list(found.lengths),
        "checks": [
            {
                "unit": list(check.unit),
                "axis": AXIS_NAMES.get(len(found.lengths), ())[check.axis],
                "predicted": [list(stretch) for stretch in field_mask.ranges(check.predicted)],
                "measured": [list(stretch) for stretch in field_mask.ranges(check.changed)],
                "agree": check.verdict,
            }
            for check in found.checks
        ],
    }
    return document("archcalc/rf-verify/1", content)


def unit_table(spec: str, unit: UnitField, unseen: Unseen | None) -> Table:
    """The box that one unit sees, a row an axis; how much of it is holes stands below."""
    names = AXIS_NAMES.get(len(unit.lengths), ())
    columns = (
        Column("Axis", "axis"), Column("First pixel", "first", True), Column("Last pixel", "last", True),
        Column("Size", "size", True), Column("Of", "length", True),
    )  # fmt: skip
    rows = tuple(
        (name, first, last, last - first + 1, length)
        for name, (first, last), length in zip(names, unit.box, unit.lengths, strict=False)
    )
    footer = [("Pixels seen", f"{unit.seen:,} of the {unit.area:,} of the box")]
    if unseen is not None:
        footer.append((f"Never seen by any unit of {unit.layer}", stretches_text(unseen)))
    return _placed(f"{unit.layer} unit {_place(unit.unit)}", spec, columns, rows, footer)


def pixel_table(spec: str, view: PixelView) -> Table:
    """The units that see one pixel, a row an axis."""
    names = AXIS_NAMES.get(len(view.units), ())
    columns = (
        Column("Axis", "axis"), Column("First unit", "first", True), Column("Last unit", "last", True),
        Column("Units", "count", True), Column("Of", "units", True),
    )  # fmt: skip
    rows = tuple(
        (name, first, last, last - first + 1, units)
        for name, (first, last), units in zip(names, view.box, view.units, strict=False)
    )
    footer = [("Units that see it", f"{view.seeing:,}")]
    return _placed(f"pixel {_place(view.pixel)} seen from {view.layer}", spec, columns, rows, footer)


def _seen(pixels: int) -> str:
    span = field_mask.span(pixels)
    return "none" if span is None else f"{span[0]}..{span[1]} ({pixels.bit_count()})"


def _place(place: tuple[int, ...]) -> str:
    return ",".join(map(str, place))


def _placed(
    title: str,
    spec: str,
    columns: tuple[Column, ...],
    rows: tuple[tuple[str | int, ...], ...],
    footer: list[tuple[str, str]],
) -> Table:
    provenance = f"archcalc {__version__} · {spec} · {title}"
    return Table(title, columns, rows, tuple(footer), provenance=provenance)
