"""`archcalc calc conv --in 3x227x227`: one layer, each number with its formula."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.axes import hinted
from archcalc.analysis.explain.explain import explain
from archcalc.analysis.inverse.solve import one_layer
from archcalc.cli.calc.layer import LayerAsked, refused, value_of
from archcalc.cli.explain import write
from archcalc.cli.session import Session
from archcalc.errors import SpecError, UsageError


def explained(session: Session, asked: LayerAsked, format: str, output: Path | None, lecture: bool) -> None:
    """Write what `archcalc explain` says of the layer."""
    values, kind, x = asked.values, asked.kind, asked.shape
    if x is None:
        raise UsageError("calc needs --in", help="the input's shape: --in 3x227x227")
    if asked.out is not None:
        name = "out_channels" if kind.parameter("out_channels") else "out_features"
        values = {name: value_of("out", asked.out), **values}
    try:
        graph = one_layer(kind, x, values, " ".join(filter(None, asked.texts.values())))
    except SpecError as error:
        hinted(error, [("--in", x)])
        raise refused(error, kind.name) from None
    write(session, explain(graph, kind.name), format, output, lecture)
