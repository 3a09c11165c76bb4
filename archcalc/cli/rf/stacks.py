"""`archcalc rf --target 200`: stacks of layers that reach a wanted field."""

from __future__ import annotations

from pathlib import Path

from archcalc.analysis.fields.design import designs
from archcalc.cli.session import Session
from archcalc.report.fields.receptive import design_table


def stacks(
    session: Session, target: int, kernel: int, stride: int, layers: int | None, format: str, output: Path | None
) -> int:
    """Stacks that reach a wanted field."""
    session.table(design_table(target, kernel, designs(target, kernel, stride, layers)), format, output)
    return 0
