"""`archcalc calc conv --in 3x227x227`: one layer, each number with its formula."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.axes import hinted
from archcalc.analysis.explain.explain import Explanation, explain, flattened_params
from archcalc.analysis.inverse.solve import one_layer
from archcalc.cli.calc.layer import LayerAsked, refused, value_of
from archcalc.cli.explain import write
from archcalc.cli.session import Session
from archcalc.core import Shape
from archcalc.core.record import replace
from archcalc.errors import SpecError, UsageError
from archcalc.layers.traits import LINEAR


def explained(session: Session, asked: LayerAsked, format: str, output: Path | None, lecture: bool) -> None:
    """Write what `archcalc explain` says of the layer."""
    values, kind, x = asked.values, asked.kind, asked.shape
    if x is None:
        raise UsageError("calc needs --in", help="the input's shape: --in 3x227x227")
    if asked.out is not None:
        name = "out_channels" if kind.parameter("out_channels") else "out_features"
        values = {name: value_of("out", asked.out), **values}
    flattened = x if kind.traits.family == LINEAR and len(x) > 2 else None
    x = Shape.of(x.elements) if flattened else x
    one_filter = asked.out is None and kind.parameter("out_channels") is not None
    if one_filter:
        values = {"out_channels": 1, **values}
    try:
        graph = one_layer(kind, x, values, " ".join(filter(None, asked.texts.values())))
    except SpecError as error:
        hinted(error, [("--in", x)])
        raise refused(error, kind.name) from None
    notes = ["one filter, as there is no --out"] if one_filter else []
    notes += [flattened_params(graph.nodes[0], flattened)] if flattened else []
    write(session, _told(explain(graph, kind.name), notes), format, output, lecture)


def _told(found: Explanation, notes: list[str]) -> Explanation:
    """The explanation with what is taken for granted in it."""
    return replace(found, layers=tuple(replace(layer, notes=(*layer.notes, *notes)) for layer in found.layers))
