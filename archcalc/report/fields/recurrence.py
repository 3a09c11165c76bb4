"""The recurrence of one layer's field, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.fields.explain import Recurrence, RecurrenceLine, RecurrenceStep
from archcalc.analysis.fields.receptive import AxisField
from archcalc.core import AxisWindow, Window
from archcalc.report.fields.phrases import AXIS_NAMES, number_text, range_text
from archcalc.report.formats.table import Cell, Column, Table
from archcalc.version import __version__


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


def _step_rows(step: RecurrenceStep) -> list[tuple[Cell, ...]]:
    lines = {line.letter: line for line in step.lines}
    window = f"meets {len(step.sources)} branches" if step.window is None else _window(step.window)
    if not lines:
        axis = step.after
        figures = (f"r = {_size(axis)}", f"j = {number_text(axis.jump)}", f"P = {number_text(axis.padding)}")
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
    "CubicWindow": "interpolated", "WrappedAxis": "around the axis", "PickedAxis": "picked cells",
}  # fmt: skip


def _result(axis: AxisField) -> tuple[tuple[str, str], ...]:
    figures = [("Size r", _size(axis)), ("Jump j", number_text(axis.jump))]
    if axis.fit == "affine" and axis.lo is not None and axis.hi is not None:
        lo, hi = (str(end).replace("-", "−") for end in (axis.lo, axis.hi))
        figures += [
            ("Padding P", str(axis.padding)),
            ("Start", f"(r − 1)/2 − P = ({axis.largest} − 1)/2 − {axis.padding} = {number_text(axis.start)}"),
            ("Unit i sees", f"pixels {lo} + {axis.jump}·i to {hi} + {axis.jump}·i"),
        ]
    elif axis.period > 1:
        figures.append(("Period", str(axis.period)))
    return tuple(figures)


def _size(axis: AxisField) -> str:
    return range_text(axis.smallest, axis.largest)
