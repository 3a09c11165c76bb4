"""Solutions of a layer's rule, and input sizes of a spec, as tables and as JSON."""

from __future__ import annotations

from archcalc.analysis.inverse.input_sizes import SizeSteps, SmallestInput
from archcalc.analysis.inverse.solve import Solutions
from archcalc.core import Shape
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Column, Table
from archcalc.version import __version__

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def solutions_table(found: Solutions, question: str) -> Table:
    """A row a solution; where no value serves all axes, a row with one value for each."""
    columns = tuple(Column(unknown.capitalize(), unknown, True) for unknown in found.unknowns)
    rows: tuple[tuple[int | str, ...], ...] = tuple(solution.values for solution in found.common)
    if not rows:
        columns = (Column("Axis", "axis"), *columns)
        rows = tuple(
            (axis, value) for axis, values in zip(_words(found), found.per_axis, strict=True) for value in values
        )
    notes = [] if found.common else ["no value serves all axes; write one for each, joined by x"]
    if len(found.unknowns) > 1:
        notes.append("only what nets use: strides up to the kernel, padding up to half of it")
    if found.last is not None and found.count > len(found.common):
        last = " ".join(f"{name} {value:,}" for name, value in zip(found.unknowns, found.last.values, strict=True))
        notes.append(f"the first {len(rows):,} of {found.count:,} solutions; the last is {last}")
    return Table(
        title=question,
        columns=(*columns, Column("Output", "output")),
        rows=tuple((*row, Shape(found.sizes)) for row in rows),
        footer=(("Solutions", f"{found.count or len(rows):,}"), ("Tried", _tried(found))),
        notes=tuple(notes),
        provenance=f"archcalc {__version__} · {question}",
    )


def solutions_json(found: Solutions) -> str:
    """`archcalc/solve/1`."""
    axes = zip(_words(found), found.per_axis, strict=True) if found.per_axis else ()
    return document(
        "archcalc/solve/1",
        {
            "kind": found.kind,
            "find": found.unknowns,
            "input": found.lengths,
            "size": found.sizes,
            "solutions": [dict(zip(found.unknowns, solution.values, strict=True)) for solution in found.common],
            "count": found.count,
            "per_axis": dict(axes),
            "tried": [{"find": name, "from": first, "to": last} for name, first, last in found.tried],
        },
    )


def smallest_text(found: SmallestInput) -> str:
    """What the smallest input is, why it is, and whether every larger one works."""
    lines = [f"the smallest input of {found.spec} is {found.smallest} (it is made for {found.usual})"]
    if found.refused:
        lines.append(f"one cell less: {found.refused}")
    if found.gaps:
        lines.append(f"larger ones that do not fit, up to {found.checked_to}: {_ranges(found.gaps)}")
    else:
        lines.append(f"every larger size fits; all were tried up to {found.checked_to}, equal along all axes")
    return "\n".join(lines) + "\n"


def smallest_json(found: SmallestInput) -> str:
    """`archcalc/smallest-input/1`."""
    return document(
        "archcalc/smallest-input/1",
        {
            "spec": found.spec, "input": found.usual, "smallest": found.smallest, "refused": found.refused,
            "gaps": found.gaps, "checked_to": found.checked_to,
        },
    )  # fmt: skip


def steps_table(found: SizeSteps) -> Table:
    """A row a stretch of input sizes with the same map."""
    return Table(
        title=f"{found.layer} of {found.spec} for every input size",
        columns=(
            Column("Input from", "first", True), Column("to", "last", True),
            Column(f"Output of {found.layer}", "output"), Column("Params", "params", True),
        ),
        rows=tuple((step.first, step.last, step.size, step.params) for step in found.steps),
        notes=(f"sizes between that do not fit: {_ranges(found.gaps)}",) if found.gaps else (),
        provenance=f"archcalc {__version__} · {found.spec} · sizes equal along all axes",
    )  # fmt: skip


def steps_json(found: SizeSteps) -> str:
    """`archcalc/size-steps/1`."""
    return document(
        "archcalc/size-steps/1",
        {
            "spec": found.spec,
            "layer": found.layer,
            "steps": [
                {"first": step.first, "last": step.last, "output": step.size, "params": step.params}
                for step in found.steps
            ],
            "gaps": found.gaps,
        },
    )


def _words(found: Solutions) -> tuple[str, ...]:
    count = len(found.sizes)
    return _AXES.get(count) or tuple(f"axis {number}" for number in range(1, count + 1))


def _tried(found: Solutions) -> str:
    return ", ".join(f"{name} {first} to {last}" for name, first, last in found.tried)


def _ranges(sizes: tuple[int, ...]) -> str:
    """5 to 7, 9."""
    stretches: list[list[int]] = []
    for size in sizes:
        if stretches and stretches[-1][1] == size - 1:
            stretches[-1][1] = size
        else:
            stretches.append([size, size])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in stretches)
