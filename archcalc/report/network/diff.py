"""A difference as a table for people and pull requests, as rows for spreadsheets and as JSON."""

from __future__ import annotations

import textwrap
from fractions import Fraction
from typing import Any

from archcalc.analysis.changes.diff import Change, Difference, DiffLine
from archcalc.analysis.explain.explain import written_call, written_value
from archcalc.core import Shape
from archcalc.report.formats.json import document
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.report.network.ratio import times_and_percent
from archcalc.version import __version__

WIDEST = 36
"""Columns for what changed, so that a line fits a terminal of 80."""

_MARKS = {"equal": "=", "changed": "~", "added": "+", "removed": "-"}


def diff_table(difference: Difference, everything: bool = False, one_row: bool = False, named: bool = False) -> Table:
    """What is added, removed and changed, with the change in params and MACs; equal layers with `everything`.

    Args:
        one_row: all changes of a layer in one row, as Markdown needs; else a row each, which fits a terminal.
        named: names count, as in a lock file: equal layers that have another one, too.
    """
    lines = difference.lines if everything else told(difference, named)
    return Table(
        title=f"{difference.names[0]} -> {difference.names[1]}",
        columns=(
            Column("Layer", "layer"), Column("What", "what", wraps=24),
            Column("Params", "params", True), Column("MACs", "macs", True),
        ),
        rows=tuple(row for line in lines for row in _rows(line, one_row)),
        footer=_footer(difference),
        notes=_notes(difference, everything, named),
        provenance=f"archcalc {__version__} · {difference.names[0]} -> {difference.names[1]} · batch 1 · macs",
    )  # fmt: skip


def _notes(difference: Difference, everything: bool, named: bool) -> tuple[str, ...]:
    hidden = () if everything else _hidden(difference, "" if named else " (--all shows all)")
    return (*hidden, COARSE) if difference.coarse else hidden


COARSE = (
    "the two are too long and too different to weigh every pair of layers: they are aligned piece by piece, so that "
    "a layer that only moved far may stand as removed and added"
)


def told(difference: Difference, named: bool) -> list[DiffLine]:
    """The layers that are not the same, without those that only work on another size."""
    return [
        line for line in difference.lines if not _follows(line) and (line.state != "equal" or (named and line.renamed))
    ]


def line_text(line: DiffLine) -> str:
    """`changed: out_channels 5 -> 4; params -19, MACs -1,980`."""
    renamed = line.state == "equal" and line.renamed
    figures = f"params {_signed(line.params)}, MACs {_signed(line.macs)}"
    return f"{'renamed' if renamed else line.state}: {', '.join(_what(line))}; {figures}"


def same_text(difference: Difference) -> str:
    """What to say where there is no line to show."""
    a, b = difference.names
    count = len(difference.lines)
    layers = "1 layer" if count == 1 else f"{count} layers"
    return f"{a} and {b} are the same network: {layers}, {difference.params[0]:,} params\n"


def diff_rows(difference: Difference) -> Table:
    """A row a layer with plain numbers before and after."""
    return Table(
        title="",
        columns=(
            Column("State", "state"), Column("Before", "before"), Column("After", "after"), Column("What", "what"),
            Column("Params before", "params_before", True), Column("Params after", "params_after", True),
            Column("MACs before", "macs_before", True), Column("MACs after", "macs_after", True),
        ),
        rows=tuple(_plain(line) for line in difference.lines),
    )  # fmt: skip


def diff_json(difference: Difference) -> str:
    """`archcalc/diff/1`."""
    return document("archcalc/diff/1", diff_entries(difference))


def diff_entries(difference: Difference) -> dict[str, Any]:
    """The same without its head."""
    return {
        "before": difference.names[0],
        "after": difference.names[1],
        "same": difference.same,
        "coarse": difference.coarse,
        "params": difference.params,
        "macs": difference.macs,
        "ratios": {"params": _ratio(difference.params), "macs": _ratio(difference.macs)},
        "inputs": difference.inputs,
        "layers": [_entry(line) for line in difference.lines],
    }


def _rows(line: DiffLine, one_row: bool) -> list[tuple[Cell, ...]]:
    row = line.after or line.before
    assert row is not None
    pieces = [piece for what in _what(line) for piece in textwrap.wrap(what, WIDEST, break_long_words=False)]
    first, *others = [", ".join(_what(line))] if one_row else pieces or [""]
    head: tuple[Cell, ...] = (f"{_MARKS[line.state]} {row.name}", first, _signed(line.params), _signed(line.macs))
    return [head, *((None, other, None, None) for other in others)]


def _what(line: DiffLine) -> list[str]:
    """The call of a layer that is only on one side; else its old name and the attributes that changed."""
    row = line.after or line.before
    assert row is not None
    if line.before is None or line.after is None:
        return [written_call(row.kind, row.attributes)]
    renamed = [f"was {line.before.name}"] if line.renamed else []
    return renamed + [f"{c.what} {_value(c, c.before)} -> {_value(c, c.after)}" for c in line.changes]


def _value(change: Change, value: Any) -> str:
    if value is None:
        return "-"
    if change.what == "links":
        return "a table"
    if change.what == "reads":
        return " ".join(value)
    if change.what == "input":
        return " ".join(map(str, value))
    return written_value(value, change.what == "kernel_size")


def _follows(line: DiffLine) -> bool:
    """A layer that only works on another size, with the params and MACs it had."""
    sizes_only = bool(line.changes) and all(change.what == "input" for change in line.changes)
    return sizes_only and line.params[0] == line.params[1] and line.macs[0] == line.macs[1]


def _signed(sides: tuple[int, int]) -> Cell:
    change = sides[1] - sides[0]
    return f"{change:+,}" if change else "0"


def _footer(difference: Difference) -> tuple[tuple[str, str], ...]:
    renamed = sum(line.renamed for line in difference.lines)
    counts = ", ".join(f"{difference.count(state)} {state}" for state in ("equal", "changed", "added", "removed"))
    inputs = [" ".join(map(str, shapes)) for shapes in difference.inputs]
    return (
        *([("Input", f"{inputs[0]} -> {inputs[1]}")] if inputs[0] != inputs[1] else []),
        ("Layers", counts + (f"; {renamed} renamed" if renamed else "")),
        ("Params", _totals(difference.params)),
        ("MACs", _totals(difference.macs)),
    )


def _totals(sides: tuple[int, int]) -> str:
    before, after = sides
    if before == after:
        return f"{before:,} (no change)"
    factor = f", {times_and_percent(Fraction(after, before))}" if before and after else ""
    return f"{before:,} -> {after:,} ({after - before:+,}{factor})"


def _ratio(sides: tuple[int, int]) -> float | None:
    return sides[1] / sides[0] if sides[0] else None


def _hidden(difference: Difference, more: str) -> tuple[str, ...]:
    count = sum(_follows(line) for line in difference.lines)
    if not count:
        return ()
    layers, work = ("1 more layer", "works") if count == 1 else (f"{count} more layers", "work")
    return (f"{layers} only {work} on another size, with the same params and MACs{more}",)


def _plain(line: DiffLine) -> tuple[Cell, ...]:
    before, after = (None if row is None else row.name for row in (line.before, line.after))
    return (line.state, before, after, ", ".join(_what(line)), *line.params, *line.macs)


def _entry(line: DiffLine) -> dict[str, Any]:
    return {
        "state": line.state,
        "before": line.before.name if line.before else None,
        "after": line.after.name if line.after else None,
        "changes": [{"what": c.what, "before": _json(c.before), "after": _json(c.after)} for c in line.changes],
        "params": line.params,
        "macs": line.macs,
    }


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, Shape) else value
