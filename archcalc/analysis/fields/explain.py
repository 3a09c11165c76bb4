"""The recurrence of a receptive field, layer by layer, run on traced ints so that no line can drift from its number."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.fields.receptive import AxisField, Form, Lost, ReceptiveFields, of_form, of_masks
from archcalc.core import AxisWindow, Window
from archcalc.core.field import Field
from archcalc.core.record import record
from archcalc.core.traced import TracedInt, trace


@record
class RecurrenceLine:
    """One figure of a step: `r = 19 + (5 − 1)·8 = 51`."""

    letter: str
    """r, j, P or K_eff."""
    figure: TracedInt


@record
class RecurrenceStep:
    """What one layer makes of the field before it."""

    layer: str
    sources: tuple[str, ...]
    window: AxisWindow | None
    """None where branches meet."""
    before: tuple[Form, ...]
    after: AxisField
    lines: tuple[RecurrenceLine, ...]
    """Empty where no affine recurrence holds."""


@record
class Recurrence:
    """All steps along one axis that change anything, from the input to the layer."""

    layer: str
    axis: int
    alike: bool
    """Whether the other axes read the same."""
    steps: tuple[RecurrenceStep, ...]
    result: AxisField


def recurrences(fields: ReceptiveFields, name: str) -> tuple[Recurrence, ...]:
    """The recurrence of a layer for each axis, or once where all axes are alike."""
    layer = fields.of(name)
    value = fields.value(fields.graph.part(name))
    needed = _ancestors(fields, value)
    axes = 1 if fields.plan.alike else fields.origin.axes
    return tuple(
        Recurrence(layer.name, axis, fields.plan.alike, tuple(_steps(fields, axis, needed)), layer.axes[axis])
        for axis in range(axes)
    )


def _ancestors(fields: ReceptiveFields, value: int) -> list[int]:
    """The nodes that the value depends on and that depend on the origin, in order."""
    inputs = fields.graph.first
    needed = {value}
    for index in range(value, inputs - 1, -1):
        if index in needed and index not in fields.origin.values:
            sources = fields.graph.nodes[index - inputs].inputs
            needed.update(s for number, s in enumerate(sources) if (index, number) not in fields.skipped)
    return [v for v in sorted(needed) if v >= inputs and v not in fields.origin.values and fields.reaches(v)]


def _steps(fields: ReceptiveFields, axis: int, needed: list[int]) -> Iterator[RecurrenceStep]:
    graph, inputs, forms = fields.graph, fields.graph.first, fields.forms[axis]
    for value in needed:
        node = graph.nodes[value - inputs]
        sources = [
            source
            for number, source in enumerate(node.inputs)
            if fields.reaches(source) and (value, number) not in fields.skipped
        ]
        before = tuple(form for source in sources if (form := forms[source]) is not None)
        after = forms[value]
        assert after is not None
        if all(form is after or form == after for form in before):
            continue
        windows = fields.plan.windows[value - inputs]
        window = windows[axis] if windows is not None and len(sources) == 1 else None
        names = tuple(graph.value_name(source) for source in sources)
        yield RecurrenceStep(
            node.name, names, window, before, _figures(fields, axis, value), tuple(_lines(window, before, after))
        )


def _figures(fields: ReceptiveFields, axis: int, value: int) -> AxisField:
    form = fields.forms[axis][value]
    if isinstance(form, Field):
        return of_form(form)
    return of_masks(fields.masks_on(axis, value))


def _lines(window: AxisWindow | None, before: tuple[Form, ...], after: Form) -> Iterator[RecurrenceLine]:
    affine = [form for form in before if not isinstance(form, Lost) and form.period == 1 and form.spans[0]]
    if isinstance(after, Lost) or after.period != 1 or len(affine) != len(before):
        return
    if window is None:
        yield from _meeting(affine)
    elif isinstance(window, Window):
        yield from _sliding(window, affine[0])


def _sliding(window: Window, before: Field) -> Iterator[RecurrenceLine]:
    """r' = r + (K_eff - 1) j, j' = j s, P' = P + j p."""
    span = before.spans[0]
    assert span is not None
    extent = trace(window.kernel, "K")
    if window.dilation > 1 and window.kernel > 1:
        extent = trace(window.dilation, "d") * (extent - 1) + 1
        yield RecurrenceLine("K_eff", extent)
        extent = trace(int(extent), "K_eff")
    size, jump = trace(span[1] - span[0] + 1, "r"), trace(before.advance, "j")
    padding = trace(-span[0], "P")
    yield RecurrenceLine("r", size + (extent - 1) * jump if window.kernel > 1 else size)
    yield RecurrenceLine("j", jump * trace(window.stride, "s") if window.stride > 1 else jump)
    yield RecurrenceLine("P", padding + trace(window.padding[0], "p") * jump if window.padding[0] else padding)


def _meeting(branches: list[Field]) -> Iterator[RecurrenceLine]:
    """r = max hi - min lo + 1: from the first start of any branch to the last end."""
    spans = [span for branch in branches if (span := branch.spans[0]) is not None]
    first, last = min(lo for lo, _ in spans), max(hi for _, hi in spans)
    yield RecurrenceLine("r", trace(last, "hi") - trace(first, "lo") + 1)
    yield RecurrenceLine("j", trace(branches[0].advance, "j"))
    yield RecurrenceLine("P", -trace(first, "lo"))
