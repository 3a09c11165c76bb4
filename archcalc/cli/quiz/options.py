"""The options that the commands of `archcalc quiz` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archcalc.cli.secret import VARIABLE

AssignmentFile = Annotated[Path, typer.Option("--assignment", "-a", metavar="FILE", help="The assignment.")]
Students = Annotated[list[str] | None, typer.Option("--student", metavar="ID", help="A student; may be repeated.")]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", metavar="FILE", help=f"Holds the secret; else {VARIABLE} does.")
]
Roster = Annotated[Path | None, typer.Option(metavar="FILE", help="CSV with a column `student`: all of them.")]
