"""`archcalc calc conv --values '1 2 0;3 4 1' --weights '1 0;0 -1'`: a layer on a small array, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archcalc.analysis.values.small import small_gradients, small_layer
from archcalc.cli.calc.layer import LayerAsked, refused
from archcalc.cli.session import Session
from archcalc.errors import SpecError
from archcalc.report.values import backward
from archcalc.report.values import steps as report


def written_out(
    session: Session, asked: LayerAsked, values: str, given: Mapping[str, Any], format: str, output: Path | None
) -> None:
    """Write the steps, or with --backward those of the way back."""
    words = {name.removeprefix("--"): value for name, value in given.items() if value}
    gradient = words.pop("backward", None)
    try:
        forward = small_layer(asked.kind.name, values, out=asked.out, **words, **asked.values)
        found = forward if gradient is None else small_gradients(forward, gradient)
    except SpecError as error:
        raise refused(error, asked.kind.name) from None
    written = report if gradient is None else backward
    session.report(
        format,
        output,
        text=lambda: written.text(found, session.page(output)),
        table=lambda: written.table(found),
        json=lambda: written.json(found),
    )
