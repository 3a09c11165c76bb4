"""The formats of marked sheets: one file each, with `render(sheets)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from archcalc.errors import UsageError
from archcalc.report.formats.escape import log
from archcalc.tables.marks import MarkedSheet

SHEET_FORMATS = ("text", "markdown", "csv", "json", "github", "junit", "sarif", "gradescope", "classroom50")
"""Each is the file of this folder of its name."""

ONE_SHEET = ("gradescope", "classroom50")
"""Formats that a platform reads as the result of one student."""
SCORED = ONE_SHEET
"""Formats that are nothing but points."""


def rendered(
    sheets: Sequence[MarkedSheet], format: str, quiet: bool = False, meanings: Mapping[str, str] | None = None
) -> str:
    """The sheets in a format; printed into the log of a CI job, no text of a student's is a command there.

    Args:
        quiet: leave out what is right, in text.
        meanings: what a student did, by misconception, for a format that lists its rules.

    Raises UsageError for a format of one sheet that is given several, or of points where none are told.
    """
    if format in ONE_SHEET and len(sheets) != 1:
        what = f"--format {format} is for one sheet at a time, got {len(sheets)}"
        raise UsageError(what, help="a sheet a run, each with its own --output")
    if format in SCORED and sheets[0].withheld:
        help = "choose `feedback: verdict`, or hand the points out with `archcalc grade`"
        raise UsageError(f"--format {format} tells points, and the assignment has `feedback: none`", help=help)
    render: Callable[..., str] = import_module(f"archcalc.report.marks.{format}").render
    options: dict[str, dict[str, Any]] = {"text": {"quiet": quiet}, "sarif": {"meanings": meanings}}
    text = render(sheets, **options.get(format, {}))
    return text if format == "github" else log(text)
