"""The options that several commands share, with one spelling everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from archcalc.cli.formats import TABLES, said
from archcalc.errors import UsageError

Spec = Annotated[str, typer.Argument(metavar="SPEC", help="A path, - for stdin, a bundled name, or NAME@VARIANT.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another value for a param.")]
Input = Annotated[str | None, typer.Option("--input", metavar="SHAPE", help="Another input: 3x224x224.")]
Freeze = Annotated[
    list[str] | None,
    typer.Option("--freeze", metavar="NAMES", help="Not trained: layers, groups, patterns."),
]
Unfreeze = Annotated[
    list[str] | None, typer.Option("--unfreeze", metavar="NAMES", help="Trained all the same, of what is frozen.")
]
Batch = Annotated[int, typer.Option("--batch", metavar="N", help="Examples in a batch.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, in the format of its ending.")
]
Theme = Annotated[str, typer.Option("--theme", metavar="light|dark", help="The colours of a picture.")]
Depth = Annotated[
    int | None,
    typer.Option("--depth", metavar="N", help="Fold what is nested deeper than N levels; 0 opens everything."),
]


def format_option(*known: str) -> Any:
    """`--format`, whose help says what the command writes."""
    return typer.Option("--format", "-f", metavar="FORMAT", help=said(known))


Format = Annotated[str | None, format_option(*TABLES)]


def is_typed(context: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line itself: a default of the surroundings gives way in silence."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def asks_json(arguments: Sequence[str]) -> bool:
    """Whether a command line, right or wrong, asks for JSON."""
    line = "\0".join(arguments)
    formats: list[str] = re.findall(r"(?:^|\0)(?:--format[=\0]|-\w*f=?\0?)([^\0]*)", line)
    return [format.lower() for format in formats[-1:]] == ["json"]


def levels(depth: int | None) -> int | None:
    """The depth of `fold`: 0 on the command line opens every group, also a conv with its act. Raises UsageError."""
    if depth is None:
        return None
    if depth < 0:
        raise UsageError(f"--depth is 0 or more, got {depth}")
    return depth or 1000


def settings(pairs: list[str] | None) -> dict[str, str]:
    """The params of `--set key=value`. Raises UsageError."""
    given = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key or not value:
            raise UsageError(f"--set {pair} is not KEY=VALUE", help="write --set width=0.5")
        given[key.strip()] = value.strip()
    return given
