"""`archcalc calc conv --find padding --size 27`: the rule read backwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archcalc.analysis.inverse.solve import solve
from archcalc.cli.calc.layer import LayerAsked, refused, shape_of
from archcalc.cli.session import Session
from archcalc.core import Shape
from archcalc.errors import SpecError, UsageError
from archcalc.layers.arguments import show
from archcalc.report.network.solve import solutions_json, solutions_table


def solved(session: Session, asked: LayerAsked, find: str, size: str | None, format: str, output: Path | None) -> None:
    """Write every value of the unknowns that gives the size."""
    values, kind = asked.values, asked.kind
    if size is None:
        raise UsageError(f"--find {find} needs --size", help="the size to reach: --size 27")
    if asked.out is not None and not (kind.parameter("out_channels") or kind.parameter("out_features")):
        raise UsageError(f"{kind.name} has no --out", help="its output has the channels of its input")
    unknowns = tuple(word.strip() for word in find.split(",") if word.strip())
    x = asked.shape
    try:
        found = solve(kind, x, values, unknowns, shape_of("--size", size))
    except UsageError:
        raise
    except SpecError as error:
        raise refused(error, kind.name) from None
    start = f" from {asked.input}" if asked.input is not None and "input" not in unknowns else ""
    given = "".join(f" {key.removesuffix('_size')}={_shown(value)}" for key, value in values.items())
    question = f"{kind.name}{given}: {' and '.join(unknowns)} that give{'s' if len(unknowns) == 1 else ''}"
    title = f"{question} {Shape(found.sizes)}{start}"
    session.report(format, output, table=lambda: solutions_table(found, title), json=lambda: solutions_json(found))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else show(value)
