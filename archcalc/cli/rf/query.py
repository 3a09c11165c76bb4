"""What `archcalc rf` is asked about one spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archcalc.analysis.fields.receptive import ReceptiveFields
from archcalc.analysis.fields.table import FieldSummary, field_summary
from archcalc.cli.options import levels, settings
from archcalc.cli.session import Session
from archcalc.core.record import record
from archcalc.drawing import Picture
from archcalc.errors import UsageError
from archcalc.network import Network, load

NOT_MET = 1


@record
class FieldQuery:
    """The options of one call that speaks of a spec."""

    session: Session
    spec: str
    layer: str
    """The layer or group; "" for all."""
    wrt: str | None
    gates: bool
    depth: int | None
    set: list[str] | None
    input: str | None
    format: str
    output: Path | None
    question: str
    """The option that asks: `--pixel`. "" where only the layers are asked for."""
    said: Any
    """Its value."""
    theme: str = "light"
    """The colours of a picture."""

    def network(self, input: str | None = None) -> Network:
        """The spec, for its own input, that of `--input`, or another."""
        return load(self.spec, set=settings(self.set), input=input or self.input)

    def fields_of(self, network: Network) -> ReceptiveFields:
        """The receptive fields of the spec for one input."""
        return ReceptiveFields(network.graph, self.wrt, self.gates)

    def fields(self) -> ReceptiveFields:
        """Its receptive fields."""
        return self.fields_of(self.network())

    def summary(self, fields: ReceptiveFields) -> FieldSummary:
        """The rows asked for."""
        return field_summary(fields, self.layer or None, levels(self.depth))

    def picture(self, picture: Picture) -> int:
        """Write a picture, and be done."""
        self.session.picture(picture.written(self.format), self.output)
        return 0

    def report(self, **renderers: Any) -> int:
        """Write what is found, as `Session.report` does, and be done."""
        self.session.report(self.format, self.output, **renderers)
        return 0


def place(text: str, option: str) -> tuple[int, ...]:
    """The whole numbers of `3,5`. Raises UsageError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        raise UsageError(f"{option} {text} is no place", help=f"whole numbers with commas: {option} 3,5")
    return tuple(int(part) for part in parts)
