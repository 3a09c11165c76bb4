"""What `archcalc rf` answers: each query calls one analysis and chooses its renderer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.analysis.fields.bounds import bounds_of
from archcalc.analysis.fields.cells import pixel_view, unit_field
from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import (
    FieldSummary,
    exact_sizes,
    exact_units,
    field_summary,
    padding_law,
    unseen_by,
)
from archcalc.cli.formats import chosen
from archcalc.cli.options import settings
from archcalc.cli.session import Session
from archcalc.core.record import record
from archcalc.errors import ArchcalcError, UnknownName, UnsupportedError, UsageError
from archcalc.network import Network, load
from archcalc.report.fields import checks as receptive_checks
from archcalc.report.fields import receptive as report
from archcalc.report.fields.picture import pixel_text, svg_picture, terminal_picture, unit_text

if TYPE_CHECKING:
    from archcalc.graph.graph import Graph

NOT_MET = 1


@record
class Query:
    """The options of one call that speaks of a spec."""

    session: Session
    spec: str
    layer: str | None
    wrt: str | None
    gates: bool
    depth: int | None
    set: list[str] | None
    input: str | None
    format: str
    output: Path | None
    explain: bool
    at: str | None
    unit: str | None
    pixel: str | None
    exact: bool
    effective: bool
    resolution: str | None
    figure: bool
    require: tuple[str, ...]
    verify: bool

    def network(self, input: str | None = None) -> Network:
        """The spec, for its own input, that of `--input`, or another."""
        return load(self.spec, set=settings(self.set), input=input or self.input)

    def fields(self, network: Network) -> ReceptiveFields:
        """Its receptive fields."""
        return ReceptiveFields(network.graph, self.wrt, self.gates)

    def summary(self, fields: ReceptiveFields) -> FieldSummary:
        """The rows asked for."""
        return field_summary(fields, self.layer, _levels(self.depth))

    def write(self, text: str) -> int:
        """Write what machines read and be done."""
        self.session.write(text, self.output)
        return 0

    def tell(self, text: str) -> int:
        """Write what people read and be done."""
        self.session.text(text, self.output)
        return 0


def of_spec(query: Query) -> int:
    """Answer a query on one spec; the exit code."""
    if query.resolution is not None:
        return _resolutions(query, query.resolution)
    network = query.network()
    fields = query.fields(network)
    if query.require:
        return _requirements(query, fields)
    if query.pixel is not None and query.layer is not None:
        view = pixel_view(fields, query.layer, _place(query.pixel, "--pixel"))
        if query.format == "text":
            return query.tell(pixel_text(view))
        query.session.table(receptive_checks.pixel_table(network.name, view), query.format, query.output)
        return 0
    if query.verify and query.layer is not None:
        return _verified(query, fields, query.layer)
    if query.layer is not None and (query.at or query.unit or query.figure):
        return _unit(query, fields, query.layer)
    if query.explain and query.layer is not None:
        return _explain(query, network, fields, query.layer)
    if query.effective:
        return _effective(query, fields)
    if query.exact:
        return _exact(query, fields)
    summary = query.summary(fields)
    if query.format == "json":
        return query.write(report.field_json(summary))
    query.session.table(report.field_table(summary), query.format, query.output)
    return 0


def in_every_spec(session: Session, layer: str, gates: bool, format: str, output: Path | None) -> int:
    """The layer of this name in every bundled architecture that has one."""
    from archcalc.spec.catalog import bundled_names

    found = []
    worst = 0
    for name in dict.fromkeys(bundled_names()):
        try:
            graph = load(name).graph
            if layer in set(graph.addresses()):
                found.append(field_summary(ReceptiveFields(graph, gates=gates), layer))
        except UsageError:  # an input without places
            continue
        except ArchcalcError as error:
            session.complain(error)
            worst = max(worst, error.exit_code)
    if not found:
        raise UnknownName(
            f"no bundled spec has a layer `{layer}`", help="name a spec: archcalc rf alexnet lists its layers"
        )
    if format == "json":
        session.write(report.layer_json(found), output)
    else:
        session.table(report.specs_table(layer, found), format, output)
    return worst


def design(
    session: Session, target: int, kernel: int, stride: int, layers: int | None, format: str, output: Path | None
) -> int:
    """Stacks that reach a wanted field."""
    from archcalc.analysis.fields.design import designs

    session.table(report.design_table(target, kernel, designs(target, kernel, stride, layers)), format, output)
    return 0


def _unit(query: Query, fields: ReceptiveFields, layer: str) -> int:
    if query.figure:
        chosen(query.format, query.output, ("text", "svg"))
    if query.unit not in (None, "center", "border"):
        raise UsageError(f"unknown unit `{query.unit}`", help="center or border; --at Y,X names any unit")
    place = _place(query.at, "--at") if query.at is not None else None
    if query.unit == "border":
        place = (0,) * fields.origin.axes
    unit = unit_field(fields, layer, place)
    unseen, unknown = unseen_by(fields, *fields.placed(layer))
    bound = bounds_of(fields).get(fields.placed(layer)[1])
    if bound:
        query.session.say(f"note: {report.bound_text([bound])}")
    if unknown:
        query.session.say(f"note: {report.unknown_text(unknown)}")
    if query.format not in ("text", "svg"):
        table = receptive_checks.unit_table(fields.graph.name, unit, unseen)
        query.session.table(table, query.format, query.output)
        return 0
    if not query.figure:
        return query.tell(unit_text(unit, unseen))
    if query.format == "svg":
        title = f"{fields.graph.name}: {unit.layer}, unit {','.join(map(str, unit.unit))}"
        return query.write(svg_picture(unit, unseen, title))
    return query.tell(terminal_picture(unit, unseen) + unit_text(unit, unseen))


def _explain(query: Query, network: Network, fields: ReceptiveFields, layer: str) -> int:
    from archcalc.analysis.fields.explain import recurrences

    axes = fields.origin.axes
    tables = []
    for found in recurrences(fields, layer):
        law = _law(query, network, fields, layer, found.axis)
        tables.append(report.explain_table(network.name, found, axes, law))
    if len(tables) == 1:
        query.session.table(tables[0], query.format, query.output)
        return 0
    chosen(query.format, query.output, ("text",))
    from archcalc.report.formats.text import plain

    page = query.session.page(query.output)
    return query.tell("\n".join(plain(table, page) for table in tables))


def _law(query: Query, network: Network, fields: ReceptiveFields, layer: str, axis: int) -> str:
    """The effective padding as a function of the input size, where `same` padding makes it one."""
    row = fields.of(layer).axes[axis]
    if query.wrt is not None or row.fit != "affine" or not field_summary(fields, layer).same:
        return ""
    assert row.jump is not None

    def graph_at(length: int) -> Graph:
        shape = list(network.graph.inputs[0][1])
        shape[axis + 1] = length
        return query.network("x".join(map(str, shape))).graph

    try:
        law = padding_law(graph_at, layer, axis, fields.origin.lengths[axis], int(row.jump))
    except ArchcalcError:  # another size does not fit this net
        return ""
    return report.law_text(layer, law)


def _effective(query: Query, fields: ReceptiveFields) -> int:
    from archcalc.analysis.fields.effective import influences

    summary = query.summary(fields)
    found = influences(fields)
    values = [fields.value(fields.graph.part(row.name)) for row in summary.rows]
    table = report.effective_table(summary, [[axis[value] for axis in found] for value in values])
    query.session.table(table, query.format, query.output)
    return 0


def _exact(query: Query, fields: ReceptiveFields) -> int:
    if query.layer is not None:
        units = exact_units(fields, query.layer)
        table = report.exact_table(fields.graph.name, query.layer, units, fields.origin.axes, fields.plan.alike)
    else:
        summary = query.summary(fields)
        values = [fields.value(fields.graph.part(row.name)) for row in summary.rows]
        table = report.exact_sizes_table(summary, [exact_sizes(fields, value) for value in values])
    query.session.table(table, query.format, query.output)
    return 0


def _verified(query: Query, fields: ReceptiveFields, layer: str) -> int:
    if find_spec("numpy") is None:
        raise UnsupportedError("rf --verify needs NumPy", help="pip install 'archcalc[numeric]'")
    from archcalc.numeric.run.field_check import check_field

    found = check_field(fields, layer)
    if query.format == "json":
        query.write(receptive_checks.verify_json(found))
    else:
        query.session.table(receptive_checks.verify_table(found), query.format, query.output)
    return NOT_MET if "no" in found.verdicts else 0


def _resolutions(query: Query, sizes: str) -> int:
    first = query.network().graph.inputs[0][1]
    summaries = []
    for size in sizes.split(","):
        numbers = size.strip().split("x")
        if not all(number.isdecimal() for number in numbers) or len(numbers) not in (1, len(first.spatial)):
            raise UsageError(f"--resolution {sizes} is no list of sizes", help="such as 224,321 or 224x320,321x321")
        spatial = numbers * len(first.spatial) if len(numbers) == 1 else numbers
        network = query.network("x".join([str(first.channels), *spatial]))
        summaries.append(query.summary(query.fields(network)))
    if query.format == "json":
        return query.write(report.resolution_json(summaries))
    query.session.table(report.resolution_table(summaries), query.format, query.output)
    return 0


def _requirements(query: Query, fields: ReceptiveFields) -> int:
    from archcalc.analysis.budget import field_demand, hold_option
    from archcalc.analysis.claims import Figures

    chosen(query.format, query.output, ("text", "json"))
    figures = Figures(fields.graph, fields=fields)
    demands = [hold_option(figures, field_demand(fields.graph, text), "--require") for text in query.require]
    if query.format == "json":
        query.write(receptive_checks.demands_json(fields.graph.name, demands))
    else:
        query.tell(receptive_checks.demands_text(fields.graph.name, demands))
    return 0 if all(found.holds for found in demands) else NOT_MET


def _place(text: str, option: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        raise UsageError(f"{option} {text} is no place", help=f"whole numbers with commas: {option} 3,5")
    return tuple(int(part) for part in parts)


def _levels(depth: int | None) -> int | None:
    if depth is None:
        return None
    if depth < 0:
        raise UsageError(f"--depth is 0 or more, got {depth}")
    return depth or 1000
