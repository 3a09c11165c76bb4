"""`archcalc calc conv --in 3x227x227`: one layer, each number with its formula."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.axes import hinted
from archcalc.analysis.explain.explain import Explanation, explain
from archcalc.analysis.inverse.solve import one_layer
from archcalc.cli.calc.layer import LayerAsked, refused, value_of
from archcalc.cli.explain import write
from archcalc.cli.session import Session
from archcalc.core.record import replace
from archcalc.errors import SpecError, UsageError


def explained(session: Session, asked: LayerAsked, format: str, output: Path | None, lecture: bool) -> None:
    """Write what `archcalc explain` says of the layer."""
    values, kind, x = asked.values, asked.kind, asked.shape
    if x is None:
        raise UsageError("calc needs --in", help="the input's shape: --in 3x227x227")
    if asked.out is not None:
        name = "out_channels" if kind.parameter("out_channels") else "out_features"
        values = {name: value_of("out", asked.out), **values}
    one_filter = asked.out is None and kind.parameter("out_channels") is not None
    if one_filter:
        values = {"out_channels": 1, **values}
    try:
        graph = one_layer(kind, x, values, " ".join(filter(None, asked.texts.values())))
    except SpecError as error:
        hinted(error, [("--in", x)])
        raise refused(error, kind.name) from None
    found = explain(graph, kind.name)
    write(session, _told_of_one(found) if one_filter else found, format, output, lecture)


def _told_of_one(found: Explanation) -> Explanation:
    """The explanation of a layer whose filters nobody counted."""
    note = "one filter, as there is no --out"
    return replace(found, layers=tuple(replace(layer, notes=(*layer.notes, note)) for layer in found.layers))
